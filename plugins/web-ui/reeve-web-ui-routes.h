/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-web-ui-assets.h"

G_BEGIN_DECLS

/* What the page is and asks: its files, the operations, the live stream. */
#define REEVE_TYPE_WEB_UI_ROUTES (reeve_web_ui_routes_get_type ())
G_DECLARE_FINAL_TYPE (ReeveWebUiRoutes, reeve_web_ui_routes, REEVE, WEB_UI_ROUTES, GObject)

/* Takes @assets. */
ReeveWebUiRoutes *reeve_web_ui_routes_new (ReeveContext *context, ReeveWebUiAssets *assets);
/* What else it can do, to be provided beside it. (transfer none) */
ReeveOperations *reeve_web_ui_routes_get_operations (ReeveWebUiRoutes *self);
/* Ends the streams; answers nothing any more. */
void reeve_web_ui_routes_clear (ReeveWebUiRoutes *self);

G_END_DECLS
