/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Numbers into few bytes and back, exactly. Most of what is measured is a small count, a size or a
 * short decimal, which is an integer over a power of ten; the rest is kept as the double it is.
 */

#include "config.h"

#include "reeve-sqlite-store-codec.h"

#include <math.h>
#include <string.h>

#define REEVE_SQLITE_STORE_CODEC_VERSION 1
#define REEVE_SQLITE_STORE_CODEC_RAW 7
/* Above this a double no longer holds every integer. */
#define REEVE_SQLITE_STORE_CODEC_EXACT 9007199254740992.0
/* Below this a product with any of the powers is nearest to the number that is sought. */
#define REEVE_SQLITE_STORE_CODEC_NEAR 2147483648.0
/* Bytes that one row can take: gap, bits and values. */
#define REEVE_SQLITE_STORE_CODEC_MAX_ROW (10 + 10 + 9 * REEVE_SQLITE_STORE_CODEC_COLUMNS)

static const double reeve_sqlite_store_codec_powers[REEVE_SQLITE_STORE_CODEC_RAW] = {
  1, 10, 100, 1e3, 1e4, 1e5, 1e6,
};

/* ---- writing ---- */

static guint8 *
reeve_sqlite_store_codec_put_varint (guint8 *out, guint64 value)
{
  while (value >= 0x80)
    {
      *out++ = (guint8) (value | 0x80);
      value >>= 7;
    }
  *out++ = (guint8) value;
  return out;
}

static guint8 *
reeve_sqlite_store_codec_put_raw (guint8 *out, double value)
{
  guint64 bits;

  memcpy (&bits, &value, sizeof bits);
  bits = GUINT64_TO_LE (bits);
  *out++ = REEVE_SQLITE_STORE_CODEC_RAW;
  memcpy (out, &bits, sizeof bits);
  return out + sizeof bits;
}

/* @positive as a whole number over a power of ten; FALSE: there is none. */
static gboolean
reeve_sqlite_store_codec_find_scale (double positive, guint *ret_scale, guint64 *ret_magnitude)
{
  const guint last = REEVE_SQLITE_STORE_CODEC_RAW - 1;

  if (positive > REEVE_SQLITE_STORE_CODEC_EXACT)
    return FALSE;
  *ret_scale = 0;
  *ret_magnitude = (guint64) positive;
  if ((double) *ret_magnitude == positive)
    return TRUE;
  /* what is none over the greatest power is none over a smaller one either */
  if (positive < REEVE_SQLITE_STORE_CODEC_NEAR &&
      (double) (guint64) (positive * reeve_sqlite_store_codec_powers[last] + 0.5) /
              reeve_sqlite_store_codec_powers[last] !=
          positive)
    return FALSE;
  for (guint scale = 1; scale <= last; scale++)
    {
      double scaled = positive * reeve_sqlite_store_codec_powers[scale] + 0.5;

      if (scaled > REEVE_SQLITE_STORE_CODEC_EXACT)
        return FALSE;
      *ret_scale = scale;
      *ret_magnitude = (guint64) scaled;
      if ((double) *ret_magnitude / reeve_sqlite_store_codec_powers[scale] == positive)
        return TRUE;
    }
  return FALSE;
}

/* Never longer than 9 bytes. */
static guint8 *
reeve_sqlite_store_codec_put_value (guint8 *out, double value)
{
  guint64 magnitude;
  guint scale;

  if (!reeve_sqlite_store_codec_find_scale (fabs (value), &scale, &magnitude))
    return reeve_sqlite_store_codec_put_raw (out, value);
  *out = (guint8) (scale | (value < 0 ? 0x08 : 0) | (magnitude & 7) << 4);
  magnitude >>= 3;
  if (magnitude == 0)
    return out + 1;
  *out |= 0x80;
  return reeve_sqlite_store_codec_put_varint (out + 1, magnitude);
}

void
reeve_sqlite_store_codec_begin (GByteArray *body)
{
  const guint8 version = REEVE_SQLITE_STORE_CODEC_VERSION;

  g_byte_array_set_size (body, 0);
  g_byte_array_append (body, &version, 1);
}

