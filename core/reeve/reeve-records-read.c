/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A whole collection, in as many pages as it takes. */

#include "config.h"

#include "reeve-error.h"
#include "reeve-records.h"

typedef struct
{
  char *collection;
  guint page;
  ReeveRecordFunc func;
  gpointer func_data;
} ReeveRecordsRead;

static void reeve_records_read_next (GTask *task, const char *cursor);

static void
reeve_records_read_free (gpointer data)
{
  ReeveRecordsRead *self = data;

  g_free (self->collection);
  g_free (self);
}

static void
reeve_records_read_listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ReeveRecordsRead *self = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GPtrArray) page = reeve_records_list_finish (REEVE_RECORDS (source), result, &error);
  gboolean more;

  if (page == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  more = page->len == self->page;
  for (guint i = 0; i < page->len; i++)
    if (!self->func (g_ptr_array_index (page, i), self->func_data))
      {
        more = FALSE;
        break;
      }
  if (more)
    reeve_records_read_next (g_steal_pointer (&task),
                             reeve_record_get_id (g_ptr_array_index (page, page->len - 1)));
  else
    g_task_return_boolean (task, TRUE);
}

/* Takes the task. */
static void
reeve_records_read_next (GTask *task, const char *cursor)
{
  ReeveRecordsRead *self = g_task_get_task_data (task);

  reeve_records_list_async (g_task_get_source_object (task), self->collection, NULL, NULL, cursor,
                            self->page, g_task_get_cancellable (task), reeve_records_read_listed_cb,
                            task);
}

static GTask *
reeve_records_read_new (ReeveRecords *records, const char *collection, guint page,
                        ReeveRecordFunc func, gpointer func_data, GCancellable *cancellable,
                        GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (records, cancellable, callback, user_data);
  ReeveRecordsRead *self = g_new0 (ReeveRecordsRead, 1);

  self->collection = g_strdup (collection);
  self->page = page;
  self->func = func;
  self->func_data = func_data;
  g_task_set_task_data (task, self, reeve_records_read_free);
  return task;
}

void
reeve_records_read_async (ReeveRecords *self, const char *collection, const char *cursor,
                          guint page, ReeveRecordFunc func, gpointer func_data,
                          GCancellable *cancellable, GAsyncReadyCallback callback,
                          gpointer user_data)
{
  GTask *task = reeve_records_read_new (self, collection, page, func, func_data, cancellable,
                                        callback, user_data);

  g_task_set_source_tag (task, reeve_records_read_async);
  reeve_records_read_next (task, cursor);
}

gboolean
reeve_records_read_finish (ReeveRecords *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
reeve_records_load_opened_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (reeve_records_open_finish (REEVE_RECORDS (source), result, &error))
    reeve_records_read_next (g_steal_pointer (&task), NULL);
  else
    g_task_return_error (task, error);
}

void
reeve_records_load_async (ReeveRecords *self, const ReeveCollection *collection, guint page,
                          ReeveRecordFunc func, gpointer func_data, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = reeve_records_read_new (self, collection->name, page, func, func_data, cancellable,
                                        callback, user_data);

  g_task_set_source_tag (task, reeve_records_load_async);
  reeve_records_open_async (self, collection, cancellable, reeve_records_load_opened_cb, task);
}

gboolean
reeve_records_load_finish (ReeveRecords *self, GAsyncResult *result, GError **error)
{
  return reeve_records_read_finish (self, result, error);
}
