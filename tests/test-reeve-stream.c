/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Streams: bytes, limits, handing over. */

#include "config.h"

#include "lib/test-engine.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <string.h>
#include <unistd.h>

static void
test_hello (TestEngine *f, gconstpointer data)
{
  int fds[2];
  TestEnd a, b;

  test_make_pair (fds);
  test_end_init (&a, f, fds[0]);
  test_end_init (&b, f, fds[1]);
  g_assert_cmpuint (test_engine_count_streams (f), ==, 2);
  g_assert_cmpstr (reeve_stream_get_peer (a.stream), ==, "local");
  g_assert_true (reeve_stream_is_loopback (a.stream));
  g_assert_false (reeve_stream_is_secure (a.stream));

  g_assert_cmpint (reeve_stream_write2 (a.stream, "hel", 3, "lo", 2), ==, REEVE_WRITE_OK);
  g_assert_cmpint (reeve_stream_write2 (a.stream, NULL, 0, "", 0), ==, REEVE_WRITE_OK);
  g_assert_cmpuint (b.data_calls, ==, 0);
  test_engine_turn (f);
  g_assert_cmpmem (b.got->data, b.got->len, "hello", 5);
  g_assert_cmpuint (b.data_calls, ==, 1);

  a.in_call = TRUE;
  reeve_stream_close (a.stream);
  g_assert_cmpint (reeve_stream_write (a.stream, "x", 1), ==, REEVE_WRITE_CLOSED);
  a.in_call = FALSE;
  g_assert_cmpuint (a.closes, ==, 0);
  test_engine_turn (f);
  g_assert_cmpuint (a.closes, ==, 1);
  g_assert_no_error (a.error);
  g_assert_cmpuint (b.closes, ==, 1);
  g_assert_no_error (b.error);
  g_assert_cmpuint (test_engine_count_streams (f), ==, 0);
  test_end_clear (&a);
  test_end_clear (&b);
}

/* 10 MB there and back, in pieces, with both sides stopping when the other does not keep up. */
static void
test_echo (TestEngine *f, gconstpointer data)
{
  enum
  {
    TOTAL = 10 * 1024 * 1024,
    PIECE = 37 * 1024
  };
  g_autofree guint8 *bytes = g_malloc (TOTAL);
  gsize sent = 0;
  int fds[2];
  TestEnd a, b;

  test_make_pair (fds);
  test_end_init (&a, f, fds[0]);
  test_end_init (&b, f, fds[1]);
  reeve_stream_set_limits (a.stream, 64 * 1024, 256 * 1024);
  reeve_stream_set_limits (b.stream, 64 * 1024, 256 * 1024);
  b.echo = TRUE;
  for (gsize i = 0; i < TOTAL; i++)
    bytes[i] = (guint8) (i * 31 + i / 251);

  while (a.got->len < TOTAL)
    {
      gboolean full = FALSE;

      while (sent < TOTAL && !full && reeve_stream_get_queued (a.stream) < 128 * 1024)
        {
          gsize n = MIN ((gsize) PIECE, TOTAL - sent);
          ReeveWriteResult result =
              reeve_stream_write2 (a.stream, bytes + sent, MIN (n, 10), bytes + sent + MIN (n, 10),
                                   n - MIN (n, 10));

          g_assert_cmpint (result, !=, REEVE_WRITE_CLOSED);
          full = result == REEVE_WRITE_FULL;
          sent += n;
        }
      g_assert_true (g_main_context_iteration (f->context, FALSE));
    }

  test_engine_turn (f);
  g_assert_true (memcmp (a.got->data, bytes, TOTAL) == 0);
  g_assert_cmpuint (a.drains, >, 0);
  g_assert_cmpuint (reeve_stream_get_queued (a.stream), ==, 0);
  test_end_clear (&a);
  test_end_clear (&b);
}

