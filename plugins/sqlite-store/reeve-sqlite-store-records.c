/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * ReeveRecords on the main thread: checks what is asked, hands changes to the writer and questions
 * to the reader, and tells the watchers of what was committed.
 */

#include "config.h"

#include "reeve-sqlite-store-records.h"

#include <string.h>

#include "reeve-sqlite-store-snapshot.h"
#include "reeve-sqlite-store-table.h"

struct _ReeveSqliteStoreRecords
{
  GObject parent_instance;

  ReeveSqliteStoreCore *core;
  GHashTable *collections; /* name -> ReeveSqliteStoreCollection: the open ones */
  GPtrArray *watches;      /* of ReeveSqliteStoreWatch */
  guint last_watch;
};

typedef struct
{
  guint id;
  char *collection;
  ReeveRecordsFunc func;
  gpointer user_data;
} ReeveSqliteStoreWatch;

typedef struct
{
  ReeveSqliteStoreRecords *records;
  GTask *task;
  ReeveSqliteStoreCollection *collection;
} ReeveSqliteStoreOpening;

typedef struct
{
  ReeveSqliteStoreRecords *records;
  GTask *task;
  guint n;
  ReeveSqliteStoreChange *changes;
} ReeveSqliteStoreApply;

typedef struct
{
  ReeveSqliteStoreCollection *collection;
  char *id;     /* of a get */
  char *value;  /* of a list */
  char *cursor; /* of a list */
  ReeveSqliteStoreListing listing;
} ReeveSqliteStoreQuestion;

static void reeve_sqlite_store_records_iface_init (ReeveRecordsInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (ReeveSqliteStoreRecords, reeve_sqlite_store_records, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (REEVE_TYPE_RECORDS,
                                                      reeve_sqlite_store_records_iface_init))

static ReeveSqliteStoreCollection *
reeve_sqlite_store_records_find (ReeveSqliteStoreRecords *self, const char *name, GError **error)
{
  ReeveSqliteStoreCollection *collection =
      name != NULL ? g_hash_table_lookup (self->collections, name) : NULL;

  if (collection == NULL)
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND, "collection %s is not open",
                 name != NULL ? name : "without a name");
  return collection;
}

/* Not cancelled by itself: what is written is written. */
static GTask *
reeve_sqlite_store_records_new_task (ReeveSqliteStoreRecords *self, gpointer tag,
                                     GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, tag);
  return task;
}

static gboolean
reeve_sqlite_store_records_end_finish (G_GNUC_UNUSED ReeveRecords *records, GAsyncResult *result,
                                       GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* ---- watches ---- */

static void
reeve_sqlite_store_watch_free (gpointer data)
{
  ReeveSqliteStoreWatch *watch = data;

  g_free (watch->collection);
  g_free (watch);
}

static ReeveSqliteStoreWatch *
reeve_sqlite_store_records_find_watch (ReeveSqliteStoreRecords *self, guint id, guint *ret_index)
{
  for (guint i = 0; i < self->watches->len; i++)
    {
      ReeveSqliteStoreWatch *watch = g_ptr_array_index (self->watches, i);

      *ret_index = i;
      if (watch->id == id)
        return watch;
    }
  return NULL;
}

static guint
reeve_sqlite_store_records_watch (ReeveRecords *records, const char *collection,
                                  ReeveRecordsFunc func, gpointer user_data)
{
  ReeveSqliteStoreRecords *self = REEVE_SQLITE_STORE_RECORDS (records);
  ReeveSqliteStoreWatch *watch = g_new0 (ReeveSqliteStoreWatch, 1);

  watch->id = ++self->last_watch;
  watch->collection = g_strdup (collection);
  watch->func = func;
  watch->user_data = user_data;
  g_ptr_array_add (self->watches, watch);
  return watch->id;
}

static void
reeve_sqlite_store_records_unwatch (ReeveRecords *records, guint id)
{
  ReeveSqliteStoreRecords *self = REEVE_SQLITE_STORE_RECORDS (records);
  guint index;

  if (reeve_sqlite_store_records_find_watch (self, id, &index) != NULL)
    g_ptr_array_remove_index (self->watches, index);
}

/* A watcher may take itself or another one away meanwhile. */
void
reeve_sqlite_store_records_notify (ReeveSqliteStoreRecords *self, ReeveRecord *record)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint i = 0; i < self->watches->len; i++)
    {
      ReeveSqliteStoreWatch *watch = g_ptr_array_index (self->watches, i);

      if (strcmp (watch->collection, reeve_record_get_collection (record)) == 0)
        g_array_append_val (ids, watch->id);
    }
  for (guint i = 0; i < ids->len; i++)
    {
      guint index;
      ReeveSqliteStoreWatch *watch =
          reeve_sqlite_store_records_find_watch (self, g_array_index (ids, guint, i), &index);

      if (watch != NULL)
        watch->func (REEVE_RECORDS (self), record, watch->user_data);
    }
}

