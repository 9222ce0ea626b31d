/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A start with records that cannot be read: the hub runs, and what is sound is there. */

#include "config.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "../reeve-events-read.h"
#include "events-sink.h"

#define PAGE 4096 /* of the database's file */

/* The record at @index of a collection cannot be read any more. (transfer full) its id */
static char *
damage (Bench *bench, const char *collection, guint index)
{
  g_autoptr (GPtrArray) all = bench_read_stored (bench, collection);
  const char *id = reeve_record_get_id (g_ptr_array_index (all, index));

  /* each is needed as it was for the next one to be found */
  return g_strdup (id);
}

static void
damage_log (Bench *bench, const guint *events, guint n)
{
  g_autoptr (GPtrArray) ids = g_ptr_array_new ();

  for (guint i = 0; i < n; i++)
    g_ptr_array_add (ids, damage (bench, COLLECTION, events[i] - 1));
  for (guint i = 0; i < n; i++)
    g_hash_table_add (bench->records->bad, ids->pdata[i]);
}

/* The numbers of all "event N" that are listed, page by page: "1 2 4 ", runs as "1-9 ". Their own
 * numbers grow. */
static char *
list_all (Bench *bench)
{
  g_autoptr (GString) text = g_string_new (NULL);
  guint64 after = 1;
  guint first = 0, last = 0;
  gsize n;

  do
    {
      g_autoptr (GVariant) rows = bench_list (bench, 700, after, "", "");

      n = g_variant_n_children (rows);
      for (gsize i = 0; i < n; i++)
        {
          g_autoptr (GVariant) row = g_variant_get_child_value (rows, i);
          const char *said;
          guint64 number;
          guint event;

          g_assert_true (g_variant_lookup (row, "number", "t", &number));
          g_assert_cmpuint (number, >, after);
          after = number;
          g_assert_true (g_variant_lookup (row, "text", "&s", &said));
          if (!g_str_has_prefix (said, "event "))
            continue;
          event = (guint) g_ascii_strtoull (said + strlen ("event "), NULL, 10);
          if (first == 0 || event != last + 1)
            {
              if (first != 0)
                g_string_append_printf (text, "%u-%u ", first, last);
              first = event;
            }
          last = event;
        }
    }
  while (n == 700);
  g_string_append_printf (text, "%u-%u", first, last);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
assert_said (Bench *bench, const char *text)
{
  g_autoptr (GVariant) rows = bench_list (bench, 10, 0, "error", "");
  g_autofree char *said = g_variant_print (rows, FALSE);

  if (strstr (said, text) == NULL)
    g_error ("no '%s' in %s", text, said);
}

/* Single ones, neighbours, the first and the last. */
static void
test_log (void)
{
  static const guint bad[] = { 1, 700, 1200, 1201, 1204, 3000 };
  g_autoptr (Bench) bench = bench_new (FALSE);
  g_autofree char *first = NULL, *warned = NULL, *listed = NULL, *newest = NULL;
  g_autoptr (GPtrArray) stored = NULL;

  bench_start (bench);
  while (bench->emitted < 3000)
    {
      bench_emit (bench, 500);
      bench_advance (bench, 1000);
    }
  bench_stop (bench);
  first = damage (bench, COLLECTION, 0);
  newest = damage (bench, COLLECTION, 2999);
  stored = bench_read_stored (bench, COLLECTION);
  damage_log (bench, bad, G_N_ELEMENTS (bad));
  bench->records->lists = 0;
  /* so that only what is stored keeps the numbers growing */
  reeve_clock_jump (reeve_mock_host_get_clock (bench->host), G_GINT64_CONSTANT (-86400000000));
  bench_start (bench);
  warned = g_strdup_printf ("events.log cannot be read in places and goes on without that: host: "
                            "record %s is damaged\n",
                            first);
  assert_warned (warned);
  assert_said (bench, "events.log cannot be read in places");
  g_assert_cmpuint (bench->records->lists, <, 1000);
  bench_emit (bench, 2);
  listed = list_all (bench);
  /* the process's ring still had the newest, and it was stored again */
  g_assert_cmpstr (listed, ==, "2-699 701-1199 1202-1203 1205-3002");
  bench_stop (bench);
  /* no new one has taken the place of one that cannot be read */
  g_hash_table_remove_all (bench->records->bad);
  {
    g_autoptr (GPtrArray) all = bench_read_stored (bench, COLLECTION);

    g_assert_cmpuint (all->len, ==, 3004);
    for (guint i = 0; i < stored->len; i++)
      g_assert_true (g_ptr_array_index (all, i) == g_ptr_array_index (stored, i));
    g_assert_cmpstr (reeve_record_get_id (all->pdata[3000]), >, newest);
  }
  bench_start (bench);
}

/* Nothing of the log can be read, not even its end. */
static void
test_whole_log (void)
{
  g_autoptr (Bench) bench = bench_new (FALSE);
  g_autoptr (GPtrArray) stored = NULL;
  g_autoptr (GPtrArray) all = NULL;
  g_autofree char *listed = NULL;
  TestSink *sink;

  bench_start (bench);
  sink = test_sink_come (bench, "pager");
  sink->fail = TRUE;
  bench_emit (bench, 3);
  bench_advance (bench, 1000);
  assert_warned ("an event was not delivered, it is tried again: pager: nobody answers\n");
  test_sink_go (bench, sink);
  bench_stop (bench);
  stored = bench_read_stored (bench, COLLECTION);
  bench->records->all_bad = TRUE;
  reeve_clock_jump (reeve_mock_host_get_clock (bench->host), G_GINT64_CONSTANT (-86400000000));
  bench_start (bench);
  assert_warned ("events.log cannot be read to its end and goes on without that: host: record all "
                 "is damaged\n");
  assert_said (bench, "events.log cannot be read to its end");
  sink = test_sink_come (bench, "pager");
  bench_emit (bench, 1);
  bench_advance (bench, 1000);
  g_assert_nonnull (strstr (sink->got->str, "1 2 3 "));
  g_assert_nonnull (strstr (sink->got->str, " 4 "));
  test_sink_go (bench, sink);
  bench_stop (bench);
  /* what waited has told the numbers of the log */
  bench->records->all_bad = FALSE;
  all = bench_read_stored (bench, COLLECTION);
  for (guint i = 0; i < stored->len; i++)
    g_assert_true (g_ptr_array_index (all, i) == g_ptr_array_index (stored, i));
}

/* What cannot be read counts, and goes in its turn. */
static void
test_log_goes_on (void)
{
  static const guint bad[] = { 3, 8, 20 };
  g_autoptr (Bench) bench = bench_new (FALSE);
  g_autoptr (GPtrArray) stored = NULL;
  g_autofree char *warned = NULL;

  bench_start (bench);
  bench_emit (bench, 20);
  bench_stop (bench);
  damage_log (bench, bad, G_N_ELEMENTS (bad));
  bench_start (bench);
  warned = take_warned ();
  g_assert_true (g_str_has_prefix (warned, "events.log cannot be read in places"));
  while (bench->emitted < REEVE_EVENTS_MAX_STORED + 100)
    {
      bench_emit (bench, 1000);
      bench_advance (bench, 1000);
    }
  bench_stop (bench);
  g_hash_table_remove_all (bench->records->bad);
  stored = bench_read_stored (bench, COLLECTION);
  g_assert_cmpuint (stored->len, ==, REEVE_EVENTS_MAX_STORED);
}

static void
test_queue (void)
{
  g_autoptr (Bench) bench = bench_new (FALSE);
  g_autofree char *id = NULL, *warned = NULL;
  TestSink *sink;

  bench_start (bench);
  sink = test_sink_come (bench, "pager");
  sink->fail = TRUE;
  bench_emit (bench, 5);
  bench_advance (bench, 1000);
  assert_warned ("an event was not delivered, it is tried again: pager: nobody answers\n");
  test_sink_go (bench, sink);
  bench_stop (bench);
  id = damage (bench, REEVE_EVENTS_QUEUE_COLLECTION, 2);
  g_hash_table_add (bench->records->bad, g_strdup (id));
  bench_start (bench);
  warned = g_strdup_printf ("events.queue cannot be read in a place and goes on without that: "
                            "host: record %s is damaged\n",
                            id);
  assert_warned (warned);
  sink = test_sink_come (bench, "pager");
  bench_advance (bench, 1000);
  g_assert_nonnull (strstr (sink->got->str, "1 2 4 5 "));
  test_sink_go (bench, sink);
  bench_stop (bench);
  g_hash_table_remove_all (bench->records->bad);
  {
    g_autoptr (GPtrArray) left = bench_read_stored (bench, REEVE_EVENTS_QUEUE_COLLECTION);

    g_assert_cmpuint (left->len, ==, 0);
  }
}

/* What waits for a sink makes it known. */
static void
test_sinks (void)
{
  g_autoptr (Bench) bench = bench_new (FALSE);
  TestSink *sink;

  bench_start (bench);
  sink = test_sink_come (bench, "pager");
  sink->fail = TRUE;
  bench_emit (bench, 2);
  bench_advance (bench, 1000);
  assert_warned ("an event was not delivered, it is tried again: pager: nobody answers\n");
  test_sink_go (bench, sink);
  bench_stop (bench);
  g_hash_table_add (bench->records->bad, g_strdup ("pager"));
  bench_start (bench);
  assert_warned ("events.sinks cannot be read to its end and goes on without that: host: record "
                 "pager is damaged\n");
  bench_emit (bench, 1);
  sink = test_sink_come (bench, "pager");
  bench_advance (bench, 1000);
  g_assert_nonnull (strstr (sink->got->str, "1 2 "));
  g_assert_nonnull (strstr (sink->got->str, " 3 "));
  test_sink_go (bench, sink);
}

static gboolean
move_cb (gpointer clock)
{
  reeve_clock_advance (clock, 100 * 1000);
  return G_SOURCE_CONTINUE;
}

/* A store that does not answer at once is waited for, not for ever. */
static void
test_slow_store (void)
{
  g_autoptr (Bench) bench = bench_new (FALSE);
  g_autofree char *listed = NULL;
  g_autoptr (GError) error = NULL;
  guint mover;

  bench_start (bench);
  bench_emit (bench, 3);
  bench_stop (bench);
  mover = g_timeout_add (1, move_cb, reeve_mock_host_get_clock (bench->host));
  bench->records->timeouts = REEVE_EVENTS_READ_AGAIN;
  bench_start (bench);
  listed = list_all (bench);
  g_assert_cmpstr (listed, ==, "1-3");
  bench_stop (bench);
  bench->records->timeouts = REEVE_EVENTS_READ_AGAIN + 1;
  g_assert_null (reeve_mock_host_try_load (bench->host, &error, "events", NULL));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_TIMEOUT);
  g_source_remove (mover);
}

