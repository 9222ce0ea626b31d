/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Texts of rows that may be damaged. */

#include "config.h"

#include "reeve-sqlite-store-text.h"

gboolean
reeve_sqlite_store_text_is_whole (sqlite3_stmt *statement, int column)
{
  const char *text = (const char *) sqlite3_column_text (statement, column);

  return text != NULL && g_utf8_validate (text, -1, NULL);
}

const char *
reeve_sqlite_store_text_get (ReeveSqliteStoreDatabase *database, sqlite3_stmt *statement,
                             int column, GError **error)
{
  if (reeve_sqlite_store_text_is_whole (statement, column))
    return (const char *) sqlite3_column_text (statement, column);
  sqlite3_reset (statement);
  reeve_sqlite_store_database_set_damaged (database, "a row has no proper text", error);
  return NULL;
}
