/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-services-bus.h"
#include "reeve-services-unit.h"

G_BEGIN_DECLS

/* The table of units that match, kept as systemd has it. Main thread only. */

#define REEVE_SERVICES_MAX_UNITS 1024
/* Entries of a list that are looked at. */
#define REEVE_SERVICES_MAX_LISTED 8192
/* The whole list anew after this, in case a signal was lost... */
#define REEVE_SERVICES_LIST_MS (10 * 60 * 1000)
/* ... and this long after systemd said that there is more to know. */
#define REEVE_SERVICES_LIST_SOON_MS 2000
/* Without a bus for so long, what was known is forgotten. */
#define REEVE_SERVICES_STALE_MS 30000
/* Where there are no files of control groups: systemd is asked for values at most this often. */
#define REEVE_SERVICES_POLL_US (55 * G_USEC_PER_SEC)
/* The processors are counted anew after this. */
#define REEVE_SERVICES_PROCESSORS_US (10 * G_USEC_PER_SEC)

/* A sample waits for what is asked no longer than this, and not at all for what is asked for longer
 * already. */
#define REEVE_SERVICES_WAIT_MS 1000

typedef struct _ReeveServicesTracker ReeveServicesTracker;

typedef struct
{
  const char *root;
  const char *bus;
  const char *const *units;   /* patterns */
  const char *const *exclude; /* patterns */
} ReeveServicesOptions;

/* @changed: the list, or what was asked for, is complete. (transfer full) */
ReeveServicesTracker *reeve_services_tracker_new (ReeveContext *context,
                                                  const ReeveServicesOptions *options,
                                                  void (*changed) (gpointer user_data),
                                                  gpointer user_data);
void reeve_services_tracker_free (ReeveServicesTracker *self);

/* There is a list, not too old. */
gboolean reeve_services_tracker_is_known (ReeveServicesTracker *self);
/* Waits for answers that the next sample wants, and that may be there soon. */
gboolean reeve_services_tracker_is_busy (ReeveServicesTracker *self);
/* A sample is about to be made: asks for what has to be asked for. */
void reeve_services_tracker_prepare (ReeveServicesTracker *self);
void reeve_services_tracker_add (ReeveServicesTracker *self, ReeveSample *sample);
/* By the name that is shown, or systemd's own. (transfer none) (nullable) */
ReeveServicesUnit *reeve_services_tracker_find (ReeveServicesTracker *self, const char *name);
ReeveServicesBus *reeve_services_tracker_get_bus (ReeveServicesTracker *self);

G_END_DECLS
