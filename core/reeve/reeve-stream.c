/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Byte streams in the engine. An idle one has no buffer: what arrives is read into the engine's
 * shared buffer and shown there, and only the beginning of a message whose rest is still on its way
 * is kept. What can be sent at once is sent at once; the rest waits in a queue with a limit. No
 * callback runs inside the call that causes it: results of a call are owed and paid in the next
 * turn.
 *
 * The end has three ways. Closing sends what is queued and then, on TCP, reads and drops what the
 * peer still sends for a while (the tail), because a socket that is closed with unread bytes resets
 * the connection and takes the last answer with it; the user hears of the end before the tail. A
 * failed write first lets the user read what the peer had said before it went away. Everything else
 * ends at once. */

#include "config.h"

#include "reeve-stream.h"

#include "reeve-error.h"
#include "reeve-net-private.h"
#include "reeve-stream-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

G_DEFINE_BOXED_TYPE (ReeveStream, reeve_stream, reeve_stream_ref, reeve_stream_unref)

/* ---- the end ---- */

void
reeve_stream_update_mask (ReeveStream *self)
{
  guint32 mask = 0;

  if (self->poll.fd < 0)
    return;

  if (self->tls != NULL && reeve_stream_tls_is_handshaking (self->tls))
    {
      reeve_poll_set_mask (&self->poll, reeve_stream_tls_get_mask (self->tls));
      return;
    }
  if (self->state == REEVE_STREAM_OPEN || self->state == REEVE_STREAM_FAILING)
    mask = self->funcs != NULL && self->reading && !self->read_ended ? EPOLLIN : 0;
  else
    mask = self->read_ended ? 0 : EPOLLIN;
  if (self->queue.length > 0)
    mask |= EPOLLOUT;
  reeve_poll_set_mask (&self->poll, mask);
}

void
reeve_stream_clear_partial (ReeveStream *self)
{
  g_clear_pointer (&self->partial, g_free);
  self->partial_length = 0;
  self->partial_size = 0;
}

static void
reeve_stream_close_fd (ReeveStream *self)
{
  if (self->poll.fd < 0)
    return;

  self->state = REEVE_STREAM_ENDED;
  reeve_tick_stop (&self->linger);
  if (self->tls != NULL)
    reeve_stream_tls_stop (self->tls);
  reeve_poll_remove (&self->poll);
  (void) close (self->poll.fd);
  self->poll.fd = -1;
  if (self->release != NULL)
    g_steal_pointer (&self->release) (self->release_data);
}

/* The engine lets go. */
static void
reeve_stream_leave (ReeveStream *self)
{
  if (self->item.owner == NULL)
    return;

  reeve_poll_remove (&self->poll);
  reeve_item_leave (&self->item);
  reeve_stream_unref (self);
}

static void
reeve_stream_report_end (ReeveStream *self)
{
  if (!self->reported && self->funcs == NULL)
    return;

  if (!self->reported)
    {
      self->reported = TRUE;
      self->funcs->closed (self, self->error, self->user_data);
    }
  if (self->state == REEVE_STREAM_ENDED)
    reeve_stream_leave (self);
  else
    reeve_item_hide (&self->item);
}

/* @error: (transfer full) (nullable) */
void
reeve_stream_end (ReeveStream *self, GError *error)
{
  gboolean tail = error == NULL && !self->read_ended && reeve_stream_io_must_linger (self->poll.fd);

  if (error != NULL)
    {
      g_clear_error (&self->error);
      self->error = error;
    }
  reeve_stream_queue_clear (&self->queue);
  reeve_stream_clear_partial (self);
  if (tail)
    {
      self->state = REEVE_STREAM_TAIL;
      if (!self->shutdown_done)
        self->io->shutdown (self);
      self->shutdown_done = TRUE;
      if (!reeve_tick_is_running (&self->linger))
        reeve_tick_start (&self->linger, REEVE_STREAM_LINGER_MS);
      reeve_stream_update_mask (self);
    }
  else
    {
      reeve_stream_close_fd (self);
    }
  reeve_poll_again (&self->poll);
}

