/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A store for the tests: it fails, refuses or hangs when it is told to. */

#include "config.h"

#include "events-records.h"

#include <string.h>

static char *
test_records_make_key (const char *collection, const char *id)
{
  return g_strdup_printf ("%s %s", collection, id);
}

static gboolean
test_records_answer (TestRecords *self, GTask *task, GPtrArray *changes)
{
  if (self->mood != 0)
    {
      g_task_return_new_error (task, REEVE_ERROR, self->mood, "the disk is full");
      return FALSE;
    }
  for (guint i = 0; i < changes->len; i++)
    {
      ReeveRecord *record = g_ptr_array_index (changes, i);
      g_autofree char *key = test_records_make_key (reeve_record_get_collection (record),
                                                    reeve_record_get_id (record));

      if (reeve_record_get_value (record) != NULL)
        g_tree_insert (self->rows, g_steal_pointer (&key), reeve_record_ref (record));
      else
        g_tree_remove (self->rows, key);
    }
  g_task_return_boolean (task, TRUE);
  return TRUE;
}

void
test_records_release (TestRecords *self)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->hanging);
  g_autoptr (GPtrArray) batch = g_steal_pointer (&self->batch);

  g_assert_nonnull (task);
  test_records_answer (self, task, batch);
}

static void
test_records_open_async (ReeveRecords *records, const ReeveCollection *collection,
                         GCancellable *cancellable, GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (records, cancellable, callback, user_data);

  g_assert_true (g_str_has_prefix (collection->name, "events."));
  if (TEST_RECORDS (records)->no_open)
    g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_UNSUPPORTED, "it is newer");
  else
    g_task_return_boolean (task, TRUE);
}

static gboolean
test_records_boolean_finish (G_GNUC_UNUSED ReeveRecords *records, GAsyncResult *result,
                             GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

typedef struct
{
  const char *collection;
  const char *cursor;
  guint limit;
  GPtrArray *page;
} TestPage;

static gboolean
test_records_list_row (G_GNUC_UNUSED gpointer key, gpointer value, gpointer user_data)
{
  TestPage *page = user_data;

  if (strcmp (reeve_record_get_collection (value), page->collection) == 0 &&
      (page->cursor == NULL || strcmp (reeve_record_get_id (value), page->cursor) > 0))
    g_ptr_array_add (page->page, reeve_record_ref (value));
  return page->page->len >= page->limit;
}

static void
test_records_list_async (ReeveRecords *records, const char *collection,
                         G_GNUC_UNUSED const char *index, G_GNUC_UNUSED const char *value,
                         const char *cursor, guint limit, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (records, cancellable, callback, user_data);
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_record_unref);
  TestPage page = { collection, cursor, limit, list };
  TestRecords *self = TEST_RECORDS (records);
  const char *bad = self->all_bad && strcmp (collection, COLLECTION) == 0 ? "all" : NULL;

  self->lists++;
  if (self->timeouts > 0)
    {
      self->timeouts--;
      g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_TIMEOUT, "no answer");
      return;
    }
  g_tree_foreach (self->rows, test_records_list_row, &page);
  for (guint i = 0; i < list->len && bad == NULL; i++)
    {
      const char *id = reeve_record_get_id (g_ptr_array_index (list, i));

      bad = g_hash_table_contains (self->bad, id) ? id : NULL;
    }
  if (bad == NULL)
    {
      g_task_return_pointer (task, g_steal_pointer (&list), (GDestroyNotify) g_ptr_array_unref);
      return;
    }
  g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_FAILED, "record %s is damaged", bad);
}

static GPtrArray *
test_records_list_finish (G_GNUC_UNUSED ReeveRecords *records, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
test_records_apply_async (ReeveRecords *records, GPtrArray *changes,
                          G_GNUC_UNUSED GCancellable *cancellable, GAsyncReadyCallback callback,
                          gpointer user_data)
{
  TestRecords *self = TEST_RECORDS (records);
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);

  self->applies++;
  self->largest = MAX (self->largest, changes->len);
  g_assert_cmpuint (changes->len, <=, REEVE_RECORDS_MAX_BATCH);
  g_assert_null (self->hanging);
  if (self->hang)
    {
      self->hanging = g_steal_pointer (&task);
      self->batch = g_ptr_array_ref (changes);
    }
  else
    test_records_answer (self, task, changes);
}

static void
test_records_iface_init (ReeveRecordsInterface *iface)
{
  iface->open_async = test_records_open_async;
  iface->open_finish = test_records_boolean_finish;
  iface->list_async = test_records_list_async;
  iface->list_finish = test_records_list_finish;
  iface->apply_async = test_records_apply_async;
  iface->apply_finish = test_records_boolean_finish;
}

G_DEFINE_TYPE_WITH_CODE (TestRecords, test_records, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (REEVE_TYPE_RECORDS, test_records_iface_init))

static void
test_records_finalize (GObject *object)
{
  g_tree_unref (TEST_RECORDS (object)->rows);
  g_hash_table_unref (TEST_RECORDS (object)->bad);
  G_OBJECT_CLASS (test_records_parent_class)->finalize (object);
}

static void
test_records_class_init (TestRecordsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = test_records_finalize;
}

static int
test_records_compare (gconstpointer a, gconstpointer b, G_GNUC_UNUSED gpointer user_data)
{
  return strcmp (a, b);
}

static void
test_records_init (TestRecords *self)
{
  self->bad = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->rows =
      g_tree_new_full (test_records_compare, NULL, g_free, (GDestroyNotify) reeve_record_unref);
}
