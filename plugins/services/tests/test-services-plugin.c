/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is told of units, and how it follows what becomes of them. */

#include "config.h"

#include <math.h>
#include <unistd.h>

#include "services-fixture.h"

static void
test_values (Fixture *f, gconstpointer data)
{
  FakeUnit *cron, *gone;

  cron = fake_systemd_add (f->fake, "cron.service", "active", "running");
  cron->restarts = 3;
  fake_systemd_write_group (f->fake, cron, 8000000, 1 << 20, 3 << 20, 7);
  fake_systemd_add (f->fake, "never.service", "inactive", "dead");
  gone = fake_systemd_add (f->fake, "once.service", "inactive", "dead");
  gone->entered = 1234567;
  fake_systemd_add (f->fake, "broken.service", "failed", "failed");
  fake_systemd_add (f->fake, "my\\x20unit@a-b.service", "activating", "start-pre");
  fake_systemd_add (f->fake, "clean.timer", "active", "waiting");
  services_load (f, "*;*.timer", NULL);
  services_collect (f);

  g_assert_cmpfloat (services_get_total (f), ==, 5);
  g_assert_cmpfloat (services_get_failed (f), ==, 1);
  g_assert_cmpfloat (services_get (f, "cron", REEVE_SERVICE_STATE), ==, 0);
  g_assert_cmpfloat (services_get (f, "cron", REEVE_SERVICE_SUB_STATE), ==, 1);
  g_assert_cmpfloat (services_get (f, "cron", REEVE_SERVICE_MEMORY), ==, 1 << 20);
  g_assert_cmpfloat (services_get (f, "cron", REEVE_SERVICE_MEMORY_PEAK), ==, 3 << 20);
  g_assert_cmpfloat (services_get (f, "cron", REEVE_SERVICE_TASKS), ==, 7);
  g_assert_cmpfloat (services_get (f, "cron", REEVE_SERVICE_RESTARTS), ==, 3);
  g_assert_cmpfloat (services_get (f, "cron", REEVE_SERVICE_CPU_PEAK), ==, 0);
  g_assert_cmpuint (services_get_cpu (f, "cron"), ==, 8000000);
  g_assert_false (services_has (f, "never"));
  g_assert_cmpfloat (services_get (f, "once", REEVE_SERVICE_STATE), ==, 1);
  g_assert_true (isnan (services_get (f, "once", REEVE_SERVICE_MEMORY)));
  g_assert_cmpfloat (services_get (f, "broken", REEVE_SERVICE_STATE), ==, 2);
  g_assert_cmpfloat (services_get (f, "broken", REEVE_SERVICE_SUB_STATE), ==, 3);
  g_assert_cmpfloat (services_get (f, "my unit@a-b", REEVE_SERVICE_STATE), ==, 3);
  g_assert_cmpfloat (services_get (f, "my unit@a-b", REEVE_SERVICE_SUB_STATE), ==, 4);
  g_assert_cmpfloat (services_get (f, "clean.timer", REEVE_SERVICE_STATE), ==, 0);

  /* 5 of 10 s of all processors together, then nothing: the peak stays */
  reeve_mock_host_advance (f->host, 10000);
  fake_systemd_write_group (f->fake, cron,
                            8000000 + 5000000 * (guint64) sysconf (_SC_NPROCESSORS_ONLN), 2 << 20,
                            3 << 20, 8);
  services_collect (f);
  g_assert_cmpfloat_with_epsilon (services_get (f, "cron", REEVE_SERVICE_CPU_PEAK), 0.5, 0.001);
  g_assert_cmpfloat (services_get (f, "cron", REEVE_SERVICE_MEMORY), ==, 2 << 20);
  reeve_mock_host_advance (f->host, 20000);
  services_collect (f);
  g_assert_cmpfloat_with_epsilon (services_get (f, "cron", REEVE_SERVICE_CPU_PEAK), 0.5, 0.001);
}

/* All of them are asked, few at a time. */
static void
test_many (Fixture *f, gconstpointer data)
{
  guint gets;

  for (guint i = 0; i < 300; i++)
    {
      g_autofree char *name = g_strdup_printf ("unit-%03u.service", i);
      FakeUnit *unit = fake_systemd_add (f->fake, name, "active", "running");

      fake_systemd_write_group (f->fake, unit, 1000 * i, 4096 * (i + 1), 4096 * (i + 1), 1);
    }
  f->fake->held = TRUE;
  services_load (f, NULL, NULL);
  for (guint i = 0; i < 3; i++)
    {
      services_wait_counter (f, &f->fake->n_calls, i + 1);
      fake_systemd_release_one (f->fake);
    }
  services_wait_counter (f, &f->fake->n_calls, 2 + 16);
  reeve_mock_host_settle (f->host);
  g_assert_cmpuint (f->fake->most_pending, <=, 16);
  fake_systemd_release (f->fake);
  services_collect (f);
  g_assert_cmpfloat (services_get_total (f), ==, 300);
  g_assert_cmpuint (services_get_cpu (f, "unit-299"), ==, 299000);
  g_assert_cmpfloat (services_get (f, "unit-000", REEVE_SERVICE_MEMORY), ==, 4096);
  g_assert_cmpuint (f->fake->n_gets, ==, 600);

  /* a sample asks nobody */
  gets = f->fake->n_gets;
  for (guint i = 0; i < 5; i++)
    {
      reeve_mock_host_advance (f->host, 1000);
      services_collect (f);
    }
  g_assert_cmpuint (f->fake->n_gets, ==, gets);
  g_assert_cmpuint (f->fake->n_lists, ==, 1);
}

