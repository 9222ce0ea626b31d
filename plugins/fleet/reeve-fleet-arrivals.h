/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-fleet-hub.h"

G_BEGIN_DECLS

/* Samples of the schedule on their way to the history: gathered for a moment, since a call for each
 * of them would cost more than to keep it, and told when their commit has returned. */

/* How long the first one waits for others, and the most that wait. */
#define REEVE_FLEET_GATHER_MS 100
#define REEVE_FLEET_MAX_GATHERED 1024

typedef struct _ReeveFleetArrivals ReeveFleetArrivals;

ReeveFleetArrivals *reeve_fleet_arrivals_new (ReeveFleetHub *hub);
/* Hands on what waits; nobody is told of it any more. */
void reeve_fleet_arrivals_free (ReeveFleetArrivals *self);

/* Takes the newest sample of @system, which has a link. @sequence: what to acknowledge once it is
 * stored. */
void reeve_fleet_arrivals_add (ReeveFleetArrivals *self, ReeveFleetSystem *system,
                               guint64 sequence);
/* Hands on what waits, before something that must come after it. */
void reeve_fleet_arrivals_flush (ReeveFleetArrivals *self);

G_END_DECLS
