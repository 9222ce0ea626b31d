/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * OpenMetrics text 1.0. Names depend on the schemas only, not on what the samples happen to hold.
 *
 * Kinds of different schemas are one group when they are the same in all that a line shows; the
 * second group of a name gets names of its own. For each group its rows are looked for once, over
 * all samples; then family by family is written from them. All of it is a machine that can stop
 * after each row.
 */

#include "config.h"

#include "reeve-openmetrics.h"

#include <math.h>
#include <string.h>

typedef struct
{
  char *labels;
  ReeveSample *sample;
  const guint16 *groups; /* of its schema: group + 1 of each kind, 0 for none */
  ReeveOpenMetricsPart part;
} ReeveOpenMetricsSample;

typedef struct
{
  guint sample;
  guint row;
} ReeveOpenMetricsRow;

/* One family: some lines that begin with its name. */
typedef struct
{
  const ReeveKind *kind;
  guint metric; /* of the kind */
  const char *type;
  const char *unit; /* "" without */
  char *name;
  gboolean begun;
} ReeveOpenMetricsFamily;

struct _ReeveOpenMetrics
{
  gboolean rates;
  GArray *samples;     /* of ReeveOpenMetricsSample */
  GPtrArray *kinds;    /* of const ReeveKind, one for each group; of the samples' schemas */
  GHashTable *names;   /* of a kind -> GArray of guint16, group + 1 */
  GHashTable *schemas; /* ReeveSchema -> guint16[], see groups above */
  GHashTable *taken;   /* of char *: every name that a line may begin with */
  guint n_dropped;

  /* where it is */
  guint group;
  gboolean gathered; /* the rows of the group are all there */
  guint at;          /* of the samples, then of the rows */
  guint metric;      /* 0: the texts, then metric + 1 */
  GArray *rows;      /* of ReeveOpenMetricsRow */
  ReeveOpenMetricsFamily family;
};

/* ---- units ---- */

static const char *
reeve_openmetrics_gauge_unit (ReeveUnit unit)
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
reeve_openmetrics_counter_unit (const ReeveKind *kind, const ReeveMetric *metric)
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
reeve_openmetrics_append_word (GString *out, const char *text)
{
  for (; *text != '\0'; text++)
    g_string_append_c (out, g_ascii_isalnum (*text) ? *text : '_');
}

/* TRUE when none of the lines that a family of this name may have is one of another family. */
static gboolean
reeve_openmetrics_take_name (GHashTable *taken, const char *name)
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
reeve_openmetrics_is_reserved (const char *name)
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
reeve_openmetrics_make_name (GHashTable *taken, const ReeveKind *kind, const char *metric,
                             const char *unit)
{
  for (guint turn = 1;; turn++)
    {
      g_autoptr (GString) name = g_string_new ("reeve_");
      g_autofree char *tail = g_strconcat ("_", unit, NULL);

      reeve_openmetrics_append_word (name, kind->name);
      if (metric != NULL)
        {
          g_string_append_c (name, '_');
          reeve_openmetrics_append_word (name, metric);
        }
      if (turn > 1)
        g_string_append_printf (name, "_%u", turn);
      if (*unit != '\0' && !g_str_has_suffix (name->str, tail))
        g_string_append (name, tail);
      if (reeve_openmetrics_is_reserved (name->str))
        g_string_append (name, "_value");
      if (reeve_openmetrics_take_name (taken, name->str))
        return g_strdup (name->str);
    }
}

/* ---- lines ---- */

static void
reeve_openmetrics_append_escaped (GString *out, const char *text)
{
  for (; *text != '\0'; text++)
    if (*text == '\n')
      g_string_append (out, "\\n");
    else if (*text == '"' || *text == '\\')
      g_string_append_printf (out, "\\%c", *text);
    else
      g_string_append_c (out, *text);
}

void
reeve_openmetrics_append_label (GString *out, const char *name, const char *value)
{
  if (out->len > 0 && out->str[out->len - 1] != '{')
    g_string_append_c (out, ',');
  reeve_openmetrics_append_word (out, name);
  g_string_append (out, "=\"");
  reeve_openmetrics_append_escaped (out, value);
  g_string_append_c (out, '"');
}

