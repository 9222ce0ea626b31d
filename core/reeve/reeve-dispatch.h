/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-types.h"

G_BEGIN_DECLS

/*
 * For those who define an interface: what every public dispatch function does around a slot. It
 * checks that the provider still runs, carries a cancellable and a deadline, charges the time to
 * the provider, counts the call as in flight (a provider that goes is waited for), and puts the
 * provider's name before each error. Main thread only.
 *
 *   void
 *   reeve_thing_do_async (ReeveThing *self, …, callback, user_data)
 *   {
 *     ReeveThingInterface *iface = REEVE_THING_GET_IFACE (self);
 *     ReeveCall *call = reeve_call_begin (self, "Thing.do", iface->do_async != NULL, TIMEOUT_MS,
 * cancellable, callback, user_data);
 *
 *     if (call == NULL)
 *       return;
 *     iface->do_async (self, …, reeve_call_get_cancellable (call), reeve_call_done_cb, call);
 *     reeve_call_leave (call);
 *   }
 *
 *   gboolean
 *   reeve_thing_do_finish (ReeveThing *self, GAsyncResult *result, GError **error)
 *   {
 *     g_autoptr (GAsyncResult) inner = reeve_call_finish (self, result, error);
 *
 *     if (inner == NULL)
 *       return FALSE;
 *     return reeve_call_check (self, result, REEVE_THING_GET_IFACE (self)->do_finish (self, inner,
 * error), error);
 *   }
 */

typedef struct _ReeveCall ReeveCall;

typedef enum
{
  REEVE_CARDINALITY_ONE, /* one provider for each key */
  REEVE_CARDINALITY_ALL, /* any number, in the order of provision */
} ReeveCardinality;

/* From the interface's default_init. @guarded: only plugins that the role or the configuration
 * files name may provide it. Without this call an interface is ALL and not guarded. */
REEVE_API void reeve_interface_declare (GType interface, ReeveCardinality cardinality,
                                        gboolean guarded);

/* NULL: refused, and the callback is on its way with the error (GONE, or UNSUPPORTED when @has_slot
 * is FALSE). @timeout_ms 0: none. Enters the provider's owner until reeve_call_leave(). @slot:
 * static. */
REEVE_API ReeveCall *reeve_call_begin (gpointer provider, const char *slot, gboolean has_slot,
                                       guint timeout_ms, GCancellable *cancellable,
                                       GAsyncReadyCallback callback, gpointer user_data);
REEVE_API GCancellable *reeve_call_get_cancellable (ReeveCall *call);
REEVE_API void reeve_call_leave (ReeveCall *call);
/* The slot's callback. */
REEVE_API void reeve_call_done_cb (GObject *source, GAsyncResult *result, gpointer call);
/* (transfer full) the slot's own result, or NULL with TIMEOUT, CANCELLED, GONE or UNSUPPORTED. */
REEVE_API GAsyncResult *reeve_call_finish (gpointer provider, GAsyncResult *result, GError **error);
/* Names the provider in @error, converts foreign domains, and makes an error where a slot failed
 * without one. Returns @ok. */
REEVE_API gboolean reeve_call_check (gpointer provider, GAsyncResult *result, gboolean ok,
                                     GError **error);
/* The same for pointers, where NULL is failure only if @error is set. */
REEVE_API gpointer reeve_call_check_pointer (gpointer provider, GAsyncResult *result,
                                             gpointer value, GError **error);

/* Around a synchronous slot: FALSE when the provider is gone (then the slot must not be called). */
REEVE_API gboolean reeve_call_enter_sync (gpointer provider, const char *slot);
REEVE_API void reeve_call_leave_sync (gpointer provider);
/* Outside a registry (tests) a provider counts as running and unnamed. */
REEVE_API const char *reeve_provider_get_name (gpointer provider);

G_END_DECLS
