/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Values as JSON text. Written straight into a string: a week of history is some hundred thousand
 * numbers, and a node for each would cost more than the answer. */

#include "config.h"

#include "reeve-web-ui-json.h"

#include <math.h>
#include <string.h>

void
reeve_web_ui_json_append_string (GString *out, const char *text)
{
  g_string_append_c (out, '"');
  for (const char *p = text; *p != '\0'; p++)
    {
      guchar c = (guchar) *p;

      if (c == '"' || c == '\\')
        g_string_append_c (out, '\\');
      if (c < 0x20 || c == 0x7f)
        g_string_append_printf (out, "\\u%04x", c);
      else
        g_string_append_c (out, *p);
    }
  g_string_append_c (out, '"');
}

/* A whole number that a double keeps as such. */
static gboolean
reeve_web_ui_json_is_whole (double value)
{
  return fabs (value) < 9007199254740992.0 && value == trunc (value);
}

/* The shortest of two forms that reads back as the same number. Every other one is whole, which is
 * written many times faster. */
void
reeve_web_ui_json_append_number (GString *out, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  if (!isfinite (value))
    {
      g_string_append (out, "null");
      return;
    }
  if (reeve_web_ui_json_is_whole (value))
    {
      g_string_append_printf (out, "%" G_GINT64_FORMAT, (gint64) value);
      return;
    }
  g_ascii_formatd (text, sizeof text, "%.15g", value);
  if (g_ascii_strtod (text, NULL) != value)
    g_ascii_formatd (text, sizeof text, "%.17g", value);
  g_string_append (out, text);
}

static void
reeve_web_ui_json_append_numbers (GString *out, GVariant *value)
{
  gsize n;
  const double *numbers = g_variant_get_fixed_array (value, &n, sizeof (double));

  g_string_append_c (out, '[');
  for (gsize i = 0; i < n; i++)
    {
      if (i > 0)
        g_string_append_c (out, ',');
      reeve_web_ui_json_append_number (out, numbers[i]);
    }
  g_string_append_c (out, ']');
}

/* Arrays and tuples are lists, arrays of entries are objects. */
static void
reeve_web_ui_json_append_container (GString *out, GVariant *value)
{
  gboolean object = g_variant_is_of_type (value, G_VARIANT_TYPE ("a{s*}"));
  gsize n = g_variant_n_children (value);

  g_string_append_c (out, object ? '{' : '[');
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (value, i);

      if (i > 0)
        g_string_append_c (out, ',');
      if (object)
        {
          g_autoptr (GVariant) key = g_variant_get_child_value (child, 0);
          g_autoptr (GVariant) member = g_variant_get_child_value (child, 1);

          reeve_web_ui_json_append_string (out, g_variant_get_string (key, NULL));
          g_string_append_c (out, ':');
          reeve_web_ui_json_append_variant (out, member);
        }
      else
        reeve_web_ui_json_append_variant (out, child);
    }
  g_string_append_c (out, object ? '}' : ']');
}

/**
 * reeve_web_ui_json_append_variant:
 * @out: the text is appended here
 * @value: any value without handles
 *
 * Writes @value as JSON: boxed values as what is in them, a missing maybe as null.
 */
void
reeve_web_ui_json_append_variant (GString *out, GVariant *value)
{
  g_autoptr (GVariant) inner = NULL;

  switch (g_variant_classify (value))
    {
    case G_VARIANT_CLASS_BOOLEAN:
      g_string_append (out, g_variant_get_boolean (value) ? "true" : "false");
      break;
    case G_VARIANT_CLASS_BYTE:
      g_string_append_printf (out, "%u", g_variant_get_byte (value));
      break;
    case G_VARIANT_CLASS_INT16:
      g_string_append_printf (out, "%d", g_variant_get_int16 (value));
      break;
    case G_VARIANT_CLASS_UINT16:
      g_string_append_printf (out, "%u", g_variant_get_uint16 (value));
      break;
    case G_VARIANT_CLASS_INT32:
      g_string_append_printf (out, "%d", g_variant_get_int32 (value));
      break;
    case G_VARIANT_CLASS_UINT32:
      g_string_append_printf (out, "%u", g_variant_get_uint32 (value));
      break;
    case G_VARIANT_CLASS_INT64:
      g_string_append_printf (out, "%" G_GINT64_FORMAT, g_variant_get_int64 (value));
      break;
    case G_VARIANT_CLASS_UINT64:
      g_string_append_printf (out, "%" G_GUINT64_FORMAT, g_variant_get_uint64 (value));
      break;
    case G_VARIANT_CLASS_DOUBLE:
      reeve_web_ui_json_append_number (out, g_variant_get_double (value));
      break;
    case G_VARIANT_CLASS_STRING:
    case G_VARIANT_CLASS_OBJECT_PATH:
    case G_VARIANT_CLASS_SIGNATURE:
      reeve_web_ui_json_append_string (out, g_variant_get_string (value, NULL));
      break;
    case G_VARIANT_CLASS_VARIANT:
      inner = g_variant_get_variant (value);
      reeve_web_ui_json_append_variant (out, inner);
      break;
    case G_VARIANT_CLASS_ARRAY:
      if (g_variant_is_of_type (value, G_VARIANT_TYPE ("ad")))
        reeve_web_ui_json_append_numbers (out, value);
      else
        reeve_web_ui_json_append_container (out, value);
      break;
    case G_VARIANT_CLASS_TUPLE:
    case G_VARIANT_CLASS_DICT_ENTRY:
      reeve_web_ui_json_append_container (out, value);
      break;
    case G_VARIANT_CLASS_HANDLE:
    case G_VARIANT_CLASS_MAYBE:
      g_string_append (out, "null");
      break;
    }
}

/* Beyond strings JSON has these only. The parser also knows comments, and what looks like a string
 * in one of them would hide brackets from us. */
static gboolean
reeve_web_ui_json_is_plain (char c)
{
  return g_ascii_isalnum (c) || (c != '\0' && strchr (" \t\r\n{}[],:+-.\"", c) != NULL);
}

/**
 * reeve_web_ui_json_is_flat:
 * @text: (array length=length): what a client sent
 * @length: in bytes
 * @max_depth: of objects and lists
 *
 * The parser recurses into each bracket, so a small text of brackets could use up the stack.
 *
 * Returns: %FALSE if that may happen, or if it is no JSON anyway
 */
gboolean
reeve_web_ui_json_is_flat (const char *text, gsize length, guint max_depth)
{
  gboolean string = FALSE;
  guint depth = 0;

  for (gsize i = 0; i < length; i++)
    {
      if (!string && !reeve_web_ui_json_is_plain (text[i]))
        return FALSE;
      if (string && text[i] == '\\')
        i++;
      else if (text[i] == '"')
        string = !string;
      else if (!string && (text[i] == '{' || text[i] == '['))
        {
          if (++depth > max_depth)
            return FALSE;
        }
      else if (!string && (text[i] == '}' || text[i] == ']') && depth > 0)
        depth--;
    }
  return TRUE;
}
