/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Samples on their way into the file: queued with the writer, kept while the disk refuses, and what
 * was left out of them said. */

#include "config.h"

#include <string.h>

#include "reeve-sqlite-store-block.h"
#include "reeve-sqlite-store-history-private.h"

/* Systems whose limits are said; what more of them reach is not. */
#define REEVE_SQLITE_STORE_MAX_SAID 65536

/* Rows of samples that wait or are being written: some hundred bytes each. One batch goes in any
 * case. */
#define REEVE_SQLITE_STORE_MAX_ROWS_WAITING (1024 * 1024)
/* Whose sample met damage is not tried for so long: each try costs all of its batch another turn.
 */
#define REEVE_SQLITE_STORE_REFUSAL_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)
/* Systems that are known so, and how many of them one batch may find before it fails as a whole. */
#define REEVE_SQLITE_STORE_MAX_REFUSALS 4096
#define REEVE_SQLITE_STORE_MAX_TURNS 64

typedef struct
{
  gint64 until; /* monotonic */
  GError *error;
} ReeveSqliteStoreRefusal;

typedef struct
{
  char system[REEVE_SQLITE_STORE_SYSTEM_LENGTH + 1];
  ReeveSample *sample; /* NULL: forgotten meanwhile */
  /* by the writer thread: why not all of it was kept */
  ReeveSqliteStoreLimit limit;
  char *limit_kind;
  GError *error; /* the same: why nothing of it was kept, others were */
} ReeveSqliteStoreEntry;

typedef struct
{
  ReeveSqliteStoreHistory *history;
  GTask *task;
  GCancellable *cancellable;
  gulong cancelled_id;
  ReeveSqliteStoreLimits limits;
  guint64 rows;  /* of its samples */
  gint64 pushed; /* monotonic */
  guint n_turns; /* the writer thread's: begun again so often */
  gsize n;
  ReeveSqliteStoreEntry entries[];
} ReeveSqliteStoreAppend;

static void
reeve_sqlite_store_append_free (gpointer data)
{
  ReeveSqliteStoreAppend *self = data;

  for (gsize i = 0; i < self->n; i++)
    {
      g_clear_pointer (&self->entries[i].sample, reeve_sample_unref);
      g_free (self->entries[i].limit_kind);
      g_clear_error (&self->entries[i].error);
    }
  self->history->rows_waiting -= self->rows;
  g_clear_object (&self->cancellable);
  g_clear_object (&self->task);
  g_clear_object (&self->history);
  g_free (self);
}

static gboolean
reeve_sqlite_store_append_write_entry (ReeveSqliteStoreAppend *self,
                                       ReeveSqliteStoreDatabase *database,
                                       ReeveSqliteStoreEntry *entry, GError **error)
{
  ReeveSqliteStorePlace place;
  sqlite3_stmt *statement;

  if (!reeve_sqlite_store_catalogue_encode (self->history->catalogue, database, entry->system,
                                            entry->sample, &place, error))
    return FALSE;
  entry->limit = place.limit;
  if (place.limit != REEVE_SQLITE_STORE_LIMIT_NONE)
    {
      g_free (entry->limit_kind);
      entry->limit_kind = g_strdup (place.limit_kind);
    }
  if (reeve_sqlite_store_codec_is_empty (place.body))
    return TRUE;
  statement = reeve_sqlite_store_database_query (
      database,
      "INSERT INTO sample (system, minute, body) VALUES (?1, ?2, ?3)"
      " ON CONFLICT (system, minute) DO UPDATE SET body = excluded.body",
      error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, place.system);
  sqlite3_bind_int64 (statement, 2, place.minute);
  sqlite3_bind_blob64 (statement, 3, place.body->data, place.body->len, SQLITE_STATIC);
  return reeve_sqlite_store_database_run (database, statement, error);
}

static void
reeve_sqlite_store_refusal_free (gpointer data)
{
  ReeveSqliteStoreRefusal *self = data;

  g_error_free (self->error);
  g_free (self);
}

GHashTable *
reeve_sqlite_store_append_new_refusals (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, reeve_sqlite_store_refusal_free);
}

/* Damage that one of its samples met lately, or NULL. */
static const GError *
reeve_sqlite_store_append_find_refusal (ReeveSqliteStoreAppend *self, const char *system)
{
  GHashTable *refusals = self->history->refusals;
  const ReeveSqliteStoreRefusal *refusal =
      g_hash_table_size (refusals) > 0 ? g_hash_table_lookup (refusals, system) : NULL;

  if (refusal == NULL)
    return NULL;
  if (refusal->until > self->pushed)
    return refusal->error;
  g_hash_table_remove (refusals, system);
  return NULL;
}

