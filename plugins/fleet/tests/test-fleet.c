/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The fleet as its neighbours see it: the real module beside the real store, over a transport that
 * plays the agents. */

#include "config.h"

#include <math.h>
#include <reeve/monitor.h>
#include <string.h>

#include "fleet-bench.h"

/* ---- tests ---- */

static void
test_sample_to_history (void)
{
  g_autoptr (Bench) bench = bench_new ();
  ReeveLinkOffer offer = bench_offer (bench);
  g_autoptr (GError) error = NULL;
  g_autoptr (ReeveLink) link = bench_link (bench, &offer, &error);
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GVariant) times = NULL;
  g_autoptr (GVariant) system = NULL;
  g_autoptr (GVariant) facts = NULL;
  const char *hostname;

  g_assert_no_error (error);
  assert_state (bench, "up");
  bench_advance (bench, 1500);
  g_assert_cmpuint (bench->transport->requests, ==, 1);
  g_assert_cmpuint (bench->transport->facts, ==, 1);
  g_assert_cmpuint (bench->transport->interval, ==, 60000);
  answer = bench_call (bench, "GetHistory",
                       g_variant_new ("(sddusb)", bench->id, 0.0, 0.0, 0, "cpu", FALSE));
  times = g_variant_get_child_value (answer, 3);
  g_assert_cmpuint (g_variant_n_children (times), ==, 1);
  system = bench_call (bench, "GetSystem", g_variant_new ("(s)", bench->id));
  facts = g_variant_get_child_value (system, 1);
  g_assert_true (g_variant_lookup (facts, "hostname", "&s", &hostname));
  g_assert_cmpstr (hostname, ==, "web1");
  /* once a minute from then on, with what is stored acknowledged, facts asked for once */
  bench_advance (bench, 5 * 60000);
  g_assert_cmpuint (bench->transport->requests, >=, 6);
  g_assert_cmpuint (bench->transport->requests, <=, 7);
  g_assert_cmpuint (bench->transport->facts, ==, 1);
  g_assert_cmpuint (bench->transport->acknowledged, >=, 4);
}

typedef struct
{
  ReeveClock *clock;
  guint steps[60];  /* requests in each second of the minute */
  guint moments[4]; /* in each quarter of a second */
} Asked;

static Asked asked;

static ReeveMessage *
note_request (G_GNUC_UNUSED ReeveLink *link, G_GNUC_UNUSED const ReeveSampleRequest *wanted,
              G_GNUC_UNUSED GError **error)
{
  g_autoptr (ReeveSample) sample = reeve_sample_new (reeve_schema_get_standard ());
  gint64 now = reeve_clock_get_monotonic (asked.clock) / 1000;

  asked.steps[now / 1000 % 60]++;
  asked.moments[now / 250 % 4]++;
  reeve_sample_set_rates (sample, TRUE);
  return reeve_message_new_sample (sample);
}

/* Over the minute, but those of a step together: how many seconds of it have some, and the most. */
static guint
ask_for_a_minute (guint n, guint *ret_most)
{
  g_autoptr (Bench) bench = bench_new ();
  g_autoptr (GPtrArray) links = g_ptr_array_new_with_free_func (g_object_unref);
  guint seconds = 0, moments = 0;

  asked = (Asked){ 0 };
  asked.clock = reeve_context_get_clock (reeve_mock_host_get_context (bench->host));
  bench->transport->answer = note_request;
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("step%u", i);
      g_autoptr (GVariant) added = bench_call (bench, "AddSystem", g_variant_new ("(s)", name));
      ReeveLinkOffer offer = bench_offer (bench);

      g_variant_get (added, "(&s&s&s)", NULL, &offer.token, NULL);
      g_ptr_array_add (links, bench_link (bench, &offer, NULL));
    }
  bench_advance (bench, 4 * 60000);
  memset (asked.steps, 0, sizeof asked.steps);
  memset (asked.moments, 0, sizeof asked.moments);
  bench_advance (bench, 60000);
  *ret_most = 0;
  for (guint i = 0; i < G_N_ELEMENTS (asked.steps); i++)
    {
      *ret_most = MAX (*ret_most, asked.steps[i]);
      seconds += asked.steps[i] > 0;
    }
  for (guint i = 0; i < G_N_ELEMENTS (asked.moments); i++)
    moments += asked.moments[i] > 0;
  g_assert_cmpuint (moments, ==, 1);
  return seconds;
}

