/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The spool is a database of its own, attached to the connection that will do the change: no lock
 * lies on the records while a slow peer sends. It is made with O_EXCL, so there is one restore at a
 * time; one that a crash left is removed when the store opens.
 *
 * A record that was there before keeps counting: its revision afterwards is above the one it had,
 * so that nobody who has read the old one can overwrite the restored one.
 */

#include "config.h"

#include "reeve-sqlite-store-replace.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "reeve-sqlite-store-text.h"

struct _ReeveSqliteStoreReplace
{
  char *path;
  char *spool;
  gint64 cache;
  gboolean made; /* the spool is ours */
  ReeveSqliteStoreDatabase *database;
  ReeveSqliteStoreParser *parser;
  GPtrArray *collections;
  GHashTable *watched;
  GArray *maps; /* of ReeveSqliteStoreKeyMap, by number in the copy */
  GPtrArray *changes;
};

/* Where the index values of a collection's records go: column -> key of the copy, -1: none. */
typedef struct
{
  guint n;
  int keys[REEVE_RECORDS_MAX_INDEXES];
} ReeveSqliteStoreKeyMap;

static gboolean reeve_sqlite_store_replace_collection (const ReeveSqliteStoreFrame *frame,
                                                       gpointer user_data, GError **error);
static gboolean reeve_sqlite_store_replace_record (const ReeveSqliteStoreFrame *frame,
                                                   gpointer user_data, GError **error);
static gboolean reeve_sqlite_store_replace_history (const ReeveSqliteStoreFrame *frame,
                                                    gpointer user_data, GError **error);

char *
reeve_sqlite_store_replace_get_spool (const char *path)
{
  return g_strconcat (path, REEVE_SQLITE_STORE_SPOOL_SUFFIX, NULL);
}

ReeveSqliteStoreReplace *
reeve_sqlite_store_replace_new (const char *path, gint64 cache, GPtrArray *collections,
                                GHashTable *watched)
{
  ReeveSqliteStoreReplace *self = g_new0 (ReeveSqliteStoreReplace, 1);

  self->path = g_strdup (path);
  self->cache = cache;
  self->collections = collections;
  self->watched = watched;
  self->maps = g_array_new (FALSE, FALSE, sizeof (ReeveSqliteStoreKeyMap));
  self->changes = g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_record_unref);
  self->parser = reeve_sqlite_store_parser_new (reeve_sqlite_store_replace_collection,
                                                reeve_sqlite_store_replace_record,
                                                reeve_sqlite_store_replace_history, self);
  return self;
}

void
reeve_sqlite_store_replace_free (ReeveSqliteStoreReplace *self)
{
  g_clear_pointer (&self->database, reeve_sqlite_store_database_free);
  if (self->made)
    unlink (self->spool);
  reeve_sqlite_store_parser_free (self->parser);
  g_ptr_array_unref (self->collections);
  g_hash_table_unref (self->watched);
  g_array_unref (self->maps);
  g_ptr_array_unref (self->changes);
  g_free (self->spool);
  g_free (self->path);
  g_free (self);
}

/* ---- the spool ---- */

static gboolean
reeve_sqlite_store_replace_make_spool (ReeveSqliteStoreReplace *self, GError **error)
{
  int fd;

  self->spool =
      reeve_sqlite_store_replace_get_spool (reeve_sqlite_store_database_get_path (self->database));
  fd = open (self->spool, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0 && errno == EEXIST)
    g_set_error_literal (error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE,
                         "another restore is under way: wait for its end");
  else if (fd < 0)
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_IO, "cannot make %s: %s", self->spool,
                 g_strerror (errno));
  if (fd < 0)
    return FALSE;
  close (fd);
  self->made = TRUE;
  return TRUE;
}

