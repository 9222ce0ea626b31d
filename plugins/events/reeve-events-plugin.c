/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* events: the brain that numbers, stores and shows what happened. */

#include "config.h"

#include <reeve/reeve.h>

#include "reeve-events-log.h"

#define REEVE_TYPE_EVENTS_PLUGIN (reeve_events_plugin_get_type ())
G_DECLARE_FINAL_TYPE (ReeveEventsPlugin, reeve_events_plugin, REEVE, EVENTS_PLUGIN, ReevePlugin)

struct _ReeveEventsPlugin
{
  ReevePlugin parent;

  ReeveEventsLog *log;
};

G_DEFINE_TYPE (ReeveEventsPlugin, reeve_events_plugin, REEVE_TYPE_PLUGIN)

static void
reeve_events_plugin_clear (ReeveEventsPlugin *self)
{
  if (self->log != NULL)
    reeve_events_log_clear (self->log);
  g_clear_object (&self->log);
}

static void
reeve_events_plugin_loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ReevePlugin *plugin = g_task_get_source_object (task);
  GError *error = NULL;

  if (reeve_events_log_load_finish (REEVE_EVENTS_LOG (source), result, &error) &&
      reeve_context_provide (reeve_plugin_get_context (plugin), REEVE_TYPE_OPERATIONS, NULL, source,
                             &error))
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  /* while the context is open: it takes the timer with it */
  reeve_events_plugin_clear (REEVE_EVENTS_PLUGIN (plugin));
  g_task_return_error (task, error);
}

static void
reeve_events_plugin_start_async (ReevePlugin *plugin, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveEventsPlugin *self = REEVE_EVENTS_PLUGIN (plugin);
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, reeve_events_plugin_start_async);
  self->log = reeve_events_log_new (reeve_plugin_get_context (plugin));
  reeve_events_log_load_async (self->log, reeve_events_plugin_loaded_cb, task);
}

static gboolean
reeve_events_plugin_start_finish (G_GNUC_UNUSED ReevePlugin *plugin, GAsyncResult *result,
                                  GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
reeve_events_plugin_flushed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ReeveEventsPlugin *self = g_task_get_source_object (task);

  reeve_events_log_flush_finish (REEVE_EVENTS_LOG (source), result, NULL);
  reeve_events_plugin_clear (self);
  g_task_return_boolean (task, TRUE);
}

static void
reeve_events_plugin_stop_async (ReevePlugin *plugin, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveEventsPlugin *self = REEVE_EVENTS_PLUGIN (plugin);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, reeve_events_plugin_stop_async);
  if (self->log != NULL)
    reeve_events_log_flush_async (self->log, reeve_events_plugin_flushed_cb, g_object_ref (task));
  else
    g_task_return_boolean (task, TRUE);
}

static gboolean
reeve_events_plugin_stop_finish (G_GNUC_UNUSED ReevePlugin *plugin, GAsyncResult *result,
                                 GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
reeve_events_plugin_dispose (GObject *object)
{
  reeve_events_plugin_clear (REEVE_EVENTS_PLUGIN (object));
  G_OBJECT_CLASS (reeve_events_plugin_parent_class)->dispose (object);
}

static void
reeve_events_plugin_class_init (ReeveEventsPluginClass *klass)
{
  ReevePluginClass *plugin_class = REEVE_PLUGIN_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = reeve_events_plugin_dispose;
  plugin_class->start_async = reeve_events_plugin_start_async;
  plugin_class->start_finish = reeve_events_plugin_start_finish;
  plugin_class->stop_async = reeve_events_plugin_stop_async;
  plugin_class->stop_finish = reeve_events_plugin_stop_finish;
}

static void
reeve_events_plugin_init (G_GNUC_UNUSED ReeveEventsPlugin *self)
{
}

static const char *const reeve_events_roles[] = { "hub", NULL };
static const char *const reeve_events_provides[] = { "ReeveOperations", NULL };
static const ReeveNeed reeve_events_needs[] = {
  { "ReeveRecords", TRUE },
  { NULL, FALSE },
};

REEVE_PLUGIN_DEFINE (.id = "events", .version = PACKAGE_VERSION,
                     .summary = "Stores what happened and shows it", .roles = reeve_events_roles,
                     .needs = reeve_events_needs, .provides = reeve_events_provides,
                     .get_type = reeve_events_plugin_get_type);
