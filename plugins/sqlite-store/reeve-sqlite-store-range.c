/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Rows into columns: chooses a tier and the length of the steps, reads the blocks of one system and
 * what is not sealed yet, and gathers each column by itself.
 *
 * Blocks are looked up one by one, so that a damaged page costs its block and no more. Rows that
 * are not sealed count for their minute; beside roll-ups only those of hours that have none yet.
 */

#include "config.h"

#include "reeve-sqlite-store-range.h"

#include <math.h>
#include <string.h>

#include "reeve-sqlite-store-block.h"
#include "reeve-sqlite-store-catalogue.h"
#include "reeve-sqlite-store-seal.h"
#include "reeve-sqlite-store-track.h"

/* Rows, or blocks, between two looks at the cancellable. */
#define REEVE_SQLITE_STORE_RANGE_CHUNK 64
/* Troubles that one answer names. */
#define REEVE_SQLITE_STORE_RANGE_TROUBLES 16

typedef struct
{
  ReeveSqliteStoreDatabase *database;
  const ReeveSqliteStoreRange *query;
  GCancellable *cancellable;
  ReeveSqliteStoreTracks *tracks;
  GPtrArray *troubles;
  gint64 system;
  gint64 first, last;  /* minutes */
  gint64 origin, step; /* minutes */
  guint tier;
  GHashTable *loose;  /* of tier 0: minutes with a loose row, as a set */
  guint8 *sealed;     /* else: hours from the first one on that need no loose rows, a bit each */
  gint64 block_begin; /* of the block at hand */
  guint n_targets;    /* of the segment at hand */
  ReeveSqliteStoreTarget targets[REEVE_SQLITE_STORE_MAX_ROWS];
  gint64 minutes[REEVE_SQLITE_STORE_MAX_ROWS]; /* of its rows */
} ReeveSqliteStoreReading;

/* Minutes that there are rows of; first > last: none. */
typedef struct
{
  gint64 first;
  gint64 last;
} ReeveSqliteStoreSpan;

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

  if (self->troubles->len < REEVE_SQLITE_STORE_RANGE_TROUBLES)
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

/* ---- which minutes there are ---- */

static gboolean
reeve_sqlite_store_reading_find_loose (ReeveSqliteStoreReading *self, ReeveSqliteStoreSpan *span,
                                       GError **error)
{
  sqlite3_stmt *statement = reeve_sqlite_store_database_query (
      self->database,
      "SELECT (SELECT min (minute) FROM sample WHERE system = ?1 AND minute BETWEEN ?2 AND ?3),"
      " (SELECT max (minute) FROM sample WHERE system = ?1 AND minute BETWEEN ?2 AND ?3)",
      error);
  gboolean row;

  *span = (ReeveSqliteStoreSpan){ G_MAXINT64, -1 };
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, self->system);
  sqlite3_bind_int64 (statement, 2, self->first);
  sqlite3_bind_int64 (statement, 3, self->last);
  if (!reeve_sqlite_store_database_step (self->database, statement, &row, error))
    return FALSE;
  if (row && sqlite3_column_type (statement, 0) != SQLITE_NULL)
    *span = (ReeveSqliteStoreSpan){ sqlite3_column_int64 (statement, 0),
                                    sqlite3_column_int64 (statement, 1) };
  sqlite3_reset (statement);
  return TRUE;
}

/* Widens @span by the rows of a block that touch the range; FALSE: there are none. */
static gboolean
reeve_sqlite_store_reading_widen (ReeveSqliteStoreReading *self, guint tier, gint64 begin,
                                  sqlite3_stmt *statement, ReeveSqliteStoreSpan *span)
{
  gint64 length = reeve_sqlite_store_tiers[tier].row;
  gboolean rows[REEVE_SQLITE_STORE_MAX_ROWS];
  gboolean any = FALSE;
  guint damaged;

  reeve_sqlite_store_block_list_rows (sqlite3_column_blob (statement, 1),
                                      (gsize) sqlite3_column_bytes (statement, 1),
                                      reeve_sqlite_store_tiers[tier].block_rows, rows, &damaged);
  for (guint row = 0; row < reeve_sqlite_store_tiers[tier].block_rows; row++)
    {
      gint64 minute = begin + row * length;

      /* what is damaged was there: the answer has a hole, and not a longer tier for all */
      if ((!rows[row] && damaged == 0) || minute + length <= self->first || minute > self->last)
        continue;
      span->first = MIN (span->first, minute);
      span->last = MAX (span->last, minute + length - 1);
      any = TRUE;
    }
  return any;
}

/* From the oldest, or the newest, block on until one has rows in the range, whose id is then
 * *@edge. The block that was the edge before need not be read again. */
