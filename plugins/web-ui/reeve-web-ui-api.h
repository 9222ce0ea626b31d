/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

G_BEGIN_DECLS

/* The operations of all plugins as HTTP, by the verbs and paths in their rows. */
typedef struct _ReeveWebUiApi ReeveWebUiApi;

/* Operations with a path, of all providers. */
#define REEVE_WEB_UI_API_MAX 512

ReeveWebUiApi *reeve_web_ui_api_new (ReeveContext *context);
void reeve_web_ui_api_free (ReeveWebUiApi *self);

/* Ends @task (of a ReeveHttpResponse) in any case, with an answer: errors are answers too. */
void reeve_web_ui_api_handle (ReeveWebUiApi *self, ReeveHttpRequest *request, GTask *task);
/* Ends @task likewise with the OpenAPI document of what there is. */
void reeve_web_ui_api_describe (ReeveWebUiApi *self, ReeveHttpRequest *request, GTask *task);
/* @func runs after each request that may have changed something. */
void reeve_web_ui_api_set_changed_func (ReeveWebUiApi *self, GFunc func, gpointer user_data);

/* RFC 9457; 401 for what is denied to nobody in particular. (transfer full) */
ReeveHttpResponse *reeve_web_ui_api_make_problem (ReeveHttpRequest *request, const GError *error);

G_END_DECLS
