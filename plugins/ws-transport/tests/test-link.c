/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A connection after its upgrade, over a socketpair and with a driven clock: requests and their
 * answers in any order, deadlines, keepalive, broken frames and every end. */

#include "config.h"

#include <reeve/monitor.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../reeve-ws-transport-link.h"
#include "core/wire/reeve-wire.h"
#include "tests/lib/test-engine.h"

typedef struct
{
  TestEngine engine;
  int peer;
  ReeveWsTransportLink *link;
  GString *log; /* what the link called, in order */
  GError *error;
  gboolean close_in_answer;
  ReeveWsTransportFrameParser *reader; /* of what the link sends */
} TestLink;

static const guint8 test_mask[4] = { 1, 2, 3, 4 };

static void
test_link_message (ReeveWsTransportLink *link, const guint8 *data, gsize length, gpointer user_data)
{
  TestLink *f = user_data;

  g_string_append_printf (f->log, "message %" G_GSIZE_FORMAT ";", length);
}

static void
test_link_closed (ReeveWsTransportLink *link, const GError *error, gpointer user_data)
{
  TestLink *f = user_data;

  g_assert_null (f->error);
  f->error = g_error_copy (error);
  g_string_append (f->log, "closed;");
}

static void
test_link_answer (ReeveWsTransportLink *link, const guint8 *data, gsize length, const GError *error,
                  gpointer user_data)
{
  TestLink *f = user_data;

  if (error != NULL)
    g_string_append_printf (f->log, "error %d;", error->code);
  else
    g_string_append_printf (f->log, "answer %" G_GINT64_FORMAT ";",
                            reeve_wire_response_peek_id (data, length));
  if (f->close_in_answer)
    reeve_ws_transport_link_close (link, 1000, "enough",
                                   g_error_new_literal (REEVE_ERROR, REEVE_ERROR_FAILED,
                                                        "closed in the answer"));
}

static const ReeveWsTransportLinkFuncs test_link_hub = { .closed = test_link_closed };
static const ReeveWsTransportLinkFuncs test_link_agent = { .message = test_link_message,
                                                           .closed = test_link_closed };

static void
test_link_set_up (TestLink *f, gconstpointer data)
{
  gboolean agent = data != NULL;
  int fds[2];

  test_engine_set_up (&f->engine, NULL);
  test_make_pair (fds);
  f->peer = fds[1];
  f->log = g_string_new (NULL);
  f->link =
      reeve_ws_transport_link_new (f->engine.owner, reeve_stream_new (f->engine.owner, fds[0]),
                                   agent ? REEVE_WS_TRANSPORT_FRAME_ROLE_CLIENT
                                         : REEVE_WS_TRANSPORT_FRAME_ROLE_SERVER,
                                   agent ? &test_link_agent : &test_link_hub, f);
  f->reader = reeve_ws_transport_frame_parser_new (agent ? REEVE_WS_TRANSPORT_FRAME_ROLE_SERVER
                                                         : REEVE_WS_TRANSPORT_FRAME_ROLE_CLIENT,
                                                   REEVE_WS_TRANSPORT_FRAME_LIMIT_HUB);
}

static void
test_link_tear_down (TestLink *f, gconstpointer data)
{
  reeve_ws_transport_link_detach (f->link);
  reeve_ws_transport_link_unref (f->link);
  reeve_ws_transport_frame_parser_free (f->reader);
  test_engine_turn (&f->engine);
  g_assert_cmpuint (test_engine_count_streams (&f->engine), ==, 0);
  close (f->peer);
  g_string_free (f->log, TRUE);
  g_clear_error (&f->error);
  test_engine_tear_down (&f->engine, NULL);
}

/* From the peer; masked if it is an agent. */
static void
test_link_feed (TestLink *f, ReeveWsTransportFrameOpcode opcode, gconstpointer data, gsize length,
                gboolean masked)
{
  g_autoptr (GByteArray) frame = g_byte_array_new ();

  reeve_ws_transport_frame_append (frame, opcode, data, length, masked ? test_mask : NULL);
  for (gsize done = 0; done < frame->len;)
    {
      gssize n = send (f->peer, frame->data + done, frame->len - done, MSG_DONTWAIT | MSG_NOSIGNAL);

      if (n > 0)
        done += (gsize) n;
      test_engine_turn (&f->engine);
      if (n < 0 && !reeve_ws_transport_link_is_open (f->link))
        break;
    }
  test_engine_turn (&f->engine);
}

