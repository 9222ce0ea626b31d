/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reads everything again and compares. First all of it is judged, then all of it is taken: a plan
 * per plugin holds what would come, and nothing is touched before the last plan is accepted. */

#include "config.h"

#include "reeve-host-private.h"

#include <string.h>

typedef struct
{
  ReeveHostPlugin *plugin;
  GPtrArray *entries; /* what would hold: live keys as read now, the others as at start */
  ReeveSettings *settings;
  gboolean live_changed;
  GStrv waiting;
} ReeveHostPlan;

static void
reeve_host_plan_free (gpointer data)
{
  ReeveHostPlan *self = data;

  g_clear_pointer (&self->entries, g_ptr_array_unref);
  g_clear_pointer (&self->settings, reeve_settings_unref);
  g_strfreev (self->waiting);
  g_free (self);
}

static void
reeve_host_plan_take_entries (ReeveHostPlan *self, GPtrArray *from, gboolean live)
{
  const ReeveSettingsRow *rows = self->plugin->descriptor->settings;
  gboolean running = self->plugin->state == REEVE_HOST_STATE_RUNNING;

  for (guint i = 0; from != NULL && i < from->len; i++)
    {
      ReeveHostEntry *entry = g_ptr_array_index (from, i);
      const ReeveSettingsRow *row = reeve_settings_rows_find (rows, entry->key);

      if ((running && (row->flags & REEVE_SETTING_LIVE) != 0) == live)
        g_ptr_array_add (self->entries, reeve_host_entry_copy (entry));
    }
}

/* @next: everything as it is in the files now. */
static gboolean
reeve_host_plan_compare (ReeveHostPlan *self, ReeveSettings *next, GError **error)
{
  ReeveHostPlugin *plugin = self->plugin;
  g_autoptr (GStrvBuilder) waiting = g_strv_builder_new ();
  gboolean running = plugin->state == REEVE_HOST_STATE_RUNNING;

  for (const ReeveSettingsRow *row = plugin->descriptor->settings; row != NULL && row->key != NULL;
       row++)
    {
      if (running && row->flags & REEVE_SETTING_CONTENT)
        self->live_changed = TRUE;
      if (plugin->settings != NULL && reeve_settings_same (plugin->settings, next, row->key))
        continue;
      if (plugin->settings == NULL &&
          reeve_settings_get_origin (next, row->key) == REEVE_ORIGIN_DEFAULT)
        continue;
      if (!running || !(row->flags & REEVE_SETTING_LIVE))
        {
          g_strv_builder_add (waiting, row->key);
          continue;
        }
      if ((row->flags & REEVE_SETTING_REQUIRED) && !reeve_settings_is_set (next, row->key))
        {
          g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                       "[plugin %s] %s: is missing, and %s runs with it", plugin->id, row->key,
                       plugin->name);
          return FALSE;
        }
      self->live_changed = TRUE;
    }
  self->waiting = g_strv_builder_end (waiting);
  return TRUE;
}

static gboolean
reeve_host_plan_ask (ReeveHostPlan *self, GError **error)
{
  ReevePluginClass *klass;
  g_autoptr (GError) local = NULL;

  if (!self->live_changed)
    return TRUE;
  klass = REEVE_PLUGIN_GET_CLASS (self->plugin->object);
  if (klass->check == NULL || klass->check (self->plugin->object, self->settings, &local))
    return TRUE;
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID, "plugin %s refuses: %s", self->plugin->name,
               local != NULL ? local->message : "without a reason");
  return FALSE;
}

