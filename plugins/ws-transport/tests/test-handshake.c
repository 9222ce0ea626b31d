/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The upgrade as bytes: URLs, versions, the agent's request, every form of answer, and what a hub
 * looks at. */

#include "config.h"

#include <reeve/monitor.h>
#include <string.h>

#include "../reeve-ws-transport-agent.h"
#include "../reeve-ws-transport-handshake.h"
#include "../reeve-ws-transport-url.h"

/* The example of RFC 6455, 1.3. */
#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
#define GOOD                                                                                       \
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"              \
  "Sec-WebSocket-Accept: " ACCEPT "\r\n"

static void
test_url_good (void)
{
  static const struct
  {
    const char *url;
    gboolean secure;
    const char *host;
    const char *authority;
    const char *address;
    const char *target;
  } cases[] = {
    { "http://hub.example", FALSE, "hub.example", "hub.example", "hub.example:80",
      "/api/beszel/agent-connect" },
    { "ws://hub.example:8090/", FALSE, "hub.example", "hub.example:8090", "hub.example:8090",
      "/api/beszel/agent-connect" },
    { "HTTPS://hub.example", TRUE, "hub.example", "hub.example", "hub.example:443",
      "/api/beszel/agent-connect" },
    { "wss://hub.example:8443/a/b", TRUE, "hub.example", "hub.example:8443", "hub.example:8443",
      "/a/b/api/beszel/agent-connect" },
    { "http://127.0.0.1:1/custom", FALSE, "127.0.0.1", "127.0.0.1:1", "127.0.0.1:1",
      "/custom/api/beszel/agent-connect" },
    { "http://h/custom//x/./y/../?a=b&c=%20", FALSE, "h", "h", "h:80",
      "/custom/x/api/beszel/agent-connect?a=b&c=%20" },
    { "http://h/../..", FALSE, "h", "h", "h:80", "/api/beszel/agent-connect" },
    { "http://[::1]:8090/a%2Fb", FALSE, "::1", "[::1]:8090", "[::1]:8090",
      "/a%2Fb/api/beszel/agent-connect" },
    { "http://[2001:db8::1]", FALSE, "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:80",
      "/api/beszel/agent-connect" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (ReeveWsTransportUrl) url = reeve_ws_transport_url_parse (cases[i].url, &error);

      g_assert_no_error (error);
      g_assert_true (reeve_ws_transport_url_handles (cases[i].url));
      g_assert_cmpint (url->secure, ==, cases[i].secure);
      g_assert_cmpstr (url->host, ==, cases[i].host);
      g_assert_cmpstr (url->authority, ==, cases[i].authority);
      g_assert_cmpstr (url->address, ==, cases[i].address);
      g_assert_cmpstr (url->target, ==, cases[i].target);
    }
}

static void
test_url_bad (void)
{
  static const char *const cases[] = {
    "",
    "hub.example",
    "hub.example:8090",
    "http://",
    "http:///x",
    "ftp://h",
    "http://h:0",
    "http://h:65536",
    "http://h:x",
    "http://u:secret@h",
    "http://h h",
    "http://h/\r\nX",
    "http://[fe80::1%25eth0]",
    "http://h_\xc3\xa4",
    "http://h\"x",
  };
  g_autofree char *big = g_strnfill (2000, 'a');
  g_autofree char *long_url = g_strconcat ("http://h/", big, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases) + 1; i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (
          reeve_ws_transport_url_parse (i < G_N_ELEMENTS (cases) ? cases[i] : long_url, &error));
      g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
      g_assert_null (strstr (error->message, "secret"));
      g_assert_nonnull (strstr (error->message, "http://HOST:PORT"));
    }
  g_assert_false (reeve_ws_transport_url_handles (NULL));
  g_assert_false (reeve_ws_transport_url_handles ("ssh://h"));
  g_assert_false (reeve_ws_transport_url_handles ("h:80"));
}

