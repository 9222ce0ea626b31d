/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Requests and answers as values. */

#include "config.h"

#include <reeve/reeve.h>
#include <string.h>

static void
test_query (void)
{
  g_autoptr (ReeveHttpRequest) request =
      reeve_http_request_new ("GET", "/x",
                              "a=1&b=two+words&c=%C3%A9&bad=%ff&nul=%00&a=2&empty=&flag");

  g_assert_cmpstr (reeve_http_request_get_query (request, "a"), ==, "1");
  g_assert_cmpstr (reeve_http_request_get_query (request, "b"), ==, "two words");
  g_assert_cmpstr (reeve_http_request_get_query (request, "c"), ==, "é");
  g_assert_null (reeve_http_request_get_query (request, "bad"));
  g_assert_null (reeve_http_request_get_query (request, "nul"));
  g_assert_cmpstr (reeve_http_request_get_query (request, "empty"), ==, "");
  g_assert_cmpstr (reeve_http_request_get_query (request, "flag"), ==, "");
  g_assert_null (reeve_http_request_get_query (request, "A"));
  reeve_http_request_add_header (request, "x-token", "t");
  g_assert_cmpstr (reeve_http_request_get_header (request, "X-Token"), ==, "t");
  g_assert_cmpstr (reeve_subject_get_kind (reeve_http_request_get_subject (request)), ==,
                   REEVE_SUBJECT_NONE);
}

static void
test_problem (void)
{
  g_autoptr (GError) error = g_error_new (REEVE_ERROR, REEVE_ERROR_NOT_FOUND, "no \"%s\"\n\\", "x");
  g_autoptr (ReeveHttpResponse) response = reeve_http_response_new_problem (error);
  GBytes *body = reeve_http_response_get_body (response);
  g_autofree char *text = g_strndup (g_bytes_get_data (body, NULL), g_bytes_get_size (body));

  g_assert_cmpuint (reeve_http_response_get_status (response), ==, 404);
  g_assert_nonnull (strstr (text, "\"detail\":\"no \\\"x\\\"\\u000a\\\\\""));
}

typedef struct
{
  gsize bytes;
  guint ends;
  guint closed;
} Reader;

static void
push_cb (G_GNUC_UNUSED ReeveHttpResponse *response, GBytes *bytes, gpointer user_data)
{
  Reader *reader = user_data;

  if (bytes != NULL)
    reader->bytes += g_bytes_get_size (bytes);
  else
    reader->ends++;
}

static void
closed_cb (G_GNUC_UNUSED gpointer response, gpointer user_data)
{
  ((Reader *) user_data)->closed++;
}

static void
test_stream (void)
{
  g_autoptr (ReeveHttpResponse) response = reeve_http_response_new_stream (200, "text/plain");
  g_autofree char *big = g_malloc0 (REEVE_HTTP_MAX_PENDING / 2);
  g_autoptr (GBytes) half = g_bytes_new (big, REEVE_HTTP_MAX_PENDING / 2);
  Reader reader = { 0 };

  reeve_http_response_set_closed_func (response, closed_cb, &reader);
  g_assert_true (reeve_http_response_push (response, half));
  reeve_http_response_set_push_func (response, push_cb, &reader);
  g_assert_cmpuint (reader.bytes, ==, REEVE_HTTP_MAX_PENDING / 2);
  g_assert_true (reeve_http_response_push (response, half));
  /* a reader that does not read loses its stream, not our memory */
  g_assert_false (reeve_http_response_push (response, half));
  g_assert_cmpuint (reader.ends, ==, 1);
  reeve_http_response_close (response);
  g_assert_cmpuint (reader.closed, ==, 0);
}

static void
test_stream_client_gone (void)
{
  g_autoptr (ReeveHttpResponse) response = reeve_http_response_new_stream (200, "text/plain");
  g_autoptr (GBytes) bytes = g_bytes_new_static ("x", 1);
  Reader reader = { 0 };

  reeve_http_response_set_closed_func (response, closed_cb, &reader);
  reeve_http_response_set_push_func (response, push_cb, &reader);
  for (guint i = 0; i < 2 * REEVE_HTTP_MAX_PENDING; i++)
    {
      g_assert_true (reeve_http_response_push (response, bytes));
      reeve_http_response_sent (response, 1);
    }
  reeve_http_response_close (response);
  g_assert_cmpuint (reader.closed, ==, 1);
  g_assert_false (reeve_http_response_push (response, bytes));
  reeve_http_response_finish (response);
  g_assert_cmpuint (reader.ends, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/http/query", test_query);
  g_test_add_func ("/http/problem", test_problem);
  g_test_add_func ("/http/stream", test_stream);
  g_test_add_func ("/http/stream-client-gone", test_stream_client_gone);
  return g_test_run ();
}
