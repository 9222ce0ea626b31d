/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

#include "reeve-front-head.h"

G_BEGIN_DECLS

/* The record of one request: what was decided about it from its head, once. Refcounted: it is held
 * by the connection that it came on, by the authorization under way, and by whoever answers it.
 * Main thread only. */
typedef struct _ReeveFrontRequest ReeveFrontRequest;

/* The field of the rewritten head by which the record is found again. Clients' own ones are
 * dropped. */
#define REEVE_FRONT_REQUEST_FIELD "x-reeve-request"
/* Bytes of a bearer token; ours are far shorter. */
#define REEVE_FRONT_REQUEST_MAX_BEARER 512

/* What the connection wants to hear; not called after reeve_front_request_abandon(). */
typedef struct
{
  /* REEVE_ERROR_DENIED or NULL: go on. */
  void (*authorized) (ReeveFrontRequest *request, const GError *error, gpointer user_data);
  /* The answer has no end of its own: it lasts as long as the client listens. */
  void (*streaming) (ReeveFrontRequest *request, gpointer user_data);
  /* The answer was written to the last byte. */
  void (*answered) (ReeveFrontRequest *request, gpointer user_data);
} ReeveFrontRequestFuncs;

ReeveFrontRequest *reeve_front_request_new (const ReeveFrontHead *head, ReeveRoutes *provider,
                                            const ReeveRoute *route);
ReeveFrontRequest *reeve_front_request_ref (ReeveFrontRequest *self);
void reeve_front_request_unref (ReeveFrontRequest *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveFrontRequest, reeve_front_request_unref)

const char *reeve_front_request_get_id (ReeveFrontRequest *self);
ReeveHttpRequest *reeve_front_request_get_http (ReeveFrontRequest *self);
ReeveRoutes *reeve_front_request_get_provider (ReeveFrontRequest *self);
const ReeveRoute *reeve_front_request_get_route (ReeveFrontRequest *self);
GCancellable *reeve_front_request_get_cancellable (ReeveFrontRequest *self);
/* Who asks has a session. */
gboolean reeve_front_request_has_session (ReeveFrontRequest *self);
/* The answer tells the browser to come by TLS only. */
void reeve_front_request_set_hsts (ReeveFrontRequest *self, gboolean hsts);
gboolean reeve_front_request_has_hsts (ReeveFrontRequest *self);

void reeve_front_request_set_funcs (ReeveFrontRequest *self, const ReeveFrontRequestFuncs *funcs,
                                    gpointer user_data);
/* Finds out who asks and whether they may; authorized() follows, never at once. */
void reeve_front_request_authorize (ReeveFrontRequest *self, ReeveContext *context);

/* The client has gone: nothing is called any more, what runs is cancelled, @gone hears of it. */
void reeve_front_request_abandon (ReeveFrontRequest *self);
gboolean reeve_front_request_is_abandoned (ReeveFrontRequest *self);
void reeve_front_request_set_gone_func (ReeveFrontRequest *self, GFunc gone, gpointer user_data);

/* For whoever answers. */
void reeve_front_request_streaming (ReeveFrontRequest *self);
void reeve_front_request_answered (ReeveFrontRequest *self);

G_END_DECLS