/* FALSE: there is no end of them. @error: taken, unless so. */
static gboolean
reeve_sqlite_store_append_refuse (ReeveSqliteStoreAppend *self, const char *system, GError **error)
{
  GHashTable *refusals = self->history->refusals;
  ReeveSqliteStoreRefusal *refusal;

  if (++self->n_turns > REEVE_SQLITE_STORE_MAX_TURNS ||
      g_hash_table_size (refusals) >= REEVE_SQLITE_STORE_MAX_REFUSALS)
    return FALSE;
  refusal = g_new0 (ReeveSqliteStoreRefusal, 1);
  refusal->until = self->pushed + REEVE_SQLITE_STORE_REFUSAL_US;
  refusal->error = g_steal_pointer (error);
  g_hash_table_replace (refusals, g_strdup (system), refusal);
  return TRUE;
}

/* After damage SQLite takes nothing more in a transaction: what met it is refused from then on, and
 * the others begin again. */
static gboolean
reeve_sqlite_store_append_write (ReeveSqliteStoreDatabase *database, gpointer data, GError **error)
{
  ReeveSqliteStoreAppend *self = data;

  reeve_sqlite_store_catalogue_begin (self->history->catalogue, database, &self->limits);
  for (gsize i = 0; i < self->n; i++)
    {
      ReeveSqliteStoreEntry *entry = &self->entries[i];
      const GError *refused = reeve_sqlite_store_append_find_refusal (self, entry->system);
      g_autoptr (GError) trouble = NULL;

      g_clear_error (&entry->error);
      if (entry->sample != NULL && refused != NULL)
        entry->error = g_error_copy (refused);
      if (entry->sample == NULL || refused != NULL ||
          reeve_sqlite_store_append_write_entry (self, database, entry, &trouble))
        continue;
      if (reeve_sqlite_store_database_is_passing (trouble) ||
          !reeve_sqlite_store_append_refuse (self, entry->system, &trouble))
        g_propagate_error (error, g_steal_pointer (&trouble));
      return FALSE;
    }
  return TRUE;
}

/* (transfer full) */
static char *
reeve_sqlite_store_append_describe_limit (const ReeveSqliteStoreLimits *limits,
                                          ReeveSqliteStoreLimit limit, const char *kind)
{
  switch (limit)
    {
    case REEVE_SQLITE_STORE_LIMIT_INSTANCES:
      return g_strdup_printf ("more than %u instances of %s", limits->instances, kind);
    case REEVE_SQLITE_STORE_LIMIT_KINDS:
      return g_strdup_printf ("more than %u kinds, %s is one more", limits->kinds, kind);
    case REEVE_SQLITE_STORE_LIMIT_SERIES:
      return g_strdup_printf ("more than %d series", REEVE_SQLITE_STORE_MAX_SERIES);
    case REEVE_SQLITE_STORE_LIMIT_SHAPES:
      return g_strdup_printf ("more than %u versions of its kinds, one of %s is one more",
                              limits->kinds * REEVE_SQLITE_STORE_KIND_SHAPES, kind);
    case REEVE_SQLITE_STORE_LIMIT_GRID:
      return g_strdup_printf ("more than %d values to be sealed at a time",
                              REEVE_SQLITE_STORE_MAX_GRID);
    case REEVE_SQLITE_STORE_LIMIT_BLOCK:
      return g_strdup_printf ("more than %d bytes in a block of its history",
                              REEVE_SQLITE_STORE_MAX_BLOCK);
    case REEVE_SQLITE_STORE_LIMIT_BODY:
    case REEVE_SQLITE_STORE_LIMIT_NONE:
    default:
      return g_strdup_printf ("more than %d bytes of values in a minute",
                              REEVE_SQLITE_STORE_MAX_BODY);
    }
}

void
reeve_sqlite_store_append_say_limit (ReeveSqliteStoreHistory *self, const char *system,
                                     ReeveSqliteStoreLimit reached, const char *kind)
{
  ReeveContext *context = reeve_sqlite_store_core_get_context (self->core);
  guint said = GPOINTER_TO_UINT (g_hash_table_lookup (self->said, system));
  g_autofree char *limit = NULL;

  if ((said & 1u << reached) != 0 ||
      (said == 0 && g_hash_table_size (self->said) >= REEVE_SQLITE_STORE_MAX_SAID))
    return;
  g_hash_table_insert (self->said, g_strdup (system), GUINT_TO_POINTER (said | 1u << reached));
  limit = reeve_sqlite_store_append_describe_limit (&self->limits, reached, kind);
  reeve_log_warning (context, "system %s has %s: what is beyond is not kept", system, limit);
  reeve_context_emit (context, REEVE_SEVERITY_WARNING, "store", system, NULL,
                      "%s: what is beyond is not kept", limit);
}

/* Names what was not kept; the error of a batch of which nothing was, or NULL. */
static const GError *
reeve_sqlite_store_append_say_lost (ReeveSqliteStoreAppend *self)
{
  const GError *error = NULL;
  gboolean kept = FALSE;

  for (gsize i = 0; i < self->n; i++)
    {
      const ReeveSqliteStoreEntry *entry = &self->entries[i];
      g_autofree char *text = NULL;

      kept |= entry->error == NULL;
      if (entry->error == NULL)
        continue;
      error = entry->error;
      text = g_strdup_printf ("samples of system %s cannot be kept: %s", entry->system,
                              entry->error->message);
      reeve_sqlite_store_history_say_once (self->history, text);
    }
  return kept ? NULL : error;
}