/* The same way with a reader that takes whole records only, from small to more than the buffer. */
static void
test_partial (TestEngine *f, gconstpointer data)
{
  static const gsize records[] = { 3, 1000, 20000, 70000, 300000 };

  for (guint i = 0; i < G_N_ELEMENTS (records); i++)
    {
      gsize total = records[i] * 5 + 1;
      g_autofree guint8 *bytes = g_malloc (total);
      int fds[2];
      TestEnd a, b;

      test_make_pair (fds);
      test_end_init (&a, f, fds[0]);
      test_end_init (&b, f, fds[1]);
      reeve_stream_set_limits (a.stream, 0, 4 * 1024 * 1024);
      reeve_stream_set_limits (b.stream, records[i] - 1, 0);
      b.take = records[i];
      for (gsize n = 0; n < total; n++)
        bytes[n] = (guint8) (n * 7 + n / 256);
      for (gsize n = 0; n < total;)
        {
          gsize piece = (gsize) g_test_rand_int_range (1, 30000);

          piece = MIN (piece, total - n);
          g_assert_cmpint (reeve_stream_write (a.stream, bytes + n, piece), !=, REEVE_WRITE_CLOSED);
          n += piece;
          g_main_context_iteration (f->context, FALSE);
        }
      test_engine_turn (f);
      g_assert_cmpuint (b.closes, ==, 0);
      g_assert_cmpmem (b.got->data, b.got->len, bytes, total - 1);
      test_end_clear (&a);
      test_end_clear (&b);
    }
}

static void
test_read_limit (TestEngine *f, gconstpointer data)
{
  int fds[2];
  TestEnd a;

  test_make_pair (fds);
  test_end_init (&a, f, fds[0]);
  reeve_stream_set_limits (a.stream, 10, 10);
  a.take = 100;
  g_assert_cmpint (write (fds[1], "0123456789", 10), ==, 10);
  test_engine_turn (f);
  g_assert_cmpuint (a.closes, ==, 0);
  g_assert_cmpint (write (fds[1], "x", 1), ==, 1);
  test_engine_turn (f);
  g_assert_cmpuint (a.closes, ==, 1);
  g_assert_error (a.error, REEVE_ERROR, REEVE_ERROR_LIMIT);
  test_end_clear (&a);
  close (fds[1]);
}

static void
test_write_limit (TestEngine *f, gconstpointer data)
{
  g_autofree guint8 *bytes = g_malloc0 (1024 * 1024);
  ReeveWriteResult result = REEVE_WRITE_OK;
  gboolean was_full = FALSE;
  int fds[2];
  TestEnd a;

  test_make_pair (fds);
  test_end_init (&a, f, fds[0]);
  reeve_stream_set_limits (a.stream, 10, 1024 * 1024);
  a.in_call = TRUE;
  for (guint i = 0; i < 100 && result != REEVE_WRITE_CLOSED; i++)
    {
      was_full = result == REEVE_WRITE_FULL;
      result = reeve_stream_write (a.stream, bytes, 100 * 1024);
    }
  a.in_call = FALSE;
  g_assert_cmpint (result, ==, REEVE_WRITE_CLOSED);
  g_assert_true (was_full);
  test_engine_turn (f);
  g_assert_cmpuint (a.closes, ==, 1);
  g_assert_error (a.error, REEVE_ERROR, REEVE_ERROR_LIMIT);
  test_end_clear (&a);
  close (fds[1]);
}

/* Told once, and not before the last byte has gone. */
static void
test_await_sent (TestEngine *f, gconstpointer data)
{
  g_autofree guint8 *bytes = g_malloc0 (1024 * 1024);
  int fds[2];
  TestEnd a;

  test_make_pair (fds);
  test_end_init (&a, f, fds[0]);
  g_assert_false (reeve_stream_await_sent (a.stream));
  reeve_stream_set_limits (a.stream, 10, 4 * 1024 * 1024);
  g_assert_cmpint (reeve_stream_write (a.stream, bytes, 1024 * 1024), ==, REEVE_WRITE_OK);
  g_assert_true (reeve_stream_await_sent (a.stream));
  while (a.drains == 0)
    {
      g_assert_cmpuint (reeve_stream_get_queued (a.stream), >, 0);
      g_assert_cmpint (read (fds[1], bytes, 64 * 1024), >, 0);
      test_engine_turn (f);
    }
  g_assert_cmpuint (reeve_stream_get_queued (a.stream), ==, 0);
  g_assert_false (reeve_stream_await_sent (a.stream));
  g_assert_cmpint (reeve_stream_write (a.stream, bytes, 10), ==, REEVE_WRITE_OK);
  test_engine_turn (f);
  g_assert_cmpuint (a.drains, ==, 1);
  reeve_stream_close (a.stream);
  g_assert_false (reeve_stream_await_sent (a.stream));
  test_end_clear (&a);
  close (fds[1]);
}

