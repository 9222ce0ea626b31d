/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Blocks back into columns; the reverse of reeve-sqlite-store-block.c. Nothing that is read is
 * believed before it was checked, although the sums are right: a file may come from anywhere. */

#include "config.h"

#include "reeve-sqlite-store-block.h"

#include <math.h>
#include <string.h>
#include <zlib.h>

#include "reeve-sqlite-store-bits.h"
#include "reeve-sqlite-store-block-private.h"

struct _ReeveSqliteStoreSegment
{
  ReeveSqliteStoreBitReader bits;
  gboolean rolled;
  guint n_rows;
  guint rows[REEVE_SQLITE_STORE_MAX_ROWS];
  guint64 n_columns; /* to come */
  gint64 last_key;
  ReeveSqliteStorePresent present;
  gint64 codes[REEVE_SQLITE_STORE_N_STATS][REEVE_SQLITE_STORE_MAX_ROWS];
  double stats[REEVE_SQLITE_STORE_N_STATS][REEVE_SQLITE_STORE_MAX_ROWS];
  ReeveSqliteStoreGridColumn column;
};

static double
reeve_sqlite_store_block_widen (gint64 code)
{
  guint64 bits = (guint64) ABS (code) << REEVE_SQLITE_STORE_BLOCK_SHIFT;
  double value;

  memcpy (&value, &bits, sizeof value);
  return code < 0 ? -value : value;
}

/* ---- segments ---- */

void
reeve_sqlite_store_block_open (ReeveSqliteStoreBlock *self, const guint8 *bytes, gsize length,
                               guint block_rows)
{
  self->next = bytes;
  self->end = bytes + length;
  self->block_rows = block_rows;
}

/* FALSE: not the rows of a block of @block_rows. */
static gboolean
reeve_sqlite_store_segment_read_rows (ReeveSqliteStoreSegment *self, guint block_rows)
{
  guint64 n, row;
  gboolean even;

  self->rolled = reeve_sqlite_store_bits_get (&self->bits, 1) != 0;
  n = reeve_sqlite_store_bits_get_number (&self->bits);
  row = reeve_sqlite_store_bits_get_number (&self->bits);
  even = reeve_sqlite_store_bits_get (&self->bits, 1) != 0;
  if (n == 0 || n > block_rows || n > REEVE_SQLITE_STORE_MAX_ROWS)
    return FALSE;
  self->n_rows = (guint) n;
  for (guint i = 0; i < self->n_rows; i++)
    {
      guint64 gap = i > 0 && !even ? reeve_sqlite_store_bits_get_number (&self->bits) : 0;

      if (gap >= block_rows)
        return FALSE;
      row += i > 0 ? gap + 1 : 0;
      if (row >= block_rows)
        return FALSE;
      self->rows[i] = (guint) row;
    }
  self->n_columns = reeve_sqlite_store_bits_get_number (&self->bits);
  self->last_key = -1;
  /* "the same as before" may stand in the first column */
  self->present.n = 0;
  memset (self->codes[REEVE_SQLITE_STORE_STAT_COUNT], 0,
          sizeof self->codes[REEVE_SQLITE_STORE_STAT_COUNT]);
  return !self->bits.bad;
}

static guint32
reeve_sqlite_store_block_get_u32 (const guint8 *bytes)
{
  guint32 value;

  memcpy (&value, bytes, sizeof value);
  return GUINT32_FROM_LE (value);
}

