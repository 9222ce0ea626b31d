/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the front turns away, over real sockets, and that nothing of it reaches anybody. */

#include "config.h"

#include "front-test.h"

#include <string.h>

typedef struct
{
  const char *name;
  const char *text;
  guint status;
} TestRefusal;

static const TestRefusal test_heads[] = {
  { "length twice",
    "POST /open HTTP/1.1\r\nHost: $HOST\r\nContent-Length: 1\r\nContent-Length: 1\r\n" OWN "\r\nx",
    400 },
  { "length and coding",
    "POST /open HTTP/1.1\r\nHost: $HOST\r\nContent-Length: 1\r\n"
    "Transfer-Encoding: chunked\r\n" OWN "\r\n0\r\n\r\n",
    411 },
  { "coding",
    "POST /open HTTP/1.1\r\nHost: $HOST\r\nTransfer-Encoding: chunked\r\n" OWN "\r\n0\r\n\r\n",
    411 },
  { "length not digits", "POST /open HTTP/1.1\r\nHost: $HOST\r\nContent-Length: +1\r\n" OWN "\r\nx",
    400 },
  { "length in hex", "POST /open HTTP/1.1\r\nHost: $HOST\r\nContent-Length: 0x1\r\n" OWN "\r\nx",
    400 },
  { "length too long",
    "POST /open HTTP/1.1\r\nHost: $HOST\r\n"
    "Content-Length: 99999999999999999999\r\n" OWN "\r\nx",
    413 },
  { "folded field", "GET /public HTTP/1.1\r\nHost: $HOST\r\nX-A: b\r\n c\r\n\r\n", 400 },
  { "absolute form", "GET http://$HOST/public HTTP/1.1\r\nHost: $HOST\r\n\r\n", 400 },
  { "authority form", "CONNECT $HOST HTTP/1.1\r\nHost: $HOST\r\n\r\n", 400 },
  { "asterisk form", "OPTIONS * HTTP/1.1\r\nHost: $HOST\r\n\r\n", 400 },
  { "bare line feed", "GET /public HTTP/1.1\nHost: $HOST\n\n", 400 },
  { "bare carriage return", "GET /public HTTP/1.1\r\nHost: $HOST\r\nX-A: b\rc\r\n\r\n", 400 },
  { "space before a colon", "GET /public HTTP/1.1\r\nHost : $HOST\r\n\r\n", 400 },
  { "control byte", "GET /public HTTP/1.1\r\nHost: $HOST\r\nX-A: \x01\r\n\r\n", 400 },
  { "repeated Host", "GET /public HTTP/1.1\r\nHost: $HOST\r\nHost: $HOST\r\n\r\n", 400 },
  { "no Host", "GET /public HTTP/1.1\r\n\r\n", 400 },
  { "double slash", "GET //public HTTP/1.1\r\nHost: $HOST\r\n\r\n", 400 },
  { "dot segment", "GET /x/../public HTTP/1.1\r\nHost: $HOST\r\n\r\n", 400 },
  { "encoded dots", "GET /x/%2e%2e/public HTTP/1.1\r\nHost: $HOST\r\n\r\n", 400 },
  { "encoded slash", "GET /view%2fx HTTP/1.1\r\nHost: $HOST\r\n\r\n", 400 },
  { "encoded backslash", "GET /view%5cx HTTP/1.1\r\nHost: $HOST\r\n\r\n", 400 },
  { "encoded NUL", "GET /public%00 HTTP/1.1\r\nHost: $HOST\r\n\r\n", 400 },
  { "later version", "GET /public HTTP/2.0\r\nHost: $HOST\r\n\r\n", 505 },
  { "no version", "GET /public\r\n\r\n", 400 },
  { "expectation",
    "POST /open HTTP/1.1\r\nHost: $HOST\r\nContent-Length: 1\r\n"
    "Expect: 100-continue\r\n" OWN "\r\nx",
    417 },
  { "TLS to a plain port", "\x16\x03\x01\x02\x01\x01\xfc\x03\x03\n\n", 400 },

  { "foreign Host", "GET /public HTTP/1.1\r\nHost: rebound.example\r\n\r\n", 421 },
  { "other port", "GET /public HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n", 421 },
  { "no port", "GET /public HTTP/1.1\r\nHost: localhost\r\n\r\n", 421 },
  { "no route", "GET /nothing HTTP/1.1\r\nHost: $HOST\r\n\r\n", 404 },
  { "beside a route", "GET /publicity HTTP/1.1\r\nHost: $HOST\r\n\r\n", 404 },
  { "other method", "DELETE /public HTTP/1.1\r\nHost: $HOST\r\n" OWN "\r\n", 405 },
  { "body where there is none", "GET /public HTTP/1.1\r\nHost: $HOST\r\nContent-Length: 1\r\n\r\nx",
    413 },
  { "body too large",
    "POST /open HTTP/1.1\r\nHost: $HOST\r\nContent-Length: 1048577\r\n" OWN "\r\n", 413 },
  { "plain request of a raw route", "GET /raw HTTP/1.1\r\nHost: $HOST\r\n\r\n", 400 },

  { "change from nowhere", "POST /open HTTP/1.1\r\nHost: $HOST\r\nContent-Length: 0\r\n\r\n", 403 },
  { "change from another site",
    "POST /open HTTP/1.1\r\nHost: $HOST\r\nContent-Length: 0\r\n"
    "Sec-Fetch-Site: cross-site\r\nOrigin: $ORIGIN\r\n\r\n",
    403 },
  { "change from another port",
    "POST /open HTTP/1.1\r\nHost: $HOST\r\nContent-Length: 0\r\n"
    "Sec-Fetch-Site: same-origin\r\nOrigin: http://127.0.0.1\r\n\r\n",
    403 },
  { "change from another scheme",
    "POST /open HTTP/1.1\r\nHost: $HOST\r\nContent-Length: 0\r\n"
    "Sec-Fetch-Site: same-origin\r\nOrigin: https://$HOST\r\n\r\n",
    403 },
  { "change from another name",
    "POST /open HTTP/1.1\r\nHost: $HOST\r\nContent-Length: 0\r\n"
    "Sec-Fetch-Site: same-origin\r\nOrigin: http://localhost\r\n\r\n",
    403 },
  { "change without Origin",
    "POST /open HTTP/1.1\r\nHost: $HOST\r\nContent-Length: 0\r\n"
    "Sec-Fetch-Site: same-origin\r\n\r\n",
    403 },
  { "change without site, with a session",
    "POST /change HTTP/1.1\r\nHost: $HOST\r\n"
    "Content-Length: 0\r\nOrigin: $ORIGIN\r\n"
    "Authorization: Bearer good\r\n\r\n",
    403 },
  { "stream from nowhere", "GET /stream HTTP/1.1\r\nHost: $HOST\r\n\r\n", 403 },
  { "stream from another origin",
    "GET /stream HTTP/1.1\r\nHost: $HOST\r\n"
    "Sec-Fetch-Site: same-origin\r\nOrigin: http://other\r\n\r\n",
    403 },

  { "no session", "GET /view HTTP/1.1\r\nHost: $HOST\r\n\r\n", 401 },
  { "unknown token", "GET /view HTTP/1.1\r\nHost: $HOST\r\nAuthorization: Bearer bad\r\n\r\n",
    401 },
  { "other scheme", "GET /view HTTP/1.1\r\nHost: $HOST\r\nAuthorization: Basic Z29vZDo=\r\n\r\n",
    401 },
  { "no power",
    "POST /change HTTP/1.1\r\nHost: $HOST\r\nContent-Length: 0\r\n" OWN
    "Authorization: Bearer weak\r\n\r\n",
    403 },
};

