/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "front-test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- routes ---- */

static void test_routes_iface_init (ReeveRoutesInterface *iface);

G_DEFINE_TYPE_WITH_CODE (TestRoutes, test_routes, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (REEVE_TYPE_ROUTES, test_routes_iface_init))

static const ReeveRoute test_rows[] = {
  { .path = "/public", .methods = "GET HEAD", .power = REEVE_POWER_PUBLIC },
  { .path = "/view", .methods = "GET", .power = REEVE_POWER_VIEW },
  { .path = "/change",
    .methods = "POST",
    .power = REEVE_POWER_OPERATE,
    .max_body = REEVE_HTTP_MAX_BODY },
  { .path = "/open",
    .methods = "POST",
    .power = REEVE_POWER_PUBLIC,
    .max_body = REEVE_HTTP_MAX_BODY },
  { .path = "/stream", .methods = "GET", .power = REEVE_POWER_PUBLIC, .flags = REEVE_ROUTE_STREAM },
  { .path = "/hang", .methods = "GET", .power = REEVE_POWER_PUBLIC },
  { .path = "/raw", .methods = "GET", .power = REEVE_POWER_PUBLIC, .flags = REEVE_ROUTE_RAW },
  { .path = NULL },
};

static void
test_routes_finalize (GObject *object)
{
  TestRoutes *self = TEST_ROUTES (object);

  g_clear_pointer (&self->last, reeve_http_request_unref);
  g_clear_pointer (&self->stream, reeve_http_response_unref);
  if (self->raw != NULL)
    {
      reeve_stream_abort (self->raw);
      reeve_stream_unref (self->raw);
    }
  g_string_free (self->raw_bytes, TRUE);
  G_OBJECT_CLASS (test_routes_parent_class)->finalize (object);
}

static void
test_routes_class_init (TestRoutesClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = test_routes_finalize;
}

static void
test_routes_init (TestRoutes *self)
{
  self->raw_bytes = g_string_new (NULL);
}

static const ReeveRoute *
test_routes_get_routes (ReeveRoutes *routes)
{
  return test_rows;
}

static void
test_routes_closed_cb (gpointer response, gpointer user_data)
{
  TEST_ROUTES (user_data)->closed++;
}

static void
test_routes_cancelled_cb (GCancellable *cancellable, GTask *task)
{
  TEST_ROUTES (g_task_get_source_object (task))->cancelled++;
  g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_CANCELLED, "cancelled");
}

static ReeveHttpResponse *
test_routes_make_text (const char *text)
{
  g_autoptr (GBytes) body = g_bytes_new (text, strlen (text));

  return reeve_http_response_new (200, "text/plain", body);
}

static void
test_routes_handle_async (ReeveRoutes *routes, const ReeveRoute *route, ReeveHttpRequest *request,
                          GCancellable *cancellable, GAsyncReadyCallback callback,
                          gpointer user_data)
{
  TestRoutes *self = TEST_ROUTES (routes);
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  ReeveHttpResponse *response;
  const char *echo = reeve_http_request_get_query (request, "echo");
  const char *length = reeve_http_request_get_query (request, "length");

  self->calls++;
  g_clear_pointer (&self->last, reeve_http_request_unref);
  self->last = reeve_http_request_ref (request);
  if (g_str_equal (route->path, "/hang"))
    {
      g_cancellable_connect (cancellable, G_CALLBACK (test_routes_cancelled_cb),
                             g_steal_pointer (&task), g_object_unref);
      return;
    }
  if (g_str_equal (route->path, "/stream"))
    {
      g_clear_pointer (&self->stream, reeve_http_response_unref);
      self->stream = reeve_http_response_new_stream (200, "text/event-stream");
      reeve_http_response_set_closed_func (self->stream, test_routes_closed_cb, self);
      response = reeve_http_response_ref (self->stream);
    }
  else if (g_str_equal (route->path, "/view"))
    response =
        test_routes_make_text (reeve_subject_get_name (reeve_http_request_get_subject (request)));
  else if (g_str_equal (route->path, "/public"))
    response = test_routes_make_text (echo != NULL ? echo : "hello");
  else
    response = reeve_http_response_new (200, "application/octet-stream",
                                        reeve_http_request_get_body (request));
  if (length != NULL)
    reeve_http_response_add_header (response, "content-length", length);
  g_task_return_pointer (task, response, (GDestroyNotify) reeve_http_response_unref);
}

