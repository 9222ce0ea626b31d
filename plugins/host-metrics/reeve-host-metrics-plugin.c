/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The plugin host-metrics: its settings, and the collector that it provides while it runs. */

#include "config.h"

#include <string.h>

#include <reeve/monitor.h>

#include "reeve-host-metrics-collector.h"

#define REEVE_TYPE_HOST_METRICS_PLUGIN (reeve_host_metrics_plugin_get_type ())
G_DECLARE_FINAL_TYPE (ReeveHostMetricsPlugin, reeve_host_metrics_plugin, REEVE, HOST_METRICS_PLUGIN,
                      ReevePlugin)

struct _ReeveHostMetricsPlugin
{
  ReevePlugin parent;

  ReeveHostMetricsCollector *collector; /* NULL unless running */
};

G_DEFINE_TYPE (ReeveHostMetricsPlugin, reeve_host_metrics_plugin, REEVE_TYPE_PLUGIN)

static const char *const reeve_host_metrics_plugin_memory_choices[] = { "available", "htop", NULL };

static const ReeveSettingsRow reeve_host_metrics_plugin_settings[] = {
  { .key = "root",
    .type = REEVE_SETTING_PATH,
    .flags = REEVE_SETTING_FILE_ONLY,
    .default_text = "/",
    .text = "The directory that holds proc, sys and etc. Its filesystem is the one whose usage is "
            "told as the root's. For a machine that is mounted below another directory, and for "
            "recorded trees." },
  { .key = "nics",
    .type = REEVE_SETTING_STRING,
    .text = "Which network interfaces count, separated by commas; * stands for any characters. A "
            "list counts exactly those; after a leading - it names those that do not count. "
            "Without this key, and after a leading -, only what looks like a real link (not lo, "
            "docker*, br-*, veth*, bond*, cali*) and has carried bytes both ways counts." },
  { .key = "filesystems",
    .type = REEVE_SETTING_STRING,
    .text = "Which filesystems count, separated by commas, by mount point, device or type; * "
            "stands for any characters but /. A list counts exactly those, whatever their type; "
            "after a leading - it names those that do not count. Without this key, and after a "
            "leading -, those on block devices, ZFS, btrfs and the network count. The root always "
            "does." },
  { .key = "filesystem-names",
    .type = REEVE_SETTING_STRING,
    .text = "Names to show instead of mount points, separated by semicolons: "
            "/srv=Media;/dev/sdb1=Backup. What is named is a mount point or a device. The root "
            "keeps its name." },
  { .key = "disks",
    .type = REEVE_SETTING_STRING,
    .text = "Which block devices count as disks, separated by commas; * stands for any "
            "characters. A list counts exactly those, whatever they are; after a leading - it "
            "names those that do not count. Without this key, and after a leading -, whole disks "
            "count, not partitions, loop*, ram*, zram*, fd*, sr*, dm-*, md*, bcache*, zd*, "
            "drbd*." },
  { .key = "memory-used",
    .type = REEVE_SETTING_ENUM,
    .default_text = "available",
    .choices = reeve_host_metrics_plugin_memory_choices,
    .text = "How used memory is counted. available: the total less what programs could still get. "
            "htop: the total less what is free and less buffers and cache." },
  { .key = "sensors",
    .type = REEVE_SETTING_STRING,
    .text = "Which temperatures count, by the sensors' names, separated by commas; * stands for "
            "any characters. A list counts exactly those; after a leading - it names those that "
            "do not count. The key without a value counts none, and none is read then. Without "
            "this key all count." },
  { .key = "primary-sensor",
    .type = REEVE_SETTING_STRING,
    .text = "The name of the sensor whose temperature stands for the system. Without this key it "
            "is the hottest one." },
  { 0 },
};

static gboolean
reeve_host_metrics_plugin_init_storage (ReeveHostMetricsStorage *storage, ReeveSettings *settings,
                                        GError **error)
{
  return reeve_host_metrics_storage_init (storage,
                                          reeve_settings_get_string (settings, "filesystems"),
                                          reeve_settings_get_string (settings, "disks"),
                                          reeve_settings_get_string (settings, "filesystem-names"),
                                          error);
}

static gboolean
reeve_host_metrics_plugin_init_sensors (ReeveHostMetricsSensors *sensors, ReeveSettings *settings,
                                        GError **error)
{
  return reeve_host_metrics_sensors_init (sensors,
                                          reeve_settings_get_origin (settings, "sensors") !=
                                              REEVE_ORIGIN_DEFAULT,
                                          reeve_settings_get_string (settings, "sensors"),
                                          reeve_settings_get_string (settings, "primary-sensor"),
                                          error);
}

