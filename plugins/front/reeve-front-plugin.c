/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* front: the only listener of the hub. It reads every head strictly, decides who answers and
 * whether they may, and hands agents to the transport and people to the page. */

#include "config.h"

#include <reeve/reeve.h>

#include <stdlib.h>
#include <string.h>

#include "reeve-front-operations.h"
#include "reeve-front-site.h"

#define REEVE_TYPE_FRONT_PLUGIN (reeve_front_plugin_get_type ())
G_DECLARE_FINAL_TYPE (ReeveFrontPlugin, reeve_front_plugin, REEVE, FRONT_PLUGIN, ReevePlugin)

struct _ReeveFrontPlugin
{
  ReevePlugin parent;

  ReeveFrontSite *site;
};

G_DEFINE_TYPE (ReeveFrontPlugin, reeve_front_plugin, REEVE_TYPE_PLUGIN)

static gboolean
reeve_front_plugin_configure (ReevePlugin *plugin, ReeveSettings *settings, GError **error)
{
  g_autoptr (ReeveFrontNames) names =
      reeve_front_names_new (reeve_settings_get_string (settings, "public-url"),
                             reeve_settings_get_strings (settings, "host-names"), error);
  g_autoptr (ReeveFrontProxies) proxies = NULL;
  g_autoptr (GPtrArray) ports = NULL;

  if (names == NULL)
    return FALSE;
  proxies =
      reeve_front_proxies_new (reeve_settings_get_strings (settings, "trusted-proxies"), error);
  if (proxies == NULL || !reeve_front_tls_check_settings (settings, error))
    return FALSE;
  ports = reeve_front_ports_parse (reeve_settings_get_strings (settings, "listen"),
                                   reeve_settings_get_string (settings, "plain"), error);
  return ports != NULL;
}

/* Their directories, since files are replaced; and where a link leads to now. */
static void
reeve_front_plugin_declare_files (ReeveDeclarations *declarations, const char *const *files)
{
  for (guint i = 0; files[i] != NULL; i++)
    {
      g_autofree char *real = realpath (files[i], NULL);
      g_autofree char *directory = g_path_get_dirname (files[i]);

      reeve_declarations_add_directory (declarations, directory, REEVE_ACCESS_READ,
                                        "a certificate or its key");
      if (real != NULL && strcmp (real, files[i]) != 0)
        {
          g_autofree char *target = g_path_get_dirname (real);

          reeve_declarations_add_directory (declarations, target, REEVE_ACCESS_READ,
                                            "where a certificate or its key lies");
        }
    }
}

static void
reeve_front_plugin_declare (ReevePlugin *plugin, ReeveDeclarations *declarations)
{
  ReeveContext *context = reeve_plugin_get_context (plugin);
  ReeveSettings *settings = reeve_context_get_settings (context);
  const char *proxy = reeve_settings_get_string (settings, "proxy-socket");
  g_autoptr (GPtrArray) ports =
      reeve_front_ports_parse (reeve_settings_get_strings (settings, "listen"),
                               reeve_settings_get_string (settings, "plain"), NULL);

  reeve_front_plugin_declare_files (declarations,
                                    reeve_settings_get_strings (settings, "certificate"));
  reeve_front_plugin_declare_files (declarations, reeve_settings_get_strings (settings, "key"));
  for (guint i = 0; ports != NULL && i < ports->len; i++)
    reeve_declarations_add_endpoint (declarations, REEVE_ENDPOINT_LISTEN,
                                     reeve_front_site_get_endpoint (i),
                                     ((ReeveFrontPort *) ports->pdata[i])->address,
                                     "agents, and people's browsers", TRUE);
  if (proxy != NULL)
    {
      g_autofree char *address = g_strconcat ("unix:", proxy, NULL);

      reeve_declarations_add_endpoint (declarations, REEVE_ENDPOINT_LISTEN, "proxy", address,
                                       "a proxy on this machine, which brings both", FALSE);
    }
  reeve_declarations_add_directory (declarations, reeve_context_get_state_dir (context),
                                    REEVE_ACCESS_WRITE,
                                    "the certificate and key that it makes where none are given");
}

