/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Samples per interval: rates over true times, freshness, sharing, limits, facts. */

#include "config.h"

#include <math.h>

#include <reeve/monitor.h>
#include "lib/reeve-fake-collector.h"
#include "lib/reeve-mock-host.h"

typedef struct
{
  ReeveMockHost *host;
  ReeveContext *context;
  FakeCollector *collector;
  ReeveSampler *sampler;
} Fixture;

static guint warnings;

static GLogWriterOutput
log_writer (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  if ((level & G_LOG_LEVEL_MASK) == G_LOG_LEVEL_WARNING)
    {
      warnings++;
      return G_LOG_WRITER_HANDLED;
    }
  return g_log_writer_default (level, fields, n_fields, user_data);
}

static void
fixture_set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->host = reeve_mock_host_new ("agent", TRUE);
  fixture->context = reeve_mock_host_get_context (fixture->host);
  fixture->collector = fake_collector_new (reeve_mock_host_get_clock (fixture->host));
  reeve_context_provide (fixture->context, REEVE_TYPE_COLLECTOR, "", fixture->collector, &error);
  g_assert_no_error (error);
  fixture->sampler = reeve_sampler_new (fixture->context);
  reeve_mock_host_settle (fixture->host);
}

static void
withdraw (Fixture *fixture, gpointer provider)
{
  g_autoptr (GAsyncResult) result = NULL;

  reeve_context_withdraw_async (fixture->context, provider, reeve_mock_result_cb, &result);
  reeve_mock_host_wait (fixture->host, &result);
  reeve_mock_host_settle (fixture->host);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer data)
{
  reeve_sampler_free (fixture->sampler);
  reeve_mock_host_settle (fixture->host);
  withdraw (fixture, fixture->collector);
  g_assert_finalize_object (fixture->collector);
  reeve_mock_host_free (fixture->host);
}

static void
ask (Fixture *fixture, const ReeveSamplerRequest *request, GAsyncResult **place)
{
  reeve_sampler_sample_async (fixture->sampler, request, NULL, reeve_mock_result_cb, place);
}

/* (transfer full) */
static ReeveMessage *
get_full (Fixture *fixture, const ReeveSamplerRequest *request)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  ReeveMessage *message;

  ask (fixture, request, &result);
  message = reeve_sampler_sample_finish (reeve_mock_host_wait (fixture->host, &result), &error);
  g_assert_no_error (error);
  return message;
}

static ReeveMessage *
get (Fixture *fixture, guint interval_ms)
{
  return get_full (fixture, &(ReeveSamplerRequest){ .interval_ms = interval_ms });
}

static double
rate (ReeveMessage *message)
{
  return reeve_sample_get_value (reeve_message_get_sample (message), REEVE_KIND_NETWORK, NULL,
                                 REEVE_NETWORK_SENT);
}

static gboolean
has_facts (ReeveMessage *message)
{
  return reeve_sample_find_row (reeve_message_get_sample (message), REEVE_KIND_HOST, NULL) >= 0;
}

static void
advance (Fixture *fixture, guint ms)
{
  reeve_mock_host_advance (fixture->host, ms);
}

/* ---- rates ---- */

static void
test_first (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ReeveMessage) first = NULL, second = NULL;
  ReeveSample *sample;

  /* the reading at the start is too young to say anything */
  g_assert_cmpuint (fixture->collector->calls, ==, 1);
  fixture->collector->sent = 5000;
  advance (fixture, 500);
  first = get (fixture, 60000);
  sample = reeve_message_get_sample (first);
  g_assert_true (reeve_sample_get_rates (sample));
  g_assert_true (isnan (rate (first)));
  g_assert_cmpint (reeve_sample_get_time (sample), ==,
                   reeve_clock_get_wall (reeve_mock_host_get_clock (fixture->host)));
  g_assert_cmpfloat (reeve_sample_get_value (sample, REEVE_KIND_SYSTEM, NULL,
                                             REEVE_SYSTEM_CONNECTION),
                     ==, 0);

  fixture->collector->sent = 65000;
  advance (fixture, 60000);
  second = get (fixture, 60000);
  g_assert_cmpfloat (rate (second), ==, 1000);
}

