/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* From the text of a key file to a value, by the row of a plugin's table. What is wrong is said
 * with the form that is expected; the value is repeated only where it cannot be a secret. */

#include "config.h"

#include "reeve-settings-private.h"

#include <string.h>

#include "reeve-error.h"
#include "reeve-net.h"

/* How much of a wrong value a message repeats. */
#define REEVE_SETTINGS_QUOTE 60

typedef struct
{
  const char *suffix;
  gint64 factor;
} ReeveSettingsUnit;

static const ReeveSettingsUnit reeve_settings_durations[] = {
  { "ms", 1 }, { "s", 1000 }, { "min", 60000 }, { "h", 3600000 }, { "d", 86400000 }, { NULL, 0 },
};

static const ReeveSettingsUnit reeve_settings_sizes[] = {
  { "", 1 },
  { "K", G_GINT64_CONSTANT (1) << 10 },
  { "M", G_GINT64_CONSTANT (1) << 20 },
  { "G", G_GINT64_CONSTANT (1) << 30 },
  { "T", G_GINT64_CONSTANT (1) << 40 },
  { NULL, 0 },
};

void
reeve_settings_item_clear (ReeveSettingsItem *self)
{
  g_clear_pointer (&self->text, g_free);
  g_clear_pointer (&self->list, g_strfreev);
  g_clear_pointer (&self->place, g_free);
}

/* Where the userinfo after "://" ends: past its last "@", or NULL when there is none. A password
 * with a slash in it makes no proper URL, and must not be shown for that. */
static const char *
reeve_settings_find_userinfo_end (const char *authority)
{
  gsize whole = strcspn (authority, " \t\r\n\"'<>");
  gsize length = strcspn (authority, "/?# \t\r\n\"'<>");
  const char *at = g_strrstr_len (authority, (gssize) length, "@");
  const char *colon;

  if (at != NULL)
    return at + 1;
  at = g_strrstr_len (authority, (gssize) whole, "@");
  colon = g_strrstr_len (authority, (gssize) length, ":");
  if (at == NULL || colon == NULL || *authority == '[')
    return NULL;
  colon++;
  if (colon + strspn (colon, "0123456789") == authority + length)
    return NULL; /* a port, so what comes later is a path */
  return at + 1;
}

char *
reeve_settings_mask_url (const char *url)
{
  GString *masked = g_string_new (NULL);
  const char *rest = url;
  const char *mark;

  while ((mark = strstr (rest, "://")) != NULL)
    {
      const char *end = reeve_settings_find_userinfo_end (mark + 3);

      g_string_append_len (masked, rest, mark + 3 - rest);
      rest = mark + 3;
      if (end != NULL)
        {
          g_string_append (masked, "***@");
          rest = end;
        }
    }
  g_string_append (masked, rest);
  return g_string_free (masked, FALSE);
}

static gboolean
reeve_settings_fail (const ReeveSettingsRow *row, const char *text, const char *expected,
                     GError **error)
{
  g_autofree char *masked = NULL;
  g_autofree char *valid = NULL;
  g_autofree char *shown = NULL;

  if (row->flags & REEVE_SETTING_SECRET)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID, "must be %s", expected);
      return FALSE;
    }
  valid = g_utf8_make_valid (text, -1);
  masked = reeve_settings_mask_url (valid);
  if (g_utf8_strlen (masked, -1) > REEVE_SETTINGS_QUOTE)
    strcpy (g_utf8_offset_to_pointer (masked, REEVE_SETTINGS_QUOTE - 3), "...");
  shown = g_strescape (masked, NULL);
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID, "must be %s, not \"%s\"", expected, shown);
  return FALSE;
}

/* The escapes of key files. NULL: an unknown one. A "\;" ends up as ";". */
static char *
reeve_settings_unescape (const char *text)
{
  static const char codes[] = "sntr\\;";
  static const char meant[] = " \n\t\r\\;";
  GString *plain = g_string_sized_new (strlen (text));

  for (const char *p = text; *p != '\0'; p++)
    {
      const char *code = NULL;

      if (*p != '\\')
        {
          g_string_append_c (plain, *p);
          continue;
        }
      p++;
      code = *p != '\0' ? strchr (codes, *p) : NULL;
      if (code == NULL)
        {
          g_string_free (plain, TRUE);
          return NULL;
        }
      g_string_append_c (plain, meant[code - codes]);
    }
  return g_string_free (plain, FALSE);
}

