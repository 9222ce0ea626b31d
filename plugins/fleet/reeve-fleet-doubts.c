/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "reeve-fleet-doubts.h"

#include "reeve-fleet-hub-private.h"

static void
reeve_fleet_hub_doubt_timer_cb (G_GNUC_UNUSED ReeveTimer *timer, gpointer user_data)
{
  reeve_fleet_hub_repair (user_data);
}

static void
reeve_fleet_hub_repaired_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ReeveFleetHub *self = REEVE_FLEET_HUB (source);
  g_autofree char *id = user_data;
  g_autoptr (GError) error = NULL;

  if (reeve_fleet_hub_save_finish (self, result, &error))
    {
      g_hash_table_remove (self->doubts, id);
      return;
    }
  reeve_log_debug (self->context, "the record of '%s' is not right yet: %s", id, error->message);
  if (self->records == NULL || !g_hash_table_contains (self->doubts, id))
    return;
  if (self->doubt_timer == NULL)
    self->doubt_timer =
        reeve_context_add_timer (self->context, "doubts", reeve_fleet_hub_doubt_timer_cb, self);
  if (self->doubt_timer != NULL && !reeve_timer_is_running (self->doubt_timer))
    reeve_timer_start (self->doubt_timer, REEVE_FLEET_DOUBT_RETRY_MS);
}

static void
reeve_fleet_hub_repair_one (ReeveFleetHub *self, const char *id)
{
  ReeveFleetSystem *system = reeve_fleet_hub_find (self, id);

  if (system != NULL)
    reeve_fleet_hub_save_async (self, system, reeve_fleet_hub_repaired_cb, g_strdup (id));
  else
    reeve_fleet_hub_delete_async (self, id, reeve_fleet_hub_repaired_cb, g_strdup (id));
}

void
reeve_fleet_hub_repair (ReeveFleetHub *self)
{
  GHashTableIter iter;
  gpointer id;

  g_hash_table_iter_init (&iter, self->doubts);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    reeve_fleet_hub_repair_one (self, id);
}

gboolean
reeve_fleet_hub_is_undecided (const GError *error)
{
  return g_error_matches (error, REEVE_ERROR, REEVE_ERROR_TIMEOUT) ||
         g_error_matches (error, REEVE_ERROR, REEVE_ERROR_CANCELLED) ||
         g_error_matches (error, REEVE_ERROR, REEVE_ERROR_GONE);
}

void
reeve_fleet_hub_doubt (ReeveFleetHub *self, const char *id)
{
  if (self->records == NULL)
    return;
  if (g_hash_table_size (self->doubts) < REEVE_FLEET_MAX_DOUBTS)
    g_hash_table_add (self->doubts, g_strdup (id));
  reeve_fleet_hub_repair_one (self, id);
}

void
reeve_fleet_hub_took_back (ReeveFleetHub *self, ReeveFleetSystem *system, guint writes,
                           const GError *error)
{
  if (reeve_fleet_hub_is_undecided (error) || system->writes != writes)
    reeve_fleet_hub_doubt (self, system->id);
}
