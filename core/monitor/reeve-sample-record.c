/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The record: a version, the moment, the names of the kinds beyond the standard ones with their
 * metrics, and the rows. Standard kinds and their metrics go by their index, since their tables
 * only grow at the end; all others go by name and type, since the next start may have other
 * plugins. Integers are LEB128, other numbers the shortest float that keeps them.
 */

#include "config.h"

#include "reeve-sample-record.h"

#include <math.h>
#include <string.h>

#include "reeve-kinds.h"

#define RECORD_VERSION 1
#define RECORD_FIRST_NAME 256 /* of kinds that go by name */

enum
{
  RECORD_MISSING,
  RECORD_INTEGER,
  RECORD_SINGLE,
  RECORD_DOUBLE,
  RECORD_TEXT,
};

/* ---- writing ---- */

static void
reeve_sample_record_put (GByteArray *out, guint64 value)
{
  guint8 byte;

  do
    {
      byte = (guint8) (value & 0x7f);
      value >>= 7;
      if (value > 0)
        byte |= 0x80;
      g_byte_array_append (out, &byte, 1);
    }
  while (value > 0);
}

static void
reeve_sample_record_put_text (GByteArray *out, const char *text)
{
  gsize length = strlen (text);

  reeve_sample_record_put (out, length);
  g_byte_array_append (out, (const guint8 *) text, (guint) length);
}

static void
reeve_sample_record_put_bits (GByteArray *out, guint64 bits, guint n_bytes)
{
  for (guint i = 0; i < n_bytes; i++)
    {
      guint8 byte = (guint8) (bits >> (8 * i));

      g_byte_array_append (out, &byte, 1);
    }
}

static void
reeve_sample_record_put_number (GByteArray *out, double value)
{
  float single = (float) value;
  guint32 bits32;
  guint64 bits64;

  if (value >= 0 && value < 4294967296.0 && value == floor (value) && !signbit (value))
    {
      reeve_sample_record_put (out, RECORD_INTEGER);
      reeve_sample_record_put (out, (guint64) value);
    }
  else if ((double) single == value)
    {
      memcpy (&bits32, &single, sizeof bits32);
      reeve_sample_record_put (out, RECORD_SINGLE);
      reeve_sample_record_put_bits (out, bits32, 4);
    }
  else
    {
      memcpy (&bits64, &value, sizeof bits64);
      reeve_sample_record_put (out, RECORD_DOUBLE);
      reeve_sample_record_put_bits (out, bits64, 8);
    }
}

static void
reeve_sample_record_put_value (GByteArray *out, ReeveSample *sample, guint row, guint metric)
{
  const ReeveKind *kind = reeve_sample_get_row (sample, row, NULL, NULL);

  if (!reeve_sample_has (sample, row, metric))
    reeve_sample_record_put (out, RECORD_MISSING);
  else if (kind->metrics[metric].type == REEVE_METRIC_TEXT)
    {
      reeve_sample_record_put (out, RECORD_TEXT);
      reeve_sample_record_put_text (out, reeve_sample_get_text (sample, row, metric));
    }
  else
    reeve_sample_record_put_number (out, reeve_sample_get_number (sample, row, metric));
}

/* All kinds that the schema has beyond the standard ones: their number in the record is their place
 * here. */
static void
reeve_sample_record_put_names (GByteArray *out, ReeveSchema *schema)
{
  guint n = reeve_schema_get_n_kinds (schema);

  reeve_sample_record_put (out, n - REEVE_N_KINDS);
  for (guint i = REEVE_N_KINDS; i < n; i++)
    {
      const ReeveKind *kind = reeve_schema_get_kind (schema, i);

      reeve_sample_record_put_text (out, kind->name);
      reeve_sample_record_put (out, kind->n_metrics);
      for (guint j = 0; j < kind->n_metrics; j++)
        {
          reeve_sample_record_put_text (out, kind->metrics[j].name);
          reeve_sample_record_put (out, kind->metrics[j].type);
        }
    }
}

static void
reeve_sample_record_put_row (GByteArray *out, ReeveSample *sample, guint row)
{
  const char *instance;
  guint index;
  const ReeveKind *kind = reeve_sample_get_row (sample, row, &index, &instance);
  guint n_values = kind->n_metrics;

  while (n_values > 0 && !reeve_sample_has (sample, row, n_values - 1))
    n_values--;
  reeve_sample_record_put (out, index < REEVE_N_KINDS ? index
                                                      : index - REEVE_N_KINDS + RECORD_FIRST_NAME);
  reeve_sample_record_put_text (out, instance);
  reeve_sample_record_put (out, n_values);
  for (guint i = 0; i < n_values; i++)
    reeve_sample_record_put_value (out, sample, row, i);
}

