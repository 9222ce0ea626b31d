/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-types.h"

G_BEGIN_DECLS

/*
 * Work that goes on after the operation that began it has answered (REEVE_OPERATION_JOB). The
 * process knows its jobs and what became of the last ones, and tells those who ask the host; what
 * must survive the process its plugin keeps in records and begins again. Main thread only.
 */

/* Running ones of all plugins together. */
#define REEVE_JOB_MAX_RUNNING 256
/* Ended ones that are still shown. */
#define REEVE_JOB_MAX_ENDED 64
#define REEVE_JOB_MAX_TEXT 200 /* characters of a title or step */

typedef struct _ReeveJob ReeveJob;

/* @operation: as in its table, "Fleet1.RemoveSystem"; @object: what it is about, a system's id, or
 * "". @cancellable: nullable, referenced; who cancels the job cancels it, and the job has to end by
 * itself; NULL: it cannot be cancelled. @title: one line for people. LIMIT when too many run.
 * (transfer none): until reeve_job_end(); a job that is left at the context's end is marked failed.
 */
REEVE_API ReeveJob *reeve_context_begin_job (ReeveContext *self, const char *operation,
                                             const char *object, GCancellable *cancellable,
                                             const char *title, GError **error);
/* 16 hex digits, unlike every other job's. */
REEVE_API const char *reeve_job_get_id (ReeveJob *self);
/* @share: 0 to 1; @step: what it does now, one line. */
REEVE_API void reeve_job_set_progress (ReeveJob *self, double share, const char *step);
/* @error: nullable; CANCELLED is told apart from a failure. The job is the process's from here. */
REEVE_API void reeve_job_end (ReeveJob *self, const GError *error);

/* ---- for those who show them ---- */

/* aa{sv}, floating: newest first, each with id, plugin, operation, object, title, step, state
 * ("running", "done", "failed", "cancelled"), error (s), progress (d, 0 to 1), can_cancel (b),
 * began (d, seconds since 1970), ended (d, when it has). */
REEVE_API GVariant *reeve_context_list_jobs (ReeveContext *self);
/* The same of one; NULL: NOT_FOUND. */
REEVE_API GVariant *reeve_context_get_job (ReeveContext *self, const char *id, GError **error);
/* Asks it to end. NOT_FOUND, UNSUPPORTED when it cannot be, GONE when it has ended. */
REEVE_API gboolean reeve_context_cancel_job (ReeveContext *self, const char *id, GError **error);

G_END_DECLS
