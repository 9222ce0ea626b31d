/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Requests and answers as plain values between whoever owns the sockets and whoever has the
 * content. */

#include "config.h"

#include "reeve-http.h"

#include <string.h>

#include "reeve-error.h"

typedef struct
{
  char *name;
  char *value;
} ReeveHttpHeader;

struct _ReeveHttpRequest
{
  grefcount refs;
  char *method;
  char *path;
  GPtrArray *query; /* of ReeveHttpHeader, decoded */
  GPtrArray *headers;
  GBytes *body;
  ReeveSubject *subject;
  char *peer;
  char *base;
  gboolean secure;
};

struct _ReeveHttpResponse
{
  grefcount refs;
  guint status;
  char *content_type;
  GBytes *body;
  GPtrArray *headers;
  gboolean stream;
  gboolean over;  /* finished, closed or broken off */
  gsize pending;  /* bytes pushed and not yet sent */
  GQueue waiting; /* of GBytes, while nobody takes them */
  ReeveHttpPushFunc push;
  gpointer push_data;
  GFunc closed;
  gpointer closed_data;
};

G_DEFINE_BOXED_TYPE (ReeveHttpRequest, reeve_http_request, reeve_http_request_ref,
                     reeve_http_request_unref)
G_DEFINE_BOXED_TYPE (ReeveHttpResponse, reeve_http_response, reeve_http_response_ref,
                     reeve_http_response_unref)

static ReeveHttpHeader *
reeve_http_header_new (const char *name, const char *value)
{
  ReeveHttpHeader *self = g_new0 (ReeveHttpHeader, 1);

  self->name = g_strdup (name);
  self->value = g_strdup (value);
  return self;
}

static void
reeve_http_header_free (ReeveHttpHeader *self)
{
  g_free (self->name);
  g_free (self->value);
  g_free (self);
}

static const char *
reeve_http_headers_find (GPtrArray *headers, const char *name, gboolean any_case)
{
  for (guint i = 0; i < headers->len; i++)
    {
      ReeveHttpHeader *header = g_ptr_array_index (headers, i);

      if ((any_case ? g_ascii_strcasecmp (header->name, name) : strcmp (header->name, name)) == 0)
        return header->value;
    }
  return NULL;
}

/* ---- request ---- */

/* What does not decode to valid UTF-8 without NUL is left out. */
static void
reeve_http_request_parse_query (ReeveHttpRequest *self, const char *query)
{
  g_auto (GStrv) parts = g_strsplit (query, "&", 64);

  for (guint i = 0; parts[i] != NULL; i++)
    {
      char *equals = strchr (parts[i], '=');
      g_autofree char *name = NULL;
      g_autofree char *value = NULL;

      if (equals != NULL)
        *equals = '\0';
      g_strdelimit (parts[i], "+", ' ');
      if (equals != NULL)
        g_strdelimit (equals + 1, "+", ' ');
      name = g_uri_unescape_string (parts[i], NULL);
      value = g_uri_unescape_string (equals != NULL ? equals + 1 : "", NULL);
      if (name != NULL && value != NULL && g_utf8_validate (name, -1, NULL) &&
          g_utf8_validate (value, -1, NULL))
        g_ptr_array_add (self->query, reeve_http_header_new (name, value));
    }
}

ReeveHttpRequest *
reeve_http_request_new (const char *method, const char *path, const char *query)
{
  ReeveHttpRequest *self = g_new0 (ReeveHttpRequest, 1);

  g_ref_count_init (&self->refs);
  self->method = g_strdup (method);
  self->path = g_strdup (path);
  self->query = g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_http_header_free);
  self->headers = g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_http_header_free);
  self->body = g_bytes_new_static ("", 0);
  self->subject = reeve_subject_new (REEVE_SUBJECT_NONE, "");
  self->peer = g_strdup ("");
  self->base = g_strdup ("");
  if (query != NULL)
    reeve_http_request_parse_query (self, query);
  return self;
}

ReeveHttpRequest *
reeve_http_request_ref (ReeveHttpRequest *self)
{
  g_ref_count_inc (&self->refs);
  return self;
}

void
reeve_http_request_unref (ReeveHttpRequest *self)
{
  if (!g_ref_count_dec (&self->refs))
    return;
  g_free (self->method);
  g_free (self->path);
  g_ptr_array_unref (self->query);
  g_ptr_array_unref (self->headers);
  g_bytes_unref (self->body);
  reeve_subject_unref (self->subject);
  g_free (self->peer);
  g_free (self->base);
  g_free (self);
}

void
reeve_http_request_add_header (ReeveHttpRequest *self, const char *name, const char *value)
{
  g_ptr_array_add (self->headers, reeve_http_header_new (name, value));
}

void
reeve_http_request_set_body (ReeveHttpRequest *self, GBytes *body)
{
  g_bytes_ref (body);
  g_bytes_unref (self->body);
  self->body = body;
}

