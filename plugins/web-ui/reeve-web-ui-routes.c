/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The three things under this roof, by their rows. */

#include "config.h"

#include "reeve-web-ui-routes.h"

#include "reeve-web-ui-api.h"
#include "reeve-web-ui-arguments.h"
#include "reeve-web-ui-live.h"
#include "reeve-web-ui-operations.h"

struct _ReeveWebUiRoutes
{
  GObject parent;

  ReeveWebUiAssets *assets;
  ReeveWebUiApi *api; /* NULL: stopped, as the next */
  ReeveWebUiLive *live;
  ReeveWebUiOperations *operations;
};

static void reeve_web_ui_routes_iface_init (ReeveRoutesInterface *iface);

G_DEFINE_TYPE_WITH_CODE (ReeveWebUiRoutes, reeve_web_ui_routes, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (REEVE_TYPE_ROUTES, reeve_web_ui_routes_iface_init))

static const ReeveRoute reeve_web_ui_rows[] = {
  /* Public: the sign-in page and what it is made of, which is the same for everybody and holds
   * nothing of this hub. */
  { .path = "/", .methods = "GET HEAD", .power = REEVE_POWER_PUBLIC },
  /* Public here, because each operation has its own power: reeve_operations_call_async() asks the
   * authorizer for every call, also for those of nobody. */
  { .path = "/api",
    .methods = "GET HEAD POST PUT PATCH DELETE",
    .power = REEVE_POWER_PUBLIC,
    .max_body = REEVE_WEB_UI_MAX_BODY },
  { .path = "/api/v1/live",
    .methods = "GET",
    .power = REEVE_POWER_VIEW,
    .flags = REEVE_ROUTE_EXACT | REEVE_ROUTE_STREAM },
  { .path = "/api/v1/openapi.json",
    .methods = "GET HEAD",
    .power = REEVE_POWER_VIEW,
    .flags = REEVE_ROUTE_EXACT },
  { .path = NULL },
};

enum
{
  REEVE_WEB_UI_ROW_PAGE,
  REEVE_WEB_UI_ROW_API,
  REEVE_WEB_UI_ROW_LIVE,
  REEVE_WEB_UI_ROW_DESCRIPTION,
};

static void
reeve_web_ui_routes_changed_cb (gpointer api, gpointer user_data)
{
  ReeveWebUiRoutes *self = user_data;

  if (self->live != NULL)
    reeve_web_ui_live_check_sessions (self->live);
}

void
reeve_web_ui_routes_clear (ReeveWebUiRoutes *self)
{
  g_clear_object (&self->operations);
  g_clear_pointer (&self->live, reeve_web_ui_live_free);
  g_clear_pointer (&self->api, reeve_web_ui_api_free);
}

static void
reeve_web_ui_routes_finalize (GObject *object)
{
  ReeveWebUiRoutes *self = REEVE_WEB_UI_ROUTES (object);

  reeve_web_ui_routes_clear (self);
  reeve_web_ui_assets_free (self->assets);
  G_OBJECT_CLASS (reeve_web_ui_routes_parent_class)->finalize (object);
}

static void
reeve_web_ui_routes_class_init (ReeveWebUiRoutesClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = reeve_web_ui_routes_finalize;
}

static void
reeve_web_ui_routes_init (ReeveWebUiRoutes *self)
{
}

ReeveWebUiRoutes *
reeve_web_ui_routes_new (ReeveContext *context, ReeveWebUiAssets *assets)
{
  ReeveWebUiRoutes *self = g_object_new (REEVE_TYPE_WEB_UI_ROUTES, NULL);

  self->assets = assets;
  self->api = reeve_web_ui_api_new (context);
  self->live = reeve_web_ui_live_new (context);
  self->operations =
      reeve_web_ui_operations_new (self->live, reeve_web_ui_assets_get_modules (assets));
  reeve_web_ui_api_set_changed_func (self->api, reeve_web_ui_routes_changed_cb, self);
  return self;
}

ReeveOperations *
reeve_web_ui_routes_get_operations (ReeveWebUiRoutes *self)
{
  return REEVE_OPERATIONS (self->operations);
}

static const ReeveRoute *
reeve_web_ui_routes_get_routes (ReeveRoutes *routes)
{
  return reeve_web_ui_rows;
}

static void
reeve_web_ui_routes_handle_async (ReeveRoutes *routes, const ReeveRoute *route,
                                  ReeveHttpRequest *request, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveWebUiRoutes *self = REEVE_WEB_UI_ROUTES (routes);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  ReeveHttpResponse *response = NULL;
  g_autoptr (GError) error = NULL;

  g_task_set_source_tag (task, reeve_web_ui_routes_handle_async);
  if (self->api == NULL)
    {
      g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_GONE, "the page has stopped");
      return;
    }
  if (route == &reeve_web_ui_rows[REEVE_WEB_UI_ROW_API])
    {
      reeve_web_ui_api_handle (self->api, request, task);
      return;
    }
  if (route == &reeve_web_ui_rows[REEVE_WEB_UI_ROW_DESCRIPTION])
    {
      reeve_web_ui_api_describe (self->api, request, task);
      return;
    }
  if (route == &reeve_web_ui_rows[REEVE_WEB_UI_ROW_PAGE])
    response = reeve_web_ui_assets_answer (self->assets, request);
  else
    response = reeve_web_ui_live_open (self->live, request, &error);
  if (response == NULL)
    response = reeve_web_ui_api_make_problem (request, error);
  g_task_return_pointer (task, response, (GDestroyNotify) reeve_http_response_unref);
}

static ReeveHttpResponse *
reeve_web_ui_routes_handle_finish (ReeveRoutes *routes, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
reeve_web_ui_routes_iface_init (ReeveRoutesInterface *iface)
{
  iface->get_routes = reeve_web_ui_routes_get_routes;
  iface->handle_async = reeve_web_ui_routes_handle_async;
  iface->handle_finish = reeve_web_ui_routes_handle_finish;
}