void
reeve_openmetrics_append_head (GString *out, const char *name, const char *type, const char *unit,
                               const char *help)
{
  g_string_append_printf (out, "# TYPE %s %s\n", name, type);
  if (*unit != '\0')
    g_string_append_printf (out, "# UNIT %s %s\n", name, unit);
  g_string_append_printf (out, "# HELP %s ", name);
  reeve_openmetrics_append_escaped (out, help);
  g_string_append_c (out, '\n');
}

void
reeve_openmetrics_append_line (GString *out, const char *name, const char *labels, double value)
{
  g_string_append (out, name);
  if (*labels != '\0')
    g_string_append_printf (out, "{%s}", labels);
  g_string_append_c (out, ' ');
  reeve_json_append_number (out, value);
  g_string_append_c (out, '\n');
}

/* "NAME{system="…",instance="…"", where more labels may follow. */
static void
reeve_openmetrics_begin_line (ReeveOpenMetrics *self, const ReeveOpenMetricsRow *row,
                              const char *suffix, GString *out)
{
  const ReeveOpenMetricsSample *sample =
      &g_array_index (self->samples, ReeveOpenMetricsSample, row->sample);
  const char *instance;

  g_string_append (out, self->family.name);
  g_string_append (out, suffix);
  g_string_append_c (out, '{');
  g_string_append (out, sample->labels);
  if (!self->family.kind->instanced)
    return;
  reeve_sample_get_row (sample->sample, row->row, NULL, &instance);
  reeve_openmetrics_append_label (out, "instance", instance);
}

/* Without labels there are no braces. */
static void
reeve_openmetrics_end_labels (GString *out)
{
  if (out->str[out->len - 1] == '{')
    g_string_truncate (out, out->len - 1);
  else
    g_string_append_c (out, '}');
  g_string_append_c (out, ' ');
}

static void
reeve_openmetrics_begin_family (ReeveOpenMetrics *self, const char *title, const char *text,
                                GString *out)
{
  ReeveOpenMetricsFamily *family = &self->family;
  g_autoptr (GString) help = NULL;

  if (family->begun)
    return;
  family->begun = TRUE;
  help = g_string_new (family->kind->title);
  if (title != NULL)
    g_string_append_printf (help, ": %s", title);
  if (text != NULL)
    g_string_append_printf (help, ". %s", text);
  reeve_openmetrics_append_head (out, family->name, family->type, family->unit, help->str);
}

/* No label may come twice, whatever an agent calls its texts: those that are called as one of ours
 * get an ending, and so do those that have it already. */
static void
reeve_openmetrics_append_text_label (ReeveOpenMetrics *self, guint sample, const char *name,
                                     const char *value, GString *out)
{
  static const char *const owned[] = { "instance", "system", "system-id", NULL };
  const char *labels = g_array_index (self->samples, ReeveOpenMetricsSample, sample).labels;
  gboolean ours = strcmp (name, "instance") == 0 ? self->family.kind->instanced
                                                 : *labels != '\0' && g_strv_contains (owned, name);
  g_autofree char *other = NULL;

  if (ours || g_str_has_suffix (name, "-text"))
    other = g_strconcat (name, "_text", NULL);
  reeve_openmetrics_append_label (out, other != NULL ? other : name, value);
}

/* ---- families ---- */

static void
reeve_openmetrics_append_number (ReeveOpenMetrics *self, const ReeveOpenMetricsRow *row,
                                 double value, GString *out)
{
  reeve_openmetrics_begin_line (self, row, "", out);
  reeve_openmetrics_end_labels (out);
  reeve_json_append_number (out, value);
  g_string_append_c (out, '\n');
}

static void
reeve_openmetrics_append_counter (ReeveOpenMetrics *self, const ReeveOpenMetricsRow *row,
                                  guint64 count, GString *out)
{
  double scale = self->family.kind->metrics[self->family.metric].scale;

  reeve_openmetrics_begin_line (self, row, "_total", out);
  reeve_openmetrics_end_labels (out);
  if (scale == 0 || scale == 1)
    g_string_append_printf (out, "%" G_GUINT64_FORMAT, count);
  else
    reeve_json_append_number (out, (double) count * scale);
  g_string_append_c (out, '\n');
}

