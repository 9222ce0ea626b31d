/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What people do with systems: names, labels, notes, tokens, pauses, the end of one, lists of many;
 * and that all of it outlives the process. */

#include "config.h"

#include <reeve/monitor.h>
#include <string.h>

#include "fleet-bench.h"

#include "../reeve-fleet-removal.h"

/* How many of the events of @category say @text. */
static guint
count_events (Bench *bench, const char *category, const char *text)
{
  g_autoptr (GPtrArray) events =
      reeve_context_read_events (reeve_mock_host_get_context (bench->host), 0, NULL);
  guint n = 0;

  for (guint i = 0; i < events->len; i++)
    n += strcmp (reeve_event_get_category (g_ptr_array_index (events, i)), category) == 0 &&
         strstr (reeve_event_get_text (g_ptr_array_index (events, i)), text) != NULL;
  return n;
}

static GVariant *
get_system (Bench *bench, const char **ret_note)
{
  g_autoptr (GVariant) answer = bench_call (bench, "GetSystem", g_variant_new ("(s)", bench->id));
  g_autoptr (GVariant) note = g_variant_get_child_value (answer, 2);

  *ret_note = g_intern_string (g_variant_get_string (note, NULL));
  return g_variant_get_child_value (answer, 0);
}

static void
assert_texts (Bench *bench, const char *name, const char *labels, const char *note)
{
  const char *own_note, *own_name;
  g_autoptr (GVariant) row = get_system (bench, &own_note);
  g_autoptr (GVariant) own = g_variant_lookup_value (row, "labels", G_VARIANT_TYPE ("a{ss}"));
  g_autofree char *printed = g_variant_print (own, FALSE);

  g_assert_true (g_variant_lookup (row, "name", "&s", &own_name));
  g_assert_cmpstr (own_name, ==, name);
  g_assert_cmpstr (printed, ==, labels);
  g_assert_cmpstr (own_note, ==, note);
}

static void
test_edits (void)
{
  g_autoptr (Bench) bench = bench_new ();
  const char *const labels[] = { "role=db", "production", NULL };
  const char *const none[] = { NULL };

  assert_texts (bench, "web1", "{}", "");
  bench_do (bench, "RenameSystem", g_variant_new ("(ss)", bench->id, "Datenbank Zürich"));
  bench_do (bench, "SetLabels", g_variant_new ("(s^as)", bench->id, labels));
  bench_do (bench, "SetNote", g_variant_new ("(ss)", bench->id, "bought 2024\nrack 7"));
  assert_texts (bench, "Datenbank Zürich", "{'production': '', 'role': 'db'}",
                "bought 2024\nrack 7");
  g_assert_cmpuint (count_events (bench, "setting",
                                  "'web1' was renamed to 'Datenbank Zürich' by uid '0'"),
                    ==, 1);
  g_assert_cmpuint (count_events (bench, "setting", "labels of 'Datenbank Zürich' were changed"),
                    ==, 1);
  g_assert_cmpuint (count_events (bench, "setting", "note of 'Datenbank Zürich' was changed"), ==,
                    1);
  bench_restart (bench);
  assert_texts (bench, "Datenbank Zürich", "{'production': '', 'role': 'db'}",
                "bought 2024\nrack 7");
  bench_do (bench, "SetLabels", g_variant_new ("(s^as)", bench->id, none));
  bench_do (bench, "SetNote", g_variant_new ("(ss)", bench->id, ""));
  bench_restart (bench);
  assert_texts (bench, "Datenbank Zürich", "{}", "");
}

