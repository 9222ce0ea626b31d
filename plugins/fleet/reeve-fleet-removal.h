/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-fleet-hub.h"

G_BEGIN_DECLS

/* The end of systems: at once the name, the token and the link; by a job the history, then the
 * record. The record says so in between, so that a hub which is stopped goes on at its next start.
 */

/* Histories that are deleted at a time. */
#define REEVE_FLEET_REMOVAL_MAX_ACTIVE 2
/* The same with those that were cancelled before their turn, of which the store only has to know.
 */
#define REEVE_FLEET_REMOVAL_MAX_ALL 4
/* A store that fails is asked again after this, so often, before the job fails. */
#define REEVE_FLEET_REMOVAL_RETRY_MS 10000
#define REEVE_FLEET_REMOVAL_TRIES 30

typedef struct _ReeveFleetRemovals ReeveFleetRemovals;

ReeveFleetRemovals *reeve_fleet_removals_new (ReeveFleetHub *hub);
void reeve_fleet_removals_free (ReeveFleetRemovals *self);
/* Goes on with those that an earlier process left. */
void reeve_fleet_removals_resume (ReeveFleetRemovals *self);

/* Ends when the system is out of the set, with the job that does the rest: (transfer full) its id.
 * @by: who asked, for the event. */
void reeve_fleet_removals_remove_async (ReeveFleetRemovals *self, const char *id, const char *by,
                                        GAsyncReadyCallback callback, gpointer user_data);
char *reeve_fleet_removals_remove_finish (ReeveFleetRemovals *self, GAsyncResult *result,
                                          GError **error);

G_END_DECLS
