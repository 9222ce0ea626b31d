/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One connection after its upgrade, the same on both ends: frames out of the stream and into it,
 * requests that wait for their answers, and the times after which the peer counts as lost.
 *
 * There can be very many of these, so a link costs one timer and no buffer of its own while nothing
 * is half done. The timer is not moved with each frame: it fires at an old deadline, finds that
 * there is a later one by now, and waits for that.
 *
 * However a link ends, its requests fail and closed() runs in the next turn, so that nobody is
 * called back inside a call of his own. */

#include "config.h"

#include "reeve-ws-transport-link-private.h"

#include <gnutls/gnutls.h>
#include <gnutls/crypto.h>
#include <reeve/monitor.h>
#include <string.h>

#include "core/wire/reeve-wire.h"

static void reeve_ws_transport_link_timer_cb (ReeveTimer *timer, gpointer user_data);

/* ---- life ---- */

ReeveWsTransportLink *
reeve_ws_transport_link_ref (ReeveWsTransportLink *self)
{
  g_ref_count_inc (&self->refs);
  return self;
}

void
reeve_ws_transport_link_unref (ReeveWsTransportLink *self)
{
  if (!g_ref_count_dec (&self->refs))
    return;
  g_warn_if_fail (self->first == NULL);
  g_clear_pointer (&self->timer, reeve_timer_free);
  if (!self->ended)
    reeve_stream_abort (self->stream);
  reeve_stream_unref (self->stream);
  reeve_ws_transport_frame_parser_free (self->parser);
  g_clear_error (&self->error);
  reeve_owner_unref (self->owner);
  g_free (self->keys);
  g_free (self);
}

gint64
reeve_ws_transport_link_in (ReeveWsTransportLink *self, guint ms)
{
  return reeve_clock_get_monotonic (self->clock) + (gint64) ms * 1000;
}

/* Makes the timer fire no later than the next deadline. */
void
reeve_ws_transport_link_schedule (ReeveWsTransportLink *self)
{
  gint64 next = self->silence_at;
  gint64 now;

  if (self->ended)
    return;
  if (self->deadline != 0)
    next = MIN (next, self->deadline);
  if (self->ping_at != 0)
    next = MIN (next, self->ping_at);
  next = MIN (next, reeve_ws_transport_link_get_next_deadline (self));
  if (self->timer_at != 0 && self->timer_at <= next)
    return;
  now = reeve_clock_get_monotonic (self->clock);
  self->timer_at = next;
  reeve_timer_start (self->timer, next > now ? (guint64) (next - now + 999) / 1000 : 0);
}

/* ---- the end ---- */

static void
reeve_ws_transport_link_ended (gpointer user_data)
{
  ReeveWsTransportLink *self = user_data;
  const ReeveWsTransportLinkFuncs *funcs;

  reeve_ws_transport_link_fail_all (self, self->error);
  funcs = g_steal_pointer (&self->funcs);
  if (funcs != NULL)
    funcs->closed (self, self->error, self->user_data);
}

static void
reeve_ws_transport_link_unref_cb (gpointer user_data)
{
  reeve_ws_transport_link_unref (user_data);
}

static gsize
reeve_ws_transport_link_drop_data (ReeveStream *stream, guint8 *data, gsize length,
                                   gpointer user_data)
{
  return length;
}

static void
reeve_ws_transport_link_drop_closed (ReeveStream *stream, const GError *error, gpointer user_data)
{
}

/* For a stream that is only sending its rest: the link may be gone before it. */
static const ReeveStreamFuncs reeve_ws_transport_link_drop_funcs = {
  .data = reeve_ws_transport_link_drop_data,
  .closed = reeve_ws_transport_link_drop_closed,
};

/* @error: (transfer full). The stream is the caller's to end. */
static void
reeve_ws_transport_link_end (ReeveWsTransportLink *self, GError *error)
{
  if (self->ended)
    {
      g_error_free (error);
      return;
    }
  self->ended = TRUE;
  reeve_stream_set_funcs (self->stream, &reeve_ws_transport_link_drop_funcs, NULL);
  self->error = error;
  /* now, not with the last reference: that one may go after the owner, who takes timers along */
  g_clear_pointer (&self->timer, reeve_timer_free);
  reeve_owner_defer (self->owner, reeve_ws_transport_link_ended, reeve_ws_transport_link_ref (self),
                     reeve_ws_transport_link_unref_cb);
}

