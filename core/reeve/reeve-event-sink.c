/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Calls to those who deliver events. */

#include "config.h"

#include "reeve-event-sink.h"

#include "reeve-dispatch.h"

G_DEFINE_INTERFACE (ReeveEventSink, reeve_event_sink, G_TYPE_OBJECT)

static void
reeve_event_sink_default_init (ReeveEventSinkInterface *iface)
{
  reeve_interface_declare (G_TYPE_FROM_INTERFACE (iface), REEVE_CARDINALITY_ALL, FALSE);
}

gboolean
reeve_event_sink_wants (ReeveEventSink *self, GVariant *event)
{
  ReeveEventSinkInterface *iface = REEVE_EVENT_SINK_GET_IFACE (self);
  gboolean wants = TRUE;

  if (!reeve_call_enter_sync (self, "EventSink.wants"))
    return FALSE;
  if (iface->wants != NULL)
    wants = iface->wants (self, event);
  reeve_call_leave_sync (self);
  return wants;
}

void
reeve_event_sink_deliver_async (ReeveEventSink *self, GVariant *event, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveEventSinkInterface *iface = REEVE_EVENT_SINK_GET_IFACE (self);
  ReeveCall *call =
      reeve_call_begin (self, "EventSink.deliver", iface->deliver_async != NULL,
                        REEVE_EVENT_SINK_TIMEOUT_MS, cancellable, callback, user_data);

  if (call == NULL)
    return;
  iface->deliver_async (self, event, reeve_call_get_cancellable (call), reeve_call_done_cb, call);
  reeve_call_leave (call);
}

gboolean
reeve_event_sink_deliver_finish (ReeveEventSink *self, GAsyncResult *result, GError **error)
{
  g_autoptr (GAsyncResult) inner = reeve_call_finish (self, result, error);

  if (inner == NULL)
    return FALSE;
  return reeve_call_check (self, result,
                           REEVE_EVENT_SINK_GET_IFACE (self)->deliver_finish (self, inner, error),
                           error);
}