static void
test_bad_edits (void)
{
  g_autoptr (Bench) bench = bench_new ();
  g_autofree char *long_key = g_strnfill (33, 'k');
  g_autofree char *long_value = g_strnfill (101, 'v');
  g_autofree char *pair = g_strdup_printf ("k=%s", long_value);
  g_autofree char *long_note = g_strnfill (2001, 'n');
  const char *const bad[] = { "",          "Role",   "__proto__", "a b", "=x",
                              "k=\x1b[2J", "k=a\nb", long_key,    pair };
  const char *const twice[] = { "a=1", "a=2", NULL };
  g_autoptr (GVariant) other = NULL;
  g_auto (GStrv) many = g_new0 (char *, 34);

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      const char *const labels[] = { bad[i], NULL };

      bench_assert_error (bench, "SetLabels", g_variant_new ("(s^as)", bench->id, labels),
                          REEVE_ERROR_INVALID);
    }
  bench_assert_error (bench, "SetLabels", g_variant_new ("(s^as)", bench->id, twice),
                      REEVE_ERROR_INVALID);
  for (guint i = 0; i < 33; i++)
    many[i] = g_strdup_printf ("l%u", i);
  bench_assert_error (bench, "SetLabels", g_variant_new ("(s^as)", bench->id, many),
                      REEVE_ERROR_LIMIT);
  bench_assert_error (bench, "SetNote", g_variant_new ("(ss)", bench->id, long_note),
                      REEVE_ERROR_INVALID);
  bench_assert_error (bench, "SetNote", g_variant_new ("(ss)", bench->id, "\x1b]0;x\a"),
                      REEVE_ERROR_INVALID);
  other = bench_call (bench, "AddSystem", g_variant_new ("(s)", "web2"));
  bench_assert_error (bench, "RenameSystem", g_variant_new ("(ss)", bench->id, "web2"),
                      REEVE_ERROR_EXISTS);
  bench_assert_error (bench, "RenameSystem", g_variant_new ("(ss)", bench->id, ""),
                      REEVE_ERROR_INVALID);
  bench_assert_error (bench, "RenameSystem", g_variant_new ("(ss)", "0123456789abcdef", "x"),
                      REEVE_ERROR_NOT_FOUND);
  assert_texts (bench, "web1", "{}", "");
}

/* Two edits on their way at once: both are kept. */
static void
test_edits_at_once (void)
{
  g_autoptr (Bench) bench = bench_new ();
  ReeveContext *context = reeve_mock_host_get_context (bench->host);
  g_autoptr (GPtrArray) all = reeve_context_lookup_all (context, REEVE_TYPE_OPERATIONS);
  g_autoptr (ReeveSubject) subject = reeve_subject_new (REEVE_SUBJECT_UID, "0");
  const char *const labels[] = { "a", NULL };
  GAsyncResult *results[2] = { NULL, NULL };

  for (guint i = 0; i < all->len; i++)
    {
      ReeveOperations *operations = g_ptr_array_index (all, i);

      if (strcmp (reeve_operations_get_info (operations)->name, "org.reeve.Fleet1") != 0)
        continue;
      reeve_operations_call_async (operations, context, "SetLabels",
                                   g_variant_new ("(s^as)", bench->id, labels), subject, NULL,
                                   reeve_mock_result_cb, &results[0]);
      reeve_operations_call_async (operations, context, "SetNote",
                                   g_variant_new ("(ss)", bench->id, "b"), subject, NULL,
                                   reeve_mock_result_cb, &results[1]);
    }
  for (guint i = 0; i < 2; i++)
    {
      while (results[i] == NULL)
        g_main_context_iteration (NULL, TRUE);
      g_clear_object (&results[i]);
    }
  bench_restart (bench);
  assert_texts (bench, "web1", "{'a': ''}", "b");
}

