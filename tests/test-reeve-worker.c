/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Workers: order, limits, deadlines, cancellation, and jobs that do not come back in time. */

#include "config.h"

#include "lib/test-engine.h"

#include "reeve/reeve-worker.h"

#include <string.h>

/* A door that jobs wait at. */
typedef struct
{
  GMutex lock;
  GCond cond;
  gboolean open;
  guint waiting;
} Gate;

typedef struct
{
  Gate *gate;
  GString *log; /* written on the threads in turn */
  char letter;
  gboolean heed; /* looks at the cancellable */
  guint freed;
  gboolean freed_elsewhere;
  GThread *main_thread;

  guint answers;
  char *result;
  GError *error;
} Job;

static void
gate_open (Gate *gate)
{
  g_mutex_lock (&gate->lock);
  gate->open = TRUE;
  g_cond_broadcast (&gate->cond);
  g_mutex_unlock (&gate->lock);
}

/* Until so many threads stand there. */
static void
gate_await (Gate *gate, guint n)
{
  g_mutex_lock (&gate->lock);
  while (gate->waiting < n)
    g_cond_wait (&gate->cond, &gate->lock);
  g_mutex_unlock (&gate->lock);
}

static void
gate_cancelled (GCancellable *cancellable, gpointer user_data)
{
  gate_open (user_data);
}

static gpointer
job_run (gpointer data, GCancellable *cancellable, GError **error)
{
  Job *job = data;
  gulong id = 0;

  if (job->gate != NULL)
    {
      if (job->heed)
        id = g_cancellable_connect (cancellable, G_CALLBACK (gate_cancelled), job->gate, NULL);
      g_mutex_lock (&job->gate->lock);
      job->gate->waiting++;
      g_cond_broadcast (&job->gate->cond);
      while (!job->gate->open)
        g_cond_wait (&job->gate->cond, &job->gate->lock);
      g_mutex_unlock (&job->gate->lock);
      if (job->heed)
        g_cancellable_disconnect (cancellable, id);
    }
  if (job->log != NULL)
    g_string_append_c (job->log, job->letter);
  if (job->letter == '!')
    {
      g_set_error_literal (error, REEVE_ERROR, REEVE_ERROR_CONFLICT, "told so");
      return NULL;
    }
  if (job->letter == '0')
    return NULL;
  return g_strdup_printf ("%c", job->letter);
}

static void
job_free (gpointer data)
{
  Job *job = data;

  job->freed++;
  job->freed_elsewhere = g_thread_self () != job->main_thread;
}

static void
job_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Job *job = user_data;

  job->answers++;
  job->result = reeve_worker_run_finish (result, &job->error);
}

static void
job_start (Job *job, ReeveWorker *worker, guint timeout_ms, GCancellable *cancellable)
{
  job->main_thread = g_thread_self ();
  reeve_worker_run_async (worker, job_run, job, job_free, g_free, timeout_ms, cancellable,
                          job_answered, job);
  g_assert_cmpuint (job->answers, ==, 0);
}

static void
job_clear (Job *job)
{
  g_free (job->result);
  g_clear_error (&job->error);
}

static void
iterate_until (TestEngine *f, const guint *count, guint target)
{
  while (*count < target)
    g_main_context_iteration (f->context, TRUE);
}

static ReeveOwnerUsage
get_usage (TestEngine *f)
{
  ReeveOwnerUsage usage;

  reeve_owner_get_usage (f->owner, &usage);
  return usage;
}

static void
set_up (TestEngine *f, gconstpointer data)
{
  test_engine_set_up (f, data);
  g_main_context_push_thread_default (f->context);
}

static void
tear_down (TestEngine *f, gconstpointer data)
{
  g_main_context_pop_thread_default (f->context);
  test_engine_tear_down (f, data);
}

