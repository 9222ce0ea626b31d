/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One sink's queue. Events of one subject are delivered one after the other, in their order; those
 * of others pass by one that fails. After a failure the sink as a whole is left alone for a while,
 * and then tried with one event at a time, the one that failed least. */

#include "config.h"

#include "reeve-events-queue.h"

#include <string.h>

typedef struct
{
  guint64 number;
  gint64 born;         /* monotonic, microseconds */
  GRefString *subject; /* interned: many are alike */
  ReeveSeverity severity;
  GVariant *event;
  guint64 serial; /* of the writer; 0: it came from the records */
  guint attempts;
  gint64 next; /* monotonic, microseconds: not before */
  gboolean flying;
} ReeveEventsEntry;

struct _ReeveEventsQueue
{
  GObject parent;

  ReeveContext *context; /* NULL once stopped */
  ReeveEventsWriter *writer;
  char *name;
  ReeveEventSink *sink; /* NULL while it is away */
  GQueue entries;       /* of ReeveEventsEntry, by number */
  GCancellable *cancellable;
  ReeveTimer *timer;
  gint64 give_up; /* microseconds */
  gint64 oldest;  /* no entry was born before */
  guint flying;
  guint failures; /* in a row */
  gint64 pause;   /* monotonic: not before */
  gboolean stepping;
  gboolean full;    /* and the log has said so */
  char *error;      /* the last one; NULL when the last delivery went well */
  gint64 away;      /* wall clock, since when it has been known to be away; 0: it is not known */
  gint64 away_from; /* the same, monotonic */
  guint64 gone;     /* given up since it last delivered */
  gboolean going;   /* and that has been said */
  guint64 delivered;
  guint64 dropped;
  guint64 given_up;
  guint64 saved; /* the writer's serial number of the last save */
  gboolean dirty;
};

/* One delivery that is under way. */
typedef struct
{
  ReeveEventsQueue *queue;
  guint64 number;
} ReeveEventsFlight;

G_DEFINE_TYPE (ReeveEventsQueue, reeve_events_queue, G_TYPE_OBJECT)

static void
reeve_events_entry_free (gpointer data)
{
  ReeveEventsEntry *self = data;

  g_ref_string_release (self->subject);
  g_variant_unref (self->event);
  g_free (self);
}

void
reeve_events_queue_clear (ReeveEventsQueue *self)
{
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->timer, reeve_timer_free);
  g_clear_object (&self->sink);
  g_clear_object (&self->writer);
  self->context = NULL;
}

static void
reeve_events_queue_finalize (GObject *object)
{
  ReeveEventsQueue *self = REEVE_EVENTS_QUEUE (object);

  reeve_events_queue_clear (self);
  g_queue_clear_full (&self->entries, reeve_events_entry_free);
  g_free (self->error);
  g_free (self->name);
  G_OBJECT_CLASS (reeve_events_queue_parent_class)->finalize (object);
}

static void
reeve_events_queue_class_init (ReeveEventsQueueClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = reeve_events_queue_finalize;
}

static void
reeve_events_queue_init (ReeveEventsQueue *self)
{
  g_queue_init (&self->entries);
  self->oldest = G_MAXINT64;
}

static gint64
reeve_events_queue_now (ReeveEventsQueue *self)
{
  return reeve_clock_get_monotonic (reeve_context_get_clock (self->context));
}

static gint64
reeve_events_queue_wall (ReeveEventsQueue *self)
{
  return reeve_clock_get_wall (reeve_context_get_clock (self->context));
}

/* When a moment of the wall clock was by the monotonic one. From then on steps of the clock do not
 * matter; one that is to come is now. */
static gint64
reeve_events_queue_when (ReeveEventsQueue *self, gint64 wall)
{
  return reeve_events_queue_now (self) - MAX (reeve_events_queue_wall (self) - wall, 0);
}

static void
reeve_events_queue_timer_cb (G_GNUC_UNUSED ReeveTimer *timer, gpointer user_data)
{
  reeve_events_queue_step (user_data);
}

