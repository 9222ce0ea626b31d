/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "fleet-many.h"

#include <stdio.h>
#include <unistd.h>

#define BENCH_BATCH 1000

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
bench_make_record (guint n, guint all)
{
  g_autofree char *id = g_strdup_printf ("%016x", n);
  g_autofree char *name = g_strdup_printf ("node-%05u.example.org", n * 7919 % all);
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

void
bench_write_many (Bench *bench, guint n)
{
  static const char *const names[] = { "token", NULL };
  static const ReeveCollection collection = { "fleet.systems", 2, names };
  g_autoptr (ReeveRecords) records =
      reeve_context_lookup (reeve_mock_host_get_context (bench->host), REEVE_TYPE_RECORDS, NULL);
  g_autoptr (GAsyncResult) opened = NULL;

  reeve_records_open_async (records, &collection, NULL, reeve_mock_result_cb, &opened);
  g_assert_true (
      reeve_records_open_finish (records, reeve_mock_host_wait (bench->host, &opened), NULL));
  for (guint i = 0; i < n; i += BENCH_BATCH)
    {
      g_autoptr (GPtrArray) batch =
          g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_record_unref);
      g_autoptr (GAsyncResult) applied = NULL;
      g_autoptr (GError) error = NULL;

      for (guint j = 0; j < MIN (BENCH_BATCH, n - i); j++)
        g_ptr_array_add (batch, bench_make_record (i + j, n));
      reeve_records_apply_async (records, batch, NULL, reeve_mock_result_cb, &applied);
      reeve_records_apply_finish (records, reeve_mock_host_wait (bench->host, &applied), &error);
      g_assert_no_error (error);
    }
}

/* ---- memory ---- */

gsize
bench_measure_rss (void)
{
  g_autofree char *text = NULL;
  guint64 size, resident;

  g_assert_true (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL));
  g_assert_cmpint (sscanf (text, "%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, &size, &resident), ==,
                   2);
  return resident * (guint64) sysconf (_SC_PAGESIZE) / 1024;
}
