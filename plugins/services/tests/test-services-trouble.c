/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A bus that goes, a systemd that is silent or lies, others who speak in its name. */

#include "config.h"

#include <math.h>

#include "services-fixture.h"

#define LIST "(a(ssssssouso))"
#define OBJECT "/org/freedesktop/systemd1/unit/"

static void
test_silent (Fixture *f, gconstpointer data)
{
  fake_systemd_add (f->fake, "a.service", "active", "running");
  f->fake->silent = TRUE;
  services_load (f, NULL, NULL);
  services_wait_counter (f, &f->fake->n_calls, 1);
  services_collect_badly (f, REEVE_ERROR_UNAVAILABLE);
  g_assert_cmpuint (services_take_warnings (), ==, 0);
  /* the connection is given up, said once, and tried again */
  reeve_mock_host_advance (f->host, 15000);
  g_assert_cmpuint (services_take_warnings (), ==, 1);
  for (guint i = 2; i < 5; i++)
    {
      services_pass_until (f, &f->fake->n_calls, i);
      reeve_mock_host_advance (f->host, 15000);
    }
  services_collect_badly (f, REEVE_ERROR_UNAVAILABLE);
  g_assert_cmpuint (services_take_warnings (), ==, 0);
  f->fake->silent = FALSE;
  services_pass_until (f, &f->fake->n_lists, 1);
  services_collect (f);
  g_assert_cmpfloat (services_get_total (f), ==, 1);
}

/* A sample that comes while systemd cannot be asked waits for nothing. */
static void
test_away (Fixture *f, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  fake_systemd_add (f->fake, "a.service", "active", "running");
  services_load (f, NULL, NULL);
  services_collect (f);
  fake_systemd_stop_bus (f->fake);
  reeve_mock_host_advance (f->host, 31000);
  g_assert_cmpuint (services_take_warnings (), ==, 1);
  for (guint i = 0; i < 3; i++)
    {
      reeve_mock_host_advance (f->host, 1000);
      reeve_collector_collect_async (f->collector, f->sample, REEVE_COLLECT_VALUES, NULL,
                                     reeve_mock_result_cb, &result);
      /* no time passes */
      g_assert_false (reeve_collector_collect_finish (f->collector,
                                                      reeve_mock_host_wait (f->host, &result),
                                                      &error));
      g_assert_error (error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE);
      g_clear_error (&error);
      g_clear_object (&result);
    }
  fake_systemd_start_bus (f->fake);
  services_pass_until (f, &f->fake->n_lists, 2);
  services_collect (f);
  g_assert_true (services_has (f, "a"));
}

static void
test_bus_restart (Fixture *f, gconstpointer data)
{
  FakeUnit *a = fake_systemd_add (f->fake, "a.service", "active", "running");

  fake_systemd_write_group (f->fake, a, 1, 2, 3, 4);
  services_load (f, NULL, NULL);
  services_collect (f);
  fake_systemd_stop_bus (f->fake);
  reeve_mock_host_settle (f->host);
  /* what was known holds for a while */
  services_collect (f);
  g_assert_cmpfloat (services_get (f, "a", REEVE_SERVICE_MEMORY), ==, 2);
  reeve_mock_host_advance (f->host, 5000);
  g_assert_cmpuint (services_take_warnings (), ==, 1);
  fake_systemd_start_bus (f->fake);
  services_pass_until (f, &f->fake->n_lists, 2);
  g_assert_cmpuint (f->fake->n_subscribed, ==, 2);
  /* signals are believed again */
  a->active = "failed";
  fake_systemd_tell (f->fake, a);
  services_wait_value (f, "a", REEVE_SERVICE_STATE, 2);

  /* but not for ever */
  fake_systemd_stop_bus (f->fake);
  reeve_mock_host_advance (f->host, 31000);
  services_collect_badly (f, REEVE_ERROR_UNAVAILABLE);
  g_assert_cmpuint (services_take_warnings (), ==, 1);
}