ReeveEventsQueue *
reeve_events_queue_new (ReeveContext *context, ReeveEventsWriter *writer, const char *name,
                        GVariant *value)
{
  ReeveEventsQueue *self = g_object_new (REEVE_TYPE_EVENTS_QUEUE, NULL);

  self->context = context;
  self->writer = g_object_ref (writer);
  self->name = g_strdup (name);
  self->cancellable = g_cancellable_new ();
  self->timer = reeve_context_add_timer (context, "deliver", reeve_events_queue_timer_cb, self);
  if (value != NULL)
    {
      g_variant_lookup (value, "dropped", "t", &self->dropped);
      g_variant_lookup (value, "given-up", "t", &self->given_up);
      g_variant_lookup (value, "away", "x", &self->away);
      self->away_from = reeve_events_queue_when (self, self->away);
    }
  return self;
}

const char *
reeve_events_queue_get_name (ReeveEventsQueue *self)
{
  return self->name;
}

void
reeve_events_queue_set_give_up (ReeveEventsQueue *self, gint64 give_up_ms)
{
  self->give_up = give_up_ms * 1000;
}

ReeveEventSink *
reeve_events_queue_get_sink (ReeveEventsQueue *self)
{
  return self->sink;
}

/* ---- the records ---- */

static char *
reeve_events_queue_make_id (ReeveEventsQueue *self, guint64 number)
{
  return g_strdup_printf ("%016" G_GINT64_MODIFIER "x/%s", number, self->name);
}

/* What the records know of the sink itself. One save at a time, so that a storm of drops is few. */
static void
reeve_events_queue_save (ReeveEventsQueue *self)
{
  GVariantDict dict;

  self->dirty = !reeve_events_writer_is_settled (self->writer, self->saved);
  if (self->dirty)
    return;
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "dropped", "t", self->dropped);
  g_variant_dict_insert (&dict, "given-up", "t", self->given_up);
  if (self->away != 0)
    g_variant_dict_insert (&dict, "away", "x", self->away);
  self->saved =
      reeve_events_writer_push_record (self->writer,
                                       reeve_record_new (REEVE_EVENTS_SINKS_COLLECTION, self->name,
                                                         -1, g_variant_dict_end (&dict), NULL));
}

/* Takes the entry out, here and there. */
static void
reeve_events_queue_remove (ReeveEventsQueue *self, GList *link)
{
  ReeveEventsEntry *entry = link->data;
  g_autofree char *id = reeve_events_queue_make_id (self, entry->number);

  reeve_events_writer_push_record (self->writer, reeve_record_new (REEVE_EVENTS_QUEUE_COLLECTION,
                                                                   id, -1, NULL, NULL));
  reeve_events_entry_free (entry);
  g_queue_delete_link (&self->entries, link);
}

static void
reeve_events_queue_forget (ReeveEventsQueue *self)
{
  while (self->entries.head != NULL)
    reeve_events_queue_remove (self, self->entries.head);
  reeve_events_writer_push_record (self->writer, reeve_record_new (REEVE_EVENTS_SINKS_COLLECTION,
                                                                   self->name, -1, NULL, NULL));
}

/* ---- what comes in ---- */

/* What is said of a sink does not go to the same sink. */
static gboolean
reeve_events_queue_is_own (ReeveEventsQueue *self, GVariant *event)
{
  const char *category = "", *subject = "";

  g_variant_lookup (event, "category", "&s", &category);
  g_variant_lookup (event, "subject", "&s", &subject);
  return strcmp (category, "delivery") == 0 && strcmp (subject, self->name) == 0;
}

static void
reeve_events_queue_add (ReeveEventsQueue *self, guint64 number, GVariant *event, guint64 serial,
                        gint64 born)
{
  ReeveEventsEntry *entry = g_new0 (ReeveEventsEntry, 1);
  const char *subject = "", *severity = "";

  entry->number = number;
  entry->event = g_variant_ref_sink (event);
  entry->serial = serial;
  g_variant_lookup (entry->event, "subject", "&s", &subject);
  entry->subject = g_ref_string_new_intern (subject);
  g_variant_lookup (entry->event, "severity", "&s", &severity);
  reeve_severity_from_string (severity, &entry->severity);
  entry->born = born;
  self->oldest = MIN (self->oldest, born);
  g_queue_push_tail (&self->entries, entry);
}

/* NULL: all are under way. */
static GList *
reeve_events_queue_find_least (ReeveEventsQueue *self)
{
  GList *least = NULL;

  for (GList *l = self->entries.head; l != NULL; l = l->next)
    {
      ReeveEventsEntry *entry = l->data;

      if (!entry->flying &&
          (least == NULL || entry->severity < ((ReeveEventsEntry *) least->data)->severity))
        least = l;
    }
  return least;
}

