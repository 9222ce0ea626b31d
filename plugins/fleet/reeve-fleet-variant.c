/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* History as a value for D-Bus and JSON. */

#include "config.h"

#include "reeve-fleet-variant.h"

#include <math.h>

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

static void
reeve_fleet_range_insert (GVariantDict *dict, const char *key, ReeveHistoryRange *range,
                          const double *values)
{
  g_autofree double *rounded = g_new (double, MAX (range->n_times, 1));

  for (guint i = 0; i < range->n_times; i++)
    rounded[i] = reeve_fleet_round (values[i]);
  g_variant_dict_insert_value (dict, key,
                               g_variant_new_fixed_array (G_VARIANT_TYPE_DOUBLE, rounded,
                                                          range->n_times, sizeof (double)));
}

GVariant *
reeve_fleet_range_to_variant (ReeveHistoryRange *range, gboolean spread)
{
  g_autofree double *times = g_new (double, MAX (range->n_times, 1));
  GVariantBuilder series;

  for (guint i = 0; i < range->n_times; i++)
    times[i] = range->times[i] / 1e6;
  g_variant_builder_init (&series, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < range->columns->len; i++)
    {
      ReeveHistoryColumn *column = g_ptr_array_index (range->columns, i);
      GVariantDict dict;

      g_variant_dict_init (&dict, NULL);
      g_variant_dict_insert (&dict, "kind", "s", column->kind);
      g_variant_dict_insert (&dict, "instance", "s", column->instance);
      g_variant_dict_insert (&dict, "metric", "s", column->metric);
      reeve_fleet_range_insert (&dict, "values", range, column->values);
      if (spread && column->least != NULL)
        {
          reeve_fleet_range_insert (&dict, "least", range, column->least);
          reeve_fleet_range_insert (&dict, "most", range, column->most);
        }
      g_variant_builder_add_value (&series, g_variant_dict_end (&dict));
    }
  return g_variant_new ("(ddd@adaa{sv})", range->from / 1e6, range->to / 1e6, range->step / 1e6,
                        g_variant_new_fixed_array (G_VARIANT_TYPE_DOUBLE, times, range->n_times,
                                                   sizeof (double)),
                        &series);
}