static void
test_version (void)
{
  static const char *const good[] = { "0.18.8", "1.0.0-alpha.1",  "1.2.3+build.007",
                                      "0.0.0",  "1.2.3-a-b.0x+y", "18446744073709551615.0.0" };
  static const char *const bad[] = {
    "",        "1",          "1.2",    "v1.2.3",
    "1.2.3.4", "01.2.3",     "1.2.3-", "1.2.3-01",
    "1.2.3+",  "1.2.3-a..b", "1.2.3 ", " 1.2.3",
    "1.2.-3",  "1.2.3_x",    "a.b.c",  "18446744073709551616.0.0"
  };
  static const struct
  {
    const char *text;
    gboolean bare;
  } forms[] = { { "0.12.9", TRUE },      { "0.13.0-beta1", TRUE }, { "0.13.0", FALSE },
                { "0.13.0+x", FALSE },   { "0.13.1-beta", FALSE }, { "0.14.0-beta", FALSE },
                { "1.0.0-alpha", FALSE } };
  ReeveWsTransportVersion version;

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_true (reeve_ws_transport_version_parse (good[i], &version));
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (reeve_ws_transport_version_parse (bad[i], &version));
  g_assert_false (reeve_ws_transport_version_parse (NULL, &version));
  for (guint i = 0; i < G_N_ELEMENTS (forms); i++)
    {
      g_assert_true (reeve_ws_transport_version_parse (forms[i].text, &version));
      g_assert_cmpint (reeve_ws_transport_version_is_bare (&version), ==, forms[i].bare);
    }
  /* what we announce has the envelope */
  g_assert_true (
      reeve_ws_transport_version_parse (REEVE_WS_TRANSPORT_HANDSHAKE_BASE_VERSION, &version));
  g_assert_false (reeve_ws_transport_version_is_bare (&version));
}

