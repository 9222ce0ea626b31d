/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What happened, and the ring that holds the newest of it until the events plugin has stored it. */

#include "config.h"

#include "reeve-event.h"

#include "reeve-clock.h"

struct _ReeveEvent
{
  grefcount refs;
  guint64 number;
  gint64 time;
  ReeveSeverity severity;
  char *category;
  char *subject;
  char *source;
  char *text;
  GVariant *fields;
};

typedef struct
{
  guint id;
  ReeveEventFunc func;
  gpointer user_data;
} ReeveEventWatch;

struct _ReeveEventRing
{
  ReeveClock *clock;
  ReeveEvent *events[REEVE_EVENT_RING_SIZE]; /* number N lies at N % size */
  guint64 last;
  guint64 told; /* what the watches have heard of */
  GArray *watches;
  guint last_watch;
  guint idle;
};

G_DEFINE_BOXED_TYPE (ReeveEvent, reeve_event, reeve_event_ref, reeve_event_unref)

ReeveEvent *
reeve_event_ref (ReeveEvent *self)
{
  g_ref_count_inc (&self->refs);
  return self;
}

void
reeve_event_unref (ReeveEvent *self)
{
  if (!g_ref_count_dec (&self->refs))
    return;
  g_free (self->category);
  g_free (self->subject);
  g_free (self->source);
  g_free (self->text);
  g_variant_unref (self->fields);
  g_free (self);
}

guint64
reeve_event_get_number (ReeveEvent *self)
{
  return self->number;
}

gint64
reeve_event_get_time (ReeveEvent *self)
{
  return self->time;
}

ReeveSeverity
reeve_event_get_severity (ReeveEvent *self)
{
  return self->severity;
}

const char *
reeve_event_get_category (ReeveEvent *self)
{
  return self->category;
}

const char *
reeve_event_get_subject (ReeveEvent *self)
{
  return self->subject;
}

const char *
reeve_event_get_source (ReeveEvent *self)
{
  return self->source;
}

const char *
reeve_event_get_text (ReeveEvent *self)
{
  return self->text;
}

GVariant *
reeve_event_get_fields (ReeveEvent *self)
{
  return self->fields;
}

static const char *const reeve_severity_names[] = {
  "debug", "info", "notice", "warning", "error", "critical",
};

const char *
reeve_severity_to_string (ReeveSeverity severity)
{
  g_return_val_if_fail ((guint) severity < G_N_ELEMENTS (reeve_severity_names), "unknown");
  return reeve_severity_names[severity];
}

gboolean
reeve_severity_from_string (const char *text, ReeveSeverity *ret_severity)
{
  for (guint i = 0; i < G_N_ELEMENTS (reeve_severity_names); i++)
    if (g_strcmp0 (text, reeve_severity_names[i]) == 0)
      {
        *ret_severity = (ReeveSeverity) i;
        return TRUE;
      }
  return FALSE;
}

GVariant *
reeve_event_to_variant (ReeveEvent *self)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "number", "t", self->number);
  g_variant_dict_insert (&dict, "time", "d", self->time / 1e6);
  g_variant_dict_insert (&dict, "severity", "s", reeve_severity_to_string (self->severity));
  g_variant_dict_insert (&dict, "category", "s", self->category);
  g_variant_dict_insert (&dict, "subject", "s", self->subject);
  g_variant_dict_insert (&dict, "source", "s", self->source);
  g_variant_dict_insert (&dict, "text", "s", self->text);
  g_variant_dict_insert_value (&dict, "fields", self->fields);
  return g_variant_dict_end (&dict);
}

/* ---- the ring ---- */

ReeveEventRing *
reeve_event_ring_new (ReeveClock *clock)
{
  ReeveEventRing *self = g_new0 (ReeveEventRing, 1);

  self->clock = g_object_ref (clock);
  self->watches = g_array_new (FALSE, FALSE, sizeof (ReeveEventWatch));
  return self;
}

void
reeve_event_ring_free (ReeveEventRing *self)
{
  g_clear_handle_id (&self->idle, g_source_remove);
  for (guint i = 0; i < REEVE_EVENT_RING_SIZE; i++)
    g_clear_pointer (&self->events[i], reeve_event_unref);
  g_array_unref (self->watches);
  g_object_unref (self->clock);
  g_free (self);
}