static void
test_steps (void)
{
  guint most;

  g_assert_cmpuint (ask_for_a_minute (60, &most), ==, 10);
  g_assert_cmpuint (most, <=, 20);
}

/* Many have more steps. */
static void
test_more_steps (void)
{
  guint most;

  g_assert_cmpuint (ask_for_a_minute (1300, &most), ==, 20);
  g_assert_cmpuint (most, <=, 120);
}

static void
test_down_and_back (void)
{
  g_autoptr (Bench) bench = bench_new ();
  ReeveLinkOffer offer = bench_offer (bench);
  g_autoptr (ReeveLink) link = bench_link (bench, &offer, NULL);
  g_autoptr (ReeveLink) again = NULL;

  bench_advance (bench, 1000);
  assert_state (bench, "up");
  bench_lose (bench, link);
  assert_state (bench, "suspect");
  bench_advance (bench, 29000);
  assert_state (bench, "suspect");
  bench_advance (bench, 2000);
  assert_state (bench, "down");
  again = bench_link (bench, &offer, NULL);
  bench_advance (bench, 100);
  assert_state (bench, "up");
}

static void
test_silence (void)
{
  g_autoptr (Bench) bench = bench_new ();
  ReeveLinkOffer offer = bench_offer (bench);
  g_autoptr (ReeveLink) link = bench_link (bench, &offer, NULL);

  bench_advance (bench, 100);
  bench->transport->silent = TRUE;
  /* the next request is at most one interval away, and is tried three times */
  for (guint s = 0; s < 72 && bench->transport->closed->len == 0; s++)
    bench_advance (bench, 1000);
  g_assert_cmpstr (bench->transport->closed->str, ==, "no answer|");
  assert_state (bench, "down");
}

/* An agent that dies of each request and comes back: its links are no sign of life. */
static void
test_flapping (void)
{
  g_autoptr (Bench) bench = bench_new ();
  ReeveLinkOffer offer = bench_offer (bench);
  g_autoptr (ReeveLink) link = bench_link (bench, &offer, NULL);

  bench_advance (bench, 1000);
  assert_state (bench, "up");
  bench->transport->mute = TRUE;
  for (guint i = 0; i < 8; i++)
    {
      bench_lose (bench, link);
      g_clear_object (&link);
      bench_advance (bench, 5000);
      link = bench_link (bench, &offer, NULL);
      bench_advance (bench, 1000);
    }
  assert_state (bench, "down");
  g_assert_cmpuint (bench_count_events (bench, "system 'web1' is down"), ==, 1);
  bench->transport->mute = FALSE;
  bench_lose (bench, link);
  g_clear_object (&link);
  link = bench_link (bench, &offer, NULL);
  bench_advance (bench, 60000);
  assert_state (bench, "up");
}

/* Back in the last moment, with an answer that takes one more, is not down. */
static void
test_last_moment (void)
{
  g_autoptr (Bench) bench = bench_new ();
  g_autoptr (ReeveFleet) fleet =
      reeve_context_lookup (reeve_mock_host_get_context (bench->host), REEVE_TYPE_FLEET, NULL);
  ReeveLinkOffer offer = bench_offer (bench);
  g_autoptr (ReeveLink) link = bench_link (bench, &offer, NULL);
  g_autoptr (ReeveLink) again = NULL;

  bench_advance (bench, 1000);
  bench_lose (bench, link);
  bench_advance (bench, 29000);
  bench->transport->mute = TRUE;
  again = bench_link (bench, &offer, NULL);
  bench_advance (bench, 4000);
  assert_state (bench, "suspect");
  bench->transport->mute = FALSE;
  reeve_fleet_follow (fleet, bench->id);
  reeve_mock_host_settle (bench->host);
  assert_state (bench, "up");
  bench_advance (bench, 60000);
  assert_state (bench, "up");
  reeve_fleet_unfollow (fleet, bench->id);
  g_assert_cmpuint (bench_count_events (bench, "is down"), ==, 0);
}

