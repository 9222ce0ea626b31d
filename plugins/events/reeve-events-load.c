/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The start: three collections, one after the other; the sinks before what waits for them. */

#include "config.h"

#include "reeve-events-load.h"

#include <string.h>

#include "reeve-events-read.h"

typedef struct
{
  ReeveContext *context;
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
  ReeveEventsLoad *self = user_data;

  /* of a log that cannot be read to its end it may be the newest that is known */
  reeve_events_log_pass (self->log, g_ascii_strtoull (reeve_record_get_id (record), NULL, 16));
  reeve_events_outbox_load_event (self->outbox, record);
  return TRUE;
}

static const struct
{
  ReeveCollection collection;
  gboolean numbered;
  ReeveRecordFunc func;
} reeve_events_load_table[] = {
  { { REEVE_EVENTS_LOG_COLLECTION, 1, NULL }, TRUE, reeve_events_load_log },
  { { REEVE_EVENTS_SINKS_COLLECTION, 1, NULL }, FALSE, reeve_events_load_sink },
  { { REEVE_EVENTS_QUEUE_COLLECTION, 1, NULL }, TRUE, reeve_events_load_event },
};

/* Each of the log goes when its time has come. What waited for somebody has no time to come, and
 * would be told of at each start: it goes, by itself, since a file that is damaged may refuse that.
 */
static void
reeve_events_load_mend (ReeveEventsLoad *self, GArray *numbers)
{
  const char *name = reeve_events_load_table[self->step].collection.name;
  g_autoptr (GPtrArray) changes =
      g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_record_unref);

  for (guint i = 0; i < numbers->len; i++)
    {
      guint64 number = g_array_index (numbers, guint64, i);

      if (strcmp (name, REEVE_EVENTS_LOG_COLLECTION) == 0)
        reeve_events_log_load_damaged (self->log, number);
      else if (changes->len + REEVE_EVENTS_MAX_SINKS <= REEVE_RECORDS_MAX_BATCH)
        reeve_events_outbox_give_up (self->outbox, number, changes);
    }
  if (changes->len > 0)
    reeve_records_apply_async (self->records, changes, NULL, NULL, NULL);
}

/* What is damaged must not keep the hub from starting. */
static void
reeve_events_load_tell (ReeveEventsLoad *self, const ReeveEventsDamage *damage)
{
  const char *name = reeve_events_load_table[self->step].collection.name;
  g_autofree char *text =
      g_strdup_printf ("%s cannot be read %s and goes on without that: %s", name,
                       damage->cut          ? "to its end"
                       : damage->places > 1 ? "in places"
                                            : "in a place",
                       damage->text);

  reeve_log_warning (self->context, "%s", text);
  reeve_context_emit (self->context, REEVE_SEVERITY_ERROR, "store", "", NULL, "%s", text);
  if (damage->numbers != NULL)
    reeve_events_load_mend (self, damage->numbers);
  if (!reeve_events_load_table[self->step].numbered)
    reeve_events_outbox_adopt (self->outbox);
}

static void
reeve_events_load_read_cb (G_GNUC_UNUSED GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  ReeveEventsLoad *self = g_task_get_task_data (task);
  g_auto (ReeveEventsDamage) damage = { 0 };
  GError *error = NULL;

  if (!reeve_events_read_finish (result, &damage, &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  if (damage.places > 0)
    reeve_events_load_tell (self, &damage);
  self->step++;
  reeve_events_load_step (task);
}

/* Takes the task. */
static void
reeve_events_load_step (GTask *task)
{
  ReeveEventsLoad *self = g_task_get_task_data (task);

  if (self->step < G_N_ELEMENTS (reeve_events_load_table))
    {
      reeve_events_load_collection_async (self->context, self->records,
                                          &reeve_events_load_table[self->step].collection,
                                          reeve_events_load_table[self->step].numbered,
                                          reeve_events_load_table[self->step].func, self,
                                          g_task_get_cancellable (task), reeve_events_load_read_cb,
                                          task);
      return;
    }
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

void
reeve_events_load_async (ReeveContext *context, ReeveRecords *records, ReeveEventsLog *log,
                         ReeveEventsOutbox *outbox, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (log, cancellable, callback, user_data);
  ReeveEventsLoad *self = g_new0 (ReeveEventsLoad, 1);

  self->context = context;
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
