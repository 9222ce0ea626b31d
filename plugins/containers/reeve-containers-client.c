/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The agent's end of the probe's socket. A question waits for its turn, dials, writes one line,
 * takes what comes until the announced length is there and has it decoded by the worker. One timer
 * bounds all of that.
 */

#include "config.h"

#include "reeve-containers-client.h"

#include <string.h>

#include "reeve-containers-answer.h"

/* Decoding a long list takes a while, a short one must not wait for it. */
#define REEVE_CONTAINERS_CLIENT_THREADS 2

typedef struct
{
  guint refs;
  ReeveContainersClient *client; /* NULL once it has ended */
  const ReeveContainersQuestion *question;
  char *id;
  GTask *task;
  ReeveTimer *timer;         /* NULL while it waits */
  GCancellable *cancellable; /* of its dialling and decoding */
  ReeveStream *stream;
  GByteArray *bytes;
  ReeveContainersAnswerHead head;
  gboolean has_head;
  gulong cancelled_id; /* of the caller's cancellable */
} ReeveContainersJob;

struct _ReeveContainersClient
{
  ReeveContext *context;
  char *path;
  char *address;
  ReeveWorker *worker;
  GQueue waiting;     /* of ReeveContainersJob, a reference each */
  GPtrArray *running; /* likewise */
  gint64 away_until;  /* monotonic; nobody is asked before */
};

static void reeve_containers_client_next (ReeveContainersClient *self);

/* ---- jobs ---- */

static ReeveContainersJob *
reeve_containers_job_ref (ReeveContainersJob *job)
{
  job->refs++;
  return job;
}

static void
reeve_containers_job_unref (gpointer data)
{
  ReeveContainersJob *job = data;

  if (--job->refs > 0)
    return;
  g_byte_array_unref (job->bytes);
  g_object_unref (job->cancellable);
  g_clear_object (&job->task);
  g_free (job->id);
  g_free (job);
}

/* Takes the job out of the client and lets the next one have its place; the task is the caller's to
 * end. */
static GTask *
reeve_containers_job_leave (ReeveContainersJob *job)
{
  ReeveContainersClient *client = job->client;
  GTask *task = g_steal_pointer (&job->task);

  job->client = NULL;
  if (job->cancelled_id != 0)
    g_signal_handler_disconnect (g_task_get_cancellable (task), job->cancelled_id);
  g_clear_pointer (&job->timer, reeve_timer_free);
  if (job->stream != NULL)
    reeve_stream_abort (job->stream);
  g_clear_pointer (&job->stream, reeve_stream_unref);
  g_cancellable_cancel (job->cancellable);
  if (!g_ptr_array_remove (client->running, job))
    g_queue_remove (&client->waiting, job);
  reeve_containers_job_unref (job);
  reeve_containers_client_next (client);
  return task;
}

static gint64
reeve_containers_client_now (ReeveContainersClient *self)
{
  return reeve_clock_get_monotonic (reeve_context_get_clock (self->context));
}

/* Ends it with @error, which is taken. */
static void
reeve_containers_job_fail (ReeveContainersJob *job, GError *error)
{
  g_autoptr (GTask) task = NULL;

  if (g_error_matches (error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE))
    job->client->away_until = reeve_containers_client_now (job->client) + REEVE_CONTAINERS_AWAY_US;
  task = reeve_containers_job_leave (job);
  g_task_return_error (task, error);
}

static void
reeve_containers_job_timer_cb (G_GNUC_UNUSED ReeveTimer *timer, gpointer user_data)
{
  ReeveContainersJob *job = user_data;

  reeve_containers_job_fail (job, g_error_new (REEVE_ERROR, REEVE_ERROR_TIMEOUT,
                                               "no answer to '%s' within %u ms",
                                               job->question->verb, job->question->timeout_ms));
}

static void
reeve_containers_job_give_up (gpointer user_data)
{
  ReeveContainersJob *job = user_data;

  if (job->client != NULL)
    reeve_containers_job_fail (job, g_error_new_literal (REEVE_ERROR, REEVE_ERROR_CANCELLED,
                                                         "cancelled"));
}

/* Not in the midst of the cancelling: what ends here may end him who cancels. */
static void
reeve_containers_job_cancelled_cb (G_GNUC_UNUSED GCancellable *cancellable, gpointer user_data)
{
  ReeveContainersJob *job = user_data;

  reeve_context_defer (job->client->context, reeve_containers_job_give_up,
                       reeve_containers_job_ref (job), reeve_containers_job_unref);
}

/* ---- the answer ---- */

/* What a worker's thread gets: bytes, and how to read them. */
typedef struct
{
  const ReeveContainersQuestion *question;
  ReeveContainersAnswerHead head;
  GByteArray *bytes; /* ends with a NUL that is not counted */
} ReeveContainersDecoding;

static void
reeve_containers_decoding_free (gpointer data)
{
  ReeveContainersDecoding *self = data;

  g_byte_array_unref (self->bytes);
  g_free (self);
}

