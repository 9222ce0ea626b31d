/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* status: the daemons of this machine on a page. Only what every daemon has is asked for as if it
 * must be there; links, systems and the machine's figures are shown by those that have them. */

#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "reeve-ctl.h"

#define REEVE_CTL_HOST "org.reeve.Host1"
/* Events that are looked through for links: all that a daemon keeps at hand. */
#define REEVE_CTL_STATUS_EVENTS 1024

static const char *
reeve_ctl_status_lookup (GVariant *dict, const char *key)
{
  const char *text = "";

  g_variant_lookup (dict, key, "&s", &text);
  return text;
}

/* "title      text", escaped. */
static void
reeve_ctl_status_append_line (GString *out, const char *title, const char *text)
{
  g_autofree char *shown = reeve_ctl_escape (text);

  g_string_append_printf (out, "%-10s %s\n", title, shown);
}

/* The one value of an answer; NULL: there is no such operation here. */
static GVariant *
reeve_ctl_status_ask (ReeveCtl *ctl, const char *interface, const char *method, GVariant *arguments,
                      const char *type)
{
  g_autoptr (GVariant) answer =
      reeve_ctl_try_call (ctl, interface, method, arguments, G_VARIANT_TYPE (type), NULL);

  return answer != NULL ? g_variant_get_child_value (answer, 0) : NULL;
}

/* ---- parts ---- */

static void
reeve_ctl_status_append_host (GVariant *status, GString *out)
{
  static const char *const keys[] = { "role", "version", "state", "state_dir", NULL };
  double started = 0;

  for (guint i = 0; keys[i] != NULL; i++)
    {
      g_autofree char *title = g_strdup (keys[i]);
      const char *text = reeve_ctl_status_lookup (status, keys[i]);

      if (*text != '\0')
        reeve_ctl_status_append_line (out, g_strdelimit (title, "_", ' '), text);
    }
  if (g_variant_lookup (status, "started", "d", &started))
    {
      g_autofree char *age = reeve_ctl_format_age (started);

      reeve_ctl_status_append_line (out, "started", age);
    }
}

/* Those that do not run, and why. */
static void
reeve_ctl_status_append_plugins (ReeveCtl *ctl, GString *out)
{
  g_autoptr (GVariant) plugins =
      reeve_ctl_status_ask (ctl, REEVE_CTL_HOST, "ListPlugins", NULL, "(aa{sv})");
  gsize n = plugins != NULL ? g_variant_n_children (plugins) : 0;

  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) plugin = g_variant_get_child_value (plugins, i);
      const char *error = reeve_ctl_status_lookup (plugin, "error");
      g_autofree char *text =
          g_strdup_printf ("%s is %s%s%s", reeve_ctl_status_lookup (plugin, "name"),
                           reeve_ctl_status_lookup (plugin, "state"), *error != '\0' ? ": " : "",
                           error);

      if (strcmp (reeve_ctl_status_lookup (plugin, "state"), "running") != 0)
        reeve_ctl_status_append_line (out, "plugin", text);
    }
}

/* What each end of links said last of its own. */
void
reeve_ctl_status_append_links (ReeveCtl *ctl, GString *out)
{
  g_autoptr (GVariant) events =
      reeve_ctl_status_ask (ctl, REEVE_CTL_HOST, "ListRecent",
                            g_variant_new ("(u)", REEVE_CTL_STATUS_EVENTS), "(aa{sv})");
  g_autoptr (GHashTable) told = g_hash_table_new (g_str_hash, g_str_equal);
  gsize n = events != NULL ? g_variant_n_children (events) : 0;

  while (n-- > 0)
    {
      g_autoptr (GVariant) event = g_variant_get_child_value (events, n);
      const char *source = reeve_ctl_status_lookup (event, "source");
      g_autofree char *age = NULL;
      g_autofree char *text = NULL;
      double time = 0;

      if (strcmp (reeve_ctl_status_lookup (event, "category"), "link") != 0 ||
          !g_hash_table_add (told, (gpointer) g_intern_string (source)))
        continue;
      g_variant_lookup (event, "time", "d", &time);
      age = reeve_ctl_format_age (time);
      text = g_strdup_printf ("%s: %s, %s", source, reeve_ctl_status_lookup (event, "text"), age);
      reeve_ctl_status_append_line (out, "link", text);
    }
  if (events != NULL && g_hash_table_size (told) == 0)
    reeve_ctl_status_append_line (out, "link", "none since the start");
}

