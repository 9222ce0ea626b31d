/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Schemas as values for D-Bus and JSON. */

#include "config.h"

#include "reeve-schema.h"

static GVariant *
reeve_schema_states_to_variant (const ReeveState *states)
{
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa{sv}"));
  for (; states != NULL && states->name != NULL; states++)
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
reeve_schema_metric_to_variant (const ReeveMetric *metric)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "name", "s", metric->name);
  g_variant_dict_insert (&dict, "title", "s", metric->title);
  g_variant_dict_insert (&dict, "unit", "s",
                         reeve_unit_to_string (reeve_metric_get_rate_unit (metric)));
  g_variant_dict_insert (&dict, "type", "s", reeve_metric_type_to_string (metric->type));
  g_variant_dict_insert (&dict, "aggregation", "s",
                         reeve_aggregation_to_string (metric->aggregation));
  g_variant_dict_insert (&dict, "chart", "s", reeve_chart_to_string (metric->chart));
  if (metric->range > 0)
    g_variant_dict_insert (&dict, "range", "d", metric->range);
  g_variant_dict_insert (&dict, "text", "s", metric->text != NULL ? metric->text : "");
  if (metric->states != NULL)
    g_variant_dict_insert_value (&dict, "states", reeve_schema_states_to_variant (metric->states));
  return g_variant_dict_end (&dict);
}

/**
 * reeve_schema_to_variant:
 * @schema: any
 *
 * Returns: (transfer floating): "aa{sv}": for each kind name, title and text (s), instanced and
 *   facts (b), and metrics (aa{sv}), each with name, title, unit (that of the rate), type,
 *   aggregation, chart and text (s), range (d) if it has one, states (aa{sv}: value, name,
 *   severity) if it is one
 */
GVariant *
reeve_schema_to_variant (ReeveSchema *schema)
{
  GVariantBuilder kinds;

  g_variant_builder_init (&kinds, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < reeve_schema_get_n_kinds (schema); i++)
    {
      const ReeveKind *kind = reeve_schema_get_kind (schema, i);
      GVariantBuilder metrics;
      GVariantDict dict;

      g_variant_builder_init (&metrics, G_VARIANT_TYPE ("aa{sv}"));
      for (guint j = 0; j < kind->n_metrics; j++)
        g_variant_builder_add_value (&metrics, reeve_schema_metric_to_variant (&kind->metrics[j]));
      g_variant_dict_init (&dict, NULL);
      g_variant_dict_insert (&dict, "name", "s", kind->name);
      g_variant_dict_insert (&dict, "title", "s", kind->title);
      g_variant_dict_insert (&dict, "text", "s", kind->text != NULL ? kind->text : "");
      g_variant_dict_insert (&dict, "instanced", "b", kind->instanced);
      g_variant_dict_insert (&dict, "facts", "b", kind->facts);
      g_variant_dict_insert_value (&dict, "metrics", g_variant_builder_end (&metrics));
      g_variant_builder_add_value (&kinds, g_variant_dict_end (&dict));
    }
  return g_variant_builder_end (&kinds);
}
