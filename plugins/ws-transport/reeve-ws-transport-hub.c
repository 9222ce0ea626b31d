/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The hub's end of the transport: takes in upgrade requests and holds the agents' connections.
 * Whoever has not proven himself yet is counted, in all and by source, so that strangers can
 * neither fill the hub's memory nor keep its owner busy. */

#include "config.h"

#include "reeve-ws-transport-hub.h"

#include <string.h>

#include "reeve-ws-transport-handshake.h"
#include "reeve-ws-transport-peer.h"

struct _ReeveWsTransportHub
{
  ReeveContext *context;
  ReeveTransport *transport;
  GHashTable *peers;     /* of ReeveWsTransportPeer, with a reference each */
  GHashTable *strangers; /* of those that are not proven: peer -> source */
  GHashTable *sources;   /* source -> how many strangers come from there */
};

/* ---- strangers ---- */

/* Whom an address stands for: one IPv6 customer has at least a /64. */
static char *
reeve_ws_transport_hub_make_source (const char *remote)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (remote);
  const guint8 *bytes;

  if (address == NULL || g_inet_address_get_family (address) != G_SOCKET_FAMILY_IPV6)
    return g_strdup (remote);
  bytes = g_inet_address_to_bytes (address);
  return g_strdup_printf ("%02x%02x:%02x%02x:%02x%02x:%02x%02x", bytes[0], bytes[1], bytes[2],
                          bytes[3], bytes[4], bytes[5], bytes[6], bytes[7]);
}

static void
reeve_ws_transport_hub_forget_stranger (ReeveWsTransportHub *self, ReeveWsTransportPeer *peer)
{
  const char *source = g_hash_table_lookup (self->strangers, peer);
  guint n;

  if (source == NULL)
    return;
  n = GPOINTER_TO_UINT (g_hash_table_lookup (self->sources, source));
  if (n > 1)
    g_hash_table_insert (self->sources, g_strdup (source), GUINT_TO_POINTER (n - 1));
  else
    g_hash_table_remove (self->sources, source);
  g_hash_table_remove (self->strangers, peer);
}

/* NULL: there is room. */
static const char *
reeve_ws_transport_hub_find_limit (ReeveWsTransportHub *self, const char *source)
{
  if (g_hash_table_size (self->strangers) >= REEVE_WS_TRANSPORT_HUB_MAX_STRANGERS)
    return "too many connections wait for their proof";
  if (GPOINTER_TO_UINT (g_hash_table_lookup (self->sources, source)) >=
      REEVE_WS_TRANSPORT_HUB_MAX_STRANGERS_PER_SOURCE)
    return "too many connections from this source wait for their proof";
  return NULL;
}

/* ---- peers ---- */

static void
reeve_ws_transport_hub_peer_proven (ReeveWsTransportPeer *peer, gpointer user_data)
{
  reeve_ws_transport_hub_forget_stranger (user_data, peer);
}

static void
reeve_ws_transport_hub_peer_ended (ReeveWsTransportPeer *peer, gpointer user_data)
{
  ReeveWsTransportHub *self = user_data;

  reeve_ws_transport_hub_forget_stranger (self, peer);
  g_hash_table_remove (self->peers, peer);
}

static const ReeveWsTransportPeerFuncs reeve_ws_transport_hub_peer_funcs = {
  .proven = reeve_ws_transport_hub_peer_proven,
  .ended = reeve_ws_transport_hub_peer_ended,
};

/**
 * reeve_ws_transport_hub_upgrade:
 * @self: a hub
 * @request: an agent's upgrade request
 * @stream: (transfer full): positioned after its head
 *
 * Answers the request: with a refusal in HTTP, or with an upgrade and a challenge.
 */
void
reeve_ws_transport_hub_upgrade (ReeveWsTransportHub *self, ReeveHttpRequest *request,
                                ReeveStream *stream)
{
  const char *remote = reeve_http_request_get_peer (request);
  g_autofree char *source = NULL;
  g_autoptr (ReeveWsTransportPeer) peer = NULL;
  const char *limit;
  guint n;

  if (remote == NULL)
    remote = reeve_stream_get_peer (stream);
  source = reeve_ws_transport_hub_make_source (remote);
  limit = reeve_ws_transport_hub_find_limit (self, source);
  if (limit != NULL)
    {
      g_autoptr (GString) answer = reeve_ws_transport_handshake_write_refusal (429, "");

      reeve_context_log (self->context, G_LOG_LEVEL_MESSAGE, G_LOG_DOMAIN, remote, NULL,
                         "agent at %s: refused with 429: %s", remote, limit);
      reeve_stream_set_funcs (stream, NULL, NULL);
      reeve_stream_write (stream, answer->str, answer->len);
      reeve_stream_close (stream);
      reeve_stream_unref (stream);
      return;
    }
  n = GPOINTER_TO_UINT (g_hash_table_lookup (self->sources, source));
  peer = reeve_ws_transport_peer_new (self->context, self->transport,
                                      &reeve_ws_transport_hub_peer_funcs, self);
  g_hash_table_add (self->peers, reeve_ws_transport_peer_ref (peer));
  g_hash_table_insert (self->sources, g_strdup (source), GUINT_TO_POINTER (n + 1));
  g_hash_table_insert (self->strangers, peer, g_steal_pointer (&source));
  reeve_ws_transport_peer_start (peer, request, stream);
}

guint
reeve_ws_transport_hub_get_n_peers (ReeveWsTransportHub *self)
{
  return g_hash_table_size (self->peers);
}

/* ---- life ---- */

/**
 * reeve_ws_transport_hub_new:
 * @context: the plugin's
 * @transport: (transfer none): what links say they came over; outlives the hub
 *
 * Returns: (transfer full): the hub's end, with no agent yet
 */
ReeveWsTransportHub *
reeve_ws_transport_hub_new (ReeveContext *context, ReeveTransport *transport)
{
  ReeveWsTransportHub *self = g_new0 (ReeveWsTransportHub, 1);

  self->context = context;
  self->transport = transport;
  self->peers =
      g_hash_table_new_full (NULL, NULL, (GDestroyNotify) reeve_ws_transport_peer_unref, NULL);
  self->strangers = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->sources = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

/* Closes every connection; the owner is told of each link. */
void
reeve_ws_transport_hub_free (ReeveWsTransportHub *self)
{
  GHashTableIter iter;
  gpointer peer;

  g_hash_table_iter_init (&iter, self->peers);
  while (g_hash_table_iter_next (&iter, &peer, NULL))
    reeve_ws_transport_peer_stop (peer);
  g_hash_table_unref (self->strangers);
  g_hash_table_unref (self->sources);
  g_hash_table_unref (self->peers);
  g_free (self);
}
