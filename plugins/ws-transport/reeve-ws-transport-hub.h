/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

G_BEGIN_DECLS

/* The hub's end: all agents that are connected. */
typedef struct _ReeveWsTransportHub ReeveWsTransportHub;

ReeveWsTransportHub *reeve_ws_transport_hub_new (ReeveContext *context, ReeveTransport *transport);
void reeve_ws_transport_hub_free (ReeveWsTransportHub *self);
void reeve_ws_transport_hub_upgrade (ReeveWsTransportHub *self, ReeveHttpRequest *request,
                                     ReeveStream *stream);
/* Agents that have proven themselves are pinged when nothing has come from them for @ms; 0, as
 * without: never. */
void reeve_ws_transport_hub_set_quiet (ReeveWsTransportHub *self, guint ms);
guint reeve_ws_transport_hub_get_n_peers (ReeveWsTransportHub *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveWsTransportHub, reeve_ws_transport_hub_free)

G_END_DECLS
