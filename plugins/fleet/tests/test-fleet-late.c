/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The fleet at a store that is late: what happens meanwhile, and what becomes of changes that it
 * commits after nobody waits for them any more. */

#include "config.h"

#include <string.h>

#include "fleet-bench.h"

#include "../reeve-fleet-enrol.h"

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

typedef struct
{
  Waiting waiting;
  GError *error;
} Failing;

static void
failing_cb (GObject *source, G_GNUC_UNUSED GAsyncResult *result, gpointer user_data)
{
  g_autofree Failing *failing = user_data;
  g_autoptr (GTask) task = g_task_new (source, NULL, NULL, NULL);

  g_task_return_error (task, failing->error);
  failing->waiting.callback (source, G_ASYNC_RESULT (task), failing->waiting.user_data);
}

/* In its place among the others, so that the answers come in the order of the changes. */
static void
queue_fail (Queue *self, const Waiting *waiting, const GError *error)
{
  g_autoptr (GPtrArray) nothing =
      g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_record_unref);
  Failing *failing = g_new (Failing, 1);

  *failing = (Failing){ *waiting, g_error_copy (error) };
  g_ptr_array_add (nothing, reeve_record_new ("fleet.systems", "nobody", -1, NULL, NULL));
  self->own.apply_async (self->records, nothing, NULL, failing_cb, failing);
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
        queue_fail (self, waiting, error);
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

static void
assert_note (Bench *bench, const char *expected)
{
  g_autoptr (GVariant) answer = bench_call (bench, "GetSystem", g_variant_new ("(s)", bench->id));
  const char *note;

  g_variant_get_child (answer, 2, "&s", &note);
  g_assert_cmpstr (note, ==, expected);
}

/* Two notes on their way at once, of which the store refuses the first, the second, or both. */
static void
test_both (void)
{
  static const struct
  {
    guint failing;
    gboolean late;
    const char *left;
  } cases[] = { { 0, FALSE, "two" }, { 1, FALSE, "one" }, { 0, TRUE, "none" } };

  for (guint c = 0; c < G_N_ELEMENTS (cases); c++)
    {
      g_autoptr (Bench) bench = bench_new ();
      g_autoptr (GError) full = g_error_new (REEVE_ERROR, REEVE_ERROR_IO, "the disk is full");
      g_autoptr (GAsyncResult) one = NULL, two = NULL;
      g_autoptr (ReeveOperations) first = NULL, second = NULL;
      Queue queue = { 0 };

      bench_do (bench, "SetNote", g_variant_new ("(ss)", bench->id, "none"));
      queue_begin (&queue, bench);
      first = bench_begin (bench, "SetNote", g_variant_new ("(ss)", bench->id, "one"), &one);
      reeve_mock_host_settle (bench->host);
      second = bench_begin (bench, "SetNote", g_variant_new ("(ss)", bench->id, "two"), &two);
      reeve_mock_host_settle (bench->host);
      if (cases[c].late)
        pass_deadline (bench);
      queue_end (&queue, cases[c].failing, cases[c].late ? NULL : full);
      while (one == NULL || two == NULL)
        g_main_context_iteration (NULL, TRUE);
      bench_advance (bench, 1000);
      assert_note (bench, cases[c].left);
      bench_restart (bench);
      assert_note (bench, cases[c].left);
    }
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

/* ---- many machines at once ---- */

/* How many of @n machines with a token are refused at once, while the store has not answered. */
static guint
come (Bench *bench, const char *confirm, guint n, const char *text)
{
  g_autoptr (ReeveLinkOwner) owner = bench_get_owner (bench);
  g_autoptr (GVariant) token =
      bench_call (bench, "AddToken", g_variant_new ("(sdus)", "", 0.0, 0, confirm));
  ReeveLinkOffer offer = bench_offer (bench);
  g_autoptr (ReeveAdmission) admission = NULL;
  g_autofree GAsyncResult **results = g_new0 (GAsyncResult *, n);
  Queue queue = { 0 };
  guint refused = 0;

  g_variant_get (token, "(&s&s&sd)", NULL, &offer.token, NULL, NULL);
  admission = bench_admit (bench, &offer, NULL);
  queue_begin (&queue, bench);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *fingerprint = g_strdup_printf ("machine-%s-%u", confirm, i);

      offer.fingerprint = fingerprint;
      offer.hostname = fingerprint;
      reeve_link_owner_confirm_async (owner, admission->admission, &offer, NULL,
                                      reeve_mock_result_cb, &results[i]);
    }
  reeve_mock_host_settle (bench->host);
  queue_end (&queue, 0, NULL);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *id = NULL;

      reeve_mock_host_wait (bench->host, &results[i]);
      id = reeve_link_owner_confirm_finish (owner, results[i], &error);
      g_object_unref (results[i]);
      if (id != NULL)
        continue;
      g_assert_error (error, REEVE_ERROR, REEVE_ERROR_DENIED);
      if (strstr (error->message, text) == NULL)
        g_error ("'%s' lacks '%s'", error->message, text);
      refused++;
    }
  return refused;
}

/* What waits for somebody's confirmation is few; what waits for the store is more. */
static void
test_many_machines (void)
{
  g_autoptr (Bench) bench = bench_new ();

  g_assert_cmpuint (come (bench, "no", REEVE_FLEET_MAX_UNCONFIRMED + 50, ""), ==, 0);
  g_assert_cmpuint (come (bench, "yes", REEVE_FLEET_MAX_UNCONFIRMED + 50, "too many systems wait"),
                    ==, 50);
  g_assert_cmpuint (come (bench, "no", 50, ""), ==, 0);
  g_assert_cmpuint (come (bench, "no", REEVE_FLEET_MAX_COMING + 10, "come again"), ==, 10);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR);
  g_test_add_func ("/fleet/late/pin-meanwhile", test_pin_meanwhile);
  g_test_add_func ("/fleet/late/pin-rotated", test_pin_rotated);
  g_test_add_func ("/fleet/late/late-edits", test_late_edits);
  g_test_add_func ("/fleet/late/late-again", test_late_again);
  g_test_add_func ("/fleet/late/carried", test_carried);
  g_test_add_func ("/fleet/late/both", test_both);
  g_test_add_func ("/fleet/late/late-machine", test_late_machine);
  g_test_add_func ("/fleet/late/many-machines", test_many_machines);
  return g_test_run ();
}
