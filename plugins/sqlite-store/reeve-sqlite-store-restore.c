/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The copy from a stream: bytes go to the reader's thread, which lays them into the spool, and
 * nothing more is read from the stream meanwhile; at the end the writer's thread does the change.
 */

#include "config.h"

#include "reeve-sqlite-store-snapshot.h"

#include "reeve-sqlite-store-replace.h"

typedef struct
{
  grefcount refs; /* the restore itself, a deferred call */
  ReeveSqliteStoreCore *core;
  ReeveSqliteStoreRecords *records;
  ReeveStream *stream;
  GTask *task;
  GCancellable *cancellable;
  gulong cancelled_id;
  GError *error;       /* what ended it early */
  gboolean busy;       /* a chunk or the change is under way */
  gboolean stream_end; /* no more will come */
  gboolean committing; /* too late to go back */
  gboolean ending;
  GBytes *chunk;                    /* for the reader's thread */
  ReeveSqliteStoreReplace *replace; /* of the thread that works */
} ReeveSqliteStoreRestore;

static void reeve_sqlite_store_restore_go_on (ReeveSqliteStoreRestore *self);

/* ---- threads ---- */

static gpointer
reeve_sqlite_store_restore_feed (G_GNUC_UNUSED ReeveSqliteStoreDatabase *database, gpointer data,
                                 G_GNUC_UNUSED GCancellable *cancellable, GError **error)
{
  ReeveSqliteStoreRestore *self = data;
  gsize length;
  const guint8 *bytes = g_bytes_get_data (self->chunk, &length);

  reeve_sqlite_store_replace_feed (self->replace, bytes, length, error);
  return NULL;
}

static gpointer
reeve_sqlite_store_restore_close (G_GNUC_UNUSED ReeveSqliteStoreDatabase *database, gpointer data,
                                  G_GNUC_UNUSED GCancellable *cancellable,
                                  G_GNUC_UNUSED GError **error)
{
  ReeveSqliteStoreRestore *self = data;

  g_clear_pointer (&self->replace, reeve_sqlite_store_replace_free);
  return NULL;
}

static gboolean
reeve_sqlite_store_restore_write (ReeveSqliteStoreDatabase *database, gpointer data, GError **error)
{
  ReeveSqliteStoreRestore *self = data;

  if (!reeve_sqlite_store_replace_run (self->replace, error))
    return FALSE;
  /* nothing to go back from: but what the writer remembers of names and numbers is no longer so */
  reeve_sqlite_store_database_rollback (database);
  return TRUE;
}

static const ReeveSqliteStoreReadClass reeve_sqlite_store_restore_feed_class = {
  .read = reeve_sqlite_store_restore_feed,
};

static const ReeveSqliteStoreReadClass reeve_sqlite_store_restore_close_class = {
  .read = reeve_sqlite_store_restore_close,
};

static void reeve_sqlite_store_restore_written (gpointer data, const GError *error);

static const ReeveSqliteStoreWriteClass reeve_sqlite_store_restore_class = {
  .line = REEVE_SQLITE_STORE_LINE_RECORDS,
  .flags = REEVE_SQLITE_STORE_WRITE_ALONE,
  .write = reeve_sqlite_store_restore_write,
  .done = reeve_sqlite_store_restore_written,
};

/* ---- main thread ---- */

static void
reeve_sqlite_store_restore_unref (gpointer data)
{
  ReeveSqliteStoreRestore *self = data;

  if (!g_ref_count_dec (&self->refs))
    return;
  g_clear_error (&self->error);
  g_clear_pointer (&self->chunk, g_bytes_unref);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->records);
  reeve_stream_unref (self->stream);
  g_free (self);
}

