/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-runtime.h"

#include "reeve-registry-private.h"

G_BEGIN_DECLS

/* In reeve-job.c. */
typedef struct _ReeveJobs ReeveJobs;
ReeveJobs *reeve_jobs_new (void);
void reeve_jobs_free (ReeveJobs *self);
/* Those that are left are marked failed. */
void reeve_jobs_end_context (ReeveJobs *self, ReeveContext *context);

ReeveJobs *reeve_runtime_get_jobs (ReeveRuntime *self);
const char *reeve_runtime_get_role (ReeveRuntime *self);
const char *reeve_runtime_get_state_dir (ReeveRuntime *self);
ReeveKeeper *reeve_runtime_get_keeper (ReeveRuntime *self);
ReeveClock *reeve_runtime_get_clock (ReeveRuntime *self);
/* Made with the first name that must be looked up. */
ReeveWorker *reeve_runtime_get_resolver (ReeveRuntime *self);
/* The descriptor passed under @name, once; -1 when there is none. */
int reeve_runtime_take_passed_socket (ReeveRuntime *self, const char *name);

/* In reeve-context.c: for those that dispatch on behalf of a context. */
ReeveRuntime *reeve_context_get_runtime (ReeveContext *self);

G_END_DECLS