static gboolean
reeve_sqlite_store_replace_attach (ReeveSqliteStoreReplace *self, GError **error)
{
  sqlite3_stmt *statement =
      reeve_sqlite_store_database_query (self->database, "ATTACH DATABASE ?1 AS spool", error);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_text (statement, 1, self->spool, -1, SQLITE_STATIC);
  return reeve_sqlite_store_database_run (self->database, statement, error) &&
         reeve_sqlite_store_database_exec (
             self->database,
             "PRAGMA spool.journal_mode = OFF; PRAGMA spool.synchronous = OFF;"
             "CREATE TABLE spool.copy_collection (number INTEGER PRIMARY KEY,"
             " name TEXT NOT NULL UNIQUE, version INTEGER NOT NULL, indexes TEXT NOT NULL) STRICT;"
             "CREATE TABLE spool.copy_record (collection INTEGER NOT NULL, id TEXT NOT NULL,"
             " revision INTEGER NOT NULL, value BLOB NOT NULL, key1 TEXT, key2 TEXT, key3 TEXT,"
             " key4 TEXT, UNIQUE (collection, id)) STRICT;"
             "CREATE TABLE spool.copy_system (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;"
             "CREATE TABLE spool.copy_shape (id INTEGER PRIMARY KEY, kind TEXT NOT NULL,"
             " metrics TEXT NOT NULL) STRICT;"
             "CREATE TABLE spool.copy_series (system INTEGER NOT NULL, number INTEGER NOT NULL,"
             " shape INTEGER NOT NULL, day INTEGER NOT NULL, columns INTEGER NOT NULL,"
             " instance TEXT NOT NULL) STRICT;"
             "CREATE TABLE spool.copy_sample (system INTEGER NOT NULL, minute INTEGER NOT NULL,"
             " body BLOB NOT NULL) STRICT;"
             "CREATE TABLE spool.copy_block (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;",
             error);
}

static gboolean
reeve_sqlite_store_replace_open (ReeveSqliteStoreReplace *self, GError **error)
{
  if (self->database == NULL)
    self->database = reeve_sqlite_store_database_open_second (self->path, self->cache, error);
  return self->database != NULL &&
         (self->made || (reeve_sqlite_store_replace_make_spool (self, error) &&
                         reeve_sqlite_store_replace_attach (self, error)));
}

/* ---- frames ---- */

static ReeveSqliteStoreCollection *
reeve_sqlite_store_replace_find_open (ReeveSqliteStoreReplace *self, const char *name)
{
  for (guint i = 0; i < self->collections->len; i++)
    {
      ReeveSqliteStoreCollection *collection = g_ptr_array_index (self->collections, i);

      if (strcmp (collection->name, name) == 0)
        return collection;
    }
  return NULL;
}

static void
reeve_sqlite_store_replace_map_keys (ReeveSqliteStoreReplace *self,
                                     const ReeveSqliteStoreFrame *frame,
                                     ReeveSqliteStoreCollection *collection)
{
  ReeveSqliteStoreKeyMap map = { .n = collection->n_indexes };

  for (guint i = 0; i < map.n; i++)
    {
      map.keys[i] = -1;
      for (guint j = 0; j < frame->n_keys; j++)
        if (strcmp (collection->indexes[i], frame->keys[j]) == 0)
          map.keys[i] = (int) j;
    }
  g_array_append_val (self->maps, map);
}

/* As the copy has it, or, when it is open, as its plugin wants it. (transfer full) */
static ReeveSqliteStoreCollection *
reeve_sqlite_store_replace_choose (ReeveSqliteStoreReplace *self,
                                   const ReeveSqliteStoreFrame *frame, GError **error)
{
  const char *indexes[REEVE_RECORDS_MAX_INDEXES + 1] = { NULL };
  ReeveSqliteStoreCollection *open = reeve_sqlite_store_replace_find_open (self, frame->name);

  for (guint i = 0; i < frame->n_keys; i++)
    indexes[i] = frame->keys[i];
  if (open == NULL)
    return reeve_sqlite_store_collection_new (frame->name, frame->version, indexes, error);
  if (frame->version <= open->version)
    return reeve_sqlite_store_collection_ref (open);
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
               "the copy has version %u of collection %s, its plugin knows up to %u: restore it "
               "with the newer Reeve",
               frame->version, frame->name, open->version);
  return NULL;
}

