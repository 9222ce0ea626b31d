/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The hub's end among strangers: floods of wrong tokens, known ones from the same address, clones,
 * connections that wait, and what a ping tells of a link. */

#include "config.h"

#include <string.h>

#include "../reeve-ws-transport-limits.h"
#include "../reeve-ws-transport-peer.h"
#include "core/wire/reeve-wire.h"
#include "hub-fixture.h"
#include "tests/lib/reeve-test-wire.h"

static guint
count_events (TestHub *f, const char *text)
{
  g_autoptr (GPtrArray) events =
      reeve_context_read_events (reeve_mock_host_get_context (f->host), 0, NULL);
  guint n = 0;

  for (guint i = 0; i < events->len; i++)
    n += strstr (reeve_event_get_text (g_ptr_array_index (events, i)), text) != NULL;
  return n;
}

/* The status of the answer; the connection is over. */
static guint
try_token (TestHub *f, const char *token, const char *from)
{
  TestOffer offer = test_stock;
  g_auto (RawPeer) peer = { 0 };
  g_autofree char *head = NULL;

  offer.token = token;
  offer.peer = from;
  test_hub_dial (f, &offer, &peer);
  head = raw_peer_read_head (&peer);
  return (guint) g_ascii_strtoull (head + strlen ("HTTP/1.1 "), NULL, 10);
}

static void
test_flood (TestHub *f, gconstpointer data)
{
  g_auto (RawPeer) good = { 0 };
  g_autoptr (ReeveLink) link = NULL;
  TestOffer offer = test_stock;
  guint told = 0;

  /* a /64 is one source */
  for (guint i = 0; i < 500; i++)
    {
      g_autofree char *from = g_strdup_printf ("2001:db8::%x", i + 1);
      guint status = try_token (f, "wrong", from);

      told += status == 401;
      g_assert_true (status == 401 || status == 429);
    }
  g_assert_cmpuint (told, ==, REEVE_WS_TRANSPORT_LIMITS_SOURCE_BURST);
  g_assert_cmpuint (count_events (f, "2001:0db8:0000:0000::/64 fail again and again"), ==, 1);
  /* each was looked up, and a known one comes in from there at once */
  g_assert_cmpuint (f->owner->admits, ==, 500);
  g_assert_cmpuint (f->owner->signs, ==, 0);
  offer.peer = "2001:db8::1:1";
  test_hub_enter (f, &offer, &good);
  test_hub_send_vector (&good, "fingerprint.hex");
  reeve_mock_host_settle (f->host);
  g_assert_nonnull (f->owner->link);
  /* others are others */
  g_assert_cmpuint (try_token (f, "wrong", "2001:db8:0:1::1"), ==, 401);
  g_assert_cmpuint (try_token (f, "wrong", "192.0.2.1"), ==, 401);
  /* and time heals */
  reeve_mock_host_advance (f->host, REEVE_WS_TRANSPORT_LIMITS_SOURCE_INTERVAL_MS);
  g_assert_cmpuint (try_token (f, "wrong", "2001:db8::1"), ==, 401);
  g_assert_cmpuint (try_token (f, "wrong", "2001:db8::1"), ==, 429);
  /* not an agent at all counts likewise */
  g_assert_cmpuint (try_token (f, NULL, "2001:db8::1"), ==, 429);
  link = g_object_ref (f->owner->link);
  reeve_transport_close (f->transport, link, "enough");
  reeve_mock_host_settle (f->host);
}

/* A machine with a copied token and another fingerprint is not given a signature for each try, and
 * the right one is not kept out by it from elsewhere. */
static void
test_clone (TestHub *f, gconstpointer data)
{
  TestOffer offer = test_stock;
  g_auto (RawPeer) good = { 0 };

  f->owner->fingerprint = "another";
  for (guint i = 0; i < REEVE_WS_TRANSPORT_LIMITS_PROOF_BURST; i++)
    {
      g_auto (RawPeer) peer = { 0 };

      test_hub_enter (f, &test_stock, &peer);
      test_hub_send_vector (&peer, "fingerprint.hex");
      raw_peer_expect (&peer, "close 1000 fingerprint mismatch");
    }
  g_assert_cmpuint (f->owner->signs, ==, REEVE_WS_TRANSPORT_LIMITS_PROOF_BURST);
  g_assert_cmpuint (try_token (f, FAKE_TOKEN, test_stock.peer), ==, 429);
  g_assert_cmpuint (f->owner->signs, ==, REEVE_WS_TRANSPORT_LIMITS_PROOF_BURST);
  f->owner->fingerprint = NULL;
  offer.peer = "192.0.2.99";
  test_hub_enter (f, &offer, &good);
}

