/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* History as a value for D-Bus and JSON. It is written in GVariant's own form: a value for each
 * name, text and list, and one for each entry and dictionary around them, would take longer to
 * make, to look through and to free than all numbers in them. */

#include "config.h"

#include "reeve-fleet-variant.h"

#include <math.h>
#include <string.h>

/* The powers up to which a double keeps each whole number of their quotients. */
#define REEVE_FLEET_MAX_SCALE 15

/* Seven digits where a value is not whole: more than was kept of it, and half the answer's text. */
static double
reeve_fleet_round (double value)
{
  static const double scales[REEVE_FLEET_MAX_SCALE + 1] = {
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
  };
  const double positive = fabs (value);
  /* below that none can be large enough */
  guint i = positive < 1 ? 7 : positive < 1000 ? 4 : 0;

  /* no number, one with hardly a bit left for a fraction, or a whole one */
  if (!(positive < 1e15) || positive == (double) (gint64) positive)
    return value;
  while (i < REEVE_FLEET_MAX_SCALE && positive * scales[i] < 1e6)
    i++;
  /* trunc() and round() would be calls */
  return copysign ((double) (gint64) (positive * scales[i] + 0.5) / scales[i], value);
}

/* ---- writing ---- */

typedef struct
{
  GByteArray *bytes; /* each value begins at a multiple of 8 where its type asks for it */
} ReeveFleetWriter;

/* The next multiple of eight. */
static guint
reeve_fleet_align (guint at)
{
  return (at + 7) & ~7u;
}

/* Room for @n numbers; valid until the next one. */
static double *
reeve_fleet_writer_put_numbers (ReeveFleetWriter *self, guint n)
{
  guint begin = self->bytes->len;

  g_byte_array_set_size (self->bytes, begin + n * (guint) sizeof (double));
  return (double *) (gpointer) (self->bytes->data + begin);
}

/* Bytes of each of @n ends of a container whose members are @length long: as few as its length with
 * them needs. */
static guint
reeve_fleet_get_end_size (gsize length, guint n)
{
  return length + n <= G_MAXUINT8 ? 1 : length + 2 * (gsize) n <= G_MAXUINT16 ? 2 : 4;
}

/* Numbers of GVariant's frame are little-endian everywhere. */
static void
reeve_fleet_put_end (guint8 *bytes, guint end, guint size)
{
  for (guint byte = 0; byte < size; byte++)
    bytes[byte] = (guint8) (end >> 8 * byte);
}

/* What a container that began at @begin ends with: where its members end, counted from there. */
static void
reeve_fleet_writer_put_ends (ReeveFleetWriter *self, guint begin, const guint *ends, guint n)
{
  const guint at = self->bytes->len, size = reeve_fleet_get_end_size (at - begin, n);

  g_byte_array_set_size (self->bytes, at + n * size);
  for (guint i = 0; i < n; i++)
    reeve_fleet_put_end (self->bytes->data + at + i * size, ends[i] - begin, size);
}

/* An entry of a dictionary of variants: its name and room for the value, @length bytes of @type,
 * which is valid until the next one. */
static guint8 *
reeve_fleet_writer_put_entry (ReeveFleetWriter *self, const char *name, const char *type,
                              guint length)
{
  const guint before = self->bytes->len, begin = reeve_fleet_align (before);
  const guint name_size = (guint) strlen (name) + 1, type_size = (guint) strlen (type);
  const guint value = reeve_fleet_align (begin + name_size);
  const guint end = value + length + 1 + type_size;
  const guint end_size = reeve_fleet_get_end_size (end - begin, 1);
  guint8 *bytes;

  g_byte_array_set_size (self->bytes, end + end_size);
  bytes = self->bytes->data;
  memset (bytes + before, 0, value - before);
  memcpy (bytes + begin, name, name_size);
  bytes[value + length] = 0;
  memcpy (bytes + value + length + 1, type, type_size);
  reeve_fleet_put_end (bytes + end, name_size, end_size);
  return bytes + value;
}

