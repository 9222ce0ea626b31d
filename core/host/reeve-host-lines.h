/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A file over this is refused, as is a longer line; both are far above anything sensible. */
#define REEVE_HOST_LINES_MAX_FILE (1024 * 1024)
#define REEVE_HOST_LINES_MAX_LINE (64 * 1024)

/* One line of a key file that says something: a group's head (only @group is set), a value (@key
 * and @text, as it stands there), or a fault. The text of a faulty line is not kept: it may be a
 * secret. */
typedef struct
{
  guint number; /* from 1 */
  char *group;
  char *key;
  char *text;
  const char *fault; /* static */
  gboolean head;     /* it was meant to open a group */
} ReeveHostLine;

/* Never fails; at most one entry for each line. (transfer full), of ReeveHostLine. */
GPtrArray *reeve_host_lines_parse (const char *data, gsize length);

G_END_DECLS
