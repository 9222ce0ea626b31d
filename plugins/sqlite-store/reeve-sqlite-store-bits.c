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

guint64
reeve_sqlite_store_bits_count (const ReeveSqliteStoreBitWriter *self)
{
  return (guint64) self->bytes->len * 8 + self->n_pending;
}

void
reeve_sqlite_store_bits_put_bits (ReeveSqliteStoreBitWriter *self,
                                  const ReeveSqliteStoreBitWriter *other)
{
  for (guint i = 0; i < other->bytes->len; i++)
    reeve_sqlite_store_bits_put (self, other->bytes->data[i], 8);
  reeve_sqlite_store_bits_put_wide (self, other->pending, other->n_pending);
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
  *self = (ReeveSqliteStoreBitReader){ .bytes = bytes, .length = length };
}

guint64
reeve_sqlite_store_bits_look_at_end (const ReeveSqliteStoreBitReader *self, gsize at)
{
  guint8 rest[sizeof (guint64)] = { 0 };

  memcpy (rest, self->bytes + at, self->length - at);
  return reeve_sqlite_store_bits_load (rest, self->position & 7);
}

void
reeve_sqlite_store_bits_fail (ReeveSqliteStoreBitReader *self)
{
  self->bad = TRUE;
  self->position = (guint64) self->length * 8;
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
  guint64 word = reeve_sqlite_store_bits_look (self);
  guint length = (guint) reeve_sqlite_store_bits_cut (word, 6);

  if (6 + length <= REEVE_SQLITE_STORE_BITS_SEEN)
    return reeve_sqlite_store_bits_pass (self, 6 + length)
               ? reeve_sqlite_store_bits_cut (word >> 6, length)
               : 0;
  reeve_sqlite_store_bits_pass (self, 6);
  return reeve_sqlite_store_bits_get_wide (self, length);
}

void
reeve_sqlite_store_bits_seek (ReeveSqliteStoreBitReader *self, guint64 position)
{
  if (self->bad || position < self->position || position > (guint64) self->length * 8)
    reeve_sqlite_store_bits_fail (self);
  else
    self->position = position;
}

/* Ones before the next zero, of @word; the zero behind the most that there may be is not there. */
static inline guint
reeve_sqlite_store_bits_count_ones (guint64 word)
{
  return (guint) __builtin_ctzll (~word | G_GUINT64_CONSTANT (1) << REEVE_SQLITE_STORE_BITS_ESCAPE);
}

static guint64
reeve_sqlite_store_bits_read_rest (ReeveSqliteStoreBitReader *self, guint k)
{
  guint ones = reeve_sqlite_store_bits_count_ones (reeve_sqlite_store_bits_look (self));

  reeve_sqlite_store_bits_pass (self, MIN (ones + 1, REEVE_SQLITE_STORE_BITS_ESCAPE));
  if (ones == REEVE_SQLITE_STORE_BITS_ESCAPE)
    return reeve_sqlite_store_bits_get_number (self);
  return (guint64) ones << k | reeve_sqlite_store_bits_get_wide (self, k);
}

/* Of a rest in full: the bits that it takes; 0: it is not seen as a whole. */
static inline guint
reeve_sqlite_store_bits_get_escaped (guint64 word, guint64 *ret_rest)
{
  const guint length = (guint) (word >> REEVE_SQLITE_STORE_BITS_ESCAPE) & 63;
  const guint head = REEVE_SQLITE_STORE_BITS_ESCAPE + 6;

  if (head + length > REEVE_SQLITE_STORE_BITS_SEEN)
    return 0;
  *ret_rest = word >> head & ((G_GUINT64_CONSTANT (1) << length) - 1);
  return head + length;
}

/* FALSE: no number that a writer would have written. */
static gboolean
reeve_sqlite_store_bits_is_fit (guint64 value)
{
  return value <= (guint64) REEVE_SQLITE_STORE_BITS_MAX + REEVE_SQLITE_STORE_BITS_MAX;
}

typedef struct
{
  ReeveSqliteStoreGuess guess;
  gint64 base;
  guint k;
} ReeveSqliteStoreRunHead;

static gboolean
reeve_sqlite_store_bits_read_head (ReeveSqliteStoreBitReader *self,
                                   ReeveSqliteStoreRunHead *ret_head)
{
  ReeveSqliteStoreGuess guess = reeve_sqlite_store_bits_get (self, 2);
  guint64 base = reeve_sqlite_store_bits_get_number (self);
  guint k = guess != REEVE_SQLITE_STORE_GUESS_SAME ? reeve_sqlite_store_bits_get (self, 6) : 0;

  *ret_head = (ReeveSqliteStoreRunHead){ guess, reeve_sqlite_store_bits_unfold (base), k };
  self->bad |= !reeve_sqlite_store_bits_is_fit (base) || k > REEVE_SQLITE_STORE_BITS_MAX_K;
  return !self->bad;
}

/* What the guesses of a run have come to. */
typedef struct
{
  guint64 value;
  guint64 slope;
  guint64 bounds; /* each value, moved up by the most that one may be, or-ed */
} ReeveSqliteStoreRunState;

static inline gint64
reeve_sqlite_store_bits_step (ReeveSqliteStoreRunState *self, guint64 rest,
                              ReeveSqliteStoreGuess guess, guint64 base)
{
  if (guess == REEVE_SQLITE_STORE_GUESS_LEAST)
    self->value = base + rest;
  else
    {
      guint64 missed = (guint64) reeve_sqlite_store_bits_unfold (rest);

      self->slope = guess == REEVE_SQLITE_STORE_GUESS_LINE ? self->slope + missed : missed;
      self->value += self->slope;
    }
  self->bounds |= self->value + (guint64) REEVE_SQLITE_STORE_BITS_MAX;
  return (gint64) self->value;
}

