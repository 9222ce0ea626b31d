/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which of two links a system has, what a second machine with its token gets, and that what an
 * agent says stays its own system's. */

#include "config.h"

#include <math.h>
#include <string.h>

#include "fleet-bench.h"

#define SECOND "a second link of 'web1' was refused"

static ReeveLinkOffer
make_second (Bench *bench)
{
  ReeveLinkOffer offer = bench_offer (bench);

  offer.remote = "192.0.2.8";
  return offer;
}

static void
test_older_wins (void)
{
  g_autoptr (Bench) bench = bench_new ();
  ReeveLinkOffer offer = bench_offer (bench);
  g_autoptr (ReeveLink) one = bench_link (bench, &offer, NULL);

  bench_advance (bench, 1000);
  assert_state (bench, "up");
  bench_assert_refused (bench, make_second (bench), "another link of this system answers");
  g_assert_cmpuint (bench->transport->probes, ==, 1);
  g_assert_cmpuint (bench_count_events (bench, SECOND ", from 192.0.2.8: the one from 192.0.2.7"),
                    ==, 1);
  g_assert_true (reeve_link_is_up (one));
  g_assert_cmpstr (bench->transport->closed->str, ==, "");
  /* it tries again and again; each time the older one is asked, and nobody is told of it again */
  for (guint i = 0; i < 5; i++)
    {
      bench_advance (bench, 60000);
      bench_assert_refused (bench, make_second (bench), "another link of this system answers");
    }
  g_assert_cmpuint (bench->transport->probes, ==, 6);
  g_assert_cmpuint (bench_count_events (bench, SECOND), ==, 1);
  assert_state (bench, "up");
}

static void
test_dead_gives_way (void)
{
  g_autoptr (Bench) bench = bench_new ();
  ReeveLinkOffer offer = bench_offer (bench), second = make_second (bench);
  g_autoptr (ReeveLink) one = bench_link (bench, &offer, NULL);
  g_autoptr (ReeveLink) two = NULL;
  g_autoptr (GError) error = NULL;

  bench_advance (bench, 1000);
  bench->transport->dead = TRUE;
  two = bench_link (bench, &second, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (bench->transport->closed->str, ==, "replaced by a newer link|");
  /* the end of the old one changes nothing */
  bench_lose (bench, one);
  bench_advance (bench, 1000);
  assert_state (bench, "up");
  g_assert_cmpuint (bench_count_events (bench, SECOND), ==, 0);
  g_assert_cmpuint (bench_count_events (bench, "is down"), ==, 0);
}

/* While one waits for the older link's answer, the next is told at once. */
static void
test_one_contest (void)
{
  g_autoptr (Bench) bench = bench_new ();
  ReeveLinkOffer offer = bench_offer (bench);
  g_autoptr (ReeveLink) one = bench_link (bench, &offer, NULL);
  g_autoptr (ReeveLinkOwner) owner = bench_get_owner (bench);
  GAsyncResult *results[2] = { NULL, NULL };
  guint looked_at = 0, answers = 0;

  for (guint i = 0; i < 2; i++)
    reeve_link_owner_confirm_async (owner, bench->id, &offer, NULL, reeve_mock_result_cb,
                                    &results[i]);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GError) error = NULL;

      reeve_mock_host_wait (bench->host, &results[i]);
      g_assert_null (reeve_link_owner_confirm_finish (owner, results[i], &error));
      g_clear_object (&results[i]);
      g_assert_error (error, REEVE_ERROR, REEVE_ERROR_DENIED);
      looked_at += strstr (error->message, "is being looked at") != NULL;
      answers += strstr (error->message, "answers") != NULL;
    }
  g_assert_cmpuint (looked_at, ==, 1);
  g_assert_cmpuint (answers, ==, 1);
  g_assert_cmpuint (bench->transport->probes, ==, 1);
}

