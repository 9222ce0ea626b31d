/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The built reporter while its hub is away and when it comes back, with a collector and a hub that
 * are the test's own. */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake-transport.h"
#include "plugins/reporter/reeve-reporter-disk.h"
#include "tests/lib/reeve-fake-collector.h"
#include "tests/lib/reeve-mock-host.h"

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

static guint
count_said (const char *text)
{
  guint n = 0;

  for (const char *at = said->str; (at = strstr (at, text)) != NULL; at += strlen (text))
    n++;
  return n;
}

/* ---- the agent and its hub ---- */

typedef struct
{
  ReeveMockHost *host;
  ReeveContext *context;
  ReeveIdentity *identity;
  FakeTransport *transport;
  FakeCollector *collector;
  ReevePlugin *plugin;
  ReeveLink *link;
  char *token_file;
  char *kept_file;
  /* what the hub has stored */
  guint64 series;
  guint64 stored;
  guint64 dropped;
} Fixture;

static void
fixture_write_token (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  g_file_set_contents (fixture->token_file, TOKEN, -1, &error);
  g_assert_no_error (error);
  g_chmod (fixture->token_file, 0600);
}

static void
fixture_set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_string_truncate (said, 0);
  fixture->host = reeve_mock_host_new ("agent", TRUE);
  fixture->context = reeve_mock_host_get_context (fixture->host);
  fixture->identity = reeve_identity_new (&error);
  g_assert_no_error (error);
  fixture->token_file =
      g_build_filename (reeve_mock_host_get_state_dir (fixture->host), "token", NULL);
  fixture_write_token (fixture);
  fixture->transport = fake_transport_new ("ws:");
  reeve_context_provide (fixture->context, REEVE_TYPE_TRANSPORT, "", fixture->transport, &error);
  g_assert_no_error (error);
  fixture->collector = fake_collector_new (reeve_mock_host_get_clock (fixture->host));
  fixture->collector->uptime = 0;
  reeve_context_provide (fixture->context, REEVE_TYPE_COLLECTOR, "", fixture->collector, &error);
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
static void
load (Fixture *fixture, const char *keep, const char *time, const char *size)
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

static void
link_up (Fixture *fixture, guint level)
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

static void
link_down (Fixture *fixture)
{
  g_autoptr (GError) reason = g_error_new_literal (REEVE_ERROR, REEVE_ERROR_IO, "connection reset");

  reeve_link_owner_closed (fixture->transport->owner, fixture->link, reason);
  g_clear_object (&fixture->link);
}

