/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is believed of what proxies say, and of whom: the parser by tables, then the front with
 * clients that play proxies; and the front full of those who say nothing at all. */

#include "config.h"

#include "front-test.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <grp.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../reeve-front-connection.h"
#include "../reeve-front-proxies.h"
#include "../reeve-front-site.h"

/* lint: allow state: GLib's log writer is one for the whole program */
static GString *warnings;

static GLogWriterOutput
keep_warning (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  if ((level & G_LOG_LEVEL_MASK) != G_LOG_LEVEL_WARNING)
    return g_log_writer_default (level, fields, n_fields, user_data);
  for (gsize i = 0; i < n_fields; i++)
    if (strcmp (fields[i].key, "MESSAGE") == 0)
      g_string_append_printf (warnings, "%s\n", (const char *) fields[i].value);
  return G_LOG_WRITER_HANDLED;
}

/* One warning since the last call, with @pattern in it. */
static void
expect_warning (const char *pattern)
{
  g_autofree char *line = g_strconcat (pattern, "\n", NULL);

  g_assert_true (g_pattern_match_simple (line, warnings->str));
  g_assert_true (strchr (warnings->str, '\n') == warnings->str + warnings->len - 1);
  g_string_truncate (warnings, 0);
}

static void
test_hops (void)
{
  static const struct
  {
    const char *text, *expected;
  } table[] = {
    { "192.0.2.1", "192.0.2.1" },
    { " \t192.0.2.1\t ", "192.0.2.1" },
    { "192.0.2.1:8080", "192.0.2.1" },
    { "2001:DB8::1", "2001:db8::1" },
    { "2001:db8:0:0:0:0:0:1", "2001:db8::1" },
    { "[2001:db8::1]", "2001:db8::1" },
    { "[2001:db8::1]:443", "2001:db8::1" },
    { "::ffff:192.0.2.1", "192.0.2.1" },
    { "[::ffff:192.0.2.1]:1", "192.0.2.1" },
    { "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
    { "", NULL },
    { " ", NULL },
    { "unknown", NULL },
    { "_hidden", NULL },
    { "localhost", NULL },
    { "0.0.0.0", NULL },
    { "::", NULL },
    { "::ffff:0.0.0.0", NULL },
    { "192.0.2.1:", NULL },
    { "192.0.2.1:80x", NULL },
    { "192.0.2.1:123456", NULL },
    { "192.0.2.1:-1", NULL },
    { "192.0.2", NULL },
    { "192.0.2.256", NULL },
    { "0300.0.2.1", NULL },
    { "192.0.2.1.", NULL },
    { "192.0.2.1 192.0.2.2", NULL },
    { "[192.0.2.1]", NULL },
    { "[192.0.2.1]:80", NULL },
    { "[2001:db8::1", NULL },
    { "2001:db8::1]", NULL },
    { "[2001:db8::1]80", NULL },
    { "[2001:db8::1]:", NULL },
    { "[[2001:db8::1]]", NULL },
    { "[]", NULL },
    { "[:80", NULL },
    { ":80", NULL },
    { ":", NULL },
    { "fe80::1%eth0", NULL },
    { "[fe80::1%25eth0]", NULL },
    { "\"192.0.2.1\"", NULL },
    { "for=192.0.2.1", NULL },
    { "http://192.0.2.1", NULL },
    { "\xff\xfe", NULL },
    { "111111111111111111111111111111111111111111111111111111111111111", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autofree char *hop = reeve_front_proxies_parse_hop (table[i].text, strlen (table[i].text));

      g_test_message ("'%s'", table[i].text);
      g_assert_cmpstr (hop, ==, table[i].expected);
    }
  /* a NUL ends nothing */
  g_assert_null (reeve_front_proxies_parse_hop ("192.0.2.1\0x", 11));
}

static ReeveFrontHead *
make_head (const char *fields)
{
  g_autofree char *text = g_strdup_printf ("GET / HTTP/1.1\r\nHost: h\r\n%s\r\n", fields);
  ReeveFrontHeadRefusal refusal;
  ReeveFrontHead *head = reeve_front_head_parse ((const guint8 *) text, strlen (text), &refusal);

  g_assert_nonnull (head);
  return head;
}

static ReeveFrontProxies *
make_proxies (const char *networks)
{
  g_auto (GStrv) list = g_strsplit (networks, ";", -1);
  g_autoptr (GError) error = NULL;
  ReeveFrontProxies *proxies = reeve_front_proxies_new ((const char *const *) list, &error);

  g_assert_no_error (error);
  return proxies;
}

static void
test_clients (void)
{
  static const struct
  {
    const char *fields, *expected;
  } table[] = {
    { "", NULL },
    { "X-Forwarded-For: 203.0.113.9\r\n", "203.0.113.9" },
    /* what the client made up itself stands further left */
    { "X-Forwarded-For: 198.51.100.1, 203.0.113.9\r\n", "203.0.113.9" },
    { "X-Forwarded-For: 127.0.0.1,203.0.113.9\r\n", "203.0.113.9" },
    { "X-Forwarded-For: garbage, 203.0.113.9:4711\r\n", "203.0.113.9" },
    { "X-Forwarded-For: ,,,203.0.113.9\r\n", "203.0.113.9" },
    /* proxies behind proxies */
    { "X-Forwarded-For: 203.0.113.9, 192.0.2.7\r\n", "203.0.113.9" },
    { "X-Forwarded-For: 1.1.1.1, 203.0.113.9, 10.1.2.3, 192.0.2.7\r\n", "203.0.113.9" },
    { "X-Forwarded-For: 2001:db8:1::9, [2001:db8:2::1]:80\r\n", "2001:db8:1::9" },
    { "X-Forwarded-For: 203.0.113.9, ::ffff:192.0.2.7\r\n", "203.0.113.9" },
    /* several fields are one list */
    { "X-Forwarded-For: 203.0.113.8\r\nX-Forwarded-For: 203.0.113.9\r\n", "203.0.113.9" },
    { "X-Forwarded-For: 203.0.113.9\r\nX-A: b\r\nX-Forwarded-For: 10.0.0.1, 192.0.2.7\r\n",
      "203.0.113.9" },
    /* nobody knows: proxies only, or something else before a client was found */
    { "X-Forwarded-For: 192.0.2.7\r\n", NULL },
    { "X-Forwarded-For:\r\n", NULL },
    { "X-Forwarded-For: 203.0.113.9,\r\n", NULL },
    { "X-Forwarded-For: 203.0.113.9, unknown\r\n", NULL },
    { "X-Forwarded-For: 203.0.113.9, unknown, 192.0.2.7\r\n", NULL },
    { "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-For:\r\n", NULL },
    { "X-Forwarded-For: 203.0.113.9 192.0.2.7\r\n", NULL },
    /* others are not looked at */
    { "Forwarded: for=203.0.113.9\r\nX-Real-IP: 203.0.113.9\r\n", NULL },
  };
  g_autoptr (ReeveFrontProxies) proxies = make_proxies ("192.0.2.7;10.0.0.0/8;2001:db8:2::/48");

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autoptr (ReeveFrontHead) head = make_head (table[i].fields);
      g_autofree char *client = reeve_front_proxies_find_client (proxies, head);

      g_test_message ("%s", table[i].fields);
      g_assert_cmpstr (client, ==, table[i].expected);
    }
}

/* As long as a head can be: the right end is found at once, and a chain of proxies has an end. */
static void
test_long (void)
{
  static const char *const parts[] = { "1.1.1.1,", ",", "10.0.0.1,", "x", "[", ":" };
  static const char *const ends[] = { ", 203.0.113.9", ", 10.0.0.1", ", x" };
  g_autoptr (ReeveFrontProxies) proxies = make_proxies ("10.0.0.0/8");
  g_autoptr (GString) chain = g_string_new ("X-Forwarded-For: 203.0.113.9");
  g_autoptr (ReeveFrontHead) head = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (parts) * G_N_ELEMENTS (ends); i++)
    {
      const char *end = ends[i % G_N_ELEMENTS (ends)];
      g_autoptr (GString) fields = g_string_new ("X-Forwarded-For: ");
      g_autoptr (ReeveFrontHead) long_head = NULL;
      g_autofree char *client = NULL;

      while (fields->len < 10 * 1024)
        g_string_append (fields, parts[i / G_N_ELEMENTS (ends)]);
      g_string_append_printf (fields, "%s\r\n", end);
      long_head = make_head (fields->str);
      client = reeve_front_proxies_find_client (proxies, long_head);
      if (end == ends[0])
        g_assert_cmpstr (client, ==, "203.0.113.9");
      else if (end == ends[2])
        g_assert_null (client);
    }

  for (guint i = 0; i < REEVE_FRONT_PROXIES_MAX_HOPS; i++)
    g_string_append (chain, ", 10.0.0.1");
  g_string_append (chain, "\r\n");
  head = make_head (chain->str);
  g_assert_null (reeve_front_proxies_find_client (proxies, head));
}

