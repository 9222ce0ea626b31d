/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* From one sample to the next: cores that go and come, counters that start anew, interfaces of a
 * VPN, a wall clock that jumps, files of pressure that break. */

#include "config.h"

#include <math.h>
#include <string.h>

#include "host-metrics-fixture.h"

#define SECOND ((gint64) G_USEC_PER_SEC)

/* A collection and the rates since the one before. */
typedef struct
{
  ReeveSample *before; /* NULL: there was none */
  ReeveSample *rates;
} Series;

static void
series_step (Series *series, Fixture *fixture, ReeveHostMetricsCollector *collector)
{
  ReeveSchema *schema = reeve_schema_get_standard ();
  ReeveSample *spare;

  fixture_collect (fixture, collector, REEVE_COLLECT_VALUES);
  if (series->rates == NULL)
    series->rates = reeve_sample_new (schema);
  reeve_sample_reset (series->rates, schema);
  reeve_sample_set_rates (series->rates, TRUE);
  reeve_rates_add (series->rates, fixture->sample, series->before, SECOND, REEVE_RATES_VALUES);
  spare = series->before != NULL ? series->before : reeve_sample_new (schema);
  series->before = fixture->sample;
  fixture->sample = spare;
  reeve_clock_advance (fixture->clock, SECOND);
}

static double
series_get (Series *series, guint kind, const char *instance, guint metric)
{
  return reeve_sample_get_value (series->rates, kind, instance, metric);
}

static void
series_clear (Series *series)
{
  g_clear_pointer (&series->before, reeve_sample_unref);
  g_clear_pointer (&series->rates, reeve_sample_unref);
}

#define assert_rate(series, kind, instance, metric, value)                                         \
  g_assert_cmpfloat_with_epsilon (series_get (series, kind, instance, metric), value, 1e-9)
#define assert_no_rate(series, kind, instance, metric)                                             \
  g_assert_true (isnan (series_get (series, kind, instance, metric)))

static void
test_cores (Fixture *fixture, gconstpointer data)
{
  ReeveHostMetricsCollector *collector;
  Series series = { NULL, NULL };

  /* user nice system idle iowait irq softirq steal */
  fixture_write (fixture, "proc/stat",
                 "cpu  2000 0 0 8000 0 0 0 0\n"
                 "cpu0 1000 0 0 4000 0 0 0 0\ncpu1 1000 0 0 4000 0 0 0 0\n");
  collector = fixture_collector (fixture, fixture->directory, NULL, NULL);
  series_step (&series, fixture, collector);
  assert_no_rate (&series, REEVE_KIND_CPU, NULL, REEVE_CPU_USAGE);

  fixture_write (fixture, "proc/stat",
                 "cpu  2020 10 0 8150 0 5 15 0\n"
                 "cpu0 1010 10 0 4080 0 0 0 0\ncpu1 1010 0 0 4070 0 5 15 0\n");
  series_step (&series, fixture, collector);
  assert_rate (&series, REEVE_KIND_CPU, NULL, REEVE_CPU_USAGE, 0.25);
  assert_rate (&series, REEVE_KIND_CPU, NULL, REEVE_CPU_USER, 0.1);
  assert_rate (&series, REEVE_KIND_CPU, NULL, REEVE_CPU_NICE, 0.05);
  assert_rate (&series, REEVE_KIND_CPU, NULL, REEVE_CPU_INTERRUPT, 0.1);
  assert_rate (&series, REEVE_KIND_CORE, "1", REEVE_CORE_USAGE, 0.3);

  /* core 1 goes, and its idle time is told by another clock: only core 0 counts */
  fixture_write (fixture, "proc/stat",
                 "cpu  2070 10 0 9999999 0 5 15 0\ncpu0 1060 10 0 4130 0 0 0 0\n");
  series_step (&series, fixture, collector);
  assert_rate (&series, REEVE_KIND_CPU, NULL, REEVE_CPU_USAGE, 0.5);
  assert_no_rate (&series, REEVE_KIND_CORE, "1", REEVE_CORE_USAGE);
  fixture_write (fixture, "proc/stat",
                 "cpu  2095 10 0 10000074 0 5 15 0\ncpu0 1085 10 0 4205 0 0 0 0\n");
  series_step (&series, fixture, collector);
  assert_rate (&series, REEVE_KIND_CPU, NULL, REEVE_CPU_USAGE, 0.25);

  /* it comes back with counters that start anew */
  fixture_write (fixture, "proc/stat",
                 "cpu  2120 10 0 4390 0 0 0 0\n"
                 "cpu0 1110 10 0 4280 0 0 0 0\ncpu1 10 0 0 110 0 0 0 0\n");
  series_step (&series, fixture, collector);
  assert_rate (&series, REEVE_KIND_CPU, NULL, REEVE_CPU_USAGE, 0.25);
  assert_no_rate (&series, REEVE_KIND_CORE, "1", REEVE_CORE_USAGE);
  fixture_write (fixture, "proc/stat",
                 "cpu  2220 10 0 4490 0 0 0 0\n"
                 "cpu0 1160 10 0 4330 0 0 0 0\ncpu1 60 0 0 160 0 0 0 0\n");
  series_step (&series, fixture, collector);
  assert_rate (&series, REEVE_KIND_CPU, NULL, REEVE_CPU_USAGE, 0.5);
  assert_rate (&series, REEVE_KIND_CORE, "1", REEVE_CORE_USAGE, 0.5);

  /* between two samples it went and came: the row is there in both, its counters ran backwards */
  fixture_write (fixture, "proc/stat",
                 "cpu  2245 10 0 4415 0 0 0 0\n"
                 "cpu0 1185 10 0 4405 0 0 0 0\ncpu1 60 0 0 10 0 0 0 0\n");
  series_step (&series, fixture, collector);
  assert_rate (&series, REEVE_KIND_CPU, NULL, REEVE_CPU_USAGE, 0.25);
  assert_no_rate (&series, REEVE_KIND_CORE, "1", REEVE_CORE_USAGE);
  fixture_stop (collector);
  series_clear (&series);
}

