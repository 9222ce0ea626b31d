/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* libsoup as a maker of answers. It is not written for hostile clients and never meets one: every
 * request carries the id of a record that the front made from the head that it had parsed itself,
 * and what is asked of whom, by whom, with which power, is taken from the record alone. Of the
 * message only the body is used. */

#include "config.h"

#include "reeve-front-soup.h"

#include <errno.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <libsoup/soup.h>
#include <sys/socket.h>

#include "reeve-front-answer.h"

struct _ReeveFrontSoup
{
  SoupServer *server;
  int silence;          /* the other end of what it takes for a listener */
  GHashTable *requests; /* id of the request -> ReeveFrontRequest, not yet taken up */
  GHashTable *answers;  /* set of ReeveFrontSoupAnswer that have not ended */
};

/* One answer under way. Lives until the message has ended and nobody will answer any more. */
typedef struct
{
  grefcount refs;
  ReeveFrontSoup *soup; /* until it has ended */
  SoupServerMessage *message;
  ReeveFrontRequest *request;
  ReeveHttpResponse *response; /* while it streams */
  gboolean ended;              /* nothing can be written any more */
  gboolean complete;           /* all of the body was given */
  gboolean written;            /* and all of the answer was written */
} ReeveFrontSoupAnswer;

/* ---- one answer ---- */

static ReeveFrontSoupAnswer *
reeve_front_soup_answer_ref (ReeveFrontSoupAnswer *self)
{
  g_ref_count_inc (&self->refs);
  return self;
}

static void
reeve_front_soup_answer_unref (ReeveFrontSoupAnswer *self)
{
  if (!g_ref_count_dec (&self->refs))
    return;
  g_clear_pointer (&self->response, reeve_http_response_unref);
  reeve_front_request_unref (self->request);
  g_object_unref (self->message);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveFrontSoupAnswer, reeve_front_soup_answer_unref)

static void
reeve_front_soup_answer_release (gpointer data, GClosure *closure)
{
  reeve_front_soup_answer_unref (data);
}

static void
reeve_front_soup_answer_complete (ReeveFrontSoupAnswer *self)
{
  if (self->complete)
    return;
  self->complete = TRUE;
  soup_message_body_complete (soup_server_message_get_response_body (self->message));
  soup_server_message_unpause (self->message);
}

static void
reeve_front_soup_answer_push_cb (ReeveHttpResponse *response, GBytes *bytes, gpointer user_data)
{
  ReeveFrontSoupAnswer *self = user_data;

  if (self->ended)
    return;
  if (bytes == NULL)
    {
      reeve_front_soup_answer_complete (self);
      return;
    }
  soup_message_body_append_bytes (soup_server_message_get_response_body (self->message), bytes);
  soup_server_message_unpause (self->message);
}

static void
reeve_front_soup_answer_sent_cb (SoupServerMessage *message, guint length, gpointer user_data)
{
  ReeveFrontSoupAnswer *self = user_data;

  if (self->response != NULL)
    reeve_http_response_sent (self->response, length);
}

/* Nobody reads the answer any more. The message has to be moved on, or it would wait for ever: what
 * it writes next goes to a closed socket, and that ends it. */
static void
reeve_front_soup_answer_gone_cb (gpointer request, gpointer user_data)
{
  ReeveFrontSoupAnswer *self = user_data;

  if (self->ended)
    return;
  if (self->response != NULL)
    {
      reeve_http_response_close (self->response);
      reeve_front_soup_answer_complete (self);
    }
}

/* Nothing can be written any more. */
static void
reeve_front_soup_answer_end (ReeveFrontSoupAnswer *self)
{
  self->ended = TRUE;
  g_hash_table_remove (self->soup->answers, self);
  self->soup = NULL;
  reeve_front_request_set_gone_func (self->request, NULL, NULL);
  if (self->response != NULL && !self->complete)
    reeve_http_response_close (self->response);
  g_signal_handlers_disconnect_by_data (self->message, self);
}

static void
reeve_front_soup_answer_written_cb (SoupServerMessage *message, gpointer user_data)
{
  ReeveFrontSoupAnswer *self = user_data;

  self->written = TRUE;
}

/* Of the message: the last byte was written, or nothing can be written. */
static void
reeve_front_soup_answer_finished_cb (SoupServerMessage *message, gpointer user_data)
{
  g_autoptr (ReeveFrontSoupAnswer) self = reeve_front_soup_answer_ref (user_data);

  if (self->ended)
    return;
  reeve_front_soup_answer_end (self);
  if (self->written)
    reeve_front_request_answered (self->request);
}

