/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Options, as reeved(8) has them. */

#include "config.h"

#include "reeve-host-command.h"

#include <reeve/reeve.h>

void
reeve_host_command_free (ReeveHostCommand *self)
{
  g_free (self->role);
  g_free (self->config);
  g_free (self->state_dir);
  g_strfreev (self->plugin_dirs);
  g_free (self->log_level);
  g_free (self);
}

static void
reeve_host_command_make_absolute (char **path)
{
  g_autofree char *given = g_steal_pointer (path);

  if (given != NULL)
    *path = g_canonicalize_filename (given, NULL);
}

static gboolean
reeve_host_command_check (ReeveHostCommand *self, int left, GError **error)
{
  if (self->version)
    return TRUE;
  if (left != 1)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                   left == 0 ? "which role? say 'reeved ROLE', see reeved(8)"
                             : "one role at a time, see reeved(8)");
      return FALSE;
    }
  if (self->check_config + self->list_plugins + self->dump > 1)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                   "--check-config, --list-plugins and --dump do not go together");
      return FALSE;
    }
  return TRUE;
}

ReeveHostCommand *
reeve_host_command_parse (int argc, char **argv, GError **error)
{
  g_autoptr (ReeveHostCommand) self = g_new0 (ReeveHostCommand, 1);
  g_autoptr (GOptionContext) context = g_option_context_new ("ROLE");
  const GOptionEntry entries[] = {
    { "config", 0, 0, G_OPTION_ARG_FILENAME, &self->config,
      "Read this file (and FILE.d/*.conf) instead of the role's own", "FILE" },
    { "state-dir", 0, 0, G_OPTION_ARG_FILENAME, &self->state_dir, "Keep state here", "DIR" },
    { "plugin-dir", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &self->plugin_dirs,
      "Take plugins from here (may be repeated)", "DIR" },
    { "log-level", 0, 0, G_OPTION_ARG_STRING, &self->log_level,
      "debug, info, message or warning; also $REEVE_LOG", "LEVEL" },
    { "check-config", 0, 0, G_OPTION_ARG_NONE, &self->check_config,
      "Check the configuration and end", NULL },
    { "list-plugins", 0, 0, G_OPTION_ARG_NONE, &self->list_plugins, "List the plugins and end",
      NULL },
    { "dump", 0, 0, G_OPTION_ARG_NONE, &self->dump,
      "Print what this machine tells, as JSON, and end", NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &self->version, "Print the version and end", NULL },
    { NULL },
  };

  g_option_context_set_summary (context, "A host for plugins; the role says which it runs.");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, error) ||
      !reeve_host_command_check (self, argc - 1, error))
    return NULL;
  if (argc > 1)
    self->role = g_strdup (argv[1]);
  if (self->log_level == NULL)
    self->log_level = g_strdup (g_getenv ("REEVE_LOG"));
  reeve_host_command_make_absolute (&self->config);
  reeve_host_command_make_absolute (&self->state_dir);
  for (guint i = 0; self->plugin_dirs != NULL && self->plugin_dirs[i] != NULL; i++)
    reeve_host_command_make_absolute (&self->plugin_dirs[i]);
  return g_steal_pointer (&self);
}
