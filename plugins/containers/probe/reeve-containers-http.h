/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* An HTTP/1.1 answer, fed in pieces as they come. Pure. */

#define REEVE_CONTAINERS_HTTP_MAX_LINE 1024
#define REEVE_CONTAINERS_HTTP_MAX_HEAD (16 * 1024)

typedef enum
{
  REEVE_CONTAINERS_HTTP_MORE,
  REEVE_CONTAINERS_HTTP_END,  /* the body is whole */
  REEVE_CONTAINERS_HTTP_BAD,  /* not HTTP */
  REEVE_CONTAINERS_HTTP_FULL, /* the body is longer than allowed; what fits is there */
} ReeveContainersHttpState;

typedef enum
{
  REEVE_CONTAINERS_HTTP_STATUS,
  REEVE_CONTAINERS_HTTP_FIELDS,
  REEVE_CONTAINERS_HTTP_BODY,  /* of @left bytes */
  REEVE_CONTAINERS_HTTP_CLOSE, /* until the end of the connection */
  REEVE_CONTAINERS_HTTP_CHUNK_SIZE,
  REEVE_CONTAINERS_HTTP_CHUNK, /* @left bytes of it */
  REEVE_CONTAINERS_HTTP_CHUNK_END,
  REEVE_CONTAINERS_HTTP_TRAILER,
} ReeveContainersHttpStep;

typedef struct
{
  /* for the caller, once the body began */
  guint status;
  gboolean multiplexed; /* its type says that it is in frames */
  gboolean json;

  ReeveContainersHttpStep step;
  gsize max_body;
  guint64 left;
  gboolean has_length, chunked;
  gsize head; /* bytes of lines so far, without those of chunks */
  gsize line_length;
  char line[REEVE_CONTAINERS_HTTP_MAX_LINE];
} ReeveContainersHttp;

void reeve_containers_http_init (ReeveContainersHttp *self, gsize max_body);
/* Appends what is the body's to @body. */
ReeveContainersHttpState reeve_containers_http_feed (ReeveContainersHttp *self, const char *data,
                                                     gsize length, GByteArray *body);
/* The connection has ended: END when that is how this body ends. */
ReeveContainersHttpState reeve_containers_http_eof (const ReeveContainersHttp *self);

G_END_DECLS
