/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The log of events. An event's number is its time in microseconds, or the last number and one when
 * that is not above it: it grows over restarts and steps of the clock, and the order of ids is the
 * order of things. */

#include "config.h"

#include "reeve-events-log.h"

#include <string.h>

#include "reeve-events-read.h"

#define REEVE_EVENTS_DEFAULT_LIMIT 100

typedef struct
{
  guint64 number;
  GVariant *value; /* a{sv} */
} ReeveEventsRecent;

struct _ReeveEventsLog
{
  GObject parent;

  ReeveContext *context; /* NULL once stopped */
  ReeveRecords *records;
  ReeveEventsWriter *writer;
  ReeveEventsOutbox *outbox; /* not owned */
  GQueue recent;             /* of ReeveEventsRecent, oldest first */
  GQueue ids;                /* of char *, all that is stored or about to be, oldest first */
  guint64 last;              /* number */
  guint64 seen;              /* the ring's number of the last one taken */
  guint watch;
};

/* One question that the memory alone cannot answer. */
typedef struct
{
  ReeveEventsQuery query;
  char *category;
  char *subject;
  GQueue found; /* of GVariant */
  guint64 last; /* number seen */
} ReeveEventsSearch;

G_DEFINE_TYPE (ReeveEventsLog, reeve_events_log, G_TYPE_OBJECT)

static void
reeve_events_recent_free (gpointer data)
{
  ReeveEventsRecent *self = data;

  g_variant_unref (self->value);
  g_free (self);
}

void
reeve_events_log_clear (ReeveEventsLog *self)
{
  if (self->context != NULL && self->watch != 0)
    reeve_context_unwatch_events (self->context, self->watch);
  self->watch = 0;
  self->outbox = NULL;
  self->context = NULL;
}

static void
reeve_events_log_finalize (GObject *object)
{
  ReeveEventsLog *self = REEVE_EVENTS_LOG (object);

  reeve_events_log_clear (self);
  g_queue_clear_full (&self->recent, reeve_events_recent_free);
  g_queue_clear_full (&self->ids, g_free);
  g_object_unref (self->writer);
  g_object_unref (self->records);
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
}

ReeveEventsLog *
reeve_events_log_new (ReeveContext *context, ReeveRecords *records, ReeveEventsWriter *writer,
                      ReeveEventsOutbox *outbox)
{
  ReeveEventsLog *self = g_object_new (REEVE_TYPE_EVENTS_LOG, NULL);

  self->context = context;
  self->records = g_object_ref (records);
  self->writer = g_object_ref (writer);
  self->outbox = outbox;
  return self;
}

/* ---- taking ---- */

static char *
reeve_events_log_make_id (guint64 number)
{
  return g_strdup_printf ("%016" G_GINT64_MODIFIER "x", number);
}

static void
reeve_events_log_remember (ReeveEventsLog *self, guint64 number, GVariant *value)
{
  ReeveEventsRecent *recent = g_new0 (ReeveEventsRecent, 1);

  recent->number = number;
  recent->value = g_variant_ref (value);
  g_queue_push_tail (&self->recent, recent);
  if (self->recent.length > REEVE_EVENTS_MAX_RECENT)
    reeve_events_recent_free (g_queue_pop_head (&self->recent));
}

static GVariant *
reeve_events_log_set_number (GVariant *value, guint64 number)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, value);
  g_variant_dict_insert (&dict, "number", "t", number);
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

void
reeve_events_log_load (ReeveEventsLog *self, ReeveRecord *record)
{
  const char *id = reeve_record_get_id (record);
  g_autoptr (GVariant) value = NULL;

  /* an id of before was the time and a number behind it, and its event had the process's number */
  self->last = MAX (self->last + 1, g_ascii_strtoull (id, NULL, 16));
  value = reeve_events_log_set_number (reeve_record_get_value (record), self->last);
  g_queue_push_tail (&self->ids, g_strdup (id));
  reeve_events_log_remember (self, self->last, value);
}

static int
reeve_events_log_compare_ids (gconstpointer a, gconstpointer b, G_GNUC_UNUSED gpointer user_data)
{
  return strcmp (a, b);
}

void
reeve_events_log_load_damaged (ReeveEventsLog *self, guint64 number)
{
  reeve_events_log_pass (self, number);
  g_queue_insert_sorted (&self->ids, reeve_events_log_make_id (number),
                         reeve_events_log_compare_ids, NULL);
}

void
reeve_events_log_pass (ReeveEventsLog *self, guint64 number)
{
  self->last = MAX (self->last, number);
}

