/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Events beside the real store, and beside one that fails when it is told to. */

#include "config.h"

#include <string.h>

#include "events-fixture.h"

/* ---- tests ---- */

static void
test_row (void)
{
  g_autoptr (Bench) bench = bench_new (FALSE);
  g_autoptr (GVariant) rows = NULL;
  g_autoptr (GVariant) row = NULL;
  g_autofree char *text = NULL;

  bench_start (bench);
  bench_emit (bench, 1);
  rows = bench_list (bench, 0, 0, "", "");
  g_assert_cmpuint (g_variant_n_children (rows), ==, 1);
  row = g_variant_get_child_value (rows, 0);
  text = g_variant_print (row, FALSE);
  g_assert_nonnull (strstr (text, "'severity': <'notice'>"));
  g_assert_nonnull (strstr (text, "'category': <'test'>"));
  g_assert_nonnull (strstr (text, "'subject': <'a subject'>"));
  g_assert_nonnull (strstr (text, "'source': <'host'>"));
  g_assert_nonnull (strstr (text, "'text': <'event 1'>"));
  g_assert_nonnull (strstr (text, "'fields': <{'n': <uint32 0>}>"));
  g_assert_nonnull (strstr (text, "'time': <1767225600.0>"));
  g_assert_nonnull (strstr (text, "'number': <uint64 1767225600000000>"));
}

static void
test_limits_of_list (void)
{
  g_autoptr (Bench) bench = bench_new (FALSE);
  g_autoptr (GVariant) none = NULL;

  bench_start (bench);
  none = bench_list (bench, 0, 0, "", "");
  g_assert_cmpuint (g_variant_n_children (none), ==, 0);
  bench_emit (bench, 1000);
  bench_emit (bench, 200);
  assert_events (bench, 1, 1200, 1200);
  assert_events (bench, 0, 1101, 1200);
  assert_events (bench, G_MAXUINT32, 201, 1200);
}

static void
test_restart (void)
{
  g_autoptr (Bench) bench = bench_new (TRUE);

  /* said before anybody listens, in the same microsecond, and in the last moment */
  bench_emit (bench, 3);
  bench_start (bench);
  bench_emit (bench, 2);
  reeve_context_emit (reeve_mock_host_get_context (bench->host), REEVE_SEVERITY_INFO, "test", "",
                      NULL, "event %u", ++bench->emitted);
  bench_stop (bench);
  assert_stored (bench, 1, 6);
  /* the whole store anew, from its file */
  reeve_mock_host_unload (bench->host, bench->store);
  bench->store = reeve_mock_host_load (bench->host, "sqlite-store", NULL);
  bench_start (bench);
  /* the ring still has them all: none comes twice */
  assert_events (bench, 0, 1, 6);
  bench_advance (bench, 1000);
  bench_emit (bench, 1);
  assert_events (bench, 0, 1, 7);
  bench_stop (bench);
  assert_stored (bench, 1, 7);
}

static void
test_flush_after_a_while (void)
{
  g_autoptr (Bench) bench = bench_new (FALSE);

  bench_start (bench);
  bench_emit (bench, 1);
  bench_advance (bench, REEVE_EVENTS_FLUSH_MS - 100);
  bench_emit (bench, 4);
  g_assert_cmpuint (bench->records->applies, ==, 0);
  bench_advance (bench, 200);
  g_assert_cmpuint (bench->records->applies, ==, 1);
  assert_stored (bench, 1, 5);
  bench_advance (bench, 10 * REEVE_EVENTS_FLUSH_MS);
  g_assert_cmpuint (bench->records->applies, ==, 1);
}

