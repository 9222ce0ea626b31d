/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-subject.h"

G_BEGIN_DECLS

/* A request and an answer as plain values. Nothing of a HTTP library shows. Refcounted, main thread
 * only. */

#define REEVE_HTTP_MAX_BODY (1024 * 1024)
/* Bytes that an unread streamed answer may hold. */
#define REEVE_HTTP_MAX_PENDING (1024 * 1024)

/* Over TLS a browser keeps the token of its session in this cookie; the prefix binds it to the name
 * that set it. */
#define REEVE_HTTP_SESSION_COOKIE "__Host-reeve"

#define REEVE_TYPE_HTTP_REQUEST (reeve_http_request_get_type ())
REEVE_API GType reeve_http_request_get_type (void);
/* @path: canonical. @query: raw or NULL. For whoever provides requests, and tests. */
REEVE_API ReeveHttpRequest *reeve_http_request_new (const char *method, const char *path,
                                                    const char *query);
REEVE_API ReeveHttpRequest *reeve_http_request_ref (ReeveHttpRequest *self);
REEVE_API void reeve_http_request_unref (ReeveHttpRequest *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveHttpRequest, reeve_http_request_unref)
REEVE_API void reeve_http_request_add_header (ReeveHttpRequest *self, const char *name,
                                              const char *value);
REEVE_API void reeve_http_request_set_body (ReeveHttpRequest *self, GBytes *body);
REEVE_API void reeve_http_request_set_subject (ReeveHttpRequest *self, ReeveSubject *subject);
REEVE_API void reeve_http_request_set_peer (ReeveHttpRequest *self, const char *peer,
                                            gboolean secure);

/* @base: "/reeve" where a proxy shows us under a path of its own; "" otherwise, and before. */
REEVE_API void reeve_http_request_set_base (ReeveHttpRequest *self, const char *base);

REEVE_API const char *reeve_http_request_get_method (ReeveHttpRequest *self);
REEVE_API const char *reeve_http_request_get_path (ReeveHttpRequest *self);
/* A decoded value of the query, NULL without; the first one counts. */
REEVE_API const char *reeve_http_request_get_query (ReeveHttpRequest *self, const char *name);
REEVE_API GStrv reeve_http_request_get_query_names (ReeveHttpRequest *self); /* (transfer full) */
REEVE_API const char *reeve_http_request_get_header (ReeveHttpRequest *self,
                                                     const char *name); /* any case */
/* Of the cookie @name, NULL without, twice or with more than @max bytes. (transfer full) */
REEVE_API char *reeve_http_request_get_cookie (ReeveHttpRequest *self, const char *name, gsize max);
REEVE_API GBytes *reeve_http_request_get_body (ReeveHttpRequest *self); /* never NULL */
REEVE_API ReeveSubject *reeve_http_request_get_subject (
    ReeveHttpRequest *self); /* never NULL; kind "none" without session */
/* What stands before our paths in the client's addresses: "" or "/reeve". The path is without it.
 */
REEVE_API const char *reeve_http_request_get_base (ReeveHttpRequest *self);
REEVE_API const char *
reeve_http_request_get_peer (ReeveHttpRequest *self); /* the client's address */
REEVE_API gboolean reeve_http_request_is_secure (ReeveHttpRequest *self);

#define REEVE_TYPE_HTTP_RESPONSE (reeve_http_response_get_type ())
REEVE_API GType reeve_http_response_get_type (void);
/* @body may be NULL. @content_type may be NULL. */
REEVE_API ReeveHttpResponse *reeve_http_response_new (guint status, const char *content_type,
                                                      GBytes *body);
/* What stands before the names of problems in their type. */
#define REEVE_HTTP_PROBLEM "urn:reeve:problem:"
/* RFC 9457, from an error of ours, whose reeve_error_name() is its type: 400, 401/403, 404, 409,
 * 429, 501, 503, 504 or 500 by its code.
 */
REEVE_API ReeveHttpResponse *reeve_http_response_new_problem (const GError *error);
/* The same of what is no error of ours. @name: for programs, and for ever: "sign-in". */
REEVE_API ReeveHttpResponse *reeve_http_response_new_refusal (guint status, const char *name,
                                                              const char *title,
                                                              const char *detail);
/* The body follows by push(), then finish(). */
REEVE_API ReeveHttpResponse *reeve_http_response_new_stream (guint status,
                                                             const char *content_type);
REEVE_API ReeveHttpResponse *reeve_http_response_ref (ReeveHttpResponse *self);
REEVE_API void reeve_http_response_unref (ReeveHttpResponse *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveHttpResponse, reeve_http_response_unref)
/* Not for how long the body is: whoever serves counts it, and leaves a Content-Length out. */
REEVE_API void reeve_http_response_add_header (ReeveHttpResponse *self, const char *name,
                                               const char *value);
