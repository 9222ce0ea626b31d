/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Files and overlay meet the tables here: which value holds, and which messages that gives. */

#include "config.h"

#include "reeve-host-config-private.h"

#include <string.h>

/* ---- what holds ---- */

static void
reeve_host_values_warn (GPtrArray *warnings, const char *place, const char *group, const char *key,
                        const char *text)
{
  if (warnings != NULL)
    g_ptr_array_add (warnings, g_strdup_printf ("%s: [%s] %s: %s", place, group, key, text));
}

static ReeveHostEntry *
reeve_host_values_find (GPtrArray *entries, const char *key, guint *ret_index)
{
  for (guint i = entries->len; i-- > 0;)
    {
      ReeveHostEntry *entry = g_ptr_array_index (entries, i);

      if (strcmp (entry->key, key) == 0)
        {
          if (ret_index != NULL)
            *ret_index = i;
          return entry;
        }
    }
  return NULL;
}

static void
reeve_host_values_put (GPtrArray *entries, const ReeveHostEntry *entry)
{
  guint index;

  if (reeve_host_values_find (entries, entry->key, &index) != NULL)
    g_ptr_array_remove_index (entries, index);
  g_ptr_array_add (entries, reeve_host_entry_copy (entry));
}

static gboolean
reeve_host_values_take_files (ReeveHostGroup *group, const ReeveSettingsRow *rows,
                              GPtrArray *entries, GPtrArray *warnings, GError **error)
{
  if (group->fault != NULL)
    {
      g_set_error_literal (error, REEVE_ERROR, REEVE_ERROR_INVALID, group->fault);
      return FALSE;
    }
  for (guint i = 0; i < group->entries->len; i++)
    {
      ReeveHostEntry *entry = g_ptr_array_index (group->entries, i);
      const ReeveSettingsRow *row = reeve_settings_rows_find (rows, entry->key);

      if (strcmp (entry->key, "enabled") == 0 && strcmp (group->id, "host") != 0)
        continue;
      if (row == NULL)
        {
          reeve_host_values_warn (warnings, entry->place, group->name, entry->key,
                                  "unknown key, left out (its value is not shown)");
          continue;
        }
      if (!reeve_settings_row_check (row, entry->text, error))
        {
          g_prefix_error (error, "%s: [%s] %s: ", entry->place, group->name, entry->key);
          return FALSE;
        }
      if ((row->flags & REEVE_SETTING_SECRET) && entry->exposed)
        reeve_host_values_warn (warnings, entry->place, group->name, entry->key,
                                "a secret in a file that everybody can read: chmod o-rwx it");
      reeve_host_values_put (entries, entry);
    }
  return TRUE;
}

/* An address that was set above the files must not receive what the files keep secret. */
static void
reeve_host_values_drop_secrets (const char *group, const ReeveSettingsRow *rows, GPtrArray *entries,
                                GPtrArray *warnings)
{
  for (guint i = entries->len; i-- > 0;)
    {
      ReeveHostEntry *entry = g_ptr_array_index (entries, i);
      const ReeveSettingsRow *row = reeve_settings_rows_find (rows, entry->key);

      if (!(row->flags & REEVE_SETTING_SECRET) || entry->origin == REEVE_ORIGIN_OVERLAY)
        continue;
      reeve_host_values_warn (warnings, entry->place, group, entry->key,
                              "unset, because the address it was meant for was changed at run "
                              "time; set it there again, or set the address in the file");
      g_ptr_array_remove_index (entries, i);
    }
}

static gboolean
reeve_host_values_may_overlay (const ReeveSettingsRow *row)
{
  return (row->flags & REEVE_SETTING_OVERLAY) && !(row->flags & REEVE_SETTING_FILE_ONLY) &&
         row->type != REEVE_SETTING_PATH && row->type != REEVE_SETTING_ENDPOINT;
}

static void
reeve_host_values_take_overlay (ReeveHostGroup *group, const ReeveSettingsRow *rows,
                                GPtrArray *entries, GPtrArray *warnings)
{
  gboolean moved = FALSE;

  for (guint i = 0; i < group->entries->len; i++)
    {
      ReeveHostEntry *entry = g_ptr_array_index (group->entries, i);
      const ReeveSettingsRow *row = reeve_settings_rows_find (rows, entry->key);
      ReeveHostEntry *above = reeve_host_values_find (entries, entry->key, NULL);
      g_autoptr (GError) error = NULL;

      if (row == NULL || !reeve_host_values_may_overlay (row))
        reeve_host_values_warn (warnings, entry->place, group->name, entry->key,
                                row == NULL ? "unknown key, left out (its value is not shown)"
                                            : "only files may set this, left out");
      else if (!reeve_settings_row_check (row, entry->text, &error))
        reeve_host_values_warn (warnings, entry->place, group->name, entry->key, error->message);
      else if (above == NULL || above->origin == REEVE_ORIGIN_OVERLAY)
        {
          reeve_host_values_put (entries, entry);
          moved = moved || row->type == REEVE_SETTING_ADDRESS;
        }
    }
  if (moved)
    reeve_host_values_drop_secrets (group->name, rows, entries, warnings);
}

