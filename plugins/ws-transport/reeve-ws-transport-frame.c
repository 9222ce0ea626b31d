/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The frames of a WebSocket (RFC 6455, section 5), for both ends of a link: bytes in, events out,
 * and the way back. It does no I/O and knows nothing of what a message holds.
 *
 * A stock peer sends each message as one frame, and a read usually holds it whole. Then nothing is
 * allocated or copied: the payload is unmasked where it lies. Only a frame that is cut by the end
 * of a read, or a message in several frames, is gathered in a buffer, which grows with the bytes
 * that have come (of a message never with a length that was only announced) and goes with it.
 *
 * No extension is ever negotiated, so a reserved bit is an error. Text is passed on as its bytes:
 * peers of ours ignore it, but it counts against the limit like everything else. */

#include "config.h"

#include "reeve-ws-transport-frame.h"

#include <string.h>

#define FRAME_FIN 0x80
#define FRAME_RESERVED 0x70
#define FRAME_OPCODE 0x0f
#define FRAME_CONTROL 0x08
#define FRAME_MASKED 0x80
#define FRAME_LENGTH 0x7f
#define FRAME_LENGTH_16 126
#define FRAME_LENGTH_64 127
#define FRAME_MASK_SIZE 4

/* What RFC 6455, 1.3 has both sides append to the key of a handshake. */
#define ACCEPT_SUFFIX "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

struct _ReeveWsTransportFrameParser
{
  ReeveWsTransportFrameRole role;
  gsize limit;

  /* The frame that is being read; its header is complete when header_length says so. */
  guint8 header[REEVE_WS_TRANSPORT_FRAME_MAX_HEADER];
  guint8 header_length;
  gboolean in_payload;
  guint8 opcode;
  gboolean fin;
  guint8 mask[FRAME_MASK_SIZE];
  guint64 payload;
  guint64 received;

  /* The message of which at least one fragment came; 0 (continuation) outside of one. */
  guint8 message_opcode;
  GByteArray *message;
  gboolean message_done;
  /* A control frame has a place of its own: it may come between two fragments. NULL: it is whole.
   */
  GByteArray *control;

  guint16 error_code;
  const char *error;
  gboolean closed;
};

/**
 * reeve_ws_transport_frame_parser_new:
 * @role: which end we are; decides who has to mask
 * @limit: most bytes of one message, fragments together; at most
 *   %REEVE_WS_TRANSPORT_FRAME_LIMIT_AGENT
 *
 * Makes a parser for one connection. It belongs to one thread at a time.
 *
 * Returns: (transfer full): the parser
 */
ReeveWsTransportFrameParser *
reeve_ws_transport_frame_parser_new (ReeveWsTransportFrameRole role, gsize limit)
{
  ReeveWsTransportFrameParser *self = g_new0 (ReeveWsTransportFrameParser, 1);

  self->role = role;
  reeve_ws_transport_frame_parser_set_limit (self, limit);
  return self;
}

/**
 * reeve_ws_transport_frame_parser_free:
 * @self: (transfer full) (nullable): the parser
 *
 * Frees the parser and what it holds of a message.
 */
void
reeve_ws_transport_frame_parser_free (ReeveWsTransportFrameParser *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->message, g_byte_array_unref);
  g_clear_pointer (&self->control, g_byte_array_unref);
  g_free (self);
}

/**
 * reeve_ws_transport_frame_parser_set_limit:
 * @self: the parser
 * @limit: most bytes of one message
 *
 * Sets the limit, for example once the peer is authenticated. It holds from the next frame header
 * on, also for one that lies in bytes already fed but not yet taken.
 */
void
reeve_ws_transport_frame_parser_set_limit (ReeveWsTransportFrameParser *self, gsize limit)
{
  self->limit = MIN (limit, REEVE_WS_TRANSPORT_FRAME_LIMIT_AGENT);
}

/**
 * reeve_ws_transport_frame_parser_get_held:
 * @self: the parser
 *
 * Returns: how many payload bytes of an unfinished message the parser keeps
 */
