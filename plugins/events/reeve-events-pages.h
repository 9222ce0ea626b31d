/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

G_BEGIN_DECLS

/* FALSE: that is enough. */
typedef gboolean (*ReeveEventsRecordFunc) (ReeveRecord *record, gpointer user_data);

/* Reads a collection page by page, in the order of ids from after @cursor (or NULL) on. @func and
 * its @func_data must stay until the end. */
void reeve_events_pages_async (ReeveRecords *records, const char *collection, const char *cursor,
                               ReeveEventsRecordFunc func, gpointer func_data,
                               GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer user_data);
gboolean reeve_events_pages_finish (GAsyncResult *result, GError **error);

G_END_DECLS
