/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The object behind the plugin's interfaces: hands each call to the end that this role has. */

#include "config.h"

#include "reeve-ws-transport-service.h"

#include "reeve-ws-transport-agent.h"
#include "reeve-ws-transport-client.h"
#include "reeve-ws-transport-hub.h"
#include "reeve-ws-transport-peer.h"
#include "reeve-ws-transport-url.h"

struct _ReeveWsTransportService
{
  GObject parent;

  ReeveWsTransportHub *hub;     /* NULL on agents and once stopped */
  ReeveWsTransportAgent *agent; /* NULL on hubs and once stopped */
  gboolean is_hub;
};

static void reeve_ws_transport_service_transport_init (ReeveTransportInterface *iface);
static void reeve_ws_transport_service_routes_init (ReeveRoutesInterface *iface);

G_DEFINE_TYPE_WITH_CODE (ReeveWsTransportService, reeve_ws_transport_service, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (REEVE_TYPE_TRANSPORT,
                                                reeve_ws_transport_service_transport_init)
                             G_IMPLEMENT_INTERFACE (REEVE_TYPE_ROUTES,
                                                    reeve_ws_transport_service_routes_init))

/* ---- ReeveTransport ---- */

static gboolean
reeve_ws_transport_service_handles (ReeveTransport *transport, const char *url)
{
  return reeve_ws_transport_url_handles (url);
}

static gboolean
reeve_ws_transport_service_connect (ReeveTransport *transport, const char *url, const char *name,
                                    ReeveLinkOwner *owner, GError **error)
{
  ReeveWsTransportService *self = REEVE_WS_TRANSPORT_SERVICE (transport);

  if (self->agent != NULL)
    return reeve_ws_transport_agent_connect (self->agent, url, name, owner, error);
  g_set_error_literal (error, REEVE_ERROR, REEVE_ERROR_UNSUPPORTED,
                       "only an agent dials, a hub waits for agents");
  return FALSE;
}

static void
reeve_ws_transport_service_disconnect (ReeveTransport *transport, const char *name)
{
  ReeveWsTransportService *self = REEVE_WS_TRANSPORT_SERVICE (transport);

  if (self->agent != NULL)
    reeve_ws_transport_agent_disconnect (self->agent, name);
}

static void
reeve_ws_transport_service_request_async (ReeveTransport *transport, ReeveLink *link,
                                          ReeveMessage *request, GCancellable *cancellable,
                                          GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveWsTransportService *self = REEVE_WS_TRANSPORT_SERVICE (transport);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, reeve_ws_transport_service_request_async);
  if (!self->is_hub)
    g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_UNSUPPORTED,
                             "only a hub asks, an agent answers");
  else if (!reeve_link_is_up (link) || reeve_link_get_data (link) == NULL)
    g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE, "the link has ended");
  else
    reeve_ws_transport_peer_request (reeve_link_get_data (link), request, g_steal_pointer (&task));
}

static ReeveMessage *
reeve_ws_transport_service_request_finish (ReeveTransport *transport, GAsyncResult *result,
                                           GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static gboolean
reeve_ws_transport_service_ask (ReeveTransport *transport, ReeveLink *link, ReeveMessage *request,
                                GError **error)
{
  if (REEVE_WS_TRANSPORT_SERVICE (transport)->is_hub && reeve_link_get_data (link) != NULL)
    return reeve_ws_transport_peer_ask (reeve_link_get_data (link), request, error);
  g_set_error_literal (error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE, "the link has ended");
  return FALSE;
}

static void
reeve_ws_transport_service_ping (ReeveTransport *transport, ReeveLink *link)
{
  ReeveWsTransportService *self = REEVE_WS_TRANSPORT_SERVICE (transport);

  if (self->is_hub && reeve_link_get_data (link) != NULL)
    reeve_ws_transport_peer_ping (reeve_link_get_data (link));
}

static void
reeve_ws_transport_service_close (ReeveTransport *transport, ReeveLink *link, const char *reason)
{
  ReeveWsTransportService *self = REEVE_WS_TRANSPORT_SERVICE (transport);

  if (reeve_link_get_data (link) == NULL)
    return;
  if (self->is_hub)
    reeve_ws_transport_peer_close (reeve_link_get_data (link), reason);
  else
    reeve_ws_transport_client_close (reeve_link_get_data (link), reason);
}

static void
reeve_ws_transport_service_probe_async (ReeveTransport *transport, ReeveLink *link,
                                        guint timeout_ms, GCancellable *cancellable,
                                        GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveWsTransportService *self = REEVE_WS_TRANSPORT_SERVICE (transport);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, reeve_ws_transport_service_probe_async);
  if (!self->is_hub)
    g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_UNSUPPORTED,
                             "only a hub asks, an agent answers");
  else if (!reeve_link_is_up (link) || reeve_link_get_data (link) == NULL)
    g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE, "the link has ended");
  else
    reeve_ws_transport_peer_probe (reeve_link_get_data (link), timeout_ms, g_steal_pointer (&task));
}

