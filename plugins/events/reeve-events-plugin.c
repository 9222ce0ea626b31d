/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* events: the brain that numbers and stores what happened, shows it, and has it delivered. */

#include "config.h"

#include <reeve/reeve.h>

#include "reeve-events-load.h"
#include "reeve-events-operations.h"

#define REEVE_TYPE_EVENTS_PLUGIN (reeve_events_plugin_get_type ())
G_DECLARE_FINAL_TYPE (ReeveEventsPlugin, reeve_events_plugin, REEVE, EVENTS_PLUGIN, ReevePlugin)

struct _ReeveEventsPlugin
{
  ReevePlugin parent;

  ReeveEventsWriter *writer;
  ReeveEventsOutbox *outbox;
  ReeveEventsLog *log;
  ReeveEventsOperations *operations;
};

G_DEFINE_TYPE (ReeveEventsPlugin, reeve_events_plugin, REEVE_TYPE_PLUGIN)

static void
reeve_events_plugin_clear (ReeveEventsPlugin *self)
{
  if (self->operations != NULL)
    reeve_events_operations_clear (self->operations);
  g_clear_object (&self->operations);
  if (self->log != NULL)
    reeve_events_log_clear (self->log);
  g_clear_object (&self->log);
  g_clear_pointer (&self->outbox, reeve_events_outbox_free);
  if (self->writer != NULL)
    reeve_events_writer_clear (self->writer);
  g_clear_object (&self->writer);
}

static gboolean
reeve_events_plugin_begin (ReeveEventsPlugin *self, GError **error)
{
  ReeveContext *context = reeve_plugin_get_context (REEVE_PLUGIN (self));

  self->operations = reeve_events_operations_new (context, self->log, self->outbox);
  if (!reeve_context_provide (context, REEVE_TYPE_OPERATIONS, NULL, self->operations, error))
    return FALSE;
  reeve_events_outbox_begin (self->outbox);
  reeve_events_log_begin (self->log);
  return TRUE;
}

static void
reeve_events_plugin_loaded_cb (G_GNUC_UNUSED GObject *source, GAsyncResult *result,
                               gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ReeveEventsPlugin *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (reeve_events_load_finish (result, &error) && reeve_events_plugin_begin (self, &error))
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  /* while the context is open: it takes the timers with it */
  reeve_events_plugin_clear (self);
  g_task_return_error (task, error);
}

static void
reeve_events_plugin_start_async (ReevePlugin *plugin, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveEventsPlugin *self = REEVE_EVENTS_PLUGIN (plugin);
  ReeveContext *context = reeve_plugin_get_context (plugin);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (ReeveRecords) records = reeve_context_lookup (context, REEVE_TYPE_RECORDS, NULL);

  g_task_set_source_tag (task, reeve_events_plugin_start_async);
  if (records == NULL)
    {
      g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE, "nobody keeps records");
      return;
    }
  self->writer = reeve_events_writer_new (context, records);
  self->outbox = reeve_events_outbox_new (context, self->writer);
  reeve_events_outbox_set_give_up (self->outbox,
                                   reeve_settings_get_integer (reeve_context_get_settings (context),
                                                               "give-up"));
  self->log = reeve_events_log_new (context, records, self->writer, self->outbox);
  reeve_events_load_async (context, records, self->log, self->outbox, cancellable,
                           reeve_events_plugin_loaded_cb, g_object_ref (task));
}

static gboolean
reeve_events_plugin_task_finish (G_GNUC_UNUSED ReevePlugin *plugin, GAsyncResult *result,
                                 GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
reeve_events_plugin_reload (ReevePlugin *plugin, ReeveSettings *settings)
{
  ReeveEventsPlugin *self = REEVE_EVENTS_PLUGIN (plugin);

  if (self->outbox != NULL)
    reeve_events_outbox_set_give_up (self->outbox,
                                     reeve_settings_get_integer (settings, "give-up"));
}

static void
reeve_events_plugin_flushed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ReeveEventsPlugin *self = g_task_get_source_object (task);

  reeve_events_writer_flush_finish (REEVE_EVENTS_WRITER (source), result, NULL);
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
  if (self->writer == NULL)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  reeve_events_log_take_all (self->log);
  reeve_events_outbox_end (self->outbox);
  reeve_events_writer_flush_async (self->writer, reeve_events_plugin_flushed_cb,
                                   g_object_ref (task));
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
  plugin_class->start_finish = reeve_events_plugin_task_finish;
  plugin_class->reload = reeve_events_plugin_reload;
  plugin_class->stop_async = reeve_events_plugin_stop_async;
  plugin_class->stop_finish = reeve_events_plugin_task_finish;
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
static const ReeveSettingsRow reeve_events_settings[] = {
  { .key = "give-up",
    .type = REEVE_SETTING_DURATION,
    .flags = REEVE_SETTING_LIVE | REEVE_SETTING_OVERLAY,
    .default_text = "1d",
    .minimum = 60 * 1000,
    .maximum = G_GINT64_CONSTANT (30) * 24 * 3600 * 1000,
    .text = "How old an event may become that a sink does not take; then it is given up. A sink "
            "that has been away for so long is forgotten." },
  { .key = NULL },
};

REEVE_PLUGIN_DEFINE (.id = "events", .version = PACKAGE_VERSION,
                     .summary = "Stores what happened, shows it and has it delivered",
                     .roles = reeve_events_roles, .needs = reeve_events_needs,
                     .provides = reeve_events_provides, .settings = reeve_events_settings,
                     .get_type = reeve_events_plugin_get_type);
