/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * debug-report: what somebody who looks into a fault asks for first, as text to read and to paste.
 * It has no secret in it: settings come masked from the daemon, no file of its state is read, no
 * environment is looked at, and what looks like a password in an address is masked once more.
 */

#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "reeve-ctl.h"

#define REEVE_CTL_HOST "org.reeve.Host1"
#define REEVE_CTL_REPORT_EVENTS 100

typedef struct
{
  ReeveCtl *ctl;
  GString *out;
} ReeveCtlReport;

static const char *
reeve_ctl_report_lookup (GVariant *dict, const char *key)
{
  const char *text = "";

  g_variant_lookup (dict, key, "&s", &text);
  return text;
}

static void
reeve_ctl_report_section (ReeveCtlReport *self, const char *title)
{
  g_string_append_printf (self->out, "\n== %s\n", title);
}

static void G_GNUC_PRINTF (3, 4)
    reeve_ctl_report_line (ReeveCtlReport *self, const char *title, const char *format, ...)
{
  g_autofree char *text = NULL;
  g_autofree char *shown = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  shown = reeve_ctl_escape (text);
  g_string_append_printf (self->out, "%-16s %s\n", title, shown);
}

/* The one value of an answer; NULL: why not was put into the report. */
static GVariant *
reeve_ctl_report_ask (ReeveCtlReport *self, const char *method, GVariant *arguments,
                      const char *type)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = reeve_ctl_try_call (self->ctl, REEVE_CTL_HOST, method, arguments,
                                                    G_VARIANT_TYPE (type), &error);

  if (answer != NULL)
    return g_variant_get_child_value (answer, 0);
  reeve_ctl_report_line (self, method, "cannot be had: %s", error->message);
  return NULL;
}

/* ---- this machine ---- */

static void
reeve_ctl_report_append_machine (ReeveCtlReport *self)
{
  g_autofree char *system = g_get_os_info (G_OS_INFO_KEY_PRETTY_NAME);
  /* lint: allow clock: a command line has no loop and no clock to drive */
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *date = g_date_time_format_iso8601 (now);
  struct utsname name;

  reeve_ctl_report_line (self, "date", "%s", date);
  reeve_ctl_report_line (self, "reevectl", "%s, GLib %u.%u.%u", PACKAGE_VERSION, glib_major_version,
                         glib_minor_version, glib_micro_version);
  reeve_ctl_report_line (self, "system", "%s", system != NULL ? system : "unknown");
  if (uname (&name) == 0)
    reeve_ctl_report_line (self, "kernel", "%s %s %s", name.sysname, name.release, name.machine);
  reeve_ctl_report_line (self, "processors", "%u", g_get_num_processors ());
  reeve_ctl_report_line (self, "asked by", "uid %u", (guint) geteuid ());
}

/* ---- a daemon that runs ---- */

static void
reeve_ctl_report_append_count (ReeveCtlReport *self, GVariant *dict, const char *title,
                               const char *key)
{
  guint64 value;

  if (!g_variant_lookup (dict, key, "t", &value))
    return;
  if (value == G_MAXUINT64)
    reeve_ctl_report_line (self, title, "no limit");
  else
    reeve_ctl_report_line (self, title, "%" G_GUINT64_FORMAT, value);
}

static void
reeve_ctl_report_append_process (ReeveCtlReport *self)
{
  static const char *const counts[][2] = {
    { "memory", "memory" },
    { "memory peak", "memory_peak" },
    { "max descriptors", "max_descriptors" },
    { "max memory", "max_memory" },
    { "max processes", "max_processes" },
  };
  g_autoptr (GVariant) process = NULL;
  guint threads = 0, descriptors = 0, pid = 0, uid = 0;
  double cpu = 0;

  reeve_ctl_report_section (self, "process");
  process = reeve_ctl_report_ask (self, "GetProcess", NULL, "(a{sv})");
  if (process == NULL)
    return;
  g_variant_lookup (process, "pid", "u", &pid);
  g_variant_lookup (process, "uid", "u", &uid);
  g_variant_lookup (process, "threads", "u", &threads);
  g_variant_lookup (process, "descriptors", "u", &descriptors);
  g_variant_lookup (process, "time", "d", &cpu);
  reeve_ctl_report_line (self, "versions", "%s", reeve_ctl_report_lookup (process, "versions"));
  reeve_ctl_report_line (self, "sandbox", "%s", reeve_ctl_report_lookup (process, "sandbox"));
  reeve_ctl_report_line (self, "pid, uid", "%u, %u", pid, uid);
  reeve_ctl_report_line (self, "threads", "%u", threads);
  reeve_ctl_report_line (self, "descriptors", "%u", descriptors);
  reeve_ctl_report_line (self, "CPU", "%.2f s", cpu);
  for (guint i = 0; i < G_N_ELEMENTS (counts); i++)
    reeve_ctl_report_append_count (self, process, counts[i][0], counts[i][1]);
}

