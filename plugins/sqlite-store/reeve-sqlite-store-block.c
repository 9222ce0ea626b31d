/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Columns into few bytes. What is a whole number over a power of ten, as most of what a machine
 * counts is, stays exact; what is not (a share, a rate, an average) is rounded to a fraction of
 * 2^-12, which no chart shows. A double's bits without its last ones are a whole number that grows
 * with it, near enough to its logarithm: neighbours differ little, whatever their magnitude.
 */

#include "config.h"

#include "reeve-sqlite-store-block.h"

#include <math.h>
#include <string.h>
#include <zlib.h>

#include "reeve-sqlite-store-bits.h"
#include "reeve-sqlite-store-block-private.h"

/* Above this a double no longer holds every integer. */
#define REEVE_SQLITE_STORE_BLOCK_EXACT 9007199254740992.0

typedef struct
{
  ReeveSqliteStoreBitWriter bits;
  gboolean measured;
  ReeveSqliteStorePresent present; /* of the column at hand */
  ReeveSqliteStorePresent before;  /* of the one before */
  double counts[REEVE_SQLITE_STORE_MAX_ROWS];
  gint64 codes[REEVE_SQLITE_STORE_N_STATS][REEVE_SQLITE_STORE_MAX_ROWS];
} ReeveSqliteStoreEncoder;

const double reeve_sqlite_store_block_powers[REEVE_SQLITE_STORE_BLOCK_N_SCALES] = {
  1, 10, 100, 1e3, 1e4, 1e5, 1e6,
};

/* ---- floating point ---- */

static gint64
reeve_sqlite_store_block_round (double value)
{
  double positive = fabs (value);
  guint64 bits;
  gint64 code;

  memcpy (&bits, &positive, sizeof bits);
  code = (gint64) ((bits + (G_GUINT64_CONSTANT (1) << (REEVE_SQLITE_STORE_BLOCK_SHIFT - 1))) >>
                   REEVE_SQLITE_STORE_BLOCK_SHIFT);
  code = MIN (code, REEVE_SQLITE_STORE_BLOCK_INFINITE - 1);
  return value < 0 ? -code : code;
}

/* ---- whole numbers ---- */

/* Moves *@scale up until @value is a whole number over its power of ten; FALSE: it never is. */
static gboolean
reeve_sqlite_store_block_find_scale (double value, guint *scale)
{
  for (; *scale < REEVE_SQLITE_STORE_BLOCK_N_SCALES; *scale += 1)
    {
      double power = reeve_sqlite_store_block_powers[*scale];
      double scaled = rint (value * power);

      if (fabs (scaled) > REEVE_SQLITE_STORE_BLOCK_EXACT)
        return FALSE;
      if (scaled / power == value)
        return TRUE;
    }
  return FALSE;
}

static gint64
reeve_sqlite_store_block_divide (gint64 a, gint64 b)
{
  a = ABS (a);
  b = ABS (b);
  while (b != 0)
    {
      gint64 rest = a % b;

      a = b;
      b = rest;
    }
  return a;
}

/* ---- writing ---- */

static void
reeve_sqlite_store_encoder_put_bitmap (ReeveSqliteStoreEncoder *self, const guint16 *set, guint n,
                                       guint length)
{
  for (guint i = 0, j = 0; i < length; i++)
    {
      gboolean in = j < n && set[j] == i;

      reeve_sqlite_store_bits_put (&self->bits, in, 1);
      j += in ? 1 : 0;
    }
}

/* Which rows of @values there are. */
static void
reeve_sqlite_store_encoder_put_presence (ReeveSqliteStoreEncoder *self, const double *values,
                                         guint n_rows)
{
  ReeveSqliteStorePresent *present = &self->present;

  self->before = *present;
  present->n = 0;
  for (guint i = 0; i < n_rows; i++)
    if (isfinite (values[i]))
      present->rows[present->n++] = (guint16) i;
  if (present->n == n_rows)
    reeve_sqlite_store_bits_put (&self->bits, REEVE_SQLITE_STORE_PRESENCE_ALL, 2);
  else if (present->n == self->before.n &&
           memcmp (present->rows, self->before.rows, present->n * sizeof present->rows[0]) == 0)
    reeve_sqlite_store_bits_put (&self->bits, REEVE_SQLITE_STORE_PRESENCE_SAME, 2);
  else
    {
      reeve_sqlite_store_bits_put (&self->bits, REEVE_SQLITE_STORE_PRESENCE_BITS, 2);
      reeve_sqlite_store_encoder_put_bitmap (self, present->rows, present->n, n_rows);
    }
}

