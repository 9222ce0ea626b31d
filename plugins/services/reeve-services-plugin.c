/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The plugin services: its settings, and the collector and responder that it provides while it
 * runs. */

#include "config.h"

#include <reeve/monitor.h>

#include "reeve-services-collector.h"
#include "reeve-services-parse.h"

#define REEVE_TYPE_SERVICES_PLUGIN (reeve_services_plugin_get_type ())
G_DECLARE_FINAL_TYPE (ReeveServicesPlugin, reeve_services_plugin, REEVE, SERVICES_PLUGIN,
                      ReevePlugin)

struct _ReeveServicesPlugin
{
  ReevePlugin parent;

  ReeveServicesCollector *collector; /* NULL unless running */
};

G_DEFINE_TYPE (ReeveServicesPlugin, reeve_services_plugin, REEVE_TYPE_PLUGIN)

static const ReeveSettingsRow reeve_services_plugin_settings[] = {
  { .key = "bus",
    .type = REEVE_SETTING_ENDPOINT,
    .flags = REEVE_SETTING_FILE_ONLY,
    .default_text = "unix:/run/dbus/system_bus_socket",
    .text = "The system bus, on which systemd is asked." },
  { .key = "root",
    .type = REEVE_SETTING_PATH,
    .flags = REEVE_SETTING_FILE_ONLY,
    .default_text = "/",
    .text = "The directory that holds run/systemd and sys/fs/cgroup: for a machine that is mounted "
            "below another directory." },
  { .key = "units",
    .type = REEVE_SETTING_STRINGS,
    .default_text = "*.service",
    .text =
        "Which units are told of: names in which * ? and [...] stand for others. A name without "
        "a unit's type is that of a service. At most 1024 units are told of." },
  { .key = "exclude",
    .type = REEVE_SETTING_STRINGS,
    .text = "Which of those are left out; the same kind of names." },
  { 0 },
};

static gboolean
reeve_services_plugin_parse (ReeveSettings *settings, const char *key, GStrv *ret_patterns,
                             GError **error)
{
  *ret_patterns = reeve_services_parse_patterns (reeve_settings_get_strings (settings, key), error);
  if (*ret_patterns == NULL)
    g_prefix_error (error, "%s: ", key);
  return *ret_patterns != NULL;
}

/* A machine without systemd, or a container without its bus, has nothing to tell of. */
static gboolean
reeve_services_plugin_find_systemd (ReeveSettings *settings, GError **error)
{
  const char *bus = reeve_settings_get_string (settings, "bus");
  g_autofree char *directory =
      g_build_filename (reeve_settings_get_string (settings, "root"), "run/systemd/system", NULL);

  if (!g_file_test (directory, G_FILE_TEST_IS_DIR))
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_UNCONFIGURED,
                   "this machine is not run by systemd: there is no %s", directory);
      return FALSE;
    }
  if (g_str_has_prefix (bus, "unix:/") && !g_file_test (bus + 5, G_FILE_TEST_EXISTS))
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_UNCONFIGURED,
                   "there is no system bus at %s: start it, or name it with the key bus", bus + 5);
      return FALSE;
    }
  return TRUE;
}

static gboolean
reeve_services_plugin_configure (ReevePlugin *plugin, ReeveSettings *settings, GError **error)
{
  g_auto (GStrv) units = NULL;
  g_auto (GStrv) exclude = NULL;

  return reeve_services_plugin_parse (settings, "units", &units, error) &&
         reeve_services_plugin_parse (settings, "exclude", &exclude, error) &&
         reeve_services_plugin_find_systemd (settings, error);
}

static void
reeve_services_plugin_declare (ReevePlugin *plugin, ReeveDeclarations *declarations)
{
  ReeveSettings *settings = reeve_context_get_settings (reeve_plugin_get_context (plugin));
  const char *bus = reeve_settings_get_string (settings, "bus");
  g_autofree char *cgroup =
      g_build_filename (reeve_settings_get_string (settings, "root"), "sys/fs/cgroup", NULL);

  reeve_declarations_add_endpoint (declarations, REEVE_ENDPOINT_DIAL, REEVE_SERVICES_BUS_ENDPOINT,
                                   bus, "asks systemd for its units", TRUE);
  if (g_str_has_prefix (bus, "unix:/"))
    reeve_declarations_add_socket (declarations, bus + 5, "asks systemd for its units");
  reeve_declarations_add_directory (declarations, cgroup, REEVE_ACCESS_READ,
                                    "what the kernel counts for each unit");
}

static void
reeve_services_plugin_start_async (ReevePlugin *plugin, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveServicesPlugin *self = REEVE_SERVICES_PLUGIN (plugin);
  ReeveContext *context = reeve_plugin_get_context (plugin);
  ReeveSettings *settings = reeve_context_get_settings (context);
  g_auto (GStrv) units = NULL;
  g_auto (GStrv) exclude = NULL;
  GError *error = NULL;

  if (reeve_services_plugin_parse (settings, "units", &units, &error) &&
      reeve_services_plugin_parse (settings, "exclude", &exclude, &error))
    {
      const ReeveServicesOptions options = {
        .root = reeve_settings_get_string (settings, "root"),
        .bus = reeve_settings_get_string (settings, "bus"),
        .units = (const char *const *) units,
        .exclude = (const char *const *) exclude,
      };

      self->collector = reeve_services_collector_new (context, &options);
      if (reeve_context_provide (context, REEVE_TYPE_COLLECTOR, "", self->collector, &error))
        reeve_context_provide (context, REEVE_TYPE_RESPONDER, "", self->collector, &error);
    }
  reeve_plugin_return (plugin, callback, user_data, error);
}

static void
reeve_services_plugin_stop_async (ReevePlugin *plugin, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveServicesPlugin *self = REEVE_SERVICES_PLUGIN (plugin);

  if (self->collector != NULL)
    reeve_services_collector_stop (self->collector);
  g_clear_object (&self->collector);
  reeve_plugin_return (plugin, callback, user_data, NULL);
}

static void
reeve_services_plugin_finalize (GObject *object)
{
  ReeveServicesPlugin *self = REEVE_SERVICES_PLUGIN (object);

  if (self->collector != NULL)
    reeve_services_collector_stop (self->collector);
  g_clear_object (&self->collector);
  G_OBJECT_CLASS (reeve_services_plugin_parent_class)->finalize (object);
}

static void
reeve_services_plugin_class_init (ReeveServicesPluginClass *klass)
{
  ReevePluginClass *plugin_class = REEVE_PLUGIN_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = reeve_services_plugin_finalize;
  plugin_class->configure = reeve_services_plugin_configure;
  plugin_class->declare = reeve_services_plugin_declare;
  plugin_class->start_async = reeve_services_plugin_start_async;
  plugin_class->start_finish = reeve_plugin_return_finish;
  plugin_class->stop_async = reeve_services_plugin_stop_async;
  plugin_class->stop_finish = reeve_plugin_return_finish;
}

static void
reeve_services_plugin_init (ReeveServicesPlugin *self)
{
}

static const char *const reeve_services_plugin_roles[] = { "agent", NULL };
static const char *const reeve_services_plugin_provides[] = { "ReeveCollector", "ReeveResponder",
                                                              NULL };

REEVE_PLUGIN_DEFINE (.id = "services", .version = PACKAGE_VERSION,
                     .summary = "systemd's units: what they are and what they use",
                     .roles = reeve_services_plugin_roles,
                     .provides = reeve_services_plugin_provides,
                     .settings = reeve_services_plugin_settings,
                     .get_type = reeve_services_plugin_get_type,
                     .condition_path = "/run/systemd/system");
