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
  gboolean measured;
  gboolean rolled;
  guint n_rows;
  guint rows[REEVE_SQLITE_STORE_MAX_ROWS];
  guint64 n_columns; /* to come */
  gint64 last_key;
  ReeveSqliteStorePresent present;
  gboolean counted; /* the counts among the stats are those of the codes and rows at hand */
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

ReeveSqliteStoreBlock
reeve_sqlite_store_block_open (const guint8 *bytes, gsize length, guint block_rows)
{
  return (ReeveSqliteStoreBlock){
    .next = bytes,
    .end = bytes + length,
    .block_rows = block_rows,
  };
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
  self->counted = FALSE;
  memset (self->codes[REEVE_SQLITE_STORE_STAT_COUNT], 0,
          sizeof self->codes[REEVE_SQLITE_STORE_STAT_COUNT]);
  return (self->rolled || !self->measured) && !self->bits.bad;
}

static guint32
reeve_sqlite_store_block_get_u32 (const guint8 *bytes)
{
  guint32 value;

  memcpy (&value, bytes, sizeof value);
  return GUINT32_FROM_LE (value);
}

/* What follows the head of the next one, which is gone to the end of; NULL: no segment, and none
 * behind it. */
static const guint8 *
reeve_sqlite_store_block_find_content (ReeveSqliteStoreBlock *self, gsize *ret_length)
{
  gsize left = (gsize) (self->end - self->next);
  guint32 length =
      left > REEVE_SQLITE_STORE_BLOCK_HEAD ? reeve_sqlite_store_block_get_u32 (self->next) : 0;
  const guint8 *content = self->next + MIN (left, REEVE_SQLITE_STORE_BLOCK_HEAD);

  if (length == 0 || length > left - REEVE_SQLITE_STORE_BLOCK_HEAD)
    {
      self->next = self->end;
      return NULL;
    }
  self->next = content + length;
  *ret_length = length;
  return content;
}

static gboolean
reeve_sqlite_store_block_check (const ReeveSqliteStoreBlock *self, const guint8 *head,
                                const guint8 *content, gsize length)
{
  return self->sound || (guint32) crc32 (0, content, (guint) length) ==
                            reeve_sqlite_store_block_get_u32 (head + 4);
}

