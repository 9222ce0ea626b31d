/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The canonical bytes of a schema, as docs/protocol.md describes them: what two peers hash, so one
 * schema has exactly one form. Numbers are big-endian; a text is its length in two bytes and its
 * UTF-8; what is absent is written as empty or zero. The reader takes any bytes, bounds everything,
 * and leaves the meaning to the checks in reeve-schema.c.
 */

#include "config.h"

#include "reeve-schema-private.h"

#include <math.h>
#include <string.h>

#define DESCRIPTION_FORMAT 1
#define DESCRIPTION_INSTANCED (1 << 0)
#define DESCRIPTION_FACTS (1 << 1)

/* ---- writing ---- */

static void
reeve_schema_description_put (GByteArray *out, guint64 value, guint n_bytes)
{
  for (guint i = n_bytes; i > 0; i--)
    {
      guint8 byte = (value >> ((i - 1) * 8)) & 0xff;

      g_byte_array_append (out, &byte, 1);
    }
}

static void
reeve_schema_description_put_text (GByteArray *out, const char *text)
{
  gsize length = text ? strlen (text) : 0;

  reeve_schema_description_put (out, length, 2);
  g_byte_array_append (out, (const guint8 *) (text ? text : ""), length);
}

static void
reeve_schema_description_put_double (GByteArray *out, double value)
{
  guint64 bits;

  value += 0.0; /* no negative zero */
  memcpy (&bits, &value, sizeof bits);
  reeve_schema_description_put (out, bits, 8);
}

static void
reeve_schema_description_put_metric (GByteArray *out, const ReeveMetric *metric)
{
  guint n_states = 0;

  reeve_schema_description_put_text (out, metric->name);
  reeve_schema_description_put_text (out, metric->title);
  reeve_schema_description_put_text (out, metric->text);
  reeve_schema_description_put (out, metric->type, 1);
  reeve_schema_description_put (out, metric->unit, 1);
  reeve_schema_description_put (out, metric->aggregation, 1);
  reeve_schema_description_put (out, metric->chart, 1);
  reeve_schema_description_put_double (out, metric->range);
  reeve_schema_description_put_text (out, metric->over);
  /* 0 and 1 mean the same for a counter: one form only. */
  reeve_schema_description_put_double (
      out, metric->type == REEVE_METRIC_COUNTER && metric->scale == 0 ? 1 : metric->scale);
  while (metric->states && metric->states[n_states].name)
    n_states++;
  reeve_schema_description_put (out, n_states, 1);
  for (guint i = 0; i < n_states; i++)
    {
      reeve_schema_description_put (out, metric->states[i].value, 4);
      reeve_schema_description_put (out, metric->states[i].severity, 1);
      reeve_schema_description_put_text (out, metric->states[i].name);
    }
}

GBytes *
reeve_schema_description_write (guint revision, const ReeveKind *const *kinds, gsize n_kinds)
{
  GByteArray *out = g_byte_array_new ();

  reeve_schema_description_put (out, DESCRIPTION_FORMAT, 1);
  reeve_schema_description_put (out, revision, 2);
  reeve_schema_description_put (out, n_kinds, 2);
  for (gsize i = 0; i < n_kinds; i++)
    {
      const ReeveKind *kind = kinds[i];

      reeve_schema_description_put_text (out, kind->name);
      reeve_schema_description_put_text (out, kind->title);
      reeve_schema_description_put_text (out, kind->text);
      reeve_schema_description_put (out,
                                    (kind->instanced ? DESCRIPTION_INSTANCED : 0) |
                                        (kind->facts ? DESCRIPTION_FACTS : 0),
                                    1);
      reeve_schema_description_put (out, kind->n_metrics, 1);
      for (guint j = 0; j < kind->n_metrics; j++)
        reeve_schema_description_put_metric (out, &kind->metrics[j]);
    }
  return g_byte_array_free_to_bytes (out);
}

/* ---- reading ---- */

typedef struct
{
  const guint8 *data;
  gsize left;
  gboolean failed; /* sticky: all that follows reads as zero */
  ReeveSchemaDescription *to;
} ReeveSchemaReader;

static const guint8 *
reeve_schema_reader_take (ReeveSchemaReader *reader, gsize n_bytes)
{
  const guint8 *data = reader->data;

  if (reader->failed || n_bytes > reader->left)
    {
      reader->failed = TRUE;
      return NULL;
    }
  reader->data += n_bytes;
  reader->left -= n_bytes;
  return data;
}

static guint64
reeve_schema_reader_get (ReeveSchemaReader *reader, guint n_bytes)
{
  const guint8 *data = reeve_schema_reader_take (reader, n_bytes);
  guint64 value = 0;

  for (guint i = 0; data && i < n_bytes; i++)
    value = value << 8 | data[i];
  return value;
}

static guint
reeve_schema_reader_get_at_most (ReeveSchemaReader *reader, guint n_bytes, guint most)
{
  guint64 value = reeve_schema_reader_get (reader, n_bytes);

  if (value <= most)
    return (guint) value;
  reader->failed = TRUE;
  return 0;
}

static double
reeve_schema_reader_get_double (ReeveSchemaReader *reader)
{
  guint64 bits = reeve_schema_reader_get (reader, 8);
  double value;

  memcpy (&value, &bits, sizeof value);
  if (isfinite (value) && !signbit (value))
    return value;
  reader->failed = TRUE;
  return 0;
}

/* %NULL for an empty one. A zero byte inside would end the C string early and leave two forms of
 * one meaning. */
