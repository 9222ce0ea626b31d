/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The command line. */
typedef struct
{
  char *role;
  char *config;
  char *state_dir;
  GStrv plugin_dirs; /* or NULL */
  char *log_level;   /* or NULL; also $REEVE_LOG */
  gboolean check_config;
  gboolean list_plugins;
  gboolean dump;
  gboolean version;
} ReeveHostCommand;

/* Relative paths are made absolute. NULL: the error is fit for "reeved: …". */
ReeveHostCommand *reeve_host_command_parse (int argc, char **argv, GError **error);
void reeve_host_command_free (ReeveHostCommand *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveHostCommand, reeve_host_command_free)

G_END_DECLS