static void
test_half_close (TestEngine *f, gconstpointer data)
{
  int fds[2];
  TestEnd a, b;

  test_make_pair (fds);
  test_end_init (&a, f, fds[0]);
  test_end_init (&b, f, fds[1]);
  reeve_stream_set_funcs (a.stream, &test_end_funcs_eof, &a);
  reeve_stream_set_funcs (b.stream, &test_end_funcs_eof, &b);

  reeve_stream_write (a.stream, "ask", 3);
  reeve_stream_shutdown (a.stream);
  g_assert_cmpint (reeve_stream_write (a.stream, "x", 1), ==, REEVE_WRITE_CLOSED);
  test_engine_turn (f);
  g_assert_cmpuint (b.eofs, ==, 1);
  g_assert_cmpmem (b.got->data, b.got->len, "ask", 3);
  g_assert_cmpuint (a.closes + b.closes, ==, 0);

  /* the other half still carries, and its end is the end */
  g_assert_cmpint (reeve_stream_write (b.stream, "answer", 6), ==, REEVE_WRITE_OK);
  reeve_stream_shutdown (b.stream);
  test_engine_turn (f);
  g_assert_cmpmem (a.got->data, a.got->len, "answer", 6);
  g_assert_cmpuint (a.eofs, ==, 1);
  g_assert_cmpuint (a.closes, ==, 1);
  g_assert_cmpuint (b.closes, ==, 1);
  g_assert_no_error (a.error);
  g_assert_no_error (b.error);
  test_end_clear (&a);
  test_end_clear (&b);
}

static void
test_hand_over (TestEngine *f, gconstpointer data)
{
  g_autoptr (ReeveOwner) other = reeve_owner_new (f->engine, "other");
  ReeveOwnerUsage usage;
  int fds[2];
  TestEnd a;

  test_make_pair (fds);
  test_end_init (&a, f, fds[0]);
  a.take = 4;
  a.next_funcs = &test_end_funcs_eof;
  g_assert_cmpint (write (fds[1], "headbo", 6), ==, 6);
  test_engine_turn (f);
  /* the rest was shown to the new user without anything new having come */
  g_assert_cmpuint (a.data_calls, ==, 2);
  g_assert_cmpmem (a.got->data, a.got->len, "head", 4);

  reeve_stream_set_owner (a.stream, other);
  g_assert_cmpuint (test_engine_count_streams (f), ==, 0);
  reeve_owner_get_usage (other, &usage);
  g_assert_cmpuint (usage.streams, ==, 1);
  g_assert_cmpint (write (fds[1], "dy", 2), ==, 2);
  test_engine_turn (f);
  g_assert_cmpmem (a.got->data, a.got->len, "headbody", 8);
  reeve_owner_get_usage (other, &usage);
  g_assert_cmpuint (usage.calls, >=, 1);

  /* ends with the new owner, silently */
  {
    g_auto (GStrv) lines = reeve_owner_close (other);

    g_assert_cmpstr (lines[0], ==, "stream 'local'");
    g_assert_null (lines[1]);
  }
  g_assert_false (reeve_stream_is_open (a.stream));
  g_assert_cmpint (reeve_stream_write (a.stream, "x", 1), ==, REEVE_WRITE_CLOSED);
  test_engine_turn (f);
  g_assert_cmpuint (a.closes, ==, 0);
  test_end_clear (&a);
  close (fds[1]);
}

