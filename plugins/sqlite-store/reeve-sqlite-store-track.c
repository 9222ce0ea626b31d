/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Names of columns, and values gathered by step. */

#include "config.h"

#include "reeve-sqlite-store-track.h"

#include <math.h>
#include <string.h>

#include "reeve-sqlite-store-shape.h"
#include "reeve-sqlite-store-text.h"

/* What was gathered in each step; only what is wanted has room, all in one piece of memory. */
typedef struct
{
  double *weights; /* values; 0: none yet */
  double *sums;
  double *least;
  double *most;
  double *last;
  double *minutes; /* of last */
} ReeveSqliteStoreCells;

struct _ReeveSqliteStoreTrack
{
  const char *kind; /* of the tracks' strings, which have each once */
  const char *instance;
  const char *metric; /* of the shapes */
  const char *definition;
  ReeveAggregation aggregation;
  guint order;
  double *room; /* of the cells; NULL: nothing was taken yet */
  ReeveSqliteStoreCells cells;
};

typedef struct
{
  guint n;
  ReeveSqliteStoreTrack *tracks[REEVE_SCHEMA_MAX_METRICS]; /* NULL: not wanted */
} ReeveSqliteStoreTrackSet;

struct _ReeveSqliteStoreTracks
{
  GStringChunk *strings; /* names */
  GHashTable *shapes;    /* id -> GPtrArray of ReeveSqliteStoreColumn */
  GHashTable *tracks;    /* set of ReeveSqliteStoreTrack, by their names */
  GPtrArray *sets;       /* by series number, of ReeveSqliteStoreTrackSet, NULL: not wanted */
  guint n_steps;
  gboolean spread;
  guint n_used; /* tracks with cells */
  gboolean full;
};

static void
reeve_sqlite_store_track_free (gpointer data)
{
  ReeveSqliteStoreTrack *track = data;

  g_free (track->room);
  g_free (track);
}

static guint
reeve_sqlite_store_track_hash (gconstpointer data)
{
  const ReeveSqliteStoreTrack *track = data;

  return g_str_hash (track->metric) * 31 + GPOINTER_TO_UINT (track->kind) * 7 +
         GPOINTER_TO_UINT (track->instance);
}

static gboolean
reeve_sqlite_store_track_equal (gconstpointer a, gconstpointer b)
{
  const ReeveSqliteStoreTrack *one = a, *other = b;

  return one->kind == other->kind && one->instance == other->instance &&
         strcmp (one->metric, other->metric) == 0;
}

ReeveSqliteStoreTracks *
reeve_sqlite_store_tracks_new (void)
{
  ReeveSqliteStoreTracks *self = g_new0 (ReeveSqliteStoreTracks, 1);

  self->strings = g_string_chunk_new (4096);
  self->shapes = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free,
                                        (GDestroyNotify) g_ptr_array_unref);
  self->tracks =
      g_hash_table_new_full (reeve_sqlite_store_track_hash, reeve_sqlite_store_track_equal,
                             reeve_sqlite_store_track_free, NULL);
  self->sets = g_ptr_array_new_with_free_func (g_free);
  return self;
}

void
reeve_sqlite_store_tracks_free (ReeveSqliteStoreTracks *self)
{
  g_ptr_array_unref (self->sets);
  g_hash_table_unref (self->tracks);
  g_hash_table_unref (self->shapes);
  g_string_chunk_free (self->strings);
  g_free (self);
}

/* ---- names ---- */

/* Of the row at hand; NULL with @error. */
static GPtrArray *
reeve_sqlite_store_tracks_get_shape (ReeveSqliteStoreTracks *self,
                                     ReeveSqliteStoreDatabase *database, sqlite3_stmt *statement,
                                     GError **error)
{
  gint64 id = sqlite3_column_int64 (statement, 2);
  GPtrArray *columns = g_hash_table_lookup (self->shapes, &id);

  if (columns == NULL)
    {
      const char *metrics = reeve_sqlite_store_text_get (database, statement, 4, error);

      if (metrics == NULL)
        return NULL;
      columns = reeve_sqlite_store_shape_parse (metrics);
      g_hash_table_insert (self->shapes, g_memdup2 (&id, sizeof id), columns);
    }
  return columns;
}

