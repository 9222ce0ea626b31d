/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The agent's end when something is wrong: every way to fail, the waits until the next attempt,
 * what connect() refuses, and the stop in each state. */

#include "config.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../reeve-ws-transport-agent.h"
#include "../reeve-ws-transport-client.h"
#include "agent-fixture.h"

/* ---- failures and waits ---- */

static void
test_agent_refused (TestAgent *f, RawPeer *hub)
{
  g_autofree char *head = raw_peer_read_head (hub);
  static const char refusal[] =
      "HTTP/1.1 401 Unauthorized\r\nContent-Length: 13\r\n\r\nInvalid token";

  raw_peer_write (hub, refusal, strlen (refusal));
  while (!hub->ended)
    {
      g_autofree char *end = raw_peer_read_control (hub);

      g_assert_cmpstr (end, ==, "end");
    }
}

static void
test_agent_backoff (TestAgent *f, gconstpointer data)
{
  static const guint waits[] = { 2000, 4000, 8000, 16000, 32000, 60000, 60000 };

  test_agent_connect (f);
  for (guint i = 0; i < G_N_ELEMENTS (waits); i++)
    {
      g_auto (RawPeer) hub = { 0 };

      if (i == 0)
        test_agent_accept (f, &hub);
      else
        test_agent_expect_redial (f, &hub, waits[i - 1]);
      test_agent_refused (f, &hub);
    }
}

/* A link that lived a minute makes the count of failures begin anew, a shorter one does not. */
static void
test_agent_backoff_reset (TestAgent *f, gconstpointer data)
{
  g_auto (RawPeer) first = { 0 };
  g_auto (RawPeer) second = { 0 };
  g_auto (RawPeer) third = { 0 };
  g_auto (RawPeer) fourth = { 0 };

  test_agent_connect (f);
  test_agent_accept (f, &first);
  test_agent_refused (f, &first);
  reeve_mock_host_advance (f->host, 2100);
  test_agent_link (f, &second);
  reeve_mock_host_advance (f->host, 10000);
  raw_peer_send (&second, REEVE_WS_TRANSPORT_FRAME_CLOSE, NULL);
  raw_peer_expect (&second, "close 0");
  reeve_mock_host_advance (f->host, 1800);
  g_assert_false (test_agent_dialled (f, &third));
  reeve_mock_host_advance (f->host, 2300);
  test_agent_link (f, &third);
  for (guint i = 0; i < 2; i++)
    {
      reeve_mock_host_advance (f->host, 40000);
      raw_peer_send (&third, REEVE_WS_TRANSPORT_FRAME_PING, NULL);
      raw_peer_expect (&third, "pong");
    }
  raw_peer_send (&third, REEVE_WS_TRANSPORT_FRAME_CLOSE, NULL);
  raw_peer_expect (&third, "close 0");
  test_agent_expect_redial (f, &fourth, 2000);
}

static void
test_agent_half_open (TestAgent *f, gconstpointer data)
{
  g_auto (RawPeer) hub = { 0 };
  g_auto (RawPeer) next = { 0 };

  test_agent_connect (f);
  test_agent_link (f, &hub);
  reeve_mock_host_advance (f->host, 69900);
  g_assert_cmpuint (f->owner->closes, ==, 0);
  reeve_mock_host_advance (f->host, 200);
  g_assert_cmpuint (f->owner->closes, ==, 1);
  g_assert_error (f->owner->error, REEVE_ERROR, REEVE_ERROR_TIMEOUT);
  test_agent_expect_redial (f, &next, 2000);
}

static void
test_agent_slow_upgrade (TestAgent *f, gconstpointer data)
{
  g_auto (RawPeer) hub = { 0 };
  g_autofree char *head = NULL;

  test_agent_connect (f);
  test_agent_accept (f, &hub);
  head = raw_peer_read_head (&hub);
  raw_peer_write (&hub, "HTTP/1.1 101 Swi", 16);
  reeve_mock_host_advance (f->host, REEVE_WS_TRANSPORT_CLIENT_UPGRADE_MS - 100);
  raw_peer_assert_silent (&hub);
  reeve_mock_host_advance (f->host, 200);
  raw_peer_expect (&hub, "end");
}

