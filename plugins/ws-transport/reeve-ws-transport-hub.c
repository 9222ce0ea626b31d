/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The hub's end of the transport: takes in upgrade requests and holds the agents' connections.
 * Whoever has not proven himself yet is counted, so that strangers can neither fill the hub's
 * memory and log nor keep its owner busy. */

#include "config.h"

#include "reeve-ws-transport-hub.h"

#include <string.h>

#include "reeve-ws-transport-handshake.h"
#include "reeve-ws-transport-limits.h"
#include "reeve-ws-transport-peer.h"

/* Floods are an event at most so often. */
#define REEVE_WS_TRANSPORT_HUB_SAY_AGAIN_US (60 * G_USEC_PER_SEC)

/* Of a connection that is not proven. */
typedef struct
{
  char *source;
  char *admission; /* once its token is known */
  gboolean own;    /* the token is one system's */
  gboolean common; /* the source says nothing about who it is */
} ReeveWsTransportStranger;

struct _ReeveWsTransportHub
{
  guint quiet_ms;
  ReeveContext *context;
  ReeveTransport *transport;
  ReeveWsTransportLimits *limits;
  GHashTable *peers;     /* of ReeveWsTransportPeer, with a reference each */
  GHashTable *strangers; /* of those that are not proven: peer -> ReeveWsTransportStranger */
  gint64 said;           /* monotonic, 0: never */
};

/* ---- strangers ---- */

static void
reeve_ws_transport_stranger_free (ReeveWsTransportStranger *self)
{
  g_free (self->source);
  g_free (self->admission);
  g_free (self);
}

static void
reeve_ws_transport_hub_forget_stranger (ReeveWsTransportHub *self, ReeveWsTransportPeer *peer)
{
  ReeveWsTransportStranger *stranger = g_hash_table_lookup (self->strangers, peer);

  if (stranger == NULL)
    return;
  reeve_ws_transport_limits_leave (self->limits, stranger->source, stranger->admission);
  g_hash_table_remove (self->strangers, peer);
}

static void
reeve_ws_transport_hub_say_flood (ReeveWsTransportHub *self, const char *source)
{
  gint64 now = reeve_clock_get_monotonic (reeve_context_get_clock (self->context));

  reeve_context_log (self->context, G_LOG_LEVEL_MESSAGE, G_LOG_DOMAIN, source, NULL,
                     "agents from %s fail again and again: not each of them is logged any more",
                     source);
  if (self->said != 0 && now - self->said < REEVE_WS_TRANSPORT_HUB_SAY_AGAIN_US)
    return;
  self->said = MAX (now, 1);
  reeve_context_emit (self->context, REEVE_SEVERITY_WARNING, "link", NULL, NULL,
                      "connections from %s fail again and again, as agents without a valid token "
                      "would; they are refused without a word",
                      source);
}

/* ---- peers ---- */

static const char *
reeve_ws_transport_hub_peer_admitted (ReeveWsTransportPeer *peer, const ReeveAdmission *admission,
                                      gpointer user_data)
{
  ReeveWsTransportHub *self = user_data;
  ReeveWsTransportStranger *stranger = g_hash_table_lookup (self->strangers, peer);
  const char *limit =
      reeve_ws_transport_limits_admit (self->limits, stranger->source, stranger->common, admission);

  if (limit != NULL)
    return limit;
  stranger->admission = g_strdup (admission->admission);
  stranger->own = !admission->need_info;
  return NULL;
}

static gboolean
reeve_ws_transport_hub_peer_failed (ReeveWsTransportPeer *peer, gpointer user_data)
{
  ReeveWsTransportHub *self = user_data;
  const ReeveWsTransportStranger *stranger = g_hash_table_lookup (self->strangers, peer);
  ReeveWsTransportVerdict verdict;
  gboolean measured;
  guint missed;

  if (stranger == NULL)
    return TRUE;
  measured = stranger->own || !stranger->common;
  verdict = reeve_ws_transport_limits_fail (self->limits, stranger->source,
                                            measured ? stranger->admission : NULL, &missed);
  if (verdict == REEVE_WS_TRANSPORT_LIMITS_FIRST)
    reeve_ws_transport_hub_say_flood (self, stranger->source);
  if (missed > 1)
    reeve_context_log (self->context, G_LOG_LEVEL_MESSAGE, G_LOG_DOMAIN, stranger->source, NULL,
                       "%u failures of agents from %s were not logged", missed, stranger->source);
  return verdict == REEVE_WS_TRANSPORT_LIMITS_TELL;
}

static void
reeve_ws_transport_hub_peer_proven (ReeveWsTransportPeer *peer, gpointer user_data)
{
  ReeveWsTransportHub *self = user_data;

  reeve_ws_transport_hub_forget_stranger (self, peer);
  reeve_ws_transport_peer_set_quiet (peer, self->quiet_ms);
}

static void
reeve_ws_transport_hub_peer_ended (ReeveWsTransportPeer *peer, gpointer user_data)
{
  ReeveWsTransportHub *self = user_data;

  reeve_ws_transport_hub_forget_stranger (self, peer);
  g_hash_table_remove (self->peers, peer);
}

static const ReeveWsTransportPeerFuncs reeve_ws_transport_hub_peer_funcs = {
  .admitted = reeve_ws_transport_hub_peer_admitted,
  .failed = reeve_ws_transport_hub_peer_failed,
  .proven = reeve_ws_transport_hub_peer_proven,
  .ended = reeve_ws_transport_hub_peer_ended,
};

/* There is no room to look at it. */
static void
reeve_ws_transport_hub_turn_away (ReeveStream *stream)
{
  g_autoptr (GString) answer = reeve_ws_transport_handshake_write_refusal (503, "");

  reeve_stream_set_funcs (stream, NULL, NULL);
  reeve_stream_write (stream, answer->str, answer->len);
  reeve_stream_close (stream);
  reeve_stream_unref (stream);
}

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
  ReeveWsTransportStranger *stranger;
  g_autoptr (ReeveWsTransportPeer) peer = NULL;

  if (remote == NULL)
    remote = reeve_stream_get_peer (stream);
  if (!reeve_ws_transport_limits_enter (self->limits))
    {
      reeve_ws_transport_hub_turn_away (stream);
      return;
    }
  stranger = g_new0 (ReeveWsTransportStranger, 1);
  stranger->source = reeve_net_make_source (remote);
  /* loopback, and a proxy's socket when it forwards no address: any number of machines */
  stranger->common = strcmp (remote, "local") == 0 || reeve_net_is_loopback (remote);
  peer = reeve_ws_transport_peer_new (self->context, self->transport,
                                      &reeve_ws_transport_hub_peer_funcs, self);
  g_hash_table_add (self->peers, reeve_ws_transport_peer_ref (peer));
  g_hash_table_insert (self->strangers, peer, stranger);
  reeve_ws_transport_peer_start (peer, request, stream);
}

void
reeve_ws_transport_hub_set_quiet (ReeveWsTransportHub *self, guint ms)
{
  self->quiet_ms = ms;
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
  self->strangers =
      g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) reeve_ws_transport_stranger_free);
  self->limits = reeve_ws_transport_limits_new (reeve_context_get_clock (context));
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
  reeve_ws_transport_limits_free (self->limits);
  g_hash_table_unref (self->peers);
  g_free (self);
}
