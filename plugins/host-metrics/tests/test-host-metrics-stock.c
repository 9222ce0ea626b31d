/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a stock hub gets of filesystems: the root among its own values, each other one that has a
 * size under its name. */

#include "config.h"

#include <ftw.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "tests/lib/reeve-test-wire.h"

#include "../reeve-host-metrics-filesystem.h"

#define GIB (1024. * 1024 * 1024)
#define MIB (1024. * 1024)
#define NEAR(a, b, by) g_assert_cmpfloat_with_epsilon (a, b, by)

/* /boot has no size, since nothing is there. 2048 sectors are 1 MiB. */
static const char *const mounts =
    "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:17 / /home rw - xfs /dev/sdb1 rw\n"
    "3 1 8:18 / /srv/<b>\\040x rw - ext4 /dev/sdb2 rw\n4 1 8:2 / /boot rw - ext4 /dev/sda2 rw\n";
static const char *const disks[] = {
  "8 1 sda1 10 0 2048 100 10 0 2048 100 0 100 100\n8 2 sda2 1 0 8 1 1 0 8 1 0 1 1\n"
  "8 17 sdb1 10 0 2048 100 10 0 2048 100 0 100 100\n8 18 sdb2 1 0 8 1 1 0 8 1 0 1 1\n",
  "8 1 sda1 20 0 6144 150 30 0 4096 300 0 600 1100\n8 2 sda2 2 0 16 2 2 0 16 2 0 2 2\n"
  "8 17 sdb1 14 0 8192 120 12 0 10240 110 0 350 350\n8 18 sdb2 1 0 8 1 1 0 8 1 0 1 1\n",
};

static void
write_file (const char *root, const char *path, const char *text)
{
  g_autofree char *full = g_build_filename (root, path, NULL);
  g_autofree char *directory = g_path_get_dirname (full);
  FILE *file;

  g_assert_no_errno (g_mkdir_with_parents (directory, 0700));
  file = fopen (full, "w"); /* in place: it is held open */
  g_assert_nonnull (file);
  fputs (text, file);
  fclose (file);
}

static ReeveSample *
collect (ReeveHostMetricsFilesystem *filesystem)
{
  ReeveSample *sample = reeve_sample_new (reeve_schema_get_standard ());

  reeve_host_metrics_filesystem_refresh (filesystem, NULL, NULL);
  reeve_host_metrics_filesystem_collect (filesystem, sample);
  while (reeve_host_metrics_filesystem_is_asking (filesystem))
    g_main_context_iteration (NULL, TRUE);
  reeve_host_metrics_filesystem_add_usage (filesystem, sample);
  return sample;
}

/* Two samples, 1 s apart. (transfer full) */
static ReeveSample *
collect_rates (const char *root)
{
  g_autoptr (ReeveClock) clock = reeve_clock_new_driven (G_USEC_PER_SEC);
  ReeveRuntime *runtime = reeve_runtime_new ("agent", clock);
  ReeveContext *context;
  ReeveHostMetricsProc *proc;
  ReeveHostMetricsFilesystem *filesystem;
  ReeveHostMetricsStorage storage;
  g_autoptr (ReeveSample) before = NULL;
  g_autoptr (ReeveSample) now = NULL;
  g_auto (GStrv) left = NULL;
  ReeveSample *rates = reeve_sample_new (reeve_schema_get_standard ());

  reeve_engine_attach (reeve_runtime_get_engine (runtime), NULL);
  context = reeve_context_new (runtime, "host-metrics", NULL, NULL);
  proc = reeve_host_metrics_proc_new (context, root);
  filesystem = reeve_host_metrics_filesystem_new (proc);
  g_assert_true (reeve_host_metrics_storage_init (&storage, NULL, NULL, "/home=Users", NULL));
  reeve_host_metrics_filesystem_set_storage (filesystem, &storage);
  before = collect (filesystem);
  write_file (root, "proc/diskstats", disks[1]);
  now = collect (filesystem);
  reeve_sample_set_rates (rates, TRUE);
  reeve_rates_add (rates, now, before, G_USEC_PER_SEC, REEVE_RATES_VALUES);

  reeve_host_metrics_filesystem_free (filesystem);
  reeve_host_metrics_proc_free (proc);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  left = reeve_context_close (context);
  g_assert_null (left);
  reeve_context_unref (context);
  reeve_runtime_free (runtime);
  return rates;
}

