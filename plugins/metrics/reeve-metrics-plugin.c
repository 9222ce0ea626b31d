/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The plugin metrics: its descriptor and its life. */

#include "config.h"

#include <reeve/monitor.h>

#include "reeve-metrics-operations.h"

#define REEVE_TYPE_METRICS_PLUGIN (reeve_metrics_plugin_get_type ())
G_DECLARE_FINAL_TYPE (ReeveMetricsPlugin, reeve_metrics_plugin, REEVE, METRICS_PLUGIN, ReevePlugin)

struct _ReeveMetricsPlugin
{
  ReevePlugin parent;

  ReeveMetricsOperations *operations; /* NULL unless running */
};

G_DEFINE_TYPE (ReeveMetricsPlugin, reeve_metrics_plugin, REEVE_TYPE_PLUGIN)

static void
reeve_metrics_plugin_clear (ReeveMetricsPlugin *self)
{
  if (self->operations != NULL)
    reeve_metrics_operations_stop (self->operations);
  g_clear_object (&self->operations);
}

static void
reeve_metrics_plugin_start_async (ReevePlugin *plugin, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveMetricsPlugin *self = REEVE_METRICS_PLUGIN (plugin);
  ReeveContext *context = reeve_plugin_get_context (plugin);
  GError *error = NULL;

  self->operations = reeve_metrics_operations_new (context);
  reeve_context_provide (context, REEVE_TYPE_OPERATIONS, NULL, self->operations, &error);
  reeve_plugin_return (plugin, callback, user_data, error);
}

static void
reeve_metrics_plugin_stop_async (ReevePlugin *plugin, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data)
{
  reeve_metrics_plugin_clear (REEVE_METRICS_PLUGIN (plugin));
  reeve_plugin_return (plugin, callback, user_data, NULL);
}

static void
reeve_metrics_plugin_finalize (GObject *object)
{
  reeve_metrics_plugin_clear (REEVE_METRICS_PLUGIN (object));
  G_OBJECT_CLASS (reeve_metrics_plugin_parent_class)->finalize (object);
}

static void
reeve_metrics_plugin_class_init (ReeveMetricsPluginClass *klass)
{
  ReevePluginClass *plugin_class = REEVE_PLUGIN_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = reeve_metrics_plugin_finalize;
  plugin_class->start_async = reeve_metrics_plugin_start_async;
  plugin_class->start_finish = reeve_plugin_return_finish;
  plugin_class->stop_async = reeve_metrics_plugin_stop_async;
  plugin_class->stop_finish = reeve_plugin_return_finish;
}

static void
reeve_metrics_plugin_init (ReeveMetricsPlugin *self)
{
}

static const char *const reeve_metrics_plugin_roles[] = { "agent", NULL };
static const char *const reeve_metrics_plugin_provides[] = { "ReeveOperations", NULL };
static const ReeveNeed reeve_metrics_plugin_needs[] = {
  { "ReeveCollector", FALSE },
  { NULL },
};

REEVE_PLUGIN_DEFINE (.id = "metrics", .version = PACKAGE_VERSION,
                     .summary = "Shows on this machine what the collectors measure",
                     .roles = reeve_metrics_plugin_roles, .needs = reeve_metrics_plugin_needs,
                     .provides = reeve_metrics_plugin_provides,
                     .get_type = reeve_metrics_plugin_get_type);
