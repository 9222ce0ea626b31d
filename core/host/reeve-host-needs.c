/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Who waits for whom. A need is met as soon as one provider of the interface runs; it never will be
 * when none is left that could. */

#include "config.h"

#include "reeve-host-private.h"

#include <string.h>

static gboolean
reeve_host_needs_is_alive (ReeveHostPlugin *plugin)
{
  return plugin->state == REEVE_HOST_STATE_LOADED || plugin->state == REEVE_HOST_STATE_STARTING ||
         plugin->state == REEVE_HOST_STATE_RUNNING;
}

static gboolean
reeve_host_needs_is_met (ReeveHost *self, const char *interface_name)
{
  const char *provider = reeve_runtime_find_provider (self->runtime, interface_name);

  if (provider != NULL && strcmp (provider, "host") == 0)
    return TRUE;
  for (guint i = 0; i < self->plugins->len; i++)
    {
      ReeveHostPlugin *plugin = g_ptr_array_index (self->plugins, i);

      if (plugin->state == REEVE_HOST_STATE_RUNNING &&
          (reeve_host_plugin_provides (plugin, interface_name) ||
           g_strcmp0 (provider, plugin->name) == 0))
        return TRUE;
    }
  return FALSE;
}

/* The first that could provide it: alive if there is one, else whatever there is. */
static ReeveHostPlugin *
reeve_host_needs_find (ReeveHost *self, ReeveHostPlugin *but, const char *interface_name)
{
  ReeveHostPlugin *found = NULL;

  for (guint i = 0; i < self->plugins->len; i++)
    {
      ReeveHostPlugin *plugin = g_ptr_array_index (self->plugins, i);

      if (!reeve_host_plugin_provides (plugin, interface_name))
        continue;
      if (reeve_host_needs_is_alive (plugin) && plugin != but)
        return plugin;
      if (found == NULL || reeve_host_needs_is_alive (plugin))
        found = plugin;
    }
  return found;
}

static const ReeveNeed *
reeve_host_needs_first_open (ReeveHost *self, ReeveHostPlugin *plugin)
{
  const ReeveNeed *need = plugin->descriptor->needs;

  for (; need != NULL && need->interface != NULL; need++)
    if (need->required && !reeve_host_needs_is_met (self, need->interface))
      return need;
  return NULL;
}

ReeveHostNeeds
reeve_host_needs_check (ReeveHost *self, ReeveHostPlugin *plugin, char **ret_reason)
{
  const ReeveNeed *need = plugin->descriptor->needs;

  for (; need != NULL && need->interface != NULL; need++)
    {
      ReeveHostPlugin *provider;

      if (!need->required || reeve_host_needs_is_met (self, need->interface))
        continue;
      provider = reeve_host_needs_find (self, plugin, need->interface);
      if (provider == NULL)
        {
          *ret_reason = g_strdup_printf ("it requires %s, which no plugin here provides: add one "
                                         "that does, or set enabled=no for this one",
                                         need->interface);
          return REEVE_HOST_NEEDS_NEVER;
        }
      if (!reeve_host_needs_is_alive (provider))
        {
          *ret_reason =
              g_strdup_printf ("it requires %s of %s, which is %s", need->interface, provider->name,
                               reeve_host_plugin_state_to_string (provider->state));
          return REEVE_HOST_NEEDS_NEVER;
        }
    }
  return reeve_host_needs_first_open (self, plugin) == NULL ? REEVE_HOST_NEEDS_MET
                                                            : REEVE_HOST_NEEDS_WAIT;
}

char *
reeve_host_needs_explain (ReeveHost *self, ReeveHostPlugin *plugin)
{
  g_autoptr (GPtrArray) seen = g_ptr_array_new ();
  g_autoptr (GString) path = g_string_new (plugin->name);
  ReeveHostPlugin *at = plugin;

  while (!g_ptr_array_find (seen, at, NULL))
    {
      const ReeveNeed *need = reeve_host_needs_first_open (self, at);
      ReeveHostPlugin *next =
          need != NULL ? reeve_host_needs_find (self, at, need->interface) : NULL;

      if (next == NULL)
        break;
      g_ptr_array_add (seen, at);
      g_string_append_printf (path, " needs %s of %s", need->interface, next->name);
      if (!g_ptr_array_find (seen, next, NULL))
        g_string_append (path, ", which");
      at = next;
    }
  return g_strdup_printf ("circular requirement: %s; set enabled=no for one of them", path->str);
}