static void
test_refusal (gconstpointer data)
{
  const TestRefusal *refusal = data;
  g_autoptr (FrontTest) f = front_test_new (FALSE);
  g_autoptr (TestClient) client = test_client_new (f);
  g_autoptr (TestAnswer) answer = NULL;

  /* what follows must reach nobody either */
  test_client_send (client, refusal->text);
  test_client_send (client, "GET /public HTTP/1.1\r\nHost: $HOST\r\n\r\n");
  answer = test_client_receive (client, FALSE);
  g_assert_cmpuint (answer->status, ==, refusal->status);
  g_assert_true (test_answer_has (answer, "Connection: close"));
  g_assert_true (test_answer_has (answer, "X-Content-Type-Options: nosniff"));
  g_assert_true (test_answer_has (answer, "Cache-Control: no-store"));
  g_assert_nonnull (strstr (answer->head, "\r\nContent-Security-Policy: default-src 'none'; "));
  g_assert_null (strstr (answer->head, "\r\nServer:"));
  if (refusal->status == 401)
    g_assert_true (test_answer_has (answer, "WWW-Authenticate: Bearer"));
  if (refusal->status == 405)
    g_assert_true (test_answer_has (answer, "Allow: GET, HEAD"));
  test_client_wait_end (client);
  g_assert_cmpuint (client->in->len, ==, 0);
  g_assert_cmpuint (f->routes->calls, ==, 0);
}

