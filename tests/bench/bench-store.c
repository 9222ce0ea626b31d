/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the store takes: bytes of a row, loose, sealed and rolled up; time of an append, of sealing
 * and of ranges. One system over 30 days, then 1000 systems over ten minutes. The rows of the one
 * are those of tests/data/store/minutes.tsv, again and again: 37 values of a machine that was busy.
 */

#include "config.h"

#include <math.h>
#include <reeve/monitor.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../plugins/sqlite-store/reeve-sqlite-store-history.h"
#include "../../plugins/sqlite-store/reeve-sqlite-store-seal.h"
#include "../../plugins/sqlite-store/tests/store-fixture.h"

#define DAYS 30
#define SYSTEMS 1000
#define MINUTES 10
#define BATCH 1000
#define QUERIES 300
#define DAY (24 * 60 * STORE_MINUTE)

/* One column of the recorded rows. */
typedef struct
{
  guint kind;
  guint metric;
  char *instance;
} Column;

typedef struct
{
  Column columns[64];
  guint n_columns;
  GPtrArray *rows; /* of double[n_columns], NaN: missing */
} Recording;

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

/* ---- recorded rows ---- */

static void
read_head (Recording *recording, char **names)
{
  ReeveSchema *schema = reeve_schema_get_standard ();

  recording->n_columns = g_strv_length (names);
  g_assert_cmpuint (recording->n_columns, <=, G_N_ELEMENTS (recording->columns));
  for (guint i = 0; i < recording->n_columns; i++)
    {
      g_auto (GStrv) words = g_strsplit (names[i], "/", 3);
      Column *column = &recording->columns[i];
      const ReeveKind *kind = reeve_schema_find_kind (schema, words[0], &column->kind);

      g_assert_nonnull (kind);
      column->instance = words[1][0] != '\0' ? g_strdup (words[1]) : NULL;
      column->metric = (guint) reeve_kind_find_metric (kind, words[2]);
      g_assert_cmpuint (column->metric, <, kind->n_metrics);
    }
}

static void
read_recording (Recording *recording)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "tests/data/store/minutes.tsv", NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) lines = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  lines = g_strsplit (g_strchomp (text), "\n", -1);
  recording->rows = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) cells = g_strsplit (lines[i], "\t", -1);
      double *row;

      if (i == 0)
        {
          read_head (recording, cells);
          continue;
        }
      g_assert_cmpuint (g_strv_length (cells), ==, recording->n_columns);
      row = g_new (double, recording->n_columns);
      for (guint j = 0; j < recording->n_columns; j++)
        row[j] = cells[j][0] != '\0' ? g_ascii_strtod (cells[j], NULL) : NAN;
      g_ptr_array_add (recording->rows, row);
    }
}

static void
free_recording (Recording *recording)
{
  for (guint i = 0; i < recording->n_columns; i++)
    g_free (recording->columns[i].instance);
  g_ptr_array_unref (recording->rows);
}

/* (transfer full) */
static ReeveSample *
make_recorded (const Recording *recording, gint64 time, guint n)
{
  const double *row = g_ptr_array_index (recording->rows, n % recording->rows->len);
  ReeveSample *sample = reeve_sample_new (reeve_schema_get_standard ());

  reeve_sample_set_time (sample, time);
  reeve_sample_set_rates (sample, TRUE);
  for (guint i = 0; i < recording->n_columns; i++)
    {
      const Column *column = &recording->columns[i];
      int at = reeve_sample_find_row (sample, column->kind, column->instance);

      if (at >= 0)
        reeve_sample_select (sample, at);
      else
        reeve_sample_add (sample, column->kind, column->instance);
      reeve_sample_set_number (sample, column->metric, row[i]);
    }
  return sample;
}

/* ---- one system ---- */

static void
seal_all (StoreFixture *f)
{
  const gint64 keep_ms[] = { 31 * DAY / 1000, 90 * DAY / 1000, 730 * DAY / 1000, 730 * DAY / 1000 };
  clock_t begin;

  begin = clock ();
  reeve_sqlite_store_history_set_retention (REEVE_SQLITE_STORE_HISTORY (f->history), keep_ms);
  while (store_count (f, "SELECT count (*) FROM (SELECT 1 FROM sample LIMIT 1)") > 0)
    {
      reeve_sqlite_store_history_sweep (REEVE_SQLITE_STORE_HISTORY (f->history));
      reeve_sqlite_store_writer_flush (reeve_sqlite_store_core_get_writer (f->core));
      reeve_mock_host_settle (f->host);
      g_usleep (1000);
    }
  printf ("# sealing and rolling up %d days: %.1f us of CPU a row\n", DAYS,
          (double) (clock () - begin) * 1e6 / CLOCKS_PER_SEC / (DAYS * 24 * 60));
}

