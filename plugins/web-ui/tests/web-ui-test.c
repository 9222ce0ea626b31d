/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "web-ui-test.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

/* ---- operations ---- */

static const char test_xml[] =
    "<node><interface name='org.reeve.Test1'>"
    "<method name='Read'><arg name='s' type='s' direction='in'/>"
    "<arg name='d' type='d' direction='in'/><arg name='u' type='u' direction='in'/>"
    "<arg name='i' type='i' direction='in'/><arg name='b' type='b' direction='in'/>"
    "<arg name='x' type='x' direction='in'/><arg name='t' type='t' direction='in'/>"
    "<arg name='as' type='as' direction='in'/>"
    "<arg name='s' type='s' direction='out'/><arg name='d' type='d' direction='out'/>"
    "<arg name='u' type='u' direction='out'/><arg name='i' type='i' direction='out'/>"
    "<arg name='b' type='b' direction='out'/><arg name='x' type='x' direction='out'/>"
    "<arg name='t' type='t' direction='out'/><arg name='as' type='as' direction='out'/></method>"
    "<method name='Write'><arg name='s' type='s' direction='in'/>"
    "<arg name='u' type='u' direction='in'/><arg name='d' type='d' direction='in'/>"
    "<arg name='b' type='b' direction='in'/><arg name='as' type='as' direction='in'/>"
    "<arg name='s' type='s' direction='out'/><arg name='u' type='u' direction='out'/>"
    "<arg name='d' type='d' direction='out'/><arg name='b' type='b' direction='out'/>"
    "<arg name='as' type='as' direction='out'/></method>"
    "<method name='Get'><arg name='thing' type='s' direction='in'/>"
    "<arg name='part' type='u' direction='in'/>"
    "<arg name='thing' type='s' direction='out'/><arg name='part' type='u' direction='out'/>"
    "</method>"
    "<method name='Fixed'><arg name='values' type='ad' direction='out'/>"
    "<arg name='more' type='a{sv}' direction='out'/></method>"
    "<method name='Ask'><arg name='thing' type='s' direction='in'/>"
    "<arg name='arguments' type='a{sv}' direction='in'/>"
    "<arg name='thing' type='s' direction='out'/>"
    "<arg name='arguments' type='a{sv}' direction='out'/></method>"
    "<method name='Fail'/>"
    "<method name='Nothing'/>"
    "<method name='Hidden'/>"
    "</interface></node>";

static const ReeveOperationRow test_operation_rows[] = {
  { .method = "Read",
    .power = REEVE_POWER_VIEW,
    .http_verb = "GET",
    .http_path = "/api/v1/values" },
  { .method = "Write",
    .power = REEVE_POWER_OPERATE,
    .http_verb = "POST",
    .http_path = "/api/v1/values" },
  { .method = "Get",
    .power = REEVE_POWER_VIEW,
    .http_verb = "GET",
    .http_path = "/api/v1/things/{thing}",
    .object_argument = "thing" },
  { .method = "Ask",
    .power = REEVE_POWER_OPERATE,
    .http_verb = "POST",
    .http_path = "/api/v1/things/{thing}/ask",
    .object_argument = "thing" },
  { .method = "Fixed",
    .power = REEVE_POWER_PUBLIC,
    .http_verb = "GET",
    .http_path = "/api/v1/things/fixed" },
  { .method = "Fail",
    .power = REEVE_POWER_PUBLIC,
    .http_verb = "GET",
    .http_path = "/api/v1/fail" },
  { .method = "Nothing",
    .power = REEVE_POWER_PUBLIC,
    .http_verb = "DELETE",
    .http_path = "/api/v1/nothing" },
  { .method = "Hidden", .power = REEVE_POWER_PUBLIC },
  { .method = NULL },
};

static void test_operations_iface_init (ReeveOperationsInterface *iface);

G_DEFINE_TYPE_WITH_CODE (TestOperations, test_operations, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (REEVE_TYPE_OPERATIONS, test_operations_iface_init))

static void
test_operations_class_init (G_GNUC_UNUSED TestOperationsClass *klass)
{
}

static void
test_operations_init (G_GNUC_UNUSED TestOperations *self)
{
}

static void
test_operations_call_async (ReeveOperations *operations, const char *method, GVariant *arguments,
                            ReeveSubject *subject, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data)
{
  TestOperations *self = TEST_OPERATIONS (operations);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  GVariant *answer = arguments;

  self->calls++;
  if (g_str_equal (method, "Fail"))
    {
      g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_CONFLICT, "it \"changed\"");
      return;
    }
  if (g_str_equal (method, "Fixed"))
    answer = g_variant_new_parsed ("([1.5, %d, -0.1], {'a': <'b\"c\\\\'>, 'n': <@mi nothing>,"
                                   " 'list': <[('x', byte 7)]>})",
                                   (double) NAN);
  g_task_return_pointer (task, g_variant_ref_sink (answer), (GDestroyNotify) g_variant_unref);
}