static gboolean
reeve_sqlite_store_reading_find_edge (ReeveSqliteStoreReading *self, guint tier, gboolean newest,
                                      gint64 *edge, ReeveSqliteStoreSpan *span, GError **error)
{
  sqlite3_stmt *statement =
      newest ? reeve_sqlite_store_database_query (
                   self->database,
                   "SELECT id, body FROM block WHERE id BETWEEN ?1 AND ?2 ORDER BY id DESC", error)
             : reeve_sqlite_store_database_query (
                   self->database,
                   "SELECT id, body FROM block WHERE id BETWEEN ?1 AND ?2 ORDER BY id", error);
  gboolean row, found = FALSE;

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1,
                      reeve_sqlite_store_seal_get_id (self->system, tier, self->first));
  sqlite3_bind_int64 (statement, 2,
                      reeve_sqlite_store_seal_get_id (self->system, tier, self->last));
  while (!found)
    {
      gint64 id;

      if (!reeve_sqlite_store_database_step (self->database, statement, &row, error))
        return FALSE;
      if (!row)
        break;
      id = sqlite3_column_int64 (statement, 0);
      found = id == *edge ||
              reeve_sqlite_store_reading_widen (self, tier, reeve_sqlite_store_seal_get_begin (id),
                                                statement, span);
      *edge = id;
    }
  sqlite3_reset (statement);
  return TRUE;
}

static gboolean
reeve_sqlite_store_reading_find_span (ReeveSqliteStoreReading *self, guint tier,
                                      const ReeveSqliteStoreSpan *loose, ReeveSqliteStoreSpan *span,
                                      GError **error)
{
  gint64 edge = -1;

  *span = *loose;
  return reeve_sqlite_store_reading_find_edge (self, tier, FALSE, &edge, span, error) &&
         reeve_sqlite_store_reading_find_edge (self, tier, TRUE, &edge, span, error);
}

/* The longest tier whose rows are no longer than a step. */
static guint
reeve_sqlite_store_reading_get_wanted_tier (ReeveSqliteStoreReading *self)
{
  const gint64 points = self->query->points;
  const gint64 step = (self->last - self->first + points) / points;
  guint tier = 0;

  while (tier + 1 < REEVE_SQLITE_STORE_N_TIERS && reeve_sqlite_store_tiers[tier + 1].row <= step)
    tier++;
  return tier;
}

/* Has @tier all of the range, but for less than a row of the next? */
static gboolean
reeve_sqlite_store_reading_is_covered (ReeveSqliteStoreReading *self, guint tier,
                                       const ReeveSqliteStoreSpan *span)
{
  const guint next = MIN (tier + 1, REEVE_SQLITE_STORE_N_TIERS - 1);
  const gint64 row = reeve_sqlite_store_tiers[next].row;

  return span->first - self->first < row && self->last - span->last < row;
}

/* Mostly the tier that the steps ask for has all of the range, and the others need not be looked
 * at. Where the file is too damaged to say what a tier has, the others say it: what is lost is
 * named when it is read. */
static gboolean
reeve_sqlite_store_reading_find_spans (ReeveSqliteStoreReading *self,
                                       ReeveSqliteStoreSpan spans[REEVE_SQLITE_STORE_N_TIERS],
                                       GError **error)
{
  ReeveSqliteStoreSpan all = { G_MAXINT64, -1 };
  gboolean known[REEVE_SQLITE_STORE_N_TIERS] = { FALSE };
  g_autoptr (GError) damage = NULL;
  const guint wanted = reeve_sqlite_store_reading_get_wanted_tier (self);
  ReeveSqliteStoreSpan loose;
  gboolean covered = FALSE;

  for (int i = -1; i < REEVE_SQLITE_STORE_N_TIERS && !covered; i++)
    {
      const guint tier = (wanted + (guint) MAX (i, 0)) % REEVE_SQLITE_STORE_N_TIERS;
      ReeveSqliteStoreSpan *span = i < 0 ? &loose : &spans[tier];
      g_autoptr (GError) trouble = NULL;

      if (i < 0)
        reeve_sqlite_store_reading_find_loose (self, span, &trouble);
      else
        reeve_sqlite_store_reading_find_span (self, tier, &loose, span, &trouble);
      all.first = MIN (all.first, span->first);
      all.last = MAX (all.last, span->last);
      if (i >= 0 && trouble == NULL)
        {
          known[tier] = TRUE;
          covered = damage == NULL && reeve_sqlite_store_reading_is_covered (self, tier, span);
        }
      if (trouble == NULL)
        continue;
      if (!g_error_matches (trouble, REEVE_ERROR, REEVE_ERROR_FAILED))
        {
          g_propagate_error (error, g_steal_pointer (&trouble));
          return FALSE;
        }
      g_clear_error (&damage);
      damage = g_steal_pointer (&trouble);
    }
  for (guint tier = 0; tier < REEVE_SQLITE_STORE_N_TIERS; tier++)
    if (!known[tier])
      spans[tier] = all;
  if (damage == NULL || all.first <= all.last)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&damage));
  return FALSE;
}

