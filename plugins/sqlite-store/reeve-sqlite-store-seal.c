/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Sealing appends: the segments that a block has already are not touched. Where many small ones
 * have come together (roll-ups of single hours, late rows), they are read and written again as one;
 * for roll-ups the last such time is when the next block begins.
 *
 * An hour whose roll-up stands but whose minutes are gone is closed: what still comes for it is
 * dropped, since the roll-up knows more.
 */

#include "config.h"

#include "reeve-sqlite-store-seal.h"

#include <math.h>
#include <string.h>

#include "reeve-sqlite-store-catalogue.h"
#include "reeve-sqlite-store-shape.h"
#include "reeve-sqlite-store-text.h"

#define REEVE_SQLITE_STORE_TIER_BITS 24
#define REEVE_SQLITE_STORE_SYSTEM_BITS 26

struct _ReeveSqliteStoreSealer
{
  ReeveSqliteStoreDatabase *database;
  GHashTable *shapes; /* by id: GPtrArray of ReeveSqliteStoreColumn */
  GHashTable *lost;   /* set of blocks that are left alone, not owned */
  gint64 kept;        /* minutes before this are too old for their tier */
  guint limits;       /* reached, a bit for each */
  gint64 bad;         /* the block that was at hand when it failed, 0: none */
  gint64 system;      /* whose series are below, 0: none */
  GPtrArray *series;  /* by number, of the shapes above, may be NULL */
};

/* ---- numbers of blocks ---- */

static gint64
reeve_sqlite_store_seal_get_minutes (guint tier)
{
  return (gint64) reeve_sqlite_store_tiers[tier].row * reeve_sqlite_store_tiers[tier].block_rows;
}

gint64
reeve_sqlite_store_seal_get_id (gint64 system, guint tier, gint64 minute)
{
  return system << REEVE_SQLITE_STORE_SYSTEM_BITS | (gint64) tier << REEVE_SQLITE_STORE_TIER_BITS |
         minute / reeve_sqlite_store_seal_get_minutes (tier);
}

gint64
reeve_sqlite_store_seal_get_system (gint64 id)
{
  return id >> REEVE_SQLITE_STORE_SYSTEM_BITS;
}

guint
reeve_sqlite_store_seal_get_tier (gint64 id)
{
  return MIN ((guint) (id >> REEVE_SQLITE_STORE_TIER_BITS) & 3, REEVE_SQLITE_STORE_N_TIERS - 1);
}

gint64
reeve_sqlite_store_seal_get_begin (gint64 id)
{
  guint tier = reeve_sqlite_store_seal_get_tier (id);

  return (id & ((G_GINT64_CONSTANT (1) << REEVE_SQLITE_STORE_TIER_BITS) - 1)) *
         reeve_sqlite_store_seal_get_minutes (tier);
}

gint64
reeve_sqlite_store_seal_get_end (gint64 system, guint tier)
{
  /* of the last tier this is the first of the next system */
  return (system << REEVE_SQLITE_STORE_SYSTEM_BITS) +
         ((gint64) (tier + 1) << REEVE_SQLITE_STORE_TIER_BITS);
}

char *
reeve_sqlite_store_seal_format_minute (gint64 minute)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (minute * 60);

  return time != NULL ? g_date_time_format (time, "%F %R UTC") : g_strdup ("?");
}

char *
reeve_sqlite_store_seal_format_block (gint64 id)
{
  static const char *const tiers[] = { "minutes", "ten minutes", "hours", "three hours" };
  g_autofree char *time =
      reeve_sqlite_store_seal_format_minute (reeve_sqlite_store_seal_get_begin (id));

  return g_strdup_printf ("%s (%s)", time, tiers[reeve_sqlite_store_seal_get_tier (id)]);
}

/* ---- life ---- */

ReeveSqliteStoreSealer *
reeve_sqlite_store_sealer_new (ReeveSqliteStoreDatabase *database, GHashTable *lost, gint64 kept)
{
  ReeveSqliteStoreSealer *self = g_new0 (ReeveSqliteStoreSealer, 1);

  self->database = database;
  self->lost = lost;
  self->kept = kept;
  self->shapes = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free,
                                        (GDestroyNotify) g_ptr_array_unref);
  self->series = g_ptr_array_new ();
  return self;
}

