/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One client's connection as a machine of four states:
 *
 *   HEAD ----> ASKING ----> ANSWERING ----> HEAD ...
 *     \           \---> handed over (raw routes)
 *      \--> ENDING (refused, ended or gone)
 *
 * One request at a time: what a client sends ahead stays unread until the answer before it has been
 * written to the last byte, so an answer of our own never falls into one of the server's, and a
 * further head is judged as strictly as the first. A refusal always ends the connection: after it
 * nobody can say where the next request begins. */

#include "config.h"

#include "reeve-front-connection.h"

#include <string.h>

#include "reeve-front-answer.h"
#include "reeve-front-relay.h"

typedef enum
{
  REEVE_FRONT_HEAD,
  REEVE_FRONT_ASKING,
  REEVE_FRONT_ANSWERING,
  REEVE_FRONT_ENDING,
} ReeveFrontState;

struct _ReeveFrontConnection
{
  ReeveFrontSite *site;
  ReeveStream *stream;
  GQueue *queue; /* the site's strangers or idle ones; NULL: a request is under way */
  GList place;   /* in it */
  gint64 since;  /* monotonic, of its acceptance */
  ReeveTimer *deadline;
  ReeveTimer *stall;
  ReeveFrontState state;
  const ReeveFrontListening *port; /* NULL: the proxy's */
  gboolean proxied;                /* each request may be for somebody else */
  gboolean eof;                    /* the client's half has ended */
  gsize scanned;                   /* of the head */
  gsize ahead;                     /* bytes that were shown and left */

  ReeveFrontHead *head;
  ReeveFrontRequest *request;
  guint64 body_left;
  gboolean streaming;
  ReeveFrontRelay *relay; /* from the first request on */
  gsize unsent;           /* of the answer, when that was last looked at */
};

static void reeve_front_connection_next (ReeveFrontConnection *self);

/* ---- ends ---- */

static void
reeve_front_connection_drop_request (ReeveFrontConnection *self)
{
  g_clear_pointer (&self->head, reeve_front_head_free);
  if (self->request == NULL)
    return;
  reeve_front_soup_forget (self->site->soup, self->request);
  reeve_front_request_abandon (self->request);
  g_clear_pointer (&self->request, reeve_front_request_unref);
}

static void
reeve_front_connection_drop_relay (ReeveFrontConnection *self)
{
  if (self->relay != NULL)
    reeve_front_relay_free (self->relay, self->body_left == 0);
  self->relay = NULL;
}

static void
reeve_front_connection_enter (ReeveFrontConnection *self, GQueue *queue)
{
  self->queue = queue;
  g_queue_push_tail_link (queue, &self->place);
}

static void
reeve_front_connection_leave (ReeveFrontConnection *self)
{
  if (self->queue != NULL)
    g_queue_unlink (self->queue, &self->place);
  self->queue = NULL;
}

/* One who says nothing makes way at once, one who is slow after a while. What lies unread is our
 * delay, not theirs. */
gboolean
reeve_front_connection_gives_way (ReeveFrontConnection *self, gint64 now)
{
  const gboolean slow = now - self->since >= REEVE_FRONT_PATIENCE_MS * G_TIME_SPAN_MILLISECOND;

  return (slow || !reeve_stream_has_read (self->stream)) && !reeve_stream_has_unread (self->stream);
}

void
reeve_front_connection_free (ReeveFrontConnection *self)
{
  reeve_front_connection_leave (self);
  reeve_front_connection_drop_request (self);
  reeve_front_connection_drop_relay (self);
  reeve_timer_free (self->deadline);
  reeve_timer_free (self->stall);
  if (self->stream != NULL)
    {
      reeve_stream_abort (self->stream);
      reeve_stream_unref (self->stream);
    }
  g_free (self);
}

/* Sends what waits for the client, then ends; closed() follows and frees. */
static void
reeve_front_connection_end (ReeveFrontConnection *self)
{
  if (self->state == REEVE_FRONT_ENDING)
    return;
  self->state = REEVE_FRONT_ENDING;
  reeve_timer_stop (self->deadline);
  reeve_timer_stop (self->stall);
  reeve_front_connection_drop_request (self);
  reeve_front_connection_drop_relay (self);
  reeve_stream_close (self->stream);
}

