/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The operations that change systems. Each is an event that says who asked. */

#include "config.h"

#include <string.h>

#include "reeve-fleet-edit.h"
#include "reeve-fleet-labels.h"
#include "reeve-fleet-operations-private.h"

/* Who asks, as events name them. (transfer full) */
static char *
reeve_fleet_operations_get_by (GTask *task)
{
  ReeveSubject *subject = g_task_get_task_data (task);

  return g_strdup_printf ("%s '%s'", reeve_subject_get_kind (subject),
                          reeve_subject_get_name (subject));
}

/* ---- adding and removing ---- */

static void
reeve_fleet_operations_added_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ReeveFleetOperations *self = g_task_get_source_object (task);
  g_autofree char *id = NULL;
  GError *error = NULL;
  g_autofree char *token =
      reeve_fleet_hub_add_finish (REEVE_FLEET_HUB (source), result, &id, &error);

  if (token == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  reeve_operations_return (task, g_variant_new ("(sss)", id, token, self->key));
}

void
reeve_fleet_operations_add (ReeveFleetOperations *self, GVariant *arguments, GTask *task)
{
  const char *name;

  g_variant_get (arguments, "(&s)", &name);
  reeve_fleet_hub_add_async (self->hub, name, reeve_fleet_operations_added_cb, g_object_ref (task));
}

static void
reeve_fleet_operations_removed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ReeveFleetOperations *self = g_task_get_source_object (task);
  GError *error = NULL;
  g_autofree char *job = reeve_fleet_removals_remove_finish (self->removals, result, &error);

  (void) source;
  if (job != NULL)
    reeve_operations_return (task, g_variant_new ("(s)", job));
  else
    g_task_return_error (task, error);
}

void
reeve_fleet_operations_remove (ReeveFleetOperations *self, GVariant *arguments, GTask *task)
{
  g_autofree char *by = reeve_fleet_operations_get_by (task);
  const char *id;

  g_variant_get (arguments, "(&s)", &id);
  if (reeve_fleet_operations_find (self, id, task) != NULL)
    reeve_fleet_removals_remove_async (self->removals, id, by, reeve_fleet_operations_removed_cb,
                                       g_object_ref (task));
}

/* ---- edits ---- */

static void
reeve_fleet_operations_edited_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (reeve_fleet_edit_finish (REEVE_FLEET_HUB (source), result, &error) != NULL)
    reeve_operations_return (task, g_variant_new ("()"));
  else
    g_task_return_error (task, error);
}

