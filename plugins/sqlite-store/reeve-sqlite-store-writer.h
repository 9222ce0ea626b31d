/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

#include "reeve-sqlite-store-database.h"

G_BEGIN_DECLS

/*
 * The one who writes: work is queued on the main thread, done together in one transaction on the
 * writer's thread, and each piece hears of its end after the commit. Main thread only, except where
 * a slot says otherwise.
 *
 * Work stands in one of two lines. Records are written at once, and what waits in the line of
 * history goes along; history alone waits for more. While the disk refuses, history is kept and
 * tried again, records are refused with the reason.
 */

/* Rests between the first piece of history and its write, so that the commit has returned after
 * REEVE_HISTORY_COMMIT_MS. */
#define REEVE_SQLITE_STORE_GROUP_MS (REEVE_HISTORY_COMMIT_MS * 3 / 4)
/* Samples that do not wait any longer. */
#define REEVE_SQLITE_STORE_FLUSH_WEIGHT 1024
/* Samples of one transaction. */
#define REEVE_SQLITE_STORE_MAX_BATCH 4096
/* Samples, and changes of records, that wait; one more is REEVE_ERROR_LIMIT. */
#define REEVE_SQLITE_STORE_MAX_SAMPLES 16384
#define REEVE_SQLITE_STORE_MAX_CHANGES 4096
/* How long history waits after the disk has refused it. */
#define REEVE_SQLITE_STORE_RETRY_MS 5000

typedef struct _ReeveSqliteStoreWriter ReeveSqliteStoreWriter;

typedef enum
{
  REEVE_SQLITE_STORE_LINE_RECORDS,
  REEVE_SQLITE_STORE_LINE_HISTORY,
  REEVE_SQLITE_STORE_N_LINES,
} ReeveSqliteStoreLine;

typedef enum
{
  REEVE_SQLITE_STORE_WRITE_NORMAL = 0,
  REEVE_SQLITE_STORE_WRITE_URGENT = 1 << 0, /* the line of history does not wait for more */
  REEVE_SQLITE_STORE_WRITE_ALONE = 1 << 1,  /* outside of a transaction, with nothing beside it */
  REEVE_SQLITE_STORE_WRITE_KEEP = 1 << 2,   /* answered with what the disk says, but kept and tried
                                               again */
} ReeveSqliteStoreWriteFlags;

/* One kind of work; static. */
typedef struct
{
  ReeveSqliteStoreLine line;
  ReeveSqliteStoreWriteFlags flags;
  /* Writer thread, in a transaction. May be called again after a roll-back, so it keeps nothing of
   * an earlier call. In the line of records a failure that is no damage and has changed nothing
   * leaves the others alone. One without an error is a roll-back after which it is called again. */
  gboolean (*write) (ReeveSqliteStoreDatabase *database, gpointer data, GError **error);
  /* Main thread, once: after the commit, or with what went wrong. */
  void (*done) (gpointer data, const GError *error);
  GDestroyNotify free; /* main thread; with a kept one this is later than done */
} ReeveSqliteStoreWriteClass;

/* @worker has one thread; @database is its. Both outlive the writer. */
ReeveSqliteStoreWriter *reeve_sqlite_store_writer_new (ReeveContext *context, ReeveWorker *worker,
                                                       ReeveSqliteStoreDatabase *database);
/* After reeve_sqlite_store_writer_close_async() has ended, or where nothing was pushed. */
void reeve_sqlite_store_writer_free (ReeveSqliteStoreWriter *self);

/* Queues @data, taking it, also on failure (then only free is called). @weight: samples or changes.
 * LIMIT when the line is full, GONE after close. */
gboolean reeve_sqlite_store_writer_push (ReeveSqliteStoreWriter *self,
                                         const ReeveSqliteStoreWriteClass *class, gpointer data,
                                         guint weight, GError **error);
/* What waits of history goes now. */
void reeve_sqlite_store_writer_flush (ReeveSqliteStoreWriter *self);
/* Of all that waits (not what is being written) with this class. */
void reeve_sqlite_store_writer_foreach (ReeveSqliteStoreWriter *self,
                                        const ReeveSqliteStoreWriteClass *class, GFunc func,
                                        gpointer user_data);
/* Waiting weight of a line. */
guint reeve_sqlite_store_writer_get_waiting (ReeveSqliteStoreWriter *self,
                                             ReeveSqliteStoreLine line);
void reeve_sqlite_store_writer_get_figures (ReeveSqliteStoreWriter *self,
                                            ReeveHistoryFigures *ret_figures);
/* TRUE while the disk refuses. */
gboolean reeve_sqlite_store_writer_is_stuck (ReeveSqliteStoreWriter *self);

/* Takes nothing more, writes what waits once, and ends; never fails. */
void reeve_sqlite_store_writer_close_async (ReeveSqliteStoreWriter *self,
                                            GAsyncReadyCallback callback, gpointer user_data);
void reeve_sqlite_store_writer_close_finish (GAsyncResult *result);

G_END_DECLS
