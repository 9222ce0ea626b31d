/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

#include "reeve-ws-transport-frame.h"

G_BEGIN_DECLS

/* A connection is over after this long without a whole frame from the peer, as with stock peers. */
#define REEVE_WS_TRANSPORT_LINK_SILENCE_MS 70000
/* Most requests of one connection that wait for their answer; probes among them. */
#define REEVE_WS_TRANSPORT_LINK_MAX_PENDING 20
/* What may wait to be sent to one peer: an answer of the largest size and a little more. */
#define REEVE_WS_TRANSPORT_LINK_WRITE_LIMIT (REEVE_WS_TRANSPORT_FRAME_LIMIT_HUB + 64 * 1024)

typedef struct _ReeveWsTransportLink ReeveWsTransportLink;

typedef struct
{
  /* A binary message that answers no request of ours. @data is valid (and ours to change) during
   * the call. The hub leaves it NULL: what answers nothing is dropped. */
  void (*message) (ReeveWsTransportLink *link, const guint8 *data, gsize length,
                   gpointer user_data);
  /* The end, exactly once, never inside a call on the link; requests that waited have failed
   * before. */
  void (*closed) (ReeveWsTransportLink *link, const GError *error, gpointer user_data);
} ReeveWsTransportLinkFuncs;

/* The answer of a request: either @data or @error (of a probe: see there). Never inside
 * reeve_ws_transport_link_request().
 */
typedef void (*ReeveWsTransportLinkFunc) (ReeveWsTransportLink *link, const guint8 *data,
                                          gsize length, const GError *error, gpointer user_data);

ReeveWsTransportLink *reeve_ws_transport_link_new (ReeveOwner *owner, ReeveStream *stream,
                                                   ReeveWsTransportFrameRole role,
                                                   const ReeveWsTransportLinkFuncs *funcs,
                                                   gpointer user_data);
ReeveWsTransportLink *reeve_ws_transport_link_ref (ReeveWsTransportLink *self);
void reeve_ws_transport_link_unref (ReeveWsTransportLink *self);
void reeve_ws_transport_link_detach (ReeveWsTransportLink *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveWsTransportLink, reeve_ws_transport_link_unref)

void reeve_ws_transport_link_set_limit (ReeveWsTransportLink *self, gsize limit);
void reeve_ws_transport_link_set_deadline (ReeveWsTransportLink *self, guint ms, const char *what);
/* The peer takes no place of its address any more. */
void reeve_ws_transport_link_set_proven (ReeveWsTransportLink *self);
/* Pings when nothing has come for @ms, so that nobody in between takes the connection for idle; 0:
 * never. */
void reeve_ws_transport_link_set_quiet (ReeveWsTransportLink *self, guint ms);
gboolean reeve_ws_transport_link_is_open (ReeveWsTransportLink *self);

gboolean reeve_ws_transport_link_send (ReeveWsTransportLink *self, GBytes *message);
void reeve_ws_transport_link_ping (ReeveWsTransportLink *self);
/* @func, as for a request, is told once: neither data nor error when a whole frame came after the
 * ping. FALSE as reeve_ws_transport_link_request() fails. */
gboolean reeve_ws_transport_link_probe (ReeveWsTransportLink *self, guint timeout_ms,
                                        ReeveWsTransportLinkFunc func, gpointer user_data,
                                        GError **error);

guint32 reeve_ws_transport_link_get_next_id (ReeveWsTransportLink *self);
guint32 reeve_ws_transport_link_request (ReeveWsTransportLink *self, GBytes *message,
                                         guint timeout_ms, ReeveWsTransportLinkFunc func,
                                         gpointer user_data, GError **error);
void reeve_ws_transport_link_forget (ReeveWsTransportLink *self, guint32 id);
guint reeve_ws_transport_link_get_n_pending (ReeveWsTransportLink *self);

void reeve_ws_transport_link_close (ReeveWsTransportLink *self, guint16 code, const char *reason,
                                    GError *error);

G_END_DECLS
