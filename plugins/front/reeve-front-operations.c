/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What may be asked of the front: where it is reached. For reevectl, which prints ready commands.
 */

#include "config.h"

#include "reeve-front-operations.h"

#include "reeve-front-interface.h"

struct _ReeveFrontOperations
{
  GObject parent;

  char *listen;
  char *url;
  char *public_url;
};

static void reeve_front_operations_iface_init (ReeveOperationsInterface *iface);

G_DEFINE_TYPE_WITH_CODE (ReeveFrontOperations, reeve_front_operations, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (REEVE_TYPE_OPERATIONS,
                                                reeve_front_operations_iface_init))

static void
reeve_front_operations_finalize (GObject *object)
{
  ReeveFrontOperations *self = REEVE_FRONT_OPERATIONS (object);

  g_free (self->listen);
  g_free (self->url);
  g_free (self->public_url);
  G_OBJECT_CLASS (reeve_front_operations_parent_class)->finalize (object);
}

static void
reeve_front_operations_class_init (ReeveFrontOperationsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = reeve_front_operations_finalize;
}

static void
reeve_front_operations_init (ReeveFrontOperations *self)
{
}

/**
 * reeve_front_operations_new:
 * @listen: what is really listened on
 * @url: of the page on this machine, or ""
 * @public_url: (nullable): the setting
 *
 * Returns: (transfer full): the operations
 */
ReeveFrontOperations *
reeve_front_operations_new (const char *listen, const char *url, const char *public_url)
{
  ReeveFrontOperations *self = g_object_new (REEVE_TYPE_FRONT_OPERATIONS, NULL);

  self->listen = g_strdup (listen);
  self->url = g_strdup (url);
  self->public_url = g_strdup (public_url != NULL ? public_url : "");
  return self;
}

static const ReeveOperationRow reeve_front_rows[] = {
  { .method = "GetAddress", .power = REEVE_POWER_VIEW },
  { .method = NULL },
};

static GDBusInterfaceInfo *
reeve_front_operations_get_info (ReeveOperations *operations)
{
  return (GDBusInterfaceInfo *) &org_reeve_front1_interface;
}

static const ReeveOperationRow *
reeve_front_operations_get_rows (ReeveOperations *operations)
{
  return reeve_front_rows;
}

static void
reeve_front_operations_call_async (ReeveOperations *operations, const char *method,
                                   GVariant *arguments, ReeveSubject *subject,
                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  ReeveFrontOperations *self = REEVE_FRONT_OPERATIONS (operations);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  /* until TLS comes, nothing else may be listened on */
  GVariant *answer = g_variant_new ("(sssb)", self->listen, self->url, self->public_url, TRUE);

  g_task_set_source_tag (task, reeve_front_operations_call_async);
  g_task_return_pointer (task, g_variant_ref_sink (answer), (GDestroyNotify) g_variant_unref);
}

static GVariant *
reeve_front_operations_call_finish (ReeveOperations *operations, GAsyncResult *result,
                                    GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
reeve_front_operations_iface_init (ReeveOperationsInterface *iface)
{
  iface->get_info = reeve_front_operations_get_info;
  iface->get_rows = reeve_front_operations_get_rows;
  iface->call_async = reeve_front_operations_call_async;
  iface->call_finish = reeve_front_operations_call_finish;
}