static void
test_rotate (void)
{
  g_autoptr (Bench) bench = bench_new ();
  ReeveLinkOffer offer = bench_offer (bench);
  g_autoptr (ReeveLink) link = bench_link (bench, &offer, NULL);
  g_autoptr (ReeveLink) refused = NULL, again = NULL;
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GError) error = NULL;
  const char *token;

  g_assert_nonnull (link);
  bench_advance (bench, 100);
  answer = bench_call (bench, "RotateToken", g_variant_new ("(s)", bench->id));
  g_variant_get (answer, "(&s&s)", &token, NULL);
  g_assert_cmpuint (strlen (token), ==, 48);
  g_assert_cmpstr (token, !=, bench->token);
  g_assert_nonnull (strstr (bench->transport->closed->str, "token replaced"));
  bench_lose (bench, link);
  bench_restart (bench);
  refused = bench_link (bench, &offer, &error);
  g_assert_null (refused);
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_DENIED);
  offer.token = token;
  again = bench_link (bench, &offer, NULL);
  g_assert_nonnull (again);
  g_assert_cmpuint (count_events (bench, "setting", "'web1' got a new token from uid '0'"), ==, 1);
}

static void
test_pause_survives (void)
{
  g_autoptr (Bench) bench = bench_new ();

  bench_do (bench, "SetPaused", g_variant_new ("(sb)", bench->id, TRUE));
  g_assert_cmpuint (count_events (bench, "setting", "system 'web1' was paused by uid '0'"), ==, 1);
  bench_restart (bench);
  assert_state (bench, "paused");
  bench_do (bench, "SetPaused", g_variant_new ("(sb)", bench->id, FALSE));
  bench_restart (bench);
  assert_state (bench, "pending");
}

/* ---- removal ---- */

