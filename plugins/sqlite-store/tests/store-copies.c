/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Snapshot and restore over a socket that takes little at a time. */

#include "config.h"

#include "store-copies.h"

#include <sys/socket.h>
#include <unistd.h>

void
store_pipe_make (StoreFixture *f, StorePipe *pipe)
{
  const int small = 4096;
  int fds[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), ==, 0);
  setsockopt (fds[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
  pipe->stream = reeve_context_add_stream (f->context, fds[0]);
  pipe->fd = fds[1];
}

void
store_pipe_clear (StorePipe *pipe)
{
  reeve_stream_abort (pipe->stream);
  reeve_stream_unref (pipe->stream);
  if (pipe->fd >= 0)
    close (pipe->fd);
}

/* Reads until the snapshot has ended and all of it is here. */
GByteArray *
store_take_snapshot (StoreFixture *f)
{
  GByteArray *copy = g_byte_array_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  gsize most = 0;
  StorePipe pipe;

  store_pipe_make (f, &pipe);
  reeve_records_snapshot_async (f->records, pipe.stream, NULL, reeve_mock_result_cb, &result);
  for (guint idle = 0;
       idle < 2000 && (result == NULL || reeve_stream_get_queued (pipe.stream) > 0);)
    {
      guint8 buffer[3000];
      gssize n = read (pipe.fd, buffer, sizeof buffer);

      if (n > 0)
        g_byte_array_append (copy, buffer, (guint) n);
      else
        {
          idle++;
          g_usleep (1000);
        }
      reeve_mock_host_settle (f->host);
      most = MAX (most, reeve_stream_get_queued (pipe.stream));
    }
  for (;;)
    {
      guint8 buffer[3000];
      gssize n = read (pipe.fd, buffer, sizeof buffer);

      if (n <= 0)
        break;
      g_byte_array_append (copy, buffer, (guint) n);
    }
  reeve_records_snapshot_finish (f->records, result, &error);
  g_assert_no_error (error);
  /* made as it is taken, not all at once */
  g_assert_cmpuint (most, <=, REEVE_STREAM_WRITE_LIMIT);
  g_assert_true (reeve_stream_is_open (pipe.stream));
  store_pipe_clear (&pipe);
  return copy;
}

gboolean
store_restore (StoreFixture *f, const guint8 *bytes, gsize length, GCancellable *cancellable,
               GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  gsize done = 0;
  gboolean ok;
  StorePipe pipe;

  store_pipe_make (f, &pipe);
  reeve_records_restore_async (f->records, pipe.stream, cancellable, reeve_mock_result_cb, &result);
  for (guint i = 0; i < 20000 && result == NULL; i++)
    {
      gssize n = done < length ? write (pipe.fd, bytes + done, MIN (length - done, 5000)) : -1;

      if (n > 0)
        done += (gsize) n;
      else if (done == length && pipe.fd >= 0 && cancellable == NULL)
        {
          close (pipe.fd);
          pipe.fd = -1;
        }
      else
        g_usleep (1000);
      if (cancellable != NULL && done == length)
        g_cancellable_cancel (cancellable);
      reeve_mock_host_settle (f->host);
    }
  ok = reeve_records_restore_finish (f->records, reeve_mock_host_wait (f->host, &result), error);
  store_pipe_clear (&pipe);
  return ok;
}

void
store_fill_history (StoreFixture *f, const char *system, guint n)
{
  g_autofree ReeveHistoryEntry *entries = g_new0 (ReeveHistoryEntry, n);
  g_autoptr (GAsyncResult) result = NULL;

  for (guint i = 0; i < n; i++)
    entries[i] =
        (ReeveHistoryEntry){ system, store_make_typical (STORE_START - (n - i) * STORE_MINUTE, i) };
  reeve_history_append_async (f->history, entries, n, NULL, reeve_mock_result_cb, &result);
  g_assert_true (reeve_history_append_finish (f->history, store_wait (f, &result), NULL));
  for (guint i = 0; i < n; i++)
    reeve_sample_unref (entries[i].sample);
}
