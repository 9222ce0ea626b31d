/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-types.h"

G_BEGIN_DECLS

/* Named collections of small values, versioned and indexed by the plugin that owns them. */

#define REEVE_RECORDS_MAX_VALUE (256 * 1024) /* bytes, serialised */
#define REEVE_RECORDS_MAX_BATCH 1000
#define REEVE_RECORDS_MAX_PAGE 1000
#define REEVE_RECORDS_MAX_INDEXES 4

typedef struct
{
  const char *name;           /* "fleet.systems": the plugin's id, a dot, a word */
  guint version;              /* of the values; a store that has a newer one refuses */
  const char *const *indexes; /* names, NULL-terminated, may be NULL */
} ReeveCollection;

typedef struct _ReeveRecord ReeveRecord;

#define REEVE_TYPE_RECORD (reeve_record_get_type ())
REEVE_API GType reeve_record_get_type (void);
/* @value: a vardict, floating is sunk. @index_values: one text per index of the collection,
 * NULL-terminated, copied, may be NULL when it has none. (transfer full) */
REEVE_API ReeveRecord *reeve_record_new (const char *collection, const char *id, gint64 revision,
                                         GVariant *value, const char *const *index_values);
REEVE_API ReeveRecord *reeve_record_ref (ReeveRecord *self);
REEVE_API void reeve_record_unref (ReeveRecord *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveRecord, reeve_record_unref)
REEVE_API const char *reeve_record_get_collection (ReeveRecord *self);
REEVE_API const char *reeve_record_get_id (ReeveRecord *self);
/* Read: the stored revision, from 1. In a change: the expected one: 0: must not exist yet, -1: any.
 */
REEVE_API gint64 reeve_record_get_revision (ReeveRecord *self);
REEVE_API GVariant *reeve_record_get_value (ReeveRecord *self); /* NULL in a change: delete it */
REEVE_API const char *const *reeve_record_get_index_values (ReeveRecord *self);

typedef void (*ReeveRecordsFunc) (ReeveRecords *records, ReeveRecord *record, gpointer user_data);

#define REEVE_TYPE_RECORDS (reeve_records_get_type ())
REEVE_API
G_DECLARE_INTERFACE (ReeveRecords, reeve_records, REEVE, RECORDS, GObject)

struct _ReeveRecordsInterface
{
  GTypeInterface parent;

