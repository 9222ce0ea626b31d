/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The module in a mock host, beside a fleet that is made up: tokens, the whole text by somebody
 * else's parser, and that ten thousand systems are told in pieces. */

#include "config.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <reeve/monitor.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/lib/reeve-mock-host.h"

/* Python of the distribution, which has the distribution's modules. */
#define TEST_PYTHON "/usr/bin/python3"
/* More than a piece of text by one long row. */
#define TEST_MAX_PIECE (192 * 1024)

/* ---- a fleet ---- */

#define TEST_TYPE_FLEET (test_fleet_get_type ())
G_DECLARE_FINAL_TYPE (TestFleet, test_fleet, TEST, FLEET, GObject)

struct _TestFleet
{
  GObject parent;

  GPtrArray *names;
  GPtrArray *samples;
  ReeveSample *facts;  /* one for all systems, filled anew for each, as the fleet does */
  ReeveFleetFunc func; /* who watches */
  gpointer user_data;
};

static void test_fleet_iface_init (ReeveFleetInterface *iface);

G_DEFINE_TYPE_WITH_CODE (TestFleet, test_fleet, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (REEVE_TYPE_FLEET, test_fleet_iface_init))

static void
test_fleet_finalize (GObject *object)
{
  TestFleet *self = TEST_FLEET (object);

  g_ptr_array_unref (self->names);
  g_ptr_array_unref (self->samples);
  reeve_sample_unref (self->facts);
  G_OBJECT_CLASS (test_fleet_parent_class)->finalize (object);
}

static void
test_fleet_class_init (TestFleetClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = test_fleet_finalize;
}

static void
test_fleet_init (TestFleet *self)
{
  self->names = g_ptr_array_new_with_free_func (g_free);
  self->samples = g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_sample_unref);
  self->facts = reeve_sample_new (reeve_schema_get_standard ());
}

static ReeveSample *
test_fleet_fill_facts (TestFleet *self, guint i)
{
  g_autofree char *name = g_strdup_printf ("a \"host\" \\ {} %u", i);

  reeve_sample_reset (self->facts, reeve_schema_get_standard ());
  reeve_sample_set_rates (self->facts, TRUE);
  reeve_sample_add (self->facts, REEVE_KIND_HOST, NULL);
  reeve_sample_set_text (self->facts, 0, name);
  return self->facts;
}

/* Every third one is down. */
static void
test_fleet_foreach (ReeveFleet *fleet, const char *id, ReeveFleetEachFunc func, gpointer user_data)
{
  TestFleet *self = TEST_FLEET (fleet);

  for (guint i = 0; i < self->names->len; i++)
    {
      g_autofree char *own = g_strdup_printf ("%016x", i);
      ReeveSystemView view = {
        .id = own,
        .name = self->names->pdata[i],
        .state = i % 3 == 2 ? REEVE_SYSTEM_DOWN : REEVE_SYSTEM_UP,
        .last = 1700000000500000,
        .hostname = "",
        .agent_version = "",
        .transport = i % 3 == 1 ? "websocket" : "",
        .remote = "",
        .latest = self->samples->pdata[i],
        /* one of them has none */
        .facts = i != 3 ? test_fleet_fill_facts (self, i) : NULL,
        .linked = i % 3 == 1,
      };

      func (&view, user_data);
    }
}

static guint
test_fleet_watch (ReeveFleet *fleet, ReeveFleetFunc func, gpointer user_data)
{
  TEST_FLEET (fleet)->func = func;
  TEST_FLEET (fleet)->user_data = user_data;
  return 1;
}

static void
test_fleet_unwatch (ReeveFleet *fleet, guint id)
{
  TEST_FLEET (fleet)->func = NULL;
}

static void
test_fleet_iface_init (ReeveFleetInterface *iface)
{
  iface->foreach = test_fleet_foreach;
  iface->watch = test_fleet_watch;
  iface->unwatch = test_fleet_unwatch;
}

