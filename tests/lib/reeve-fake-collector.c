/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A collector that says what the test wants, when the test wants. */

#include "config.h"

#include "reeve-fake-collector.h"

static void
fake_collector_collect_async (ReeveCollector *collector, ReeveSample *sample,
                              ReeveCollectFlags flags, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data)
{
  FakeCollector *self = FAKE_COLLECTOR (collector);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  self->calls++;
  self->flags = flags;
  if (self->fail)
    {
      g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_IO, "nothing could be read");
      return;
    }
  reeve_sample_set_time (sample, reeve_clock_get_wall (self->clock));
  if (self->sent != G_MAXUINT64)
    {
      reeve_sample_add (sample, REEVE_KIND_NETWORK, NULL);
      reeve_sample_set_counter (sample, REEVE_NETWORK_SENT, self->sent);
    }
  if (self->uptime > 0)
    {
      reeve_sample_add (sample, REEVE_KIND_SYSTEM, NULL);
      reeve_sample_set_number (sample, REEVE_SYSTEM_UPTIME, self->uptime);
    }
  if ((flags & REEVE_COLLECT_FACTS) != 0)
    {
      reeve_sample_add (sample, REEVE_KIND_HOST, NULL);
      reeve_sample_set_text (sample, REEVE_HOST_KERNEL, self->kernel);
    }
  if (self->hold)
    g_ptr_array_add (self->held, g_steal_pointer (&task));
  else
    g_task_return_boolean (task, TRUE);
}

static gboolean
fake_collector_collect_finish (ReeveCollector *collector, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static const ReeveKind *const *
fake_collector_get_kinds (ReeveCollector *collector)
{
  return FAKE_COLLECTOR (collector)->kinds;
}

static void
fake_collector_iface_init (ReeveCollectorInterface *iface)
{
  iface->get_kinds = fake_collector_get_kinds;
  iface->collect_async = fake_collector_collect_async;
  iface->collect_finish = fake_collector_collect_finish;
}

G_DEFINE_TYPE_WITH_CODE (FakeCollector, fake_collector, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (REEVE_TYPE_COLLECTOR, fake_collector_iface_init))

static void
fake_collector_finalize (GObject *object)
{
  g_ptr_array_unref (FAKE_COLLECTOR (object)->held);
  G_OBJECT_CLASS (fake_collector_parent_class)->finalize (object);
}

static void
fake_collector_class_init (FakeCollectorClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = fake_collector_finalize;
}

static void
fake_collector_init (FakeCollector *self)
{
  self->held = g_ptr_array_new_with_free_func (g_object_unref);
  self->kernel = "6.1";
}

FakeCollector *
fake_collector_new (ReeveClock *clock)
{
  FakeCollector *self = g_object_new (FAKE_TYPE_COLLECTOR, NULL);

  self->clock = clock;
  return self;
}

void
fake_collector_release (FakeCollector *self)
{
  self->hold = FALSE;
  while (self->held->len > 0)
    {
      g_autoptr (GTask) task = g_ptr_array_steal_index (self->held, 0);

      g_task_return_boolean (task, TRUE);
    }
}
