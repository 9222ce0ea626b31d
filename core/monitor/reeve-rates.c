/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What counters have grown by, as the schema says to show it: per second, or as a share of another
 * counter's growth. It never guesses: a device that was not there before, a counter that starts
 * anew or wraps, two readings at the same moment give no value at all.
 */

#include "config.h"

#include "reeve-rates.h"

#include <math.h>
#include <string.h>

#include "reeve-kinds.h"
#include "reeve-sample-private.h"
#include "reeve-schema-private.h"

/* One row, now and before, in two samples of counters. */
typedef struct
{
  ReeveSample *now;
  ReeveSample *before;
  guint row;
  int before_row; /* -1: none */
  gint64 elapsed_us;
} ReeveRatesRow;

double
reeve_rates_of (const ReeveRatesCounter *counter, const ReeveRatesCounter *over, gint64 elapsed_us,
                double range)
{
  double growth, rate;

  if (elapsed_us < REEVE_RATES_MIN_ELAPSED_US || counter->now < counter->before)
    return NAN;
  growth = (double) (counter->now - counter->before);
  if (counter->scale != 0)
    growth *= counter->scale;
  if (over == NULL)
    rate = growth / ((double) elapsed_us / G_USEC_PER_SEC);
  else if (over->now <= over->before)
    return NAN;
  else
    rate = growth / ((double) (over->now - over->before) * (over->scale != 0 ? over->scale : 1));
  /* the two readings and the clock are not of the very same moment */
  return range > 0 ? MIN (rate, range) : rate;
}

/* FALSE: it is not there twice. */
static gboolean
reeve_rates_get (const ReeveRatesRow *row, const ReeveMetricRate *rates, guint metric,
                 ReeveRatesCounter *ret_counter)
{
  const ReeveSampleRow *now = &row->now->rows[row->row], *before;

  if (row->before_row < 0 || row->before->rates || !reeve_sample_row_has (now, metric))
    return FALSE;
  before = &row->before->rows[row->before_row];
  if (!reeve_sample_row_has (before, metric))
    return FALSE;
  ret_counter->now = row->now->values[now->values + metric].counter;
  ret_counter->before = row->before->values[before->values + metric].counter;
  ret_counter->scale = rates[metric].scale;
  return TRUE;
}

static void
reeve_rates_add_counter (ReeveSample *out, const ReeveRatesRow *row, const ReeveMetricRate *rates,
                         guint metric)
{
  const ReeveMetricRate *rate = &rates[metric];
  ReeveRatesCounter counter, over;

  /* what only divides others is not shown */
  if (!rate->shown || !reeve_rates_get (row, rates, metric, &counter) ||
      (rate->over >= 0 && !reeve_rates_get (row, rates, (guint) rate->over, &over)))
    return;
  reeve_sample_set_number (out, metric,
                           reeve_rates_of (&counter, rate->over >= 0 ? &over : NULL,
                                           row->elapsed_us, rate->range));
}

static void
reeve_rates_add_values (ReeveSample *out, const ReeveRatesRow *row)
{
  const ReeveSampleRow *now = &row->now->rows[row->row];
  const ReeveSampleValue *values = &row->now->values[now->values];
  const guint8 *types = reeve_schema_peek_types (row->now->schema, now->kind);
  const ReeveMetricRate *rates = reeve_schema_peek_rates (row->now->schema, now->kind);

  for (guint metric = 0; metric < REEVE_SCHEMA_MAX_METRICS; metric++)
    {
      if (!reeve_sample_row_has (now, metric))
        continue;
      switch ((ReeveMetricType) types[metric])
        {
        case REEVE_METRIC_NUMBER:
          reeve_sample_set_number (out, metric, values[metric].number);
          break;
        case REEVE_METRIC_STATE:
          reeve_sample_set_state (out, metric, values[metric].state);
          break;
        case REEVE_METRIC_TEXT:
          reeve_sample_set_text (out, metric, row->now->texts + values[metric].text);
          break;
        case REEVE_METRIC_COUNTER:
          if (row->now->rates)
            reeve_sample_set_number (out, metric, values[metric].number);
          else
            reeve_rates_add_counter (out, row, rates, metric);
          break;
        }
    }
}

