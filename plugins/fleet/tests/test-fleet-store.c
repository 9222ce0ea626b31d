/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The fleet at a store that refuses what it is told, or does one thing after the other: the real
 * one, with slots of the test before its own. */

#include "config.h"

#include <string.h>

#include "fleet-bench.h"

#include "../reeve-fleet-removal.h"

#define SLOTS "test-slots"

/* lint: allow state: GLib's log writer is one for the whole program */
static GString *said;

static GLogWriterOutput
keep_said (GLogLevelFlags level, const GLogField *fields, gsize n_fields,
           G_GNUC_UNUSED gpointer user_data)
{
  for (gsize i = 0; i < n_fields; i++)
    if ((level & G_LOG_LEVEL_MASK) <= G_LOG_LEVEL_MESSAGE &&
        strcmp (fields[i].key, "MESSAGE") == 0 &&
        (strstr (fields[i].value, "samples ") != NULL ||
         strstr (fields[i].value, "could not keep") != NULL))
      {
        g_string_append_printf (said, "%s\n", (const char *) fields[i].value);
        return G_LOG_WRITER_HANDLED;
      }
  return g_log_writer_default (level, fields, n_fields, user_data);
}

/* All that was said of what is not kept since the last call: one line like @pattern, or nothing. */
static void
expect_said (const char *pattern)
{
  g_auto (GStrv) lines = g_strsplit (said->str, "\n", -1);

  g_assert_cmpuint (g_strv_length (lines), ==, pattern != NULL ? 2 : 0);
  if (pattern != NULL && !g_pattern_match_simple (pattern, lines[0]))
    g_error ("'%s', not '%s'", lines[0], pattern);
  g_string_truncate (said, 0);
}

/* ---- the slots ---- */

typedef struct
{
  ReeveHistory *history;
  ReeveHistoryInterface *iface;
  ReeveHistoryInterface own;
  ReeveError code;  /* what an append fails with; 0: it does not */
  guint64 n_failed; /* samples */
  GPtrArray *held;  /* of Forgetting, until they are let go; NULL: each goes at once */
  guint forgetting;
  guint most; /* at a time */
  guint forgets;
} Slots;

typedef struct
{
  Slots *slots;
  char *system;
  GCancellable *cancellable;
  GAsyncReadyCallback callback;
  gpointer user_data;
} Forgetting;

static void
append_async (ReeveHistory *history, const ReeveHistoryEntry *entries, gsize n,
              GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  Slots *self = g_object_get_data (G_OBJECT (history), SLOTS);

  if (self->code == 0)
    {
      self->own.append_async (history, entries, n, cancellable, callback, user_data);
      return;
    }
  self->n_failed += n;
  g_task_report_new_error (history, callback, user_data, append_async, REEVE_ERROR,
                           (gint) self->code, "too many wait");
}

static void
forgotten_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Forgetting *self = user_data;

  self->slots->forgetting--;
  self->callback (source, result, self->user_data);
  g_object_unref (self->cancellable);
  g_free (self->system);
  g_free (self);
}

static void
forgetting_go (gpointer data, G_GNUC_UNUSED gpointer user_data)
{
  Forgetting *self = data;

  self->slots->own.forget_async (self->slots->history, self->system, self->cancellable,
                                 forgotten_cb, self);
}

static void
forget_async (ReeveHistory *history, const char *system, GCancellable *cancellable,
              GAsyncReadyCallback callback, gpointer user_data)
{
  Slots *self = g_object_get_data (G_OBJECT (history), SLOTS);
  Forgetting *forgetting = g_new (Forgetting, 1);

  *forgetting =
      (Forgetting){ self, g_strdup (system), g_object_ref (cancellable), callback, user_data };
  self->forgets++;
  self->forgetting++;
  self->most = MAX (self->most, self->forgetting);
  if (self->held != NULL)
    g_ptr_array_add (self->held, forgetting);
  else
    forgetting_go (forgetting, NULL);
}

static void
slots_put (Slots *self, Bench *bench)
{
  self->history =
      reeve_context_lookup (reeve_mock_host_get_context (bench->host), REEVE_TYPE_HISTORY, NULL);
  self->iface = REEVE_HISTORY_GET_IFACE (self->history);
  self->own = *self->iface;
  self->iface->append_async = append_async;
  self->iface->forget_async = forget_async;
  g_object_set_data (G_OBJECT (self->history), SLOTS, self);
}

static void
slots_take (Slots *self)
{
  self->iface->append_async = self->own.append_async;
  self->iface->forget_async = self->own.forget_async;
  g_clear_object (&self->history);
}

