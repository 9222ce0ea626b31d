/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* metrics-out: the fleet and the hub itself as OpenMetrics, for whoever has the token. */

#include "config.h"

#include <reeve/monitor.h>

#include "reeve-metrics-out-operations.h"
#include "reeve-metrics-out-routes.h"

#define REEVE_TYPE_METRICS_OUT_PLUGIN (reeve_metrics_out_plugin_get_type ())
G_DECLARE_FINAL_TYPE (ReeveMetricsOutPlugin, reeve_metrics_out_plugin, REEVE, METRICS_OUT_PLUGIN,
                      ReevePlugin)

struct _ReeveMetricsOutPlugin
{
  ReevePlugin parent;

  ReeveMetricsOutToken *token;
  ReeveMetricsOutRoutes *routes; /* NULL unless running, as the next */
  ReeveMetricsOutOperations *operations;
};

G_DEFINE_TYPE (ReeveMetricsOutPlugin, reeve_metrics_out_plugin, REEVE_TYPE_PLUGIN)

static const ReeveSettingsRow reeve_metrics_out_plugin_settings[] = {
  { .key = "token-file",
    .type = REEVE_SETTING_PATH,
    .flags = REEVE_SETTING_FILE_ONLY,
    .text =
        "A file with the bearer token, of mode 0600 and at least 22 characters, in place of the "
        "one that reevectl metrics-token makes. Read at the start." },
  { 0 },
};

static void
reeve_metrics_out_plugin_declare (ReevePlugin *plugin, ReeveDeclarations *declarations)
{
  ReeveContext *context = reeve_plugin_get_context (plugin);
  const char *file = reeve_settings_get_string (reeve_context_get_settings (context), "token-file");
  g_autofree char *directory = file != NULL ? g_path_get_dirname (file) : NULL;

  reeve_declarations_add_directory (declarations, reeve_context_get_state_dir (context),
                                    REEVE_ACCESS_WRITE, "the digest of the token");
  if (directory != NULL)
    reeve_declarations_add_directory (declarations, directory, REEVE_ACCESS_READ, "the token");
}

static gboolean
reeve_metrics_out_plugin_begin (ReeveMetricsOutPlugin *self, GError **error)
{
  ReeveContext *context = reeve_plugin_get_context (REEVE_PLUGIN (self));
  const char *file = reeve_settings_get_string (reeve_context_get_settings (context), "token-file");

  self->token = reeve_metrics_out_token_load (reeve_context_get_state_dir (context), file, error);
  if (self->token == NULL)
    return FALSE;
  if (!reeve_metrics_out_token_is_set (self->token))
    reeve_log_info (context, "there is no token, so nothing is handed out: reevectl metrics-token "
                             "makes one");
  self->routes = reeve_metrics_out_routes_new (context, self->token);
  self->operations = reeve_metrics_out_operations_new (context, self->token);
  return reeve_context_provide (context, REEVE_TYPE_ROUTES, "", self->routes, error) &&
         reeve_context_provide (context, REEVE_TYPE_OPERATIONS, "", self->operations, error);
}

static void
reeve_metrics_out_plugin_end (ReeveMetricsOutPlugin *self)
{
  if (self->routes != NULL)
    reeve_metrics_out_routes_stop (self->routes);
  g_clear_object (&self->routes);
  g_clear_object (&self->operations);
}

static void
reeve_metrics_out_plugin_start_async (ReevePlugin *plugin, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data)
{
  GError *error = NULL;

  if (!reeve_metrics_out_plugin_begin (REEVE_METRICS_OUT_PLUGIN (plugin), &error))
    reeve_metrics_out_plugin_end (REEVE_METRICS_OUT_PLUGIN (plugin));
  reeve_plugin_return (plugin, callback, user_data, error);
}

static void
reeve_metrics_out_plugin_stop_async (ReevePlugin *plugin, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data)
{
  reeve_metrics_out_plugin_end (REEVE_METRICS_OUT_PLUGIN (plugin));
  reeve_plugin_return (plugin, callback, user_data, NULL);
}

static void
reeve_metrics_out_plugin_finalize (GObject *object)
{
  ReeveMetricsOutPlugin *self = REEVE_METRICS_OUT_PLUGIN (object);

  reeve_metrics_out_plugin_end (self);
  reeve_metrics_out_token_free (self->token);
  G_OBJECT_CLASS (reeve_metrics_out_plugin_parent_class)->finalize (object);
}

static void
reeve_metrics_out_plugin_class_init (ReeveMetricsOutPluginClass *klass)
{
  ReevePluginClass *plugin_class = REEVE_PLUGIN_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = reeve_metrics_out_plugin_finalize;
  plugin_class->declare = reeve_metrics_out_plugin_declare;
  plugin_class->start_async = reeve_metrics_out_plugin_start_async;
  plugin_class->start_finish = reeve_plugin_return_finish;
  plugin_class->stop_async = reeve_metrics_out_plugin_stop_async;
  plugin_class->stop_finish = reeve_plugin_return_finish;
}

static void
reeve_metrics_out_plugin_init (ReeveMetricsOutPlugin *self)
{
}

static const char *const reeve_metrics_out_plugin_roles[] = { "hub", NULL };
static const char *const reeve_metrics_out_plugin_provides[] = { "ReeveRoutes", "ReeveOperations",
                                                                 NULL };
static const ReeveNeed reeve_metrics_out_plugin_needs[] = {
  { "ReeveFleet", FALSE },
  { "ReeveHistory", FALSE },
  { NULL, FALSE },
};

REEVE_PLUGIN_DEFINE (.id = "metrics-out", .version = PACKAGE_VERSION,
                     .summary = "Tells programs what is known of the fleet and of the hub",
                     .roles = reeve_metrics_out_plugin_roles,
                     .needs = reeve_metrics_out_plugin_needs,
                     .provides = reeve_metrics_out_plugin_provides,
                     .settings = reeve_metrics_out_plugin_settings,
                     .get_type = reeve_metrics_out_plugin_get_type);
