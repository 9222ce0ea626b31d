/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Listeners: TCP, Unix sockets, and sockets that the service manager has opened. What is over a
 * limit is accepted and closed at once, so that the peer knows and the backlog stays free for
 * others. When descriptors run out a listener pauses instead of spinning, and does so early enough
 * that files and databases still get theirs.
 */

#include "config.h"

#include "reeve-engine-private.h"
#include "reeve-error.h"
#include "reeve-net-private.h"
#include "reeve-stream-private.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Connections taken in one call; more wait for the next turn. */
#define REEVE_LISTENER_BATCH 16
/* The same is not said again before. */
#define REEVE_LISTENER_QUIET_US (60 * G_USEC_PER_SEC)

struct _ReeveListener
{
  ReeveItem item;
  ReevePoll poll;
  ReeveTick pause;
  ReeveGate *gate;
  ReeveListenLimits limits;
  ReeveAcceptFunc func;
  gpointer user_data;
  char *name;
  char *address;
  char *path; /* of a socket file that is ours to remove */
  struct stat path_stat;
  gboolean paused;
  gboolean said;        /* that it is paused */
  gint64 quiet_until;   /* of pauses nothing is said before, monotonic */
  gint64 refused_until; /* as above, of refusals */
  gboolean taking;      /* connections: whoever closes it meanwhile leaves it to be freed */
  gboolean closed;
};

/* ---- pausing ---- */

/* The first descriptor number that is part of the reserve. New ones get the lowest free number, so
 * one this high means that few are left. */
