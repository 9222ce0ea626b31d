/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Threads for what can block. The main thread's half (ReeveWorker) has the deadlines and answers
 * the callers; the threads' half (ReeveWorkerPool) is a locked queue that threads share and keep
 * alive, since one that hangs in a system call may come back long after its worker, its owner and
 * even the engine are gone. A job is answered once, by whatever comes first: its end, its deadline,
 * its cancellation or the end of the worker; its data is freed when its function has really
 * returned. */

#include "config.h"

#include "reeve-worker.h"

#include "reeve-error.h"
#include "reeve-worker-private.h"

#include <signal.h>

/* ---- answers, on the main thread ---- */

static void
reeve_worker_job_detach_caller (ReeveWorkerJob *self)
{
  reeve_tick_stop (&self->deadline);
  if (self->caller_id != 0)
    g_cancellable_disconnect (self->caller, self->caller_id);
  self->caller_id = 0;
  g_clear_object (&self->caller);
}

/* The job's end, its result goes with it. Charged to the worker's owner while there is one. */
static void
reeve_worker_job_answer (ReeveWorkerJob *self, GError *error)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->task);
  g_autoptr (ReeveOwner) owner = NULL;

  if (self->pool->worker != NULL && self->pool->worker->item.owner != NULL)
    {
      owner = reeve_owner_ref (self->pool->worker->item.owner);
      reeve_owner_enter (owner);
    }
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, g_steal_pointer (&self->result), self->free_result);
  if (owner != NULL)
    reeve_owner_leave (owner);
}

typedef struct
{
  ReeveWorkerJob *job;
  GError *error;
} ReeveWorkerJobAnswer;

static void
reeve_worker_job_answer_run (gpointer data)
{
  ReeveWorkerJobAnswer *answer = data;

  if (answer->job->task != NULL)
    reeve_worker_job_answer (answer->job, g_steal_pointer (&answer->error));
}

static void
reeve_worker_job_answer_free (gpointer data)
{
  ReeveWorkerJobAnswer *answer = data;

  g_clear_object (&answer->job->task);
  reeve_worker_job_unref (answer->job);
  g_clear_error (&answer->error);
  g_free (answer);
}

/* In the next turn, even if the owner is gone by then. */
static void
reeve_worker_job_answer_later (ReeveWorkerJob *self, ReeveEngine *engine, GError *error)
{
  ReeveWorkerJobAnswer *answer = g_new0 (ReeveWorkerJobAnswer, 1);

  answer->job = reeve_worker_job_ref (self);
  answer->error = error;
  reeve_engine_defer (engine, NULL, reeve_worker_job_answer_run, answer,
                      reeve_worker_job_answer_free);
}

/* No worker knows of the job any more; whoever still runs it has a reference. */
static void
reeve_worker_job_forget (ReeveWorkerJob *self)
{
  reeve_worker_job_detach_caller (self);
  reeve_node_remove (&self->job_node);
  reeve_worker_job_unref (self);
}

static void reeve_worker_start_threads (ReeveWorker *self);

/* From the thread, which hands over its reference. */
void
reeve_worker_job_ended (gpointer data)
{
  ReeveWorkerJob *self = data;
  ReeveWorker *worker = self->pool->worker;

  if (worker != NULL)
    {
      if (self->abandoned)
        {
          worker->abandoned--;
          reeve_owner_count_abandoned (worker->item.owner, -1);
          reeve_worker_start_threads (worker);
        }
      reeve_worker_job_forget (self);
    }
  if (self->task != NULL)
    reeve_worker_job_answer (self, g_steal_pointer (&self->error));
  reeve_worker_job_unref (self);
}

/* ---- threads ---- */

static gboolean
reeve_worker_add_thread (ReeveWorker *self, GError **error)
{
  /* the kernel's limit */
  g_autofree char *name = g_strndup (self->name, 15);
  GThread *thread;
  sigset_t all, before;

  /* signals are for the main thread */
  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &before);
  thread = g_thread_try_new (name, reeve_worker_thread, reeve_worker_pool_ref (self->pool), error);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  if (thread == NULL)
    {
      reeve_worker_pool_unref (self->pool);
      return FALSE;
    }

  self->pool->threads++;
  g_ptr_array_add (self->threads, thread);
  return TRUE;
}

