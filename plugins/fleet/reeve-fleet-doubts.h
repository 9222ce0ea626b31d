/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-fleet-hub.h"

G_BEGIN_DECLS

/* Records that may come to say what memory does not: a change that was not answered in time is
 * taken back in memory, and the store may commit it all the same. Records are written in their
 * order, so writing the present state once more sets it right. */

/* Records that are remembered until they are right; those beyond are written once more, and no
 * oftener. */
#define REEVE_FLEET_MAX_DOUBTS 256
#define REEVE_FLEET_DOUBT_RETRY_MS 30000

/* Can what ended with @error have been done, or be done yet? */
gboolean reeve_fleet_hub_is_undecided (const GError *error);
/* The record of @id is to say what memory says: the system as it is, or that there is none. */
void reeve_fleet_hub_doubt (ReeveFleetHub *self, const char *id);
/* @system is again as it was before a change that ended with @error. @writes: system->writes after
 * that change was begun: what was written since may say it, too. */
void reeve_fleet_hub_took_back (ReeveFleetHub *self, ReeveFleetSystem *system, guint writes,
                                const GError *error);

G_END_DECLS
