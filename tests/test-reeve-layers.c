/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What lies between a connection and its user: hostile TLS peers and proxies played by the test,
 * pins, the choice of a proxy, and what the kernel says of addresses. */

#include "config.h"

#include "lib/test-engine.h"

#include "reeve/reeve-net.h"
#include "reeve/reeve-network.h"
#include "reeve/reeve-proxy.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct
{
  TestEngine engine;
  int listener;
  char *address;
  ReeveStream *stream;
  GError *error;
  gboolean answered;
} TestLayers;

static void
test_layers_set_up (TestLayers *f, gconstpointer data)
{
  struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t length = sizeof in;

  test_engine_set_up (&f->engine, data);
  g_main_context_push_thread_default (f->engine.context);
  f->listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (f->listener, (struct sockaddr *) &in, sizeof in), ==, 0);
  g_assert_cmpint (listen (f->listener, 4), ==, 0);
  g_assert_cmpint (getsockname (f->listener, (struct sockaddr *) &in, &length), ==, 0);
  f->address = g_strdup_printf ("127.0.0.1:%u", ntohs (in.sin_port));
}

static void
test_layers_tear_down (TestLayers *f, gconstpointer data)
{
  if (f->stream != NULL)
    {
      reeve_stream_abort (f->stream);
      reeve_stream_unref (f->stream);
    }
  g_clear_error (&f->error);
  g_free (f->address);
  close (f->listener);
  g_main_context_pop_thread_default (f->engine.context);
  test_engine_tear_down (&f->engine, data);
}

static void
test_layers_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  TestLayers *f = user_data;

  f->stream = reeve_owner_dial_finish (result, &f->error);
  f->answered = TRUE;
}

/* Dials ourselves; the peer's end. */
static int
test_layers_dial (TestLayers *f, const char *address, gboolean secure, const char *proxy)
{
  const ReeveTlsOptions tls = { .unverified = TRUE };
  const ReeveDialOptions options = {
    .timeout_ms = 5000,
    .tls = secure ? &tls : NULL,
    .proxy = proxy,
  };
  int fd;

  reeve_owner_dial_with_async (f->engine.owner, NULL, address, &options, NULL, test_layers_cb, f);
  test_engine_turn (&f->engine);
  fd = accept (f->listener, NULL, NULL);
  g_assert_cmpint (fd, >=, 0);
  test_engine_turn (&f->engine);
  return fd;
}

static void
test_layers_wait (TestLayers *f)
{
  for (guint i = 0; i < 200 && !f->answered; i++)
    {
      g_usleep (1000);
      test_engine_turn (&f->engine);
    }
  g_assert_true (f->answered);
}

static void
test_layers_hostile_tls (TestLayers *f, gconstpointer data)
{
  static const struct
  {
    const char *bytes;
    gsize length;
    gboolean close;
    const char *says;
  } cases[] = {
    { "HTTP/1.1 400 Bad\r\n\r\n", 20, FALSE, "does not speak TLS" },
    { "\x16\x03\x03\x00\x04\x02\xff\xff\xff", 9, TRUE, "TLS" },
    { "\x16\x03\x03\x00\x04garb", 9, TRUE, "TLS" },
    { "\x15\x03\x03\x00\x02\x02\x28", 7, FALSE, "alert 'Handshake failed'" },
    { "", 0, TRUE, "ended the connection during the TLS handshake" },
  };
  guint i = GPOINTER_TO_UINT (data);
  int fd = test_layers_dial (f, f->address, TRUE, NULL);

  g_assert_cmpint (send (fd, cases[i].bytes, cases[i].length, MSG_NOSIGNAL), ==,
                   (gssize) cases[i].length);
  if (cases[i].close)
    shutdown (fd, SHUT_WR);
  test_layers_wait (f);
  g_assert_null (f->stream);
  g_assert_nonnull (strstr (f->error->message, cases[i].says));
  close (fd);
}

static void
test_layers_slow_tls (TestLayers *f, gconstpointer data)
{
  int fd = test_layers_dial (f, f->address, TRUE, NULL);

  reeve_clock_advance (f->engine.clock, 5001 * MS);
  test_layers_wait (f);
  g_assert_error (f->error, REEVE_ERROR, REEVE_ERROR_TIMEOUT);
  g_assert_nonnull (strstr (f->error->message, "the TLS handshake did not end"));
  close (fd);
}