/* The next one into @segment, whose room is used again. */
static ReeveSqliteStoreBlockResult
reeve_sqlite_store_block_read (ReeveSqliteStoreBlock *self, ReeveSqliteStoreSegment *segment)
{
  gsize left = (gsize) (self->end - self->next);
  const guint8 *content;
  guint32 length, sum;

  if (left == 0)
    return REEVE_SQLITE_STORE_BLOCK_END;
  length = left > REEVE_SQLITE_STORE_BLOCK_HEAD ? reeve_sqlite_store_block_get_u32 (self->next) : 0;
  if (length == 0 || length > left - REEVE_SQLITE_STORE_BLOCK_HEAD)
    {
      self->next = self->end;
      return REEVE_SQLITE_STORE_BLOCK_DAMAGED;
    }
  sum = reeve_sqlite_store_block_get_u32 (self->next + 4);
  content = self->next + REEVE_SQLITE_STORE_BLOCK_HEAD;
  self->next = content + length;
  if ((guint32) crc32 (0, content, length) != sum || content[0] != REEVE_SQLITE_STORE_BLOCK_VERSION)
    return REEVE_SQLITE_STORE_BLOCK_DAMAGED;
  reeve_sqlite_store_bits_open (&segment->bits, content + 1, length - 1);
  return reeve_sqlite_store_segment_read_rows (segment, self->block_rows)
             ? REEVE_SQLITE_STORE_BLOCK_SEGMENT
             : REEVE_SQLITE_STORE_BLOCK_DAMAGED;
}

ReeveSqliteStoreBlockResult
reeve_sqlite_store_block_next (ReeveSqliteStoreBlock *self, ReeveSqliteStoreSegment **ret_segment)
{
  g_autoptr (ReeveSqliteStoreSegment) segment = g_new (ReeveSqliteStoreSegment, 1);
  ReeveSqliteStoreBlockResult result = reeve_sqlite_store_block_read (self, segment);

  if (result == REEVE_SQLITE_STORE_BLOCK_SEGMENT)
    *ret_segment = g_steal_pointer (&segment);
  return result;
}

void
reeve_sqlite_store_segment_free (ReeveSqliteStoreSegment *self)
{
  g_free (self);
}

const guint *
reeve_sqlite_store_segment_get_rows (const ReeveSqliteStoreSegment *self, guint *ret_n)
{
  *ret_n = self->n_rows;
  return self->rows;
}

gboolean
reeve_sqlite_store_segment_is_rolled (const ReeveSqliteStoreSegment *self)
{
  return self->rolled;
}

static void
reeve_sqlite_store_segment_read_presence (ReeveSqliteStoreSegment *self)
{
  guint presence = reeve_sqlite_store_bits_get (&self->bits, 2);

  if (presence == REEVE_SQLITE_STORE_PRESENCE_SAME)
    return;
  self->bits.bad |= presence > REEVE_SQLITE_STORE_PRESENCE_BITS;
  self->present.n = 0;
  for (guint i = 0; i < self->n_rows; i++)
    if (presence == REEVE_SQLITE_STORE_PRESENCE_ALL ||
        reeve_sqlite_store_bits_get (&self->bits, 1) != 0)
      self->present.rows[self->present.n++] = (guint16) i;
}

/* Of a floating part: which values are zero and stand in no run. Returns how many do not. */
static guint
reeve_sqlite_store_segment_read_zeros (ReeveSqliteStoreSegment *self,
                                       guint8 ret_zero[REEVE_SQLITE_STORE_MAX_ROWS])
{
  guint n = self->present.n;
  guint32 word = 0;

  for (guint i = 0; i < self->present.n; i++)
    {
      if (i % 32 == 0)
        word = reeve_sqlite_store_bits_get (&self->bits, MIN (self->present.n - i, 32));
      ret_zero[i] = word & 1;
      n -= word & 1;
      word >>= 1;
    }
  return n;
}

/* A run with gaps where @zero says so, in place: backwards, since the gaps only push up. */
static void
reeve_sqlite_store_segment_spread (gint64 *codes, guint n_run, const guint8 *zero, guint n)
{
  for (guint i = n; i > 0; i--)
    codes[i - 1] = zero[i - 1] ? 0 : codes[--n_run];
}

/* Least and greatest are kept as what they miss of the average, or of the last one that is not
 * zero. */
static void
reeve_sqlite_store_segment_shift (gint64 *codes, const gint64 *averages, const guint8 *zero,
                                  guint n, gboolean floating)
{
  gint64 guess = 0;

  for (guint i = 0; i < n; i++)
    {
      guess = averages[i] != 0 || !floating ? averages[i] : guess;
      codes[i] = zero != NULL && zero[i] ? 0 : codes[i] + guess;
    }
}

