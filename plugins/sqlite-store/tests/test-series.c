/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which series a row of a sample belongs to, wherever it stands in it. */

#include "config.h"

#include "store-fixture.h"

/* Sensors @first, ... around to the one before, of @n, each with its number times @factor. */
static void
append_turned (StoreFixture *f, const char *system, guint minute, guint n, guint first,
               double factor)
{
  g_autoptr (ReeveSample) sample = store_make_sample (STORE_START + minute * STORE_MINUTE, 0.5);
  g_autoptr (GAsyncResult) result = NULL;

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("sensor%u", (first + i) % n);

      reeve_sample_add (sample, REEVE_KIND_SENSOR, name);
      reeve_sample_set_number (sample, REEVE_SENSOR_TEMPERATURE, (first + i) % n * factor);
    }
  reeve_history_append_async (f->history, &(ReeveHistoryEntry){ system, sample }, 1, NULL,
                              reeve_mock_result_cb, &result);
  g_assert_true (reeve_history_append_finish (f->history, store_wait (f, &result), NULL));
}

static void
assert_turned (StoreFixture *f, const char *system, guint minutes, guint n, double factor)
{
  g_autoptr (ReeveHistoryRange) range = store_range (f, system, 0, G_MAXINT64, 100);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("sensor%u", i);
      ReeveHistoryColumn *column = store_find_column (range, "sensor", name, "temperature");

      g_assert_nonnull (column);
      g_assert_cmpuint (range->n_times, ==, minutes);
      for (guint minute = 0; minute < minutes; minute++)
        g_assert_cmpfloat_with_epsilon (column->values[minute], i * factor, 1e-12);
    }
}

/* Rows that are never where they were are found by their names, which systems share: one that is
 * forgotten leaves them to the other, and finds its own when it comes again. */
static void
test_series_moved (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  const guint n = 70;

  for (guint minute = 0; minute < 5; minute++)
    {
      append_turned (f, STORE_SYSTEM, minute, n, minute * 7, 1);
      append_turned (f, STORE_OTHER, minute, n, minute * 11, 0.5);
    }
  assert_turned (f, STORE_SYSTEM, 5, n, 1);
  assert_turned (f, STORE_OTHER, 5, n, 0.5);
  store_forget (f, STORE_SYSTEM);
  append_turned (f, STORE_OTHER, 5, n, 3, 0.5);
  assert_turned (f, STORE_OTHER, 6, n, 0.5);
  append_turned (f, STORE_SYSTEM, 0, n, 1, 0.25);
  append_turned (f, STORE_SYSTEM, 1, n, 0, 0.25);
  assert_turned (f, STORE_SYSTEM, 2, n, 0.25);
  /* two more kinds in each sample */
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM series"), ==, 2 * (n + 2));
}

/* Things @first to before @end, which are described by @n_metrics metrics. */
static void
append_things (StoreFixture *f, guint minute, guint first, guint end, guint n_metrics)
{
  static const ReeveMetric metrics[] = {
    { "m0", "M", REEVE_METRIC_NUMBER, REEVE_UNIT_NONE, REEVE_AGGREGATION_AVERAGE },
    { "m1", "M", REEVE_METRIC_NUMBER, REEVE_UNIT_NONE, REEVE_AGGREGATION_AVERAGE },
  };
  const ReeveKind kind = { "x.thing", "Thing", "", TRUE, FALSE, n_metrics, metrics };
  const ReeveKind *kinds[] = { &kind };
  g_autoptr (ReeveSchema) schema = reeve_schema_new (kinds, 1, NULL);
  g_autoptr (ReeveSample) sample = reeve_sample_new (schema);
  g_autoptr (GAsyncResult) result = NULL;
  guint index;

  g_assert_true (reeve_schema_find_kind (schema, "x.thing", &index));
  reeve_sample_set_time (sample, STORE_START + minute * STORE_MINUTE);
  for (guint i = first; i < end; i++)
    {
      g_autofree char *name = g_strdup_printf ("thing%u", i);

      reeve_sample_add (sample, index, name);
      for (guint metric = 0; metric < n_metrics; metric++)
        reeve_sample_set_number (sample, metric, i);
    }
  reeve_history_append_async (f->history, &(ReeveHistoryEntry){ STORE_SYSTEM, sample }, 1, NULL,
                              reeve_mock_result_cb, &result);
  g_assert_true (reeve_history_append_finish (f->history, store_wait (f, &result), NULL));
}

/* A kind that is described anew has all its instances again: those that are kept of before do not
 * count. */
static void
test_series_renewed (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  const ReeveSqliteStoreLimits limits = { 10, 4 };

  reeve_sqlite_store_history_set_limits (REEVE_SQLITE_STORE_HISTORY (f->history), &limits);
  append_things (f, 0, 0, 7, 1);
  append_things (f, 1, 0, 7, 2);
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM series"), ==, 14);
  store_fixture_close (f);
  store_fixture_open (f);
  reeve_sqlite_store_history_set_limits (REEVE_SQLITE_STORE_HISTORY (f->history), &limits);
  append_things (f, 2, 0, 11, 2);
  store_take_warning ("*" STORE_SYSTEM " has more than 10 instances of x.thing: *");
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM series"), ==, 17);
}

int
main (int argc, char **argv)
{
  store_init (&argc, &argv);
  g_test_add ("/sqlite-store/series/moved", StoreFixture, NULL, store_fixture_set_up,
              test_series_moved, store_fixture_tear_down);
  g_test_add ("/sqlite-store/series/renewed", StoreFixture, NULL, store_fixture_set_up,
              test_series_renewed, store_fixture_tear_down);
  return g_test_run ();
}
