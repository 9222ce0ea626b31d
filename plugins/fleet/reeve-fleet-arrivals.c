/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "reeve-fleet-arrivals.h"

struct _ReeveFleetArrivals
{
  grefcount refs;     /* the poll's, and each batch's */
  ReeveFleetHub *hub; /* NULL once stopped */
  ReeveContext *context;
  GCancellable *cancellable;
  ReeveTimer *timer;
  GArray *waiting;  /* of ReeveFleetArrival */
  gboolean failing; /* the store took none of the last */
  guint64 lost;     /* samples since it does that it will not take later either */
};

/* The system is found by its link, or by its id: both may be gone when the commit returns. */
typedef struct
{
  char id[REEVE_FLEET_ID_LENGTH + 1];
  ReeveLink *link;
  ReeveSample *sample;
  guint64 sequence;
} ReeveFleetArrival;

typedef struct
{
  ReeveFleetArrivals *arrivals;
  GArray *items;
} ReeveFleetArrivalsBatch;

static void
reeve_fleet_arrival_clear (gpointer data)
{
  ReeveFleetArrival *self = data;

  g_object_unref (self->link);
  reeve_sample_unref (self->sample);
}

static GArray *
reeve_fleet_arrivals_new_list (void)
{
  GArray *list = g_array_new (FALSE, FALSE, sizeof (ReeveFleetArrival));

  g_array_set_clear_func (list, reeve_fleet_arrival_clear);
  return list;
}

static void
reeve_fleet_arrivals_unref (ReeveFleetArrivals *self)
{
  if (!g_ref_count_dec (&self->refs))
    return;
  g_object_unref (self->cancellable);
  g_array_unref (self->waiting);
  g_free (self);
}

/* ---- after the commit ---- */

/* @n: so many came to @error, which is nullable. */
static void
reeve_fleet_arrivals_say (ReeveFleetArrivals *self, guint n, const GError *error)
{
  const gboolean later = g_error_matches (error, REEVE_ERROR, REEVE_ERROR_IO) ||
                         g_error_matches (error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE) ||
                         g_error_matches (error, REEVE_ERROR, REEVE_ERROR_TIMEOUT);

  if (error == NULL && self->failing)
    {
      reeve_log_message (self->context,
                         "samples are kept again; of those in between %" G_GUINT64_FORMAT
                         " are lost",
                         self->lost);
      self->lost = 0;
    }
  else if (error != NULL && !later && self->lost == 0)
    reeve_log_warning (self->context, "samples are lost: %s", error->message);
  else if (error != NULL && !self->failing)
    reeve_log_warning (self->context, "samples wait to be kept: %s", error->message);
  if (error != NULL && !later)
    self->lost += n;
  self->failing = error != NULL;
}

static void
reeve_fleet_arrivals_tell (ReeveFleetArrivals *self, GArray *items, const ReeveFleetChange *change)
{
  for (guint i = 0; i < items->len && self->hub != NULL; i++)
    {
      const ReeveFleetArrival *item = &g_array_index (items, ReeveFleetArrival, i);
      ReeveFleetSystem *linked = reeve_link_get_owner_data (item->link);
      ReeveFleetSystem *system =
          linked != NULL ? linked : reeve_fleet_hub_find (self->hub, item->id);

      if (system == NULL)
        continue;
      if (change->stored && linked != NULL)
        system->acknowledged = MAX (system->acknowledged, item->sequence);
      reeve_fleet_hub_changed (self->hub, system, change);
    }
}

static void
reeve_fleet_arrivals_appended_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree ReeveFleetArrivalsBatch *batch = user_data;
  ReeveFleetArrivals *self = batch->arrivals;
  g_autoptr (GArray) items = batch->items;
  g_autoptr (GError) error = NULL;
  gboolean kept = reeve_history_append_finish (REEVE_HISTORY (source), result, &error);
  const ReeveFleetChange change = { .sample = TRUE, .stored = kept, .refused = !kept };

  if (self->hub != NULL)
    {
      reeve_fleet_arrivals_say (self, items->len, error);
      reeve_fleet_arrivals_tell (self, items, &change);
    }
  reeve_fleet_arrivals_unref (self);
}

/* ---- before it ---- */

/* @items: (transfer full) */
static void
reeve_fleet_arrivals_append (ReeveFleetArrivals *self, ReeveHistory *history, GArray *items)
{
  g_autofree ReeveHistoryEntry *entries = g_new (ReeveHistoryEntry, items->len);
  ReeveFleetArrivalsBatch *batch = g_new (ReeveFleetArrivalsBatch, 1);

  for (guint i = 0; i < items->len; i++)
    {
      const ReeveFleetArrival *item = &g_array_index (items, ReeveFleetArrival, i);

      entries[i] = (ReeveHistoryEntry){ item->id, item->sample };
    }
  g_ref_count_inc (&self->refs);
  *batch = (ReeveFleetArrivalsBatch){ self, items };
  reeve_history_append_async (history, entries, items->len, self->cancellable,
                              reeve_fleet_arrivals_appended_cb, batch);
}

void
reeve_fleet_arrivals_flush (ReeveFleetArrivals *self)
{
  static const ReeveFleetChange unkept = { .sample = TRUE };
  g_autoptr (ReeveHistory) history = NULL;
  g_autoptr (GArray) items = NULL;

  if (self->waiting->len == 0)
    return;
  reeve_timer_stop (self->timer);
  items = g_steal_pointer (&self->waiting);
  self->waiting = reeve_fleet_arrivals_new_list ();
  history = reeve_context_lookup (self->context, REEVE_TYPE_HISTORY, NULL);
  if (history != NULL)
    reeve_fleet_arrivals_append (self, history, g_steal_pointer (&items));
  else
    reeve_fleet_arrivals_tell (self, items, &unkept);
}

static void
reeve_fleet_arrivals_timer_cb (G_GNUC_UNUSED ReeveTimer *timer, gpointer user_data)
{
  reeve_fleet_arrivals_flush (user_data);
}

void
reeve_fleet_arrivals_add (ReeveFleetArrivals *self, ReeveFleetSystem *system, guint64 sequence)
{
  ReeveFleetArrival item = { .link = g_object_ref (system->link),
                             .sample = reeve_sample_ref (system->latest),
                             .sequence = sequence };

  g_strlcpy (item.id, system->id, sizeof item.id);
  g_array_append_val (self->waiting, item);
  if (self->waiting->len >= REEVE_FLEET_MAX_GATHERED)
    reeve_fleet_arrivals_flush (self);
  else if (!reeve_timer_is_running (self->timer))
    reeve_timer_start (self->timer, REEVE_FLEET_GATHER_MS);
}

/* ---- life ---- */

ReeveFleetArrivals *
reeve_fleet_arrivals_new (ReeveFleetHub *hub)
{
  ReeveFleetArrivals *self = g_new0 (ReeveFleetArrivals, 1);

  g_ref_count_init (&self->refs);
  self->hub = hub;
  self->context = reeve_fleet_hub_get_context (hub);
  self->cancellable = g_cancellable_new ();
  self->timer =
      reeve_context_add_timer (self->context, "gather", reeve_fleet_arrivals_timer_cb, self);
  self->waiting = reeve_fleet_arrivals_new_list ();
  return self;
}

void
reeve_fleet_arrivals_free (ReeveFleetArrivals *self)
{
  reeve_fleet_arrivals_flush (self);
  self->hub = NULL;
  g_clear_pointer (&self->timer, reeve_timer_free);
  g_cancellable_cancel (self->cancellable);
  reeve_fleet_arrivals_unref (self);
}
