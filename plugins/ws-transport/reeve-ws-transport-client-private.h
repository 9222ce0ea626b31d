/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the parts of an agent's connection share. */

#include "core/wire/reeve-wire.h"
#include "reeve-ws-transport-client.h"
#include "reeve-ws-transport-link.h"

G_BEGIN_DECLS

struct _ReeveWsTransportClient
{
  grefcount refs;
  ReeveContext *context;
  ReeveTransport *transport;
  const ReeveWsTransportClientTarget *target; /* NULL once stopped */
  ReeveWsTransportClientFunc func;            /* NULL once ended */
  gpointer user_data;

  ReeveLinkOwner *owner;
  GCancellable *cancellable;
  ReeveTimer *timer;   /* of the step under way; NULL from the upgrade on */
  const char *waiting; /* what that step waits for */
  ReeveStream *stream; /* until it is upgraded */
  char *key;
  char *token; /* until it is sent */
  char *remote;
  ReeveSecurity security; /* of the stream */
  GSocketAddress *local;  /* of the stream */

  ReeveWsTransportLink *link;
  guint level;
  char *hub_version;
  gint64 challenge_id;
  gboolean need_info;
  gboolean confirming;
  gboolean ignored;  /* a request came too early, and the log has it */
  gboolean asked;    /* the hub has taken us: it asked for something */
  ReeveLink *object; /* once proven and accepted */
  gint64 up_since;
  guint n_answers;
  gboolean containers; /* there were some on this link */
};

ReeveWsTransportClient *reeve_ws_transport_client_ref (ReeveWsTransportClient *self);
/* Has it answered. What is in @request is taken when it has to be waited for. */
void reeve_ws_transport_client_take_request (ReeveWsTransportClient *self,
                                             ReeveWireRequest *request);

G_END_DECLS
