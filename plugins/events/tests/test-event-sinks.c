/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The queues of those who are told: kept over restarts, in order, each for itself. */

#include "config.h"

#include <string.h>

#include "../reeve-events-outbox.h"
#include "events-sink.h"

#define DAY_MS (24 * 3600 * 1000)

static void
emit (Bench *bench, const char *subject, const char *text)
{
  reeve_context_emit (reeve_mock_host_get_context (bench->host), REEVE_SEVERITY_WARNING, "state",
                      subject, NULL, "%s", text);
  reeve_mock_host_settle (bench->host);
}

/* As a kill does: nothing is flushed, and the plugin is not asked. */
static void
assert_queued (Bench *bench, guint n)
{
  g_autoptr (GPtrArray) queued = bench_read_stored (bench, REEVE_EVENTS_QUEUE_COLLECTION);

  g_assert_cmpuint (queued->len, ==, n);
}

/* (transfer full) of the sink @index */
static GVariant *
describe (Bench *bench, guint index)
{
  g_autoptr (GVariant) answer = bench_call (bench, "ListSinks", g_variant_new ("()"));
  g_autoptr (GVariant) rows = g_variant_get_child_value (answer, 0);

  return g_variant_get_child_value (rows, index);
}

static void
assert_sink (Bench *bench, guint index, const char *state, guint queued, guint64 dropped,
             guint64 given_up)
{
  g_autoptr (GVariant) row = describe (bench, index);
  const char *is;
  guint n;
  guint64 many;

  g_assert_true (g_variant_lookup (row, "state", "&s", &is));
  g_assert_cmpstr (is, ==, state);
  g_assert_true (g_variant_lookup (row, "queued", "u", &n));
  g_assert_cmpuint (n, ==, queued);
  g_assert_true (g_variant_lookup (row, "dropped", "t", &many));
  g_assert_cmpuint (many, ==, dropped);
  g_assert_true (g_variant_lookup (row, "given_up", "t", &many));
  g_assert_cmpuint (many, ==, given_up);
}

/* ---- tests ---- */

static void
test_delivers (void)
{
  g_autoptr (Bench) bench = bench_new (FALSE);
  TestSink *sink;

  bench_start (bench);
  sink = test_sink_come (bench, "pager/a");
  sink->least = REEVE_SEVERITY_NOTICE;
  reeve_context_emit (reeve_mock_host_get_context (bench->host), REEVE_SEVERITY_DEBUG, "test", "",
                      NULL, "not wanted");
  bench_emit (bench, 3);
  /* first it is sure that it will not be forgotten */
  g_assert_cmpstr (sink->got->str, ==, "");
  bench_advance (bench, 1000);
  g_assert_cmpstr (sink->got->str, ==, "1 2 3 ");
  bench_advance (bench, 1000);
  assert_queued (bench, 0);
  assert_sink (bench, 0, "idle", 0, 0, 0);
  test_sink_go (bench, sink);
  assert_sink (bench, 0, "away", 0, 0, 0);
}

/* What was queued and not delivered comes after a restart, with the same numbers. */
static void
test_restart (void)
{
  g_autoptr (Bench) bench = bench_new (TRUE);
  g_autoptr (GVariant) rows = NULL;
  g_autoptr (GVariant) row = NULL;
  TestSink *sink;
  guint64 number = 0;

  bench_start (bench);
  bench_count_stored (bench);
  sink = test_sink_come (bench, "pager");
  sink->fail = TRUE;
  bench_emit (bench, 2);
  reeve_mock_host_advance (bench->host, 600);
  reeve_mock_host_run_until (bench->host, bench_is_stored, bench);
  reeve_mock_host_settle (bench->host);
  g_assert_cmpuint (sink->tries, >, 0);
  assert_warned ("an event was not delivered, it is tried again: pager: nobody answers\n");
  assert_queued (bench, 2);
  rows = bench_list (bench, 1, 0, "", "");
  row = g_variant_get_child_value (rows, 0);
  g_assert_true (g_variant_lookup (row, "number", "t", &number));
  test_sink_go (bench, sink);
  bench_stop (bench);
  bench_start (bench);
  assert_sink (bench, 0, "away", 2, 0, 0);
  /* known and away: what happens now is kept for it, too */
  bench_emit (bench, 1);
  bench_stop (bench);
  bench_start (bench);
  assert_queued (bench, 3);
  sink = test_sink_come (bench, "pager");
  bench_advance (bench, 1000);
  g_assert_cmpstr (sink->got->str, ==, "1 2 3 ");
  g_assert_cmpuint (g_array_index (sink->numbers, guint64, 1), ==, number);
  test_sink_go (bench, sink);
  bench_stop (bench);
  assert_queued (bench, 0);
}

