/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which tier answers a range, in which steps: by what the steps ask for and what each tier has. */

#include "config.h"

#include "reeve-sqlite-store-block.h"
#include "reeve-sqlite-store-range-private.h"
#include "reeve-sqlite-store-seal.h"

/* Minutes that there are rows of; first > last: none. */
typedef struct
{
  gint64 first;
  gint64 last;
} ReeveSqliteStoreSpan;

/* ---- blocks looked at ---- */

static void
reeve_sqlite_store_edge_clear (ReeveSqliteStoreEdge *self)
{
  g_clear_pointer (&self->body, g_bytes_unref);
}

void
reeve_sqlite_store_reading_clear_edges (ReeveSqliteStoreReading *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->edges); i++)
    reeve_sqlite_store_edge_clear (&self->edges[i]);
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
    {
      const gint64 first = sqlite3_column_int64 (statement, 0);
      const gint64 last = sqlite3_column_int64 (statement, 1);

      /* a damaged row says any time */
      if (first >= self->first && first <= last && last <= self->last)
        *span = (ReeveSqliteStoreSpan){ first, last };
      else
        *span = (ReeveSqliteStoreSpan){ self->first, self->last };
    }
  sqlite3_reset (statement);
  return TRUE;
}

/* Widens @span by the rows of a block that touch the range; FALSE: there are none. */
static gboolean
reeve_sqlite_store_reading_widen (ReeveSqliteStoreReading *self, guint tier,
                                  ReeveSqliteStoreEdge *edge, ReeveSqliteStoreSpan *span)
{
  const gint64 begin = reeve_sqlite_store_seal_get_begin (edge->id);
  const gint64 length = reeve_sqlite_store_tiers[tier].row;
  gboolean rows[REEVE_SQLITE_STORE_MAX_ROWS];
  gboolean any = FALSE;
  ReeveSqliteStoreBlock block;
  guint damaged;
  gsize size;
  const guint8 *bytes = g_bytes_get_data (edge->body, &size);

  block = reeve_sqlite_store_block_open (bytes, size, reeve_sqlite_store_tiers[tier].block_rows);
  reeve_sqlite_store_block_list_rows (&block, rows, &damaged);
  edge->sound = damaged == 0;
  for (guint row = 0; row < block.block_rows; row++)
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

/* From the oldest, or the newest, block on until one has rows in the range. The newest may be the
 * oldest. */
static gboolean
reeve_sqlite_store_reading_find_edge (ReeveSqliteStoreReading *self, guint tier, gboolean newest,
                                      ReeveSqliteStoreSpan *span, GError **error)
{
  ReeveSqliteStoreEdge *edge = &self->edges[newest ? 1 : 0];
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
      if (!reeve_sqlite_store_database_step (self->database, statement, &row, error))
        return FALSE;
      if (!row)
        break;
      reeve_sqlite_store_edge_clear (edge);
      edge->id = sqlite3_column_int64 (statement, 0);
      if (newest && self->edges[0].body != NULL && self->edges[0].id == edge->id)
        break;
      edge->body = g_bytes_new (sqlite3_column_blob (statement, 1),
                                (gsize) sqlite3_column_bytes (statement, 1));
      found = reeve_sqlite_store_reading_widen (self, tier, edge, span);
    }
  sqlite3_reset (statement);
  return TRUE;
}

static gboolean
reeve_sqlite_store_reading_find_span (ReeveSqliteStoreReading *self, guint tier,
                                      const ReeveSqliteStoreSpan *loose, ReeveSqliteStoreSpan *span,
                                      GError **error)
{
  *span = *loose;
  reeve_sqlite_store_reading_clear_edges (self);
  return reeve_sqlite_store_reading_find_edge (self, tier, FALSE, span, error) &&
         reeve_sqlite_store_reading_find_edge (self, tier, TRUE, span, error);
}

/* The longest tier whose rows are no longer than a step. Three hours are there to read less: they
 * wait for steps that hold two, which become little longer than those of hours. */
static guint
reeve_sqlite_store_reading_get_wanted_tier (ReeveSqliteStoreReading *self)
{
  const gint64 points = self->query->points;
  const gint64 step = (self->last - self->first + points) / points;
  guint tier = REEVE_SQLITE_STORE_TIER_MINUTES;

  if (2 * reeve_sqlite_store_tiers[REEVE_SQLITE_STORE_TIER_THREE_HOURS].row <= step)
    return REEVE_SQLITE_STORE_TIER_THREE_HOURS;
  while (tier < REEVE_SQLITE_STORE_TIER_HOURS && reeve_sqlite_store_tiers[tier + 1].row <= step)
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

/* Mostly the tier that the steps ask for has all of the range, and the others, which are not looked
 * at then, are not to be taken: shorter ones than *@ret_least. Where the file is too damaged to say
 * what a tier has, the others say it: what is lost is named when it is read. */
static gboolean
reeve_sqlite_store_reading_find_spans (ReeveSqliteStoreReading *self,
                                       ReeveSqliteStoreSpan spans[REEVE_SQLITE_STORE_N_TIERS],
                                       guint *ret_least, GError **error)
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
  *ret_least = covered ? wanted : 0;
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

/* The one that the steps ask for, now that the range ends where its rows do, or a longer one that
 * begins earlier. */
static void
reeve_sqlite_store_reading_choose_tier (
    ReeveSqliteStoreReading *self, const ReeveSqliteStoreSpan spans[REEVE_SQLITE_STORE_N_TIERS],
    guint least)
{
  self->tier = MAX (reeve_sqlite_store_reading_get_wanted_tier (self), least);
  while (self->tier + 1 < REEVE_SQLITE_STORE_N_TIERS &&
         !reeve_sqlite_store_reading_reaches_back (spans, self->tier))
    self->tier++;
}

gboolean
reeve_sqlite_store_reading_find_steps (ReeveSqliteStoreReading *self, gboolean *ret_found,
                                       GError **error)
{
  ReeveSqliteStoreSpan spans[REEVE_SQLITE_STORE_N_TIERS];
  ReeveSqliteStoreSpan all = { G_MAXINT64, -1 };
  guint least;

  if (!reeve_sqlite_store_reading_find_spans (self, spans, &least, error))
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
  reeve_sqlite_store_reading_choose_tier (self, spans, least);
  reeve_sqlite_store_reading_choose_step (self, self->query->points);
  self->first = self->origin + (self->first - self->origin) / self->step * self->step;
  self->last =
      self->origin + (self->last - self->origin) / self->step * self->step + self->step - 1;
  reeve_sqlite_store_tracks_set_steps (self->tracks,
                                       (guint) ((self->last - self->first) / self->step + 1),
                                       self->query->spread && self->step > 1);
  return TRUE;
}