/* What the records take: an event of enormous fields goes without them. */
static GVariant *
reeve_events_log_make_value (ReeveEvent *event, guint64 number)
{
  g_autoptr (GVariant) plain = g_variant_ref_sink (reeve_event_to_variant (event));
  g_autoptr (GVariant) value = reeve_events_log_set_number (plain, number);
  GVariantDict dict;

  if (g_variant_get_size (value) <= REEVE_RECORDS_MAX_VALUE)
    return g_steal_pointer (&value);
  g_variant_dict_init (&dict, value);
  g_variant_dict_remove (&dict, "fields");
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

/* Two at most, so that what a store that was away has made too many goes too. */
static void
reeve_events_log_drop (ReeveEventsLog *self, GPtrArray *group)
{
  for (guint i = 0; i < 2 && self->ids.length > REEVE_EVENTS_MAX_STORED; i++)
    {
      g_autofree char *id = g_queue_pop_head (&self->ids);

      g_ptr_array_add (group, reeve_record_new (REEVE_EVENTS_LOG_COLLECTION, id, -1, NULL, NULL));
    }
}

static void
reeve_events_log_take (ReeveEvent *event, gpointer user_data)
{
  ReeveEventsLog *self = user_data;
  GPtrArray *group;
  g_autoptr (GVariant) value = NULL;
  char *id;
  guint64 serial;

  if (reeve_event_get_number (event) <= self->seen)
    return;
  self->seen = reeve_event_get_number (event);
  self->last = MAX (self->last + 1, (guint64) MAX (reeve_event_get_time (event), 0));
  id = reeve_events_log_make_id (self->last);
  value = reeve_events_log_make_value (event, self->last);
  group = g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_record_unref);
  g_ptr_array_add (group, reeve_record_new (REEVE_EVENTS_LOG_COLLECTION, id, -1, value, NULL));
  g_queue_push_tail (&self->ids, id);
  reeve_events_log_drop (self, group);
  reeve_events_log_remember (self, self->last, value);
  reeve_events_outbox_offer (self->outbox, self->last, value, group);
  serial = reeve_events_writer_push (self->writer, group, TRUE);
  reeve_events_outbox_accept (self->outbox, self->last, value, serial);
}

void
reeve_events_log_take_all (ReeveEventsLog *self)
{
  g_autoptr (GPtrArray) news = NULL;

  if (self->watch != 0)
    news = reeve_context_read_events (self->context, self->seen, NULL);
  for (guint i = 0; news != NULL && i < news->len; i++)
    reeve_events_log_take (g_ptr_array_index (news, i), self);
}

/* What is the same event in the ring and in the records. (transfer full) */
static char *
reeve_events_log_make_key (GVariant *value)
{
  double time = 0;
  const char *source = "", *text = "";

  g_variant_lookup (value, "time", "d", &time);
  g_variant_lookup (value, "source", "&s", &source);
  g_variant_lookup (value, "text", "&s", &text);
  return g_strdup_printf ("%.6f %s %s", time, source, text);
}

/* The ring may hold what an earlier start in this process has stored already. */
void
reeve_events_log_begin (ReeveEventsLog *self)
{
  g_autoptr (GPtrArray) early = reeve_context_read_events (self->context, 0, NULL);
  g_autoptr (GHashTable) stored = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (GList *l = self->recent.head; l != NULL; l = l->next)
    g_hash_table_add (stored, reeve_events_log_make_key (((ReeveEventsRecent *) l->data)->value));
  for (guint i = 0; i < early->len; i++)
    {
      g_autoptr (GVariant) value =
          g_variant_ref_sink (reeve_event_to_variant (g_ptr_array_index (early, i)));
      g_autofree char *key = reeve_events_log_make_key (value);

      if (g_hash_table_contains (stored, key))
        self->seen = reeve_event_get_number (g_ptr_array_index (early, i));
      else
        reeve_events_log_take (g_ptr_array_index (early, i), self);
    }
  self->watch = reeve_context_watch_events (self->context, reeve_events_log_take, self);
}

/* ---- listing ---- */

static gboolean
reeve_events_query_matches (const ReeveEventsQuery *self, guint64 number, GVariant *value)
{
  const char *text = NULL;
  double time = 0;
  ReeveSeverity severity = REEVE_SEVERITY_DEBUG;

  if (number <= self->after)
    return FALSE;
  g_variant_lookup (value, "time", "d", &time);
  if (time * G_USEC_PER_SEC < self->from || (self->to != 0 && time * G_USEC_PER_SEC >= self->to))
    return FALSE;
  if (g_variant_lookup (value, "severity", "&s", &text))
    reeve_severity_from_string (text, &severity);
  if (severity < self->least)
    return FALSE;
  if (self->category != NULL && *self->category != '\0' &&
      !(g_variant_lookup (value, "category", "&s", &text) && strcmp (text, self->category) == 0))
    return FALSE;
  return self->subject == NULL || *self->subject == '\0' ||
         (g_variant_lookup (value, "subject", "&s", &text) && strcmp (text, self->subject) == 0);
}

