/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Readings: one sample per collector and the moment of each. They are shared by all that was asked
 * meanwhile, kept as the earlier end of later rates, and used again for their room. */

#include "config.h"

#include "reeve-sampler-reading.h"

static void
reeve_sampler_reading_free (ReeveSamplerReading *self)
{
  for (guint i = 0; i < REEVE_SAMPLER_MAX_COLLECTORS; i++)
    g_clear_pointer (&self->parts[i].sample, reeve_sample_unref);
  g_free (self);
}

ReeveSamplerReading *
reeve_sampler_pool_take (ReeveSamplerPool *pool)
{
  ReeveSamplerReading *reading =
      pool->n > 0 ? pool->spare[--pool->n] : g_new0 (ReeveSamplerReading, 1);

  reading->refs = 1;
  reading->n = 0;
  reading->moment = 0;
  reading->wall = 0;
  reading->facts = FALSE;
  return reading;
}

ReeveSamplerReading *
reeve_sampler_reading_ref (ReeveSamplerReading *self)
{
  self->refs++;
  return self;
}

void
reeve_sampler_pool_release (ReeveSamplerPool *pool, ReeveSamplerReading *reading)
{
  if (reading == NULL || --reading->refs > 0)
    return;
  if (pool->n < REEVE_SAMPLER_MAX_SPARE)
    pool->spare[pool->n++] = reading;
  else
    reeve_sampler_reading_free (reading);
}

void
reeve_sampler_pool_clear (ReeveSamplerPool *pool)
{
  while (pool->n > 0)
    reeve_sampler_reading_free (pool->spare[--pool->n]);
}

ReeveSamplerPart *
reeve_sampler_reading_add (ReeveSamplerReading *self, gconstpointer collector, ReeveSchema *schema)
{
  ReeveSamplerPart *part;

  if (self->n == REEVE_SAMPLER_MAX_COLLECTORS)
    return NULL;
  part = &self->parts[self->n++];
  part->collector = collector;
  part->moment = 0;
  part->ok = FALSE;
  if (part->sample == NULL)
    part->sample = reeve_sample_new (schema);
  else
    reeve_sample_reset (part->sample, schema);
  return part;
}

gboolean
reeve_sampler_reading_close (ReeveSamplerReading *self)
{
  gboolean any = FALSE;

  for (guint i = 0; i < self->n; i++)
    if (self->parts[i].ok && (!any || self->parts[i].moment < self->moment))
      {
        any = TRUE;
        self->moment = self->parts[i].moment;
        self->wall = reeve_sample_get_time (self->parts[i].sample);
      }
  return any;
}

void
reeve_sampler_reading_forget (ReeveSamplerReading *self, gconstpointer collector)
{
  for (guint i = 0; i < self->n; i++)
    if (self->parts[i].collector == collector)
      self->parts[i].collector = NULL;
}

static const ReeveSamplerPart *
reeve_sampler_reading_find (ReeveSamplerReading *self, const ReeveSamplerPart *like)
{
  if (self == NULL || like->collector == NULL)
    return NULL;
  for (guint i = 0; i < self->n; i++)
    if (self->parts[i].collector == like->collector && self->parts[i].ok)
      return &self->parts[i];
  return NULL;
}

void
reeve_sampler_reading_add_to (ReeveSamplerReading *self, ReeveSamplerReading *before,
                              ReeveRatesFlags flags, ReeveSample *out)
{
  for (guint i = 0; i < self->n; i++)
    {
      const ReeveSamplerPart *part = &self->parts[i];
      const ReeveSamplerPart *earlier = reeve_sampler_reading_find (before, part);

      if (!part->ok)
        continue;
      if (earlier != NULL)
        reeve_rates_add (out, part->sample, earlier->sample, part->moment - earlier->moment, flags);
      else
        reeve_rates_add (out, part->sample, NULL, 0, flags);
    }
}

/* ---- counters as they are ---- */

static void
reeve_sampler_copy_value (ReeveSample *from, guint row, const ReeveMetric *metric, guint index,
                          ReeveSample *out)
{
  guint64 count;

  if (metric->type == REEVE_METRIC_TEXT)
    reeve_sample_set_text (out, index, reeve_sample_get_text (from, row, index));
  else if (metric->type == REEVE_METRIC_STATE)
    reeve_sample_set_state (out, index, (guint) reeve_sample_get_number (from, row, index));
  else if (metric->type == REEVE_METRIC_NUMBER)
    reeve_sample_set_number (out, index, reeve_sample_get_number (from, row, index));
  else if (reeve_sample_get_counter (from, row, index, &count))
    reeve_sample_set_counter (out, index, count);
}

static void
reeve_sampler_copy_rows (ReeveSample *from, ReeveSample *out)
{
  guint n = reeve_sample_get_n_rows (from);

  for (guint row = 0; row < n; row++)
    {
      const char *instance;
      guint index;
      const ReeveKind *kind = reeve_sample_get_row (from, row, &index, &instance);
      /* two collectors may each know a part of one row */
      int there = kind->instanced ? -1 : reeve_sample_find_row (out, index, instance);

      if (there >= 0)
        reeve_sample_select (out, there);
      else if (!reeve_sample_add (out, index, instance))
        continue;
      for (guint metric = 0; metric < kind->n_metrics; metric++)
        if (reeve_sample_has (from, row, metric))
          reeve_sampler_copy_value (from, row, &kind->metrics[metric], metric, out);
    }
}

void
reeve_sampler_reading_copy_to (ReeveSamplerReading *self, ReeveSample *out)
{
  for (guint i = 0; i < self->n; i++)
    if (self->parts[i].ok)
      reeve_sampler_copy_rows (self->parts[i].sample, out);
}
