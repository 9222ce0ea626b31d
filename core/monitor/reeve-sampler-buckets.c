/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* For each interval that the hub asks at there is a bucket with the reading that its last sample
 * was made of: rates are over what lies between, which is what the hub will take them for. */

#include "config.h"

#include "reeve-sampler-buckets.h"

#include "reeve-kinds.h"

static void
reeve_sampler_bucket_clear (ReeveSamplerBuckets *self, ReeveSamplerBucket *bucket)
{
  reeve_sampler_pool_release (self->pool, bucket->base);
  g_clear_pointer (&bucket->last, reeve_sample_unref);
  *bucket = (ReeveSamplerBucket){ 0 };
}

void
reeve_sampler_buckets_clear (ReeveSamplerBuckets *self)
{
  for (guint i = 0; i < REEVE_SAMPLER_MAX_BUCKETS; i++)
    reeve_sampler_bucket_clear (self, &self->all[i]);
}

ReeveSamplerBucket *
reeve_sampler_buckets_get (ReeveSamplerBuckets *self, guint interval_ms)
{
  ReeveSamplerBucket *oldest = &self->all[0];

  for (guint i = 0; i < REEVE_SAMPLER_MAX_BUCKETS; i++)
    {
      ReeveSamplerBucket *bucket = &self->all[i];

      if (bucket->used && bucket->interval_ms == interval_ms)
        {
          bucket->turn = ++self->turn;
          return bucket;
        }
      if (bucket->turn < oldest->turn)
        oldest = bucket;
    }
  reeve_sampler_bucket_clear (self, oldest);
  oldest->used = TRUE;
  oldest->interval_ms = interval_ms;
  oldest->turn = ++self->turn;
  return oldest;
}

/* The reading that rates of @reading are taken from: the bucket's own while the hub keeps to its
 * interval, otherwise the newest that is old enough to say anything. */
static ReeveSamplerReading *
reeve_sampler_buckets_find_base (ReeveSamplerBuckets *self, ReeveSamplerBucket *bucket,
                                 ReeveSamplerReading *reading, ReeveSamplerReading *baseline)
{
  gint64 regular = 2 * (gint64) bucket->interval_ms * 1000;
  ReeveSamplerReading *best = NULL;

  if (bucket->base != NULL &&
      (bucket->interval_ms == 0 || reading->moment - bucket->base->moment <= regular))
    return bucket->base;
  for (guint i = 0; i <= REEVE_SAMPLER_MAX_BUCKETS; i++)
    {
      ReeveSamplerReading *other = i < REEVE_SAMPLER_MAX_BUCKETS ? self->all[i].base : baseline;

      if (other != NULL && reading->moment - other->moment >= REEVE_SAMPLER_FIRST_US &&
          reading->moment - other->moment <= REEVE_SAMPLER_LAST_US &&
          (best == NULL || other->moment > best->moment))
        best = other;
    }
  return best;
}

/* Makes the row of a kind without instances the current one. */
static void
reeve_sampler_bucket_open_row (ReeveSample *sample, guint kind)
{
  int row = reeve_sample_find_row (sample, kind, NULL);

  if (row >= 0)
    reeve_sample_select (sample, row);
  else
    reeve_sample_add (sample, kind, NULL);
}

void
reeve_sampler_buckets_fill (ReeveSamplerBuckets *self, ReeveSamplerBucket *bucket,
                            ReeveSamplerReading *reading, ReeveSamplerReading *baseline,
                            const ReeveSamplerRequest *request)
{
  ReeveSamplerReading *base = reeve_sampler_buckets_find_base (self, bucket, reading, baseline);
  ReeveSample *sample = reeve_sample_new (reeve_sample_get_schema (reading->parts[0].sample));

  reeve_sample_set_rates (sample, TRUE);
  reeve_sample_set_time (sample, reading->wall);
  reeve_sampler_reading_add_to (reading, base, REEVE_RATES_VALUES, sample);
  reeve_sampler_bucket_open_row (sample, REEVE_KIND_SYSTEM);
  reeve_sample_set_state (sample, REEVE_SYSTEM_CONNECTION, request->connection);
  if (request->agent)
    {
      reeve_sampler_bucket_open_row (sample, REEVE_KIND_AGENT);
      reeve_sample_set_number (sample, REEVE_AGENT_KEPT, (double) request->kept);
      reeve_sample_set_number (sample, REEVE_AGENT_DROPPED, (double) request->dropped);
    }

  g_clear_pointer (&bucket->last, reeve_sample_unref);
  bucket->last = sample;
  bucket->last_moment = reading->moment;
  bucket->last_sequence = ++self->sequence;
  /* asked again at once: the next rates go on from where these would have begun */
  if (bucket->base == NULL || reading->moment - bucket->base->moment >= REEVE_RATES_MIN_ELAPSED_US)
    {
      reeve_sampler_pool_release (self->pool, bucket->base);
      bucket->base = reeve_sampler_reading_ref (reading);
    }
}
