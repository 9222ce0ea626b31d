/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reads the files and keeps what stands in them, with its place. Tables come into it only later,
 * when the plugins are known (reeve-host-values.c). */

#include "config.h"

#include "reeve-host-config-private.h"

#include <string.h>
#include <sys/stat.h>

#include "reeve-host-lines.h"

typedef struct
{
  ReeveHostConfig *config;
  const char *path;
  ReeveSettingOrigin origin;
  gboolean exposed;
} ReeveHostConfigFile;

void
reeve_host_entry_free (ReeveHostEntry *self)
{
  g_free (self->key);
  g_free (self->text);
  g_free (self->place);
  g_free (self);
}

ReeveHostEntry *
reeve_host_entry_copy (const ReeveHostEntry *self)
{
  ReeveHostEntry *copy = g_new0 (ReeveHostEntry, 1);

  *copy = *self;
  copy->key = g_strdup (self->key);
  copy->text = g_strdup (self->text);
  copy->place = g_strdup (self->place);
  return copy;
}

static void
reeve_host_group_free (gpointer data)
{
  ReeveHostGroup *self = data;

  g_free (self->name);
  g_free (self->id);
  g_free (self->instance);
  g_free (self->place);
  g_free (self->fault);
  g_ptr_array_unref (self->entries);
  g_free (self);
}

void
reeve_host_config_free (ReeveHostConfig *self)
{
  g_ptr_array_unref (self->groups);
  g_ptr_array_unref (self->overlay);
  g_ptr_array_unref (self->errors);
  g_ptr_array_unref (self->warnings);
  g_free (self);
}

GPtrArray *
reeve_host_config_get_errors (ReeveHostConfig *self)
{
  return self->errors;
}

GPtrArray *
reeve_host_config_get_warnings (ReeveHostConfig *self)
{
  return self->warnings;
}

/* ---- groups ---- */

static gboolean
reeve_host_config_is_name (const char *name)
{
  gsize length = strlen (name);

  return length >= 1 && length <= 64 && g_ascii_isalnum (*name) &&
         strspn (name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_.-") == length;
}

/* FALSE for a group that is none of ours. */
static gboolean
reeve_host_config_split_group (const char *group, char **ret_id, char **ret_instance)
{
  g_auto (GStrv) words = NULL;
  guint n;

  if (strcmp (group, "host") == 0)
    {
      *ret_id = g_strdup ("host");
      *ret_instance = g_strdup ("");
      return TRUE;
    }
  words = g_strsplit (group, " ", 4);
  n = g_strv_length (words);
  if (n < 2 || n > 3 || strcmp (words[0], "plugin") != 0 || !reeve_host_config_is_name (words[1]) ||
      strcmp (words[1], "host") == 0 || (n == 3 && !reeve_host_config_is_name (words[2])))
    return FALSE;
  *ret_id = g_strdup (words[1]);
  *ret_instance = g_strdup (n == 3 ? words[2] : "");
  return TRUE;
}

ReeveHostGroup *
reeve_host_groups_find (GPtrArray *groups, const char *id, const char *instance)
{
  for (guint i = 0; i < groups->len; i++)
    {
      ReeveHostGroup *group = g_ptr_array_index (groups, i);

      if (strcmp (group->id, id) == 0 && strcmp (group->instance, instance) == 0)
        return group;
    }
  return NULL;
}

ReeveHostGroup *
reeve_host_groups_ensure (GPtrArray *groups, const char *id, const char *instance,
                          const char *place)
{
  ReeveHostGroup *group = reeve_host_groups_find (groups, id, instance);

  if (group != NULL)
    return group;
  group = g_new0 (ReeveHostGroup, 1);
  group->id = g_strdup (id);
  group->instance = g_strdup (instance);
  group->name = strcmp (id, "host") == 0 ? g_strdup ("host")
                : *instance != '\0'      ? g_strdup_printf ("plugin %s %s", id, instance)
                                         : g_strdup_printf ("plugin %s", id);
  group->place = g_strdup (place);
  group->entries = g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_host_entry_free);
  g_ptr_array_add (groups, group);
  return group;
}

/* ---- files ---- */

