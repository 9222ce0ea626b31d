/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

#include "reeve-ws-transport-client.h"

G_BEGIN_DECLS

/* What the plugin provides: ReeveTransport, and on the hub ReeveRoutes for the agents' path. */
#define REEVE_TYPE_WS_TRANSPORT_SERVICE (reeve_ws_transport_service_get_type ())
G_DECLARE_FINAL_TYPE (ReeveWsTransportService, reeve_ws_transport_service, REEVE,
                      WS_TRANSPORT_SERVICE, GObject)

/* @quiet_ms: as of reeve_ws_transport_hub_set_quiet(). */
ReeveWsTransportService *reeve_ws_transport_service_new_hub (ReeveContext *context, guint quiet_ms);
ReeveWsTransportService *
reeve_ws_transport_service_new_agent (ReeveContext *context,
                                      const ReeveWsTransportClientOptions *options);
void reeve_ws_transport_service_stop (ReeveWsTransportService *self);

G_END_DECLS
