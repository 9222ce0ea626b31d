/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Rows into columns: reads the blocks of one system in the tier that was chosen and what is not
 * sealed yet, and gathers each column by itself.
 *
 * Blocks are looked up one by one, so that a damaged page costs its block and no more. Rows that
 * are not sealed count for their minute; beside roll-ups only those of hours that have none yet.
 * Beside rows of three hours, hours count that are in none.
 */

#include "config.h"

#include "reeve-sqlite-store-range.h"

#include <math.h>
#include <string.h>

#include "reeve-sqlite-store-block.h"
#include "reeve-sqlite-store-catalogue.h"
#include "reeve-sqlite-store-range-private.h"
#include "reeve-sqlite-store-seal.h"

/* Rows, or blocks, between two looks at the cancellable. */
#define REEVE_SQLITE_STORE_RANGE_CHUNK 64
/* Troubles that one answer names. */
#define REEVE_SQLITE_STORE_RANGE_TROUBLES 16

void
reeve_sqlite_store_range_free (ReeveSqliteStoreRange *self)
{
  g_free (self->system);
  g_strfreev (self->kinds);
  g_free (self);
}

void
reeve_sqlite_store_range_answer_free (ReeveSqliteStoreRangeAnswer *self)
{
  g_clear_pointer (&self->range, reeve_history_range_free);
  g_ptr_array_unref (self->troubles);
  g_free (self);
}

/* ---- what there is ---- */

/* *@ret_id is 0 when there is no such system. */
static gboolean
reeve_sqlite_store_range_find_system (ReeveSqliteStoreDatabase *database, const char *name,
                                      gint64 *ret_id, GError **error)
{
  sqlite3_stmt *statement =
      reeve_sqlite_store_database_query (database, "SELECT id FROM system WHERE name = ?1", error);
  gboolean row;

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_text (statement, 1, name, -1, SQLITE_STATIC);
  if (!reeve_sqlite_store_database_step (database, statement, &row, error))
    return FALSE;
  *ret_id = row ? sqlite3_column_int64 (statement, 0) : 0;
  sqlite3_reset (statement);
  return TRUE;
}

static void
reeve_sqlite_store_reading_note (ReeveSqliteStoreReading *self, gint64 first, gint64 end,
                                 const char *what)
{
  g_autofree char *from = reeve_sqlite_store_seal_format_minute (first);
  g_autofree char *to = reeve_sqlite_store_seal_format_minute (end);

  /* hours stand in for a longer tier */
  if (self->tier <= REEVE_SQLITE_STORE_TIER_HOURS &&
      self->troubles->len < REEVE_SQLITE_STORE_RANGE_TROUBLES)
    g_ptr_array_add (self->troubles,
                     g_strdup_printf ("the database %s is damaged: history of system %s between %s "
                                      "and %s is lost in %s; the rest is shown",
                                      reeve_sqlite_store_database_get_path (self->database),
                                      self->query->system, from, to, what));
}

/* TRUE: @error was damage, which is noted and cleared; the rest can be read. */
static gboolean
reeve_sqlite_store_reading_forgive (ReeveSqliteStoreReading *self, gint64 first, gint64 end,
                                    GError **error)
{
  if (!g_error_matches (*error, REEVE_ERROR, REEVE_ERROR_FAILED))
    return FALSE;
  reeve_sqlite_store_reading_note (self, first, end, "part or altogether");
  g_clear_error (error);
  return TRUE;
}

/* ---- rows that are not sealed ---- */

/* Whether the hour of @minute needs no loose rows; @set: from now on it does not. */
static gboolean
reeve_sqlite_store_reading_find_hour (ReeveSqliteStoreReading *self, gint64 minute, gboolean set)
{
  gsize hour = (gsize) (minute / REEVE_SQLITE_STORE_HOUR_MINUTES -
                        self->first / REEVE_SQLITE_STORE_HOUR_MINUTES);
  guint8 bit = (guint8) (1u << hour % 8);

  self->sealed[hour / 8] |= set ? bit : 0;
  return (self->sealed[hour / 8] & bit) != 0;
}