/* One line for each state that there can be; a state without a name makes all of them 0. */
static void
reeve_openmetrics_append_states (ReeveOpenMetrics *self, const ReeveOpenMetricsRow *row,
                                 double value, GString *out)
{
  const ReeveState *state = self->family.kind->metrics[self->family.metric].states;

  for (; state != NULL && state->name != NULL; state++)
    {
      reeve_openmetrics_begin_line (self, row, "", out);
      reeve_openmetrics_append_label (out, self->family.name, state->name);
      reeve_openmetrics_end_labels (out);
      g_string_append (out, value == state->value ? "1\n" : "0\n");
    }
}

static gboolean
reeve_openmetrics_is_counter (ReeveOpenMetrics *self, const ReeveMetric *metric)
{
  return metric->type == REEVE_METRIC_COUNTER && !self->rates;
}

static void
reeve_openmetrics_append_metric (ReeveOpenMetrics *self, const ReeveOpenMetricsRow *row,
                                 GString *out)
{
  ReeveSample *sample = g_array_index (self->samples, ReeveOpenMetricsSample, row->sample).sample;
  guint index = self->family.metric;
  const ReeveMetric *metric = &self->family.kind->metrics[index];
  gboolean counter = reeve_openmetrics_is_counter (self, metric);
  guint64 count = 0;
  double value = NAN;

  if (!reeve_sample_has (sample, row->row, index) ||
      (metric->type == REEVE_METRIC_COUNTER && reeve_sample_get_rates (sample) != self->rates))
    return;
  if (counter && !reeve_sample_get_counter (sample, row->row, index, &count))
    return;
  if (!counter)
    value = reeve_sample_get_number (sample, row->row, index);
  if (!counter && isnan (value))
    return;
  reeve_openmetrics_begin_family (self, metric->title, metric->text, out);
  if (counter)
    reeve_openmetrics_append_counter (self, row, count, out);
  else if (metric->type == REEVE_METRIC_STATE)
    reeve_openmetrics_append_states (self, row, value, out);
  else
    reeve_openmetrics_append_number (self, row, value, out);
}

/* The texts of the kind; a row without any has no line. */
static void
reeve_openmetrics_append_texts (ReeveOpenMetrics *self, const ReeveOpenMetricsRow *row,
                                GString *out)
{
  const ReeveKind *kind = self->family.kind;
  ReeveSample *sample = g_array_index (self->samples, ReeveOpenMetricsSample, row->sample).sample;
  gboolean begun = FALSE;

  for (guint i = 0; i < kind->n_metrics; i++)
    {
      const char *name = kind->metrics[i].name;

      if (kind->metrics[i].type != REEVE_METRIC_TEXT || !reeve_sample_has (sample, row->row, i))
        continue;
      if (!begun)
        {
          reeve_openmetrics_begin_family (self, NULL, kind->text, out);
          reeve_openmetrics_begin_line (self, row, "_info", out);
          begun = TRUE;
        }
      reeve_openmetrics_append_text_label (self, row->sample, name,
                                           reeve_sample_get_text (sample, row->row, i), out);
    }
  if (!begun)
    return;
  reeve_openmetrics_end_labels (out);
  g_string_append (out, "1\n");
}

/* ---- groups ---- */

static gboolean
reeve_openmetrics_is_same_kind (const ReeveKind *a, const ReeveKind *b)
{
  if (a == b)
    return TRUE;
  if (a->instanced != b->instanced || a->facts != b->facts || a->n_metrics != b->n_metrics)
    return FALSE;
  for (guint i = 0; i < a->n_metrics; i++)
    {
      const ReeveMetric *x = &a->metrics[i], *y = &b->metrics[i];
      const ReeveState *s = x->states, *t = y->states;

      if (strcmp (x->name, y->name) != 0 || x->type != y->type || x->unit != y->unit ||
          x->scale != y->scale || g_strcmp0 (x->over, y->over) != 0 || (s == NULL) != (t == NULL))
        return FALSE;
      for (; s != NULL && s->name != NULL; s++, t++)
        if (g_strcmp0 (s->name, t->name) != 0 || s->value != t->value)
          return FALSE;
      if (t != NULL && t->name != NULL)
        return FALSE;
    }
  return TRUE;
}

