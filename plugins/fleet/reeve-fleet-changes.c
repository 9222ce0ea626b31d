/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How a system comes into the set and leaves it. */

#include "config.h"

#include "reeve-fleet-doubts.h"
#include "reeve-fleet-hub-private.h"

/* ---- adding ---- */

typedef struct
{
  ReeveFleetSystem *system; /* until it is in the set */
  char *token;
  char *id;
} ReeveFleetAdd;

static void
reeve_fleet_add_free (ReeveFleetAdd *self)
{
  g_clear_pointer (&self->system, reeve_fleet_system_free);
  g_free (self->token);
  g_free (self->id);
  g_free (self);
}

static void
reeve_fleet_hub_taken_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ReeveFleetHub *self = REEVE_FLEET_HUB (source);
  g_autoptr (GTask) task = user_data;
  ReeveFleetAdd *add = g_task_get_task_data (task);
  ReeveFleetSystem *system;
  const ReeveFleetChange change = { .sample = FALSE };
  GError *error = NULL;

  g_hash_table_remove (self->adding, add->system->name);
  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      if (reeve_fleet_hub_is_undecided (error))
        reeve_fleet_hub_doubt (self, add->id);
      g_task_return_error (task, error);
      return;
    }
  system = g_steal_pointer (&add->system);
  reeve_fleet_hub_insert (self, system);
  if (self->funcs != NULL)
    self->funcs->added (self, system, self->funcs_data);
  reeve_fleet_hub_changed (self, system, &change);
  reeve_fleet_hub_emit (self, system, REEVE_SEVERITY_NOTICE, "setting", "system '%s' was added",
                        system->name);
  g_task_return_boolean (task, TRUE);
}

gboolean
reeve_fleet_hub_check_free_name (ReeveFleetHub *self, const char *name, GError **error)
{
  if (!reeve_fleet_system_check_name (name, error))
    return FALSE;
  if (reeve_fleet_hub_is_free_name (self, name))
    return TRUE;
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_EXISTS,
               "there is a system '%s' already: choose another name or remove that one first",
               name);
  return FALSE;
}

static gboolean
reeve_fleet_hub_check_name (ReeveFleetHub *self, const char *name, GError **error)
{
  if (!reeve_fleet_hub_check_free_name (self, name, error))
    return FALSE;
  if (self->sorted->len + g_hash_table_size (self->adding) >= REEVE_FLEET_MAX_SYSTEMS)
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT, "a hub holds at most %d systems",
                 REEVE_FLEET_MAX_SYSTEMS);
  else
    return TRUE;
  return FALSE;
}

/* Takes system, token and record. */
static void
reeve_fleet_hub_take (ReeveFleetHub *self, ReeveFleetSystem *system, char *token,
                      ReeveRecord *record, GTask *task)
{
  ReeveFleetAdd *add = g_new0 (ReeveFleetAdd, 1);
  GError *error = NULL;

  add->system = system;
  add->token = token;
  add->id = g_strdup (system->id);
  g_task_set_task_data (task, add, (GDestroyNotify) reeve_fleet_add_free);
  if (!reeve_fleet_hub_check_name (self, system->name, &error))
    {
      g_clear_pointer (&record, reeve_record_unref);
      g_task_return_error (task, error);
      return;
    }
  g_hash_table_add (self->adding, g_strdup (system->name));
  reeve_fleet_hub_apply_both (self, reeve_fleet_system_to_record (system, 0), record,
                              g_task_new (self, NULL, reeve_fleet_hub_taken_cb,
                                          g_object_ref (task)));
}

void
reeve_fleet_hub_take_async (ReeveFleetHub *self, ReeveFleetSystem *system, ReeveRecord *record,
                            GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, reeve_fleet_hub_take_async);
  reeve_fleet_hub_take (self, system, NULL, record, task);
}

