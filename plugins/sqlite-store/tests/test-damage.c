/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Bytes of the file turned over: what lay there is lost and named, the rest is served and written
 * on. */

#include "config.h"

#include "store-copies.h"

#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "../reeve-sqlite-store-check.h"
#include "../reeve-sqlite-store-grid.h"

#define ROWS (24 * 60)
#define BEGIN (STORE_START - ROWS * STORE_MINUTE)

static void
fill (StoreFixture *f, const char *system)
{
  g_autofree ReeveHistoryEntry *entries = g_new0 (ReeveHistoryEntry, ROWS);
  g_autoptr (GAsyncResult) result = NULL;

  for (guint i = 0; i < ROWS; i++)
    entries[i] = (ReeveHistoryEntry){ system, store_make_typical (BEGIN + i * STORE_MINUTE, i) };
  reeve_history_append_async (f->history, entries, ROWS, NULL, reeve_mock_result_cb, &result);
  g_assert_true (reeve_history_append_finish (f->history, store_wait (f, &result), NULL));
  for (guint i = 0; i < ROWS; i++)
    reeve_sample_unref (entries[i].sample);
}

/* All but the last hour. */
static void
seal (StoreFixture *f, gint64 left)
{
  for (guint i = 0; i < STORE_TURNS && store_count (f, "SELECT count (*) FROM sample") > left; i++)
    {
      reeve_sqlite_store_history_sweep (REEVE_SQLITE_STORE_HISTORY (f->history));
      reeve_sqlite_store_writer_flush (reeve_sqlite_store_core_get_writer (f->core));
      reeve_mock_host_settle (f->host);
      g_usleep (1000);
    }
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM sample"), ==, left);
}

static guint
count_times (StoreFixture *f, const char *system)
{
  g_autoptr (ReeveHistoryRange) range =
      store_range (f, system, BEGIN, STORE_START - 1, REEVE_HISTORY_MAX_POINTS);
  ReeveHistoryColumn *column = store_find_column (range, "memory", "", "used");
  guint n = 0;

  for (guint i = 0; column != NULL && i < range->n_times; i++)
    n += !isnan (column->values[i]) ? 1 : 0;
  return n;
}

static gboolean
check_is_done (gpointer data)
{
  return reeve_sqlite_store_check_is_done (data);
}

/* Warnings of the check after opening. */
static void
check (StoreFixture *f, const char *pattern)
{
  ReeveSqliteStoreCheck *check = reeve_sqlite_store_check_start (f->core);

  reeve_mock_host_run_until (f->host, check_is_done, check);
  reeve_sqlite_store_check_free (check);
  if (pattern != NULL)
    store_take_warning (pattern);
}

static void
set_up (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  store_fixture_set_up (f, NULL);
  fill (f, STORE_SYSTEM);
  fill (f, STORE_OTHER);
  seal (f, 120);
  g_assert_cmpuint (count_times (f, STORE_SYSTEM), ==, ROWS);
  check (f, NULL);
}

/* A byte within a block's body, on a page that holds nothing else: one hour, of one system. */
static void
test_damage_body (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  gint64 page = store_count (f, "SELECT pageno FROM dbstat WHERE name = 'block'"
                                " AND pagetype = 'overflow' AND path LIKE '%/000+000000'"
                                " ORDER BY path LIMIT 1");
  guint one, other;

  g_assert_cmpint (page, >, 1);
  store_fixture_close (f);
  store_turn_over (f, (page - 1) * STORE_PAGE + 2000, 1);
  store_fixture_open (f);
  check (f, "*x.db is damaged (a part of the history of system * in the block from 2025-12-31*");
  one = count_times (f, STORE_SYSTEM);
  other = count_times (f, STORE_OTHER);
  g_test_message ("%u and %u of %u", one, other, ROWS);
  store_take_warning ("*x.db is damaged: history of system * between * is lost in part*");
  g_assert_cmpuint (one + other, <, 2 * ROWS);
  g_assert_cmpuint (one + other, >=, 2 * ROWS - 120);
  /* the same again is not said again */
  g_assert_cmpuint (count_times (f, STORE_SYSTEM), ==, one);
  store_append (f, STORE_SYSTEM, STORE_START, 0.5);
  store_fixture_close (f);
  store_turn_over (f, (page - 1) * STORE_PAGE + 2000, 1);
}

