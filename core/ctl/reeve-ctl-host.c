/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* plugins, reload: what the host itself is asked for, and the table with status. */

#include "config.h"

#include <stdio.h>
#include <string.h>

#include "reeve-ctl.h"

#define REEVE_CTL_HOST "org.reeve.Host1"

static const char *
reeve_ctl_lookup (GVariant *dict, const char *key)
{
  const char *text = "";

  g_variant_lookup (dict, key, "&s", &text);
  return text;
}

static int
reeve_ctl_plugins (ReeveCtl *ctl, int argc, G_GNUC_UNUSED char **argv)
{
  static const char *const titles[] = { "PLUGIN", "STATE", "VERSION", "WHAT IT DOES", NULL };
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GVariant) plugins = NULL;
  ReeveCtlTable *table;

  if (argc > 0)
    return reeve_ctl_usage ("plugins");
  answer = reeve_ctl_call (ctl, REEVE_CTL_HOST, "ListPlugins", NULL, G_VARIANT_TYPE ("(aa{sv})"));
  if (answer == NULL)
    return REEVE_CTL_FAILED;
  plugins = g_variant_get_child_value (answer, 0);
  if (ctl->json)
    {
      reeve_ctl_print_json (plugins);
      return REEVE_CTL_OK;
    }
  table = reeve_ctl_table_new (titles);
  for (gsize i = 0; i < g_variant_n_children (plugins); i++)
    {
      g_autoptr (GVariant) plugin = g_variant_get_child_value (plugins, i);
      const char *error = reeve_ctl_lookup (plugin, "error");
      const char *cells[] = { reeve_ctl_lookup (plugin, "name"), reeve_ctl_lookup (plugin, "state"),
                              reeve_ctl_lookup (plugin, "version"),
                              *error != '\0' ? error : reeve_ctl_lookup (plugin, "summary") };

      reeve_ctl_table_add (table, cells);
    }
  reeve_ctl_table_print (table);
  return REEVE_CTL_OK;
}

static int
reeve_ctl_reload (ReeveCtl *ctl, int argc, G_GNUC_UNUSED char **argv)
{
  g_autoptr (GVariant) answer = NULL;
  g_autofree const char **waiting = NULL;

  if (argc > 0)
    return reeve_ctl_usage ("reload");
  answer = reeve_ctl_call (ctl, REEVE_CTL_HOST, "Reload", NULL, G_VARIANT_TYPE ("(as)"));
  if (answer == NULL)
    return REEVE_CTL_FAILED;
  g_variant_get (answer, "(^a&s)", &waiting);
  for (guint i = 0; waiting[i] != NULL; i++)
    printf ("waits for a restart: %s\n", waiting[i]);
  return REEVE_CTL_OK;
}

const ReeveCtlCommand reeve_ctl_host_commands[] = {
  { "status", "", "What runs on this machine, and how it is", reeve_ctl_status },
  { "plugins", "", "Each plugin and how it is", reeve_ctl_plugins },
  { "reload", "", "Read the configuration again", reeve_ctl_reload },
  { .name = NULL },
};
