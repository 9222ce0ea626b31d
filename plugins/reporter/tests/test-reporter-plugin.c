/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The built modules of reporter and host-metrics together, and the test as their hub. */

#include "config.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include "fake-transport.h"
#include "tests/lib/reeve-mock-host.h"

#define TOKEN "11111111-2222-3333-4444-555555555555"

static guint warnings;

static GLogWriterOutput
log_writer (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  if ((level & G_LOG_LEVEL_MASK) == G_LOG_LEVEL_WARNING)
    {
      warnings++;
      return G_LOG_WRITER_HANDLED;
    }
  return g_log_writer_default (level, fields, n_fields, user_data);
}

typedef struct
{
  ReeveMockHost *host;
  ReeveContext *context;
  ReeveIdentity *identity;
  FakeTransport *transport;
  char *key;
  char *token_file;
  char *root;
} Fixture;

static void
write_token (Fixture *fixture, const char *text, guint mode)
{
  g_autoptr (GError) error = NULL;

  g_file_set_contents (fixture->token_file, text, -1, &error);
  g_assert_no_error (error);
  g_assert_no_errno (g_chmod (fixture->token_file, (int) mode));
}

static void
fixture_set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  warnings = 0;
  fixture->host = reeve_mock_host_new ("agent", TRUE);
  fixture->context = reeve_mock_host_get_context (fixture->host);
  fixture->identity = reeve_identity_new (&error);
  g_assert_no_error (error);
  fixture->key =
      reeve_public_key_to_line (reeve_identity_get_public_key (fixture->identity), "hub");
  fixture->token_file =
      g_build_filename (reeve_mock_host_get_state_dir (fixture->host), "token", NULL);
  fixture->root = g_test_build_filename (G_TEST_DIST, "tests", "data", "proc", "vm", NULL);
  write_token (fixture, TOKEN "\n", 0600);
  fixture->transport = fake_transport_new ("ws:");
  reeve_context_provide (fixture->context, REEVE_TYPE_TRANSPORT, "", fixture->transport, &error);
  g_assert_no_error (error);
}

static void
withdraw (Fixture *fixture, gpointer provider)
{
  g_autoptr (GAsyncResult) result = NULL;

  reeve_context_withdraw_async (fixture->context, provider, reeve_mock_result_cb, &result);
  reeve_mock_host_wait (fixture->host, &result);
  reeve_mock_host_settle (fixture->host);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer data)
{
  if (fixture->transport != NULL)
    {
      withdraw (fixture, fixture->transport);
      g_clear_object (&fixture->transport->owner);
      g_clear_object (&fixture->transport->closed);
      g_assert_finalize_object (fixture->transport);
    }
  reeve_mock_host_free (fixture->host);
  reeve_identity_unref (fixture->identity);
  g_free (fixture->key);
  g_free (fixture->token_file);
  g_free (fixture->root);
}

static ReevePlugin *
load_reporter (Fixture *fixture, const char *name)
{
  ReevePlugin *plugin =
      reeve_mock_host_load (fixture->host, name, "url", "ws://127.0.0.1:8090", "token-file",
                            fixture->token_file, "hub-key", fixture->key, NULL);

  reeve_mock_host_settle (fixture->host);
  return plugin;
}

/* ---- the hub's part of a link ---- */

static ReeveAdmission *
hub_admit (Fixture *fixture, GError **error)
{
  const ReeveLinkOffer offer = { .transport = "websocket", .remote = "127.0.0.1" };
  g_autoptr (GAsyncResult) result = NULL;

  reeve_link_owner_admit_async (fixture->transport->owner, &offer, NULL, reeve_mock_result_cb,
                                &result);
  return reeve_link_owner_admit_finish (fixture->transport->owner,
                                        reeve_mock_host_wait (fixture->host, &result), error);
}

static char *
hub_confirm (Fixture *fixture, ReeveIdentity *identity, const char *token, GError **error)
{
  g_autoptr (GBytes) message = g_bytes_new (token, strlen (token));
  g_autoptr (GBytes) signature =
      identity != NULL ? reeve_identity_sign (identity, REEVE_PURPOSE_STOCK_TOKEN, message, NULL)
                       : NULL;
  const ReeveLinkOffer offer = { .transport = "websocket",
                                 .remote = "127.0.0.1",
                                 .signature = signature };
  g_autoptr (GAsyncResult) result = NULL;

  reeve_link_owner_confirm_async (fixture->transport->owner, "reporter", &offer, NULL,
                                  reeve_mock_result_cb, &result);
  return reeve_link_owner_confirm_finish (fixture->transport->owner,
                                          reeve_mock_host_wait (fixture->host, &result), error);
}

