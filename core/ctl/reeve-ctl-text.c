/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What reevectl prints: tables that no name from elsewhere can steer, and JSON. */

#include "config.h"

#include "reeve-ctl.h"

#include <json-glib/json-glib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define REEVE_CTL_COLUMN_GAP 2

gboolean
reeve_ctl_steers (gunichar c)
{
  return (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 || c == 0x061c || c == 0x200e ||
         c == 0x200f || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

char *
reeve_ctl_escape (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString *out = g_string_new (NULL);

  /* a cell that begins so is a formula once it is pasted into a spreadsheet */
  if (valid[0] != '\0' && strchr ("=+-@", valid[0]) != NULL && valid[1] != '\0')
    g_string_append_c (out, '\\');
  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (c < 0x20 || (c >= 0x7f && c < 0xa0))
        g_string_append_printf (out, "\\x%02x", c);
      else if (reeve_ctl_steers (c))
        g_string_append_printf (out, "\\u{%04x}", c);
      else
        g_string_append_unichar (out, c);
    }
  return g_string_free (out, FALSE);
}

/* In a line of words, so that a "@" of another word is nobody's password. */
char *
reeve_ctl_mask (const char *text)
{
  static const char *const patterns[][2] = {
    { "://[^\\s\"'<>@]*@(?:[^\\s\"'<>/@]*@)*", "://***@" },
    { "(?i)\\b(token|password|passwd|secret|key|auth|access_token)=[^\\s&\"'<>]+", "\\1=***" },
  };
  char *masked = g_strdup (text);

  for (guint i = 0; i < G_N_ELEMENTS (patterns); i++)
    {
      g_autoptr (GRegex) regex = g_regex_new (patterns[i][0], 0, 0, NULL);
      char *next = g_regex_replace (regex, masked, -1, 0, patterns[i][1], 0, NULL);

      g_free (masked);
      masked = next != NULL ? next : g_strdup ("");
    }
  return masked;
}

/* ---- JSON ---- */

static JsonNode *reeve_ctl_json_of (GVariant *value);

static JsonNode *
reeve_ctl_json_of_children (GVariant *value)
{
  gboolean is_dict = g_variant_is_of_type (value, G_VARIANT_TYPE ("a{s*}"));
  JsonNode *node = json_node_new (is_dict ? JSON_NODE_OBJECT : JSON_NODE_ARRAY);
  JsonObject *object = is_dict ? json_object_new () : NULL;
  JsonArray *array = is_dict ? NULL : json_array_new ();

  for (gsize i = 0; i < g_variant_n_children (value); i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (value, i);

      if (is_dict)
        {
          g_autoptr (GVariant) name = g_variant_get_child_value (child, 0);
          g_autoptr (GVariant) member = g_variant_get_child_value (child, 1);

          json_object_set_member (object, g_variant_get_string (name, NULL),
                                  reeve_ctl_json_of (member));
        }
      else
        json_array_add_element (array, reeve_ctl_json_of (child));
    }
  if (is_dict)
    json_node_take_object (node, object);
  else
    json_node_take_array (node, array);
  return node;
}

static JsonNode *
reeve_ctl_json_of (GVariant *value)
{
  g_autoptr (GVariant) inner = NULL;
  JsonNode *node;

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_VARIANT))
    {
      inner = g_variant_get_variant (value);
      return reeve_ctl_json_of (inner);
    }
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE) &&
      !isfinite (g_variant_get_double (value)))
    return json_node_new (JSON_NODE_NULL);
  if (g_variant_is_container (value))
    return reeve_ctl_json_of_children (value);
  node = json_gvariant_serialize (value);
  return node;
}

void
reeve_ctl_print_json (GVariant *value)
{
  g_autoptr (JsonNode) node = reeve_ctl_json_of (value);
  g_autofree char *text = json_to_string (node, TRUE);
  g_autoptr (GString) out = g_string_new (NULL);

  /* such characters stand inside of strings only, and may be written so there */
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (reeve_ctl_steers (c))
        g_string_append_printf (out, "\\u%04x", c);
      else
        g_string_append_unichar (out, c);
    }
  printf ("%s\n", out->str);
}

