/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Old rows, and all rows of systems that were removed. A system that goes first loses its name, in
 * one small change; the rest follows in slices and, after a crash, with the next sweep.
 */

#include "config.h"

#include "reeve-sqlite-store-sweep.h"

/* Before every minute: all rows. */
#define REEVE_SQLITE_STORE_ALL G_MAXINT64

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

/* *@room is 0 afterwards when there may be more. */
static gboolean
reeve_sqlite_store_sweep_system (ReeveSqliteStoreDatabase *database,
                                 ReeveSqliteStoreCatalogue *catalogue, const gint64 system[2],
                                 gint64 cutoff, gint64 *room, GError **error)
{
  gboolean named = system[1] != 0;
  gboolean any;

  if (!reeve_sqlite_store_sweep_rows (database, system[0], named ? cutoff : REEVE_SQLITE_STORE_ALL,
                                      room, error))
    return FALSE;
  if (*room <= 0)
    return TRUE;
  if (!named)
    return reeve_sqlite_store_sweep_end_system (database, system[0], error);
  /* rows of a series' newest day may count for the minute after it */
  if (!reeve_sqlite_store_sweep_series (database, system[0],
                                        cutoff / REEVE_SQLITE_STORE_DAY_MINUTES - 1, &any, error))
    return FALSE;
  if (any)
    reeve_sqlite_store_catalogue_drop_system (catalogue, system[0]);
  return TRUE;
}

gboolean
reeve_sqlite_store_sweep_slice (ReeveSqliteStoreDatabase *database,
                                ReeveSqliteStoreCatalogue *catalogue, gint64 cutoff, gint64 *cursor,
                                GError **error)
{
  g_autoptr (GArray) systems = reeve_sqlite_store_sweep_list (database, *cursor, error);
  gint64 room = REEVE_SQLITE_STORE_SLICE_ROWS;

  if (systems == NULL)
    return FALSE;
  for (guint i = 0; i < systems->len; i++)
    {
      const gint64 *system = (const gint64 *) (gpointer) systems->data + 2 * i;

      if (!reeve_sqlite_store_sweep_system (database, catalogue, system, cutoff, &room, error))
        return FALSE;
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
  return reeve_sqlite_store_sweep_shapes (database, catalogue, error);
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

gboolean
reeve_sqlite_store_sweep_remove (ReeveSqliteStoreDatabase *database, gint64 id, gboolean *ret_more,
                                 GError **error)
{
  gint64 room = REEVE_SQLITE_STORE_SLICE_ROWS;

  if (!reeve_sqlite_store_sweep_rows (database, id, REEVE_SQLITE_STORE_ALL, &room, error))
    return FALSE;
  *ret_more = room <= 0;
  return *ret_more || reeve_sqlite_store_sweep_end_system (database, id, error);
}
