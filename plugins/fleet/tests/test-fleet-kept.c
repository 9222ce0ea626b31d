/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What an agent kept, on its way into the history: once, in its place, and as history alone. */

#include "config.h"

#include <math.h>
#include <string.h>

#include "fleet-bench.h"

#define SERIES G_GUINT64_CONSTANT (0x1122334455667788)

/* One kept sample of each of the @n minutes that ended a while ago; usage tells them apart. */
static void
keep (Bench *bench, guint n, guint64 first)
{
  TestTransport *transport = bench->transport;

  transport->series = SERIES;
  if (transport->kept == NULL)
    transport->kept = g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_message_unref);
  g_ptr_array_set_size (transport->kept, 0);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (ReeveSample) sample = reeve_sample_new (reeve_schema_get_standard ());
      ReeveMessage *message;

      reeve_sample_set_rates (sample, TRUE);
      reeve_sample_add (sample, REEVE_KIND_CPU, NULL);
      reeve_sample_set_number (sample, REEVE_CPU_USAGE, (double) (first + i) / 1024);
      message = reeve_message_new_sample (sample);
      reeve_message_set_sequence (message, first + i);
      reeve_message_set_age (message, ((gint64) (n - i) * 60 + 30) * G_USEC_PER_SEC);
      g_ptr_array_add (transport->kept, message);
    }
}

static ReeveLink *
link_up (Bench *bench)
{
  ReeveLinkOffer offer = bench_offer (bench);
  g_autoptr (GError) error = NULL;
  ReeveLink *link;

  offer.level = REEVE_LINK_LEVEL_EXTENSION;
  link = bench_link (bench, &offer, &error);
  g_assert_no_error (error);
  return link;
}

static void
assert_number (GVariant *column, const char *key, double wanted)
{
  g_autoptr (GVariant) values = g_variant_lookup_value (column, key, G_VARIANT_TYPE ("ad"));
  double value;

  g_assert_nonnull (values);
  g_assert_cmpuint (g_variant_n_children (values), ==, 1);
  g_variant_get_child (values, 0, "d", &value);
  g_assert_cmpfloat_with_epsilon (value, wanted, 1e-9);
}

/* One step over @usages tells their extremes, to who asks. */
static void
assert_spread (Bench *bench, GArray *usages, gboolean spread)
{
  ReeveClock *clock = reeve_mock_host_get_clock (bench->host);
  double now = (double) reeve_clock_get_wall (clock) / G_USEC_PER_SEC;
  g_autoptr (GVariant) answer = bench_call (bench, "GetHistory",
                                            g_variant_new ("(sddusb)", bench->id, now - 60. * 60,
                                                           now + 60, 1, "cpu", spread));
  g_autoptr (GVariant) series = g_variant_get_child_value (answer, 4);
  g_autoptr (GVariant) column = g_variant_get_child_value (series, 0);
  g_autoptr (GVariant) most = g_variant_lookup_value (column, "most", NULL);
  double least_wanted = INFINITY, most_wanted = -INFINITY;

  g_assert_cmpuint (g_variant_n_children (series), ==, 1);
  g_assert_true ((most != NULL) == spread);
  if (!spread)
    return;
  for (guint i = 0; i < usages->len; i++)
    {
      least_wanted = MIN (least_wanted, g_array_index (usages, double, i));
      most_wanted = MAX (most_wanted, g_array_index (usages, double, i));
    }
  assert_number (column, "least", least_wanted);
  assert_number (column, "most", most_wanted);
}

/* The usages in the history between two times, in seconds from now, in their order. */
static GArray *
get_usages_between (Bench *bench, double from, double to)
{
  ReeveClock *clock = reeve_mock_host_get_clock (bench->host);
  double now = (double) reeve_clock_get_wall (clock) / G_USEC_PER_SEC;
  g_autoptr (GVariant) answer =
      bench_call (bench, "GetHistory",
                  g_variant_new ("(sddusb)", bench->id, now + from, now + to, 4000, "cpu", FALSE));
  g_autoptr (GVariant) series = g_variant_get_child_value (answer, 4);
  GArray *usages = g_array_new (FALSE, FALSE, sizeof (double));

  for (gsize i = 0; i < g_variant_n_children (series); i++)
    {
      g_autoptr (GVariant) column = g_variant_get_child_value (series, i);
      g_autoptr (GVariant) values = NULL;
      const char *metric = "";

      g_variant_lookup (column, "metric", "&s", &metric);
      if (strcmp (metric, "usage") != 0)
        continue;
      values = g_variant_lookup_value (column, "values", G_VARIANT_TYPE ("ad"));
      for (gsize j = 0; j < g_variant_n_children (values); j++)
        {
          double value;

          g_variant_get_child (values, j, "d", &value);
          if (!isnan (value))
            g_array_append_val (usages, value);
        }
    }
  return usages;
}

static GArray *
get_usages (Bench *bench, guint minutes)
{
  return get_usages_between (bench, -60. * minutes, 60);
}