/* All that a plugin has told of itself, in columns. */
static void
reeve_ctl_report_append_rows (ReeveCtlReport *self, GVariant *rows, const char *const *keys)
{
  ReeveCtlTable *table;

  if (rows == NULL || g_variant_n_children (rows) == 0)
    return;
  table = reeve_ctl_table_new (keys);
  for (gsize i = 0; i < g_variant_n_children (rows); i++)
    {
      g_autoptr (GVariant) row = g_variant_get_child_value (rows, i);
      g_autoptr (GPtrArray) cells = g_ptr_array_new_with_free_func (g_free);

      for (guint j = 0; keys[j] != NULL; j++)
        {
          g_autoptr (GVariant) value = g_variant_lookup_value (row, keys[j], NULL);

          g_ptr_array_add (cells, value == NULL ? NULL
                                  : g_variant_is_of_type (value, G_VARIANT_TYPE_STRING)
                                      ? g_variant_dup_string (value, NULL)
                                      : g_variant_print (value, FALSE));
        }
      reeve_ctl_table_add (table, (const char *const *) cells->pdata);
    }
  reeve_ctl_table_append (table, self->out, 2, 0);
}

static void
reeve_ctl_report_append_plugin (ReeveCtlReport *self, GVariant *plugin)
{
  static const char *const setting[] = { "key", "value", "origin", NULL };
  static const char *const declared[] = { "type", "id",     "direction", "address",
                                          "path", "access", "purpose",   NULL };
  const char *name = reeve_ctl_report_lookup (plugin, "name");
  const char *error = reeve_ctl_report_lookup (plugin, "error");
  g_autoptr (GVariant) settings = NULL;
  g_autoptr (GVariant) declarations = NULL;
  double time = 0;
  guint64 calls = 0;

  g_variant_lookup (plugin, "time", "d", &time);
  g_variant_lookup (plugin, "calls", "t", &calls);
  reeve_ctl_report_line (self, name, "%s %s, %.3f s in %" G_GUINT64_FORMAT " calls%s%s",
                         reeve_ctl_report_lookup (plugin, "version"),
                         reeve_ctl_report_lookup (plugin, "state"), time, calls,
                         *error != '\0' ? ": " : "", error);
  settings = reeve_ctl_report_ask (self, "ListSettings", g_variant_new ("(s)", name), "(aa{sv})");
  reeve_ctl_report_append_rows (self, settings, setting);
  declarations =
      reeve_ctl_report_ask (self, "ListDeclarations", g_variant_new ("(s)", name), "(aa{sv})");
  reeve_ctl_report_append_rows (self, declarations, declared);
}

static void
reeve_ctl_report_append_plugins (ReeveCtlReport *self)
{
  g_autoptr (GVariant) plugins = NULL;

  reeve_ctl_report_section (self, "plugins, their settings and what they declared");
  plugins = reeve_ctl_report_ask (self, "ListPlugins", NULL, "(aa{sv})");
  for (gsize i = 0; plugins != NULL && i < g_variant_n_children (plugins); i++)
    {
      g_autoptr (GVariant) plugin = g_variant_get_child_value (plugins, i);

      reeve_ctl_report_append_plugin (self, plugin);
    }
}

static void
reeve_ctl_report_append_events (ReeveCtlReport *self)
{
  g_autoptr (GVariant) events = NULL;

  reeve_ctl_report_section (self, "recent events");
  events = reeve_ctl_report_ask (self, "ListRecent", g_variant_new ("(u)", REEVE_CTL_REPORT_EVENTS),
                                 "(aa{sv})");
  for (gsize i = 0; events != NULL && i < g_variant_n_children (events); i++)
    {
      g_autoptr (GVariant) event = g_variant_get_child_value (events, i);
      g_autoptr (GDateTime) moment = NULL;
      g_autofree char *date = NULL;
      double time = 0;

      g_variant_lookup (event, "time", "d", &time);
      moment = g_date_time_new_from_unix_utc ((gint64) time);
      date = moment != NULL ? g_date_time_format (moment, "%m-%d %H:%M:%S") : g_strdup ("?");
      reeve_ctl_report_line (self, date, "%s %s %s: %s",
                             reeve_ctl_report_lookup (event, "severity"),
                             reeve_ctl_report_lookup (event, "category"),
                             reeve_ctl_report_lookup (event, "source"),
                             reeve_ctl_report_lookup (event, "text"));
    }
}

/* ---- one that does not ---- */

