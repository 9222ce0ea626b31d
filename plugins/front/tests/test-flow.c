/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What goes through the front: requests one after the other, bodies, streams, upgrades, stops. */

#include "config.h"

#include "front-test.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>

#include "../reeve-front-site.h"

static void
test_keep_alive (void)
{
  g_autoptr (FrontTest) f = front_test_new (FALSE);
  g_autoptr (TestClient) client = test_client_new (f);

  for (guint i = 0; i < 5; i++)
    {
      test_client_send (client, "GET /public HTTP/1.1\r\nHost: $HOST\r\n\r\n");
      test_client_expect (client, 200, "hello");
    }
  test_client_send (client, "GET /public HTTP/1.1\r\nHost: $HOST\r\nConnection: close\r\n\r\n");
  test_client_expect (client, 200, "hello");
  test_client_wait_end (client);
}

static void
test_pipeline (void)
{
  g_autoptr (FrontTest) f = front_test_new (FALSE);
  g_autoptr (TestClient) client = test_client_new (f);

  test_client_send (client,
                    "GET /public?echo=one HTTP/1.1\r\nHost: $HOST\r\n\r\n"
                    "POST /open HTTP/1.1\r\nHost: $HOST\r\nContent-Length: 3\r\n" OWN "\r\ntwo"
                    "GET /public?echo=three HTTP/1.1\r\nHost: $HOST\r\n\r\n"
                    "GET /view HTTP/1.1\r\nHost: $HOST\r\nAuthorization: Bearer good\r\n\r\n"
                    "GET /public?echo=five HTTP/1.1\r\nHost: $HOST\r\n\r\n");
  shutdown (client->fd, SHUT_WR);
  test_client_expect (client, 200, "one");
  test_client_expect (client, 200, "two");
  test_client_expect (client, 200, "three");
  test_client_expect (client, 200, "owner");
  test_client_expect (client, 200, "five");
  test_client_wait_end (client);
  g_assert_cmpuint (f->routes->calls, ==, 5);
}

/* Bytes come one at a time, the heads and the bodies cut anywhere. */
static void
test_bytes (void)
{
  g_autoptr (FrontTest) f = front_test_new (FALSE);
  g_autoptr (TestClient) client = test_client_new (f);
  g_autofree char *text =
      g_strdup_printf ("POST /open HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nContent-Length: 3\r\n"
                       "Sec-Fetch-Site: same-origin\r\nOrigin: http://127.0.0.1:%u\r\n\r\nabc",
                       f->port, f->port);

  for (guint round = 0; round < 2; round++)
    {
      for (const char *p = text; *p != '\0'; p++)
        {
          test_client_send_bytes (client, p, 1);
          reeve_mock_host_settle (f->host);
        }
      test_client_expect (client, 200, "abc");
    }
}

static void
test_head (void)
{
  g_autoptr (FrontTest) f = front_test_new (FALSE);
  g_autoptr (TestClient) client = test_client_new (f);
  g_autoptr (TestAnswer) answer = NULL;

  test_client_send (client, "HEAD /public HTTP/1.1\r\nHost: $HOST\r\n\r\n");
  answer = test_client_receive (client, TRUE);
  g_assert_cmpuint (answer->status, ==, 200);
  g_assert_true (test_answer_has (answer, "Content-Length: 5"));
  g_assert_cmpstr (reeve_http_request_get_method (f->routes->last), ==, "GET");
  test_client_send (client, "GET /public HTTP/1.1\r\nHost: $HOST\r\n\r\n");
  test_client_expect (client, 200, "hello");
}

static void
test_expect_hello (TestClient *client, const char *target, const char *fields)
{
  g_autofree char *text =
      g_strdup_printf ("GET %s HTTP/1.1\r\nHost: $HOST\r\n%s\r\n", target, fields);

  test_client_send (client, text);
  test_client_expect (client, 200, "hello");
}

/* How long a body is does not depend on what its provider says. */
static void
test_length (void)
{
  static const char *const targets[] = { "/public?length=0", "/public?length=3", "/public?length=9",
                                         "/public" };
  g_autoptr (FrontTest) f = front_test_new (FALSE);
  g_autoptr (TestClient) client = test_client_new (f);

  for (guint i = 0; i < G_N_ELEMENTS (targets); i++)
    test_expect_hello (client, targets[i], "");
}

