/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

#include "reeve-sqlite-store-database.h"
#include "reeve-sqlite-store-writer.h"

G_BEGIN_DECLS

/*
 * What records and history share: the file, its writer, and a reader with a thread and a connection
 * of its own, so that no question waits behind a write. Main thread only.
 */

/* Questions that wait for the reader; one more is REEVE_ERROR_LIMIT. */
#define REEVE_SQLITE_STORE_MAX_READS 1024
/* How long the threads get at the end. */
#define REEVE_SQLITE_STORE_GRACE_MS 2000

typedef struct _ReeveSqliteStoreCore ReeveSqliteStoreCore;

/* @cache: bytes of page cache of each connection. */
void reeve_sqlite_store_core_open_async (ReeveContext *context, const char *path, gint64 cache,
                                         GAsyncReadyCallback callback, gpointer user_data);
/* (transfer full) */
ReeveSqliteStoreCore *reeve_sqlite_store_core_open_finish (GAsyncResult *result, GError **error);
/* Writes what waits, closes the file and frees @self, which must not be used any more; never
 * fails. */
void reeve_sqlite_store_core_close_async (ReeveSqliteStoreCore *self, GAsyncReadyCallback callback,
                                          gpointer user_data);
void reeve_sqlite_store_core_close_finish (GAsyncResult *result);

ReeveContext *reeve_sqlite_store_core_get_context (ReeveSqliteStoreCore *self);
ReeveSqliteStoreWriter *reeve_sqlite_store_core_get_writer (ReeveSqliteStoreCore *self);
const char *reeve_sqlite_store_core_get_path (ReeveSqliteStoreCore *self);
gint64 reeve_sqlite_store_core_get_cache (ReeveSqliteStoreCore *self);

/* Reader's thread; as ReeveWorkerFunc. */
typedef gpointer (*ReeveSqliteStoreReadFunc) (ReeveSqliteStoreDatabase *database, gpointer data,
                                              GCancellable *cancellable, GError **error);

/* How one question is asked and its answer thrown away; static. */
typedef struct
{
  ReeveSqliteStoreReadFunc read;
  GDestroyNotify free_data;
  GDestroyNotify free_result;
} ReeveSqliteStoreReadClass;

/* @task ends with what the read returned, a pointer. Takes @data and a reference of @task. */
void reeve_sqlite_store_core_read (ReeveSqliteStoreCore *self,
                                   const ReeveSqliteStoreReadClass *class, gpointer data,
                                   GTask *task);

G_END_DECLS
