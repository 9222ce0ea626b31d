/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* jobs: what a daemon does beside its answers. */

#include "config.h"

#include <string.h>

#include "reeve-ctl-watch.h"

#define REEVE_CTL_HOST "org.reeve.Host1"

static void
reeve_ctl_jobs_add (ReeveCtlTable *table, GVariant *job)
{
  const char *id = "", *state = "", *title = "", *step = "", *error = "";
  g_autofree char *progress = NULL;
  g_autofree char *began = NULL;
  double share = 0, when = 0;

  g_variant_lookup (job, "id", "&s", &id);
  g_variant_lookup (job, "state", "&s", &state);
  g_variant_lookup (job, "title", "&s", &title);
  g_variant_lookup (job, "step", "&s", &step);
  g_variant_lookup (job, "error", "&s", &error);
  g_variant_lookup (job, "progress", "d", &share);
  g_variant_lookup (job, "began", "d", &when);
  progress = g_strdup_printf ("%.0f %%", share * 100);
  began = reeve_ctl_format_age (when);
  {
    const char *cells[] = { title, state, progress, began, *error != '\0' ? error : step, id };

    reeve_ctl_table_add (table, cells);
  }
}

static gboolean
reeve_ctl_jobs_look (ReeveCtl *ctl, GString *out, guint width, gpointer user_data)
{
  static const char *const titles[] = { "JOB", "STATE", "PROGRESS", "BEGAN", "WHAT", "ID", NULL };
  g_autoptr (GVariant) answer =
      reeve_ctl_call (ctl, REEVE_CTL_HOST, "ListJobs", NULL, G_VARIANT_TYPE ("(aa{sv})"));
  g_autoptr (GVariant) jobs = NULL;
  ReeveCtlTable *table;

  if (answer == NULL)
    return FALSE;
  jobs = g_variant_get_child_value (answer, 0);
  if (ctl->json)
    {
      reeve_ctl_print_json (jobs);
      return TRUE;
    }
  table = reeve_ctl_table_new (titles);
  for (gsize i = 0; i < g_variant_n_children (jobs); i++)
    {
      g_autoptr (GVariant) job = g_variant_get_child_value (jobs, i);

      reeve_ctl_jobs_add (table, job);
    }
  if (((ReeveCtlWatch *) user_data)->seconds > 0)
    reeve_ctl_table_append (table, out, 0, width);
  else
    reeve_ctl_table_append_all (table, out);
  return TRUE;
}

static int
reeve_ctl_jobs_list (ReeveCtl *ctl, int argc, char **argv)
{
  ReeveCtlWatch watch = { 0 };

  for (int i = 0; i < argc; i++)
    if (!reeve_ctl_watch_parse (&watch, argv[i]) || watch.seconds == 0)
      return reeve_ctl_usage ("jobs list [--watch[=SECONDS]]");
  return reeve_ctl_watch_run (&watch, ctl, reeve_ctl_jobs_look, &watch);
}

static int
reeve_ctl_jobs_cancel (ReeveCtl *ctl, int argc, char **argv)
{
  g_autoptr (GVariant) answer = NULL;

  if (argc != 1 || !g_utf8_validate (argv[0], -1, NULL))
    return reeve_ctl_usage ("jobs cancel ID");
  answer = reeve_ctl_call (ctl, REEVE_CTL_HOST, "CancelJob", g_variant_new ("(s)", argv[0]),
                           G_VARIANT_TYPE ("()"));
  return answer != NULL ? REEVE_CTL_OK : REEVE_CTL_FAILED;
}

const ReeveCtlCommand reeve_ctl_jobs_commands[] = {
  { "jobs list", "[--watch]", "What goes on, and what became of the last ones",
    reeve_ctl_jobs_list },
  { "jobs cancel", "ID", "Ask a job to end", reeve_ctl_jobs_cancel },
  { .name = NULL },
};
