/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A run begins with how it is guessed: not at all (from its least number), by the number before, by
 * the two before (what grows evenly), or all the same. The width of the rests is the one that costs
 * least, found by trying those around the mean. What is far out of line goes in full.
 */

#include "config.h"

#include "reeve-sqlite-store-bits.h"

#include <string.h>

/* Quotients from here on are written in full. */
#define REEVE_SQLITE_STORE_BITS_ESCAPE 16
#define REEVE_SQLITE_STORE_BITS_MAX_K 56

typedef enum
{
  REEVE_SQLITE_STORE_GUESS_LEAST,
  REEVE_SQLITE_STORE_GUESS_LAST,
  REEVE_SQLITE_STORE_GUESS_LINE,
  REEVE_SQLITE_STORE_GUESS_SAME,
} ReeveSqliteStoreGuess;

typedef struct
{
  ReeveSqliteStoreGuess guess;
  guint k;
  gint64 base;
  guint64 cost; /* bits */
} ReeveSqliteStoreRunPlan;

/* 0 for 0. */
static guint
reeve_sqlite_store_bits_length (guint64 value)
{
  return value == 0 ? 0 : 64 - (guint) __builtin_clzll (value);
}

static guint64
reeve_sqlite_store_bits_fold (gint64 value)
{
  return (guint64) value << 1 ^ (guint64) (value >> 63);
}

static gint64
reeve_sqlite_store_bits_unfold (guint64 value)
{
  return (gint64) (value >> 1) ^ -(gint64) (value & 1);
}

/* ---- writing ---- */

void
reeve_sqlite_store_bits_put (ReeveSqliteStoreBitWriter *self, guint32 value, guint n)
{
  self->pending |= (guint64) value << self->n_pending;
  self->n_pending += n;
  if (self->n_pending < 32)
    return;
  g_byte_array_append (self->bytes,
                       (const guint8[]){ (guint8) self->pending, (guint8) (self->pending >> 8),
                                         (guint8) (self->pending >> 16),
                                         (guint8) (self->pending >> 24) },
                       4);
  self->pending >>= 32;
  self->n_pending -= 32;
}

static void
reeve_sqlite_store_bits_put_wide (ReeveSqliteStoreBitWriter *self, guint64 value, guint n)
{
  if (n > 32)
    {
      reeve_sqlite_store_bits_put (self, (guint32) value, 32);
      value >>= 32;
      n -= 32;
    }
  reeve_sqlite_store_bits_put (self, (guint32) (value & ((G_GUINT64_CONSTANT (1) << n) - 1)), n);
}

void
reeve_sqlite_store_bits_put_number (ReeveSqliteStoreBitWriter *self, guint64 value)
{
  guint length = reeve_sqlite_store_bits_length (value);

  reeve_sqlite_store_bits_put (self, length, 6);
  reeve_sqlite_store_bits_put_wide (self, value, length);
}

void
reeve_sqlite_store_bits_flush (ReeveSqliteStoreBitWriter *self)
{
  while (self->n_pending > 0)
    {
      guint8 byte = (guint8) self->pending;

      g_byte_array_append (self->bytes, &byte, 1);
      self->pending >>= 8;
      self->n_pending -= MIN (self->n_pending, 8);
    }
}

/* ---- runs ---- */

static guint64
reeve_sqlite_store_bits_cost (guint64 rest, guint k)
{
  guint64 quotient = rest >> k;

  return quotient < REEVE_SQLITE_STORE_BITS_ESCAPE
             ? quotient + 1 + k
             : REEVE_SQLITE_STORE_BITS_ESCAPE + 6 + reeve_sqlite_store_bits_length (rest);
}

static void
reeve_sqlite_store_bits_put_rest (ReeveSqliteStoreBitWriter *self, guint64 rest, guint k)
{
  guint64 quotient = rest >> k;

  if (quotient < REEVE_SQLITE_STORE_BITS_ESCAPE)
    {
      reeve_sqlite_store_bits_put (self, (1u << quotient) - 1, (guint) quotient + 1);
      reeve_sqlite_store_bits_put_wide (self, rest, k);
      return;
    }
  reeve_sqlite_store_bits_put (self, (1u << REEVE_SQLITE_STORE_BITS_ESCAPE) - 1,
                               REEVE_SQLITE_STORE_BITS_ESCAPE);
  reeve_sqlite_store_bits_put_number (self, rest);
}

