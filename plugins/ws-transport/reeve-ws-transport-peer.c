/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One agent at the hub. The order is a stock hub's: token, version and handshake are looked at
 * before anything is upgraded; then the hub signs the token as its challenge, and the agent's
 * fingerprint is the answer. Only what the link owner has admitted and confirmed becomes a
 * ReeveLink. What is needed for the way there is freed at its end, since there may be many links.
 *
 * Nobody but the owner decides here, and each refusal is one line in the log. */

#include "config.h"

#include "reeve-ws-transport-peer-private.h"

#include <gnutls/gnutls.h>
#include <string.h>

#include "core/wire/reeve-wire.h"
#include "reeve-ws-transport-handshake.h"

/* ---- life ---- */

static void
reeve_ws_transport_peer_entry_free (ReeveWsTransportPeerEntry *entry)
{
  if (entry->stream != NULL)
    {
      reeve_stream_abort (entry->stream);
      reeve_stream_unref (entry->stream);
    }
  g_cancellable_cancel (entry->cancellable);
  g_object_unref (entry->cancellable);
  g_clear_pointer (&entry->admission, reeve_admission_free);
  if (entry->token != NULL)
    gnutls_memset (entry->token, 0, strlen (entry->token));
  g_free (entry->token);
  g_free (entry->base_version);
  g_free (entry->link_version);
  g_free (entry->key);
  g_free (entry->fingerprint);
  g_free (entry->hostname);
  g_free (entry->name);
  g_free (entry);
}

ReeveWsTransportPeer *
reeve_ws_transport_peer_new (ReeveContext *context, ReeveTransport *transport,
                             const ReeveWsTransportPeerFuncs *funcs, gpointer user_data)
{
  ReeveWsTransportPeer *self = g_new0 (ReeveWsTransportPeer, 1);

  g_ref_count_init (&self->refs);
  self->context = reeve_context_ref (context);
  self->transport = transport;
  self->funcs = funcs;
  self->user_data = user_data;
  return self;
}

ReeveWsTransportPeer *
reeve_ws_transport_peer_ref (ReeveWsTransportPeer *self)
{
  g_ref_count_inc (&self->refs);
  return self;
}

void
reeve_ws_transport_peer_unref (ReeveWsTransportPeer *self)
{
  if (!g_ref_count_dec (&self->refs))
    return;
  g_clear_pointer (&self->entry, reeve_ws_transport_peer_entry_free);
  g_clear_pointer (&self->link, reeve_ws_transport_link_unref);
  g_clear_object (&self->object);
  g_clear_object (&self->owner);
  g_clear_pointer (&self->remote, g_ref_string_release);
  reeve_context_unref (self->context);
  g_free (self);
}

static void
reeve_ws_transport_peer_ended (ReeveWsTransportPeer *self)
{
  const ReeveWsTransportPeerFuncs *funcs = g_steal_pointer (&self->funcs);

  g_clear_pointer (&self->entry, reeve_ws_transport_peer_entry_free);
  if (funcs != NULL)
    funcs->ended (self, self->user_data);
}

void
reeve_ws_transport_peer_log (ReeveWsTransportPeer *self, GLogLevelFlags level, const char *format,
                             ...)
{
  const char *object = NULL;
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  if (self->object != NULL)
    object = reeve_link_get_admission (self->object);
  else if (self->entry != NULL && self->entry->admission != NULL)
    object = self->entry->admission->admission;
  if (object != NULL)
    reeve_context_log (self->context, level, G_LOG_DOMAIN, self->remote, object,
                       "agent at %s (system %s): %s", self->remote, object, text);
  else
    reeve_context_log (self->context, level, G_LOG_DOMAIN, self->remote, NULL, "agent at %s: %s",
                       self->remote, text);
}

/* ---- before the upgrade ---- */

/* Answers in plain HTTP, after which the connection ends. One of too many failures of its source is
 * told that alone. */
static void
reeve_ws_transport_peer_refuse (ReeveWsTransportPeer *self, guint status, const char *text,
                                const char *reason)
{
  g_autoptr (GString) answer = NULL;
  ReeveStream *stream = g_steal_pointer (&self->entry->stream);

  if (self->funcs->failed (self, self->user_data))
    {
      reeve_ws_transport_peer_log (self, G_LOG_LEVEL_MESSAGE, "refused with %u: %s", status,
                                   reason);
      answer = reeve_ws_transport_handshake_write_refusal (status, text);
    }
  else
    answer = reeve_ws_transport_handshake_write_refusal (status < 500 ? 429 : status, "");
  reeve_stream_write (stream, answer->str, answer->len);
  reeve_stream_close (stream);
  reeve_stream_unref (stream);
  reeve_ws_transport_peer_ended (self);
}

