/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Both ends against each other over a loopback port, each in a mock host of its own: the proof both
 * ways, extension 1, samples, the restart of either side, and what each refuses of the other. */

#include "config.h"

#include <string.h>

#include "bare-front.h"
#include "fake-owner.h"
#include "tests/lib/reeve-mock-host.h"

typedef struct
{
  ReeveMockHost *hub_host;
  ReeveMockHost *agent_host;
  ReevePlugin *hub_plugin;
  ReevePlugin *agent_plugin;
  FakeOwner *hub;
  FakeOwner *agent;
  BareFront *front;
  char *url;
} TestPair;

static void
test_pair_set_up (TestPair *f, gconstpointer data)
{
  ReeveContext *context;
  g_autoptr (GError) error = NULL;

  f->hub_host = reeve_mock_host_new ("hub", TRUE);
  f->agent_host = reeve_mock_host_new ("agent", TRUE);
  f->hub = fake_owner_new (TRUE);
  f->agent = fake_owner_new (FALSE);
  context = reeve_mock_host_get_context (f->hub_host);
  reeve_context_provide (context, REEVE_TYPE_LINK_OWNER, "", f->hub, &error);
  g_assert_no_error (error);
  f->hub_plugin = reeve_mock_host_load (f->hub_host, "ws-transport", NULL);
  f->agent_plugin = reeve_mock_host_load (f->agent_host, "ws-transport", NULL);
  f->front = bare_front_new (context, 0);
  f->url = g_strdup_printf ("ws://%s/", bare_front_get_address (f->front));
}

static void
test_pair_tear_down (TestPair *f, gconstpointer data)
{
  bare_front_free (f->front);
  reeve_mock_host_free (f->agent_host);
  reeve_mock_host_free (f->hub_host);
  g_assert_null (f->hub->link);
  g_assert_null (f->agent->link);
  g_assert_finalize_object (f->hub);
  g_assert_finalize_object (f->agent);
  g_free (f->url);
}

static void
test_pair_connect (TestPair *f)
{
  g_autoptr (ReeveTransport) transport =
      reeve_context_lookup (reeve_mock_host_get_context (f->agent_host), REEVE_TYPE_TRANSPORT, "");
  g_autoptr (GError) error = NULL;

  reeve_transport_connect (transport, f->url, "home", REEVE_LINK_OWNER (f->agent), &error);
  g_assert_no_error (error);
}

/* Both clocks and both ends, until @condition or for @ms. */
static void
test_pair_advance (TestPair *f, guint ms, ReeveMockCondition condition)
{
  for (guint done = 0; done < ms && (condition == NULL || !condition (f)); done += 50)
    {
      reeve_clock_advance (reeve_mock_host_get_clock (f->hub_host), 50000);
      reeve_clock_advance (reeve_mock_host_get_clock (f->agent_host), 50000);
      reeve_mock_host_settle (f->hub_host);
      g_thread_yield ();
    }
}

static gboolean
test_pair_is_linked (gpointer user_data)
{
  TestPair *f = user_data;

  return f->hub->link != NULL && f->agent->link != NULL;
}

static gboolean
test_pair_is_parted (gpointer user_data)
{
  TestPair *f = user_data;

  return f->hub->link == NULL && f->agent->link == NULL;
}

static void
test_pair_wait_linked (TestPair *f)
{
  test_pair_advance (f, 70000, test_pair_is_linked);
  g_assert_true (test_pair_is_linked (f));
}

static void
test_pair_wait_parted (TestPair *f)
{
  test_pair_advance (f, 5000, test_pair_is_parted);
  g_assert_true (test_pair_is_parted (f));
}

static ReeveMessage *
test_pair_request (TestPair *f, const char *verb, const char *arguments, GError **error)
{
  g_autoptr (ReeveTransport) transport = g_object_ref (reeve_link_get_transport (f->hub->link));
  g_autoptr (ReeveMessage) request =
      strcmp (verb, REEVE_VERB_SAMPLE) == 0
          ? reeve_message_new_sample_request (&(ReeveSampleRequest){ 0 })
          : reeve_message_new_request (verb, arguments ? g_variant_new_parsed (arguments) : NULL);
  g_autoptr (GAsyncResult) result = NULL;

  reeve_transport_request_async (transport, f->hub->link, request, NULL, reeve_mock_result_cb,
                                 &result);
  reeve_mock_host_wait (f->hub_host, &result);
  return reeve_transport_request_finish (transport, result, error);
}

static void
test_pair_ask (TestPair *f)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ReeveMessage) answer = test_pair_request (f, REEVE_VERB_SAMPLE, NULL, &error);
  ReeveSample *sample;

  g_assert_no_error (error);
  sample = reeve_message_get_sample (answer);
  g_assert_cmpfloat (reeve_sample_get_value (sample, REEVE_KIND_CPU, NULL, REEVE_CPU_USAGE), ==,
                     0.25);
}