/* Beside the real store, in batches that the ring holds. */
static void
test_cap (void)
{
  const guint total = REEVE_EVENTS_MAX_STORED + 1500;
  g_autoptr (Bench) bench = bench_new (TRUE);

  bench_start (bench);
  bench_count_stored (bench);
  while (bench->emitted < total)
    {
      bench_emit (bench, MIN (REEVE_EVENT_RING_SIZE, total - bench->emitted));
      reeve_mock_host_advance (bench->host, REEVE_EVENTS_FLUSH_MS);
      reeve_mock_host_run_until (bench->host, bench_is_stored, bench);
    }
  assert_events (bench, 2000, total - REEVE_EVENTS_MAX_LISTED + 1, total);
  bench_stop (bench);
  assert_stored (bench, total - REEVE_EVENTS_MAX_STORED + 1, total);
  /* all of them are known after a restart: the next one costs the oldest again */
  bench_start (bench);
  bench_emit (bench, 1);
  bench_stop (bench);
  assert_stored (bench, total - REEVE_EVENTS_MAX_STORED + 2, total + 1);
}

/* What is new and what goes share a batch that the records take. */
static void
test_cap_of_batches (void)
{
  g_autoptr (Bench) bench = bench_new (FALSE);

  bench_start (bench);
  while (bench->emitted < REEVE_EVENTS_MAX_STORED + 2 * REEVE_EVENT_RING_SIZE)
    {
      bench_emit (bench, REEVE_EVENT_RING_SIZE);
      bench_advance (bench, REEVE_EVENTS_FLUSH_MS + 100);
    }
  g_assert_cmpuint (bench->records->largest, ==, REEVE_RECORDS_MAX_BATCH);
  assert_stored (bench, bench->emitted - REEVE_EVENTS_MAX_STORED + 1, bench->emitted);
}

static void
test_store_fails (void)
{
  g_autoptr (Bench) bench = bench_new (FALSE);
  guint applies;

  bench_start (bench);
  bench_emit (bench, 2);
  bench_advance (bench, 1000);
  assert_stored (bench, 1, 2);
  bench->records->mood = REEVE_ERROR_IO;
  bench_emit (bench, 3);
  bench_advance (bench, 1000);
  assert_warned ("events were not stored, it is tried again: host: the disk is full\n");
  /* who looks sees them all the same; the log is not filled */
  assert_events (bench, 0, 1, 5);
  applies = bench->records->applies;
  bench_advance (bench, 4 * REEVE_EVENTS_RETRY_MS);
  g_assert_cmpuint (bench->records->applies, >=, applies + 3);
  g_assert_cmpuint (bench->records->applies, <=, applies + 4);
  bench_emit (bench, 1);
  bench->records->mood = 0;
  bench_advance (bench, REEVE_EVENTS_RETRY_MS + 1000);
  assert_stored (bench, 1, 6);
  bench_stop (bench);
  assert_stored (bench, 1, 6);
}

/* A store that is away for long costs the oldest of what waits, and nothing more; that is said. */
static void
test_store_fails_long (void)
{
  const guint total = REEVE_EVENTS_MAX_WAITING + 1000;
  g_autoptr (Bench) bench = bench_new (FALSE);
  g_autoptr (GPtrArray) stored = NULL;
  g_autoptr (GVariant) errors = NULL;
  g_autofree char *text = NULL;

  bench_start (bench);
  bench->records->mood = REEVE_ERROR_UNAVAILABLE;
  bench_emit (bench, total);
  bench_advance (bench, REEVE_EVENTS_RETRY_MS);
  assert_warned ("events were not stored, it is tried again: host: the disk is full\n");
  bench->records->mood = 0;
  bench_advance (bench, 2 * REEVE_EVENTS_RETRY_MS);
  errors = bench_list (bench, 1, 0, "error", "");
  text = g_variant_print (errors, FALSE);
  g_assert_nonnull (strstr (text, "'1000 events were lost: more came than could be stored'"));
  /* the log itself keeps less than waited */
  stored = bench_read_stored (bench, REEVE_EVENTS_LOG_COLLECTION);
  g_assert_cmpuint (stored->len, ==, REEVE_EVENTS_MAX_STORED);
}