static gpointer
reeve_containers_client_decode_thread (gpointer data, G_GNUC_UNUSED GCancellable *cancellable,
                                       GError **error)
{
  const ReeveContainersDecoding *self = data;
  ReeveContainersAnswer answer = { self->head.status, self->head.kind,
                                   (const char *) self->bytes->data + self->head.skipped,
                                   self->head.length };
  gpointer decoded = self->question->decode (&answer);

  if (decoded == NULL)
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_PROTOCOL,
                 "the engine's answer to '%s' makes no sense", self->question->verb);
  return decoded;
}

static void
reeve_containers_client_decoded_cb (G_GNUC_UNUSED GObject *source, GAsyncResult *result,
                                    gpointer user_data)
{
  ReeveContainersJob *job = user_data;
  GDestroyNotify free_decoded = job->question->free;
  GError *error = NULL;
  gpointer decoded = reeve_worker_run_finish (result, &error);

  if (job->client == NULL)
    {
      if (decoded != NULL)
        free_decoded (decoded);
      g_clear_error (&error);
    }
  else if (decoded == NULL)
    reeve_containers_job_fail (job, error);
  else
    {
      g_autoptr (GTask) task = reeve_containers_job_leave (job);

      g_task_return_pointer (task, decoded, free_decoded);
    }
  reeve_containers_job_unref (job);
}

static GError *
reeve_containers_job_judge (const ReeveContainersJob *job)
{
  switch (job->head.status)
    {
    case 200:
    case 206:
      return NULL;
    case 404:
      return g_error_new_literal (REEVE_ERROR, REEVE_ERROR_NOT_FOUND, "no such container");
    case 503:
      return g_error_new_literal (REEVE_ERROR, REEVE_ERROR_UNAVAILABLE,
                                  "the probe finds no container engine");
    case 504:
      return g_error_new (REEVE_ERROR, REEVE_ERROR_TIMEOUT,
                          "the container engine did not answer '%s' in time", job->question->verb);
    default:
      return g_error_new (REEVE_ERROR, REEVE_ERROR_PROTOCOL,
                          "the container engine answered '%s' with %u", job->question->verb,
                          job->head.status);
    }
}

/* All bytes are there. */
static void
reeve_containers_job_complete (ReeveContainersJob *job)
{
  ReeveContainersDecoding *decoding;
  GError *error = reeve_containers_job_judge (job);

  if (error != NULL)
    {
      reeve_containers_job_fail (job, error);
      return;
    }
  reeve_stream_abort (job->stream);
  g_clear_pointer (&job->stream, reeve_stream_unref);
  decoding = g_new0 (ReeveContainersDecoding, 1);
  decoding->question = job->question;
  decoding->head = job->head;
  decoding->bytes = g_byte_array_ref (job->bytes);
  g_byte_array_append (decoding->bytes, (const guint8 *) "", 1);
  reeve_worker_run_async (job->client->worker, reeve_containers_client_decode_thread, decoding,
                          reeve_containers_decoding_free, job->question->free,
                          job->question->timeout_ms, job->cancellable,
                          reeve_containers_client_decoded_cb, reeve_containers_job_ref (job));
}

static gsize
reeve_containers_job_data_cb (ReeveStream *stream, guint8 *data, gsize length, gpointer user_data)
{
  ReeveContainersJob *job = user_data;
  gboolean bad = FALSE;

  if (length > job->question->max_bytes + REEVE_CONTAINERS_ANSWER_MAX_LINE - job->bytes->len)
    {
      reeve_containers_job_fail (job,
                                 g_error_new (REEVE_ERROR, REEVE_ERROR_LIMIT,
                                              "the answer to '%s' has more than %" G_GSIZE_FORMAT
                                              " bytes",
                                              job->question->verb, job->question->max_bytes));
      return length;
    }
  g_byte_array_append (job->bytes, data, (guint) length);
  if (!job->has_head)
    job->has_head = reeve_containers_answer_parse ((const char *) job->bytes->data, job->bytes->len,
                                                   &job->head, &bad);
  if (bad)
    reeve_containers_job_fail (job, g_error_new_literal (REEVE_ERROR, REEVE_ERROR_PROTOCOL,
                                                         "what answers is not the probe"));
  else if (job->has_head && job->bytes->len >= job->head.skipped + job->head.length)
    reeve_containers_job_complete (job);
  return length;
}

static void
reeve_containers_job_closed_cb (ReeveStream *stream, const GError *error, gpointer user_data)
{
  reeve_containers_job_fail (user_data, g_error_new_literal (REEVE_ERROR, REEVE_ERROR_UNAVAILABLE,
                                                             "the probe ended the connection"));
}

/* ---- its turn ---- */

