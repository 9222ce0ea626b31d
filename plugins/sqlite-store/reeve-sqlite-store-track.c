/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Names of columns, and values gathered by step. */

#include "config.h"

#include "reeve-sqlite-store-track.h"

#include <math.h>
#include <string.h>

#include "reeve-sqlite-store-shape.h"

typedef struct
{
  double sum;
  double weight; /* values in sum; 0: none yet */
  double least;
  double most;
  double last;
  gint64 minute; /* of last */
} ReeveSqliteStoreCell;

struct _ReeveSqliteStoreTrack
{
  const char *kind; /* of the tracks' strings */
  const char *instance;
  const char *metric;
  char *definition;
  ReeveAggregation aggregation;
  guint order;
  ReeveSqliteStoreCell *cells; /* one a step; NULL: nothing was taken yet */
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
  GHashTable *tracks;    /* name -> ReeveSqliteStoreTrack */
  GPtrArray *sets;       /* by series number, of ReeveSqliteStoreTrackSet, NULL: not wanted */
  guint n_steps;
  guint n_used; /* tracks with cells */
  gboolean full;
};

static void
reeve_sqlite_store_track_free (gpointer data)
{
  ReeveSqliteStoreTrack *track = data;

  g_free (track->definition);
  g_free (track->cells);
  g_free (track);
}

ReeveSqliteStoreTracks *
reeve_sqlite_store_tracks_new (void)
{
  ReeveSqliteStoreTracks *self = g_new0 (ReeveSqliteStoreTracks, 1);

  self->strings = g_string_chunk_new (4096);
  self->shapes = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free,
                                        (GDestroyNotify) g_ptr_array_unref);
  self->tracks =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, reeve_sqlite_store_track_free);
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

static GPtrArray *
reeve_sqlite_store_tracks_get_shape (ReeveSqliteStoreTracks *self, gint64 id, const char *metrics)
{
  GPtrArray *columns = g_hash_table_lookup (self->shapes, &id);

  if (columns == NULL)
    {
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
  g_autofree char *key = g_strjoin ("\n", kind, instance, column->name, NULL);
  ReeveSqliteStoreTrack *track = g_hash_table_lookup (self->tracks, key);

  if (column->name[0] == '\0')
    return NULL;
  if (track != NULL)
    return strcmp (track->definition, column->definition) == 0 ? track : NULL;
  track = g_new0 (ReeveSqliteStoreTrack, 1);
  track->kind = g_string_chunk_insert_const (self->strings, kind);
  track->instance = g_string_chunk_insert_const (self->strings, instance);
  track->metric = g_string_chunk_insert_const (self->strings, column->name);
  track->definition = g_strdup (column->definition);
  track->aggregation = column->aggregation;
  g_hash_table_insert (self->tracks, g_string_chunk_insert (self->strings, key), track);
  return track;
}

static void
reeve_sqlite_store_tracks_add_series (ReeveSqliteStoreTracks *self, sqlite3_stmt *statement)
{
  gint64 number = sqlite3_column_int64 (statement, 0);
  const char *instance = (const char *) sqlite3_column_text (statement, 1);
  const char *kind = (const char *) sqlite3_column_text (statement, 3);
  GPtrArray *columns =
      reeve_sqlite_store_tracks_get_shape (self, sqlite3_column_int64 (statement, 2),
                                           (const char *) sqlite3_column_text (statement, 4));
  guint64 used = (guint64) sqlite3_column_int64 (statement, 5);
  ReeveSqliteStoreTrackSet *set;

  if (number < 0 || number >= REEVE_SQLITE_STORE_MAX_SERIES)
    return;
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
      if (!reeve_sqlite_store_database_step (database, statement, &row, error))
        return FALSE;
      if (row && (kinds == NULL ||
                  g_strv_contains (kinds, (const char *) sqlite3_column_text (statement, 3))))
        reeve_sqlite_store_tracks_add_series (self, statement);
    }
  while (row);
  return TRUE;
}

/* ---- values ---- */