/* The reverse of pack(), into self->codes. */
static void
reeve_sqlite_store_segment_read_codes (ReeveSqliteStoreSegment *self, guint stat,
                                       ReeveSqliteStoreDomain domain)
{
  gboolean floating = domain == REEVE_SQLITE_STORE_DOMAIN_FLOATING;
  gboolean zeros = floating && reeve_sqlite_store_bits_get (&self->bits, 1) != 0;
  guint8 zero[REEVE_SQLITE_STORE_MAX_ROWS];
  gint64 *codes = self->codes[stat];
  guint n = zeros ? reeve_sqlite_store_segment_read_zeros (self, zero) : self->present.n;

  reeve_sqlite_store_bits_get_run (&self->bits, codes, n);
  if (self->bits.bad)
    return;
  if (zeros)
    reeve_sqlite_store_segment_spread (codes, n, zero, self->present.n);
  if (stat != REEVE_SQLITE_STORE_STAT_VALUE)
    reeve_sqlite_store_segment_shift (codes, self->codes[REEVE_SQLITE_STORE_STAT_VALUE],
                                      zeros ? zero : NULL, self->present.n, floating);
}

/* FALSE: a code that stands for nothing. */
static gboolean
reeve_sqlite_store_segment_widen (const ReeveSqliteStoreSegment *self, const gint64 *codes,
                                  double *stats)
{
  for (guint i = 0; i < self->present.n; i++)
    {
      if (ABS (codes[i]) >= REEVE_SQLITE_STORE_BLOCK_INFINITE)
        return FALSE;
      stats[self->present.rows[i]] = reeve_sqlite_store_block_widen (codes[i]);
    }
  return TRUE;
}

/* A division takes longer than all else here, so that by one is left out. */
static void
reeve_sqlite_store_segment_scale (const ReeveSqliteStoreSegment *self, const gint64 *codes,
                                  double *stats, double divisor, guint scale)
{
  const guint16 *rows = self->present.rows;
  double power = reeve_sqlite_store_block_powers[scale];

  if (scale == 0)
    for (guint i = 0; i < self->present.n; i++)
      stats[rows[i]] = (double) codes[i] * divisor;
  else
    for (guint i = 0; i < self->present.n; i++)
      stats[rows[i]] = (double) codes[i] * divisor / power;
}

/* Rows without a value. */
static void
reeve_sqlite_store_segment_clear (const ReeveSqliteStoreSegment *self, double *stats)
{
  for (guint i = 0; i < self->n_rows && self->present.n < self->n_rows; i++)
    stats[i] = NAN;
}

/* @stats: where the values go. */
static void
reeve_sqlite_store_segment_read_part (ReeveSqliteStoreSegment *self,
                                      double stats[][REEVE_SQLITE_STORE_MAX_ROWS], guint n_stats)
{
  ReeveSqliteStoreDomain domain = reeve_sqlite_store_bits_get (&self->bits, 1);
  gboolean whole = domain == REEVE_SQLITE_STORE_DOMAIN_WHOLE;
  guint scale = whole ? reeve_sqlite_store_bits_get (&self->bits, 3) : 0;
  guint64 divisor = whole ? reeve_sqlite_store_bits_get_number (&self->bits) : 1;

  self->bits.bad |=
      scale >= REEVE_SQLITE_STORE_BLOCK_N_SCALES || divisor > (guint64) REEVE_SQLITE_STORE_BITS_MAX;
  for (guint stat = 0; stat < n_stats && !self->bits.bad; stat++)
    {
      reeve_sqlite_store_segment_read_codes (self, stat, domain);
      if (self->bits.bad)
        return;
      reeve_sqlite_store_segment_clear (self, stats[stat]);
      if (whole)
        reeve_sqlite_store_segment_scale (self, self->codes[stat], stats[stat], (double) divisor,
                                          scale);
      else
        self->bits.bad |= !reeve_sqlite_store_segment_widen (self, self->codes[stat], stats[stat]);
    }
}

/* "The same as before" may stand in the next column, so these are read of each. */
static void
reeve_sqlite_store_segment_read_counts (ReeveSqliteStoreSegment *self)
{
  if (reeve_sqlite_store_bits_get (&self->bits, 1) == 0)
    reeve_sqlite_store_bits_get_run (&self->bits, self->codes[REEVE_SQLITE_STORE_STAT_COUNT],
                                     self->present.n);
}