void
reeve_http_request_set_subject (ReeveHttpRequest *self, ReeveSubject *subject)
{
  reeve_subject_ref (subject);
  reeve_subject_unref (self->subject);
  self->subject = subject;
}

void
reeve_http_request_set_peer (ReeveHttpRequest *self, const char *peer, gboolean secure)
{
  g_free (self->peer);
  self->peer = g_strdup (peer);
  self->secure = secure;
}

const char *
reeve_http_request_get_method (ReeveHttpRequest *self)
{
  return self->method;
}

const char *
reeve_http_request_get_path (ReeveHttpRequest *self)
{
  return self->path;
}

const char *
reeve_http_request_get_query (ReeveHttpRequest *self, const char *name)
{
  return reeve_http_headers_find (self->query, name, FALSE);
}

GStrv
reeve_http_request_get_query_names (ReeveHttpRequest *self)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();

  for (guint i = 0; i < self->query->len; i++)
    g_strv_builder_add (names, ((ReeveHttpHeader *) g_ptr_array_index (self->query, i))->name);
  return g_strv_builder_end (names);
}

const char *
reeve_http_request_get_header (ReeveHttpRequest *self, const char *name)
{
  return reeve_http_headers_find (self->headers, name, TRUE);
}

char *
reeve_http_request_get_cookie (ReeveHttpRequest *self, const char *name, gsize max)
{
  const char *value;
  g_auto (GStrv) pairs = NULL;
  g_autofree char *found = NULL;
  gsize length = strlen (name);

  g_return_val_if_fail (self != NULL && name != NULL, NULL);

  value = reeve_http_request_get_header (self, "cookie");
  pairs = g_strsplit (value != NULL ? value : "", ";", -1);
  for (guint i = 0; pairs[i] != NULL; i++)
    {
      const char *pair = g_strstrip (pairs[i]);

      if (strncmp (pair, name, length) != 0 || pair[length] != '=')
        continue;
      if (found != NULL || strlen (pair + length + 1) > max || pair[length + 1] == '\0')
        return NULL;
      found = g_strdup (pair + length + 1);
    }
  return g_steal_pointer (&found);
}

GBytes *
reeve_http_request_get_body (ReeveHttpRequest *self)
{
  return self->body;
}

ReeveSubject *
reeve_http_request_get_subject (ReeveHttpRequest *self)
{
  return self->subject;
}

const char *
reeve_http_request_get_base (ReeveHttpRequest *self)
{
  g_return_val_if_fail (self != NULL, "");

  return self->base;
}

void
reeve_http_request_set_base (ReeveHttpRequest *self, const char *base)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (base != NULL);

  g_free (self->base);
  self->base = g_strdup (base);
}

const char *
reeve_http_request_get_peer (ReeveHttpRequest *self)
{
  return self->peer;
}

gboolean
reeve_http_request_is_secure (ReeveHttpRequest *self)
{
  return self->secure;
}

/* ---- response ---- */

ReeveHttpResponse *
reeve_http_response_new (guint status, const char *content_type, GBytes *body)
{
  ReeveHttpResponse *self = g_new0 (ReeveHttpResponse, 1);

  g_ref_count_init (&self->refs);
  self->status = status;
  self->content_type = g_strdup (content_type);
  self->body = body != NULL ? g_bytes_ref (body) : NULL;
  self->headers = g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_http_header_free);
  g_queue_init (&self->waiting);
  return self;
}

ReeveHttpResponse *
reeve_http_response_new_stream (guint status, const char *content_type)
{
  ReeveHttpResponse *self = reeve_http_response_new (status, content_type, NULL);

  self->stream = TRUE;
  return self;
}

static guint
reeve_http_status_of_error (const GError *error)
{
  static const guint statuses[REEVE_ERROR_LAST] = {
    [REEVE_ERROR_FAILED] = 500,       [REEVE_ERROR_INVALID] = 400,
    [REEVE_ERROR_NOT_FOUND] = 404,    [REEVE_ERROR_EXISTS] = 409,
    [REEVE_ERROR_DENIED] = 403,       [REEVE_ERROR_GONE] = 503,
    [REEVE_ERROR_TIMEOUT] = 504,      [REEVE_ERROR_CANCELLED] = 503,
    [REEVE_ERROR_LIMIT] = 429,        [REEVE_ERROR_UNSUPPORTED] = 501,
    [REEVE_ERROR_UNAVAILABLE] = 503,  [REEVE_ERROR_CONFLICT] = 409,
    [REEVE_ERROR_PROTOCOL] = 502,     [REEVE_ERROR_IO] = 500,
    [REEVE_ERROR_UNCONFIGURED] = 503,
  };

  if (error->domain != REEVE_ERROR || error->code < 0 || error->code >= REEVE_ERROR_LAST)
    return 500;
  return statuses[error->code];
}

