/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-fleet-enrol.h"

G_BEGIN_DECLS

/* org.reeve.Tokens1: see data/org.reeve.Tokens1.xml. */
#define REEVE_TYPE_FLEET_TOKEN_OPERATIONS (reeve_fleet_token_operations_get_type ())
G_DECLARE_FINAL_TYPE (ReeveFleetTokenOperations, reeve_fleet_token_operations, REEVE,
                      FLEET_TOKEN_OPERATIONS, GObject)

/* @key: the hub's public key line. */
ReeveFleetTokenOperations *reeve_fleet_token_operations_new (ReeveFleetHub *hub,
                                                             ReeveFleetTokens *tokens,
                                                             ReeveFleetEnrol *enrol,
                                                             const char *key);
/* The plugin has stopped. */
void reeve_fleet_token_operations_clear (ReeveFleetTokenOperations *self);

G_END_DECLS