static void
test_networks (void)
{
  g_autoptr (ReeveFrontProxies) none = make_proxies ("");
  g_autoptr (ReeveFrontProxies) some = make_proxies ("192.0.2.7;2001:db8::/32");
  g_autoptr (ReeveFrontProxies) loop4 = make_proxies ("127.0.0.0/8");
  g_autoptr (ReeveFrontProxies) loop6 = make_proxies ("::1");
  g_autoptr (ReeveFrontProxies) half = make_proxies ("0.0.0.0/1");

  g_assert_false (reeve_front_proxies_has (none, "127.0.0.1"));
  g_assert_false (reeve_front_proxies_has_loopback (none));
  g_assert_true (reeve_front_proxies_has (some, "192.0.2.7"));
  g_assert_false (reeve_front_proxies_has (some, "192.0.2.8"));
  g_assert_true (reeve_front_proxies_has (some, "2001:db8:1::1"));
  g_assert_false (reeve_front_proxies_has (some, "2001:db9::1"));
  g_assert_false (reeve_front_proxies_has (some, "local"));
  g_assert_false (reeve_front_proxies_has_loopback (some));
  g_assert_true (reeve_front_proxies_has_loopback (loop4));
  g_assert_true (reeve_front_proxies_has_loopback (loop6));
  g_assert_true (reeve_front_proxies_has_loopback (half));
}