static void
test_link_word (void)
{
  static const struct
  {
    const char *text;
    guint level;
    const char *version;
  } cases[] = {
    { NULL, 0, NULL },
    { "", 0, NULL },
    { "0", 0, NULL },
    { "1", 1, NULL },
    { "1; v=0.1.0", 1, "0.1.0" },
    { " 1 ;v=0.1.0;x=y", 1, "0.1.0" },
    { "2; n=abc; v=9.9.9", 1, "9.9.9" },
    { "1; v=none", 1, NULL },
    { "one", 0, NULL },
    { "-1", 0, NULL },
    { "01", 0, NULL },
    { "1x", 0, NULL },
    { "99999999999999999999999", 0, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *version = NULL;

      g_assert_cmpuint (reeve_ws_transport_handshake_parse_link (cases[i].text, &version), ==,
                        cases[i].level);
      g_assert_cmpstr (version, ==, cases[i].version);
    }
}

static void
test_request (void)
{
  const ReeveWsTransportHandshakeRequest stock = { "h:1", "/t?q", KEY, "tok", NULL };
  const ReeveWsTransportHandshakeRequest ours = { "h:1", "/t?q", KEY, "tok", "1; v=0.1.0" };
  GString *head = reeve_ws_transport_handshake_write_request (&stock);

  g_assert_cmpstr (head->str, ==,
                   "GET /t?q HTTP/1.1\r\nHost: h:1\r\nUser-Agent: reeve/" PACKAGE_VERSION
                   "\r\nConnection: Upgrade\r\nSec-Websocket-Key: " KEY
                   "\r\nSec-Websocket-Version: 13\r\nUpgrade: websocket\r\n"
                   "X-Beszel: 0.18.8\r\nX-Token: tok\r\n\r\n");
  g_string_free (head, TRUE);
  head = reeve_ws_transport_handshake_write_request (&ours);
  g_assert_nonnull (strstr (head->str, "\r\nX-Link: 1; v=0.1.0\r\n"));
  g_string_free (head, TRUE);
}

static ReeveWsTransportHandshakeResult
test_response_read (const char *text, ReeveWsTransportHandshakeResponse *ret_response,
                    GError **error)
{
  return reeve_ws_transport_handshake_read_response ((const guint8 *) text, strlen (text), KEY,
                                                     ret_response, error);
}

static void
test_response_good (void)
{
  static const struct
  {
    const char *text;
    guint level;
    const char *version;
  } cases[] = {
    { GOOD "\r\n", 0, NULL },
    { GOOD "X-Link: 1; v=0.1.0\r\n\r\n", 1, "0.1.0" },
    { "HTTP/1.1 101\r\nUPGRADE:WebSocket\r\nconnection: keep-alive, upgrade\r\n"
      "sec-websocket-accept:\t" ACCEPT " \r\nServer: x\r\nX-Link: nonsense\r\n\r\n",
      0, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *more = g_strconcat (cases[i].text, "\x82\x05hello", NULL);
      gsize head = strlen (cases[i].text);
      g_auto (ReeveWsTransportHandshakeResponse) response = { 0 };
      g_autoptr (GError) error = NULL;

      for (gsize length = 0; length < head; length++)
        g_assert_cmpint (reeve_ws_transport_handshake_read_response ((const guint8 *) more, length,
                                                                     KEY, &response, &error),
                         ==, REEVE_WS_TRANSPORT_HANDSHAKE_MORE);
      g_assert_cmpint (test_response_read (more, &response, &error), ==,
                       REEVE_WS_TRANSPORT_HANDSHAKE_DONE);
      g_assert_no_error (error);
      g_assert_cmpuint (response.length, ==, head);
      g_assert_cmpuint (response.status, ==, 101);
      g_assert_cmpuint (response.level, ==, cases[i].level);
      g_assert_cmpstr (response.version, ==, cases[i].version);
    }
}

static void
test_response_bad (void)
{
  static const struct
  {
    const char *text;
    ReeveError code;
    const char *says;
  } cases[] = {
    { "SSH-2.0-OpenSSH_9.2\r\n\r\n", REEVE_ERROR_PROTOCOL, "address of a hub" },
    { "HTTP/1.0 101 x\r\n\r\n", REEVE_ERROR_PROTOCOL, "address of a hub" },
    { "HTTP/1.1 1011\r\n\r\n", REEVE_ERROR_PROTOCOL, "address of a hub" },
    { "HTTP/1.1 101 x\r\n\r\n", REEVE_ERROR_PROTOCOL, "does not change" },
    { "HTTP/1.1 101 x\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n", REEVE_ERROR_PROTOCOL,
      "does not change" },
    { "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: upgraded\r\n\r\n", REEVE_ERROR_PROTOCOL,
      "does not change" },
    { "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: wrong\r\n\r\n",
      REEVE_ERROR_PROTOCOL, "does not fit the key" },
    { GOOD "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n", REEVE_ERROR_PROTOCOL,
      "not offered" },
    { GOOD "Sec-WebSocket-Protocol: x\r\n\r\n", REEVE_ERROR_PROTOCOL, "not offered" },
    { GOOD "Upgrade: websocket\r\n\r\n", REEVE_ERROR_PROTOCOL, "twice" },
    { GOOD " folded\r\n\r\n", REEVE_ERROR_PROTOCOL, "no field" },
    { GOOD "no colon\r\n\r\n", REEVE_ERROR_PROTOCOL, "no field" },
    { GOOD "spaced : x\r\n\r\n", REEVE_ERROR_PROTOCOL, "field name" },
    { GOOD "X: a\nb\r\n\r\n", REEVE_ERROR_PROTOCOL, "control byte" },
    { GOOD "X: \x1b[2J\r\n\r\n", REEVE_ERROR_PROTOCOL, "control byte" },
    { "HTTP/1.1 401 Unauthorized\r\nContent-Length: 13\r\n\r\nInvalid token", REEVE_ERROR_DENIED,
      "401 (Invalid token): it does not know the token" },
    { "HTTP/1.1 401 Unauthorized\r\n\r\n", REEVE_ERROR_DENIED, "401: it does not know the token" },
    { "HTTP/1.1 404 Not Found\r\n\r\n<html>page</html>", REEVE_ERROR_UNAVAILABLE,
      "404: there is no hub" },
    { "HTTP/1.1 301 Moved\r\nLocation: /x\r\n\r\n", REEVE_ERROR_UNAVAILABLE, "301: there is no" },
    { "HTTP/1.1 502 Bad Gateway\r\n\r\nup\x1bstream\r\nmore", REEVE_ERROR_UNAVAILABLE,
      "502 (up\xef\xbf\xbdstream)" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (ReeveWsTransportHandshakeResponse) response = { 0 };
      g_autoptr (GError) error = NULL;

      g_assert_cmpint (test_response_read (cases[i].text, &response, &error), ==,
                       REEVE_WS_TRANSPORT_HANDSHAKE_FAILED);
      g_assert_error (error, REEVE_ERROR, (int) cases[i].code);
      if (strstr (error->message, cases[i].says) == NULL)
        g_error ("case %u says: %s", i, error->message);
    }
}

static void
test_response_limits (void)
{
  g_autofree char *filler = g_strnfill (REEVE_WS_TRANSPORT_HANDSHAKE_MAX_HEAD, 'x');
  g_autofree char *endless = g_strconcat (GOOD, "X: ", filler, NULL);
  g_autofree char *ended = g_strconcat (endless, "\r\n\r\n", NULL);
  g_autoptr (GString) many = g_string_new (GOOD);
  const char *const texts[] = { endless, ended };
  g_auto (ReeveWsTransportHandshakeResponse) response = { 0 };
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_assert_cmpint (test_response_read (texts[i], &response, &error), ==,
                       REEVE_WS_TRANSPORT_HANDSHAKE_FAILED);
      g_assert_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT);
      g_clear_error (&error);
    }
  for (guint i = 0; i < REEVE_WS_TRANSPORT_HANDSHAKE_MAX_FIELDS; i++)
    g_string_append (many, "X: y\r\n");
  g_string_append (many, "\r\n");
  g_assert_cmpint (test_response_read (many->str, &response, &error), ==,
                   REEVE_WS_TRANSPORT_HANDSHAKE_FAILED);
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_PROTOCOL);
}