static void
reeve_front_soup_add_field (const char *name, const char *value, gpointer user_data)
{
  /* libsoup counts the body, but would believe this one, and cut or miss the end of the answer */
  if (g_ascii_strcasecmp (name, "Content-Length") != 0)
    soup_message_headers_append (user_data, name, value);
}

/* What no provider may leave out or change. */
static void
reeve_front_soup_add_fields (SoupMessageHeaders *headers, gboolean hsts)
{
  const ReeveFrontHeadField *fields;
  guint n;

  soup_message_headers_remove (headers, "Server");
  soup_message_headers_remove (headers, "Connection");
  soup_message_headers_remove (headers, "Transfer-Encoding");
  soup_message_headers_set_encoding (headers, SOUP_ENCODING_CONTENT_LENGTH);
  fields = reeve_front_answer_get_fields (&n);
  for (guint i = 0; i < n; i++)
    soup_message_headers_replace (headers, fields[i].name, fields[i].value);
  if (hsts)
    soup_message_headers_replace (headers, reeve_front_answer_hsts.name,
                                  reeve_front_answer_hsts.value);
  if (soup_message_headers_get_one (headers, "Cache-Control") == NULL)
    soup_message_headers_append (headers, "Cache-Control", "no-store");
}

static void
reeve_front_soup_answer_with (ReeveFrontSoupAnswer *self, ReeveHttpResponse *response)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (self->message);
  SoupMessageBody *body = soup_server_message_get_response_body (self->message);
  GBytes *bytes = reeve_http_response_get_body (response);

  soup_server_message_set_status (self->message, reeve_http_response_get_status (response), NULL);
  reeve_http_response_foreach_header (response, reeve_front_soup_add_field, headers);
  if (reeve_http_response_get_content_type (response) != NULL)
    soup_message_headers_replace (headers, "Content-Type",
                                  reeve_http_response_get_content_type (response));
  reeve_front_soup_add_fields (headers, reeve_front_request_has_hsts (self->request));
  if (!reeve_http_response_is_stream (response))
    {
      self->complete = TRUE;
      if (bytes != NULL && g_bytes_get_size (bytes) > 0)
        soup_message_body_append_bytes (body, bytes);
      soup_message_body_complete (body);
      soup_server_message_unpause (self->message);
      return;
    }

  /* HTTP/1.0 knows no chunks: there the answer ends with the connection */
  soup_message_headers_set_encoding (headers, soup_server_message_get_http_version (
                                                  self->message) == SOUP_HTTP_1_0
                                                  ? SOUP_ENCODING_EOF
                                                  : SOUP_ENCODING_CHUNKED);
  soup_message_body_set_accumulate (body, FALSE);
  self->response = reeve_http_response_ref (response);
  g_signal_connect (self->message, "wrote-body-data", G_CALLBACK (reeve_front_soup_answer_sent_cb),
                    self);
  soup_server_message_unpause (self->message);
  reeve_front_request_streaming (self->request);
  if (!self->ended)
    reeve_http_response_set_push_func (response, reeve_front_soup_answer_push_cb, self);
}

static void
reeve_front_soup_handled_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ReeveFrontSoupAnswer) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (ReeveHttpResponse) response =
      reeve_routes_handle_finish (REEVE_ROUTES (source), result, &error);

  if (response == NULL && error == NULL)
    g_set_error (&error, REEVE_ERROR, REEVE_ERROR_FAILED, "there was no answer");
  if (response == NULL)
    response = reeve_http_response_new_problem (error);
  if (self->ended)
    reeve_http_response_close (response);
  else
    reeve_front_soup_answer_with (self, response);
}

/* ---- the server ---- */

