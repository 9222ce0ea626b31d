/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The state directory: ours, 0700, no link, locked by one process at a time. */
typedef struct _ReeveHostState ReeveHostState;

/* Before anything else: umask 077, no core dumps. */
void reeve_host_state_harden (void);
/* $STATE_DIRECTORY; else /var/lib/reeve-ROLE for root and for whoever owns it; else
 * $XDG_STATE_HOME/reeve/ROLE. @base: "/var/lib". (transfer full) */
char *reeve_host_state_find (const char *base, const char *role);
/* Made if it is missing. The error says what to do. (transfer full) */
ReeveHostState *reeve_host_state_open (const char *path, GError **error);
/* Gives the lock back. */
void reeve_host_state_free (ReeveHostState *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveHostState, reeve_host_state_free)
/* Absolute, without links. */
const char *reeve_host_state_get_path (ReeveHostState *self);
/* Any thread; blocks. Replaces the file @name (0600) as a whole, or not at all. */
gboolean reeve_host_state_write (ReeveHostState *self, const char *name, const char *contents,
                                 GError **error);

/* Removes a directory and what is in it, without following links out of it. */
void reeve_host_state_remove (const char *path);

G_END_DECLS