/* ---- tier and steps ---- */

static void
reeve_sqlite_store_reading_choose_step (ReeveSqliteStoreReading *self, gint64 points)
{
  gint64 row = reeve_sqlite_store_tiers[self->tier].row;
  gint64 first = self->first / row * row;
  gint64 n = (self->last - first) / row + 1;

  self->origin = points > 1 ? 0 : first;
  self->step = (n + points - 1) / points * row;
  /* with their places fixed the steps may be one more than the length asks for */
  while (points > 1 && self->last / self->step - self->first / self->step + 1 > points)
    self->step += row;
}

/* FALSE: what a longer tier has begins before the rows of @tier do. */
static gboolean
reeve_sqlite_store_reading_reaches_back (
    const ReeveSqliteStoreSpan spans[REEVE_SQLITE_STORE_N_TIERS], guint tier)
{
  for (guint longer = tier + 1; longer < REEVE_SQLITE_STORE_N_TIERS; longer++)
    {
      gint64 row = reeve_sqlite_store_tiers[longer].row;

      if (spans[longer].first / row < spans[tier].first / row)
        return FALSE;
    }
  return TRUE;
}

/* The one that the steps ask for, or a longer one that begins earlier. */
static void
reeve_sqlite_store_reading_choose_tier (
    ReeveSqliteStoreReading *self, const ReeveSqliteStoreSpan spans[REEVE_SQLITE_STORE_N_TIERS])
{
  self->tier = reeve_sqlite_store_reading_get_wanted_tier (self);
  while (self->tier + 1 < REEVE_SQLITE_STORE_N_TIERS &&
         !reeve_sqlite_store_reading_reaches_back (spans, self->tier))
    self->tier++;
}

/* The minutes of which there are rows, and whole steps around them. */
static gboolean
reeve_sqlite_store_reading_find_steps (ReeveSqliteStoreReading *self, gboolean *ret_found,
                                       GError **error)
{
  ReeveSqliteStoreSpan spans[REEVE_SQLITE_STORE_N_TIERS];
  ReeveSqliteStoreSpan all = { G_MAXINT64, -1 };

  if (!reeve_sqlite_store_reading_find_spans (self, spans, error))
    return FALSE;
  for (guint tier = 0; tier < REEVE_SQLITE_STORE_N_TIERS; tier++)
    {
      all.first = MIN (all.first, spans[tier].first);
      all.last = MAX (all.last, spans[tier].last);
    }
  *ret_found = all.first <= all.last;
  if (!*ret_found)
    return TRUE;
  self->first = MAX (self->first, all.first);
  self->last = MIN (self->last, all.last);
  reeve_sqlite_store_reading_choose_tier (self, spans);
  reeve_sqlite_store_reading_choose_step (self, self->query->points);
  self->first = self->origin + (self->first - self->origin) / self->step * self->step;
  self->last =
      self->origin + (self->last - self->origin) / self->step * self->step + self->step - 1;
  reeve_sqlite_store_tracks_set_steps (self->tracks,
                                       (guint) ((self->last - self->first) / self->step + 1),
                                       self->query->spread && self->step > 1);
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
  gboolean row = TRUE;

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
                                       gsize length)
{
  static const ReeveSqliteStoreBlockFuncs funcs = {
    reeve_sqlite_store_reading_wants,
    reeve_sqlite_store_reading_take_segment,
    reeve_sqlite_store_reading_take_column,
  };
  const ReeveSqliteStoreTier *tier = &reeve_sqlite_store_tiers[self->tier];
  const gboolean loose = g_hash_table_size (self->loose) > 0;
  gint64 end = self->block_begin + (gint64) tier->row * tier->block_rows;
  gboolean known[REEVE_SQLITE_STORE_MAX_ROWS], there[REEVE_SQLITE_STORE_MAX_ROWS];

  for (guint row = 0; row < tier->block_rows; row++)
    {
      gint64 minute = self->block_begin + row * (gint64) tier->row;

      known[row] = minute < self->first || minute > self->last ||
                   (loose && g_hash_table_contains (self->loose, &minute));
    }
  if (reeve_sqlite_store_block_visit (bytes, length, tier->block_rows, known, there, &funcs, self) >
      0)
    reeve_sqlite_store_reading_note (self, self->block_begin, end, "part");
  for (guint row = 0; row < tier->block_rows && self->tier > 0; row++)
    {
      gint64 minute = self->block_begin + row * (gint64) tier->row;

      if (there[row] && minute >= self->first && minute <= self->last)
        reeve_sqlite_store_reading_find_hour (self, minute, TRUE);
    }
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
                                         (gsize) sqlite3_column_bytes (statement, 0));
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
  if (self->tier > 0 && !reeve_sqlite_store_reading_read_blocks (self, error))
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
