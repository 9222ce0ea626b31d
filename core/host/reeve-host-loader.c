/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Finds the plugins' files and opens them. Opening runs code already, so who could have written a
 * file is asked first; what its descriptor says is a matter of compatibility. */

#include "config.h"

#include "reeve-host-loader.h"

#include <stdlib.h>
#include <string.h>

#include "reeve-host-path.h"

#define REEVE_HOST_LOADER_PREFIX "reeve-"
#define REEVE_HOST_LOADER_SUFFIX ".so"

/* Names that the framework uses for contexts of its own. */
static const char *const reeve_host_loader_reserved[] = { "host", "engine", "resolver", NULL };

static void
reeve_host_module_free (gpointer data)
{
  ReeveHostModule *self = data;

  if (self->module != NULL)
    g_module_close (self->module);
  g_free (self->id);
  g_free (self->path);
  g_free (self->reason);
  g_free (self);
}

static gboolean
reeve_host_loader_is_id (const char *id)
{
  gsize length = strlen (id);

  return length >= 1 && length <= 32 && g_ascii_islower (*id) &&
         strspn (id, "abcdefghijklmnopqrstuvwxyz0123456789-") == length &&
         !g_strv_contains (reeve_host_loader_reserved, id);
}

/* ---- the descriptor ---- */

static gboolean
reeve_host_loader_check_abi (const ReevePluginDescriptor *descriptor, GError **error)
{
  if (descriptor->size < REEVE_PLUGIN_DESCRIPTOR_MIN_SIZE)
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                 "its descriptor has %" G_GSIZE_FORMAT " bytes, at least %" G_GSIZE_FORMAT
                 " are needed: rebuild it against this version",
                 descriptor->size, (gsize) REEVE_PLUGIN_DESCRIPTOR_MIN_SIZE);
  else if (descriptor->abi_major != REEVE_ABI_MAJOR ||
           (REEVE_ABI_MAJOR == 0 ? descriptor->abi_minor != REEVE_ABI_MINOR
                                 : descriptor->abi_minor > REEVE_ABI_MINOR))
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                 "it was built for plugin ABI %u.%u, this is %u.%u: rebuild it against this "
                 "version",
                 descriptor->abi_major, descriptor->abi_minor, (guint) REEVE_ABI_MAJOR,
                 (guint) REEVE_ABI_MINOR);
  else
    return TRUE;
  return FALSE;
}

static gboolean
reeve_host_loader_check_name (const ReeveHostModule *module,
                              const ReevePluginDescriptor *descriptor, GError **error)
{
  if (descriptor->id == NULL || !reeve_host_loader_is_id (descriptor->id))
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID, "its descriptor has no valid id");
  else if (strcmp (descriptor->id, module->id) != 0)
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                 "its descriptor says id '%s': call the file " REEVE_HOST_LOADER_PREFIX
                 "%s" REEVE_HOST_LOADER_SUFFIX,
                 descriptor->id, descriptor->id);
  else if (descriptor->version == NULL || descriptor->summary == NULL)
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                 "its descriptor has no version or no summary");
  else
    return TRUE;
  return FALSE;
}

static gboolean
reeve_host_loader_serves (const ReevePluginDescriptor *descriptor, const ReeveHostRole *role)
{
  return descriptor->roles != NULL && g_strv_contains (descriptor->roles, role->name);
}

static gboolean
reeve_host_loader_take_type (ReeveHostModule *module, const ReevePluginDescriptor *descriptor,
                             GError **error)
{
  GType type = descriptor->get_type != NULL ? descriptor->get_type () : G_TYPE_INVALID;

  if (descriptor->get_type != NULL)
    g_module_make_resident (module->module);
  if (type == G_TYPE_INVALID)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID, "its type getter answers nothing");
      return FALSE;
    }
  if (!g_type_is_a (type, REEVE_TYPE_PLUGIN) || G_TYPE_IS_ABSTRACT (type))
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "its type %s is not derived from ReevePlugin, or abstract", g_type_name (type));
      return FALSE;
    }
  module->descriptor = descriptor;
  module->type = type;
  return TRUE;
}

/* Where somebody has written settings, the plugin itself says what is missing. */
static gboolean
reeve_host_loader_has_condition (const ReeveHostLoader *self,
                                 const ReevePluginDescriptor *descriptor)
{
  gsize end = offsetof (ReevePluginDescriptor, condition_path) + sizeof (char *);
  g_autoptr (GPtrArray) groups = NULL;

  if (descriptor->size < end || descriptor->condition_path == NULL ||
      g_file_test (descriptor->condition_path, G_FILE_TEST_EXISTS))
    return TRUE;
  groups = reeve_host_config_list_instances (self->config, descriptor->id);
  return groups->len > 0;
}

/* ---- one file ---- */

/* Takes @reason. */
static void
reeve_host_loader_close (ReeveHostModule *module, ReeveHostModuleStatus status, char *reason)
{
  module->status = status;
  module->reason = reason;
  g_clear_pointer (&module->module, g_module_close);
}

static ReeveHostModule *
reeve_host_loader_find (GPtrArray *modules, const char *id)
{
  for (guint i = 0; i < modules->len; i++)
    {
      ReeveHostModule *module = g_ptr_array_index (modules, i);

      if (strcmp (module->id, id) == 0 && module->status != REEVE_HOST_MODULE_OTHER_ROLE)
        return module;
    }
  return NULL;
}

