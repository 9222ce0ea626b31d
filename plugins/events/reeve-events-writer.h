/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

G_BEGIN_DECLS

/* Changes wait this long for company, so that a storm of events is a few commits. */
#define REEVE_EVENTS_FLUSH_MS 500
/* So many events do not wait for more. */
#define REEVE_EVENTS_FLUSH_MANY 256
/* A store that failed is asked again after this. */
#define REEVE_EVENTS_RETRY_MS 5000
/* Groups that wait for a store that is away or slow: with events in them, and others. The oldest
 * go, and are counted. A fleet that goes down as a whole is one event for each system. */
#define REEVE_EVENTS_MAX_WAITING 16384
#define REEVE_EVENTS_MAX_WAITING_OTHERS 16384

/* Brings changes to the records, in order and in batches, for as long as it takes. */
#define REEVE_TYPE_EVENTS_WRITER (reeve_events_writer_get_type ())
G_DECLARE_FINAL_TYPE (ReeveEventsWriter, reeve_events_writer, REEVE, EVENTS_WRITER, GObject)

typedef void (*ReeveEventsWriterFunc) (gpointer user_data);

ReeveEventsWriter *reeve_events_writer_new (ReeveContext *context, ReeveRecords *records);
/* @func: a batch was stored, or was not. */
void reeve_events_writer_set_changed_func (ReeveEventsWriter *self, ReeveEventsWriterFunc func,
                                           gpointer user_data);
/* Takes @group, of ReeveRecord, which are stored together. @event: it has one in it, first; when it
 * is lost, what the group deletes goes all the same. Returns its serial number. */
guint64 reeve_events_writer_push (ReeveEventsWriter *self, GPtrArray *group, gboolean event);
/* For one record; takes it. */
guint64 reeve_events_writer_push_record (ReeveEventsWriter *self, ReeveRecord *record);
/* What this serial number and those before became is known: stored, or lost for good. */
gboolean reeve_events_writer_is_settled (ReeveEventsWriter *self, guint64 serial);
/* The last batch was not stored, and no later one was. */
gboolean reeve_events_writer_is_failing (ReeveEventsWriter *self);
/* Stores what waits; ends when it is stored or cannot be. */
void reeve_events_writer_flush_async (ReeveEventsWriter *self, GAsyncReadyCallback callback,
                                      gpointer user_data);
gboolean reeve_events_writer_flush_finish (ReeveEventsWriter *self, GAsyncResult *result,
                                           GError **error);
void reeve_events_writer_clear (ReeveEventsWriter *self);

G_END_DECLS