static void
reeve_ws_transport_peer_fill_offer (ReeveWsTransportPeer *self, ReeveLinkOffer *ret_offer)
{
  ReeveWsTransportPeerEntry *entry = self->entry;

  *ret_offer = (ReeveLinkOffer){
    .transport = "websocket",
    .remote = self->remote,
    .security = self->security,
    .token = entry->token,
    .version = entry->link_version != NULL ? entry->link_version : entry->base_version,
    .level = self->level,
    .fingerprint = entry->fingerprint,
    .hostname = entry->hostname,
    .name = entry->name,
  };
}

/* The key of a handshake that is as it should be, else NULL. */
static char *
reeve_ws_transport_peer_take_key (ReeveHttpRequest *request)
{
  const char *upgrade = reeve_http_request_get_header (request, "Upgrade");
  const char *version = reeve_http_request_get_header (request, "Sec-WebSocket-Version");
  const char *key = reeve_http_request_get_header (request, "Sec-WebSocket-Key");

  if (strcmp (reeve_http_request_get_method (request), "GET") != 0 || upgrade == NULL ||
      g_ascii_strcasecmp (upgrade, "websocket") != 0 || g_strcmp0 (version, "13") != 0 ||
      !reeve_ws_transport_handshake_has_word (reeve_http_request_get_header (request, "Connection"),
                                              "upgrade") ||
      !reeve_ws_transport_handshake_is_key (key))
    return NULL;
  return g_strdup (key);
}

/* ---- the challenge ---- */

/* A link that does not come to be: @reason goes to the agent, @text to the log. */
static void
reeve_ws_transport_peer_fail (ReeveWsTransportPeer *self, const char *reason, const char *text)
{
  if (self->funcs->failed (self, self->user_data))
    reeve_ws_transport_peer_log (self, G_LOG_LEVEL_MESSAGE, "refused: %s", text);
  reeve_ws_transport_link_close (self->link, REEVE_WS_TRANSPORT_FRAME_CODE_NORMAL, reason,
                                 g_error_new_literal (REEVE_ERROR, REEVE_ERROR_DENIED, text));
}

/* Is the way to a link still being walked? */
static gboolean
reeve_ws_transport_peer_is_entering (ReeveWsTransportPeer *self)
{
  return self->funcs != NULL && self->entry != NULL &&
         (self->link == NULL || reeve_ws_transport_link_is_open (self->link));
}

static void
reeve_ws_transport_peer_accept (ReeveWsTransportPeer *self, const char *admission)
{
  g_autoptr (GError) error = NULL;
  ReeveLinkOffer offer;

  reeve_ws_transport_peer_fill_offer (self, &offer);
  self->object = reeve_link_new (self->transport, admission, &offer);
  reeve_link_set_data (self->object, self);
  reeve_ws_transport_link_set_limit (self->link, REEVE_WS_TRANSPORT_FRAME_LIMIT_HUB);
  g_clear_pointer (&self->entry, reeve_ws_transport_peer_entry_free);
  reeve_ws_transport_link_set_proven (self->link);
  self->funcs->proven (self, self->user_data);
  if (reeve_link_owner_accept (self->owner, self->object, &error))
    {
      reeve_ws_transport_peer_log (self, G_LOG_LEVEL_INFO, "linked, version %s, level %u",
                                   reeve_link_get_version (self->object), self->level);
      return;
    }
  reeve_ws_transport_peer_log (self, G_LOG_LEVEL_MESSAGE, "not taken: %s", error->message);
  reeve_ws_transport_link_close (self->link, REEVE_WS_TRANSPORT_FRAME_CODE_NORMAL, "not accepted",
                                 g_error_copy (error));
  reeve_link_set_down (self->object);
  g_clear_object (&self->object);
}

