/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-fleet-hub.h"

G_BEGIN_DECLS

/* What agents kept while there was no link: asked for in batches, stored once, then acknowledged.
 * docs/protocol.md, section 3.5. */

#define REEVE_FLEET_KEPT_BATCH 32
/* Systems that are asked at a time; the others wait. */
#define REEVE_FLEET_KEPT_MAX_ACTIVE 8
#define REEVE_FLEET_KEPT_PAUSE_MS 250
#define REEVE_FLEET_KEPT_WAIT_MS 1000
/* As long as agents keep at most, and a day. */
#define REEVE_FLEET_KEPT_MAX_AGE_US (G_GINT64_CONSTANT (8) * 24 * 3600 * G_USEC_PER_SEC)

typedef struct _ReeveFleetKept ReeveFleetKept;

ReeveFleetKept *reeve_fleet_kept_new (ReeveFleetHub *hub, guint interval_ms);
void reeve_fleet_kept_free (ReeveFleetKept *self);
void reeve_fleet_kept_set_interval (ReeveFleetKept *self, guint interval_ms);
void reeve_fleet_kept_added (ReeveFleetKept *self, ReeveFleetSystem *system);

/* What is stored, for a request of the schedule. */
void reeve_fleet_kept_acknowledge (ReeveFleetSystem *system, ReeveSampleRequest *wanted);
/* An answer says what waits. */
void reeve_fleet_kept_notice (ReeveFleetKept *self, ReeveFleetSystem *system,
                              const ReeveMessageKept *kept);
/* The link has ended, or another has come. */
void reeve_fleet_kept_stop (ReeveFleetSystem *system);

G_END_DECLS
