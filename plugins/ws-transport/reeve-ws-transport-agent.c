/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The agent's end of the transport: one target for each hub, and for each target one attempt or
 * link at a time. After an end the next attempt waits, twice as long after each failure, with
 * jitter, so that a fleet does not come back all at once. */

#include "config.h"

#include "reeve-ws-transport-agent.h"

#include "reeve-ws-transport-client.h"

typedef struct
{
  ReeveWsTransportClientTarget target;
  ReeveWsTransportAgent *agent;
  ReeveWsTransportClient *client; /* NULL while it waits */
  ReeveTimer *timer;
  guint failures; /* in a row */
  char *last;     /* what the log has of the last one */
  gboolean hurry; /* the next attempt does not wait */
} ReeveWsTransportAgentTarget;

struct _ReeveWsTransportAgent
{
  ReeveContext *context;
  ReeveTransport *transport;
  ReeveWsTransportClientOptions options;
  GHashTable *targets;   /* name -> ReeveWsTransportAgentTarget */
  ReeveNetwork *network; /* NULL: changes go unnoticed */
};

static void reeve_ws_transport_agent_timer_cb (ReeveTimer *timer, gpointer user_data);

/**
 * reeve_ws_transport_agent_get_backoff:
 * @failures: attempts in a row that failed, from 1
 * @random: any number
 *
 * Returns: milliseconds to wait before the next attempt: up to twice as long after each failure,
 *   and anything between the half and the whole of that
 */
guint
reeve_ws_transport_agent_get_backoff (guint failures, guint32 random)
{
  guint most = REEVE_WS_TRANSPORT_AGENT_BACKOFF_MAX_MS;
  guint wait;

  if (failures < 6)
    most = MIN (most, (guint) REEVE_WS_TRANSPORT_AGENT_BACKOFF_MIN_MS << failures);
  wait = most / 2 + random % (most / 2 + 1);
  return CLAMP (wait, REEVE_WS_TRANSPORT_AGENT_BACKOFF_MIN_MS,
                REEVE_WS_TRANSPORT_AGENT_BACKOFF_MAX_MS);
}

/* The first time that something goes wrong, and each time that it is something else, is news. */
static void
reeve_ws_transport_agent_log_end (ReeveWsTransportAgentTarget *self, const GError *error,
                                  guint wait_ms)
{
  gboolean news = g_strcmp0 (self->last, error->message) != 0;

  reeve_context_log (self->agent->context, news ? G_LOG_LEVEL_MESSAGE : G_LOG_LEVEL_INFO,
                     G_LOG_DOMAIN, self->target.url->host, self->target.name,
                     "hub '%s' at %s: %s; next attempt in %u.%u s", self->target.name,
                     self->target.url->address, error->message, wait_ms / 1000,
                     wait_ms % 1000 / 100);
  g_free (self->last);
  self->last = g_strdup (error->message);
}

static void
reeve_ws_transport_agent_client_ended (ReeveWsTransportClient *client, const GError *error,
                                       guint64 lived_ms, gpointer user_data)
{
  ReeveWsTransportAgentTarget *self = user_data;
  guint wait_ms;

  if (lived_ms >= REEVE_WS_TRANSPORT_AGENT_PROVEN_MS)
    {
      self->failures = 0;
      g_clear_pointer (&self->last, g_free);
    }
  self->failures++;
  wait_ms =
      self->hurry ? 0 : reeve_ws_transport_agent_get_backoff (self->failures, g_random_int ());
  self->hurry = FALSE;
  reeve_ws_transport_agent_log_end (self, error, wait_ms);
  reeve_timer_start (self->timer, wait_ms);
  g_clear_pointer (&self->client, reeve_ws_transport_client_unref);
}

static void
reeve_ws_transport_agent_attempt (ReeveWsTransportAgentTarget *self)
{
  self->client =
      reeve_ws_transport_client_new (self->agent->context, self->agent->transport, &self->target,
                                     reeve_ws_transport_agent_client_ended, self);
  reeve_ws_transport_client_start (self->client);
}

static void
reeve_ws_transport_agent_timer_cb (ReeveTimer *timer, gpointer user_data)
{
  reeve_ws_transport_agent_attempt (user_data);
}

/* What could not be reached may be reachable now, and a connection whose address has gone will not
 * come back. The count of failures stays: a network that changes all the time is no reason to ask
 * all the time. */
static void
reeve_ws_transport_agent_network_cb (ReeveNetwork *network, const ReeveNetworkAddress *gone,
                                     guint n_gone, gpointer user_data)
{
  ReeveWsTransportAgent *self = user_data;
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->targets);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      ReeveWsTransportAgentTarget *target = value;

      if (target->client == NULL)
        {
          reeve_log_info (self->context, "hub '%s': the network has changed: tried at once",
                          target->target.name);
          reeve_timer_start (target->timer, g_random_int () % REEVE_WS_TRANSPORT_AGENT_SPREAD_MS);
        }
      else if (reeve_network_has_address (gone, n_gone,
                                          reeve_ws_transport_client_get_local (target->client)))
        {
          target->hurry = TRUE;
          reeve_ws_transport_client_close (target->client, "its local address has gone");
        }
    }
}

