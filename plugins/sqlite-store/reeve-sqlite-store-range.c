/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Rows into columns: reads the bodies of one system between two minutes, groups them into steps and
 * hands out a column per (kind, instance, metric) that has a value somewhere.
 *
 * A metric that changed its meaning (unit, type, aggregation) has two series of the same name; the
 * newer one is shown and the older one left out, since no reader could tell them apart.
 */

#include "config.h"

#include "reeve-sqlite-store-range.h"

#include <math.h>
#include <string.h>

#include "reeve-sqlite-store-catalogue.h"
#include "reeve-sqlite-store-codec.h"
#include "reeve-sqlite-store-shape.h"

/* Rows between two looks at the cancellable. */
#define REEVE_SQLITE_STORE_RANGE_CHUNK 64

typedef struct
{
  const char *kind; /* of the reading's strings */
  const char *instance;
  const char *metric;
  char *definition;
  ReeveAggregation aggregation;
  guint order;
  /* the step that is being gathered */
  double sum;
  guint count;
  /* the steps that are done; what lies beyond its end is missing */
  GArray *values;
} ReeveSqliteStoreTrack;

typedef struct
{
  guint n;
  ReeveSqliteStoreTrack *tracks[REEVE_SCHEMA_MAX_METRICS]; /* NULL: not wanted */
} ReeveSqliteStoreTrackSet;

typedef struct
{
  ReeveSqliteStoreDatabase *database;
  gint64 system;
  gint64 first, last;    /* minutes */
  gint64 origin, step;   /* minutes */
  GStringChunk *strings; /* names */
  GHashTable *shapes;    /* id -> GPtrArray of ReeveSqliteStoreColumn */
  GHashTable *tracks;    /* name -> ReeveSqliteStoreTrack */
  GPtrArray *sets;       /* by series number, of ReeveSqliteStoreTrackSet, NULL: not wanted */
  GPtrArray *touched;    /* tracks of the open step, not owned */
  GArray *times;         /* of gint64 */
  guint n_used;          /* tracks with a value */
  gint64 bucket;         /* the open step */
} ReeveSqliteStoreReading;

void
reeve_sqlite_store_range_free (ReeveSqliteStoreRange *self)
{
  g_free (self->system);
  g_strfreev (self->kinds);
  g_free (self);
}

static void
reeve_sqlite_store_track_free (gpointer data)
{
  ReeveSqliteStoreTrack *track = data;

  g_free (track->definition);
  g_clear_pointer (&track->values, g_array_unref);
  g_free (track);
}

static ReeveSqliteStoreReading *
reeve_sqlite_store_reading_new (ReeveSqliteStoreDatabase *database)
{
  ReeveSqliteStoreReading *self = g_new0 (ReeveSqliteStoreReading, 1);

  self->database = database;
  self->strings = g_string_chunk_new (4096);
  self->shapes = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free,
                                        (GDestroyNotify) g_ptr_array_unref);
  self->tracks =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, reeve_sqlite_store_track_free);
  self->sets = g_ptr_array_new_with_free_func (g_free);
  self->touched = g_ptr_array_new ();
  self->times = g_array_new (FALSE, FALSE, sizeof (gint64));
  return self;
}

static void
reeve_sqlite_store_reading_free (ReeveSqliteStoreReading *self)
{
  g_array_unref (self->times);
  g_ptr_array_unref (self->touched);
  g_ptr_array_unref (self->sets);
  g_hash_table_unref (self->tracks);
  g_hash_table_unref (self->shapes);
  g_string_chunk_free (self->strings);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveSqliteStoreReading, reeve_sqlite_store_reading_free)

/* ---- what there is ---- */

/* *@ret_found FALSE: no such system. */
static gboolean
reeve_sqlite_store_reading_find_system (ReeveSqliteStoreReading *self, const char *name,
                                        gboolean *ret_found, GError **error)
{
  sqlite3_stmt *statement =
      reeve_sqlite_store_database_query (self->database, "SELECT id FROM system WHERE name = ?1",
                                         error);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_text (statement, 1, name, -1, SQLITE_STATIC);
  if (!reeve_sqlite_store_database_step (self->database, statement, ret_found, error))
    return FALSE;
  if (*ret_found)
    self->system = sqlite3_column_int64 (statement, 0);
  sqlite3_reset (statement);
  return TRUE;
}

