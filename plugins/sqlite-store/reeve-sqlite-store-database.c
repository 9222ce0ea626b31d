/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The database file: made, checked, migrated and opened, its errors turned into ours.
 *
 * The file is looked at with our own descriptor before SQLite sees it: links are not followed, the
 * mode becomes 0600, and an flock() on that descriptor, kept until the end, keeps a second hub out.
 * (flock() and SQLite's own fcntl() locks do not know each other on Linux; but closing any
 * descriptor of a file drops the fcntl() locks that the process has on it, so ours is closed last.)
 */

#include "config.h"

#include "reeve-sqlite-store-database.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

/* Instructions of SQLite's machine between two looks at a cancellable. */
#define REEVE_SQLITE_STORE_PROGRESS_STEPS 10000

struct _ReeveSqliteStoreDatabase
{
  sqlite3 *handle;
  char *path;
  GHashTable *statements; /* by the address of their literal */
  int lock;               /* -1: a second connection */
  guint64 generation;
};

/* Schema 1. A system is known by a small number, and so is each of its series: a (kind, instance)
 * with a shape, which says what the values in a body mean; day is the newest that it was seen on,
 * columns has a bit for each column that ever had a value. Bodies are of
 * reeve-sqlite-store-codec.h. A system without a name is being forgotten. */
static const char reeve_sqlite_store_database_schema_1[] =
    "CREATE TABLE collection ("
    "  id INTEGER PRIMARY KEY,"
    "  name TEXT NOT NULL UNIQUE,"
    "  version INTEGER NOT NULL,"
    "  indexes TEXT NOT NULL"
    ") STRICT;"
    "CREATE TABLE record ("
    "  row INTEGER PRIMARY KEY,"
    "  collection INTEGER NOT NULL REFERENCES collection (id),"
    "  id TEXT NOT NULL,"
    "  revision INTEGER NOT NULL,"
    "  key1 TEXT, key2 TEXT, key3 TEXT, key4 TEXT,"
    "  value BLOB NOT NULL,"
    "  UNIQUE (collection, id)"
    ") STRICT;"
    "CREATE INDEX record_key1 ON record (collection, key1, id) WHERE key1 IS NOT NULL;"
    "CREATE INDEX record_key2 ON record (collection, key2, id) WHERE key2 IS NOT NULL;"
    "CREATE INDEX record_key3 ON record (collection, key3, id) WHERE key3 IS NOT NULL;"
    "CREATE INDEX record_key4 ON record (collection, key4, id) WHERE key4 IS NOT NULL;"
    "CREATE TABLE system ("
    "  id INTEGER PRIMARY KEY,"
    "  name TEXT UNIQUE"
    ") STRICT;"
    "CREATE TABLE shape ("
    "  id INTEGER PRIMARY KEY,"
    "  kind TEXT NOT NULL,"
    "  metrics TEXT NOT NULL,"
    "  UNIQUE (kind, metrics)"
    ") STRICT;"
    "CREATE TABLE series ("
    "  system INTEGER NOT NULL REFERENCES system (id),"
    "  number INTEGER NOT NULL,"
    "  shape INTEGER NOT NULL REFERENCES shape (id),"
    "  instance TEXT NOT NULL,"
    "  day INTEGER NOT NULL,"
    "  columns INTEGER NOT NULL,"
    "  PRIMARY KEY (system, number),"
    "  UNIQUE (shape, system, instance)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE sample ("
    "  system INTEGER NOT NULL REFERENCES system (id),"
    "  minute INTEGER NOT NULL,"
    "  body BLOB NOT NULL,"
    "  PRIMARY KEY (system, minute)"
    ") STRICT, WITHOUT ROWID;";

/* Schema 2. Rows of sample are those that are not sealed yet. A block's id says whose it is, of
 * which tier and when (reeve-sqlite-store-seal.h), so that one lookup finds it and those of a
 * system lie beside each other; its body is of reeve-sqlite-store-block.h. */
static const char reeve_sqlite_store_database_schema_2[] = "CREATE TABLE block ("
                                                           "  id INTEGER PRIMARY KEY,"
                                                           "  body BLOB NOT NULL"
                                                           ") STRICT;";

