/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a connection becomes before the caller gets it: a talk with a proxy, the TLS handshake, the
 * check of the peer's certificates on a worker. Each step runs in the engine and under the dial's
 * one deadline. */

#include "config.h"

#include "reeve-dial-private.h"
#include "reeve-error.h"
#include "reeve-stream-private.h"

#include <gnutls/gnutls.h>
#include <string.h>

typedef struct
{
  ReeveTlsPolicy *policy;
  GPtrArray *chain;
} ReeveDialCheck;

/* ---- TLS ---- */

static void
reeve_dial_check_free (gpointer data)
{
  ReeveDialCheck *check = data;

  reeve_tls_policy_unref (check->policy);
  g_ptr_array_unref (check->chain);
  g_free (check);
}

static gpointer
reeve_dial_check_thread (gpointer data, GCancellable *cancellable, GError **error)
{
  ReeveDialCheck *check = data;

  (void) cancellable;
  (void) reeve_tls_policy_check (check->policy, check->chain, error);
  return NULL;
}

static void
reeve_dial_checked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ReeveDial) self = user_data;
  GError *error = NULL;

  (void) source;
  (void) reeve_worker_run_finish (result, &error);
  if (self->task == NULL)
    {
      g_clear_error (&error);
      return;
    }
  if (error != NULL)
    {
      g_prefix_error (&error, "cannot connect to %s: ", self->address);
      reeve_error_convert (&error);
      reeve_dial_fail (self, error);
      return;
    }
  reeve_stream_set_peer_verified (self->stream);
  reeve_dial_succeed (self);
}

static void
reeve_dial_handshaken (ReeveStream *stream, const GError *error, gpointer user_data)
{
  g_autoptr (ReeveDial) self = reeve_dial_ref (user_data);
  ReeveDialCheck *check;

  if (error != NULL)
    {
      reeve_dial_fail (self, g_error_new (error->domain, error->code, "cannot connect to %s: %s",
                                          self->address, error->message));
      return;
    }
  if (reeve_tls_policy_is_unverified (self->policy))
    {
      reeve_dial_succeed (self);
      return;
    }

  self->waiting = "the check of the peer's certificate";
  check = g_new0 (ReeveDialCheck, 1);
  check->policy = reeve_tls_policy_ref (self->policy);
  check->chain = reeve_stream_get_peer_chain (stream);
  reeve_worker_run_async (self->worker, reeve_dial_check_thread, check, reeve_dial_check_free, NULL,
                          self->timeout_ms, self->resolving, reeve_dial_checked_cb,
                          reeve_dial_ref (self));
}

static void
reeve_dial_begin_tls (ReeveDial *self)
{
  if (self->policy == NULL)
    {
      reeve_dial_succeed (self);
      return;
    }

  self->waiting = "the TLS handshake";
  reeve_stream_start_tls_client (self->stream, reeve_tls_policy_get_name (self->policy),
                                 REEVE_TLS_HANDSHAKE_MS, reeve_dial_handshaken, self);
}

gboolean
reeve_dial_set_tls (ReeveDial *self, const ReeveDialOptions *options, GError **error)
{
  if (options->tls == NULL)
    return TRUE;
  if (self->host == NULL)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_UNSUPPORTED,
                   "cannot connect to %s: TLS is for TCP only", self->address);
      return FALSE;
    }
  if (self->worker == NULL && !options->tls->unverified)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE,
                   "cannot connect to %s: nobody checks certificates here", self->address);
      return FALSE;
    }
  self->policy = reeve_tls_policy_new (options->tls, self->host, error);
  return self->policy != NULL;
}

/* ---- proxies ---- */