static gboolean
reeve_host_plan_make (ReeveHostPlan *self, ReeveHostConfig *config, GPtrArray *warnings,
                      GError **error)
{
  ReeveHostPlugin *plugin = self->plugin;
  const ReeveSettingsRow *rows = plugin->descriptor->settings;
  g_autoptr (GPtrArray) read =
      reeve_host_config_collect (config, plugin->id, plugin->instance, rows, warnings, error);
  g_autoptr (ReeveSettings) next = NULL;

  if (read == NULL)
    return FALSE;
  next = reeve_host_config_build (rows, read, error);
  if (next == NULL || !reeve_host_plan_compare (self, next, error))
    return FALSE;
  if (plugin->settings == NULL)
    return TRUE;
  self->entries = g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_host_entry_free);
  reeve_host_plan_take_entries (self, plugin->entries, FALSE);
  reeve_host_plan_take_entries (self, read, TRUE);
  self->settings = reeve_host_config_build (rows, self->entries, error);
  return self->settings != NULL && reeve_host_plan_ask (self, error);
}

static void
reeve_host_plan_apply (ReeveHostPlan *self)
{
  ReeveHostPlugin *plugin = self->plugin;
  ReevePluginClass *klass;

  g_strfreev (plugin->waiting);
  plugin->waiting = g_steal_pointer (&self->waiting);
  if (self->settings == NULL)
    return;
  g_ptr_array_unref (plugin->entries);
  plugin->entries = g_steal_pointer (&self->entries);
  reeve_settings_unref (plugin->settings);
  plugin->settings = g_steal_pointer (&self->settings);
  if (plugin->context == NULL)
    return;
  reeve_context_set_settings (plugin->context, plugin->settings);
  klass = REEVE_PLUGIN_GET_CLASS (plugin->object);
  if (!self->live_changed || klass->reload == NULL)
    return;
  reeve_owner_enter (reeve_context_get_owner (plugin->context));
  klass->reload (plugin->object, plugin->settings);
  reeve_owner_leave (reeve_context_get_owner (plugin->context));
}

/* ---- what is switched on or off, or new: all of that waits ---- */

static void
reeve_host_reload_check_enabled (ReeveHost *self, ReeveHostConfig *config, ReeveHostPlugin *plugin,
                                 GString *waits)
{
  gboolean fallback = !reeve_host_role_has_off (self->options.role, plugin->id);
  gboolean now = plugin->state != REEVE_HOST_STATE_DISABLED;
  gboolean whole = fallback;
  gboolean instance = TRUE;

  if (!reeve_host_config_get_enabled (config, plugin->id, "", fallback, &whole, NULL, NULL) ||
      !reeve_host_config_get_enabled (config, plugin->id, plugin->instance,
                                      *plugin->instance != '\0' || fallback, &instance, NULL, NULL))
    return;
  if (now != (whole && instance))
    g_string_append_printf (waits, "%s%s: enabled", waits->len > 0 ? "; " : "", plugin->name);
}

static void
reeve_host_reload_check_instances (ReeveHost *self, ReeveHostConfig *config, GString *waits)
{
  for (guint i = 0; i < self->modules->len; i++)
    {
      ReeveHostModule *module = g_ptr_array_index (self->modules, i);
      g_autoptr (GPtrArray) names = NULL;

      if (module->status != REEVE_HOST_MODULE_LOADED ||
          !(module->descriptor->flags & REEVE_PLUGIN_INSTANCES))
        continue;
      names = reeve_host_config_list_instances (config, module->id);
      for (guint j = 0; j < names->len; j++)
        {
          const char *instance = g_ptr_array_index (names, j);
          g_autofree char *name = *instance != '\0'
                                      ? g_strdup_printf ("%s/%s", module->id, instance)
                                      : g_strdup (module->id);

          if (reeve_host_find_plugin (self, name) == NULL)
            g_string_append_printf (waits, "%s%s: new", waits->len > 0 ? "; " : "", name);
        }
    }
}

static char *
reeve_host_reload_list_waiting (ReeveHost *self, ReeveHostConfig *config)
{
  GString *waits = g_string_new (NULL);

  for (guint i = 0; i < self->plugins->len; i++)
    {
      ReeveHostPlugin *plugin = g_ptr_array_index (self->plugins, i);
      g_autofree char *keys = g_strjoinv (", ", plugin->waiting);

      if (*keys != '\0')
        g_string_append_printf (waits, "%s%s: %s", waits->len > 0 ? "; " : "", plugin->name, keys);
      reeve_host_reload_check_enabled (self, config, plugin, waits);
    }
  reeve_host_reload_check_instances (self, config, waits);
  return g_string_free (waits, FALSE);
}