/* One more than it may be: what matters least goes. */
static void
reeve_events_queue_limit (ReeveEventsQueue *self)
{
  GList *link;

  if (self->entries.length < REEVE_EVENTS_MAX_QUEUED / 2)
    self->full = FALSE;
  if (self->entries.length <= REEVE_EVENTS_MAX_QUEUED)
    return;
  link = reeve_events_queue_find_least (self);
  if (link == NULL)
    return;
  reeve_events_queue_remove (self, link);
  self->dropped++;
  reeve_events_queue_save (self);
  if (self->full)
    return;
  self->full = TRUE;
  reeve_log_warning (self->context,
                     "%d events wait for %s: from now on the least severe are dropped",
                     REEVE_EVENTS_MAX_QUEUED, self->name);
  reeve_context_emit (self->context, REEVE_SEVERITY_ERROR, "delivery", self->name, NULL,
                      "%d events wait for %s: from now on the least severe are dropped",
                      REEVE_EVENTS_MAX_QUEUED, self->name);
}

void
reeve_events_queue_load (ReeveEventsQueue *self, guint64 number, GVariant *event)
{
  double time = 0;

  g_variant_lookup (event, "time", "d", &time);
  reeve_events_queue_add (self, number, event, 0,
                          reeve_events_queue_when (self, (gint64) (time * G_USEC_PER_SEC)));
  reeve_events_queue_limit (self);
}

void
reeve_events_queue_give_up (ReeveEventsQueue *self, guint64 number, GPtrArray *changes)
{
  g_autofree char *id = reeve_events_queue_make_id (self, number);

  g_ptr_array_add (changes, reeve_record_new (REEVE_EVENTS_QUEUE_COLLECTION, id, -1, NULL, NULL));
}

gboolean
reeve_events_queue_offer (ReeveEventsQueue *self, guint64 number, GVariant *event, GPtrArray *group)
{
  g_autofree char *id = NULL;

  if (reeve_events_queue_is_own (self, event) ||
      (self->sink != NULL && !reeve_event_sink_wants (self->sink, event)))
    return FALSE;
  id = reeve_events_queue_make_id (self, number);
  g_ptr_array_add (group, reeve_record_new (REEVE_EVENTS_QUEUE_COLLECTION, id, -1, event, NULL));
  return TRUE;
}

void
reeve_events_queue_accept (ReeveEventsQueue *self, guint64 number, GVariant *event, guint64 serial)
{
  reeve_events_queue_add (self, number, event, serial, reeve_events_queue_now (self));
  reeve_events_queue_limit (self);
  if (reeve_events_writer_is_failing (self->writer))
    reeve_events_queue_step (self);
}

void
reeve_events_queue_set_sink (ReeveEventsQueue *self, ReeveEventSink *sink)
{
  GList *next;

  g_set_object (&self->sink, sink);
  if (sink != NULL)
    {
      self->away = 0;
      self->going = FALSE;
    }
  reeve_events_queue_save (self);
  self->failures = 0;
  self->pause = 0;
  /* while it was away nobody could say what it wants */
  for (GList *l = self->entries.head; sink != NULL && l != NULL; l = next)
    {
      ReeveEventsEntry *entry = l->data;

      next = l->next;
      if (!entry->flying && !reeve_event_sink_wants (sink, entry->event))
        reeve_events_queue_remove (self, l);
    }
  reeve_events_queue_step (self);
}

/* ---- what goes out ---- */

static gint64
reeve_events_queue_backoff (guint failures)
{
  gint64 ms = REEVE_EVENTS_BACKOFF_MS;

  for (guint i = 1; i < failures && ms < REEVE_EVENTS_MAX_BACKOFF_MS; i++)
    ms *= 2;
  return MIN (ms, REEVE_EVENTS_MAX_BACKOFF_MS) * 1000;
}

static GList *
reeve_events_queue_find (ReeveEventsQueue *self, guint64 number)
{
  GList *link = self->entries.head;

  while (link != NULL && ((ReeveEventsEntry *) link->data)->number != number)
    link = link->next;
  return link;
}