static void
test_baseline (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ReeveMessage) first = NULL;

  fixture->collector->sent = 8000;
  advance (fixture, 4000);
  first = get (fixture, 60000);
  g_assert_cmpfloat (rate (first), ==, 2000);
}

static void
test_link_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ReeveMessage) one = NULL, two = NULL, three = NULL;

  /* nobody asked for long: what was then is no base for a first sample */
  advance (fixture, 3600 * 1000);
  reeve_sampler_link_up (fixture->sampler);
  reeve_mock_host_settle (fixture->host);
  g_assert_cmpuint (fixture->collector->calls, ==, 2);
  fixture->collector->sent = 1000;
  one = get (fixture, 60000);
  g_assert_true (isnan (rate (one)));

  /* a link that is lost and comes again does not get the old sample */
  advance (fixture, 2000);
  fixture->collector->sent = 3000;
  reeve_sampler_link_up (fixture->sampler);
  reeve_mock_host_settle (fixture->host);
  g_assert_cmpuint (fixture->collector->calls, ==, 3);
  two = get (fixture, 60000);
  g_assert_cmpfloat (rate (two), ==, 1000);
  three = get (fixture, 60000);
  g_assert_true (reeve_message_get_sample (two) == reeve_message_get_sample (three));
}

static void
test_intervals (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ReeveMessage) minute = get (fixture, 60000);
  g_autoptr (ReeveMessage) look = NULL, look2 = NULL, minute2 = NULL, look3 = NULL;

  /* somebody looks: the first second's rates are since the minute's */
  fixture->collector->sent = 20000;
  advance (fixture, 20000);
  look = get (fixture, 1000);
  g_assert_cmpfloat (rate (look), ==, 1000);
  fixture->collector->sent = 20300;
  advance (fixture, 1000);
  look2 = get (fixture, 1000);
  g_assert_cmpfloat (rate (look2), ==, 300);
  /* the minute's own are over its minute */
  fixture->collector->sent = 120000;
  advance (fixture, 39000);
  minute2 = get (fixture, 60000);
  g_assert_cmpfloat (rate (minute2), ==, 2000);
  /* somebody looks again: not since the last time somebody looked */
  fixture->collector->sent = 130000;
  advance (fixture, 5000);
  look3 = get (fixture, 1000);
  g_assert_cmpfloat (rate (look3), ==, 2000);
}

static void
test_many_intervals (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 3 * REEVE_SAMPLER_MAX_BUCKETS; i++)
    {
      g_autoptr (ReeveMessage) message = NULL;

      advance (fixture, 2000);
      fixture->collector->sent += 2000;
      message = get (fixture, 1000 + i);
      g_assert_cmpfloat (rate (message), ==, 1000);
    }
}

static void
test_fresh (Fixture *fixture, gconstpointer data)
{
  const ReeveSamplerRequest request = { .interval_ms = 60000, .facts = TRUE, .extension = TRUE };
  g_autoptr (ReeveMessage) one = get_full (fixture, &request), two = NULL, three = NULL;

  g_assert_true (has_facts (one));
  g_assert_cmpuint (reeve_message_get_sequence (one), ==, 1);
  g_assert_cmpint (reeve_message_get_age (one), ==, 0);
  advance (fixture, 29900);
  two = get_full (fixture, &request);
  g_assert_false (has_facts (two));
  g_assert_cmpuint (reeve_message_get_sequence (two), ==, 1);
  g_assert_cmpint (reeve_message_get_age (two), ==, 29900 * 1000);
  g_assert_cmpint (reeve_sample_get_time (reeve_message_get_sample (one)), ==,
                   reeve_sample_get_time (reeve_message_get_sample (two)));
  g_assert_cmpuint (fixture->collector->calls, ==, 2);
  advance (fixture, 100);
  three = get_full (fixture, &request);
  g_assert_true (has_facts (three));
  g_assert_cmpuint (reeve_message_get_sequence (three), ==, 2);
}

