/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

G_BEGIN_DECLS

/* Signals come as reads in the loop: a handler or a helper thread for them would be there before
 * the sandbox. */
typedef void (*ReeveHostSignalFunc) (int signal, gpointer user_data);

/* Before anything else: blocks SIGTERM, SIGINT and SIGHUP (threads inherit that), ignores SIGPIPE.
 * The descriptor, or -1 with @error. */
int reeve_host_signals_block (GError **error);
typedef struct _ReeveHostSignals ReeveHostSignals;

/* Calls @func in the loop for each signal of @fd, which stays the caller's. (transfer full), to be
 * freed after @context has ended. */
ReeveHostSignals *reeve_host_signals_watch (int fd, ReeveContext *context, ReeveHostSignalFunc func,
                                            gpointer user_data);
void reeve_host_signals_free (ReeveHostSignals *self);

G_END_DECLS