static void
test_backwards (Fixture *fixture, gconstpointer data)
{
  ReeveHostMetricsCollector *collector;
  Series series = { NULL, NULL };

  /* a machine that was restored from an older state, without cores of its own to tell */
  fixture_write (fixture, "proc/stat", "cpu  1000 0 0 4000 0 0 0 0\n");
  fixture_write (fixture, "proc/pressure/io", "some avg10=0 avg60=0 avg300=0 total=5000000\n");
  collector = fixture_collector (fixture, fixture->directory, NULL, NULL);
  series_step (&series, fixture, collector);
  fixture_write (fixture, "proc/stat", "cpu  10 0 0 40 0 0 0 0\n");
  fixture_write (fixture, "proc/pressure/io", "some avg10=0 avg60=0 avg300=0 total=100\n");
  series_step (&series, fixture, collector);
  assert_no_rate (&series, REEVE_KIND_CPU, NULL, REEVE_CPU_USAGE);
  assert_no_rate (&series, REEVE_KIND_PRESSURE, "io", REEVE_PRESSURE_SOME);
  fixture_write (fixture, "proc/stat", "cpu  60 0 0 90 0 0 0 0\n");
  fixture_write (fixture, "proc/pressure/io", "some avg10=0 avg60=0 avg300=0 total=250100\n");
  series_step (&series, fixture, collector);
  assert_rate (&series, REEVE_KIND_CPU, NULL, REEVE_CPU_USAGE, 0.5);
  assert_rate (&series, REEVE_KIND_PRESSURE, "io", REEVE_PRESSURE_SOME, 0.25);
  /* the largest numbers there are */
  fixture_write (
      fixture, "proc/stat",
      "cpu  18446744073709551615 0 0 90 0 0 0 0\ncpu0 1844674407370955161 0 0 1 0 0 0 0\n");
  series_step (&series, fixture, collector);
  assert_no_rate (&series, REEVE_KIND_CPU, NULL, REEVE_CPU_USAGE);
  fixture_stop (collector);
  series_clear (&series);
}

#define NIC(name, received, errors, sent)                                                          \
  name ": " received " 1 " errors " 0 0 0 0 0 " sent " 1 0 0 0 0 0 0\n"

static void
set_nics (Fixture *fixture, const char *lines)
{
  g_autofree char *text = g_strconcat ("Inter-|   Receive\n face |bytes    packets\n", lines, NULL);

  fixture_write (fixture, "proc/net/dev", text);
}

