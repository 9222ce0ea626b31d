/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-front-names.h"
#include "reeve-front-ports.h"
#include "reeve-front-proxies.h"
#include "reeve-front-routes.h"
#include "reeve-front-soup.h"
#include "reeve-front-tls.h"

G_BEGIN_DECLS

typedef struct
{
  ReeveListener *listener;
  ReeveFrontSpeech speech;
  guint16 port; /* 0 for a Unix socket */
} ReeveFrontListening;

/* What all connections share, and the connections themselves. */
typedef struct
{
  ReeveContext *context;
  ReeveFrontNames *names;
  ReeveFrontProxies *proxies;
  ReeveFrontRoutes *routes;
  ReeveFrontSoup *soup;
  ReeveFrontTls *tls; /* NULL while no TLS is spoken */
  ReeveFrontListening ports[REEVE_FRONT_PORTS_MAX];
  guint n_ports;
  ReeveListener *proxy_listener; /* NULL without proxy-socket */
  GHashTable *connections;       /* set of ReeveFrontConnection, owned */
  GQueue strangers;              /* those that never sent a whole head, the oldest first */
  gint64 full_said;              /* that there are too many, monotonic; 0: never */
  GQueue idle;                   /* those between two requests, the longest first */
  guint max_idle;
  guint n_relays; /* that hold a place */
  guint max_relays;
  GQueue spare_relays;       /* connected and between two requests, the longest first */
  GHashTable *relay_sources; /* source to the number of relays that it has without a session */
  gboolean said_silent;      /* that a proxy does not say for whom it asks */
} ReeveFrontSite;

/* Connections in all, whatever they are for; fewer where the limit of open files is lower. */
#define REEVE_FRONT_MAX_CONNECTIONS 16384
/* Connections that have not sent a whole head yet. */
#define REEVE_FRONT_MAX_STRANGERS 1024
/* Connections to the SoupServer, of two descriptors each, one for each request that it answers; at
 * most as many as an eighth of the limit of open files. Who has no session gets none of the last
 * quarter. */
#define REEVE_FRONT_MAX_RELAYS 512
/* Connections to it that wait for a further request of their client. Each is one more source that
 * every turn of the main loop looks at. */
#define REEVE_FRONT_MAX_SPARE_RELAYS 8
/* One address without a session may have one of so many of them. */
#define REEVE_FRONT_RELAYS_SHARE 8
/* Connections between two requests may have one of so many of all places. */
#define REEVE_FRONT_IDLE_SHARE 2

/* @settings: of the plugin. Listens. */
ReeveFrontSite *reeve_front_site_new (ReeveContext *context, ReeveSettings *settings,
                                      GError **error);
void reeve_front_site_free (ReeveFrontSite *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveFrontSite, reeve_front_site_free)

/* FALSE: all relays that @peer may have are taken. @ret_source: (transfer full) (nullable): for
 * giving it back. */
gboolean reeve_front_site_take_relay (ReeveFrontSite *self, const char *peer, gboolean has_session,
                                      char **ret_source);
/* @source: (nullable) */
void reeve_front_site_give_relay (ReeveFrontSite *self, const char *source);
/* For one more that is idle the longest one may have to go. */
void reeve_front_site_limit_idle (ReeveFrontSite *self);

/* The name of the endpoint of address @i, which lives for ever. */
const char *reeve_front_site_get_endpoint (guint i);
/* Of the page on this machine: "http://127.0.0.1:8090"; "" for a Unix socket. (transfer full) */
char *reeve_front_site_get_url (ReeveFrontSite *self);
/* As agents elsewhere reach us: public-url, or the first address that they can; "" for none.
 * (transfer full) */
char *reeve_front_site_get_agents_url (ReeveFrontSite *self);
/* Nothing that is listened on can be reached from elsewhere. */
gboolean reeve_front_site_is_local (ReeveFrontSite *self);
/* By which they prove us, where no authority does; else "". */
const char *reeve_front_site_get_pin (ReeveFrontSite *self);

G_END_DECLS