static void
test_link_feed_error_answer (TestLink *f, gint64 id)
{
  g_autoptr (GBytes) bytes = reeve_wire_encode_error (id, "x", NULL);

  test_link_feed (f, REEVE_WS_TRANSPORT_FRAME_BINARY, g_bytes_get_data (bytes, NULL),
                  g_bytes_get_size (bytes), TRUE);
}

/* The next frame that the link sent, as text; NULL: none. */
static char *
test_link_sent (TestLink *f)
{
  static const char *const kinds[] = { "message", "ping", "pong", "close", "error" };
  guint8 buffer[4096];
  guint8 *position = buffer;
  ReeveWsTransportFrameEvent event;
  gsize length = 0;
  gssize n;

  /* a byte at a time: events stay apart */
  while ((n = recv (f->peer, buffer, 1, MSG_DONTWAIT)) == 1)
    {
      position = buffer;
      length = 1;
      if (reeve_ws_transport_frame_parser_next (f->reader, &position, &length, &event))
        return g_strdup_printf ("%s %u %.*s", kinds[event.kind], event.code,
                                event.kind == REEVE_WS_TRANSPORT_FRAME_EVENT_MESSAGE
                                    ? 0
                                    : (int) event.length,
                                event.data != NULL ? (const char *) event.data : "");
    }
  return n == 0 ? g_strdup ("end") : NULL;
}

static void
test_link_expect (TestLink *f, const char *expected)
{
  g_autofree char *sent = test_link_sent (f);

  g_assert_cmpstr (sent, ==, expected);
}

static guint32
test_link_ask (TestLink *f, guint timeout_ms)
{
  g_autoptr (GError) error = NULL;
  guint32 id = reeve_ws_transport_link_request (f->link, g_bytes_new_static ("\xa0", 1), timeout_ms,
                                                test_link_answer, f, &error);

  g_assert_no_error (error);
  return id;
}

static void
test_link_advance (TestLink *f, gint64 ms)
{
  test_engine_turn (&f->engine);
  reeve_clock_advance (f->engine.clock, ms * MS);
  test_engine_turn (&f->engine);
}

/* ---- requests ---- */

static void
test_link_order (TestLink *f, gconstpointer data)
{
  g_assert_cmpuint (reeve_ws_transport_link_get_next_id (f->link), ==, 1);
  for (guint32 id = 1; id <= 4; id++)
    g_assert_cmpuint (test_link_ask (f, 5000), ==, id);
  test_link_feed_error_answer (f, 3);
  test_link_feed_error_answer (f, 77); /* nobody asked */
  test_link_feed_error_answer (f, 3);  /* not any more */
  test_link_feed_error_answer (f, REEVE_WIRE_ID_NONE);
  test_link_feed_error_answer (f, 4);
  g_assert_cmpstr (f->log->str, ==, "answer 3;answer -1;answer 4;");
  g_assert_cmpuint (reeve_ws_transport_link_get_n_pending (f->link), ==, 1);
  /* what is no answer at all is the oldest request's, which then fails to decode it */
  test_link_feed (f, REEVE_WS_TRANSPORT_FRAME_BINARY, "\x61x", 2, TRUE);
  g_assert_cmpuint (reeve_ws_transport_link_get_n_pending (f->link), ==, 0);
  test_link_feed (f, REEVE_WS_TRANSPORT_FRAME_BINARY, "\x61x", 2, TRUE);
  g_assert_true (reeve_ws_transport_link_is_open (f->link));
}

static void
test_link_deadlines (TestLink *f, gconstpointer data)
{
  test_link_ask (f, 5000);
  test_link_advance (f, 1000);
  test_link_ask (f, 2000);
  test_link_ask (f, 9000);
  test_link_advance (f, 1999);
  g_assert_cmpstr (f->log->str, ==, "");
  test_link_advance (f, 1);
  g_assert_cmpstr (f->log->str, ==, "error 6;");
  /* too late, and for nobody */
  test_link_feed_error_answer (f, 2);
  test_link_advance (f, 2000);
  g_assert_cmpstr (f->log->str, ==, "error 6;error 6;");
  test_link_feed_error_answer (f, 3);
  g_assert_cmpstr (f->log->str, ==, "error 6;error 6;answer 3;");
  g_assert_true (reeve_ws_transport_link_is_open (f->link));
}

