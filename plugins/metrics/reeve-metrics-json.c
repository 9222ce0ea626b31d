/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Samples as JSON, written straight into a string: names and texts are clean already, so that there
 * is little to escape. */

#include "config.h"

#include "reeve-metrics-json.h"

static void
reeve_metrics_json_append_value (GString *out, ReeveSample *sample, guint row,
                                 const ReeveMetric *metric, guint index)
{
  double number;
  const char *text;

  if (metric->type == REEVE_METRIC_TEXT)
    {
      reeve_json_append_string (out, reeve_sample_get_text (sample, row, index));
      return;
    }
  number = reeve_sample_get_number (sample, row, index);
  text = reeve_metric_get_state_name (metric, number);
  if (text != NULL)
    reeve_json_append_string (out, text);
  else
    reeve_json_append_number (out, number);
}

static void
reeve_metrics_json_append_row (GString *out, ReeveSample *sample, guint row)
{
  const char *instance;
  const ReeveKind *kind = reeve_sample_get_row (sample, row, NULL, &instance);
  gboolean any = FALSE;

  g_string_append (out, "{\"kind\":");
  reeve_json_append_string (out, kind->name);
  g_string_append (out, ",\"instance\":");
  reeve_json_append_string (out, instance);
  g_string_append (out, ",\"metrics\":{");
  for (guint i = 0; i < kind->n_metrics; i++)
    {
      if (!reeve_sample_has (sample, row, i))
        continue;
      g_string_append (out, any ? "," : "");
      reeve_json_append_string (out, kind->metrics[i].name);
      g_string_append_c (out, ':');
      reeve_metrics_json_append_value (out, sample, row, &kind->metrics[i], i);
      any = TRUE;
    }
  g_string_append (out, "}}");
}

char *
reeve_metrics_json_from_sample (ReeveSample *sample)
{
  GString *out = g_string_new ("{\"version\":");
  guint n = reeve_sample_get_n_rows (sample);

  reeve_json_append_string (out, reeve_version_string ());
  g_string_append (out, ",\"time\":");
  reeve_json_append_number (out, (double) reeve_sample_get_time (sample) / G_USEC_PER_SEC);
  g_string_append (out, ",\"rows\":[");
  for (guint row = 0; row < n; row++)
    {
      g_string_append (out, row > 0 ? ",\n" : "\n");
      reeve_metrics_json_append_row (out, sample, row);
    }
  g_string_append (out, n > 0 ? "\n]}" : "]}");
  return g_string_free (out, FALSE);
}
