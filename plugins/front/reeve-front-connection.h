/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-front-site.h"

G_BEGIN_DECLS

/* One client's connection, from accept to end or until it is handed over. Belongs to its site. */
typedef struct _ReeveFrontConnection ReeveFrontConnection;

/* From accept, or from the first byte of a further head, to its end. */
#define REEVE_FRONT_HEAD_MS 10000
/* For a head that has begun, even while others find no place. */
#define REEVE_FRONT_PATIENCE_MS 3000
/* Until the first byte of the next head. */
#define REEVE_FRONT_IDLE_MS 60000
/* From the end of a head to the end of its body. */
#define REEVE_FRONT_BODY_MS 30000
/* From the end of a request to the first byte of its answer; above every deadline behind it. */
#define REEVE_FRONT_ANSWER_MS 60000
/* How long a client may take nothing of what waits for it. */
#define REEVE_FRONT_STALL_MS 60000
/* What a client may send ahead while its request is answered; then nothing more is read. */
#define REEVE_FRONT_MAX_AHEAD REEVE_FRONT_HEAD_MAX_SIZE

/* Takes @stream. @proxied: from a proxy that is believed. */
ReeveFrontConnection *reeve_front_connection_new (ReeveFrontSite *site, ReeveStream *stream,
                                                  gboolean proxied);
/* Reads, or speaks TLS first, as it is spoken at @port. @port: NULL for the proxy's. May free. */
void reeve_front_connection_begin (ReeveFrontConnection *self, const ReeveFrontListening *port);
/* Whether a stranger may be ended for a newcomer at @now, monotonic. */
gboolean reeve_front_connection_gives_way (ReeveFrontConnection *self, gint64 now);
void reeve_front_connection_free (ReeveFrontConnection *self);

G_END_DECLS