/* systemd itself starts anew: it must be subscribed to again. */
static void
test_systemd_restart (Fixture *f, gconstpointer data)
{
  FakeUnit *a = fake_systemd_add (f->fake, "a.service", "active", "running");

  services_load (f, NULL, NULL);
  services_collect (f);
  fake_systemd_take_name (f->fake, FALSE);
  fake_systemd_add (f->fake, "b.service", "active", "running");
  fake_systemd_take_name (f->fake, TRUE);
  services_wait_counter (f, &f->fake->n_subscribed, 2);
  services_wait_value (f, "b", REEVE_SERVICE_STATE, 0);
  a->active = "failed";
  fake_systemd_tell (f->fake, a);
  services_wait_value (f, "a", REEVE_SERVICE_STATE, 2);
  /* the table is not forgotten later either */
  reeve_mock_host_advance (f->host, 31000);
  services_collect (f);
}

/* What systemd was asked of each unit gets lost with it, or with the bus: it is asked again. */
static void
test_lost_answers (Fixture *f, gconstpointer data)
{
  FakeUnit *a = fake_systemd_add (f->fake, "a.service", "active", "running");

  a->restarts = 3;
  fake_systemd_write_group (f->fake, a, 1, 2, 3, 4);
  f->fake->held = TRUE;
  services_load (f, NULL, NULL);
  for (guint i = 0; i < 2; i++)
    {
      services_wait_counter (f, &f->fake->n_calls, i + 1);
      fake_systemd_release_one (f->fake);
    }
  services_wait_counter (f, &f->fake->n_calls, 4);
  f->fake->held = FALSE;
  f->fake->remembers = TRUE;
  fake_systemd_reexecute (f->fake);
  services_wait_value (f, "a", REEVE_SERVICE_MEMORY, 2);
  services_wait_value (f, "a", REEVE_SERVICE_RESTARTS, 3);
  /* its signals are believed, though it refused to be subscribed to once more */
  a->active = "failed";
  fake_systemd_tell (f->fake, a);
  services_wait_value (f, "a", REEVE_SERVICE_STATE, 2);

  f->fake->remembers = FALSE;
  f->fake->held = TRUE;
  a->active = "active";
  a->restarts = 4;
  fake_systemd_tell (f->fake, a);
  services_wait_counter (f, &f->fake->n_calls, 10);
  fake_systemd_stop_bus (f->fake);
  reeve_mock_host_settle (f->host);
  g_assert_cmpuint (services_take_warnings (), ==, 1);
  f->fake->held = FALSE;
  fake_systemd_start_bus (f->fake);
  services_pass_until (f, &f->fake->n_lists, 3);
  services_wait_value (f, "a", REEVE_SERVICE_MEMORY, 2);
  services_wait_value (f, "a", REEVE_SERVICE_RESTARTS, 4);
}

static GVariant *
test_list_of (const char *name, const char *object)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(ssssssouso)"));
  g_variant_builder_add (&builder, "(ssssssouso)", "good.service", "", "loaded", "active",
                         "running", "", OBJECT "good_2eservice", 0, "", "/");
  g_variant_builder_add (&builder, "(ssssssouso)", name, "<b>\n", "loaded", "act\nive", "<i>", "",
                         object, 0, "", "/");
  return g_variant_ref_sink (g_variant_new (LIST, &builder));
}

