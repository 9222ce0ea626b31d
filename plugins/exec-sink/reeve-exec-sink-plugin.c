/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* exec-sink: tells of events by running a command. */

#include "config.h"

#include <reeve/reeve.h>

#include "reeve-exec-sink.h"

#define REEVE_TYPE_EXEC_SINK_PLUGIN (reeve_exec_sink_plugin_get_type ())
G_DECLARE_FINAL_TYPE (ReeveExecSinkPlugin, reeve_exec_sink_plugin, REEVE, EXEC_SINK_PLUGIN,
                      ReevePlugin)

struct _ReeveExecSinkPlugin
{
  ReevePlugin parent;

  ReeveExecSink *sink;
};

G_DEFINE_TYPE (ReeveExecSinkPlugin, reeve_exec_sink_plugin, REEVE_TYPE_PLUGIN)

static gboolean
reeve_exec_sink_plugin_configure (G_GNUC_UNUSED ReevePlugin *plugin, ReeveSettings *settings,
                                  GError **error)
{
  const char *const *command = reeve_settings_get_strings (settings, "command");

  if (command[0] != NULL && g_path_is_absolute (command[0]))
    return TRUE;
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
               "command: the first word is the absolute path of a program, as in "
               "\"/usr/local/bin/tell;--loud\"");
  return FALSE;
}

static void
reeve_exec_sink_plugin_declare (ReevePlugin *plugin, ReeveDeclarations *declarations)
{
  ReeveSettings *settings = reeve_context_get_settings (reeve_plugin_get_context (plugin));

  reeve_declarations_add_program (declarations, reeve_settings_get_strings (settings, "command")[0],
                                  "is told of each event");
}

static void
reeve_exec_sink_plugin_start_async (ReevePlugin *plugin, G_GNUC_UNUSED GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveExecSinkPlugin *self = REEVE_EXEC_SINK_PLUGIN (plugin);
  ReeveContext *context = reeve_plugin_get_context (plugin);
  ReeveSettings *settings = reeve_context_get_settings (context);
  GError *error = NULL;

  /* it may be mended while the hub runs, so this is no reason not to start */
  if (!g_file_test (reeve_settings_get_strings (settings, "command")[0], G_FILE_TEST_IS_EXECUTABLE))
    reeve_log_warning (context,
                       "key command: %s is no program that can be run; events wait until it is",
                       reeve_settings_get_strings (settings, "command")[0]);
  self->sink = reeve_exec_sink_new (context, settings);
  reeve_context_provide (context, REEVE_TYPE_EVENT_SINK, NULL, self->sink, &error);
  reeve_plugin_return (plugin, callback, user_data, error);
}

static void
reeve_exec_sink_plugin_reload (ReevePlugin *plugin, ReeveSettings *settings)
{
  ReeveExecSinkPlugin *self = REEVE_EXEC_SINK_PLUGIN (plugin);

  if (self->sink != NULL)
    reeve_exec_sink_set_settings (self->sink, settings);
}

static void
reeve_exec_sink_plugin_stop_async (ReevePlugin *plugin, G_GNUC_UNUSED GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data)
{
  g_clear_object (&REEVE_EXEC_SINK_PLUGIN (plugin)->sink);
  reeve_plugin_return (plugin, callback, user_data, NULL);
}

static void
reeve_exec_sink_plugin_dispose (GObject *object)
{
  g_clear_object (&REEVE_EXEC_SINK_PLUGIN (object)->sink);
  G_OBJECT_CLASS (reeve_exec_sink_plugin_parent_class)->dispose (object);
}

static void
reeve_exec_sink_plugin_class_init (ReeveExecSinkPluginClass *klass)
{
  ReevePluginClass *plugin_class = REEVE_PLUGIN_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = reeve_exec_sink_plugin_dispose;
  plugin_class->configure = reeve_exec_sink_plugin_configure;
  plugin_class->declare = reeve_exec_sink_plugin_declare;
  plugin_class->start_async = reeve_exec_sink_plugin_start_async;
  plugin_class->start_finish = reeve_plugin_return_finish;
  plugin_class->reload = reeve_exec_sink_plugin_reload;
  plugin_class->stop_async = reeve_exec_sink_plugin_stop_async;
  plugin_class->stop_finish = reeve_plugin_return_finish;
}

static void
reeve_exec_sink_plugin_init (G_GNUC_UNUSED ReeveExecSinkPlugin *self)
{
}

static const char *const reeve_exec_sink_roles[] = { "hub", NULL };
static const char *const reeve_exec_sink_provides[] = { "ReeveEventSink", NULL };
static const char *const reeve_exec_sink_severities[] = {
  "debug", "info", "notice", "warning", "error", "critical", NULL,
};
static const ReeveSettingsRow reeve_exec_sink_settings[] = {
  { .key = "command",
    .type = REEVE_SETTING_STRINGS,
    .flags = REEVE_SETTING_REQUIRED | REEVE_SETTING_FILE_ONLY,
    .text = "The program, by its absolute path, and its arguments, with semicolons between. It is "
            "run once for each event, without a shell, and reads the event as one line of JSON." },
  { .key = "timeout",
    .type = REEVE_SETTING_DURATION,
    .flags = REEVE_SETTING_LIVE,
    .default_text = "30s",
    .minimum = 1000,
    .maximum = 100000,
    .text = "How long one run may take; then it is killed, and tried again." },
  { .key = "min-severity",
    .type = REEVE_SETTING_ENUM,
    .flags = REEVE_SETTING_LIVE | REEVE_SETTING_OVERLAY,
    .default_text = "notice",
    .choices = reeve_exec_sink_severities,
    .text = "Events below this severity are not told: with notice that something fails and that it "
            "works again, with info every link and sign-out, too." },
  { .key = "categories",
    .type = REEVE_SETTING_STRINGS,
    .flags = REEVE_SETTING_LIVE | REEVE_SETTING_OVERLAY,
    .default_text = "",
    .text = "Only events of these categories are told, such as state;store; empty for all." },
  { .key = NULL },
};

REEVE_PLUGIN_DEFINE (.id = "exec-sink", .version = PACKAGE_VERSION,
                     .summary = "Tells of events by running a command",
                     .roles = reeve_exec_sink_roles, .provides = reeve_exec_sink_provides,
                     .settings = reeve_exec_sink_settings, .flags = REEVE_PLUGIN_INSTANCES,
                     .get_type = reeve_exec_sink_plugin_get_type);