void
reeve_sqlite_store_sealer_free (ReeveSqliteStoreSealer *self)
{
  g_ptr_array_unref (self->series);
  g_hash_table_unref (self->shapes);
  g_free (self);
}

/* ---- what the columns are ---- */

static gboolean
reeve_sqlite_store_sealer_read_series (ReeveSqliteStoreSealer *self, gint64 system, GError **error)
{
  sqlite3_stmt *statement;
  gboolean row;

  if (self->system == system)
    return TRUE;
  statement = reeve_sqlite_store_database_query (
      self->database,
      "SELECT series.number, shape.id, shape.metrics FROM series JOIN shape ON shape.id ="
      " series.shape WHERE series.system = ?1",
      error);
  if (statement == NULL)
    return FALSE;
  self->system = 0;
  g_ptr_array_set_size (self->series, 0);
  sqlite3_bind_int64 (statement, 1, system);
  do
    {
      gint64 number, id;
      const char *metrics;
      GPtrArray *columns;

      if (!reeve_sqlite_store_database_step (self->database, statement, &row, error))
        return FALSE;
      number = row ? sqlite3_column_int64 (statement, 0) : -1;
      if (number < 0 || number >= REEVE_SQLITE_STORE_MAX_SERIES)
        continue;
      id = sqlite3_column_int64 (statement, 1);
      columns = g_hash_table_lookup (self->shapes, &id);
      if (columns == NULL)
        {
          metrics = reeve_sqlite_store_text_get (self->database, statement, 2, error);
          if (metrics == NULL)
            return FALSE;
          columns = reeve_sqlite_store_shape_parse (metrics);
          g_hash_table_insert (self->shapes, g_memdup2 (&id, sizeof id), columns);
        }
      if (number >= self->series->len)
        g_ptr_array_set_size (self->series, (int) number + 1);
      self->series->pdata[number] = columns;
    }
  while (row);
  self->system = system;
  return TRUE;
}

/* NULL: nothing is known of it. */
static const ReeveSqliteStoreColumn *
reeve_sqlite_store_sealer_find_column (ReeveSqliteStoreSealer *self, guint key)
{
  guint number = key / REEVE_SQLITE_STORE_CODEC_COLUMNS;
  guint column = key % REEVE_SQLITE_STORE_CODEC_COLUMNS;
  GPtrArray *columns = number < self->series->len ? g_ptr_array_index (self->series, number) : NULL;

  return columns != NULL && column < columns->len ? g_ptr_array_index (columns, column) : NULL;
}

static ReeveSqliteStoreGridColumn *
reeve_sqlite_store_sealer_ensure_column (ReeveSqliteStoreSealer *self, ReeveSqliteStoreGrid *grid,
                                         guint key)
{
  const ReeveSqliteStoreColumn *known = reeve_sqlite_store_sealer_find_column (self, key);
  ReeveSqliteStoreGridColumn *column =
      reeve_sqlite_store_grid_ensure (grid, key,
                                      known != NULL &&
                                          known->aggregation == REEVE_AGGREGATION_LAST);

  if (column != NULL)
    column->rate = known != NULL && known->rate;
  return column;
}

/* Of a grid from which something is made. */
static void
reeve_sqlite_store_sealer_note_grid (ReeveSqliteStoreSealer *self, const ReeveSqliteStoreGrid *grid)
{
  if (grid->left_out > 0)
    self->limits |= 1u << REEVE_SQLITE_STORE_LIMIT_GRID;
}

/* ---- blocks ---- */

/* Damage lies where it belongs: nothing is read from it or written there. */
static gboolean
reeve_sqlite_store_sealer_has_lost (ReeveSqliteStoreSealer *self, gint64 id)
{
  return g_hash_table_size (self->lost) > 0 && g_hash_table_contains (self->lost, &id);
}

guint
reeve_sqlite_store_sealer_take_limits (ReeveSqliteStoreSealer *self)
{
  guint limits = self->limits;

  self->limits = 0;
  return limits;
}

gint64
reeve_sqlite_store_sealer_get_bad (const ReeveSqliteStoreSealer *self)
{
  return self->bad;
}

