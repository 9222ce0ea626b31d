/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reports on standard output; a complaint is a line on standard error. */

#include "config.h"

#include "reeve-host-report.h"

#include <stdio.h>

ReeveHostExit
reeve_host_report_plugins (ReeveHost *host)
{
  GPtrArray *plugins = reeve_host_get_plugins (host);

  for (guint i = 0; i < plugins->len; i++)
    {
      ReeveHostPlugin *plugin = g_ptr_array_index (plugins, i);
      const char *version = reeve_host_plugin_get_version (plugin);
      const char *text = reeve_host_plugin_get_reason (plugin);

      if (text == NULL)
        text = reeve_host_plugin_get_summary (plugin);
      printf ("%-24s %-12s %-8s %s%s\n", reeve_host_plugin_get_name (plugin),
              reeve_host_plugin_state_to_string (reeve_host_plugin_get_state (plugin)),
              version != NULL ? version : "-",
              reeve_host_plugin_is_required (plugin) ? "(required) " : "",
              text != NULL ? text : "");
    }
  return REEVE_HOST_EXIT_OK;
}

ReeveHostExit
reeve_host_report_config (ReeveHost *host, const char *config_file)
{
  GPtrArray *warnings = reeve_host_get_warnings (host);
  GPtrArray *plugins = reeve_host_get_plugins (host);
  guint complaints = warnings->len;

  for (guint i = 0; i < warnings->len; i++)
    fprintf (stderr, "%s\n", (char *) g_ptr_array_index (warnings, i));
  for (guint i = 0; i < plugins->len; i++)
    {
      ReeveHostPlugin *plugin = g_ptr_array_index (plugins, i);
      ReeveHostPluginState state = reeve_host_plugin_get_state (plugin);

      if (state == REEVE_HOST_STATE_FAILED)
        complaints++;
      if (state == REEVE_HOST_STATE_FAILED || state == REEVE_HOST_STATE_UNCONFIGURED)
        fprintf (state == REEVE_HOST_STATE_FAILED ? stderr : stdout, "%s %s: %s\n",
                 reeve_host_plugin_get_name (plugin), reeve_host_plugin_state_to_string (state),
                 reeve_host_plugin_get_reason (plugin));
    }
  if (complaints == 0)
    printf ("%s: nothing to complain about\n", config_file);
  return complaints == 0 ? REEVE_HOST_EXIT_OK : REEVE_HOST_EXIT_CONFIG;
}