static void
test_old_version (void)
{
  g_autoptr (FrontTest) f = front_test_new (FALSE);
  g_autoptr (TestClient) client = test_client_new (f);

  test_client_send (client,
                    "GET /public HTTP/1.0\r\nHost: $HOST\r\nConnection: keep-alive\r\n\r\n");
  test_client_wait_end (client);
  g_assert_true (g_str_has_suffix (client->in->str, "\r\n\r\nhello"));
}

/* 1 MiB there and back, and another request behind it. */
static void
test_body (void)
{
  g_autoptr (FrontTest) f = front_test_new (FALSE);
  g_autoptr (TestClient) client = test_client_new (f);
  g_autofree char *body = g_malloc (1024 * 1024);

  for (guint i = 0; i < 1024 * 1024; i++)
    body[i] = (char) (i * 31 + i / 251);
  for (guint round = 0; round < 3; round++)
    {
      g_autoptr (TestAnswer) answer = NULL;

      test_client_send (client,
                        "POST /open HTTP/1.1\r\nHost: $HOST\r\nContent-Length: 1048576\r\n" OWN
                        "\r\n");
      test_client_send_bytes (client, body, 1024 * 1024);
      answer = test_client_receive (client, FALSE);
      g_assert_cmpuint (answer->status, ==, 200);
      g_assert_cmpmem (answer->body->str, answer->body->len, body, 1024 * 1024);
    }
  g_assert_cmpuint (f->routes->calls, ==, 3);
}

/* libsoup would copy the body for each range, or show what lies behind it. */
static void
test_range (void)
{
  static const char *const fields[] = { "Range: bytes=0-,0-,0-,0-,0-,0-,0-,0-\r\n",
                                        "Range: bytes=0-99999999\r\n",
                                        "Range: bytes=1-4294967296\r\n", "Range: bytes=2-1\r\n" };
  g_autoptr (FrontTest) f = front_test_new (FALSE);
  g_autoptr (TestClient) client = test_client_new (f);

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    test_expect_hello (client, "/public", fields[i]);
}

/* What a client says about itself is dropped; what the front needs is its own. */
static void
test_fields (void)
{
  g_autoptr (FrontTest) f = front_test_new (FALSE);
  g_autoptr (TestClient) client = test_client_new (f);
  ReeveHttpRequest *request;

  test_client_send (client, "GET /public?echo=a%20b HTTP/1.1\r\nHost: $HOST\r\n"
                            "X-Reeve-Request: 00000000000000000000000000000000\r\n"
                            "X-Forwarded-For: 192.0.2.9\r\nForwarded: for=192.0.2.9\r\n"
                            "X-Kept: yes\r\nX-Named: no\r\nConnection: x-named\r\n\r\n");
  test_client_expect (client, 200, "a b");
  request = f->routes->last;
  g_assert_null (reeve_http_request_get_header (request, "x-reeve-request"));
  g_assert_null (reeve_http_request_get_header (request, "x-forwarded-for"));
  g_assert_null (reeve_http_request_get_header (request, "forwarded"));
  g_assert_null (reeve_http_request_get_header (request, "x-named"));
  g_assert_cmpstr (reeve_http_request_get_header (request, "X-Kept"), ==, "yes");
  g_assert_cmpstr (reeve_http_request_get_peer (request), ==, "127.0.0.1");
  g_assert_cmpstr (reeve_subject_get_kind (reeve_http_request_get_subject (request)), ==,
                   REEVE_SUBJECT_NONE);
}

/* ---- streams ---- */

static void
test_stream (void)
{
  g_autoptr (FrontTest) f = front_test_new (FALSE);
  g_autoptr (TestClient) client = test_client_new (f);

  test_client_send (client, STREAM);
  test_client_wait_calls (client, 1);
  front_test_push (f, "first\n");
  test_client_wait_for (client, "first\n");
  front_test_push (f, "second\n");
  front_test_push (f, "third\n");
  test_client_wait_for (client, "third\n");
  g_assert_nonnull (strstr (client->in->str, "\r\nTransfer-Encoding: chunked\r\n"));
  reeve_http_response_finish (f->routes->stream);
  test_client_wait_for (client, "\r\n0\r\n\r\n");
  g_assert_cmpuint (f->routes->closed, ==, 0);

  /* the connection goes on */
  g_string_truncate (client->in, 0);
  test_client_send (client, "GET /public HTTP/1.1\r\nHost: $HOST\r\n\r\n");
  test_client_expect (client, 200, "hello");
}

static gboolean
test_is_closed (gpointer user_data)
{
  return ((FrontTest *) user_data)->routes->closed == 1;
}

