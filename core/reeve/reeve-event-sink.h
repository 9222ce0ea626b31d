/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-types.h"

G_BEGIN_DECLS

/*
 * ReeveEventSink (all): delivers events somewhere. Who queues them (the plugin events) knows a sink
 * by its provider's name, "exec-sink/pager", and keeps a queue for each that survives the process;
 * a plugin object provides one sink. An event may come again after a crash, with the same number.
 *
 * @event: a{sv}: number (t, grows, never used again), time (d, seconds since 1970), severity,
 * category, subject, source, text (s) and fields (a{sv}).
 */

#define REEVE_TYPE_EVENT_SINK (reeve_event_sink_get_type ())
REEVE_API
G_DECLARE_INTERFACE (ReeveEventSink, reeve_event_sink, REEVE, EVENT_SINK, GObject)

struct _ReeveEventSinkInterface
{
  GTypeInterface parent;

  /* Is @event one that it delivers? Quick; asked as the event is queued and as the sink comes.
   * NULL: all are. */
  gboolean (*wants) (ReeveEventSink *self, GVariant *event);
  /* The end says that it has arrived; an error, that it is to be tried again. Several may be under
   * way, never two with the same subject. */
  void (*deliver_async) (ReeveEventSink *self, GVariant *event, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data);
  gboolean (*deliver_finish) (ReeveEventSink *self, GAsyncResult *result, GError **error);
};

/* How long one delivery may take. */
#define REEVE_EVENT_SINK_TIMEOUT_MS (120 * 1000)

/* FALSE when the sink is gone, too. */
REEVE_API gboolean reeve_event_sink_wants (ReeveEventSink *self, GVariant *event);
/* Dispatch; deadline as above. */
REEVE_API void reeve_event_sink_deliver_async (ReeveEventSink *self, GVariant *event,
                                               GCancellable *cancellable,
                                               GAsyncReadyCallback callback, gpointer user_data);
REEVE_API gboolean reeve_event_sink_deliver_finish (ReeveEventSink *self, GAsyncResult *result,
                                                    GError **error);

G_END_DECLS
