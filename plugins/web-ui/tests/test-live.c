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
test_viewer_open (WebUiTest *f, const char *identity, const char *last)
{
  g_autoptr (ReeveHttpRequest) request =
      web_ui_test_make_request ("GET", "/api/v1/live", NULL, identity);
  TestViewer *self = g_new0 (TestViewer, 1);

  if (last != NULL)
    reeve_http_request_add_header (request, "last-event-id", last);
  self->text = g_string_new (NULL);
  self->taking = TRUE;
  self->response = web_ui_test_ask (f, request);
  if (reeve_http_response_is_stream (self->response))
    reeve_http_response_set_push_func (self->response, test_viewer_push_cb, self);
  return self;
}

static TestViewer *
test_viewer_new (WebUiTest *f)
{
  return test_viewer_open (f, "owner", NULL);
}

/* What its first event calls it. (transfer full) */
static char *
test_viewer_get_name (TestViewer *self)
{
  const char *name = strstr (self->text->str, "\"stream\":\"");

  g_assert_nonnull (name);
  return g_strndup (name + 10, 36);
}

/* The id of its last event. (transfer full) */
static char *
test_viewer_get_mark (TestViewer *self)
{
  const char *mark = g_strrstr (self->text->str, "id: ");

  g_assert_nonnull (mark);
  return g_strndup (mark + 4, strcspn (mark + 4, "\n"));
}

static guint
test_watch_as (WebUiTest *f, const char *stream, const char *body_text, const char *identity)
{
  g_autofree char *path = g_strconcat ("/api/v1/live/", stream, NULL);
  g_autoptr (ReeveHttpRequest) request = web_ui_test_make_request ("PUT", path, NULL, identity);
  g_autoptr (GBytes) body = g_bytes_new_static (body_text, strlen (body_text));
  g_autoptr (ReeveHttpResponse) response = NULL;

  reeve_http_request_set_body (request, body);
  reeve_http_request_add_header (request, "content-type", "application/json");
  response = web_ui_test_ask (f, request);
  return reeve_http_response_get_status (response);
}

