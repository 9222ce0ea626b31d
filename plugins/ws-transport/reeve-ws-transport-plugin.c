/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The plugin ws-transport: links over WebSocket, the end that its role needs. */

#include "config.h"

#include <reeve/monitor.h>

#include <string.h>

#include "reeve-ws-transport-client.h"
#include "reeve-ws-transport-service.h"

#define REEVE_TYPE_WS_TRANSPORT_PLUGIN (reeve_ws_transport_plugin_get_type ())
G_DECLARE_FINAL_TYPE (ReeveWsTransportPlugin, reeve_ws_transport_plugin, REEVE, WS_TRANSPORT_PLUGIN,
                      ReevePlugin)

struct _ReeveWsTransportPlugin
{
  ReevePlugin parent;

  ReeveWsTransportService *service; /* NULL unless running */
};

G_DEFINE_TYPE (ReeveWsTransportPlugin, reeve_ws_transport_plugin, REEVE_TYPE_PLUGIN)

static const ReeveSettingsRow reeve_ws_transport_plugin_settings[] = {
  { .key = "allow-plain",
    .type = REEVE_SETTING_BOOLEAN,
    .flags = REEVE_SETTING_FILE_ONLY,
    .default_text = "no",
    .text = "Agent: whether ws:// and http:// may name a hub on another machine. The token is "
            "readable on the network in between, and whoever reads it can speak for this machine "
            "and for the hub." },
  { 0 },
};

static gboolean
reeve_ws_transport_plugin_is_hub (ReevePlugin *plugin)
{
  return strcmp (reeve_context_get_role (reeve_plugin_get_context (plugin)), "hub") == 0;
}

static void
reeve_ws_transport_plugin_declare (ReevePlugin *plugin, ReeveDeclarations *declarations)
{
  if (!reeve_ws_transport_plugin_is_hub (plugin))
    reeve_declarations_add_endpoint (declarations, REEVE_ENDPOINT_DIAL,
                                     REEVE_WS_TRANSPORT_CLIENT_ENDPOINT, "*",
                                     "the hubs that this agent links to", FALSE);
}

static void
reeve_ws_transport_plugin_start_async (ReevePlugin *plugin, GCancellable *cancellable,
                                       GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveWsTransportPlugin *self = REEVE_WS_TRANSPORT_PLUGIN (plugin);
  ReeveContext *context = reeve_plugin_get_context (plugin);
  ReeveSettings *settings = reeve_context_get_settings (context);
  gboolean hub = reeve_ws_transport_plugin_is_hub (plugin);
  GError *error = NULL;

  if (hub)
    self->service = reeve_ws_transport_service_new_hub (context);
  else
    self->service =
        reeve_ws_transport_service_new_agent (context,
                                              reeve_settings_get_boolean (settings, "allow-plain"));
  if (reeve_context_provide (context, REEVE_TYPE_TRANSPORT, "", self->service, &error) && hub)
    reeve_context_provide (context, REEVE_TYPE_ROUTES, "", self->service, &error);
  reeve_plugin_return (plugin, callback, user_data, error);
}

static void
reeve_ws_transport_plugin_end (ReeveWsTransportPlugin *self)
{
  if (self->service != NULL)
    reeve_ws_transport_service_stop (self->service);
  g_clear_object (&self->service);
}

static void
reeve_ws_transport_plugin_stop_async (ReevePlugin *plugin, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data)
{
  reeve_ws_transport_plugin_end (REEVE_WS_TRANSPORT_PLUGIN (plugin));
  reeve_plugin_return (plugin, callback, user_data, NULL);
}

static void
reeve_ws_transport_plugin_dispose (GObject *object)
{
  reeve_ws_transport_plugin_end (REEVE_WS_TRANSPORT_PLUGIN (object));
  G_OBJECT_CLASS (reeve_ws_transport_plugin_parent_class)->dispose (object);
}

static void
reeve_ws_transport_plugin_class_init (ReeveWsTransportPluginClass *klass)
{
  ReevePluginClass *plugin_class = REEVE_PLUGIN_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = reeve_ws_transport_plugin_dispose;
  plugin_class->declare = reeve_ws_transport_plugin_declare;
  plugin_class->start_async = reeve_ws_transport_plugin_start_async;
  plugin_class->start_finish = reeve_plugin_return_finish;
  plugin_class->stop_async = reeve_ws_transport_plugin_stop_async;
  plugin_class->stop_finish = reeve_plugin_return_finish;
}

static void
reeve_ws_transport_plugin_init (ReeveWsTransportPlugin *self)
{
}

static const char *const reeve_ws_transport_plugin_roles[] = { "hub", "agent", NULL };
static const char *const reeve_ws_transport_plugin_provides[] = { "ReeveTransport", "ReeveRoutes",
                                                                  NULL };

REEVE_PLUGIN_DEFINE (.id = "ws-transport", .version = PACKAGE_VERSION,
                     .summary = "Links over WebSocket, as Beszel's agents and hubs speak it",
                     .roles = reeve_ws_transport_plugin_roles,
                     .provides = reeve_ws_transport_plugin_provides,
                     .settings = reeve_ws_transport_plugin_settings,
                     .get_type = reeve_ws_transport_plugin_get_type);