  /* Makes the collection known (made when missing). First of all calls for it. */
  void (*open_async) (ReeveRecords *self, const ReeveCollection *collection,
                      GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
  gboolean (*open_finish) (ReeveRecords *self, GAsyncResult *result, GError **error);
  /* (transfer full); REEVE_ERROR_NOT_FOUND. */
  void (*get_async) (ReeveRecords *self, const char *collection, const char *id,
                     GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
  ReeveRecord *(*get_finish) (ReeveRecords *self, GAsyncResult *result, GError **error);
  /* By id (@index NULL) or by an index's exact @value, ordered by id, after @cursor (an id, or
   * NULL), at most
   * @limit. (transfer full) array of ReeveRecord. */
  void (*list_async) (ReeveRecords *self, const char *collection, const char *index,
                      const char *value, const char *cursor, guint limit, GCancellable *cancellable,
                      GAsyncReadyCallback callback, gpointer user_data);
  GPtrArray *(*list_finish) (ReeveRecords *self, GAsyncResult *result, GError **error);
  /* All of @changes (of ReeveRecord) or none; REEVE_ERROR_CONFLICT names the first that did not
   * match. The end is the commit. */
  void (*apply_async) (ReeveRecords *self, GPtrArray *changes, GCancellable *cancellable,
                       GAsyncReadyCallback callback, gpointer user_data);
  gboolean (*apply_finish) (ReeveRecords *self, GAsyncResult *result, GError **error);
  /* @func hears of each committed change of @collection until unwatch; a deleted record has no
   * value. */
  guint (*watch) (ReeveRecords *self, const char *collection, ReeveRecordsFunc func,
                  gpointer user_data);
  void (*unwatch) (ReeveRecords *self, guint id);
  /* A consistent copy of all collections to, and from, @stream; restore replaces everything or
   * nothing. */
  void (*snapshot_async) (ReeveRecords *self, ReeveStream *stream, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data);
  gboolean (*snapshot_finish) (ReeveRecords *self, GAsyncResult *result, GError **error);
  void (*restore_async) (ReeveRecords *self, ReeveStream *stream, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data);
  gboolean (*restore_finish) (ReeveRecords *self, GAsyncResult *result, GError **error);
};

#define REEVE_RECORDS_TIMEOUT_MS 10000
#define REEVE_RECORDS_COPY_TIMEOUT_MS (3600 * 1000)

/* Dispatch; deadline as above. */
REEVE_API void reeve_records_open_async (ReeveRecords *self, const ReeveCollection *collection,
                                         GCancellable *cancellable, GAsyncReadyCallback callback,
                                         gpointer user_data);
REEVE_API gboolean reeve_records_open_finish (ReeveRecords *self, GAsyncResult *result,
                                              GError **error);
REEVE_API void reeve_records_get_async (ReeveRecords *self, const char *collection, const char *id,
                                        GCancellable *cancellable, GAsyncReadyCallback callback,
                                        gpointer user_data);
REEVE_API ReeveRecord *reeve_records_get_finish (ReeveRecords *self, GAsyncResult *result,
                                                 GError **error);
REEVE_API void reeve_records_list_async (ReeveRecords *self, const char *collection,
                                         const char *index, const char *value, const char *cursor,
                                         guint limit, GCancellable *cancellable,
                                         GAsyncReadyCallback callback, gpointer user_data);
REEVE_API GPtrArray *reeve_records_list_finish (ReeveRecords *self, GAsyncResult *result,
                                                GError **error);
REEVE_API void reeve_records_apply_async (ReeveRecords *self, GPtrArray *changes,
                                          GCancellable *cancellable, GAsyncReadyCallback callback,
                                          gpointer user_data);
REEVE_API gboolean reeve_records_apply_finish (ReeveRecords *self, GAsyncResult *result,
                                               GError **error);
/* FALSE: that is enough. */
typedef gboolean (*ReeveRecordFunc) (ReeveRecord *record, gpointer user_data);
/* All of a collection in the order of ids, from after @cursor (or NULL) on, @page records in memory
 * at a time. @func and its @func_data stay the caller's until the end. */
REEVE_API void reeve_records_read_async (ReeveRecords *self, const char *collection,
                                         const char *cursor, guint page, ReeveRecordFunc func,
                                         gpointer func_data, GCancellable *cancellable,
                                         GAsyncReadyCallback callback, gpointer user_data);
REEVE_API gboolean reeve_records_read_finish (ReeveRecords *self, GAsyncResult *result,
                                              GError **error);
/* Opens it first: what most plugins begin with. */
REEVE_API void reeve_records_load_async (ReeveRecords *self, const ReeveCollection *collection,
                                         guint page, ReeveRecordFunc func, gpointer func_data,
                                         GCancellable *cancellable, GAsyncReadyCallback callback,
                                         gpointer user_data);
REEVE_API gboolean reeve_records_load_finish (ReeveRecords *self, GAsyncResult *result,
                                              GError **error);
/* 0 when the provider is gone. */
REEVE_API guint reeve_records_watch (ReeveRecords *self, const char *collection,
                                     ReeveRecordsFunc func, gpointer user_data);
REEVE_API void reeve_records_unwatch (ReeveRecords *self, guint id);
REEVE_API void reeve_records_snapshot_async (ReeveRecords *self, ReeveStream *stream,
                                             GCancellable *cancellable,
                                             GAsyncReadyCallback callback, gpointer user_data);
REEVE_API gboolean reeve_records_snapshot_finish (ReeveRecords *self, GAsyncResult *result,
                                                  GError **error);
REEVE_API void reeve_records_restore_async (ReeveRecords *self, ReeveStream *stream,
                                            GCancellable *cancellable, GAsyncReadyCallback callback,
                                            gpointer user_data);
REEVE_API gboolean reeve_records_restore_finish (ReeveRecords *self, GAsyncResult *result,
                                                 GError **error);

G_END_DECLS
