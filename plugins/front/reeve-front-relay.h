/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-front-site.h"

G_BEGIN_DECLS

/* The socketpair between one client's connection and the SoupServer, our end in the engine: for one
 * request and its answer. */
typedef struct _ReeveFrontRelay ReeveFrontRelay;

/* None of these may free the relay, except ended(). */
typedef struct
{
  /* Bytes of the answer; the caller says when to stop by reeve_front_relay_set_reading(). */
  void (*answer) (ReeveFrontRelay *relay, gconstpointer data, gsize length, gpointer user_data);
  /* What was sent has been taken, after reeve_front_relay_send() had said FALSE. */
  void (*drained) (ReeveFrontRelay *relay, gpointer user_data);
  /* The server has ended the connection, after its answer or because it cannot give one. */
  void (*ended) (ReeveFrontRelay *relay, gpointer user_data);
} ReeveFrontRelayFuncs;

/* For @peer. */
ReeveFrontRelay *reeve_front_relay_new (ReeveFrontSite *site, const char *peer,
                                        gboolean has_session, const ReeveFrontRelayFuncs *funcs,
                                        gpointer user_data, GError **error);
void reeve_front_relay_free (ReeveFrontRelay *self);

/* FALSE: taken, but wait for drained(). */
gboolean reeve_front_relay_send (ReeveFrontRelay *self, gconstpointer data, gsize length);
void reeve_front_relay_set_reading (ReeveFrontRelay *self, gboolean reading);

G_END_DECLS