/* The step at index n leads from version n to n + 1; what stands here is never changed, only added
 * to. */
static const char *const reeve_sqlite_store_database_steps[] = {
  reeve_sqlite_store_database_schema_1,
  reeve_sqlite_store_database_schema_2,
};

guint
reeve_sqlite_store_database_get_schema_version (void)
{
  return G_N_ELEMENTS (reeve_sqlite_store_database_steps);
}

/* ---- errors ---- */

static gboolean
reeve_sqlite_store_database_is_full (sqlite3 *handle, int code)
{
  int system_error;

  if ((code & 0xff) == SQLITE_FULL)
    return TRUE;
  if ((code & 0xff) != SQLITE_IOERR || handle == NULL)
    return FALSE;
  system_error = sqlite3_system_errno (handle);
  return system_error == ENOSPC || system_error == EDQUOT;
}

static void
reeve_sqlite_store_database_fill_damage (const char *path, const char *what, GError **error)
{
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_FAILED,
               "the database %s is damaged (%s): stop the hub and restore a backup, or keep a copy "
               "and try \"sqlite3 %s .recover\"",
               path, what, path);
}

static void
reeve_sqlite_store_database_fill_error (sqlite3 *handle, const char *path, int code, GError **error)
{
  const char *text = handle != NULL ? sqlite3_errmsg (handle) : sqlite3_errstr (code);

  if (reeve_sqlite_store_database_is_full (handle, code))
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_IO,
                   "no space left for %s: free some on its file system", path);
      return;
    }
  switch (code & 0xff)
    {
    case SQLITE_NOTADB:
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "%s is not a database: move it away or set another path", path);
      return;
    case SQLITE_CORRUPT:
      reeve_sqlite_store_database_fill_damage (path, text, error);
      return;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE,
                   "the database %s is locked by another process: end that one", path);
      return;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_IO,
                   "cannot write the database %s (%s): the file and its directory must belong to "
                   "the user that runs the hub",
                   path, text);
      return;
    case SQLITE_IOERR:
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_IO,
                   "reading or writing the database %s failed (%s): check its disk", path, text);
      return;
    default:
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_FAILED, "database %s: %s", path, text);
    }
}

static void
reeve_sqlite_store_database_set_error (ReeveSqliteStoreDatabase *self, int code, GError **error)
{
  reeve_sqlite_store_database_fill_error (self->handle, self->path,
                                          code != SQLITE_OK && self->handle != NULL
                                              ? sqlite3_extended_errcode (self->handle)
                                              : code,
                                          error);
}

void
reeve_sqlite_store_database_set_damaged (ReeveSqliteStoreDatabase *self, const char *what,
                                         GError **error)
{
  reeve_sqlite_store_database_fill_damage (self->path, what, error);
}

gboolean
reeve_sqlite_store_database_is_passing (const GError *error)
{
  return g_error_matches (error, REEVE_ERROR, REEVE_ERROR_IO) ||
         g_error_matches (error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE);
}

/* ---- statements ---- */

static void
reeve_sqlite_store_database_finalize (gpointer statement)
{
  sqlite3_finalize (statement);
}

sqlite3_stmt *
reeve_sqlite_store_database_query (ReeveSqliteStoreDatabase *self, const char *sql, GError **error)
{
  sqlite3_stmt *statement = g_hash_table_lookup (self->statements, sql);
  int code;

  if (statement != NULL)
    {
      sqlite3_reset (statement);
      sqlite3_clear_bindings (statement);
      return statement;
    }
  code = sqlite3_prepare_v3 (self->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);
  if (code != SQLITE_OK)
    {
      reeve_sqlite_store_database_set_error (self, code, error);
      return NULL;
    }
  g_hash_table_insert (self->statements, (gpointer) sql, statement);
  return statement;
}

