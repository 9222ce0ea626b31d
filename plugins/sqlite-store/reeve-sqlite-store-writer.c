/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Group commit: at most one transaction is under way, what comes meanwhile makes up the next. */

#include "config.h"

#include "reeve-sqlite-store-writer.h"

typedef struct
{
  const ReeveSqliteStoreWriteClass *class;
  gpointer data;
  guint weight;
  gboolean answered;
  GError *error; /* its own, set by the writer thread */
} ReeveSqliteStoreWrite;

/* What goes to the writer thread together. */
typedef struct
{
  ReeveSqliteStoreDatabase *database;
  GPtrArray *writes; /* of ReeveSqliteStoreWrite, not owned */
  gboolean alone;
  gboolean history; /* some of it is history */
  gint64 began;     /* monotonic */
  GError *error;    /* of the whole */
} ReeveSqliteStoreBatch;

struct _ReeveSqliteStoreWriter
{
  ReeveContext *context;
  ReeveWorker *worker;
  ReeveSqliteStoreDatabase *database;
  ReeveTimer *timer; /* group, or retry while stuck */
  GQueue lines[REEVE_SQLITE_STORE_N_LINES];
  guint weights[REEVE_SQLITE_STORE_N_LINES];
  ReeveSqliteStoreBatch *batch; /* under way */
  gboolean urgent;              /* history does not wait */
  gboolean stuck;
  GTask *closing;
  gboolean closed;
  ReeveHistoryFigures figures; /* of commits */
};

static void reeve_sqlite_store_writer_go_on (ReeveSqliteStoreWriter *self);

static void
reeve_sqlite_store_write_free (gpointer data)
{
  ReeveSqliteStoreWrite *self = data;

  if (self->class->free != NULL)
    self->class->free (self->data);
  g_clear_error (&self->error);
  g_free (self);
}

static void
reeve_sqlite_store_write_answer (ReeveSqliteStoreWrite *self, const GError *error)
{
  if (self->answered)
    return;
  self->answered = TRUE;
  if (self->class->done != NULL)
    self->class->done (self->data, error);
}

static void
reeve_sqlite_store_batch_free (ReeveSqliteStoreBatch *self)
{
  g_ptr_array_unref (self->writes);
  g_clear_error (&self->error);
  g_free (self);
}

/* ---- writer thread ---- */

/* One after the other; after damage SQLite commits nothing. FALSE: rolled back; to be begun again
 * when the batch has no error. */
static gboolean
reeve_sqlite_store_batch_write_all (ReeveSqliteStoreBatch *self)
{
  for (guint i = 0; i < self->writes->len; i++)
    {
      ReeveSqliteStoreWrite *write = g_ptr_array_index (self->writes, i);
      gint64 changes = reeve_sqlite_store_database_get_changes (self->database);

      if (write->error != NULL || write->class->write (self->database, write->data, &write->error))
        continue;
      if (reeve_sqlite_store_database_is_passing (write->error))
        self->error = g_steal_pointer (&write->error);
      else if (write->class->line == REEVE_SQLITE_STORE_LINE_RECORDS &&
               !g_error_matches (write->error, REEVE_ERROR, REEVE_ERROR_FAILED) &&
               reeve_sqlite_store_database_in_transaction (self->database) &&
               changes == reeve_sqlite_store_database_get_changes (self->database))
        continue;
      reeve_sqlite_store_database_rollback (self->database);
      return FALSE;
    }
  return TRUE;
}

static gpointer
reeve_sqlite_store_batch_thread (gpointer data, G_GNUC_UNUSED GCancellable *cancellable,
                                 G_GNUC_UNUSED GError **error)
{
  ReeveSqliteStoreBatch *self = data;

  if (self->alone)
    {
      ReeveSqliteStoreWrite *write = g_ptr_array_index (self->writes, 0);

      write->class->write (self->database, write->data, &write->error);
      return NULL;
    }
  /* each turn more finds one more write that fails by itself */
  while (self->error == NULL)
    {
      if (!reeve_sqlite_store_database_begin (self->database, &self->error))
        break;
      if (!reeve_sqlite_store_batch_write_all (self))
        continue;
      reeve_sqlite_store_database_commit (self->database, &self->error);
      break;
    }
  return NULL;
}

/* ---- main thread ---- */