static void
test_pair_good (TestPair *f, gconstpointer data)
{
  test_pair_connect (f);
  test_pair_wait_linked (f);
  g_assert_cmpuint (reeve_link_get_level (f->hub->link), ==, REEVE_LINK_LEVEL_EXTENSION);
  g_assert_cmpuint (reeve_link_get_level (f->agent->link), ==, REEVE_LINK_LEVEL_EXTENSION);
  g_assert_cmpstr (reeve_link_get_version (f->hub->link), ==, PACKAGE_VERSION);
  g_assert_cmpstr (reeve_link_get_version (f->agent->link), ==, PACKAGE_VERSION);
  g_assert_cmpstr (reeve_link_get_remote (f->hub->link), ==, "127.0.0.1");
  for (guint i = 0; i < 3; i++)
    {
      test_pair_ask (f);
      test_pair_advance (f, 60000, NULL);
    }
  g_assert_cmpuint (f->agent->answers, ==, 3);
  g_assert_cmpuint (f->agent->closes, ==, 0);
  /* nobody asks any more: pings keep it up, and nobody in between sees it idle */
  for (guint i = 0; i < 15; i++)
    test_pair_advance (f, 10000, NULL);
  g_assert_cmpuint (f->hub->closes, ==, 0);
  g_assert_cmpuint (f->agent->closes, ==, 0);
}

static void
test_pair_expect_value (TestPair *f, const char *verb, const char *arguments, const char *value)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ReeveMessage) answer = test_pair_request (f, verb, arguments, &error);
  g_autofree char *text = NULL;

  g_assert_no_error (error);
  text = g_variant_print (reeve_message_get_value (answer), TRUE);
  g_assert_cmpstr (text, ==, value);
}

static void
test_pair_expect_error (TestPair *f, const char *verb, const char *arguments, int code,
                        const char *says)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (test_pair_request (f, verb, arguments, &error));
  g_assert_error (error, REEVE_ERROR, code);
  g_assert_nonnull (strstr (error->message, says));
}

/* Each verb comes to the agent's owner, and its answer back. */
static void
test_pair_verbs (TestPair *f, gconstpointer data)
{
  test_pair_connect (f);
  test_pair_wait_linked (f);
  test_pair_expect_value (f, REEVE_VERB_CONTAINER_LOGS, "{'id': <'a\\tb\\nc'>}",
                          "'a\357\277\275b\357\277\275c'");
  test_pair_expect_value (f, REEVE_VERB_CONTAINER_INFO, "{'id': <'{}'>}", "'{}'");
  test_pair_expect_value (f, REEVE_VERB_SERVICE_INFO, "{'name': <'cron'>}", "{'name': <'cron'>}");
  test_pair_expect_value (f, REEVE_VERB_DISK_HEALTH, NULL,
                          "({'S1': {'status': <'PASSED'>}}, true)");
  g_assert_cmpuint (f->agent->answers, ==, 4);
  test_pair_expect_error (f, REEVE_VERB_CONTAINER_LOGS, NULL, REEVE_ERROR_INVALID,
                          "needs the argument \"id\"");
  test_pair_expect_error (f, "terminal", NULL, REEVE_ERROR_UNSUPPORTED, "has no form");
  g_assert_cmpuint (f->agent->answers, ==, 4);
  f->agent->denied = REEVE_VERB_SERVICE_INFO;
  test_pair_expect_error (f, REEVE_VERB_SERVICE_INFO, "{'name': <'cron'>}", REEVE_ERROR_DENIED,
                          "the agent said: service.info is locked");
  f->agent->denied = REEVE_VERB_SAMPLE;
  test_pair_expect_error (f, REEVE_VERB_SAMPLE, NULL, REEVE_ERROR_FAILED,
                          "the agent said: sample is locked");
  f->agent->denied = NULL;
  test_pair_ask (f);
  g_assert_cmpuint (f->hub->closes + f->agent->closes, ==, 0);
}