gboolean
reeve_sqlite_store_codec_add (GByteArray *body, int *last, guint number, const double *values,
                              guint n_values)
{
  guint8 row[REEVE_SQLITE_STORE_CODEC_MAX_ROW];
  guint8 *out = row;
  guint64 present = 0;

  g_return_val_if_fail ((int) number > *last && number < REEVE_SQLITE_STORE_MAX_SERIES, FALSE);
  g_return_val_if_fail (n_values <= REEVE_SQLITE_STORE_CODEC_COLUMNS, FALSE);

  for (guint i = 0; i < n_values; i++)
    if (isfinite (values[i]))
      present |= G_GUINT64_CONSTANT (1) << i;
  if (present == 0)
    return TRUE;
  out = reeve_sqlite_store_codec_put_varint (out, number - (guint) (*last + 1));
  out = reeve_sqlite_store_codec_put_varint (out, present);
  for (guint i = 0; i < n_values; i++)
    if ((present >> i & 1) != 0)
      out = reeve_sqlite_store_codec_put_value (out, values[i]);
  if (body->len + (gsize) (out - row) > REEVE_SQLITE_STORE_MAX_BODY)
    return FALSE;
  g_byte_array_append (body, row, out - row);
  *last = (int) number;
  return TRUE;
}

gboolean
reeve_sqlite_store_codec_is_empty (GByteArray *body)
{
  return body->len <= 1;
}

/* ---- reading ---- */

/* At most 64 bits; FALSE when cut off or longer. */
static gboolean
reeve_sqlite_store_codec_get_varint (ReeveSqliteStoreDecoder *self, guint64 *ret_value)
{
  guint64 value = 0;

  for (guint shift = 0; shift < 64 && self->next < self->end; shift += 7)
    {
      guint8 byte = *self->next++;

      if (shift == 63 && (byte & 0x7e) != 0)
        return FALSE;
      value |= (guint64) (byte & 0x7f) << shift;
      if ((byte & 0x80) == 0)
        {
          *ret_value = value;
          return TRUE;
        }
    }
  return FALSE;
}

static gboolean
reeve_sqlite_store_codec_get_raw (ReeveSqliteStoreDecoder *self, double *ret_value)
{
  guint64 bits;

  if ((gsize) (self->end - self->next) < sizeof bits)
    return FALSE;
  memcpy (&bits, self->next, sizeof bits);
  self->next += sizeof bits;
  bits = GUINT64_FROM_LE (bits);
  memcpy (ret_value, &bits, sizeof bits);
  return isfinite (*ret_value);
}

static gboolean
reeve_sqlite_store_codec_get_value (ReeveSqliteStoreDecoder *self, double *ret_value)
{
  guint64 magnitude = 0;
  guint8 head;
  double value;

  if (self->next >= self->end)
    return FALSE;
  head = *self->next++;
  if ((head & 7) == REEVE_SQLITE_STORE_CODEC_RAW)
    return head == REEVE_SQLITE_STORE_CODEC_RAW &&
           reeve_sqlite_store_codec_get_raw (self, ret_value);
  if ((head & 0x80) != 0 && !reeve_sqlite_store_codec_get_varint (self, &magnitude))
    return FALSE;
  if (magnitude > G_MAXUINT64 >> 3)
    return FALSE;
  magnitude = magnitude << 3 | (head >> 4 & 7);
  value = (double) magnitude / reeve_sqlite_store_codec_powers[head & 7];
  *ret_value = (head & 0x08) != 0 ? -value : value;
  return TRUE;
}

gboolean
reeve_sqlite_store_codec_open (ReeveSqliteStoreDecoder *self, const guint8 *bytes, gsize length)
{
  if (length < 1 || length > REEVE_SQLITE_STORE_MAX_BODY ||
      bytes[0] != REEVE_SQLITE_STORE_CODEC_VERSION)
    return FALSE;
  self->next = bytes + 1;
  self->end = bytes + length;
  self->last = -1;
  return TRUE;
}

ReeveSqliteStoreCodecResult
reeve_sqlite_store_codec_next (ReeveSqliteStoreDecoder *self, guint *ret_number,
                               double ret_values[REEVE_SQLITE_STORE_CODEC_COLUMNS], guint *ret_n)
{
  guint64 gap, present;
  guint n = 0;

  if (self->next == self->end)
    return REEVE_SQLITE_STORE_CODEC_END;
  if (!reeve_sqlite_store_codec_get_varint (self, &gap) ||
      !reeve_sqlite_store_codec_get_varint (self, &present) || present == 0 ||
      gap >= REEVE_SQLITE_STORE_MAX_SERIES - (guint64) (self->last + 1))
    return REEVE_SQLITE_STORE_CODEC_BAD;
  self->last += 1 + (int) gap;
  for (; n < REEVE_SQLITE_STORE_CODEC_COLUMNS && present >> n != 0; n++)
    {
      ret_values[n] = NAN;
      if ((present >> n & 1) != 0 && !reeve_sqlite_store_codec_get_value (self, &ret_values[n]))
        return REEVE_SQLITE_STORE_CODEC_BAD;
    }
  *ret_number = self->last;
  *ret_n = n;
  return REEVE_SQLITE_STORE_CODEC_ROW;
}
