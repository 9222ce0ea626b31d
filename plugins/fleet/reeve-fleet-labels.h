/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

G_BEGIN_DECLS

/* What people write on a system: labels, which are words or pairs of key and value, and a note. */

#define REEVE_FLEET_MAX_LABELS 32
#define REEVE_FLEET_MAX_LABEL_KEY 32    /* [a-z0-9][a-z0-9._-]* */
#define REEVE_FLEET_MAX_LABEL_VALUE 100 /* characters */
#define REEVE_FLEET_MAX_NOTE 2000       /* characters, with line feeds */

/* "KEY" or "KEY=VALUE" each, NULL-terminated. (transfer full) a{ss} in the order of the keys, or
 * NULL with REEVE_ERROR_INVALID or REEVE_ERROR_LIMIT. */
GVariant *reeve_fleet_labels_parse (const char *const *texts, GError **error);
/* The same of what a record holds, a{ss}: what is not valid is left out. (transfer full) */
GVariant *reeve_fleet_labels_clean (GVariant *labels);
/* @value: NULL for any. @labels may be NULL. */
gboolean reeve_fleet_labels_match (GVariant *labels, const char *key, const char *value);
gboolean reeve_fleet_note_check (const char *note, GError **error);

G_END_DECLS
