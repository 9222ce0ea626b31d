/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "reeve-fleet-hub.h"

G_BEGIN_DECLS

/* What the hub's own files share. */

typedef struct
{
  guint id;
  ReeveFleetFunc func;
  gpointer user_data;
} ReeveFleetWatch;

struct _ReeveFleetHub
{
  GObject parent;

  ReeveContext *context;
  ReeveRecords *records;
  GHashTable *systems; /* id to ReeveFleetSystem, owned */
  ReeveFleetIndex *index;
  GPtrArray *sorted;  /* by name */
  GHashTable *adding; /* set of names, not stored yet */
  GHashTable *leftovers;
  GArray *watches;
  guint last_watch;
  guint64 revision; /* grows with each change of a system */
  guint followed;
  gint64 unkept_said; /* that the store refused a change, monotonic; 0: never */
  GQueue edits;       /* on their way to the store, reeve-fleet-edit.c's own */
  GHashTable *doubts; /* set of ids, see reeve-fleet-doubts.h */
  ReeveTimer *doubt_timer;
  guint pending;   /* changes on their way to the store */
  GTask *settling; /* who waits for the last of them */
  const ReeveFleetHubFuncs *funcs;
  gpointer funcs_data;
  ReeveFleetSystemFunc removed_func;
  gpointer removed_data;
};

/* Into the set, at its place. Takes the system. */
void reeve_fleet_hub_insert (ReeveFleetHub *self, ReeveFleetSystem *system);
/* Out of the set, and to the caller. */
void reeve_fleet_hub_remove (ReeveFleetHub *self, ReeveFleetSystem *system);
/* Swaps its name with @name, and moves it to its new place. */
void reeve_fleet_hub_rename (ReeveFleetHub *self, ReeveFleetSystem *system, char **name);
/* Applies one record, or two in one commit. @task ends with it, and is taken; so are the records.
 */
void reeve_fleet_hub_apply (ReeveFleetHub *self, ReeveRecord *record, GTask *task);
void reeve_fleet_hub_apply_both (ReeveFleetHub *self, ReeveRecord *record, ReeveRecord *other,
                                 GTask *task);
/* Writes the record of @system as it is now. @task ends with it, and is taken. */
void reeve_fleet_hub_write (ReeveFleetHub *self, ReeveFleetSystem *system, GTask *task);
/* All records that are in doubt. */
void reeve_fleet_hub_repair (ReeveFleetHub *self);
/* A change that was counted in self->pending has ended. */
void reeve_fleet_hub_ended (ReeveFleetHub *self);
/* In reeve-fleet-watches.c. */
void reeve_fleet_hub_fleet_init (ReeveFleetInterface *iface);

G_END_DECLS