static const ReeveMetric test_good_metrics[] = {
  { .name = "value", .title = "Value", .type = REEVE_METRIC_NUMBER, .unit = REEVE_UNIT_BYTES },
  { .name = "system", .title = "A text", .type = REEVE_METRIC_TEXT },
  { .name = "system-text", .title = "A text", .type = REEVE_METRIC_TEXT },
  { .name = "system-id", .title = "A text", .type = REEVE_METRIC_TEXT },
};
static const ReeveMetric test_other_metrics[] = {
  { .name = "value", .title = "Value", .type = REEVE_METRIC_NUMBER, .unit = REEVE_UNIT_SECONDS },
};
/* Kinds that want to be taken for the hub's own families, and one that another agent describes
 * otherwise. */
static const ReeveKind test_kinds[] = {
  { .name = "hub.memory", .title = "M", .n_metrics = 4, .metrics = test_good_metrics },
  { .name = "test.own", .title = "Own \"own\" \\", .n_metrics = 4, .metrics = test_good_metrics },
};
static const ReeveKind test_other_kind = { .name = "test.own",
                                           .title = "Own",
                                           .instanced = TRUE,
                                           .n_metrics = 1,
                                           .metrics = test_other_metrics };

static ReeveSample *
make_sample (ReeveSchema *schema, guint turn, gboolean whole)
{
  ReeveSample *sample = reeve_sample_new (schema);

  reeve_sample_set_rates (sample, TRUE);
  reeve_sample_set_time (sample, 1700000000500000);
  for (guint i = 0; i < reeve_schema_get_n_kinds (schema); i++)
    {
      const ReeveKind *kind = reeve_schema_get_kind (schema, i);

      /* a whole one has facts, too, as an agent's first has: they are told once */
      if (!whole && i != REEVE_KIND_CPU && i != REEVE_KIND_MEMORY && i != REEVE_KIND_FILESYSTEM)
        continue;
      for (guint j = 0; j < (kind->instanced ? 2 : 1); j++)
        {
          reeve_sample_add (sample, i, !kind->instanced ? NULL : j == 0 ? "a\"b\\c{}=,\n" : "é");
          for (guint k = 0; k < kind->n_metrics; k++)
            if (kind->metrics[k].type == REEVE_METRIC_TEXT)
              reeve_sample_set_text (sample, k, "t \"x\" \\ y\nz");
            else if (kind->metrics[k].type == REEVE_METRIC_STATE)
              reeve_sample_set_state (sample, k, j);
            else
              reeve_sample_set_number (sample, k, turn + 0.5);
        }
    }
  return sample;
}

static void
test_fleet_fill (TestFleet *self, guint n)
{
  static const ReeveKind *const first[] = { &test_kinds[0], &test_kinds[1] };
  static const ReeveKind *const second[] = { &test_other_kind };
  g_autoptr (GError) error = NULL;
  g_autoptr (ReeveSchema) one = reeve_schema_new (first, 2, &error);
  g_autoptr (ReeveSchema) two = reeve_schema_new (second, 1, &error);
  ReeveSchema *schemas[] = { one, two, reeve_schema_get_standard () };

  g_assert_no_error (error);
  for (guint i = 0; i < n; i++)
    {
      g_ptr_array_add (self->names, g_strdup_printf ("web \"%u\" \\ {},é", i));
      g_ptr_array_add (self->samples, make_sample (schemas[i % 3], i, n < 100));
    }
}

/* ---- who may ---- */

#define TEST_TYPE_AUTHORIZER (test_authorizer_get_type ())
G_DECLARE_FINAL_TYPE (TestAuthorizer, test_authorizer, TEST, AUTHORIZER, GObject)

struct _TestAuthorizer
{
  GObject parent;
};

static void test_authorizer_iface_init (ReeveAuthorizerInterface *iface);

G_DEFINE_TYPE_WITH_CODE (TestAuthorizer, test_authorizer, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (REEVE_TYPE_AUTHORIZER, test_authorizer_iface_init))

static void
test_authorizer_class_init (TestAuthorizerClass *klass)
{
}

static void
test_authorizer_init (TestAuthorizer *self)
{
}

