/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-fleet-poll.h"
#include "reeve-fleet-tokens.h"

G_BEGIN_DECLS

/* Systems that wait to be confirmed; more are not made. */
#define REEVE_FLEET_MAX_UNCONFIRMED 256
/* Systems that are made at a time, until the store has them. */
#define REEVE_FLEET_MAX_COMING 1024
/* The same refusal is said again after this. */
#define REEVE_FLEET_SAY_AGAIN_US (60 * G_USEC_PER_SEC)

/* What a universal token does: systems made at first contact, and their confirmation. */
typedef struct _ReeveFleetEnrol ReeveFleetEnrol;

ReeveFleetEnrol *reeve_fleet_enrol_new (ReeveFleetHub *hub, ReeveFleetTokens *tokens,
                                        ReeveFleetPoll *poll);
void reeve_fleet_enrol_free (ReeveFleetEnrol *self);

/* Does @hash belong to a universal token that is there, or was when one of the systems was made? */
gboolean reeve_fleet_enrol_knows (ReeveFleetEnrol *self, const char *hash);
/* @offer has token and fingerprint. Ends with (transfer full) the id of the machine's system, which
 * is made when there is none; DENIED with what may be told to the agent. The callbacks' source is
 * the hub. */
void reeve_fleet_enrol_find_async (ReeveFleetEnrol *self, const ReeveLinkOffer *offer,
                                   GAsyncReadyCallback callback, gpointer user_data);
char *reeve_fleet_enrol_find_finish (ReeveFleetEnrol *self, GAsyncResult *result, GError **error);
/* The system is asked and kept from now on. @who: for the event. */
void reeve_fleet_enrol_confirm_async (ReeveFleetEnrol *self, ReeveFleetSystem *system,
                                      const char *who, GAsyncReadyCallback callback,
                                      gpointer user_data);
gboolean reeve_fleet_enrol_confirm_finish (ReeveFleetEnrol *self, GAsyncResult *result,
                                           GError **error);

G_END_DECLS