static guint64
reeve_sqlite_store_bits_read_rest_at (ReeveSqliteStoreBitReader *self, guint64 *position, guint k)
{
  guint64 rest;

  self->position = *position;
  rest = reeve_sqlite_store_bits_read_rest (self, k);
  *position = self->position;
  return rest;
}

/* The numbers of a run that stand in rests, or with NULL what they lie in. Each is where the last
 * one ends: what comes before the next is known is what takes the time, so a word is looked at as
 * long as it is seen to hold a whole one. Made anew for each @guess, so that nothing is asked in
 * between. */
static inline __attribute__ ((always_inline)) void
reeve_sqlite_store_bits_read_rests (ReeveSqliteStoreBitReader *self, gint64 *ret_values, guint n,
                                    const ReeveSqliteStoreRunHead *head,
                                    ReeveSqliteStoreGuess guess)
{
  const guint k = head->k;
  const guint64 mask = (G_GUINT64_CONSTANT (1) << k) - 1;
  const guint64 base = (guint64) head->base;
  /* up to there every rest is seen as a whole, but for those that are written in full */
  const guint64 limit = self->length >= sizeof (guint64) &&
                                REEVE_SQLITE_STORE_BITS_ESCAPE + k <= REEVE_SQLITE_STORE_BITS_SEEN
                            ? ((guint64) self->length - sizeof (guint64)) * 8 + 8
                            : 0;
  const guint enough = MIN (REEVE_SQLITE_STORE_BITS_ESCAPE + k, REEVE_SQLITE_STORE_BITS_SEEN);
  const guint8 *bytes = self->bytes;
  guint64 position = self->position, word = 0;
  guint seen = 0; /* bits of the word that were not passed */
  ReeveSqliteStoreRunState state = { .value = base };

  for (guint i = guess != REEVE_SQLITE_STORE_GUESS_LEAST; i < n; i++)
    {
      guint64 rest = 0;
      guint ones, passed = 0;

      if (seen < enough && G_LIKELY (position < limit))
        {
          word = reeve_sqlite_store_bits_load (bytes, position);
          seen = REEVE_SQLITE_STORE_BITS_SEEN;
        }
      if (G_LIKELY (seen >= enough))
        {
          ones = reeve_sqlite_store_bits_count_ones (word);
          rest = (guint64) ones << k | (word >> ones >> 1 & mask);
          passed = ones + 1 + k;
          if (G_UNLIKELY (ones == REEVE_SQLITE_STORE_BITS_ESCAPE))
            {
              seen = REEVE_SQLITE_STORE_BITS_SEEN;
              word =
                  position < limit ? reeve_sqlite_store_bits_load (bytes, position) : G_MAXUINT64;
              passed = reeve_sqlite_store_bits_get_escaped (word, &rest);
            }
          word >>= passed;
          seen -= passed;
          position += passed;
        }
      if (G_UNLIKELY (passed == 0))
        {
          seen = 0;
          rest = reeve_sqlite_store_bits_read_rest_at (self, &position, k);
        }
      if (ret_values != NULL)
        ret_values[i] = reeve_sqlite_store_bits_step (&state, rest, guess, base);
    }
  self->position = position;
  self->bad |= state.bounds >= (guint64) REEVE_SQLITE_STORE_BITS_MAX * 4;
}

void
reeve_sqlite_store_bits_get_run (ReeveSqliteStoreBitReader *self, gint64 *ret_values, guint n)
{
  ReeveSqliteStoreRunHead head;

  if (n == 0 || !reeve_sqlite_store_bits_read_head (self, &head))
    return;
  ret_values[0] = head.base;
  switch (head.guess)
    {
    case REEVE_SQLITE_STORE_GUESS_LEAST:
      reeve_sqlite_store_bits_read_rests (self, ret_values, n, &head,
                                          REEVE_SQLITE_STORE_GUESS_LEAST);
      break;
    case REEVE_SQLITE_STORE_GUESS_LAST:
      reeve_sqlite_store_bits_read_rests (self, ret_values, n, &head,
                                          REEVE_SQLITE_STORE_GUESS_LAST);
      break;
    case REEVE_SQLITE_STORE_GUESS_LINE:
      reeve_sqlite_store_bits_read_rests (self, ret_values, n, &head,
                                          REEVE_SQLITE_STORE_GUESS_LINE);
      break;
    case REEVE_SQLITE_STORE_GUESS_SAME:
    default:
      for (guint i = 1; i < n; i++)
        ret_values[i] = head.base;
    }
}

void
reeve_sqlite_store_bits_skip_run (ReeveSqliteStoreBitReader *self, guint n)
{
  ReeveSqliteStoreRunHead head;

  if (n == 0 || !reeve_sqlite_store_bits_read_head (self, &head))
    return;
  if (head.guess == REEVE_SQLITE_STORE_GUESS_LEAST)
    reeve_sqlite_store_bits_read_rests (self, NULL, n, &head, REEVE_SQLITE_STORE_GUESS_LEAST);
  else if (head.guess != REEVE_SQLITE_STORE_GUESS_SAME)
    reeve_sqlite_store_bits_read_rests (self, NULL, n, &head, REEVE_SQLITE_STORE_GUESS_LAST);
}