GBytes *
reeve_sample_record_write (ReeveSample *sample)
{
  GByteArray *out = g_byte_array_new ();
  guint n_rows = reeve_sample_get_n_rows (sample);

  g_return_val_if_fail (reeve_sample_get_rates (sample), NULL);

  reeve_sample_record_put (out, RECORD_VERSION);
  reeve_sample_record_put (out, (guint64) MAX (reeve_sample_get_time (sample), 0));
  reeve_sample_record_put_names (out, reeve_sample_get_schema (sample));
  reeve_sample_record_put (out, n_rows);
  for (guint i = 0; i < n_rows; i++)
    reeve_sample_record_put_row (out, sample, i);
  return g_byte_array_free_to_bytes (out);
}

/* ---- reading ---- */

/* A kind of the record that goes by name, as this schema has it. */
typedef struct
{
  guint index; /* G_MAXUINT: it has none */
  guint n_metrics;
  gint8 metrics[REEVE_SCHEMA_MAX_METRICS]; /* -1: none of that name and type */
} ReeveSampleRecordKind;

typedef struct
{
  const guint8 *data;
  gsize length;
  gsize offset;
  const char *wrong; /* the first thing */
  GArray *kinds;     /* of ReeveSampleRecordKind */
  char text[REEVE_SAMPLE_MAX_TEXT + 1];
} ReeveSampleRecordReader;

static guint64
reeve_sample_record_fail (ReeveSampleRecordReader *self, const char *what)
{
  if (self->wrong == NULL)
    self->wrong = what;
  self->offset = self->length;
  return 0;
}

/* At most @most, otherwise it is wrong. */
static guint64
reeve_sample_record_get (ReeveSampleRecordReader *self, guint64 most)
{
  guint64 value = 0;

  for (guint shift = 0; shift < 64; shift += 7)
    {
      guint8 byte;

      if (self->offset >= self->length)
        return reeve_sample_record_fail (self, "it ends in the middle");
      byte = self->data[self->offset++];
      if (shift == 63 && byte > 1)
        break;
      value |= (guint64) (byte & 0x7f) << shift;
      if ((byte & 0x80) == 0)
        return value <= most ? value : reeve_sample_record_fail (self, "a number is too large");
    }
  return reeve_sample_record_fail (self, "a number is too long");
}

static guint64
reeve_sample_record_get_bits (ReeveSampleRecordReader *self, guint n_bytes)
{
  guint64 bits = 0;

  if (self->length - self->offset < n_bytes)
    return reeve_sample_record_fail (self, "it ends in the middle");
  for (guint i = 0; i < n_bytes; i++)
    bits |= (guint64) self->data[self->offset++] << (8 * i);
  return bits;
}

/* Valid until the next one; the sample cleans it. */
static const char *
reeve_sample_record_get_text (ReeveSampleRecordReader *self, gsize most)
{
  gsize length = reeve_sample_record_get (self, MIN (most, REEVE_SAMPLE_MAX_TEXT));

  if (self->length - self->offset < length)
    length = reeve_sample_record_fail (self, "it ends in the middle");
  memcpy (self->text, self->data + self->offset, length);
  self->text[length] = '\0';
  self->offset += length;
  return self->text;
}

static void
reeve_sample_record_get_kind (ReeveSampleRecordReader *self, ReeveSchema *schema)
{
  ReeveSampleRecordKind to = { .index = G_MAXUINT };
  const ReeveKind *kind =
      reeve_schema_find_kind (schema,
                              reeve_sample_record_get_text (self, 2 * REEVE_SCHEMA_MAX_NAME + 1),
                              &to.index);

  if (kind == NULL || to.index < REEVE_N_KINDS)
    {
      kind = NULL;
      to.index = G_MAXUINT;
    }
  to.n_metrics = reeve_sample_record_get (self, REEVE_SCHEMA_MAX_METRICS);
  for (guint i = 0; i < to.n_metrics && self->wrong == NULL; i++)
    {
      const char *name = reeve_sample_record_get_text (self, REEVE_SCHEMA_MAX_NAME);
      int metric = kind != NULL ? reeve_kind_find_metric (kind, name) : -1;
      guint64 type = reeve_sample_record_get (self, REEVE_METRIC_TEXT);

      to.metrics[i] = (gint8) (metric >= 0 && kind->metrics[metric].type == type ? metric : -1);
    }
  g_array_append_val (self->kinds, to);
}

static void
reeve_sample_record_set_number (ReeveSample *sample, const ReeveMetric *metric, int index,
                                double value)
{
  if (index < 0)
    return;
  if (metric->type == REEVE_METRIC_STATE && value >= 0 && value <= G_MAXUINT32)
    reeve_sample_set_state (sample, (guint) index, (guint) value);
  else if (metric->type == REEVE_METRIC_NUMBER || metric->type == REEVE_METRIC_COUNTER)
    reeve_sample_set_number (sample, (guint) index, value);
}

