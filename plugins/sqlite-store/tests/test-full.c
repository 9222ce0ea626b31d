/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A full disk: one clear error, a bounded queue, another try, and no word too many. Once by
 * SQLite's own limit of pages, once on a real file system of one megabyte where the test may mount
 * one. */

#include "config.h"

#include "store-fixture.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include <glib/gstdio.h>

typedef struct
{
  StoreFixture *f;
  guint pages;
  gboolean done;
} Limit;

static gboolean
limit_write (ReeveSqliteStoreDatabase *database, gpointer data, GError **error)
{
  Limit *limit = data;
  guint pages = reeve_sqlite_store_database_get_pages (database);

  return reeve_sqlite_store_database_set_max_pages (database, limit->pages > 0 ? pages : 0, error);
}

static void
limit_done (gpointer data, const GError *error)
{
  g_assert_no_error (error);
  ((Limit *) data)->done = TRUE;
}

static gboolean
limit_is_done (gpointer data)
{
  return ((Limit *) data)->done;
}

static const ReeveSqliteStoreWriteClass limit_class = {
  .line = REEVE_SQLITE_STORE_LINE_RECORDS,
  .flags = REEVE_SQLITE_STORE_WRITE_ALONE,
  .write = limit_write,
  .done = limit_done,
};

/* No page more than the file has now, or as many as it wants. */
static void
set_full (StoreFixture *f, gboolean full)
{
  Limit limit = { f, full ? 1 : 0, FALSE };

  g_assert_true (reeve_sqlite_store_writer_push (reeve_sqlite_store_core_get_writer (f->core),
                                                 &limit_class, &limit, 0, NULL));
  reeve_mock_host_run_until (f->host, limit_is_done, &limit);
}

static guint
count_events (StoreFixture *f)
{
  guint64 lost;
  g_autoptr (GPtrArray) events = reeve_context_read_events (f->context, 0, &lost);
  guint n = 0;

  for (guint i = 0; i < events->len; i++)
    n += strcmp (reeve_event_get_category (g_ptr_array_index (events, i)), "store") == 0 ? 1 : 0;
  return n;
}

/* @n samples of one system in one call; the answer's error, or NULL. */
static GError *
append_many (StoreFixture *f, guint first, guint n)
{
  g_autoptr (GPtrArray) samples =
      g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_sample_unref);
  g_autofree ReeveHistoryEntry *entries = g_new0 (ReeveHistoryEntry, n);
  g_autoptr (GAsyncResult) result = NULL;
  GError *error = NULL;

  for (guint i = 0; i < n; i++)
    {
      ReeveSample *sample = store_make_typical (STORE_START + (first + i) * STORE_MINUTE, i);

      g_ptr_array_add (samples, sample);
      entries[i] = (ReeveHistoryEntry){ STORE_SYSTEM, sample };
    }
  reeve_history_append_async (f->history, entries, n, NULL, reeve_mock_result_cb, &result);
  reeve_history_append_finish (f->history, store_wait (f, &result), &error);
  return error;
}

static void
wait_for_rows (StoreFixture *f, gint64 rows)
{
  for (guint i = 0; i < STORE_TURNS && store_count (f, "SELECT count (*) FROM sample") < rows; i++)
    {
      reeve_mock_host_advance (f->host, 100);
      g_usleep (1000);
    }
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM sample"), ==, rows);
}

