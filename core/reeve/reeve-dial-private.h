/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-engine-private.h"
#include "reeve-net-private.h"
#include "reeve-proxy.h"
#include "reeve-tls-private.h"
#include "reeve-worker.h"

G_BEGIN_DECLS

/* A dial: addresses first (reeve-dial.c), then what the connection has to become before it is the
 * caller's (reeve-dial-layers.c). */
typedef struct
{
  ReeveItem item;
  gatomicrefcount ref_count; /* the thread that cancels takes one */
  GTask *task;               /* NULL once answered */
  char *address;             /* for texts: who, and by way of whom */
  char *host;                /* of the first connection: the peer or its proxy */
  guint16 port;
  guint timeout_ms;
  const char *waiting; /* NULL: for the connection itself */
  ReeveTick deadline;
  ReeveTick stagger;

  ReeveNetAddress addresses[REEVE_DIAL_MAX_ADDRESSES];
  ReevePoll attempts[REEVE_DIAL_MAX_ADDRESSES];
  guint n_addresses;
  guint n_tried;
  guint n_pending;
  GError *error; /* of the first attempt that failed */

  ReeveWorker *worker; /* NULL: none; names, files */
  ReeveProxy *proxy;   /* NULL: none */
  char *peer_host;     /* behind the proxy */
  ReeveProxyTalk talk;
  ReeveTlsPolicy *policy; /* NULL: no TLS */
  ReeveStream *stream;    /* connected, but not the caller's yet */

  ReeveInbox *inbox;
  GCancellable *resolving; /* whatever the worker does */
  GCancellable *caller;
  gulong caller_id;
} ReeveDial;

/* ---- reeve-dial.c ---- */

ReeveDial *reeve_dial_ref (ReeveDial *self);
void reeve_dial_unref (ReeveDial *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveDial, reeve_dial_unref)

/* @error: (transfer full) */
void reeve_dial_fail (ReeveDial *self, GError *error);
/* The stream is the caller's. */
void reeve_dial_succeed (ReeveDial *self);

/* ---- reeve-dial-layers.c ---- */

/* By way of which proxy; fills in host and port of the first connection. */
gboolean reeve_dial_find_proxy (ReeveDial *self, const ReeveDialOptions *options, GError **error);
gboolean reeve_dial_set_tls (ReeveDial *self, const ReeveDialOptions *options, GError **error);
/* The stream is connected. */
void reeve_dial_begin_layers (ReeveDial *self);

G_END_DECLS
