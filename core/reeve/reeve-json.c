/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Values as JSON text. Written straight into a string: a week of history is some hundred thousand
 * numbers, and a node for each would cost more than the answer. */

#include "config.h"

#include "reeve-json.h"

#include <math.h>

/**
 * reeve_json_append_string:
 * @out: the text is appended here
 * @text: UTF-8
 */
void
reeve_json_append_string (GString *out, const char *text)
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
reeve_json_is_whole (double value)
{
  return fabs (value) < 9007199254740992.0 && value == (double) (gint64) value;
}

/* Digits behind the point that are tried before printf() is asked. */
#define REEVE_JSON_MAX_DECIMALS 12

/* Writes @number backwards from @end on, with at least so many digits. Returns where it begins. */
static char *
reeve_json_put_digits (char *end, gint64 number, guint least)
{
  do
    {
      *--end = (char) ('0' + number % 10);
      number /= 10;
      least -= MIN (least, 1);
    }
  while (number > 0 || least > 0);
  return end;
}

static void
reeve_json_append_whole (GString *out, gint64 number)
{
  char text[32], *p = reeve_json_put_digits (text + sizeof text, ABS (number), 1);

  if (number < 0)
    *--p = '-';
  g_string_append_len (out, p, text + sizeof text - p);
}

/* Most numbers have few digits, and such a one is found and written much faster than by printf().
 * The form is exact: a whole number and a power of ten are doubles as they are, so their quotient
 * is what reads back. */
static gboolean
reeve_json_append_short (GString *out, double value)
{
  char text[32], *p = text + sizeof text;
  double power = 1, number;
  guint decimals = 0;

  do
    {
      if (++decimals > REEVE_JSON_MAX_DECIMALS)
        return FALSE;
      power *= 10;
      number = rint (fabs (value) * power);
      if (!reeve_json_is_whole (number))
        return FALSE;
    }
  while (number / power != fabs (value));
  p = reeve_json_put_digits (p, (gint64) number % (gint64) power, decimals);
  *--p = '.';
  p = reeve_json_put_digits (p, (gint64) number / (gint64) power, 1);
  if (value < 0)
    *--p = '-';
  g_string_append_len (out, p, text + sizeof text - p);
  return TRUE;
}

/**
 * reeve_json_append_number:
 * @out: the text is appended here
 * @value: any
 *
 * A short form that reads back as the same number; null for what is none.
 */
void
reeve_json_append_number (GString *out, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  if (!isfinite (value))
    {
      g_string_append (out, "null");
      return;
    }
  if (reeve_json_is_whole (value))
    {
      reeve_json_append_whole (out, (gint64) value);
      return;
    }
  if (reeve_json_append_short (out, value))
    return;
  g_ascii_formatd (text, sizeof text, "%.15g", value);
  if (g_ascii_strtod (text, NULL) != value)
    g_ascii_formatd (text, sizeof text, "%.17g", value);
  g_string_append (out, text);
}

static void
reeve_json_append_numbers (GString *out, GVariant *value)
{
  gsize n;
  const double *numbers = g_variant_get_fixed_array (value, &n, sizeof (double));

  g_string_append_c (out, '[');
  for (gsize i = 0; i < n; i++)
    {
      if (i > 0)
        g_string_append_c (out, ',');
      reeve_json_append_number (out, numbers[i]);
    }
  g_string_append_c (out, ']');
}

/* Arrays and tuples are lists, arrays of entries are objects. */
static void
reeve_json_append_children (GString *out, GVariant *value)
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

          reeve_json_append_string (out, g_variant_get_string (key, NULL));
          g_string_append_c (out, ':');
          reeve_json_append_variant (out, member);
        }
      else
        reeve_json_append_variant (out, child);
    }
  g_string_append_c (out, object ? '}' : ']');
}

/**
 * reeve_json_append_variant:
 * @out: the text is appended here
 * @value: any value without handles
 *
 * Writes @value as JSON: boxed values as what is in them, a missing maybe as null.
 */
void
reeve_json_append_variant (GString *out, GVariant *value)
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
      reeve_json_append_number (out, g_variant_get_double (value));
      break;
    case G_VARIANT_CLASS_STRING:
    case G_VARIANT_CLASS_OBJECT_PATH:
    case G_VARIANT_CLASS_SIGNATURE:
      reeve_json_append_string (out, g_variant_get_string (value, NULL));
      break;
    case G_VARIANT_CLASS_VARIANT:
      inner = g_variant_get_variant (value);
      reeve_json_append_variant (out, inner);
      break;
    case G_VARIANT_CLASS_ARRAY:
      if (g_variant_is_of_type (value, G_VARIANT_TYPE ("ad")))
        reeve_json_append_numbers (out, value);
      else
        reeve_json_append_children (out, value);
      break;
    case G_VARIANT_CLASS_TUPLE:
    case G_VARIANT_CLASS_DICT_ENTRY:
      reeve_json_append_children (out, value);
      break;
    case G_VARIANT_CLASS_HANDLE:
    case G_VARIANT_CLASS_MAYBE:
      g_string_append (out, "null");
      break;
    }
}