/* ---- samples ---- */

/* A store that will not take them later is told of once, with how many it cost when it does again;
 * one that keeps them in its line costs none. */
static void
test_lost (void)
{
  g_autoptr (Bench) bench = bench_new ();
  ReeveLinkOffer offer = bench_offer (bench);
  g_autoptr (ReeveLink) link = bench_link (bench, &offer, NULL);
  Slots slots = { 0 };

  slots_put (&slots, bench);
  bench_advance (bench, 61000);
  expect_said (NULL);
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *again = NULL;

      slots.n_failed = 0;
      slots.code = REEVE_ERROR_LIMIT;
      bench_advance (bench, 60000);
      g_assert_cmpuint (slots.n_failed, ==, 1);
      expect_said ("samples are lost: *too many wait");
      bench_advance (bench, 120000);
      g_assert_cmpuint (slots.n_failed, ==, 3);
      slots.code = REEVE_ERROR_IO;
      bench_advance (bench, 60000);
      g_assert_cmpuint (slots.n_failed, ==, 4);
      expect_said (NULL);
      slots.code = 0;
      bench_advance (bench, 60000);
      expect_said ("samples are kept again; of those in between 3 are lost");
    }
  slots.code = REEVE_ERROR_IO;
  bench_advance (bench, 60000);
  expect_said ("samples wait to be kept: *too many wait");
  slots.code = REEVE_ERROR_LIMIT;
  bench_advance (bench, 60000);
  expect_said ("samples are lost: *too many wait");
  slots.code = 0;
  bench_advance (bench, 60000);
  expect_said ("samples are kept again; of those in between 1 are lost");
  slots_take (&slots);
}

/* ---- links ---- */

static void
apply_async (ReeveRecords *records, G_GNUC_UNUSED GPtrArray *changes,
             G_GNUC_UNUSED GCancellable *cancellable, GAsyncReadyCallback callback,
             gpointer user_data)
{
  g_task_report_new_error (records, callback, user_data, apply_async, REEVE_ERROR, REEVE_ERROR_IO,
                           "the disk is full");
}

/* Whose fingerprint cannot be kept is not linked, whatever it would be told of; once it can be, it
 * is, and that is told once. */