static gboolean
reeve_host_metrics_plugin_configure (ReevePlugin *plugin, ReeveSettings *settings, GError **error)
{
  ReeveHostMetricsNicFilter filter;
  ReeveHostMetricsStorage storage;
  ReeveHostMetricsSensors sensors;

  if (!reeve_host_metrics_nic_filter_init (&filter, reeve_settings_get_string (settings, "nics"),
                                           error))
    return FALSE;
  reeve_host_metrics_nic_filter_clear (&filter);
  if (!reeve_host_metrics_plugin_init_storage (&storage, settings, error))
    return FALSE;
  reeve_host_metrics_storage_clear (&storage);
  if (!reeve_host_metrics_plugin_init_sensors (&sensors, settings, error))
    return FALSE;
  reeve_host_metrics_sensors_clear (&sensors);
  return TRUE;
}

static void
reeve_host_metrics_plugin_declare (ReevePlugin *plugin, ReeveDeclarations *declarations)
{
  ReeveSettings *settings = reeve_context_get_settings (reeve_plugin_get_context (plugin));
  const char *root = reeve_settings_get_string (settings, "root");
  static const struct
  {
    const char *name;
    const char *purpose;
  } directories[] = {
    { "proc", "what the kernel counts" },
    { "sys", "how the processors are built, and sensors, fans and power supplies" },
    { "etc", "the name of the operating system" },
    { "usr/lib", "the name of the operating system" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (directories); i++)
    {
      g_autofree char *path = g_build_filename (root, directories[i].name, NULL);

      reeve_declarations_add_directory (declarations, path, REEVE_ACCESS_READ,
                                        directories[i].purpose);
    }
}

static void
reeve_host_metrics_plugin_start_async (ReevePlugin *plugin, GCancellable *cancellable,
                                       GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveHostMetricsPlugin *self = REEVE_HOST_METRICS_PLUGIN (plugin);
  ReeveContext *context = reeve_plugin_get_context (plugin);
  ReeveSettings *settings = reeve_context_get_settings (context);
  ReeveHostMetricsStorage storage = { 0 };
  ReeveHostMetricsSensors sensors = { 0 };
  ReeveHostMetricsNicFilter filter;
  GError *error = NULL;

  if (reeve_host_metrics_plugin_init_storage (&storage, settings, &error) &&
      reeve_host_metrics_plugin_init_sensors (&sensors, settings, &error) &&
      reeve_host_metrics_nic_filter_init (&filter, reeve_settings_get_string (settings, "nics"),
                                          &error))
    {
      self->collector =
          reeve_host_metrics_collector_new (context, reeve_settings_get_string (settings, "root"),
                                            &filter);
      reeve_host_metrics_collector_set_storage (self->collector, &storage);
      reeve_host_metrics_collector_set_sensors (self->collector, &sensors);
      reeve_host_metrics_collector_set_memory_htop (
          self->collector,
          strcmp (reeve_settings_get_string (settings, "memory-used"), "htop") == 0);
      reeve_context_provide (context, REEVE_TYPE_COLLECTOR, "", self->collector, &error);
    }
  reeve_host_metrics_storage_clear (&storage);
  reeve_host_metrics_sensors_clear (&sensors);
  reeve_plugin_return (plugin, callback, user_data, error);
}

static void
reeve_host_metrics_plugin_stop_async (ReevePlugin *plugin, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveHostMetricsPlugin *self = REEVE_HOST_METRICS_PLUGIN (plugin);

  if (self->collector != NULL)
    reeve_host_metrics_collector_stop (self->collector);
  g_clear_object (&self->collector);
  reeve_plugin_return (plugin, callback, user_data, NULL);
}

static void
reeve_host_metrics_plugin_finalize (GObject *object)
{
  ReeveHostMetricsPlugin *self = REEVE_HOST_METRICS_PLUGIN (object);

  if (self->collector != NULL)
    reeve_host_metrics_collector_stop (self->collector);
  g_clear_object (&self->collector);
  G_OBJECT_CLASS (reeve_host_metrics_plugin_parent_class)->finalize (object);
}

static void
reeve_host_metrics_plugin_class_init (ReeveHostMetricsPluginClass *klass)
{
  ReevePluginClass *plugin_class = REEVE_PLUGIN_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = reeve_host_metrics_plugin_finalize;
  plugin_class->configure = reeve_host_metrics_plugin_configure;
  plugin_class->declare = reeve_host_metrics_plugin_declare;
  plugin_class->start_async = reeve_host_metrics_plugin_start_async;
  plugin_class->start_finish = reeve_plugin_return_finish;
  plugin_class->stop_async = reeve_host_metrics_plugin_stop_async;
  plugin_class->stop_finish = reeve_plugin_return_finish;
}

static void
reeve_host_metrics_plugin_init (ReeveHostMetricsPlugin *self)
{
}

static const char *const reeve_host_metrics_plugin_roles[] = { "agent", NULL };
static const char *const reeve_host_metrics_plugin_provides[] = { "ReeveCollector", NULL };

REEVE_PLUGIN_DEFINE (.id = "host-metrics", .version = PACKAGE_VERSION,
                     .summary = "What the machine itself can tell",
                     .roles = reeve_host_metrics_plugin_roles,
                     .provides = reeve_host_metrics_plugin_provides,
                     .settings = reeve_host_metrics_plugin_settings,
                     .get_type = reeve_host_metrics_plugin_get_type);
