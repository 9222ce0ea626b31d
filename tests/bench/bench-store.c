/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the store takes: bytes of a row, time of an append and of a range. One system over 30 days,
 * then 1000 systems over ten minutes. */

#include "config.h"

#include <reeve/monitor.h>
#include <stdio.h>

#include "../../plugins/sqlite-store/reeve-sqlite-store-history.h"
#include "../../plugins/sqlite-store/tests/store-fixture.h"

#define DAYS 30
#define SYSTEMS 1000
#define MINUTES 10
#define BATCH 1000

static void
append (StoreFixture *f, const ReeveHistoryEntry *entries, guint n)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  reeve_history_append_async (f->history, entries, n, NULL, reeve_mock_result_cb, &result);
  reeve_sqlite_store_writer_flush (reeve_sqlite_store_core_get_writer (f->core));
  reeve_history_append_finish (f->history, reeve_mock_host_wait (f->host, &result), &error);
  g_assert_no_error (error);
}

static guint
count_values (ReeveSample *sample)
{
  guint n = 0;

  for (guint row = 0; row < reeve_sample_get_n_rows (sample); row++)
    {
      const ReeveKind *kind = reeve_sample_get_row (sample, row, NULL, NULL);

      for (guint i = 0; i < kind->n_metrics && !kind->facts; i++)
        n += kind->metrics[i].aggregation != REEVE_AGGREGATION_NONE &&
                     reeve_sample_has (sample, row, i)
                 ? 1
                 : 0;
    }
  return n;
}

static void
bench_one_system (StoreFixture *f)
{
  const guint rows = DAYS * 24 * 60;
  ReeveHistoryEntry entries[BATCH];
  gint64 spent = 0;
  guint values = 0;

  for (guint done = 0; done < rows; done += BATCH)
    {
      guint n = MIN (BATCH, rows - done);
      gint64 begin;

      for (guint i = 0; i < n; i++)
        entries[i] =
            (ReeveHistoryEntry){ STORE_SYSTEM,
                                 store_make_typical (STORE_START - (rows - done - i) * STORE_MINUTE,
                                                     done + i) };
      values = count_values (entries[0].sample);
      begin = g_get_monotonic_time ();
      append (f, entries, n);
      spent += g_get_monotonic_time () - begin;
      for (guint i = 0; i < n; i++)
        reeve_sample_unref (entries[i].sample);
    }
  printf ("# %u values in a row of %.0f bytes (average of %u rows)\n", values,
          (double) store_count (f, "SELECT sum (length (body)) FROM sample") / rows, rows);
  printf ("# file after %d days of one system: %.1f MiB\n", DAYS,
          (double) store_count (f, "SELECT page_count * page_size FROM pragma_page_count,"
                                   " pragma_page_size") /
              (1 << 20));
  printf ("# append, one system, %d at once: %.1f us a sample with its commit\n", BATCH,
          (double) spent / rows);
}

static void
bench_range (StoreFixture *f, const char *what, gint64 minutes, guint points)
{
  gint64 best = G_MAXINT64;
  guint times = 0, columns = 0;

  for (guint i = 0; i < 5; i++)
    {
      gint64 begin = g_get_monotonic_time ();
      g_autoptr (ReeveHistoryRange) range =
          store_range (f, STORE_SYSTEM, STORE_START - minutes * STORE_MINUTE, STORE_START, points);

      best = MIN (best, g_get_monotonic_time () - begin);
      times = range->n_times;
      columns = range->columns->len;
    }
  printf ("# range, %s: %u times of %u columns in %.1f ms\n", what, times, columns, best / 1000.0);
}

static void
bench_many_systems (StoreFixture *f)
{
  g_autofree ReeveHistoryEntry *entries = g_new0 (ReeveHistoryEntry, SYSTEMS);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  gint64 spent = 0;

  for (guint i = 0; i < SYSTEMS; i++)
    g_ptr_array_add (names, g_strdup_printf ("%016x", i + 1));
  for (guint minute = 0; minute < MINUTES; minute++)
    {
      gint64 begin;

      for (guint i = 0; i < SYSTEMS; i++)
        entries[i] = (ReeveHistoryEntry){ g_ptr_array_index (names, i),
                                          store_make_typical (STORE_START + minute * STORE_MINUTE,
                                                              i + minute) };
      begin = g_get_monotonic_time ();
      append (f, entries, SYSTEMS);
      /* the first time all names are new */
      if (minute == 0)
        printf ("# first sample of %d systems: %.1f us each\n", SYSTEMS,
                (double) (g_get_monotonic_time () - begin) / SYSTEMS);
      else
        spent += g_get_monotonic_time () - begin;
      for (guint i = 0; i < SYSTEMS; i++)
        reeve_sample_unref (entries[i].sample);
    }
  printf ("# append, %d systems a commit: %.1f us a sample with its commit\n", SYSTEMS,
          (double) spent / (MINUTES - 1) / SYSTEMS);
}

int
main (int argc, char **argv)
{
  StoreFixture f = { NULL };

  store_init (&argc, &argv);
  store_fixture_set_up (&f, NULL);
  bench_one_system (&f);
  bench_range (&f, "one hour", 60, 1000);
  bench_range (&f, "one day", 24 * 60, 1000);
  bench_range (&f, "30 days", 30 * 24 * 60, 1000);
  bench_many_systems (&f);
  store_fixture_tear_down (&f, NULL);
  return 0;
}