static void
test_link_many (TestLink *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < REEVE_WS_TRANSPORT_LINK_MAX_PENDING; i++)
    test_link_ask (f, 5000);
  g_assert_cmpuint (reeve_ws_transport_link_request (f->link, g_bytes_new_static ("\xa0", 1), 5000,
                                                     test_link_answer, f, &error),
                    ==, 0);
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT);
  g_clear_error (&error);
  reeve_ws_transport_link_forget (f->link, 3);
  reeve_ws_transport_link_forget (f->link, 3);
  test_link_ask (f, 5000);
  reeve_ws_transport_link_close (f->link, 1000, "bye",
                                 g_error_new_literal (REEVE_ERROR, REEVE_ERROR_FAILED, "bye"));
  /* nobody is called inside the call */
  g_assert_cmpstr (f->log->str, ==, "");
  g_assert_cmpuint (reeve_ws_transport_link_request (f->link, g_bytes_new_static ("\xa0", 1), 5000,
                                                     test_link_answer, f, &error),
                    ==, 0);
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE);
  test_engine_turn (&f->engine);
  g_assert_cmpuint (f->log->len, ==,
                    REEVE_WS_TRANSPORT_LINK_MAX_PENDING * strlen ("error 0;") + strlen ("closed;"));
  g_assert_true (g_str_has_suffix (f->log->str, "error 0;closed;"));
  for (guint i = 0; i < REEVE_WS_TRANSPORT_LINK_MAX_PENDING + 1; i++)
    test_link_expect (f, "message 0 ");
  test_link_expect (f, "close 1000 bye");
  test_link_expect (f, "end");
}

static void
test_link_close_inside (TestLink *f, gconstpointer data)
{
  g_autoptr (GByteArray) both = g_byte_array_new ();
  g_autoptr (GBytes) answer = reeve_wire_encode_error (1, "x", NULL);

  f->close_in_answer = TRUE;
  test_link_ask (f, 5000);
  test_link_ask (f, 5000);
  for (guint i = 0; i < 2; i++)
    reeve_ws_transport_frame_append (both, REEVE_WS_TRANSPORT_FRAME_BINARY,
                                     g_bytes_get_data (answer, NULL), g_bytes_get_size (answer),
                                     test_mask);
  g_assert_cmpint (write (f->peer, both->data, both->len), ==, both->len);
  test_engine_turn (&f->engine);
  g_assert_cmpstr (f->log->str, ==, "answer 1;error 0;closed;");
}

/* ---- what else comes ---- */

static void
test_link_control (TestLink *f, gconstpointer data)
{
  test_link_feed (f, REEVE_WS_TRANSPORT_FRAME_PING, "abc", 3, TRUE);
  test_link_expect (f, "pong 0 abc");
  test_link_feed (f, REEVE_WS_TRANSPORT_FRAME_PONG, NULL, 0, TRUE);
  test_link_feed (f, REEVE_WS_TRANSPORT_FRAME_TEXT, "text", 4, TRUE);
  test_link_feed (f, REEVE_WS_TRANSPORT_FRAME_BINARY, NULL, 0, TRUE);
  test_link_expect (f, NULL);
  reeve_ws_transport_link_ping (f->link);
  test_link_expect (f, "ping 0 ");
  g_assert_cmpstr (f->log->str, ==, "");
}

/* Who says something is not pinged. */
static void
test_link_quiet (TestLink *f, gconstpointer data)
{
  reeve_ws_transport_link_set_quiet (f->link, 25000);
  test_link_advance (f, 24 * 1000);
  test_link_feed (f, REEVE_WS_TRANSPORT_FRAME_PONG, NULL, 0, TRUE);
  test_link_advance (f, 24 * 1000);
  test_link_expect (f, NULL);
  test_link_advance (f, 1000);
  test_link_expect (f, "ping 0 ");
  test_link_advance (f, 25 * 1000);
  test_link_expect (f, "ping 0 ");
  /* it does not answer: it is lost when it would have been lost without */
  test_link_advance (f, 19 * 1000);
  test_link_expect (f, NULL);
  g_assert_cmpstr (f->log->str, ==, "");
  test_link_advance (f, 2 * 1000);
  test_engine_turn (&f->engine);
  g_assert_cmpstr (f->log->str, ==, "closed;");
}

