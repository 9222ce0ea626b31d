/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The threads' half of a worker: a locked queue that threads share and keep alive, since one that
 * hangs in a system call may come back long after its worker, its owner and even the engine are
 * gone. */

#include "config.h"

#include "reeve-worker-private.h"

ReeveWorkerPool *
reeve_worker_pool_new (ReeveWorker *worker, ReeveInbox *inbox)
{
  ReeveWorkerPool *self = g_new0 (ReeveWorkerPool, 1);

  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->lock);
  g_cond_init (&self->work);
  g_cond_init (&self->idle);
  reeve_node_init (&self->queue);
  self->inbox = reeve_inbox_ref (inbox);
  self->worker = worker;
  return self;
}

ReeveWorkerPool *
reeve_worker_pool_ref (ReeveWorkerPool *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
reeve_worker_pool_unref (ReeveWorkerPool *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  reeve_inbox_unref (self->inbox);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->work);
  g_cond_clear (&self->idle);
  g_free (self);
}

ReeveWorkerJob *
reeve_worker_job_ref (ReeveWorkerJob *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
reeve_worker_job_unref (ReeveWorkerJob *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  if (self->result != NULL && self->free_result != NULL)
    self->free_result (self->result);
  if (self->data != NULL && self->free_data != NULL)
    self->free_data (self->data);
  g_clear_error (&self->error);
  g_object_unref (self->cancellable);
  reeve_worker_pool_unref (self->pool);
  g_free (self);
}

/* Runs one job with the lock released around its function. FALSE: this thread was given up. */
static gboolean
reeve_worker_run_job (ReeveWorkerPool *self, ReeveWorkerJob *job)
{
  gboolean abandoned;

  job->state = REEVE_WORKER_JOB_RUNNING;
  job->thread = g_thread_self ();
  self->running++;
  g_mutex_unlock (&self->lock);

  job->result = job->func (job->data, job->cancellable, &job->error);

  g_mutex_lock (&self->lock);
  abandoned = job->state == REEVE_WORKER_JOB_ABANDONED;
  job->state = REEVE_WORKER_JOB_DONE;
  if (!abandoned)
    self->running--;
  /* each signal is a call of the kernel's: only who ends the worker waits */
  if (self->stopping)
    g_cond_signal (&self->idle);
  g_mutex_unlock (&self->lock);

  /* without an engine this thread is the last one to know of the job */
  if (!reeve_inbox_post (self->inbox, reeve_worker_job_ended, job))
    reeve_worker_job_unref (job);
  g_mutex_lock (&self->lock);
  return !abandoned;
}

gpointer
reeve_worker_thread (gpointer data)
{
  ReeveWorkerPool *self = data;
  gboolean wanted = TRUE;

  g_mutex_lock (&self->lock);
  while (wanted)
    {
      if (self->stopping)
        {
          break;
        }
      else if (reeve_node_is_linked (&self->queue))
        {
          ReeveWorkerJob *job = REEVE_NODE_OWNER (self->queue.next, ReeveWorkerJob, queue_node);

          reeve_node_remove (&job->queue_node);
          self->queued--;
          wanted = reeve_worker_run_job (self, job);
        }
      else
        {
          self->sleeping++;
          g_cond_wait (&self->work, &self->lock);
          self->sleeping--;
        }
    }
  g_mutex_unlock (&self->lock);
  reeve_worker_pool_unref (self);
  return NULL;
}

/* Takes a job that has not begun out of the queue; its queue's reference goes. */
gboolean
reeve_worker_job_unqueue (ReeveWorkerJob *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->pool->lock);

  if (!reeve_node_is_linked (&self->queue_node))
    return FALSE;

  reeve_node_remove (&self->queue_node);
  self->pool->queued--;
  return TRUE;
}

/* Its thread is not waited for any more. FALSE when it has come to an end meanwhile. */
gboolean
reeve_worker_job_abandon (ReeveWorkerJob *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->pool->lock);

  if (self->state != REEVE_WORKER_JOB_RUNNING)
    return FALSE;

  self->state = REEVE_WORKER_JOB_ABANDONED;
  self->pool->running--;
  self->pool->threads--;
  /* lets it go: nobody will join it */
  g_ptr_array_remove_fast (self->pool->worker->threads, self->thread);
  g_thread_unref (self->thread);
  return TRUE;
}