GHashTable *
reeve_sqlite_store_records_list_watched (ReeveSqliteStoreRecords *self)
{
  GHashTable *names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < self->watches->len; i++)
    {
      ReeveSqliteStoreWatch *watch = g_ptr_array_index (self->watches, i);

      g_hash_table_add (names, g_strdup (watch->collection));
    }
  return names;
}

/* ---- open ---- */

static void
reeve_sqlite_store_opening_free (gpointer data)
{
  ReeveSqliteStoreOpening *self = data;

  g_clear_pointer (&self->collection, reeve_sqlite_store_collection_unref);
  g_clear_object (&self->task);
  g_clear_object (&self->records);
  g_free (self);
}

static gboolean
reeve_sqlite_store_opening_write (ReeveSqliteStoreDatabase *database, gpointer data, GError **error)
{
  ReeveSqliteStoreOpening *self = data;

  return reeve_sqlite_store_table_open (database, self->collection, error);
}

static void
reeve_sqlite_store_opening_done (gpointer data, const GError *error)
{
  ReeveSqliteStoreOpening *self = data;

  if (error != NULL)
    {
      g_task_return_error (self->task, g_error_copy (error));
      return;
    }
  g_hash_table_replace (self->records->collections, self->collection->name,
                        reeve_sqlite_store_collection_ref (self->collection));
  g_task_return_boolean (self->task, TRUE);
}

static const ReeveSqliteStoreWriteClass reeve_sqlite_store_opening_class = {
  .line = REEVE_SQLITE_STORE_LINE_RECORDS,
  .write = reeve_sqlite_store_opening_write,
  .done = reeve_sqlite_store_opening_done,
  .free = reeve_sqlite_store_opening_free,
};

static void
reeve_sqlite_store_records_open_async (ReeveRecords *records, const ReeveCollection *collection,
                                       G_GNUC_UNUSED GCancellable *cancellable,
                                       GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveSqliteStoreRecords *self = REEVE_SQLITE_STORE_RECORDS (records);
  g_autoptr (GTask) task =
      reeve_sqlite_store_records_new_task (self, reeve_sqlite_store_records_open_async, callback,
                                           user_data);
  ReeveSqliteStoreOpening *opening;
  ReeveSqliteStoreCollection *made;
  GError *error = NULL;

  made = reeve_sqlite_store_collection_new (collection->name, collection->version,
                                            collection->indexes, &error);
  if (made != NULL && g_hash_table_size (self->collections) >= REEVE_SQLITE_STORE_MAX_COLLECTIONS)
    {
      g_clear_pointer (&made, reeve_sqlite_store_collection_unref);
      g_set_error (&error, REEVE_ERROR, REEVE_ERROR_LIMIT, "more than %d collections",
                   REEVE_SQLITE_STORE_MAX_COLLECTIONS);
    }
  if (made == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  opening = g_new0 (ReeveSqliteStoreOpening, 1);
  opening->records = g_object_ref (self);
  opening->task = g_object_ref (task);
  opening->collection = made;
  if (!reeve_sqlite_store_writer_push (reeve_sqlite_store_core_get_writer (self->core),
                                       &reeve_sqlite_store_opening_class, opening, 1, &error))
    g_task_return_error (task, error);
}

GPtrArray *
reeve_sqlite_store_records_list_open (ReeveSqliteStoreRecords *self)
{
  GPtrArray *collections =
      g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_sqlite_store_collection_unref);
  GHashTableIter iter;
  gpointer collection;

  g_hash_table_iter_init (&iter, self->collections);
  while (g_hash_table_iter_next (&iter, NULL, &collection))
    g_ptr_array_add (collections, reeve_sqlite_store_collection_ref (collection));
  return collections;
}

/* ---- get and list ---- */

static void
reeve_sqlite_store_question_free (gpointer data)
{
  ReeveSqliteStoreQuestion *self = data;

  g_clear_pointer (&self->collection, reeve_sqlite_store_collection_unref);
  g_free (self->id);
  g_free (self->value);
  g_free (self->cursor);
  g_free (self);
}

