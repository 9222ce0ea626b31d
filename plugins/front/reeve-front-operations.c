/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What may be asked of the front: where it is reached. For reevectl, which prints ready commands.
 */

#include "config.h"

#include "reeve-front-operations.h"

#include "reeve-front-interface.h"

struct _ReeveFrontOperations
{
  GObject parent;

  ReeveFrontSite *site;
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

static void
reeve_front_operations_get_address (ReeveFrontOperations *self, G_GNUC_UNUSED GVariant *arguments,
                                    GTask *task)
{
  ReeveFrontSite *site = self->site;
  GVariantBuilder listen;
  g_autofree char *url = reeve_front_site_get_url (site);
  g_autofree char *agents_url = reeve_front_site_get_agents_url (site);

  g_variant_builder_init (&listen, G_VARIANT_TYPE ("as"));
  for (guint i = 0; i < site->n_ports; i++)
    g_variant_builder_add (&listen, "s", reeve_listener_get_address (site->ports[i].listener));
  reeve_operations_return (task, g_variant_new ("(asssbs)", &listen, url, agents_url,
                                                reeve_front_site_is_local (site),
                                                reeve_front_site_get_pin (site)));
}

static const ReeveOperationRow reeve_front_rows[] = {
  { .method = "GetAddress",
    .power = REEVE_POWER_VIEW,
    .http_verb = "GET",
    .http_path = "/api/v1/address",
    .handler = REEVE_OPERATION_HANDLER (reeve_front_operations_get_address) },
  { .method = NULL },
};

static void
reeve_front_operations_iface_init (ReeveOperationsInterface *iface)
{
  iface->info = (GDBusInterfaceInfo *) &org_reeve_front1_interface;
  iface->rows = reeve_front_rows;
}
