/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* history: what a system measured, as CSV or JSON. One row for each value, so that nothing has to
 * be known of the columns before they come, and a long range is printed as it is read. */

#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/ctl/reeve-ctl-csv.h"
#include "core/ctl/reeve-ctl.h"

#define REEVE_CTL_HISTORY_USAGE                                                                    \
  "history SYSTEM [KIND]... [--from=WHEN] [--to=WHEN] [--points=N|all]"
#define REEVE_CTL_HISTORY_ANSWER "(dddadaa{sv})"
/* The most of one answer; and the part of a range that is asked for at once when all is wanted: the
 * finest step is a second. */
#define REEVE_CTL_HISTORY_MAX_POINTS 4000
#define REEVE_CTL_HISTORY_PART_S 3600.0
#define REEVE_CTL_HISTORY_DEFAULT_RANGE_S 3600.0

typedef struct
{
  ReeveCtl *ctl;
  const char *which;
  GString *kinds; /* with commas between */
  double from;
  double to;
  guint points; /* 0: what the hub thinks */
  gboolean all;
} ReeveCtlHistory;

static gboolean
reeve_ctl_history_parse_one (ReeveCtlHistory *self, const char *argument)
{
  guint64 points;

  if (!g_utf8_validate (argument, -1, NULL))
    return FALSE;
  if (g_str_has_prefix (argument, "--from="))
    return reeve_ctl_parse_time (argument + strlen ("--from="), &self->from);
  if (g_str_has_prefix (argument, "--to="))
    return reeve_ctl_parse_time (argument + strlen ("--to="), &self->to);
  if (strcmp (argument, "--points=all") == 0)
    {
      self->all = TRUE;
      return TRUE;
    }
  if (g_str_has_prefix (argument, "--points="))
    {
      if (!g_ascii_string_to_unsigned (argument + strlen ("--points="), 10, 1,
                                       REEVE_CTL_HISTORY_MAX_POINTS, &points, NULL))
        return FALSE;
      self->points = (guint) points;
      return TRUE;
    }
  if (*argument == '-' || *argument == '\0' || strchr (argument, ',') != NULL)
    return FALSE;
  if (self->which == NULL)
    self->which = argument;
  else
    g_string_append_printf (self->kinds, "%s%s", self->kinds->len > 0 ? "," : "", argument);
  return TRUE;
}

/* ---- output ---- */

static void
reeve_ctl_history_add_series (ReeveCtlCsv *csv, GVariant *times, GVariant *series)
{
  g_autoptr (GVariant) values = g_variant_lookup_value (series, "values", G_VARIANT_TYPE ("ad"));
  const char *kind = "", *instance = "", *metric = "";
  gsize n_times, n_values;
  const double *time = g_variant_get_fixed_array (times, &n_times, sizeof (double));
  const double *value;

  if (values == NULL)
    return;
  value = g_variant_get_fixed_array (values, &n_values, sizeof (double));
  g_variant_lookup (series, "kind", "&s", &kind);
  g_variant_lookup (series, "instance", "&s", &instance);
  g_variant_lookup (series, "metric", "&s", &metric);
  for (gsize i = 0; i < MIN (n_times, n_values); i++)
    {
      g_autofree char *when = NULL;

      if (!isfinite (value[i]))
        continue;
      when = reeve_ctl_format_utc (time[i]);
      reeve_ctl_csv_add (csv, when);
      reeve_ctl_csv_add (csv, kind);
      reeve_ctl_csv_add (csv, instance);
      reeve_ctl_csv_add (csv, metric);
      reeve_ctl_csv_add_number (csv, value[i]);
      reeve_ctl_csv_end (csv);
    }
}

