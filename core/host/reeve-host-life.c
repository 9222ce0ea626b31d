/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The way up: each plugin starts when what it requires runs, all that can at once. A step looks at
 * everything anew; it is taken at first and whenever a start has ended. */

#include "config.h"

#include "reeve-host-private.h"

#include <string.h>

#include "reeve-host-control.h"
#include "reeve-host-process.h"
#include "reeve-host-sandbox.h"

void
reeve_host_life_fail (ReeveHost *self, ReeveHostPlugin *plugin, char *reason)
{
  reeve_host_plugin_set_state (plugin, REEVE_HOST_STATE_FAILED, reason);
  reeve_host_emit_changed (self);
  /* a required one is said once, as the reason of the end; a report has its own words */
  if ((plugin->required && !self->stopping) || self->options.state == NULL)
    return;
  reeve_log_warning (self->context, "plugin %s failed: %s", plugin->name, plugin->reason);
  reeve_context_emit (self->context, REEVE_SEVERITY_ERROR, "plugin", plugin->name, NULL,
                      "plugin %s failed: %s", plugin->name, plugin->reason);
}

/* ---- one start ---- */

static void
reeve_host_life_end_wait (ReeveHostPlugin *plugin)
{
  g_clear_pointer (&plugin->timer, reeve_timer_free);
  g_clear_object (&plugin->cancellable);
}

static void
reeve_host_life_set_running (ReeveHost *self, ReeveHostPlugin *plugin)
{
  plugin->order = ++self->last_order;
  reeve_host_plugin_set_state (plugin, REEVE_HOST_STATE_RUNNING, NULL);
  reeve_host_emit_changed (self);
  reeve_log_info (self->context, "plugin %s runs", plugin->name);
}

static void
reeve_host_life_started_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ReeveHostPlugin) plugin = user_data;
  g_autoptr (GError) error = NULL;
  gboolean ok =
      REEVE_PLUGIN_GET_CLASS (plugin->object)->start_finish (plugin->object, result, &error);

  (void) source;
  if (plugin->state != REEVE_HOST_STATE_STARTING)
    return; /* too late: it was cut off */
  reeve_host_life_end_wait (plugin);
  if (ok)
    {
      reeve_host_life_set_running (plugin->host, plugin);
    }
  else if (plugin->host->stopping)
    {
      reeve_host_close_plugin (plugin);
      reeve_host_plugin_set_state (plugin, REEVE_HOST_STATE_STOPPED, NULL);
    }
  else
    {
      reeve_host_close_plugin (plugin);
      reeve_host_life_fail (plugin->host, plugin,
                            g_strdup (error != NULL ? error->message
                                                    : "it does not start and does not say why"));
    }
  reeve_host_life_step (plugin->host);
}

static void
reeve_host_life_deadline_cb (G_GNUC_UNUSED ReeveTimer *timer, gpointer user_data)
{
  ReeveHostPlugin *plugin = user_data;
  ReeveHost *host = plugin->host;

  g_cancellable_cancel (plugin->cancellable);
  reeve_host_life_end_wait (plugin);
  reeve_host_close_plugin (plugin);
  host->dirty = TRUE;
  reeve_host_life_fail (host, plugin,
                        g_strdup_printf ("it did not start within %" G_GINT64_FORMAT " ms; it is "
                                         "cut off until the next restart",
                                         reeve_settings_get_integer (host->settings,
                                                                     "start-timeout")));
  reeve_host_life_step (host);
}

static void
reeve_host_life_start_one (ReeveHost *self, ReeveHostPlugin *plugin)
{
  ReevePluginClass *klass = REEVE_PLUGIN_GET_CLASS (plugin->object);

  reeve_host_plugin_set_state (plugin, REEVE_HOST_STATE_STARTING, NULL);
  reeve_host_emit_changed (self);
  if (klass->start_async == NULL)
    {
      reeve_host_life_set_running (self, plugin);
      return;
    }
  plugin->cancellable = g_cancellable_new ();
  plugin->timer =
      reeve_context_add_timer (self->context, "start", reeve_host_life_deadline_cb, plugin);
  reeve_timer_start (plugin->timer,
                     (guint64) reeve_settings_get_integer (self->settings, "start-timeout"));
  reeve_owner_enter (reeve_context_get_owner (plugin->context));
  klass->start_async (plugin->object, plugin->cancellable, reeve_host_life_started_cb,
                      reeve_host_plugin_ref (plugin));
  reeve_owner_leave (reeve_context_get_owner (plugin->context));
}

/* ---- all of them ---- */

static ReeveHostPlugin *
reeve_host_life_find (ReeveHost *self, ReeveHostPluginState state, gboolean only_required)
{
  for (guint i = 0; i < self->plugins->len; i++)
    {
      ReeveHostPlugin *plugin = g_ptr_array_index (self->plugins, i);

      if (plugin->state == state && (plugin->required || !only_required))
        return plugin;
    }
  return NULL;
}

