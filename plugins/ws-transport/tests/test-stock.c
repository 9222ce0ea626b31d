/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Recorded conversations of stock peers, played again: where a stock hub stood, our hub says the
 * same bytes to the recorded agent; where a stock agent stood, ours gives the recorded hub the same
 * answers. Only what a peer may choose differs: keys and masks, the host, what is measured. */

#include "config.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../reeve-ws-transport-handshake.h"
#include "core/wire/reeve-wire.h"
#include "fake-owner.h"
#include "raw-peer.h"
#include "recording.h"
#include "tests/lib/reeve-test-wire.h"

typedef struct
{
  const char *file;
  gboolean ours; /* the played side was ours when it was recorded: all its bytes are known */
} TestStock;

/* ---- our hub, the recorded agent ---- */

typedef struct
{
  ReeveMockHost *host;
  FakeOwner *owner;
  ReeveRoutes *routes;
  RawPeer agent;
  GAsyncResult *place; /* of the request under way */
  gboolean may_fail;
  char *token;
} TestStockHub;

static void
test_stock_hub_dial (TestStockHub *f, const char *head)
{
  static const char *const names[] = {
    "Connection", "Upgrade", "Sec-WebSocket-Key", "Sec-WebSocket-Version", "X-Beszel",
    "X-Token",    "X-Link"
  };
  const ReeveRoute *route = reeve_routes_get_routes (f->routes);
  g_autoptr (ReeveHttpRequest) request = reeve_http_request_new ("GET", route->path, NULL);
  g_autofree char *line = g_strdup_printf ("GET %s HTTP/1.1\r\n", route->path);
  int fds[2];

  g_assert_true (g_str_has_prefix (head, line));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *value = recording_get_field (head, names[i]);

      if (value != NULL)
        reeve_http_request_add_header (request, names[i], value);
    }
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
  raw_peer_init (&f->agent, f->host, fds[1], TRUE);
  reeve_routes_upgrade (f->routes, route, request,
                        reeve_context_add_stream (reeve_mock_host_get_context (f->host), fds[0]));
}

static void
test_stock_hub_take_answer (TestStockHub *f)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (ReeveMessage) answer = NULL;
  g_autoptr (ReeveTransport) transport =
      reeve_context_lookup (reeve_mock_host_get_context (f->host), REEVE_TYPE_TRANSPORT, "");
  g_autoptr (GError) error = NULL;

  if (f->place == NULL)
    return;
  result = g_steal_pointer (&f->place);
  answer = reeve_transport_request_finish (transport, result, &error);
  if (f->may_fail)
    g_assert_error (error, REEVE_ERROR, REEVE_ERROR_PROTOCOL);
  else
    {
      g_assert_no_error (error);
      g_assert_true (reeve_message_get_sample (answer) != NULL ||
                     reeve_message_get_value (answer) != NULL);
    }
}

/* Has our hub say what the recorded one said. */
static void
test_stock_hub_ask (TestStockHub *f, const RecordedItem *item)
{
  g_auto (ReeveWireRequest) request = { 0 };
  g_autoptr (GBytes) other = NULL;

  reeve_test_decode_request (item->payload, 0, &request);
  if (request.action == REEVE_WIRE_ACTION_FINGERPRINT)
    {
      raw_peer_expect_bytes (&f->agent, item->raw);
      return;
    }
  test_stock_hub_take_answer (f);
  /* what we do not ask for takes an id nevertheless */
  f->may_fail = request.message == NULL;
  if (f->may_fail)
    request.message = reeve_message_new_sample_request (&(ReeveSampleRequest){ 0 });
  g_assert_nonnull (f->owner->link);
  reeve_transport_request_async (reeve_link_get_transport (f->owner->link), f->owner->link,
                                 request.message, NULL, reeve_mock_result_cb, &f->place);
  if (f->may_fail)
    other = raw_peer_read_message (&f->agent);
  else
    raw_peer_expect_bytes (&f->agent, item->raw);
}

static void
test_stock_hub_play (TestStockHub *f, const RecordedItem *item)
{
  g_autofree char *head = NULL;

  if (item->from_agent && item->head != NULL)
    test_stock_hub_dial (f, item->head);
  else if (item->from_agent)
    raw_peer_write (&f->agent, g_bytes_get_data (item->raw, NULL), g_bytes_get_size (item->raw));
  else if (item->head != NULL)
    {
      head = raw_peer_read_head (&f->agent);
      g_assert_cmpstr (head, ==, item->head);
    }
  else if (item->kind == REEVE_WS_TRANSPORT_FRAME_EVENT_MESSAGE)
    test_stock_hub_ask (f, item);
  else
    {
      if (item->kind == REEVE_WS_TRANSPORT_FRAME_EVENT_PING)
        reeve_transport_ping (reeve_link_get_transport (f->owner->link), f->owner->link);
      raw_peer_expect_bytes (&f->agent, item->raw);
    }
}

