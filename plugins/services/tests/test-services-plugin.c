/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The built module in a mock host, with a systemd on a bus of its own. */

#include "config.h"

#include <reeve/monitor.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "fake-systemd.h"
#include "tests/lib/reeve-mock-host.h"

typedef struct
{
  FakeSystemd *fake;
  ReeveMockHost *host;
  ReevePlugin *plugin;
  ReeveCollector *collector;
  ReeveSample *sample;
  guint warnings;
} Fixture;

/* ---- the log: warnings are counted ---- */

static GLogWriterOutput
test_log_writer (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
  Fixture *f = data;

  g_assert_false (level & (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR));
  if (level & G_LOG_LEVEL_WARNING)
    g_atomic_int_inc (&f->warnings);
  for (gsize i = 0; i < n_fields; i++)
    if (g_str_equal (fields[i].key, "MESSAGE"))
      g_test_message ("%s", (const char *) fields[i].value);
  return G_LOG_WRITER_HANDLED;
}

static Fixture test_fixture_at_file_scope;

/* ---- steps ---- */

static void
test_begin (Fixture *f, gboolean groups)
{
  *f = (Fixture){ 0 };
  f->fake = fake_systemd_new (groups);
  f->host = reeve_mock_host_new ("agent", TRUE);
  f->sample = reeve_sample_new (reeve_schema_get_standard ());
}

static void
test_load (Fixture *f, const char *units, const char *exclude)
{
  f->plugin =
      reeve_mock_host_load (f->host, "services", "bus", f->fake->bus, "root", f->fake->root,
                            "units", units, exclude != NULL ? "exclude" : NULL, exclude, NULL);
  f->collector =
      reeve_context_lookup (reeve_mock_host_get_context (f->host), REEVE_TYPE_COLLECTOR, "");
  g_assert_nonnull (f->collector);
}

static void
test_end (Fixture *f)
{
  g_clear_object (&f->collector);
  reeve_sample_unref (f->sample);
  if (f->plugin != NULL)
    reeve_mock_host_unload (f->host, f->plugin);
  reeve_mock_host_free (f->host);
  fake_systemd_free (f->fake);
}

static gboolean
test_collect (Fixture *f, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  reeve_sample_reset (f->sample, reeve_schema_get_standard ());
  reeve_collector_collect_async (f->collector, f->sample, REEVE_COLLECT_VALUES, NULL,
                                 reeve_mock_result_cb, &result);
  return reeve_collector_collect_finish (f->collector, reeve_mock_host_wait (f->host, &result),
                                         error);
}

static void
test_collect_well (Fixture *f)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (test_collect (f, &error));
  g_assert_no_error (error);
}

static double
test_get (Fixture *f, const char *unit, guint metric)
{
  return reeve_sample_get_value (f->sample, REEVE_KIND_SERVICE, unit, metric);
}

static guint64
test_get_cpu (Fixture *f, const char *unit)
{
  int row = reeve_sample_find_row (f->sample, REEVE_KIND_SERVICE, unit);
  guint64 value = 0;

  g_assert_cmpint (row, >=, 0);
  g_assert_true (reeve_sample_get_counter (f->sample, (guint) row, REEVE_SERVICE_CPU, &value));
  return value * (guint64) sysconf (_SC_NPROCESSORS_ONLN);
}

static gboolean
test_has (Fixture *f, const char *unit)
{
  return reeve_sample_find_row (f->sample, REEVE_KIND_SERVICE, unit) >= 0;
}

static double
test_total (Fixture *f, guint metric)
{
  return reeve_sample_get_value (f->sample, REEVE_KIND_SERVICES, NULL, metric);
}

/* ---- conditions ---- */

typedef struct
{
  Fixture *f;
  const guint *counter;
  guint wanted;
  const char *unit;
  guint metric;
  double value; /* NaN: it is not there */
} Wait;

static gboolean
test_counter_reached (gpointer data)
{
  Wait *wait = data;

  return *wait->counter >= wait->wanted;
}

static void
test_wait_counter (Fixture *f, const guint *counter, guint wanted)
{
  Wait wait = { .counter = counter, .wanted = wanted };

  reeve_mock_host_run_until (f->host, test_counter_reached, &wait);
}

static gboolean
test_value_reached (gpointer data)
{
  Wait *wait = data;
  double value;

  if (!test_collect (wait->f, NULL))
    return FALSE;
  value = test_get (wait->f, wait->unit, wait->metric);
  return isnan (wait->value) ? !test_has (wait->f, wait->unit) : value == wait->value;
}