/* Two that were confirmed before either had a link. */
static void
test_first_is_taken (void)
{
  g_autoptr (Bench) bench = bench_new ();
  ReeveLinkOffer offer = bench_offer (bench);
  g_autoptr (ReeveLinkOwner) owner = bench_get_owner (bench);
  g_autoptr (ReeveLink) one =
      reeve_link_new (REEVE_TRANSPORT (bench->transport), bench->id, &offer);
  g_autoptr (ReeveLink) two =
      reeve_link_new (REEVE_TRANSPORT (bench->transport), bench->id, &offer);
  g_autoptr (GError) error = NULL;

  g_assert_true (reeve_link_owner_accept (owner, one, NULL));
  g_assert_false (reeve_link_owner_accept (owner, two, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_DENIED);
  g_assert_true (reeve_link_is_up (one));
}

/* Told once a minute, however often it comes. */
static void
test_another_fingerprint (void)
{
  g_autoptr (Bench) bench = bench_new ();
  ReeveLinkOffer offer = bench_offer (bench);
  g_autoptr (ReeveLink) link = bench_link (bench, &offer, NULL);
  const char *text = "another machine came with the token of 'web1', from 192.0.2.8";

  offer = make_second (bench);
  offer.fingerprint = "fedcba9876543210";
  for (guint i = 0; i < 20; i++)
    bench_assert_refused (bench, offer, "fingerprint mismatch");
  g_assert_cmpuint (bench_count_events (bench, text), ==, 1);
  bench_advance (bench, 61000);
  bench_assert_refused (bench, offer, "fingerprint mismatch");
  g_assert_cmpuint (bench_count_events (bench, text), ==, 2);
  g_assert_cmpuint (bench->transport->probes, ==, 0);
  g_assert_true (reeve_link_is_up (link));
}

/* ---- tokens that are replaced ---- */

/* DENIED, with @text in the reason. */
static void
assert_not_confirmed (Bench *bench, GAsyncResult **confirmed, const char *text)
{
  g_autoptr (ReeveLinkOwner) owner = bench_get_owner (bench);
  g_autoptr (GError) error = NULL;

  reeve_mock_host_wait (bench->host, confirmed);
  g_assert_null (reeve_link_owner_confirm_finish (owner, *confirmed, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_DENIED);
  if (strstr (error->message, text) == NULL)
    g_error ("'%s' lacks '%s'", error->message, text);
}

/* Who came with a token before it was replaced, and shows who he is after that. */
static void
test_rotated_before_proof (void)
{
  g_autoptr (Bench) bench = bench_new ();
  ReeveLinkOffer offer = bench_offer (bench);
  g_autoptr (ReeveLinkOwner) owner = bench_get_owner (bench);
  g_autoptr (ReeveLink) link = bench_link (bench, &offer, NULL);
  g_autoptr (ReeveAdmission) admission = NULL;
  g_autoptr (GAsyncResult) confirmed = NULL;
  g_autoptr (GVariant) rotated = NULL;
  g_autoptr (ReeveLink) again = NULL;
  g_autoptr (GError) error = NULL;

  bench_lose (bench, link);
  admission = bench_admit (bench, &offer, NULL);
  g_assert_nonnull (admission);
  rotated = bench_call (bench, "RotateToken", g_variant_new ("(s)", bench->id));
  reeve_link_owner_confirm_async (owner, admission->admission, &offer, NULL, reeve_mock_result_cb,
                                  &confirmed);
  assert_not_confirmed (bench, &confirmed, "token was replaced");
  g_variant_get (rotated, "(&s&s)", &offer.token, NULL);
  again = bench_link (bench, &offer, &error);
  g_assert_no_error (error);
}

/* While the older link is asked whether it is still there, which ends that one. */
static void
wait_for_older (const char *method, const char *text)
{
  g_autoptr (Bench) bench = bench_new ();
  ReeveLinkOffer offer = bench_offer (bench);
  g_autoptr (ReeveLinkOwner) owner = bench_get_owner (bench);
  g_autoptr (ReeveLink) link = bench_link (bench, &offer, NULL);
  g_autoptr (GAsyncResult) confirmed = NULL;

  bench->transport->hold = TRUE;
  reeve_link_owner_confirm_async (owner, bench->id, &offer, NULL, reeve_mock_result_cb, &confirmed);
  reeve_mock_host_settle (bench->host);
  g_assert_nonnull (bench->transport->probing);
  bench_do (bench, method, g_variant_new ("(s)", bench->id));
  g_assert_cmpuint (bench->transport->closed->len, >, 0);
  bench_lose (bench, link);
  test_transport_end_probe (bench->transport);
  assert_not_confirmed (bench, &confirmed, text);
}

static void
test_rotated_while_probed (void)
{
  wait_for_older ("RotateToken", "token was replaced");
}

static void
test_reset_while_probed (void)
{
  wait_for_older ("ResetPeer", "peer was reset");
}

/* ---- what agents say ---- */

/* The values of a column in the last hour, those that are there: all of them have to be @value. */
static guint
count_values (Bench *bench, const char *id, const char *kind, double value)
{
  g_autoptr (GVariant) answer =
      bench_call (bench, "GetHistory", g_variant_new ("(sddusb)", id, 0.0, 0.0, 0, kind, FALSE));
  g_autoptr (GVariant) series = g_variant_get_child_value (answer, 4);
  guint n = 0;

  for (gsize i = 0; i < g_variant_n_children (series); i++)
    {
      g_autoptr (GVariant) column = g_variant_get_child_value (series, i);
      g_autoptr (GVariant) values = NULL;
      const double *numbers;
      gsize length;

      values = g_variant_lookup_value (column, "values", G_VARIANT_TYPE ("ad"));
      numbers = g_variant_get_fixed_array (values, &length, sizeof *numbers);
      for (gsize j = 0; j < length; j++)
        if (!isnan (numbers[j]))
          {
            g_assert_cmpfloat_with_epsilon (numbers[j], value, 0.01);
            n++;
          }
    }
  return n;
}

/* Two agents whose containers, services and host are called alike, one token of their own each. */
static void
test_own_names (void)
{
  static const char *const kinds[] = { "cpu", "container", "service" };
  g_autoptr (Bench) bench = bench_new ();
  g_autoptr (GVariant) added = bench_call (bench, "AddSystem", g_variant_new ("(s)", "web2"));
  ReeveLinkOffer offer = bench_offer (bench);
  g_autoptr (ReeveLink) one = NULL, two = NULL;
  g_autoptr (GVariant) removed = NULL;
  const char *id, *token;

  g_variant_get (added, "(&s&s&s)", &id, &token, NULL);
  bench->transport->named = TRUE;
  bench->transport->cpu = 0.25;
  one = bench_link (bench, &offer, NULL);
  bench_advance (bench, 1500);
  bench->transport->fail = TRUE; /* the first one says nothing more */
  bench_lose (bench, one);
  bench->transport->fail = FALSE;
  bench->transport->cpu = 0.75;
  offer.token = token; /* with the same fingerprint, too: a cloned machine */
  two = bench_link (bench, &offer, NULL);
  bench_advance (bench, 1500);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_assert_cmpuint (count_values (bench, bench->id, kinds[i], 0.25), >, 0);
      g_assert_cmpuint (count_values (bench, id, kinds[i], 0.75), >, 0);
    }
  /* what is forgotten of one is the other's still */
  removed = bench_call (bench, "RemoveSystem", g_variant_new ("(s)", bench->id));
  bench_advance (bench, 1500);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    g_assert_cmpuint (count_values (bench, id, kinds[i], 0.75), >, 0);
}

/* Who comes and goes, or comes with less than before, again and again, is said once a minute. */
static void
test_said_once (void)
{
  g_autoptr (Bench) bench = bench_new ();
  ReeveLinkOffer offer = bench_offer (bench), less;

  offer.level = 1;
  for (guint i = 0; i < 20; i++)
    {
      g_autoptr (ReeveLink) link = bench_link (bench, &offer, NULL);

      g_assert_nonnull (link);
      bench_lose (bench, link);
    }
  g_assert_cmpuint (bench_count_events (bench, "lost its link"), ==, 1);
  g_assert_cmpuint (bench_count_events (bench, "is linked again"), ==, 1);
  less = bench_offer (bench);
  for (guint i = 0; i < 20; i++)
    bench_assert_refused (bench, less, "has proven a better link");
  g_assert_cmpuint (bench_count_events (bench, "its link offers less"), ==, 1);
  bench_advance (bench, 61000);
  bench_assert_refused (bench, less, "has proven a better link");
  g_assert_cmpuint (bench_count_events (bench, "its link offers less"), ==, 2);
}

static GLogWriterOutput
count_lines (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  for (gsize i = 0; i < n_fields; i++)
    if ((level & G_LOG_LEVEL_MASK) <= G_LOG_LEVEL_INFO && strcmp (fields[i].key, "MESSAGE") == 0 &&
        strstr (fields[i].value, "link") != NULL)
      (*(guint *) user_data)++;
  return g_log_writer_default (level, fields, n_fields, NULL);
}

/* Likewise in the log. */
static void
test_logged_once (gconstpointer data)
{
  const guint *n_lines = data;
  g_autoptr (Bench) bench = bench_new ();
  ReeveLinkOffer offer = bench_offer (bench);
  guint before = *n_lines;

  for (guint i = 0; i < 2; i++)
    {
      for (guint j = 0; j < 20; j++)
        {
          g_autoptr (ReeveLink) link = bench_link (bench, &offer, NULL);

          g_assert_nonnull (link);
          bench_lose (bench, link);
        }
      reeve_mock_host_settle (bench->host);
      /* a link and its end, and what they are as events */
      g_assert_cmpuint (*n_lines - before, >=, 2 * (i + 1));
      g_assert_cmpuint (*n_lines - before, <=, 6 * (i + 1));
      bench_advance (bench, 61000);
    }
}

/* A sample's moment is the hub's; what an agent thinks of the time moves it by an hour at most, and
 * never ahead. */
static void
test_day_ahead (void)
{
  static const gint64 day = G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC;
  const struct
  {
    gint64 says;
    double at_most; /* seconds before now */
  } cases[] = { { -day, 0 }, { G_MININT64, 0 }, { day, 3600 }, { G_MAXINT64, 3600 } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Bench) bench = bench_new ();
      ReeveLinkOffer offer = bench_offer (bench);
      ReeveClock *clock = reeve_mock_host_get_clock (bench->host);
      g_autoptr (ReeveLink) link = NULL;
      g_autoptr (GVariant) answer = NULL, row = NULL;
      double last = 0, now = reeve_clock_get_wall (clock) / 1e6;

      bench->transport->age = cases[i].says;
      link = bench_link (bench, &offer, NULL);
      reeve_mock_host_settle (bench->host);
      answer = bench_call (bench, "GetSystem", g_variant_new ("(s)", bench->id));
      row = g_variant_get_child_value (answer, 0);
      g_assert_true (g_variant_lookup (row, "last", "d", &last));
      g_assert_cmpfloat (last, <=, reeve_clock_get_wall (clock) / 1e6);
      g_assert_cmpfloat (last, >=, now - cases[i].at_most - 1);
      bench_advance (bench, 1000);
      assert_state (bench, "up");
    }
}

