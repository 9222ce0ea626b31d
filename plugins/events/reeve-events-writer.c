/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The way to the records. A group is never divided, so an event is in the log and in the queues of
 * its sinks, or in none of them. */

#include "config.h"

#include "reeve-events-writer.h"

#include <string.h>

typedef struct
{
  GPtrArray *records;
  guint64 serial;
  gboolean event;
} ReeveEventsGroup;

struct _ReeveEventsWriter
{
  GObject parent;

  ReeveContext *context; /* NULL once stopped */
  ReeveRecords *records;
  GQueue waiting;         /* of ReeveEventsGroup, oldest first */
  guint n_events;         /* of them */
  guint64 lost;           /* events that had to go, since the store took some last */
  char *lost_id;          /* of the first of them */
  ReeveEventsGroup *kept; /* one of those that wait: what lost events were to take away */
  GQueue storing;         /* those under way */
  guint64 last;
  guint64 settled;
  gboolean busy;
  gboolean failing; /* and the log has said so */
  ReeveTimer *timer;
  GPtrArray *flushes; /* of GTask */
  ReeveEventsWriterFunc changed;
  gpointer changed_data;
};

static void reeve_events_writer_store (ReeveEventsWriter *self);

G_DEFINE_TYPE (ReeveEventsWriter, reeve_events_writer, G_TYPE_OBJECT)

static void
reeve_events_group_free (gpointer data)
{
  ReeveEventsGroup *self = data;

  g_ptr_array_unref (self->records);
  g_free (self);
}

void
reeve_events_writer_clear (ReeveEventsWriter *self)
{
  g_clear_pointer (&self->timer, reeve_timer_free);
  g_clear_object (&self->records);
  self->changed = NULL;
  self->context = NULL;
}

static void
reeve_events_writer_finalize (GObject *object)
{
  ReeveEventsWriter *self = REEVE_EVENTS_WRITER (object);

  reeve_events_writer_clear (self);
  g_queue_clear_full (&self->waiting, reeve_events_group_free);
  g_queue_clear_full (&self->storing, reeve_events_group_free);
  g_ptr_array_unref (self->flushes);
  g_free (self->lost_id);
  G_OBJECT_CLASS (reeve_events_writer_parent_class)->finalize (object);
}

static void
reeve_events_writer_class_init (ReeveEventsWriterClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = reeve_events_writer_finalize;
}

static void
reeve_events_writer_init (ReeveEventsWriter *self)
{
  g_queue_init (&self->waiting);
  g_queue_init (&self->storing);
  self->flushes = g_ptr_array_new_with_free_func (g_object_unref);
}

static void
reeve_events_writer_timer_cb (G_GNUC_UNUSED ReeveTimer *timer, gpointer user_data)
{
  reeve_events_writer_store (user_data);
}

ReeveEventsWriter *
reeve_events_writer_new (ReeveContext *context, ReeveRecords *records)
{
  ReeveEventsWriter *self = g_object_new (REEVE_TYPE_EVENTS_WRITER, NULL);

  self->context = context;
  self->records = g_object_ref (records);
  self->timer = reeve_context_add_timer (context, "flush", reeve_events_writer_timer_cb, self);
  return self;
}

void
reeve_events_writer_set_changed_func (ReeveEventsWriter *self, ReeveEventsWriterFunc func,
                                      gpointer user_data)
{
  self->changed = func;
  self->changed_data = user_data;
}

gboolean
reeve_events_writer_is_settled (ReeveEventsWriter *self, guint64 serial)
{
  return serial <= self->settled;
}

gboolean
reeve_events_writer_is_failing (ReeveEventsWriter *self)
{
  return self->failing;
}

/* ---- taking ---- */

static void
reeve_events_writer_wait (ReeveEventsWriter *self, guint delay_ms)
{
  if (self->timer != NULL && !reeve_timer_is_running (self->timer) && !self->busy)
    reeve_timer_start (self->timer, delay_ms);
}