static GVariant *
get_catalogue (Bench *bench)
{
  g_autoptr (ReeveHistory) history =
      reeve_context_lookup (reeve_mock_host_get_context (bench->host), REEVE_TYPE_HISTORY, NULL);
  g_autoptr (GAsyncResult) result = NULL;
  GVariant *catalogue;
  g_autoptr (GError) error = NULL;

  reeve_history_catalogue_async (history, bench->id, NULL, reeve_mock_result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  catalogue = reeve_history_catalogue_finish (history, result, &error);
  g_assert_no_error (error);
  return catalogue;
}

static void
wait_job (Bench *bench, const char *job)
{
  for (guint i = 0; i < 400; i++)
    {
      g_autoptr (GVariant) row =
          reeve_context_get_job (reeve_mock_host_get_context (bench->host), job, NULL);
      const char *state;

      g_assert_nonnull (row);
      g_assert_true (g_variant_lookup (row, "state", "&s", &state));
      if (strcmp (state, "done") == 0)
        return;
      g_assert_cmpstr (state, ==, "running");
      bench_advance (bench, 250);
    }
  g_assert_not_reached ();
}

static void
test_remove (void)
{
  g_autoptr (Bench) bench = bench_new ();
  ReeveLinkOffer offer = bench_offer (bench);
  g_autoptr (ReeveLink) link = bench_link (bench, &offer, NULL);
  g_autoptr (GVariant) before = NULL, after = NULL, answer = NULL, added = NULL;
  const char *job;

  bench_advance (bench, 1500);
  before = get_catalogue (bench);
  g_assert_cmpuint (g_variant_n_children (before), >, 0);
  answer = bench_call (bench, "RemoveSystem", g_variant_new ("(s)", bench->id));
  g_variant_get (answer, "(&s)", &job);
  /* at once for whoever looks, and the name is free */
  bench_assert_error (bench, "GetSystem", g_variant_new ("(s)", bench->id), REEVE_ERROR_NOT_FOUND);
  bench_assert_error (bench, "RemoveSystem", g_variant_new ("(s)", bench->id),
                      REEVE_ERROR_NOT_FOUND);
  added = bench_call (bench, "AddSystem", g_variant_new ("(s)", "web1"));
  wait_job (bench, job);
  after = get_catalogue (bench);
  g_assert_cmpuint (g_variant_n_children (after), ==, 0);
  g_assert_cmpuint (count_events (bench, "setting", "system 'web1' was removed by uid '0'"), ==, 1);
}

/* A history that is deleted in @n times 2000 rows. */
static void
fill_history (Bench *bench, guint n)
{
  g_autoptr (ReeveHistory) history =
      reeve_context_lookup (reeve_mock_host_get_context (bench->host), REEVE_TYPE_HISTORY, NULL);
  const gint64 minute = G_GINT64_CONSTANT (60) * G_USEC_PER_SEC;
  const gint64 begin =
      reeve_clock_get_wall (reeve_context_get_clock (reeve_mock_host_get_context (bench->host))) -
      n * 2000 * minute;
  g_autofree ReeveHistoryEntry *entries = g_new0 (ReeveHistoryEntry, 2000);

  for (guint round = 0; round < n; round++)
    {
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (GError) error = NULL;

      for (guint i = 0; i < 2000; i++)
        {
          ReeveSample *sample = reeve_sample_new (reeve_schema_get_standard ());

          reeve_sample_set_time (sample, begin + (round * 2000 + i) * minute);
          reeve_sample_set_rates (sample, TRUE);
          reeve_sample_add (sample, REEVE_KIND_CPU, NULL);
          reeve_sample_set_number (sample, REEVE_CPU_USAGE, 0.5);
          entries[i] = (ReeveHistoryEntry){ bench->id, sample };
        }
      reeve_history_append_async (history, entries, 2000, NULL, reeve_mock_result_cb, &result);
      while (result == NULL)
        bench_advance (bench, 100);
      g_assert_true (reeve_history_append_finish (history, result, &error));
      for (guint i = 0; i < 2000; i++)
        reeve_sample_unref (entries[i].sample);
    }
}

/* A hub that stops in the middle goes on with it. */
static void
test_remove_goes_on (void)
{
  g_autoptr (Bench) bench = bench_new ();
  g_autoptr (GVariant) after = NULL, answer = NULL, jobs = NULL, row = NULL;
  const char *id;

  fill_history (bench, 5);
  answer = bench_call (bench, "RemoveSystem", g_variant_new ("(s)", bench->id));
  /* one part of it is gone at most, since the loop asks for the next */
  bench_restart (bench);
  bench_assert_error (bench, "GetSystem", g_variant_new ("(s)", bench->id), REEVE_ERROR_NOT_FOUND);
  jobs = g_variant_ref_sink (reeve_context_list_jobs (reeve_mock_host_get_context (bench->host)));
  row = g_variant_get_child_value (jobs, 0);
  g_assert_true (g_variant_lookup (row, "id", "&s", &id));
  wait_job (bench, id);
  after = get_catalogue (bench);
  g_assert_cmpuint (g_variant_n_children (after), ==, 0);
  bench_restart (bench);
  bench_assert_error (bench, "GetSystem", g_variant_new ("(s)", bench->id), REEVE_ERROR_NOT_FOUND);
}

/* (transfer full) the job's state; its progress. */
static char *
get_job (Bench *bench, const char *job, double *ret_progress)
{
  g_autoptr (GVariant) row =
      reeve_context_get_job (reeve_mock_host_get_context (bench->host), job, NULL);
  char *state;

  g_assert_true (g_variant_lookup (row, "state", "s", &state));
  g_assert_true (g_variant_lookup (row, "progress", "d", ret_progress));
  return state;
}

/* It says how far it is, part by part. */
static void
test_remove_progress (void)
{
  g_autoptr (Bench) bench = bench_new ();
  g_autoptr (GVariant) answer = NULL;
  g_autofree char *state = NULL;
  double progress = 0, last = 0;
  guint steps = 0;
  const char *job;

  fill_history (bench, 5);
  answer = bench_call (bench, "RemoveSystem", g_variant_new ("(s)", bench->id));
  g_variant_get (answer, "(&s)", &job);
  do
    {
      g_main_context_iteration (NULL, TRUE);
      g_free (state);
      state = get_job (bench, job, &progress);
      g_assert_cmpfloat (progress, >=, last);
      steps += progress > last && progress > 0.2 && progress < 0.8 ? 1 : 0;
      last = progress;
    }
  while (strcmp (state, "running") == 0);
  g_assert_cmpstr (state, ==, "done");
  g_assert_cmpuint (steps, >=, 3);
}

static guint
count_jobs (Bench *bench)
{
  g_autoptr (GVariant) jobs =
      g_variant_ref_sink (reeve_context_list_jobs (reeve_mock_host_get_context (bench->host)));

  return (guint) g_variant_n_children (jobs);
}

/* (transfer full): what becomes of @job. */
static char *
wait_job_end (Bench *bench, const char *job, double *ret_progress)
{
  char *state = get_job (bench, job, ret_progress);

  while (strcmp (state, "running") == 0)
    {
      g_main_context_iteration (NULL, TRUE);
      g_free (state);
      state = get_job (bench, job, ret_progress);
    }
  return state;
}

/* Cancelled between two parts: the system stays away, and no start begins anew. */
static void
test_remove_cancelled (void)
{
  g_autoptr (Bench) bench = bench_new ();
  g_autoptr (GVariant) answer = NULL, after = NULL;
  g_autofree char *state = NULL;
  double progress = 0;
  const char *job;

  fill_history (bench, 5);
  answer = bench_call (bench, "RemoveSystem", g_variant_new ("(s)", bench->id));
  g_variant_get (answer, "(&s)", &job);
  while (progress < 0.2)
    {
      g_main_context_iteration (NULL, TRUE);
      g_free (state);
      state = get_job (bench, job, &progress);
    }
  g_assert_cmpstr (state, ==, "running");
  g_assert_true (reeve_context_cancel_job (reeve_mock_host_get_context (bench->host), job, NULL));
  g_free (state);
  state = wait_job_end (bench, job, &progress);
  g_assert_cmpstr (state, ==, "cancelled");
  g_assert_cmpfloat (progress, <, 0.8);
  bench_assert_error (bench, "GetSystem", g_variant_new ("(s)", bench->id), REEVE_ERROR_NOT_FOUND);
  g_assert_cmpuint (count_events (bench, "setting", "could not be deleted"), ==, 0);
  bench_restart (bench);
  bench_assert_error (bench, "GetSystem", g_variant_new ("(s)", bench->id), REEVE_ERROR_NOT_FOUND);
  g_assert_cmpuint (count_jobs (bench), ==, 1);
  after = get_catalogue (bench);
  g_assert_cmpuint (g_variant_n_children (after), ==, 0);
}

/* Cancelled while others are before it: likewise, and those others are not disturbed. */
static void
test_remove_cancelled_waiting (void)
{
  g_autoptr (Bench) bench = bench_new ();
  g_autoptr (GPtrArray) jobs = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GVariant) after = NULL;

  for (guint i = 0; i <= REEVE_FLEET_REMOVAL_MAX_ACTIVE; i++)
    {
      if (i > 0)
        {
          g_autofree char *name = g_strdup_printf ("more%u", i);
          g_autoptr (GVariant) added = bench_call (bench, "AddSystem", g_variant_new ("(s)", name));

          g_free (bench->id);
          g_variant_get_child (added, 0, "s", &bench->id);
        }
      g_ptr_array_add (ids, g_strdup (bench->id));
      fill_history (bench, 3);
    }
  for (guint i = 0; i < ids->len; i++)
    {
      g_autoptr (GVariant) answer =
          bench_call (bench, "RemoveSystem", g_variant_new ("(s)", ids->pdata[i]));
      char *job;

      g_variant_get (answer, "(s)", &job);
      g_ptr_array_add (jobs, job);
    }
  g_assert_true (reeve_context_cancel_job (reeve_mock_host_get_context (bench->host),
                                           jobs->pdata[ids->len - 1], NULL));
  for (guint i = 0; i < ids->len; i++)
    {
      double progress;
      g_autofree char *state = wait_job_end (bench, jobs->pdata[i], &progress);

      g_assert_cmpstr (state, ==, i + 1 < ids->len ? "done" : "cancelled");
    }
  bench_restart (bench);
  g_assert_cmpuint (count_jobs (bench), ==, ids->len);
  after = get_catalogue (bench);
  g_assert_cmpuint (g_variant_n_children (after), ==, 0);
}