static ReeveHttpResponse *
test_routes_handle_finish (ReeveRoutes *routes, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static gsize
test_routes_raw_data_cb (ReeveStream *stream, guint8 *data, gsize length, gpointer user_data)
{
  TestRoutes *self = user_data;
  g_autofree char *up = g_ascii_strup ((const char *) data, (gssize) length);

  g_string_append_len (self->raw_bytes, (const char *) data, (gssize) length);
  reeve_stream_write (stream, up, length);
  return length;
}

static void
test_routes_raw_closed_cb (ReeveStream *stream, const GError *error, gpointer user_data)
{
  TestRoutes *self = user_data;

  g_clear_pointer (&self->raw, reeve_stream_unref);
}

static const ReeveStreamFuncs test_routes_raw_funcs = {
  .data = test_routes_raw_data_cb,
  .closed = test_routes_raw_closed_cb,
};

static void
test_routes_upgrade (ReeveRoutes *routes, const ReeveRoute *route, ReeveHttpRequest *request,
                     ReeveStream *stream)
{
  TestRoutes *self = TEST_ROUTES (routes);
  static const char answer[] = "HTTP/1.1 101 Switching Protocols\r\n\r\n";

  self->calls++;
  g_clear_pointer (&self->last, reeve_http_request_unref);
  self->last = reeve_http_request_ref (request);
  self->raw = stream;
  reeve_stream_set_owner (stream, reeve_context_get_owner (self->context));
  reeve_stream_write (stream, answer, sizeof answer - 1);
  reeve_stream_set_funcs (stream, &test_routes_raw_funcs, self);
}

static void
test_routes_iface_init (ReeveRoutesInterface *iface)
{
  iface->get_routes = test_routes_get_routes;
  iface->handle_async = test_routes_handle_async;
  iface->handle_finish = test_routes_handle_finish;
  iface->upgrade = test_routes_upgrade;
}

/* ---- door ---- */

static void test_door_authenticator_init (ReeveAuthenticatorInterface *iface);
static void test_door_authorizer_init (ReeveAuthorizerInterface *iface);

G_DEFINE_TYPE_WITH_CODE (TestDoor, test_door, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (REEVE_TYPE_AUTHENTICATOR,
                                                test_door_authenticator_init)
                             G_IMPLEMENT_INTERFACE (REEVE_TYPE_AUTHORIZER,
                                                    test_door_authorizer_init))

static void
test_door_class_init (TestDoorClass *klass)
{
}

static void
test_door_init (TestDoor *self)
{
}

static void
test_door_cancelled_cb (GCancellable *cancellable, GTask *task)
{
  g_task_return_error_if_cancelled (task);
}

/* TRUE when the task was ended, or will be by its cancellable. */
static gboolean
test_door_is_shut (TestDoorMode mode, GTask *task)
{
  if (mode == TEST_DOOR_ERROR)
    g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_FAILED, "broken");
  else if (mode == TEST_DOOR_HUNG)
    g_cancellable_connect (g_task_get_cancellable (task), G_CALLBACK (test_door_cancelled_cb),
                           g_object_ref (task), g_object_unref);
  return mode != TEST_DOOR_OPEN;
}

static void
test_door_authenticate_async (ReeveAuthenticator *authenticator, GVariant *credentials,
                              GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data)
{
  TestDoor *self = TEST_DOOR (authenticator);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  const char *bearer = NULL;
  ReeveSubject *subject = NULL;

  if (test_door_is_shut (self->authenticator, task))
    return;
  g_variant_lookup (credentials, "bearer", "&s", &bearer);
  if (g_strcmp0 (bearer, "good") == 0)
    subject = reeve_subject_new (REEVE_SUBJECT_WEB, "owner");
  else if (g_strcmp0 (bearer, "weak") == 0)
    subject = reeve_subject_new (REEVE_SUBJECT_WEB, "guest");
  g_task_return_pointer (task, subject, (GDestroyNotify) reeve_subject_unref);
}

