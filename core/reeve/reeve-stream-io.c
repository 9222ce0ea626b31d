/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Plain descriptors under a stream: sockets with the calls that never raise SIGPIPE, and pipes and
 * the like with the general ones. */

#include "config.h"

#include "reeve-stream-private.h"

#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

static gssize
reeve_stream_io_socket_receive (ReeveStream *stream, gpointer buffer, gsize length)
{
  gssize n;

  do
    n = recv (reeve_stream_get_fd (stream), buffer, length, 0);
  while (n < 0 && errno == EINTR);
  return n;
}

static gssize
reeve_stream_io_socket_send (ReeveStream *stream, const struct iovec *pieces, guint n_pieces)
{
  struct msghdr message = { .msg_iov = (struct iovec *) pieces, .msg_iovlen = n_pieces };
  gssize n;

  do
    n = sendmsg (reeve_stream_get_fd (stream), &message, MSG_NOSIGNAL);
  while (n < 0 && errno == EINTR);
  return n;
}

static void
reeve_stream_io_socket_shutdown (ReeveStream *stream)
{
  (void) shutdown (reeve_stream_get_fd (stream), SHUT_WR);
}

static gssize
reeve_stream_io_pipe_receive (ReeveStream *stream, gpointer buffer, gsize length)
{
  gssize n;

  do
    n = read (reeve_stream_get_fd (stream), buffer, length);
  while (n < 0 && errno == EINTR);
  return n;
}

static gssize
reeve_stream_io_pipe_send (ReeveStream *stream, const struct iovec *pieces, guint n_pieces)
{
  gssize n;

  do
    n = writev (reeve_stream_get_fd (stream), pieces, (int) n_pieces);
  while (n < 0 && errno == EINTR);
  return n;
}

/* A pipe has one half, which ends when it is closed. */
static void
reeve_stream_io_pipe_shutdown (ReeveStream *stream)
{
  (void) stream;
}

const ReeveStreamIO *
reeve_stream_io_for_fd (int fd)
{
  static const ReeveStreamIO socket_io = {
    .receive = reeve_stream_io_socket_receive,
    .send = reeve_stream_io_socket_send,
    .shutdown = reeve_stream_io_socket_shutdown,
  };
  static const ReeveStreamIO pipe_io = {
    .receive = reeve_stream_io_pipe_receive,
    .send = reeve_stream_io_pipe_send,
    .shutdown = reeve_stream_io_pipe_shutdown,
  };
  int type;
  socklen_t length = sizeof type;

  if (getsockopt (fd, SOL_SOCKET, SO_TYPE, &type, &length) == 0)
    return &socket_io;

  /* as GSocket does, since nothing like MSG_NOSIGNAL exists for pipes */
  (void) signal (SIGPIPE, SIG_IGN);
  return &pipe_io;
}

gboolean
reeve_stream_io_must_linger (int fd)
{
  int domain = AF_UNSPEC;
  socklen_t length = sizeof domain;

  if (getsockopt (fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) < 0)
    return FALSE;
  return domain == AF_INET || domain == AF_INET6;
}
