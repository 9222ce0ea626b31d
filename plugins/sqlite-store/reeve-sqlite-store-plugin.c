/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The plugin sqlite-store: its descriptor, and its life around the file. */

#include "config.h"

#include <reeve/monitor.h>

#include "reeve-sqlite-store-check.h"
#include "reeve-sqlite-store-core.h"
#include "reeve-sqlite-store-history.h"
#include "reeve-sqlite-store-records.h"

#define REEVE_SQLITE_STORE_FILE "reeve.db"
/* Milliseconds. */
#define REEVE_SQLITE_STORE_LEAST_RETENTION (G_GINT64_CONSTANT (3600) * 1000)
#define REEVE_SQLITE_STORE_MOST_RETENTION (G_GINT64_CONSTANT (3650) * 24 * 3600 * 1000)

#define REEVE_SQLITE_STORE_TYPE_PLUGIN (reeve_sqlite_store_plugin_get_type ())
G_DECLARE_FINAL_TYPE (ReeveSqliteStorePlugin, reeve_sqlite_store_plugin, REEVE_SQLITE_STORE, PLUGIN,
                      ReevePlugin)

struct _ReeveSqliteStorePlugin
{
  ReevePlugin parent_instance;

  ReeveSettings *settings;
  ReeveSqliteStoreCore *core;
  ReeveSqliteStoreRecords *records;
  ReeveSqliteStoreHistory *history;
  ReeveSqliteStoreCheck *check;
};

G_DEFINE_FINAL_TYPE (ReeveSqliteStorePlugin, reeve_sqlite_store_plugin, REEVE_TYPE_PLUGIN)

/* (transfer full) */
static char *
reeve_sqlite_store_plugin_get_path (ReeveSqliteStorePlugin *self)
{
  const char *path = reeve_settings_get_string (self->settings, "path");
  ReeveContext *context = reeve_plugin_get_context (REEVE_PLUGIN (self));

  return path != NULL ? g_strdup (path)
                      : g_build_filename (reeve_context_get_state_dir (context),
                                          REEVE_SQLITE_STORE_FILE, NULL);
}

static gboolean
reeve_sqlite_store_plugin_configure (ReevePlugin *plugin, ReeveSettings *settings,
                                     G_GNUC_UNUSED GError **error)
{
  ReeveSqliteStorePlugin *self = REEVE_SQLITE_STORE_PLUGIN (plugin);

  g_clear_pointer (&self->settings, reeve_settings_unref);
  self->settings = reeve_settings_ref (settings);
  return TRUE;
}

static void
reeve_sqlite_store_plugin_declare (ReevePlugin *plugin, ReeveDeclarations *declarations)
{
  g_autofree char *path = reeve_sqlite_store_plugin_get_path (REEVE_SQLITE_STORE_PLUGIN (plugin));
  g_autofree char *directory = g_path_get_dirname (path);

  reeve_declarations_add_directory (declarations, directory, REEVE_ACCESS_WRITE,
                                    "the database and its write-ahead log");
}

static void
reeve_sqlite_store_plugin_get_retention (ReeveSettings *settings,
                                         gint64 ret_ms[REEVE_SQLITE_STORE_N_TIERS])
{
  static const char *const keys[REEVE_SQLITE_STORE_N_TIERS] = {
    "retention", "retention-ten-minutes", "retention-hours",
    "retention-hours", /* of three: beside those that they are made of */
  };

  for (guint tier = 0; tier < REEVE_SQLITE_STORE_N_TIERS; tier++)
    ret_ms[tier] = reeve_settings_get_integer (settings, keys[tier]);
}

static void
reeve_sqlite_store_plugin_set_limits (ReeveSqliteStorePlugin *self)
{
  const ReeveSqliteStoreLimits limits = {
    (guint) reeve_settings_get_integer (self->settings, "instances"),
    (guint) reeve_settings_get_integer (self->settings, "kinds"),
  };

  reeve_sqlite_store_history_set_limits (self->history, &limits);
}

/* ---- start ---- */

