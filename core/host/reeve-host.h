/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

#include "reeve-host-log.h"
#include "reeve-host-notify.h"
#include "reeve-host-plugin.h"
#include "reeve-host-role.h"
#include "reeve-host-state.h"

G_BEGIN_DECLS

/*
 * The host as one object: what it loaded, how far that got, and what may be asked of it by the
 * doors of the process (control socket, bus). Emits "changed" (no arguments) in the main loop
 * whenever the state of a plugin or a setting has changed. Main thread only.
 */

#define REEVE_TYPE_HOST (reeve_host_get_type ())
G_DECLARE_FINAL_TYPE (ReeveHost, reeve_host, REEVE, HOST, GObject)

/* How the process ends; the words stand in reeved(8). */
typedef enum
{
  REEVE_HOST_EXIT_OK = 0,
  REEVE_HOST_EXIT_FAILED = 1,   /* a required plugin failed, or the host itself */
  REEVE_HOST_EXIT_USAGE = 2,    /* the command line */
  REEVE_HOST_EXIT_CONFIG = 3,   /* role, configuration or plugin directory */
  REEVE_HOST_EXIT_STATE_DIR = 4 /* not usable, or in use */
} ReeveHostExit;

/* What main() has found out; all is borrowed and outlives the host, except as said. */
typedef struct
{
  const ReeveHostRole *role;
  ReeveClock *clock;
  ReeveHostLog *log;
  ReeveHostNotify *notify; /* NULL: nobody is told */
  ReeveHostState *state;   /* NULL: nothing is started */
  const char *state_dir;   /* its path, which may not be there if nothing is started */
  const char *config_file;
  gboolean config_must_exist;
  const char *overlay_file;   /* or NULL */
  const char *const *folders; /* of plugins */
  uid_t also;                 /* who besides root may own plugins; 0: nobody */
  gboolean dump;              /* asks the role's operation and ends */
  gboolean looks_only;        /* nothing is started: no keeper is needed */
  const char *log_level;      /* from the command line, over the configuration; or NULL */
} ReeveHostOptions;

ReeveHost *reeve_host_new (const ReeveHostOptions *options);

/* ---- the way up and down: main() only ---- */

/* Reads the configuration, opens the plugins, makes their objects up to declare. @ret_exit tells
 * which code an error means. Nothing has started yet. */
gboolean reeve_host_load (ReeveHost *self, ReeveHostExit *ret_exit, GError **error);
/* Complaints about the configuration so far, those that stop nothing. Of char *. */
GPtrArray *reeve_host_get_warnings (ReeveHost *self);
/* Sandbox, then start; runs until stopped. The code to end with. */
ReeveHostExit reeve_host_run (ReeveHost *self);
/* TRUE when a plugin missed its deadline: its threads and objects are still there, so the process
 * must end without tidying up. */
gboolean reeve_host_is_dirty (ReeveHost *self);

/* ---- for the doors ---- */

const ReeveHostRole *reeve_host_get_role (ReeveHost *self);
/* The host's own context, called "host": it may listen, provide and look up anything. */
ReeveContext *reeve_host_get_context (ReeveHost *self);
ReeveRuntime *reeve_host_get_runtime (ReeveHost *self);
const char *reeve_host_get_state_dir (ReeveHost *self);
/* (transfer none) of ReeveHostPlugin, in the order of loading; the first is always the same as long
 * as the process lives. */
GPtrArray *reeve_host_get_plugins (ReeveHost *self);
/* (transfer none) (nullable): by "ID" or "ID/NAME". */
ReeveHostPlugin *reeve_host_find_plugin (ReeveHost *self, const char *name);
/* The group [host]: rows, and what holds. */
const ReeveSettingsRow *reeve_host_get_rows (void);
ReeveSettings *reeve_host_get_settings (ReeveHost *self);
gboolean reeve_host_is_ready (ReeveHost *self);
/* What the kernel says of the sandbox, one line; "" before it is there. */
const char *reeve_host_get_sandbox (ReeveHost *self);
/* One line: "9 plugins run, 1 failed". (transfer full) */
char *reeve_host_describe (ReeveHost *self);

/* Reads the configuration again, all or nothing. The error holds every complaint, one a line. What
 * waits for a restart is logged and kept with the plugins. */
gboolean reeve_host_reload (ReeveHost *self, GError **error);
/* Sets (@text as in a file) or takes out (NULL) a key of @name in the overlay, and reloads; what
 * the reload refuses is taken back. DENIED when only files may set it, or do. */
void reeve_host_set_async (ReeveHost *self, const char *name, const char *key, const char *text,
                           GAsyncReadyCallback callback, gpointer user_data);
gboolean reeve_host_set_finish (ReeveHost *self, GAsyncResult *result, GError **error);
/* Orderly: plugins in reverse order, then the loop ends. Asking again changes nothing. */
void reeve_host_stop (ReeveHost *self, ReeveHostExit code);

G_END_DECLS
