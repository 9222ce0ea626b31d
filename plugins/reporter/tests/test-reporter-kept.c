/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The built reporter while its hub is away and when it comes back. */

#include "config.h"

#include "kept-fixture.h"

static void
test_away (KeptFixture *fixture, gconstpointer data)
{
  g_autoptr (GArray) uptimes = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (ReeveMessage) answer = NULL;
  const ReeveMessageKept *kept;

  kept_load (fixture, "memory", "1d", "4M");
  /* nothing before a first link */
  kept_pass_minutes (fixture, 3);
  kept_link_up (fixture, REEVE_LINK_LEVEL_EXTENSION);
  g_assert_cmpuint (kept_get_waiting (fixture), ==, 0);
  kept_link_down (fixture);
  fixture->collector->uptime = 100;
  kept_pass_minutes (fixture, 60);
  kept_link_up (fixture, REEVE_LINK_LEVEL_EXTENSION);

  answer = kept_ask (fixture, 2);
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
  kept_drain (fixture, uptimes);
  kept_assert_uptimes (uptimes, 101, 60);
  /* and so it is when the last acknowledgement is lost with the link */
  kept_link_down (fixture);
  kept_link_up (fixture, REEVE_LINK_LEVEL_EXTENSION);
  g_array_set_size (uptimes, 0);
  kept_drain (fixture, uptimes);
  g_assert_cmpuint (uptimes->len, ==, 0);
  g_assert_cmpuint (kept_get_waiting (fixture), ==, 0);
  g_assert_cmpuint (fixture->dropped, ==, 0);
  g_assert_cmpuint (kept_count_said ("a sample is kept for the hub every 60 s"), ==, 1);

  /* the numbers go on */
  kept_link_down (fixture);
  fixture->collector->uptime = 200;
  kept_pass_minutes (fixture, 2);
  kept_link_up (fixture, REEVE_LINK_LEVEL_EXTENSION);
  kept_drain (fixture, uptimes);
  kept_assert_uptimes (uptimes, 201, 2);
  g_assert_cmpuint (fixture->stored, ==, 62);

  /* a hub that was restored from a backup: what it had said is stored is gone, the rest comes */
  g_assert_cmpuint (kept_get_waiting (fixture), ==, 0);
  kept_link_down (fixture);
  fixture->collector->uptime = 300;
  kept_pass_minutes (fixture, 1);
  fixture->stored = 5;
  kept_link_up (fixture, REEVE_LINK_LEVEL_EXTENSION);
  g_array_set_size (uptimes, 0);
  kept_drain (fixture, uptimes);
  kept_assert_uptimes (uptimes, 301, 1);
}

/* What was kept for one hub is not another's to see. */
static void
test_other_hub (KeptFixture *fixture, gconstpointer data)
{
  g_autoptr (ReeveIdentity) other = reeve_identity_new (NULL);
  g_autofree char *key = reeve_public_key_to_line (reeve_identity_get_public_key (other), "hub");
  g_autoptr (ReeveSettings) settings = NULL;
  g_autoptr (GError) error = NULL;
  const ReeveSettingsRow *rows;

  kept_load (fixture, "memory", "1d", "4M");
  kept_link_up (fixture, REEVE_LINK_LEVEL_EXTENSION);
  g_assert_cmpuint (kept_get_waiting (fixture), ==, 0);
  kept_link_down (fixture);
  kept_pass_minutes (fixture, 3);
  rows = reeve_settings_get_rows (
      reeve_context_get_settings (reeve_plugin_get_context (fixture->plugin)));
  settings = reeve_settings_new_for_pairs (rows, &error, "url", "ws://127.0.0.1:8090", "token-file",
                                           fixture->token_file, "hub-key", key, NULL);
  g_assert_no_error (error);
  REEVE_PLUGIN_GET_CLASS (fixture->plugin)->reload (fixture->plugin, settings);
  g_assert_cmpuint (kept_count_said ("3 samples were kept for a hub with another key"), ==, 1);
  /* nothing is kept for one that has never linked */
  kept_pass_minutes (fixture, 3);
  reeve_identity_unref (fixture->identity);
  fixture->identity = reeve_identity_ref (other);
  kept_link_up (fixture, REEVE_LINK_LEVEL_EXTENSION);
  g_assert_cmpuint (kept_get_waiting (fixture), ==, 0);
}