gboolean
reeve_fleet_hub_take_finish (G_GNUC_UNUSED ReeveFleetHub *self, GAsyncResult *result,
                             GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
reeve_fleet_hub_add_async (ReeveFleetHub *self, const char *name, GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  gint64 now = reeve_clock_get_wall (reeve_context_get_clock (self->context));
  ReeveFleetSystem *system;
  char *token;

  g_task_set_source_tag (task, reeve_fleet_hub_add_async);
  system = reeve_fleet_system_new (name, now, &token);
  reeve_fleet_hub_take (self, system, token, NULL, task);
}

char *
reeve_fleet_hub_add_finish (G_GNUC_UNUSED ReeveFleetHub *self, GAsyncResult *result, char **ret_id,
                            GError **error)
{
  ReeveFleetAdd *add = g_task_get_task_data (G_TASK (result));

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return NULL;
  *ret_id = g_steal_pointer (&add->id);
  return g_steal_pointer (&add->token);
}

/* ---- removing ---- */

typedef struct
{
  char *id;
  char *by;
  guint writes;
} ReeveFleetDrop;

static void
reeve_fleet_drop_free (ReeveFleetDrop *self)
{
  g_free (self->id);
  g_free (self->by);
  g_free (self);
}

static void
reeve_fleet_hub_drop (ReeveFleetHub *self, ReeveFleetSystem *system, const char *by)
{
  const ReeveFleetChange change = { .removed = TRUE };
  g_autoptr (ReeveLink) link = reeve_fleet_system_swap_link (system, NULL);

  reeve_fleet_hub_emit (self, system, REEVE_SEVERITY_NOTICE, "setting",
                        "system '%s' was removed by %s", system->name, by);
  reeve_fleet_hub_remove (self, system);
  if (self->funcs != NULL)
    self->funcs->removed (self, system, self->funcs_data);
  if (self->removed_func != NULL)
    self->removed_func (self, system, self->removed_data);
  reeve_fleet_hub_changed (self, system, &change);
  self->followed -= MIN (system->followers, self->followed);
  reeve_fleet_system_free (system);
  if (link != NULL)
    reeve_transport_close (reeve_link_get_transport (link), link, "system removed");
}

static void
reeve_fleet_hub_dropped_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ReeveFleetHub *self = REEVE_FLEET_HUB (source);
  g_autoptr (GTask) task = user_data;
  ReeveFleetDrop *drop = g_task_get_task_data (task);
  ReeveFleetSystem *system = reeve_fleet_hub_find (self, drop->id);
  GError *error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    {
      if (system != NULL)
        reeve_fleet_hub_drop (self, system, drop->by);
      g_task_return_boolean (task, TRUE);
      return;
    }
  if (system != NULL)
    {
      system->removing = FALSE;
      reeve_fleet_hub_took_back (self, system, drop->writes, error);
    }
  g_task_return_error (task, error);
}

void
reeve_fleet_hub_drop_async (ReeveFleetHub *self, ReeveFleetSystem *system, const char *by,
                            GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);
  ReeveFleetDrop *drop = g_new0 (ReeveFleetDrop, 1);

  g_task_set_source_tag (task, reeve_fleet_hub_drop_async);
  drop->id = g_strdup (system->id);
  drop->by = g_strdup (by);
  g_task_set_task_data (task, drop, (GDestroyNotify) reeve_fleet_drop_free);
  system->removing = TRUE;
  drop->writes = system->writes + 1;
  reeve_fleet_hub_write (self, system, g_task_new (self, NULL, reeve_fleet_hub_dropped_cb, task));
}

gboolean
reeve_fleet_hub_drop_finish (G_GNUC_UNUSED ReeveFleetHub *self, GAsyncResult *result,
                             GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
reeve_fleet_hub_delete_async (ReeveFleetHub *self, const char *id, GAsyncReadyCallback callback,
                              gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, reeve_fleet_hub_delete_async);
  reeve_fleet_hub_apply (self, reeve_record_new ("fleet.systems", id, -1, NULL, NULL), task);
}

gboolean
reeve_fleet_hub_delete_finish (G_GNUC_UNUSED ReeveFleetHub *self, GAsyncResult *result,
                               GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