static gboolean
reeve_sqlite_store_replace_collection (const ReeveSqliteStoreFrame *frame, gpointer user_data,
                                       GError **error)
{
  ReeveSqliteStoreReplace *self = user_data;
  g_autoptr (ReeveSqliteStoreCollection) collection =
      reeve_sqlite_store_replace_choose (self, frame, error);
  g_autofree char *indexes = NULL;
  sqlite3_stmt *statement;

  if (collection == NULL)
    return FALSE;
  reeve_sqlite_store_replace_map_keys (self, frame, collection);
  statement = reeve_sqlite_store_database_query (
      self->database,
      "INSERT INTO copy_collection (number, name, version, indexes) VALUES (?1, ?2, ?3, ?4)",
      error);
  if (statement == NULL)
    return FALSE;
  indexes = g_strjoinv (" ", collection->indexes);
  sqlite3_bind_int64 (statement, 1, frame->collection);
  sqlite3_bind_text (statement, 2, collection->name, -1, SQLITE_TRANSIENT);
  sqlite3_bind_int64 (statement, 3, collection->version);
  sqlite3_bind_text (statement, 4, indexes, -1, SQLITE_TRANSIENT);
  return reeve_sqlite_store_database_run (self->database, statement, error);
}

static gboolean
reeve_sqlite_store_replace_record (const ReeveSqliteStoreFrame *frame, gpointer user_data,
                                   GError **error)
{
  ReeveSqliteStoreReplace *self = user_data;
  const ReeveSqliteStoreKeyMap *map =
      &g_array_index (self->maps, ReeveSqliteStoreKeyMap, frame->collection);
  g_autoptr (GVariant) value = reeve_sqlite_store_table_thaw (frame->value, frame->value_length);
  sqlite3_stmt *statement;

  if (value == NULL)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "the copy of the records cannot be used: record %s has no proper value",
                   frame->id);
      return FALSE;
    }
  statement = reeve_sqlite_store_database_query (
      self->database,
      "INSERT INTO copy_record (collection, id, revision, value, key1, key2, key3, key4)"
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
      error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, frame->collection);
  sqlite3_bind_text (statement, 2, frame->id, -1, SQLITE_STATIC);
  sqlite3_bind_int64 (statement, 3, frame->revision);
  if (frame->value_length > 0)
    sqlite3_bind_blob64 (statement, 4, frame->value, frame->value_length, SQLITE_STATIC);
  else
    sqlite3_bind_zeroblob (statement, 4, 0);
  for (guint i = 0; i < map->n; i++)
    if (map->keys[i] >= 0)
      sqlite3_bind_text (statement, (int) i + 5, frame->keys[map->keys[i]], -1, SQLITE_STATIC);
  return reeve_sqlite_store_database_run (self->database, statement, error);
}

/* A part of a block but its first. */
static gboolean
reeve_sqlite_store_replace_append (ReeveSqliteStoreReplace *self,
                                   const ReeveSqliteStoreFrame *frame, GError **error)
{
  gint64 before = reeve_sqlite_store_database_get_changes (self->database);
  sqlite3_stmt *statement = reeve_sqlite_store_database_query (
      self->database,
      "UPDATE copy_block SET body = CAST (body || ?3 AS BLOB) WHERE id = ?1"
      " AND length (body) = ?2",
      error);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, frame->numbers[0]);
  sqlite3_bind_int64 (statement, 2, frame->numbers[1]);
  sqlite3_bind_blob64 (statement, 3, frame->value, frame->value_length, SQLITE_STATIC);
  if (!reeve_sqlite_store_database_run (self->database, statement, error))
    return FALSE;
  if (reeve_sqlite_store_database_get_changes (self->database) == before + 1)
    return TRUE;
  g_set_error_literal (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                       "the copy of the records cannot be used: a part of a block is missing");
  return FALSE;
}