/* ---- states ---- */

static void
test_missed (void)
{
  g_autoptr (Bench) bench = bench_new ();
  ReeveLinkOffer offer = bench_offer (bench);
  g_autoptr (ReeveLink) link = NULL;

  reeve_mock_host_unload (bench->host, bench->plugin);
  bench->plugin =
      reeve_mock_host_load (bench->host, "fleet", "missed-answers", "5", "start-grace", "1s", NULL);
  link = bench_link (bench, &offer, NULL);
  bench_advance (bench, 2000);
  assert_state (bench, "up");
  bench->transport->silent = TRUE;
  for (guint s = 0; s < 72; s++)
    {
      g_autofree char *state = bench_get_state (bench);

      if (strcmp (state, "up") != 0)
        break;
      bench_advance (bench, 1000);
    }
  /* the first is missed: four more, 5 s apart */
  assert_state (bench, "suspect");
  bench_advance (bench, 14000);
  assert_state (bench, "suspect");
  g_assert_cmpuint (bench->transport->closed->len, ==, 0);
  bench_advance (bench, 7000);
  assert_state (bench, "down");
  g_assert_cmpstr (bench->transport->closed->str, ==, "no answer|");
  g_assert_cmpuint (count_events (bench, "state", "is down"), ==, 1);
}

