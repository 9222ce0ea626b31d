/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What a sample of 100 containers costs: run time of this process, which is what the agent's is,
 * and of the probe, which asks the engine. The engine is a script; what it costs is not told.
 */

#include "config.h"

#include <stdio.h>
#include <time.h>

#include "containers-fixture.h"

#define BENCH_CONTAINERS 100
#define BENCH_ROUNDS 50

static double
bench_now_us (void)
{
  struct timespec now;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double) now.tv_sec * 1e6 + (double) now.tv_nsec / 1e3;
}

/* Of a process with one thread. */
static double
bench_run_time_us (GPid pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/schedstat", pid);
  g_autofree char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? g_ascii_strtod (text, NULL) / 1e3 : 0;
}

static guint
bench_count (ReeveSample *sample)
{
  guint n = 0, kind;

  for (guint i = 0; i < reeve_sample_get_n_rows (sample); i++)
    {
      reeve_sample_get_row (sample, i, &kind, NULL);
      n += kind == REEVE_KIND_CONTAINER ? 1 : 0;
    }
  return n;
}

int
main (int argc, char **argv)
{
  g_autoptr (World) world = NULL;
  double agent, probe;

  g_test_init (&argc, &argv, NULL);
  world = world_new ("docker many", NULL, NULL);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (ReeveSample) first = world_collect (world, 0);

      g_assert_cmpuint (bench_count (first), ==, BENCH_CONTAINERS);
      reeve_mock_host_advance (world->host, 60 * 1000);
    }
  agent = bench_now_us ();
  probe = bench_run_time_us (world->probe);
  for (guint i = 0; i < BENCH_ROUNDS; i++)
    {
      g_autoptr (ReeveSample) sample = world_collect (world, 0);

      g_assert_cmpuint (bench_count (sample), ==, BENCH_CONTAINERS);
      reeve_mock_host_advance (world->host, 60 * 1000);
    }
  agent = (bench_now_us () - agent) / BENCH_ROUNDS;
  probe = (bench_run_time_us (world->probe) - probe) / BENCH_ROUNDS;
  printf (
      "%d containers: %.0f us a sample in the agent, %.1f us a container; %.0f us in the probe, "
      "%.1f us a container\n",
      BENCH_CONTAINERS, agent, agent / BENCH_CONTAINERS, probe, probe / BENCH_CONTAINERS);
  return 0;
}