static gboolean
reeve_ws_transport_service_probe_finish (ReeveTransport *transport, GAsyncResult *result,
                                         GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
reeve_ws_transport_service_transport_init (ReeveTransportInterface *iface)
{
  iface->handles = reeve_ws_transport_service_handles;
  iface->connect = reeve_ws_transport_service_connect;
  iface->disconnect = reeve_ws_transport_service_disconnect;
  iface->request_async = reeve_ws_transport_service_request_async;
  iface->request_finish = reeve_ws_transport_service_request_finish;
  iface->ping = reeve_ws_transport_service_ping;
  iface->close = reeve_ws_transport_service_close;
  iface->probe_async = reeve_ws_transport_service_probe_async;
  iface->probe_finish = reeve_ws_transport_service_probe_finish;
  iface->ask = reeve_ws_transport_service_ask;
}

/* ---- ReeveRoutes ---- */

static const ReeveRoute *
reeve_ws_transport_service_get_routes (ReeveRoutes *routes)
{
  static const ReeveRoute rows[] = {
    /* Public: an agent has no session. Its token is the proof, and the link owner looks at it
     * before anything is upgraded. */
    { .path = REEVE_WS_TRANSPORT_URL_PATH,
      .methods = "GET",
      .power = REEVE_POWER_PUBLIC,
      .flags = REEVE_ROUTE_RAW | REEVE_ROUTE_EXACT },
    { .path = NULL },
  };

  return rows;
}

static void
reeve_ws_transport_service_upgrade (ReeveRoutes *routes, const ReeveRoute *route,
                                    ReeveHttpRequest *request, ReeveStream *stream)
{
  ReeveWsTransportService *self = REEVE_WS_TRANSPORT_SERVICE (routes);

  if (self->hub != NULL)
    {
      reeve_ws_transport_hub_upgrade (self->hub, request, stream);
      return;
    }
  reeve_stream_abort (stream);
  reeve_stream_unref (stream);
}

static void
reeve_ws_transport_service_routes_init (ReeveRoutesInterface *iface)
{
  iface->get_routes = reeve_ws_transport_service_get_routes;
  iface->upgrade = reeve_ws_transport_service_upgrade;
}

/* ---- life ---- */

/* Ends all links. Idempotent. */
void
reeve_ws_transport_service_stop (ReeveWsTransportService *self)
{
  ReeveWsTransportHub *hub = g_steal_pointer (&self->hub);
  ReeveWsTransportAgent *agent = g_steal_pointer (&self->agent);

  if (hub != NULL)
    reeve_ws_transport_hub_free (hub);
  if (agent != NULL)
    reeve_ws_transport_agent_free (agent);
}

static void
reeve_ws_transport_service_dispose (GObject *object)
{
  reeve_ws_transport_service_stop (REEVE_WS_TRANSPORT_SERVICE (object));
  G_OBJECT_CLASS (reeve_ws_transport_service_parent_class)->dispose (object);
}

static void
reeve_ws_transport_service_class_init (ReeveWsTransportServiceClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = reeve_ws_transport_service_dispose;
}

static void
reeve_ws_transport_service_init (ReeveWsTransportService *self)
{
}

ReeveWsTransportService *
reeve_ws_transport_service_new_hub (ReeveContext *context, guint quiet_ms)
{
  ReeveWsTransportService *self = g_object_new (REEVE_TYPE_WS_TRANSPORT_SERVICE, NULL);

  self->is_hub = TRUE;
  self->hub = reeve_ws_transport_hub_new (context, REEVE_TRANSPORT (self));
  reeve_ws_transport_hub_set_quiet (self->hub, quiet_ms);
  return self;
}

ReeveWsTransportService *
reeve_ws_transport_service_new_agent (ReeveContext *context,
                                      const ReeveWsTransportClientOptions *options)
{
  ReeveWsTransportService *self = g_object_new (REEVE_TYPE_WS_TRANSPORT_SERVICE, NULL);

  self->agent = reeve_ws_transport_agent_new (context, REEVE_TRANSPORT (self), options);
  return self;
}
