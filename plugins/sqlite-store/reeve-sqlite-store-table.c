/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Records in one table, their index values in up to four columns of it. No name of a collection or
 * index ever becomes part of a statement.
 */

#include "config.h"

#include "reeve-sqlite-store-table.h"

#include <string.h>

#include "reeve-sqlite-store-text.h"

G_STATIC_ASSERT (REEVE_RECORDS_MAX_INDEXES == 4);

/* ---- collections ---- */

static gboolean
reeve_sqlite_store_collection_is_word (const char *word, gsize length)
{
  if (length < 1 || length > REEVE_SQLITE_STORE_MAX_WORD || !g_ascii_islower (word[0]))
    return FALSE;
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_islower (word[i]) && !g_ascii_isdigit (word[i]) && word[i] != '-')
      return FALSE;
  return TRUE;
}

static gboolean
reeve_sqlite_store_collection_check (const char *name, guint version, const char *const *indexes,
                                     GError **error)
{
  const char *dot = strchr (name, '.');
  guint n = 0;

  if (dot == NULL || !reeve_sqlite_store_collection_is_word (name, dot - name) ||
      !reeve_sqlite_store_collection_is_word (dot + 1, strlen (dot + 1)) || version < 1)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "a collection is called by its plugin's id, a dot and a word, and its versions "
                   "begin with 1");
      return FALSE;
    }
  for (; indexes != NULL && indexes[n] != NULL; n++)
    if (n >= REEVE_RECORDS_MAX_INDEXES ||
        !reeve_sqlite_store_collection_is_word (indexes[n], strlen (indexes[n])))
      {
        g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                     "collection %s: it may have %d indexes, each called by a word", name,
                     REEVE_RECORDS_MAX_INDEXES);
        return FALSE;
      }
  return TRUE;
}

ReeveSqliteStoreCollection *
reeve_sqlite_store_collection_new (const char *name, guint version, const char *const *indexes,
                                   GError **error)
{
  ReeveSqliteStoreCollection *self;

  if (!reeve_sqlite_store_collection_check (name, version, indexes, error))
    return NULL;
  self = g_new0 (ReeveSqliteStoreCollection, 1);
  g_atomic_ref_count_init (&self->refs);
  self->name = g_strdup (name);
  self->version = version;
  self->indexes = indexes != NULL ? g_strdupv ((GStrv) indexes) : g_new0 (char *, 1);
  self->n_indexes = g_strv_length (self->indexes);
  return self;
}

ReeveSqliteStoreCollection *
reeve_sqlite_store_collection_ref (ReeveSqliteStoreCollection *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
reeve_sqlite_store_collection_unref (ReeveSqliteStoreCollection *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_free (self->name);
  g_strfreev (self->indexes);
  g_free (self);
}

static gboolean
reeve_sqlite_store_table_add_collection (ReeveSqliteStoreDatabase *database,
                                         ReeveSqliteStoreCollection *collection,
                                         const char *indexes, GError **error)
{
  sqlite3_stmt *statement = reeve_sqlite_store_database_query (
      database, "INSERT INTO collection (name, version, indexes) VALUES (?1, ?2, ?3) RETURNING id",
      error);
  gboolean row;

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_text (statement, 1, collection->name, -1, SQLITE_STATIC);
  sqlite3_bind_int64 (statement, 2, collection->version);
  sqlite3_bind_text (statement, 3, indexes, -1, SQLITE_STATIC);
  if (!reeve_sqlite_store_database_step (database, statement, &row, error))
    return FALSE;
  collection->id = sqlite3_column_int64 (statement, 0);
  sqlite3_reset (statement);
  return TRUE;
}

/* Columns of indexes that stay keep their values, the others become empty. */
static gboolean
reeve_sqlite_store_table_move_keys (ReeveSqliteStoreDatabase *database,
                                    ReeveSqliteStoreCollection *collection,
                                    const char *const *before, GError **error)
{
  sqlite3_stmt *statement = reeve_sqlite_store_database_query (
      database,
      "UPDATE record SET"
      " key1 = CASE ?2 WHEN 1 THEN key1 WHEN 2 THEN key2 WHEN 3 THEN key3 WHEN 4 THEN key4 END,"
      " key2 = CASE ?3 WHEN 1 THEN key1 WHEN 2 THEN key2 WHEN 3 THEN key3 WHEN 4 THEN key4 END,"
      " key3 = CASE ?4 WHEN 1 THEN key1 WHEN 2 THEN key2 WHEN 3 THEN key3 WHEN 4 THEN key4 END,"
      " key4 = CASE ?5 WHEN 1 THEN key1 WHEN 2 THEN key2 WHEN 3 THEN key3 WHEN 4 THEN key4 END"
      " WHERE collection = ?1",
      error);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, collection->id);
  for (guint i = 0; i < collection->n_indexes; i++)
    for (guint j = 0; before[j] != NULL && j < REEVE_RECORDS_MAX_INDEXES; j++)
      if (strcmp (collection->indexes[i], before[j]) == 0)
        sqlite3_bind_int (statement, (int) i + 2, (int) j + 1);
  return reeve_sqlite_store_database_run (database, statement, error);
}

