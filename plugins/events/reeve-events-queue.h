/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-events-writer.h"

G_BEGIN_DECLS

#define REEVE_EVENTS_QUEUE_COLLECTION "events.queue"
#define REEVE_EVENTS_SINKS_COLLECTION "events.sinks"

/* Events that wait for one sink; beyond, the oldest of the least severe go, and are counted. */
#define REEVE_EVENTS_MAX_QUEUED 10000
/* Deliveries of one sink that are under way at a time, each of another subject. */
#define REEVE_EVENTS_MAX_PARALLEL 4
/* Between two tries; twice as long after each failure. */
#define REEVE_EVENTS_BACKOFF_MS 1000
#define REEVE_EVENTS_MAX_BACKOFF_MS (5 * 60 * 1000)
/* After so many failures in a row an event says that the sink is dead. */
#define REEVE_EVENTS_DEAD_AFTER 3

/* What waits for one sink, in memory and in the records. It outlives the sink's provider. */
#define REEVE_TYPE_EVENTS_QUEUE (reeve_events_queue_get_type ())
G_DECLARE_FINAL_TYPE (ReeveEventsQueue, reeve_events_queue, REEVE, EVENTS_QUEUE, GObject)

/* @value: the sink's record, or NULL for a new one. */
ReeveEventsQueue *reeve_events_queue_new (ReeveContext *context, ReeveEventsWriter *writer,
                                          const char *name, GVariant *value);
/* Stops everything; deliveries that are under way come back to nobody. */
void reeve_events_queue_clear (ReeveEventsQueue *self);
const char *reeve_events_queue_get_name (ReeveEventsQueue *self);
/* How old an event may become here, in milliseconds. */
void reeve_events_queue_set_give_up (ReeveEventsQueue *self, gint64 give_up_ms);
/* NULL when the sink goes. */
void reeve_events_queue_set_sink (ReeveEventsQueue *self, ReeveEventSink *sink);
ReeveEventSink *reeve_events_queue_get_sink (ReeveEventsQueue *self);

/* As read from the records, in the order of numbers. */
void reeve_events_queue_load (ReeveEventsQueue *self, guint64 number, GVariant *event);
/* Adds to @changes what takes an event that cannot be read out of the records. */
void reeve_events_queue_give_up (ReeveEventsQueue *self, guint64 number, GPtrArray *changes);
/* Adds to @group what keeps @event for this sink; FALSE when it does not want it. */
gboolean reeve_events_queue_offer (ReeveEventsQueue *self, guint64 number, GVariant *event,
                                   GPtrArray *group);
/* ... and the serial number under which the group goes to the records. */
void reeve_events_queue_accept (ReeveEventsQueue *self, guint64 number, GVariant *event,
                                guint64 serial);
/* Delivers what can be. */
void reeve_events_queue_step (ReeveEventsQueue *self);
/* From time to time: gives up what has become too old. TRUE: the sink has been away for so long,
 * and nothing of it is in the records any more. */
gboolean reeve_events_queue_sweep (ReeveEventsQueue *self);
/* name, state (away, idle, delivering, failing), queued, delivered, dropped, given_up, error,
 * retry; floating. */
GVariant *reeve_events_queue_describe (ReeveEventsQueue *self);

G_END_DECLS