static void
test_link_agent_messages (TestLink *f, gconstpointer data)
{
  test_link_feed (f, REEVE_WS_TRANSPORT_FRAME_BINARY, "\xa0", 1, FALSE);
  test_link_feed (f, REEVE_WS_TRANSPORT_FRAME_TEXT, "text", 4, FALSE);
  test_link_feed (f, REEVE_WS_TRANSPORT_FRAME_BINARY, NULL, 0, FALSE);
  test_link_feed (f, REEVE_WS_TRANSPORT_FRAME_PING, NULL, 0, FALSE);
  g_assert_cmpstr (f->log->str, ==, "message 1;");
  test_link_expect (f, "pong 0 ");
  reeve_ws_transport_link_send (f->link, g_bytes_new_static ("\xa1\x00\x01", 3));
  test_link_expect (f, "message 0 ");
}

/* More frames than masking keys are drawn at a time. */
static void
test_link_keys (TestLink *f, gconstpointer data)
{
  g_autoptr (GHashTable) keys = g_hash_table_new (NULL, NULL);
  const guint n = 200;

  for (guint i = 0; i < n; i++)
    {
      guint8 frame[64];
      guint32 key;

      reeve_ws_transport_link_ping (f->link);
      test_engine_turn (&f->engine);
      g_assert_cmpint (recv (f->peer, frame, sizeof frame, MSG_DONTWAIT), ==, 2 + sizeof key);
      g_assert_cmpuint (frame[0], ==, 0x89);
      g_assert_cmpuint (frame[1], ==, 0x80);
      memcpy (&key, frame + 2, sizeof key);
      g_hash_table_add (keys, GUINT_TO_POINTER (key));
    }
  /* two of 200 random ones are the same once in 200,000 runs, three times never */
  g_assert_cmpuint (g_hash_table_size (keys), >=, n - 1);
}

static void
test_link_wrong_mask (TestLink *f, gconstpointer data)
{
  gboolean agent = data != NULL;

  test_link_feed (f, REEVE_WS_TRANSPORT_FRAME_BINARY, "\xa0", 1, agent);
  g_assert_error (f->error, REEVE_ERROR, REEVE_ERROR_PROTOCOL);
  g_assert_cmpstr (f->log->str, ==, "closed;");
  g_autofree char *sent = test_link_sent (f);
  g_assert_true (g_str_has_prefix (sent, "close 1002 "));
  test_link_expect (f, "end");
}

static void
test_link_oversize (TestLink *f, gconstpointer data)
{
  g_autofree guint8 *big = g_malloc0 (REEVE_WS_TRANSPORT_FRAME_LIMIT_UNKNOWN_PEER + 1);
  g_autofree char *sent = NULL;

  test_link_ask (f, 60000);
  test_link_expect (f, "message 0 ");
  test_link_feed (f, REEVE_WS_TRANSPORT_FRAME_BINARY, big,
                  REEVE_WS_TRANSPORT_FRAME_LIMIT_UNKNOWN_PEER, TRUE);
  g_assert_cmpstr (f->log->str, ==, "answer -1;");
  reeve_ws_transport_link_set_limit (f->link, REEVE_WS_TRANSPORT_FRAME_LIMIT_UNKNOWN_PEER + 1);
  test_link_ask (f, 60000);
  test_link_expect (f, "message 0 ");
  test_link_feed (f, REEVE_WS_TRANSPORT_FRAME_BINARY, big,
                  REEVE_WS_TRANSPORT_FRAME_LIMIT_UNKNOWN_PEER + 1, TRUE);
  g_assert_cmpstr (f->log->str, ==, "answer -1;answer -1;");
  reeve_ws_transport_link_set_limit (f->link, REEVE_WS_TRANSPORT_FRAME_LIMIT_UNKNOWN_PEER);
  test_link_feed (f, REEVE_WS_TRANSPORT_FRAME_BINARY, big,
                  REEVE_WS_TRANSPORT_FRAME_LIMIT_UNKNOWN_PEER + 1, TRUE);
  g_assert_error (f->error, REEVE_ERROR, REEVE_ERROR_LIMIT);
  sent = test_link_sent (f);
  g_assert_true (g_str_has_prefix (sent, "close 1009 "));
}

/* ---- ends ---- */

static void
test_link_half_open (TestLink *f, gconstpointer data)
{
  test_link_advance (f, 60000);
  /* half a frame is no sign of life */
  g_assert_cmpint (write (f->peer, "\x82\x85", 2), ==, 2);
  test_link_advance (f, 9999);
  g_assert_true (reeve_ws_transport_link_is_open (f->link));
  test_link_advance (f, 1);
  g_assert_error (f->error, REEVE_ERROR, REEVE_ERROR_TIMEOUT);
  g_assert_nonnull (strstr (f->error->message, "70 s"));
  test_link_expect (f, "end");
}

