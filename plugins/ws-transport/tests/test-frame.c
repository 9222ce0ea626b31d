/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The frame codec: examples of RFC 6455, every refusal, every split, and the answers to a close. */

#include "config.h"

#include "../reeve-ws-transport-frame.h"

#include <string.h>

#define SERVER REEVE_WS_TRANSPORT_FRAME_ROLE_SERVER
#define CLIENT REEVE_WS_TRANSPORT_FRAME_ROLE_CLIENT

static const guint8 test_mask[] = { 0x37, 0xfa, 0x21, 0x3d };

/* Writes an event as text, so that sequences compare as one string. */
static void
test_frame_describe (GString *log, const ReeveWsTransportFrameEvent *event)
{
  static const char *const names[] = { "message", "ping", "pong", "close", "error" };

  g_string_append (log, names[event->kind]);
  if (event->kind == REEVE_WS_TRANSPORT_FRAME_EVENT_MESSAGE)
    g_string_append (log, event->opcode == REEVE_WS_TRANSPORT_FRAME_TEXT ? " text" : " binary");
  if (event->kind == REEVE_WS_TRANSPORT_FRAME_EVENT_CLOSE)
    g_string_append_printf (log, " %u>%u", event->code, event->reply);
  if (event->kind == REEVE_WS_TRANSPORT_FRAME_EVENT_ERROR)
    g_string_append_printf (log, " %u", event->code);
  if (event->length > 0 && event->length < 200)
    g_string_append_printf (log, " %.*s", (int) event->length, (const char *) event->data);
  else if (event->length > 0)
    g_string_append_printf (log, " (%" G_GSIZE_FORMAT ")", event->length);
  g_string_append_c (log, ';');
}

static void
test_frame_feed (ReeveWsTransportFrameParser *parser, GString *log, const guint8 *bytes,
                 gsize length)
{
  g_autofree guint8 *copy = g_memdup2 (bytes, length);
  ReeveWsTransportFrameEvent event;
  guint8 *position = copy;

  while (reeve_ws_transport_frame_parser_next (parser, &position, &length, &event))
    test_frame_describe (log, &event);
  g_assert_cmpuint (length, ==, 0);
}

static GByteArray *
test_frame_unhex (const char *hex)
{
  GByteArray *out = g_byte_array_new ();

  for (; *hex != '\0'; hex++)
    if (*hex != ' ')
      {
        guint8 byte = (guint8) (g_ascii_xdigit_value (hex[0]) << 4 | g_ascii_xdigit_value (hex[1]));

        g_byte_array_append (out, &byte, 1);
        hex++;
      }
  return out;
}

/* Whatever the split, the events are the same. */
static void
test_frame_expect (ReeveWsTransportFrameRole role, const char *hex, const char *expected)
{
  g_autoptr (GByteArray) bytes = test_frame_unhex (hex);

  for (guint step = 1; step <= bytes->len; step++)
    {
      g_autoptr (ReeveWsTransportFrameParser) parser =
          reeve_ws_transport_frame_parser_new (role, 64);
      g_autoptr (GString) log = g_string_new (NULL);

      for (guint i = 0; i < bytes->len; i += step)
        test_frame_feed (parser, log, bytes->data + i, MIN (step, bytes->len - i));
      g_assert_cmpstr (log->str, ==, expected);
    }
}

static void
test_frame_examples (void)
{
  /* RFC 6455, 5.7 */
  test_frame_expect (CLIENT, "81 05 48 65 6c 6c 6f", "message text Hello;");
  test_frame_expect (SERVER, "81 85 37 fa 21 3d 7f 9f 4d 51 58", "message text Hello;");
  test_frame_expect (CLIENT, "01 03 48 65 6c 80 02 6c 6f", "message text Hello;");
  test_frame_expect (CLIENT, "89 05 48 65 6c 6c 6f", "ping Hello;");
  test_frame_expect (SERVER, "8a 85 37 fa 21 3d 7f 9f 4d 51 58", "pong Hello;");
  /* a ping between two fragments, empty fragments, empty messages */
  test_frame_expect (CLIENT, "02 03 48 65 6c 89 01 21 80 02 6c 6f 82 01 41",
                     "ping !;message binary Hello;message binary A;");
  test_frame_expect (CLIENT, "02 00 00 00 00 01 41 80 00 82 00 8a 00",
                     "message binary A;message binary;pong;");
  /* the 16-bit form at its smallest, over the limit of 64 */
  test_frame_expect (CLIENT, "82 7e 00 7e", "error 1009;");
}

