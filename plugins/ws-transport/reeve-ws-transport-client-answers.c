/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* An agent's connection: the hub's requests, and what the owner answers. */

#include "config.h"

#include "reeve-ws-transport-client-private.h"
#include "reeve-ws-transport-handshake.h"

/* How the base protocol numbers a link over WebSocket. */
#define REEVE_WS_TRANSPORT_CLIENT_CONNECTION 2

/* One request that the owner works on. */
typedef struct
{
  ReeveWsTransportClient *client;
  gint64 id;
  ReeveWireRequest request;
} ReeveWsTransportClientAnswer;

/* What the hub can act on is told to those that understand it. (transfer full) */
static GBytes *
reeve_ws_transport_client_encode_error (ReeveWsTransportClient *self, gint64 id, const char *text,
                                        ReeveError code)
{
  gboolean extension = self->level >= REEVE_LINK_LEVEL_EXTENSION;

  return reeve_wire_encode_error (id, text, extension ? reeve_error_name (code) : NULL);
}

static void
reeve_ws_transport_client_answer_free (ReeveWsTransportClientAnswer *answer)
{
  reeve_wire_request_clear (&answer->request);
  reeve_ws_transport_client_unref (answer->client);
  g_free (answer);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveWsTransportClientAnswer, reeve_ws_transport_client_answer_free)

/* @message: NULL with @error */
static void
reeve_ws_transport_client_send_answer (ReeveWsTransportClient *self, gint64 id,
                                       const ReeveWireRequest *request, ReeveMessage *message,
                                       GError **error)
{
  const char *verb = reeve_message_get_verb (request->message);
  ReeveWireSelf wire_self = {
    .version = REEVE_WS_TRANSPORT_HANDSHAKE_BASE_VERSION,
    .connection = REEVE_WS_TRANSPORT_CLIENT_CONNECTION,
    .level = self->level,
    .containers = self->containers,
  };
  GBytes *bytes = NULL;

  if (message != NULL)
    {
      reeve_wire_self_prepare (&wire_self, request, message);
      self->containers = wire_self.containers;
      bytes = reeve_wire_encode_answer (id, verb, message, &wire_self, error);
    }
  if (bytes == NULL)
    {
      const char *text = *error != NULL ? (*error)->message : "the agent has no answer";
      gboolean ours = *error != NULL && (*error)->domain == REEVE_ERROR;
      ReeveError code = ours ? (*error)->code : REEVE_ERROR_FAILED;

      reeve_log_info (self->context, "hub '%s': a request (%s) failed: %s",
                      reeve_link_get_admission (self->object), verb, text);
      bytes = reeve_ws_transport_client_encode_error (self, id, text, code);
    }
  reeve_ws_transport_link_send (self->link, bytes);
}

static void
reeve_ws_transport_client_answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ReeveWsTransportClientAnswer) answer = user_data;
  ReeveWsTransportClient *self = answer->client;
  g_autoptr (GError) error = NULL;
  g_autoptr (ReeveMessage) message =
      reeve_link_owner_answer_finish (REEVE_LINK_OWNER (source), result, &error);

  self->n_answers--;
  if (self->object != NULL)
    reeve_ws_transport_client_send_answer (self, answer->id, &answer->request, message, &error);
}

/* Takes the request. */
static void
reeve_ws_transport_client_answer (ReeveWsTransportClient *self, gint64 id,
                                  ReeveWireRequest *request)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ReeveMessage) message =
      reeve_link_owner_answer (self->owner, self->object, request->message);
  ReeveWsTransportClientAnswer *answer;

  if (message != NULL)
    {
      reeve_ws_transport_client_send_answer (self, id, request, message, &error);
      return;
    }
  answer = g_new0 (ReeveWsTransportClientAnswer, 1);
  answer->client = reeve_ws_transport_client_ref (self);
  answer->id = id;
  answer->request = *request;
  *request = (ReeveWireRequest){ 0 };
  self->n_answers++;
  reeve_link_owner_answer_async (self->owner, self->object, answer->request.message,
                                 self->cancellable, reeve_ws_transport_client_answered_cb, answer);
}

void
reeve_ws_transport_client_take_request (ReeveWsTransportClient *self, ReeveWireRequest *request)
{
  gint64 id = request->id == REEVE_WIRE_ID_NONE ? REEVE_WIRE_ID_BARE : request->id;
  guint most = REEVE_WS_TRANSPORT_CLIENT_MAX_ANSWERS;

  if (self->object == NULL)
    {
      if (!self->ignored)
        reeve_log_message (self->context,
                           "hub at %s: sent a request before it had proven itself: ignored",
                           self->remote);
      self->ignored = TRUE;
      return;
    }
  if (!self->asked)
    reeve_log_info (self->context, "hub '%s': linked to %s, level %u",
                    reeve_link_get_admission (self->object), self->remote, self->level);
  self->asked = TRUE;
  if (request->message == NULL)
    {
      g_autofree char *text = request->refusal != NULL
                                  ? g_strdup (request->refusal)
                                  : g_strdup_printf ("unsupported action %u", request->action);
      ReeveError code = request->refusal != NULL ? REEVE_ERROR_INVALID : REEVE_ERROR_UNSUPPORTED;

      reeve_ws_transport_link_send (self->link,
                                    reeve_ws_transport_client_encode_error (self, id, text, code));
      return;
    }
  if (reeve_message_get_sample_request (request->message) != NULL)
    most += REEVE_WS_TRANSPORT_CLIENT_MAX_SAMPLES;
  if (self->n_answers >= most)
    {
      reeve_ws_transport_link_send (self->link, reeve_ws_transport_client_encode_error (
                                                    self, id, "too many requests at a time",
                                                    REEVE_ERROR_LIMIT));
      return;
    }
  reeve_ws_transport_client_answer (self, id, request);
}
