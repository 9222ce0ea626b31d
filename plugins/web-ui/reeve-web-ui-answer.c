/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A history of a megabyte takes tens of milliseconds to write, hash and pack: that is a worker's,
 * and the hub goes on with its agents. What is done within a fraction of one is done at once. */

#include "config.h"

#include "reeve-web-ui-answer.h"

#include <gio/gio.h>
#include <string.h>

#include "reeve-web-ui-assets.h"

#define REEVE_WEB_UI_ANSWER_THREADS 2
#define REEVE_WEB_UI_ANSWER_QUEUE 64
#define REEVE_WEB_UI_ANSWER_TIMEOUT_MS 10000
#define REEVE_WEB_UI_ANSWER_GRACE_MS 200
/* Bytes of a value, or of text, up to which the way to a worker and back costs more than it saves:
 * of what is packed, which is most of the work, and of what is not. */
#define REEVE_WEB_UI_ANSWER_SMALL_PACKED 512
#define REEVE_WEB_UI_ANSWER_SMALL (32 * 1024)
/* Columns of numbers gain little from more. */
#define REEVE_WEB_UI_ANSWER_LEVEL 3

struct _ReeveWebUiAnswers
{
  ReeveWorker *worker;
};

/* What an operation has returned, or what is text already; counted, from any thread. */
typedef struct
{
  GDBusMethodInfo *method;
  GVariant *value; /* NULL once taken: it is freed by whoever has made text of it */
  GBytes *json;
} ReeveWebUiAnswerContent;

typedef struct
{
  ReeveWebUiAnswerContent *content;
  char *known; /* If-None-Match, or NULL */
  gboolean gzip;
} ReeveWebUiAnswerJob;

typedef struct
{
  GBytes *json;
  char *tag;      /* NULL: none */
  GBytes *packed; /* NULL: as it was */
  gboolean known;
} ReeveWebUiAnswerResult;

typedef struct
{
  GTask *task;
  ReeveWebUiAnswerContent *content;
} ReeveWebUiAnswerCall;

static void
reeve_web_ui_answer_content_clear (gpointer data)
{
  ReeveWebUiAnswerContent *self = data;

  g_clear_pointer (&self->value, g_variant_unref);
  g_clear_pointer (&self->json, g_bytes_unref);
}

static void
reeve_web_ui_answer_content_unref (ReeveWebUiAnswerContent *self)
{
  g_atomic_rc_box_release_full (self, reeve_web_ui_answer_content_clear);
}

static void
reeve_web_ui_answer_job_free (gpointer data)
{
  ReeveWebUiAnswerJob *self = data;

  reeve_web_ui_answer_content_unref (self->content);
  g_free (self->known);
  g_free (self);
}

static void
reeve_web_ui_answer_result_free (gpointer data)
{
  ReeveWebUiAnswerResult *self = data;

  g_clear_pointer (&self->json, g_bytes_unref);
  g_free (self->tag);
  g_clear_pointer (&self->packed, g_bytes_unref);
  g_free (self);
}

ReeveWebUiAnswers *
reeve_web_ui_answers_new (ReeveContext *context)
{
  ReeveWebUiAnswers *self = g_new0 (ReeveWebUiAnswers, 1);

  self->worker = reeve_context_add_worker (context, "answers", REEVE_WEB_UI_ANSWER_THREADS,
                                           REEVE_WEB_UI_ANSWER_QUEUE);
  return self;
}

void
reeve_web_ui_answers_free (ReeveWebUiAnswers *self)
{
  reeve_worker_free (self->worker, REEVE_WEB_UI_ANSWER_GRACE_MS);
  g_free (self);
}

/* ---- on any thread ---- */

GBytes *
reeve_web_ui_answer_make_json (GDBusMethodInfo *method, GVariant *value, const char *hide)
{
  /* numbers take as many characters as they had bytes, more or less */
  GString *json = g_string_sized_new (g_variant_get_size (value) + 64);
  gsize n = g_variant_n_children (value);

  g_string_append_c (json, '{');

  for (gsize i = 0; i < n && method->out_args != NULL && method->out_args[i] != NULL; i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (value, i);

      if (i > 0)
        g_string_append_c (json, ',');
      reeve_json_append_string (json, method->out_args[i]->name);
      g_string_append_c (json, ':');
      if (hide != NULL && strcmp (method->out_args[i]->name, hide) == 0)
        g_string_append (json, "\"\"");
      else
        reeve_json_append_variant (json, child);
    }
  g_string_append_c (json, '}');
  return g_string_free_to_bytes (json);
}

