/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* metrics: what the agent of this machine measures, once or again and again. Which kinds there are,
 * their titles and units all come from the agent. */

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/ctl/reeve-ctl-watch.h"

#define REEVE_CTL_METRICS "org.reeve.Metrics1"
#define REEVE_CTL_METRICS_USAGE "metrics [--watch[=SECONDS]] [--openmetrics] [KIND…]"
#define REEVE_CTL_METRICS_SAMPLE "(da(ssa{sv}))"
#define REEVE_CTL_METRICS_INDENT 2

typedef struct
{
  ReeveCtl *ctl;
  GVariant *kinds;
  char **names; /* those asked for; empty: all */
  int n_names;
  ReeveCtlWatch watch;
  gboolean openmetrics;
} ReeveCtlMetrics;

static const char *
reeve_ctl_metrics_text (GVariant *dict, const char *key)
{
  const char *text = "";

  g_variant_lookup (dict, key, "&s", &text);
  return text;
}

/* ---- arguments ---- */

/* Kinds stay in argv, at its beginning. */
static gboolean
reeve_ctl_metrics_parse (ReeveCtlMetrics *self, int argc, char **argv)
{
  for (int i = 0; i < argc; i++)
    if (strcmp (argv[i], "--openmetrics") == 0)
      self->openmetrics = TRUE;
    else if (reeve_ctl_watch_parse (&self->watch, argv[i]))
      {
        if (self->watch.seconds == 0)
          return FALSE;
      }
    else if (argv[i][0] == '-')
      return FALSE;
    else
      argv[self->n_names++] = argv[i];
  self->names = argv;
  return !self->openmetrics || (self->n_names == 0 && self->watch.seconds == 0 && !self->ctl->json);
}

static gboolean
reeve_ctl_metrics_wants (const ReeveCtlMetrics *self, const char *kind)
{
  for (int i = 0; i < self->n_names; i++)
    if (strcmp (self->names[i], kind) == 0)
      return TRUE;
  return self->n_names == 0;
}

/* Every name that was asked for is one of a kind. */
static gboolean
reeve_ctl_metrics_check_names (const ReeveCtlMetrics *self)
{
  g_autoptr (GString) all = g_string_new (NULL);
  g_autoptr (GHashTable) known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (gsize i = 0; i < g_variant_n_children (self->kinds); i++)
    {
      g_autoptr (GVariant) kind = g_variant_get_child_value (self->kinds, i);
      g_autofree char *shown = reeve_ctl_escape (reeve_ctl_metrics_text (kind, "name"));

      g_hash_table_add (known, g_strdup (reeve_ctl_metrics_text (kind, "name")));
      g_string_append_printf (all, "%s%s", i > 0 ? ", " : "", shown);
    }
  for (int i = 0; i < self->n_names; i++)
    if (!g_hash_table_contains (known, self->names[i]))
      {
        g_autofree char *shown = reeve_ctl_escape (self->names[i]);

        reeve_ctl_fail ("there is no kind '%s'; there are %s", shown, all->str);
        return FALSE;
      }
  return TRUE;
}

/* ---- the agent ---- */

static gboolean
reeve_ctl_metrics_get_kinds (ReeveCtlMetrics *self)
{
  g_autoptr (GVariant) answer =
      reeve_ctl_call (self->ctl, REEVE_CTL_METRICS, "GetKinds", NULL, G_VARIANT_TYPE ("(aa{sv})"));

  if (answer == NULL)
    return FALSE;
  self->kinds = g_variant_get_child_value (answer, 0);
  return reeve_ctl_metrics_check_names (self);
}

/* @interval: in milliseconds, 0 for a look by itself. NULL: the error was printed. */
static GVariant *
reeve_ctl_metrics_get (ReeveCtlMetrics *self, guint interval)
{
  /* facts do not change while somebody looks */
  gboolean facts = self->watch.seconds == 0 || self->n_names > 0;

  return reeve_ctl_call (self->ctl, REEVE_CTL_METRICS, "GetSample",
                         g_variant_new ("(ub)", interval, facts),
                         G_VARIANT_TYPE (REEVE_CTL_METRICS_SAMPLE));
}

/* ---- as text ---- */

/* (transfer full); NULL when it is not known. */
static char *
reeve_ctl_metrics_format (GVariant *values, GVariant *metric)
{
  g_autoptr (GVariant) value =
      g_variant_lookup_value (values, reeve_ctl_metrics_text (metric, "name"), NULL);

  if (value == NULL)
    return NULL;
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return g_variant_dup_string (value, NULL);
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE))
    return NULL;
  return reeve_ctl_format_value (g_variant_get_double (value),
                                 reeve_ctl_metrics_text (metric, "unit"));
}

