/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What ten thousand systems take of the memory. */

#include "config.h"

#include "fleet-many.h"

#define SYSTEMS 10000
/* All that the process takes more with them than without, the store's reading of them included. */
#define LIMIT_KIB (40 * 1024)

static void
test_memory (void)
{
#if defined(__SANITIZE_ADDRESS__)
  g_test_skip ("sanitizers take memory of their own");
#else
  g_autoptr (Bench) bench = bench_new ();
  g_autoptr (GVariant) answer = NULL;
  gsize before, after;
  guint total;

  reeve_mock_host_unload (bench->host, bench->plugin);
  bench_write_many (bench, SYSTEMS);
  before = bench_measure_rss ();
  bench->plugin = reeve_mock_host_load (bench->host, "fleet", NULL);
  answer =
      bench_call (bench, "ListSystems", g_variant_new ("(ssuu)", "label:rack=r07", "name", 0, 1));
  g_variant_get (answer, "(@aa{sv}u@a{su})", NULL, &total, NULL);
  g_assert_cmpuint (total, ==, SYSTEMS / 40);
  after = bench_measure_rss ();
  g_test_message ("%" G_GSIZE_FORMAT " KiB before, %" G_GSIZE_FORMAT " KiB after", before, after);
  g_assert_cmpuint (after, <, before + LIMIT_KIB);
#endif
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fleet/many/memory", test_memory);
  return g_test_run ();
}
