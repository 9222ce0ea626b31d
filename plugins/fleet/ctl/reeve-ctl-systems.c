/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* systems: the fleet from the command line, what it shows. */

#include "config.h"

#include "reeve-ctl-systems.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/ctl/reeve-ctl-csv.h"
#include "core/ctl/reeve-ctl-watch.h"

/* Of one answer of the hub. */
#define REEVE_CTL_SYSTEMS_PAGE 1000
#define REEVE_CTL_SYSTEMS_LIST "systems list [--sort=[-]KEY] [--csv] [--watch[=SECONDS]] [WORD...]"

static const char *
reeve_ctl_systems_text (GVariant *row, const char *key)
{
  const char *text = "";

  g_variant_lookup (row, key, "&s", &text);
  return text;
}

/* NaN when it is not known. */
static double
reeve_ctl_systems_value (GVariant *row, const char *name)
{
  g_autoptr (GVariant) values = g_variant_lookup_value (row, "values", G_VARIANT_TYPE ("a{sd}"));
  double value = NAN;

  if (values != NULL)
    g_variant_lookup (values, name, "d", &value);
  return value;
}

/* "12.5 %" of a ratio; NULL when it is not known. */
static char *
reeve_ctl_systems_percent (GVariant *row, const char *name)
{
  double value = reeve_ctl_systems_value (row, name);

  return isnan (value) ? NULL : g_strdup_printf ("%.1f %%", value * 100);
}

/* "production role=db". (transfer full) */
static char *
reeve_ctl_systems_labels (GVariant *row)
{
  g_autoptr (GVariant) labels = g_variant_lookup_value (row, "labels", G_VARIANT_TYPE ("a{ss}"));
  GString *text = g_string_new (NULL);
  GVariantIter iter;
  const char *key, *value;

  if (labels == NULL)
    return g_string_free (text, FALSE);
  g_variant_iter_init (&iter, labels);
  while (g_variant_iter_next (&iter, "{&s&s}", &key, &value))
    g_string_append_printf (text, "%s%s%s%s", text->len > 0 ? " " : "", key,
                            *value != '\0' ? "=" : "", value);
  return g_string_free (text, FALSE);
}

/* All that match, page by page; NULL: the error was printed. (transfer full) of GVariant */
static GPtrArray *
reeve_ctl_systems_get (ReeveCtl *ctl, const char *filter, const char *sort)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  guint total = 1;

  for (guint offset = 0; offset < total; offset += REEVE_CTL_SYSTEMS_PAGE)
    {
      g_autoptr (GVariant) answer =
          reeve_ctl_call (ctl, REEVE_CTL_FLEET, "ListSystems",
                          g_variant_new ("(ssuu)", filter, sort, offset, REEVE_CTL_SYSTEMS_PAGE),
                          G_VARIANT_TYPE ("(aa{sv}ua{su})"));
      g_autoptr (GVariant) page = NULL;

      if (answer == NULL)
        return NULL;
      g_variant_get (answer, "(@aa{sv}ua{su})", &page, &total, NULL);
      for (gsize i = 0; i < g_variant_n_children (page); i++)
        g_ptr_array_add (rows, g_variant_get_child_value (page, i));
    }
  return g_steal_pointer (&rows);
}

/* ---- list ---- */

typedef struct
{
  ReeveCtlWatch watch;
  const char *sort;
  char *filter;
  gboolean csv;
} ReeveCtlSystemsList;

static void
reeve_ctl_systems_append_table (GPtrArray *rows, GString *out, gboolean watch, guint width)
{
  static const char *const titles[] = { "NAME",   "STATE", "CPU",    "MEMORY", "DISK", "AGENT",
                                        "REMOTE", "SINCE", "LABELS", "ID",     NULL };
  ReeveCtlTable *table = reeve_ctl_table_new (titles);

  for (guint i = 0; i < rows->len; i++)
    {
      GVariant *row = g_ptr_array_index (rows, i);
      g_autofree char *cpu = reeve_ctl_systems_percent (row, "cpu.usage");
      g_autofree char *memory = reeve_ctl_systems_percent (row, "memory.usage");
      g_autofree char *disk = reeve_ctl_systems_percent (row, "filesystem.usage");
      g_autofree char *labels = reeve_ctl_systems_labels (row);
      g_autofree char *age = NULL;
      double since = 0;

      g_variant_lookup (row, "since", "d", &since);
      age = reeve_ctl_format_age (since);
      {
        const char *cells[] = { reeve_ctl_systems_text (row, "name"),
                                reeve_ctl_systems_text (row, "state"),
                                cpu,
                                memory,
                                disk,
                                reeve_ctl_systems_text (row, "agent_version"),
                                reeve_ctl_systems_text (row, "remote"),
                                age,
                                labels,
                                reeve_ctl_systems_text (row, "id") };

        reeve_ctl_table_add (table, cells);
      }
    }
  if (watch)
    reeve_ctl_table_append (table, out, 0, width);
  else
    reeve_ctl_table_append_all (table, out);
}

