/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The frame codec beside wslay, an implementation that is not ours: random sequences of frames,
 * some of them wrong, in random pieces, go to both, and both must see the same messages and the
 * same end. */

#include "config.h"

#include "../reeve-ws-transport-frame.h"

#include <string.h>
#include <wslay/wslay.h>

#define TEST_LIMIT 70000
#define TEST_ROUNDS 4000

typedef struct
{
  const guint8 *bytes;
  gsize length;
  GString *log;
} TestOracle;

static void
test_wslay_log (GString *log, guint opcode, const void *data, gsize length)
{
  g_autofree char *digest = g_compute_checksum_for_data (G_CHECKSUM_MD5, data, length);

  g_string_append_printf (log, "%u:%" G_GSIZE_FORMAT ":%.8s;", opcode, length, digest);
}

static ssize_t
test_wslay_recv_cb (wslay_event_context_ptr context, uint8_t *buffer, size_t size, int flags,
                    void *user_data)
{
  TestOracle *oracle = user_data;
  gsize n = MIN (size, oracle->length);

  (void) flags;
  if (n == 0)
    {
      wslay_event_set_error (context, WSLAY_ERR_WOULDBLOCK);
      return -1;
    }
  memcpy (buffer, oracle->bytes, n);
  oracle->bytes += n;
  oracle->length -= n;
  return (ssize_t) n;
}

static ssize_t
test_wslay_send_cb (wslay_event_context_ptr context, const uint8_t *data, size_t length, int flags,
                    void *user_data)
{
  (void) context;
  (void) data;
  (void) flags;
  (void) user_data;
  return (ssize_t) length;
}

static int
test_wslay_mask_cb (wslay_event_context_ptr context, uint8_t *buffer, size_t length,
                    void *user_data)
{
  (void) context;
  (void) user_data;
  memset (buffer, 0x5a, length);
  return 0;
}

static void
test_wslay_message_cb (wslay_event_context_ptr context,
                       const struct wslay_event_on_msg_recv_arg *message, void *user_data)
{
  TestOracle *oracle = user_data;

  (void) context;
  if (message->opcode != WSLAY_CONNECTION_CLOSE)
    test_wslay_log (oracle->log, message->opcode, message->msg, message->msg_length);
}

static const struct wslay_event_callbacks test_wslay_callbacks = {
  .recv_callback = test_wslay_recv_cb,
  .send_callback = test_wslay_send_cb,
  .genmask_callback = test_wslay_mask_cb,
  .on_msg_recv_callback = test_wslay_message_cb,
};

/* Lengths at the edges of the three forms, and of the limit, more often than others. */
static gsize
test_wslay_length (GRand *random)
{
  static const gsize edges[] = {
    0, 1, 124, 125, 126, 127, 65535, 65536, TEST_LIMIT, TEST_LIMIT + 1
  };

  if (g_rand_int_range (random, 0, 4) == 0)
    return edges[g_rand_int_range (random, 0, G_N_ELEMENTS (edges))];
  return (gsize) g_rand_int_range (random, 0, 300);
}

/* One frame; the fragments of a message follow each other as they must, nearly always. */
static void
test_wslay_add_frame (GByteArray *out, GRand *random, gboolean masked, gboolean *open_message)
{
  /* Without 1002: wslay sends it back, we answer 1000. */
  static const guint16 codes[] = { 1000, 1001, 1003, 1004, 1005, 999, 3000, 4999, 5000, 1015 };
  guint8 header[REEVE_WS_TRANSPORT_FRAME_MAX_HEADER];
  g_autofree guint8 *payload = NULL;
  gsize length = test_wslay_length (random);
  gboolean fin = g_rand_int_range (random, 0, 3) != 0;
  guint opcode = *open_message ? 0 : (guint) g_rand_int_range (random, 1, 3);
  guint32 key = g_rand_int (random);
  gint dice = g_rand_int_range (random, 0, 100);
  gsize n;

  if (dice < 30)
    {
      opcode = dice < 2 ? 8 : (guint) g_rand_int_range (random, 9, 11);
      fin = TRUE;
      length %= 126;
    }
  else if (dice < 31)
    opcode = (guint) g_rand_int_range (random, 0, 16);
  /* Half a close code: wslay takes it for none, we answer 1002. */
  if (opcode == 8 && length == 1)
    length = 0;
  if (opcode < 3)
    *open_message = !fin;

  payload = g_malloc (length + 2);
  memset (payload, 'a' + (int) (key % 26), length + 2);
  if (opcode == 8 && length >= 2)
    {
      guint16 code = codes[g_rand_int_range (random, 0, G_N_ELEMENTS (codes))];

      payload[0] = (guint8) (code >> 8);
      payload[1] = (guint8) code;
    }
  n = reeve_ws_transport_frame_write_header (header, opcode, length,
                                             masked ? (const guint8 *) &key : NULL);
  if (!fin)
    header[0] &= 0x7f;
  if (g_rand_int_range (random, 0, 100) == 0)
    header[0] |= 0x10 << g_rand_int_range (random, 0, 3);
  if (g_rand_int_range (random, 0, 200) == 0 && n > 3 && !masked)
    header[2] ^= (guint8) g_rand_int_range (random, 0, 256);
  if (g_rand_int_range (random, 0, 300) == 0 && n > 3 && header[1] % 128 >= 126)
    memset (header + 2, 0, header[1] % 128 == 126 ? 2 : 8);
  if (masked)
    reeve_ws_transport_frame_mask (payload, length, (const guint8 *) &key, 0);
  g_byte_array_append (out, header, n);
  g_byte_array_append (out, payload, length);
}