static void
test_pause (TestEngine *f, gconstpointer data)
{
  int fds[2];
  TestEnd a;

  test_make_pair (fds);
  test_end_init (&a, f, fds[0]);
  a.take = 4;
  g_assert_cmpint (write (fds[1], "abcdef", 6), ==, 6);
  test_engine_turn (f);
  reeve_stream_set_reading (a.stream, FALSE);
  g_assert_cmpint (write (fds[1], "gh", 2), ==, 2);
  test_engine_turn (f);
  g_assert_cmpuint (a.data_calls, ==, 1);
  a.take = 1;
  reeve_stream_set_reading (a.stream, TRUE);
  test_engine_turn (f);
  g_assert_cmpmem (a.got->data, a.got->len, "abcdefgh", 8);
  test_end_clear (&a);
  close (fds[1]);
}

/* What was said, and what waits until it is looked at. */
static void
test_said (TestEngine *f, gconstpointer data)
{
  int fds[2];
  TestEnd a;

  test_make_pair (fds);
  test_end_init (&a, f, fds[0]);
  test_engine_turn (f);
  g_assert_false (reeve_stream_has_read (a.stream));
  g_assert_false (reeve_stream_has_unread (a.stream));
  g_assert_cmpint (write (fds[1], "a", 1), ==, 1);
  g_assert_false (reeve_stream_has_read (a.stream));
  g_assert_true (reeve_stream_has_unread (a.stream));
  test_engine_turn (f);
  g_assert_true (reeve_stream_has_read (a.stream));
  g_assert_false (reeve_stream_has_unread (a.stream));
  close (fds[1]);
  test_engine_turn (f);
  g_assert_false (reeve_stream_has_unread (a.stream));
  test_end_clear (&a);
}

static void
test_pipe (TestEngine *f, gconstpointer data)
{
  int fds[2];
  TestEnd reader, writer;

  g_assert_true (g_unix_open_pipe (fds, FD_CLOEXEC, NULL));
  test_end_init (&reader, f, fds[0]);
  test_end_init (&writer, f, fds[1]);
  g_assert_cmpint (reeve_stream_write2 (writer.stream, "a", 1, "b", 1), ==, REEVE_WRITE_OK);
  reeve_stream_shutdown (writer.stream);
  test_engine_turn (f);
  g_assert_cmpmem (reader.got->data, reader.got->len, "ab", 2);
  g_assert_cmpuint (reader.closes, ==, 1);
  g_assert_cmpuint (writer.closes, ==, 1);
  g_assert_no_error (writer.error);
  test_end_clear (&reader);
  test_end_clear (&writer);

  g_assert_true (g_unix_open_pipe (fds, FD_CLOEXEC, NULL));
  test_end_init (&writer, f, fds[1]);
  close (fds[0]);
  g_assert_cmpint (reeve_stream_write (writer.stream, "a", 1), ==, REEVE_WRITE_CLOSED);
  test_engine_turn (f);
  g_assert_error (writer.error, REEVE_ERROR, REEVE_ERROR_IO);
  test_end_clear (&writer);
}

#define ADD(path, func, data)                                                                      \
  g_test_add (path, TestEngine, data, test_engine_set_up, func, test_engine_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/stream/hello", test_hello, NULL);
  ADD ("/stream/echo", test_echo, NULL);
  ADD ("/stream/partial", test_partial, NULL);
  ADD ("/stream/read-limit", test_read_limit, NULL);
  ADD ("/stream/write-limit", test_write_limit, NULL);
  ADD ("/stream/await-sent", test_await_sent, NULL);
  ADD ("/stream/half-close", test_half_close, NULL);
  ADD ("/stream/hand-over", test_hand_over, NULL);
  ADD ("/stream/pause", test_pause, NULL);
  ADD ("/stream/said", test_said, NULL);
  ADD ("/stream/pipe", test_pipe, NULL);
  return g_test_run ();
}
