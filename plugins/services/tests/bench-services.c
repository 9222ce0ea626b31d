/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What a sample of 300 services costs: processor time of the built module from a request to its
 * answer, beside a floor that only reads the same 1,200 files. Once with enough descriptors for all
 * of them (what the packaged unit allows), once with 1,024, where most groups are opened each time.
 * The files are ordinary ones, so what the kernel does to count is not in it.
 */

#include "config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "services-fixture.h"

#define BENCH_UNITS 300
#define BENCH_FILES 4
#define BENCH_ROUNDS 500

static double
bench_now_us (void)
{
  struct timespec now;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double) now.tv_sec * 1e6 + (double) now.tv_nsec / 1e3;
}

static void
bench_limit (rlim_t files)
{
  struct rlimit limit;

  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  limit.rlim_cur = MIN (files, limit.rlim_max);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
}

static double
bench_samples (Fixture *f)
{
  double start;

  services_collect (f); /* opens what stays open */
  start = bench_now_us ();
  for (guint i = 0; i < BENCH_ROUNDS; i++)
    services_collect (f);
  g_assert_cmpfloat (services_get_total (f), ==, BENCH_UNITS);
  return (bench_now_us () - start) / BENCH_ROUNDS;
}

static double
bench_floor (Fixture *f)
{
  static const char *const files[BENCH_FILES] = { "cpu.stat", "memory.current", "memory.peak",
                                                  "pids.current" };
  int fds[BENCH_UNITS * BENCH_FILES];
  char buffer[256];
  double start;
  gssize sum = 0;

  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    {
      FakeUnit *unit = g_ptr_array_index (f->fake->units, i / BENCH_FILES);
      g_autofree char *path = g_build_filename (f->fake->root, "sys/fs/cgroup/system.slice",
                                                unit->name, files[i % BENCH_FILES], NULL);

      fds[i] = open (path, O_RDONLY | O_CLOEXEC);
      g_assert_cmpint (fds[i], >=, 0);
    }
  start = bench_now_us ();
  for (guint i = 0; i < BENCH_ROUNDS; i++)
    for (guint j = 0; j < G_N_ELEMENTS (fds); j++)
      sum += pread (fds[j], buffer, sizeof buffer, 0);
  g_assert_cmpint (sum, >, 0);
  start = (bench_now_us () - start) / BENCH_ROUNDS;
  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    close (fds[i]);
  return start;
}

static void
bench_run (const char *name, rlim_t files, gboolean with_floor)
{
  Fixture fixture = { 0 };
  double begin, first, cost;
  Fixture *f = &fixture;

  bench_limit (files);
  services_set_up (f, NULL);
  for (guint i = 0; i < BENCH_UNITS; i++)
    {
      g_autofree char *unit = g_strdup_printf ("unit-%03u.service", i);

      fake_systemd_write_group (f->fake, fake_systemd_add (f->fake, unit, "active", "running"),
                                8000000 + i, 1 << 20, 1 << 21, 7);
    }
  begin = bench_now_us ();
  services_load (f, NULL, NULL);
  services_collect (f);
  first = bench_now_us () - begin;
  cost = bench_samples (f);
  g_print ("%s: %.0f us a sample, %.2f us a service (list and 600 properties with the other end "
           "of the bus: %.0f ms)\n",
           name, cost, cost / BENCH_UNITS, first / 1000);
  if (with_floor)
    g_print ("floor: %.0f us\n", bench_floor (f));
  services_tear_down (f, NULL);
}

int
main (int argc, char **argv)
{
  services_init (&argc, &argv);
  bench_run ("8192 descriptors", 8192, TRUE);
  bench_run ("1024 descriptors", 1024, FALSE);
  return 0;
}