static void
reeve_events_queue_note_delivered (ReeveEventsQueue *self, GList *link)
{
  ReeveEventsEntry *entry = link->data;
  gboolean dead = self->failures >= REEVE_EVENTS_DEAD_AFTER;

  if (entry->attempts > 0)
    reeve_log_message (self->context, "%s has delivered an event that had failed %u times",
                       self->name, entry->attempts);
  self->failures = 0;
  self->pause = 0;
  self->delivered++;
  g_clear_pointer (&self->error, g_free);
  reeve_events_queue_remove (self, link);
  if (self->gone > 0)
    reeve_context_emit (self->context, REEVE_SEVERITY_NOTICE, "delivery", self->name, NULL,
                        "%s delivers again; events that were given up meanwhile: "
                        "%" G_GUINT64_FORMAT,
                        self->name, self->gone);
  else if (dead)
    reeve_context_emit (self->context, REEVE_SEVERITY_NOTICE, "delivery", self->name, NULL,
                        "%s delivers again", self->name);
  self->gone = 0;
  self->going = FALSE;
}

static void
reeve_events_queue_note_failed (ReeveEventsQueue *self, GList *link, const GError *error)
{
  ReeveEventsEntry *entry = link->data;
  gint64 now = reeve_events_queue_now (self);

  self->failures++;
  entry->attempts++;
  entry->next = now + reeve_events_queue_backoff (entry->attempts);
  self->pause = now + reeve_events_queue_backoff (self->failures);
  g_free (self->error);
  self->error = g_strdup (error->message);
  if (self->failures == 1 && entry->attempts == 1)
    reeve_log_warning (self->context, "an event was not delivered, it is tried again: %s",
                       error->message);
  if (self->failures == REEVE_EVENTS_DEAD_AFTER)
    reeve_context_emit (self->context, REEVE_SEVERITY_ERROR, "delivery", self->name, NULL,
                        "%s has failed %u times in a row, events wait for it: %s", self->name,
                        self->failures, error->message);
}

static void
reeve_events_queue_delivered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ReeveEventsFlight *flight = user_data;
  g_autoptr (ReeveEventsQueue) self = flight->queue;
  g_autoptr (GError) error = NULL;
  gboolean ok = reeve_event_sink_deliver_finish (REEVE_EVENT_SINK (source), result, &error);
  GList *link = reeve_events_queue_find (self, flight->number);

  g_free (flight);
  if (self->context == NULL || link == NULL)
    return;
  self->flying--;
  ((ReeveEventsEntry *) link->data)->flying = FALSE;
  if (ok)
    reeve_events_queue_note_delivered (self, link);
  else if (self->sink == REEVE_EVENT_SINK (source) &&
           !g_error_matches (error, REEVE_ERROR, REEVE_ERROR_GONE))
    reeve_events_queue_note_failed (self, link, error);
  reeve_events_queue_step (self);
}

static void
reeve_events_queue_deliver (ReeveEventsQueue *self, ReeveEventsEntry *entry)
{
  ReeveEventsFlight *flight = g_new0 (ReeveEventsFlight, 1);

  flight->queue = g_object_ref (self);
  flight->number = entry->number;
  entry->flying = TRUE;
  self->flying++;
  reeve_event_sink_deliver_async (self->sink, entry->event, self->cancellable,
                                  reeve_events_queue_delivered_cb, flight);
}

/* Once until it delivers again: what is said of one dead sink waits for the others, which may be
 * dead, too. */
static void
reeve_events_queue_note_given_up (ReeveEventsQueue *self, guint n)
{
  const char *reason = self->error != NULL ? self->error : "it was away for too long";

  self->given_up += n;
  self->gone += n;
  reeve_events_queue_save (self);
  if (self->going)
    return;
  self->going = TRUE;
  reeve_log_warning (self->context,
                     "events for %s are given up, from now on all that become too "
                     "old: %s",
                     self->name, reason);
  reeve_context_emit (self->context, REEVE_SEVERITY_ERROR, "delivery", self->name, NULL,
                      "events for %s are given up, from now on all that become too old: %s",
                      self->name, reason);
}

/* What has become too old goes, whether the sink is there or not. */
static void
reeve_events_queue_expire (ReeveEventsQueue *self)
{
  gint64 least = reeve_events_queue_now (self) - self->give_up;
  guint n = 0;
  GList *next;

  if (self->oldest >= least)
    return;
  self->oldest = G_MAXINT64;
  for (GList *l = self->entries.head; l != NULL; l = next)
    {
      ReeveEventsEntry *entry = l->data;

      next = l->next;
      if (entry->born >= least || entry->flying)
        {
          self->oldest = MIN (self->oldest, entry->born);
          continue;
        }
      reeve_events_queue_remove (self, l);
      n++;
    }
  if (n > 0)
    reeve_events_queue_note_given_up (self, n);
}