gsize
reeve_ws_transport_frame_parser_get_held (ReeveWsTransportFrameParser *self)
{
  return self->message != NULL ? self->message->len : 0;
}

static gboolean
reeve_ws_transport_frame_fail (ReeveWsTransportFrameParser *self, guint16 code, const char *error)
{
  g_clear_pointer (&self->message, g_byte_array_unref);
  self->error_code = code;
  self->error = error;
  return FALSE;
}

static gboolean
reeve_ws_transport_frame_fail_protocol (ReeveWsTransportFrameParser *self, const char *error)
{
  return reeve_ws_transport_frame_fail (self, REEVE_WS_TRANSPORT_FRAME_CODE_PROTOCOL, error);
}

/* Checks the first byte of a header against the state of the message. */
static gboolean
reeve_ws_transport_frame_check_first (ReeveWsTransportFrameParser *self)
{
  guint8 first = self->header[0];
  guint8 opcode = first & FRAME_OPCODE;

  if ((first & FRAME_RESERVED) != 0)
    return reeve_ws_transport_frame_fail_protocol (self, "reserved bit set");
  switch (opcode)
    {
    case REEVE_WS_TRANSPORT_FRAME_CONTINUATION:
      if (self->message_opcode == 0)
        return reeve_ws_transport_frame_fail_protocol (self, "continuation of nothing");
      break;
    case REEVE_WS_TRANSPORT_FRAME_TEXT:
    case REEVE_WS_TRANSPORT_FRAME_BINARY:
      if (self->message_opcode != 0)
        return reeve_ws_transport_frame_fail_protocol (self, "message inside a message");
      break;
    case REEVE_WS_TRANSPORT_FRAME_CLOSE:
    case REEVE_WS_TRANSPORT_FRAME_PING:
    case REEVE_WS_TRANSPORT_FRAME_PONG:
      if ((first & FRAME_FIN) == 0)
        return reeve_ws_transport_frame_fail_protocol (self, "control frame in fragments");
      break;
    default:
      return reeve_ws_transport_frame_fail_protocol (self, "unknown opcode");
    }
  return TRUE;
}

/* Checks the second byte: who masks, and how long a control frame may be. */
static gboolean
reeve_ws_transport_frame_check_second (ReeveWsTransportFrameParser *self)
{
  gboolean masked = (self->header[1] & FRAME_MASKED) != 0;
  guint8 length = self->header[1] & FRAME_LENGTH;

  if (self->role == REEVE_WS_TRANSPORT_FRAME_ROLE_SERVER && !masked)
    return reeve_ws_transport_frame_fail_protocol (self, "frame of a client without a mask");
  if (self->role == REEVE_WS_TRANSPORT_FRAME_ROLE_CLIENT && masked)
    return reeve_ws_transport_frame_fail_protocol (self, "frame of a server with a mask");
  if ((self->header[0] & FRAME_CONTROL) != 0 && length > REEVE_WS_TRANSPORT_FRAME_MAX_CONTROL)
    return reeve_ws_transport_frame_fail_protocol (self, "control frame too long");
  return TRUE;
}

/* Reads the length of a complete header: the shortest form only, and within the limit. */
static gboolean
reeve_ws_transport_frame_check_length (ReeveWsTransportFrameParser *self)
{
  guint8 short_length = self->header[1] & FRAME_LENGTH;
  gsize held = reeve_ws_transport_frame_parser_get_held (self);
  guint64 length = short_length;

  if (short_length == FRAME_LENGTH_16)
    {
      length = ((guint64) self->header[2] << 8) | self->header[3];
      if (length < FRAME_LENGTH_16)
        return reeve_ws_transport_frame_fail_protocol (self, "length not in its shortest form");
    }
  else if (short_length == FRAME_LENGTH_64)
    {
      guint64 wide;

      memcpy (&wide, self->header + 2, sizeof wide);
      length = GUINT64_FROM_BE (wide);
      if (length > G_MAXINT64)
        return reeve_ws_transport_frame_fail_protocol (self, "length with its highest bit set");
      if (length <= G_MAXUINT16)
        return reeve_ws_transport_frame_fail_protocol (self, "length not in its shortest form");
    }

  /* The limit may have been lowered below what is held, hence the two comparisons. */
  if ((self->header[0] & FRAME_CONTROL) == 0 && (held > self->limit || length > self->limit - held))
    return reeve_ws_transport_frame_fail (self, REEVE_WS_TRANSPORT_FRAME_CODE_TOO_BIG,
                                          "message over the limit");
  self->payload = length;
  return TRUE;
}

