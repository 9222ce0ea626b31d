/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "core/wire/reeve-wire.h"
#include "fake-owner.h"
#include "raw-peer.h"

G_BEGIN_DECLS

/* The agent's end in the mock host, and a hub that the test plays on a loopback port. */
typedef struct
{
  ReeveMockHost *host;
  ReevePlugin *plugin;
  FakeOwner *owner;
  ReeveTransport *transport;
  int listener;
  guint16 port;
  char *url;
} TestAgent;

void test_agent_set_up (TestAgent *f, gconstpointer data);
void test_agent_tear_down (TestAgent *f, gconstpointer data);
void test_agent_connect (TestAgent *f);
/* Has the agent dialled? */
gboolean test_agent_dialled (TestAgent *f, RawPeer *ret_hub);
void test_agent_accept (TestAgent *f, RawPeer *ret_hub);
char *test_agent_take_key (const char *head);
void test_agent_answer_upgrade (RawPeer *hub, const char *word);
/* Up to the granted upgrade. */
void test_agent_grant (TestAgent *f, RawPeer *ret_hub, const char *word);
void test_agent_send_vector (RawPeer *hub, const char *name);
void test_agent_send_hex (RawPeer *hub, const char *hex);
void test_agent_expect_vector (RawPeer *hub, const char *name);
void test_agent_link (TestAgent *f, RawPeer *ret_hub);
/* The next answer's id and kind. */
void test_agent_expect_answer (RawPeer *hub, gint64 id, ReeveWireResponseKind kind);
/* Not before the half of @most_ms from now, give or take what a test did meanwhile, and not after
 * @most_ms. */
void test_agent_expect_redial (TestAgent *f, RawPeer *ret_hub, guint most_ms);

G_END_DECLS
