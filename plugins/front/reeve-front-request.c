/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One request from its head on: who asks, whether they may, and the bridge between the connection
 * that it came on and whoever answers, of which either may end first. Anything but a clear yes is a
 * refusal: no authenticator, one that knows nothing of the token, one that hangs, and the same for
 * the authorizer. */

#include "config.h"

#include "reeve-front-request.h"

#include <string.h>
#include <sys/random.h>

struct _ReeveFrontRequest
{
  grefcount refs;
  char id[33];
  ReeveHttpRequest *http;
  ReeveRoutes *provider;
  const ReeveRoute *route; /* of @provider */
  GCancellable *cancellable;
  gboolean has_session;
  gboolean hsts;

  const ReeveFrontRequestFuncs *funcs; /* NULL: abandoned */
  gpointer user_data;
  GFunc gone;
  gpointer gone_data;

  ReeveContext *context;
};

/* The upgrade itself is between the client and whoever takes the stream. */
static gboolean
reeve_front_request_shows (const ReeveFrontHead *head, const ReeveRoute *route, const char *name)
{
  if (route->flags & REEVE_ROUTE_RAW &&
      (strcmp (name, "connection") == 0 || strcmp (name, "upgrade") == 0))
    return TRUE;
  return !reeve_front_head_is_dropped (head, name);
}

/**
 * reeve_front_request_new:
 * @head: a head that was not refused
 * @provider: whose route it is
 * @route: of @provider
 *
 * Returns: (transfer full): the record, with an id that nobody can guess
 */
ReeveFrontRequest *
reeve_front_request_new (const ReeveFrontHead *head, ReeveRoutes *provider, const ReeveRoute *route)
{
  ReeveFrontRequest *self = g_new0 (ReeveFrontRequest, 1);
  const char *method = strcmp (head->method, "HEAD") == 0 ? "GET" : head->method;
  guint8 bytes[16];

  g_ref_count_init (&self->refs);
  /* so few bytes come whole or, where the kernel has no getrandom() at all, never */
  if (getrandom (bytes, sizeof bytes, 0) != sizeof bytes)
    g_error ("the kernel gives no random bytes");
  for (guint i = 0; i < sizeof bytes; i++)
    g_snprintf (self->id + 2 * i, 3, "%02x", bytes[i]);
  self->http = reeve_http_request_new (method, head->path, head->query);
  for (guint i = 0; i < head->n_fields; i++)
    if (reeve_front_request_shows (head, route, head->fields[i].name) &&
        g_utf8_validate (head->fields[i].value, -1, NULL))
      reeve_http_request_add_header (self->http, head->fields[i].name, head->fields[i].value);
  self->provider = g_object_ref (provider);
  self->route = route;
  self->cancellable = g_cancellable_new ();
  return self;
}

ReeveFrontRequest *
reeve_front_request_ref (ReeveFrontRequest *self)
{
  g_ref_count_inc (&self->refs);
  return self;
}

void
reeve_front_request_unref (ReeveFrontRequest *self)
{
  if (!g_ref_count_dec (&self->refs))
    return;
  reeve_http_request_unref (self->http);
  g_object_unref (self->provider);
  g_object_unref (self->cancellable);
  g_free (self);
}

const char *
reeve_front_request_get_id (ReeveFrontRequest *self)
{
  return self->id;
}

ReeveHttpRequest *
reeve_front_request_get_http (ReeveFrontRequest *self)
{
  return self->http;
}

ReeveRoutes *
reeve_front_request_get_provider (ReeveFrontRequest *self)
{
  return self->provider;
}

const ReeveRoute *
reeve_front_request_get_route (ReeveFrontRequest *self)
{
  return self->route;
}

GCancellable *
reeve_front_request_get_cancellable (ReeveFrontRequest *self)
{
  return self->cancellable;
}

gboolean
reeve_front_request_has_session (ReeveFrontRequest *self)
{
  return self->has_session;
}

