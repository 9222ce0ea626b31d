/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "agent-fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../reeve-ws-transport-agent.h"
#include "../reeve-ws-transport-handshake.h"
#include "tests/lib/reeve-test-wire.h"

void
test_agent_set_up (TestAgent *f, gconstpointer data)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t length = sizeof address;

  f->listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  g_assert_cmpint (bind (f->listener, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (listen (f->listener, 8), ==, 0);
  g_assert_cmpint (getsockname (f->listener, (struct sockaddr *) &address, &length), ==, 0);
  f->port = ntohs (address.sin_port);
  f->url = g_strdup_printf ("http://127.0.0.1:%u", f->port);
  f->host = reeve_mock_host_new ("agent", TRUE);
  f->owner = fake_owner_new (FALSE);
  f->plugin = reeve_mock_host_load (f->host, "ws-transport", NULL);
  f->transport =
      reeve_context_lookup (reeve_mock_host_get_context (f->host), REEVE_TYPE_TRANSPORT, "");
  g_assert_nonnull (f->transport);
}

void
test_agent_tear_down (TestAgent *f, gconstpointer data)
{
  g_clear_object (&f->transport);
  reeve_mock_host_free (f->host);
  g_assert_null (f->owner->link);
  g_assert_finalize_object (f->owner);
  close (f->listener);
  g_free (f->url);
}

void
test_agent_connect (TestAgent *f)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (reeve_transport_handles (f->transport, f->url));
  reeve_transport_connect (f->transport, f->url, "home", REEVE_LINK_OWNER (f->owner), &error);
  g_assert_no_error (error);
}

/* Has the agent dialled? */
gboolean
test_agent_dialled (TestAgent *f, RawPeer *ret_hub)
{
  int fd;

  reeve_mock_host_settle (f->host);
  fd = accept4 (f->listener, NULL, NULL, SOCK_CLOEXEC);
  if (fd < 0)
    return FALSE;
  raw_peer_init (ret_hub, f->host, fd, FALSE);
  return TRUE;
}

void
test_agent_accept (TestAgent *f, RawPeer *ret_hub)
{
  for (guint turn = 0; turn < 100000; turn++)
    {
      if (test_agent_dialled (f, ret_hub))
        return;
      g_thread_yield ();
    }
  g_error ("the agent did not dial");
}

char *
test_agent_take_key (const char *head)
{
  const char *key = strstr (head, "Sec-Websocket-Key: ");

  g_assert_nonnull (key);
  return g_strndup (key + strlen ("Sec-Websocket-Key: "), 24);
}

void
test_agent_answer_upgrade (RawPeer *hub, const char *word)
{
  g_autofree char *head = raw_peer_read_head (hub);
  g_autofree char *key = test_agent_take_key (head);
  GString *answer = reeve_ws_transport_handshake_write_accept (key, word);

  raw_peer_write (hub, answer->str, answer->len);
  g_string_free (answer, TRUE);
}

/* Up to the granted upgrade. */
void
test_agent_grant (TestAgent *f, RawPeer *ret_hub, const char *word)
{
  test_agent_accept (f, ret_hub);
  test_agent_answer_upgrade (ret_hub, word);
}

void
test_agent_send_vector (RawPeer *hub, const char *name)
{
  g_autoptr (GBytes) bytes = reeve_test_vector (name);

  raw_peer_send (hub, REEVE_WS_TRANSPORT_FRAME_BINARY, bytes);
}

void
test_agent_send_hex (RawPeer *hub, const char *hex)
{
  g_autoptr (GBytes) bytes = reeve_test_unhex (hex);

  raw_peer_send (hub, REEVE_WS_TRANSPORT_FRAME_BINARY, bytes);
}

void
test_agent_expect_vector (RawPeer *hub, const char *name)
{
  g_autoptr (GBytes) expected = reeve_test_vector (name);
  g_autoptr (GBytes) bytes = raw_peer_read_message (hub);

  reeve_test_assert_bytes (bytes, expected);
}

void
test_agent_link (TestAgent *f, RawPeer *ret_hub)
{
  test_agent_grant (f, ret_hub, NULL);
  test_agent_send_vector (ret_hub, "challenge.hex");
  test_agent_expect_vector (ret_hub, "fingerprint.hex");
  g_assert_nonnull (f->owner->link);
}

/* The next answer's id and kind. */
void
test_agent_expect_answer (RawPeer *hub, gint64 id, ReeveWireResponseKind kind)
{
  g_autoptr (GBytes) bytes = raw_peer_read_message (hub);
  g_auto (ReeveWireResponse) response = { 0 };

  reeve_test_decode_response (bytes, 0, NULL, &response);
  g_assert_cmpint (response.id, ==, id);
  g_assert_cmpint (response.kind, ==, kind);
}

/* Not before the half of @most_ms from now, give or take what a test did meanwhile, and not after
 * @most_ms. */
void
test_agent_expect_redial (TestAgent *f, RawPeer *ret_hub, guint most_ms)
{
  guint least_ms = MAX (most_ms / 2, REEVE_WS_TRANSPORT_AGENT_BACKOFF_MIN_MS);
  guint waited_ms = 0;

  while (!test_agent_dialled (f, ret_hub))
    {
      g_assert_cmpuint (waited_ms, <=, most_ms + 100);
      reeve_mock_host_advance (f->host, 50);
      waited_ms += 50;
    }
  g_assert_cmpuint (waited_ms + 200, >=, least_ms);
}
