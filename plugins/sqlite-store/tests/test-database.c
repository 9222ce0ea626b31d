/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The file: made, opened again, migrated, and refused with a word about what to do. */

#include "config.h"

#include "../reeve-sqlite-store-database.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

#define CACHE (1 << 20)

typedef struct
{
  char *dir;
  char *path;
} Fixture;

static void
set_up (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  f->dir = g_dir_make_tmp ("reeve-test-XXXXXX", NULL);
  f->path = g_build_filename (f->dir, "x.db", NULL);
}

static void
tear_down (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  static const char *const names[] = { "x.db", "x.db-wal", "x.db-shm", "y.db", "link.db" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (f->dir, names[i], NULL);

      g_unlink (path);
    }
  g_assert_cmpint (g_rmdir (f->dir), ==, 0);
  g_free (f->path);
  g_free (f->dir);
}

/* SQL on the file from outside, as sqlite3(1) would. */
static void
run (const char *path, const char *sql)
{
  sqlite3 *handle = NULL;

  g_assert_cmpint (sqlite3_open (path, &handle), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (handle, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_close (handle), ==, SQLITE_OK);
}

static void
assert_refused (const char *path, ReeveError code, const char *first, const char *second)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ReeveSqliteStoreDatabase) database =
      reeve_sqlite_store_database_open (path, CACHE, &error);

  g_assert_null (database);
  g_assert_error (error, REEVE_ERROR, (int) code);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, path));
  g_assert_nonnull (strstr (error->message, first));
  g_assert_nonnull (strstr (error->message, second));
  g_assert_null (strchr (error->message, '\n'));
}

static gint64
ask (ReeveSqliteStoreDatabase *database, const char *sql)
{
  g_autoptr (GError) error = NULL;
  sqlite3_stmt *statement = reeve_sqlite_store_database_query (database, sql, &error);
  gboolean row;
  gint64 number;

  g_assert_no_error (error);
  g_assert_true (reeve_sqlite_store_database_step (database, statement, &row, &error) && row);
  number = sqlite3_column_int64 (statement, 0);
  sqlite3_reset (statement);
  return number;
}

static ReeveSqliteStoreDatabase *
open_ok (const char *path)
{
  g_autoptr (GError) error = NULL;
  ReeveSqliteStoreDatabase *database = reeve_sqlite_store_database_open (path, CACHE, &error);

  g_assert_no_error (error);
  return database;
}

static void
test_database_new (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  mode_t mask = umask (0);

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (ReeveSqliteStoreDatabase) database = open_ok (f->path);
      g_autofree char *wal = g_strconcat (f->path, "-wal", NULL);
      GStatBuf status;

      g_assert_cmpint (g_stat (f->path, &status), ==, 0);
      g_assert_cmpint (status.st_mode & 07777, ==, 0600);
      g_assert_true (reeve_sqlite_store_database_begin (database, NULL));
      g_assert_true (reeve_sqlite_store_database_exec (database,
                                                       "INSERT INTO shape VALUES (NULL, 'a', 'b')"
                                                       " ON CONFLICT DO NOTHING",
                                                       NULL));
      g_assert_true (reeve_sqlite_store_database_commit (database, NULL));
      if (i == 0)
        {
          g_assert_cmpint (g_stat (wal, &status), ==, 0);
          g_assert_cmpint (status.st_mode & 07777, ==, 0600);
        }
      g_assert_cmpint (ask (database, "PRAGMA user_version"), ==,
                       reeve_sqlite_store_database_get_schema_version ());
      g_assert_cmpint (ask (database, "PRAGMA application_id"), ==,
                       REEVE_SQLITE_STORE_APPLICATION_ID);
      g_assert_cmpint (ask (database, "PRAGMA foreign_keys"), ==, 1);
      g_assert_cmpint (ask (database, "PRAGMA synchronous"), ==, 1);
      g_assert_cmpint (ask (database, "SELECT count (*) FROM shape"), ==, 1);
      /* open to all for a moment: closed the next time */
      g_assert_cmpint (g_chmod (f->path, 0644), ==, 0);
    }
  umask (mask);
}

