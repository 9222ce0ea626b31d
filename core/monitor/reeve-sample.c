/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * ReeveSample: rows, their values and their texts, in three blocks that grow and are kept. A row is
 * found by kind and instance through a small hash table of row numbers, so that a peer's many names
 * cost no quadratic search; its hash is seeded per schema.
 */

#include "config.h"

#include "reeve-sample-private.h"

#include <math.h>
#include <string.h>

#include "reeve-schema-private.h"

/* Places for rows by name and bytes of texts: of a new sample, and the fewest places. */
#define REEVE_SAMPLE_PLACES 64
#define REEVE_SAMPLE_TEXTS 256
#define REEVE_SAMPLE_MIN_PLACES 4
/* Values, and bytes of texts, of a trimmed sample that the next one may be expected to be like. */
#define REEVE_SAMPLE_MAX_USUAL 1024

G_STATIC_ASSERT (REEVE_SCHEMA_MAX_METRICS <= 64);
G_STATIC_ASSERT (REEVE_SAMPLE_MAX_ROWS < G_MAXUINT16);

G_DEFINE_BOXED_TYPE (ReeveSample, reeve_sample, reeve_sample_ref, reeve_sample_unref)

/* ---- life ---- */

/* A power of two, of which at most half are taken by @n_rows. */
static guint
reeve_sample_get_n_places (guint n_rows)
{
  guint places = REEVE_SAMPLE_MIN_PLACES;

  while (places < n_rows * 2)
    places *= 2;
  return places;
}

/**
 * reeve_sample_new:
 * @schema: referenced
 *
 * Returns: (transfer full): an empty sample with room for what the last trimmed one of its schema
 *   held; it takes more as it is filled.
 */
ReeveSample *
reeve_sample_new (ReeveSchema *schema)
{
  ReeveSample *self = g_new0 (ReeveSample, 1);
  ReeveSchemaExtent extent;

  g_atomic_ref_count_init (&self->ref_count);
  reeve_schema_get_extent (schema, &extent);
  self->places_room =
      extent.rows > 0 ? reeve_sample_get_n_places (extent.rows) : REEVE_SAMPLE_PLACES;
  self->places = g_new0 (guint16, self->places_room);
  self->texts_room = extent.texts > 0 ? extent.texts : REEVE_SAMPLE_TEXTS;
  self->texts = g_malloc (self->texts_room);
  self->rows_room = extent.rows;
  self->rows = g_new (ReeveSampleRow, self->rows_room);
  self->values_room = extent.values;
  self->values = g_new (ReeveSampleValue, self->values_room);
  reeve_sample_reset (self, schema);
  return self;
}

ReeveSample *
reeve_sample_ref (ReeveSample *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
reeve_sample_unref (ReeveSample *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  reeve_schema_unref (self->schema);
  g_free (self->rows);
  g_free (self->values);
  g_free (self->texts);
  g_free (self->places);
  g_free (self);
}

/**
 * reeve_sample_reset:
 * @schema: the schema of what comes next; referenced
 *
 * Empties the sample and keeps its room. The time and the mark of rates are cleared too.
 */
void
reeve_sample_reset (ReeveSample *self, ReeveSchema *schema)
{
  if (self->schema != schema)
    {
      g_clear_pointer (&self->schema, reeve_schema_unref);
      self->schema = reeve_schema_ref (schema);
      self->seed = reeve_schema_get_seed (schema);
    }
  self->time = 0;
  self->rates = FALSE;
  self->dropped = 0;
  self->current = -1;
  self->n_rows = 0;
  self->n_values = 0;
  self->texts[0] = '\0';
  self->texts_length = 1;
  memset (self->places, 0, self->places_room * sizeof *self->places);
}

ReeveSchema *
reeve_sample_get_schema (ReeveSample *self)
{
  return self->schema;
}

gint64
reeve_sample_get_time (ReeveSample *self)
{
  return self->time;
}

void
reeve_sample_set_time (ReeveSample *self, gint64 wall_us)
{
  self->time = wall_us;
}

gboolean
reeve_sample_get_rates (ReeveSample *self)
{
  return self->rates;
}

void
reeve_sample_set_rates (ReeveSample *self, gboolean rates)
{
  self->rates = rates;
}

/* ---- rows by name ---- */

static guint32
reeve_sample_hash (ReeveSample *self, guint kind, const char *instance, gsize length)
{
  guint64 hash = (self->seed ^ kind) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15) + length;

  for (gsize i = 0; i < length; i++)
    {
      hash = (hash ^ (guchar) instance[i]) * G_GUINT64_CONSTANT (0xff51afd7ed558ccd);
      hash ^= hash >> 32;
    }
  return (guint32) (hash ^ hash >> 29);
}

