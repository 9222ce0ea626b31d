/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The log of events. An event's id is its time and a running number, so that the order of ids is
 * the order of things, over restarts too. */

#include "config.h"

#include "reeve-events-log.h"

#include <string.h>

#include "reeve-events-interface.h"

#define REEVE_EVENTS_COLLECTION "events.log"
#define REEVE_EVENTS_DEFAULT_LIMIT 100

typedef struct
{
  char *id;
  GVariant *value; /* a{sv} */
} ReeveEventsEntry;

struct _ReeveEventsLog
{
  GObject parent;

  ReeveContext *context; /* NULL once stopped */
  ReeveRecords *records;
  GQueue recent;      /* of ReeveEventsEntry, oldest first */
  GQueue ids;         /* of char *, all that is stored, oldest first */
  GPtrArray *waiting; /* of ReeveRecord, oldest first */
  GPtrArray *storing; /* the batch under way, of ReeveRecord; NULL: none */
  guint64 seen;       /* the ring's number of the last one taken */
  gboolean failing;   /* and the log has said so */
  ReeveTimer *timer;
  guint watch;
  GPtrArray *flushes; /* of GTask */
};

static void reeve_events_log_operations_init (ReeveOperationsInterface *iface);
static void reeve_events_log_store (ReeveEventsLog *self);

G_DEFINE_TYPE_WITH_CODE (ReeveEventsLog, reeve_events_log, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (REEVE_TYPE_OPERATIONS,
                                                reeve_events_log_operations_init))

static void
reeve_events_entry_free (ReeveEventsEntry *self)
{
  g_free (self->id);
  g_variant_unref (self->value);
  g_free (self);
}

void
reeve_events_log_clear (ReeveEventsLog *self)
{
  if (self->context != NULL && self->watch != 0)
    reeve_context_unwatch_events (self->context, self->watch);
  g_clear_pointer (&self->timer, reeve_timer_free);
  g_clear_object (&self->records);
  self->context = NULL;
}

static void
reeve_events_log_finalize (GObject *object)
{
  ReeveEventsLog *self = REEVE_EVENTS_LOG (object);

  reeve_events_log_clear (self);
  g_queue_clear_full (&self->recent, (GDestroyNotify) reeve_events_entry_free);
  g_queue_clear_full (&self->ids, g_free);
  g_ptr_array_unref (self->waiting);
  g_clear_pointer (&self->storing, g_ptr_array_unref);
  g_ptr_array_unref (self->flushes);
  G_OBJECT_CLASS (reeve_events_log_parent_class)->finalize (object);
}

static void
reeve_events_log_class_init (ReeveEventsLogClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = reeve_events_log_finalize;
}

static void
reeve_events_log_init (ReeveEventsLog *self)
{
  g_queue_init (&self->recent);
  g_queue_init (&self->ids);
  self->waiting = g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_record_unref);
  self->flushes = g_ptr_array_new_with_free_func (g_object_unref);
}

ReeveEventsLog *
reeve_events_log_new (ReeveContext *context)
{
  ReeveEventsLog *self = g_object_new (REEVE_TYPE_EVENTS_LOG, NULL);

  self->context = context;
  return self;
}

/* ---- taking ---- */

static void
reeve_events_log_remember (ReeveEventsLog *self, const char *id, GVariant *value)
{
  ReeveEventsEntry *entry = g_new0 (ReeveEventsEntry, 1);

  entry->id = g_strdup (id);
  entry->value = g_variant_ref (value);
  g_queue_push_tail (&self->recent, entry);
  if (self->recent.length > REEVE_EVENTS_MAX_RECENT)
    reeve_events_entry_free (g_queue_pop_head (&self->recent));
}

static void
reeve_events_log_timer_cb (G_GNUC_UNUSED ReeveTimer *timer, gpointer user_data)
{
  reeve_events_log_store (user_data);
}

static char *
reeve_events_log_make_id (ReeveEvent *event)
{
  return g_strdup_printf ("%016" G_GINT64_MODIFIER "x-%08" G_GINT64_MODIFIER "x",
                          reeve_event_get_time (event), reeve_event_get_number (event));
}