/* Connections with one token that wait, and never say anything. */
static void
wait_with (TestHub *f, gboolean shared)
{
  static RawPeer peers[REEVE_WS_TRANSPORT_LIMITS_MAX_UNPROVEN_SHARED];
  guint most = shared ? REEVE_WS_TRANSPORT_LIMITS_MAX_UNPROVEN_SHARED
                      : REEVE_WS_TRANSPORT_LIMITS_MAX_UNPROVEN_OWN;
  g_auto (RawPeer) again = { 0 };

  /* the test's descriptors are two for each */
  if (shared)
    most = MIN (most, 200);
  f->owner->need_info = shared;
  for (guint i = 0; i < most; i++)
    test_hub_enter (f, &test_stock, &peers[i]);
  if (!shared)
    g_assert_cmpuint (try_token (f, FAKE_TOKEN, test_stock.peer), ==, 429);
  /* one leaves and makes room */
  raw_peer_clear (&peers[0]);
  reeve_mock_host_settle (f->host);
  test_hub_enter (f, &test_stock, &again);
  /* the others are over when their time is */
  reeve_mock_host_advance (f->host, 5100);
  for (guint i = 1; i < most; i++)
    {
      raw_peer_expect (&peers[i], "close 1000 context deadline exceeded");
      raw_peer_clear (&peers[i]);
    }
}

static void
test_waiting (TestHub *f, gconstpointer data)
{
  wait_with (f, FALSE);
}

static void
test_waiting_shared (TestHub *f, gconstpointer data)
{
  wait_with (f, TRUE);
}

/* With a token that many have the owner says whose link it is. */
static void
test_named (TestHub *f, gconstpointer data)
{
  g_auto (RawPeer) peer = { 0 };

  f->owner->need_info = TRUE;
  f->owner->system = "feedfacefeedface";
  test_hub_enter (f, &test_stock, &peer);
  test_hub_send_vector (&peer, "fingerprint-info.hex");
  reeve_mock_host_settle (f->host);
  g_assert_cmpstr (reeve_link_get_admission (f->owner->link), ==, "feedfacefeedface");
}

/* Up to 64 KiB before the proof, up to 4 MiB after it. */
static void
test_sizes (TestHub *f, gconstpointer data)
{
  g_autofree guint8 *zeros = g_malloc0 (REEVE_WS_TRANSPORT_FRAME_LIMIT_HUB + 1);
  g_autoptr (GBytes) large = g_bytes_new (zeros, REEVE_WS_TRANSPORT_FRAME_LIMIT_UNKNOWN_PEER + 1);
  g_autoptr (GBytes) too_large = g_bytes_new (zeros, REEVE_WS_TRANSPORT_FRAME_LIMIT_HUB + 1);
  g_auto (RawPeer) before = { 0 };
  g_auto (RawPeer) after = { 0 };
  g_autofree char *said = NULL;
  g_autofree char *then = NULL;

  g_assert_cmpuint (REEVE_WS_TRANSPORT_FRAME_LIMIT_UNKNOWN_PEER, ==, 64 * 1024);
  g_assert_cmpuint (REEVE_WS_TRANSPORT_FRAME_LIMIT_HUB, ==, 4 * 1024 * 1024);
  test_hub_enter (f, &test_stock, &before);
  raw_peer_send (&before, REEVE_WS_TRANSPORT_FRAME_BINARY, large);
  said = raw_peer_read_control (&before);
  g_assert_true (g_str_has_prefix (said, "close 1009 "));
  test_hub_link (f, &after);
  raw_peer_send (&after, REEVE_WS_TRANSPORT_FRAME_BINARY, large);
  reeve_mock_host_settle (f->host);
  g_assert_nonnull (f->owner->link);
  raw_peer_send (&after, REEVE_WS_TRANSPORT_FRAME_BINARY, too_large);
  then = raw_peer_read_control (&after);
  g_assert_true (g_str_has_prefix (then, "close 1009 "));
}

