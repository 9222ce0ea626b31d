/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Stands in for an hour, so that the library links: delete each function here with the commit that brings the real one,
 * and the file with the last. */

#include "config.h"

#include "reeve-error.h"
#include "reeve-net.h"
#include "reeve-worker.h"

ReeveListener *
reeve_owner_listen (ReeveOwner *owner, const char *name, const char *address, int passed,
                    const ReeveListenLimits *limits, ReeveAcceptFunc func, gpointer user_data, GError **error)
{
  (void) owner, (void) name, (void) address, (void) passed, (void) limits, (void) func, (void) user_data;
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_UNSUPPORTED, "not yet");
  return NULL;
}

const char *
reeve_listener_get_address (ReeveListener *self)
{
  (void) self;
  return "";
}

void
reeve_listener_close (ReeveListener *self)
{
  (void) self;
}

void
reeve_owner_dial_async (ReeveOwner *owner, ReeveWorker *resolver, const char *address, guint timeout_ms,
                        GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  (void) owner, (void) resolver, (void) address, (void) timeout_ms;
  g_task_report_new_error (NULL, callback, user_data, NULL, REEVE_ERROR, REEVE_ERROR_UNSUPPORTED, "not yet");
  (void) cancellable;
}

ReeveStream *
reeve_owner_dial_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