static void
test_agent_malformed (TestAgent *f, gconstpointer data)
{
  g_auto (RawPeer) hub = { 0 };
  g_autofree guint8 *zeros = g_malloc0 (REEVE_WIRE_REQUEST_MAX_BYTES + 1);
  g_autoptr (GBytes) big = g_bytes_new (zeros, REEVE_WIRE_REQUEST_MAX_BYTES + 1);
  g_autofree char *sent = NULL;

  test_agent_connect (f);
  test_agent_link (f, &hub);
  test_agent_send_hex (&hub, "a1 00");
  raw_peer_expect (&hub, "close 1002");
  g_assert_cmpuint (f->owner->closes, ==, 1);
  g_assert_error (f->owner->error, REEVE_ERROR, REEVE_ERROR_PROTOCOL);
  raw_peer_clear (&hub);
  reeve_mock_host_advance (f->host, 2100);
  test_agent_link (f, &hub);
  raw_peer_send (&hub, REEVE_WS_TRANSPORT_FRAME_BINARY, big);
  sent = raw_peer_read_control (&hub);
  g_assert_true (g_str_has_prefix (sent, "close 1009 "));
  g_assert_error (f->owner->error, REEVE_ERROR, REEVE_ERROR_LIMIT);
}

static void
test_agent_bad_token (TestAgent *f, gconstpointer data)
{
  static const char *const tokens[] = { "", "two\r\nX-Evil: lines", "with space",
                                        "12345678901234567890123456789012345678901234567890"
                                        "123456789012345" };
  RawPeer hub;

  for (guint i = 0; i < G_N_ELEMENTS (tokens); i++)
    {
      f->owner->token = tokens[i];
      test_agent_connect (f);
      reeve_mock_host_advance (f->host, 100);
      g_assert_false (test_agent_dialled (f, &hub));
      g_assert_cmpuint (f->owner->admits, ==, i + 1);
      reeve_transport_disconnect (f->transport, "home");
    }
  /* an owner that cannot say it now is asked again */
  f->owner->token = FAKE_TOKEN;
  f->owner->admit_fails = TRUE;
  test_agent_connect (f);
  reeve_mock_host_advance (f->host, 100);
  f->owner->admit_fails = FALSE;
  test_agent_expect_redial (f, &hub, 2000);
  raw_peer_clear (&hub);
}