/* (transfer full) empty when there is none, or it is lost. */
static GByteArray *
reeve_sqlite_store_sealer_read_block (ReeveSqliteStoreSealer *self, gint64 id, GError **error)
{
  sqlite3_stmt *statement =
      reeve_sqlite_store_database_query (self->database, "SELECT body FROM block WHERE id = ?1",
                                         error);
  g_autoptr (GByteArray) body = g_byte_array_new ();
  gboolean row;

  if (statement == NULL)
    return NULL;
  if (reeve_sqlite_store_sealer_has_lost (self, id))
    return g_steal_pointer (&body);
  sqlite3_bind_int64 (statement, 1, id);
  self->bad = id;
  if (!reeve_sqlite_store_database_step (self->database, statement, &row, error))
    return NULL;
  self->bad = 0;
  if (row)
    {
      g_byte_array_append (body, sqlite3_column_blob (statement, 0),
                           (guint) sqlite3_column_bytes (statement, 0));
      sqlite3_reset (statement);
    }
  return g_steal_pointer (&body);
}

static gboolean
reeve_sqlite_store_sealer_write_block (ReeveSqliteStoreSealer *self, gint64 id, GByteArray *body,
                                       GError **error)
{
  sqlite3_stmt *statement =
      reeve_sqlite_store_database_query (self->database,
                                         "INSERT INTO block (id, body) VALUES (?1, ?2)"
                                         " ON CONFLICT (id) DO UPDATE SET body = excluded.body",
                                         error);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, id);
  sqlite3_bind_blob64 (statement, 2, body->data, body->len, SQLITE_STATIC);
  self->bad = id;
  if (!reeve_sqlite_store_database_run (self->database, statement, error))
    return FALSE;
  self->bad = 0;
  return TRUE;
}

typedef struct
{
  ReeveSqliteStoreSealer *sealer;
  ReeveSqliteStoreGrid *grid;
} ReeveSqliteStoreFill;

static void
reeve_sqlite_store_sealer_fill_cb (const guint *rows, const gboolean *take, guint n_rows,
                                   const ReeveSqliteStoreGridColumn *column, gpointer user_data)
{
  ReeveSqliteStoreFill *fill = user_data;
  ReeveSqliteStoreGridColumn *into =
      reeve_sqlite_store_sealer_ensure_column (fill->sealer, fill->grid, column->key);

  for (guint i = 0; i < n_rows && into != NULL; i++)
    {
      int to = take[i] ? reeve_sqlite_store_grid_find_row (fill->grid, rows[i]) : -1;

      for (guint stat = 0; to >= 0 && stat < REEVE_SQLITE_STORE_N_STATS; stat++)
        if (into->stats[stat] != NULL && column->stats[stat] != NULL)
          into->stats[stat][to] = column->stats[stat][i];
    }
}

static ReeveSqliteStoreBlock
reeve_sqlite_store_sealer_open_block (const GByteArray *body, guint tier)
{
  return reeve_sqlite_store_block_open (body->data, body->len,
                                        reeve_sqlite_store_tiers[tier].block_rows);
}

static guint
reeve_sqlite_store_sealer_count_segments (const GByteArray *body, guint tier)
{
  const ReeveSqliteStoreBlock block = reeve_sqlite_store_sealer_open_block (body, tier);
  gboolean rows[REEVE_SQLITE_STORE_MAX_ROWS];

  return reeve_sqlite_store_block_list_rows (&block, rows, NULL);
}

/* The rows of @body between two, as a grid. (transfer full) NULL when there are none. */
static ReeveSqliteStoreGrid *
reeve_sqlite_store_sealer_load (ReeveSqliteStoreSealer *self, GByteArray *body, guint tier,
                                guint first, guint last, guint *ret_damaged)
{
  const ReeveSqliteStoreBlock block = reeve_sqlite_store_sealer_open_block (body, tier);
  static const ReeveSqliteStoreBlockFuncs funcs = { .column = reeve_sqlite_store_sealer_fill_cb };
  gboolean there[REEVE_SQLITE_STORE_MAX_ROWS];
  guint rows[REEVE_SQLITE_STORE_MAX_ROWS];
  ReeveSqliteStoreFill fill = { self, NULL };
  guint n = 0, damaged;

  reeve_sqlite_store_block_list_rows (&block, there, ret_damaged);
  for (guint row = 0; row < block.block_rows; row++)
    {
      gboolean wanted = row >= first && row <= last;

      if (there[row] && wanted)
        rows[n++] = row;
      /* from here on: rows to pass over */
      there[row] = !wanted;
    }
  if (n == 0)
    return NULL;
  fill.grid = reeve_sqlite_store_grid_new (tier > 0, rows, n);
  damaged = reeve_sqlite_store_block_visit (&block, there, NULL, &funcs, &fill);
  *ret_damaged = damaged;
  reeve_sqlite_store_grid_sort (fill.grid);
  return fill.grid;
}