gboolean
reeve_dial_find_proxy (ReeveDial *self, const ReeveDialOptions *options, GError **error)
{
  g_auto (GStrv) environment = NULL;
  char *address;

  if (options->proxy == NULL || self->host == NULL)
    return TRUE;
  environment = g_get_environ ();
  if (!reeve_proxy_find (options->proxy, environment, self->host, self->port, options->tls != NULL,
                         &self->proxy, error))
    {
      g_prefix_error (error, "cannot connect to %s: ", self->address);
      return FALSE;
    }
  if (self->proxy == NULL)
    return TRUE;

  self->peer_host = g_steal_pointer (&self->host);
  self->talk = (ReeveProxyTalk){
    .proxy = self->proxy,
    .host = self->peer_host,
    .port = self->port,
  };
  self->host = g_strdup (self->proxy->host);
  self->port = self->proxy->port;
  address = g_strdup_printf (strchr (self->host, ':') != NULL ? "%s through the proxy [%s]:%u"
                                                              : "%s through the proxy %s:%u",
                             self->address, self->host, self->port);
  g_free (self->address);
  self->address = address;
  self->item.name = address;
  return TRUE;
}

static void
reeve_dial_send_to_proxy (ReeveDial *self, GByteArray *bytes)
{
  if (bytes->len > 0)
    (void) reeve_stream_write (self->stream, bytes->data, bytes->len);
  /* it may hold a password */
  if (bytes->len > 0)
    gnutls_memset (bytes->data, 0, bytes->len);
  g_byte_array_set_size (bytes, 0);
}

/* @error: (transfer full): about the proxy */
static void
reeve_dial_fail_at_proxy (ReeveDial *self, GError *error)
{
  g_prefix_error (&error, "cannot connect to %s: ", self->address);
  reeve_dial_fail (self, error);
}

static gsize
reeve_dial_proxy_data (ReeveStream *stream, guint8 *data, gsize length, gpointer user_data)
{
  g_autoptr (ReeveDial) self = reeve_dial_ref (user_data);
  g_autoptr (GByteArray) reply = g_byte_array_new ();
  ReeveProxyResult result;
  GError *error = NULL;
  gsize consumed;

  result = reeve_proxy_talk_take (&self->talk, data, length, &consumed, reply, &error);
  if (result == REEVE_PROXY_FAILED)
    reeve_dial_fail_at_proxy (self, error);
  else if (consumed > 0 && consumed < length)
    /* the peer speaks after us only, and a proxy in turn */
    reeve_dial_fail_at_proxy (self, g_error_new_literal (REEVE_ERROR, REEVE_ERROR_PROTOCOL,
                                                         "it sent more than its answer"));
  else if (result == REEVE_PROXY_MORE)
    reeve_dial_send_to_proxy (self, reply);
  else
    {
      reeve_stream_set_funcs (stream, NULL, NULL);
      reeve_stream_set_peer (stream, self->peer_host);
      reeve_dial_begin_tls (self);
    }
  return result == REEVE_PROXY_FAILED ? length : consumed;
}

static void
reeve_dial_proxy_closed (ReeveStream *stream, const GError *error, gpointer user_data)
{
  ReeveDial *self = user_data;

  (void) stream;
  reeve_dial_fail_at_proxy (self, error != NULL
                                      ? g_error_copy (error)
                                      : g_error_new_literal (REEVE_ERROR, REEVE_ERROR_UNAVAILABLE,
                                                             "it ended the connection"));
}

static const ReeveStreamFuncs reeve_dial_proxy_funcs = {
  .data = reeve_dial_proxy_data,
  .closed = reeve_dial_proxy_closed,
};

void
reeve_dial_begin_layers (ReeveDial *self)
{
  g_autoptr (GByteArray) bytes = NULL;
  GError *error = NULL;

  if (self->proxy == NULL)
    {
      reeve_dial_begin_tls (self);
      return;
    }

  bytes = g_byte_array_new ();
  self->waiting = "the proxy's answer";
  reeve_stream_set_limits (self->stream, REEVE_PROXY_MAX_HEAD, REEVE_STREAM_WRITE_LIMIT);
  if (!reeve_proxy_talk_begin (&self->talk, bytes, &error))
    {
      reeve_dial_fail_at_proxy (self, error);
      return;
    }
  reeve_stream_set_funcs (self->stream, &reeve_dial_proxy_funcs, self);
  reeve_dial_send_to_proxy (self, bytes);
}
