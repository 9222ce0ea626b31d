/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-ws-transport-link.h"
#include "reeve-ws-transport-peer.h"

G_BEGIN_DECLS

/* What the peer's own files share. */

/* What a peer is until it is a link. */
typedef struct
{
  ReeveStream *stream; /* until it is upgraded */
  GCancellable *cancellable;
  ReeveAdmission *admission;
  char *token;
  char *base_version; /* X-Beszel */
  char *link_version; /* of X-Link, or NULL */
  char *key;          /* Sec-WebSocket-Key; NULL: this is no valid handshake */
  char *fingerprint;
  char *hostname;
  char *name;
} ReeveWsTransportPeerEntry;

struct _ReeveWsTransportPeer
{
  grefcount refs;
  ReeveContext *context;
  ReeveTransport *transport;
  const ReeveWsTransportPeerFuncs *funcs; /* NULL once ended */
  gpointer user_data;

  ReeveLinkOwner *owner;
  ReeveWsTransportPeerEntry *entry; /* NULL once the link is up or over */
  ReeveWsTransportLink *link;       /* from the upgrade on */
  ReeveLink *object;                /* once accepted */
  GRefString *remote;               /* interned: the link's, too */
  ReeveSecurity security;
  guint level;
  gboolean bare;
};

void reeve_ws_transport_peer_log (ReeveWsTransportPeer *self, GLogLevelFlags level,
                                  const char *format, ...) G_GNUC_PRINTF (3, 4);

G_END_DECLS