/* Bytes that the header needs as far as it is known; it grows with the second byte. */
static guint8
reeve_ws_transport_frame_header_size (ReeveWsTransportFrameParser *self)
{
  guint8 size = 2;

  if (self->header_length < 2)
    return self->header_length + 1;
  if ((self->header[1] & FRAME_LENGTH) == FRAME_LENGTH_16)
    size += 2;
  else if ((self->header[1] & FRAME_LENGTH) == FRAME_LENGTH_64)
    size += 8;
  if ((self->header[1] & FRAME_MASKED) != 0)
    size += FRAME_MASK_SIZE;
  return size;
}

static void
reeve_ws_transport_frame_begin_payload (ReeveWsTransportFrameParser *self)
{
  self->opcode = self->header[0] & FRAME_OPCODE;
  self->fin = (self->header[0] & FRAME_FIN) != 0;
  memset (self->mask, 0, sizeof self->mask);
  if ((self->header[1] & FRAME_MASKED) != 0)
    memcpy (self->mask, self->header + self->header_length - FRAME_MASK_SIZE, FRAME_MASK_SIZE);
  self->received = 0;
  self->in_payload = TRUE;
}

/* Takes header bytes. FALSE when the frame is wrong; otherwise in_payload says if it is there. */
static gboolean
reeve_ws_transport_frame_take_header (ReeveWsTransportFrameParser *self, guint8 **bytes,
                                      gsize *length)
{
  while (!self->in_payload)
    {
      guint8 size = reeve_ws_transport_frame_header_size (self);
      gsize n = MIN (*length, (gsize) (size - self->header_length));

      if (n == 0 && self->header_length < size)
        return TRUE;
      memcpy (self->header + self->header_length, *bytes, n);
      self->header_length += n;
      *bytes += n;
      *length -= n;
      if (self->header_length < size)
        return TRUE;

      if (self->header_length == 1)
        {
          if (!reeve_ws_transport_frame_check_first (self))
            return FALSE;
        }
      else if (self->header_length == 2 && !reeve_ws_transport_frame_check_second (self))
        return FALSE;

      if (self->header_length >= 2 &&
          self->header_length == reeve_ws_transport_frame_header_size (self))
        {
          if (!reeve_ws_transport_frame_check_length (self))
            return FALSE;
          reeve_ws_transport_frame_begin_payload (self);
        }
    }
  return TRUE;
}

static void
reeve_ws_transport_frame_end (ReeveWsTransportFrameParser *self)
{
  self->header_length = 0;
  self->in_payload = FALSE;
}

