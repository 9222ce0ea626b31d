/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

G_BEGIN_DECLS

/* Where log lines go: the journal with all their fields when standard error is the journal, else
 * one line each on standard error: time, level, who, text. */
typedef struct _ReeveHostLog ReeveHostLog;

/* Takes over all logging of the process, for good. */
ReeveHostLog *reeve_host_log_install (ReeveClock *clock);
/* "debug", "info", "message" or "warning". FALSE: none of these. */
gboolean reeve_host_log_set_level (ReeveHostLog *self, const char *level);

/* One line as it goes to a terminal or file, without the line feed. Control and bidirectional
 * characters are escaped. For the writer and tests. (transfer full) */
char *reeve_host_log_format (gint64 wall_us, GLogLevelFlags level, const GLogField *fields,
                             gsize n_fields);

G_END_DECLS