static int
reeve_listener_highest_fd (void)
{
  struct rlimit limit;
  rlim_t reserve;

  if (getrlimit (RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur > G_MAXINT)
    return G_MAXINT;
  reserve = MIN ((rlim_t) REEVE_DESCRIPTOR_RESERVE, limit.rlim_cur / 4);
  return (int) (limit.rlim_cur - reserve);
}

static gboolean
reeve_listener_is_fd_scarce (ReeveListener *self)
{
  int fd = fcntl (self->poll.fd, F_DUPFD_CLOEXEC, 0);

  if (fd < 0)
    return TRUE;
  close (fd);
  return fd >= reeve_listener_highest_fd ();
}

/* Once, and then not before the interval has passed: what comes and goes all the time is one piece
 * of news. */
static gboolean
reeve_listener_is_news (ReeveListener *self, gint64 *quiet_until)
{
  gint64 now = reeve_clock_get_monotonic (reeve_engine_get_clock (self->item.engine));

  if (now < *quiet_until)
    return FALSE;
  *quiet_until = now + REEVE_LISTENER_QUIET_US;
  return TRUE;
}

static void
reeve_listener_pause (ReeveListener *self, const char *reason)
{
  if (!self->paused && reeve_listener_is_news (self, &self->quiet_until))
    {
      self->said = TRUE;
      g_warning ("%s takes no connections for now: %s; raise the limit of open files "
                 "(LimitNOFILE= of the service)",
                 self->address, reason);
    }
  self->paused = TRUE;
  reeve_poll_set_mask (&self->poll, 0);
  reeve_tick_start (&self->pause, REEVE_LISTEN_PAUSE_MS);
}

static void
reeve_listener_resume (ReeveTick *tick)
{
  ReeveListener *self = REEVE_NODE_OWNER (tick, ReeveListener, pause);

  if (reeve_listener_is_fd_scarce (self))
    {
      reeve_listener_pause (self, NULL);
      return;
    }
  if (self->said)
    g_message ("%s takes connections again", self->address);
  self->said = FALSE;
  self->paused = FALSE;
  reeve_poll_set_mask (&self->poll, EPOLLIN);
}

/* ---- accepting ---- */

/* What its streams count for; NULL: for all together only. */
static const ReeveNetSource *
reeve_listener_find_source (ReeveListener *self, const ReeveNetAddress *peer,
                            ReeveNetSource *source)
{
  g_autofree char *text = NULL;

  if (self->limits.is_exempt != NULL)
    {
      text = reeve_net_address_to_string (peer, FALSE);
      if (self->limits.is_exempt (text, self->user_data))
        return NULL;
    }
  *source = reeve_net_address_get_source (peer);
  return source;
}

static gboolean
reeve_listener_admits (ReeveListener *self, const ReeveNetAddress *peer,
                       const ReeveNetSource *source)
{
  g_autofree char *text = NULL;
  const char *reason;

  if (reeve_gate_get_streams (self->gate) >= self->limits.max_streams)
    reason = "all places are taken";
  else if (source != NULL &&
           !reeve_gate_has_place (self->gate, source, self->limits.max_per_source))
    reason = "it has all its places";
  else
    return TRUE;

  if (reeve_listener_is_news (self, &self->refused_until))
    {
      text = reeve_net_address_to_string (peer, FALSE);
      g_message ("%s refuses %s: %s (%u for each address, %u in all; this is said once a minute)",
                 self->address, text, reason, self->limits.max_per_source,
                 self->limits.max_streams);
    }
  return FALSE;
}

static void
reeve_listener_take (ReeveListener *self, int fd)
{
  ReeveNetAddress peer;
  ReeveNetSource space;
  const ReeveNetSource *source;
  ReeveStream *stream;

  if (!reeve_net_address_get_remote (fd, &peer))
    {
      /* gone before we came */
      close (fd);
      return;
    }
  source = reeve_listener_find_source (self, &peer, &space);
  if (!reeve_listener_admits (self, &peer, source))
    {
      close (fd);
      return;
    }

  if (peer.storage.ss_family != AF_UNIX)
    reeve_net_tune (fd);
  stream = reeve_stream_new (self->item.owner, fd);
  reeve_gate_admit (self->gate, stream, source, self->limits.max_per_source);
  self->func (self, stream, self->user_data);
}

/* FALSE: no more for now. */
static gboolean
reeve_listener_failed (ReeveListener *self, int errsv)
{
  switch (errsv)
    {
    case EAGAIN:
      return FALSE;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
      reeve_listener_pause (self, g_strerror (errsv));
      return FALSE;
    case EBADF:
    case EINVAL:
    case ENOTSOCK:
      g_critical ("%s: cannot accept: %s", self->address, g_strerror (errsv));
      reeve_poll_set_mask (&self->poll, 0);
      return FALSE;
    default:
      /* the error of one connection, as accept(2) says */
      return TRUE;
    }
}

static void
reeve_listener_free (ReeveListener *self)
{
  reeve_gate_unref (self->gate);
  g_free (self->name);
  g_free (self->address);
  g_free (self->path);
  g_free (self);
}

static void
reeve_listener_ready (ReevePoll *poll, guint32 ready)
{
  ReeveListener *self = REEVE_NODE_OWNER (poll, ReeveListener, poll);
  int highest = reeve_listener_highest_fd ();
  gboolean more = TRUE;

  self->taking = TRUE;
  for (guint i = 0; i < REEVE_LISTENER_BATCH && more && !self->closed; i++)
    {
      int fd = accept4 (self->poll.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

      if (fd < 0)
        {
          more = reeve_listener_failed (self, errno);
          continue;
        }
      if (fd >= highest)
        {
          reeve_listener_pause (self, "few descriptors are left");
          more = FALSE;
        }
      reeve_listener_take (self, fd);
    }
  self->taking = FALSE;
  if (self->closed)
    reeve_listener_free (self);
}

/* ---- opening ---- */

static int
reeve_listener_socket (int family, GError **error)
{
  int fd = socket (family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

  if (fd < 0)
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_IO, "cannot make a socket: %s",
                 g_strerror (errno));
  return fd;
}

static void
reeve_listener_set_bind_error (GError **error, const char *address, int errsv)
{
  switch (errsv)
    {
    case EADDRINUSE:
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_EXISTS,
                   "cannot listen on %s: another program has this port; stop it or set another "
                   "address",
                   address);
      break;
    case EADDRNOTAVAIL:
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND,
                   "cannot listen on %s: this machine has no such address; set one that it has",
                   address);
      break;
    case EACCES:
    case EPERM:
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_DENIED,
                   "cannot listen on %s: %s; choose a port above 1023 or let the service manager "
                   "open the socket",
                   address, g_strerror (errsv));
      break;
    default:
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_IO, "cannot listen on %s: %s", address,
                   g_strerror (errsv));
      break;
    }
}

