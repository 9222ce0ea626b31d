/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The live stream over a fleet and a clock that the test moves. */

#include "config.h"

#include "web-ui-test.h"

#include <string.h>

#include "../reeve-web-ui-live.h"

typedef struct
{
  ReeveHttpResponse *response;
  GString *text;
  gboolean taking; /* says that what it got has left */
  gboolean ended;
} TestViewer;

static void
test_viewer_push_cb (ReeveHttpResponse *response, GBytes *bytes, gpointer user_data)
{
  TestViewer *self = user_data;

  if (bytes == NULL)
    {
      self->ended = TRUE;
      return;
    }
  g_string_append_len (self->text, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  if (self->taking)
    reeve_http_response_sent (response, g_bytes_get_size (bytes));
}

static TestViewer *
test_viewer_new (WebUiTest *f, const char *query)
{
  g_autoptr (ReeveHttpRequest) request =
      web_ui_test_make_request ("GET", "/api/v1/live", query, "owner");
  TestViewer *self = g_new0 (TestViewer, 1);

  self->text = g_string_new (NULL);
  self->taking = TRUE;
  self->response = web_ui_test_ask (f, request);
  if (reeve_http_response_is_stream (self->response))
    reeve_http_response_set_push_func (self->response, test_viewer_push_cb, self);
  return self;
}

static void
test_viewer_free (TestViewer *self)
{
  reeve_http_response_close (self->response);
  reeve_http_response_unref (self->response);
  g_string_free (self->text, TRUE);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TestViewer, test_viewer_free)

static guint
test_viewer_count (TestViewer *self, const char *what)
{
  guint n = 0;

  for (const char *p = self->text->str; (p = strstr (p, what)) != NULL; p += strlen (what))
    n++;
  return n;
}

static void
test_rows (void)
{
  g_autoptr (WebUiTest) f = web_ui_test_new (TRUE);
  g_autoptr (TestViewer) viewer = test_viewer_new (f, NULL);

  g_assert_cmpuint (reeve_http_response_get_status (viewer->response), ==, 200);
  g_assert_cmpstr (reeve_http_response_get_content_type (viewer->response), ==,
                   "text/event-stream");
  g_assert_true (g_str_has_prefix (viewer->text->str, "event: systems\ndata: {\"systems\":[{"));
  g_assert_cmpuint (test_viewer_count (viewer, "event: systems\n"), ==, 1);
  g_assert_cmpuint (test_viewer_count (viewer, "\"id\":"), ==, 3);
  g_assert_cmpuint (test_viewer_count (viewer, "\"values\":{\"cpu.usage\":0.25}"), ==, 3);
  g_assert_true (g_str_has_suffix (viewer->text->str, "}]}\n\n"));

  /* many changes are one event, and only of what changed */
  g_string_truncate (viewer->text, 0);
  reeve_mock_host_advance (f->host, 1000);
  for (guint i = 0; i < 50; i++)
    {
      test_fleet_tell (f->fleet, 1, 0, FALSE);
      test_fleet_tell (f->fleet, 2, 0, FALSE);
    }
  g_assert_cmpuint (viewer->text->len, ==, 0);
  reeve_mock_host_advance (f->host, REEVE_WEB_UI_LIVE_COALESCE_MS + 100);
  g_assert_cmpuint (test_viewer_count (viewer, "event: systems\n"), ==, 1);
  g_assert_cmpuint (test_viewer_count (viewer, "\"id\":"), ==, 2);
  g_assert_null (strstr (viewer->text->str, "0000000000000000"));

  g_string_truncate (viewer->text, 0);
  test_fleet_tell (f->fleet, 2, 0, FALSE);
  test_fleet_tell (f->fleet, 2, 0, TRUE);
  reeve_mock_host_advance (f->host, REEVE_WEB_UI_LIVE_COALESCE_MS + 100);
  g_assert_cmpstr (viewer->text->str, ==,
                   "event: removed\ndata: {\"id\":\"0000000000000002\"}\n\n");
}

/* A disk that is full is told at once, also to who comes later, and so is its end. */
static void
test_refused (void)
{
  g_autoptr (WebUiTest) f = web_ui_test_new (TRUE);
  g_autoptr (TestViewer) viewer = test_viewer_new (f, NULL);
  g_autoptr (TestViewer) late = NULL;

  test_fleet_tell_kept (f->fleet, 1, TRUE);
  g_assert_cmpuint (test_viewer_count (viewer, "event: history\n"), ==, 0);
  test_fleet_tell_kept (f->fleet, 1, FALSE);
  test_fleet_tell_kept (f->fleet, 2, FALSE);
  test_fleet_tell (f->fleet, 1, 0, FALSE);
  g_assert_cmpuint (test_viewer_count (viewer, "event: history\ndata: {\"refused\":true}\n\n"), ==,
                    1);
  late = test_viewer_new (f, NULL);
  g_assert_cmpuint (test_viewer_count (late, "{\"refused\":true}"), ==, 1);
  test_fleet_tell_kept (f->fleet, 1, TRUE);
  test_fleet_tell_kept (f->fleet, 2, TRUE);
  g_assert_cmpuint (test_viewer_count (viewer, "{\"refused\":false}"), ==, 1);
  g_assert_cmpuint (test_viewer_count (late, "{\"refused\":false}"), ==, 1);
}

static void
test_empty (void)
{
  g_autoptr (WebUiTest) f = web_ui_test_new (TRUE);
  TestViewer *viewer;

  f->fleet->n = 0;
  viewer = test_viewer_new (f, NULL);
  g_assert_cmpstr (viewer->text->str, ==, "event: systems\ndata: {\"systems\":[]}\n\n");
  test_viewer_free (viewer);
}

static void
test_samples (void)
{
  g_autoptr (WebUiTest) f = web_ui_test_new (TRUE);
  TestViewer *all = test_viewer_new (f, NULL);
  TestViewer *one = test_viewer_new (f, "system=0000000000000001");
  TestViewer *unknown = test_viewer_new (f, "system=nothing");

  g_assert_cmpint (f->fleet->followed, ==, 1);
  g_string_truncate (one->text, 0);
  test_fleet_tell (f->fleet, 0, 3000000, FALSE);
  g_assert_cmpuint (one->text->len, ==, 0);
  test_fleet_tell (f->fleet, 1, 3500000, FALSE);
  g_assert_cmpstr (one->text->str, ==,
                   "event: sample\ndata: {\"system\":\"0000000000000001\",\"time\":3.5,\"series\":["
                   "{\"kind\":\"cpu\",\"instance\":\"\",\"metric\":\"usage\",\"value\":0.25},"
                   "{\"kind\":\"nic\",\"instance\":\"eth\\\"0\",\"metric\":\"sent\","
                   "\"value\":1000}]}\n\n");
  /* the same again, now stored */
  test_fleet_tell (f->fleet, 1, 3500000, FALSE);
  g_assert_cmpuint (test_viewer_count (one, "event: sample\n"), ==, 1);
  g_assert_cmpuint (test_viewer_count (all, "event: sample\n"), ==, 0);
  g_assert_cmpuint (test_viewer_count (unknown, "event: sample\n"), ==, 0);
  test_viewer_free (one);
  g_assert_cmpint (f->fleet->followed, ==, 0);
  test_viewer_free (all);
  test_viewer_free (unknown);
}

static void
test_ping (void)
{
  g_autoptr (WebUiTest) f = web_ui_test_new (TRUE);
  g_autoptr (TestViewer) viewer = test_viewer_new (f, NULL);

  g_string_truncate (viewer->text, 0);
  reeve_mock_host_advance (f->host, 3 * REEVE_WEB_UI_LIVE_PING_MS + 500);
  g_assert_cmpstr (viewer->text->str, ==, ": ping\n\n: ping\n\n: ping\n\n");
}

/* A session that ends takes its streams along: within one comment, or with the change that did it.
 */
static void
test_session (void)
{
  g_autoptr (WebUiTest) f = web_ui_test_new (TRUE);
  g_autoptr (TestViewer) viewer = test_viewer_new (f, "system=0000000000000001");
  g_autoptr (TestViewer) second = NULL;
  g_autoptr (ReeveHttpRequest) request = NULL;
  g_autoptr (ReeveHttpResponse) response = NULL;
  g_autoptr (GBytes) body = NULL;
  static const char text[] = "{\"s\":\"\",\"u\":1,\"d\":1,\"b\":true,\"as\":[]}";

  reeve_mock_host_advance (f->host, 2 * REEVE_WEB_UI_LIVE_PING_MS);
  g_assert_false (viewer->ended);
  f->door->ended = TRUE;
  reeve_mock_host_advance (f->host, REEVE_WEB_UI_LIVE_PING_MS + 100);
  g_assert_true (viewer->ended);
  g_assert_cmpint (f->fleet->followed, ==, 0);

  f->door->ended = FALSE;
  second = test_viewer_new (f, NULL);
  request = web_ui_test_make_request ("POST", "/api/v1/values", NULL, "owner");
  body = g_bytes_new_static (text, sizeof text - 1);
  reeve_http_request_set_body (request, body);
  reeve_http_request_add_header (request, "content-type", "application/json");
  f->door->ended = TRUE;
  response = web_ui_test_ask (f, request);
  g_assert_cmpuint (reeve_http_response_get_status (response), ==, 200);
  reeve_mock_host_settle (f->host);
  g_assert_true (second->ended);
}

static void
test_limit (void)
{
  g_autoptr (WebUiTest) f = web_ui_test_new (TRUE);
  TestViewer *viewers[REEVE_WEB_UI_LIVE_MAX_STREAMS + 1];
  TestViewer *last;

  for (guint i = 0; i < G_N_ELEMENTS (viewers); i++)
    viewers[i] = test_viewer_new (f, NULL);
  last = viewers[G_N_ELEMENTS (viewers) - 1];
  g_assert_cmpuint (reeve_http_response_get_status (last->response), ==, 429);
  test_viewer_free (viewers[0]);
  viewers[0] = test_viewer_new (f, NULL);
  g_assert_cmpuint (reeve_http_response_get_status (viewers[0]->response), ==, 200);
  for (guint i = 0; i < G_N_ELEMENTS (viewers); i++)
    test_viewer_free (viewers[i]);
}

/* Who takes nothing is sent away; who takes what comes sees a fleet larger than any limit. */
static void
test_large (void)
{
  g_autoptr (WebUiTest) f = web_ui_test_new (TRUE);
  TestViewer *slow, *quick;

  f->fleet->n = 10000;
  quick = test_viewer_new (f, NULL);
  slow = test_viewer_new (f, NULL);
  slow->taking = FALSE;
  reeve_mock_host_advance (f->host, 20 * REEVE_WEB_UI_LIVE_COALESCE_MS);
  g_assert_true (slow->ended);
  /* it took the first burst */
  g_assert_cmpuint (slow->text->len, <=,
                    REEVE_WEB_UI_LIVE_BURST + REEVE_WEB_UI_LIVE_MAX_EVENT + REEVE_HTTP_MAX_PENDING);
  g_assert_false (quick->ended);
  g_assert_cmpuint (test_viewer_count (quick, "\"id\":"), ==, 10000);
  test_viewer_free (quick);
  test_viewer_free (slow);
}

static void
test_fleet_goes (void)
{
  g_autoptr (WebUiTest) f = web_ui_test_new (TRUE);
  g_autoptr (TestViewer) viewer = test_viewer_new (f, NULL);
  g_autoptr (TestViewer) none = NULL;
  g_autoptr (GAsyncResult) result = NULL;

  reeve_context_withdraw_async (reeve_mock_host_get_context (f->host), f->fleet,
                                reeve_mock_result_cb, &result);
  reeve_mock_host_wait (f->host, &result);
  g_assert_true (viewer->ended);
  none = test_viewer_new (f, NULL);
  g_assert_cmpuint (reeve_http_response_get_status (none->response), ==, 503);
  /* unwatch() did not reach one that has gone */
  f->fleet->func = NULL;
}

static void
test_stop (void)
{
  g_autoptr (WebUiTest) f = web_ui_test_new (TRUE);
  g_autoptr (TestViewer) viewer = test_viewer_new (f, "system=0000000000000001");

  reeve_mock_host_unload (f->host, f->plugin);
  g_assert_true (viewer->ended);
  f->plugin = reeve_mock_host_load (f->host, "web-ui", "page-directory", f->page, NULL);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/web-ui/live/rows", test_rows);
  g_test_add_func ("/web-ui/live/empty", test_empty);
  g_test_add_func ("/web-ui/live/refused", test_refused);
  g_test_add_func ("/web-ui/live/samples", test_samples);
  g_test_add_func ("/web-ui/live/ping", test_ping);
  g_test_add_func ("/web-ui/live/session", test_session);
  g_test_add_func ("/web-ui/live/limit", test_limit);
  g_test_add_func ("/web-ui/live/large", test_large);
  g_test_add_func ("/web-ui/live/fleet goes", test_fleet_goes);
  g_test_add_func ("/web-ui/live/stop", test_stop);
  return g_test_run ();
}
