/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The ways in which a stream ends. */

#include "config.h"

#include "lib/test-engine.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static void
test_linger_deadline (TestEngine *f, gconstpointer data)
{
  int fds[2];
  TestEnd a;

  test_make_pair (fds);
  test_end_init (&a, f, fds[0]);
  test_end_fill (&a);
  reeve_stream_close (a.stream);
  test_engine_turn (f);
  reeve_clock_advance (f->clock, (REEVE_STREAM_LINGER_MS - 1) * MS);
  test_engine_turn (f);
  g_assert_cmpuint (a.closes, ==, 0);
  reeve_clock_advance (f->clock, MS);
  test_engine_turn (f);
  g_assert_cmpuint (a.closes, ==, 1);
  g_assert_error (a.error, REEVE_ERROR, REEVE_ERROR_TIMEOUT);
  test_end_clear (&a);
  close (fds[1]);
}

static void
test_linger_sends (TestEngine *f, gconstpointer data)
{
  g_autofree guint8 *bytes = g_malloc (64 * 1024);
  int fds[2];
  gsize received = 0;
  gssize n;
  TestEnd a;

  test_make_pair (fds);
  test_end_init (&a, f, fds[0]);
  test_end_fill (&a);
  reeve_stream_write (a.stream, "last", 4);
  reeve_stream_close (a.stream);
  while ((n = test_peer_read (fds[1], bytes, 64 * 1024)) != 0)
    {
      g_assert_cmpint (n, >, 0);
      received += (gsize) n;
      if (received > 4)
        g_assert_true (n < 4 || memcmp (bytes + n - 4, "last", 4) == 0 || bytes[n - 1] == 0);
      test_engine_turn (f);
    }
  g_assert_cmpuint (received % (64 * 1024), ==, 4);
  g_assert_cmpuint (a.closes, ==, 1);
  g_assert_no_error (a.error);
  test_end_clear (&a);
  close (fds[1]);
}

/* On TCP the user hears of the end at once, and the descriptor stays until the peer has ended. */
static void
test_tcp_tail (TestEngine *f, gconstpointer data)
{
  gboolean deadline = GPOINTER_TO_INT (data);
  char buffer[16];
  int fds[2];
  TestEnd a;

  test_make_tcp_pair (fds);
  test_end_init (&a, f, fds[0]);
  g_assert_cmpstr (reeve_stream_get_peer (a.stream), ==, "127.0.0.1");
  g_assert_true (reeve_stream_is_loopback (a.stream));
  g_assert_true (G_IS_INET_SOCKET_ADDRESS (reeve_stream_get_remote_address (a.stream)));
  g_assert_true (G_IS_INET_SOCKET_ADDRESS (reeve_stream_get_local_address (a.stream)));

  /* unread bytes, which would test_engine_turn the end into a reset */
  reeve_stream_set_reading (a.stream, FALSE);
  g_assert_cmpint (write (fds[1], "unread", 6), ==, 6);
  test_engine_turn (f);
  reeve_stream_write (a.stream, "answer", 6);
  reeve_stream_close (a.stream);
  test_engine_turn (f);
  g_assert_cmpuint (a.closes, ==, 1);
  g_assert_no_error (a.error);
  g_assert_cmpuint (test_engine_count_streams (f), ==, 0);
  g_assert_cmpint (fcntl (fds[0], F_GETFD), >=, 0);

  g_assert_cmpint (write (fds[1], "more", 4), ==, 4);
  test_engine_turn (f);
  g_assert_cmpint (test_peer_read (fds[1], buffer, sizeof buffer), ==, 6);
  g_assert_cmpint (test_peer_read (fds[1], buffer, sizeof buffer), ==, 0);
  if (deadline)
    {
      reeve_clock_advance (f->clock, REEVE_STREAM_LINGER_MS * MS);
      test_engine_turn (f);
      g_assert_cmpint (fcntl (fds[0], F_GETFD), ==, -1);
      close (fds[1]);
    }
  else
    {
      close (fds[1]);
      for (guint i = 0; i < 100 && fcntl (fds[0], F_GETFD) >= 0; i++)
        g_main_context_iteration (f->context, TRUE);
      g_assert_cmpint (fcntl (fds[0], F_GETFD), ==, -1);
    }
  g_assert_cmpuint (a.closes, ==, 1);
  test_end_clear (&a);
}

/* What the peer said before it went away arrives, although a write has failed meanwhile. */
static void
test_last_words (TestEngine *f, gconstpointer data)
{
  int fds[2];
  TestEnd a;

  test_make_pair (fds);
  test_end_init (&a, f, fds[0]);
  g_assert_cmpint (write (fds[1], "bye", 3), ==, 3);
  close (fds[1]);
  g_assert_cmpint (reeve_stream_write (a.stream, "hello", 5), ==, REEVE_WRITE_CLOSED);
  g_assert_false (reeve_stream_is_open (a.stream));
  test_engine_turn (f);
  g_assert_cmpmem (a.got->data, a.got->len, "bye", 3);
  g_assert_cmpuint (a.closes, ==, 1);
  g_assert_error (a.error, REEVE_ERROR, REEVE_ERROR_IO);
  test_end_clear (&a);
}