static void
test_order (TestEngine *f, gconstpointer data)
{
  g_autoptr (GString) log = g_string_new (NULL);
  ReeveWorker *worker = reeve_owner_add_worker (f->owner, "order", 1, 100);
  Job jobs[26] = { 0 };

  g_assert_cmpuint (get_usage (f).workers, ==, 1);
  for (guint i = 0; i < 26; i++)
    {
      jobs[i].log = log;
      jobs[i].letter = (char) ('a' + i);
      job_start (&jobs[i], worker, 1000, NULL);
    }
  iterate_until (f, &jobs[25].freed, 1);
  g_assert_cmpstr (log->str, ==, "abcdefghijklmnopqrstuvwxyz");
  for (guint i = 0; i < 26; i++)
    {
      g_assert_cmpuint (jobs[i].answers, ==, 1);
      g_assert_no_error (jobs[i].error);
      g_assert_cmpint (jobs[i].result[0], ==, jobs[i].letter);
      g_assert_cmpuint (jobs[i].freed, ==, 1);
      g_assert_false (jobs[i].freed_elsewhere);
      job_clear (&jobs[i]);
    }
  reeve_worker_free (worker, 1000);
  g_assert_cmpuint (get_usage (f).workers, ==, 0);
  g_assert_cmpuint (get_usage (f).calls, >=, 26);
}