/* One system's events in their order, others pass by. */
static void
test_order (void)
{
  g_autoptr (Bench) bench = bench_new (FALSE);
  TestSink *sink;

  bench_start (bench);
  sink = test_sink_come (bench, "pager");
  sink->fail_subject = "web1";
  emit (bench, "web1", "web1-down");
  emit (bench, "web1", "web1-up");
  emit (bench, "web2", "web2-down");
  emit (bench, "web3", "web3-down");
  bench_advance (bench, 20 * 1000);
  assert_warned ("an event was not delivered, it is tried again: pager: nobody answers\n");
  g_assert_cmpstr (sink->got->str, ==, "web2-down web3-down ");
  sink->fail_subject = NULL;
  bench_advance (bench, REEVE_EVENTS_MAX_BACKOFF_MS);
  g_assert_cmpstr (sink->got->str, ==, "web2-down web3-down web1-down web1-up ");
  test_sink_go (bench, sink);
}

/* Four at a time, never two of one system. */
static void
test_parallel (void)
{
  g_autoptr (Bench) bench = bench_new (FALSE);
  TestSink *sink;

  bench_start (bench);
  sink = test_sink_come (bench, "pager");
  sink->hanging = g_ptr_array_new ();
  emit (bench, "web1", "a1");
  emit (bench, "web1", "a2");
  emit (bench, "web2", "b1");
  emit (bench, "web3", "c1");
  emit (bench, "web4", "d1");
  emit (bench, "web5", "e1");
  bench_advance (bench, 1000);
  g_assert_cmpuint (sink->hanging->len, ==, REEVE_EVENTS_MAX_PARALLEL);
  assert_sink (bench, 0, "delivering", 6, 0, 0);
  test_sink_release (sink);
  bench_advance (bench, 1000);
  g_assert_cmpstr (sink->got->str, ==, "a1 b1 c1 d1 a2 e1 ");
  test_sink_go (bench, sink);
}

/* A dead sink is tried less and less often, said once, and is nobody else's trouble. */
static void
test_dead (void)
{
  g_autoptr (Bench) bench = bench_new (FALSE);
  TestSink *dead, *well, *hung;
  guint tries;

  bench_start (bench);
  dead = test_sink_come (bench, "dead");
  hung = test_sink_come (bench, "hung");
  well = test_sink_come (bench, "well");
  dead->fail = TRUE;
  hung->hanging = g_ptr_array_new ();
  bench_emit (bench, 2);
  bench_advance (bench, 2000);
  g_assert_cmpstr (well->got->str, ==, "1 2 ");
  bench_advance (bench, 60 * 1000);
  assert_warned ("an event was not delivered, it is tried again: dead: nobody answers\n");
  /* 1, 2, 4, 8, 16, 32 seconds */
  g_assert_cmpuint (dead->tries, >=, 5);
  g_assert_cmpuint (dead->tries, <=, 7);
  /* the others hear of it, itself it does not */
  g_assert_nonnull (strstr (well->got->str, "dead has failed 3 times in a row"));
  assert_sink (bench, 0, "failing", 2, 0, 0);
  assert_sink (bench, 2, "idle", 0, 0, 0);
  tries = dead->tries;
  bench_advance (bench, 2 * REEVE_EVENTS_MAX_BACKOFF_MS);
  g_assert_cmpuint (dead->tries, <=, tries + 5);
  dead->fail = FALSE;
  bench_advance (bench, REEVE_EVENTS_MAX_BACKOFF_MS);
  g_assert_nonnull (strstr (dead->got->str, "1 2 "));
  g_assert_nonnull (strstr (well->got->str, "dead delivers again"));
  assert_sink (bench, 0, "idle", 0, 0, 0);
  test_sink_release (hung);
  test_sink_go (bench, dead);
  test_sink_go (bench, hung);
  test_sink_go (bench, well);
  bench_advance (bench, 1000);
  /* the hung one was given up by the dispatch's deadline meanwhile */
  assert_warned ("an event was not delivered, it is tried again: hung: EventSink.deliver: no "
                 "answer within 120000 ms\n");
}

