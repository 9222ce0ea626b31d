/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A call over the border between two plugins: state, deadline, time and name around each slot. The
 * caller gets its answer at the deadline, at once when it cancels and at once when the provider
 * goes; the provider's own work is cancelled then and awaited, so that nothing of it is left at its
 * stop. */

#include "config.h"

#include "reeve-dispatch.h"

#include "reeve-error.h"
#include "reeve-registry-private.h"

struct _ReeveCall
{
  grefcount refs; /* the slot's callback, the caller between begin and leave, a deferred answer */
  const char *slot;
  GTask *task;             /* the caller's; NULL once answered */
  ReeveProviderInfo *info; /* NULL outside a registry */
  gpointer provider;
  GCancellable *cancellable; /* the slot's */
  GCancellable *outer;       /* the caller's, may be NULL */
  gulong outer_id;
  ReeveTimer *timer;
  guint timeout_ms;
};

static ReeveCall *
reeve_call_ref (ReeveCall *self)
{
  g_ref_count_inc (&self->refs);
  return self;
}

static void
reeve_call_unref (gpointer data)
{
  ReeveCall *self = data;

  if (!g_ref_count_dec (&self->refs))
    return;
  g_clear_pointer (&self->info, reeve_provider_info_unref);
  g_clear_object (&self->task);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->outer);
  g_clear_object (&self->provider);
  g_free (self);
}

/* Takes the task for an answer; NULL when it was given already. */
static GTask *
reeve_call_take_task (ReeveCall *self)
{
  if (self->outer_id != 0)
    {
      gulong id = self->outer_id;

      self->outer_id = 0;
      g_cancellable_disconnect (self->outer, id);
    }
  g_clear_pointer (&self->timer, reeve_timer_free);
  return g_steal_pointer (&self->task);
}

static void
reeve_call_answer_error (ReeveCall *self, ReeveError code, const char *text)
{
  g_autoptr (GTask) task = reeve_call_take_task (self);

  if (task == NULL)
    return;
  g_cancellable_cancel (self->cancellable);
  if (self->info != NULL)
    g_task_return_new_error (task, REEVE_ERROR, code, "%s: %s: %s", self->info->name, self->slot,
                             text);
  else
    g_task_return_new_error (task, REEVE_ERROR, code, "%s: %s", self->slot, text);
}

void
reeve_call_gone (ReeveCall *self)
{
  reeve_call_ref (self);
  reeve_call_answer_error (self, REEVE_ERROR_GONE, "the provider is stopping");
  reeve_call_unref (self);
}

static void
reeve_call_timeout_cb (G_GNUC_UNUSED ReeveTimer *timer, gpointer user_data)
{
  ReeveCall *self = user_data;
  g_autofree char *text = g_strdup_printf ("no answer within %u ms", self->timeout_ms);

  reeve_call_ref (self);
  reeve_call_answer_error (self, REEVE_ERROR_TIMEOUT, text);
  reeve_call_unref (self);
}

static void
reeve_call_cancelled_later (gpointer user_data)
{
  reeve_call_answer_error (user_data, REEVE_ERROR_CANCELLED, "cancelled by the caller");
}

static gboolean
reeve_call_cancelled_idle_cb (gpointer user_data)
{
  reeve_call_cancelled_later (user_data);
  return G_SOURCE_REMOVE;
}

/* Not at once: a cancellable may not be disconnected from inside its own signal. */
static void
reeve_call_cancelled_cb (G_GNUC_UNUSED GCancellable *cancellable, gpointer user_data)
{
  ReeveCall *self = user_data;

  if (self->info != NULL)
    reeve_owner_defer (self->info->owner, reeve_call_cancelled_later, reeve_call_ref (self),
                       reeve_call_unref);
  else
    g_idle_add_full (G_PRIORITY_DEFAULT, reeve_call_cancelled_idle_cb, reeve_call_ref (self),
                     reeve_call_unref);
}