/* One request. (transfer full) */
static ReeveMessage *
ask (Fixture *fixture, guint kept)
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
static void
drain (Fixture *fixture, GArray *uptimes)
{
  guint64 waiting;

  do
    {
      g_autoptr (ReeveMessage) answer = ask (fixture, 7);
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
static void
pass_minutes (Fixture *fixture, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      fixture->collector->uptime++;
      reeve_mock_host_advance (fixture->host, MINUTE);
    }
}

static void
assert_uptimes (GArray *uptimes, guint first, guint n)
{
  g_assert_cmpuint (uptimes->len, ==, n);
  for (guint i = 0; i < n; i++)
    g_assert_cmpfloat (g_array_index (uptimes, double, i), ==, first + i);
}

static guint64
get_waiting (Fixture *fixture)
{
  g_autoptr (ReeveMessage) answer = ask (fixture, 0);

  return reeve_message_get_kept (answer)->waiting;
}

/* ---- in memory ---- */

static void
test_away (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GArray) uptimes = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (ReeveMessage) answer = NULL;
  const ReeveMessageKept *kept;

  load (fixture, "memory", "1d", "4M");
  /* nothing before a first link */
  pass_minutes (fixture, 3);
  link_up (fixture, REEVE_LINK_LEVEL_EXTENSION);
  g_assert_cmpuint (get_waiting (fixture), ==, 0);
  link_down (fixture);
  fixture->collector->uptime = 100;
  pass_minutes (fixture, 60);
  link_up (fixture, REEVE_LINK_LEVEL_EXTENSION);

  answer = ask (fixture, 2);
  kept = reeve_message_get_kept (answer);
  g_assert_cmpuint (kept->waiting, ==, 58);
  g_assert_cmpint (reeve_message_get_age (g_ptr_array_index (kept->samples, 0)), ==,
                   G_GINT64_CONSTANT (59) * 60 * G_USEC_PER_SEC);
  g_assert_cmpint (reeve_message_get_age (g_ptr_array_index (kept->samples, 1)), ==,
                   G_GINT64_CONSTANT (58) * 60 * G_USEC_PER_SEC);
  g_assert_cmpfloat (reeve_sample_get_value (reeve_message_get_sample (answer), REEVE_KIND_AGENT,
                                             NULL, REEVE_AGENT_KEPT),
                     ==, 60);

  /* that answer never came: all of it again, once */
  drain (fixture, uptimes);
  assert_uptimes (uptimes, 101, 60);
  /* and so it is when the last acknowledgement is lost with the link */
  link_down (fixture);
  link_up (fixture, REEVE_LINK_LEVEL_EXTENSION);
  g_array_set_size (uptimes, 0);
  drain (fixture, uptimes);
  g_assert_cmpuint (uptimes->len, ==, 0);
  g_assert_cmpuint (get_waiting (fixture), ==, 0);
  g_assert_cmpuint (fixture->dropped, ==, 0);
  g_assert_cmpuint (count_said ("a sample is kept for the hub every 60 s"), ==, 1);

  /* the numbers go on */
  link_down (fixture);
  fixture->collector->uptime = 200;
  pass_minutes (fixture, 2);
  link_up (fixture, REEVE_LINK_LEVEL_EXTENSION);
  drain (fixture, uptimes);
  assert_uptimes (uptimes, 201, 2);
  g_assert_cmpuint (fixture->stored, ==, 62);

  /* a hub that was restored from a backup: what it had said is stored is gone, the rest comes */
  g_assert_cmpuint (get_waiting (fixture), ==, 0);
  link_down (fixture);
  fixture->collector->uptime = 300;
  pass_minutes (fixture, 1);
  fixture->stored = 5;
  link_up (fixture, REEVE_LINK_LEVEL_EXTENSION);
  g_array_set_size (uptimes, 0);
  drain (fixture, uptimes);
  assert_uptimes (uptimes, 301, 1);
}

/* What was kept for one hub is not another's to see. */
static void
test_other_hub (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ReeveIdentity) other = reeve_identity_new (NULL);
  g_autofree char *key = reeve_public_key_to_line (reeve_identity_get_public_key (other), "hub");
  g_autoptr (ReeveSettings) settings = NULL;
  g_autoptr (GError) error = NULL;
  const ReeveSettingsRow *rows;

  load (fixture, "memory", "1d", "4M");
  link_up (fixture, REEVE_LINK_LEVEL_EXTENSION);
  g_assert_cmpuint (get_waiting (fixture), ==, 0);
  link_down (fixture);
  pass_minutes (fixture, 3);
  rows = reeve_settings_get_rows (
      reeve_context_get_settings (reeve_plugin_get_context (fixture->plugin)));
  settings = reeve_settings_new_for_pairs (rows, &error, "url", "ws://127.0.0.1:8090", "token-file",
                                           fixture->token_file, "hub-key", key, NULL);
  g_assert_no_error (error);
  REEVE_PLUGIN_GET_CLASS (fixture->plugin)->reload (fixture->plugin, settings);
  g_assert_cmpuint (count_said ("3 samples were kept for a hub with another key"), ==, 1);
  /* nothing is kept for one that has never linked */
  pass_minutes (fixture, 3);
  reeve_identity_unref (fixture->identity);
  fixture->identity = reeve_identity_ref (other);
  link_up (fixture, REEVE_LINK_LEVEL_EXTENSION);
  g_assert_cmpuint (get_waiting (fixture), ==, 0);
}

