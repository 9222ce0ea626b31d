/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Extension 1's form of a sample (docs/protocol.md): rows of numbered columns in base units at full
 * precision, with the digest of the schema that numbers them. Standard kinds are numbered by the
 * standard table, the peer's own from 256 up, so that either table may grow.
 */

#include "config.h"

#include "reeve-wire-fields.h"

#include <math.h>
#include <string.h>

#define KEY_DIGEST 0
#define KEY_DESCRIPTION 1
#define KEY_SEQUENCE 2
#define KEY_AGE 3
#define KEY_ROWS 4
#define KEY_KEPT 5
#define KEY_KEPT_WAITING 6
#define KEY_KEPT_SERIES 7
#define FIRST_OWN_KIND 256
/* What a row without values weighs of REEVE_WIRE_KEPT_MAX_VALUES. */
#define ROW_VALUES 4

G_STATIC_ASSERT (REEVE_SAMPLE_MAX_ROWS *(REEVE_SCHEMA_MAX_METRICS + ROW_VALUES) <=
                 REEVE_WIRE_KEPT_MAX_VALUES);

/* ---- writing ---- */

static void
reeve_wire_columns_write_values (ReeveWireWriter *writer, ReeveSample *sample, guint row, guint n)
{
  guint8 metrics[REEVE_SCHEMA_MAX_METRICS] = { 0 };
  double numbers[REEVE_SCHEMA_MAX_METRICS];
  guint64 present;

  for (guint i = 0; i < n; i++)
    metrics[i] = (guint8) i;
  present = reeve_sample_get_numbers (sample, row, metrics, n, numbers);
  reeve_wire_writer_begin_array (writer);
  for (guint i = 0; i < n; i++)
    {
      const char *text;

      if ((present >> i & 1) != 0)
        reeve_wire_writer_number (writer, numbers[i]);
      else if ((text = reeve_sample_get_text (sample, row, i)) != NULL)
        reeve_wire_writer_text (writer, text);
      else
        reeve_wire_writer_null (writer);
    }
  reeve_wire_writer_close (writer);
}

static void
reeve_wire_columns_write_row (ReeveWireWriter *writer, ReeveSample *sample, guint row)
{
  const char *instance;
  guint index, n_values;
  const ReeveKind *kind = reeve_sample_get_row (sample, row, &index, &instance);

  n_values = kind->n_metrics;
  while (n_values > 0 && !reeve_sample_has (sample, row, n_values - 1))
    n_values--;
  reeve_wire_writer_begin_array (writer);
  reeve_wire_writer_uint (writer,
                          index < REEVE_N_KINDS ? index : FIRST_OWN_KIND + index - REEVE_N_KINDS);
  if (kind->instanced)
    reeve_wire_writer_text (writer, instance);
  else
    reeve_wire_writer_null (writer);
  reeve_wire_columns_write_values (writer, sample, row, n_values);
  reeve_wire_writer_close (writer);
}

static void
reeve_wire_columns_write_rows (ReeveWireWriter *writer, ReeveSample *sample)
{
  guint n_rows = reeve_sample_get_n_rows (sample);

  reeve_wire_writer_begin_array (writer);
  for (guint i = 0; i < n_rows; i++)
    reeve_wire_columns_write_row (writer, sample, i);
  reeve_wire_writer_close (writer);
}

/* The samples are of the same schema as the answer's own: its digest numbers them, too. */
static void
reeve_wire_columns_write_kept (ReeveWireWriter *writer, const ReeveMessageKept *kept)
{
  if (kept->samples && kept->samples->len > 0)
    {
      reeve_wire_writer_key (writer, KEY_KEPT);
      reeve_wire_writer_begin_array (writer);
      for (guint i = 0; i < kept->samples->len; i++)
        {
          ReeveMessage *message = g_ptr_array_index (kept->samples, i);

          reeve_wire_writer_begin_array (writer);
          reeve_wire_writer_uint (writer, reeve_message_get_sequence (message));
          reeve_wire_writer_uint (writer, (guint64) MAX (reeve_message_get_age (message), 0));
          reeve_wire_columns_write_rows (writer, reeve_message_get_sample (message));
          reeve_wire_writer_close (writer);
        }
      reeve_wire_writer_close (writer);
    }
  if (kept->waiting > 0)
    {
      reeve_wire_writer_key (writer, KEY_KEPT_WAITING);
      reeve_wire_writer_uint (writer, kept->waiting);
    }
  if (kept->series > 0)
    {
      reeve_wire_writer_key (writer, KEY_KEPT_SERIES);
      reeve_wire_writer_uint (writer, kept->series);
    }
}