/* What is lost was to take old ones out: they go, too. */
static void
test_store_fails_long_when_full (void)
{
  g_autoptr (Bench) bench = bench_new (FALSE);
  g_autoptr (GPtrArray) stored = NULL;

  bench_start (bench);
  while (bench->emitted < REEVE_EVENTS_MAX_STORED)
    {
      bench_emit (bench, 1000);
      bench_advance (bench, 1000);
    }
  bench->records->mood = REEVE_ERROR_UNAVAILABLE;
  bench_emit (bench, REEVE_EVENTS_MAX_WAITING + 3000);
  bench_advance (bench, REEVE_EVENTS_RETRY_MS);
  assert_warned ("events were not stored, it is tried again: host: the disk is full\n");
  bench->records->mood = 0;
  bench_advance (bench, 4 * REEVE_EVENTS_RETRY_MS);
  stored = bench_read_stored (bench, REEVE_EVENTS_LOG_COLLECTION);
  g_assert_cmpuint (stored->len, ==, REEVE_EVENTS_MAX_STORED);
  g_assert_cmpuint (bench->records->largest, <=, REEVE_RECORDS_MAX_BATCH);
}

/* A whole fleet goes down within one turn, and each of it is stored and told. */
static void
test_burst (void)
{
  g_autoptr (Bench) bench = bench_new (TRUE);

  bench_start (bench);
  bench_count_stored (bench);
  bench_emit (bench, 5000);
  reeve_mock_host_run_until (bench->host, bench_is_stored, bench);
  bench_stop (bench);
  assert_stored (bench, 1, 5000);
}

/* What the store will never take must not stand in the way of the rest. */
static void
test_store_refuses (void)
{
  g_autoptr (Bench) bench = bench_new (FALSE);

  bench_start (bench);
  bench->records->mood = REEVE_ERROR_INVALID;
  bench_emit (bench, 2);
  bench_advance (bench, 1000);
  assert_warned ("events were not stored: host: the disk is full\n");
  bench->records->mood = 0;
  bench_emit (bench, 1);
  bench_advance (bench, 1000);
  assert_stored (bench, 3, 3);
}

/* The stop waits for a commit under way, and for what came meanwhile. */
static void
test_stop_while_storing (void)
{
  g_autoptr (Bench) bench = bench_new (FALSE);
  ReevePluginClass *klass;
  g_autoptr (GAsyncResult) stopped = NULL;

  bench_start (bench);
  klass = REEVE_PLUGIN_GET_CLASS (bench->plugin);
  bench->records->hang = TRUE;
  bench_emit (bench, 2);
  bench_advance (bench, 1000);
  g_assert_nonnull (bench->records->hanging);
  bench_emit (bench, 1);
  klass->stop_async (bench->plugin, NULL, reeve_mock_result_cb, &stopped);
  bench_advance (bench, 100);
  g_assert_null (stopped);
  bench->records->hang = FALSE;
  test_records_release (bench->records);
  reeve_mock_host_wait (bench->host, &stopped);
  g_assert_true (klass->stop_finish (bench->plugin, stopped, NULL));
  assert_stored (bench, 1, 3);
  /* once more is nothing */
  bench_stop (bench);
}

static void
test_stop_while_failing (void)
{
  g_autoptr (Bench) bench = bench_new (FALSE);

  bench_start (bench);
  bench->records->mood = REEVE_ERROR_TIMEOUT;
  bench_emit (bench, 2);
  bench_stop (bench);
  assert_warned ("events were not stored, it is tried again: host: the disk is full\n");
}

static void
test_no_collection (void)
{
  g_autoptr (Bench) bench = bench_new (FALSE);
  g_autoptr (GError) error = NULL;

  bench->records->no_open = TRUE;
  g_assert_null (reeve_mock_host_try_load (bench->host, &error, "events", NULL));
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, "it is newer"));
}

/* Fields of any size: the event is kept, the fields are not. */
static void
test_enormous_fields (void)
{
  g_autoptr (Bench) bench = bench_new (TRUE);
  g_autofree char *text = g_strnfill (REEVE_RECORDS_MAX_VALUE + 1, 'x');

  bench_start (bench);
  reeve_context_emit (reeve_mock_host_get_context (bench->host), REEVE_SEVERITY_INFO, "test", "",
                      g_variant_new_parsed ("{'x': <%s>}", text), "event %u", ++bench->emitted);
  bench_emit (bench, 1);
  bench_stop (bench);
  assert_stored (bench, 1, 2);
}