/* A clock that is set meanwhile changes no age. */
static void
test_clock_jump (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ReeveMessage) answer = NULL;
  const ReeveMessageKept *kept;

  load (fixture, "memory", "1d", "4M");
  link_up (fixture, REEVE_LINK_LEVEL_EXTENSION);
  g_assert_cmpuint (get_waiting (fixture), ==, 0);
  link_down (fixture);
  pass_minutes (fixture, 1);
  reeve_clock_jump (reeve_mock_host_get_clock (fixture->host),
                    G_GINT64_CONSTANT (-3600) * G_USEC_PER_SEC);
  pass_minutes (fixture, 1);
  reeve_clock_jump (reeve_mock_host_get_clock (fixture->host),
                    G_GINT64_CONSTANT (365) * 86400 * G_USEC_PER_SEC);
  pass_minutes (fixture, 1);
  link_up (fixture, REEVE_LINK_LEVEL_EXTENSION);
  answer = ask (fixture, 3);
  kept = reeve_message_get_kept (answer);
  g_assert_cmpuint (kept->samples->len, ==, 3);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpint (reeve_message_get_age (g_ptr_array_index (kept->samples, i)), ==,
                     (gint64) (2 - i) * 60 * G_USEC_PER_SEC);
}

static void
test_bounds (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GArray) uptimes = g_array_new (FALSE, FALSE, sizeof (double));
  guint n;

  /* by time */
  load (fixture, "memory", "10min", "4M");
  link_up (fixture, REEVE_LINK_LEVEL_EXTENSION);
  g_assert_cmpuint (get_waiting (fixture), ==, 0);
  link_down (fixture);
  pass_minutes (fixture, 30);
  link_up (fixture, REEVE_LINK_LEVEL_EXTENSION);
  drain (fixture, uptimes);
  assert_uptimes (uptimes, 20, 11);
  g_assert_cmpuint (fixture->dropped, ==, 19);
  g_assert_cmpuint (count_said ("older than keep-time"), ==, 1);
  reeve_mock_host_unload (fixture->host, fixture->plugin);
  g_clear_object (&fixture->link);

  /* by bytes: the instance's name makes each sample large */
  fixture->collector->kernel = NULL;
  load (fixture, "memory", "1d", "64K");
  link_up (fixture, REEVE_LINK_LEVEL_EXTENSION);
  g_assert_cmpuint (get_waiting (fixture), ==, 0);
  link_down (fixture);
  fixture->collector->uptime = 0;
  pass_minutes (fixture, 700);
  link_up (fixture, REEVE_LINK_LEVEL_EXTENSION);
  g_array_set_size (uptimes, 0);
  drain (fixture, uptimes);
  n = uptimes->len;
  g_assert_cmpuint (n, <, 700);
  g_assert_cmpuint (n, >, 300);
  assert_uptimes (uptimes, 701 - n, n);
  g_assert_cmpuint (fixture->dropped, ==, 700 - n);
  g_assert_cmpuint (count_said ("more than keep-size"), ==, 1);
}

/* A hub that speaks the base protocol alone could not be given any; "no" is no. */
static void
test_never (Fixture *fixture, gconstpointer data)
{
  guint calls;

  load (fixture, "memory", "1d", "4M");
  link_up (fixture, REEVE_LINK_LEVEL_STOCK);
  link_down (fixture);
  calls = fixture->collector->calls;
  pass_minutes (fixture, 5);
  g_assert_cmpuint (fixture->collector->calls, ==, calls);
  reeve_mock_host_unload (fixture->host, fixture->plugin);

  load (fixture, "no", "1d", "4M");
  link_up (fixture, REEVE_LINK_LEVEL_EXTENSION);
  g_assert_cmpuint (get_waiting (fixture), ==, 0);
  link_down (fixture);
  calls = fixture->collector->calls;
  pass_minutes (fixture, 5);
  g_assert_cmpuint (fixture->collector->calls, ==, calls);
}

/* ---- on disk ---- */

typedef struct
{
  Fixture *fixture;
  guint n;
} Wanted;

