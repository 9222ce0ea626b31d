/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * ReeveMessage: a request with a verb, or its answer, as it stands between the wire's codec and the
 * brains. Filled once by whoever makes it, then only read, from any thread.
 */

#include "config.h"

#include "reeve-message.h"

#include <string.h>

struct _ReeveMessage
{
  gatomicrefcount ref_count;
  char *verb;
  ReeveSampleRequest wanted;
  GVariant *arguments; /* NULL with @wanted */
  ReeveSample *sample;
  GVariant *value;
  guint64 sequence;
  gint64 age;
  gboolean has_digest;
  guint8 digest[REEVE_SCHEMA_DIGEST];
  GBytes *description;
  ReeveMessageKept kept;
};

G_DEFINE_BOXED_TYPE (ReeveMessage, reeve_message, reeve_message_ref, reeve_message_unref)

static ReeveMessage *
reeve_message_new (void)
{
  ReeveMessage *self = g_new0 (ReeveMessage, 1);

  g_atomic_ref_count_init (&self->ref_count);
  return self;
}

ReeveMessage *
reeve_message_new_sample_request (const ReeveSampleRequest *wanted)
{
  ReeveMessage *self = reeve_message_new ();

  self->verb = g_strdup (REEVE_VERB_SAMPLE);
  self->wanted = *wanted;
  return self;
}

ReeveMessage *
reeve_message_new_request (const char *verb, GVariant *arguments)
{
  ReeveMessage *self;

  g_return_val_if_fail (verb != NULL && strcmp (verb, REEVE_VERB_SAMPLE) != 0, NULL);
  g_return_val_if_fail (!arguments || g_variant_is_of_type (arguments, G_VARIANT_TYPE_VARDICT),
                        NULL);

  self = reeve_message_new ();
  self->verb = g_strdup (verb);
  if (!arguments)
    arguments = g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0);
  self->arguments = g_variant_ref_sink (arguments);
  return self;
}

ReeveMessage *
reeve_message_new_sample (ReeveSample *sample)
{
  ReeveMessage *self = reeve_message_new ();

  self->sample = reeve_sample_ref (sample);
  return self;
}

/* @value: floating is sunk. */
ReeveMessage *
reeve_message_new_answer (GVariant *value)
{
  ReeveMessage *self = reeve_message_new ();

  self->value = g_variant_ref_sink (value);
  return self;
}

ReeveMessage *
reeve_message_ref (ReeveMessage *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
reeve_message_unref (ReeveMessage *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_free (self->verb);
  g_clear_pointer (&self->arguments, g_variant_unref);
  g_clear_pointer (&self->sample, reeve_sample_unref);
  g_clear_pointer (&self->value, g_variant_unref);
  g_clear_pointer (&self->description, g_bytes_unref);
  g_clear_pointer (&self->kept.samples, g_ptr_array_unref);
  g_free (self);
}

const char *
reeve_message_get_verb (ReeveMessage *self)
{
  return self->verb;
}

guint
reeve_message_get_timeout (ReeveMessage *self)
{
  return g_strcmp0 (self->verb, REEVE_VERB_DISK_HEALTH) == 0 ? REEVE_REQUEST_HEALTH_TIMEOUT_MS
                                                             : REEVE_REQUEST_TIMEOUT_MS;
}

const ReeveSampleRequest *
reeve_message_get_sample_request (ReeveMessage *self)
{
  return self->verb != NULL && self->arguments == NULL ? &self->wanted : NULL;
}

GVariant *
reeve_message_get_arguments (ReeveMessage *self)
{
  return self->arguments;
}

ReeveSample *
reeve_message_get_sample (ReeveMessage *self)
{
  return self->sample;
}

GVariant *
reeve_message_get_value (ReeveMessage *self)
{
  return self->value;
}

guint64
reeve_message_get_sequence (ReeveMessage *self)
{
  return self->sequence;
}

void
reeve_message_set_sequence (ReeveMessage *self, guint64 sequence)
{
  self->sequence = sequence;
}

gint64
reeve_message_get_age (ReeveMessage *self)
{
  return self->age;
}

void
reeve_message_set_age (ReeveMessage *self, gint64 us)
{
  self->age = us;
}

const guint8 *
reeve_message_get_digest (ReeveMessage *self)
{
  return self->has_digest ? self->digest : NULL;
}

void
reeve_message_set_digest (ReeveMessage *self, const guint8 *digest)
{
  self->has_digest = TRUE;
  memcpy (self->digest, digest, REEVE_SCHEMA_DIGEST);
}

GBytes *
reeve_message_get_description (ReeveMessage *self)
{
  return self->description;
}

void
reeve_message_set_description (ReeveMessage *self, GBytes *description)
{
  GBytes *old = self->description;

  self->description = description ? g_bytes_ref (description) : NULL;
  g_clear_pointer (&old, g_bytes_unref);
}

const ReeveMessageKept *
reeve_message_get_kept (ReeveMessage *self)
{
  return &self->kept;
}

void
reeve_message_set_kept (ReeveMessage *self, const ReeveMessageKept *kept)
{
  GPtrArray *old = self->kept.samples;

  self->kept = *kept;
  if (kept->samples != NULL)
    g_ptr_array_ref (kept->samples);
  g_clear_pointer (&old, g_ptr_array_unref);
}
