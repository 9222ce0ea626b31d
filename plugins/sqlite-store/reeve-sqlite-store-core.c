/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Opens and closes the file on the threads that use it, and takes questions to the reader. */

#include "config.h"

#include "reeve-sqlite-store-core.h"

struct _ReeveSqliteStoreCore
{
  ReeveContext *context;
  char *path;
  gint64 cache;
  ReeveWorker *write_worker;
  ReeveWorker *read_worker;
  ReeveSqliteStoreDatabase *write_database;
  ReeveSqliteStoreDatabase *read_database;
  ReeveSqliteStoreWriter *writer;
};

typedef struct
{
  ReeveSqliteStoreCore *core;
  const ReeveSqliteStoreReadClass *class;
  gpointer data;
} ReeveSqliteStoreRead;

static void
reeve_sqlite_store_core_free (ReeveSqliteStoreCore *self)
{
  g_clear_pointer (&self->writer, reeve_sqlite_store_writer_free);
  if (self->write_worker != NULL)
    reeve_worker_free (self->write_worker, REEVE_SQLITE_STORE_GRACE_MS);
  if (self->read_worker != NULL)
    reeve_worker_free (self->read_worker, REEVE_SQLITE_STORE_GRACE_MS);
  g_clear_pointer (&self->read_database, reeve_sqlite_store_database_free);
  g_clear_pointer (&self->write_database, reeve_sqlite_store_database_free);
  g_free (self->path);
  g_free (self);
}

/* ---- opening: the writer's connection, then the reader's ---- */

static gpointer
reeve_sqlite_store_core_open_writer_thread (gpointer data, G_GNUC_UNUSED GCancellable *cancellable,
                                            GError **error)
{
  ReeveSqliteStoreCore *self = data;

  self->write_database = reeve_sqlite_store_database_open (self->path, self->cache, error);
  return NULL;
}

static gpointer
reeve_sqlite_store_core_open_reader_thread (gpointer data, G_GNUC_UNUSED GCancellable *cancellable,
                                            GError **error)
{
  ReeveSqliteStoreCore *self = data;

  self->read_database = reeve_sqlite_store_database_open_reader (self->path, self->cache, error);
  return NULL;
}

static void
reeve_sqlite_store_core_opened_reader_cb (G_GNUC_UNUSED GObject *source, GAsyncResult *result,
                                          gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ReeveSqliteStoreCore *self = g_task_get_task_data (task);
  GError *error = NULL;

  reeve_worker_run_finish (result, &error);
  if (error != NULL)
    {
      reeve_sqlite_store_core_free (self);
      g_task_return_error (task, error);
      return;
    }
  self->writer =
      reeve_sqlite_store_writer_new (self->context, self->write_worker, self->write_database);
  g_task_return_pointer (task, self, NULL);
}

static void
reeve_sqlite_store_core_opened_writer_cb (G_GNUC_UNUSED GObject *source, GAsyncResult *result,
                                          gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ReeveSqliteStoreCore *self = g_task_get_task_data (task);
  GError *error = NULL;

  reeve_worker_run_finish (result, &error);
  if (error != NULL)
    {
      reeve_sqlite_store_core_free (self);
      g_task_return_error (task, error);
      return;
    }
  reeve_worker_run_async (self->read_worker, reeve_sqlite_store_core_open_reader_thread, self, NULL,
                          NULL, 0, NULL, reeve_sqlite_store_core_opened_reader_cb,
                          g_steal_pointer (&task));
}

void
reeve_sqlite_store_core_open_async (ReeveContext *context, const char *path, gint64 cache,
                                    GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveSqliteStoreCore *self = g_new0 (ReeveSqliteStoreCore, 1);
  GTask *task = g_task_new (NULL, NULL, callback, user_data);

  g_task_set_source_tag (task, reeve_sqlite_store_core_open_async);
  self->context = context;
  self->path = g_strdup (path);
  self->cache = cache;
  self->write_worker = reeve_context_add_worker (context, "writer", 1, 8);
  self->read_worker = reeve_context_add_worker (context, "reader", 1, REEVE_SQLITE_STORE_MAX_READS);
  g_task_set_task_data (task, self, NULL);
  reeve_worker_run_async (self->write_worker, reeve_sqlite_store_core_open_writer_thread, self,
                          NULL, NULL, 0, NULL, reeve_sqlite_store_core_opened_writer_cb, task);
}

ReeveSqliteStoreCore *
reeve_sqlite_store_core_open_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- closing: the reverse ---- */