static void
emit (Bench *bench, ReeveSeverity severity, const char *category, const char *subject)
{
  reeve_context_emit (reeve_mock_host_get_context (bench->host), severity, category, subject, NULL,
                      "event %u", ++bench->emitted);
  reeve_mock_host_settle (bench->host);
}

/* The texts' numbers: "2 3 ". */
static void
assert_found (Bench *bench, GVariant *arguments, const char *expected)
{
  g_autoptr (GVariant) answer = bench_call (bench, "ListEvents", arguments);
  g_autoptr (GVariant) rows = g_variant_get_child_value (answer, 0);
  g_autoptr (GString) found = g_string_new (NULL);

  for (gsize i = 0; i < g_variant_n_children (rows); i++)
    {
      g_autoptr (GVariant) row = g_variant_get_child_value (rows, i);
      const char *text;

      g_assert_true (g_variant_lookup (row, "text", "&s", &text));
      g_string_append_printf (found, "%s ", text + strlen ("event "));
    }
  g_assert_cmpstr (found->str, ==, expected);
}

static void
test_query (void)
{
  g_autoptr (Bench) bench = bench_new (FALSE);
  const double start = 1767225600.0;
  const guint64 none = 0;

  bench_start (bench);
  emit (bench, REEVE_SEVERITY_DEBUG, "link", "web1");
  bench_advance (bench, 1000);
  emit (bench, REEVE_SEVERITY_WARNING, "state", "web1");
  bench_advance (bench, 1000);
  emit (bench, REEVE_SEVERITY_CRITICAL, "store", "");
  emit (bench, REEVE_SEVERITY_NOTICE, "state", "web2");
#define QUERY(limit, after, from, to, severity, category, subject)                                 \
  g_variant_new ("(utddsss)", limit, after, from, to, severity, category, subject)
  assert_found (bench, QUERY (0, none, 0.0, 0.0, "", "", ""), "1 2 3 4 ");
  assert_found (bench, QUERY (2, none, 0.0, 0.0, "", "", ""), "3 4 ");
  assert_found (bench, QUERY (0, none, 0.0, 0.0, "warning", "", ""), "2 3 ");
  assert_found (bench, QUERY (0, none, 0.0, 0.0, "", "state", ""), "2 4 ");
  assert_found (bench, QUERY (0, none, 0.0, 0.0, "", "", "web1"), "1 2 ");
  assert_found (bench, QUERY (0, none, start + 0.5, 0.0, "", "", ""), "2 3 4 ");
  assert_found (bench, QUERY (0, none, start, start + 1, "", "", ""), "1 ");
  assert_found (bench, QUERY (2, (guint64) (start * 1e6), 0.0, 0.0, "", "", ""), "2 3 ");
  assert_found (bench, QUERY (0, G_MAXUINT64, 0.0, 0.0, "", "", ""), "");
  assert_found (bench, QUERY (0, none, 0.0, 0.0, "", "no such", ""), "");
}

/* The order of numbers is the order of things, whatever the clock does, and over restarts. */
static void
test_clock_goes_back (void)
{
  g_autoptr (Bench) bench = bench_new (FALSE);

  bench_start (bench);
  bench_emit (bench, 2);
  reeve_clock_jump (reeve_mock_host_get_clock (bench->host), G_GINT64_CONSTANT (-3600000000));
  bench_emit (bench, 2);
  assert_events (bench, 0, 1, 4);
  bench_stop (bench);
  bench_start (bench);
  bench_emit (bench, 1);
  assert_events (bench, 0, 1, 5);
  bench_stop (bench);
  assert_stored (bench, 1, 5);
}

