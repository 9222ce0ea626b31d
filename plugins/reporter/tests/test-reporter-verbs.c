/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The lock before the responders: what a hub is told, over which link, how much at a time. */

#include "config.h"

#include <string.h>

#include "fake-transport.h"
#include "plugins/reporter/reeve-reporter-verbs.h"
#include "tests/lib/reeve-mock-host.h"

static guint lines;

static GLogWriterOutput
log_writer (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  for (gsize i = 0; i < n_fields; i++)
    if (strcmp (fields[i].key, "MESSAGE") == 0 &&
        strstr (fields[i].value, "question was refused") != NULL)
      lines++;
  return g_log_writer_default (level, fields, n_fields, user_data);
}

/* ---- a responder that answers when it is told to ---- */

#define FAKE_TYPE_RESPONDER (fake_responder_get_type ())
G_DECLARE_FINAL_TYPE (FakeResponder, fake_responder, FAKE, RESPONDER, GObject)

struct _FakeResponder
{
  GObject parent;
  gboolean hold;
  guint asked;
  GPtrArray *held; /* of GTask */
};

static const ReeveResponderArgument id_argument[] = { { "id", "s", TRUE }, { NULL } };
static const ReeveResponderRow fake_rows[] = {
  { .verb = "container.logs",
    .power = REEVE_POWER_OPERATE,
    .least = REEVE_SECURITY_TLS_VERIFIED,
    .max_bytes = 4096,
    .answer = "s",
    .arguments = id_argument,
    .text = "Logs" },
  { .verb = "service.info",
    .power = REEVE_POWER_VIEW,
    .least = REEVE_SECURITY_PLAIN,
    .max_bytes = 4096,
    .answer = "s",
    .text = "A unit" },
  { NULL },
};

static const ReeveResponderRow *
fake_responder_get_rows (ReeveResponder *responder)
{
  return fake_rows;
}

static void
fake_responder_answer (GTask *task)
{
  g_task_return_pointer (task, g_variant_ref_sink (g_variant_new_string ("line")),
                         (GDestroyNotify) g_variant_unref);
}

static void
fake_responder_respond_async (ReeveResponder *responder, const char *verb, GVariant *arguments,
                              GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data)
{
  FakeResponder *self = FAKE_RESPONDER (responder);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  self->asked++;
  if (self->hold)
    g_ptr_array_add (self->held, g_steal_pointer (&task));
  else
    fake_responder_answer (task);
}

