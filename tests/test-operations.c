/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Every operation and every route of the built modules of the hub, and the host's own, whatever
 * they are: each has a power, and nobody gets in without a clear yes. */

#include "config.h"

#include <glib/gstdio.h>
#include <reeve/reeve.h>
#include <string.h>
#include <unistd.h>

#include "core/host/reeve-host-authorizer.h"
#include "core/host/reeve-host-operations.h"
#include "lib/reeve-mock-host.h"

/* Whoever may be asked without being anybody; a new one is a decision, made here too. */
static const char *const public_methods[] = { "org.reeve.Accounts1.SignIn", NULL };
static const char *const public_routes[] = { "/", "/api", "/api/beszel/agent-connect", NULL };

/* ---- an authorizer that does as it is told ---- */

typedef enum
{
  ANSWER_ABSENT,
  ANSWER_NO,
  ANSWER_ERROR,
  ANSWER_NEVER,
  ANSWER_YES,
} Answer;

static const char *const answer_names[] = { "absent", "no", "error", "hung", "yes" };

#define TEST_TYPE_AUTHORIZER (test_authorizer_get_type ())
G_DECLARE_FINAL_TYPE (TestAuthorizer, test_authorizer, TEST, AUTHORIZER, GObject)

struct _TestAuthorizer
{
  GObject parent;
  Answer answer;
  GPtrArray *hanging; /* of GTask */
};

static void
test_authorizer_async (ReeveAuthorizer *authorizer, G_GNUC_UNUSED ReeveSubject *subject,
                       G_GNUC_UNUSED ReevePower power, G_GNUC_UNUSED const char *object,
                       G_GNUC_UNUSED GCancellable *cancellable, GAsyncReadyCallback callback,
                       gpointer user_data)
{
  TestAuthorizer *self = TEST_AUTHORIZER (authorizer);
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);

  if (self->answer == ANSWER_NEVER)
    g_ptr_array_add (self->hanging, g_steal_pointer (&task));
  else if (self->answer == ANSWER_ERROR)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_FAILED, "the oracle is asleep");
  else
    g_task_return_boolean (task, self->answer == ANSWER_YES);
}

static gboolean
test_authorizer_finish (G_GNUC_UNUSED ReeveAuthorizer *authorizer, GAsyncResult *result,
                        GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
test_authorizer_iface_init (ReeveAuthorizerInterface *iface)
{
  iface->authorize_async = test_authorizer_async;
  iface->authorize_finish = test_authorizer_finish;
}

G_DEFINE_TYPE_WITH_CODE (TestAuthorizer, test_authorizer, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (REEVE_TYPE_AUTHORIZER, test_authorizer_iface_init))

/* Those that never answered end with the test. */
static void
test_authorizer_release (TestAuthorizer *self)
{
  while (self->hanging->len > 0)
    {
      g_autoptr (GTask) task = g_ptr_array_steal_index (self->hanging, 0);

      g_task_return_boolean (task, TRUE);
    }
}

static void
test_authorizer_finalize (GObject *object)
{
  g_ptr_array_unref (TEST_AUTHORIZER (object)->hanging);
  G_OBJECT_CLASS (test_authorizer_parent_class)->finalize (object);
}

static void
test_authorizer_class_init (TestAuthorizerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = test_authorizer_finalize;
}

static void
test_authorizer_init (TestAuthorizer *self)
{
  self->hanging = g_ptr_array_new_with_free_func (g_object_unref);
}

/* ---- the hub ---- */

typedef struct
{
  ReeveMockHost *host;
  TestAuthorizer *authorizer;
  GPtrArray *operations;
  GPtrArray *routes;
} Hub;

/* A page, as small as one can be. (transfer full): its directory */
static char *
hub_make_page (Hub *hub)
{
  static const char page[] = "<!doctype html>";
  g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, page, -1);
  g_autofree char *manifest =
      g_strdup_printf ("{\"version\": 1, \"index\": \"/index.html\", \"files\": [{\"path\": "
                       "\"/index.html\", \"type\": \"text/html\", \"sha256\": \"%s\"}]}",
                       sum);
  char *dir = g_build_filename (reeve_mock_host_get_state_dir (hub->host), "page", NULL);
  g_autofree char *index = g_build_filename (dir, "index.html", NULL);
  g_autofree char *list = g_build_filename (dir, "manifest.json", NULL);

  g_assert_cmpint (g_mkdir (dir, 0700), ==, 0);
  g_assert_true (g_file_set_contents (index, page, -1, NULL));
  g_assert_true (g_file_set_contents (list, manifest, -1, NULL));
  return dir;
}