static void
test_agent_nobody_there (TestAgent *f, gconstpointer data)
{
  g_auto (RawPeer) hub = { 0 };
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  int one = 1;

  close (f->listener);
  test_agent_connect (f);
  reeve_mock_host_advance (f->host, 100);
  f->listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  address.sin_port = htons (f->port);
  setsockopt (f->listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  g_assert_cmpint (bind (f->listener, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (listen (f->listener, 8), ==, 0);
  reeve_mock_host_advance (f->host, 2100);
  test_agent_link (f, &hub);
}

/* ---- what connect() refuses, and the end ---- */

static void
test_agent_not_taken (TestAgent *f, gconstpointer data)
{
  static const struct
  {
    const char *url;
    ReeveError code;
    const char *says;
  } cases[] = {
    { "ws://hub.example", REEVE_ERROR_DENIED, "allow-plain=yes in [plugin ws-transport]" },
    { "http://192.0.2.1:8090", REEVE_ERROR_DENIED, "allow-plain=yes in [plugin ws-transport]" },
    { "http://", REEVE_ERROR_INVALID, "http://HOST:PORT" },
  };
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_assert_false (reeve_transport_connect (f->transport, cases[i].url, "home",
                                               REEVE_LINK_OWNER (f->owner), &error));
      g_assert_error (error, REEVE_ERROR, (int) cases[i].code);
      g_assert_nonnull (strstr (error->message, cases[i].says));
      g_clear_error (&error);
    }
  test_agent_connect (f);
  g_assert_false (
      reeve_transport_connect (f->transport, f->url, "home", REEVE_LINK_OWNER (f->owner), &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_EXISTS);
  g_clear_error (&error);
  for (guint i = 1; i < REEVE_WS_TRANSPORT_AGENT_MAX_TARGETS; i++)
    {
      g_autofree char *name = g_strdup_printf ("hub-%u", i);

      g_assert_true (reeve_transport_connect (f->transport, f->url, name,
                                              REEVE_LINK_OWNER (f->owner), &error));
    }
  g_assert_false (
      reeve_transport_connect (f->transport, f->url, "more", REEVE_LINK_OWNER (f->owner), &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT);
  reeve_transport_disconnect (f->transport, "nobody");
}

static void
test_agent_allow_plain (TestAgent *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_clear_object (&f->transport);
  reeve_mock_host_unload (f->host, f->plugin);
  f->plugin = reeve_mock_host_load (f->host, "ws-transport", "allow-plain", "yes", NULL);
  f->transport =
      reeve_context_lookup (reeve_mock_host_get_context (f->host), REEVE_TYPE_TRANSPORT, "");
  /* not dialled before the next turn, which does not come */
  g_assert_true (reeve_transport_connect (f->transport, "ws://192.0.2.1:8090", "far",
                                          REEVE_LINK_OWNER (f->owner), &error));
  reeve_transport_disconnect (f->transport, "far");
}

/* At the end of the plugin: in each state of an attempt. */
static void
test_agent_stop (TestAgent *f, gconstpointer data)
{
  for (guint state = 0; state < 5; state++)
    {
      g_auto (RawPeer) hub = { 0 };

      test_agent_connect (f);
      if (state == 1)
        test_agent_accept (f, &hub);
      else if (state == 2)
        test_agent_grant (f, &hub, NULL);
      else if (state == 3)
        test_agent_link (f, &hub);
      else if (state == 4)
        {
          test_agent_link (f, &hub);
          f->owner->hold = TRUE;
          test_agent_send_vector (&hub, "sample-request.hex");
        }
      f->owner->closes = 0;
      g_clear_object (&f->transport);
      reeve_mock_host_unload (f->host, f->plugin);
      g_assert_cmpuint (f->owner->closes, ==, state >= 3 ? 1 : 0);
      if (state >= 2)
        raw_peer_expect (&hub, "close 1000");
      if (state >= 1 && state < 2)
        {
          g_autofree char *head = raw_peer_read_head (&hub);
        }
      if (state >= 1)
        raw_peer_expect (&hub, "end");
      fake_owner_release (f->owner);
      reeve_mock_host_settle (f->host);
      f->plugin = reeve_mock_host_load (f->host, "ws-transport", NULL);
      f->transport =
          reeve_context_lookup (reeve_mock_host_get_context (f->host), REEVE_TYPE_TRANSPORT, "");
    }
}
#define ADD(path, func)                                                                            \
  g_test_add ("/ws-transport/agent/" path, TestAgent, NULL, test_agent_set_up, func,               \
              test_agent_tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("backoff", test_agent_backoff);
  ADD ("backoff-reset", test_agent_backoff_reset);
  ADD ("half-open", test_agent_half_open);
  ADD ("slow-upgrade", test_agent_slow_upgrade);
  ADD ("malformed", test_agent_malformed);
  ADD ("bad-token", test_agent_bad_token);
  ADD ("nobody-there", test_agent_nobody_there);
  ADD ("not-taken", test_agent_not_taken);
  ADD ("allow-plain", test_agent_allow_plain);
  ADD ("stop", test_agent_stop);
  return g_test_run ();
}
