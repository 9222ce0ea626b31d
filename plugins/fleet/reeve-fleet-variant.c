/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* History as a value for D-Bus and JSON. */

#include "config.h"

#include "reeve-fleet-variant.h"

#include <math.h>
#include <string.h>

/* Seven digits where a value is not whole: more than was kept of it, and half the answer's text. */
static double
reeve_fleet_round (double value)
{
  double scale = 1;

  if (!isfinite (value) || value == trunc (value))
    return value;
  while (fabs (value) * scale < 1e6 && scale < 1e15)
    scale *= 10;
  return round (value * scale) / scale;
}

/* Of each column of an answer; their names are made once for all. */
typedef enum
{
  REEVE_FLEET_RANGE_KIND,
  REEVE_FLEET_RANGE_INSTANCE,
  REEVE_FLEET_RANGE_METRIC,
  REEVE_FLEET_RANGE_VALUES,
  REEVE_FLEET_RANGE_LEAST,
  REEVE_FLEET_RANGE_MOST,
  REEVE_FLEET_RANGE_N_KEYS
} ReeveFleetRangeKey;

static const char *const reeve_fleet_range_keys[REEVE_FLEET_RANGE_N_KEYS] = {
  "kind", "instance", "metric", "values", "least", "most",
};

typedef struct
{
  GVariant *keys[REEVE_FLEET_RANGE_N_KEYS];
  GVariant
      *entries[REEVE_FLEET_RANGE_N_KEYS]; /* of the column at hand, floating or the last one's */
  guint n_entries;
  GVariant *kind, *instance; /* of the column before, or NULL */
  const ReeveHistoryColumn *before;
} ReeveFleetRangeBuilder;

/* @numbers: (transfer full) */
static GVariant *
reeve_fleet_range_take_numbers (double *numbers, guint n)
{
  return g_variant_new_from_data (G_VARIANT_TYPE ("ad"), numbers, n * sizeof (double), TRUE, g_free,
                                  numbers);
}

/* A builder and a dictionary's table would cost more than all values of an hour. */
static void
reeve_fleet_range_add (ReeveFleetRangeBuilder *self, ReeveFleetRangeKey key, GVariant *value)
{
  self->entries[self->n_entries++] =
      g_variant_new_dict_entry (self->keys[key], g_variant_new_variant (value));
}

/* Columns come by kind and instance: the next one has mostly the same. @last: the entry that said
 * so before. */
static void
reeve_fleet_range_add_text (ReeveFleetRangeBuilder *self, ReeveFleetRangeKey key, const char *text,
                            gboolean same, GVariant **last)
{
  if (same)
    {
      self->entries[self->n_entries++] = *last;
      return;
    }
  reeve_fleet_range_add (self, key, g_variant_new_string (text));
  g_clear_pointer (last, g_variant_unref);
  *last = g_variant_ref_sink (self->entries[self->n_entries - 1]);
}

static void
reeve_fleet_range_add_values (ReeveFleetRangeBuilder *self, ReeveFleetRangeKey key,
                              const double *values, guint n)
{
  double *rounded = g_new (double, MAX (n, 1));

  for (guint i = 0; i < n; i++)
    rounded[i] = reeve_fleet_round (values[i]);
  reeve_fleet_range_add (self, key, reeve_fleet_range_take_numbers (rounded, n));
}

static GVariant *
reeve_fleet_range_make_series (ReeveFleetRangeBuilder *self, const ReeveHistoryColumn *column,
                               guint n, gboolean spread)
{
  const ReeveHistoryColumn *before = self->before;

  self->n_entries = 0;
  self->before = column;
  reeve_fleet_range_add_text (self, REEVE_FLEET_RANGE_KIND, column->kind,
                              before != NULL && strcmp (before->kind, column->kind) == 0,
                              &self->kind);
  reeve_fleet_range_add_text (self, REEVE_FLEET_RANGE_INSTANCE, column->instance,
                              before != NULL && strcmp (before->instance, column->instance) == 0,
                              &self->instance);
  reeve_fleet_range_add (self, REEVE_FLEET_RANGE_METRIC, g_variant_new_string (column->metric));
  reeve_fleet_range_add_values (self, REEVE_FLEET_RANGE_VALUES, column->values, n);
  if (spread && column->least != NULL)
    {
      reeve_fleet_range_add_values (self, REEVE_FLEET_RANGE_LEAST, column->least, n);
      reeve_fleet_range_add_values (self, REEVE_FLEET_RANGE_MOST, column->most, n);
    }
  return g_variant_new_array (G_VARIANT_TYPE ("{sv}"), self->entries, self->n_entries);
}

GVariant *
reeve_fleet_range_to_variant (ReeveHistoryRange *range, gboolean spread)
{
  double *times = g_new (double, MAX (range->n_times, 1));
  g_autofree GVariant **series = g_new (GVariant *, MAX (range->columns->len, 1));
  ReeveFleetRangeBuilder builder = { .n_entries = 0 };

  for (guint i = 0; i < range->n_times; i++)
    times[i] = range->times[i] / 1e6;
  for (guint i = 0; i < REEVE_FLEET_RANGE_N_KEYS; i++)
    builder.keys[i] = g_variant_ref_sink (g_variant_new_string (reeve_fleet_range_keys[i]));
  for (guint i = 0; i < range->columns->len; i++)
    series[i] = reeve_fleet_range_make_series (&builder, g_ptr_array_index (range->columns, i),
                                               range->n_times, spread);
  for (guint i = 0; i < REEVE_FLEET_RANGE_N_KEYS; i++)
    g_variant_unref (builder.keys[i]);
  g_clear_pointer (&builder.kind, g_variant_unref);
  g_clear_pointer (&builder.instance, g_variant_unref);
  return g_variant_new ("(ddd@ad@aa{sv})", range->from / 1e6, range->to / 1e6, range->step / 1e6,
                        reeve_fleet_range_take_numbers (times, range->n_times),
                        g_variant_new_array (G_VARIANT_TYPE_VARDICT, series, range->columns->len));
}