/* The head of a page of the tree: its blocks are lost, those of other pages are served. */
static void
test_damage_tree (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  gint64 page = store_count (f, "SELECT pageno FROM dbstat WHERE name = 'block'"
                                " AND pagetype = 'leaf' ORDER BY path LIMIT 1");
  gint64 leaves = store_count (f, "SELECT count (*) FROM dbstat WHERE name = 'block'"
                                  " AND pagetype = 'leaf'");
  guint one, other;

  g_assert_cmpint (page, >, 1);
  g_assert_cmpint (leaves, >, 1);
  store_fixture_close (f);
  store_turn_over (f, (page - 1) * STORE_PAGE, 8);
  store_fixture_open (f);
  check (f, "*x.db is damaged (*");
  one = count_times (f, STORE_SYSTEM);
  other = count_times (f, STORE_OTHER);
  g_test_message ("%u and %u of %u", one, other, ROWS);
  store_take_warning ("*x.db is damaged: history of system " STORE_SYSTEM "*");
  g_assert_cmpuint (one, <, ROWS);
  g_assert_cmpuint (one, >=, 60);
  g_assert_cmpuint (other, ==, ROWS);
  /* records and new samples are not touched by it; sealing goes round the system */
  store_append (f, STORE_SYSTEM, STORE_START, 0.5);
  store_open_collection (f, "test.things", 1, NULL, NULL);
  g_assert_true (
      store_apply (f, NULL, store_make_record ("test.things", "a", 0, "text", NULL), NULL));
  reeve_mock_host_advance (f->host, 70 * 60 * 1000);
  for (guint i = 0; i < 200; i++)
    {
      reeve_sqlite_store_history_sweep (REEVE_SQLITE_STORE_HISTORY (f->history));
      reeve_mock_host_settle (f->host);
      g_usleep (2000);
    }
  store_drop_warnings ();
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM sample, system WHERE system.id = "
                                   "sample.system AND name = '" STORE_OTHER "'"),
                   ==, 0);
  store_fixture_close (f);
  store_turn_over (f, (page - 1) * STORE_PAGE, 8);
}

static gboolean
append_both (StoreFixture *f, guint minute, GError **error)
{
  g_autoptr (ReeveSample) sample = store_make_sample (STORE_START + minute * STORE_MINUTE, 0.5);
  ReeveHistoryEntry entries[] = { { STORE_OTHER, sample }, { STORE_SYSTEM, sample } };
  g_autoptr (GAsyncResult) result = NULL;

  reeve_history_append_async (f->history, entries, 2, NULL, reeve_mock_result_cb, &result);
  return reeve_history_append_finish (f->history, store_wait (f, &result), error);
}

/* Rows that cannot be written cost their system's samples, and no other's of the same batch. */
static void
test_damage_loose (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  static const char rows[] = "SELECT count (*) FROM sample WHERE system = (SELECT id FROM system"
                             " WHERE name = '" STORE_OTHER "')";
  /* the leaf where the next row of the first system goes, behind its 60 */
  gint64 page = store_count (f, "SELECT pageno FROM (SELECT pageno, sum (ncell + 1) OVER (ORDER BY"
                                " path) AS n FROM dbstat WHERE name = 'sample'"
                                " AND pagetype = 'leaf') WHERE n > 60 LIMIT 1");
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (page, >, 1);
  store_fixture_close (f);
  store_turn_over (f, (page - 1) * STORE_PAGE, 8);
  store_fixture_open (f);
  for (guint i = 0; i < 3; i++)
    {
      append_both (f, i, &error);
      g_assert_no_error (error);
      if (i == 0)
        store_take_warning ("samples of system " STORE_SYSTEM " cannot be kept: *x.db is damaged*");
    }
  /* nothing of it is left: that is an error */
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (ReeveSample) sample = store_make_sample (STORE_START + STORE_MINUTE, 0.5);
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (GError) lost = NULL;

      reeve_history_append_async (f->history, &(ReeveHistoryEntry){ STORE_SYSTEM, sample }, 1, NULL,
                                  reeve_mock_result_cb, &result);
      g_assert_false (reeve_history_append_finish (f->history, store_wait (f, &result), &lost));
      g_assert_error (lost, REEVE_ERROR, REEVE_ERROR_FAILED);
    }
  store_fixture_close (f);
  store_turn_over (f, (page - 1) * STORE_PAGE, 8);
  store_fixture_open (f);
  g_assert_cmpint (store_count (f, rows), ==, 60 + 3);
  g_assert_true (append_both (f, 3, &error));
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM sample"), ==, 120 + 3 + 2);
}