/* The same requests as the second of a connection, in one piece with a good first one. */
static void
test_second (gconstpointer data)
{
  const TestRefusal *refusal = data;
  g_autoptr (FrontTest) f = front_test_new (FALSE);
  g_autoptr (TestClient) client = test_client_new (f);
  g_autofree char *text =
      g_strconcat ("GET /public HTTP/1.1\r\nHost: $HOST\r\n\r\n", refusal->text, NULL);
  g_autoptr (TestAnswer) first = NULL;
  g_autoptr (TestAnswer) second = NULL;

  test_client_send (client, text);
  first = test_client_receive (client, FALSE);
  g_assert_cmpuint (first->status, ==, 200);
  g_assert_cmpstr (first->body->str, ==, "hello");
  second = test_client_receive (client, FALSE);
  g_assert_cmpuint (second->status, ==, refusal->status);
  test_client_wait_end (client);
  g_assert_cmpuint (f->routes->calls, ==, 1);
}

static void
test_large_head (void)
{
  g_autoptr (FrontTest) f = front_test_new (FALSE);
  g_autoptr (TestClient) client = test_client_new (f);
  g_autofree char *filler = g_strnfill (64 * 1024, 'x');
  g_autoptr (TestAnswer) answer = NULL;

  test_client_send (client, "GET /public HTTP/1.1\r\nHost: $HOST\r\nX-A: ");
  test_client_send (client, filler);
  answer = test_client_receive (client, FALSE);
  g_assert_cmpuint (answer->status, ==, 431);
  g_assert_cmpuint (f->routes->calls, ==, 0);
}

/* One byte a second: the deadline counts from the accept, not from the last byte. */
static void
test_slow_head (void)
{
  g_autoptr (FrontTest) f = front_test_new (TRUE);
  g_autoptr (TestClient) client = test_client_new (f);
  static const char text[] = "GET /public HTTP/1.1\r\n";
  g_autoptr (TestAnswer) answer = NULL;
  guint seconds = 0;

  reeve_mock_host_settle (f->host);
  for (; seconds < 60 && client->in->len == 0; seconds++)
    {
      test_client_send_bytes (client, text + seconds % strlen (text), 1);
      reeve_mock_host_advance (f->host, 1000);
      test_client_pump (client);
    }
  g_assert_cmpuint (seconds, >=, 9);
  g_assert_cmpuint (seconds, <=, 12);
  answer = test_client_receive (client, FALSE);
  g_assert_cmpuint (answer->status, ==, 408);
  g_assert_cmpuint (f->routes->calls, ==, 0);
}

