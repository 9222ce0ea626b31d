/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

G_BEGIN_DECLS

/* How long an agent may take to answer the challenge, as at stock hubs. */
#define REEVE_WS_TRANSPORT_PEER_CHALLENGE_MS 5000
/* Longest token, in bytes, as at stock hubs. */
#define REEVE_WS_TRANSPORT_PEER_MAX_TOKEN 64
/* Requests of one link that wait for an answer when no more is sent of what people ask for. The
 * owner's samples and probes have places beyond: whether they are answered tells whether the agent
 * is there. */
#define REEVE_WS_TRANSPORT_PEER_MAX_REQUESTS 16

/* One agent's connection at the hub, from its upgrade request on. */
typedef struct _ReeveWsTransportPeer ReeveWsTransportPeer;

typedef struct
{
  /* The owner knows its token. NULL: it may prove itself; else why not now, for the log. */
  const char *(*admitted) (ReeveWsTransportPeer *peer, const ReeveAdmission *admission,
                           gpointer user_data);
  /* It will not become a link, for a reason of its own. FALSE: it is one of too many, neither to be
   * logged nor to be told why. */
  gboolean (*failed) (ReeveWsTransportPeer *peer, gpointer user_data);
  /* It has proven itself: the small limits of strangers do not count it any more. */
  void (*proven) (ReeveWsTransportPeer *peer, gpointer user_data);
  /* The end, exactly once; not after reeve_ws_transport_peer_stop(). */
  void (*ended) (ReeveWsTransportPeer *peer, gpointer user_data);
} ReeveWsTransportPeerFuncs;

ReeveWsTransportPeer *reeve_ws_transport_peer_new (ReeveContext *context, ReeveTransport *transport,
                                                   const ReeveWsTransportPeerFuncs *funcs,
                                                   gpointer user_data);
ReeveWsTransportPeer *reeve_ws_transport_peer_ref (ReeveWsTransportPeer *self);
void reeve_ws_transport_peer_unref (ReeveWsTransportPeer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveWsTransportPeer, reeve_ws_transport_peer_unref)

void reeve_ws_transport_peer_start (ReeveWsTransportPeer *self, ReeveHttpRequest *request,
                                    ReeveStream *stream);
void reeve_ws_transport_peer_request (ReeveWsTransportPeer *self, ReeveMessage *message,
                                      GTask *task);
gboolean reeve_ws_transport_peer_ask (ReeveWsTransportPeer *self, ReeveMessage *message,
                                      GError **error);
void reeve_ws_transport_peer_ping (ReeveWsTransportPeer *self);
void reeve_ws_transport_peer_set_quiet (ReeveWsTransportPeer *self, guint ms);
void reeve_ws_transport_peer_probe (ReeveWsTransportPeer *self, guint timeout_ms, GTask *task);
void reeve_ws_transport_peer_close (ReeveWsTransportPeer *self, const char *reason);
void reeve_ws_transport_peer_stop (ReeveWsTransportPeer *self);

G_END_DECLS