/* Fills the codes of @stats as whole numbers; FALSE: some are none. */
static gboolean
reeve_sqlite_store_encoder_take_whole (ReeveSqliteStoreEncoder *self, double *const *stats,
                                       guint n_stats, guint *ret_scale, gint64 *ret_divisor)
{
  guint scale = 0;
  gint64 divisor = 0;

  for (guint stat = 0; stat < n_stats; stat++)
    for (guint i = 0; i < self->present.n; i++)
      if (!reeve_sqlite_store_block_find_scale (stats[stat][self->present.rows[i]], &scale))
        return FALSE;
  for (guint stat = 0; stat < n_stats; stat++)
    for (guint i = 0; i < self->present.n; i++)
      {
        double value = stats[stat][self->present.rows[i]];
        double scaled = rint (value * reeve_sqlite_store_block_powers[scale]);

        if (fabs (scaled) > REEVE_SQLITE_STORE_BLOCK_EXACT ||
            scaled / reeve_sqlite_store_block_powers[scale] != value)
          return FALSE;
        self->codes[stat][i] = (gint64) scaled;
        divisor = divisor == 1 ? 1 : reeve_sqlite_store_block_divide (divisor, (gint64) scaled);
      }
  divisor = MAX (divisor, 1);
  for (guint stat = 0; stat < n_stats; stat++)
    for (guint i = 0; i < self->present.n && divisor > 1; i++)
      self->codes[stat][i] /= divisor;
  *ret_scale = scale;
  *ret_divisor = divisor;
  return TRUE;
}

static void
reeve_sqlite_store_encoder_take_floating (ReeveSqliteStoreEncoder *self, double *const *stats,
                                          guint n_stats)
{
  for (guint stat = 0; stat < n_stats; stat++)
    for (guint i = 0; i < self->present.n; i++)
      self->codes[stat][i] = reeve_sqlite_store_block_round (stats[stat][self->present.rows[i]]);
}

/* What of the codes of @stat goes into its run: all, or those that are not zero; MINIMUM and
 * MAXIMUM as distances from the average. Returns how many. */
static guint
reeve_sqlite_store_block_pack (gint64 codes[][REEVE_SQLITE_STORE_MAX_ROWS], guint stat, guint n,
                               gboolean zeros, gint64 *ret_run)
{
  gint64 guess = 0;
  guint packed = 0;

  for (guint i = 0; i < n; i++)
    {
      gint64 average = codes[REEVE_SQLITE_STORE_STAT_VALUE][i];

      guess = stat == REEVE_SQLITE_STORE_STAT_VALUE ? 0 : average != 0 || !zeros ? average : guess;
      if (zeros && codes[stat][i] == 0)
        continue;
      ret_run[packed++] = codes[stat][i] - guess;
    }
  return packed;
}

static void
reeve_sqlite_store_encoder_put_stat (ReeveSqliteStoreEncoder *self, guint stat,
                                     ReeveSqliteStoreDomain domain)
{
  guint16 zeros[REEVE_SQLITE_STORE_MAX_ROWS];
  gint64 run[REEVE_SQLITE_STORE_MAX_ROWS];
  guint n_zeros = 0;

  for (guint i = 0; i < self->present.n && domain == REEVE_SQLITE_STORE_DOMAIN_FLOATING; i++)
    if (self->codes[stat][i] == 0)
      zeros[n_zeros++] = (guint16) i;
  if (domain == REEVE_SQLITE_STORE_DOMAIN_FLOATING)
    {
      reeve_sqlite_store_bits_put (&self->bits, n_zeros > 0, 1);
      if (n_zeros > 0)
        reeve_sqlite_store_encoder_put_bitmap (self, zeros, n_zeros, self->present.n);
    }
  reeve_sqlite_store_bits_put_run (
      &self->bits, run,
      reeve_sqlite_store_block_pack (self->codes, stat, self->present.n,
                                     domain == REEVE_SQLITE_STORE_DOMAIN_FLOATING, run));
}

/* Bits of the average, or of the value, in the codes at hand. */
static guint64
reeve_sqlite_store_encoder_measure (ReeveSqliteStoreEncoder *self, gboolean zeros)
{
  gint64 run[REEVE_SQLITE_STORE_MAX_ROWS];
  guint n = reeve_sqlite_store_block_pack (self->codes, REEVE_SQLITE_STORE_STAT_VALUE,
                                           self->present.n, zeros, run);

  return reeve_sqlite_store_bits_measure_run (run, n) +
         (zeros && n < self->present.n ? self->present.n : 0);
}