static guint
reeve_sqlite_store_reading_get_step (ReeveSqliteStoreReading *self, gint64 minute)
{
  return (guint) ((minute - self->first) / self->step);
}

static void
reeve_sqlite_store_reading_take_body (ReeveSqliteStoreReading *self, gint64 minute,
                                      const guint8 *bytes, gsize length)
{
  double values[REEVE_SQLITE_STORE_CODEC_COLUMNS];
  guint step = reeve_sqlite_store_reading_get_step (self, minute);
  ReeveSqliteStoreDecoder decoder;
  ReeveSqliteStoreCodecResult result = REEVE_SQLITE_STORE_CODEC_BAD;
  guint number, n;

  /* of a damaged body what stands before the damage is shown */
  if (bytes != NULL && reeve_sqlite_store_codec_open (&decoder, bytes, length))
    while ((result = reeve_sqlite_store_codec_next (&decoder, &number, values, &n)) ==
           REEVE_SQLITE_STORE_CODEC_ROW)
      for (guint i = 0; i < n; i++)
        {
          ReeveSqliteStoreTrack *track =
              isnan (values[i])
                  ? NULL
                  : reeve_sqlite_store_tracks_find (self->tracks,
                                                    number * REEVE_SQLITE_STORE_CODEC_COLUMNS + i);

          if (track != NULL)
            reeve_sqlite_store_tracks_take_value (self->tracks, track, step, minute, values[i]);
        }
  if (result == REEVE_SQLITE_STORE_CODEC_BAD)
    reeve_sqlite_store_reading_note (self, minute, minute + 1, "part or altogether");
}

static gboolean
reeve_sqlite_store_reading_read_loose (ReeveSqliteStoreReading *self, GError **error)
{
  sqlite3_stmt *statement = reeve_sqlite_store_database_query (
      self->database,
      "SELECT minute, body FROM sample WHERE system = ?1 AND minute BETWEEN ?2 AND ?3"
      " ORDER BY minute",
      error);
  gboolean row = TRUE, strange = FALSE;

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, self->system);
  sqlite3_bind_int64 (statement, 2, self->first);
  sqlite3_bind_int64 (statement, 3, self->last);
  for (guint n = 0;; n++)
    {
      gint64 minute;

      if (n % REEVE_SQLITE_STORE_RANGE_CHUNK == 0 &&
          g_cancellable_set_error_if_cancelled (self->cancellable, error))
        break;
      if (!reeve_sqlite_store_database_step (self->database, statement, &row, error))
        break;
      if (!row)
        return TRUE;
      minute = sqlite3_column_int64 (statement, 0);
      /* a damaged row says any time, and SQLite compares it with the end alone */
      if (minute < self->first || minute > self->last)
        {
          if (!strange)
            reeve_sqlite_store_reading_note (self, self->first, self->last, "part");
          strange = TRUE;
          continue;
        }
      if (self->tier > 0 && reeve_sqlite_store_reading_find_hour (self, minute, FALSE))
        continue;
      if (self->tier == 0)
        g_hash_table_add (self->loose, g_memdup2 (&minute, sizeof minute));
      reeve_sqlite_store_reading_take_body (self, minute, sqlite3_column_blob (statement, 1),
                                            (gsize) sqlite3_column_bytes (statement, 1));
    }
  sqlite3_reset (statement);
  return FALSE;
}

/* ---- blocks ---- */

static ReeveSqliteStoreWant
reeve_sqlite_store_reading_wants (guint key, gpointer user_data)
{
  ReeveSqliteStoreReading *self = user_data;

  return reeve_sqlite_store_tracks_get_want (self->tracks, key);
}