/* Browsers are told to come by TLS only under the name that the settings give to people. */
static gboolean
reeve_front_connection_wants_hsts (ReeveFrontConnection *self)
{
  return self->head != NULL && reeve_stream_is_secure (self->stream) &&
         reeve_front_names_is_public_https (self->site->names, self->head);
}

static void
reeve_front_connection_refuse_with (ReeveFrontConnection *self, guint status, const char *detail,
                                    const ReeveFrontHeadField *field)
{
  gboolean head_only = self->head != NULL && strcmp (self->head->method, "HEAD") == 0;

  reeve_context_log (self->site->context, G_LOG_LEVEL_DEBUG, G_LOG_DOMAIN,
                     reeve_stream_get_peer (self->stream), NULL, "refused with %u: %s", status,
                     detail);
  reeve_front_answer_write (self->stream, status, detail, field,
                            reeve_front_connection_wants_hsts (self), head_only);
  reeve_front_connection_end (self);
}

static void
reeve_front_connection_refuse (ReeveFrontConnection *self, guint status, const char *detail)
{
  reeve_front_connection_refuse_with (self, status, detail, NULL);
}

static void
reeve_front_connection_deadline_cb (ReeveTimer *timer, gpointer user_data)
{
  ReeveFrontConnection *self = user_data;

  if (self->state == REEVE_FRONT_ANSWERING && self->body_left == 0)
    reeve_front_connection_refuse (self, 503, "nobody answered in time");
  else if (self->state == REEVE_FRONT_HEAD && self->ahead == 0)
    reeve_front_connection_end (self);
  else
    reeve_front_connection_refuse (self, 408, "the request took too long");
}

/* Nothing can be said to who does not read. */
static void
reeve_front_connection_stall_cb (ReeveTimer *timer, gpointer user_data)
{
  ReeveFrontConnection *self = user_data;
  const gsize unsent = reeve_stream_get_queued (self->stream);

  if (unsent < self->unsent)
    {
      self->unsent = unsent;
      reeve_timer_start (timer, REEVE_FRONT_STALL_MS);
      return;
    }
  g_hash_table_remove (self->site->connections, self);
}

/* ---- the answer ---- */

/* No more is taken from the server, not even the end, before the kernel has all of this: so a
 * client that does not read costs one read of the engine, and the next request waits. */
static void
reeve_front_connection_answer_cb (ReeveFrontRelay *relay, gconstpointer data, gsize length,
                                  gpointer user_data)
{
  ReeveFrontConnection *self = user_data;

  reeve_timer_stop (self->deadline);
  (void) reeve_stream_write (self->stream, data, length);
  if (!reeve_stream_await_sent (self->stream))
    return;
  reeve_front_relay_set_reading (relay, FALSE);
  self->unsent = reeve_stream_get_queued (self->stream);
  reeve_timer_start (self->stall, REEVE_FRONT_STALL_MS);
}

static void
reeve_front_connection_relay_drained_cb (ReeveFrontRelay *relay, gpointer user_data)
{
  ReeveFrontConnection *self = user_data;

  reeve_stream_set_reading (self->stream, TRUE);
}

static void
reeve_front_connection_relay_answered_cb (ReeveFrontRelay *relay, gpointer user_data)
{
  reeve_front_connection_next (user_data);
}

static void
reeve_front_connection_relay_lost_cb (ReeveFrontRelay *relay, gpointer user_data)
{
  reeve_front_connection_end (user_data);
}

static const ReeveFrontRelayFuncs reeve_front_connection_relay_funcs = {
  .answer = reeve_front_connection_answer_cb,
  .drained = reeve_front_connection_relay_drained_cb,
  .answered = reeve_front_connection_relay_answered_cb,
  .lost = reeve_front_connection_relay_lost_cb,
};

static gboolean
reeve_front_connection_begin_relay (ReeveFrontConnection *self)
{
  if (self->relay == NULL)
    self->relay = reeve_front_relay_new (self->site, &reeve_front_connection_relay_funcs, self);
  return reeve_front_relay_begin (self->relay, reeve_stream_get_peer (self->stream),
                                  reeve_front_request_has_session (self->request));
}

/* Shows again what was left unread, and whatever else has come. */
static void
reeve_front_connection_read_on (ReeveFrontConnection *self)
{
  reeve_stream_set_reading (self->stream, FALSE);
  reeve_stream_set_reading (self->stream, TRUE);
}

