/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Snapshot and restore over streams: all or nothing, slow readers, damage, early ends. */

#include "config.h"

#include "store-copies.h"

#include <string.h>
#include <unistd.h>

#include "../reeve-sqlite-store-format.h"
#include "../reeve-sqlite-store-replace.h"

#define C "test.things"
#define BIG 100000

static const char *const indexes[] = { "colour", NULL };

static void
fill (StoreFixture *f)
{
  g_autofree char *text = g_strnfill (BIG, 'x');

  store_open_collection (f, C, 1, indexes, NULL);
  store_open_collection (f, "test.others", 1, NULL, NULL);
  for (guint i = 0; i < 40; i++)
    {
      g_autofree char *id = g_strdup_printf ("r%02u", i);

      g_assert_true (
          store_apply (f, NULL, store_make_record (C, id, 0, text, i % 2 ? "red" : "green"), NULL));
    }
  g_assert_true (store_apply (f, NULL, store_make_record (C, "r00", 1, "second", "blue"), NULL));
  g_assert_true (store_apply (f, NULL, store_make_record ("test.others", "a", 0, "", NULL), NULL));
}

static void
assert_filled (StoreFixture *f)
{
  g_autoptr (GPtrArray) all = store_list (f, C, NULL, NULL, NULL, 0);
  g_autoptr (GPtrArray) red = store_list (f, C, "colour", "red", NULL, 0);
  g_autoptr (GPtrArray) others = store_list (f, "test.others", NULL, NULL, NULL, 0);

  g_assert_cmpuint (all->len, ==, 40);
  g_assert_cmpuint (red->len, ==, 20);
  g_assert_cmpuint (others->len, ==, 1);
  g_assert_cmpstr (store_record_text (g_ptr_array_index (all, 0)), ==, "second");
  g_assert_cmpuint (strlen (store_record_text (g_ptr_array_index (all, 1))), ==, BIG);
}

static void
assert_no_spool (StoreFixture *f)
{
  g_autofree char *spool = reeve_sqlite_store_replace_get_spool (f->path);

  g_assert_false (g_file_test (spool, G_FILE_TEST_EXISTS));
}

/* A cancelled call is answered at once, its work ends a little later (a registry waits for it). */
static void
wait_for_end (StoreFixture *f)
{
  for (guint i = 0; i < 200; i++)
    {
      reeve_mock_host_settle (f->host);
      g_usleep (1000);
    }
}

typedef struct
{
  guint changed;
  guint deleted;
  gint64 revision; /* of r00 */
} Heard;

static void
heard_cb (G_GNUC_UNUSED ReeveRecords *records, ReeveRecord *record, gpointer user_data)
{
  Heard *heard = user_data;

  if (reeve_record_get_value (record) == NULL)
    heard->deleted++;
  else
    heard->changed++;
  if (strcmp (reeve_record_get_id (record), "r00") == 0)
    heard->revision = reeve_record_get_revision (record);
}

static void
test_copies_back (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GByteArray) copy = NULL;
  g_autoptr (GError) error = NULL;
  Heard heard = { 0 };

  fill (f);
  copy = store_take_snapshot (f);
  g_assert_cmpuint (copy->len, >, 39 * BIG);
  /* changed, deleted, new since then */
  g_assert_true (store_apply (f, NULL, store_make_record (C, "r00", 2, "third", "black"),
                              store_make_record (C, "r01", 1, NULL, NULL),
                              store_make_record (C, "new", 0, "new", "red"), NULL));
  reeve_records_watch (f->records, C, heard_cb, &heard);
  g_assert_true (store_restore (f, copy->data, copy->len, NULL, &error));
  g_assert_no_error (error);
  assert_filled (f);
  assert_no_spool (f);
  g_assert_cmpuint (heard.changed, ==, 40);
  g_assert_cmpuint (heard.deleted, ==, 1);
  /* whoever has read the third cannot overwrite the restored one */
  g_assert_cmpint (heard.revision, ==, 4);
  g_assert_false (store_apply (f, &error, store_make_record (C, "r00", 3, "x", "red"), NULL));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  g_assert_true (store_apply (f, NULL, store_make_record (C, "r00", 4, "second", "blue"), NULL));
}