/* 0: there are too many. */
static guint16
reeve_openmetrics_find_group (ReeveOpenMetrics *self, const ReeveKind *kind)
{
  GArray *variants = g_hash_table_lookup (self->names, kind->name);
  guint16 group;

  for (guint i = 0; variants != NULL && i < variants->len; i++)
    {
      group = g_array_index (variants, guint16, i);
      if (reeve_openmetrics_is_same_kind (kind, self->kinds->pdata[group - 1]))
        return group;
    }
  if (self->kinds->len >= REEVE_OPENMETRICS_MAX_KINDS ||
      (variants != NULL && variants->len >= REEVE_OPENMETRICS_MAX_VARIANTS))
    {
      self->n_dropped++;
      return 0;
    }
  g_ptr_array_add (self->kinds, (gpointer) kind);
  group = (guint16) self->kinds->len;
  if (variants == NULL)
    {
      variants = g_array_new (FALSE, FALSE, sizeof group);
      g_hash_table_insert (self->names, (gpointer) kind->name, variants);
    }
  g_array_append_val (variants, group);
  return group;
}

static const guint16 *
reeve_openmetrics_find_groups (ReeveOpenMetrics *self, ReeveSchema *schema)
{
  guint n = reeve_schema_get_n_kinds (schema);
  guint16 *groups = g_hash_table_lookup (self->schemas, schema);

  if (groups != NULL)
    return groups;
  groups = g_new0 (guint16, n);
  for (guint i = 0; i < n; i++)
    groups[i] = reeve_openmetrics_find_group (self, reeve_schema_get_kind (schema, i));
  g_hash_table_insert (self->schemas, reeve_schema_ref (schema), groups);
  return groups;
}

/* ---- the machine ---- */

static void
reeve_openmetrics_sample_clear (gpointer data)
{
  ReeveOpenMetricsSample *self = data;

  g_free (self->labels);
  reeve_sample_unref (self->sample);
}

ReeveOpenMetrics *
reeve_openmetrics_new (gboolean rates)
{
  ReeveOpenMetrics *self = g_new0 (ReeveOpenMetrics, 1);

  self->rates = rates;
  self->samples = g_array_new (FALSE, FALSE, sizeof (ReeveOpenMetricsSample));
  g_array_set_clear_func (self->samples, reeve_openmetrics_sample_clear);
  self->kinds = g_ptr_array_new ();
  self->names =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) g_array_unref);
  self->schemas = g_hash_table_new_full (NULL, NULL, (GDestroyNotify) reeve_schema_unref, g_free);
  self->taken = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->rows = g_array_new (FALSE, FALSE, sizeof (ReeveOpenMetricsRow));
  return self;
}

void
reeve_openmetrics_free (ReeveOpenMetrics *self)
{
  if (self == NULL)
    return;
  g_free (self->family.name);
  g_array_unref (self->samples);
  g_ptr_array_unref (self->kinds);
  g_hash_table_unref (self->names);
  g_hash_table_unref (self->schemas);
  g_hash_table_unref (self->taken);
  g_array_unref (self->rows);
  g_free (self);
}

void
reeve_openmetrics_reserve (ReeveOpenMetrics *self, const char *name)
{
  g_return_if_fail (self != NULL && name != NULL);

  (void) reeve_openmetrics_take_name (self->taken, name);
}

gboolean
reeve_openmetrics_add (ReeveOpenMetrics *self, const char *labels, ReeveSample *sample,
                       ReeveOpenMetricsPart part)
{
  ReeveOpenMetricsSample item = { 0 };

  g_return_val_if_fail (self != NULL && labels != NULL && sample != NULL, FALSE);

  if (self->samples->len >= REEVE_OPENMETRICS_MAX_SAMPLES)
    {
      self->n_dropped++;
      return FALSE;
    }
  item.labels = g_strdup (labels);
  item.sample = reeve_sample_ref (sample);
  item.part = part;
  item.groups = reeve_openmetrics_find_groups (self, reeve_sample_get_schema (sample));
  g_array_append_val (self->samples, item);
  return TRUE;
}

guint
reeve_openmetrics_get_n_dropped (ReeveOpenMetrics *self)
{
  return self->n_dropped;
}