/* The head in our own words, to the server. */
static void
reeve_front_connection_relay_request (ReeveFrontConnection *self)
{
  const ReeveFrontHeadField field = { REEVE_FRONT_REQUEST_FIELD,
                                      reeve_front_request_get_id (self->request) };
  g_autoptr (GString) text = g_string_new (NULL);

  if (!reeve_front_head_write (self->head, &field, 1, text))
    {
      reeve_front_connection_refuse (self, 400, "the head cannot be written anew");
      return;
    }
  if (!reeve_front_connection_begin_relay (self))
    {
      reeve_front_connection_refuse (self, 503, "too many requests are under way; try again later");
      return;
    }
  self->state = REEVE_FRONT_ANSWERING;
  self->streaming = FALSE;
  self->body_left = self->head->content_length;
  reeve_front_soup_expect (self->site->soup, self->request);
  reeve_front_relay_send (self->relay, text->str, text->len);
  reeve_timer_start (self->deadline,
                     self->body_left > 0 ? REEVE_FRONT_BODY_MS : REEVE_FRONT_ANSWER_MS);
  if (self->body_left > 0 && self->eof && self->ahead == 0)
    reeve_front_connection_end (self);
  else if (self->body_left > 0)
    reeve_front_connection_read_on (self);
}

/* ---- a raw route ---- */

static gsize
reeve_front_connection_orphan_data_cb (ReeveStream *stream, guint8 *data, gsize length,
                                       gpointer user_data)
{
  return 0;
}

static void
reeve_front_connection_orphan_closed_cb (ReeveStream *stream, const GError *error,
                                         gpointer user_data)
{
}

/* For the time until the provider sets its own. */
static const ReeveStreamFuncs reeve_front_connection_orphan_funcs = {
  .data = reeve_front_connection_orphan_data_cb,
  .closed = reeve_front_connection_orphan_closed_cb,
};

/* What follows the head stays unread in the stream. Frees the connection. */
static void
reeve_front_connection_hand_over (ReeveFrontConnection *self)
{
  g_autoptr (ReeveFrontRequest) request = reeve_front_request_ref (self->request);
  ReeveStream *stream = g_steal_pointer (&self->stream);

  reeve_stream_set_funcs (stream, &reeve_front_connection_orphan_funcs, NULL);
  reeve_stream_set_reading (stream, TRUE);
  g_hash_table_remove (self->site->connections, self);
  reeve_routes_upgrade (reeve_front_request_get_provider (request),
                        reeve_front_request_get_route (request),
                        reeve_front_request_get_http (request), stream);
}

/* ---- the request ---- */

static void
reeve_front_connection_authorized_cb (ReeveFrontRequest *request, const GError *error,
                                      gpointer user_data)
{
  static const ReeveFrontHeadField bearer = { "WWW-Authenticate", "Bearer" };
  ReeveFrontConnection *self = user_data;

  if (error != NULL && !reeve_front_request_has_session (request))
    reeve_front_connection_refuse_with (self, 401, "sign in first", &bearer);
  else if (error != NULL)
    {
      reeve_context_log (self->site->context, G_LOG_LEVEL_INFO, G_LOG_DOMAIN,
                         reeve_stream_get_peer (self->stream), NULL, "refused %s: %s",
                         reeve_http_request_get_path (reeve_front_request_get_http (request)),
                         error->message);
      reeve_front_connection_refuse (self, 403, "this is not allowed");
    }
  else if (reeve_front_request_get_route (request)->flags & REEVE_ROUTE_RAW)
    reeve_front_connection_hand_over (self);
  else
    reeve_front_connection_relay_request (self);
}

/* A client that ended its half still gets what it asked for, but not an answer without an end. */
static void
reeve_front_connection_streaming_cb (ReeveFrontRequest *request, gpointer user_data)
{
  ReeveFrontConnection *self = user_data;

  self->streaming = TRUE;
  if (self->eof)
    reeve_front_connection_end (self);
}

static void
reeve_front_connection_request_answered_cb (ReeveFrontRequest *request, gpointer user_data)
{
  ReeveFrontConnection *self = user_data;

  reeve_front_relay_expect_end (self->relay);
}

static const ReeveFrontRequestFuncs reeve_front_connection_request_funcs = {
  .authorized = reeve_front_connection_authorized_cb,
  .streaming = reeve_front_connection_streaming_cb,
  .answered = reeve_front_connection_request_answered_cb,
};

