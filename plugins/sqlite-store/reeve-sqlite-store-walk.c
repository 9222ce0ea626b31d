/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Rows and blocks have keys that grow with system and time. Where one cannot be read, the next
 * that can is looked for by keys ever further away, and then back towards the damage: one page that
 * is lost takes along only what lay on it.
 */

#include "config.h"

#include "reeve-sqlite-store-walk.h"

#include "reeve-sqlite-store-seal.h"

/* The key of a loose row: its system, and below that its minute. */
#define REEVE_SQLITE_STORE_WALK_MINUTE_BITS 32
#define REEVE_SQLITE_STORE_WALK_END G_MAXINT64

void
reeve_sqlite_store_walk_init (ReeveSqliteStoreWalk *self, ReeveSqliteStoreDatabase *database)
{
  *self = (ReeveSqliteStoreWalk){ .database = database };
  self->troubles = g_ptr_array_new_with_free_func (g_free);
}

void
reeve_sqlite_store_walk_clear (ReeveSqliteStoreWalk *self)
{
  g_clear_pointer (&self->troubles, g_ptr_array_unref);
}

/* ---- keys ---- */

static gboolean
reeve_sqlite_store_walk_has_keys (const ReeveSqliteStoreWalk *self)
{
  return self->table == REEVE_SQLITE_STORE_HISTORY_SAMPLE ||
         self->table == REEVE_SQLITE_STORE_HISTORY_BLOCK;
}

static gint64
reeve_sqlite_store_walk_get_key (const ReeveSqliteStoreWalk *self)
{
  gint64 first = sqlite3_column_int64 (self->rows, 0);

  return self->table == REEVE_SQLITE_STORE_HISTORY_BLOCK
             ? first
             : first << REEVE_SQLITE_STORE_WALK_MINUTE_BITS | sqlite3_column_int64 (self->rows, 1);
}

static gint64
reeve_sqlite_store_walk_get_system (const ReeveSqliteStoreWalk *self, gint64 key)
{
  return self->table == REEVE_SQLITE_STORE_HISTORY_BLOCK
             ? reeve_sqlite_store_seal_get_system (key)
             : key >> REEVE_SQLITE_STORE_WALK_MINUTE_BITS;
}

static gint64
reeve_sqlite_store_walk_get_minute (const ReeveSqliteStoreWalk *self, gint64 key)
{
  return self->table == REEVE_SQLITE_STORE_HISTORY_BLOCK
             ? reeve_sqlite_store_seal_get_begin (key)
             : key & ((G_GINT64_CONSTANT (1) << REEVE_SQLITE_STORE_WALK_MINUTE_BITS) - 1);
}

/* ---- what was passed over ---- */

/* A block's tier, which stands above its time in the order of the keys. */
static const char *
reeve_sqlite_store_walk_get_rows (const ReeveSqliteStoreWalk *self, gint64 key)
{
  static const char *const rows[] = { " (minutes)", " (ten minutes)", " (hours)" };

  return self->table == REEVE_SQLITE_STORE_HISTORY_BLOCK
             ? rows[MIN (reeve_sqlite_store_seal_get_tier (key), G_N_ELEMENTS (rows) - 1)]
             : "";
}

/* (transfer full) "system NAME at TIME (tier)" */
static char *
reeve_sqlite_store_walk_describe_key (ReeveSqliteStoreWalk *self, gint64 key)
{
  g_autofree char *time =
      reeve_sqlite_store_seal_format_minute (reeve_sqlite_store_walk_get_minute (self, key));
  sqlite3_stmt *statement =
      reeve_sqlite_store_database_query (self->database, "SELECT name FROM system WHERE id = ?1",
                                         NULL);
  const char *name = NULL;
  gboolean row;
  char *text;

  if (statement == NULL)
    return g_strdup (time);
  sqlite3_bind_int64 (statement, 1, reeve_sqlite_store_walk_get_system (self, key));
  if (reeve_sqlite_store_database_step (self->database, statement, &row, NULL) && row)
    name = (const char *) sqlite3_column_text (statement, 0);
  text = g_strdup_printf ("system %s at %s%s", name != NULL ? name : "that was removed", time,
                          reeve_sqlite_store_walk_get_rows (self, key));
  sqlite3_reset (statement);
  return text;
}

/* @end: where it goes on. */
static void
reeve_sqlite_store_walk_note (ReeveSqliteStoreWalk *self, gint64 end, const char *why)
{
  g_autofree char *from = NULL;
  g_autofree char *to = NULL;

  if (self->troubles->len >= REEVE_SQLITE_STORE_WALK_TROUBLES)
    {
      self->more_troubles++;
      return;
    }
  from = self->key > 0 ? reeve_sqlite_store_walk_describe_key (self, self->key)
                       : g_strdup ("its begin");
  to = end != REEVE_SQLITE_STORE_WALK_END ? reeve_sqlite_store_walk_describe_key (self, end)
                                          : g_strdup ("its end");
  g_ptr_array_add (self->troubles,
                   g_strdup_printf ("%s of the history from %s to %s cannot be read: %s",
                                    self->table == REEVE_SQLITE_STORE_HISTORY_BLOCK ? "blocks"
                                                                                    : "rows",
                                    from, to, why));
}

/* ---- rows ---- */

static gboolean
reeve_sqlite_store_walk_seek (ReeveSqliteStoreWalk *self, gint64 key, GError **error)
{
  self->rows =
      reeve_sqlite_store_database_query (self->database,
                                         reeve_sqlite_store_history_layouts[self->table].select,
                                         error);
  if (self->rows == NULL)
    return FALSE;
  if (self->table == REEVE_SQLITE_STORE_HISTORY_BLOCK)
    sqlite3_bind_int64 (self->rows, 1, key);
  else if (reeve_sqlite_store_walk_has_keys (self))
    {
      sqlite3_bind_int64 (self->rows, 1, reeve_sqlite_store_walk_get_system (self, key));
      sqlite3_bind_int64 (self->rows, 2, reeve_sqlite_store_walk_get_minute (self, key));
    }
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

  if (!reeve_sqlite_store_walk_has_keys (self) ||
      !g_error_matches (trouble, REEVE_ERROR, REEVE_ERROR_FAILED))
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
  if (*ret_row && reeve_sqlite_store_walk_has_keys (self))
    self->key = reeve_sqlite_store_walk_get_key (self) + 1;
  return TRUE;
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
      if (*ret_row)
        return TRUE;
      self->rows = NULL;
      self->key = 0;
      self->table++;
    }
  return TRUE;
}