GPtrArray *
reeve_host_config_collect (ReeveHostConfig *self, const char *id, const char *instance,
                           const ReeveSettingsRow *rows, GPtrArray *warnings, GError **error)
{
  g_autoptr (GPtrArray) entries =
      g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_host_entry_free);
  ReeveHostGroup *files = reeve_host_groups_find (self->groups, id, instance);
  ReeveHostGroup *overlay = reeve_host_groups_find (self->overlay, id, instance);

  if (files != NULL && !reeve_host_values_take_files (files, rows, entries, warnings, error))
    return NULL;
  if (overlay != NULL)
    reeve_host_values_take_overlay (overlay, rows, entries, warnings);
  return g_steal_pointer (&entries);
}

ReeveSettings *
reeve_host_config_build (const ReeveSettingsRow *rows, GPtrArray *entries, GError **error)
{
  g_autofree ReeveSettingsValue *values = g_new0 (ReeveSettingsValue, entries->len);

  for (guint i = 0; i < entries->len; i++)
    {
      ReeveHostEntry *entry = g_ptr_array_index (entries, i);

      values[i] = (ReeveSettingsValue){ entry->key, entry->text, entry->origin, entry->place };
    }
  return reeve_settings_new (rows, values, entries->len, error);
}

/* ---- the overlay's next text ---- */

static gboolean
reeve_host_values_check_edit (ReeveHostConfig *self, const char *id, const char *instance,
                              const ReeveSettingsRow *row, const char *text, GError **error)
{
  ReeveHostGroup *files = reeve_host_groups_find (self->groups, id, instance);
  ReeveHostEntry *above =
      files != NULL ? reeve_host_values_find (files->entries, row->key, NULL) : NULL;

  if (!reeve_host_values_may_overlay (row))
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_DENIED,
                   "%s: only configuration files may set this", row->key);
      return FALSE;
    }
  if (above != NULL)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_DENIED,
                   "%s: set by %s, which cannot be changed from here", row->key, above->place);
      return FALSE;
    }
  if (text != NULL && (strlen (text) > 4096 || strpbrk (text, "\r\n") != NULL))
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "%s: must be one line of at most 4096 bytes", row->key);
      return FALSE;
    }
  if (text != NULL && !reeve_settings_row_check (row, text, error))
    {
      g_prefix_error (error, "%s: ", row->key);
      return FALSE;
    }
  return TRUE;
}

/* The lines of one group of the overlay, with the change in it. */
static void
reeve_host_values_write_group (GString *out, ReeveHostGroup *group, const char *key,
                               const char *text, const ReeveSettingsRow *secrets_of)
{
  gsize start = out->len;

  for (guint i = 0; group != NULL && i < group->entries->len; i++)
    {
      ReeveHostEntry *entry = g_ptr_array_index (group->entries, i);
      const ReeveSettingsRow *row = reeve_settings_rows_find (secrets_of, entry->key);

      if (g_strcmp0 (entry->key, key) == 0 || (row != NULL && (row->flags & REEVE_SETTING_SECRET)))
        continue;
      g_string_append_printf (out, "%s=%s\n", entry->key, entry->text);
    }
  if (text != NULL)
    g_string_append_printf (out, "%s=%s\n", key, text);
  if (out->len > start && group != NULL)
    {
      g_autofree char *head = g_strdup_printf ("\n[%s]\n", group->name);

      g_string_insert (out, (gssize) start, head);
    }
}

static GString *
reeve_host_values_begin_overlay (void)
{
  return g_string_new ("# Written by reeved: what people set at run time. Files in the "
                       "configuration directory win.\n");
}

char *
reeve_host_config_get_overlay (ReeveHostConfig *self)
{
  GString *out = reeve_host_values_begin_overlay ();

  for (guint i = 0; i < self->overlay->len; i++)
    reeve_host_values_write_group (out, g_ptr_array_index (self->overlay, i), NULL, NULL, NULL);
  return g_string_free (out, FALSE);
}

char *
reeve_host_config_edit_overlay (ReeveHostConfig *self, const char *id, const char *instance,
                                const ReeveSettingsRow *rows, const char *key, const char *text,
                                GError **error)
{
  const ReeveSettingsRow *row = reeve_settings_rows_find (rows, key);
  ReeveHostGroup *group;
  ReeveHostEntry *old;
  gboolean moves;
  GString *out;

  if (row == NULL)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND, "no setting has this name");
      return NULL;
    }
  if (!reeve_host_values_check_edit (self, id, instance, row, text, error))
    return NULL;
  group = reeve_host_groups_ensure (self->overlay, id, instance, "");
  old = reeve_host_values_find (group->entries, key, NULL);
  moves =
      row->type == REEVE_SETTING_ADDRESS && g_strcmp0 (old != NULL ? old->text : NULL, text) != 0;
  out = reeve_host_values_begin_overlay ();
  for (guint i = 0; i < self->overlay->len; i++)
    {
      ReeveHostGroup *other = g_ptr_array_index (self->overlay, i);

      if (other == group)
        reeve_host_values_write_group (out, group, key, text, moves ? rows : NULL);
      else
        reeve_host_values_write_group (out, other, NULL, NULL, NULL);
    }
  return g_string_free (out, FALSE);
}