void
reeve_stream_end_tail (ReeveStream *self)
{
  reeve_stream_close_fd (self);
  /* not reported: the one who will hear of it has not come yet */
  if (self->reported)
    reeve_stream_leave (self);
}

static void
reeve_stream_lingered (ReeveTick *tick)
{
  ReeveStream *self = REEVE_NODE_OWNER (tick, ReeveStream, linger);

  switch (self->state)
    {
    case REEVE_STREAM_FAILING:
      reeve_stream_end (self, g_steal_pointer (&self->error));
      break;
    case REEVE_STREAM_CLOSING:
      reeve_stream_end (self,
                        g_error_new (REEVE_ERROR, REEVE_ERROR_TIMEOUT,
                                     "%s did not take the last %" G_GSIZE_FORMAT " bytes in %d ms",
                                     self->peer, self->queue.length, REEVE_STREAM_LINGER_MS));
      break;
    case REEVE_STREAM_TAIL:
      reeve_stream_end_tail (self);
      break;
    case REEVE_STREAM_OPEN:
    case REEVE_STREAM_ENDED:
      break;
    }
}

void
reeve_stream_fail_read (ReeveStream *self, int errsv)
{
  GError *error = g_steal_pointer (&self->error);

  if (error == NULL && self->io->take_error != NULL)
    error = self->io->take_error (self);
  if (error == NULL)
    error = g_error_new (REEVE_ERROR, REEVE_ERROR_IO, "cannot read from %s: %s", self->peer,
                         g_strerror (errsv));
  reeve_stream_end (self, error);
}

void
reeve_stream_fail_write (ReeveStream *self, int errsv)
{
  g_autoptr (GError) error = self->io->take_error != NULL ? self->io->take_error (self) : NULL;

  if (error == NULL)
    error = g_error_new (REEVE_ERROR, REEVE_ERROR_IO, "cannot send to %s: %s", self->peer,
                         g_strerror (errsv));

  if (self->state != REEVE_STREAM_OPEN || self->read_ended || self->funcs == NULL)
    {
      reeve_stream_end (self, g_steal_pointer (&error));
      return;
    }

  self->state = REEVE_STREAM_FAILING;
  self->error = g_steal_pointer (&error);
  reeve_stream_queue_clear (&self->queue);
  reeve_tick_start (&self->linger, REEVE_STREAM_LINGER_MS);
  reeve_stream_update_mask (self);
}

/* ---- the engine's calls ---- */

static void
reeve_stream_ready (ReevePoll *poll, guint32 ready)
{
  g_autoptr (ReeveStream) self = reeve_stream_ref (REEVE_NODE_OWNER (poll, ReeveStream, poll));
  guint32 mask = poll->mask;

  if (self->tls != NULL && reeve_stream_tls_is_handshaking (self->tls))
    {
      reeve_stream_tls_step (self->tls);
      return;
    }
  if (self->queue.length > 0 && ready & (EPOLLOUT | EPOLLERR | EPOLLHUP))
    reeve_stream_flush (self);
  if (self->owe_data && self->reading && reeve_stream_shows_data (self))
    reeve_stream_show_partial (self);
  if (((ready & (EPOLLIN | EPOLLERR | EPOLLHUP) && mask & EPOLLIN) || self->owe_read) &&
      !self->read_ended && self->poll.fd >= 0)
    {
      if (!reeve_stream_shows_data (self))
        reeve_stream_discard (self);
      else if (self->reading)
        reeve_stream_receive (self);
    }

  if (self->item.owner == NULL)
    return;
  if (self->state == REEVE_STREAM_TAIL || self->state == REEVE_STREAM_ENDED)
    reeve_stream_report_end (self);
  if (self->item.owner != NULL)
    reeve_stream_update_mask (self);
}