static gboolean
hub_is_built (const char *id)
{
  g_autofree char *file = g_strdup_printf ("reeve-%s.so", id);
  g_autofree char *path =
      g_build_filename (g_getenv ("REEVE_TEST_BUILDDIR"), "plugins", ".libs", file, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

/* Without @accounts nobody provides the authorizer of web identities, so that the test can. */
static Hub *
hub_new (gboolean accounts)
{
  static const char *const plain[] = { "sqlite-store", "fleet", "events", "ws-transport" };
  Hub *hub = g_new0 (Hub, 1);
  ReeveContext *context;
  g_autoptr (GObject) own = NULL;
  g_autoptr (GError) error = NULL;

  hub->host = reeve_mock_host_new ("hub", TRUE);
  hub->authorizer = g_object_new (TEST_TYPE_AUTHORIZER, NULL);
  context = reeve_mock_host_get_context (hub->host);
  /* the host's: its table needs no host, and nothing here may reach a handler */
  own = g_object_new (REEVE_TYPE_HOST_OPERATIONS, NULL);
  reeve_context_provide (context, REEVE_TYPE_OPERATIONS, NULL, own, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (plain); i++)
    if (hub_is_built (plain[i]))
      reeve_mock_host_load (hub->host, plain[i], NULL);
  if (accounts && hub_is_built ("accounts"))
    reeve_mock_host_load (hub->host, "accounts", NULL);
  if (hub_is_built ("web-ui"))
    {
      g_autofree char *page = hub_make_page (hub);

      reeve_mock_host_load (hub->host, "web-ui", "page-directory", page, NULL);
    }
  if (hub_is_built ("front"))
    {
      g_autofree char *listen =
          g_strdup_printf ("unix:%s/front", reeve_mock_host_get_state_dir (hub->host));

      reeve_mock_host_load (hub->host, "front", "listen", listen, NULL);
    }
  hub->operations = reeve_context_lookup_all (context, REEVE_TYPE_OPERATIONS);
  hub->routes = reeve_context_lookup_all (context, REEVE_TYPE_ROUTES);
  return hub;
}

static void
hub_free (Hub *hub)
{
  g_ptr_array_unref (hub->operations);
  g_ptr_array_unref (hub->routes);
  reeve_mock_host_free (hub->host);
  g_object_unref (hub->authorizer);
  g_free (hub);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Hub, hub_free)

/* ---- the tables ---- */

static GDBusMethodInfo *
find_method (ReeveOperations *operations, const char *method)
{
  return g_dbus_interface_info_lookup_method (reeve_operations_get_info (operations), method);
}

static gboolean
has_argument (GDBusMethodInfo *info, const char *name)
{
  for (guint i = 0; info->in_args != NULL && info->in_args[i] != NULL; i++)
    if (strcmp (info->in_args[i]->name, name) == 0)
      return TRUE;
  return FALSE;
}

/* Each {name} is an argument of the method. */
static void
check_http_path (GDBusMethodInfo *info, const char *path)
{
  g_auto (GStrv) parts = g_strsplit (path, "/", -1);

  g_assert_true (g_str_has_prefix (path, "/api/v1/"));
  for (guint i = 1; parts[i] != NULL; i++)
    {
      gsize length = strlen (parts[i]);

      g_assert_cmpuint (length, >, 0);
      if (*parts[i] != '{')
        {
          g_assert_null (strpbrk (parts[i], "{}"));
          continue;
        }
      g_assert_true (parts[i][length - 1] == '}');
      parts[i][length - 1] = '\0';
      g_assert_true (has_argument (info, parts[i] + 1));
    }
}

static void
check_row (ReeveOperations *operations, const ReeveOperationRow *row, GHashTable *seen)
{
  static const char *const verbs[] = { "GET", "POST", "PUT", "PATCH", "DELETE", NULL };
  GDBusMethodInfo *info = find_method (operations, row->method);
  g_autofree char *name =
      g_strdup_printf ("%s.%s", reeve_operations_get_info (operations)->name, row->method);

  g_test_message ("%s: %s", name, reeve_power_to_string (row->power));
  g_assert_nonnull (info);
  g_assert_true (g_hash_table_add (seen, g_strdup (name)));
  g_assert_true ((row->power == REEVE_POWER_PUBLIC) == g_strv_contains (public_methods, name));
  /* what changes something is not for those who may only look, their own session apart */
  if (!g_str_has_prefix (row->method, "Get") && !g_str_has_prefix (row->method, "List") &&
      strcmp (row->method, "SignIn") != 0 && strcmp (row->method, "SignOut") != 0)
    g_assert_cmpint (row->power, >=, REEVE_POWER_OPERATE);
  g_assert_true ((row->http_verb == NULL) == (row->http_path == NULL));
  if (row->object_argument != NULL)
    g_assert_true (has_argument (info, row->object_argument));
  if (row->http_verb == NULL)
    return;
  g_assert_true (g_strv_contains (verbs, row->http_verb));
  /* a GET changes nothing: browsers and proxies repeat it */
  if (strcmp (row->http_verb, "GET") == 0)
    g_assert_true (g_str_has_prefix (row->method, "Get") || g_str_has_prefix (row->method, "List"));
  check_http_path (info, row->http_path);
  g_assert_true (
      g_hash_table_add (seen, g_strdup_printf ("%s %s", row->http_verb, row->http_path)));
}

static void
test_tables (void)
{
  g_autoptr (Hub) hub = hub_new (TRUE);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  g_assert_cmpuint (hub->operations->len, >=, 2);
  for (guint i = 0; i < hub->operations->len; i++)
    {
      ReeveOperations *operations = g_ptr_array_index (hub->operations, i);
      GDBusInterfaceInfo *info = reeve_operations_get_info (operations);
      g_autoptr (GError) error = NULL;

      reeve_operations_check (operations, &error);
      g_assert_no_error (error);
      g_assert_true (g_str_has_prefix (info->name, "org.reeve."));
      g_assert_true (g_hash_table_add (seen, g_strdup (info->name)));
      for (const ReeveOperationRow *row = reeve_operations_get_rows (operations);
           row->method != NULL; row++)
        check_row (operations, row, seen);
    }
}

static void
test_routes (void)
{
  g_autoptr (Hub) hub = hub_new (TRUE);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < hub->routes->len; i++)
    {
      ReeveRoutes *routes = g_ptr_array_index (hub->routes, i);
      const ReeveRoute *row = reeve_routes_get_routes (routes);
      g_autoptr (GError) error = NULL;

      reeve_routes_check (routes, &error);
      g_assert_no_error (error);
      g_assert_nonnull (row);
      for (; row->path != NULL; row++)
        {
          g_test_message ("%s: %s", row->path, reeve_power_to_string (row->power));
          g_assert_true (g_hash_table_add (seen, g_strdup (row->path)));
          g_assert_true ((row->power == REEVE_POWER_PUBLIC) ==
                         g_strv_contains (public_routes, row->path));
          if (row->flags & REEVE_ROUTE_RAW)
            g_assert_nonnull (REEVE_ROUTES_GET_IFACE (routes)->upgrade);
        }
    }
}

/* ---- who gets in ---- */

typedef struct
{
  ReeveOperations *operations;
  char *name;
  gboolean is_public;
  GAsyncResult *result;
} Call;

static void
call_free (gpointer data)
{
  Call *call = data;

  g_clear_object (&call->result);
  g_free (call->name);
  g_free (call);
}

/* Arguments of the right type that name nothing. */
static GVariant *
make_arguments (GDBusMethodInfo *info)
{
  g_autoptr (GString) type = g_string_new ("(");
  g_autoptr (GVariant) value = NULL;

  for (guint i = 0; info->in_args != NULL && info->in_args[i] != NULL; i++)
    g_string_append (type, info->in_args[i]->signature);
  g_string_append_c (type, ')');
  /* no bytes at all stand for the default of each type */
  value = g_variant_ref_sink (
      g_variant_new_from_data (G_VARIANT_TYPE (type->str), NULL, 0, FALSE, NULL, NULL));
  return g_variant_get_normal_form (value);
}

/* Asks for everything at once. (transfer full), of Call */
static GPtrArray *
hub_call_all (Hub *hub, ReeveSubject *subject)
{
  GPtrArray *calls = g_ptr_array_new_with_free_func (call_free);

  for (guint i = 0; i < hub->operations->len; i++)
    {
      ReeveOperations *operations = g_ptr_array_index (hub->operations, i);

      for (const ReeveOperationRow *row = reeve_operations_get_rows (operations);
           row->method != NULL; row++)
        {
          Call *call = g_new0 (Call, 1);
          g_autoptr (GVariant) arguments = make_arguments (find_method (operations, row->method));

          call->operations = operations;
          call->name = g_strdup (row->method);
          call->is_public = row->power == REEVE_POWER_PUBLIC;
          reeve_operations_call_async (operations, reeve_mock_host_get_context (hub->host),
                                       row->method, arguments, subject, NULL, reeve_mock_result_cb,
                                       &call->result);
          g_ptr_array_add (calls, call);
        }
    }
  return calls;
}

static void
assert_all_denied (Hub *hub, const char *kind, const char *name, Answer answer)
{
  g_autoptr (ReeveSubject) subject = reeve_subject_new (kind, name);
  g_autoptr (GPtrArray) calls = hub_call_all (hub, subject);

  g_test_message ("%s '%s', authorizer %s: %u calls", kind, name, answer_names[answer], calls->len);
  g_assert_cmpuint (calls->len, >, 10);
  reeve_mock_host_settle (hub->host);
  if (answer == ANSWER_NEVER)
    {
      for (guint i = 0; i < calls->len; i++)
        {
          Call *call = g_ptr_array_index (calls, i);

          g_assert_true (call->is_public || call->result == NULL);
        }
      reeve_mock_host_advance (hub->host, REEVE_AUTHORIZE_TIMEOUT_MS + 200);
    }
  for (guint i = 0; i < calls->len; i++)
    {
      Call *call = g_ptr_array_index (calls, i);
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) value = NULL;

      reeve_mock_host_wait (hub->host, &call->result);
      value = reeve_operations_call_finish (call->operations, call->result, &error);
      if (value != NULL || !g_error_matches (error, REEVE_ERROR, REEVE_ERROR_DENIED))
        g_error ("%s: %s", call->name, error != NULL ? error->message : "was allowed");
    }
  /* a yes that comes too late is none */
  test_authorizer_release (hub->authorizer);
  reeve_mock_host_settle (hub->host);
}

