/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fake-owner.h"
#include "raw-peer.h"

G_BEGIN_DECLS

/* The hub's end in the mock host, against agents that the test plays byte by byte. */

#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define GRANTED                                                                                    \
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"              \
  "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"

typedef struct
{
  ReeveMockHost *host;
  ReevePlugin *plugin;
  FakeOwner *owner;
  ReeveRoutes *routes;
  ReeveTransport *transport;
} TestHub;

/* What a request says; NULL leaves a field out. */
typedef struct
{
  const char *token;
  const char *version;
  const char *link;
  const char *upgrade;
  const char *connection;
  const char *ws_version;
  const char *key;
  const char *peer;
} TestOffer;

extern const TestOffer test_stock;

void test_hub_load (TestHub *f);
void test_hub_unload (TestHub *f);
void test_hub_set_up (TestHub *f, gconstpointer without_owner);
void test_hub_tear_down (TestHub *f, gconstpointer data);
void test_hub_dial (TestHub *f, const TestOffer *offer, RawPeer *ret_peer);
void test_hub_send_vector (RawPeer *peer, const char *name);
/* Up to the challenge, whose bytes are the worked example's. */
void test_hub_enter (TestHub *f, const TestOffer *offer, RawPeer *ret_peer);
void test_hub_link (TestHub *f, RawPeer *ret_peer);
ReeveMessage *test_hub_make_request (void);
void test_hub_ask (TestHub *f, ReeveLink *link, GCancellable *cancellable, GAsyncResult **place);
ReeveMessage *test_hub_answer (TestHub *f, GAsyncResult **place, GError **error);

#define ADD(path, func, data)                                                                      \
  g_test_add ("/ws-transport/hub/" path, TestHub, data, test_hub_set_up, func, test_hub_tear_down)

G_END_DECLS