gboolean
reeve_sqlite_store_database_step (ReeveSqliteStoreDatabase *self, sqlite3_stmt *statement,
                                  gboolean *ret_row, GError **error)
{
  int code = sqlite3_step (statement);

  if (code == SQLITE_ROW)
    {
      *ret_row = TRUE;
      return TRUE;
    }
  if (code == SQLITE_DONE)
    {
      sqlite3_reset (statement);
      *ret_row = FALSE;
      return TRUE;
    }
  reeve_sqlite_store_database_set_error (self, code, error);
  sqlite3_reset (statement);
  return FALSE;
}

gboolean
reeve_sqlite_store_database_run (ReeveSqliteStoreDatabase *self, sqlite3_stmt *statement,
                                 GError **error)
{
  gboolean row;

  if (!reeve_sqlite_store_database_step (self, statement, &row, error))
    return FALSE;
  sqlite3_reset (statement);
  return TRUE;
}

gboolean
reeve_sqlite_store_database_exec (ReeveSqliteStoreDatabase *self, const char *sql, GError **error)
{
  int code = sqlite3_exec (self->handle, sql, NULL, NULL, NULL);

  if (code == SQLITE_OK)
    return TRUE;
  reeve_sqlite_store_database_set_error (self, code, error);
  return FALSE;
}

/* ---- transactions ---- */

static gboolean
reeve_sqlite_store_database_run_literal (ReeveSqliteStoreDatabase *self, const char *sql,
                                         GError **error)
{
  sqlite3_stmt *statement = reeve_sqlite_store_database_query (self, sql, error);

  return statement != NULL && reeve_sqlite_store_database_run (self, statement, error);
}

gboolean
reeve_sqlite_store_database_begin (ReeveSqliteStoreDatabase *self, GError **error)
{
  return reeve_sqlite_store_database_run_literal (self, "BEGIN IMMEDIATE", error);
}

gboolean
reeve_sqlite_store_database_commit (ReeveSqliteStoreDatabase *self, GError **error)
{
  if (reeve_sqlite_store_database_run_literal (self, "COMMIT", error))
    return TRUE;
  reeve_sqlite_store_database_rollback (self);
  return FALSE;
}

void
reeve_sqlite_store_database_rollback (ReeveSqliteStoreDatabase *self)
{
  self->generation++;
  if (reeve_sqlite_store_database_in_transaction (self))
    reeve_sqlite_store_database_run_literal (self, "ROLLBACK", NULL);
}

gboolean
reeve_sqlite_store_database_begin_read (ReeveSqliteStoreDatabase *self, GError **error)
{
  return reeve_sqlite_store_database_run_literal (self, "BEGIN DEFERRED", error);
}

void
reeve_sqlite_store_database_end_read (ReeveSqliteStoreDatabase *self)
{
  if (reeve_sqlite_store_database_in_transaction (self))
    reeve_sqlite_store_database_run_literal (self, "ROLLBACK", NULL);
}

gboolean
reeve_sqlite_store_database_in_transaction (ReeveSqliteStoreDatabase *self)
{
  return !sqlite3_get_autocommit (self->handle);
}

guint64
reeve_sqlite_store_database_get_generation (ReeveSqliteStoreDatabase *self)
{
  return self->generation;
}

gint64
reeve_sqlite_store_database_get_changes (ReeveSqliteStoreDatabase *self)
{
  return sqlite3_total_changes64 (self->handle);
}

/* ---- opening ---- */

static void
reeve_sqlite_store_database_set_file_error (const char *path, int number, GError **error)
{
  if (number == ELOOP)
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                 "%s is a symbolic link: set path to the file itself", path);
  else if (number == ENOSPC || number == EDQUOT)
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_IO,
                 "no space left for %s: free some on its file system", path);
  else
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_IO,
                 "cannot open the database %s (%s): the file and its directory must exist for, and "
                 "belong to, the user that runs the hub",
                 path, g_strerror (number));
}

