/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Hours that are over, old blocks, and all that is left of systems that were removed. A system that
 * goes first loses its name, in one small change; the rest follows in slices and, after a crash,
 * with the next sweep.
 */

#include "config.h"

#include "reeve-sqlite-store-sweep.h"

#include "reeve-sqlite-store-seal.h"

/* Before every minute: all rows. */
#define REEVE_SQLITE_STORE_ALL G_MAXINT64
/* The cursor when only pages are left to be given back. */
#define REEVE_SQLITE_STORE_AFTER_ALL G_MAXINT64

static gboolean
reeve_sqlite_store_sweep_run2 (ReeveSqliteStoreDatabase *database, const char *sql, gint64 first,
                               gint64 second, GError **error)
{
  sqlite3_stmt *statement = reeve_sqlite_store_database_query (database, sql, error);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, first);
  if (sqlite3_bind_parameter_count (statement) > 1)
    sqlite3_bind_int64 (statement, 2, second);
  return reeve_sqlite_store_database_run (database, statement, error);
}

/* The @room oldest rows before @limit at most; takes what it deleted from *@room. */
static gboolean
reeve_sqlite_store_sweep_rows (ReeveSqliteStoreDatabase *database, gint64 system, gint64 limit,
                               gint64 *room, GError **error)
{
  gint64 before = reeve_sqlite_store_database_get_changes (database);
  sqlite3_stmt *statement = reeve_sqlite_store_database_query (
      database,
      "SELECT minute FROM sample WHERE system = ?1 AND minute < ?2 ORDER BY minute"
      " LIMIT 1 OFFSET ?3",
      error);
  gboolean row;

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, system);
  sqlite3_bind_int64 (statement, 2, limit);
  sqlite3_bind_int64 (statement, 3, *room);
  if (!reeve_sqlite_store_database_step (database, statement, &row, error))
    return FALSE;
  if (row)
    limit = sqlite3_column_int64 (statement, 0);
  sqlite3_reset (statement);
  if (!reeve_sqlite_store_sweep_run2 (database,
                                      "DELETE FROM sample WHERE system = ?1 AND minute < ?2",
                                      system, limit, error))
    return FALSE;
  *room -= reeve_sqlite_store_database_get_changes (database) - before;
  return TRUE;
}

/* Blocks with an id from @first to before @end, the oldest first, as many as there is room for;
 * none is left when there is room afterwards. */
static gboolean
reeve_sqlite_store_sweep_blocks (ReeveSqliteStoreDatabase *database, gint64 first, gint64 end,
                                 gint64 *room, GError **error)
{
  const gint64 most = MAX (*room / REEVE_SQLITE_STORE_BLOCK_WEIGHT, 1);
  gint64 before = reeve_sqlite_store_database_get_changes (database);
  gint64 gone;
  sqlite3_stmt *statement = reeve_sqlite_store_database_query (
      database,
      "DELETE FROM block WHERE id IN (SELECT id FROM block WHERE id >= ?1 AND id < ?2"
      " ORDER BY id LIMIT ?3)",
      error);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, first);
  sqlite3_bind_int64 (statement, 2, end);
  sqlite3_bind_int64 (statement, 3, most);
  if (!reeve_sqlite_store_database_run (database, statement, error))
    return FALSE;
  gone = reeve_sqlite_store_database_get_changes (database) - before;
  /* what is too little for one more block is no room */
  *room = gone == most ? 0 : *room - gone * REEVE_SQLITE_STORE_BLOCK_WEIGHT;
  return TRUE;
}

/* All that was measured of @system. */
static gboolean
reeve_sqlite_store_sweep_all (ReeveSqliteStoreDatabase *database, gint64 system, gint64 *room,
                              GError **error)
{
  return reeve_sqlite_store_sweep_rows (database, system, REEVE_SQLITE_STORE_ALL, room, error) &&
         (*room <= 0 ||
          reeve_sqlite_store_sweep_blocks (
              database, reeve_sqlite_store_seal_get_id (system, 0, 0),
              reeve_sqlite_store_seal_get_end (system, REEVE_SQLITE_STORE_N_TIERS - 1), room,
              error));
}

