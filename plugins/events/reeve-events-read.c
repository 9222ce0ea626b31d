/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reading over damage. A store refuses a page that has a damaged record in it, so pages get smaller
 * until what is sound before it has been read. What comes behind it is found by asking for one
 * record after a number: first in growing steps, until something or nothing is there, and then by
 * halves. Steps do not get small again, so a collection full of damage ends soon, too. */

#include "config.h"

#include "reeve-events-read.h"

typedef struct
{
  ReeveContext *context; /* NULL: it does not wait */
  const ReeveCollection *open;
  char *collection;
  gboolean numbered;
  ReeveRecordFunc func;
  gpointer func_data;
  char *cursor;
  guint page;
  ReeveEventsDamage damage;

  gboolean searching;
  guint64 low;    /* after this number it cannot be read */
  guint64 high;   /* after this it can, or there is nothing; 0: not found yet */
  guint64 asked;  /* the number in question */
  guint64 step;   /* to the next one, while there is no high */
  guint attempts; /* of a store that does not answer */
  ReeveTimer *timer;
  gulong cancelled;
} ReeveEventsRead;

static void reeve_events_read_next (GTask *task);

void
reeve_events_damage_clear (ReeveEventsDamage *self)
{
  g_clear_pointer (&self->numbers, g_array_unref);
  g_clear_pointer (&self->text, g_free);
}

static void
reeve_events_read_free (gpointer data)
{
  ReeveEventsRead *self = data;

  reeve_events_damage_clear (&self->damage);
  g_free (self->collection);
  g_free (self->cursor);
  g_free (self);
}

/* Takes the task, as the others do. */
static void
reeve_events_read_end (GTask *task, GError *error)
{
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

/* ---- a store that does not answer ---- */

static void
reeve_events_read_stop_waiting (GTask *task)
{
  ReeveEventsRead *self = g_task_get_task_data (task);

  g_clear_pointer (&self->timer, reeve_timer_free);
  g_cancellable_disconnect (g_task_get_cancellable (task), self->cancelled);
  self->cancelled = 0;
}

static void
reeve_events_read_timer_cb (G_GNUC_UNUSED ReeveTimer *timer, gpointer user_data)
{
  reeve_events_read_stop_waiting (user_data);
  reeve_events_read_next (user_data);
}

static void
reeve_events_read_taken_back_cb (G_GNUC_UNUSED GObject *source, GAsyncResult *result,
                                 gpointer user_data)
{
  g_task_propagate_boolean (G_TASK (result), NULL);
  reeve_events_read_stop_waiting (user_data);
  reeve_events_read_end (user_data, g_error_new (REEVE_ERROR, REEVE_ERROR_CANCELLED,
                                                 "the start was taken back"));
}

/* The context may end now, and its timers with it. A task that is new ends in a later turn, so the
 * caller is not called from within its own call. */
static void
reeve_events_read_cancelled_cb (G_GNUC_UNUSED GCancellable *cancellable, gpointer user_data)
{
  ReeveEventsRead *self = g_task_get_task_data (user_data);
  g_autoptr (GTask) later = NULL;

  if (self->timer == NULL)
    return;
  g_clear_pointer (&self->timer, reeve_timer_free);
  later = g_task_new (NULL, NULL, reeve_events_read_taken_back_cb, user_data);
  g_task_set_source_tag (later, reeve_events_read_cancelled_cb);
  g_task_return_boolean (later, TRUE);
}

/* FALSE: it has been waited for long enough. */
static gboolean
reeve_events_read_wait (GTask *task, const GError *error)
{
  ReeveEventsRead *self = g_task_get_task_data (task);
  GCancellable *cancellable = g_task_get_cancellable (task);

  if (!g_error_matches (error, REEVE_ERROR, REEVE_ERROR_TIMEOUT) &&
      !g_error_matches (error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE))
    return FALSE;
  if (self->context == NULL || self->attempts == REEVE_EVENTS_READ_AGAIN ||
      g_cancellable_is_cancelled (cancellable))
    return FALSE;
  self->attempts++;
  reeve_log_message (self->context, "%s is not there yet, it is tried again: %s", self->collection,
                     error->message);
  self->timer = reeve_context_add_timer (self->context, "read", reeve_events_read_timer_cb, task);
  reeve_timer_start (self->timer, REEVE_EVENTS_READ_PAUSE_MS);
  if (cancellable != NULL)
    self->cancelled =
        g_cancellable_connect (cancellable, G_CALLBACK (reeve_events_read_cancelled_cb), task,
                               NULL);
  return TRUE;
}

/* ---- what is damaged ---- */

/* After all that this number has: "0" comes behind the "/" of a queue's ids. */
static void
reeve_events_read_set_cursor (ReeveEventsRead *self, guint64 number)
{
  g_free (self->cursor);
  self->cursor = g_strdup_printf ("%016" G_GINT64_MODIFIER "x0", number);
}

static void
reeve_events_read_ask (ReeveEventsRead *self, guint64 number)
{
  self->asked = number;
  reeve_events_read_set_cursor (self, number);
}

static void
reeve_events_read_begin_search (ReeveEventsRead *self, const GError *error)
{
  guint64 from = 0;

  self->damage.places++;
  if (self->damage.text == NULL)
    self->damage.text = g_strdup (error->message);
  if (!self->numbered)
    {
      self->damage.cut = TRUE;
      return;
    }
  if (self->cursor != NULL)
    {
      g_autofree char *digits = g_strndup (self->cursor, 16);

      from = g_ascii_strtoull (digits, NULL, 16);
    }
  self->searching = TRUE;
  self->low = from;
  self->high = 0;
  reeve_events_read_ask (self, from);
}

static void
reeve_events_read_search_on (ReeveEventsRead *self, gboolean readable)
{
  if (readable)
    self->high = self->asked;
  else
    self->low = self->asked;
  if (self->high != 0 && self->high - self->low <= 1)
    {
      self->searching = FALSE;
      if (self->damage.numbers == NULL)
        self->damage.numbers = g_array_new (FALSE, FALSE, sizeof (guint64));
      g_array_append_val (self->damage.numbers, self->high);
      self->page = REEVE_RECORDS_MAX_PAGE;
      reeve_events_read_set_cursor (self, self->high);
    }
  else if (self->high != 0)
    reeve_events_read_ask (self, self->low + (self->high - self->low) / 2);
  else if (self->low > G_MAXUINT64 - self->step)
    self->damage.cut = TRUE;
  else
    {
      reeve_events_read_ask (self, self->low + self->step);
      self->step = self->step > G_MAXUINT64 / 2 ? G_MAXUINT64 : self->step * 2;
    }
}

/* FALSE: it is another sort of trouble. */
static gboolean
reeve_events_read_go_around (ReeveEventsRead *self, const GError *error)
{
  if (!g_error_matches (error, REEVE_ERROR, REEVE_ERROR_FAILED) &&
      !g_error_matches (error, REEVE_ERROR, REEVE_ERROR_IO))
    return FALSE;
  if (self->searching)
    reeve_events_read_search_on (self, FALSE);
  else if (self->page > 1)
    self->page /= 2;
  else
    reeve_events_read_begin_search (self, error);
  return TRUE;
}

/* ---- page by page ---- */

/* FALSE: that was all. */
static gboolean
reeve_events_read_take (ReeveEventsRead *self, GPtrArray *page)
{
  for (guint i = 0; i < page->len; i++)
    if (!self->func (g_ptr_array_index (page, i), self->func_data))
      return FALSE;
  if (page->len < self->page)
    return FALSE;
  g_free (self->cursor);
  self->cursor = g_strdup (reeve_record_get_id (g_ptr_array_index (page, page->len - 1)));
  return TRUE;
}

static void
reeve_events_read_listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  ReeveEventsRead *self = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) page = reeve_records_list_finish (REEVE_RECORDS (source), result, &error);
  gboolean more = TRUE;

  if (page == NULL && reeve_events_read_wait (task, error))
    return;
  if (page == NULL && !reeve_events_read_go_around (self, error))
    {
      reeve_events_read_end (task, g_steal_pointer (&error));
      return;
    }
  self->attempts = 0;
  if (page != NULL && self->searching)
    reeve_events_read_search_on (self, TRUE);
  else if (page != NULL)
    more = reeve_events_read_take (self, page);
  if (more && !self->damage.cut)
    reeve_events_read_next (task);
  else
    reeve_events_read_end (task, NULL);
}

