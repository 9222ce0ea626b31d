/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-front-site.h"

G_BEGIN_DECLS

/* The socketpair between one client's connection and the SoupServer, our end in the engine. It is
 * made for the first request; those that were used last are kept for the next ones. */
typedef struct _ReeveFrontRelay ReeveFrontRelay;

/* Of an answer under way. Only the last two may free the relay. */
typedef struct
{
  /* Bytes of the answer; the caller says when to stop by reeve_front_relay_set_reading(). */
  void (*answer) (ReeveFrontRelay *relay, gconstpointer data, gsize length, gpointer user_data);
  /* What was sent has been taken, after reeve_front_relay_send() had said FALSE. */
  void (*drained) (ReeveFrontRelay *relay, gpointer user_data);
  /* There was its last byte, after reeve_front_relay_expect_end(); never while reading is off. */
  void (*answered) (ReeveFrontRelay *relay, gpointer user_data);
  /* The server cannot give the rest of it. */
  void (*lost) (ReeveFrontRelay *relay, gpointer user_data);
} ReeveFrontRelayFuncs;

ReeveFrontRelay *reeve_front_relay_new (ReeveFrontSite *site, const ReeveFrontRelayFuncs *funcs,
                                        gpointer user_data);
/* @whole: all of the request was sent, or there is none. */
void reeve_front_relay_free (ReeveFrontRelay *self, gboolean whole);

/* Takes a place until the answer is over. @peer: who asks, see reeve_stream_get_peer(); whoever has
 * signed in finds one where strangers find none. FALSE: there is none. */
gboolean reeve_front_relay_begin (ReeveFrontRelay *self, const char *peer, gboolean has_session);
/* FALSE: taken, but wait for drained(). */
gboolean reeve_front_relay_send (ReeveFrontRelay *self, gconstpointer data, gsize length);
void reeve_front_relay_set_reading (ReeveFrontRelay *self, gboolean reading);
/* The server has written the last byte of its answer. */
void reeve_front_relay_expect_end (ReeveFrontRelay *self);

G_END_DECLS
