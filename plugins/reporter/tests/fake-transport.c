/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A transport for the tests of the reporter. */

#include "config.h"

#include "fake-transport.h"

static gboolean
fake_transport_handles (ReeveTransport *transport, const char *url)
{
  return g_str_has_prefix (url, FAKE_TRANSPORT (transport)->scheme);
}

static gboolean
fake_transport_connect (ReeveTransport *transport, const char *url, const char *name,
                        ReeveLinkOwner *owner, GError **error)
{
  FakeTransport *self = FAKE_TRANSPORT (transport);

  g_assert_null (self->owner);
  if (self->refuse)
    {
      g_set_error_literal (error, REEVE_ERROR, REEVE_ERROR_DENIED, "allow-plain is not set");
      return FALSE;
    }
  self->url = g_strdup (url);
  self->name = g_strdup (name);
  self->owner = g_object_ref (owner);
  return TRUE;
}

static void
fake_transport_disconnect (ReeveTransport *transport, const char *name)
{
  FakeTransport *self = FAKE_TRANSPORT (transport);

  g_assert_cmpstr (name, ==, self->name);
  g_clear_pointer (&self->url, g_free);
  g_clear_pointer (&self->name, g_free);
  g_clear_object (&self->owner);
}

static void
fake_transport_close (ReeveTransport *transport, ReeveLink *link, const char *reason)
{
  g_set_object (&FAKE_TRANSPORT (transport)->closed, link);
}

static void
fake_transport_iface_init (ReeveTransportInterface *iface)
{
  iface->handles = fake_transport_handles;
  iface->connect = fake_transport_connect;
  iface->disconnect = fake_transport_disconnect;
  iface->close = fake_transport_close;
}

G_DEFINE_TYPE_WITH_CODE (FakeTransport, fake_transport, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (REEVE_TYPE_TRANSPORT, fake_transport_iface_init))

static void
fake_transport_finalize (GObject *object)
{
  FakeTransport *self = FAKE_TRANSPORT (object);

  g_free (self->url);
  g_free (self->name);
  g_clear_object (&self->owner);
  g_clear_object (&self->closed);
  G_OBJECT_CLASS (fake_transport_parent_class)->finalize (object);
}

static void
fake_transport_class_init (FakeTransportClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = fake_transport_finalize;
}

static void
fake_transport_init (FakeTransport *self)
{
}

FakeTransport *
fake_transport_new (const char *scheme)
{
  FakeTransport *self = g_object_new (FAKE_TYPE_TRANSPORT, NULL);

  self->scheme = scheme;
  return self;
}
