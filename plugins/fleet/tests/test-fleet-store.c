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

#define QUEUE "test-queue"

/* A store that has much to do: one change after the other, once it is let go. */
typedef struct
{
  ReeveRecords *records;
  ReeveRecordsInterface *iface;
  ReeveRecordsInterface own;
  GPtrArray *waiting; /* of Waiting */
} Queue;

typedef struct
{
  GPtrArray *changes;
  GAsyncReadyCallback callback;
  gpointer user_data;
} Waiting;

static void
queue_apply_async (ReeveRecords *records, GPtrArray *changes,
                   G_GNUC_UNUSED GCancellable *cancellable, GAsyncReadyCallback callback,
                   gpointer user_data)
{
  Queue *self = g_object_get_data (G_OBJECT (records), QUEUE);
  Waiting *waiting = g_new (Waiting, 1);

  *waiting = (Waiting){ g_ptr_array_ref (changes), callback, user_data };
  g_ptr_array_add (self->waiting, waiting);
}

static void
queue_begin (Queue *self, Bench *bench)
{
  self->records =
      reeve_context_lookup (reeve_mock_host_get_context (bench->host), REEVE_TYPE_RECORDS, NULL);
  self->iface = REEVE_RECORDS_GET_IFACE (self->records);
  self->own = *self->iface;
  self->waiting = g_ptr_array_new_with_free_func (g_free);
  self->iface->apply_async = queue_apply_async;
  g_object_set_data (G_OBJECT (self->records), QUEUE, self);
}

/* The one at @failing fails, if there is an @error; what comes from now on goes at once. */
static void
queue_end (Queue *self, guint failing, const GError *error)
{
  self->iface->apply_async = self->own.apply_async;
  for (guint i = 0; i < self->waiting->len; i++)
    {
      Waiting *waiting = g_ptr_array_index (self->waiting, i);

      if (i == failing && error != NULL)
        g_task_report_error (self->records, waiting->callback, waiting->user_data, queue_end,
                             g_error_copy (error));
      else
        self->own.apply_async (self->records, waiting->changes, NULL, waiting->callback,
                               waiting->user_data);
      g_ptr_array_unref (waiting->changes);
    }
  g_ptr_array_unref (self->waiting);
  g_clear_object (&self->records);
}

