/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

G_BEGIN_DECLS

/*
 * The body of one row of history: all numbers of a system in one minute, without a name. Rows are
 * in the order of their series' numbers; each says which of its (at most 64) columns have a value
 * and gives those. No value is rounded.
 *
 *   body   = version (1 byte: 1) row*
 *   row    = gap present value*        gap: series number less the one before, less 1
 *                                      present: a bit per column, the lowest is column 0
 *   gap, present = 7 bits a byte, lowest first, the top bit says that more follow
 *   value  = head (7 bits a byte)* | raw
 *   head   = bits 0-2: scale, bit 3: negative, bits 4-6: the magnitude's lowest bits, bit 7: more
 *            follow. The value is magnitude / 10^scale, scale 0 to 6
 *   raw    = scale 7: one byte 0x07 and the 8 bytes of the double, lowest first
 */

#define REEVE_SQLITE_STORE_CODEC_COLUMNS 64
/* Series numbers are below this. */
#define REEVE_SQLITE_STORE_MAX_SERIES 4096
/* Bytes of a body; what does not fit is left out. */
#define REEVE_SQLITE_STORE_MAX_BODY (256 * 1024)

/* Empties @body and begins a new one. */
void reeve_sqlite_store_codec_begin (GByteArray *body);
/* Adds the row of series @number, which is above @last (-1 at first, moved on by each row). @values
 * has one for each column, NaN and infinities are missing; a row without any is left out. FALSE
 * when the body would be too long: nothing was added. */
gboolean reeve_sqlite_store_codec_add (GByteArray *body, int *last, guint number,
                                       const double *values, guint n_values);

/* TRUE when no row was added. */
gboolean reeve_sqlite_store_codec_is_empty (GByteArray *body);

typedef struct
{
  const guint8 *next;
  const guint8 *end;
  int last;
} ReeveSqliteStoreDecoder;

typedef enum
{
  REEVE_SQLITE_STORE_CODEC_ROW,
  REEVE_SQLITE_STORE_CODEC_END,
  REEVE_SQLITE_STORE_CODEC_BAD, /* not a body, or cut off */
} ReeveSqliteStoreCodecResult;

/* FALSE when it is no body of a known version. @bytes must outlive the decoder. */
gboolean reeve_sqlite_store_codec_open (ReeveSqliteStoreDecoder *self, const guint8 *bytes,
                                        gsize length);
/* The next row: its series, and the values of its first @ret_n columns (up to the highest that has
 * one), NaN where there is none. No allocation. */
ReeveSqliteStoreCodecResult
reeve_sqlite_store_codec_next (ReeveSqliteStoreDecoder *self, guint *ret_number,
                               double ret_values[REEVE_SQLITE_STORE_CODEC_COLUMNS], guint *ret_n);

G_END_DECLS
