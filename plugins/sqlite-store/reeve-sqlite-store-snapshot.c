/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The copy to a stream. A connection of its own holds one view of the file from the first byte to
 * the last; the reader's thread makes a chunk between two questions of others, and the next one
 * only when the stream has room.
 */

#include "config.h"

#include "reeve-sqlite-store-snapshot.h"

#include "reeve-sqlite-store-format.h"
#include "reeve-sqlite-store-table.h"
#include "reeve-sqlite-store-text.h"
#include "reeve-sqlite-store-walk.h"

typedef struct
{
  grefcount refs; /* the copy itself, a deferred call */
  ReeveSqliteStoreCore *core;
  ReeveStream *stream;
  GTask *task;
  GCancellable *cancellable;
  gulong cancelled_id;
  GError *error;     /* what ended it early */
  gboolean busy;     /* a chunk is being made */
  gboolean full;     /* waits for the stream */
  gboolean finished; /* the last chunk was written */
  gboolean ending;
  /* the reader thread's */
  ReeveSqliteStoreDatabase *database;
  ReeveSqliteStoreWalk walk; /* once there is a database */
  gsize put;                 /* bytes of its row that are in the copy; 0: all, or no row yet */
  GPtrArray *open;           /* of ReeveSqliteStoreCollection: in use */
  GHashTable *numbers; /* id of a collection -> its number in the copy, plus 1, times 8, plus the
                          number of its indexes */
  GByteArray *chunk;
  GChecksum *checksum;
  gboolean last;
} ReeveSqliteStoreSnapshot;

static void reeve_sqlite_store_snapshot_go_on (ReeveSqliteStoreSnapshot *self);

/* ---- reader thread ---- */

static void
reeve_sqlite_store_snapshot_put_collection (ReeveSqliteStoreSnapshot *self, gint64 id,
                                            const char *name, guint version,
                                            const char *const *indexes)
{
  const guint number = g_hash_table_size (self->numbers) + 1;

  g_hash_table_insert (self->numbers, g_memdup2 (&id, sizeof id),
                       GUINT_TO_POINTER (number * 8 + g_strv_length ((GStrv) indexes)));
  reeve_sqlite_store_format_put_collection (self->chunk, name, version, indexes);
}

/* Those that the file can tell; @last: the highest id of them. */
static gboolean
reeve_sqlite_store_snapshot_read_collections (ReeveSqliteStoreSnapshot *self, gint64 *last,
                                              GError **error)
{
  sqlite3_stmt *statement = reeve_sqlite_store_database_query (
      self->database, "SELECT id, name, version, indexes FROM collection ORDER BY id", error);
  gboolean row;

  if (statement == NULL)
    return FALSE;
  do
    {
      g_auto (GStrv) indexes = NULL;
      const char *name, *list;

      if (!reeve_sqlite_store_database_step (self->database, statement, &row, error))
        return FALSE;
      if (!row)
        continue;
      name = reeve_sqlite_store_text_get (self->database, statement, 1, error);
      list =
          name != NULL ? reeve_sqlite_store_text_get (self->database, statement, 3, error) : NULL;
      if (list == NULL)
        return FALSE;
      *last = sqlite3_column_int64 (statement, 0);
      indexes = g_strsplit (list, " ", REEVE_RECORDS_MAX_INDEXES);
      reeve_sqlite_store_snapshot_put_collection (self, *last, name,
                                                  (guint) sqlite3_column_int64 (statement, 2),
                                                  (const char *const *) indexes);
    }
  while (row);
  return TRUE;
}

/* What the file cannot tell is known of those in use. */
static gboolean
reeve_sqlite_store_snapshot_put_collections (ReeveSqliteStoreSnapshot *self, GError **error)
{
  g_autoptr (GError) trouble = NULL;
  gint64 last = 0;

  if (reeve_sqlite_store_snapshot_read_collections (self, &last, &trouble))
    return TRUE;
  if (!g_error_matches (trouble, REEVE_ERROR, REEVE_ERROR_FAILED))
    {
      g_propagate_error (error, g_steal_pointer (&trouble));
      return FALSE;
    }
  g_ptr_array_add (self->walk.troubles,
                   g_strdup_printf ("records of collections behind number %" G_GINT64_FORMAT
                                    " that are not in use cannot be read: %s",
                                    last, trouble->message));
  for (guint i = 0; i < self->open->len; i++)
    {
      const ReeveSqliteStoreCollection *collection = g_ptr_array_index (self->open, i);

      if (!g_hash_table_contains (self->numbers, &collection->id))
        reeve_sqlite_store_snapshot_put_collection (self, collection->id, collection->name,
                                                    collection->version,
                                                    (const char *const *) collection->indexes);
    }
  return TRUE;
}

