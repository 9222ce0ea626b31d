/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* reevectl: options, the table of commands, and the way to the one that was asked for. */

#include "config.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "reeve-ctl.h"

static const ReeveCtlCommand *const reeve_ctl_groups[] = {
  reeve_ctl_host_commands,          reeve_ctl_jobs_commands,    reeve_ctl_metrics_commands,
  reeve_ctl_report_commands,        reeve_ctl_systems_commands, reeve_ctl_tokens_commands,
  reeve_ctl_open_commands,          reeve_ctl_events_commands,  reeve_ctl_history_commands,
  reeve_ctl_metrics_token_commands, reeve_ctl_join_commands,
};

static char *
reeve_ctl_summary (void)
{
  GString *text = g_string_new ("Commands:\n");

  for (guint i = 0; i < G_N_ELEMENTS (reeve_ctl_groups); i++)
    for (const ReeveCtlCommand *command = reeve_ctl_groups[i]; command->name != NULL; command++)
      {
        g_autofree char *left = g_strdup_printf ("%s %s", command->name, command->arguments);

        g_string_append_printf (text, "  %-30s %s\n", left, command->summary);
      }
  return g_string_free (text, FALSE);
}

/* How many of the words in argv make the command's name; 0 when they do not. */
static int
reeve_ctl_match (const ReeveCtlCommand *command, int argc, char **argv)
{
  g_auto (GStrv) words = g_strsplit (command->name, " ", -1);
  int n = g_strv_length (words);

  if (argc < n)
    return 0;
  for (int i = 0; i < n; i++)
    if (strcmp (words[i], argv[i]) != 0)
      return 0;
  return n;
}

static int
reeve_ctl_run (ReeveCtl *ctl, int argc, char **argv)
{
  for (guint i = 0; i < G_N_ELEMENTS (reeve_ctl_groups); i++)
    for (const ReeveCtlCommand *command = reeve_ctl_groups[i]; command->name != NULL; command++)
      {
        int n = reeve_ctl_match (command, argc, argv);

        if (n == 0)
          continue;
        if (ctl->role == NULL)
          ctl->role = g_strdup (command->role != NULL ? command->role : "hub");
        return command->func (ctl, argc - n, argv + n);
      }
  fprintf (stderr, "reevectl: there is no command '%s'; 'reevectl --help' lists them\n", argv[0]);
  return REEVE_CTL_USAGE;
}

/* --json is known behind a command too. Returns what is left of argc. */
static int
reeve_ctl_take_json (int *argc, char **argv, gboolean *json)
{
  int n = 1;

  for (int i = 1; i < *argc; i++)
    if (strcmp (argv[i], "--json") == 0)
      *json = TRUE;
    else
      argv[n++] = argv[i];
  return *argc = n;
}

int
main (int argc, char **argv)
{
  g_auto (ReeveCtl) ctl = { 0 };
  gboolean version = FALSE;
  g_autoptr (GOptionContext) options = g_option_context_new ("COMMAND [ARGUMENT…]");
  g_autoptr (GError) error = NULL;
  g_autofree char *summary = reeve_ctl_summary ();
  int status = REEVE_CTL_USAGE;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &ctl.json, "Print JSON", NULL },
    { "role", 0, 0, G_OPTION_ARG_STRING, &ctl.role, "Ask the hub or the agent of this machine",
      "ROLE" },
    { "state-dir", 0, 0, G_OPTION_ARG_FILENAME, &ctl.state_dir, "The daemon's state directory",
      "DIR" },
    { "version", 0, 0, G_OPTION_ARG_NONE, &version, "Print the version", NULL },
    { .long_name = NULL },
  };

  setlocale (LC_ALL, "");
  g_option_context_add_main_entries (options, entries, NULL);
  g_option_context_set_summary (options, summary);
  /* the options of a command stand behind its words */
  g_option_context_set_strict_posix (options, TRUE);
  if (!g_option_context_parse (options, &argc, &argv, &error))
    {
      fprintf (stderr, "reevectl: %s\n", error->message);
      return REEVE_CTL_USAGE;
    }
  ctl.chosen = ctl.role != NULL || ctl.state_dir != NULL;
  if (version)
    {
      g_print ("reevectl %s\n", PACKAGE_VERSION);
      status = REEVE_CTL_OK;
    }
  else if (ctl.role != NULL && strcmp (ctl.role, "hub") != 0 && strcmp (ctl.role, "agent") != 0)
    fprintf (stderr, "reevectl: --role is hub or agent\n");
  else if (reeve_ctl_take_json (&argc, argv, &ctl.json) < 2)
    {
      g_autofree char *help = g_option_context_get_help (options, TRUE, NULL);

      fputs (help, stderr);
    }
  else
    status = reeve_ctl_run (&ctl, argc - 1, argv + 1);
  return status;
}
