/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Contexts, the registry and the calls over it: providers that come, hang and go. */

#include "config.h"

#include <reeve/reeve.h>
#include <string.h>

#include "lib/reeve-mock-host.h"

/* ---- an authorizer that does as it is told ---- */

typedef enum
{
  ANSWER_YES,
  ANSWER_NO,
  ANSWER_ERROR,
  ANSWER_NEVER,
} Answer;

#define TEST_TYPE_AUTHORIZER (test_authorizer_get_type ())
G_DECLARE_FINAL_TYPE (TestAuthorizer, test_authorizer, TEST, AUTHORIZER, GObject)

struct _TestAuthorizer
{
  GObject parent;
  Answer answer;
  guint calls;
  guint cancelled;
  GTask *hanging;
};

static void
test_authorizer_cancelled_cb (G_GNUC_UNUSED GCancellable *cancellable, gpointer user_data)
{
  TEST_AUTHORIZER (user_data)->cancelled++;
}

static void
test_authorizer_async (ReeveAuthorizer *authorizer, G_GNUC_UNUSED ReeveSubject *subject,
                       G_GNUC_UNUSED ReevePower power, G_GNUC_UNUSED const char *object,
                       GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  TestAuthorizer *self = TEST_AUTHORIZER (authorizer);
  GTask *task = g_task_new (self, NULL, callback, user_data);

  self->calls++;
  switch (self->answer)
    {
    case ANSWER_NEVER:
      g_signal_connect (cancellable, "cancelled", G_CALLBACK (test_authorizer_cancelled_cb), self);
      self->hanging = task;
      return;
    case ANSWER_ERROR:
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_FAILED, "the oracle is asleep");
      break;
    default:
      g_task_return_boolean (task, self->answer == ANSWER_YES);
    }
  g_object_unref (task);
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

static void
test_authorizer_class_init (G_GNUC_UNUSED TestAuthorizerClass *klass)
{
}

static void
test_authorizer_init (G_GNUC_UNUSED TestAuthorizer *self)
{
}

/* Lets the hung call end at last. */
static void
test_authorizer_wake (TestAuthorizer *self)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->hanging);

  g_task_return_boolean (task, TRUE);
}

/* ---- helpers ---- */