static void reeve_host_config_say (GPtrArray *list, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
reeve_host_config_say (GPtrArray *list, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_ptr_array_add (list, g_strdup_vprintf (format, args));
  va_end (args);
}

/* The group that a head opens; NULL: the lines that follow are skipped. */
static ReeveHostGroup *
reeve_host_config_open_group (ReeveHostConfigFile *file, ReeveHostLine *line, const char *place)
{
  GPtrArray *groups =
      file->origin == REEVE_ORIGIN_OVERLAY ? file->config->overlay : file->config->groups;
  g_autofree char *id = NULL;
  g_autofree char *instance = NULL;

  if (!reeve_host_config_split_group (line->group, &id, &instance))
    {
      reeve_host_config_say (file->config->warnings,
                             "%s: [%s]: unknown group, left out; it must be [host], [plugin ID] "
                             "or [plugin ID NAME]",
                             place, line->group);
      return NULL;
    }
  return reeve_host_groups_ensure (groups, id, instance, place);
}

static void
reeve_host_config_add_entry (ReeveHostConfigFile *file, ReeveHostGroup *group, ReeveHostLine *line,
                             const char *place)
{
  ReeveHostEntry *entry = g_new0 (ReeveHostEntry, 1);

  entry->key = g_strdup (line->key);
  entry->text = g_strdup (line->text);
  entry->place = g_strdup (place);
  entry->origin = file->origin;
  entry->exposed = file->exposed;
  g_ptr_array_add (group->entries, entry);
}

/* A faulty line spoils the object whose group it stands in; without one, the whole reading. */
static void
reeve_host_config_add_fault (ReeveHostConfigFile *file, ReeveHostGroup *group, ReeveHostLine *line,
                             const char *place)
{
  const char *fault = line->fault != NULL ? line->fault : "it stands before the first group";

  if (file->origin == REEVE_ORIGIN_OVERLAY)
    reeve_host_config_say (file->config->warnings, "%s: line left out: %s", place, fault);
  else if (group == NULL)
    reeve_host_config_say (file->config->errors, "%s: malformed line: %s", place, fault);
  else if (group->fault == NULL)
    group->fault = g_strdup_printf ("%s: malformed line: %s", place, fault);
}

static void
reeve_host_config_take_lines (ReeveHostConfigFile *file, const char *data, gsize length)
{
  g_autoptr (GPtrArray) lines = reeve_host_lines_parse (data, length);
  ReeveHostGroup *group = NULL;
  gboolean skipping = FALSE;

  for (guint i = 0; i < lines->len; i++)
    {
      ReeveHostLine *line = g_ptr_array_index (lines, i);
      g_autofree char *place = g_strdup_printf ("%s:%u", file->path, line->number);

      if (line->group != NULL)
        {
          group = reeve_host_config_open_group (file, line, place);
          skipping = group == NULL;
        }
      else if (line->head)
        {
          /* whose values follow cannot be known, so none of them may count */
          reeve_host_config_add_fault (file, NULL, line, place);
          group = NULL;
          skipping = TRUE;
        }
      else if (!skipping && (line->fault != NULL || group == NULL))
        reeve_host_config_add_fault (file, group, line, place);
      else if (group != NULL)
        reeve_host_config_add_entry (file, group, line, place);
    }
}

static void
reeve_host_config_read (ReeveHostConfig *self, const char *path, ReeveSettingOrigin origin)
{
  ReeveHostConfigFile file = { self, path, origin, FALSE };
  g_autofree char *data = NULL;
  g_autoptr (GError) error = NULL;
  struct stat info;
  gsize length = 0;

  if (stat (path, &info) == 0)
    {
      file.exposed = (info.st_mode & S_IROTH) != 0;
      if (!S_ISREG (info.st_mode) || info.st_size > REEVE_HOST_LINES_MAX_FILE)
        {
          reeve_host_config_say (self->errors, "%s: not a file of at most %d bytes", path,
                                 REEVE_HOST_LINES_MAX_FILE);
          return;
        }
    }
  if (!g_file_get_contents (path, &data, &length, &error))
    {
      reeve_host_config_say (self->errors, "%s: cannot be read: %s", path, error->message);
      return;
    }
  reeve_host_config_take_lines (&file, data, length);
}

static int
reeve_host_config_compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static void
reeve_host_config_read_drop_ins (ReeveHostConfig *self, const char *main_file)
{
  g_autofree char *folder = g_strconcat (main_file, ".d", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &error);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  if (dir == NULL)
    {
      if (!g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        reeve_host_config_say (self->errors, "%s: cannot be read: %s", folder, error->message);
      return;
    }
  while ((name = g_dir_read_name (dir)) != NULL)
    if (*name != '.' && g_str_has_suffix (name, ".conf"))
      g_ptr_array_add (names, g_strdup (name));
  if (names->len > REEVE_HOST_CONFIG_MAX_FILES)
    {
      reeve_host_config_say (self->errors, "%s: more than %d files", folder,
                             REEVE_HOST_CONFIG_MAX_FILES);
      return;
    }
  g_ptr_array_sort (names, reeve_host_config_compare);
  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *path = g_build_filename (folder, g_ptr_array_index (names, i), NULL);

      reeve_host_config_read (self, path, REEVE_ORIGIN_FILE);
    }
}

ReeveHostConfig *
reeve_host_config_load (const char *main_file, gboolean must_exist, const char *overlay_file)
{
  ReeveHostConfig *self = g_new0 (ReeveHostConfig, 1);

  self->groups = g_ptr_array_new_with_free_func (reeve_host_group_free);
  self->overlay = g_ptr_array_new_with_free_func (reeve_host_group_free);
  self->errors = g_ptr_array_new_with_free_func (g_free);
  self->warnings = g_ptr_array_new_with_free_func (g_free);
  if (main_file != NULL)
    {
      if (must_exist || g_file_test (main_file, G_FILE_TEST_EXISTS))
        reeve_host_config_read (self, main_file, REEVE_ORIGIN_FILE);
      reeve_host_config_read_drop_ins (self, main_file);
    }
  if (overlay_file != NULL && g_file_test (overlay_file, G_FILE_TEST_EXISTS))
    reeve_host_config_read (self, overlay_file, REEVE_ORIGIN_OVERLAY);
  return self;
}

/* ---- what needs no table ---- */

gboolean
reeve_host_config_get_enabled (ReeveHostConfig *self, const char *id, const char *instance,
                               gboolean fallback, gboolean *ret_enabled, const char **ret_place,
                               GError **error)
{
  static const ReeveSettingsRow row = { .key = "enabled", .type = REEVE_SETTING_BOOLEAN };
  ReeveHostGroup *group = reeve_host_groups_find (self->groups, id, instance);
  gboolean enabled = fallback;
  const char *place = NULL;

  for (guint i = 0; group != NULL && i < group->entries->len; i++)
    {
      ReeveHostEntry *entry = g_ptr_array_index (group->entries, i);

      if (strcmp (entry->key, "enabled") != 0)
        continue;
      if (!reeve_settings_row_check (&row, entry->text, error))
        {
          g_prefix_error (error, "%s: [%s] enabled: ", entry->place, group->name);
          return FALSE;
        }
      enabled = *entry->text == '\0'
                    ? fallback
                    : strcmp (entry->text, "yes") == 0 || strcmp (entry->text, "true") == 0;
      place = entry->place;
    }
  *ret_enabled = enabled;
  if (ret_place != NULL)
    *ret_place = place;
  return TRUE;
}

static gboolean
reeve_host_group_has_values (ReeveHostGroup *self)
{
  for (guint i = 0; i < self->entries->len; i++)
    if (strcmp (((ReeveHostEntry *) g_ptr_array_index (self->entries, i))->key, "enabled") != 0)
      return TRUE;
  return self->fault != NULL;
}

GPtrArray *
reeve_host_config_list_instances (ReeveHostConfig *self, const char *id)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < self->groups->len; i++)
    {
      ReeveHostGroup *group = g_ptr_array_index (self->groups, i);

      if (strcmp (group->id, id) == 0 &&
          (*group->instance != '\0' || reeve_host_group_has_values (group)))
        g_ptr_array_add (names, g_strdup (group->instance));
    }
  return names;
}

GHashTable *
reeve_host_config_list_ids (ReeveHostConfig *self)
{
  GHashTable *ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  for (guint i = 0; i < self->groups->len; i++)
    {
      ReeveHostGroup *group = g_ptr_array_index (self->groups, i);

      if (strcmp (group->id, "host") != 0 && !g_hash_table_contains (ids, group->id))
        g_hash_table_insert (ids, g_strdup (group->id), g_strdup (group->place));
    }
  return ids;
}