/* NULL when a newer column of that name means something else. */
static ReeveSqliteStoreTrack *
reeve_sqlite_store_tracks_ensure (ReeveSqliteStoreTracks *self, const char *kind,
                                  const char *instance, const ReeveSqliteStoreColumn *column)
{
  const ReeveSqliteStoreTrack sought = {
    .kind = kind,
    .instance = instance,
    .metric = column->name,
  };
  ReeveSqliteStoreTrack *track = g_hash_table_lookup (self->tracks, &sought);

  if (column->name[0] == '\0')
    return NULL;
  if (track != NULL)
    return strcmp (track->definition, column->definition) == 0 ? track : NULL;
  track = g_new0 (ReeveSqliteStoreTrack, 1);
  track->kind = kind;
  track->instance = instance;
  track->metric = column->name;
  track->definition = column->definition;
  track->aggregation = column->aggregation;
  g_hash_table_add (self->tracks, track);
  return track;
}

/* The row at hand, whose kind is a proper text. */
static gboolean
reeve_sqlite_store_tracks_add_series (ReeveSqliteStoreTracks *self,
                                      ReeveSqliteStoreDatabase *database, sqlite3_stmt *statement,
                                      GError **error)
{
  gint64 number = sqlite3_column_int64 (statement, 0);
  guint64 used = (guint64) sqlite3_column_int64 (statement, 5);
  const char *kind =
      g_string_chunk_insert_const (self->strings,
                                   (const char *) sqlite3_column_text (statement, 3));
  const char *instance = reeve_sqlite_store_text_get (database, statement, 1, error);
  ReeveSqliteStoreTrackSet *set;
  GPtrArray *columns;

  if (instance == NULL)
    return FALSE;
  instance = g_string_chunk_insert_const (self->strings, instance);
  columns = reeve_sqlite_store_tracks_get_shape (self, database, statement, error);
  if (columns == NULL)
    return FALSE;
  if (number < 0 || number >= REEVE_SQLITE_STORE_MAX_SERIES)
    return TRUE;
  if (number >= self->sets->len)
    g_ptr_array_set_size (self->sets, (int) number + 1);
  set = g_new0 (ReeveSqliteStoreTrackSet, 1);
  set->n = columns->len;
  for (guint i = 0; i < columns->len; i++)
    {
      if ((used >> i & 1) == 0)
        continue;
      set->tracks[i] =
          reeve_sqlite_store_tracks_ensure (self, kind, instance, g_ptr_array_index (columns, i));
      if (set->tracks[i] != NULL)
        set->tracks[i]->order = (guint) number * REEVE_SCHEMA_MAX_METRICS + i;
    }
  g_clear_pointer (&self->sets->pdata[number], g_free);
  self->sets->pdata[number] = set;
  return TRUE;
}

/* The newest first: theirs are the names. */
gboolean
reeve_sqlite_store_tracks_read (ReeveSqliteStoreTracks *self, ReeveSqliteStoreDatabase *database,
                                gint64 system, const char *const *kinds, GError **error)
{
  sqlite3_stmt *statement = reeve_sqlite_store_database_query (
      database,
      "SELECT series.number, series.instance, shape.id, shape.kind, shape.metrics, series.columns"
      " FROM series JOIN shape ON shape.id = series.shape WHERE series.system = ?1"
      " ORDER BY series.day DESC, shape.id DESC, series.number",
      error);
  gboolean row;

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, system);
  do
    {
      const char *kind;

      if (!reeve_sqlite_store_database_step (database, statement, &row, error))
        return FALSE;
      if (!row)
        continue;
      kind = reeve_sqlite_store_text_get (database, statement, 3, error);
      if (kind == NULL ||
          ((kinds == NULL || g_strv_contains (kinds, kind)) &&
           !reeve_sqlite_store_tracks_add_series (self, database, statement, error)))
        return FALSE;
    }
  while (row);
  return TRUE;
}

/* ---- values ---- */

void
reeve_sqlite_store_tracks_set_steps (ReeveSqliteStoreTracks *self, guint n_steps, gboolean spread)
{
  self->n_steps = n_steps;
  self->spread = spread;
}

ReeveSqliteStoreTrack *
reeve_sqlite_store_tracks_find (ReeveSqliteStoreTracks *self, guint key)
{
  guint number = key / REEVE_SQLITE_STORE_CODEC_COLUMNS;
  guint column = key % REEVE_SQLITE_STORE_CODEC_COLUMNS;
  ReeveSqliteStoreTrackSet *set =
      number < self->sets->len ? g_ptr_array_index (self->sets, number) : NULL;

  return set != NULL && column < set->n ? set->tracks[column] : NULL;
}