/* Where the rows of all its columns go: each step is a division. */
static void
reeve_sqlite_store_reading_take_segment (const guint *rows, const gboolean *take, guint n_rows,
                                         gpointer user_data)
{
  ReeveSqliteStoreReading *self = user_data;
  gint64 length = reeve_sqlite_store_tiers[self->tier].row;
  gint64 end = -1; /* of the step at hand */

  self->n_targets = 0;
  for (guint i = 0; i < n_rows; i++)
    {
      gint64 minute = self->block_begin + rows[i] * length;
      guint step;

      self->minutes[i] = minute;
      if (take[i] && minute < end && take[i - 1])
        self->targets[self->n_targets - 1].end = i + 1;
      else if (take[i])
        {
          step = reeve_sqlite_store_reading_get_step (self, minute);
          end = self->first + (step + 1) * self->step;
          self->targets[self->n_targets++] = (ReeveSqliteStoreTarget){ i, i + 1, step };
        }
    }
}

static void
reeve_sqlite_store_reading_take_column (G_GNUC_UNUSED const guint *rows,
                                        G_GNUC_UNUSED const gboolean *take,
                                        G_GNUC_UNUSED guint n_rows,
                                        const ReeveSqliteStoreGridColumn *column,
                                        gpointer user_data)
{
  ReeveSqliteStoreReading *self = user_data;
  ReeveSqliteStoreTrack *track = reeve_sqlite_store_tracks_find (self->tracks, column->key);

  if (track != NULL)
    reeve_sqlite_store_tracks_take (self->tracks, track, column, self->targets, self->n_targets,
                                    self->minutes);
}

/* Rows that are not wanted count as known, as do minutes that came again and are not sealed yet. */
static void
reeve_sqlite_store_reading_take_block (ReeveSqliteStoreReading *self, const guint8 *bytes,
                                       gsize length, gboolean sound)
{
  static const ReeveSqliteStoreBlockFuncs funcs = {
    reeve_sqlite_store_reading_wants,
    reeve_sqlite_store_reading_take_segment,
    reeve_sqlite_store_reading_take_column,
  };
  const ReeveSqliteStoreTier *tier = &reeve_sqlite_store_tiers[self->tier];
  const gboolean loose = g_hash_table_size (self->loose) > 0;
  ReeveSqliteStoreBlock block = reeve_sqlite_store_block_open (bytes, length, tier->block_rows);
  gint64 end = self->block_begin + (gint64) tier->row * tier->block_rows;
  gboolean known[REEVE_SQLITE_STORE_MAX_ROWS], there[REEVE_SQLITE_STORE_MAX_ROWS];

  for (guint row = 0; row < tier->block_rows; row++)
    {
      gint64 minute = self->block_begin + row * (gint64) tier->row;

      known[row] = minute < self->first || minute > self->last ||
                   (loose && g_hash_table_contains (self->loose, &minute)) ||
                   (self->tier > 0 && reeve_sqlite_store_reading_find_hour (self, minute, FALSE));
    }
  block.sound = sound;
  if (reeve_sqlite_store_block_visit (&block, known, there, &funcs, self) > 0)
    reeve_sqlite_store_reading_note (self, self->block_begin, end, "part");
  for (guint row = 0; row < tier->block_rows && self->tier > 0; row++)
    {
      gint64 minute = self->block_begin + row * (gint64) tier->row;

      for (gint64 hour = minute; there[row] && hour < minute + tier->row;
           hour += REEVE_SQLITE_STORE_HOUR_MINUTES)
        if (hour >= self->first && hour <= self->last)
          reeve_sqlite_store_reading_find_hour (self, hour, TRUE);
    }
}

/* FALSE: a longer tier has all hours of the block at hand. */
static gboolean
reeve_sqlite_store_reading_needs_block (ReeveSqliteStoreReading *self)
{
  const ReeveSqliteStoreTier *tier = &reeve_sqlite_store_tiers[self->tier];
  gint64 last = MIN (self->block_begin + (gint64) tier->row * tier->block_rows - 1, self->last);

  for (gint64 minute = MAX (self->block_begin, self->first); minute <= last;
       minute += REEVE_SQLITE_STORE_HOUR_MINUTES)
    if (self->tier == 0 || !reeve_sqlite_store_reading_find_hour (self, minute, FALSE))
      return TRUE;
  return FALSE;
}

