/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * One batch at a time and system: asked for, noted in the system's record, appended to the history,
 * and acknowledged with the next request. They are history alone: nobody is told of them as of live
 * values.
 *
 * The note is what makes a sample come once even when the hub dies between the commits: it says at
 * what time the batch's last sample is being stored. When that sample comes again it gets the same
 * time again, and those before it keep their distance, so they take their own places in the
 * history, whatever their ages say by then.
 */

#include "config.h"

#include "reeve-fleet-kept.h"

struct _ReeveFleetKept
{
  grefcount refs;     /* the poll's, and each batch's */
  ReeveFleetHub *hub; /* NULL once stopped */
  ReeveContext *context;
  guint interval_ms;
  GCancellable *cancellable;
  guint active;
};

/* Everything that comes back later finds its system by id: it may be gone by then. */
typedef struct
{
  ReeveFleetKept *kept;
  char *id;
  ReeveLink *link;
  GPtrArray *samples; /* of ReeveSample, with their times */
  guint64 series;
  guint64 sequence; /* of the last */
  guint64 waiting;
} ReeveFleetBatch;

static void
reeve_fleet_kept_unref (ReeveFleetKept *self)
{
  if (!g_ref_count_dec (&self->refs))
    return;
  g_object_unref (self->cancellable);
  g_free (self);
}

/* Ends the batch, and with it one of the active ones. */
static void
reeve_fleet_batch_free (ReeveFleetBatch *self)
{
  self->kept->active--;
  reeve_fleet_kept_unref (self->kept);
  g_free (self->id);
  g_object_unref (self->link);
  g_ptr_array_unref (self->samples);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveFleetBatch, reeve_fleet_batch_free)

static ReeveFleetBatch *
reeve_fleet_batch_new (ReeveFleetKept *kept, ReeveFleetSystem *system)
{
  ReeveFleetBatch *self = g_new0 (ReeveFleetBatch, 1);

  self->kept = kept;
  g_ref_count_inc (&kept->refs);
  kept->active++;
  self->id = g_strdup (system->id);
  self->link = g_object_ref (system->link);
  self->samples = g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_sample_unref);
  return self;
}

/* NULL: stopped, the system is gone, or has another link by now. */
static ReeveFleetSystem *
reeve_fleet_batch_find (ReeveFleetBatch *self)
{
  ReeveFleetSystem *system;

  if (self->kept->hub == NULL)
    return NULL;
  system = reeve_fleet_hub_find (self->kept->hub, self->id);
  return system != NULL && system->link == self->link ? system : NULL;
}

void
reeve_fleet_kept_stop (ReeveFleetSystem *system)
{
  reeve_fleet_system_stop_timer (&system->drain);
  system->draining = FALSE;
  system->drained = 0;
}

static void reeve_fleet_kept_timer_cb (ReeveTimer *timer, gpointer user_data);

static void
reeve_fleet_kept_start (ReeveFleetKept *self, ReeveFleetSystem *system, guint64 delay_ms)
{
  reeve_fleet_system_start_timer (system, &system->drain, self->context, "drain",
                                  reeve_fleet_kept_timer_cb, delay_ms);
}

static void
reeve_fleet_kept_end (ReeveFleetKept *self, ReeveFleetSystem *system)
{
  if (system->drained > 0)
    {
      reeve_log_message (self->context,
                         "'%s': %u samples that were kept while there was no link are stored",
                         system->name, system->drained);
      reeve_fleet_hub_save_async (self->hub, system, NULL, NULL);
    }
  reeve_fleet_kept_stop (system);
}

/* ---- storing ---- */

/* It is stored, whatever has become of the link that it came over. */
static void
reeve_fleet_batch_mark_stored (ReeveFleetBatch *self)
{
  ReeveFleetSystem *system =
      self->kept->hub != NULL ? reeve_fleet_hub_find (self->kept->hub, self->id) : NULL;

  if (system == NULL || system->kept_mark_series != self->series ||
      (system->kept_series == self->series && system->kept_stored >= self->sequence))
    return;
  system->kept_series = self->series;
  system->kept_stored = self->sequence;
}