static void
print_bytes (StoreFixture *f, const char *what, guint tier)
{
  g_autofree char *sql =
      g_strdup_printf ("SELECT sum (length (body)) FROM block WHERE (id >> 24 & 3) = %u", tier);
  gint64 rows = DAYS * 24 * 60 / reeve_sqlite_store_tiers[tier].row;

  printf ("# sealed, %s: %.1f bytes a row\n", what, (double) store_count (f, sql) / rows);
}

static void
bench_one_system (StoreFixture *f, const Recording *recording)
{
  const guint rows = DAYS * 24 * 60;
  ReeveHistoryEntry entries[BATCH];
  gint64 spent = 0, pages;

  for (guint done = 0; done < rows; done += BATCH)
    {
      guint n = MIN (BATCH, rows - done);
      gint64 begin;

      for (guint i = 0; i < n; i++)
        entries[i] = (ReeveHistoryEntry){
          STORE_SYSTEM,
          make_recorded (recording,
                         STORE_START - DAY - (rows - done - i) * STORE_MINUTE + 30 * G_USEC_PER_SEC,
                         done + i)
        };
      begin = g_get_monotonic_time ();
      append (f, entries, n);
      spent += g_get_monotonic_time () - begin;
      for (guint i = 0; i < n; i++)
        reeve_sample_unref (entries[i].sample);
    }
  printf ("# append, one system, %d at once: %.1f us a sample with its commit\n", BATCH,
          (double) spent / rows);
  printf ("# loose: %u values in a row of %.1f bytes (average of %u rows)\n", recording->n_columns,
          (double) store_count (f, "SELECT sum (length (body)) FROM sample") / rows, rows);
  seal_all (f);
  print_bytes (f, "1 minute", 0);
  print_bytes (f, "10 minutes", 1);
  print_bytes (f, "1 hour", 2);
  pages = store_count (f, "SELECT sum (pgsize) FROM dbstat WHERE name = 'block'");
  printf ("# pages of the file for all: %.1f bytes for each minute, the bodies %.1f\n",
          (double) pages / rows,
          (double) store_count (f, "SELECT sum (length (body)) FROM block") / rows);
}

static int
compare_times (gconstpointer a, gconstpointer b)
{
  const gint64 *one = a, *other = b;

  return *one < *other ? -1 : *one > *other;
}

static void
bench_range (StoreFixture *f, const char *what, gint64 minutes, guint points)
{
  gint64 spent[QUERIES];
  guint times = 0, columns = 0;
  clock_t cpu = clock ();

  for (guint i = 0; i < QUERIES; i++)
    {
      gint64 end = STORE_START - DAY - i % 30 * STORE_MINUTE;
      gint64 begin = g_get_monotonic_time ();
      g_autoptr (ReeveHistoryRange) range =
          store_range_once (f, STORE_SYSTEM, end - (minutes - 1) * STORE_MINUTE, end, points, TRUE);

      spent[i] = g_get_monotonic_time () - begin;
      times = range->n_times;
      columns = range->columns->len;
    }
  qsort (spent, QUERIES, sizeof spent[0], compare_times);
  printf ("# range, %s, %u points: %u times of %u columns, p50 %.2f ms, p99 %.2f ms, CPU %.2f ms\n",
          what, points, times, columns, spent[QUERIES / 2] / 1000.0,
          spent[QUERIES * 99 / 100] / 1000.0,
          (double) (clock () - cpu) * 1e3 / CLOCKS_PER_SEC / QUERIES);
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
  Recording recording = { .n_columns = 0 };

  store_init (&argc, &argv);
  read_recording (&recording);
  store_fixture_set_up (&f, NULL);
  bench_one_system (&f, &recording);
  bench_range (&f, "one hour", 60, 60);
  bench_range (&f, "one day", 24 * 60, 360);
  bench_range (&f, "7 days", 7 * 24 * 60, 336);
  bench_range (&f, "30 days", 30 * 24 * 60, 90);
  bench_range (&f, "30 days", 30 * 24 * 60, 360);
  bench_range (&f, "30 days", 30 * 24 * 60, 4000);
  free_recording (&recording);
  bench_many_systems (&f);
  store_fixture_tear_down (&f, NULL);
  return 0;
}
