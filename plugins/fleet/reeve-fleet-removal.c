/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Removing a system is quick for whoever looks and long for the store. */

#include "config.h"

#include "reeve-fleet-removal.h"

#include "reeve-fleet-hub-private.h"

/* Of a job: the system is out of the set; its history is deleted. */
#define REEVE_FLEET_REMOVAL_BEGIN 0.1
#define REEVE_FLEET_REMOVAL_END 0.9

struct _ReeveFleetRemovals
{
  grefcount refs;
  ReeveFleetHub *hub; /* NULL once stopped */
  ReeveContext *context;
  GCancellable *cancellable;
  GQueue waiting; /* of ReeveFleetRemoval */
  ReeveTimer *retry;
  guint active;
};

typedef struct
{
  ReeveFleetRemovals *removals;
  char *id;
  char *name;
  ReeveJob *job; /* NULL: there were too many, or it has ended */
  GCancellable *cancellable;
  gulong cancelled_id;
  gboolean begun;  /* the store knows of it, and would end it by itself */
  guint64 deleted; /* pieces of the history */
  guint64 left;
  guint tries;
} ReeveFleetRemoval;

static void reeve_fleet_removals_next (ReeveFleetRemovals *self);

static void
reeve_fleet_removals_unref (ReeveFleetRemovals *self)
{
  if (!g_ref_count_dec (&self->refs))
    return;
  g_object_unref (self->cancellable);
  g_free (self);
}

static void
reeve_fleet_removal_free (ReeveFleetRemoval *self)
{
  g_cancellable_disconnect (self->cancellable, self->cancelled_id);
  g_object_unref (self->cancellable);
  reeve_fleet_removals_unref (self->removals);
  g_free (self->id);
  g_free (self->name);
  g_free (self);
}

/* @error: nullable. */
static void
reeve_fleet_removal_end (ReeveFleetRemoval *self, const GError *error)
{
  if (self->removals->hub != NULL && error != NULL &&
      !g_error_matches (error, REEVE_ERROR, REEVE_ERROR_CANCELLED))
    {
      reeve_log_warning (self->removals->context, "'%s' is not removed yet: %s", self->name,
                         error->message);
      reeve_context_emit (
          self->removals->context, REEVE_SEVERITY_WARNING, "setting", self->id, NULL,
          "the history of '%s' could not be deleted, the next start tries again: %s", self->name,
          error->message);
    }
  /* after the end its context has ended the jobs */
  if (self->removals->hub != NULL && self->job != NULL)
    reeve_job_end (self->job, error);
  reeve_fleet_removal_free (self);
}

static void
reeve_fleet_removal_set_progress (ReeveFleetRemoval *self, double share, const char *step)
{
  if (self->removals->hub != NULL && self->job != NULL)
    reeve_job_set_progress (self->job, share, step);
}

/* ---- the store ---- */

static void reeve_fleet_removal_forget (ReeveFleetRemoval *self, ReeveHistory *history);

static void
reeve_fleet_removal_deleted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ReeveFleetRemoval *self = user_data;
  g_autoptr (GError) error = NULL;

  if (reeve_fleet_hub_delete_finish (REEVE_FLEET_HUB (source), result, &error) && self->left > 0)
    g_set_error (&error, REEVE_ERROR, REEVE_ERROR_CANCELLED,
                 "cancelled: '%s' stays removed, what is left of its history goes by and by",
                 self->name);
  reeve_fleet_removal_end (self, error);
}

/* The store goes on by itself with a history that it has begun to delete, so nothing need be
 * remembered. With one that it does not know of the next start goes on. */
static void
reeve_fleet_removal_end_cancelled (ReeveFleetRemoval *self)
{
  g_autoptr (GError) error = NULL;

  if (self->begun)
    {
      reeve_fleet_hub_delete_async (self->removals->hub, self->id, reeve_fleet_removal_deleted_cb,
                                    self);
      return;
    }
  error = g_error_new (REEVE_ERROR, REEVE_ERROR_CANCELLED,
                       "cancelled: '%s' stays removed, the next start goes on with its history",
                       self->name);
  reeve_fleet_removal_end (self, error);
}

/* The store may be slow, full or away for a while: then it is asked again. */
static gboolean
reeve_fleet_removal_retry (ReeveFleetRemoval *self, const GError *error)
{
  ReeveFleetRemovals *removals = self->removals;

  if (removals->hub == NULL || ++self->tries >= REEVE_FLEET_REMOVAL_TRIES)
    return FALSE;
  reeve_fleet_removal_set_progress (self, REEVE_FLEET_REMOVAL_BEGIN, error->message);
  g_queue_push_tail (&removals->waiting, self);
  reeve_timer_start (removals->retry, REEVE_FLEET_REMOVAL_RETRY_MS);
  return TRUE;
}