void
reeve_wire_columns_write (ReeveWireWriter *writer, ReeveMessage *message)
{
  ReeveSample *sample = reeve_message_get_sample (message);
  GBytes *description = reeve_message_get_description (message);

  reeve_wire_writer_begin_map (writer);
  reeve_wire_writer_key (writer, KEY_DIGEST);
  reeve_wire_writer_bytes (writer, reeve_schema_get_digest (reeve_sample_get_schema (sample)),
                           REEVE_SCHEMA_DIGEST);
  if (description)
    {
      gsize size;
      const guint8 *data = g_bytes_get_data (description, &size);

      reeve_wire_writer_key (writer, KEY_DESCRIPTION);
      reeve_wire_writer_bytes (writer, data, size);
    }
  if (reeve_message_get_sequence (message) > 0)
    {
      reeve_wire_writer_key (writer, KEY_SEQUENCE);
      reeve_wire_writer_uint (writer, reeve_message_get_sequence (message));
    }
  if (reeve_message_get_age (message) > 0)
    {
      reeve_wire_writer_key (writer, KEY_AGE);
      reeve_wire_writer_uint (writer, (guint64) reeve_message_get_age (message));
    }
  reeve_wire_writer_key (writer, KEY_ROWS);
  reeve_wire_columns_write_rows (writer, sample);
  reeve_wire_columns_write_kept (writer, reeve_message_get_kept (message));
  reeve_wire_writer_close (writer);
}

/* ---- reading ---- */

typedef struct
{
  ReeveWireReader *reader;
  const ReeveWireExpected *expected;
  guint8 digest[REEVE_SCHEMA_DIGEST];
  gboolean have_digest;
  GBytes *description;
  guint64 sequence;
  guint64 age;
  ReeveSample *sample;
  gsize rows; /* where they are, while there is no sample of them; 0: none */
  gsize kept; /* where they are, 0: none */
  ReeveMessageKept to;
} ReeveWireColumnsReading;