/* The one row of a kind without instances: a line for each value. */
static void
reeve_ctl_metrics_append_values (GVariant *metrics, GVariant *values, GString *out)
{
  static const char *const titles[] = { "", "", NULL };
  ReeveCtlTable *table = reeve_ctl_table_new (titles);
  g_autoptr (GString) lines = g_string_new (NULL);

  for (gsize i = 0; i < g_variant_n_children (metrics); i++)
    {
      g_autoptr (GVariant) metric = g_variant_get_child_value (metrics, i);
      g_autofree char *text = reeve_ctl_metrics_format (values, metric);
      const char *cells[] = { reeve_ctl_metrics_text (metric, "title"), text };

      if (text != NULL)
        reeve_ctl_table_add (table, cells);
    }
  reeve_ctl_table_append (table, lines, REEVE_CTL_METRICS_INDENT, 0);
  /* the line of the titles, which are empty */
  g_string_append (out, strchr (lines->str, '\n') + 1);
}

/* A line for each instance. */
static void
reeve_ctl_metrics_append_rows (GVariant *metrics, GPtrArray *rows, GString *out, guint width)
{
  gsize n = g_variant_n_children (metrics);
  g_autoptr (GPtrArray) cells = g_ptr_array_new_with_free_func (g_free);
  ReeveCtlTable *table;

  g_ptr_array_add (cells, g_strdup ("INSTANCE"));
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) metric = g_variant_get_child_value (metrics, i);

      g_ptr_array_add (cells, g_utf8_strup (reeve_ctl_metrics_text (metric, "title"), -1));
    }
  g_ptr_array_add (cells, NULL);
  table = reeve_ctl_table_new ((const char *const *) cells->pdata);
  for (guint row = 0; row < rows->len; row++)
    {
      g_autoptr (GVariant) values = g_variant_get_child_value (g_ptr_array_index (rows, row), 2);
      const char *instance;

      g_ptr_array_set_size (cells, 0);
      g_variant_get_child (g_ptr_array_index (rows, row), 1, "&s", &instance);
      g_ptr_array_add (cells, g_strdup (instance));
      for (gsize i = 0; i < n; i++)
        {
          g_autoptr (GVariant) metric = g_variant_get_child_value (metrics, i);

          g_ptr_array_add (cells, reeve_ctl_metrics_format (values, metric));
        }
      reeve_ctl_table_add (table, (const char *const *) cells->pdata);
    }
  reeve_ctl_table_append (table, out, REEVE_CTL_METRICS_INDENT, width);
}

static void
reeve_ctl_metrics_append_kind (GVariant *kind, GPtrArray *rows, GString *out, guint width)
{
  g_autoptr (GVariant) metrics =
      g_variant_lookup_value (kind, "metrics", G_VARIANT_TYPE ("aa{sv}"));
  g_autofree char *title = reeve_ctl_escape (reeve_ctl_metrics_text (kind, "title"));
  g_autofree char *name = reeve_ctl_escape (reeve_ctl_metrics_text (kind, "name"));
  gboolean instanced = FALSE;

  if (metrics == NULL || rows->len == 0)
    return;
  g_variant_lookup (kind, "instanced", "b", &instanced);
  g_string_append_printf (out, "%s%s (%s)\n", out->len > 0 ? "\n" : "", title, name);
  if (instanced)
    reeve_ctl_metrics_append_rows (metrics, rows, out, width);
  else
    {
      g_autoptr (GVariant) values = g_variant_get_child_value (g_ptr_array_index (rows, 0), 2);

      reeve_ctl_metrics_append_values (metrics, values, out);
    }
}

/* All that is asked for. @width: of the terminal, 0: it has none. */
static void
reeve_ctl_metrics_append (const ReeveCtlMetrics *self, GVariant *sample, GString *out, guint width)
{
  g_autoptr (GVariant) rows = g_variant_get_child_value (sample, 1);

  for (gsize i = 0; i < g_variant_n_children (self->kinds); i++)
    {
      g_autoptr (GVariant) kind = g_variant_get_child_value (self->kinds, i);
      g_autoptr (GPtrArray) found =
          g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
      const char *name = reeve_ctl_metrics_text (kind, "name");

      if (!reeve_ctl_metrics_wants (self, name))
        continue;
      for (gsize j = 0; j < g_variant_n_children (rows); j++)
        {
          GVariant *row = g_variant_get_child_value (rows, j);
          const char *of;

          g_ptr_array_add (found, row);
          g_variant_get_child (row, 0, "&s", &of);
          if (strcmp (of, name) != 0)
            g_ptr_array_remove_index (found, found->len - 1);
        }
      reeve_ctl_metrics_append_kind (kind, found, out, width);
    }
}

/* ---- as JSON ---- */