static void
reeve_stream_owner_ends (ReeveItem *item)
{
  reeve_stream_abort (REEVE_NODE_OWNER (item, ReeveStream, item));
}

/* ---- life ---- */

static void
reeve_stream_learn_peer (ReeveStream *self, int fd)
{
  ReeveNetAddress address;

  if (!reeve_net_address_get_remote (fd, &address))
    {
      self->peer = g_strdup ("local");
      self->loopback = TRUE;
      return;
    }
  self->peer = reeve_net_address_to_string (&address, FALSE);
  self->loopback = reeve_net_address_is_loopback (&address);
}

/**
 * reeve_stream_new:
 * @owner: an open owner
 * @fd: (transfer full): a connected socket or the end of a pipe
 *
 * Reads nothing before reeve_stream_set_funcs(); may be written to.
 *
 * Returns: (transfer full): the stream; the engine has a reference of its own until it is closed
 */
ReeveStream *
reeve_stream_new (ReeveOwner *owner, int fd)
{
  ReeveStream *self;
  int flags;

  g_return_val_if_fail (owner != NULL && !reeve_owner_is_closed (owner), NULL);
  g_return_val_if_fail (fd >= 0, NULL);

  self = g_new0 (ReeveStream, 1);
  g_ref_count_init (&self->ref_count);
  self->reading = TRUE;
  self->read_limit = REEVE_STREAM_READ_LIMIT;
  self->write_limit = REEVE_STREAM_WRITE_LIMIT;
  self->io = reeve_stream_io_for_fd (fd);
  flags = fcntl (fd, F_GETFL);
  self->read_ended = (flags & O_ACCMODE) == O_WRONLY;
  (void) g_unix_set_fd_nonblocking (fd, TRUE, NULL);
  reeve_stream_learn_peer (self, fd);
  reeve_item_join (&self->item, owner, REEVE_ITEM_STREAM, self->peer, reeve_stream_owner_ends);
  reeve_poll_init (&self->poll, &self->item, fd, reeve_stream_ready);
  reeve_tick_init (&self->linger, &self->item, reeve_stream_lingered);
  return reeve_stream_ref (self);
}

ReeveStream *
reeve_stream_ref (ReeveStream *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_ref_count_inc (&self->ref_count);
  return self;
}

/* The engine's reference went with the descriptor, so there is nothing left to close here. */
void
reeve_stream_unref (ReeveStream *self)
{
  g_return_if_fail (self != NULL);

  if (!g_ref_count_dec (&self->ref_count))
    return;

  reeve_stream_queue_clear (&self->queue);
  reeve_stream_clear_partial (self);
  g_clear_error (&self->error);
  g_clear_object (&self->remote_address);
  g_clear_object (&self->local_address);
  g_clear_pointer (&self->tls, reeve_stream_tls_free);
  g_free (self->peer);
  g_free (self);
}

int
reeve_stream_get_fd (ReeveStream *self)
{
  return self->poll.fd;
}

void
reeve_stream_set_peer (ReeveStream *self, const char *host)
{
  char *old = self->peer;

  self->peer = g_strdup (host);
  self->item.name = self->peer;
  self->loopback = FALSE;
  g_free (old);
}

void
reeve_stream_reset_peer (ReeveStream *self)
{
  char *old = self->peer;

  if (self->poll.fd < 0)
    return;
  reeve_stream_learn_peer (self, self->poll.fd);
  self->item.name = self->peer;
  g_free (old);
}

void
reeve_stream_set_release (ReeveStream *self, GDestroyNotify release, gpointer data)
{
  self->release = release;
  self->release_data = data;
}

/**
 * reeve_stream_set_funcs:
 * @self: a stream
 * @funcs: (nullable): static; NULL to stop reading until the next user comes
 * @user_data: for @funcs
 *
 * Begins reading, or hands the stream over: what was not consumed is shown to the new user in the
 * next turn, and an end that nobody was told of is told then.
 */