/* ---- all of it ---- */

static void
reeve_host_reload_complain (GString *complaints, GError *error)
{
  g_string_append_printf (complaints, "%s%s", complaints->len > 0 ? "\n" : "", error->message);
  g_error_free (error);
}

static GPtrArray *
reeve_host_reload_plan (ReeveHost *self, ReeveHostConfig *config, GPtrArray *warnings,
                        GString *complaints)
{
  GPtrArray *plans = g_ptr_array_new_with_free_func (reeve_host_plan_free);

  for (guint i = 0; i < self->plugins->len; i++)
    {
      ReeveHostPlan *plan;
      GError *error = NULL;

      if (((ReeveHostPlugin *) g_ptr_array_index (self->plugins, i))->descriptor == NULL)
        continue;
      plan = g_new0 (ReeveHostPlan, 1);
      plan->plugin = g_ptr_array_index (self->plugins, i);
      g_ptr_array_add (plans, plan);
      if (!reeve_host_plan_make (plan, config, warnings, &error))
        reeve_host_reload_complain (complaints, error);
    }
  return plans;
}

static void
reeve_host_reload_apply (ReeveHost *self, ReeveHostConfig *config, GPtrArray *plans)
{
  g_autoptr (GString) taken = g_string_new (NULL);
  g_autofree char *waits = NULL;

  for (guint i = 0; i < plans->len; i++)
    {
      ReeveHostPlan *plan = g_ptr_array_index (plans, i);

      if (plan->live_changed)
        g_string_append_printf (taken, "%s%s", taken->len > 0 ? ", " : "", plan->plugin->name);
      reeve_host_plan_apply (plan);
    }
  waits = reeve_host_reload_list_waiting (self, config);
  reeve_log_message (self->context, "settings are read again; changed: %s; waits for a restart: %s",
                     taken->len > 0 ? taken->str : "none", *waits != '\0' ? waits : "nothing");
  reeve_context_emit (self->context, REEVE_SEVERITY_INFO, "setting", "", NULL,
                      "settings are read again; changed: %s", taken->len > 0 ? taken->str : "none");
  reeve_host_config_free (self->config);
  self->config = config;
  reeve_host_emit_changed (self);
}

static gboolean
reeve_host_reload_all (ReeveHost *self, GError **error)
{
  g_autoptr (ReeveHostConfig) config =
      reeve_host_config_load (self->options.config_file, self->options.config_must_exist,
                              self->options.overlay_file);
  g_autoptr (GPtrArray) warnings = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) plans = NULL;
  g_autoptr (GString) complaints = g_string_new (NULL);
  GPtrArray *errors = reeve_host_config_get_errors (config);
  GError *local = NULL;

  for (guint i = 0; i < errors->len; i++)
    g_string_append_printf (complaints, "%s%s", complaints->len > 0 ? "\n" : "",
                            (char *) g_ptr_array_index (errors, i));
  plans = reeve_host_reload_plan (self, config, warnings, complaints);
  if (complaints->len == 0 && !reeve_host_take_settings (self, config, warnings, &local))
    reeve_host_reload_complain (complaints, local);
  if (complaints->len > 0)
    {
      g_set_error_literal (error, REEVE_ERROR, REEVE_ERROR_INVALID, complaints->str);
      return FALSE;
    }
  g_ptr_array_extend (warnings, reeve_host_config_get_warnings (config),
                      (GCopyFunc) (GCallback) g_strdup, NULL);
  for (guint i = 0; i < warnings->len; i++)
    reeve_log_warning (self->context, "%s", (char *) g_ptr_array_index (warnings, i));
  reeve_host_reload_apply (self, g_steal_pointer (&config), plans);
  return TRUE;
}

