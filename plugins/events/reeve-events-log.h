/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-events-outbox.h"

G_BEGIN_DECLS

#define REEVE_EVENTS_LOG_COLLECTION "events.log"

/* Stored events; the oldest go first. */
#define REEVE_EVENTS_MAX_STORED 10000
/* The newest ones stay in memory for those who ask; at least what the ring has. */
#define REEVE_EVENTS_MAX_RECENT REEVE_EVENT_RING_SIZE
/* Events of one answer. */
#define REEVE_EVENTS_MAX_LISTED 1000

/* Which events; all members zero or NULL: the newest. */
typedef struct
{
  guint limit;          /* at most so many; 0: 100 */
  guint64 after;        /* those numbered above, the oldest of them; 0: the newest */
  gint64 from;          /* wall clock, microseconds */
  gint64 to;            /* 0: no end */
  ReeveSeverity least;  /* severity */
  const char *category; /* NULL or "": each */
  const char *subject;
} ReeveEventsQuery;

/* Takes events from the process's ring, gives each its number, hands them to writer and outbox. */
#define REEVE_TYPE_EVENTS_LOG (reeve_events_log_get_type ())
G_DECLARE_FINAL_TYPE (ReeveEventsLog, reeve_events_log, REEVE, EVENTS_LOG, GObject)

ReeveEventsLog *reeve_events_log_new (ReeveContext *context, ReeveRecords *records,
                                      ReeveEventsWriter *writer, ReeveEventsOutbox *outbox);
/* As read from the records, in the order of their ids. */
void reeve_events_log_load (ReeveEventsLog *self, ReeveRecord *record);
/* One that is stored and cannot be read; after all that can. */
void reeve_events_log_load_damaged (ReeveEventsLog *self, guint64 number);
/* No event will have @number or one below it. */
void reeve_events_log_pass (ReeveEventsLog *self, guint64 number);
/* Takes what the ring has and what comes. */
void reeve_events_log_begin (ReeveEventsLog *self);
/* What was said in this very turn has not been told to watches yet. */
void reeve_events_log_take_all (ReeveEventsLog *self);
void reeve_events_log_clear (ReeveEventsLog *self);

/* (transfer full) an array of GVariant, oldest first. @query's texts are copied. */
void reeve_events_log_list_async (ReeveEventsLog *self, const ReeveEventsQuery *query,
                                  GCancellable *cancellable, GAsyncReadyCallback callback,
                                  gpointer user_data);
GPtrArray *reeve_events_log_list_finish (ReeveEventsLog *self, GAsyncResult *result,
                                         GError **error);

G_END_DECLS
