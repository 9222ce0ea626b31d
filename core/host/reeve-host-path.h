/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <sys/types.h>

G_BEGIN_DECLS

/* TRUE when nobody but root and @also (0: nobody else) can change the regular file @path or any
 * directory above it. @path is absolute and free of links, "." and "..": a link is refused. The
 * error names what is wrong with which directory, and the remedy. */
gboolean reeve_host_path_check (const char *path, uid_t also, GError **error);

G_END_DECLS
