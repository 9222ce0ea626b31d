/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <string.h>

G_BEGIN_DECLS

/*
 * Bits into bytes and back, the lowest first, and runs of whole numbers in few of them. A run is
 * kept as what a guess misses, in Rice's code: the quotient in ones, a zero, the rest in @k bits.
 */

/* Of each number in a run. */
#define REEVE_SQLITE_STORE_BITS_MAX (G_GINT64_CONSTANT (1) << 54)

typedef struct
{
  GByteArray *bytes;
  guint64 pending;
  guint n_pending;
} ReeveSqliteStoreBitWriter;

typedef struct
{
  const guint8 *bytes;
  gsize length;
  guint64 position; /* bits */
  gboolean bad;     /* what was asked for is not there; answers past the end are zeros */
} ReeveSqliteStoreBitReader;

/* ---- writing: appends to self->bytes; the rest of the last byte is zeros after flush ---- */

/* @n: at most 32. */
void reeve_sqlite_store_bits_put (ReeveSqliteStoreBitWriter *self, guint32 value, guint n);
/* A single number below 2^63, in 6 bits and its own. */
void reeve_sqlite_store_bits_put_number (ReeveSqliteStoreBitWriter *self, guint64 value);
/* @n numbers of at most REEVE_SQLITE_STORE_BITS_MAX either way, in the cheapest of the known ways;
 * nothing for none. */
void reeve_sqlite_store_bits_put_run (ReeveSqliteStoreBitWriter *self, const gint64 *values,
                                      guint n);
void reeve_sqlite_store_bits_flush (ReeveSqliteStoreBitWriter *self);
/* Bits that were put. */
guint64 reeve_sqlite_store_bits_count (const ReeveSqliteStoreBitWriter *self);
/* All of @other's, which begin with its bytes. */
void reeve_sqlite_store_bits_put_bits (ReeveSqliteStoreBitWriter *self,
                                       const ReeveSqliteStoreBitWriter *other);
/* Bits that put_run() would take. */
guint64 reeve_sqlite_store_bits_measure_run (const gint64 *values, guint n);

/* ---- reading ---- */

void reeve_sqlite_store_bits_open (ReeveSqliteStoreBitReader *self, const guint8 *bytes,
                                   gsize length);
/* @n: at most 32. */
static inline guint32 reeve_sqlite_store_bits_get (ReeveSqliteStoreBitReader *self, guint n);
guint64 reeve_sqlite_store_bits_get_number (ReeveSqliteStoreBitReader *self);
void reeve_sqlite_store_bits_get_run (ReeveSqliteStoreBitReader *self, gint64 *ret_values, guint n);
/* To @position, which lies behind the reader's own. */
void reeve_sqlite_store_bits_seek (ReeveSqliteStoreBitReader *self, guint64 position);
/* Goes past a run of @n numbers, which are not looked at. */
void reeve_sqlite_store_bits_skip_run (ReeveSqliteStoreBitReader *self, guint n);

/* ---- of reading, what is made anew where it is used ---- */

/* Bits that a look at the next ones shows at least, as far as there are any. */
#define REEVE_SQLITE_STORE_BITS_SEEN 57

/* For less than a word before the end. */
guint64 reeve_sqlite_store_bits_look_at_end (const ReeveSqliteStoreBitReader *self, gsize at);
void reeve_sqlite_store_bits_fail (ReeveSqliteStoreBitReader *self);

/* The eight bytes that the bit at @position stands in the first of, and that bit the lowest. */
static inline guint64
reeve_sqlite_store_bits_load (const guint8 *bytes, guint64 position)
{
  guint64 word;

  memcpy (&word, bytes + (position >> 3), sizeof word);
  return GUINT64_FROM_LE (word) >> (position & 7);
}

/* Behind the end there are zeros. */
static inline guint64
reeve_sqlite_store_bits_look (const ReeveSqliteStoreBitReader *self)
{
  gsize at = (gsize) (self->position >> 3);

  if (G_LIKELY (self->length - at >= sizeof (guint64)))
    return reeve_sqlite_store_bits_load (self->bytes, self->position);
  return reeve_sqlite_store_bits_look_at_end (self, at);
}

/* FALSE: there are less than @n. */
static inline gboolean
reeve_sqlite_store_bits_pass (ReeveSqliteStoreBitReader *self, guint n)
{
  if (G_UNLIKELY ((guint64) self->length * 8 - self->position < n))
    {
      reeve_sqlite_store_bits_fail (self);
      return FALSE;
    }
  self->position += n;
  return TRUE;
}

/* @n: less than 64. */
static inline guint64
reeve_sqlite_store_bits_cut (guint64 word, guint n)
{
  return word & ((G_GUINT64_CONSTANT (1) << n) - 1);
}

static inline guint32
reeve_sqlite_store_bits_get (ReeveSqliteStoreBitReader *self, guint n)
{
  guint64 word = reeve_sqlite_store_bits_look (self);

  return reeve_sqlite_store_bits_pass (self, n) ? (guint32) reeve_sqlite_store_bits_cut (word, n)
                                                : 0;
}

G_END_DECLS
