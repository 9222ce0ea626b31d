/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-fleet-system.h"

G_BEGIN_DECLS

/* Systems by what their agents present: a token of their own, or a universal one together with the
 * machine's fingerprint. Holds no reference; a system is taken out before either changes. */
typedef struct _ReeveFleetIndex ReeveFleetIndex;

ReeveFleetIndex *reeve_fleet_index_new (void);
void reeve_fleet_index_free (ReeveFleetIndex *self);
void reeve_fleet_index_add (ReeveFleetIndex *self, ReeveFleetSystem *system);
void reeve_fleet_index_remove (ReeveFleetIndex *self, ReeveFleetSystem *system);
void reeve_fleet_index_clear (ReeveFleetIndex *self);
/* By a token of its own. (transfer none) (nullable) */
ReeveFleetSystem *reeve_fleet_index_find (ReeveFleetIndex *self, const char *hash);
/* By a universal token and the machine. (transfer none) (nullable) */
ReeveFleetSystem *reeve_fleet_index_find_machine (ReeveFleetIndex *self, const char *hash,
                                                  const char *fingerprint);
/* Is there any system that came with this universal token? */
gboolean reeve_fleet_index_is_shared (ReeveFleetIndex *self, const char *hash);

G_END_DECLS