static void
test_refusals (void)
{
  g_autoptr (Bench) bench = bench_new ();
  g_autofree char *long_token = g_strnfill (65, 'a');
  ReeveLinkOffer good = bench_offer (bench);
  ReeveLinkOffer offer = good;
  g_autoptr (ReeveLink) link = NULL;
  g_autoptr (GVariant) reset = NULL;
  g_autoptr (ReeveLink) second = NULL;

  offer.token = "wrong";
  bench_assert_refused (bench, offer, "Invalid token");
  offer.token = "";
  bench_assert_refused (bench, offer, "Invalid token");
  offer.token = long_token;
  bench_assert_refused (bench, offer, "Invalid token");
  offer = good;
  offer.fingerprint = "";
  bench_assert_refused (bench, offer, "malformed");
  offer.fingerprint = "\x1b[31m";
  bench_assert_refused (bench, offer, "malformed");
  good.level = REEVE_LINK_LEVEL_EXTENSION;
  good.security = REEVE_SECURITY_TLS;
  link = bench_link (bench, &good, NULL);
  g_assert_nonnull (link);
  offer = good;
  offer.fingerprint = "another";
  bench_assert_refused (bench, offer, "fingerprint mismatch");
  offer = good;
  offer.level = REEVE_LINK_LEVEL_STOCK;
  bench_assert_refused (bench, offer, "protocol level");
  offer = good;
  offer.security = REEVE_SECURITY_PLAIN;
  bench_assert_refused (bench, offer, "transport's security");
  reset = bench_call (bench, "ResetPeer", g_variant_new ("(s)", bench->id));
  second = bench_link (bench, &offer, NULL);
  g_assert_nonnull (second);
}

static void
test_restart (void)
{
  g_autoptr (Bench) bench = bench_new ();
  ReeveLinkOffer offer = bench_offer (bench);
  g_autoptr (ReeveLink) link = bench_link (bench, &offer, NULL);
  g_autoptr (ReeveLink) again = NULL;
  g_autoptr (GVariant) system = NULL;
  g_autoptr (GVariant) facts = NULL;
  const char *os;
  double cores;

  bench_advance (bench, 1500);
  g_clear_object (&link);
  reeve_mock_host_unload (bench->host, bench->plugin);
  bench->plugin = reeve_mock_host_load (bench->host, "fleet", NULL);
  /* known, awaited, its facts still there, its pin too */
  assert_state (bench, "suspect");
  system = bench_call (bench, "GetSystem", g_variant_new ("(s)", bench->id));
  facts = g_variant_get_child_value (system, 1);
  g_assert_true (g_variant_lookup (facts, "cores", "d", &cores));
  g_assert_true (g_variant_lookup (facts, "os", "&s", &os));
  g_assert_cmpstr (os, ==, "freebsd");
  g_assert_cmpfloat (cores, ==, 4);
  offer.fingerprint = "another";
  bench_assert_refused (bench, offer, "fingerprint mismatch");
  bench_advance (bench, 60000);
  assert_state (bench, "suspect");
  bench_advance (bench, 31000);
  assert_state (bench, "down");
  offer = bench_offer (bench);
  again = bench_link (bench, &offer, NULL);
  g_assert_nonnull (again);
}

