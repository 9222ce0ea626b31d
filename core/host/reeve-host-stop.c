/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The way down: one after the other, the last to start first, so that what others were built on
 * goes last. Each first loses its callers, then stops; one that misses its deadline is cut off and
 * left alone. */

#include "config.h"

#include "reeve-host-private.h"

void
reeve_host_close_plugin (ReeveHostPlugin *plugin)
{
  g_auto (GStrv) left = plugin->context != NULL ? reeve_context_close (plugin->context) : NULL;

  for (guint i = 0; left != NULL && left[i] != NULL; i++)
    reeve_log_warning (plugin->context, "left behind and removed: %s", left[i]);
}

static void
reeve_host_stop_end (ReeveHostPlugin *plugin, ReeveHostPluginState state, char *reason)
{
  g_clear_pointer (&plugin->timer, reeve_timer_free);
  g_clear_object (&plugin->cancellable);
  reeve_host_close_plugin (plugin);
  reeve_host_plugin_set_state (plugin, state, reason);
  reeve_host_emit_changed (plugin->host);
  reeve_host_stop_step (plugin->host);
}

static void
reeve_host_stop_deadline_cb (G_GNUC_UNUSED ReeveTimer *timer, gpointer user_data)
{
  ReeveHostPlugin *plugin = user_data;
  ReeveHost *host = plugin->host;
  char *reason = g_strdup_printf ("it did not stop within %" G_GINT64_FORMAT " ms and is cut off",
                                  reeve_settings_get_integer (host->settings, "stop-timeout"));

  host->dirty = TRUE;
  reeve_log_warning (host->context, "plugin %s is quarantined: %s", plugin->name, reason);
  g_cancellable_cancel (plugin->cancellable);
  reeve_host_stop_end (plugin, REEVE_HOST_STATE_QUARANTINED, reason);
}

static void
reeve_host_stop_stopped_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ReeveHostPlugin) plugin = user_data;
  g_autoptr (GError) error = NULL;
  gboolean ok =
      REEVE_PLUGIN_GET_CLASS (plugin->object)->stop_finish (plugin->object, result, &error);

  (void) source;
  if (plugin->state != REEVE_HOST_STATE_STOPPING)
    return; /* too late */
  if (!ok)
    reeve_log_warning (plugin->host->context, "plugin %s did not stop cleanly: %s", plugin->name,
                       error != NULL ? error->message : "it does not say why");
  reeve_host_stop_end (plugin, REEVE_HOST_STATE_STOPPED,
                       error != NULL ? g_strdup (error->message) : NULL);
}

static void
reeve_host_stop_drained_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ReeveHostPlugin) plugin = user_data;
  ReevePluginClass *klass = REEVE_PLUGIN_GET_CLASS (plugin->object);

  (void) source;
  reeve_context_drain_finish (plugin->context, result, NULL);
  if (plugin->state != REEVE_HOST_STATE_STOPPING)
    return; /* too late */
  if (klass->stop_async == NULL)
    {
      reeve_host_stop_end (plugin, REEVE_HOST_STATE_STOPPED, NULL);
      return;
    }
  reeve_owner_enter (reeve_context_get_owner (plugin->context));
  klass->stop_async (plugin->object, plugin->cancellable, reeve_host_stop_stopped_cb,
                     reeve_host_plugin_ref (plugin));
  reeve_owner_leave (reeve_context_get_owner (plugin->context));
}

static void
reeve_host_stop_one (ReeveHost *self, ReeveHostPlugin *plugin)
{
  reeve_host_plugin_set_state (plugin, REEVE_HOST_STATE_STOPPING, NULL);
  reeve_host_emit_changed (self);
  plugin->cancellable = g_cancellable_new ();
  plugin->timer =
      reeve_context_add_timer (self->context, "stop", reeve_host_stop_deadline_cb, plugin);
  reeve_timer_start (plugin->timer,
                     (guint64) reeve_settings_get_integer (self->settings, "stop-timeout"));
  reeve_context_drain_async (plugin->context, reeve_host_stop_drained_cb,
                             reeve_host_plugin_ref (plugin));
}

void
reeve_host_stop_step (ReeveHost *self)
{
  ReeveHostPlugin *next = NULL;

  for (guint i = 0; i < self->plugins->len; i++)
    {
      ReeveHostPlugin *plugin = g_ptr_array_index (self->plugins, i);

      if (plugin->state == REEVE_HOST_STATE_STARTING || plugin->state == REEVE_HOST_STATE_STOPPING)
        return; /* its end calls us again */
      if (plugin->state == REEVE_HOST_STATE_RUNNING &&
          (next == NULL || plugin->order > next->order))
        next = plugin;
    }
  if (next != NULL)
    {
      reeve_host_stop_one (self, next);
      return;
    }
  for (guint i = 0; i < self->plugins->len; i++)
    {
      ReeveHostPlugin *plugin = g_ptr_array_index (self->plugins, i);

      if (plugin->state != REEVE_HOST_STATE_LOADED)
        continue;
      reeve_host_close_plugin (plugin);
      reeve_host_plugin_set_state (plugin, REEVE_HOST_STATE_STOPPED, NULL);
    }
  self->finished = TRUE;
  g_main_loop_quit (self->loop);
}

void
reeve_host_stop (ReeveHost *self, ReeveHostExit code)
{
  if (self->stopping)
    return;
  self->stopping = TRUE;
  if (self->ready)
    reeve_host_life_tell (self, "stops", NULL);
  /* a signal may come before it was printed */
  if (code == REEVE_HOST_EXIT_OK && self->options.dump && !self->dumped)
    code = REEVE_HOST_EXIT_FAILED;
  self->exit_code = code;
  if (self->options.notify != NULL)
    reeve_host_notify_stopping (self->options.notify);
  for (guint i = 0; i < self->plugins->len; i++)
    {
      ReeveHostPlugin *plugin = g_ptr_array_index (self->plugins, i);

      if (plugin->state != REEVE_HOST_STATE_STARTING || plugin->timer == NULL)
        continue;
      reeve_timer_start (plugin->timer,
                         (guint64) reeve_settings_get_integer (self->settings, "stop-timeout"));
      /* last: a start may end inside, and takes its timer with it */
      g_cancellable_cancel (plugin->cancellable);
    }
  reeve_host_stop_step (self);
}