/* FALSE when the request was refused: what the head asks for and how does not fit the route. */
static gboolean
reeve_front_connection_check_route (ReeveFrontConnection *self, const ReeveRoute *route)
{
  const ReeveFrontHead *head = self->head;
  ReeveFrontHeadField allow = { "Allow", NULL };
  g_autofree char *methods = NULL;

  if (!reeve_front_routes_allows (route, head->method))
    {
      g_auto (GStrv) list = g_strsplit (route->methods, " ", -1);

      methods = g_strjoinv (", ", list);
      allow.value = methods;
      reeve_front_connection_refuse_with (self, 405, "the path does not take this method", &allow);
      return FALSE;
    }
  if (head->content_length > route->max_body)
    {
      reeve_front_connection_refuse (self, 413, "the body is larger than the path takes");
      return FALSE;
    }
  if (!(route->flags & REEVE_ROUTE_RAW) && self->port != NULL &&
      self->port->speech == REEVE_FRONT_AGENTS)
    {
      reeve_front_connection_refuse (self, 403,
                                     "without TLS only agents are served here; the page needs "
                                     "https, or a loopback address");
      return FALSE;
    }
  if (route->flags & REEVE_ROUTE_RAW)
    {
      if (head->upgrade != NULL)
        return TRUE;
      reeve_front_connection_refuse (self, 400, "the path answers upgrades only");
      return FALSE;
    }
  if ((route->flags & REEVE_ROUTE_STREAM ||
       (strcmp (head->method, "GET") != 0 && strcmp (head->method, "HEAD") != 0)) &&
      !reeve_front_names_is_same_origin (self->site->names, head,
                                         reeve_stream_is_secure (self->stream)))
    {
      reeve_front_connection_refuse (self, 403,
                                     "only the page itself may ask for this: Sec-Fetch-Site must "
                                     "be same-origin, and Origin our own");
      return FALSE;
    }
  return TRUE;
}

/* For whom a proxy asks: from here on limits, logs and handlers see that address. Those who have a
 * way in of their own take none of its places: any number of agents may be behind one address, and
 * who takes them in limits them by what they prove. FALSE when the request was refused. */
static gboolean
reeve_front_connection_learn_client (ReeveFrontConnection *self, const ReeveRoute *route)
{
  const gboolean raw = route != NULL && (route->flags & REEVE_ROUTE_RAW) != 0;
  g_autofree char *client = NULL;

  if (!self->proxied)
    return TRUE;
  client = reeve_front_proxies_find_client (self->site->proxies, self->head);
  if (client == NULL && !self->site->said_silent)
    {
      self->site->said_silent = TRUE;
      reeve_log_warning (
          self->site->context,
          "the proxy at %s does not say for whom it asks: it has to add its client's "
          "address to X-Forwarded-For",
          reeve_stream_get_peer (self->stream));
    }
  if (reeve_stream_set_forwarded (self->stream, client, !raw))
    return TRUE;
  reeve_front_connection_refuse (self, 429, "this address has all of its connections");
  return FALSE;
}

/* Whether Host is one of our names. */
static gboolean
reeve_front_connection_is_asked_for (ReeveFrontConnection *self)
{
  GSocketAddress *local = reeve_stream_get_local_address (self->stream);
  g_autofree char *address = NULL;
  ReeveFrontWay way = {
    .port = self->port != NULL ? self->port->port : 0,
    .secure = reeve_stream_is_secure (self->stream),
    .credentials = self->site->tls != NULL ? reeve_front_tls_get (self->site->tls) : NULL,
  };

  if (G_IS_INET_SOCKET_ADDRESS (local))
    address = g_inet_address_to_string (
        g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (local)));
  /* an IPv4 client of an IPv6 socket */
  way.address =
      address != NULL && g_str_has_prefix (address, "::ffff:") && strchr (address, '.') != NULL
          ? address + strlen ("::ffff:")
          : address;
  return reeve_front_names_has (self->site->names, self->head, &way);
}

