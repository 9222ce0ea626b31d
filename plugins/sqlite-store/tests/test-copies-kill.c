/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* SIGKILL while restoring, again and again: what is there afterwards is the old one or the new one,
 * whole, never something of both. The one that restores is this program, run as a child. */

#include "config.h"

#include "store-copies.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../reeve-sqlite-store-replace.h"

#define C "test.things"
#define ROUNDS 12

static const char *const indexes[] = { "colour", NULL };

typedef struct
{
  int fd;
  GMappedFile *copy;
} Feeder;

static gpointer
feed_thread (gpointer data)
{
  Feeder *feeder = data;
  const char *bytes = g_mapped_file_get_contents (feeder->copy);
  gsize left = g_mapped_file_get_length (feeder->copy);

  while (left > 0)
    {
      gssize n = write (feeder->fd, bytes, left);

      if (n < 0)
        break;
      bytes += n;
      left -= (gsize) n;
    }
  close (feeder->fd);
  return NULL;
}

/* The child: restores one copy after the other, and says each that it has. */
static int
run_child (const char *path, char *const copies[2])
{
  ReeveContext *context;
  ReeveSqliteStoreCore *core = store_open_in_child (path, &context);
  ReeveRecords *records;

  if (core == NULL)
    return 1;
  records = REEVE_RECORDS (reeve_sqlite_store_records_new (core));
  for (guint i = 0;; i++)
    {
      Feeder feeder = { -1, g_mapped_file_new (copies[i % 2], FALSE, NULL) };
      g_autoptr (GAsyncResult) result = NULL;
      ReeveStream *stream;
      GThread *thread;
      int fds[2];

      if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
        return 1;
      fcntl (fds[0], F_SETFL, O_NONBLOCK);
      feeder.fd = fds[1];
      stream = reeve_context_add_stream (context, fds[0]);
      thread = g_thread_new ("feed", feed_thread, &feeder);
      reeve_records_restore_async (records, stream, NULL, reeve_mock_result_cb, &result);
      while (result == NULL)
        g_main_context_iteration (NULL, TRUE);
      if (!reeve_records_restore_finish (records, result, NULL))
        return 1;
      printf ("%u\n", i);
      fflush (stdout);
      g_thread_join (thread);
      reeve_stream_abort (stream);
      reeve_stream_unref (stream);
      g_mapped_file_unref (feeder.copy);
    }
}

/* A copy with @n of everything, as a file. (transfer full) */
static char *
make_copy (StoreFixture *f, const char *name, guint n)
{
  g_autofree char *dir = g_path_get_dirname (f->path);
  char *path = g_build_filename (dir, name, NULL);
  g_autofree char *text = g_strnfill (10000, 'x');
  g_autoptr (GByteArray) copy = NULL;
  StoreFixture other = { NULL };

  store_fixture_set_up (&other, NULL);
  store_open_collection (&other, C, 1, indexes, NULL);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *id = g_strdup_printf ("r%04u", i);

      g_assert_true (store_apply (&other, NULL, store_make_record (C, id, 0, text, name), NULL));
    }
  store_fill_history (&other, STORE_SYSTEM, n * 20);
  copy = store_take_snapshot (&other);
  store_fixture_tear_down (&other, NULL);
  g_assert_true (g_file_set_contents (path, (const char *) copy->data, copy->len, NULL));
  return path;
}

static void
test_copies_kill (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  char *copies[] = { make_copy (f, "first", 60), make_copy (f, "second", 90) };
  g_autofree char *spool = NULL;
  guint seen[2] = { 0 };

  store_fixture_close (f);
  for (guint round = 0; round < ROUNDS; round++)
    {
      const char *const argv[] = { "--child", f->path, copies[0], copies[1], NULL };
      gint64 first, records, rows;

      store_kill_child (argv, (guint) g_test_rand_int_range (1, 4), 300);
      store_assert_whole (f->path);
      first = store_count (f, "SELECT count (*) FROM record WHERE key1 = 'first'");
      records = store_count (f, "SELECT count (*) FROM record");
      rows = store_count (f, "SELECT count (*) FROM sample");
      g_assert_cmpint (records, ==, first > 0 ? 60 : 90);
      g_assert_cmpint (first, ==, first > 0 ? records : 0);
      g_assert_cmpint (rows, ==, records * 20);
      seen[first > 0 ? 0 : 1]++;
    }
  g_test_message ("%u and %u times", seen[0], seen[1]);
  store_fixture_open (f);
  spool = reeve_sqlite_store_replace_get_spool (f->path);
  g_assert_false (g_file_test (spool, G_FILE_TEST_EXISTS));
  for (guint i = 0; i < 2; i++)
    {
      g_assert_cmpint (unlink (copies[i]), ==, 0);
      g_free (copies[i]);
    }
}

int
main (int argc, char **argv)
{
  if (argc == 5 && strcmp (argv[1], "--child") == 0)
    return run_child (argv[2], argv + 3);
  store_init (&argc, &argv);
  g_test_add ("/sqlite-store/copies/kill", StoreFixture, NULL, store_fixture_set_up,
              test_copies_kill, store_fixture_tear_down);
  return g_test_run ();
}
