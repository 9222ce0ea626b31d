/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

#include "reeve-sqlite-store-core.h"
#include "reeve-sqlite-store-records.h"

G_BEGIN_DECLS

/* Records copied to and from a stream, in the bytes of reeve-sqlite-store-format.h. While one runs
 * the stream's functions are ours; afterwards it has none, and is as open as it was. */

/* Bytes that are made or read at once, but for a single larger record. */
#define REEVE_SQLITE_STORE_COPY_CHUNK (64 * 1024)

/* Ends @task (taken), with TRUE once all is in the stream's queue. The view is that of the
 * beginning. @open: of ReeveSqliteStoreCollection by name, those in use; they are known where the
 * file cannot say it any more. */
void reeve_sqlite_store_snapshot_run (ReeveSqliteStoreCore *core, GHashTable *open,
                                      ReeveStream *stream, GTask *task);
/* Ends @task (taken), with TRUE once the records of the stream have replaced all there were;
 * otherwise nothing has changed. Watchers hear of every record. */
void reeve_sqlite_store_restore_run (ReeveSqliteStoreCore *core, ReeveSqliteStoreRecords *records,
                                     ReeveStream *stream, GTask *task);

G_END_DECLS