/* The reeved beside us in a build tree, else the installed one. (transfer full) */
static char *
reeve_ctl_report_find_daemon (void)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *dir = program != NULL ? g_path_get_dirname (program) : g_strdup ("/");
  g_autofree char *mark = NULL;

  if (g_str_has_suffix (dir, "/.libs"))
    dir[strlen (dir) - strlen ("/.libs")] = '\0';
  mark = g_build_filename (dir, "config.status", NULL);
  if (g_file_test (mark, G_FILE_TEST_IS_REGULAR))
    return g_build_filename (dir, "reeved", NULL);
  return g_build_filename (REEVE_SBIN_DIR, "reeved", NULL);
}

/* What it prints, line by line. */
static void
reeve_ctl_report_append_run (ReeveCtlReport *self, const char *option)
{
  g_autofree char *daemon = reeve_ctl_report_find_daemon ();
  g_autofree char *out = NULL;
  g_autofree char *complaints = NULL;
  g_autofree char *all = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GError) error = NULL;
  char *argv[] = { daemon, self->ctl->role, (char *) option, NULL };

  if (!g_spawn_sync (NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &out, &complaints, NULL,
                     &error))
    {
      reeve_ctl_report_line (self, option, "%s", error->message);
      return;
    }
  all = g_strconcat (out, complaints, NULL);
  lines = g_strsplit (all, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    if (*lines[i] != '\0')
      reeve_ctl_report_line (self, i == 0 ? option : "", "%s", lines[i]);
}

static void
reeve_ctl_report_append_offline (ReeveCtlReport *self)
{
  reeve_ctl_report_append_run (self, "--version");
  reeve_ctl_report_append_run (self, "--list-plugins");
  reeve_ctl_report_append_run (self, "--check-config");
}

/* ---- the command ---- */

static void
reeve_ctl_report_append_daemon (ReeveCtlReport *self)
{
  g_autofree char *dir = reeve_ctl_find_state_dir (self->ctl);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) status = NULL;
  double started = 0;

  /* a state directory may be that of any role */
  reeve_ctl_report_section (self, self->ctl->state_dir != NULL ? "daemon" : self->ctl->role);
  reeve_ctl_report_line (self, "state directory", "%s", dir);
  if (!reeve_ctl_connect (self->ctl, &error))
    {
      reeve_ctl_report_line (self, "not asked", "%s", error->message);
      reeve_ctl_report_append_offline (self);
      return;
    }
  status = reeve_ctl_report_ask (self, "GetStatus", NULL, "(a{sv})");
  if (status != NULL)
    {
      g_autofree char *age = NULL;

      g_variant_lookup (status, "started", "d", &started);
      age = reeve_ctl_format_age (started);
      reeve_ctl_report_line (self, "role", "%s", reeve_ctl_report_lookup (status, "role"));
      reeve_ctl_report_line (self, "version", "%s", reeve_ctl_report_lookup (status, "version"));
      reeve_ctl_report_line (self, "state", "%s", reeve_ctl_report_lookup (status, "state"));
      reeve_ctl_report_line (self, "started", "%s", age);
    }
  if (status != NULL && strcmp (reeve_ctl_report_lookup (status, "role"), "agent") == 0)
    reeve_ctl_status_append_links (self->ctl, self->out);
  reeve_ctl_status_append_systems (self->ctl, self->out);
  reeve_ctl_report_append_process (self);
  reeve_ctl_report_append_plugins (self);
  reeve_ctl_report_append_events (self);
}

static void
reeve_ctl_report_make (ReeveCtl *ctl, GString *out)
{
  static const char *const roles[] = { "hub", "agent" };
  ReeveCtlReport self = { ctl, out };

  g_string_append (out, "Reeve debug report. It has addresses, paths and names of this machine in "
                        "it, and no secret:\nread it before you show it to others.\n");
  reeve_ctl_report_section (&self, "machine");
  reeve_ctl_report_append_machine (&self);
  if (ctl->chosen)
    {
      reeve_ctl_report_append_daemon (&self);
      return;
    }
  for (guint i = 0; i < G_N_ELEMENTS (roles); i++)
    {
      g_auto (ReeveCtl) one = { 0 };

      reeve_ctl_init_role (&one, ctl, roles[i]);
      self.ctl = &one;
      reeve_ctl_report_append_daemon (&self);
    }
}

static int
reeve_ctl_report (ReeveCtl *ctl, int argc, char **argv)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  if (argc > 1 || (argc == 1 && argv[0][0] == '-') || ctl->json)
    return reeve_ctl_usage ("debug-report [FILE]");
  reeve_ctl_report_make (ctl, out);
  text = reeve_ctl_mask (out->str);
  if (argc == 0)
    {
      fputs (text, stdout);
      return REEVE_CTL_OK;
    }
  if (!g_file_set_contents_full (argv[0], text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error))
    return reeve_ctl_fail ("%s", error->message);
  return REEVE_CTL_OK;
}

const ReeveCtlCommand reeve_ctl_report_commands[] = {
  { "debug-report", "[FILE]", "What a report of a fault needs, without secrets",
    .func = reeve_ctl_report },
  { .name = NULL },
};
