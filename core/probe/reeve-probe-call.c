/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * One connection on its thread: who is it, what is asked, the verb, the answer. Everything that
 * waits does so in poll() until the deadline, and looks at the caller meanwhile: one that has gone
 * gives its place back at once.
 */

#include "config.h"

#include "reeve-probe-private.h"
#include "reeve-probe-request.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct _ReeveProbeCall
{
  ReeveProbeServer *server;
  int fd;
  gint64 deadline;
  gboolean answered;
};

gint64
reeve_probe_now (void)
{
  /* lint: allow clock: a probe links nothing of libreeve, which has the other clock */
  return g_get_monotonic_time () / 1000;
}

/* ---- waiting ---- */

/* TRUE when @fd is ready. Otherwise errno says why not. */
static gboolean
reeve_probe_wait (ReeveProbeCall *call, int fd, short events, gint64 deadline)
{
  struct pollfd fds[2] = { { fd, events, 0 }, { call->fd, POLLRDHUP, 0 } };
  gboolean other = fd != call->fd;

  for (;;)
    {
      gint64 left = deadline - reeve_probe_now ();
      int n = left > 0 ? poll (fds, other ? 2 : 1, (int) left) : 0;

      if (n < 0 && errno == EINTR)
        continue;
      if (n == 0)
        errno = ETIMEDOUT;
      if (n <= 0)
        return FALSE;
      if (other && fds[1].revents != 0)
        {
          errno = ECANCELED;
          return FALSE;
        }
      return TRUE;
    }
}

gssize
reeve_probe_read (ReeveProbeCall *call, int fd, gpointer buffer, gsize room)
{
  for (;;)
    {
      gssize n;

      if (!reeve_probe_wait (call, fd, POLLIN, call->deadline))
        return -1;
      n = read (fd, buffer, room);
      if (n >= 0 || (errno != EINTR && errno != EAGAIN))
        return n;
    }
}

gboolean
reeve_probe_write (ReeveProbeCall *call, int fd, gconstpointer data, gsize length)
{
  const char *bytes = data;

  while (length > 0)
    {
      gssize n;

      if (!reeve_probe_wait (call, fd, POLLOUT, call->deadline))
        return FALSE;
      n = send (fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n < 0 && errno != EINTR && errno != EAGAIN)
        return FALSE;
      bytes += MAX (n, 0);
      length -= (gsize) MAX (n, 0);
    }
  return TRUE;
}

int
reeve_probe_dial (ReeveProbeCall *call, const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd;

  if (strlen (path) >= sizeof address.sun_path)
    {
      errno = ENAMETOOLONG;
      return -1;
    }
  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return -1;
  /* a Unix socket connects at once, or its queue is full (EAGAIN) */
  if (connect (fd, (struct sockaddr *) &address, sizeof address) != 0)
    {
      int saved = errno;

      close (fd);
      errno = saved;
      return -1;
    }
  return fd;
}

/* ---- the answer ---- */

void
reeve_probe_answer (ReeveProbeCall *call, guint status, const char *kind, gconstpointer data,
                    gsize length)
{
  char head[64];

  g_return_if_fail (!call->answered);
  call->answered = TRUE;
  length = MIN (length, REEVE_PROBE_MAX_ANSWER);
  g_snprintf (head, sizeof head, "%u %s %" G_GSIZE_FORMAT "\n", status, kind, length);
  if (reeve_probe_write (call, call->fd, head, strlen (head)))
    reeve_probe_write (call, call->fd, data, length);
}

void
reeve_probe_renew (ReeveProbeCall *call)
{
  g_mutex_lock (&call->server->lock);
  call->server->renew = TRUE;
  g_mutex_unlock (&call->server->lock);
}

/* ---- the call ---- */