/* The next one into @segment, whose room is used again. */
static ReeveSqliteStoreBlockResult
reeve_sqlite_store_block_read (ReeveSqliteStoreBlock *self, ReeveSqliteStoreSegment *segment)
{
  const guint8 *head = self->next, *content;
  gsize length;

  if (self->next == self->end)
    return REEVE_SQLITE_STORE_BLOCK_END;
  content = reeve_sqlite_store_block_find_content (self, &length);
  if (content == NULL || !reeve_sqlite_store_block_check (self, head, content, length) ||
      (content[0] != REEVE_SQLITE_STORE_BLOCK_PLAIN &&
       content[0] != REEVE_SQLITE_STORE_BLOCK_MEASURED))
    return REEVE_SQLITE_STORE_BLOCK_DAMAGED;
  segment->measured = content[0] == REEVE_SQLITE_STORE_BLOCK_MEASURED;
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
  const gboolean all = presence == REEVE_SQLITE_STORE_PRESENCE_ALL;

  if (presence == REEVE_SQLITE_STORE_PRESENCE_SAME || (all && self->present.n == self->n_rows))
    return;
  self->bits.bad |= presence > REEVE_SQLITE_STORE_PRESENCE_BITS;
  self->counted = FALSE;
  self->present.n = 0;
  for (guint i = 0; i < self->n_rows; i++)
    if (all || reeve_sqlite_store_bits_get (&self->bits, 1) != 0)
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

/* How the codes of a part are meant. */
typedef struct
{
  gboolean floating;
  guint scale;
  guint64 divisor;
} ReeveSqliteStorePart;

static ReeveSqliteStorePart
reeve_sqlite_store_segment_read_domain (ReeveSqliteStoreSegment *self)
{
  ReeveSqliteStorePart part = {
    .floating = reeve_sqlite_store_bits_get (&self->bits, 1) == REEVE_SQLITE_STORE_DOMAIN_FLOATING,
    .divisor = 1,
  };

  if (!part.floating)
    {
      part.scale = reeve_sqlite_store_bits_get (&self->bits, 3);
      part.divisor = reeve_sqlite_store_bits_get_number (&self->bits);
    }
  self->bits.bad |= part.scale >= REEVE_SQLITE_STORE_BLOCK_N_SCALES ||
                    part.divisor > (guint64) REEVE_SQLITE_STORE_BITS_MAX;
  return part;
}

/* The reverse of pack(), into self->codes. */
static void
reeve_sqlite_store_segment_read_codes (ReeveSqliteStoreSegment *self, guint stat, gboolean floating)
{
  const gboolean distance =
      stat == REEVE_SQLITE_STORE_STAT_MINIMUM || stat == REEVE_SQLITE_STORE_STAT_MAXIMUM;
  gboolean zeros = floating && reeve_sqlite_store_bits_get (&self->bits, 1) != 0;
  guint8 zero[REEVE_SQLITE_STORE_MAX_ROWS];
  gint64 *codes = self->codes[stat];
  guint n = zeros ? reeve_sqlite_store_segment_read_zeros (self, zero) : self->present.n;

  reeve_sqlite_store_bits_get_run (&self->bits, codes, n);
  if (self->bits.bad)
    return;
  if (zeros)
    reeve_sqlite_store_segment_spread (codes, n, zero, self->present.n);
  if (distance)
    reeve_sqlite_store_segment_shift (codes, self->codes[REEVE_SQLITE_STORE_STAT_VALUE],
                                      zeros ? zero : NULL, self->present.n, floating);
}

/* FALSE: a code that stands for nothing. */
static gboolean
reeve_sqlite_store_segment_widen (const ReeveSqliteStoreSegment *self, const gint64 *codes,
                                  double *stats)
{
  gboolean bad = FALSE;

  for (guint i = 0; i < self->present.n; i++)
    {
      bad |= ABS (codes[i]) >= REEVE_SQLITE_STORE_BLOCK_INFINITE;
      stats[i] = reeve_sqlite_store_block_widen (codes[i]);
    }
  return !bad;
}

/* A division takes longer than all else here, so that by one is left out. */
static void
reeve_sqlite_store_segment_scale (const ReeveSqliteStoreSegment *self, const gint64 *codes,
                                  double *stats, double divisor, guint scale)
{
  double power = reeve_sqlite_store_block_powers[scale];

  if (scale == 0)
    for (guint i = 0; i < self->present.n; i++)
      stats[i] = (double) codes[i] * divisor;
  else
    for (guint i = 0; i < self->present.n; i++)
      stats[i] = (double) codes[i] * divisor / power;
}

/* What stands one after the other to the rows that have a value, backwards since that only pushes
 * up. */
static void
reeve_sqlite_store_segment_place (const ReeveSqliteStoreSegment *self, double *stats)
{
  guint next = self->present.n;

  for (guint row = self->n_rows; row > 0 && self->present.n < self->n_rows; row--)
    if (next > 0 && self->present.rows[next - 1] == row - 1)
      stats[row - 1] = stats[--next];
    else
      stats[row - 1] = NAN;
}

static void
reeve_sqlite_store_segment_read_stat (ReeveSqliteStoreSegment *self,
                                      const ReeveSqliteStorePart *part, guint stat)
{
  double *stats = self->stats[stat];

  if (self->bits.bad)
    return;
  reeve_sqlite_store_segment_read_codes (self, stat, part->floating);
  if (self->bits.bad)
    return;
  if (!part->floating)
    reeve_sqlite_store_segment_scale (self, self->codes[stat], stats, (double) part->divisor,
                                      part->scale);
  else
    self->bits.bad |= !reeve_sqlite_store_segment_widen (self, self->codes[stat], stats);
  reeve_sqlite_store_segment_place (self, stats);
  self->column.stats[stat] = stats;
}

static void
reeve_sqlite_store_segment_skip_stat (ReeveSqliteStoreSegment *self,
                                      const ReeveSqliteStorePart *part)
{
  guint8 zero[REEVE_SQLITE_STORE_MAX_ROWS];
  guint n = part->floating && reeve_sqlite_store_bits_get (&self->bits, 1) != 0
                ? reeve_sqlite_store_segment_read_zeros (self, zero)
                : self->present.n;

  if (!self->bits.bad)
    reeve_sqlite_store_bits_skip_run (&self->bits, n);
}

/* Least and greatest, if they are wanted. */
static void
reeve_sqlite_store_segment_read_spread (ReeveSqliteStoreSegment *self,
                                        const ReeveSqliteStorePart *part, ReeveSqliteStoreWant want)
{
  for (guint stat = REEVE_SQLITE_STORE_STAT_MINIMUM; stat <= REEVE_SQLITE_STORE_STAT_MAXIMUM;
       stat++)
    if (want & 1u << stat)
      reeve_sqlite_store_segment_read_stat (self, part, stat);
    else
      reeve_sqlite_store_segment_skip_stat (self, part);
}

/* "The same as before" may stand in the next column, so these are read of each. */
static void
reeve_sqlite_store_segment_read_counts (ReeveSqliteStoreSegment *self)
{
  if (reeve_sqlite_store_bits_get (&self->bits, 1) != 0)
    return;
  self->counted = FALSE;
  reeve_sqlite_store_bits_get_run (&self->bits, self->codes[REEVE_SQLITE_STORE_STAT_COUNT],
                                   self->present.n);
}

/* Mostly they are those of the column before. */
static void
reeve_sqlite_store_segment_fill_counts (ReeveSqliteStoreSegment *self)
{
  const gint64 *codes = self->codes[REEVE_SQLITE_STORE_STAT_COUNT];
  double *counts = self->stats[REEVE_SQLITE_STORE_STAT_COUNT];

  self->column.stats[REEVE_SQLITE_STORE_STAT_COUNT] = counts;
  if (self->counted || self->bits.bad)
    return;
  for (guint i = 0; i < self->present.n; i++)
    {
      self->bits.bad |= codes[i] < 1 || codes[i] > G_MAXINT32;
      counts[i] = (double) codes[i];
    }
  reeve_sqlite_store_segment_place (self, counts);
  self->counted = TRUE;
}

static void
reeve_sqlite_store_segment_read_last (ReeveSqliteStoreSegment *self, ReeveSqliteStoreWant want)
{
  ReeveSqliteStorePart part;

  if (!self->column.last || self->bits.bad)
    return;
  part = reeve_sqlite_store_segment_read_domain (self);
  if (want != REEVE_SQLITE_STORE_WANT_NOTHING)
    reeve_sqlite_store_segment_read_stat (self, &part, REEVE_SQLITE_STORE_STAT_LAST);
  else
    reeve_sqlite_store_segment_skip_stat (self, &part);
}

static void
reeve_sqlite_store_segment_read_plain (ReeveSqliteStoreSegment *self, ReeveSqliteStoreWant want)
{
  ReeveSqliteStorePart part = reeve_sqlite_store_segment_read_domain (self);

  if (want != REEVE_SQLITE_STORE_WANT_NOTHING)
    reeve_sqlite_store_segment_read_stat (self, &part, REEVE_SQLITE_STORE_STAT_VALUE);
  else
    reeve_sqlite_store_segment_skip_stat (self, &part);
  if (!self->rolled)
    return;
  reeve_sqlite_store_segment_read_spread (self, &part, want);
  reeve_sqlite_store_segment_read_counts (self);
  if (want != REEVE_SQLITE_STORE_WANT_NOTHING)
    reeve_sqlite_store_segment_fill_counts (self);
  reeve_sqlite_store_segment_read_last (self, want);
}

static void
reeve_sqlite_store_segment_read_measured (ReeveSqliteStoreSegment *self, ReeveSqliteStoreWant want)
{
  guint64 length, end;

  reeve_sqlite_store_segment_read_counts (self);
  length = reeve_sqlite_store_bits_get_number (&self->bits);
  end = self->bits.position + MIN (length, G_MAXINT64);
  if (want != REEVE_SQLITE_STORE_WANT_NOTHING)
    {
      ReeveSqliteStorePart part = reeve_sqlite_store_segment_read_domain (self);

      reeve_sqlite_store_segment_fill_counts (self);
      reeve_sqlite_store_segment_read_stat (self, &part, REEVE_SQLITE_STORE_STAT_VALUE);
      reeve_sqlite_store_segment_read_last (self, want);
      if (want & (REEVE_SQLITE_STORE_WANT_MINIMUM | REEVE_SQLITE_STORE_WANT_MAXIMUM))
        reeve_sqlite_store_segment_read_spread (self, &part, want);
    }
  reeve_sqlite_store_bits_seek (&self->bits, end);
}

/* @wanted: NULL for every column. */
static const ReeveSqliteStoreGridColumn *
reeve_sqlite_store_segment_find (ReeveSqliteStoreSegment *self, ReeveSqliteStoreWantedFunc wanted,
                                 gpointer user_data, gboolean *ret_bad)
{
  const gint64 keys = (gint64) REEVE_SQLITE_STORE_MAX_SERIES * REEVE_SQLITE_STORE_CODEC_COLUMNS;
  ReeveSqliteStoreWant want = REEVE_SQLITE_STORE_WANT_NOTHING;

  while (self->n_columns > 0 && want == REEVE_SQLITE_STORE_WANT_NOTHING)
    {
      guint64 gap = reeve_sqlite_store_bits_get_number (&self->bits);

      self->n_columns--;
      self->column = (ReeveSqliteStoreGridColumn){ .key = 0 };
      self->column.last = self->rolled && reeve_sqlite_store_bits_get (&self->bits, 1) != 0;
      self->bits.bad |= gap >= (guint64) (keys - self->last_key - 1);
      self->last_key += self->bits.bad ? 0 : 1 + (gint64) gap;
      self->column.key = (guint) self->last_key;
      want = wanted == NULL ? REEVE_SQLITE_STORE_WANT_ALL : wanted (self->column.key, user_data);
      reeve_sqlite_store_segment_read_presence (self);
      self->column.full = self->present.n == self->n_rows;
      if (self->measured)
        reeve_sqlite_store_segment_read_measured (self, want);
      else
        reeve_sqlite_store_segment_read_plain (self, want);
      if (!self->bits.bad)
        continue;
      self->n_columns = 0;
      *ret_bad = TRUE;
      return NULL;
    }
  return want != REEVE_SQLITE_STORE_WANT_NOTHING ? &self->column : NULL;
}

const ReeveSqliteStoreGridColumn *
reeve_sqlite_store_segment_next (ReeveSqliteStoreSegment *self, gboolean *ret_bad)
{
  return reeve_sqlite_store_segment_find (self, NULL, NULL, ret_bad);
}

/* ---- a whole body ---- */

guint
reeve_sqlite_store_block_list_rows (const ReeveSqliteStoreBlock *self,
                                    gboolean ret_rows[REEVE_SQLITE_STORE_MAX_ROWS],
                                    guint *ret_damaged)
{
  ReeveSqliteStoreSegment segment;
  ReeveSqliteStoreBlockResult result;
  ReeveSqliteStoreBlock block = *self;
  guint n = 0, damaged = 0;

  memset (ret_rows, 0, REEVE_SQLITE_STORE_MAX_ROWS * sizeof ret_rows[0]);
  while ((result = reeve_sqlite_store_block_read (&block, &segment)) !=
         REEVE_SQLITE_STORE_BLOCK_END)
    {
      if (result == REEVE_SQLITE_STORE_BLOCK_DAMAGED)
        {
          damaged++;
          continue;
        }
      for (guint row = 0; row < segment.n_rows; row++)
        ret_rows[segment.rows[row]] = TRUE;
      n++;
    }
  if (ret_damaged != NULL)
    *ret_damaged = damaged;
  return n;
}

/* Where the next of @blocks begin, the last one first, so that each row comes from the newest. */
static GArray *
reeve_sqlite_store_block_split (const ReeveSqliteStoreBlock *self)
{
  GArray *blocks = g_array_sized_new (FALSE, FALSE, sizeof (ReeveSqliteStoreBlock), 32);
  ReeveSqliteStoreBlock block = *self;

  while (block.next < block.end)
    {
      g_array_append_val (blocks, block);
      reeve_sqlite_store_block_find_content (&block, &(gsize){ 0 });
    }
  return blocks;
}

guint
reeve_sqlite_store_block_visit (const ReeveSqliteStoreBlock *self,
                                gboolean known[REEVE_SQLITE_STORE_MAX_ROWS], gboolean *ret_rows,
                                const ReeveSqliteStoreBlockFuncs *funcs, gpointer user_data)
{
  ReeveSqliteStoreSegment segment;
  g_autoptr (GArray) blocks = reeve_sqlite_store_block_split (self);
  guint damaged = 0;

  if (ret_rows != NULL)
    memset (ret_rows, 0, REEVE_SQLITE_STORE_MAX_ROWS * sizeof ret_rows[0]);
  for (guint i = blocks->len; i > 0; i--)
    {
      const ReeveSqliteStoreGridColumn *column;
      ReeveSqliteStoreBlock block = g_array_index (blocks, ReeveSqliteStoreBlock, i - 1);
      gboolean take[REEVE_SQLITE_STORE_MAX_ROWS];
      gboolean any = FALSE, bad = FALSE;

      if (reeve_sqlite_store_block_read (&block, &segment) != REEVE_SQLITE_STORE_BLOCK_SEGMENT)
        {
          damaged++;
          continue;
        }
      for (guint row = 0; row < segment.n_rows; row++)
        {
          take[row] = !known[segment.rows[row]];
          known[segment.rows[row]] = TRUE;
          if (ret_rows != NULL)
            ret_rows[segment.rows[row]] = TRUE;
          any |= take[row];
        }
      if (any && funcs->segment != NULL)
        funcs->segment (segment.rows, take, segment.n_rows, user_data);
      while (any && (column = reeve_sqlite_store_segment_find (&segment, funcs->wanted, user_data,
                                                               &bad)) != NULL)
        funcs->column (segment.rows, take, segment.n_rows, column, user_data);
      damaged += bad ? 1 : 0;
    }
  return damaged;
}