/* The lock is taken by the caller. */
static gboolean
reeve_worker_ensure_thread (ReeveWorker *self, GError **error)
{
  ReeveWorkerPool *pool = self->pool;

  if (pool->sleeping >= pool->queued || pool->threads >= self->max_threads)
    return TRUE;
  if (self->abandoned >= REEVE_WORKER_MAX_ABANDONED && pool->threads > 0)
    return TRUE;
  if (self->abandoned >= REEVE_WORKER_MAX_ABANDONED)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE,
                   "all threads of worker '%s' hang in earlier jobs; see what they wait for, or "
                   "restart",
                   self->name);
      return FALSE;
    }
  if (reeve_worker_add_thread (self, error) || pool->threads > 0)
    {
      g_clear_error (error);
      return TRUE;
    }

  g_prefix_error (error, "cannot start a thread for worker '%s': ", self->name);
  reeve_error_convert (error);
  return FALSE;
}

/* After a thread was given up or has come back: jobs that wait must not wait for nothing. */
static void
reeve_worker_start_threads (ReeveWorker *self)
{
  ReeveWorkerPool *pool = self->pool;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&pool->lock);
  g_autoptr (GError) error = NULL;

  if (pool->queued == 0 || reeve_worker_ensure_thread (self, &error))
    return;

  while (reeve_node_is_linked (&pool->queue))
    {
      ReeveWorkerJob *job = REEVE_NODE_OWNER (pool->queue.next, ReeveWorkerJob, queue_node);

      reeve_node_remove (&job->queue_node);
      pool->queued--;
      reeve_worker_job_answer_later (job, self->item.engine, g_error_copy (error));
      reeve_worker_job_forget (job);
      reeve_worker_job_unref (job);
    }
}

/* ---- deadline and cancellation ---- */

static void
reeve_worker_job_expired (ReeveTick *tick)
{
  ReeveWorkerJob *self = reeve_worker_job_ref (REEVE_NODE_OWNER (tick, ReeveWorkerJob, deadline));
  ReeveWorker *worker = self->pool->worker;
  g_autoptr (GError) error = NULL;

  g_set_error (&error, REEVE_ERROR, REEVE_ERROR_TIMEOUT, "worker '%s' has not answered in %u ms",
               worker->name, self->timeout_ms);
  if (reeve_worker_job_unqueue (self))
    {
      reeve_worker_job_forget (self);
      reeve_worker_job_unref (self);
    }
  else if (reeve_worker_job_abandon (self))
    {
      g_warning ("a job of worker '%s' (%s) hangs; its thread is given up", worker->name,
                 reeve_owner_get_name (worker->item.owner));
      self->abandoned = TRUE;
      worker->abandoned++;
      reeve_owner_count_abandoned (worker->item.owner, 1);
      reeve_worker_job_detach_caller (self);
      g_cancellable_cancel (self->cancellable);
      reeve_worker_start_threads (worker);
    }
  else
    {
      /* it has ended this very moment, and its answer is on the way */
      reeve_worker_job_unref (self);
      return;
    }
  if (self->task != NULL)
    reeve_worker_job_answer (self, g_steal_pointer (&error));
  reeve_worker_job_unref (self);
}

/* On the main thread. A running job stays in its thread, under its deadline. */
static void
reeve_worker_job_caller_cancelled (gpointer data)
{
  ReeveWorkerJob *self = data;

  if (self->task != NULL && self->caller != NULL)
    {
      g_cancellable_cancel (self->cancellable);
      if (reeve_worker_job_unqueue (self))
        {
          reeve_worker_job_forget (self);
          reeve_worker_job_unref (self);
        }
      reeve_worker_job_answer (self, g_error_new_literal (REEVE_ERROR, REEVE_ERROR_CANCELLED,
                                                          "the call was cancelled"));
    }
  reeve_worker_job_unref (self);
}

/* On whatever thread cancels. */
static void
reeve_worker_job_cancelled_cb (GCancellable *cancellable, gpointer data)
{
  ReeveWorkerJob *self = data;

  reeve_worker_job_ref (self);
  if (!reeve_inbox_post (self->pool->inbox, reeve_worker_job_caller_cancelled, self))
    reeve_worker_job_unref (self);
}

/* ---- the worker ---- */

static void
reeve_worker_end (ReeveItem *item)
{
  reeve_worker_free (REEVE_NODE_OWNER (item, ReeveWorker, item), 0);
}

/**
 * reeve_owner_add_worker:
 * @owner: an open owner
 * @name: for logs, errors and the list of leftovers; copied
 * @threads: how many jobs may run at once; 1 keeps them in order
 * @max_queue: how many more may wait
 *
 * Starts no thread before the first job.
 *
 * Returns: (transfer none): the worker, which lives until reeve_worker_free() or the owner's end
 */