/* The masking key of the next frame, each used once; NULL for a server. */
static const guint8 *
reeve_ws_transport_link_next_key (ReeveWsTransportLink *self)
{
  ReeveWsTransportLinkKeys *keys = self->keys;

  if (keys == NULL)
    return NULL;
  if (keys->left == 0)
    {
      gnutls_rnd (GNUTLS_RND_NONCE, keys->keys, sizeof keys->keys);
      keys->left = G_N_ELEMENTS (keys->keys);
    }
  return keys->keys[--keys->left];
}

static void
reeve_ws_transport_link_write (ReeveWsTransportLink *self, ReeveWsTransportFrameOpcode opcode,
                               const void *data, gsize length)
{
  guint8 frame[REEVE_WS_TRANSPORT_FRAME_MAX_HEADER + REEVE_WS_TRANSPORT_FRAME_MAX_CONTROL];
  const guint8 *key = reeve_ws_transport_link_next_key (self);
  gsize head;

  head = reeve_ws_transport_frame_write_header (frame, opcode, length, key);
  if (length > 0)
    memcpy (frame + head, data, length);
  if (key != NULL)
    reeve_ws_transport_frame_mask (frame + head, length, key, 0);
  reeve_stream_write (self->stream, frame, head + length);
}

static void
reeve_ws_transport_link_write_close (ReeveWsTransportLink *self, guint16 code, const char *reason)
{
  g_autoptr (GByteArray) frame = g_byte_array_sized_new (128);

  reeve_ws_transport_frame_append_close (frame, code, reason,
                                         reeve_ws_transport_link_next_key (self));
  reeve_stream_write (self->stream, frame->data, frame->len);
}

/**
 * reeve_ws_transport_link_close:
 * @self: a link; nothing happens if it has ended
 * @code: for the close frame
 * @reason: (nullable): for the peer, at most 123 bytes of it
 * @error: (transfer full): what closed() and the waiting requests are told
 *
 * Sends a close frame and ends the connection at once, as stock peers do: the peer's own close
 * frame is not waited for.
 */
void
reeve_ws_transport_link_close (ReeveWsTransportLink *self, guint16 code, const char *reason,
                               GError *error)
{
  if (!self->ended)
    {
      reeve_ws_transport_link_write_close (self, code, reason);
      reeve_stream_close (self->stream);
    }
  reeve_ws_transport_link_end (self, error);
}

/* Ends a link whose peer would not read a close frame any more. */
static void
reeve_ws_transport_link_abort (ReeveWsTransportLink *self, GError *error)
{
  reeve_stream_abort (self->stream);
  reeve_ws_transport_link_end (self, error);
}

/**
 * reeve_ws_transport_link_detach:
 * @self: a link
 *
 * For the end of whoever uses it: no function of his is called any more. What waits fails first. A
 * link that is still open loses its connection; what of a close frame cannot be sent at once is not
 * waited for.
 */
void
reeve_ws_transport_link_detach (ReeveWsTransportLink *self)
{
  g_autoptr (GError) error =
      g_error_new_literal (REEVE_ERROR, REEVE_ERROR_GONE, "the transport has stopped");
  gboolean open = !self->ended;

  self->funcs = NULL;
  self->ended = TRUE;
  reeve_ws_transport_link_fail_all (self, error);
  g_clear_pointer (&self->timer, reeve_timer_free);
  if (open || reeve_stream_get_queued (self->stream) > 0)
    reeve_stream_abort (self->stream);
}

/* ---- deadlines ---- */

static void
reeve_ws_transport_link_heard (ReeveWsTransportLink *self)
{
  self->silence_at = reeve_ws_transport_link_in (self, REEVE_WS_TRANSPORT_LINK_SILENCE_MS);
  if (self->quiet_ms != 0)
    self->ping_at = reeve_ws_transport_link_in (self, self->quiet_ms);
}

static void
reeve_ws_transport_link_timer_cb (ReeveTimer *timer, gpointer user_data)
{
  g_autoptr (ReeveWsTransportLink) self = reeve_ws_transport_link_ref (user_data);
  gint64 now = reeve_clock_get_monotonic (self->clock);

  self->timer_at = 0;
  while (!self->ended && reeve_ws_transport_link_expire_one (self, now))
    ;
  if (self->ended)
    return;
  if (self->deadline != 0 && self->deadline <= now)
    reeve_ws_transport_link_abort (self,
                                   g_error_new (REEVE_ERROR, REEVE_ERROR_TIMEOUT,
                                                "%s did not come in time", self->deadline_what));
  else if (self->silence_at <= now)
    reeve_ws_transport_link_abort (
        self, g_error_new (REEVE_ERROR, REEVE_ERROR_TIMEOUT,
                           "nothing came from the peer for %d s: the connection counts as lost",
                           REEVE_WS_TRANSPORT_LINK_SILENCE_MS / 1000));
  else if (self->ping_at != 0 && self->ping_at <= now)
    {
      self->ping_at = reeve_ws_transport_link_in (self, self->quiet_ms);
      reeve_ws_transport_link_ping (self);
    }
  reeve_ws_transport_link_schedule (self);
}