static gsize
reeve_web_ui_answer_content_get_size (const ReeveWebUiAnswerContent *self)
{
  return self->json != NULL ? g_bytes_get_size (self->json) : g_variant_get_size (self->value);
}

/* NULL: another thread is at it. (transfer full) */
static GBytes *
reeve_web_ui_answer_content_take_json (ReeveWebUiAnswerContent *self)
{
  g_autoptr (GVariant) value = NULL;

  if (self->json != NULL)
    return g_bytes_ref (self->json);
  value = g_atomic_pointer_exchange (&self->value, NULL);
  return value != NULL ? reeve_web_ui_answer_make_json (self->method, value, NULL) : NULL;
}

/* ---- on the worker, and of small answers on the main thread ---- */

GBytes *
reeve_web_ui_answer_pack (GBytes *json, int level)
{
  g_autoptr (GZlibCompressor) compressor =
      g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, level);
  g_autoptr (GOutputStream) memory = g_memory_output_stream_new_resizable ();
  g_autoptr (GOutputStream) stream =
      g_converter_output_stream_new (memory, G_CONVERTER (compressor));

  if (!g_output_stream_write_all (stream, g_bytes_get_data (json, NULL), g_bytes_get_size (json),
                                  NULL, NULL, NULL) ||
      !g_output_stream_close (stream, NULL, NULL))
    return NULL;
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (memory));
}

static ReeveWebUiAnswerResult *
reeve_web_ui_answer_job_run (const ReeveWebUiAnswerJob *job)
{
  ReeveWebUiAnswerResult *result = g_new0 (ReeveWebUiAnswerResult, 1);
  g_autofree char *sum = NULL;

  result->json = reeve_web_ui_answer_content_take_json (job->content);
  if (result->json == NULL || g_bytes_get_size (result->json) < REEVE_WEB_UI_ANSWER_TAG_MIN)
    return result;
  sum = reeve_digest_make_hex (result->json);
  /* packed or not it says the same, so the tag is a weak one */
  result->tag = g_strdup_printf ("\"%.32s\"", sum);
  result->known = reeve_web_ui_assets_matches (job->known, result->tag);
  if (!result->known && job->gzip &&
      g_bytes_get_size (result->json) >= REEVE_WEB_UI_ANSWER_GZIP_MIN)
    result->packed = reeve_web_ui_answer_pack (result->json, REEVE_WEB_UI_ANSWER_LEVEL);
  return result;
}

static gpointer
reeve_web_ui_answer_thread (gpointer data, G_GNUC_UNUSED GCancellable *cancellable,
                            G_GNUC_UNUSED GError **error)
{
  return reeve_web_ui_answer_job_run (data);
}

/* ---- on the main thread ---- */

static void
reeve_web_ui_answer_return (GTask *task, ReeveHttpResponse *response)
{
  g_task_return_pointer (task, response, (GDestroyNotify) reeve_http_response_unref);
}

static ReeveHttpResponse *
reeve_web_ui_answer_make_plain (GBytes *json)
{
  ReeveHttpResponse *response = reeve_http_response_new (200, "application/json", json);

  reeve_http_response_add_header (response, "Cache-Control", "no-store");
  return response;
}

static ReeveHttpResponse *
reeve_web_ui_answer_make (const ReeveWebUiAnswerResult *result)
{
  g_autofree char *tag = g_strconcat ("W/", result->tag, NULL);
  GBytes *body = result->packed != NULL ? result->packed : result->json;
  ReeveHttpResponse *response = result->known
                                    ? reeve_http_response_new (304, NULL, NULL)
                                    : reeve_http_response_new (200, "application/json", body);

  if (!result->known && result->packed != NULL)
    reeve_http_response_add_header (response, "Content-Encoding", "gzip");
  reeve_http_response_add_header (response, "ETag", tag);
  reeve_http_response_add_header (response, "Vary", "Accept-Encoding");
  reeve_http_response_add_header (response, "Cache-Control", "private, no-cache");
  return response;
}

static void
reeve_web_ui_answer_return_result (GTask *task, const ReeveWebUiAnswerResult *result)
{
  reeve_web_ui_answer_return (task, result->tag != NULL
                                        ? reeve_web_ui_answer_make (result)
                                        : reeve_web_ui_answer_make_plain (result->json));
}

