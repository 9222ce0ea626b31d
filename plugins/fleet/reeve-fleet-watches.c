/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Who is told of what, and the set as others in the hub see it: ReeveFleet. */

#include "config.h"

#include "reeve-fleet-hub-private.h"

#include "reeve-fleet-facts.h"

/* ---- telling ---- */

void
reeve_fleet_hub_changed (ReeveFleetHub *self, ReeveFleetSystem *system,
                         const ReeveFleetChange *change)
{
  ReeveSystemView view;

  system->revision = ++self->revision;
  if (self->watches->len == 0)
    return;
  reeve_fleet_system_get_view (system, &view);
  for (guint i = self->watches->len; i-- > 0;)
    {
      ReeveFleetWatch watch;

      /* a callback may have removed several */
      if (i >= self->watches->len)
        continue;
      watch = g_array_index (self->watches, ReeveFleetWatch, i);
      watch.func (&view, change, watch.user_data);
    }
}

void
reeve_fleet_hub_emit (ReeveFleetHub *self, const ReeveFleetSystem *system, ReeveSeverity severity,
                      const char *category, const char *format, ...)
{
  g_autofree char *text = NULL;
  GVariantDict fields;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_variant_dict_init (&fields, NULL);
  g_variant_dict_insert (&fields, "name", "s", system->name);
  g_variant_dict_insert (&fields, "state", "s", reeve_system_state_to_string (system->state));
  reeve_context_emit (self->context, severity, category, system->id, g_variant_dict_end (&fields),
                      "%s", text);
}

/* So that a system which is down is not called down again after each start of the hub. */
static void
reeve_fleet_hub_keep_state (ReeveFleetHub *self, ReeveFleetSystem *system)
{
  if ((system->state != REEVE_SYSTEM_UP && system->state != REEVE_SYSTEM_DOWN) ||
      system->state == system->kept_state)
    return;
  system->kept_state = system->state;
  system->kept_since = system->since;
  reeve_fleet_hub_save_async (self, system, NULL, NULL);
}

void
reeve_fleet_hub_set_state (ReeveFleetHub *self, ReeveFleetSystem *system, ReeveSystemState state)
{
  const ReeveFleetChange change = { .sample = FALSE };
  ReeveSystemState old = system->state;

  if (old == state)
    return;
  system->state = state;
  /* that the hub was away is no change of a system */
  system->since = state == REEVE_SYSTEM_UP && system->awaited
                      ? system->kept_since
                      : reeve_clock_get_wall (reeve_context_get_clock (self->context));
  if (state != REEVE_SYSTEM_SUSPECT)
    system->awaited = FALSE;
  reeve_fleet_hub_keep_state (self, system);
  if (state == REEVE_SYSTEM_DOWN)
    reeve_fleet_hub_emit (self, system, REEVE_SEVERITY_WARNING, "state", "system '%s' is down",
                          system->name);
  else if (state == REEVE_SYSTEM_UP && old != REEVE_SYSTEM_SUSPECT)
    reeve_fleet_hub_emit (self, system, REEVE_SEVERITY_NOTICE, "state", "system '%s' is up",
                          system->name);
  reeve_fleet_hub_changed (self, system, &change);
}

/* ---- ReeveFleet ---- */

static void
reeve_fleet_hub_show (ReeveFleetSystem *system, ReeveSample *facts, ReeveFleetEachFunc func,
                      gpointer user_data)
{
  ReeveSystemView view;

  reeve_fleet_system_get_view (system, &view);
  if (system->facts != NULL)
    {
      reeve_fleet_facts_fill (system->facts, facts);
      view.facts = facts;
    }
  func (&view, user_data);
}

static void
reeve_fleet_hub_fleet_foreach (ReeveFleet *fleet, const char *id, ReeveFleetEachFunc func,
                               gpointer user_data)
{
  ReeveFleetHub *self = REEVE_FLEET_HUB (fleet);
  /* one for all of them, since each is valid during its call alone */
  g_autoptr (ReeveSample) facts = reeve_sample_new (reeve_schema_get_standard ());
  ReeveFleetSystem *only = reeve_fleet_hub_find (self, id);

  if (only != NULL)
    reeve_fleet_hub_show (only, facts, func, user_data);
  for (guint i = 0; id == NULL && i < self->sorted->len; i++)
    reeve_fleet_hub_show (g_ptr_array_index (self->sorted, i), facts, func, user_data);
}