void
reeve_stream_set_funcs (ReeveStream *self, const ReeveStreamFuncs *funcs, gpointer user_data)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (funcs == NULL || (funcs->data != NULL && funcs->closed != NULL));

  self->funcs = funcs;
  self->user_data = user_data;
  if (funcs == NULL || self->item.owner == NULL || self->reported)
    {
      if (self->item.owner != NULL)
        reeve_stream_update_mask (self);
      return;
    }

  self->owe_data = TRUE;
  if (self->io->has_pending != NULL && self->io->has_pending (self))
    self->owe_read = TRUE;
  reeve_poll_again (&self->poll);
  reeve_stream_update_mask (self);
}

/**
 * reeve_stream_set_owner:
 * @self: a stream
 * @owner: an open owner in the same engine
 *
 * From now on time is charged to @owner, and the stream ends with it.
 */
void
reeve_stream_set_owner (ReeveStream *self, ReeveOwner *owner)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (owner != NULL && !reeve_owner_is_closed (owner));
  g_return_if_fail (self->item.engine == NULL ||
                    self->item.engine == reeve_owner_get_engine (owner));

  reeve_item_move (&self->item, owner);
}

/**
 * reeve_stream_set_limits:
 * @self: a stream
 * @read_limit: how many bytes may be left unconsumed
 * @write_limit: how many bytes may wait to be sent
 */
void
reeve_stream_set_limits (ReeveStream *self, gsize read_limit, gsize write_limit)
{
  g_return_if_fail (self != NULL);

  self->read_limit = read_limit;
  self->write_limit = write_limit;
}

/**
 * reeve_stream_set_reading:
 * @self: a stream
 * @reading: FALSE to leave what comes with the kernel, which stops the peer in the end
 *
 * While nothing is read, the end of the peer goes unnoticed too. Bytes that were shown but not
 * consumed are shown again when reading goes on.
 */
void
reeve_stream_set_reading (ReeveStream *self, gboolean reading)
{
  g_return_if_fail (self != NULL);

  if (self->reading == (guint) (reading != FALSE) || self->item.owner == NULL)
    return;

  self->reading = reading != FALSE;
  if (reading && (self->partial_length > 0 || self->owe_read))
    {
      self->owe_data = self->partial_length > 0;
      reeve_poll_again (&self->poll);
    }
  reeve_stream_update_mask (self);
}

void
reeve_stream_close (ReeveStream *self)
{
  g_return_if_fail (self != NULL);

  if (self->state == REEVE_STREAM_FAILING)
    {
      reeve_stream_end (self, g_steal_pointer (&self->error));
      return;
    }
  if (self->state != REEVE_STREAM_OPEN)
    return;

  self->state = REEVE_STREAM_CLOSING;
  /* nobody to tell */
  if (self->funcs == NULL)
    self->reported = TRUE;
  reeve_stream_clear_partial (self);
  if (self->queue.length == 0)
    {
      reeve_stream_end (self, NULL);
      return;
    }
  reeve_tick_start (&self->linger, REEVE_STREAM_LINGER_MS);
  reeve_stream_update_mask (self);
}

void
reeve_stream_shutdown (ReeveStream *self)
{
  g_return_if_fail (self != NULL);

  if (self->state != REEVE_STREAM_OPEN || self->shutdown_wanted)
    return;

  self->shutdown_wanted = TRUE;
  if (self->queue.length == 0)
    reeve_stream_sent_all (self);
}

void
reeve_stream_abort (ReeveStream *self)
{
  g_return_if_fail (self != NULL);

  self->reported = TRUE;
  self->funcs = NULL;
  reeve_stream_queue_clear (&self->queue);
  reeve_stream_clear_partial (self);
  reeve_stream_close_fd (self);
  reeve_stream_leave (self);
}