/* Series last seen before @day; returns in *@ret_any whether there were some. */
static gboolean
reeve_sqlite_store_sweep_series (ReeveSqliteStoreDatabase *database, gint64 system, gint64 day,
                                 gboolean *ret_any, GError **error)
{
  gint64 before = reeve_sqlite_store_database_get_changes (database);

  if (!reeve_sqlite_store_sweep_run2 (database, "DELETE FROM series WHERE system = ?1 AND day < ?2",
                                      system, day, error))
    return FALSE;
  *ret_any = reeve_sqlite_store_database_get_changes (database) > before;
  return TRUE;
}

static gboolean
reeve_sqlite_store_sweep_end_system (ReeveSqliteStoreDatabase *database, gint64 system,
                                     GError **error)
{
  gboolean any;

  return reeve_sqlite_store_sweep_series (database, system, REEVE_SQLITE_STORE_ALL, &any, error) &&
         reeve_sqlite_store_sweep_run2 (database, "DELETE FROM system WHERE id = ?1", system, 0,
                                        error);
}

static gboolean
reeve_sqlite_store_sweep_shapes (ReeveSqliteStoreDatabase *database,
                                 ReeveSqliteStoreCatalogue *catalogue, GError **error)
{
  gint64 before = reeve_sqlite_store_database_get_changes (database);
  sqlite3_stmt *statement =
      reeve_sqlite_store_database_query (database,
                                         "DELETE FROM shape WHERE NOT EXISTS"
                                         " (SELECT 1 FROM series WHERE series.shape = shape.id)",
                                         error);

  if (statement == NULL || !reeve_sqlite_store_database_run (database, statement, error))
    return FALSE;
  if (reeve_sqlite_store_database_get_changes (database) > before)
    reeve_sqlite_store_catalogue_drop_all (catalogue);
  return TRUE;
}

/* The systems of a slice: pairs of id and "is named". (transfer full) */
static GArray *
reeve_sqlite_store_sweep_list (ReeveSqliteStoreDatabase *database, gint64 cursor, GError **error)
{
  sqlite3_stmt *statement = reeve_sqlite_store_database_query (
      database, "SELECT id, name IS NOT NULL FROM system WHERE id > ?1 ORDER BY id LIMIT ?2",
      error);
  g_autoptr (GArray) systems = g_array_new (FALSE, FALSE, 2 * sizeof (gint64));
  gboolean row;

  if (statement == NULL)
    return NULL;
  sqlite3_bind_int64 (statement, 1, cursor);
  sqlite3_bind_int64 (statement, 2, REEVE_SQLITE_STORE_SLICE_SYSTEMS);
  do
    {
      if (!reeve_sqlite_store_database_step (database, statement, &row, error))
        return NULL;
      if (row)
        {
          gint64 system[2] = { sqlite3_column_int64 (statement, 0),
                               sqlite3_column_int64 (statement, 1) };

          g_array_append_vals (systems, system, 1);
        }
    }
  while (row);
  return g_steal_pointer (&systems);
}

typedef struct
{
  ReeveSqliteStoreDatabase *database;
  ReeveSqliteStoreCatalogue *catalogue;
  const ReeveSqliteStoreSweepTimes *times;
  ReeveSqliteStoreSealer *sealer;
  ReeveSqliteStoreDamage *damage;
  ReeveSqliteStorePart part; /* at hand */
} ReeveSqliteStoreSlice;

