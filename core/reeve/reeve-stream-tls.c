/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* TLS under a stream. The handshake is driven by the stream's own descriptor and a deadline; from
 * then on records are made and read where the plain calls would be. Whether the peer is the right
 * one is not decided here: reeve-tls.c looks at its certificates, after the handshake and before
 * anything is sent. The two ends differ in how a session is made only. */

#include "config.h"

#include "reeve-tls-private.h"

#include "reeve-error.h"
#include "reeve-net-private.h"
#include "reeve-stream-private.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

/* Alerts that mean nothing, before a peer that goes on with them is given up. */
#define REEVE_STREAM_TLS_MAX_WARNINGS 4
/* Small pieces are put into one record of at most so much. */
#define REEVE_STREAM_TLS_GATHER 1024
/* The first byte of a record that may begin a handshake: an alert, a handshake. */
#define REEVE_STREAM_TLS_ALERT 0x15
#define REEVE_STREAM_TLS_HANDSHAKE 0x16

struct _ReeveStreamTls
{
  ReeveStream *stream;
  gnutls_session_t session;
  gnutls_certificate_credentials_t credentials; /* a client's, for the handshake only */
  ReeveTlsCredentials *shown;                   /* a server's, likewise */
  ReeveTick deadline;
  guint timeout_ms;
  ReeveStreamTlsFunc func; /* NULL once told */
  gpointer user_data;
  gsize owed; /* bytes in a record that the kernel has not taken yet */
  GError *error;
  int errsv; /* of the socket */
  guint n_warnings;
  guint handshaking : 1;
  guint not_tls : 1;
  guint verified : 1;
};

/* ---- below the session: the socket ---- */

static ssize_t
reeve_stream_tls_pull (gnutls_transport_ptr_t pointer, void *buffer, size_t length)
{
  ReeveStreamTls *self = pointer;
  const guint8 *first = buffer;
  ssize_t n = recv (reeve_stream_get_fd (self->stream), buffer, length, 0);

  if (n < 0)
    {
      self->errsv = errno;
      gnutls_transport_set_errno (self->session, errno);
    }
  if (n > 0 && !self->stream->any_read)
    {
      self->stream->any_read = TRUE;
      self->not_tls = *first != REEVE_STREAM_TLS_ALERT && *first != REEVE_STREAM_TLS_HANDSHAKE;
    }
  /* or GnuTLS would wait for a record as long as the text seems to say */
  if (self->not_tls)
    {
      gnutls_transport_set_errno (self->session, EPROTO);
      return -1;
    }
  return n;
}

static ssize_t
reeve_stream_tls_push (gnutls_transport_ptr_t pointer, const giovec_t *pieces, int n_pieces)
{
  ReeveStreamTls *self = pointer;
  struct msghdr message = { .msg_iov = (struct iovec *) pieces, .msg_iovlen = (size_t) n_pieces };
  ssize_t n = sendmsg (reeve_stream_get_fd (self->stream), &message, MSG_NOSIGNAL);

  if (n < 0)
    {
      self->errsv = errno;
      gnutls_transport_set_errno (self->session, errno);
    }
  return n;
}

/* Never waits: the engine does. */
static int
reeve_stream_tls_poll (gnutls_transport_ptr_t pointer, unsigned int ms)
{
  (void) pointer;
  (void) ms;
  return 1;
}

/* ---- errors ---- */

/* What went wrong, as the rest of a sentence about the peer. */
static GError *
reeve_stream_tls_make_error (ReeveStreamTls *self, int code)
{
  if (self->not_tls)
    return g_error_new_literal (REEVE_ERROR, REEVE_ERROR_PROTOCOL,
                                "it does not speak TLS on this port");
  switch (code)
    {
    case GNUTLS_E_PULL_ERROR:
    case GNUTLS_E_PUSH_ERROR:
      return g_error_new_literal (REEVE_ERROR, REEVE_ERROR_IO, g_strerror (self->errsv));
    case GNUTLS_E_PREMATURE_TERMINATION:
      return g_error_new_literal (REEVE_ERROR, REEVE_ERROR_PROTOCOL,
                                  self->handshaking
                                      ? "it ended the connection during the TLS handshake"
                                      : "the connection was cut off, without TLS's own end");
    case GNUTLS_E_FATAL_ALERT_RECEIVED:
      return g_error_new (REEVE_ERROR, REEVE_ERROR_PROTOCOL, "it refused TLS with the alert '%s'",
                          gnutls_alert_get_name (gnutls_alert_get (self->session)));
    case GNUTLS_E_REHANDSHAKE:
      return g_error_new_literal (REEVE_ERROR, REEVE_ERROR_PROTOCOL,
                                  "it asked for a second TLS handshake");
    default:
      return g_error_new (REEVE_ERROR, REEVE_ERROR_PROTOCOL, "TLS: %s", gnutls_strerror (code));
    }
}