/* What is too old is given up, and said. */
static void
test_gives_up (void)
{
  g_autoptr (Bench) bench = bench_new (FALSE);
  TestSink *sink;

  bench_start (bench);
  sink = test_sink_come (bench, "pager");
  sink->fail = TRUE;
  bench_emit (bench, 2);
  bench_advance (bench, DAY_MS / 2);
  assert_sink (bench, 0, "failing", 2, 0, 0);
  assert_warned ("an event was not delivered, it is tried again: pager: nobody answers\n");
  bench_advance (bench, DAY_MS / 2 + 10 * 60 * 1000);
  assert_warned ("events for pager are given up, from now on all that become too old: pager: "
                 "nobody answers\n");
  assert_sink (bench, 0, "failing", 0, 0, 2);
  bench_advance (bench, 1000);
  assert_queued (bench, 0);
  test_sink_go (bench, sink);
  /* the count stays */
  bench_stop (bench);
  bench_start (bench);
  assert_sink (bench, 0, "away", 0, 0, 2);
  /* one that does not come back is forgotten */
  bench_emit (bench, 1);
  bench_advance (bench, DAY_MS + 10 * 60 * 1000);
  assert_warned ("events for pager are given up, from now on all that become too old: it was away "
                 "for too long\n");
  {
    g_autoptr (GVariant) answer = bench_call (bench, "ListSinks", g_variant_new ("()"));
    g_autoptr (GVariant) rows = g_variant_get_child_value (answer, 0);
    g_autoptr (GPtrArray) sinks = bench_read_stored (bench, REEVE_EVENTS_SINKS_COLLECTION);

    g_assert_cmpuint (g_variant_n_children (rows), ==, 0);
    g_assert_cmpuint (sinks->len, ==, 0);
  }
}

static guint
count_sinks (Bench *bench)
{
  g_autoptr (GVariant) answer = bench_call (bench, "ListSinks", g_variant_new ("()"));
  g_autoptr (GVariant) rows = g_variant_get_child_value (answer, 0);

  return (guint) g_variant_n_children (rows);
}

/* How many stored events have @text in theirs. */
static guint
count_said (Bench *bench, const char *text)
{
  g_autoptr (GVariant) rows = bench_list (bench, 1000, 0, "notice", "");
  guint n = 0;

  for (gsize i = 0; i < g_variant_n_children (rows); i++)
    {
      g_autoptr (GVariant) row = g_variant_get_child_value (rows, i);
      const char *said;

      g_assert_true (g_variant_lookup (row, "text", "&s", &said));
      n += strstr (said, text) != NULL ? 1 : 0;
    }
  return n;
}

/* Two that are dead wait for the news of each other: that must not become news again. */
static void
test_two_dead (void)
{
  g_autoptr (Bench) bench = bench_new (FALSE);
  TestSink *one, *two;

  bench_start (bench);
  one = test_sink_come (bench, "one");
  two = test_sink_come (bench, "two");
  one->fail = two->fail = TRUE;
  for (guint i = 0; i < 12; i++)
    {
      bench_emit (bench, 1);
      bench_advance (bench, DAY_MS / 4);
    }
  assert_warned ("an event was not delivered, it is tried again: one: nobody answers\n"
                 "an event was not delivered, it is tried again: two: nobody answers\n"
                 "events for one are given up, from now on all that become too old: one: nobody "
                 "answers\n"
                 "events for two are given up, from now on all that become too old: two: nobody "
                 "answers\n");
  g_assert_cmpuint (count_said (bench, "are given up"), ==, 2);
  g_assert_cmpuint (count_said (bench, "has failed 3 times in a row"), ==, 2);
  /* the first eight, that the other had failed, and that it gave events up */
  bench_advance (bench, DAY_MS);
  assert_sink (bench, 0, "failing", 0, 0, 14);
  one->fail = FALSE;
  bench_emit (bench, 1);
  bench_advance (bench, REEVE_EVENTS_MAX_BACKOFF_MS + 1000);
  g_assert_cmpuint (count_said (bench,
                                "one delivers again; events that were given up meanwhile: 14"),
                    ==, 1);
  g_assert_cmpuint (count_said (bench, "delivers again"), ==, 1);
  /* another time is another matter */
  one->fail = TRUE;
  bench_emit (bench, 1);
  bench_advance (bench, DAY_MS + 60 * 60 * 1000);
  g_assert_cmpuint (count_said (bench, "events for one are given up"), ==, 2);
  g_assert_cmpuint (count_said (bench, "events for two are given up"), ==, 1);
  assert_warned ("an event was not delivered, it is tried again: one: nobody answers\n"
                 "events for one are given up, from now on all that become too old: one: nobody "
                 "answers\n");
  test_sink_go (bench, one);
  test_sink_go (bench, two);
}