/* Takes payload of a control frame; TRUE with an event once it is whole. */
static gboolean
reeve_ws_transport_frame_take_control (ReeveWsTransportFrameParser *self, guint8 **bytes,
                                       gsize *length, ReeveWsTransportFrameEvent *event)
{
  gsize n = MIN (*length, (gsize) (self->payload - self->received));
  guint8 *data = *bytes;
  gboolean whole;

  reeve_ws_transport_frame_mask (data, n, self->mask, self->received);
  *bytes += n;
  *length -= n;
  self->received += n;
  whole = self->received == self->payload;
  if (self->control != NULL || !whole)
    {
      if (self->control == NULL)
        self->control = g_byte_array_sized_new ((guint) self->payload);
      g_byte_array_append (self->control, data, (guint) n);
      data = self->control->data;
    }
  if (!whole)
    return FALSE;

  reeve_ws_transport_frame_end (self);
  event->data = data;
  event->length = self->payload;
  if (self->opcode == REEVE_WS_TRANSPORT_FRAME_PING)
    event->kind = REEVE_WS_TRANSPORT_FRAME_EVENT_PING;
  else if (self->opcode == REEVE_WS_TRANSPORT_FRAME_PONG)
    event->kind = REEVE_WS_TRANSPORT_FRAME_EVENT_PONG;
  else
    {
      event->kind = REEVE_WS_TRANSPORT_FRAME_EVENT_CLOSE;
      self->closed = TRUE;
      if (event->length == 1)
        {
          /* Half a code: there is none, and the answer says so. */
          event->length = 0;
          event->reply = REEVE_WS_TRANSPORT_FRAME_CODE_PROTOCOL;
        }
      else if (event->length >= 2)
        {
          event->code = (guint16) ((event->data[0] << 8) | event->data[1]);
          event->reply = reeve_ws_transport_frame_reply_to_close (event->code);
          /* A zero that was sent is a wrong code, not the absence of one. */
          if (event->code == REEVE_WS_TRANSPORT_FRAME_CODE_NONE)
            event->reply = REEVE_WS_TRANSPORT_FRAME_CODE_PROTOCOL;
          event->data += 2;
          event->length -= 2;
        }
    }
  return TRUE;
}

/* Takes payload of a data frame; TRUE with an event once its message is whole. */
static gboolean
reeve_ws_transport_frame_take_data (ReeveWsTransportFrameParser *self, guint8 **bytes,
                                    gsize *length, ReeveWsTransportFrameEvent *event)
{
  gsize n = (gsize) MIN ((guint64) *length, self->payload - self->received);
  guint8 *data = *bytes;
  gboolean whole;

  reeve_ws_transport_frame_mask (data, n, self->mask, self->received);
  *bytes += n;
  *length -= n;
  self->received += n;
  whole = self->received == self->payload;

  if (self->opcode != REEVE_WS_TRANSPORT_FRAME_CONTINUATION)
    self->message_opcode = self->opcode;
  event->data = data;
  event->length = n;
  if (self->message != NULL || !whole || !self->fin)
    {
      if (self->message == NULL)
        self->message = g_byte_array_new ();
      g_byte_array_append (self->message, data, n);
      event->data = self->message->data;
      event->length = self->message->len;
    }
  if (!whole)
    return FALSE;

  reeve_ws_transport_frame_end (self);
  if (!self->fin)
    return FALSE;
  event->kind = REEVE_WS_TRANSPORT_FRAME_EVENT_MESSAGE;
  event->opcode = self->message_opcode;
  self->message_opcode = 0;
  self->message_done = TRUE;
  return TRUE;
}

/**
 * reeve_ws_transport_frame_parser_next:
 * @self: the parser
 * @bytes: (inout): what was read and not yet taken; moved past what this call took. The bytes are
 *   changed where they lie (unmasked).
 * @length: (inout): how many there are
 * @ret_event: (out caller-allocates): what came
 *
 * Takes bytes up to the next event. Call it until it returns %FALSE: then all bytes are taken and
 * no buffer is kept but that of an unfinished message. Between two calls the caller may change the
 * limit or free the parser.
 *
 * An error comes once; after it, as after a close frame, what follows is swallowed unread.
 *
 * Returns: %TRUE if there is an event
 */
