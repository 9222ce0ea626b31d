/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

G_BEGIN_DECLS

/* Threads of this process now; 0 when that cannot be known. */
guint reeve_host_sandbox_count_threads (void);

/* The moment between declare and start. Demands that the process has exactly one thread: rules bind
 * the thread that asks for them and those it makes later, so one that is there already would stay
 * free. @declared: of ReeveDeclarations, what all plugins together asked for. There are no rules
 * yet. @ret_text: what really holds now, one line, (transfer full). */
gboolean reeve_host_sandbox_apply (GPtrArray *declared, char **ret_text, GError **error);

G_END_DECLS
