/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A link as both of its sides see it: what was proven when it came up, and the transport that
 * carries it. */

#include "config.h"

#include "reeve-link.h"

struct _ReeveLink
{
  GObject parent;

  ReeveTransport *transport;
  char *admission;
  GRefString *transport_name; /* interned, as the next ones: many are alike; may be NULL */
  GRefString *remote;
  GRefString *version;
  GRefString *hostname;
  ReeveSecurity security;
  guint level;
  gpointer data;
  gpointer owner_data;
  ReeveSchema *schema;
  gboolean up;
};

G_DEFINE_TYPE (ReeveLink, reeve_link, G_TYPE_OBJECT)

static void
reeve_link_finalize (GObject *object)
{
  ReeveLink *self = REEVE_LINK (object);

  g_clear_object (&self->transport);
  g_free (self->admission);
  g_clear_pointer (&self->transport_name, g_ref_string_release);
  g_clear_pointer (&self->remote, g_ref_string_release);
  g_clear_pointer (&self->version, g_ref_string_release);
  g_clear_pointer (&self->hostname, g_ref_string_release);
  g_clear_pointer (&self->schema, reeve_schema_unref);
  G_OBJECT_CLASS (reeve_link_parent_class)->finalize (object);
}

static void
reeve_link_class_init (ReeveLinkClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = reeve_link_finalize;
}

static void
reeve_link_init (ReeveLink *self)
{
  self->up = TRUE;
}

static GRefString *
reeve_link_intern (const char *text)
{
  return text != NULL ? g_ref_string_new_intern (text) : NULL;
}

ReeveLink *
reeve_link_new (ReeveTransport *transport, const char *admission, const ReeveLinkOffer *offer)
{
  ReeveLink *self = g_object_new (REEVE_TYPE_LINK, NULL);

  self->transport = g_object_ref (transport);
  self->admission = g_strdup (admission);
  self->transport_name = reeve_link_intern (offer->transport);
  self->remote = reeve_link_intern (offer->remote);
  self->version = reeve_link_intern (offer->version);
  self->hostname = reeve_link_intern (offer->hostname);
  self->security = offer->security;
  self->level = offer->level;
  return self;
}

ReeveTransport *
reeve_link_get_transport (ReeveLink *self)
{
  return self->transport;
}

const char *
reeve_link_get_admission (ReeveLink *self)
{
  return self->admission;
}

const char *
reeve_link_get_transport_name (ReeveLink *self)
{
  return self->transport_name;
}

const char *
reeve_link_get_remote (ReeveLink *self)
{
  return self->remote;
}

const char *
reeve_link_get_version (ReeveLink *self)
{
  return self->version;
}

const char *
reeve_link_get_hostname (ReeveLink *self)
{
  return self->hostname;
}

ReeveSecurity
reeve_link_get_security (ReeveLink *self)
{
  return self->security;
}

guint
reeve_link_get_level (ReeveLink *self)
{
  return self->level;
}

gpointer
reeve_link_get_data (ReeveLink *self)
{
  return self->data;
}

void
reeve_link_set_data (ReeveLink *self, gpointer data)
{
  self->data = data;
}

gpointer
reeve_link_get_owner_data (ReeveLink *self)
{
  return self->owner_data;
}

void
reeve_link_set_owner_data (ReeveLink *self, gpointer data)
{
  self->owner_data = data;
}

ReeveSchema *
reeve_link_get_schema (ReeveLink *self)
{
  return self->schema;
}

void
reeve_link_set_schema (ReeveLink *self, ReeveSchema *schema)
{
  if (schema == self->schema)
    return;
  g_clear_pointer (&self->schema, reeve_schema_unref);
  self->schema = schema != NULL ? reeve_schema_ref (schema) : NULL;
}

gboolean
reeve_link_is_up (ReeveLink *self)
{
  return self->up;
}

void
reeve_link_set_down (ReeveLink *self)
{
  self->up = FALSE;
  self->data = NULL;
}
