/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-sampler-reading.h"
#include "reeve-sampler.h"

G_BEGIN_DECLS

/* For each interval that samples are asked at: what the last one was made of, so that the next
 * one's rates are over what lies between. Main thread only. */

typedef struct
{
  gboolean used;
  guint interval_ms;
  ReeveSamplerReading *base; /* the earlier end of the next rates */
  ReeveSample *last;         /* the last sample, without facts; NULL: none to repeat */
  gint64 last_moment;        /* monotonic */
  guint64 last_sequence;
  guint64 turn; /* of the last request */
} ReeveSamplerBucket;

typedef struct
{
  ReeveSamplerPool *pool; /* of the readings */
  ReeveSamplerBucket all[REEVE_SAMPLER_MAX_BUCKETS];
  guint64 turn;
  guint64 sequence;
} ReeveSamplerBuckets;

void reeve_sampler_buckets_clear (ReeveSamplerBuckets *self);
/* The one of that interval, made if there is none. */
ReeveSamplerBucket *reeve_sampler_buckets_get (ReeveSamplerBuckets *self, guint interval_ms);
/* Makes the bucket's next sample of @reading. @baseline: may be NULL. */
void reeve_sampler_buckets_fill (ReeveSamplerBuckets *self, ReeveSamplerBucket *bucket,
                                 ReeveSamplerReading *reading, ReeveSamplerReading *baseline,
                                 const ReeveSamplerRequest *request);

G_END_DECLS
