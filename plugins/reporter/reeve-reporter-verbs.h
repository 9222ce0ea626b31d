/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

G_BEGIN_DECLS

/* What one hub may ask beyond samples: each verb is locked until the agent's own files unlock it.
 */

#define REEVE_REPORTER_VERBS_MAX_ASKED 4 /* at a time */
#define REEVE_REPORTER_VERBS_MAX_UNLOCKED 64
#define REEVE_REPORTER_VERBS_MAX_PATTERN 64
/* Refusals that come sooner are counted, not logged. */
#define REEVE_REPORTER_VERBS_SAY_US (60 * G_USEC_PER_SEC)

typedef struct _ReeveReporterVerbs ReeveReporterVerbs;

/* INVALID for a pattern that no verb could fit. */
gboolean reeve_reporter_verbs_check (const char *const *unlocked, GError **error);

ReeveReporterVerbs *reeve_reporter_verbs_new (ReeveContext *context, const char *const *unlocked);
/* What is under way ends with GONE or its answer. */
void reeve_reporter_verbs_free (ReeveReporterVerbs *self);
void reeve_reporter_verbs_set (ReeveReporterVerbs *self, const char *const *unlocked);

void reeve_reporter_verbs_ask_async (ReeveReporterVerbs *self, ReeveLink *link,
                                     ReeveMessage *request, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data);
/* (transfer full) */
ReeveMessage *reeve_reporter_verbs_ask_finish (GAsyncResult *result, GError **error);

G_END_DECLS