/* ---- the front ---- */

#define TRUSTING "trusted-proxies", "127.0.0.1"
#define LOOPBACK_WARNING "*trusted-proxies names loopback*proxy-socket*"

static FrontTest *
trusting_front_new (const char *key, const char *value)
{
  const char *const pairs[FRONT_TEST_PAIRS] = { TRUSTING, "public-url",
                                                "https://hub.example/reeve/", key, value };
  FrontTest *f;

  f = front_test_new_pairs (FALSE, pairs);
  expect_warning (LOOPBACK_WARNING);
  return f;
}

static guint
ask (TestClient *client, const char *target, const char *fields)
{
  g_autofree char *text =
      g_strdup_printf ("GET %s HTTP/1.1\r\nHost: $HOST\r\n%s\r\n", target, fields);
  g_autoptr (TestAnswer) answer = NULL;

  test_client_send (client, text);
  answer = test_client_receive (client, FALSE);
  return answer->status;
}

#define ALL_FIELDS                                                                                 \
  "X-Forwarded-For: 127.0.0.1, 203.0.113.9\r\nForwarded: for=1.1.1.1\r\nX-Real-IP: 1.1.1.1\r\n"    \
  "X-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Prefix: /evil\r\n"    \
  "X-Client-IP: 1.1.1.1\r\nTrue-Client-IP: 1.1.1.1\r\nCF-Connecting-IP: 1.1.1.1\r\n"               \
  "X-Original-URL: /view\r\nX-Rewrite-URL: /view\r\nX-Remote-Addr: 1.1.1.1\r\n"                    \
  "X-Original-Forwarded-For: 1.1.1.1\r\nX-Envoy-External-Address: 1.1.1.1\r\nX-Kept: yes\r\n"