/* The description stays with the type. */
static void
test_operations_iface_init (ReeveOperationsInterface *iface)
{
  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (test_xml, NULL);

  iface->info = g_dbus_interface_info_ref (node->interfaces[0]);
  iface->rows = test_operation_rows;
  iface->call_async = test_operations_call_async;
}

/* ---- fleet ---- */

static void test_fleet_iface_init (ReeveFleetInterface *iface);

G_DEFINE_TYPE_WITH_CODE (TestFleet, test_fleet, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (REEVE_TYPE_FLEET, test_fleet_iface_init))

typedef struct
{
  guint id;
  ReeveFleetFunc func;
  gpointer user_data;
} TestWatch;

static void
test_fleet_finalize (GObject *object)
{
  g_array_unref (TEST_FLEET (object)->watches);
  reeve_sample_unref (TEST_FLEET (object)->latest);
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
  self->watches = g_array_new (FALSE, FALSE, sizeof (TestWatch));
  self->latest = reeve_sample_new (reeve_schema_get_standard ());
  reeve_sample_set_rates (self->latest, TRUE);
  reeve_sample_add (self->latest, REEVE_KIND_CPU, NULL);
  reeve_sample_set_number (self->latest, REEVE_CPU_USAGE, 0.25);
  reeve_sample_add (self->latest, REEVE_KIND_NIC, "eth\"0");
  reeve_sample_set_number (self->latest, REEVE_NIC_SENT, 1000);
}

static void
test_fleet_show (TestFleet *self, guint index, ReeveSystemView *view, char id[17], char name[32])
{
  g_snprintf (id, 17, "%016x", index);
  g_snprintf (name, 32, "system %u", index);
  *view = (ReeveSystemView){ .id = id,
                             .name = name,
                             .state = index < TEST_FLEET_N && self->down[index] ? REEVE_SYSTEM_DOWN
                                                                                : REEVE_SYSTEM_UP,
                             .revision = index < TEST_FLEET_N ? self->revisions[index] : 0,
                             .since = 1000000,
                             .last = 2500000,
                             .hostname = "host",
                             .agent_version = "1",
                             .transport = "t",
                             .remote = "r",
                             .latest = self->latest };
}

static void
test_fleet_foreach (ReeveFleet *fleet, const char *wanted, ReeveFleetEachFunc func,
                    gpointer user_data)
{
  TestFleet *self = TEST_FLEET (fleet);
  ReeveSystemView view;
  char id[17], name[32];

  for (guint i = 0; i < self->n; i++)
    {
      test_fleet_show (self, i, &view, id, name);
      if ((i >= TEST_FLEET_N || !self->gone[i]) && (wanted == NULL || g_str_equal (wanted, id)))
        {
          self->shown++;
          func (&view, user_data);
        }
    }
}

static guint64
test_fleet_count (ReeveFleet *fleet, guint counts[REEVE_SYSTEM_N_STATES])
{
  TestFleet *self = TEST_FLEET (fleet);

  for (guint i = 0; i < self->n; i++)
    if (i >= TEST_FLEET_N || !self->gone[i])
      counts[i < TEST_FLEET_N && self->down[i] ? REEVE_SYSTEM_DOWN : REEVE_SYSTEM_UP]++;
  return self->revision;
}

static guint
test_fleet_watch (ReeveFleet *fleet, ReeveFleetFunc func, gpointer user_data)
{
  TestFleet *self = TEST_FLEET (fleet);
  TestWatch watch = { ++self->last_watch, func, user_data };

  g_array_append_val (self->watches, watch);
  return watch.id;
}

static void
test_fleet_unwatch (ReeveFleet *fleet, guint id)
{
  TestFleet *self = TEST_FLEET (fleet);

  for (guint i = self->watches->len; i-- > 0;)
    if (g_array_index (self->watches, TestWatch, i).id == id)
      g_array_remove_index (self->watches, i);
}

static void
test_fleet_follow (ReeveFleet *fleet, const char *system)
{
  TEST_FLEET (fleet)->followed++;
}

static void
test_fleet_unfollow (ReeveFleet *fleet, const char *system)
{
  TEST_FLEET (fleet)->followed--;
}

static void
test_fleet_iface_init (ReeveFleetInterface *iface)
{
  iface->foreach = test_fleet_foreach;
  iface->watch = test_fleet_watch;
  iface->unwatch = test_fleet_unwatch;
  iface->follow = test_fleet_follow;
  iface->unfollow = test_fleet_unfollow;
  iface->count = test_fleet_count;
}