static gpointer
reeve_sqlite_store_question_get (ReeveSqliteStoreDatabase *database, gpointer data,
                                 G_GNUC_UNUSED GCancellable *cancellable, GError **error)
{
  ReeveSqliteStoreQuestion *self = data;

  return reeve_sqlite_store_table_get (database, self->collection, self->id, error);
}

static gpointer
reeve_sqlite_store_question_list (ReeveSqliteStoreDatabase *database, gpointer data,
                                  G_GNUC_UNUSED GCancellable *cancellable, GError **error)
{
  ReeveSqliteStoreQuestion *self = data;
  gpointer found =
      reeve_sqlite_store_table_list (database, self->collection, &self->listing, error);

  /* who goes through a whole collection does not come back to these pages */
  if (self->listing.index < 0)
    reeve_sqlite_store_database_drop_pages (database);
  return found;
}

static const ReeveSqliteStoreReadClass reeve_sqlite_store_question_get_class = {
  .read = reeve_sqlite_store_question_get,
  .free_data = reeve_sqlite_store_question_free,
  .free_result = (GDestroyNotify) reeve_record_unref,
};

static const ReeveSqliteStoreReadClass reeve_sqlite_store_question_list_class = {
  .read = reeve_sqlite_store_question_list,
  .free_data = reeve_sqlite_store_question_free,
  .free_result = (GDestroyNotify) g_ptr_array_unref,
};

static void
reeve_sqlite_store_records_get_async (ReeveRecords *records, const char *name, const char *id,
                                      GCancellable *cancellable, GAsyncReadyCallback callback,
                                      gpointer user_data)
{
  ReeveSqliteStoreRecords *self = REEVE_SQLITE_STORE_RECORDS (records);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  ReeveSqliteStoreCollection *collection;
  ReeveSqliteStoreQuestion *question;
  GError *error = NULL;

  g_task_set_source_tag (task, reeve_sqlite_store_records_get_async);
  collection = reeve_sqlite_store_records_find (self, name, &error);
  if (collection == NULL || !reeve_sqlite_store_table_check_id (id, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  question = g_new0 (ReeveSqliteStoreQuestion, 1);
  question->collection = reeve_sqlite_store_collection_ref (collection);
  question->id = g_strdup (id);
  reeve_sqlite_store_core_read (self->core, &reeve_sqlite_store_question_get_class, question,
                                g_steal_pointer (&task));
}

static ReeveRecord *
reeve_sqlite_store_records_get_finish (G_GNUC_UNUSED ReeveRecords *records, GAsyncResult *result,
                                       GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* -1: no such index. */
static int
reeve_sqlite_store_records_find_index (ReeveSqliteStoreCollection *collection, const char *index,
                                       GError **error)
{
  for (guint i = 0; i < collection->n_indexes; i++)
    if (strcmp (collection->indexes[i], index) == 0)
      return (int) i;
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND, "collection %s has no index %s",
               collection->name, index);
  return -1;
}

static void
reeve_sqlite_store_records_list_async (ReeveRecords *records, const char *name, const char *index,
                                       const char *value, const char *cursor, guint limit,
                                       GCancellable *cancellable, GAsyncReadyCallback callback,
                                       gpointer user_data)
{
  ReeveSqliteStoreRecords *self = REEVE_SQLITE_STORE_RECORDS (records);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  ReeveSqliteStoreCollection *collection;
  ReeveSqliteStoreQuestion *question;
  GError *error = NULL;
  int number = -1;

  g_task_set_source_tag (task, reeve_sqlite_store_records_list_async);
  collection = reeve_sqlite_store_records_find (self, name, &error);
  if (collection != NULL && index != NULL)
    number = reeve_sqlite_store_records_find_index (collection, index, &error);
  if (error != NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  question = g_new0 (ReeveSqliteStoreQuestion, 1);
  question->collection = reeve_sqlite_store_collection_ref (collection);
  question->value = g_strdup (value != NULL ? value : "");
  question->cursor = g_strdup (cursor);
  question->listing.index = number;
  question->listing.value = question->value;
  question->listing.cursor = question->cursor;
  question->listing.limit =
      limit > 0 ? MIN (limit, REEVE_RECORDS_MAX_PAGE) : REEVE_RECORDS_MAX_PAGE;
  reeve_sqlite_store_core_read (self->core, &reeve_sqlite_store_question_list_class, question,
                                g_steal_pointer (&task));
}

static GPtrArray *
reeve_sqlite_store_records_list_finish (G_GNUC_UNUSED ReeveRecords *records, GAsyncResult *result,
                                        GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- apply ---- */

static void
reeve_sqlite_store_apply_free (gpointer data)
{
  ReeveSqliteStoreApply *self = data;

  for (guint i = 0; i < self->n; i++)
    {
      g_clear_pointer (&self->changes[i].collection, reeve_sqlite_store_collection_unref);
      g_clear_pointer (&self->changes[i].record, reeve_record_unref);
    }
  g_free (self->changes);
  g_clear_object (&self->task);
  g_clear_object (&self->records);
  g_free (self);
}

static gboolean
reeve_sqlite_store_apply_write (ReeveSqliteStoreDatabase *database, gpointer data, GError **error)
{
  ReeveSqliteStoreApply *self = data;

  return reeve_sqlite_store_table_apply (database, self->changes, self->n, error);
}

static void
reeve_sqlite_store_apply_done (gpointer data, const GError *error)
{
  ReeveSqliteStoreApply *self = data;

  if (error != NULL)
    {
      g_task_return_error (self->task, g_error_copy (error));
      return;
    }
  for (guint i = 0; i < self->n; i++)
    {
      const ReeveSqliteStoreChange *change = &self->changes[i];
      g_autoptr (ReeveRecord) record = NULL;

      if (change->revision == 0)
        continue;
      record = reeve_record_new (change->collection->name, reeve_record_get_id (change->record),
                                 change->revision, reeve_record_get_value (change->record),
                                 reeve_record_get_index_values (change->record));
      reeve_sqlite_store_records_notify (self->records, record);
    }
  g_task_return_boolean (self->task, TRUE);
}

static const ReeveSqliteStoreWriteClass reeve_sqlite_store_apply_class = {
  .line = REEVE_SQLITE_STORE_LINE_RECORDS,
  .write = reeve_sqlite_store_apply_write,
  .done = reeve_sqlite_store_apply_done,
  .free = reeve_sqlite_store_apply_free,
};

static gboolean
reeve_sqlite_store_records_check_value (ReeveSqliteStoreCollection *collection, ReeveRecord *record,
                                        GError **error)
{
  GVariant *value = reeve_record_get_value (record);
  const char *const *keys = reeve_record_get_index_values (record);
  guint n = keys != NULL ? g_strv_length ((GStrv) keys) : 0;

  if (value == NULL)
    return TRUE;
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_VARDICT))
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID, "record %s of %s is not a dictionary",
                 reeve_record_get_id (record), collection->name);
  else if (g_variant_get_size (value) > REEVE_RECORDS_MAX_VALUE)
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT, "record %s of %s is over %d bytes",
                 reeve_record_get_id (record), collection->name, REEVE_RECORDS_MAX_VALUE);
  else if (n != collection->n_indexes)
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                 "record %s of %s has %u index values, its collection %u indexes",
                 reeve_record_get_id (record), collection->name, n, collection->n_indexes);
  else
    {
      for (guint i = 0; i < n; i++)
        if (strlen (keys[i]) > REEVE_SQLITE_STORE_MAX_KEY || !g_utf8_validate (keys[i], -1, NULL))
          {
            g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                         "record %s of %s: index %s has a value of more than %d bytes or no text",
                         reeve_record_get_id (record), collection->name, collection->indexes[i],
                         REEVE_SQLITE_STORE_MAX_KEY);
            return FALSE;
          }
      return TRUE;
    }
  return FALSE;
}

