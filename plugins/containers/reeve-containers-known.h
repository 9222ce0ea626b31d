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
  gint64 cpu_ns;     /* of the last round; to see a restart */
  gint64 processors; /* as first told: what is divided by must not change */
  guint round;       /* that it was last seen in */
} ReeveContainersKnown;

/* Takes over what the list says of it. */
void reeve_containers_known_update (ReeveContainersKnown *self, const ReeveContainersEntry *entry,
                                    guint round);
void reeve_containers_known_set_stats (ReeveContainersKnown *self,
                                       const ReeveContainersStats *stats);
/* What the kernel says, in the engine's place. */
void reeve_containers_known_set_cgroup (ReeveContainersKnown *self,
                                        const ReeveContainersCgroup *cgroup, guint round);
gboolean reeve_containers_known_wants_details (const ReeveContainersKnown *self, gboolean podman,
                                               gint64 now);
/* Adds its row. */
void reeve_containers_known_collect (const ReeveContainersKnown *self, ReeveSample *sample);

G_END_DECLS
