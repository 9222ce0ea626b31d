/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Values as JSON text. Written straight into a string: a week of history is some hundred thousand
 * numbers, and a node for each would cost more than the answer. */

#include "config.h"

#include "reeve-json.h"

#include <math.h>
#include <string.h>

/* Characters that stand for themselves. */
static gsize
reeve_json_count_plain (const char *text)
{
  const guchar *p = (const guchar *) text;

  while (*p >= 0x20 && *p != '"' && *p != '\\' && *p != 0x7f)
    p++;
  return (gsize) (p - (const guchar *) text);
}

/**
 * reeve_json_append_string:
 * @out: the text is appended here
 * @text: UTF-8
 */
void
reeve_json_append_string (GString *out, const char *text)
{
  const char *p = text;

  g_string_append_c (out, '"');
  while (*p != '\0')
    {
      gsize plain = reeve_json_count_plain (p);
      guchar c = (guchar) p[plain];

      g_string_append_len (out, p, (gssize) plain);
      p += plain;
      if (c == '\0')
        break;
      if (c == '"' || c == '\\')
        {
          g_string_append_c (out, '\\');
          g_string_append_c (out, (char) c);
        }
      else
        g_string_append_printf (out, "\\u%04x", c);
      p++;
    }
  g_string_append_c (out, '"');
}

/* A whole number that a double keeps as such. */
static gboolean
reeve_json_is_whole (double value)
{
  return fabs (value) < 9007199254740992.0 && value == (double) (gint64) value;
}

/* Room for any number. */
#define REEVE_JSON_NUMBER_SIZE G_ASCII_DTOSTR_BUF_SIZE
/* Numbers of a list that are written before the string is touched. */
#define REEVE_JSON_CHUNK 32

/* The last @n digits of @number backwards from @end on, two by two; what is left goes to it.
 * Returns where they begin. */
static char *
reeve_json_put_last (char *end, guint64 *number, guint n)
{
  static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                              "25262728293031323334353637383940414243444546474849"
                              "50515253545556575859606162636465666768697071727374"
                              "75767778798081828384858687888990919293949596979899";
  guint64 left = *number;

  for (; n >= 2; n -= 2, left /= 100)
    {
      end -= 2;
      memcpy (end, pairs + 2 * (left % 100), 2);
    }
  if (n > 0)
    {
      *--end = (char) ('0' + left % 10);
      left /= 10;
    }
  *number = left;
  return end;
}

/* All digits of @number, one at least. */
static char *
reeve_json_put_digits (char *end, guint64 number)
{
  const gboolean none = number == 0;

  while (number >= 10)
    end = reeve_json_put_last (end, &number, 2);
  /* the first of an odd number of them */
  return number > 0 || none ? reeve_json_put_last (end, &number, 1) : end;
}

/* Digits are written backwards into the first half of a room of twice as much: then as many bytes
 * can be copied each time, which takes no call. */
#define REEVE_JSON_ROOM 32

/* @text: what begins at @begin, and whatever follows it; returns its length. */
static gsize
reeve_json_put_sign (char text[REEVE_JSON_NUMBER_SIZE], char *begin, const char *end,
                     gboolean negative)
{
  G_STATIC_ASSERT (REEVE_JSON_ROOM <= REEVE_JSON_NUMBER_SIZE);
  if (negative)
    *--begin = '-';
  memcpy (text, begin, REEVE_JSON_ROOM);
  return (gsize) (end - begin);
}

static gsize
reeve_json_put_whole (char text[REEVE_JSON_NUMBER_SIZE], gint64 number)
{
  char room[2 * REEVE_JSON_ROOM] = { 0 }, *end = room + REEVE_JSON_ROOM;

  return reeve_json_put_sign (text, reeve_json_put_digits (end, (guint64) ABS (number)), end,
                              number < 0);
}

/* @value as a whole number over a power of ten, the smallest one that does; FALSE: needs more
 * digits than are tried. */