/* Everything that is decided about a request is decided here, once. */
static void
reeve_front_connection_take_request (ReeveFrontConnection *self)
{
  ReeveRoutes *provider;
  const ReeveRoute *route;
  const char *base = reeve_front_names_take_base (self->site->names, self->head);

  route = reeve_front_routes_find (self->site->routes, self->head->path, &provider);
  if (!reeve_front_connection_learn_client (self, route))
    return;
  if (!reeve_front_connection_is_asked_for (self))
    {
      reeve_front_connection_refuse (self, 421,
                                     "this name is not served here; the setting host-names of "
                                     "[plugin front] can add it");
      return;
    }
  if (route == NULL)
    {
      reeve_front_connection_refuse (self, 404, "there is nothing under this path");
      return;
    }
  if (!reeve_front_connection_check_route (self, route))
    return;

  self->state = REEVE_FRONT_ASKING;
  reeve_timer_stop (self->deadline);
  self->request = reeve_front_request_new (self->head, provider, route);
  reeve_http_request_set_peer (reeve_front_request_get_http (self->request),
                               reeve_stream_get_peer (self->stream),
                               self->proxied
                                   ? reeve_front_names_is_https (self->site->names, self->head)
                                   : reeve_stream_is_secure (self->stream));
  reeve_http_request_set_base (reeve_front_request_get_http (self->request), base);
  reeve_front_request_set_hsts (self->request, reeve_front_connection_wants_hsts (self));
  reeve_front_request_set_funcs (self->request, &reeve_front_connection_request_funcs, self);
  reeve_front_request_authorize (self->request, self->site->context);
}

/* Returns how many bytes were taken: none as long as the head has no end. */
static gsize
reeve_front_connection_take_head (ReeveFrontConnection *self, const guint8 *data, gsize length)
{
  gsize end = reeve_front_head_find_end (data, length, &self->scanned);
  /* no method begins so: it is a client that wants TLS, or no HTTP at all */
  const gboolean foreign = end == 0 && length > 0 && g_ascii_iscntrl (data[0]);
  ReeveFrontHeadRefusal refusal = REEVE_FRONT_HEAD_TOO_LARGE;

  if (end == 0 && self->eof)
    {
      reeve_front_connection_end (self);
      return length;
    }
  if (end == 0 && !foreign && length <= REEVE_FRONT_HEAD_MAX_SIZE)
    {
      /* the idle time is over */
      if (self->ahead == 0 && self->queue != &self->site->strangers)
        reeve_timer_start (self->deadline, REEVE_FRONT_HEAD_MS);
      return 0;
    }
  self->scanned = 0;
  if (foreign)
    refusal = REEVE_FRONT_HEAD_CONTROL_BYTE;
  else if (end != 0)
    self->head = reeve_front_head_parse (data, end, &refusal);
  reeve_front_connection_leave (self);
  if (self->head == NULL)
    {
      reeve_front_connection_refuse (self, reeve_front_head_refusal_get_status (refusal),
                                     reeve_front_head_refusal_get_text (refusal));
      return length;
    }
  reeve_front_connection_take_request (self);
  return self->state == REEVE_FRONT_ENDING ? length : end;
}

static gsize
reeve_front_connection_take_body (ReeveFrontConnection *self, const guint8 *data, gsize length)
{
  gsize taken = (gsize) MIN (length, self->body_left);

  self->body_left -= taken;
  if (!reeve_front_relay_send (self->relay, data, taken))
    reeve_stream_set_reading (self->stream, FALSE);
  if (self->body_left == 0)
    reeve_timer_start (self->deadline, REEVE_FRONT_ANSWER_MS);
  else if (self->eof)
    reeve_front_connection_end (self);
  return taken;
}

/* The answer is out: the next request, or the end. */
static void
reeve_front_connection_next (ReeveFrontConnection *self)
{
  gboolean more = self->head->keep_alive && self->body_left == 0 && (!self->eof || self->ahead > 0);

  reeve_front_connection_drop_request (self);
  if (!more)
    {
      reeve_front_connection_end (self);
      return;
    }
  self->state = REEVE_FRONT_HEAD;
  self->ahead = 0;
  if (self->proxied)
    reeve_stream_set_forwarded (self->stream, NULL, FALSE);
  reeve_timer_start (self->deadline, REEVE_FRONT_IDLE_MS);
  reeve_front_connection_enter (self, &self->site->idle);
  reeve_front_site_limit_idle (self->site);
  reeve_front_connection_read_on (self);
}

/* ---- the stream ---- */