static void
test_layers_proxy (TestLayers *f, gconstpointer data)
{
  g_autofree char *proxy = g_strdup_printf ("http://u:p@%s", f->address);
  g_autofree char *huge = g_strnfill (REEVE_PROXY_MAX_HEAD + 10, 'a');
  char got[256] = "";
  int fd = test_layers_dial (f, "192.0.2.1:443", FALSE, proxy);

  g_assert_cmpint (recv (fd, got, sizeof got - 1, 0), >, 0);
  g_assert_true (g_str_has_prefix (got, "CONNECT 192.0.2.1:443 HTTP/1.1\r\n"));
  g_assert_nonnull (strstr (got, "Proxy-Authorization: Basic dTpw\r\n"));
  switch (GPOINTER_TO_UINT (data))
    {
    case 0:
      send (fd, "HTTP/1.1 200 OK\r\n\r\n", 19, MSG_NOSIGNAL);
      test_layers_wait (f);
      g_assert_no_error (f->error);
      g_assert_false (reeve_stream_is_loopback (f->stream));
      g_assert_cmpstr (reeve_stream_get_peer (f->stream), ==, "192.0.2.1");
      break;
    case 1:
      send (fd, "HTTP/1.1 200 ", 13, MSG_NOSIGNAL);
      send (fd, huge, strlen (huge), MSG_NOSIGNAL);
      test_layers_wait (f);
      g_assert_nonnull (f->error);
      break;
    default:
      send (fd, "HTTP/1.1 200 OK\r\n\r\nmore", 23, MSG_NOSIGNAL);
      test_layers_wait (f);
      g_assert_error (f->error, REEVE_ERROR, REEVE_ERROR_PROTOCOL);
    }
  close (fd);
}

/* SOCKS 4a: a name goes as a name, an address as an address, and what it cannot say is said. */
static void
test_layers_socks4a (TestLayers *f, gconstpointer data)
{
  static const struct
  {
    const char *address;
    const char *asked;
    gsize asked_length;
    const char *answer;
    gsize answer_length;
    int error; /* -1: none */
    const char *says;
  } cases[] = {
    { "hub.test:443", "\4\1\1\xbb\0\0\0\1me\0hub.test", 20, "\0\x5a\0\0\0\0\0\0", 8, -1, NULL },
    { "192.0.2.1:8090", "\4\1\x1f\x9a\xc0\0\2\1me", 11, "\0\x5a\0\0\0\0\0\0", 8, -1, NULL },
    { "hub.test:443", NULL, 20, "\0\x5b\0\0\0\0\0\0", 8, REEVE_ERROR_UNAVAILABLE, "code 91" },
    { "hub.test:443", NULL, 20, "\0\x5d\0\0\0\0\0\0", 8, REEVE_ERROR_DENIED, "code 93" },
    { "hub.test:443", NULL, 20, "HTTP/1.1", 8, REEVE_ERROR_PROTOCOL, "SOCKS 4" },
  };
  guint i = GPOINTER_TO_UINT (data);
  g_autofree char *proxy = g_strdup_printf ("socks4a://me@%s", f->address);
  int fd = test_layers_dial (f, cases[i].address, FALSE, proxy);
  char got[64];
  gssize n = recv (fd, got, sizeof got, 0);

  /* with the NUL that ends the text */
  g_assert_cmpint (n, ==, cases[i].asked_length);
  if (cases[i].asked != NULL)
    g_assert_cmpmem (got, (gsize) n, cases[i].asked, cases[i].asked_length);
  send (fd, cases[i].answer, cases[i].answer_length, MSG_NOSIGNAL);
  test_layers_wait (f);
  if (cases[i].error < 0)
    {
      g_assert_no_error (f->error);
      g_assert_nonnull (f->stream);
    }
  else
    {
      g_assert_error (f->error, REEVE_ERROR, cases[i].error);
      g_assert_nonnull (strstr (f->error->message, cases[i].says));
      g_assert_nonnull (strstr (f->error->message, f->address));
    }
  close (fd);
}