static void
test_fleet_change (TestFleet *self, guint index, const ReeveFleetChange *change)
{
  ReeveSystemView view;
  char id[17], name[32];

  g_assert_cmpuint (index, <, TEST_FLEET_N);
  self->revisions[index] = ++self->revision;
  test_fleet_show (self, index, &view, id, name);
  for (guint i = self->watches->len; i-- > 0;)
    {
      TestWatch watch = g_array_index (self->watches, TestWatch, i);

      watch.func (&view, change, watch.user_data);
    }
}

void
test_fleet_tell (TestFleet *self, guint index, gint64 time, gboolean removed)
{
  const ReeveFleetChange change = { .sample = time != 0, .removed = removed };

  if (time != 0)
    reeve_sample_set_time (self->latest, time);
  self->gone[index] = removed;
  test_fleet_change (self, index, &change);
}

void
test_fleet_tell_kept (TestFleet *self, guint index, gboolean kept)
{
  const ReeveFleetChange change = { .sample = TRUE, .stored = kept, .refused = !kept };

  test_fleet_change (self, index, &change);
}

/* ---- door ---- */

static void test_door_authenticator_init (ReeveAuthenticatorInterface *iface);
static void test_door_authorizer_init (ReeveAuthorizerInterface *iface);

G_DEFINE_TYPE_WITH_CODE (TestDoor, test_door, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (REEVE_TYPE_AUTHENTICATOR,
                                                test_door_authenticator_init)
                             G_IMPLEMENT_INTERFACE (REEVE_TYPE_AUTHORIZER,
                                                    test_door_authorizer_init))

static void
test_door_class_init (TestDoorClass *klass)
{
}

static void
test_door_init (TestDoor *self)
{
}

static void
test_door_authenticate_async (ReeveAuthenticator *authenticator, GVariant *credentials,
                              GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (authenticator, cancellable, callback, user_data);
  const char *bearer = "";
  gboolean good = g_variant_lookup (credentials, "bearer", "&s", &bearer) &&
                  g_str_equal (bearer, "good") && !TEST_DOOR (authenticator)->ended;

  g_task_return_pointer (task, good ? reeve_subject_new (REEVE_SUBJECT_WEB, "owner") : NULL,
                         (GDestroyNotify) reeve_subject_unref);
}

static ReeveSubject *
test_door_authenticate_finish (ReeveAuthenticator *authenticator, GAsyncResult *result,
                               GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
test_door_authorize_async (ReeveAuthorizer *authorizer, ReeveSubject *subject, ReevePower power,
                           const char *object, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (authorizer, cancellable, callback, user_data);

  g_task_return_boolean (task, g_str_equal (reeve_subject_get_name (subject), "owner") ||
                                   power == REEVE_POWER_VIEW);
}

static gboolean
test_door_authorize_finish (ReeveAuthorizer *authorizer, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
test_door_authenticator_init (ReeveAuthenticatorInterface *iface)
{
  iface->authenticate_async = test_door_authenticate_async;
  iface->authenticate_finish = test_door_authenticate_finish;
}

static void
test_door_authorizer_init (ReeveAuthorizerInterface *iface)
{
  iface->authorize_async = test_door_authorize_async;
  iface->authorize_finish = test_door_authorize_finish;
}

/* ---- page ---- */

static void
test_add_file (const char *directory, const char *name, const char *text, GString *manifest)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);
  g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_string_append_printf (manifest, "\"path\":\"/%s\",\"sha256\":\"%s\"", name, sum);
}

char *
web_ui_test_make_page (void)
{
  char *directory = g_dir_make_tmp ("reeve-page-XXXXXX", NULL);
  g_autofree char *assets = g_build_filename (directory, "assets", NULL);
  g_autofree char *file = g_build_filename (directory, "manifest.json", NULL);
  g_autoptr (GString) manifest =
      g_string_new ("{\"version\":1,\"index\":\"/index.html\",\"files\":[{\"type\":\"text/html\",");

  g_assert_cmpint (g_mkdir (assets, 0700), ==, 0);
  test_add_file (
      directory, "index.html",
      "<html><script src=\"/assets/main-AAAA.js\"></script><a href=\"https://x/\">/</a></html>",
      manifest);
  g_string_append (manifest, ",\"immutable\":false,\"encodings\":{\"gzip\":{");
  test_add_file (directory, "index.html.gz", "gzipped", manifest);
  g_string_append (manifest, "}}},{\"type\":\"text/javascript\",\"immutable\":true,");
  test_add_file (directory, "assets/main-AAAA.js", "script", manifest);
  g_string_append (manifest, ",\"encodings\":{\"gzip\":{");
  test_add_file (directory, "assets/main-AAAA.js.gz", "gz", manifest);
  g_string_append (manifest, "},\"br\":{");
  test_add_file (directory, "assets/main-AAAA.js.br", "br", manifest);
  g_string_append (manifest, "}}}]}");
  g_assert_true (g_file_set_contents (file, manifest->str, -1, NULL));
  return directory;
}

