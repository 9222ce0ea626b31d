/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* reeved: hardening and signals before anything else, then role, state directory, configuration,
 * plugins, sandbox, start. Until the sandbox is on nothing here may make a thread. */

#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <reeve/reeve.h>

#include "reeve-host-command.h"
#include "reeve-host-places.h"
#include "reeve-host-report.h"
#include "reeve-host-signals.h"
#include "reeve-host.h"

#define REEVE_HOST_OVERLAY "overlay.conf"

typedef struct
{
  ReeveHostCommand *command;
  ReeveHostPlaces *places;
  ReeveHostRole *role;
  ReeveHostState *state;
  ReeveHostNotify *notify;
  ReeveHostLog *log;
  ReeveClock *clock;
  GArray *sockets; /* as passed, until the runtime has them */
  char *config_file;
  char *overlay_file;
  char *state_dir;
  char *temporary; /* a state directory that goes with us; or NULL */
  int signals;
  ReeveHostSignals *watch;
} ReeveHostMain;

static void
reeve_host_main_remove_temporary (ReeveHostMain *self)
{
  if (self->temporary != NULL)
    reeve_host_state_remove (self->temporary);
  g_clear_pointer (&self->temporary, g_free);
}

static void
reeve_host_main_clear (ReeveHostMain *self)
{
  g_clear_pointer (&self->notify, reeve_host_notify_free);
  g_clear_pointer (&self->state, reeve_host_state_free);
  g_clear_pointer (&self->role, reeve_host_role_free);
  g_clear_pointer (&self->places, reeve_host_places_free);
  g_clear_pointer (&self->command, reeve_host_command_free);
  g_clear_pointer (&self->sockets, g_array_unref);
  g_clear_object (&self->clock);
  g_free (self->config_file);
  g_free (self->overlay_file);
  g_free (self->state_dir);
  reeve_host_main_remove_temporary (self);
  g_clear_pointer (&self->watch, reeve_host_signals_free);
  if (self->signals >= 0)
    close (self->signals);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ReeveHostMain, reeve_host_main_clear)

static ReeveHostExit
reeve_host_main_fail (ReeveHostExit code, const GError *error)
{
  g_warning ("%s", error->message);
  return code;
}

static void
reeve_host_main_signal_cb (int signal, gpointer user_data)
{
  ReeveHost *host = user_data;

  if (signal == SIGHUP)
    {
      g_autoptr (GError) error = NULL;

      /* it has said itself what is wrong, except that it is too early */
      if (!reeve_host_reload (host, &error) &&
          g_error_matches (error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE))
        g_warning ("SIGHUP is ignored: %s", error->message);
      return;
    }
  g_message ("%s: stopping", signal == SIGTERM ? "SIGTERM" : "SIGINT");
  reeve_host_stop (host, REEVE_HOST_EXIT_OK);
}

/* What only looks needs no lock, and must not make a directory. */
static gboolean
reeve_host_main_find_state (ReeveHostMain *self, GError **error)
{
  g_autofree char *path = NULL;

  if (self->command->dump && self->command->state_dir == NULL)
    {
      /* beside one that runs, and for those who have none */
      self->temporary = g_dir_make_tmp ("reeve-dump-XXXXXX", error);
      if (self->temporary == NULL)
        return FALSE;
      path = g_strdup (self->temporary);
    }
  else
    path = self->command->state_dir != NULL
               ? g_strdup (self->command->state_dir)
               : reeve_host_state_find (self->places->state, self->role->name);
  if (!self->command->check_config && !self->command->list_plugins)
    {
      self->state = reeve_host_state_open (path, error);
      if (self->state == NULL)
        return FALSE;
    }
  self->state_dir = self->state != NULL ? g_strdup (reeve_host_state_get_path (self->state))
                                        : g_canonicalize_filename (path, NULL);
  self->overlay_file = g_build_filename (self->state_dir, REEVE_HOST_OVERLAY, NULL);
  return TRUE;
}

