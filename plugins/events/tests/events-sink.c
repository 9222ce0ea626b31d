/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Who is told, in the tests. */

#include "config.h"

#include "events-sink.h"

#include <stdlib.h>
#include <string.h>

static void test_sink_iface_init (ReeveEventSinkInterface *iface);

G_DEFINE_TYPE_WITH_CODE (TestSink, test_sink, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (REEVE_TYPE_EVENT_SINK, test_sink_iface_init))

static gboolean
test_sink_wants (ReeveEventSink *sink, GVariant *event)
{
  ReeveSeverity severity;
  const char *text;

  g_assert_true (g_variant_lookup (event, "severity", "&s", &text));
  g_assert_true (reeve_severity_from_string (text, &severity));
  return severity >= TEST_SINK (sink)->least;
}

static void
test_sink_take (TestSink *self, GVariant *event)
{
  const char *text;
  guint64 number;

  g_assert_true (g_variant_lookup (event, "text", "&s", &text));
  g_assert_true (g_variant_lookup (event, "number", "t", &number));
  g_array_append_val (self->numbers, number);
  g_string_append_printf (self->got, "%s ",
                          g_str_has_prefix (text, "event ") ? text + strlen ("event ") : text);
}

static void
test_sink_deliver_async (ReeveEventSink *sink, GVariant *event, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data)
{
  TestSink *self = TEST_SINK (sink);
  g_autoptr (GTask) task = g_task_new (sink, cancellable, callback, user_data);
  const char *subject;

  self->tries++;
  g_assert_true (g_variant_lookup (event, "subject", "&s", &subject));
  if (self->hanging != NULL)
    {
      g_task_set_task_data (task, g_variant_ref (event), (GDestroyNotify) g_variant_unref);
      g_ptr_array_add (self->hanging, g_object_ref (task));
    }
  else if (self->fail || g_strcmp0 (self->fail_subject, subject) == 0)
    g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_FAILED, "nobody answers");
  else
    {
      test_sink_take (self, event);
      g_task_return_boolean (task, TRUE);
    }
}

static gboolean
test_sink_deliver_finish (G_GNUC_UNUSED ReeveEventSink *sink, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
test_sink_iface_init (ReeveEventSinkInterface *iface)
{
  iface->wants = test_sink_wants;
  iface->deliver_async = test_sink_deliver_async;
  iface->deliver_finish = test_sink_deliver_finish;
}

static void
test_sink_finalize (GObject *object)
{
  TestSink *self = TEST_SINK (object);

  g_string_free (self->got, TRUE);
  g_array_unref (self->numbers);
  g_clear_pointer (&self->hanging, g_ptr_array_unref);
  G_OBJECT_CLASS (test_sink_parent_class)->finalize (object);
}

static void
test_sink_class_init (TestSinkClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = test_sink_finalize;
}

static void
test_sink_init (TestSink *self)
{
  self->got = g_string_new (NULL);
  self->numbers = g_array_new (FALSE, FALSE, sizeof (guint64));
}

TestSink *
test_sink_new (ReeveRuntime *runtime, const char *name)
{
  TestSink *self = g_object_new (TEST_TYPE_SINK, NULL);
  g_autoptr (GError) error = NULL;

  self->context = reeve_context_new (runtime, name, NULL, NULL);
  reeve_context_provide (self->context, REEVE_TYPE_EVENT_SINK, NULL, self, &error);
  g_assert_no_error (error);
  return self;
}

void
test_sink_release (TestSink *self)
{
  g_autoptr (GPtrArray) hanging = g_steal_pointer (&self->hanging);

  for (guint i = 0; i < hanging->len; i++)
    {
      GTask *task = g_ptr_array_index (hanging, i);

      test_sink_take (self, g_task_get_task_data (task));
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
    }
}

void
test_sink_free (TestSink *self)
{
  g_strfreev (reeve_context_close (self->context));
  reeve_context_unref (self->context);
  g_object_unref (self);
}

TestSink *
test_sink_come (Bench *bench, const char *name)
{
  TestSink *self = test_sink_new (reeve_mock_host_get_runtime (bench->host), name);

  reeve_mock_host_settle (bench->host);
  return self;
}

void
test_sink_go (Bench *bench, TestSink *self)
{
  test_sink_free (self);
  reeve_mock_host_settle (bench->host);
}
