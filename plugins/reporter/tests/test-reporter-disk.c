/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The file of kept samples when its writer is killed, again and again, and when it is odd. */

#include "config.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plugins/reporter/reeve-reporter-disk.h"

/* ---- a process that is killed ---- */

#define ROUNDS 6

/* Appends entry after entry and tells each that is on the disk. */
static void
write_for_ever (const char *path, int told)
{
  const guint8 owner[REEVE_REPORTER_JOURNAL_OWNER] = { 1 };
  g_autoptr (GByteArray) head = g_byte_array_new ();
  g_autofree guint8 *record = g_malloc0 (50000);
  gsize offset;

  reeve_reporter_journal_put_head (head, 7, owner);
  offset = head->len;
  {
    g_autoptr (GBytes) bytes = g_bytes_new (head->data, head->len);

    if (!reeve_reporter_disk_replace (path, bytes, NULL))
      _exit (1);
  }
  for (guint64 i = 1;; i++)
    {
      g_autoptr (GBytes) body = g_bytes_new (record, 50000);
      ReeveReporterEntry *entry = reeve_reporter_entry_new (i, (gint64) i, body);
      g_autoptr (GByteArray) item = g_byte_array_new ();
      g_autoptr (GBytes) bytes = NULL;

      reeve_reporter_journal_put_entry (item, entry);
      bytes = g_bytes_new (item->data, item->len);
      if (!reeve_reporter_disk_append (path, offset, bytes, NULL) ||
          write (told, &i, sizeof i) != sizeof i)
        _exit (1);
      offset += item->len;
      reeve_reporter_entry_free (entry);
    }
}

static void
kill_one (const char *path, guint round)
{
  g_autoptr (ReeveReporterDiskLoad) load = NULL;
  g_autoptr (GError) error = NULL;
  guint64 told = 0, next;
  int fds[2];
  pid_t child;

  g_unlink (path);
  g_assert_cmpint (pipe (fds), ==, 0);
  child = fork ();
  g_assert_cmpint (child, >=, 0);
  if (child == 0)
    {
      prctl (PR_SET_PDEATHSIG, SIGKILL);
      close (fds[0]);
      write_for_ever (path, fds[1]);
    }
  close (fds[1]);
  while (told < 3 + round && read (fds[0], &next, sizeof next) == sizeof next)
    told = next;
  kill (child, SIGKILL);
  while (read (fds[0], &next, sizeof next) == sizeof next)
    told = next;
  waitpid (child, NULL, 0);
  close (fds[0]);

  load = reeve_reporter_disk_load (path, &error);
  g_assert_no_error (error);
  g_assert_true (load->found);
  g_assert_cmpuint (told, >=, 3 + round);
  g_assert_cmpuint (load->journal.last, >=, told);
  g_assert_cmpuint (load->journal.last, <=, told + 1);
  g_assert_cmpuint (g_queue_get_length (&load->journal.entries), ==, load->journal.last);
  next = 0;
  for (GList *link = load->journal.entries.head; link != NULL; link = link->next)
    g_assert_cmpuint (((ReeveReporterEntry *) link->data)->sequence, ==, ++next);
}

static void
test_kill (void)
{
  g_autofree char *dir = g_dir_make_tmp ("reeve-kept-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "kept", NULL);

  for (guint i = 0; i < ROUNDS; i++)
    kill_one (path, i);
  g_unlink (path);
  g_rmdir (dir);
}

/* What is no file of ours is never written to or read. */
static void
test_odd (void)
{
  g_autofree char *dir = g_dir_make_tmp ("reeve-kept-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "kept", NULL);
  g_autofree char *other = g_build_filename (dir, "other", NULL);
  g_autoptr (GBytes) bytes = g_bytes_new_static ("12345678", 8);
  g_autoptr (ReeveReporterDiskLoad) none = NULL;
  g_autoptr (GError) error = NULL;

  none = reeve_reporter_disk_load (path, &error);
  g_assert_no_error (error);
  g_assert_false (none->found);
  /* a link to something else */
  g_assert_true (g_file_set_contents (other, "precious", -1, NULL));
  g_assert_cmpint (symlink (other, path), ==, 0);
  g_assert_null (reeve_reporter_disk_load (path, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_IO);
  g_clear_error (&error);
  g_assert_false (reeve_reporter_disk_append (path, 0, bytes, &error));
  g_clear_error (&error);
  g_unlink (path);
  /* a pipe neither hangs nor is taken */
  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  g_assert_null (reeve_reporter_disk_load (path, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_IO);
  g_clear_error (&error);
  g_unlink (path);
  /* shorter than it was: nothing is put behind a hole */
  g_assert_true (g_file_set_contents (path, "1234", 4, NULL));
  g_assert_false (reeve_reporter_disk_append (path, 8, bytes, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_IO);
  g_unlink (path);
  g_unlink (other);
  g_rmdir (dir);
}

/* A byte that was changed anywhere: what stands before it is taken, and no more. */
static void
test_flipped (void)
{
  const guint8 owner[REEVE_REPORTER_JOURNAL_OWNER] = { 1 };
  g_autoptr (GByteArray) file = g_byte_array_new ();
  g_autoptr (GBytes) record = g_bytes_new_static ("a record", 8);
  guint ends[4];

  reeve_reporter_journal_put_head (file, 7, owner);
  ends[0] = file->len;
  for (guint i = 1; i < 4; i++)
    {
      ReeveReporterEntry *entry = reeve_reporter_entry_new (i, (gint64) i * 1000, record);

      reeve_reporter_journal_put_entry (file, entry);
      reeve_reporter_entry_free (entry);
      ends[i] = file->len;
    }
  for (guint at = ends[0]; at < file->len; at++)
    {
      g_auto (ReeveReporterJournal) journal = { 0 };
      guint whole = 0;

      file->data[at] ^= 0x10;
      while (whole < 3 && ends[whole + 1] <= at)
        whole++;
      g_assert_true (reeve_reporter_journal_read (file->data, file->len, &journal, NULL));
      g_assert_cmpuint (g_queue_get_length (&journal.entries), ==, whole);
      g_assert_cmpuint (journal.length, ==, ends[whole]);
      file->data[at] ^= 0x10;
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/reporter/disk/kill", test_kill);
  g_test_add_func ("/reporter/disk/odd", test_odd);
  g_test_add_func ("/reporter/disk/flipped", test_flipped);
  return g_test_run ();
}
