/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The host as one object. The parts of its work stand in files of their own: prepare (from files to
 * objects), needs, life (up), stop (down), reload. */

#include "config.h"

#include "reeve-host-private.h"

#include <string.h>

#include "reeve-host-control.h"

G_DEFINE_FINAL_TYPE (ReeveHost, reeve_host, G_TYPE_OBJECT)

enum
{
  SIGNAL_CHANGED,
  N_SIGNALS
};

static guint reeve_host_signals[N_SIGNALS];

static const char *const reeve_host_levels[] = { "debug", "info", "message", "warning", NULL };

static const ReeveSettingsRow reeve_host_rows[] = {
  { .key = "log-level",
    .type = REEVE_SETTING_ENUM,
    .flags = REEVE_SETTING_LIVE | REEVE_SETTING_OVERLAY,
    .default_text = "message",
    .choices = reeve_host_levels,
    .text = "The least important messages that are written." },
  { .key = "start-timeout",
    .type = REEVE_SETTING_DURATION,
    .flags = REEVE_SETTING_LIVE,
    .default_text = "30s",
    .minimum = 10,
    .maximum = 3600000,
    .text = "How long a plugin may take to start before it counts as failed." },
  { .key = "stop-timeout",
    .type = REEVE_SETTING_DURATION,
    .flags = REEVE_SETTING_LIVE,
    .default_text = "10s",
    .minimum = 10,
    .maximum = 3600000,
    .text = "How long a plugin may take to stop before it is cut off." },
  { .key = "trusted-plugins",
    .type = REEVE_SETTING_STRINGS,
    .flags = REEVE_SETTING_FILE_ONLY,
    .text = "Plugins that may judge who may do what, own links, or keep the records and keys, "
            "besides those that the role names." },
  { NULL }
};

static void
reeve_host_dispose (GObject *object)
{
  ReeveHost *self = REEVE_HOST (object);

  g_clear_pointer (&self->control, reeve_host_control_free);
  if (self->context != NULL && reeve_context_get_keeper (self->context) != NULL)
    reeve_keeper_set_func (reeve_context_get_keeper (self->context), NULL, NULL);
  /* objects before the runtime that their contexts point to */
  g_clear_pointer (&self->plugins, g_ptr_array_unref);
  if (self->context != NULL)
    g_strfreev (reeve_context_close (self->context));
  g_clear_pointer (&self->context, reeve_context_unref);
  g_clear_pointer (&self->runtime, reeve_runtime_free);
  g_clear_pointer (&self->settings, reeve_settings_unref);
  g_clear_pointer (&self->config, reeve_host_config_free);
  g_clear_pointer (&self->modules, g_ptr_array_unref);
  g_clear_pointer (&self->warnings, g_ptr_array_unref);
  g_clear_pointer (&self->loop, g_main_loop_unref);
  g_clear_pointer (&self->sandbox, g_free);
  G_OBJECT_CLASS (reeve_host_parent_class)->dispose (object);
}

static void
reeve_host_class_init (ReeveHostClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = reeve_host_dispose;
  reeve_host_signals[SIGNAL_CHANGED] =
      g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                    G_TYPE_NONE, 0);
}

static void
reeve_host_init (ReeveHost *self)
{
  self->plugins = g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_host_plugin_unref);
  self->warnings = g_ptr_array_new_with_free_func (g_free);
  self->loop = g_main_loop_new (NULL, FALSE);
}

ReeveHost *
reeve_host_new (const ReeveHostOptions *options)
{
  ReeveHost *self = g_object_new (REEVE_TYPE_HOST, NULL);

  self->options = *options;
  self->runtime = reeve_runtime_new (options->role->name, options->clock);
  reeve_runtime_set_state_dir (self->runtime, options->state_dir);
  reeve_engine_attach (reeve_runtime_get_engine (self->runtime), NULL);
  self->settings = reeve_settings_new (reeve_host_rows, NULL, 0, NULL);
  self->context = reeve_context_new (self->runtime, "host", self->settings, NULL);
  return self;
}

/* ---- settings of the host itself ---- */

static void
reeve_host_apply_trusted (ReeveHost *self)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) trusted = NULL;

  g_strv_builder_addv (builder, (const char **) self->options.role->trusted);
  g_strv_builder_addv (builder, (const char **) reeve_settings_get_strings (self->settings,
                                                                            "trusted-plugins"));
  trusted = g_strv_builder_end (builder);
  reeve_runtime_set_trusted (self->runtime, (const char *const *) trusted);
}

gboolean
reeve_host_take_settings (ReeveHost *self, ReeveHostConfig *config, GPtrArray *warnings,
                          GError **error)
{
  g_autoptr (GPtrArray) entries =
      reeve_host_config_collect (config, "host", "", reeve_host_rows, warnings, error);
  ReeveSettings *settings;

  if (entries == NULL)
    return FALSE;
  settings = reeve_host_config_build (reeve_host_rows, entries, error);
  if (settings == NULL)
    return FALSE;
  reeve_settings_unref (self->settings);
  self->settings = settings;
  reeve_context_set_settings (self->context, settings);
  if (self->options.log_level == NULL)
    reeve_host_log_set_level (self->options.log, reeve_settings_get_string (settings, "log-level"));
  return TRUE;
}

static void
reeve_host_keeper_cb (const char *why, gpointer user_data)
{
  ReeveHost *self = user_data;

  reeve_context_emit (self->context, why != NULL ? REEVE_SEVERITY_CRITICAL : REEVE_SEVERITY_NOTICE,
                      "host", self->options.role->name, NULL, "%s",
                      why != NULL ? why : "the keeper of keys answers again");
}

