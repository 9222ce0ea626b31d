/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-events-queue.h"

G_BEGIN_DECLS

/* Sinks that are known at a time, those that are away included. */
#define REEVE_EVENTS_MAX_SINKS 32
/* How often what has become too old is looked for. */
#define REEVE_EVENTS_SWEEP_MS (60 * 1000)

/* The queues of all sinks, and the sinks as they come and go. */
typedef struct _ReeveEventsOutbox ReeveEventsOutbox;

ReeveEventsOutbox *reeve_events_outbox_new (ReeveContext *context, ReeveEventsWriter *writer);
void reeve_events_outbox_free (ReeveEventsOutbox *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveEventsOutbox, reeve_events_outbox_free)
void reeve_events_outbox_set_give_up (ReeveEventsOutbox *self, gint64 give_up_ms);
/* As read from the records: first the sinks, then what waits. */
void reeve_events_outbox_load_sink (ReeveEventsOutbox *self, ReeveRecord *record);
void reeve_events_outbox_load_event (ReeveEventsOutbox *self, ReeveRecord *record);
/* Not all sinks could be read: what waits for one that is not known makes it known. */
void reeve_events_outbox_adopt (ReeveEventsOutbox *self);
/* An event that waits and cannot be read: adds to @changes what takes it out of the records. */
void reeve_events_outbox_give_up (ReeveEventsOutbox *self, guint64 number, GPtrArray *changes);
/* From now on sinks are heard of. */
void reeve_events_outbox_begin (ReeveEventsOutbox *self);
/* Nothing is delivered any more; what is under way is cancelled, and comes again. */
void reeve_events_outbox_end (ReeveEventsOutbox *self);
/* Adds to @group what the queues keep of @event; it goes to the records as @group's serial number
 * then says. */
void reeve_events_outbox_offer (ReeveEventsOutbox *self, guint64 number, GVariant *event,
                                GPtrArray *group);
void reeve_events_outbox_accept (ReeveEventsOutbox *self, guint64 number, GVariant *event,
                                 guint64 serial);
/* aa{sv}, in the order of names; floating. */
GVariant *reeve_events_outbox_describe (ReeveEventsOutbox *self);

G_END_DECLS
