/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-fleet-index.h"

G_BEGIN_DECLS

/* Named limits of the fleet. */
#define REEVE_FLEET_MAX_SYSTEMS 20000
#define REEVE_FLEET_MAX_WATCHES 256

/* The set of systems: memory over the records, and the ReeveFleet interface to it. */
#define REEVE_TYPE_FLEET_HUB (reeve_fleet_hub_get_type ())
G_DECLARE_FINAL_TYPE (ReeveFleetHub, reeve_fleet_hub, REEVE, FLEET_HUB, GObject)

ReeveFleetHub *reeve_fleet_hub_new (ReeveContext *context);
ReeveContext *reeve_fleet_hub_get_context (ReeveFleetHub *self);

/* Reads all systems; ends with their number known. */
void reeve_fleet_hub_load_async (ReeveFleetHub *self, GAsyncReadyCallback callback,
                                 gpointer user_data);
gboolean reeve_fleet_hub_load_finish (ReeveFleetHub *self, GAsyncResult *result, GError **error);
/* Ends when every change that was begun has ended. */
void reeve_fleet_hub_settle_async (ReeveFleetHub *self, GAsyncReadyCallback callback,
                                   gpointer user_data);
gboolean reeve_fleet_hub_settle_finish (ReeveFleetHub *self, GAsyncResult *result, GError **error);
/* Forgets all from memory; to be called when settled. */
void reeve_fleet_hub_clear (ReeveFleetHub *self);

guint reeve_fleet_hub_get_n_systems (ReeveFleetHub *self);
/* (transfer none) (nullable) */
ReeveFleetSystem *reeve_fleet_hub_find (ReeveFleetHub *self, const char *id);
ReeveFleetSystem *reeve_fleet_hub_find_name (ReeveFleetHub *self, const char *name);
/* Which system a token means; to look up only. (transfer none) */
ReeveFleetIndex *reeve_fleet_hub_get_index (ReeveFleetHub *self);
/* May a new system have this name? */
gboolean reeve_fleet_hub_is_free_name (ReeveFleetHub *self, const char *name);
typedef void (*ReeveFleetSystemFunc) (ReeveFleetHub *self, ReeveFleetSystem *system,
                                      gpointer user_data);
void reeve_fleet_hub_foreach (ReeveFleetHub *self, ReeveFleetSystemFunc func, gpointer user_data);

/* Makes a system, ends when its record is kept: (transfer full) the token. @ret_id: (transfer
 * full). */
void reeve_fleet_hub_add_async (ReeveFleetHub *self, const char *name, GAsyncReadyCallback callback,
                                gpointer user_data);
char *reeve_fleet_hub_add_finish (ReeveFleetHub *self, GAsyncResult *result, char **ret_id,
                                  GError **error);
/* Takes a whole new system (transfer full); ends when its record and @record (transfer full), of
 * whatever belongs to it, are kept. */
void reeve_fleet_hub_take_async (ReeveFleetHub *self, ReeveFleetSystem *system, ReeveRecord *record,
                                 GAsyncReadyCallback callback, gpointer user_data);
gboolean reeve_fleet_hub_take_finish (ReeveFleetHub *self, GAsyncResult *result, GError **error);
/* Writes one record (transfer full). */
void reeve_fleet_hub_apply_async (ReeveFleetHub *self, ReeveRecord *record,
                                  GAsyncReadyCallback callback, gpointer user_data);
gboolean reeve_fleet_hub_apply_finish (ReeveFleetHub *self, GAsyncResult *result, GError **error);
/* REEVE_ERROR_EXISTS, REEVE_ERROR_INVALID. */
gboolean reeve_fleet_hub_check_free_name (ReeveFleetHub *self, const char *name, GError **error);
/* Takes a system out of the set and closes its link; its record stays and says that it is being
 * removed, until reeve_fleet_hub_delete_async(). */
void reeve_fleet_hub_drop_async (ReeveFleetHub *self, ReeveFleetSystem *system, const char *by,
                                 GAsyncReadyCallback callback, gpointer user_data);
gboolean reeve_fleet_hub_drop_finish (ReeveFleetHub *self, GAsyncResult *result, GError **error);
/* Deletes the record. */
void reeve_fleet_hub_delete_async (ReeveFleetHub *self, const char *id,
                                   GAsyncReadyCallback callback, gpointer user_data);
gboolean reeve_fleet_hub_delete_finish (ReeveFleetHub *self, GAsyncResult *result, GError **error);
/* (transfer none): ids to names of those whose removal an earlier process did not end. */
GHashTable *reeve_fleet_hub_get_leftovers (ReeveFleetHub *self);
/* Writes the record as it is now. @callback may be NULL: then a failure is logged. */
void reeve_fleet_hub_save_async (ReeveFleetHub *self, ReeveFleetSystem *system,
                                 GAsyncReadyCallback callback, gpointer user_data);
gboolean reeve_fleet_hub_save_finish (ReeveFleetHub *self, GAsyncResult *result, GError **error);

/* Says the new state to watches and, when it is one for people, as an event. */
void reeve_fleet_hub_set_state (ReeveFleetHub *self, ReeveFleetSystem *system,
                                ReeveSystemState state);
/* An event about @system, with its name and state in the fields. */
void reeve_fleet_hub_emit (ReeveFleetHub *self, const ReeveFleetSystem *system,
                           ReeveSeverity severity, const char *category, const char *format, ...)
    G_GNUC_PRINTF (5, 6);
/* Tells the watches. */
void reeve_fleet_hub_changed (ReeveFleetHub *self, ReeveFleetSystem *system,
                              const ReeveFleetChange *change);

/* What the poll hangs in: called when a system appears, and when somebody begins or ends to look at
 * one, and when one is removed. */
typedef struct
{
  void (*added) (ReeveFleetHub *self, ReeveFleetSystem *system, gpointer user_data);
  void (*followed) (ReeveFleetHub *self, ReeveFleetSystem *system, gpointer user_data);
  void (*removed) (ReeveFleetHub *self, ReeveFleetSystem *system, gpointer user_data);
} ReeveFleetHubFuncs;
void reeve_fleet_hub_set_funcs (ReeveFleetHub *self, const ReeveFleetHubFuncs *funcs,
                                gpointer user_data);
/* Called for each system that is removed, after its record has gone. */
void reeve_fleet_hub_set_removed_func (ReeveFleetHub *self, ReeveFleetSystemFunc func,
                                       gpointer user_data);

G_END_DECLS