static gboolean
reeve_sqlite_store_snapshot_begin (ReeveSqliteStoreSnapshot *self, GError **error)
{
  self->database =
      reeve_sqlite_store_database_open_reader (reeve_sqlite_store_core_get_path (self->core),
                                               reeve_sqlite_store_core_get_cache (self->core),
                                               error);
  if (self->database == NULL || !reeve_sqlite_store_database_begin_read (self->database, error))
    return FALSE;
  reeve_sqlite_store_walk_init (&self->walk, self->database);
  self->numbers = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  self->checksum = g_checksum_new (G_CHECKSUM_SHA256);
  reeve_sqlite_store_format_put_begin (self->chunk);
  return reeve_sqlite_store_snapshot_put_collections (self, error);
}

/* An index that the record does not have yet is an empty text in the copy. */
static void
reeve_sqlite_store_snapshot_put_record (ReeveSqliteStoreSnapshot *self)
{
  sqlite3_stmt *rows = self->walk.rows;
  gint64 collection = sqlite3_column_int64 (rows, 1);
  guint number = GPOINTER_TO_UINT (g_hash_table_lookup (self->numbers, &collection));
  const char *keys[REEVE_RECORDS_MAX_INDEXES + 1] = { NULL };
  g_autoptr (GBytes) value =
      g_bytes_new (sqlite3_column_blob (rows, 4), (gsize) sqlite3_column_bytes (rows, 4));

  if (number == 0)
    return;
  for (guint i = 0; i < number % 8; i++)
    {
      keys[i] = (const char *) sqlite3_column_text (rows, (int) i + 5);
      if (keys[i] == NULL)
        keys[i] = "";
    }
  reeve_sqlite_store_format_put_record (self->chunk, number / 8 - 1,
                                        (const char *) sqlite3_column_text (rows, 2),
                                        sqlite3_column_int64 (rows, 3), keys, value);
}

/* A part of the row at hand, since a block may be longer than the stream takes. */
static void
reeve_sqlite_store_snapshot_put_row (ReeveSqliteStoreSnapshot *self)
{
  ReeveSqliteStoreHistoryTable table = self->walk.table;
  sqlite3_stmt *rows = self->walk.rows;
  const ReeveSqliteStoreHistoryLayout *layout = &reeve_sqlite_store_history_layouts[table];
  gint64 numbers[REEVE_SQLITE_STORE_FORMAT_NUMBERS];
  const char *texts[REEVE_SQLITE_STORE_FORMAT_TEXTS];
  int column = 0;
  const guint8 *bytes;
  gsize length, part;

  for (guint i = 0; i < layout->n_numbers; i++)
    numbers[i] = sqlite3_column_int64 (rows, column++);
  for (guint i = 0; i < layout->n_texts; i++)
    texts[i] = (const char *) sqlite3_column_text (rows, column++);
  bytes = layout->bytes ? sqlite3_column_blob (rows, column) : NULL;
  length = layout->bytes ? (gsize) sqlite3_column_bytes (rows, column) : 0;
  /* a row without its bytes says nothing */
  if (bytes == NULL && layout->bytes)
    return;
  part = MIN (length - self->put, REEVE_SQLITE_STORE_FORMAT_PART);
  if (table == REEVE_SQLITE_STORE_HISTORY_BLOCK)
    numbers[1] = (gint64) self->put;
  reeve_sqlite_store_format_put_history (self->chunk, table, numbers, texts,
                                         length > 0 ? bytes + self->put : NULL, part);
  self->put = self->put + part < length ? self->put + part : 0;
}

static gboolean
reeve_sqlite_store_snapshot_step (ReeveSqliteStoreSnapshot *self, gboolean *ret_row, GError **error)
{
  *ret_row = TRUE;
  if (self->put == 0 && !reeve_sqlite_store_walk_next (&self->walk, ret_row, error))
    return FALSE;
  if (*ret_row && self->walk.records)
    reeve_sqlite_store_snapshot_put_record (self);
  else if (*ret_row)
    reeve_sqlite_store_snapshot_put_row (self);
  return TRUE;
}

static void
reeve_sqlite_store_snapshot_put_end (ReeveSqliteStoreSnapshot *self)
{
  guint8 digest[REEVE_SQLITE_STORE_FORMAT_DIGEST];
  gsize length = sizeof digest;

  g_checksum_get_digest (self->checksum, digest, &length);
  reeve_sqlite_store_format_put_end (self->chunk, digest);
  self->last = TRUE;
}