static GVariant *
fake_responder_respond_finish (ReeveResponder *responder, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
fake_responder_iface_init (ReeveResponderInterface *iface)
{
  iface->get_rows = fake_responder_get_rows;
  iface->respond_async = fake_responder_respond_async;
  iface->respond_finish = fake_responder_respond_finish;
}

G_DEFINE_TYPE_WITH_CODE (FakeResponder, fake_responder, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (REEVE_TYPE_RESPONDER, fake_responder_iface_init))

static void
fake_responder_finalize (GObject *object)
{
  g_ptr_array_unref (FAKE_RESPONDER (object)->held);
  G_OBJECT_CLASS (fake_responder_parent_class)->finalize (object);
}

static void
fake_responder_class_init (FakeResponderClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = fake_responder_finalize;
}

static void
fake_responder_init (FakeResponder *self)
{
  self->held = g_ptr_array_new_with_free_func (g_object_unref);
}

static void
fake_responder_release (FakeResponder *self)
{
  for (guint i = 0; i < self->held->len; i++)
    fake_responder_answer (g_ptr_array_index (self->held, i));
  g_ptr_array_set_size (self->held, 0);
}

/* ---- the bench ---- */

typedef struct
{
  ReeveMockHost *host;
  ReeveContext *context;
  FakeResponder *responder;
  ReeveReporterVerbs *verbs;
} Fixture;

static void
fixture_set_up (Fixture *fixture, gconstpointer data)
{
  static const char *const unlocked[] = { "container.*", "service.info", "nobody.has", NULL };
  g_autoptr (GError) error = NULL;

  lines = 0;
  fixture->host = reeve_mock_host_new ("agent", TRUE);
  fixture->context = reeve_mock_host_get_context (fixture->host);
  fixture->responder = g_object_new (FAKE_TYPE_RESPONDER, NULL);
  reeve_context_provide (fixture->context, REEVE_TYPE_RESPONDER, "", fixture->responder, &error);
  g_assert_no_error (error);
  fixture->verbs = reeve_reporter_verbs_new (fixture->context, unlocked);
  reeve_mock_host_settle (fixture->host);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;

  reeve_reporter_verbs_free (fixture->verbs);
  reeve_context_withdraw_async (fixture->context, fixture->responder, reeve_mock_result_cb,
                                &result);
  reeve_mock_host_wait (fixture->host, &result);
  reeve_mock_host_settle (fixture->host);
  reeve_mock_host_free (fixture->host);
  g_assert_finalize_object (fixture->responder);
}

static void
begin (Fixture *fixture, ReeveSecurity security, const char *verb, const char *id,
       GAsyncResult **place)
{
  const ReeveLinkOffer offer = { .transport = "websocket", .security = security, .level = 1 };
  g_autoptr (FakeTransport) transport = fake_transport_new ("ws:");
  g_autoptr (ReeveLink) link = reeve_link_new (REEVE_TRANSPORT (transport), "reporter", &offer);
  g_auto (GVariantDict) arguments = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (ReeveMessage) request = NULL;

  if (id != NULL)
    g_variant_dict_insert (&arguments, "id", "s", id);
  request = reeve_message_new_request (verb, g_variant_dict_end (&arguments));
  reeve_reporter_verbs_ask_async (fixture->verbs, link, request, NULL, reeve_mock_result_cb, place);
}

static char *
end (Fixture *fixture, GAsyncResult **place, GError **error)
{
  g_autoptr (ReeveMessage) answer =
      reeve_reporter_verbs_ask_finish (reeve_mock_host_wait (fixture->host, place), error);

  g_clear_object (place);
  return answer != NULL ? g_strdup (g_variant_get_string (reeve_message_get_value (answer), NULL))
                        : NULL;
}

static char *
ask (Fixture *fixture, ReeveSecurity security, const char *verb, const char *id, GError **error)
{
  GAsyncResult *result = NULL;

  begin (fixture, security, verb, id, &result);
  return end (fixture, &result, error);
}

#define assert_refused(fixture, security, verb, id, code, text)                                    \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_autoptr (GError) error_ = NULL;                                                              \
    g_assert_null (ask (fixture, security, verb, id, &error_));                                    \
    g_assert_error (error_, REEVE_ERROR, code);                                                    \
    g_assert_nonnull (strstr (error_->message, text));                                             \
  }                                                                                                \
  G_STMT_END

/* ---- tests ---- */

