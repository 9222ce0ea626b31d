/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* CSV for people's spreadsheets. What a peer named must not become a formula there. */

#include "config.h"

#include "reeve-ctl-csv.h"

#include "reeve-ctl.h"

#include <math.h>
#include <string.h>

static void
reeve_ctl_csv_begin_cell (ReeveCtlCsv *self)
{
  if (self->n++ > 0)
    g_string_append_c (self->out, ',');
}

static gboolean
reeve_ctl_csv_is_one_of (const char *set, char c)
{
  return c != '\0' && strchr (set, c) != NULL;
}

void
reeve_ctl_csv_add (ReeveCtlCsv *self, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text != NULL ? text : "", -1);
  gboolean quoted = reeve_ctl_csv_is_one_of ("=+-@ ", *valid) ||
                    strpbrk (valid, ",;\t\"\r\n") != NULL || g_str_has_suffix (valid, " ");
  gboolean begins = TRUE; /* a cell, for one spreadsheet or another */

  reeve_ctl_csv_begin_cell (self);
  if (quoted)
    g_string_append_c (self->out, '"');
  if (reeve_ctl_csv_is_one_of ("\t\r", *valid))
    g_string_append_c (self->out, '\'');
  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (begins && reeve_ctl_csv_is_one_of ("=+-@", *p))
        g_string_append_c (self->out, '\'');
      /* one that divides at semicolons or tabs sees no quotes that began before them */
      begins =
          reeve_ctl_csv_is_one_of (",;\t\n", *p) || (begins && reeve_ctl_csv_is_one_of (" \"", *p));
      if (c == '"')
        g_string_append (self->out, "\"\"");
      else if (c == '\n' || c == '\t' || !(c < 0x20 || reeve_ctl_steers (c)))
        g_string_append_unichar (self->out, c);
      else
        g_string_append_printf (self->out, c < 0x100 ? "\\x%02x" : "\\u{%04x}", c);
    }
  if (quoted)
    g_string_append_c (self->out, '"');
}

void
reeve_ctl_csv_add_number (ReeveCtlCsv *self, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  reeve_ctl_csv_begin_cell (self);
  if (!isfinite (value))
    return;
  /* 0.1 rather than 0.10000000000000001, unless that is another number */
  g_ascii_formatd (text, sizeof text, "%.15g", value);
  if (g_ascii_strtod (text, NULL) != value)
    g_ascii_dtostr (text, sizeof text, value);
  g_string_append (self->out, text);
}

void
reeve_ctl_csv_end (ReeveCtlCsv *self)
{
  g_string_append_c (self->out, '\n');
  self->n = 0;
}

void
reeve_ctl_csv_add_row (ReeveCtlCsv *self, const char *const *texts)
{
  for (guint i = 0; texts[i] != NULL; i++)
    reeve_ctl_csv_add (self, texts[i]);
  reeve_ctl_csv_end (self);
}