/* 1/1024, 2/1024 and so on up to @n, each once; the live ones, which are all 0.25, are passed over.
 */
static void
assert_history (Bench *bench, guint n)
{
  g_autoptr (GArray) usages = get_usages (bench, 24 * 60);
  guint found = 0;

  for (guint i = 0; i < usages->len; i++)
    {
      double usage = g_array_index (usages, double, i);

      if (fabs (usage - 0.25) > 1e-6)
        g_assert_cmpfloat_with_epsilon (usage, ++found / 1024., 1e-6);
    }
  g_assert_cmpuint (found, ==, n);
}

typedef struct
{
  guint samples;
  double lowest;
} Told;

static void
told_cb (const ReeveSystemView *view, const ReeveFleetChange *change, gpointer user_data)
{
  Told *told = user_data;
  double usage;

  if (!change->sample)
    return;
  told->samples++;
  usage = reeve_sample_get_value (view->latest, REEVE_KIND_CPU, NULL, REEVE_CPU_USAGE);
  told->lowest = MIN (told->lowest, usage);
}

/* ---- tests ---- */

static void
test_drain (void)
{
  g_autoptr (Bench) bench = bench_new ();
  g_autoptr (ReeveLink) link = NULL;
  g_autoptr (ReeveFleet) fleet =
      reeve_context_lookup (reeve_mock_host_get_context (bench->host), REEVE_TYPE_FLEET, NULL);
  Told told = { 0, 1 };
  guint watch = reeve_fleet_watch (fleet, told_cb, &told);

  keep (bench, 100, 1);
  link = link_up (bench);
  bench_advance (bench, 12000);
  /* 100 in batches of 32, acknowledged one after the other */
  g_assert_cmpuint (bench->transport->kept_requests, ==, 4);
  g_assert_cmpuint (bench->transport->stored_series, ==, SERIES);
  g_assert_cmpuint (bench->transport->stored, ==, 96);
  assert_history (bench, 100);
  /* live values are live ones */
  g_assert_cmpuint (told.samples, ==, 1);
  g_assert_cmpfloat (told.lowest, ==, 0.25);
  /* the last acknowledgement goes with the schedule, and nothing is asked for any more */
  bench_advance (bench, 70000);
  g_assert_cmpuint (bench->transport->stored, ==, 100);
  g_assert_cmpuint (bench->transport->kept->len, ==, 0);
  g_assert_cmpuint (bench->transport->kept_requests, ==, 4);
  reeve_fleet_unwatch (fleet, watch);
}

/* An acknowledgement that never reaches the agent. */
static void
test_lost_acknowledgement (void)
{
  g_autoptr (Bench) bench = bench_new ();
  g_autoptr (ReeveLink) link = NULL, again = NULL;

  keep (bench, 20, 1);
  bench->transport->deaf = TRUE;
  link = link_up (bench);
  bench_advance (bench, 4000);
  g_assert_cmpuint (bench->transport->kept->len, ==, 20);
  bench_lose (bench, link);
  /* it is down by then, which is kept: the store's thread does not live by this clock */
  bench_advance (bench, 31000);
  reeve_mock_host_advance (bench->host, 10 * 60000);
  keep (bench, 30, 1);
  bench->transport->deaf = FALSE;
  again = link_up (bench);
  bench_advance (bench, 4000);
  assert_history (bench, 30);
  g_assert_cmpuint (bench->transport->kept_requests, ==, 2);
}

/* The hub starts again without having stored how far it came: the same samples take the same
 * places, although they are younger in the agent's eyes by then. */
static void
test_restart (void)
{
  g_autoptr (Bench) bench = bench_new ();
  g_autoptr (ReeveLink) link = NULL, again = NULL;

  keep (bench, 40, 1);
  bench->transport->deaf = TRUE;
  link = link_up (bench);
  /* up to the middle of the first batch's way */
  for (guint i = 0; i < 100 && bench->transport->kept_requests == 0; i++)
    reeve_mock_host_advance (bench->host, 50);
  g_clear_object (&link);
  reeve_mock_host_unload (bench->host, bench->plugin);
  bench->plugin = reeve_mock_host_load (bench->host, "fleet", NULL);
  bench->transport->deaf = FALSE;
  /* 42 s later, and the ages are those of before: each would fall into another minute */
  bench_advance (bench, 42000);
  again = link_up (bench);
  bench_advance (bench, 8000);
  assert_history (bench, 40);
}

#define OWN "test-own"

/* Live samples, which come one by one here, are taken. */
static void
refuse_kept_async (ReeveHistory *history, const ReeveHistoryEntry *entries, gsize n,
                   GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveHistoryInterface *own = g_object_get_data (G_OBJECT (history), OWN);

  if (n > 1)
    g_task_report_new_error (history, callback, user_data, refuse_kept_async, REEVE_ERROR,
                             REEVE_ERROR_IO, "the disk is full");
  else
    own->append_async (history, entries, n, cancellable, callback, user_data);
}

/* A batch is noted and not stored, and comes again with another age: that moves it back to where it
 * was noted, and never ahead of now. */