static GPtrArray *
reeve_sqlite_store_reading_get_shape (ReeveSqliteStoreReading *self, gint64 id, const char *metrics)
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
reeve_sqlite_store_reading_ensure_track (ReeveSqliteStoreReading *self, const char *kind,
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
reeve_sqlite_store_reading_add_series (ReeveSqliteStoreReading *self, sqlite3_stmt *statement)
{
  gint64 number = sqlite3_column_int64 (statement, 0);
  const char *instance = (const char *) sqlite3_column_text (statement, 1);
  const char *kind = (const char *) sqlite3_column_text (statement, 3);
  GPtrArray *columns =
      reeve_sqlite_store_reading_get_shape (self, sqlite3_column_int64 (statement, 2),
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
      set->tracks[i] = reeve_sqlite_store_reading_ensure_track (self, kind, instance,
                                                                g_ptr_array_index (columns, i));
      if (set->tracks[i] != NULL)
        set->tracks[i]->order = (guint) number * REEVE_SCHEMA_MAX_METRICS + i;
    }
  g_clear_pointer (&self->sets->pdata[number], g_free);
  self->sets->pdata[number] = set;
}

/* The newest first: theirs are the names. */
static gboolean
reeve_sqlite_store_reading_read_series (ReeveSqliteStoreReading *self, const char *const *kinds,
                                        GError **error)
{
  sqlite3_stmt *statement = reeve_sqlite_store_database_query (
      self->database,
      "SELECT series.number, series.instance, shape.id, shape.kind, shape.metrics, series.columns"
      " FROM series JOIN shape ON shape.id = series.shape WHERE series.system = ?1"
      " ORDER BY series.day DESC, shape.id DESC, series.number",
      error);
  gboolean row;

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, self->system);
  do
    {
      if (!reeve_sqlite_store_database_step (self->database, statement, &row, error))
        return FALSE;
      if (row && (kinds == NULL ||
                  g_strv_contains (kinds, (const char *) sqlite3_column_text (statement, 3))))
        reeve_sqlite_store_reading_add_series (self, statement);
    }
  while (row);
  return TRUE;
}

/* ---- steps ---- */

static void
reeve_sqlite_store_reading_choose_step (ReeveSqliteStoreReading *self, gint64 points)
{
  gint64 n = self->last - self->first + 1;

  self->origin = points > 1 ? 0 : self->first;
  self->step = (n + points - 1) / points;
  /* with their places fixed the steps may be one more than the length asks for */
  while (points > 1 && self->last / self->step - self->first / self->step + 1 > points)
    self->step++;
}

/* The minutes of which there are rows, and whole steps around them. */
static gboolean
reeve_sqlite_store_reading_find_minutes (ReeveSqliteStoreReading *self, guint points,
                                         gboolean *ret_found, GError **error)
{
  sqlite3_stmt *statement = reeve_sqlite_store_database_query (
      self->database,
      "SELECT (SELECT min (minute) FROM sample WHERE system = ?1 AND minute BETWEEN ?2 AND ?3),"
      " (SELECT max (minute) FROM sample WHERE system = ?1 AND minute BETWEEN ?2 AND ?3)",
      error);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, self->system);
  sqlite3_bind_int64 (statement, 2, self->first);
  sqlite3_bind_int64 (statement, 3, self->last);
  if (!reeve_sqlite_store_database_step (self->database, statement, ret_found, error))
    return FALSE;
  *ret_found = *ret_found && sqlite3_column_type (statement, 0) != SQLITE_NULL;
  if (*ret_found)
    {
      self->first = sqlite3_column_int64 (statement, 0);
      self->last = sqlite3_column_int64 (statement, 1);
      reeve_sqlite_store_reading_choose_step (self, points);
      self->first = self->origin + (self->first - self->origin) / self->step * self->step;
      self->last =
          self->origin + (self->last - self->origin) / self->step * self->step + self->step - 1;
    }
  sqlite3_reset (statement);
  return TRUE;
}

static void
reeve_sqlite_store_reading_take (ReeveSqliteStoreReading *self, ReeveSqliteStoreTrack *track,
                                 double value)
{
  if (track->count++ == 0)
    {
      g_ptr_array_add (self->touched, track);
      track->sum = value;
    }
  else if (track->aggregation == REEVE_AGGREGATION_AVERAGE)
    track->sum += value;
  else if (track->aggregation != REEVE_AGGREGATION_MAXIMUM || value > track->sum)
    track->sum = value;
}

