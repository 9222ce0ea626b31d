/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-fleet-hub.h"

G_BEGIN_DECLS

/* The newest values of some kinds, with the texts that no history keeps. */

#define REEVE_FLEET_LATEST_MAX_KINDS 16
#define REEVE_FLEET_LATEST_MAX_SYSTEMS 100
/* Rows of one answer. */
#define REEVE_FLEET_LATEST_MAX_ROWS 20000
#define REEVE_FLEET_LATEST_DEFAULT_ROWS 5000

/* @systems: ids, or none for all; @limit: rows in all, 0: the default. Returns: (aa{sv}b),
 * floating: each system that has rows with id, name, state (s), time (d) and rows (aa{sv}: kind,
 * instance (s), values (a{sd}), texts (a{ss})), and whether that is all. NULL: INVALID. */
GVariant *reeve_fleet_latest (ReeveFleetHub *hub, const char *const *systems,
                              const char *const *kinds, guint limit, GError **error);

G_END_DECLS