/* A change that meets damage takes nothing along of what is written with it. */
static void
test_damage_change (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *text = g_strnfill (3000, 'x');
  g_autoptr (GPtrArray) first = NULL, bad = NULL, good = NULL;
  g_autoptr (GAsyncResult) begun = NULL, one = NULL, other = NULL;
  g_autoptr (GError) error = NULL;
  gint64 page;

  store_open_collection (f, "test.things", 1, NULL, NULL);
  for (guint i = 0; i < 8; i++)
    {
      g_autofree char *id = g_strdup_printf ("r%u", i);

      g_assert_true (
          store_apply (f, NULL, store_make_record ("test.things", id, 0, text, NULL), NULL));
    }
  page = store_count (f, "SELECT pageno FROM dbstat WHERE name = 'record' AND pagetype = 'leaf'"
                         " ORDER BY path LIMIT 1 OFFSET 1");
  g_assert_cmpint (page, >, 1);
  store_fixture_close (f);
  store_turn_over (f, (page - 1) * STORE_PAGE, 8);
  store_fixture_open (f);
  store_open_collection (f, "test.things", 1, NULL, NULL);
  first = g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_record_unref);
  bad = g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_record_unref);
  good = g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_record_unref);
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *id = g_strdup_printf ("r%u", i);

      g_ptr_array_add (bad, store_make_record ("test.things", id, 1, "new", NULL));
    }
  g_ptr_array_add (first, store_make_record ("test.things", "r6", 1, "new", NULL));
  g_ptr_array_add (good, store_make_record ("test.things", "r7", 1, "new", NULL));
  /* the first is written alone meanwhile, the other two together */
  reeve_records_apply_async (f->records, first, NULL, reeve_mock_result_cb, &begun);
  reeve_records_apply_async (f->records, bad, NULL, reeve_mock_result_cb, &one);
  reeve_records_apply_async (f->records, good, NULL, reeve_mock_result_cb, &other);
  g_assert_true (
      reeve_records_apply_finish (f->records, reeve_mock_host_wait (f->host, &begun), NULL));
  g_assert_false (
      reeve_records_apply_finish (f->records, reeve_mock_host_wait (f->host, &one), &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_FAILED);
  g_clear_error (&error);
  reeve_records_apply_finish (f->records, reeve_mock_host_wait (f->host, &other), &error);
  g_assert_no_error (error);
  g_clear_object (&begun);
  g_clear_object (&one);
  g_clear_object (&other);
  store_fixture_close (f);
  store_turn_over (f, (page - 1) * STORE_PAGE, 8);
}

static void
sweep (StoreFixture *f)
{
  for (guint i = 0; i < 200; i++)
    {
      reeve_sqlite_store_history_sweep (REEVE_SQLITE_STORE_HISTORY (f->history));
      reeve_sqlite_store_writer_flush (reeve_sqlite_store_core_get_writer (f->core));
      reeve_mock_host_settle (f->host);
      g_usleep (500);
    }
}

static gint64
count_loose (StoreFixture *f, const char *system)
{
  g_autofree char *sql = g_strdup_printf ("SELECT count (*) FROM sample WHERE system = (SELECT id"
                                          " FROM system WHERE name = '%s')",
                                          system);

  return store_count (f, sql);
}

/* A block by its id: the page of the tree that it is on, and the first of those that it goes on. */
#define LEAVES(id)                                                                                 \
  "WITH leaf AS (SELECT pageno, path, ncell, sum (ncell) OVER (ORDER BY path) AS upto FROM dbstat" \
  " WHERE name = 'block' AND pagetype = 'leaf'), place AS (SELECT count (*) AS n FROM block"       \
  " WHERE id < (" id ")) "
