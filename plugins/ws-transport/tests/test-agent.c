/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The agent's end in the mock host, against a hub that the test plays on a loopback port: the bytes
 * of a stock agent, nothing before the hub's proof, answers in any order, every way to fail, and
 * the waits in between. */

#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../reeve-ws-transport-agent.h"
#include "../reeve-ws-transport-client.h"
#include "../reeve-ws-transport-handshake.h"
#include "core/wire/reeve-wire.h"
#include "fake-owner.h"
#include "raw-peer.h"
#include "tests/lib/reeve-test-wire.h"

typedef struct
{
  ReeveMockHost *host;
  ReevePlugin *plugin;
  FakeOwner *owner;
  ReeveTransport *transport;
  int listener;
  guint16 port;
  char *url;
} TestAgent;

static void
test_agent_set_up (TestAgent *f, gconstpointer data)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t length = sizeof address;

  f->listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  g_assert_cmpint (bind (f->listener, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (listen (f->listener, 8), ==, 0);
  g_assert_cmpint (getsockname (f->listener, (struct sockaddr *) &address, &length), ==, 0);
  f->port = ntohs (address.sin_port);
  f->url = g_strdup_printf ("http://127.0.0.1:%u", f->port);
  f->host = reeve_mock_host_new ("agent", TRUE);
  f->owner = fake_owner_new (FALSE);
  f->plugin = reeve_mock_host_load (f->host, "ws-transport", NULL);
  f->transport =
      reeve_context_lookup (reeve_mock_host_get_context (f->host), REEVE_TYPE_TRANSPORT, "");
  g_assert_nonnull (f->transport);
}

static void
test_agent_tear_down (TestAgent *f, gconstpointer data)
{
  g_clear_object (&f->transport);
  reeve_mock_host_free (f->host);
  g_assert_null (f->owner->link);
  g_assert_finalize_object (f->owner);
  close (f->listener);
  g_free (f->url);
}

static void
test_agent_connect (TestAgent *f)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (reeve_transport_handles (f->transport, f->url));
  reeve_transport_connect (f->transport, f->url, "home", REEVE_LINK_OWNER (f->owner), &error);
  g_assert_no_error (error);
}

/* Has the agent dialled? */
static gboolean
test_agent_dialled (TestAgent *f, RawPeer *ret_hub)
{
  int fd;

  reeve_mock_host_settle (f->host);
  fd = accept4 (f->listener, NULL, NULL, SOCK_CLOEXEC);
  if (fd < 0)
    return FALSE;
  raw_peer_init (ret_hub, f->host, fd, FALSE);
  return TRUE;
}

static void
test_agent_accept (TestAgent *f, RawPeer *ret_hub)
{
  for (guint turn = 0; turn < 100000; turn++)
    {
      if (test_agent_dialled (f, ret_hub))
        return;
      g_thread_yield ();
    }
  g_error ("the agent did not dial");
}

static char *
test_agent_take_key (const char *head)
{
  const char *key = strstr (head, "Sec-Websocket-Key: ");

  g_assert_nonnull (key);
  return g_strndup (key + strlen ("Sec-Websocket-Key: "), 24);
}

static void
test_agent_answer_upgrade (RawPeer *hub, const char *word)
{
  g_autofree char *head = raw_peer_read_head (hub);
  g_autofree char *key = test_agent_take_key (head);
  GString *answer = reeve_ws_transport_handshake_write_accept (key, word);

  raw_peer_write (hub, answer->str, answer->len);
  g_string_free (answer, TRUE);
}

/* Up to the granted upgrade. */
static void
test_agent_grant (TestAgent *f, RawPeer *ret_hub, const char *word)
{
  test_agent_accept (f, ret_hub);
  test_agent_answer_upgrade (ret_hub, word);
}

static void
test_agent_send_vector (RawPeer *hub, const char *name)
{
  g_autoptr (GBytes) bytes = reeve_test_vector (name);

  raw_peer_send (hub, REEVE_WS_TRANSPORT_FRAME_BINARY, bytes);
}

static void
test_agent_send_hex (RawPeer *hub, const char *hex)
{
  g_autoptr (GBytes) bytes = reeve_test_unhex (hex);

  raw_peer_send (hub, REEVE_WS_TRANSPORT_FRAME_BINARY, bytes);
}

static void
test_agent_expect_vector (RawPeer *hub, const char *name)
{
  g_autoptr (GBytes) expected = reeve_test_vector (name);
  g_autoptr (GBytes) bytes = raw_peer_read_message (hub);

  reeve_test_assert_bytes (bytes, expected);
}

