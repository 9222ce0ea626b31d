/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The built module beside a collector that says what the test wants. */

#include "config.h"

#include <reeve/monitor.h>
#include <string.h>

#include "tests/lib/reeve-fake-collector.h"
#include "tests/lib/reeve-mock-host.h"

typedef struct
{
  ReeveMockHost *host;
  ReevePlugin *plugin;
  FakeCollector *collector;
  ReeveOperations *operations;
  ReeveSubject *subject;
} Fixture;

static void
allow_async (ReeveAuthorizer *self, ReeveSubject *subject, ReevePower power, const char *object,
             GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_return_boolean (task, power == REEVE_POWER_VIEW);
}

static gboolean
allow_finish (ReeveAuthorizer *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

typedef struct
{
  GObject parent;
} TestViewer;
typedef struct
{
  GObjectClass parent;
} TestViewerClass;

static void
test_viewer_iface_init (ReeveAuthorizerInterface *iface)
{
  iface->authorize_async = allow_async;
  iface->authorize_finish = allow_finish;
}

GType test_viewer_get_type (void);
G_DEFINE_TYPE_WITH_CODE (TestViewer, test_viewer, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (REEVE_TYPE_AUTHORIZER, test_viewer_iface_init))

static void
test_viewer_class_init (TestViewerClass *klass)
{
}

static void
test_viewer_init (TestViewer *self)
{
}

static void
setup (Fixture *self, gconstpointer data)
{
  ReeveContext *context;
  g_autoptr (GObject) viewer = g_object_new (test_viewer_get_type (), NULL);
  g_autoptr (GError) error = NULL;

  self->host = reeve_mock_host_new ("agent", TRUE);
  context = reeve_mock_host_get_context (self->host);
  self->collector = fake_collector_new (reeve_mock_host_get_clock (self->host));
  self->collector->sent = 1000;
  self->collector->uptime = 77;
  g_assert_true (
      reeve_context_provide (context, REEVE_TYPE_COLLECTOR, "", self->collector, &error));
  g_assert_true (
      reeve_context_provide (context, REEVE_TYPE_AUTHORIZER, REEVE_SUBJECT_UID, viewer, &error));
  self->plugin = reeve_mock_host_load (self->host, "metrics", NULL);
  self->operations = reeve_context_lookup (context, REEVE_TYPE_OPERATIONS, NULL);
  g_assert_nonnull (self->operations);
  g_assert_true (reeve_operations_check (self->operations, &error));
  self->subject = reeve_subject_new (REEVE_SUBJECT_UID, "1");
}

static void
teardown (Fixture *self, gconstpointer data)
{
  reeve_subject_unref (self->subject);
  g_clear_object (&self->operations);
  g_object_unref (self->collector);
  reeve_mock_host_free (self->host);
}

static void
begin (Fixture *self, const char *method, GVariant *arguments, GAsyncResult **place)
{
  reeve_operations_call_async (self->operations, reeve_mock_host_get_context (self->host), method,
                               arguments != NULL ? arguments : g_variant_new ("()"), self->subject,
                               NULL, reeve_mock_result_cb, place);
  reeve_mock_host_settle (self->host);
}

static GVariant *
finish (Fixture *self, GAsyncResult **place)
{
  g_autoptr (GError) error = NULL;
  GVariant *value = reeve_operations_call_finish (self->operations,
                                                  reeve_mock_host_wait (self->host, place), &error);

  g_assert_no_error (error);
  return value;
}

static GVariant *
call (Fixture *self, const char *method, GVariant *arguments)
{
  g_autoptr (GAsyncResult) result = NULL;

  begin (self, method, arguments, &result);
  return finish (self, &result);
}

/* A value of the row of @kind without instance. (transfer full) (nullable) */
static GVariant *
find (GVariant *sample, const char *kind, const char *metric)
{
  g_autoptr (GVariant) rows = g_variant_get_child_value (sample, 1);

  for (gsize i = 0; i < g_variant_n_children (rows); i++)
    {
      g_autoptr (GVariant) row = g_variant_get_child_value (rows, i);
      g_autoptr (GVariant) values = g_variant_get_child_value (row, 2);
      const char *name;

      g_variant_get_child (row, 0, "&s", &name);
      if (strcmp (name, kind) == 0)
        return g_variant_lookup_value (values, metric, NULL);
    }
  return NULL;
}

static double
find_number (GVariant *sample, const char *kind, const char *metric)
{
  g_autoptr (GVariant) value = find (sample, kind, metric);

  return value != NULL ? g_variant_get_double (value) : -1;
}

static void
test_kinds (Fixture *self, gconstpointer data)
{
  g_autoptr (GVariant) answer = call (self, "GetKinds", NULL);
  g_autoptr (GVariant) kinds = g_variant_get_child_value (answer, 0);
  g_autoptr (GVariant) battery = NULL;
  g_autoptr (GVariant) metrics = NULL;
  g_autoptr (GVariant) state = NULL;
  g_autoptr (GVariant) states = NULL;
  const char *text;
  gboolean flag;

  g_assert_cmpuint (g_variant_n_children (kinds), ==, REEVE_N_KINDS);
  battery = g_variant_get_child_value (kinds, REEVE_KIND_BATTERY);
  g_assert_true (g_variant_lookup (battery, "name", "&s", &text));
  g_assert_cmpstr (text, ==, "battery");
  g_assert_true (g_variant_lookup (battery, "instanced", "b", &flag) && flag);
  g_assert_true (g_variant_lookup (battery, "facts", "b", &flag) && !flag);
  metrics = g_variant_lookup_value (battery, "metrics", G_VARIANT_TYPE ("aa{sv}"));
  g_assert_cmpuint (g_variant_n_children (metrics), ==, REEVE_N_BATTERY);
  state = g_variant_get_child_value (metrics, REEVE_BATTERY_STATE);
  g_assert_true (g_variant_lookup (state, "type", "&s", &text));
  g_assert_cmpstr (text, ==, "state");
  states = g_variant_lookup_value (state, "states", G_VARIANT_TYPE ("aa{sv}"));
  g_assert_cmpuint (g_variant_n_children (states), ==, 6);
}

/* Rates are over what lies between the calls of one interval. */
static void
test_sample (Fixture *self, gconstpointer data)
{
  g_autoptr (GVariant) first = call (self, "GetSample", g_variant_new ("(ub)", 2000, FALSE));
  g_autoptr (GVariant) second = NULL;
  g_autoptr (GVariant) third = NULL;
  g_autoptr (GVariant) kernel = NULL;

  g_assert_cmpfloat (find_number (first, "system", "uptime"), ==, 77);
  g_assert_null (find (first, "network", "sent")); /* nothing to compare with */
  g_assert_null (find (first, "host", "kernel"));
  reeve_mock_host_advance (self->host, 2000);
  self->collector->sent += 5000;
  second = call (self, "GetSample", g_variant_new ("(ub)", 2000, FALSE));
  g_assert_cmpfloat_with_epsilon (find_number (second, "network", "sent"), 2500, 0.01);
  reeve_mock_host_advance (self->host, 2000);
  self->collector->sent += 1000;
  third = call (self, "GetSample", g_variant_new ("(ub)", 2000, TRUE));
  g_assert_cmpfloat_with_epsilon (find_number (third, "network", "sent"), 500, 0.01);
  kernel = find (third, "host", "kernel");
  g_assert_cmpstr (g_variant_get_string (kernel, NULL), ==, "6.1");
}

/* Who asks once has rates too, and does not move those of others. */
static void
test_once (Fixture *self, gconstpointer data)
{
  g_autoptr (GVariant) other = call (self, "GetSample", g_variant_new ("(ub)", 4000, FALSE));
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GVariant) sample = NULL;
  g_autoptr (GVariant) later = NULL;

  begin (self, "GetSample", g_variant_new ("(ub)", 0, FALSE), &result);
  g_assert_null (result);
  self->collector->sent += 2500;
  reeve_mock_host_advance (self->host, 1300);
  sample = finish (self, &result);
  g_assert_cmpfloat_with_epsilon (find_number (sample, "network", "sent"), 2000, 100);
  g_assert_null (find (sample, "host", "kernel"));
  reeve_mock_host_advance (self->host, 2700);
  later = call (self, "GetSample", g_variant_new ("(ub)", 4000, FALSE));
  g_assert_cmpfloat_with_epsilon (find_number (later, "network", "sent"), 625, 0.01);
}

