/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * OpenMetrics text 1.0. Everything comes from the schema: a number is a gauge, a counter a counter
 * (as collected, so that whoever scrapes makes the rates), a state a stateset, and the texts of a
 * kind are the labels of one info family. Names depend on the schema only, not on what a sample
 * happens to hold.
 */

#include "config.h"

#include "reeve-metrics-openmetrics.h"

#include <math.h>
#include <string.h>

#include "reeve-metrics-json.h"

typedef struct
{
  ReeveSample *sample;
  GHashTable *taken; /* of char *: every name that a line may begin with */
  GArray *rows;      /* of guint: those of the kind at hand */
  GString *out;
} ReeveMetricsText;

/* One family: some lines that begin with its name. */
typedef struct
{
  const ReeveKind *kind;
  guint metric; /* of the kind */
  const char *type;
  const char *unit; /* "" without */
  const char *name;
} ReeveMetricsFamily;

/* ---- units ---- */

static const char *
reeve_metrics_gauge_unit (ReeveUnit unit)
{
  switch (unit)
    {
    case REEVE_UNIT_RATIO:
      return "ratio";
    case REEVE_UNIT_BYTES:
      return "bytes";
    case REEVE_UNIT_BYTES_PER_SECOND:
      return "bytes_per_second";
    case REEVE_UNIT_SECONDS:
      return "seconds";
    case REEVE_UNIT_CELSIUS:
      return "celsius";
    case REEVE_UNIT_RPM:
      return "rpm";
    case REEVE_UNIT_WATTS:
      return "watts";
    case REEVE_UNIT_PER_SECOND:
      return "per_second";
    case REEVE_UNIT_NONE:
    case REEVE_UNIT_COUNT:
    case REEVE_UNIT_LOAD:
      break;
    }
  return "";
}

/* The schema names the unit of the rate; this is the unit of what grows. A scale is there where
 * time is counted: a share or a mean number of things is then the time of them, per second. */
static const char *
reeve_metrics_counter_unit (const ReeveKind *kind, const ReeveMetric *metric)
{
  switch (metric->unit)
    {
    case REEVE_UNIT_BYTES:
    case REEVE_UNIT_BYTES_PER_SECOND:
      return "bytes";
    case REEVE_UNIT_SECONDS:
    case REEVE_UNIT_RATIO:
      return "seconds";
    case REEVE_UNIT_WATTS:
      return "joules";
    case REEVE_UNIT_NONE:
    case REEVE_UNIT_COUNT:
      return metric->scale != 0 ? "seconds" : "";
    case REEVE_UNIT_CELSIUS:
    case REEVE_UNIT_RPM:
    case REEVE_UNIT_PER_SECOND:
    case REEVE_UNIT_LOAD:
      break;
    }
  return "";
}

/* ---- names ---- */

static void
reeve_metrics_append_word (GString *out, const char *text)
{
  for (; *text != '\0'; text++)
    g_string_append_c (out, g_ascii_isalnum (*text) ? *text : '_');
}

/* TRUE when none of the lines that a family of this name may have is one of another family. */
static gboolean
reeve_metrics_take_name (GHashTable *taken, const char *name)
{
  static const char *const suffixes[] = { "", "_total", "_created", "_info" };
  g_autofree char *lines[G_N_ELEMENTS (suffixes)] = { NULL };
  gboolean free = TRUE;

  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autofree char *line = g_strconcat (name, suffixes[i], NULL);

      free = free && !g_hash_table_contains (taken, line);
    }
  for (guint i = 0; free && i < G_N_ELEMENTS (suffixes); i++)
    g_hash_table_add (taken, g_strconcat (name, suffixes[i], NULL));
  return free;
}

/* A gauge that is called like a line of another type ("reeve_services_total") would confuse. */
static gboolean
reeve_metrics_is_reserved (const char *name)
{
  static const char *const suffixes[] = { "_total", "_created", "_info", "_bucket",
                                          "_count", "_sum",     NULL };

  for (guint i = 0; suffixes[i] != NULL; i++)
    if (g_str_has_suffix (name, suffixes[i]))
      return TRUE;
  return FALSE;
}

/* "reeve_KIND_METRIC_UNIT"; where two kinds would share one, the second has a number in it.
 * @metric: NULL for the kind's texts. */