static void
test_agent_link (TestAgent *f, RawPeer *ret_hub)
{
  test_agent_grant (f, ret_hub, NULL);
  test_agent_send_vector (ret_hub, "challenge.hex");
  test_agent_expect_vector (ret_hub, "fingerprint.hex");
  g_assert_nonnull (f->owner->link);
}

/* The next answer's id and kind. */
static void
test_agent_expect_answer (RawPeer *hub, gint64 id, ReeveWireResponseKind kind)
{
  g_autoptr (GBytes) bytes = raw_peer_read_message (hub);
  g_auto (ReeveWireResponse) response = { 0 };

  reeve_test_decode_response (bytes, 0, NULL, &response);
  g_assert_cmpint (response.id, ==, id);
  g_assert_cmpint (response.kind, ==, kind);
}

/* The agent dials again between the half of @most_ms and @most_ms from now. */
static void
test_agent_expect_redial (TestAgent *f, RawPeer *ret_hub, guint most_ms)
{
  guint least_ms = MAX (most_ms / 2, REEVE_WS_TRANSPORT_AGENT_BACKOFF_MIN_MS);

  reeve_mock_host_advance (f->host, least_ms - 100);
  g_assert_false (test_agent_dialled (f, ret_hub));
  reeve_mock_host_advance (f->host, most_ms - least_ms + 200);
  test_agent_accept (f, ret_hub);
}

/* ---- the whole way ---- */

/* A stock agent's fields, in its order; ours adds one. */
static void
test_agent_head (TestAgent *f, gconstpointer data)
{
  g_auto (RawPeer) hub = { 0 };
  g_autofree char *head = NULL;
  g_autofree char *key = NULL;
  g_autofree char *expected = NULL;

  test_agent_connect (f);
  test_agent_accept (f, &hub);
  head = raw_peer_read_head (&hub);
  key = test_agent_take_key (head);
  g_assert_true (reeve_ws_transport_handshake_is_key (key));
  expected = g_strdup_printf ("GET /api/beszel/agent-connect HTTP/1.1\r\n"
                              "Host: 127.0.0.1:%u\r\n"
                              "User-Agent: reeve/" PACKAGE_VERSION "\r\n"
                              "Connection: Upgrade\r\n"
                              "Sec-Websocket-Key: %s\r\n"
                              "Sec-Websocket-Version: 13\r\n"
                              "Upgrade: websocket\r\n"
                              "X-Beszel: 0.18.8\r\n"
                              "X-Link: 1; v=" PACKAGE_VERSION "\r\n"
                              "X-Token: " FAKE_TOKEN "\r\n\r\n",
                              f->port, key);
  g_assert_cmpstr (head, ==, expected);
}

static void
test_agent_conversation (TestAgent *f, gconstpointer data)
{
  g_auto (RawPeer) hub = { 0 };
  g_autoptr (GBytes) bare = NULL;

  test_agent_connect (f);
  test_agent_link (f, &hub);
  g_assert_cmpstr (f->owner->seen, ==, "(null) 0 (null) (null)");
  g_assert_cmpstr (reeve_link_get_admission (f->owner->link), ==, "home");
  g_assert_cmpuint (reeve_link_get_level (f->owner->link), ==, 0);
  test_agent_send_vector (&hub, "sample-request.hex");
  test_agent_expect_answer (&hub, 2, REEVE_WIRE_RESPONSE_SAMPLE);
  /* what we cannot do is said, so that no hub waits for it */
  test_agent_send_vector (&hub, "smart-request.hex");
  test_agent_expect_answer (&hub, 3, REEVE_WIRE_RESPONSE_ERROR);
  raw_peer_send (&hub, REEVE_WS_TRANSPORT_FRAME_PING, NULL);
  raw_peer_expect (&hub, "pong");
  /* hubs of before 0.13 give no id and take no envelope */
  test_agent_send_vector (&hub, "sample-request-no-id.hex");
  bare = raw_peer_read_message (&hub);
  g_assert_cmpint (reeve_wire_response_peek_id (g_bytes_get_data (bare, NULL),
                                                g_bytes_get_size (bare)),
                   ==, REEVE_WIRE_ID_NONE);
  /* asked again, it proves itself again */
  test_agent_send_vector (&hub, "challenge.hex");
  test_agent_expect_vector (&hub, "fingerprint.hex");
  g_assert_cmpuint (f->owner->confirms, ==, 2);
  reeve_transport_disconnect (f->transport, "home");
  raw_peer_expect (&hub, "close 1000");
  raw_peer_expect (&hub, "end");
  g_assert_cmpuint (f->owner->closes, ==, 1);
  reeve_mock_host_advance (f->host, 70000);
  g_assert_false (test_agent_dialled (f, &hub));
}

