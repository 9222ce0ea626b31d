/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Events beside the real store, and beside one that fails when it is told to. */

#include "config.h"

#include <reeve/reeve.h>
#include <string.h>

#include "../reeve-events-log.h"
#include "events-records.h"
#include "tests/lib/reeve-mock-host.h"

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
static void
assert_warned (const char *expected)
{
  g_assert_cmpstr (warnings->str, ==, expected);
  g_string_truncate (warnings, 0);
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

typedef struct
{
  ReeveMockHost *host;
  TestRecords *records; /* NULL beside the real store */
  ReevePlugin *store;
  ReevePlugin *plugin;
  guint emitted;
  ReeveRecords *watched; /* the real store, once bench_count_stored () was called */
  guint watch;
  guint stored;
} Bench;

static Bench *
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

static void
bench_start (Bench *bench)
{
  bench->plugin = reeve_mock_host_load (bench->host, "events", NULL);
}

static void
bench_stop (Bench *bench)
{
  reeve_mock_host_unload (bench->host, g_steal_pointer (&bench->plugin));
}

static void
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

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Bench, bench_free)

/* "event 1", "event 2", …; at most as many at once as the ring holds. */
static void
bench_emit (Bench *bench, guint n)
{
  for (guint i = 0; i < n; i++)
    reeve_context_emit (reeve_mock_host_get_context (bench->host), REEVE_SEVERITY_NOTICE, "test",
                        "a subject", g_variant_new_parsed ("{'n': <%u>}", i), "event %u",
                        ++bench->emitted);
  reeve_mock_host_settle (bench->host);
}

/* Time goes on, and what the store's own thread has is let end. */
static void
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

static void
bench_count_stored (Bench *bench)
{
  bench->watched =
      reeve_context_lookup (reeve_mock_host_get_context (bench->host), REEVE_TYPE_RECORDS, NULL);
  bench->watch = reeve_records_watch (bench->watched, COLLECTION, bench_stored_cb, bench);
}

static gboolean
bench_is_stored (gpointer user_data)
{
  Bench *bench = user_data;

  return bench->stored == bench->emitted;
}