static void
reeve_ws_transport_peer_confirmed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ReeveWsTransportPeer) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *answer =
      reeve_link_owner_confirm_finish (REEVE_LINK_OWNER (source), result, &error);
  const char *reason;

  if (!reeve_ws_transport_peer_is_entering (self))
    return;
  if (error == NULL)
    {
      /* a token that many have does not say whose link it is, the owner does */
      if (*answer == '\0')
        {
          g_free (answer);
          answer = g_strdup (self->entry->admission->admission);
        }
      reeve_ws_transport_peer_accept (self, answer);
      return;
    }
  /* what the owner says of it, without the name of the plugin that says it */
  reason = error->message;
  if (reeve_provider_get_name (source) != NULL &&
      g_str_has_prefix (reason, reeve_provider_get_name (source)))
    {
      reason += strlen (reeve_provider_get_name (source));
      reason += strspn (reason, ": ");
    }
  if (!g_error_matches (error, REEVE_ERROR, REEVE_ERROR_DENIED))
    reason = "the hub cannot decide now";
  reeve_ws_transport_peer_fail (self, reason, error->message);
}

static void
reeve_ws_transport_peer_take_fingerprint (ReeveWsTransportPeer *self, ReeveWireResponse *response)
{
  ReeveLinkOffer offer;

  self->entry->fingerprint = g_steal_pointer (&response->fingerprint);
  self->entry->hostname = g_steal_pointer (&response->hostname);
  self->entry->name = g_steal_pointer (&response->name);
  reeve_ws_transport_peer_fill_offer (self, &offer);
  reeve_link_owner_confirm_async (self->owner, self->entry->admission->admission, &offer,
                                  self->entry->cancellable, reeve_ws_transport_peer_confirmed_cb,
                                  reeve_ws_transport_peer_ref (self));
}

static void
reeve_ws_transport_peer_fingerprint_cb (ReeveWsTransportLink *link, const guint8 *data,
                                        gsize length, const GError *failure, gpointer user_data)
{
  g_autoptr (ReeveWsTransportPeer) self = user_data;
  const ReeveWireExpected expected = {
    .limits = { REEVE_WIRE_HANDSHAKE_MAX_BYTES, REEVE_WIRE_HANDSHAKE_MAX_ITEMS, self->level },
    .action = REEVE_WIRE_ACTION_FINGERPRINT,
    .bare = self->bare,
  };
  g_auto (ReeveWireResponse) response = { 0 };
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  if (!reeve_ws_transport_peer_is_entering (self))
    return;
  if (failure != NULL)
    {
      reeve_ws_transport_peer_fail (self, "context deadline exceeded",
                                    "no answer to the challenge: compare the agent's key with this "
                                    "hub's public key");
      return;
    }
  if (!reeve_wire_response_decode (data, length, &expected, &response, &error))
    {
      text = g_strdup_printf ("its answer to the challenge is malformed: %s", error->message);
      reeve_ws_transport_peer_fail (self, "malformed answer", text);
    }
  else if (response.kind == REEVE_WIRE_RESPONSE_ERROR)
    {
      text = g_strdup_printf ("it answered the challenge with an error: %s", response.error);
      reeve_ws_transport_peer_fail (self, "no fingerprint", text);
    }
  else if (response.kind != REEVE_WIRE_RESPONSE_FINGERPRINT)
    reeve_ws_transport_peer_fail (self, "no fingerprint",
                                  "its answer to the challenge holds no fingerprint");
  else
    reeve_ws_transport_peer_take_fingerprint (self, &response);
}

static void
reeve_ws_transport_peer_signed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ReeveWsTransportPeer) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) signature =
      reeve_link_owner_sign_finish (REEVE_LINK_OWNER (source), result, &error);
  GBytes *challenge;

  if (!reeve_ws_transport_peer_is_entering (self))
    return;
  if (signature == NULL)
    {
      reeve_ws_transport_peer_fail (self, "the hub cannot sign now", error->message);
      return;
    }
  challenge = reeve_wire_encode_challenge (reeve_ws_transport_link_get_next_id (self->link),
                                           signature, self->entry->admission->need_info);
  if (reeve_ws_transport_link_request (self->link, challenge, REEVE_WS_TRANSPORT_PEER_CHALLENGE_MS,
                                       reeve_ws_transport_peer_fingerprint_cb, self, &error) != 0)
    reeve_ws_transport_peer_ref (self);
}

/* ---- the upgrade ---- */