/* What the hub sends arrives with its answer to the upgrade, or in pieces of one byte. */
static void
test_agent_pieces (TestAgent *f, gconstpointer data)
{
  for (gsize piece = 1; piece < 10000; piece += 9998)
    {
      g_auto (RawPeer) hub = { 0 };
      g_autofree char *head = NULL;
      g_autofree char *key = NULL;
      g_autoptr (GBytes) challenge = reeve_test_vector ("challenge.hex");
      g_autoptr (GByteArray) bytes = g_byte_array_new ();
      GString *answer;

      test_agent_connect (f);
      test_agent_accept (f, &hub);
      head = raw_peer_read_head (&hub);
      key = test_agent_take_key (head);
      answer = reeve_ws_transport_handshake_write_accept (key, "1; v=9.9.9");
      g_byte_array_append (bytes, (const guint8 *) answer->str, (guint) answer->len);
      g_string_free (answer, TRUE);
      reeve_ws_transport_frame_append (bytes, REEVE_WS_TRANSPORT_FRAME_BINARY,
                                       g_bytes_get_data (challenge, NULL),
                                       g_bytes_get_size (challenge), NULL);
      for (gsize done = 0; done < bytes->len; done += piece)
        raw_peer_write (&hub, bytes->data + done, MIN (piece, bytes->len - done));
      test_agent_expect_vector (&hub, "fingerprint.hex");
      g_assert_cmpstr (f->owner->seen, ==, "9.9.9 1 (null) (null)");
      g_assert_cmpuint (reeve_link_get_level (f->owner->link), ==, REEVE_LINK_LEVEL_EXTENSION);
      reeve_transport_disconnect (f->transport, "home");
      raw_peer_expect (&hub, "close 1000");
    }
}

static void
test_agent_concurrent (TestAgent *f, gconstpointer data)
{
  g_auto (RawPeer) hub = { 0 };
  const guint most = REEVE_WS_TRANSPORT_CLIENT_MAX_ANSWERS;

  test_agent_connect (f);
  test_agent_link (f, &hub);
  f->owner->hold = TRUE;
  for (guint id = 2; id < 2 + most + 1; id++)
    {
      g_autofree char *hex = g_strdup_printf ("a3 00 00 01 a2 00 19 ea60 01 f4 02 %02x", id);

      test_agent_send_hex (&hub, hex);
    }
  g_assert_cmpuint (f->owner->held->len, ==, most);
  /* one too many is told so while the others are worked on */
  test_agent_expect_answer (&hub, 2 + most, REEVE_WIRE_RESPONSE_ERROR);
  raw_peer_assert_silent (&hub);
  fake_owner_release (f->owner);
  for (guint id = 2 + most - 1; id >= 2; id--)
    test_agent_expect_answer (&hub, id, REEVE_WIRE_RESPONSE_SAMPLE);
  /* an answer that comes after the end is nobody's */
  test_agent_send_vector (&hub, "sample-request.hex");
  g_assert_cmpuint (f->owner->held->len, ==, 1);
  raw_peer_send (&hub, REEVE_WS_TRANSPORT_FRAME_CLOSE, NULL);
  raw_peer_expect (&hub, "close 0");
  fake_owner_release (f->owner);
  reeve_mock_host_settle (f->host);
  g_assert_cmpuint (f->owner->closes, ==, 1);
}

static void
test_agent_info (TestAgent *f, gconstpointer data)
{
  g_auto (RawPeer) hub = { 0 };
  g_autoptr (GBytes) signature = NULL;
  g_autoptr (GBytes) token = g_bytes_new_static (FAKE_TOKEN, strlen (FAKE_TOKEN));
  g_autoptr (GBytes) challenge = NULL;
  g_autoptr (GBytes) answer = NULL;
  g_auto (ReeveWireResponse) response = { 0 };
  g_autoptr (GError) error = NULL;

  signature = reeve_identity_sign (f->owner->identity, REEVE_PURPOSE_STOCK_TOKEN, token, &error);
  challenge = reeve_wire_encode_challenge (1, signature, TRUE);
  test_agent_connect (f);
  test_agent_grant (f, &hub, NULL);
  raw_peer_send (&hub, REEVE_WS_TRANSPORT_FRAME_BINARY, challenge);
  answer = raw_peer_read_message (&hub);
  reeve_test_decode_response (answer, 0, NULL, &response);
  g_assert_cmpstr (response.fingerprint, ==, FAKE_FINGERPRINT);
  g_assert_cmpstr (response.hostname, ==, g_get_host_name ());
}

/* ---- the hub's proof ---- */