static void
reeve_sqlite_store_segment_fill_counts (ReeveSqliteStoreSegment *self)
{
  const gint64 *codes = self->codes[REEVE_SQLITE_STORE_STAT_COUNT];
  double *counts = self->stats[REEVE_SQLITE_STORE_STAT_COUNT];

  reeve_sqlite_store_segment_clear (self, counts);
  for (guint i = 0; i < self->present.n && !self->bits.bad; i++)
    {
      self->bits.bad |= codes[i] < 1 || codes[i] > G_MAXINT32;
      counts[self->present.rows[i]] = (double) codes[i];
    }
}

/* A part of a column that nobody wants. */
static void
reeve_sqlite_store_segment_skip_part (ReeveSqliteStoreSegment *self, guint n_stats)
{
  gboolean floating =
      reeve_sqlite_store_bits_get (&self->bits, 1) == REEVE_SQLITE_STORE_DOMAIN_FLOATING;

  if (!floating)
    {
      (void) reeve_sqlite_store_bits_get (&self->bits, 3);
      (void) reeve_sqlite_store_bits_get_number (&self->bits);
    }
  for (guint stat = 0; stat < n_stats && !self->bits.bad; stat++)
    {
      guint8 zero[REEVE_SQLITE_STORE_MAX_ROWS];
      guint n = floating && reeve_sqlite_store_bits_get (&self->bits, 1) != 0
                    ? reeve_sqlite_store_segment_read_zeros (self, zero)
                    : self->present.n;

      reeve_sqlite_store_bits_skip_run (&self->bits, n);
    }
}

static void
reeve_sqlite_store_segment_skip_column (ReeveSqliteStoreSegment *self, guint n_stats)
{
  reeve_sqlite_store_segment_skip_part (self, n_stats);
  if (self->rolled)
    reeve_sqlite_store_segment_read_counts (self);
  if (self->column.last)
    reeve_sqlite_store_segment_skip_part (self, 1);
}

static void
reeve_sqlite_store_segment_read_column (ReeveSqliteStoreSegment *self, guint n_stats)
{
  ReeveSqliteStoreGridColumn *column = &self->column;

  reeve_sqlite_store_segment_read_part (self, self->stats, n_stats);
  if (self->rolled)
    {
      reeve_sqlite_store_segment_read_counts (self);
      reeve_sqlite_store_segment_fill_counts (self);
    }
  if (column->last)
    reeve_sqlite_store_segment_read_part (self, &self->stats[REEVE_SQLITE_STORE_STAT_LAST], 1);
  for (guint stat = 0; stat < REEVE_SQLITE_STORE_N_STATS; stat++)
    column->stats[stat] =
        stat < n_stats || (self->rolled && (stat == REEVE_SQLITE_STORE_STAT_COUNT || column->last))
            ? self->stats[stat]
            : NULL;
}

/* @wanted: NULL for every column. */
static const ReeveSqliteStoreGridColumn *
reeve_sqlite_store_segment_find (ReeveSqliteStoreSegment *self, ReeveSqliteStoreWantedFunc wanted,
                                 gpointer user_data, gboolean *ret_bad)
{
  const gint64 keys = (gint64) REEVE_SQLITE_STORE_MAX_SERIES * REEVE_SQLITE_STORE_CODEC_COLUMNS;
  guint n_stats = self->rolled ? REEVE_SQLITE_STORE_STAT_COUNT : 1;
  gboolean found = FALSE;

  while (self->n_columns > 0 && !found)
    {
      guint64 gap = reeve_sqlite_store_bits_get_number (&self->bits);

      self->n_columns--;
      self->column.last = self->rolled && reeve_sqlite_store_bits_get (&self->bits, 1) != 0;
      self->bits.bad |= gap >= (guint64) (keys - self->last_key - 1);
      self->last_key += self->bits.bad ? 0 : 1 + (gint64) gap;
      self->column.key = (guint) self->last_key;
      found = wanted == NULL || wanted (self->column.key, user_data);
      reeve_sqlite_store_segment_read_presence (self);
      if (found)
        reeve_sqlite_store_segment_read_column (self, n_stats);
      else
        reeve_sqlite_store_segment_skip_column (self, n_stats);
      if (!self->bits.bad)
        continue;
      self->n_columns = 0;
      *ret_bad = TRUE;
      return NULL;
    }
  return found ? &self->column : NULL;
}