static void
test_pause (void)
{
  g_autoptr (Bench) bench = bench_new ();
  ReeveLinkOffer offer = bench_offer (bench);
  g_autoptr (ReeveLink) link = bench_link (bench, &offer, NULL);
  g_autoptr (GVariant) paused = NULL;
  g_autoptr (GVariant) resumed = NULL;
  guint requests;

  bench_advance (bench, 100);
  paused = bench_call (bench, "SetPaused", g_variant_new ("(sb)", bench->id, TRUE));
  assert_state (bench, "paused");
  requests = bench->transport->requests;
  bench_advance (bench, 130000);
  g_assert_cmpuint (bench->transport->requests, ==, requests);
  g_assert_cmpuint (bench->transport->pings, >=, 2);
  resumed = bench_call (bench, "SetPaused", g_variant_new ("(sb)", bench->id, FALSE));
  bench_advance (bench, 100);
  assert_state (bench, "up");
}

/* One whose machine died while it was paused is awaited, and then called down; one that never had
 * an agent is not. */
static void
test_resume_dead (void)
{
  g_autoptr (Bench) bench = bench_new ();
  ReeveLinkOffer offer = bench_offer (bench);
  g_autoptr (ReeveLink) link = NULL;

  bench_do (bench, "SetPaused", g_variant_new ("(sb)", bench->id, TRUE));
  bench_do (bench, "SetPaused", g_variant_new ("(sb)", bench->id, FALSE));
  assert_state (bench, "pending");
  link = bench_link (bench, &offer, NULL);
  bench_advance (bench, 100);
  bench_do (bench, "SetPaused", g_variant_new ("(sb)", bench->id, TRUE));
  bench_lose (bench, link);
  bench_advance (bench, 60000);
  assert_state (bench, "paused");
  bench_do (bench, "SetPaused", g_variant_new ("(sb)", bench->id, FALSE));
  assert_state (bench, "suspect");
  bench_advance (bench, 31000);
  assert_state (bench, "down");
  g_assert_cmpuint (bench_count_events (bench, "system 'web1' is down"), ==, 1);
}

/* Likewise one that has its link still, and says nothing over it. */
static void
test_resume_silent (void)
{
  g_autoptr (Bench) bench = bench_new ();
  ReeveLinkOffer offer = bench_offer (bench);
  g_autoptr (ReeveLink) link = bench_link (bench, &offer, NULL);

  bench_advance (bench, 100);
  bench_do (bench, "SetPaused", g_variant_new ("(sb)", bench->id, TRUE));
  bench->transport->silent = TRUE;
  bench_do (bench, "SetPaused", g_variant_new ("(sb)", bench->id, FALSE));
  bench_advance (bench, 31000);
  g_assert_cmpstr (bench->transport->closed->str, ==, "no answer|");
  assert_state (bench, "down");
}

static void
count_cb (G_GNUC_UNUSED const ReeveSystemView *view, const ReeveFleetChange *change,
          gpointer user_data)
{
  guint *counts = user_data;

  counts[0] += change->sample;
  counts[1] += change->sample && change->stored;
  counts[2] += change->removed;
}