static void
check_dropped (FrontTest *f)
{
  static const char *const dropped[] = {
    "x-forwarded-for",
    "forwarded",
    "x-real-ip",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-forwarded-prefix",
    "x-client-ip",
    "true-client-ip",
    "cf-connecting-ip",
    "x-original-url",
    "x-rewrite-url",
    "x-remote-addr",
    "x-original-forwarded-for",
    "x-envoy-external-address",
  };

  for (guint i = 0; i < G_N_ELEMENTS (dropped); i++)
    g_assert_null (reeve_http_request_get_header (f->routes->last, dropped[i]));
  g_assert_cmpstr (reeve_http_request_get_header (f->routes->last, "x-kept"), ==, "yes");
}

/* Each request of a proxy's connection may be for somebody else. */
static void
test_believed (void)
{
  g_autoptr (FrontTest) f = trusting_front_new (NULL, NULL);
  g_autoptr (TestClient) client = test_client_new (f);

  g_assert_cmpuint (ask (client, "/public", ALL_FIELDS), ==, 200);
  g_assert_cmpstr (reeve_http_request_get_peer (f->routes->last), ==, "203.0.113.9");
  check_dropped (f);
  g_assert_cmpuint (ask (client, "/public", "X-Forwarded-For: 2001:db8::7\r\n"), ==, 200);
  g_assert_cmpstr (reeve_http_request_get_peer (f->routes->last), ==, "2001:db8::7");

  g_assert_cmpuint (ask (client, "/public", ""), ==, 200);
  expect_warning ("*127.0.0.1*X-Forwarded-For*");
  g_assert_cmpstr (reeve_http_request_get_peer (f->routes->last), ==, "127.0.0.1");
  g_assert_cmpuint (ask (client, "/public", "X-Forwarded-For: 203.0.113.9, lies\r\n"), ==, 200);
  g_assert_cmpstr (reeve_http_request_get_peer (f->routes->last), ==, "127.0.0.1");
  g_assert_cmpuint (warnings->len, ==, 0);
}

static void
test_not_believed (void)
{
  g_autoptr (FrontTest) f = front_test_new_with (FALSE, "trusted-proxies", "192.0.2.7");
  g_autoptr (TestClient) client = test_client_new (f);

  g_assert_cmpuint (ask (client, "/public", ALL_FIELDS), ==, 200);
  g_assert_cmpstr (reeve_http_request_get_peer (f->routes->last), ==, "127.0.0.1");
  g_assert_false (reeve_http_request_is_secure (f->routes->last));
  check_dropped (f);
}

/* The path of the public address, as the scheme, is not what a proxy says but what is set. */
static void
test_public_url (void)
{
  static const struct
  {
    const char *target, *host, *fields, *path, *base;
    gboolean secure;
  } table[] = {
    { "/reeve/public/x", "hub.example", "", "/public/x", "/reeve", TRUE },
    { "/public/x", "hub.example", "", "/public/x", "/reeve", TRUE },
    { "/reeve/public/x", "$HOST", "", "/public/x", "/reeve", FALSE },
    { "/public/reeve", "$HOST", "", "/public/reeve", "", FALSE },
    { "/public", "hub.example", "X-Forwarded-Proto: HTTP\r\n", "/public", "/reeve", FALSE },
    { "/public", "hub.example", "X-Forwarded-Proto: https\r\n", "/public", "/reeve", TRUE },
    { "/public", "hub.example", "X-Forwarded-Proto: https\r\nX-Forwarded-Proto: https\r\n",
      "/public", "/reeve", FALSE },
    { "/public", "$HOST", "X-Forwarded-Proto: https\r\n", "/public", "", FALSE },
  };
  g_autoptr (FrontTest) f = trusting_front_new (NULL, NULL);
  g_autoptr (TestClient) client = test_client_new (f);

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autofree char *text =
          g_strdup_printf ("GET %s HTTP/1.1\r\nHost: %s\r\nX-Forwarded-For: 203.0.113.9\r\n%s\r\n",
                           table[i].target, table[i].host, table[i].fields);
      g_autoptr (TestAnswer) answer = NULL;

      g_test_message ("%s", text);
      test_client_send (client, text);
      answer = test_client_receive (client, FALSE);
      g_assert_cmpuint (answer->status, ==, 200);
      g_assert_cmpstr (reeve_http_request_get_path (f->routes->last), ==, table[i].path);
      g_assert_cmpstr (reeve_http_request_get_base (f->routes->last), ==, table[i].base);
      g_assert_cmpint (reeve_http_request_is_secure (f->routes->last), ==, table[i].secure);
    }
  /* it is no prefix of names, and does not hide what stands behind it */
  g_assert_cmpuint (ask (client, "/reevepublic", "X-Forwarded-For: 203.0.113.9\r\n"), ==, 404);
}

