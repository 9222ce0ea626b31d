/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* HTTP to operations. Nothing is decided here: which operation is meant says its row, whether the
 * subject may say the dispatch function through which every call goes. */

#include "config.h"

#include "reeve-web-ui-api-private.h"

#include <string.h>

#include "reeve-web-ui-answer.h"
#include "reeve-web-ui-arguments.h"
#include "reeve-web-ui-openapi.h"

struct _ReeveWebUiApi
{
  grefcount refs; /* held by its user and by each call */
  ReeveContext *context;
  GPtrArray *entries; /* of ReeveWebUiApiEntry */
  guint watch;
  ReeveWebUiAnswers *answers;
  GFunc changed;
  gpointer changed_data;
};

static void
reeve_web_ui_api_entry_free (ReeveWebUiApiEntry *self)
{
  g_strfreev (self->segments);
  g_free (self);
}

static gboolean
reeve_web_ui_api_is_variable (const char *segment)
{
  return segment[0] == '{';
}

static gboolean
reeve_web_ui_api_is_variable_of (const char *segment, const char *name)
{
  gsize length = strlen (name);

  return strlen (segment) == length + 2 && segment[0] == '{' && segment[length + 1] == '}' &&
         strncmp (segment + 1, name, length) == 0;
}

gboolean
reeve_web_ui_api_entry_has_variable (const ReeveWebUiApiEntry *entry, const char *name)
{
  for (guint i = 0; entry->segments[i] != NULL; i++)
    if (reeve_web_ui_api_is_variable_of (entry->segments[i], name))
      return TRUE;
  return FALSE;
}

/* Each variable names an argument. */
static gboolean
reeve_web_ui_api_entry_is_sound (const ReeveWebUiApiEntry *entry)
{
  GDBusArgInfo **args = entry->method->in_args;

  for (guint i = 0; entry->segments[i] != NULL; i++)
    {
      gboolean found = !reeve_web_ui_api_is_variable (entry->segments[i]);

      for (guint j = 0; !found && args != NULL && args[j] != NULL; j++)
        found = reeve_web_ui_api_is_variable_of (entry->segments[i], args[j]->name);
      if (!found)
        return FALSE;
    }
  return TRUE;
}

static void
reeve_web_ui_api_add (ReeveWebUiApi *self, ReeveOperations *provider, const ReeveOperationRow *row)
{
  ReeveWebUiApiEntry *entry;

  if (self->entries->len == REEVE_WEB_UI_API_MAX)
    {
      reeve_log_warning (self->context, "%s of %s is not served: there are %d operations already",
                         row->http_path, reeve_provider_get_name (provider), REEVE_WEB_UI_API_MAX);
      return;
    }
  entry = g_new0 (ReeveWebUiApiEntry, 1);
  entry->provider = provider;
  entry->row = row;
  entry->method =
      g_dbus_interface_info_lookup_method (reeve_operations_get_info (provider), row->method);
  entry->segments = g_strsplit (row->http_path, "/", -1);
  for (guint i = 0; entry->segments[i] != NULL; i++)
    if (!reeve_web_ui_api_is_variable (entry->segments[i]))
      entry->n_plain++;
  if (reeve_web_ui_api_entry_is_sound (entry))
    {
      g_ptr_array_add (self->entries, entry);
      return;
    }
  reeve_log_warning (self->context, "%s of %s is not served: a variable is no argument of %s",
                     row->http_path, reeve_provider_get_name (provider), row->method);
  reeve_web_ui_api_entry_free (entry);
}

static void
reeve_web_ui_api_added_cb (gpointer provider, const char *key, gpointer user_data)
{
  ReeveWebUiApi *self = user_data;
  const ReeveOperationRow *rows;
  g_autoptr (GError) error = NULL;

  if (!reeve_operations_check (provider, &error))
    {
      reeve_log_warning (self->context, "the operations of %s are not served: %s",
                         reeve_provider_get_name (provider), error->message);
      return;
    }
  rows = reeve_operations_get_rows (provider);
  for (guint i = 0; rows[i].method != NULL; i++)
    if (rows[i].http_verb != NULL && rows[i].http_path != NULL)
      reeve_web_ui_api_add (self, provider, &rows[i]);
}

