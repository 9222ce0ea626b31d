/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the hub asks an agent whose link is up. */

#include "config.h"

#include "reeve-ws-transport-peer-private.h"

#include "core/wire/reeve-wire.h"

/* ---- requests ---- */

/* Of a caller who waits with a task, or of the link's owner. */
typedef struct
{
  ReeveWsTransportPeer *peer;
  GTask *task; /* NULL: the owner's */
  ReeveMessage *message;
  guint32 id;
  gulong cancelled_id;
} ReeveWsTransportPeerRequest;

/* Before its caller is told, who may cancel then. */
static void
reeve_ws_transport_peer_request_settle (ReeveWsTransportPeerRequest *request)
{
  if (request->cancelled_id != 0)
    g_clear_signal_handler (&request->cancelled_id, g_task_get_cancellable (request->task));
}

static void
reeve_ws_transport_peer_request_free (ReeveWsTransportPeerRequest *request)
{
  reeve_ws_transport_peer_request_settle (request);
  g_clear_object (&request->task);
  reeve_message_unref (request->message);
  reeve_ws_transport_peer_unref (request->peer);
  g_free (request);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveWsTransportPeerRequest, reeve_ws_transport_peer_request_free)

static int
reeve_ws_transport_peer_get_action (ReeveMessage *message)
{
  return reeve_wire_verb_get_action (reeve_message_get_verb (message));
}

static void
reeve_ws_transport_peer_cancelled_cb (GCancellable *cancellable, gpointer user_data)
{
  g_autoptr (ReeveWsTransportPeerRequest) request = user_data;

  reeve_ws_transport_link_forget (request->peer->link, request->id);
  reeve_ws_transport_peer_request_settle (request);
  g_task_return_new_error (request->task, REEVE_ERROR, REEVE_ERROR_CANCELLED,
                           "cancelled by the caller");
}

/* (transfer full) */
static ReeveMessage *
reeve_ws_transport_peer_read_answer (ReeveWsTransportPeer *self, ReeveMessage *request,
                                     const guint8 *data, gsize length, GError **error)
{
  const int action = reeve_ws_transport_peer_get_action (request);
  const ReeveSampleRequest *wanted = reeve_message_get_sample_request (request);
  const ReeveWireExpected expected = {
    .limits = { REEVE_WIRE_RESPONSE_MAX_BYTES, REEVE_WIRE_MAX_ITEMS, self->level },
    .action = action,
    .bare = self->bare,
    .schema = self->object != NULL ? reeve_link_get_schema (self->object) : NULL,
    .kept = wanted != NULL ? wanted->kept : 0,
  };
  g_auto (ReeveWireResponse) response = { 0 };
  g_autoptr (GError) malformed = NULL;

  if (!reeve_wire_response_decode (data, length, &expected, &response, &malformed))
    {
      reeve_ws_transport_peer_log (self, G_LOG_LEVEL_MESSAGE, "its answer was not taken: %s",
                                   malformed->message);
      g_propagate_prefixed_error (error, g_steal_pointer (&malformed),
                                  "the agent's answer was not taken: ");
      return NULL;
    }
  if (response.kind == REEVE_WIRE_RESPONSE_SAMPLE || response.kind == REEVE_WIRE_RESPONSE_ANSWER)
    return g_steal_pointer (&response.message);
  /* of a sample it must not look like the state of the link: an agent that says "timeout" answers
   */
  if (response.kind == REEVE_WIRE_RESPONSE_ERROR)
    g_set_error (error, REEVE_ERROR,
                 action == REEVE_WIRE_ACTION_SAMPLE ? REEVE_ERROR_FAILED : response.code,
                 "the agent said: %s", response.error);
  else
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_PROTOCOL, "the agent's answer holds no %s",
                 action == REEVE_WIRE_ACTION_SAMPLE ? "sample" : "value");
  return NULL;
}

