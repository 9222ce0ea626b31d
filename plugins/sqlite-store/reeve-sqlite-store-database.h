/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sqlite3.h>

#include <reeve/reeve.h>

G_BEGIN_DECLS

/*
 * One connection to the database file, used by one thread at a time. The functions take their SQL
 * as string literals only: a statement is known by its literal's address and prepared once.
 */

/* In the file's header: "Reev". */
#define REEVE_SQLITE_STORE_APPLICATION_ID 0x52656576
/* How long a statement waits for a lock that another process holds. */
#define REEVE_SQLITE_STORE_BUSY_MS 5000
/* Files up to this size, bytes, are made anew once so that they can shrink; larger ones would take
 * too long at the start. */
#define REEVE_SQLITE_STORE_REMAKE_SIZE (G_GINT64_CONSTANT (64) * 1024 * 1024)
/* The write-ahead log is cut back to this size, bytes. */
#define REEVE_SQLITE_STORE_WAL_SIZE (64 * 1024 * 1024)

/* Of the file that a restore fills beside the database; one that a crash left goes at open. */
#define REEVE_SQLITE_STORE_SPOOL_SUFFIX "-restore"

typedef struct _ReeveSqliteStoreDatabase ReeveSqliteStoreDatabase;

/* Any thread; blocks. Makes the file (0600) when there is none, brings it to this version's schema,
 * and holds it against a second hub. @cache: bytes of page cache. (transfer full)
 * Errors name the file and what to do: IO (unwritable, damaged, no space), INVALID (no database, of
 * another program, newer, a symbolic link), UNAVAILABLE (held by another process). */
ReeveSqliteStoreDatabase *reeve_sqlite_store_database_open (const char *path, gint64 cache,
                                                            GError **error);
/* A second connection that only reads, to a file that is open already. (transfer full) */
ReeveSqliteStoreDatabase *reeve_sqlite_store_database_open_reader (const char *path, gint64 cache,
                                                                   GError **error);
/* A second connection that writes, for work that must not touch the first one's statements. */
ReeveSqliteStoreDatabase *reeve_sqlite_store_database_open_second (const char *path, gint64 cache,
                                                                   GError **error);
void reeve_sqlite_store_database_free (ReeveSqliteStoreDatabase *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveSqliteStoreDatabase, reeve_sqlite_store_database_free)

const char *reeve_sqlite_store_database_get_path (ReeveSqliteStoreDatabase *self);
/* The schema that this version makes. */
guint reeve_sqlite_store_database_get_schema_version (void);

/* (transfer none) ready to bind, or NULL with @error. @sql: a literal. */
sqlite3_stmt *reeve_sqlite_store_database_query (ReeveSqliteStoreDatabase *self, const char *sql,
                                                 GError **error);
/* One step. TRUE with @ret_row telling whether there is a row; after the last one the statement is
 * reset. */
gboolean reeve_sqlite_store_database_step (ReeveSqliteStoreDatabase *self, sqlite3_stmt *statement,
                                           gboolean *ret_row, GError **error);
/* For statements without rows: one step and reset. */
gboolean reeve_sqlite_store_database_run (ReeveSqliteStoreDatabase *self, sqlite3_stmt *statement,
                                          GError **error);
/* Without parameters and rows, not kept: schema, pragmas. */
gboolean reeve_sqlite_store_database_exec (ReeveSqliteStoreDatabase *self, const char *sql,
                                           GError **error);

/* A write transaction. */
gboolean reeve_sqlite_store_database_begin (ReeveSqliteStoreDatabase *self, GError **error);
/* A failed commit is rolled back. */
gboolean reeve_sqlite_store_database_commit (ReeveSqliteStoreDatabase *self, GError **error);
/* Also after SQLite did it by itself. */
void reeve_sqlite_store_database_rollback (ReeveSqliteStoreDatabase *self);
gboolean reeve_sqlite_store_database_in_transaction (ReeveSqliteStoreDatabase *self);
/* One view of the file for several questions, until the end. */
gboolean reeve_sqlite_store_database_begin_read (ReeveSqliteStoreDatabase *self, GError **error);
void reeve_sqlite_store_database_end_read (ReeveSqliteStoreDatabase *self);
/* Grows with each rollback: whoever caches what the file holds drops it then. */
guint64 reeve_sqlite_store_database_get_generation (ReeveSqliteStoreDatabase *self);
/* Rows changed so far: tells whether a failed change has left something behind. */
gint64 reeve_sqlite_store_database_get_changes (ReeveSqliteStoreDatabase *self);

/* Pages of the file and those that nothing uses, where they can be given back bit by bit; 0 of them
 * where not. */
gboolean reeve_sqlite_store_database_get_free_pages (ReeveSqliteStoreDatabase *self,
                                                     guint *ret_pages, guint *ret_free,
                                                     GError **error);
/* Long statements end with an error soon after @cancellable, which outlives them; NULL: no longer.
 */
void reeve_sqlite_store_database_set_cancellable (ReeveSqliteStoreDatabase *self,
                                                  GCancellable *cancellable);

/* FAILED, as after damage that SQLite sees: @what a row says cannot be. */
void reeve_sqlite_store_database_set_damaged (ReeveSqliteStoreDatabase *self, const char *what,
                                              GError **error);
/* TRUE for what may pass (no space, a failing disk, a lock): worth another try later. */
gboolean reeve_sqlite_store_database_is_passing (const GError *error);

/* Tests: as if the file system were full at this size; 0: no limit. */
gboolean reeve_sqlite_store_database_set_max_pages (ReeveSqliteStoreDatabase *self, guint pages,
                                                    GError **error);
/* Gives the memory of its pages back; they are read again as they are wanted. */
void reeve_sqlite_store_database_drop_pages (ReeveSqliteStoreDatabase *self);
guint reeve_sqlite_store_database_get_pages (ReeveSqliteStoreDatabase *self);

G_END_DECLS
