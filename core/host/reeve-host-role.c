/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reads role files. The host itself knows no role by name. */

#include "config.h"

#include "reeve-host-role.h"

#include <string.h>

#define REEVE_HOST_ROLE_GROUP "Role"

static const char *const reeve_host_role_keys[] = {
  "Name",   "Summary",      "BusName", "Config",      "Required", "Trusted",
  "Keeper", "OffByDefault", "Dump",    "DumpWithout", NULL,
};

void
reeve_host_role_free (ReeveHostRole *self)
{
  g_free (self->name);
  g_free (self->summary);
  g_free (self->bus_name);
  g_free (self->config);
  g_strfreev (self->required);
  g_strfreev (self->off);
  g_strfreev (self->trusted);
  g_free (self->dump);
  g_strfreev (self->dump_without);
  g_free (self);
}

gboolean
reeve_host_role_requires (const ReeveHostRole *self, const char *id)
{
  return g_strv_contains ((const char *const *) self->required, id);
}

gboolean
reeve_host_role_has_off (const ReeveHostRole *self, const char *id)
{
  return g_strv_contains ((const char *const *) self->off, id);
}

static gboolean
reeve_host_role_is_name (const char *name)
{
  return g_ascii_islower (*name) && strlen (name) <= 32 &&
         name[strspn (name, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

static gboolean
reeve_host_role_check_keys (GKeyFile *file, GError **error)
{
  g_auto (GStrv) groups = g_key_file_get_groups (file, NULL);
  g_auto (GStrv) keys = g_key_file_get_keys (file, REEVE_HOST_ROLE_GROUP, NULL, error);

  if (keys == NULL)
    return FALSE;
  if (g_strv_length (groups) != 1)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "a role file has the group [" REEVE_HOST_ROLE_GROUP "] only");
      return FALSE;
    }
  for (guint i = 0; keys[i] != NULL; i++)
    if (!g_strv_contains (reeve_host_role_keys, keys[i]))
      {
        g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID, "unknown key %s", keys[i]);
        return FALSE;
      }
  return TRUE;
}

static GStrv
reeve_host_role_get_list (GKeyFile *file, const char *key)
{
  GStrv list = g_key_file_get_string_list (file, REEVE_HOST_ROLE_GROUP, key, NULL, NULL);

  return list != NULL ? list : g_new0 (char *, 1);
}

static gboolean
reeve_host_role_parse (ReeveHostRole *self, GKeyFile *file, GError **error)
{
  const char *group = REEVE_HOST_ROLE_GROUP;

  if (!reeve_host_role_check_keys (file, error))
    return FALSE;
  self->name = g_key_file_get_string (file, group, "Name", error);
  if (self->name == NULL)
    return FALSE;
  self->bus_name = g_key_file_get_string (file, group, "BusName", error);
  if (self->bus_name == NULL)
    return FALSE;
  self->config = g_key_file_get_string (file, group, "Config", error);
  if (self->config == NULL)
    return FALSE;
  if (!reeve_host_role_is_name (self->name) || strchr (self->config, '/') != NULL ||
      !g_dbus_is_name (self->bus_name))
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "Name must be lower-case-dashed, BusName one of D-Bus, Config a file name");
      return FALSE;
    }
  self->summary = g_key_file_get_string (file, group, "Summary", NULL);
  self->required = reeve_host_role_get_list (file, "Required");
  self->trusted = reeve_host_role_get_list (file, "Trusted");
  self->off = reeve_host_role_get_list (file, "OffByDefault");
  self->keeper = g_key_file_get_boolean (file, group, "Keeper", NULL);
  self->dump = g_key_file_get_string (file, group, "Dump", NULL);
  self->dump_without = reeve_host_role_get_list (file, "DumpWithout");
  return TRUE;
}

ReeveHostRole *
reeve_host_role_load (const char *name, const char *folder, GError **error)
{
  g_autoptr (ReeveHostRole) self = g_new0 (ReeveHostRole, 1);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *path = NULL;

  if (strchr (name, '/') != NULL)
    path = g_strdup (name);
  else if (reeve_host_role_is_name (name))
    path = g_strdup_printf ("%s/%s.role", folder, name);
  else
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID, "this is no name of a role");
      return NULL;
    }
  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, error) ||
      !reeve_host_role_parse (self, file, error))
    {
      g_prefix_error (error, "%s: ", path);
      reeve_error_convert (error);
      return NULL;
    }
  return g_steal_pointer (&self);
}