/* Before a file of a plugin is opened: what they bring never shares memory with a key. */
static gboolean
reeve_host_start_keeper (ReeveHost *self, GError **error)
{
  g_autoptr (ReeveKeeper) keeper = NULL;

  if (!self->options.role->keeper || self->options.looks_only)
    return TRUE;
  keeper = reeve_keeper_start (error);
  if (keeper == NULL)
    return FALSE;
  reeve_keeper_set_func (keeper, reeve_host_keeper_cb, self);
  reeve_runtime_set_keeper (self->runtime, keeper);
  return TRUE;
}

gboolean
reeve_host_load (ReeveHost *self, ReeveHostExit *ret_exit, GError **error)
{
  GPtrArray *errors;

  *ret_exit = REEVE_HOST_EXIT_CONFIG;
  self->config = reeve_host_config_load (self->options.config_file, self->options.config_must_exist,
                                         self->options.overlay_file);
  errors = reeve_host_config_get_errors (self->config);
  g_ptr_array_extend (self->warnings, reeve_host_config_get_warnings (self->config),
                      (GCopyFunc) (GCallback) g_strdup, NULL);
  if (errors->len > 0)
    {
      g_autoptr (GString) text = g_string_new (g_ptr_array_index (errors, 0));

      for (guint i = 1; i < errors->len; i++)
        g_string_append_printf (text, "; %s", (char *) g_ptr_array_index (errors, i));
      g_set_error_literal (error, REEVE_ERROR, REEVE_ERROR_INVALID, text->str);
      return FALSE;
    }
  if (!reeve_host_take_settings (self, self->config, self->warnings, error))
    return FALSE;
  reeve_host_apply_trusted (self);
  if (!reeve_host_start_keeper (self, error))
    {
      *ret_exit = REEVE_HOST_EXIT_FAILED;
      return FALSE;
    }
  if (reeve_host_prepare (self, error))
    return TRUE;
  if (self->modules != NULL)
    *ret_exit = REEVE_HOST_EXIT_FAILED;
  return FALSE;
}

ReeveHostExit
reeve_host_run (ReeveHost *self)
{
  reeve_host_life_start (self);
  if (!self->finished)
    g_main_loop_run (self->loop);
  return self->exit_code;
}

/* ---- what others ask ---- */

static void
reeve_host_changed_cb (gpointer user_data)
{
  ReeveHost *self = user_data;

  self->changed = FALSE;
  g_signal_emit (self, reeve_host_signals[SIGNAL_CHANGED], 0);
}

void
reeve_host_emit_changed (ReeveHost *self)
{
  if (self->changed)
    return;
  self->changed = TRUE;
  reeve_context_defer (self->context, reeve_host_changed_cb, self, NULL);
}

gboolean
reeve_host_is_dirty (ReeveHost *self)
{
  return self->dirty;
}

gboolean
reeve_host_is_ready (ReeveHost *self)
{
  return self->ready && !self->stopping;
}

const char *
reeve_host_get_sandbox (ReeveHost *self)
{
  return self->sandbox != NULL ? self->sandbox : "";
}

GPtrArray *
reeve_host_get_warnings (ReeveHost *self)
{
  return self->warnings;
}

const ReeveHostRole *
reeve_host_get_role (ReeveHost *self)
{
  return self->options.role;
}

ReeveContext *
reeve_host_get_context (ReeveHost *self)
{
  return self->context;
}

ReeveRuntime *
reeve_host_get_runtime (ReeveHost *self)
{
  return self->runtime;
}

const char *
reeve_host_get_state_dir (ReeveHost *self)
{
  return self->options.state_dir;
}

GPtrArray *
reeve_host_get_plugins (ReeveHost *self)
{
  return self->plugins;
}

ReeveHostPlugin *
reeve_host_find_plugin (ReeveHost *self, const char *name)
{
  for (guint i = 0; i < self->plugins->len; i++)
    {
      ReeveHostPlugin *plugin = g_ptr_array_index (self->plugins, i);

      if (strcmp (plugin->name, name) == 0)
        return plugin;
    }
  return NULL;
}

const ReeveSettingsRow *
reeve_host_get_rows (void)
{
  return reeve_host_rows;
}

ReeveSettings *
reeve_host_get_settings (ReeveHost *self)
{
  return self->settings;
}

char *
reeve_host_describe (ReeveHost *self)
{
  static const ReeveHostPluginState others[] = {
    REEVE_HOST_STATE_FAILED,
    REEVE_HOST_STATE_UNCONFIGURED,
    REEVE_HOST_STATE_DISABLED,
    REEVE_HOST_STATE_QUARANTINED,
  };
  guint counts[REEVE_HOST_STATE_QUARANTINED + 1] = { 0 };
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < self->plugins->len; i++)
    counts[((ReeveHostPlugin *) g_ptr_array_index (self->plugins, i))->state]++;
  g_string_append_printf (text, "%u %s", counts[REEVE_HOST_STATE_RUNNING],
                          counts[REEVE_HOST_STATE_RUNNING] == 1 ? "plugin runs" : "plugins run");
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    if (counts[others[i]] > 0)
      g_string_append_printf (text, ", %u %s", counts[others[i]],
                              reeve_host_plugin_state_to_string (others[i]));
  return g_string_free (text, FALSE);
}
