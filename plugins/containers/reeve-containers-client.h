/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

G_BEGIN_DECLS

/* Questions to the probe: each a connection of its own with a deadline, some at a time. What comes
 * back is decoded on a worker's thread. Main thread only. */

/* As many as the probe takes. */
#define REEVE_CONTAINERS_MAX_ASKING 8
#define REEVE_CONTAINERS_MAX_WAITING 2048
/* An engine or a probe that is not there is asked again after this, whoever wants to know: each
 * time the service manager would start a probe. */
#define REEVE_CONTAINERS_AWAY_US (30 * G_USEC_PER_SEC)

typedef struct _ReeveContainersClient ReeveContainersClient;

/* What the probe's answer is: status as in HTTP, kind "json", "multiplexed" or "raw". */
typedef struct
{
  guint status;
  const char *kind;
  const char *bytes; /* NUL-terminated */
  gsize length;
} ReeveContainersAnswer;

typedef struct
{
  const char *verb;
  guint timeout_ms; /* from its turn on */
  gsize max_bytes;
  gboolean urgent; /* before those that wait */
  /* On a worker's thread; pure. NULL: it makes no sense. */
  gpointer (*decode) (const ReeveContainersAnswer *answer);
  GDestroyNotify free; /* of what @decode returns */
} ReeveContainersQuestion;

/* @path: the probe's socket. @context outlives it. (transfer full) */
ReeveContainersClient *reeve_containers_client_new (ReeveContext *context, const char *path);
/* What is under way ends with REEVE_ERROR_GONE. */
void reeve_containers_client_free (ReeveContainersClient *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveContainersClient, reeve_containers_client_free)

/* There was none: questions fail at once with UNAVAILABLE. */
gboolean reeve_containers_client_is_away (ReeveContainersClient *self);
const char *reeve_containers_client_get_path (ReeveContainersClient *self);
/* @question: static. @id: hex digits or NULL. Errors: UNAVAILABLE when there is no probe or no
 * engine, NOT_FOUND when the engine knows no such container, TIMEOUT, LIMIT, PROTOCOL. */
void reeve_containers_client_ask_async (ReeveContainersClient *self,
                                        const ReeveContainersQuestion *question, const char *id,
                                        GCancellable *cancellable, GAsyncReadyCallback callback,
                                        gpointer user_data);
/* (transfer full) */
gpointer reeve_containers_client_ask_finish (GAsyncResult *result, GError **error);

G_END_DECLS