/* FALSE: block @id is none of the edges. */
static gboolean
reeve_sqlite_store_reading_take_edge (ReeveSqliteStoreReading *self, gint64 id)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->edges); i++)
    {
      const ReeveSqliteStoreEdge *edge = &self->edges[i];
      const guint8 *bytes;
      gsize length;

      if (edge->body == NULL || edge->id != id)
        continue;
      bytes = g_bytes_get_data (edge->body, &length);
      reeve_sqlite_store_reading_take_block (self, bytes, length, edge->sound);
      return TRUE;
    }
  return FALSE;
}

static gboolean
reeve_sqlite_store_reading_read_block (ReeveSqliteStoreReading *self, gint64 id, GError **error)
{
  sqlite3_stmt *statement =
      reeve_sqlite_store_database_query (self->database, "SELECT body FROM block WHERE id = ?1",
                                         error);
  const ReeveSqliteStoreTier *tier = &reeve_sqlite_store_tiers[self->tier];
  g_autoptr (GError) trouble = NULL;
  gboolean row;

  if (statement == NULL)
    return FALSE;
  self->block_begin = reeve_sqlite_store_seal_get_begin (id);
  if (!reeve_sqlite_store_reading_needs_block (self) ||
      reeve_sqlite_store_reading_take_edge (self, id))
    return TRUE;
  sqlite3_bind_int64 (statement, 1, id);
  if (!reeve_sqlite_store_database_step (self->database, statement, &row, &trouble))
    {
      if (reeve_sqlite_store_reading_forgive (self, self->block_begin,
                                              self->block_begin +
                                                  (gint64) tier->row * tier->block_rows,
                                              &trouble))
        return TRUE;
      g_propagate_error (error, g_steal_pointer (&trouble));
      return FALSE;
    }
  if (!row)
    return TRUE;
  /* NULL of a blob that is not empty: its pages cannot be read */
  reeve_sqlite_store_reading_take_block (self, sqlite3_column_blob (statement, 0),
                                         (gsize) sqlite3_column_bytes (statement, 0), FALSE);
  sqlite3_reset (statement);
  return TRUE;
}

static gboolean
reeve_sqlite_store_reading_read_blocks (ReeveSqliteStoreReading *self, GError **error)
{
  gint64 first = reeve_sqlite_store_seal_get_id (self->system, self->tier, self->first);
  gint64 last = reeve_sqlite_store_seal_get_id (self->system, self->tier, self->last);

  for (gint64 id = first; id <= last; id++)
    if ((id % REEVE_SQLITE_STORE_RANGE_CHUNK == 0 &&
         g_cancellable_set_error_if_cancelled (self->cancellable, error)) ||
        !reeve_sqlite_store_reading_read_block (self, id, error))
      return FALSE;
  return TRUE;
}

/* Of the tier and, where that is one of more than an hour, of hours. */
static gboolean
reeve_sqlite_store_reading_read_rolled (ReeveSqliteStoreReading *self, GError **error)
{
  while (reeve_sqlite_store_reading_read_blocks (self, error))
    {
      if (self->tier <= REEVE_SQLITE_STORE_TIER_HOURS)
        return TRUE;
      self->tier--;
    }
  return FALSE;
}

/* ---- the answer ---- */