/* The place of the row or, when there is none, the free place where it belongs. */
static guint
reeve_sample_find_place (ReeveSample *self, guint kind, const char *instance, gsize length,
                         guint32 hash)
{
  guint place = hash & (self->places_room - 1);

  while (self->places[place] != 0)
    {
      const ReeveSampleRow *row = &self->rows[self->places[place] - 1];

      if (row->hash == hash && row->kind == kind && row->instance_length == length &&
          memcmp (self->texts + row->instance, instance, length) == 0)
        return place;
      place = (place + 1) & (self->places_room - 1);
    }
  return place;
}

static void
reeve_sample_set_places (ReeveSample *self, guint room)
{
  g_free (self->places);
  self->places_room = room;
  self->places = g_new0 (guint16, room);
  for (guint i = 0; i < self->n_rows; i++)
    {
      guint place = self->rows[i].hash & (self->places_room - 1);

      while (self->places[place] != 0)
        place = (place + 1) & (self->places_room - 1);
      self->places[place] = (guint16) (i + 1);
    }
}

/* ---- writing ---- */

/* Makes room, doubling; FALSE beyond the limit of all texts. */
static gboolean
reeve_sample_reserve_text (ReeveSample *self, gsize length)
{
  gsize needed = self->texts_length + length + 1;

  if (needed > REEVE_SAMPLE_MAX_TEXTS)
    return FALSE;
  if (needed > self->texts_room)
    {
      while (self->texts_room < needed)
        self->texts_room *= 2;
      self->texts = g_realloc (self->texts, self->texts_room);
    }
  return TRUE;
}

static guint32
reeve_sample_append_text (ReeveSample *self, const char *text, gsize length)
{
  guint32 offset = (guint32) self->texts_length;

  memcpy (self->texts + offset, text, length);
  self->texts[offset + length] = '\0';
  self->texts_length += length + 1;
  return offset;
}

static void
reeve_sample_reserve_row (ReeveSample *self, guint n_values)
{
  if (self->n_rows == self->rows_room)
    {
      self->rows_room = MAX (16, self->rows_room * 2);
      self->rows = g_renew (ReeveSampleRow, self->rows, self->rows_room);
    }
  if (self->n_values + n_values > self->values_room)
    {
      self->values_room = MAX (128, self->values_room * 2);
      self->values = g_renew (ReeveSampleValue, self->values, self->values_room);
    }
  if ((self->n_rows + 1) * 2 > self->places_room)
    reeve_sample_set_places (self, self->places_room * 2);
}

static gboolean
reeve_sample_add_clean (ReeveSample *self, guint kind, const ReeveKind *what, const char *instance,
                        gsize length)
{
  ReeveSampleRow *row;
  guint32 hash;
  guint place;

  self->current = -1;
  if (self->n_rows >= REEVE_SAMPLE_MAX_ROWS || !reeve_sample_reserve_text (self, length))
    {
      self->dropped++;
      return FALSE;
    }
  reeve_sample_reserve_row (self, what->n_metrics);
  hash = reeve_sample_hash (self, kind, instance, length);
  place = reeve_sample_find_place (self, kind, instance, length, hash);
  if (self->places[place] != 0)
    {
      self->dropped++;
      return FALSE;
    }

  row = &self->rows[self->n_rows];
  row->kind = (guint16) kind;
  row->hash = hash;
  row->instance_length = (guint16) length;
  row->instance = length > 0 ? reeve_sample_append_text (self, instance, length) : 0;
  row->present = 0;
  row->values = self->n_values;
  self->n_values += what->n_metrics;
  self->current = (int) self->n_rows++;
  self->n_metrics = what->n_metrics;
  self->types = reeve_schema_peek_types (self->schema, kind);
  self->places[place] = (guint16) self->n_rows;
  return TRUE;
}

/**
 * reeve_sample_add:
 * @kind: index in the schema
 * @instance: (nullable): its name; ignored for a kind without instances
 *
 * Returns: %FALSE when a limit is reached or there is such a row already: then nothing is added,
 *   there is no current row (what is set goes nowhere) and the loss is counted.
 */
gboolean
reeve_sample_add (ReeveSample *self, guint kind, const char *instance)
{
  const ReeveKind *what = reeve_schema_get_kind (self->schema, kind);
  g_autofree char *clean = NULL;

  g_return_val_if_fail (what != NULL, FALSE);
  if (!what->instanced || !instance)
    instance = "";
  if (!reeve_text_is_clean (instance, -1, REEVE_SAMPLE_MAX_INSTANCE))
    instance = clean = reeve_text_clean (instance, -1, REEVE_SAMPLE_MAX_INSTANCE);
  return reeve_sample_add_clean (self, kind, what, instance, strlen (instance));
}

