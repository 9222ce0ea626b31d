/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-host-config.h"
#include "reeve-host-plugin-private.h"

G_BEGIN_DECLS

struct _ReeveHost
{
  GObject parent_instance;

  ReeveHostOptions options;
  ReeveRuntime *runtime;
  ReeveContext *context; /* "host" */
  ReeveSettings *settings;
  ReeveHostConfig *config;
  GPtrArray *modules; /* of ReeveHostModule */
  GPtrArray *plugins; /* of ReeveHostPlugin */
  GPtrArray *warnings;
  GMainLoop *loop;
  struct _ReeveHostControl *control; /* NULL until the sandbox is on */
  ReeveWorker *files;                /* made with the first write */
  gboolean writing;
  char *sandbox;   /* what was said of it; NULL: not yet */
  gboolean dumped; /* with options.dump: it was printed */

  guint last_order;
  gboolean started;
  gboolean ready;
  gboolean stopping;
  gboolean stepping; /* reeve_host_life_step() is on the stack */
  gboolean dirty;
  gboolean finished; /* everything has stopped */
  gboolean changed;  /* "changed" is on its way */
  ReeveHostExit exit_code;
};

/* Tells the doors, in the next turn of the loop and once for many changes. */
void reeve_host_emit_changed (ReeveHost *self);
/* @self's settings from @config; applies the log level. */
gboolean reeve_host_take_settings (ReeveHost *self, ReeveHostConfig *config, GPtrArray *warnings,
                                   GError **error);

/* reeve-host-prepare.c: plugin records and objects from modules, up to declare. */
gboolean reeve_host_prepare (ReeveHost *self, GError **error);

/* reeve-host-life.c */
void reeve_host_life_start (ReeveHost *self);
void reeve_host_life_step (ReeveHost *self);
/* An event about the host itself. @more: nullable. */
void reeve_host_life_tell (ReeveHost *self, const char *what, const char *more);
void reeve_host_life_fail (ReeveHost *self, ReeveHostPlugin *plugin, char *reason);

/* reeve-host-dump.c: asks the role's operation, prints its answer, stops. */
void reeve_host_dump (ReeveHost *self);
/* TRUE when a dump goes without this plugin. */
gboolean reeve_host_dump_leaves_out (ReeveHost *self, ReeveHostPlugin *plugin);

/* reeve-host-stop.c */
void reeve_host_stop_step (ReeveHost *self);
/* Ends the context and names what was left behind. */
void reeve_host_close_plugin (ReeveHostPlugin *plugin);

/* reeve-host-needs.c */
typedef enum
{
  REEVE_HOST_NEEDS_MET,
  REEVE_HOST_NEEDS_WAIT,
  REEVE_HOST_NEEDS_NEVER,
} ReeveHostNeeds;

/* @ret_reason: set with NEVER, (transfer full). */
ReeveHostNeeds reeve_host_needs_check (ReeveHost *self, ReeveHostPlugin *plugin, char **ret_reason);
/* For those that wait although nothing is starting any more. (transfer full) */
char *reeve_host_needs_explain (ReeveHost *self, ReeveHostPlugin *plugin);

G_END_DECLS