static void
reeve_sqlite_store_reading_take_body (ReeveSqliteStoreReading *self, const guint8 *bytes,
                                      gsize length)
{
  double values[REEVE_SQLITE_STORE_CODEC_COLUMNS];
  ReeveSqliteStoreDecoder decoder;
  guint number, n;

  /* of a damaged body what stands before the damage is shown */
  if (bytes == NULL || !reeve_sqlite_store_codec_open (&decoder, bytes, length))
    return;
  while (reeve_sqlite_store_codec_next (&decoder, &number, values, &n) ==
         REEVE_SQLITE_STORE_CODEC_ROW)
    {
      ReeveSqliteStoreTrackSet *set =
          number < self->sets->len ? g_ptr_array_index (self->sets, number) : NULL;

      for (guint i = 0; set != NULL && i < MIN (n, set->n); i++)
        if (set->tracks[i] != NULL && !isnan (values[i]))
          reeve_sqlite_store_reading_take (self, set->tracks[i], values[i]);
    }
}

/* Appends one value to @track, after the missing ones before it. */
static void
reeve_sqlite_store_reading_put (ReeveSqliteStoreReading *self, ReeveSqliteStoreTrack *track,
                                guint index, double value)
{
  const double missing = NAN;

  if (track->values == NULL)
    {
      track->values = g_array_new (FALSE, FALSE, sizeof (double));
      self->n_used++;
    }
  while (track->values->len < index)
    g_array_append_val (track->values, missing);
  if (!isnan (value))
    g_array_append_val (track->values, value);
}

/* Ends the open step. */
static gboolean
reeve_sqlite_store_reading_end_step (ReeveSqliteStoreReading *self, GError **error)
{
  guint index = self->times->len;
  gint64 time = (self->origin + self->bucket * self->step) * REEVE_SQLITE_STORE_MINUTE_US;

  if (self->touched->len == 0)
    return TRUE;
  g_array_append_val (self->times, time);
  for (guint i = 0; i < self->touched->len; i++)
    {
      ReeveSqliteStoreTrack *track = g_ptr_array_index (self->touched, i);

      reeve_sqlite_store_reading_put (self, track, index,
                                      track->aggregation == REEVE_AGGREGATION_AVERAGE
                                          ? track->sum / track->count
                                          : track->sum);
      track->count = 0;
    }
  g_ptr_array_set_size (self->touched, 0);
  if ((gint64) self->n_used * self->times->len <= REEVE_SQLITE_STORE_MAX_CELLS)
    return TRUE;
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT,
               "more than %d values: ask for fewer kinds or points", REEVE_SQLITE_STORE_MAX_CELLS);
  return FALSE;
}

static gboolean
reeve_sqlite_store_reading_read_rows (ReeveSqliteStoreReading *self, GCancellable *cancellable,
                                      GError **error)
{
  sqlite3_stmt *statement = reeve_sqlite_store_database_query (
      self->database,
      "SELECT minute, body FROM sample WHERE system = ?1 AND minute BETWEEN ?2 AND ?3"
      " ORDER BY minute",
      error);
  gboolean row;

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, self->system);
  sqlite3_bind_int64 (statement, 2, self->first);
  sqlite3_bind_int64 (statement, 3, self->last);
  for (guint n = 0;; n++)
    {
      gint64 bucket;

      if (n % REEVE_SQLITE_STORE_RANGE_CHUNK == 0 &&
          g_cancellable_set_error_if_cancelled (cancellable, error))
        break;
      if (!reeve_sqlite_store_database_step (self->database, statement, &row, error))
        break;
      if (!row)
        return reeve_sqlite_store_reading_end_step (self, error);
      bucket = (sqlite3_column_int64 (statement, 0) - self->origin) / self->step;
      if (bucket != self->bucket && !reeve_sqlite_store_reading_end_step (self, error))
        break;
      self->bucket = bucket;
      reeve_sqlite_store_reading_take_body (self, sqlite3_column_blob (statement, 1),
                                            (gsize) sqlite3_column_bytes (statement, 1));
    }
  sqlite3_reset (statement);
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

