/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What may be asked of the page itself. */

#include "config.h"

#include "reeve-web-ui-operations.h"

#include "reeve-web-ui-interface.h"

struct _ReeveWebUiOperations
{
  GObject parent;

  ReeveWebUiLive *live;
  GVariant *modules;
};

static void reeve_web_ui_operations_iface_init (ReeveOperationsInterface *iface);

G_DEFINE_TYPE_WITH_CODE (ReeveWebUiOperations, reeve_web_ui_operations, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (REEVE_TYPE_OPERATIONS,
                                                reeve_web_ui_operations_iface_init))

static void
reeve_web_ui_operations_finalize (GObject *object)
{
  g_variant_unref (REEVE_WEB_UI_OPERATIONS (object)->modules);
  G_OBJECT_CLASS (reeve_web_ui_operations_parent_class)->finalize (object);
}

static void
reeve_web_ui_operations_class_init (ReeveWebUiOperationsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = reeve_web_ui_operations_finalize;
}

static void
reeve_web_ui_operations_init (G_GNUC_UNUSED ReeveWebUiOperations *self)
{
}

ReeveWebUiOperations *
reeve_web_ui_operations_new (ReeveWebUiLive *live, GVariant *modules)
{
  ReeveWebUiOperations *self = g_object_new (REEVE_TYPE_WEB_UI_OPERATIONS, NULL);

  self->live = live;
  self->modules = g_variant_ref (modules);
  return self;
}

/* ---- methods ---- */

static void
reeve_web_ui_operations_watch_live (ReeveWebUiOperations *self, GVariant *arguments, GTask *task)
{
  g_autofree const char **systems = NULL;
  g_auto (GStrv) followed = NULL;
  const char *stream, *system;
  GError *error = NULL;

  g_variant_get (arguments, "(&s^a&s&s)", &stream, &systems, &system);
  followed = g_strsplit (system, ",", -1);
  if (reeve_web_ui_live_watch (self->live, stream, g_task_get_task_data (task), systems,
                               (const char *const *) followed, &error))
    reeve_operations_return (task, g_variant_new ("()"));
  else
    g_task_return_error (task, error);
}

static void
reeve_web_ui_operations_list_modules (ReeveWebUiOperations *self, G_GNUC_UNUSED GVariant *arguments,
                                      GTask *task)
{
  reeve_operations_return (task, g_variant_new ("(@aa{sv})", self->modules));
}

/* ---- ReeveOperations ---- */

static const ReeveOperationRow reeve_web_ui_operation_rows[] = {
  { .method = "WatchLive",
    .power = REEVE_POWER_VIEW,
    .http_verb = "PUT",
    .http_path = "/api/v1/live/{stream}",
    .handler = REEVE_OPERATION_HANDLER (reeve_web_ui_operations_watch_live) },
  { .method = "ListModules",
    .power = REEVE_POWER_VIEW,
    .http_verb = "GET",
    .http_path = "/api/v1/modules",
    .handler = REEVE_OPERATION_HANDLER (reeve_web_ui_operations_list_modules) },
  { .method = NULL },
};

static void
reeve_web_ui_operations_iface_init (ReeveOperationsInterface *iface)
{
  iface->info = (GDBusInterfaceInfo *) &org_reeve_page1_interface;
  iface->rows = reeve_web_ui_operation_rows;
}
