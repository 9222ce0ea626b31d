/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What waits for the hub on a disk: restarts, copies, damage, and disks that are full. */

#include "config.h"

#include "kept-fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct
{
  KeptFixture *fixture;
  guint n;
} Wanted;

static gboolean
file_has (gpointer user_data)
{
  Wanted *wanted = user_data;
  g_auto (ReeveReporterJournal) journal = { 0 };
  g_autofree char *text = NULL;
  gsize length;

  return g_file_get_contents (wanted->fixture->kept_file, &text, &length, NULL) &&
         reeve_reporter_journal_read ((const guint8 *) text, length, &journal, NULL) &&
         journal.length == length && g_queue_get_length (&journal.entries) == wanted->n;
}

static void
wait_file (KeptFixture *fixture, guint n)
{
  Wanted wanted = { fixture, n };

  /* the loop wakes with the worker's answer */
  while (!file_has (&wanted))
    {
      reeve_mock_host_settle (fixture->host);
      g_usleep (1000);
    }
}

/* Each minute's sample is on the disk before the next is measured. */
static void
pass_minutes_on_disk (KeptFixture *fixture, guint before, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      kept_pass_minutes (fixture, 1);
      wait_file (fixture, before + i + 1);
    }
}

static void
begin_on_disk (KeptFixture *fixture)
{
  kept_load (fixture, "disk", "1d", "4M");
  kept_link_up (fixture, REEVE_LINK_LEVEL_EXTENSION);
  g_assert_cmpuint (kept_get_waiting (fixture), ==, 0);
  kept_link_down (fixture);
}

static void
wait_said (KeptFixture *fixture, const char *text)
{
  while (kept_count_said (text) == 0)
    {
      reeve_mock_host_settle (fixture->host);
      g_usleep (1000);
    }
}

static void
restart (KeptFixture *fixture)
{
  reeve_mock_host_unload (fixture->host, fixture->plugin);
  reeve_mock_host_settle (fixture->host);
  kept_load (fixture, "disk", "1d", "4M");
}

static gboolean
has_waiting (gpointer user_data)
{
  Wanted *wanted = user_data;

  return kept_get_waiting (wanted->fixture) == wanted->n;
}

static void
wait_waiting (KeptFixture *fixture, guint n)
{
  Wanted wanted = { fixture, n };

  for (guint i = 0; !has_waiting (&wanted); i++)
    {
      g_assert_cmpuint (i, <, 5000);
      g_usleep (1000);
    }
}

static void
test_disk (KeptFixture *fixture, gconstpointer data)
{
  g_autoptr (GArray) uptimes = g_array_new (FALSE, FALSE, sizeof (double));
  struct stat st;

  begin_on_disk (fixture);
  fixture->collector->uptime = 0;
  pass_minutes_on_disk (fixture, 0, 3);
  g_assert_no_errno (g_stat (fixture->kept_file, &st));
  g_assert_cmpuint (st.st_mode & 07777, ==, 0600);

  /* the agent starts again, a quarter of an hour later, and goes on keeping for this hub at once */
  restart (fixture);
  reeve_clock_jump (reeve_mock_host_get_clock (fixture->host),
                    G_GINT64_CONSTANT (15) * 60 * G_USEC_PER_SEC);
  pass_minutes_on_disk (fixture, 3, 2);
  kept_link_up (fixture, REEVE_LINK_LEVEL_EXTENSION);
  kept_drain (fixture, uptimes);
  kept_assert_uptimes (uptimes, 1, 5);
  /* an acknowledgement that came, and a file that forgets */
  g_assert_cmpuint (kept_get_waiting (fixture), ==, 0);
  wait_file (fixture, 0);
  /* numbers go on after a restart, so that the hub passes nothing over */
  restart (fixture);
  pass_minutes_on_disk (fixture, 0, 1);
  kept_link_up (fixture, REEVE_LINK_LEVEL_EXTENSION);
  g_array_set_size (uptimes, 0);
  kept_drain (fixture, uptimes);
  kept_assert_uptimes (uptimes, 6, 1);
}