static void
reeve_fleet_kept_appended_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ReeveFleetBatch) batch = user_data;
  g_autoptr (GError) error = NULL;
  gboolean stored = reeve_history_append_finish (REEVE_HISTORY (source), result, &error);
  ReeveFleetSystem *system = reeve_fleet_batch_find (batch);

  if (stored)
    reeve_fleet_batch_mark_stored (batch);
  if (system == NULL)
    return;
  if (!stored)
    {
      /* they are at the agent still, and are asked for with the next answer of the schedule */
      reeve_log_info (batch->kept->context, "'%s': kept samples are not stored: %s", system->name,
                      error->message);
      reeve_fleet_kept_end (batch->kept, system);
      return;
    }
  system->drained += batch->samples->len;
  if (batch->waiting > 0)
    reeve_fleet_kept_start (batch->kept, system, REEVE_FLEET_KEPT_PAUSE_MS);
  else
    reeve_fleet_kept_end (batch->kept, system);
}

static void
reeve_fleet_kept_append (ReeveFleetBatch *batch, ReeveFleetSystem *system)
{
  g_autoptr (ReeveHistory) history =
      reeve_context_lookup (batch->kept->context, REEVE_TYPE_HISTORY, NULL);
  ReeveHistoryEntry entries[REEVE_MESSAGE_MAX_KEPT];

  if (history == NULL)
    {
      reeve_fleet_kept_end (batch->kept, system);
      reeve_fleet_batch_free (batch);
      return;
    }
  for (guint i = 0; i < batch->samples->len; i++)
    entries[i] = (ReeveHistoryEntry){ system->id, g_ptr_array_index (batch->samples, i) };
  reeve_history_append_async (history, entries, batch->samples->len, batch->kept->cancellable,
                              reeve_fleet_kept_appended_cb, batch);
}

static void
reeve_fleet_kept_noted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ReeveFleetBatch) batch = user_data;
  g_autoptr (GError) error = NULL;
  gboolean noted = reeve_fleet_hub_save_finish (REEVE_FLEET_HUB (source), result, &error);
  ReeveFleetSystem *system = reeve_fleet_batch_find (batch);

  if (system == NULL)
    return;
  if (noted)
    {
      reeve_fleet_kept_append (g_steal_pointer (&batch), system);
      return;
    }
  reeve_log_info (batch->kept->context, "'%s': kept samples are not stored: %s", system->name,
                  error->message);
  reeve_fleet_kept_end (batch->kept, system);
}

/* ---- a batch ---- */

/* When it was, as its agent says now. */
static gint64
reeve_fleet_kept_get_time (ReeveMessage *message, gint64 now)
{
  return now - CLAMP (reeve_message_get_age (message), 0, REEVE_FLEET_KEPT_MAX_AGE_US);
}

/* No agent writes what is to come, or what is older than it may keep. */
static gint64
reeve_fleet_kept_bound (gint64 time, gint64 now)
{
  return CLAMP (time, now - REEVE_FLEET_KEPT_MAX_AGE_US, now);
}

/* How far the samples up to the one that was noted are to be moved, so that it lies where it did.
 */
static gint64
reeve_fleet_kept_find_shift (ReeveFleetSystem *system, const ReeveMessageKept *kept, gint64 now)
{
  if (kept->series != system->kept_mark_series)
    return 0;
  for (guint i = 0; i < kept->samples->len; i++)
    {
      ReeveMessage *message = g_ptr_array_index (kept->samples, i);

      if (reeve_message_get_sequence (message) == system->kept_mark)
        return reeve_fleet_kept_bound (system->kept_mark_time, now) -
               reeve_fleet_kept_get_time (message, now);
    }
  return 0;
}

/* Takes those that are not stored yet, with their times; in their order, whatever the agent says.
 */
static void
reeve_fleet_kept_take (ReeveFleetBatch *batch, ReeveFleetSystem *system,
                       const ReeveMessageKept *kept)
{
  gint64 now = reeve_clock_get_wall (reeve_context_get_clock (batch->kept->context));
  gint64 shift = reeve_fleet_kept_find_shift (system, kept, now);
  gint64 last_time = 0;

  batch->series = kept->series;
  batch->waiting = kept->waiting;
  if (kept->series == system->kept_series)
    batch->sequence = system->kept_stored;
  for (guint i = 0; i < kept->samples->len && i < REEVE_MESSAGE_MAX_KEPT; i++)
    {
      ReeveMessage *message = g_ptr_array_index (kept->samples, i);
      ReeveSample *sample = reeve_message_get_sample (message);
      guint64 sequence = reeve_message_get_sequence (message);

      if (sequence <= batch->sequence)
        continue;
      last_time = reeve_fleet_kept_bound (reeve_fleet_kept_get_time (message, now) +
                                              (sequence <= system->kept_mark ? shift : 0),
                                          now);
      reeve_sample_set_time (sample, last_time);
      g_ptr_array_add (batch->samples, reeve_sample_ref (sample));
      batch->sequence = sequence;
    }
  if (batch->samples->len > 0 &&
      (batch->series != system->kept_mark_series || batch->sequence > system->kept_mark))
    {
      system->kept_mark_series = batch->series;
      system->kept_mark = batch->sequence;
      system->kept_mark_time = last_time;
    }
}

