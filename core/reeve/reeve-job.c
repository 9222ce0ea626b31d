/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The jobs of a process: what runs, and what became of the last ones. */

#include "config.h"

#include "reeve-job.h"

#include <string.h>

#include "reeve-clock.h"
#include "reeve-context.h"
#include "reeve-error.h"
#include "reeve-runtime-private.h"

struct _ReeveJob
{
  ReeveJobs *jobs;
  ReeveContext *context; /* whose it is, not owned; NULL once ended */
  char id[17];
  char *plugin;
  char *operation;
  char *object;
  char *title;
  char *step;
  char *error;
  const char *state;
  double progress;
  gint64 began; /* wall clock, microseconds */
  gint64 ended; /* 0: it runs */
  GCancellable *cancellable;
};

struct _ReeveJobs
{
  GQueue all; /* of ReeveJob, newest first */
  guint n_running;
  guint n_ended;
};

static void
reeve_job_free (ReeveJob *self)
{
  g_free (self->plugin);
  g_free (self->operation);
  g_free (self->object);
  g_free (self->title);
  g_free (self->step);
  g_free (self->error);
  g_clear_object (&self->cancellable);
  g_free (self);
}

ReeveJobs *
reeve_jobs_new (void)
{
  ReeveJobs *self = g_new0 (ReeveJobs, 1);

  g_queue_init (&self->all);
  return self;
}

void
reeve_jobs_free (ReeveJobs *self)
{
  g_queue_clear_full (&self->all, (GDestroyNotify) reeve_job_free);
  g_free (self);
}

static ReeveJob *
reeve_jobs_find (ReeveJobs *self, const char *id)
{
  for (GList *l = self->all.head; l != NULL; l = l->next)
    if (strcmp (((ReeveJob *) l->data)->id, id) == 0)
      return l->data;
  return NULL;
}

static char *
reeve_job_cut (const char *text)
{
  return g_utf8_strlen (text, -1) > REEVE_JOB_MAX_TEXT
             ? g_utf8_substring (text, 0, REEVE_JOB_MAX_TEXT)
             : g_strdup (text);
}

/* ---- for plugins ---- */

ReeveJob *
reeve_context_begin_job (ReeveContext *self, const char *operation, const char *object,
                         GCancellable *cancellable, const char *title, GError **error)
{
  ReeveJobs *jobs = reeve_runtime_get_jobs (reeve_context_get_runtime (self));
  ReeveJob *job;

  if (reeve_context_is_closed (self))
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_GONE, "the plugin has stopped");
      return NULL;
    }
  if (jobs->n_running >= REEVE_JOB_MAX_RUNNING)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT,
                   "%d jobs run already: try again when one has ended", REEVE_JOB_MAX_RUNNING);
      return NULL;
    }
  job = g_new0 (ReeveJob, 1);
  do
    g_snprintf (job->id, sizeof job->id, "%08x%08x", g_random_int (), g_random_int ());
  while (reeve_jobs_find (jobs, job->id) != NULL);
  job->jobs = jobs;
  job->context = self;
  job->plugin = g_strdup (reeve_context_get_name (self));
  job->operation = g_strdup (operation);
  job->object = g_strdup (object);
  job->title = reeve_job_cut (title);
  job->step = g_strdup ("");
  job->error = g_strdup ("");
  job->state = "running";
  job->began = reeve_clock_get_wall (reeve_context_get_clock (self));
  job->cancellable = cancellable != NULL ? g_object_ref (cancellable) : NULL;
  g_queue_push_head (&jobs->all, job);
  jobs->n_running++;
  return job;
}

const char *
reeve_job_get_id (ReeveJob *self)
{
  return self->id;
}

void
reeve_job_set_progress (ReeveJob *self, double share, const char *step)
{
  self->progress = CLAMP (share, 0, 1);
  g_free (self->step);
  self->step = reeve_job_cut (step);
}

/* The oldest of those that have ended make room. */
static void
reeve_jobs_trim (ReeveJobs *self)
{
  for (GList *l = self->all.tail, *previous; l != NULL && self->n_ended > REEVE_JOB_MAX_ENDED;
       l = previous)
    {
      ReeveJob *job = l->data;

      previous = l->prev;
      if (job->ended == 0)
        continue;
      g_queue_delete_link (&self->all, l);
      self->n_ended--;
      reeve_job_free (job);
    }
}

