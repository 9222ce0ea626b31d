/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* An agent's connection: asks its owner for the token, dials, upgrades, and answers nothing before
 * the hub has proven itself by its signature over the token. All state is this object's: the next
 * connection proves itself anew.
 *
 * A stock agent that meets a wrong signature stays silent until the hub gives up. We close, so that
 * the attempt counts as failed at once and the next one waits longer. */

#include "config.h"

#include "reeve-ws-transport-client.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <string.h>

#include "reeve-ws-transport-client-private.h"
#include "reeve-ws-transport-handshake.h"

#define REEVE_WS_TRANSPORT_CLIENT_MAX_TOKEN 64

/* ---- life ---- */

ReeveWsTransportClient *
reeve_ws_transport_client_ref (ReeveWsTransportClient *self)
{
  g_ref_count_inc (&self->refs);
  return self;
}

static void
reeve_ws_transport_client_wipe_token (ReeveWsTransportClient *self)
{
  if (self->token != NULL)
    gnutls_memset (self->token, 0, strlen (self->token));
  g_clear_pointer (&self->token, g_free);
}

/* What an attempt holds on its way. */
static void
reeve_ws_transport_client_clear_entry (ReeveWsTransportClient *self)
{
  g_clear_pointer (&self->timer, reeve_timer_free);
  reeve_ws_transport_client_wipe_token (self);
  g_clear_pointer (&self->key, g_free);
  if (self->stream != NULL)
    reeve_stream_abort (self->stream);
  g_clear_pointer (&self->stream, reeve_stream_unref);
}

void
reeve_ws_transport_client_unref (ReeveWsTransportClient *self)
{
  if (!g_ref_count_dec (&self->refs))
    return;
  reeve_ws_transport_client_clear_entry (self);
  g_clear_pointer (&self->link, reeve_ws_transport_link_unref);
  g_clear_object (&self->object);
  g_clear_object (&self->owner);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->local);
  g_free (self->remote);
  g_free (self->hub_version);
  reeve_context_unref (self->context);
  g_free (self);
}

/* The end of everything; @error is why. */
static void
reeve_ws_transport_client_ended (ReeveWsTransportClient *self, const GError *error)
{
  ReeveWsTransportClientFunc func = g_steal_pointer (&self->func);
  guint64 lived_ms = 0;

  reeve_ws_transport_client_clear_entry (self);
  g_cancellable_cancel (self->cancellable);
  if (func == NULL)
    return;
  if (self->up_since != 0)
    lived_ms = (guint64) (reeve_clock_get_monotonic (reeve_context_get_clock (self->context)) -
                          self->up_since) /
                   1000 +
               1;
  func (self, error, lived_ms, self->user_data);
}

/* Ends an attempt that has no link yet. @error: (transfer full) */
static void
reeve_ws_transport_client_fail (ReeveWsTransportClient *self, GError *error)
{
  reeve_ws_transport_client_ended (self, error);
  g_error_free (error);
}

static void
reeve_ws_transport_client_timer_cb (ReeveTimer *timer, gpointer user_data)
{
  g_autoptr (ReeveWsTransportClient) self = reeve_ws_transport_client_ref (user_data);

  reeve_ws_transport_client_fail (self, g_error_new (REEVE_ERROR, REEVE_ERROR_TIMEOUT,
                                                     "%s did not come in time", self->waiting));
}

static void
reeve_ws_transport_client_wait (ReeveWsTransportClient *self, guint ms, const char *waiting)
{
  self->waiting = waiting;
  reeve_timer_start (self->timer, ms);
}

/* ---- the link ---- */

/* Closes a link that may not be; @error: (transfer full). The hub is told no reason, as by stock
 * agents. */
static void
reeve_ws_transport_client_reject (ReeveWsTransportClient *self, GError *error)
{
  ReeveWsTransportFrameCode code = g_error_matches (error, REEVE_ERROR, REEVE_ERROR_PROTOCOL)
                                       ? REEVE_WS_TRANSPORT_FRAME_CODE_PROTOCOL
                                       : REEVE_WS_TRANSPORT_FRAME_CODE_NORMAL;

  reeve_ws_transport_link_close (self->link, code, NULL, error);
}

/* ---- the hub's proof ---- */

