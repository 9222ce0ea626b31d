/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Names, patterns, states and the files of a control group. Pure: bytes in, values out. */

#include "config.h"

#include "reeve-services-parse.h"

#include <string.h>

#include <reeve/monitor.h>

#define REEVE_SERVICES_SUFFIX ".service"
#define REEVE_SERVICES_OBJECTS "/org/freedesktop/systemd1/unit/"

static const char *const reeve_services_types[] = {
  ".service", ".timer", ".socket", ".mount", ".automount", ".swap",
  ".target",  ".path",  ".device", ".slice", ".scope",
};

/* ---- the files of a control group ---- */

/* The digits at the beginning; 0: none, or more than 64 bits. */
static gsize
reeve_services_parse_digits (const char *text, gsize length, guint64 *ret_value)
{
  guint64 value = 0;
  gsize n;

  for (n = 0; n < length && g_ascii_isdigit (text[n]); n++)
    if (!g_uint64_checked_mul (&value, value, 10) ||
        !g_uint64_checked_add (&value, value, (guint64) (text[n] - '0')))
      return 0;
  *ret_value = value;
  return n;
}

gboolean
reeve_services_parse_number (const char *text, gsize length, guint64 *ret_value)
{
  guint64 value;
  gsize n = reeve_services_parse_digits (text, length, &value);

  if (n == 0 || n + 1 != length || text[n] != '\n')
    return FALSE;
  *ret_value = value;
  return TRUE;
}

gboolean
reeve_services_parse_usage (const char *text, gsize length, guint64 *ret_us)
{
  static const char key[] = "usage_usec ";
  const gsize key_length = sizeof key - 1;

  while (length > 0)
    {
      const char *end = memchr (text, '\n', length);
      gsize line;

      if (end == NULL)
        return FALSE;
      line = (gsize) (end - text) + 1;
      if (line > key_length && memcmp (text, key, key_length) == 0)
        return reeve_services_parse_number (text + key_length, line - key_length, ret_us);
      text += line;
      length -= line;
    }
  return FALSE;
}

/* ---- names ---- */

static gboolean
reeve_services_is_name_char (char c)
{
  return g_ascii_isalnum (c) || (c != '\0' && strchr (":-_.\\@", c) != NULL);
}

static gboolean
reeve_services_has_type (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (reeve_services_types); i++)
    if (g_str_has_suffix (name, reeve_services_types[i]))
      return TRUE;
  return FALSE;
}

gboolean
reeve_services_is_unit_name (const char *name)
{
  gsize length;

  for (length = 0; name[length] != '\0'; length++)
    if (length >= REEVE_SERVICES_MAX_NAME || !reeve_services_is_name_char (name[length]))
      return FALSE;
  return length > 0 && name[0] != '.' && reeve_services_has_type (name);
}

char *
reeve_services_show_name (const char *unit)
{
  gsize length = strlen (unit);
  g_autoptr (GString) name = g_string_sized_new (length);

  if (g_str_has_suffix (unit, REEVE_SERVICES_SUFFIX))
    length -= strlen (REEVE_SERVICES_SUFFIX);
  for (gsize i = 0; i < length; i++)
    {
      if (unit[i] == '\\' && i + 3 < length && unit[i + 1] == 'x' &&
          g_ascii_isxdigit (unit[i + 2]) && g_ascii_isxdigit (unit[i + 3]))
        {
          g_string_append_c (name, (char) (g_ascii_xdigit_value (unit[i + 2]) << 4 |
                                           g_ascii_xdigit_value (unit[i + 3])));
          i += 3;
        }
      else
        {
          g_string_append_c (name, unit[i]);
        }
    }
  return reeve_text_clean (name->str, (gssize) name->len, REEVE_SERVICES_MAX_NAME);
}

gboolean
reeve_services_is_cgroup (const char *path)
{
  gsize length = strlen (path);

  return path[0] == '/' && length > 1 && length <= REEVE_SERVICES_MAX_PATH &&
         strstr (path, "/../") == NULL && !g_str_has_suffix (path, "/..");
}

gboolean
reeve_services_is_object (const char *path)
{
  return g_str_has_prefix (path, REEVE_SERVICES_OBJECTS) &&
         strlen (path) <= REEVE_SERVICES_MAX_PATH && g_variant_is_object_path (path);
}

/* ---- patterns ---- */

char *
reeve_services_parse_pattern (const char *text, GError **error)
{
  gsize length = strlen (text);

  for (gsize i = 0; i < length; i++)
    if (!reeve_services_is_name_char (text[i]) && strchr ("*?[]!^", text[i]) == NULL)
      length = 0;
  if (length == 0 || length > REEVE_SERVICES_MAX_NAME)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "a pattern is a unit's name, 1 to %d characters, in which * ? and [...] stand "
                   "for others, such as nginx or backup-*.timer",
                   REEVE_SERVICES_MAX_NAME);
      return NULL;
    }
  if (reeve_services_has_type (text) || g_str_has_suffix (text, ".*"))
    return g_strdup (text);
  return g_strconcat (text, REEVE_SERVICES_SUFFIX, NULL);
}

GStrv
reeve_services_parse_patterns (const char *const *texts, GError **error)
{
  g_autoptr (GPtrArray) patterns = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; texts[i] != NULL; i++)
    {
      char *pattern;

      if (i >= REEVE_SERVICES_MAX_PATTERNS)
        {
          g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT, "more than %d patterns",
                       REEVE_SERVICES_MAX_PATTERNS);
          return NULL;
        }
      pattern = reeve_services_parse_pattern (texts[i], error);
      if (pattern == NULL)
        return NULL;
      g_ptr_array_add (patterns, pattern);
    }
  g_ptr_array_add (patterns, NULL);
  return (GStrv) g_ptr_array_free (g_steal_pointer (&patterns), FALSE);
}

/* ---- states ---- */

guint
reeve_services_parse_state (const char *text)
{
  static const char *const names[] = {
    [REEVE_SERVICES_STATE_ACTIVE] = "active",
    [REEVE_SERVICES_STATE_INACTIVE] = "inactive",
    [REEVE_SERVICES_STATE_FAILED] = "failed",
    [REEVE_SERVICES_STATE_ACTIVATING] = "activating",
    [REEVE_SERVICES_STATE_DEACTIVATING] = "deactivating",
    [REEVE_SERVICES_STATE_RELOADING] = "reloading",
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (text, names[i]))
      return i;
  return REEVE_SERVICES_STATE_INACTIVE;
}

guint
reeve_services_parse_sub_state (const char *text)
{
  static const char *const names[] = { "dead", "running", "exited", "failed" };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (text, names[i]))
      break;
  return i;
}