ReeveWorker *
reeve_owner_add_worker (ReeveOwner *owner, const char *name, guint threads, guint max_queue)
{
  ReeveWorker *self;

  g_return_val_if_fail (owner != NULL && !reeve_owner_is_closed (owner), NULL);
  g_return_val_if_fail (name != NULL, NULL);
  g_return_val_if_fail (threads > 0, NULL);

  self = g_new0 (ReeveWorker, 1);
  self->pool =
      reeve_worker_pool_new (self, reeve_engine_get_inbox (reeve_owner_get_engine (owner)));
  self->threads = g_ptr_array_new ();
  self->name = g_strdup (name);
  self->max_threads = threads;
  self->max_queue = max_queue;
  reeve_node_init (&self->jobs);
  reeve_item_join (&self->item, owner, REEVE_ITEM_WORKER, self->name, reeve_worker_end);
  return self;
}

/* Under the lock. */
static gboolean
reeve_worker_append (ReeveWorker *self, ReeveWorkerJob *job, GError **error)
{
  ReeveWorkerPool *pool = self->pool;

  if (pool->queued >= self->max_queue + self->max_threads - pool->running)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT,
                   "worker '%s' has %u jobs waiting already, its limit", self->name,
                   self->max_queue);
      return FALSE;
    }

  reeve_node_append (&pool->queue, &reeve_worker_job_ref (job)->queue_node);
  pool->queued++;
  if (!reeve_worker_ensure_thread (self, error))
    {
      reeve_node_remove (&job->queue_node);
      pool->queued--;
      reeve_worker_job_unref (job);
      return FALSE;
    }
  return TRUE;
}

/* Puts the job into the queue and sees to a thread for it, which is woken up without the lock that
 * it needs. */
static gboolean
reeve_worker_enqueue (ReeveWorker *self, ReeveWorkerJob *job, GError **error)
{
  ReeveWorkerPool *pool = self->pool;
  gboolean ok, wake;

  g_mutex_lock (&pool->lock);
  ok = reeve_worker_append (self, job, error);
  wake = ok && pool->sleeping > 0;
  g_mutex_unlock (&pool->lock);
  if (wake)
    g_cond_signal (&pool->work);
  return ok;
}

/**
 * reeve_worker_run_async:
 * @self: a worker
 * @func: runs on a thread of the worker
 * @data: (transfer full): for @func
 * @free_data: (nullable): frees @data on the main thread when @func has really returned, or will
 *   never be called
 * @free_result: (nullable): frees a result that nobody takes
 * @timeout_ms: from now on, waiting included; 0 for none
 * @cancellable: (nullable): answers the caller at once with REEVE_ERROR_CANCELLED; @func sees a
 *   cancellable of its own that is cancelled then, and at the deadline
 * @callback: runs on the main thread, never inside this call
 * @user_data: for @callback
 */
