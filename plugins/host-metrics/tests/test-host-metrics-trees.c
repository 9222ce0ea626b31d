/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The collector over recorded trees: a laptop, a Raspberry Pi, and a server with 256 threads. */

#include "config.h"

#include <math.h>

#include "host-metrics-fixture.h"

static void
check_laptop_sensors (Fixture *fixture)
{
  static const struct
  {
    const char *name;
    double celsius;
    double critical; /* 0: none */
  } sensors[] = {
    { "acpitz", 46, 128 },
    { "nvme_composite", 38.85, 84.85 },
    { "nvme_sensor_1", 41.85, 0 },
    { "thinkpad_cpu", 51, 0 },
    { "coretemp_package_id_0", 52, 100 },
    { "coretemp_core_0", 49, 100 },
    { "coretemp_core_1", 52, 100 },
    { "iwlwifi_1", 44, 0 },
    /* the second of its name: it is the tenth that could be read, counted from 0 */
    { "nvme_composite_9", 35.85, 84.85 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (sensors); i++)
    {
      assert_number (fixture, REEVE_KIND_SENSOR, sensors[i].name, REEVE_SENSOR_TEMPERATURE,
                     sensors[i].celsius);
      if (sensors[i].critical > 0)
        assert_number (fixture, REEVE_KIND_SENSOR, sensors[i].name, REEVE_SENSOR_CRITICAL,
                       sensors[i].critical);
      else
        g_assert_true (isnan (
            fixture_number (fixture, REEVE_KIND_SENSOR, sensors[i].name, REEVE_SENSOR_CRITICAL)));
    }
  /* thinkpad_gpu measures nothing: 0 */
  g_assert_cmpuint (fixture_count (fixture, REEVE_KIND_SENSOR), ==, G_N_ELEMENTS (sensors));
  assert_number (fixture, REEVE_KIND_SYSTEM, NULL, REEVE_SYSTEM_TEMPERATURE, 52);
  assert_number (fixture, REEVE_KIND_FAN, "thinkpad_fan1", REEVE_FAN_SPEED, 2873);
  assert_number (fixture, REEVE_KIND_FAN, "thinkpad_GPU Fan", REEVE_FAN_SPEED, 0);
  g_assert_cmpuint (fixture_count (fixture, REEVE_KIND_FAN), ==, 2);
}

static void
check_laptop_power (Fixture *fixture)
{
  assert_number (fixture, REEVE_KIND_BATTERY, "5B10W13930", REEVE_BATTERY_CHARGE, 0.81);
  assert_number (fixture, REEVE_KIND_BATTERY, "5B10W13930", REEVE_BATTERY_STATE, 4);
  assert_number (fixture, REEVE_KIND_BATTERY, "5B10W13930", REEVE_BATTERY_PRIMARY, 1);
  assert_number (fixture, REEVE_KIND_BATTERY, "5B10W13930", REEVE_BATTERY_POWER, 9.873);
  assert_number (fixture, REEVE_KIND_BATTERY, "5B10W13930", REEVE_BATTERY_HEALTH, 0.9);
  assert_number (fixture, REEVE_KIND_BATTERY, "5B10W13930", REEVE_BATTERY_CYCLES, 214);
  assert_number (fixture, REEVE_KIND_BATTERY, "Wireless Mouse", REEVE_BATTERY_CHARGE, 0.55);
  assert_number (fixture, REEVE_KIND_BATTERY, "Wireless Mouse", REEVE_BATTERY_PRIMARY, 0);
  g_assert_true (
      isnan (fixture_number (fixture, REEVE_KIND_BATTERY, "Wireless Mouse", REEVE_BATTERY_POWER)));
  g_assert_true (
      isnan (fixture_number (fixture, REEVE_KIND_BATTERY, "Wireless Mouse", REEVE_BATTERY_HEALTH)));
  g_assert_cmpuint (fixture_count (fixture, REEVE_KIND_BATTERY), ==, 2);
  assert_number (fixture, REEVE_KIND_SUPPLY, "AC", REEVE_SUPPLY_ONLINE, 0);
  g_assert_cmpstr (fixture_text (fixture, REEVE_KIND_SUPPLY, "AC", REEVE_SUPPLY_TYPE), ==, "Mains");
  assert_number (fixture, REEVE_KIND_SUPPLY, "ucsi-source-psy-USBC000:001", REEVE_SUPPLY_ONLINE, 1);
  assert_number (fixture, REEVE_KIND_SUPPLY, "ucsi-source-psy-USBC000:001", REEVE_SUPPLY_POWER, 30);
  g_assert_cmpuint (fixture_count (fixture, REEVE_KIND_SUPPLY), ==, 2);
}

static void
check_laptop_network (Fixture *fixture)
{
  g_assert_cmpuint (fixture_counter (fixture, REEVE_KIND_NIC, "wlp0s20f3", REEVE_NIC_RECEIVED), ==,
                    1834567890);
  g_assert_cmpuint (fixture_counter (fixture, REEVE_KIND_NIC, "wlp0s20f3",
                                     REEVE_NIC_RECEIVE_ERRORS),
                    ==, 2);
  g_assert_cmpuint (fixture_counter (fixture, REEVE_KIND_NIC, "wlp0s20f3", REEVE_NIC_RECEIVE_DROPS),
                    ==, 31);
  g_assert_cmpuint (fixture_counter (fixture, REEVE_KIND_NIC, "wlp0s20f3", REEVE_NIC_SEND_ERRORS),
                    ==, 1);
  g_assert_cmpuint (fixture_counter (fixture, REEVE_KIND_NIC, "wlp0s20f3", REEVE_NIC_SEND_DROPS),
                    ==, 4);
  g_assert_cmpuint (fixture_counter (fixture, REEVE_KIND_NIC, "tun0", REEVE_NIC_SEND_DROPS), ==, 7);
  g_assert_cmpuint (fixture_count (fixture, REEVE_KIND_NIC), ==, 2);
  g_assert_cmpuint (fixture_counter (fixture, REEVE_KIND_NETWORK, NULL, REEVE_NETWORK_SENT), ==,
                    98234567 + 2312345);
}

static void
test_laptop (Fixture *fixture, gconstpointer data)
{
  g_autofree char *root = fixture_tree ("laptop");
  ReeveHostMetricsCollector *collector = fixture_collector (fixture, root, NULL, NULL);

  fixture_collect (fixture, collector, REEVE_COLLECT_VALUES | REEVE_COLLECT_FACTS);
  g_assert_cmpuint (fixture_get_warnings () + fixture_get_messages (), ==, 0);
  check_laptop_sensors (fixture);
  check_laptop_power (fixture);
  check_laptop_network (fixture);
  g_assert_cmpuint (fixture_counter (fixture, REEVE_KIND_CPU, NULL, REEVE_CPU_NICE), ==,
                    (8 * 310 + 28) * FIXTURE_TICK);
  g_assert_cmpuint (fixture_counter (fixture, REEVE_KIND_CPU, NULL, REEVE_CPU_INTERRUPT), ==,
                    (8 * (1500 + 820) + 28 + 3 * 28) * FIXTURE_TICK);
  g_assert_cmpuint (fixture_counter (fixture, REEVE_KIND_PRESSURE, "cpu", REEVE_PRESSURE_SOME), ==,
                    812345678);
  g_assert_cmpuint (fixture_counter (fixture, REEVE_KIND_PRESSURE, "memory", REEVE_PRESSURE_FULL),
                    ==, 1034567);
  g_assert_cmpuint (fixture_counter (fixture, REEVE_KIND_PRESSURE, "io", REEVE_PRESSURE_SOME), ==,
                    45678901);
  g_assert_cmpuint (fixture_counter (fixture, REEVE_KIND_PRESSURE, "irq", REEVE_PRESSURE_FULL), ==,
                    9876543);
  g_assert_false (reeve_sample_has (fixture->sample,
                                    fixture_row (fixture, REEVE_KIND_PRESSURE, "irq"),
                                    REEVE_PRESSURE_SOME));
  assert_number (fixture, REEVE_KIND_MEMORY, NULL, REEVE_MEMORY_USED, (16123456 - 9123456) * 1024.);
  assert_number (fixture, REEVE_KIND_SWAP, NULL, REEVE_SWAP_USED,
                 (8388604 - 8000000 - 12000) * 1024.);
  assert_number (fixture, REEVE_KIND_HOST, NULL, REEVE_HOST_CORES, 4);
  assert_number (fixture, REEVE_KIND_HOST, NULL, REEVE_HOST_THREADS, 8);

  /* what htop would say */
  reeve_host_metrics_collector_set_memory_htop (collector, TRUE);
  fixture_collect (fixture, collector, REEVE_COLLECT_VALUES);
  assert_number (fixture, REEVE_KIND_MEMORY, NULL, REEVE_MEMORY_USED,
                 (16123456 - 2345678 - (6234560 + 523456 + 412344 - 923456)) * 1024.);
  fixture_stop (collector);
}

static void
test_pi (Fixture *fixture, gconstpointer data)
{
  g_autofree char *root = fixture_tree ("pi");
  ReeveHostMetricsCollector *collector = fixture_collector (fixture, root, NULL, NULL);

  fixture_collect (fixture, collector, REEVE_COLLECT_VALUES | REEVE_COLLECT_FACTS);
  /* no pressure and no power supplies: no fault */
  g_assert_cmpuint (fixture_get_warnings () + fixture_get_messages (), ==, 0);
  g_assert_cmpuint (fixture_count (fixture, REEVE_KIND_PRESSURE), ==, 0);
  g_assert_cmpuint (fixture_count (fixture, REEVE_KIND_BATTERY), ==, 0);
  g_assert_cmpuint (fixture_count (fixture, REEVE_KIND_CORE), ==, 4);
  /* no temperature in hwmon, so the thermal zones */
  assert_number (fixture, REEVE_KIND_SENSOR, "cpu-thermal", REEVE_SENSOR_TEMPERATURE, 48.686);
  assert_number (fixture, REEVE_KIND_SENSOR, "cpu-thermal", REEVE_SENSOR_CRITICAL, 110);
  assert_number (fixture, REEVE_KIND_SENSOR, "cpu-thermal_1", REEVE_SENSOR_TEMPERATURE, 47.25);
  assert_number (fixture, REEVE_KIND_FAN, "pwmfan_fan1", REEVE_FAN_SPEED, 3120);
  assert_number (fixture, REEVE_KIND_SYSTEM, NULL, REEVE_SYSTEM_TEMPERATURE, 48.686);
  g_assert_cmpstr (fixture_text (fixture, REEVE_KIND_HOST, NULL, REEVE_HOST_CPU_MODEL), ==,
                   "Cortex-A72");
  g_assert_cmpstr (fixture_text (fixture, REEVE_KIND_HOST, NULL, REEVE_HOST_ARCH), ==, "aarch64");
  assert_number (fixture, REEVE_KIND_HOST, NULL, REEVE_HOST_CORES, 4);
  g_assert_cmpuint (fixture_counter (fixture, REEVE_KIND_FILESYSTEM, "/", REEVE_FILESYSTEM_READS),
                    ==, 20700);
  fixture_stop (collector);
}

/* A board whose processor nobody knows by name. */
static void
test_board (Fixture *fixture, gconstpointer data)
{
  ReeveHostMetricsCollector *collector;

  fixture_write (fixture, "proc/cpuinfo",
                 "processor\t: 0\nCPU implementer\t: 0x51\nCPU part\t: 0x800\n\n"
                 "Hardware\t: Maker Chip\n");
  fixture_write_bytes (fixture, "proc/device-tree/model", "Example Board Rev 2", 20);
  collector = fixture_collector (fixture, fixture->directory, NULL, NULL);
  fixture_collect (fixture, collector, REEVE_COLLECT_FACTS);
  g_assert_cmpstr (fixture_text (fixture, REEVE_KIND_HOST, NULL, REEVE_HOST_CPU_MODEL), ==,
                   "Example Board Rev 2");
  fixture_stop (collector);

  fixture_remove (fixture, "proc/device-tree");
  collector = fixture_collector (fixture, fixture->directory, NULL, NULL);
  fixture_collect (fixture, collector, REEVE_COLLECT_FACTS);
  g_assert_cmpstr (fixture_text (fixture, REEVE_KIND_HOST, NULL, REEVE_HOST_CPU_MODEL), ==,
                   "Maker Chip");
  fixture_stop (collector);
}

/* Processor 1 is off, and so has no line and no topology; 2 and 3 share a core. */
static void
test_offline (Fixture *fixture, gconstpointer data)
{
  static const char *const lists[] = { "0", NULL, "2-3", "2-3", "4" };
  ReeveHostMetricsCollector *collector;

  fixture_write (fixture, "proc/cpuinfo",
                 "processor\t: 0\n\nprocessor\t: 2\n\nprocessor\t: 3\n\nprocessor\t: 4\n");
  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      g_autofree char *path =
          g_strdup_printf ("sys/devices/system/cpu/cpu%u/topology/core_cpus_list", i);

      if (lists[i] != NULL)
        fixture_write (fixture, path, lists[i]);
    }
  fixture_write (fixture, "sys/devices/system/cpu/cpu1/online", "0");
  fixture_write (fixture, "sys/devices/system/cpu/cpufreq/boost", "0");
  collector = fixture_collector (fixture, fixture->directory, NULL, NULL);
  fixture_collect (fixture, collector, REEVE_COLLECT_FACTS);
  assert_number (fixture, REEVE_KIND_HOST, NULL, REEVE_HOST_THREADS, 4);
  assert_number (fixture, REEVE_KIND_HOST, NULL, REEVE_HOST_CORES, 3);
  fixture_stop (collector);
}