static void
reeve_ctl_history_print_csv (GVariant *answer)
{
  g_autoptr (GString) out = g_string_new (NULL);
  ReeveCtlCsv csv = REEVE_CTL_CSV_INIT (out);
  g_autoptr (GVariant) times = g_variant_get_child_value (answer, 3);
  g_autoptr (GVariant) all = g_variant_get_child_value (answer, 4);

  for (gsize i = 0; i < g_variant_n_children (all); i++)
    {
      g_autoptr (GVariant) series = g_variant_get_child_value (all, i);

      reeve_ctl_history_add_series (&csv, times, series);
    }
  fputs (out->str, stdout);
}

static void
reeve_ctl_history_print_json (GVariant *answer)
{
  static const char *const names[] = { "from", "to", "step", "times", "series" };
  g_autoptr (GVariant) named = NULL;
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GVariant) value = g_variant_get_child_value (answer, i);

      g_variant_dict_insert_value (&dict, names[i], value);
    }
  named = g_variant_ref_sink (g_variant_dict_end (&dict));
  reeve_ctl_print_json (named);
}

/* ---- asking ---- */

static gboolean
reeve_ctl_history_print_part (ReeveCtlHistory *self, const char *id, double from, double to,
                              guint points)
{
  g_autoptr (GVariant) answer =
      reeve_ctl_call (self->ctl, "org.reeve.Fleet1", "GetHistory",
                      g_variant_new ("(sddusb)", id, from, to, points, self->kinds->str, FALSE),
                      G_VARIANT_TYPE (REEVE_CTL_HISTORY_ANSWER));

  if (answer == NULL)
    return FALSE;
  if (self->ctl->json)
    reeve_ctl_history_print_json (answer);
  else
    reeve_ctl_history_print_csv (answer);
  return fflush (stdout) == 0;
}

/* Part by part, each printed before the next is asked for: what it holds does not grow. */
static gboolean
reeve_ctl_history_print_all (ReeveCtlHistory *self, const char *id)
{
  /* lint: allow clock: a command line has no loop and no clock to drive */
  double to = self->to > 0 ? self->to : g_get_real_time () / 1e6;
  double from = self->from > 0 ? self->from : to - REEVE_CTL_HISTORY_DEFAULT_RANGE_S;

  for (; from < to; from += REEVE_CTL_HISTORY_PART_S)
    if (!reeve_ctl_history_print_part (self, id, from, MIN (from + REEVE_CTL_HISTORY_PART_S, to),
                                       REEVE_CTL_HISTORY_MAX_POINTS))
      return FALSE;
  return TRUE;
}

static int
reeve_ctl_history_run (ReeveCtlHistory *self)
{
  static const char *const titles[] = { "time", "kind", "instance", "metric", "value", NULL };
  g_autofree char *id = reeve_ctl_systems_find (self->ctl, self->which);
  gboolean ok;

  if (id == NULL)
    return REEVE_CTL_FAILED;
  if (!self->ctl->json)
    {
      g_autoptr (GString) out = g_string_new (NULL);
      ReeveCtlCsv csv = REEVE_CTL_CSV_INIT (out);

      reeve_ctl_csv_add_row (&csv, titles);
      fputs (out->str, stdout);
    }
  ok = self->all ? reeve_ctl_history_print_all (self, id)
                 : reeve_ctl_history_print_part (self, id, self->from, self->to, self->points);
  return ok ? REEVE_CTL_OK : REEVE_CTL_FAILED;
}

static int
reeve_ctl_history (ReeveCtl *ctl, int argc, char **argv)
{
  g_autoptr (GString) kinds = g_string_new (NULL);
  ReeveCtlHistory self = { .ctl = ctl, .kinds = kinds };

  for (int i = 0; i < argc; i++)
    if (!reeve_ctl_history_parse_one (&self, argv[i]))
      return reeve_ctl_usage (REEVE_CTL_HISTORY_USAGE);
  if (self.which == NULL)
    return reeve_ctl_usage (REEVE_CTL_HISTORY_USAGE);
  return reeve_ctl_history_run (&self);
}

const ReeveCtlCommand reeve_ctl_history_commands[] = {
  { "history", "SYSTEM [KIND]...", "What a system measured, as CSV or JSON", reeve_ctl_history },
  { .name = NULL },
};