/* Its segments become one, unless something would be lost by it. TRUE: changed. */
static gboolean
reeve_sqlite_store_sealer_join (ReeveSqliteStoreSealer *self, GByteArray *body, guint tier)
{
  guint damaged;
  g_autoptr (ReeveSqliteStoreGrid) grid =
      reeve_sqlite_store_sealer_load (self, body, tier, 0, REEVE_SQLITE_STORE_MAX_ROWS - 1,
                                      &damaged);
  g_autoptr (GByteArray) joined = g_byte_array_new ();

  if (grid == NULL || damaged > 0 || grid->left_out > 0 ||
      !reeve_sqlite_store_block_add (joined, grid) || joined->len > body->len)
    return FALSE;
  g_byte_array_set_size (body, 0);
  g_byte_array_append (body, joined->data, joined->len);
  return TRUE;
}

/* A new block begins after @id: the one before will hardly change any more. */
static gboolean
reeve_sqlite_store_sealer_finish_block (ReeveSqliteStoreSealer *self, gint64 id, guint tier,
                                        GError **error)
{
  g_autoptr (GByteArray) body = reeve_sqlite_store_sealer_read_block (self, id, error);

  if (body == NULL)
    return FALSE;
  if (reeve_sqlite_store_sealer_count_segments (body, tier) < 2 ||
      !reeve_sqlite_store_sealer_join (self, body, tier))
    return TRUE;
  return reeve_sqlite_store_sealer_write_block (self, id, body, error);
}

/* Adds @grid to @body, which is that of block @id, unless that is lost. */
static gboolean
reeve_sqlite_store_sealer_add (ReeveSqliteStoreSealer *self, gint64 id, guint tier,
                               GByteArray *body, const ReeveSqliteStoreGrid *grid, GError **error)
{
  if (reeve_sqlite_store_sealer_has_lost (self, id))
    return TRUE;
  /* the hours of a block of minutes stay apart: damage costs one */
  if (tier > 0 && body->len == 0 &&
      !reeve_sqlite_store_sealer_finish_block (self, id - 1, tier, error))
    return FALSE;
  reeve_sqlite_store_sealer_note_grid (self, grid);
  if (!reeve_sqlite_store_block_add (body, grid))
    {
      self->limits |= 1u << REEVE_SQLITE_STORE_LIMIT_BLOCK;
      return TRUE;
    }
  if (reeve_sqlite_store_sealer_count_segments (body, tier) > REEVE_SQLITE_STORE_MAX_SEGMENTS)
    reeve_sqlite_store_sealer_join (self, body, tier);
  return reeve_sqlite_store_sealer_write_block (self, id, body, error);
}

/* ---- an hour ---- */

/* The loose rows from @first on, as a grid of the block that holds them. (transfer full) NULL with
 * @error, also when there are none, or some of another hour: SQLite does not look at all. */
