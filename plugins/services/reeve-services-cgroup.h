/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

G_BEGIN_DECLS

/* What the kernel counts for one control group (version 2). The files stay open from one reading to
 * the next. Main thread only. */

/* A group that was not there is looked for again after this. */
#define REEVE_SERVICES_CGROUP_RETRY_US (10 * G_USEC_PER_SEC)
/* Most descriptors kept open; a process that may open few keeps half of those. Groups beyond it are
 * opened for each reading. */
#define REEVE_SERVICES_MAX_OPEN 4096

enum
{
  REEVE_SERVICES_VALUE_CPU, /* microseconds of all processors together */
  REEVE_SERVICES_VALUE_MEMORY,
  REEVE_SERVICES_VALUE_MEMORY_PEAK,
  REEVE_SERVICES_VALUE_TASKS,
  REEVE_SERVICES_N_VALUES
};

typedef struct
{
  gboolean has[REEVE_SERVICES_N_VALUES];
  guint64 values[REEVE_SERVICES_N_VALUES];
} ReeveServicesReading;

typedef struct
{
  char *path;                       /* "/system.slice/cron.service", NULL: none */
  int fds[REEVE_SERVICES_N_VALUES]; /* -1: not open */
  gboolean open;
  gint64 retry_at; /* monotonic */
} ReeveServicesGroup;

typedef struct _ReeveServicesCgroup ReeveServicesCgroup;

/* @root: what stands before "sys". NULL when no control groups of version 2 are mounted there.
 * (transfer full) */
ReeveServicesCgroup *reeve_services_cgroup_new (const char *root);
void reeve_services_cgroup_free (ReeveServicesCgroup *self);
guint reeve_services_cgroup_get_n_open (ReeveServicesCgroup *self);

void reeve_services_cgroup_init_group (ReeveServicesGroup *group);
/* Forgets what is open. @path: NULL for none; not believed unless reeve_services_is_cgroup(). */
void reeve_services_cgroup_set_path (ReeveServicesCgroup *self, ReeveServicesGroup *group,
                                     const char *path);
/* What cannot be read is left out. @now: monotonic. */
void reeve_services_cgroup_read (ReeveServicesCgroup *self, ReeveServicesGroup *group, gint64 now,
                                 ReeveServicesReading *ret_reading);

G_END_DECLS
