/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What 10,000 systems take: the built fleet reads them from the built store, each with facts and
 * two labels. Bytes are those of malloc, before and after; the time of adding is taken with few and
 * with many systems known. The records are written first, so what the store keeps is in both.
 */

#include "config.h"

#include <malloc.h>
#include <time.h>

#include "fleet-many.h"

#define BENCH_SYSTEMS 10000
#define BENCH_ADDED 200

static double
bench_now_us (void)
{
  struct timespec now;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double) now.tv_sec * 1e6 + (double) now.tv_nsec / 1e3;
}

static gsize
bench_measure (void)
{
  malloc_trim (0);
  return mallinfo2 ().uordblks + mallinfo2 ().hblkhd;
}

/* ---- figures ---- */

/* Processor time of one, with its record and its event. */
static double
bench_add (Bench *bench, const char *prefix)
{
  double start = bench_now_us ();

  for (guint i = 0; i < BENCH_ADDED; i++)
    {
      g_autofree char *name = g_strdup_printf ("%s-%u", prefix, i);

      g_variant_unref (bench_call (bench, "AddSystem", g_variant_new ("(s)", name)));
    }
  return (bench_now_us () - start) / BENCH_ADDED;
}

static void
bench_assert_listed (Bench *bench)
{
  g_autoptr (GVariant) answer =
      bench_call (bench, "ListSystems", g_variant_new ("(ssuu)", "label:rack=r07", "name", 0, 1));
  guint total;

  g_variant_get (answer, "(@aa{sv}u@a{su})", NULL, &total, NULL);
  g_assert_cmpuint (total, ==, BENCH_SYSTEMS / 40);
}

int
main (int argc, char **argv)
{
  g_autoptr (Bench) bench = NULL;
  gsize before, rss;
  double start, few;

  g_test_init (&argc, &argv, NULL);
  bench = bench_new ();
  few = bench_add (bench, "few");
  reeve_mock_host_unload (bench->host, bench->plugin);
  bench_write_many (bench, BENCH_SYSTEMS);
  before = bench_measure ();
  rss = bench_measure_rss ();
  start = bench_now_us ();
  bench->plugin = reeve_mock_host_load (bench->host, "fleet", NULL);
  start = bench_now_us () - start;
  g_print ("fleet: %d systems with facts and two labels: read in %.0f ms of CPU\n", BENCH_SYSTEMS,
           start / 1000);
  g_print ("fleet: %.0f bytes a system, %.1f MiB together; %+.1f MiB of RSS\n",
           (double) (bench_measure () - before) / BENCH_SYSTEMS,
           (double) (bench_measure () - before) / 1048576,
           ((double) bench_measure_rss () - (double) rss) / 1024);
  bench_assert_listed (bench);
  g_print ("fleet: a system is added in %.0f us of CPU where %d are known, %.0f us where none is\n",
           bench_add (bench, "many"), BENCH_SYSTEMS, few);
  return 0;
}