static int
remove_cb (const char *path, const struct stat *st, int type, struct FTW *ftw)
{
  return g_remove (path);
}

static void
test_stock (void)
{
  const ReeveWireSelf self = { .version = "0.18.8", .connection = 2 };
  g_autofree char *root = g_dir_make_tmp ("reeve-XXXXXX", NULL);
  g_autoptr (ReeveSample) rates = NULL;
  g_autoptr (ReeveMessage) message = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_auto (ReeveWireResponse) r = { 0 };
  ReeveSample *after;
  double size;

#define VALUE(instance, metric)                                                                    \
  reeve_test_value (&r, REEVE_KIND_FILESYSTEM, instance, REEVE_FILESYSTEM_##metric)
  write_file (root, "proc/self/mountinfo", mounts);
  write_file (root, "proc/diskstats", disks[0]);
  write_file (root, "home/x", "");
  write_file (root, "srv/<b> x/y", "");
  rates = collect_rates (root);
  message = reeve_message_new_sample (rates);
  bytes = reeve_wire_encode_sample (1, message, &self, NULL);
  reeve_test_decode_response (bytes, REEVE_LINK_LEVEL_STOCK, NULL, &r);
  after = reeve_message_get_sample (r.message);

  size = reeve_sample_get_value (rates, REEVE_KIND_FILESYSTEM, "/", REEVE_FILESYSTEM_TOTAL);
  g_assert_cmpfloat (size, >, 0);
  NEAR (VALUE ("/", TOTAL), size, 0.006 * GIB);
  NEAR (VALUE ("Users", TOTAL), size, 0.006 * GIB);
  NEAR (VALUE ("/srv/<b> x", TOTAL), size, 0.006 * GIB);
  NEAR (VALUE ("/", READ), 2 * MIB, 1);
  NEAR (VALUE ("/", WRITE), 1 * MIB, 1);
  NEAR (VALUE ("/", BUSY), 0.5, 1e-9);
  NEAR (VALUE ("/", QUEUE), 1, 1e-9);
  NEAR (VALUE ("/", READ_AWAIT), 0.005, 1e-9);
  NEAR (VALUE ("/", WRITE_AWAIT), 0.01, 1e-9);
  NEAR (VALUE ("Users", READ), 3 * MIB, 1);
  NEAR (VALUE ("Users", WRITE), 4 * MIB, 1);
  NEAR (VALUE ("Users", BUSY), 0.25, 1e-9);
  g_assert_cmpint (reeve_sample_find_row (after, REEVE_KIND_FILESYSTEM, "/home"), ==, -1);
  g_assert_cmpint (reeve_sample_find_row (after, REEVE_KIND_FILESYSTEM, "/boot"), ==, -1);
  g_assert_cmpint (reeve_sample_find_row (rates, REEVE_KIND_FILESYSTEM, "/boot"), >=, 0);
  nftw (root, remove_cb, 8, FTW_DEPTH | FTW_PHYS);
}

static GLogWriterOutput
log_writer (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  if ((level & G_LOG_LEVEL_MASK) <= G_LOG_LEVEL_CRITICAL)
    return g_log_writer_default (level, fields, n_fields, user_data);
  return G_LOG_WRITER_HANDLED; /* of /boot */
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_writer_func (log_writer, NULL, NULL);
  g_test_add_func ("/host-metrics/stock", test_stock);
  return g_test_run ();
}
