/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The agent's end in the mock host, against a hub that the test plays on a loopback port: the bytes
 * of a stock agent, nothing before the hub's proof, answers in any order. */

#include "config.h"

#include <string.h>

#include "../reeve-ws-transport-client.h"
#include "../reeve-ws-transport-handshake.h"
#include "agent-fixture.h"
#include "tests/lib/reeve-test-wire.h"

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
  g_autoptr (GBytes) drives = NULL, expected = NULL, bare = NULL;

  test_agent_connect (f);
  test_agent_link (f, &hub);
  g_assert_cmpstr (f->owner->seen, ==, "(null) 0 (null) (null)");
  g_assert_cmpstr (reeve_link_get_admission (f->owner->link), ==, "home");
  g_assert_cmpuint (reeve_link_get_level (f->owner->link), ==, 0);
  test_agent_send_vector (&hub, "sample-request.hex");
  test_agent_expect_answer (&hub, 2, REEVE_WIRE_RESPONSE_SAMPLE);
  test_agent_send_vector (&hub, "smart-request.hex");
  drives = raw_peer_read_message (&hub);
  expected = reeve_test_unhex ("a3 00 03 05 a1 62 5331 a1 05 66 504153534544 08 f5");
  reeve_test_assert_bytes (drives, expected);
  /* what we cannot do or read is said, so that no hub waits for it */
  f->owner->denied = REEVE_VERB_DISK_HEALTH;
  test_agent_send_vector (&hub, "smart-request.hex");
  test_agent_expect_answer (&hub, 3, REEVE_WIRE_RESPONSE_ERROR);
  test_agent_send_hex (&hub, "a2 00 09 02 04");
  test_agent_expect_answer (&hub, 4, REEVE_WIRE_RESPONSE_ERROR);
  test_agent_send_hex (&hub, "a3 00 02 01 a1 00 05 02 05");
  test_agent_expect_answer (&hub, 5, REEVE_WIRE_RESPONSE_ERROR);
  g_assert_cmpuint (f->owner->answers, ==, 3);
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
  const guint most = REEVE_WS_TRANSPORT_CLIENT_MAX_ANSWERS + REEVE_WS_TRANSPORT_CLIENT_MAX_SAMPLES;

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

/* Slow requests of other kinds leave places for samples. */
static void
test_agent_sample_beside (TestAgent *f, gconstpointer data)
{
  g_auto (RawPeer) hub = { 0 };
  const guint most = REEVE_WS_TRANSPORT_CLIENT_MAX_ANSWERS;

  test_agent_connect (f);
  test_agent_link (f, &hub);
  f->owner->hold = TRUE;
  for (guint id = 2; id < 2 + most + 1; id++)
    {
      g_autofree char *hex = g_strdup_printf ("a2 00 04 02 %02x", id);

      test_agent_send_hex (&hub, hex);
    }
  test_agent_expect_answer (&hub, 2 + most, REEVE_WIRE_RESPONSE_ERROR);
  g_assert_cmpuint (f->owner->held->len, ==, most);
  test_agent_send_hex (&hub, "a3 00 00 01 a2 00 19 ea60 01 f4 02 14");
  g_assert_cmpuint (f->owner->held->len, ==, most + 1);
  fake_owner_release (f->owner);
  test_agent_expect_answer (&hub, 20, REEVE_WIRE_RESPONSE_SAMPLE);
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
  ADD ("sample-beside", test_agent_sample_beside);
  ADD ("info", test_agent_info);
  ADD ("too-early", test_agent_too_early);
  ADD ("proof-is-for-one", test_agent_proof_is_for_one);
  ADD ("bad-challenges", test_agent_bad_challenges);
  ADD ("no-challenge", test_agent_no_challenge);
  ADD ("not-accepted", test_agent_not_accepted);
  return g_test_run ();
}