static void
reeve_fleet_writer_put_word (ReeveFleetWriter *self, const char *name, const char *word)
{
  const guint length = (guint) strlen (word) + 1;

  memcpy (reeve_fleet_writer_put_entry (self, name, "s", length), word, length);
}

static void
reeve_fleet_writer_put_values (ReeveFleetWriter *self, const char *name, const double *values,
                               guint n)
{
  double *rounded =
      (gpointer) reeve_fleet_writer_put_entry (self, name, "ad", n * (guint) sizeof (double));

  for (guint i = 0; i < n; i++)
    rounded[i] = reeve_fleet_round (values[i]);
}

/* ---- the range ---- */

/* Entries of a column at most. */
#define REEVE_FLEET_RANGE_ENTRIES 6
/* Bytes of one without its text and numbers, and a little more. */
#define REEVE_FLEET_RANGE_FRAME 32

/* A dictionary; returns where it ends. */
static guint
reeve_fleet_range_put_column (ReeveFleetWriter *self, const ReeveHistoryColumn *column, guint n,
                              gboolean spread)
{
  guint ends[REEVE_FLEET_RANGE_ENTRIES], n_ends = 0;
  /* of its first entry */
  const guint begin = reeve_fleet_align (self->bytes->len);

  reeve_fleet_writer_put_word (self, "kind", column->kind);
  ends[n_ends++] = self->bytes->len;
  reeve_fleet_writer_put_word (self, "instance", column->instance);
  ends[n_ends++] = self->bytes->len;
  reeve_fleet_writer_put_word (self, "metric", column->metric);
  ends[n_ends++] = self->bytes->len;
  reeve_fleet_writer_put_values (self, "values", column->values, n);
  ends[n_ends++] = self->bytes->len;
  if (spread && column->least != NULL)
    {
      reeve_fleet_writer_put_values (self, "least", column->least, n);
      ends[n_ends++] = self->bytes->len;
      reeve_fleet_writer_put_values (self, "most", column->most, n);
      ends[n_ends++] = self->bytes->len;
    }
  reeve_fleet_writer_put_ends (self, begin, ends, n_ends);
  return self->bytes->len;
}

static gsize
reeve_fleet_range_measure (const ReeveHistoryRange *range, gboolean spread)
{
  gsize numbers = (spread ? 3 : 1) * (gsize) range->n_times * sizeof (double);
  gsize size = 64 + range->n_times * sizeof (double);

  for (guint i = 0; i < range->columns->len; i++)
    {
      const ReeveHistoryColumn *column = g_ptr_array_index (range->columns, i);

      size += REEVE_FLEET_RANGE_ENTRIES * REEVE_FLEET_RANGE_FRAME + numbers +
              strlen (column->kind) + strlen (column->instance) + strlen (column->metric);
    }
  return size;
}

GVariant *
reeve_fleet_range_to_variant (ReeveHistoryRange *range, gboolean spread)
{
  const guint n = range->n_times, n_columns = range->columns->len;
  ReeveFleetWriter writer = {
    g_byte_array_sized_new ((guint) reeve_fleet_range_measure (range, spread)),
  };
  g_autofree guint *ends = g_new (guint, MAX (n_columns, 1));
  g_autoptr (GBytes) bytes = NULL;
  guint times_end, begin;
  double *numbers = reeve_fleet_writer_put_numbers (&writer, 3 + n);

  numbers[0] = range->from / 1e6;
  numbers[1] = range->to / 1e6;
  numbers[2] = range->step / 1e6;
  for (guint i = 0; i < n; i++)
    numbers[3 + i] = range->times[i] / 1e6;
  times_end = begin = writer.bytes->len;
  for (guint i = 0; i < n_columns; i++)
    ends[i] =
        reeve_fleet_range_put_column (&writer, g_ptr_array_index (range->columns, i), n, spread);
  reeve_fleet_writer_put_ends (&writer, begin, ends, n_columns);
  reeve_fleet_writer_put_ends (&writer, 0, &times_end, 1);
  bytes = g_byte_array_free_to_bytes (writer.bytes);
  return g_variant_new_from_bytes (G_VARIANT_TYPE ("(dddadaa{sv})"), bytes, TRUE);
}