static gboolean
reeve_sqlite_store_database_check_file (int fd, const char *path, GError **error)
{
  struct stat status;

  if (fstat (fd, &status) != 0 || !S_ISREG (status.st_mode))
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "%s is not a regular file: set path to a file", path);
      return FALSE;
    }
  if (status.st_uid != geteuid ())
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "%s belongs to uid %u, not to the user that runs the hub (%u): change its owner",
                   path, (guint) status.st_uid, (guint) geteuid ());
      return FALSE;
    }
  if ((status.st_mode & 07777) != 0600 && fchmod (fd, 0600) != 0)
    {
      reeve_sqlite_store_database_set_file_error (path, errno, error);
      return FALSE;
    }
  if (flock (fd, LOCK_EX | LOCK_NB) != 0)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE,
                   "the database %s is in use by another hub: stop that one or set another path",
                   path);
      return FALSE;
    }
  return TRUE;
}

/* SQLite gives its -wal and -shm files the mode of the database. */
static int
reeve_sqlite_store_database_take_file (const char *path, GError **error)
{
  int fd = open (path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);

  if (fd < 0)
    {
      reeve_sqlite_store_database_set_file_error (path, errno, error);
      return -1;
    }
  if (!reeve_sqlite_store_database_check_file (fd, path, error))
    {
      close (fd);
      return -1;
    }
  return fd;
}

/* The directory may be reached over links, the file may not. (transfer full) */
static char *
reeve_sqlite_store_database_resolve (const char *path, GError **error)
{
  g_autofree char *directory = g_path_get_dirname (path);
  g_autofree char *base = g_path_get_basename (path);
  char *real = realpath (directory, NULL);
  char *resolved;

  if (real == NULL)
    {
      reeve_sqlite_store_database_set_file_error (path, errno, error);
      return NULL;
    }
  resolved = g_build_filename (real, base, NULL);
  free (real);
  return resolved;
}

static gint64
reeve_sqlite_store_database_read_number (ReeveSqliteStoreDatabase *self, const char *sql,
                                         GError **error)
{
  sqlite3_stmt *statement = reeve_sqlite_store_database_query (self, sql, error);
  gboolean row;
  gint64 number;

  if (statement == NULL || !reeve_sqlite_store_database_step (self, statement, &row, error))
    return -1;
  number = row ? sqlite3_column_int64 (statement, 0) : 0;
  sqlite3_reset (statement);
  return number;
}

static gboolean
reeve_sqlite_store_database_migrate_step (ReeveSqliteStoreDatabase *self, guint version,
                                          GError **error)
{
  g_autofree char *mark = g_strdup_printf ("PRAGMA application_id = %d; PRAGMA user_version = %u",
                                           REEVE_SQLITE_STORE_APPLICATION_ID, version + 1);

  if (!reeve_sqlite_store_database_begin (self, error))
    return FALSE;
  if (!reeve_sqlite_store_database_exec (self, reeve_sqlite_store_database_steps[version], error) ||
      !reeve_sqlite_store_database_exec (self, mark, error))
    {
      reeve_sqlite_store_database_rollback (self);
      return FALSE;
    }
  return reeve_sqlite_store_database_commit (self, error);
}

/* Before anything is written: another program's file stays as it is. */
static gboolean
reeve_sqlite_store_database_identify (ReeveSqliteStoreDatabase *self, guint *ret_version,
                                      GError **error)
{
  guint newest = reeve_sqlite_store_database_get_schema_version ();
  gint64 id = reeve_sqlite_store_database_read_number (self, "PRAGMA application_id", error);
  gint64 version, tables;

  if (id < 0)
    return FALSE;
  version = reeve_sqlite_store_database_read_number (self, "PRAGMA user_version", error);
  if (version < 0)
    return FALSE;
  tables =
      reeve_sqlite_store_database_read_number (self, "SELECT count (*) FROM sqlite_schema", error);
  if (tables < 0)
    return FALSE;
  if (id != REEVE_SQLITE_STORE_APPLICATION_ID && (id != 0 || version != 0 || tables != 0))
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "%s is a database of another program: move it away or set another path",
                   self->path);
      return FALSE;
    }
  if (version > newest)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "the database %s has schema %" G_GINT64_FORMAT " and this version (%s) knows "
                   "up to %u: install the newer Reeve again or restore a backup made before it",
                   self->path, version, PACKAGE_VERSION, newest);
      return FALSE;
    }
  *ret_version = version;
  return TRUE;
}