/* Within the grace nobody is called down: neither who is not there yet nor who answers badly. */
static void
test_grace (void)
{
  g_autoptr (Bench) bench = bench_new ();
  ReeveLinkOffer offer = bench_offer (bench);
  g_autoptr (ReeveLink) link = bench_link (bench, &offer, NULL);
  g_autoptr (ReeveLink) again = NULL;

  bench_advance (bench, 1500);
  g_clear_object (&link);
  reeve_mock_host_unload (bench->host, bench->plugin);
  bench->plugin = reeve_mock_host_load (bench->host, "fleet", "start-grace", "5min", NULL);
  bench_advance (bench, 200000);
  assert_state (bench, "suspect");
  bench->transport->silent = TRUE;
  again = bench_link (bench, &offer, NULL);
  bench_advance (bench, 60000);
  g_assert_nonnull (strstr (bench->transport->closed->str, "no answer"));
  assert_state (bench, "suspect");
  bench_lose (bench, again);
  bench_advance (bench, 20000);
  assert_state (bench, "suspect");
  bench_advance (bench, 30000);
  assert_state (bench, "down");
  g_assert_cmpuint (count_events (bench, "state", "is down"), ==, 1);
}

static double
get_since (Bench *bench)
{
  const char *note;
  g_autoptr (GVariant) row = get_system (bench, &note);
  double since;

  g_assert_true (g_variant_lookup (row, "since", "d", &since));
  return since;
}

/* A restart of the hub changes nothing of a system that was up or down before, and says nothing. */
static void
test_states_survive (void)
{
  g_autoptr (Bench) bench = bench_new ();
  ReeveLinkOffer offer = bench_offer (bench);
  g_autoptr (ReeveLink) link = bench_link (bench, &offer, NULL);
  g_autoptr (ReeveLink) again = NULL, third = NULL;
  double since;

  bench_advance (bench, 1500);
  assert_state (bench, "up");
  since = get_since (bench);
  g_clear_object (&link);
  bench_restart (bench);
  bench_advance (bench, 5000);
  again = bench_link (bench, &offer, NULL);
  bench_advance (bench, 100);
  assert_state (bench, "up");
  g_assert_cmpfloat (get_since (bench), ==, since);
  g_assert_cmpuint (count_events (bench, "state", "is up"), ==, 1);
  bench_lose (bench, again);
  bench_advance (bench, 100000);
  assert_state (bench, "down");
  since = get_since (bench);
  bench_restart (bench);
  assert_state (bench, "down");
  bench_advance (bench, 100000);
  assert_state (bench, "down");
  g_assert_cmpfloat (get_since (bench), ==, since);
  g_assert_cmpuint (count_events (bench, "state", "is down"), ==, 1);
  third = bench_link (bench, &offer, NULL);
  bench_advance (bench, 100);
  assert_state (bench, "up");
  g_assert_cmpuint (count_events (bench, "state", "is up"), ==, 2);
}