static void
test_database_reader (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ReeveSqliteStoreDatabase) database = open_ok (f->path);
  g_autoptr (ReeveSqliteStoreDatabase) reader =
      reeve_sqlite_store_database_open_reader (f->path, CACHE, &error);

  g_assert_no_error (error);
  g_assert_true (reeve_sqlite_store_database_begin (database, NULL));
  g_assert_true (reeve_sqlite_store_database_exec (database,
                                                   "INSERT INTO shape VALUES (NULL, 'a', 'b')",
                                                   NULL));
  /* neither waits for the other */
  g_assert_cmpint (ask (reader, "SELECT count (*) FROM shape"), ==, 0);
  g_assert_true (reeve_sqlite_store_database_commit (database, NULL));
  g_assert_cmpint (ask (reader, "SELECT count (*) FROM shape"), ==, 1);
  g_assert_false (reeve_sqlite_store_database_exec (reader, "DELETE FROM shape", &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_IO);
}

static void
test_database_rollback (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (ReeveSqliteStoreDatabase) database = open_ok (f->path);
  g_autoptr (GError) error = NULL;
  guint64 generation = reeve_sqlite_store_database_get_generation (database);

  g_assert_true (reeve_sqlite_store_database_begin (database, NULL));
  g_assert_true (reeve_sqlite_store_database_exec (database,
                                                   "INSERT INTO shape VALUES (NULL, 'a', 'b')",
                                                   NULL));
  reeve_sqlite_store_database_rollback (database);
  g_assert_cmpuint (reeve_sqlite_store_database_get_generation (database), >, generation);
  g_assert_cmpint (ask (database, "SELECT count (*) FROM shape"), ==, 0);
  g_assert_false (reeve_sqlite_store_database_exec (database,
                                                    "INSERT INTO sample VALUES (77, 1, x'01')",
                                                    &error));
  g_assert_nonnull (strstr (error->message, "FOREIGN KEY"));
}

static void
test_database_newer (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  reeve_sqlite_store_database_free (open_ok (f->path));
  run (f->path, "PRAGMA user_version = 99");
  assert_refused (f->path, REEVE_ERROR_INVALID, "schema 99", "up to 2");
  assert_refused (f->path, REEVE_ERROR_INVALID, PACKAGE_VERSION, "install the newer");
}

static void
test_database_foreign (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *before = NULL, *after = NULL;
  gsize length_before, length_after;

  run (f->path, "CREATE TABLE bookmark (url)");
  g_assert_true (g_file_get_contents (f->path, &before, &length_before, NULL));
  assert_refused (f->path, REEVE_ERROR_INVALID, "another program", "another path");
  g_assert_true (g_file_get_contents (f->path, &after, &length_after, NULL));
  g_assert_cmpmem (before, length_before, after, length_after);
}

static void
test_database_garbage (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *text = g_strnfill (9000, 'x');

  g_assert_true (g_file_set_contents (f->path, text, -1, NULL));
  assert_refused (f->path, REEVE_ERROR_INVALID, "not a database", "another path");
}

/* A hole where pages should be. */
static void
test_database_damaged (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *zeros = g_malloc0 (4096 * 2);
  int fd;

  reeve_sqlite_store_database_free (open_ok (f->path));
  fd = open (f->path, O_WRONLY | O_CLOEXEC);
  g_assert_cmpint (pwrite (fd, zeros, 3000, 100), ==, 3000);
  close (fd);
  assert_refused (f->path, REEVE_ERROR_FAILED, "damaged", "restore a backup");
}

static void
test_database_link (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *link = g_build_filename (f->dir, "link.db", NULL);

  reeve_sqlite_store_database_free (open_ok (f->path));
  g_assert_cmpint (symlink ("x.db", link), ==, 0);
  assert_refused (link, REEVE_ERROR_INVALID, "symbolic link", "file itself");
}

static void
test_database_directory (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *missing = g_build_filename (f->dir, "nowhere", "x.db", NULL);

  assert_refused (missing, REEVE_ERROR_IO, "No such file", "belong to");
  assert_refused (f->dir, REEVE_ERROR_IO, "Is a directory", "belong to");
}