/* To errno, with the error kept for take_error(). */
static gssize
reeve_stream_tls_fail (ReeveStreamTls *self, int code)
{
  if (code == GNUTLS_E_AGAIN || code == GNUTLS_E_INTERRUPTED)
    {
      errno = EAGAIN;
      return -1;
    }
  if (self->error == NULL)
    {
      self->error = reeve_stream_tls_make_error (self, code);
      g_prefix_error (&self->error, "%s: ", self->stream->peer);
    }
  errno = EPROTO;
  return -1;
}

static GError *
reeve_stream_tls_take_error (ReeveStream *stream)
{
  return g_steal_pointer (&stream->tls->error);
}

/* ---- records ---- */

static gssize
reeve_stream_tls_receive (ReeveStream *stream, gpointer buffer, gsize length)
{
  ReeveStreamTls *self = stream->tls;
  ssize_t n;

  do
    {
      n = gnutls_record_recv (self->session, buffer, length);
      if (n == GNUTLS_E_WARNING_ALERT_RECEIVED &&
          ++self->n_warnings > REEVE_STREAM_TLS_MAX_WARNINGS)
        break;
    }
  while (n == GNUTLS_E_INTERRUPTED || n == GNUTLS_E_WARNING_ALERT_RECEIVED);
  return n >= 0 ? (gssize) n : reeve_stream_tls_fail (self, (int) n);
}

/* One record, of what @pieces begin with. */
static ssize_t
reeve_stream_tls_send_record (ReeveStreamTls *self, const struct iovec *pieces, guint n_pieces)
{
  guint8 gathered[REEVE_STREAM_TLS_GATHER];
  gsize length = 0;

  if (n_pieces == 1 || pieces[0].iov_len >= sizeof gathered)
    {
      length = pieces[0].iov_len;
      self->owed = MIN (length, gnutls_record_get_max_size (self->session));
      return gnutls_record_send (self->session, pieces[0].iov_base, self->owed);
    }
  for (guint i = 0; i < n_pieces && length < sizeof gathered; i++)
    {
      gsize n = MIN (pieces[i].iov_len, sizeof gathered - length);

      memcpy (gathered + length, pieces[i].iov_base, n);
      length += n;
    }
  self->owed = length;
  return gnutls_record_send (self->session, gathered, length);
}

/* What GnuTLS says to wait for it has encrypted already: the same bytes come again, because the
 * stream keeps them in its queue, and are not looked at a second time. */
static gssize
reeve_stream_tls_send (ReeveStream *stream, const struct iovec *pieces, guint n_pieces)
{
  ReeveStreamTls *self = stream->tls;
  ssize_t n;

  do
    if (self->owed > 0)
      n = gnutls_record_send (self->session, NULL, 0);
    else
      n = reeve_stream_tls_send_record (self, pieces, n_pieces);
  while (n == GNUTLS_E_INTERRUPTED);
  if (n < 0)
    return reeve_stream_tls_fail (self, (int) n);
  n = (ssize_t) self->owed;
  self->owed = 0;
  return n;
}

static void
reeve_stream_tls_shutdown (ReeveStream *stream)
{
  (void) gnutls_bye (stream->tls->session, GNUTLS_SHUT_WR);
  (void) shutdown (reeve_stream_get_fd (stream), SHUT_WR);
}

static gboolean
reeve_stream_tls_has_pending (ReeveStream *stream)
{
  return gnutls_record_check_pending (stream->tls->session) > 0;
}

static const ReeveStreamIO reeve_stream_tls_io = {
  .receive = reeve_stream_tls_receive,
  .send = reeve_stream_tls_send,
  .shutdown = reeve_stream_tls_shutdown,
  .has_pending = reeve_stream_tls_has_pending,
  .take_error = reeve_stream_tls_take_error,
};

/* ---- the handshake ---- */

static void
reeve_stream_tls_done (ReeveStreamTls *self, GError *error)
{
  g_autoptr (GError) owned = error;
  ReeveStreamTlsFunc func = g_steal_pointer (&self->func);

  reeve_stream_tls_stop (self);
  if (error == NULL)
    {
      gnutls_credentials_clear (self->session);
      g_clear_pointer (&self->credentials, gnutls_certificate_free_credentials);
      g_clear_pointer (&self->shown, reeve_tls_credentials_unref);
      self->stream->io = &reeve_stream_tls_io;
      reeve_stream_update_mask (self->stream);
    }
  else if (self->stream->item.engine != NULL)
    {
      /* nothing is to be read until it is aborted */
      reeve_poll_set_mask (&self->stream->poll, 0);
    }
  if (func != NULL)
    func (self->stream, error, self->user_data);
}

