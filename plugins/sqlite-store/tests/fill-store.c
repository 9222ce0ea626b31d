/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Fills a hub's database with a past, for tests of the page: fill-store FILE SYSTEM DAYS writes a
 * sample a minute up to now by the store's own way in, with its clock driven, then seals and rolls
 * up. Nothing may have the file open. In the past there is an hour without samples, six hours
 * before the end, an hour in which the load is missing and the swap is zero, nine hours before it,
 *   a minute each hour in which all processors are busy. */

#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "store-fixture.h"

#define DAY (24 * 60)
#define HOUR 60
#define BATCH 1000
#define QUIET (6 * HOUR)
#define LAME (9 * HOUR)

static ReeveSample *
fill_make (gint64 time, guint before)
{
  ReeveSample *sample = store_make_typical (time, before % 9000);
  gboolean busy = before % HOUR == 30;
  double wave = 0.3 + 0.2 * sin (before / 229.0);

  reeve_sample_select (sample, reeve_sample_find_row (sample, REEVE_KIND_CPU, NULL));
  reeve_sample_set_number (sample, REEVE_CPU_USAGE, busy ? 0.98 : wave);
  reeve_sample_set_number (sample, REEVE_CPU_USER, busy ? 0.9 : wave * 0.7);
  reeve_sample_set_number (sample, REEVE_CPU_SYSTEM, busy ? 0.08 : wave * 0.3);
  for (guint metric = REEVE_CPU_IOWAIT; metric < REEVE_N_CPU; metric++)
    reeve_sample_set_number (sample, metric, 0.01);
  for (guint metric = 0; metric < REEVE_N_LOAD; metric++)
    {
      gboolean lame = before >= LAME && before < LAME + HOUR;

      reeve_sample_select (sample, reeve_sample_find_row (sample, REEVE_KIND_LOAD, NULL));
      reeve_sample_set_number (sample, metric, lame ? NAN : 1 + wave + metric);
    }
  return sample;
}

static void
fill_append (StoreFixture *f, const ReeveHistoryEntry *entries, guint n)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  reeve_history_append_async (f->history, entries, n, NULL, reeve_mock_result_cb, &result);
  reeve_sqlite_store_writer_flush (reeve_sqlite_store_core_get_writer (f->core));
  reeve_history_append_finish (f->history, reeve_mock_host_wait (f->host, &result), &error);
  g_assert_no_error (error);
}

static void
fill_past (StoreFixture *f, const char *system, gint64 now, guint minutes)
{
  ReeveHistoryEntry entries[BATCH];
  guint n = 0;

  for (guint before = minutes; before > 0; before--)
    {
      gint64 time = now - before * STORE_MINUTE;

      if (before < QUIET || before >= QUIET + HOUR)
        entries[n++] = (ReeveHistoryEntry){ system, fill_make (time, before) };
      if (n < BATCH && before > 1)
        continue;
      fill_append (f, entries, n);
      while (n > 0)
        reeve_sample_unref (entries[--n].sample);
    }
}

static void
fill_seal (StoreFixture *f)
{
  for (guint turns = 0; turns < 4; turns++)
    {
      reeve_sqlite_store_history_sweep (REEVE_SQLITE_STORE_HISTORY (f->history));
      for (guint i = 0; i < 200; i++)
        {
          reeve_sqlite_store_writer_flush (reeve_sqlite_store_core_get_writer (f->core));
          reeve_mock_host_advance (f->host, 100);
        }
    }
}

int
main (int argc, char **argv)
{
  gint64 now = g_get_real_time ();
  StoreFixture fixture = { 0 };

  store_init (&argc, &argv);
  if (argc != 4)
    {
      g_printerr ("usage: fill-store FILE SYSTEM DAYS\n");
      return 2;
    }
  fixture.host = reeve_mock_host_new ("hub", TRUE);
  reeve_clock_jump (reeve_mock_host_get_clock (fixture.host), now - STORE_START);
  fixture.context = reeve_mock_host_get_context (fixture.host);
  fixture.path = g_strdup (argv[1]);
  store_fixture_open (&fixture);
  fill_past (&fixture, argv[2], now / STORE_MINUTE * STORE_MINUTE,
             (guint) strtoul (argv[3], NULL, 10) * DAY);
  fill_seal (&fixture);
  store_drop_warnings ();
  store_fixture_tear_down (&fixture, NULL);
  return 0;
}
