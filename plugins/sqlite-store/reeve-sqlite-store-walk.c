/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Rows and blocks have keys that grow with system and time. Where one cannot be read, the next
 * that can is looked for by keys ever further away, and then back towards the damage: one page that
 * is lost takes along only what lay on it.
 */

#include "config.h"

#include "reeve-sqlite-store-walk.h"

#include "reeve-sqlite-store-seal.h"
#include "reeve-sqlite-store-table.h"
#include "reeve-sqlite-store-text.h"

/* A key of two columns as one number. */
#define REEVE_SQLITE_STORE_WALK_PAIR_BITS 32
#define REEVE_SQLITE_STORE_WALK_END G_MAXINT64

static const char reeve_sqlite_store_walk_records[] =
    "SELECT row, record.collection, id, revision, value, key1, key2, key3, key4"
    " FROM record WHERE row >= ?1 ORDER BY row";

void
reeve_sqlite_store_walk_init (ReeveSqliteStoreWalk *self, ReeveSqliteStoreDatabase *database)
{
  *self = (ReeveSqliteStoreWalk){ .database = database, .records = TRUE };
  self->systems = g_hash_table_new (NULL, NULL);
  self->shapes = g_hash_table_new (NULL, NULL);
  self->troubles = g_ptr_array_new_with_free_func (g_free);
}

void
reeve_sqlite_store_walk_clear (ReeveSqliteStoreWalk *self)
{
  g_clear_pointer (&self->systems, g_hash_table_unref);
  g_clear_pointer (&self->shapes, g_hash_table_unref);
  g_clear_pointer (&self->troubles, g_ptr_array_unref);
}

/* ---- keys ---- */

/* Of two columns: a system and below it a number or a minute. */
static gboolean
reeve_sqlite_store_walk_has_pairs (const ReeveSqliteStoreWalk *self)
{
  return !self->records && (self->table == REEVE_SQLITE_STORE_HISTORY_SERIES ||
                            self->table == REEVE_SQLITE_STORE_HISTORY_SAMPLE);
}

static gboolean
reeve_sqlite_store_walk_has_blocks (const ReeveSqliteStoreWalk *self)
{
  return !self->records && self->table == REEVE_SQLITE_STORE_HISTORY_BLOCK;
}

static gint64
reeve_sqlite_store_walk_get_key (const ReeveSqliteStoreWalk *self)
{
  gint64 first = sqlite3_column_int64 (self->rows, 0);

  return reeve_sqlite_store_walk_has_pairs (self)
             ? first << REEVE_SQLITE_STORE_WALK_PAIR_BITS | sqlite3_column_int64 (self->rows, 1)
             : first;
}

static gint64
reeve_sqlite_store_walk_get_system (const ReeveSqliteStoreWalk *self, gint64 key)
{
  return reeve_sqlite_store_walk_has_blocks (self) ? reeve_sqlite_store_seal_get_system (key)
                                                   : key >> REEVE_SQLITE_STORE_WALK_PAIR_BITS;
}

/* The second column. */
static gint64
reeve_sqlite_store_walk_get_second (gint64 key)
{
  return key & ((G_GINT64_CONSTANT (1) << REEVE_SQLITE_STORE_WALK_PAIR_BITS) - 1);
}

/* ---- what was passed over ---- */

/* (transfer full) "TIME (tier)": a block's tier stands above its time in the order of the keys. */
static char *
reeve_sqlite_store_walk_describe_time (const ReeveSqliteStoreWalk *self, gint64 key)
{
  return reeve_sqlite_store_walk_has_blocks (self)
             ? reeve_sqlite_store_seal_format_block (key)
             : reeve_sqlite_store_seal_format_minute (reeve_sqlite_store_walk_get_second (key));
}

/* (transfer full) "NAME" of a system */
static char *
reeve_sqlite_store_walk_describe_system (ReeveSqliteStoreWalk *self, gint64 system)
{
  sqlite3_stmt *statement =
      reeve_sqlite_store_database_query (self->database, "SELECT name FROM system WHERE id = ?1",
                                         NULL);
  const char *name = NULL;
  gboolean row;
  char *text;

  if (statement == NULL)
    return g_strdup ("?");
  sqlite3_bind_int64 (statement, 1, system);
  if (reeve_sqlite_store_database_step (self->database, statement, &row, NULL) && row)
    name = (const char *) sqlite3_column_text (statement, 0);
  text = g_strdup (name != NULL ? name : "that is not known");
  sqlite3_reset (statement);
  return text;
}