static void
reeve_web_ui_api_removed_cb (gpointer provider, const char *key, gpointer user_data)
{
  ReeveWebUiApi *self = user_data;

  for (guint i = self->entries->len; i-- > 0;)
    if (((ReeveWebUiApiEntry *) g_ptr_array_index (self->entries, i))->provider == provider)
      g_ptr_array_remove_index (self->entries, i);
}

ReeveWebUiApi *
reeve_web_ui_api_new (ReeveContext *context)
{
  ReeveWebUiApi *self = g_new0 (ReeveWebUiApi, 1);

  g_ref_count_init (&self->refs);
  self->context = context;
  self->entries = g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_web_ui_api_entry_free);
  self->answers = reeve_web_ui_answers_new (context);
  self->watch = reeve_context_watch (context, REEVE_TYPE_OPERATIONS, reeve_web_ui_api_added_cb,
                                     reeve_web_ui_api_removed_cb, self);
  return self;
}

static void
reeve_web_ui_api_unref (ReeveWebUiApi *self)
{
  if (!g_ref_count_dec (&self->refs))
    return;
  g_ptr_array_unref (self->entries);
  g_free (self);
}

void
reeve_web_ui_api_free (ReeveWebUiApi *self)
{
  if (self == NULL)
    return;
  reeve_context_unwatch (self->context, self->watch);
  g_ptr_array_set_size (self->entries, 0);
  g_clear_pointer (&self->answers, reeve_web_ui_answers_free);
  self->changed = NULL;
  reeve_web_ui_api_unref (self);
}

void
reeve_web_ui_api_set_changed_func (ReeveWebUiApi *self, GFunc func, gpointer user_data)
{
  self->changed = func;
  self->changed_data = user_data;
}

/* ---- which operation ---- */

static gboolean
reeve_web_ui_api_entry_fits (const ReeveWebUiApiEntry *entry, const char *const *segments)
{
  guint i;

  for (i = 0; entry->segments[i] != NULL && segments[i] != NULL; i++)
    if (reeve_web_ui_api_is_variable (entry->segments[i])
            ? segments[i][0] == '\0'
            : strcmp (entry->segments[i], segments[i]) != 0)
      return FALSE;
  return entry->segments[i] == NULL && segments[i] == NULL;
}

/* The row with the fewest variables. */
static const ReeveWebUiApiEntry *
reeve_web_ui_api_find (ReeveWebUiApi *self, const char *verb, const char *const *segments)
{
  const ReeveWebUiApiEntry *best = NULL;

  for (guint i = 0; i < self->entries->len; i++)
    {
      const ReeveWebUiApiEntry *entry = g_ptr_array_index (self->entries, i);

      if (strcmp (entry->row->http_verb, verb) == 0 &&
          reeve_web_ui_api_entry_fits (entry, segments) &&
          (best == NULL || entry->n_plain > best->n_plain))
        best = entry;
    }
  return best;
}

/* Names without braces to decoded texts; NULL with an error. (transfer full) */
static GHashTable *
reeve_web_ui_api_get_variables (const ReeveWebUiApiEntry *entry, const char *const *segments,
                                GError **error)
{
  g_autoptr (GHashTable) variables =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  for (guint i = 0; entry->segments[i] != NULL; i++)
    {
      const char *name = entry->segments[i];
      char *text;

      if (!reeve_web_ui_api_is_variable (name))
        continue;
      text = g_uri_unescape_string (segments[i], NULL);
      if (text == NULL || !g_utf8_validate (text, -1, NULL))
        {
          g_free (text);
          g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID, "the path is malformed");
          return NULL;
        }
      g_hash_table_insert (variables, g_strndup (name + 1, strlen (name) - 2), text);
    }
  return g_steal_pointer (&variables);
}

/* ---- answers ---- */

ReeveHttpResponse *
reeve_web_ui_api_make_problem (ReeveHttpRequest *request, const GError *error)
{
  const char *kind = reeve_subject_get_kind (reeve_http_request_get_subject (request));
  ReeveHttpResponse *response;

  if (!g_error_matches (error, REEVE_ERROR, REEVE_ERROR_DENIED) ||
      strcmp (kind, REEVE_SUBJECT_NONE) != 0)
    return reeve_http_response_new_problem (error);
  response = reeve_http_response_new_refusal (401, "sign-in", "Sign in first", error->message);
  reeve_http_response_add_header (response, "WWW-Authenticate", "Bearer");
  return response;
}

