/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-sqlite-store-history.h"
#include "reeve-sqlite-store-sweep.h"
#include "reeve-sqlite-store-writer.h"

G_BEGIN_DECLS

/* What the files of the history share. Main thread only. */

#define REEVE_SQLITE_STORE_SYSTEM_LENGTH 16

struct _ReeveSqliteStoreHistory
{
  GObject parent_instance;

  ReeveSqliteStoreCore *core;
  ReeveSqliteStoreCatalogue *catalogue; /* the writer thread's */
  GHashTable *refusals;                 /* the same: systems whose samples met damage */
  ReeveTimer *timer;
  gint64 retention_ms[REEVE_SQLITE_STORE_N_TIERS];
  gint64 offset;  /* of wall time from monotonic time at the last sweep, microseconds */
  gint64 doubted; /* until then, monotonic, nothing is deleted by its age */
  gint64 cursor;  /* of the sweep */
  gboolean sweeping;
  guint64 rows_waiting; /* of samples on their way into the file */
  ReeveSqliteStoreLimits limits;
  GHashTable *said;               /* by system, a bit for each limit that was said of it */
  GHashTable *forgets;            /* by system, what is known of it: forgotten in part */
  GHashTable *troubles;           /* texts that were said, as a set */
  ReeveSqliteStoreDamage *damage; /* the sweep's */
};

ReeveSqliteStoreWriter *reeve_sqlite_store_history_get_writer (ReeveSqliteStoreHistory *self);
/* A trouble with the file as a warning and as an event, unless it was said before. */
void reeve_sqlite_store_history_say_once (ReeveSqliteStoreHistory *self, const char *text);

/* Queues samples whose entries were checked; @task ends after the commit. FALSE: it does not. */
gboolean reeve_sqlite_store_append_push (ReeveSqliteStoreHistory *self,
                                         const ReeveHistoryEntry *entries, gsize n,
                                         GCancellable *cancellable, GTask *task, GError **error);
/* At the start, before samples come: is the time one to delete by? */
void reeve_sqlite_store_age_begin (ReeveSqliteStoreHistory *self);
/* What a sweep seals and deletes now; nothing goes by a time that is not to be believed yet. */
void reeve_sqlite_store_age_get_times (ReeveSqliteStoreHistory *self,
                                       ReeveSqliteStoreSweepTimes *ret_times);

GHashTable *reeve_sqlite_store_append_new_refusals (void);
/* Once for each system and limit, until the system is forgotten or the hub starts again. @kind:
 * NULL where the limit is none of kinds. */
void reeve_sqlite_store_append_say_limit (ReeveSqliteStoreHistory *self, const char *system,
                                          ReeveSqliteStoreLimit reached, const char *kind);
/* What waits of @system is dropped, and what was said of it may be said again. */
void reeve_sqlite_store_append_forget (ReeveSqliteStoreHistory *self, const char *system);

G_END_DECLS