gboolean
reeve_ws_transport_frame_parser_next (ReeveWsTransportFrameParser *self, guint8 **bytes,
                                      gsize *length, ReeveWsTransportFrameEvent *ret_event)
{
  gboolean found = FALSE;

  if (self->message_done)
    {
      g_clear_pointer (&self->message, g_byte_array_unref);
      self->message_done = FALSE;
    }
  if (!self->in_payload)
    g_clear_pointer (&self->control, g_byte_array_unref);
  if (self->closed)
    {
      g_clear_pointer (&self->message, g_byte_array_unref);
      *bytes += *length;
      *length = 0;
      return FALSE;
    }

  while (!found && (*length > 0 || self->in_payload))
    {
      memset (ret_event, 0, sizeof *ret_event);
      if (!self->in_payload && !reeve_ws_transport_frame_take_header (self, bytes, length))
        break;
      if (!self->in_payload || (*length == 0 && self->received < self->payload))
        return FALSE;
      if ((self->opcode & FRAME_CONTROL) != 0)
        found = reeve_ws_transport_frame_take_control (self, bytes, length, ret_event);
      else
        found = reeve_ws_transport_frame_take_data (self, bytes, length, ret_event);
    }

  if (self->error_code != 0)
    {
      self->closed = TRUE;
      memset (ret_event, 0, sizeof *ret_event);
      ret_event->kind = REEVE_WS_TRANSPORT_FRAME_EVENT_ERROR;
      ret_event->code = self->error_code;
      ret_event->error = self->error;
      return TRUE;
    }
  return found;
}

/**
 * reeve_ws_transport_frame_mask:
 * @data: (array length=length): bytes to mask, or to unmask
 * @length: how many
 * @mask: (array fixed-size=4): the key
 * @offset: position of @data in its frame
 *
 * Applies a masking key in place (RFC 6455, 5.3); twice is not at all.
 */
void
reeve_ws_transport_frame_mask (guint8 *data, gsize length, const guint8 *mask, gsize offset)
{
  guint8 turned[8];
  guint64 wide;
  gsize i = 0;

  for (guint j = 0; j < sizeof turned; j++)
    turned[j] = mask[(offset + j) % FRAME_MASK_SIZE];
  memcpy (&wide, turned, sizeof wide);
  if (wide == 0)
    return;
  for (; length - i >= sizeof wide; i += sizeof wide)
    {
      guint64 word;

      memcpy (&word, data + i, sizeof word);
      word ^= wide;
      memcpy (data + i, &word, sizeof word);
    }
  for (; i < length; i++)
    data[i] ^= turned[i % sizeof turned];
}

/**
 * reeve_ws_transport_frame_write_header:
 * @header: (out caller-allocates): room for %REEVE_WS_TRANSPORT_FRAME_MAX_HEADER bytes
 * @opcode: of an unfragmented frame
 * @length: of its payload, in bytes
 * @mask: (nullable) (array fixed-size=4): the key, for a client; %NULL for a server. It has to be
 *   unpredictable: take it from gnutls_rnd().
 *
 * Writes the header of a whole frame. The payload that follows is the caller's to mask.
 *
 * Returns: how many bytes were written
 */
gsize
reeve_ws_transport_frame_write_header (guint8 *header, ReeveWsTransportFrameOpcode opcode,
                                       gsize length, const guint8 *mask)
{
  gsize n = 2;

  header[0] = FRAME_FIN | opcode;
  if (length < FRAME_LENGTH_16)
    header[1] = (guint8) length;
  else if (length <= G_MAXUINT16)
    {
      header[1] = FRAME_LENGTH_16;
      header[n++] = (guint8) (length >> 8);
      header[n++] = (guint8) length;
    }
  else
    {
      guint64 wide = GUINT64_TO_BE ((guint64) length);

      header[1] = FRAME_LENGTH_64;
      memcpy (header + n, &wide, sizeof wide);
      n += sizeof wide;
    }
  if (mask != NULL)
    {
      header[1] |= FRAME_MASKED;
      memcpy (header + n, mask, FRAME_MASK_SIZE);
      n += FRAME_MASK_SIZE;
    }
  return n;
}

/**
 * reeve_ws_transport_frame_append:
 * @out: gets the frame
 * @opcode: its kind
 * @data: (array length=length) (nullable): payload
 * @length: of the payload, in bytes; at most 125 for a control frame
 * @mask: (nullable) (array fixed-size=4): see reeve_ws_transport_frame_write_header()
 *
 * Appends a whole frame, masked if there is a key.
 */
