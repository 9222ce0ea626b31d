/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

#include "reeve-sqlite-store-core.h"
#include "reeve-sqlite-store-table.h"

G_BEGIN_DECLS

/* Collections open at once, of all plugins together. */
#define REEVE_SQLITE_STORE_MAX_COLLECTIONS 256

#define REEVE_SQLITE_STORE_TYPE_RECORDS (reeve_sqlite_store_records_get_type ())
G_DECLARE_FINAL_TYPE (ReeveSqliteStoreRecords, reeve_sqlite_store_records, REEVE_SQLITE_STORE,
                      RECORDS, GObject)

/* ReeveRecords. A record's revision begins with 1 and grows by one with each change. @core outlives
 * its use. (transfer full) */
ReeveSqliteStoreRecords *reeve_sqlite_store_records_new (ReeveSqliteStoreCore *core);

/* For the restore: the open collections, array of ReeveSqliteStoreCollection, (transfer full), and
 * the names of those that are watched, (transfer full) set. */
GPtrArray *reeve_sqlite_store_records_list_open (ReeveSqliteStoreRecords *self);
GHashTable *reeve_sqlite_store_records_list_watched (ReeveSqliteStoreRecords *self);
/* Tells the watchers of a committed change. */
void reeve_sqlite_store_records_notify (ReeveSqliteStoreRecords *self, ReeveRecord *record);

G_END_DECLS