/* The agent's file comes from an older copy of the machine: its numbers were given out before. */
static void
test_disk_older_copy (KeptFixture *fixture, gconstpointer data)
{
  g_autoptr (GArray) uptimes = g_array_new (FALSE, FALSE, sizeof (double));
  g_autofree char *copy = NULL;
  gsize length;

  begin_on_disk (fixture);
  fixture->collector->uptime = 0;
  pass_minutes_on_disk (fixture, 0, 2);
  g_assert_true (g_file_get_contents (fixture->kept_file, &copy, &length, NULL));
  pass_minutes_on_disk (fixture, 2, 2);
  kept_link_up (fixture, REEVE_LINK_LEVEL_EXTENSION);
  kept_drain (fixture, uptimes);
  kept_assert_uptimes (uptimes, 1, 4);
  reeve_mock_host_unload (fixture->host, fixture->plugin);
  g_clear_object (&fixture->link);
  g_assert_true (g_file_set_contents (fixture->kept_file, copy, (gssize) length, NULL));
  kept_load (fixture, "disk", "1d", "4M");
  pass_minutes_on_disk (fixture, 2, 1);
  kept_link_up (fixture, REEVE_LINK_LEVEL_EXTENSION);
  g_array_set_size (uptimes, 0);
  kept_drain (fixture, uptimes);
  kept_assert_uptimes (uptimes, 5, 1);
  g_assert_cmpuint (kept_count_said ("a new series begins"), ==, 1);
}

static void
test_disk_damaged (KeptFixture *fixture, gconstpointer data)
{
  g_autoptr (GArray) uptimes = g_array_new (FALSE, FALSE, sizeof (double));
  g_autofree char *aside = NULL;
  int fd;

  begin_on_disk (fixture);
  fixture->collector->uptime = 0;
  pass_minutes_on_disk (fixture, 0, 3);
  reeve_mock_host_unload (fixture->host, fixture->plugin);
  /* a torn tail */
  fd = g_open (fixture->kept_file, O_WRONLY | O_APPEND, 0);
  g_assert_cmpint (write (fd, "\x40\0\0\0half of an item", 19), ==, 19);
  close (fd);
  kept_load (fixture, "disk", "1d", "4M");
  kept_link_up (fixture, REEVE_LINK_LEVEL_EXTENSION);
  wait_waiting (fixture, 3);
  g_assert_cmpuint (kept_count_said ("19 bytes at the end of"), ==, 1);
  reeve_mock_host_unload (fixture->host, fixture->plugin);
  g_clear_object (&fixture->link);

  /* what is none of ours is moved aside, and keeping goes on */
  g_assert_true (g_file_set_contents (fixture->kept_file, "nonsense", -1, NULL));
  aside = g_strconcat (fixture->kept_file, ".damaged", NULL);
  kept_load (fixture, "disk", "1d", "4M");
  wait_said (fixture, "was damaged");
  g_assert_true (g_file_test (aside, G_FILE_TEST_IS_REGULAR));
  pass_minutes_on_disk (fixture, 0, 1);
}

/* A disk that is really full: the line names place and remedy, keeping goes on in memory, the
 * oldest goes first and is counted, and all is on the disk again when there is room. */