static gpointer
reeve_sqlite_store_snapshot_make (G_GNUC_UNUSED ReeveSqliteStoreDatabase *database, gpointer data,
                                  G_GNUC_UNUSED GCancellable *cancellable, GError **error)
{
  ReeveSqliteStoreSnapshot *self = data;
  gboolean row = TRUE;

  g_byte_array_set_size (self->chunk, 0);
  if (self->database == NULL && !reeve_sqlite_store_snapshot_begin (self, error))
    return NULL;
  while (row && self->chunk->len < REEVE_SQLITE_STORE_COPY_CHUNK)
    if (!reeve_sqlite_store_snapshot_step (self, &row, error))
      return NULL;
  g_checksum_update (self->checksum, self->chunk->data, self->chunk->len);
  if (!row)
    reeve_sqlite_store_snapshot_put_end (self);
  return NULL;
}

static gpointer
reeve_sqlite_store_snapshot_close (G_GNUC_UNUSED ReeveSqliteStoreDatabase *database, gpointer data,
                                   G_GNUC_UNUSED GCancellable *cancellable,
                                   G_GNUC_UNUSED GError **error)
{
  ReeveSqliteStoreSnapshot *self = data;

  g_clear_pointer (&self->database, reeve_sqlite_store_database_free);
  return NULL;
}

static const ReeveSqliteStoreReadClass reeve_sqlite_store_snapshot_make_class = {
  .read = reeve_sqlite_store_snapshot_make,
};

static const ReeveSqliteStoreReadClass reeve_sqlite_store_snapshot_close_class = {
  .read = reeve_sqlite_store_snapshot_close,
};

/* ---- main thread ---- */

static void
reeve_sqlite_store_snapshot_unref (gpointer data)
{
  ReeveSqliteStoreSnapshot *self = data;

  if (!g_ref_count_dec (&self->refs))
    return;
  g_clear_error (&self->error);
  reeve_sqlite_store_walk_clear (&self->walk);
  g_ptr_array_unref (self->open);
  g_clear_pointer (&self->numbers, g_hash_table_unref);
  g_clear_pointer (&self->checksum, g_checksum_free);
  g_byte_array_unref (self->chunk);
  g_clear_object (&self->cancellable);
  reeve_stream_unref (self->stream);
  g_free (self);
}

/* What the copy lacks. */
static void
reeve_sqlite_store_snapshot_say (ReeveSqliteStoreSnapshot *self)
{
  ReeveContext *context = reeve_sqlite_store_core_get_context (self->core);

  for (guint i = 0; self->walk.troubles != NULL && i < self->walk.troubles->len; i++)
    {
      const char *trouble = g_ptr_array_index (self->walk.troubles, i);

      reeve_log_warning (context, "a copy was made without what is damaged: %s", trouble);
      reeve_context_emit (context, REEVE_SEVERITY_CRITICAL, "store", "", NULL,
                          "a copy was made without what is damaged: %s", trouble);
    }
  if (self->walk.more_troubles > 0)
    reeve_log_warning (context, "the copy lacks %u more places that are damaged",
                       self->walk.more_troubles);
}

