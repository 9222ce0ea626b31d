/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Calls to whoever knows the systems. */

#include "config.h"

#include "reeve-fleet.h"

const char *
reeve_system_state_to_string (ReeveSystemState state)
{
  static const char *const names[] = {
    "pending", "up", "suspect", "down", "paused", "unconfirmed"
  };

  g_return_val_if_fail ((guint) state < G_N_ELEMENTS (names), "pending");
  return names[state];
}

G_DEFINE_INTERFACE (ReeveFleet, reeve_fleet, G_TYPE_OBJECT)

static void
reeve_fleet_default_init (ReeveFleetInterface *iface)
{
  reeve_interface_declare (G_TYPE_FROM_INTERFACE (iface), REEVE_CARDINALITY_ONE, FALSE);
}

void
reeve_fleet_foreach (ReeveFleet *self, const char *id, ReeveFleetEachFunc func, gpointer user_data)
{
  ReeveFleetInterface *iface = REEVE_FLEET_GET_IFACE (self);

  if (iface->foreach == NULL || !reeve_call_enter_sync (self, "Fleet.foreach"))
    return;
  iface->foreach (self, id, func, user_data);
  reeve_call_leave_sync (self);
}

guint
reeve_fleet_watch (ReeveFleet *self, ReeveFleetFunc func, gpointer user_data)
{
  ReeveFleetInterface *iface = REEVE_FLEET_GET_IFACE (self);
  guint ret;

  if (iface->watch == NULL || !reeve_call_enter_sync (self, "Fleet.watch"))
    return 0;
  ret = iface->watch (self, func, user_data);
  reeve_call_leave_sync (self);
  return ret;
}

void
reeve_fleet_unwatch (ReeveFleet *self, guint id)
{
  ReeveFleetInterface *iface = REEVE_FLEET_GET_IFACE (self);

  if (iface->unwatch == NULL || !reeve_call_enter_sync (self, "Fleet.unwatch"))
    return;
  iface->unwatch (self, id);
  reeve_call_leave_sync (self);
}

void
reeve_fleet_follow (ReeveFleet *self, const char *system)
{
  ReeveFleetInterface *iface = REEVE_FLEET_GET_IFACE (self);

  if (iface->follow == NULL || !reeve_call_enter_sync (self, "Fleet.follow"))
    return;
  iface->follow (self, system);
  reeve_call_leave_sync (self);
}

void
reeve_fleet_unfollow (ReeveFleet *self, const char *system)
{
  ReeveFleetInterface *iface = REEVE_FLEET_GET_IFACE (self);

  if (iface->unfollow == NULL || !reeve_call_enter_sync (self, "Fleet.unfollow"))
    return;
  iface->unfollow (self, system);
  reeve_call_leave_sync (self);
}

void
reeve_fleet_request_async (ReeveFleet *self, const char *system, ReeveMessage *request,
                           GCancellable *cancellable, GAsyncReadyCallback callback,
                           gpointer user_data)
{
  ReeveFleetInterface *iface = REEVE_FLEET_GET_IFACE (self);
  ReeveCall *call =
      reeve_call_begin (self, "Fleet.request", iface->request_async != NULL,
                        reeve_message_get_timeout (request), cancellable, callback, user_data);

  if (call == NULL)
    return;
  iface->request_async (self, system, request, reeve_call_get_cancellable (call),
                        reeve_call_done_cb, call);
  reeve_call_leave (call);
}

ReeveMessage *
reeve_fleet_request_finish (ReeveFleet *self, GAsyncResult *result, GError **error)
{
  g_autoptr (GAsyncResult) inner = reeve_call_finish (self, result, error);

  if (inner == NULL)
    return NULL;
  return reeve_call_check_pointer (
      self, result, REEVE_FLEET_GET_IFACE (self)->request_finish (self, inner, error), error);
}

guint64
reeve_fleet_count (ReeveFleet *self, guint counts[REEVE_SYSTEM_N_STATES])
{
  ReeveFleetInterface *iface = REEVE_FLEET_GET_IFACE (self);
  guint64 revision;

  for (guint i = 0; i < REEVE_SYSTEM_N_STATES; i++)
    counts[i] = 0;
  if (iface->count == NULL || !reeve_call_enter_sync (self, "Fleet.count"))
    return 0;
  revision = iface->count (self, counts);
  reeve_call_leave_sync (self);
  return revision;
}