static void
reeve_ws_transport_peer_link_closed (ReeveWsTransportLink *link, const GError *error,
                                     gpointer user_data)
{
  g_autoptr (ReeveWsTransportPeer) self = user_data; /* the link's reference */
  g_autoptr (ReeveLink) object = g_steal_pointer (&self->object);

  if (object != NULL)
    {
      reeve_link_set_down (object);
      reeve_context_log (self->context, G_LOG_LEVEL_INFO, G_LOG_DOMAIN, self->remote,
                         reeve_link_get_admission (object), "agent at %s (system %s): %s",
                         self->remote, reeve_link_get_admission (object), error->message);
      reeve_link_owner_closed (self->owner, object, error);
    }
  else if (self->entry != NULL && !g_error_matches (error, REEVE_ERROR, REEVE_ERROR_DENIED) &&
           self->funcs != NULL && self->funcs->failed (self, self->user_data))
    reeve_ws_transport_peer_log (self, G_LOG_LEVEL_MESSAGE, "gone before it was linked: %s",
                                 error->message);
  reeve_ws_transport_peer_ended (self);
}

static const ReeveWsTransportLinkFuncs reeve_ws_transport_peer_link_funcs = {
  .closed = reeve_ws_transport_peer_link_closed,
};

static void
reeve_ws_transport_peer_grant (ReeveWsTransportPeer *self)
{
  ReeveWsTransportPeerEntry *entry = self->entry;
  g_autofree char *word =
      self->level > REEVE_LINK_LEVEL_STOCK
          ? reeve_ws_transport_handshake_format_link (self->level, PACKAGE_VERSION)
          : NULL;
  g_autoptr (GString) answer = reeve_ws_transport_handshake_write_accept (entry->key, word);
  g_autoptr (GBytes) token = g_bytes_new (entry->token, strlen (entry->token));

  reeve_stream_write (entry->stream, answer->str, answer->len);
  self->link = reeve_ws_transport_link_new (reeve_context_get_owner (self->context),
                                            g_steal_pointer (&entry->stream),
                                            REEVE_WS_TRANSPORT_FRAME_ROLE_SERVER,
                                            &reeve_ws_transport_peer_link_funcs,
                                            reeve_ws_transport_peer_ref (self));
  reeve_link_owner_sign_async (self->owner, REEVE_PURPOSE_STOCK_TOKEN, token, entry->cancellable,
                               reeve_ws_transport_peer_signed_cb,
                               reeve_ws_transport_peer_ref (self));
}

static void
reeve_ws_transport_peer_admitted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ReeveWsTransportPeer) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (ReeveAdmission) admission =
      reeve_link_owner_admit_finish (REEVE_LINK_OWNER (source), result, &error);
  ReeveWsTransportVersion version;
  const char *limit;

  if (!reeve_ws_transport_peer_is_entering (self))
    return;
  if (admission == NULL && g_error_matches (error, REEVE_ERROR, REEVE_ERROR_DENIED))
    {
      reeve_ws_transport_peer_refuse (self, 401, "Invalid token", error->message);
      return;
    }
  if (admission == NULL)
    {
      reeve_ws_transport_peer_refuse (self, 503, "The hub cannot decide now", error->message);
      return;
    }
  limit = self->funcs->admitted (self, admission, self->user_data);
  self->entry->admission = g_steal_pointer (&admission);
  if (limit != NULL)
    reeve_ws_transport_peer_refuse (self, 429, "", limit);
  else if (!reeve_ws_transport_version_parse (self->entry->base_version, &version))
    reeve_ws_transport_peer_refuse (self, 401, "Invalid agent version",
                                    "X-Beszel holds no version of the form 1.2.3");
  else if (self->entry->key == NULL)
    reeve_ws_transport_peer_refuse (self, 400, "Invalid WebSocket handshake",
                                    "the request is no handshake of WebSocket version 13");
  else
    {
      self->bare = reeve_ws_transport_version_is_bare (&version);
      reeve_ws_transport_peer_grant (self);
    }
}

/**
 * reeve_ws_transport_peer_start:
 * @self: a new peer
 * @request: its upgrade request, already authorised as far as that is possible without the token
 * @stream: (transfer full): positioned after the request's head
 *
 * Takes the request in. The funcs may run before this returns.
 */