static void
reeve_events_writer_add (ReeveEventsWriter *self, GPtrArray *records, gboolean event)
{
  ReeveEventsGroup *group = g_new0 (ReeveEventsGroup, 1);

  group->records = records;
  group->serial = ++self->last;
  group->event = event;
  g_queue_push_tail (&self->waiting, group);
  self->n_events += event ? 1 : 0;
}

/* What was to go with an event that is lost goes all the same, or the log would have more than it
 * may. That what is lost itself was never stored, so these are no more than the log may have. */
static void
reeve_events_writer_keep_deletions (ReeveEventsWriter *self, ReeveEventsGroup *group)
{
  if (self->lost_id == NULL)
    self->lost_id = g_strdup (reeve_record_get_id (g_ptr_array_index (group->records, 0)));
  for (guint i = 0; i < group->records->len; i++)
    {
      ReeveRecord *record = g_ptr_array_index (group->records, i);

      if (reeve_record_get_value (record) != NULL ||
          strcmp (reeve_record_get_id (record), self->lost_id) >= 0)
        continue;
      if (self->kept == NULL || self->kept->records->len >= REEVE_RECORDS_MAX_BATCH / 2)
        {
          reeve_events_writer_add (
              self, g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_record_unref), FALSE);
          self->kept = g_queue_peek_tail (&self->waiting);
        }
      g_ptr_array_add (self->kept->records, reeve_record_ref (record));
    }
}

/* The oldest group of its sort goes. */
static void
reeve_events_writer_drop (ReeveEventsWriter *self, gboolean event)
{
  for (GList *l = self->waiting.head; l != NULL; l = l->next)
    {
      ReeveEventsGroup *group = l->data;

      if (group->event != event)
        continue;
      g_queue_delete_link (&self->waiting, l);
      self->n_events -= event ? 1 : 0;
      if (event)
        reeve_events_writer_keep_deletions (self, group);
      if (group == self->kept)
        self->kept = NULL;
      reeve_events_group_free (group);
      return;
    }
}

static void
reeve_events_writer_limit (ReeveEventsWriter *self)
{
  for (; self->n_events > REEVE_EVENTS_MAX_WAITING; self->lost++)
    reeve_events_writer_drop (self, TRUE);
  while (self->waiting.length - self->n_events > REEVE_EVENTS_MAX_WAITING_OTHERS)
    reeve_events_writer_drop (self, FALSE);
}

guint64
reeve_events_writer_push (ReeveEventsWriter *self, GPtrArray *group, gboolean event)
{
  guint64 serial = self->last + 1;

  reeve_events_writer_add (self, group, event);
  reeve_events_writer_limit (self);
  if (self->n_events >= REEVE_EVENTS_FLUSH_MANY && !self->failing)
    reeve_events_writer_store (self);
  else
    reeve_events_writer_wait (self, REEVE_EVENTS_FLUSH_MS);
  return serial;
}

guint64
reeve_events_writer_push_record (ReeveEventsWriter *self, ReeveRecord *record)
{
  GPtrArray *group = g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_record_unref);

  g_ptr_array_add (group, record);
  return reeve_events_writer_push (self, group, FALSE);
}

/* ---- storing ---- */

static void
reeve_events_writer_end_flushes (ReeveEventsWriter *self)
{
  while (self->flushes->len > 0)
    {
      g_autoptr (GTask) task = g_ptr_array_steal_index (self->flushes, 0);

      g_task_return_boolean (task, TRUE);
    }
}

static void
reeve_events_writer_note_stored (ReeveEventsWriter *self)
{
  ReeveEventsGroup *newest = g_queue_peek_tail (&self->storing);

  self->settled = newest->serial;
  g_queue_clear_full (&self->storing, reeve_events_group_free);
  if (self->failing && self->context != NULL)
    reeve_log_message (self->context, "events are stored again");
  if (self->lost > 0 && self->context != NULL)
    reeve_context_emit (self->context, REEVE_SEVERITY_ERROR, "store", "", NULL,
                        "%" G_GUINT64_FORMAT " events were lost: more came than could be stored",
                        self->lost);
  self->lost = 0;
  g_clear_pointer (&self->lost_id, g_free);
  self->failing = FALSE;
}