/* Into an empty store, where one collection is open already and the other is not yet. */
static void
test_copies_elsewhere (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  static const char *const more[] = { "size", "colour", NULL };
  g_autoptr (GByteArray) copy = NULL;
  g_autoptr (GPtrArray) red = NULL;
  g_autoptr (ReeveRecord) other = NULL;
  g_autoptr (GError) error = NULL;
  StoreFixture empty = { NULL };

  fill (f);
  copy = store_take_snapshot (f);
  store_fixture_set_up (&empty, NULL);
  store_open_collection (&empty, C, 2, more, NULL);
  g_assert_true (store_restore (&empty, copy->data, copy->len, NULL, &error));
  g_assert_no_error (error);
  red = store_list (&empty, C, "colour", "red", NULL, 0);
  g_assert_cmpuint (red->len, ==, 20);
  g_assert_cmpint (reeve_record_get_revision (g_ptr_array_index (red, 0)), ==, 1);
  store_open_collection (&empty, "test.others", 1, NULL, &error);
  g_assert_no_error (error);
  other = store_get (&empty, "test.others", "a", &error);
  g_assert_no_error (error);
  store_fixture_tear_down (&empty, NULL);
}

static void
assert_nothing (StoreFixture *f, const guint8 *bytes, gsize length, ReeveError code,
                const char *word)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (store_restore (f, bytes, length, NULL, &error));
  g_test_message ("%s", error->message);
  g_assert_error (error, REEVE_ERROR, (int) code);
  g_assert_nonnull (strstr (error->message, word));
  assert_filled (f);
  assert_no_spool (f);
}

static void
test_copies_bad (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GByteArray) copy = NULL;
  g_autoptr (GByteArray) longer = g_byte_array_new ();
  g_autoptr (GByteArray) newer = g_byte_array_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  fill (f);
  copy = store_take_snapshot (f);
  assert_nothing (f, copy->data, copy->len / 2, REEVE_ERROR_INVALID, "ends too early");
  assert_nothing (f, copy->data, copy->len - 1, REEVE_ERROR_INVALID, "ends too early");
  assert_nothing (f, copy->data, 0, REEVE_ERROR_INVALID, "ends too early");
  copy->data[copy->len / 2] ^= 1;
  assert_nothing (f, copy->data, copy->len, REEVE_ERROR_INVALID, "checksum");
  copy->data[copy->len / 2] ^= 1;
  copy->data[8] = 3;
  assert_nothing (f, copy->data, copy->len, REEVE_ERROR_INVALID, "newer version");
  copy->data[8] = 2;
  copy->data[0] = 'x';
  assert_nothing (f, copy->data, copy->len, REEVE_ERROR_INVALID, "something else");
  copy->data[0] = 'R';
  g_byte_array_append (longer, copy->data, copy->len);
  g_byte_array_append (longer, copy->data, 1);
  assert_nothing (f, longer->data, longer->len, REEVE_ERROR_INVALID, "follows its end");
  reeve_sqlite_store_format_put_begin (newer);
  reeve_sqlite_store_format_put_collection (newer, C, 9, indexes);
  assert_nothing (f, newer->data, newer->len, REEVE_ERROR_INVALID, "newer Reeve");

  g_assert_false (store_restore (f, copy->data, copy->len / 2, cancellable, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_CANCELLED);
  wait_for_end (f);
  assert_filled (f);
  assert_no_spool (f);
}

static void
seal (StoreFixture *f)
{
  for (guint i = 0; i < STORE_TURNS && store_count (f, "SELECT count (*) FROM sample") > 60; i++)
    {
      reeve_sqlite_store_history_sweep (REEVE_SQLITE_STORE_HISTORY (f->history));
      reeve_sqlite_store_writer_flush (reeve_sqlite_store_core_get_writer (f->core));
      reeve_mock_host_settle (f->host);
      g_usleep (1000);
    }
}