static char *
reeve_metrics_make_name (GHashTable *taken, const ReeveKind *kind, const char *metric,
                         const char *unit)
{
  for (guint turn = 1;; turn++)
    {
      g_autoptr (GString) name = g_string_new ("reeve_");
      g_autofree char *tail = g_strconcat ("_", unit, NULL);

      reeve_metrics_append_word (name, kind->name);
      if (metric != NULL)
        {
          g_string_append_c (name, '_');
          reeve_metrics_append_word (name, metric);
        }
      if (turn > 1)
        g_string_append_printf (name, "_%u", turn);
      if (*unit != '\0' && !g_str_has_suffix (name->str, tail))
        g_string_append (name, tail);
      if (reeve_metrics_is_reserved (name->str))
        g_string_append (name, "_value");
      if (reeve_metrics_take_name (taken, name->str))
        return g_strdup (name->str);
    }
}

/* ---- lines ---- */

static void
reeve_metrics_append_escaped (GString *out, const char *text)
{
  for (; *text != '\0'; text++)
    if (*text == '\n')
      g_string_append (out, "\\n");
    else if (*text == '"' || *text == '\\')
      g_string_append_printf (out, "\\%c", *text);
    else
      g_string_append_c (out, *text);
}

static void
reeve_metrics_append_label (GString *out, const char *name, const char *value)
{
  g_string_append (out, out->str[out->len - 1] == '{' ? "" : ",");
  reeve_metrics_append_word (out, name);
  g_string_append (out, "=\"");
  reeve_metrics_append_escaped (out, value);
  g_string_append_c (out, '"');
}

/* "NAME{instance="…"", where more labels may follow. */
static void
reeve_metrics_begin_line (ReeveMetricsText *text, const ReeveMetricsFamily *family, guint row,
                          const char *suffix)
{
  const char *instance;

  reeve_sample_get_row (text->sample, row, NULL, &instance);
  g_string_append_printf (text->out, "%s%s{", family->name, suffix);
  if (family->kind->instanced)
    reeve_metrics_append_label (text->out, "instance", instance);
}

/* Without labels there are no braces. */
static void
reeve_metrics_end_labels (ReeveMetricsText *text)
{
  if (text->out->str[text->out->len - 1] == '{')
    g_string_truncate (text->out, text->out->len - 1);
  else
    g_string_append_c (text->out, '}');
  g_string_append_c (text->out, ' ');
}

static void
reeve_metrics_append_head (ReeveMetricsText *text, const ReeveMetricsFamily *family,
                           const char *title, const char *help)
{
  g_string_append_printf (text->out, "# TYPE %s %s\n", family->name, family->type);
  if (*family->unit != '\0')
    g_string_append_printf (text->out, "# UNIT %s %s\n", family->name, family->unit);
  g_string_append_printf (text->out, "# HELP %s ", family->name);
  reeve_metrics_append_escaped (text->out, family->kind->title);
  if (title != NULL)
    g_string_append (text->out, ": ");
  reeve_metrics_append_escaped (text->out, title != NULL ? title : "");
  if (help != NULL)
    g_string_append (text->out, ". ");
  reeve_metrics_append_escaped (text->out, help != NULL ? help : "");
  g_string_append_c (text->out, '\n');
}

/* ---- families ---- */

static void
reeve_metrics_append_number (ReeveMetricsText *text, const ReeveMetricsFamily *family, guint row)
{
  reeve_metrics_begin_line (text, family, row, "");
  reeve_metrics_end_labels (text);
  reeve_json_append_number (text->out, reeve_sample_get_number (text->sample, row, family->metric));
  g_string_append_c (text->out, '\n');
}

static void
reeve_metrics_append_counter (ReeveMetricsText *text, const ReeveMetricsFamily *family, guint row)
{
  double scale = family->kind->metrics[family->metric].scale;
  guint64 count;

  if (!reeve_sample_get_counter (text->sample, row, family->metric, &count))
    return;
  reeve_metrics_begin_line (text, family, row, "_total");
  reeve_metrics_end_labels (text);
  if (scale == 0 || scale == 1)
    g_string_append_printf (text->out, "%" G_GUINT64_FORMAT, count);
  else
    reeve_json_append_number (text->out, (double) count * scale);
  g_string_append_c (text->out, '\n');
}

/* One line for each state that there can be; a state without a name makes all of them 0. */
static void
reeve_metrics_append_states (ReeveMetricsText *text, const ReeveMetricsFamily *family, guint row)
{
  const ReeveState *state = family->kind->metrics[family->metric].states;
  double value = reeve_sample_get_number (text->sample, row, family->metric);

  for (; state != NULL && state->name != NULL; state++)
    {
      reeve_metrics_begin_line (text, family, row, "");
      reeve_metrics_append_label (text->out, family->name, state->name);
      reeve_metrics_end_labels (text);
      g_string_append (text->out, value == state->value ? "1\n" : "0\n");
    }
}