/**
 * reeve_stream_steal_fd:
 * @self: a stream that nobody reads or writes
 *
 * For a library that wants a descriptor which was dialled here.
 *
 * Returns: (transfer full): a non-blocking descriptor, and the stream has ended; -1 when it cannot
 * be taken out
 */
int
reeve_stream_steal_fd (ReeveStream *self)
{
  int fd;

  g_return_val_if_fail (self != NULL, -1);

  if (self->state != REEVE_STREAM_OPEN || self->queue.length > 0 || self->partial_length > 0 ||
      self->owe_read || self->io != reeve_stream_io_for_fd (self->poll.fd))
    return -1;

  fd = fcntl (self->poll.fd, F_DUPFD_CLOEXEC, 3);
  if (fd >= 0)
    reeve_stream_abort (self);
  return fd;
}

/* ---- what is known of it ---- */

/**
 * reeve_stream_has_read:
 * @self: a stream
 *
 * Returns: whether its peer has ever said something that was read, if only by a TLS handshake
 */
gboolean
reeve_stream_has_read (ReeveStream *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->any_read;
}

/**
 * reeve_stream_has_unread:
 * @self: a stream
 *
 * Returns: whether the kernel has something of its peer that the engine will read
 */
gboolean
reeve_stream_has_unread (ReeveStream *self)
{
  int waiting = 0;

  g_return_val_if_fail (self != NULL, FALSE);

  return self->poll.fd >= 0 && ioctl (self->poll.fd, FIONREAD, &waiting) == 0 && waiting > 0;
}

gsize
reeve_stream_get_queued (ReeveStream *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->queue.length;
}

gboolean
reeve_stream_is_open (ReeveStream *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->state == REEVE_STREAM_OPEN;
}

const char *
reeve_stream_get_peer (ReeveStream *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->peer;
}

static GSocketAddress *
reeve_stream_to_gio (const ReeveNetAddress *address)
{
  return g_socket_address_new_from_native ((gpointer) &address->storage, address->length);
}

/**
 * reeve_stream_get_remote_address:
 * @self: a stream
 *
 * Returns: (transfer none) (nullable): the peer's address; NULL for what is no socket and, unless
 * it was asked for before, after the end
 */
GSocketAddress *
reeve_stream_get_remote_address (ReeveStream *self)
{
  ReeveNetAddress address;

  g_return_val_if_fail (self != NULL, NULL);

  if (self->remote_address == NULL && self->poll.fd >= 0 &&
      reeve_net_address_get_remote (self->poll.fd, &address))
    self->remote_address = reeve_stream_to_gio (&address);
  return self->remote_address;
}

/**
 * reeve_stream_get_local_address:
 * @self: a stream
 *
 * Returns: (transfer none) (nullable): our address, as for the remote one
 */
GSocketAddress *
reeve_stream_get_local_address (ReeveStream *self)
{
  ReeveNetAddress address;

  g_return_val_if_fail (self != NULL, NULL);

  if (self->local_address == NULL && self->poll.fd >= 0 &&
      reeve_net_address_get_local (self->poll.fd, &address))
    self->local_address = reeve_stream_to_gio (&address);
  return self->local_address;
}

/**
 * reeve_stream_is_loopback:
 * @self: a stream
 *
 * Returns: whether the peer is on this machine, which says nothing about who it is
 */
gboolean
reeve_stream_is_loopback (ReeveStream *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->loopback;
}

/**
 * reeve_stream_is_secure:
 * @self: a stream
 *
 * Returns: whether it runs over TLS
 */
gboolean
reeve_stream_is_secure (ReeveStream *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->tls != NULL;
}

/**
 * reeve_stream_is_peer_verified:
 * @self: a stream
 *
 * Returns: whether it runs over TLS and the peer's certificate or key was found to be the right one
 */
gboolean
reeve_stream_is_peer_verified (ReeveStream *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->tls != NULL && reeve_stream_tls_is_verified (self->tls);
}