static void
test_follow_and_remove (void)
{
  g_autoptr (Bench) bench = bench_new ();
  ReeveContext *context = reeve_mock_host_get_context (bench->host);
  g_autoptr (ReeveFleet) fleet = reeve_context_lookup (context, REEVE_TYPE_FLEET, NULL);
  ReeveLinkOffer offer = bench_offer (bench);
  g_autoptr (ReeveLink) link = bench_link (bench, &offer, NULL);
  guint counts[3] = { 0 };
  guint id = reeve_fleet_watch (fleet, count_cb, counts);
  g_autoptr (GVariant) removed = NULL;
  g_autoptr (GError) error = NULL;

  bench_advance (bench, 1500);
  g_assert_cmpuint (counts[1], ==, 1);
  reeve_fleet_follow (fleet, bench->id);
  bench_advance (bench, 10000);
  g_assert_cmpuint (counts[0], >=, 10);
  g_assert_cmpuint (counts[0], <=, 13);
  g_assert_cmpuint (counts[1], ==, 1);
  reeve_fleet_unfollow (fleet, bench->id);
  bench_advance (bench, 10000);
  g_assert_cmpuint (counts[0], <=, 14);
  removed = bench_call (bench, "RemoveSystem", g_variant_new ("(s)", bench->id));
  g_assert_cmpuint (counts[2], ==, 1);
  g_assert_nonnull (strstr (bench->transport->closed->str, "system removed"));
  g_assert_null (bench_try (bench, "GetSystem", g_variant_new ("(s)", bench->id), &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
  bench_assert_refused (bench, offer, "Invalid token");
  reeve_fleet_unwatch (fleet, id);
}

/* Its last sample, which has come but waits for others on the way to the history, does not bring it
 * back there. */
static void
test_remove_at_once (void)
{
  g_autoptr (Bench) bench = bench_new ();
  ReeveContext *context = reeve_mock_host_get_context (bench->host);
  g_autoptr (ReeveHistory) history = reeve_context_lookup (context, REEVE_TYPE_HISTORY, NULL);
  ReeveLinkOffer offer = bench_offer (bench);
  g_autoptr (ReeveLink) link = bench_link (bench, &offer, NULL);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GVariant) removed = NULL, series = NULL;
  g_autoptr (GError) error = NULL;

  reeve_mock_host_settle (bench->host);
  assert_state (bench, "up");
  removed = bench_call (bench, "RemoveSystem", g_variant_new ("(s)", bench->id));
  bench_advance (bench, 3000);
  reeve_history_catalogue_async (history, bench->id, NULL, reeve_mock_result_cb, &result);
  reeve_mock_host_wait (bench->host, &result);
  series = reeve_history_catalogue_finish (history, result, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_variant_n_children (series), ==, 0);
}

static void
test_names (void)
{
  g_autoptr (Bench) bench = bench_new ();
  g_autofree char *long_name = g_strnfill (101, 'n');
  const char *const bad[] = { "", "a\nb", "\x1b[2J",
                              "\xe2\x80\xae"
                              "evil",
                              long_name };
  g_autoptr (GError) exists = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (bench_try (bench, "AddSystem", g_variant_new ("(s)", bad[i]), &error));
      g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
    }
  g_assert_null (bench_try (bench, "AddSystem", g_variant_new ("(s)", "web1"), &exists));
  g_assert_error (exists, REEVE_ERROR, REEVE_ERROR_EXISTS);
}

/* Two who add the same name while neither is stored yet. */
static void
test_names_at_once (void)
{
  g_autoptr (Bench) bench = bench_new ();
  ReeveContext *context = reeve_mock_host_get_context (bench->host);
  g_autoptr (GPtrArray) all = reeve_context_lookup_all (context, REEVE_TYPE_OPERATIONS);
  ReeveOperations *operations = g_ptr_array_index (all, 0);
  g_autoptr (ReeveSubject) subject = reeve_subject_new (REEVE_SUBJECT_UID, "0");
  GAsyncResult *results[2] = { NULL, NULL };
  guint n_added = 0;

  g_assert_cmpstr (reeve_operations_get_info (operations)->name, ==, "org.reeve.Fleet1");
  for (guint i = 0; i < 2; i++)
    reeve_operations_call_async (operations, context, "AddSystem", g_variant_new ("(s)", "twin"),
                                 subject, NULL, reeve_mock_result_cb, &results[i]);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) added = NULL;

      while (results[i] == NULL)
        g_main_context_iteration (NULL, TRUE);
      added = reeve_operations_call_finish (operations, results[i], &error);
      g_clear_object (&results[i]);
      n_added += added != NULL;
      if (added == NULL)
        g_assert_error (error, REEVE_ERROR, REEVE_ERROR_EXISTS);
    }
  g_assert_cmpuint (n_added, ==, 1);
}

/* The mock host looks that nothing is left behind. */
static void
test_second_fleet (void)
{
  g_autoptr (Bench) bench = bench_new ();
  g_autoptr (GError) error = NULL;

  g_assert_null (reeve_mock_host_try_load (bench->host, &error, "fleet", NULL));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_EXISTS);
}

