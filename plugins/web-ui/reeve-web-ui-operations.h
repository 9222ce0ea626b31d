/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-web-ui-live.h"

G_BEGIN_DECLS

/* What may be asked of the page itself. */
#define REEVE_TYPE_WEB_UI_OPERATIONS (reeve_web_ui_operations_get_type ())
G_DECLARE_FINAL_TYPE (ReeveWebUiOperations, reeve_web_ui_operations, REEVE, WEB_UI_OPERATIONS,
                      GObject)

/* @live: lives until this has been withdrawn. @modules: what plugins add to the page, aa{sv}. */
ReeveWebUiOperations *reeve_web_ui_operations_new (ReeveWebUiLive *live, GVariant *modules);

G_END_DECLS