static void
test_results (TestEngine *f, gconstpointer data)
{
  ReeveWorker *worker = reeve_owner_add_worker (f->owner, "results", 2, 2);
  Job failing = { .letter = '!' }, nothing = { .letter = '0' };

  job_start (&failing, worker, 0, NULL);
  job_start (&nothing, worker, 0, NULL);
  iterate_until (f, &failing.answers, 1);
  iterate_until (f, &nothing.answers, 1);
  g_assert_error (failing.error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  g_assert_no_error (nothing.error);
  g_assert_null (nothing.result);
  job_clear (&failing);
  reeve_worker_free (worker, 1000);
}

static void
test_queue_limit (TestEngine *f, gconstpointer data)
{
  ReeveWorker *worker = reeve_owner_add_worker (f->owner, "limit", 2, 3);
  Gate gate = { 0 };
  Job jobs[6] = { 0 };

  for (guint i = 0; i < 6; i++)
    {
      jobs[i].gate = &gate;
      jobs[i].letter = 'x';
      job_start (&jobs[i], worker, 0, NULL);
    }
  g_assert_cmpuint (reeve_worker_get_queued (worker), ==, 3);
  iterate_until (f, &jobs[5].answers, 1);
  g_assert_error (jobs[5].error, REEVE_ERROR, REEVE_ERROR_LIMIT);
  g_assert_nonnull (strstr (jobs[5].error->message, "'limit'"));
  g_assert_cmpuint (jobs[5].freed, ==, 1);

  gate_await (&gate, 2);
  gate_open (&gate);
  for (guint i = 0; i < 5; i++)
    {
      iterate_until (f, &jobs[i].answers, 1);
      g_assert_cmpstr (jobs[i].result, ==, "x");
      job_clear (&jobs[i]);
    }
  job_clear (&jobs[5]);
  g_assert_cmpuint (reeve_worker_get_queued (worker), ==, 0);
  reeve_worker_free (worker, 1000);
}

static void
test_timeout (TestEngine *f, gconstpointer data)
{
  ReeveWorker *worker = reeve_owner_add_worker (f->owner, "hangs", 1, 10);
  Gate gate = { 0 };
  Job hung = { .gate = &gate, .letter = 'h' }, next = { .letter = 'n' };

  job_start (&hung, worker, 500, NULL);
  gate_await (&gate, 1);
  job_start (&next, worker, 1000, NULL);
  test_engine_turn (f);
  g_assert_cmpuint (hung.answers, ==, 0);

  g_test_expect_message ("reeve", G_LOG_LEVEL_WARNING, "*'hangs'*given up*");
  reeve_clock_advance (f->clock, 500 * MS);
  iterate_until (f, &hung.answers, 1);
  g_test_assert_expected_messages ();
  g_assert_error (hung.error, REEVE_ERROR, REEVE_ERROR_TIMEOUT);
  g_assert_cmpuint (hung.freed, ==, 0);
  g_assert_cmpuint (get_usage (f).abandoned, ==, 1);

  /* another thread took its place */
  iterate_until (f, &next.answers, 1);
  g_assert_cmpstr (next.result, ==, "n");

  gate_open (&gate);
  iterate_until (f, &hung.freed, 1);
  g_assert_false (hung.freed_elsewhere);
  g_assert_cmpuint (hung.answers, ==, 1);
  g_assert_cmpuint (get_usage (f).abandoned, ==, 0);
  job_clear (&hung);
  job_clear (&next);
  reeve_worker_free (worker, 1000);
}

static void
test_timeout_waiting (TestEngine *f, gconstpointer data)
{
  ReeveWorker *worker = reeve_owner_add_worker (f->owner, "waits", 1, 10);
  Gate gate = { 0 };
  Job first = { .gate = &gate, .letter = 'f' }, second = { .letter = 's' };

  job_start (&first, worker, 0, NULL);
  gate_await (&gate, 1);
  job_start (&second, worker, 10, NULL);
  reeve_clock_advance (f->clock, 10 * MS);
  iterate_until (f, &second.answers, 1);
  g_assert_error (second.error, REEVE_ERROR, REEVE_ERROR_TIMEOUT);
  g_assert_cmpuint (second.freed, ==, 1);
  g_assert_cmpuint (get_usage (f).abandoned, ==, 0);
  gate_open (&gate);
  iterate_until (f, &first.answers, 1);
  job_clear (&first);
  job_clear (&second);
  reeve_worker_free (worker, 1000);
}

/* When the last replacement hangs too, whoever waits is told, and a thread that comes back makes
 * room. */
static void
test_too_many_abandoned (TestEngine *f, gconstpointer data)
{
  ReeveWorker *worker = reeve_owner_add_worker (f->owner, "dead", 1, 10);
  Gate gate = { 0 };
  Job hung[REEVE_WORKER_MAX_ABANDONED] = { 0 };
  Job waiting = { .letter = 'w' }, late = { .letter = 'l' }, after = { .letter = 'a' };

  for (guint i = 0; i < REEVE_WORKER_MAX_ABANDONED; i++)
    {
      hung[i].gate = &gate;
      hung[i].letter = 'h';
      job_start (&hung[i], worker, 1, NULL);
      gate_await (&gate, i + 1);
      if (i == REEVE_WORKER_MAX_ABANDONED - 1)
        job_start (&waiting, worker, 0, NULL);
      g_test_expect_message ("reeve", G_LOG_LEVEL_WARNING, "*given up*");
      reeve_clock_advance (f->clock, MS);
      iterate_until (f, &hung[i].answers, 1);
    }
  g_test_assert_expected_messages ();
  iterate_until (f, &waiting.answers, 1);
  g_assert_error (waiting.error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE);
  job_start (&late, worker, 0, NULL);
  iterate_until (f, &late.answers, 1);
  g_assert_error (late.error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE);
  g_assert_cmpuint (get_usage (f).abandoned, ==, REEVE_WORKER_MAX_ABANDONED);

  gate_open (&gate);
  for (guint i = 0; i < REEVE_WORKER_MAX_ABANDONED; i++)
    {
      iterate_until (f, &hung[i].freed, 1);
      job_clear (&hung[i]);
    }
  g_assert_cmpuint (get_usage (f).abandoned, ==, 0);
  job_start (&after, worker, 0, NULL);
  iterate_until (f, &after.answers, 1);
  g_assert_cmpstr (after.result, ==, "a");
  job_clear (&waiting);
  job_clear (&late);
  job_clear (&after);
  reeve_worker_free (worker, 1000);
}

static gpointer
cancel_thread (gpointer data)
{
  g_cancellable_cancel (data);
  return NULL;
}

static void
test_cancel (TestEngine *f, gconstpointer data)
{
  g_autoptr (GCancellable) running = g_cancellable_new ();
  g_autoptr (GCancellable) waiting = g_cancellable_new ();
  ReeveWorker *worker = reeve_owner_add_worker (f->owner, "cancel", 1, 10);
  Gate gate = { 0 };
  Job first = { .gate = &gate, .letter = 'f', .heed = TRUE }, second = { .letter = 's' },
      third = { .letter = 't' };

  job_start (&first, worker, 1000, running);
  gate_await (&gate, 1);
  job_start (&second, worker, 1000, waiting);
  g_thread_join (g_thread_new ("cancel", cancel_thread, waiting));
  iterate_until (f, &second.answers, 1);
  g_assert_error (second.error, REEVE_ERROR, REEVE_ERROR_CANCELLED);
  g_assert_cmpuint (second.freed, ==, 1);
  g_assert_cmpuint (first.answers, ==, 0);

  /* answered inside of no call; its function sees it too */
  g_cancellable_cancel (running);
  g_assert_cmpuint (first.answers, ==, 0);
  iterate_until (f, &first.answers, 1);
  g_assert_error (first.error, REEVE_ERROR, REEVE_ERROR_CANCELLED);
  iterate_until (f, &first.freed, 1);

  job_start (&third, worker, 1000, running);
  iterate_until (f, &third.answers, 1);
  g_assert_error (third.error, REEVE_ERROR, REEVE_ERROR_CANCELLED);
  g_assert_cmpuint (third.freed, ==, 1);
  job_clear (&first);
  job_clear (&second);
  job_clear (&third);
  reeve_worker_free (worker, 1000);
}

static void
test_free (TestEngine *f, gconstpointer data)
{
  ReeveWorker *worker = reeve_owner_add_worker (f->owner, "free", 1, 10);
  Gate gate = { 0 };
  Job running = { .gate = &gate, .letter = 'r', .heed = TRUE }, waiting = { .letter = 'w' };

  job_start (&running, worker, 1000, NULL);
  gate_await (&gate, 1);
  job_start (&waiting, worker, 1000, NULL);
  /* ends in its time of grace since it heeds the cancellable, and its answer is good */
  reeve_worker_free (worker, 60000);
  g_assert_cmpuint (running.answers + waiting.answers, ==, 0);
  iterate_until (f, &running.answers, 1);
  iterate_until (f, &waiting.answers, 1);
  g_assert_cmpstr (running.result, ==, "r");
  g_assert_error (waiting.error, REEVE_ERROR, REEVE_ERROR_CANCELLED);
  iterate_until (f, &running.freed, 1);
  iterate_until (f, &waiting.freed, 1);
  job_clear (&running);
  job_clear (&waiting);
}

static void
test_free_hung (TestEngine *f, gconstpointer data)
{
  ReeveWorker *worker = reeve_owner_add_worker (f->owner, "hung", 1, 10);
  Gate gate = { 0 };
  Job hung = { .gate = &gate, .letter = 'h' };

  job_start (&hung, worker, 1000, NULL);
  gate_await (&gate, 1);
  reeve_worker_free (worker, GPOINTER_TO_UINT (data));
  g_assert_cmpuint (hung.answers, ==, 0);
  iterate_until (f, &hung.answers, 1);
  g_assert_error (hung.error, REEVE_ERROR, REEVE_ERROR_CANCELLED);
  g_assert_cmpuint (hung.freed, ==, 0);
  g_assert_cmpuint (get_usage (f).abandoned, ==, 1);
  gate_open (&gate);
  iterate_until (f, &hung.freed, 1);
  job_clear (&hung);
}

static void
test_owner_closes (TestEngine *f, gconstpointer data)
{
  ReeveWorker *worker = reeve_owner_add_worker (f->owner, "left", 1, 10);
  g_auto (GStrv) lines = NULL;
  Job job = { .letter = 'j' };

  job_start (&job, worker, 0, NULL);
  lines = reeve_owner_close (f->owner);
  g_assert_cmpstr (lines[0], ==, "worker 'left'");
  iterate_until (f, &job.answers, 1);
  iterate_until (f, &job.freed, 1);
  job_clear (&job);
}

#define ADD(path, func, data) g_test_add (path, TestEngine, data, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/worker/order", test_order, NULL);
  ADD ("/worker/results", test_results, NULL);
  ADD ("/worker/queue-limit", test_queue_limit, NULL);
  ADD ("/worker/timeout", test_timeout, NULL);
  ADD ("/worker/timeout-waiting", test_timeout_waiting, NULL);
  ADD ("/worker/too-many-abandoned", test_too_many_abandoned, NULL);
  ADD ("/worker/cancel", test_cancel, NULL);
  ADD ("/worker/free", test_free, NULL);
  ADD ("/worker/free-hung", test_free_hung, GUINT_TO_POINTER (0));
  ADD ("/worker/free-hung-grace", test_free_hung, GUINT_TO_POINTER (30));
  ADD ("/worker/owner-closes", test_owner_closes, NULL);
  return g_test_run ();
}