static void
hub_provide (Hub *hub, const char *kind)
{
  g_autoptr (GError) error = NULL;

  reeve_context_provide (reeve_mock_host_get_context (hub->host), REEVE_TYPE_AUTHORIZER, kind,
                         hub->authorizer, &error);
  g_assert_no_error (error);
}

/* One way to be: asked without an authorizer, then with each kind of bad one. */
static void
check_subject (const char *kind, const char *name, gboolean accounts)
{
  g_autoptr (Hub) hub = hub_new (accounts);

  assert_all_denied (hub, kind, name, ANSWER_ABSENT);
  hub_provide (hub, kind);
  for (Answer answer = ANSWER_NO; answer <= ANSWER_NEVER; answer++)
    {
      hub->authorizer->answer = answer;
      assert_all_denied (hub, kind, name, answer);
    }
}

static void
test_uid_root (void)
{
  check_subject (REEVE_SUBJECT_UID, "0", TRUE);
}

static void
test_uid_other (void)
{
  check_subject (REEVE_SUBJECT_UID, "12345", TRUE);
}

static void
test_bus (void)
{
  check_subject (REEVE_SUBJECT_BUS, ":1.7", TRUE);
}

static void
test_none (void)
{
  check_subject (REEVE_SUBJECT_NONE, "", TRUE);
}

