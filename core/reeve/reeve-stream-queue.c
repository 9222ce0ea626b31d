/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The bytes that a peer has not taken yet, in chunks that are freed as they are sent: a stream
 * whose peer keeps up has none. Small pieces share a chunk, so that many of them go out in one
 * call. */

#include "config.h"

#include "reeve-stream-private.h"

#include <string.h>

/* The least that a chunk has room for. */
#define REEVE_STREAM_CHUNK_MIN (4 * 1024 - sizeof (ReeveStreamChunk))

struct _ReeveStreamChunk
{
  ReeveStreamChunk *next;
  gsize start;
  gsize end;
  gsize size;
  guint8 data[];
};

static void
reeve_stream_queue_add_chunk (ReeveStreamQueue *self, gsize size)
{
  ReeveStreamChunk *chunk = g_malloc (sizeof (ReeveStreamChunk) + size);

  *chunk = (ReeveStreamChunk){ .size = size };
  if (self->last != NULL)
    self->last->next = chunk;
  else
    self->first = chunk;
  self->last = chunk;
}

void
reeve_stream_queue_append (ReeveStreamQueue *self, gconstpointer data, gsize length)
{
  const guint8 *bytes = data;

  while (length > 0)
    {
      gsize room = self->last != NULL ? self->last->size - self->last->end : 0;
      gsize n;

      if (room == 0)
        {
          reeve_stream_queue_add_chunk (self, MAX (length, REEVE_STREAM_CHUNK_MIN));
          continue;
        }
      n = MIN (room, length);
      memcpy (self->last->data + self->last->end, bytes, n);
      self->last->end += n;
      self->length += n;
      bytes += n;
      length -= n;
    }
}

guint
reeve_stream_queue_peek (ReeveStreamQueue *self, struct iovec *pieces)
{
  guint n = 0;

  for (ReeveStreamChunk *chunk = self->first; chunk != NULL && n < REEVE_STREAM_QUEUE_PIECES;
       chunk = chunk->next)
    {
      pieces[n].iov_base = chunk->data + chunk->start;
      pieces[n].iov_len = chunk->end - chunk->start;
      n++;
    }

  return n;
}

void
reeve_stream_queue_drop (ReeveStreamQueue *self, gsize length)
{
  self->length -= length;
  while (self->first != NULL)
    {
      ReeveStreamChunk *chunk = self->first;
      gsize n = MIN (length, chunk->end - chunk->start);

      chunk->start += n;
      length -= n;
      if (chunk->start < chunk->end)
        return;

      self->first = chunk->next;
      if (self->first == NULL)
        self->last = NULL;
      g_free (chunk);
    }
}

void
reeve_stream_queue_clear (ReeveStreamQueue *self)
{
  reeve_stream_queue_drop (self, self->length);
}