static gboolean
reeve_sqlite_store_table_renew_collection (ReeveSqliteStoreDatabase *database,
                                           ReeveSqliteStoreCollection *collection, guint version,
                                           const char *before, GError **error)
{
  g_autofree char *indexes = g_strjoinv (" ", collection->indexes);
  g_auto (GStrv) names = g_strsplit (before, " ", REEVE_RECORDS_MAX_INDEXES + 1);
  sqlite3_stmt *statement;

  if (version > collection->version)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "collection %s has version %u and this version of its plugin knows up to %u: "
                   "install the newer Reeve again or restore a backup made before it",
                   collection->name, version, collection->version);
      return FALSE;
    }
  if (version == collection->version && strcmp (before, indexes) == 0)
    return TRUE;
  if (version == collection->version)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "collection %s: its indexes may change with a higher version only",
                   collection->name);
      return FALSE;
    }
  statement = reeve_sqlite_store_database_query (
      database, "UPDATE collection SET version = ?2, indexes = ?3 WHERE id = ?1", error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, collection->id);
  sqlite3_bind_int64 (statement, 2, collection->version);
  sqlite3_bind_text (statement, 3, indexes, -1, SQLITE_STATIC);
  if (!reeve_sqlite_store_database_run (database, statement, error))
    return FALSE;
  return strcmp (before, indexes) == 0 ||
         reeve_sqlite_store_table_move_keys (database, collection, (const char *const *) names,
                                             error);
}

gboolean
reeve_sqlite_store_table_open (ReeveSqliteStoreDatabase *database,
                               ReeveSqliteStoreCollection *collection, GError **error)
{
  sqlite3_stmt *statement = reeve_sqlite_store_database_query (
      database, "SELECT id, version, indexes FROM collection WHERE name = ?1", error);
  g_autofree char *before = NULL;
  gboolean row;
  guint version;

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_text (statement, 1, collection->name, -1, SQLITE_STATIC);
  if (!reeve_sqlite_store_database_step (database, statement, &row, error))
    return FALSE;
  if (!row)
    {
      g_autofree char *indexes = g_strjoinv (" ", collection->indexes);

      return reeve_sqlite_store_table_add_collection (database, collection, indexes, error);
    }
  collection->id = sqlite3_column_int64 (statement, 0);
  version = (guint) sqlite3_column_int64 (statement, 1);
  before = g_strdup (reeve_sqlite_store_text_get (database, statement, 2, error));
  if (before == NULL)
    return FALSE;
  sqlite3_reset (statement);
  return reeve_sqlite_store_table_renew_collection (database, collection, version, before, error);
}

/* ---- values ---- */

gboolean
reeve_sqlite_store_table_check_id (const char *id, GError **error)
{
  if (id != NULL && id[0] != '\0' && strlen (id) <= REEVE_SQLITE_STORE_MAX_ID &&
      g_utf8_validate (id, -1, NULL))
    return TRUE;
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID, "a record's id is a text of 1 to %d bytes",
               REEVE_SQLITE_STORE_MAX_ID);
  return FALSE;
}

GBytes *
reeve_sqlite_store_table_freeze (GVariant *value)
{
  g_autoptr (GVariant) normal = g_variant_get_normal_form (value);

  if (G_BYTE_ORDER == G_BIG_ENDIAN)
    {
      g_autoptr (GVariant) swapped = g_variant_byteswap (normal);

      return g_variant_get_data_as_bytes (swapped);
    }
  return g_variant_get_data_as_bytes (normal);
}

GVariant *
reeve_sqlite_store_table_thaw (gconstpointer bytes, gsize length)
{
  g_autoptr (GBytes) copy = g_bytes_new (bytes, length);
  g_autoptr (GVariant) value =
      g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE_VARDICT, copy, FALSE));

  if (!g_variant_is_normal_form (value))
    return NULL;
  if (G_BYTE_ORDER == G_BIG_ENDIAN)
    return g_variant_byteswap (value);
  return g_steal_pointer (&value);
}

