/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

#include "reeve-ws-transport-client.h"

G_BEGIN_DECLS

/* Waits between two attempts: at least, at most, and how long a link has to live for the count of
 * failures to begin anew. */
#define REEVE_WS_TRANSPORT_AGENT_BACKOFF_MIN_MS 1000
#define REEVE_WS_TRANSPORT_AGENT_BACKOFF_MAX_MS 60000
#define REEVE_WS_TRANSPORT_AGENT_PROVEN_MS 60000
/* After a change of the network those that wait come within this time, not all at once. */
#define REEVE_WS_TRANSPORT_AGENT_SPREAD_MS 250
/* Most hubs that one agent links to. */
#define REEVE_WS_TRANSPORT_AGENT_MAX_TARGETS 16

/* The agent's end: the hubs that it keeps linked. */
typedef struct _ReeveWsTransportAgent ReeveWsTransportAgent;

ReeveWsTransportAgent *reeve_ws_transport_agent_new (ReeveContext *context,
                                                     ReeveTransport *transport,
                                                     const ReeveWsTransportClientOptions *options);
void reeve_ws_transport_agent_free (ReeveWsTransportAgent *self);
gboolean reeve_ws_transport_agent_connect (ReeveWsTransportAgent *self, const char *url,
                                           const char *name, ReeveLinkOwner *owner, GError **error);
void reeve_ws_transport_agent_disconnect (ReeveWsTransportAgent *self, const char *name);

guint reeve_ws_transport_agent_get_backoff (guint failures, guint32 random);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveWsTransportAgent, reeve_ws_transport_agent_free)

G_END_DECLS