static gpointer
reeve_sqlite_store_core_close_reader_thread (gpointer data, G_GNUC_UNUSED GCancellable *cancellable,
                                             G_GNUC_UNUSED GError **error)
{
  ReeveSqliteStoreCore *self = data;

  g_clear_pointer (&self->read_database, reeve_sqlite_store_database_free);
  return NULL;
}

static gpointer
reeve_sqlite_store_core_close_writer_thread (gpointer data, G_GNUC_UNUSED GCancellable *cancellable,
                                             G_GNUC_UNUSED GError **error)
{
  ReeveSqliteStoreCore *self = data;

  g_clear_pointer (&self->write_database, reeve_sqlite_store_database_free);
  return NULL;
}

static void
reeve_sqlite_store_core_closed_writer_cb (G_GNUC_UNUSED GObject *source, GAsyncResult *result,
                                          gpointer user_data)
{
  g_autoptr (GTask) task = user_data;

  reeve_worker_run_finish (result, NULL);
  reeve_sqlite_store_core_free (g_task_get_task_data (task));
  g_task_return_boolean (task, TRUE);
}

static void
reeve_sqlite_store_core_closed_reader_cb (G_GNUC_UNUSED GObject *source, GAsyncResult *result,
                                          gpointer user_data)
{
  ReeveSqliteStoreCore *self = g_task_get_task_data (user_data);

  reeve_worker_run_finish (result, NULL);
  reeve_worker_run_async (self->write_worker, reeve_sqlite_store_core_close_writer_thread, self,
                          NULL, NULL, 0, NULL, reeve_sqlite_store_core_closed_writer_cb, user_data);
}

static void
reeve_sqlite_store_core_written_cb (G_GNUC_UNUSED GObject *source, GAsyncResult *result,
                                    gpointer user_data)
{
  ReeveSqliteStoreCore *self = g_task_get_task_data (user_data);

  reeve_sqlite_store_writer_close_finish (result);
  reeve_worker_run_async (self->read_worker, reeve_sqlite_store_core_close_reader_thread, self,
                          NULL, NULL, 0, NULL, reeve_sqlite_store_core_closed_reader_cb, user_data);
}

void
reeve_sqlite_store_core_close_async (ReeveSqliteStoreCore *self, GAsyncReadyCallback callback,
                                     gpointer user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);

  g_task_set_source_tag (task, reeve_sqlite_store_core_close_async);
  g_task_set_task_data (task, self, NULL);
  reeve_sqlite_store_writer_close_async (self->writer, reeve_sqlite_store_core_written_cb, task);
}

void
reeve_sqlite_store_core_close_finish (GAsyncResult *result)
{
  g_task_propagate_boolean (G_TASK (result), NULL);
}

/* ---- parts ---- */

ReeveContext *
reeve_sqlite_store_core_get_context (ReeveSqliteStoreCore *self)
{
  return self->context;
}

ReeveSqliteStoreWriter *
reeve_sqlite_store_core_get_writer (ReeveSqliteStoreCore *self)
{
  return self->writer;
}

const char *
reeve_sqlite_store_core_get_path (ReeveSqliteStoreCore *self)
{
  return self->path;
}

gint64
reeve_sqlite_store_core_get_cache (ReeveSqliteStoreCore *self)
{
  return self->cache;
}

/* ---- questions ---- */

static void
reeve_sqlite_store_core_read_free (gpointer data)
{
  ReeveSqliteStoreRead *read = data;

  if (read->class->free_data != NULL)
    read->class->free_data (read->data);
  g_free (read);
}

static gpointer
reeve_sqlite_store_core_read_thread (gpointer data, GCancellable *cancellable, GError **error)
{
  ReeveSqliteStoreRead *read = data;

  return read->class->read (read->core->read_database, read->data, cancellable, error);
}

static void
reeve_sqlite_store_core_read_cb (G_GNUC_UNUSED GObject *source, GAsyncResult *result,
                                 gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  gpointer answer = reeve_worker_run_finish (result, &error);
  GDestroyNotify free_result = g_task_get_task_data (task);

  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, answer, free_result);
}

void
reeve_sqlite_store_core_read (ReeveSqliteStoreCore *self, const ReeveSqliteStoreReadClass *class,
                              gpointer data, GTask *task)
{
  ReeveSqliteStoreRead *read = g_new0 (ReeveSqliteStoreRead, 1);

  read->core = self;
  read->class = class;
  read->data = data;
  g_task_set_task_data (task, (gpointer) class->free_result, NULL);
  reeve_worker_run_async (self->read_worker, reeve_sqlite_store_core_read_thread, read,
                          reeve_sqlite_store_core_read_free, class->free_result, 0,
                          g_task_get_cancellable (task), reeve_sqlite_store_core_read_cb, task);
}
