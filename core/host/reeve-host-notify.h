/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

G_BEGIN_DECLS

/* The service manager's protocol, sd_notify(3) and sd_listen_fds(3), by hand. Without
 * $NOTIFY_SOCKET every call does nothing. Main thread only. */
typedef struct _ReeveHostNotify ReeveHostNotify;

/* Reads and clears $NOTIFY_SOCKET and $WATCHDOG_*, so that no child takes them for its own. */
ReeveHostNotify *reeve_host_notify_new (ReeveClock *clock);
void reeve_host_notify_free (ReeveHostNotify *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveHostNotify, reeve_host_notify_free)

void reeve_host_notify_ready (ReeveHostNotify *self, const char *status);
void reeve_host_notify_status (ReeveHostNotify *self, const char *status);
void reeve_host_notify_reloading (ReeveHostNotify *self);
void reeve_host_notify_stopping (ReeveHostNotify *self);
/* From now on the watchdog is fed at half of its time, by the loop itself. */
void reeve_host_notify_start_watchdog (ReeveHostNotify *self, ReeveContext *context);

/* Takes the sockets that the service manager passed, and clears $LISTEN_*. (transfer full) of
 * ReevePassedSocket, whose descriptors then belong to the caller. */
GArray *reeve_host_notify_take_sockets (void);

G_END_DECLS