static void
test_changes (Fixture *f, gconstpointer data)
{
  FakeUnit *web = fake_systemd_add (f->fake, "web.service", "active", "running");
  FakeUnit *fresh;

  web->entered = 100;
  fake_systemd_write_group (f->fake, web, 5000, 1000, 2000, 2);
  services_load (f, NULL, NULL);
  services_collect (f);
  g_assert_cmpfloat (services_get (f, "web", REEVE_SERVICE_RESTARTS), ==, 0);

  /* fails: nothing runs there, so nothing is used */
  web->active = "failed";
  web->sub = "failed";
  fake_systemd_tell (f->fake, web);
  services_wait_value (f, "web", REEVE_SERVICE_STATE, 2);
  g_assert_cmpfloat (services_get_failed (f), ==, 1);
  g_assert_true (isnan (services_get (f, "web", REEVE_SERVICE_MEMORY)));
  g_assert_cmpfloat (services_get (f, "web", REEVE_SERVICE_MEMORY_PEAK), ==, 2000);

  /* is started, in a group of the same name; and anew, so quickly that no other state was told of
   */
  fake_systemd_remove_group (f->fake, web);
  fake_systemd_write_group (f->fake, web, 10, 1500, 1600, 2);
  web->active = "active";
  web->sub = "running";
  web->entered = 200;
  fake_systemd_tell (f->fake, web);
  services_wait_value (f, "web", REEVE_SERVICE_MEMORY, 1500);
  g_assert_cmpfloat (services_get_failed (f), ==, 0);
  fake_systemd_remove_group (f->fake, web);
  fake_systemd_write_group (f->fake, web, 20, 1700, 1800, 2);
  web->entered = 300;
  web->restarts = 1;
  fake_systemd_tell (f->fake, web);
  services_wait_value (f, "web", REEVE_SERVICE_RESTARTS, 1);
  services_wait_value (f, "web", REEVE_SERVICE_MEMORY, 1700);
  g_assert_cmpfloat (services_get (f, "web", REEVE_SERVICE_MEMORY_PEAK), ==, 2000);

  /* one comes */
  fresh = fake_systemd_add (f->fake, "fresh.service", "active", "exited");
  fake_systemd_tell_manager (f->fake, "UnitNew", g_variant_new ("(so)", fresh->name, fresh->path));
  fake_systemd_tell_manager (f->fake, "UnitNew", g_variant_new ("(so)", "a.mount", fresh->path));
  services_pass_until (f, &f->fake->n_lists, 2);
  services_wait_value (f, "fresh", REEVE_SERVICE_SUB_STATE, 2);
  /* and goes */
  fake_systemd_tell_manager (f->fake, "UnitRemoved",
                             g_variant_new ("(so)", fresh->name, fresh->path));
  services_wait_value (f, "fresh", REEVE_SERVICE_STATE, NAN);
  g_assert_true (services_has (f, "web"));
  /* a lost signal is made good by the list */
  fake_systemd_remove (f->fake, web);
  reeve_mock_host_advance (f->host, 10 * 60 * 1000);
  services_wait_value (f, "web", REEVE_SERVICE_STATE, NAN);
  g_assert_cmpfloat (services_get_total (f), ==, 1);
}

static void
test_reload (Fixture *f, gconstpointer data)
{
  FakeUnit *one = fake_systemd_add (f->fake, "one.service", "active", "running");
  FakeUnit *two = fake_systemd_add (f->fake, "two.service", "active", "running");

  services_load (f, NULL, NULL);
  services_collect (f);
  fake_systemd_tell_manager (f->fake, "Reloading", g_variant_new ("(b)", TRUE));
  fake_systemd_tell_manager (f->fake, "UnitRemoved", g_variant_new ("(so)", one->name, one->path));
  fake_systemd_tell_manager (f->fake, "UnitRemoved", g_variant_new ("(so)", two->name, two->path));
  fake_systemd_tell_manager (f->fake, "UnitNew", g_variant_new ("(so)", one->name, one->path));
  fake_systemd_remove (f->fake, two);
  /* comes behind the others */
  one->active = "reloading";
  fake_systemd_tell (f->fake, one);
  services_wait_value (f, "one", REEVE_SERVICE_STATE, 5);
  g_assert_true (services_has (f, "two"));
  g_assert_cmpuint (f->fake->n_lists, ==, 1);
  fake_systemd_tell_manager (f->fake, "Reloading", g_variant_new ("(b)", FALSE));
  services_pass_until (f, &f->fake->n_lists, 2);
  services_wait_value (f, "two", REEVE_SERVICE_STATE, NAN);
  g_assert_true (services_has (f, "one"));
}