/* Fills @apply from @changes. */
static gboolean
reeve_sqlite_store_records_check_changes (ReeveSqliteStoreRecords *self, GPtrArray *changes,
                                          ReeveSqliteStoreApply *apply, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  if (changes->len > REEVE_RECORDS_MAX_BATCH)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT, "more than %d changes in one batch",
                   REEVE_RECORDS_MAX_BATCH);
      return FALSE;
    }
  for (guint i = 0; i < changes->len; i++)
    {
      ReeveRecord *record = g_ptr_array_index (changes, i);
      const char *id = reeve_record_get_id (record);
      ReeveSqliteStoreCollection *collection =
          reeve_sqlite_store_records_find (self, reeve_record_get_collection (record), error);

      if (collection == NULL || !reeve_sqlite_store_table_check_id (id, error) ||
          !reeve_sqlite_store_records_check_value (collection, record, error))
        return FALSE;
      if (!g_hash_table_add (seen, g_strjoin ("/", collection->name, id, NULL)))
        {
          g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                       "record %s of %s is changed twice in one batch", id, collection->name);
          return FALSE;
        }
      apply->changes[i].collection = reeve_sqlite_store_collection_ref (collection);
      apply->changes[i].record = reeve_record_ref (record);
      apply->n = i + 1;
    }
  return TRUE;
}