static void
test_wait_value (Fixture *f, const char *unit, guint metric, double value)
{
  Wait wait = { .f = f, .unit = unit, .metric = metric, .value = value };

  reeve_mock_host_run_until (f->host, test_value_reached, &wait);
}

/* ---- cases ---- */

static void
test_values (void)
{
  Fixture *f = &test_fixture_at_file_scope;
  FakeUnit *cron, *gone;

  test_begin (f, TRUE);
  cron = fake_systemd_add (f->fake, "cron.service", "active", "running");
  cron->restarts = 3;
  fake_systemd_write_group (f->fake, cron, 8000000, 1 << 20, 3 << 20, 7);
  fake_systemd_add (f->fake, "never.service", "inactive", "dead");
  gone = fake_systemd_add (f->fake, "once.service", "inactive", "dead");
  gone->entered = 1234567;
  fake_systemd_add (f->fake, "broken.service", "failed", "failed");
  fake_systemd_add (f->fake, "my\\x20unit@a-b.service", "activating", "start-pre");
  fake_systemd_add (f->fake, "clean.timer", "active", "waiting");
  test_load (f, "*;*.timer", NULL);
  test_collect_well (f);

  g_assert_cmpfloat (test_total (f, REEVE_SERVICES_TOTAL), ==, 5);
  g_assert_cmpfloat (test_total (f, REEVE_SERVICES_FAILED), ==, 1);
  g_assert_cmpfloat (test_get (f, "cron", REEVE_SERVICE_STATE), ==, 0);
  g_assert_cmpfloat (test_get (f, "cron", REEVE_SERVICE_SUB_STATE), ==, 1);
  g_assert_cmpfloat (test_get (f, "cron", REEVE_SERVICE_MEMORY), ==, 1 << 20);
  g_assert_cmpfloat (test_get (f, "cron", REEVE_SERVICE_MEMORY_PEAK), ==, 3 << 20);
  g_assert_cmpfloat (test_get (f, "cron", REEVE_SERVICE_TASKS), ==, 7);
  g_assert_cmpfloat (test_get (f, "cron", REEVE_SERVICE_RESTARTS), ==, 3);
  g_assert_cmpfloat (test_get (f, "cron", REEVE_SERVICE_CPU_PEAK), ==, 0);
  g_assert_cmpuint (test_get_cpu (f, "cron"), ==, 8000000);
  g_assert_false (test_has (f, "never"));
  g_assert_cmpfloat (test_get (f, "once", REEVE_SERVICE_STATE), ==, 1);
  g_assert_true (isnan (test_get (f, "once", REEVE_SERVICE_MEMORY)));
  g_assert_cmpfloat (test_get (f, "broken", REEVE_SERVICE_STATE), ==, 2);
  g_assert_cmpfloat (test_get (f, "broken", REEVE_SERVICE_SUB_STATE), ==, 3);
  g_assert_cmpfloat (test_get (f, "my unit@a-b", REEVE_SERVICE_STATE), ==, 3);
  g_assert_cmpfloat (test_get (f, "my unit@a-b", REEVE_SERVICE_SUB_STATE), ==, 4);
  g_assert_cmpfloat (test_get (f, "clean.timer", REEVE_SERVICE_STATE), ==, 0);

  /* 5 of 10 s of all processors together, then nothing: the peak stays */
  reeve_mock_host_advance (f->host, 10000);
  fake_systemd_write_group (f->fake, cron, 8000000 + 5000000 * (guint64) g_get_num_processors (),
                            2 << 20, 3 << 20, 8);
  test_collect_well (f);
  g_assert_cmpfloat_with_epsilon (test_get (f, "cron", REEVE_SERVICE_CPU_PEAK), 0.5, 0.001);
  g_assert_cmpfloat (test_get (f, "cron", REEVE_SERVICE_MEMORY), ==, 2 << 20);
  reeve_mock_host_advance (f->host, 20000);
  test_collect_well (f);
  g_assert_cmpfloat_with_epsilon (test_get (f, "cron", REEVE_SERVICE_CPU_PEAK), 0.5, 0.001);
  g_assert_cmpuint (f->warnings, ==, 0);
  test_end (f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_writer_func (test_log_writer, &test_fixture_at_file_scope, NULL);
  g_test_add_func ("/services/plugin/values", test_values);
  return g_test_run ();
}
