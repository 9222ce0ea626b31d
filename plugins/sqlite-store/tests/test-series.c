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

int
main (int argc, char **argv)
{
  store_init (&argc, &argv);
  g_test_add ("/sqlite-store/series/moved", StoreFixture, NULL, store_fixture_set_up,
              test_series_moved, store_fixture_tear_down);
  return g_test_run ();
}