/* As the script writes it. */
static void
make_server (const char *directory)
{
  g_autofree char *script = fixture_tree ("server.sh");
  char *arguments[] = { (char *) "/bin/sh", script, (char *) directory, NULL };
  g_autoptr (GError) error = NULL;
  int status;

  g_spawn_sync (NULL, arguments, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status, &error);
  g_assert_no_error (error);
  g_assert_cmpint (status, ==, 0);
}

static void
test_server (Fixture *fixture, gconstpointer data)
{
  ReeveHostMetricsCollector *collector;

  make_server (fixture->directory);
  collector = fixture_collector (fixture, fixture->directory, NULL, NULL);
  fixture_collect (fixture, collector, REEVE_COLLECT_VALUES | REEVE_COLLECT_FACTS);
  g_assert_cmpuint (fixture_get_warnings () + fixture_get_messages (), ==, 0);
  g_assert_cmpuint (fixture_count (fixture, REEVE_KIND_CORE), ==, 256);
  g_assert_cmpuint (fixture_counter (fixture, REEVE_KIND_CORE, "255", REEVE_CORE_USAGE), ==,
                    (guint64) (100255 + 255 + 20510 + 7 + 9) * FIXTURE_TICK);
  g_assert_cmpuint (fixture_counter (fixture, REEVE_KIND_CPU, NULL, REEVE_CPU_USER), ==,
                    G_GUINT64_CONSTANT (25632640) * FIXTURE_TICK);
  g_assert_cmpuint (fixture_count (fixture, REEVE_KIND_NIC), ==, 64);
  g_assert_cmpuint (fixture_counter (fixture, REEVE_KIND_NIC, "en63", REEVE_NIC_RECEIVE_ERRORS), ==,
                    63);
  g_assert_cmpuint (fixture_counter (fixture, REEVE_KIND_NIC, "en63", REEVE_NIC_SEND_DROPS), ==,
                    63);
  g_assert_cmpuint (fixture_counter (fixture, REEVE_KIND_NETWORK, NULL, REEVE_NETWORK_RECEIVED), ==,
                    64 * 1000000 + 63 * 32);
  g_assert_cmpuint (fixture_count (fixture, REEVE_KIND_SENSOR), ==, 74);
  assert_number (fixture, REEVE_KIND_SENSOR, "k10temp_tctl", REEVE_SENSOR_TEMPERATURE, 60);
  /* hwmon0 has nine, of which temp10 sorts before temp1 */
  assert_number (fixture, REEVE_KIND_SENSOR, "k10temp_tctl_10", REEVE_SENSOR_TEMPERATURE, 61);
  assert_number (fixture, REEVE_KIND_SENSOR, "k10temp_tccd8", REEVE_SENSOR_TEMPERATURE, 51);
  assert_number (fixture, REEVE_KIND_SENSOR, "spd5118", REEVE_SENSOR_TEMPERATURE, 37.6);
  assert_number (fixture, REEVE_KIND_SENSOR, "spd5118_69", REEVE_SENSOR_TEMPERATURE, 40.7);
  assert_number (fixture, REEVE_KIND_SYSTEM, NULL, REEVE_SYSTEM_TEMPERATURE, 61);
  assert_number (fixture, REEVE_KIND_HOST, NULL, REEVE_HOST_CORES, 128);
  assert_number (fixture, REEVE_KIND_HOST, NULL, REEVE_HOST_THREADS, 256);
  g_assert_cmpuint (fixture_counter (fixture, REEVE_KIND_PRESSURE, "io", REEVE_PRESSURE_FULL), ==,
                    500);
  fixture_stop (collector);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  fixture_watch_log ();
  FIXTURE_ADD ("trees/laptop", test_laptop);
  FIXTURE_ADD ("trees/pi", test_pi);
  FIXTURE_ADD ("trees/board", test_board);
  FIXTURE_ADD ("trees/offline", test_offline);
  FIXTURE_ADD ("trees/server", test_server);
  return g_test_run ();
}