static void
reeve_web_ui_answer_done_cb (G_GNUC_UNUSED GObject *source, GAsyncResult *async, gpointer user_data)
{
  ReeveWebUiAnswerCall *call = user_data;
  g_autoptr (GError) error = NULL;
  ReeveWebUiAnswerResult *result = reeve_worker_run_finish (async, &error);

  g_autoptr (GBytes) json = NULL;

  /* a worker that has too much to do is no reason to have no answer */
  if (result == NULL)
    json = reeve_web_ui_answer_content_take_json (call->content);
  if (result != NULL)
    reeve_web_ui_answer_return_result (call->task, result);
  else if (json != NULL)
    reeve_web_ui_answer_return (call->task, reeve_web_ui_answer_make_plain (json));
  else
    g_task_return_error (call->task, g_steal_pointer (&error));
  g_clear_pointer (&result, reeve_web_ui_answer_result_free);
  g_object_unref (call->task);
  reeve_web_ui_answer_content_unref (call->content);
  g_free (call);
}

/* @content: (transfer full) */
static void
reeve_web_ui_answers_return (ReeveWebUiAnswers *self, ReeveHttpRequest *request,
                             ReeveWebUiAnswerContent *content, GTask *task)
{
  const char *accept = reeve_http_request_get_header (request, "accept-encoding");
  ReeveWebUiAnswerJob *job;
  ReeveWebUiAnswerCall *call;

  if (strcmp (reeve_http_request_get_method (request), "GET") != 0)
    {
      g_autoptr (GBytes) json = reeve_web_ui_answer_content_take_json (content);

      reeve_web_ui_answer_return (task, reeve_web_ui_answer_make_plain (json));
      reeve_web_ui_answer_content_unref (content);
      return;
    }
  job = g_new0 (ReeveWebUiAnswerJob, 1);
  job->content = g_atomic_rc_box_acquire (content);
  job->known = g_strdup (reeve_http_request_get_header (request, "if-none-match"));
  job->gzip = reeve_web_ui_assets_accepts (accept, "gzip");
  if (reeve_web_ui_answer_content_get_size (content) <=
      (job->gzip ? REEVE_WEB_UI_ANSWER_SMALL_PACKED : REEVE_WEB_UI_ANSWER_SMALL))
    {
      ReeveWebUiAnswerResult *result = reeve_web_ui_answer_job_run (job);

      reeve_web_ui_answer_return_result (task, result);
      reeve_web_ui_answer_result_free (result);
      reeve_web_ui_answer_job_free (job);
      reeve_web_ui_answer_content_unref (content);
      return;
    }
  call = g_new0 (ReeveWebUiAnswerCall, 1);
  call->task = g_object_ref (task);
  call->content = content;
  reeve_worker_run_async (self->worker, reeve_web_ui_answer_thread, job,
                          reeve_web_ui_answer_job_free, reeve_web_ui_answer_result_free,
                          REEVE_WEB_UI_ANSWER_TIMEOUT_MS, NULL, reeve_web_ui_answer_done_cb, call);
}

void
reeve_web_ui_answers_return_json (ReeveWebUiAnswers *self, ReeveHttpRequest *request, GBytes *json,
                                  GTask *task)
{
  ReeveWebUiAnswerContent *content = g_atomic_rc_box_new0 (ReeveWebUiAnswerContent);

  content->json = g_bytes_ref (json);
  reeve_web_ui_answers_return (self, request, content, task);
}

void
reeve_web_ui_answers_return_value (ReeveWebUiAnswers *self, ReeveHttpRequest *request,
                                   GDBusMethodInfo *method, GVariant *value, GTask *task)
{
  ReeveWebUiAnswerContent *content = g_atomic_rc_box_new0 (ReeveWebUiAnswerContent);

  content->method = method;
  content->value = g_variant_ref (value);
  reeve_web_ui_answers_return (self, request, content, task);
}

/* ---- Accept ---- */

/* Negative: @type is not in the list. */
static double
reeve_web_ui_answer_get_quality (const char *accept, const char *type)
{
  g_auto (GStrv) ranges = g_strsplit (accept, ",", -1);

  for (guint i = 0; ranges[i] != NULL; i++)
    {
      g_auto (GStrv) parts = g_strsplit (ranges[i], ";", -1);
      double quality = 1;

      if (parts[0] == NULL || g_ascii_strcasecmp (g_strstrip (parts[0]), type) != 0)
        continue;
      for (guint j = 1; parts[j] != NULL; j++)
        if (g_ascii_strncasecmp (g_strstrip (parts[j]), "q=", 2) == 0)
          quality = g_ascii_strtod (parts[j] + 2, NULL);
      return MAX (quality, 0);
    }
  return -1;
}

gboolean
reeve_web_ui_answer_is_acceptable (const char *accept)
{
  static const char *const types[] = { "application/json", "application/*", "*/*" };

  if (accept == NULL)
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      double quality = reeve_web_ui_answer_get_quality (accept, types[i]);

      if (quality >= 0)
        return quality > 0;
    }
  return FALSE;
}