static void
reeve_wire_columns_reading_clear (ReeveWireColumnsReading *self)
{
  g_clear_pointer (&self->description, g_bytes_unref);
  g_clear_pointer (&self->sample, reeve_sample_unref);
  g_clear_pointer (&self->to.samples, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ReeveWireColumnsReading, reeve_wire_columns_reading_clear)

static void
reeve_wire_columns_read_value (ReeveWireReader *reader, ReeveSample *sample, guint metric,
                               ReeveMetricType type)
{
  guint64 state;
  double number;
  const char *text;

  switch (type)
    {
    case REEVE_METRIC_NUMBER:
    case REEVE_METRIC_COUNTER:
      if (reeve_wire_reader_get_double (reader, &number))
        reeve_sample_set_number (sample, metric, number);
      break;
    case REEVE_METRIC_STATE:
      if (reeve_wire_reader_get_uint (reader, G_MAXUINT32, &state))
        reeve_sample_set_state (sample, metric, (guint) state);
      break;
    case REEVE_METRIC_TEXT:
      text = reeve_wire_reader_get_text (reader, REEVE_SAMPLE_MAX_TEXT);
      if (text)
        reeve_sample_set_text (sample, metric, text);
      break;
    }
}

static void
reeve_wire_columns_read_values (ReeveWireReader *reader, ReeveSample *sample, const ReeveKind *kind)
{
  ReeveWireIter iter;

  if (!reeve_wire_reader_enter_array (reader, &iter))
    return;
  for (guint i = 0; reeve_wire_reader_next_item (reader, &iter); i++)
    if (kind && i < kind->n_metrics)
      reeve_wire_columns_read_value (reader, sample, i, kind->metrics[i].type);
    else
      reeve_wire_reader_skip (reader); /* a newer peer's */
}

/* The kind's index here, or one beyond all. */
static guint
reeve_wire_columns_map_kind (guint64 number)
{
  if (number < FIRST_OWN_KIND)
    return number < REEVE_N_KINDS ? (guint) number : G_MAXUINT;
  return number < FIRST_OWN_KIND + REEVE_SCHEMA_MAX_KINDS
             ? (guint) number - FIRST_OWN_KIND + REEVE_N_KINDS
             : G_MAXUINT;
}

static void
reeve_wire_columns_read_row (ReeveWireReader *reader, ReeveSample *sample)
{
  const ReeveKind *kind = NULL;
  guint64 number = G_MAXUINT64;
  guint index = G_MAXUINT;
  ReeveWireIter iter;

  if (!reeve_wire_reader_enter_array (reader, &iter))
    {
      reeve_wire_reader_fail (reader, REEVE_ERROR_PROTOCOL, "an array was expected, not null");
      return;
    }
  for (guint i = 0; reeve_wire_reader_next_item (reader, &iter); i++)
    if (i == 0)
      {
        reeve_wire_reader_get_uint (reader, G_MAXUINT32, &number);
        index = reeve_wire_columns_map_kind (number);
        kind = reeve_schema_get_kind (reeve_sample_get_schema (sample), index);
      }
    else if (i == 1)
      {
        const char *instance = reeve_wire_reader_get_text (reader, REEVE_SAMPLE_MAX_INSTANCE);

        /* An instanced kind's row without a name cannot be told from others. */
        reeve_sample_select (sample, -1);
        if (kind && (!kind->instanced || (instance && *instance != '\0')))
          reeve_sample_add (sample, index, instance);
      }
    else if (i == 2)
      reeve_wire_columns_read_values (reader, sample, kind);
    else
      reeve_wire_reader_skip (reader);
}

static ReeveSample *
reeve_wire_columns_read_rows (ReeveWireReader *reader, ReeveSchema *schema)
{
  ReeveSample *sample = reeve_sample_new (schema);
  ReeveWireIter iter;

  reeve_sample_set_rates (sample, TRUE);
  if (reeve_wire_reader_enter_array (reader, &iter))
    while (reeve_wire_reader_next_item (reader, &iter))
      reeve_wire_columns_read_row (reader, sample);
  return sample;
}

/* A few bytes on the wire are a row with room for all metrics of its kind. */
static guint
reeve_wire_columns_count_values (ReeveSample *sample)
{
  guint n_rows = reeve_sample_get_n_rows (sample), n = ROW_VALUES * n_rows;

  for (guint i = 0; i < n_rows; i++)
    n += reeve_sample_get_row (sample, i, NULL, NULL)->n_metrics;
  return n;
}

static void
reeve_wire_columns_read_kept_one (ReeveWireReader *reader, ReeveSchema *schema, GPtrArray *to)
{
  g_autoptr (ReeveSample) sample = NULL;
  guint64 sequence = 0, age = 0;
  ReeveMessage *message;
  ReeveWireIter iter;

  if (!reeve_wire_reader_enter_array (reader, &iter))
    {
      reeve_wire_reader_fail (reader, REEVE_ERROR_PROTOCOL, "an array was expected, not null");
      return;
    }
  for (guint i = 0; reeve_wire_reader_next_item (reader, &iter); i++)
    if (i == 0)
      reeve_wire_reader_get_uint (reader, G_MAXUINT64, &sequence);
    else if (i == 1)
      reeve_wire_reader_get_uint (reader, G_MAXINT64, &age);
    else if (i == 2)
      sample = reeve_wire_columns_read_rows (reader, schema);
    else
      reeve_wire_reader_skip (reader);
  if (reader->error)
    return;
  if (!sample || sequence == 0)
    {
      reeve_wire_reader_fail (reader, REEVE_ERROR_PROTOCOL,
                              "a kept sample lacks its sequence or rows");
      return;
    }
  message = reeve_message_new_sample (sample);
  reeve_message_set_sequence (message, sequence);
  reeve_message_set_age (message, (gint64) age);
  g_ptr_array_add (to, message);
}

/* The oldest of them, as many as were asked for. What is passed over waits at the agent still. */
static void
reeve_wire_columns_read_kept (ReeveWireColumnsReading *self, ReeveSchema *schema)
{
  ReeveWireReader *reader = self->reader;
  gsize end = reeve_wire_reader_tell (reader);
  guint n = 0, n_values = 0;
  gboolean full = FALSE;
  ReeveWireIter iter;

  self->to.samples = g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_message_unref);
  reeve_wire_reader_seek (reader, self->kept);
  reader->path[reader->depth++] = KEY_KEPT;
  if (reeve_wire_reader_enter_array (reader, &iter))
    while (reeve_wire_reader_next_item (reader, &iter))
      {
        GPtrArray *to = self->to.samples;

        if (++n > REEVE_MESSAGE_MAX_KEPT)
          reeve_wire_reader_fail (reader, REEVE_ERROR_LIMIT, "too many kept samples");
        full = full || to->len >= self->expected->kept || n_values >= REEVE_WIRE_KEPT_MAX_VALUES;
        if (full)
          {
            reeve_wire_reader_skip (reader);
            continue;
          }
        reeve_wire_columns_read_kept_one (reader, schema, to);
        if (!reader->error)
          n_values += reeve_wire_columns_count_values (
              reeve_message_get_sample (g_ptr_array_index (to, to->len - 1)));
      }
  reader->depth--;
  self->to.waiting += MIN (n - MIN (n, self->to.samples->len), G_MAXUINT64 - self->to.waiting);
  reeve_wire_reader_seek (reader, end);
}

