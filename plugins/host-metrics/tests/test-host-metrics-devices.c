/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Sensors, fans, batteries and power supplies: which count and how they are called, files that are
 * wrong, devices that come, go and hang. */

#include "config.h"

#include <glib/gstdio.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../reeve-host-metrics-device-parse.h"
#include "../reeve-host-metrics-device-table.h"
#include "host-metrics-fixture.h"

#define HWMON "sys/class/hwmon/"
#define POWER "sys/class/power_supply/"

/* Enough for a sample to have rows, whatever becomes of the devices. */
static void
write_load (Fixture *fixture)
{
  fixture_write (fixture, "proc/loadavg", "0.10 0.20 0.30 1/100 200\n");
}

static double
temperature (Fixture *fixture, const char *name)
{
  return reeve_sample_get_value (fixture->sample, REEVE_KIND_SENSOR, name,
                                 REEVE_SENSOR_TEMPERATURE);
}

/* ---- parsers ---- */

static void
test_parse (void)
{
  static const struct
  {
    const char *text;
    gboolean ok;
    gint64 value;
  } integers[] = {
    { "42\n", TRUE, 42 },
    { " -42 \n", TRUE, -42 },
    { "0", TRUE, 0 },
    { "", FALSE, 0 },
    { "\n", FALSE, 0 },
    { "-", FALSE, 0 },
    { "- 4", FALSE, 0 },
    { "4 2", FALSE, 0 },
    { "42.5\n", FALSE, 0 },
    { "0x42\n", FALSE, 0 },
    { "--4\n", FALSE, 0 },
    { "9223372036854775807", TRUE, G_MAXINT64 },
    { "N/A\n", FALSE, 0 },
    { "9223372036854775808", FALSE, 0 },
    { "-9999999999999999999999", FALSE, 0 },
  };
  static const struct
  {
    gint64 raw;
    double celsius; /* 0: none */
  } temperatures[] = {
    { 45000, 45 },       { 1000, 1 },   { 450, 45 },       { 45, 45 },
    { 140, 14 },         { 999, 99.9 }, { 0, 0 },          { -5000, 0 },
    { 199999, 199.999 }, { 200000, 0 }, { G_MAXINT64, 0 }, { G_MININT64 + 1, 0 },
  };
  guint number = 0;
  gint64 value = 0;

  for (guint i = 0; i < G_N_ELEMENTS (integers); i++)
    {
      g_test_message ("'%s'", integers[i].text);
      g_assert_cmpint (reeve_host_metrics_parse_integer (integers[i].text,
                                                         strlen (integers[i].text), &value),
                       ==, integers[i].ok);
      if (integers[i].ok)
        g_assert_cmpint (value, ==, integers[i].value);
    }
  for (guint i = 0; i < G_N_ELEMENTS (temperatures); i++)
    {
      double celsius = reeve_host_metrics_parse_temperature (temperatures[i].raw);

      g_test_message ("%" G_GINT64_FORMAT, temperatures[i].raw);
      if (temperatures[i].celsius > 0)
        g_assert_cmpfloat_with_epsilon (celsius, temperatures[i].celsius, 1e-9);
      else
        g_assert_true (isnan (celsius));
    }
  g_assert_true (reeve_host_metrics_parse_numbered ("temp12_input", "temp", "_input", &number));
  g_assert_cmpuint (number, ==, 12);
  g_assert_false (reeve_host_metrics_parse_numbered ("temp_input", "temp", "_input", &number));
  g_assert_false (reeve_host_metrics_parse_numbered ("temp1_input2", "temp", "_input", &number));
  g_assert_false (
      reeve_host_metrics_parse_numbered ("temp123456789_input", "temp", "_input", &number));
  g_assert_cmpuint (reeve_host_metrics_parse_battery_state ("Not charging\n", 13), ==, 5);
  g_assert_cmpuint (reeve_host_metrics_parse_battery_state ("Full", 4), ==, 2);
  g_assert_cmpuint (reeve_host_metrics_parse_battery_state ("Fully", 5), ==, 0);
  g_assert_cmpuint (reeve_host_metrics_parse_battery_state ("", 0), ==, 0);
}

