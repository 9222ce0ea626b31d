/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-engine.h"
#include "reeve-event.h"
#include "reeve-net.h"
#include "reeve-network.h"
#include "reeve-program.h"
#include "reeve-stream.h"
#include "reeve-types.h"
#include "reeve-worker.h"

G_BEGIN_DECLS

/*
 * A plugin's only door to everything else. One per plugin object; whatever is made through it
 * belongs to it, and what the plugin leaves behind after stop is removed and named in the log.
 * After its end every function refuses quietly: REEVE_ERROR_GONE, NULL or nothing. Main thread
 * only.
 */

/* "fleet" or "reporter/home". */
REEVE_API const char *reeve_context_get_name (ReeveContext *self);
/* "home", or "" */
REEVE_API const char *reeve_context_get_instance (ReeveContext *self);
/* "hub" or "agent" */
REEVE_API const char *reeve_context_get_role (ReeveContext *self);
/* Where this role keeps its state: absolute, 0700, ours. */
REEVE_API const char *reeve_context_get_state_dir (ReeveContext *self);
/* Who holds this process's private keys; NULL where nobody does. (transfer none) */
REEVE_API ReeveKeeper *reeve_context_get_keeper (ReeveContext *self);
REEVE_API ReeveSettings *reeve_context_get_settings (ReeveContext *self);
REEVE_API ReeveClock *reeve_context_get_clock (ReeveContext *self);
REEVE_API ReeveOwner *reeve_context_get_owner (ReeveContext *self);
REEVE_API gboolean reeve_context_is_closed (ReeveContext *self);

/* ---- engine: see reeve-engine.h, reeve-worker.h for the rules ---- */
REEVE_API ReeveWatch *reeve_context_watch_fd (ReeveContext *self, const char *name, int fd,
                                              ReeveIO mask, ReeveWatchFunc func,
                                              gpointer user_data);
REEVE_API ReeveTimer *reeve_context_add_timer (ReeveContext *self, const char *name,
                                               ReeveTimerFunc func, gpointer user_data);
REEVE_API void reeve_context_defer (ReeveContext *self, ReeveDeferFunc func, gpointer user_data,
                                    GDestroyNotify destroy);
REEVE_API ReeveWorker *reeve_context_add_worker (ReeveContext *self, const char *name,
                                                 guint threads, guint max_queue);
/* Takes @fd. */
REEVE_API ReeveStream *reeve_context_add_stream (ReeveContext *self, int fd);

/* ---- the one door for sockets: only what declare() named ---- */
/* A socket that the service manager passed under the name @endpoint is used before @address. */
REEVE_API ReeveListener *reeve_context_listen (ReeveContext *self, const char *endpoint,
                                               const char *address, const ReeveListenLimits *limits,
                                               ReeveAcceptFunc func, gpointer user_data,
                                               GError **error);
REEVE_API void reeve_context_dial_async (ReeveContext *self, const char *endpoint,
                                         const char *address, guint timeout_ms,
                                         GCancellable *cancellable, GAsyncReadyCallback callback,
                                         gpointer user_data);
/* With TLS, by way of a proxy. */
REEVE_API void reeve_context_dial_with_async (ReeveContext *self, const char *endpoint,
                                              const char *address, const ReeveDialOptions *options,
                                              GCancellable *cancellable,
                                              GAsyncReadyCallback callback, gpointer user_data);
/* (transfer full) */
REEVE_API ReeveStream *reeve_context_dial_finish (ReeveContext *self, GAsyncResult *result,
                                                  GError **error);

/* Changes of this machine's addresses and routes. */
REEVE_API ReeveNetwork *reeve_context_watch_network (ReeveContext *self, ReeveNetworkFunc func,
                                                     gpointer user_data, GError **error);

/* ---- registry ---- */
/* @key: what the interface says it is keyed by, or "". One provider per key for interfaces "one by
 * key"; a second one, or a guarded interface from a plugin that neither the role nor the files
 * name, is an error. The registry holds a reference until withdraw or the context's end. */
REEVE_API gboolean reeve_context_provide (ReeveContext *self, GType interface, const char *key,
                                          gpointer provider, GError **error);
/* New calls fail with GONE at once, calls in flight are cancelled; @callback when the last has
 * ended. */
REEVE_API void reeve_context_withdraw_async (ReeveContext *self, gpointer provider,
                                             GAsyncReadyCallback callback, gpointer user_data);
REEVE_API gboolean reeve_context_withdraw_finish (ReeveContext *self, GAsyncResult *result,
                                                  GError **error);
/* (transfer full) (nullable): the first provider under @key. */
REEVE_API gpointer reeve_context_lookup (ReeveContext *self, GType interface, const char *key);
/* (transfer full): all of them in the order of provision, with g_object_unref as free function. */
REEVE_API GPtrArray *reeve_context_lookup_all (ReeveContext *self, GType interface);
typedef void (*ReeveProviderFunc) (gpointer provider, const char *key, gpointer user_data);
/* @added is called for those that are there (in the next turn) and those that come, @removed as one
 * goes, before its last call has ended. Ends with the context or reeve_context_unwatch(). */
REEVE_API guint reeve_context_watch (ReeveContext *self, GType interface, ReeveProviderFunc added,
                                     ReeveProviderFunc removed, gpointer user_data);
REEVE_API void reeve_context_unwatch (ReeveContext *self, guint id);

/* ---- events ---- */
/* @fields: vardict or NULL, floating is sunk. */
REEVE_API void reeve_context_emit (ReeveContext *self, ReeveSeverity severity, const char *category,
                                   const char *subject, GVariant *fields, const char *format, ...)
    G_GNUC_PRINTF (6, 7);
REEVE_API GPtrArray *reeve_context_read_events (ReeveContext *self, guint64 after,
                                                guint64 *ret_lost);
REEVE_API guint reeve_context_watch_events (ReeveContext *self, ReeveEventFunc func,
                                            gpointer user_data);
REEVE_API void reeve_context_unwatch_events (ReeveContext *self, guint id);

/* ---- log: lower case, no full stop, never a secret. @peer, @object: extra fields or NULL ---- */
REEVE_API void reeve_context_log (ReeveContext *self, GLogLevelFlags level, const char *domain,
                                  const char *peer, const char *object, const char *format, ...)
    G_GNUC_PRINTF (6, 7);

/* Critical is for our bugs (g_critical). */
#define reeve_log_warning(context, ...)                                                            \
  reeve_context_log (context, G_LOG_LEVEL_WARNING, G_LOG_DOMAIN, NULL, NULL, __VA_ARGS__)
#define reeve_log_message(context, ...)                                                            \
  reeve_context_log (context, G_LOG_LEVEL_MESSAGE, G_LOG_DOMAIN, NULL, NULL, __VA_ARGS__)
#define reeve_log_info(context, ...)                                                               \
  reeve_context_log (context, G_LOG_LEVEL_INFO, G_LOG_DOMAIN, NULL, NULL, __VA_ARGS__)
#define reeve_log_debug(context, ...)                                                              \
  reeve_context_log (context, G_LOG_LEVEL_DEBUG, G_LOG_DOMAIN, NULL, NULL, __VA_ARGS__)

G_END_DECLS