/* What the records take: an event of enormous fields goes without them. */
static GVariant *
reeve_events_log_make_value (ReeveEvent *event)
{
  g_autoptr (GVariant) value = g_variant_ref_sink (reeve_event_to_variant (event));
  GVariantDict dict;

  if (g_variant_get_size (value) <= REEVE_RECORDS_MAX_VALUE)
    return g_steal_pointer (&value);
  g_variant_dict_init (&dict, value);
  g_variant_dict_remove (&dict, "fields");
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

static void
reeve_events_log_wait (ReeveEventsLog *self, guint delay_ms)
{
  if (self->timer != NULL && !reeve_timer_is_running (self->timer) && self->storing == NULL)
    reeve_timer_start (self->timer, delay_ms);
}

static void
reeve_events_log_take (ReeveEvent *event, gpointer user_data)
{
  ReeveEventsLog *self = user_data;
  g_autofree char *id = NULL;
  g_autoptr (GVariant) value = NULL;

  if (reeve_event_get_number (event) <= self->seen)
    return;
  self->seen = reeve_event_get_number (event);
  id = reeve_events_log_make_id (event);
  value = reeve_events_log_make_value (event);
  reeve_events_log_remember (self, id, value);
  /* the ring's own size bounds what can wait: a store that is away costs the oldest */
  if (self->waiting->len >= REEVE_EVENT_RING_SIZE)
    g_ptr_array_remove_index (self->waiting, 0);
  g_ptr_array_add (self->waiting, reeve_record_new (REEVE_EVENTS_COLLECTION, id, -1, value, NULL));
  reeve_events_log_wait (self, REEVE_EVENTS_FLUSH_MS);
}

/* ---- storing ---- */

static void
reeve_events_log_end_flushes (ReeveEventsLog *self)
{
  while (self->flushes->len > 0)
    {
      g_autoptr (GTask) task = g_ptr_array_steal_index (self->flushes, 0);

      g_task_return_boolean (task, TRUE);
    }
}

/* What is stored now, and what no more. */
static void
reeve_events_log_note_stored (ReeveEventsLog *self, GPtrArray *batch)
{
  for (guint i = 0; i < batch->len; i++)
    {
      ReeveRecord *record = g_ptr_array_index (batch, i);

      if (reeve_record_get_value (record) != NULL)
        g_queue_push_tail (&self->ids, g_strdup (reeve_record_get_id (record)));
      else
        g_free (g_queue_pop_head (&self->ids));
    }
  if (self->failing && self->context != NULL)
    reeve_log_message (self->context, "events are stored again");
  self->failing = FALSE;
}

/* The batch goes back to the front, unless the store will never take it. */
static void
reeve_events_log_note_failed (ReeveEventsLog *self, GPtrArray *batch, const GError *error)
{
  gboolean again = !g_error_matches (error, REEVE_ERROR, REEVE_ERROR_INVALID);

  for (guint i = 0, n = 0; again && i < batch->len; i++)
    if (reeve_record_get_value (g_ptr_array_index (batch, i)) != NULL)
      g_ptr_array_insert (self->waiting, (int) n++,
                          reeve_record_ref (g_ptr_array_index (batch, i)));
  if (self->waiting->len > REEVE_EVENT_RING_SIZE)
    g_ptr_array_remove_range (self->waiting, 0, self->waiting->len - REEVE_EVENT_RING_SIZE);
  if (self->context != NULL && (!self->failing || !again))
    reeve_log_warning (self->context, "events were not stored%s: %s",
                       again ? ", it is tried again" : "", error->message);
  self->failing = TRUE;
}

static void
reeve_events_log_stored_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ReeveEventsLog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) batch = g_steal_pointer (&self->storing);

  if (reeve_records_apply_finish (REEVE_RECORDS (source), result, &error))
    reeve_events_log_note_stored (self, batch);
  else
    reeve_events_log_note_failed (self, batch, error);
  if (error == NULL && self->waiting->len > 0 && self->context != NULL)
    {
      reeve_events_log_store (self);
      return;
    }
  if (self->waiting->len > 0)
    reeve_events_log_wait (self, REEVE_EVENTS_RETRY_MS);
  reeve_events_log_end_flushes (self);
}

