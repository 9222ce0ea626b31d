/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The writing end. It writes heads by itself (RFC 8949, section 3): an agent is asked once a
 * second, finds all caches cold then, and each function that it does not need is time. The head of
 * a map or array is put in when it is closed and its length known; its body then moves by the
 * head's length.
 */

#include "config.h"

#include "reeve-wire-writer.h"

#include <math.h>
#include <string.h>

#define HEAD 9 /* the longest */
#define ROOM 512

/* Major types, where they stand in a head's first byte. */
#define MAJOR_UINT (0 << 5)
#define MAJOR_NEGINT (1 << 5)
#define MAJOR_BYTES (2 << 5)
#define MAJOR_TEXT (3 << 5)
#define MAJOR_ARRAY (4 << 5)
#define MAJOR_MAP (5 << 5)

/* What follows a first byte: so many bytes of an argument. */
#define IN_1 24
#define IN_2 25
#define IN_4 26
#define IN_8 27

#define SIMPLE_FALSE 0xf4
#define SIMPLE_TRUE 0xf5
#define SIMPLE_NULL 0xf6
#define REAL_HALF 0xf9
#define REAL_SINGLE 0xfa
#define REAL_DOUBLE 0xfb

void
reeve_wire_writer_init (ReeveWireWriter *self)
{
  self->bytes = g_malloc (ROOM);
  self->length = 0;
  self->room = ROOM;
  self->depth = 0;
}

void
reeve_wire_writer_clear (ReeveWireWriter *self)
{
  g_clear_pointer (&self->bytes, g_free);
}

GBytes *
reeve_wire_writer_end (ReeveWireWriter *self)
{
  g_return_val_if_fail (self->depth == 0, NULL);
  return g_bytes_new_take (g_steal_pointer (&self->bytes), self->length);
}

/* ---- bytes ---- */

/* Where the next @n bytes go. */
static guint8 *
reeve_wire_writer_reserve (ReeveWireWriter *self, gsize n)
{
  if (self->room - self->length < n)
    {
      self->room = 2 * self->room + n;
      self->bytes = g_realloc (self->bytes, self->room);
    }
  return self->bytes + self->length;
}

static void
reeve_wire_writer_put (ReeveWireWriter *self, gconstpointer data, gsize length)
{
  if (length == 0)
    return;
  memcpy (reeve_wire_writer_reserve (self, length), data, length);
  self->length += length;
}

/* A first byte and @n bytes of @value, the most significant first; the length of both. */
static gsize
reeve_wire_writer_format (guint8 *head, guint8 first, guint64 value, guint n)
{
  const guint64 swapped = GUINT64_TO_BE (value);

  head[0] = first;
  memcpy (head + 1, (const guint8 *) &swapped + sizeof swapped - n, n);
  return 1 + n;
}

/* In the shortest form. */
static gsize
reeve_wire_writer_format_head (guint8 *head, guint8 major, guint64 value)
{
  if (value < IN_1)
    {
      head[0] = (guint8) (major | value);
      return 1;
    }
  if (value <= G_MAXUINT8)
    return reeve_wire_writer_format (head, major | IN_1, value, 1);
  if (value <= G_MAXUINT16)
    return reeve_wire_writer_format (head, major | IN_2, value, 2);
  if (value <= G_MAXUINT32)
    return reeve_wire_writer_format (head, major | IN_4, value, 4);
  return reeve_wire_writer_format (head, major | IN_8, value, 8);
}

static void
reeve_wire_writer_put_head (ReeveWireWriter *self, guint8 major, guint64 value)
{
  guint8 *head = reeve_wire_writer_reserve (self, HEAD);

  self->length += reeve_wire_writer_format_head (head, major, value);
}

static void
reeve_wire_writer_put_real (ReeveWireWriter *self, guint8 first, guint64 bits, guint n)
{
  guint8 *head = reeve_wire_writer_reserve (self, HEAD);

  self->length += reeve_wire_writer_format (head, first, bits, n);
}

static void
reeve_wire_writer_put_text (ReeveWireWriter *self, const char *text)
{
  gsize length = strlen (text);

  reeve_wire_writer_put_head (self, MAJOR_TEXT, length);
  reeve_wire_writer_put (self, text, length);
}

/* ---- maps and arrays ---- */

/* An element of an array counts where it is written; a map counts its keys. */
static void
reeve_wire_writer_count (ReeveWireWriter *self)
{
  if (self->depth > 0 && !self->open[self->depth - 1].map)
    self->open[self->depth - 1].items++;
}

static void
reeve_wire_writer_begin (ReeveWireWriter *self, gboolean map)
{
  g_return_if_fail (self->depth < REEVE_WIRE_WRITER_DEPTH);
  reeve_wire_writer_count (self);
  self->open[self->depth].start = self->length;
  self->open[self->depth].items = 0;
  self->open[self->depth].map = map;
  self->open[self->depth].optional = FALSE;
  self->depth++;
}

void
reeve_wire_writer_begin_map (ReeveWireWriter *self)
{
  reeve_wire_writer_begin (self, TRUE);
}

void
reeve_wire_writer_begin_optional_map (ReeveWireWriter *self, guint key)
{
  gsize start = self->length;

  g_return_if_fail (self->depth < REEVE_WIRE_WRITER_DEPTH);
  reeve_wire_writer_key (self, key);
  reeve_wire_writer_begin (self, TRUE);
  self->open[self->depth - 1].key = start;
  self->open[self->depth - 1].optional = TRUE;
}