static void
test_dump (Fixture *self, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GVariant) answer = NULL;
  const char *text;

  begin (self, "Dump", NULL, &result);
  g_assert_null (result);
  reeve_mock_host_advance (self->host, 1300);
  answer = finish (self, &result);
  g_variant_get (answer, "(&s)", &text);
  g_assert_nonnull (strstr (text,
                            "{\"kind\":\"host\",\"instance\":\"\",\"metrics\":{"
                            "\"kernel\":\"6.1\",\"agent-version\":\"" PACKAGE_VERSION "\"}}"));
  g_assert_nonnull (strstr (text, "\"sent\":0}"));
}

static void
test_openmetrics (Fixture *self, gconstpointer data)
{
  g_autoptr (GVariant) answer = call (self, "GetOpenMetrics", NULL);
  const char *text;

  g_variant_get (answer, "(&s)", &text);
  g_assert_nonnull (strstr (text, "\nreeve_network_sent_bytes_total 1000\n"));
  g_assert_nonnull (strstr (text, "\nreeve_system_uptime_seconds 77\n"));
  g_assert_nonnull (strstr (text, "reeve_host_info{kernel=\"6.1\","));
  g_assert_true (g_str_has_suffix (text, "\n# EOF\n"));
}

static void
test_no_collector (Fixture *self, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  self->collector->fail = TRUE;
  begin (self, "GetOpenMetrics", NULL, &result);
  g_assert_null (reeve_operations_call_finish (self->operations,
                                               reeve_mock_host_wait (self->host, &result), &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE);
}

/* More callers than the limit, and a stop while they wait. */
static void
test_many_and_stop (Fixture *self, gconstpointer data)
{
  GAsyncResult *results[12] = { NULL };
  guint refused = 0;

  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    begin (self, "Dump", NULL, &results[i]);
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    {
      g_autoptr (GError) error = NULL;

      if (results[i] == NULL)
        continue;
      g_assert_null (reeve_operations_call_finish (self->operations, results[i], &error));
      g_assert_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT);
      g_clear_object (&results[i]);
      refused++;
    }
  g_assert_cmpuint (refused, ==, 4);
  reeve_mock_host_unload (self->host, self->plugin);
  for (guint i = 0; i < 8; i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (reeve_operations_call_finish (self->operations,
                                                   reeve_mock_host_wait (self->host, &results[i]),
                                                   &error));
      g_assert_error (error, REEVE_ERROR, REEVE_ERROR_GONE);
      g_clear_object (&results[i]);
    }
}

/* The collector of a test may fail, and the sampler says so. */
static GLogWriterOutput
log_writer (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  if ((level & G_LOG_LEVEL_MASK) == G_LOG_LEVEL_WARNING)
    return G_LOG_WRITER_HANDLED;
  return g_log_writer_default (level, fields, n_fields, user_data);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_writer_func (log_writer, NULL, NULL);
  g_test_add ("/metrics/kinds", Fixture, NULL, setup, test_kinds, teardown);
  g_test_add ("/metrics/sample", Fixture, NULL, setup, test_sample, teardown);
  g_test_add ("/metrics/once", Fixture, NULL, setup, test_once, teardown);
  g_test_add ("/metrics/dump", Fixture, NULL, setup, test_dump, teardown);
  g_test_add ("/metrics/openmetrics", Fixture, NULL, setup, test_openmetrics, teardown);
  g_test_add ("/metrics/no-collector", Fixture, NULL, setup, test_no_collector, teardown);
  g_test_add ("/metrics/many-and-stop", Fixture, NULL, setup, test_many_and_stop, teardown);
  return g_test_run ();
}