static void
test_public_url_refusal (void)
{
  g_autoptr (FrontTest) f = trusting_front_new (NULL, NULL);
  g_autoptr (TestClient) client = test_client_new (f);

  /* the power is that of the path behind it */
  g_assert_cmpuint (ask (client, "/reeve/view", "X-Forwarded-For: 203.0.113.9\r\n"), ==, 401);
  g_assert_cmpuint (f->routes->calls, ==, 0);
}

static TestClient *
upgrade (FrontTest *f)
{
  TestClient *client = test_client_new (f);

  test_client_send (client, "GET /raw HTTP/1.1\r\nHost: $HOST\r\nConnection: Upgrade\r\n"
                            "Upgrade: websocket\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n");
  test_client_wait_for (client, "\r\n\r\n");
  return client;
}

/* The limit is each client's own, however many the proxy brings. Agents take no place and need
 * none: of them any number may be behind one address. */
static void
test_limit (void)
{
  g_autoptr (FrontTest) f = trusting_front_new ("connections-per-address", "2");
  static const struct linger reset = { .l_onoff = 1 };
  g_autoptr (GPtrArray) clients =
      g_ptr_array_new_with_free_func ((GDestroyNotify) test_client_free);
  TestClient *agent = upgrade (f);
  TestClient *client;

  g_assert_true (g_str_has_prefix (agent->in->str, "HTTP/1.1 101 "));
  for (guint i = 0; i < 2; i++)
    {
      client = test_client_new (f);
      g_ptr_array_add (clients, client);
      test_client_send (client, "GET /hang HTTP/1.1\r\nHost: $HOST\r\n"
                                "X-Forwarded-For: 203.0.113.9\r\n\r\n");
      test_client_wait_calls (client, i + 2);
    }
  client = test_client_new (f);
  g_ptr_array_add (clients, client);
  g_assert_cmpuint (ask (client, "/public", "X-Forwarded-For: 203.0.113.9\r\n"), ==, 429);
  test_client_wait_end (client);
  test_client_free (agent);
  while (f->routes->raw != NULL)
    g_main_context_iteration (NULL, TRUE);
  agent = upgrade (f);
  g_assert_true (g_str_has_prefix (agent->in->str, "HTTP/1.1 101 "));
  g_assert_cmpstr (reeve_http_request_get_peer (f->routes->last), ==, "203.0.113.9");
  g_ptr_array_add (clients, agent);
  client = test_client_new (f);
  g_ptr_array_add (clients, client);
  g_assert_cmpuint (ask (client, "/public", "X-Forwarded-For: 203.0.113.10\r\n"), ==, 200);
  g_assert_cmpuint (ask (client, "/public", "X-Forwarded-For: 203.0.113.9\r\n"), ==, 429);

  /* a place is free when its connection is over */
  client = clients->pdata[0];
  g_assert_cmpint (setsockopt (client->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset), ==, 0);
  g_ptr_array_remove_index (clients, 0);
  while (f->routes->cancelled == 0)
    g_main_context_iteration (NULL, TRUE);
  client = test_client_new (f);
  g_ptr_array_add (clients, client);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpuint (ask (client, "/public", "X-Forwarded-For: 203.0.113.9\r\n"), ==, 200);
}

/* ---- the socket for a proxy ---- */