/**
 * reeve_ws_transport_link_set_deadline:
 * @self: a link
 * @ms: from now; 0 takes the deadline away
 * @what: what has to come by then, for the error; static
 *
 * Sets a time for something that only the caller can tell from other traffic.
 */
void
reeve_ws_transport_link_set_deadline (ReeveWsTransportLink *self, guint ms, const char *what)
{
  self->deadline = ms > 0 ? reeve_ws_transport_link_in (self, ms) : 0;
  self->deadline_what = what;
  reeve_ws_transport_link_schedule (self);
}

void
reeve_ws_transport_link_set_quiet (ReeveWsTransportLink *self, guint ms)
{
  self->quiet_ms = ms;
  self->ping_at = ms > 0 ? reeve_ws_transport_link_in (self, ms) : 0;
  reeve_ws_transport_link_schedule (self);
}

/* ---- what comes in ---- */

static void
reeve_ws_transport_link_take_message (ReeveWsTransportLink *self,
                                      const ReeveWsTransportFrameEvent *event)
{
  /* stock peers ignore both, too */
  if (event->opcode != REEVE_WS_TRANSPORT_FRAME_BINARY || event->length == 0)
    return;
  if (self->funcs != NULL && self->funcs->message != NULL)
    {
      self->funcs->message (self, event->data, event->length, self->user_data);
      return;
    }
  reeve_ws_transport_link_answer (self, event->data, event->length);
}

static void
reeve_ws_transport_link_take_close (ReeveWsTransportLink *self,
                                    const ReeveWsTransportFrameEvent *event)
{
  g_autofree char *reason = reeve_text_clean ((const char *) event->data, (gssize) event->length,
                                              REEVE_WS_TRANSPORT_FRAME_MAX_CONTROL);

  reeve_ws_transport_link_close (self, event->reply, NULL,
                                 g_error_new (REEVE_ERROR, REEVE_ERROR_UNAVAILABLE,
                                              "the peer closed the link%s%s (%u)",
                                              *reason != '\0' ? ": " : "", reason, event->code));
}

static void
reeve_ws_transport_link_take_event (ReeveWsTransportLink *self,
                                    const ReeveWsTransportFrameEvent *event)
{
  gboolean too_big;

  if (event->kind != REEVE_WS_TRANSPORT_FRAME_EVENT_ERROR)
    {
      reeve_ws_transport_link_heard (self);
      if (event->kind != REEVE_WS_TRANSPORT_FRAME_EVENT_CLOSE)
        reeve_ws_transport_link_take_probes (self);
    }
  switch (event->kind)
    {
    case REEVE_WS_TRANSPORT_FRAME_EVENT_MESSAGE:
      reeve_ws_transport_link_take_message (self, event);
      break;
    case REEVE_WS_TRANSPORT_FRAME_EVENT_PING:
      reeve_ws_transport_link_write (self, REEVE_WS_TRANSPORT_FRAME_PONG, event->data,
                                     event->length);
      break;
    case REEVE_WS_TRANSPORT_FRAME_EVENT_PONG:
      break;
    case REEVE_WS_TRANSPORT_FRAME_EVENT_CLOSE:
      reeve_ws_transport_link_take_close (self, event);
      break;
    case REEVE_WS_TRANSPORT_FRAME_EVENT_ERROR:
      too_big = event->code == REEVE_WS_TRANSPORT_FRAME_CODE_TOO_BIG;
      reeve_ws_transport_link_close (
          self, event->code, event->error,
          g_error_new (REEVE_ERROR, too_big ? REEVE_ERROR_LIMIT : REEVE_ERROR_PROTOCOL,
                       "the peer broke the WebSocket protocol: %s", event->error));
      break;
    }
}

static gsize
reeve_ws_transport_link_stream_data (ReeveStream *stream, guint8 *data, gsize length,
                                     gpointer user_data)
{
  g_autoptr (ReeveWsTransportLink) self = reeve_ws_transport_link_ref (user_data);
  ReeveWsTransportFrameEvent event;
  gsize all = length;

  while (!self->ended &&
         reeve_ws_transport_frame_parser_next (self->parser, &data, &length, &event))
    reeve_ws_transport_link_take_event (self, &event);
  return all;
}