/* Who says nothing is sent away without a word, at the deadline or when idle. */
static void
test_silent (void)
{
  g_autoptr (FrontTest) f = front_test_new (TRUE);
  g_autoptr (TestClient) silent = test_client_new (f);
  g_autoptr (TestClient) idle = test_client_new (f);
  g_autoptr (TestAnswer) answer = NULL;

  reeve_mock_host_settle (f->host);
  test_client_send (idle, "GET /public HTTP/1.1\r\nHost: $HOST\r\n\r\n");
  answer = test_client_receive (idle, FALSE);
  g_assert_cmpuint (answer->status, ==, 200);
  reeve_mock_host_advance (f->host, 11000);
  test_client_wait_end (silent);
  g_assert_cmpuint (silent->in->len, ==, 0);
  test_client_pump (idle);
  g_assert_false (idle->ended);
  reeve_mock_host_advance (f->host, 50000);
  test_client_wait_end (idle);
  g_assert_cmpuint (idle->in->len, ==, 0);
}

static void
test_slow_body (void)
{
  g_autoptr (FrontTest) f = front_test_new (TRUE);
  g_autoptr (TestClient) client = test_client_new (f);
  g_autoptr (TestAnswer) answer = NULL;

  test_client_send (client,
                    "POST /open HTTP/1.1\r\nHost: $HOST\r\nContent-Length: 100\r\n" OWN "\r\nabc");
  reeve_mock_host_settle (f->host);
  reeve_mock_host_advance (f->host, 31000);
  answer = test_client_receive (client, FALSE);
  g_assert_cmpuint (answer->status, ==, 408);
  g_assert_cmpuint (f->routes->calls, ==, 0);
}

/* ---- who may ---- */

static void
test_good (FrontTest *f, const char *bearer, guint status)
{
  g_autoptr (TestClient) client = test_client_new (f);
  g_autofree char *text = g_strdup_printf ("GET /view HTTP/1.1\r\nHost: $HOST\r\n"
                                           "Authorization: Bearer %s\r\n\r\n",
                                           bearer);
  g_autoptr (TestAnswer) answer = NULL;

  test_client_send (client, text);
  reeve_mock_host_settle (f->host);
  if (reeve_clock_is_driven (reeve_mock_host_get_clock (f->host)))
    reeve_mock_host_advance (f->host, 2 * REEVE_AUTHORIZE_TIMEOUT_MS);
  answer = test_client_receive (client, FALSE);
  g_assert_cmpuint (answer->status, ==, status);
}

static void
test_power (void)
{
  g_autoptr (FrontTest) f = front_test_new (FALSE);

  test_good (f, "good", 200);
  test_good (f, "weak", 200);
  test_good (f, "bad", 401);
  g_assert_cmpuint (f->routes->calls, ==, 2);
}

/* The authorizer errs, hangs, has gone; then the same for the authenticator. */
static void
test_no_authorizer (void)
{
  g_autoptr (FrontTest) f = front_test_new (TRUE);

  f->door->authorizer = TEST_DOOR_ERROR;
  test_good (f, "good", 403);
  f->door->authorizer = TEST_DOOR_HUNG;
  test_good (f, "good", 403);
  f->door->authorizer = TEST_DOOR_OPEN;
  f->door->authenticator = TEST_DOOR_ERROR;
  test_good (f, "good", 401);
  f->door->authenticator = TEST_DOOR_HUNG;
  test_good (f, "good", 401);
  f->door->authenticator = TEST_DOOR_OPEN;
  front_test_withdraw (f, f->door);
  test_good (f, "good", 401);
  g_assert_cmpuint (f->routes->calls, ==, 0);
}

