/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Every operation and every route of the built modules of the hub, and the host's own, whatever
 * they are: each has a power, and nobody gets in without a clear yes. */

#include "config.h"

#include <gio/gunixsocketaddress.h>
#include <string.h>
#include <unistd.h>

#include "core/host/reeve-host-authorizer.h"
#include "core/host/reeve-host-operations.h"
#include "operations-hub.h"

/* Whoever may be asked without being anybody; a new one is a decision, made here too. */
static const char *const public_methods[] = { "org.reeve.Accounts1.SignIn", NULL };
/* /metrics: a program that scrapes has no session; the plugin looks at its own token first. */
static const char *const public_routes[] = { "/", "/api", "/api/beszel/agent-connect", "/metrics",
                                             NULL };

static const char *const answer_names[] = {
  "absent", "no", "error", "hung", "stopped", "up to", "yes",
};

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

static const char *const own_methods[] = { "SignIn", "SignOut", "WatchLive", NULL };

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
  /* what changes something is not for those who may only look, their own session and stream apart
   */
  if (!g_str_has_prefix (row->method, "Get") && !g_str_has_prefix (row->method, "List") &&
      !g_strv_contains (own_methods, row->method))
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
  ReevePower power;
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
          call->power = row->power;
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
  if (answer == ANSWER_NEVER || answer == ANSWER_STOPPED)
    {
      for (guint i = 0; i < calls->len; i++)
        {
          Call *call = g_ptr_array_index (calls, i);

          g_assert_true (call->is_public || call->result == NULL);
        }
      if (answer == ANSWER_STOPPED)
        reeve_context_withdraw_async (reeve_mock_host_get_context (hub->host), hub->authorizer,
                                      NULL, NULL);
      else
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
  for (Answer answer = ANSWER_NO; answer <= ANSWER_STOPPED; answer++)
    {
      hub->authorizer->answer = answer;
      assert_all_denied (hub, kind, name, answer);
    }
  /* it has stopped: as if there had never been one */
  assert_all_denied (hub, kind, name, ANSWER_ABSENT);
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

/* Each operation asks for its own power, neither less nor more. */
static void
test_powers (void)
{
  static const ReevePower powers[] = { REEVE_POWER_VIEW, REEVE_POWER_OPERATE,
                                       REEVE_POWER_ADMINISTER };
  g_autoptr (Hub) hub = hub_new (TRUE);
  g_autoptr (ReeveSubject) subject = reeve_subject_new (REEVE_SUBJECT_UID, "0");
  guint refused = 0;

  hub_provide (hub, REEVE_SUBJECT_UID);
  hub->authorizer->answer = ANSWER_UP_TO;
  g_ptr_array_remove_index (hub->operations, 0);
  for (guint i = 0; i < G_N_ELEMENTS (powers); i++)
    {
      g_autoptr (GPtrArray) calls = NULL;

      hub->authorizer->most = powers[i];
      calls = hub_call_all (hub, subject);
      for (guint j = 0; j < calls->len; j++)
        {
          Call *call = g_ptr_array_index (calls, j);
          g_autoptr (GError) error = NULL;
          g_autoptr (GVariant) value = NULL;
          gboolean denied;

          reeve_mock_host_wait (hub->host, &call->result);
          value = reeve_operations_call_finish (call->operations, call->result, &error);
          denied = g_error_matches (error, REEVE_ERROR, REEVE_ERROR_DENIED);
          refused += denied ? 1 : 0;
          if (!call->is_public && denied != (call->power > powers[i]))
            g_error ("%s with the power %s: %s", call->name, reeve_power_to_string (powers[i]),
                     denied ? error->message : "was allowed");
        }
    }
  g_assert_cmpuint (refused, >, 10);
}

/* ---- routes, by the front ---- */

/* The status that the front answers, 0 when it hung up without one. */
static guint
hub_request (Hub *hub, const char *method, const char *path, const char *more, const char *body)
{
  g_autofree char *place =
      g_build_filename (reeve_mock_host_get_state_dir (hub->host), "front", NULL);
  g_autofree char *head = g_strdup_printf (
      "%s %s HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\nOrigin: "
      "http://localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
      "Content-Length: %zu\r\n%s\r\n%s",
      method, path, strlen (body), more, body);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (place);
  g_autoptr (GString) answer = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) client =
      g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, &error);
  char buffer[4096];

  g_assert_no_error (error);
  g_assert_true (g_socket_connect (client, address, NULL, NULL));
  g_socket_set_blocking (client, FALSE);
  g_assert_cmpint (g_socket_send (client, head, strlen (head), NULL, NULL), ==, strlen (head));
  for (guint i = 0; i < 2000 && strchr (answer->str, '\n') == NULL; i++)
    {
      gssize n;

      reeve_mock_host_settle (hub->host);
      n = g_socket_receive (client, buffer, sizeof buffer, NULL, NULL);
      if (n == 0)
        break;
      if (n > 0)
        g_string_append_len (answer, buffer, n);
      else if (i > 20)
        /* whatever waits for a clock, an authorizer for one */
        reeve_mock_host_advance (hub->host, 100);
      else
        g_usleep (500);
    }
  g_socket_close (client, NULL);
  reeve_mock_host_settle (hub->host);
  if (!g_str_has_prefix (answer->str, "HTTP/1.1 "))
    return 0;
  return (guint) g_ascii_strtoull (answer->str + strlen ("HTTP/1.1 "), NULL, 10);
}