static void
reeve_fleet_kept_asked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ReeveFleetBatch) batch = user_data;
  g_autoptr (ReeveMessage) answer =
      reeve_transport_request_finish (REEVE_TRANSPORT (source), result, NULL);
  ReeveFleetSystem *system = reeve_fleet_batch_find (batch);
  const ReeveMessageKept *kept = answer != NULL ? reeve_message_get_kept (answer) : NULL;
  ReeveFleetHub *hub;

  if (system == NULL)
    return;
  if (kept != NULL && kept->samples != NULL && kept->series != 0 && !system->paused)
    reeve_fleet_kept_take (batch, system, kept);
  if (batch->samples->len == 0)
    {
      reeve_fleet_kept_end (batch->kept, system);
      return;
    }
  hub = batch->kept->hub;
  reeve_fleet_hub_save_async (hub, system, reeve_fleet_kept_noted_cb, g_steal_pointer (&batch));
}

void
reeve_fleet_kept_acknowledge (ReeveFleetSystem *system, ReeveSampleRequest *wanted)
{
  if (system->kept_stored == 0 || reeve_link_get_level (system->link) < REEVE_LINK_LEVEL_EXTENSION)
    return;
  wanted->kept_series = system->kept_series;
  wanted->kept_stored = system->kept_stored;
}

static void
reeve_fleet_kept_timer_cb (G_GNUC_UNUSED ReeveTimer *timer, gpointer user_data)
{
  ReeveFleetSystem *system = user_data;
  ReeveFleetKept *self = system->kept;
  g_autoptr (ReeveMessage) request = NULL;
  /* the schedule's interval, so that the agent repeats the sample that it has just given */
  ReeveSampleRequest wanted = { .interval_ms = self->interval_ms, .kept = REEVE_FLEET_KEPT_BATCH };

  if (system->link == NULL || system->paused)
    {
      reeve_fleet_kept_stop (system);
      return;
    }
  if (self->active >= REEVE_FLEET_KEPT_MAX_ACTIVE)
    {
      reeve_fleet_kept_start (self, system, REEVE_FLEET_KEPT_WAIT_MS);
      return;
    }
  reeve_fleet_kept_acknowledge (system, &wanted);
  request = reeve_message_new_sample_request (&wanted);
  reeve_transport_request_async (reeve_link_get_transport (system->link), system->link, request,
                                 self->cancellable, reeve_fleet_kept_asked_cb,
                                 reeve_fleet_batch_new (self, system));
}

void
reeve_fleet_kept_notice (ReeveFleetKept *self, ReeveFleetSystem *system,
                         const ReeveMessageKept *kept)
{
  if (kept->waiting == 0 || kept->series == 0 || system->draining ||
      reeve_link_get_level (system->link) < REEVE_LINK_LEVEL_EXTENSION)
    return;
  system->draining = TRUE;
  reeve_fleet_kept_start (self, system, REEVE_FLEET_KEPT_PAUSE_MS);
}

/* ---- life ---- */

void
reeve_fleet_kept_added (ReeveFleetKept *self, ReeveFleetSystem *system)
{
  system->kept = self;
}

ReeveFleetKept *
reeve_fleet_kept_new (ReeveFleetHub *hub, guint interval_ms)
{
  ReeveFleetKept *self = g_new0 (ReeveFleetKept, 1);

  g_ref_count_init (&self->refs);
  self->hub = hub;
  self->context = reeve_fleet_hub_get_context (hub);
  self->interval_ms = interval_ms;
  self->cancellable = g_cancellable_new ();
  return self;
}

void
reeve_fleet_kept_set_interval (ReeveFleetKept *self, guint interval_ms)
{
  self->interval_ms = interval_ms;
}

void
reeve_fleet_kept_free (ReeveFleetKept *self)
{
  self->hub = NULL;
  g_cancellable_cancel (self->cancellable);
  reeve_fleet_kept_unref (self);
}
