/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

G_BEGIN_DECLS

/* A store that does not answer now is asked again, so often and after this. */
#define REEVE_EVENTS_READ_AGAIN 3
#define REEVE_EVENTS_READ_PAUSE_MS 2000

/* What a reading went without. */
typedef struct
{
  guint places;    /* where something cannot be read; 0: all was read */
  gboolean cut;    /* the last of them has no end */
  GArray *numbers; /* of guint64: what stands before where it can be read again; NULL for none */
  char *text;      /* of the first place: the store's words */
} ReeveEventsDamage;

void reeve_events_damage_clear (ReeveEventsDamage *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ReeveEventsDamage, reeve_events_damage_clear)

/* All of a collection after @cursor (or NULL), as reeve_records_read_async(), over what is damaged:
 * where ids begin with a number in 16 hex digits (@numbered) it goes on behind it, else it ends
 * there. @context: whose timers wait for a store that does not answer; NULL: it is asked once.
 * @func and its @func_data stay the caller's until the end. Main thread. */
void reeve_events_read_async (ReeveContext *context, ReeveRecords *records, const char *collection,
                              gboolean numbered, const char *cursor, ReeveRecordFunc func,
                              gpointer func_data, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data);
/* The same of a collection that is opened first; what opening says is final. */
void reeve_events_load_collection_async (ReeveContext *context, ReeveRecords *records,
                                         const ReeveCollection *collection, gboolean numbered,
                                         ReeveRecordFunc func, gpointer func_data,
                                         GCancellable *cancellable, GAsyncReadyCallback callback,
                                         gpointer user_data);
/* Of both. @ret_damage: set in any case. TRUE also when something was damaged. */
gboolean reeve_events_read_finish (GAsyncResult *result, ReeveEventsDamage *ret_damage,
                                   GError **error);

G_END_DECLS