static void
test_link_kept_alive (TestLink *f, gconstpointer data)
{
  for (guint i = 0; i < 4; i++)
    {
      test_link_advance (f, 60000);
      test_link_feed (f,
                      (ReeveWsTransportFrameOpcode[]){
                          REEVE_WS_TRANSPORT_FRAME_PING, REEVE_WS_TRANSPORT_FRAME_PONG,
                          REEVE_WS_TRANSPORT_FRAME_TEXT, REEVE_WS_TRANSPORT_FRAME_BINARY }[i],
                      NULL, 0, TRUE);
    }
  test_link_advance (f, 69999);
  g_assert_true (reeve_ws_transport_link_is_open (f->link));
  test_link_advance (f, 1);
  g_assert_false (reeve_ws_transport_link_is_open (f->link));
}

static void
test_link_deadline (TestLink *f, gconstpointer data)
{
  reeve_ws_transport_link_set_deadline (f->link, 10000, "a word");
  test_link_advance (f, 5000);
  reeve_ws_transport_link_set_deadline (f->link, 0, NULL);
  test_link_advance (f, 20000);
  g_assert_true (reeve_ws_transport_link_is_open (f->link));
  reeve_ws_transport_link_set_deadline (f->link, 10000, "a word");
  test_link_advance (f, 10000);
  g_assert_error (f->error, REEVE_ERROR, REEVE_ERROR_TIMEOUT);
  g_assert_true (g_str_has_prefix (f->error->message, "a word"));
}

static void
test_link_peer_closes (TestLink *f, gconstpointer data)
{
  test_link_ask (f, 5000);
  test_link_expect (f, "message 0 ");
  test_link_feed (f, REEVE_WS_TRANSPORT_FRAME_CLOSE,
                  "\x03\xe8"
                  "fingerprint\x1b mismatch",
                  23, TRUE);
  g_assert_cmpstr (f->log->str, ==, "error 10;closed;");
  g_assert_error (f->error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE);
  g_assert_nonnull (strstr (f->error->message, "fingerprint\xef\xbf\xbd mismatch (1000)"));
  test_link_expect (f, "close 1000 ");
  test_link_expect (f, "end");
}

static void
test_link_peer_goes (TestLink *f, gconstpointer data)
{
  test_link_ask (f, 5000);
  test_link_expect (f, "message 0 ");
  shutdown (f->peer, SHUT_WR);
  test_engine_turn (&f->engine);
  g_assert_cmpstr (f->log->str, ==, "error 10;closed;");
  g_assert_error (f->error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE);
}

static void
test_link_detached (TestLink *f, gconstpointer data)
{
  test_link_ask (f, 5000);
  reeve_ws_transport_link_detach (f->link);
  g_assert_cmpstr (f->log->str, ==, "error 5;");
  test_engine_turn (&f->engine);
  g_assert_cmpstr (f->log->str, ==, "error 5;");
}

#define ADD(path, func, data)                                                                      \
  g_test_add ("/ws-transport/link/" path, TestLink, data, test_link_set_up, func,                  \
              test_link_tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("order", test_link_order, NULL);
  ADD ("deadlines", test_link_deadlines, NULL);
  ADD ("many", test_link_many, NULL);
  ADD ("close-inside", test_link_close_inside, NULL);
  ADD ("control", test_link_control, NULL);
  ADD ("quiet", test_link_quiet, NULL);
  ADD ("agent-messages", test_link_agent_messages, "agent");
  ADD ("keys", test_link_keys, "agent");
  ADD ("wrong-mask-hub", test_link_wrong_mask, NULL);
  ADD ("wrong-mask-agent", test_link_wrong_mask, "agent");
  ADD ("oversize", test_link_oversize, NULL);
  ADD ("half-open", test_link_half_open, NULL);
  ADD ("kept-alive", test_link_kept_alive, NULL);
  ADD ("deadline", test_link_deadline, NULL);
  ADD ("peer-closes", test_link_peer_closes, NULL);
  ADD ("peer-goes", test_link_peer_goes, NULL);
  ADD ("detached", test_link_detached, NULL);
  return g_test_run ();
}
