/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-web-ui-live.h"

G_BEGIN_DECLS

/* /api/v1/live: who looks, and what they are told. */
typedef struct _ReeveWebUiWhole ReeveWebUiWhole;

ReeveWebUiWhole *reeve_web_ui_whole_new (ReeveContext *context);
/* Ends all streams. */
void reeve_web_ui_whole_free (ReeveWebUiWhole *self);

/* (transfer full); NULL with REEVE_ERROR_LIMIT, INVALID or UNAVAILABLE. */
ReeveHttpResponse *reeve_web_ui_whole_open (ReeveWebUiWhole *self, ReeveHttpRequest *request,
                                            GError **error);
/* A session may have ended: looks at all of them anew. */
void reeve_web_ui_whole_check_sessions (ReeveWebUiWhole *self);

G_END_DECLS