static void
assert_routes_denied (Hub *hub, const char *more)
{
  guint n = 0;

  for (guint i = 0; i < hub->routes->len; i++)
    for (const ReeveRoute *row = reeve_routes_get_routes (g_ptr_array_index (hub->routes, i));
         row->path != NULL; row++)
      {
        g_auto (GStrv) methods = g_strsplit (row->methods != NULL ? row->methods : "", " ", -1);

        for (guint j = 0; methods[j] != NULL; j++)
          {
            guint status;

            if (row->power == REEVE_POWER_PUBLIC)
              continue;
            status = hub_request (hub, methods[j], row->path, more, "");
            if (status != 401 && status != 403)
              g_error ("%s %s was answered with %u", methods[j], row->path, status);
            n++;
          }
      }
  g_assert_cmpuint (n, >, 0);
}

/* Whatever the method takes, as JSON. (transfer full) */
static char *
make_body (const ReeveOperationRow *row, GDBusMethodInfo *info)
{
  g_autoptr (GString) body = g_string_new ("{");

  for (guint i = 0; info->in_args != NULL && info->in_args[i] != NULL; i++)
    {
      const char *signature = info->in_args[i]->signature;
      g_autofree char *variable = g_strdup_printf ("{%s}", info->in_args[i]->name);

      if (strstr (row->http_path, variable) == NULL)
        g_string_append_printf (body, "%s\"%s\":%s", body->len > 1 ? "," : "",
                                info->in_args[i]->name,
                                strcmp (signature, "s") == 0       ? "\"\""
                                : strcmp (signature, "b") == 0     ? "true"
                                : strcmp (signature, "as") == 0    ? "[]"
                                : strcmp (signature, "a{sv}") == 0 ? "{}"
                                                                   : "0");
    }
  g_string_append_c (body, '}');
  return g_string_free (g_steal_pointer (&body), FALSE);
}

/* The operations' paths lie behind one public route, which asks for each. */
static void
assert_paths_denied (Hub *hub, const char *more)
{
  guint n = 0;

  for (guint i = 0; i < hub->operations->len; i++)
    for (const ReeveOperationRow *row =
             reeve_operations_get_rows (g_ptr_array_index (hub->operations, i));
         row->method != NULL; row++)
      {
        GDBusMethodInfo *info = find_method (g_ptr_array_index (hub->operations, i), row->method);
        g_autoptr (GRegex) variable = g_regex_new ("\\{[^}]*\\}", 0, 0, NULL);
        g_autofree char *path = NULL;
        g_autofree char *body = NULL;
        gboolean bare;
        guint status;

        if (row->http_verb == NULL || row->power == REEVE_POWER_PUBLIC)
          continue;
        path =
            g_regex_replace_literal (variable, row->http_path, -1, 0, "0123456789abcdef", 0, NULL);
        bare = strcmp (row->http_verb, "GET") == 0 || strcmp (row->http_verb, "DELETE") == 0;
        body = bare ? g_strdup ("") : make_body (row, info);
        status = hub_request (hub, row->http_verb, path, more, body);
        if (status != 401 && status != 403)
          g_error ("%s %s was answered with %u", row->http_verb, path, status);
        n++;
      }
  g_assert_cmpuint (n, >, 5);
}

/* What a route's handler would do, the front keeps from whoever has no right to it. */
static void
test_routes_denied (void)
{
  static const char stranger[] = "Authorization: Bearer AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                                 "\r\n";
  g_autoptr (Hub) hub = hub_new (TRUE);
  g_autoptr (Hub) alone = hub_new (FALSE);

  assert_routes_denied (hub, "");
  assert_routes_denied (hub, stranger);
  assert_paths_denied (hub, "");
  assert_paths_denied (hub, stranger);
  /* nobody is there who could say who somebody is, or what he may */
  assert_routes_denied (alone, "");
  assert_routes_denied (alone, stranger);
  assert_paths_denied (alone, stranger);
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
  g_test_add_func ("/operations/powers", test_powers);
  g_test_add_func ("/operations/routes/denied", test_routes_denied);
  return g_test_run ();
}
