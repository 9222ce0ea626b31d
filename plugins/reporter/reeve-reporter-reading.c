/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Readings: one sample per collector and the moment of each. They are shared by all that was asked
 * meanwhile, kept as the earlier end of later rates, and used again for their room. */

#include "config.h"

#include "reeve-reporter-reading.h"

static void
reeve_reporter_reading_free (ReeveReporterReading *self)
{
  for (guint i = 0; i < REEVE_REPORTER_MAX_COLLECTORS; i++)
    g_clear_pointer (&self->parts[i].sample, reeve_sample_unref);
  g_free (self);
}

ReeveReporterReading *
reeve_reporter_pool_take (ReeveReporterPool *pool)
{
  ReeveReporterReading *reading =
      pool->n > 0 ? pool->spare[--pool->n] : g_new0 (ReeveReporterReading, 1);

  reading->refs = 1;
  reading->n = 0;
  reading->moment = 0;
  reading->wall = 0;
  reading->facts = FALSE;
  return reading;
}

ReeveReporterReading *
reeve_reporter_reading_ref (ReeveReporterReading *self)
{
  self->refs++;
  return self;
}

void
reeve_reporter_pool_release (ReeveReporterPool *pool, ReeveReporterReading *reading)
{
  if (reading == NULL || --reading->refs > 0)
    return;
  if (pool->n < REEVE_REPORTER_MAX_SPARE)
    pool->spare[pool->n++] = reading;
  else
    reeve_reporter_reading_free (reading);
}

void
reeve_reporter_pool_clear (ReeveReporterPool *pool)
{
  while (pool->n > 0)
    reeve_reporter_reading_free (pool->spare[--pool->n]);
}

ReeveReporterPart *
reeve_reporter_reading_add (ReeveReporterReading *self, gconstpointer collector,
                            ReeveSchema *schema)
{
  ReeveReporterPart *part;

  if (self->n == REEVE_REPORTER_MAX_COLLECTORS)
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
reeve_reporter_reading_close (ReeveReporterReading *self)
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
reeve_reporter_reading_forget (ReeveReporterReading *self, gconstpointer collector)
{
  for (guint i = 0; i < self->n; i++)
    if (self->parts[i].collector == collector)
      self->parts[i].collector = NULL;
}

static const ReeveReporterPart *
reeve_reporter_reading_find (ReeveReporterReading *self, const ReeveReporterPart *like)
{
  if (self == NULL || like->collector == NULL)
    return NULL;
  for (guint i = 0; i < self->n; i++)
    if (self->parts[i].collector == like->collector && self->parts[i].ok)
      return &self->parts[i];
  return NULL;
}

void
reeve_reporter_reading_add_to (ReeveReporterReading *self, ReeveReporterReading *before,
                               ReeveReporterRatesFlags flags, ReeveSample *out)
{
  for (guint i = 0; i < self->n; i++)
    {
      const ReeveReporterPart *part = &self->parts[i];
      const ReeveReporterPart *earlier = reeve_reporter_reading_find (before, part);

      if (!part->ok)
        continue;
      if (earlier != NULL)
        reeve_reporter_rates_add (out, part->sample, earlier->sample,
                                  part->moment - earlier->moment, flags);
      else
        reeve_reporter_rates_add (out, part->sample, NULL, 0, flags);
    }
}