/* Splits at each ";" that has no backslash before it; empty pieces are left out. */
static GStrv
reeve_settings_split (const char *text)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  const char *start = text;

  for (const char *p = text;; p++)
    {
      if (*p == '\\' && p[1] != '\0')
        {
          p++;
          continue;
        }
      if (*p == ';' || *p == '\0')
        {
          g_autofree char *raw = g_strndup (start, (gsize) (p - start));
          g_autofree char *piece = reeve_settings_unescape (g_strstrip (raw));

          if (piece == NULL)
            return NULL;
          if (*piece != '\0')
            g_strv_builder_add (builder, piece);
          start = p + 1;
        }
      if (*p == '\0')
        return g_strv_builder_end (builder);
    }
}

static gboolean
reeve_settings_parse_units (const char *text, const ReeveSettingsUnit *units, gint64 *ret_number)
{
  gsize digits = strspn (text, "0123456789");
  g_autofree char *head = g_strndup (text, digits);
  guint64 number;

  if (digits == 0 || !g_ascii_string_to_unsigned (head, 10, 0, G_MAXINT64, &number, NULL))
    return FALSE;
  text += digits;
  while (*text == ' ')
    text++;
  if (number == 0 && *text == '\0')
    {
      *ret_number = 0;
      return TRUE;
    }
  for (; units->suffix != NULL; units++)
    if (strcmp (text, units->suffix) == 0)
      {
        if ((gint64) number > G_MAXINT64 / units->factor)
          return FALSE;
        *ret_number = (gint64) number * units->factor;
        return TRUE;
      }
  return FALSE;
}

/* The range as it would stand in a file. */
static char *
reeve_settings_show_number (const ReeveSettingsRow *row, gint64 number)
{
  const ReeveSettingsUnit *best = NULL;

  if (row->type == REEVE_SETTING_INTEGER || number == 0)
    return g_strdup_printf ("%" G_GINT64_FORMAT, number);
  for (const ReeveSettingsUnit *unit =
           row->type == REEVE_SETTING_DURATION ? reeve_settings_durations : reeve_settings_sizes;
       unit->suffix != NULL; unit++)
    if (number % unit->factor == 0)
      best = unit;
  return g_strdup_printf ("%" G_GINT64_FORMAT "%s", number / best->factor, best->suffix);
}

static gboolean
reeve_settings_check_range (const ReeveSettingsRow *row, const char *text, gint64 number,
                            GError **error)
{
  g_autofree char *low = NULL;
  g_autofree char *high = NULL;
  g_autofree char *expected = NULL;

  if ((row->minimum == 0 && row->maximum == 0) ||
      (number >= row->minimum && number <= row->maximum))
    return TRUE;
  low = reeve_settings_show_number (row, row->minimum);
  high = reeve_settings_show_number (row, row->maximum);
  expected = g_strdup_printf ("from %s to %s", low, high);
  return reeve_settings_fail (row, text, expected, error);
}

static gboolean
reeve_settings_parse_number (const ReeveSettingsRow *row, const char *text, gint64 *ret_number,
                             GError **error)
{
  gint64 number = 0;

  switch (row->type)
    {
    case REEVE_SETTING_BOOLEAN:
      *ret_number = strcmp (text, "yes") == 0 || strcmp (text, "true") == 0;
      if (*ret_number || strcmp (text, "no") == 0 || strcmp (text, "false") == 0)
        return TRUE;
      return reeve_settings_fail (row, text, "yes or no", error);
    case REEVE_SETTING_DURATION:
      if (!reeve_settings_parse_units (text, reeve_settings_durations, &number))
        return reeve_settings_fail (row, text, "a duration such as 250ms, 30s, 5min, 2h or 7d",
                                    error);
      break;
    case REEVE_SETTING_SIZE:
      if (!reeve_settings_parse_units (text, reeve_settings_sizes, &number))
        return reeve_settings_fail (row, text, "a size in bytes such as 512, 64K, 16M or 2G",
                                    error);
      break;
    default:
      if (!g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, &number, NULL))
        return reeve_settings_fail (row, text, "a whole number", error);
      break;
    }
  if (!reeve_settings_check_range (row, text, number, error))
    return FALSE;
  *ret_number = number;
  return TRUE;
}