/* How many systems are how. */
void
reeve_ctl_status_append_systems (ReeveCtl *ctl, GString *out)
{
  g_autoptr (GVariant) answer = reeve_ctl_try_call (ctl, "org.reeve.Fleet1", "ListSystems",
                                                    g_variant_new ("(ssuu)", "", "", 0, 1),
                                                    G_VARIANT_TYPE ("(aa{sv}ua{su})"), NULL);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GVariant) states = NULL;
  GVariantIter iter;
  const char *state;
  guint count;

  if (answer == NULL)
    return;
  states = g_variant_get_child_value (answer, 2);
  g_variant_iter_init (&iter, states);
  while (g_variant_iter_next (&iter, "{&su}", &state, &count))
    g_string_append_printf (text, "%s%u %s", text->len > 0 ? ", " : "", count, state);
  reeve_ctl_status_append_line (out, "systems", text->len > 0 ? text->str : "none");
}

/* ---- the machine ---- */

/* NaN when it is not known. */
static double
reeve_ctl_status_find (GVariant *rows, const char *kind, const char *instance, const char *metric)
{
  for (gsize i = 0; i < g_variant_n_children (rows); i++)
    {
      g_autoptr (GVariant) row = g_variant_get_child_value (rows, i);
      g_autoptr (GVariant) values = g_variant_get_child_value (row, 2);
      const char *of, *name;
      double value;

      g_variant_get (row, "(&s&s@a{sv})", &of, &name, NULL);
      if (strcmp (of, kind) == 0 && strcmp (name, instance) == 0)
        return g_variant_lookup (values, metric, "d", &value) ? value : NAN;
    }
  return NAN;
}

/* "1.2 GiB of 4.0 GiB" */
static void
reeve_ctl_status_append_share (GString *out, const char *title, GVariant *rows, const char *kind,
                               const char *instance)
{
  double total = reeve_ctl_status_find (rows, kind, instance, "total");
  double used = reeve_ctl_status_find (rows, kind, instance, "used");
  g_autofree char *of = NULL;
  g_autofree char *text = NULL;
  g_autofree char *line = NULL;

  if (isnan (total) || isnan (used))
    return;
  of = reeve_ctl_format_value (total, "bytes");
  text = reeve_ctl_format_value (used, "bytes");
  line = g_strdup_printf ("%s of %s", text, of);
  reeve_ctl_status_append_line (out, title, line);
}

static void
reeve_ctl_status_append_value (GString *out, const char *title, double value, const char *unit)
{
  g_autofree char *text = isnan (value) ? NULL : reeve_ctl_format_value (value, unit);

  if (text != NULL)
    reeve_ctl_status_append_line (out, title, text);
}

static void
reeve_ctl_status_append_machine (ReeveCtl *ctl, GString *out)
{
  g_autoptr (GVariant) answer =
      reeve_ctl_try_call (ctl, "org.reeve.Metrics1", "GetSample", g_variant_new ("(ub)", 0, FALSE),
                          G_VARIANT_TYPE ("(da(ssa{sv}))"), NULL);
  g_autoptr (GVariant) rows = answer != NULL ? g_variant_get_child_value (answer, 1) : NULL;
  double one;

  if (rows == NULL)
    return;
  reeve_ctl_status_append_value (out, "CPU", reeve_ctl_status_find (rows, "cpu", "", "usage"),
                                 "ratio");
  reeve_ctl_status_append_share (out, "memory", rows, "memory", "");
  reeve_ctl_status_append_share (out, "root", rows, "filesystem", "/");
  one = reeve_ctl_status_find (rows, "load", "", "one");
  if (!isnan (one))
    {
      g_autofree char *load =
          g_strdup_printf ("%.2f %.2f %.2f", one, reeve_ctl_status_find (rows, "load", "", "five"),
                           reeve_ctl_status_find (rows, "load", "", "fifteen"));

      reeve_ctl_status_append_line (out, "load", load);
    }
  reeve_ctl_status_append_value (out, "uptime",
                                 reeve_ctl_status_find (rows, "system", "", "uptime"), "seconds");
}