static const char *
reeve_schema_reader_get_text (ReeveSchemaReader *reader)
{
  guint length = reeve_schema_reader_get_at_most (reader, 2, REEVE_SCHEMA_MAX_TEXT * 4);
  const char *text = (const char *) reeve_schema_reader_take (reader, length);

  if (!text || length == 0)
    return NULL;
  if (!g_utf8_validate (text, length, NULL)) /* refuses zero bytes, too */
    {
      reader->failed = TRUE;
      return NULL;
    }
  return g_string_chunk_insert_len (reader->to->chunk, text, length);
}

static gpointer
reeve_schema_reader_alloc (ReeveSchemaReader *reader, gsize n, gsize size)
{
  gpointer block = g_malloc0_n (n, size);

  g_ptr_array_add (reader->to->blocks, block);
  return block;
}

static void
reeve_schema_reader_get_states (ReeveSchemaReader *reader, ReeveMetric *metric)
{
  guint n = reeve_schema_reader_get_at_most (reader, 1, REEVE_SCHEMA_MAX_STATES);
  ReeveState *states;

  if (n == 0)
    return;
  metric->states = states = reeve_schema_reader_alloc (reader, n + 1, sizeof *states);
  for (guint i = 0; i < n && !reader->failed; i++)
    {
      states[i].value = (guint) reeve_schema_reader_get (reader, 4);
      states[i].severity = reeve_schema_reader_get_at_most (reader, 1, REEVE_STATE_UNKNOWN);
      states[i].name = reeve_schema_reader_get_text (reader);
      if (!states[i].name)
        reader->failed = TRUE;
    }
}

static void
reeve_schema_reader_get_metric (ReeveSchemaReader *reader, ReeveMetric *metric)
{
  metric->name = reeve_schema_reader_get_text (reader);
  metric->title = reeve_schema_reader_get_text (reader);
  metric->text = reeve_schema_reader_get_text (reader);
  metric->type = reeve_schema_reader_get_at_most (reader, 1, REEVE_METRIC_TEXT);
  metric->unit = reeve_schema_reader_get_at_most (reader, 1, REEVE_UNIT_LOAD);
  metric->aggregation = reeve_schema_reader_get_at_most (reader, 1, REEVE_AGGREGATION_LAST);
  metric->chart = reeve_schema_reader_get_at_most (reader, 1, REEVE_CHART_STACK);
  metric->range = reeve_schema_reader_get_double (reader);
  metric->over = reeve_schema_reader_get_text (reader);
  metric->scale = reeve_schema_reader_get_double (reader);
  if (metric->type == REEVE_METRIC_COUNTER && metric->scale == 0)
    reader->failed = TRUE; /* must be written as 1 */
  reeve_schema_reader_get_states (reader, metric);
}

static void
reeve_schema_reader_get_kind (ReeveSchemaReader *reader)
{
  ReeveKind *kind = reeve_schema_reader_alloc (reader, 1, sizeof *kind);
  ReeveMetric *metrics;
  guint flags;

  kind->name = reeve_schema_reader_get_text (reader);
  kind->title = reeve_schema_reader_get_text (reader);
  kind->text = reeve_schema_reader_get_text (reader);
  flags = reeve_schema_reader_get_at_most (reader, 1, DESCRIPTION_INSTANCED | DESCRIPTION_FACTS);
  kind->instanced = (flags & DESCRIPTION_INSTANCED) != 0;
  kind->facts = (flags & DESCRIPTION_FACTS) != 0;
  kind->n_metrics = reeve_schema_reader_get_at_most (reader, 1, REEVE_SCHEMA_MAX_METRICS);
  if (kind->n_metrics > 0)
    {
      kind->metrics = metrics =
          reeve_schema_reader_alloc (reader, kind->n_metrics, sizeof *metrics);
      for (guint i = 0; i < kind->n_metrics && !reader->failed; i++)
        reeve_schema_reader_get_metric (reader, &metrics[i]);
    }
  g_ptr_array_add (reader->to->kinds, kind);
}

gboolean
reeve_schema_description_read (GBytes *bytes, ReeveSchemaDescription *ret_description,
                               GError **error)
{
  g_auto (ReeveSchemaDescription) description = { 0 };
  ReeveSchemaReader reader = { .to = &description };
  guint n_kinds;

  reader.data = g_bytes_get_data (bytes, &reader.left);
  description.kinds = g_ptr_array_new ();
  description.chunk = g_string_chunk_new (256);
  description.blocks = g_ptr_array_new_with_free_func (g_free);

  if (reader.left > REEVE_SCHEMA_MAX_DESCRIPTION)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT,
                   "the schema's description has %" G_GSIZE_FORMAT
                   " bytes, at most %d are allowed; describe fewer kinds",
                   reader.left, REEVE_SCHEMA_MAX_DESCRIPTION);
      return FALSE;
    }
  if (reeve_schema_reader_get (&reader, 1) != DESCRIPTION_FORMAT)
    reader.failed = TRUE;
  description.revision = (guint) reeve_schema_reader_get (&reader, 2);
  n_kinds = reeve_schema_reader_get_at_most (&reader, 2, REEVE_SCHEMA_MAX_KINDS - REEVE_N_KINDS);
  for (guint i = 0; i < n_kinds && !reader.failed; i++)
    reeve_schema_reader_get_kind (&reader);

  if (reader.failed || reader.left > 0)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_PROTOCOL,
                   "the schema's description is malformed %" G_GSIZE_FORMAT " bytes before its end",
                   reader.left);
      return FALSE;
    }
  *ret_description = description;
  description = (ReeveSchemaDescription){ 0 };
  return TRUE;
}

void
reeve_schema_description_clear (ReeveSchemaDescription *description)
{
  g_clear_pointer (&description->kinds, g_ptr_array_unref);
  g_clear_pointer (&description->chunk, g_string_chunk_free);
  g_clear_pointer (&description->blocks, g_ptr_array_unref);
}