/* Refusals come as fast as somebody likes; the log is not his. */
static void
reeve_probe_tell (ReeveProbeServer *server, uid_t uid, const char *what)
{
  gint64 now = reeve_probe_now ();
  guint untold;
  gboolean tell;

  g_mutex_lock (&server->lock);
  tell = server->told_at == 0 || now - server->told_at >= REEVE_PROBE_LOG_MS;
  untold = server->untold;
  server->untold = tell ? 0 : server->untold + 1;
  server->told_at = tell ? now : server->told_at;
  g_mutex_unlock (&server->lock);
  if (tell && untold > 0)
    g_printerr ("uid %u: %s (and %u refusals before)\n", (guint) uid, what, untold);
  else if (tell)
    g_printerr ("uid %u: %s\n", (guint) uid, what);
}

/* The verb that is asked for, NULL when the line is no request. */
static const ReeveProbeVerb *
reeve_probe_call_read (ReeveProbeCall *call, char *ret_argument)
{
  gint64 deadline = call->deadline;
  ReeveProbeRequestState state = REEVE_PROBE_REQUEST_MORE;
  const ReeveProbeVerb *verb = NULL;
  /* one byte more than a request may have, so that a longer one is seen */
  char line[REEVE_PROBE_MAX_REQUEST + 1];
  gsize length = 0;

  call->deadline = reeve_probe_now () + REEVE_PROBE_REQUEST_MS;
  while (state == REEVE_PROBE_REQUEST_MORE)
    {
      gssize n = reeve_probe_read (call, call->fd, line + length, sizeof line - length);

      if (n <= 0)
        break;
      length += (gsize) n;
      state =
          reeve_probe_request_parse (line, length, call->server->probe->verbs, &verb, ret_argument);
    }
  call->deadline = deadline;
  return state == REEVE_PROBE_REQUEST_OK ? verb : NULL;
}

static void
reeve_probe_call_run (ReeveProbeCall *call)
{
  ReeveProbeServer *server = call->server;
  char argument[REEVE_PROBE_MAX_HEX + 1];
  struct ucred peer = { 0, (uid_t) -1, (gid_t) -1 };
  socklen_t length = sizeof peer;
  const ReeveProbeVerb *verb;

  if (getsockopt (call->fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0 ||
      length != sizeof peer || peer.uid != server->uid)
    {
      reeve_probe_tell (server, peer.uid, "not the user that is answered here");
      return;
    }
  verb = reeve_probe_call_read (call, argument);
  if (verb == NULL)
    {
      reeve_probe_tell (server, peer.uid, "no request that is known here");
      reeve_probe_answer (call, 400, "none", "", 0);
      return;
    }
  verb->func (call, argument, server->probe->data);
  if (!call->answered)
    reeve_probe_answer (call, 500, "none", "", 0);
}

static gpointer
reeve_probe_call_thread (gpointer data)
{
  g_autofree ReeveProbeCall *call = data;
  ReeveProbeServer *server = call->server;

  reeve_probe_call_run (call);
  close (call->fd);
  g_mutex_lock (&server->lock);
  server->running--;
  g_mutex_unlock (&server->lock);
  /* the pipe has room for a byte of each call */
  while (write (server->wake[1], "", 1) < 0 && errno == EINTR)
    ;
  return NULL;
}

void
reeve_probe_call_begin (ReeveProbeServer *server, int fd)
{
  ReeveProbeCall *call = g_new0 (ReeveProbeCall, 1);
  GThread *thread;

  call->server = server;
  call->fd = fd;
  call->deadline = reeve_probe_now () + REEVE_PROBE_CALL_MS;
  g_mutex_lock (&server->lock);
  server->running++;
  g_mutex_unlock (&server->lock);
  thread = g_thread_try_new ("call", reeve_probe_call_thread, call, NULL);
  if (thread != NULL)
    {
      g_thread_unref (thread);
      return;
    }
  g_printerr ("no thread can be made for a caller\n");
  g_mutex_lock (&server->lock);
  server->running--;
  g_mutex_unlock (&server->lock);
  close (fd);
  g_free (call);
}