/* of all the first system's, in its order: minutes, and rows of ten */
#define NEWEST(tier)                                                                               \
  "SELECT max (block.id) FROM block, system WHERE name = '" STORE_SYSTEM "'"                       \
  " AND block.id >> 24 = (system.id << 2) + " tier
static const char minutes_leaf[] =
    LEAVES (NEWEST ("0")) "SELECT pageno FROM leaf, place WHERE upto > n AND upto - ncell <= n";
static const char tens_body[] = LEAVES (
    NEWEST ("1")) "SELECT dbstat.pageno FROM dbstat, leaf, place WHERE dbstat.name = 'block'"
                  " AND upto > n AND upto - leaf.ncell <= n"
                  " AND dbstat.path = leaf.path || printf ('%03x+000000', n - (upto - leaf.ncell))";

/* Rows that cannot be sealed stay, are rolled up and go when they are too old; where it is roll-ups
 * that have no place, all else is sealed. */
static void
test_damage_sealing (StoreFixture *f, gconstpointer data)
{
  const gboolean minutes = data == minutes_leaf;
  g_autoptr (ReeveHistoryRange) hours = NULL;
  gint64 page;

  store_fixture_close (f);
  /* else SQLite knows how long bodies go on without looking */
  store_exec (f, "PRAGMA auto_vacuum = NONE; VACUUM");
  page = store_count (f, data);
  g_assert_cmpint (page, >, 1);
  store_turn_over (f, (page - 1) * STORE_PAGE, minutes ? 8 : 4);
  store_fixture_open (f);
  reeve_mock_host_advance (f->host, 70 * 60 * 1000);
  sweep (f);
  g_assert_cmpint (count_loose (f, STORE_OTHER), ==, 0);
  g_assert_cmpint (count_loose (f, STORE_SYSTEM), ==, minutes ? 60 : 0);
  if (minutes)
    store_take_warning ("history of system " STORE_SYSTEM " in the block from 2025-12-31 18:00 UTC"
                        " (minutes) on is lost, *");
  else
    store_take_warning ("history of system " STORE_SYSTEM " in the block from 2025-12-31 00:00 UTC"
                        " (ten minutes) on is lost, *");
  store_drop_warnings ();
  g_assert_cmpuint (count_times (f, STORE_SYSTEM), >=, minutes ? 60 : ROWS);
  store_exec (f, "CREATE TABLE kept AS SELECT * FROM sample; DELETE FROM sample");
  hours = store_range (f, STORE_SYSTEM, BEGIN, STORE_START - 1, 24);
  g_assert_cmpuint (hours->n_times, ==, 24);
  store_exec (f, "INSERT INTO sample SELECT * FROM kept");
  /* what comes later has another block; and what is too old goes, sealed or not */
  for (guint i = 400; i < 403; i++)
    store_append (f, STORE_SYSTEM, STORE_START + i * STORE_MINUTE, 0.5);
  reeve_mock_host_advance (f->host, 400 * 60 * 1000);
  sweep (f);
  g_assert_cmpint (count_loose (f, STORE_SYSTEM), ==, minutes ? 60 : 0);
  reeve_mock_host_advance (f->host, 8 * 24 * 3600 * 1000);
  sweep (f);
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM sample"), ==, 0);
  store_drop_warnings ();
  store_fixture_close (f);
  store_turn_over (f, (page - 1) * STORE_PAGE, minutes ? 8 : 4);
}

/* The loose row of the first system at @minute says another one, and back. */
static void
turn_minute (StoreFixture *f, gint64 minute, gint64 says)
{
  const guint32 old = GUINT32_TO_BE ((guint32) minute), new = GUINT32_TO_BE ((guint32) says);
  g_autofree char *bytes = NULL;
  gsize length;
  guint n = 0;
  int fd;

  g_assert_true (g_file_get_contents (f->path, &bytes, &length, NULL));
  fd = g_open (f->path, O_RDWR | O_CLOEXEC, 0);
  /* head of a record: the number 1, four bytes, a body */
  for (gsize i = 5; i + 4 < length; i++)
    if (memcmp (bytes + i, &old, 4) == 0 && memcmp (bytes + i - 5, "\x05\x09\x04", 3) == 0)
      {
        g_assert_cmpint (pwrite (fd, &new, 4, (off_t) i), ==, 4);
        n++;
      }
  close (fd);
  g_assert_cmpuint (n, ==, 1);
}

