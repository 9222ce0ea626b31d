/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

G_BEGIN_DECLS

/* Bytes of a request's JSON. */
#define REEVE_WEB_UI_MAX_BODY (64 * 1024)
/* An object whose members may be lists, or objects with members that may be lists. */
#define REEVE_WEB_UI_MAX_DEPTH 3

/* Is the body said to be JSON? */
gboolean reeve_web_ui_arguments_has_json (ReeveHttpRequest *request);

/* @variables: of the path, name -> decoded text. (transfer full) a tuple of the method's
 * in-signature, not floating; NULL with REEVE_ERROR_INVALID that names the argument. */
GVariant *reeve_web_ui_arguments_parse (GDBusMethodInfo *method, GHashTable *variables,
                                        ReeveHttpRequest *request, GError **error);

G_END_DECLS