static TestClient *
test_client_new_at (FrontTest *f, const char *path)
{
  TestClient *client = test_client_new (f);
  struct sockaddr_un address = { .sun_family = AF_UNIX };

  close (client->fd);
  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  client->fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (connect (client->fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_unix_set_fd_nonblocking (client->fd, TRUE, NULL);
  return client;
}

static void
test_socket (void)
{
  g_autofree char *directory = g_dir_make_tmp ("reeve-front-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (directory, "proxy", NULL);
  g_autofree char *group = g_strdup (getgrgid (getegid ())->gr_name);
  const char *const pairs[FRONT_TEST_PAIRS] = { "proxy-socket", path, "proxy-group", group };
  struct stat st;

  {
    g_autoptr (FrontTest) f = front_test_new_pairs (FALSE, pairs);
    g_autoptr (TestClient) proxy = test_client_new_at (f, path);
    g_autoptr (TestClient) other = test_client_new (f);

    g_assert_cmpint (lstat (path, &st), ==, 0);
    g_assert_cmpuint (st.st_mode & 07777, ==, 0660);
    g_assert_cmpuint (st.st_gid, ==, getegid ());
    g_assert_cmpuint (ask (proxy, "/public", ALL_FIELDS), ==, 200);
    g_assert_cmpstr (reeve_http_request_get_peer (f->routes->last), ==, "203.0.113.9");
    check_dropped (f);
    g_assert_cmpuint (ask (other, "/public", ALL_FIELDS), ==, 200);
    g_assert_cmpstr (reeve_http_request_get_peer (f->routes->last), ==, "127.0.0.1");
  }
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_cmpint (g_rmdir (directory), ==, 0);
}

static void
test_socket_alone (void)
{
  g_autofree char *directory = g_dir_make_tmp ("reeve-front-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (directory, "proxy", NULL);
  g_autoptr (ReeveMockHost) host = reeve_mock_host_new ("hub", FALSE);
  g_autoptr (GError) error = NULL;
  ReevePlugin *plugin;
  struct stat st;

  plugin =
      reeve_mock_host_load (host, "front", "listen", "127.0.0.1:0", "proxy-socket", path, NULL);
  g_assert_cmpint (lstat (path, &st), ==, 0);
  g_assert_cmpuint (st.st_mode & 07777, ==, 0600);
  reeve_mock_host_unload (host, plugin);

  g_assert_null (reeve_mock_host_try_load (host, &error, "front", "listen", "127.0.0.1:0",
                                           "proxy-socket", path, "proxy-group", "no-such-group",
                                           NULL));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "proxy-socket"));
  g_assert_nonnull (strstr (error->message, "no-such-group"));
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_cmpint (g_rmdir (directory), ==, 0);
}

/* ---- who says nothing ---- */

static guint
count_events (FrontTest *f, const char *text)
{
  g_autoptr (GPtrArray) events =
      reeve_context_read_events (reeve_mock_host_get_context (f->host), 0, NULL);
  guint n = 0;

  for (guint i = 0; i < events->len; i++)
    n += strstr (reeve_event_get_text (events->pdata[i]), text) != NULL ? 1 : 0;
  return n;
}

#define FULL "1024 connections have not said who they are: for more, silent ones are closed"

/* As many connections as may be, which ask nothing. */
static GPtrArray *
make_strangers (FrontTest *f)
{
  GPtrArray *clients = g_ptr_array_new_with_free_func ((GDestroyNotify) test_client_free);

  for (guint i = 0; i < REEVE_FRONT_MAX_STRANGERS; i++)
    {
      g_ptr_array_add (clients, test_client_new (f));
      if (i % 64 == 0)
        reeve_mock_host_settle (f->host);
    }
  reeve_mock_host_settle (f->host);
  return clients;
}

/* FALSE: too few are allowed. */
static gboolean
raise_files (void)
{
  struct rlimit limit;

  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  if (limit.rlim_max < 4 * REEVE_FRONT_MAX_STRANGERS)
    {
      g_test_skip ("too few open files are allowed");
      return FALSE;
    }
  limit.rlim_cur = MAX (limit.rlim_cur, 4 * REEVE_FRONT_MAX_STRANGERS);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  return TRUE;
}

static guint
count_ended (GPtrArray *clients)
{
  guint n = 0;

  for (guint i = 0; i < clients->len; i++)
    {
      TestClient *client = clients->pdata[i];

      test_client_pump (client);
      n += client->ended ? 1 : 0;
    }
  return n;
}

/* Those who have connected and say nothing make way for who comes, the oldest first, which is said
 * once; nobody else does. */
static void
test_silent (void)
{
  g_autoptr (FrontTest) f = NULL;
  g_autoptr (GPtrArray) clients = NULL;

  if (!raise_files ())
    return;
  f = front_test_new (TRUE);
  clients = make_strangers (f);
  test_client_send (clients->pdata[0], "GET");
  g_assert_cmpuint (ask (clients->pdata[1], "/public", ""), ==, 200);
  g_ptr_array_add (clients, test_client_new (f));
  reeve_mock_host_settle (f->host);
  g_assert_cmpuint (count_ended (clients), ==, 0);
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (TestClient) more = test_client_new (f);

      g_assert_cmpuint (ask (more, "/public", ""), ==, 200);
      test_client_wait_end (clients->pdata[2 + i]);
      g_ptr_array_add (clients, test_client_new (f));
      reeve_mock_host_settle (f->host);
      g_assert_cmpuint (count_ended (clients), ==, i + 1);
    }
  expect_warning (FULL);
  g_assert_cmpuint (count_events (f, FULL), ==, 1);
  test_client_send (clients->pdata[0], " /public HTTP/1.1\r\nHost: $HOST\r\n\r\n");
  test_client_wait_for (clients->pdata[0], "hello");
  g_assert_cmpuint (ask (clients->pdata[1], "/public", ""), ==, 200);
}

/* Who has begun is let finish for a while: until then who comes is closed. */
static void
test_slow (void)
{
  g_autoptr (FrontTest) f = NULL;
  g_autoptr (GPtrArray) clients = NULL;
  g_autoptr (TestClient) early = NULL;
  g_autoptr (TestClient) late = NULL;

  if (!raise_files ())
    return;
  f = front_test_new (TRUE);
  clients = make_strangers (f);
  for (guint i = 0; i < clients->len; i++)
    test_client_send (clients->pdata[i], "GET /public");
  reeve_mock_host_settle (f->host);
  reeve_mock_host_advance (f->host, REEVE_FRONT_PATIENCE_MS - 1);
  early = test_client_new (f);
  test_client_wait_end (early);
  expect_warning (FULL);
  g_assert_cmpuint (count_ended (clients), ==, 0);
  reeve_mock_host_advance (f->host, 1);
  late = test_client_new (f);
  g_assert_cmpuint (ask (late, "/public", ""), ==, 200);
  test_client_wait_end (clients->pdata[0]);
  g_assert_cmpuint (count_ended (clients), ==, 1);
  g_assert_cmpuint (warnings->len, ==, 0);
}

int
main (int argc, char *argv[])
{
  int result;

  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR);
  warnings = g_string_new (NULL);
  g_log_set_writer_func (keep_warning, NULL, NULL);
  g_test_add_func ("/front/proxies/hops", test_hops);
  g_test_add_func ("/front/proxies/clients", test_clients);
  g_test_add_func ("/front/proxies/long", test_long);
  g_test_add_func ("/front/proxies/networks", test_networks);
  g_test_add_func ("/front/proxies/believed", test_believed);
  g_test_add_func ("/front/proxies/not-believed", test_not_believed);
  g_test_add_func ("/front/proxies/public-url", test_public_url);
  g_test_add_func ("/front/proxies/public-url-refusal", test_public_url_refusal);
  g_test_add_func ("/front/proxies/limit", test_limit);
  g_test_add_func ("/front/proxies/socket", test_socket);
  g_test_add_func ("/front/proxies/socket-alone", test_socket_alone);
  g_test_add_func ("/front/strangers/silent", test_silent);
  g_test_add_func ("/front/strangers/slow", test_slow);
  result = g_test_run ();
  g_string_free (warnings, TRUE);
  return result;
}