static void
reeve_job_note_end (ReeveJob *self, const GError *error)
{
  gboolean cancelled =
      error != NULL && (g_error_matches (error, REEVE_ERROR, REEVE_ERROR_CANCELLED) ||
                        g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED));

  self->ended = MAX (reeve_clock_get_wall (reeve_context_get_clock (self->context)), 1);
  self->context = NULL;
  g_clear_object (&self->cancellable);
  self->state = cancelled ? "cancelled" : error != NULL ? "failed" : "done";
  if (error != NULL)
    {
      g_free (self->error);
      self->error = g_strdup (error->message);
    }
  else
    reeve_job_set_progress (self, 1, "");
  self->jobs->n_running--;
  self->jobs->n_ended++;
}

void
reeve_job_end (ReeveJob *self, const GError *error)
{
  g_return_if_fail (self->ended == 0);

  reeve_job_note_end (self, error);
  reeve_jobs_trim (self->jobs);
}

void
reeve_jobs_end_context (ReeveJobs *self, ReeveContext *context)
{
  g_autoptr (GError) error = g_error_new (REEVE_ERROR, REEVE_ERROR_GONE, "its plugin has stopped");

  for (GList *l = self->all.head; l != NULL; l = l->next)
    if (((ReeveJob *) l->data)->context == context)
      reeve_job_note_end (l->data, error);
  /* not before: it takes rows out of the list */
  reeve_jobs_trim (self);
}

/* ---- for those who show them ---- */

static GVariant *
reeve_job_to_variant (ReeveJob *self)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "id", "s", self->id);
  g_variant_dict_insert (&dict, "plugin", "s", self->plugin);
  g_variant_dict_insert (&dict, "operation", "s", self->operation);
  g_variant_dict_insert (&dict, "object", "s", self->object);
  g_variant_dict_insert (&dict, "title", "s", self->title);
  g_variant_dict_insert (&dict, "step", "s", self->step);
  g_variant_dict_insert (&dict, "state", "s", self->state);
  g_variant_dict_insert (&dict, "error", "s", self->error);
  g_variant_dict_insert (&dict, "progress", "d", self->progress);
  g_variant_dict_insert (&dict, "can_cancel", "b", self->cancellable != NULL);
  g_variant_dict_insert (&dict, "began", "d", self->began / 1e6);
  if (self->ended != 0)
    g_variant_dict_insert (&dict, "ended", "d", self->ended / 1e6);
  return g_variant_dict_end (&dict);
}

GVariant *
reeve_context_list_jobs (ReeveContext *self)
{
  ReeveJobs *jobs = reeve_runtime_get_jobs (reeve_context_get_runtime (self));
  GVariantBuilder rows;

  g_variant_builder_init (&rows, G_VARIANT_TYPE ("aa{sv}"));
  for (GList *l = jobs->all.head; l != NULL; l = l->next)
    g_variant_builder_add_value (&rows, reeve_job_to_variant (l->data));
  return g_variant_builder_end (&rows);
}

static ReeveJob *
reeve_context_find_job (ReeveContext *self, const char *id, GError **error)
{
  ReeveJob *job = reeve_jobs_find (reeve_runtime_get_jobs (reeve_context_get_runtime (self)), id);

  if (job == NULL)
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND,
                 "there is no such job, or it ended long ago");
  return job;
}

GVariant *
reeve_context_get_job (ReeveContext *self, const char *id, GError **error)
{
  ReeveJob *job = reeve_context_find_job (self, id, error);

  return job != NULL ? reeve_job_to_variant (job) : NULL;
}

gboolean
reeve_context_cancel_job (ReeveContext *self, const char *id, GError **error)
{
  ReeveJob *job = reeve_context_find_job (self, id, error);

  if (job == NULL)
    return FALSE;
  if (job->ended != 0)
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_GONE, "the job has ended");
  else if (job->cancellable == NULL)
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_UNSUPPORTED, "'%s' cannot be cancelled",
                 job->title);
  else
    {
      g_cancellable_cancel (job->cancellable);
      return TRUE;
    }
  return FALSE;
}