/* ---- reading ---- */

/* Of the columns id, revision, value, key1 to key4. (transfer full) */
static ReeveRecord *
reeve_sqlite_store_table_read (ReeveSqliteStoreDatabase *database,
                               ReeveSqliteStoreCollection *collection, sqlite3_stmt *statement,
                               GError **error)
{
  const char *id = (const char *) sqlite3_column_text (statement, 0);
  const gboolean named = reeve_sqlite_store_text_is_whole (statement, 0);
  const char *keys[REEVE_RECORDS_MAX_INDEXES + 1] = { NULL };
  g_autoptr (GVariant) value =
      reeve_sqlite_store_table_thaw (sqlite3_column_blob (statement, 2),
                                     (gsize) sqlite3_column_bytes (statement, 2));

  if (value == NULL || !named)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_FAILED,
                   "record %s of %s in %s is damaged: restore a backup",
                   named ? id : "without a name", collection->name,
                   reeve_sqlite_store_database_get_path (database));
      return NULL;
    }
  for (guint i = 0; i < collection->n_indexes; i++)
    {
      keys[i] = (const char *) sqlite3_column_text (statement, (int) i + 3);
      if (keys[i] == NULL)
        keys[i] = ""; /* an index that is newer than the record */
    }
  return reeve_record_new (collection->name, id, sqlite3_column_int64 (statement, 1), value, keys);
}

ReeveRecord *
reeve_sqlite_store_table_get (ReeveSqliteStoreDatabase *database,
                              ReeveSqliteStoreCollection *collection, const char *id,
                              GError **error)
{
  sqlite3_stmt *statement = reeve_sqlite_store_database_query (
      database,
      "SELECT id, revision, value, key1, key2, key3, key4 FROM record"
      " WHERE collection = ?1 AND id = ?2",
      error);
  ReeveRecord *record = NULL;
  gboolean row;

  if (statement == NULL)
    return NULL;
  sqlite3_bind_int64 (statement, 1, collection->id);
  sqlite3_bind_text (statement, 2, id, -1, SQLITE_STATIC);
  if (!reeve_sqlite_store_database_step (database, statement, &row, error))
    return NULL;
  if (row)
    record = reeve_sqlite_store_table_read (database, collection, statement, error);
  else
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND, "there is no record %s in %s", id,
                 collection->name);
  sqlite3_reset (statement);
  return record;
}

static sqlite3_stmt *
reeve_sqlite_store_table_prepare_list (ReeveSqliteStoreDatabase *database, int index,
                                       GError **error)
{
#define REEVE_SQLITE_STORE_LIST(condition)                                                         \
  "SELECT id, revision, value, key1, key2, key3, key4 FROM record"                                 \
  " WHERE collection = ?1 AND id > ?2 " condition " ORDER BY id LIMIT ?3"
  switch (index)
    {
    case 0:
      return reeve_sqlite_store_database_query (database, REEVE_SQLITE_STORE_LIST ("AND key1 = ?4"),
                                                error);
    case 1:
      return reeve_sqlite_store_database_query (database, REEVE_SQLITE_STORE_LIST ("AND key2 = ?4"),
                                                error);
    case 2:
      return reeve_sqlite_store_database_query (database, REEVE_SQLITE_STORE_LIST ("AND key3 = ?4"),
                                                error);
    case 3:
      return reeve_sqlite_store_database_query (database, REEVE_SQLITE_STORE_LIST ("AND key4 = ?4"),
                                                error);
    default:
      return reeve_sqlite_store_database_query (database, REEVE_SQLITE_STORE_LIST (""), error);
    }
#undef REEVE_SQLITE_STORE_LIST
}

GPtrArray *
reeve_sqlite_store_table_list (ReeveSqliteStoreDatabase *database,
                               ReeveSqliteStoreCollection *collection,
                               const ReeveSqliteStoreListing *listing, GError **error)
{
  sqlite3_stmt *statement = reeve_sqlite_store_table_prepare_list (database, listing->index, error);
  g_autoptr (GPtrArray) records =
      g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_record_unref);
  gboolean row;

  if (statement == NULL)
    return NULL;
  sqlite3_bind_int64 (statement, 1, collection->id);
  sqlite3_bind_text (statement, 2, listing->cursor != NULL ? listing->cursor : "", -1,
                     SQLITE_STATIC);
  sqlite3_bind_int64 (statement, 3, listing->limit);
  if (listing->index >= 0)
    sqlite3_bind_text (statement, 4, listing->value, -1, SQLITE_STATIC);
  do
    {
      ReeveRecord *record;

      if (!reeve_sqlite_store_database_step (database, statement, &row, error))
        return NULL;
      if (!row)
        continue;
      record = reeve_sqlite_store_table_read (database, collection, statement, error);
      if (record == NULL)
        {
          sqlite3_reset (statement);
          return NULL;
        }
      g_ptr_array_add (records, record);
    }
  while (row);
  return g_steal_pointer (&records);
}

