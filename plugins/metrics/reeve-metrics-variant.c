/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Samples and schemas as values for D-Bus. */

#include "config.h"

#include "reeve-metrics-variant.h"

#include "reeve-metrics-json.h"

/* ---- rows ---- */

static GVariant *
reeve_metrics_value_to_variant (ReeveSample *sample, guint row, const ReeveMetric *metric,
                                guint index)
{
  double number;
  const char *name;

  if (metric->type == REEVE_METRIC_TEXT)
    return g_variant_new_string (reeve_sample_get_text (sample, row, index));
  number = reeve_sample_get_number (sample, row, index);
  name = reeve_metrics_state_name (metric, number);
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

/* ---- schema ---- */

static GVariant *
reeve_metrics_states_to_variant (const ReeveState *states)
{
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa{sv}"));
  for (; states->name != NULL; states++)
    {
      GVariantDict dict;

      g_variant_dict_init (&dict, NULL);
      g_variant_dict_insert (&dict, "value", "u", states->value);
      g_variant_dict_insert (&dict, "name", "s", states->name);
      g_variant_dict_insert (&dict, "severity", "s",
                             reeve_state_severity_to_string (states->severity));
      g_variant_builder_add_value (&list, g_variant_dict_end (&dict));
    }
  return g_variant_builder_end (&list);
}

static GVariant *
reeve_metrics_metric_to_variant (const ReeveMetric *metric)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "name", "s", metric->name);
  g_variant_dict_insert (&dict, "title", "s", metric->title);
  g_variant_dict_insert (&dict, "unit", "s", reeve_unit_to_string (metric->unit));
  g_variant_dict_insert (&dict, "type", "s", reeve_metric_type_to_string (metric->type));
  g_variant_dict_insert (&dict, "text", "s", metric->text != NULL ? metric->text : "");
  if (metric->states != NULL)
    g_variant_dict_insert_value (&dict, "states", reeve_metrics_states_to_variant (metric->states));
  return g_variant_dict_end (&dict);
}

static GVariant *
reeve_metrics_kind_to_variant (const ReeveKind *kind)
{
  GVariantBuilder metrics;
  GVariantDict dict;

  g_variant_builder_init (&metrics, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < kind->n_metrics; i++)
    g_variant_builder_add_value (&metrics, reeve_metrics_metric_to_variant (&kind->metrics[i]));
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "name", "s", kind->name);
  g_variant_dict_insert (&dict, "title", "s", kind->title);
  g_variant_dict_insert (&dict, "text", "s", kind->text != NULL ? kind->text : "");
  g_variant_dict_insert (&dict, "instanced", "b", kind->instanced);
  g_variant_dict_insert (&dict, "facts", "b", kind->facts);
  g_variant_dict_insert_value (&dict, "metrics", g_variant_builder_end (&metrics));
  return g_variant_dict_end (&dict);
}

GVariant *
reeve_metrics_schema_to_variant (ReeveSchema *schema)
{
  GVariantBuilder kinds;

  g_variant_builder_init (&kinds, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < reeve_schema_get_n_kinds (schema); i++)
    g_variant_builder_add_value (&kinds,
                                 reeve_metrics_kind_to_variant (reeve_schema_get_kind (schema, i)));
  return g_variant_builder_end (&kinds);
}