static void
test_stream_gone (void)
{
  g_autoptr (FrontTest) f = front_test_new (FALSE);
  TestClient *client = test_client_new (f);
  g_autoptr (GBytes) bytes = g_bytes_new_static ("x", 1);

  test_client_send (client, STREAM);
  test_client_wait_calls (client, 1);
  front_test_push (f, "first\n");
  test_client_wait_for (client, "first\n");
  test_client_free (client);
  reeve_mock_host_run_until (f->host, test_is_closed, f);
  g_assert_false (reeve_http_response_push (f->routes->stream, bytes));
}

/* Who does not read is cut off at the limit; who reads slowly gets everything. */
static void
test_stream_slow (void)
{
  g_autoptr (FrontTest) f = front_test_new (FALSE);
  g_autoptr (TestClient) client = test_client_new (f);
  g_autofree char *filler = g_strnfill (64 * 1024, 'x');
  g_autoptr (GBytes) bytes = g_bytes_new (filler, 64 * 1024);
  guint pushed = 0, got = 0;

  test_client_send (client, STREAM);
  test_client_wait_calls (client, 1);
  while (pushed < 1000 && reeve_http_response_push (f->routes->stream, bytes))
    {
      pushed++;
      reeve_mock_host_settle (f->host);
    }
  g_test_message ("%u KiB were taken before the end", pushed * 64);
  g_assert_cmpuint (pushed, >, 16);
  g_assert_cmpuint (pushed, <, 1000);
  test_client_wait_for (client, "\r\n0\r\n\r\n");
  for (const char *p = client->in->str; *p != '\0'; p++)
    got += *p == 'x';
  g_assert_cmpuint (got, >=, pushed * 64 * 1024);
}

/* A client that takes nothing at all loses its connection. */
static void
test_stream_stalled (void)
{
  g_autoptr (FrontTest) f = front_test_new (TRUE);
  g_autoptr (TestClient) client = test_client_new (f);
  g_autofree char *filler = g_strnfill (64 * 1024, 'x');
  g_autoptr (GBytes) bytes = g_bytes_new (filler, 64 * 1024);

  test_client_send (client, STREAM);
  test_client_wait_calls (client, 1);
  for (guint i = 0; i < 1000 && reeve_http_response_push (f->routes->stream, bytes); i++)
    reeve_mock_host_settle (f->host);
  reeve_mock_host_advance (f->host, 61000);
  test_client_wait_end (client);
  g_assert_null (strstr (client->in->str, "\r\n0\r\n\r\n"));
}

/* ---- who is answered late, or never ---- */

static gboolean
test_is_cancelled (gpointer user_data)
{
  return ((FrontTest *) user_data)->routes->cancelled == 1;
}

/* Nobody waits for an answer that nobody will read. */
static void
test_gone_while_asking (void)
{
  g_autoptr (FrontTest) f = front_test_new (FALSE);
  TestClient *client = test_client_new (f);

  test_client_send (client, "GET /hang HTTP/1.1\r\nHost: $HOST\r\n\r\n");
  test_client_wait_calls (client, 1);
  /* a reset: an ended half alone still waits for its answer */
  setsockopt (client->fd, SOL_SOCKET, SO_LINGER, &(struct linger){ 1, 0 }, sizeof (struct linger));
  test_client_free (client);
  reeve_mock_host_run_until (f->host, test_is_cancelled, f);
}

static void
test_no_answer (void)
{
  g_autoptr (FrontTest) f = front_test_new (TRUE);
  g_autoptr (TestClient) client = test_client_new (f);

  test_client_send (client, "GET /hang HTTP/1.1\r\nHost: $HOST\r\n\r\n");
  test_client_wait_calls (client, 1);
  reeve_mock_host_advance (f->host, REEVE_ROUTES_TIMEOUT_MS + 1000);
  test_client_expect (client, 504, NULL);
}

/* ---- raw ---- */