static gboolean
reeve_sqlite_store_plugin_provide (ReeveSqliteStorePlugin *self, GError **error)
{
  ReeveContext *context = reeve_plugin_get_context (REEVE_PLUGIN (self));
  gint64 retention[REEVE_SQLITE_STORE_N_TIERS];

  self->records = reeve_sqlite_store_records_new (self->core);
  reeve_sqlite_store_plugin_get_retention (self->settings, retention);
  self->history = reeve_sqlite_store_history_new (self->core, retention);
  reeve_sqlite_store_plugin_set_limits (self);
  self->check = reeve_sqlite_store_check_start (self->core);
  return reeve_context_provide (context, REEVE_TYPE_RECORDS, "", self->records, error) &&
         reeve_context_provide (context, REEVE_TYPE_HISTORY, "", self->history, error);
}

static void
reeve_sqlite_store_plugin_opened_cb (G_GNUC_UNUSED GObject *source, GAsyncResult *result,
                                     gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ReeveSqliteStorePlugin *self = g_task_get_source_object (task);
  GError *error = NULL;

  self->core = reeve_sqlite_store_core_open_finish (result, &error);
  /* what is open by then is closed by stop */
  if (self->core != NULL && reeve_sqlite_store_plugin_provide (self, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
reeve_sqlite_store_plugin_start_async (ReevePlugin *plugin, G_GNUC_UNUSED GCancellable *cancellable,
                                       GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveSqliteStorePlugin *self = REEVE_SQLITE_STORE_PLUGIN (plugin);
  g_autofree char *path = reeve_sqlite_store_plugin_get_path (self);
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, reeve_sqlite_store_plugin_start_async);
  reeve_sqlite_store_core_open_async (reeve_plugin_get_context (plugin), path,
                                      reeve_settings_get_integer (self->settings, "cache"),
                                      reeve_sqlite_store_plugin_opened_cb, task);
}

static gboolean
reeve_sqlite_store_plugin_end_finish (G_GNUC_UNUSED ReevePlugin *plugin, GAsyncResult *result,
                                      GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
reeve_sqlite_store_plugin_reload (ReevePlugin *plugin, ReeveSettings *settings)
{
  ReeveSqliteStorePlugin *self = REEVE_SQLITE_STORE_PLUGIN (plugin);
  gint64 retention[REEVE_SQLITE_STORE_N_TIERS];

  reeve_sqlite_store_plugin_configure (plugin, settings, NULL);
  reeve_sqlite_store_plugin_get_retention (settings, retention);
  if (self->history == NULL)
    return;
  reeve_sqlite_store_history_set_retention (self->history, retention);
  reeve_sqlite_store_plugin_set_limits (self);
}

/* ---- stop ---- */

static void
reeve_sqlite_store_plugin_closed_cb (G_GNUC_UNUSED GObject *source, GAsyncResult *result,
                                     gpointer user_data)
{
  g_autoptr (GTask) task = user_data;

  reeve_sqlite_store_core_close_finish (result);
  g_task_return_boolean (task, TRUE);
}

static void
reeve_sqlite_store_plugin_stop_async (ReevePlugin *plugin, G_GNUC_UNUSED GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveSqliteStorePlugin *self = REEVE_SQLITE_STORE_PLUGIN (plugin);
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, reeve_sqlite_store_plugin_stop_async);
  g_clear_pointer (&self->check, reeve_sqlite_store_check_free);
  if (self->history != NULL)
    reeve_sqlite_store_history_stop (self->history);
  g_clear_object (&self->history);
  g_clear_object (&self->records);
  if (self->core != NULL)
    {
      reeve_sqlite_store_core_close_async (g_steal_pointer (&self->core),
                                           reeve_sqlite_store_plugin_closed_cb, task);
      return;
    }
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

/* ---- class ---- */

static void
reeve_sqlite_store_plugin_finalize (GObject *object)
{
  ReeveSqliteStorePlugin *self = REEVE_SQLITE_STORE_PLUGIN (object);

  g_clear_object (&self->history);
  g_clear_object (&self->records);
  g_clear_pointer (&self->settings, reeve_settings_unref);

  G_OBJECT_CLASS (reeve_sqlite_store_plugin_parent_class)->finalize (object);
}

static void
reeve_sqlite_store_plugin_class_init (ReeveSqliteStorePluginClass *class)
{
  ReevePluginClass *plugin_class = REEVE_PLUGIN_CLASS (class);

  G_OBJECT_CLASS (class)->finalize = reeve_sqlite_store_plugin_finalize;
  plugin_class->configure = reeve_sqlite_store_plugin_configure;
  plugin_class->declare = reeve_sqlite_store_plugin_declare;
  plugin_class->start_async = reeve_sqlite_store_plugin_start_async;
  plugin_class->start_finish = reeve_sqlite_store_plugin_end_finish;
  plugin_class->reload = reeve_sqlite_store_plugin_reload;
  plugin_class->stop_async = reeve_sqlite_store_plugin_stop_async;
  plugin_class->stop_finish = reeve_sqlite_store_plugin_end_finish;
}

static void
reeve_sqlite_store_plugin_init (G_GNUC_UNUSED ReeveSqliteStorePlugin *self)
{
}

static const ReeveSettingsRow reeve_sqlite_store_plugin_settings[] = {
  { .key = "path",
    .type = REEVE_SETTING_PATH,
    .flags = REEVE_SETTING_FILE_ONLY,
    .text = "The database file. Without it reeve.db in the state directory." },
  { .key = "retention",
    .type = REEVE_SETTING_DURATION,
    .flags = REEVE_SETTING_LIVE | REEVE_SETTING_OVERLAY,
    .default_text = "7d",
    .minimum = REEVE_SQLITE_STORE_LEAST_RETENTION,
    .maximum = REEVE_SQLITE_STORE_MOST_RETENTION,
    .text = "How long the rows of one minute are kept." },
  { .key = "retention-ten-minutes",
    .type = REEVE_SETTING_DURATION,
    .flags = REEVE_SETTING_LIVE | REEVE_SETTING_OVERLAY,
    .default_text = "90d",
    .minimum = REEVE_SQLITE_STORE_LEAST_RETENTION,
    .maximum = REEVE_SQLITE_STORE_MOST_RETENTION,
    .text = "How long the averages of ten minutes are kept." },
  { .key = "retention-hours",
    .type = REEVE_SETTING_DURATION,
    .flags = REEVE_SETTING_LIVE | REEVE_SETTING_OVERLAY,
    .default_text = "730d",
    .minimum = REEVE_SQLITE_STORE_LEAST_RETENTION,
    .maximum = REEVE_SQLITE_STORE_MOST_RETENTION,
    .text = "How long the averages of an hour, and of three, are kept." },
  { .key = "instances",
    .type = REEVE_SETTING_INTEGER,
    .flags = REEVE_SETTING_LIVE | REEVE_SETTING_OVERLAY,
    .default_text = "1024",
    .minimum = 1,
    .maximum = REEVE_SQLITE_STORE_MAX_SERIES,
    .text = "How many instances of one kind are kept of a system." },
  { .key = "kinds",
    .type = REEVE_SETTING_INTEGER,
    .flags = REEVE_SETTING_LIVE | REEVE_SETTING_OVERLAY,
    .default_text = "256",
    .minimum = 1,
    .maximum = REEVE_SQLITE_STORE_MAX_SERIES,
    .text = "How many kinds are kept of a system." },
  { .key = "cache",
    .type = REEVE_SETTING_SIZE,
    .default_text = "1M",
    .minimum = 1024 * 1024,
    .maximum = G_GINT64_CONSTANT (4) << 30,
    .text = "Memory for pages of the file, for the writer and the reader each." },
  { 0 },
};

static const char *const reeve_sqlite_store_plugin_roles[] = { "hub", NULL };
static const char *const reeve_sqlite_store_plugin_provides[] = { "ReeveRecords", "ReeveHistory",
                                                                  NULL };

REEVE_PLUGIN_DEFINE (.id = "sqlite-store", .version = PACKAGE_VERSION,
                     .summary = "keeps records and history in one SQLite file",
                     .roles = reeve_sqlite_store_plugin_roles,
                     .provides = reeve_sqlite_store_plugin_provides,
                     .settings = reeve_sqlite_store_plugin_settings,
                     .get_type = reeve_sqlite_store_plugin_get_type);