static void
reeve_front_plugin_end (ReeveFrontPlugin *self)
{
  g_clear_pointer (&self->site, reeve_front_site_free);
}

static gboolean
reeve_front_plugin_begin (ReeveFrontPlugin *self, GError **error)
{
  ReeveContext *context = reeve_plugin_get_context (REEVE_PLUGIN (self));
  ReeveSettings *settings = reeve_context_get_settings (context);
  g_autoptr (ReeveFrontOperations) operations = NULL;

  self->site = reeve_front_site_new (context, settings, error);
  if (self->site == NULL)
    return FALSE;
  operations = reeve_front_operations_new (self->site);
  return reeve_context_provide (context, REEVE_TYPE_OPERATIONS, NULL, operations, error);
}

static void
reeve_front_plugin_start_async (ReevePlugin *plugin, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data)
{
  GError *error = NULL;

  if (!reeve_front_plugin_begin (REEVE_FRONT_PLUGIN (plugin), &error))
    reeve_front_plugin_end (REEVE_FRONT_PLUGIN (plugin));
  reeve_plugin_return (plugin, callback, user_data, error);
}

static gboolean
reeve_front_plugin_check (ReevePlugin *plugin, ReeveSettings *settings, GError **error)
{
  ReeveFrontSite *site = REEVE_FRONT_PLUGIN (plugin)->site;

  return site == NULL || site->tls == NULL || reeve_front_tls_check (site->tls, settings, error);
}

static void
reeve_front_plugin_reload (ReevePlugin *plugin, ReeveSettings *settings)
{
  ReeveFrontSite *site = REEVE_FRONT_PLUGIN (plugin)->site;

  if (site != NULL && site->tls != NULL)
    reeve_front_tls_take (site->tls);
}

static void
reeve_front_plugin_stop_async (ReevePlugin *plugin, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data)
{
  reeve_front_plugin_end (REEVE_FRONT_PLUGIN (plugin));
  reeve_plugin_return (plugin, callback, user_data, NULL);
}

static void
reeve_front_plugin_dispose (GObject *object)
{
  reeve_front_plugin_end (REEVE_FRONT_PLUGIN (object));
  G_OBJECT_CLASS (reeve_front_plugin_parent_class)->dispose (object);
}

static void
reeve_front_plugin_class_init (ReeveFrontPluginClass *klass)
{
  ReevePluginClass *plugin_class = REEVE_PLUGIN_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = reeve_front_plugin_dispose;
  plugin_class->configure = reeve_front_plugin_configure;
  plugin_class->declare = reeve_front_plugin_declare;
  plugin_class->start_async = reeve_front_plugin_start_async;
  plugin_class->start_finish = reeve_plugin_return_finish;
  plugin_class->check = reeve_front_plugin_check;
  plugin_class->reload = reeve_front_plugin_reload;
  plugin_class->stop_async = reeve_front_plugin_stop_async;
  plugin_class->stop_finish = reeve_plugin_return_finish;
}

static void
reeve_front_plugin_init (ReeveFrontPlugin *self)
{
}

static const char *const reeve_front_plain_choices[] = { "loopback", "agents", NULL };