void
reeve_ws_transport_frame_append (GByteArray *out, ReeveWsTransportFrameOpcode opcode,
                                 const void *data, gsize length, const guint8 *mask)
{
  guint8 header[REEVE_WS_TRANSPORT_FRAME_MAX_HEADER];
  gsize n = reeve_ws_transport_frame_write_header (header, opcode, length, mask);
  gsize start = out->len + n;

  g_return_if_fail ((opcode & FRAME_CONTROL) == 0 ||
                    length <= REEVE_WS_TRANSPORT_FRAME_MAX_CONTROL);
  g_return_if_fail (length <= REEVE_WS_TRANSPORT_FRAME_LIMIT_AGENT);

  g_byte_array_append (out, header, n);
  if (length == 0)
    return;
  g_byte_array_append (out, data, length);
  if (mask != NULL)
    reeve_ws_transport_frame_mask (out->data + start, length, mask, 0);
}

/**
 * reeve_ws_transport_frame_append_close:
 * @out: gets the frame
 * @code: close code, or 0 for an empty close frame
 * @reason: (nullable): UTF-8 for the peer's log; cut between characters where code and reason
 *   together would pass 125 bytes. Ignored without a code.
 * @mask: (nullable) (array fixed-size=4): see reeve_ws_transport_frame_write_header()
 *
 * Appends a close frame.
 */
void
reeve_ws_transport_frame_append_close (GByteArray *out, guint16 code, const char *reason,
                                       const guint8 *mask)
{
  guint8 payload[REEVE_WS_TRANSPORT_FRAME_MAX_CONTROL];
  gsize length = 0;

  if (code != 0)
    {
      gsize n = reason != NULL ? strlen (reason) : 0;

      payload[length++] = (guint8) (code >> 8);
      payload[length++] = (guint8) code;
      if (n > sizeof payload - length)
        {
          n = sizeof payload - length;
          while (n > 0 && ((guint8) reason[n] & 0xc0) == 0x80)
            n--;
        }
      if (n > 0)
        memcpy (payload + length, reason, n);
      length += n;
    }
  reeve_ws_transport_frame_append (out, REEVE_WS_TRANSPORT_FRAME_CLOSE, payload, length, mask);
}

/**
 * reeve_ws_transport_frame_reply_to_close:
 * @code: what the peer closed with; 0 if it gave no code
 *
 * Chooses the answer to a close frame as stock peers do: their codes in the range of the protocol
 * get "normal", those of applications come back, and what must not be sent is an error.
 *
 * Returns: the code to answer with; 0 for an empty close frame
 */
guint16
reeve_ws_transport_frame_reply_to_close (guint16 code)
{
  if (code == REEVE_WS_TRANSPORT_FRAME_CODE_NONE)
    return REEVE_WS_TRANSPORT_FRAME_CODE_NONE;
  /* 1004 is reserved; 1005 and 1006 stand for things that are never sent. */
  if (code >= 1000 && code <= 1013 && !(code >= 1004 && code <= 1006))
    return REEVE_WS_TRANSPORT_FRAME_CODE_NORMAL;
  if (code >= 3000 && code <= 4999)
    return code;
  return REEVE_WS_TRANSPORT_FRAME_CODE_PROTOCOL;
}

/**
 * reeve_ws_transport_accept_key:
 * @key: value of Sec-WebSocket-Key
 *
 * Computes the Sec-WebSocket-Accept that belongs to a key (RFC 6455, 4.2.2).
 *
 * Returns: (transfer full): the value of the header
 */
char *
reeve_ws_transport_accept_key (const char *key)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA1);
  guint8 digest[20];
  gsize length = sizeof digest;

  g_checksum_update (checksum, (const guchar *) key, -1);
  g_checksum_update (checksum, (const guchar *) ACCEPT_SUFFIX, -1);
  g_checksum_get_digest (checksum, digest, &length);
  return g_base64_encode (digest, length);
}