static void
reeve_stream_tls_expired (ReeveTick *tick)
{
  ReeveStreamTls *self = REEVE_NODE_OWNER (tick, ReeveStreamTls, deadline);
  g_autoptr (ReeveStream) stream = reeve_stream_ref (self->stream);

  reeve_stream_tls_done (self,
                         g_error_new (REEVE_ERROR, REEVE_ERROR_TIMEOUT,
                                      "the TLS handshake did not end in %u ms", self->timeout_ms));
}

gboolean
reeve_stream_tls_is_handshaking (ReeveStreamTls *self)
{
  return self->handshaking;
}

guint32
reeve_stream_tls_get_mask (ReeveStreamTls *self)
{
  return gnutls_record_get_direction (self->session) == 1 ? EPOLLOUT : EPOLLIN;
}

/* The descriptor is ready: goes on until it has to wait again. */
void
reeve_stream_tls_step (ReeveStreamTls *self)
{
  int code;

  do
    {
      code = gnutls_handshake (self->session);
      if (code == GNUTLS_E_WARNING_ALERT_RECEIVED &&
          ++self->n_warnings > REEVE_STREAM_TLS_MAX_WARNINGS)
        break;
    }
  while (code == GNUTLS_E_INTERRUPTED || code == GNUTLS_E_WARNING_ALERT_RECEIVED);

  if (code == GNUTLS_E_AGAIN)
    reeve_stream_update_mask (self->stream);
  else if (code < 0)
    {
      GError *error = reeve_stream_tls_make_error (self, code);

      (void) gnutls_alert_send_appropriate (self->session, code);
      reeve_stream_tls_done (self, error);
    }
  else
    reeve_stream_tls_done (self, NULL);
}

/* ---- life ---- */

/* No handshake any more; what it alone needed goes. */
void
reeve_stream_tls_stop (ReeveStreamTls *self)
{
  self->handshaking = FALSE;
  self->func = NULL;
  reeve_tick_stop (&self->deadline);
}

void
reeve_stream_tls_free (ReeveStreamTls *self)
{
  gnutls_deinit (self->session);
  if (self->credentials != NULL)
    gnutls_certificate_free_credentials (self->credentials);
  g_clear_pointer (&self->shown, reeve_tls_credentials_unref);
  g_clear_error (&self->error);
  g_free (self);
}

gboolean
reeve_stream_tls_is_verified (ReeveStreamTls *self)
{
  return self->verified;
}

static int
reeve_stream_tls_set_up_client (ReeveStreamTls *self, const char *name)
{
  ReeveNetAddress literal;
  int code = gnutls_init (&self->session,
                          GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL | GNUTLS_NO_TICKETS);

  if (code >= 0)
    code = gnutls_certificate_allocate_credentials (&self->credentials);
  if (code >= 0)
    code = gnutls_credentials_set (self->session, GNUTLS_CRD_CERTIFICATE, self->credentials);
  /* an address is no server name (RFC 6066) */
  if (code >= 0 && !reeve_net_address_from_literal (name, 1, &literal))
    code = gnutls_server_name_set (self->session, GNUTLS_NAME_DNS, name, strlen (name));
  return code;
}

static int
reeve_stream_tls_set_up_server (ReeveStreamTls *self, ReeveTlsCredentials *credentials)
{
  ReeveClock *clock = reeve_engine_get_clock (self->stream->item.engine);
  int code = gnutls_init (&self->session, GNUTLS_SERVER | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL);

  self->shown = reeve_tls_credentials_ref (credentials);
  if (code >= 0)
    code = reeve_tls_credentials_apply (credentials, self->session,
                                        reeve_clock_get_monotonic (clock) / G_USEC_PER_SEC);
  return code;
}

static ReeveStreamTls *
reeve_stream_tls_new (ReeveStream *stream, guint timeout_ms, ReeveStreamTlsFunc func,
                      gpointer user_data)
{
  ReeveStreamTls *self = g_new0 (ReeveStreamTls, 1);

  self->stream = stream;
  self->func = func;
  self->user_data = user_data;
  self->timeout_ms = timeout_ms;
  self->handshaking = TRUE;
  stream->tls = self;
  reeve_tick_init (&self->deadline, &stream->item, reeve_stream_tls_expired);
  return self;
}

/* What both ends need. @code: of what came before. */
static void
reeve_stream_tls_begin (ReeveStreamTls *self, int code)
{
  if (code < 0)
    {
      reeve_stream_tls_done (self,
                             g_error_new (REEVE_ERROR, REEVE_ERROR_FAILED,
                                          "cannot begin with TLS: %s", gnutls_strerror (code)));
      return;
    }
  gnutls_transport_set_ptr (self->session, self);
  gnutls_transport_set_pull_function (self->session, reeve_stream_tls_pull);
  gnutls_transport_set_vec_push_function (self->session, reeve_stream_tls_push);
  gnutls_transport_set_pull_timeout_function (self->session, reeve_stream_tls_poll);
  gnutls_handshake_set_timeout (self->session, GNUTLS_INDEFINITE_TIMEOUT);
  reeve_tick_start (&self->deadline, self->timeout_ms);
  reeve_stream_tls_step (self);
}

