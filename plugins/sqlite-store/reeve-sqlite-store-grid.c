/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Columns in memory, and many rows made into few. */

#include "config.h"

#include "reeve-sqlite-store-grid.h"

#include <math.h>

const ReeveSqliteStoreTier reeve_sqlite_store_tiers[REEVE_SQLITE_STORE_N_TIERS] = {
  [REEVE_SQLITE_STORE_TIER_MINUTES] = { 1, 360 },       /* a quarter of a day */
  [REEVE_SQLITE_STORE_TIER_TEN_MINUTES] = { 10, 144 },  /* a day */
  [REEVE_SQLITE_STORE_TIER_HOURS] = { 60, 168 },        /* a week */
  [REEVE_SQLITE_STORE_TIER_THREE_HOURS] = { 180, 168 }, /* three weeks */
};

static void
reeve_sqlite_store_grid_column_free (gpointer data)
{
  ReeveSqliteStoreGridColumn *column = data;

  /* one piece of memory for all */
  g_free (column->stats[REEVE_SQLITE_STORE_STAT_VALUE]);
  g_free (column);
}

ReeveSqliteStoreGrid *
reeve_sqlite_store_grid_new (gboolean rolled, const guint *rows, guint n_rows)
{
  ReeveSqliteStoreGrid *self = g_new0 (ReeveSqliteStoreGrid, 1);

  g_assert (n_rows <= REEVE_SQLITE_STORE_MAX_ROWS);
  self->rolled = rolled;
  self->n_rows = n_rows;
  for (guint i = 0; i < n_rows; i++)
    self->rows[i] = rows[i];
  self->columns = g_ptr_array_new_with_free_func (reeve_sqlite_store_grid_column_free);
  self->by_key = g_hash_table_new (NULL, NULL);
  return self;
}

void
reeve_sqlite_store_grid_free (ReeveSqliteStoreGrid *self)
{
  g_hash_table_unref (self->by_key);
  g_ptr_array_unref (self->columns);
  g_free (self);
}

ReeveSqliteStoreGridColumn *
reeve_sqlite_store_grid_ensure (ReeveSqliteStoreGrid *self, guint key, gboolean last)
{
  ReeveSqliteStoreGridColumn *column = g_hash_table_lookup (self->by_key, GUINT_TO_POINTER (key));
  guint n_stats = self->rolled ? REEVE_SQLITE_STORE_N_STATS - (last ? 0 : 1) : 1;
  double *room;

  if (column != NULL)
    return column;
  if (self->cells + (gsize) n_stats * self->n_rows > REEVE_SQLITE_STORE_MAX_GRID)
    {
      self->left_out++;
      return NULL;
    }
  self->cells += (gsize) n_stats * self->n_rows;
  column = g_new0 (ReeveSqliteStoreGridColumn, 1);
  column->key = key;
  column->last = last;
  room = g_new (double, MAX ((gsize) n_stats * self->n_rows, 1));
  for (gsize i = 0; i < (gsize) n_stats * self->n_rows; i++)
    room[i] = NAN;
  for (guint stat = 0; stat < n_stats; stat++)
    column->stats[stat] = room + (gsize) stat * self->n_rows;
  g_ptr_array_add (self->columns, column);
  g_hash_table_insert (self->by_key, GUINT_TO_POINTER (key), column);
  return column;
}

static int
reeve_sqlite_store_grid_compare (gconstpointer a, gconstpointer b)
{
  const ReeveSqliteStoreGridColumn *one = *(ReeveSqliteStoreGridColumn *const *) a;
  const ReeveSqliteStoreGridColumn *other = *(ReeveSqliteStoreGridColumn *const *) b;

  return one->key < other->key ? -1 : one->key > other->key;
}

void
reeve_sqlite_store_grid_sort (ReeveSqliteStoreGrid *self)
{
  g_ptr_array_sort (self->columns, reeve_sqlite_store_grid_compare);
}

int
reeve_sqlite_store_grid_find_row (const ReeveSqliteStoreGrid *self, guint row)
{
  guint low = 0, high = self->n_rows;

  while (low < high)
    {
      guint middle = (low + high) / 2;

      if (self->rows[middle] < row)
        low = middle + 1;
      else
        high = middle;
    }
  return low < self->n_rows && self->rows[low] == row ? (int) low : -1;
}

/* ---- roll-ups ---- */

/* Rows @first to before @end of @from become row @to of @into. A row of one minute is all that a
 * roll-up knows of it. */
static void
reeve_sqlite_store_grid_roll_column (const ReeveSqliteStoreGridColumn *from, guint first, guint end,
                                     ReeveSqliteStoreGridColumn *into, guint to)
{
  const double *values = from->stats[REEVE_SQLITE_STORE_STAT_VALUE];
  const double *counts = from->stats[REEVE_SQLITE_STORE_STAT_COUNT];
  const double *minima = from->stats[REEVE_SQLITE_STORE_STAT_MINIMUM];
  const double *maxima = from->stats[REEVE_SQLITE_STORE_STAT_MAXIMUM];
  const double *lasts = from->stats[REEVE_SQLITE_STORE_STAT_LAST];
  double sum = 0, n = 0, least = INFINITY, most = -INFINITY, last = NAN;

  for (guint i = first; i < end; i++)
    {
      const double count = counts != NULL ? counts[i] : 1;

      if (isnan (values[i]))
        continue;
      sum += values[i] * count;
      least = fmin (least, minima != NULL ? minima[i] : values[i]);
      most = fmax (most, maxima != NULL ? maxima[i] : values[i]);
      last = lasts != NULL ? lasts[i] : values[i];
      n += count;
    }
  if (!(n > 0))
    return;
  /* a sum of many may lie beside its terms by the last bit */
  into->stats[REEVE_SQLITE_STORE_STAT_VALUE][to] = CLAMP (sum / n, least, most);
  into->stats[REEVE_SQLITE_STORE_STAT_MINIMUM][to] = least;
  into->stats[REEVE_SQLITE_STORE_STAT_MAXIMUM][to] = most;
  into->stats[REEVE_SQLITE_STORE_STAT_COUNT][to] = n;
  if (into->last)
    into->stats[REEVE_SQLITE_STORE_STAT_LAST][to] = last;
}

ReeveSqliteStoreGrid *
reeve_sqlite_store_grid_roll (const ReeveSqliteStoreGrid *self, guint length, guint offset)
{
  guint rows[REEVE_SQLITE_STORE_MAX_ROWS];
  guint begins[REEVE_SQLITE_STORE_MAX_ROWS + 1];
  ReeveSqliteStoreGrid *rolled;
  guint n = 0;

  for (guint i = 0; i < self->n_rows; i++)
    {
      guint row = (offset + self->rows[i]) / length;

      if (n > 0 && rows[n - 1] == row)
        continue;
      rows[n] = row;
      begins[n++] = i;
    }
  begins[n] = self->n_rows;
  rolled = reeve_sqlite_store_grid_new (TRUE, rows, n);
  for (guint i = 0; i < self->columns->len; i++)
    {
      const ReeveSqliteStoreGridColumn *from = g_ptr_array_index (self->columns, i);
      ReeveSqliteStoreGridColumn *into =
          reeve_sqlite_store_grid_ensure (rolled, from->key, from->last);

      if (into == NULL)
        continue;
      into->rate = from->rate;
      for (guint row = 0; row < n; row++)
        reeve_sqlite_store_grid_roll_column (from, begins[row], begins[row + 1], into, row);
    }
  return rolled;
}