/* Who follows from far behind misses none, although memory has the newest only. */
static void
test_query_of_the_store (void)
{
  g_autoptr (Bench) bench = bench_new (TRUE);
  guint64 after = 1;
  guint seen = 0;

  bench_start (bench);
  bench_count_stored (bench);
  while (bench->emitted < 3000)
    {
      bench_emit (bench, 1000);
      reeve_mock_host_advance (bench->host, REEVE_EVENTS_FLUSH_MS);
      reeve_mock_host_run_until (bench->host, bench_is_stored, bench);
    }
  bench_emit (bench, 1);
  while (seen < bench->emitted)
    {
      g_autoptr (GVariant) rows = bench_list (bench, 700, after, "", "");
      gsize n = g_variant_n_children (rows);

      g_assert_cmpuint (n, ==, MIN (700, bench->emitted - seen));
      for (gsize i = 0; i < n; i++)
        {
          g_autoptr (GVariant) row = g_variant_get_child_value (rows, i);
          g_autofree char *expected = g_strdup_printf ("event %u", ++seen);
          const char *text;

          g_assert_true (g_variant_lookup (row, "text", "&s", &text));
          g_assert_cmpstr (text, ==, expected);
          g_assert_true (g_variant_lookup (row, "number", "t", &after));
        }
    }
  /* the newest of a rare sort lie behind what is in memory */
  {
    g_autoptr (GVariant) rows = bench_list (bench, 1000, 0, "", "a subject");

    g_assert_cmpuint (g_variant_n_children (rows), ==, 1000);
  }
}

static void
test_query_is_refused (void)
{
  static const char *const bad[] = {
    "(uint32 0, uint64 0, -1.0, 0.0, '', '', '')",
    "(uint32 0, uint64 0, 0.0, nan, '', '', '')",
    "(uint32 0, uint64 0, 0.0, 1e300, '', '', '')",
    "(uint32 0, uint64 0, 0.0, 0.0, 'loud', '', '')",
  };
  g_autoptr (Bench) bench = bench_new (FALSE);
  ReeveContext *context = reeve_mock_host_get_context (bench->host);
  g_autoptr (ReeveSubject) root = reeve_subject_new (REEVE_SUBJECT_UID, "0");
  g_autoptr (ReeveOperations) operations = NULL;

  bench_start (bench);
  operations = reeve_context_lookup (context, REEVE_TYPE_OPERATIONS, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (GError) error = NULL;

      reeve_operations_call_async (operations, context, "ListEvents", g_variant_new_parsed (bad[i]),
                                   root, NULL, reeve_mock_result_cb, &result);
      reeve_mock_host_wait (bench->host, &result);
      g_assert_null (reeve_operations_call_finish (operations, result, &error));
      g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
    }
}

static void
add_tests (void)
{
  g_test_add_func ("/events/query", test_query);
  g_test_add_func ("/events/clock", test_clock_goes_back);
  g_test_add_func ("/events/query/store", test_query_of_the_store);
  g_test_add_func ("/events/query/refused", test_query_is_refused);
  g_test_add_func ("/events/row", test_row);
  g_test_add_func ("/events/list", test_limits_of_list);
  g_test_add_func ("/events/restart", test_restart);
  g_test_add_func ("/events/flush", test_flush_after_a_while);
  g_test_add_func ("/events/cap", test_cap);
  g_test_add_func ("/events/cap/batches", test_cap_of_batches);
  g_test_add_func ("/events/store/fails", test_store_fails);
  g_test_add_func ("/events/store/fails-long", test_store_fails_long);
  g_test_add_func ("/events/store/fails-long-when-full", test_store_fails_long_when_full);
  g_test_add_func ("/events/burst", test_burst);
  g_test_add_func ("/events/store/refuses", test_store_refuses);
  g_test_add_func ("/events/stop/storing", test_stop_while_storing);
  g_test_add_func ("/events/stop/failing", test_stop_while_failing);
  g_test_add_func ("/events/no-collection", test_no_collection);
  g_test_add_func ("/events/enormous-fields", test_enormous_fields);
}

int
main (int argc, char **argv)
{
  return bench_main (argc, argv, add_tests);
}