/**
 * reeve_sample_select:
 * @row: one of the sample's, or a negative number for none
 *
 * Makes an earlier row the current one, so that more values of it can be set.
 */
void
reeve_sample_select (ReeveSample *self, int row)
{
  g_return_if_fail (row < (int) self->n_rows);
  self->current = MAX (row, -1);
  if (row < 0)
    return;
  self->n_metrics = reeve_schema_get_kind (self->schema, self->rows[row].kind)->n_metrics;
  self->types = reeve_schema_peek_types (self->schema, self->rows[row].kind);
}

/* Where to write a value of the current row, marked as present; %NULL: nowhere. */
static ReeveSampleValue *
reeve_sample_slot (ReeveSample *self, guint metric, ReeveMetricType *ret_type)
{
  ReeveSampleRow *row;

  if (self->current < 0)
    return NULL;
  row = &self->rows[self->current];
  g_return_val_if_fail (metric < self->n_metrics, NULL);
  row->present |= G_GUINT64_CONSTANT (1) << metric;
  *ret_type = self->types[metric];
  return &self->values[row->values + metric];
}

static void
reeve_sample_unset (ReeveSample *self, guint metric)
{
  if (self->current >= 0 && metric < REEVE_SCHEMA_MAX_METRICS)
    self->rows[self->current].present &= ~(G_GUINT64_CONSTANT (1) << metric);
}

void
reeve_sample_set_number (ReeveSample *self, guint metric, double value)
{
  ReeveSampleValue *slot;
  ReeveMetricType type;

  if (!isfinite (value))
    {
      reeve_sample_unset (self, metric);
      return;
    }
  slot = reeve_sample_slot (self, metric, &type);
  if (!slot)
    return;
  if (type == REEVE_METRIC_NUMBER || (type == REEVE_METRIC_COUNTER && self->rates))
    slot->number = value;
  else
    {
      reeve_sample_unset (self, metric);
      g_return_if_reached ();
    }
}

void
reeve_sample_set_counter (ReeveSample *self, guint metric, guint64 value)
{
  ReeveMetricType type;
  ReeveSampleValue *slot = reeve_sample_slot (self, metric, &type);

  if (!slot)
    return;
  if (type == REEVE_METRIC_COUNTER && !self->rates)
    slot->counter = value;
  else
    {
      reeve_sample_unset (self, metric);
      g_return_if_reached ();
    }
}

void
reeve_sample_set_state (ReeveSample *self, guint metric, guint value)
{
  ReeveMetricType type;
  ReeveSampleValue *slot = reeve_sample_slot (self, metric, &type);

  if (!slot)
    return;
  if (type == REEVE_METRIC_STATE)
    slot->state = value;
  else
    {
      reeve_sample_unset (self, metric);
      g_return_if_reached ();
    }
}

/**
 * reeve_sample_set_text:
 * @value: (nullable): cleaned and cut at %REEVE_SAMPLE_MAX_TEXT; %NULL is missing
 *
 * When the room for all texts is used up, the value stays missing and the loss is counted.
 */
void
reeve_sample_set_text (ReeveSample *self, guint metric, const char *value)
{
  g_autofree char *clean = NULL;
  ReeveSampleValue *slot;
  ReeveMetricType type;

  if (!value)
    {
      reeve_sample_unset (self, metric);
      return;
    }
  slot = reeve_sample_slot (self, metric, &type);
  if (!slot)
    return;
  if (!reeve_text_is_clean (value, -1, REEVE_SAMPLE_MAX_TEXT))
    value = clean = reeve_text_clean (value, -1, REEVE_SAMPLE_MAX_TEXT);
  if (type == REEVE_METRIC_TEXT && reeve_sample_reserve_text (self, strlen (value)))
    {
      slot->text = reeve_sample_append_text (self, value, strlen (value));
      return;
    }
  reeve_sample_unset (self, metric);
  self->dropped++;
  g_return_if_fail (type == REEVE_METRIC_TEXT);
}

/* Rows and texts that did not fit, and rows that were there already. */
guint
reeve_sample_get_n_dropped (ReeveSample *self)
{
  return self->dropped;
}

/**
 * reeve_sample_trim:
 *
 * Gives back the room that it does not fill: for a sample that is kept. Nothing of it changes, and
 * more can be written; a moved text is at another place.
 */
