/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Longest frame header: two bytes, a 64-bit length, a masking key (RFC 6455, 5.2). */
#define REEVE_WS_TRANSPORT_FRAME_MAX_HEADER 14
/* Longest payload of ping, pong and close (RFC 6455, 5.5). */
#define REEVE_WS_TRANSPORT_FRAME_MAX_CONTROL 125

/* Limits of one message, in bytes: before authentication, on the hub, on the agent. */
#define REEVE_WS_TRANSPORT_FRAME_LIMIT_UNKNOWN_PEER (64 * 1024)
#define REEVE_WS_TRANSPORT_FRAME_LIMIT_HUB (4 * 1024 * 1024)
#define REEVE_WS_TRANSPORT_FRAME_LIMIT_AGENT (16 * 1024 * 1024)

/* Which end of the connection we are. */
typedef enum
{
  REEVE_WS_TRANSPORT_FRAME_ROLE_CLIENT,
  REEVE_WS_TRANSPORT_FRAME_ROLE_SERVER,
} ReeveWsTransportFrameRole;

typedef enum
{
  REEVE_WS_TRANSPORT_FRAME_CONTINUATION = 0x0,
  REEVE_WS_TRANSPORT_FRAME_TEXT = 0x1,
  REEVE_WS_TRANSPORT_FRAME_BINARY = 0x2,
  REEVE_WS_TRANSPORT_FRAME_CLOSE = 0x8,
  REEVE_WS_TRANSPORT_FRAME_PING = 0x9,
  REEVE_WS_TRANSPORT_FRAME_PONG = 0xa,
} ReeveWsTransportFrameOpcode;

/* Close codes that we send or have to tell apart (RFC 6455, 7.4.1). */
typedef enum
{
  REEVE_WS_TRANSPORT_FRAME_CODE_NONE = 0,
  REEVE_WS_TRANSPORT_FRAME_CODE_NORMAL = 1000,
  REEVE_WS_TRANSPORT_FRAME_CODE_GOING_AWAY = 1001,
  REEVE_WS_TRANSPORT_FRAME_CODE_PROTOCOL = 1002,
  REEVE_WS_TRANSPORT_FRAME_CODE_TOO_BIG = 1009,
} ReeveWsTransportFrameCode;

typedef enum
{
  REEVE_WS_TRANSPORT_FRAME_EVENT_MESSAGE,
  REEVE_WS_TRANSPORT_FRAME_EVENT_PING,
  REEVE_WS_TRANSPORT_FRAME_EVENT_PONG,
  REEVE_WS_TRANSPORT_FRAME_EVENT_CLOSE,
  REEVE_WS_TRANSPORT_FRAME_EVENT_ERROR,
} ReeveWsTransportFrameEventKind;

/**
 * ReeveWsTransportFrameEvent:
 * @kind: what arrived
 * @opcode: of a message: text or binary
 * @code: of a close: the peer's code, 0 if it sent none; of an error: the code to close with
 * @reply: of a close: the code to answer with, 0 for an empty close frame
 * @data: (nullable): payload without its mask; of a close the reason, as the peer wrote it and
 *   therefore not to be trusted as text. Valid until the next call on the parser, and while the
 *   bytes that were fed stay where they are.
 * @length: of @data, in bytes
 * @error: (nullable): of an error: what was wrong, for a log; a static string
 */
typedef struct
{
  ReeveWsTransportFrameEventKind kind;
  ReeveWsTransportFrameOpcode opcode;
  guint16 code;
  guint16 reply;
  const guint8 *data;
  gsize length;
  const char *error;
} ReeveWsTransportFrameEvent;

typedef struct _ReeveWsTransportFrameParser ReeveWsTransportFrameParser;

ReeveWsTransportFrameParser *reeve_ws_transport_frame_parser_new (ReeveWsTransportFrameRole role,
                                                                  gsize limit);
void reeve_ws_transport_frame_parser_free (ReeveWsTransportFrameParser *self);
void reeve_ws_transport_frame_parser_set_limit (ReeveWsTransportFrameParser *self, gsize limit);
gboolean reeve_ws_transport_frame_parser_next (ReeveWsTransportFrameParser *self, guint8 **bytes,
                                               gsize *length,
                                               ReeveWsTransportFrameEvent *ret_event);
gsize reeve_ws_transport_frame_parser_get_held (ReeveWsTransportFrameParser *self);

gsize reeve_ws_transport_frame_write_header (guint8 *header, ReeveWsTransportFrameOpcode opcode,
                                             gsize length, const guint8 *mask);
void reeve_ws_transport_frame_append (GByteArray *out, ReeveWsTransportFrameOpcode opcode,
                                      const void *data, gsize length, const guint8 *mask);
void reeve_ws_transport_frame_append_close (GByteArray *out, guint16 code, const char *reason,
                                            const guint8 *mask);
void reeve_ws_transport_frame_mask (guint8 *data, gsize length, const guint8 *mask, gsize offset);

guint16 reeve_ws_transport_frame_reply_to_close (guint16 code);
char *reeve_ws_transport_accept_key (const char *key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveWsTransportFrameParser, reeve_ws_transport_frame_parser_free)

G_END_DECLS