static void
assert_not_asked (Bench *bench, const char *id, const char *verb, const char *text, int code)
{
  g_autoptr (GVariantBuilder) none = g_variant_builder_new (G_VARIANT_TYPE_VARDICT);
  g_autoptr (GError) error = NULL;

  g_variant_builder_add (none, "{sv}", "id", g_variant_new_string (text));
  g_assert_null (bench_try (bench, "Ask", g_variant_new ("(ssa{sv})", id, verb, none), &error));
  g_assert_error (error, REEVE_ERROR, code);
}

/* Something beyond metrics: the agent's own words come back, and who asked is an event. */
static void
test_ask (void)
{
  g_autoptr (Bench) bench = bench_new ();
  ReeveContext *context = reeve_mock_host_get_context (bench->host);
  ReeveLinkOffer offer = bench_offer (bench);
  g_autofree char *long_text = g_strnfill (5000, 'x');
  g_autoptr (ReeveLink) link = NULL;
  g_autoptr (GVariant) answer = NULL, value = NULL;
  g_autoptr (GPtrArray) events = NULL;
  GVariantBuilder arguments;
  guint audited = 0;

  assert_not_asked (bench, bench->id, "container.logs", "a", REEVE_ERROR_UNAVAILABLE);
  link = bench_link (bench, &offer, NULL);
  g_variant_builder_init (&arguments, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&arguments, "{sv}", "id", g_variant_new_string ("0123456789ab"));
  answer = bench_call (bench, "Ask",
                       g_variant_new ("(ssa{sv})", bench->id, "container.logs", &arguments));
  g_variant_get (answer, "(v)", &value);
  g_assert_cmpstr (g_variant_get_string (value, NULL), ==, "0123456789ab 0123456789ab");

  assert_not_asked (bench, bench->id, "service.refused", "a", REEVE_ERROR_FAILED);
  assert_not_asked (bench, "0000000000000000", "container.logs", "a", REEVE_ERROR_NOT_FOUND);
  assert_not_asked (bench, bench->id, "sample", "a", REEVE_ERROR_INVALID);
  assert_not_asked (bench, bench->id, "", "a", REEVE_ERROR_INVALID);
  assert_not_asked (bench, bench->id, "logs\n", "a", REEVE_ERROR_INVALID);
  assert_not_asked (bench, bench->id, "container.logs", long_text, REEVE_ERROR_LIMIT);
  g_assert_cmpuint (bench->transport->verbs->len, ==, 2);

  events = reeve_context_read_events (context, 0, NULL);
  for (guint i = 0; i < events->len; i++)
    if (strstr (reeve_event_get_text (g_ptr_array_index (events, i)),
                "'web1' was asked for container.logs by uid '0'") != NULL)
      audited++;
  g_assert_cmpuint (audited, ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fleet/sample-to-history", test_sample_to_history);
  g_test_add_func ("/fleet/down-and-back", test_down_and_back);
  g_test_add_func ("/fleet/silence", test_silence);
  g_test_add_func ("/fleet/flapping", test_flapping);
  g_test_add_func ("/fleet/last-moment", test_last_moment);
  g_test_add_func ("/fleet/refusals", test_refusals);
  g_test_add_func ("/fleet/restart", test_restart);
  g_test_add_func ("/fleet/pause", test_pause);
  g_test_add_func ("/fleet/resume-dead", test_resume_dead);
  g_test_add_func ("/fleet/resume-silent", test_resume_silent);
  g_test_add_func ("/fleet/follow-and-remove", test_follow_and_remove);
  g_test_add_func ("/fleet/remove-at-once", test_remove_at_once);
  g_test_add_func ("/fleet/steps", test_steps);
  g_test_add_func ("/fleet/more-steps", test_more_steps);
  g_test_add_func ("/fleet/names", test_names);
  g_test_add_func ("/fleet/names-at-once", test_names_at_once);
  g_test_add_func ("/fleet/second-fleet", test_second_fleet);
  g_test_add_func ("/fleet/ask", test_ask);
  return g_test_run ();
}