/* What the guess misses at @i. */
static guint64
reeve_sqlite_store_bits_get_rest (const gint64 *values, guint i, ReeveSqliteStoreGuess guess,
                                  gint64 base)
{
  if (guess == REEVE_SQLITE_STORE_GUESS_LEAST)
    return (guint64) (values[i] - base);
  if (guess == REEVE_SQLITE_STORE_GUESS_LAST || i < 2)
    return reeve_sqlite_store_bits_fold (values[i] - values[i - 1]);
  return reeve_sqlite_store_bits_fold (values[i] - 2 * values[i - 1] + values[i - 2]);
}

static guint64
reeve_sqlite_store_bits_sum (const gint64 *values, guint n, ReeveSqliteStoreGuess guess,
                             gint64 base, guint k, guint64 limit)
{
  guint64 sum = 0;

  for (guint i = guess != REEVE_SQLITE_STORE_GUESS_LEAST; i < n && sum < limit; i++)
    sum +=
        reeve_sqlite_store_bits_cost (reeve_sqlite_store_bits_get_rest (values, i, guess, base), k);
  return sum;
}

static void
reeve_sqlite_store_bits_try (const gint64 *values, guint n, ReeveSqliteStoreGuess guess,
                             gint64 base, ReeveSqliteStoreRunPlan *best)
{
  guint first = guess != REEVE_SQLITE_STORE_GUESS_LEAST;
  guint64 lengths = 0;
  guint k;

  for (guint i = first; i < n; i++)
    lengths +=
        reeve_sqlite_store_bits_length (reeve_sqlite_store_bits_get_rest (values, i, guess, base));
  k = (guint) (lengths / MAX (n - first, 1));
  for (guint try = k > 2 ? k - 2 : 0; try <= MIN (k + 1, REEVE_SQLITE_STORE_BITS_MAX_K); try++)
    {
      guint64 cost = reeve_sqlite_store_bits_sum (values, n, guess, base, try, best->cost);

      if (cost < best->cost)
        *best = (ReeveSqliteStoreRunPlan){ guess, try, base, cost };
    }
}

static ReeveSqliteStoreRunPlan
reeve_sqlite_store_bits_choose (const gint64 *values, guint n)
{
  ReeveSqliteStoreRunPlan best = { REEVE_SQLITE_STORE_GUESS_SAME, 0, values[0], 0 };
  gint64 least = values[0], most = values[0];

  for (guint i = 1; i < n; i++)
    {
      least = MIN (least, values[i]);
      most = MAX (most, values[i]);
    }
  if (least == most)
    return best;
  best.cost = G_MAXUINT64;
  reeve_sqlite_store_bits_try (values, n, REEVE_SQLITE_STORE_GUESS_LAST, values[0], &best);
  reeve_sqlite_store_bits_try (values, n, REEVE_SQLITE_STORE_GUESS_LEAST, least, &best);
  if (n > 3)
    reeve_sqlite_store_bits_try (values, n, REEVE_SQLITE_STORE_GUESS_LINE, values[0], &best);
  return best;
}

void
reeve_sqlite_store_bits_put_run (ReeveSqliteStoreBitWriter *self, const gint64 *values, guint n)
{
  ReeveSqliteStoreRunPlan plan;

  if (n == 0)
    return;
  plan = reeve_sqlite_store_bits_choose (values, n);
  reeve_sqlite_store_bits_put (self, plan.guess, 2);
  reeve_sqlite_store_bits_put_number (self, reeve_sqlite_store_bits_fold (plan.base));
  if (plan.guess == REEVE_SQLITE_STORE_GUESS_SAME)
    return;
  reeve_sqlite_store_bits_put (self, plan.k, 6);
  for (guint i = plan.guess != REEVE_SQLITE_STORE_GUESS_LEAST; i < n; i++)
    reeve_sqlite_store_bits_put_rest (
        self, reeve_sqlite_store_bits_get_rest (values, i, plan.guess, plan.base), plan.k);
}

guint64
reeve_sqlite_store_bits_measure_run (const gint64 *values, guint n)
{
  ReeveSqliteStoreRunPlan plan;

  if (n == 0)
    return 0;
  plan = reeve_sqlite_store_bits_choose (values, n);
  return plan.cost + 8 + reeve_sqlite_store_bits_length (reeve_sqlite_store_bits_fold (plan.base)) +
         (plan.guess != REEVE_SQLITE_STORE_GUESS_SAME ? 6 : 0);
}