static void
test_pin (void)
{
  static const char first[] = "was linked for the first time";
  g_autoptr (Bench) bench = bench_new ();
  g_autoptr (ReeveRecords) records =
      reeve_context_lookup (reeve_mock_host_get_context (bench->host), REEVE_TYPE_RECORDS, NULL);
  ReeveRecordsInterface *iface = REEVE_RECORDS_GET_IFACE (records);
  const ReeveRecordsInterface own = *iface;
  ReeveLinkOffer offer = bench_offer (bench);
  g_autoptr (ReeveLink) link = NULL;
  g_autoptr (GError) error = NULL;

  iface->apply_async = apply_async;
  for (guint i = 0; i < 2; i++)
    {
      g_assert_null (bench_link (bench, &offer, &error));
      g_assert_error (error, REEVE_ERROR, REEVE_ERROR_IO);
      g_clear_error (&error);
    }
  g_assert_cmpuint (bench_count_events (bench, first), ==, 0);
  iface->apply_async = own.apply_async;
  link = bench_link (bench, &offer, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (bench_count_events (bench, first), ==, 1);
}

/* A peer is forgotten once that is kept, and not before. */
static void
test_reset (void)
{
  g_autoptr (Bench) bench = bench_new ();
  g_autoptr (ReeveRecords) records =
      reeve_context_lookup (reeve_mock_host_get_context (bench->host), REEVE_TYPE_RECORDS, NULL);
  ReeveRecordsInterface *iface = REEVE_RECORDS_GET_IFACE (records);
  const ReeveRecordsInterface own = *iface;
  ReeveLinkOffer offer = bench_offer (bench), other = bench_offer (bench);
  g_autoptr (ReeveLink) link = NULL;
  g_autoptr (GError) error = NULL;

  offer.level = REEVE_LINK_LEVEL_EXTENSION;
  link = bench_link (bench, &offer, NULL);
  bench_advance (bench, 1500);
  iface->apply_async = apply_async;
  bench_assert_error (bench, "ResetPeer", g_variant_new ("(s)", bench->id), REEVE_ERROR_IO);
  iface->apply_async = own.apply_async;
  g_assert_cmpuint (bench_count_events (bench, "was forgotten by"), ==, 0);
  g_assert_cmpstr (bench->transport->closed->str, ==, "");
  g_assert_true (reeve_link_is_up (link));
  bench_lose (bench, link);
  bench_assert_refused (bench, other, "protocol level");
  other.level = offer.level;
  other.fingerprint = "fedcba9876543210";
  bench_assert_refused (bench, other, "fingerprint mismatch");
  bench_do (bench, "ResetPeer", g_variant_new ("(s)", bench->id));
  g_assert_cmpuint (bench_count_events (bench, "was forgotten by"), ==, 1);
  g_clear_object (&link);
  link = bench_link (bench, &other, &error);
  g_assert_no_error (error);
}

/* Many changes that a store refuses are said once in a while. */
static void
test_unkept (void)
{
  g_autoptr (Bench) bench = bench_new ();
  g_autoptr (ReeveRecords) records =
      reeve_context_lookup (reeve_mock_host_get_context (bench->host), REEVE_TYPE_RECORDS, NULL);
  ReeveRecordsInterface *iface = REEVE_RECORDS_GET_IFACE (records);
  const ReeveRecordsInterface own = *iface;
  ReeveLinkOffer offer = bench_offer (bench);
  g_autoptr (ReeveLink) link = bench_link (bench, &offer, NULL);

  bench_lose (bench, link);
  g_clear_object (&link);
  reeve_mock_host_settle (bench->host);
  iface->apply_async = apply_async;
  offer.level = REEVE_LINK_LEVEL_EXTENSION;
  link = bench_link (bench, &offer, NULL);
  /* its better link, its name, that it is up */
  bench_advance (bench, 1500);
  assert_state (bench, "up");
  expect_said ("could not keep a change: *the disk is full");
  bench_advance (bench, 61000);
  bench->transport->silent = TRUE;
  bench_advance (bench, 300 * 1000);
  assert_state (bench, "down");
  expect_said ("could not keep a change: *the disk is full");
  iface->apply_async = own.apply_async;
}

/* ---- removals ---- */

/* @ret_job: (transfer full) */
static void
remove_new (Bench *bench, const char *name, char **ret_job)
{
  g_autoptr (GVariant) added = bench_call (bench, "AddSystem", g_variant_new ("(s)", name));
  g_autoptr (GVariant) removed = NULL;
  const char *id;

  g_variant_get_child (added, 0, "&s", &id);
  removed = bench_call (bench, "RemoveSystem", g_variant_new ("(s)", id));
  g_variant_get (removed, "(s)", ret_job);
}

/* Many are to go and nobody wants to wait for it: the store hears of a few at a time, and of all.
 */
static void
test_cancelled (void)
{
  g_autoptr (Bench) bench = bench_new ();
  ReeveContext *context = reeve_mock_host_get_context (bench->host);
  Slots slots = { .held = g_ptr_array_new () };
  g_autoptr (GPtrArray) held = slots.held;
  char *jobs[40];

  slots_put (&slots, bench);
  for (guint i = 0; i < G_N_ELEMENTS (jobs); i++)
    {
      g_autofree char *name = g_strdup_printf ("more%u", i);

      remove_new (bench, name, &jobs[i]);
    }
  g_assert_cmpuint (slots.forgets, ==, REEVE_FLEET_REMOVAL_MAX_ACTIVE);
  for (guint i = 0; i < G_N_ELEMENTS (jobs); i++)
    g_assert_true (reeve_context_cancel_job (context, jobs[i], NULL));
  reeve_mock_host_settle (bench->host);
  g_assert_cmpuint (slots.forgets, ==, REEVE_FLEET_REMOVAL_MAX_ALL);
  slots.held = NULL;
  g_ptr_array_foreach (held, forgetting_go, NULL);
  while (slots.forgets < G_N_ELEMENTS (jobs) || slots.forgetting > 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (slots.most, ==, REEVE_FLEET_REMOVAL_MAX_ALL);
  for (guint i = 0; i < G_N_ELEMENTS (jobs); i++)
    g_free (jobs[i]);
  slots_take (&slots);
}

int
main (int argc, char *argv[])
{
  int result;

  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR);
  said = g_string_new (NULL);
  g_log_set_writer_func (keep_said, NULL, NULL);
  g_test_add_func ("/fleet/store/lost", test_lost);
  g_test_add_func ("/fleet/store/pin", test_pin);
  g_test_add_func ("/fleet/store/reset", test_reset);
  g_test_add_func ("/fleet/store/unkept", test_unkept);
  g_test_add_func ("/fleet/store/cancelled", test_cancelled);
  result = g_test_run ();
  g_string_free (said, TRUE);
  return result;
}
