/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What 10,000 systems take: the built fleet reads them from the built store, each with facts and
 * two labels. Bytes are those of malloc, before and after; the time of adding is taken with few and
 * with many systems known. The records are written first, so what the store keeps is in both.
 */

#include "config.h"

#include <malloc.h>
#include <time.h>

#include "fleet-bench.h"

#define BENCH_SYSTEMS 10000
#define BENCH_BATCH 1000
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

/* Pages that are in memory, in KiB. */
static gsize
bench_measure_rss (void)
{
  g_autofree char *text = NULL;
  guint64 size, resident;

  g_assert_true (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL));
  g_assert_cmpint (sscanf (text, "%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, &size, &resident), ==,
                   2);
  return resident * 4;
}

/* ---- records ---- */

static GVariant *
bench_make_facts (const char *name)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "hostname", "s", name);
  g_variant_dict_insert (&dict, "kernel", "s", "6.1.0-32-amd64");
  g_variant_dict_insert (&dict, "os", "d", 0.0);
  g_variant_dict_insert (&dict, "os-name", "s", "Debian GNU/Linux 12 (bookworm)");
  g_variant_dict_insert (&dict, "arch", "s", "x86_64");
  g_variant_dict_insert (&dict, "cpu-model", "s", "AMD EPYC 7763 64-Core Processor");
  g_variant_dict_insert (&dict, "cores", "d", 8.0);
  g_variant_dict_insert (&dict, "threads", "d", 16.0);
  g_variant_dict_insert (&dict, "memory", "d", 67108864.0 * 1024);
  g_variant_dict_insert (&dict, "podman", "d", 0.0);
  g_variant_dict_insert (&dict, "agent-version", "s", "0.18.8");
  return g_variant_dict_end (&dict);
}

static GVariant *
bench_make_labels (guint n)
{
  GVariantBuilder builder;
  g_autofree char *rack = g_strdup_printf ("r%02u", n % 40);

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{ss}"));
  g_variant_builder_add (&builder, "{ss}", "env", n % 3 == 0 ? "production" : "staging");
  g_variant_builder_add (&builder, "{ss}", "rack", rack);
  return g_variant_builder_end (&builder);
}

/* As the fleet writes them. */
static ReeveRecord *
bench_make_record (guint n)
{
  g_autofree char *id = g_strdup_printf ("%016x", n);
  g_autofree char *name = g_strdup_printf ("node-%05u.example.org", n * 7919 % BENCH_SYSTEMS);
  g_autofree char *token = g_compute_checksum_for_string (G_CHECKSUM_SHA256, id, -1);
  g_autofree char *fingerprint = g_compute_checksum_for_string (G_CHECKSUM_SHA256, name, -1);
  const char *const indexes[] = { token, NULL };
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "name", "s", name);
  g_variant_dict_insert (&dict, "token-hash", "s", token);
  g_variant_dict_insert (&dict, "fingerprint", "s", fingerprint);
  g_variant_dict_insert (&dict, "hostname", "s", name);
  g_variant_dict_insert (&dict, "agent-version", "s", "0.18.8");
  g_variant_dict_insert (&dict, "created", "x", G_GINT64_CONSTANT (1700000000000000));
  g_variant_dict_insert (&dict, "floor-level", "u", 1);
  g_variant_dict_insert_value (&dict, "labels", bench_make_labels (n));
  g_variant_dict_insert_value (&dict, "facts", bench_make_facts (name));
  return reeve_record_new ("fleet.systems", id, 0, g_variant_dict_end (&dict), indexes);
}

static void
bench_write (Bench *bench)
{
  static const char *const names[] = { "token", NULL };
  static const ReeveCollection collection = { "fleet.systems", 2, names };
  g_autoptr (ReeveRecords) records =
      reeve_context_lookup (reeve_mock_host_get_context (bench->host), REEVE_TYPE_RECORDS, NULL);
  g_autoptr (GAsyncResult) opened = NULL;

  reeve_records_open_async (records, &collection, NULL, reeve_mock_result_cb, &opened);
  g_assert_true (
      reeve_records_open_finish (records, reeve_mock_host_wait (bench->host, &opened), NULL));
  for (guint i = 0; i < BENCH_SYSTEMS; i += BENCH_BATCH)
    {
      g_autoptr (GPtrArray) batch =
          g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_record_unref);
      g_autoptr (GAsyncResult) applied = NULL;
      g_autoptr (GError) error = NULL;

      for (guint j = 0; j < BENCH_BATCH; j++)
        g_ptr_array_add (batch, bench_make_record (i + j));
      reeve_records_apply_async (records, batch, NULL, reeve_mock_result_cb, &applied);
      reeve_records_apply_finish (records, reeve_mock_host_wait (bench->host, &applied), &error);
      g_assert_no_error (error);
    }
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
  bench_write (bench);
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
