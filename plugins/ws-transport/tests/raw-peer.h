/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../reeve-ws-transport-frame.h"
#include "tests/lib/reeve-mock-host.h"

G_BEGIN_DECLS

/* The other end as a socket: bytes that a test writes and reads itself, so that it can do what no
 * peer of ours does. */
typedef struct
{
  ReeveMockHost *host;
  int fd;
  gboolean masks;                      /* it plays an agent */
  ReeveWsTransportFrameParser *parser; /* of what comes from our end */
  GByteArray *got;                     /* read and not looked at yet */
  gboolean ended;
} RawPeer;

/* Takes @fd. */
void raw_peer_init (RawPeer *self, ReeveMockHost *host, int fd, gboolean masks);
void raw_peer_clear (RawPeer *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RawPeer, raw_peer_clear)

void raw_peer_write (RawPeer *self, gconstpointer data, gsize length);
void raw_peer_send (RawPeer *self, ReeveWsTransportFrameOpcode opcode, GBytes *payload);
/* Up to the empty line, (transfer full); waits for it. */
char *raw_peer_read_head (RawPeer *self);
/* The next message, waits for it. (transfer full) */
GBytes *raw_peer_read_message (RawPeer *self);
/* The next frame of another kind as text: "ping", "pong", "close 1000 reason"; "end" at the end;
 * waits for it. (transfer full) */
char *raw_peer_read_control (RawPeer *self);
/* The next bytes, whatever they mean; waits for them. */
void raw_peer_expect_bytes (RawPeer *self, GBytes *expected);
/* Nothing is on the way. */
void raw_peer_assert_silent (RawPeer *self);
void raw_peer_expect (RawPeer *self, const char *control);

G_END_DECLS