static void
test_settings (void)
{
  g_autoptr (ReeveMockHost) host = reeve_mock_host_new ("hub", FALSE);
  static const struct
  {
    const char *key, *value, *message;
  } bad[] = {
    { "listen", "", "listen" },
    { "listen", "hub.example:8090", "numbers" },
    { "listen", "127.0.0.1", "listen" },
    { "listen", "tls:unix:/run/hub", "Unix socket" },
    { "listen", "127.0.0.1:1;tls:", "listen" },
    { "certificate", "/etc/hub.pem", "its own key" },
    { "public-url", "ftp://hub.example", "public-url" },
    { "public-url", "https://hub.example/a b", "public-url" },
    { "public-url", "https://hub.example//a", "public-url" },
    { "public-url", "https://hub.example/a?b", "public-url" },
    { "trusted-proxies", "proxy.example", "trusted-proxies" },
    { "trusted-proxies", "10.0.0.1/8", "trusted-proxies" },
    { "trusted-proxies", "10.0.0.0/33", "trusted-proxies" },
    { "trusted-proxies", "192.0.2.1;0.0.0.0/0", "trusted-proxies" },
    { "trusted-proxies", "::/0", "trusted-proxies" },
    { "trusted-proxies", "unix", "proxy-socket" },
    { "public-url", "https://me@hub.example", "public-url" },
    { "host-names", "http://hub.example", "host-names" },
    { "host-names", "hub.example:80", "host-names" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("%s=%s", bad[i].key, bad[i].value);
      g_assert_null (
          reeve_mock_host_try_load (host, &error, "front", bad[i].key, bad[i].value, NULL));
      g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
      g_assert_nonnull (strstr (error->message, bad[i].message));
    }
}

static void
test_names (void)
{
  g_autoptr (FrontTest) f = front_test_new_with (FALSE, "public-url", "https://hub.example:8443");
  static const struct
  {
    const char *text;
    guint status;
  } requests[] = {
    { "GET /public HTTP/1.1\r\nHost: hub.example\r\n\r\n", 200 },
    { "GET /public HTTP/1.1\r\nHost: HUB.example:8443\r\n\r\n", 200 },
    { "GET /public HTTP/1.1\r\nHost: hub.example:80\r\n\r\n", 421 },
    { "GET /public HTTP/1.1\r\nHost: www.hub.example\r\n\r\n", 421 },
    { "POST /open HTTP/1.1\r\nHost: hub.example\r\nContent-Length: 0\r\n"
      "Sec-Fetch-Site: same-origin\r\nOrigin: https://hub.example:8443\r\n\r\n",
      200 },
    { "POST /open HTTP/1.1\r\nHost: hub.example\r\nContent-Length: 0\r\n"
      "Sec-Fetch-Site: same-origin\r\nOrigin: http://hub.example:8443\r\n\r\n",
      403 },
    { "POST /open HTTP/1.1\r\nHost: $HOST\r\nContent-Length: 0\r\n"
      "Sec-Fetch-Site: same-origin\r\nOrigin: https://hub.example:8443\r\n\r\n",
      403 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (requests); i++)
    {
      g_autoptr (TestClient) client = test_client_new (f);
      g_autoptr (TestAnswer) answer = NULL;

      test_client_send (client, requests[i].text);
      answer = test_client_receive (client, FALSE);
      g_assert_cmpuint (answer->status, ==, requests[i].status);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (test_heads); i++)
    {
      g_autofree char *first = g_strdup_printf ("/front/refused/%s", test_heads[i].name);
      g_autofree char *second = g_strdup_printf ("/front/refused second/%s", test_heads[i].name);

      g_test_add_data_func (first, &test_heads[i], test_refusal);
      g_test_add_data_func (second, &test_heads[i], test_second);
    }
  g_test_add_func ("/front/large head", test_large_head);
  g_test_add_func ("/front/slow head", test_slow_head);
  g_test_add_func ("/front/silent", test_silent);
  g_test_add_func ("/front/slow body", test_slow_body);
  g_test_add_func ("/front/power", test_power);
  g_test_add_func ("/front/no authorizer", test_no_authorizer);
  g_test_add_func ("/front/settings", test_settings);
  g_test_add_func ("/front/names", test_names);
  return g_test_run ();
}