static ReeveSqliteStoreWant
reeve_sqlite_store_track_get_want (const ReeveSqliteStoreTrack *self, gboolean spread)
{
  if (spread)
    return REEVE_SQLITE_STORE_WANT_ALL;
  return self->aggregation == REEVE_AGGREGATION_MAXIMUM
             ? REEVE_SQLITE_STORE_WANT_VALUE | REEVE_SQLITE_STORE_WANT_MAXIMUM
             : REEVE_SQLITE_STORE_WANT_VALUE;
}

ReeveSqliteStoreWant
reeve_sqlite_store_tracks_get_want (ReeveSqliteStoreTracks *self, guint key)
{
  const ReeveSqliteStoreTrack *track = reeve_sqlite_store_tracks_find (self, key);

  return track != NULL ? reeve_sqlite_store_track_get_want (track, self->spread)
                       : REEVE_SQLITE_STORE_WANT_NOTHING;
}

/* FALSE: there would be too many. */
static gboolean __attribute__ ((noinline))
reeve_sqlite_store_tracks_add_cells (ReeveSqliteStoreTracks *self, ReeveSqliteStoreTrack *track)
{
  const ReeveSqliteStoreWant want = reeve_sqlite_store_track_get_want (track, self->spread);
  const gboolean average = track->aggregation == REEVE_AGGREGATION_AVERAGE;
  const gboolean last = !average && track->aggregation != REEVE_AGGREGATION_MAXIMUM;
  ReeveSqliteStoreCells *cells = &track->cells;
  double **const lists[] = {
    &cells->weights,
    average ? &cells->sums : NULL,
    want & REEVE_SQLITE_STORE_WANT_MINIMUM ? &cells->least : NULL,
    want & REEVE_SQLITE_STORE_WANT_MAXIMUM ? &cells->most : NULL,
    last ? &cells->last : NULL,
    last ? &cells->minutes : NULL,
  };
  guint n = 0;

  self->full |= ((gsize) self->n_used + 1) * self->n_steps > REEVE_SQLITE_STORE_MAX_CELLS;
  if (self->full)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    n += lists[i] != NULL ? 1 : 0;
  track->room = g_new0 (double, (gsize) n * self->n_steps);
  for (guint i = G_N_ELEMENTS (lists); i > 0; i--)
    if (lists[i - 1] != NULL)
      *lists[i - 1] = track->room + --n * (gsize) self->n_steps;
  for (guint step = 0; step < self->n_steps && cells->most != NULL; step++)
    cells->most[step] = -INFINITY;
  for (guint step = 0; step < self->n_steps && cells->least != NULL; step++)
    cells->least[step] = INFINITY;
  self->n_used++;
  return TRUE;
}

static inline gboolean
reeve_sqlite_store_tracks_ensure_cells (ReeveSqliteStoreTracks *self, ReeveSqliteStoreTrack *track)
{
  return track->room != NULL || reeve_sqlite_store_tracks_add_cells (self, track);
}

/* Rows of a column, and where they go. */
typedef struct
{
  const double *stats[REEVE_SQLITE_STORE_N_STATS]; /* of what is rolled up; else all the values */
  const gint64 *minutes;
  gboolean full;
  const ReeveSqliteStoreTarget *targets;
  guint n_targets;
} ReeveSqliteStoreTaken;

static inline gboolean
reeve_sqlite_store_taken_has (const ReeveSqliteStoreTaken *self, guint row)
{
  return self->full || !isnan (self->stats[REEVE_SQLITE_STORE_STAT_VALUE][row]);
}

/* Made anew for each of what may be: this is what a long range does most. @sums: may be NULL. */
static inline __attribute__ ((always_inline)) void
reeve_sqlite_store_taken_sum_rows (const ReeveSqliteStoreTaken *self, gboolean full,
                                   gboolean counted, double *weights, double *sums)
{
  const double *values = self->stats[REEVE_SQLITE_STORE_STAT_VALUE];
  const double *counts = self->stats[REEVE_SQLITE_STORE_STAT_COUNT];

  for (guint i = 0; i < self->n_targets; i++)
    {
      const ReeveSqliteStoreTarget target = self->targets[i];
      double weight = weights[target.step];
      double sum = sums != NULL ? sums[target.step] : 0;

      for (guint row = target.first; row < target.end; row++)
        {
          const double count = counted ? counts[row] : 1;

          if (!full && isnan (values[row]))
            continue;
          weight += count;
          sum += values[row] * count;
        }
      weights[target.step] = weight;
      if (sums != NULL)
        sums[target.step] = sum;
    }
}