static void
reeve_metrics_append_metric (ReeveMetricsText *text, const ReeveKind *kind, guint index)
{
  const ReeveMetric *metric = &kind->metrics[index];
  gboolean counter = metric->type == REEVE_METRIC_COUNTER;
  gboolean state = metric->type == REEVE_METRIC_STATE;
  const char *unit = counter ? reeve_metrics_counter_unit (kind, metric)
                     : state ? ""
                             : reeve_metrics_gauge_unit (metric->unit);
  g_autofree char *name = reeve_metrics_make_name (text->taken, kind, metric->name, unit);
  ReeveMetricsFamily family = { kind, index,
                                counter ? "counter"
                                : state ? "stateset"
                                        : "gauge",
                                unit, name };
  gboolean begun = FALSE;

  for (guint i = 0; i < text->rows->len; i++)
    {
      guint row = g_array_index (text->rows, guint, i);

      if (!reeve_sample_has (text->sample, row, index))
        continue;
      if (!begun)
        reeve_metrics_append_head (text, &family, metric->title, metric->text);
      begun = TRUE;
      if (counter)
        reeve_metrics_append_counter (text, &family, row);
      else if (state)
        reeve_metrics_append_states (text, &family, row);
      else
        reeve_metrics_append_number (text, &family, row);
    }
}

static void
reeve_metrics_append_info (ReeveMetricsText *text, const ReeveMetricsFamily *family, guint row)
{
  const ReeveKind *kind = family->kind;

  reeve_metrics_begin_line (text, family, row, "_info");
  for (guint i = 0; i < kind->n_metrics; i++)
    {
      gboolean same = kind->instanced && strcmp (kind->metrics[i].name, "instance") == 0;

      if (kind->metrics[i].type == REEVE_METRIC_TEXT && reeve_sample_has (text->sample, row, i))
        reeve_metrics_append_label (text->out, same ? "instance_text" : kind->metrics[i].name,
                                    reeve_sample_get_text (text->sample, row, i));
    }
  reeve_metrics_end_labels (text);
  g_string_append (text->out, "1\n");
}

/* The texts of the kind; a row without any has no line. */
static void
reeve_metrics_append_texts (ReeveMetricsText *text, const ReeveKind *kind)
{
  g_autofree char *name = reeve_metrics_make_name (text->taken, kind, NULL, "");
  ReeveMetricsFamily family = { kind, 0, "info", "", name };
  gboolean begun = FALSE;

  for (guint i = 0; i < text->rows->len; i++)
    {
      guint row = g_array_index (text->rows, guint, i);
      gboolean any = FALSE;

      for (guint j = 0; j < kind->n_metrics && !any; j++)
        any = kind->metrics[j].type == REEVE_METRIC_TEXT && reeve_sample_has (text->sample, row, j);
      if (!any)
        continue;
      if (!begun)
        reeve_metrics_append_head (text, &family, NULL, kind->text);
      begun = TRUE;
      reeve_metrics_append_info (text, &family, row);
    }
}

static void
reeve_metrics_find_rows (ReeveMetricsText *text, const ReeveKind *kind)
{
  guint n = reeve_sample_get_n_rows (text->sample);

  g_array_set_size (text->rows, 0);
  for (guint row = 0; row < n; row++)
    if (reeve_sample_get_row (text->sample, row, NULL, NULL) == kind)
      g_array_append_val (text->rows, row);
}

char *
reeve_metrics_openmetrics_from_sample (ReeveSample *sample)
{
  ReeveSchema *schema = reeve_sample_get_schema (sample);
  g_autoptr (GHashTable) taken = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (guint));
  ReeveMetricsText text = { sample, taken, rows, g_string_new (NULL) };

  for (guint i = 0; i < reeve_schema_get_n_kinds (schema); i++)
    {
      const ReeveKind *kind = reeve_schema_get_kind (schema, i);

      reeve_metrics_find_rows (&text, kind);
      reeve_metrics_append_texts (&text, kind);
      for (guint j = 0; j < kind->n_metrics; j++)
        if (kind->metrics[j].type != REEVE_METRIC_TEXT)
          reeve_metrics_append_metric (&text, kind, j);
    }
  g_string_append (text.out, "# EOF\n");
  return g_string_free (text.out, FALSE);
}