static void
test_web (void)
{
  check_subject (REEVE_SUBJECT_WEB, "owner:abcdefgh", FALSE);
}

/* accounts itself: a name is no session. */
static void
test_web_without_session (void)
{
  g_autoptr (Hub) hub = hub_new (TRUE);

  assert_all_denied (hub, REEVE_SUBJECT_WEB, "owner", ANSWER_NO);
  assert_all_denied (hub, REEVE_SUBJECT_WEB, "owner:abcdefgh", ANSWER_NO);
  assert_all_denied (hub, REEVE_SUBJECT_WEB, "", ANSWER_NO);
}

/* The host's own: root and this user. */
static void
test_host_authorizer (void)
{
  static const char *const strangers[] = { "12345",      "",           "-1",         "+0",
                                           " 0",         "0x0",        "0 ",         "0\n",
                                           "4294967295", "4294967296", "4294967296 " };
  g_autoptr (Hub) hub = hub_new (TRUE);
  g_autoptr (ReeveHostAuthorizer) authorizer = reeve_host_authorizer_new ();
  ReeveContext *context = reeve_mock_host_get_context (hub->host);
  g_autofree char *own = g_strdup_printf ("%u", (guint) geteuid ());
  const char *const friends[] = { "0", own };
  g_autoptr (GError) error = NULL;

  reeve_context_provide (context, REEVE_TYPE_AUTHORIZER, REEVE_SUBJECT_UID, authorizer, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (strangers); i++)
    assert_all_denied (hub, REEVE_SUBJECT_UID, strangers[i], ANSWER_NO);
  for (guint i = 0; i < G_N_ELEMENTS (friends); i++)
    {
      g_autoptr (ReeveSubject) subject = reeve_subject_new (REEVE_SUBJECT_UID, friends[i]);
      g_autoptr (GAsyncResult) result = NULL;

      reeve_context_authorize_async (context, subject, REEVE_POWER_ADMINISTER, "", NULL,
                                     reeve_mock_result_cb, &result);
      reeve_mock_host_wait (hub->host, &result);
      g_assert_true (reeve_context_authorize_finish (context, result, &error));
    }
}