static gboolean
reeve_host_loader_open (const ReeveHostLoader *self, ReeveHostModule *module, GError **error)
{
  const ReevePluginDescriptor *descriptor;
  gpointer symbol = NULL;

  if (!reeve_host_path_check (module->path, self->also, error))
    return FALSE;
  module->module = g_module_open (module->path, G_MODULE_BIND_LOCAL);
  if (module->module == NULL)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID, "it cannot be loaded: %s",
                   g_module_error ());
      return FALSE;
    }
  if (!g_module_symbol (module->module, REEVE_PLUGIN_SYMBOL, &symbol) || symbol == NULL)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "it has no symbol " REEVE_PLUGIN_SYMBOL ": it is no plugin");
      return FALSE;
    }
  descriptor = symbol;
  if (!reeve_host_loader_check_abi (descriptor, error) ||
      !reeve_host_loader_check_name (module, descriptor, error))
    return FALSE;
  if (!reeve_host_loader_serves (descriptor, self->role))
    {
      g_autofree char *roles =
          descriptor->roles != NULL ? g_strjoinv (", ", (GStrv) descriptor->roles) : g_strdup ("");

      reeve_host_loader_close (module, REEVE_HOST_MODULE_OTHER_ROLE,
                               g_strdup_printf ("it serves other roles: %s",
                                                *roles ? roles : "none"));
      return TRUE;
    }
  if (!reeve_host_loader_has_condition (self, descriptor))
    {
      reeve_host_loader_close (module, REEVE_HOST_MODULE_IDLE,
                               g_strdup_printf ("there is no %s here: a group [plugin %s] in the "
                                                "configuration has it look elsewhere",
                                                descriptor->condition_path, module->id));
      return TRUE;
    }
  return reeve_settings_rows_check (descriptor->settings, error) &&
         reeve_host_loader_take_type (module, descriptor, error);
}

/* The host's own switch, without a look into the file. */
static gboolean
reeve_host_loader_is_on (const ReeveHostLoader *self, ReeveHostModule *module, GError **error)
{
  gboolean off = reeve_host_role_has_off (self->role, module->id);
  gboolean enabled = FALSE;
  const char *place = NULL;

  if (!reeve_host_config_get_enabled (self->config, module->id, "", !off, &enabled, &place, error))
    return FALSE;
  if (enabled)
    return TRUE;
  module->status = REEVE_HOST_MODULE_DISABLED;
  if (place != NULL)
    module->reason = g_strdup_printf ("%s says enabled=no", place);
  else
    module->reason = g_strdup ("off in this role unless the configuration says enabled=yes");
  return FALSE;
}

static void
reeve_host_loader_add (const ReeveHostLoader *self, GPtrArray *modules, const char *folder,
                       const char *file)
{
  ReeveHostModule *module = g_new0 (ReeveHostModule, 1);
  ReeveHostModule *other;
  g_autoptr (GError) error = NULL;

  module->path = g_build_filename (folder, file, NULL);
  module->id = g_strndup (file + strlen (REEVE_HOST_LOADER_PREFIX),
                          strlen (file) - strlen (REEVE_HOST_LOADER_PREFIX) -
                              strlen (REEVE_HOST_LOADER_SUFFIX));
  other = reeve_host_loader_find (modules, module->id);
  g_ptr_array_add (modules, module);
  if (!reeve_host_loader_is_id (module->id))
    g_set_error (&error, REEVE_ERROR, REEVE_ERROR_INVALID, "'%s' is no id that a plugin may have",
                 module->id);
  else if (other != NULL)
    g_set_error (&error, REEVE_ERROR, REEVE_ERROR_EXISTS,
                 "there is a plugin '%s' already, %s: remove one of them", module->id, other->path);
  else if (reeve_host_loader_is_on (self, module, &error))
    reeve_host_loader_open (self, module, &error);
  if (error == NULL)
    return;
  module->status = REEVE_HOST_MODULE_REFUSED;
  module->reason = g_strdup (error->message);
  if (module->type == G_TYPE_INVALID && module->module != NULL)
    g_clear_pointer (&module->module, g_module_close);
}

static int
reeve_host_loader_compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static gboolean
reeve_host_loader_scan_folder (const ReeveHostLoader *self, GPtrArray *modules, const char *folder,
                               GError **error)
{
  g_autofree char *resolved = realpath (folder, NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) local = NULL;
  g_autoptr (GDir) dir = g_dir_open (resolved != NULL ? resolved : folder, 0, &local);
  const char *name;

  if (dir == NULL || resolved == NULL)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_IO, "plugin directory %s: %s", folder,
                   local != NULL ? local->message : "it is gone");
      return FALSE;
    }
  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (name, REEVE_HOST_LOADER_PREFIX) &&
        g_str_has_suffix (name, REEVE_HOST_LOADER_SUFFIX))
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, reeve_host_loader_compare);
  for (guint i = 0; i < names->len; i++)
    reeve_host_loader_add (self, modules, resolved, g_ptr_array_index (names, i));
  return TRUE;
}

GPtrArray *
reeve_host_loader_scan (const ReeveHostLoader *self, GError **error)
{
  g_autoptr (GPtrArray) modules = g_ptr_array_new_with_free_func (reeve_host_module_free);

  for (guint i = 0; self->folders[i] != NULL; i++)
    if (!reeve_host_loader_scan_folder (self, modules, self->folders[i], error))
      return NULL;
  return g_steal_pointer (&modules);
}
