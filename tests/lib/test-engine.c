/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the tests of engine, streams and sockets share. */

#include "config.h"

#include "test-engine.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void
test_engine_set_up (TestEngine *f, gconstpointer data)
{
  f->context = g_main_context_new ();
  f->clock = reeve_clock_new_driven (0);
  f->engine = reeve_engine_new (f->clock);
  reeve_engine_attach (f->engine, f->context);
  f->owner = reeve_owner_new (f->engine, "test");
}

void
test_engine_tear_down (TestEngine *f, gconstpointer data)
{
  g_strfreev (reeve_owner_close (f->owner));
  reeve_owner_unref (f->owner);
  reeve_engine_unref (f->engine);
  g_assert_finalize_object (f->clock);
  g_main_context_unref (f->context);
}

void
test_engine_turn (TestEngine *f)
{
  while (g_main_context_iteration (f->context, FALSE))
    ;
}

void
test_make_pair (int fds[2])
{
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
}

/* fds[0] is the accepted one. */
void
test_make_tcp_pair (int fds[2])
{
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t length = sizeof address;
  int listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (bind (listener, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (listen (listener, 1), ==, 0);
  g_assert_cmpint (getsockname (listener, (struct sockaddr *) &address, &length), ==, 0);
  fds[1] = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (connect (fds[1], (struct sockaddr *) &address, sizeof address), ==, 0);
  fds[0] = accept (listener, NULL, NULL);
  g_assert_cmpint (fds[0], >=, 0);
  close (listener);
}

/* ---- a user ---- */

gsize
test_end_data (ReeveStream *stream, guint8 *data, gsize length, gpointer user_data)
{
  TestEnd *end = user_data;
  gsize n = end->take > 0 ? length / end->take * end->take : length;

  g_assert_false (end->in_call);
  end->data_calls++;
  if (end->echo)
    {
      ReeveWriteResult result = reeve_stream_write (stream, data, n);

      g_assert_cmpint (result, !=, REEVE_WRITE_CLOSED);
      if (result == REEVE_WRITE_FULL)
        reeve_stream_set_reading (stream, FALSE);
    }
  else if (end->got != NULL)
    {
      g_byte_array_append (end->got, data, (guint) n);
    }
  for (gsize i = 0; i < n; i += 4096)
    end->sum += data[i];
  if (end->abort_in_data)
    {
      reeve_stream_abort (stream);
      /* still valid until the return */
      memset (data, 0, length);
      return 1;
    }
  if (end->next_funcs != NULL)
    reeve_stream_set_funcs (stream, g_steal_pointer (&end->next_funcs), end);
  return n;
}

static void
test_end_eof (ReeveStream *stream, gpointer user_data)
{
  ((TestEnd *) user_data)->eofs++;
}

static void
test_end_drained (ReeveStream *stream, gpointer user_data)
{
  TestEnd *end = user_data;

  g_assert_false (end->in_call);
  end->drains++;
  reeve_stream_set_reading (stream, TRUE);
}

static void
test_end_closed (ReeveStream *stream, const GError *error, gpointer user_data)
{
  TestEnd *end = user_data;

  g_assert_false (end->in_call);
  g_assert_false (reeve_stream_is_open (stream));
  end->closes++;
  if (error != NULL)
    end->error = g_error_copy (error);
}

const ReeveStreamFuncs test_end_funcs = { .data = test_end_data,
                                          .drained = test_end_drained,
                                          .closed = test_end_closed };
const ReeveStreamFuncs test_end_funcs_eof = {
  .data = test_end_data, .eof = test_end_eof, .drained = test_end_drained, .closed = test_end_closed
};

void
test_end_init (TestEnd *end, TestEngine *f, int fd)
{
  *end = (TestEnd){ .f = f };
  end->got = g_byte_array_new ();
  end->stream = reeve_stream_new (f->owner, fd);
  reeve_stream_set_funcs (end->stream, &test_end_funcs, end);
}

void
test_end_clear (TestEnd *end)
{
  reeve_stream_abort (end->stream);
  reeve_stream_unref (end->stream);
  g_byte_array_unref (end->got);
  g_clear_error (&end->error);
}

guint
test_engine_count_streams (TestEngine *f)
{
  ReeveOwnerUsage usage;

  reeve_owner_get_usage (f->owner, &usage);
  return usage.streams;
}

/* Whether a peer that is not in the engine can read something (or the end). */
gssize
test_peer_read (int fd, gpointer buffer, gsize length)
{
  return recv (fd, buffer, length, MSG_DONTWAIT);
}

/* Fills the socket so that something is queued. */
void
test_end_fill (TestEnd *end)
{
  g_autofree guint8 *bytes = g_malloc0 (64 * 1024);

  while (reeve_stream_get_queued (end->stream) == 0)
    g_assert_cmpint (reeve_stream_write (end->stream, bytes, 64 * 1024), !=, REEVE_WRITE_CLOSED);
}
