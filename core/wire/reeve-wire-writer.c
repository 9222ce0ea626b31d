/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The writing end, on libcbor's encoders. The head of a map or array is put in when it is closed
 * and its length known; its body then moves by the head's length.
 */

#include "config.h"

#include "reeve-wire-writer.h"

#include <math.h>
#include <string.h>

#include <cbor.h>

#define HEAD 9 /* the longest */

void
reeve_wire_writer_init (ReeveWireWriter *self)
{
  self->bytes = g_byte_array_sized_new (512);
  self->depth = 0;
}

void
reeve_wire_writer_clear (ReeveWireWriter *self)
{
  g_clear_pointer (&self->bytes, g_byte_array_unref);
}

GBytes *
reeve_wire_writer_end (ReeveWireWriter *self)
{
  g_return_val_if_fail (self->depth == 0, NULL);
  return g_byte_array_free_to_bytes (g_steal_pointer (&self->bytes));
}

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
  self->open[self->depth].start = self->bytes->len;
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
  guint start = self->bytes->len;

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
  guint8 head[HEAD];
  gsize length, start, body;

  g_return_if_fail (self->depth > 0);
  self->depth--;
  if (self->open[self->depth].optional && self->open[self->depth].items == 0)
    {
      g_byte_array_set_size (self->bytes, self->open[self->depth].key);
      self->open[self->depth - 1].items--;
      return;
    }
  start = self->open[self->depth].start;
  body = self->bytes->len - start;
  if (self->open[self->depth].map)
    length = cbor_encode_map_start (self->open[self->depth].items, head, sizeof head);
  else
    length = cbor_encode_array_start (self->open[self->depth].items, head, sizeof head);
  g_byte_array_set_size (self->bytes, self->bytes->len + length);
  memmove (self->bytes->data + start + length, self->bytes->data + start, body);
  memcpy (self->bytes->data + start, head, length);
}

static void
reeve_wire_writer_put_uint (ReeveWireWriter *self, guint64 value)
{
  guint8 head[HEAD];

  g_byte_array_append (self->bytes, head, cbor_encode_uint (value, head, sizeof head));
}

static void
reeve_wire_writer_put_text (ReeveWireWriter *self, const char *text)
{
  guint8 head[HEAD];
  gsize length = strlen (text);

  g_byte_array_append (self->bytes, head, cbor_encode_string_start (length, head, sizeof head));
  g_byte_array_append (self->bytes, (const guint8 *) text, length);
}

void
reeve_wire_writer_key (ReeveWireWriter *self, guint key)
{
  g_return_if_fail (self->depth > 0 && self->open[self->depth - 1].map);
  self->open[self->depth - 1].items++;
  reeve_wire_writer_put_uint (self, key);
}

void
reeve_wire_writer_name (ReeveWireWriter *self, const char *name)
{
  g_return_if_fail (self->depth > 0 && self->open[self->depth - 1].map);
  self->open[self->depth - 1].items++;
  reeve_wire_writer_put_text (self, name);
}

void
reeve_wire_writer_uint (ReeveWireWriter *self, guint64 value)
{
  reeve_wire_writer_count (self);
  reeve_wire_writer_put_uint (self, value);
}

void
reeve_wire_writer_int (ReeveWireWriter *self, gint64 value)
{
  guint8 head[HEAD];

  if (value >= 0)
    {
      reeve_wire_writer_uint (self, (guint64) value);
      return;
    }
  reeve_wire_writer_count (self);
  g_byte_array_append (self->bytes, head,
                       cbor_encode_negint ((guint64) (-1 - value), head, sizeof head));
}

void
reeve_wire_writer_bool (ReeveWireWriter *self, gboolean value)
{
  guint8 head[HEAD];

  reeve_wire_writer_count (self);
  g_byte_array_append (self->bytes, head, cbor_encode_bool (value != FALSE, head, sizeof head));
}

void
reeve_wire_writer_null (ReeveWireWriter *self)
{
  guint8 head[HEAD];

  reeve_wire_writer_count (self);
  g_byte_array_append (self->bytes, head, cbor_encode_null (head, sizeof head));
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
  guint8 head[HEAD];

  reeve_wire_writer_count (self);
  g_byte_array_append (self->bytes, head, cbor_encode_bytestring_start (length, head, sizeof head));
  g_byte_array_append (self->bytes, data, length);
}

void
reeve_wire_writer_double (ReeveWireWriter *self, double value)
{
  guint8 head[HEAD];

  reeve_wire_writer_count (self);
  g_byte_array_append (self->bytes, head, cbor_encode_double (value, head, sizeof head));
}

/* Is @value one of the normal half floats? Eleven significant bits, exponent -14 to 15. */
static gboolean
reeve_wire_writer_fits_half (double value)
{
  int exponent;
  double mantissa = frexp (value, &exponent);

  return exponent >= -13 && exponent <= 16 && ldexp (mantissa, 11) == trunc (ldexp (mantissa, 11));
}

void
reeve_wire_writer_number (ReeveWireWriter *self, double value)
{
  guint8 integer[HEAD], real[HEAD];
  gsize integer_length = G_MAXSIZE, real_length;

  reeve_wire_writer_count (self);
  if (fabs (value) <= 9007199254740992.0 && value == trunc (value))
    integer_length = value < 0
                         ? cbor_encode_negint ((guint64) (-1 - value), integer, sizeof integer)
                         : cbor_encode_uint ((guint64) value, integer, sizeof integer);
  if (reeve_wire_writer_fits_half (value))
    real_length = cbor_encode_half ((float) value, real, sizeof real);
  else if (fabs (value) <= G_MAXFLOAT && (double) (float) value == value)
    real_length = cbor_encode_single ((float) value, real, sizeof real);
  else
    real_length = cbor_encode_double (value, real, sizeof real);
  if (integer_length <= real_length)
    g_byte_array_append (self->bytes, integer, integer_length);
  else
    g_byte_array_append (self->bytes, real, real_length);
}