static void
reeve_sqlite_store_reading_fill (ReeveSqliteStoreReading *self, ReeveHistoryRange *range)
{
  g_autoptr (GPtrArray) tracks = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer track;

  g_hash_table_iter_init (&iter, self->tracks);
  while (g_hash_table_iter_next (&iter, NULL, &track))
    if (((ReeveSqliteStoreTrack *) track)->values != NULL)
      g_ptr_array_add (tracks, track);
  g_ptr_array_sort (tracks, reeve_sqlite_store_track_compare);

  range->step = self->step * REEVE_SQLITE_STORE_MINUTE_US;
  range->n_times = self->times->len;
  range->times = g_memdup2 (self->times->data, self->times->len * sizeof (gint64));
  for (guint i = 0; i < tracks->len; i++)
    {
      const ReeveSqliteStoreTrack *from = g_ptr_array_index (tracks, i);
      ReeveHistoryColumn *column =
          reeve_history_range_add_column (range, from->kind, from->instance, from->metric);

      memcpy (column->values, from->values->data, from->values->len * sizeof (double));
      for (guint t = from->values->len; t < range->n_times; t++)
        column->values[t] = NAN;
    }
}

static gboolean
reeve_sqlite_store_reading_run (ReeveSqliteStoreReading *self, const ReeveSqliteStoreRange *query,
                                ReeveHistoryRange *range, GCancellable *cancellable, GError **error)
{
  gboolean found;

  if (!reeve_sqlite_store_reading_find_system (self, query->system, &found, error))
    return FALSE;
  if (found && !reeve_sqlite_store_reading_find_minutes (self, query->points, &found, error))
    return FALSE;
  if (!found)
    return TRUE;
  if (!reeve_sqlite_store_reading_read_series (self, (const char *const *) query->kinds, error) ||
      !reeve_sqlite_store_reading_read_rows (self, cancellable, error))
    return FALSE;
  reeve_sqlite_store_reading_fill (self, range);
  return TRUE;
}

ReeveHistoryRange *
reeve_sqlite_store_range_read (const ReeveSqliteStoreRange *self,
                               ReeveSqliteStoreDatabase *database, GCancellable *cancellable,
                               GError **error)
{
  g_autoptr (ReeveSqliteStoreReading) reading = reeve_sqlite_store_reading_new (database);
  g_autoptr (ReeveHistoryRange) range = reeve_history_range_new ();
  gboolean ok;

  range->from = self->from;
  range->to = self->to;
  range->step = REEVE_SQLITE_STORE_MINUTE_US;
  reading->first = MAX (self->from, 0) / REEVE_SQLITE_STORE_MINUTE_US;
  reading->last = MAX (self->to, 0) / REEVE_SQLITE_STORE_MINUTE_US;
  /* one view for all questions */
  if (!reeve_sqlite_store_database_begin_read (database, error))
    return NULL;
  ok = reeve_sqlite_store_reading_run (reading, self, range, cancellable, error);
  reeve_sqlite_store_database_end_read (database);
  return ok ? g_steal_pointer (&range) : NULL;
}

GVariant *
reeve_sqlite_store_range_list_series (ReeveSqliteStoreDatabase *database, const char *system,
                                      GError **error)
{
  g_autoptr (ReeveSqliteStoreReading) reading = reeve_sqlite_store_reading_new (database);
  g_autoptr (GPtrArray) tracks = g_ptr_array_new ();
  GVariantBuilder builder;
  GHashTableIter iter;
  gpointer track;
  gboolean found, ok;

  if (!reeve_sqlite_store_database_begin_read (database, error))
    return NULL;
  ok = reeve_sqlite_store_reading_find_system (reading, system, &found, error) &&
       (!found || reeve_sqlite_store_reading_read_series (reading, NULL, error));
  reeve_sqlite_store_database_end_read (database);
  if (!ok)
    return NULL;
  g_hash_table_iter_init (&iter, reading->tracks);
  while (g_hash_table_iter_next (&iter, NULL, &track))
    g_ptr_array_add (tracks, track);
  g_ptr_array_sort (tracks, reeve_sqlite_store_track_compare);
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(sss)"));
  for (guint i = 0; i < tracks->len; i++)
    {
      const ReeveSqliteStoreTrack *entry = g_ptr_array_index (tracks, i);

      g_variant_builder_add (&builder, "(sss)", entry->kind, entry->instance, entry->metric);
    }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}