/* Drives may sleep, so they have a minute; all else has five seconds. */
static void
test_pair_slow (TestPair *f, gconstpointer data)
{
  g_autoptr (ReeveMessage) logs =
      reeve_message_new_request (REEVE_VERB_CONTAINER_LOGS,
                                 g_variant_new_parsed ("{'id': <'0123456789ab'>}"));
  g_autoptr (ReeveMessage) health = reeve_message_new_request (REEVE_VERB_DISK_HEALTH, NULL);
  g_autoptr (ReeveTransport) transport = NULL;
  g_autoptr (ReeveMessage) answer = NULL;
  g_autoptr (GAsyncResult) logs_result = NULL, health_result = NULL;
  g_autoptr (GError) error = NULL;

  test_pair_connect (f);
  test_pair_wait_linked (f);
  transport = g_object_ref (reeve_link_get_transport (f->hub->link));
  f->agent->hold = TRUE;
  reeve_transport_request_async (transport, f->hub->link, logs, NULL, reeve_mock_result_cb,
                                 &logs_result);
  reeve_transport_request_async (transport, f->hub->link, health, NULL, reeve_mock_result_cb,
                                 &health_result);
  test_pair_advance (f, 4600, NULL);
  g_assert_cmpuint (f->agent->answers, ==, 2);
  g_assert_null (logs_result);
  test_pair_advance (f, 500, NULL);
  g_assert_nonnull (logs_result);
  g_assert_null (reeve_transport_request_finish (transport, logs_result, &error));
  g_assert_nonnull (error);
  test_pair_advance (f, 50000, NULL);
  g_assert_null (health_result);
  fake_owner_release (f->agent);
  reeve_mock_host_wait (f->hub_host, &health_result);
  g_clear_error (&error);
  answer = reeve_transport_request_finish (transport, health_result, &error);
  g_assert_no_error (error);
  g_assert_nonnull (reeve_message_get_value (answer));
}

static void
test_pair_paused (TestPair *f, gconstpointer data)
{
  test_pair_connect (f);
  test_pair_wait_linked (f);
  for (guint i = 0; i < 4; i++)
    {
      test_pair_advance (f, 60000, NULL);
      reeve_transport_ping (reeve_link_get_transport (f->hub->link), f->hub->link);
    }
  g_assert_cmpuint (f->hub->closes + f->agent->closes, ==, 0);
}

static void
test_pair_restarts (TestPair *f, gconstpointer data)
{
  test_pair_connect (f);
  test_pair_wait_linked (f);
  reeve_mock_host_unload (f->hub_host, f->hub_plugin);
  test_pair_wait_parted (f);
  f->hub_plugin = reeve_mock_host_load (f->hub_host, "ws-transport", NULL);
  test_pair_wait_linked (f);
  test_pair_ask (f);
  reeve_mock_host_unload (f->agent_host, f->agent_plugin);
  test_pair_wait_parted (f);
  f->agent_plugin = reeve_mock_host_load (f->agent_host, "ws-transport", NULL);
  test_pair_connect (f);
  test_pair_wait_linked (f);
  test_pair_ask (f);
}

static void
test_pair_wrong_token (TestPair *f, gconstpointer data)
{
  f->hub->token = "another";
  test_pair_connect (f);
  test_pair_advance (f, 5000, NULL);
  g_assert_cmpuint (f->hub->admits, >=, 2);
  g_assert_cmpuint (f->hub->signs, ==, 0);
  g_assert_cmpuint (f->agent->confirms, ==, 0);
  f->hub->token = FAKE_TOKEN;
  test_pair_wait_linked (f);
}

static void
test_pair_wrong_key (TestPair *f, gconstpointer data)
{
  ReeveIdentity *right = f->hub->identity;
  g_autoptr (ReeveIdentity) wrong = reeve_identity_new (NULL);

  f->hub->identity = wrong;
  test_pair_connect (f);
  test_pair_advance (f, 5000, NULL);
  g_assert_cmpuint (f->agent->confirms, >=, 2);
  g_assert_cmpuint (f->hub->confirms, ==, 0);
  g_assert_cmpuint (f->agent->answers, ==, 0);
  f->hub->identity = right;
  test_pair_wait_linked (f);
}

static void
test_pair_wrong_fingerprint (TestPair *f, gconstpointer data)
{
  f->hub->fingerprint = "another";
  test_pair_connect (f);
  test_pair_advance (f, 5000, NULL);
  g_assert_cmpuint (f->hub->confirms, >=, 2);
  g_assert_null (f->hub->link);
  g_assert_nonnull (f->agent->error);
  g_assert_nonnull (strstr (f->agent->error->message, "fingerprint mismatch"));
}

#define ADD(path, func)                                                                            \
  g_test_add ("/ws-transport/pair/" path, TestPair, NULL, test_pair_set_up, func,                  \
              test_pair_tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("good", test_pair_good);
  ADD ("verbs", test_pair_verbs);
  ADD ("slow", test_pair_slow);
  ADD ("paused", test_pair_paused);
  ADD ("restarts", test_pair_restarts);
  ADD ("wrong-token", test_pair_wrong_token);
  ADD ("wrong-key", test_pair_wrong_key);
  ADD ("wrong-fingerprint", test_pair_wrong_fingerprint);
  return g_test_run ();
}