void
reeve_fleet_operations_rename (ReeveFleetOperations *self, GVariant *arguments, GTask *task)
{
  ReeveFleetEdit edit = { .paused = -1 };
  g_autofree char *by = reeve_fleet_operations_get_by (task);
  const char *id, *name;
  ReeveFleetSystem *system;
  GError *error = NULL;

  g_variant_get (arguments, "(&s&s)", &id, &name);
  system = reeve_fleet_operations_find (self, id, task);
  if (system == NULL)
    return;
  if (strcmp (system->name, name) == 0)
    {
      reeve_operations_return (task, g_variant_new ("()"));
      return;
    }
  if (!reeve_fleet_hub_check_free_name (self->hub, name, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  edit.name = g_strdup (name);
  reeve_fleet_edit_async (self->hub, system, &edit,
                          g_strdup_printf ("system '%s' was renamed to '%s' by %s", system->name,
                                           name, by),
                          reeve_fleet_operations_edited_cb, g_object_ref (task));
}

void
reeve_fleet_operations_set_labels (ReeveFleetOperations *self, GVariant *arguments, GTask *task)
{
  ReeveFleetEdit edit = { .paused = -1 };
  g_autofree char *by = reeve_fleet_operations_get_by (task);
  g_autofree const char **texts = NULL;
  const char *id;
  ReeveFleetSystem *system;
  GError *error = NULL;

  g_variant_get (arguments, "(&s^a&s)", &id, &texts);
  system = reeve_fleet_operations_find (self, id, task);
  if (system == NULL)
    return;
  edit.labels = reeve_fleet_labels_parse (texts, &error);
  if (edit.labels == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  reeve_fleet_edit_async (self->hub, system, &edit,
                          g_strdup_printf ("the labels of '%s' were changed by %s", system->name,
                                           by),
                          reeve_fleet_operations_edited_cb, g_object_ref (task));
}

void
reeve_fleet_operations_set_note (ReeveFleetOperations *self, GVariant *arguments, GTask *task)
{
  ReeveFleetEdit edit = { .paused = -1 };
  g_autofree char *by = reeve_fleet_operations_get_by (task);
  const char *id, *note;
  ReeveFleetSystem *system;
  GError *error = NULL;

  g_variant_get (arguments, "(&s&s)", &id, &note);
  system = reeve_fleet_operations_find (self, id, task);
  if (system == NULL)
    return;
  if (!reeve_fleet_note_check (note, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  edit.note = g_strdup (note);
  reeve_fleet_edit_async (self->hub, system, &edit,
                          g_strdup_printf ("the note of '%s' was changed by %s", system->name, by),
                          reeve_fleet_operations_edited_cb, g_object_ref (task));
}

/* ---- token ---- */

typedef struct
{
  GTask *task;
  char *token;
} ReeveFleetRotation;

static void
reeve_fleet_operations_rotated_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ReeveFleetRotation *rotation = user_data;
  g_autoptr (GTask) task = rotation->task;
  ReeveFleetOperations *self = g_task_get_source_object (task);
  GError *error = NULL;
  ReeveFleetSystem *system = reeve_fleet_edit_finish (REEVE_FLEET_HUB (source), result, &error);

  if (system != NULL)
    {
      /* who is linked by the old one has to show the new one */
      if (system->link != NULL)
        reeve_transport_close (reeve_link_get_transport (system->link), system->link,
                               "token replaced");
      reeve_operations_return (task, g_variant_new ("(ss)", rotation->token, self->key));
    }
  else
    g_task_return_error (task, error);
  g_free (rotation->token);
  g_free (rotation);
}

void
reeve_fleet_operations_rotate_token (ReeveFleetOperations *self, GVariant *arguments, GTask *task)
{
  ReeveFleetEdit edit = { .paused = -1 };
  g_autofree char *by = reeve_fleet_operations_get_by (task);
  const char *id;
  ReeveFleetSystem *system;
  ReeveFleetRotation *rotation;

  g_variant_get (arguments, "(&s)", &id);
  system = reeve_fleet_operations_find (self, id, task);
  if (system == NULL)
    return;
  rotation = g_new0 (ReeveFleetRotation, 1);
  rotation->task = g_object_ref (task);
  rotation->token = reeve_fleet_make_token ();
  edit.token_hash = reeve_fleet_hash_token (rotation->token);
  reeve_fleet_edit_async (self->hub, system, &edit,
                          g_strdup_printf ("'%s' got a new token from %s, the old one ends",
                                           system->name, by),
                          reeve_fleet_operations_rotated_cb, rotation);
}

/* ---- pause and peer ---- */

static void
reeve_fleet_operations_paused_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ReeveFleetOperations *self = g_task_get_source_object (task);
  GError *error = NULL;
  ReeveFleetSystem *system = reeve_fleet_edit_finish (REEVE_FLEET_HUB (source), result, &error);

  if (system == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  if (self->poll != NULL)
    reeve_fleet_poll_paused (self->poll, system);
  reeve_operations_return (task, g_variant_new ("()"));
}

void
reeve_fleet_operations_set_paused (ReeveFleetOperations *self, GVariant *arguments, GTask *task)
{
  ReeveFleetEdit edit = { 0 };
  g_autofree char *by = reeve_fleet_operations_get_by (task);
  const char *id;
  gboolean paused;
  ReeveFleetSystem *system;

  g_variant_get (arguments, "(&sb)", &id, &paused);
  system = reeve_fleet_operations_find (self, id, task);
  if (system == NULL)
    return;
  if (system->paused == paused)
    {
      reeve_operations_return (task, g_variant_new ("()"));
      return;
    }
  edit.paused = paused;
  reeve_fleet_edit_async (self->hub, system, &edit,
                          g_strdup_printf ("system '%s' was %s by %s", system->name,
                                           paused ? "paused" : "resumed", by),
                          reeve_fleet_operations_paused_cb, g_object_ref (task));
}

static void
reeve_fleet_operations_reset_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  ReeveFleetSystem *system = reeve_fleet_edit_finish (REEVE_FLEET_HUB (source), result, &error);

  if (system == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  if (system->link != NULL)
    reeve_transport_close (reeve_link_get_transport (system->link), system->link, "peer reset");
  reeve_operations_return (task, g_variant_new ("()"));
}

void
reeve_fleet_operations_reset_peer (ReeveFleetOperations *self, GVariant *arguments, GTask *task)
{
  ReeveFleetEdit edit = { .paused = -1,
                          .reset = TRUE,
                          .floor_security = REEVE_SECURITY_PLAIN,
                          .floor_level = REEVE_LINK_LEVEL_STOCK };
  g_autofree char *by = reeve_fleet_operations_get_by (task);
  const char *id;
  ReeveFleetSystem *system;

  g_variant_get (arguments, "(&s)", &id);
  system = reeve_fleet_operations_find (self, id, task);
  if (system == NULL)
    return;
  /* with a universal token the fingerprint is what makes the system */
  if (!system->shared)
    edit.fingerprint = g_strdup ("");
  reeve_fleet_edit_async (self->hub, system, &edit,
                          g_strdup_printf ("the pinned peer of '%s' was forgotten by %s",
                                           system->name, by),
                          reeve_fleet_operations_reset_cb, g_object_ref (task));
}
