/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-declarations.h"
#include "reeve-net.h"
#include "reeve-settings.h"
#include "reeve-types.h"

G_BEGIN_DECLS

/*
 * What stands behind every context of a process: clock, engine, registry, events, resolver, passed
 * sockets. Made by the host, and by tests in its place; plugins never see it.
 */

REEVE_API ReeveRuntime *reeve_runtime_new (const char *role, ReeveClock *clock);
REEVE_API void reeve_runtime_free (ReeveRuntime *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveRuntime, reeve_runtime_free)
REEVE_API ReeveEngine *reeve_runtime_get_engine (ReeveRuntime *self);
REEVE_API ReeveEventRing *reeve_runtime_get_events (ReeveRuntime *self);
REEVE_API void reeve_runtime_set_state_dir (ReeveRuntime *self, const char *path);
/* Takes the descriptors. */
REEVE_API void reeve_runtime_set_passed_sockets (ReeveRuntime *self,
                                                 const ReevePassedSocket *sockets, gsize n);
/* Holds a reference until it is freed; NULL for none. */
REEVE_API void reeve_runtime_set_keeper (ReeveRuntime *self, ReeveKeeper *keeper);
/* Plugin ids that may provide the guarded interfaces; NULL: everybody (tests). The host's own
 * context may always. */
REEVE_API void reeve_runtime_set_trusted (ReeveRuntime *self, const char *const *plugins);

/* @name: "ID" or "ID/NAME". @declarations may be NULL (host: everything is allowed) and is
 * referenced, not copied: it outlives the context. (transfer full) */
REEVE_API ReeveContext *reeve_context_new (ReeveRuntime *runtime, const char *name,
                                           ReeveSettings *settings,
                                           ReeveDeclarations *declarations);
REEVE_API void reeve_context_set_settings (ReeveContext *self, ReeveSettings *settings);
REEVE_API ReeveContext *reeve_context_ref (ReeveContext *self);
REEVE_API void reeve_context_unref (ReeveContext *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveContext, reeve_context_unref)
/* Withdraws all providers of the context, as reeve_context_withdraw_async() does. */
REEVE_API void reeve_context_drain_async (ReeveContext *self, GAsyncReadyCallback callback,
                                          gpointer user_data);
REEVE_API gboolean reeve_context_drain_finish (ReeveContext *self, GAsyncResult *result,
                                               GError **error);
/* The end: everything that is left is removed; (transfer full) one line for each, or NULL. */
REEVE_API GStrv reeve_context_close (ReeveContext *self);

/* The name of the plugin that provides @interface now, NULL when nobody does. For dependency
 * reports. */
REEVE_API const char *reeve_runtime_find_provider (ReeveRuntime *self, const char *interface_name);

G_END_DECLS
