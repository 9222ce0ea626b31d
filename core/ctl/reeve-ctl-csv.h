/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Rows of cells as CSV (RFC 4180, lines end with a line feed), which no text from elsewhere can
 * steer: neither the terminal nor the spreadsheet that opens it. */
typedef struct
{
  GString *out;
  guint n; /* cells of the row that is being written */
} ReeveCtlCsv;

/* Appends to @out, which is the caller's. */
#define REEVE_CTL_CSV_INIT(out_)                                                                   \
  {                                                                                                \
    .out = (out_)                                                                                  \
  }

/* One cell. Where a text has what a spreadsheet would take for the begin of a formula, = + - @ at
 * its begin or, after blanks or not, behind what divides cells somewhere (comma, semicolon, tab,
 * line), an apostrophe stands in front, and quotes around it all; so it does before a tab or
 * carriage return at the begin. Control characters become \xNN, but for line feeds and tabs. NULL:
 * an empty cell. */
void reeve_ctl_csv_add (ReeveCtlCsv *self, const char *text);
/* A number at full precision, never quoted; an empty cell when it is not finite. */
void reeve_ctl_csv_add_number (ReeveCtlCsv *self, double value);
/* The end of the row. */
void reeve_ctl_csv_end (ReeveCtlCsv *self);
/* A whole row of texts, NULL-terminated: the titles. */
void reeve_ctl_csv_add_row (ReeveCtlCsv *self, const char *const *texts);

G_END_DECLS