/* ---- changing ---- */

static gboolean
reeve_sqlite_store_table_check_revision (ReeveSqliteStoreDatabase *database,
                                         ReeveSqliteStoreChange *change, GError **error)
{
  sqlite3_stmt *statement = reeve_sqlite_store_database_query (
      database, "SELECT revision FROM record WHERE collection = ?1 AND id = ?2", error);
  gint64 expected = reeve_record_get_revision (change->record);
  gint64 found = 0;
  gboolean row;

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, change->collection->id);
  sqlite3_bind_text (statement, 2, reeve_record_get_id (change->record), -1, SQLITE_STATIC);
  if (!reeve_sqlite_store_database_step (database, statement, &row, error))
    return FALSE;
  if (row)
    found = sqlite3_column_int64 (statement, 0);
  sqlite3_reset (statement);
  if (expected >= 0 && expected != found)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_CONFLICT,
                   "record %s of %s has revision %" G_GINT64_FORMAT ", not %" G_GINT64_FORMAT
                   ": read it again",
                   reeve_record_get_id (change->record), change->collection->name, found, expected);
      return FALSE;
    }
  change->revision = found == 0 && reeve_record_get_value (change->record) == NULL ? 0 : found + 1;
  return TRUE;
}

static gboolean
reeve_sqlite_store_table_delete (ReeveSqliteStoreDatabase *database, ReeveSqliteStoreChange *change,
                                 GError **error)
{
  sqlite3_stmt *statement =
      reeve_sqlite_store_database_query (database,
                                         "DELETE FROM record WHERE collection = ?1 AND id = ?2",
                                         error);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, change->collection->id);
  sqlite3_bind_text (statement, 2, reeve_record_get_id (change->record), -1, SQLITE_STATIC);
  return reeve_sqlite_store_database_run (database, statement, error);
}

static gboolean
reeve_sqlite_store_table_write (ReeveSqliteStoreDatabase *database, ReeveSqliteStoreChange *change,
                                GError **error)
{
  sqlite3_stmt *statement = reeve_sqlite_store_database_query (
      database,
      "INSERT INTO record (collection, id, revision, value, key1, key2, key3, key4)"
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
      " ON CONFLICT (collection, id) DO UPDATE SET revision = excluded.revision,"
      " value = excluded.value, key1 = excluded.key1, key2 = excluded.key2,"
      " key3 = excluded.key3, key4 = excluded.key4",
      error);
  g_autoptr (GBytes) bytes =
      reeve_sqlite_store_table_freeze (reeve_record_get_value (change->record));
  const char *const *keys = reeve_record_get_index_values (change->record);
  gboolean ok;

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, change->collection->id);
  sqlite3_bind_text (statement, 2, reeve_record_get_id (change->record), -1, SQLITE_STATIC);
  sqlite3_bind_int64 (statement, 3, change->revision);
  if (g_bytes_get_size (bytes) > 0)
    sqlite3_bind_blob64 (statement, 4, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes),
                         SQLITE_STATIC);
  else
    sqlite3_bind_zeroblob (statement, 4, 0);
  for (guint i = 0; i < change->collection->n_indexes; i++)
    sqlite3_bind_text (statement, (int) i + 5, keys[i], -1, SQLITE_STATIC);
  ok = reeve_sqlite_store_database_run (database, statement, error);
  /* the bytes and texts end with this call */
  sqlite3_clear_bindings (statement);
  return ok;
}

gboolean
reeve_sqlite_store_table_apply (ReeveSqliteStoreDatabase *database, ReeveSqliteStoreChange *changes,
                                guint n, GError **error)
{
  for (guint i = 0; i < n; i++)
    if (!reeve_sqlite_store_table_check_revision (database, &changes[i], error))
      return FALSE;
  for (guint i = 0; i < n; i++)
    {
      gboolean delete = reeve_record_get_value (changes[i].record) == NULL;

      if (!(delete ? reeve_sqlite_store_table_delete (database, &changes[i], error)
                   : reeve_sqlite_store_table_write (database, &changes[i], error)))
        return FALSE;
    }
  return TRUE;
}
