/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

G_BEGIN_DECLS

/* Stored events; the oldest go first. */
#define REEVE_EVENTS_MAX_STORED 10000
/* The newest ones stay in memory for those who ask. */
#define REEVE_EVENTS_MAX_RECENT 1000
/* Events wait this long for company, so that a storm of them is a few commits. */
#define REEVE_EVENTS_FLUSH_MS 500
/* A store that failed is asked again after this. */
#define REEVE_EVENTS_RETRY_MS 5000

/* Takes events from the process's ring and stores them; org.reeve.Events1 shows them. */
#define REEVE_TYPE_EVENTS_LOG (reeve_events_log_get_type ())
G_DECLARE_FINAL_TYPE (ReeveEventsLog, reeve_events_log, REEVE, EVENTS_LOG, GObject)

ReeveEventsLog *reeve_events_log_new (ReeveContext *context);
/* Reads what is stored, then takes what the ring has and what comes. */
void reeve_events_log_load_async (ReeveEventsLog *self, GAsyncReadyCallback callback,
                                  gpointer user_data);
gboolean reeve_events_log_load_finish (ReeveEventsLog *self, GAsyncResult *result, GError **error);
/* Stores what waits; ends when it is stored or cannot be. */
void reeve_events_log_flush_async (ReeveEventsLog *self, GAsyncReadyCallback callback,
                                   gpointer user_data);
gboolean reeve_events_log_flush_finish (ReeveEventsLog *self, GAsyncResult *result, GError **error);
void reeve_events_log_clear (ReeveEventsLog *self);

G_END_DECLS
