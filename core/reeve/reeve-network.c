/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Watches this machine's addresses and routes. What happens within a short time is told at once;
 * an address that went and came back in that time is not told as gone. */

#include "config.h"

#include "reeve-network.h"

#include "reeve-engine-private.h"
#include "reeve-error.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* Reads in one turn of the loop; the rest waits for the next. */
#define REEVE_NETWORK_READS_PER_TURN 16

struct _ReeveNetwork
{
  ReeveItem item;
  ReevePoll poll;
  ReeveTick settle;
  ReeveNetworkFunc func;
  gpointer user_data;
  gint64 told; /* when, or 0 */
  ReeveNetworkAddress gone[REEVE_NETWORK_MAX_GONE];
  guint n_gone;
};

static gboolean
reeve_network_same (const ReeveNetworkAddress *a, const ReeveNetworkAddress *b)
{
  return a->length == b->length && memcmp (a->bytes, b->bytes, a->length) == 0;
}

static void
reeve_network_changed (ReeveNetwork *self)
{
  gint64 now = reeve_clock_get_monotonic (reeve_engine_get_clock (self->item.engine));
  gint64 since_ms = (now - self->told) / 1000;
  guint64 wait_ms = REEVE_NETWORK_SETTLE_MS;

  if (reeve_tick_is_running (&self->settle))
    return;
  if (self->told != 0 && since_ms < REEVE_NETWORK_PAUSE_MS)
    wait_ms = MAX (wait_ms, (guint64) (REEVE_NETWORK_PAUSE_MS - since_ms));
  reeve_tick_start (&self->settle, wait_ms);
}

static void
reeve_network_take (ReeveNetworkKind kind, const ReeveNetworkAddress *address, gpointer user_data)
{
  ReeveNetwork *self = user_data;

  reeve_network_changed (self);
  if (kind == REEVE_NETWORK_ROUTE)
    return;
  for (guint i = 0; i < self->n_gone; i++)
    if (reeve_network_same (&self->gone[i], address))
      {
        self->gone[i] = self->gone[--self->n_gone];
        break;
      }
  if (kind == REEVE_NETWORK_ADDRESS_WENT && self->n_gone < REEVE_NETWORK_MAX_GONE)
    self->gone[self->n_gone++] = *address;
}

static void
reeve_network_settled (ReeveTick *tick)
{
  ReeveNetwork *self = REEVE_NODE_OWNER (tick, ReeveNetwork, settle);
  ReeveNetworkAddress gone[REEVE_NETWORK_MAX_GONE];
  guint n_gone = self->n_gone;

  memcpy (gone, self->gone, n_gone * sizeof gone[0]);
  self->n_gone = 0;
  self->told = reeve_clock_get_monotonic (reeve_engine_get_clock (self->item.engine));
  self->func (self, gone, n_gone, self->user_data);
}

static void
reeve_network_ready (ReevePoll *poll, guint32 ready)
{
  ReeveNetwork *self = REEVE_NODE_OWNER (poll, ReeveNetwork, poll);

  (void) ready;
  for (guint i = 0; i < REEVE_NETWORK_READS_PER_TURN; i++)
    {
      struct sockaddr_nl from = { .nl_family = AF_UNSPEC };
      socklen_t size = sizeof from;
      ssize_t n = recvfrom (poll->fd, reeve_engine_get_buffer (self->item.engine),
                            REEVE_ENGINE_BUFFER, 0, (struct sockaddr *) &from, &size);

      if (n < 0 && errno == ENOBUFS)
        reeve_network_changed (self); /* something was lost, so something has changed */
      else if (n < 0 && errno == EINTR)
        continue;
      else if (n <= 0)
        {
          if (n == 0 || errno != EAGAIN)
            reeve_poll_set_mask (poll, 0);
          return;
        }
      else if (from.nl_family != AF_NETLINK || from.nl_pid == 0) /* the kernel alone */
        reeve_network_parse (reeve_engine_get_buffer (self->item.engine), (gsize) n,
                             reeve_network_take, self);
    }
}

static void
reeve_network_end (ReeveItem *item)
{
  reeve_network_free (REEVE_NODE_OWNER (item, ReeveNetwork, item));
}

ReeveNetwork *
reeve_owner_watch_network_fd (ReeveOwner *owner, int fd, ReeveNetworkFunc func, gpointer user_data)
{
  ReeveNetwork *self = g_new0 (ReeveNetwork, 1);

  self->func = func;
  self->user_data = user_data;
  reeve_item_join (&self->item, owner, REEVE_ITEM_WATCH, "network", reeve_network_end);
  reeve_poll_init (&self->poll, &self->item, fd, reeve_network_ready);
  reeve_tick_init (&self->settle, &self->item, reeve_network_settled);
  reeve_poll_set_mask (&self->poll, EPOLLIN);
  return self;
}

/**
 * reeve_owner_watch_network:
 * @owner: an open owner
 * @func: called when something has changed
 * @user_data: for @func
 * @error: IO where the kernel gives no such socket
 *
 * Returns: (transfer none) (nullable): the watch
 */
ReeveNetwork *
reeve_owner_watch_network (ReeveOwner *owner, ReeveNetworkFunc func, gpointer user_data,
                           GError **error)
{
  const struct sockaddr_nl address = {
    .nl_family = AF_NETLINK,
    .nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE,
  };
  int fd = socket (AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);

  if (fd >= 0 && bind (fd, (const struct sockaddr *) &address, sizeof address) == 0)
    return reeve_owner_watch_network_fd (owner, fd, func, user_data);
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_IO, "cannot watch this machine's addresses: %s",
               g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return NULL;
}

void
reeve_network_free (ReeveNetwork *self)
{
  int fd = self->poll.fd;

  reeve_tick_stop (&self->settle);
  reeve_poll_remove (&self->poll);
  reeve_item_leave (&self->item);
  close (fd);
  g_free (self);
}

gboolean
reeve_network_has_address (const ReeveNetworkAddress *gone, guint n_gone, GSocketAddress *local)
{
  GInetAddress *inet;
  ReeveNetworkAddress address = { .length = 0 };

  if (!G_IS_INET_SOCKET_ADDRESS (local))
    return FALSE;
  inet = g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (local));
  address.length = (guint8) g_inet_address_get_native_size (inet);
  memcpy (address.bytes, g_inet_address_to_bytes (inet), address.length);
  for (guint i = 0; i < n_gone; i++)
    if (reeve_network_same (&gone[i], &address))
      return TRUE;
  return FALSE;
}
