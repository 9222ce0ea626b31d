/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A whole collection, in as many pages as it takes. */

#include "config.h"

#include "reeve-events-pages.h"

typedef struct
{
  char *collection;
  ReeveEventsRecordFunc func;
  gpointer func_data;
} ReeveEventsPages;

static void reeve_events_pages_next (GTask *task, const char *cursor);

static void
reeve_events_pages_free (gpointer data)
{
  ReeveEventsPages *self = data;

  g_free (self->collection);
  g_free (self);
}

static void
reeve_events_pages_listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ReeveEventsPages *self = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GPtrArray) page = reeve_records_list_finish (REEVE_RECORDS (source), result, &error);
  gboolean more;

  if (page == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  more = page->len == REEVE_RECORDS_MAX_PAGE;
  for (guint i = 0; i < page->len; i++)
    if (!self->func (g_ptr_array_index (page, i), self->func_data))
      {
        more = FALSE;
        break;
      }
  if (more)
    reeve_events_pages_next (g_steal_pointer (&task),
                             reeve_record_get_id (g_ptr_array_index (page, page->len - 1)));
  else
    g_task_return_boolean (task, TRUE);
}

/* Takes the task. */
static void
reeve_events_pages_next (GTask *task, const char *cursor)
{
  ReeveEventsPages *self = g_task_get_task_data (task);

  reeve_records_list_async (g_task_get_source_object (task), self->collection, NULL, NULL, cursor,
                            REEVE_RECORDS_MAX_PAGE, g_task_get_cancellable (task),
                            reeve_events_pages_listed_cb, task);
}

void
reeve_events_pages_async (ReeveRecords *records, const char *collection, const char *cursor,
                          ReeveEventsRecordFunc func, gpointer func_data, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (records, cancellable, callback, user_data);
  ReeveEventsPages *self = g_new0 (ReeveEventsPages, 1);

  self->collection = g_strdup (collection);
  self->func = func;
  self->func_data = func_data;
  g_task_set_source_tag (task, reeve_events_pages_async);
  g_task_set_task_data (task, self, reeve_events_pages_free);
  reeve_events_pages_next (task, cursor);
}

gboolean
reeve_events_pages_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