static void
test_upgrade (void)
{
  g_autoptr (FrontTest) f = front_test_new (FALSE);
  g_autoptr (TestClient) client = test_client_new (f);

  test_client_send (client, "GET /public HTTP/1.1\r\nHost: $HOST\r\n\r\n"
                            "GET /raw?x=1 HTTP/1.1\r\nHost: $HOST\r\nConnection: Upgrade\r\n"
                            "Upgrade: websocket\r\nX-Token: t\r\n\r\nbehind the head");
  test_client_expect (client, 200, "hello");
  test_client_wait_for (client, "BEHIND THE HEAD");
  g_assert_true (g_str_has_prefix (client->in->str, "HTTP/1.1 101 "));
  g_assert_cmpstr (f->routes->raw_bytes->str, ==, "behind the head");
  g_assert_cmpstr (reeve_http_request_get_header (f->routes->last, "upgrade"), ==, "websocket");
  g_assert_cmpstr (reeve_http_request_get_header (f->routes->last, "connection"), ==, "Upgrade");
  g_assert_cmpstr (reeve_http_request_get_header (f->routes->last, "x-token"), ==, "t");
  test_client_send (client, "GET /view HTTP/1.1\r\n\r\n");
  test_client_wait_for (client, "GET /VIEW HTTP/1.1\r\n\r\n");

  /* it outlives the front */
  reeve_mock_host_unload (f->host, f->plugin);
  test_client_send (client, "still");
  test_client_wait_for (client, "STILL");
  f->plugin = reeve_mock_host_load (f->host, "front", "listen", "127.0.0.1:0", NULL);
}

/* Routes come and go while it runs. */
static void
test_routes_go (void)
{
  g_autoptr (FrontTest) f = front_test_new (FALSE);
  g_autoptr (TestClient) client = test_client_new (f);
  g_autoptr (TestClient) second = test_client_new (f);

  test_client_send (client, "GET /public HTTP/1.1\r\nHost: $HOST\r\n\r\n");
  test_client_expect (client, 200, "hello");
  front_test_withdraw (f, f->routes);
  test_client_send (client, "GET /public HTTP/1.1\r\nHost: $HOST\r\n\r\n");
  test_client_expect (client, 404, NULL);
  reeve_context_provide (reeve_mock_host_get_context (f->host), REEVE_TYPE_ROUTES, "", f->routes,
                         NULL);
  reeve_mock_host_settle (f->host);
  test_client_send (second, "GET /public HTTP/1.1\r\nHost: $HOST\r\n\r\n");
  test_client_expect (second, 200, "hello");
}

/* The end comes while everything is under way. */
static void
test_stop (void)
{
  g_autoptr (FrontTest) f = front_test_new (FALSE);
  g_autoptr (TestClient) stream = test_client_new (f);
  g_autoptr (TestClient) hang = test_client_new (f);
  g_autoptr (TestClient) body = test_client_new (f);
  g_autoptr (TestClient) head = test_client_new (f);

  test_client_send (stream, STREAM);
  test_client_wait_calls (stream, 1);
  test_client_send (hang, "GET /hang HTTP/1.1\r\nHost: $HOST\r\n\r\n");
  test_client_wait_calls (hang, 2);
  test_client_send (body,
                    "POST /open HTTP/1.1\r\nHost: $HOST\r\nContent-Length: 9\r\n" OWN "\r\nx");
  test_client_send (head, "GET /public");
  reeve_mock_host_settle (f->host);
  reeve_mock_host_unload (f->host, f->plugin);
  test_client_wait_end (stream);
  test_client_wait_end (hang);
  test_client_wait_end (body);
  test_client_wait_end (head);
  g_assert_cmpuint (f->routes->closed, ==, 1);
  g_assert_cmpuint (f->routes->cancelled, ==, 1);
  f->plugin = reeve_mock_host_load (f->host, "front", "listen", "127.0.0.1:0", NULL);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/front/keep-alive", test_keep_alive);
  g_test_add_func ("/front/pipeline", test_pipeline);
  g_test_add_func ("/front/bytes", test_bytes);
  g_test_add_func ("/front/head", test_head);
  g_test_add_func ("/front/length", test_length);
  g_test_add_func ("/front/old version", test_old_version);
  g_test_add_func ("/front/body", test_body);
  g_test_add_func ("/front/range", test_range);
  g_test_add_func ("/front/fields", test_fields);
  g_test_add_func ("/front/stream", test_stream);
  g_test_add_func ("/front/stream gone", test_stream_gone);
  g_test_add_func ("/front/stream slow", test_stream_slow);
  g_test_add_func ("/front/stream stalled", test_stream_stalled);
  g_test_add_func ("/front/gone while asking", test_gone_while_asking);
  g_test_add_func ("/front/no answer", test_no_answer);
  g_test_add_func ("/front/upgrade", test_upgrade);
  g_test_add_func ("/front/routes go", test_routes_go);
  g_test_add_func ("/front/stop", test_stop);
  return g_test_run ();
}