/**
 * reeve_stream_start_tls_client:
 * @stream: an open socket without a user, with nothing read and nothing to send
 * @name: the peer's host name or address
 * @timeout_ms: for the handshake
 * @func: hears of its end, perhaps before this returns; not after reeve_stream_abort()
 * @user_data: for @func
 *
 * Puts TLS under a stream. The peer is not verified by this.
 */
void
reeve_stream_start_tls_client (ReeveStream *stream, const char *name, guint timeout_ms,
                               ReeveStreamTlsFunc func, gpointer user_data)
{
  g_autoptr (ReeveStream) holder = reeve_stream_ref (stream);
  ReeveStreamTls *self;
  int code;

  g_return_if_fail (stream->tls == NULL && stream->funcs == NULL && stream->queue.length == 0);

  self = reeve_stream_tls_new (stream, timeout_ms, func, user_data);
  code = reeve_stream_tls_set_up_client (self, name);
  if (code >= 0)
    code = gnutls_priority_set_direct (self->session, REEVE_TLS_PRIORITY, NULL);
  reeve_stream_tls_begin (self, code);
}

/**
 * reeve_stream_start_tls_server:
 * @self: an open socket without a user, with nothing read and nothing to send
 * @credentials: what it shows; may be replaced for others while the handshake runs
 * @timeout_ms: for the handshake
 * @func: hears of its end, perhaps before this returns; not after reeve_stream_abort()
 * @user_data: for @func
 *
 * Puts TLS under a stream whose peer begins with it.
 */
void
reeve_stream_start_tls_server (ReeveStream *self, ReeveTlsCredentials *credentials,
                               guint timeout_ms, ReeveStreamTlsFunc func, gpointer user_data)
{
  g_autoptr (ReeveStream) holder = NULL;
  ReeveStreamTls *tls;

  g_return_if_fail (self != NULL && credentials != NULL && func != NULL);
  g_return_if_fail (self->tls == NULL && self->funcs == NULL && self->queue.length == 0);
  g_return_if_fail (self->item.engine != NULL);

  holder = reeve_stream_ref (self);
  tls = reeve_stream_tls_new (self, timeout_ms, func, user_data);
  reeve_stream_tls_begin (tls, reeve_stream_tls_set_up_server (tls, credentials));
}

/* ---- what is known of the session ---- */

GPtrArray *
reeve_stream_get_peer_chain (ReeveStream *stream)
{
  GPtrArray *chain = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  unsigned int n = 0;
  const gnutls_datum_t *list =
      stream->tls != NULL ? gnutls_certificate_get_peers (stream->tls->session, &n) : NULL;

  for (unsigned int i = 0; list != NULL && i < n; i++)
    g_ptr_array_add (chain, g_bytes_new (list[i].data, list[i].size));
  return chain;
}

void
reeve_stream_set_peer_verified (ReeveStream *stream)
{
  stream->tls->verified = TRUE;
}

char *
reeve_stream_get_server_name (ReeveStream *self)
{
  char name[256];
  size_t length = sizeof name;
  unsigned int type;

  g_return_val_if_fail (self != NULL, NULL);

  if (self->tls == NULL ||
      gnutls_server_name_get (self->tls->session, name, &length, &type, 0) < 0 ||
      type != GNUTLS_NAME_DNS)
    return NULL;
  return g_ascii_strdown (name, (gssize) strnlen (name, length));
}

/* TLS 1.2 without the extended master secret gives two sessions the same bytes (RFC 9266). */
GBytes *
reeve_stream_export (ReeveStream *self, const char *label, gsize length, GError **error)
{
  g_autofree char *bytes = NULL;
  gnutls_session_t session;

  g_return_val_if_fail (self != NULL && label != NULL, NULL);
  g_return_val_if_fail (length > 0 && length <= 255, NULL);

  session = self->tls != NULL && !self->tls->handshaking ? self->tls->session : NULL;
  bytes = g_malloc (length);
  if (session == NULL ||
      (gnutls_protocol_get_version (session) < GNUTLS_TLS1_3 &&
       gnutls_session_ext_master_secret_status (session) == 0) ||
      gnutls_prf_rfc5705 (session, strlen (label), label, 0, "", length, bytes) < 0)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_UNSUPPORTED,
                   "the connection to %s has no TLS session that can be bound to", self->peer);
      return NULL;
    }
  return g_bytes_new_take (g_steal_pointer (&bytes), length);
}