gboolean
reeve_events_queue_sweep (ReeveEventsQueue *self)
{
  reeve_events_queue_step (self);
  if (self->sink != NULL)
    return FALSE;
  if (self->away == 0)
    {
      self->away = reeve_events_queue_wall (self);
      self->away_from = reeve_events_queue_now (self);
      reeve_events_queue_save (self);
    }
  if (reeve_events_queue_now (self) - self->away_from <= self->give_up)
    return FALSE;
  reeve_log_message (self->context, "%s has been away for too long and is forgotten", self->name);
  reeve_events_queue_forget (self);
  return TRUE;
}

/* The first of its subject that may go now and has failed least. @ret_next: when there is none,
 * when to look again; 0: when something happens. */
static ReeveEventsEntry *
reeve_events_queue_choose (ReeveEventsQueue *self, gint64 *ret_next)
{
  g_autoptr (GHashTable) subjects = g_hash_table_new (NULL, NULL);
  gint64 now = reeve_events_queue_now (self);
  const char *before = NULL;
  ReeveEventsEntry *best = NULL;

  *ret_next = 0;
  for (GList *l = self->entries.head; l != NULL; l = l->next)
    {
      ReeveEventsEntry *entry = l->data;
      gint64 from = MAX (entry->next, self->pause);
      gboolean seen = entry->subject == before || !g_hash_table_add (subjects, entry->subject);

      before = entry->subject;
      if (seen || entry->flying)
        continue;
      /* a store that fails must not keep the news of it from anybody */
      if (!reeve_events_writer_is_settled (self->writer, entry->serial) &&
          !reeve_events_writer_is_failing (self->writer))
        continue;
      if (from > now)
        *ret_next = *ret_next == 0 ? from : MIN (*ret_next, from);
      else if (best == NULL || entry->attempts < best->attempts)
        best = entry;
      if (best != NULL && best->attempts == 0)
        break;
    }
  return best;
}

void
reeve_events_queue_step (ReeveEventsQueue *self)
{
  gint64 next = 0;

  /* a sink may answer within the call */
  if (self->context == NULL || self->stepping)
    return;
  self->stepping = TRUE;
  reeve_timer_stop (self->timer);
  if (self->dirty)
    reeve_events_queue_save (self);
  reeve_events_queue_expire (self);
  while (self->sink != NULL && self->flying < (self->failures > 0 ? 1 : REEVE_EVENTS_MAX_PARALLEL))
    {
      ReeveEventsEntry *entry = reeve_events_queue_choose (self, &next);

      if (entry == NULL)
        break;
      reeve_events_queue_deliver (self, entry);
    }
  if (next != 0)
    reeve_timer_start (self->timer,
                       (guint64) MAX (next - reeve_events_queue_now (self), 0) / 1000 + 1);
  self->stepping = FALSE;
}

/* ---- how it is ---- */

GVariant *
reeve_events_queue_describe (ReeveEventsQueue *self)
{
  const char *state = "idle";
  GVariantDict dict;
  gint64 next = 0;

  if (self->sink == NULL)
    state = "away";
  else if (self->failures > 0)
    state = "failing";
  else if (self->flying > 0)
    state = "delivering";
  if (self->failures > 0 && self->flying == 0)
    reeve_events_queue_choose (self, &next);
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "name", "s", self->name);
  g_variant_dict_insert (&dict, "state", "s", state);
  g_variant_dict_insert (&dict, "queued", "u", self->entries.length);
  g_variant_dict_insert (&dict, "delivered", "t", self->delivered);
  g_variant_dict_insert (&dict, "dropped", "t", self->dropped);
  g_variant_dict_insert (&dict, "given_up", "t", self->given_up);
  g_variant_dict_insert (&dict, "error", "s", self->error != NULL ? self->error : "");
  g_variant_dict_insert (&dict, "retry", "d",
                         next != 0 ? (double) MAX (next - reeve_events_queue_now (self), 0) / 1e6
                                   : 0.0);
  return g_variant_dict_end (&dict);
}