/* Each costs itself and nothing else. */
static void
test_names (Fixture *f, gconstpointer data)
{
  g_autofree char *longest = g_strnfill (4096, 'a');
  g_autofree char *longer = g_strconcat (longest, ".service", NULL);
  const char *const names[][2] = {
    { "a\nb.service", OBJECT "a" },
    { "<script>.service", OBJECT "a" },
    { "a\033[1m.service", OBJECT "a" },
    { longer, OBJECT "a" },
    { "a.conf", OBJECT "a" },
    { "", OBJECT "a" },
    { "../../a.service", OBJECT "a" },
    { "a.service", "/org/freedesktop/login1" },
    { "a.service", OBJECT "good_2eservice" },
    { "a.mount", OBJECT "a" },
    { "good.service", OBJECT "a" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_clear_pointer (&f->fake->list, g_variant_unref);
      f->fake->list = test_list_of (names[i][0], names[i][1]);
      services_load (f, NULL, NULL);
      services_collect (f);
      g_assert_cmpfloat (services_get_total (f), ==, 1);
      g_assert_cmpfloat (services_get (f, "good", REEVE_SERVICE_STATE), ==, 0);
      g_clear_object (&f->collector);
      reeve_mock_host_unload (f->host, g_steal_pointer (&f->plugin));
    }
  g_clear_pointer (&f->fake->list, g_variant_unref);
}

static void
test_wrong_types (Fixture *f, gconstpointer data)
{
  FakeUnit *a = fake_systemd_add (f->fake, "a.service", "active", "running");

  fake_unit_set (a, "Service.NRestarts", g_variant_new_string ("many"));
  fake_unit_set (a, "Service.ControlGroup", g_variant_new_string ("/../../etc"));
  services_load (f, NULL, NULL);
  services_collect (f);
  g_assert_true (isnan (services_get (f, "a", REEVE_SERVICE_RESTARTS)));
  g_assert_true (isnan (services_get (f, "a", REEVE_SERVICE_MEMORY)));

  /* a list of something else: what was known stays for a while, and it is said once */
  f->fake->list = g_variant_ref_sink (g_variant_new_parsed ("(@as ['a.service'],)"));
  for (guint i = 0; i < 2; i++)
    {
      fake_systemd_tell_manager (f->fake, "Reloading", g_variant_new ("(b)", FALSE));
      services_pass_until (f, &f->fake->n_lists, 2 + i);
      reeve_mock_host_settle (f->host);
    }
  services_collect (f);
  g_assert_true (services_has (f, "a"));
  g_assert_cmpuint (services_take_warnings (), ==, 1);
  g_clear_pointer (&f->fake->list, g_variant_unref);
}

/* Values in the files that make no sense are left out. */
static void
test_bad_files (Fixture *f, gconstpointer data)
{
  FakeUnit *a = fake_systemd_add (f->fake, "a.service", "active", "running");
  g_autofree char *memory =
      g_build_filename (f->fake->root, "sys/fs/cgroup/system.slice/a.service/memory.current", NULL);
  g_autofree char *cpu =
      g_build_filename (f->fake->root, "sys/fs/cgroup/system.slice/a.service/cpu.stat", NULL);

  fake_systemd_write_group (f->fake, a, 1, 2, 3, 4);
  g_assert_true (g_file_set_contents (memory, "max\n", -1, NULL));
  g_assert_true (g_file_set_contents (cpu, "usage_usec 99999999999999999999999\n", -1, NULL));
  services_load (f, NULL, NULL);
  services_collect (f);
  g_assert_true (isnan (services_get (f, "a", REEVE_SERVICE_MEMORY)));
  g_assert_true (isnan (services_get (f, "a", REEVE_SERVICE_CPU_PEAK)));
  g_assert_cmpfloat (services_get (f, "a", REEVE_SERVICE_MEMORY_PEAK), ==, 3);
  g_assert_cmpfloat (services_get (f, "a", REEVE_SERVICE_TASKS), ==, 4);
}

static void
test_too_many (Fixture *f, gconstpointer data)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(ssssssouso)"));
  for (guint i = 0; i < 100000; i++)
    {
      g_autofree char *name = g_strdup_printf ("u%u.service", i);
      g_autofree char *object = g_strdup_printf (OBJECT "u%u_2eservice", i);

      g_variant_builder_add (&builder, "(ssssssouso)", name, "", "loaded", "active", "running", "",
                             object, 0, "", "/");
    }
  f->fake->list = g_variant_ref_sink (g_variant_new (LIST, &builder));
  services_load (f, NULL, NULL);
  services_collect (f);
  g_assert_cmpfloat (services_get_total (f), ==, 1024);
  g_assert_cmpuint (services_take_warnings (), ==, 1);
  /* said once */
  fake_systemd_tell_manager (f->fake, "Reloading", g_variant_new ("(b)", FALSE));
  services_pass_until (f, &f->fake->n_lists, 2);
  services_collect (f);
  g_assert_cmpfloat (services_get_total (f), ==, 1024);
}

