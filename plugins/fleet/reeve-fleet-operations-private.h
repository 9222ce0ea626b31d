/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-fleet-operations.h"

G_BEGIN_DECLS

/* What the files of the operations share. */

struct _ReeveFleetOperations
{
  GObject parent;

  ReeveFleetHub *hub; /* NULL once stopped */
  ReeveFleetPoll *poll;
  ReeveFleetRemovals *removals;
  char *key;
};

/* Ends the task with @value, floating. */
/* NULL once the task was ended with NOT_FOUND. */
ReeveFleetSystem *reeve_fleet_operations_find (ReeveFleetOperations *self, const char *id,
                                               GTask *task);

/* Handlers of reeve-fleet-operations-change.c; the task's data is the subject. */
void reeve_fleet_operations_add (ReeveFleetOperations *self, GVariant *arguments, GTask *task);
void reeve_fleet_operations_remove (ReeveFleetOperations *self, GVariant *arguments, GTask *task);
void reeve_fleet_operations_rename (ReeveFleetOperations *self, GVariant *arguments, GTask *task);
void reeve_fleet_operations_set_labels (ReeveFleetOperations *self, GVariant *arguments,
                                        GTask *task);
void reeve_fleet_operations_set_note (ReeveFleetOperations *self, GVariant *arguments, GTask *task);
void reeve_fleet_operations_rotate_token (ReeveFleetOperations *self, GVariant *arguments,
                                          GTask *task);
void reeve_fleet_operations_set_paused (ReeveFleetOperations *self, GVariant *arguments,
                                        GTask *task);
void reeve_fleet_operations_reset_peer (ReeveFleetOperations *self, GVariant *arguments,
                                        GTask *task);

G_END_DECLS