static void
test_abort_in_data (TestEngine *f, gconstpointer data)
{
  int fds[2];
  TestEnd a;

  test_make_pair (fds);
  test_end_init (&a, f, fds[0]);
  a.take = 4;
  g_assert_cmpint (write (fds[1], "ab", 2), ==, 2);
  test_engine_turn (f);
  a.abort_in_data = TRUE;
  g_assert_cmpint (write (fds[1], "cd", 2), ==, 2);
  test_engine_turn (f);
  g_assert_cmpuint (a.closes, ==, 0);
  g_assert_cmpint (fcntl (fds[0], F_GETFD), ==, -1);
  g_assert_cmpuint (test_engine_count_streams (f), ==, 0);
  test_end_clear (&a);
  close (fds[1]);
}

static void
abort_closed (ReeveStream *stream, const GError *error, gpointer user_data)
{
  TestEnd *end = user_data;

  end->closes++;
  reeve_stream_abort (stream);
  reeve_stream_unref (g_steal_pointer (&end->stream));
}

/* The last reference goes in closed(). */
static void
test_unref_in_closed (TestEngine *f, gconstpointer data)
{
  static const ReeveStreamFuncs funcs = { .data = test_end_data, .closed = abort_closed };
  TestEnd end = { .f = f };
  int fds[2];

  test_make_tcp_pair (fds);
  end.stream = reeve_stream_new (f->owner, fds[0]);
  reeve_stream_set_funcs (end.stream, &funcs, &end);
  reeve_stream_close (end.stream);
  test_engine_turn (f);
  g_assert_cmpuint (end.closes, ==, 1);
  g_assert_null (end.stream);
  close (fds[1]);
}

/* An end nobody was there to hear is told to the first user. */
static void
test_late_user (TestEngine *f, gconstpointer data)
{
  int fds[2];
  TestEnd a = { .f = f };

  test_make_pair (fds);
  close (fds[1]);
  a.stream = reeve_stream_new (f->owner, fds[0]);
  a.got = g_byte_array_new ();
  g_assert_cmpint (reeve_stream_write (a.stream, "x", 1), ==, REEVE_WRITE_CLOSED);
  test_engine_turn (f);
  reeve_stream_set_funcs (a.stream, &test_end_funcs, &a);
  g_assert_cmpuint (a.closes, ==, 0);
  test_engine_turn (f);
  g_assert_cmpuint (a.closes, ==, 1);
  g_assert_error (a.error, REEVE_ERROR, REEVE_ERROR_IO);
  test_end_clear (&a);
}

static void
test_close_without_user (TestEngine *f, gconstpointer data)
{
  ReeveStream *stream;
  int fds[2];

  test_make_pair (fds);
  stream = reeve_stream_new (f->owner, fds[0]);
  reeve_stream_write (stream, "no", 2);
  reeve_stream_close (stream);
  reeve_stream_unref (stream);
  test_engine_turn (f);
  g_assert_cmpuint (test_engine_count_streams (f), ==, 0);
  g_assert_null (reeve_owner_close (f->owner));
  close (fds[1]);
}

/* The descriptor outlives the stream; what lies in between is not lost. */
static void
test_steal (TestEngine *f, gconstpointer data)
{
  ReeveStream *stream;
  char buffer[4];
  int fds[2];
  int fd;

  test_make_pair (fds);
  stream = reeve_stream_new (f->owner, fds[0]);
  fd = reeve_stream_steal_fd (stream);
  g_assert_cmpint (fd, >=, 0);
  g_assert_false (reeve_stream_is_open (stream));
  g_assert_cmpuint (test_engine_count_streams (f), ==, 0);
  g_assert_cmpint (reeve_stream_steal_fd (stream), ==, -1);
  reeve_stream_unref (stream);
  test_engine_turn (f);
  g_assert_cmpint (write (fds[1], "yes", 3), ==, 3);
  g_assert_cmpint (read (fd, buffer, sizeof buffer), ==, 3);
  g_assert_cmpint (read (fd, buffer, sizeof buffer), ==, -1); /* does not block */
  close (fd);
  close (fds[1]);
}

static void
test_steal_refused (TestEngine *f, gconstpointer data)
{
  int fds[2];
  TestEnd a;

  test_make_pair (fds);
  test_end_init (&a, f, fds[0]);
  test_end_fill (&a);
  g_assert_cmpuint (reeve_stream_write (a.stream, "more", 4), !=, REEVE_WRITE_CLOSED);
  g_assert_cmpuint (reeve_stream_get_queued (a.stream), >, 0);
  g_assert_cmpint (reeve_stream_steal_fd (a.stream), ==, -1);
  g_assert_true (reeve_stream_is_open (a.stream));
  reeve_stream_abort (a.stream);
  test_end_clear (&a);
  close (fds[1]);
}

#define ADD(path, func, data)                                                                      \
  g_test_add (path, TestEngine, data, test_engine_set_up, func, test_engine_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/stream/linger/deadline", test_linger_deadline, NULL);
  ADD ("/stream/linger/sends", test_linger_sends, NULL);
  ADD ("/stream/tail/peer-ends", test_tcp_tail, GINT_TO_POINTER (FALSE));
  ADD ("/stream/tail/deadline", test_tcp_tail, GINT_TO_POINTER (TRUE));
  ADD ("/stream/last-words", test_last_words, NULL);
  ADD ("/stream/abort-in-data", test_abort_in_data, NULL);
  ADD ("/stream/unref-in-closed", test_unref_in_closed, NULL);
  ADD ("/stream/late-user", test_late_user, NULL);
  ADD ("/stream/close-without-user", test_close_without_user, NULL);
  ADD ("/stream/steal", test_steal, NULL);
  ADD ("/stream/steal-refused", test_steal_refused, NULL);
  return g_test_run ();
}