/* The batch goes back to the front, unless the store will never take it. */
static void
reeve_events_writer_note_failed (ReeveEventsWriter *self, const GError *error)
{
  gboolean again = !g_error_matches (error, REEVE_ERROR, REEVE_ERROR_INVALID);
  ReeveEventsGroup *newest = g_queue_peek_tail (&self->storing);

  if (!again)
    self->settled = newest->serial;
  while (again && self->storing.length > 0)
    {
      ReeveEventsGroup *group = g_queue_pop_tail (&self->storing);

      self->n_events += group->event ? 1 : 0;
      g_queue_push_head (&self->waiting, group);
    }
  g_queue_clear_full (&self->storing, reeve_events_group_free);
  reeve_events_writer_limit (self);
  if (self->context != NULL && (!self->failing || !again))
    reeve_log_warning (self->context, "events were not stored%s: %s",
                       again ? ", it is tried again" : "", error->message);
  self->failing = TRUE;
}

static void
reeve_events_writer_stored_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ReeveEventsWriter) self = user_data;
  g_autoptr (GError) error = NULL;

  self->busy = FALSE;
  if (reeve_records_apply_finish (REEVE_RECORDS (source), result, &error))
    reeve_events_writer_note_stored (self);
  else
    reeve_events_writer_note_failed (self, error);
  if (self->changed != NULL)
    self->changed (self->changed_data);
  if (error == NULL && self->waiting.length > 0 && self->context != NULL)
    {
      reeve_events_writer_store (self);
      return;
    }
  if (self->waiting.length > 0)
    reeve_events_writer_wait (self, REEVE_EVENTS_RETRY_MS);
  reeve_events_writer_end_flushes (self);
}

/* The records take each id once in a batch. */
static gboolean
reeve_events_writer_fits (GPtrArray *batch, GHashTable *seen, ReeveEventsGroup *group)
{
  if (batch->len + group->records->len > REEVE_RECORDS_MAX_BATCH)
    return FALSE;
  for (guint i = 0; i < group->records->len; i++)
    if (g_hash_table_contains (seen, reeve_record_get_id (g_ptr_array_index (group->records, i))))
      return FALSE;
  return TRUE;
}

static GPtrArray *
reeve_events_writer_make_batch (ReeveEventsWriter *self)
{
  GPtrArray *batch = g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_record_unref);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  while (self->waiting.length > 0)
    {
      ReeveEventsGroup *group = g_queue_peek_head (&self->waiting);

      if (!reeve_events_writer_fits (batch, seen, group))
        break;
      for (guint i = 0; i < group->records->len; i++)
        {
          ReeveRecord *record = reeve_record_ref (g_ptr_array_index (group->records, i));

          g_ptr_array_add (batch, record);
          g_hash_table_add (seen, (gpointer) reeve_record_get_id (record));
        }
      if (group == self->kept)
        self->kept = NULL;
      g_queue_push_tail (&self->storing, g_queue_pop_head (&self->waiting));
      self->n_events -= group->event ? 1 : 0;
    }
  return batch;
}

static void
reeve_events_writer_store (ReeveEventsWriter *self)
{
  g_autoptr (GPtrArray) batch = NULL;

  if (self->busy || self->records == NULL)
    return;
  if (self->waiting.length == 0)
    {
      reeve_events_writer_end_flushes (self);
      return;
    }
  self->busy = TRUE;
  batch = reeve_events_writer_make_batch (self);
  reeve_records_apply_async (self->records, batch, NULL, reeve_events_writer_stored_cb,
                             g_object_ref (self));
}

void
reeve_events_writer_flush_async (ReeveEventsWriter *self, GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, reeve_events_writer_flush_async);
  g_ptr_array_add (self->flushes, task);
  if (self->records == NULL)
    reeve_events_writer_end_flushes (self);
  else
    reeve_events_writer_store (self);
}

gboolean
reeve_events_writer_flush_finish (G_GNUC_UNUSED ReeveEventsWriter *self, GAsyncResult *result,
                                  GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