static gboolean
reeve_sqlite_store_database_migrate (ReeveSqliteStoreDatabase *self, guint version, GError **error)
{
  for (; version < reeve_sqlite_store_database_get_schema_version (); version++)
    if (!reeve_sqlite_store_database_migrate_step (self, version, error))
      {
        g_prefix_error (error, "bringing the database to schema %u: ", version + 1);
        return FALSE;
      }
  return TRUE;
}

static gboolean
reeve_sqlite_store_database_connect (ReeveSqliteStoreDatabase *self, int flags, gint64 cache,
                                     GError **error)
{
  g_autofree char *pragmas = NULL;
  int code = sqlite3_open_v2 (self->path, &self->handle,
                              flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW |
                                  SQLITE_OPEN_PRIVATECACHE,
                              NULL);

  if (code != SQLITE_OK)
    {
      reeve_sqlite_store_database_set_error (self, code, error);
      return FALSE;
    }
  sqlite3_extended_result_codes (self->handle, 1);
  sqlite3_busy_timeout (self->handle, REEVE_SQLITE_STORE_BUSY_MS);
  sqlite3_db_config (self->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  sqlite3_db_config (self->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  /* temporary things stay in memory: the sandbox knows no other directory */
  pragmas = g_strdup_printf ("PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;"
                             "PRAGMA cell_size_check = ON; PRAGMA synchronous = NORMAL;"
                             "PRAGMA journal_size_limit = %d;"
                             "PRAGMA cache_size = -%" G_GINT64_FORMAT,
                             REEVE_SQLITE_STORE_WAL_SIZE, MAX (cache / 1024, 64));
  return reeve_sqlite_store_database_exec (self, pragmas, error);
}

/* A new file can give its free pages back. One of the first schema learns it by being copied within
 * itself, unless it is large; without, its free pages are only used again. */
static gboolean
reeve_sqlite_store_database_make_shrinkable (ReeveSqliteStoreDatabase *self, guint version,
                                             GError **error)
{
  gint64 size;

  if (version == 0)
    return reeve_sqlite_store_database_exec (self, "PRAGMA auto_vacuum = INCREMENTAL", error);
  if (version > 1)
    return TRUE;
  size = reeve_sqlite_store_database_read_number (self, "PRAGMA page_count", error);
  if (size >= 0)
    size *= reeve_sqlite_store_database_read_number (self, "PRAGMA page_size", error);
  if (size < 0)
    return FALSE;
  /* it goes on without where there is no room for it, or damage in its way */
  if (size <= REEVE_SQLITE_STORE_REMAKE_SIZE)
    reeve_sqlite_store_database_exec (self, "PRAGMA auto_vacuum = INCREMENTAL; VACUUM", NULL);
  return TRUE;
}

static gboolean
reeve_sqlite_store_database_prepare (ReeveSqliteStoreDatabase *self, gint64 cache, GError **error)
{
  guint version;

  return reeve_sqlite_store_database_connect (self, SQLITE_OPEN_READWRITE, cache, error) &&
         reeve_sqlite_store_database_identify (self, &version, error) &&
         reeve_sqlite_store_database_make_shrinkable (self, version, error) &&
         reeve_sqlite_store_database_exec (self, "PRAGMA journal_mode = WAL", error) &&
         reeve_sqlite_store_database_migrate (self, version, error);
}

static ReeveSqliteStoreDatabase *
reeve_sqlite_store_database_new (const char *path, GError **error)
{
  g_autofree char *resolved = reeve_sqlite_store_database_resolve (path, error);
  ReeveSqliteStoreDatabase *self;

  if (resolved == NULL)
    return NULL;
  self = g_new0 (ReeveSqliteStoreDatabase, 1);
  self->path = g_steal_pointer (&resolved);
  self->statements = g_hash_table_new_full (g_direct_hash, g_direct_equal, NULL,
                                            reeve_sqlite_store_database_finalize);
  self->lock = -1;
  return self;
}

ReeveSqliteStoreDatabase *
reeve_sqlite_store_database_open (const char *path, gint64 cache, GError **error)
{
  g_autoptr (ReeveSqliteStoreDatabase) self = reeve_sqlite_store_database_new (path, error);

  g_autofree char *spool = NULL;

  if (self == NULL)
    return NULL;
  self->lock = reeve_sqlite_store_database_take_file (self->path, error);
  if (self->lock < 0 || !reeve_sqlite_store_database_prepare (self, cache, error))
    return NULL;
  spool = g_strconcat (self->path, REEVE_SQLITE_STORE_SPOOL_SUFFIX, NULL);
  unlink (spool);
  return g_steal_pointer (&self);
}

static ReeveSqliteStoreDatabase *
reeve_sqlite_store_database_open_more (const char *path, int flags, gint64 cache, GError **error)
{
  g_autoptr (ReeveSqliteStoreDatabase) self = reeve_sqlite_store_database_new (path, error);

  if (self == NULL || !reeve_sqlite_store_database_connect (self, flags, cache, error))
    return NULL;
  return g_steal_pointer (&self);
}

ReeveSqliteStoreDatabase *
reeve_sqlite_store_database_open_reader (const char *path, gint64 cache, GError **error)
{
  return reeve_sqlite_store_database_open_more (path, SQLITE_OPEN_READONLY, cache, error);
}

ReeveSqliteStoreDatabase *
reeve_sqlite_store_database_open_second (const char *path, gint64 cache, GError **error)
{
  return reeve_sqlite_store_database_open_more (path, SQLITE_OPEN_READWRITE, cache, error);
}

void
reeve_sqlite_store_database_free (ReeveSqliteStoreDatabase *self)
{
  g_hash_table_unref (self->statements);
  sqlite3_close_v2 (self->handle);
  if (self->lock >= 0)
    close (self->lock);
  g_free (self->path);
  g_free (self);
}

gboolean
reeve_sqlite_store_database_get_free_pages (ReeveSqliteStoreDatabase *self, guint *ret_pages,
                                            guint *ret_free, GError **error)
{
  gint64 pages = reeve_sqlite_store_database_read_number (self, "PRAGMA page_count", error);
  gint64 free_pages =
      pages >= 0 ? reeve_sqlite_store_database_read_number (self, "PRAGMA freelist_count", error)
                 : -1;
  gint64 able = free_pages >= 0
                    ? reeve_sqlite_store_database_read_number (self, "PRAGMA auto_vacuum", error)
                    : -1;

  if (able < 0)
    return FALSE;
  *ret_pages = (guint) pages;
  *ret_free = able == 2 ? (guint) free_pages : 0;
  return TRUE;
}

static int
reeve_sqlite_store_database_progress_cb (void *cancellable)
{
  return g_cancellable_is_cancelled (cancellable);
}

void
reeve_sqlite_store_database_set_cancellable (ReeveSqliteStoreDatabase *self,
                                             GCancellable *cancellable)
{
  sqlite3_progress_handler (self->handle, REEVE_SQLITE_STORE_PROGRESS_STEPS,
                            cancellable != NULL ? reeve_sqlite_store_database_progress_cb : NULL,
                            cancellable);
}

const char *
reeve_sqlite_store_database_get_path (ReeveSqliteStoreDatabase *self)
{
  return self->path;
}

gboolean
reeve_sqlite_store_database_set_max_pages (ReeveSqliteStoreDatabase *self, guint pages,
                                           GError **error)
{
  g_autofree char *sql =
      g_strdup_printf ("PRAGMA max_page_count = %u", pages > 0 ? pages : (guint) 0xfffffffe);

  return reeve_sqlite_store_database_exec (self, sql, error);
}

guint
reeve_sqlite_store_database_get_pages (ReeveSqliteStoreDatabase *self)
{
  return MAX (reeve_sqlite_store_database_read_number (self, "PRAGMA page_count", NULL), 0);
}

void
reeve_sqlite_store_database_drop_pages (ReeveSqliteStoreDatabase *self)
{
  sqlite3_db_release_memory (self->handle);
}
