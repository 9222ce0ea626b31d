/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-types.h"

G_BEGIN_DECLS

/*
 * Where blocking work runs: own threads (never GLib's shared pool), a bounded queue, a deadline per
 * job. A job that misses its deadline is answered with REEVE_ERROR_TIMEOUT; its thread is abandoned
 * and counted, and replaced, at most REEVE_WORKER_MAX_ABANDONED times.
 */

#define REEVE_WORKER_MAX_ABANDONED 8

/* Runs on a thread of the worker; must look at @cancellable in long loops. Returns the result
 * ((transfer full), freed with the job's @free_result if nobody takes it) or NULL with @error set;
 * NULL without an error is a fine result. */
typedef gpointer (*ReeveWorkerFunc) (gpointer data, GCancellable *cancellable, GError **error);

/* @threads: 1 keeps the jobs in order. @max_queue: waiting jobs; one more is REEVE_ERROR_LIMIT.
 * Threads start with the first job. Belongs to the owner until reeve_worker_free(). */
REEVE_API ReeveWorker *reeve_owner_add_worker (ReeveOwner *owner, const char *name, guint threads,
                                               guint max_queue);
/* @timeout_ms: from now on, 0: none. @data is freed with @free_data on the main thread when the job
 * has really ended. @callback runs on the main thread. */
REEVE_API void reeve_worker_run_async (ReeveWorker *self, ReeveWorkerFunc func, gpointer data,
                                       GDestroyNotify free_data, GDestroyNotify free_result,
                                       guint timeout_ms, GCancellable *cancellable,
                                       GAsyncReadyCallback callback, gpointer user_data);
REEVE_API gpointer reeve_worker_run_finish (GAsyncResult *result, GError **error);
REEVE_API guint reeve_worker_get_queued (ReeveWorker *self);
/* Jobs that wait are cancelled; running ones get @grace_ms, then their threads are abandoned.
 * Blocks at most @grace_ms: for the end of a process. */
REEVE_API void reeve_worker_free (ReeveWorker *self, guint grace_ms);

G_END_DECLS
