/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-sample.h"

G_BEGIN_DECLS

/* Counters to rates: pure, no clock, any thread. */

/* Below this a rate would say more of the clock than of the machine. */
#define REEVE_RATES_MIN_ELAPSED_US (100 * 1000)

typedef enum
{
  REEVE_RATES_VALUES = 1 << 0, /* rows of kinds that are measured */
  REEVE_RATES_FACTS = 1 << 1,  /* rows of kinds that are facts */
} ReeveRatesFlags;

/* Adds the rows of @now to @out, on which rates are set: numbers, states and texts as they are,
 * each counter as its growth since @before. @before: an earlier sample of the same collector, NULL
 * for none; @elapsed_us: between the moments of both. A counter's value is missing when there is no
 * earlier one, when it ran backwards, and when too little time has passed. Where @now has rates
 * already, they are copied. */
REEVE_API void reeve_rates_add (ReeveSample *out, ReeveSample *now, ReeveSample *before,
                                gint64 elapsed_us, ReeveRatesFlags flags);

/* One counter: @over is NULL for "per second". NaN: missing. */
typedef struct
{
  guint64 before;
  guint64 now;
  double scale; /* 0: 1 */
} ReeveRatesCounter;
REEVE_API double reeve_rates_of (const ReeveRatesCounter *counter, const ReeveRatesCounter *over,
                                 gint64 elapsed_us, double range);

/* A number that changes when a fact does. */
REEVE_API guint64 reeve_rates_hash_facts (ReeveSample *sample);

G_END_DECLS
