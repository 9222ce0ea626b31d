/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One object's settings: an array of parsed values in the order of its table's rows. Made once,
 * never changed, so that it can be handed to threads and compared with the next set. */

#include "config.h"

#include "reeve-settings.h"

#include <stdarg.h>
#include <string.h>

#include "reeve-error.h"
#include "reeve-settings-private.h"

struct _ReeveSettings
{
  gatomicrefcount refs;
  const ReeveSettingsRow *rows;
  gsize n_items;
  ReeveSettingsItem *items;
};

G_DEFINE_BOXED_TYPE (ReeveSettings, reeve_settings, reeve_settings_ref, reeve_settings_unref)

static const ReeveSettingsRow reeve_settings_no_rows[] = { { NULL } };

static const char *const reeve_settings_empty_list[] = { NULL };

ReeveSettings *
reeve_settings_ref (ReeveSettings *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
reeve_settings_unref (ReeveSettings *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  for (gsize i = 0; i < self->n_items; i++)
    reeve_settings_item_clear (&self->items[i]);
  g_free (self->items);
  g_free (self);
}

const ReeveSettingsRow *
reeve_settings_rows_find (const ReeveSettingsRow *rows, const char *key)
{
  for (; rows != NULL && rows->key != NULL; rows++)
    if (strcmp (rows->key, key) == 0)
      return rows;
  return NULL;
}

/* ---- making ---- */

static gboolean
reeve_settings_put (ReeveSettings *self, const ReeveSettingsRow *row,
                    const ReeveSettingsValue *value, GError **error)
{
  ReeveSettingsItem *item = &self->items[row - self->rows];
  ReeveSettingsItem parsed = { 0 };
  const char *text = value->text;

  if (*text == '\0' && row->type != REEVE_SETTING_STRINGS)
    text = row->default_text;
  if (text != NULL && !reeve_settings_row_parse (row, text, &parsed, error))
    {
      g_prefix_error (error, "%s: ", row->key);
      return FALSE;
    }
  reeve_settings_item_clear (item);
  *item = parsed;
  item->origin = value->origin;
  item->place = g_strdup (value->place);
  return TRUE;
}

static gboolean
reeve_settings_put_defaults (ReeveSettings *self, GError **error)
{
  for (const ReeveSettingsRow *row = self->rows; row->key != NULL; row++)
    {
      ReeveSettingsValue value = { row->key, row->default_text, REEVE_ORIGIN_DEFAULT, NULL };

      if (row->default_text != NULL && !reeve_settings_put (self, row, &value, error))
        return FALSE;
    }
  return TRUE;
}

ReeveSettings *
reeve_settings_new (const ReeveSettingsRow *rows, const ReeveSettingsValue *values, gsize n_values,
                    GError **error)
{
  g_autoptr (ReeveSettings) self = g_new0 (ReeveSettings, 1);

  g_atomic_ref_count_init (&self->refs);
  self->rows = rows != NULL ? rows : reeve_settings_no_rows;
  while (self->rows[self->n_items].key != NULL)
    self->n_items++;
  self->items = g_new0 (ReeveSettingsItem, self->n_items);
  if (!reeve_settings_put_defaults (self, error))
    return NULL;
  for (gsize i = 0; i < n_values; i++)
    {
      const ReeveSettingsRow *row = reeve_settings_rows_find (self->rows, values[i].key);

      if (row == NULL)
        {
          g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID, "%s: unknown key", values[i].key);
          return NULL;
        }
      if (!reeve_settings_put (self, row, &values[i], error))
        return NULL;
    }
  return g_steal_pointer (&self);
}

ReeveSettings *
reeve_settings_new_for_pairs (const ReeveSettingsRow *rows, GError **error, ...)
{
  g_autoptr (GArray) values = g_array_new (FALSE, FALSE, sizeof (ReeveSettingsValue));
  ReeveSettingsValue value = { NULL, NULL, REEVE_ORIGIN_FILE, NULL };
  va_list pairs;

  va_start (pairs, error);
  while ((value.key = va_arg (pairs, const char *)) != NULL)
    {
      value.text = va_arg (pairs, const char *);
      g_array_append_val (values, value);
    }
  va_end (pairs);
  return reeve_settings_new (rows, (ReeveSettingsValue *) (void *) values->data, values->len,
                             error);
}

/* ---- asking ---- */

static const ReeveSettingsItem *
reeve_settings_find (ReeveSettings *self, const char *key, guint types)
{
  const ReeveSettingsRow *row = reeve_settings_rows_find (self->rows, key);

  if (row == NULL)
    {
      g_critical ("no setting is called %s", key);
      return NULL;
    }
  if ((types & (1u << row->type)) == 0)
    {
      g_critical ("setting %s was asked for by the wrong type", key);
      return NULL;
    }
  return &self->items[row - self->rows];
}

gboolean
reeve_settings_is_set (ReeveSettings *self, const char *key)
{
  const ReeveSettingsItem *item = reeve_settings_find (self, key, G_MAXUINT);

  return item != NULL && item->is_set;
}

gboolean
reeve_settings_get_boolean (ReeveSettings *self, const char *key)
{
  const ReeveSettingsItem *item = reeve_settings_find (self, key, 1u << REEVE_SETTING_BOOLEAN);

  return item != NULL && item->number != 0;
}