static void
test_authorize_async (ReeveAuthorizer *authorizer, ReeveSubject *subject, ReevePower power,
                      const char *object, GCancellable *cancellable, GAsyncReadyCallback callback,
                      gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (authorizer, cancellable, callback, user_data);

  g_task_return_boolean (task, TRUE);
}

static gboolean
test_authorize_finish (ReeveAuthorizer *authorizer, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
test_authorizer_iface_init (ReeveAuthorizerInterface *iface)
{
  iface->authorize_async = test_authorize_async;
  iface->authorize_finish = test_authorize_finish;
}

/* ---- asking ---- */

typedef struct
{
  ReeveMockHost *host;
  ReevePlugin *plugin;
  TestFleet *fleet;
  ReeveRoutes *routes;
} Test;

typedef struct
{
  Test *f;
  ReeveHttpResponse *response;
  GString *text;
  gboolean takes; /* as fast as it comes */
  gboolean over;
  gsize largest;
} Answer;

static Test *
test_new (guint n_systems, const char *key, const char *value)
{
  Test *f = g_new0 (Test, 1);
  ReeveContext *context;
  g_autoptr (TestAuthorizer) authorizer = NULL;
  g_autoptr (GError) error = NULL;

  f->host = reeve_mock_host_new ("hub", FALSE);
  context = reeve_mock_host_get_context (f->host);
  f->fleet = g_object_new (TEST_TYPE_FLEET, NULL);
  test_fleet_fill (f->fleet, n_systems);
  reeve_context_provide (context, REEVE_TYPE_FLEET, "", f->fleet, &error);
  g_assert_no_error (error);
  authorizer = g_object_new (TEST_TYPE_AUTHORIZER, NULL);
  reeve_context_provide (context, REEVE_TYPE_AUTHORIZER, REEVE_SUBJECT_UID, authorizer, &error);
  g_assert_no_error (error);
  f->plugin = reeve_mock_host_load (f->host, "metrics-out", key, value, NULL);
  f->routes = reeve_context_lookup (context, REEVE_TYPE_ROUTES, "");
  reeve_mock_host_settle (f->host);
  return f;
}

static void
test_free (Test *f)
{
  g_object_unref (f->routes);
  reeve_mock_host_unload (f->host, f->plugin);
  reeve_mock_host_settle (f->host);
  g_object_unref (f->fleet);
  reeve_mock_host_free (f->host);
  g_free (f);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Test, test_free)

static GVariant *
test_call (Test *f, const char *method, GError **error)
{
  ReeveContext *context = reeve_mock_host_get_context (f->host);
  g_autoptr (ReeveOperations) operations =
      reeve_context_lookup (context, REEVE_TYPE_OPERATIONS, "");
  g_autofree char *uid = g_strdup_printf ("%u", (guint) geteuid ());
  g_autoptr (ReeveSubject) subject = reeve_subject_new (REEVE_SUBJECT_UID, uid);
  g_autoptr (GAsyncResult) result = NULL;

  g_assert_true (reeve_operations_check (operations, NULL));
  reeve_operations_call_async (operations, context, method, g_variant_new ("()"), subject, NULL,
                               reeve_mock_result_cb, &result);
  reeve_mock_host_wait (f->host, &result);
  return reeve_operations_call_finish (operations, result, error);
}

static char *
test_make_token (Test *f)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = test_call (f, "NewToken", &error);
  char *token;

  g_assert_no_error (error);
  g_variant_get (answer, "(s)", &token);
  g_assert_cmpuint (strlen (token), ==, 43);
  return token;
}

static void
answer_push_cb (ReeveHttpResponse *response, GBytes *bytes, gpointer user_data)
{
  Answer *self = user_data;

  if (bytes == NULL)
    {
      self->over = TRUE;
      return;
    }
  self->largest = MAX (self->largest, g_bytes_get_size (bytes));
  g_string_append_len (self->text, g_bytes_get_data (bytes, NULL),
                       (gssize) g_bytes_get_size (bytes));
  if (self->takes)
    reeve_http_response_sent (response, g_bytes_get_size (bytes));
}