/* The owner knows the token that the recorded agent had, and asks as the recorded hub did. */
static void
test_stock_hub_prepare (TestStockHub *f, GPtrArray *items)
{
  for (guint i = 0; i < items->len; i++)
    {
      const RecordedItem *item = g_ptr_array_index (items, i);
      g_auto (ReeveWireRequest) request = { 0 };

      if (item->from_agent && item->head != NULL)
        f->owner->token = f->token = recording_get_field (item->head, "X-Token");
      else if (!item->from_agent && item->kind == REEVE_WS_TRANSPORT_FRAME_EVENT_MESSAGE &&
               item->payload != NULL)
        {
          reeve_test_decode_request (item->payload, 0, &request);
          f->owner->need_info = request.need_system_info;
          return;
        }
    }
}

static void
test_stock_hub (gconstpointer data)
{
  const TestStock *stock = data;
  g_autoptr (GPtrArray) items = recording_load (stock->file);
  TestStockHub f = { .host = reeve_mock_host_new ("hub", TRUE), .owner = fake_owner_new (TRUE) };
  ReeveContext *context = reeve_mock_host_get_context (f.host);
  g_autoptr (GError) error = NULL;

  reeve_context_provide (context, REEVE_TYPE_LINK_OWNER, "", f.owner, &error);
  g_assert_no_error (error);
  reeve_mock_host_load (f.host, "ws-transport", NULL);
  f.routes = reeve_context_lookup (context, REEVE_TYPE_ROUTES, "");
  test_stock_hub_prepare (&f, items);
  for (guint i = 0; i < items->len; i++)
    test_stock_hub_play (&f, g_ptr_array_index (items, i));
  g_assert_cmpuint (f.owner->confirms, ==, 1);
  g_assert_cmpuint (f.owner->closes, ==, 1);
  test_stock_hub_take_answer (&f);
  raw_peer_expect (&f.agent, "end");
  raw_peer_clear (&f.agent);
  g_object_unref (f.routes);
  reeve_mock_host_free (f.host);
  g_assert_finalize_object (f.owner);
  g_free (f.token);
}

/* ---- our agent, the recorded hub ---- */

typedef struct
{
  ReeveMockHost *host;
  FakeOwner *owner;
  ReeveTransport *transport;
  int listener;
  RawPeer hub;
  gboolean ours;
  gboolean closing;
  char *key;
} TestStockAgent;

static char *
test_stock_agent_listen (TestStockAgent *f)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t length = sizeof address;

  f->listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  g_assert_cmpint (bind (f->listener, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (listen (f->listener, 8), ==, 0);
  g_assert_cmpint (getsockname (f->listener, (struct sockaddr *) &address, &length), ==, 0);
  return g_strdup_printf ("http://127.0.0.1:%u", ntohs (address.sin_port));
}

/* The same fields in the same order with the same values, but for the few that may differ. */
static void
test_stock_agent_compare_heads (TestStockAgent *f, const char *head, const char *recorded)
{
  static const char *const free_fields[] = { "Host", "User-Agent", "Sec-Websocket-Key", NULL };
  g_auto (GStrv) lines = g_strsplit (head, "\r\n", -1);
  g_auto (GStrv) others = g_strsplit (recorded, "\r\n", -1);
  guint j = 0;

  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_autofree char *name = g_strndup (lines[i], strcspn (lines[i], ":"));

      if (!f->ours && strcmp (name, "X-Link") == 0)
        continue;
      g_assert_nonnull (others[j]);
      if (g_strv_contains (free_fields, name))
        g_assert_true (g_str_has_prefix (others[j], name));
      else
        g_assert_cmpstr (lines[i], ==, others[j]);
      j++;
    }
  g_assert_null (others[j]);
}

static void
test_stock_agent_take_head (TestStockAgent *f, const char *recorded)
{
  g_autofree char *head = NULL;
  int fd = -1;

  for (guint turn = 0; turn < 100000 && fd < 0; turn++)
    {
      reeve_mock_host_settle (f->host);
      fd = accept4 (f->listener, NULL, NULL, SOCK_CLOEXEC);
      g_thread_yield ();
    }
  raw_peer_init (&f->hub, f->host, fd, FALSE);
  head = raw_peer_read_head (&f->hub);
  f->key = recording_get_field (head, "Sec-WebSocket-Key");
  test_stock_agent_compare_heads (f, head, recorded);
}

/* The recorded answer to the upgrade, made for our key. */
static void
test_stock_agent_grant (TestStockAgent *f, const char *recorded)
{
  g_autofree char *accept = reeve_ws_transport_accept_key (f->key);
  g_autofree char *old = recording_get_field (recorded, "Sec-WebSocket-Accept");
  g_auto (GStrv) parts = g_strsplit (recorded, old, 2);
  g_autofree char *head = g_strjoin (accept, parts[0], parts[1], NULL);

  raw_peer_write (&f->hub, head, strlen (head));
}

