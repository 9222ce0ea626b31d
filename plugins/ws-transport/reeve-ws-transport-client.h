/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

#include "reeve-ws-transport-url.h"

G_BEGIN_DECLS

/* How hubs are dialled: the plugin's settings, the same for all of them. */
typedef struct
{
  gboolean allow_plain; /* whether the token may go over plain TCP to another machine */
  gboolean verify;      /* whether a hub's certificate is looked at */
  const char *ca_file;  /* NULL: the system's authorities */
  const char *const *pins;
  const char *proxy; /* "auto", "none" or a URL */
} ReeveWsTransportClientOptions;

/* The endpoint that the plugin declares for its agents' end. */
#define REEVE_WS_TRANSPORT_CLIENT_ENDPOINT "hub"
/* How long each step of an attempt may take: our own owner's answer, the TCP connection, the
 * upgrade, the hub's challenge and its check. */
#define REEVE_WS_TRANSPORT_CLIENT_ADMIT_MS 5000
#define REEVE_WS_TRANSPORT_CLIENT_DIAL_MS 10000
#define REEVE_WS_TRANSPORT_CLIENT_UPGRADE_MS 5000
#define REEVE_WS_TRANSPORT_CLIENT_CHALLENGE_MS 10000
/* Most requests of the hub that are worked on at a time, and those for samples beyond: a hub calls
 * an agent down that gives none. */
#define REEVE_WS_TRANSPORT_CLIENT_MAX_ANSWERS 8
#define REEVE_WS_TRANSPORT_CLIENT_MAX_SAMPLES 4

/* One attempt of an agent to link to its hub, and the link if that succeeds. */
typedef struct _ReeveWsTransportClient ReeveWsTransportClient;

/**
 * ReeveWsTransportClientTarget:
 * @name: what the target is called, for admit() and logs
 * @url: where it is
 * @owner: who decides, and answers
 * @options: how it is dialled
 *
 * What is dialled. Outlives the clients that are made for it.
 */
typedef struct
{
  char *name;
  ReeveWsTransportUrl *url;
  ReeveLinkOwner *owner;
  const ReeveWsTransportClientOptions *options;
} ReeveWsTransportClientTarget;

/* The end, exactly once, unless it was stopped. @lived_ms: how long the link was up, 0: never. */
typedef void (*ReeveWsTransportClientFunc) (ReeveWsTransportClient *client, const GError *error,
                                            guint64 lived_ms, gpointer user_data);

ReeveWsTransportClient *reeve_ws_transport_client_new (ReeveContext *context,
                                                       ReeveTransport *transport,
                                                       const ReeveWsTransportClientTarget *target,
                                                       ReeveWsTransportClientFunc func,
                                                       gpointer user_data);
void reeve_ws_transport_client_unref (ReeveWsTransportClient *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveWsTransportClient, reeve_ws_transport_client_unref)

/* (nullable): our end of the connection, once there is one. */
GSocketAddress *reeve_ws_transport_client_get_local (ReeveWsTransportClient *self);
void reeve_ws_transport_client_start (ReeveWsTransportClient *self);
void reeve_ws_transport_client_close (ReeveWsTransportClient *self, const char *reason);
void reeve_ws_transport_client_stop (ReeveWsTransportClient *self, gboolean now);

G_END_DECLS