static void
reeve_sqlite_store_restore_closed_cb (G_GNUC_UNUSED GObject *source, GAsyncResult *result,
                                      gpointer user_data)
{
  ReeveSqliteStoreRestore *self = user_data;
  g_autoptr (GTask) task = g_steal_pointer (&self->task);
  GError *error = g_steal_pointer (&self->error);

  g_task_propagate_pointer (G_TASK (result), NULL);
  /* the reader had no room for it: what stayed would be in the way of the next restore */
  g_clear_pointer (&self->replace, reeve_sqlite_store_replace_free);
  reeve_sqlite_store_restore_unref (self);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

static void
reeve_sqlite_store_restore_end (ReeveSqliteStoreRestore *self)
{
  self->ending = TRUE;
  g_cancellable_disconnect (self->cancellable, self->cancelled_id);
  self->cancelled_id = 0;
  reeve_stream_set_funcs (self->stream, NULL, NULL);
  reeve_stream_set_reading (self->stream, TRUE);
  reeve_sqlite_store_core_read (self->core, &reeve_sqlite_store_restore_close_class, self,
                                g_task_new (NULL, NULL, reeve_sqlite_store_restore_closed_cb,
                                            self));
}

static void
reeve_sqlite_store_restore_written (gpointer data, const GError *error)
{
  ReeveSqliteStoreRestore *self = data;

  self->busy = FALSE;
  if (error != NULL)
    {
      g_clear_error (&self->error);
      self->error = g_error_copy (error);
    }
  else
    {
      GPtrArray *changes = reeve_sqlite_store_replace_get_changes (self->replace);

      /* it is done, whatever the caller wanted meanwhile */
      g_clear_error (&self->error);
      for (guint i = 0; i < changes->len; i++)
        reeve_sqlite_store_records_notify (self->records, g_ptr_array_index (changes, i));
    }
  reeve_sqlite_store_restore_end (self);
}

static void
reeve_sqlite_store_restore_commit (ReeveSqliteStoreRestore *self)
{
  GError *error = NULL;

  self->committing = TRUE;
  self->busy = TRUE;
  if (reeve_sqlite_store_writer_push (reeve_sqlite_store_core_get_writer (self->core),
                                      &reeve_sqlite_store_restore_class, self, 1, &error))
    return;
  self->busy = FALSE;
  self->error = error;
  reeve_sqlite_store_restore_end (self);
}

static void
reeve_sqlite_store_restore_fed_cb (G_GNUC_UNUSED GObject *source, GAsyncResult *result,
                                   gpointer user_data)
{
  ReeveSqliteStoreRestore *self = user_data;
  GError *error = NULL;

  g_task_propagate_pointer (G_TASK (result), &error);
  g_clear_pointer (&self->chunk, g_bytes_unref);
  self->busy = FALSE;
  if (error != NULL)
    {
      g_clear_error (&self->error);
      self->error = error;
    }
  reeve_sqlite_store_restore_go_on (self);
}

static void
reeve_sqlite_store_restore_go_on (ReeveSqliteStoreRestore *self)
{
  if (self->busy || self->ending || self->committing)
    return;
  if (self->error != NULL)
    reeve_sqlite_store_restore_end (self);
  else if (reeve_sqlite_store_replace_is_complete (self->replace))
    reeve_sqlite_store_restore_commit (self);
  else if (self->stream_end)
    {
      g_set_error_literal (&self->error, REEVE_ERROR, REEVE_ERROR_INVALID,
                           "the copy of the records ends too early: nothing was restored");
      reeve_sqlite_store_restore_end (self);
    }
  else
    reeve_stream_set_reading (self->stream, TRUE);
}

static gsize
reeve_sqlite_store_restore_data_cb (ReeveStream *stream, guint8 *data, gsize length,
                                    gpointer user_data)
{
  ReeveSqliteStoreRestore *self = user_data;

  if (self->busy || self->ending || self->committing)
    return 0;
  length = MIN (length, REEVE_SQLITE_STORE_COPY_CHUNK);
  self->busy = TRUE;
  self->chunk = g_bytes_new (data, length);
  reeve_stream_set_reading (stream, FALSE);
  reeve_sqlite_store_core_read (self->core, &reeve_sqlite_store_restore_feed_class, self,
                                g_task_new (NULL, NULL, reeve_sqlite_store_restore_fed_cb, self));
  return length;
}

static void
reeve_sqlite_store_restore_eof_cb (G_GNUC_UNUSED ReeveStream *stream, gpointer user_data)
{
  ReeveSqliteStoreRestore *self = user_data;

  self->stream_end = TRUE;
  reeve_sqlite_store_restore_go_on (self);
}

static void
reeve_sqlite_store_restore_stream_closed_cb (G_GNUC_UNUSED ReeveStream *stream,
                                             G_GNUC_UNUSED const GError *error, gpointer user_data)
{
  reeve_sqlite_store_restore_eof_cb (stream, user_data);
}

static const ReeveStreamFuncs reeve_sqlite_store_restore_funcs = {
  .data = reeve_sqlite_store_restore_data_cb,
  .eof = reeve_sqlite_store_restore_eof_cb,
  .closed = reeve_sqlite_store_restore_stream_closed_cb,
};

/* Not from inside the signal: its handler cannot be disconnected there. */
static void
reeve_sqlite_store_restore_cancel (gpointer user_data)
{
  reeve_sqlite_store_restore_go_on (user_data);
}

static void
reeve_sqlite_store_restore_cancelled_cb (G_GNUC_UNUSED GCancellable *cancellable,
                                         gpointer user_data)
{
  ReeveSqliteStoreRestore *self = user_data;

  if (self->error == NULL && !self->committing)
    g_set_error_literal (&self->error, REEVE_ERROR, REEVE_ERROR_CANCELLED,
                         "the restore was cancelled: nothing has changed");
  /* a chunk under way ends it by itself */
  if (self->busy)
    return;
  g_ref_count_inc (&self->refs);
  reeve_context_defer (reeve_sqlite_store_core_get_context (self->core),
                       reeve_sqlite_store_restore_cancel, self, reeve_sqlite_store_restore_unref);
}

void
reeve_sqlite_store_restore_run (ReeveSqliteStoreCore *core, ReeveSqliteStoreRecords *records,
                                ReeveStream *stream, GTask *task)
{
  ReeveSqliteStoreRestore *self = g_new0 (ReeveSqliteStoreRestore, 1);

  g_ref_count_init (&self->refs);
  self->core = core;
  self->records = g_object_ref (records);
  self->stream = reeve_stream_ref (stream);
  self->task = task;
  self->replace =
      reeve_sqlite_store_replace_new (reeve_sqlite_store_core_get_path (core),
                                      reeve_sqlite_store_core_get_cache (core),
                                      reeve_sqlite_store_records_list_open (records),
                                      reeve_sqlite_store_records_list_watched (records));
  reeve_stream_set_funcs (stream, &reeve_sqlite_store_restore_funcs, self);
  if (g_task_get_cancellable (task) != NULL)
    {
      self->cancellable = g_object_ref (g_task_get_cancellable (task));
      self->cancelled_id =
          g_cancellable_connect (self->cancellable,
                                 G_CALLBACK (reeve_sqlite_store_restore_cancelled_cb), self, NULL);
    }
}