static void
reeve_ctl_systems_append_csv (GPtrArray *rows, GString *out)
{
  static const char *const titles[] = { "id",     "name",      "state",         "since",
                                        "last",   "hostname",  "agent_version", "remote",
                                        "labels", "cpu.usage", "memory.usage",  "filesystem.usage",
                                        NULL };
  ReeveCtlCsv csv = REEVE_CTL_CSV_INIT (out);

  reeve_ctl_csv_add_row (&csv, titles);
  for (guint i = 0; i < rows->len; i++)
    {
      GVariant *row = g_ptr_array_index (rows, i);
      g_autofree char *labels = reeve_ctl_systems_labels (row);

      for (guint j = 0; titles[j] != NULL; j++)
        {
          double number = NAN;

          if (strcmp (titles[j], "labels") == 0)
            reeve_ctl_csv_add (&csv, labels);
          else if (strchr (titles[j], '.') != NULL)
            reeve_ctl_csv_add_number (&csv, reeve_ctl_systems_value (row, titles[j]));
          else if (strcmp (titles[j], "since") != 0 && strcmp (titles[j], "last") != 0)
            reeve_ctl_csv_add (&csv, reeve_ctl_systems_text (row, titles[j]));
          else
            {
              g_variant_lookup (row, titles[j], "d", &number);
              reeve_ctl_csv_add_number (&csv, number);
            }
        }
      reeve_ctl_csv_end (&csv);
    }
}

static gboolean
reeve_ctl_systems_look (ReeveCtl *ctl, GString *out, guint width, gpointer user_data)
{
  ReeveCtlSystemsList *self = user_data;
  g_autoptr (GPtrArray) rows = reeve_ctl_systems_get (ctl, self->filter, self->sort);
  g_autoptr (GVariant) value = NULL;

  if (rows == NULL)
    return FALSE;
  if (ctl->json)
    {
      value = g_variant_ref_sink (
          g_variant_new_array (G_VARIANT_TYPE_VARDICT, (GVariant *const *) rows->pdata, rows->len));
      reeve_ctl_print_json (value);
    }
  else if (self->csv)
    reeve_ctl_systems_append_csv (rows, out);
  else
    reeve_ctl_systems_append_table (rows, out, self->watch.seconds > 0, width);
  return TRUE;
}

static int
reeve_ctl_systems_list (ReeveCtl *ctl, int argc, char **argv)
{
  ReeveCtlSystemsList self = { .sort = "" };
  g_autoptr (GString) filter = g_string_new (NULL);
  gboolean ok = TRUE;

  for (int i = 0; i < argc; i++)
    if (strcmp (argv[i], "--csv") == 0)
      self.csv = TRUE;
    else if (g_str_has_prefix (argv[i], "--sort="))
      self.sort = argv[i] + strlen ("--sort=");
    else if (reeve_ctl_watch_parse (&self.watch, argv[i]))
      ok = ok && self.watch.seconds > 0;
    else if (argv[i][0] == '-' || !g_utf8_validate (argv[i], -1, NULL))
      ok = FALSE;
    else
      g_string_append_printf (filter, "%s ", argv[i]);
  if (!ok || (self.csv && (ctl->json || self.watch.seconds > 0)) ||
      !g_utf8_validate (self.sort, -1, NULL))
    return reeve_ctl_usage (REEVE_CTL_SYSTEMS_LIST);
  self.filter = filter->str;
  return reeve_ctl_watch_run (&self.watch, ctl, reeve_ctl_systems_look, &self);
}

/* ---- one ---- */

GVariant *
reeve_ctl_systems_find_row (ReeveCtl *ctl, const char *which)
{
  g_autofree char *shown = NULL;
  g_autofree char *first = NULL;
  g_autoptr (GPtrArray) rows = NULL;

  if (!g_utf8_validate (which, -1, NULL))
    {
      reeve_ctl_fail ("the system's name is not valid UTF-8");
      return NULL;
    }
  /* the id and the first word of the name are among what the filter looks at; a word that means
   * something to the filter has a colon */
  first = g_strndup (which, strcspn (which, " \t\n"));
  rows = reeve_ctl_systems_get (ctl, strchr (first, ':') == NULL ? first : "", "");
  if (rows == NULL)
    return NULL;
  for (guint i = 0; i < rows->len; i++)
    if (strcmp (reeve_ctl_systems_text (g_ptr_array_index (rows, i), "name"), which) == 0)
      return g_variant_ref (g_ptr_array_index (rows, i));
  for (guint i = 0; i < rows->len; i++)
    if (strcmp (reeve_ctl_systems_text (g_ptr_array_index (rows, i), "id"), which) == 0)
      return g_variant_ref (g_ptr_array_index (rows, i));
  shown = reeve_ctl_escape (which);
  reeve_ctl_fail ("there is no system '%s'; 'reevectl systems list' shows them", shown);
  return NULL;
}

char *
reeve_ctl_systems_find (ReeveCtl *ctl, const char *which)
{
  g_autoptr (GVariant) row = reeve_ctl_systems_find_row (ctl, which);

  return row != NULL ? g_strdup (reeve_ctl_systems_text (row, "id")) : NULL;
}