static void
test_answers (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *logs =
      ask (fixture, REEVE_SECURITY_SSH, "container.logs", "0123456789ab", &error);
  g_autofree char *info = NULL;

  g_assert_no_error (error);
  g_assert_cmpstr (logs, ==, "line");
  info = ask (fixture, REEVE_SECURITY_PLAIN, "service.info", NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (info, ==, "line");
  g_assert_cmpuint (fixture->responder->asked, ==, 2);
  g_assert_cmpuint (lines, ==, 0);
}

static void
test_refusals (Fixture *fixture, gconstpointer data)
{
  static const char *const none[] = { NULL };
  static const char *const all[] = { "*", NULL };
  g_autofree char *text = NULL;

  assert_refused (fixture, REEVE_SECURITY_SSH, "nobody.has", NULL, REEVE_ERROR_UNSUPPORTED,
                  "does not answer 'nobody.has'");
  assert_refused (fixture, REEVE_SECURITY_SSH, "\033[2J", NULL, REEVE_ERROR_UNSUPPORTED,
                  "does not answer");
  assert_refused (fixture, REEVE_SECURITY_PLAIN, "container.logs", "0123456789ab",
                  REEVE_ERROR_DENIED, "over this link");
  assert_refused (fixture, REEVE_SECURITY_TLS, "container.logs", "0123456789ab", REEVE_ERROR_DENIED,
                  "over this link");
  assert_refused (fixture, REEVE_SECURITY_TLS_VERIFIED, "container.logs", NULL, REEVE_ERROR_INVALID,
                  "needs the argument 'id'");
  g_assert_cmpuint (fixture->responder->asked, ==, 0);
  reeve_reporter_verbs_set (fixture->verbs, none);
  assert_refused (fixture, REEVE_SECURITY_SSH, "service.info", NULL, REEVE_ERROR_DENIED,
                  "add it to unlock in group [plugin reporter]");
  reeve_reporter_verbs_set (fixture->verbs, all);
  text = ask (fixture, REEVE_SECURITY_SSH, "service.info", NULL, NULL);
  g_assert_cmpstr (text, ==, "line");
  /* one line a minute, however often it asks */
  g_assert_cmpuint (lines, ==, 1);
  for (guint i = 0; i < 100; i++)
    assert_refused (fixture, REEVE_SECURITY_SSH, "x", NULL, REEVE_ERROR_UNSUPPORTED, "'x'");
  g_assert_cmpuint (lines, ==, 1);
  reeve_mock_host_advance (fixture->host, 61000);
  assert_refused (fixture, REEVE_SECURITY_SSH, "x", NULL, REEVE_ERROR_UNSUPPORTED, "'x'");
  g_assert_cmpuint (lines, ==, 2);
}

/* A hub that asks faster than is answered; and one that never gets its answer. */
static void
test_too_many (Fixture *fixture, gconstpointer data)
{
  GAsyncResult *results[REEVE_REPORTER_VERBS_MAX_ASKED] = { NULL };
  g_autofree char *text = NULL;

  fixture->responder->hold = TRUE;
  for (guint i = 0; i < REEVE_REPORTER_VERBS_MAX_ASKED; i++)
    begin (fixture, REEVE_SECURITY_PLAIN, "service.info", NULL, &results[i]);
  assert_refused (fixture, REEVE_SECURITY_PLAIN, "service.info", NULL, REEVE_ERROR_LIMIT,
                  "ask again later");
  g_assert_cmpuint (fixture->responder->asked, ==, REEVE_REPORTER_VERBS_MAX_ASKED);
  fake_responder_release (fixture->responder);
  for (guint i = 0; i < REEVE_REPORTER_VERBS_MAX_ASKED; i++)
    {
      g_autofree char *one = end (fixture, &results[i], NULL);

      g_assert_cmpstr (one, ==, "line");
    }
  /* no answer within the row's time: the place is free again */
  begin (fixture, REEVE_SECURITY_PLAIN, "service.info", NULL, &results[0]);
  reeve_mock_host_advance (fixture->host, REEVE_RESPONDER_TIMEOUT_MS + 100);
  g_assert_null (end (fixture, &results[0], NULL));
  fake_responder_release (fixture->responder);
  fixture->responder->hold = FALSE;
  text = ask (fixture, REEVE_SECURITY_PLAIN, "service.info", NULL, NULL);
  g_assert_cmpstr (text, ==, "line");
}

static void
test_patterns (void)
{
  static const char *const good[] = { "container.logs", "container.*", "*", NULL };
  static const char *const bad[] = { "", "Container.logs", "a b", "container,logs", "a/b" };
  g_autoptr (GError) error = NULL;

  g_assert_true (reeve_reporter_verbs_check (good, &error));
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      const char *const list[] = { bad[i], NULL };

      g_assert_false (reeve_reporter_verbs_check (list, &error));
      g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
      g_clear_error (&error);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_writer_func (log_writer, NULL, NULL);
#define ADD(name, function)                                                                        \
  g_test_add ("/reporter/verbs/" name, Fixture, NULL, fixture_set_up, function, fixture_tear_down)
  ADD ("answers", test_answers);
  ADD ("refusals", test_refusals);
  ADD ("too-many", test_too_many);
  g_test_add_func ("/reporter/verbs/patterns", test_patterns);
  return g_test_run ();
}