/* FALSE when the client has gone or REEVE_HTTP_MAX_PENDING would be passed: the stream is over
 * then. */
REEVE_API gboolean reeve_http_response_push (ReeveHttpResponse *self, GBytes *bytes);
/* Bytes that were pushed and have not left yet: who makes much waits until they are few. */
REEVE_API gsize reeve_http_response_get_pending (ReeveHttpResponse *self);
REEVE_API void reeve_http_response_finish (ReeveHttpResponse *self);
/* @func runs once when the client goes before finish(). */
REEVE_API void reeve_http_response_set_closed_func (ReeveHttpResponse *self, GFunc func,
                                                    gpointer user_data);

/* ---- for whoever serves ---- */
REEVE_API guint reeve_http_response_get_status (ReeveHttpResponse *self);
REEVE_API const char *reeve_http_response_get_content_type (ReeveHttpResponse *self);
REEVE_API GBytes *
reeve_http_response_get_body (ReeveHttpResponse *self); /* NULL for streams and empty ones */
REEVE_API gboolean reeve_http_response_is_stream (ReeveHttpResponse *self);
typedef void (*ReeveHttpHeaderFunc) (const char *name, const char *value, gpointer user_data);
REEVE_API void reeve_http_response_foreach_header (ReeveHttpResponse *self,
                                                   ReeveHttpHeaderFunc func, gpointer user_data);
/* @func: bytes to send, or NULL: the end. What was pushed before is given at once. Once only. */
typedef void (*ReeveHttpPushFunc) (ReeveHttpResponse *response, GBytes *bytes, gpointer user_data);
REEVE_API void reeve_http_response_set_push_func (ReeveHttpResponse *self, ReeveHttpPushFunc func,
                                                  gpointer user_data);
/* What of the pushed bytes has left: takes it from the pending count. */
REEVE_API void reeve_http_response_sent (ReeveHttpResponse *self, gsize length);
/* The client has gone. */
REEVE_API void reeve_http_response_close (ReeveHttpResponse *self);

/* ---- ReeveRoutes: all ---- */

typedef enum
{
  REEVE_ROUTE_FLAGS_NONE = 0,
  REEVE_ROUTE_RAW = 1 << 0, /* an Upgrade: the provider gets the stream itself, before any answer */
  REEVE_ROUTE_EXACT = 1 << 1,  /* the path itself only; otherwise it and everything below */
  REEVE_ROUTE_STREAM = 1 << 2, /* answers a live stream: asked, as a change, by our own page only */
} ReeveRouteFlags;

typedef struct
{
  const char *path;    /* "/api/v1"; NULL ends the table. The longest one that fits wins */
  const char *methods; /* "GET HEAD"; HEAD is answered from GET */
  ReevePower power;    /* never NONE */
  ReeveRouteFlags flags;
  gsize max_body; /* bytes, at most REEVE_HTTP_MAX_BODY; 0: no body */
} ReeveRoute;

#define REEVE_TYPE_ROUTES (reeve_routes_get_type ())
REEVE_API
G_DECLARE_INTERFACE (ReeveRoutes, reeve_routes, REEVE, ROUTES, GObject)

struct _ReeveRoutesInterface
{
  GTypeInterface parent;

  const ReeveRoute *(*get_routes) (ReeveRoutes *self);
  /* Already authorised for the route's power. (transfer full) */
  void (*handle_async) (ReeveRoutes *self, const ReeveRoute *route, ReeveHttpRequest *request,
                        GCancellable *cancellable, GAsyncReadyCallback callback,
                        gpointer user_data);
  ReeveHttpResponse *(*handle_finish) (ReeveRoutes *self, GAsyncResult *result, GError **error);
  /* RAW rows: @stream (transfer full) is positioned after the head; the provider answers and speaks
   * on it. */
  void (*upgrade) (ReeveRoutes *self, const ReeveRoute *route, ReeveHttpRequest *request,
                   ReeveStream *stream);
};

#define REEVE_ROUTES_TIMEOUT_MS 30000

REEVE_API const ReeveRoute *reeve_routes_get_routes (ReeveRoutes *self);
REEVE_API void reeve_routes_handle_async (ReeveRoutes *self, const ReeveRoute *route,
                                          ReeveHttpRequest *request, GCancellable *cancellable,
                                          GAsyncReadyCallback callback, gpointer user_data);
REEVE_API ReeveHttpResponse *reeve_routes_handle_finish (ReeveRoutes *self, GAsyncResult *result,
                                                         GError **error);
/* Consumes @stream in any case. */
REEVE_API void reeve_routes_upgrade (ReeveRoutes *self, const ReeveRoute *route,
                                     ReeveHttpRequest *request, ReeveStream *stream);
/* Every row has a power, known methods and a sane path. */
REEVE_API gboolean reeve_routes_check (ReeveRoutes *self, GError **error);

G_END_DECLS
