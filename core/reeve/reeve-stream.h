/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-types.h"

G_BEGIN_DECLS

/*
 * A non-blocking byte stream in the engine: plain TCP or Unix sockets, pipes and socketpairs,
 * and TLS behind the same calls. Refcounted; the engine holds a reference until the stream is
 * closed. Main thread only. Callbacks never run inside the call that caused them.
 */

/* What a stream may keep unread (a partial message) and unsent, until the user sets other limits.
 */
#define REEVE_STREAM_READ_LIMIT (64 * 1024)
#define REEVE_STREAM_WRITE_LIMIT (1024 * 1024)
/* How long reeve_stream_close() waits for the peer to take the rest. */
#define REEVE_STREAM_LINGER_MS 5000

typedef struct
{
  /* Bytes arrived. @data is everything not yet consumed, valid (and writable, for unmasking) during
   * the call. Returns how many bytes were consumed; the rest is shown again with what comes next.
   * Keeping more than the read limit closes the stream with REEVE_ERROR_LIMIT. */
  gsize (*data) (ReeveStream *stream, guint8 *data, gsize length, gpointer user_data);
  /* The peer has ended its half; NULL: the stream is closed then. */
  void (*eof) (ReeveStream *stream, gpointer user_data);
  /* The write queue fell to half of its limit after reeve_stream_write() had said "full", or is
   * empty after reeve_stream_await_sent(); may be NULL. */
  void (*drained) (ReeveStream *stream, gpointer user_data);
  /* The end, exactly once, unless reeve_stream_abort() was called. @error is NULL after an orderly
   * end. */
  void (*closed) (ReeveStream *stream, const GError *error, gpointer user_data);
} ReeveStreamFuncs;

#define REEVE_TYPE_STREAM (reeve_stream_get_type ())
REEVE_API GType reeve_stream_get_type (void);

/* Takes @fd (made non-blocking, closed with the stream). (transfer full) */
REEVE_API ReeveStream *reeve_stream_new (ReeveOwner *owner, int fd);
REEVE_API ReeveStream *reeve_stream_ref (ReeveStream *self);
REEVE_API void reeve_stream_unref (ReeveStream *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveStream, reeve_stream_unref)

/* Nothing is read before this is called. May be called again to hand the stream to another user
 * (then unconsumed bytes are shown to the new one, in the next turn). @funcs: static. */
REEVE_API void reeve_stream_set_funcs (ReeveStream *self, const ReeveStreamFuncs *funcs,
                                       gpointer user_data);
/* Moves the stream to another context's owner: its time is charged there, it ends there. */
REEVE_API void reeve_stream_set_owner (ReeveStream *self, ReeveOwner *owner);
REEVE_API void reeve_stream_set_limits (ReeveStream *self, gsize read_limit, gsize write_limit);

typedef enum
{
  REEVE_WRITE_CLOSED, /* the stream is closed or closing; the bytes were dropped */
  REEVE_WRITE_OK,
  REEVE_WRITE_FULL, /* taken, but the queue is over half of its limit: wait for drained() */
} ReeveWriteResult;

/* Copies what cannot be sent at once into the queue. Over the limit the stream is closed with
 * REEVE_ERROR_LIMIT (closed() follows) and CLOSED is returned. */
REEVE_API ReeveWriteResult reeve_stream_write (ReeveStream *self, gconstpointer data, gsize length);
/* Two pieces in one system call (a header and a body). */
REEVE_API ReeveWriteResult reeve_stream_write2 (ReeveStream *self, gconstpointer head,
                                                gsize head_length, gconstpointer data,
                                                gsize length);
REEVE_API gsize reeve_stream_get_queued (ReeveStream *self);
/* TRUE: drained() follows when the kernel has taken all that is queued. FALSE: it has, or the
 * stream is not open any more. */
REEVE_API gboolean reeve_stream_await_sent (ReeveStream *self);

REEVE_API void reeve_stream_set_reading (ReeveStream *self, gboolean reading);
/* Sends what is queued, then ends; at most REEVE_STREAM_LINGER_MS. closed() follows. */
REEVE_API void reeve_stream_close (ReeveStream *self);
/* Sends what is queued, then ends our half only. */
REEVE_API void reeve_stream_shutdown (ReeveStream *self);
/* At once; no callback runs any more. */
REEVE_API void reeve_stream_abort (ReeveStream *self);
REEVE_API gboolean reeve_stream_is_open (ReeveStream *self);
/* Something of the peer has been read, also by TLS alone; or waits to be read. */
REEVE_API gboolean reeve_stream_has_read (ReeveStream *self);
REEVE_API gboolean reeve_stream_has_unread (ReeveStream *self);
/* The descriptor, for a library that does its own reading and writing; the stream ends as by
 * reeve_stream_abort(). -1, and nothing changes, when bytes are on their way in or out, when there
 * is more between than a descriptor (TLS), or after the end. (transfer full) */
REEVE_API int reeve_stream_steal_fd (ReeveStream *self);

/* "192.0.2.1", without a port; "local" for Unix sockets. For limits and logs. */
REEVE_API const char *reeve_stream_get_peer (ReeveStream *self);
/* For who believes a proxy: the peer is @host, and with @counts the stream takes one of its places
 * at the listener; NULL: nobody's. FALSE: @host has all of its places. */
REEVE_API gboolean reeve_stream_set_forwarded (ReeveStream *self, const char *host,
                                               gboolean counts);
/* The peer has proven who it is: it takes no place of its source any more. */
REEVE_API void reeve_stream_set_proven (ReeveStream *self);
/* (transfer none) (nullable): as GIO knows them. */
REEVE_API GSocketAddress *reeve_stream_get_remote_address (ReeveStream *self);
REEVE_API GSocketAddress *reeve_stream_get_local_address (ReeveStream *self);
REEVE_API gboolean reeve_stream_is_loopback (ReeveStream *self);
/* Over TLS; that alone does not say with whom. */
REEVE_API gboolean reeve_stream_is_secure (ReeveStream *self);
REEVE_API gboolean reeve_stream_is_peer_verified (ReeveStream *self);

/* ---- TLS, the server's end ---- */

/* Once: the handshake has ended. @error: why it failed; the stream is the caller's to abort. */
typedef void (*ReeveStreamTlsFunc) (ReeveStream *stream, const GError *error, gpointer user_data);

/* @stream: accepted, without a user and with nothing to send. @timeout_ms: for the handshake, such
 * as REEVE_TLS_HANDSHAKE_MS. @func may run inside, and does not after reeve_stream_abort(). */
REEVE_API void reeve_stream_start_tls_server (ReeveStream *self, ReeveTlsCredentials *credentials,
                                              guint timeout_ms, ReeveStreamTlsFunc func,
                                              gpointer user_data);
/* The name that the client asked for, in lower case. (transfer full) (nullable) */
REEVE_API char *reeve_stream_get_server_name (ReeveStream *self);
/* @length bytes that both ends of this TLS session can make and nobody else (RFC 5705, 9266), the
 * same at both. UNSUPPORTED without TLS, or where a session cannot give them. (transfer full) */
REEVE_API GBytes *reeve_stream_export (ReeveStream *self, const char *label, gsize length,
                                       GError **error);

G_END_DECLS