static void
reeve_ws_transport_link_stream_closed (ReeveStream *stream, const GError *error, gpointer user_data)
{
  ReeveWsTransportLink *self = user_data;

  if (self->ended)
    return;
  if (error != NULL)
    reeve_ws_transport_link_end (self, g_error_copy (error));
  else
    reeve_ws_transport_link_end (
        self, g_error_new_literal (REEVE_ERROR, REEVE_ERROR_UNAVAILABLE,
                                   "the peer ended the connection without a word"));
}

static const ReeveStreamFuncs reeve_ws_transport_link_stream_funcs = {
  .data = reeve_ws_transport_link_stream_data,
  .closed = reeve_ws_transport_link_stream_closed,
};

/**
 * reeve_ws_transport_link_new:
 * @owner: whom its time is charged to
 * @stream: (transfer full): positioned after the upgrade
 * @role: which end we are
 * @funcs: static
 * @user_data: for @funcs
 *
 * Begins to read, with the small limit for a peer that has not proven anything.
 *
 * Returns: (transfer full): the link
 */
ReeveWsTransportLink *
reeve_ws_transport_link_new (ReeveOwner *owner, ReeveStream *stream, ReeveWsTransportFrameRole role,
                             const ReeveWsTransportLinkFuncs *funcs, gpointer user_data)
{
  ReeveWsTransportLink *self = g_new0 (ReeveWsTransportLink, 1);

  g_ref_count_init (&self->refs);
  self->owner = reeve_owner_ref (owner);
  self->clock = reeve_engine_get_clock (reeve_owner_get_engine (owner));
  self->stream = stream;
  if (role == REEVE_WS_TRANSPORT_FRAME_ROLE_CLIENT)
    self->keys = g_new0 (ReeveWsTransportLinkKeys, 1);
  self->funcs = funcs;
  self->user_data = user_data;
  self->next_id = 1;
  self->parser =
      reeve_ws_transport_frame_parser_new (role, REEVE_WS_TRANSPORT_FRAME_LIMIT_UNKNOWN_PEER);
  self->timer = reeve_owner_add_timer (owner, "link", reeve_ws_transport_link_timer_cb, self);
  reeve_ws_transport_link_heard (self);
  reeve_ws_transport_link_schedule (self);
  reeve_stream_set_funcs (stream, &reeve_ws_transport_link_stream_funcs, self);
  return self;
}

/**
 * reeve_ws_transport_link_set_limit:
 * @self: a link
 * @limit: most bytes of one message from the peer, from the next one on
 */
void
reeve_ws_transport_link_set_limit (ReeveWsTransportLink *self, gsize limit)
{
  reeve_ws_transport_frame_parser_set_limit (self->parser, limit);
  reeve_stream_set_limits (self->stream, REEVE_STREAM_READ_LIMIT,
                           REEVE_WS_TRANSPORT_LINK_WRITE_LIMIT);
}

void
reeve_ws_transport_link_set_proven (ReeveWsTransportLink *self)
{
  if (self->stream != NULL)
    reeve_stream_set_proven (self->stream);
}

gboolean
reeve_ws_transport_link_is_open (ReeveWsTransportLink *self)
{
  return !self->ended;
}

/* ---- what goes out ---- */

/**
 * reeve_ws_transport_link_send:
 * @self: a link
 * @message: (transfer full): the bytes of one message. If nobody else holds them they are masked
 *   where they lie.
 *
 * Returns: %FALSE when the link has ended
 */
gboolean
reeve_ws_transport_link_send (ReeveWsTransportLink *self, GBytes *message)
{
  guint8 head[REEVE_WS_TRANSPORT_FRAME_MAX_HEADER];
  const guint8 *key;
  gsize head_length, length;
  g_autofree guint8 *data = NULL;

  if (self->ended)
    {
      g_bytes_unref (message);
      return FALSE;
    }
  key = reeve_ws_transport_link_next_key (self);
  data = g_bytes_unref_to_data (message, &length);
  head_length =
      reeve_ws_transport_frame_write_header (head, REEVE_WS_TRANSPORT_FRAME_BINARY, length, key);
  if (key != NULL)
    reeve_ws_transport_frame_mask (data, length, key, 0);
  return reeve_stream_write2 (self->stream, head, head_length, data, length) != REEVE_WRITE_CLOSED;
}

/* Shows the peer that somebody is there. */
void
reeve_ws_transport_link_ping (ReeveWsTransportLink *self)
{
  if (!self->ended)
    reeve_ws_transport_link_write (self, REEVE_WS_TRANSPORT_FRAME_PING, NULL, 0);
}
