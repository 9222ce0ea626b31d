/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Does it nest at most @max_depth deep? To be asked before a parser that recurses. */
gboolean reeve_web_ui_json_is_flat (const char *text, gsize length, guint max_depth);

G_END_DECLS