static void
reeve_web_ui_api_return (GTask *task, ReeveHttpResponse *response)
{
  g_task_return_pointer (task, response, (GDestroyNotify) reeve_http_response_unref);
}

/* The attributes with which a browser takes a name that begins with "__Host-". */
static void
reeve_web_ui_api_set_cookie (ReeveHttpResponse *response, const char *token)
{
  g_autofree char *cookie =
      g_strdup_printf (REEVE_HTTP_SESSION_COOKIE "=%s; Path=/; Secure; HttpOnly; SameSite=Strict%s",
                       token, *token == '\0' ? "; Max-Age=0" : "");

  reeve_http_response_add_header (response, "Set-Cookie", cookie);
}

/* ---- one call ---- */

typedef struct
{
  ReeveWebUiApi *api;
  GDBusMethodInfo *method;
  ReeveOperationFlags flags;
  ReeveHttpRequest *request;
} ReeveWebUiApiCall;

static void
reeve_web_ui_api_call_free (ReeveWebUiApiCall *self)
{
  reeve_http_request_unref (self->request);
  reeve_web_ui_api_unref (self->api);
  g_free (self);
}

/* Over TLS a session is a cookie; over plain loopback it cannot be, since every other server of
 * this machine would be sent it. With its end the browser forgets what it kept to be told "the same
 * as before" (ETag). */
static void
reeve_web_ui_api_call_return_session (ReeveWebUiApiCall *self, GVariant *value, GTask *task)
{
  gboolean secure = reeve_http_request_is_secure (self->request);
  gboolean begins = secure && self->flags & REEVE_OPERATION_BEGINS_SESSION;
  g_autoptr (GBytes) json =
      reeve_web_ui_answer_make_json (self->method, value, begins ? "token" : NULL);
  ReeveHttpResponse *response = reeve_http_response_new (200, "application/json", json);

  reeve_http_response_add_header (response, "Cache-Control", "no-store");
  for (guint i = 0; begins && self->method->out_args[i] != NULL; i++)
    if (strcmp (self->method->out_args[i]->name, "token") == 0)
      {
        const char *token;

        g_variant_get_child (value, i, "&s", &token);
        reeve_web_ui_api_set_cookie (response, token);
      }
  if (self->flags & REEVE_OPERATION_ENDS_SESSION)
    reeve_http_response_add_header (response, "Clear-Site-Data", "\"cache\"");
  if (secure && self->flags & REEVE_OPERATION_ENDS_SESSION)
    reeve_web_ui_api_set_cookie (response, "");
  reeve_web_ui_api_return (task, response);
}

static void
reeve_web_ui_api_call_return (ReeveWebUiApiCall *self, GVariant *value, GTask *task)
{
  if (self->flags & (REEVE_OPERATION_BEGINS_SESSION | REEVE_OPERATION_ENDS_SESSION))
    {
      reeve_web_ui_api_call_return_session (self, value, task);
      return;
    }
  if (self->api->answers == NULL)
    {
      g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_GONE, "the page has stopped");
      return;
    }
  reeve_web_ui_answers_return_value (self->api->answers, self->request, self->method, value, task);
}

static void
reeve_web_ui_api_called_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ReeveWebUiApiCall *call = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) value =
      reeve_operations_call_finish (REEVE_OPERATIONS (source), result, &error);

  if (value == NULL)
    {
      reeve_web_ui_api_return (task, reeve_web_ui_api_make_problem (call->request, error));
      return;
    }
  reeve_web_ui_api_call_return (call, value, task);
  if (strcmp (reeve_http_request_get_method (call->request), "GET") != 0 &&
      call->api->changed != NULL)
    call->api->changed (call->api, call->api->changed_data);
}

/* ---- what is refused before ---- */

/* The verbs of all rows that fit. (transfer full) (nullable) */
static char *
reeve_web_ui_api_list_verbs (ReeveWebUiApi *self, const char *const *segments)
{
  g_autoptr (GPtrArray) verbs = g_ptr_array_new ();

  for (guint i = 0; i < self->entries->len; i++)
    {
      const ReeveWebUiApiEntry *entry = g_ptr_array_index (self->entries, i);

      if (reeve_web_ui_api_entry_fits (entry, segments) &&
          !g_ptr_array_find_with_equal_func (verbs, entry->row->http_verb, g_str_equal, NULL))
        g_ptr_array_add (verbs, (gpointer) entry->row->http_verb);
    }
  if (verbs->len == 0)
    return NULL;
  g_ptr_array_add (verbs, NULL);
  return g_strjoinv (", ", (char **) verbs->pdata);
}

