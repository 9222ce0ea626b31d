/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Jobs: what goes on after its operation has answered, and what is said of it. */

#include "config.h"

#include <reeve/reeve.h>
#include <string.h>

#include "lib/reeve-mock-host.h"

static void
assert_state (ReeveContext *context, const char *id, const char *state, double progress)
{
  g_autoptr (GVariant) job = reeve_context_get_job (context, id, NULL);
  const char *text;
  double share;

  g_assert_nonnull (job);
  g_assert_true (g_variant_lookup (job, "state", "&s", &text));
  g_assert_cmpstr (text, ==, state);
  g_assert_true (g_variant_lookup (job, "progress", "d", &share));
  g_assert_cmpfloat (share, ==, progress);
}

static void
test_life (void)
{
  g_autoptr (ReeveMockHost) host = reeve_mock_host_new ("hub", TRUE);
  ReeveContext *context = reeve_mock_host_get_context (host);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL, gone = NULL, fixed = NULL, unknown = NULL;
  g_autoptr (GVariant) rows = NULL;
  g_autofree char *id = NULL, *other_id = NULL;
  ReeveJob *job, *other;

  job = reeve_context_begin_job (context, "Test1.Work", "x", cancellable, "Works", &error);
  g_assert_no_error (error);
  id = g_strdup (reeve_job_get_id (job));
  g_assert_cmpuint (strlen (id), ==, 16);
  assert_state (context, id, "running", 0);
  reeve_job_set_progress (job, 7, "half way");
  assert_state (context, id, "running", 1);
  reeve_job_set_progress (job, 0.5, "half way");
  assert_state (context, id, "running", 0.5);

  other = reeve_context_begin_job (context, "Test1.Work", "y", NULL, "Works on", &error);
  other_id = g_strdup (reeve_job_get_id (other));
  g_assert_false (reeve_context_cancel_job (context, other_id, &fixed));
  g_assert_error (fixed, REEVE_ERROR, REEVE_ERROR_UNSUPPORTED);
  g_assert_true (reeve_context_cancel_job (context, id, &error));
  g_assert_true (g_cancellable_set_error_if_cancelled (cancellable, &error));
  reeve_job_end (job, error);
  assert_state (context, id, "cancelled", 0.5);
  g_assert_false (reeve_context_cancel_job (context, id, &gone));
  g_assert_error (gone, REEVE_ERROR, REEVE_ERROR_GONE);
  reeve_job_end (other, NULL);
  assert_state (context, other_id, "done", 1);
  g_assert_null (reeve_context_get_job (context, "0", &unknown));
  g_assert_error (unknown, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
  rows = g_variant_ref_sink (reeve_context_list_jobs (context));
  g_assert_cmpuint (g_variant_n_children (rows), ==, 2);
}

static void
test_limits (void)
{
  g_autoptr (ReeveMockHost) host = reeve_mock_host_new ("hub", TRUE);
  ReeveContext *context = reeve_mock_host_get_context (host);
  ReeveJob *jobs[REEVE_JOB_MAX_RUNNING];
  g_autofree char *first = NULL, *last = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) rows = NULL;

  for (guint i = 0; i < REEVE_JOB_MAX_RUNNING; i++)
    jobs[i] = reeve_context_begin_job (context, "Test1.Work", "", NULL, "Works", NULL);
  g_assert_null (reeve_context_begin_job (context, "Test1.Work", "", NULL, "Works", &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT);
  first = g_strdup (reeve_job_get_id (jobs[0]));
  last = g_strdup (reeve_job_get_id (jobs[REEVE_JOB_MAX_RUNNING - 1]));
  for (guint i = 0; i < REEVE_JOB_MAX_RUNNING; i++)
    reeve_job_end (jobs[i], NULL);
  rows = g_variant_ref_sink (reeve_context_list_jobs (context));
  g_assert_cmpuint (g_variant_n_children (rows), ==, REEVE_JOB_MAX_ENDED);
  g_assert_null (reeve_context_get_job (context, first, NULL));
  assert_state (context, last, "done", 1);
}

/* A plugin that stops leaves nothing that seems to run. */
static void
test_context_end (void)
{
  g_autoptr (ReeveMockHost) host = reeve_mock_host_new ("hub", TRUE);
  g_autoptr (ReeveContext) context =
      reeve_context_new (reeve_mock_host_get_runtime (host), "worker", NULL, NULL);
  g_autofree char *id = g_strdup (
      reeve_job_get_id (reeve_context_begin_job (context, "Test1.Work", "", NULL, "Works", NULL)));
  g_autoptr (GError) error = NULL;

  g_strfreev (reeve_context_close (context));
  assert_state (reeve_mock_host_get_context (host), id, "failed", 0);
  g_assert_null (reeve_context_begin_job (context, "Test1.Work", "", NULL, "Works", &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_GONE);
}

/* One that ends with its plugin makes an older one go, which stands next to it. */
static void
test_context_end_trims (void)
{
  g_autoptr (ReeveMockHost) host = reeve_mock_host_new ("hub", TRUE);
  ReeveContext *context = reeve_mock_host_get_context (host);
  g_autoptr (ReeveContext) other =
      reeve_context_new (reeve_mock_host_get_runtime (host), "worker", NULL, NULL);
  ReeveJob *job = reeve_context_begin_job (context, "Test1.Work", "", NULL, "Works", NULL);
  g_autofree char *oldest = g_strdup (reeve_job_get_id (job));
  g_autofree char *running = NULL;
  g_autoptr (GVariant) rows = NULL;

  reeve_job_end (job, NULL);
  running = g_strdup (
      reeve_job_get_id (reeve_context_begin_job (other, "Test1.Work", "", NULL, "Works", NULL)));
  for (guint i = 1; i < REEVE_JOB_MAX_ENDED; i++)
    reeve_job_end (reeve_context_begin_job (context, "Test1.Work", "", NULL, "Works", NULL), NULL);
  g_strfreev (reeve_context_close (other));
  assert_state (context, running, "failed", 0);
  g_assert_null (reeve_context_get_job (context, oldest, NULL));
  rows = g_variant_ref_sink (reeve_context_list_jobs (context));
  g_assert_cmpuint (g_variant_n_children (rows), ==, REEVE_JOB_MAX_ENDED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/job/life", test_life);
  g_test_add_func ("/job/limits", test_limits);
  g_test_add_func ("/job/context-end", test_context_end);
  g_test_add_func ("/job/context-end-trims", test_context_end_trims);
  return g_test_run ();
}
