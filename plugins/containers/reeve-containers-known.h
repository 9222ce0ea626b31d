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

/* Containers are read one after the other, some as much as a second after the sample's moment, each
 * time another. What is told is what each counter had at that moment, on a line between the last
 * two readings; so it never goes back but with the counter. */
typedef struct
{
  gboolean counted; /* the others hold a reading */
  gint64 last;      /* as the engine said */
  double sum;       /* the same, each part by the processors of its time */
  double told;
} ReeveContainersCounter;

/* What a round reads with. */
typedef struct
{
  guint number;
  guint processors; /* they come and go */
  gint64 wall;      /* the moment of its samples */
} ReeveContainersRound;

typedef struct
{
  ReeveContainersEntry entry;
  ReeveContainersStats stats; /* of this round */
  ReeveContainersDetails details;
  gboolean inspected; /* @details are of this start */
  gint64 details_at;  /* monotonic */
  gint64 stuck_until;
  gint64 read_at; /* by the engine's clock, when the counters were last read; -1: not said */
  ReeveContainersCounter cpu; /* nanoseconds, as the share of the whole machine */
  ReeveContainersCounter sent, received, read, written;
  guint round; /* that it was last seen in */
} ReeveContainersKnown;

/* Takes over what the list says of it. */
void reeve_containers_known_update (ReeveContainersKnown *self, const ReeveContainersEntry *entry,
                                    guint round);
void reeve_containers_known_set_stats (ReeveContainersKnown *self,
                                       const ReeveContainersStats *stats,
                                       const ReeveContainersRound *round);
/* What the kernel says, in the engine's place. */
void reeve_containers_known_set_cgroup (ReeveContainersKnown *self,
                                        const ReeveContainersCgroup *cgroup,
                                        const ReeveContainersRound *round);
gboolean reeve_containers_known_wants_details (const ReeveContainersKnown *self, gboolean podman,
                                               gint64 now);
/* Adds its row. */
void reeve_containers_known_collect (const ReeveContainersKnown *self, ReeveSample *sample);

G_END_DECLS