void
reeve_worker_run_async (ReeveWorker *self, ReeveWorkerFunc func, gpointer data,
                        GDestroyNotify free_data, GDestroyNotify free_result, guint timeout_ms,
                        GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  g_autoptr (GError) error = NULL;
  ReeveWorkerJob *job;

  g_return_if_fail (self != NULL);
  g_return_if_fail (func != NULL);

  g_task_set_source_tag (task, reeve_worker_run_async);
  g_task_set_check_cancellable (task, FALSE);

  job = g_new0 (ReeveWorkerJob, 1);
  g_atomic_ref_count_init (&job->ref_count);
  job->pool = reeve_worker_pool_ref (self->pool);
  reeve_node_init (&job->queue_node);
  reeve_node_init (&job->job_node);
  reeve_tick_init (&job->deadline, &self->item, reeve_worker_job_expired);
  job->cancellable = g_cancellable_new ();
  job->func = func;
  job->data = data;
  job->free_data = free_data;
  job->free_result = free_result;
  job->timeout_ms = timeout_ms;

  if (g_cancellable_is_cancelled (cancellable))
    g_set_error_literal (&error, REEVE_ERROR, REEVE_ERROR_CANCELLED, "the call was cancelled");
  if (error != NULL || !reeve_worker_enqueue (self, job, &error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      reeve_worker_job_unref (job);
      return;
    }

  job->task = g_steal_pointer (&task);
  reeve_node_append (&self->jobs, &job->job_node);
  if (timeout_ms > 0)
    reeve_tick_start (&job->deadline, timeout_ms);
  if (cancellable != NULL)
    {
      job->caller = g_object_ref (cancellable);
      job->caller_id =
          g_cancellable_connect (cancellable, G_CALLBACK (reeve_worker_job_cancelled_cb),
                                 reeve_worker_job_ref (job),
                                 (GDestroyNotify) reeve_worker_job_unref);
    }
}

/**
 * reeve_worker_run_finish:
 * @result: what the callback got
 * @error: what the function said, or LIMIT, TIMEOUT, CANCELLED, UNAVAILABLE of #REEVE_ERROR
 *
 * Returns: (transfer full) (nullable): the function's result
 */
gpointer
reeve_worker_run_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (G_IS_TASK (result), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, reeve_worker_run_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * reeve_worker_get_queued:
 * @self: a worker
 *
 * Returns: how many jobs wait because all threads have one
 */
guint
reeve_worker_get_queued (ReeveWorker *self)
{
  g_autoptr (GMutexLocker) locker = NULL;
  guint free_threads;

  g_return_val_if_fail (self != NULL, 0);

  locker = g_mutex_locker_new (&self->pool->lock);
  free_threads = self->max_threads - self->pool->running;
  return self->pool->queued > free_threads ? self->pool->queued - free_threads : 0;
}

/* Answers the caller, if there is one, and lets go of the job. */
static void
reeve_worker_drop_job (ReeveWorker *self, ReeveWorkerJob *job)
{
  if (job->task != NULL)
    reeve_worker_job_answer_later (job, self->item.engine,
                                   g_error_new (REEVE_ERROR, REEVE_ERROR_CANCELLED,
                                                "worker '%s' has ended", self->name));
  reeve_worker_job_forget (job);
}

/* Blocks until nothing runs or the time is over; real time, as threads know no other. */
static void
reeve_worker_wait (ReeveWorkerPool *pool, guint grace_ms)
{
  gint64 end = (gint64) (reeve_clock_measure_ns () / 1000) + (gint64) grace_ms * 1000;

  g_mutex_lock (&pool->lock);
  while (pool->running > 0 && grace_ms > 0)
    if (!g_cond_wait_until (&pool->idle, &pool->lock, end))
      break;
  g_mutex_unlock (&pool->lock);
}

/**
 * reeve_worker_free:
 * @self: (transfer full): a worker
 * @grace_ms: how long running jobs are waited for; blocks the main thread so long at most
 *
 * Jobs that wait are answered with REEVE_ERROR_CANCELLED; running ones are cancelled, answered with
 * their result if they end in time and abandoned else. All answers come in later turns.
 */
void
reeve_worker_free (ReeveWorker *self, guint grace_ms)
{
  ReeveWorkerPool *pool;
  ReeveNode *next;

  g_return_if_fail (self != NULL);

  pool = self->pool;
  g_mutex_lock (&pool->lock);
  pool->stopping = TRUE;
  g_cond_broadcast (&pool->work);
  g_mutex_unlock (&pool->lock);

  for (ReeveNode *node = self->jobs.next; node != &self->jobs; node = next)
    {
      ReeveWorkerJob *job = REEVE_NODE_OWNER (node, ReeveWorkerJob, job_node);

      next = node->next;
      if (reeve_worker_job_unqueue (job))
        {
          reeve_worker_drop_job (self, job);
          reeve_worker_job_unref (job);
        }
      else
        {
          g_cancellable_cancel (job->cancellable);
        }
    }

  reeve_worker_wait (pool, grace_ms);
  while (reeve_node_is_linked (&self->jobs))
    {
      ReeveWorkerJob *job = REEVE_NODE_OWNER (self->jobs.next, ReeveWorkerJob, job_node);

      if (reeve_worker_job_abandon (job))
        {
          reeve_owner_count_abandoned (self->item.owner, 1);
          reeve_worker_drop_job (self, job);
        }
      else
        {
          /* its end is on the way and answers whoever still waits */
          reeve_worker_job_forget (job);
        }
    }

  for (guint i = 0; i < self->threads->len; i++)
    g_thread_join (g_ptr_array_index (self->threads, i));
  pool->worker = NULL;
  reeve_worker_pool_unref (pool);
  reeve_item_leave (&self->item);
  g_ptr_array_unref (self->threads);
  g_free (self->name);
  g_free (self);
}
