/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "raw-peer.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Turns of the loop and a look at the socket, until something is there. */
#define RAW_PEER_TURNS 100000

void
raw_peer_init (RawPeer *self, ReeveMockHost *host, int fd, gboolean masks)
{
  int one = 1;

  *self = (RawPeer){ .host = host, .fd = fd, .masks = masks, .got = g_byte_array_new () };
  /* fails on what is no TCP, which needs none */
  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  self->parser = reeve_ws_transport_frame_parser_new (masks ? REEVE_WS_TRANSPORT_FRAME_ROLE_CLIENT
                                                            : REEVE_WS_TRANSPORT_FRAME_ROLE_SERVER,
                                                      REEVE_WS_TRANSPORT_FRAME_LIMIT_HUB);
}

void
raw_peer_clear (RawPeer *self)
{
  if (self->got == NULL)
    return;
  close (self->fd);
  g_clear_pointer (&self->got, g_byte_array_unref);
  reeve_ws_transport_frame_parser_free (self->parser);
}

void
raw_peer_write (RawPeer *self, gconstpointer data, gsize length)
{
  const guint8 *bytes = data;

  while (length > 0)
    {
      gssize n = send (self->fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);

      if (n < 0 && errno != EAGAIN)
        return;
      if (n > 0)
        {
          bytes += n;
          length -= (gsize) n;
        }
      reeve_mock_host_settle (self->host);
    }
  reeve_mock_host_settle (self->host);
}

void
raw_peer_send (RawPeer *self, ReeveWsTransportFrameOpcode opcode, GBytes *payload)
{
  static const guint8 mask[4] = { 0x24, 0x7b, 0x12, 0x00 };
  g_autoptr (GByteArray) frame = g_byte_array_new ();
  gsize length = 0;
  gconstpointer data = payload != NULL ? g_bytes_get_data (payload, &length) : NULL;

  reeve_ws_transport_frame_append (frame, opcode, data, length, self->masks ? mask : NULL);
  raw_peer_write (self, frame->data, frame->len);
}

/* FALSE when nothing is there now. */
static gboolean
raw_peer_receive (RawPeer *self)
{
  guint8 buffer[16384];
  gssize n = recv (self->fd, buffer, sizeof buffer, MSG_DONTWAIT);

  if (n == 0 || (n < 0 && errno != EAGAIN))
    self->ended = TRUE;
  if (n > 0)
    g_byte_array_append (self->got, buffer, (guint) n);
  return n > 0;
}

static void
raw_peer_wait (RawPeer *self)
{
  for (guint turn = 0; turn < RAW_PEER_TURNS; turn++)
    {
      reeve_mock_host_settle (self->host);
      if (raw_peer_receive (self) || self->ended)
        return;
      g_thread_yield ();
    }
  g_error ("nothing came");
}

static const guint8 *
raw_peer_find_end (RawPeer *self)
{
  return self->got->len > 0 ? memmem (self->got->data, self->got->len, "\r\n\r\n", 4) : NULL;
}

char *
raw_peer_read_head (RawPeer *self)
{
  const guint8 *end;
  char *head;

  while ((end = raw_peer_find_end (self)) == NULL && !self->ended)
    raw_peer_wait (self);
  g_assert_nonnull (end);
  head = g_strndup ((const char *) self->got->data, (gsize) (end - self->got->data) + 4);
  g_byte_array_remove_range (self->got, 0, (guint) strlen (head));
  return head;
}

/* FALSE at the end. */
static gboolean
raw_peer_next (RawPeer *self, ReeveWsTransportFrameEvent *ret_event, GBytes **ret_data)
{
  for (;;)
    {
      guint8 *position = self->got->data;
      gsize length = self->got->len;
      gboolean found =
          reeve_ws_transport_frame_parser_next (self->parser, &position, &length, ret_event);

      if (found)
        *ret_data = g_bytes_new (ret_event->data, ret_event->length);
      g_byte_array_remove_range (self->got, 0, self->got->len - (guint) length);
      if (found)
        return TRUE;
      if (self->ended)
        return FALSE;
      raw_peer_wait (self);
    }
}

GBytes *
raw_peer_read_message (RawPeer *self)
{
  ReeveWsTransportFrameEvent event;
  GBytes *data = NULL;

  g_assert_true (raw_peer_next (self, &event, &data));
  g_assert_cmpint (event.kind, ==, REEVE_WS_TRANSPORT_FRAME_EVENT_MESSAGE);
  g_assert_cmpint (event.opcode, ==, REEVE_WS_TRANSPORT_FRAME_BINARY);
  return data;
}

char *
raw_peer_read_control (RawPeer *self)
{
  static const char *const kinds[] = { "message", "ping", "pong", "close", "error" };
  ReeveWsTransportFrameEvent event;
  g_autoptr (GBytes) data = NULL;
  gsize length;
  const char *text;

  if (!raw_peer_next (self, &event, &data))
    return g_strdup ("end");
  text = g_bytes_get_data (data, &length);
  if (event.kind != REEVE_WS_TRANSPORT_FRAME_EVENT_CLOSE)
    return g_strdup (kinds[event.kind]);
  return g_strdup_printf ("close %u%s%.*s", event.code, length > 0 ? " " : "", (int) length, text);
}

void
raw_peer_expect (RawPeer *self, const char *control)
{
  g_autofree char *found = raw_peer_read_control (self);

  g_assert_cmpstr (found, ==, control);
}

void
raw_peer_expect_bytes (RawPeer *self, GBytes *expected)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (expected, &length);

  while (self->got->len < length && !self->ended)
    raw_peer_wait (self);
  g_assert_cmpmem (self->got->data, MIN (self->got->len, length), data, length);
  g_byte_array_remove_range (self->got, 0, (guint) length);
}

void
raw_peer_assert_silent (RawPeer *self)
{
  reeve_mock_host_settle (self->host);
  raw_peer_receive (self);
  g_assert_cmpuint (self->got->len, ==, 0);
  g_assert_false (self->ended);
}