/* ---- records of before ---- */

static void
apply (Bench *bench, ReeveRecord *record)
{
  g_autoptr (ReeveRecords) records =
      reeve_context_lookup (reeve_mock_host_get_context (bench->host), REEVE_TYPE_RECORDS, NULL);
  g_autoptr (GPtrArray) changes =
      g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_record_unref);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (changes, record);
  reeve_records_apply_async (records, changes, NULL, reeve_mock_result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  reeve_records_apply_finish (records, result, &error);
  g_assert_no_error (error);
}

/* What version 1 wrote, and members that are not what they should be. */
static void
test_old_record (void)
{
  g_autoptr (Bench) bench = bench_new ();
  const char *const indexes[] = { "00", NULL };
  const char *const labels[] = { "new", NULL };

  reeve_mock_host_unload (bench->host, bench->plugin);
  apply (bench, reeve_record_new ("fleet.systems", bench->id, -1,
                                  g_variant_new_parsed (
                                      "{'name': <'old'>, 'token-hash': <'00'>, 'fingerprint': "
                                      "<'f'>, 'created': <int64 7>, 'paused': <false>}"),
                                  indexes));
  apply (bench, reeve_record_new ("fleet.systems", "00000000000000aa", -1,
                                  g_variant_new_parsed (
                                      "{'name': <'odd'>, 'token-hash': <'01'>, 'labels': "
                                      "<{'BAD': '', 'good': ''}>, 'note': <'\\u001b'>, "
                                      "'down': <'yes'>}"),
                                  indexes));
  bench->plugin = reeve_mock_host_load (bench->host, "fleet", NULL);
  assert_texts (bench, "old", "{}", "");
  assert_state (bench, "suspect");
  bench_do (bench, "SetLabels", g_variant_new ("(s^as)", bench->id, labels));
  bench_restart (bench);
  assert_texts (bench, "old", "{'new': ''}", "");
  g_free (bench->id);
  bench->id = g_strdup ("00000000000000aa");
  assert_texts (bench, "odd", "{'good': ''}", "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fleet/systems/edits", test_edits);
  g_test_add_func ("/fleet/systems/bad-edits", test_bad_edits);
  g_test_add_func ("/fleet/systems/edits-at-once", test_edits_at_once);
  g_test_add_func ("/fleet/systems/rotate", test_rotate);
  g_test_add_func ("/fleet/systems/pause-survives", test_pause_survives);
  g_test_add_func ("/fleet/systems/remove", test_remove);
  g_test_add_func ("/fleet/systems/remove-goes-on", test_remove_goes_on);
  g_test_add_func ("/fleet/systems/remove-progress", test_remove_progress);
  g_test_add_func ("/fleet/systems/remove-cancelled", test_remove_cancelled);
  g_test_add_func ("/fleet/systems/remove-cancelled-waiting", test_remove_cancelled_waiting);
  g_test_add_func ("/fleet/systems/missed", test_missed);
  g_test_add_func ("/fleet/systems/grace", test_grace);
  g_test_add_func ("/fleet/systems/states-survive", test_states_survive);
  g_test_add_func ("/fleet/systems/old-record", test_old_record);
  return g_test_run ();
}