/* ---- reading ---- */

void
reeve_sqlite_store_bits_open (ReeveSqliteStoreBitReader *self, const guint8 *bytes, gsize length)
{
  *self = (ReeveSqliteStoreBitReader){ .next = bytes, .end = bytes + length };
}

/* As many bits as there is room for, at least 56 unless the end is near. What stands above
 * n_pending is what will come there. */
static inline void
reeve_sqlite_store_bits_fill (ReeveSqliteStoreBitReader *self)
{
  if (self->end - self->next >= (gssize) sizeof (guint64))
    {
      guint n = (63 - self->n_pending) / 8;
      guint64 word;

      memcpy (&word, self->next, sizeof word);
      self->pending |= GUINT64_FROM_LE (word) << self->n_pending;
      self->n_pending += 8 * n;
      self->next += n;
      return;
    }
  while (self->n_pending < 56 && self->next < self->end)
    {
      self->pending |= (guint64) *self->next++ << self->n_pending;
      self->n_pending += 8;
    }
}

guint32
reeve_sqlite_store_bits_get (ReeveSqliteStoreBitReader *self, guint n)
{
  guint32 value;

  if (self->n_pending < n)
    reeve_sqlite_store_bits_fill (self);
  if (self->n_pending < n)
    {
      self->bad = TRUE;
      self->n_pending = 0;
      self->pending = 0;
      return 0;
    }
  value = (guint32) (self->pending & ((G_GUINT64_CONSTANT (1) << n) - 1));
  self->pending >>= n;
  self->n_pending -= n;
  return value;
}

/* Ones before the next zero, which is read too; the zero behind the most that there may be is not
 * there. */
static guint
reeve_sqlite_store_bits_get_quotient (ReeveSqliteStoreBitReader *self)
{
  guint ones;

  if (self->n_pending <= REEVE_SQLITE_STORE_BITS_ESCAPE)
    reeve_sqlite_store_bits_fill (self);
  ones = self->pending == G_MAXUINT64 ? 64 : (guint) __builtin_ctzll (~self->pending);
  ones = MIN (ones, REEVE_SQLITE_STORE_BITS_ESCAPE);
  reeve_sqlite_store_bits_get (self, MIN (ones + 1, REEVE_SQLITE_STORE_BITS_ESCAPE));
  return ones;
}

static guint64
reeve_sqlite_store_bits_get_wide (ReeveSqliteStoreBitReader *self, guint n)
{
  guint64 low;

  if (n <= 32)
    return reeve_sqlite_store_bits_get (self, n);
  low = reeve_sqlite_store_bits_get (self, 32);
  return low | (guint64) reeve_sqlite_store_bits_get (self, n - 32) << 32;
}

guint64
reeve_sqlite_store_bits_get_number (ReeveSqliteStoreBitReader *self)
{
  return reeve_sqlite_store_bits_get_wide (self, reeve_sqlite_store_bits_get (self, 6));
}

static guint64
reeve_sqlite_store_bits_read_rest (ReeveSqliteStoreBitReader *self, guint k)
{
  guint64 quotient = reeve_sqlite_store_bits_get_quotient (self);

  if (quotient == REEVE_SQLITE_STORE_BITS_ESCAPE)
    return reeve_sqlite_store_bits_get_number (self);
  return quotient << k | reeve_sqlite_store_bits_get_wide (self, k);
}

/* FALSE: no number that a writer would have written. */
static gboolean
reeve_sqlite_store_bits_is_fit (guint64 value)
{
  return value <= (guint64) REEVE_SQLITE_STORE_BITS_MAX + REEVE_SQLITE_STORE_BITS_MAX;
}

/* @ret_rests: NULL when nobody wants them. FALSE: no numbers that a writer would have written.
 * Almost all rests are within what is pending; of what is read a copy is worked on, which stays in
 * registers. */