/* (transfer full) "system NAME at TIME (tier)" */
static char *
reeve_sqlite_store_walk_describe_key (ReeveSqliteStoreWalk *self, gint64 key)
{
  g_autofree char *system = NULL;
  g_autofree char *time = NULL;

  if (!reeve_sqlite_store_walk_has_pairs (self) && !reeve_sqlite_store_walk_has_blocks (self))
    return g_strdup_printf ("number %" G_GINT64_FORMAT, key);
  system = reeve_sqlite_store_walk_describe_system (self,
                                                    reeve_sqlite_store_walk_get_system (self, key));
  if (self->table == REEVE_SQLITE_STORE_HISTORY_SERIES)
    return g_strdup_printf ("system %s", system);
  time = reeve_sqlite_store_walk_describe_time (self, key);
  return g_strdup_printf ("system %s at %s", system, time);
}

/* @end: where it goes on. */
static void
reeve_sqlite_store_walk_note (ReeveSqliteStoreWalk *self, gint64 end, const char *why)
{
  static const char *const what[REEVE_SQLITE_STORE_N_HISTORY] = {
    [REEVE_SQLITE_STORE_HISTORY_SYSTEM] = "systems of the history",
    [REEVE_SQLITE_STORE_HISTORY_SHAPE] = "kinds of the history",
    [REEVE_SQLITE_STORE_HISTORY_SERIES] = "series of the history",
    [REEVE_SQLITE_STORE_HISTORY_SAMPLE] = "rows of the history",
    [REEVE_SQLITE_STORE_HISTORY_BLOCK] = "blocks of the history",
  };
  g_autofree char *from = NULL;
  g_autofree char *to = NULL;

  if (self->troubles->len >= REEVE_SQLITE_STORE_WALK_TROUBLES)
    {
      self->more_troubles++;
      return;
    }
  from = self->key > 0 ? reeve_sqlite_store_walk_describe_key (self, self->key)
                       : g_strdup ("the beginning");
  to = end != REEVE_SQLITE_STORE_WALK_END ? reeve_sqlite_store_walk_describe_key (self, end)
                                          : g_strdup ("the end");
  g_ptr_array_add (self->troubles,
                   g_strdup_printf ("%s from %s to %s cannot be read: %s",
                                    self->records ? "records" : what[self->table], from, to, why));
}

/* ---- rows ---- */

static gboolean
reeve_sqlite_store_walk_seek (ReeveSqliteStoreWalk *self, gint64 key, GError **error)
{
  self->rows = reeve_sqlite_store_database_query (
      self->database,
      self->records ? reeve_sqlite_store_walk_records
                    : reeve_sqlite_store_history_layouts[self->table].select,
      error);
  if (self->rows == NULL)
    return FALSE;
  if (reeve_sqlite_store_walk_has_pairs (self))
    {
      sqlite3_bind_int64 (self->rows, 1, reeve_sqlite_store_walk_get_system (self, key));
      sqlite3_bind_int64 (self->rows, 2, reeve_sqlite_store_walk_get_second (key));
    }
  else
    sqlite3_bind_int64 (self->rows, 1, key);
  return TRUE;
}

/* Is what comes from @key on there to be read? */
static gboolean
reeve_sqlite_store_walk_probe (ReeveSqliteStoreWalk *self, gint64 key)
{
  gboolean row;
  gboolean ok = reeve_sqlite_store_walk_seek (self, key, NULL) &&
                reeve_sqlite_store_database_step (self->database, self->rows, &row, NULL);

  if (self->rows != NULL)
    sqlite3_reset (self->rows);
  return ok;
}

/* The first key behind self->key, which cannot be read, that can. */
static gint64
reeve_sqlite_store_walk_find_next (ReeveSqliteStoreWalk *self)
{
  gint64 bad = self->key, good;

  for (gint64 step = 1;; step *= 2)
    {
      if (self->key > REEVE_SQLITE_STORE_WALK_END / 2 - step)
        return REEVE_SQLITE_STORE_WALK_END;
      good = self->key + step;
      if (reeve_sqlite_store_walk_probe (self, good))
        break;
      bad = good;
    }
  while (good - bad > 1)
    {
      gint64 middle = bad + (good - bad) / 2;

      if (reeve_sqlite_store_walk_probe (self, middle))
        good = middle;
      else
        bad = middle;
    }
  return good;
}

/* TRUE: @trouble was damage, and the walk stands behind it. */
static gboolean
reeve_sqlite_store_walk_forgive (ReeveSqliteStoreWalk *self, const GError *trouble)
{
  gint64 next;

  if (!g_error_matches (trouble, REEVE_ERROR, REEVE_ERROR_FAILED))
    return FALSE;
  next = reeve_sqlite_store_walk_find_next (self);
  reeve_sqlite_store_walk_note (self, next, trouble->message);
  self->key = next;
  self->rows = NULL;
  return TRUE;
}

