/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-rates.h"

G_BEGIN_DECLS

/* What all collectors said at one moment, with counters as they were. Main thread only. */

#define REEVE_SAMPLER_MAX_COLLECTORS 32

typedef struct
{
  gconstpointer collector; /* compared only; NULL once it is gone */
  ReeveSample *sample;     /* its room is kept */
  gint64 moment;           /* monotonic */
  gboolean ok;             /* it answered */
} ReeveSamplerPart;

typedef struct
{
  guint refs;
  guint n;
  ReeveSamplerPart parts[REEVE_SAMPLER_MAX_COLLECTORS];
  gint64 moment; /* of the earliest part: monotonic, wall */
  gint64 wall;
  gboolean facts; /* they were asked for too */
} ReeveSamplerReading;

/* Readings that nobody needs any more, kept for their room. */
#define REEVE_SAMPLER_MAX_SPARE 3
typedef struct
{
  ReeveSamplerReading *spare[REEVE_SAMPLER_MAX_SPARE];
  guint n;
} ReeveSamplerPool;

/* Empty, with one reference. */
ReeveSamplerReading *reeve_sampler_pool_take (ReeveSamplerPool *pool);
ReeveSamplerReading *reeve_sampler_reading_ref (ReeveSamplerReading *self);
/* NULL is fine. */
void reeve_sampler_pool_release (ReeveSamplerPool *pool, ReeveSamplerReading *reading);
void reeve_sampler_pool_clear (ReeveSamplerPool *pool);

/* A part for one more collector; NULL at the limit. */
ReeveSamplerPart *reeve_sampler_reading_add (ReeveSamplerReading *self, gconstpointer collector,
                                             ReeveSchema *schema);
/* All parts have ended: sets its moment. FALSE: nobody answered. */
gboolean reeve_sampler_reading_close (ReeveSamplerReading *self);
void reeve_sampler_reading_forget (ReeveSamplerReading *self, gconstpointer collector);
/* Its rows, with rates since @before (may be NULL). */
void reeve_sampler_reading_add_to (ReeveSamplerReading *self, ReeveSamplerReading *before,
                                   ReeveRatesFlags flags, ReeveSample *out);
/* Its rows as they were collected. */
void reeve_sampler_reading_copy_to (ReeveSamplerReading *self, ReeveSample *out);

G_END_DECLS
