/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-fleet-enrol.h"

G_BEGIN_DECLS

/* The fleet as owner of its links: tokens, pins, floors, our key. */
#define REEVE_TYPE_FLEET_OWNER (reeve_fleet_owner_get_type ())
G_DECLARE_FINAL_TYPE (ReeveFleetOwner, reeve_fleet_owner, REEVE, FLEET_OWNER, GObject)

/* @identity is referenced. */
ReeveFleetOwner *reeve_fleet_owner_new (ReeveFleetHub *hub, ReeveFleetPoll *poll,
                                        ReeveFleetEnrol *enrol, ReeveIdentity *identity);
/* The plugin has stopped: nothing is admitted any more. */
void reeve_fleet_owner_clear (ReeveFleetOwner *self);

G_END_DECLS