static void
test_vpn (Fixture *fixture, gconstpointer data)
{
  ReeveHostMetricsCollector *collector;
  Series series = { NULL, NULL };

  set_nics (fixture, NIC ("eth0", "4294967000", "1", "1000"));
  collector = fixture_collector (fixture, fixture->directory, NULL, NULL);
  series_step (&series, fixture, collector);

  /* a counter of 32 bits wraps; a tunnel comes up */
  set_nics (fixture, NIC ("eth0", "700", "3", "1500") NIC ("wg0", "600", "0", "600"));
  series_step (&series, fixture, collector);
  assert_no_rate (&series, REEVE_KIND_NIC, "eth0", REEVE_NIC_RECEIVED);
  assert_rate (&series, REEVE_KIND_NIC, "eth0", REEVE_NIC_SENT, 500);
  assert_rate (&series, REEVE_KIND_NIC, "eth0", REEVE_NIC_RECEIVE_ERRORS, 2);
  assert_no_rate (&series, REEVE_KIND_NIC, "wg0", REEVE_NIC_RECEIVED);
  assert_rate (&series, REEVE_KIND_NETWORK, NULL, REEVE_NETWORK_RECEIVED, 0);
  set_nics (fixture, NIC ("eth0", "800", "3", "1600") NIC ("wg0", "650", "0", "620"));
  series_step (&series, fixture, collector);
  assert_rate (&series, REEVE_KIND_NIC, "wg0", REEVE_NIC_RECEIVED, 50);
  assert_rate (&series, REEVE_KIND_NETWORK, NULL, REEVE_NETWORK_RECEIVED, 150);

  /* down, and up again under its name with counters of its own */
  set_nics (fixture, NIC ("eth0", "900", "3", "1700"));
  series_step (&series, fixture, collector);
  assert_rate (&series, REEVE_KIND_NETWORK, NULL, REEVE_NETWORK_RECEIVED, 100);
  set_nics (fixture, NIC ("eth0", "1000", "3", "1800") NIC ("wg0", "90000", "0", "90000"));
  series_step (&series, fixture, collector);
  assert_no_rate (&series, REEVE_KIND_NIC, "wg0", REEVE_NIC_RECEIVED);
  assert_rate (&series, REEVE_KIND_NETWORK, NULL, REEVE_NETWORK_RECEIVED, 100);
  fixture_stop (collector);
  series_clear (&series);
}

static void
test_clock (Fixture *fixture, gconstpointer data)
{
  ReeveHostMetricsCollector *collector;

  fixture_write (fixture, "proc/loadavg", "1 2 3 4/5 6\n");
  fixture_write (fixture, "sys/class/hwmon/hwmon0/name", "chip\n");
  collector = fixture_collector (fixture, fixture->directory, NULL, NULL);
  fixture_collect (fixture, collector, REEVE_COLLECT_VALUES);
  g_assert_cmpint (reeve_sample_get_time (fixture->sample), ==, FIXTURE_WALL);
  fixture_write (fixture, "proc/uptime", "10.00 10.00\n");
  fixture_write (fixture, "sys/class/hwmon/hwmon0/temp1_input", "40000\n");

  /* a day back and a day on: neither hurries nor delays what is looked for again */
  reeve_clock_jump (fixture->clock, 86400 * SECOND);
  reeve_clock_advance (fixture->clock, SECOND);
  fixture_collect (fixture, collector, REEVE_COLLECT_VALUES);
  g_assert_cmpint (reeve_sample_get_time (fixture->sample), ==, FIXTURE_WALL + 86401 * SECOND);
  g_assert_cmpuint (fixture_count (fixture, REEVE_KIND_SENSOR), ==, 0);
  assert_absent (fixture, REEVE_KIND_SYSTEM, NULL);
  reeve_clock_jump (fixture->clock, -2 * 86400 * SECOND);
  reeve_clock_advance (fixture->clock, 60 * SECOND);
  fixture_collect (fixture, collector, REEVE_COLLECT_VALUES);
  g_assert_cmpint (reeve_sample_get_time (fixture->sample), ==,
                   FIXTURE_WALL + (61 - 86400) * SECOND);
  g_assert_cmpuint (fixture_count (fixture, REEVE_KIND_SENSOR), ==, 1);
  assert_number (fixture, REEVE_KIND_SYSTEM, NULL, REEVE_SYSTEM_UPTIME, 10);
  fixture_stop (collector);
}

