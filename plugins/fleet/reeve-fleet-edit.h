/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-fleet-hub.h"

G_BEGIN_DECLS

/* What people change of a system. Members that are NULL (-1) stay as they are. */
typedef struct
{
  char *name;
  GVariant *labels; /* a{ss} */
  char *note;
  char *token_hash;
  gboolean shared; /* with token_hash: it is a universal one */
  int paused;
  gboolean reset;    /* what its peer has proven: */
  char *fingerprint; /* with reset */
  guint floor_security;
  guint floor_level;
} ReeveFleetEdit;

/* All of @edit, whose members it takes, or nothing. Ends when it is kept; then @event (transfer
 * full) is said of the system, and its watches hear of it. What is refused is as it was. The name
 * must be free, the rest valid already. */
void reeve_fleet_edit_async (ReeveFleetHub *hub, ReeveFleetSystem *system, ReeveFleetEdit *edit,
                             char *event, GAsyncReadyCallback callback, gpointer user_data);
/* (transfer none): the system, which is still there. NOT_FOUND when it was removed meanwhile. */
ReeveFleetSystem *reeve_fleet_edit_finish (ReeveFleetHub *hub, GAsyncResult *result,
                                           GError **error);

G_END_DECLS