/* (transfer full) aa{sv} */
static GVariant *
bench_list (Bench *bench, guint limit)
{
  ReeveContext *context = reeve_mock_host_get_context (bench->host);
  g_autoptr (ReeveOperations) operations =
      reeve_context_lookup (context, REEVE_TYPE_OPERATIONS, NULL);
  g_autoptr (ReeveSubject) root = reeve_subject_new (REEVE_SUBJECT_UID, "0");
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (operations);
  reeve_operations_call_async (operations, context, "ListEvents", g_variant_new ("(u)", limit),
                               root, NULL, reeve_mock_result_cb, &result);
  reeve_mock_host_wait (bench->host, &result);
  answer = reeve_operations_call_finish (operations, result, &error);
  g_assert_no_error (error);
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
static void
assert_events (Bench *bench, guint limit, guint first, guint last)
{
  g_autoptr (GVariant) rows = bench_list (bench, limit);
  g_autofree char *before = g_strdup ("");

  g_assert_cmpuint (g_variant_n_children (rows), ==, last - first + 1);
  for (guint i = 0; i <= last - first; i++)
    {
      g_autofree char *text = get_text (rows, i, "text");
      g_autofree char *expected = g_strdup_printf ("event %u", first + i);
      g_autofree char *id = get_text (rows, i, "id");

      g_assert_cmpstr (text, ==, expected);
      g_assert_cmpstr (id, >, before);
      g_free (before);
      before = g_steal_pointer (&id);
    }
}

/* All that is stored, by the way of any plugin. (transfer full), of ReeveRecord. */
static GPtrArray *
bench_read_stored (Bench *bench)
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

      reeve_records_list_async (records, COLLECTION, NULL, NULL, cursor, REEVE_RECORDS_MAX_PAGE,
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

static void
assert_stored (Bench *bench, guint first, guint last)
{
  g_autoptr (GPtrArray) all = bench_read_stored (bench);

  g_assert_cmpuint (all->len, ==, last - first + 1);
  for (guint i = 0; i < all->len; i++)
    {
      g_autofree char *expected = g_strdup_printf ("event %u", first + i);
      const char *text = NULL;

      g_variant_lookup (reeve_record_get_value (g_ptr_array_index (all, i)), "text", "&s", &text);
      g_assert_cmpstr (text, ==, expected);
    }
}

/* ---- tests ---- */

static void
test_row (void)
{
  g_autoptr (Bench) bench = bench_new (FALSE);
  g_autoptr (GVariant) rows = NULL;
  g_autoptr (GVariant) row = NULL;
  g_autofree char *text = NULL;

  bench_start (bench);
  bench_emit (bench, 1);
  rows = bench_list (bench, 0);
  g_assert_cmpuint (g_variant_n_children (rows), ==, 1);
  row = g_variant_get_child_value (rows, 0);
  /* the number is this process's own, and means nothing to a reader */
  g_assert_false (g_variant_lookup (row, "number", "t", NULL));
  text = g_variant_print (row, FALSE);
  g_assert_nonnull (strstr (text, "'severity': <'notice'>"));
  g_assert_nonnull (strstr (text, "'category': <'test'>"));
  g_assert_nonnull (strstr (text, "'subject': <'a subject'>"));
  g_assert_nonnull (strstr (text, "'source': <'host'>"));
  g_assert_nonnull (strstr (text, "'text': <'event 1'>"));
  g_assert_nonnull (strstr (text, "'fields': <{'n': <uint32 0>}>"));
  g_assert_nonnull (strstr (text, "'time': <1767225600.0>"));
}

static void
test_limits_of_list (void)
{
  g_autoptr (Bench) bench = bench_new (FALSE);
  g_autoptr (GVariant) none = NULL;

  bench_start (bench);
  none = bench_list (bench, 0);
  g_assert_cmpuint (g_variant_n_children (none), ==, 0);
  bench_emit (bench, 1000);
  bench_emit (bench, 200);
  assert_events (bench, 1, 1200, 1200);
  assert_events (bench, 0, 1101, 1200);
  assert_events (bench, G_MAXUINT32, 201, 1200);
}

static void
test_restart (void)
{
  g_autoptr (Bench) bench = bench_new (TRUE);

  /* said before anybody listens, in the same microsecond, and in the last moment */
  bench_emit (bench, 3);
  bench_start (bench);
  bench_emit (bench, 2);
  reeve_context_emit (reeve_mock_host_get_context (bench->host), REEVE_SEVERITY_INFO, "test", "",
                      NULL, "event %u", ++bench->emitted);
  bench_stop (bench);
  assert_stored (bench, 1, 6);
  /* the whole store anew, from its file */
  reeve_mock_host_unload (bench->host, bench->store);
  bench->store = reeve_mock_host_load (bench->host, "sqlite-store", NULL);
  bench_start (bench);
  /* the ring still has them all: none comes twice */
  assert_events (bench, 0, 1, 6);
  bench_advance (bench, 1000);
  bench_emit (bench, 1);
  assert_events (bench, 0, 1, 7);
  bench_stop (bench);
  assert_stored (bench, 1, 7);
}

static void
test_flush_after_a_while (void)
{
  g_autoptr (Bench) bench = bench_new (FALSE);

  bench_start (bench);
  bench_emit (bench, 1);
  bench_advance (bench, REEVE_EVENTS_FLUSH_MS - 100);
  bench_emit (bench, 4);
  g_assert_cmpuint (bench->records->applies, ==, 0);
  bench_advance (bench, 200);
  g_assert_cmpuint (bench->records->applies, ==, 1);
  assert_stored (bench, 1, 5);
  bench_advance (bench, 10 * REEVE_EVENTS_FLUSH_MS);
  g_assert_cmpuint (bench->records->applies, ==, 1);
}

/* Beside the real store, in batches that the ring holds. */
static void
test_cap (void)
{
  const guint total = REEVE_EVENTS_MAX_STORED + 1500;
  g_autoptr (Bench) bench = bench_new (TRUE);

  bench_start (bench);
  bench_count_stored (bench);
  while (bench->emitted < total)
    {
      bench_emit (bench, MIN (REEVE_EVENT_RING_SIZE, total - bench->emitted));
      reeve_mock_host_advance (bench->host, REEVE_EVENTS_FLUSH_MS);
      reeve_mock_host_run_until (bench->host, bench_is_stored, bench);
    }
  assert_events (bench, 2000, total - REEVE_EVENTS_MAX_RECENT + 1, total);
  bench_stop (bench);
  assert_stored (bench, total - REEVE_EVENTS_MAX_STORED + 1, total);
  /* all of them are known after a restart: the next one costs the oldest again */
  bench_start (bench);
  bench_emit (bench, 1);
  bench_stop (bench);
  assert_stored (bench, total - REEVE_EVENTS_MAX_STORED + 2, total + 1);
}

/* What is new and what goes share a batch that the records take. */
static void
test_cap_of_batches (void)
{
  g_autoptr (Bench) bench = bench_new (FALSE);

  bench_start (bench);
  while (bench->emitted < REEVE_EVENTS_MAX_STORED + 2 * REEVE_EVENT_RING_SIZE)
    {
      bench_emit (bench, REEVE_EVENT_RING_SIZE);
      bench_advance (bench, REEVE_EVENTS_FLUSH_MS + 100);
    }
  g_assert_cmpuint (bench->records->largest, ==, REEVE_RECORDS_MAX_BATCH);
  assert_stored (bench, bench->emitted - REEVE_EVENTS_MAX_STORED + 1, bench->emitted);
}

static void
test_store_fails (void)
{
  g_autoptr (Bench) bench = bench_new (FALSE);
  guint applies;

  bench_start (bench);
  bench_emit (bench, 2);
  bench_advance (bench, 1000);
  assert_stored (bench, 1, 2);
  bench->records->mood = REEVE_ERROR_IO;
  bench_emit (bench, 3);
  bench_advance (bench, 1000);
  assert_warned ("events were not stored, it is tried again: host: the disk is full\n");
  /* who looks sees them all the same; the log is not filled */
  assert_events (bench, 0, 1, 5);
  applies = bench->records->applies;
  bench_advance (bench, 4 * REEVE_EVENTS_RETRY_MS);
  g_assert_cmpuint (bench->records->applies, >=, applies + 3);
  g_assert_cmpuint (bench->records->applies, <=, applies + 4);
  bench_emit (bench, 1);
  bench->records->mood = 0;
  bench_advance (bench, REEVE_EVENTS_RETRY_MS + 1000);
  assert_stored (bench, 1, 6);
  bench_stop (bench);
  assert_stored (bench, 1, 6);
}

/* A store that is away for long costs the oldest of what waits, and nothing more. */
static void
test_store_fails_long (void)
{
  g_autoptr (Bench) bench = bench_new (FALSE);

  bench_start (bench);
  bench->records->mood = REEVE_ERROR_UNAVAILABLE;
  for (guint i = 0; i < 5; i++)
    {
      bench_emit (bench, 1000);
      bench_advance (bench, REEVE_EVENTS_RETRY_MS);
    }
  assert_warned ("events were not stored, it is tried again: host: the disk is full\n");
  bench->records->mood = 0;
  bench_advance (bench, 2 * REEVE_EVENTS_RETRY_MS);
  assert_stored (bench, 5000 - REEVE_EVENT_RING_SIZE + 1, 5000);
}

/* What the store will never take must not stand in the way of the rest. */
static void
test_store_refuses (void)
{
  g_autoptr (Bench) bench = bench_new (FALSE);

  bench_start (bench);
  bench->records->mood = REEVE_ERROR_INVALID;
  bench_emit (bench, 2);
  bench_advance (bench, 1000);
  assert_warned ("events were not stored: host: the disk is full\n");
  bench->records->mood = 0;
  bench_emit (bench, 1);
  bench_advance (bench, 1000);
  assert_stored (bench, 3, 3);
}

/* The stop waits for a commit under way, and for what came meanwhile. */
static void
test_stop_while_storing (void)
{
  g_autoptr (Bench) bench = bench_new (FALSE);
  ReevePluginClass *klass;
  g_autoptr (GAsyncResult) stopped = NULL;

  bench_start (bench);
  klass = REEVE_PLUGIN_GET_CLASS (bench->plugin);
  bench->records->hang = TRUE;
  bench_emit (bench, 2);
  bench_advance (bench, 1000);
  g_assert_nonnull (bench->records->hanging);
  bench_emit (bench, 1);
  klass->stop_async (bench->plugin, NULL, reeve_mock_result_cb, &stopped);
  bench_advance (bench, 100);
  g_assert_null (stopped);
  bench->records->hang = FALSE;
  test_records_release (bench->records);
  reeve_mock_host_wait (bench->host, &stopped);
  g_assert_true (klass->stop_finish (bench->plugin, stopped, NULL));
  assert_stored (bench, 1, 3);
  /* once more is nothing */
  bench_stop (bench);
}

static void
test_stop_while_failing (void)
{
  g_autoptr (Bench) bench = bench_new (FALSE);

  bench_start (bench);
  bench->records->mood = REEVE_ERROR_TIMEOUT;
  bench_emit (bench, 2);
  bench_stop (bench);
  assert_warned ("events were not stored, it is tried again: host: the disk is full\n");
}

static void
test_no_collection (void)
{
  g_autoptr (Bench) bench = bench_new (FALSE);
  g_autoptr (GError) error = NULL;

  bench->records->no_open = TRUE;
  g_assert_null (reeve_mock_host_try_load (bench->host, &error, "events", NULL));
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, "it is newer"));
}