/* Both are read each five seconds; uptime goes on by itself. */
static void
test_load (Fixture *fixture, gconstpointer data)
{
  ReeveHostMetricsCollector *collector;

  fixture_write (fixture, "proc/loadavg", "1 2 3 4/5 6\n");
  fixture_write (fixture, "proc/uptime", "10.00 10.00\n");
  collector = fixture_collector (fixture, fixture->directory, NULL, NULL);
  fixture_collect (fixture, collector, REEVE_COLLECT_VALUES);
  assert_number (fixture, REEVE_KIND_LOAD, NULL, REEVE_LOAD_ONE, 1);
  assert_number (fixture, REEVE_KIND_SYSTEM, NULL, REEVE_SYSTEM_UPTIME, 10);
  fixture_write (fixture, "proc/loadavg", "7 2 3 4/5 6\n");
  fixture_write (fixture, "proc/uptime", "20.00 10.00\n");
  reeve_clock_advance (fixture->clock, 3 * SECOND / 2);
  fixture_collect (fixture, collector, REEVE_COLLECT_VALUES);
  assert_number (fixture, REEVE_KIND_LOAD, NULL, REEVE_LOAD_ONE, 1);
  assert_number (fixture, REEVE_KIND_SYSTEM, NULL, REEVE_SYSTEM_UPTIME, 11.5);
  reeve_clock_advance (fixture->clock, 7 * SECOND / 2);
  fixture_collect (fixture, collector, REEVE_COLLECT_VALUES);
  assert_number (fixture, REEVE_KIND_LOAD, NULL, REEVE_LOAD_ONE, 7);
  assert_number (fixture, REEVE_KIND_SYSTEM, NULL, REEVE_SYSTEM_UPTIME, 20);
  fixture_stop (collector);
}

static void
test_pressure (Fixture *fixture, gconstpointer data)
{
  static const char good[] = "some avg10=0.00 avg60=0.00 avg300=0.00 total=7\n"
                             "full avg10=0.00 avg60=0.00 avg300=0.00 total=3\n";
  g_autofree char *huge = g_strnfill (2000000, '\n');
  const struct
  {
    const char *what;
    const char *text;
    guint warnings;
  } cases[] = {
    { "missing", NULL, 0 },
    { "empty", "", 1 },
    { "cut", "some avg10=0.00 avg60=0.00 avg300=0.00 total=7", 1 },
    { "no total", "some avg10=0.00 avg60=0.00\n", 1 },
    { "no number", "some avg10=0.00 total=x7\n", 1 },
    { "too large", "some total=18446744073709551616\n", 1 },
    { "binary", "\xff\xfe\x01\n\n\n", 1 },
    { "huge", huge, 1 },
  };
  /* lines for the files of /proc that this tree lacks, as the first case shows */
  guint others = 0;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      ReeveHostMetricsCollector *collector;
      guint before = fixture_get_warnings ();

      g_test_message ("%s", cases[i].what);
      fixture_write (fixture, "proc/pressure/cpu", good);
      if (cases[i].text != NULL)
        fixture_write (fixture, "proc/pressure/memory", cases[i].text);
      else
        fixture_remove (fixture, "proc/pressure/memory");
      collector = fixture_collector (fixture, fixture->directory, NULL, NULL);
      for (guint turn = 0; turn < 3; turn++)
        fixture_collect (fixture, collector, REEVE_COLLECT_VALUES);
      g_assert_cmpuint (fixture_counter (fixture, REEVE_KIND_PRESSURE, "cpu", REEVE_PRESSURE_SOME),
                        ==, 7);
      g_assert_cmpuint (fixture_counter (fixture, REEVE_KIND_PRESSURE, "cpu", REEVE_PRESSURE_FULL),
                        ==, 3);
      assert_absent (fixture, REEVE_KIND_PRESSURE, "memory");
      if (i == 0)
        others = fixture_get_warnings () - before;
      g_assert_cmpuint (fixture_get_warnings () - before, ==, others + cases[i].warnings);
      fixture_stop (collector);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  fixture_watch_log ();
  FIXTURE_ADD ("change/cores", test_cores);
  FIXTURE_ADD ("change/backwards", test_backwards);
  FIXTURE_ADD ("change/vpn", test_vpn);
  FIXTURE_ADD ("change/clock", test_clock);
  FIXTURE_ADD ("change/load", test_load);
  FIXTURE_ADD ("change/pressure", test_pressure);
  return g_test_run ();
}
