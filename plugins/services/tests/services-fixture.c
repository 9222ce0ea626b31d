/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "services-fixture.h"

#include <math.h>
#include <unistd.h>

static guint services_warnings;

static GLogWriterOutput
services_log_writer (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
  if (level & (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR))
    return g_log_writer_default (level, fields, n_fields, data);
  if (level & G_LOG_LEVEL_WARNING)
    services_warnings++;
  return G_LOG_WRITER_HANDLED;
}

void
services_init (int *argc, char ***argv)
{
  g_test_init (argc, argv, NULL);
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
  g_log_set_writer_func (services_log_writer, NULL, NULL);
}

guint
services_take_warnings (void)
{
  guint n = services_warnings;

  services_warnings = 0;
  return n;
}

void
services_set_up (Fixture *f, gconstpointer data)
{
  f->fake = fake_systemd_new (data != SERVICES_NO_GROUPS);
  f->host = reeve_mock_host_new ("agent", TRUE);
  f->sample = reeve_sample_new (reeve_schema_get_standard ());
}

void
services_tear_down (Fixture *f, gconstpointer data)
{
  g_clear_object (&f->collector);
  if (f->plugin != NULL)
    reeve_mock_host_unload (f->host, f->plugin);
  reeve_mock_host_free (f->host);
  reeve_sample_unref (f->sample);
  fake_systemd_free (f->fake);
  g_assert_cmpuint (services_take_warnings (), ==, 0);
}

void
services_load (Fixture *f, const char *units, const char *exclude)
{
  f->plugin = reeve_mock_host_load (f->host, "services", "bus", f->fake->bus, "root", f->fake->root,
                                    "exclude", exclude != NULL ? exclude : "",
                                    units != NULL ? "units" : NULL, units, NULL);
  f->collector =
      reeve_context_lookup (reeve_mock_host_get_context (f->host), REEVE_TYPE_COLLECTOR, "");
  g_assert_nonnull (f->collector);
}

/* ---- samples ---- */

static void
services_ask (Fixture *f, GAsyncResult **place)
{
  reeve_sample_reset (f->sample, reeve_schema_get_standard ());
  reeve_collector_collect_async (f->collector, f->sample, REEVE_COLLECT_VALUES, NULL,
                                 reeve_mock_result_cb, place);
}

void
services_collect (Fixture *f)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  services_ask (f, &result);
  reeve_collector_collect_finish (f->collector, reeve_mock_host_wait (f->host, &result), &error);
  g_assert_no_error (error);
}

void
services_collect_badly (Fixture *f, int code)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  services_ask (f, &result);
  reeve_mock_host_advance (f->host, 1100);
  g_assert_false (reeve_collector_collect_finish (f->collector,
                                                  reeve_mock_host_wait (f->host, &result), &error));
  g_assert_error (error, REEVE_ERROR, code);
}

double
services_get (Fixture *f, const char *unit, guint metric)
{
  return reeve_sample_get_value (f->sample, REEVE_KIND_SERVICE, unit, metric);
}

guint64
services_get_cpu (Fixture *f, const char *unit)
{
  int row = reeve_sample_find_row (f->sample, REEVE_KIND_SERVICE, unit);
  guint64 value = 0;

  g_assert_cmpint (row, >=, 0);
  g_assert_true (reeve_sample_get_counter (f->sample, (guint) row, REEVE_SERVICE_CPU, &value));
  return value * (guint64) sysconf (_SC_NPROCESSORS_ONLN);
}

gboolean
services_has (Fixture *f, const char *unit)
{
  return reeve_sample_find_row (f->sample, REEVE_KIND_SERVICE, unit) >= 0;
}

double
services_get_total (Fixture *f)
{
  return reeve_sample_get_value (f->sample, REEVE_KIND_SERVICES, NULL, REEVE_SERVICES_TOTAL);
}

double
services_get_failed (Fixture *f)
{
  return reeve_sample_get_value (f->sample, REEVE_KIND_SERVICES, NULL, REEVE_SERVICES_FAILED);
}

/* ---- waiting ---- */

typedef struct
{
  Fixture *f;
  const guint *counter;
  guint wanted;
  const char *unit;
  guint metric;
  double value;
} ServicesWait;

static gboolean
services_counter_reached (gpointer data)
{
  ServicesWait *wait = data;

  return *wait->counter >= wait->wanted;
}

void
services_wait_counter (Fixture *f, const guint *counter, guint wanted)
{
  ServicesWait wait = { .counter = counter, .wanted = wanted };

  reeve_mock_host_run_until (f->host, services_counter_reached, &wait);
}

void
services_pass_until (Fixture *f, const guint *counter, guint wanted)
{
  /* what is on its way over the bus comes in real time */
  for (guint i = 0; i < REEVE_MOCK_TIMEOUT_MS && *counter < wanted; i++)
    {
      reeve_mock_host_advance (f->host, 100);
      g_usleep (1000);
    }
  g_assert_cmpuint (*counter, >=, wanted);
}

static gboolean
services_value_reached (gpointer data)
{
  ServicesWait *wait = data;
  double value;

  services_collect (wait->f);
  value = services_get (wait->f, wait->unit, wait->metric);
  return isnan (wait->value) ? !services_has (wait->f, wait->unit) : value == wait->value;
}

void
services_wait_value (Fixture *f, const char *unit, guint metric, double value)
{
  ServicesWait wait = { .f = f, .unit = unit, .metric = metric, .value = value };

  for (guint i = 0; i < REEVE_MOCK_TIMEOUT_MS && !services_value_reached (&wait); i++)
    {
      reeve_mock_host_settle (f->host);
      g_usleep (1000);
    }
  g_assert_true (services_value_reached (&wait));
}