static void
test_frame_refusals (void)
{
  static const struct
  {
    ReeveWsTransportFrameRole role;
    const char *hex;
    const char *expected;
  } rows[] = {
    { SERVER, "82 01 41", "error 1002;" },             /* no mask */
    { SERVER, "82 00", "error 1002;" },                /* not even when empty */
    { CLIENT, "82 81 00 00 00 00 41", "error 1002;" }, /* a mask, if a zero one */
    { CLIENT, "c2 01 41", "error 1002;" },             /* reserved bits */
    { CLIENT, "a2 01 41", "error 1002;" },             /* */
    { CLIENT, "92 01 41", "error 1002;" },             /* */
    { CLIENT, "c9 00", "error 1002;" },                /* */
    { CLIENT, "83 00", "error 1002;" },                /* unknown opcodes */
    { CLIENT, "87 00", "error 1002;" },                /* */
    { CLIENT, "8b 00", "error 1002;" },                /* */
    { CLIENT, "8f 00", "error 1002;" },                /* */
    { CLIENT, "09 00", "error 1002;" },                /* control in fragments */
    { CLIENT, "08 00", "error 1002;" },                /* */
    { CLIENT, "89 7e 00 7e", "error 1002;" },          /* control too long */
    { CLIENT, "88 7f", "error 1002;" },                /* */
    { CLIENT, "80 01 41", "error 1002;" },             /* continues nothing */
    { CLIENT, "00 01 41", "error 1002;" },             /* */
    { CLIENT, "02 01 41 82 01 42", "error 1002;" },    /* message in a message */
    { CLIENT, "02 01 41 01 01 42", "error 1002;" },    /* */
    { CLIENT, "02 01 41 80 01 42 80 00", "message binary AB;error 1002;" },
    { CLIENT, "82 7e 00 01 41", "error 1002;" }, /* not the shortest length */
    { CLIENT, "82 7e 00 7d", "error 1002;" },    /* */
    { CLIENT, "82 7f 00 00 00 00 00 00 00 01", "error 1002;" },
    { CLIENT, "82 7f 00 00 00 00 00 00 ff ff", "error 1002;" },
    { CLIENT, "82 7f 80 00 00 00 00 01 00 00", "error 1002;" }, /* highest bit */
    { CLIENT, "82 7f ff ff ff ff ff ff ff ff", "error 1002;" },
    { CLIENT, "82 7f 7f ff ff ff ff ff ff ff", "error 1009;" }, /* limits */
    { CLIENT, "82 7f 00 00 00 00 00 01 00 00", "error 1009;" },
    { CLIENT, "82 41 41", "error 1009;" },       /* 65 of 64 */
    { CLIENT, "81 41 41", "error 1009;" },       /* text counts as well */
    { CLIENT, "02 01 41 80 40", "error 1009;" }, /* the fragments together */
    { CLIENT, "82 01 41 83 00 82 01 41", "message binary A;error 1002;" }, /* nothing after */
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    test_frame_expect (rows[i].role, rows[i].hex, rows[i].expected);
}

static void
test_frame_close (void)
{
  static const struct
  {
    guint16 code;
    guint16 reply;
  } rows[] = {
    { 0, 1002 },    { 1, 1002 },    { 999, 1002 },  { 1000, 1000 }, { 1001, 1000 },  { 1002, 1000 },
    { 1003, 1000 }, { 1004, 1002 }, { 1005, 1002 }, { 1006, 1002 }, { 1007, 1000 },  { 1009, 1000 },
    { 1011, 1000 }, { 1013, 1000 }, { 1014, 1002 }, { 1015, 1002 }, { 1016, 1002 },  { 2999, 1002 },
    { 3000, 3000 }, { 4000, 4000 }, { 4999, 4999 }, { 5000, 1002 }, { 65535, 1002 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *hex = g_strdup_printf ("88 03 %04x 78", rows[i].code);
      g_autofree char *expected = g_strdup_printf ("close %u>%u x;", rows[i].code, rows[i].reply);

      test_frame_expect (CLIENT, hex, expected);
    }
  g_assert_cmpuint (reeve_ws_transport_frame_reply_to_close (0), ==, 0);
  test_frame_expect (CLIENT, "88 00", "close 0>0;");
  test_frame_expect (CLIENT, "88 01 03", "close 0>1002;");
  /* what follows a close is not looked at */
  test_frame_expect (CLIENT, "88 02 03 e8 82 01 41 ff ff", "close 1000>1000;");
  /* a close may come inside a message */
  test_frame_expect (CLIENT, "02 01 41 88 02 0f a0", "close 4000>4000;");
}

/* No copy is made of a message that is whole in what was read; one that is not leaves nothing. */
static void
test_frame_in_place (void)
{
  g_autoptr (ReeveWsTransportFrameParser) parser =
      reeve_ws_transport_frame_parser_new (SERVER, 1000);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  ReeveWsTransportFrameEvent event;
  guint8 *position;
  gsize length;

  reeve_ws_transport_frame_append (bytes, REEVE_WS_TRANSPORT_FRAME_BINARY, "one", 3, test_mask);
  reeve_ws_transport_frame_append (bytes, REEVE_WS_TRANSPORT_FRAME_BINARY, "three", 5, test_mask);
  position = bytes->data;
  length = bytes->len;
  g_assert_true (reeve_ws_transport_frame_parser_next (parser, &position, &length, &event));
  g_assert_true (event.data == bytes->data + 6);
  g_assert_cmpmem (event.data, event.length, "one", 3);
  g_assert_true (reeve_ws_transport_frame_parser_next (parser, &position, &length, &event));
  g_assert_true (event.data == bytes->data + 15);
  g_assert_false (reeve_ws_transport_frame_parser_next (parser, &position, &length, &event));
  g_assert_cmpuint (reeve_ws_transport_frame_parser_get_held (parser), ==, 0);

  g_byte_array_set_size (bytes, 0);
  reeve_ws_transport_frame_append (bytes, REEVE_WS_TRANSPORT_FRAME_BINARY, "three", 5, test_mask);
  position = bytes->data;
  length = bytes->len - 1;
  g_assert_false (reeve_ws_transport_frame_parser_next (parser, &position, &length, &event));
  g_assert_cmpuint (reeve_ws_transport_frame_parser_get_held (parser), ==, 4);
  length = 1;
  g_assert_true (reeve_ws_transport_frame_parser_next (parser, &position, &length, &event));
  g_assert_cmpmem (event.data, event.length, "three", 5);
  g_assert_false (reeve_ws_transport_frame_parser_next (parser, &position, &length, &event));
  g_assert_cmpuint (reeve_ws_transport_frame_parser_get_held (parser), ==, 0);
}

/* The same of a control frame, between the fragments of a message and cut itself. */
static void
test_frame_control_in_place (void)
{
  g_autoptr (ReeveWsTransportFrameParser) parser =
      reeve_ws_transport_frame_parser_new (CLIENT, 1000);
  g_autoptr (GByteArray) bytes = test_frame_unhex ("02 01 41 89 02 42 43 89 03 44 45 46 80 01 47");
  ReeveWsTransportFrameEvent event;
  guint8 *position = bytes->data;
  gsize length = 10;

  g_assert_true (reeve_ws_transport_frame_parser_next (parser, &position, &length, &event));
  g_assert_cmpint (event.kind, ==, REEVE_WS_TRANSPORT_FRAME_EVENT_PING);
  g_assert_true (event.data == bytes->data + 5);
  g_assert_cmpmem (event.data, event.length, "BC", 2);
  g_assert_false (reeve_ws_transport_frame_parser_next (parser, &position, &length, &event));
  /* what was cut is gathered: the bytes that were read need not stay */
  memset (bytes->data, 0, 10);
  length = bytes->len - 10;
  g_assert_true (reeve_ws_transport_frame_parser_next (parser, &position, &length, &event));
  g_assert_cmpint (event.kind, ==, REEVE_WS_TRANSPORT_FRAME_EVENT_PING);
  g_assert_cmpmem (event.data, event.length, "DEF", 3);
  g_assert_true (reeve_ws_transport_frame_parser_next (parser, &position, &length, &event));
  g_assert_cmpint (event.kind, ==, REEVE_WS_TRANSPORT_FRAME_EVENT_MESSAGE);
  g_assert_cmpmem (event.data, event.length, "AG", 2);
}

/* A limit that is set between two events holds for frames that were read before it was set. */
static void
test_frame_limit (void)
{
  g_autoptr (ReeveWsTransportFrameParser) parser = reeve_ws_transport_frame_parser_new (CLIENT, 4);
  g_autoptr (GByteArray) bytes = test_frame_unhex ("82 01 41 82 05 48 65 6c 6c 6f 02 05 48 65 6c");
  ReeveWsTransportFrameEvent event;
  guint8 *position = bytes->data;
  gsize length = bytes->len;
  guint8 rest[] = { 0x6c, 0x6f, 0x80, 0x00 };

  g_assert_true (reeve_ws_transport_frame_parser_next (parser, &position, &length, &event));
  reeve_ws_transport_frame_parser_set_limit (parser, 5);
  g_assert_true (reeve_ws_transport_frame_parser_next (parser, &position, &length, &event));
  g_assert_cmpmem (event.data, event.length, "Hello", 5);
  g_assert_false (reeve_ws_transport_frame_parser_next (parser, &position, &length, &event));

  /* lowered under what is held already: the next header of the message fails */
  reeve_ws_transport_frame_parser_set_limit (parser, 1);
  position = rest;
  length = sizeof rest;
  g_assert_true (reeve_ws_transport_frame_parser_next (parser, &position, &length, &event));
  g_assert_cmpint (event.kind, ==, REEVE_WS_TRANSPORT_FRAME_EVENT_ERROR);
  g_assert_cmpuint (event.code, ==, REEVE_WS_TRANSPORT_FRAME_CODE_TOO_BIG);
  g_assert_cmpuint (reeve_ws_transport_frame_parser_get_held (parser), ==, 0);
  g_assert_false (reeve_ws_transport_frame_parser_next (parser, &position, &length, &event));
}

/* What the encoder writes, the parser of the other end reads, at each edge of the length forms. */
static void
test_frame_encode (void)
{
  static const gsize sizes[] = { 0, 1, 125, 126, 127, 65535, 65536, 200000 };

  for (guint i = 0; i < G_N_ELEMENTS (sizes) * 2; i++)
    {
      gboolean masked = i % 2 == 1;
      gsize size = sizes[i / 2];
      g_autoptr (ReeveWsTransportFrameParser) parser =
          reeve_ws_transport_frame_parser_new (masked ? SERVER : CLIENT, size);
      g_autoptr (GByteArray) bytes = g_byte_array_new ();
      g_autofree guint8 *payload = g_malloc (size + 1);
      ReeveWsTransportFrameEvent event;
      guint8 *position;
      gsize length;

      for (gsize j = 0; j < size; j++)
        payload[j] = (guint8) (j * 7);
      reeve_ws_transport_frame_append (bytes, REEVE_WS_TRANSPORT_FRAME_BINARY, payload, size,
                                       masked ? test_mask : NULL);
      position = bytes->data;
      length = bytes->len;
      g_assert_true (reeve_ws_transport_frame_parser_next (parser, &position, &length, &event));
      g_assert_cmpint (event.kind, ==, REEVE_WS_TRANSPORT_FRAME_EVENT_MESSAGE);
      g_assert_cmpmem (event.data, event.length, payload, size);
      g_assert_cmpuint (length, ==, 0);
    }
}

static void
test_frame_encode_close (void)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autoptr (GString) reason = g_string_new (NULL);

  reeve_ws_transport_frame_append_close (bytes, 1000, NULL, NULL);
  g_assert_cmpmem (bytes->data, bytes->len, "\x88\x02\x03\xe8", 4);
  g_byte_array_set_size (bytes, 0);
  reeve_ws_transport_frame_append_close (bytes, 0, "unsaid", NULL);
  g_assert_cmpmem (bytes->data, bytes->len, "\x88\x00", 2);
  g_byte_array_set_size (bytes, 0);
  reeve_ws_transport_frame_append_close (bytes, 1000, "", test_mask);
  g_assert_cmpmem (bytes->data, bytes->len, "\x88\x82\x37\xfa\x21\x3d\x34\x12", 8);

  /* 123 bytes are left for the reason; 62 letters of two bytes do not fit, 61 do */
  for (guint i = 0; i < 62; i++)
    g_string_append (reason, "\u00e4");
  g_byte_array_set_size (bytes, 0);
  reeve_ws_transport_frame_append_close (bytes, 1000, reason->str, NULL);
  g_assert_cmpuint (bytes->len, ==, 2 + 2 + 122);
  g_assert_true (g_utf8_validate ((const char *) bytes->data + 4, 122, NULL));
}

static void
test_frame_mask (void)
{
  guint8 data[67], copy[67];

  for (guint start = 0; start < 9; start++)
    for (guint offset = 0; offset < 5; offset++)
      {
        for (guint i = 0; i < sizeof data; i++)
          data[i] = copy[i] = (guint8) (i * 31);
        reeve_ws_transport_frame_mask (data + start, sizeof data - start, test_mask, offset);
        for (guint i = start; i < sizeof data; i++)
          copy[i] ^= test_mask[(i - start + offset) % 4];
        g_assert_cmpmem (data, sizeof data, copy, sizeof copy);
      }
}

static void
test_frame_accept (void)
{
  /* RFC 6455, 1.3 */
  g_autofree char *accept = reeve_ws_transport_accept_key ("dGhlIHNhbXBsZSBub25jZQ==");

  g_assert_cmpstr (accept, ==, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ws-transport/frame/examples", test_frame_examples);
  g_test_add_func ("/ws-transport/frame/refusals", test_frame_refusals);
  g_test_add_func ("/ws-transport/frame/close", test_frame_close);
  g_test_add_func ("/ws-transport/frame/in-place", test_frame_in_place);
  g_test_add_func ("/ws-transport/frame/control-in-place", test_frame_control_in_place);
  g_test_add_func ("/ws-transport/frame/limit", test_frame_limit);
  g_test_add_func ("/ws-transport/frame/encode", test_frame_encode);
  g_test_add_func ("/ws-transport/frame/encode-close", test_frame_encode_close);
  g_test_add_func ("/ws-transport/frame/mask", test_frame_mask);
  g_test_add_func ("/ws-transport/frame/accept", test_frame_accept);
  return g_test_run ();
}
