/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The start: three collections, one after the other; the sinks before what waits for them. */

#include "config.h"

#include "reeve-events-load.h"

typedef struct
{
  ReeveRecords *records;
  ReeveEventsLog *log;
  ReeveEventsOutbox *outbox;
  guint step;
} ReeveEventsLoad;

static void reeve_events_load_step (GTask *task);

static void
reeve_events_load_free (gpointer data)
{
  ReeveEventsLoad *self = data;

  g_object_unref (self->records);
  g_object_unref (self->log);
  g_free (self);
}

static gboolean
reeve_events_load_log (ReeveRecord *record, gpointer user_data)
{
  reeve_events_log_load (((ReeveEventsLoad *) user_data)->log, record);
  return TRUE;
}

static gboolean
reeve_events_load_sink (ReeveRecord *record, gpointer user_data)
{
  reeve_events_outbox_load_sink (((ReeveEventsLoad *) user_data)->outbox, record);
  return TRUE;
}

static gboolean
reeve_events_load_event (ReeveRecord *record, gpointer user_data)
{
  reeve_events_outbox_load_event (((ReeveEventsLoad *) user_data)->outbox, record);
  return TRUE;
}

static const struct
{
  ReeveCollection collection;
  ReeveRecordFunc func;
} reeve_events_load_table[] = {
  { { REEVE_EVENTS_LOG_COLLECTION, 1, NULL }, reeve_events_load_log },
  { { REEVE_EVENTS_SINKS_COLLECTION, 1, NULL }, reeve_events_load_sink },
  { { REEVE_EVENTS_QUEUE_COLLECTION, 1, NULL }, reeve_events_load_event },
};

static void
reeve_events_load_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  ReeveEventsLoad *self = g_task_get_task_data (task);
  GError *error = NULL;

  if (reeve_records_load_finish (REEVE_RECORDS (source), result, &error))
    {
      self->step++;
      reeve_events_load_step (task);
      return;
    }
  g_task_return_error (task, error);
  g_object_unref (task);
}

/* Takes the task. */
static void
reeve_events_load_step (GTask *task)
{
  ReeveEventsLoad *self = g_task_get_task_data (task);

  if (self->step < G_N_ELEMENTS (reeve_events_load_table))
    {
      reeve_records_load_async (self->records, &reeve_events_load_table[self->step].collection,
                                REEVE_RECORDS_MAX_PAGE, reeve_events_load_table[self->step].func,
                                self, g_task_get_cancellable (task), reeve_events_load_read_cb,
                                task);
      return;
    }
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

void
reeve_events_load_async (ReeveRecords *records, ReeveEventsLog *log, ReeveEventsOutbox *outbox,
                         GCancellable *cancellable, GAsyncReadyCallback callback,
                         gpointer user_data)
{
  GTask *task = g_task_new (log, cancellable, callback, user_data);
  ReeveEventsLoad *self = g_new0 (ReeveEventsLoad, 1);

  self->records = g_object_ref (records);
  self->log = g_object_ref (log);
  self->outbox = outbox;
  g_task_set_source_tag (task, reeve_events_load_async);
  g_task_set_task_data (task, self, reeve_events_load_free);
  reeve_events_load_step (task);
}

gboolean
reeve_events_load_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
