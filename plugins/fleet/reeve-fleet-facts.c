/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Facts: from samples and records, and back to samples and people. */

#include "config.h"

#include "reeve-fleet-facts.h"

GVariant *
reeve_fleet_pack (GVariant *value)
{
  g_autoptr (GVariant) own = g_variant_take_ref (value);
  g_autoptr (GBytes) bytes = g_bytes_new (g_variant_get_data (own), g_variant_get_size (own));

  return g_variant_ref_sink (
      g_variant_new_from_bytes (g_variant_get_type (own), bytes, g_variant_is_normal_form (own)));
}

GVariant *
reeve_fleet_facts_new (ReeveSample *sample, guint row)
{
  const ReeveKind *kind = reeve_sample_get_row (sample, row, NULL, NULL);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  for (guint i = 0; i < kind->n_metrics; i++)
    {
      const char *text;

      if (!reeve_sample_has (sample, row, i))
        continue;
      if (kind->metrics[i].type != REEVE_METRIC_TEXT)
        g_variant_builder_add (&builder, "{sv}", kind->metrics[i].name,
                               g_variant_new_double (reeve_sample_get_number (sample, row, i)));
      else if ((text = reeve_sample_get_text (sample, row, i)) != NULL)
        g_variant_builder_add (&builder, "{sv}", kind->metrics[i].name,
                               g_variant_new_string (text));
    }
  return reeve_fleet_pack (g_variant_builder_end (&builder));
}

GVariant *
reeve_fleet_facts_clean (GVariant *facts)
{
  GVariantBuilder builder;
  GVariantIter iter;
  const char *name;
  GVariant *value;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_iter_init (&iter, facts);
  while (g_variant_iter_next (&iter, "{&sv}", &name, &value))
    {
      if (g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE) ||
          (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING) &&
           reeve_text_is_clean (g_variant_get_string (value, NULL), -1, REEVE_SAMPLE_MAX_TEXT)))
        g_variant_builder_add (&builder, "{sv}", name, value);
      g_variant_unref (value);
    }
  return reeve_fleet_pack (g_variant_builder_end (&builder));
}

static void
reeve_fleet_facts_set (ReeveSample *sample, const ReeveKind *kind, int metric, GVariant *value)
{
  ReeveMetricType type = kind->metrics[metric].type;
  gboolean is_number = g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE);
  double number = is_number ? g_variant_get_double (value) : 0;

  if (type == REEVE_METRIC_TEXT && !is_number)
    reeve_sample_set_text (sample, metric, g_variant_get_string (value, NULL));
  else if (type == REEVE_METRIC_STATE && is_number && number >= 0 && number <= G_MAXUINT)
    reeve_sample_set_state (sample, metric, (guint) number);
  else if (type == REEVE_METRIC_NUMBER && is_number)
    reeve_sample_set_number (sample, metric, number);
}

void
reeve_fleet_facts_fill (GVariant *facts, ReeveSample *sample)
{
  ReeveSchema *schema = reeve_schema_get_standard ();
  const ReeveKind *kind = reeve_schema_get_kind (schema, REEVE_KIND_HOST);
  GVariantIter iter;
  const char *name;
  GVariant *value;

  reeve_sample_reset (sample, schema);
  reeve_sample_set_rates (sample, TRUE);
  reeve_sample_add (sample, REEVE_KIND_HOST, NULL);
  g_variant_iter_init (&iter, facts);
  while (g_variant_iter_next (&iter, "{&sv}", &name, &value))
    {
      int metric = reeve_kind_find_metric (kind, name);

      if (metric >= 0)
        reeve_fleet_facts_set (sample, kind, metric, value);
      g_variant_unref (value);
    }
}

GVariant *
reeve_fleet_facts_show (GVariant *facts)
{
  const ReeveKind *kind = reeve_schema_get_kind (reeve_schema_get_standard (), REEVE_KIND_HOST);
  GVariantBuilder builder;
  GVariantIter iter;
  const char *name;
  GVariant *value;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  if (facts == NULL)
    return g_variant_builder_end (&builder);
  g_variant_iter_init (&iter, facts);
  while (g_variant_iter_next (&iter, "{&sv}", &name, &value))
    {
      int metric = reeve_kind_find_metric (kind, name);
      const char *state =
          metric >= 0 && kind->metrics[metric].type == REEVE_METRIC_STATE &&
                  g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE)
              ? reeve_metric_get_state_name (&kind->metrics[metric], g_variant_get_double (value))
              : NULL;

      if (state != NULL)
        g_variant_builder_add (&builder, "{sv}", name, g_variant_new_string (state));
      else
        g_variant_builder_add (&builder, "{sv}", name, value);
      g_variant_unref (value);
    }
  return g_variant_builder_end (&builder);
}