/* The same calls with a yes: so it was the authorizer that refused. The host's are left out. */
static void
test_yes (void)
{
  g_autoptr (Hub) hub = hub_new (TRUE);
  g_autoptr (ReeveSubject) subject = reeve_subject_new (REEVE_SUBJECT_UID, "0");
  g_autoptr (GPtrArray) calls = NULL;

  hub_provide (hub, REEVE_SUBJECT_UID);
  hub->authorizer->answer = ANSWER_YES;
  g_assert_true (REEVE_IS_HOST_OPERATIONS (g_ptr_array_index (hub->operations, 0)));
  g_ptr_array_remove_index (hub->operations, 0);
  calls = hub_call_all (hub, subject);
  for (guint i = 0; i < calls->len; i++)
    {
      Call *call = g_ptr_array_index (calls, i);
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) value = NULL;

      reeve_mock_host_wait (hub->host, &call->result);
      value = reeve_operations_call_finish (call->operations, call->result, &error);
      /* the secret of SignIn is empty, and so a wrong one */
      if (strcmp (call->name, "SignIn") != 0 &&
          g_error_matches (error, REEVE_ERROR, REEVE_ERROR_DENIED))
        g_error ("%s: %s", call->name, error->message);
      g_assert_true (value != NULL || error->domain == REEVE_ERROR);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
  g_test_add_func ("/operations/tables", test_tables);
  g_test_add_func ("/operations/routes", test_routes);
  g_test_add_func ("/operations/denied/root", test_uid_root);
  g_test_add_func ("/operations/denied/uid", test_uid_other);
  g_test_add_func ("/operations/denied/bus", test_bus);
  g_test_add_func ("/operations/denied/none", test_none);
  g_test_add_func ("/operations/denied/web", test_web);
  g_test_add_func ("/operations/denied/no-session", test_web_without_session);
  g_test_add_func ("/operations/host-authorizer", test_host_authorizer);
  g_test_add_func ("/operations/yes", test_yes);
  return g_test_run ();
}