/* ---- tables ---- */

struct _ReeveCtlTable
{
  guint n;
  GPtrArray *cells; /* of char *, row by row, the titles first */
};

ReeveCtlTable *
reeve_ctl_table_new (const char *const *titles)
{
  ReeveCtlTable *self = g_new0 (ReeveCtlTable, 1);

  self->n = g_strv_length ((GStrv) titles);
  self->cells = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < self->n; i++)
    g_ptr_array_add (self->cells, g_strdup (titles[i]));
  return self;
}

void
reeve_ctl_table_add (ReeveCtlTable *self, const char *const *cells)
{
  for (guint i = 0; i < self->n; i++)
    g_ptr_array_add (self->cells, reeve_ctl_escape (cells[i] != NULL ? cells[i] : ""));
}

guint
reeve_ctl_width (const char *text)
{
  guint width = 0;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    if (!g_unichar_iszerowidth (g_utf8_get_char (p)))
      width += g_unichar_iswide (g_utf8_get_char (p)) ? 2 : 1;
  return width;
}

/* The rows of some columns: the first, and those from @from to before @to. */
static void
reeve_ctl_table_append_columns (ReeveCtlTable *self, GString *out, const guint *widths,
                                guint indent, const guint *range)
{
  for (guint row = 0; row < self->cells->len; row += self->n)
    {
      guint gap = indent;

      for (guint i = 0; i < self->n; i++)
        {
          const char *cell = g_ptr_array_index (self->cells, row + i);

          if (widths[i] == 0 || (i > 0 && (i < range[0] || i >= range[1])))
            continue;
          if (*cell != '\0')
            {
              g_string_append_printf (out, "%*s%s", (int) gap, "", cell);
              gap = 0;
            }
          gap += widths[i] - reeve_ctl_width (cell) + REEVE_CTL_COLUMN_GAP;
        }
      g_string_append_c (out, '\n');
    }
}

static void
reeve_ctl_table_measure (ReeveCtlTable *self, guint *widths)
{
  /* a column that has nothing but its title has no width, the first one always has */
  for (guint i = 0; i < self->cells->len; i++)
    if (i % self->n == 0 || (i >= self->n && *(char *) g_ptr_array_index (self->cells, i) != '\0'))
      widths[i % self->n] =
          MAX (widths[i % self->n], reeve_ctl_width (g_ptr_array_index (self->cells, i)));
  for (guint i = 0; i < self->n; i++)
    if (widths[i] > 0)
      widths[i] = MAX (widths[i], reeve_ctl_width (g_ptr_array_index (self->cells, i)));
}

void
reeve_ctl_table_append (ReeveCtlTable *self, GString *out, guint indent, guint width)
{
  g_autofree guint *widths = g_new0 (guint, self->n);
  guint range[2] = { 1, 1 };

  reeve_ctl_table_measure (self, widths);
  do
    {
      guint used = indent + widths[0];

      for (range[0] = range[1]; range[1] < self->n; range[1]++)
        {
          guint more = widths[range[1]] > 0 ? widths[range[1]] + REEVE_CTL_COLUMN_GAP : 0;

          /* one column at least, however narrow the terminal */
          if (width > 0 && range[1] > range[0] && used + more > width)
            break;
          used += more;
        }
      reeve_ctl_table_append_columns (self, out, widths, indent, range);
    }
  while (range[1] < self->n);
  g_ptr_array_unref (self->cells);
  g_free (self);
}

