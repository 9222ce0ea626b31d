/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The smallest plugin that does something: it greets when it starts, and again each interval. It
 * runs in both roles and needs nobody. On an agent it is a collector, too, and tells how often it
 * has greeted: a kind of its own, which hubs draw without knowing it. ui.js beside it adds a panel
 * to the page. docs/plugins.md and docs/ui-modules.md walk through it.
 */

#define G_LOG_DOMAIN "reeve-greeter"

#include <reeve/monitor.h>
#include <reeve/reeve.h>

#define REEVE_TYPE_GREETER_PLUGIN (reeve_greeter_plugin_get_type ())
G_DECLARE_FINAL_TYPE (ReeveGreeterPlugin, reeve_greeter_plugin, REEVE, GREETER_PLUGIN, ReevePlugin)

struct _ReeveGreeterPlugin
{
  ReevePlugin parent;

  ReeveTimer *timer; /* NULL unless running */
  gint64 interval_ms;
  guint said;
};

static void reeve_greeter_plugin_collector_init (ReeveCollectorInterface *iface);

G_DEFINE_TYPE_WITH_CODE (ReeveGreeterPlugin, reeve_greeter_plugin, REEVE_TYPE_PLUGIN,
                         G_IMPLEMENT_INTERFACE (REEVE_TYPE_COLLECTOR,
                                                reeve_greeter_plugin_collector_init))

static const ReeveSettingsRow reeve_greeter_plugin_settings[] = {
  { .key = "greeting",
    .type = REEVE_SETTING_STRING,
    .default_text = "hello",
    .text = "What it says." },
  { .key = "interval",
    .type = REEVE_SETTING_DURATION,
    .flags = REEVE_SETTING_LIVE,
    .default_text = "1h",
    .minimum = 100,
    .maximum = 24 * 3600 * 1000,
    .text = "How often it says it." },
  { 0 },
};

static void
reeve_greeter_plugin_greet (ReeveGreeterPlugin *self)
{
  ReeveContext *context = reeve_plugin_get_context (REEVE_PLUGIN (self));
  const char *greeting =
      reeve_settings_get_string (reeve_context_get_settings (context), "greeting");
  g_autofree char *clean = reeve_text_clean (greeting, -1, 80);

  reeve_log_message (context, "%s from the %s", clean, reeve_context_get_role (context));
  self->said++;
}

/* ---- on an agent ---- */

static const ReeveMetric reeve_greeter_metrics[] = {
  { .name = "said",
    .title = "Said",
    .unit = REEVE_UNIT_COUNT,
    .aggregation = REEVE_AGGREGATION_LAST,
    .chart = REEVE_CHART_LINE,
    .text = "How often it has greeted" },
};

static const ReeveKind reeve_greeter_kind = {
  .name = "greeter.greetings",
  .title = "Greetings",
  .n_metrics = G_N_ELEMENTS (reeve_greeter_metrics),
  .metrics = reeve_greeter_metrics,
};

static const ReeveKind *const *
reeve_greeter_plugin_get_kinds (ReeveCollector *collector)
{
  static const ReeveKind *const kinds[] = { &reeve_greeter_kind, NULL };

  return kinds;
}

static void
reeve_greeter_plugin_collect_async (ReeveCollector *collector, ReeveSample *sample,
                                    ReeveCollectFlags flags, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (collector, cancellable, callback, user_data);
  guint kind;

  if (reeve_schema_find_kind (reeve_sample_get_schema (sample), reeve_greeter_kind.name, &kind) !=
          NULL &&
      reeve_sample_add (sample, kind, NULL))
    reeve_sample_set_number (sample, 0, REEVE_GREETER_PLUGIN (collector)->said);
  g_task_return_boolean (task, TRUE);
}

static gboolean
reeve_greeter_plugin_collect_finish (ReeveCollector *collector, GAsyncResult *result,
                                     GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
reeve_greeter_plugin_collector_init (ReeveCollectorInterface *iface)
{
  iface->get_kinds = reeve_greeter_plugin_get_kinds;
  iface->collect_async = reeve_greeter_plugin_collect_async;
  iface->collect_finish = reeve_greeter_plugin_collect_finish;
}

/* ---- life ---- */

static void
reeve_greeter_plugin_timer_cb (ReeveTimer *timer, gpointer user_data)
{
  ReeveGreeterPlugin *self = user_data;

  reeve_greeter_plugin_greet (self);
  reeve_timer_start (timer, (guint64) self->interval_ms);
}

static void
reeve_greeter_plugin_reload (ReevePlugin *plugin, ReeveSettings *settings)
{
  ReeveGreeterPlugin *self = REEVE_GREETER_PLUGIN (plugin);

  self->interval_ms = reeve_settings_get_integer (settings, "interval");
  if (self->timer != NULL)
    reeve_timer_start (self->timer, (guint64) self->interval_ms);
}

static void
reeve_greeter_plugin_start_async (ReevePlugin *plugin, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveGreeterPlugin *self = REEVE_GREETER_PLUGIN (plugin);
  ReeveContext *context = reeve_plugin_get_context (plugin);
  GError *error = NULL;

  if (g_str_equal (reeve_context_get_role (context), "agent"))
    reeve_context_provide (context, REEVE_TYPE_COLLECTOR, "", plugin, &error);
  self->timer = reeve_context_add_timer (context, "greet", reeve_greeter_plugin_timer_cb, self);
  reeve_greeter_plugin_greet (self);
  reeve_greeter_plugin_reload (plugin, reeve_context_get_settings (context));
  reeve_plugin_return (plugin, callback, user_data, error);
}

static void
reeve_greeter_plugin_stop_async (ReevePlugin *plugin, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveGreeterPlugin *self = REEVE_GREETER_PLUGIN (plugin);

  g_clear_pointer (&self->timer, reeve_timer_free);
  reeve_plugin_return (plugin, callback, user_data, NULL);
}

static void
reeve_greeter_plugin_class_init (ReeveGreeterPluginClass *klass)
{
  ReevePluginClass *plugin_class = REEVE_PLUGIN_CLASS (klass);

  plugin_class->start_async = reeve_greeter_plugin_start_async;
  plugin_class->start_finish = reeve_plugin_return_finish;
  plugin_class->reload = reeve_greeter_plugin_reload;
  plugin_class->stop_async = reeve_greeter_plugin_stop_async;
  plugin_class->stop_finish = reeve_plugin_return_finish;
}

static void
reeve_greeter_plugin_init (ReeveGreeterPlugin *self)
{
}

static const char *const reeve_greeter_plugin_roles[] = { "agent", "hub", NULL };
static const char *const reeve_greeter_plugin_provides[] = { "ReeveCollector", NULL };

REEVE_PLUGIN_DEFINE (.id = "greeter", .version = "1", .summary = "Says hello",
                     .roles = reeve_greeter_plugin_roles, .provides = reeve_greeter_plugin_provides,
                     .settings = reeve_greeter_plugin_settings,
                     .get_type = reeve_greeter_plugin_get_type);
