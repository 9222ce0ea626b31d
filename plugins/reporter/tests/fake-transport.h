/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

G_BEGIN_DECLS

/* A transport whose other end is the test: it plays the hub. */

#define FAKE_TYPE_TRANSPORT (fake_transport_get_type ())
G_DECLARE_FINAL_TYPE (FakeTransport, fake_transport, FAKE, TRANSPORT, GObject)

struct _FakeTransport
{
  GObject parent;

  const char *scheme; /* that it handles, "ws:" */
  gboolean refuse;    /* connect() fails */
  char *url;          /* connected to, NULL: not */
  char *name;
  ReeveLinkOwner *owner;
  ReeveLink *closed; /* the last link that close() was asked for */
};

FakeTransport *fake_transport_new (const char *scheme);

G_END_DECLS