/* Root may write anywhere, so somebody else tries: without a file, and with one of his own whose
 * log cannot be made beside it. */
static void
test_database_unwritable (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  static const char *const says[] = { "Permission denied", "cannot write" };

  for (guint i = 0; i < G_N_ELEMENTS (says); i++)
    {
      pid_t pid;
      int status;

      if (i == 1)
        {
          reeve_sqlite_store_database_free (open_ok (f->path));
          g_assert_true (geteuid () != 0 || chown (f->path, 65534, 65534) == 0);
        }
      g_assert_cmpint (g_chmod (f->dir, 0555), ==, 0);
      pid = fork ();
      if (pid == 0)
        {
          if (geteuid () == 0 && (setgid (65534) != 0 || setuid (65534) != 0))
            _exit (1);
          assert_refused (f->path, REEVE_ERROR_IO, says[i], "belong to");
          _exit (0);
        }
      g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
      g_assert_cmpint (status, ==, 0);
      g_assert_cmpint (g_chmod (f->dir, 0700), ==, 0);
    }
}

static void
test_database_owner (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  if (geteuid () != 0)
    {
      g_test_skip ("only root can give files away");
      return;
    }
  g_assert_true (g_file_set_contents (f->path, "", 0, NULL));
  g_assert_cmpint (chown (f->path, 65534, 65534), ==, 0);
  assert_refused (f->path, REEVE_ERROR_INVALID, "uid 65534", "change its owner");
}

/* A second hub: flock() of another open file is as good as that of another process. */
static void
test_database_in_use (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (ReeveSqliteStoreDatabase) database = open_ok (f->path);

  assert_refused (f->path, REEVE_ERROR_UNAVAILABLE, "another hub", "stop that one");
}

/* As sqlite3(1) in a transaction would hold it; takes the busy timeout. */
static void
test_database_locked (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  sqlite3 *handle = NULL;

  g_assert_cmpint (sqlite3_open (f->path, &handle), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (handle, "BEGIN EXCLUSIVE", NULL, NULL, NULL), ==, SQLITE_OK);
  assert_refused (f->path, REEVE_ERROR_UNAVAILABLE, "locked", "end that one");
  sqlite3_close (handle);
}

static void
test_database_full (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (ReeveSqliteStoreDatabase) database = open_ok (f->path);
  g_autoptr (GError) error = NULL;

  g_assert_true (reeve_sqlite_store_database_set_max_pages (
      database, reeve_sqlite_store_database_get_pages (database), NULL));
  g_assert_true (reeve_sqlite_store_database_begin (database, NULL));
  g_assert_false (reeve_sqlite_store_database_exec (
      database, "INSERT INTO shape VALUES (NULL, 'a', hex (zeroblob (100000)))", &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_IO);
  g_assert_nonnull (strstr (error->message, "no space left"));
  g_assert_true (reeve_sqlite_store_database_is_passing (error));
  reeve_sqlite_store_database_rollback (database);
  g_assert_true (reeve_sqlite_store_database_set_max_pages (database, 0, NULL));
  g_assert_true (reeve_sqlite_store_database_exec (
      database, "INSERT INTO shape VALUES (NULL, 'a', hex (zeroblob (100000)))", NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func)                                                                            \
  g_test_add ("/sqlite-store/database/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("new", test_database_new);
  ADD ("reader", test_database_reader);
  ADD ("rollback", test_database_rollback);
  ADD ("newer", test_database_newer);
  ADD ("foreign", test_database_foreign);
  ADD ("garbage", test_database_garbage);
  ADD ("damaged", test_database_damaged);
  ADD ("link", test_database_link);
  ADD ("directory", test_database_directory);
  ADD ("unwritable", test_database_unwritable);
  ADD ("owner", test_database_owner);
  ADD ("in-use", test_database_in_use);
  ADD ("locked", test_database_locked);
  ADD ("full", test_database_full);
#undef ADD
  return g_test_run ();
}