/* Anybody may send a signal; only systemd's are believed. */
static void
test_foreign_signals (Fixture *f, gconstpointer data)
{
  FakeUnit *a = fake_systemd_add (f->fake, "a.service", "active", "running");
  FakeUnit *b = fake_systemd_add (f->fake, "b.service", "active", "running");
  g_autofree char *address = g_strconcat ("unix:path=", f->fake->bus + strlen ("unix:"), NULL);
  g_autoptr (GDBusConnection) other = NULL;
  GDBusConnection *own;
  g_autoptr (GError) error = NULL;

  services_load (f, NULL, NULL);
  services_collect (f);
  other =
      g_dbus_connection_new_for_address_sync (address,
                                              G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                  G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                              NULL, NULL, &error);
  g_assert_no_error (error);
  own = f->fake->connection;
  f->fake->connection = other;
  /* broadcasts by others do not match; these are addressed to every name there may be */
  for (guint i = 0; i < 8; i++)
    {
      g_autofree char *name = g_strdup_printf (":1.%u", i);
      GVariantBuilder change;

      g_variant_builder_init (&change, G_VARIANT_TYPE_VARDICT);
      g_variant_builder_add (&change, "{sv}", "ActiveState", g_variant_new_string ("failed"));
      g_dbus_connection_emit_signal (
          other, name, a->path, "org.freedesktop.DBus.Properties", "PropertiesChanged",
          g_variant_new ("(sa{sv}as)", "org.freedesktop.systemd1.Unit", &change, NULL), NULL);
      g_dbus_connection_emit_signal (other, name, "/org/freedesktop/systemd1",
                                     "org.freedesktop.systemd1.Manager", "UnitRemoved",
                                     g_variant_new ("(so)", a->name, a->path), NULL);
    }
  g_assert_true (g_dbus_connection_flush_sync (other, NULL, NULL));
  f->fake->connection = own;
  /* comes behind them */
  b->active = "failed";
  fake_systemd_tell (f->fake, b);
  services_wait_value (f, "b", REEVE_SERVICE_STATE, 2);
  g_assert_cmpfloat (services_get (f, "a", REEVE_SERVICE_STATE), ==, 0);
  g_dbus_connection_close_sync (other, NULL, NULL);
}

#define ADD(path, data, func)                                                                      \
  g_test_add (path, Fixture, data, services_set_up, func, services_tear_down)

int
main (int argc, char **argv)
{
  services_init (&argc, &argv);
  ADD ("/services/trouble/silent", NULL, test_silent);
  ADD ("/services/trouble/away", NULL, test_away);
  ADD ("/services/trouble/bus-restart", NULL, test_bus_restart);
  ADD ("/services/trouble/systemd-restart", NULL, test_systemd_restart);
  ADD ("/services/trouble/lost-answers", NULL, test_lost_answers);
  ADD ("/services/trouble/names", NULL, test_names);
  ADD ("/services/trouble/wrong-types", NULL, test_wrong_types);
  ADD ("/services/trouble/bad-files", NULL, test_bad_files);
  ADD ("/services/trouble/too-many", NULL, test_too_many);
  ADD ("/services/trouble/foreign-signals", NULL, test_foreign_signals);
  return g_test_run ();
}