static gboolean
cancel_cb (gpointer user_data)
{
  Bench *bench = ((gpointer *) user_data)[0];

  if (bench->records->timeouts > 0)
    return G_SOURCE_CONTINUE;
  g_cancellable_cancel (((gpointer *) user_data)[1]);
  return G_SOURCE_REMOVE;
}

/* A start that is taken back while it waits ends at once. */
static void
test_taken_back (void)
{
  g_autoptr (Bench) bench = bench_new (FALSE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) ended = NULL;
  g_auto (ReeveEventsDamage) none = { 0 };
  g_autoptr (GError) error = NULL;
  gpointer both[] = { bench, cancellable };
  ReeveContext *context = reeve_mock_host_get_context (bench->host);

  bench->records->timeouts = 1;
  reeve_events_read_async (context, REEVE_RECORDS (bench->records), COLLECTION, TRUE, NULL, NULL,
                           NULL, cancellable, reeve_mock_result_cb, &ended);
  g_idle_add (cancel_cb, both);
  reeve_mock_host_wait (bench->host, &ended);
  g_assert_false (reeve_events_read_finish (ended, &none, &error));
  g_assert_nonnull (error);
}

/* Events 1 to 2500, of which nothing is under way. */
static void
fill_file (Bench *bench)
{
  bench_start (bench);
  bench_count_stored (bench);
  while (bench->emitted < 2500)
    {
      bench_emit (bench, 500);
      reeve_mock_host_advance (bench->host, REEVE_EVENTS_FLUSH_MS);
      reeve_mock_host_run_until (bench->host, bench_is_stored, bench);
    }
  bench_stop (bench);
  reeve_records_unwatch (bench->watched, bench->watch);
  bench->watch = 0;
  g_clear_object (&bench->watched);
  reeve_mock_host_unload (bench->host, bench->store);
}

