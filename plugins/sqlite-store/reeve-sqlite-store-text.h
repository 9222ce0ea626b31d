/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-sqlite-store-database.h"

G_BEGIN_DECLS

/* Texts of rows. The schema knows no row without them, but SQLite tells whatever lies in the file:
 * nothing at all of a sector of zeros. */

/* Is there a text in @column of the row at hand that others can take? */
gboolean reeve_sqlite_store_text_is_whole (sqlite3_stmt *statement, int column);
/* (transfer none) the text, as long as SQLite keeps it; NULL with @error, as after damage that
 * SQLite sees, and then @statement is reset. */
const char *reeve_sqlite_store_text_get (ReeveSqliteStoreDatabase *database,
                                         sqlite3_stmt *statement, int column, GError **error);

G_END_DECLS