static void
reeve_ws_transport_peer_answer_cb (ReeveWsTransportLink *link, const guint8 *data, gsize length,
                                   const GError *failure, gpointer user_data)
{
  g_autoptr (ReeveWsTransportPeerRequest) request = user_data;
  ReeveWsTransportPeer *self = request->peer;
  GError *error = failure != NULL ? g_error_copy (failure) : NULL;
  g_autoptr (ReeveMessage) answer = NULL;

  reeve_ws_transport_peer_request_settle (request);
  if (failure == NULL)
    answer = reeve_ws_transport_peer_read_answer (self, request->message, data, length, &error);
  if (request->task == NULL)
    {
      /* of a link that has ended the owner hears as of one that is closed */
      if (self->object != NULL && reeve_ws_transport_link_is_open (link))
        reeve_link_owner_answered (self->owner, self->object, request->message, answer, error);
      g_clear_error (&error);
    }
  else if (answer != NULL)
    g_task_return_pointer (request->task, g_steal_pointer (&answer),
                           (GDestroyNotify) reeve_message_unref);
  else
    g_task_return_error (request->task, error);
}

/* @task: (nullable). NULL: not sent. */
static ReeveWsTransportPeerRequest *
reeve_ws_transport_peer_send (ReeveWsTransportPeer *self, ReeveMessage *message, GTask *task,
                              GError **error)
{
  g_autoptr (ReeveWsTransportPeerRequest) request = NULL;
  guint n_pending = reeve_ws_transport_link_get_n_pending (self->link);
  GBytes *bytes;

  if (task != NULL && n_pending >= REEVE_WS_TRANSPORT_PEER_MAX_REQUESTS)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT, "%u requests wait for %s already",
                   n_pending, self->remote);
      return NULL;
    }
  /* its answers have no ids, so one of another kind could be taken for a sample */
  if (self->bare && reeve_ws_transport_peer_get_action (message) != REEVE_WIRE_ACTION_SAMPLE)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_UNSUPPORTED,
                   "the agent is older than 0.13 and answers no %s",
                   reeve_message_get_verb (message));
      return NULL;
    }
  bytes = reeve_wire_encode_request (reeve_ws_transport_link_get_next_id (self->link), message,
                                     self->level, error);
  if (bytes == NULL)
    return NULL;
  request = g_new0 (ReeveWsTransportPeerRequest, 1);
  request->peer = reeve_ws_transport_peer_ref (self);
  request->task = task != NULL ? g_object_ref (task) : NULL;
  request->message = reeve_message_ref (message);
  request->id =
      reeve_ws_transport_link_request (self->link, bytes, reeve_message_get_timeout (message),
                                       reeve_ws_transport_peer_answer_cb, request, error);
  return request->id != 0 ? g_steal_pointer (&request) : NULL;
}

/**
 * reeve_ws_transport_peer_request:
 * @self: a peer whose link is up
 * @message: what to ask
 * @task: (transfer full): gets the answering ReeveMessage
 *
 * Sends one request.
 */
void
reeve_ws_transport_peer_request (ReeveWsTransportPeer *self, ReeveMessage *message, GTask *task)
{
  g_autoptr (GTask) owned = task;
  GCancellable *cancellable = g_task_get_cancellable (task);
  GError *error = NULL;
  ReeveWsTransportPeerRequest *request = reeve_ws_transport_peer_send (self, message, task, &error);

  if (request == NULL)
    g_task_return_error (task, error);
  else if (cancellable != NULL)
    request->cancelled_id =
        g_signal_connect (cancellable, "cancelled",
                          G_CALLBACK (reeve_ws_transport_peer_cancelled_cb), request);
}

/* As reeve_transport_ask() says. */
gboolean
reeve_ws_transport_peer_ask (ReeveWsTransportPeer *self, ReeveMessage *message, GError **error)
{
  return reeve_ws_transport_peer_send (self, message, NULL, error) != NULL;
}

/* ---- probes ---- */

static void
reeve_ws_transport_peer_probed_cb (G_GNUC_UNUSED ReeveWsTransportLink *link,
                                   G_GNUC_UNUSED const guint8 *data, G_GNUC_UNUSED gsize length,
                                   const GError *error, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;

  if (error == NULL)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, g_error_copy (error));
}

/**
 * reeve_ws_transport_peer_probe:
 * @self: a peer whose link is up
 * @timeout_ms: how long it has to show itself
 * @task: (transfer full): gets TRUE
 *
 * Sends a ping; anything that comes then is a sign of the peer.
 */
void
reeve_ws_transport_peer_probe (ReeveWsTransportPeer *self, guint timeout_ms, GTask *task)
{
  GError *error = NULL;

  if (reeve_ws_transport_link_probe (self->link, timeout_ms, reeve_ws_transport_peer_probed_cb,
                                     task, &error))
    return;
  g_task_return_error (task, error);
  g_object_unref (task);
}
