/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

G_BEGIN_DECLS

/* ReeveAuthenticator, ReeveAuthorizer and ReeveOperations over the sessions. */
#define REEVE_TYPE_ACCOUNTS_DOOR (reeve_accounts_door_get_type ())
G_DECLARE_FINAL_TYPE (ReeveAccountsDoor, reeve_accounts_door, REEVE, ACCOUNTS_DOOR, GObject)

/* Reads or makes the owner key. (transfer full) */
ReeveAccountsDoor *reeve_accounts_door_new (ReeveContext *context, GError **error);
void reeve_accounts_door_reload (ReeveAccountsDoor *self, ReeveSettings *settings);
/* The plugin has stopped: every session has ended. */
void reeve_accounts_door_clear (ReeveAccountsDoor *self);

G_END_DECLS
