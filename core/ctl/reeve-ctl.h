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
  gboolean chosen; /* role or state directory was given */
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
  const char *role;  /* whom to ask unless --role says; NULL: the hub */
} ReeveCtlCommand;

/* The groups; each ends with a NULL name. A plugin's group stands in its ctl/ folder. */
extern const ReeveCtlCommand reeve_ctl_host_commands[];
extern const ReeveCtlCommand reeve_ctl_jobs_commands[];
extern const ReeveCtlCommand reeve_ctl_report_commands[];
extern const ReeveCtlCommand reeve_ctl_join_commands[];
extern const ReeveCtlCommand reeve_ctl_metrics_commands[];
extern const ReeveCtlCommand reeve_ctl_metrics_token_commands[];
extern const ReeveCtlCommand reeve_ctl_systems_commands[];
extern const ReeveCtlCommand reeve_ctl_tokens_commands[];
extern const ReeveCtlCommand reeve_ctl_open_commands[];
extern const ReeveCtlCommand reeve_ctl_events_commands[];
extern const ReeveCtlCommand reeve_ctl_history_commands[];

/* Of the host's group, in a file of its own. */
int reeve_ctl_status (ReeveCtl *ctl, int argc, char **argv);
/* Its lines for what became last of each link, and for how many systems are how. */
void reeve_ctl_status_append_links (ReeveCtl *ctl, GString *out);
void reeve_ctl_status_append_systems (ReeveCtl *ctl, GString *out);

/* Of the systems' group: the id of a name or an id. (transfer full); NULL: the error was printed.
 */
char *reeve_ctl_systems_find (ReeveCtl *ctl, const char *which);

/* One call on the control socket, which is connected with the first. NULL: the error was printed.
 * (transfer full) */
GVariant *reeve_ctl_call (ReeveCtl *ctl, const char *interface, const char *method,
                          GVariant *arguments, const GVariantType *reply);
/* The same, with the error for the caller. */
GVariant *reeve_ctl_try_call (ReeveCtl *ctl, const char *interface, const char *method,
                              GVariant *arguments, const GVariantType *reply, GError **error);
/* Where the daemon of this role keeps its state, and with it the socket. (transfer full) */
char *reeve_ctl_find_state_dir (ReeveCtl *ctl);
/* The same options for another role, with a connection of its own. */
void reeve_ctl_init_role (ReeveCtl *self, const ReeveCtl *like, const char *role);
void reeve_ctl_clear (ReeveCtl *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ReeveCtl, reeve_ctl_clear)
/* TRUE when a daemon of the role answers. The error NOT_FOUND means that none runs. */
gboolean reeve_ctl_connect (ReeveCtl *ctl, GError **error);
/* Prints "reevectl: …" to standard error and returns REEVE_CTL_FAILED. */
int reeve_ctl_fail (const char *format, ...) G_GNUC_PRINTF (1, 2);
/* Says how the command is used and returns REEVE_CTL_USAGE. */
int reeve_ctl_usage (const char *usage);

/* ---- output ---- */

/* C1, line separators and bidirectional controls: what a terminal obeys beyond ASCII. */
gboolean reeve_ctl_steers (gunichar c);
/* Text from a peer, fit for a terminal: control and bidirectional controls as \xNN or \u{NNNN}, a
 * leading = + - @ behind a backslash. (transfer full) */
char *reeve_ctl_escape (const char *text);
/* Passwords in addresses ("://user:password@", "token=…") become "***". (transfer full) */
char *reeve_ctl_mask (const char *text);
/* @value as JSON on standard output, with a line end. NaN becomes null. */
void reeve_ctl_print_json (GVariant *value);

/* Rows of cells, printed in columns; cells are escaped here. */
typedef struct _ReeveCtlTable ReeveCtlTable;
ReeveCtlTable *reeve_ctl_table_new (const char *const *titles);
/* As many cells as titles; NULL is an empty one. */
void reeve_ctl_table_add (ReeveCtlTable *self, const char *const *cells);
/* Appends all columns at their full width, and frees it. */
void reeve_ctl_table_append_all (ReeveCtlTable *self, GString *out);
/* The same to standard output. */
void reeve_ctl_table_print (ReeveCtlTable *self);
/* Appends it, and frees it. @indent: columns before each line; @width: columns of a line, where a
 * wider table goes on below with its first column again; 0: as wide as it is. Columns without any
 * value are left out. */
void reeve_ctl_table_append (ReeveCtlTable *self, GString *out, guint indent, guint width);
/* Columns of a terminal that the text takes. */
guint reeve_ctl_width (const char *text);

/* "2h", "7d" (so long ago), "2026-11-29", "2026-11-29T07:00", seconds since 1970. */
gboolean reeve_ctl_parse_time (const char *text, double *ret_time);
/* Seconds since 1970 as "2026-11-29 07:00:00" of here, and in UTC as ISO 8601. (transfer full) */
char *reeve_ctl_format_time (double time);
char *reeve_ctl_format_utc (double time);
/* "5 min ago" of seconds since 1970. (transfer full) */
char *reeve_ctl_format_age (double when);
/* "3 days 4 h" of seconds. (transfer full) */
char *reeve_ctl_format_duration (double seconds);
/* "12.5 %", "1.2 GiB", "48.0 °C" of a value in the unit that the schema names. (transfer full) */
char *reeve_ctl_format_value (double value, const char *unit);

G_END_DECLS