static gboolean
reeve_json_find_decimals (double value, guint64 *ret_number, guint *ret_decimals)
{
  static const double powers[] = { 1e3, 1e6, 1e9, 1e12 };
  /* below this a product is near enough to the number that is sought */
  const double limit = 2251799813685248.0;

  for (guint i = value < 1e9 ? 1 : 0; i < G_N_ELEMENTS (powers) && value * powers[i] < limit; i++)
    {
      gint64 number = (gint64) (value * powers[i] + 0.5);
      guint decimals = 3 * (i + 1);

      if ((double) number / powers[i] != value)
        continue;
      for (; number % 10 == 0; decimals--)
        number /= 10;
      *ret_number = (guint64) number;
      *ret_decimals = decimals;
      return TRUE;
    }
  return FALSE;
}

/* Most numbers have few digits, and such a one is found and written much faster than by printf().
 * The form is exact: a whole number and a power of ten are doubles as they are, so their quotient
 * is what reads back. 0: @value is none of them. */
static gsize
reeve_json_put_short (char text[REEVE_JSON_NUMBER_SIZE], double value)
{
  char room[2 * REEVE_JSON_ROOM] = { 0 }, *end = room + REEVE_JSON_ROOM, *p = end;
  guint64 number;
  guint decimals;

  if (!reeve_json_find_decimals (fabs (value), &number, &decimals))
    return 0;
  p = reeve_json_put_last (p, &number, decimals);
  *--p = '.';
  return reeve_json_put_sign (text, reeve_json_put_digits (p, number), end, value < 0);
}

/* Returns the length; nothing ends the text. */
static gsize
reeve_json_put_number (char text[REEVE_JSON_NUMBER_SIZE], double value)
{
  gsize length;

  if (!isfinite (value))
    {
      memcpy (text, "null", 4);
      return 4;
    }
  if (reeve_json_is_whole (value))
    return reeve_json_put_whole (text, (gint64) value);
  length = reeve_json_put_short (text, value);
  if (length > 0)
    return length;
  g_ascii_formatd (text, REEVE_JSON_NUMBER_SIZE, "%.15g", value);
  if (g_ascii_strtod (text, NULL) != value)
    g_ascii_formatd (text, REEVE_JSON_NUMBER_SIZE, "%.17g", value);
  return strlen (text);
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
  char text[REEVE_JSON_NUMBER_SIZE];

  g_string_append_len (out, text, (gssize) reeve_json_put_number (text, value));
}

static void
reeve_json_append_numbers (GString *out, const double *numbers, gsize n)
{
  char text[REEVE_JSON_CHUNK * (REEVE_JSON_NUMBER_SIZE + 1)];
  gsize length = 0;

  g_string_append_c (out, '[');
  for (gsize i = 0; i < n; i++)
    {
      if (i > 0)
        text[length++] = ',';
      length += reeve_json_put_number (text + length, numbers[i]);
      if (i + 1 < n && (i + 1) % REEVE_JSON_CHUNK != 0)
        continue;
      g_string_append_len (out, text, (gssize) length);
      length = 0;
    }
  g_string_append_c (out, ']');
}

/* ---- values in their serialised form ----
 *
 * What GVariant makes of each name, text, entry and dictionary that it is asked for takes longer
 * than its text. So the usual ones are read where they stand; the bytes are in normal form, which
 * is checked before. All others are made values of. */

typedef struct
{
  const guint8 *bytes;
  gsize length;
  /* of an array whose members have no fixed length: where they end */
  const guint8 *ends;
  gsize n;
  guint end_size;
} ReeveJsonForm;

static gsize
reeve_json_form_get_end (const ReeveJsonForm *self, const guint8 *at)
{
  gsize end = 0;

  for (guint i = 0; i < self->end_size; i++)
    end |= (gsize) at[i] << 8 * i;
  return end;
}

/* @self->bytes and length are set. */
static void
reeve_json_form_find_ends (ReeveJsonForm *self)
{
  gsize last;

  self->end_size = self->length <= G_MAXUINT8    ? 1
                   : self->length <= G_MAXUINT16 ? 2
                   : self->length <= G_MAXUINT32 ? 4
                                                 : 8;
  self->n = 0;
  if (self->length == 0)
    return;
  last = reeve_json_form_get_end (self, self->bytes + self->length - self->end_size);
  self->ends = self->bytes + last;
  self->n = (self->length - last) / self->end_size;
}

