/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The built module: settings good and bad, start and stop. */

#include "config.h"

#include <math.h>
#include <string.h>

#include <reeve/monitor.h>

#include "tests/lib/reeve-mock-host.h"

typedef struct
{
  const char *nics; /* NULL: unset */
  gboolean lo, eth0;
} NicsCase;

static void
test_nics (void)
{
  static const NicsCase cases[] = {
    { NULL, FALSE, TRUE }, { "", FALSE, TRUE },       { "lo", TRUE, FALSE },
    { "-", FALSE, TRUE },  { "-eth*", FALSE, FALSE }, { "-*", FALSE, FALSE },
  };
  g_autofree char *root = g_test_build_filename (G_TEST_DIST, "tests", "data", "proc", "vm", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (ReeveMockHost) host = reeve_mock_host_new ("agent", TRUE);
      g_autoptr (ReeveSample) sample = reeve_sample_new (reeve_schema_get_standard ());
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (ReeveCollector) collector = NULL;
      g_autoptr (GError) error = NULL;

      reeve_mock_host_load (host, "host-metrics", "root", root,
                            cases[i].nics != NULL ? "nics" : NULL, cases[i].nics, NULL);
      collector =
          reeve_context_lookup (reeve_mock_host_get_context (host), REEVE_TYPE_COLLECTOR, "");
      g_assert_nonnull (collector);
      reeve_collector_collect_async (collector, sample, REEVE_COLLECT_VALUES, NULL,
                                     reeve_mock_result_cb, &result);
      reeve_collector_collect_finish (collector, reeve_mock_host_wait (host, &result), &error);
      g_assert_no_error (error);
      g_assert_cmpint (reeve_sample_find_row (sample, REEVE_KIND_NIC, "lo") >= 0, ==, cases[i].lo);
      g_assert_cmpint (reeve_sample_find_row (sample, REEVE_KIND_NIC, "eth0") >= 0, ==,
                       cases[i].eth0);
      /* the host's end stops the plugin and checks that nothing is left */
    }
}

typedef struct
{
  const char *key;
  const char *value;
  guint sensors;
  double temperature; /* 0: none */
  double used;
} DeviceCase;

static void
test_devices (void)
{
  static const DeviceCase cases[] = {
    { NULL, NULL, 9, 52, (16123456 - 9123456) * 1024. },
    { "sensors", "nvme*", 3, 41.85, (16123456 - 9123456) * 1024. },
    { "sensors", "", 0, 0, (16123456 - 9123456) * 1024. },
    { "sensors", "-*", 0, 0, (16123456 - 9123456) * 1024. },
    { "primary-sensor", "iwlwifi_1", 9, 44, (16123456 - 9123456) * 1024. },
    { "primary-sensor", "", 9, 52, (16123456 - 9123456) * 1024. },
    { "memory-used", "htop", 9, 52, (16123456 - 2345678 - 6246904) * 1024. },
  };
  g_autofree char *root =
      g_test_build_filename (G_TEST_DIST, "tests", "data", "proc", "laptop", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (ReeveMockHost) host = reeve_mock_host_new ("agent", TRUE);
      g_autoptr (ReeveSample) sample = reeve_sample_new (reeve_schema_get_standard ());
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (ReeveCollector) collector = NULL;
      g_autoptr (GError) error = NULL;
      double temperature;
      guint sensors = 0;

      g_test_message ("%s = %s", cases[i].key, cases[i].value);
      reeve_mock_host_load (host, "host-metrics", "root", root, cases[i].key, cases[i].value, NULL);
      collector =
          reeve_context_lookup (reeve_mock_host_get_context (host), REEVE_TYPE_COLLECTOR, "");
      reeve_collector_collect_async (collector, sample, REEVE_COLLECT_VALUES, NULL,
                                     reeve_mock_result_cb, &result);
      reeve_collector_collect_finish (collector, reeve_mock_host_wait (host, &result), &error);
      g_assert_no_error (error);
      for (guint row = 0; row < reeve_sample_get_n_rows (sample); row++)
        {
          guint kind;

          reeve_sample_get_row (sample, row, &kind, NULL);
          sensors += kind == REEVE_KIND_SENSOR ? 1 : 0;
        }
      g_assert_cmpuint (sensors, ==, cases[i].sensors);
      temperature =
          reeve_sample_get_value (sample, REEVE_KIND_SYSTEM, NULL, REEVE_SYSTEM_TEMPERATURE);
      if (cases[i].temperature > 0)
        g_assert_cmpfloat_with_epsilon (temperature, cases[i].temperature, 1e-9);
      else
        g_assert_true (isnan (temperature));
      g_assert_cmpfloat (reeve_sample_get_value (sample, REEVE_KIND_MEMORY, NULL,
                                                 REEVE_MEMORY_USED),
                         ==, cases[i].used);
    }
}