static gboolean
file_has (gpointer user_data)
{
  Wanted *wanted = user_data;
  g_auto (ReeveReporterJournal) journal = { 0 };
  g_autofree char *text = NULL;
  gsize length;

  return g_file_get_contents (wanted->fixture->kept_file, &text, &length, NULL) &&
         reeve_reporter_journal_read ((const guint8 *) text, length, &journal, NULL) &&
         journal.length == length && g_queue_get_length (&journal.entries) == wanted->n;
}

static void
wait_file (Fixture *fixture, guint n)
{
  Wanted wanted = { fixture, n };

  /* the loop wakes with the worker's answer */
  while (!file_has (&wanted))
    {
      reeve_mock_host_settle (fixture->host);
      g_usleep (1000);
    }
}

/* Each minute's sample is on the disk before the next is measured. */
static void
pass_minutes_on_disk (Fixture *fixture, guint before, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      pass_minutes (fixture, 1);
      wait_file (fixture, before + i + 1);
    }
}

static void
begin_on_disk (Fixture *fixture)
{
  load (fixture, "disk", "1d", "4M");
  link_up (fixture, REEVE_LINK_LEVEL_EXTENSION);
  g_assert_cmpuint (get_waiting (fixture), ==, 0);
  link_down (fixture);
}

static void
wait_said (Fixture *fixture, const char *text)
{
  while (count_said (text) == 0)
    {
      reeve_mock_host_settle (fixture->host);
      g_usleep (1000);
    }
}

static void
restart (Fixture *fixture)
{
  reeve_mock_host_unload (fixture->host, fixture->plugin);
  reeve_mock_host_settle (fixture->host);
  load (fixture, "disk", "1d", "4M");
}

static gboolean
has_waiting (gpointer user_data)
{
  Wanted *wanted = user_data;

  return get_waiting (wanted->fixture) == wanted->n;
}

static void
wait_waiting (Fixture *fixture, guint n)
{
  Wanted wanted = { fixture, n };

  for (guint i = 0; !has_waiting (&wanted); i++)
    {
      g_assert_cmpuint (i, <, 5000);
      g_usleep (1000);
    }
}

static void
test_disk (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GArray) uptimes = g_array_new (FALSE, FALSE, sizeof (double));
  struct stat st;

  begin_on_disk (fixture);
  fixture->collector->uptime = 0;
  pass_minutes_on_disk (fixture, 0, 3);
  g_assert_no_errno (g_stat (fixture->kept_file, &st));
  g_assert_cmpuint (st.st_mode & 07777, ==, 0600);

  /* the agent starts again, a quarter of an hour later, and goes on keeping for this hub at once */
  restart (fixture);
  reeve_clock_jump (reeve_mock_host_get_clock (fixture->host),
                    G_GINT64_CONSTANT (15) * 60 * G_USEC_PER_SEC);
  pass_minutes_on_disk (fixture, 3, 2);
  link_up (fixture, REEVE_LINK_LEVEL_EXTENSION);
  drain (fixture, uptimes);
  assert_uptimes (uptimes, 1, 5);
  /* an acknowledgement that came, and a file that forgets */
  g_assert_cmpuint (get_waiting (fixture), ==, 0);
  wait_file (fixture, 0);
  /* numbers go on after a restart, so that the hub passes nothing over */
  restart (fixture);
  pass_minutes_on_disk (fixture, 0, 1);
  link_up (fixture, REEVE_LINK_LEVEL_EXTENSION);
  g_array_set_size (uptimes, 0);
  drain (fixture, uptimes);
  assert_uptimes (uptimes, 6, 1);
}