/* In a turn after this one, as an event that comes behind those that are left. */
static void
reeve_event_ring_note_lost (ReeveEventRing *self, guint64 lost)
{
  g_autofree char *text =
      g_strdup_printf ("%" G_GUINT64_FORMAT " events were lost: more came at a time than the %d "
                       "that are kept until they are told",
                       lost, REEVE_EVENT_RING_SIZE);

  g_warning ("%s", text);
  reeve_event_ring_add (self, REEVE_SEVERITY_ERROR, "store", "", "host", NULL, text);
}

static gboolean
reeve_event_ring_tell_cb (gpointer user_data)
{
  ReeveEventRing *self = user_data;
  guint64 lost;
  g_autoptr (GPtrArray) news = reeve_event_ring_read (self, self->told, &lost);

  self->idle = 0;
  self->told = self->last;
  if (lost > 0 && self->watches->len > 0)
    reeve_event_ring_note_lost (self, lost);
  for (guint i = 0; i < news->len; i++)
    for (guint j = self->watches->len; j-- > 0;)
      {
        ReeveEventWatch watch;

        /* backwards, since a callback may remove its watch, or several */
        if (j >= self->watches->len)
          continue;
        watch = g_array_index (self->watches, ReeveEventWatch, j);
        watch.func (g_ptr_array_index (news, i), watch.user_data);
      }
  return G_SOURCE_REMOVE;
}

/* One line, valid, within the limit. */
static char *
reeve_event_clean_text (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text != NULL ? text : "", -1);
  char *cut = g_utf8_strlen (valid, -1) > REEVE_EVENT_MAX_TEXT
                  ? g_utf8_substring (valid, 0, REEVE_EVENT_MAX_TEXT)
                  : g_strdup (valid);

  return g_strdelimit (cut, "\r\n", ' ');
}

void
reeve_event_ring_add (ReeveEventRing *self, ReeveSeverity severity, const char *category,
                      const char *subject, const char *source, GVariant *fields, const char *text)
{
  ReeveEvent *event = g_new0 (ReeveEvent, 1);
  ReeveEvent **place;

  g_ref_count_init (&event->refs);
  event->number = ++self->last;
  event->time = reeve_clock_get_wall (self->clock);
  event->severity = severity;
  event->category = g_strdup (category);
  event->subject = g_strdup (subject != NULL ? subject : "");
  event->source = g_strdup (source);
  event->text = reeve_event_clean_text (text);
  event->fields = g_variant_ref_sink (fields != NULL ? fields : g_variant_new ("a{sv}", NULL));
  place = &self->events[event->number % REEVE_EVENT_RING_SIZE];
  g_clear_pointer (place, reeve_event_unref);
  *place = event;
  if (self->idle == 0)
    self->idle = g_idle_add_full (G_PRIORITY_DEFAULT, reeve_event_ring_tell_cb, self, NULL);
}

GPtrArray *
reeve_event_ring_read (ReeveEventRing *self, guint64 after, guint64 *ret_lost)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_event_unref);
  guint64 oldest = self->last >= REEVE_EVENT_RING_SIZE ? self->last - REEVE_EVENT_RING_SIZE + 1 : 1;
  guint64 first = MAX (after + 1, oldest);

  if (ret_lost != NULL)
    *ret_lost = first - (after + 1);
  for (guint64 number = first; number <= self->last; number++)
    g_ptr_array_add (list, reeve_event_ref (self->events[number % REEVE_EVENT_RING_SIZE]));
  return list;
}

guint
reeve_event_ring_add_watch (ReeveEventRing *self, ReeveEventFunc func, gpointer user_data)
{
  ReeveEventWatch watch = { ++self->last_watch, func, user_data };

  g_array_append_val (self->watches, watch);
  return watch.id;
}

void
reeve_event_ring_remove_watch (ReeveEventRing *self, guint id)
{
  for (guint i = 0; i < self->watches->len; i++)
    if (g_array_index (self->watches, ReeveEventWatch, i).id == id)
      {
        g_array_remove_index (self->watches, i);
        return;
      }
}
