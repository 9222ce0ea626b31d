/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-sqlite-store-format.h"

G_BEGIN_DECLS

/*
 * All records, then all rows of the history, table after table in the order of a copy. What lies on
 * a damaged page is passed over and named, what stands before and behind it comes; so does no row
 * that points to one that is not there, or to a system that is being forgotten. Reader's thread,
 * within one transaction.
 */

/* Places that are named, the others are only counted. */
#define REEVE_SQLITE_STORE_WALK_TROUBLES 64

typedef struct
{
  ReeveSqliteStoreDatabase *database;
  gboolean records;                   /* so far */
  ReeveSqliteStoreHistoryTable table; /* then; REEVE_SQLITE_STORE_N_HISTORY: the end */
  sqlite3_stmt *rows;                 /* stands at a row of it; NULL before the first */
  gint64 key;                         /* the least that the next row may have */
  GHashTable *systems;                /* ids of those that came */
  GHashTable *shapes;                 /* likewise */
  GPtrArray *troubles;                /* of char *: what was passed over and why */
  guint more_troubles;
} ReeveSqliteStoreWalk;

void reeve_sqlite_store_walk_init (ReeveSqliteStoreWalk *self, ReeveSqliteStoreDatabase *database);
void reeve_sqlite_store_walk_clear (ReeveSqliteStoreWalk *self);
/* The next row, in self->rows: of self->table, or, with self->records, the columns row, collection,
 * id, revision, value, key1 to key4 of a record. FALSE in *@ret_row: that was all. */
gboolean reeve_sqlite_store_walk_next (ReeveSqliteStoreWalk *self, gboolean *ret_row,
                                       GError **error);

G_END_DECLS