static void
reeve_sqlite_store_writer_set_stuck (ReeveSqliteStoreWriter *self, const GError *error)
{
  const char *path = reeve_sqlite_store_database_get_path (self->database);

  if (self->stuck == (error != NULL))
    return;
  self->stuck = error != NULL;
  reeve_timer_stop (self->timer);
  if (error != NULL)
    {
      reeve_log_warning (self->context, "%s; history waits, changes are refused until then",
                         error->message);
      reeve_context_emit (self->context, REEVE_SEVERITY_CRITICAL, "store", "", NULL,
                          "writing fails: %s", error->message);
      return;
    }
  reeve_log_message (self->context, "writing to %s works again", path);
  reeve_context_emit (self->context, REEVE_SEVERITY_NOTICE, "store", "", NULL,
                      "writing to %s works again", path);
}

/* Back to where they came from, in their order. */
static void
reeve_sqlite_store_writer_keep (ReeveSqliteStoreWriter *self, ReeveSqliteStoreWrite *write)
{
  g_queue_push_head (&self->lines[write->class->line], write);
  self->weights[write->class->line] += write->weight;
}

/* Nobody waits for an answer until the disk takes something again: what is kept is answered too, as
 * far as it stands in the line. */
static void
reeve_sqlite_store_writer_answer_waiting (ReeveSqliteStoreWriter *self, const GError *error)
{
  for (GList *l = self->lines[REEVE_SQLITE_STORE_LINE_HISTORY].head; l != NULL; l = l->next)
    {
      ReeveSqliteStoreWrite *write = l->data;

      if ((write->class->flags & REEVE_SQLITE_STORE_WRITE_KEEP) != 0)
        reeve_sqlite_store_write_answer (write, error);
    }
}

static void
reeve_sqlite_store_writer_lose (ReeveSqliteStoreWriter *self, guint samples)
{
  if (samples > 0)
    reeve_log_warning (self->context, "%u samples could not be written before the end", samples);
}

static void
reeve_sqlite_store_writer_count (ReeveSqliteStoreWriter *self)
{
  gint64 now = reeve_clock_get_monotonic (reeve_context_get_clock (self->context));

  if (self->batch->error != NULL)
    self->figures.failed++;
  else if (!self->batch->alone)
    reeve_history_figures_add_commit (&self->figures,
                                      (double) (now - self->batch->began) / G_USEC_PER_SEC);
}

static void
reeve_sqlite_store_writer_batch_cb (G_GNUC_UNUSED GObject *source, GAsyncResult *result,
                                    gpointer user_data)
{
  ReeveSqliteStoreWriter *self = user_data;
  g_autoptr (GPtrArray) ended = g_ptr_array_new_with_free_func (reeve_sqlite_store_write_free);
  ReeveSqliteStoreBatch *batch = self->batch;
  g_autoptr (GError) error = NULL;
  guint lost = 0;

  reeve_worker_run_finish (result, &error);
  if (error != NULL && batch->error == NULL)
    batch->error = g_steal_pointer (&error);
  reeve_sqlite_store_writer_count (self);
  if (reeve_sqlite_store_database_is_passing (batch->error))
    reeve_sqlite_store_writer_set_stuck (self, batch->error);
  else if (batch->error == NULL && !batch->alone &&
           (batch->history || g_queue_is_empty (&self->lines[REEVE_SQLITE_STORE_LINE_HISTORY])))
    reeve_sqlite_store_writer_set_stuck (self, NULL);

  for (guint i = batch->writes->len; i > 0; i--)
    {
      ReeveSqliteStoreWrite *write = g_ptr_array_index (batch->writes, i - 1);
      gboolean keep = (write->class->flags & REEVE_SQLITE_STORE_WRITE_KEEP) != 0 &&
                      write->error == NULL && reeve_sqlite_store_database_is_passing (batch->error);

      if (keep && self->closing == NULL)
        {
          reeve_sqlite_store_writer_keep (self, write);
          continue;
        }
      lost += keep ? write->weight : 0;
      g_ptr_array_add (ended, write);
    }
  reeve_sqlite_store_writer_lose (self, lost);
  /* they may push again, which starts nothing while there is a batch */
  for (guint i = 0; i < batch->writes->len; i++)
    {
      ReeveSqliteStoreWrite *write = g_ptr_array_index (batch->writes, i);

      reeve_sqlite_store_write_answer (write, write->error != NULL ? write->error : batch->error);
    }
  if (self->stuck && batch->error != NULL)
    reeve_sqlite_store_writer_answer_waiting (self, batch->error);
  g_clear_pointer (&self->batch, reeve_sqlite_store_batch_free);
  reeve_sqlite_store_writer_go_on (self);
}