static ReeveSqliteStoreGrid *
reeve_sqlite_store_sealer_read_rows (ReeveSqliteStoreSealer *self, gint64 system, gint64 first,
                                     guint *ret_n, GError **error)
{
  sqlite3_stmt *statement = reeve_sqlite_store_database_query (
      self->database,
      "SELECT minute, body FROM sample WHERE system = ?1 AND minute BETWEEN ?2 AND ?3"
      " ORDER BY minute",
      error);
  g_autoptr (GPtrArray) bodies = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  guint rows[REEVE_SQLITE_STORE_HOUR_MINUTES];
  gint64 next = first, minute;
  ReeveSqliteStoreGrid *grid;
  gboolean row;

  if (statement == NULL)
    return NULL;
  sqlite3_bind_int64 (statement, 1, system);
  sqlite3_bind_int64 (statement, 2, first);
  sqlite3_bind_int64 (statement, 3, first + REEVE_SQLITE_STORE_HOUR_MINUTES - 1);
  do
    {
      if (!reeve_sqlite_store_database_step (self->database, statement, &row, error))
        return NULL;
      if (!row)
        continue;
      minute = sqlite3_column_int64 (statement, 0);
      if (minute < next || minute >= first + REEVE_SQLITE_STORE_HOUR_MINUTES)
        {
          sqlite3_reset (statement);
          reeve_sqlite_store_database_set_damaged (self->database, "a row has a wrong time", error);
          return NULL;
        }
      next = minute + 1;
      rows[bodies->len] = (guint) (minute % reeve_sqlite_store_seal_get_minutes (0));
      g_ptr_array_add (bodies, g_bytes_new (sqlite3_column_blob (statement, 1),
                                            (gsize) sqlite3_column_bytes (statement, 1)));
    }
  while (row);
  if (bodies->len == 0)
    {
      reeve_sqlite_store_database_set_damaged (self->database, "rows cannot be found", error);
      return NULL;
    }
  grid = reeve_sqlite_store_grid_new (FALSE, rows, bodies->len);
  *ret_n = bodies->len;
  for (guint i = 0; i < bodies->len; i++)
    {
      double values[REEVE_SQLITE_STORE_CODEC_COLUMNS];
      ReeveSqliteStoreDecoder decoder;
      gsize length;
      const guint8 *bytes = g_bytes_get_data (g_ptr_array_index (bodies, i), &length);
      guint number, n;

      if (!reeve_sqlite_store_codec_open (&decoder, bytes, length))
        continue;
      while (reeve_sqlite_store_codec_next (&decoder, &number, values, &n) ==
             REEVE_SQLITE_STORE_CODEC_ROW)
        for (guint column = 0; column < n; column++)
          {
            ReeveSqliteStoreGridColumn *into =
                isnan (values[column])
                    ? NULL
                    : reeve_sqlite_store_sealer_ensure_column (
                          self, grid, number * REEVE_SQLITE_STORE_CODEC_COLUMNS + column);

            if (into != NULL)
              into->stats[REEVE_SQLITE_STORE_STAT_VALUE][i] = values[column];
          }
    }
  reeve_sqlite_store_grid_sort (grid);
  return grid;
}

static gboolean
reeve_sqlite_store_sealer_delete_rows (ReeveSqliteStoreSealer *self, gint64 system, gint64 first,
                                       GError **error)
{
  sqlite3_stmt *statement = reeve_sqlite_store_database_query (
      self->database, "DELETE FROM sample WHERE system = ?1 AND minute BETWEEN ?2 AND ?3", error);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, system);
  sqlite3_bind_int64 (statement, 2, first);
  sqlite3_bind_int64 (statement, 3, first + REEVE_SQLITE_STORE_HOUR_MINUTES - 1);
  return reeve_sqlite_store_database_run (self->database, statement, error);
}

