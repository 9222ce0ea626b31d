/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Calls to those who read this machine. */

#include "config.h"

#include "reeve-collector.h"

G_DEFINE_INTERFACE (ReeveCollector, reeve_collector, G_TYPE_OBJECT)

static void
reeve_collector_default_init (ReeveCollectorInterface *iface)
{
  reeve_interface_declare (G_TYPE_FROM_INTERFACE (iface), REEVE_CARDINALITY_ALL, FALSE);
  g_signal_new ("kinds-changed", G_TYPE_FROM_INTERFACE (iface), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                NULL, G_TYPE_NONE, 0);
}

void
reeve_collector_kinds_changed (ReeveCollector *self)
{
  g_signal_emit_by_name (self, "kinds-changed");
}

const ReeveKind *const *
reeve_collector_get_kinds (ReeveCollector *self)
{
  ReeveCollectorInterface *iface = REEVE_COLLECTOR_GET_IFACE (self);
  const ReeveKind *const *ret;

  if (iface->get_kinds == NULL || !reeve_call_enter_sync (self, "Collector.get_kinds"))
    return NULL;
  ret = iface->get_kinds (self);
  reeve_call_leave_sync (self);
  return ret;
}

void
reeve_collector_collect_async (ReeveCollector *self, ReeveSample *sample, ReeveCollectFlags flags,
                               GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer user_data)
{
  ReeveCollectorInterface *iface = REEVE_COLLECTOR_GET_IFACE (self);
  ReeveCall *call = reeve_call_begin (self, "Collector.collect", iface->collect_async != NULL,
                                      REEVE_COLLECT_TIMEOUT_MS, cancellable, callback, user_data);

  if (call == NULL)
    return;
  iface->collect_async (self, sample, flags, reeve_call_get_cancellable (call), reeve_call_done_cb,
                        call);
  reeve_call_leave (call);
}

gboolean
reeve_collector_collect_finish (ReeveCollector *self, GAsyncResult *result, GError **error)
{
  g_autoptr (GAsyncResult) inner = reeve_call_finish (self, result, error);

  if (inner == NULL)
    return FALSE;
  return reeve_call_check (self, result,
                           REEVE_COLLECTOR_GET_IFACE (self)->collect_finish (self, inner, error),
                           error);
}

gboolean
reeve_collector_collect (ReeveCollector *self, ReeveSample *sample, ReeveCollectFlags flags)
{
  ReeveCollectorInterface *iface = REEVE_COLLECTOR_GET_IFACE (self);
  gboolean ret;

  if (iface->collect == NULL || !reeve_call_enter_sync (self, "Collector.collect"))
    return FALSE;
  ret = iface->collect (self, sample, flags);
  reeve_call_leave_sync (self);
  return ret;
}