/* A rate that is a whole number by chance costs more than it says. */
static gboolean
reeve_sqlite_store_encoder_is_cheaper_rounded (ReeveSqliteStoreEncoder *self, double *const *stats,
                                               guint n_stats)
{
  guint64 whole = reeve_sqlite_store_encoder_measure (self, FALSE);

  reeve_sqlite_store_encoder_take_floating (self, stats, n_stats);
  return reeve_sqlite_store_encoder_measure (self, TRUE) < whole;
}

/* How the codes of a part are to be read; they are taken. */
static ReeveSqliteStoreDomain
reeve_sqlite_store_encoder_put_domain (ReeveSqliteStoreEncoder *self, double *const *stats,
                                       guint n_stats, gboolean rate)
{
  ReeveSqliteStoreDomain domain = REEVE_SQLITE_STORE_DOMAIN_WHOLE;
  gint64 divisor = 1;
  guint scale = 0;

  if (!reeve_sqlite_store_encoder_take_whole (self, stats, n_stats, &scale, &divisor) ||
      (rate && reeve_sqlite_store_encoder_is_cheaper_rounded (self, stats, n_stats)))
    {
      reeve_sqlite_store_encoder_take_floating (self, stats, n_stats);
      domain = REEVE_SQLITE_STORE_DOMAIN_FLOATING;
    }
  else if (rate)
    reeve_sqlite_store_encoder_take_whole (self, stats, n_stats, &scale, &divisor);
  reeve_sqlite_store_bits_put (&self->bits, domain, 1);
  if (domain == REEVE_SQLITE_STORE_DOMAIN_WHOLE)
    {
      reeve_sqlite_store_bits_put (&self->bits, scale, 3);
      reeve_sqlite_store_bits_put_number (&self->bits, (guint64) divisor);
    }
  return domain;
}

static void
reeve_sqlite_store_encoder_put_part (ReeveSqliteStoreEncoder *self, double *const *stats,
                                     guint n_stats, gboolean rate)
{
  ReeveSqliteStoreDomain domain =
      reeve_sqlite_store_encoder_put_domain (self, stats, n_stats, rate);

  for (guint stat = 0; stat < n_stats; stat++)
    reeve_sqlite_store_encoder_put_stat (self, stat, domain);
}

static void
reeve_sqlite_store_encoder_put_counts (ReeveSqliteStoreEncoder *self, const double *counts)
{
  gint64 run[REEVE_SQLITE_STORE_MAX_ROWS];
  gboolean same = self->present.n == self->before.n &&
                  memcmp (self->present.rows, self->before.rows,
                          self->present.n * sizeof self->present.rows[0]) == 0;

  for (guint i = 0; i < self->present.n; i++)
    {
      double count = counts[self->present.rows[i]];

      same &= count == self->counts[i];
      self->counts[i] = count;
      run[i] = (gint64) count;
    }
  reeve_sqlite_store_bits_put (&self->bits, same, 1);
  if (!same)
    reeve_sqlite_store_bits_put_run (&self->bits, run, self->present.n);
}

/* Value and last first, for those who want no more; taking the codes of the last one drops the
 * others', so that it is written before they are taken, and put behind the value. */
static void
reeve_sqlite_store_encoder_put_measured (ReeveSqliteStoreEncoder *self,
                                         const ReeveSqliteStoreGridColumn *column)
{
  ReeveSqliteStoreBitWriter out = self->bits, last = { .bytes = g_byte_array_new () };
  ReeveSqliteStoreBitWriter all = { .bytes = g_byte_array_new () };
  ReeveSqliteStoreDomain domain;

  self->bits = last;
  if (column->last)
    reeve_sqlite_store_encoder_put_part (self, &column->stats[REEVE_SQLITE_STORE_STAT_LAST], 1,
                                         column->rate);
  last = self->bits;
  self->bits = all;
  domain = reeve_sqlite_store_encoder_put_domain (self, column->stats,
                                                  REEVE_SQLITE_STORE_STAT_COUNT, column->rate);
  reeve_sqlite_store_encoder_put_stat (self, REEVE_SQLITE_STORE_STAT_VALUE, domain);
  reeve_sqlite_store_bits_put_bits (&self->bits, &last);
  reeve_sqlite_store_encoder_put_stat (self, REEVE_SQLITE_STORE_STAT_MINIMUM, domain);
  reeve_sqlite_store_encoder_put_stat (self, REEVE_SQLITE_STORE_STAT_MAXIMUM, domain);
  all = self->bits;
  self->bits = out;
  reeve_sqlite_store_bits_put_number (&self->bits, reeve_sqlite_store_bits_count (&all));
  reeve_sqlite_store_bits_put_bits (&self->bits, &all);
  g_byte_array_unref (last.bytes);
  g_byte_array_unref (all.bytes);
}