/* The newest ones in, and as many of the oldest out as are too many. */
static GPtrArray *
reeve_events_log_make_batch (ReeveEventsLog *self)
{
  GPtrArray *batch = g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_record_unref);
  guint n_stored;

  while (self->waiting->len > 0 && batch->len < REEVE_RECORDS_MAX_BATCH / 2)
    g_ptr_array_add (batch, g_ptr_array_steal_index (self->waiting, 0));
  n_stored = self->ids.length + batch->len;
  for (GList *oldest = self->ids.head;
       oldest != NULL && n_stored > REEVE_EVENTS_MAX_STORED && batch->len < REEVE_RECORDS_MAX_BATCH;
       oldest = oldest->next, n_stored--)
    g_ptr_array_add (batch,
                     reeve_record_new (REEVE_EVENTS_COLLECTION, oldest->data, -1, NULL, NULL));
  return batch;
}

static void
reeve_events_log_store (ReeveEventsLog *self)
{
  if (self->storing != NULL || self->records == NULL)
    return;
  self->storing = reeve_events_log_make_batch (self);
  if (self->storing->len == 0)
    {
      g_clear_pointer (&self->storing, g_ptr_array_unref);
      reeve_events_log_end_flushes (self);
      return;
    }
  reeve_records_apply_async (self->records, self->storing, NULL, reeve_events_log_stored_cb,
                             g_object_ref (self));
}

void
reeve_events_log_flush_async (ReeveEventsLog *self, GAsyncReadyCallback callback,
                              gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);
  g_autoptr (GPtrArray) news = NULL;

  g_task_set_source_tag (task, reeve_events_log_flush_async);
  g_ptr_array_add (self->flushes, task);
  /* what was said in this very turn has not been told to watches yet */
  if (self->context != NULL && self->timer != NULL)
    news = reeve_context_read_events (self->context, self->seen, NULL);
  for (guint i = 0; news != NULL && i < news->len; i++)
    reeve_events_log_take (g_ptr_array_index (news, i), self);
  if (self->records == NULL)
    reeve_events_log_end_flushes (self);
  else
    reeve_events_log_store (self);
}

gboolean
reeve_events_log_flush_finish (G_GNUC_UNUSED ReeveEventsLog *self, GAsyncResult *result,
                               GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* ---- loading ---- */

static void reeve_events_log_list (GTask *task, const char *cursor);

/* The ring may hold what an earlier start in this process has stored already. */
static void
reeve_events_log_begin (ReeveEventsLog *self)
{
  g_autoptr (GPtrArray) early = reeve_context_read_events (self->context, 0, NULL);
  g_autoptr (GHashTable) stored = g_hash_table_new (g_str_hash, g_str_equal);

  for (GList *l = self->ids.head; l != NULL; l = l->next)
    g_hash_table_add (stored, l->data);
  self->timer = reeve_context_add_timer (self->context, "flush", reeve_events_log_timer_cb, self);
  for (guint i = 0; i < early->len; i++)
    {
      g_autofree char *id = reeve_events_log_make_id (g_ptr_array_index (early, i));

      if (!g_hash_table_contains (stored, id))
        reeve_events_log_take (g_ptr_array_index (early, i), self);
    }
  self->watch = reeve_context_watch_events (self->context, reeve_events_log_take, self);
}

static void
reeve_events_log_listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ReeveEventsLog *self = g_task_get_source_object (task);
  GError *error = NULL;
  g_autoptr (GPtrArray) page = reeve_records_list_finish (REEVE_RECORDS (source), result, &error);

  if (page == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  for (guint i = 0; i < page->len; i++)
    {
      ReeveRecord *record = g_ptr_array_index (page, i);

      g_queue_push_tail (&self->ids, g_strdup (reeve_record_get_id (record)));
      reeve_events_log_remember (self, reeve_record_get_id (record),
                                 reeve_record_get_value (record));
    }
  if (page->len == REEVE_RECORDS_MAX_PAGE)
    {
      reeve_events_log_list (g_steal_pointer (&task), g_queue_peek_tail (&self->ids));
      return;
    }
  reeve_events_log_begin (self);
  g_task_return_boolean (task, TRUE);
}

/* Takes the task. */
static void
reeve_events_log_list (GTask *task, const char *cursor)
{
  ReeveEventsLog *self = g_task_get_source_object (task);

  reeve_records_list_async (self->records, REEVE_EVENTS_COLLECTION, NULL, NULL, cursor,
                            REEVE_RECORDS_MAX_PAGE, NULL, reeve_events_log_listed_cb, task);
}

static void
reeve_events_log_opened_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  GError *error = NULL;

  if (reeve_records_open_finish (REEVE_RECORDS (source), result, &error))
    {
      reeve_events_log_list (task, NULL);
      return;
    }
  g_task_return_error (task, error);
  g_object_unref (task);
}