static void
reeve_ctl_metrics_print_json (const ReeveCtlMetrics *self, GVariant *sample)
{
  g_autoptr (GVariant) rows = g_variant_get_child_value (sample, 1);
  g_autoptr (GVariant) value = NULL;
  GVariantBuilder list;
  double time;

  g_variant_get_child (sample, 0, "d", &time);
  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa{sv}"));
  for (gsize i = 0; i < g_variant_n_children (rows); i++)
    {
      g_autoptr (GVariant) row = g_variant_get_child_value (rows, i);
      g_autoptr (GVariant) values = g_variant_get_child_value (row, 2);
      const char *kind, *instance;

      g_variant_get (row, "(&s&s@a{sv})", &kind, &instance, NULL);
      if (reeve_ctl_metrics_wants (self, kind))
        g_variant_builder_add_parsed (&list,
                                      "{'kind': <%s>, 'instance': <%s>, 'metrics': <%@a{sv}>}",
                                      kind, instance, values);
    }
  value = g_variant_ref_sink (g_variant_new_parsed ("{'time': <%d>, 'rows': <%@aa{sv}>}", time,
                                                    g_variant_builder_end (&list)));
  reeve_ctl_print_json (value);
}

/* ---- looking ---- */

static void
reeve_ctl_metrics_print (const ReeveCtlMetrics *self, GVariant *sample, guint width)
{
  g_autoptr (GString) out = g_string_new (NULL);

  if (self->ctl->json)
    {
      reeve_ctl_metrics_print_json (self, sample);
      return;
    }
  reeve_ctl_metrics_append (self, sample, out, width);
  fputs (out->len > 0 ? out->str : "nothing is measured\n", stdout);
}

/* Shows a look; FALSE: it could not be had, or nobody reads any more. */
static gboolean
reeve_ctl_metrics_look (ReeveCtlMetrics *self, guint interval)
{
  g_autoptr (GVariant) sample = reeve_ctl_metrics_get (self, interval);
  g_autoptr (GString) text = g_string_new (NULL);
  guint width = reeve_ctl_watch_get_width ();

  if (sample == NULL)
    return FALSE;
  if (self->ctl->json)
    {
      reeve_ctl_metrics_print_json (self, sample);
      return fflush (stdout) == 0;
    }
  reeve_ctl_metrics_append (self, sample, text, width);
  if (text->len == 0 && width == 0)
    g_string_append (text, "nothing is measured\n");
  return reeve_ctl_watch_draw (&self->watch, text->str, "name the kinds to see");
}

/* Until a signal ends it. */
static int
reeve_ctl_metrics_watch (ReeveCtlMetrics *self)
{
  guint interval = self->watch.seconds * 1000;
  /* where the rates of the second picture begin */
  g_autoptr (GVariant) first = reeve_ctl_metrics_get (self, interval);
  gboolean terminal = !self->ctl->json && reeve_ctl_watch_get_width () > 0;
  gboolean ok;

  if (first == NULL)
    return REEVE_CTL_FAILED;
  if (terminal)
    fputs ("\033[H\033[2J", stdout);
  ok = reeve_ctl_metrics_look (self, 0);
  while (ok && reeve_ctl_watch_wait (&self->watch))
    ok = reeve_ctl_metrics_look (self, interval);
  if (terminal)
    fputc ('\n', stdout);
  return ok ? REEVE_CTL_OK : REEVE_CTL_FAILED;
}

static int
reeve_ctl_metrics_print_openmetrics (ReeveCtl *ctl)
{
  g_autoptr (GVariant) answer =
      reeve_ctl_call (ctl, REEVE_CTL_METRICS, "GetOpenMetrics", NULL, G_VARIANT_TYPE ("(s)"));
  const char *text;

  if (answer == NULL)
    return REEVE_CTL_FAILED;
  g_variant_get (answer, "(&s)", &text);
  fputs (text, stdout);
  return REEVE_CTL_OK;
}

static int
reeve_ctl_metrics (ReeveCtl *ctl, int argc, char **argv)
{
  ReeveCtlMetrics self = { .ctl = ctl };
  g_autoptr (GVariant) sample = NULL;
  int status = REEVE_CTL_FAILED;

  if (!reeve_ctl_metrics_parse (&self, argc, argv))
    return reeve_ctl_usage (REEVE_CTL_METRICS_USAGE);
  if (self.openmetrics)
    return reeve_ctl_metrics_print_openmetrics (ctl);
  if (self.watch.seconds > 0)
    reeve_ctl_watch_begin (&self.watch);
  if (!reeve_ctl_metrics_get_kinds (&self))
    status = REEVE_CTL_FAILED;
  else if (self.watch.seconds > 0)
    status = reeve_ctl_metrics_watch (&self);
  else
    {
      sample = reeve_ctl_metrics_get (&self, 0);
      if (sample != NULL)
        {
          reeve_ctl_metrics_print (&self, sample, reeve_ctl_watch_get_width ());
          status = REEVE_CTL_OK;
        }
    }
  g_clear_pointer (&self.kinds, g_variant_unref);
  return status;
}

const ReeveCtlCommand reeve_ctl_metrics_commands[] = {
  { "metrics", "[KIND…]", "What the agent of this machine measures", reeve_ctl_metrics, "agent" },
  { .name = NULL },
};