static void
reeve_sqlite_store_taken_sum (const ReeveSqliteStoreTaken *self, const ReeveSqliteStoreCells *cells)
{
  const gboolean counted = self->stats[REEVE_SQLITE_STORE_STAT_COUNT] != NULL;

  if (self->full && counted && cells->sums != NULL)
    reeve_sqlite_store_taken_sum_rows (self, TRUE, TRUE, cells->weights, cells->sums);
  else if (self->full && cells->sums != NULL)
    reeve_sqlite_store_taken_sum_rows (self, TRUE, FALSE, cells->weights, cells->sums);
  else
    reeve_sqlite_store_taken_sum_rows (self, self->full, counted, cells->weights, cells->sums);
}

static void
reeve_sqlite_store_taken_bound (const ReeveSqliteStoreTaken *self, double *least, double *most)
{
  const double *below = self->stats[REEVE_SQLITE_STORE_STAT_MINIMUM];
  const double *above = self->stats[REEVE_SQLITE_STORE_STAT_MAXIMUM];

  for (guint i = 0; i < self->n_targets; i++)
    for (guint row = self->targets[i].first; row < self->targets[i].end; row++)
      {
        const guint step = self->targets[i].step;

        if (!reeve_sqlite_store_taken_has (self, row))
          continue;
        most[step] = MAX (most[step], above[row]);
        if (least != NULL)
          least[step] = MIN (least[step], below[row]);
      }
}

static void
reeve_sqlite_store_taken_last (const ReeveSqliteStoreTaken *self, double *last, double *minutes)
{
  for (guint i = 0; i < self->n_targets; i++)
    {
      const ReeveSqliteStoreTarget target = self->targets[i];
      guint row = target.end;

      while (row > target.first && !reeve_sqlite_store_taken_has (self, row - 1))
        row--;
      if (row == target.first || (double) self->minutes[row - 1] < minutes[target.step])
        continue;
      last[target.step] = self->stats[REEVE_SQLITE_STORE_STAT_LAST][row - 1];
      minutes[target.step] = (double) self->minutes[row - 1];
    }
}

/* A column without values takes no room: there may be many of them. */
static gboolean
reeve_sqlite_store_taken_has_any (const ReeveSqliteStoreTaken *self)
{
  for (guint i = 0; i < self->n_targets; i++)
    for (guint row = self->targets[i].first; row < self->targets[i].end; row++)
      if (reeve_sqlite_store_taken_has (self, row))
        return TRUE;
  return FALSE;
}

void
reeve_sqlite_store_tracks_take (ReeveSqliteStoreTracks *self, ReeveSqliteStoreTrack *track,
                                const ReeveSqliteStoreGridColumn *column,
                                const ReeveSqliteStoreTarget *targets, guint n,
                                const gint64 *minutes)
{
  const double *values = column->stats[REEVE_SQLITE_STORE_STAT_VALUE];
  const ReeveSqliteStoreCells *cells = &track->cells;
  ReeveSqliteStoreTaken taken = {
    .minutes = minutes,
    .full = column->full,
    .targets = targets,
    .n_targets = n,
  };

  g_return_if_fail (n == 0 || targets[n - 1].step < self->n_steps);

  for (guint stat = 0; stat < REEVE_SQLITE_STORE_N_STATS; stat++)
    taken.stats[stat] = column->stats[stat] != NULL || stat == REEVE_SQLITE_STORE_STAT_COUNT
                            ? column->stats[stat]
                            : values;
  if (!reeve_sqlite_store_taken_has_any (&taken) ||
      !reeve_sqlite_store_tracks_ensure_cells (self, track))
    return;
  reeve_sqlite_store_taken_sum (&taken, cells);
  if (cells->most != NULL)
    reeve_sqlite_store_taken_bound (&taken, cells->least, cells->most);
  if (cells->last != NULL)
    reeve_sqlite_store_taken_last (&taken, cells->last, cells->minutes);
}

void
reeve_sqlite_store_tracks_take_value (ReeveSqliteStoreTracks *self, ReeveSqliteStoreTrack *track,
                                      guint step, gint64 minute, double value)
{
  const ReeveSqliteStoreCells *cells = &track->cells;

  g_return_if_fail (step < self->n_steps);

  if (!reeve_sqlite_store_tracks_ensure_cells (self, track))
    return;
  cells->weights[step]++;
  if (cells->sums != NULL)
    cells->sums[step] += value;
  if (cells->least != NULL)
    cells->least[step] = MIN (cells->least[step], value);
  if (cells->most != NULL)
    cells->most[step] = MAX (cells->most[step], value);
  if (cells->last != NULL && (double) minute >= cells->minutes[step])
    {
      cells->last[step] = value;
      cells->minutes[step] = (double) minute;
    }
}