static void
test_bad_settings (void)
{
  g_autoptr (ReeveMockHost) host = reeve_mock_host_new ("agent", TRUE);
  g_autofree char *many = g_strnfill (200, ',');
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 200; i += 2)
    many[i] = 'a';
  g_assert_null (reeve_mock_host_try_load (host, &error, "host-metrics", "nics", many, NULL));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT);
  g_clear_error (&error);
  g_assert_null (reeve_mock_host_try_load (host, &error, "host-metrics", "sensors", many, NULL));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT);
  g_assert_nonnull (strstr (error->message, "sensors has 100 patterns"));
  g_clear_error (&error);
  g_assert_null (
      reeve_mock_host_try_load (host, &error, "host-metrics", "memory-used", "top", NULL));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_null (reeve_mock_host_try_load (host, &error, "host-metrics", "root", "relative", NULL));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
}

static void
test_storage (void)
{
  g_autoptr (ReeveMockHost) host = reeve_mock_host_new ("agent", TRUE);
  g_autoptr (ReeveSample) sample = reeve_sample_new (reeve_schema_get_standard ());
  g_autofree char *root =
      g_test_build_filename (G_TEST_DIST, "tests", "data", "proc", "storage", NULL);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (ReeveCollector) collector = NULL;
  g_autoptr (GError) error = NULL;
  /* it warns of the files that the tree has not */
  GLogLevelFlags fatal = g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);

  g_assert_null (
      reeve_mock_host_try_load (host, &error, "host-metrics", "filesystem-names", "/srv", NULL));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
  g_clear_error (&error);
  reeve_mock_host_load (host, "host-metrics", "root", root, "filesystems", "/home,zfs",
                        "filesystem-names", "/home=Users", "disks", "-sd*", NULL);
  collector = reeve_context_lookup (reeve_mock_host_get_context (host), REEVE_TYPE_COLLECTOR, "");
  reeve_collector_collect_async (collector, sample, REEVE_COLLECT_VALUES, NULL,
                                 reeve_mock_result_cb, &result);
  reeve_collector_collect_finish (collector, reeve_mock_host_wait (host, &result), &error);
  g_assert_no_error (error);
  g_assert_cmpint (reeve_sample_find_row (sample, REEVE_KIND_FILESYSTEM, "Users"), >=, 0);
  g_assert_cmpint (reeve_sample_find_row (sample, REEVE_KIND_FILESYSTEM, "/tank/media"), >=, 0);
  g_assert_cmpint (reeve_sample_find_row (sample, REEVE_KIND_FILESYSTEM, "/boot"), ==, -1);
  g_assert_cmpint (reeve_sample_find_row (sample, REEVE_KIND_DISK, "nvme0n1"), >=, 0);
  g_assert_cmpint (reeve_sample_find_row (sample, REEVE_KIND_DISK, "sda"), ==, -1);
  g_log_set_always_fatal (fatal);
}

/* A stop while a sample waits for the worker. */
static void
test_stop (void)
{
  g_autoptr (ReeveMockHost) host = reeve_mock_host_new ("agent", TRUE);
  g_autoptr (ReeveSample) sample = reeve_sample_new (reeve_schema_get_standard ());
  ReevePlugin *plugin = reeve_mock_host_load (host, "host-metrics", NULL);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  ReeveCollector *collector =
      reeve_context_lookup (reeve_mock_host_get_context (host), REEVE_TYPE_COLLECTOR, "");

  reeve_collector_collect_async (collector, sample, REEVE_COLLECT_VALUES | REEVE_COLLECT_FACTS,
                                 NULL, reeve_mock_result_cb, &result);
  reeve_mock_host_unload (host, plugin);
  g_assert_false (
      reeve_collector_collect_finish (collector, reeve_mock_host_wait (host, &result), &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_GONE);
  g_clear_object (&result);
  g_assert_finalize_object (collector);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/host-metrics/plugin/nics", test_nics);
  g_test_add_func ("/host-metrics/plugin/devices", test_devices);
  g_test_add_func ("/host-metrics/plugin/bad-settings", test_bad_settings);
  g_test_add_func ("/host-metrics/plugin/storage", test_storage);
  g_test_add_func ("/host-metrics/plugin/stop", test_stop);
  return g_test_run ();
}
