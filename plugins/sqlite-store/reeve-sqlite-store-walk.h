/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-sqlite-store-format.h"

G_BEGIN_DECLS

/*
 * All rows of the history, table after table in the order of a copy. Rows that lie on a damaged
 * page are passed over and named, those before and behind it come. Reader's thread, within one
 * transaction.
 */

/* Places that are named, the others are only counted. */
#define REEVE_SQLITE_STORE_WALK_TROUBLES 64

typedef struct
{
  ReeveSqliteStoreDatabase *database;
  ReeveSqliteStoreHistoryTable table; /* REEVE_SQLITE_STORE_N_HISTORY: the end */
  sqlite3_stmt *rows;                 /* stands at a row of it; NULL before the first */
  gint64 key;                         /* the least that the next row may have */
  GPtrArray *troubles;                /* of char *: what was passed over and why */
  guint more_troubles;
} ReeveSqliteStoreWalk;

void reeve_sqlite_store_walk_init (ReeveSqliteStoreWalk *self, ReeveSqliteStoreDatabase *database);
void reeve_sqlite_store_walk_clear (ReeveSqliteStoreWalk *self);
/* The next row, of self->table in self->rows; FALSE in *@ret_row: that was all. */
gboolean reeve_sqlite_store_walk_next (ReeveSqliteStoreWalk *self, gboolean *ret_row,
                                       GError **error);

G_END_DECLS