void
reeve_wire_writer_begin_array (ReeveWireWriter *self)
{
  reeve_wire_writer_begin (self, FALSE);
}

void
reeve_wire_writer_close (ReeveWireWriter *self)
{
  guint8 head[HEAD], *at;
  gsize length, start;

  g_return_if_fail (self->depth > 0);
  self->depth--;
  if (self->open[self->depth].optional && self->open[self->depth].items == 0)
    {
      self->length = self->open[self->depth].key;
      self->open[self->depth - 1].items--;
      return;
    }
  start = self->open[self->depth].start;
  length =
      reeve_wire_writer_format_head (head, self->open[self->depth].map ? MAJOR_MAP : MAJOR_ARRAY,
                                     self->open[self->depth].items);
  reeve_wire_writer_reserve (self, length);
  at = self->bytes + start;
  memmove (at + length, at, self->length - start);
  memcpy (at, head, length);
  self->length += length;
}

void
reeve_wire_writer_key (ReeveWireWriter *self, guint key)
{
  g_return_if_fail (self->depth > 0 && self->open[self->depth - 1].map);
  self->open[self->depth - 1].items++;
  reeve_wire_writer_put_head (self, MAJOR_UINT, key);
}

void
reeve_wire_writer_name (ReeveWireWriter *self, const char *name)
{
  g_return_if_fail (self->depth > 0 && self->open[self->depth - 1].map);
  self->open[self->depth - 1].items++;
  reeve_wire_writer_put_text (self, name);
}

/* ---- values ---- */

void
reeve_wire_writer_uint (ReeveWireWriter *self, guint64 value)
{
  reeve_wire_writer_count (self);
  reeve_wire_writer_put_head (self, MAJOR_UINT, value);
}

void
reeve_wire_writer_int (ReeveWireWriter *self, gint64 value)
{
  reeve_wire_writer_count (self);
  if (value >= 0)
    reeve_wire_writer_put_head (self, MAJOR_UINT, (guint64) value);
  else
    reeve_wire_writer_put_head (self, MAJOR_NEGINT, (guint64) (-1 - value));
}

void
reeve_wire_writer_bool (ReeveWireWriter *self, gboolean value)
{
  const guint8 head = value ? SIMPLE_TRUE : SIMPLE_FALSE;

  reeve_wire_writer_count (self);
  reeve_wire_writer_put (self, &head, 1);
}

void
reeve_wire_writer_null (ReeveWireWriter *self)
{
  const guint8 head = SIMPLE_NULL;

  reeve_wire_writer_count (self);
  reeve_wire_writer_put (self, &head, 1);
}

void
reeve_wire_writer_text (ReeveWireWriter *self, const char *value)
{
  reeve_wire_writer_count (self);
  reeve_wire_writer_put_text (self, value);
}

void
reeve_wire_writer_bytes (ReeveWireWriter *self, const guint8 *data, gsize length)
{
  reeve_wire_writer_count (self);
  reeve_wire_writer_put_head (self, MAJOR_BYTES, length);
  reeve_wire_writer_put (self, data, length);
}

static guint64
reeve_wire_writer_double_bits (double value)
{
  guint64 bits;

  memcpy (&bits, &value, sizeof bits);
  return bits;
}

static guint32
reeve_wire_writer_single_bits (double value)
{
  const float single = (float) value;
  guint32 bits;

  memcpy (&bits, &single, sizeof bits);
  return bits;
}

void
reeve_wire_writer_double (ReeveWireWriter *self, double value)
{
  reeve_wire_writer_count (self);
  reeve_wire_writer_put_real (self, REAL_DOUBLE, reeve_wire_writer_double_bits (value), 8);
}

/* A whole number that a double has exactly, unless a float is shorter: 65536 is one of three bytes.
 */
static gboolean
reeve_wire_writer_put_whole (ReeveWireWriter *self, double value, guint n_real)
{
  guint8 head[HEAD];
  gsize length;

  if (!(fabs (value) <= 9007199254740992.0) || value != (double) (gint64) value)
    return FALSE;
  length = value < 0 ? reeve_wire_writer_format_head (head, MAJOR_NEGINT, (guint64) (-1 - value))
                     : reeve_wire_writer_format_head (head, MAJOR_UINT, (guint64) value);
  if (length > 1 + n_real)
    return FALSE;
  reeve_wire_writer_put (self, head, length);
  return TRUE;
}

void
reeve_wire_writer_number (ReeveWireWriter *self, double value)
{
  const guint64 bits = reeve_wire_writer_double_bits (value);
  const int exponent = (int) (bits >> 52 & 0x7ff) - 1023;
  guint8 first = REAL_DOUBLE;
  guint64 real = bits;
  guint n_real = 8;

  reeve_wire_writer_count (self);
  /* a normal half float: ten bits of fraction, exponents from -14 to 15 */
  if ((bits & ((G_GUINT64_CONSTANT (1) << 42) - 1)) == 0 && exponent >= -14 && exponent <= 15)
    {
      first = REAL_HALF;
      n_real = 2;
      real = (bits >> 63 << 15) | (guint64) (exponent + 15) << 10 | (bits >> 42 & 0x3ff);
    }
  else if (fabs (value) <= G_MAXFLOAT && (double) (float) value == value)
    {
      first = REAL_SINGLE;
      n_real = 4;
      real = reeve_wire_writer_single_bits (value);
    }
  if (!reeve_wire_writer_put_whole (self, value, n_real))
    reeve_wire_writer_put_real (self, first, real, n_real);
}
