/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Labels and notes: what they may be. */

#include "config.h"

#include "reeve-fleet-labels.h"

#include <string.h>

#include "reeve-fleet-facts.h"

static gboolean
reeve_fleet_label_check_key (const char *key)
{
  gsize length = strlen (key);

  return length >= 1 && length <= REEVE_FLEET_MAX_LABEL_KEY && g_ascii_isalnum (key[0]) &&
         strspn (key, "abcdefghijklmnopqrstuvwxyz0123456789._-") == length;
}

static gboolean
reeve_fleet_label_check_value (const char *value)
{
  return g_utf8_strlen (value, -1) <= REEVE_FLEET_MAX_LABEL_VALUE &&
         reeve_text_is_clean (value, -1, 4 * REEVE_FLEET_MAX_LABEL_VALUE);
}

static int
reeve_fleet_label_compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* @table: keys to values. (transfer full) */
static GVariant *
reeve_fleet_labels_make (GHashTable *table)
{
  guint n;
  g_autofree char **keys = (char **) g_hash_table_get_keys_as_array (table, &n);
  GVariantBuilder builder;

  qsort (keys, n, sizeof *keys, reeve_fleet_label_compare);
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{ss}"));
  for (guint i = 0; i < n; i++)
    g_variant_builder_add (&builder, "{ss}", keys[i], g_hash_table_lookup (table, keys[i]));
  return reeve_fleet_pack (g_variant_builder_end (&builder));
}

GVariant *
reeve_fleet_labels_parse (const char *const *texts, GError **error)
{
  g_autoptr (GHashTable) table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  for (; *texts != NULL; texts++)
    {
      const char *equals = strchr (*texts, '=');
      g_autofree char *key =
          equals != NULL ? g_strndup (*texts, (gsize) (equals - *texts)) : g_strdup (*texts);
      const char *value = equals != NULL ? equals + 1 : "";

      if (!reeve_fleet_label_check_key (key) || !reeve_fleet_label_check_value (value))
        {
          g_autofree char *shown = reeve_text_clean (*texts, -1, 64);

          g_set_error (
              error, REEVE_ERROR, REEVE_ERROR_INVALID,
              "'%s' is no label: write KEY or KEY=VALUE, a key of 1 to %d of a-z, 0-9, '.', "
              "'_' and '-', a value of at most %d characters",
              shown, REEVE_FLEET_MAX_LABEL_KEY, REEVE_FLEET_MAX_LABEL_VALUE);
          return NULL;
        }
      if (!g_hash_table_insert (table, g_strdup (key), g_strdup (value)))
        {
          g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID, "the label '%s' stands there twice",
                       key);
          return NULL;
        }
    }
  if (g_hash_table_size (table) > REEVE_FLEET_MAX_LABELS)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT, "a system has at most %d labels",
                   REEVE_FLEET_MAX_LABELS);
      return NULL;
    }
  return reeve_fleet_labels_make (table);
}

GVariant *
reeve_fleet_labels_clean (GVariant *labels)
{
  g_autoptr (GHashTable) table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  GVariantIter iter;
  const char *key, *value;

  g_variant_iter_init (&iter, labels);
  while (g_variant_iter_next (&iter, "{&s&s}", &key, &value))
    if (reeve_fleet_label_check_key (key) && reeve_fleet_label_check_value (value) &&
        g_hash_table_size (table) < REEVE_FLEET_MAX_LABELS)
      g_hash_table_insert (table, g_strdup (key), g_strdup (value));
  return reeve_fleet_labels_make (table);
}

gboolean
reeve_fleet_labels_match (GVariant *labels, const char *key, const char *value)
{
  const char *found;

  return labels != NULL && g_variant_lookup (labels, key, "&s", &found) &&
         (value == NULL || strcmp (found, value) == 0);
}

gboolean
reeve_fleet_note_check (const char *note, GError **error)
{
  g_auto (GStrv) lines = g_strsplit (note, "\n", -1);
  gboolean clean = g_utf8_strlen (note, -1) <= REEVE_FLEET_MAX_NOTE;

  for (guint i = 0; lines[i] != NULL && clean; i++)
    clean = reeve_text_is_clean (lines[i], -1, 4 * REEVE_FLEET_MAX_NOTE);
  if (!clean)
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                 "a note has at most %d characters and no control characters but line ends",
                 REEVE_FLEET_MAX_NOTE);
  return clean;
}