/* A hub that does not say its interval gets a new sample each time, and rates as soon as the time
 * between allows them. */
static void
test_no_interval (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ReeveMessage) one = get (fixture, 0), two = NULL, three = NULL;

  fixture->collector->sent = 100;
  advance (fixture, 50);
  two = get (fixture, 0);
  g_assert_true (isnan (rate (two)));
  fixture->collector->sent = 300;
  advance (fixture, 250);
  three = get (fixture, 0);
  g_assert_cmpfloat_with_epsilon (rate (three), 1000, 1e-6);
}

static void
test_clock_jumps (Fixture *fixture, gconstpointer data)
{
  static const gint64 jumps[] = { 3600, -7200, 86400 * 365 };
  g_autoptr (ReeveMessage) message = get (fixture, 1000);

  for (guint i = 0; i < G_N_ELEMENTS (jumps); i++)
    {
      reeve_clock_jump (reeve_mock_host_get_clock (fixture->host), jumps[i] * G_USEC_PER_SEC);
      fixture->collector->sent += 2000;
      advance (fixture, 1000);
      g_clear_pointer (&message, reeve_message_unref);
      message = get (fixture, 1000);
      g_assert_cmpfloat (rate (message), ==, 2000);
    }
}

static void
test_reset (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ReeveMessage) one = NULL, two = NULL, three = NULL;

  fixture->collector->sent = 5000;
  one = get (fixture, 1000);
  fixture->collector->sent = 10;
  advance (fixture, 1000);
  two = get (fixture, 1000);
  g_assert_true (isnan (rate (two)));
  fixture->collector->sent = 1010;
  advance (fixture, 1000);
  three = get (fixture, 1000);
  g_assert_cmpfloat (rate (three), ==, 1000);
}

/* ---- many at once ---- */