/* @index: of the metric in @kind, -1: it is passed over. */
static void
reeve_sample_record_get_value (ReeveSampleRecordReader *self, ReeveSample *sample,
                               const ReeveKind *kind, int index)
{
  const ReeveMetric *metric = index >= 0 ? &kind->metrics[index] : NULL;
  const char *text;
  guint32 bits32;
  guint64 bits64;
  float single;
  double number;

  switch (reeve_sample_record_get (self, RECORD_TEXT))
    {
    case RECORD_INTEGER:
      number = (double) reeve_sample_record_get (self, G_MAXUINT32);
      break;
    case RECORD_SINGLE:
      bits32 = (guint32) reeve_sample_record_get_bits (self, 4);
      memcpy (&single, &bits32, sizeof single);
      number = single;
      break;
    case RECORD_DOUBLE:
      bits64 = reeve_sample_record_get_bits (self, 8);
      memcpy (&number, &bits64, sizeof number);
      break;
    case RECORD_TEXT:
      text = reeve_sample_record_get_text (self, REEVE_SAMPLE_MAX_TEXT);
      if (metric != NULL && metric->type == REEVE_METRIC_TEXT)
        reeve_sample_set_text (sample, (guint) index, text);
      return;
    default:
      return;
    }
  if (self->wrong == NULL && isfinite (number))
    reeve_sample_record_set_number (sample, metric, index, number);
}

static void
reeve_sample_record_get_row (ReeveSampleRecordReader *self, ReeveSample *sample)
{
  guint number = reeve_sample_record_get (self, RECORD_FIRST_NAME + REEVE_SCHEMA_MAX_KINDS);
  const char *instance = reeve_sample_record_get_text (self, REEVE_SAMPLE_MAX_INSTANCE);
  const ReeveSampleRecordKind *named = NULL;
  guint index = number < REEVE_N_KINDS ? number : G_MAXUINT;
  const ReeveKind *kind;
  guint n_values;

  if (number >= RECORD_FIRST_NAME && number - RECORD_FIRST_NAME < self->kinds->len)
    {
      named = &g_array_index (self->kinds, ReeveSampleRecordKind, number - RECORD_FIRST_NAME);
      index = named->index;
    }
  kind = reeve_schema_get_kind (reeve_sample_get_schema (sample), index);
  reeve_sample_select (sample, -1);
  if (kind != NULL && self->wrong == NULL && (!kind->instanced || *instance != '\0'))
    reeve_sample_add (sample, index, kind->instanced ? instance : NULL);
  n_values = reeve_sample_record_get (self, REEVE_SCHEMA_MAX_METRICS);
  for (guint i = 0; i < n_values && self->wrong == NULL; i++)
    {
      int metric = -1;

      if (named != NULL)
        metric = i < named->n_metrics ? named->metrics[i] : -1;
      else if (kind != NULL && i < kind->n_metrics)
        metric = (int) i;
      reeve_sample_record_get_value (self, sample, kind, metric);
    }
}

/* The record's parts in their order. */
static void
reeve_sample_record_get_sample (ReeveSampleRecordReader *self, ReeveSample *sample)
{
  guint64 n;

  if (reeve_sample_record_get (self, G_MAXUINT8) != RECORD_VERSION)
    reeve_sample_record_fail (self, "it is of another version");
  reeve_sample_set_time (sample, (gint64) reeve_sample_record_get (self, G_MAXINT64));
  n = reeve_sample_record_get (self, REEVE_SCHEMA_MAX_KINDS);
  for (guint64 i = 0; i < n && self->wrong == NULL; i++)
    reeve_sample_record_get_kind (self, reeve_sample_get_schema (sample));
  n = reeve_sample_record_get (self, REEVE_SAMPLE_MAX_ROWS);
  for (guint64 i = 0; i < n && self->wrong == NULL; i++)
    reeve_sample_record_get_row (self, sample);
  if (self->wrong == NULL && self->offset != self->length)
    reeve_sample_record_fail (self, "there is something after its end");
}

/**
 * reeve_sample_record_read:
 * @data: a whole record
 * @schema: referenced
 *
 * Returns: (transfer full): its sample, or %NULL with what is wrong
 */
ReeveSample *
reeve_sample_record_read (const guint8 *data, gsize length, ReeveSchema *schema, GError **error)
{
  ReeveSampleRecordReader reader = { .data = data, .length = length };
  g_autoptr (ReeveSample) sample = NULL;

  if (length > REEVE_SAMPLE_RECORD_MAX_BYTES)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT,
                   "a record of a sample has more than %d bytes", REEVE_SAMPLE_RECORD_MAX_BYTES);
      return NULL;
    }
  reader.kinds = g_array_new (FALSE, FALSE, sizeof (ReeveSampleRecordKind));
  sample = reeve_sample_new (schema);
  reeve_sample_set_rates (sample, TRUE);
  reeve_sample_record_get_sample (&reader, sample);
  g_array_unref (reader.kinds);
  if (reader.wrong == NULL)
    return g_steal_pointer (&sample);
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_PROTOCOL, "a record of a sample is damaged: %s",
               reader.wrong);
  return NULL;
}
