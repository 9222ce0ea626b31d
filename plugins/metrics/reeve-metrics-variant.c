/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Samples as values for D-Bus. */

#include "config.h"

#include "reeve-metrics-variant.h"

static GVariant *
reeve_metrics_value_to_variant (ReeveSample *sample, guint row, const ReeveMetric *metric,
                                guint index)
{
  double number;
  const char *name;

  if (metric->type == REEVE_METRIC_TEXT)
    return g_variant_new_string (reeve_sample_get_text (sample, row, index));
  number = reeve_sample_get_number (sample, row, index);
  name = reeve_metric_get_state_name (metric, number);
  return name != NULL ? g_variant_new_string (name) : g_variant_new_double (number);
}

GVariant *
reeve_metrics_rows_to_variant (ReeveSample *sample, gboolean facts)
{
  guint n = reeve_sample_get_n_rows (sample);
  GVariantBuilder rows;

  g_variant_builder_init (&rows, G_VARIANT_TYPE ("a(ssa{sv})"));
  for (guint row = 0; row < n; row++)
    {
      const char *instance;
      const ReeveKind *kind = reeve_sample_get_row (sample, row, NULL, &instance);

      if (kind->facts && !facts)
        continue;
      g_variant_builder_open (&rows, G_VARIANT_TYPE ("(ssa{sv})"));
      g_variant_builder_add (&rows, "s", kind->name);
      g_variant_builder_add (&rows, "s", instance);
      g_variant_builder_open (&rows, G_VARIANT_TYPE_VARDICT);
      for (guint i = 0; i < kind->n_metrics; i++)
        if (reeve_sample_has (sample, row, i))
          g_variant_builder_add (&rows, "{sv}", kind->metrics[i].name,
                                 reeve_metrics_value_to_variant (sample, row, &kind->metrics[i],
                                                                 i));
      g_variant_builder_close (&rows);
      g_variant_builder_close (&rows);
    }
  return g_variant_builder_end (&rows);
}