static void
reeve_sqlite_store_writer_take (ReeveSqliteStoreWriter *self, ReeveSqliteStoreLine line,
                                ReeveSqliteStoreBatch *batch)
{
  guint weight = 0;

  while (!batch->alone && weight < REEVE_SQLITE_STORE_MAX_BATCH)
    {
      ReeveSqliteStoreWrite *write = g_queue_peek_head (&self->lines[line]);
      gboolean alone;

      if (write == NULL)
        return;
      alone = (write->class->flags & REEVE_SQLITE_STORE_WRITE_ALONE) != 0;
      if (alone && batch->writes->len > 0)
        return;
      g_queue_pop_head (&self->lines[line]);
      self->weights[line] -= write->weight;
      weight += write->weight;
      batch->alone = alone;
      batch->history |= line == REEVE_SQLITE_STORE_LINE_HISTORY;
      g_ptr_array_add (batch->writes, write);
    }
}

static void
reeve_sqlite_store_writer_start (ReeveSqliteStoreWriter *self, gboolean history)
{
  ReeveSqliteStoreBatch *batch = g_new0 (ReeveSqliteStoreBatch, 1);

  batch->database = self->database;
  batch->writes = g_ptr_array_new ();
  reeve_sqlite_store_writer_take (self, REEVE_SQLITE_STORE_LINE_RECORDS, batch);
  if (history)
    {
      reeve_sqlite_store_writer_take (self, REEVE_SQLITE_STORE_LINE_HISTORY, batch);
      reeve_timer_stop (self->timer);
      self->urgent &= !g_queue_is_empty (&self->lines[REEVE_SQLITE_STORE_LINE_HISTORY]);
    }
  batch->began = reeve_clock_get_monotonic (reeve_context_get_clock (self->context));
  self->batch = batch;
  reeve_worker_run_async (self->worker, reeve_sqlite_store_batch_thread, batch, NULL, NULL, 0, NULL,
                          reeve_sqlite_store_writer_batch_cb, self);
}

static void
reeve_sqlite_store_writer_end (ReeveSqliteStoreWriter *self)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->closing);

  g_clear_pointer (&self->timer, reeve_timer_free);
  g_task_return_boolean (task, TRUE);
}

/* Decides what happens next. */
static void
reeve_sqlite_store_writer_go_on (ReeveSqliteStoreWriter *self)
{
  gboolean records = !g_queue_is_empty (&self->lines[REEVE_SQLITE_STORE_LINE_RECORDS]);
  gboolean history = !g_queue_is_empty (&self->lines[REEVE_SQLITE_STORE_LINE_HISTORY]);

  if (self->batch != NULL)
    return;
  if (self->closing != NULL)
    {
      if (records || history)
        reeve_sqlite_store_writer_start (self, TRUE);
      else
        reeve_sqlite_store_writer_end (self);
      return;
    }
  if (records)
    {
      reeve_sqlite_store_writer_start (self, !self->stuck);
      return;
    }
  if (!history)
    return;
  if (!self->stuck && (self->urgent || self->weights[REEVE_SQLITE_STORE_LINE_HISTORY] >=
                                           REEVE_SQLITE_STORE_FLUSH_WEIGHT))
    reeve_sqlite_store_writer_start (self, TRUE);
  else if (!reeve_timer_is_running (self->timer))
    reeve_timer_start (self->timer,
                       self->stuck ? REEVE_SQLITE_STORE_RETRY_MS : REEVE_SQLITE_STORE_GROUP_MS);
}

static void
reeve_sqlite_store_writer_timer_cb (G_GNUC_UNUSED ReeveTimer *timer, gpointer user_data)
{
  ReeveSqliteStoreWriter *self = user_data;

  if (self->batch == NULL)
    reeve_sqlite_store_writer_start (self, TRUE);
  else
    self->urgent = TRUE;
}

ReeveSqliteStoreWriter *
reeve_sqlite_store_writer_new (ReeveContext *context, ReeveWorker *worker,
                               ReeveSqliteStoreDatabase *database)
{
  ReeveSqliteStoreWriter *self = g_new0 (ReeveSqliteStoreWriter, 1);

  self->context = context;
  self->worker = worker;
  self->database = database;
  self->timer =
      reeve_context_add_timer (context, "commit", reeve_sqlite_store_writer_timer_cb, self);
  return self;
}

