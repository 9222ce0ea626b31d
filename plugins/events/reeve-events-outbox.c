/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* All sinks. One that is known and away has its events kept, since it comes back in most cases: it
 * starts later than this plugin, or is being mended. */

#include "config.h"

#include "reeve-events-outbox.h"

#include <string.h>

struct _ReeveEventsOutbox
{
  ReeveContext *context;
  ReeveEventsWriter *writer;
  GPtrArray *queues; /* of ReeveEventsQueue, by name */
  GPtrArray *taken;  /* those that took the event that is being taken */
  gint64 give_up;    /* milliseconds */
  guint watch;
  gboolean adopts;
  ReeveTimer *timer;
};

static void
reeve_events_outbox_step (gpointer user_data)
{
  ReeveEventsOutbox *self = user_data;

  for (guint i = 0; i < self->queues->len; i++)
    reeve_events_queue_step (g_ptr_array_index (self->queues, i));
}

static void
reeve_events_outbox_sweep_cb (ReeveTimer *timer, gpointer user_data)
{
  ReeveEventsOutbox *self = user_data;

  for (guint i = self->queues->len; i-- > 0;)
    {
      ReeveEventsQueue *queue = g_ptr_array_index (self->queues, i);

      if (!reeve_events_queue_sweep (queue))
        continue;
      reeve_events_queue_clear (queue);
      g_ptr_array_remove_index (self->queues, i);
    }
  reeve_timer_start (timer, REEVE_EVENTS_SWEEP_MS);
}

ReeveEventsOutbox *
reeve_events_outbox_new (ReeveContext *context, ReeveEventsWriter *writer)
{
  ReeveEventsOutbox *self = g_new0 (ReeveEventsOutbox, 1);

  self->context = context;
  self->writer = g_object_ref (writer);
  self->queues = g_ptr_array_new_with_free_func (g_object_unref);
  self->taken = g_ptr_array_new ();
  self->timer = reeve_context_add_timer (context, "sweep", reeve_events_outbox_sweep_cb, self);
  reeve_events_writer_set_changed_func (writer, reeve_events_outbox_step, self);
  return self;
}

void
reeve_events_outbox_end (ReeveEventsOutbox *self)
{
  if (self->watch != 0)
    reeve_context_unwatch (self->context, self->watch);
  self->watch = 0;
  reeve_events_writer_set_changed_func (self->writer, NULL, NULL);
  g_clear_pointer (&self->timer, reeve_timer_free);
  for (guint i = 0; i < self->queues->len; i++)
    reeve_events_queue_clear (g_ptr_array_index (self->queues, i));
  g_ptr_array_set_size (self->queues, 0);
}

void
reeve_events_outbox_free (ReeveEventsOutbox *self)
{
  reeve_events_outbox_end (self);
  g_ptr_array_unref (self->queues);
  g_ptr_array_unref (self->taken);
  g_object_unref (self->writer);
  g_free (self);
}

void
reeve_events_outbox_set_give_up (ReeveEventsOutbox *self, gint64 give_up_ms)
{
  self->give_up = give_up_ms;
  for (guint i = 0; i < self->queues->len; i++)
    reeve_events_queue_set_give_up (g_ptr_array_index (self->queues, i), give_up_ms);
}

/* ---- sinks ---- */

static ReeveEventsQueue *
reeve_events_outbox_find (ReeveEventsOutbox *self, const char *name)
{
  for (guint i = 0; i < self->queues->len; i++)
    if (strcmp (reeve_events_queue_get_name (g_ptr_array_index (self->queues, i)), name) == 0)
      return g_ptr_array_index (self->queues, i);
  return NULL;
}

/* NULL when there are too many. */
static ReeveEventsQueue *
reeve_events_outbox_add (ReeveEventsOutbox *self, const char *name, GVariant *value)
{
  ReeveEventsQueue *queue;
  guint at = 0;

  if (self->queues->len == REEVE_EVENTS_MAX_SINKS)
    {
      reeve_log_warning (self->context, "%s gets no events: there are %d sinks already", name,
                         REEVE_EVENTS_MAX_SINKS);
      return NULL;
    }
  queue = reeve_events_queue_new (self->context, self->writer, name, value);
  reeve_events_queue_set_give_up (queue, self->give_up);
  while (at < self->queues->len &&
         strcmp (reeve_events_queue_get_name (g_ptr_array_index (self->queues, at)), name) < 0)
    at++;
  g_ptr_array_insert (self->queues, (int) at, queue);
  return queue;
}