gboolean
reeve_host_reload (ReeveHost *self, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_auto (GStrv) lines = NULL;
  g_autofree char *status = NULL;

  if (!reeve_host_is_ready (self))
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE,
                   "starting or stopping: ask again when it is ready");
      return FALSE;
    }
  if (self->options.notify != NULL)
    reeve_host_notify_reloading (self->options.notify);
  if (!reeve_host_reload_all (self, &local))
    {
      lines = g_strsplit (local->message, "\n", -1);
      for (guint i = 0; lines[i] != NULL; i++)
        reeve_log_warning (self->context, "%s", lines[i]);
      reeve_log_warning (self->context, "settings are not taken, nothing has changed: mend what is "
                                        "named above and send SIGHUP again");
      reeve_context_emit (self->context, REEVE_SEVERITY_WARNING, "setting", "", NULL,
                          "settings are not taken, nothing has changed: %s", lines[0]);
      g_propagate_error (error, g_steal_pointer (&local));
    }
  status = reeve_host_describe (self);
  if (self->options.notify != NULL)
    reeve_host_notify_ready (self->options.notify, status);
  return lines == NULL;
}

/* ---- the overlay ---- */

typedef struct
{
  ReeveHost *host;
  char *next;
  char *before;
  GError *refusal; /* why it is taken back */
} ReeveHostSet;

static void
reeve_host_set_free (gpointer data)
{
  ReeveHostSet *self = data;

  self->host->writing = FALSE;
  g_object_unref (self->host);
  g_free (self->next);
  g_free (self->before);
  g_clear_error (&self->refusal);
  g_free (self);
}

/* On the worker. */
static gpointer
reeve_host_set_write_thread (gpointer data, GCancellable *cancellable, GError **error)
{
  ReeveHostSet *self = data;

  (void) cancellable;
  reeve_host_state_write (self->host->options.state, "overlay.conf",
                          self->refusal != NULL ? self->before : self->next, error);
  return NULL;
}

static void
reeve_host_set_written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ReeveHostSet *self = g_task_get_task_data (task);
  GError *error = NULL;

  (void) source;
  reeve_worker_run_finish (result, &error);
  if (error != NULL || self->refusal != NULL)
    {
      g_task_return_error (task, error != NULL ? error : g_steal_pointer (&self->refusal));
      return;
    }
  if (reeve_host_reload (self->host, &self->refusal))
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  reeve_worker_run_async (self->host->files, reeve_host_set_write_thread, self, NULL, NULL, 0, NULL,
                          reeve_host_set_written_cb, g_object_ref (task));
}

void
reeve_host_set_async (ReeveHost *self, const char *name, const char *key, const char *text,
                      GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  ReeveHostPlugin *plugin = reeve_host_find_plugin (self, name);
  gboolean own = strcmp (name, "host") == 0;
  GError *error = NULL;
  ReeveHostSet *set;
  char *next;

  g_task_set_source_tag (task, reeve_host_set_async);
  if ((plugin == NULL || plugin->descriptor == NULL) && !own)
    g_set_error (&error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND, "no plugin '%s' is open", name);
  else if (self->writing || self->options.state == NULL || !reeve_host_is_ready (self))
    g_set_error (&error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE,
                 "another change is under way: ask again");
  if (error != NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  next =
      reeve_host_config_edit_overlay (self->config, own ? "host" : plugin->id,
                                      own ? "" : plugin->instance,
                                      own ? reeve_host_get_rows () : plugin->descriptor->settings,
                                      key, text, &error);
  if (next == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  if (self->files == NULL)
    self->files = reeve_context_add_worker (self->context, "files", 1, 4);
  set = g_new0 (ReeveHostSet, 1);
  set->host = g_object_ref (self);
  set->next = next;
  set->before = reeve_host_config_get_overlay (self->config);
  self->writing = TRUE;
  g_task_set_task_data (task, set, reeve_host_set_free);
  reeve_worker_run_async (self->files, reeve_host_set_write_thread, set, NULL, NULL, 0, NULL,
                          reeve_host_set_written_cb, g_object_ref (task));
}

gboolean
reeve_host_set_finish (ReeveHost *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}
