/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What json-glib may be given: its parser goes down into itself for each level and makes an object
 * of each value, so both are counted before. Pure; for the probe and the plugin. */

#define REEVE_CONTAINERS_JSON_MAX_DEPTH 32

/* TRUE when @text has the words of JSON only (no comment, no other quotes), at most
 * REEVE_CONTAINERS_JSON_MAX_DEPTH levels and @max_values values, and is UTF-8 without NUL. */
gboolean reeve_containers_json_check (const char *text, gsize length, guint max_values);

G_END_DECLS