/* A stock agent answers from what it measured before, and tells facts by the minute only. */
static void
test_late_facts (void)
{
  g_autoptr (Bench) bench = bench_new ();
  ReeveLinkOffer offer = bench_offer (bench);
  g_autoptr (ReeveLink) link = NULL;

  reeve_mock_host_unload (bench->host, bench->plugin);
  bench->plugin = reeve_mock_host_load (bench->host, "fleet", "poll-interval", "10s", NULL);
  bench->transport->cached = 2;
  link = bench_link (bench, &offer, NULL);
  reeve_mock_host_settle (bench->host);
  g_assert_cmpuint (bench->transport->interval, ==, 60000);
  bench_advance (bench, 60000);
  g_assert_cmpuint (bench->transport->facts, ==, 3);
  g_assert_cmpuint (bench->transport->requests, >=, 5);
  g_assert_cmpuint (bench->transport->interval, ==, 10000);
}

int
main (int argc, char **argv)
{
  guint n_lines = 0;

  g_test_init (&argc, &argv, NULL);
  g_log_set_writer_func (count_lines, &n_lines, NULL);
  g_test_add_func ("/fleet/links/older-wins", test_older_wins);
  g_test_add_func ("/fleet/links/dead-gives-way", test_dead_gives_way);
  g_test_add_func ("/fleet/links/one-contest", test_one_contest);
  g_test_add_func ("/fleet/links/first-is-taken", test_first_is_taken);
  g_test_add_func ("/fleet/links/another-fingerprint", test_another_fingerprint);
  g_test_add_func ("/fleet/links/rotated-before-proof", test_rotated_before_proof);
  g_test_add_func ("/fleet/links/rotated-while-probed", test_rotated_while_probed);
  g_test_add_func ("/fleet/links/reset-while-probed", test_reset_while_probed);
  g_test_add_func ("/fleet/links/own-names", test_own_names);
  g_test_add_func ("/fleet/links/said-once", test_said_once);
  g_test_add_data_func ("/fleet/links/logged-once", &n_lines, test_logged_once);
  g_test_add_func ("/fleet/links/day-ahead", test_day_ahead);
  g_test_add_func ("/fleet/links/late-facts", test_late_facts);
  return g_test_run ();
}