/* Forgets what came before. */
static void
test_watch (WebUiTest *f, TestViewer *viewer, const char *body)
{
  g_autofree char *name = test_viewer_get_name (viewer);

  g_string_truncate (viewer->text, 0);
  g_assert_cmpuint (test_watch_as (f, name, body, "owner"), ==, 200);
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

#define ID "000000000000000"
#define TURN (REEVE_WEB_UI_LIVE_ROW_MS + REEVE_WEB_UI_LIVE_COALESCE_MS + 100)

static void
test_hello (void)
{
  g_autoptr (WebUiTest) f = web_ui_test_new (TRUE);
  TestViewer *viewer;
  g_autofree char *name = NULL, *mark = NULL;

  /* nobody looks: nothing is done */
  g_assert_cmpuint (f->fleet->watches->len, ==, 0);
  f->fleet->down[1] = TRUE;
  viewer = test_viewer_new (f);
  g_assert_cmpuint (f->fleet->watches->len, ==, 1);
  g_assert_cmpuint (reeve_http_response_get_status (viewer->response), ==, 200);
  g_assert_cmpstr (reeve_http_response_get_content_type (viewer->response), ==,
                   "text/event-stream");
  name = test_viewer_get_name (viewer);
  mark = test_viewer_get_mark (viewer);
  g_assert_true (g_str_has_suffix (mark, "-0"));
  g_assert_cmpuint (test_viewer_count (viewer, "event: hello\n"), ==, 1);
  g_assert_cmpuint (test_viewer_count (viewer,
                                       "event: fleet\ndata: {\"states\":{\"up\":2,\"down\":1},"
                                       "\"total\":3,\"revision\":0}\n\n"),
                    ==, 1);
  g_assert_cmpuint (test_viewer_count (viewer, "id: "), ==, 2);
  /* no row was made for it */
  g_assert_cmpuint (f->fleet->shown, ==, 0);
  test_viewer_free (viewer);
  g_assert_cmpuint (f->fleet->watches->len, ==, 0);
  g_assert_cmpuint (test_watch_as (f, name, "{\"systems\":[],\"system\":\"\"}", "owner"), ==, 404);
}

/* Only what is watched, together, and each row once a second. */
static void
test_rows (void)
{
  g_autoptr (WebUiTest) f = web_ui_test_new (TRUE);
  g_autoptr (TestViewer) viewer = test_viewer_new (f);
  g_autoptr (TestViewer) other = test_viewer_new (f);

  test_watch (f, viewer, "{\"systems\":[\"" ID "1\",\"" ID "2\",\"" ID "1\"],\"system\":\"\"}");
  g_assert_cmpuint (test_viewer_count (viewer, "event: systems\n"), ==, 1);
  g_assert_cmpuint (test_viewer_count (viewer, "\"id\":"), ==, 2);
  g_assert_cmpuint (test_viewer_count (viewer, "\"values\":{\"cpu.usage\":0.25}"), ==, 2);
  test_watch (f, other, "{\"systems\":[\"" ID "2\"],\"system\":\"\"}");

  g_string_truncate (viewer->text, 0);
  g_string_truncate (other->text, 0);
  reeve_mock_host_advance (f->host, TURN);
  f->fleet->shown = 0;
  for (guint i = 0; i < 50; i++)
    for (guint j = 0; j < 3; j++)
      test_fleet_tell (f->fleet, j, 1000000 + i, FALSE);
  g_assert_cmpuint (viewer->text->len, ==, 0);
  reeve_mock_host_advance (f->host, REEVE_WEB_UI_LIVE_COALESCE_MS + 100);
  g_assert_cmpuint (test_viewer_count (viewer, "event: systems\n"), ==, 1);
  g_assert_cmpuint (test_viewer_count (viewer, "\"id\":"), ==, 2);
  g_assert_cmpuint (test_viewer_count (viewer, ID "0"), ==, 0);
  g_assert_cmpuint (test_viewer_count (other, "\"id\":"), ==, 1);
  /* one row for both of them, and none of what nobody watches */
  g_assert_cmpuint (f->fleet->shown, ==, 2);
  /* not again before its second is over */
  g_string_truncate (viewer->text, 0);
  test_fleet_tell (f->fleet, 1, 2000000, FALSE);
  reeve_mock_host_advance (f->host, 2 * REEVE_WEB_UI_LIVE_COALESCE_MS);
  g_assert_cmpuint (viewer->text->len, ==, 0);
  reeve_mock_host_advance (f->host, TURN);
  g_assert_cmpuint (test_viewer_count (viewer, "\"id\":"), ==, 1);
}

static void
test_watching (void)
{
  g_autoptr (WebUiTest) f = web_ui_test_new (TRUE);
  g_autoptr (TestViewer) viewer = test_viewer_new (f);
  g_autofree char *name = test_viewer_get_name (viewer);

  g_string_truncate (viewer->text, 0);
#define WATCH(body) g_assert_cmpuint (test_watch_as (f, name, body, "owner"), ==, 200)
  WATCH ("{\"systems\":[\"" ID "0\",\"" ID "1\"],\"system\":\"\"}");
  g_assert_cmpuint (test_viewer_count (viewer, "\"id\":"), ==, 2);
  g_string_truncate (viewer->text, 0);
  WATCH ("{\"systems\":[\"" ID "1\",\"" ID "2\"],\"system\":\"\"}");
  g_assert_cmpuint (test_viewer_count (viewer, "\"id\":"), ==, 1);
  g_assert_nonnull (strstr (viewer->text->str, ID "2"));
  g_string_truncate (viewer->text, 0);
  WATCH ("{\"systems\":[\"" ID "0\",\"nothing\"],\"system\":\"gone\"}");
  g_assert_cmpuint (test_viewer_count (viewer, "\"id\":\"" ID "0\""), ==, 1);
  g_assert_cmpuint (test_viewer_count (viewer, "event: removed\ndata: {\"id\":\"nothing\"}\n\n"),
                    ==, 1);
  g_assert_cmpuint (test_viewer_count (viewer, "event: removed\ndata: {\"id\":\"gone\"}\n\n"), ==,
                    1);
  g_assert_cmpint (f->fleet->followed, ==, 0);
  /* of those that are not watched any more nothing comes */
  g_string_truncate (viewer->text, 0);
  test_fleet_tell (f->fleet, 1, 5000000, FALSE);
  reeve_mock_host_advance (f->host, 2 * TURN);
  g_assert_cmpuint (viewer->text->len, ==, 0);

  g_assert_cmpuint (test_watch_as (f, name, "{\"systems\":[],\"system\":\"\"}", "guest"), ==, 404);
  g_assert_cmpuint (test_watch_as (f, name, "{\"systems\":[],\"system\":\"\"}", ""), ==, 401);
  g_assert_cmpuint (test_watch_as (f, "x", "{\"systems\":[],\"system\":\"\"}", "owner"), ==, 404);
  g_assert_cmpuint (test_watch_as (f, name, "{\"systems\":[1],\"system\":\"\"}", "owner"), ==, 400);
  g_assert_cmpuint (test_watch_as (f, name, "{\"systems\":[]}", "owner"), ==, 400);
}

static void
test_too_many (void)
{
  g_autoptr (WebUiTest) f = web_ui_test_new (TRUE);
  g_autoptr (TestViewer) viewer = test_viewer_new (f);
  g_autofree char *name = test_viewer_get_name (viewer);
  g_autoptr (GString) body = g_string_new ("{\"system\":\"\",\"systems\":[");

  for (guint i = 0; i < REEVE_WEB_UI_LIVE_MAX_ROWS; i++)
    g_string_append_printf (body, "%s\"%016x\"", i > 0 ? "," : "", i);
  f->fleet->n = 300;
  g_string_append (body, "]}");
  g_assert_cmpuint (test_watch_as (f, name, body->str, "owner"), ==, 200);
  g_assert_cmpuint (test_viewer_count (viewer, "\"id\":"), ==, REEVE_WEB_UI_LIVE_MAX_ROWS);
  g_string_truncate (body, body->len - 2);
  g_string_append (body, ",\"" ID "x\"]}");
  g_assert_cmpuint (test_watch_as (f, name, body->str, "owner"), ==, 400);
}

/* The counts come when one changes, once a second, and say when a list is stale. */
static void
test_counts (void)
{
  g_autoptr (WebUiTest) f = web_ui_test_new (TRUE);
  g_autoptr (TestViewer) viewer = test_viewer_new (f);

  reeve_mock_host_advance (f->host, TURN);
  g_string_truncate (viewer->text, 0);
  for (guint i = 0; i < 20; i++)
    test_fleet_tell (f->fleet, 0, 1000000 + i, FALSE);
  reeve_mock_host_advance (f->host, TURN);
  g_assert_cmpuint (viewer->text->len, ==, 0);
  f->fleet->down[0] = TRUE;
  for (guint i = 0; i < 20; i++)
    test_fleet_tell (f->fleet, 0, 0, FALSE);
  reeve_mock_host_advance (f->host, TURN);
  g_assert_cmpuint (test_viewer_count (viewer, "event: fleet\n"), ==, 1);
  g_assert_cmpuint (test_viewer_count (viewer, "{\"states\":{\"up\":2,\"down\":1},\"total\":3,"
                                               "\"revision\":40}"),
                    ==, 1);
  test_fleet_tell (f->fleet, 2, 0, TRUE);
  reeve_mock_host_advance (f->host, TURN);
  g_assert_cmpuint (test_viewer_count (viewer, "\"total\":2,\"revision\":41}"), ==, 1);
}

static void
test_removed (void)
{
  g_autoptr (WebUiTest) f = web_ui_test_new (TRUE);
  g_autoptr (TestViewer) viewer = test_viewer_new (f);
  g_autoptr (TestViewer) other = test_viewer_new (f);

  test_watch (f, other, "{\"systems\":[\"" ID "1\"],\"system\":\"\"}");
  test_watch (f, viewer, "{\"systems\":[\"" ID "2\"],\"system\":\"" ID "2\"}");
  g_assert_cmpint (f->fleet->followed, ==, 1);
  g_string_truncate (viewer->text, 0);
  g_string_truncate (other->text, 0);
  test_fleet_tell (f->fleet, 2, 0, FALSE);
  test_fleet_tell (f->fleet, 2, 0, TRUE);
  g_assert_cmpuint (test_viewer_count (viewer, "event: removed\ndata: {\"id\":\"" ID "2\"}\n\n"),
                    ==, 1);
  g_assert_cmpuint (test_viewer_count (other, "event: removed\n"), ==, 0);
  g_assert_cmpint (f->fleet->followed, ==, 0);
  reeve_mock_host_advance (f->host, TURN);
  g_assert_cmpuint (test_viewer_count (viewer, "event: systems\n"), ==, 0);
}

/* Who comes again is told what changed since, unless it cannot be known. */
static void
test_resume (void)
{
  g_autoptr (WebUiTest) f = web_ui_test_new (TRUE);
  TestViewer *first = test_viewer_new (f);
  static const char body[] = "{\"systems\":[\"" ID "0\",\"" ID "1\",\"" ID "2\"],\"system\":\"\"}";
  g_autofree char *mark = NULL, *early = NULL, *late = NULL, *other = NULL;
  TestViewer *again;

  test_watch (f, first, body);
  test_fleet_tell (f->fleet, 0, 1000000, FALSE);
  reeve_mock_host_advance (f->host, 2 * TURN);
  mark = test_viewer_get_mark (first);
  g_assert_true (g_str_has_suffix (mark, "-1"));
  /* what is on its way is not told yet */
  test_fleet_tell (f->fleet, 1, 1000000, FALSE);
  test_fleet_tell_kept (f->fleet, 2, FALSE);
  early = test_viewer_get_mark (first);
  g_assert_true (g_str_has_suffix (early, "-1"));
  test_viewer_free (first);
  /* nobody looks, and the fleet goes on */
  test_fleet_tell (f->fleet, 2, 0, TRUE);

  again = test_viewer_open (f, "owner", mark);
  late = test_viewer_get_mark (again);
  g_assert_cmpstr (late, ==, mark);
  test_watch (f, again, body);
  g_assert_cmpuint (test_viewer_count (again, "\"id\":\"" ID "1\",\"name\""), ==, 1);
  g_assert_cmpuint (test_viewer_count (again, "\"id\":\"" ID "0\",\"name\""), ==, 0);
  g_assert_cmpuint (test_viewer_count (again, "event: removed\ndata: {\"id\":\"" ID "2\"}"), ==, 1);
  g_clear_pointer (&late, g_free);
  late = test_viewer_get_mark (again);
  g_assert_true (g_str_has_suffix (late, "-4"));
  test_viewer_free (again);

  g_clear_pointer (&late, g_free);
  late = g_strndup (mark, strlen (mark) - 1);
  other = g_strconcat (late, "99", NULL);
  mark[0] = mark[0] == '0' ? '1' : '0';
  {
    const char *const unknown[] = { other, mark, late, "", "-1", "x-1" };

    for (guint i = 0; i < G_N_ELEMENTS (unknown); i++)
      {
        again = test_viewer_open (f, "owner", unknown[i]);
        test_watch (f, again, body);
        g_assert_cmpuint (test_viewer_count (again, "\"name\""), ==, 2);
        test_viewer_free (again);
      }
  }
}

/* A disk that is full is told at once, also to who comes later, and so is its end. */
static void
test_refused (void)
{
  g_autoptr (WebUiTest) f = web_ui_test_new (TRUE);
  g_autoptr (TestViewer) viewer = test_viewer_new (f);
  g_autoptr (TestViewer) late = NULL;

  test_fleet_tell_kept (f->fleet, 1, TRUE);
  g_assert_cmpuint (test_viewer_count (viewer, "event: history\n"), ==, 0);
  test_fleet_tell_kept (f->fleet, 1, FALSE);
  test_fleet_tell_kept (f->fleet, 2, FALSE);
  test_fleet_tell (f->fleet, 1, 0, FALSE);
  g_assert_cmpuint (test_viewer_count (viewer, "event: history\ndata: {\"refused\":true}\n\n"), ==,
                    1);
  late = test_viewer_new (f);
  g_assert_cmpuint (test_viewer_count (late, "{\"refused\":true}"), ==, 1);
  test_fleet_tell_kept (f->fleet, 1, TRUE);
  test_fleet_tell_kept (f->fleet, 2, TRUE);
  g_assert_cmpuint (test_viewer_count (viewer, "{\"refused\":false}"), ==, 1);
  g_assert_cmpuint (test_viewer_count (late, "{\"refused\":false}"), ==, 1);
}

static void
test_samples (void)
{
  g_autoptr (WebUiTest) f = web_ui_test_new (TRUE);
  TestViewer *none = test_viewer_new (f);
  TestViewer *one = test_viewer_new (f);

  test_watch (f, one, "{\"systems\":[],\"system\":\"" ID "1\"}");
  g_assert_cmpint (f->fleet->followed, ==, 1);
  g_assert_cmpuint (one->text->len, ==, 0);
  test_fleet_tell (f->fleet, 0, 3000000, FALSE);
  g_assert_cmpuint (one->text->len, ==, 0);
  test_fleet_tell (f->fleet, 1, 3500000, FALSE);
  g_assert_true (g_str_has_suffix (
      one->text->str,
      "-2\nevent: sample\ndata: {\"system\":\"0000000000000001\",\"time\":3.5,\"series\":["
      "{\"kind\":\"cpu\",\"instance\":\"\",\"metric\":\"usage\",\"value\":0.25},"
      "{\"kind\":\"nic\",\"instance\":\"eth\\\"0\",\"metric\":\"sent\","
      "\"value\":1000}]}\n\n"));
  /* the same again, now stored */
  test_fleet_tell (f->fleet, 1, 3500000, FALSE);
  g_assert_cmpuint (test_viewer_count (one, "event: sample\n"), ==, 1);
  g_assert_cmpuint (test_viewer_count (none, "event: sample\n"), ==, 0);
  test_viewer_free (one);
  g_assert_cmpint (f->fleet->followed, ==, 0);
  test_viewer_free (none);
}

/* Of several each has its own, until it is left or removed. */
static void
test_samples_of_several (void)
{
  g_autoptr (WebUiTest) f = web_ui_test_new (TRUE);
  g_autoptr (TestViewer) viewer = test_viewer_new (f);
  g_autofree char *name = test_viewer_get_name (viewer);
  g_autoptr (GString) body = g_string_new ("{\"systems\":[],\"system\":\"");

  test_watch (f, viewer, "{\"systems\":[],\"system\":\"" ID "0," ID "1,gone," ID "1\"}");
  g_assert_cmpint (f->fleet->followed, ==, 2);
  g_assert_cmpuint (test_viewer_count (viewer, "event: removed\ndata: {\"id\":\"gone\"}\n\n"), ==,
                    1);
  test_fleet_tell (f->fleet, 0, 3000000, FALSE);
  test_fleet_tell (f->fleet, 1, 3000000, FALSE);
  test_fleet_tell (f->fleet, 0, 3000000, FALSE);
  test_fleet_tell (f->fleet, 2, 3000000, FALSE);
  g_assert_cmpuint (test_viewer_count (viewer, "{\"system\":\"" ID "0\""), ==, 1);
  g_assert_cmpuint (test_viewer_count (viewer, "{\"system\":\"" ID "1\""), ==, 1);
  g_assert_cmpuint (test_viewer_count (viewer, "event: sample\n"), ==, 2);
  test_fleet_tell (f->fleet, 1, 0, TRUE);
  g_assert_cmpint (f->fleet->followed, ==, 1);
  g_string_truncate (viewer->text, 0);
  g_assert_cmpuint (test_watch_as (f, name, "{\"systems\":[],\"system\":\"" ID "2\"}", "owner"), ==,
                    200);
  g_assert_cmpint (f->fleet->followed, ==, 1);
  test_fleet_tell (f->fleet, 0, 4000000, FALSE);
  g_assert_cmpuint (test_viewer_count (viewer, "event: sample\n"), ==, 0);

  for (guint i = 0; i <= REEVE_WEB_UI_LIVE_MAX_FOLLOWED; i++)
    g_string_append_printf (body, "%s%016x", i > 0 ? "," : "", i);
  g_string_append (body, "\"}");
  g_assert_cmpuint (test_watch_as (f, name, body->str, "owner"), ==, 400);
}

static void
test_ping (void)
{
  g_autoptr (WebUiTest) f = web_ui_test_new (TRUE);
  g_autoptr (TestViewer) viewer = test_viewer_new (f);

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
  g_autoptr (TestViewer) viewer = test_viewer_new (f);
  g_autoptr (TestViewer) second = NULL;
  g_autoptr (ReeveHttpRequest) request = NULL;
  g_autoptr (ReeveHttpResponse) response = NULL;
  g_autoptr (GBytes) body = NULL;
  static const char text[] = "{\"s\":\"\",\"u\":1,\"d\":1,\"b\":true,\"as\":[]}";

  test_watch (f, viewer, "{\"systems\":[\"" ID "2\"],\"system\":\"" ID "1\"}");
  reeve_mock_host_advance (f->host, 2 * REEVE_WEB_UI_LIVE_PING_MS);
  g_assert_false (viewer->ended);
  f->door->ended = TRUE;
  reeve_mock_host_advance (f->host, REEVE_WEB_UI_LIVE_PING_MS + 100);
  g_assert_true (viewer->ended);
  g_assert_cmpint (f->fleet->followed, ==, 0);
  g_assert_cmpuint (f->fleet->watches->len, ==, 0);

  f->door->ended = FALSE;
  second = test_viewer_new (f);
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
    viewers[i] = test_viewer_new (f);
  last = viewers[G_N_ELEMENTS (viewers) - 1];
  g_assert_cmpuint (reeve_http_response_get_status (last->response), ==, 429);
  test_viewer_free (viewers[0]);
  viewers[0] = test_viewer_new (f);
  g_assert_cmpuint (reeve_http_response_get_status (viewers[0]->response), ==, 200);
  for (guint i = 0; i < G_N_ELEMENTS (viewers); i++)
    test_viewer_free (viewers[i]);
}

/* Who takes nothing is sent away, in the middle of whatever it is told. */
static void
test_slow (void)
{
  g_autoptr (WebUiTest) f = web_ui_test_new (TRUE);
  TestViewer *slow = test_viewer_new (f), *quick = test_viewer_new (f);

  slow->taking = FALSE;
  test_watch (f, slow, "{\"systems\":[\"" ID "1\",\"" ID "2\"],\"system\":\"" ID "1\"}");
  test_watch (f, quick, "{\"systems\":[\"" ID "1\",\"" ID "2\"],\"system\":\"" ID "1\"}");
  for (guint i = 0; i < 20000 && !slow->ended; i++)
    {
      test_fleet_tell (f->fleet, 1, 1000000 + i, FALSE);
      if (i % 100 == 0)
        reeve_mock_host_advance (f->host, TURN);
    }
  g_assert_true (slow->ended);
  g_assert_false (quick->ended);
  g_assert_cmpint (f->fleet->followed, ==, 1);
  test_viewer_free (slow);
  test_viewer_free (quick);
}

/* Who watches no row is told all the same, however much it becomes. */
static void
test_long (void)
{
  g_autoptr (WebUiTest) f = web_ui_test_new (TRUE);
  g_autoptr (TestViewer) viewer = test_viewer_new (f);
  guint told = 0;

  test_watch (f, viewer, "{\"systems\":[],\"system\":\"" ID "1\"}");
  while (viewer->text->len < 3 * REEVE_WEB_UI_LIVE_BURST && told < 20000)
    {
      test_fleet_tell (f->fleet, 1, 1000000 + told, FALSE);
      if (++told % 100 == 0)
        reeve_mock_host_advance (f->host, TURN);
    }
  reeve_mock_host_advance (f->host, TURN);
  g_assert_cmpuint (test_viewer_count (viewer, "event: sample\n"), ==, told);
  g_assert_cmpuint (viewer->text->len, >=, 3 * REEVE_WEB_UI_LIVE_BURST);
}

static void
test_fleet_goes (void)
{
  g_autoptr (WebUiTest) f = web_ui_test_new (TRUE);
  g_autoptr (TestViewer) viewer = test_viewer_new (f);
  g_autoptr (TestViewer) none = NULL;
  g_autoptr (GAsyncResult) result = NULL;

  test_watch (f, viewer, "{\"systems\":[\"" ID "1\"],\"system\":\"\"}");
  reeve_context_withdraw_async (reeve_mock_host_get_context (f->host), f->fleet,
                                reeve_mock_result_cb, &result);
  reeve_mock_host_wait (f->host, &result);
  g_assert_true (viewer->ended);
  none = test_viewer_new (f);
  g_assert_cmpuint (reeve_http_response_get_status (none->response), ==, 503);
  /* unwatch() did not reach one that has gone */
  g_array_set_size (f->fleet->watches, 0);
}

static void
test_stop (void)
{
  g_autoptr (WebUiTest) f = web_ui_test_new (TRUE);
  g_autoptr (TestViewer) viewer = test_viewer_new (f);

  test_watch (f, viewer, "{\"systems\":[\"" ID "2\"],\"system\":\"" ID "1\"}");
  reeve_mock_host_unload (f->host, f->plugin);
  g_assert_true (viewer->ended);
  g_assert_cmpint (f->fleet->followed, ==, 0);
  f->plugin = reeve_mock_host_load (f->host, "web-ui", "page-directory", f->page, NULL);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/web-ui/live/hello", test_hello);
  g_test_add_func ("/web-ui/live/rows", test_rows);
  g_test_add_func ("/web-ui/live/watching", test_watching);
  g_test_add_func ("/web-ui/live/too many", test_too_many);
  g_test_add_func ("/web-ui/live/counts", test_counts);
  g_test_add_func ("/web-ui/live/removed", test_removed);
  g_test_add_func ("/web-ui/live/resume", test_resume);
  g_test_add_func ("/web-ui/live/refused", test_refused);
  g_test_add_func ("/web-ui/live/samples", test_samples);
  g_test_add_func ("/web-ui/live/samples of several", test_samples_of_several);
  g_test_add_func ("/web-ui/live/ping", test_ping);
  g_test_add_func ("/web-ui/live/session", test_session);
  g_test_add_func ("/web-ui/live/limit", test_limit);
  g_test_add_func ("/web-ui/live/slow", test_slow);
  g_test_add_func ("/web-ui/live/long", test_long);
  g_test_add_func ("/web-ui/live/fleet goes", test_fleet_goes);
  g_test_add_func ("/web-ui/live/stop", test_stop);
  return g_test_run ();
}
