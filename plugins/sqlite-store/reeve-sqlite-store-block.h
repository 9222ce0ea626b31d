/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-sqlite-store-grid.h"

G_BEGIN_DECLS

/*
 * The body of a block: segments one after the other, as they were sealed. Each holds some rows of
 * the block in columns; a row that stands in two counts as the later one has it. A damaged segment
 * costs its rows.
 *
 *   body    = segment*
 *   segment = length (u32, of what follows the sum) sum (u32: CRC-32 of what follows) version (1
 *             byte: 1, 2) bits. Numbers are little-endian
 *   bits    = rolled (1) n_rows (number) first row (number) even (1: each row follows the last)
 *             gap (number, less 1)* n_columns (number) column*
 *   column  = gap (number: key less the one before, less 1) last (1, when rolled)
 *             presence (2: all rows, the same as the column before, a bit for each) part [part]
 *   part    = domain (1) ...: VALUE, and MINIMUM, MAXIMUM, COUNT when rolled; then LAST in a part
 *             of its own. COUNT = same as the column before (1) or a run
 *
 *   In version 2, which is always rolled, the same comes in another order, so that what is not
 *   wanted is passed over and not read:
 *   column  = gap last presence COUNT length (number: bits of what follows) domain ... VALUE
 *             [part of LAST] MINIMUM MAXIMUM
 *
 *   domain  = 0: whole numbers: scale (3) divisor (number), each value is a number of the run
 *             times the divisor over 10^scale, exactly
 *             1: floating point, sign and 23 bits (12 of them fraction) of the double, rounded; 1
 *             bit: some are zero, then a bit for each, and those are not in the run
 *   MINIMUM and MAXIMUM are kept as their distance from VALUE
 *
 * number and run: reeve-sqlite-store-bits.h
 */

/* Bytes of a body; a segment that does not fit is not kept. */
#define REEVE_SQLITE_STORE_MAX_BLOCK (16 * 1024 * 1024)
/* Of the fraction: what is rounded is off by at most 1 in 2^(this + 1). */
#define REEVE_SQLITE_STORE_BLOCK_FRACTION 12

/* Appends @grid (sorted, with rows) as a segment. FALSE: no room, nothing was changed. */
gboolean reeve_sqlite_store_block_add (GByteArray *body, const ReeveSqliteStoreGrid *grid);

/* ---- reading ---- */

typedef struct _ReeveSqliteStoreSegment ReeveSqliteStoreSegment;

typedef enum
{
  REEVE_SQLITE_STORE_BLOCK_SEGMENT,
  REEVE_SQLITE_STORE_BLOCK_END,
  REEVE_SQLITE_STORE_BLOCK_DAMAGED, /* one segment, or all from here on; go on */
} ReeveSqliteStoreBlockResult;

/* The stats that are wanted of a column; COUNT and LAST come with any other. */
typedef enum
{
  REEVE_SQLITE_STORE_WANT_NOTHING = 0,
  REEVE_SQLITE_STORE_WANT_VALUE = 1 << REEVE_SQLITE_STORE_STAT_VALUE,
  REEVE_SQLITE_STORE_WANT_MINIMUM = 1 << REEVE_SQLITE_STORE_STAT_MINIMUM,
  REEVE_SQLITE_STORE_WANT_MAXIMUM = 1 << REEVE_SQLITE_STORE_STAT_MAXIMUM,
  REEVE_SQLITE_STORE_WANT_ALL = 7,
} ReeveSqliteStoreWant;

typedef ReeveSqliteStoreWant (*ReeveSqliteStoreWantedFunc) (guint key, gpointer user_data);

typedef struct
{
  /* What of the column is wanted; NULL: all. What is not wanted is not made into numbers, and NULL
   * in the column. */
  ReeveSqliteStoreWantedFunc wanted;
  /* May be NULL: the columns that follow are of one segment, of whose @rows those with @take set
   * are meant. */
  void (*segment) (const guint *rows, const gboolean *take, guint n_rows, gpointer user_data);
  /* One column of it. */
  void (*column) (const guint *rows, const gboolean *take, guint n_rows,
                  const ReeveSqliteStoreGridColumn *column, gpointer user_data);
} ReeveSqliteStoreBlockFuncs;

typedef struct
{
  const guint8 *next;
  const guint8 *end;
  guint block_rows;
  gboolean sound; /* the sums of these very bytes were found right: they are not made again */
} ReeveSqliteStoreBlock;

/* @bytes must outlive the block and its segments. */
ReeveSqliteStoreBlock reeve_sqlite_store_block_open (const guint8 *bytes, gsize length,
                                                     guint block_rows);
/* The next one; *@ret_segment is (transfer full), with SEGMENT only. */
ReeveSqliteStoreBlockResult reeve_sqlite_store_block_next (ReeveSqliteStoreBlock *self,
                                                           ReeveSqliteStoreSegment **ret_segment);

void reeve_sqlite_store_segment_free (ReeveSqliteStoreSegment *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveSqliteStoreSegment, reeve_sqlite_store_segment_free)
/* Ascending numbers of rows. */
const guint *reeve_sqlite_store_segment_get_rows (const ReeveSqliteStoreSegment *self,
                                                  guint *ret_n);
gboolean reeve_sqlite_store_segment_is_rolled (const ReeveSqliteStoreSegment *self);
/* The next column, valid until the next call; NULL after the last one, or when the rest makes no
 * sense (*@ret_bad). */
const ReeveSqliteStoreGridColumn *reeve_sqlite_store_segment_next (ReeveSqliteStoreSegment *self,
                                                                   gboolean *ret_bad);

/* ---- a whole body ---- */

/* Sets @ret_rows for each row that there is; returns the number of segments, damaged ones left out.
 * *@ret_damaged: how many of those, may be NULL. */
guint reeve_sqlite_store_block_list_rows (const ReeveSqliteStoreBlock *self,
                                          gboolean ret_rows[REEVE_SQLITE_STORE_MAX_ROWS],
                                          guint *ret_damaged);
/* Calls @funcs for all columns, each row from the newest segment that has it; rows that are @known
 * already are passed over, and those that were seen are added to it. Returns the number of damaged
 * segments. *@ret_rows: each row that there is, known or not; may be NULL. */
guint reeve_sqlite_store_block_visit (const ReeveSqliteStoreBlock *self,
                                      gboolean known[REEVE_SQLITE_STORE_MAX_ROWS],
                                      gboolean *ret_rows, const ReeveSqliteStoreBlockFuncs *funcs,
                                      gpointer user_data);

G_END_DECLS