/* As reeve_sqlite_store_walk_next(), of this table. */
static gboolean
reeve_sqlite_store_walk_step (ReeveSqliteStoreWalk *self, gboolean *ret_row, GError **error)
{
  *ret_row = FALSE;
  if (self->key == REEVE_SQLITE_STORE_WALK_END)
    return TRUE;
  if (self->rows == NULL && !reeve_sqlite_store_walk_seek (self, self->key, error))
    return FALSE;
  if (!reeve_sqlite_store_database_step (self->database, self->rows, ret_row, error))
    return FALSE;
  if (*ret_row)
    self->key = reeve_sqlite_store_walk_get_key (self) + 1;
  return TRUE;
}

static gboolean
reeve_sqlite_store_walk_knows (GHashTable *ids, gint64 id)
{
  return g_hash_table_contains (ids, GSIZE_TO_POINTER ((gsize) id));
}

/* The texts of a row, and the value of a record, are such that a restore takes them. */
static gboolean
reeve_sqlite_store_walk_is_whole (ReeveSqliteStoreWalk *self)
{
  const ReeveSqliteStoreHistoryLayout *layout = &reeve_sqlite_store_history_layouts[self->table];
  const guint first = self->records ? 2 : layout->n_numbers;
  const guint n = self->records ? 1 : layout->n_texts;
  g_autoptr (GVariant) value = NULL;

  for (guint i = first; i < first + n; i++)
    if (!reeve_sqlite_store_text_is_whole (self->rows, (int) i))
      return FALSE;
  if (!self->records)
    return TRUE;
  if (sqlite3_column_type (self->rows, 4) != SQLITE_BLOB)
    return FALSE;
  for (int i = 5; i < 5 + REEVE_RECORDS_MAX_INDEXES; i++)
    if (sqlite3_column_type (self->rows, i) != SQLITE_NULL &&
        !reeve_sqlite_store_text_is_whole (self->rows, i))
      return FALSE;
  value = reeve_sqlite_store_table_thaw (sqlite3_column_blob (self->rows, 4),
                                         (gsize) sqlite3_column_bytes (self->rows, 4));
  return value != NULL;
}

/* The row at hand, behind which the walk stands. */
static void
reeve_sqlite_store_walk_skip (ReeveSqliteStoreWalk *self)
{
  const gint64 next = self->key;

  self->key = next - 1;
  reeve_sqlite_store_walk_note (self, next, "it has no proper text or value");
  self->key = next;
}

/* Does what the row points to come, too? */
static gboolean
reeve_sqlite_store_walk_wants_row (ReeveSqliteStoreWalk *self)
{
  gint64 first = sqlite3_column_int64 (self->rows, 0);

  if (self->records)
    return TRUE;
  switch (self->table)
    {
    case REEVE_SQLITE_STORE_HISTORY_SYSTEM:
      return g_hash_table_add (self->systems, GSIZE_TO_POINTER ((gsize) first));
    case REEVE_SQLITE_STORE_HISTORY_SHAPE:
      return g_hash_table_add (self->shapes, GSIZE_TO_POINTER ((gsize) first));
    case REEVE_SQLITE_STORE_HISTORY_SERIES:
      return reeve_sqlite_store_walk_knows (self->systems, first) &&
             reeve_sqlite_store_walk_knows (self->shapes, sqlite3_column_int64 (self->rows, 2));
    case REEVE_SQLITE_STORE_HISTORY_SAMPLE:
      return reeve_sqlite_store_walk_knows (self->systems, first);
    case REEVE_SQLITE_STORE_HISTORY_BLOCK:
      return reeve_sqlite_store_walk_knows (self->systems,
                                            reeve_sqlite_store_seal_get_system (first));
    case REEVE_SQLITE_STORE_N_HISTORY:
    default:
      return FALSE;
    }
}

static void
reeve_sqlite_store_walk_next_table (ReeveSqliteStoreWalk *self)
{
  self->rows = NULL;
  self->key = 0;
  if (self->records)
    self->records = FALSE;
  else
    self->table++;
}

gboolean
reeve_sqlite_store_walk_next (ReeveSqliteStoreWalk *self, gboolean *ret_row, GError **error)
{
  *ret_row = FALSE;
  while (self->table < REEVE_SQLITE_STORE_N_HISTORY)
    {
      g_autoptr (GError) trouble = NULL;

      if (!reeve_sqlite_store_walk_step (self, ret_row, &trouble))
        {
          if (reeve_sqlite_store_walk_forgive (self, trouble))
            continue;
          g_propagate_error (error, g_steal_pointer (&trouble));
          return FALSE;
        }
      if (!*ret_row)
        reeve_sqlite_store_walk_next_table (self);
      else if (!reeve_sqlite_store_walk_is_whole (self))
        reeve_sqlite_store_walk_skip (self);
      else if (reeve_sqlite_store_walk_wants_row (self))
        return TRUE;
    }
  return TRUE;
}