static void
assert_same_history (StoreFixture *f, ReeveHistoryRange *wanted, guint points)
{
  g_autoptr (ReeveHistoryRange) range =
      store_range (f, STORE_SYSTEM, wanted->from, wanted->to, points);

  g_assert_cmpuint (range->n_times, ==, wanted->n_times);
  g_assert_cmpuint (range->columns->len, ==, wanted->columns->len);
  for (guint i = 0; i < range->columns->len; i++)
    {
      ReeveHistoryColumn *one = g_ptr_array_index (range->columns, i);
      ReeveHistoryColumn *other = g_ptr_array_index (wanted->columns, i);

      g_assert_cmpstr (one->metric, ==, other->metric);
      g_assert_cmpmem (one->values, range->n_times * sizeof (double), other->values,
                       range->n_times * sizeof (double));
    }
}

/* The history goes along: sealed, rolled up and loose; one that is there is replaced, a copy of the
 * first version leaves it alone. */
static void
test_copies_history (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  const guint n = 10 * 60;
  const gint64 begin = STORE_START - n * STORE_MINUTE;
  g_autofree ReeveHistoryEntry *entries = g_new0 (ReeveHistoryEntry, n);
  g_autoptr (GByteArray) copy = NULL;
  g_autoptr (GByteArray) old = g_byte_array_new ();
  g_autoptr (ReeveHistoryRange) minutes = NULL, hours = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autoptr (GError) error = NULL;
  guint8 digest[REEVE_SQLITE_STORE_FORMAT_DIGEST];
  gsize length = sizeof digest;
  StoreFixture other = { NULL };

  for (guint i = 0; i < n; i++)
    entries[i] =
        (ReeveHistoryEntry){ STORE_SYSTEM, store_make_typical (begin + i * STORE_MINUTE, i) };
  reeve_history_append_async (f->history, entries, n, NULL, reeve_mock_result_cb, &result);
  g_assert_true (reeve_history_append_finish (f->history, store_wait (f, &result), NULL));
  for (guint i = 0; i < n; i++)
    reeve_sample_unref (entries[i].sample);
  seal (f);
  minutes = store_range (f, STORE_SYSTEM, begin, STORE_START - 1, 4000);
  hours = store_range (f, STORE_SYSTEM, begin, STORE_START - 1, 10);
  g_assert_cmpuint (minutes->n_times, ==, n);
  copy = store_take_snapshot (f);

  store_fixture_set_up (&other, NULL);
  /* numbers of systems and series that are not those of the copy */
  store_append (&other, STORE_OTHER, STORE_START, 0.25);
  store_append (&other, STORE_SYSTEM, STORE_START, 0.5);
  g_assert_true (store_restore (&other, copy->data, copy->len, NULL, &error));
  g_assert_no_error (error);
  assert_same_history (&other, minutes, 4000);
  assert_same_history (&other, hours, 10);
  g_assert_cmpint (store_count (&other, "SELECT count (*) FROM system"), ==, 1);
  /* and it goes on */
  store_append (&other, STORE_SYSTEM, STORE_START, 0.75);
  store_append (&other, STORE_OTHER, STORE_START, 0.75);
  g_assert_cmpint (store_count (&other, "SELECT count (*) FROM system"), ==, 2);
  assert_same_history (&other, minutes, 4000);

  reeve_sqlite_store_format_put_begin (old);
  old->data[8] = 1;
  reeve_sqlite_store_format_put_collection (old, C, 1, indexes);
  g_checksum_update (checksum, old->data, old->len);
  g_checksum_get_digest (checksum, digest, &length);
  reeve_sqlite_store_format_put_end (old, digest);
  g_assert_true (store_restore (&other, old->data, old->len, NULL, &error));
  g_assert_no_error (error);
  assert_same_history (&other, minutes, 4000);
  store_fixture_tear_down (&other, NULL);
}

/* ---- a copy of a damaged file ---- */

#define PLACE "system ???????????????? at * UTC*"
#define BLOCKS "blocks of the history from * to " PLACE
#define ROWS "rows of the history from * to " PLACE

/* Copies the file with @n bytes of page @page turned over, and says what @sql finds in the copy.
 * @lost is said to be. */