static void
reeve_front_soup_handler_cb (SoupServer *server, SoupServerMessage *message, const char *path,
                             GHashTable *query, gpointer user_data)
{
  ReeveFrontSoup *self = user_data;
  const char *id = soup_message_headers_get_one (soup_server_message_get_request_headers (message),
                                                 REEVE_FRONT_REQUEST_FIELD);
  ReeveFrontRequest *request = id != NULL ? g_hash_table_lookup (self->requests, id) : NULL;
  ReeveFrontSoupAnswer *answer;
  g_autoptr (GBytes) body = NULL;

  if (request == NULL)
    {
      /* not written by the front: there is no record of who asks */
      soup_server_message_set_status (message, SOUP_STATUS_INTERNAL_SERVER_ERROR, NULL);
      return;
    }
  answer = g_new0 (ReeveFrontSoupAnswer, 1);
  g_ref_count_init (&answer->refs);
  answer->soup = self;
  answer->message = g_object_ref (message);
  answer->request = reeve_front_request_ref (request);
  g_hash_table_remove (self->requests, id);
  g_hash_table_add (self->answers, answer);
  body = soup_message_body_flatten (soup_server_message_get_request_body (message));
  reeve_http_request_set_body (reeve_front_request_get_http (answer->request), body);
  g_signal_connect (message, "wrote-body", G_CALLBACK (reeve_front_soup_answer_written_cb), answer);
  g_signal_connect_data (message, "finished", G_CALLBACK (reeve_front_soup_answer_finished_cb),
                         reeve_front_soup_answer_ref (answer), reeve_front_soup_answer_release, 0);
  reeve_front_request_set_gone_func (answer->request, reeve_front_soup_answer_gone_cb, answer);
  soup_server_message_pause (message);
  reeve_routes_handle_async (reeve_front_request_get_provider (answer->request),
                             reeve_front_request_get_route (answer->request),
                             reeve_front_request_get_http (answer->request),
                             reeve_front_request_get_cancellable (answer->request),
                             reeve_front_soup_handled_cb, answer);
}

/* libsoup keeps no connection for a further request unless it listens somewhere. It is content with
 * one end of a socketpair of which the other never says anything. */
static gboolean
reeve_front_soup_listen_to_silence (ReeveFrontSoup *self, GError **error)
{
  g_autoptr (GSocket) socket = NULL;
  int fds[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_IO, "cannot make a socket: %s",
                   g_strerror (errno));
      return FALSE;
    }
  self->silence = fds[0];
  socket = g_socket_new_from_fd (fds[1], error);
  if (socket != NULL)
    return soup_server_listen_socket (self->server, socket, 0, error);
  (void) g_close (fds[1], NULL);
  return FALSE;
}

ReeveFrontSoup *
reeve_front_soup_new (GError **error)
{
  g_autoptr (ReeveFrontSoup) self = g_new0 (ReeveFrontSoup, 1);

  self->silence = -1;
  self->requests = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
                                          (GDestroyNotify) reeve_front_request_unref);
  self->answers = g_hash_table_new (NULL, NULL);
  self->server = soup_server_new ("raw-paths", TRUE, NULL);
  soup_server_add_handler (self->server, NULL, reeve_front_soup_handler_cb, self, NULL);
  if (!reeve_front_soup_listen_to_silence (self, error))
    {
      reeve_error_convert (error);
      g_prefix_error (error, "cannot make the page's server: ");
      return NULL;
    }
  return g_steal_pointer (&self);
}

void
reeve_front_soup_free (ReeveFrontSoup *self)
{
  GHashTableIter iter;
  gpointer answer;

  if (self == NULL)
    return;
  for (g_hash_table_iter_init (&iter, self->answers); g_hash_table_iter_next (&iter, &answer, NULL);
       g_hash_table_iter_init (&iter, self->answers))
    reeve_front_soup_answer_end (answer);
  soup_server_remove_handler (self->server, NULL);
  soup_server_disconnect (self->server);
  g_object_unref (self->server);
  if (self->silence >= 0)
    (void) g_close (self->silence, NULL);
  g_hash_table_unref (self->requests);
  g_hash_table_unref (self->answers);
  g_free (self);
}

gboolean
reeve_front_soup_accept (ReeveFrontSoup *self, int fd, GError **error)
{
  g_autoptr (GSocket) socket = g_socket_new_from_fd (fd, error);
  g_autoptr (GSocketConnection) connection = NULL;
  g_autoptr (GSocketAddress) nowhere = NULL;

  if (socket == NULL)
    {
      (void) g_close (fd, NULL);
      reeve_error_convert (error);
      return FALSE;
    }
  connection = g_socket_connection_factory_create_connection (socket);
  /* libsoup wants addresses; a socketpair has none, and the client's stands in the record */
  nowhere = g_unix_socket_address_new_with_type ("", 0, G_UNIX_SOCKET_ADDRESS_ANONYMOUS);
  if (soup_server_accept_iostream (self->server, G_IO_STREAM (connection), nowhere, nowhere, error))
    return TRUE;
  reeve_error_convert (error);
  return FALSE;
}

void
reeve_front_soup_expect (ReeveFrontSoup *self, ReeveFrontRequest *request)
{
  g_hash_table_insert (self->requests, (gpointer) reeve_front_request_get_id (request),
                       reeve_front_request_ref (request));
}

void
reeve_front_soup_forget (ReeveFrontSoup *self, ReeveFrontRequest *request)
{
  g_hash_table_remove (self->requests, reeve_front_request_get_id (request));
}