/* While it is not known whether a fingerprint can be kept, it lets nobody in. */
static void
test_pin_meanwhile (void)
{
  g_autoptr (Bench) bench = bench_new ();
  g_autoptr (ReeveLinkOwner) owner = bench_get_owner (bench);
  ReeveLinkOffer offer = bench_offer (bench);
  g_autoptr (GError) full = g_error_new (REEVE_ERROR, REEVE_ERROR_IO, "the disk is full");
  Queue queue = { 0 };
  g_autoptr (GAsyncResult) first = NULL;
  g_autoptr (ReeveLink) link = NULL;
  g_autoptr (GError) error = NULL;

  queue_begin (&queue, bench);
  reeve_link_owner_confirm_async (owner, bench->id, &offer, NULL, reeve_mock_result_cb, &first);
  reeve_mock_host_settle (bench->host);
  g_assert_cmpuint (queue.waiting->len, ==, 1);
  g_assert_null (bench_link (bench, &offer, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_DENIED);
  g_clear_error (&error);
  queue_end (&queue, 0, full);
  reeve_mock_host_wait (bench->host, &first);
  g_assert_null (reeve_link_owner_confirm_finish (owner, first, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_IO);
  g_clear_error (&error);
  link = bench_link (bench, &offer, &error);
  g_assert_no_error (error);
}

/* The token is replaced while a fingerprint that came with the old one is on its way to the store:
 * it lets nobody in, and is not kept in the way of who comes with the new one. */
static void
test_pin_rotated (void)
{
  g_autoptr (Bench) bench = bench_new ();
  g_autoptr (ReeveLinkOwner) owner = bench_get_owner (bench);
  ReeveLinkOffer offer = bench_offer (bench);
  Queue queue = { 0 };
  g_autoptr (GAsyncResult) first = NULL, rotated = NULL;
  g_autoptr (ReeveOperations) operations = NULL;
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (ReeveLink) link = NULL;
  g_autoptr (GError) error = NULL;

  queue_begin (&queue, bench);
  reeve_link_owner_confirm_async (owner, bench->id, &offer, NULL, reeve_mock_result_cb, &first);
  operations = bench_begin (bench, "RotateToken", g_variant_new ("(s)", bench->id), &rotated);
  reeve_mock_host_settle (bench->host);
  g_assert_cmpuint (queue.waiting->len, ==, 2);
  queue_end (&queue, 0, NULL);
  while (first == NULL || rotated == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_null (reeve_link_owner_confirm_finish (owner, first, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_DENIED);
  g_clear_error (&error);
  answer = reeve_operations_call_finish (operations, rotated, &error);
  g_assert_no_error (error);
  bench_restart (bench);
  offer.fingerprint = "fedcba9876543210";
  g_variant_get (answer, "(&s&s)", &offer.token, NULL);
  link = bench_link (bench, &offer, &error);
  g_assert_no_error (error);
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

/* ---- changes that the store commits after nobody waits for them any more ---- */

/* The bench's store does one after the other, and none until the queue's end. */
static void
pass_deadline (Bench *bench)
{
  for (guint i = 0; i < 3; i++)
    {
      reeve_mock_host_advance (bench->host, REEVE_RECORDS_TIMEOUT_MS / 2);
      reeve_mock_host_settle (bench->host);
    }
}

static void
begin_late (Queue *queue, Bench *bench, const char *method, GVariant *arguments)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (ReeveOperations) operations = NULL;
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GError) error = NULL;

  queue_begin (queue, bench);
  operations = bench_begin (bench, method, arguments, &result);
  pass_deadline (bench);
  reeve_mock_host_wait (bench->host, &result);
  answer = reeve_operations_call_finish (operations, result, &error);
  g_assert_null (answer);
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_TIMEOUT);
}

/* The record says what the hub does. */
static void
test_late_edits (void)
{
  static const char *const methods[] = { "RemoveSystem", "RotateToken" };

  for (guint i = 0; i < G_N_ELEMENTS (methods); i++)
    {
      g_autoptr (Bench) bench = bench_new ();
      ReeveLinkOffer offer = bench_offer (bench);
      g_autoptr (ReeveLink) link = NULL;
      g_autoptr (GError) error = NULL;
      Queue queue = { 0 };

      begin_late (&queue, bench, methods[i], g_variant_new ("(s)", bench->id));
      queue_end (&queue, 0, NULL);
      bench_advance (bench, 1000);
      bench_restart (bench);
      link = bench_link (bench, &offer, &error);
      g_assert_no_error (error);
    }
}

/* Likewise when the store refuses what sets it right at first. */
static void
test_late_again (void)
{
  g_autoptr (Bench) bench = bench_new ();
  ReeveLinkOffer offer = bench_offer (bench);
  g_autoptr (GError) full = g_error_new (REEVE_ERROR, REEVE_ERROR_LIMIT, "too many wait");
  g_autoptr (ReeveLink) link = NULL;
  g_autoptr (GError) error = NULL;
  Queue queue = { 0 };

  begin_late (&queue, bench, "RotateToken", g_variant_new ("(s)", bench->id));
  g_assert_cmpuint (queue.waiting->len, ==, 2);
  queue_end (&queue, 1, full);
  bench_advance (bench, 31000);
  bench_restart (bench);
  link = bench_link (bench, &offer, &error);
  g_assert_no_error (error);
}

/* What is refused was written by another change, too, that came after it. */
static void
test_carried (void)
{
  g_autoptr (Bench) bench = bench_new ();
  ReeveLinkOffer offer = bench_offer (bench);
  g_autoptr (GError) full = g_error_new (REEVE_ERROR, REEVE_ERROR_IO, "the disk is full");
  GAsyncResult *results[2] = { NULL, NULL };
  g_autoptr (ReeveOperations) rotate = NULL, note = NULL;
  g_autoptr (GVariant) rotated = NULL, noted = NULL;
  g_autoptr (ReeveLink) link = NULL;
  g_autoptr (GError) error = NULL;
  Queue queue = { 0 };

  queue_begin (&queue, bench);
  rotate = bench_begin (bench, "RotateToken", g_variant_new ("(s)", bench->id), &results[0]);
  reeve_mock_host_settle (bench->host);
  note = bench_begin (bench, "SetNote", g_variant_new ("(ss)", bench->id, "a note"), &results[1]);
  reeve_mock_host_settle (bench->host);
  g_assert_cmpuint (queue.waiting->len, ==, 2);
  queue_end (&queue, 0, full);
  while (results[0] == NULL || results[1] == NULL)
    g_main_context_iteration (NULL, TRUE);
  rotated = reeve_operations_call_finish (rotate, results[0], &error);
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_IO);
  g_clear_error (&error);
  noted = reeve_operations_call_finish (note, results[1], &error);
  g_assert_no_error (error);
  g_object_unref (results[0]);
  g_object_unref (results[1]);
  bench_advance (bench, 1000);
  bench_restart (bench);
  link = bench_link (bench, &offer, &error);
  g_assert_no_error (error);
}

static guint
count_systems (Bench *bench)
{
  g_autoptr (GVariant) answer =
      bench_call (bench, "ListSystems", g_variant_new ("(ssuu)", "", "", 0, 0));
  g_autoptr (GVariant) rows = g_variant_get_child_value (answer, 0);

  return g_variant_n_children (rows);
}

/* A machine whose system was not kept in time comes again, and is one system for it. */
static void
test_late_machine (void)
{
  g_autoptr (Bench) bench = bench_new ();
  g_autoptr (ReeveLinkOwner) owner = bench_get_owner (bench);
  g_autoptr (GVariant) token =
      bench_call (bench, "AddToken", g_variant_new ("(sdus)", "", 0.0, 0, "no"));
  ReeveLinkOffer offer = bench_offer (bench);
  g_autoptr (ReeveAdmission) admission = NULL;
  g_autoptr (GAsyncResult) confirmed = NULL;
  g_autoptr (ReeveLink) link = NULL;
  g_autoptr (GError) error = NULL;
  Queue queue = { 0 };

  g_variant_get (token, "(&s&s&sd)", NULL, &offer.token, NULL, NULL);
  admission = bench_admit (bench, &offer, NULL);
  queue_begin (&queue, bench);
  reeve_link_owner_confirm_async (owner, admission->admission, &offer, NULL, reeve_mock_result_cb,
                                  &confirmed);
  pass_deadline (bench);
  reeve_mock_host_wait (bench->host, &confirmed);
  g_assert_null (reeve_link_owner_confirm_finish (owner, confirmed, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_TIMEOUT);
  g_clear_error (&error);
  queue_end (&queue, 0, NULL);
  bench_advance (bench, 1000);
  link = bench_link (bench, &offer, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (count_systems (bench), ==, 2);
  bench_lose (bench, link);
  bench_restart (bench);
  g_assert_cmpuint (count_systems (bench), ==, 2);
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
  g_test_add_func ("/fleet/store/pin-meanwhile", test_pin_meanwhile);
  g_test_add_func ("/fleet/store/pin-rotated", test_pin_rotated);
  g_test_add_func ("/fleet/store/reset", test_reset);
  g_test_add_func ("/fleet/store/late-edits", test_late_edits);
  g_test_add_func ("/fleet/store/late-again", test_late_again);
  g_test_add_func ("/fleet/store/carried", test_carried);
  g_test_add_func ("/fleet/store/late-machine", test_late_machine);
  g_test_add_func ("/fleet/store/unkept", test_unkept);
  g_test_add_func ("/fleet/store/cancelled", test_cancelled);
  result = g_test_run ();
  g_string_free (said, TRUE);
  return result;
}