/* Series that no row and block of @system has any more. */
static gboolean
reeve_sqlite_store_slice_drop_series (ReeveSqliteStoreSlice *self, gint64 system, GError **error)
{
  gint64 oldest = self->times->cutoff[0];
  gboolean any;

  for (guint tier = 1; tier < REEVE_SQLITE_STORE_N_TIERS; tier++)
    oldest = MIN (oldest, self->times->cutoff[tier]);
  /* blocks go when their newest row does */
  oldest = reeve_sqlite_store_seal_get_begin (
      reeve_sqlite_store_seal_get_id (0, REEVE_SQLITE_STORE_N_TIERS - 1, MAX (oldest, 0)));
  if (!reeve_sqlite_store_sweep_series (self->database, system,
                                        oldest / REEVE_SQLITE_STORE_DAY_MINUTES - 1, &any, error))
    return FALSE;
  if (any)
    reeve_sqlite_store_catalogue_drop_system (self->catalogue, system);
  return TRUE;
}

/* (transfer full) */
static char *
reeve_sqlite_store_slice_name_system (ReeveSqliteStoreSlice *self, gint64 system)
{
  sqlite3_stmt *statement =
      reeve_sqlite_store_database_query (self->database, "SELECT name FROM system WHERE id = ?1",
                                         NULL);
  char *name = NULL;
  gboolean row;

  if (statement == NULL)
    return g_strdup ("?");
  sqlite3_bind_int64 (statement, 1, system);
  if (reeve_sqlite_store_database_step (self->database, statement, &row, NULL) && row)
    name = g_strdup ((const char *) sqlite3_column_text (statement, 0));
  sqlite3_reset (statement);
  return name != NULL ? name : g_strdup ("that was removed");
}

static gboolean
reeve_sqlite_store_slice_seal (ReeveSqliteStoreSlice *self, gint64 system, gint64 *room,
                               GError **error)
{
  gboolean ok =
      reeve_sqlite_store_sealer_run (self->sealer, system, self->times->seal, room, error);
  guint limits = reeve_sqlite_store_sealer_take_limits (self->sealer);

  for (guint limit = 0; limits >> limit != 0; limit++)
    if ((limits >> limit & 1) != 0 && self->damage->reached->len < REEVE_SQLITE_STORE_MAX_DAMAGED)
      {
        ReeveSqliteStoreReached *reached = g_new0 (ReeveSqliteStoreReached, 1);

        reached->system = reeve_sqlite_store_slice_name_system (self, system);
        reached->limit = limit;
        g_ptr_array_add (self->damage->reached, reached);
      }
  return ok;
}

/* Whole blocks that lie before the cutoff of their tier. */
static gboolean
reeve_sqlite_store_slice_drop_blocks (ReeveSqliteStoreSlice *self, gint64 system, gint64 *room,
                                      GError **error)
{
  const gboolean back = self->part >= REEVE_SQLITE_STORE_PART_BACK;
  const guint tier =
      self->part - (back ? REEVE_SQLITE_STORE_PART_BACK : REEVE_SQLITE_STORE_PART_TIERS);
  const gint64 first = reeve_sqlite_store_seal_get_id (system, tier, 0);
  const gint64 end =
      reeve_sqlite_store_seal_get_id (system, tier, MAX (self->times->cutoff[tier], 0));
  const guint parts = GPOINTER_TO_UINT (g_hash_table_lookup (self->damage->systems, &system));
  gint64 before = reeve_sqlite_store_database_get_changes (self->database);

  if (!back)
    return reeve_sqlite_store_sweep_blocks (self->database, first, end, room, error);
  if ((parts >> (REEVE_SQLITE_STORE_PART_TIERS + tier) & 1) == 0)
    return TRUE;
  /* one at a time: the next may be the one that cannot be read */
  if (!reeve_sqlite_store_sweep_run2 (self->database,
                                      "DELETE FROM block WHERE id = (SELECT max (id) FROM block"
                                      " WHERE id >= ?1 AND id < ?2)",
                                      first, end, error))
    return FALSE;
  if (reeve_sqlite_store_database_get_changes (self->database) > before)
    *room = 0;
  return TRUE;
}