static void
reeve_sqlite_store_encoder_put_column (ReeveSqliteStoreEncoder *self,
                                       const ReeveSqliteStoreGrid *grid,
                                       const ReeveSqliteStoreGridColumn *column)
{
  gboolean last = grid->rolled && column->last;

  if (grid->rolled)
    reeve_sqlite_store_bits_put (&self->bits, last, 1);
  reeve_sqlite_store_encoder_put_presence (self, column->stats[REEVE_SQLITE_STORE_STAT_VALUE],
                                           grid->n_rows);
  if (self->measured)
    {
      reeve_sqlite_store_encoder_put_counts (self, column->stats[REEVE_SQLITE_STORE_STAT_COUNT]);
      reeve_sqlite_store_encoder_put_measured (self, column);
      return;
    }
  reeve_sqlite_store_encoder_put_part (self, column->stats,
                                       grid->rolled ? REEVE_SQLITE_STORE_STAT_COUNT : 1,
                                       column->rate);
  if (grid->rolled)
    reeve_sqlite_store_encoder_put_counts (self, column->stats[REEVE_SQLITE_STORE_STAT_COUNT]);
  if (last)
    reeve_sqlite_store_encoder_put_part (self, &column->stats[REEVE_SQLITE_STORE_STAT_LAST], 1,
                                         column->rate);
}

static void
reeve_sqlite_store_encoder_put_rows (ReeveSqliteStoreEncoder *self,
                                     const ReeveSqliteStoreGrid *grid)
{
  gboolean even = grid->rows[grid->n_rows - 1] - grid->rows[0] == grid->n_rows - 1;

  reeve_sqlite_store_bits_put (&self->bits, grid->rolled, 1);
  reeve_sqlite_store_bits_put_number (&self->bits, grid->n_rows);
  reeve_sqlite_store_bits_put_number (&self->bits, grid->rows[0]);
  reeve_sqlite_store_bits_put (&self->bits, even, 1);
  for (guint i = 1; i < grid->n_rows && !even; i++)
    reeve_sqlite_store_bits_put_number (&self->bits, grid->rows[i] - grid->rows[i - 1] - 1);
}

static void
reeve_sqlite_store_block_put_u32 (guint8 *out, guint32 value)
{
  value = GUINT32_TO_LE (value);
  memcpy (out, &value, sizeof value);
}

gboolean
reeve_sqlite_store_block_add (GByteArray *body, const ReeveSqliteStoreGrid *grid)
{
  const gboolean measured = grid->rolled && grid->n_rows >= REEVE_SQLITE_STORE_BLOCK_MEASURED_ROWS;
  const guint8 head[REEVE_SQLITE_STORE_BLOCK_HEAD + 1] = {
    [REEVE_SQLITE_STORE_BLOCK_HEAD] =
        measured ? REEVE_SQLITE_STORE_BLOCK_MEASURED : REEVE_SQLITE_STORE_BLOCK_PLAIN,
  };
  g_autofree ReeveSqliteStoreEncoder *encoder = g_new0 (ReeveSqliteStoreEncoder, 1);
  guint begin = body->len;
  gint64 last_key = -1;
  guint length;

  g_return_val_if_fail (grid->n_rows > 0, FALSE);

  encoder->bits.bytes = body;
  encoder->measured = measured;
  g_byte_array_append (body, head, sizeof head);
  reeve_sqlite_store_encoder_put_rows (encoder, grid);
  reeve_sqlite_store_bits_put_number (&encoder->bits, grid->columns->len);
  for (guint i = 0; i < grid->columns->len; i++)
    {
      const ReeveSqliteStoreGridColumn *column = g_ptr_array_index (grid->columns, i);

      reeve_sqlite_store_bits_put_number (&encoder->bits,
                                          (guint64) ((gint64) column->key - last_key - 1));
      last_key = column->key;
      reeve_sqlite_store_encoder_put_column (encoder, grid, column);
    }
  reeve_sqlite_store_bits_flush (&encoder->bits);
  if (body->len > REEVE_SQLITE_STORE_MAX_BLOCK)
    {
      g_byte_array_set_size (body, begin);
      return FALSE;
    }
  length = body->len - begin - REEVE_SQLITE_STORE_BLOCK_HEAD;
  reeve_sqlite_store_block_put_u32 (body->data + begin, length);
  reeve_sqlite_store_block_put_u32 (
      body->data + begin + 4,
      (guint32) crc32 (0, body->data + begin + REEVE_SQLITE_STORE_BLOCK_HEAD, length));
  return TRUE;
}