static int
reeve_listener_open_tcp (const char *address, GError **error)
{
  g_autofree char *host = NULL;
  guint16 port;
  ReeveNetAddress native;
  const int yes = 1, no = 0;
  int fd;

  if (!reeve_net_parse_address (address, &host, &port, error))
    return -1;
  if (!reeve_net_address_from_literal (host, port, &native))
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "cannot listen on %s: '%s' is a name; set an address in numbers, for instance "
                   "127.0.0.1",
                   address, host);
      return -1;
    }

  fd = reeve_listener_socket (native.storage.ss_family, error);
  if (fd < 0)
    return -1;
  (void) setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  /* [::] means everywhere, also where the system's default says otherwise */
  if (native.storage.ss_family == AF_INET6)
    (void) setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
  if (bind (fd, (struct sockaddr *) &native.storage, native.length) < 0 ||
      listen (fd, SOMAXCONN) < 0)
    {
      reeve_listener_set_bind_error (error, address, errno);
      close (fd);
      return -1;
    }
  return fd;
}

/* Makes way for a new socket at @path: nothing there, or a socket that nobody serves any more. */
static gboolean
reeve_listener_clear_path (const char *path, const ReeveNetAddress *native, GError **error)
{
  struct stat st;
  int fd, result, errsv;

  if (lstat (path, &st) < 0 && errno == ENOENT)
    return TRUE;
  if (!S_ISSOCK (st.st_mode))
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_EXISTS,
                   "cannot listen on %s: it exists and is no socket; move it away", path);
      return FALSE;
    }

  fd = reeve_listener_socket (AF_UNIX, error);
  if (fd < 0)
    return FALSE;
  result = connect (fd, (const struct sockaddr *) &native->storage, native->length);
  errsv = errno;
  close (fd);
  if (result == 0 || errsv != ECONNREFUSED)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_EXISTS,
                   "cannot listen on %s: a running program serves it; stop that one, or use "
                   "another directory",
                   path);
      return FALSE;
    }
  if (unlink (path) < 0 && errno != ENOENT)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_IO, "cannot remove the old socket %s: %s", path,
                   g_strerror (errno));
      return FALSE;
    }
  return TRUE;
}

/* The mode of the file is the one the socket has when it is bound, so there is no moment at which
 * somebody else could connect, and the umask of the process is left alone. */
static int
reeve_listener_open_unix (ReeveListener *self, const char *path, GError **error)
{
  ReeveNetAddress native;
  int fd;

  if (!reeve_net_address_from_path (path, &native, error) ||
      !reeve_listener_clear_path (path, &native, error))
    return -1;
  fd = reeve_listener_socket (AF_UNIX, error);
  if (fd < 0)
    return -1;
  if (fchmod (fd, 0600) < 0 || bind (fd, (struct sockaddr *) &native.storage, native.length) < 0 ||
      lstat (path, &self->path_stat) < 0 || listen (fd, SOMAXCONN) < 0)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_IO,
                   "cannot listen on %s: %s; its directory must exist and be ours", path,
                   g_strerror (errno));
      close (fd);
      return -1;
    }
  self->path = g_strdup (path);
  return fd;
}

/* A copy, since the one who holds the passed socket may need it again after a reload. */
static int
reeve_listener_open_passed (const char *name, int passed, GError **error)
{
  int listening = 0;
  socklen_t length = sizeof listening;
  int fd;

  if (getsockopt (passed, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length) < 0 || !listening)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "the socket passed for '%s' does not listen; its unit must say ListenStream= "
                   "and Accept=no",
                   name);
      return -1;
    }
  fd = fcntl (passed, F_DUPFD_CLOEXEC, 0);
  if (fd < 0)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_IO, "cannot copy the socket passed for '%s': %s",
                   name, g_strerror (errno));
      return -1;
    }
  (void) fcntl (fd, F_SETFL, fcntl (fd, F_GETFL) | O_NONBLOCK);
  return fd;
}

static void
reeve_listener_end (ReeveItem *item)
{
  reeve_listener_close (REEVE_NODE_OWNER (item, ReeveListener, item));
}

/**
 * reeve_owner_listen:
 * @owner: an open owner
 * @name: for the list of leftovers; copied
 * @address: "127.0.0.1:8090", "[::1]:8090" (port 0: any free one), "unix:/path"; not looked at when
 *   a socket is passed
 * @passed: a listening socket, which stays the caller's, or -1
 * @limits: (nullable): NULL for the default ones
 * @func: gets each stream; may close the listener
 * @user_data: for @func
 * @error: EXISTS (port or path in use), INVALID, DENIED, NOT_FOUND (no such address) or IO
 *
 * Returns: (transfer none) (nullable): the listener, which lives until reeve_listener_close() or
 * the owner's end
 */
