/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* From opened modules to objects that wait for their start: settings, construct, configure,
 * declare. Nothing here has side effects, and no thread may come of it. */

#include "config.h"

#include "reeve-host-private.h"

#include <string.h>

#include "reeve-host-sandbox.h"

static ReeveHostPlugin *
reeve_host_prepare_add (ReeveHost *self, const char *id, const char *instance)
{
  ReeveHostPlugin *plugin = reeve_host_plugin_new (self, id, instance);

  plugin->required = reeve_host_role_requires (self->options.role, id);
  g_ptr_array_add (self->plugins, plugin);
  return plugin;
}

static void
reeve_host_prepare_settings (ReeveHost *self, ReeveHostPlugin *plugin)
{
  const ReeveSettingsRow *rows = plugin->descriptor->settings;
  g_autoptr (GError) error = NULL;
  const char *place = NULL;
  gboolean enabled = TRUE;
  const char *missing;

  if (!reeve_host_config_get_enabled (self->config, plugin->id, plugin->instance, TRUE, &enabled,
                                      &place, &error))
    {
      reeve_host_life_fail (self, plugin, g_strdup (error->message));
      return;
    }
  if (!enabled)
    {
      reeve_host_plugin_set_state (plugin, REEVE_HOST_STATE_DISABLED,
                                   g_strdup_printf ("%s says enabled=no", place));
      return;
    }
  plugin->entries = reeve_host_config_collect (self->config, plugin->id, plugin->instance, rows,
                                               self->warnings, &error);
  if (plugin->entries != NULL)
    plugin->settings = reeve_host_config_build (rows, plugin->entries, &error);
  if (plugin->settings == NULL)
    {
      reeve_host_life_fail (self, plugin, g_strdup (error->message));
      return;
    }
  missing = reeve_settings_get_missing (plugin->settings);
  if (missing != NULL)
    reeve_host_plugin_set_state (plugin, REEVE_HOST_STATE_UNCONFIGURED,
                                 g_strdup_printf ("set %s in the group [plugin %s%s%s]", missing,
                                                  plugin->id, *plugin->instance ? " " : "",
                                                  plugin->instance));
}

static void
reeve_host_prepare_object (ReeveHost *self, ReeveHostPlugin *plugin)
{
  g_autoptr (GError) error = NULL;
  ReevePluginClass *klass;

  klass = g_type_class_ref (plugin->type); /* for good: the type is static */
  if ((klass->start_async != NULL) != (klass->start_finish != NULL) ||
      (klass->stop_async != NULL) != (klass->stop_finish != NULL))
    {
      reeve_host_life_fail (self, plugin,
                            g_strdup ("its class has one half of start or stop only (a bug "
                                      "there)"));
      return;
    }
  plugin->declarations = reeve_declarations_new ();
  plugin->context =
      reeve_context_new (self->runtime, plugin->name, plugin->settings, plugin->declarations);
  plugin->object = reeve_plugin_new (plugin->type, plugin->context);
  if (klass->configure != NULL && !klass->configure (plugin->object, plugin->settings, &error))
    {
      if (g_error_matches (error, REEVE_ERROR, REEVE_ERROR_UNCONFIGURED))
        reeve_host_plugin_set_state (plugin, REEVE_HOST_STATE_UNCONFIGURED,
                                     g_strdup (error->message));
      else
        reeve_host_life_fail (self, plugin,
                              g_strdup_printf ("its settings are refused: %s",
                                               error != NULL ? error->message
                                                             : "without a reason (a bug there)"));
      return;
    }
  if (klass->declare != NULL)
    klass->declare (plugin->object, plugin->declarations);
}

/* Whoever made a thread this early spoils the sandbox for all, so the start ends. */
static gboolean
reeve_host_prepare_check_threads (ReeveHostPlugin *plugin, GError **error)
{
  guint threads = reeve_host_sandbox_count_threads ();

  if (threads <= 1)
    return TRUE;
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_FAILED,
               "plugin %s made a thread before its start, where one would escape the sandbox: set "
               "enabled=no for it, or have it mended (threads come from start() on, by workers)",
               plugin->name);
  return FALSE;
}