static void
test_ages (void)
{
  static const gint64 day = G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC;
  static const gint64 says[] = { 60 * day, 20000 * day, G_MAXINT64, G_MININT64, -day };

  for (guint i = 0; i < G_N_ELEMENTS (says); i++)
    {
      g_autoptr (Bench) bench = bench_new ();
      g_autoptr (ReeveHistory) history =
          reeve_context_lookup (reeve_mock_host_get_context (bench->host), REEVE_TYPE_HISTORY,
                                NULL);
      ReeveHistoryInterface *iface = REEVE_HISTORY_GET_IFACE (history);
      ReeveHistoryInterface own = *iface;
      g_autoptr (ReeveLink) link = NULL, again = NULL;
      g_autoptr (GArray) ahead = NULL, usages = NULL;

      g_object_set_data (G_OBJECT (history), OWN, &own);
      iface->append_async = refuse_kept_async;
      keep (bench, 3, 1);
      link = link_up (bench);
      bench_advance (bench, 500);
      g_assert_cmpuint (bench->transport->kept_requests, ==, 1);
      bench_lose (bench, link);
      bench_advance (bench, 5000);
      iface->append_async = own.append_async;
      for (guint j = 0; j < 3; j++)
        reeve_message_set_age (g_ptr_array_index (bench->transport->kept, j), says[i]);
      again = link_up (bench);
      bench_advance (bench, 8000);
      g_assert_cmpuint (bench->transport->kept_requests, ==, 2);
      ahead = get_usages_between (bench, 120, 30000. * 86400);
      g_assert_cmpuint (ahead->len, ==, 0);
      usages = get_usages_between (bench, -9. * 86400, 60);
      g_assert_cmpuint (usages->len, >=, 2);
    }
}

/* An agent that began anew: its numbers are small again, in a series of its own. */
static void
test_new_series (void)
{
  g_autoptr (Bench) bench = bench_new ();
  g_autoptr (ReeveLink) link = NULL, again = NULL;
  g_autoptr (GArray) usages = NULL;

  keep (bench, 10, 1);
  link = link_up (bench);
  bench_advance (bench, 4000);
  bench_lose (bench, link);
  /* it is down by then, which is kept: the store's thread does not live by this clock */
  bench_advance (bench, 31000);
  reeve_mock_host_advance (bench->host, 20 * 60000);
  keep (bench, 5, 1);
  bench->transport->series = SERIES + 1;
  again = link_up (bench);
  bench_advance (bench, 4000);
  g_assert_cmpuint (bench->transport->kept_requests, ==, 2);
  usages = get_usages (bench, 60);
  g_assert_cmpuint (usages->len, ==, 10 + 1 + 5 + 1);
  for (guint i = 0; i < 5; i++)
    g_assert_cmpfloat_with_epsilon (g_array_index (usages, double, 11 + i), (i + 1) / 1024., 1e-6);
  assert_spread (bench, usages, TRUE);
  assert_spread (bench, usages, FALSE);
}

/* An agent that says that more waits and gives none, or gives what it was told is stored, is not
 * asked for ever; one on a stock link is never asked. */
static void
test_bad_agent (void)
{
  g_autoptr (Bench) bench = bench_new ();
  ReeveLinkOffer stock = bench_offer (bench);
  g_autoptr (ReeveLink) link = NULL, again = NULL;

  keep (bench, 40, 1);
  again = bench_link (bench, &stock, NULL);
  bench_advance (bench, 4000);
  g_assert_cmpuint (bench->transport->kept_requests, ==, 0);
  bench_lose (bench, again);
  bench->transport->deaf = TRUE;
  link = link_up (bench);
  bench_advance (bench, 10000);
  g_assert_cmpuint (bench->transport->kept_requests, ==, 2);
}

/* Nobody is asked while it is paused. */
static void
test_paused (void)
{
  g_autoptr (Bench) bench = bench_new ();
  g_autoptr (ReeveLink) link = NULL;
  g_autoptr (GVariant) paused = NULL, resumed = NULL;

  keep (bench, 10, 1);
  paused = bench_call (bench, "SetPaused", g_variant_new ("(sb)", bench->id, TRUE));
  link = link_up (bench);
  bench_advance (bench, 5000);
  g_assert_cmpuint (bench->transport->kept_requests, ==, 0);
  resumed = bench_call (bench, "SetPaused", g_variant_new ("(sb)", bench->id, FALSE));
  bench_advance (bench, 5000);
  g_assert_cmpuint (bench->transport->kept_requests, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fleet/kept/drain", test_drain);
  g_test_add_func ("/fleet/kept/lost-acknowledgement", test_lost_acknowledgement);
  g_test_add_func ("/fleet/kept/restart", test_restart);
  g_test_add_func ("/fleet/kept/ages", test_ages);
  g_test_add_func ("/fleet/kept/new-series", test_new_series);
  g_test_add_func ("/fleet/kept/bad-agent", test_bad_agent);
  g_test_add_func ("/fleet/kept/paused", test_paused);
  return g_test_run ();
}
