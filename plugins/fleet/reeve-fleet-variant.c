/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Systems, schema and history as values for D-Bus and JSON. */

#include "config.h"

#include "reeve-fleet-variant.h"

#include <math.h>

static const char *
reeve_fleet_state_name (const ReeveMetric *metric, double value)
{
  for (guint i = 0; metric->states != NULL && metric->states[i].name != NULL; i++)
    if (metric->states[i].value == value)
      return metric->states[i].name;
  return NULL;
}

GVariant *
reeve_fleet_facts_of_view (const ReeveSystemView *view)
{
  int row = view->facts != NULL ? reeve_sample_find_row (view->facts, REEVE_KIND_HOST, NULL) : -1;
  const ReeveKind *kind;
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  kind = row >= 0 ? reeve_sample_get_row (view->facts, row, NULL, NULL) : NULL;
  for (guint i = 0; kind != NULL && i < kind->n_metrics; i++)
    {
      const ReeveMetric *metric = &kind->metrics[i];
      double number = reeve_sample_get_number (view->facts, row, i);
      const char *text =
          metric->type == REEVE_METRIC_TEXT    ? reeve_sample_get_text (view->facts, row, i)
          : metric->type == REEVE_METRIC_STATE ? reeve_fleet_state_name (metric, number)
                                               : NULL;

      if (!reeve_sample_has (view->facts, row, i))
        continue;
      if (text != NULL)
        g_variant_dict_insert (&dict, metric->name, "s", text);
      else if (metric->type != REEVE_METRIC_TEXT && !isnan (number))
        g_variant_dict_insert (&dict, metric->name, "d", number);
    }
  return g_variant_dict_end (&dict);
}

/* ---- schema ---- */

static GVariant *
reeve_fleet_states_to_variant (const ReeveState *states)
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

/* As it is kept: a counter without "over" is a rate, and its unit says so. */
static const char *
reeve_fleet_unit_of_metric (const ReeveMetric *metric)
{
  if (metric->type == REEVE_METRIC_COUNTER && metric->over == NULL &&
      metric->unit == REEVE_UNIT_BYTES)
    return reeve_unit_to_string (REEVE_UNIT_BYTES_PER_SECOND);
  if (metric->type == REEVE_METRIC_COUNTER && metric->over == NULL &&
      metric->unit == REEVE_UNIT_COUNT)
    return reeve_unit_to_string (REEVE_UNIT_PER_SECOND);
  return reeve_unit_to_string (metric->unit);
}

static GVariant *
reeve_fleet_metric_to_variant (const ReeveMetric *metric)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "name", "s", metric->name);
  g_variant_dict_insert (&dict, "title", "s", metric->title);
  g_variant_dict_insert (&dict, "unit", "s", reeve_fleet_unit_of_metric (metric));
  g_variant_dict_insert (&dict, "type", "s", reeve_metric_type_to_string (metric->type));
  g_variant_dict_insert (&dict, "aggregation", "s",
                         reeve_aggregation_to_string (metric->aggregation));
  g_variant_dict_insert (&dict, "chart", "s", reeve_chart_to_string (metric->chart));
  if (metric->range > 0)
    g_variant_dict_insert (&dict, "range", "d", metric->range);
  g_variant_dict_insert (&dict, "text", "s", metric->text != NULL ? metric->text : "");
  if (metric->states != NULL)
    g_variant_dict_insert_value (&dict, "states", reeve_fleet_states_to_variant (metric->states));
  return g_variant_dict_end (&dict);
}

GVariant *
reeve_fleet_schema_to_variant (ReeveSchema *schema)
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
        g_variant_builder_add_value (&metrics, reeve_fleet_metric_to_variant (&kind->metrics[j]));
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

/* ---- history ---- */

GVariant *
reeve_fleet_range_to_variant (ReeveHistoryRange *range)
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
      g_variant_dict_insert_value (&dict, "values",
                                   g_variant_new_fixed_array (G_VARIANT_TYPE_DOUBLE, column->values,
                                                              range->n_times, sizeof (double)));
      g_variant_builder_add_value (&series, g_variant_dict_end (&dict));
    }
  return g_variant_new ("(ddd@adaa{sv})", range->from / 1e6, range->to / 1e6, range->step / 1e6,
                        g_variant_new_fixed_array (G_VARIANT_TYPE_DOUBLE, times, range->n_times,
                                                   sizeof (double)),
                        &series);
}