/* ---- which count ---- */

typedef struct
{
  const char *sensors; /* NULL: unset */
  const char *primary;
  guint n;
  double temperature; /* of the system; 0: none */
} SensorsCase;

static void
test_sensors (Fixture *fixture, gconstpointer data)
{
  static const SensorsCase cases[] = {
    { NULL, NULL, 9, 52 },
    { "", NULL, 0, 0 },
    { "-*", NULL, 0, 0 },
    { "-", NULL, 9, 52 },
    { "nvme*", NULL, 3, 41.85 },
    { "nvme_composite", NULL, 1, 38.85 },
    { "coretemp_core_?,acpitz", NULL, 1, 46 },
    { "coretemp_core_[01]*,acpitz", NULL, 3, 52 },
    { "-coretemp*, thinkpad*", NULL, 5, 46 },
    { NULL, "iwlwifi_1", 9, 44 },
    { NULL, "nothing", 9, 0 },
    { "-iwlwifi_1", "iwlwifi_1", 8, 0 },
  };
  g_autofree char *root = fixture_tree ("laptop");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      ReeveHostMetricsCollector *collector =
          fixture_collector (fixture, root, cases[i].sensors, cases[i].primary);
      double celsius;

      g_test_message ("sensors '%s'", cases[i].sensors != NULL ? cases[i].sensors : "(unset)");
      fixture_collect (fixture, collector, REEVE_COLLECT_VALUES);
      g_assert_cmpuint (fixture_count (fixture, REEVE_KIND_SENSOR), ==, cases[i].n);
      celsius = fixture_number (fixture, REEVE_KIND_SYSTEM, NULL, REEVE_SYSTEM_TEMPERATURE);
      if (cases[i].temperature > 0)
        g_assert_cmpfloat_with_epsilon (celsius, cases[i].temperature, 1e-9);
      else
        g_assert_true (isnan (celsius));
      /* the list is for temperatures alone */
      g_assert_cmpuint (fixture_count (fixture, REEVE_KIND_FAN), ==, 2);
      fixture_stop (collector);
    }
}

/* What does not count is not read, yet keeps its place in the list. */
static void
test_places (Fixture *fixture, gconstpointer data)
{
  ReeveHostMetricsCollector *collector;

  write_load (fixture);
  for (guint i = 0; i < 4; i++)
    {
      g_autofree char *name = g_strdup_printf (HWMON "hwmon%u/name", i);
      g_autofree char *input = g_strdup_printf (HWMON "hwmon%u/temp1_input", i);

      fixture_write (fixture, name, i == 1 ? "drivetemp\n" : "chip\n");
      /* said in the log, were it read */
      fixture_write (fixture, input, i == 1 ? "sleeps\n" : "40000\n");
    }
  collector = fixture_collector (fixture, fixture->directory, "-drivetemp", NULL);
  fixture_collect (fixture, collector, REEVE_COLLECT_VALUES);
  g_assert_cmpfloat (temperature (fixture, "chip"), ==, 40);
  g_assert_cmpfloat (temperature (fixture, "chip_2"), ==, 40);
  g_assert_cmpfloat (temperature (fixture, "chip_3"), ==, 40);
  g_assert_cmpuint (fixture_count (fixture, REEVE_KIND_SENSOR), ==, 3);
  g_assert_cmpuint (fixture_get_messages (), ==, 0);
  fixture_stop (collector);
}

/* ---- names ---- */