void
web_ui_test_remove_page (const char *directory)
{
  static const char *const names[] = { "manifest.json",
                                       "index.html",
                                       "index.html.gz",
                                       "assets/main-AAAA.js",
                                       "assets/main-AAAA.js.gz",
                                       "assets/main-AAAA.js.br",
                                       "assets",
                                       "" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (directory, names[i], NULL);

      (void) g_remove (path);
    }
}

/* ---- the plugin ---- */

static void
web_ui_test_provide (WebUiTest *f, GType interface, const char *key, gpointer provider)
{
  g_autoptr (GError) error = NULL;

  reeve_context_provide (reeve_mock_host_get_context (f->host), interface, key, provider, &error);
  g_assert_no_error (error);
}

WebUiTest *
web_ui_test_new (gboolean driven)
{
  WebUiTest *f = g_new0 (WebUiTest, 1);

  f->host = reeve_mock_host_new ("hub", driven);
  f->operations = g_object_new (TEST_TYPE_OPERATIONS, NULL);
  f->fleet = g_object_new (TEST_TYPE_FLEET, NULL);
  f->fleet->n = 3;
  f->door = g_object_new (TEST_TYPE_DOOR, NULL);
  web_ui_test_provide (f, REEVE_TYPE_OPERATIONS, "", f->operations);
  web_ui_test_provide (f, REEVE_TYPE_FLEET, "", f->fleet);
  web_ui_test_provide (f, REEVE_TYPE_AUTHENTICATOR, "", f->door);
  web_ui_test_provide (f, REEVE_TYPE_AUTHORIZER, REEVE_SUBJECT_WEB, f->door);
  f->page = web_ui_test_make_page ();
  f->plugin = reeve_mock_host_load (f->host, "web-ui", "page-directory", f->page, NULL);
  reeve_mock_host_settle (f->host);
  return f;
}

void
web_ui_test_free (WebUiTest *f)
{
  reeve_mock_host_unload (f->host, f->plugin);
  g_assert_cmpint (f->fleet->followed, ==, 0);
  g_assert_cmpuint (f->fleet->watches->len, ==, 0);
  g_object_unref (f->operations);
  g_object_unref (f->fleet);
  g_object_unref (f->door);
  reeve_mock_host_free (f->host);
  web_ui_test_remove_page (f->page);
  g_free (f->page);
  g_free (f);
}

ReeveHttpRequest *
web_ui_test_make_request (const char *method, const char *path, const char *query,
                          const char *identity)
{
  ReeveHttpRequest *request = reeve_http_request_new (method, path, query);
  g_autoptr (ReeveSubject) subject = reeve_subject_new (REEVE_SUBJECT_WEB, identity);

  if (*identity != '\0')
    {
      reeve_http_request_set_subject (request, subject);
      reeve_http_request_add_header (request, "authorization", "Bearer good");
    }
  return request;
}

ReeveHttpResponse *
web_ui_test_ask (WebUiTest *f, ReeveHttpRequest *request)
{
  g_autoptr (ReeveRoutes) routes =
      reeve_context_lookup (reeve_mock_host_get_context (f->host), REEVE_TYPE_ROUTES, NULL);
  const ReeveRoute *row = reeve_routes_get_routes (routes);
  const char *path = reeve_http_request_get_path (request);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  ReeveHttpResponse *response;

  /* in this order they are: "/", "/api", "/api/v1/live", "/api/v1/openapi.json" */
  if (g_str_equal (path, row[2].path))
    row += 2;
  else if (g_str_equal (path, row[3].path))
    row += 3;
  else if (g_str_has_prefix (path, row[1].path))
    row += 1;
  reeve_routes_handle_async (routes, row, request, NULL, reeve_mock_result_cb, &result);
  reeve_mock_host_wait (f->host, &result);
  response = reeve_routes_handle_finish (routes, result, &error);
  g_assert_no_error (error);
  g_assert_nonnull (response);
  return response;
}

static void
test_append_field (const char *name, const char *value, gpointer user_data)
{
  g_string_append_printf (user_data, "%s: %s\n", name, value);
}

char *
web_ui_test_get_fields (ReeveHttpResponse *response)
{
  GString *text = g_string_new ("\n");

  reeve_http_response_foreach_header (response, test_append_field, text);
  return g_string_free (text, FALSE);
}

char *
web_ui_test_get_text (ReeveHttpResponse *response)
{
  GBytes *body = reeve_http_response_get_body (response);

  if (body == NULL)
    return g_strdup ("");
  return g_strndup (g_bytes_get_data (body, NULL), g_bytes_get_size (body));
}