static void
test_hub_side (void)
{
  GString *text = reeve_ws_transport_handshake_write_accept (KEY, NULL);

  g_assert_cmpstr (text->str, ==, GOOD "\r\n");
  g_string_free (text, TRUE);
  text = reeve_ws_transport_handshake_write_accept (KEY, "1; v=0.1.0");
  g_assert_cmpstr (text->str, ==, GOOD "X-Link: 1; v=0.1.0\r\n\r\n");
  g_string_free (text, TRUE);
  text = reeve_ws_transport_handshake_write_refusal (401, "Invalid token");
  g_assert_true (g_str_has_prefix (text->str, "HTTP/1.1 401 Unauthorized\r\n"));
  g_assert_true (g_str_has_suffix (text->str, "Content-Length: 13\r\n\r\nInvalid token"));
  g_string_free (text, TRUE);
  text = reeve_ws_transport_handshake_write_refusal (400, "");
  g_assert_true (g_str_has_suffix (text->str, "Content-Length: 0\r\n\r\n"));
  g_string_free (text, TRUE);

  g_assert_true (reeve_ws_transport_handshake_is_key (KEY));
  g_assert_false (reeve_ws_transport_handshake_is_key (NULL));
  g_assert_false (reeve_ws_transport_handshake_is_key ("dGhlIHNhbXBsZSBub25jZQ="));
  g_assert_false (reeve_ws_transport_handshake_is_key ("dGhlIHNhbXBsZSBub25jZQ=x"));
  g_assert_false (reeve_ws_transport_handshake_is_key ("dGhlIHNhbXBsZS\r\nub25jZQ=="));
  g_assert_true (reeve_ws_transport_handshake_has_word ("keep-alive , UPGRADE", "upgrade"));
  g_assert_false (reeve_ws_transport_handshake_has_word ("keep-alive,upgraded", "upgrade"));
  g_assert_false (reeve_ws_transport_handshake_has_word (NULL, "upgrade"));
}

static void
test_backoff (void)
{
  guint last = 0;

  for (guint failures = 1; failures < 40; failures++)
    {
      guint least = reeve_ws_transport_agent_get_backoff (failures, 0);
      guint most = 0;

      for (guint32 random = 0; random < 70000; random += 7)
        most = MAX (most, reeve_ws_transport_agent_get_backoff (failures, random));
      g_assert_cmpuint (least, >=, REEVE_WS_TRANSPORT_AGENT_BACKOFF_MIN_MS);
      g_assert_cmpuint (most, <=, REEVE_WS_TRANSPORT_AGENT_BACKOFF_MAX_MS);
      g_assert_cmpuint (most, >, least);
      g_assert_cmpuint (most, >=, last);
      last = most;
    }
  g_assert_cmpuint (last, >, REEVE_WS_TRANSPORT_AGENT_BACKOFF_MAX_MS - 1000);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ws-transport/handshake/url-good", test_url_good);
  g_test_add_func ("/ws-transport/handshake/url-bad", test_url_bad);
  g_test_add_func ("/ws-transport/handshake/version", test_version);
  g_test_add_func ("/ws-transport/handshake/link-word", test_link_word);
  g_test_add_func ("/ws-transport/handshake/request", test_request);
  g_test_add_func ("/ws-transport/handshake/response-good", test_response_good);
  g_test_add_func ("/ws-transport/handshake/response-bad", test_response_bad);
  g_test_add_func ("/ws-transport/handshake/response-limits", test_response_limits);
  g_test_add_func ("/ws-transport/handshake/hub-side", test_hub_side);
  g_test_add_func ("/ws-transport/handshake/backoff", test_backoff);
  return g_test_run ();
}