/* Without control groups of version 2. */
static void
test_asked (Fixture *f, gconstpointer data)
{
  FakeUnit *web = fake_systemd_add (f->fake, "web.service", "active", "running");
  guint gets;

  fake_unit_set (web, "Service.CPUUsageNSec", g_variant_new_uint64 (7000000));
  fake_unit_set (web, "Service.MemoryCurrent", g_variant_new_uint64 (12345));
  fake_unit_set (web, "Service.MemoryPeak", g_variant_new_uint64 (23456));
  fake_unit_set (web, "Service.TasksCurrent", g_variant_new_uint64 (G_MAXUINT64));
  services_load (f, NULL, NULL);
  services_collect (f);
  reeve_mock_host_advance (f->host, 60000);
  services_collect (f);
  g_assert_cmpuint (services_get_cpu (f, "web"), ==, 7000);
  g_assert_cmpfloat (services_get (f, "web", REEVE_SERVICE_MEMORY), ==, 12345);
  g_assert_cmpfloat (services_get (f, "web", REEVE_SERVICE_MEMORY_PEAK), ==, 23456);
  g_assert_true (isnan (services_get (f, "web", REEVE_SERVICE_TASKS)));
  /* nobody is asked more often than once a minute */
  gets = f->fake->n_gets;
  reeve_mock_host_advance (f->host, 30000);
  services_collect (f);
  g_assert_cmpuint (f->fake->n_gets, ==, gets);
  g_assert_cmpfloat (services_get (f, "web", REEVE_SERVICE_MEMORY), ==, 12345);
  reeve_mock_host_advance (f->host, 30000);
  fake_unit_set (web, "Service.CPUUsageNSec", g_variant_new_uint64 (9000000));
  services_collect (f);
  g_assert_cmpuint (services_get_cpu (f, "web"), ==, 9000);
}

static void
test_settings (Fixture *f, gconstpointer data)
{
  g_autofree char *elsewhere = g_strconcat (f->fake->bus, "-not-there", NULL);
  g_autoptr (GError) error = NULL;

  fake_systemd_add (f->fake, "a.service", "active", "running");
  fake_systemd_add (f->fake, "b.service", "active", "running");
  fake_systemd_add (f->fake, "b.timer", "active", "waiting");
  fake_systemd_add (f->fake, "c.service", "active", "running");
  g_assert_null (reeve_mock_host_try_load (f->host, &error, "services", "bus", f->fake->bus, "root",
                                           f->fake->root, "units", "a;b c", NULL));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, "units"));
  g_clear_error (&error);
  g_assert_null (reeve_mock_host_try_load (f->host, &error, "services", "bus", f->fake->bus, "root",
                                           f->fake->directory, NULL));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_UNCONFIGURED);
  g_assert_nonnull (strstr (error->message, "systemd"));
  g_clear_error (&error);
  g_assert_null (reeve_mock_host_try_load (f->host, &error, "services", "bus", elsewhere, "root",
                                           f->fake->root, NULL));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_UNCONFIGURED);
  g_assert_nonnull (strstr (error->message, "bus"));

  services_load (f, "a;b.*", "b");
  services_collect (f);
  g_assert_true (services_has (f, "a"));
  g_assert_true (services_has (f, "b.timer"));
  g_assert_cmpfloat (services_get_total (f), ==, 2);
}

/* A stop while a sample waits. */
static void
test_stop (Fixture *f, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  f->fake->silent = TRUE;
  services_load (f, NULL, NULL);
  reeve_collector_collect_async (f->collector, f->sample, REEVE_COLLECT_VALUES, NULL,
                                 reeve_mock_result_cb, &result);
  services_wait_counter (f, &f->fake->n_calls, 1);
  reeve_mock_host_unload (f->host, g_steal_pointer (&f->plugin));
  g_assert_false (reeve_collector_collect_finish (f->collector,
                                                  reeve_mock_host_wait (f->host, &result), &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_GONE);
  g_clear_object (&result);
  g_assert_finalize_object (g_steal_pointer (&f->collector));
}

#define ADD(path, data, func)                                                                      \
  g_test_add (path, Fixture, data, services_set_up, func, services_tear_down)

int
main (int argc, char **argv)
{
  services_init (&argc, &argv);
  ADD ("/services/plugin/values", NULL, test_values);
  ADD ("/services/plugin/many", NULL, test_many);
  ADD ("/services/plugin/changes", NULL, test_changes);
  ADD ("/services/plugin/reload", NULL, test_reload);
  ADD ("/services/plugin/asked", SERVICES_NO_GROUPS, test_asked);
  ADD ("/services/plugin/settings", NULL, test_settings);
  ADD ("/services/plugin/stop", NULL, test_stop);
  return g_test_run ();
}