/* @bearer: the whole value of Authorization, or NULL. */
static Answer *
answer_new (Test *f, const char *bearer, gboolean takes)
{
  Answer *self = g_new0 (Answer, 1);
  g_autoptr (ReeveHttpRequest) request = reeve_http_request_new ("GET", "/metrics", NULL);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  self->f = f;
  self->text = g_string_new (NULL);
  self->takes = takes;
  if (bearer != NULL)
    reeve_http_request_add_header (request, "authorization", bearer);
  g_assert_true (reeve_routes_check (f->routes, NULL));
  reeve_routes_handle_async (f->routes, reeve_routes_get_routes (f->routes), request, NULL,
                             reeve_mock_result_cb, &result);
  reeve_mock_host_wait (f->host, &result);
  self->response = reeve_routes_handle_finish (f->routes, result, &error);
  g_assert_no_error (error);
  if (reeve_http_response_is_stream (self->response))
    reeve_http_response_set_push_func (self->response, answer_push_cb, self);
  return self;
}

static Answer *
answer_new_for (Test *f, const char *token, gboolean takes)
{
  g_autofree char *bearer = g_strconcat ("Bearer ", token, NULL);

  return answer_new (f, bearer, takes);
}

static void
answer_free (Answer *self)
{
  reeve_http_response_close (self->response);
  reeve_http_response_unref (self->response);
  g_string_free (self->text, TRUE);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Answer, answer_free)

static gboolean
answer_is_over (gpointer user_data)
{
  return ((Answer *) user_data)->over;
}

static void
answer_wait (Answer *self)
{
  reeve_mock_host_run_until (self->f->host, answer_is_over, self);
}

static guint
test_status (Test *f, const char *bearer)
{
  g_autoptr (Answer) answer = answer_new (f, bearer, TRUE);

  return reeve_http_response_get_status (answer->response);
}

/* ---- tests ---- */

static void
find_header (const char *name, const char *value, gpointer user_data)
{
  if (g_str_equal (name, "WWW-Authenticate") && g_str_equal (value, "Bearer"))
    *(gboolean *) user_data = TRUE;
}