gboolean
reeve_sqlite_store_tracks_check (ReeveSqliteStoreTracks *self, GError **error)
{
  if (!self->full)
    return TRUE;
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT,
               "more than %d values: ask for fewer kinds or points", REEVE_SQLITE_STORE_MAX_CELLS);
  return FALSE;
}

/* ---- the answer ---- */

static int
reeve_sqlite_store_track_compare (gconstpointer a, gconstpointer b)
{
  const ReeveSqliteStoreTrack *one = *(ReeveSqliteStoreTrack *const *) a;
  const ReeveSqliteStoreTrack *other = *(ReeveSqliteStoreTrack *const *) b;

  return one->order < other->order ? -1 : one->order > other->order;
}

/* (transfer container) in the order in which they came; @used: those with values. */
static GPtrArray *
reeve_sqlite_store_tracks_sort (ReeveSqliteStoreTracks *self, gboolean used)
{
  GPtrArray *tracks = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer track;

  g_hash_table_iter_init (&iter, self->tracks);
  while (g_hash_table_iter_next (&iter, &track, NULL))
    if (!used || ((ReeveSqliteStoreTrack *) track)->room != NULL)
      g_ptr_array_add (tracks, track);
  g_ptr_array_sort (tracks, reeve_sqlite_store_track_compare);
  return tracks;
}

/* The value of each step; anything where there is none. */
static void
reeve_sqlite_store_track_fill_values (const ReeveSqliteStoreTrack *self, const guint *steps,
                                      guint n, double *ret_values)
{
  const ReeveSqliteStoreCells *cells = &self->cells;
  const double *values = self->aggregation == REEVE_AGGREGATION_MAXIMUM ? cells->most : cells->last;

  if (self->aggregation == REEVE_AGGREGATION_AVERAGE)
    for (guint i = 0; i < n; i++)
      ret_values[i] = cells->sums[steps[i]] / cells->weights[steps[i]];
  else
    for (guint i = 0; i < n; i++)
      ret_values[i] = values[steps[i]];
}

static void
reeve_sqlite_store_track_fill (const ReeveSqliteStoreTrack *self, ReeveHistoryRange *range,
                               const guint *steps, gboolean spread)
{
  const double *weights = self->cells.weights;
  ReeveHistoryColumn *column =
      reeve_history_range_add_column (range, self->kind, self->instance, self->metric);

  reeve_sqlite_store_track_fill_values (self, steps, range->n_times, column->values);
  for (guint i = 0; i < range->n_times; i++)
    if (weights[steps[i]] == 0)
      column->values[i] = NAN;
  if (!spread)
    return;
  reeve_history_column_add_spread (column, range->n_times);
  for (guint i = 0; i < range->n_times; i++)
    {
      if (weights[steps[i]] == 0)
        continue;
      column->least[i] = self->cells.least[steps[i]];
      column->most[i] = self->cells.most[steps[i]];
    }
}

void
reeve_sqlite_store_tracks_fill (ReeveSqliteStoreTracks *self, ReeveHistoryRange *range,
                                gint64 origin)
{
  g_autoptr (GPtrArray) tracks = reeve_sqlite_store_tracks_sort (self, TRUE);
  g_autofree guint *steps = g_new (guint, MAX (self->n_steps, 1));
  g_autofree double *weights = g_new0 (double, MAX (self->n_steps, 1));

  for (guint i = 0; i < tracks->len; i++)
    {
      const ReeveSqliteStoreTrack *track = g_ptr_array_index (tracks, i);

      for (guint step = 0; step < self->n_steps; step++)
        weights[step] += track->cells.weights[step];
    }
  range->times = g_new (gint64, MAX (self->n_steps, 1));
  for (guint step = 0; step < self->n_steps; step++)
    if (weights[step] > 0)
      {
        steps[range->n_times] = step;
        range->times[range->n_times++] = origin + step * range->step;
      }
  for (guint i = 0; i < tracks->len; i++)
    reeve_sqlite_store_track_fill (g_ptr_array_index (tracks, i), range, steps, self->spread);
}

GVariant *
reeve_sqlite_store_tracks_list (ReeveSqliteStoreTracks *self)
{
  g_autoptr (GPtrArray) tracks = reeve_sqlite_store_tracks_sort (self, FALSE);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(sss)"));
  for (guint i = 0; i < tracks->len; i++)
    {
      const ReeveSqliteStoreTrack *entry = g_ptr_array_index (tracks, i);

      g_variant_builder_add (&builder, "(sss)", entry->kind, entry->instance, entry->metric);
    }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}
