/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The verb service.info. */

#include "config.h"

#include "services-fixture.h"

static GVariant *
test_ask (Fixture *f, const char *name, GError **error)
{
  g_autoptr (ReeveResponder) responder =
      reeve_context_lookup (reeve_mock_host_get_context (f->host), REEVE_TYPE_RESPONDER, "");
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GVariant) arguments =
      g_variant_ref_sink (g_variant_new_parsed ("{'name': <%s>}", name));

  g_assert_nonnull (responder);
  reeve_responder_respond_async (responder, REEVE_VERB_SERVICE_INFO, arguments, NULL,
                                 reeve_mock_result_cb, &result);
  return reeve_responder_respond_finish (responder, reeve_mock_host_wait (f->host, &result), error);
}

static void
test_all (Fixture *f, gconstpointer data)
{
  FakeUnit *web = fake_systemd_add (f->fake, "my\\x20web.service", "active", "running");
  static const char *const names[] = { "my web", "my\\x20web.service" };
  guint64 usage;
  guint32 pid;

  fake_unit_set (web, "Unit.Description", g_variant_new_string ("<b>web\nserver</b>"));
  fake_unit_set (web, "Unit.After", g_variant_new_parsed ("['a.service', 'b.service']"));
  fake_unit_set (web, "Unit.InvocationID", g_variant_new_parsed ("[byte 1, 2, 255]"));
  fake_unit_set (web, "Unit.Job", g_variant_new_parsed ("(uint32 7, objectpath '/job/7')"));
  fake_unit_set (web, "Unit.Conditions",
                 g_variant_new_parsed ("[('ConditionPathExists', true, false, '/x', 1)]"));
  fake_unit_set (web, "Unit.Map", g_variant_new_parsed ("{'a': <'b'>}"));
  fake_unit_set (web, "Unit.Maps", g_variant_new_parsed ("[{'a': 'b'}]"));
  fake_unit_set (web, "Unit.Variant", g_variant_new_variant (g_variant_new_string ("x")));
  fake_unit_set (web, "Unit.JobTimeoutUSec", g_variant_new_uint64 (G_MAXUINT64));
  fake_unit_set (web, "Unit.Zone", g_variant_new_parsed ("@a(ss) []"));
  fake_unit_set (web, "Service.MainPID", g_variant_new_uint32 (4711));
  fake_unit_set (web, "Service.CPUUsageNSec", g_variant_new_uint64 (99));
  fake_unit_set (web, "Service.MemoryLimit", g_variant_new_uint64 (G_MAXUINT64));
  fake_unit_set (web, "Service.TasksMax", g_variant_new_parsed ("[uint64 1]"));
  fake_unit_set (web, "Service.ExecMainStartTimestamp", g_variant_new_uint64 (5));
  fake_unit_set (web, "Service.Environment", g_variant_new_parsed ("['PASSWORD=secret']"));
  fake_unit_set (web, "Service.ExecStart", g_variant_new_string ("secret"));
  services_load (f, NULL, NULL);
  services_collect (f);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) answer = test_ask (f, names[i], &error);
      g_autoptr (GVariant) job = NULL;
      g_autofree char *text = NULL;

      g_assert_no_error (error);
      g_assert_true (g_variant_lookup (answer, "MainPID", "u", &pid));
      g_assert_cmpuint (pid, ==, 4711);
      g_assert_true (g_variant_lookup (answer, "CPUUsageNSec", "t", &usage));
      g_assert_true (g_variant_lookup (answer, "ExecMainStartTimestampRealtime", "t", &usage));
      g_assert_cmpuint (usage, ==, 5);
      /* infinity of the eleven is left out, of the others it stays */
      g_assert_false (g_variant_lookup (answer, "MemoryLimit", "*", NULL));
      g_assert_true (g_variant_lookup (answer, "JobTimeoutUSec", "t", &usage));
      g_assert_false (g_variant_lookup (answer, "TasksMax", "*", NULL));
      g_assert_false (g_variant_lookup (answer, "Map", "*", NULL));
      g_assert_false (g_variant_lookup (answer, "Maps", "*", NULL));
      g_assert_false (g_variant_lookup (answer, "Variant", "*", NULL));
      g_assert_true (g_variant_lookup (answer, "InvocationID", "@ay", NULL));
      g_assert_true (g_variant_lookup (answer, "Conditions", "@a(sbbsi)", NULL));
      g_assert_true (g_variant_lookup (answer, "Zone", "@a(ss)", NULL));
      job = g_variant_lookup_value (answer, "Job", G_VARIANT_TYPE ("(us)"));
      g_assert_nonnull (job);
      text = g_variant_print (answer, FALSE);
      g_assert_null (strstr (text, "secret"));
      g_assert_nonnull (strstr (text, "<b>web\357\277\275server</b>"));
    }
  /* not even asked for */
  for (guint i = 0; i < f->fake->asked->len; i++)
    {
      g_assert_cmpstr (g_ptr_array_index (f->fake->asked, i), !=, "Service.Environment");
      g_assert_cmpstr (g_ptr_array_index (f->fake->asked, i), !=, "Service.ExecStart");
    }
  g_assert_cmpuint (f->fake->n_get_alls, ==, 2);
}

/* Nothing that a hub sends reaches systemd unless the unit is told of. */
static void
test_names (Fixture *f, gconstpointer data)
{
  g_autofree char *longest = g_strnfill (4096, 'a');
  const char *const names[] = { "",
                                longest,
                                "a\nb",
                                "a\033",
                                "hidden",
                                "other",
                                "../web",
                                "web.service/x",
                                "*",
                                "web ",
                                "/org/freedesktop/systemd1/unit/web",
                                "WEB.service" };

  fake_systemd_add (f->fake, "web.service", "active", "running");
  fake_systemd_add (f->fake, "hidden.service", "active", "running");
  services_load (f, NULL, "hidden");
  services_collect (f);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      const int code = i < 4 ? REEVE_ERROR_INVALID : REEVE_ERROR_NOT_FOUND;
      g_autoptr (GError) error = NULL;

      g_assert_null (test_ask (f, names[i], &error));
      g_assert_error (error, REEVE_ERROR, code);
    }
  g_assert_cmpuint (f->fake->n_get_alls, ==, 0);
}