/* Minutes that are not sealed go before their blocks, hours that are not go after. */
static gboolean
reeve_sqlite_store_reading_read_rows (ReeveSqliteStoreReading *self, GError **error)
{
  gsize hours = (gsize) (self->last / REEVE_SQLITE_STORE_HOUR_MINUTES -
                         self->first / REEVE_SQLITE_STORE_HOUR_MINUTES);
  g_autofree guint8 *sealed = NULL;
  g_autoptr (GError) trouble = NULL;

  if (self->tier > 0)
    self->sealed = sealed = g_new0 (guint8, hours / 8 + 1);
  if (self->tier > 0 && !reeve_sqlite_store_reading_read_rolled (self, error))
    return FALSE;
  if (!reeve_sqlite_store_reading_read_loose (self, &trouble) &&
      !reeve_sqlite_store_reading_forgive (self, self->first, self->last, &trouble))
    {
      g_propagate_error (error, g_steal_pointer (&trouble));
      return FALSE;
    }
  return (self->tier > 0 || reeve_sqlite_store_reading_read_blocks (self, error)) &&
         reeve_sqlite_store_tracks_check (self->tracks, error);
}

static gboolean
reeve_sqlite_store_reading_run (ReeveSqliteStoreReading *self, ReeveHistoryRange *range,
                                GError **error)
{
  gboolean found;

  if (!reeve_sqlite_store_range_find_system (self->database, self->query->system, &self->system,
                                             error))
    return FALSE;
  if (self->system == 0)
    return TRUE;
  if (!reeve_sqlite_store_reading_find_steps (self, &found, error))
    return FALSE;
  if (!found)
    return TRUE;
  if (!reeve_sqlite_store_tracks_read (self->tracks, self->database, self->system,
                                       (const char *const *) self->query->kinds, error) ||
      !reeve_sqlite_store_reading_read_rows (self, error))
    return FALSE;
  range->step = self->step * REEVE_SQLITE_STORE_MINUTE_US;
  reeve_sqlite_store_tracks_fill (self->tracks, range, self->first * REEVE_SQLITE_STORE_MINUTE_US);
  return TRUE;
}

ReeveSqliteStoreRangeAnswer *
reeve_sqlite_store_range_read (const ReeveSqliteStoreRange *self,
                               ReeveSqliteStoreDatabase *database, GCancellable *cancellable,
                               GError **error)
{
  g_autoptr (ReeveSqliteStoreRangeAnswer) answer = g_new0 (ReeveSqliteStoreRangeAnswer, 1);
  g_autoptr (ReeveSqliteStoreTracks) tracks = reeve_sqlite_store_tracks_new ();
  g_autoptr (GHashTable) loose = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  ReeveSqliteStoreReading reading = { .database = database,
                                      .query = self,
                                      .cancellable = cancellable,
                                      .tracks = tracks,
                                      .loose = loose };
  gboolean ok;

  answer->range = reeve_history_range_new ();
  answer->troubles = g_ptr_array_new_with_free_func (g_free);
  answer->range->from = self->from;
  answer->range->to = self->to;
  answer->range->step = REEVE_SQLITE_STORE_MINUTE_US;
  reading.troubles = answer->troubles;
  reading.first = MAX (self->from, 0) / REEVE_SQLITE_STORE_MINUTE_US;
  reading.last = MAX (self->to, 0) / REEVE_SQLITE_STORE_MINUTE_US;
  /* one view for all questions */
  if (!reeve_sqlite_store_database_begin_read (database, error))
    return NULL;
  ok = reeve_sqlite_store_reading_run (&reading, answer->range, error);
  reeve_sqlite_store_reading_clear_edges (&reading);
  reeve_sqlite_store_database_end_read (database);
  return ok ? g_steal_pointer (&answer) : NULL;
}

GVariant *
reeve_sqlite_store_range_list_series (ReeveSqliteStoreDatabase *database, const char *system,
                                      GError **error)
{
  g_autoptr (ReeveSqliteStoreTracks) tracks = reeve_sqlite_store_tracks_new ();
  gint64 id;
  gboolean ok;

  if (!reeve_sqlite_store_database_begin_read (database, error))
    return NULL;
  ok = reeve_sqlite_store_range_find_system (database, system, &id, error) &&
       (id == 0 || reeve_sqlite_store_tracks_read (tracks, database, id, NULL, error));
  reeve_sqlite_store_database_end_read (database);
  return ok ? reeve_sqlite_store_tracks_list (tracks) : NULL;
}