static ReeveLinkOffer
reeve_ws_transport_client_offer (ReeveWsTransportClient *self, GBytes *signature)
{
  return (ReeveLinkOffer){
    .transport = "websocket",
    .remote = self->remote,
    .security = self->security,
    .version = self->hub_version,
    .level = self->level,
    .signature = signature,
  };
}

/* Proven: the link is the owner's before the hub hears of it, so that no request comes too early.
 */
static gboolean
reeve_ws_transport_client_accept (ReeveWsTransportClient *self, GError **error)
{
  const ReeveLinkOffer offer = reeve_ws_transport_client_offer (self, NULL);
  g_autoptr (ReeveLink) object = NULL;

  if (self->object != NULL)
    return TRUE;
  object = reeve_link_new (self->transport, self->target->name, &offer);
  reeve_link_set_data (object, self);
  reeve_ws_transport_link_set_deadline (self->link, 0, NULL);
  reeve_ws_transport_link_set_limit (self->link, REEVE_WIRE_REQUEST_MAX_BYTES);
  if (!reeve_link_owner_accept (self->owner, object, error))
    {
      reeve_link_set_down (object);
      return FALSE;
    }
  if (self->security == REEVE_SECURITY_TLS)
    reeve_log_warning (self->context,
                       "hub '%s': linked to %s without a look at its certificate (verify=no): "
                       "anybody in between can read the token",
                       self->target->name, self->remote);
  self->object = g_steal_pointer (&object);
  self->up_since = reeve_clock_get_monotonic (reeve_context_get_clock (self->context));
  return TRUE;
}

static void
reeve_ws_transport_client_confirmed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ReeveWsTransportClient) self = user_data;
  GError *error = NULL;
  g_autofree char *fingerprint =
      reeve_link_owner_confirm_finish (REEVE_LINK_OWNER (source), result, &error);

  self->confirming = FALSE;
  if (self->func == NULL || !reeve_ws_transport_link_is_open (self->link))
    {
      g_clear_error (&error);
      return;
    }
  if (fingerprint == NULL && error == NULL)
    g_set_error_literal (&error, REEVE_ERROR, REEVE_ERROR_FAILED, "there is no fingerprint");
  else if (fingerprint != NULL)
    reeve_ws_transport_client_accept (self, &error);
  if (error != NULL)
    {
      g_prefix_error (&error, "the hub was not accepted, nothing was answered: ");
      reeve_ws_transport_client_reject (self, error);
      return;
    }
  reeve_ws_transport_link_send (self->link,
                                reeve_wire_encode_fingerprint (self->challenge_id, fingerprint,
                                                               self->need_info ? g_get_host_name ()
                                                                               : NULL,
                                                               NULL, NULL));
}

static void
reeve_ws_transport_client_take_challenge (ReeveWsTransportClient *self, ReeveWireRequest *request)
{
  const ReeveLinkOffer offer = reeve_ws_transport_client_offer (self, request->signature);

  if (self->confirming)
    return;
  if (request->signature == NULL)
    {
      reeve_ws_transport_client_reject (
          self, g_error_new_literal (REEVE_ERROR, REEVE_ERROR_DENIED,
                                     "the hub's challenge has no signature"));
      return;
    }
  self->confirming = TRUE;
  self->challenge_id = request->id == REEVE_WIRE_ID_NONE ? REEVE_WIRE_ID_BARE : request->id;
  self->need_info = request->need_system_info;
  reeve_link_owner_confirm_async (self->owner, self->target->name, &offer, self->cancellable,
                                  reeve_ws_transport_client_confirmed_cb,
                                  reeve_ws_transport_client_ref (self));
}

static void
reeve_ws_transport_client_link_message (ReeveWsTransportLink *link, const guint8 *data,
                                        gsize length, gpointer user_data)
{
  ReeveWsTransportClient *self = user_data;
  const gboolean proven = self->object != NULL;
  const ReeveWireLimits limits = {
    .max_bytes = proven ? REEVE_WIRE_REQUEST_MAX_BYTES : REEVE_WIRE_HANDSHAKE_MAX_BYTES,
    .max_items = proven ? REEVE_WIRE_MAX_ITEMS : REEVE_WIRE_HANDSHAKE_MAX_ITEMS,
    .level = self->level,
  };
  g_auto (ReeveWireRequest) request = { 0 };
  GError *error = NULL;

  if (!reeve_wire_request_decode (data, length, &limits, &request, &error))
    {
      g_prefix_error (&error, "the hub sent no valid request: ");
      reeve_ws_transport_client_reject (self, error);
    }
  else if (request.action == REEVE_WIRE_ACTION_FINGERPRINT)
    reeve_ws_transport_client_take_challenge (self, &request);
  else
    reeve_ws_transport_client_take_request (self, &request);
}