static void
reeve_containers_client_dialled_cb (G_GNUC_UNUSED GObject *source, GAsyncResult *result,
                                    gpointer user_data)
{
  static const ReeveStreamFuncs funcs = { .data = reeve_containers_job_data_cb,
                                          .closed = reeve_containers_job_closed_cb };
  ReeveContainersJob *job = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (ReeveStream) stream = reeve_context_dial_finish (NULL, result, &error);
  g_autofree char *line = NULL;

  if (job->client == NULL)
    {
      if (stream != NULL)
        reeve_stream_abort (stream);
    }
  else if (stream == NULL)
    reeve_containers_job_fail (job, g_error_new (REEVE_ERROR, REEVE_ERROR_UNAVAILABLE,
                                                 "no probe: %s", error->message));
  else
    {
      line = g_strdup_printf (job->id != NULL ? "%s %s\n" : "%s%s\n", job->question->verb,
                              job->id != NULL ? job->id : "");
      job->stream = reeve_stream_ref (stream);
      reeve_stream_set_funcs (stream, &funcs, job);
      reeve_stream_write (stream, line, strlen (line));
    }
  reeve_containers_job_unref (job);
}

static void
reeve_containers_client_next (ReeveContainersClient *self)
{
  while (self->running->len < REEVE_CONTAINERS_MAX_ASKING && !g_queue_is_empty (&self->waiting))
    {
      ReeveContainersJob *job = g_queue_pop_head (&self->waiting);

      g_ptr_array_add (self->running, job);
      job->timer =
          reeve_context_add_timer (self->context, "ask", reeve_containers_job_timer_cb, job);
      if (job->timer != NULL)
        reeve_timer_start (job->timer, job->question->timeout_ms);
      reeve_context_dial_async (self->context, "probe", self->address, job->question->timeout_ms,
                                job->cancellable, reeve_containers_client_dialled_cb,
                                reeve_containers_job_ref (job));
    }
}

void
reeve_containers_client_ask_async (ReeveContainersClient *self,
                                   const ReeveContainersQuestion *question, const char *id,
                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  ReeveContainersJob *job;

  g_task_set_source_tag (task, reeve_containers_client_ask_async);
  if (g_task_return_error_if_cancelled (task))
    return;
  if (reeve_containers_client_is_away (self))
    {
      g_task_return_new_error (
          task, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE,
          "no container engine was found a moment ago: asked again in %d s",
          (int) ((self->away_until - reeve_containers_client_now (self)) / G_USEC_PER_SEC) + 1);
      return;
    }
  if (g_queue_get_length (&self->waiting) >= REEVE_CONTAINERS_MAX_WAITING)
    {
      g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_LIMIT,
                               "%d questions wait for the probe already",
                               REEVE_CONTAINERS_MAX_WAITING);
      return;
    }
  job = g_new0 (ReeveContainersJob, 1);
  job->refs = 1;
  job->client = self;
  job->question = question;
  job->id = g_strdup (id);
  job->task = g_object_ref (task);
  job->cancellable = g_cancellable_new ();
  job->bytes = g_byte_array_new ();
  if (cancellable != NULL)
    job->cancelled_id = g_signal_connect (cancellable, "cancelled",
                                          G_CALLBACK (reeve_containers_job_cancelled_cb), job);
  if (question->urgent)
    g_queue_push_head (&self->waiting, job);
  else
    g_queue_push_tail (&self->waiting, job);
  reeve_containers_client_next (self);
}

gpointer
reeve_containers_client_ask_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

gboolean
reeve_containers_client_is_away (ReeveContainersClient *self)
{
  return reeve_containers_client_now (self) < self->away_until;
}

const char *
reeve_containers_client_get_path (ReeveContainersClient *self)
{
  return self->path;
}

/* ---- life ---- */

ReeveContainersClient *
reeve_containers_client_new (ReeveContext *context, const char *path)
{
  ReeveContainersClient *self = g_new0 (ReeveContainersClient, 1);

  self->context = context;
  self->path = g_strdup (path);
  self->address = g_strconcat ("unix:", path, NULL);
  self->worker = reeve_context_add_worker (context, "decode", REEVE_CONTAINERS_CLIENT_THREADS,
                                           REEVE_CONTAINERS_MAX_ASKING + 1);
  g_queue_init (&self->waiting);
  self->running = g_ptr_array_new ();
  return self;
}

void
reeve_containers_client_free (ReeveContainersClient *self)
{
  GQueue ended = G_QUEUE_INIT;
  ReeveContainersJob *job;

  /* none begins in the place of one that ends */
  while ((job = g_queue_pop_head (&self->waiting)) != NULL)
    g_queue_push_tail (&ended, job);
  while ((job = g_queue_pop_head (&ended)) != NULL || self->running->len > 0)
    reeve_containers_job_fail (job != NULL ? job : g_ptr_array_index (self->running, 0),
                               g_error_new_literal (REEVE_ERROR, REEVE_ERROR_GONE, "stopped"));
  reeve_worker_free (self->worker, 0);
  g_ptr_array_unref (self->running);
  g_free (self->address);
  g_free (self->path);
  g_free (self);
}