/* SQLite finds a row and does not see that its key is another's: it is noted and passed over, and
 * its system is not sealed. */
static void
test_damage_minute (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  static const gint64 says[] = { 5, 5, 1 << 20, 0x7fffffff };
  const gint64 begin = STORE_START / STORE_MINUTE - 60;

  for (guint i = 0; i < G_N_ELEMENTS (says); i++)
    {
      const gint64 minute = begin + 11 + i + (i == 1 ? -12 : 0);

      store_fixture_close (f);
      turn_minute (f, minute, says[i]);
      store_fixture_open (f);
      for (guint points = 1; points <= 1440; points *= 10)
        {
          g_autoptr (ReeveHistoryRange) range =
              store_range (f, STORE_SYSTEM, STORE_START - 120 * STORE_MINUTE, STORE_START, points);

          g_assert_cmpuint (range->n_times, >, 0);
        }
      if (i == 0)
        store_take_warning ("*x.db is damaged: history of system " STORE_SYSTEM " between *");
      store_fixture_close (f);
      turn_minute (f, says[i], minute);
      store_fixture_open (f);
    }
  store_drop_warnings ();
  store_fixture_close (f);
  turn_minute (f, begin + 30, 5);
  store_fixture_open (f);
  reeve_mock_host_advance (f->host, 70 * 60 * 1000);
  sweep (f);
  store_take_warning ("history of system " STORE_SYSTEM
                      " cannot be sealed or cleared: *x.db is damaged"
                      " (a row has a wrong time)*");
  g_assert_cmpint (count_loose (f, STORE_OTHER), ==, 0);
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM sample"), >, 0);
  store_fixture_close (f);
  turn_minute (f, 5, begin + 30);
}

/* Everything that reads rows: none of it crashes, and a copy has so many records at least. */
static void
read_all (StoreFixture *f, gint64 records)
{
  g_autoptr (GByteArray) copy = NULL;
  g_autoptr (GAsyncResult) range = NULL, list = NULL;
  g_autoptr (ReeveHistoryRange) answer = NULL;
  g_autoptr (GVariant) series = NULL;
  g_autoptr (GError) error = NULL;
  StoreFixture other = { NULL };

  append_both (f, 5, NULL);
  reeve_history_range_async (f->history, STORE_SYSTEM, NULL, BEGIN, STORE_START, 100, NULL,
                             reeve_mock_result_cb, &range);
  answer = reeve_history_range_finish (f->history, reeve_mock_host_wait (f->host, &range), NULL);
  reeve_history_catalogue_async (f->history, STORE_SYSTEM, NULL, reeve_mock_result_cb, &list);
  series = reeve_history_catalogue_finish (f->history, reeve_mock_host_wait (f->host, &list), NULL);
  reeve_mock_host_advance (f->host, 70 * 60 * 1000);
  sweep (f);
  copy = store_take_snapshot (f);
  store_fixture_set_up (&other, NULL);
  store_restore (&other, copy->data, copy->len, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (store_count (&other, "SELECT count (*) FROM system"), ==, 2);
  g_assert_cmpint (store_count (&other, "SELECT count (*) FROM record"), >=, records);
  store_drop_warnings ();
  store_fixture_tear_down (&other, NULL);
}

/* Rows without texts, as a sector of zeros leaves them, and some that are no text. */
static void
test_damage_texts (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  static const char *const cases[] = {
    "UPDATE shape SET kind = NULL WHERE kind = 'memory'",
    "UPDATE shape SET metrics = NULL WHERE kind = 'memory'",
    "UPDATE shape SET kind = CAST (x'ff41' AS TEXT) WHERE kind = 'memory'",
    "UPDATE series SET instance = NULL WHERE instance = 'eth0'",
    "UPDATE series SET instance = CAST (x'41ff' AS TEXT) WHERE instance = 'eth0'",
    "UPDATE collection SET indexes = NULL",
    "UPDATE collection SET name = NULL",
    "UPDATE record SET id = NULL WHERE id = 'a'",
    "UPDATE record SET value = x'ffff' WHERE id = 'a'",
    "UPDATE record SET value = NULL WHERE id = 'a'",
    "UPDATE record SET key1 = CAST (x'41ff' AS TEXT) WHERE id = 'a'",
  };
  static const char *const indexes[] = { "colour", NULL };

  store_open_collection (f, "test.things", 1, indexes, NULL);
  g_assert_true (store_apply (f, NULL, store_make_record ("test.things", "a", 0, "text", "red"),
                              store_make_record ("test.things", "b", 0, "text", "red"), NULL));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *sql = g_strdup_printf (
          "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql ="
          " replace (replace (sql, 'TEXT NOT NULL', 'TEXT'), 'BLOB NOT NULL', 'BLOB')"
          " WHERE type = 'table'; PRAGMA writable_schema = RESET; %s",
          cases[i]);
      g_autofree char *bytes = NULL;
      gsize length;

      g_test_message ("%s", cases[i]);
      store_fixture_close (f);
      g_assert_true (g_file_get_contents (f->path, &bytes, &length, NULL));
      store_exec (f, sql);
      store_fixture_open (f);
      store_open_collection (f, "test.things", 1, indexes, NULL);
      /* without its list no record of a collection that cannot be opened is told */
      read_all (f, strstr (cases[i], "collection") != NULL ? 0 : 1);
      store_fixture_close (f);
      g_assert_true (g_file_set_contents_full (f->path, bytes, (gssize) length,
                                               G_FILE_SET_CONTENTS_NONE, 0600, NULL));
      store_fixture_open (f);
    }
}