static gboolean
reeve_sqlite_store_bits_read_rests (ReeveSqliteStoreBitReader *self, gint64 *ret_rests, guint n,
                                    guint k)
{
  const guint64 mask = (G_GUINT64_CONSTANT (1) << k) - 1;
  const guint enough = MIN (REEVE_SQLITE_STORE_BITS_ESCAPE + k, 56);
  ReeveSqliteStoreBitReader bits = *self;
  guint64 all = 0;

  for (guint i = 0; i < n; i++)
    {
      guint64 rest;
      guint ones;

      if (bits.n_pending < enough)
        reeve_sqlite_store_bits_fill (&bits);
      ones = bits.pending == G_MAXUINT64 ? 64 : (guint) __builtin_ctzll (~bits.pending);
      if (ones < REEVE_SQLITE_STORE_BITS_ESCAPE && ones + 1 + k <= bits.n_pending)
        {
          rest = (guint64) ones << k | (bits.pending >> (ones + 1) & mask);
          bits.pending >>= ones + 1 + k;
          bits.n_pending -= ones + 1 + k;
        }
      else
        {
          *self = bits;
          rest = reeve_sqlite_store_bits_read_rest (self, k);
          bits = *self;
        }
      if (ret_rests != NULL)
        ret_rests[i] = (gint64) rest;
      all |= rest;
    }
  *self = bits;
  /* each is below the bit that none may have */
  return !self->bad && all < G_GUINT64_CONSTANT (1) << 59;
}

/* From what the guesses missed to the numbers, in place; FALSE: one is out of bounds. Those behind
 * it may be anything. */
static gboolean
reeve_sqlite_store_bits_sum_up (gint64 *values, guint n, ReeveSqliteStoreGuess guess, gint64 base)
{
  const guint64 most = (guint64) REEVE_SQLITE_STORE_BITS_MAX;
  guint64 value = (guint64) base, slope = 0;
  gboolean bad = FALSE;

  for (guint i = guess != REEVE_SQLITE_STORE_GUESS_LEAST; i < n; i++)
    {
      guint64 rest = (guint64) values[i];

      if (guess == REEVE_SQLITE_STORE_GUESS_LEAST)
        value = (guint64) base + rest;
      else
        {
          guint64 missed = (guint64) reeve_sqlite_store_bits_unfold (rest);

          slope = guess == REEVE_SQLITE_STORE_GUESS_LINE ? slope + missed : missed;
          value += slope;
        }
      values[i] = (gint64) value;
      bad |= value + most > most + most;
    }
  return !bad;
}

typedef struct
{
  ReeveSqliteStoreGuess guess;
  gint64 base;
  guint k;
  guint first; /* numbers that stand in no rest: the base itself is one */
} ReeveSqliteStoreRunHead;

static gboolean
reeve_sqlite_store_bits_read_head (ReeveSqliteStoreBitReader *self,
                                   ReeveSqliteStoreRunHead *ret_head)
{
  ReeveSqliteStoreGuess guess = reeve_sqlite_store_bits_get (self, 2);
  guint64 base = reeve_sqlite_store_bits_get_number (self);
  guint k = guess != REEVE_SQLITE_STORE_GUESS_SAME ? reeve_sqlite_store_bits_get (self, 6) : 0;

  *ret_head = (ReeveSqliteStoreRunHead){ guess, reeve_sqlite_store_bits_unfold (base), k,
                                         guess != REEVE_SQLITE_STORE_GUESS_LEAST };
  self->bad |= !reeve_sqlite_store_bits_is_fit (base) || k > REEVE_SQLITE_STORE_BITS_MAX_K;
  return !self->bad;
}

void
reeve_sqlite_store_bits_get_run (ReeveSqliteStoreBitReader *self, gint64 *ret_values, guint n)
{
  ReeveSqliteStoreRunHead head;

  if (n == 0 || !reeve_sqlite_store_bits_read_head (self, &head))
    return;
  if (head.first > 0)
    ret_values[0] = head.base;
  if (head.guess == REEVE_SQLITE_STORE_GUESS_SAME)
    for (guint i = 1; i < n; i++)
      ret_values[i] = head.base;
  else
    self->bad |= !reeve_sqlite_store_bits_read_rests (self, ret_values + head.first, n - head.first,
                                                      head.k) ||
                 !reeve_sqlite_store_bits_sum_up (ret_values, n, head.guess, head.base);
}

void
reeve_sqlite_store_bits_skip_run (ReeveSqliteStoreBitReader *self, guint n)
{
  ReeveSqliteStoreRunHead head;

  if (n > 0 && reeve_sqlite_store_bits_read_head (self, &head) &&
      head.guess != REEVE_SQLITE_STORE_GUESS_SAME)
    self->bad |= !reeve_sqlite_store_bits_read_rests (self, NULL, n - head.first, head.k);
}