/* ---- probes ---- */

static void
probe (TestHub *f, GAsyncResult **place)
{
  reeve_transport_probe_async (f->transport, f->owner->link, 5000, NULL, reeve_mock_result_cb,
                               place);
}

static void
test_probe_pong (TestHub *f, gconstpointer data)
{
  g_auto (RawPeer) peer = { 0 };
  g_autoptr (GAsyncResult) place = NULL;
  g_autoptr (GError) error = NULL;

  test_hub_link (f, &peer);
  probe (f, &place);
  raw_peer_expect (&peer, "ping");
  reeve_mock_host_advance (f->host, 4000);
  g_assert_null (place);
  raw_peer_send (&peer, REEVE_WS_TRANSPORT_FRAME_PONG, NULL);
  reeve_mock_host_wait (f->host, &place);
  g_assert_true (reeve_transport_probe_finish (f->transport, place, &error));
  g_assert_no_error (error);
}

/* A stock agent that is busy with a request answers no ping, but it does answer. */
static void
test_probe_answer (TestHub *f, gconstpointer data)
{
  g_auto (RawPeer) peer = { 0 };
  g_autoptr (GAsyncResult) asked = NULL, place = NULL;
  g_autoptr (GBytes) request = NULL;
  g_autoptr (ReeveMessage) message = NULL;

  test_hub_link (f, &peer);
  test_hub_ask (f, f->owner->link, NULL, &asked);
  request = raw_peer_read_message (&peer);
  probe (f, &place);
  raw_peer_expect (&peer, "ping");
  test_hub_send_vector (&peer, "sample.hex");
  reeve_mock_host_wait (f->host, &place);
  g_assert_true (reeve_transport_probe_finish (f->transport, place, NULL));
  message = test_hub_answer (f, &asked, NULL);
  g_assert_nonnull (message);
}