static void
reeve_sqlite_store_snapshot_closed_cb (G_GNUC_UNUSED GObject *source, GAsyncResult *result,
                                       gpointer user_data)
{
  ReeveSqliteStoreSnapshot *self = user_data;
  g_autoptr (GTask) task = g_steal_pointer (&self->task);
  GError *error = g_steal_pointer (&self->error);

  g_task_propagate_pointer (G_TASK (result), NULL);
  g_clear_pointer (&self->database, reeve_sqlite_store_database_free);
  reeve_sqlite_store_snapshot_unref (self);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

static void
reeve_sqlite_store_snapshot_end (ReeveSqliteStoreSnapshot *self)
{
  self->ending = TRUE;
  g_cancellable_disconnect (self->cancellable, self->cancelled_id);
  self->cancelled_id = 0;
  reeve_stream_set_funcs (self->stream, NULL, NULL);
  reeve_sqlite_store_core_read (self->core, &reeve_sqlite_store_snapshot_close_class, self,
                                g_task_new (NULL, NULL, reeve_sqlite_store_snapshot_closed_cb,
                                            self));
}

static void
reeve_sqlite_store_snapshot_made_cb (G_GNUC_UNUSED GObject *source, GAsyncResult *result,
                                     gpointer user_data)
{
  ReeveSqliteStoreSnapshot *self = user_data;
  GError *error = NULL;

  g_task_propagate_pointer (G_TASK (result), &error);
  self->busy = FALSE;
  if (error != NULL && self->error == NULL)
    self->error = error;
  else
    g_clear_error (&error);
  if (self->error == NULL)
    {
      ReeveWriteResult written =
          reeve_stream_write (self->stream, self->chunk->data, self->chunk->len);

      self->full = written == REEVE_WRITE_FULL;
      self->finished = self->last && written != REEVE_WRITE_CLOSED;
      if (written == REEVE_WRITE_CLOSED)
        g_set_error_literal (&self->error, REEVE_ERROR, REEVE_ERROR_IO,
                             "the stream was closed before the copy was complete");
    }
  reeve_sqlite_store_snapshot_go_on (self);
}

static void
reeve_sqlite_store_snapshot_go_on (ReeveSqliteStoreSnapshot *self)
{
  if (self->busy || self->ending)
    return;
  if (self->error != NULL || self->finished)
    {
      if (self->error == NULL)
        reeve_sqlite_store_snapshot_say (self);
      reeve_sqlite_store_snapshot_end (self);
      return;
    }
  if (self->full)
    return;
  self->busy = TRUE;
  reeve_sqlite_store_core_read (self->core, &reeve_sqlite_store_snapshot_make_class, self,
                                g_task_new (NULL, NULL, reeve_sqlite_store_snapshot_made_cb, self));
}

/* Nobody has anything to say to us: what comes is thrown away. */
static gsize
reeve_sqlite_store_snapshot_data_cb (G_GNUC_UNUSED ReeveStream *stream, G_GNUC_UNUSED guint8 *data,
                                     gsize length, G_GNUC_UNUSED gpointer user_data)
{
  return length;
}

static void
reeve_sqlite_store_snapshot_drained_cb (G_GNUC_UNUSED ReeveStream *stream, gpointer user_data)
{
  ReeveSqliteStoreSnapshot *self = user_data;

  self->full = FALSE;
  reeve_sqlite_store_snapshot_go_on (self);
}

static void
reeve_sqlite_store_snapshot_stream_closed_cb (G_GNUC_UNUSED ReeveStream *stream,
                                              const GError *error, gpointer user_data)
{
  ReeveSqliteStoreSnapshot *self = user_data;

  if (self->error == NULL)
    g_set_error (&self->error, REEVE_ERROR, REEVE_ERROR_IO,
                 "the stream was closed before the copy was complete%s%s",
                 error != NULL ? ": " : "", error != NULL ? error->message : "");
  reeve_sqlite_store_snapshot_go_on (self);
}

static const ReeveStreamFuncs reeve_sqlite_store_snapshot_funcs = {
  .data = reeve_sqlite_store_snapshot_data_cb,
  .drained = reeve_sqlite_store_snapshot_drained_cb,
  .closed = reeve_sqlite_store_snapshot_stream_closed_cb,
};

/* Not from inside the signal: its handler cannot be disconnected there. */
static void
reeve_sqlite_store_snapshot_cancel (gpointer user_data)
{
  reeve_sqlite_store_snapshot_go_on (user_data);
}

static void
reeve_sqlite_store_snapshot_cancelled_cb (G_GNUC_UNUSED GCancellable *cancellable,
                                          gpointer user_data)
{
  ReeveSqliteStoreSnapshot *self = user_data;

  if (self->error == NULL)
    g_set_error_literal (&self->error, REEVE_ERROR, REEVE_ERROR_CANCELLED,
                         "the copy was cancelled");
  /* a chunk under way ends it by itself */
  if (self->busy)
    return;
  g_ref_count_inc (&self->refs);
  reeve_context_defer (reeve_sqlite_store_core_get_context (self->core),
                       reeve_sqlite_store_snapshot_cancel, self, reeve_sqlite_store_snapshot_unref);
}

void
reeve_sqlite_store_snapshot_run (ReeveSqliteStoreCore *core, GHashTable *open, ReeveStream *stream,
                                 GTask *task)
{
  ReeveSqliteStoreSnapshot *self = g_new0 (ReeveSqliteStoreSnapshot, 1);
  GHashTableIter iter;
  gpointer collection;

  g_ref_count_init (&self->refs);
  self->core = core;
  self->stream = reeve_stream_ref (stream);
  self->task = task;
  self->chunk = g_byte_array_new ();
  self->open =
      g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_sqlite_store_collection_unref);
  g_hash_table_iter_init (&iter, open);
  while (g_hash_table_iter_next (&iter, NULL, &collection))
    g_ptr_array_add (self->open, reeve_sqlite_store_collection_ref (collection));
  reeve_stream_set_funcs (stream, &reeve_sqlite_store_snapshot_funcs, self);
  if (g_task_get_cancellable (task) != NULL)
    {
      self->cancellable = g_object_ref (g_task_get_cancellable (task));
      self->cancelled_id =
          g_cancellable_connect (self->cancellable,
                                 G_CALLBACK (reeve_sqlite_store_snapshot_cancelled_cb), self, NULL);
    }
  reeve_sqlite_store_snapshot_go_on (self);
}