/* TRUE when something changed, so that the others have to be looked at again. */
static gboolean
reeve_host_life_advance (ReeveHost *self)
{
  gboolean changed = FALSE;

  for (guint i = 0; i < self->plugins->len; i++)
    {
      ReeveHostPlugin *plugin = g_ptr_array_index (self->plugins, i);
      char *reason = NULL;

      if (plugin->state != REEVE_HOST_STATE_LOADED)
        continue;
      switch (reeve_host_needs_check (self, plugin, &reason))
        {
        case REEVE_HOST_NEEDS_MET:
          reeve_host_life_start_one (self, plugin);
          changed = TRUE;
          break;
        case REEVE_HOST_NEEDS_NEVER:
          reeve_host_life_fail (self, plugin, reason);
          changed = TRUE;
          break;
        default:
          break;
        }
    }
  return changed;
}

/* Those that still wait while nothing is on its way wait for each other. */
static void
reeve_host_life_break_circles (ReeveHost *self)
{
  g_autoptr (GPtrArray) reasons = g_ptr_array_new_with_free_func (g_free);
  guint next = 0;

  for (guint i = 0; i < self->plugins->len; i++)
    {
      ReeveHostPlugin *plugin = g_ptr_array_index (self->plugins, i);

      if (plugin->state == REEVE_HOST_STATE_LOADED)
        g_ptr_array_add (reasons, reeve_host_needs_explain (self, plugin));
    }
  for (guint i = 0; i < self->plugins->len; i++)
    {
      ReeveHostPlugin *plugin = g_ptr_array_index (self->plugins, i);

      if (plugin->state == REEVE_HOST_STATE_LOADED)
        reeve_host_life_fail (self, plugin, g_strdup (g_ptr_array_index (reasons, next++)));
    }
}

void
reeve_host_life_tell (ReeveHost *self, const char *what, const char *more)
{
  GVariantDict fields;

  g_variant_dict_init (&fields, NULL);
  g_variant_dict_insert (&fields, "state", "s", what);
  g_variant_dict_insert (&fields, "version", "s", PACKAGE_VERSION);
  reeve_context_emit (self->context, REEVE_SEVERITY_INFO, "host", self->options.role->name,
                      g_variant_dict_end (&fields), "the %s %s%s%s", self->options.role->name, what,
                      more != NULL ? ": " : "", more != NULL ? more : "");
}

static void
reeve_host_life_say_ready (ReeveHost *self)
{
  g_autofree char *text = reeve_host_describe (self);

  self->ready = TRUE;
  reeve_log_message (self->context, "ready: %s", text);
  reeve_host_life_tell (self, "started", text);
  if (self->options.notify != NULL)
    reeve_host_notify_ready (self->options.notify, text);
  reeve_host_emit_changed (self);
  if (self->options.dump)
    reeve_host_dump (self);
  /* who reads all records once leaves holes between those that stay */
  reeve_host_process_trim ();
}

void
reeve_host_life_step (ReeveHost *self)
{
  ReeveHostPlugin *failed;

  if (self->stopping)
    {
      reeve_host_stop_step (self);
      return;
    }
  if (self->stepping)
    return;
  self->stepping = TRUE;
  while (reeve_host_life_find (self, REEVE_HOST_STATE_FAILED, TRUE) == NULL)
    {
      if (reeve_host_life_advance (self))
        continue;
      if (reeve_host_life_find (self, REEVE_HOST_STATE_STARTING, FALSE) != NULL ||
          reeve_host_life_find (self, REEVE_HOST_STATE_LOADED, FALSE) == NULL)
        break;
      reeve_host_life_break_circles (self);
    }
  self->stepping = FALSE;
  failed = reeve_host_life_find (self, REEVE_HOST_STATE_FAILED, TRUE);
  if (failed != NULL)
    {
      reeve_log_warning (self->context, "required plugin %s failed, the start ends: %s",
                         failed->name, failed->reason);
      reeve_host_stop (self, REEVE_HOST_EXIT_FAILED);
    }
  else if (!self->ready && reeve_host_life_find (self, REEVE_HOST_STATE_STARTING, FALSE) == NULL)
    {
      reeve_host_life_say_ready (self);
    }
}

static GPtrArray *
reeve_host_life_list_declared (ReeveHost *self)
{
  GPtrArray *declared = g_ptr_array_new ();

  for (guint i = 0; i < self->plugins->len; i++)
    {
      ReeveHostPlugin *plugin = g_ptr_array_index (self->plugins, i);

      if (plugin->state == REEVE_HOST_STATE_LOADED)
        g_ptr_array_add (declared, plugin->declarations);
    }
  return declared;
}

void
reeve_host_life_start (ReeveHost *self)
{
  g_autoptr (GPtrArray) declared = reeve_host_life_list_declared (self);
  g_autoptr (GError) error = NULL;

  if (!reeve_host_sandbox_apply (declared, &self->sandbox, &error))
    {
      reeve_log_warning (self->context, "the sandbox cannot be applied: %s", error->message);
      reeve_host_stop (self, REEVE_HOST_EXIT_FAILED);
      return;
    }
  reeve_log_message (self->context, "%s", self->sandbox);
  self->control = reeve_host_control_new (self, &error);
  if (self->control == NULL)
    {
      reeve_log_warning (self->context, "%s", error->message);
      reeve_host_stop (self, REEVE_HOST_EXIT_STATE_DIR);
      return;
    }
  self->started = TRUE;
  reeve_host_life_step (self);
}
