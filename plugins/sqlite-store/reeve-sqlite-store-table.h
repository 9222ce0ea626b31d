/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

#include "reeve-sqlite-store-database.h"

G_BEGIN_DECLS

/* The records' SQL: collections, reading, changing. Any thread, on that thread's connection. */

#define REEVE_SQLITE_STORE_MAX_ID 255   /* bytes of a record's id */
#define REEVE_SQLITE_STORE_MAX_KEY 1024 /* bytes of an index's value */
#define REEVE_SQLITE_STORE_MAX_WORD 32  /* bytes of each half of a collection's name */

/* A collection as the file knows it. Refcounted and immutable; any thread. */
typedef struct
{
  gatomicrefcount refs;
  gint64 id;
  char *name;
  guint version;
  GStrv indexes; /* never NULL */
  guint n_indexes;
} ReeveSqliteStoreCollection;

/* Checks name, version and indexes; id is 0. (transfer full) */
ReeveSqliteStoreCollection *reeve_sqlite_store_collection_new (const char *name, guint version,
                                                               const char *const *indexes,
                                                               GError **error);
ReeveSqliteStoreCollection *reeve_sqlite_store_collection_ref (ReeveSqliteStoreCollection *self);
void reeve_sqlite_store_collection_unref (ReeveSqliteStoreCollection *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveSqliteStoreCollection, reeve_sqlite_store_collection_unref)

/* TRUE for an id that can be kept. */
gboolean reeve_sqlite_store_table_check_id (const char *id, GError **error);

/* Makes it known, in a transaction; sets its id. A newer version in the file is refused; other
 * indexes need a higher version, and records have a new index's value once they are written again.
 */
gboolean reeve_sqlite_store_table_open (ReeveSqliteStoreDatabase *database,
                                        ReeveSqliteStoreCollection *collection, GError **error);
/* (transfer full); NOT_FOUND. */
ReeveRecord *reeve_sqlite_store_table_get (ReeveSqliteStoreDatabase *database,
                                           ReeveSqliteStoreCollection *collection, const char *id,
                                           GError **error);
typedef struct
{
  int index; /* -1: all, by id */
  const char *value;
  const char *cursor; /* NULL: from the first on */
  guint limit;
} ReeveSqliteStoreListing;

/* (transfer full) array of ReeveRecord. */
GPtrArray *reeve_sqlite_store_table_list (ReeveSqliteStoreDatabase *database,
                                          ReeveSqliteStoreCollection *collection,
                                          const ReeveSqliteStoreListing *listing, GError **error);

/* One record to be changed. */
typedef struct
{
  ReeveSqliteStoreCollection *collection;
  ReeveRecord *record;
  gint64 revision; /* what it has afterwards; 0: there was nothing to delete */
} ReeveSqliteStoreChange;

/* In a transaction: all of @changes (no record twice) or, with CONFLICT, none: then nothing has
 * been written. Sets their revisions. */
gboolean reeve_sqlite_store_table_apply (ReeveSqliteStoreDatabase *database,
                                         ReeveSqliteStoreChange *changes, guint n, GError **error);

/* The bytes that stand for @value in the file: its normal form, little-endian. (transfer full) */
GBytes *reeve_sqlite_store_table_freeze (GVariant *value);
/* The reverse; NULL when they are no vardict. (transfer full), not floating. */
GVariant *reeve_sqlite_store_table_thaw (gconstpointer bytes, gsize length);

G_END_DECLS