static const ReeveSettingsRow reeve_front_settings[] = {
  { .key = "listen",
    .type = REEVE_SETTING_STRINGS,
    .flags = REEVE_SETTING_FILE_ONLY,
    .default_text = "127.0.0.1:8090",
    .text = "Where agents and browsers connect: addresses in numbers with a port, such as "
            "0.0.0.0:8443 or [::]:8443 for every one of this machine, or unix:/path. On loopback "
            "and Unix sockets no TLS is spoken, elsewhere TLS alone; tls:127.0.0.1:8443 asks for "
            "it on loopback. A socket of the service manager takes the place of the first one." },
  { .key = "plain",
    .type = REEVE_SETTING_ENUM,
    .flags = REEVE_SETTING_FILE_ONLY,
    .choices = reeve_front_plain_choices,
    .default_text = "loopback",
    .text = "Where no TLS is spoken: on loopback, or with agents also elsewhere, for agents only: "
            "everybody on the way reads and changes what they say, and sees their tokens. "
            "Addresses that begin with tls: have it nevertheless, and the page is served there." },
  { .key = "certificate",
    .type = REEVE_SETTING_STRINGS,
    .flags = REEVE_SETTING_FILE_ONLY | REEVE_SETTING_LIVE | REEVE_SETTING_CONTENT,
    .text = "Files in PEM form, each with a certificate of the hub and then those that signed it; "
            "each client gets the one for the name it asks for. Without any the hub makes a key "
            "and a certificate of its own in its state directory, which agents know by its pin." },
  { .key = "key",
    .type = REEVE_SETTING_STRINGS,
    .flags = REEVE_SETTING_FILE_ONLY | REEVE_SETTING_LIVE | REEVE_SETTING_CONTENT,
    .text = "The certificates' keys in the same order, in PEM form without a passphrase; files "
            "that not everybody may read." },
  { .key = "public-url",
    .type = REEVE_SETTING_ADDRESS,
    .flags = REEVE_SETTING_FILE_ONLY,
    .text = "The address under which agents and people elsewhere reach this hub, through a proxy "
            "with TLS. Stands in the commands that are printed for new systems. A path in it is "
            "taken off the requests' own, whether the proxy has done so or not." },
  { .key = "host-names",
    .type = REEVE_SETTING_STRINGS,
    .flags = REEVE_SETTING_FILE_ONLY,
    .text = "Further names by which the hub may be asked for, without port. Those of public-url "
            "and of loopback need not be named." },
  { .key = "proxy-socket",
    .type = REEVE_SETTING_PATH,
    .flags = REEVE_SETTING_FILE_ONLY,
    .text = "A Unix socket for a proxy on this machine, made for us and proxy-group only. Who "
            "connects there is believed what it adds to X-Forwarded-For. A socket of the service "
            "manager named proxy takes its place." },
  { .key = "proxy-group",
    .type = REEVE_SETTING_STRING,
    .flags = REEVE_SETTING_FILE_ONLY,
    .text = "The group of the proxy that may connect to proxy-socket, for instance www-data." },
  { .key = "trusted-proxies",
    .type = REEVE_SETTING_STRINGS,
    .flags = REEVE_SETTING_FILE_ONLY,
    .text =
        "Addresses and networks of proxies on other machines that are believed what they add to "
        "X-Forwarded-For. From everybody else it is dropped, and all other fields that say so "
        "are from everybody." },
  { .key = "connections-per-address",
    .type = REEVE_SETTING_INTEGER,
    .flags = REEVE_SETTING_FILE_ONLY,
    .default_text = "256",
    .minimum = 0,
    .maximum = 16384,
    .text =
        "Connections at a time from one IPv4 address or IPv6 /64; 0 for no limit. Agents that "
        "have proven themselves, loopback and trusted proxies do not count; the limit holds for "
        "each address that a proxy names, but not for agents behind it." },
  { .key = NULL },
};

static const char *const reeve_front_roles[] = { "hub", NULL };
static const char *const reeve_front_provides[] = { "ReeveOperations", NULL };
static const ReeveNeed reeve_front_needs[] = {
  { "ReeveRoutes", FALSE },
  { "ReeveAuthenticator", FALSE },
  { "ReeveAuthorizer", FALSE },
  { NULL, FALSE },
};

REEVE_PLUGIN_DEFINE (.id = "front", .version = PACKAGE_VERSION,
                     .summary = "Listens for agents and browsers, and lets only clean requests in",
                     .roles = reeve_front_roles, .needs = reeve_front_needs,
                     .provides = reeve_front_provides, .settings = reeve_front_settings,
                     .get_type = reeve_front_plugin_get_type);
