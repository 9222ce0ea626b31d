/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The reading half of a stream: from the descriptor into the shared buffer, to the user, and what
 * the user has not consumed into a buffer of its own, which exists only as long as it holds
 * something. */

#include "config.h"

#include "reeve-stream.h"

#include "reeve-error.h"
#include "reeve-stream-private.h"

#include <errno.h>
#include <string.h>

/* Up to this much of a partial message is copied to the front of the shared buffer; more is
 * received behind it where it lies. */
#define REEVE_STREAM_COPY_MAX (16 * 1024)

gboolean
reeve_stream_shows_data (ReeveStream *self)
{
  return (self->state == REEVE_STREAM_OPEN || self->state == REEVE_STREAM_FAILING) &&
         self->funcs != NULL;
}

/* Keeps what was not consumed. @own: (transfer full) (nullable): our allocation, of @own_size
 * bytes;
 * @data may lie in it. */
static void
reeve_stream_keep (ReeveStream *self, guint8 *own, gsize own_size, const guint8 *data, gsize length)
{
  if (length == 0)
    {
      g_free (own);
      return;
    }

  /* room that is not needed any more goes back, unless it may be needed again soon */
  if (own_size >= length && own_size <= 4 * length)
    {
      memmove (own, data, length);
    }
  else
    {
      guint8 *exact = g_malloc (length);

      memcpy (exact, data, length);
      g_free (own);
      own = exact;
      own_size = length;
    }
  self->partial = own;
  self->partial_length = length;
  self->partial_size = own_size;
}

/* Shows @length bytes at @data. @own as above; the stream has no partial data meanwhile, so the
 * user may end it while still looking at the bytes. */
static void
reeve_stream_show (ReeveStream *self, guint8 *own, gsize own_size, guint8 *data, gsize length)
{
  gsize consumed;

  self->partial = NULL;
  self->partial_length = 0;
  self->partial_size = 0;
  self->owe_data = FALSE;
  consumed = self->funcs->data (self, data, length, self->user_data);
  if (consumed > length)
    {
      g_critical ("a reader of %s consumed %" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT " bytes",
                  self->peer, consumed, length);
      consumed = length;
    }
  if (self->state != REEVE_STREAM_OPEN && self->state != REEVE_STREAM_FAILING)
    {
      g_free (own);
      return;
    }

  reeve_stream_keep (self, own, own_size, data + consumed, length - consumed);
  /* one who pauses may leave whole messages; a new user has not seen any yet */
  if (length - consumed > self->read_limit && self->reading && !self->owe_data)
    reeve_stream_end (self, g_error_new (REEVE_ERROR, REEVE_ERROR_LIMIT,
                                         "a message from %s is over the limit of %" G_GSIZE_FORMAT
                                         " bytes",
                                         self->peer, self->read_limit));
}

void
reeve_stream_show_partial (ReeveStream *self)
{
  self->owe_data = FALSE;
  if (self->partial_length > 0)
    reeve_stream_show (self, self->partial, self->partial_size, self->partial,
                       self->partial_length);
}

static void
reeve_stream_reached_eof (ReeveStream *self)
{
  self->read_ended = TRUE;
  switch (self->state)
    {
    case REEVE_STREAM_OPEN:
      if (self->funcs->eof == NULL)
        reeve_stream_close (self);
      else
        self->funcs->eof (self, self->user_data);
      if (self->state == REEVE_STREAM_OPEN && self->shutdown_done)
        reeve_stream_end (self, NULL);
      break;
    case REEVE_STREAM_FAILING:
      reeve_stream_end (self, g_steal_pointer (&self->error));
      break;
    case REEVE_STREAM_TAIL:
      reeve_stream_end_tail (self);
      break;
    case REEVE_STREAM_CLOSING:
    case REEVE_STREAM_ENDED:
      break;
    }
}

void
reeve_stream_discard (ReeveStream *self)
{
  gssize n =
      self->io->receive (self, reeve_engine_get_buffer (self->item.engine), REEVE_ENGINE_BUFFER);

  if (n > 0 || (n < 0 && errno == EAGAIN))
    return;
  if (n < 0 && self->state == REEVE_STREAM_CLOSING)
    reeve_stream_fail_read (self, errno);
  else
    reeve_stream_reached_eof (self);
}

/* Where the next bytes go: behind the partial ones, in the shared buffer or in our own. */
static guint8 *
reeve_stream_prepare_buffer (ReeveStream *self, gsize *ret_size)
{
  guint8 *shared;

  if (self->partial_length > REEVE_STREAM_COPY_MAX)
    {
      /* grows by half, so that a long message is copied a few times only */
      if (self->partial_size - self->partial_length < REEVE_STREAM_COPY_MAX)
        {
          self->partial_size =
              self->partial_length + MAX (self->partial_length / 2, REEVE_ENGINE_BUFFER);
          self->partial = g_realloc (self->partial, self->partial_size);
        }
      *ret_size = self->partial_size;
      return self->partial;
    }

  shared = reeve_engine_get_buffer (self->item.engine);
  if (self->partial_length > 0)
    memcpy (shared, self->partial, self->partial_length);
  *ret_size = REEVE_ENGINE_BUFFER;
  return shared;
}

void
reeve_stream_receive (ReeveStream *self)
{
  guint8 *buffer;
  gsize size;
  gssize n;

  self->owe_read = FALSE;
  buffer = reeve_stream_prepare_buffer (self, &size);
  n = self->io->receive (self, buffer + self->partial_length, size - self->partial_length);
  if (n < 0)
    {
      if (errno != EAGAIN)
        reeve_stream_fail_read (self, errno);
      return;
    }
  if (n == 0)
    {
      reeve_stream_reached_eof (self);
      return;
    }

  self->any_read = TRUE;
  reeve_stream_show (self, self->partial, self->partial_size, buffer,
                     self->partial_length + (gsize) n);
  if (self->io->has_pending != NULL && reeve_stream_shows_data (self) &&
      self->io->has_pending (self))
    {
      self->owe_read = TRUE;
      reeve_poll_again (&self->poll);
    }
}