/* A step of the clock makes nothing old. */
static void
test_clock_steps (void)
{
  g_autoptr (Bench) bench = bench_new (FALSE);
  ReeveClock *clock = reeve_mock_host_get_clock (bench->host);
  const gint64 month = G_GINT64_CONSTANT (30) * DAY_MS * 1000;
  TestSink *sink;

  bench_start (bench);
  sink = test_sink_come (bench, "pager");
  sink->fail = TRUE;
  bench_emit (bench, 2);
  bench_advance (bench, 60 * 1000);
  reeve_clock_jump (clock, month);
  bench_emit (bench, 1);
  bench_advance (bench, 10 * 60 * 1000);
  assert_warned ("an event was not delivered, it is tried again: pager: nobody answers\n");
  assert_sink (bench, 0, "failing", 3, 0, 0);
  test_sink_go (bench, sink);
  bench_advance (bench, 2 * 60 * 1000);
  assert_sink (bench, 0, "away", 3, 0, 0);
  bench_stop (bench);
  /* the third is of a time to come now: its age counts from here, and it holds up nobody */
  reeve_clock_jump (clock, -month);
  bench_start (bench);
  bench_emit (bench, 1);
  sink = test_sink_new (reeve_mock_host_get_runtime (bench->host), "pager");
  sink->fail = TRUE;
  bench_advance (bench, DAY_MS - 5 * 60 * 1000);
  assert_sink (bench, 0, "failing", 2, 0, 2);
  bench_advance (bench, 20 * 60 * 1000);
  assert_sink (bench, 0, "failing", 0, 0, 4);
  g_free (take_warned ());
  test_sink_go (bench, sink);
}

/* How long it has been away is counted over restarts, until it comes. */
static void
test_forgotten (void)
{
  g_autoptr (Bench) bench = bench_new (FALSE);
  ReeveClock *clock = reeve_mock_host_get_clock (bench->host);
  TestSink *sink;

  bench_start (bench);
  sink = test_sink_come (bench, "pager");
  test_sink_go (bench, sink);
  bench_advance (bench, DAY_MS / 2);
  bench_stop (bench);
  /* it comes late, and goes again */
  reeve_clock_advance (clock, G_GINT64_CONSTANT (1000) * DAY_MS);
  bench_start (bench);
  sink = test_sink_come (bench, "pager");
  bench_advance (bench, 2 * REEVE_EVENTS_SWEEP_MS);
  test_sink_go (bench, sink);
  for (guint i = 0; i < 3; i++)
    {
      g_assert_cmpuint (count_sinks (bench), ==, 1);
      bench_advance (bench, DAY_MS / 3);
      bench_stop (bench);
      bench_start (bench);
    }
  bench_advance (bench, 3 * REEVE_EVENTS_SWEEP_MS);
  g_assert_cmpuint (count_sinks (bench), ==, 0);
  bench_stop (bench);
  {
    g_autoptr (GPtrArray) sinks = bench_read_stored (bench, REEVE_EVENTS_SINKS_COLLECTION);

    g_assert_cmpuint (sinks->len, ==, 0);
  }
}

/* A full queue costs the least severe, and of those the oldest, which are counted. */
static void
test_full (void)
{
  g_autoptr (Bench) bench = bench_new (FALSE);
  TestSink *sink;

  bench_start (bench);
  sink = test_sink_come (bench, "pager");
  sink->fail = TRUE;
  emit (bench, "0123456789abcdef", "is down");
  bench_emit (bench, REEVE_EVENTS_MAX_QUEUED - 1);
  bench_advance (bench, 1000);
  bench_emit (bench, 200);
  bench_advance (bench, 5000);
  assert_warned ("an event was not delivered, it is tried again: pager: nobody answers\n"
                 "10000 events wait for pager: from now on the least severe are dropped\n");
  assert_sink (bench, 0, "failing", REEVE_EVENTS_MAX_QUEUED, 200, 0);
  assert_queued (bench, REEVE_EVENTS_MAX_QUEUED);
  test_sink_go (bench, sink);
  bench_stop (bench);
  bench_start (bench);
  assert_sink (bench, 0, "away", REEVE_EVENTS_MAX_QUEUED, 200, 0);
  sink = test_sink_come (bench, "pager");
  bench_advance (bench, 1000);
  g_test_message ("%.80s", sink->got->str);
  g_assert_nonnull (strstr (sink->got->str, "is down"));
  g_assert_cmpuint (sink->numbers->len, ==, REEVE_EVENTS_MAX_QUEUED);
  test_sink_go (bench, sink);
}