static void
test_names (Fixture *fixture, gconstpointer data)
{
  g_autofree char *longest = g_strnfill (4096, 'x');
  g_autofree char *cut = g_strnfill (112, 'x');
  g_autofree char *cut_key = g_strconcat ("chip_", cut, NULL);
  g_autofree char *cut_again = g_strconcat (cut_key, "_3", NULL);
  ReeveHostMetricsCollector *collector;

  write_load (fixture);
  fixture_write (fixture, HWMON "hwmon0/name", "chip\n");
  fixture_write (fixture, HWMON "hwmon0/temp1_input", "40000\n");
  fixture_write (fixture, HWMON "hwmon0/temp1_label", "A\nB\033[31m\n");
  fixture_write (fixture, HWMON "hwmon0/temp2_input", "41000\n");
  fixture_write (fixture, HWMON "hwmon0/temp2_label", "<b>Hot Spot</b>\n");
  fixture_write (fixture, HWMON "hwmon0/temp3_input", "42000\n");
  fixture_write (fixture, HWMON "hwmon0/temp3_label", longest);
  fixture_write (fixture, HWMON "hwmon0/temp4_input", "43000\n");
  fixture_write (fixture, HWMON "hwmon0/temp4_label", longest);
  fixture_write (fixture, HWMON "hwmon0/fan1_input", "1000\n");
  fixture_write (fixture, HWMON "hwmon0/fan1_label", "Pump\n");
  fixture_write (fixture, HWMON "hwmon0/fan2_input", "2000\n");
  fixture_write (fixture, HWMON "hwmon0/fan2_label", "Pump\n");
  /* a chip without a name: no temperature, but fans by the directory's */
  fixture_write (fixture, HWMON "hwmon1/temp1_input", "44000\n");
  fixture_write (fixture, HWMON "hwmon1/fan1_input", "3000\n");
  /* fans where old kernels have them */
  fixture_write (fixture, HWMON "hwmon2/device/name", "old\n");
  fixture_write (fixture, HWMON "hwmon2/device/fan1_input", "4000\n");
  fixture_write (fixture, POWER "BAT0/type", "Battery\n");
  fixture_write (fixture, POWER "BAT0/capacity", "150\n");
  fixture_write (fixture, POWER "BAT0/model_name", "  Cell\n");
  fixture_write (fixture, POWER "BAT1/type", "Battery\n");
  fixture_write (fixture, POWER "BAT1/capacity", "50\n");
  fixture_write (fixture, POWER "BAT1/model_name", "Cell\n");
  fixture_write (fixture, POWER "BAT1/charge_full", "4000000\n");
  fixture_write (fixture, POWER "BAT1/current_now", "-500000\n");
  fixture_write (fixture, POWER "BAT1/voltage_now", "12000000\n");
  fixture_write (fixture, POWER "BAT1/status", "Charging\n");
  fixture_write (fixture, POWER "BAT2/type", "Battery\n");
  fixture_write (fixture, POWER "BAT2/capacity", "1\n");
  fixture_write (fixture, POWER "BAT2/model_name", " \n");
  fixture_write (fixture, POWER "BAT2/model", "\xff\xfe");
  fixture_write (fixture, POWER "BAT3/type", "Battery\n");
  fixture_write (fixture, POWER "BAT3/capacity", "unknown\n");

  collector = fixture_collector (fixture, fixture->directory, NULL, NULL);
  fixture_collect (fixture, collector, REEVE_COLLECT_VALUES);
  g_assert_cmpfloat (temperature (fixture, "chip_a\357\277\275b\357\277\275[31m"), ==, 40);
  g_assert_cmpfloat (temperature (fixture, "chip_<b>hot_spot</b>"), ==, 41);
  g_assert_cmpfloat (temperature (fixture, cut_key), ==, 42);
  g_assert_cmpfloat (temperature (fixture, cut_again), ==, 43);
  g_assert_cmpuint (fixture_count (fixture, REEVE_KIND_SENSOR), ==, 4);
  assert_number (fixture, REEVE_KIND_FAN, "chip_Pump", REEVE_FAN_SPEED, 1000);
  assert_number (fixture, REEVE_KIND_FAN, "chip_Pump (2)", REEVE_FAN_SPEED, 2000);
  assert_number (fixture, REEVE_KIND_FAN, "hwmon1_fan1", REEVE_FAN_SPEED, 3000);
  assert_number (fixture, REEVE_KIND_FAN, "old_fan1", REEVE_FAN_SPEED, 4000);
  assert_number (fixture, REEVE_KIND_BATTERY, "Cell", REEVE_BATTERY_CHARGE, 1);
  assert_number (fixture, REEVE_KIND_BATTERY, "Cell", REEVE_BATTERY_STATE, 0);
  assert_number (fixture, REEVE_KIND_BATTERY, "Cell (2)", REEVE_BATTERY_PRIMARY, 1);
  assert_number (fixture, REEVE_KIND_BATTERY, "Cell (2)", REEVE_BATTERY_STATE, 3);
  assert_number (fixture, REEVE_KIND_BATTERY, "Cell (2)", REEVE_BATTERY_POWER, 6);
  g_assert_cmpuint (fixture_count (fixture, REEVE_KIND_BATTERY), ==, 3);
  fixture_stop (collector);
}

