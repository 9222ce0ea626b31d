/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

#include "reeve-services-cgroup.h"

G_BEGIN_DECLS

/* A unit's largest share of the processors is looked for over at least this, so that it does not
 * depend on how often somebody looks. */
#define REEVE_SERVICES_PEAK_US (10 * G_USEC_PER_SEC)
/* A value that was asked for longer ago is no counter of now any more. */
#define REEVE_SERVICES_FRESH_US (5 * G_USEC_PER_SEC)

/* What is asked for by a call of its own. */
typedef enum
{
  REEVE_SERVICES_WANT_ENTERED,
  REEVE_SERVICES_WANT_GROUP,
  REEVE_SERVICES_WANT_RESTARTS,
  REEVE_SERVICES_WANT_CPU,
  REEVE_SERVICES_WANT_MEMORY,
  REEVE_SERVICES_WANT_MEMORY_PEAK,
  REEVE_SERVICES_WANT_TASKS,
  REEVE_SERVICES_N_WANTS
} ReeveServicesWant;

/* One unit of systemd's. Refcounted: a call under way keeps one that is gone. */
typedef struct
{
  char *name;            /* "cron.service" */
  char *shown;           /* "cron" */
  char *object;          /* on the bus */
  const char *interface; /* of its type, if that has a control group; else NULL */
  guint state;
  guint sub_state;
  gboolean entered; /* it has been active since the machine began */
  guint64 entered_at;
  gboolean has_restarts;
  guint64 restarts;

  ReeveServicesGroup group;
  ReeveServicesReading asked; /* where there are no files to read */
  gint64 asked_at;            /* monotonic */
  guint64 memory_peak;
  double cpu_peak;
  guint64 peak_cpu;
  gint64 peak_since; /* monotonic */
  guint64 usage;     /* as last read, of all processors together */
  guint64 cpu;       /* what is told: the share of the whole machine */
  guint64 cpu_rest;  /* of the division */
  gboolean counted;  /* the five hold a reading */

  guint wants; /* bits */
  gboolean queued;
  gboolean seen; /* in the list that is being read */
  gboolean gone;
} ReeveServicesUnit;

/* @shown: (transfer full) */
ReeveServicesUnit *reeve_services_unit_new (const char *name, char *shown, const char *object);
ReeveServicesUnit *reeve_services_unit_ref (ReeveServicesUnit *self);
/* Its group must be closed: see reeve_services_cgroup_set_path(). */
void reeve_services_unit_unref (ReeveServicesUnit *self);

/* There is something to tell of it: it was active once, or is about to be, or has failed. */
gboolean reeve_services_unit_is_shown (const ReeveServicesUnit *self);
gboolean reeve_services_unit_is_up (const ReeveServicesUnit *self);
/* Adds its row. @processors: those that there are now, whose time the machine's is. */
void reeve_services_unit_add (ReeveServicesUnit *self, const ReeveServicesReading *reading,
                              gint64 now, guint processors, ReeveSample *sample);

G_END_DECLS