static gboolean
reeve_host_prepare_one (ReeveHost *self, const ReeveHostModule *module, const char *instance,
                        GError **error)
{
  ReeveHostPlugin *plugin = reeve_host_prepare_add (self, module->id, instance);

  plugin->path = g_strdup (module->path);
  if (module->status == REEVE_HOST_MODULE_DISABLED)
    {
      reeve_host_plugin_set_state (plugin, REEVE_HOST_STATE_DISABLED, g_strdup (module->reason));
      return TRUE;
    }
  if (module->status == REEVE_HOST_MODULE_IDLE)
    {
      reeve_host_plugin_set_state (plugin, REEVE_HOST_STATE_UNCONFIGURED,
                                   g_strdup (module->reason));
      return TRUE;
    }
  if (module->status == REEVE_HOST_MODULE_REFUSED)
    {
      reeve_host_life_fail (self, plugin,
                            g_strdup_printf ("%s is refused: %s", module->path, module->reason));
      return TRUE;
    }
  plugin->descriptor = module->descriptor;
  plugin->type = module->type;
  if (self->options.dump && reeve_host_dump_leaves_out (self, plugin))
    {
      plugin->required = FALSE;
      reeve_host_plugin_set_state (plugin, REEVE_HOST_STATE_DISABLED,
                                   g_strdup ("a dump goes without it"));
      return TRUE;
    }
  reeve_host_plugin_set_state (plugin, REEVE_HOST_STATE_LOADED, NULL);
  reeve_host_prepare_settings (self, plugin);
  if (plugin->state == REEVE_HOST_STATE_LOADED)
    reeve_host_prepare_object (self, plugin);
  return reeve_host_prepare_check_threads (plugin, error);
}

static gboolean
reeve_host_prepare_module (ReeveHost *self, const ReeveHostModule *module, GError **error)
{
  g_autoptr (GPtrArray) instances = NULL;
  gboolean loaded = module->status == REEVE_HOST_MODULE_LOADED;

  if (loaded)
    instances = reeve_host_config_list_instances (self->config, module->id);
  if (loaded && !(module->descriptor->flags & REEVE_PLUGIN_INSTANCES))
    {
      for (guint i = 0; i < instances->len; i++)
        if (*(const char *) g_ptr_array_index (instances, i) != '\0')
          g_ptr_array_add (self->warnings,
                           g_strdup_printf ("[plugin %s %s]: left out, %s has no instances: "
                                            "write [plugin %s]",
                                            module->id,
                                            (const char *) g_ptr_array_index (instances, i),
                                            module->id, module->id));
      g_ptr_array_set_size (instances, 0);
    }
  if (instances == NULL || instances->len == 0)
    return reeve_host_prepare_one (self, module, "", error);
  for (guint i = 0; i < instances->len; i++)
    if (!reeve_host_prepare_one (self, module, g_ptr_array_index (instances, i), error))
      return FALSE;
  return TRUE;
}

/* Groups for plugins that are not here; those for another role's plugins are no mistake. */
static void
reeve_host_prepare_check_groups (ReeveHost *self)
{
  g_autoptr (GHashTable) ids = reeve_host_config_list_ids (self->config);
  GHashTableIter iter;
  gpointer id, place;

  for (guint i = 0; i < self->modules->len; i++)
    g_hash_table_remove (ids, ((ReeveHostModule *) g_ptr_array_index (self->modules, i))->id);
  g_hash_table_iter_init (&iter, ids);
  while (g_hash_table_iter_next (&iter, &id, &place))
    g_ptr_array_add (self->warnings,
                     g_strdup_printf ("%s: [plugin %s]: left out, the plugin directories hold no "
                                      "reeve-%s.so",
                                      (char *) place, (char *) id, (char *) id));
}

static void
reeve_host_prepare_missing (ReeveHost *self)
{
  g_autofree char *folders = g_strjoinv (", ", (GStrv) self->options.folders);

  for (guint i = 0; self->options.role->required[i] != NULL; i++)
    {
      const char *id = self->options.role->required[i];
      gboolean found = FALSE;

      for (guint j = 0; j < self->plugins->len && !found; j++)
        found = strcmp (((ReeveHostPlugin *) g_ptr_array_index (self->plugins, j))->id, id) == 0;
      if (!found)
        reeve_host_life_fail (
            self, reeve_host_prepare_add (self, id, ""),
            g_strdup_printf ("it is not installed: there is no reeve-%s.so for this role in %s", id,
                             folders));
    }
}

gboolean
reeve_host_prepare (ReeveHost *self, GError **error)
{
  ReeveHostLoader loader = { self->options.folders, self->options.also, self->options.role,
                             self->config };

  self->modules = reeve_host_loader_scan (&loader, error);
  if (self->modules == NULL)
    return FALSE;
  for (guint i = 0; i < self->modules->len; i++)
    {
      ReeveHostModule *module = g_ptr_array_index (self->modules, i);

      if (module->status == REEVE_HOST_MODULE_OTHER_ROLE)
        g_info ("%s: not for this role: %s", module->path, module->reason);
      else if (!reeve_host_prepare_module (self, module, error))
        return FALSE;
    }
  reeve_host_prepare_missing (self);
  reeve_host_prepare_check_groups (self);
  return TRUE;
}
