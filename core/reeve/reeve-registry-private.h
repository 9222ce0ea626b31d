/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-context.h"
#include "reeve-dispatch.h"
#include "reeve-engine.h"

G_BEGIN_DECLS

/* What the library keeps beside an object that provides interfaces: qdata of the object. */
typedef struct
{
  grefcount refs;
  char *name;        /* the providing context's */
  ReeveOwner *owner; /* whom its time is charged to */
  gboolean gone;     /* withdrawn: no new call */
  GPtrArray *calls;  /* of ReeveCall, in flight, not owned */
  GPtrArray *drains; /* of GTask, who wait for the last call */
} ReeveProviderInfo;

ReeveProviderInfo *reeve_provider_info_get (gpointer provider);
ReeveProviderInfo *reeve_provider_info_ref (ReeveProviderInfo *self);
void reeve_provider_info_unref (ReeveProviderInfo *self);
/* A call has really ended: wakes the drains after the last. */
void reeve_provider_info_ended (ReeveProviderInfo *self, ReeveCall *call);
/* Answers a call in flight with GONE and cancels its work. */
void reeve_call_gone (ReeveCall *call);

ReeveRegistry *reeve_registry_new (void);
void reeve_registry_free (ReeveRegistry *self);
void reeve_registry_set_trusted (ReeveRegistry *self, const char *const *plugins);
gboolean reeve_registry_provide (ReeveRegistry *self, ReeveContext *context, GType interface,
                                 const char *key, gpointer provider, GError **error);
/* All interfaces of @provider; ends @task once the last call has ended. */
void reeve_registry_withdraw (ReeveRegistry *self, gpointer provider, GTask *task);
/* (transfer full) the distinct objects that @context provides, oldest first. */
GPtrArray *reeve_registry_list_of_context (ReeveRegistry *self, ReeveContext *context);
gpointer reeve_registry_lookup (ReeveRegistry *self, GType interface, const char *key);
GPtrArray *reeve_registry_lookup_all (ReeveRegistry *self, GType interface);
guint reeve_registry_watch (ReeveRegistry *self, ReeveContext *context, GType interface,
                            ReeveProviderFunc added, ReeveProviderFunc removed, gpointer user_data);
void reeve_registry_unwatch (ReeveRegistry *self, guint id);
void reeve_registry_unwatch_context (ReeveRegistry *self, ReeveContext *context);
const char *reeve_registry_find_provider (ReeveRegistry *self, const char *interface_name);

ReeveRegistry *reeve_runtime_get_registry (ReeveRuntime *self);

G_END_DECLS
