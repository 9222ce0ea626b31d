/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What may be asked of the front: where it is reached. For reevectl, which prints ready commands.
 */

#include "config.h"

#include "reeve-front-operations.h"

#include "reeve-front-interface.h"

struct _ReeveFrontOperations
{
  GObject parent;

  ReeveFrontSite *site; /* NULL once stopped */
};

static void reeve_front_operations_iface_init (ReeveOperationsInterface *iface);

G_DEFINE_TYPE_WITH_CODE (ReeveFrontOperations, reeve_front_operations, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (REEVE_TYPE_OPERATIONS,
                                                reeve_front_operations_iface_init))

static void
reeve_front_operations_class_init (ReeveFrontOperationsClass *klass)
{
}

static void
reeve_front_operations_init (ReeveFrontOperations *self)
{
}

ReeveFrontOperations *
reeve_front_operations_new (ReeveFrontSite *site)
{
  ReeveFrontOperations *self = g_object_new (REEVE_TYPE_FRONT_OPERATIONS, NULL);

  self->site = site;
  return self;
}

void
reeve_front_operations_clear (ReeveFrontOperations *self)
{
  self->site = NULL;
}

static GVariant *
reeve_front_operations_get_address (ReeveFrontSite *site)
{
  GVariantBuilder listen;
  g_autofree char *url = reeve_front_site_get_url (site);
  g_autofree char *agents_url = reeve_front_site_get_agents_url (site);

  g_variant_builder_init (&listen, G_VARIANT_TYPE ("as"));
  for (guint i = 0; i < site->n_ports; i++)
    g_variant_builder_add (&listen, "s", reeve_listener_get_address (site->ports[i].listener));
  return g_variant_new ("(asssbs)", &listen, url, agents_url, reeve_front_site_is_local (site),
                        reeve_front_site_get_pin (site));
}

static const ReeveOperationRow reeve_front_rows[] = {
  { .method = "GetAddress",
    .power = REEVE_POWER_VIEW,
    .http_verb = "GET",
    .http_path = "/api/v1/address" },
  { .method = NULL },
};

static void
reeve_front_operations_call_async (ReeveOperations *operations, const char *method,
                                   GVariant *arguments, ReeveSubject *subject,
                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  ReeveFrontOperations *self = REEVE_FRONT_OPERATIONS (operations);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, reeve_front_operations_call_async);
  if (self->site == NULL)
    g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_GONE, "front has stopped");
  else
    g_task_return_pointer (task,
                           g_variant_ref_sink (reeve_front_operations_get_address (self->site)),
                           (GDestroyNotify) g_variant_unref);
}

static void
reeve_front_operations_iface_init (ReeveOperationsInterface *iface)
{
  iface->info = (GDBusInterfaceInfo *) &org_reeve_front1_interface;
  iface->rows = reeve_front_rows;
  iface->call_async = reeve_front_operations_call_async;
}
