/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* web-ui: the page and what it asks of the hub, behind the front. */

#include "config.h"

#include <reeve/reeve.h>

#include "reeve-web-ui-modules.h"
#include "reeve-web-ui-routes.h"

/* How long the page's files may take to be read, and what is waited for at the end. */
#define REEVE_WEB_UI_LOAD_TIMEOUT_MS 20000
#define REEVE_WEB_UI_LOAD_GRACE_MS 200

#define REEVE_TYPE_WEB_UI_PLUGIN (reeve_web_ui_plugin_get_type ())
G_DECLARE_FINAL_TYPE (ReeveWebUiPlugin, reeve_web_ui_plugin, REEVE, WEB_UI_PLUGIN, ReevePlugin)

struct _ReeveWebUiPlugin
{
  ReevePlugin parent;

  ReeveWorker *worker;
  ReeveWebUiRoutes *routes;
};

G_DEFINE_TYPE (ReeveWebUiPlugin, reeve_web_ui_plugin, REEVE_TYPE_PLUGIN)

static const char *
reeve_web_ui_plugin_get_directory (ReevePlugin *plugin)
{
  ReeveSettings *settings = reeve_context_get_settings (reeve_plugin_get_context (plugin));
  const char *directory = reeve_settings_get_string (settings, "page-directory");

  return directory != NULL ? directory : REEVE_WEB_UI_DIR;
}

static const char *
reeve_web_ui_plugin_get_modules (ReevePlugin *plugin)
{
  ReeveSettings *settings = reeve_context_get_settings (reeve_plugin_get_context (plugin));
  const char *directory = reeve_settings_get_string (settings, "module-directory");

  return directory != NULL ? directory : REEVE_WEB_UI_MODULES_DIR;
}

static void
reeve_web_ui_plugin_declare (ReevePlugin *plugin, ReeveDeclarations *declarations)
{
  reeve_declarations_add_directory (declarations, reeve_web_ui_plugin_get_directory (plugin),
                                    REEVE_ACCESS_READ, "the page's files, read once");
  reeve_declarations_add_directory (declarations, reeve_web_ui_plugin_get_modules (plugin),
                                    REEVE_ACCESS_READ, "what plugins add to the page, read once");
}

/* @data: the directories of the page and of the modules. */
static gpointer
reeve_web_ui_plugin_load_thread (gpointer data, GCancellable *cancellable, GError **error)
{
  const char *const *directories = data;
  ReeveWebUiAssets *assets = reeve_web_ui_assets_load (directories[0], error);

  if (assets != NULL)
    reeve_web_ui_assets_take_modules (assets, reeve_web_ui_modules_load (assets, directories[1]));
  return assets;
}

/* A module that cannot be taken costs what it would have shown, and nothing else. */
static void
reeve_web_ui_plugin_warn (ReeveContext *context, GVariant *modules)
{
  for (gsize i = 0; i < g_variant_n_children (modules); i++)
    {
      g_autoptr (GVariant) row = g_variant_get_child_value (modules, i);
      const char *id, *problem;

      if (g_variant_lookup (row, "problem", "&s", &problem) &&
          g_variant_lookup (row, "plugin", "&s", &id))
        reeve_log_warning (context, "the page goes without what '%s' adds to it: %s", id, problem);
    }
}

static void
reeve_web_ui_plugin_free_worker (ReeveWebUiPlugin *self)
{
  ReeveWorker *worker = g_steal_pointer (&self->worker);

  if (worker != NULL)
    reeve_worker_free (worker, REEVE_WEB_UI_LOAD_GRACE_MS);
}

static void
reeve_web_ui_plugin_clear (ReeveWebUiPlugin *self)
{
  if (self->routes != NULL)
    reeve_web_ui_routes_clear (self->routes);
  g_clear_object (&self->routes);
  reeve_web_ui_plugin_free_worker (self);
}

