/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "kept-fixture.h"

#include <glib/gstdio.h>
#include <string.h>

#define TOKEN "11111111-2222-3333-4444-555555555555"
#define MINUTE 60000

static GString *said;

static GLogWriterOutput
log_writer (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  for (gsize i = 0; i < n_fields; i++)
    if (strcmp (fields[i].key, "MESSAGE") == 0 && (level & G_LOG_LEVEL_DEBUG) == 0)
      g_string_append_printf (said, "%s\n", (const char *) fields[i].value);
  if ((level & G_LOG_LEVEL_MASK) == G_LOG_LEVEL_WARNING)
    return G_LOG_WRITER_HANDLED;
  return g_log_writer_default (level, fields, n_fields, user_data);
}

guint
kept_count_said (const char *text)
{
  guint n = 0;

  for (const char *at = said->str; (at = strstr (at, text)) != NULL; at += strlen (text))
    n++;
  return n;
}

void
kept_write_token (KeptFixture *fixture)
{
  g_autoptr (GError) error = NULL;

  g_file_set_contents (fixture->token_file, TOKEN, -1, &error);
  g_assert_no_error (error);
  g_chmod (fixture->token_file, 0600);
}

void
kept_set_up (KeptFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_string_truncate (said, 0);
  fixture->host = reeve_mock_host_new ("agent", TRUE);
  fixture->context = reeve_mock_host_get_context (fixture->host);
  fixture->identity = reeve_identity_new (&error);
  g_assert_no_error (error);
  fixture->token_file =
      g_build_filename (reeve_mock_host_get_state_dir (fixture->host), "token", NULL);
  kept_write_token (fixture);
  fixture->transport = fake_transport_new ("ws:");
  reeve_context_provide (fixture->context, REEVE_TYPE_TRANSPORT, "", fixture->transport, &error);
  g_assert_no_error (error);
  fixture->collector = fake_collector_new (reeve_mock_host_get_clock (fixture->host));
  fixture->collector->uptime = 0;
  reeve_context_provide (fixture->context, REEVE_TYPE_COLLECTOR, "", fixture->collector, &error);
  g_assert_no_error (error);
}

static void
withdraw (KeptFixture *fixture, gpointer provider)
{
  g_autoptr (GAsyncResult) result = NULL;

  reeve_context_withdraw_async (fixture->context, provider, reeve_mock_result_cb, &result);
  reeve_mock_host_wait (fixture->host, &result);
  reeve_mock_host_settle (fixture->host);
}

void
kept_tear_down (KeptFixture *fixture, gconstpointer data)
{
  g_clear_object (&fixture->link);
  withdraw (fixture, fixture->transport);
  withdraw (fixture, fixture->collector);
  reeve_mock_host_free (fixture->host);
  g_object_unref (fixture->transport);
  g_object_unref (fixture->collector);
  reeve_identity_unref (fixture->identity);
  g_free (fixture->token_file);
  g_free (fixture->kept_file);
}

/* @keep-size is given in any case. */
void
kept_load (KeptFixture *fixture, const char *keep, const char *time, const char *size)
{
  g_autofree char *key =
      reeve_public_key_to_line (reeve_identity_get_public_key (fixture->identity), "hub");

  fixture->plugin = reeve_mock_host_load (fixture->host, "reporter", "url", "ws://127.0.0.1:8090",
                                          "token-file", fixture->token_file, "hub-key", key, "keep",
                                          keep, "keep-time", time, "keep-size", size, NULL);
  g_free (fixture->kept_file);
  fixture->kept_file =
      g_build_filename (reeve_context_get_state_dir (reeve_plugin_get_context (fixture->plugin)),
                        "kept", NULL);
  reeve_mock_host_settle (fixture->host);
}