static gboolean
reeve_wire_columns_is (ReeveWireColumnsReading *self, ReeveSchema *schema)
{
  return schema &&
         memcmp (reeve_schema_get_digest (schema), self->digest, REEVE_SCHEMA_DIGEST) == 0;
}

/* (transfer none), NULL: it is neither of those that are here. */
static ReeveSchema *
reeve_wire_columns_find_schema (ReeveWireColumnsReading *self)
{
  if (reeve_wire_columns_is (self, self->expected->schema))
    return self->expected->schema;
  return reeve_wire_columns_is (self, reeve_schema_get_standard ()) ? reeve_schema_get_standard ()
                                                                    : NULL;
}

/* At once, if what numbers them came before; it may come later, too. */
static void
reeve_wire_columns_take_rows (ReeveWireColumnsReading *self)
{
  ReeveSchema *schema = self->have_digest ? reeve_wire_columns_find_schema (self) : NULL;

  if (schema)
    {
      self->sample = reeve_wire_columns_read_rows (self->reader, schema);
      return;
    }
  self->rows = reeve_wire_reader_tell (self->reader);
  reeve_wire_reader_skip (self->reader);
}

/* The same later. */
static void
reeve_wire_columns_return_to_rows (ReeveWireColumnsReading *self, ReeveSchema *schema)
{
  ReeveWireReader *reader = self->reader;
  gsize end = reeve_wire_reader_tell (reader);

  reeve_wire_reader_seek (reader, self->rows);
  reader->path[reader->depth++] = KEY_ROWS; /* for what is said of an error */
  self->sample = reeve_wire_columns_read_rows (reader, schema);
  reader->depth--;
  reeve_wire_reader_seek (reader, end);
}

