/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A collector that no hub knows: one kind of its own, described by itself. TEST_NEXT makes its next
 * version, whose metric has another unit and which has one more. */

#include <reeve/monitor.h>

#define REEVE_TYPE_WELL_PLUGIN (reeve_well_plugin_get_type ())
G_DECLARE_FINAL_TYPE (ReeveWellPlugin, reeve_well_plugin, REEVE, WELL_PLUGIN, ReevePlugin)

struct _ReeveWellPlugin
{
  ReevePlugin parent;
};

static void reeve_well_plugin_collector_init (ReeveCollectorInterface *iface);

G_DEFINE_TYPE_WITH_CODE (ReeveWellPlugin, reeve_well_plugin, REEVE_TYPE_PLUGIN,
                         G_IMPLEMENT_INTERFACE (REEVE_TYPE_COLLECTOR,
                                                reeve_well_plugin_collector_init))

static const ReeveMetric reeve_well_metrics[] = {
#ifdef TEST_NEXT
  { .name = "level",
    .title = "Level",
    .unit = REEVE_UNIT_RATIO,
    .aggregation = REEVE_AGGREGATION_AVERAGE,
    .chart = REEVE_CHART_LINE,
    .range = 1 },
  { .name = "heat",
    .title = "Heat",
    .unit = REEVE_UNIT_CELSIUS,
    .aggregation = REEVE_AGGREGATION_MAXIMUM,
    .chart = REEVE_CHART_LINE },
#else
  { .name = "level",
    .title = "Level",
    .unit = REEVE_UNIT_COUNT,
    .aggregation = REEVE_AGGREGATION_AVERAGE,
    .chart = REEVE_CHART_LINE },
#endif
};
static const ReeveKind reeve_well_kind = {
  .name = "well.shaft",
  .title = "Wells",
  .instanced = TRUE,
  .n_metrics = G_N_ELEMENTS (reeve_well_metrics),
  .metrics = reeve_well_metrics,
};

static const ReeveKind *const *
reeve_well_plugin_get_kinds (ReeveCollector *collector)
{
  static const ReeveKind *const kinds[] = { &reeve_well_kind, NULL };

  return kinds;
}

static void
reeve_well_plugin_collect_async (ReeveCollector *collector, ReeveSample *sample,
                                 ReeveCollectFlags flags, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data)
{
  static const char *const names[] = { "north", "__proto__" };
  g_autoptr (GTask) task = g_task_new (collector, cancellable, callback, user_data);
  ReeveContext *context = reeve_plugin_get_context (REEVE_PLUGIN (collector));
  guint kind;

  if (reeve_schema_find_kind (reeve_sample_get_schema (sample), reeve_well_kind.name, &kind) !=
      NULL)
    {
      reeve_sample_set_time (sample, reeve_clock_get_wall (reeve_context_get_clock (context)));
      for (guint i = 0; i < G_N_ELEMENTS (names); i++)
        {
          reeve_sample_add (sample, kind, names[i]);
#ifdef TEST_NEXT
          reeve_sample_set_number (sample, 0, 0.25);
          reeve_sample_set_number (sample, 1, 11.5);
#else
          reeve_sample_set_number (sample, 0, 7);
#endif
        }
    }
  g_task_return_boolean (task, TRUE);
}

static gboolean
reeve_well_plugin_collect_finish (ReeveCollector *collector, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
reeve_well_plugin_collector_init (ReeveCollectorInterface *iface)
{
  iface->get_kinds = reeve_well_plugin_get_kinds;
  iface->collect_async = reeve_well_plugin_collect_async;
  iface->collect_finish = reeve_well_plugin_collect_finish;
}

static void
reeve_well_plugin_start_async (ReevePlugin *plugin, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data)
{
  GError *error = NULL;

  reeve_context_provide (reeve_plugin_get_context (plugin), REEVE_TYPE_COLLECTOR, "", plugin,
                         &error);
  reeve_plugin_return (plugin, callback, user_data, error);
}

static void
reeve_well_plugin_class_init (ReeveWellPluginClass *klass)
{
  ReevePluginClass *plugin_class = REEVE_PLUGIN_CLASS (klass);

  plugin_class->start_async = reeve_well_plugin_start_async;
  plugin_class->start_finish = reeve_plugin_return_finish;
}

static void
reeve_well_plugin_init (ReeveWellPlugin *self)
{
}

static const char *const reeve_well_roles[] = { "agent", NULL };
static const char *const reeve_well_provides[] = { "ReeveCollector", NULL };

REEVE_PLUGIN_DEFINE (.id = "well", .version = "1", .summary = "Wells, for tests",
                     .roles = reeve_well_roles, .provides = reeve_well_provides,
                     .get_type = reeve_well_plugin_get_type);
