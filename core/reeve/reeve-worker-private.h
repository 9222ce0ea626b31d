/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-engine-private.h"
#include "reeve-worker.h"

G_BEGIN_DECLS

/* What the two halves of a worker share. A job is referenced by its worker until it has ended, and
 * by the queue, then the thread, then the inbox on its way back. */

typedef struct
{
  gatomicrefcount ref_count;
  GMutex lock;
  GCond work;      /* a job or the end has come */
  GCond idle;      /* a thread has finished a job */
  ReeveNode queue; /* under lock, as all below */
  guint queued;
  guint running;
  guint threads; /* without the abandoned ones */
  guint sleeping;
  gboolean stopping;

  ReeveInbox *inbox;
  ReeveWorker *worker; /* main thread only; NULL when freed */
} ReeveWorkerPool;

typedef enum
{
  REEVE_WORKER_JOB_WAITING,
  REEVE_WORKER_JOB_RUNNING,
  REEVE_WORKER_JOB_ABANDONED, /* running, but nobody counts on its thread any more */
  REEVE_WORKER_JOB_DONE
} ReeveWorkerJobState;

typedef struct
{
  gatomicrefcount ref_count;
  ReeveWorkerPool *pool;
  ReeveNode queue_node; /* under the pool's lock, as the state */
  ReeveWorkerJobState state;
  GCancellable *cancellable; /* for the function */
  ReeveWorkerFunc func;
  gpointer data;
  GDestroyNotify free_data;
  GDestroyNotify free_result;
  gpointer result;
  GError *error;
  GThread *thread; /* while running */

  /* main thread only */
  ReeveNode job_node;
  ReeveTick deadline;
  GTask *task; /* until answered */
  GCancellable *caller;
  gulong caller_id;
  guint timeout_ms;
  gboolean abandoned;
} ReeveWorkerJob;

struct _ReeveWorker
{
  ReeveItem item;
  ReeveWorkerPool *pool;
  GPtrArray *threads; /* of GThread, to be joined */
  ReeveNode jobs;     /* that wait or run */
  char *name;
  guint max_threads;
  guint max_queue;
  guint abandoned;
};

/* ---- reeve-worker-pool.c: any thread ---- */

ReeveWorkerPool *reeve_worker_pool_new (ReeveWorker *worker, ReeveInbox *inbox);
ReeveWorkerPool *reeve_worker_pool_ref (ReeveWorkerPool *self);
void reeve_worker_pool_unref (ReeveWorkerPool *self);
/* A thread; @data: (transfer full): the pool. */
gpointer reeve_worker_thread (gpointer data);

ReeveWorkerJob *reeve_worker_job_ref (ReeveWorkerJob *self);
void reeve_worker_job_unref (ReeveWorkerJob *self);
/* TRUE: it had not begun and never will; the queue's reference is now the caller's. */
gboolean reeve_worker_job_unqueue (ReeveWorkerJob *self);
/* TRUE: it ran, and its thread is not counted on any more. Main thread only. */
gboolean reeve_worker_job_abandon (ReeveWorkerJob *self);

/* ---- reeve-worker.c: main thread ---- */

/* @data: (transfer full): the job. */
void reeve_worker_job_ended (gpointer data);

G_END_DECLS