/* Fields of any size: the event is kept, the fields are not. */
static void
test_enormous_fields (void)
{
  g_autoptr (Bench) bench = bench_new (TRUE);
  g_autofree char *text = g_strnfill (REEVE_RECORDS_MAX_VALUE + 1, 'x');

  bench_start (bench);
  reeve_context_emit (reeve_mock_host_get_context (bench->host), REEVE_SEVERITY_INFO, "test", "",
                      g_variant_new_parsed ("{'x': <%s>}", text), "event %u", ++bench->emitted);
  bench_emit (bench, 1);
  bench_stop (bench);
  assert_stored (bench, 1, 2);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  warnings = g_string_new (NULL);
  g_log_set_writer_func (log_writer, NULL, NULL);
  g_test_add_func ("/events/row", test_row);
  g_test_add_func ("/events/list", test_limits_of_list);
  g_test_add_func ("/events/restart", test_restart);
  g_test_add_func ("/events/flush", test_flush_after_a_while);
  g_test_add_func ("/events/cap", test_cap);
  g_test_add_func ("/events/cap/batches", test_cap_of_batches);
  g_test_add_func ("/events/store/fails", test_store_fails);
  g_test_add_func ("/events/store/fails-long", test_store_fails_long);
  g_test_add_func ("/events/store/refuses", test_store_refuses);
  g_test_add_func ("/events/stop/storing", test_stop_while_storing);
  g_test_add_func ("/events/stop/failing", test_stop_while_failing);
  g_test_add_func ("/events/no-collection", test_no_collection);
  g_test_add_func ("/events/enormous-fields", test_enormous_fields);
  status = g_test_run ();
  g_string_free (warnings, TRUE);
  return status;
}