static void
reeve_events_outbox_added_cb (gpointer provider, G_GNUC_UNUSED const char *key, gpointer user_data)
{
  ReeveEventsOutbox *self = user_data;
  const char *name = reeve_provider_get_name (provider);
  ReeveEventsQueue *queue = reeve_events_outbox_find (self, name);

  if (queue != NULL && reeve_events_queue_get_sink (queue) != NULL)
    {
      reeve_log_warning (self->context, "%s provides more than one sink: one gets events", name);
      return;
    }
  if (queue == NULL)
    queue = reeve_events_outbox_add (self, name, NULL);
  if (queue != NULL)
    reeve_events_queue_set_sink (queue, provider);
}

static void
reeve_events_outbox_removed_cb (gpointer provider, G_GNUC_UNUSED const char *key,
                                gpointer user_data)
{
  ReeveEventsOutbox *self = user_data;
  ReeveEventsQueue *queue = reeve_events_outbox_find (self, reeve_provider_get_name (provider));

  if (queue != NULL && reeve_events_queue_get_sink (queue) == provider)
    reeve_events_queue_set_sink (queue, NULL);
}

void
reeve_events_outbox_load_sink (ReeveEventsOutbox *self, ReeveRecord *record)
{
  reeve_events_outbox_add (self, reeve_record_get_id (record), reeve_record_get_value (record));
}

void
reeve_events_outbox_adopt (ReeveEventsOutbox *self)
{
  self->adopts = TRUE;
}

void
reeve_events_outbox_load_event (ReeveEventsOutbox *self, ReeveRecord *record)
{
  const char *id = reeve_record_get_id (record);
  const char *slash = strchr (id, '/');
  ReeveEventsQueue *queue = slash != NULL ? reeve_events_outbox_find (self, slash + 1) : NULL;

  if (queue == NULL && slash != NULL && self->adopts)
    queue = reeve_events_outbox_add (self, slash + 1, NULL);
  if (queue != NULL)
    reeve_events_queue_load (queue, g_ascii_strtoull (id, NULL, 16),
                             reeve_record_get_value (record));
  else
    reeve_events_writer_push_record (self->writer, reeve_record_new (REEVE_EVENTS_QUEUE_COLLECTION,
                                                                     id, -1, NULL, NULL));
}

void
reeve_events_outbox_give_up (ReeveEventsOutbox *self, guint64 number, GPtrArray *changes)
{
  for (guint i = 0; i < self->queues->len; i++)
    reeve_events_queue_give_up (g_ptr_array_index (self->queues, i), number, changes);
}

void
reeve_events_outbox_begin (ReeveEventsOutbox *self)
{
  self->watch =
      reeve_context_watch (self->context, REEVE_TYPE_EVENT_SINK, reeve_events_outbox_added_cb,
                           reeve_events_outbox_removed_cb, self);
  reeve_timer_start (self->timer, REEVE_EVENTS_SWEEP_MS);
}

/* ---- events ---- */

void
reeve_events_outbox_offer (ReeveEventsOutbox *self, guint64 number, GVariant *event,
                           GPtrArray *group)
{
  g_ptr_array_set_size (self->taken, 0);
  for (guint i = 0; i < self->queues->len; i++)
    if (reeve_events_queue_offer (g_ptr_array_index (self->queues, i), number, event, group))
      g_ptr_array_add (self->taken, g_ptr_array_index (self->queues, i));
}

void
reeve_events_outbox_accept (ReeveEventsOutbox *self, guint64 number, GVariant *event,
                            guint64 serial)
{
  for (guint i = 0; i < self->taken->len; i++)
    reeve_events_queue_accept (g_ptr_array_index (self->taken, i), number, event, serial);
  g_ptr_array_set_size (self->taken, 0);
}

GVariant *
reeve_events_outbox_describe (ReeveEventsOutbox *self)
{
  GVariantBuilder rows;

  g_variant_builder_init (&rows, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < self->queues->len; i++)
    g_variant_builder_add_value (&rows,
                                 reeve_events_queue_describe (g_ptr_array_index (self->queues, i)));
  return g_variant_builder_end (&rows);
}