/* Ours in random pieces. Returns the code that ends the connection, 0 if it goes on. */
static guint16
test_wslay_run_ours (ReeveWsTransportFrameRole role, GByteArray *bytes, GRand *random, GString *log)
{
  g_autoptr (ReeveWsTransportFrameParser) parser =
      reeve_ws_transport_frame_parser_new (role, TEST_LIMIT);
  guint16 end = 0;
  gsize done = 0;

  while (done < bytes->len)
    {
      gsize piece = (gsize) g_rand_int_range (random, 1, g_rand_boolean (random) ? 20 : 100000);
      gsize length = MIN (piece, bytes->len - done);
      g_autofree guint8 *copy = g_memdup2 (bytes->data + done, length);
      guint8 *position = copy;
      ReeveWsTransportFrameEvent event;

      done += length;
      while (reeve_ws_transport_frame_parser_next (parser, &position, &length, &event))
        switch (event.kind)
          {
          case REEVE_WS_TRANSPORT_FRAME_EVENT_MESSAGE:
            test_wslay_log (log, event.opcode, event.data, event.length);
            break;
          case REEVE_WS_TRANSPORT_FRAME_EVENT_PING:
            test_wslay_log (log, 9, event.data, event.length);
            break;
          case REEVE_WS_TRANSPORT_FRAME_EVENT_PONG:
            test_wslay_log (log, 10, event.data, event.length);
            break;
          case REEVE_WS_TRANSPORT_FRAME_EVENT_CLOSE:
            end = event.reply == 1002 ? 1002 : 1;
            break;
          case REEVE_WS_TRANSPORT_FRAME_EVENT_ERROR:
            end = event.code;
            break;
          }
    }
  return end;
}

static guint16
test_wslay_run_oracle (ReeveWsTransportFrameRole role, GByteArray *bytes, GString *log)
{
  TestOracle oracle = { bytes->data, bytes->len, log };
  wslay_event_context_ptr context = NULL;
  guint16 end = 0;

  if (role == REEVE_WS_TRANSPORT_FRAME_ROLE_SERVER)
    g_assert_cmpint (wslay_event_context_server_init (&context, &test_wslay_callbacks, &oracle), ==,
                     0);
  else
    g_assert_cmpint (wslay_event_context_client_init (&context, &test_wslay_callbacks, &oracle), ==,
                     0);
  wslay_event_config_set_max_recv_msg_length (context, TEST_LIMIT);
  while (oracle.length > 0 && wslay_event_get_read_enabled (context))
    if (wslay_event_recv (context) != 0)
      break;
  g_assert_cmpint (wslay_event_send (context), ==, 0);
  if (wslay_event_get_close_sent (context))
    {
      end = wslay_event_get_status_code_sent (context);
      /* Its frame layer ends a connection without a code; its answers to a close that is well
       * formed differ from ours by intent. */
      if (!wslay_event_get_close_received (context) && end == 1005)
        end = 1002;
      else if (wslay_event_get_close_received (context) && end != 1002)
        end = 1;
    }
  wslay_event_context_free (context);
  return end;
}

static void
test_wslay_random (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (g_test_rand_int ());
  guint ends[4] = { 0 };

  for (guint round = 0; round < TEST_ROUNDS; round++)
    {
      ReeveWsTransportFrameRole role = round % 2 == 0 ? REEVE_WS_TRANSPORT_FRAME_ROLE_SERVER
                                                      : REEVE_WS_TRANSPORT_FRAME_ROLE_CLIENT;
      gboolean masked = role == REEVE_WS_TRANSPORT_FRAME_ROLE_SERVER;
      guint frames = (guint) g_rand_int_range (random, 1, 20);
      g_autoptr (GByteArray) bytes = g_byte_array_new ();
      g_autoptr (GString) ours = g_string_new (NULL);
      g_autoptr (GString) theirs = g_string_new (NULL);
      gboolean open_message = FALSE;
      guint16 our_end, their_end;

      for (guint i = 0; i < frames; i++)
        test_wslay_add_frame (bytes, random,
                              g_rand_int_range (random, 0, 300) == 0 ? !masked : masked,
                              &open_message);
      our_end = test_wslay_run_ours (role, bytes, random, ours);
      their_end = test_wslay_run_oracle (role, bytes, theirs);
      /* A spoilt length can make a text of anything; wslay minds that it is no UTF-8. */
      if (their_end == 1007)
        {
          g_assert_true (g_str_has_prefix (ours->str, theirs->str));
          continue;
        }
      g_assert_cmpstr (ours->str, ==, theirs->str);
      g_assert_cmpuint (our_end, ==, their_end);
      ends[our_end == 0 ? 0 : our_end == 1 ? 1 : our_end == 1002 ? 2 : 3]++;
    }
  g_test_message ("%u went on, %u closed, %u were wrong, %u too big", ends[0], ends[1], ends[2],
                  ends[3]);
  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    g_assert_cmpuint (ends[i], >, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ws-transport/frame/wslay", test_wslay_random);
  return g_test_run ();
}