static void
reeve_events_read_opened_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  ReeveEventsRead *self = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  if (reeve_records_open_finish (REEVE_RECORDS (source), result, &error))
    {
      self->open = NULL;
      self->attempts = 0;
      reeve_events_read_next (task);
    }
  else if (!reeve_events_read_wait (task, error))
    reeve_events_read_end (task, g_steal_pointer (&error));
}

static void
reeve_events_read_next (GTask *task)
{
  ReeveEventsRead *self = g_task_get_task_data (task);
  ReeveRecords *records = g_task_get_source_object (task);
  GCancellable *cancellable = g_task_get_cancellable (task);

  if (self->open != NULL)
    reeve_records_open_async (records, self->open, cancellable, reeve_events_read_opened_cb, task);
  else
    reeve_records_list_async (records, self->collection, NULL, NULL, self->cursor,
                              self->searching ? 1 : self->page, cancellable,
                              reeve_events_read_listed_cb, task);
}

static GTask *
reeve_events_read_new (ReeveContext *context, ReeveRecords *records, const char *collection,
                       gboolean numbered, ReeveRecordFunc func, gpointer func_data,
                       GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (records, cancellable, callback, user_data);
  ReeveEventsRead *self = g_new0 (ReeveEventsRead, 1);

  self->context = context;
  self->collection = g_strdup (collection);
  self->numbered = numbered;
  self->func = func;
  self->func_data = func_data;
  self->page = REEVE_RECORDS_MAX_PAGE;
  self->step = 1;
  g_task_set_task_data (task, self, reeve_events_read_free);
  return task;
}

void
reeve_events_read_async (ReeveContext *context, ReeveRecords *records, const char *collection,
                         gboolean numbered, const char *cursor, ReeveRecordFunc func,
                         gpointer func_data, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = reeve_events_read_new (context, records, collection, numbered, func, func_data,
                                       cancellable, callback, user_data);

  g_task_set_source_tag (task, reeve_events_read_async);
  ((ReeveEventsRead *) g_task_get_task_data (task))->cursor = g_strdup (cursor);
  reeve_events_read_next (task);
}

void
reeve_events_load_collection_async (ReeveContext *context, ReeveRecords *records,
                                    const ReeveCollection *collection, gboolean numbered,
                                    ReeveRecordFunc func, gpointer func_data,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  GTask *task = reeve_events_read_new (context, records, collection->name, numbered, func,
                                       func_data, cancellable, callback, user_data);

  g_task_set_source_tag (task, reeve_events_load_collection_async);
  ((ReeveEventsRead *) g_task_get_task_data (task))->open = collection;
  reeve_events_read_next (task);
}

gboolean
reeve_events_read_finish (GAsyncResult *result, ReeveEventsDamage *ret_damage, GError **error)
{
  ReeveEventsRead *self = g_task_get_task_data (G_TASK (result));

  *ret_damage = self->damage;
  self->damage = (ReeveEventsDamage){ 0 };
  return g_task_propagate_boolean (G_TASK (result), error);
}