void
kept_link_up (KeptFixture *fixture, guint level)
{
  const ReeveLinkOffer plain = { .transport = "websocket", .remote = "127.0.0.1", .level = level };
  g_autoptr (GBytes) message = g_bytes_new_static (TOKEN, strlen (TOKEN));
  g_autoptr (GBytes) signature =
      reeve_identity_sign (fixture->identity, REEVE_PURPOSE_STOCK_TOKEN, message, NULL);
  ReeveLinkOwner *owner = fixture->transport->owner;
  g_autoptr (GAsyncResult) admitted = NULL, confirmed = NULL;
  g_autoptr (ReeveAdmission) admission = NULL;
  g_autofree char *fingerprint = NULL;
  g_autoptr (GError) error = NULL;
  ReeveLinkOffer offer = plain;

  reeve_link_owner_admit_async (owner, &offer, NULL, reeve_mock_result_cb, &admitted);
  admission = reeve_link_owner_admit_finish (owner, reeve_mock_host_wait (fixture->host, &admitted),
                                             &error);
  g_assert_no_error (error);
  offer.signature = signature;
  reeve_link_owner_confirm_async (owner, "reporter", &offer, NULL, reeve_mock_result_cb,
                                  &confirmed);
  fingerprint =
      reeve_link_owner_confirm_finish (owner, reeve_mock_host_wait (fixture->host, &confirmed),
                                       &error);
  g_assert_no_error (error);
  g_set_object (&fixture->link, NULL);
  fixture->link =
      reeve_link_new (REEVE_TRANSPORT (fixture->transport), admission->admission, &plain);
  g_assert_true (reeve_link_owner_accept (owner, fixture->link, &error));
}

void
kept_link_down (KeptFixture *fixture)
{
  g_autoptr (GError) reason = g_error_new_literal (REEVE_ERROR, REEVE_ERROR_IO, "connection reset");

  reeve_link_owner_closed (fixture->transport->owner, fixture->link, reason);
  g_clear_object (&fixture->link);
}

/* One request. (transfer full) */
ReeveMessage *
kept_ask (KeptFixture *fixture, guint kept)
{
  const ReeveSampleRequest wanted = { .interval_ms = MINUTE,
                                      .kept = kept,
                                      .kept_series = fixture->series,
                                      .kept_stored = fixture->stored };
  g_autoptr (ReeveMessage) request = reeve_message_new_sample_request (&wanted);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  ReeveMessage *answer;

  reeve_link_owner_answer_async (fixture->transport->owner, fixture->link, request, NULL,
                                 reeve_mock_result_cb, &result);
  answer = reeve_link_owner_answer_finish (fixture->transport->owner,
                                           reeve_mock_host_wait (fixture->host, &result), &error);
  g_assert_no_error (error);
  fixture->dropped = (guint64) reeve_sample_get_value (reeve_message_get_sample (answer),
                                                       REEVE_KIND_AGENT, NULL, REEVE_AGENT_DROPPED);
  return answer;
}

/* As a hub that stores each sample once: *@ret_times gets the uptime that each was measured at. */
void
kept_drain (KeptFixture *fixture, GArray *uptimes)
{
  guint64 waiting;

  do
    {
      g_autoptr (ReeveMessage) answer = kept_ask (fixture, 7);
      const ReeveMessageKept *kept = reeve_message_get_kept (answer);

      waiting = kept->waiting;
      g_assert_cmpuint (kept->samples->len, <=, 7);
      for (guint i = 0; i < kept->samples->len; i++)
        {
          ReeveMessage *one = g_ptr_array_index (kept->samples, i);
          double uptime = reeve_sample_get_value (reeve_message_get_sample (one), REEVE_KIND_SYSTEM,
                                                  NULL, REEVE_SYSTEM_UPTIME);

          if (kept->series == fixture->series &&
              reeve_message_get_sequence (one) <= fixture->stored)
            continue;
          g_array_append_val (uptimes, uptime);
          fixture->series = kept->series;
          fixture->stored = reeve_message_get_sequence (one);
        }
    }
  while (waiting > 0);
  g_message ("drained %u", uptimes->len);
}

/* Each minute of the agent's away time has an uptime of its own. */
void
kept_pass_minutes (KeptFixture *fixture, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      fixture->collector->uptime++;
      reeve_mock_host_advance (fixture->host, MINUTE);
    }
}

void
kept_assert_uptimes (GArray *uptimes, guint first, guint n)
{
  g_assert_cmpuint (uptimes->len, ==, n);
  for (guint i = 0; i < n; i++)
    g_assert_cmpfloat (g_array_index (uptimes, double, i), ==, first + i);
}

guint64
kept_get_waiting (KeptFixture *fixture)
{
  g_autoptr (ReeveMessage) answer = kept_ask (fixture, 0);

  return reeve_message_get_kept (answer)->waiting;
}

int
kept_run (void)
{
  int ret;

  said = g_string_new (NULL);
  g_log_set_writer_func (log_writer, NULL, NULL);
  ret = g_test_run ();
  g_string_free (said, TRUE);
  return ret;
}
