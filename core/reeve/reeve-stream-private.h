/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-engine-private.h"
#include "reeve-stream.h"

#include <sys/uio.h>

G_BEGIN_DECLS

/* ---- what lies under a stream: a plain descriptor, or TLS ---- */

/* Both return the number of bytes moved or -1 with errno, EAGAIN when the descriptor must be waited
 * for. */
typedef struct
{
  gssize (*receive) (ReeveStream *stream, gpointer buffer, gsize length); /* 0: the peer's end */
  gssize (*send) (ReeveStream *stream, const struct iovec *pieces, guint n_pieces);
  /* Ends our half; what was sent before still arrives. */
  void (*shutdown) (ReeveStream *stream);
  /* Bytes lie between descriptor and receive() of which epoll does not know; may be NULL. */
  gboolean (*has_pending) (ReeveStream *stream);
  /* (transfer full) (nullable): more than errno says of the last failure; may be NULL. */
  GError *(*take_error) (ReeveStream *stream);
} ReeveStreamIO;

/* ---- reeve-stream-tls.c ---- */

typedef struct _ReeveStreamTls ReeveStreamTls;

gboolean reeve_stream_tls_is_handshaking (ReeveStreamTls *self);
gboolean reeve_stream_tls_is_verified (ReeveStreamTls *self);
guint32 reeve_stream_tls_get_mask (ReeveStreamTls *self);
void reeve_stream_tls_step (ReeveStreamTls *self);
void reeve_stream_tls_stop (ReeveStreamTls *self);
void reeve_stream_tls_free (ReeveStreamTls *self);

/* ---- reeve-stream-io.c ---- */

/* Sockets and everything else have different system calls. */
const ReeveStreamIO *reeve_stream_io_for_fd (int fd);
/* TCP: the end needs care, or what was sent last is lost with the reset. */
gboolean reeve_stream_io_must_linger (int fd);

/* ---- reeve-stream-queue.c: bytes that wait to be sent ---- */

typedef struct _ReeveStreamChunk ReeveStreamChunk;

typedef struct
{
  ReeveStreamChunk *first;
  ReeveStreamChunk *last;
  gsize length;
} ReeveStreamQueue;

#define REEVE_STREAM_QUEUE_PIECES 16

void reeve_stream_queue_append (ReeveStreamQueue *self, gconstpointer data, gsize length);
/* The first bytes, as at most REEVE_STREAM_QUEUE_PIECES pieces. */
guint reeve_stream_queue_peek (ReeveStreamQueue *self, struct iovec *pieces);
void reeve_stream_queue_drop (ReeveStreamQueue *self, gsize length);
void reeve_stream_queue_clear (ReeveStreamQueue *self);

/* ---- the stream ---- */

typedef enum
{
  REEVE_STREAM_OPEN,
  REEVE_STREAM_FAILING, /* cannot write any more, reads what is left; error is set */
  REEVE_STREAM_CLOSING, /* sends the queue; what comes in is dropped */
  REEVE_STREAM_TAIL,    /* closed for the user; what comes in is dropped */
  REEVE_STREAM_ENDED    /* the descriptor is closed */
} ReeveStreamState;

struct _ReeveStream
{
  ReeveItem item;
  ReevePoll poll;
  ReeveTick linger;
  grefcount ref_count;
  const ReeveStreamIO *io;
  ReeveStreamTls *tls; /* NULL: none */
  const ReeveStreamFuncs *funcs;
  gpointer user_data;

  ReeveStreamState state;
  guint reading : 1;
  guint read_ended : 1;      /* the peer's half */
  guint shutdown_wanted : 1; /* our half, once the queue is empty */
  guint shutdown_done : 1;
  guint full : 1;       /* the user waits for drained() */
  guint to_the_end : 1; /* until the queue is empty */
  guint owe_data : 1;
  guint owe_read : 1;
  guint reported : 1; /* closed() was called, or must not be */
  guint loopback : 1;
  guint any_read : 1;

  guint8 *partial;
  gsize partial_length;
  gsize partial_size;
  gsize read_limit;
  gsize write_limit;
  ReeveStreamQueue queue;

  GError *error;
  char *peer;
  GSocketAddress *remote_address;
  GSocketAddress *local_address;
  GDestroyNotify release;
  gpointer release_data;
};

/* ---- reeve-stream.c ---- */

int reeve_stream_get_fd (ReeveStream *self);
/* Through a proxy: the peer is @host, wherever the socket leads. */
void reeve_stream_set_peer (ReeveStream *self, const char *host);
/* The peer is again where the socket leads, as long as there is one. */
void reeve_stream_reset_peer (ReeveStream *self);
/* Called once, when the descriptor is closed: listeners count by it. */
void reeve_stream_set_release (ReeveStream *self, GDestroyNotify release, gpointer data);
void reeve_stream_update_mask (ReeveStream *self);
void reeve_stream_clear_partial (ReeveStream *self);
/* @error: (transfer full) (nullable). The user hears of it in the next turn. */
void reeve_stream_end (ReeveStream *self, GError *error);
void reeve_stream_end_tail (ReeveStream *self);
void reeve_stream_fail_read (ReeveStream *self, int errsv);
void reeve_stream_fail_write (ReeveStream *self, int errsv);

/* ---- reeve-stream-read.c ---- */

/* Somebody wants what comes in; else it is dropped. */
gboolean reeve_stream_shows_data (ReeveStream *self);
void reeve_stream_show_partial (ReeveStream *self);
void reeve_stream_receive (ReeveStream *self);
void reeve_stream_discard (ReeveStream *self);

/* ---- reeve-stream-write.c ---- */

void reeve_stream_flush (ReeveStream *self);
/* The queue has become empty: what waited for that happens. */
void reeve_stream_sent_all (ReeveStream *self);

G_END_DECLS
