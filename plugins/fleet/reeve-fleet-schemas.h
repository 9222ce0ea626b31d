/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-fleet-hub.h"

G_BEGIN_DECLS

/* What agents measure beyond the standard kinds: their descriptions, known by their digest, one for
 * each system and kept as records, so that what a system measured has titles and units also after a
 * restart and while it is away. */

/* Kinds of one system beyond the standard ones. */
#define REEVE_FLEET_SCHEMA_MAX_KINDS 32
/* A system is asked for its description at most this often, and so many new ones a day are taken.
 */
#define REEVE_FLEET_SCHEMA_ASK_US (G_GINT64_CONSTANT (60) * G_USEC_PER_SEC)
#define REEVE_FLEET_SCHEMA_MAX_CHANGES 8
/* What a system does wrong with its description is said once in this time. */
#define REEVE_FLEET_SCHEMA_SAY_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)
/* Of all systems together; those of one build share one. */
#define REEVE_FLEET_MAX_SCHEMAS 1024
#define REEVE_FLEET_MAX_SCHEMA_BYTES (8 * 1024 * 1024)

typedef struct _ReeveFleetSchemas ReeveFleetSchemas;

ReeveFleetSchemas *reeve_fleet_schemas_new (ReeveFleetHub *hub);
void reeve_fleet_schemas_free (ReeveFleetSchemas *self);

/* Reads the records and gives each system of the hub its own; those that nobody has are deleted. */
void reeve_fleet_schemas_load_async (ReeveFleetSchemas *self, GAsyncReadyCallback callback,
                                     gpointer user_data);
gboolean reeve_fleet_schemas_load_finish (ReeveFleetSchemas *self, GAsyncResult *result,
                                          GError **error);

/* @system has a new link. */
void reeve_fleet_schemas_linked (ReeveFleetSchemas *self, ReeveFleetSystem *system);
/* Is the description to be asked for now? TRUE counts as asked. */
gboolean reeve_fleet_schemas_ask (ReeveFleetSchemas *self, ReeveFleetSystem *system);
/* An answer of its link has come. FALSE: it has a description that is refused, and is to be asked
 * for anew. */
gboolean reeve_fleet_schemas_take (ReeveFleetSchemas *self, ReeveFleetSystem *system,
                                   ReeveMessage *answer);
/* A request for the description has failed. TRUE: it was what is wrong, and an answer without it is
 * worth asking for. */
gboolean reeve_fleet_schemas_failed (ReeveFleetSchemas *self, ReeveFleetSystem *system,
                                     const GError *error);
/* @system is about to go for good. */
void reeve_fleet_schemas_forget (ReeveFleetSchemas *self, ReeveFleetSystem *system);

G_END_DECLS