/* JSON needs quotes, backslashes and control bytes escaped. */
static void
reeve_http_append_json (GString *string, const char *text)
{
  g_string_append_c (string, '"');
  for (; *text != '\0'; text++)
    if (*text == '"' || *text == '\\')
      g_string_append_printf (string, "\\%c", *text);
    else if ((guchar) *text < 0x20)
      g_string_append_printf (string, "\\u%04x", *text);
    else
      g_string_append_c (string, *text);
  g_string_append_c (string, '"');
}

ReeveHttpResponse *
reeve_http_response_new_refusal (guint status, const char *name, const char *title,
                                 const char *detail)
{
  GString *json = g_string_new ("{\"type\":\"" REEVE_HTTP_PROBLEM);
  g_autofree char *text = g_utf8_make_valid (detail, -1);
  g_autoptr (GBytes) body = NULL;
  ReeveHttpResponse *self;

  g_string_append_printf (json, "%s\",\"title\":\"%s\",\"status\":%u,\"detail\":", name, title,
                          status);
  reeve_http_append_json (json, text);
  g_string_append_c (json, '}');
  body = g_string_free_to_bytes (json);
  self = reeve_http_response_new (status, "application/problem+json", body);
  reeve_http_response_add_header (self, "Cache-Control", "no-store");
  return self;
}

ReeveHttpResponse *
reeve_http_response_new_problem (const GError *error)
{
  gboolean ours = error->domain == REEVE_ERROR;

  return reeve_http_response_new_refusal (reeve_http_status_of_error (error),
                                          ours ? reeve_error_name (error->code) : "failed",
                                          ours ? reeve_error_title (error->code) : "Failed",
                                          error->message);
}

ReeveHttpResponse *
reeve_http_response_ref (ReeveHttpResponse *self)
{
  g_ref_count_inc (&self->refs);
  return self;
}

void
reeve_http_response_unref (ReeveHttpResponse *self)
{
  if (!g_ref_count_dec (&self->refs))
    return;
  g_free (self->content_type);
  g_clear_pointer (&self->body, g_bytes_unref);
  g_ptr_array_unref (self->headers);
  g_queue_clear_full (&self->waiting, (GDestroyNotify) g_bytes_unref);
  g_free (self);
}

void
reeve_http_response_add_header (ReeveHttpResponse *self, const char *name, const char *value)
{
  g_ptr_array_add (self->headers, reeve_http_header_new (name, value));
}

gboolean
reeve_http_response_push (ReeveHttpResponse *self, GBytes *bytes)
{
  gsize length = g_bytes_get_size (bytes);

  if (self->over || length == 0)
    return !self->over;
  if (self->pending + length > REEVE_HTTP_MAX_PENDING)
    {
      /* a reader that does not read: its stream ends, and it may come again */
      reeve_http_response_finish (self);
      return FALSE;
    }
  self->pending += length;
  if (self->push != NULL)
    self->push (self, bytes, self->push_data);
  else
    g_queue_push_tail (&self->waiting, g_bytes_ref (bytes));
  return TRUE;
}

gsize
reeve_http_response_get_pending (ReeveHttpResponse *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->pending;
}

void
reeve_http_response_finish (ReeveHttpResponse *self)
{
  if (self->over)
    return;
  self->over = TRUE;
  self->closed = NULL;
  if (self->push != NULL)
    self->push (self, NULL, self->push_data);
}

void
reeve_http_response_set_closed_func (ReeveHttpResponse *self, GFunc func, gpointer user_data)
{
  self->closed = func;
  self->closed_data = user_data;
}

guint
reeve_http_response_get_status (ReeveHttpResponse *self)
{
  return self->status;
}

const char *
reeve_http_response_get_content_type (ReeveHttpResponse *self)
{
  return self->content_type;
}

GBytes *
reeve_http_response_get_body (ReeveHttpResponse *self)
{
  return self->body;
}

gboolean
reeve_http_response_is_stream (ReeveHttpResponse *self)
{
  return self->stream;
}

void
reeve_http_response_foreach_header (ReeveHttpResponse *self, ReeveHttpHeaderFunc func,
                                    gpointer user_data)
{
  for (guint i = 0; i < self->headers->len; i++)
    {
      ReeveHttpHeader *header = g_ptr_array_index (self->headers, i);

      func (header->name, header->value, user_data);
    }
}

void
reeve_http_response_set_push_func (ReeveHttpResponse *self, ReeveHttpPushFunc func,
                                   gpointer user_data)
{
  g_return_if_fail (self->push == NULL);
  self->push = func;
  self->push_data = user_data;
  while (!g_queue_is_empty (&self->waiting))
    {
      g_autoptr (GBytes) bytes = g_queue_pop_head (&self->waiting);

      func (self, bytes, user_data);
    }
  if (self->over)
    func (self, NULL, user_data);
}

void
reeve_http_response_sent (ReeveHttpResponse *self, gsize length)
{
  self->pending -= MIN (length, self->pending);
}

void
reeve_http_response_close (ReeveHttpResponse *self)
{
  GFunc closed = self->closed;

  if (self->over)
    return;
  self->over = TRUE;
  self->closed = NULL;
  if (closed != NULL)
    closed (self, self->closed_data);
}