static void
test_stock_agent_compare_answer (TestStockAgent *f, const RecordedItem *item)
{
  g_autoptr (GBytes) bytes = raw_peer_read_message (&f->hub);
  g_auto (ReeveWireResponse) ours = { 0 };
  g_auto (ReeveWireResponse) theirs = { 0 };

  reeve_test_decode_response (bytes, 0, NULL, &ours);
  reeve_test_decode_response (item->payload, 0, NULL, &theirs);
  g_assert_cmpint (ours.id, ==, theirs.id);
  if (f->ours || theirs.kind == REEVE_WIRE_RESPONSE_FINGERPRINT)
    reeve_test_assert_bytes (bytes, item->payload);
  else
    g_assert_cmpint (ours.kind, ==, theirs.kind);
}

static void
test_stock_agent_play (TestStockAgent *f, const RecordedItem *item)
{
  if (item->head != NULL)
    {
      if (item->from_agent)
        test_stock_agent_take_head (f, item->head);
      else
        test_stock_agent_grant (f, item->head);
    }
  else if (!item->from_agent)
    {
      f->closing = f->closing || item->kind == REEVE_WS_TRANSPORT_FRAME_EVENT_CLOSE;
      raw_peer_write (&f->hub, g_bytes_get_data (item->raw, NULL), g_bytes_get_size (item->raw));
    }
  else if (item->kind == REEVE_WS_TRANSPORT_FRAME_EVENT_MESSAGE)
    test_stock_agent_compare_answer (f, item);
  else if (item->kind == REEVE_WS_TRANSPORT_FRAME_EVENT_PONG)
    raw_peer_expect (&f->hub, "pong");
  else
    {
      if (!f->closing)
        reeve_transport_disconnect (f->transport, "home");
      raw_peer_expect (&f->hub, item->code == 1000 ? "close 1000" : "close 0");
    }
}

static void
test_stock_agent (gconstpointer data)
{
  const TestStock *stock = data;
  g_autoptr (GPtrArray) items = recording_load (stock->file);
  TestStockAgent f = { .host = reeve_mock_host_new ("agent", TRUE),
                       .owner = fake_owner_new (FALSE),
                       .ours = stock->ours };
  g_autofree char *url = test_stock_agent_listen (&f);
  g_autoptr (GError) error = NULL;

  reeve_mock_host_load (f.host, "ws-transport", NULL);
  f.transport =
      reeve_context_lookup (reeve_mock_host_get_context (f.host), REEVE_TYPE_TRANSPORT, "");
  reeve_transport_connect (f.transport, url, "home", REEVE_LINK_OWNER (f.owner), &error);
  g_assert_no_error (error);
  for (guint i = 0; i < items->len; i++)
    test_stock_agent_play (&f, g_ptr_array_index (items, i));
  g_assert_cmpuint (f.owner->confirms, ==, 1);
  g_assert_cmpuint (f.owner->answers, >=, 2);
  g_assert_cmpuint (f.owner->closes, ==, 1);
  raw_peer_expect (&f.hub, "end");
  raw_peer_clear (&f.hub);
  close (f.listener);
  g_free (f.key);
  g_object_unref (f.transport);
  reeve_mock_host_free (f.host);
  g_assert_finalize_object (f.owner);
}

int
main (int argc, char *argv[])
{
  static const TestStock both = { "stock-agent-stock-hub.txt", FALSE };
  static const TestStock our_agent = { "our-agent-stock-hub.txt", TRUE };
  static const TestStock our_hub = { "stock-agent-our-hub.txt", TRUE };
  /* at their first contact, with a universal token */
  static const TestStock first[] = {
    { "first-contact-0.12.0.txt", FALSE },
    { "first-contact-0.16.0.txt", FALSE },
    { "first-contact-0.17.0.txt", FALSE },
    { "first-contact-0.18.8.txt", FALSE },
  };

  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/ws-transport/stock/hub-as-stock", &both, test_stock_hub);
  g_test_add_data_func ("/ws-transport/stock/hub-as-recorded", &our_hub, test_stock_hub);
  g_test_add_data_func ("/ws-transport/stock/agent-as-stock", &both, test_stock_agent);
  g_test_add_data_func ("/ws-transport/stock/agent-as-recorded", &our_agent, test_stock_agent);
  for (guint i = 0; i < G_N_ELEMENTS (first); i++)
    {
      g_autofree char *path = g_strdup_printf ("/ws-transport/stock/%s", first[i].file);

      g_test_add_data_func (path, &first[i], test_stock_hub);
    }
  return g_test_run ();
}