static void
exec (Bench *bench, const char *sql)
{
  g_autofree char *path =
      g_build_filename (reeve_mock_host_get_state_dir (bench->host), "reeve.db", NULL);
  sqlite3 *handle = NULL;

  g_assert_cmpint (sqlite3_open_v2 (path, &handle, SQLITE_OPEN_READWRITE, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (handle, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_close (handle), ==, SQLITE_OK);
}

/* The same beside the real store. */
static void
test_real (void)
{
  g_autoptr (Bench) bench = bench_new (TRUE);
  g_autofree char *listed = NULL, *warned = NULL;

  fill_file (bench);
  exec (bench, "UPDATE record SET value = x'ffffff' WHERE rowid IN (SELECT rowid FROM record"
               " WHERE length (id) = 16 ORDER BY id LIMIT 2 OFFSET 99)");
  exec (bench, "UPDATE record SET value = x'ffffff' WHERE rowid IN (SELECT rowid FROM record"
               " WHERE length (id) = 16 ORDER BY id DESC LIMIT 1)");
  bench->store = reeve_mock_host_load (bench->host, "sqlite-store", NULL);
  bench_start (bench);
  warned = take_warned ();
  g_assert_true (g_pattern_match_simple ("events.log cannot be read in places and goes on without "
                                         "that: sqlite-store: record * of events.log in *reeve.db "
                                         "is damaged: restore a backup\n",
                                         warned));
  assert_said (bench, "restore a backup");
  bench_emit (bench, 1);
  listed = list_all (bench);
  g_assert_cmpstr (listed, ==, "1-99 102-2501");
  bench_stop (bench);
}

/* A page of the file is gone, and with it all that lay there. */
static void
test_torn (void)
{
  g_autoptr (Bench) bench = bench_new (TRUE);
  g_autofree char *listed = NULL, *warned = NULL, *path = NULL, *bytes = NULL;
  const char *found;
  guint first, before, behind, last;
  gsize length;

  fill_file (bench);
  path = g_build_filename (reeve_mock_host_get_state_dir (bench->host), "reeve.db", NULL);
  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  found = memmem (bytes, length, "event 1200", strlen ("event 1200"));
  g_assert_nonnull (found);
  memset (bytes + (found - bytes) / PAGE * PAGE, 0, PAGE);
  g_assert_true (g_file_set_contents (path, bytes, (gssize) length, NULL));
  bench->store = reeve_mock_host_load (bench->host, "sqlite-store", NULL);
  bench_start (bench);
  warned = take_warned ();
  g_assert_nonnull (strstr (warned, "events.log cannot be read in "));
  bench_emit (bench, 1);
  listed = list_all (bench);
  g_assert_cmpint (sscanf (listed, "%u-%u %u-%u", &first, &before, &behind, &last), ==, 4);
  g_assert_cmpuint (first, ==, 1);
  g_assert_cmpuint (before, <, 1200);
  g_assert_cmpuint (behind, >, 1200);
  g_assert_cmpuint (behind - before, <, 100);
  g_assert_cmpuint (last, ==, 2501);
}

static void
add_tests (void)
{
  g_test_add_func ("/events-damage/log", test_log);
  g_test_add_func ("/events-damage/log-goes-on", test_log_goes_on);
  g_test_add_func ("/events-damage/whole-log", test_whole_log);
  g_test_add_func ("/events-damage/queue", test_queue);
  g_test_add_func ("/events-damage/sinks", test_sinks);
  g_test_add_func ("/events-damage/slow-store", test_slow_store);
  g_test_add_func ("/events-damage/taken-back", test_taken_back);
  g_test_add_func ("/events-damage/real", test_real);
  g_test_add_func ("/events-damage/torn", test_torn);
}

int
main (int argc, char **argv)
{
  return bench_main (argc, argv, add_tests);
}
