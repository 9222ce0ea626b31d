/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Edits. The new values stand in memory while they are on their way to the store, so that of two
 * edits at once each record has both; what the store refuses is taken back. Of two of one value the
 * later one stands: then what the earlier one replaced is what the later one goes back to. */

#include "config.h"

#include "reeve-fleet-edit.h"

#include <string.h>

#include "reeve-fleet-doubts.h"
#include "reeve-fleet-hub-private.h"

typedef struct
{
  ReeveFleetEdit edit; /* the new values, and once swapped the old ones */
  char *id;
  char *event;
  guint writes;
} ReeveFleetEditing;

static void
reeve_fleet_editing_free (ReeveFleetEditing *self)
{
  g_free (self->edit.name);
  g_clear_pointer (&self->edit.labels, g_variant_unref);
  g_free (self->edit.note);
  g_free (self->edit.token_hash);
  g_free (self->edit.fingerprint);
  g_free (self->id);
  g_free (self->event);
  g_free (self);
}

#define REEVE_FLEET_SWAP(one, other)                                                               \
  G_STMT_START                                                                                     \
  {                                                                                                \
    gpointer swap_ = (one);                                                                        \
    (one) = (other);                                                                               \
    (other) = swap_;                                                                               \
  }                                                                                                \
  G_STMT_END

static void
reeve_fleet_edit_swap_proven (ReeveFleetSystem *system, ReeveFleetEdit *edit)
{
  guint security = system->floor_security, level = system->floor_level;

  if (edit->fingerprint != NULL)
    REEVE_FLEET_SWAP (system->fingerprint, edit->fingerprint);
  system->floor_security = edit->floor_security;
  system->floor_level = edit->floor_level;
  edit->floor_security = security;
  edit->floor_level = level;
}

static void
reeve_fleet_edit_swap (ReeveFleetHub *hub, ReeveFleetSystem *system, ReeveFleetEdit *edit)
{
  if (edit->name != NULL)
    reeve_fleet_hub_rename (hub, system, &edit->name);
  if (edit->labels != NULL)
    {
      if (system->labels == NULL)
        system->labels =
            g_variant_ref_sink (g_variant_new_array (G_VARIANT_TYPE ("{ss}"), NULL, 0));
      REEVE_FLEET_SWAP (system->labels, edit->labels);
    }
  if (edit->note != NULL)
    REEVE_FLEET_SWAP (system->note, edit->note);
  if (edit->token_hash != NULL)
    {
      gboolean shared = system->shared;

      reeve_fleet_index_remove (hub->index, system);
      REEVE_FLEET_SWAP (system->token_hash, edit->token_hash);
      system->shared = edit->shared;
      edit->shared = shared;
      reeve_fleet_index_add (hub->index, system);
    }
  if (edit->paused >= 0)
    {
      int paused = system->paused;

      system->paused = edit->paused > 0;
      edit->paused = paused;
    }
  if (edit->reset)
    reeve_fleet_edit_swap_proven (system, edit);
}

/* @self was refused, and @later has replaced what it set. */
static void
reeve_fleet_edit_hand_on (ReeveFleetEdit *self, ReeveFleetEdit *later)
{
  if (self->name != NULL && later->name != NULL)
    {
      g_free (later->name);
      later->name = g_steal_pointer (&self->name);
    }
  if (self->labels != NULL && later->labels != NULL)
    {
      g_variant_unref (later->labels);
      later->labels = g_steal_pointer (&self->labels);
    }
  if (self->note != NULL && later->note != NULL)
    {
      g_free (later->note);
      later->note = g_steal_pointer (&self->note);
    }
  if (self->token_hash != NULL && later->token_hash != NULL)
    {
      g_free (later->token_hash);
      later->token_hash = g_steal_pointer (&self->token_hash);
      later->shared = self->shared;
    }
  if (self->paused >= 0 && later->paused >= 0)
    {
      later->paused = self->paused;
      self->paused = -1;
    }
  if (self->reset && later->reset)
    {
      if (self->fingerprint != NULL && later->fingerprint != NULL)
        REEVE_FLEET_SWAP (self->fingerprint, later->fingerprint);
      later->floor_security = self->floor_security;
      later->floor_level = self->floor_level;
      self->reset = FALSE;
    }
}

static void
reeve_fleet_edit_take_back (ReeveFleetHub *hub, ReeveFleetSystem *system,
                            ReeveFleetEditing *editing)
{
  for (GList *l = g_queue_find (&hub->edits, editing)->next; l != NULL; l = l->next)
    {
      ReeveFleetEditing *later = l->data;

      if (strcmp (later->id, editing->id) == 0)
        reeve_fleet_edit_hand_on (&editing->edit, &later->edit);
    }
  reeve_fleet_edit_swap (hub, system, &editing->edit);
}

static void
reeve_fleet_edit_saved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ReeveFleetHub *hub = REEVE_FLEET_HUB (source);
  g_autoptr (GTask) task = user_data;
  ReeveFleetEditing *editing = g_task_get_task_data (task);
  ReeveFleetSystem *system = reeve_fleet_hub_find (hub, editing->id);
  const ReeveFleetChange change = { .sample = FALSE };
  GError *error = NULL;

  if (!reeve_fleet_hub_save_finish (hub, result, &error))
    {
      if (system != NULL)
        {
          reeve_fleet_edit_take_back (hub, system, editing);
          reeve_fleet_hub_took_back (hub, system, editing->writes, error);
        }
      g_queue_remove (&hub->edits, editing);
      g_task_return_error (task, error);
      return;
    }
  g_queue_remove (&hub->edits, editing);
  if (system == NULL)
    {
      g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_NOT_FOUND, "the system was removed");
      return;
    }
  reeve_fleet_hub_emit (hub, system,
                        editing->edit.reset ? REEVE_SEVERITY_WARNING : REEVE_SEVERITY_NOTICE,
                        "setting", "%s", editing->event);
  reeve_fleet_hub_changed (hub, system, &change);
  g_task_return_boolean (task, TRUE);
}

void
reeve_fleet_edit_async (ReeveFleetHub *hub, ReeveFleetSystem *system, ReeveFleetEdit *edit,
                        char *event, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (hub, NULL, callback, user_data);
  ReeveFleetEditing *editing = g_new0 (ReeveFleetEditing, 1);

  g_task_set_source_tag (task, reeve_fleet_edit_async);
  editing->edit = *edit;
  editing->id = g_strdup (system->id);
  editing->event = event;
  g_task_set_task_data (task, editing, (GDestroyNotify) reeve_fleet_editing_free);
  reeve_fleet_edit_swap (hub, system, &editing->edit);
  editing->writes = system->writes + 1;
  g_queue_push_tail (&hub->edits, editing);
  reeve_fleet_hub_save_async (hub, system, reeve_fleet_edit_saved_cb, task);
}

ReeveFleetSystem *
reeve_fleet_edit_finish (ReeveFleetHub *hub, GAsyncResult *result, GError **error)
{
  ReeveFleetEditing *editing = g_task_get_task_data (G_TASK (result));

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return NULL;
  return reeve_fleet_hub_find (hub, editing->id);
}