/* The agent's file comes from an older copy of the machine: its numbers were given out before. */
static void
test_disk_older_copy (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GArray) uptimes = g_array_new (FALSE, FALSE, sizeof (double));
  g_autofree char *copy = NULL;
  gsize length;

  begin_on_disk (fixture);
  fixture->collector->uptime = 0;
  pass_minutes_on_disk (fixture, 0, 2);
  g_assert_true (g_file_get_contents (fixture->kept_file, &copy, &length, NULL));
  pass_minutes_on_disk (fixture, 2, 2);
  link_up (fixture, REEVE_LINK_LEVEL_EXTENSION);
  drain (fixture, uptimes);
  assert_uptimes (uptimes, 1, 4);
  reeve_mock_host_unload (fixture->host, fixture->plugin);
  g_clear_object (&fixture->link);
  g_assert_true (g_file_set_contents (fixture->kept_file, copy, (gssize) length, NULL));
  load (fixture, "disk", "1d", "4M");
  pass_minutes_on_disk (fixture, 2, 1);
  link_up (fixture, REEVE_LINK_LEVEL_EXTENSION);
  g_array_set_size (uptimes, 0);
  drain (fixture, uptimes);
  assert_uptimes (uptimes, 5, 1);
  g_assert_cmpuint (count_said ("a new series begins"), ==, 1);
}

static void
test_disk_damaged (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GArray) uptimes = g_array_new (FALSE, FALSE, sizeof (double));
  g_autofree char *aside = NULL;
  int fd;

  begin_on_disk (fixture);
  fixture->collector->uptime = 0;
  pass_minutes_on_disk (fixture, 0, 3);
  reeve_mock_host_unload (fixture->host, fixture->plugin);
  /* a torn tail */
  fd = g_open (fixture->kept_file, O_WRONLY | O_APPEND, 0);
  g_assert_cmpint (write (fd, "\x40\0\0\0half of an item", 19), ==, 19);
  close (fd);
  load (fixture, "disk", "1d", "4M");
  link_up (fixture, REEVE_LINK_LEVEL_EXTENSION);
  wait_waiting (fixture, 3);
  g_assert_cmpuint (count_said ("19 bytes at the end of"), ==, 1);
  reeve_mock_host_unload (fixture->host, fixture->plugin);
  g_clear_object (&fixture->link);

  /* what is none of ours is moved aside, and keeping goes on */
  g_assert_true (g_file_set_contents (fixture->kept_file, "nonsense", -1, NULL));
  aside = g_strconcat (fixture->kept_file, ".damaged", NULL);
  load (fixture, "disk", "1d", "4M");
  wait_said (fixture, "was damaged");
  g_assert_true (g_file_test (aside, G_FILE_TEST_IS_REGULAR));
  pass_minutes_on_disk (fixture, 0, 1);
}

/* A disk that is really full: the line names place and remedy, keeping goes on in memory, the
 * oldest goes first and is counted, and all is on the disk again when there is room. */
