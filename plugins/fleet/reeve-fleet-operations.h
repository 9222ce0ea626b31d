/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-fleet-poll.h"
#include "reeve-fleet-removal.h"

G_BEGIN_DECLS

/* org.reeve.Fleet1: see data/org.reeve.Fleet1.xml. */
#define REEVE_TYPE_FLEET_OPERATIONS (reeve_fleet_operations_get_type ())
G_DECLARE_FINAL_TYPE (ReeveFleetOperations, reeve_fleet_operations, REEVE, FLEET_OPERATIONS,
                      GObject)

/* @key: the hub's public key line. */
ReeveFleetOperations *reeve_fleet_operations_new (ReeveFleetHub *hub, ReeveFleetPoll *poll,
                                                  ReeveFleetRemovals *removals, const char *key);
void reeve_fleet_operations_clear (ReeveFleetOperations *self);

G_END_DECLS