static void
reeve_ws_transport_client_link_closed (ReeveWsTransportLink *link, const GError *error,
                                       gpointer user_data)
{
  g_autoptr (ReeveWsTransportClient) self = user_data; /* the link's reference */
  g_autoptr (ReeveLink) object = g_steal_pointer (&self->object);

  if (object != NULL)
    {
      reeve_link_set_down (object);
      reeve_link_owner_closed (self->owner, object, error);
    }
  reeve_ws_transport_client_ended (self, error);
}

static const ReeveWsTransportLinkFuncs reeve_ws_transport_client_link_funcs = {
  .message = reeve_ws_transport_client_link_message,
  .closed = reeve_ws_transport_client_link_closed,
};

/* ---- the upgrade ---- */

static void
reeve_ws_transport_client_upgraded (ReeveWsTransportClient *self,
                                    ReeveWsTransportHandshakeResponse *response)
{
  self->level = response->level;
  self->hub_version = g_steal_pointer (&response->version);
  self->link = reeve_ws_transport_link_new (reeve_context_get_owner (self->context),
                                            g_steal_pointer (&self->stream),
                                            REEVE_WS_TRANSPORT_FRAME_ROLE_CLIENT,
                                            &reeve_ws_transport_client_link_funcs,
                                            reeve_ws_transport_client_ref (self));
  reeve_ws_transport_link_set_deadline (self->link, REEVE_WS_TRANSPORT_CLIENT_CHALLENGE_MS,
                                        "the hub's challenge");
  reeve_ws_transport_client_clear_entry (self);
}

static gsize
reeve_ws_transport_client_stream_data (ReeveStream *stream, guint8 *data, gsize length,
                                       gpointer user_data)
{
  g_autoptr (ReeveWsTransportClient) self = reeve_ws_transport_client_ref (user_data);
  g_auto (ReeveWsTransportHandshakeResponse) response = { 0 };
  GError *error = NULL;

  switch (reeve_ws_transport_handshake_read_response (data, length, self->key, &response, &error))
    {
    case REEVE_WS_TRANSPORT_HANDSHAKE_MORE:
      return 0;
    case REEVE_WS_TRANSPORT_HANDSHAKE_DONE:
      reeve_ws_transport_client_upgraded (self, &response);
      return response.length;
    case REEVE_WS_TRANSPORT_HANDSHAKE_FAILED:
    default:
      reeve_ws_transport_client_fail (self, error);
      return length;
    }
}

static void
reeve_ws_transport_client_stream_closed (ReeveStream *stream, const GError *error,
                                         gpointer user_data)
{
  g_autoptr (ReeveWsTransportClient) self = reeve_ws_transport_client_ref (user_data);

  reeve_ws_transport_client_fail (
      self, error != NULL
                ? g_error_copy (error)
                : g_error_new_literal (REEVE_ERROR, REEVE_ERROR_UNAVAILABLE,
                                       "the hub ended the connection instead of an answer"));
}

static const ReeveStreamFuncs reeve_ws_transport_client_stream_funcs = {
  .data = reeve_ws_transport_client_stream_data,
  .closed = reeve_ws_transport_client_stream_closed,
};

static void
reeve_ws_transport_client_send_request (ReeveWsTransportClient *self)
{
  g_autofree char *word =
      reeve_ws_transport_handshake_format_link (REEVE_LINK_LEVEL_EXTENSION, PACKAGE_VERSION);
  guint8 random[16];
  ReeveWsTransportHandshakeRequest request = {
    .authority = self->target->url->authority,
    .target = self->target->url->target,
    .token = self->token,
    .link = word,
  };
  GString *head;

  gnutls_rnd (GNUTLS_RND_NONCE, random, sizeof random);
  self->key = g_base64_encode (random, sizeof random);
  request.key = self->key;
  head = reeve_ws_transport_handshake_write_request (&request);
  reeve_stream_write (self->stream, head->str, head->len);
  gnutls_memset (head->str, 0, head->len);
  g_string_free (head, TRUE);
  reeve_ws_transport_client_wipe_token (self);
  reeve_ws_transport_client_wait (self, REEVE_WS_TRANSPORT_CLIENT_UPGRADE_MS,
                                  "the hub's answer to the upgrade");
  reeve_stream_set_funcs (self->stream, &reeve_ws_transport_client_stream_funcs, self);
}