void
reeve_sqlite_store_tracks_set_steps (ReeveSqliteStoreTracks *self, guint n_steps)
{
  self->n_steps = n_steps;
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

/* FALSE: there would be too many. */
static gboolean
reeve_sqlite_store_tracks_ensure_cells (ReeveSqliteStoreTracks *self, ReeveSqliteStoreTrack *track)
{
  if (track->cells != NULL)
    return TRUE;
  self->full |= ((gsize) self->n_used + 1) * self->n_steps > REEVE_SQLITE_STORE_MAX_CELLS;
  if (self->full)
    return FALSE;
  track->cells = g_new0 (ReeveSqliteStoreCell, self->n_steps);
  self->n_used++;
  return TRUE;
}

static inline void
reeve_sqlite_store_cell_add (ReeveSqliteStoreCell *self, const ReeveSqliteStoreCell *other)
{
  if (self->weight == 0)
    {
      *self = *other;
      return;
    }
  self->sum += other->sum;
  self->weight += other->weight;
  self->least = MIN (self->least, other->least);
  self->most = MAX (self->most, other->most);
  if (other->minute < self->minute)
    return;
  self->last = other->last;
  self->minute = other->minute;
}

void
reeve_sqlite_store_tracks_take (ReeveSqliteStoreTracks *self, ReeveSqliteStoreTrack *track,
                                const ReeveSqliteStoreGridColumn *column,
                                const ReeveSqliteStoreTarget *targets, guint n)
{
  const double *values = column->stats[REEVE_SQLITE_STORE_STAT_VALUE];
  const double *counts = column->stats[REEVE_SQLITE_STORE_STAT_COUNT];
  const double *least = counts != NULL ? column->stats[REEVE_SQLITE_STORE_STAT_MINIMUM] : values;
  const double *most = counts != NULL ? column->stats[REEVE_SQLITE_STORE_STAT_MAXIMUM] : values;
  const double *last =
      counts != NULL && column->last ? column->stats[REEVE_SQLITE_STORE_STAT_LAST] : values;

  for (guint i = 0; i < n && !self->full; i++)
    {
      guint row = targets[i].row;
      double weight = counts != NULL ? counts[row] : 1;
      const ReeveSqliteStoreCell cell = {
        values[row] * weight, weight, least[row], most[row], last[row], targets[i].minute,
      };

      if (!isnan (values[row]) && targets[i].step < self->n_steps &&
          reeve_sqlite_store_tracks_ensure_cells (self, track))
        reeve_sqlite_store_cell_add (&track->cells[targets[i].step], &cell);
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
  while (g_hash_table_iter_next (&iter, NULL, &track))
    if (!used || ((ReeveSqliteStoreTrack *) track)->cells != NULL)
      g_ptr_array_add (tracks, track);
  g_ptr_array_sort (tracks, reeve_sqlite_store_track_compare);
  return tracks;
}

static double
reeve_sqlite_store_cell_get (const ReeveSqliteStoreCell *self, ReeveAggregation aggregation)
{
  if (self->weight == 0)
    return NAN;
  if (aggregation == REEVE_AGGREGATION_MAXIMUM)
    return self->most;
  return aggregation == REEVE_AGGREGATION_AVERAGE ? self->sum / self->weight : self->last;
}

static void
reeve_sqlite_store_track_fill (const ReeveSqliteStoreTrack *self, ReeveHistoryRange *range,
                               const guint *steps, gboolean spread)
{
  ReeveHistoryColumn *column =
      reeve_history_range_add_column (range, self->kind, self->instance, self->metric);

  if (spread)
    reeve_history_column_add_spread (column, range->n_times);
  for (guint i = 0; i < range->n_times; i++)
    {
      const ReeveSqliteStoreCell *cell = &self->cells[steps[i]];

      column->values[i] = reeve_sqlite_store_cell_get (cell, self->aggregation);
      if (!spread || cell->weight == 0)
        continue;
      column->least[i] = cell->least;
      column->most[i] = cell->most;
    }
}

void
reeve_sqlite_store_tracks_fill (ReeveSqliteStoreTracks *self, ReeveHistoryRange *range,
                                gint64 origin, gboolean spread)
{
  g_autoptr (GPtrArray) tracks = reeve_sqlite_store_tracks_sort (self, TRUE);
  g_autofree guint *steps = g_new (guint, MAX (self->n_steps, 1));
  g_autofree gboolean *any = g_new0 (gboolean, MAX (self->n_steps, 1));

  for (guint i = 0; i < tracks->len; i++)
    {
      const ReeveSqliteStoreTrack *track = g_ptr_array_index (tracks, i);

      for (guint step = 0; step < self->n_steps; step++)
        any[step] |= track->cells[step].weight > 0;
    }
  range->times = g_new (gint64, MAX (self->n_steps, 1));
  for (guint step = 0; step < self->n_steps; step++)
    if (any[step])
      {
        steps[range->n_times] = step;
        range->times[range->n_times++] = origin + step * range->step;
      }
  for (guint i = 0; i < tracks->len; i++)
    reeve_sqlite_store_track_fill (g_ptr_array_index (tracks, i), range, steps, spread);
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