static void
test_tokens (void)
{
  g_autoptr (Test) f = test_new (1, NULL, NULL);
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  g_autofree char *bearer = NULL;
  g_autofree char *again = NULL;
  g_autofree char *close = NULL;
  g_autofree char *path =
      g_build_filename (reeve_mock_host_get_state_dir (f->host), "metrics-token", NULL);
  g_autofree char *kept = NULL;
  g_autoptr (Answer) refused = NULL;
  g_autoptr (GVariant) nothing = NULL;
  gboolean asks = FALSE;
  GStatBuf st;

  /* nothing without a token */
  g_assert_cmpuint (test_status (f, NULL), ==, 404);
  g_assert_cmpuint (test_status (f, "Bearer "), ==, 404);

  first = test_make_token (f);
  bearer = g_strconcat ("Bearer ", first, NULL);
  close = g_strdup (bearer);
  close[strlen (close) - 1] = close[strlen (close) - 1] == 'A' ? 'B' : 'A';
  g_assert_cmpuint (test_status (f, bearer), ==, 200);
  g_assert_cmpuint (test_status (f, NULL), ==, 401);
  g_assert_cmpuint (test_status (f, ""), ==, 401);
  g_assert_cmpuint (test_status (f, first), ==, 401);
  g_assert_cmpuint (test_status (f, "Bearer "), ==, 401);
  g_assert_cmpuint (test_status (f, close), ==, 401);
  close[strlen (close) - 1] = '\0';
  g_assert_cmpuint (test_status (f, close), ==, 401);
  refused = answer_new (f, close, TRUE);
  reeve_http_response_foreach_header (refused->response, find_header, &asks);
  g_assert_true (asks);

  /* what is kept is not the token */
  g_assert_cmpint (g_stat (path, &st), ==, 0);
  g_assert_cmpuint (st.st_mode & 0777, ==, 0600);
  g_assert_true (g_file_get_contents (path, &kept, NULL, NULL));
  g_assert_cmpuint (strlen (kept), ==, 64);
  g_assert_null (strstr (kept, first));

  /* a new one ends the old; and none at all */
  second = test_make_token (f);
  again = g_strconcat ("Bearer ", second, NULL);
  g_assert_cmpuint (test_status (f, bearer), ==, 401);
  nothing = test_call (f, "RemoveToken", NULL);
  g_assert_nonnull (nothing);
  g_assert_cmpuint (test_status (f, again), ==, 404);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

static void
test_token_file (void)
{
  static const char token[] = "0123456789abcdef0123456789abcdef";
  g_autofree char *directory = g_dir_make_tmp ("reeve-metrics-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (directory, "token", NULL);
  g_autofree char *text = g_strconcat (token, "\n", NULL);
  g_autofree char *bearer = g_strconcat ("Bearer ", token, NULL);
  g_autofree char *below = NULL;
  g_autoptr (GError) error = NULL;
  ReeveMockHost *host;

  g_assert_true (g_file_set_contents_full (path, text, -1, 0, 0600, NULL));
  {
    g_autoptr (Test) f = test_new (1, "token-file", path);
    g_autoptr (GVariant) answer = NULL;

    g_assert_cmpuint (test_status (f, bearer), ==, 200);
    g_assert_cmpuint (test_status (f, "Bearer x"), ==, 401);
    answer = test_call (f, "NewToken", &error);
    g_assert_null (answer);
    g_assert_error (error, REEVE_ERROR, REEVE_ERROR_DENIED);
    g_clear_error (&error);
  }
  host = reeve_mock_host_new ("hub", FALSE);
  g_assert_cmpint (g_chmod (path, 0644), ==, 0);
  g_assert_null (reeve_mock_host_try_load (host, &error, "metrics-out", "token-file", path, NULL));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_DENIED);
  g_clear_error (&error);
  g_assert_true (g_file_set_contents_full (path, "short\n", -1, 0, 0600, NULL));
  g_assert_cmpint (g_chmod (path, 0600), ==, 0);
  g_assert_null (reeve_mock_host_try_load (host, &error, "metrics-out", "token-file", path, NULL));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, "token-file"));
  g_assert_null (strstr (error->message, "short'"));
  g_clear_error (&error);
  /* what cannot be looked at says why: a way through a file, and one that leads to itself */
  below = g_build_filename (path, "token", NULL);
  g_assert_null (reeve_mock_host_try_load (host, &error, "metrics-out", "token-file", below, NULL));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_IO);
  g_assert_nonnull (strstr (error->message, g_strerror (ENOTDIR)));
  g_clear_error (&error);
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (symlink ("token", path), ==, 0);
  g_assert_null (reeve_mock_host_try_load (host, &error, "metrics-out", "token-file", path, NULL));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_IO);
  g_assert_nonnull (strstr (error->message, g_strerror (ELOOP)));
  reeve_mock_host_free (host);
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (g_rmdir (directory), ==, 0);
}

static void
assert_line (const char *text, const char *line)
{
  g_autofree char *whole = g_strconcat ("\n", line, "\n", NULL);

  if (strstr (text, whole) == NULL)
    g_error ("no line '%s' in:\n%s", line, text);
}

/* Each family once, and the end at the end. Returns how many lines begin with @prefix. With
 * memchr(): under the sanitizers each strchr() measures all that follows. */
static guint
assert_shape (const GString *text, const char *prefix)
{
  g_autoptr (GHashTable) families = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  const char *end = text->str + text->len;
  const char *next;
  guint n = 0;

  g_assert_true (g_utf8_validate (text->str, (gssize) text->len, NULL));
  g_assert_true (g_str_has_suffix (text->str, "\n# EOF\n"));
  for (const char *line = text->str; line < end; line = next + 1)
    {
      next = memchr (line, '\n', (gsize) (end - line));
      if (strncmp (line, "# TYPE ", strlen ("# TYPE ")) == 0)
        g_assert_true (g_hash_table_add (families, g_strndup (line, (gsize) (next - line))));
      n += strncmp (line, prefix, strlen (prefix)) == 0 ? 1 : 0;
    }
  return n;
}

