/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

#include "reeve-containers-cgroup-parse.h"

G_BEGIN_DECLS

/* Containers that were seen, with what was learned of each. Main thread only. */

/* A container that was inspected is looked at again after this, on Podman (whose list knows no
 * health) sooner. */
#define REEVE_CONTAINERS_DETAILS_US (10 * 60 * G_USEC_PER_SEC)
#define REEVE_CONTAINERS_PODMAN_DETAILS_US (60 * G_USEC_PER_SEC)
/* One whose statistics did not come in time is asked again after this. */
#define REEVE_CONTAINERS_STUCK_US (30 * G_USEC_PER_SEC)

typedef struct
{
  ReeveContainersEntry entry;
  ReeveContainersStats stats; /* of this round */
  ReeveContainersDetails details;
  gboolean inspected; /* @details are of this start */
  gint64 details_at;  /* monotonic */
  gint64 stuck_until;
  gboolean counted; /* the next two hold a reading */
  gint64 cpu_ns;    /* as last read, of all processors together; to see a restart */
  gint64 share_ns;  /* what is told: the share of the whole machine */
  guint round;      /* that it was last seen in */
} ReeveContainersKnown;

/* Takes over what the list says of it. */
void reeve_containers_known_update (ReeveContainersKnown *self, const ReeveContainersEntry *entry,
                                    guint round);
/* @processors: of the machine, where @stats does not say. */
void reeve_containers_known_set_stats (ReeveContainersKnown *self,
                                       const ReeveContainersStats *stats, guint processors);
/* What the kernel says, in the engine's place. */
void reeve_containers_known_set_cgroup (ReeveContainersKnown *self,
                                        const ReeveContainersCgroup *cgroup, guint processors,
                                        guint round);
gboolean reeve_containers_known_wants_details (const ReeveContainersKnown *self, gboolean podman,
                                               gint64 now);
/* Adds its row. */
void reeve_containers_known_collect (const ReeveContainersKnown *self, ReeveSample *sample);

G_END_DECLS
