/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Events on a bench: beside the real store, or beside one that fails when it is told to. */

#include "config.h"

#include "events-fixture.h"

#include <string.h>

/* ---- the log: warnings are kept for assert_warned(), not fatal ---- */

static GString *warnings;

static GLogWriterOutput
log_writer (GLogLevelFlags level, const GLogField *fields, gsize n_fields,
            G_GNUC_UNUSED gpointer user_data)
{
  if ((level & G_LOG_LEVEL_MASK) != G_LOG_LEVEL_WARNING)
    return g_log_writer_default (level, fields, n_fields, user_data);
  for (gsize i = 0; i < n_fields; i++)
    if (strcmp (fields[i].key, "MESSAGE") == 0)
      g_string_append_printf (warnings, "%s\n", (const char *) fields[i].value);
  return G_LOG_WRITER_HANDLED;
}

/* Exactly this was warned of since the last time. */
void
assert_warned (const char *expected)
{
  g_assert_cmpstr (warnings->str, ==, expected);
  g_string_truncate (warnings, 0);
}

char *
take_warned (void)
{
  char *taken = g_strdup (warnings->str);

  g_string_truncate (warnings, 0);
  return taken;
}

/* ---- the bench ---- */

#define TEST_TYPE_ALLOW (test_allow_get_type ())
G_DECLARE_FINAL_TYPE (TestAllow, test_allow, TEST, ALLOW, GObject)

struct _TestAllow
{
  GObject parent;
};

static void
test_allow_async (ReeveAuthorizer *authorizer, G_GNUC_UNUSED ReeveSubject *subject,
                  G_GNUC_UNUSED ReevePower power, G_GNUC_UNUSED const char *object,
                  GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (authorizer, cancellable, callback, user_data);

  g_task_return_boolean (task, TRUE);
}

static gboolean
test_allow_finish (G_GNUC_UNUSED ReeveAuthorizer *authorizer, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
test_allow_iface_init (ReeveAuthorizerInterface *iface)
{
  iface->authorize_async = test_allow_async;
  iface->authorize_finish = test_allow_finish;
}

G_DEFINE_TYPE_WITH_CODE (TestAllow, test_allow, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (REEVE_TYPE_AUTHORIZER, test_allow_iface_init))

static void
test_allow_class_init (G_GNUC_UNUSED TestAllowClass *klass)
{
}

static void
test_allow_init (G_GNUC_UNUSED TestAllow *self)
{
}

Bench *
bench_new (gboolean real)
{
  Bench *bench = g_new0 (Bench, 1);
  g_autoptr (TestAllow) allow = g_object_new (TEST_TYPE_ALLOW, NULL);
  g_autoptr (GError) error = NULL;
  ReeveContext *context;

  bench->host = reeve_mock_host_new ("hub", TRUE);
  context = reeve_mock_host_get_context (bench->host);
  reeve_context_provide (context, REEVE_TYPE_AUTHORIZER, REEVE_SUBJECT_UID, allow, &error);
  g_assert_no_error (error);
  if (real)
    bench->store = reeve_mock_host_load (bench->host, "sqlite-store", NULL);
  else
    {
      bench->records = g_object_new (TEST_TYPE_RECORDS, NULL);
      reeve_context_provide (context, REEVE_TYPE_RECORDS, NULL, bench->records, &error);
      g_assert_no_error (error);
    }
  return bench;
}

void
bench_start (Bench *bench)
{
  bench->plugin = reeve_mock_host_load (bench->host, "events", NULL);
}

void
bench_stop (Bench *bench)
{
  reeve_mock_host_unload (bench->host, g_steal_pointer (&bench->plugin));
}

void
bench_free (Bench *bench)
{
  if (bench->watch != 0)
    reeve_records_unwatch (bench->watched, bench->watch);
  g_clear_object (&bench->watched);
  reeve_mock_host_free (bench->host);
  g_clear_object (&bench->records);
  g_free (bench);
  assert_warned ("");
}

/* "event 1", "event 2", …; at most as many at once as the ring holds. */
void
bench_emit (Bench *bench, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      reeve_context_emit (reeve_mock_host_get_context (bench->host), REEVE_SEVERITY_NOTICE, "test",
                          "a subject", g_variant_new_parsed ("{'n': <%u>}", i), "event %u",
                          ++bench->emitted);
      if (bench->emitted % REEVE_EVENT_RING_SIZE == 0)
        reeve_mock_host_settle (bench->host);
    }
  reeve_mock_host_settle (bench->host);
}

/* Time goes on, and what the store's own thread has is let end. */
void
bench_advance (Bench *bench, guint ms)
{
  reeve_mock_host_advance (bench->host, ms);
  g_usleep (1000);
  reeve_mock_host_settle (bench->host);
}

static void
bench_stored_cb (G_GNUC_UNUSED ReeveRecords *records, ReeveRecord *record, gpointer user_data)
{
  if (reeve_record_get_value (record) != NULL)
    ((Bench *) user_data)->stored++;
}