static void
test_text (void)
{
  g_autoptr (Test) f = test_new (7, NULL, NULL);
  g_autofree char *token = test_make_token (f);
  g_autoptr (Answer) answer = NULL;
  g_autofree char *script =
      g_test_build_filename (G_TEST_DIST, "tests", "lib", "parse-openmetrics.py", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process = NULL;
  g_autofree char *out = NULL;
  g_autofree char *complaint = NULL;
  const ReeveFleetChange stored = { .sample = TRUE, .stored = TRUE };
  const ReeveFleetChange lost = { .sample = TRUE };
  const ReeveSystemView view = {
    .last = reeve_clock_get_wall (reeve_context_get_clock (reeve_mock_host_get_context (f->host))) -
            2 * G_USEC_PER_SEC,
  };

  g_assert_nonnull (f->fleet->func);
  f->fleet->func (&view, &stored, f->fleet->user_data);
  f->fleet->func (&view, &stored, f->fleet->user_data);
  f->fleet->func (&view, &lost, f->fleet->user_data);
  answer = answer_new_for (f, token, TRUE);
  answer_wait (answer);
  g_assert_cmpstr (reeve_http_response_get_content_type (answer->response), ==,
                   "application/openmetrics-text; version=1.0.0; charset=utf-8");
  g_assert_cmpuint (assert_shape (answer->text, "reeve_up{"), ==, 7);
#define FIRST "system=\"web \\\"0\\\" \\\\ {},é\",system_id=\"0000000000000000\""
#define SECOND "system=\"web \\\"1\\\" \\\\ {},é\",system_id=\"0000000000000001\""
#define THIRD "system=\"web \\\"2\\\" \\\\ {},é\",system_id=\"0000000000000002\""
  assert_line (answer->text->str, "reeve_up{" FIRST "} 1");
  assert_line (answer->text->str, "reeve_up{" THIRD "} 0");
  assert_line (answer->text->str, "reeve_system_state{" THIRD ",reeve_system_state=\"down\"} 1");
  assert_line (answer->text->str,
               "reeve_system_last_sample_timestamp_seconds{" THIRD "} 1700000000.5");
  assert_line (answer->text->str, "reeve_memory_total_bytes{" FIRST "} 0.5");
  assert_line (answer->text->str, "# TYPE reeve_network_sent_bytes_per_second gauge");
  assert_line (answer->text->str, "reeve_network_sent_bytes_per_second{" SECOND "} 1.5");
  assert_line (answer->text->str, "reeve_filesystem_used_bytes{" FIRST ",instance=\"é\"} 0.5");
  /* a system that is down has facts, but no values; each has its own facts */
  g_assert_cmpuint (assert_shape (answer->text, "reeve_host_info{"), ==, 6);
  assert_line (answer->text->str,
               "reeve_host_info{" FIRST ",hostname=\"a \\\"host\\\" \\\\ {} 0\"} 1");
  assert_line (answer->text->str,
               "reeve_host_info{" THIRD ",hostname=\"a \\\"host\\\" \\\\ {} 2\"} 1");
  g_assert_null (strstr (answer->text->str, "reeve_memory_total_bytes{" THIRD));
  assert_line (answer->text->str, "reeve_hub_systems{state=\"up\"} 5");
  assert_line (answer->text->str, "reeve_hub_systems{state=\"down\"} 2");
  assert_line (answer->text->str, "reeve_hub_links{transport=\"websocket\"} 2");
  assert_line (answer->text->str, "reeve_hub_samples_total 2");
  assert_line (answer->text->str, "reeve_hub_samples_not_stored_total 1");
  assert_line (answer->text->str, "reeve_hub_commit_delay_seconds_count 2");
  assert_line (answer->text->str, "reeve_hub_scrapes_total 1");
  /* that the token was made */
  assert_line (answer->text->str, "reeve_hub_events_total 1");
  /* nobody takes the hub's name, and two descriptions of one kind do not mix */
  assert_line (answer->text->str, "reeve_hub_memory_value_bytes{" FIRST "} 0.5");
  assert_line (answer->text->str, "reeve_test_own_value_bytes{" FIRST "} 0.5");
  assert_line (answer->text->str, "reeve_test_own_value_seconds{" SECOND ",instance=\"é\"} 1.5");

  if (!g_file_test (TEST_PYTHON, G_FILE_TEST_IS_EXECUTABLE))
    return;
  process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                                  G_SUBPROCESS_FLAGS_STDERR_PIPE,
                              &error, TEST_PYTHON, script, NULL);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (process, answer->text->str, NULL, &out, &complaint, &error);
  g_assert_no_error (error);
  if (g_subprocess_get_exit_status (process) == 77)
    {
      g_test_skip ("python3-prometheus-client is not installed");
      return;
    }
  if (g_subprocess_get_exit_status (process) != 0)
    g_error ("the parser refuses: %s\n%s", complaint, answer->text->str);
  assert_line (out, "info - reeve_test_own_info [('system', 'web \"0\" \\\\ {},\\xe9'), "
                    "('system_id', '0000000000000000'), "
                    "('system_id_text', 't \"x\" \\\\ y\\ufffdz'), "
                    "('system_text', 't \"x\" \\\\ y\\ufffdz'), "
                    "('system_text_text', 't \"x\" \\\\ y\\ufffdz')] 1");
}