static void
reeve_ws_transport_agent_target_free (ReeveWsTransportAgentTarget *self)
{
  g_clear_pointer (&self->client, reeve_ws_transport_client_unref);
  reeve_timer_free (self->timer);
  reeve_ws_transport_url_free (self->target.url);
  g_object_unref (self->target.owner);
  g_free (self->target.name);
  g_free (self->last);
  g_free (self);
}

static gboolean
reeve_ws_transport_agent_check (ReeveWsTransportAgent *self, const ReeveWsTransportUrl *url,
                                const char *name, GError **error)
{
  if (!url->secure && !self->options.allow_plain && !reeve_net_is_loopback (url->host))
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_DENIED,
                 "hub '%s': %s is not this machine, and plain http shows the token to the network "
                 "in between. Give https://, or if that is fine there set allow-plain=yes in "
                 "[plugin ws-transport]",
                 name, url->host);
  else if (g_hash_table_contains (self->targets, name))
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_EXISTS, "hub '%s' is being linked to already",
                 name);
  else if (g_hash_table_size (self->targets) >= REEVE_WS_TRANSPORT_AGENT_MAX_TARGETS)
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT,
                 "hub '%s': there are %d hubs already, no agent links to more", name,
                 REEVE_WS_TRANSPORT_AGENT_MAX_TARGETS);
  else
    return TRUE;
  return FALSE;
}

/**
 * reeve_ws_transport_agent_connect:
 * @self: an agent's end
 * @url: where the hub is
 * @name: what it is called here
 * @owner: decides and answers; referenced
 * @error: INVALID for the URL, DENIED for plain TCP to another machine, EXISTS, LIMIT
 *
 * Begins to keep a link to @url up, in the next turn.
 *
 * Returns: whether it will be tried
 */
gboolean
reeve_ws_transport_agent_connect (ReeveWsTransportAgent *self, const char *url, const char *name,
                                  ReeveLinkOwner *owner, GError **error)
{
  g_autoptr (ReeveWsTransportUrl) parts = reeve_ws_transport_url_parse (url, error);
  ReeveWsTransportAgentTarget *target;

  if (parts == NULL || !reeve_ws_transport_agent_check (self, parts, name, error))
    return FALSE;
  target = g_new0 (ReeveWsTransportAgentTarget, 1);
  target->agent = self;
  target->target.name = g_strdup (name);
  target->target.url = g_steal_pointer (&parts);
  target->target.owner = g_object_ref (owner);
  target->target.options = &self->options;
  target->timer = reeve_context_add_timer (self->context, "next attempt",
                                           reeve_ws_transport_agent_timer_cb, target);
  g_hash_table_insert (self->targets, target->target.name, target);
  reeve_timer_start (target->timer, 0);
  return TRUE;
}

/* Unknown names are fine. */
void
reeve_ws_transport_agent_disconnect (ReeveWsTransportAgent *self, const char *name)
{
  ReeveWsTransportAgentTarget *target = g_hash_table_lookup (self->targets, name);

  if (target == NULL)
    return;
  if (target->client != NULL)
    reeve_ws_transport_client_stop (target->client, FALSE);
  g_hash_table_remove (self->targets, name);
}

/**
 * reeve_ws_transport_agent_new:
 * @context: the plugin's
 * @transport: (transfer none): what links say they came over; outlives this
 * @options: how to dial; its texts outlive this
 *
 * Returns: (transfer full): the agent's end, with no hub yet
 */
ReeveWsTransportAgent *
reeve_ws_transport_agent_new (ReeveContext *context, ReeveTransport *transport,
                              const ReeveWsTransportClientOptions *options)
{
  ReeveWsTransportAgent *self = g_new0 (ReeveWsTransportAgent, 1);
  g_autoptr (GError) error = NULL;

  self->context = context;
  self->transport = transport;
  self->options = *options;
  self->network =
      reeve_context_watch_network (context, reeve_ws_transport_agent_network_cb, self, &error);
  if (self->network == NULL)
    reeve_log_info (context, "%s: after a change hubs are tried when their wait ends",
                    error->message);
  self->targets = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
                                         (GDestroyNotify) reeve_ws_transport_agent_target_free);
  return self;
}

/* Ends all links; their owners are told. */
void
reeve_ws_transport_agent_free (ReeveWsTransportAgent *self)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->targets);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      ReeveWsTransportAgentTarget *target = value;

      if (target->client != NULL)
        reeve_ws_transport_client_stop (target->client, TRUE);
    }
  g_hash_table_unref (self->targets);
  if (self->network != NULL)
    reeve_network_free (self->network);
  g_free (self);
}