/* A store that fails is itself news: it is told although it cannot be stored. */
static void
test_store_fails (void)
{
  g_autoptr (Bench) bench = bench_new (FALSE);
  TestSink *sink;

  bench_start (bench);
  sink = test_sink_come (bench, "pager");
  bench_advance (bench, 1000);
  bench->records->mood = REEVE_ERROR_IO;
  bench_emit (bench, 1);
  bench_advance (bench, 1000);
  assert_warned ("events were not stored, it is tried again: host: the disk is full\n");
  g_assert_cmpstr (sink->got->str, ==, "1 ");
  bench_emit (bench, 1);
  g_assert_cmpstr (sink->got->str, ==, "1 2 ");
  bench->records->mood = 0;
  bench_advance (bench, 10 * 1000);
  g_assert_cmpstr (sink->got->str, ==, "1 2 ");
  assert_queued (bench, 0);
  assert_stored (bench, 1, 2);
  test_sink_go (bench, sink);
}

/* A sink that goes away takes its calls with it, and gets them again. */
static void
test_goes_away (void)
{
  g_autoptr (Bench) bench = bench_new (FALSE);
  g_autoptr (GPtrArray) hanging = NULL;
  TestSink *sink;

  bench_start (bench);
  sink = test_sink_come (bench, "pager");
  sink->hanging = g_ptr_array_new_with_free_func (g_object_unref);
  bench_emit (bench, 1);
  bench_advance (bench, 1000);
  hanging = g_steal_pointer (&sink->hanging);
  g_assert_cmpuint (hanging->len, ==, 1);
  test_sink_go (bench, sink);
  bench_advance (bench, 1000);
  assert_sink (bench, 0, "away", 1, 0, 0);
  g_task_return_new_error (hanging->pdata[0], G_IO_ERROR, G_IO_ERROR_CANCELLED, "away");
  g_ptr_array_set_size (hanging, 0);
  sink = test_sink_come (bench, "pager");
  bench_advance (bench, 1000);
  g_assert_cmpstr (sink->got->str, ==, "1 ");
  test_sink_go (bench, sink);
}

static void
test_send_test (void)
{
  g_autoptr (Bench) bench = bench_new (FALSE);
  g_autoptr (GVariant) answer = NULL;
  TestSink *sink;

  bench_start (bench);
  sink = test_sink_come (bench, "pager");
  answer = bench_call (bench, "SendTest", g_variant_new ("(s)", "warning"));
  bench_advance (bench, 1000);
  g_assert_cmpstr (sink->got->str, ==, "a test: somebody asked for this event ");
  test_sink_go (bench, sink);
}

static void
add_tests (void)
{
  g_test_add_func ("/event-sinks/delivers", test_delivers);
  g_test_add_func ("/event-sinks/restart", test_restart);
  g_test_add_func ("/event-sinks/order", test_order);
  g_test_add_func ("/event-sinks/parallel", test_parallel);
  g_test_add_func ("/event-sinks/dead", test_dead);
  g_test_add_func ("/event-sinks/gives-up", test_gives_up);
  g_test_add_func ("/event-sinks/two-dead", test_two_dead);
  g_test_add_func ("/event-sinks/clock-steps", test_clock_steps);
  g_test_add_func ("/event-sinks/forgotten", test_forgotten);
  g_test_add_func ("/event-sinks/full", test_full);
  g_test_add_func ("/event-sinks/store-fails", test_store_fails);
  g_test_add_func ("/event-sinks/goes-away", test_goes_away);
  g_test_add_func ("/event-sinks/send-test", test_send_test);
}

int
main (int argc, char **argv)
{
  return bench_main (argc, argv, add_tests);
}