static void
reeve_fleet_removal_count (ReeveFleetRemoval *self, guint64 deleted, guint64 left)
{
  g_autofree char *step = NULL;
  guint64 all;

  self->begun = TRUE;
  self->deleted += deleted;
  self->left = left;
  all = self->deleted + left;
  step = g_strdup_printf ("deleting the history: %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
                          " pieces are gone",
                          self->deleted, all);
  reeve_fleet_removal_set_progress (self,
                                    REEVE_FLEET_REMOVAL_BEGIN +
                                        (REEVE_FLEET_REMOVAL_END - REEVE_FLEET_REMOVAL_BEGIN) *
                                            (double) self->deleted / (double) MAX (all, 1),
                                    step);
}

static void
reeve_fleet_removal_forgotten_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ReeveFleetRemoval *self = user_data;
  ReeveFleetRemovals *removals = self->removals;
  g_autoptr (GError) error = NULL;
  guint64 deleted, left;
  gboolean done =
      reeve_history_forget_finish (REEVE_HISTORY (source), result, &deleted, &left, &error);

  if (done)
    reeve_fleet_removal_count (self, deleted, left);
  if (done && left > 0 && removals->hub != NULL && !g_cancellable_is_cancelled (self->cancellable))
    {
      self->tries = 0;
      reeve_fleet_removal_forget (self, REEVE_HISTORY (source));
      return;
    }
  g_ref_count_inc (&removals->refs);
  removals->active--;
  if (!done)
    {
      if (!reeve_fleet_removal_retry (self, error))
        reeve_fleet_removal_end (self, error);
    }
  else if (removals->hub == NULL)
    reeve_fleet_removal_end (self, NULL);
  else if (left > 0)
    reeve_fleet_removal_end_cancelled (self);
  else
    {
      reeve_fleet_removal_set_progress (self, REEVE_FLEET_REMOVAL_END, "deleting the record");
      reeve_fleet_hub_delete_async (removals->hub, self->id, reeve_fleet_removal_deleted_cb, self);
    }
  reeve_fleet_removals_next (removals);
  reeve_fleet_removals_unref (removals);
}

static void
reeve_fleet_removal_forget (ReeveFleetRemoval *self, ReeveHistory *history)
{
  reeve_history_forget_async (history, self->id, self->removals->cancellable,
                              reeve_fleet_removal_forgotten_cb, self);
}

/* Those that wait and are no longer wanted: the store is told of each, where it can be, of some at
 * a time. */
static void
reeve_fleet_removals_end_cancelled (ReeveFleetRemovals *self)
{
  g_autoptr (ReeveHistory) history =
      !reeve_timer_is_running (self->retry)
          ? reeve_context_lookup (self->context, REEVE_TYPE_HISTORY, NULL)
          : NULL;

  for (GList *l = self->waiting.head, *next; l != NULL; l = next)
    {
      ReeveFleetRemoval *removal = l->data;

      const gboolean alone = removal->begun || history == NULL;

      next = l->next;
      if (!g_cancellable_is_cancelled (removal->cancellable) ||
          (!alone && self->active >= REEVE_FLEET_REMOVAL_MAX_ALL))
        continue;
      g_queue_delete_link (&self->waiting, l);
      if (alone)
        {
          reeve_fleet_removal_end_cancelled (removal);
          continue;
        }
      self->active++;
      reeve_fleet_removal_forget (removal, history);
    }
}

static void
reeve_fleet_removals_next (ReeveFleetRemovals *self)
{
  if (self->hub != NULL)
    reeve_fleet_removals_end_cancelled (self);
  while (self->hub != NULL && self->active < REEVE_FLEET_REMOVAL_MAX_ACTIVE &&
         !g_queue_is_empty (&self->waiting) && !reeve_timer_is_running (self->retry))
    {
      g_autoptr (ReeveHistory) history =
          reeve_context_lookup (self->context, REEVE_TYPE_HISTORY, NULL);
      ReeveFleetRemoval *removal;

      if (history == NULL)
        {
          reeve_timer_start (self->retry, REEVE_FLEET_REMOVAL_RETRY_MS);
          return;
        }
      removal = g_queue_pop_head (&self->waiting);
      self->active++;
      reeve_fleet_removal_set_progress (removal, REEVE_FLEET_REMOVAL_BEGIN, "deleting the history");
      reeve_fleet_removal_forget (removal, history);
    }
}

static void
reeve_fleet_removals_retry_cb (G_GNUC_UNUSED ReeveTimer *timer, gpointer user_data)
{
  reeve_fleet_removals_next (user_data);
}

/* ---- beginning ---- */

static void
reeve_fleet_removals_deferred (gpointer data)
{
  reeve_fleet_removals_next (data);
}

/* Not from inside the signal, in which a removal cannot end. */
static void
reeve_fleet_removal_cancelled_cb (G_GNUC_UNUSED GCancellable *cancellable, gpointer user_data)
{
  ReeveFleetRemovals *removals = user_data;

  g_ref_count_inc (&removals->refs);
  reeve_context_defer (removals->context, reeve_fleet_removals_deferred, removals,
                       (GDestroyNotify) reeve_fleet_removals_unref);
}

