/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-fleet-schemas.h"

G_BEGIN_DECLS

/* Those whose moments fall into one step are asked together: the second of them costs a fraction of
 * the first, and the hub sleeps in between. An interval has so many steps, and twice as many as
 * often as there are so many links for each, unless they came to less than a second. */
#define REEVE_FLEET_STEPS 10
#define REEVE_FLEET_STEP_SYSTEMS 64
#define REEVE_FLEET_STEP_MS 1000
/* While somebody looks. */
#define REEVE_FLEET_LIVE_MS 1000
/* A request that failed is tried again after this. */
#define REEVE_FLEET_RETRY_MS 5000

/* When each system is asked, and what becomes of the answers. */
typedef struct _ReeveFleetPoll ReeveFleetPoll;

typedef struct
{
  guint interval_ms; /* between two kept samples */
  guint down_ms;     /* how long a system may be without a link that brings answers */
  guint missed;      /* answers in a row that make a system down, and its link end */
  guint grace_ms;    /* after a start of the hub nobody is called down before this */
} ReeveFleetTimes;

/* @schemas: must outlive it. */
ReeveFleetPoll *reeve_fleet_poll_new (ReeveFleetHub *hub, ReeveFleetSchemas *schemas,
                                      const ReeveFleetTimes *times);
void reeve_fleet_poll_free (ReeveFleetPoll *self);
void reeve_fleet_poll_set_times (ReeveFleetPoll *self, const ReeveFleetTimes *times);
/* All loaded systems: those that were seen before are awaited. */
void reeve_fleet_poll_begin (ReeveFleetPoll *self);
/* system->link was set: asks at once. */
void reeve_fleet_poll_linked (ReeveFleetPoll *self, ReeveFleetSystem *system);
/* system->link was cleared: suspect, and down unless an answer comes over another one in time. */
void reeve_fleet_poll_lost (ReeveFleetPoll *self, ReeveFleetSystem *system);
/* What became of a request over system->link: see ReeveLinkOwner. */
void reeve_fleet_poll_answered (ReeveFleetPoll *self, ReeveFleetSystem *system,
                                ReeveMessage *request, ReeveMessage *answer, const GError *error);
/* system->paused or system->unconfirmed was changed. */
void reeve_fleet_poll_paused (ReeveFleetPoll *self, ReeveFleetSystem *system);

G_END_DECLS
