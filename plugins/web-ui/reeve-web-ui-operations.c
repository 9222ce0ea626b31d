/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What may be asked of the page itself. */

#include "config.h"

#include "reeve-web-ui-operations.h"

#include <string.h>

#include "reeve-web-ui-interface.h"

struct _ReeveWebUiOperations
{
  GObject parent;

  ReeveWebUiLive *live; /* NULL once stopped */
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

void
reeve_web_ui_operations_clear (ReeveWebUiOperations *self)
{
  self->live = NULL;
}

static const ReeveOperationRow reeve_web_ui_operation_rows[] = {
  { .method = "WatchLive",
    .power = REEVE_POWER_VIEW,
    .http_verb = "PUT",
    .http_path = "/api/v1/live/{stream}" },
  { .method = "ListModules",
    .power = REEVE_POWER_VIEW,
    .http_verb = "GET",
    .http_path = "/api/v1/modules" },
  { .method = NULL },
};

static void
reeve_web_ui_operations_call_async (ReeveOperations *operations, const char *method,
                                    GVariant *arguments, ReeveSubject *subject,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  ReeveWebUiOperations *self = REEVE_WEB_UI_OPERATIONS (operations);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_autofree const char **systems = NULL;
  g_auto (GStrv) followed = NULL;
  const char *stream, *system;
  GError *error = NULL;

  g_task_set_source_tag (task, reeve_web_ui_operations_call_async);
  if (self->live == NULL)
    {
      g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_GONE, "the page has stopped");
      return;
    }
  if (strcmp (method, "ListModules") == 0)
    {
      g_task_return_pointer (task, g_variant_ref_sink (g_variant_new ("(@aa{sv})", self->modules)),
                             (GDestroyNotify) g_variant_unref);
      return;
    }
  g_variant_get (arguments, "(&s^a&s&s)", &stream, &systems, &system);
  followed = g_strsplit (system, ",", -1);
  if (reeve_web_ui_live_watch (self->live, stream, subject, systems, (const char *const *) followed,
                               &error))
    g_task_return_pointer (task, g_variant_ref_sink (g_variant_new ("()")),
                           (GDestroyNotify) g_variant_unref);
  else
    g_task_return_error (task, error);
}

static void
reeve_web_ui_operations_iface_init (ReeveOperationsInterface *iface)
{
  iface->info = (GDBusInterfaceInfo *) &org_reeve_page1_interface;
  iface->rows = reeve_web_ui_operation_rows;
  iface->call_async = reeve_web_ui_operations_call_async;
}
