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
  { .key = "ca-file",
    .type = REEVE_SETTING_PATH,
    .flags = REEVE_SETTING_FILE_ONLY,
    .text = "Agent: a PEM file of the authorities that may sign a hub's certificate, instead of "
            "the system's." },
  { .key = "pin",
    .type = REEVE_SETTING_STRINGS,
    .flags = REEVE_SETTING_FILE_ONLY,
    .text = "Agent: SHA-256 digests of public keys, as sha256//BASE64 or 64 hex digits, at most "
            "eight. A hub must have one of these keys; without ca-file that alone is looked at, "
            "neither name nor dates of its certificate." },
  { .key = "verify",
    .type = REEVE_SETTING_BOOLEAN,
    .flags = REEVE_SETTING_FILE_ONLY,
    .default_text = "yes",
    .text = "Agent: whether a hub's certificate is looked at. Without that anybody in between can "
            "read the token; each link says so in the log." },
  { .key = "proxy",
    .type = REEVE_SETTING_STRING,
    .flags = REEVE_SETTING_FILE_ONLY | REEVE_SETTING_SECRET,
    .text = "Agent: how to reach hubs on other machines: auto (as without this key) for what "
            "http_proxy, https_proxy, all_proxy and no_proxy in the environment say, none, or "
            "http://, socks5:// or socks4a:// with USER:PASSWORD@HOST:PORT." },
  { .key = "ping-interval",
    .type = REEVE_SETTING_DURATION,
    .flags = REEVE_SETTING_FILE_ONLY,
    .default_text = "45s",
    .minimum = 1000,
    .maximum = 60 * 1000,
    .text =
        "Hub: an agent that has said nothing for so long is pinged. Less than the idle timeouts "
        "of proxies in between." },
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

/* Fails closed: nothing is dialled with half of what was demanded. */
static gboolean
reeve_ws_transport_plugin_read_options (ReeveSettings *settings,
                                        ReeveWsTransportClientOptions *ret_options, GError **error)
{
  const char *const *pins = reeve_settings_get_strings (settings, "pin");
  const char *proxy = reeve_settings_get_string (settings, "proxy");
  guint8 digest[REEVE_TLS_PIN_BYTES];

  if (proxy == NULL)
    proxy = "auto";
  *ret_options = (ReeveWsTransportClientOptions){
    .allow_plain = reeve_settings_get_boolean (settings, "allow-plain"),
    .verify = reeve_settings_get_boolean (settings, "verify"),
    .ca_file = reeve_settings_get_string (settings, "ca-file"),
    .pins = pins,
    .proxy = proxy,
  };
  for (guint i = 0; pins[i] != NULL; i++)
    if (!reeve_tls_parse_pin (pins[i], digest, error))
      return FALSE;
  if (g_strv_length ((char **) pins) > REEVE_TLS_MAX_PINS)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID, "pin: there are more than %d",
                   REEVE_TLS_MAX_PINS);
      return FALSE;
    }
  if (!ret_options->verify && (ret_options->ca_file != NULL || pins[0] != NULL))
    {
      g_set_error_literal (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                           "verify=no contradicts ca-file and pin: take out one or the other");
      return FALSE;
    }
  if (strcmp (proxy, "auto") != 0 && strcmp (proxy, "none") != 0)
    {
      g_autoptr (ReeveProxy) parsed = reeve_proxy_parse (proxy, error);

      return parsed != NULL;
    }
  return TRUE;
}

static void
reeve_ws_transport_plugin_start_async (ReevePlugin *plugin, GCancellable *cancellable,
                                       GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveWsTransportPlugin *self = REEVE_WS_TRANSPORT_PLUGIN (plugin);
  ReeveContext *context = reeve_plugin_get_context (plugin);
  ReeveSettings *settings = reeve_context_get_settings (context);
  gboolean hub = reeve_ws_transport_plugin_is_hub (plugin);
  ReeveWsTransportClientOptions options;
  GError *error = NULL;

  if (hub)
    self->service = reeve_ws_transport_service_new_hub (
        context, (guint) reeve_settings_get_integer (settings, "ping-interval"));
  else if (reeve_ws_transport_plugin_read_options (settings, &options, &error))
    self->service = reeve_ws_transport_service_new_agent (context, &options);
  if (self->service != NULL &&
      reeve_context_provide (context, REEVE_TYPE_TRANSPORT, "", self->service, &error) && hub)
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