static void
reeve_call_watch_caller (ReeveCall *self, guint timeout_ms, GCancellable *cancellable)
{
  self->timeout_ms = timeout_ms;
  if (timeout_ms > 0 && self->info != NULL)
    {
      self->timer =
          reeve_owner_add_timer (self->info->owner, self->slot, reeve_call_timeout_cb, self);
      if (self->timer != NULL)
        reeve_timer_start (self->timer, timeout_ms);
    }
  if (cancellable == NULL)
    return;
  self->outer = g_object_ref (cancellable);
  if (g_cancellable_is_cancelled (cancellable))
    reeve_call_cancelled_cb (cancellable, self);
  else
    self->outer_id =
        g_cancellable_connect (cancellable, G_CALLBACK (reeve_call_cancelled_cb), self, NULL);
}

ReeveCall *
reeve_call_begin (gpointer provider, const char *slot, gboolean has_slot, guint timeout_ms,
                  GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveProviderInfo *info = reeve_provider_info_get (provider);
  g_autoptr (GTask) task = g_task_new (provider, NULL, callback, user_data);
  ReeveCall *self;

  g_task_set_source_tag (task, reeve_call_begin);
  if ((info != NULL && info->gone) || !has_slot)
    {
      const char *name = info != NULL ? info->name : "provider";

      if (!has_slot)
        g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_UNSUPPORTED,
                                 "%s: %s is not offered", name, slot);
      else
        g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_GONE,
                                 "%s: %s: the provider has stopped", name, slot);
      return NULL;
    }
  self = g_new0 (ReeveCall, 1);
  g_ref_count_init (&self->refs);
  reeve_call_ref (self); /* until leave */
  self->slot = slot;
  self->task = g_steal_pointer (&task);
  self->provider = g_object_ref (provider);
  self->cancellable = g_cancellable_new ();
  if (info != NULL)
    {
      self->info = reeve_provider_info_ref (info);
      g_ptr_array_add (info->calls, self);
      reeve_owner_enter (info->owner);
    }
  reeve_call_watch_caller (self, timeout_ms, cancellable);
  return self;
}

GCancellable *
reeve_call_get_cancellable (ReeveCall *self)
{
  return self->cancellable;
}

void
reeve_call_leave (ReeveCall *self)
{
  if (self->info != NULL)
    reeve_owner_leave (self->info->owner);
  reeve_call_unref (self);
}

void
reeve_call_done_cb (G_GNUC_UNUSED GObject *source, GAsyncResult *result, gpointer user_data)
{
  ReeveCall *self = user_data;
  g_autoptr (GTask) task = reeve_call_take_task (self);

  /* an answer after the deadline is dropped: the slot's own task frees what it carries */
  if (task != NULL)
    g_task_return_pointer (task, g_object_ref (result), g_object_unref);
  if (self->info != NULL)
    reeve_provider_info_ended (self->info, self);
  reeve_call_unref (self);
}

GAsyncResult *
reeve_call_finish (gpointer provider, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, provider), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
reeve_call_name_error (gpointer provider, GError **error)
{
  const char *name = reeve_provider_get_name (provider);

  if (error == NULL || *error == NULL)
    return;
  reeve_error_convert (error);
  if (name != NULL && !g_str_has_prefix ((*error)->message, name))
    g_prefix_error (error, "%s: ", name);
}

gboolean
reeve_call_check (gpointer provider, G_GNUC_UNUSED GAsyncResult *result, gboolean ok,
                  GError **error)
{
  if (ok)
    return TRUE;
  if (error != NULL && *error == NULL)
    g_set_error_literal (error, REEVE_ERROR, REEVE_ERROR_FAILED,
                         "failed without saying why (a bug there)");
  reeve_call_name_error (provider, error);
  return FALSE;
}

gpointer
reeve_call_check_pointer (gpointer provider, G_GNUC_UNUSED GAsyncResult *result, gpointer value,
                          GError **error)
{
  if (value == NULL)
    reeve_call_name_error (provider, error);
  return value;
}

gboolean
reeve_call_enter_sync (gpointer provider, G_GNUC_UNUSED const char *slot)
{
  ReeveProviderInfo *info = reeve_provider_info_get (provider);

  if (info == NULL)
    return TRUE;
  if (info->gone)
    return FALSE;
  reeve_owner_enter (info->owner);
  return TRUE;
}

void
reeve_call_leave_sync (gpointer provider)
{
  ReeveProviderInfo *info = reeve_provider_info_get (provider);

  if (info != NULL)
    reeve_owner_leave (info->owner);
}