const ReeveSqliteStoreGridColumn *
reeve_sqlite_store_segment_next (ReeveSqliteStoreSegment *self, gboolean *ret_bad)
{
  return reeve_sqlite_store_segment_find (self, NULL, NULL, ret_bad);
}

/* ---- a whole body ---- */

/* (transfer full) its segments, in their order. */
static GPtrArray *
reeve_sqlite_store_block_split (const guint8 *bytes, gsize length, guint block_rows,
                                guint *ret_damaged)
{
  GPtrArray *segments =
      g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_sqlite_store_segment_free);
  ReeveSqliteStoreSegment *segment;
  ReeveSqliteStoreBlock block;

  *ret_damaged = 0;
  reeve_sqlite_store_block_open (&block, bytes, length, block_rows);
  for (;;)
    switch (reeve_sqlite_store_block_next (&block, &segment))
      {
      case REEVE_SQLITE_STORE_BLOCK_SEGMENT:
        g_ptr_array_add (segments, segment);
        break;
      case REEVE_SQLITE_STORE_BLOCK_DAMAGED:
        *ret_damaged += 1;
        break;
      case REEVE_SQLITE_STORE_BLOCK_END:
      default:
        return segments;
      }
}

guint
reeve_sqlite_store_block_list_rows (const guint8 *bytes, gsize length, guint block_rows,
                                    gboolean ret_rows[REEVE_SQLITE_STORE_MAX_ROWS],
                                    guint *ret_damaged)
{
  g_autoptr (ReeveSqliteStoreSegment) segment = g_new (ReeveSqliteStoreSegment, 1);
  ReeveSqliteStoreBlockResult result;
  ReeveSqliteStoreBlock block;
  guint n = 0, damaged = 0;

  memset (ret_rows, 0, REEVE_SQLITE_STORE_MAX_ROWS * sizeof ret_rows[0]);
  reeve_sqlite_store_block_open (&block, bytes, length, block_rows);
  while ((result = reeve_sqlite_store_block_read (&block, segment)) != REEVE_SQLITE_STORE_BLOCK_END)
    {
      if (result == REEVE_SQLITE_STORE_BLOCK_DAMAGED)
        {
          damaged++;
          continue;
        }
      for (guint row = 0; row < segment->n_rows; row++)
        ret_rows[segment->rows[row]] = TRUE;
      n++;
    }
  if (ret_damaged != NULL)
    *ret_damaged = damaged;
  return n;
}

guint
reeve_sqlite_store_block_visit (const guint8 *bytes, gsize length, guint block_rows,
                                gboolean known[REEVE_SQLITE_STORE_MAX_ROWS],
                                const ReeveSqliteStoreBlockFuncs *funcs, gpointer user_data)
{
  guint damaged;
  g_autoptr (GPtrArray) segments =
      reeve_sqlite_store_block_split (bytes, length, block_rows, &damaged);

  for (guint i = segments->len; i > 0; i--)
    {
      ReeveSqliteStoreSegment *segment = g_ptr_array_index (segments, i - 1);
      const ReeveSqliteStoreGridColumn *column;
      gboolean take[REEVE_SQLITE_STORE_MAX_ROWS];
      gboolean any = FALSE, bad = FALSE;

      for (guint row = 0; row < segment->n_rows; row++)
        {
          take[row] = !known[segment->rows[row]];
          known[segment->rows[row]] = TRUE;
          any |= take[row];
        }
      while (any && (column = reeve_sqlite_store_segment_find (segment, funcs->wanted, user_data,
                                                               &bad)) != NULL)
        funcs->column (segment->rows, take, segment->n_rows, column, user_data);
      damaged += bad ? 1 : 0;
    }
  return damaged;
}