static void
reeve_sqlite_store_records_apply_async (ReeveRecords *records, GPtrArray *changes,
                                        G_GNUC_UNUSED GCancellable *cancellable,
                                        GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveSqliteStoreRecords *self = REEVE_SQLITE_STORE_RECORDS (records);
  g_autoptr (GTask) task =
      reeve_sqlite_store_records_new_task (self, reeve_sqlite_store_records_apply_async, callback,
                                           user_data);
  ReeveSqliteStoreApply *apply = g_new0 (ReeveSqliteStoreApply, 1);
  GError *error = NULL;

  apply->records = g_object_ref (self);
  apply->task = g_object_ref (task);
  apply->changes = g_new0 (ReeveSqliteStoreChange, MAX (changes->len, 1));
  if (!reeve_sqlite_store_records_check_changes (self, changes, apply, &error))
    {
      reeve_sqlite_store_apply_free (apply);
      g_task_return_error (task, error);
      return;
    }
  if (!reeve_sqlite_store_writer_push (reeve_sqlite_store_core_get_writer (self->core),
                                       &reeve_sqlite_store_apply_class, apply, changes->len,
                                       &error))
    g_task_return_error (task, error);
}

/* ---- copies ---- */

static void
reeve_sqlite_store_records_snapshot_async (ReeveRecords *records, ReeveStream *stream,
                                           GCancellable *cancellable, GAsyncReadyCallback callback,
                                           gpointer user_data)
{
  ReeveSqliteStoreRecords *self = REEVE_SQLITE_STORE_RECORDS (records);
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, reeve_sqlite_store_records_snapshot_async);
  reeve_sqlite_store_snapshot_run (self->core, self->collections, stream, task);
}

static void
reeve_sqlite_store_records_restore_async (ReeveRecords *records, ReeveStream *stream,
                                          GCancellable *cancellable, GAsyncReadyCallback callback,
                                          gpointer user_data)
{
  ReeveSqliteStoreRecords *self = REEVE_SQLITE_STORE_RECORDS (records);
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_check_cancellable (task, FALSE);
  g_task_set_source_tag (task, reeve_sqlite_store_records_restore_async);
  reeve_sqlite_store_restore_run (self->core, self, stream, task);
}

/* ---- object ---- */

static void
reeve_sqlite_store_records_finalize (GObject *object)
{
  ReeveSqliteStoreRecords *self = REEVE_SQLITE_STORE_RECORDS (object);

  g_clear_pointer (&self->collections, g_hash_table_unref);
  g_clear_pointer (&self->watches, g_ptr_array_unref);

  G_OBJECT_CLASS (reeve_sqlite_store_records_parent_class)->finalize (object);
}

static void
reeve_sqlite_store_records_class_init (ReeveSqliteStoreRecordsClass *class)
{
  G_OBJECT_CLASS (class)->finalize = reeve_sqlite_store_records_finalize;
}

static void
reeve_sqlite_store_records_init (ReeveSqliteStoreRecords *self)
{
  self->collections = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
                                             (GDestroyNotify) reeve_sqlite_store_collection_unref);
  self->watches = g_ptr_array_new_with_free_func (reeve_sqlite_store_watch_free);
}

static void
reeve_sqlite_store_records_iface_init (ReeveRecordsInterface *iface)
{
  iface->open_async = reeve_sqlite_store_records_open_async;
  iface->open_finish = reeve_sqlite_store_records_end_finish;
  iface->get_async = reeve_sqlite_store_records_get_async;
  iface->get_finish = reeve_sqlite_store_records_get_finish;
  iface->list_async = reeve_sqlite_store_records_list_async;
  iface->list_finish = reeve_sqlite_store_records_list_finish;
  iface->apply_async = reeve_sqlite_store_records_apply_async;
  iface->apply_finish = reeve_sqlite_store_records_end_finish;
  iface->watch = reeve_sqlite_store_records_watch;
  iface->unwatch = reeve_sqlite_store_records_unwatch;
  iface->snapshot_async = reeve_sqlite_store_records_snapshot_async;
  iface->snapshot_finish = reeve_sqlite_store_records_end_finish;
  iface->restore_async = reeve_sqlite_store_records_restore_async;
  iface->restore_finish = reeve_sqlite_store_records_end_finish;
}

ReeveSqliteStoreRecords *
reeve_sqlite_store_records_new (ReeveSqliteStoreCore *core)
{
  ReeveSqliteStoreRecords *self = g_object_new (REEVE_SQLITE_STORE_TYPE_RECORDS, NULL);

  self->core = core;
  return self;
}