/* Kernels before 3.15 had a chip's files in its parent's directory. */
static void
test_old_kernel (Fixture *fixture, gconstpointer data)
{
  ReeveHostMetricsCollector *collector;

  write_load (fixture);
  fixture_write (fixture, HWMON "hwmon0/device/name", "lm78\n");
  fixture_write (fixture, HWMON "hwmon0/device/temp1_input", "33000\n");
  fixture_write (fixture, HWMON "hwmon0/device/temp1_crit", "90000\n");
  fixture_write (fixture, "sys/class/thermal/thermal_zone0/type", "zone\n");
  fixture_write (fixture, "sys/class/thermal/thermal_zone0/temp", "34000\n");
  collector = fixture_collector (fixture, fixture->directory, NULL, NULL);
  fixture_collect (fixture, collector, REEVE_COLLECT_VALUES);
  g_assert_cmpfloat (temperature (fixture, "lm78"), ==, 33);
  assert_number (fixture, REEVE_KIND_SENSOR, "lm78", REEVE_SENSOR_CRITICAL, 90);
  g_assert_cmpuint (fixture_count (fixture, REEVE_KIND_SENSOR), ==, 1);
  fixture_stop (collector);
}

static void
test_limits (Fixture *fixture, gconstpointer data)
{
  ReeveHostMetricsCollector *collector;
  guint before;

  /* what the tree lacks of /proc has its lines too */
  write_load (fixture);
  collector = fixture_collector (fixture, fixture->directory, NULL, NULL);
  fixture_collect (fixture, collector, REEVE_COLLECT_VALUES);
  fixture_stop (collector);
  before = fixture_get_warnings ();
  fixture_write (fixture, HWMON "hwmon0/name", "chip\n");
  for (guint i = 0; i < 300; i++)
    {
      g_autofree char *path = g_strdup_printf (HWMON "hwmon0/temp%u_input", i);

      fixture_write (fixture, path, "40000\n");
    }
  collector = fixture_collector (fixture, fixture->directory, NULL, NULL);
  for (guint i = 0; i < 3; i++)
    {
      fixture_collect (fixture, collector, REEVE_COLLECT_VALUES);
      g_assert_cmpuint (fixture_count (fixture, REEVE_KIND_SENSOR), ==, 256);
    }
  g_assert_cmpuint (fixture_get_warnings (), ==, 2 * before + 1);
  fixture_stop (collector);
}

/* ---- files that are wrong ---- */