static void
reeve_wire_columns_read_keys (ReeveWireColumnsReading *self)
{
  ReeveWireReader *reader = self->reader;
  const guint8 *bytes;
  ReeveWireIter iter;
  gsize length;
  guint key;

  if (!reeve_wire_reader_enter_map (reader, &iter))
    reeve_wire_reader_fail (reader, REEVE_ERROR_PROTOCOL, "a map was expected, not null");
  while (!reader->error && reeve_wire_reader_next_key (reader, &iter, &key))
    switch (key)
      {
      case KEY_DIGEST:
        bytes = reeve_wire_reader_get_bytes (reader, &length);
        self->have_digest = bytes && length == REEVE_SCHEMA_DIGEST;
        if (self->have_digest)
          memcpy (self->digest, bytes, length);
        break;
      case KEY_DESCRIPTION:
        bytes = reeve_wire_reader_get_bytes (reader, &length);
        if (bytes && length > REEVE_SCHEMA_MAX_DESCRIPTION)
          reeve_wire_reader_fail (reader, REEVE_ERROR_LIMIT,
                                  "the schema's description is too long");
        else if (bytes)
          self->description = g_bytes_new (bytes, length);
        break;
      case KEY_SEQUENCE:
        reeve_wire_reader_get_uint (reader, G_MAXUINT64, &self->sequence);
        break;
      case KEY_AGE:
        reeve_wire_reader_get_uint (reader, G_MAXINT64, &self->age);
        break;
      case KEY_ROWS:
        reeve_wire_columns_take_rows (self);
        break;
      case KEY_KEPT:
        self->kept = reeve_wire_reader_tell (reader);
        reeve_wire_reader_skip (reader);
        break;
      case KEY_KEPT_WAITING:
        reeve_wire_reader_get_uint (reader, G_MAXUINT64, &self->to.waiting);
        break;
      case KEY_KEPT_SERIES:
        reeve_wire_reader_get_uint (reader, G_MAXUINT64, &self->to.series);
        break;
      default:
        reeve_wire_reader_skip (reader);
      }
  if (!reader->error && !self->have_digest)
    reeve_wire_reader_fail (reader, REEVE_ERROR_PROTOCOL, "the schema's digest is missing");
}

/* (transfer full), NULL: not known, or an error. */
static ReeveSchema *
reeve_wire_columns_get_schema (ReeveWireColumnsReading *self)
{
  ReeveSchema *here = reeve_wire_columns_find_schema (self);
  g_autoptr (ReeveSchema) schema = NULL;
  g_autoptr (GError) error = NULL;

  if (here)
    return reeve_schema_ref (here);
  if (!self->description)
    return NULL;
  schema = reeve_schema_new_from_description (self->description, &error);
  if (!schema)
    reeve_wire_reader_fail (self->reader, error->code, error->message);
  else if (!reeve_wire_columns_is (self, schema))
    reeve_wire_reader_fail (self->reader, REEVE_ERROR_PROTOCOL,
                            "the schema's description has another digest than the one sent");
  else
    return g_steal_pointer (&schema);
  return NULL;
}

ReeveMessage *
reeve_wire_columns_read (ReeveWireReader *reader, const ReeveWireExpected *expected,
                         ReeveSchema **ret_schema)
{
  g_auto (ReeveWireColumnsReading) self = { .reader = reader, .expected = expected };
  g_autoptr (ReeveSchema) schema = NULL;
  ReeveSchema *numbers;
  ReeveMessage *message;

  reeve_wire_columns_read_keys (&self);
  if (reader->error)
    return NULL;
  schema = reeve_wire_columns_get_schema (&self);
  numbers = schema ? schema : reeve_schema_get_standard ();
  if (self.rows > 0)
    reeve_wire_columns_return_to_rows (&self, numbers);
  if (self.kept > 0 && !reader->error)
    reeve_wire_columns_read_kept (&self, numbers);
  if (reader->error)
    return NULL;
  if (!self.sample)
    {
      self.sample = reeve_sample_new (numbers);
      reeve_sample_set_rates (self.sample, TRUE);
    }

  message = reeve_message_new_sample (self.sample);
  reeve_message_set_sequence (message, self.sequence);
  reeve_message_set_age (message, (gint64) self.age);
  reeve_message_set_digest (message, self.digest);
  if (schema && self.description)
    reeve_message_set_description (message, self.description);
  reeve_message_set_kept (message, &self.to);
  *ret_schema = g_steal_pointer (&schema);
  return message;
}
