/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-types.h"

G_BEGIN_DECLS

/* JSON, written straight into a string; any thread. What JSON cannot say (NaN, infinity, a missing
 * maybe) is null. Control characters are escaped; @text and strings are UTF-8. */

REEVE_API void reeve_json_append_string (GString *out, const char *text);
REEVE_API void reeve_json_append_number (GString *out, double value);
/* Arrays and tuples are lists, arrays of entries objects, boxed values what is in them. */
REEVE_API void reeve_json_append_variant (GString *out, GVariant *value);

G_END_DECLS
