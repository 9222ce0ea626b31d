/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Moves bytes between a client's connection and the SoupServer, both ways, each as fast as the
 * slower end. Where an answer ends is not read from its bytes: the server ends its connection. */

#include "config.h"

#include "reeve-front-relay.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

struct _ReeveFrontRelay
{
  ReeveFrontSite *site;
  char *source; /* whose place it takes; NULL: nobody's */
  ReeveStream *stream;
  const ReeveFrontRelayFuncs *funcs;
  gpointer user_data;
};

static gsize
reeve_front_relay_data_cb (ReeveStream *stream, guint8 *data, gsize length, gpointer user_data)
{
  ReeveFrontRelay *self = user_data;

  self->funcs->answer (self, data, length, self->user_data);
  return length;
}

static void
reeve_front_relay_drained_cb (ReeveStream *stream, gpointer user_data)
{
  ReeveFrontRelay *self = user_data;

  self->funcs->drained (self, self->user_data);
}

static void
reeve_front_relay_closed_cb (ReeveStream *stream, const GError *error, gpointer user_data)
{
  ReeveFrontRelay *self = user_data;

  self->funcs->ended (self, self->user_data);
}

static const ReeveStreamFuncs reeve_front_relay_stream_funcs = {
  .data = reeve_front_relay_data_cb,
  .drained = reeve_front_relay_drained_cb,
  .closed = reeve_front_relay_closed_cb,
};

/* Our end of a fresh connection to the server; -1 when the descriptors have run out. */
static int
reeve_front_relay_connect (ReeveFrontSoup *soup, GError **error)
{
  int fds[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_IO, "cannot reach the page's server: %s",
                   g_strerror (errno));
      return -1;
    }
  if (reeve_front_soup_accept (soup, fds[1], error))
    return fds[0];
  (void) close (fds[0]);
  return -1;
}

/**
 * reeve_front_relay_new:
 * @site: the site
 * @peer: who asks, see reeve_stream_get_peer()
 * @has_session: who has signed in finds a place where strangers find none
 * @funcs: static
 * @user_data: for @funcs
 * @error: REEVE_ERROR_LIMIT when @peer has its places or all are taken, REEVE_ERROR_IO when the
 *   descriptors have run out
 *
 * Returns: (transfer full) (nullable): a fresh connection to the server
 */
ReeveFrontRelay *
reeve_front_relay_new (ReeveFrontSite *site, const char *peer, gboolean has_session,
                       const ReeveFrontRelayFuncs *funcs, gpointer user_data, GError **error)
{
  g_autofree char *source = NULL;
  ReeveFrontRelay *self;
  int fd;

  if (!reeve_front_site_take_relay (site, peer, has_session, &source))
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT, "too many requests are under way");
      return NULL;
    }
  fd = reeve_front_relay_connect (site->soup, error);
  if (fd < 0)
    {
      reeve_front_site_give_relay (site, source);
      return NULL;
    }
  self = g_new0 (ReeveFrontRelay, 1);
  self->site = site;
  self->source = g_steal_pointer (&source);
  self->funcs = funcs;
  self->user_data = user_data;
  self->stream = reeve_context_add_stream (site->context, fd);
  reeve_stream_set_funcs (self->stream, &reeve_front_relay_stream_funcs, self);
  return self;
}

void
reeve_front_relay_free (ReeveFrontRelay *self)
{
  if (self == NULL)
    return;
  reeve_front_site_give_relay (self->site, self->source);
  reeve_stream_abort (self->stream);
  reeve_stream_unref (self->stream);
  g_free (self->source);
  g_free (self);
}

gboolean
reeve_front_relay_send (ReeveFrontRelay *self, gconstpointer data, gsize length)
{
  return reeve_stream_write (self->stream, data, length) != REEVE_WRITE_FULL;
}

void
reeve_front_relay_set_reading (ReeveFrontRelay *self, gboolean reading)
{
  reeve_stream_set_reading (self->stream, reading);
}