static void
test_full_pages (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  ReeveSqliteStoreWriter *writer = reeve_sqlite_store_core_get_writer (f->core);
  g_autofree char *text = g_strnfill (20000, 'x');
  ReeveHistoryFigures figures;
  g_autoptr (GError) error = NULL;
  guint waiting = 0;

  store_open_collection (f, "test.things", 1, NULL, NULL);
  g_assert_no_error (append_many (f, 0, 10));
  set_full (f, TRUE);
  error = append_many (f, 10, 1000);
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_IO);
  g_assert_nonnull (strstr (error->message, "no space left"));
  g_assert_nonnull (strstr (error->message, f->path));
  g_clear_error (&error);
  g_assert_true (reeve_sqlite_store_writer_is_stuck (writer));
  store_take_warning ("*no space left*history waits*");
  g_assert_cmpuint (count_events (f), ==, 1);

  /* records are refused with the reason, and are not kept */
  g_assert_false (
      store_apply (f, &error, store_make_record ("test.things", "a", 0, text, NULL), NULL));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_IO);
  g_clear_error (&error);

  /* the line has an end */
  for (guint i = 1; i < 40; i++)
    {
      error = append_many (f, 10 + i * 1000, 1000);
      g_assert_nonnull (error);
      if (g_error_matches (error, REEVE_ERROR, REEVE_ERROR_LIMIT))
        break;
      g_clear_error (&error);
    }
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT);
  g_assert_nonnull (strstr (error->message, "samples wait"));
  waiting = reeve_sqlite_store_writer_get_waiting (writer, REEVE_SQLITE_STORE_LINE_HISTORY);
  g_assert_cmpuint (waiting, <=, REEVE_SQLITE_STORE_MAX_SAMPLES);
  g_assert_cmpuint (waiting, >, REEVE_SQLITE_STORE_MAX_SAMPLES - 1000);
  g_assert_true (reeve_history_get_figures (f->history, &figures));
  g_assert_cmpuint (figures.samples_waiting, ==, waiting);
  g_assert_cmpuint (figures.failed, >=, 2);
  g_assert_cmpuint (count_events (f), ==, 1);

  set_full (f, FALSE);
  wait_for_rows (f, 10 + waiting);
  g_assert_false (reeve_sqlite_store_writer_is_stuck (writer));
  g_assert_cmpuint (count_events (f), ==, 2);
  g_assert_true (
      store_apply (f, NULL, store_make_record ("test.things", "a", 0, text, NULL), NULL));
}

/* More waits than the line may hold: what failed went back to what came meanwhile. */
static void
overfill (StoreFixture *f, guint first)
{
  ReeveSqliteStoreWriter *writer = reeve_sqlite_store_core_get_writer (f->core);

  for (guint i = 0;
       i < 10000 &&
       reeve_sqlite_store_writer_get_waiting (writer, REEVE_SQLITE_STORE_LINE_HISTORY) >
           REEVE_SQLITE_STORE_MAX_SAMPLES - 2000;
       i++)
    reeve_mock_host_advance (f->host, 100);
  g_clear_error (&(GError *){ append_many (f, first, 1000) });
  g_assert_cmpuint (reeve_sqlite_store_writer_get_waiting (writer, REEVE_SQLITE_STORE_LINE_HISTORY),
                    >, REEVE_SQLITE_STORE_MAX_SAMPLES);
}

/* What seals and deletes comes back by itself, however long the disk was full. */
static void
test_full_sweep (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  ReeveSqliteStoreWriter *writer = reeve_sqlite_store_core_get_writer (f->core);
  ReeveClock *clock = reeve_mock_host_get_clock (f->host);
  guint n = REEVE_SQLITE_STORE_MAX_SAMPLES / 1000;
  gint64 next;

  /* all of them are old enough to be sealed */
  reeve_clock_advance (clock, 20000 * STORE_MINUTE);
  next = reeve_clock_get_monotonic (clock) + REEVE_SQLITE_STORE_SWEEP_MS * 1000;
  g_assert_no_error (append_many (f, 0, 10));
  set_full (f, TRUE);
  for (guint i = 0; i < n; i++)
    g_clear_error (&(GError *){ append_many (f, 10 + i * 1000, 1000) });
  store_take_warning ("*no space left*history waits*");
  overfill (f, 10 + n * 1000);
  reeve_mock_host_advance (f->host,
                           (guint) ((next - reeve_clock_get_monotonic (clock)) / 1000) - 20000);
  while (reeve_clock_get_monotonic (clock) < next + 20 * G_USEC_PER_SEC)
    {
      reeve_mock_host_advance (f->host, 100);
      /* while the writer tries again there is room in the line */
      while (reeve_sqlite_store_writer_get_waiting (writer, REEVE_SQLITE_STORE_LINE_HISTORY) <=
             REEVE_SQLITE_STORE_MAX_SAMPLES)
        reeve_mock_host_settle (f->host);
    }
  set_full (f, FALSE);
  wait_for_rows (f, (n + 1) * 1000);
  for (guint i = 0;
       i < STORE_TURNS && store_count (f, "SELECT count (*) FROM sample") == (n + 1) * 1000; i++)
    reeve_mock_host_advance (f->host, REEVE_SQLITE_STORE_SWEEP_MS / 200);
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM sample"), <, (n + 1) * 1000);
}