static gboolean
reeve_settings_is_address (const char *text, gboolean url)
{
  g_autofree char *host = NULL;
  guint16 port;

  if (g_str_has_prefix (text, "unix:"))
    return g_path_is_absolute (text + strlen ("unix:"));
  if (url && strstr (text, "://") != NULL)
    {
      g_autoptr (GUri) uri = g_uri_parse (text, G_URI_FLAGS_NONE, NULL);

      return uri != NULL && g_uri_get_host (uri) != NULL && *g_uri_get_host (uri) != '\0';
    }
  return reeve_net_parse_address (text, &host, &port, NULL);
}

static gboolean
reeve_settings_check_text (const ReeveSettingsRow *row, const char *text, GError **error)
{
  g_autofree char *choices = NULL;
  g_autofree char *expected = NULL;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    if (g_unichar_iscntrl (g_utf8_get_char (p)))
      return reeve_settings_fail (row, text, "a text without control characters", error);
  switch (row->type)
    {
    case REEVE_SETTING_ENUM:
      if (g_strv_contains (row->choices, text))
        return TRUE;
      choices = g_strjoinv (", ", (GStrv) row->choices);
      expected = g_strdup_printf ("one of %s", choices);
      return reeve_settings_fail (row, text, expected, error);
    case REEVE_SETTING_PATH:
      if (g_path_is_absolute (text))
        return TRUE;
      return reeve_settings_fail (row, text, "an absolute path", error);
    case REEVE_SETTING_ENDPOINT:
      if (reeve_settings_is_address (text, FALSE))
        return TRUE;
      return reeve_settings_fail (
          row, text, "an address to listen on such as 127.0.0.1:8090, [::1]:8090 or unix:/path",
          error);
    case REEVE_SETTING_ADDRESS:
      if (reeve_settings_is_address (text, TRUE))
        return TRUE;
      return reeve_settings_fail (
          row, text, "a peer's address such as https://name.example or name.example:8090", error);
    default:
      return TRUE;
    }
}

static gboolean
reeve_settings_parse_list (const ReeveSettingsRow *row, const char *text,
                           ReeveSettingsItem *ret_item, GError **error)
{
  g_auto (GStrv) list = reeve_settings_split (text);

  if (list == NULL)
    return reeve_settings_fail (row, text, "a list separated by \";\" (a backslash is doubled)",
                                error);
  for (guint i = 0; list[i] != NULL; i++)
    if (!reeve_settings_check_text (row, list[i], error))
      return FALSE;
  *ret_item = (ReeveSettingsItem){ .is_set = TRUE, .list = g_steal_pointer (&list) };
  return TRUE;
}

gboolean
reeve_settings_row_parse (const ReeveSettingsRow *row, const char *text,
                          ReeveSettingsItem *ret_item, GError **error)
{
  g_autofree char *plain = NULL;
  gint64 number = 0;

  if (!g_utf8_validate (text, -1, NULL))
    return reeve_settings_fail (row, text, "valid UTF-8", error);
  if (row->type == REEVE_SETTING_STRINGS)
    return reeve_settings_parse_list (row, text, ret_item, error);
  plain = reeve_settings_unescape (text);
  if (plain == NULL)
    return reeve_settings_fail (row, text, "a text whose backslashes are doubled", error);
  if (row->type <= REEVE_SETTING_SIZE)
    {
      if (!reeve_settings_parse_number (row, plain, &number, error))
        return FALSE;
    }
  else if (!reeve_settings_check_text (row, plain, error))
    {
      return FALSE;
    }
  *ret_item = (ReeveSettingsItem){ .is_set = TRUE, .number = number };
  if (row->type > REEVE_SETTING_SIZE)
    ret_item->text = g_steal_pointer (&plain);
  return TRUE;
}