static void
test_disk_no_space (Fixture *fixture, gconstpointer private_mounts)
{
  const char *state_dir = reeve_mock_host_get_state_dir (fixture->host);
  g_autofree char *ballast = g_build_filename (state_dir, "ballast", NULL);
  g_autofree char *zeros = g_malloc0 (1 << 20);
  g_autoptr (GArray) uptimes = g_array_new (FALSE, FALSE, sizeof (double));
  guint n = 2;
  int fd;

  if (!GPOINTER_TO_INT (private_mounts) ||
      mount ("tmpfs", state_dir, "tmpfs", 0, "size=1m,mode=0700") != 0)
    {
      g_test_skip ("a mount of its own is not allowed here");
      return;
    }
  fixture_write_token (fixture);
  load (fixture, "disk", "1d", "64K");
  link_up (fixture, REEVE_LINK_LEVEL_EXTENSION);
  g_assert_cmpuint (get_waiting (fixture), ==, 0);
  link_down (fixture);
  fixture->collector->uptime = 0;
  pass_minutes_on_disk (fixture, 0, 2);

  fd = g_open (ballast, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  while (write (fd, zeros, 1 << 20) > 0)
    ;
  g_assert_cmpint (errno, ==, ENOSPC);
  close (fd);
  /* until a page of the file is full */
  while (count_said ("samples are kept in memory alone") == 0)
    {
      Wanted wanted = { fixture, ++n };

      pass_minutes (fixture, 1);
      while (!file_has (&wanted) && count_said ("samples are kept in memory alone") == 0)
        {
          reeve_mock_host_settle (fixture->host);
          g_usleep (1000);
        }
    }
  g_assert_cmpuint (count_said ("No space left on device"), ==, 1);
  g_assert_cmpuint (count_said (fixture->kept_file), ==, 1);
  g_assert_cmpuint (count_said ("make room there, or set keep=memory"), ==, 1);
  pass_minutes (fixture, 700);
  g_assert_cmpuint (count_said ("more than keep-size"), ==, 1);
  g_assert_cmpuint (count_said ("samples are kept in memory alone"), ==, 1);

  g_assert_no_errno (g_unlink (ballast));
  /* a try whose deadline the clock has jumped over is followed by another */
  while (count_said ("samples are kept on the disk again") == 0)
    {
      pass_minutes (fixture, 1);
      for (guint i = 0; i < 100 && count_said ("samples are kept on the disk again") == 0; i++)
        {
          reeve_mock_host_settle (fixture->host);
          g_usleep (1000);
        }
    }
  link_up (fixture, REEVE_LINK_LEVEL_EXTENSION);
  drain (fixture, uptimes);
  n = uptimes->len;
  g_assert_cmpuint (n, >, 300);
  assert_uptimes (uptimes, (guint) fixture->collector->uptime + 1 - n, n);
  g_assert_cmpuint (fixture->dropped, ==, (guint) fixture->collector->uptime - n);
  reeve_mock_host_unload (fixture->host, fixture->plugin);
  g_assert_no_errno (umount2 (state_dir, MNT_DETACH));
}

/* The disk refuses: it goes on in memory, says so once, and comes back by itself. */
static void
test_disk_full (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GArray) uptimes = g_array_new (FALSE, FALSE, sizeof (double));
  g_autofree char *beside = NULL, *inside = NULL;

  begin_on_disk (fixture);
  fixture->collector->uptime = 0;
  pass_minutes_on_disk (fixture, 0, 1);
  /* a directory stands in both places */
  beside = g_strconcat (fixture->kept_file, ".new", NULL);
  inside = g_build_filename (beside, "x", NULL);
  g_assert_no_errno (g_mkdir_with_parents (inside, 0700));
  g_unlink (fixture->kept_file);
  for (guint i = 0; i < 3; i++)
    {
      pass_minutes (fixture, 1);
      wait_said (fixture, "samples are kept in memory alone");
    }
  g_assert_cmpuint (count_said ("samples are kept in memory alone"), ==, 1);
  g_rmdir (inside);
  g_rmdir (beside);
  pass_minutes (fixture, 1);
  wait_file (fixture, 5);
  reeve_mock_host_settle (fixture->host);
  link_up (fixture, REEVE_LINK_LEVEL_EXTENSION);
  drain (fixture, uptimes);
  assert_uptimes (uptimes, 1, 5);
  wait_said (fixture, "samples are kept on the disk again");
}

int
main (int argc, char **argv)
{
  /* before there is a second thread */
  gboolean private_mounts =
      unshare (CLONE_NEWNS) == 0 && mount ("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
  int ret;

  g_test_init (&argc, &argv, NULL);
  said = g_string_new (NULL);
  g_log_set_writer_func (log_writer, NULL, NULL);
#define ADD(name, function)                                                                        \
  g_test_add ("/reporter/kept/" name, Fixture, NULL, fixture_set_up, function, fixture_tear_down)
  ADD ("away", test_away);
  ADD ("clock-jump", test_clock_jump);
  ADD ("other-hub", test_other_hub);
  ADD ("bounds", test_bounds);
  ADD ("never", test_never);
  ADD ("disk", test_disk);
  ADD ("disk-older-copy", test_disk_older_copy);
  ADD ("disk-damaged", test_disk_damaged);
  ADD ("disk-full", test_disk_full);
  g_test_add ("/reporter/kept/disk-no-space", Fixture, GINT_TO_POINTER (private_mounts),
              fixture_set_up, test_disk_no_space, fixture_tear_down);
  ret = g_test_run ();
  g_string_free (said, TRUE);
  return ret;
}