static void
test_agent_too_early (TestAgent *f, gconstpointer data)
{
  g_auto (RawPeer) hub = { 0 };

  test_agent_connect (f);
  test_agent_grant (f, &hub, NULL);
  test_agent_send_vector (&hub, "sample-request.hex");
  test_agent_send_vector (&hub, "smart-request.hex");
  raw_peer_assert_silent (&hub);
  g_assert_cmpuint (f->owner->answers, ==, 0);
  test_agent_send_vector (&hub, "challenge.hex");
  test_agent_expect_vector (&hub, "fingerprint.hex");
  test_agent_send_vector (&hub, "sample-request.hex");
  test_agent_expect_answer (&hub, 2, REEVE_WIRE_RESPONSE_SAMPLE);
}

/* The connection before was proven; that says nothing of the next one. */
static void
test_agent_proof_is_for_one (TestAgent *f, gconstpointer data)
{
  g_auto (RawPeer) first = { 0 };
  g_auto (RawPeer) second = { 0 };

  test_agent_connect (f);
  test_agent_link (f, &first);
  raw_peer_send (&first, REEVE_WS_TRANSPORT_FRAME_CLOSE, NULL);
  raw_peer_expect (&first, "close 0");
  reeve_mock_host_advance (f->host, 2100);
  test_agent_grant (f, &second, NULL);
  test_agent_send_vector (&second, "sample-request.hex");
  raw_peer_assert_silent (&second);
  g_assert_cmpuint (f->owner->answers, ==, 0);
}

static void
test_agent_bad_challenges (TestAgent *f, gconstpointer data)
{
  static const struct
  {
    const char *hex;
    const char *ends;
    guint confirms;
  } cases[] = {
    /* the signature of another key */
    { "a3 00 01 01 a2 00 58 40 0000000000000000000000000000000000000000000000000000000000000000"
      "0000000000000000000000000000000000000000000000000000000000000000 01 f4 02 01",
      "close 1000", 1 },
    { "a3 00 01 01 a2 00 41 00 01 f4 02 01", "close 1000", 1 },
    { "a3 00 01 01 a1 01 f4 02 01", "close 1000", 0 },
    { "a2 00 01 02 01", "close 1000", 0 },
    { "ff", "close 1002", 0 },
    { "a3 00 01 01 a2 00 58 40 00", "close 1002", 0 },
  };

  g_auto (RawPeer) hub = { 0 };

  test_agent_connect (f);
  test_agent_accept (f, &hub);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      f->owner->confirms = 0;
      test_agent_answer_upgrade (&hub, NULL);
      test_agent_send_hex (&hub, cases[i].hex);
      raw_peer_expect (&hub, cases[i].ends);
      raw_peer_expect (&hub, "end");
      g_assert_cmpuint (f->owner->confirms, ==, cases[i].confirms);
      raw_peer_clear (&hub);
      /* at the next attempt */
      for (guint turn = 0; turn < 600 && !test_agent_dialled (f, &hub); turn++)
        reeve_mock_host_advance (f->host, 100);
    }
  g_assert_cmpuint (f->owner->closes, ==, 0);
}

static void
test_agent_no_challenge (TestAgent *f, gconstpointer data)
{
  g_auto (RawPeer) hub = { 0 };
  g_auto (RawPeer) next = { 0 };

  test_agent_connect (f);
  test_agent_grant (f, &hub, NULL);
  reeve_mock_host_advance (f->host, REEVE_WS_TRANSPORT_CLIENT_CHALLENGE_MS - 100);
  raw_peer_assert_silent (&hub);
  reeve_mock_host_advance (f->host, 200);
  raw_peer_expect (&hub, "end");
  test_agent_expect_redial (f, &next, 2000);
}

static void
test_agent_not_accepted (TestAgent *f, gconstpointer data)
{
  g_auto (RawPeer) hub = { 0 };

  f->owner->not_accepted = TRUE;
  test_agent_connect (f);
  test_agent_grant (f, &hub, NULL);
  test_agent_send_vector (&hub, "challenge.hex");
  raw_peer_expect (&hub, "close 1000");
}

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
    { "https://hub.example", REEVE_ERROR_UNSUPPORTED, "TLS comes with a later version" },
    { "wss://127.0.0.1:8090", REEVE_ERROR_UNSUPPORTED, "http://127.0.0.1:8090" },
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
  ADD ("head", test_agent_head);
  ADD ("conversation", test_agent_conversation);
  ADD ("pieces", test_agent_pieces);
  ADD ("concurrent", test_agent_concurrent);
  ADD ("info", test_agent_info);
  ADD ("too-early", test_agent_too_early);
  ADD ("proof-is-for-one", test_agent_proof_is_for_one);
  ADD ("bad-challenges", test_agent_bad_challenges);
  ADD ("no-challenge", test_agent_no_challenge);
  ADD ("not-accepted", test_agent_not_accepted);
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
