/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The hub's end in the mock host, against agents that the test plays byte by byte: the order of
 * the checks, every refusal, a whole conversation with the bytes of the worked example, requests
 * and their failures, and the stop. */

#include "config.h"

#include <string.h>

#include "core/wire/reeve-wire.h"
#include "hub-fixture.h"
#include "tests/lib/reeve-test-wire.h"

/* ---- the way in ---- */

static void
test_hub_conversation (TestHub *f, gconstpointer data)
{
  g_auto (RawPeer) peer = { 0 };
  g_autoptr (GAsyncResult) place = NULL;
  g_autoptr (GBytes) request = NULL;
  g_autoptr (GBytes) expected = reeve_test_vector ("sample-request.hex");
  g_autoptr (ReeveMessage) message = NULL;
  g_autoptr (ReeveLink) link = NULL;
  g_autoptr (GError) error = NULL;

  test_hub_link (f, &peer);
  link = g_object_ref (f->owner->link);
  g_assert_cmpuint (f->owner->admits, ==, 1);
  g_assert_cmpuint (f->owner->signs, ==, 1);
  g_assert_cmpuint (f->owner->confirms, ==, 1);
  g_assert_cmpmem (g_bytes_get_data (f->owner->signed_message, NULL),
                   g_bytes_get_size (f->owner->signed_message), FAKE_TOKEN, strlen (FAKE_TOKEN));
  g_assert_cmpstr (f->owner->seen, ==, "0.18.8 0 " FAKE_FINGERPRINT " (null)");
  g_assert_cmpstr (reeve_link_get_admission (link), ==, FAKE_SYSTEM);
  g_assert_cmpstr (reeve_link_get_remote (link), ==, "192.0.2.7");
  g_assert_cmpstr (reeve_link_get_version (link), ==, "0.18.8");
  g_assert_cmpint (reeve_link_get_security (link), ==, REEVE_SECURITY_PLAIN);
  g_assert_true (reeve_link_get_transport (link) == f->transport);

  test_hub_ask (f, link, NULL, &place);
  request = raw_peer_read_message (&peer);
  reeve_test_assert_bytes (request, expected);
  test_hub_send_vector (&peer, "sample.hex");
  message = test_hub_answer (f, &place, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat_with_epsilon (reeve_sample_get_value (reeve_message_get_sample (message),
                                                          REEVE_KIND_CPU, NULL, REEVE_CPU_USAGE),
                                  0.125, 1e-9);

  reeve_transport_ping (f->transport, link);
  raw_peer_expect (&peer, "ping");
  raw_peer_send (&peer, REEVE_WS_TRANSPORT_FRAME_PONG, NULL);
  reeve_transport_close (f->transport, link, "replaced");
  g_assert_cmpuint (f->owner->closes, ==, 0);
  raw_peer_expect (&peer, "close 1000 replaced");
  g_assert_cmpuint (f->owner->closes, ==, 1);
  g_assert_nonnull (strstr (f->owner->error->message, "replaced"));
  raw_peer_expect (&peer, "end");
  /* too late for all of these */
  reeve_transport_ping (f->transport, link);
  reeve_transport_close (f->transport, link, "again");
  test_hub_ask (f, link, NULL, &place);
  g_assert_null (test_hub_answer (f, &place, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE);
}

static void
test_hub_refusals (TestHub *f, gconstpointer data)
{
  g_autofree char *long_token = g_strnfill (65, 'a');
  const struct
  {
    const char *field; /* of TestOffer, by its place */
    gsize offset;
    const char *value;
    guint status;
    const char *body;
    guint admits;
  } cases[] = {
    { "token", G_STRUCT_OFFSET (TestOffer, token), NULL, 400, "", 0 },
    { "token", G_STRUCT_OFFSET (TestOffer, token), "", 400, "", 0 },
    { "token", G_STRUCT_OFFSET (TestOffer, token), long_token, 400, "", 0 },
    { "version", G_STRUCT_OFFSET (TestOffer, version), NULL, 400, "", 0 },
    { "token", G_STRUCT_OFFSET (TestOffer, token), "nobody's", 401, "Invalid token", 1 },
    { "version", G_STRUCT_OFFSET (TestOffer, version), "v0.18", 401, "Invalid agent version", 1 },
    { "upgrade", G_STRUCT_OFFSET (TestOffer, upgrade), NULL, 400, "Invalid WebSocket handshake",
      1 },
    { "upgrade", G_STRUCT_OFFSET (TestOffer, upgrade), "h2c", 400, "Invalid WebSocket handshake",
      1 },
    { "connection", G_STRUCT_OFFSET (TestOffer, connection), "close", 400,
      "Invalid WebSocket handshake", 1 },
    { "ws_version", G_STRUCT_OFFSET (TestOffer, ws_version), "8", 400,
      "Invalid WebSocket handshake", 1 },
    { "key", G_STRUCT_OFFSET (TestOffer, key), "short", 400, "Invalid WebSocket handshake", 1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      TestOffer offer = test_stock;
      g_auto (RawPeer) peer = { 0 };
      g_autofree char *head = NULL;
      g_autofree char *line = g_strdup_printf ("HTTP/1.1 %u ", cases[i].status);

      G_STRUCT_MEMBER (const char *, &offer, cases[i].offset) = cases[i].value;
      f->owner->admits = 0;
      test_hub_dial (f, &offer, &peer);
      head = raw_peer_read_head (&peer);
      g_assert_true (g_str_has_prefix (head, line));
      while (!peer.ended)
        {
          g_autofree char *rest = NULL;

          reeve_mock_host_settle (f->host);
          rest = g_strndup ((const char *) peer.got->data, peer.got->len);
          if (strcmp (rest, cases[i].body) == 0)
            break;
          g_assert_true (g_str_has_prefix (cases[i].body, rest));
          raw_peer_assert_silent (&peer);
        }
      g_assert_cmpuint (f->owner->admits, ==, cases[i].admits);
      g_assert_cmpuint (f->owner->signs, ==, 0);
    }
}

static void
test_hub_cannot_tell (TestHub *f, gconstpointer without_owner)
{
  g_auto (RawPeer) peer = { 0 };
  g_autofree char *head = NULL;

  f->owner->admit_fails = TRUE;
  test_hub_dial (f, &test_stock, &peer);
  head = raw_peer_read_head (&peer);
  g_assert_true (g_str_has_prefix (head, "HTTP/1.1 503 "));
  g_assert_cmpuint (f->owner->admits, ==, without_owner == NULL ? 1 : 0);
}

static void
test_hub_extension (TestHub *f, gconstpointer data)
{
  TestOffer offer = test_stock;
  g_auto (RawPeer) peer = { 0 };
  g_autofree char *head = NULL;
  g_autoptr (GBytes) challenge = NULL;

  offer.link = "1; v=0.1.0";
  test_hub_dial (f, &offer, &peer);
  head = raw_peer_read_head (&peer);
  g_assert_cmpstr (head, ==, GRANTED "X-Link: 1; v=" PACKAGE_VERSION "\r\n\r\n");
  challenge = raw_peer_read_message (&peer);
  test_hub_send_vector (&peer, "fingerprint.hex");
  g_assert_cmpuint (reeve_link_get_level (f->owner->link), ==, REEVE_LINK_LEVEL_EXTENSION);
  g_assert_cmpstr (reeve_link_get_version (f->owner->link), ==, "0.1.0");
}

static void
test_hub_info (TestHub *f, gconstpointer data)
{
  g_auto (RawPeer) peer = { 0 };

  f->owner->need_info = TRUE;
  test_hub_enter (f, &test_stock, &peer);
  test_hub_send_vector (&peer, "fingerprint-info.hex");
  g_assert_cmpstr (f->owner->seen, ==, "0.18.8 0 " FAKE_FINGERPRINT " web1");
  g_assert_cmpstr (reeve_link_get_hostname (f->owner->link), ==, "web1");
}

/* Agents of 0.12 send the payload alone. */
static void
test_hub_bare (TestHub *f, gconstpointer data)
{
  TestOffer offer = test_stock;
  g_auto (RawPeer) peer = { 0 };
  g_autoptr (GBytes) fingerprint =
      reeve_wire_encode_fingerprint (REEVE_WIRE_ID_BARE, FAKE_FINGERPRINT, NULL, NULL, NULL);
  g_autoptr (GBytes) sample = reeve_test_vector ("sample-0.12.0.hex");
  g_autoptr (GBytes) request = NULL;
  g_autoptr (ReeveMessage) answer = NULL, health = NULL;
  g_autoptr (GAsyncResult) place = NULL;
  g_autoptr (GError) error = NULL;

  offer.version = "0.12.3";
  test_hub_enter (f, &offer, &peer);
  raw_peer_send (&peer, REEVE_WS_TRANSPORT_FRAME_BINARY, fingerprint);
  g_assert_nonnull (f->owner->link);
  test_hub_ask (f, f->owner->link, NULL, &place);
  request = raw_peer_read_message (&peer);
  raw_peer_send (&peer, REEVE_WS_TRANSPORT_FRAME_BINARY, sample);
  answer = test_hub_answer (f, &place, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (reeve_sample_get_value (reeve_message_get_sample (answer), REEVE_KIND_LOAD,
                                             NULL, REEVE_LOAD_FIVE),
                     ==, 0.75);
  /* they know no other request, and an answer without an id could be any's */
  health = reeve_message_new_request (REEVE_VERB_DISK_HEALTH, NULL);
  reeve_transport_request_async (f->transport, f->owner->link, health, NULL, reeve_mock_result_cb,
                                 &place);
  g_assert_null (test_hub_answer (f, &place, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_UNSUPPORTED);
  raw_peer_assert_silent (&peer);
}

/* ---- proofs that are none ---- */

static void
test_hub_silent_agent (TestHub *f, gconstpointer data)
{
  g_auto (RawPeer) peer = { 0 };

  test_hub_enter (f, &test_stock, &peer);
  reeve_mock_host_advance (f->host, 4900);
  raw_peer_assert_silent (&peer);
  reeve_mock_host_advance (f->host, 200);
  raw_peer_expect (&peer, "close 1000 context deadline exceeded");
  raw_peer_expect (&peer, "end");
  g_assert_cmpuint (f->owner->confirms, ==, 0);
}

static void
test_hub_wrong_fingerprint (TestHub *f, gconstpointer data)
{
  g_auto (RawPeer) peer = { 0 };

  f->owner->fingerprint = "another";
  test_hub_enter (f, &test_stock, &peer);
  test_hub_send_vector (&peer, "fingerprint.hex");
  raw_peer_expect (&peer, "close 1000 fingerprint mismatch");
  raw_peer_expect (&peer, "end");
  g_assert_cmpuint (f->owner->closes, ==, 0);
}

static void
test_hub_not_accepted (TestHub *f, gconstpointer data)
{
  g_auto (RawPeer) peer = { 0 };

  f->owner->not_accepted = TRUE;
  test_hub_enter (f, &test_stock, &peer);
  test_hub_send_vector (&peer, "fingerprint.hex");
  raw_peer_expect (&peer, "close 1000 not accepted");
  g_assert_cmpuint (f->owner->closes, ==, 0);
}

static void
test_hub_bad_answers (TestHub *f, gconstpointer data)
{
  static const struct
  {
    const char *hex;
    const char *reason;
  } cases[] = {
    { "ff", "close 1000 malformed answer" },
    { "a1 00 01 00", "close 1000 malformed answer" }, /* bytes after the item */
    { "a2 00 01 02 a1 00 60", "close 1000 malformed answer" },
    { "a1 00 01", "close 1000 no fingerprint" },
    { "a2 00 01 03 61 78", "close 1000 no fingerprint" },
    { "61 78", "close 1000 malformed answer" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (RawPeer) peer = { 0 };
      g_autoptr (GBytes) bytes = reeve_test_unhex (cases[i].hex);

      test_hub_enter (f, &test_stock, &peer);
      raw_peer_send (&peer, REEVE_WS_TRANSPORT_FRAME_BINARY, bytes);
      raw_peer_expect (&peer, cases[i].reason);
    }
  g_assert_cmpuint (f->owner->confirms, ==, 0);
}

static void
test_hub_oversize (TestHub *f, gconstpointer data)
{
  g_auto (RawPeer) peer = { 0 };
  g_autofree guint8 *zeros = g_malloc0 (REEVE_WS_TRANSPORT_FRAME_LIMIT_UNKNOWN_PEER + 1);
  g_autoptr (GBytes) big = g_bytes_new (zeros, REEVE_WS_TRANSPORT_FRAME_LIMIT_UNKNOWN_PEER + 1);
  g_autofree char *sent = NULL;

  test_hub_enter (f, &test_stock, &peer);
  raw_peer_send (&peer, REEVE_WS_TRANSPORT_FRAME_BINARY, big);
  sent = raw_peer_read_control (&peer);
  g_assert_true (g_str_has_prefix (sent, "close 1009 "));
}

static void
test_hub_gone_early (TestHub *f, gconstpointer data)
{
  {
    g_auto (RawPeer) before = { 0 };

    test_hub_dial (f, &test_stock, &before);
  }
  reeve_mock_host_settle (f->host);
  {
    g_auto (RawPeer) after = { 0 };

    test_hub_enter (f, &test_stock, &after);
  }
  reeve_mock_host_settle (f->host);
  g_assert_cmpuint (f->owner->confirms, ==, 0);
}

/* ---- requests that fail ---- */

static void
test_hub_failures (TestHub *f, gconstpointer data)
{
  static const struct
  {
    const char *head; /* before the id */
    const char *tail; /* after it */
    ReeveError code;
    const char *says;
  } cases[] = {
    { "a2 00", "03 64 6f6f7073", REEVE_ERROR_FAILED, "the agent said: oops" },
    { "a1 00", "", REEVE_ERROR_PROTOCOL, "holds no sample" },
    { "a2 00", "01 61 78", REEVE_ERROR_PROTOCOL, "was not taken" },
    { "a2 00", "01", REEVE_ERROR_PROTOCOL, "was not taken" },
    { NULL, NULL, REEVE_ERROR_TIMEOUT, "" },
  };
  g_auto (RawPeer) peer = { 0 };

  test_hub_link (f, &peer);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GAsyncResult) place = NULL;
      g_autoptr (GBytes) request = NULL;
      g_autoptr (GBytes) answer = NULL;
      g_autofree char *hex = NULL;
      g_autoptr (GError) error = NULL;

      test_hub_ask (f, f->owner->link, NULL, &place);
      request = raw_peer_read_message (&peer);
      if (cases[i].head != NULL)
        {
          hex = g_strdup_printf ("%s %02x %s", cases[i].head, i + 2, cases[i].tail);
          answer = reeve_test_unhex (hex);
          raw_peer_send (&peer, REEVE_WS_TRANSPORT_FRAME_BINARY, answer);
        }
      else
        reeve_mock_host_advance (f->host, 5100);
      g_assert_null (test_hub_answer (f, &place, &error));
      g_assert_error (error, REEVE_ERROR, (int) cases[i].code);
      g_assert_nonnull (strstr (error->message, cases[i].says));
    }
  /* none of it ended the link */
  g_assert_nonnull (f->owner->link);
  raw_peer_assert_silent (&peer);
}

static void
test_hub_cancelled (TestHub *f, gconstpointer data)
{
  g_auto (RawPeer) peer = { 0 };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) first = NULL;
  g_autoptr (GAsyncResult) second = NULL;
  g_autoptr (GBytes) request = NULL;
  g_autoptr (GError) error = NULL;

  test_hub_link (f, &peer);
  test_hub_ask (f, f->owner->link, cancellable, &first);
  request = raw_peer_read_message (&peer);
  g_cancellable_cancel (cancellable);
  g_assert_null (test_hub_answer (f, &first, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_CANCELLED);
  g_clear_error (&error);
  /* its answer comes nevertheless, and is nobody's */
  test_hub_send_vector (&peer, "sample.hex");
  /* one that is under way when the agent leaves */
  test_hub_ask (f, f->owner->link, NULL, &second);
  raw_peer_send (&peer, REEVE_WS_TRANSPORT_FRAME_CLOSE, NULL);
  g_assert_null (test_hub_answer (f, &second, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE);
  g_assert_cmpuint (f->owner->closes, ==, 1);
}

/* Without a task: the owner gets each request back, with its answer or why there is none. */
static void
test_hub_asked (TestHub *f, gconstpointer data)
{
  g_auto (RawPeer) peer = { 0 };
  g_autoptr (ReeveMessage) first = test_hub_make_request ();
  g_autoptr (ReeveMessage) second = test_hub_make_request ();
  g_autoptr (ReeveLink) link = NULL;
  g_autoptr (GBytes) one = NULL, two = NULL;
  g_autoptr (GError) error = NULL;

  test_hub_link (f, &peer);
  link = g_object_ref (f->owner->link);
  g_assert_true (reeve_transport_ask (f->transport, link, first, &error));
  g_assert_cmpuint (f->owner->answered, ==, 0);
  one = raw_peer_read_message (&peer);
  test_hub_send_vector (&peer, "sample.hex");
  reeve_mock_host_settle (f->host);
  g_assert_cmpuint (f->owner->answered, ==, 1);
  g_assert_true (f->owner->asked == first);
  g_assert_nonnull (reeve_message_get_sample (f->owner->got));

  g_assert_true (reeve_transport_ask (f->transport, link, second, &error));
  two = raw_peer_read_message (&peer);
  reeve_mock_host_advance (f->host, 5100);
  g_assert_cmpuint (f->owner->answered, ==, 2);
  g_assert_true (f->owner->asked == second);
  g_assert_error (f->owner->failure, REEVE_ERROR, REEVE_ERROR_TIMEOUT);

  /* a link that ends answers nothing more, and takes nothing */
  g_assert_true (reeve_transport_ask (f->transport, link, first, &error));
  raw_peer_send (&peer, REEVE_WS_TRANSPORT_FRAME_CLOSE, NULL);
  while (f->owner->closes == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (f->owner->answered, ==, 2);
  g_assert_false (reeve_transport_ask (f->transport, link, first, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE);
}

static void
test_hub_half_open (TestHub *f, gconstpointer data)
{
  g_auto (RawPeer) peer = { 0 };

  test_hub_link (f, &peer);
  reeve_mock_host_advance (f->host, 69900);
  g_assert_cmpuint (f->owner->closes, ==, 0);
  reeve_mock_host_advance (f->host, 200);
  g_assert_cmpuint (f->owner->closes, ==, 1);
  g_assert_error (f->owner->error, REEVE_ERROR, REEVE_ERROR_TIMEOUT);
}

/* ---- the end ---- */

static void
test_hub_stop (TestHub *f, gconstpointer data)
{
  g_auto (RawPeer) linked = { 0 };
  g_auto (RawPeer) entering = { 0 };
  g_autoptr (GAsyncResult) place = NULL;
  g_autoptr (GBytes) request = NULL;
  g_autoptr (GError) error = NULL;
  ReeveTransport *transport = f->transport;

  test_hub_link (f, &linked);
  test_hub_enter (f, &test_stock, &entering);
  test_hub_ask (f, f->owner->link, NULL, &place);
  request = raw_peer_read_message (&linked);
  g_object_ref (transport);
  test_hub_unload (f);
  raw_peer_expect (&linked, "close 1001");
  raw_peer_expect (&linked, "end");
  raw_peer_expect (&entering, "close 1001");
  raw_peer_expect (&entering, "end");
  g_assert_cmpuint (f->owner->closes, ==, 1);
  reeve_mock_host_wait (f->host, &place);
  g_assert_null (reeve_transport_request_finish (transport, place, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_GONE);
  g_clear_object (&place);
  g_assert_finalize_object (transport);
  test_hub_load (f);
}

static void
test_hub_is_no_agent (TestHub *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (reeve_routes_check (f->routes, &error));
  g_assert_no_error (error);
  g_assert_false (reeve_transport_connect (f->transport, "http://127.0.0.1:1", "home",
                                           REEVE_LINK_OWNER (f->owner), &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_UNSUPPORTED);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("conversation", test_hub_conversation, NULL);
  ADD ("refusals", test_hub_refusals, NULL);
  ADD ("cannot-tell", test_hub_cannot_tell, NULL);
  ADD ("no-owner", test_hub_cannot_tell, "without owner");
  ADD ("extension", test_hub_extension, NULL);
  ADD ("info", test_hub_info, NULL);
  ADD ("bare", test_hub_bare, NULL);
  ADD ("silent-agent", test_hub_silent_agent, NULL);
  ADD ("wrong-fingerprint", test_hub_wrong_fingerprint, NULL);
  ADD ("not-accepted", test_hub_not_accepted, NULL);
  ADD ("bad-answers", test_hub_bad_answers, NULL);
  ADD ("oversize", test_hub_oversize, NULL);
  ADD ("gone-early", test_hub_gone_early, NULL);
  ADD ("failures", test_hub_failures, NULL);
  ADD ("cancelled", test_hub_cancelled, NULL);
  ADD ("asked", test_hub_asked, NULL);
  ADD ("half-open", test_hub_half_open, NULL);
  ADD ("stop", test_hub_stop, NULL);
  ADD ("is-no-agent", test_hub_is_no_agent, NULL);
  return g_test_run ();
}