/* The rows of the group in one more sample. Returns how many were looked at. */
static guint
reeve_openmetrics_gather (ReeveOpenMetrics *self, guint index)
{
  const ReeveOpenMetricsSample *sample =
      &g_array_index (self->samples, ReeveOpenMetricsSample, index);
  const ReeveKind *group = self->kinds->pdata[self->group];
  guint n = reeve_sample_get_n_rows (sample->sample);
  guint kind;

  if (sample->part != REEVE_OPENMETRICS_ALL &&
      group->facts != (sample->part == REEVE_OPENMETRICS_FACTS))
    return 1;

  for (guint i = 0; i < n; i++)
    {
      reeve_sample_get_row (sample->sample, i, &kind, NULL);
      if (sample->groups[kind] == self->group + 1)
        {
          ReeveOpenMetricsRow row = { index, i };

          g_array_append_val (self->rows, row);
        }
    }
  return n + 1;
}

/* Names are made for all, also for those without a line: they depend on the schema only. */
static void
reeve_openmetrics_open_family (ReeveOpenMetrics *self)
{
  const ReeveKind *kind = self->kinds->pdata[self->group];
  const ReeveMetric *metric = self->metric > 0 ? &kind->metrics[self->metric - 1] : NULL;
  ReeveOpenMetricsFamily *family = &self->family;

  g_clear_pointer (&family->name, g_free);
  *family = (ReeveOpenMetricsFamily){ .kind = kind, .type = "info", .unit = "" };
  if (metric != NULL)
    {
      family->metric = self->metric - 1;
      family->type = "gauge";
      if (metric->type == REEVE_METRIC_STATE)
        family->type = "stateset";
      else if (reeve_openmetrics_is_counter (self, metric))
        {
          family->type = "counter";
          family->unit = reeve_openmetrics_counter_unit (kind, metric);
        }
      else
        family->unit = reeve_openmetrics_gauge_unit (metric->type == REEVE_METRIC_COUNTER
                                                         ? reeve_metric_get_rate_unit (metric)
                                                         : metric->unit);
    }
  family->name = reeve_openmetrics_make_name (self->taken, kind,
                                              metric != NULL ? metric->name : NULL, family->unit);
}

/* One sample that is looked at, or one row that is written. Returns the rows that this took; 0: all
 * is done. */
static guint
reeve_openmetrics_advance (ReeveOpenMetrics *self, GString *out)
{
  const ReeveKind *kind;
  const ReeveOpenMetricsRow *row;

  if (self->group >= self->kinds->len)
    return 0;
  kind = self->kinds->pdata[self->group];
  if (!self->gathered)
    {
      if (self->at < self->samples->len)
        return reeve_openmetrics_gather (self, self->at++);
      self->gathered = TRUE;
      self->at = self->metric = 0;
    }
  if (self->at == 0 &&
      (self->metric == 0 || kind->metrics[self->metric - 1].type != REEVE_METRIC_TEXT))
    reeve_openmetrics_open_family (self);
  if (self->at < self->rows->len &&
      (self->metric == 0 || kind->metrics[self->metric - 1].type != REEVE_METRIC_TEXT))
    {
      row = &g_array_index (self->rows, ReeveOpenMetricsRow, self->at++);
      if (self->metric == 0)
        reeve_openmetrics_append_texts (self, row, out);
      else
        reeve_openmetrics_append_metric (self, row, out);
      return 1;
    }
  self->at = 0;
  if (self->metric++ < kind->n_metrics)
    return 1;
  g_array_set_size (self->rows, 0);
  self->gathered = FALSE;
  self->group++;
  return 1;
}

gboolean
reeve_openmetrics_step (ReeveOpenMetrics *self, GString *out, gsize max)
{
  guint seen = 0;

  g_return_val_if_fail (self != NULL && out != NULL, FALSE);

  while (out->len < max && seen < REEVE_OPENMETRICS_STEP_ROWS)
    {
      guint rows = reeve_openmetrics_advance (self, out);

      if (rows == 0)
        return FALSE;
      seen += rows;
    }
  return TRUE;
}

char *
reeve_openmetrics_from_sample (ReeveSample *sample)
{
  g_autoptr (ReeveOpenMetrics) self = reeve_openmetrics_new (reeve_sample_get_rates (sample));
  GString *out = g_string_new (NULL);

  reeve_openmetrics_add (self, "", sample, REEVE_OPENMETRICS_ALL);
  while (reeve_openmetrics_step (self, out, G_MAXSIZE))
    ;
  g_string_append (out, "# EOF\n");
  return g_string_free (out, FALSE);
}