static gboolean
reeve_sqlite_store_replace_history (const ReeveSqliteStoreFrame *frame, gpointer user_data,
                                    GError **error)
{
  ReeveSqliteStoreReplace *self = user_data;
  const ReeveSqliteStoreHistoryLayout *layout = &reeve_sqlite_store_history_layouts[frame->table];
  sqlite3_stmt *statement;
  int parameter = 1;

  if (frame->table == REEVE_SQLITE_STORE_HISTORY_BLOCK && frame->numbers[1] != 0)
    return reeve_sqlite_store_replace_append (self, frame, error);
  statement = reeve_sqlite_store_database_query (self->database, layout->insert, error);
  if (statement == NULL)
    return FALSE;
  for (guint i = 0; i < layout->n_numbers; i++)
    sqlite3_bind_int64 (statement, parameter++, frame->numbers[i]);
  for (guint i = 0; i < layout->n_texts; i++)
    sqlite3_bind_text (statement, parameter++, frame->texts[i], -1, SQLITE_STATIC);
  if (layout->bytes)
    sqlite3_bind_blob64 (statement, parameter, frame->value, frame->value_length, SQLITE_STATIC);
  return reeve_sqlite_store_database_run (self->database, statement, error);
}

gboolean
reeve_sqlite_store_replace_feed (ReeveSqliteStoreReplace *self, const guint8 *bytes, gsize length,
                                 GError **error)
{
  if (!reeve_sqlite_store_replace_open (self, error) ||
      !reeve_sqlite_store_database_exec (self->database, "BEGIN DEFERRED", error))
    return FALSE;
  if (reeve_sqlite_store_parser_feed (self->parser, bytes, length, error))
    return reeve_sqlite_store_database_commit (self->database, error);
  reeve_sqlite_store_database_rollback (self->database);
  return FALSE;
}

gboolean
reeve_sqlite_store_replace_is_complete (ReeveSqliteStoreReplace *self)
{
  return reeve_sqlite_store_parser_is_complete (self->parser);
}

/* ---- the change ---- */

/* Those of @name that the copy does not have. */
static gboolean
reeve_sqlite_store_replace_note_deleted (ReeveSqliteStoreReplace *self, const char *name,
                                         GError **error)
{
  sqlite3_stmt *statement = reeve_sqlite_store_database_query (
      self->database,
      "SELECT record.id, record.revision FROM main.record"
      " JOIN main.collection ON collection.id = record.collection"
      " WHERE collection.name = ?1 AND NOT EXISTS (SELECT 1 FROM copy_record"
      " JOIN copy_collection ON copy_collection.number = copy_record.collection"
      " WHERE copy_collection.name = ?1 AND copy_record.id = record.id)",
      error);
  gboolean row;

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_text (statement, 1, name, -1, SQLITE_STATIC);
  do
    {
      if (!reeve_sqlite_store_database_step (self->database, statement, &row, error))
        return FALSE;
      /* of a damaged one nobody has heard */
      if (row && reeve_sqlite_store_text_is_whole (statement, 0))
        g_ptr_array_add (self->changes,
                         reeve_record_new (name, (const char *) sqlite3_column_text (statement, 0),
                                           sqlite3_column_int64 (statement, 1) + 1, NULL, NULL));
    }
  while (row);
  return TRUE;
}

/* All that @collection has now. */
static gboolean
reeve_sqlite_store_replace_note_all (ReeveSqliteStoreReplace *self,
                                     ReeveSqliteStoreCollection *collection, GError **error)
{
  ReeveSqliteStoreListing listing = { .index = -1, .limit = REEVE_RECORDS_MAX_PAGE };
  guint n;

  do
    {
      g_autoptr (GPtrArray) page =
          reeve_sqlite_store_table_list (self->database, collection, &listing, error);

      if (page == NULL)
        return FALSE;
      n = page->len;
      for (guint i = 0; i < n; i++)
        g_ptr_array_add (self->changes, reeve_record_ref (g_ptr_array_index (page, i)));
      if (n > 0)
        listing.cursor =
            reeve_record_get_id (g_ptr_array_index (self->changes, self->changes->len - 1));
    }
  while (n == listing.limit);
  return TRUE;
}