/* (transfer full): a link that is up. */
static ReeveLink *
hub_link (Fixture *fixture, guint level)
{
  const ReeveLinkOffer offer = { .transport = "websocket", .remote = "127.0.0.1", .level = level };
  g_autoptr (GError) error = NULL;
  g_autoptr (ReeveAdmission) admission = hub_admit (fixture, &error);
  g_autofree char *fingerprint = NULL;
  ReeveLink *link;

  g_assert_no_error (error);
  g_assert_cmpstr (admission->token, ==, TOKEN);
  fingerprint = hub_confirm (fixture, fixture->identity, admission->token, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (strlen (fingerprint), ==, 48);
  link = reeve_link_new (REEVE_TRANSPORT (fixture->transport), admission->admission, &offer);
  g_assert_true (reeve_link_owner_accept (fixture->transport->owner, link, &error));
  g_assert_no_error (error);
  return link;
}

static ReeveMessage *
hub_ask (Fixture *fixture, ReeveLink *link, const char *verb, guint interval, GError **error)
{
  const ReeveSampleRequest wanted = { .interval_ms = interval, .facts = TRUE };
  g_autoptr (ReeveMessage) request = strcmp (verb, REEVE_VERB_SAMPLE) == 0
                                         ? reeve_message_new_sample_request (&wanted)
                                         : reeve_message_new_request (verb, NULL);
  g_autoptr (GAsyncResult) result = NULL;

  reeve_link_owner_answer_async (fixture->transport->owner, link, request, NULL,
                                 reeve_mock_result_cb, &result);
  return reeve_link_owner_answer_finish (fixture->transport->owner,
                                         reeve_mock_host_wait (fixture->host, &result), error);
}

static double
value (ReeveMessage *message, guint kind, const char *instance, guint metric)
{
  return reeve_sample_get_value (reeve_message_get_sample (message), kind, instance, metric);
}

/* ---- tests ---- */

static void
test_whole_way (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ReeveLink) link = NULL;
  g_autoptr (ReeveMessage) first = NULL, second = NULL;
  g_autoptr (GError) error = NULL;
  int row;

  reeve_mock_host_load (fixture->host, "host-metrics", "root", fixture->root, NULL);
  load_reporter (fixture, "reporter");
  g_assert_cmpstr (fixture->transport->url, ==, "ws://127.0.0.1:8090");
  g_assert_cmpstr (fixture->transport->name, ==, "reporter");
  link = hub_link (fixture, REEVE_LINK_LEVEL_STOCK);

  first = hub_ask (fixture, link, REEVE_VERB_SAMPLE, 60000, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (reeve_message_get_sequence (first), ==, 0);
  g_assert_cmpfloat (value (first, REEVE_KIND_MEMORY, NULL, REEVE_MEMORY_TOTAL), ==,
                     24684084 * 1024.);
  g_assert_true (isnan (value (first, REEVE_KIND_CPU, NULL, REEVE_CPU_USAGE)));
  g_assert_cmpfloat (value (first, REEVE_KIND_SYSTEM, NULL, REEVE_SYSTEM_CONNECTION), ==, 2);
  row = reeve_sample_find_row (reeve_message_get_sample (first), REEVE_KIND_HOST, NULL);
  g_assert_cmpint (row, >=, 0);
  g_assert_cmpstr (reeve_sample_get_text (reeve_message_get_sample (first), (guint) row,
                                          REEVE_HOST_HOSTNAME),
                   ==, "vm.example");
  g_assert_cmpstr (reeve_sample_get_text (reeve_message_get_sample (first), (guint) row,
                                          REEVE_HOST_AGENT_VERSION),
                   ==, reeve_version_string ());

  /* nothing moves in a recorded tree: rates are nought, and shares of no time missing */
  reeve_mock_host_advance (fixture->host, 60000);
  second = hub_ask (fixture, link, REEVE_VERB_SAMPLE, 60000, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (value (second, REEVE_KIND_NETWORK, NULL, REEVE_NETWORK_SENT), ==, 0);
  g_assert_cmpfloat (value (second, REEVE_KIND_FILESYSTEM, "/", REEVE_FILESYSTEM_BUSY), ==, 0);
  g_assert_true (isnan (value (second, REEVE_KIND_CPU, NULL, REEVE_CPU_USAGE)));
  g_assert_true (isnan (value (second, REEVE_KIND_FILESYSTEM, "/", REEVE_FILESYSTEM_READ_AWAIT)));
  g_assert_cmpuint (warnings, ==, 0);
}

static void
test_extension (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ReeveLink) link = NULL;
  g_autoptr (ReeveMessage) message = NULL;

  reeve_mock_host_load (fixture->host, "host-metrics", "root", fixture->root, NULL);
  load_reporter (fixture, "reporter/home");
  g_assert_cmpstr (fixture->transport->name, ==, "reporter/home");
  link = hub_link (fixture, REEVE_LINK_LEVEL_EXTENSION);
  message = hub_ask (fixture, link, REEVE_VERB_SAMPLE, 1000, NULL);
  g_assert_cmpuint (reeve_message_get_sequence (message), ==, 1);
}

static void
test_refusals (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ReeveIdentity) stranger = reeve_identity_new (NULL);
  g_autoptr (ReeveLink) link = NULL, other = NULL;
  g_autoptr (ReeveMessage) message = NULL;
  g_autoptr (GError) error = NULL;
  const ReeveLinkOffer offer = { .transport = "websocket", .remote = "127.0.0.1" };

  reeve_mock_host_load (fixture->host, "host-metrics", "root", fixture->root, NULL);
  load_reporter (fixture, "reporter");

  /* before admit() there is no token that could be signed */
  g_assert_null (hub_confirm (fixture, fixture->identity, TOKEN, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_DENIED);
  g_clear_error (&error);
  link = hub_link (fixture, 0);
  g_assert_null (hub_confirm (fixture, stranger, TOKEN, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_DENIED);
  g_assert_nonnull (strstr (error->message, "hub-key"));
  g_clear_error (&error);
  g_assert_null (hub_confirm (fixture, fixture->identity, "another token", &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_DENIED);
  g_clear_error (&error);
  g_assert_null (hub_confirm (fixture, NULL, TOKEN, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_DENIED);
  g_clear_error (&error);

  /* what is not metrics, and a link that nobody accepted */
  g_assert_null (hub_ask (fixture, link, "container.logs", 0, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_UNSUPPORTED);
  g_clear_error (&error);
  other = reeve_link_new (REEVE_TRANSPORT (fixture->transport), "reporter", &offer);
  g_assert_null (hub_ask (fixture, other, REEVE_VERB_SAMPLE, 0, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_GONE);
  g_clear_error (&error);
  g_assert_null (hub_ask (fixture, other, "container.logs", 0, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_GONE);
}

static void
test_links (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ReeveLink) one = NULL, two = NULL;
  g_autoptr (ReeveMessage) message = NULL;
  g_autoptr (GError) reason = g_error_new_literal (REEVE_ERROR, REEVE_ERROR_IO, "connection reset");
  g_autoptr (GError) error = NULL;

  reeve_mock_host_load (fixture->host, "host-metrics", "root", fixture->root, NULL);
  load_reporter (fixture, "reporter");
  one = hub_link (fixture, 0);
  two = hub_link (fixture, 0);
  g_assert_true (fixture->transport->closed == one);
  reeve_link_owner_closed (fixture->transport->owner, one, reason);
  message = hub_ask (fixture, two, REEVE_VERB_SAMPLE, 0, &error);
  g_assert_no_error (error);
  reeve_link_owner_closed (fixture->transport->owner, two, reason);
  g_assert_null (hub_ask (fixture, two, REEVE_VERB_SAMPLE, 0, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_GONE);
}

static void
test_token_file (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ReeveAdmission) admission = NULL;
  g_autoptr (GError) error = NULL;

  load_reporter (fixture, "reporter");
  write_token (fixture, TOKEN, 0644);
  g_assert_null (hub_admit (fixture, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_DENIED);
  g_assert_nonnull (strstr (error->message, "chmod 600"));
  g_assert_null (strstr (error->message, TOKEN));
  g_clear_error (&error);
  g_remove (fixture->token_file);
  g_assert_null (hub_admit (fixture, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
  g_clear_error (&error);
  /* well again without a restart */
  write_token (fixture, "another\n", 0600);
  admission = hub_admit (fixture, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (admission->token, ==, "another");
}

static void
test_unconfigured (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (reeve_mock_host_try_load (fixture->host, &error, "reporter", "url",
                                           "ws://127.0.0.1:1", "token-file", fixture->token_file,
                                           NULL));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_UNCONFIGURED);
  g_clear_error (&error);
  g_assert_null (reeve_mock_host_try_load (fixture->host, &error, "reporter", "url",
                                           "ws://127.0.0.1:1", "hub-key", fixture->key, NULL));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_UNCONFIGURED);
  g_clear_error (&error);
  g_assert_null (reeve_mock_host_try_load (fixture->host, &error, "reporter", "url",
                                           "ws://127.0.0.1:1", "token-file", fixture->token_file,
                                           "hub-key", "ssh-rsa AAAA", NULL));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_null (reeve_mock_host_try_load (fixture->host, &error, "reporter", "url",
                                           "ws://127.0.0.1:1", "token-file", fixture->token_file,
                                           "hub-key", fixture->key, "unlock", "container logs",
                                           NULL));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, "unlock: 'container logs'"));
}

static void
test_damaged_fingerprint (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path =
      g_build_filename (reeve_mock_host_get_state_dir (fixture->host), "fingerprint", NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, "half", -1, NULL);
  g_chmod (path, 0600);
  g_assert_null (reeve_mock_host_try_load (fixture->host, &error, "reporter", "url",
                                           "ws://127.0.0.1:1", "token-file", fixture->token_file,
                                           "hub-key", fixture->key, NULL));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, "is damaged"));
  g_assert_null (fixture->transport->owner);
}

/* Transports come and go, refuse, or are for other addresses. */
static void
test_transports (Fixture *fixture, gconstpointer data)
{
  FakeTransport *ssh = fake_transport_new ("ssh:");
  FakeTransport *second = fake_transport_new ("ws:");
  g_autoptr (GError) error = NULL;

  fixture->transport->refuse = TRUE;
  reeve_context_provide (fixture->context, REEVE_TYPE_TRANSPORT, "", ssh, NULL);
  load_reporter (fixture, "reporter");
  g_assert_null (fixture->transport->owner);
  g_assert_null (ssh->owner);
  g_assert_cmpuint (warnings, ==, 1);

  reeve_context_provide (fixture->context, REEVE_TYPE_TRANSPORT, "", second, NULL);
  reeve_mock_host_settle (fixture->host);
  g_assert_nonnull (second->owner);

  /* it goes, and what refused has been mended */
  fixture->transport->refuse = FALSE;
  withdraw (fixture, second);
  g_assert_nonnull (fixture->transport->owner);
  g_clear_object (&second->owner);
  g_assert_finalize_object (second);
  withdraw (fixture, ssh);
  g_assert_finalize_object (ssh);
}

static void
test_reload (Fixture *fixture, gconstpointer data)
{
  ReevePlugin *plugin = load_reporter (fixture, "reporter");
  const ReeveSettingsRow *rows =
      reeve_settings_get_rows (reeve_context_get_settings (reeve_plugin_get_context (plugin)));
  g_autoptr (ReeveSettings) same = NULL, other = NULL, bad = NULL;
  g_autoptr (GError) error = NULL;
  ReeveLinkOwner *owner = fixture->transport->owner;

  same = reeve_settings_new_for_pairs (rows, &error, "url", "ws://127.0.0.1:8090", "token-file",
                                       fixture->token_file, "hub-key", fixture->key, NULL);
  g_assert_no_error (error);
  other = reeve_settings_new_for_pairs (rows, &error, "url", "ws://127.0.0.1:9000", "token-file",
                                        fixture->token_file, "hub-key", fixture->key, NULL);
  bad = reeve_settings_new_for_pairs (rows, &error, "url", "ws://127.0.0.1:9000", "token-file",
                                      fixture->token_file, "hub-key", "x", NULL);
  g_assert_false (REEVE_PLUGIN_GET_CLASS (plugin)->check (plugin, bad, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
  REEVE_PLUGIN_GET_CLASS (plugin)->reload (plugin, same);
  g_assert_true (fixture->transport->owner == owner);
  g_assert_cmpstr (fixture->transport->url, ==, "ws://127.0.0.1:8090");
  REEVE_PLUGIN_GET_CLASS (plugin)->reload (plugin, other);
  g_assert_cmpstr (fixture->transport->url, ==, "ws://127.0.0.1:9000");
}

static void
test_stop (Fixture *fixture, gconstpointer data)
{
  ReevePlugin *metrics =
      reeve_mock_host_load (fixture->host, "host-metrics", "root", fixture->root, NULL);
  ReevePlugin *reporter = load_reporter (fixture, "reporter");
  g_autoptr (ReeveLink) link = hub_link (fixture, 0);
  g_autoptr (ReeveMessage) request = reeve_message_new_sample_request (&(ReeveSampleRequest){ 0 });
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  ReeveLinkOwner *owner = g_object_ref (fixture->transport->owner);

  /* a request is under way while both stop, the collector first */
  reeve_link_owner_answer_async (owner, link, request, NULL, reeve_mock_result_cb, &result);
  reeve_mock_host_unload (fixture->host, metrics);
  reeve_mock_host_unload (fixture->host, reporter);
  reeve_mock_host_wait (fixture->host, &result);
  g_assert_null (fixture->transport->owner);
  g_clear_object (&link);
  g_object_unref (owner);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_writer_func (log_writer, NULL, NULL);
#define ADD(name, function)                                                                        \
  g_test_add ("/reporter/plugin/" name, Fixture, NULL, fixture_set_up, function, fixture_tear_down)
  ADD ("whole-way", test_whole_way);
  ADD ("extension", test_extension);
  ADD ("refusals", test_refusals);
  ADD ("links", test_links);
  ADD ("token-file", test_token_file);
  ADD ("unconfigured", test_unconfigured);
  ADD ("damaged-fingerprint", test_damaged_fingerprint);
  ADD ("transports", test_transports);
  ADD ("reload", test_reload);
  ADD ("stop", test_stop);
  return g_test_run ();
}