static ReeveHostExit
reeve_host_main_run (ReeveHostMain *self, ReeveHost *host)
{
  GPtrArray *warnings = reeve_host_get_warnings (host);
  ReeveHostExit code;

  for (guint i = 0; i < warnings->len; i++)
    g_warning ("%s", (char *) g_ptr_array_index (warnings, i));
  reeve_runtime_set_passed_sockets (reeve_host_get_runtime (host),
                                    (ReevePassedSocket *) (void *) self->sockets->data,
                                    self->sockets->len);
  self->watch = reeve_host_signals_watch (self->signals, reeve_host_get_context (host),
                                          reeve_host_main_signal_cb, host);
  reeve_host_notify_start_watchdog (self->notify, reeve_host_get_context (host));
  code = reeve_host_run (host);
  g_message ("stopped");
  if (reeve_host_is_dirty (host))
    {
      reeve_host_main_remove_temporary (self);
      _exit (code); /* what hangs must not meet its own ground pulled away */
    }
  return code;
}

static ReeveHostExit
reeve_host_main_load (ReeveHostMain *self)
{
  g_autoptr (ReeveHost) host = NULL;
  g_autoptr (GError) error = NULL;
  const char *const default_folders[] = { self->places->plugins, NULL };
  ReeveHostOptions options = {
    .role = self->role,
    .clock = self->clock,
    .log = self->log,
    .notify = self->notify,
    .state = self->state,
    .state_dir = self->state_dir,
    .config_file = self->config_file,
    .config_must_exist = self->command->config != NULL,
    .overlay_file = self->overlay_file,
    .folders = self->command->plugin_dirs != NULL ? (const char *const *) self->command->plugin_dirs
                                                  : default_folders,
    .also = self->places->also,
    .dump = self->command->dump,
    .looks_only = self->command->check_config || self->command->list_plugins,
    .log_level = self->command->log_level,
  };
  ReeveHostExit code = REEVE_HOST_EXIT_FAILED;

  host = reeve_host_new (&options);
  if (!reeve_host_load (host, &code, &error))
    return reeve_host_main_fail (code, error);
  if (self->command->list_plugins)
    return reeve_host_report_plugins (host);
  if (self->command->check_config)
    return reeve_host_report_config (host, self->config_file);
  return reeve_host_main_run (self, host);
}

int
main (int argc, char **argv)
{
  g_auto (ReeveHostMain) self = { .signals = -1 };
  g_autoptr (GError) error = NULL;

  reeve_host_state_harden ();
  self.signals = reeve_host_signals_block (&error);
  self.clock = reeve_clock_new_system ();
  self.log = reeve_host_log_install (self.clock);
  if (self.signals < 0)
    return reeve_host_main_fail (REEVE_HOST_EXIT_FAILED, error);
  self.command = reeve_host_command_parse (argc, argv, &error);
  if (self.command == NULL)
    {
      fprintf (stderr, "reeved: %s\n", error->message);
      return REEVE_HOST_EXIT_USAGE;
    }
  if (self.command->version)
    {
      printf ("reeved %s\n", reeve_version_string ());
      return REEVE_HOST_EXIT_OK;
    }
  /* whoever asks for a dump wants to see that */
  if (self.command->dump && self.command->log_level == NULL)
    self.command->log_level = g_strdup ("warning");
  if (self.command->log_level != NULL &&
      !reeve_host_log_set_level (self.log, self.command->log_level))
    {
      fprintf (stderr, "reeved: no log level '%s': debug, info, message or warning\n",
               self.command->log_level);
      return REEVE_HOST_EXIT_USAGE;
    }
  self.sockets = reeve_host_notify_take_sockets ();
  self.notify = reeve_host_notify_new (self.clock);
  self.places = reeve_host_places_new ();
  self.role = reeve_host_role_load (self.command->role, self.places->roles, &error);
  if (self.role == NULL)
    return reeve_host_main_fail (REEVE_HOST_EXIT_CONFIG, error);
  if (self.command->dump && self.role->dump == NULL)
    {
      fprintf (stderr, "reeved: the role %s has nothing to dump\n", self.role->name);
      return REEVE_HOST_EXIT_USAGE;
    }
  self.config_file = self.command->config != NULL
                         ? g_strdup (self.command->config)
                         : g_build_filename (self.places->config, self.role->config, NULL);
  if (!reeve_host_main_find_state (&self, &error))
    return reeve_host_main_fail (REEVE_HOST_EXIT_STATE_DIR, error);
  return reeve_host_main_load (&self);
}