gint64
reeve_settings_get_integer (ReeveSettings *self, const char *key)
{
  const ReeveSettingsItem *item =
      reeve_settings_find (self, key,
                           1u << REEVE_SETTING_INTEGER | 1u << REEVE_SETTING_DURATION |
                               1u << REEVE_SETTING_SIZE);

  return item != NULL ? item->number : 0;
}

const char *
reeve_settings_get_string (ReeveSettings *self, const char *key)
{
  const ReeveSettingsItem *item =
      reeve_settings_find (self, key,
                           1u << REEVE_SETTING_STRING | 1u << REEVE_SETTING_ENUM |
                               1u << REEVE_SETTING_PATH | 1u << REEVE_SETTING_ENDPOINT |
                               1u << REEVE_SETTING_ADDRESS);

  return item != NULL ? item->text : NULL;
}

const char *const *
reeve_settings_get_strings (ReeveSettings *self, const char *key)
{
  const ReeveSettingsItem *item = reeve_settings_find (self, key, 1u << REEVE_SETTING_STRINGS);

  return item != NULL && item->list != NULL ? (const char *const *) item->list
                                            : reeve_settings_empty_list;
}

ReeveSettingOrigin
reeve_settings_get_origin (ReeveSettings *self, const char *key)
{
  const ReeveSettingsItem *item = reeve_settings_find (self, key, G_MAXUINT);

  return item != NULL ? item->origin : REEVE_ORIGIN_DEFAULT;
}

const char *
reeve_settings_get_place (ReeveSettings *self, const char *key)
{
  const ReeveSettingsItem *item = reeve_settings_find (self, key, G_MAXUINT);

  return item != NULL ? item->place : NULL;
}

const ReeveSettingsRow *
reeve_settings_get_rows (ReeveSettings *self)
{
  return self->rows;
}

const char *
reeve_settings_get_missing (ReeveSettings *self)
{
  for (gsize i = 0; i < self->n_items; i++)
    if ((self->rows[i].flags & REEVE_SETTING_REQUIRED) && !self->items[i].is_set)
      return self->rows[i].key;
  return NULL;
}

gboolean
reeve_settings_same (ReeveSettings *self, ReeveSettings *other, const char *key)
{
  const ReeveSettingsItem *a = reeve_settings_find (self, key, G_MAXUINT);
  const ReeveSettingsItem *b = reeve_settings_find (other, key, G_MAXUINT);

  if (a == NULL || b == NULL)
    return a == b;
  if (a->is_set != b->is_set || a->number != b->number || g_strcmp0 (a->text, b->text) != 0 ||
      (a->list == NULL) != (b->list == NULL))
    return FALSE;
  return a->list == NULL ||
         g_strv_equal ((const char *const *) a->list, (const char *const *) b->list);
}

/* ---- the table itself ---- */

gboolean
reeve_settings_row_check (const ReeveSettingsRow *row, const char *text, GError **error)
{
  ReeveSettingsItem item = { 0 };

  if (*text == '\0')
    return TRUE;
  if (!reeve_settings_row_parse (row, text, &item, error))
    return FALSE;
  reeve_settings_item_clear (&item);
  return TRUE;
}

static gboolean
reeve_settings_key_is_sound (const char *key)
{
  gsize length = strspn (key, "abcdefghijklmnopqrstuvwxyz0123456789-");

  return g_ascii_islower (*key) && key[length] == '\0' && length <= 64;
}

static const char *
reeve_settings_find_fault (const ReeveSettingsRow *row)
{
  if (!reeve_settings_key_is_sound (row->key))
    return "its name is not lower-case-dashed";
  if (strcmp (row->key, "enabled") == 0)
    return "the host keeps this key for itself";
  if ((int) row->type < 0 || row->type > REEVE_SETTING_ADDRESS)
    return "its type is unknown";
  if (row->text == NULL || *row->text == '\0')
    return "its text is missing";
  if (row->minimum > row->maximum)
    return "its range is empty";
  if (row->type == REEVE_SETTING_ENUM && (row->choices == NULL || row->choices[0] == NULL))
    return "its choices are missing";
  if ((row->flags & REEVE_SETTING_OVERLAY) &&
      ((row->flags & REEVE_SETTING_FILE_ONLY) || row->type == REEVE_SETTING_PATH ||
       row->type == REEVE_SETTING_ENDPOINT))
    return "a path, an endpoint to listen on or a file-only key cannot be in the overlay";
  return NULL;
}

gboolean
reeve_settings_rows_check (const ReeveSettingsRow *rows, GError **error)
{
  for (const ReeveSettingsRow *row = rows; row != NULL && row->key != NULL; row++)
    {
      const char *fault = reeve_settings_find_fault (row);

      if (fault == NULL && reeve_settings_rows_find (rows, row->key) != row)
        fault = "it is there twice";
      if (fault != NULL)
        {
          g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID, "key %s of the settings table: %s",
                       row->key, fault);
          return FALSE;
        }
      if (row->default_text != NULL && !reeve_settings_row_check (row, row->default_text, error))
        {
          g_prefix_error (error, "key %s of the settings table: its default ", row->key);
          return FALSE;
        }
    }
  return TRUE;
}