static void
reeve_events_search_free (gpointer data)
{
  ReeveEventsSearch *self = data;

  g_queue_clear_full (&self->found, (GDestroyNotify) g_variant_unref);
  g_free (self->category);
  g_free (self->subject);
  g_free (self);
}

/* FALSE: enough. */
static gboolean
reeve_events_search_look (ReeveEventsSearch *self, guint64 number, GVariant *value)
{
  self->last = number;
  if (!reeve_events_query_matches (&self->query, number, value))
    return TRUE;
  if (self->found.length < self->query.limit)
    g_queue_push_tail (&self->found, g_variant_ref (value));
  else if (self->query.after == 0)
    {
      g_variant_unref (g_queue_pop_head (&self->found));
      g_queue_push_tail (&self->found, g_variant_ref (value));
    }
  return self->query.after == 0 || self->found.length < self->query.limit;
}

static gboolean
reeve_events_search_look_record (ReeveRecord *record, gpointer user_data)
{
  ReeveEventsSearch *self = user_data;
  guint64 number = g_ascii_strtoull (reeve_record_get_id (record), NULL, 16);
  g_autoptr (GVariant) value = NULL;

  number = MAX (self->last + 1, number);
  value = reeve_events_log_set_number (reeve_record_get_value (record), number);
  return reeve_events_search_look (self, number, value);
}

/* Those in memory that come after what was seen. */
static void
reeve_events_search_look_recent (ReeveEventsSearch *self, ReeveEventsLog *log)
{
  for (GList *l = log->recent.head; l != NULL; l = l->next)
    {
      ReeveEventsRecent *recent = l->data;

      if (recent->number > self->last &&
          !reeve_events_search_look (self, recent->number, recent->value))
        return;
    }
}

static void
reeve_events_search_return (ReeveEventsSearch *self, GTask *task)
{
  GPtrArray *found = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);

  while (self->found.length > 0)
    g_ptr_array_add (found, g_queue_pop_head (&self->found));
  g_task_return_pointer (task, found, (GDestroyNotify) g_ptr_array_unref);
}

static void
reeve_events_log_searched_cb (G_GNUC_UNUSED GObject *source, GAsyncResult *result,
                              gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ReeveEventsSearch *search = g_task_get_task_data (task);
  g_auto (ReeveEventsDamage) damage = { 0 };
  GError *error = NULL;

  /* what is damaged was said at the start */
  if (!reeve_events_read_finish (result, &damage, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  if (search->query.after == 0 || search->found.length < search->query.limit)
    reeve_events_search_look_recent (search, g_task_get_source_object (task));
  reeve_events_search_return (search, task);
}

/* Whatever could match is in memory. */
static gboolean
reeve_events_log_remembers (ReeveEventsLog *self, const ReeveEventsQuery *query)
{
  const ReeveEventsRecent *first = g_queue_peek_head (&self->recent);

  return first == NULL || self->ids.length <= self->recent.length ||
         query->after + 1 >= first->number || query->from >= (gint64) first->number;
}

void
reeve_events_log_list_async (ReeveEventsLog *self, const ReeveEventsQuery *query,
                             GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  ReeveEventsSearch *search = g_new0 (ReeveEventsSearch, 1);
  g_autofree char *cursor = NULL;

  g_task_set_source_tag (task, reeve_events_log_list_async);
  g_task_set_task_data (task, search, reeve_events_search_free);
  search->query = *query;
  search->query.category = search->category = g_strdup (query->category);
  search->query.subject = search->subject = g_strdup (query->subject);
  search->query.limit =
      MIN (query->limit > 0 ? query->limit : REEVE_EVENTS_DEFAULT_LIMIT, REEVE_EVENTS_MAX_LISTED);
  reeve_events_search_look_recent (search, self);
  if (reeve_events_log_remembers (self, query) ||
      (query->after == 0 && search->found.length == search->query.limit))
    {
      reeve_events_search_return (search, task);
      return;
    }
  g_queue_clear_full (&search->found, (GDestroyNotify) g_variant_unref);
  search->last = 0;
  /* a number is never below its time */
  cursor = reeve_events_log_make_id (MAX (query->after, (guint64) MAX (query->from, 1) - 1));
  reeve_events_read_async (NULL, self->records, REEVE_EVENTS_LOG_COLLECTION, TRUE, cursor,
                           reeve_events_search_look_record, search, cancellable,
                           reeve_events_log_searched_cb, g_object_ref (task));
}

GPtrArray *
reeve_events_log_list_finish (G_GNUC_UNUSED ReeveEventsLog *self, GAsyncResult *result,
                              GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