static void
test_shared (Fixture *fixture, gconstpointer data)
{
  GAsyncResult *results[REEVE_SAMPLER_MAX_WAITING + 1] = { NULL };
  const ReeveSamplerRequest minute = { .interval_ms = 60000 };
  const ReeveSamplerRequest second = { .interval_ms = 1000 };
  g_autoptr (GError) error = NULL;
  gpointer sample = NULL;

  fixture->collector->hold = TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    ask (fixture, i % 2 == 0 ? &minute : &second, &results[i]);
  reeve_mock_host_settle (fixture->host);
  g_assert_cmpuint (fixture->collector->calls, ==, 2);
  g_assert_null (reeve_sampler_sample_finish (results[REEVE_SAMPLER_MAX_WAITING], &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT);
  g_object_unref (results[REEVE_SAMPLER_MAX_WAITING]);
  fake_collector_release (fixture->collector);
  for (guint i = 0; i < REEVE_SAMPLER_MAX_WAITING; i++)
    {
      g_autoptr (ReeveMessage) message =
          reeve_sampler_sample_finish (reeve_mock_host_wait (fixture->host, &results[i]), NULL);

      if (i == 0)
        sample = reeve_message_get_sample (message);
      g_assert_true ((reeve_message_get_sample (message) == sample) == (i % 2 == 0));
      g_object_unref (results[i]);
    }
  g_assert_cmpuint (fixture->collector->calls, ==, 2);
}

/* Who wants facts does not get a reading without. */
static void
test_not_shared (Fixture *fixture, gconstpointer data)
{
  const ReeveSamplerRequest plain = { .interval_ms = 60000 };
  const ReeveSamplerRequest facts = { .interval_ms = 60000, .facts = TRUE };
  g_autoptr (GAsyncResult) one = NULL, two = NULL;
  g_autoptr (ReeveMessage) first = NULL, second = NULL;

  fixture->collector->hold = TRUE;
  ask (fixture, &plain, &one);
  ask (fixture, &facts, &two);
  fake_collector_release (fixture->collector);
  first = reeve_sampler_sample_finish (reeve_mock_host_wait (fixture->host, &one), NULL);
  second = reeve_sampler_sample_finish (reeve_mock_host_wait (fixture->host, &two), NULL);
  g_assert_false (has_facts (first));
  g_assert_true (has_facts (second));
  g_assert_cmpuint (fixture->collector->calls, ==, 3);
}

static void
test_cancelled (Fixture *fixture, gconstpointer data)
{
  const ReeveSamplerRequest request = { .interval_ms = 60000 };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) one = NULL, two = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (ReeveMessage) message = NULL;

  fixture->collector->hold = TRUE;
  reeve_sampler_sample_async (fixture->sampler, &request, cancellable, reeve_mock_result_cb, &one);
  ask (fixture, &request, &two);
  g_cancellable_cancel (cancellable);
  g_assert_null (reeve_sampler_sample_finish (reeve_mock_host_wait (fixture->host, &one), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_null (two);
  fake_collector_release (fixture->collector);
  message = reeve_sampler_sample_finish (reeve_mock_host_wait (fixture->host, &two), NULL);
  g_assert_nonnull (message);
}

/* ---- collectors ---- */

static void
test_failing (Fixture *fixture, gconstpointer data)
{
  const ReeveSamplerRequest request = { .interval_ms = 1000 };
  FakeCollector *other = fake_collector_new (reeve_mock_host_get_clock (fixture->host));
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (ReeveMessage) one = NULL, two = NULL;
  ReeveSample *sample;

  fixture->collector->fail = TRUE;
  ask (fixture, &request, &result);
  g_assert_null (
      reeve_sampler_sample_finish (reeve_mock_host_wait (fixture->host, &result), &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE);

  /* the others go on; two that know parts of one row are merged */
  other->sent = G_MAXUINT64;
  other->uptime = 77;
  reeve_context_provide (fixture->context, REEVE_TYPE_COLLECTOR, "", other, NULL);
  reeve_mock_host_settle (fixture->host);
  one = get (fixture, 1000);
  sample = reeve_message_get_sample (one);
  g_assert_cmpfloat (reeve_sample_get_value (sample, REEVE_KIND_SYSTEM, NULL, REEVE_SYSTEM_UPTIME),
                     ==, 77);
  g_assert_cmpint (reeve_sample_find_row (sample, REEVE_KIND_NETWORK, NULL), ==, -1);

  /* one goes */
  withdraw (fixture, other);
  g_assert_finalize_object (other);
  fixture->collector->fail = FALSE;
  advance (fixture, 1000);
  two = get (fixture, 1000);
  sample = reeve_message_get_sample (two);
  g_assert_true (
      isnan (reeve_sample_get_value (sample, REEVE_KIND_SYSTEM, NULL, REEVE_SYSTEM_UPTIME)));
  g_assert_cmpint (reeve_sample_find_row (sample, REEVE_KIND_NETWORK, NULL), >=, 0);
}

/* However many samples go without it; and once more when it has worked meanwhile. */
static void
test_failing_said (Fixture *fixture, gconstpointer data)
{
  FakeCollector *other = fake_collector_new (reeve_mock_host_get_clock (fixture->host));

  reeve_context_provide (fixture->context, REEVE_TYPE_COLLECTOR, "", other, NULL);
  reeve_mock_host_settle (fixture->host);
  warnings = 0;
  for (guint i = 0; i < 9; i++)
    {
      g_autoptr (ReeveMessage) message = NULL;

      other->fail = i / 3 != 1;
      message = get (fixture, 1000);
      g_assert_cmpuint (warnings, ==, i < 6 ? 1 : 2);
      advance (fixture, 1000);
    }
  withdraw (fixture, other);
  g_assert_finalize_object (other);
}

/* A collector that never answers costs its own values and no more time than it may have. */
static void
test_hanging (Fixture *fixture, gconstpointer data)
{
  FakeCollector *other = fake_collector_new (reeve_mock_host_get_clock (fixture->host));
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (ReeveMessage) message = NULL;
  const ReeveSamplerRequest request = { .interval_ms = 1000 };

  other->sent = G_MAXUINT64;
  other->uptime = 77;
  reeve_context_provide (fixture->context, REEVE_TYPE_COLLECTOR, "", other, NULL);
  reeve_mock_host_settle (fixture->host);
  fixture->collector->hold = TRUE;
  ask (fixture, &request, &result);
  advance (fixture, REEVE_COLLECT_TIMEOUT_MS - 200);
  g_assert_null (result);
  advance (fixture, 300);
  message = reeve_sampler_sample_finish (reeve_mock_host_wait (fixture->host, &result), NULL);
  g_assert_cmpfloat (reeve_sample_get_value (reeve_message_get_sample (message), REEVE_KIND_SYSTEM,
                                             NULL, REEVE_SYSTEM_UPTIME),
                     ==, 77);
  fake_collector_release (fixture->collector);
  withdraw (fixture, other);
  g_assert_finalize_object (other);
}

static void
test_stopped (Fixture *fixture, gconstpointer data)
{
  const ReeveSamplerRequest request = { .interval_ms = 1000 };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  fixture->collector->hold = TRUE;
  ask (fixture, &request, &result);
  reeve_sampler_free (fixture->sampler);
  g_assert_null (
      reeve_sampler_sample_finish (reeve_mock_host_wait (fixture->host, &result), &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_GONE);
  fake_collector_release (fixture->collector);
  fixture->sampler = reeve_sampler_new (fixture->context);
  reeve_mock_host_settle (fixture->host);
}

/* Counters as they are move no rates of others, and need no second reading. */
static void
test_counters (Fixture *fixture, gconstpointer data)
{
  const ReeveSamplerRequest request = { .counters = TRUE, .facts = TRUE };
  g_autoptr (ReeveMessage) first = NULL;
  g_autoptr (ReeveMessage) raw = NULL;
  g_autoptr (ReeveMessage) second = NULL;
  ReeveSample *sample;
  guint64 count = 0;
  int row;

  fixture->collector->sent = 1000;
  first = get (fixture, 2000);
  advance (fixture, 1000);
  fixture->collector->sent = 1500;
  raw = get_full (fixture, &request);
  sample = reeve_message_get_sample (raw);
  g_assert_false (reeve_sample_get_rates (sample));
  g_assert_cmpint (reeve_sample_get_time (sample), >, 0);
  row = reeve_sample_find_row (sample, REEVE_KIND_NETWORK, NULL);
  g_assert_true (reeve_sample_get_counter (sample, (guint) row, REEVE_NETWORK_SENT, &count));
  g_assert_cmpuint (count, ==, 1500);
  row = reeve_sample_find_row (sample, REEVE_KIND_HOST, NULL);
  g_assert_cmpstr (reeve_sample_get_text (sample, (guint) row, REEVE_HOST_KERNEL), ==, "6.1");
  g_assert_cmpstr (reeve_sample_get_text (sample, (guint) row, REEVE_HOST_AGENT_VERSION), ==,
                   reeve_version_string ());
  advance (fixture, 1000);
  fixture->collector->sent = 3000;
  second = get (fixture, 2000);
  g_assert_cmpfloat_with_epsilon (rate (second), 1000, 0.01);
}

/* ---- facts and schema ---- */

static void
test_facts (Fixture *fixture, gconstpointer data)
{
  const ReeveSamplerRequest facts = { .interval_ms = 60000, .facts = TRUE };
  g_autoptr (ReeveMessage) message = get (fixture, 60000);
  guint row;

  g_assert_false (has_facts (message));
  advance (fixture, 60000);
  g_clear_pointer (&message, reeve_message_unref);
  message = get_full (fixture, &facts);
  row = (guint) reeve_sample_find_row (reeve_message_get_sample (message), REEVE_KIND_HOST, NULL);
  g_assert_cmpstr (reeve_sample_get_text (reeve_message_get_sample (message), row,
                                          REEVE_HOST_KERNEL),
                   ==, "6.1");
  g_assert_cmpstr (reeve_sample_get_text (reeve_message_get_sample (message), row,
                                          REEVE_HOST_AGENT_VERSION),
                   ==, reeve_version_string ());

  /* unasked: looked at now and then, told when they have changed */
  for (guint i = 0; i < 25; i++)
    {
      if (i == 12)
        fixture->collector->kernel = "6.2";
      advance (fixture, 60000);
      g_clear_pointer (&message, reeve_message_unref);
      message = get (fixture, 60000);
      g_assert_cmpint (has_facts (message), ==, i == 19);
    }
}

static const ReeveMetric tape_metrics[] = {
  { "written", "Written", REEVE_METRIC_COUNTER, REEVE_UNIT_BYTES_PER_SECOND,
    REEVE_AGGREGATION_AVERAGE, REEVE_CHART_LINE },
};
static const ReeveKind tape = { "tapes.tape", "Tape", NULL, TRUE, FALSE, 1, tape_metrics };
static const ReeveKind wrong = { "Not a name", "Tape", NULL, TRUE, FALSE, 1, tape_metrics };

static void
test_schema (Fixture *fixture, gconstpointer data)
{
  static const ReeveKind *const kinds[] = { &tape, NULL };
  static const ReeveKind *const wrong_kinds[] = { &tape, &wrong, NULL };
  const ReeveSamplerRequest request = { .interval_ms = 1000, .extension = TRUE, .schema = TRUE };
  const ReeveSamplerRequest stock = { .interval_ms = 1000, .schema = TRUE };
  g_autoptr (ReeveMessage) one = NULL, two = NULL, three = NULL;
  ReeveSchema *schema;

  fixture->collector->kinds = kinds;
  reeve_collector_kinds_changed (REEVE_COLLECTOR (fixture->collector));
  one = get_full (fixture, &request);
  schema = reeve_sample_get_schema (reeve_message_get_sample (one));
  g_assert_nonnull (reeve_schema_find_kind (schema, "tapes.tape", NULL));
  g_assert_true (
      g_bytes_equal (reeve_message_get_description (one), reeve_schema_get_description (schema)));
  two = get_full (fixture, &stock);
  g_assert_null (reeve_message_get_description (two));
  g_assert_cmpuint (reeve_message_get_sequence (two), ==, 0);

  /* kinds that do not fit are left out, the standard ones go on */
  fixture->collector->kinds = wrong_kinds;
  fixture->collector->sent = 1000;
  reeve_collector_kinds_changed (REEVE_COLLECTOR (fixture->collector));
  advance (fixture, 1000);
  three = get_full (fixture, &request);
  g_assert_null (reeve_schema_find_kind (reeve_sample_get_schema (reeve_message_get_sample (three)),
                                         "tapes.tape", NULL));
  g_assert_cmpfloat (rate (three), ==, 1000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_writer_func (log_writer, NULL, NULL);
#define ADD(name, function)                                                                        \
  g_test_add ("/reporter/sampler/" name, Fixture, NULL, fixture_set_up, function, fixture_tear_down)
  ADD ("first", test_first);
  ADD ("baseline", test_baseline);
  ADD ("link-up", test_link_up);
  ADD ("intervals", test_intervals);
  ADD ("many-intervals", test_many_intervals);
  ADD ("fresh", test_fresh);
  ADD ("no-interval", test_no_interval);
  ADD ("clock-jumps", test_clock_jumps);
  ADD ("reset", test_reset);
  ADD ("shared", test_shared);
  ADD ("not-shared", test_not_shared);
  ADD ("cancelled", test_cancelled);
  ADD ("failing", test_failing);
  ADD ("failing-said", test_failing_said);
  ADD ("hanging", test_hanging);
  ADD ("stopped", test_stopped);
  ADD ("counters", test_counters);
  ADD ("facts", test_facts);
  ADD ("schema", test_schema);
  return g_test_run ();
}