/* The part at hand. */
static gboolean
reeve_sqlite_store_slice_run_part (ReeveSqliteStoreSlice *self, gint64 system, gint64 *room,
                                   GError **error)
{
  switch (self->part)
    {
    case REEVE_SQLITE_STORE_PART_SEAL:
      return reeve_sqlite_store_slice_seal (self, system, room, error);
    case REEVE_SQLITE_STORE_PART_ROWS:
      return reeve_sqlite_store_sweep_rows (self->database, system,
                                            MIN (self->times->cutoff[0], self->times->seal), room,
                                            error);
    case REEVE_SQLITE_STORE_PART_SERIES:
      return reeve_sqlite_store_slice_drop_series (self, system, error);
    case REEVE_SQLITE_STORE_PART_TIERS:
    case REEVE_SQLITE_STORE_PART_BACK:
    case REEVE_SQLITE_STORE_N_PARTS:
    default:
      return reeve_sqlite_store_slice_drop_blocks (self, system, room, error);
    }
}

static gboolean
reeve_sqlite_store_slice_is_damaged (ReeveSqliteStoreSlice *self, gint64 system)
{
  guint parts = GPOINTER_TO_UINT (g_hash_table_lookup (self->damage->systems, &system));

  return (parts >> self->part & 1) != 0;
}

/* *@room is 0 or less afterwards when there may be more. */
static gboolean
reeve_sqlite_store_sweep_system (ReeveSqliteStoreSlice *slice, const gint64 system[2], gint64 *room,
                                 GError **error)
{
  const gboolean named = system[1] != 0;

  slice->part = REEVE_SQLITE_STORE_PART_SEAL;
  if (!named)
    return reeve_sqlite_store_slice_is_damaged (slice, system[0]) ||
           (reeve_sqlite_store_sweep_all (slice->database, system[0], room, error) &&
            (*room <= 0 ||
             reeve_sqlite_store_sweep_end_system (slice->database, system[0], error)));
  /* sealed first: what is too old for its own tier may still be rolled up */
  for (; slice->part<REEVE_SQLITE_STORE_N_PARTS && * room> 0; slice->part++)
    if (!reeve_sqlite_store_slice_is_damaged (slice, system[0]) &&
        !reeve_sqlite_store_slice_run_part (slice, system[0], room, error))
      return FALSE;
  return TRUE;
}

/* Says of @system what made it fail. */
static void
reeve_sqlite_store_slice_note_damage (ReeveSqliteStoreSlice *self, gint64 system,
                                      const GError *damage)
{
  gint64 bad = self->part == REEVE_SQLITE_STORE_PART_SEAL
                   ? reeve_sqlite_store_sealer_get_bad (self->sealer)
                   : 0;
  guint parts = GPOINTER_TO_UINT (g_hash_table_lookup (self->damage->systems, &system));
  g_autofree char *name = reeve_sqlite_store_slice_name_system (self, system);
  g_autofree char *block = bad != 0 ? reeve_sqlite_store_seal_format_block (bad) : NULL;

  if (bad != 0 && g_hash_table_size (self->damage->blocks) < REEVE_SQLITE_STORE_MAX_DAMAGED)
    {
      g_hash_table_add (self->damage->blocks, g_memdup2 (&bad, sizeof bad));
      g_ptr_array_add (self->damage->texts,
                       g_strdup_printf ("history of system %s in the block from %s on is lost, and "
                                        "nothing more can be sealed there: %s",
                                        name, block, damage->message));
      return;
    }
  if (parts == 0 && g_hash_table_size (self->damage->systems) >= REEVE_SQLITE_STORE_MAX_DAMAGED)
    return;
  g_hash_table_replace (self->damage->systems, g_memdup2 (&system, sizeof system),
                        GUINT_TO_POINTER (parts | 1u << self->part));
  g_ptr_array_add (self->damage->texts,
                   g_strdup_printf ("history of system %s cannot be sealed or cleared: %s", name,
                                    damage->message));
}