static void
reeve_sqlite_store_append_done (gpointer data, const GError *error)
{
  ReeveSqliteStoreAppend *self = data;

  g_cancellable_disconnect (self->cancellable, self->cancelled_id);
  self->cancelled_id = 0;
  if (error == NULL)
    error = reeve_sqlite_store_append_say_lost (self);
  if (error != NULL)
    {
      g_task_return_error (self->task, g_error_copy (error));
      return;
    }
  for (gsize i = 0; i < self->n; i++)
    if (self->entries[i].limit != REEVE_SQLITE_STORE_LIMIT_NONE)
      reeve_sqlite_store_append_say_limit (self->history, self->entries[i].system,
                                           self->entries[i].limit, self->entries[i].limit_kind);
  g_task_return_boolean (self->task, TRUE);
}

static const ReeveSqliteStoreWriteClass reeve_sqlite_store_append_class = {
  .line = REEVE_SQLITE_STORE_LINE_HISTORY,
  .flags = REEVE_SQLITE_STORE_WRITE_KEEP,
  .write = reeve_sqlite_store_append_write,
  .done = reeve_sqlite_store_append_done,
  .free = reeve_sqlite_store_append_free,
};

/* Nobody waits any more, or the store is about to stop: what there is goes at once and is kept. */
static void
reeve_sqlite_store_append_cancelled_cb (G_GNUC_UNUSED GCancellable *cancellable, gpointer user_data)
{
  ReeveSqliteStoreHistory *self = user_data;

  reeve_sqlite_store_writer_flush (reeve_sqlite_store_history_get_writer (self));
}

static gboolean
reeve_sqlite_store_append_has_room (ReeveSqliteStoreHistory *self, guint64 rows, GError **error)
{
  if (self->rows_waiting == 0 || self->rows_waiting + rows <= REEVE_SQLITE_STORE_MAX_ROWS_WAITING)
    return TRUE;
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT,
               "%" G_GUINT64_FORMAT " rows of samples wait to be written to %s already%s",
               self->rows_waiting, reeve_sqlite_store_core_get_path (self->core),
               reeve_sqlite_store_writer_is_stuck (reeve_sqlite_store_history_get_writer (self))
                   ? ", which fails: see the log"
                   : ", which is too slow: try again later");
  return FALSE;
}

gboolean
reeve_sqlite_store_append_push (ReeveSqliteStoreHistory *self, const ReeveHistoryEntry *entries,
                                gsize n, GCancellable *cancellable, GTask *task, GError **error)
{
  ReeveSqliteStoreAppend *append;
  guint64 rows = 0;

  for (gsize i = 0; i < n; i++)
    rows += reeve_sample_get_n_rows (entries[i].sample);
  if (!reeve_sqlite_store_append_has_room (self, rows, error))
    return FALSE;
  self->rows_waiting += rows;
  append = g_malloc0 (sizeof *append + n * sizeof append->entries[0]);
  append->history = g_object_ref (self);
  append->task = g_object_ref (task);
  append->limits = self->limits;
  append->rows = rows;
  append->pushed = reeve_clock_get_monotonic (
      reeve_context_get_clock (reeve_sqlite_store_core_get_context (self->core)));
  append->n = n;
  for (gsize i = 0; i < n; i++)
    {
      memcpy (append->entries[i].system, entries[i].system, REEVE_SQLITE_STORE_SYSTEM_LENGTH);
      append->entries[i].sample = reeve_sample_ref (entries[i].sample);
    }
  if (!reeve_sqlite_store_writer_push (reeve_sqlite_store_history_get_writer (self),
                                       &reeve_sqlite_store_append_class, append, (guint) n, error))
    return FALSE;
  if (cancellable == NULL)
    return TRUE;
  append->cancellable = g_object_ref (cancellable);
  append->cancelled_id =
      g_cancellable_connect (cancellable, G_CALLBACK (reeve_sqlite_store_append_cancelled_cb), self,
                             NULL);
  return TRUE;
}

/* An append that waits must not bring it back. */
static void
reeve_sqlite_store_append_drop_entries (gpointer data, gpointer user_data)
{
  ReeveSqliteStoreAppend *append = data;

  for (gsize i = 0; i < append->n; i++)
    if (strcmp (append->entries[i].system, user_data) == 0)
      g_clear_pointer (&append->entries[i].sample, reeve_sample_unref);
}

void
reeve_sqlite_store_append_forget (ReeveSqliteStoreHistory *self, const char *system)
{
  reeve_sqlite_store_writer_foreach (reeve_sqlite_store_history_get_writer (self),
                                     &reeve_sqlite_store_append_class,
                                     reeve_sqlite_store_append_drop_entries, (gpointer) system);
  g_hash_table_remove (self->said, system);
}
