/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the hub asks an agent whose link is up. */

#include "config.h"

#include "reeve-ws-transport-peer-private.h"

#include "core/wire/reeve-wire.h"

/* ---- requests ---- */

typedef struct
{
  ReeveWsTransportPeer *peer;
  GTask *task;
  int action; /* REEVE_WIRE_ACTION_* */
  guint32 id;
  gulong cancelled_id;
} ReeveWsTransportPeerRequest;

/* The task is the caller's from now on. */
static GTask *
reeve_ws_transport_peer_request_free (ReeveWsTransportPeerRequest *request)
{
  GTask *task = request->task;

  if (request->cancelled_id != 0)
    g_signal_handler_disconnect (g_task_get_cancellable (task), request->cancelled_id);
  reeve_ws_transport_peer_unref (request->peer);
  g_free (request);
  return task;
}

static void
reeve_ws_transport_peer_cancelled_cb (GCancellable *cancellable, gpointer user_data)
{
  ReeveWsTransportPeerRequest *request = user_data;
  g_autoptr (GTask) task = NULL;

  reeve_ws_transport_link_forget (request->peer->link, request->id);
  task = reeve_ws_transport_peer_request_free (request);
  g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_CANCELLED, "cancelled by the caller");
}

static void
reeve_ws_transport_peer_answer_cb (ReeveWsTransportLink *link, const guint8 *data, gsize length,
                                   const GError *failure, gpointer user_data)
{
  ReeveWsTransportPeerRequest *request = user_data;
  g_autoptr (ReeveWsTransportPeer) self = reeve_ws_transport_peer_ref (request->peer);
  const int action = request->action;
  g_autoptr (GTask) task = reeve_ws_transport_peer_request_free (request);
  const ReeveWireExpected expected = {
    .limits = { REEVE_WIRE_RESPONSE_MAX_BYTES, REEVE_WIRE_MAX_ITEMS, self->level },
    .action = action,
    .bare = self->bare,
    .schema = self->object != NULL ? reeve_link_get_schema (self->object) : NULL,
  };
  g_auto (ReeveWireResponse) response = { 0 };
  GError *error = NULL;

  if (failure != NULL)
    {
      g_task_return_error (task, g_error_copy (failure));
      return;
    }
  if (!reeve_wire_response_decode (data, length, &expected, &response, &error))
    {
      reeve_ws_transport_peer_log (self, G_LOG_LEVEL_MESSAGE, "its answer was not taken: %s",
                                   error->message);
      g_prefix_error (&error, "the agent's answer was not taken: ");
      g_task_return_error (task, error);
      return;
    }
  if (response.kind == REEVE_WIRE_RESPONSE_ERROR)
    g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_FAILED, "the agent said: %s",
                             response.error);
  else if (response.kind != REEVE_WIRE_RESPONSE_SAMPLE &&
           response.kind != REEVE_WIRE_RESPONSE_ANSWER)
    g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_PROTOCOL,
                             "the agent's answer holds no %s",
                             action == REEVE_WIRE_ACTION_SAMPLE ? "sample" : "value");
  else
    g_task_return_pointer (task, g_steal_pointer (&response.message),
                           (GDestroyNotify) reeve_message_unref);
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
  ReeveWsTransportPeerRequest *request;
  GCancellable *cancellable = g_task_get_cancellable (task);
  const int action = reeve_wire_verb_get_action (reeve_message_get_verb (message));
  GError *error = NULL;
  GBytes *bytes = NULL;

  /* its answers have no ids, so one of another kind could be taken for a sample */
  if (self->bare && action != REEVE_WIRE_ACTION_SAMPLE)
    error = g_error_new (REEVE_ERROR, REEVE_ERROR_UNSUPPORTED,
                         "the agent is older than 0.13 and answers no %s",
                         reeve_message_get_verb (message));
  else
    bytes = reeve_wire_encode_request (reeve_ws_transport_link_get_next_id (self->link), message,
                                       self->level, &error);
  if (bytes == NULL)
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  request = g_new0 (ReeveWsTransportPeerRequest, 1);
  request->peer = reeve_ws_transport_peer_ref (self);
  request->task = task;
  request->action = action;
  request->id =
      reeve_ws_transport_link_request (self->link, bytes, reeve_message_get_timeout (message),
                                       reeve_ws_transport_peer_answer_cb, request, &error);
  if (request->id == 0)
    {
      g_task_return_error (task, error);
      g_object_unref (reeve_ws_transport_peer_request_free (request));
    }
  else if (cancellable != NULL)
    request->cancelled_id =
        g_signal_connect (cancellable, "cancelled",
                          G_CALLBACK (reeve_ws_transport_peer_cancelled_cb), request);
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
