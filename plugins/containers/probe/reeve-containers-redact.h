/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What an engine tells of one container, without what its owner gave it in confidence. Pure. */

#define REEVE_CONTAINERS_REDACT_MAX_VALUES 50000
#define REEVE_CONTAINERS_REDACT_HIDDEN "(hidden)"

/* @text is the answer to "inspect". The values of environment variables, of log drivers' options,
 * and of what is called like a secret are replaced, commands that repeat them are left out. NULL
 * when @text is not an object that can be read. (transfer full) */
char *reeve_containers_redact (const char *text, gsize length, gsize *ret_length);

G_END_DECLS
