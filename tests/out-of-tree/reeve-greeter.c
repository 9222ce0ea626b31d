/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The smallest plugin that does something: it greets when it starts, and again each interval. It
 * runs in both roles and needs nobody. The domain's library cleans what it says for the log,
 * so both libraries are linked. docs/plugins.md walks through it.
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
};

G_DEFINE_TYPE (ReeveGreeterPlugin, reeve_greeter_plugin, REEVE_TYPE_PLUGIN)

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
}

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

  self->timer = reeve_context_add_timer (context, "greet", reeve_greeter_plugin_timer_cb, self);
  reeve_greeter_plugin_greet (self);
  reeve_greeter_plugin_reload (plugin, reeve_context_get_settings (context));
  reeve_plugin_return (plugin, callback, user_data, NULL);
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

REEVE_PLUGIN_DEFINE (.id = "greeter", .version = "1", .summary = "Says hello",
                     .roles = reeve_greeter_plugin_roles, .settings = reeve_greeter_plugin_settings,
                     .get_type = reeve_greeter_plugin_get_type);