/* Ten thousand systems: in pieces, not faster than they are taken, whole in the end. */
static void
test_many (void)
{
  g_autoptr (Test) f = test_new (10000, NULL, NULL);
  g_autofree char *token = test_make_token (f);
  g_autoptr (Answer) slow = answer_new_for (f, token, FALSE);
  g_autoptr (Answer) fast = answer_new_for (f, token, TRUE);
  g_autofree char *bearer = g_strconcat ("Bearer ", token, NULL);

  /* no more at a time */
  g_assert_cmpuint (test_status (f, bearer), ==, 503);
  answer_wait (fast);
  g_assert_cmpuint (fast->largest, <, TEST_MAX_PIECE);
  g_assert_cmpuint (assert_shape (fast->text, "reeve_up{"), ==, 10000);

  /* who takes nothing makes the hub keep little */
  g_assert_false (slow->over);
  g_assert_cmpuint (slow->text->len, <, 256 * 1024 + TEST_MAX_PIECE);
  g_assert_cmpuint (slow->text->len, ==, reeve_http_response_get_pending (slow->response));
  slow->takes = TRUE;
  reeve_http_response_sent (slow->response, slow->text->len);
  answer_wait (slow);
  g_assert_cmpuint (slow->text->len, >, 10 * 1024 * 1024);
  g_assert_true (g_str_has_suffix (slow->text->str, "\n# EOF\n"));
  g_assert_cmpuint (test_status (f, bearer), ==, 200);
}

/* The client goes, and the plugin goes, while an answer is on its way. */
static void
test_ends (void)
{
  g_autofree char *token = NULL;
  Answer *left, *gone;
  Test *f = test_new (2000, NULL, NULL);

  token = test_make_token (f);
  gone = answer_new_for (f, token, FALSE);
  reeve_http_response_close (gone->response);
  answer_free (gone);
  left = answer_new_for (f, token, FALSE);
  reeve_mock_host_settle (f->host);
  test_free (f);
  g_assert_true (left->over);
  g_assert_false (g_str_has_suffix (left->text->str, "# EOF\n"));
  answer_free (left);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/metrics-out/tokens", test_tokens);
  g_test_add_func ("/metrics-out/token-file", test_token_file);
  g_test_add_func ("/metrics-out/text", test_text);
  g_test_add_func ("/metrics-out/many", test_many);
  g_test_add_func ("/metrics-out/ends", test_ends);
  return g_test_run ();
}