/* Runs @note over the collections that are open and watched. */
static gboolean
reeve_sqlite_store_replace_note (ReeveSqliteStoreReplace *self, gboolean deleted, GError **error)
{
  for (guint i = 0; i < self->collections->len; i++)
    {
      ReeveSqliteStoreCollection *collection = g_ptr_array_index (self->collections, i);

      if (!g_hash_table_contains (self->watched, collection->name))
        continue;
      if (!(deleted ? reeve_sqlite_store_replace_note_deleted (self, collection->name, error)
                    : reeve_sqlite_store_replace_note_all (self, collection, error)))
        return FALSE;
    }
  return TRUE;
}

static const char reeve_sqlite_store_replace_sql[] =
    "UPDATE copy_record SET revision = max (revision, 1 + coalesce ("
    " (SELECT record.revision FROM main.record"
    "  JOIN main.collection ON collection.id = record.collection"
    "  JOIN copy_collection ON copy_collection.name = collection.name"
    "  WHERE copy_collection.number = copy_record.collection AND record.id = copy_record.id), 0));"
    "DELETE FROM main.record;"
    "INSERT INTO main.collection (name, version, indexes)"
    " SELECT name, version, indexes FROM copy_collection WHERE TRUE"
    " ON CONFLICT (name) DO UPDATE SET version = excluded.version, indexes = excluded.indexes;"
    "INSERT INTO main.record (collection, id, revision, value, key1, key2, key3, key4)"
    " SELECT collection.id, copy_record.id, copy_record.revision, copy_record.value,"
    "  copy_record.key1, copy_record.key2, copy_record.key3, copy_record.key4"
    " FROM copy_record JOIN copy_collection ON copy_collection.number = copy_record.collection"
    " JOIN main.collection ON collection.name = copy_collection.name"
    " ORDER BY copy_record.rowid;";

static const char reeve_sqlite_store_replace_history_sql[] =
    "DELETE FROM main.sample; DELETE FROM main.block; DELETE FROM main.series;"
    "DELETE FROM main.shape; DELETE FROM main.system;"
    "INSERT INTO main.system (id, name) SELECT id, name FROM copy_system;"
    "INSERT INTO main.shape (id, kind, metrics) SELECT id, kind, metrics FROM copy_shape;"
    "INSERT INTO main.series (system, number, shape, instance, day, columns)"
    " SELECT system, number, shape, instance, day, columns FROM copy_series;"
    "INSERT INTO main.sample (system, minute, body) SELECT system, minute, body FROM copy_sample;"
    "INSERT INTO main.block (id, body) SELECT id, body FROM copy_block"
    " WHERE id >> 26 IN (SELECT id FROM copy_system);";

gboolean
reeve_sqlite_store_replace_run (ReeveSqliteStoreReplace *self, GError **error)
{
  g_ptr_array_set_size (self->changes, 0);
  if (!reeve_sqlite_store_database_begin (self->database, error))
    return FALSE;
  if (reeve_sqlite_store_replace_note (self, TRUE, error) &&
      reeve_sqlite_store_database_exec (self->database, reeve_sqlite_store_replace_sql, error) &&
      (!reeve_sqlite_store_parser_has_history (self->parser) ||
       reeve_sqlite_store_database_exec (self->database, reeve_sqlite_store_replace_history_sql,
                                         error)) &&
      reeve_sqlite_store_replace_note (self, FALSE, error))
    return reeve_sqlite_store_database_commit (self->database, error);
  reeve_sqlite_store_database_rollback (self->database);
  return FALSE;
}

GPtrArray *
reeve_sqlite_store_replace_get_changes (ReeveSqliteStoreReplace *self)
{
  return self->changes;
}