/* From @hour, whose minutes were just sealed. */
static gboolean
reeve_sqlite_store_sealer_roll (ReeveSqliteStoreSealer *self, gint64 system, gint64 first,
                                const ReeveSqliteStoreGrid *hour, GByteArray *hours, GError **error)
{
  reeve_sqlite_store_sealer_note_grid (self, hour);
  for (guint tier = 1; tier <= REEVE_SQLITE_STORE_TIER_HOURS; tier++)
    {
      gint64 id = reeve_sqlite_store_seal_get_id (system, tier, first);
      gint64 offset = first / reeve_sqlite_store_seal_get_minutes (0) *
                          reeve_sqlite_store_seal_get_minutes (0) -
                      reeve_sqlite_store_seal_get_begin (id);
      g_autoptr (ReeveSqliteStoreGrid) rolled =
          reeve_sqlite_store_grid_roll (hour, reeve_sqlite_store_tiers[tier].row, (guint) offset);
      g_autoptr (GByteArray) body = tier == REEVE_SQLITE_STORE_TIER_HOURS
                                        ? g_byte_array_ref (hours)
                                        : reeve_sqlite_store_sealer_read_block (self, id, error);

      if (body == NULL || !reeve_sqlite_store_sealer_add (self, id, tier, body, rolled, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
reeve_sqlite_store_sealer_has_rows (GByteArray *body, guint tier, guint first, guint last)
{
  const ReeveSqliteStoreBlock block = reeve_sqlite_store_sealer_open_block (body, tier);
  gboolean rows[REEVE_SQLITE_STORE_MAX_ROWS];
  gboolean any = FALSE;

  reeve_sqlite_store_block_list_rows (&block, rows, NULL);
  for (guint row = first; row <= last; row++)
    any |= rows[row];
  return any;
}

/* The row of three hours that has the one from @first on, once its last hour is there and when one
 * changes. Hours that are in none are read as such. */
static gboolean
reeve_sqlite_store_sealer_roll_hours (ReeveSqliteStoreSealer *self, gint64 system, gint64 first,
                                      GByteArray *hours, GError **error)
{
  const guint tier = REEVE_SQLITE_STORE_TIER_THREE_HOURS;
  const guint length = reeve_sqlite_store_tiers[tier].row / REEVE_SQLITE_STORE_HOUR_MINUTES;
  gint64 id = reeve_sqlite_store_seal_get_id (system, tier, first);
  gint64 hours_begin = reeve_sqlite_store_seal_get_begin (
      reeve_sqlite_store_seal_get_id (system, REEVE_SQLITE_STORE_TIER_HOURS, first));
  guint offset = (guint) ((hours_begin - reeve_sqlite_store_seal_get_begin (id)) /
                          REEVE_SQLITE_STORE_HOUR_MINUTES);
  guint hour = (guint) ((first - hours_begin) / REEVE_SQLITE_STORE_HOUR_MINUTES);
  guint begin = hour / length * length;
  guint row = (offset + hour) / length;
  g_autoptr (GByteArray) body = reeve_sqlite_store_sealer_read_block (self, id, error);
  g_autoptr (ReeveSqliteStoreGrid) grid = NULL;
  g_autoptr (ReeveSqliteStoreGrid) rolled = NULL;
  gboolean there;
  guint damaged;

  if (body == NULL)
    return FALSE;
  there = reeve_sqlite_store_sealer_has_rows (body, tier, row, row);
  if (!there && hour != begin + length - 1)
    return TRUE;
  grid = reeve_sqlite_store_sealer_load (self, hours, REEVE_SQLITE_STORE_TIER_HOURS, begin,
                                         begin + length - 1, &damaged);
  if (grid == NULL || (there && damaged > 0))
    return TRUE;
  reeve_sqlite_store_sealer_note_grid (self, grid);
  rolled = reeve_sqlite_store_grid_roll (grid, length, offset);
  return reeve_sqlite_store_sealer_add (self, id, tier, body, rolled, error);
}

/* Of an hour whose block of minutes is lost: rows that stay loose tell them until they are too old,
 * and are rolled up once. */
static gboolean
reeve_sqlite_store_sealer_roll_loose (ReeveSqliteStoreSealer *self, gint64 system, gint64 first,
                                      GError **error)
{
  gint64 id = reeve_sqlite_store_seal_get_id (system, REEVE_SQLITE_STORE_TIER_HOURS, first);
  g_autoptr (GByteArray) hours = reeve_sqlite_store_sealer_read_block (self, id, error);
  g_autoptr (ReeveSqliteStoreGrid) loose = NULL;
  guint row =
      (guint) ((first - reeve_sqlite_store_seal_get_begin (id)) / REEVE_SQLITE_STORE_HOUR_MINUTES);
  guint n;

  if (hours == NULL)
    return FALSE;
  if (reeve_sqlite_store_sealer_has_lost (self, id) ||
      reeve_sqlite_store_sealer_has_rows (hours, REEVE_SQLITE_STORE_TIER_HOURS, row, row))
    return TRUE;
  loose = reeve_sqlite_store_sealer_read_rows (self, system, first, &n, error);
  return loose != NULL &&
         reeve_sqlite_store_sealer_roll (self, system, first, loose, hours, error) &&
         reeve_sqlite_store_sealer_roll_hours (self, system, first, hours, error);
}

/* Adds the loose rows of the hour to its block and makes its roll-ups. */
static gboolean
reeve_sqlite_store_sealer_seal (ReeveSqliteStoreSealer *self, gint64 system, gint64 first,
                                const ReeveSqliteStoreGrid *loose, GError **error)
{
  gint64 minutes_id = reeve_sqlite_store_seal_get_id (system, 0, first);
  gint64 hours_id = reeve_sqlite_store_seal_get_id (system, REEVE_SQLITE_STORE_TIER_HOURS, first);
  g_autoptr (GByteArray) minutes = reeve_sqlite_store_sealer_read_block (self, minutes_id, error);
  g_autoptr (GByteArray) hours =
      minutes != NULL ? reeve_sqlite_store_sealer_read_block (self, hours_id, error) : NULL;
  g_autoptr (ReeveSqliteStoreGrid) hour = NULL;
  guint begin = (guint) (first % reeve_sqlite_store_seal_get_minutes (0));
  guint end = begin + REEVE_SQLITE_STORE_HOUR_MINUTES - 1;
  guint row = (guint) ((first - reeve_sqlite_store_seal_get_begin (hours_id)) /
                       REEVE_SQLITE_STORE_HOUR_MINUTES);
  gboolean rolled, closed;
  guint damaged;

  if (hours == NULL)
    return FALSE;
  rolled = reeve_sqlite_store_sealer_has_rows (hours, REEVE_SQLITE_STORE_TIER_HOURS, row, row);
  closed = rolled && !reeve_sqlite_store_sealer_has_rows (minutes, 0, begin, end);
  if (closed && first < self->kept)
    return TRUE;
  if (!reeve_sqlite_store_sealer_add (self, minutes_id, 0, minutes, loose, error))
    return FALSE;
  /* they were rolled up while their block was lost */
  if (closed)
    return TRUE;
  hour = reeve_sqlite_store_sealer_load (self, minutes, 0, begin, end, &damaged);
  if (hour == NULL || (rolled && damaged > 0))
    return TRUE;
  return reeve_sqlite_store_sealer_roll (self, system, first, hour, hours, error) &&
         reeve_sqlite_store_sealer_roll_hours (self, system, first, hours, error);
}

/* From *@minute on; -1 in it: none. */
static gboolean
reeve_sqlite_store_sealer_find_oldest (ReeveSqliteStoreSealer *self, gint64 system, gint64 cutoff,
                                       gint64 *minute, GError **error)
{
  sqlite3_stmt *statement = reeve_sqlite_store_database_query (
      self->database,
      "SELECT minute FROM sample WHERE system = ?1 AND minute >= ?3 AND minute < ?2"
      " ORDER BY minute LIMIT 1",
      error);
  gboolean row;

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, system);
  sqlite3_bind_int64 (statement, 2, cutoff);
  sqlite3_bind_int64 (statement, 3, *minute);
  if (!reeve_sqlite_store_database_step (self->database, statement, &row, error))
    return FALSE;
  *minute = row ? sqlite3_column_int64 (statement, 0) : -1;
  sqlite3_reset (statement);
  return TRUE;
}

gboolean
reeve_sqlite_store_sealer_run (ReeveSqliteStoreSealer *self, gint64 system, gint64 cutoff,
                               gint64 *room, GError **error)
{
  gint64 from = 0;

  self->bad = 0;
  cutoff = cutoff / REEVE_SQLITE_STORE_HOUR_MINUTES * REEVE_SQLITE_STORE_HOUR_MINUTES;
  while (*room > 0)
    {
      g_autoptr (ReeveSqliteStoreGrid) loose = NULL;
      gint64 first = from;
      guint n;

      if (!reeve_sqlite_store_sealer_find_oldest (self, system, cutoff, &first, error))
        return FALSE;
      if (first < 0)
        return TRUE;
      first = first / REEVE_SQLITE_STORE_HOUR_MINUTES * REEVE_SQLITE_STORE_HOUR_MINUTES;
      if (!reeve_sqlite_store_sealer_read_series (self, system, error))
        return FALSE;
      if (reeve_sqlite_store_sealer_has_lost (self,
                                              reeve_sqlite_store_seal_get_id (system, 0, first)))
        {
          if (!reeve_sqlite_store_sealer_roll_loose (self, system, first, error))
            return FALSE;
          from = first + REEVE_SQLITE_STORE_HOUR_MINUTES;
          continue;
        }
      loose = reeve_sqlite_store_sealer_read_rows (self, system, first, &n, error);
      if (loose == NULL || !reeve_sqlite_store_sealer_seal (self, system, first, loose, error) ||
          !reeve_sqlite_store_sealer_delete_rows (self, system, first, error))
        return FALSE;
      *room -= MAX (n, 1);
    }
  return TRUE;
}