static void
reeve_sqlite_store_reached_free (gpointer data)
{
  ReeveSqliteStoreReached *self = data;

  g_free (self->system);
  g_free (self);
}

ReeveSqliteStoreDamage *
reeve_sqlite_store_damage_new (void)
{
  ReeveSqliteStoreDamage *self = g_new0 (ReeveSqliteStoreDamage, 1);

  self->systems = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  self->blocks = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  self->texts = g_ptr_array_new_with_free_func (g_free);
  self->reached = g_ptr_array_new_with_free_func (reeve_sqlite_store_reached_free);
  return self;
}

void
reeve_sqlite_store_damage_free (ReeveSqliteStoreDamage *self)
{
  g_hash_table_unref (self->systems);
  g_hash_table_unref (self->blocks);
  g_ptr_array_unref (self->texts);
  g_ptr_array_unref (self->reached);
  g_free (self);
}

void
reeve_sqlite_store_damage_end_sweep (ReeveSqliteStoreDamage *self)
{
  g_hash_table_remove_all (self->systems);
  g_ptr_array_set_size (self->texts, 0);
  self->n_sweeps = (self->n_sweeps + 1) % REEVE_SQLITE_STORE_DAMAGED_SWEEPS;
  if (self->n_sweeps == 0)
    g_hash_table_remove_all (self->blocks);
}

/* Pages that are free go back to the file system, some at a time; *@ret_more: there are more. A
 * file that was made without this ability keeps them for later. */
static gboolean
reeve_sqlite_store_sweep_shrink (ReeveSqliteStoreDatabase *database, gboolean *ret_more,
                                 GError **error)
{
  g_autofree char *pragma =
      g_strdup_printf ("PRAGMA incremental_vacuum (%d)", REEVE_SQLITE_STORE_SLICE_PAGES);
  guint pages, free_pages;

  *ret_more = FALSE;
  if (!reeve_sqlite_store_database_get_free_pages (database, &pages, &free_pages, error))
    return FALSE;
  if (free_pages <= REEVE_SQLITE_STORE_SPARE_PAGES ||
      free_pages <= pages / REEVE_SQLITE_STORE_SPARE_SHARE)
    return TRUE;
  *ret_more = TRUE;
  return reeve_sqlite_store_database_exec (database, pragma, error);
}

gboolean
reeve_sqlite_store_sweep_slice (ReeveSqliteStoreDatabase *database,
                                ReeveSqliteStoreCatalogue *catalogue,
                                const ReeveSqliteStoreSweepTimes *times, gint64 *cursor,
                                ReeveSqliteStoreDamage *damage, GError **error)
{
  g_autoptr (GArray) systems = reeve_sqlite_store_sweep_list (database, *cursor, error);
  g_autoptr (ReeveSqliteStoreSealer) sealer =
      reeve_sqlite_store_sealer_new (database, damage->blocks, times->cutoff[0]);
  ReeveSqliteStoreSlice slice = { database, catalogue, times, sealer, damage, 0 };
  gint64 room = REEVE_SQLITE_STORE_SLICE_ROWS;
  gboolean more;

  if (systems == NULL)
    return FALSE;
  for (guint i = 0; i < systems->len; i++)
    {
      const gint64 *system = (const gint64 *) (gpointer) systems->data + 2 * i;

      g_autoptr (GError) trouble = NULL;

      if (!reeve_sqlite_store_sweep_system (&slice, system, &room, &trouble))
        {
          if (g_error_matches (trouble, REEVE_ERROR, REEVE_ERROR_FAILED))
            reeve_sqlite_store_slice_note_damage (&slice, system[0], trouble);
          g_propagate_error (error, g_steal_pointer (&trouble));
          return FALSE;
        }
      if (room <= 0)
        {
          *cursor = system[0] - 1;
          return TRUE;
        }
      *cursor = system[0];
    }
  if (systems->len == REEVE_SQLITE_STORE_SLICE_SYSTEMS)
    return TRUE;
  *cursor = 0;
  if (!reeve_sqlite_store_sweep_shapes (database, catalogue, error) ||
      !reeve_sqlite_store_sweep_shrink (database, &more, error))
    return FALSE;
  if (more)
    *cursor = REEVE_SQLITE_STORE_AFTER_ALL;
  return TRUE;
}

