/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-sqlite-store-format.h"
#include "reeve-sqlite-store-table.h"

G_BEGIN_DECLS

/*
 * The files' part of a restore: what comes is laid into a second file beside the database, and only
 * when all of it is there does it take the place of the records, in one transaction. Any one thread
 * at a time.
 */

typedef struct _ReeveSqliteStoreReplace ReeveSqliteStoreReplace;

/* @collections: the open ones, array of ReeveSqliteStoreCollection; @watched: set of names. Both
 * are taken. Does no I/O. */
ReeveSqliteStoreReplace *reeve_sqlite_store_replace_new (const char *path, gint64 cache,
                                                         GPtrArray *collections,
                                                         GHashTable *watched);
/* Removes the second file. */
void reeve_sqlite_store_replace_free (ReeveSqliteStoreReplace *self);
/* The next bytes of the copy. */
gboolean reeve_sqlite_store_replace_feed (ReeveSqliteStoreReplace *self, const guint8 *bytes,
                                          gsize length, GError **error);
gboolean reeve_sqlite_store_replace_is_complete (ReeveSqliteStoreReplace *self);
/* Everything or nothing. While no other connection writes. */
gboolean reeve_sqlite_store_replace_run (ReeveSqliteStoreReplace *self, GError **error);
/* What the watchers are to hear of, array of ReeveRecord. (transfer none) */
GPtrArray *reeve_sqlite_store_replace_get_changes (ReeveSqliteStoreReplace *self);

/* Where the second file lies. (transfer full) */
char *reeve_sqlite_store_replace_get_spool (const char *path);

G_END_DECLS