/* ---- pure ---- */

static void
test_layers_proxy_names (void)
{
  static const char *const bad[] = { "socks4://s:1080", "https://s", "socks4a://", "socks6://s:1" };
  g_autoptr (ReeveProxy) good = reeve_proxy_parse ("SOCKS4A://me@s", NULL);
  g_autoptr (GByteArray) reply = g_byte_array_new ();
  ReeveProxyTalk talk = { .proxy = good, .host = (char *) "2001:db8::1", .port = 443 };
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (good);
  g_assert_cmpint (good->kind, ==, REEVE_PROXY_SOCKS4A);
  g_assert_cmpuint (good->port, ==, 1080);
  /* it knows no addresses of version 6 */
  g_assert_false (reeve_proxy_talk_begin (&talk, reply, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_UNSUPPORTED);
  g_assert_cmpuint (reply->len, ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_clear_error (&error);
      g_assert_null (reeve_proxy_parse (bad[i], &error));
      g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
      g_assert_nonnull (strstr (error->message, "socks4a://HOST:PORT"));
    }
}

static void
test_layers_pins (void)
{
  static const char *const bad[] = { "", "sha256//", "xyz", "sha256//AAAA" };
  guint8 digest[REEVE_TLS_PIN_BYTES];
  g_autofree char *hex = g_strnfill (64, 'f');

  g_assert_true (reeve_tls_parse_pin (hex, digest, NULL));
  g_assert_cmpint (digest[31], ==, 0xff);
  g_assert_true (
      reeve_tls_parse_pin ("sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", digest, NULL));
  g_assert_cmpint (digest[31], ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (reeve_tls_parse_pin (bad[i], digest, NULL));
}

static void
test_layers_find (void)
{
  static const struct
  {
    const char *setting;
    const char *host;
    gboolean secure;
    const char *found;
  } cases[] = {
    { "auto", "hub.test", TRUE, "secure" },  { "auto", "hub.test", FALSE, "any" },
    { "auto", "a.exempt.test", TRUE, NULL }, { "auto", "10.1.2.3", TRUE, NULL },
    { "auto", "127.0.0.1", TRUE, NULL },     { "none", "hub.test", TRUE, NULL },
    { "socks5://s", "hub.test", TRUE, "s" }, { "socks5://s", "localhost", TRUE, NULL },
  };
  char *environment[] = { (char *) "https_proxy=http://secure:3128",
                          (char *) "ALL_PROXY=socks5h://any",
                          (char *) "no_proxy=exempt.test, 10.0.0.0/8", NULL };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (ReeveProxy) proxy = NULL;

      g_assert_true (reeve_proxy_find (cases[i].setting, environment, cases[i].host, 443,
                                       cases[i].secure, &proxy, NULL));
      g_assert_cmpstr (proxy != NULL ? proxy->host : NULL, ==, cases[i].found);
    }
}

#define TEST(path, function, n)                                                                    \
  g_test_add (path, TestLayers, GUINT_TO_POINTER (n), test_layers_set_up, function,                \
              test_layers_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  TEST ("/layers/tls/http", test_layers_hostile_tls, 0);
  TEST ("/layers/tls/cut", test_layers_hostile_tls, 1);
  TEST ("/layers/tls/garbage", test_layers_hostile_tls, 2);
  TEST ("/layers/tls/alert", test_layers_hostile_tls, 3);
  TEST ("/layers/tls/closed", test_layers_hostile_tls, 4);
  TEST ("/layers/tls/slow", test_layers_slow_tls, 0);
  TEST ("/layers/proxy/connect", test_layers_proxy, 0);
  TEST ("/layers/proxy/huge", test_layers_proxy, 1);
  TEST ("/layers/proxy/more", test_layers_proxy, 2);
  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *path = g_strdup_printf ("/layers/socks4a/%u", i);

      TEST (path, test_layers_socks4a, i);
    }
  g_test_add_func ("/layers/proxy/names", test_layers_proxy_names);
  g_test_add_func ("/layers/pins", test_layers_pins);
  g_test_add_func ("/layers/find", test_layers_find);
  return g_test_run ();
}