static gsize
reeve_front_connection_data_cb (ReeveStream *stream, guint8 *data, gsize length, gpointer user_data)
{
  ReeveFrontConnection *self = user_data;
  gsize taken = 0;

  if (self->state == REEVE_FRONT_HEAD)
    taken = reeve_front_connection_take_head (self, data, length);
  else if (self->state == REEVE_FRONT_ANSWERING && self->body_left > 0)
    taken = reeve_front_connection_take_body (self, data, length);
  else if (self->state == REEVE_FRONT_ENDING)
    taken = length;
  self->ahead = length - taken;
  if (self->ahead >= REEVE_FRONT_MAX_AHEAD && self->state != REEVE_FRONT_HEAD)
    reeve_stream_set_reading (stream, FALSE);
  return taken;
}

static void
reeve_front_connection_eof_cb (ReeveStream *stream, gpointer user_data)
{
  ReeveFrontConnection *self = user_data;

  self->eof = TRUE;
  if (self->state == REEVE_FRONT_HEAD ||
      (self->state == REEVE_FRONT_ANSWERING && (self->body_left > 0 || self->streaming)))
    reeve_front_connection_end (self);
}

static void
reeve_front_connection_drained_cb (ReeveStream *stream, gpointer user_data)
{
  ReeveFrontConnection *self = user_data;

  reeve_timer_stop (self->stall);
  if (self->relay != NULL)
    reeve_front_relay_set_reading (self->relay, TRUE);
}

/* The engine may still read and drop what comes, so that the last answer is not lost: no abort. */
static void
reeve_front_connection_closed_cb (ReeveStream *stream, const GError *error, gpointer user_data)
{
  ReeveFrontConnection *self = user_data;

  g_clear_pointer (&self->stream, reeve_stream_unref);
  g_hash_table_remove (self->site->connections, self);
}

static const ReeveStreamFuncs reeve_front_connection_funcs = {
  .data = reeve_front_connection_data_cb,
  .eof = reeve_front_connection_eof_cb,
  .drained = reeve_front_connection_drained_cb,
  .closed = reeve_front_connection_closed_cb,
};

ReeveFrontConnection *
reeve_front_connection_new (ReeveFrontSite *site, ReeveStream *stream, gboolean proxied)
{
  ReeveFrontConnection *self = g_new0 (ReeveFrontConnection, 1);

  self->site = site;
  self->stream = stream;
  self->proxied = proxied;
  self->since = reeve_clock_get_monotonic (reeve_context_get_clock (site->context));
  self->place.data = self;
  reeve_front_connection_enter (self, &site->strangers);
  self->deadline = reeve_context_add_timer (site->context, "front deadline",
                                            reeve_front_connection_deadline_cb, self);
  self->stall =
      reeve_context_add_timer (site->context, "front stall", reeve_front_connection_stall_cb, self);
  return self;
}

static void
reeve_front_connection_read (ReeveFrontConnection *self)
{
  reeve_timer_start (self->deadline, REEVE_FRONT_HEAD_MS);
  /* one read of the engine on top of what may be left unread */
  reeve_stream_set_limits (self->stream, REEVE_FRONT_MAX_AHEAD + REEVE_ENGINE_BUFFER,
                           REEVE_STREAM_WRITE_LIMIT);
  reeve_stream_set_funcs (self->stream, &reeve_front_connection_funcs, self);
}

static void
reeve_front_connection_handshaken_cb (ReeveStream *stream, const GError *error, gpointer user_data)
{
  ReeveFrontConnection *self = user_data;

  if (error == NULL)
    {
      reeve_front_connection_read (self);
      return;
    }
  reeve_context_log (self->site->context, G_LOG_LEVEL_DEBUG, G_LOG_DOMAIN,
                     reeve_stream_get_peer (stream), NULL, "no TLS: %s", error->message);
  g_hash_table_remove (self->site->connections, self);
}

void
reeve_front_connection_begin (ReeveFrontConnection *self, const ReeveFrontListening *port)
{
  self->port = port;
  if (port != NULL && port->speech == REEVE_FRONT_TLS)
    reeve_stream_start_tls_server (self->stream, reeve_front_tls_get (self->site->tls),
                                   REEVE_TLS_HANDSHAKE_MS, reeve_front_connection_handshaken_cb,
                                   self);
  else
    reeve_front_connection_read (self);
}