static guint
reeve_fleet_hub_fleet_watch (ReeveFleet *fleet, ReeveFleetFunc func, gpointer user_data)
{
  ReeveFleetHub *self = REEVE_FLEET_HUB (fleet);
  ReeveFleetWatch watch = { self->last_watch + 1, func, user_data };

  if (self->watches->len >= REEVE_FLEET_MAX_WATCHES)
    return 0;
  self->last_watch++;
  g_array_append_val (self->watches, watch);
  return watch.id;
}

static void
reeve_fleet_hub_fleet_unwatch (ReeveFleet *fleet, guint id)
{
  ReeveFleetHub *self = REEVE_FLEET_HUB (fleet);

  for (guint i = 0; i < self->watches->len; i++)
    if (g_array_index (self->watches, ReeveFleetWatch, i).id == id)
      {
        g_array_remove_index (self->watches, i);
        return;
      }
}

static void
reeve_fleet_hub_fleet_follow (ReeveFleet *fleet, const char *id)
{
  ReeveFleetHub *self = REEVE_FLEET_HUB (fleet);
  ReeveFleetSystem *system = reeve_fleet_hub_find (self, id);

  if (system == NULL)
    return;
  /* over the limit people still see what the poll brings, only not every second */
  system->followers++;
  self->followed++;
  if (system->followers == 1 && self->followed <= REEVE_FLEET_MAX_FOLLOWED && self->funcs != NULL)
    self->funcs->followed (self, system, self->funcs_data);
}

static void
reeve_fleet_hub_fleet_unfollow (ReeveFleet *fleet, const char *id)
{
  ReeveFleetHub *self = REEVE_FLEET_HUB (fleet);
  ReeveFleetSystem *system = reeve_fleet_hub_find (self, id);

  if (system == NULL || system->followers == 0)
    return;
  system->followers--;
  self->followed--;
  if (system->followers == 0 && self->funcs != NULL)
    self->funcs->followed (self, system, self->funcs_data);
}

static void
reeve_fleet_hub_requested_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  ReeveMessage *answer = reeve_transport_request_finish (REEVE_TRANSPORT (source), result, &error);

  if (answer != NULL)
    g_task_return_pointer (task, answer, (GDestroyNotify) reeve_message_unref);
  else
    g_task_return_error (task, error);
}

static void
reeve_fleet_hub_fleet_request_async (ReeveFleet *fleet, const char *id, ReeveMessage *request,
                                     GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer user_data)
{
  ReeveFleetHub *self = REEVE_FLEET_HUB (fleet);
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  ReeveFleetSystem *system = reeve_fleet_hub_find (self, id);

  g_task_set_source_tag (task, reeve_fleet_hub_fleet_request_async);
  if (system != NULL && system->link != NULL && !system->unconfirmed)
    {
      reeve_transport_request_async (reeve_link_get_transport (system->link), system->link, request,
                                     cancellable, reeve_fleet_hub_requested_cb, task);
      return;
    }
  if (system == NULL)
    g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_NOT_FOUND, "there is no system '%s'",
                             id);
  else
    g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE, "'%s' %s", system->name,
                             system->unconfirmed ? "is not confirmed yet" : "has no link now");
  g_object_unref (task);
}

static ReeveMessage *
reeve_fleet_hub_fleet_request_finish (G_GNUC_UNUSED ReeveFleet *fleet, GAsyncResult *result,
                                      GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Asked for once a second at most: a walk costs less than counts that every change keeps up. */
static guint64
reeve_fleet_hub_fleet_count (ReeveFleet *fleet, guint counts[REEVE_SYSTEM_N_STATES])
{
  ReeveFleetHub *self = REEVE_FLEET_HUB (fleet);

  for (guint i = 0; i < self->sorted->len; i++)
    counts[((ReeveFleetSystem *) g_ptr_array_index (self->sorted, i))->state]++;
  return self->revision;
}

void
reeve_fleet_hub_fleet_init (ReeveFleetInterface *iface)
{
  iface->foreach = reeve_fleet_hub_fleet_foreach;
  iface->watch = reeve_fleet_hub_fleet_watch;
  iface->unwatch = reeve_fleet_hub_fleet_unwatch;
  iface->follow = reeve_fleet_hub_fleet_follow;
  iface->unfollow = reeve_fleet_hub_fleet_unfollow;
  iface->request_async = reeve_fleet_hub_fleet_request_async;
  iface->request_finish = reeve_fleet_hub_fleet_request_finish;
  iface->count = reeve_fleet_hub_fleet_count;
}