/* What is still refused at the end is lost, and that is said. */
static void
test_full_end (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_no_error (append_many (f, 0, 10));
  set_full (f, TRUE);
  error = append_many (f, 10, 1000);
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_IO);
  store_take_warning ("*no space left*");
  store_fixture_close (f);
  store_take_warning ("1000 samples could not be written*");
}

/* ---- a disk that takes its time ---- */

typedef struct
{
  GMutex mutex;
  GCond cond;
  gboolean over;
} Slow;

static gboolean
slow_write (G_GNUC_UNUSED ReeveSqliteStoreDatabase *database, gpointer data,
            G_GNUC_UNUSED GError **error)
{
  Slow *slow = data;

  g_mutex_lock (&slow->mutex);
  while (!slow->over)
    g_cond_wait (&slow->cond, &slow->mutex);
  g_mutex_unlock (&slow->mutex);
  return TRUE;
}

static const ReeveSqliteStoreWriteClass slow_class = {
  .line = REEVE_SQLITE_STORE_LINE_RECORDS,
  .flags = REEVE_SQLITE_STORE_WRITE_ALONE,
  .write = slow_write,
};

/* While a write takes as long as it likes, the main loop goes on, questions are answered, what
 * comes waits up to the limit, and nothing of it is lost. */
static void
test_full_slow (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  ReeveSqliteStoreWriter *writer = reeve_sqlite_store_core_get_writer (f->core);
  g_autoptr (GPtrArray) samples =
      g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_sample_unref);
  GAsyncResult *results[REEVE_SQLITE_STORE_MAX_SAMPLES / 1024 + 1] = { NULL };
  ReeveHistoryEntry entries[1024];
  g_autoptr (ReeveHistoryRange) range = NULL;
  Slow slow = { .over = FALSE };

  g_assert_no_error (append_many (f, 0, 10));
  g_assert_true (reeve_sqlite_store_writer_push (writer, &slow_class, &slow, 0, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    {
      for (guint j = 0; j < G_N_ELEMENTS (entries); j++)
        {
          gint64 minute = 100 + i * (gint64) G_N_ELEMENTS (entries) + j;
          ReeveSample *sample = store_make_sample (STORE_START + minute * STORE_MINUTE, 0.5);

          g_ptr_array_add (samples, sample);
          entries[j] = (ReeveHistoryEntry){ STORE_SYSTEM, sample };
        }
      reeve_history_append_async (f->history, entries, G_N_ELEMENTS (entries), NULL,
                                  reeve_mock_result_cb, &results[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (results) - 1; i++)
    g_assert_null (results[i]);
  range = store_range (f, STORE_SYSTEM, STORE_START, STORE_START + 100 * STORE_MINUTE, 200);
  g_assert_cmpuint (range->n_times, ==, 10);
  for (guint i = G_N_ELEMENTS (results); i > 0; i--)
    {
      g_autoptr (GError) error = NULL;
      gboolean last = i == G_N_ELEMENTS (results);
      gboolean ok =
          reeve_history_append_finish (f->history, reeve_mock_host_wait (f->host, &results[i - 1]),
                                       &error);

      if (last)
        {
          g_assert_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT);
          g_assert_nonnull (strstr (error->message, "too slow"));
          g_mutex_lock (&slow.mutex);
          slow.over = TRUE;
          g_cond_signal (&slow.cond);
          g_mutex_unlock (&slow.mutex);
        }
      g_assert_true (ok != last);
      g_object_unref (results[i - 1]);
    }
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM sample"), ==,
                   10 + REEVE_SQLITE_STORE_MAX_SAMPLES);
  g_assert_false (reeve_sqlite_store_writer_is_stuck (writer));
  g_assert_cmpuint (count_events (f), ==, 0);
}

/* The same of few samples that have many rows each; all of one minute. */
static void
test_full_rows (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  const ReeveSqliteStoreLimits limits = { 4000, 256 };
  g_autoptr (ReeveSample) sample = store_make_sample (STORE_START, 0.5);
  g_autoptr (GAsyncResult) first = NULL, second = NULL, third = NULL;
  g_autoptr (GError) error = NULL;
  ReeveHistoryEntry entries[200];
  Slow slow = { .over = FALSE };

  reeve_sqlite_store_history_set_limits (REEVE_SQLITE_STORE_HISTORY (f->history), &limits);
  for (guint i = 0; i < 4000; i++)
    {
      g_autofree char *name = g_strdup_printf ("sensor%u", i);

      reeve_sample_add (sample, REEVE_KIND_SENSOR, name);
      reeve_sample_set_number (sample, REEVE_SENSOR_TEMPERATURE, i);
    }
  for (guint i = 0; i < G_N_ELEMENTS (entries); i++)
    entries[i] = (ReeveHistoryEntry){ STORE_SYSTEM, sample };
  g_assert_true (reeve_sqlite_store_writer_push (reeve_sqlite_store_core_get_writer (f->core),
                                                 &slow_class, &slow, 0, NULL));
  reeve_history_append_async (f->history, entries, G_N_ELEMENTS (entries), NULL,
                              reeve_mock_result_cb, &first);
  reeve_history_append_async (f->history, entries, G_N_ELEMENTS (entries), NULL,
                              reeve_mock_result_cb, &second);
  g_assert_false (reeve_history_append_finish (f->history, store_wait (f, &second), &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT);
  g_assert_nonnull (strstr (error->message, "rows of samples wait"));
  g_assert_null (first);
  g_mutex_lock (&slow.mutex);
  slow.over = TRUE;
  g_cond_signal (&slow.cond);
  g_mutex_unlock (&slow.mutex);
  g_assert_true (reeve_history_append_finish (f->history, store_wait (f, &first), NULL));
  /* what was written makes room */
  reeve_history_append_async (f->history, entries, G_N_ELEMENTS (entries), NULL,
                              reeve_mock_result_cb, &third);
  g_assert_true (reeve_history_append_finish (f->history, store_wait (f, &third), NULL));
}

/* The mount is seen by this process alone and ends with it, however that is. */
static gboolean
enter_private_mounts (void)
{
  return unshare (CLONE_NEWNS) == 0 && mount ("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

static void
test_full_disk (gconstpointer private_mounts)
{
  g_autofree char *mount_point = g_dir_make_tmp ("reeve-test-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (mount_point, "x.db", NULL);
  g_autofree char *ballast = g_build_filename (mount_point, "ballast", NULL);
  g_autofree char *zeros = g_malloc0 (4 << 20);
  g_autoptr (GError) error = NULL;
  StoreFixture f = { NULL };
  gssize written;
  int fd;

  if (!GPOINTER_TO_INT (private_mounts) ||
      mount ("tmpfs", mount_point, "tmpfs", 0, "size=4m,mode=0700") != 0)
    {
      g_rmdir (mount_point);
      g_test_skip ("a mount of its own is not allowed here");
      return;
    }
  store_fixture_set_up (&f, path);
  error = append_many (&f, 0, 10);
  g_assert_no_error (error);
  fd = open (ballast, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  written = write (fd, zeros, 4 << 20);
  g_assert_cmpint (written, >, 0);
  close (fd);
  error = append_many (&f, 10, 3000);
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_IO);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "no space left"));
  store_take_warning ("*no space left*");
  g_assert_cmpint (g_unlink (ballast), ==, 0);
  wait_for_rows (&f, 3010);
  store_fixture_tear_down (&f, NULL);
  g_assert_cmpint (umount2 (mount_point, MNT_DETACH), ==, 0);
  g_rmdir (mount_point);
}

int
main (int argc, char **argv)
{
  /* before there is a second thread */
  gboolean private_mounts = enter_private_mounts ();

  store_init (&argc, &argv);
  g_test_add ("/sqlite-store/full/pages", StoreFixture, NULL, store_fixture_set_up, test_full_pages,
              store_fixture_tear_down);
  g_test_add ("/sqlite-store/full/sweep", StoreFixture, NULL, store_fixture_set_up, test_full_sweep,
              store_fixture_tear_down);
  g_test_add ("/sqlite-store/full/end", StoreFixture, NULL, store_fixture_set_up, test_full_end,
              store_fixture_tear_down);
  g_test_add ("/sqlite-store/full/slow", StoreFixture, NULL, store_fixture_set_up, test_full_slow,
              store_fixture_tear_down);
  g_test_add ("/sqlite-store/full/rows", StoreFixture, NULL, store_fixture_set_up, test_full_rows,
              store_fixture_tear_down);
  g_test_add_data_func ("/sqlite-store/full/disk", GINT_TO_POINTER (private_mounts),
                        test_full_disk);
  return g_test_run ();
}
