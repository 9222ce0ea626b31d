/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "hub-fixture.h"

#include <string.h>
#include <sys/socket.h>

#include "core/wire/reeve-wire.h"
#include "tests/lib/reeve-test-wire.h"

const TestOffer test_stock = { FAKE_TOKEN, "0.18.8", NULL, "websocket",
                               "Upgrade",  "13",     KEY,  "192.0.2.7" };

void
test_hub_load (TestHub *f)
{
  ReeveContext *context = reeve_mock_host_get_context (f->host);

  f->plugin = reeve_mock_host_load (f->host, "ws-transport", NULL);
  f->routes = reeve_context_lookup (context, REEVE_TYPE_ROUTES, "");
  f->transport = reeve_context_lookup (context, REEVE_TYPE_TRANSPORT, "");
  g_assert_nonnull (f->routes);
  g_assert_nonnull (f->transport);
}

void
test_hub_unload (TestHub *f)
{
  g_clear_object (&f->routes);
  g_clear_object (&f->transport);
  reeve_mock_host_unload (f->host, f->plugin);
  f->plugin = NULL;
}

void
test_hub_set_up (TestHub *f, gconstpointer without_owner)
{
  g_autoptr (GError) error = NULL;

  f->host = reeve_mock_host_new ("hub", TRUE);
  f->owner = fake_owner_new (TRUE);
  if (without_owner == NULL)
    reeve_context_provide (reeve_mock_host_get_context (f->host), REEVE_TYPE_LINK_OWNER, "",
                           f->owner, &error);
  g_assert_no_error (error);
  test_hub_load (f);
}

void
test_hub_tear_down (TestHub *f, gconstpointer data)
{
  if (f->plugin != NULL)
    test_hub_unload (f);
  g_assert_null (f->owner->link);
  reeve_mock_host_free (f->host);
  g_assert_finalize_object (f->owner);
}

void
test_hub_dial (TestHub *f, const TestOffer *offer, RawPeer *ret_peer)
{
  const char *const fields[][2] = {
    { "x-token", offer->token },         { "x-beszel", offer->version },
    { "x-link", offer->link },           { "upgrade", offer->upgrade },
    { "connection", offer->connection }, { "sec-websocket-version", offer->ws_version },
    { "sec-websocket-key", offer->key },
  };
  const ReeveRoute *route = reeve_routes_get_routes (f->routes);
  g_autoptr (ReeveHttpRequest) request = reeve_http_request_new ("GET", route->path, NULL);
  int fds[2];

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    if (fields[i][1] != NULL)
      reeve_http_request_add_header (request, fields[i][0], fields[i][1]);
  reeve_http_request_set_peer (request, offer->peer, FALSE);
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
  raw_peer_init (ret_peer, f->host, fds[1], TRUE);
  reeve_routes_upgrade (f->routes, route, request,
                        reeve_context_add_stream (reeve_mock_host_get_context (f->host), fds[0]));
}

void
test_hub_send_vector (RawPeer *peer, const char *name)
{
  g_autoptr (GBytes) bytes = reeve_test_vector (name);

  raw_peer_send (peer, REEVE_WS_TRANSPORT_FRAME_BINARY, bytes);
}

void
test_hub_enter (TestHub *f, const TestOffer *offer, RawPeer *ret_peer)
{
  g_autofree char *head = NULL;
  g_autoptr (GBytes) challenge = NULL;
  g_autoptr (GBytes) expected = reeve_test_vector ("challenge.hex");

  test_hub_dial (f, offer, ret_peer);
  head = raw_peer_read_head (ret_peer);
  if (offer->link == NULL)
    g_assert_cmpstr (head, ==, GRANTED "\r\n");
  challenge = raw_peer_read_message (ret_peer);
  if (!f->owner->need_info)
    reeve_test_assert_bytes (challenge, expected);
}

void
test_hub_link (TestHub *f, RawPeer *ret_peer)
{
  test_hub_enter (f, &test_stock, ret_peer);
  g_assert_null (f->owner->link);
  test_hub_send_vector (ret_peer, "fingerprint.hex");
  reeve_mock_host_settle (f->host);
  g_assert_nonnull (f->owner->link);
}

ReeveMessage *
test_hub_make_request (void)
{
  const ReeveSampleRequest wanted = { .interval_ms = 60000, .facts = TRUE };

  return reeve_message_new_sample_request (&wanted);
}

void
test_hub_ask (TestHub *f, ReeveLink *link, GCancellable *cancellable, GAsyncResult **place)
{
  g_autoptr (ReeveMessage) request = test_hub_make_request ();

  reeve_transport_request_async (f->transport, link, request, cancellable, reeve_mock_result_cb,
                                 place);
}

ReeveMessage *
test_hub_answer (TestHub *f, GAsyncResult **place, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  reeve_mock_host_wait (f->host, place);
  result = g_steal_pointer (place);
  return reeve_transport_request_finish (f->transport, result, error);
}