static void
test_broken (Fixture *fixture, gconstpointer data)
{
  static const char *const texts[] = { "", "hot\n",
                                       "\x7f"
                                       "ELF\x02\xff",
                                       "45", "4e4\n" };
  g_autofree char *huge = g_strnfill (100000, '4');
  g_autofree char *fifo = g_build_filename (fixture->directory, HWMON "hwmon0/temp8_input", NULL);
  ReeveHostMetricsCollector *collector;

  write_load (fixture);
  fixture_write (fixture, HWMON "hwmon0/name", "chip\n");
  fixture_write (fixture, HWMON "hwmon0/temp9_input", "50000\n");
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *path = g_strdup_printf (HWMON "hwmon0/temp%u_input", i);
      g_autofree char *label = g_strdup_printf (HWMON "hwmon0/temp%u_label", i);
      g_autofree char *name = g_strdup_printf ("t%u", i);

      fixture_write (fixture, path, texts[i]);
      fixture_write (fixture, label, name);
    }
  fixture_write (fixture, HWMON "hwmon0/temp7_input", huge);
  fixture_write (fixture, HWMON "hwmon0/temp7_label", "t7");
  /* neither waited for nor read */
  g_assert_no_errno (mkfifo (fifo, 0600));
  collector = fixture_collector (fixture, fixture->directory, NULL, NULL);
  for (guint i = 0; i < 3; i++)
    {
      fixture_collect (fixture, collector, REEVE_COLLECT_VALUES);
      g_assert_cmpuint (fixture_count (fixture, REEVE_KIND_SENSOR), ==, 2);
      g_assert_cmpfloat (temperature (fixture, "chip"), ==, 50);
      /* whole, if without a newline */
      g_assert_cmpfloat (temperature (fixture, "chip_t3"), ==, 45);
      reeve_clock_advance (fixture->clock, 61 * G_USEC_PER_SEC);
    }
  /* each once, whatever how often it was searched */
  g_assert_cmpuint (fixture_get_messages (), ==, 5);

  /* one that is well again, one that goes wrong */
  fixture_write (fixture, HWMON "hwmon0/temp1_input", "60000\n");
  fixture_write (fixture, HWMON "hwmon0/temp9_input", "?");
  fixture_collect (fixture, collector, REEVE_COLLECT_VALUES);
  g_assert_cmpfloat (temperature (fixture, "chip_t1"), ==, 60);
  g_assert_true (isnan (temperature (fixture, "chip")));
  g_assert_cmpuint (fixture_get_messages (), ==, 6);
  fixture_stop (collector);
}

/* ---- what comes and goes ---- */

static void
test_search (Fixture *fixture, gconstpointer data)
{
  ReeveHostMetricsCollector *collector;

  write_load (fixture);
  collector = fixture_collector (fixture, fixture->directory, NULL, NULL);
  fixture_collect (fixture, collector, REEVE_COLLECT_VALUES);
  g_assert_cmpuint (fixture_count (fixture, REEVE_KIND_SENSOR), ==, 0);
  /* no search in each sample, whether there is anything or not */
  fixture_write (fixture, HWMON "hwmon0/name", "usb\n");
  fixture_write (fixture, HWMON "hwmon0/temp1_input", "30000\n");
  reeve_clock_advance (fixture->clock, 59 * G_USEC_PER_SEC);
  fixture_collect (fixture, collector, REEVE_COLLECT_VALUES);
  g_assert_cmpuint (fixture_count (fixture, REEVE_KIND_SENSOR), ==, 0);
  reeve_clock_advance (fixture->clock, G_USEC_PER_SEC);
  fixture_collect (fixture, collector, REEVE_COLLECT_VALUES);
  g_assert_cmpfloat (temperature (fixture, "usb"), ==, 30);
  /* what is held open is read anew each time */
  fixture_write (fixture, HWMON "hwmon0/temp1_input", "31000\n");
  fixture_write (fixture, HWMON "hwmon1/name", "more\n");
  fixture_write (fixture, HWMON "hwmon1/temp1_input", "32000\n");
  fixture_collect (fixture, collector, REEVE_COLLECT_VALUES);
  g_assert_cmpfloat (temperature (fixture, "usb"), ==, 31);
  g_assert_cmpuint (fixture_count (fixture, REEVE_KIND_SENSOR), ==, 1);
  fixture_stop (collector);
}

/* A number that the kernel tells of a process: its file fails once the process has ended, as one of
 * a device does that was unplugged. */