/* ---- the command ---- */

/* NULL: the error was printed. */
static GVariant *
reeve_ctl_status_get (ReeveCtl *ctl)
{
  g_autoptr (GVariant) answer =
      reeve_ctl_call (ctl, REEVE_CTL_HOST, "GetStatus", NULL, G_VARIANT_TYPE ("(a{sv})"));

  return answer != NULL ? g_variant_get_child_value (answer, 0) : NULL;
}

static void
reeve_ctl_status_append (ReeveCtl *ctl, GVariant *status, GString *out)
{
  reeve_ctl_status_append_host (status, out);
  reeve_ctl_status_append_plugins (ctl, out);
  if (strcmp (reeve_ctl_status_lookup (status, "role"), "agent") == 0)
    reeve_ctl_status_append_links (ctl, out);
  reeve_ctl_status_append_systems (ctl, out);
  reeve_ctl_status_append_machine (ctl, out);
}

static int
reeve_ctl_status_of_one (ReeveCtl *ctl)
{
  g_autoptr (GVariant) status = reeve_ctl_status_get (ctl);
  g_autoptr (GString) out = g_string_new (NULL);

  if (status == NULL)
    return REEVE_CTL_FAILED;
  if (ctl->json)
    {
      reeve_ctl_print_json (status);
      return REEVE_CTL_OK;
    }
  reeve_ctl_status_append (ctl, status, out);
  fputs (out->str, stdout);
  return REEVE_CTL_OK;
}

/* The hub, the agent or both. A list in JSON, so that its shape says nothing of what runs. */
static int
reeve_ctl_status_of_all (ReeveCtl *ctl)
{
  static const char *const roles[] = { "hub", "agent" };
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) refusal = NULL;
  g_autoptr (GVariant) list = NULL;
  GVariantBuilder all;

  g_variant_builder_init (&all, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < G_N_ELEMENTS (roles); i++)
    {
      g_auto (ReeveCtl) one = { 0 };
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) status = NULL;

      reeve_ctl_init_role (&one, ctl, roles[i]);
      if (reeve_ctl_connect (&one, &error))
        status = reeve_ctl_status_get (&one);
      else if (refusal == NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
        refusal = g_steal_pointer (&error);
      if (status == NULL)
        continue;
      g_variant_builder_add_value (&all, status);
      if (!ctl->json)
        {
          g_string_append (out, out->len > 0 ? "\n" : "");
          reeve_ctl_status_append (&one, status, out);
        }
    }
  list = g_variant_ref_sink (g_variant_builder_end (&all));
  if (g_variant_n_children (list) == 0)
    {
      g_autofree char *text = refusal != NULL ? reeve_ctl_escape (refusal->message) : NULL;

      return text != NULL ? reeve_ctl_fail ("%s", text)
                          : reeve_ctl_fail ("neither a hub nor an agent answers on this machine: "
                                            "start one, or name its state directory with "
                                            "--state-dir");
    }
  if (ctl->json)
    reeve_ctl_print_json (list);
  else
    fputs (out->str, stdout);
  return REEVE_CTL_OK;
}

int
reeve_ctl_status (ReeveCtl *ctl, int argc, G_GNUC_UNUSED char **argv)
{
  if (argc > 0)
    return reeve_ctl_usage ("status");
  return ctl->chosen ? reeve_ctl_status_of_one (ctl) : reeve_ctl_status_of_all (ctl);
}