static void
test_large (Fixture *f, gconstpointer data)
{
  FakeUnit *web = fake_systemd_add (f->fake, "web.service", "active", "running");
  g_autofree char *text = g_strnfill (100000, 'x');
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GVariant) list = NULL;
  g_autoptr (GError) error = NULL;
  GVariantBuilder builder;
  const char *value;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_STRING_ARRAY);
  for (guint i = 0; i < 5000; i++)
    g_variant_builder_add (&builder, "s", "some.service");
  fake_unit_set (web, "Unit.After", g_variant_builder_end (&builder));
  for (guint i = 0; i < 200; i++)
    {
      g_autofree char *name = g_strdup_printf ("Unit.Text%u", i);

      fake_unit_set (web, name, g_variant_new_string (text));
    }
  services_load (f, NULL, NULL);
  services_collect (f);
  answer = test_ask (f, "web", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_variant_get_size (answer), <=, 256 * 1024);
  g_assert_cmpuint (g_variant_n_children (answer), >, 40);
  list = g_variant_lookup_value (answer, "After", NULL);
  if (list != NULL)
    g_assert_cmpuint (g_variant_n_children (list), ==, 1024);
  if (g_variant_lookup (answer, "Text7", "&s", &value))
    g_assert_cmpuint (strlen (value), ==, 4096);
}

static void
test_refused (Fixture *f, gconstpointer data)
{
  FakeUnit *web = fake_systemd_add (f->fake, "web.service", "active", "running");
  g_autoptr (GError) error = NULL;

  services_load (f, NULL, NULL);
  services_collect (f);
  /* it is gone, and no signal has come yet */
  fake_systemd_remove (f->fake, web);
  g_assert_null (test_ask (f, "web", &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_IO);
  g_assert_null (strchr (error->message, '\n'));
  g_clear_error (&error);
  fake_systemd_stop_bus (f->fake);
  reeve_mock_host_settle (f->host);
  g_assert_null (test_ask (f, "web", &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE);
  g_assert_cmpuint (services_take_warnings (), ==, 1);
}

/* A timer has no properties of a service. */
static void
test_timer (Fixture *f, gconstpointer data)
{
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GError) error = NULL;

  fake_systemd_add (f->fake, "clean.timer", "active", "waiting");
  services_load (f, "*.timer", NULL);
  services_collect (f);
  answer = test_ask (f, "clean.timer", &error);
  g_assert_no_error (error);
  g_assert_true (g_variant_lookup (answer, "ActiveState", "&s", NULL));
  g_assert_cmpuint (f->fake->n_gets, ==, 0);
}

/* Of those that wait, a few at a time are taken; the stop ends them. */
static void
test_limit (Fixture *f, gconstpointer data)
{
  g_autoptr (ReeveResponder) responder = NULL;
  g_autoptr (GVariant) arguments = g_variant_ref_sink (g_variant_new_parsed ("{'name': <'web'>}"));
  GAsyncResult *results[5] = { NULL };

  fake_systemd_add (f->fake, "web.service", "active", "running");
  services_load (f, NULL, NULL);
  services_collect (f);
  f->fake->silent = TRUE;
  responder =
      reeve_context_lookup (reeve_mock_host_get_context (f->host), REEVE_TYPE_RESPONDER, "");
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    reeve_responder_respond_async (responder, REEVE_VERB_SERVICE_INFO, arguments, NULL,
                                   reeve_mock_result_cb, &results[i]);
  reeve_mock_host_advance (f->host, 4600);
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    {
      const int code = i == G_N_ELEMENTS (results) - 1 ? REEVE_ERROR_LIMIT : REEVE_ERROR_TIMEOUT;
      g_autoptr (GError) error = NULL;

      g_assert_null (reeve_responder_respond_finish (responder,
                                                     reeve_mock_host_wait (f->host, &results[i]),
                                                     &error));
      g_assert_error (error, REEVE_ERROR, code);
      g_object_unref (results[i]);
    }
  g_clear_object (&responder);
}

static void
test_row (Fixture *f, gconstpointer data)
{
  g_autoptr (ReeveResponder) responder = NULL;
  const ReeveResponderRow *row;

  services_load (f, NULL, NULL);
  responder =
      reeve_context_lookup (reeve_mock_host_get_context (f->host), REEVE_TYPE_RESPONDER, "");
  row = reeve_responder_find_row (responder, REEVE_VERB_SERVICE_INFO);
  g_assert_nonnull (row);
  g_assert_cmpint (row->least, ==, REEVE_SECURITY_TLS_VERIFIED);
  g_assert_cmpint (row->power, ==, REEVE_POWER_VIEW);
}

#define ADD(path, data, func)                                                                      \
  g_test_add (path, Fixture, data, services_set_up, func, services_tear_down)

int
main (int argc, char **argv)
{
  services_init (&argc, &argv);
  ADD ("/services/details/all", NULL, test_all);
  ADD ("/services/details/names", NULL, test_names);
  ADD ("/services/details/large", NULL, test_large);
  ADD ("/services/details/refused", NULL, test_refused);
  ADD ("/services/details/timer", NULL, test_timer);
  ADD ("/services/details/limit", NULL, test_limit);
  ADD ("/services/details/row", NULL, test_row);
  return g_test_run ();
}