static ReeveHttpResponse *
reeve_web_ui_api_refuse_path (ReeveWebUiApi *self, const char *const *segments)
{
  g_autofree char *verbs = reeve_web_ui_api_list_verbs (self, segments);
  g_autofree char *detail = NULL;
  ReeveHttpResponse *response;

  if (verbs == NULL)
    return reeve_http_response_new_refusal (404, "not-found", "Not found",
                                            "there is nothing under this path");
  detail = g_strdup_printf ("this path takes %s", verbs);
  response = reeve_http_response_new_refusal (405, "method", "Method not allowed", detail);
  reeve_http_response_add_header (response, "Allow", verbs);
  return response;
}

/* NULL: what it sends and wants to be sent is what we have. */
static ReeveHttpResponse *
reeve_web_ui_api_refuse_forms (ReeveHttpRequest *request)
{
  const char *packed = reeve_http_request_get_header (request, "content-encoding");

  if (!reeve_web_ui_answer_is_acceptable (reeve_http_request_get_header (request, "accept")))
    return reeve_http_response_new_refusal (406, "not-acceptable", "Not acceptable",
                                            "answers are application/json");
  if (g_bytes_get_size (reeve_http_request_get_body (request)) == 0)
    return NULL;
  if (packed != NULL && g_ascii_strcasecmp (packed, "identity") != 0)
    return reeve_http_response_new_refusal (415, "media-type", "Unsupported media type",
                                            "the body must not be packed");
  if (!reeve_web_ui_arguments_has_json (request))
    return reeve_http_response_new_refusal (415, "media-type", "Unsupported media type",
                                            "the body's Content-Type must be application/json");
  return NULL;
}

/* ---- what is asked ---- */

void
reeve_web_ui_api_describe (ReeveWebUiApi *self, ReeveHttpRequest *request, GTask *task)
{
  ReeveHttpResponse *refusal = reeve_web_ui_api_refuse_forms (request);
  g_autoptr (GBytes) json = NULL;

  if (refusal != NULL)
    {
      reeve_web_ui_api_return (task, refusal);
      return;
    }
  json = reeve_web_ui_openapi_make (self->entries);
  reeve_web_ui_answers_return_json (self->answers, request, json, task);
}

void
reeve_web_ui_api_handle (ReeveWebUiApi *self, ReeveHttpRequest *request, GTask *task)
{
  g_auto (GStrv) segments = g_strsplit (reeve_http_request_get_path (request), "/", -1);
  const ReeveWebUiApiEntry *entry =
      reeve_web_ui_api_find (self, reeve_http_request_get_method (request),
                             (const char *const *) segments);
  g_autoptr (GHashTable) variables = NULL;
  g_autoptr (GVariant) arguments = NULL;
  g_autoptr (GError) error = NULL;
  ReeveHttpResponse *refusal;
  ReeveWebUiApiCall *call;

  refusal = entry == NULL ? reeve_web_ui_api_refuse_path (self, (const char *const *) segments)
                          : reeve_web_ui_api_refuse_forms (request);
  if (refusal != NULL)
    {
      reeve_web_ui_api_return (task, refusal);
      return;
    }
  variables = reeve_web_ui_api_get_variables (entry, (const char *const *) segments, &error);
  if (variables != NULL)
    arguments = reeve_web_ui_arguments_parse (entry->method, variables, request, &error);
  if (arguments == NULL)
    {
      reeve_web_ui_api_return (task, reeve_web_ui_api_make_problem (request, error));
      return;
    }
  call = g_new0 (ReeveWebUiApiCall, 1);
  g_ref_count_inc (&self->refs);
  call->api = self;
  call->method = entry->method;
  call->flags = entry->row->flags;
  call->request = reeve_http_request_ref (request);
  g_task_set_task_data (task, call, (GDestroyNotify) reeve_web_ui_api_call_free);
  reeve_operations_call_async (entry->provider, self->context, entry->row->method, arguments,
                               reeve_http_request_get_subject (request),
                               g_task_get_cancellable (task), reeve_web_ui_api_called_cb,
                               g_object_ref (task));
}