/* The next member of an array of them, *@begin bytes from its begin on. */
static ReeveJsonForm
reeve_json_form_get_member (const ReeveJsonForm *self, gsize i, gsize *begin)
{
  /* entries and dictionaries are at multiples of eight */
  const gsize from = (*begin + 7) & ~(gsize) 7;

  *begin = reeve_json_form_get_end (self, self->ends + i * self->end_size);
  return (ReeveJsonForm){ .bytes = self->bytes + from, .length = *begin - from };
}

static void reeve_json_append_form (GString *out, const char *type, ReeveJsonForm form);

/* A variant: the value, 0, and its type without an end. */
static void
reeve_json_append_boxed (GString *out, ReeveJsonForm form)
{
  char room[64];
  gsize at = form.length;

  while (form.bytes[at - 1] != 0)
    at--;
  if (form.length - at < sizeof room)
    {
      memcpy (room, form.bytes + at, form.length - at);
      room[form.length - at] = '\0';
      form.length = at - 1;
      reeve_json_append_form (out, room, form);
    }
  else
    reeve_json_append_form (out, "v", form);
}

static void
reeve_json_append_entries (GString *out, ReeveJsonForm form)
{
  gsize begin = 0;

  reeve_json_form_find_ends (&form);
  g_string_append_c (out, '{');
  for (gsize i = 0; i < form.n; i++)
    {
      ReeveJsonForm entry = reeve_json_form_get_member (&form, i, &begin);
      const char *name = (const char *) entry.bytes;
      gsize value = (strlen (name) + 1 + 7) & ~(gsize) 7;

      reeve_json_form_find_ends (&entry);
      if (i > 0)
        g_string_append_c (out, ',');
      reeve_json_append_string (out, name);
      g_string_append_c (out, ':');
      reeve_json_append_boxed (out,
                               (ReeveJsonForm){ .bytes = entry.bytes + value,
                                                .length = entry.length - entry.end_size - value });
    }
  g_string_append_c (out, '}');
}

static void
reeve_json_append_dictionaries (GString *out, ReeveJsonForm form)
{
  gsize begin = 0;

  reeve_json_form_find_ends (&form);
  g_string_append_c (out, '[');
  for (gsize i = 0; i < form.n; i++)
    {
      if (i > 0)
        g_string_append_c (out, ',');
      reeve_json_append_entries (out, reeve_json_form_get_member (&form, i, &begin));
    }
  g_string_append_c (out, ']');
}

static void
reeve_json_append_form (GString *out, const char *type, ReeveJsonForm form)
{
  double number;

  if (strcmp (type, "s") == 0)
    reeve_json_append_string (out, (const char *) form.bytes);
  else if (strcmp (type, "d") == 0)
    {
      memcpy (&number, form.bytes, sizeof number);
      reeve_json_append_number (out, number);
    }
  else if (strcmp (type, "ad") == 0)
    reeve_json_append_numbers (out, (const double *) (gconstpointer) form.bytes,
                               form.length / sizeof (double));
  else if (strcmp (type, "a{sv}") == 0)
    reeve_json_append_entries (out, form);
  else if (strcmp (type, "aa{sv}") == 0)
    reeve_json_append_dictionaries (out, form);
  else
    {
      g_autoptr (GVariant) value =
          g_variant_ref_sink (g_variant_new_from_data (G_VARIANT_TYPE (type), form.bytes,
                                                       form.length, TRUE, NULL, NULL));

      reeve_json_append_variant (out, value);
    }
}

/* FALSE: @value is none of those. */
static gboolean
reeve_json_append_serialised (GString *out, GVariant *value)
{
  const char *type = g_variant_get_type_string (value);

  if ((strcmp (type, "a{sv}") != 0 && strcmp (type, "aa{sv}") != 0) ||
      !g_variant_is_normal_form (value))
    return FALSE;
  reeve_json_append_form (out, type,
                          (ReeveJsonForm){ .bytes = g_variant_get_data (value),
                                           .length = g_variant_get_size (value) });
  return TRUE;
}

/* ---- any values ---- */

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
        {
          gsize n;
          const double *numbers = g_variant_get_fixed_array (value, &n, sizeof (double));

          reeve_json_append_numbers (out, numbers, n);
        }
      else if (!reeve_json_append_serialised (out, value))
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