ReeveListener *
reeve_owner_listen (ReeveOwner *owner, const char *name, const char *address, int passed,
                    const ReeveListenLimits *limits, ReeveAcceptFunc func, gpointer user_data,
                    GError **error)
{
  ReeveListener *self;
  ReeveNetAddress local;
  int fd;

  g_return_val_if_fail (owner != NULL && !reeve_owner_is_closed (owner), NULL);
  g_return_val_if_fail (name != NULL, NULL);
  g_return_val_if_fail (address != NULL || passed >= 0, NULL);
  g_return_val_if_fail (func != NULL, NULL);

  self = g_new0 (ReeveListener, 1);
  self->gate = limits != NULL && limits->with != NULL ? reeve_gate_ref (limits->with->gate)
                                                      : reeve_gate_new ();
  self->name = g_strdup (name);
  self->func = func;
  self->user_data = user_data;
  if (limits != NULL)
    self->limits = *limits;
  if (self->limits.max_streams == 0)
    self->limits.max_streams = REEVE_LISTEN_MAX_STREAMS;

  if (passed >= 0)
    fd = reeve_listener_open_passed (name, passed, error);
  else if (g_str_has_prefix (address, REEVE_NET_UNIX_PREFIX))
    fd = reeve_listener_open_unix (self, address + strlen (REEVE_NET_UNIX_PREFIX), error);
  else
    fd = reeve_listener_open_tcp (address, error);
  if (fd < 0)
    {
      reeve_listener_free (self);
      return NULL;
    }

  self->address = reeve_net_address_get_local (fd, &local)
                      ? reeve_net_address_to_string (&local, TRUE)
                      : g_strdup (address);
  reeve_item_join (&self->item, owner, REEVE_ITEM_LISTENER, self->name, reeve_listener_end);
  reeve_tick_init (&self->pause, &self->item, reeve_listener_resume);
  reeve_poll_init (&self->poll, &self->item, fd, reeve_listener_ready);
  reeve_poll_set_mask (&self->poll, EPOLLIN);
  return self;
}

const char *
reeve_listener_get_address (ReeveListener *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->address;
}

/**
 * reeve_listener_share:
 * @self: a listener
 * @group: name of a group that this process may give files to: one of its own, unless it is root
 * @error: NOT_FOUND, DENIED or IO
 *
 * Lets the members of @group connect to the Unix socket that the listener has made. Looks the group
 * up, which may read files and ask a directory service: for the start. A socket of somebody else is
 * left as it is.
 *
 * Returns: whether they may
 */
gboolean
reeve_listener_share (ReeveListener *self, const char *group, GError **error)
{
  const struct group *entry;

  g_return_val_if_fail (self != NULL && group != NULL, FALSE);

  if (self->path == NULL)
    return TRUE;
  entry = getgrnam (group);
  if (entry == NULL)
    {
      g_set_error (
          error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND,
          "there is no group '%.100s' on this machine; name the one of the program that is "
          "to connect",
          group);
      return FALSE;
    }
  if (lchown (self->path, (uid_t) -1, entry->gr_gid) < 0)
    {
      g_set_error (error, REEVE_ERROR, errno == EPERM ? REEVE_ERROR_DENIED : REEVE_ERROR_IO,
                   "cannot give %s to the group '%.100s': %s; let the service manager open the "
                   "socket (SocketGroup=), or make this user a member of the group",
                   self->path, group, g_strerror (errno));
      return FALSE;
    }
  if (chmod (self->path, 0660) < 0)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_IO, "cannot open %s to the group '%.100s': %s",
                   self->path, group, g_strerror (errno));
      return FALSE;
    }
  return TRUE;
}

/**
 * reeve_listener_close:
 * @self: (transfer full): a listener
 *
 * Takes nothing more; the streams it gave go on. A socket file of its own is removed.
 */
void
reeve_listener_close (ReeveListener *self)
{
  struct stat st;

  g_return_if_fail (self != NULL);

  reeve_tick_stop (&self->pause);
  reeve_poll_remove (&self->poll);
  if (self->path != NULL && lstat (self->path, &st) == 0 && st.st_ino == self->path_stat.st_ino &&
      st.st_dev == self->path_stat.st_dev)
    (void) unlink (self->path);
  close (self->poll.fd);
  reeve_item_leave (&self->item);
  self->closed = TRUE;
  if (!self->taking)
    reeve_listener_free (self);
}