void
reeve_sample_trim (ReeveSample *self)
{
  const ReeveSchemaExtent extent = { MAX (self->n_rows, 1), MAX (self->n_values, 1),
                                     (guint) self->texts_length };
  const guint places = reeve_sample_get_n_places (self->n_rows);

  if (self->rows_room != extent.rows)
    self->rows = g_renew (ReeveSampleRow, self->rows, extent.rows);
  if (self->values_room != extent.values)
    self->values = g_renew (ReeveSampleValue, self->values, extent.values);
  if (self->texts_room != extent.texts)
    self->texts = g_realloc (self->texts, extent.texts);
  self->rows_room = extent.rows;
  self->values_room = extent.values;
  self->texts_room = extent.texts;
  if (places < self->places_room)
    reeve_sample_set_places (self, places);
  /* one peer's many names are not every peer's */
  if (extent.values <= REEVE_SAMPLE_MAX_USUAL && extent.texts <= REEVE_SAMPLE_MAX_USUAL)
    reeve_schema_set_extent (self->schema, &extent);
}

/* ---- reading ---- */

guint
reeve_sample_get_n_rows (ReeveSample *self)
{
  return self->n_rows;
}

const ReeveKind *
reeve_sample_get_row (ReeveSample *self, guint row, guint *ret_kind, const char **ret_instance)
{
  g_return_val_if_fail (row < self->n_rows, NULL);
  if (ret_kind)
    *ret_kind = self->rows[row].kind;
  if (ret_instance)
    *ret_instance = self->texts + self->rows[row].instance;
  return reeve_schema_get_kind (self->schema, self->rows[row].kind);
}

int
reeve_sample_find_row (ReeveSample *self, guint kind, const char *instance)
{
  gsize length = instance ? strlen (instance) : 0;
  guint32 hash = reeve_sample_hash (self, kind, instance ? instance : "", length);
  guint place = reeve_sample_find_place (self, kind, instance ? instance : "", length, hash);

  return (int) self->places[place] - 1;
}

gboolean
reeve_sample_has (ReeveSample *self, guint row, guint metric)
{
  g_return_val_if_fail (row < self->n_rows, FALSE);
  return metric < REEVE_SCHEMA_MAX_METRICS && reeve_sample_row_has (&self->rows[row], metric);
}

/* The value if it is there. */
static const ReeveSampleValue *
reeve_sample_peek (ReeveSample *self, guint row, guint metric, ReeveMetricType *ret_type)
{
  if (!reeve_sample_has (self, row, metric))
    return NULL;
  *ret_type = reeve_schema_peek_types (self->schema, self->rows[row].kind)[metric];
  return &self->values[self->rows[row].values + metric];
}

double
reeve_sample_get_number (ReeveSample *self, guint row, guint metric)
{
  ReeveMetricType type;
  const ReeveSampleValue *value = reeve_sample_peek (self, row, metric, &type);

  if (!value)
    return NAN;
  if (type == REEVE_METRIC_STATE)
    return value->state;
  if (type == REEVE_METRIC_NUMBER || (type == REEVE_METRIC_COUNTER && self->rates))
    return value->number;
  return NAN;
}

guint64
reeve_sample_get_numbers (ReeveSample *self, guint row, const guint8 *metrics, guint n,
                          double *ret_values)
{
  const ReeveSampleRow *at;
  const guint8 *types;
  guint64 present = 0;

  g_return_val_if_fail (row < self->n_rows && n <= REEVE_SCHEMA_MAX_METRICS, 0);
  at = &self->rows[row];
  types = reeve_schema_peek_types (self->schema, at->kind);
  for (guint i = 0; i < n; i++)
    {
      const ReeveMetricType type = types[metrics[i]];
      const ReeveSampleValue *value = &self->values[at->values + metrics[i]];

      ret_values[i] = NAN;
      if (!reeve_sample_row_has (at, metrics[i]))
        continue;
      if (type == REEVE_METRIC_STATE)
        ret_values[i] = value->state;
      else if (type == REEVE_METRIC_NUMBER || (type == REEVE_METRIC_COUNTER && self->rates))
        ret_values[i] = value->number;
      present |= (guint64) !isnan (ret_values[i]) << i;
    }
  return present;
}

gboolean
reeve_sample_get_counter (ReeveSample *self, guint row, guint metric, guint64 *ret_value)
{
  ReeveMetricType type;
  const ReeveSampleValue *value = reeve_sample_peek (self, row, metric, &type);

  if (!value || type != REEVE_METRIC_COUNTER || self->rates)
    return FALSE;
  *ret_value = value->counter;
  return TRUE;
}

const char *
reeve_sample_get_text (ReeveSample *self, guint row, guint metric)
{
  ReeveMetricType type;
  const ReeveSampleValue *value = reeve_sample_peek (self, row, metric, &type);

  return value && type == REEVE_METRIC_TEXT ? self->texts + value->text : NULL;
}

double
reeve_sample_get_value (ReeveSample *self, guint kind, const char *instance, guint metric)
{
  int row = reeve_sample_find_row (self, kind, instance);

  return row < 0 ? NAN : reeve_sample_get_number (self, (guint) row, metric);
}
