/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Records: the value type, and the calls to whoever keeps them. */

#include "config.h"

#include "reeve-records.h"

#include "reeve-dispatch.h"
#include "reeve-error.h"

struct _ReeveRecord
{
  gatomicrefcount refs;
  char *collection;
  char *id;
  gint64 revision;
  GVariant *value;
  GStrv index_values;
};

G_DEFINE_BOXED_TYPE (ReeveRecord, reeve_record, reeve_record_ref, reeve_record_unref)

ReeveRecord *
reeve_record_new (const char *collection, const char *id, gint64 revision, GVariant *value,
                  const char *const *index_values)
{
  ReeveRecord *self = g_new0 (ReeveRecord, 1);

  g_atomic_ref_count_init (&self->refs);
  self->collection = g_strdup (collection);
  self->id = g_strdup (id);
  self->revision = revision;
  self->value = value != NULL ? g_variant_ref_sink (value) : NULL;
  self->index_values = g_strdupv ((GStrv) index_values);
  return self;
}

/* Any thread: records travel between the store's threads. */
ReeveRecord *
reeve_record_ref (ReeveRecord *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
reeve_record_unref (ReeveRecord *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_free (self->collection);
  g_free (self->id);
  g_clear_pointer (&self->value, g_variant_unref);
  g_strfreev (self->index_values);
  g_free (self);
}

const char *
reeve_record_get_collection (ReeveRecord *self)
{
  return self->collection;
}

const char *
reeve_record_get_id (ReeveRecord *self)
{
  return self->id;
}

gint64
reeve_record_get_revision (ReeveRecord *self)
{
  return self->revision;
}

GVariant *
reeve_record_get_value (ReeveRecord *self)
{
  return self->value;
}

const char *const *
reeve_record_get_index_values (ReeveRecord *self)
{
  return (const char *const *) self->index_values;
}

/* ---- calls ---- */

G_DEFINE_INTERFACE (ReeveRecords, reeve_records, G_TYPE_OBJECT)

static void
reeve_records_default_init (ReeveRecordsInterface *iface)
{
  reeve_interface_declare (G_TYPE_FROM_INTERFACE (iface), REEVE_CARDINALITY_ONE, TRUE);
}

void
reeve_records_open_async (ReeveRecords *self, const ReeveCollection *collection,
                          GCancellable *cancellable, GAsyncReadyCallback callback,
                          gpointer user_data)
{
  ReeveRecordsInterface *iface = REEVE_RECORDS_GET_IFACE (self);
  ReeveCall *call = reeve_call_begin (self, "Records.open", iface->open_async != NULL,
                                      REEVE_RECORDS_TIMEOUT_MS, cancellable, callback, user_data);

  if (call == NULL)
    return;
  iface->open_async (self, collection, reeve_call_get_cancellable (call), reeve_call_done_cb, call);
  reeve_call_leave (call);
}

gboolean
reeve_records_open_finish (ReeveRecords *self, GAsyncResult *result, GError **error)
{
  g_autoptr (GAsyncResult) inner = reeve_call_finish (self, result, error);

  if (inner == NULL)
    return FALSE;
  return reeve_call_check (self, result,
                           REEVE_RECORDS_GET_IFACE (self)->open_finish (self, inner, error), error);
}

void
reeve_records_get_async (ReeveRecords *self, const char *collection, const char *id,
                         GCancellable *cancellable, GAsyncReadyCallback callback,
                         gpointer user_data)
{
  ReeveRecordsInterface *iface = REEVE_RECORDS_GET_IFACE (self);
  ReeveCall *call = reeve_call_begin (self, "Records.get", iface->get_async != NULL,
                                      REEVE_RECORDS_TIMEOUT_MS, cancellable, callback, user_data);

  if (call == NULL)
    return;
  iface->get_async (self, collection, id, reeve_call_get_cancellable (call), reeve_call_done_cb,
                    call);
  reeve_call_leave (call);
}

ReeveRecord *
reeve_records_get_finish (ReeveRecords *self, GAsyncResult *result, GError **error)
{
  g_autoptr (GAsyncResult) inner = reeve_call_finish (self, result, error);

  if (inner == NULL)
    return NULL;
  return reeve_call_check_pointer (self, result,
                                   REEVE_RECORDS_GET_IFACE (self)->get_finish (self, inner, error),
                                   error);
}

void
reeve_records_list_async (ReeveRecords *self, const char *collection, const char *index,
                          const char *value, const char *cursor, guint limit,
                          GCancellable *cancellable, GAsyncReadyCallback callback,
                          gpointer user_data)
{
  ReeveRecordsInterface *iface = REEVE_RECORDS_GET_IFACE (self);
  ReeveCall *call = reeve_call_begin (self, "Records.list", iface->list_async != NULL,
                                      REEVE_RECORDS_TIMEOUT_MS, cancellable, callback, user_data);

  if (call == NULL)
    return;
  iface->list_async (self, collection, index, value, cursor, limit,
                     reeve_call_get_cancellable (call), reeve_call_done_cb, call);
  reeve_call_leave (call);
}

GPtrArray *
reeve_records_list_finish (ReeveRecords *self, GAsyncResult *result, GError **error)
{
  g_autoptr (GAsyncResult) inner = reeve_call_finish (self, result, error);

  if (inner == NULL)
    return NULL;
  return reeve_call_check_pointer (self, result,
                                   REEVE_RECORDS_GET_IFACE (self)->list_finish (self, inner, error),
                                   error);
}

void
reeve_records_apply_async (ReeveRecords *self, GPtrArray *changes, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveRecordsInterface *iface = REEVE_RECORDS_GET_IFACE (self);
  ReeveCall *call = reeve_call_begin (self, "Records.apply", iface->apply_async != NULL,
                                      REEVE_RECORDS_TIMEOUT_MS, cancellable, callback, user_data);

  if (call == NULL)
    return;
  iface->apply_async (self, changes, reeve_call_get_cancellable (call), reeve_call_done_cb, call);
  reeve_call_leave (call);
}

gboolean
reeve_records_apply_finish (ReeveRecords *self, GAsyncResult *result, GError **error)
{
  g_autoptr (GAsyncResult) inner = reeve_call_finish (self, result, error);

  if (inner == NULL)
    return FALSE;
  return reeve_call_check (self, result,
                           REEVE_RECORDS_GET_IFACE (self)->apply_finish (self, inner, error),
                           error);
}

guint
reeve_records_watch (ReeveRecords *self, const char *collection, ReeveRecordsFunc func,
                     gpointer user_data)
{
  ReeveRecordsInterface *iface = REEVE_RECORDS_GET_IFACE (self);
  guint ret;

  if (iface->watch == NULL || !reeve_call_enter_sync (self, "Records.watch"))
    return 0;
  ret = iface->watch (self, collection, func, user_data);
  reeve_call_leave_sync (self);
  return ret;
}

void
reeve_records_unwatch (ReeveRecords *self, guint id)
{
  ReeveRecordsInterface *iface = REEVE_RECORDS_GET_IFACE (self);

  if (iface->unwatch == NULL || !reeve_call_enter_sync (self, "Records.unwatch"))
    return;
  iface->unwatch (self, id);
  reeve_call_leave_sync (self);
}

void
reeve_records_snapshot_async (ReeveRecords *self, ReeveStream *stream, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveRecordsInterface *iface = REEVE_RECORDS_GET_IFACE (self);
  ReeveCall *call =
      reeve_call_begin (self, "Records.snapshot", iface->snapshot_async != NULL,
                        REEVE_RECORDS_COPY_TIMEOUT_MS, cancellable, callback, user_data);

  if (call == NULL)
    return;
  iface->snapshot_async (self, stream, reeve_call_get_cancellable (call), reeve_call_done_cb, call);
  reeve_call_leave (call);
}

gboolean
reeve_records_snapshot_finish (ReeveRecords *self, GAsyncResult *result, GError **error)
{
  g_autoptr (GAsyncResult) inner = reeve_call_finish (self, result, error);

  if (inner == NULL)
    return FALSE;
  return reeve_call_check (self, result,
                           REEVE_RECORDS_GET_IFACE (self)->snapshot_finish (self, inner, error),
                           error);
}

void
reeve_records_restore_async (ReeveRecords *self, ReeveStream *stream, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveRecordsInterface *iface = REEVE_RECORDS_GET_IFACE (self);
  ReeveCall *call =
      reeve_call_begin (self, "Records.restore", iface->restore_async != NULL,
                        REEVE_RECORDS_COPY_TIMEOUT_MS, cancellable, callback, user_data);

  if (call == NULL)
    return;
  iface->restore_async (self, stream, reeve_call_get_cancellable (call), reeve_call_done_cb, call);
  reeve_call_leave (call);
}

gboolean
reeve_records_restore_finish (ReeveRecords *self, GAsyncResult *result, GError **error)
{
  g_autoptr (GAsyncResult) inner = reeve_call_finish (self, result, error);

  if (inner == NULL)
    return FALSE;
  return reeve_call_check (self, result,
                           REEVE_RECORDS_GET_IFACE (self)->restore_finish (self, inner, error),
                           error);
}