static ReeveSubject *
test_door_authenticate_finish (ReeveAuthenticator *authenticator, GAsyncResult *result,
                               GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
test_door_authorize_async (ReeveAuthorizer *authorizer, ReeveSubject *subject, ReevePower power,
                           const char *object, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
  TestDoor *self = TEST_DOOR (authorizer);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  if (test_door_is_shut (self->authorizer, task))
    return;
  g_task_return_boolean (task, g_str_equal (reeve_subject_get_name (subject), "owner") ||
                                   power == REEVE_POWER_VIEW);
}

static gboolean
test_door_authorize_finish (ReeveAuthorizer *authorizer, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
test_door_authenticator_init (ReeveAuthenticatorInterface *iface)
{
  iface->authenticate_async = test_door_authenticate_async;
  iface->authenticate_finish = test_door_authenticate_finish;
}

static void
test_door_authorizer_init (ReeveAuthorizerInterface *iface)
{
  iface->authorize_async = test_door_authorize_async;
  iface->authorize_finish = test_door_authorize_finish;
}

/* ---- the front ---- */

/* By its own operation, which is tested thereby. */
static void
front_test_learn_address (FrontTest *f)
{
  g_autoptr (GPtrArray) all =
      reeve_context_lookup_all (reeve_mock_host_get_context (f->host), REEVE_TYPE_OPERATIONS);
  g_autoptr (ReeveSubject) subject = reeve_subject_new (REEVE_SUBJECT_WEB, "owner");
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree const char **listen = NULL;
  const char *url, *public_url, *pin;
  gboolean loopback_only;

  g_assert_cmpuint (all->len, ==, 1);
  g_assert_true (reeve_operations_check (all->pdata[0], &error));
  g_assert_no_error (error);
  reeve_operations_call_async (all->pdata[0], reeve_mock_host_get_context (f->host), "GetAddress",
                               g_variant_new ("()"), subject, NULL, reeve_mock_result_cb, &result);
  reeve_mock_host_wait (f->host, &result);
  answer = reeve_operations_call_finish (all->pdata[0], result, &error);
  g_assert_no_error (error);
  g_variant_get (answer, "(^a&s&s&sb&s)", &listen, &url, &public_url, &loopback_only, &pin);
  f->address = g_strdup (listen[0]);
  g_assert_true (loopback_only);
  g_assert_cmpstr (pin, ==, "");
  if (g_str_has_prefix (f->address, "unix:"))
    g_assert_cmpstr (url, ==, "");
  else
    {
      f->port = (guint16) g_ascii_strtoull (strrchr (f->address, ':') + 1, NULL, 10);
      g_assert_cmpuint (f->port, !=, 0);
      g_assert_true (g_str_has_suffix (url, f->address));
    }
}

FrontTest *
front_test_new_with (gboolean driven, const char *key, const char *value)
{
  const char *const pairs[FRONT_TEST_PAIRS] = { key, value };

  return front_test_new_pairs (driven, pairs);
}

FrontTest *
front_test_new_pairs (gboolean driven, const char *const *pairs)
{
  FrontTest *f = g_new0 (FrontTest, 1);
  ReeveContext *context;
  g_autoptr (GError) error = NULL;

  f->host = reeve_mock_host_new ("hub", driven);
  context = reeve_mock_host_get_context (f->host);
  f->routes = g_object_new (TEST_TYPE_ROUTES, NULL);
  f->routes->context = context;
  f->door = g_object_new (TEST_TYPE_DOOR, NULL);
  reeve_context_provide (context, REEVE_TYPE_ROUTES, "", f->routes, &error);
  g_assert_no_error (error);
  reeve_context_provide (context, REEVE_TYPE_AUTHENTICATOR, "", f->door, &error);
  g_assert_no_error (error);
  reeve_context_provide (context, REEVE_TYPE_AUTHORIZER, REEVE_SUBJECT_WEB, f->door, &error);
  g_assert_no_error (error);
  f->plugin =
      reeve_mock_host_load (f->host, "front", "listen", "127.0.0.1:0", pairs[0], pairs[1], pairs[2],
                            pairs[3], pairs[4], pairs[5], pairs[6], pairs[7], NULL);
  front_test_learn_address (f);
  return f;
}

FrontTest *
front_test_new (gboolean driven)
{
  return front_test_new_with (driven, NULL, NULL);
}

void
front_test_free (FrontTest *f)
{
  reeve_mock_host_unload (f->host, f->plugin);
  reeve_mock_host_settle (f->host);
  /* nothing holds them any more than the registry */
  g_object_unref (f->routes);
  g_object_unref (f->door);
  reeve_mock_host_free (f->host);
  g_free (f->address);
  g_free (f);
}

void
front_test_withdraw (FrontTest *f, gpointer provider)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  reeve_context_withdraw_async (reeve_mock_host_get_context (f->host), provider,
                                reeve_mock_result_cb, &result);
  reeve_mock_host_wait (f->host, &result);
  reeve_context_withdraw_finish (reeve_mock_host_get_context (f->host), result, &error);
  g_assert_no_error (error);
}

void
front_test_push (FrontTest *f, const char *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

  g_assert_true (reeve_http_response_push (f->routes->stream, bytes));
}

/* ---- clients ---- */

TestClient *
test_client_new (FrontTest *f)
{
  TestClient *self = g_new0 (TestClient, 1);
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons (f->port) };

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  self->f = f;
  self->in = g_string_new (NULL);
  self->fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (self->fd, >=, 0);
  g_assert_cmpint (connect (self->fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_unix_set_fd_nonblocking (self->fd, TRUE, NULL);
  return self;
}

void
test_client_free (TestClient *self)
{
  if (self->fd >= 0)
    close (self->fd);
  g_string_free (self->in, TRUE);
  g_free (self);
}

void
test_client_pump (TestClient *self)
{
  char buffer[65536];

  while (!self->ended)
    {
      gssize n = recv (self->fd, buffer, sizeof buffer, 0);

      if (n < 0 && errno == EAGAIN)
        return;
      if (n <= 0)
        self->ended = TRUE;
      else
        g_string_append_len (self->in, buffer, n);
    }
}

void
test_client_send_bytes (TestClient *self, gconstpointer data, gsize length)
{
  const char *p = data;

  while (length > 0)
    {
      gssize n = send (self->fd, p, length, MSG_NOSIGNAL);

      if (n < 0 && errno == EAGAIN)
        {
          g_main_context_iteration (NULL, FALSE);
          continue;
        }
      if (n < 0)
        return;
      p += n;
      length -= (gsize) n;
    }
}

void
test_client_send (TestClient *self, const char *text)
{
  g_autoptr (GString) out = g_string_new (text);
  g_autofree char *host = g_strdup_printf ("127.0.0.1:%u", self->f->port);
  g_autofree char *origin = g_strdup_printf ("http://%s", host);

  g_string_replace (out, "$HOST", host, 0);
  g_string_replace (out, "$ORIGIN", origin, 0);
  test_client_send_bytes (self, out->str, out->len);
}

static gboolean
test_client_has_ended (gpointer user_data)
{
  TestClient *self = user_data;

  test_client_pump (self);
  return self->ended;
}

void
test_client_wait_end (TestClient *self)
{
  reeve_mock_host_run_until (self->f->host, test_client_has_ended, self);
}

typedef struct
{
  TestClient *client;
  const char *text;
  guint calls;
  gboolean head;
  gsize length;
} TestWait;

static gboolean
test_client_has_text (gpointer user_data)
{
  TestWait *wait = user_data;

  test_client_pump (wait->client);
  return strstr (wait->client->in->str, wait->text) != NULL;
}

void
test_client_wait_for (TestClient *self, const char *text)
{
  TestWait wait = { .client = self, .text = text };

  reeve_mock_host_run_until (self->f->host, test_client_has_text, &wait);
}

static gboolean
test_client_has_calls (gpointer user_data)
{
  TestWait *wait = user_data;

  return wait->client->f->routes->calls >= wait->calls;
}

void
test_client_wait_calls (TestClient *self, guint calls)
{
  TestWait wait = { .client = self, .calls = calls };

  reeve_mock_host_run_until (self->f->host, test_client_has_calls, &wait);
}

/* A head, and as much as its Content-Length says, or all until the end. */
static gboolean
test_client_has_answer (gpointer user_data)
{
  TestWait *wait = user_data;
  GString *in = wait->client->in;
  const char *end, *length;

  test_client_pump (wait->client);
  end = strstr (in->str, "\r\n\r\n");
  if (end == NULL)
    return wait->client->ended;
  wait->length = (gsize) (end + 4 - in->str);
  length = strstr (in->str, "\r\nContent-Length: ");
  if (wait->head)
    return TRUE;
  if (length == NULL || length > end)
    {
      wait->length = in->len;
      return wait->client->ended;
    }
  wait->length += g_ascii_strtoull (length + 18, NULL, 10);
  return in->len >= wait->length || wait->client->ended;
}

TestAnswer *
test_client_receive (TestClient *self, gboolean head)
{
  TestAnswer *answer = g_new0 (TestAnswer, 1);
  TestWait wait = { .client = self, .head = head };
  const char *end;

  reeve_mock_host_run_until (self->f->host, test_client_has_answer, &wait);
  end = strstr (self->in->str, "\r\n\r\n");
  answer->body = g_string_new (NULL);
  if (end == NULL)
    {
      answer->head = g_strdup ("");
      return answer;
    }
  g_assert_true (g_str_has_prefix (self->in->str, "HTTP/1.1 "));
  g_assert_cmpuint (self->in->len, >=, wait.length);
  answer->status = (guint) g_ascii_strtoull (self->in->str + 9, NULL, 10);
  answer->head = g_strndup (self->in->str, (gsize) (end + 2 - self->in->str));
  g_string_append_len (answer->body, end + 4, (gssize) wait.length - (end + 4 - self->in->str));
  g_string_erase (self->in, 0, (gssize) wait.length);
  return answer;
}

void
test_client_expect (TestClient *self, guint status, const char *body)
{
  g_autoptr (TestAnswer) answer = test_client_receive (self, FALSE);

  g_assert_cmpuint (answer->status, ==, status);
  if (body != NULL)
    g_assert_cmpstr (answer->body->str, ==, body);
}

void
test_answer_free (TestAnswer *self)
{
  g_free (self->head);
  g_string_free (self->body, TRUE);
  g_free (self);
}

gboolean
test_answer_has (TestAnswer *self, const char *line)
{
  g_autofree char *text = g_strdup_printf ("\r\n%s\r\n", line);

  return strstr (self->head, text) != NULL;
}