static void
assert_refused (ReeveMockHost *host, ReevePower power, const char *kind, const char *text)
{
  g_autoptr (ReeveSubject) subject = reeve_subject_new (kind, "1000");
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  reeve_context_authorize_async (reeve_mock_host_get_context (host), subject, power, "thing", NULL,
                                 reeve_mock_result_cb, &result);
  for (guint i = 0; i < 70 && result == NULL; i++)
    reeve_mock_host_advance (host, 100);
  g_assert_nonnull (result);
  g_assert_false (
      reeve_context_authorize_finish (reeve_mock_host_get_context (host), result, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_DENIED);
  if (text != NULL && strstr (error->message, text) == NULL)
    g_error ("'%s' lacks '%s'", error->message, text);
}

static gboolean
is_allowed (ReeveMockHost *host, ReevePower power)
{
  g_autoptr (ReeveSubject) subject = reeve_subject_new (REEVE_SUBJECT_UID, "1000");
  g_autoptr (GAsyncResult) result = NULL;

  reeve_context_authorize_async (reeve_mock_host_get_context (host), subject, power, NULL, NULL,
                                 reeve_mock_result_cb, &result);
  reeve_mock_host_wait (host, &result);
  return reeve_context_authorize_finish (reeve_mock_host_get_context (host), result, NULL);
}

/* ---- tests ---- */

static void
test_authorizer_answers (void)
{
  g_autoptr (ReeveMockHost) host = reeve_mock_host_new ("hub", TRUE);
  g_autoptr (TestAuthorizer) authorizer = g_object_new (TEST_TYPE_AUTHORIZER, NULL);
  g_autoptr (GError) error = NULL;

  /* absent */
  assert_refused (host, REEVE_POWER_VIEW, REEVE_SUBJECT_UID, "nobody can say");
  assert_refused (host, REEVE_POWER_VIEW, REEVE_SUBJECT_NONE, "sign in");
  g_assert_true (is_allowed (host, REEVE_POWER_PUBLIC));
  reeve_context_provide (reeve_mock_host_get_context (host), REEVE_TYPE_AUTHORIZER,
                         REEVE_SUBJECT_UID, authorizer, &error);
  g_assert_no_error (error);
  authorizer->answer = ANSWER_YES;
  g_assert_true (is_allowed (host, REEVE_POWER_ADMINISTER));
  /* a power that no table may have is refused before anybody is asked */
  assert_refused (host, REEVE_POWER_NONE, REEVE_SUBJECT_UID, NULL);
  g_assert_cmpuint (authorizer->calls, ==, 1);
  authorizer->answer = ANSWER_NO;
  assert_refused (host, REEVE_POWER_VIEW, REEVE_SUBJECT_UID, "does not have the power 'view'");
  authorizer->answer = ANSWER_ERROR;
  assert_refused (host, REEVE_POWER_VIEW, REEVE_SUBJECT_UID, "the oracle is asleep");
  /* another kind of subject has another authorizer, or none */
  assert_refused (host, REEVE_POWER_VIEW, REEVE_SUBJECT_WEB, "nobody can say");
}

static void
test_authorizer_hangs (void)
{
  g_autoptr (ReeveMockHost) host = reeve_mock_host_new ("hub", TRUE);
  g_autoptr (TestAuthorizer) authorizer = g_object_new (TEST_TYPE_AUTHORIZER, NULL);

  authorizer->answer = ANSWER_NEVER;
  reeve_context_provide (reeve_mock_host_get_context (host), REEVE_TYPE_AUTHORIZER,
                         REEVE_SUBJECT_UID, authorizer, NULL);
  assert_refused (host, REEVE_POWER_VIEW, REEVE_SUBJECT_UID, "no answer within 5000 ms");
  g_assert_cmpuint (authorizer->cancelled, ==, 1);
  /* the answer that comes too late changes nothing */
  test_authorizer_wake (authorizer);
  reeve_mock_host_settle (host);
}

static void
test_authorizer_stops (void)
{
  g_autoptr (ReeveMockHost) host = reeve_mock_host_new ("hub", TRUE);
  ReeveContext *context = reeve_mock_host_get_context (host);
  g_autoptr (TestAuthorizer) authorizer = g_object_new (TEST_TYPE_AUTHORIZER, NULL);
  g_autoptr (ReeveSubject) subject = reeve_subject_new (REEVE_SUBJECT_UID, "0");
  g_autoptr (GAsyncResult) answer = NULL;
  g_autoptr (GAsyncResult) withdrawn = NULL;
  g_autoptr (GError) error = NULL;

  authorizer->answer = ANSWER_NEVER;
  reeve_context_provide (context, REEVE_TYPE_AUTHORIZER, REEVE_SUBJECT_UID, authorizer, NULL);
  reeve_context_authorize_async (context, subject, REEVE_POWER_VIEW, NULL, NULL,
                                 reeve_mock_result_cb, &answer);
  reeve_mock_host_settle (host);
  reeve_context_withdraw_async (context, authorizer, reeve_mock_result_cb, &withdrawn);
  /* the caller is answered at once, the provider is awaited */
  reeve_mock_host_wait (host, &answer);
  g_assert_false (reeve_context_authorize_finish (context, answer, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_DENIED);
  g_assert_nonnull (strstr (error->message, "stopping"));
  g_assert_cmpuint (authorizer->cancelled, ==, 1);
  g_assert_null (withdrawn);
  test_authorizer_wake (authorizer);
  reeve_mock_host_wait (host, &withdrawn);
  g_assert_true (reeve_context_withdraw_finish (context, withdrawn, NULL));
  assert_refused (host, REEVE_POWER_VIEW, REEVE_SUBJECT_UID, "nobody can say");
}

static void
test_cancel (void)
{
  g_autoptr (ReeveMockHost) host = reeve_mock_host_new ("hub", TRUE);
  ReeveContext *context = reeve_mock_host_get_context (host);
  g_autoptr (TestAuthorizer) authorizer = g_object_new (TEST_TYPE_AUTHORIZER, NULL);
  g_autoptr (ReeveSubject) subject = reeve_subject_new (REEVE_SUBJECT_UID, "0");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) answer = NULL;
  g_autoptr (GError) error = NULL;

  authorizer->answer = ANSWER_NEVER;
  reeve_context_provide (context, REEVE_TYPE_AUTHORIZER, REEVE_SUBJECT_UID, authorizer, NULL);
  reeve_context_authorize_async (context, subject, REEVE_POWER_VIEW, NULL, cancellable,
                                 reeve_mock_result_cb, &answer);
  g_cancellable_cancel (cancellable);
  g_assert_null (answer);
  reeve_mock_host_wait (host, &answer);
  g_assert_false (reeve_context_authorize_finish (context, answer, &error));
  g_assert_nonnull (error);
  g_assert_cmpuint (authorizer->cancelled, ==, 1);
  test_authorizer_wake (authorizer);
  reeve_mock_host_settle (host);
}

static void
test_cardinality_and_trust (void)
{
  static const char *const trusted[] = { "accounts", NULL };
  g_autoptr (ReeveMockHost) host = reeve_mock_host_new ("hub", TRUE);
  g_autoptr (TestAuthorizer) one = g_object_new (TEST_TYPE_AUTHORIZER, NULL);
  g_autoptr (TestAuthorizer) two = g_object_new (TEST_TYPE_AUTHORIZER, NULL);
  g_autoptr (ReeveContext) accounts = NULL;
  g_autoptr (ReeveContext) stranger = NULL;
  g_autoptr (GError) error = NULL;

  reeve_runtime_set_trusted (reeve_mock_host_get_runtime (host), trusted);
  accounts = reeve_context_new (reeve_mock_host_get_runtime (host), "accounts/main", NULL, NULL);
  stranger = reeve_context_new (reeve_mock_host_get_runtime (host), "stranger", NULL, NULL);
  g_assert_false (
      reeve_context_provide (stranger, REEVE_TYPE_AUTHORIZER, REEVE_SUBJECT_WEB, two, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_DENIED);
  g_assert_nonnull (strstr (error->message, "trusted-plugins"));
  g_clear_error (&error);
  g_assert_true (
      reeve_context_provide (accounts, REEVE_TYPE_AUTHORIZER, REEVE_SUBJECT_WEB, one, &error));
  g_assert_false (reeve_context_provide (reeve_mock_host_get_context (host), REEVE_TYPE_AUTHORIZER,
                                         REEVE_SUBJECT_WEB, two, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_EXISTS);
  g_clear_error (&error);
  g_assert_true (reeve_context_provide (reeve_mock_host_get_context (host), REEVE_TYPE_AUTHORIZER,
                                        REEVE_SUBJECT_BUS, two, &error));
  g_assert_cmpstr (reeve_runtime_find_provider (reeve_mock_host_get_runtime (host),
                                                "ReeveAuthorizer"),
                   ==, "accounts/main");
  g_assert_null (reeve_context_lookup (accounts, REEVE_TYPE_AUTHORIZER, "nobody"));
  g_strfreev (reeve_context_close (accounts));
  g_assert_null (reeve_context_lookup (stranger, REEVE_TYPE_AUTHORIZER, REEVE_SUBJECT_WEB));
}

typedef struct
{
  GString *log;
} Watcher;

static void
added_cb (G_GNUC_UNUSED gpointer provider, const char *key, gpointer user_data)
{
  g_string_append_printf (((Watcher *) user_data)->log, "+%s ", key);
}

static void
removed_cb (G_GNUC_UNUSED gpointer provider, const char *key, gpointer user_data)
{
  g_string_append_printf (((Watcher *) user_data)->log, "-%s ", key);
}

static void
test_watch (void)
{
  g_autoptr (ReeveMockHost) host = reeve_mock_host_new ("hub", TRUE);
  ReeveContext *context = reeve_mock_host_get_context (host);
  g_autoptr (TestAuthorizer) one = g_object_new (TEST_TYPE_AUTHORIZER, NULL);
  g_autoptr (TestAuthorizer) two = g_object_new (TEST_TYPE_AUTHORIZER, NULL);
  g_autoptr (TestAuthorizer) three = g_object_new (TEST_TYPE_AUTHORIZER, NULL);
  Watcher watcher = { g_string_new (NULL) };
  guint id;

  reeve_context_provide (context, REEVE_TYPE_AUTHORIZER, "one", one, NULL);
  id = reeve_context_watch (context, REEVE_TYPE_AUTHORIZER, added_cb, removed_cb, &watcher);
  g_assert_cmpstr (watcher.log->str, ==, "");
  reeve_mock_host_settle (host);
  reeve_context_provide (context, REEVE_TYPE_AUTHORIZER, "two", two, NULL);
  reeve_mock_host_settle (host);
  g_assert_cmpstr (watcher.log->str, ==, "+one +two ");
  reeve_context_withdraw_async (context, one, NULL, NULL);
  g_assert_cmpstr (watcher.log->str, ==, "+one +two -one ");
  /* one that comes and goes in the same turn was never there */
  reeve_context_provide (context, REEVE_TYPE_AUTHORIZER, "three", three, NULL);
  reeve_context_withdraw_async (context, three, NULL, NULL);
  reeve_mock_host_settle (host);
  g_assert_cmpstr (watcher.log->str, ==, "+one +two -one ");
  reeve_context_unwatch (context, id);
  reeve_context_withdraw_async (context, two, NULL, NULL);
  reeve_mock_host_settle (host);
  g_assert_cmpstr (watcher.log->str, ==, "+one +two -one ");
  g_string_free (watcher.log, TRUE);
}

static void
unreached_cb (G_GNUC_UNUSED ReeveTimer *timer, G_GNUC_UNUSED gpointer user_data)
{
  g_assert_not_reached ();
}

static void
test_closed_context (void)
{
  g_autoptr (ReeveMockHost) host = reeve_mock_host_new ("hub", TRUE);
  g_autoptr (ReeveContext) context =
      reeve_context_new (reeve_mock_host_get_runtime (host), "left", NULL, NULL);
  g_autoptr (TestAuthorizer) one = g_object_new (TEST_TYPE_AUTHORIZER, NULL);
  g_auto (GStrv) left = NULL;
  g_autoptr (GError) error = NULL;

  reeve_timer_start (reeve_context_add_timer (context, "poll", unreached_cb, NULL), 10);
  left = reeve_context_close (context);
  g_assert_nonnull (left);
  g_assert_nonnull (strstr (left[0], "poll"));
  g_assert_true (reeve_context_is_closed (context));
  g_assert_null (reeve_context_add_timer (context, "more", NULL, NULL));
  g_assert_null (reeve_context_lookup (context, REEVE_TYPE_AUTHORIZER, "x"));
  g_assert_false (reeve_context_provide (context, REEVE_TYPE_AUTHORIZER, "x", one, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_GONE);
  g_clear_error (&error);
  g_assert_null (reeve_context_listen (context, "x", "127.0.0.1:0", NULL, NULL, NULL, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_GONE);
  reeve_mock_host_advance (host, 100);
}

static void
test_undeclared_endpoint (void)
{
  g_autoptr (ReeveMockHost) host = reeve_mock_host_new ("hub", TRUE);
  g_autoptr (ReeveDeclarations) declarations = reeve_declarations_new ();
  g_autoptr (ReeveContext) context =
      reeve_context_new (reeve_mock_host_get_runtime (host), "quiet", NULL, declarations);
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;

  g_assert_null (reeve_context_listen (context, "web", "127.0.0.1:0", NULL, NULL, NULL, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_DENIED);
  g_assert_nonnull (strstr (error->message, "did not declare the endpoint 'web'"));
  g_clear_error (&error);
  reeve_context_dial_async (context, "peer", "127.0.0.1:1", 1000, NULL, reeve_mock_result_cb,
                            &result);
  reeve_mock_host_wait (host, &result);
  g_assert_null (reeve_context_dial_finish (context, result, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_DENIED);
}

static void
event_cb (ReeveEvent *event, gpointer user_data)
{
  g_string_append_printf (user_data, "%s|", reeve_event_get_text (event));
}

static void
test_events (void)
{
  g_autoptr (ReeveMockHost) host = reeve_mock_host_new ("hub", TRUE);
  ReeveContext *context = reeve_mock_host_get_context (host);
  g_autoptr (GString) heard = g_string_new (NULL);
  g_autoptr (GPtrArray) list = NULL;
  guint64 lost;
  guint id = reeve_context_watch_events (context, event_cb, heard);

  reeve_context_emit (context, REEVE_SEVERITY_NOTICE, "test", "x", NULL, "line\nbreak %d", 1);
  g_assert_cmpstr (heard->str, ==, "");
  reeve_mock_host_settle (host);
  g_assert_cmpstr (heard->str, ==, "line break 1|");
  reeve_context_unwatch_events (context, id);
  for (guint i = 0; i < REEVE_EVENT_RING_SIZE + 10; i++)
    reeve_context_emit (context, REEVE_SEVERITY_DEBUG, "test", NULL, NULL, "%u", i);
  list = reeve_context_read_events (context, 1, &lost);
  g_assert_cmpuint (list->len, ==, REEVE_EVENT_RING_SIZE);
  g_assert_cmpuint (lost, ==, 10);
  g_assert_cmpuint (reeve_event_get_number (g_ptr_array_index (list, list->len - 1)), ==,
                    REEVE_EVENT_RING_SIZE + 11);
  reeve_mock_host_settle (host);
  g_assert_cmpstr (heard->str, ==, "line break 1|");
}

static void
count_cb (G_GNUC_UNUSED ReeveEvent *event, gpointer user_data)
{
  (*(guint *) user_data)++;
}

/* More in a turn than the ring holds: how many nobody heard of is said. */
static void
test_events_lost (void)
{
  g_autoptr (ReeveMockHost) host = reeve_mock_host_new ("hub", TRUE);
  ReeveContext *context = reeve_mock_host_get_context (host);
  g_autoptr (GPtrArray) list = NULL;
  guint heard = 0;
  guint id = reeve_context_watch_events (context, count_cb, &heard);

  for (guint i = 0; i < REEVE_EVENT_RING_SIZE + 10; i++)
    reeve_context_emit (context, REEVE_SEVERITY_DEBUG, "test", NULL, NULL, "%u", i);
  g_test_expect_message ("reeve", G_LOG_LEVEL_WARNING, "10 events were lost: more came at a time*");
  reeve_mock_host_settle (host);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (heard, ==, REEVE_EVENT_RING_SIZE + 1);
  list = reeve_context_read_events (context, REEVE_EVENT_RING_SIZE + 10, NULL);
  g_assert_cmpuint (list->len, ==, 1);
  g_assert_true (
      g_str_has_prefix (reeve_event_get_text (list->pdata[0]), "10 events were lost: more"));
  reeve_context_unwatch_events (context, id);
}

typedef struct
{
  ReeveContext *context;
  guint ids[3];
  guint heard[3];
} Watches;

static void
first_cb (G_GNUC_UNUSED ReeveEvent *event, gpointer user_data)
{
  ((Watches *) user_data)->heard[0]++;
}

static void
second_cb (G_GNUC_UNUSED ReeveEvent *event, gpointer user_data)
{
  Watches *watches = user_data;

  watches->heard[1]++;
  reeve_context_unwatch_events (watches->context, watches->ids[1]);
}

static void
third_cb (G_GNUC_UNUSED ReeveEvent *event, gpointer user_data)
{
  ((Watches *) user_data)->heard[2]++;
}

/* A watch that goes inside its callback takes nothing from the others. */
static void
test_events_unwatch_inside (void)
{
  g_autoptr (ReeveMockHost) host = reeve_mock_host_new ("hub", TRUE);
  Watches watches = { .context = reeve_mock_host_get_context (host) };

  watches.ids[0] = reeve_context_watch_events (watches.context, first_cb, &watches);
  watches.ids[1] = reeve_context_watch_events (watches.context, second_cb, &watches);
  watches.ids[2] = reeve_context_watch_events (watches.context, third_cb, &watches);
  for (guint i = 0; i < 2; i++)
    reeve_context_emit (watches.context, REEVE_SEVERITY_INFO, "test", NULL, NULL, "%u", i);
  reeve_mock_host_settle (host);
  g_assert_cmpuint (watches.heard[0], ==, 2);
  g_assert_cmpuint (watches.heard[1], ==, 1);
  g_assert_cmpuint (watches.heard[2], ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/context/authorizer/answers", test_authorizer_answers);
  g_test_add_func ("/context/authorizer/hangs", test_authorizer_hangs);
  g_test_add_func ("/context/authorizer/stops", test_authorizer_stops);
  g_test_add_func ("/context/cancel", test_cancel);
  g_test_add_func ("/context/cardinality-and-trust", test_cardinality_and_trust);
  g_test_add_func ("/context/watch", test_watch);
  g_test_add_func ("/context/closed", test_closed_context);
  g_test_add_func ("/context/undeclared-endpoint", test_undeclared_endpoint);
  g_test_add_func ("/context/events", test_events);
  g_test_add_func ("/context/events/lost", test_events_lost);
  g_test_add_func ("/context/events-unwatch-inside", test_events_unwatch_inside);
  return g_test_run ();
}
