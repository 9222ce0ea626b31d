/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Routes: the table's rules, and the calls to whoever serves them. */

#include "config.h"

#include "reeve-http.h"

#include <string.h>

#include "reeve-dispatch.h"
#include "reeve-error.h"
#include "reeve-stream.h"

G_DEFINE_INTERFACE (ReeveRoutes, reeve_routes, G_TYPE_OBJECT)

static void
reeve_routes_default_init (ReeveRoutesInterface *iface)
{
  reeve_interface_declare (G_TYPE_FROM_INTERFACE (iface), REEVE_CARDINALITY_ALL, FALSE);
}

const ReeveRoute *
reeve_routes_get_routes (ReeveRoutes *self)
{
  ReeveRoutesInterface *iface = REEVE_ROUTES_GET_IFACE (self);
  const ReeveRoute *ret;

  if (iface->get_routes == NULL || !reeve_call_enter_sync (self, "Routes.get_routes"))
    return NULL;
  ret = iface->get_routes (self);
  reeve_call_leave_sync (self);
  return ret;
}

void
reeve_routes_handle_async (ReeveRoutes *self, const ReeveRoute *route, ReeveHttpRequest *request,
                           GCancellable *cancellable, GAsyncReadyCallback callback,
                           gpointer user_data)
{
  ReeveRoutesInterface *iface = REEVE_ROUTES_GET_IFACE (self);
  ReeveCall *call = reeve_call_begin (self, "Routes.handle", iface->handle_async != NULL,
                                      REEVE_ROUTES_TIMEOUT_MS, cancellable, callback, user_data);

  if (call == NULL)
    return;
  iface->handle_async (self, route, request, reeve_call_get_cancellable (call), reeve_call_done_cb,
                       call);
  reeve_call_leave (call);
}

ReeveHttpResponse *
reeve_routes_handle_finish (ReeveRoutes *self, GAsyncResult *result, GError **error)
{
  g_autoptr (GAsyncResult) inner = reeve_call_finish (self, result, error);

  if (inner == NULL)
    return NULL;
  return reeve_call_check_pointer (
      self, result, REEVE_ROUTES_GET_IFACE (self)->handle_finish (self, inner, error), error);
}

void
reeve_routes_upgrade (ReeveRoutes *self, const ReeveRoute *route, ReeveHttpRequest *request,
                      ReeveStream *stream)
{
  ReeveRoutesInterface *iface = REEVE_ROUTES_GET_IFACE (self);

  if (iface->upgrade == NULL || !reeve_call_enter_sync (self, "Routes.upgrade"))
    {
      reeve_stream_abort (stream);
      reeve_stream_unref (stream);
      return;
    }
  iface->upgrade (self, route, request, stream);
  reeve_call_leave_sync (self);
}

static gboolean
reeve_routes_check_row (const ReeveRoute *row, GError **error)
{
  static const char *const known[] = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", NULL };
  g_auto (GStrv) methods = g_strsplit (row->methods != NULL ? row->methods : "", " ", -1);

  if (row->path[0] != '/' || strstr (row->path, "//") != NULL)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID, "route '%s' has no absolute path",
                   row->path);
      return FALSE;
    }
  if (row->power <= REEVE_POWER_NONE || row->power > REEVE_POWER_ADMINISTER)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID, "route '%s' names no power", row->path);
      return FALSE;
    }
  for (guint i = 0; methods[i] != NULL; i++)
    if (!g_strv_contains (known, methods[i]))
      {
        g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                     "route '%s' has the unknown method '%s'", row->path, methods[i]);
        return FALSE;
      }
  if ((row->flags & REEVE_ROUTE_STREAM) != 0 &&
      g_strv_contains ((const char *const *) methods, "HEAD"))
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "route '%s' has HEAD, and a stream never ends to be measured", row->path);
      return FALSE;
    }
  if (row->max_body > REEVE_HTTP_MAX_BODY)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT, "route '%s' takes bodies over the limit",
                   row->path);
      return FALSE;
    }
  return TRUE;
}

gboolean
reeve_routes_check (ReeveRoutes *self, GError **error)
{
  const ReeveRoute *rows = reeve_routes_get_routes (self);

  for (guint i = 0; rows != NULL && rows[i].path != NULL; i++)
    if (!reeve_routes_check_row (&rows[i], error))
      return FALSE;
  return TRUE;
}
