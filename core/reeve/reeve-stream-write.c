/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The writing half of a stream: straight to the kernel while it takes everything, else by way of
 * the queue, for which alone the descriptor is watched for writing. */

#include "config.h"

#include "reeve-stream.h"

#include "reeve-error.h"
#include "reeve-stream-private.h"

#include <errno.h>

void
reeve_stream_sent_all (ReeveStream *self)
{
  if (self->state == REEVE_STREAM_CLOSING)
    {
      reeve_stream_end (self, NULL);
      return;
    }
  if (!self->shutdown_wanted || self->shutdown_done)
    return;

  self->io->shutdown (self);
  self->shutdown_done = TRUE;
  if (self->read_ended)
    reeve_stream_end (self, NULL);
}

void
reeve_stream_flush (ReeveStream *self)
{
  struct iovec pieces[REEVE_STREAM_QUEUE_PIECES];
  guint n_pieces = reeve_stream_queue_peek (&self->queue, pieces);
  gssize n = self->io->send (self, pieces, n_pieces);

  if (n < 0)
    {
      if (errno != EAGAIN)
        reeve_stream_fail_write (self, errno);
      return;
    }

  reeve_stream_queue_drop (&self->queue, (gsize) n);
  if (self->full && self->queue.length <= (self->to_the_end ? 0 : self->write_limit / 2))
    {
      self->full = self->to_the_end = FALSE;
      if (self->state == REEVE_STREAM_OPEN && self->funcs != NULL && self->funcs->drained != NULL)
        self->funcs->drained (self, self->user_data);
    }
  if (self->queue.length == 0 &&
      (self->state == REEVE_STREAM_OPEN || self->state == REEVE_STREAM_CLOSING))
    reeve_stream_sent_all (self);
}

/* What the kernel takes of two pieces; -1 when the stream has failed. */
static gssize
reeve_stream_send_now (ReeveStream *self, const struct iovec *pieces, guint n_pieces)
{
  gssize n;

  if (self->queue.length > 0)
    return 0;

  n = self->io->send (self, pieces, n_pieces);
  if (n >= 0)
    return n;
  if (errno == EAGAIN)
    return 0;
  reeve_stream_fail_write (self, errno);
  return -1;
}

/**
 * reeve_stream_write2:
 * @self: a stream
 * @head: the first bytes
 * @head_length: how many
 * @data: the bytes after them
 * @length: how many
 *
 * As reeve_stream_write(), with both pieces in one system call.
 *
 * Returns: what became of them
 */
ReeveWriteResult
reeve_stream_write2 (ReeveStream *self, gconstpointer head, gsize head_length, gconstpointer data,
                     gsize length)
{
  struct iovec pieces[2] = { { (gpointer) head, head_length }, { (gpointer) data, length } };
  gssize sent;
  gsize rest, skip;

  g_return_val_if_fail (self != NULL, REEVE_WRITE_CLOSED);

  if (self->state != REEVE_STREAM_OPEN || self->shutdown_wanted)
    return REEVE_WRITE_CLOSED;
  if (head_length + length == 0)
    return REEVE_WRITE_OK;

  sent = head_length > 0 ? reeve_stream_send_now (self, pieces, length > 0 ? 2 : 1)
                         : reeve_stream_send_now (self, pieces + 1, 1);
  if (sent < 0)
    return REEVE_WRITE_CLOSED;
  rest = head_length + length - (gsize) sent;
  if (rest == 0)
    return REEVE_WRITE_OK;
  if (self->queue.length + rest > self->write_limit)
    {
      reeve_stream_end (self,
                        g_error_new (REEVE_ERROR, REEVE_ERROR_LIMIT,
                                     "%s does not take what it is sent: more than %" G_GSIZE_FORMAT
                                     " bytes wait",
                                     self->peer, self->write_limit));
      return REEVE_WRITE_CLOSED;
    }

  skip = MIN (head_length, (gsize) sent);
  reeve_stream_queue_append (&self->queue, (const guint8 *) head + skip, head_length - skip);
  skip = (gsize) sent - skip;
  reeve_stream_queue_append (&self->queue, (const guint8 *) data + skip, length - skip);
  reeve_stream_update_mask (self);
  if (self->queue.length <= self->write_limit / 2)
    return REEVE_WRITE_OK;

  self->full = TRUE;
  return REEVE_WRITE_FULL;
}

/**
 * reeve_stream_write:
 * @self: a stream
 * @data: the bytes
 * @length: how many
 *
 * Sends what the kernel takes and copies the rest. Over the write limit the stream ends with
 * REEVE_ERROR_LIMIT.
 *
 * Returns: what became of them
 */
ReeveWriteResult
reeve_stream_write (ReeveStream *self, gconstpointer data, gsize length)
{
  return reeve_stream_write2 (self, NULL, 0, data, length);
}

gboolean
reeve_stream_await_sent (ReeveStream *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  if (self->state != REEVE_STREAM_OPEN || self->queue.length == 0)
    return FALSE;
  self->full = self->to_the_end = TRUE;
  return TRUE;
}
