/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-web-ui-api-private.h"

G_BEGIN_DECLS

/*
 * The OpenAPI 3.1 document of the operations, made of their rows and their D-Bus descriptions. What
 * a description says by its signatures alone is a dictionary of anything; annotations say more:
 *
 *   org.reeve.Type.NAME  at an interface: a dictionary's keys, "id:s last:d? labels:a{ss}". "?":
 * may be missing; "*:TYPE": any other key. org.reeve.Type       at an argument: NAME for a{sv}, and
 * for aa{sv} a list of them.
 *
 * A type is a signature, NAME, 'text' for one text, or any of them in brackets for a list; "|"
 * between several. Of the signature ad some may be missing, of [d] none.
 */

/* @entries: of ReeveWebUiApiEntry. (transfer full) */
GBytes *reeve_web_ui_openapi_make (GPtrArray *entries);

G_END_DECLS
