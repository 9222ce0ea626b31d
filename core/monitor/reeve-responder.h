/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-link.h"

G_BEGIN_DECLS

/* ReeveResponder (all, agent): answers what a hub may ask for beyond samples. Whether it is asked
 * at all is the reporter's to decide: each verb is locked until the agent's own files unlock it. */

#define REEVE_TYPE_RESPONDER (reeve_responder_get_type ())
REEVE_API
G_DECLARE_INTERFACE (ReeveResponder, reeve_responder, REEVE, RESPONDER, GObject)

typedef struct
{
  const char *key;  /* NULL ends the list */
  const char *type; /* of its value: "s", "u", ... */
  gboolean required;
} ReeveResponderArgument;

typedef struct
{
  const char *verb;    /* "container.logs"; NULL ends the table */
  ReevePower power;    /* what somebody needs at the hub to have it asked */
  ReeveSecurity least; /* the weakest link that it may be asked over */
  guint timeout_ms;
  gsize max_bytes;    /* of the answer, serialised */
  const char *answer; /* the type of its value: "s", "a{sv}" */
  const ReeveResponderArgument *arguments;
  const char *text; /* what it tells, for people */
} ReeveResponderRow;

#define REEVE_RESPONDER_MAX_ROWS 32
/* Hubs wait 5 s. */
#define REEVE_RESPONDER_TIMEOUT_MS 4500

struct _ReeveResponderInterface
{
  GTypeInterface parent;

  /* (transfer none), never changes. */
  const ReeveResponderRow *(*get_rows) (ReeveResponder *self);
  /* @arguments: a vardict that fits the row. */
  void (*respond_async) (ReeveResponder *self, const char *verb, GVariant *arguments,
                         GCancellable *cancellable, GAsyncReadyCallback callback,
                         gpointer user_data);
  /* (transfer full), not floating, of the row's type. */
  GVariant *(*respond_finish) (ReeveResponder *self, GAsyncResult *result, GError **error);
};

REEVE_API const ReeveResponderRow *reeve_responder_get_rows (ReeveResponder *self);
/* The row of @verb, NULL when it has none. */
REEVE_API const ReeveResponderRow *reeve_responder_find_row (ReeveResponder *self,
                                                             const char *verb);
/* Refuses arguments that do not fit the row (INVALID) and answers that do not (PROTOCOL, LIMIT). */
REEVE_API void reeve_responder_respond_async (ReeveResponder *self, const char *verb,
                                              GVariant *arguments, GCancellable *cancellable,
                                              GAsyncReadyCallback callback, gpointer user_data);
/* (transfer full) */
REEVE_API GVariant *reeve_responder_respond_finish (ReeveResponder *self, GAsyncResult *result,
                                                    GError **error);

G_END_DECLS