void
reeve_ws_transport_peer_start (ReeveWsTransportPeer *self, ReeveHttpRequest *request,
                               ReeveStream *stream)
{
  const char *token = reeve_http_request_get_header (request, "X-Token");
  const char *version = reeve_http_request_get_header (request, "X-Beszel");
  const char *peer = reeve_http_request_get_peer (request);
  ReeveWsTransportPeerEntry *entry = g_new0 (ReeveWsTransportPeerEntry, 1);
  ReeveLinkOffer offer;

  self->entry = entry;
  self->remote = g_ref_string_new_intern (peer != NULL ? peer : reeve_stream_get_peer (stream));
  self->security =
      reeve_http_request_is_secure (request) ? REEVE_SECURITY_TLS : REEVE_SECURITY_PLAIN;
  self->level =
      reeve_ws_transport_handshake_parse_link (reeve_http_request_get_header (request, "X-Link"),
                                               &entry->link_version);
  reeve_stream_set_funcs (stream, NULL, NULL);
  reeve_stream_set_owner (stream, reeve_context_get_owner (self->context));
  entry->stream = stream;
  entry->cancellable = g_cancellable_new ();
  entry->token = g_strdup (token != NULL ? token : "");
  entry->base_version = g_strdup (version != NULL ? version : "");
  entry->key = reeve_ws_transport_peer_take_key (request);
  if (*entry->token == '\0' || strlen (entry->token) > REEVE_WS_TRANSPORT_PEER_MAX_TOKEN ||
      *entry->base_version == '\0')
    {
      reeve_ws_transport_peer_refuse (self, 400, "",
                                      "X-Token is missing or longer than 64 bytes, or X-Beszel is "
                                      "missing: this is no agent's request");
      return;
    }
  self->owner = reeve_context_lookup (self->context, REEVE_TYPE_LINK_OWNER, "");
  if (self->owner == NULL)
    {
      reeve_ws_transport_peer_refuse (self, 503, "The hub is not ready",
                                      "nobody here decides about links: is the plugin fleet on?");
      return;
    }
  reeve_ws_transport_peer_fill_offer (self, &offer);
  reeve_link_owner_admit_async (self->owner, &offer, entry->cancellable,
                                reeve_ws_transport_peer_admitted_cb,
                                reeve_ws_transport_peer_ref (self));
}

/* ---- a link that is up ---- */

void
reeve_ws_transport_peer_ping (ReeveWsTransportPeer *self)
{
  reeve_ws_transport_link_ping (self->link);
}

/* Of a link that is up. */
void
reeve_ws_transport_peer_set_quiet (ReeveWsTransportPeer *self, guint ms)
{
  reeve_ws_transport_link_set_quiet (self->link, ms);
}

/* The owner's closed() follows in the next turn. */
void
reeve_ws_transport_peer_close (ReeveWsTransportPeer *self, const char *reason)
{
  reeve_ws_transport_link_close (self->link, REEVE_WS_TRANSPORT_FRAME_CODE_NORMAL, reason,
                                 g_error_new (REEVE_ERROR, REEVE_ERROR_UNAVAILABLE,
                                              "closed by this hub%s%s",
                                              reason != NULL && *reason != '\0' ? ": " : "",
                                              reason != NULL ? reason : ""));
}

/**
 * reeve_ws_transport_peer_stop:
 * @self: a peer
 *
 * Ends it at once, at the transport's end: the agent gets a close frame, the owner is told before
 * this returns, the funcs are not called any more.
 */
void
reeve_ws_transport_peer_stop (ReeveWsTransportPeer *self)
{
  g_autoptr (ReeveLink) object = g_steal_pointer (&self->object);
  g_autoptr (GError) error =
      g_error_new_literal (REEVE_ERROR, REEVE_ERROR_GONE, "the hub's transport is stopping");
  gboolean linked = self->link != NULL && self->funcs != NULL;

  self->funcs = NULL;
  if (linked)
    {
      reeve_ws_transport_link_close (self->link, REEVE_WS_TRANSPORT_FRAME_CODE_GOING_AWAY, NULL,
                                     g_error_copy (error));
      reeve_ws_transport_link_detach (self->link);
      reeve_ws_transport_peer_unref (self); /* the link's reference */
    }
  g_clear_pointer (&self->entry, reeve_ws_transport_peer_entry_free);
  if (object != NULL)
    {
      reeve_link_set_down (object);
      reeve_link_owner_closed (self->owner, object, error);
    }
}
