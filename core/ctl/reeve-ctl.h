/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What every command of reevectl has at hand. Commands run one after the other and may block: there
 * is no loop. */

#define REEVE_CTL_OBJECT_PATH "/org/reeve"
/* Exit codes, as in reevectl(1). */
#define REEVE_CTL_OK 0
#define REEVE_CTL_FAILED 1
#define REEVE_CTL_USAGE 2

typedef struct
{
  gboolean json;
  char *role;      /* "hub" or "agent" */
  char *state_dir; /* NULL: where the role has it */
  GDBusConnection *connection;
} ReeveCtl;

typedef int (*ReeveCtlFunc) (ReeveCtl *ctl, int argc, char **argv);

/* One command: its words, its arguments for the help, what it does. */
typedef struct
{
  const char *name;      /* "systems add" */
  const char *arguments; /* "NAME" */
  const char *summary;
  ReeveCtlFunc func; /* argv holds what follows the words */
} ReeveCtlCommand;

/* The groups; each ends with a NULL name. A plugin's group stands in its ctl/ folder. */
extern const ReeveCtlCommand reeve_ctl_host_commands[];
extern const ReeveCtlCommand reeve_ctl_join_commands[];
extern const ReeveCtlCommand reeve_ctl_systems_commands[];
extern const ReeveCtlCommand reeve_ctl_open_commands[];

/* One call on the control socket, which is connected with the first. NULL: the error was printed.
 * (transfer full) */
GVariant *reeve_ctl_call (ReeveCtl *ctl, const char *interface, const char *method,
                          GVariant *arguments, const GVariantType *reply);
/* The same, with the error for the caller. */
GVariant *reeve_ctl_try_call (ReeveCtl *ctl, const char *interface, const char *method,
                              GVariant *arguments, const GVariantType *reply, GError **error);
/* Prints "reevectl: …" to standard error and returns REEVE_CTL_FAILED. */
int reeve_ctl_fail (const char *format, ...) G_GNUC_PRINTF (1, 2);
/* Says how the command is used and returns REEVE_CTL_USAGE. */
int reeve_ctl_usage (const char *usage);

/* ---- output ---- */

/* Text from a peer, fit for a terminal: control and bidirectional controls as \xNN or \u{NNNN}, a
 * leading = + - @ behind a backslash. (transfer full) */
char *reeve_ctl_escape (const char *text);
/* @value as JSON on standard output, with a line end. NaN becomes null. */
void reeve_ctl_print_json (GVariant *value);

/* Rows of cells, printed in columns; cells are escaped here. */
typedef struct _ReeveCtlTable ReeveCtlTable;
ReeveCtlTable *reeve_ctl_table_new (const char *const *titles);
/* As many cells as titles; NULL is an empty one. */
void reeve_ctl_table_add (ReeveCtlTable *self, const char *const *cells);
/* Prints and frees it. */
void reeve_ctl_table_print (ReeveCtlTable *self);

/* "5 min ago" of seconds since 1970. (transfer full) */
char *reeve_ctl_format_age (double when);

G_END_DECLS