static void
test_gone (Fixture *fixture, gconstpointer data)
{
  g_autofree char *link = g_build_filename (fixture->directory, HWMON "hwmon0/temp1_input", NULL);
  g_autofree char *target = NULL;
  ReeveHostMetricsCollector *collector;
  int status;
  pid_t child = fork ();

  if (child == 0)
    {
      for (;;)
        pause ();
    }
  g_assert_cmpint (child, >, 0);
  target = g_strdup_printf ("/proc/%d/oom_score_adj", (int) child);
  g_assert_true (
      g_file_set_contents_full (target, "500", -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
  write_load (fixture);
  fixture_write (fixture, HWMON "hwmon0/name", "usb\n");
  fixture_write (fixture, HWMON "hwmon1/name", "chip\n");
  fixture_write (fixture, HWMON "hwmon1/temp1_input", "40000\n");
  g_assert_no_errno (symlink (target, link));
  collector = fixture_collector (fixture, fixture->directory, NULL, NULL);
  fixture_collect (fixture, collector, REEVE_COLLECT_VALUES);
  g_assert_cmpfloat (temperature (fixture, "usb"), ==, 50);

  g_assert_no_errno (kill (child, SIGKILL));
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  for (guint i = 0; i < 2; i++)
    {
      fixture_collect (fixture, collector, REEVE_COLLECT_VALUES);
      g_assert_true (isnan (temperature (fixture, "usb")));
      g_assert_cmpfloat (temperature (fixture, "chip"), ==, 40);
      g_assert_cmpuint (fixture_get_messages (), ==, 1);
    }
  /* the search follows without waiting for a minute, and finds what came instead */
  g_assert_no_errno (g_unlink (link));
  fixture_write (fixture, HWMON "hwmon0/temp1_input", "35000\n");
  reeve_clock_advance (fixture->clock, REEVE_HOST_METRICS_SCAN_GONE_US);
  fixture_collect (fixture, collector, REEVE_COLLECT_VALUES);
  g_assert_cmpfloat (temperature (fixture, "usb"), ==, 35);
  fixture_stop (collector);
}

/* ---- what hangs ---- */

/* Stands for a sensor whose driver does not come back: it takes the worker's only thread. */
typedef struct
{
  GMutex lock;
  GCond cond;
  gboolean go;
  gboolean done;
} Gate;

static gpointer
gate_thread (gpointer data, GCancellable *cancellable, GError **error)
{
  Gate *gate = data;

  g_mutex_lock (&gate->lock);
  while (!gate->go)
    g_cond_wait (&gate->cond, &gate->lock);
  g_mutex_unlock (&gate->lock);
  return NULL;
}

static void
gate_done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Gate *gate = user_data;

  reeve_worker_run_finish (result, NULL);
  gate->done = TRUE;
}

static void
gate_open (Gate *gate)
{
  g_mutex_lock (&gate->lock);
  gate->go = TRUE;
  g_cond_signal (&gate->cond);
  g_mutex_unlock (&gate->lock);
}

static void
count_cb (gpointer user_data)
{
  (*(guint *) user_data)++;
}

static void
test_hanging (Fixture *fixture, gconstpointer data)
{
  ReeveWorker *worker = reeve_context_add_worker (fixture->context, "slow", 1, 2);
  ReeveHostMetricsSensors sensors = { 0 };
  ReeveHostMetricsDevices *devices;
  Gate gate = { 0 };
  guint answers = 0;

  fixture_write (fixture, HWMON "hwmon0/name", "chip\n");
  fixture_write (fixture, HWMON "hwmon0/temp1_input", "40000\n");
  devices = reeve_host_metrics_devices_new (fixture->context, fixture->directory, worker, &sensors);
  reeve_host_metrics_devices_refresh (devices, count_cb, &answers);
  g_assert_true (reeve_host_metrics_devices_is_first (devices));
  while (answers == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (reeve_host_metrics_devices_is_asking (devices));

  reeve_worker_run_async (worker, gate_thread, &gate, NULL, NULL, 0, NULL, gate_done_cb, &gate);
  for (guint i = 0; i < 10; i++)
    {
      gboolean stale = i * 3 * G_USEC_PER_SEC >= REEVE_HOST_METRICS_DEVICES_STALE_US;

      /* twice in one moment, as a sample does that is asked for without waiting first */
      reeve_host_metrics_devices_refresh (devices, count_cb, &answers);
      reeve_host_metrics_devices_refresh (devices, count_cb, &answers);
      g_assert_cmpint (reeve_host_metrics_devices_is_asking (devices), ==, i == 0);
      g_assert_false (reeve_host_metrics_devices_is_first (devices));
      reeve_sample_reset (fixture->sample, reeve_schema_get_standard ());
      reeve_host_metrics_devices_add (devices, fixture->sample);
      /* the last value for a while, then none */
      if (!stale)
        g_assert_cmpfloat (temperature (fixture, "chip"), ==, 40);
      else
        g_assert_cmpuint (reeve_sample_get_n_rows (fixture->sample), ==, 0);
      g_assert_cmpuint (fixture_get_warnings (), ==, stale ? 1 : 0);
      reeve_clock_advance (fixture->clock, 3 * G_USEC_PER_SEC);
    }
  /* one question is out, however often it was asked */
  g_assert_cmpuint (reeve_worker_get_queued (worker), <=, 2);

  fixture_write (fixture, HWMON "hwmon0/temp1_input", "41000\n");
  gate_open (&gate);
  while (answers == 1)
    g_main_context_iteration (NULL, TRUE);
  reeve_sample_reset (fixture->sample, reeve_schema_get_standard ());
  reeve_host_metrics_devices_add (devices, fixture->sample);
  g_assert_cmpfloat (temperature (fixture, "chip"), ==, 41);
  g_assert_cmpuint (answers, ==, 2);
  reeve_host_metrics_devices_free (devices);
  reeve_worker_free (worker, 1000);
  while (!gate.done)
    g_main_context_iteration (NULL, TRUE);
}

static void
result_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/* The first sample waits its usual moment and no longer, those after it not at all; they go with
 * the last values while these are good. */
static void
test_sample_while_hanging (Fixture *fixture, gconstpointer data)
{
  g_autofree char *root = fixture_tree ("laptop");
  ReeveHostMetricsCollector *collector = fixture_collector (fixture, root, NULL, NULL);
  Gate gates[REEVE_HOST_METRICS_DEVICES_MAX_HANGING + 1] = { 0 };

  fixture_collect (fixture, collector, REEVE_COLLECT_VALUES);
  /* every thread that it may have */
  for (guint i = 0; i < G_N_ELEMENTS (gates); i++)
    reeve_worker_run_async (reeve_host_metrics_collector_get_sensors_worker (collector),
                            gate_thread, &gates[i], NULL, NULL, 0, NULL, gate_done_cb, &gates[i]);
  for (guint i = 0; i < 5; i++)
    {
      g_autoptr (GAsyncResult) result = NULL;

      reeve_sample_reset (fixture->sample, reeve_schema_get_standard ());
      if (i == 0)
        {
          g_assert_false (reeve_collector_collect (REEVE_COLLECTOR (collector), fixture->sample,
                                                   REEVE_COLLECT_VALUES));
          reeve_sample_reset (fixture->sample, reeve_schema_get_standard ());
          reeve_collector_collect_async (REEVE_COLLECTOR (collector), fixture->sample,
                                         REEVE_COLLECT_VALUES, NULL, result_cb, &result);
          while (g_main_context_iteration (NULL, FALSE))
            ;
          g_assert_null (result);
          reeve_clock_advance (fixture->clock, (REEVE_HOST_METRICS_WAIT_MS + 1) * 1000);
          while (result == NULL)
            g_main_context_iteration (NULL, TRUE);
          g_assert_true (
              reeve_collector_collect_finish (REEVE_COLLECTOR (collector), result, NULL));
        }
      else /* its clock stands still: a wait for the sensors would have no end */
        fixture_collect (fixture, collector, REEVE_COLLECT_VALUES);
      fixture_row (fixture, REEVE_KIND_CPU, NULL);
      fixture_row (fixture, REEVE_KIND_MEMORY, NULL);
      g_assert_cmpuint (fixture_count (fixture, REEVE_KIND_SENSOR), ==, i < 3 ? 9 : 0);
      reeve_clock_advance (fixture->clock, REEVE_HOST_METRICS_DEVICES_STALE_US / 3 + 1);
    }
  for (guint i = 0; i < G_N_ELEMENTS (gates); i++)
    {
      gate_open (&gates[i]);
      while (!gates[i].done)
        g_main_context_iteration (NULL, TRUE);
    }
  do
    fixture_collect (fixture, collector, REEVE_COLLECT_VALUES);
  while (fixture_count (fixture, REEVE_KIND_SENSOR) == 0);
  g_assert_cmpuint (fixture_count (fixture, REEVE_KIND_SENSOR), ==, 9);
  fixture_stop (collector);
}

/* Only what it stays in between two looks is given up, not what it happens to be in at one. */
static void
test_round (void)
{
  ReeveHostMetricsRound round;
  gint64 now = 0;
  g_autofree char *place = NULL;

  reeve_host_metrics_round_init (&round, NULL);
  reeve_host_metrics_round_look (&round, now);
  now += REEVE_HOST_METRICS_DEVICES_STALE_US;
  g_assert_true (reeve_host_metrics_round_enter (&round, "hwmon0"));
  g_assert_null (reeve_host_metrics_round_give_up (&round, now));
  g_assert_null (reeve_host_metrics_round_give_up (&round, now));
  now += REEVE_HOST_METRICS_ROUND_STAYS_US;
  reeve_host_metrics_round_leave (&round);
  g_assert_true (reeve_host_metrics_round_enter (&round, "hwmon0"));
  g_assert_null (reeve_host_metrics_round_give_up (&round, now));
  now += REEVE_HOST_METRICS_ROUND_STAYS_US;
  place = reeve_host_metrics_round_give_up (&round, now);
  g_assert_cmpstr (place, ==, "hwmon0");
  reeve_host_metrics_round_leave (&round);
  g_assert_false (reeve_host_metrics_round_enter (&round, "hwmon1"));
  reeve_host_metrics_round_clear (&round);
}

/* The owner goes while its question hangs, which ends later. */
static void
test_end_while_hanging (Fixture *fixture, gconstpointer data)
{
  ReeveWorker *worker = reeve_context_add_worker (fixture->context, "slow", 1, 2);
  ReeveHostMetricsSensors sensors = { 0 };
  g_autofree char *root = fixture_tree ("laptop");
  ReeveHostMetricsDevices *devices =
      reeve_host_metrics_devices_new (fixture->context, root, worker, &sensors);
  Gate gate = { 0 };
  guint answers = 0;

  reeve_worker_run_async (worker, gate_thread, &gate, NULL, NULL, 0, NULL, gate_done_cb, &gate);
  reeve_host_metrics_devices_refresh (devices, count_cb, &answers);
  reeve_host_metrics_devices_free (devices);
  gate_open (&gate);
  while (!gate.done)
    g_main_context_iteration (NULL, TRUE);
  reeve_worker_free (worker, 1000);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (answers, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  fixture_watch_log ();
  g_test_add_func ("/host-metrics/devices/parse", test_parse);
  g_test_add_func ("/host-metrics/devices/round", test_round);
  FIXTURE_ADD ("devices/sensors", test_sensors);
  FIXTURE_ADD ("devices/places", test_places);
  FIXTURE_ADD ("devices/names", test_names);
  FIXTURE_ADD ("devices/old-kernel", test_old_kernel);
  FIXTURE_ADD ("devices/limits", test_limits);
  FIXTURE_ADD ("devices/broken", test_broken);
  FIXTURE_ADD ("devices/search", test_search);
  FIXTURE_ADD ("devices/gone", test_gone);
  FIXTURE_ADD ("devices/hanging", test_hanging);
  FIXTURE_ADD ("devices/sample-while-hanging", test_sample_while_hanging);
  FIXTURE_ADD ("devices/end-while-hanging", test_end_while_hanging);
  return g_test_run ();
}