static ReeveSecurity
reeve_ws_transport_client_get_security (ReeveStream *stream)
{
  if (reeve_stream_is_peer_verified (stream))
    return REEVE_SECURITY_TLS_VERIFIED;
  return reeve_stream_is_secure (stream) ? REEVE_SECURITY_TLS : REEVE_SECURITY_PLAIN;
}

static void
reeve_ws_transport_client_dialled_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ReeveWsTransportClient) self = user_data;
  GError *error = NULL;
  ReeveStream *stream = reeve_context_dial_finish (self->context, result, &error);

  if (self->func == NULL)
    {
      g_clear_error (&error);
      if (stream != NULL)
        {
          reeve_stream_abort (stream);
          reeve_stream_unref (stream);
        }
      return;
    }
  if (stream == NULL)
    {
      reeve_ws_transport_client_fail (self, error);
      return;
    }
  self->stream = stream;
  self->remote = g_strdup (reeve_stream_get_peer (stream));
  self->security = reeve_ws_transport_client_get_security (stream);
  g_set_object (&self->local, reeve_stream_get_local_address (stream));
  /* the name said loopback, the address decides */
  if (!self->target->options->allow_plain && self->security == REEVE_SECURITY_PLAIN &&
      !reeve_stream_is_loopback (stream))
    reeve_ws_transport_client_fail (
        self, g_error_new (REEVE_ERROR, REEVE_ERROR_DENIED,
                           "%s is at %s, which is not this machine: the token was not sent, see "
                           "allow-plain in [plugin ws-transport]",
                           self->target->url->host, self->remote));
  else
    reeve_ws_transport_client_send_request (self);
}

static void
reeve_ws_transport_client_dial (ReeveWsTransportClient *self)
{
  const ReeveWsTransportClientOptions *options = self->target->options;
  const ReeveTlsOptions tls = {
    .ca_file = options->ca_file,
    .pins = options->pins,
    .unverified = !options->verify,
  };
  const ReeveDialOptions dial = {
    .timeout_ms = REEVE_WS_TRANSPORT_CLIENT_DIAL_MS,
    .tls = self->target->url->secure ? &tls : NULL,
    .proxy = options->proxy,
  };

  reeve_context_dial_with_async (self->context, REEVE_WS_TRANSPORT_CLIENT_ENDPOINT,
                                 self->target->url->address, &dial, self->cancellable,
                                 reeve_ws_transport_client_dialled_cb,
                                 reeve_ws_transport_client_ref (self));
}

/* Fit for a header, and no longer than hubs take it. */
static gboolean
reeve_ws_transport_client_is_token (const char *token)
{
  if (token == NULL || *token == '\0' || strlen (token) > REEVE_WS_TRANSPORT_CLIENT_MAX_TOKEN)
    return FALSE;
  for (; *token != '\0'; token++)
    if (!g_ascii_isgraph (*token))
      return FALSE;
  return TRUE;
}

static void
reeve_ws_transport_client_admitted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ReeveWsTransportClient) self = user_data;
  GError *error = NULL;
  g_autoptr (ReeveAdmission) admission =
      reeve_link_owner_admit_finish (REEVE_LINK_OWNER (source), result, &error);

  if (self->func == NULL)
    {
      g_clear_error (&error);
      return;
    }
  if (admission == NULL)
    reeve_ws_transport_client_fail (self, error);
  else if (!reeve_ws_transport_client_is_token (admission->token))
    reeve_ws_transport_client_fail (
        self, g_error_new (REEVE_ERROR, REEVE_ERROR_INVALID,
                           "the token for '%s' is not 1 to %d printable characters: is its file "
                           "the right one?",
                           self->target->name, REEVE_WS_TRANSPORT_CLIENT_MAX_TOKEN));
  else
    {
      self->token = g_steal_pointer (&admission->token);
      reeve_timer_stop (self->timer);
      reeve_ws_transport_client_dial (self);
    }
}