void
reeve_sqlite_store_writer_free (ReeveSqliteStoreWriter *self)
{
  g_return_if_fail (self->batch == NULL);

  for (guint i = 0; i < REEVE_SQLITE_STORE_N_LINES; i++)
    g_queue_clear_full (&self->lines[i], reeve_sqlite_store_write_free);
  g_clear_pointer (&self->timer, reeve_timer_free);
  g_free (self);
}

static gboolean
reeve_sqlite_store_writer_check (ReeveSqliteStoreWriter *self, ReeveSqliteStoreLine line,
                                 guint weight, GError **error)
{
  const guint limits[] = { REEVE_SQLITE_STORE_MAX_CHANGES, REEVE_SQLITE_STORE_MAX_SAMPLES };

  if (self->closed)
    {
      g_set_error_literal (error, REEVE_ERROR, REEVE_ERROR_GONE, "the store is stopping");
      return FALSE;
    }
  if (self->weights[line] + weight <= limits[line])
    return TRUE;
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT, "%u %s wait to be written to %s already%s",
               self->weights[line], line == REEVE_SQLITE_STORE_LINE_HISTORY ? "samples" : "changes",
               reeve_sqlite_store_database_get_path (self->database),
               self->stuck ? ", which fails: see the log" : ", which is too slow: try again later");
  return FALSE;
}

gboolean
reeve_sqlite_store_writer_push (ReeveSqliteStoreWriter *self,
                                const ReeveSqliteStoreWriteClass *class, gpointer data,
                                guint weight, GError **error)
{
  ReeveSqliteStoreWrite *write;

  if (!reeve_sqlite_store_writer_check (self, class->line, weight, error))
    {
      if (class->free != NULL)
        class->free (data);
      return FALSE;
    }
  write = g_new0 (ReeveSqliteStoreWrite, 1);
  write->class = class;
  write->data = data;
  write->weight = weight;
  g_queue_push_tail (&self->lines[class->line], write);
  self->weights[class->line] += weight;
  if (class->line == REEVE_SQLITE_STORE_LINE_HISTORY &&
      (class->flags & REEVE_SQLITE_STORE_WRITE_URGENT) != 0)
    self->urgent = TRUE;
  reeve_sqlite_store_writer_go_on (self);
  return TRUE;
}

void
reeve_sqlite_store_writer_flush (ReeveSqliteStoreWriter *self)
{
  self->urgent = !g_queue_is_empty (&self->lines[REEVE_SQLITE_STORE_LINE_HISTORY]);
  reeve_sqlite_store_writer_go_on (self);
}

void
reeve_sqlite_store_writer_foreach (ReeveSqliteStoreWriter *self,
                                   const ReeveSqliteStoreWriteClass *class, GFunc func,
                                   gpointer user_data)
{
  for (GList *l = self->lines[class->line].head; l != NULL; l = l->next)
    {
      ReeveSqliteStoreWrite *write = l->data;

      if (write->class == class)
        func (write->data, user_data);
    }
}

guint
reeve_sqlite_store_writer_get_waiting (ReeveSqliteStoreWriter *self, ReeveSqliteStoreLine line)
{
  return self->weights[line];
}

void
reeve_sqlite_store_writer_get_figures (ReeveSqliteStoreWriter *self,
                                       ReeveHistoryFigures *ret_figures)
{
  *ret_figures = self->figures;
  ret_figures->samples_waiting = self->weights[REEVE_SQLITE_STORE_LINE_HISTORY];
  ret_figures->changes_waiting = self->weights[REEVE_SQLITE_STORE_LINE_RECORDS];
}

gboolean
reeve_sqlite_store_writer_is_stuck (ReeveSqliteStoreWriter *self)
{
  return self->stuck;
}

void
reeve_sqlite_store_writer_close_async (ReeveSqliteStoreWriter *self, GAsyncReadyCallback callback,
                                       gpointer user_data)
{
  self->closed = TRUE;
  self->closing = g_task_new (NULL, NULL, callback, user_data);
  g_task_set_source_tag (self->closing, reeve_sqlite_store_writer_close_async);
  reeve_sqlite_store_writer_go_on (self);
}

void
reeve_sqlite_store_writer_close_finish (GAsyncResult *result)
{
  g_task_propagate_boolean (G_TASK (result), NULL);
}