static void
test_probe_silence (TestHub *f, gconstpointer data)
{
  g_auto (RawPeer) peer = { 0 };
  g_autoptr (GAsyncResult) place = NULL;
  g_autoptr (GError) error = NULL;

  test_hub_link (f, &peer);
  probe (f, &place);
  raw_peer_expect (&peer, "ping");
  reeve_mock_host_advance (f->host, 5100);
  reeve_mock_host_wait (f->host, &place);
  g_assert_false (reeve_transport_probe_finish (f->transport, place, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_TIMEOUT);
  /* the link stays until somebody closes it */
  g_assert_nonnull (f->owner->link);
}

static void
test_probe_end (TestHub *f, gconstpointer data)
{
  g_auto (RawPeer) peer = { 0 };
  g_autoptr (GAsyncResult) place = NULL;
  g_autoptr (GError) error = NULL;

  test_hub_link (f, &peer);
  probe (f, &place);
  raw_peer_expect (&peer, "ping");
  raw_peer_send (&peer, REEVE_WS_TRANSPORT_FRAME_CLOSE, NULL);
  reeve_mock_host_wait (f->host, &place);
  g_assert_false (reeve_transport_probe_finish (f->transport, place, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE);
}

/* As many slow requests as may wait leave places for the owner's sample, and for the question
 * whether the agent is there. */
static void
test_places (TestHub *f, gconstpointer data)
{
  g_auto (RawPeer) peer = { 0 };
  GAsyncResult *places[REEVE_WS_TRANSPORT_PEER_MAX_REQUESTS] = { NULL };
  g_autoptr (GAsyncResult) more = NULL, place = NULL;
  g_autoptr (ReeveMessage) request = test_hub_make_request ();
  g_autoptr (GBytes) asked = NULL;
  g_autoptr (GError) error = NULL;

  test_hub_link (f, &peer);
  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_autoptr (GBytes) bytes = NULL;

      test_hub_ask (f, f->owner->link, NULL, &places[i]);
      bytes = raw_peer_read_message (&peer);
    }
  test_hub_ask (f, f->owner->link, NULL, &more);
  g_assert_null (test_hub_answer (f, &more, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT);
  g_clear_error (&error);
  g_assert_true (reeve_transport_ask (f->transport, f->owner->link, request, &error));
  g_assert_no_error (error);
  asked = raw_peer_read_message (&peer);
  probe (f, &place);
  raw_peer_expect (&peer, "ping");
  raw_peer_send (&peer, REEVE_WS_TRANSPORT_FRAME_PONG, NULL);
  reeve_mock_host_wait (f->host, &place);
  g_assert_true (reeve_transport_probe_finish (f->transport, place, &error));
  g_assert_no_error (error);
  reeve_mock_host_advance (f->host, 5100);
  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_autoptr (GError) late = NULL;

      g_assert_null (test_hub_answer (f, &places[i], &late));
      g_assert_error (late, REEVE_ERROR, REEVE_ERROR_TIMEOUT);
    }
}

/* ---- answers that are none ---- */

/* Late, twice, and with the id of another request: none of them is taken for an answer, and the
 * link stays. */
static void
test_wrong_answers (TestHub *f, gconstpointer data)
{
  g_auto (RawPeer) peer = { 0 };
  g_autoptr (GAsyncResult) late = NULL, place = NULL, third = NULL;
  g_autoptr (GBytes) one = NULL, two = NULL, three = NULL, answer = NULL, foreign = NULL;
  g_autoptr (ReeveMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  test_hub_link (f, &peer);
  test_hub_ask (f, f->owner->link, NULL, &late);
  one = raw_peer_read_message (&peer);
  reeve_mock_host_advance (f->host, 5100);
  g_assert_null (test_hub_answer (f, &late, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_TIMEOUT);
  g_clear_error (&error);
  /* the late answer has id 2, the next request 3 */
  test_hub_ask (f, f->owner->link, NULL, &place);
  two = raw_peer_read_message (&peer);
  test_hub_send_vector (&peer, "sample.hex");
  foreign = reeve_test_unhex ("a2 00 19 03e7 03 61 78");
  raw_peer_send (&peer, REEVE_WS_TRANSPORT_FRAME_BINARY, foreign);
  reeve_mock_host_settle (f->host);
  g_assert_null (place);
  answer = reeve_test_unhex ("a2 00 03 03 61 78");
  raw_peer_send (&peer, REEVE_WS_TRANSPORT_FRAME_BINARY, answer);
  raw_peer_send (&peer, REEVE_WS_TRANSPORT_FRAME_BINARY, answer);
  message = test_hub_answer (f, &place, &error);
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_FAILED);
  /* the second of the two is not the next one's */
  test_hub_ask (f, f->owner->link, NULL, &third);
  three = raw_peer_read_message (&peer);
  reeve_mock_host_settle (f->host);
  g_assert_null (third);
  g_assert_nonnull (f->owner->link);
  reeve_mock_host_advance (f->host, 5100);
  g_clear_error (&error);
  g_assert_null (test_hub_answer (f, &third, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_TIMEOUT);
}

/* ---- the limits alone, on a driven clock ---- */

/* Ten thousand agents come back through one address in ten seconds, while a thousand wrong tokens a
 * second come from it and another thousand from all over. */
static void
test_return (void)
{
  g_autoptr (ReeveClock) clock = reeve_clock_new_driven (0);
  ReeveWsTransportLimits *limits = reeve_ws_transport_limits_new (clock);
  guint told = 0, told_elsewhere = 0, missed;

  for (guint i = 0; i < 10000; i++)
    {
      g_autofree char *system = g_strdup_printf ("system-%u", i);
      g_autofree char *elsewhere = g_strdup_printf ("10.%u.%u.1", i / 256, i % 256);
      g_autoptr (ReeveAdmission) admission = reeve_admission_new (system, NULL, FALSE);

      reeve_clock_advance (clock, 1000);
      g_assert_true (reeve_ws_transport_limits_enter (limits));
      told += reeve_ws_transport_limits_fail (limits, "192.0.2.1", NULL, &missed) ==
              REEVE_WS_TRANSPORT_LIMITS_TELL;
      reeve_ws_transport_limits_leave (limits, "192.0.2.1", NULL);
      g_assert_true (reeve_ws_transport_limits_enter (limits));
      told_elsewhere += reeve_ws_transport_limits_fail (limits, elsewhere, NULL, &missed) ==
                        REEVE_WS_TRANSPORT_LIMITS_TELL;
      reeve_ws_transport_limits_leave (limits, "192.0.2.1", NULL);
      g_assert_true (reeve_ws_transport_limits_enter (limits));
      g_assert_null (reeve_ws_transport_limits_admit (limits, "192.0.2.1", FALSE, admission));
      if (i >= 2000) /* two seconds to prove oneself */
        {
          g_autofree char *before = g_strdup_printf ("system-%u", i - 2000);

          reeve_ws_transport_limits_leave (limits, "192.0.2.1", before);
        }
    }
  g_assert_cmpuint (told, <=, REEVE_WS_TRANSPORT_LIMITS_SOURCE_BURST + 6);
  /* the cap behind the sources: 200 and 20 a second */
  g_assert_cmpuint (told + told_elsewhere, <=, REEVE_WS_TRANSPORT_LIMITS_ALL_BURST + 201);
  g_assert_cmpuint (told_elsewhere, >=, REEVE_WS_TRANSPORT_LIMITS_ALL_BURST / 2);
  reeve_ws_transport_limits_free (limits);
}

/* How many more come in from there until one is refused. */
static guint
fill (ReeveWsTransportLimits *limits, const char *source, const ReeveAdmission *admission)
{
  gboolean common = strcmp (source, "local") == 0;

  for (guint n = 0;; n++)
    {
      g_assert_true (reeve_ws_transport_limits_enter (limits));
      if (reeve_ws_transport_limits_admit (limits, source, common, admission) == NULL)
        continue;
      reeve_ws_transport_limits_leave (limits, source, NULL);
      return n;
    }
}

static void
drain (ReeveWsTransportLimits *limits, const char *source, const ReeveAdmission *admission, guint n)
{
  for (guint i = 0; i < n; i++)
    reeve_ws_transport_limits_leave (limits, source, admission->admission);
}

/* A token that many machines have: one source holds half of its places, and few while its proofs
 * fail, so that others come in, those behind the same address, too. */
static void
test_shared (void)
{
  const guint all = REEVE_WS_TRANSPORT_LIMITS_MAX_UNPROVEN_SHARED;
  const guint most = REEVE_WS_TRANSPORT_LIMITS_MAX_UNPROVEN_SOURCE;
  const guint failing = REEVE_WS_TRANSPORT_LIMITS_MAX_UNPROVEN_FAILING;
  g_autoptr (ReeveClock) clock = reeve_clock_new_driven (0);
  ReeveWsTransportLimits *limits = reeve_ws_transport_limits_new (clock);
  g_autoptr (ReeveAdmission) token = reeve_admission_new ("token-1", NULL, TRUE);
  g_autoptr (ReeveAdmission) other = reeve_admission_new ("token-2", NULL, TRUE);
  guint missed;

  g_assert_cmpuint (fill (limits, "192.0.2.1", token), ==, most);
  g_assert_cmpuint (fill (limits, "192.0.2.2", token), ==, all - most);
  g_assert_cmpuint (fill (limits, "192.0.2.1", other), ==, most);
  /* none of them ever answers the challenge */
  for (guint i = 0; i < most; i++)
    reeve_ws_transport_limits_fail (limits, "192.0.2.1", "token-1", &missed);
  drain (limits, "192.0.2.1", token, most);
  g_assert_cmpuint (fill (limits, "192.0.2.1", token), ==, failing);
  g_assert_cmpuint (fill (limits, "192.0.2.3", token), ==, all - most - failing);
  /* who comes from there too, and leaves when he has proven himself, makes room for the next */
  drain (limits, "192.0.2.1", token, 1);
  g_assert_cmpuint (fill (limits, "192.0.2.1", token), ==, 1);
  drain (limits, "192.0.2.3", token, all - most - failing);
  /* time heals */
  reeve_clock_advance (clock, (gint64) REEVE_WS_TRANSPORT_LIMITS_PROOF_BURST *
                                  REEVE_WS_TRANSPORT_LIMITS_PROOF_INTERVAL_MS * 1000);
  g_assert_cmpuint (fill (limits, "192.0.2.1", token), ==, most - failing);
  drain (limits, "192.0.2.1", token, most);
  drain (limits, "192.0.2.1", other, most);
  drain (limits, "192.0.2.2", token, all - most);
  /* nobody knows who they are */
  g_assert_cmpuint (fill (limits, "local", token), ==, all);
  reeve_ws_transport_limits_free (limits);
}

/* At the hub: a proof that fails counts for its source, unless that says nothing about who it is.
 */
static void
test_failing_shared (TestHub *f, gconstpointer data)
{
  static const struct
  {
    const char *from;
    gboolean common;
  } cases[] = { { "192.0.2.7", FALSE }, { "127.0.0.1", TRUE }, { "::1", TRUE } };

  f->owner->need_info = TRUE;
  f->owner->fingerprint = "another";
  for (guint c = 0; c < G_N_ELEMENTS (cases); c++)
    {
      static RawPeer peers[REEVE_WS_TRANSPORT_LIMITS_MAX_UNPROVEN_FAILING];
      TestOffer offer = test_stock;
      g_auto (RawPeer) next = { 0 };

      offer.peer = cases[c].from;
      for (guint i = 0; i < REEVE_WS_TRANSPORT_LIMITS_PROOF_BURST; i++)
        {
          g_auto (RawPeer) peer = { 0 };

          test_hub_enter (f, &offer, &peer);
          test_hub_send_vector (&peer, "fingerprint-info.hex");
          raw_peer_expect (&peer, "close 1000 fingerprint mismatch");
        }
      for (guint i = 0; i < G_N_ELEMENTS (peers); i++)
        test_hub_enter (f, &offer, &peers[i]);
      if (cases[c].common)
        test_hub_enter (f, &offer, &next);
      else
        g_assert_cmpuint (try_token (f, FAKE_TOKEN, offer.peer), ==, 429);
      for (guint i = 0; i < G_N_ELEMENTS (peers); i++)
        raw_peer_clear (&peers[i]);
      reeve_mock_host_settle (f->host);
    }
}

/* Neither table grows without an end, and sources beyond it share one measure. */
static void
test_tables (void)
{
  g_autoptr (ReeveClock) clock = reeve_clock_new_driven (0);
  ReeveWsTransportLimits *limits = reeve_ws_transport_limits_new (clock);
  guint missed, told = 0, n;

  for (guint i = 0; i < REEVE_WS_TRANSPORT_LIMITS_MAX_SOURCES; i++)
    {
      g_autofree char *source = g_strdup_printf ("source-%u", i);

      reeve_ws_transport_limits_fail (limits, source, source, &missed);
    }
  for (guint i = 0; i < 1000; i++)
    {
      g_autofree char *source = g_strdup_printf ("other-%u", i);

      told += reeve_ws_transport_limits_fail (limits, source, source, &missed) ==
              REEVE_WS_TRANSPORT_LIMITS_TELL;
    }
  g_assert_cmpuint (told, <=, REEVE_WS_TRANSPORT_LIMITS_SOURCE_BURST);
  /* an hour later all is forgotten */
  reeve_clock_advance (clock, G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC);
  g_assert_cmpint (reeve_ws_transport_limits_fail (limits, "new", NULL, &missed), ==,
                   REEVE_WS_TRANSPORT_LIMITS_TELL);
  for (n = 0; reeve_ws_transport_limits_enter (limits); n++)
    ;
  g_assert_cmpuint (n, ==, REEVE_WS_TRANSPORT_LIMITS_MAX_STRANGERS);
  reeve_ws_transport_limits_free (limits);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("flood", test_flood, NULL);
  ADD ("clone", test_clone, NULL);
  ADD ("waiting", test_waiting, NULL);
  ADD ("waiting-shared", test_waiting_shared, NULL);
  ADD ("failing-shared", test_failing_shared, NULL);
  ADD ("named", test_named, NULL);
  ADD ("sizes", test_sizes, NULL);
  ADD ("probe-pong", test_probe_pong, NULL);
  ADD ("probe-answer", test_probe_answer, NULL);
  ADD ("probe-silence", test_probe_silence, NULL);
  ADD ("probe-end", test_probe_end, NULL);
  ADD ("places", test_places, NULL);
  ADD ("wrong-answers", test_wrong_answers, NULL);
  g_test_add_func ("/ws-transport/limits/return", test_return);
  g_test_add_func ("/ws-transport/limits/shared", test_shared);
  g_test_add_func ("/ws-transport/limits/tables", test_tables);
  return g_test_run ();
}