/* ---- from outside ---- */

/**
 * reeve_ws_transport_client_new:
 * @context: the plugin's
 * @transport: what the link says it came over
 * @target: what to dial; outlives the client
 * @func: hears of the end
 * @user_data: for @func
 *
 * Returns: (transfer full): an attempt that has not begun
 */
ReeveWsTransportClient *
reeve_ws_transport_client_new (ReeveContext *context, ReeveTransport *transport,
                               const ReeveWsTransportClientTarget *target,
                               ReeveWsTransportClientFunc func, gpointer user_data)
{
  ReeveWsTransportClient *self = g_new0 (ReeveWsTransportClient, 1);

  g_ref_count_init (&self->refs);
  self->context = reeve_context_ref (context);
  self->transport = transport;
  self->target = target;
  self->func = func;
  self->user_data = user_data;
  self->owner = g_object_ref (target->owner);
  self->cancellable = g_cancellable_new ();
  self->timer =
      reeve_context_add_timer (context, "attempt", reeve_ws_transport_client_timer_cb, self);
  return self;
}

GSocketAddress *
reeve_ws_transport_client_get_local (ReeveWsTransportClient *self)
{
  return self->local;
}

/* Begins; @func never runs inside. */
void
reeve_ws_transport_client_start (ReeveWsTransportClient *self)
{
  const ReeveLinkOffer offer = {
    .transport = "websocket",
    .remote = self->target->url->address,
    .security = !self->target->url->secure      ? REEVE_SECURITY_PLAIN
                : self->target->options->verify ? REEVE_SECURITY_TLS_VERIFIED
                                                : REEVE_SECURITY_TLS,
    .level = REEVE_LINK_LEVEL_EXTENSION,
  };

  reeve_ws_transport_client_wait (self, REEVE_WS_TRANSPORT_CLIENT_ADMIT_MS, "the token");
  reeve_link_owner_admit_async (self->owner, &offer, self->cancellable,
                                reeve_ws_transport_client_admitted_cb,
                                reeve_ws_transport_client_ref (self));
}

/* Ends a link that is up; the owner's closed() and the func follow in the next turn. */
void
reeve_ws_transport_client_close (ReeveWsTransportClient *self, const char *reason)
{
  if (self->link == NULL)
    return;
  reeve_ws_transport_link_close (self->link, REEVE_WS_TRANSPORT_FRAME_CODE_NORMAL, reason,
                                 g_error_new (REEVE_ERROR, REEVE_ERROR_UNAVAILABLE,
                                              "closed by this agent%s%s",
                                              reason != NULL && *reason != '\0' ? ": " : "",
                                              reason != NULL ? reason : ""));
}

/**
 * reeve_ws_transport_client_stop:
 * @self: a client
 * @now: whether the owner has to be told before this returns, because there is no next turn
 *
 * Ends it, whatever it is doing; the func is not called any more. The hub gets a close frame, as
 * from a stock agent that ends.
 */
void
reeve_ws_transport_client_stop (ReeveWsTransportClient *self, gboolean now)
{
  g_autoptr (ReeveWsTransportClient) holder = reeve_ws_transport_client_ref (self);
  g_autoptr (GError) error = NULL;
  g_autoptr (ReeveLink) object = NULL;
  gboolean linked = self->link != NULL && self->func != NULL;

  self->func = NULL;
  g_cancellable_cancel (self->cancellable);
  reeve_ws_transport_client_clear_entry (self);
  if (!linked)
    return;
  error = g_error_new_literal (REEVE_ERROR, REEVE_ERROR_UNAVAILABLE, "disconnected");
  reeve_ws_transport_link_close (self->link, REEVE_WS_TRANSPORT_FRAME_CODE_NORMAL, NULL,
                                 g_error_copy (error));
  if (!now)
    return;
  reeve_ws_transport_link_detach (self->link);
  reeve_ws_transport_client_unref (self); /* the link's reference */
  object = g_steal_pointer (&self->object);
  if (object != NULL)
    {
      reeve_link_set_down (object);
      reeve_link_owner_closed (self->owner, object, error);
    }
}
