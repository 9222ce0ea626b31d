/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-sqlite-store-catalogue.h"
#include "reeve-sqlite-store-database.h"

G_BEGIN_DECLS

/* What history deletes, in slices, so that nobody waits for it. Writer thread, in a transaction. */

/* Rows of a slice. */
#define REEVE_SQLITE_STORE_SLICE_ROWS 2000
/* Systems looked at in a slice. */
#define REEVE_SQLITE_STORE_SLICE_SYSTEMS 512

/* Rows before @cutoff (minutes since 1970) of the systems after *@cursor (0: from the first), then
 * the series that no row uses any more, and systems that are being forgotten. Moves the cursor; 0:
 * all was seen. */
gboolean reeve_sqlite_store_sweep_slice (ReeveSqliteStoreDatabase *database,
                                         ReeveSqliteStoreCatalogue *catalogue, gint64 cutoff,
                                         gint64 *cursor, GError **error);
/* Takes the name from @system, so that nobody finds it any more and its rows go bit by bit;
 * *@ret_id is 0 when there is none. */
gboolean reeve_sqlite_store_sweep_unname (ReeveSqliteStoreDatabase *database,
                                          ReeveSqliteStoreCatalogue *catalogue, const char *system,
                                          gint64 *ret_id, GError **error);
/* A slice of an unnamed system's rows, and the rest of it after the last. */
gboolean reeve_sqlite_store_sweep_remove (ReeveSqliteStoreDatabase *database, gint64 id,
                                          gboolean *ret_more, GError **error);

G_END_DECLS
