/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Samples as JSON, written straight into a string: names and texts are clean already, so that there
 * is little to escape. */

#include "config.h"

#include "reeve-metrics-json.h"

#include <math.h>

/* Whole numbers up to here are exact. */
#define REEVE_METRICS_JSON_WHOLE 9007199254740992.0

void
reeve_metrics_json_append_number (GString *out, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  if (!isfinite (value))
    {
      g_string_append (out, "null");
      return;
    }
  if (fabs (value) < REEVE_METRICS_JSON_WHOLE && value == trunc (value))
    {
      g_string_append_printf (out, "%" G_GINT64_FORMAT, (gint64) value);
      return;
    }
  g_ascii_formatd (text, sizeof text, "%.15g", value);
  if (g_ascii_strtod (text, NULL) != value)
    g_ascii_formatd (text, sizeof text, "%.17g", value);
  g_string_append (out, text);
}

static void
reeve_metrics_json_append_string (GString *out, const char *text)
{
  g_string_append_c (out, '"');
  for (; *text != '\0'; text++)
    {
      guchar c = (guchar) *text;

      if (c == '"' || c == '\\')
        g_string_append_c (out, '\\');
      if (c < 0x20 || c == 0x7f)
        g_string_append_printf (out, "\\u%04x", c);
      else
        g_string_append_c (out, *text);
    }
  g_string_append_c (out, '"');
}

const char *
reeve_metrics_state_name (const ReeveMetric *metric, double value)
{
  const ReeveState *state = metric->states;

  for (; state != NULL && state->name != NULL; state++)
    if (state->value == value)
      return state->name;
  return NULL;
}

static void
reeve_metrics_json_append_value (GString *out, ReeveSample *sample, guint row,
                                 const ReeveMetric *metric, guint index)
{
  double number;
  const char *text;

  if (metric->type == REEVE_METRIC_TEXT)
    {
      reeve_metrics_json_append_string (out, reeve_sample_get_text (sample, row, index));
      return;
    }
  number = reeve_sample_get_number (sample, row, index);
  text = reeve_metrics_state_name (metric, number);
  if (text != NULL)
    reeve_metrics_json_append_string (out, text);
  else
    reeve_metrics_json_append_number (out, number);
}

static void
reeve_metrics_json_append_row (GString *out, ReeveSample *sample, guint row)
{
  const char *instance;
  const ReeveKind *kind = reeve_sample_get_row (sample, row, NULL, &instance);
  gboolean any = FALSE;

  g_string_append (out, "{\"kind\":");
  reeve_metrics_json_append_string (out, kind->name);
  g_string_append (out, ",\"instance\":");
  reeve_metrics_json_append_string (out, instance);
  g_string_append (out, ",\"metrics\":{");
  for (guint i = 0; i < kind->n_metrics; i++)
    {
      if (!reeve_sample_has (sample, row, i))
        continue;
      g_string_append (out, any ? "," : "");
      reeve_metrics_json_append_string (out, kind->metrics[i].name);
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

  reeve_metrics_json_append_string (out, reeve_version_string ());
  g_string_append (out, ",\"time\":");
  reeve_metrics_json_append_number (out, (double) reeve_sample_get_time (sample) / G_USEC_PER_SEC);
  g_string_append (out, ",\"rows\":[");
  for (guint row = 0; row < n; row++)
    {
      g_string_append (out, row > 0 ? ",\n" : "\n");
      reeve_metrics_json_append_row (out, sample, row);
    }
  g_string_append (out, n > 0 ? "\n]}" : "]}");
  return g_string_free (out, FALSE);
}