/* A clock that is set meanwhile changes no age. */
static void
test_clock_jump (KeptFixture *fixture, gconstpointer data)
{
  g_autoptr (ReeveMessage) answer = NULL;
  const ReeveMessageKept *kept;

  kept_load (fixture, "memory", "1d", "4M");
  kept_link_up (fixture, REEVE_LINK_LEVEL_EXTENSION);
  g_assert_cmpuint (kept_get_waiting (fixture), ==, 0);
  kept_link_down (fixture);
  kept_pass_minutes (fixture, 1);
  reeve_clock_jump (reeve_mock_host_get_clock (fixture->host),
                    G_GINT64_CONSTANT (-3600) * G_USEC_PER_SEC);
  kept_pass_minutes (fixture, 1);
  reeve_clock_jump (reeve_mock_host_get_clock (fixture->host),
                    G_GINT64_CONSTANT (365) * 86400 * G_USEC_PER_SEC);
  kept_pass_minutes (fixture, 1);
  kept_link_up (fixture, REEVE_LINK_LEVEL_EXTENSION);
  answer = kept_ask (fixture, 3);
  kept = reeve_message_get_kept (answer);
  g_assert_cmpuint (kept->samples->len, ==, 3);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpint (reeve_message_get_age (g_ptr_array_index (kept->samples, i)), ==,
                     (gint64) (2 - i) * 60 * G_USEC_PER_SEC);
}

static void
test_bounds (KeptFixture *fixture, gconstpointer data)
{
  g_autoptr (GArray) uptimes = g_array_new (FALSE, FALSE, sizeof (double));
  guint n;

  /* by time */
  kept_load (fixture, "memory", "10min", "4M");
  kept_link_up (fixture, REEVE_LINK_LEVEL_EXTENSION);
  g_assert_cmpuint (kept_get_waiting (fixture), ==, 0);
  kept_link_down (fixture);
  kept_pass_minutes (fixture, 30);
  kept_link_up (fixture, REEVE_LINK_LEVEL_EXTENSION);
  kept_drain (fixture, uptimes);
  kept_assert_uptimes (uptimes, 20, 11);
  g_assert_cmpuint (fixture->dropped, ==, 19);
  g_assert_cmpuint (kept_count_said ("older than keep-time"), ==, 1);
  reeve_mock_host_unload (fixture->host, fixture->plugin);
  g_clear_object (&fixture->link);

  /* by bytes: the instance's name makes each sample large */
  fixture->collector->kernel = NULL;
  kept_load (fixture, "memory", "1d", "64K");
  kept_link_up (fixture, REEVE_LINK_LEVEL_EXTENSION);
  g_assert_cmpuint (kept_get_waiting (fixture), ==, 0);
  kept_link_down (fixture);
  fixture->collector->uptime = 0;
  kept_pass_minutes (fixture, 700);
  kept_link_up (fixture, REEVE_LINK_LEVEL_EXTENSION);
  g_array_set_size (uptimes, 0);
  kept_drain (fixture, uptimes);
  n = uptimes->len;
  g_assert_cmpuint (n, <, 700);
  g_assert_cmpuint (n, >, 300);
  kept_assert_uptimes (uptimes, 701 - n, n);
  g_assert_cmpuint (fixture->dropped, ==, 700 - n);
  g_assert_cmpuint (kept_count_said ("more than keep-size"), ==, 1);
}

/* A hub that speaks the base protocol alone could not be given any; "no" is no. */
static void
test_never (KeptFixture *fixture, gconstpointer data)
{
  guint calls;

  kept_load (fixture, "memory", "1d", "4M");
  kept_link_up (fixture, REEVE_LINK_LEVEL_STOCK);
  kept_link_down (fixture);
  calls = fixture->collector->calls;
  kept_pass_minutes (fixture, 5);
  g_assert_cmpuint (fixture->collector->calls, ==, calls);
  reeve_mock_host_unload (fixture->host, fixture->plugin);

  kept_load (fixture, "no", "1d", "4M");
  kept_link_up (fixture, REEVE_LINK_LEVEL_EXTENSION);
  g_assert_cmpuint (kept_get_waiting (fixture), ==, 0);
  kept_link_down (fixture);
  calls = fixture->collector->calls;
  kept_pass_minutes (fixture, 5);
  g_assert_cmpuint (fixture->collector->calls, ==, calls);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function)                                                                        \
  g_test_add ("/reporter/kept/" name, KeptFixture, NULL, kept_set_up, function, kept_tear_down)
  ADD ("away", test_away);
  ADD ("clock-jump", test_clock_jump);
  ADD ("other-hub", test_other_hub);
  ADD ("bounds", test_bounds);
  ADD ("never", test_never);
  return kept_run ();
}