void
reeve_front_request_set_hsts (ReeveFrontRequest *self, gboolean hsts)
{
  self->hsts = hsts;
}

gboolean
reeve_front_request_has_hsts (ReeveFrontRequest *self)
{
  return self->hsts;
}

void
reeve_front_request_set_funcs (ReeveFrontRequest *self, const ReeveFrontRequestFuncs *funcs,
                               gpointer user_data)
{
  self->funcs = funcs;
  self->user_data = user_data;
}

/* ---- who asks, and may they ---- */

static void
reeve_front_request_authorized_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ReeveFrontRequest) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean yes = reeve_context_authorize_finish (self->context, result, &error);

  if (self->funcs != NULL)
    self->funcs->authorized (self, yes ? NULL : error, self->user_data);
}

/* Takes the reference. */
static void
reeve_front_request_ask (ReeveFrontRequest *self)
{
  reeve_context_authorize_async (self->context, reeve_http_request_get_subject (self->http),
                                 self->route->power, "", self->cancellable,
                                 reeve_front_request_authorized_cb, self);
}

static void
reeve_front_request_authenticated_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ReeveFrontRequest) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (ReeveSubject) subject =
      reeve_context_authenticate_finish (self->context, result, &error);

  if (self->funcs == NULL)
    return;
  if (subject != NULL)
    {
      reeve_http_request_set_subject (self->http, subject);
      self->has_session = TRUE;
    }
  reeve_front_request_ask (g_steal_pointer (&self));
}

/* The token of a session, from the field or, over TLS, from the cookie. (transfer full) */
static char *
reeve_front_request_get_bearer (ReeveFrontRequest *self)
{
  const char *value = reeve_http_request_get_header (self->http, "authorization");

  if (value == NULL && reeve_http_request_is_secure (self->http))
    return reeve_http_request_get_cookie (self->http, REEVE_HTTP_SESSION_COOKIE,
                                          REEVE_FRONT_REQUEST_MAX_BEARER);
  if (value == NULL || g_ascii_strncasecmp (value, "Bearer ", 7) != 0)
    return NULL;
  value += 7;
  value += strspn (value, " ");
  return *value != '\0' && strlen (value) <= REEVE_FRONT_REQUEST_MAX_BEARER ? g_strdup (value)
                                                                            : NULL;
}

/* A token that nobody knows is no session: what is public still answers, all else says so. */
void
reeve_front_request_authorize (ReeveFrontRequest *self, ReeveContext *context)
{
  g_autofree char *bearer = reeve_front_request_get_bearer (self);
  GVariantDict credentials;

  self->context = context;
  reeve_front_request_ref (self);
  if (bearer == NULL)
    {
      reeve_front_request_ask (self);
      return;
    }
  g_variant_dict_init (&credentials, NULL);
  g_variant_dict_insert (&credentials, "bearer", "s", bearer);
  reeve_context_authenticate_async (context, g_variant_dict_end (&credentials), self->cancellable,
                                    reeve_front_request_authenticated_cb, self);
}

/* ---- the two ends ---- */

void
reeve_front_request_abandon (ReeveFrontRequest *self)
{
  GFunc gone = g_steal_pointer (&self->gone);

  self->funcs = NULL;
  g_cancellable_cancel (self->cancellable);
  if (gone != NULL)
    gone (self, self->gone_data);
}

gboolean
reeve_front_request_is_abandoned (ReeveFrontRequest *self)
{
  return self->funcs == NULL;
}

void
reeve_front_request_set_gone_func (ReeveFrontRequest *self, GFunc gone, gpointer user_data)
{
  self->gone = gone;
  self->gone_data = user_data;
}

void
reeve_front_request_streaming (ReeveFrontRequest *self)
{
  if (self->funcs != NULL)
    self->funcs->streaming (self, self->user_data);
}

void
reeve_front_request_answered (ReeveFrontRequest *self)
{
  if (self->funcs != NULL)
    self->funcs->answered (self, self->user_data);
}
