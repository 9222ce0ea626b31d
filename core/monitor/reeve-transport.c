/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Calls to those who bring links up and move bytes. */

#include "config.h"

#include "reeve-link.h"

G_DEFINE_INTERFACE (ReeveTransport, reeve_transport, G_TYPE_OBJECT)

static void
reeve_transport_default_init (ReeveTransportInterface *iface)
{
  reeve_interface_declare (G_TYPE_FROM_INTERFACE (iface), REEVE_CARDINALITY_ALL, FALSE);
}

gboolean
reeve_transport_handles (ReeveTransport *self, const char *url)
{
  ReeveTransportInterface *iface = REEVE_TRANSPORT_GET_IFACE (self);
  gboolean ret;

  if (iface->handles == NULL || !reeve_call_enter_sync (self, "Transport.handles"))
    return FALSE;
  ret = iface->handles (self, url);
  reeve_call_leave_sync (self);
  return ret;
}

gboolean
reeve_transport_connect (ReeveTransport *self, const char *url, const char *name,
                         ReeveLinkOwner *owner, GError **error)
{
  ReeveTransportInterface *iface = REEVE_TRANSPORT_GET_IFACE (self);
  gboolean ret;

  if (iface->connect == NULL || !reeve_call_enter_sync (self, "Transport.connect"))
    {
      g_set_error_literal (error, REEVE_ERROR, REEVE_ERROR_GONE, "the provider has stopped");
      return FALSE;
    }
  ret = iface->connect (self, url, name, owner, error);
  reeve_call_leave_sync (self);
  return reeve_call_check (self, NULL, ret, error);
}

void
reeve_transport_disconnect (ReeveTransport *self, const char *name)
{
  ReeveTransportInterface *iface = REEVE_TRANSPORT_GET_IFACE (self);

  if (iface->disconnect == NULL || !reeve_call_enter_sync (self, "Transport.disconnect"))
    return;
  iface->disconnect (self, name);
  reeve_call_leave_sync (self);
}

void
reeve_transport_request_async (ReeveTransport *self, ReeveLink *link, ReeveMessage *request,
                               GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer user_data)
{
  ReeveTransportInterface *iface = REEVE_TRANSPORT_GET_IFACE (self);
  ReeveCall *call =
      reeve_call_begin (self, "Transport.request", iface->request_async != NULL,
                        reeve_message_get_timeout (request), cancellable, callback, user_data);

  if (call == NULL)
    return;
  iface->request_async (self, link, request, reeve_call_get_cancellable (call), reeve_call_done_cb,
                        call);
  reeve_call_leave (call);
}

ReeveMessage *
reeve_transport_request_finish (ReeveTransport *self, GAsyncResult *result, GError **error)
{
  g_autoptr (GAsyncResult) inner = reeve_call_finish (self, result, error);

  if (inner == NULL)
    return NULL;
  return reeve_call_check_pointer (
      self, result, REEVE_TRANSPORT_GET_IFACE (self)->request_finish (self, inner, error), error);
}

void
reeve_transport_ping (ReeveTransport *self, ReeveLink *link)
{
  ReeveTransportInterface *iface = REEVE_TRANSPORT_GET_IFACE (self);

  if (iface->ping == NULL || !reeve_call_enter_sync (self, "Transport.ping"))
    return;
  iface->ping (self, link);
  reeve_call_leave_sync (self);
}

void
reeve_transport_close (ReeveTransport *self, ReeveLink *link, const char *reason)
{
  ReeveTransportInterface *iface = REEVE_TRANSPORT_GET_IFACE (self);

  if (iface->close == NULL || !reeve_call_enter_sync (self, "Transport.close"))
    return;
  iface->close (self, link, reason);
  reeve_call_leave_sync (self);
}

/* The transport keeps the time; this is for one that does not. */
#define REEVE_TRANSPORT_PROBE_SPARE_MS 1000

static void
reeve_transport_probe_unsupported (ReeveTransport *self, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, reeve_transport_probe_async);
  g_task_return_boolean (task, TRUE);
}

void
reeve_transport_probe_async (ReeveTransport *self, ReeveLink *link, guint timeout_ms,
                             GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data)
{
  ReeveTransportInterface *iface = REEVE_TRANSPORT_GET_IFACE (self);
  ReeveCall *call;

  if (iface->probe_async == NULL)
    {
      reeve_transport_probe_unsupported (self, cancellable, callback, user_data);
      return;
    }
  call =
      reeve_call_begin (self, "Transport.probe", TRUE, timeout_ms + REEVE_TRANSPORT_PROBE_SPARE_MS,
                        cancellable, callback, user_data);
  if (call == NULL)
    return;
  iface->probe_async (self, link, timeout_ms, reeve_call_get_cancellable (call), reeve_call_done_cb,
                      call);
  reeve_call_leave (call);
}

gboolean
reeve_transport_probe_finish (ReeveTransport *self, GAsyncResult *result, GError **error)
{
  g_autoptr (GAsyncResult) inner = NULL;

  if (g_async_result_is_tagged (result, reeve_transport_probe_async))
    return g_task_propagate_boolean (G_TASK (result), error);
  inner = reeve_call_finish (self, result, error);
  if (inner == NULL)
    return FALSE;
  return reeve_call_check (self, result,
                           REEVE_TRANSPORT_GET_IFACE (self)->probe_finish (self, inner, error),
                           error);
}

gboolean
reeve_transport_ask (ReeveTransport *self, ReeveLink *link, ReeveMessage *request, GError **error)
{
  ReeveTransportInterface *iface = REEVE_TRANSPORT_GET_IFACE (self);
  gboolean ret;

  if (iface->ask == NULL || !reeve_call_enter_sync (self, "Transport.ask"))
    {
      g_set_error_literal (error, REEVE_ERROR, REEVE_ERROR_GONE, "the provider has stopped");
      return FALSE;
    }
  ret = iface->ask (self, link, request, error);
  reeve_call_leave_sync (self);
  return reeve_call_check (self, NULL, ret, error);
}