/* What others wrote may hold anything: control characters must not reach the terminal, newlines
 * may. */
void
reeve_ctl_systems_print_text (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_autofree char *shown = reeve_ctl_escape (lines[i]);

      if (lines[i + 1] != NULL || *shown != '\0')
        printf ("%s\n", shown);
    }
}

static void
reeve_ctl_systems_print_line (const char *title, const char *text)
{
  g_autofree char *shown = reeve_ctl_escape (text);

  if (*text != '\0')
    printf ("%-15s %s\n", title, shown);
}

static void
reeve_ctl_systems_print_facts (GVariant *facts)
{
  GVariantIter iter;
  const char *name;
  GVariant *value;

  g_variant_iter_init (&iter, facts);
  while (g_variant_iter_loop (&iter, "{&sv}", &name, &value))
    {
      g_autofree char *number = g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE)
                                    ? g_strdup_printf ("%.15g", g_variant_get_double (value))
                                    : NULL;

      if (number != NULL || g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
        reeve_ctl_systems_print_line (name,
                                      number != NULL ? number : g_variant_get_string (value, NULL));
    }
}

static void
reeve_ctl_systems_print_row (GVariant *row)
{
  static const char *const keys[] = { "name",   "id",        "state",        "hostname",
                                      "remote", "transport", "agent_version" };
  g_autofree char *labels = reeve_ctl_systems_labels (row);
  double when = 0;

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    reeve_ctl_systems_print_line (keys[i], reeve_ctl_systems_text (row, keys[i]));
  if (g_variant_lookup (row, "since", "d", &when))
    {
      g_autofree char *since = reeve_ctl_format_age (when);

      reeve_ctl_systems_print_line ("since", since);
    }
  if (g_variant_lookup (row, "last", "d", &when))
    {
      g_autofree char *last = reeve_ctl_format_age (when);

      reeve_ctl_systems_print_line ("last sample", last);
    }
  reeve_ctl_systems_print_line ("labels", labels);
}

static int
reeve_ctl_systems_show (ReeveCtl *ctl, int argc, char **argv)
{
  g_autofree char *id = NULL;
  g_autoptr (GVariant) answer = NULL, row = NULL, facts = NULL, value = NULL;
  const char *note;

  if (argc != 1)
    return reeve_ctl_usage ("systems show SYSTEM");
  id = reeve_ctl_systems_find (ctl, argv[0]);
  if (id == NULL)
    return REEVE_CTL_FAILED;
  answer = reeve_ctl_call (ctl, REEVE_CTL_FLEET, "GetSystem", g_variant_new ("(s)", id),
                           G_VARIANT_TYPE ("(a{sv}a{sv}s)"));
  if (answer == NULL)
    return REEVE_CTL_FAILED;
  g_variant_get (answer, "(@a{sv}@a{sv}&s)", &row, &facts, &note);
  if (ctl->json)
    {
      value = g_variant_ref_sink (
          g_variant_new_parsed ("{'system': <%@a{sv}>, 'facts': <%@a{sv}>, 'note': <%s>}", row,
                                facts, note));
      reeve_ctl_print_json (value);
      return REEVE_CTL_OK;
    }
  reeve_ctl_systems_print_row (row);
  reeve_ctl_systems_print_facts (facts);
  if (*note != '\0')
    {
      printf ("\n");
      reeve_ctl_systems_print_text (note);
    }
  return REEVE_CTL_OK;
}

const ReeveCtlCommand reeve_ctl_systems_commands[] = {
  { "systems list", "[--sort=KEY] [--csv] [--watch] [WORD...]", "The systems and how they are",
    reeve_ctl_systems_list },
  { "systems show", "SYSTEM", "All that is known of a system", reeve_ctl_systems_show },
  { "systems add", "NAME", "Make a system, print its token and what its agent needs",
    reeve_ctl_systems_add },
  { "systems rename", "SYSTEM NAME", "Give a system another name", reeve_ctl_systems_rename },
  { "systems label", "SYSTEM [KEY[=VALUE]|KEY-]...", "Show labels, set them, take them off (KEY-)",
    reeve_ctl_systems_label },
  { "systems note", "SYSTEM [TEXT|-]", "Show the note, or write it (- reads it)",
    reeve_ctl_systems_note },
  { "systems remove", "SYSTEM", "Forget a system and its history", reeve_ctl_systems_remove },
  { "systems pause", "SYSTEM", "Ask a system nothing until it is resumed",
    reeve_ctl_systems_pause },
  { "systems resume", "SYSTEM", "End a pause", reeve_ctl_systems_resume },
  { "systems rotate", "SYSTEM", "Make a new token, print it; the old one ends",
    reeve_ctl_systems_rotate },
  { "systems ask", "SYSTEM VERB [KEY=TEXT]...",
    "Ask a system's agent for something that it has unlocked", reeve_ctl_systems_ask },
  { "systems reset", "SYSTEM", "Forget the pinned agent of a system; the next one is pinned",
    reeve_ctl_systems_reset },
  { .name = NULL },
};
