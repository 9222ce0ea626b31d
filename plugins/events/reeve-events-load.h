/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-events-log.h"

G_BEGIN_DECLS

/* Opens the collections and reads what is stored into @log and @outbox. What is damaged is left
 * out, which the log and an event say. */
void reeve_events_load_async (ReeveContext *context, ReeveRecords *records, ReeveEventsLog *log,
                              ReeveEventsOutbox *outbox, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data);
gboolean reeve_events_load_finish (GAsyncResult *result, GError **error);

G_END_DECLS