static gint64
copy_damaged (StoreFixture *f, gint64 page, guint n, const char *lost, const char *sql)
{
  g_autoptr (GByteArray) copy = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *warning = NULL;
  StoreFixture other = { NULL };
  gint64 left;

  g_assert_cmpint (page, >, 1);
  store_fixture_close (f);
  store_turn_over (f, (page - 1) * STORE_PAGE, n);
  store_fixture_open (f);
  copy = store_take_snapshot (f);
  warning = g_strdup_printf ("*a copy was made without what is damaged: %s cannot be read: "
                             "*x.db is damaged*",
                             lost);
  store_take_warning (warning);
  store_drop_warnings ();
  store_fixture_set_up (&other, NULL);
  store_open_collection (&other, C, 1, indexes, NULL);
  store_open_collection (&other, "test.others", 1, NULL, NULL);
  g_assert_true (store_restore (&other, copy->data, copy->len, NULL, &error));
  g_assert_no_error (error);
  if (!g_str_has_prefix (lost, "records"))
    assert_filled (&other);
  left = store_count (&other, sql);
  store_fixture_tear_down (&other, NULL);
  store_fixture_close (f);
  store_turn_over (f, (page - 1) * STORE_PAGE, n);
  store_fixture_open (f);
  return left;
}

/* A block that is longer than the stream may hold goes part by part, however slow its reader. */
static void
test_copies_long_block (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GByteArray) copy = NULL;
  g_autoptr (GByteArray) again = NULL;
  g_autoptr (GError) error = NULL;
  StoreFixture other = { NULL };

  store_append (f, STORE_SYSTEM, STORE_START, 0.5);
  store_exec (f, "INSERT INTO block SELECT id << 26 | 7, randomblob (5 << 20) FROM system;"
                 " INSERT INTO block SELECT id << 26 | 8, randomblob (1 << 18) FROM system;"
                 " INSERT INTO block SELECT id << 26 | 9, x'07' FROM system");
  copy = store_take_snapshot (f);
  store_fixture_set_up (&other, NULL);
  g_assert_true (store_restore (&other, copy->data, copy->len, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (store_count (&other, "SELECT sum (length (body)) FROM block"), ==,
                   (5 << 20) + (1 << 18) + 1);
  again = store_take_snapshot (&other);
  g_assert_cmpmem (again->data, again->len, copy->data, copy->len);
  store_fixture_tear_down (&other, NULL);
}

/* Pages of the history that cannot be read: what lay there is named and left out, records and all
 * the rest are in the copy. */
static void
test_copies_damaged (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  static const char blocks[] = "SELECT count (*) FROM block";
  static const char rows[] = "SELECT count (*) FROM sample";
  static const char leaf[] = "SELECT pageno FROM dbstat WHERE name = '%s' AND pagetype = 'leaf'"
                             " ORDER BY path LIMIT 1 OFFSET %u";
  static const char chain[] =
      "SELECT pageno FROM dbstat WHERE name = 'block' AND path = (SELECT substr (path, 1, length"
      " (path) - 6) || '000000' FROM dbstat WHERE name = 'block' AND path LIKE '%+000001' LIMIT 1)";
  gint64 all_blocks, all_rows;

  fill (f);
  store_fill_history (f, STORE_SYSTEM, 48 * 60);
  store_fill_history (f, STORE_OTHER, 48 * 60);
  seal (f);
  store_fill_history (f, STORE_SYSTEM, 60);
  store_fill_history (f, STORE_OTHER, 60);
  all_blocks = store_count (f, blocks);
  all_rows = store_count (f, rows);
  g_assert_cmpint (all_rows, >=, 60);
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *block = g_strdup_printf (leaf, "block", i);
      g_autofree char *sample = g_strdup_printf (leaf, "sample", i);
      gint64 left = copy_damaged (f, store_count (f, block), 8, BLOCKS, blocks);

      g_test_message ("%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " blocks", left, all_blocks);
      g_assert_cmpint (left, <, all_blocks);
      g_assert_cmpint (left, >=, all_blocks / 2);
      left = copy_damaged (f, store_count (f, sample), 8, ROWS, rows);
      g_test_message ("%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " rows", left, all_rows);
      g_assert_cmpint (left, <, all_rows);
      g_assert_cmpint (left, >=, all_rows / 2);
    }
  /* a long body whose chain of pages is broken costs its block alone */
  g_assert_cmpint (copy_damaged (f, store_count (f, chain), 4, BLOCKS, blocks), ==, all_blocks - 1);
}

/* The same of the tables that the rest points to: it is lost with them, and there is a copy. */
static void
test_copies_damaged_tables (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  static const struct
  {
    const char *table, *lost, *sql;
    gboolean all; /* none of it is left */
  } cases[] = {
    { "record", "records from the beginning to number *", "SELECT count (*) FROM record", FALSE },
    { "system", "systems of the history from the beginning to the end",
      "SELECT (SELECT count (*) FROM system) + (SELECT count (*) FROM block)", TRUE },
    { "shape", "kinds of the history from the beginning to the end",
      "SELECT (SELECT count (*) FROM shape) + (SELECT count (*) FROM series)", TRUE },
    { "series", "series of the history from the beginning to the end",
      "SELECT count (*) FROM series", TRUE },
  };

  fill (f);
  store_fill_history (f, STORE_SYSTEM, 48 * 60);
  store_fill_history (f, STORE_OTHER, 48 * 60);
  seal (f);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *leaf = g_strdup_printf ("SELECT pageno FROM dbstat WHERE name = '%s'"
                                               " AND pagetype = 'leaf' ORDER BY path LIMIT 1",
                                               cases[i].table);
      gint64 all = store_count (f, cases[i].sql);
      gint64 left = copy_damaged (f, store_count (f, leaf), 8, cases[i].lost, cases[i].sql);

      g_test_message ("%s: %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT, cases[i].table, left, all);
      g_assert_cmpint (left, <, all);
      if (cases[i].all)
        g_assert_cmpint (left, ==, 0);
      else
        g_assert_cmpint (left, >, 0);
    }
}

/* A list of collections that cannot be read: of those in use all is known nevertheless. */
static void
test_copies_damaged_list (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  static const char leaf[] = "SELECT pageno FROM dbstat WHERE name = 'collection'";
  static const char records[] = "SELECT count (*) FROM record";
  static const char lost[] = "records of collections behind number 0 that are not in use";
  g_autoptr (GByteArray) copy = NULL;
  g_autoptr (GError) error = NULL;
  StoreFixture other = { NULL };
  gint64 at;

  fill (f);
  g_assert_cmpint (copy_damaged (f, store_count (f, leaf), 8, lost, records), ==, 0);
  store_open_collection (f, C, 1, indexes, NULL);
  store_open_collection (f, "test.others", 1, NULL, NULL);
  at = (store_count (f, leaf) - 1) * STORE_PAGE;
  store_turn_over (f, at, 8);
  copy = store_take_snapshot (f);
  store_take_warning ("*a copy was made without what is damaged: records of collections behind *");
  store_turn_over (f, at, 8);
  store_fixture_set_up (&other, NULL);
  store_open_collection (&other, C, 1, indexes, NULL);
  store_open_collection (&other, "test.others", 1, NULL, NULL);
  g_assert_true (store_restore (&other, copy->data, copy->len, NULL, &error));
  g_assert_no_error (error);
  assert_filled (&other);
  store_fixture_tear_down (&other, NULL);
}

/* A reader that goes away, and one that never reads and is given up. */
static void
test_copies_gone (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GAsyncResult) second = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  StorePipe pipe;

  fill (f);
  store_pipe_make (f, &pipe);
  reeve_records_snapshot_async (f->records, pipe.stream, NULL, reeve_mock_result_cb, &result);
  close (pipe.fd);
  pipe.fd = -1;
  g_assert_false (
      reeve_records_snapshot_finish (f->records, reeve_mock_host_wait (f->host, &result), &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_IO);
  g_clear_error (&error);
  store_pipe_clear (&pipe);

  store_pipe_make (f, &pipe);
  reeve_records_snapshot_async (f->records, pipe.stream, cancellable, reeve_mock_result_cb,
                                &second);
  wait_for_end (f);
  g_assert_null (second);
  g_cancellable_cancel (cancellable);
  g_assert_false (
      reeve_records_snapshot_finish (f->records, reeve_mock_host_wait (f->host, &second), &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_CANCELLED);
  wait_for_end (f);
  store_pipe_clear (&pipe);
}

static gpointer
wait_read (G_GNUC_UNUSED ReeveSqliteStoreDatabase *database, gpointer data,
           G_GNUC_UNUSED GCancellable *cancellable, G_GNUC_UNUSED GError **error)
{
  GMutex *mutex = data;

  g_mutex_lock (mutex);
  g_mutex_unlock (mutex);
  return NULL;
}

static void
read_cb (G_GNUC_UNUSED GObject *source, GAsyncResult *result, gpointer user_data)
{
  guint *n = user_data;

  g_task_propagate_pointer (G_TASK (result), NULL);
  (*n)--;
}

/* One that ends while the reader has no room for anything leaves nothing in the way of the next. */
static void
test_copies_busy (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  static const ReeveSqliteStoreReadClass class = { .read = wait_read };
  g_autoptr (GByteArray) copy = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  guint waiting = REEVE_SQLITE_STORE_MAX_READS + 8;
  StorePipe pipe;
  GMutex mutex;

  fill (f);
  copy = store_take_snapshot (f);
  store_pipe_make (f, &pipe);
  reeve_records_restore_async (f->records, pipe.stream, cancellable, reeve_mock_result_cb, &result);
  g_assert_cmpint (write (pipe.fd, copy->data, 1000), ==, 1000);
  wait_for_end (f);
  g_mutex_init (&mutex);
  g_mutex_lock (&mutex);
  for (guint i = waiting; i > 0; i--)
    reeve_sqlite_store_core_read (f->core, &class, &mutex,
                                  g_task_new (NULL, NULL, read_cb, &waiting));
  g_cancellable_cancel (cancellable);
  wait_for_end (f);
  g_mutex_unlock (&mutex);
  g_assert_false (
      reeve_records_restore_finish (f->records, reeve_mock_host_wait (f->host, &result), &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_CANCELLED);
  g_clear_error (&error);
  wait_for_end (f);
  g_assert_cmpuint (waiting, ==, 0);
  g_mutex_clear (&mutex);
  store_pipe_clear (&pipe);
  assert_no_spool (f);
  g_assert_true (store_restore (f, copy->data, copy->len, NULL, &error));
  g_assert_no_error (error);
}

/* The view is that of the beginning, and nobody waits for the one who reads slowly. */
static void
test_copies_view (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  StorePipe pipe;

  fill (f);
  store_pipe_make (f, &pipe);
  reeve_records_snapshot_async (f->records, pipe.stream, cancellable, reeve_mock_result_cb,
                                &result);
  for (guint i = 0; i < 20; i++)
    g_assert_true (store_apply (f, NULL, store_make_record (C, "r00", -1, "x", "red"), NULL));
  g_assert_null (result);
  g_cancellable_cancel (cancellable);
  g_assert_false (
      reeve_records_snapshot_finish (f->records, reeve_mock_host_wait (f->host, &result), NULL));
  wait_for_end (f);
  store_pipe_clear (&pipe);
}

int
main (int argc, char **argv)
{
  store_init (&argc, &argv);
#define ADD(name, func)                                                                            \
  g_test_add ("/sqlite-store/copies/" name, StoreFixture, NULL, store_fixture_set_up, func,        \
              store_fixture_tear_down)
  ADD ("back", test_copies_back);
  ADD ("elsewhere", test_copies_elsewhere);
  ADD ("bad", test_copies_bad);
  ADD ("history", test_copies_history);
  ADD ("long block", test_copies_long_block);
  ADD ("damaged", test_copies_damaged);
  ADD ("damaged-tables", test_copies_damaged_tables);
  ADD ("damaged-list", test_copies_damaged_list);
  ADD ("gone", test_copies_gone);
  ADD ("busy", test_copies_busy);
  ADD ("view", test_copies_view);
#undef ADD
  return g_test_run ();
}