/* Old blocks that cannot be read are in nobody's way: those behind them go in their time. */
static void
test_damage_old (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  gint64 page;

  store_fixture_close (f);
  store_exec (f, "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99)"
                 " INSERT INTO block SELECT (SELECT id FROM system WHERE name = '" STORE_SYSTEM
                 "') << 26 | 1000 + i, zeroblob (1500) FROM n");
  page = store_count (f, "SELECT pageno FROM dbstat WHERE name = 'block' AND pagetype = 'leaf'"
                         " ORDER BY path LIMIT 1 OFFSET 5");
  g_assert_cmpint (page, >, 1);
  store_turn_over (f, (page - 1) * STORE_PAGE, 8);
  store_fixture_open (f);
  for (guint i = 0; i < 3; i++)
    sweep (f);
  store_drop_warnings ();
  store_fixture_close (f);
  store_turn_over (f, (page - 1) * STORE_PAGE, 8);
  store_fixture_open (f);
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM block WHERE id & 16777215 < 2000"), >, 0);
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM block WHERE id & 16777215 < 2000"), <,
                   30);
}

static void
tear_down (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  store_drop_warnings ();
  store_fixture_tear_down (f, NULL);
}

int
main (int argc, char **argv)
{
  store_init (&argc, &argv);
  g_test_add ("/sqlite-store/damage/body", StoreFixture, NULL, set_up, test_damage_body, tear_down);
  g_test_add ("/sqlite-store/damage/tree", StoreFixture, NULL, set_up, test_damage_tree, tear_down);
  g_test_add ("/sqlite-store/damage/loose", StoreFixture, NULL, set_up, test_damage_loose,
              tear_down);
  g_test_add ("/sqlite-store/damage/change", StoreFixture, NULL, set_up, test_damage_change,
              tear_down);
  g_test_add ("/sqlite-store/damage/sealing/tens", StoreFixture, tens_body, set_up,
              test_damage_sealing, tear_down);
  g_test_add ("/sqlite-store/damage/sealing/minutes", StoreFixture, minutes_leaf, set_up,
              test_damage_sealing, tear_down);
  g_test_add ("/sqlite-store/damage/minute", StoreFixture, NULL, set_up, test_damage_minute,
              tear_down);
  g_test_add ("/sqlite-store/damage/texts", StoreFixture, NULL, set_up, test_damage_texts,
              tear_down);
  g_test_add ("/sqlite-store/damage/old", StoreFixture, NULL, set_up, test_damage_old, tear_down);
  return g_test_run ();
}