static void
test_disk_no_space (KeptFixture *fixture, gconstpointer private_mounts)
{
  const char *state_dir = reeve_mock_host_get_state_dir (fixture->host);
  g_autofree char *ballast = g_build_filename (state_dir, "ballast", NULL);
  g_autofree char *zeros = g_malloc0 (1 << 20);
  g_autoptr (GArray) uptimes = g_array_new (FALSE, FALSE, sizeof (double));
  guint n = 2;
  int fd;

  if (!GPOINTER_TO_INT (private_mounts) ||
      mount ("tmpfs", state_dir, "tmpfs", 0, "size=1m,mode=0700") != 0)
    {
      g_test_skip ("a mount of its own is not allowed here");
      return;
    }
  kept_write_token (fixture);
  kept_load (fixture, "disk", "1d", "64K");
  kept_link_up (fixture, REEVE_LINK_LEVEL_EXTENSION);
  g_assert_cmpuint (kept_get_waiting (fixture), ==, 0);
  kept_link_down (fixture);
  fixture->collector->uptime = 0;
  pass_minutes_on_disk (fixture, 0, 2);

  fd = g_open (ballast, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  while (write (fd, zeros, 1 << 20) > 0)
    ;
  g_assert_cmpint (errno, ==, ENOSPC);
  close (fd);
  /* until a page of the file is full */
  while (kept_count_said ("samples are kept in memory alone") == 0)
    {
      Wanted wanted = { fixture, ++n };

      kept_pass_minutes (fixture, 1);
      while (!file_has (&wanted) && kept_count_said ("samples are kept in memory alone") == 0)
        {
          reeve_mock_host_settle (fixture->host);
          g_usleep (1000);
        }
    }
  g_assert_cmpuint (kept_count_said ("No space left on device"), ==, 1);
  g_assert_cmpuint (kept_count_said (fixture->kept_file), ==, 1);
  g_assert_cmpuint (kept_count_said ("make room there, or set keep=memory"), ==, 1);
  for (guint i = 0; i < 700; i++)
    {
      kept_pass_minutes (fixture, 1);
      reeve_mock_host_settle (fixture->host);
      g_usleep (500); /* for the thread that tries in vain */
    }
  g_assert_cmpuint (kept_count_said ("more than keep-size"), ==, 1);
  g_assert_cmpuint (kept_count_said ("samples are kept in memory alone"), ==, 1);

  g_assert_no_errno (g_unlink (ballast));
  /* a try whose deadline the clock has jumped over is followed by another */
  while (kept_count_said ("samples are kept on the disk again") == 0)
    {
      kept_pass_minutes (fixture, 1);
      for (guint i = 0; i < 100 && kept_count_said ("samples are kept on the disk again") == 0; i++)
        {
          reeve_mock_host_settle (fixture->host);
          g_usleep (1000);
        }
    }
  kept_link_up (fixture, REEVE_LINK_LEVEL_EXTENSION);
  kept_drain (fixture, uptimes);
  n = uptimes->len;
  g_assert_cmpuint (n, >, 300);
  kept_assert_uptimes (uptimes, (guint) fixture->collector->uptime + 1 - n, n);
  g_assert_cmpuint (fixture->dropped, ==, (guint) fixture->collector->uptime - n);
  reeve_mock_host_unload (fixture->host, fixture->plugin);
  g_assert_no_errno (umount2 (state_dir, MNT_DETACH));
}

/* The disk refuses: it goes on in memory, says so once, and comes back by itself. */
static void
test_disk_full (KeptFixture *fixture, gconstpointer data)
{
  g_autoptr (GArray) uptimes = g_array_new (FALSE, FALSE, sizeof (double));
  g_autofree char *beside = NULL, *inside = NULL;

  begin_on_disk (fixture);
  fixture->collector->uptime = 0;
  pass_minutes_on_disk (fixture, 0, 1);
  /* a directory stands in both places */
  beside = g_strconcat (fixture->kept_file, ".new", NULL);
  inside = g_build_filename (beside, "x", NULL);
  g_assert_no_errno (g_mkdir_with_parents (inside, 0700));
  g_unlink (fixture->kept_file);
  for (guint i = 0; i < 3; i++)
    {
      kept_pass_minutes (fixture, 1);
      wait_said (fixture, "samples are kept in memory alone");
    }
  g_assert_cmpuint (kept_count_said ("samples are kept in memory alone"), ==, 1);
  g_rmdir (inside);
  g_rmdir (beside);
  kept_pass_minutes (fixture, 1);
  wait_file (fixture, 5);
  reeve_mock_host_settle (fixture->host);
  kept_link_up (fixture, REEVE_LINK_LEVEL_EXTENSION);
  kept_drain (fixture, uptimes);
  kept_assert_uptimes (uptimes, 1, 5);
  wait_said (fixture, "samples are kept on the disk again");
}

int
main (int argc, char **argv)
{
  /* before there is a second thread */
  gboolean private_mounts =
      unshare (CLONE_NEWNS) == 0 && mount ("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;

  g_test_init (&argc, &argv, NULL);
  /* a write that takes longer than the test needs for a minute counts as one that hangs */
  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR);
#define ADD(name, function)                                                                        \
  g_test_add ("/reporter/kept/" name, KeptFixture, NULL, kept_set_up, function, kept_tear_down)
  ADD ("disk", test_disk);
  ADD ("disk-older-copy", test_disk_older_copy);
  ADD ("disk-damaged", test_disk_damaged);
  ADD ("disk-full", test_disk_full);
  g_test_add ("/reporter/kept/disk-no-space", KeptFixture, GINT_TO_POINTER (private_mounts),
              kept_set_up, test_disk_no_space, kept_tear_down);
  return kept_run ();
}