void
reeve_events_log_load_async (ReeveEventsLog *self, GAsyncReadyCallback callback, gpointer user_data)
{
  static const ReeveCollection collection = { REEVE_EVENTS_COLLECTION, 1, NULL };
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, reeve_events_log_load_async);
  self->records = reeve_context_lookup (self->context, REEVE_TYPE_RECORDS, NULL);
  if (self->records != NULL)
    {
      reeve_records_open_async (self->records, &collection, NULL, reeve_events_log_opened_cb, task);
      return;
    }
  g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE, "nobody keeps records");
  g_object_unref (task);
}

gboolean
reeve_events_log_load_finish (G_GNUC_UNUSED ReeveEventsLog *self, GAsyncResult *result,
                              GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* ---- ReeveOperations ---- */

static const ReeveOperationRow reeve_events_rows[] = {
  { .method = "ListEvents",
    .power = REEVE_POWER_VIEW,
    .http_verb = "GET",
    .http_path = "/api/v1/events" },
  { .method = NULL },
};

static GDBusInterfaceInfo *
reeve_events_log_get_info (G_GNUC_UNUSED ReeveOperations *operations)
{
  return (GDBusInterfaceInfo *) &org_reeve_events1_interface;
}

static const ReeveOperationRow *
reeve_events_log_get_rows (G_GNUC_UNUSED ReeveOperations *operations)
{
  return reeve_events_rows;
}

static void
reeve_events_log_add_row (GVariantBuilder *rows, ReeveEventsEntry *entry)
{
  g_autoptr (GVariantDict) dict = g_variant_dict_new (entry->value);

  /* the process's own number means nothing after a restart */
  g_variant_dict_remove (dict, "number");
  g_variant_dict_insert (dict, "id", "s", entry->id);
  g_variant_builder_add_value (rows, g_variant_dict_end (dict));
}

static void
reeve_events_log_call_async (ReeveOperations *operations, G_GNUC_UNUSED const char *method,
                             GVariant *arguments, G_GNUC_UNUSED ReeveSubject *subject,
                             GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data)
{
  ReeveEventsLog *self = REEVE_EVENTS_LOG (operations);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  GVariantBuilder rows;
  guint limit;
  GList *first;

  g_task_set_source_tag (task, reeve_events_log_call_async);
  g_variant_get (arguments, "(u)", &limit);
  limit = limit > 0 ? limit : REEVE_EVENTS_DEFAULT_LIMIT;
  limit = MIN (limit, self->recent.length);
  first = self->recent.tail;
  for (guint i = 1; i < limit; i++)
    first = first->prev;
  g_variant_builder_init (&rows, G_VARIANT_TYPE ("aa{sv}"));
  for (; first != NULL; first = first->next)
    reeve_events_log_add_row (&rows, first->data);
  g_task_return_pointer (task, g_variant_ref_sink (g_variant_new ("(aa{sv})", &rows)),
                         (GDestroyNotify) g_variant_unref);
}

static GVariant *
reeve_events_log_call_finish (G_GNUC_UNUSED ReeveOperations *operations, GAsyncResult *result,
                              GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
reeve_events_log_operations_init (ReeveOperationsInterface *iface)
{
  iface->get_info = reeve_events_log_get_info;
  iface->get_rows = reeve_events_log_get_rows;
  iface->call_async = reeve_events_log_call_async;
  iface->call_finish = reeve_events_log_call_finish;
}
