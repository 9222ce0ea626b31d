/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Moves bytes between a client's connection and the SoupServer, both ways, each as fast as the
 * slower end. Where an answer ends is not read from its bytes: the server says when it has written
 * the last one, and by then all of them lie in the socketpair, where they can be counted. */

#include "config.h"

#include "reeve-front-relay.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* No head: libsoup refuses it and frees its end. One that waits for a further request and only
 * finds the end of the connection it would keep for ever. */
#define REEVE_FRONT_RELAY_PARTING "-\r\n\r\n"

typedef enum
{
  REEVE_FRONT_RELAY_SPARE,  /* between two requests, connected or not */
  REEVE_FRONT_RELAY_ASKED,  /* holds a place */
  REEVE_FRONT_RELAY_ENDING, /* the same, and the server has written its last byte */
} ReeveFrontRelayState;

struct _ReeveFrontRelay
{
  ReeveFrontSite *site;
  const ReeveFrontRelayFuncs *funcs;
  gpointer user_data;
  ReeveFrontRelayState state;
  ReeveStream *stream; /* NULL: not connected */
  int fd;              /* its own, valid as long as it is open */
  GList spare;         /* in the site's list of those that are connected */
  char *source;        /* whose place it holds; NULL: nobody's */
  gsize left;          /* of the answer's bytes, while ending */
  gboolean reading;
};

/* ---- the connection to the server ---- */

/* @whole: the server waits for no more bytes of a request. */
static void
reeve_front_relay_disconnect (ReeveFrontRelay *self, gboolean whole)
{
  if (self->stream == NULL)
    return;
  if (self->state == REEVE_FRONT_RELAY_SPARE)
    g_queue_unlink (&self->site->spare_relays, &self->spare);
  if (whole)
    (void) reeve_stream_write (self->stream, REEVE_FRONT_RELAY_PARTING,
                               strlen (REEVE_FRONT_RELAY_PARTING));
  reeve_stream_abort (self->stream);
  g_clear_pointer (&self->stream, reeve_stream_unref);
}

static void
reeve_front_relay_give_place (ReeveFrontRelay *self)
{
  if (self->state != REEVE_FRONT_RELAY_SPARE)
    reeve_front_site_give_relay (self->site, self->source);
  g_clear_pointer (&self->source, g_free);
  self->state = REEVE_FRONT_RELAY_SPARE;
}

/* The caller has the last byte, and has passed it on. */
static void
reeve_front_relay_finish (ReeveFrontRelay *self)
{
  GQueue *spare = &self->site->spare_relays;

  reeve_front_relay_give_place (self);
  if (spare->length >= REEVE_FRONT_MAX_SPARE_RELAYS)
    reeve_front_relay_disconnect (spare->head->data, TRUE);
  g_queue_push_tail_link (spare, &self->spare);
  self->funcs->answered (self, self->user_data);
}

/* The server's end is gone, or says what nobody asked for. */
static void
reeve_front_relay_lose (ReeveFrontRelay *self)
{
  const gboolean asked = self->state != REEVE_FRONT_RELAY_SPARE;

  reeve_front_relay_disconnect (self, TRUE);
  reeve_front_relay_give_place (self);
  if (asked)
    self->funcs->lost (self, self->user_data);
}

static gsize
reeve_front_relay_data_cb (ReeveStream *stream, guint8 *data, gsize length, gpointer user_data)
{
  ReeveFrontRelay *self = user_data;

  if (self->state == REEVE_FRONT_RELAY_SPARE ||
      (self->state == REEVE_FRONT_RELAY_ENDING && length > self->left))
    {
      reeve_front_relay_lose (self);
      return length;
    }
  if (self->state == REEVE_FRONT_RELAY_ENDING)
    self->left -= length;
  self->funcs->answer (self, data, length, self->user_data);
  if (self->state == REEVE_FRONT_RELAY_ENDING && self->left == 0 && self->reading)
    reeve_front_relay_finish (self);
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
  reeve_front_relay_lose (user_data);
}

static const ReeveStreamFuncs reeve_front_relay_stream_funcs = {
  .data = reeve_front_relay_data_cb,
  .drained = reeve_front_relay_drained_cb,
  .closed = reeve_front_relay_closed_cb,
};

static gboolean
reeve_front_relay_connect (ReeveFrontRelay *self)
{
  g_autoptr (GError) error = NULL;
  int fds[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0)
    {
      reeve_log_warning (self->site->context, "cannot reach the page's server: %s",
                         g_strerror (errno));
      return FALSE;
    }
  if (!reeve_front_soup_accept (self->site->soup, fds[1], &error))
    {
      reeve_log_warning (self->site->context, "%s", error->message);
      (void) close (fds[0]);
      return FALSE;
    }
  self->fd = fds[0];
  self->stream = reeve_context_add_stream (self->site->context, fds[0]);
  reeve_stream_set_funcs (self->stream, &reeve_front_relay_stream_funcs, self);
  return TRUE;
}

/* ---- for the client's connection ---- */

ReeveFrontRelay *
reeve_front_relay_new (ReeveFrontSite *site, const ReeveFrontRelayFuncs *funcs, gpointer user_data)
{
  ReeveFrontRelay *self = g_new0 (ReeveFrontRelay, 1);

  self->site = site;
  self->funcs = funcs;
  self->user_data = user_data;
  self->spare.data = self;
  return self;
}

void
reeve_front_relay_free (ReeveFrontRelay *self, gboolean whole)
{
  reeve_front_relay_disconnect (self, whole);
  reeve_front_relay_give_place (self);
  g_free (self);
}

gboolean
reeve_front_relay_begin (ReeveFrontRelay *self, const char *peer, gboolean has_session)
{
  if (!reeve_front_site_take_relay (self->site, peer, has_session, &self->source))
    return FALSE;
  if (self->stream != NULL)
    g_queue_unlink (&self->site->spare_relays, &self->spare);
  self->state = REEVE_FRONT_RELAY_ASKED;
  self->reading = TRUE;
  if (self->stream != NULL || reeve_front_relay_connect (self))
    return TRUE;
  reeve_front_relay_give_place (self);
  return FALSE;
}

gboolean
reeve_front_relay_send (ReeveFrontRelay *self, gconstpointer data, gsize length)
{
  return reeve_stream_write (self->stream, data, length) != REEVE_WRITE_FULL;
}

void
reeve_front_relay_set_reading (ReeveFrontRelay *self, gboolean reading)
{
  self->reading = reading;
  if (self->stream != NULL)
    reeve_stream_set_reading (self->stream, reading);
  if (reading && self->state == REEVE_FRONT_RELAY_ENDING && self->left == 0)
    reeve_front_relay_finish (self);
}

void
reeve_front_relay_expect_end (ReeveFrontRelay *self)
{
  int waiting = 0;

  /* otherwise its end was found meanwhile and is about to be told */
  if (!reeve_stream_is_open (self->stream) || ioctl (self->fd, FIONREAD, &waiting) < 0)
    return;
  self->state = REEVE_FRONT_RELAY_ENDING;
  self->left = (gsize) waiting;
  if (waiting == 0 && self->reading)
    reeve_front_relay_finish (self);
}