void
bench_count_stored (Bench *bench)
{
  bench->watched =
      reeve_context_lookup (reeve_mock_host_get_context (bench->host), REEVE_TYPE_RECORDS, NULL);
  bench->watch = reeve_records_watch (bench->watched, COLLECTION, bench_stored_cb, bench);
}

gboolean
bench_is_stored (gpointer user_data)
{
  Bench *bench = user_data;

  return bench->stored == bench->emitted;
}

GVariant *
bench_call (Bench *bench, const char *method, GVariant *arguments)
{
  ReeveContext *context = reeve_mock_host_get_context (bench->host);
  g_autoptr (ReeveOperations) operations =
      reeve_context_lookup (context, REEVE_TYPE_OPERATIONS, NULL);
  g_autoptr (ReeveSubject) root = reeve_subject_new (REEVE_SUBJECT_UID, "0");
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GVariant *answer;

  g_assert_nonnull (operations);
  reeve_operations_call_async (operations, context, method, arguments, root, NULL,
                               reeve_mock_result_cb, &result);
  reeve_mock_host_wait (bench->host, &result);
  answer = reeve_operations_call_finish (operations, result, &error);
  g_assert_no_error (error);
  return answer;
}

GVariant *
bench_list (Bench *bench, guint limit, guint64 after, const char *severity, const char *subject)
{
  g_autoptr (GVariant) answer =
      bench_call (bench, "ListEvents",
                  g_variant_new ("(utddsss)", limit, after, 0.0, 0.0, severity, "", subject));

  return g_variant_get_child_value (answer, 0);
}

static char *
get_text (GVariant *rows, gsize index, const char *key)
{
  g_autoptr (GVariant) row = g_variant_get_child_value (rows, index);
  char *text = NULL;

  g_assert_true (g_variant_lookup (row, key, "s", &text));
  return text;
}

/* The rows are "event @first" to "event @last", in order. */
void
assert_events (Bench *bench, guint limit, guint first, guint last)
{
  g_autoptr (GVariant) rows = bench_list (bench, limit, 0, "", "");
  guint64 before = 0;

  g_assert_cmpuint (g_variant_n_children (rows), ==, last - first + 1);
  for (guint i = 0; i <= last - first; i++)
    {
      g_autofree char *text = get_text (rows, i, "text");
      g_autofree char *expected = g_strdup_printf ("event %u", first + i);
      g_autoptr (GVariant) row = g_variant_get_child_value (rows, i);
      guint64 number = 0;

      g_assert_cmpstr (text, ==, expected);
      g_assert_true (g_variant_lookup (row, "number", "t", &number));
      g_assert_cmpuint (number, >, before);
      before = number;
    }
}

/* All that is stored, by the way of any plugin. (transfer full), of ReeveRecord. */
GPtrArray *
bench_read_stored (Bench *bench, const char *collection)
{
  ReeveContext *context = reeve_mock_host_get_context (bench->host);
  g_autoptr (ReeveRecords) records = reeve_context_lookup (context, REEVE_TYPE_RECORDS, NULL);
  GPtrArray *all = g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_record_unref);
  gboolean more = TRUE;

  while (more)
    {
      const char *cursor =
          all->len > 0 ? reeve_record_get_id (g_ptr_array_index (all, all->len - 1)) : NULL;
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (GPtrArray) page = NULL;
      g_autoptr (GError) error = NULL;

      reeve_records_list_async (records, collection, NULL, NULL, cursor, REEVE_RECORDS_MAX_PAGE,
                                NULL, reeve_mock_result_cb, &result);
      reeve_mock_host_wait (bench->host, &result);
      page = reeve_records_list_finish (records, result, &error);
      g_assert_no_error (error);
      more = page->len == REEVE_RECORDS_MAX_PAGE;
      for (guint i = 0; i < page->len; i++)
        g_ptr_array_add (all, reeve_record_ref (g_ptr_array_index (page, i)));
    }
  return all;
}

void
assert_stored (Bench *bench, guint first, guint last)
{
  g_autoptr (GPtrArray) all = bench_read_stored (bench, COLLECTION);

  g_assert_cmpuint (all->len, ==, last - first + 1);
  for (guint i = 0; i < all->len; i++)
    {
      g_autofree char *expected = g_strdup_printf ("event %u", first + i);
      const char *text = NULL;

      g_variant_lookup (reeve_record_get_value (g_ptr_array_index (all, i)), "text", "&s", &text);
      g_assert_cmpstr (text, ==, expected);
    }
}

int
bench_main (int argc, char **argv, void (*add) (void))
{
  int status;

  g_test_init (&argc, &argv, NULL);
  warnings = g_string_new (NULL);
  g_log_set_writer_func (log_writer, NULL, NULL);
  add ();
  status = g_test_run ();
  g_string_free (warnings, TRUE);
  return status;
}