static void
reeve_web_ui_plugin_loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ReeveWebUiPlugin *self = g_task_get_source_object (task);
  ReeveContext *context = reeve_plugin_get_context (REEVE_PLUGIN (self));
  GError *error = NULL;
  ReeveWebUiAssets *assets = reeve_worker_run_finish (result, &error);

  reeve_web_ui_plugin_free_worker (self);
  if (assets != NULL && reeve_context_is_closed (context))
    {
      reeve_web_ui_assets_free (assets);
      g_set_error (&error, REEVE_ERROR, REEVE_ERROR_GONE, "stopped while starting");
    }
  else if (assets != NULL)
    {
      reeve_web_ui_plugin_warn (context, reeve_web_ui_assets_get_modules (assets));
      self->routes = reeve_web_ui_routes_new (context, assets);
      if (!reeve_context_provide (context, REEVE_TYPE_ROUTES, NULL, self->routes, &error) ||
          !reeve_context_provide (context, REEVE_TYPE_OPERATIONS, NULL,
                                  reeve_web_ui_routes_get_operations (self->routes), &error))
        reeve_web_ui_plugin_clear (self);
    }
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

static void
reeve_web_ui_plugin_start_async (ReevePlugin *plugin, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveWebUiPlugin *self = REEVE_WEB_UI_PLUGIN (plugin);
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  const char *directories[] = { reeve_web_ui_plugin_get_directory (plugin),
                                reeve_web_ui_plugin_get_modules (plugin), NULL };

  g_task_set_source_tag (task, reeve_web_ui_plugin_start_async);
  self->worker = reeve_context_add_worker (reeve_plugin_get_context (plugin), "page", 1, 1);
  reeve_worker_run_async (self->worker, reeve_web_ui_plugin_load_thread,
                          g_strdupv ((char **) directories), (GDestroyNotify) g_strfreev,
                          (GDestroyNotify) reeve_web_ui_assets_free, REEVE_WEB_UI_LOAD_TIMEOUT_MS,
                          cancellable, reeve_web_ui_plugin_loaded_cb, task);
}

static gboolean
reeve_web_ui_plugin_start_finish (ReevePlugin *plugin, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
reeve_web_ui_plugin_stop_async (ReevePlugin *plugin, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data)
{
  reeve_web_ui_plugin_clear (REEVE_WEB_UI_PLUGIN (plugin));
  reeve_plugin_return (plugin, callback, user_data, NULL);
}

static void
reeve_web_ui_plugin_dispose (GObject *object)
{
  reeve_web_ui_plugin_clear (REEVE_WEB_UI_PLUGIN (object));
  G_OBJECT_CLASS (reeve_web_ui_plugin_parent_class)->dispose (object);
}

static void
reeve_web_ui_plugin_class_init (ReeveWebUiPluginClass *klass)
{
  ReevePluginClass *plugin_class = REEVE_PLUGIN_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = reeve_web_ui_plugin_dispose;
  plugin_class->declare = reeve_web_ui_plugin_declare;
  plugin_class->start_async = reeve_web_ui_plugin_start_async;
  plugin_class->start_finish = reeve_web_ui_plugin_start_finish;
  plugin_class->stop_async = reeve_web_ui_plugin_stop_async;
  plugin_class->stop_finish = reeve_plugin_return_finish;
}

static void
reeve_web_ui_plugin_init (ReeveWebUiPlugin *self)
{
}

static const ReeveSettingsRow reeve_web_ui_settings[] = {
  { .key = "page-directory",
    .type = REEVE_SETTING_PATH,
    .flags = REEVE_SETTING_FILE_ONLY,
    .text = "Where the built page lies, with its manifest.json; without it, where it was "
            "installed. Read once, at start." },
  { .key = "module-directory",
    .type = REEVE_SETTING_PATH,
    .flags = REEVE_SETTING_FILE_ONLY,
    .text = "Where plugins' additions to the page lie, each in a folder with the plugin's name; "
            "without it, where they were installed. Read once, at start; the files must be root's "
            "or the hub's and not writable by others." },
  { .key = NULL },
};

static const char *const reeve_web_ui_roles[] = { "hub", NULL };
static const char *const reeve_web_ui_provides[] = { "ReeveRoutes", "ReeveOperations", NULL };
static const ReeveNeed reeve_web_ui_needs[] = {
  { "ReeveFleet", FALSE },
  { "ReeveOperations", FALSE },
  { NULL, FALSE },
};

REEVE_PLUGIN_DEFINE (.id = "web-ui", .version = PACKAGE_VERSION,
                     .summary = "The page, the operations as HTTP, and the live stream",
                     .roles = reeve_web_ui_roles, .needs = reeve_web_ui_needs,
                     .provides = reeve_web_ui_provides, .settings = reeve_web_ui_settings,
                     .get_type = reeve_web_ui_plugin_get_type);