gboolean
reeve_sqlite_store_sweep_unname (ReeveSqliteStoreDatabase *database,
                                 ReeveSqliteStoreCatalogue *catalogue, const char *system,
                                 gint64 *ret_id, GError **error)
{
  sqlite3_stmt *statement = reeve_sqlite_store_database_query (
      database, "UPDATE system SET name = NULL WHERE name = ?1 RETURNING id", error);
  gboolean row;

  *ret_id = 0;
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_text (statement, 1, system, -1, SQLITE_STATIC);
  if (!reeve_sqlite_store_database_step (database, statement, &row, error))
    return FALSE;
  if (row)
    {
      *ret_id = sqlite3_column_int64 (statement, 0);
      sqlite3_reset (statement);
      reeve_sqlite_store_catalogue_drop_system (catalogue, *ret_id);
    }
  return TRUE;
}

/* Numbers are given again: has @id no name still? */
static gboolean
reeve_sqlite_store_sweep_is_unnamed (ReeveSqliteStoreDatabase *database, gint64 id,
                                     gboolean *ret_unnamed, GError **error)
{
  sqlite3_stmt *statement =
      reeve_sqlite_store_database_query (database,
                                         "SELECT 1 FROM system WHERE id = ?1 AND name IS NULL",
                                         error);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, id);
  if (!reeve_sqlite_store_database_step (database, statement, ret_unnamed, error))
    return FALSE;
  sqlite3_reset (statement);
  return TRUE;
}

/* Loose rows and blocks. */
static gboolean
reeve_sqlite_store_sweep_count (ReeveSqliteStoreDatabase *database, gint64 id, guint64 *ret_n,
                                GError **error)
{
  sqlite3_stmt *statement = reeve_sqlite_store_database_query (
      database,
      "SELECT (SELECT count (*) FROM sample WHERE system = ?1)"
      " + (SELECT count (*) FROM block WHERE id >= ?2 AND id < ?3)",
      error);
  gboolean row;

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, id);
  sqlite3_bind_int64 (statement, 2, reeve_sqlite_store_seal_get_id (id, 0, 0));
  sqlite3_bind_int64 (statement, 3,
                      reeve_sqlite_store_seal_get_end (id, REEVE_SQLITE_STORE_N_TIERS - 1));
  if (!reeve_sqlite_store_database_step (database, statement, &row, error))
    return FALSE;
  *ret_n = row ? (guint64) sqlite3_column_int64 (statement, 0) : 0;
  sqlite3_reset (statement);
  return TRUE;
}

gboolean
reeve_sqlite_store_sweep_remove (ReeveSqliteStoreDatabase *database, gint64 id,
                                 guint64 *ret_deleted, guint64 *ret_left, GError **error)
{
  gint64 before = reeve_sqlite_store_database_get_changes (database);
  gint64 room = REEVE_SQLITE_STORE_SLICE_ROWS;
  gboolean unnamed;

  *ret_deleted = *ret_left = 0;
  if (!reeve_sqlite_store_sweep_is_unnamed (database, id, &unnamed, error))
    return FALSE;
  if (!unnamed)
    return TRUE;
  if (!reeve_sqlite_store_sweep_all (database, id, &room, error) ||
      !reeve_sqlite_store_sweep_count (database, id, ret_left, error))
    return FALSE;
  *ret_deleted = (guint64) (reeve_sqlite_store_database_get_changes (database) - before);
  return *ret_left > 0 || reeve_sqlite_store_sweep_end_system (database, id, error);
}