void
reeve_ctl_table_append_all (ReeveCtlTable *self, GString *out)
{
  g_autofree guint *widths = g_new0 (guint, self->n);

  for (guint i = 0; i < self->cells->len; i++)
    widths[i % self->n] =
        MAX (widths[i % self->n], reeve_ctl_width (g_ptr_array_index (self->cells, i)));
  for (guint i = 0; i < self->cells->len; i++)
    {
      const char *cell = g_ptr_array_index (self->cells, i);
      gboolean last = i % self->n == self->n - 1;

      g_string_append (out, cell);
      if (last)
        g_string_append_c (out, '\n');
      else
        g_string_append_printf (out, "%*s",
                                (int) (widths[i % self->n] - reeve_ctl_width (cell) +
                                       REEVE_CTL_COLUMN_GAP),
                                "");
    }
  g_ptr_array_unref (self->cells);
  g_free (self);
}

void
reeve_ctl_table_print (ReeveCtlTable *self)
{
  g_autoptr (GString) out = g_string_new (NULL);

  reeve_ctl_table_append_all (self, out);
  fputs (out->str, stdout);
}

/* ---- numbers ---- */

char *
reeve_ctl_format_age (double when)
{
  /* lint: allow clock: a command line has no loop and no clock to drive */
  double age = g_get_real_time () / 1e6 - when;

  if (age < 0)
    return g_strdup ("now");
  if (age < 120)
    return g_strdup_printf ("%.0f s ago", age);
  if (age < 2 * 3600)
    return g_strdup_printf ("%.0f min ago", age / 60);
  if (age < 2 * 86400)
    return g_strdup_printf ("%.0f h ago", age / 3600);
  return g_strdup_printf ("%.0f days ago", age / 86400);
}

char *
reeve_ctl_format_duration (double seconds)
{
  if (seconds < 120)
    return g_strdup_printf ("%.0f s", seconds);
  if (seconds < 2 * 3600)
    return g_strdup_printf ("%.0f min", seconds / 60);
  if (seconds < 2 * 86400)
    return g_strdup_printf ("%.0f h %.0f min", floor (seconds / 3600),
                            floor (fmod (seconds, 3600) / 60));
  return g_strdup_printf ("%.0f days %.0f h", floor (seconds / 86400),
                          floor (fmod (seconds, 86400) / 3600));
}

static char *
reeve_ctl_format_bytes (double value, const char *suffix)
{
  static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
  guint unit = 0;

  while (fabs (value) >= 1024 && unit + 1 < G_N_ELEMENTS (units))
    {
      value /= 1024;
      unit++;
    }
  return g_strdup_printf ("%.*f %s%s", unit > 0 ? 1 : 0, value, units[unit], suffix);
}

/* A time that may be a day or a part of a second. */
static char *
reeve_ctl_format_seconds (double value)
{
  if (value >= 10)
    return reeve_ctl_format_duration (value);
  if (value >= 1 || value == 0)
    return g_strdup_printf ("%.1f s", value);
  return g_strdup_printf ("%.2f ms", value * 1000);
}

char *
reeve_ctl_format_value (double value, const char *unit)
{
  static const struct
  {
    const char *unit;
    int decimals;
    const char *suffix;
  } plain[] = {
    { "rpm", 0, " rpm" },    { "watts", 1, " W" }, { "per-second", 1, " /s" },
    { "celsius", 1, " °C" }, { "load", 2, "" },
  };

  if (strcmp (unit, "ratio") == 0)
    return g_strdup_printf ("%.1f %%", value * 100);
  if (strcmp (unit, "bytes") == 0 || strcmp (unit, "bytes/s") == 0)
    return reeve_ctl_format_bytes (value, unit + strlen ("bytes"));
  if (strcmp (unit, "seconds") == 0)
    return reeve_ctl_format_seconds (value);
  for (guint i = 0; i < G_N_ELEMENTS (plain); i++)
    if (strcmp (unit, plain[i].unit) == 0)
      return g_strdup_printf ("%.*f%s", plain[i].decimals, value, plain[i].suffix);
  return g_strdup_printf ("%.*f", value == trunc (value) ? 0 : 2, value);
}