/* Are the counters of these two the same thing? */
static gboolean
reeve_rates_same_kind (const ReeveKind *a, const ReeveKind *b)
{
  if (strcmp (a->name, b->name) != 0 || a->n_metrics != b->n_metrics)
    return FALSE;
  for (guint i = 0; i < a->n_metrics; i++)
    if (a->metrics[i].type != b->metrics[i].type ||
        strcmp (a->metrics[i].name, b->metrics[i].name) != 0)
      return FALSE;
  return TRUE;
}

/* @kind's index in the schema of @sample, FALSE when it has no such kind. */
static gboolean
reeve_rates_map_kind (ReeveSample *sample, ReeveSchema *schema, const ReeveKind *kind,
                      guint *kind_index)
{
  const ReeveKind *other;

  if (reeve_sample_get_schema (sample) == schema || *kind_index < REEVE_N_KINDS)
    return TRUE;
  other = reeve_schema_find_kind (reeve_sample_get_schema (sample), kind->name, kind_index);
  return other != NULL && reeve_rates_same_kind (kind, other);
}

/* The row of the same thing in @before, -1 when it was not there. The rows of a collector mostly
 * keep their places, so the same place is looked at first. */
static int
reeve_rates_find_before (const ReeveRatesRow *row, const ReeveKind *kind, guint kind_index,
                         const char *instance)
{
  const char *there_instance;
  guint there;

  if (row->before == NULL ||
      !reeve_rates_map_kind (row->before, reeve_sample_get_schema (row->now), kind, &kind_index))
    return -1;
  if (row->row < reeve_sample_get_n_rows (row->before))
    {
      reeve_sample_get_row (row->before, row->row, &there, &there_instance);
      if (there == kind_index && strcmp (there_instance, instance) == 0)
        return (int) row->row;
    }
  return reeve_sample_find_row (row->before, kind_index, instance);
}

void
reeve_rates_add (ReeveSample *out, ReeveSample *now, ReeveSample *before, gint64 elapsed_us,
                 ReeveRatesFlags flags)
{
  ReeveRatesRow row = { now, before, 0, -1, elapsed_us };
  guint n = reeve_sample_get_n_rows (now);

  g_return_if_fail (reeve_sample_get_schema (out) == reeve_sample_get_schema (now));
  g_return_if_fail (reeve_sample_get_rates (out));
  for (row.row = 0; row.row < n; row.row++)
    {
      const char *instance;
      guint index;
      const ReeveKind *kind = reeve_sample_get_row (now, row.row, &index, &instance);
      int there;

      if ((flags & (kind->facts ? REEVE_RATES_FACTS : REEVE_RATES_VALUES)) == 0)
        continue;
      row.before_row = reeve_rates_find_before (&row, kind, index, instance);
      /* two collectors may each know a part of one row */
      there = kind->instanced ? -1 : reeve_sample_find_row (out, index, instance);
      if (there >= 0)
        reeve_sample_select (out, there);
      else if (!reeve_sample_add (out, index, instance))
        continue;
      reeve_rates_add_values (out, &row);
    }
}

/* ---- facts ---- */

static guint64
reeve_rates_hash (guint64 hash, gconstpointer data, gsize length)
{
  const guint8 *bytes = data;

  /* FNV-1a: what it is fed is our own */
  for (gsize i = 0; i < length; i++)
    hash = (hash ^ bytes[i]) * G_GUINT64_CONSTANT (0x100000001b3);
  return hash;
}

guint64
reeve_rates_hash_facts (ReeveSample *sample)
{
  guint64 hash = G_GUINT64_CONSTANT (0xcbf29ce484222325);
  guint n = reeve_sample_get_n_rows (sample);

  for (guint row = 0; row < n; row++)
    {
      const char *instance;
      guint index;
      const ReeveKind *kind = reeve_sample_get_row (sample, row, &index, &instance);

      if (!kind->facts)
        continue;
      hash = reeve_rates_hash (hash, kind->name, strlen (kind->name) + 1);
      hash = reeve_rates_hash (hash, instance, strlen (instance) + 1);
      for (guint metric = 0; metric < kind->n_metrics; metric++)
        {
          const char *text = reeve_sample_get_text (sample, row, metric);
          double number = reeve_sample_get_number (sample, row, metric);

          if (text != NULL)
            hash = reeve_rates_hash (hash, text, strlen (text) + 1);
          else if (!isnan (number))
            hash = reeve_rates_hash (hash, &number, sizeof number);
          hash = reeve_rates_hash (hash, &metric, sizeof metric);
        }
    }
  return hash;
}