static ReeveFleetRemoval *
reeve_fleet_removal_new (ReeveFleetRemovals *removals, const char *id, const char *name,
                         GError **error)
{
  ReeveFleetRemoval *self = g_new0 (ReeveFleetRemoval, 1);
  g_autofree char *title = g_strdup_printf ("Remove '%s' and its history", name);

  self->removals = removals;
  g_ref_count_inc (&removals->refs);
  self->id = g_strdup (id);
  self->name = g_strdup (name);
  self->cancellable = g_cancellable_new ();
  self->cancelled_id =
      g_cancellable_connect (self->cancellable, G_CALLBACK (reeve_fleet_removal_cancelled_cb),
                             removals, NULL);
  self->job = reeve_context_begin_job (removals->context, "Fleet1.RemoveSystem", id,
                                       self->cancellable, title, error);
  return self;
}

typedef struct
{
  char *id;
  char *by;
  ReeveFleetRemoval *removal; /* until it is queued */
  char *job;
} ReeveFleetRemoving;

static void
reeve_fleet_removing_free (ReeveFleetRemoving *self)
{
  g_clear_pointer (&self->removal, reeve_fleet_removal_free);
  g_free (self->id);
  g_free (self->by);
  g_free (self->job);
  g_free (self);
}

static void
reeve_fleet_removals_dropped_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ReeveFleetHub *hub = REEVE_FLEET_HUB (source);
  g_autoptr (GTask) task = user_data;
  ReeveFleetRemoving *removing = g_task_get_task_data (task);
  ReeveFleetRemoval *removal = g_steal_pointer (&removing->removal);
  ReeveFleetRemovals *self = removal->removals;
  GError *error = NULL;

  if (!reeve_fleet_hub_drop_finish (hub, result, &error))
    {
      if (self->hub != NULL)
        reeve_job_end (removal->job, error);
      reeve_fleet_removal_free (removal);
      g_task_return_error (task, error);
      return;
    }
  if (self->hub == NULL)
    {
      reeve_fleet_removal_free (removal);
      g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_GONE, "the fleet has stopped");
      return;
    }
  removing->job = g_strdup (reeve_job_get_id (removal->job));
  g_queue_push_tail (&self->waiting, removal);
  reeve_fleet_removals_next (self);
  g_task_return_boolean (task, TRUE);
}

void
reeve_fleet_removals_remove_async (ReeveFleetRemovals *self, const char *id, const char *by,
                                   GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self->hub, NULL, callback, user_data);
  ReeveFleetSystem *system = reeve_fleet_hub_find (self->hub, id);
  ReeveFleetRemoving *removing = g_new0 (ReeveFleetRemoving, 1);
  GError *error = NULL;

  g_task_set_source_tag (task, reeve_fleet_removals_remove_async);
  g_task_set_task_data (task, removing, (GDestroyNotify) reeve_fleet_removing_free);
  if (system == NULL || system->removing)
    {
      g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_NOT_FOUND, "there is no system '%s'",
                               id);
      return;
    }
  removing->removal = reeve_fleet_removal_new (self, id, system->name, &error);
  if (removing->removal->job == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  reeve_fleet_hub_drop_async (self->hub, system, by, reeve_fleet_removals_dropped_cb,
                              g_object_ref (task));
}

char *
reeve_fleet_removals_remove_finish (G_GNUC_UNUSED ReeveFleetRemovals *self, GAsyncResult *result,
                                    GError **error)
{
  ReeveFleetRemoving *removing = g_task_get_task_data (G_TASK (result));

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return NULL;
  return g_steal_pointer (&removing->job);
}

/* ---- life ---- */

void
reeve_fleet_removals_resume (ReeveFleetRemovals *self)
{
  GHashTableIter iter;
  gpointer id, name;

  g_hash_table_iter_init (&iter, reeve_fleet_hub_get_leftovers (self->hub));
  while (g_hash_table_iter_next (&iter, &id, &name))
    {
      /* without a job it goes on unseen */
      g_queue_push_tail (&self->waiting, reeve_fleet_removal_new (self, id, name, NULL));
      g_hash_table_iter_remove (&iter);
    }
  reeve_fleet_removals_next (self);
}

ReeveFleetRemovals *
reeve_fleet_removals_new (ReeveFleetHub *hub)
{
  ReeveFleetRemovals *self = g_new0 (ReeveFleetRemovals, 1);

  g_ref_count_init (&self->refs);
  self->hub = hub;
  self->context = reeve_fleet_hub_get_context (hub);
  self->cancellable = g_cancellable_new ();
  g_queue_init (&self->waiting);
  self->retry =
      reeve_context_add_timer (self->context, "removal", reeve_fleet_removals_retry_cb, self);
  return self;
}

void
reeve_fleet_removals_free (ReeveFleetRemovals *self)
{
  self->hub = NULL;
  g_cancellable_cancel (self->cancellable);
  g_clear_pointer (&self->retry, reeve_timer_free);
  while (!g_queue_is_empty (&self->waiting))
    reeve_fleet_removal_free (g_queue_pop_head (&self->waiting));
  reeve_fleet_removals_unref (self);
}
