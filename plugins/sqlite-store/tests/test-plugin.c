/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The built module in a host: start, both interfaces, stop without leftovers, bad settings. */

#include "config.h"

#include "store-fixture.h"

#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

static void
use_records (ReeveMockHost *host, gint64 expected)
{
  static const ReeveCollection collection = { "test.things", 1, NULL };
  g_autoptr (ReeveRecords) records =
      reeve_context_lookup (reeve_mock_host_get_context (host), REEVE_TYPE_RECORDS, "");
  g_autoptr (GPtrArray) changes =
      g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_record_unref);
  g_autoptr (GAsyncResult) opened = NULL;
  g_autoptr (GAsyncResult) applied = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (records);
  reeve_records_open_async (records, &collection, NULL, reeve_mock_result_cb, &opened);
  reeve_records_open_finish (records, reeve_mock_host_wait (host, &opened), &error);
  g_assert_no_error (error);
  g_ptr_array_add (changes, store_make_record ("test.things", "a", expected, "x", NULL));
  reeve_records_apply_async (records, changes, NULL, reeve_mock_result_cb, &applied);
  reeve_records_apply_finish (records, reeve_mock_host_wait (host, &applied), &error);
  g_assert_no_error (error);
}

static void
test_plugin_life (void)
{
  g_autoptr (ReeveMockHost) host = reeve_mock_host_new ("hub", FALSE);
  g_autofree char *path = g_build_filename (reeve_mock_host_get_state_dir (host), "reeve.db", NULL);
  g_autoptr (ReeveSample) sample = store_make_sample (STORE_START, 1);
  g_autoptr (GAsyncResult) appended = NULL;
  g_autoptr (GError) error = NULL;
  ReevePlugin *plugin = reeve_mock_host_load (host, "sqlite-store", NULL);
  ReeveHistory *history =
      reeve_context_lookup (reeve_mock_host_get_context (host), REEVE_TYPE_HISTORY, "");

  g_assert_true (g_file_test (path, G_FILE_TEST_IS_REGULAR));
  use_records (host, 0);
  /* still waiting for more when the stop comes: kept all the same */
  reeve_history_append_async (history, &(ReeveHistoryEntry){ STORE_SYSTEM, sample }, 1, NULL,
                              reeve_mock_result_cb, &appended);
  reeve_mock_host_unload (host, plugin);
  reeve_history_append_finish (history, reeve_mock_host_wait (host, &appended), &error);
  if (error != NULL)
    g_assert_error (error, REEVE_ERROR, REEVE_ERROR_GONE);
  g_clear_error (&error);
  g_clear_object (&appended);

  /* what is held beyond the end answers, and nothing more */
  reeve_history_append_async (history, &(ReeveHistoryEntry){ STORE_SYSTEM, sample }, 1, NULL,
                              reeve_mock_result_cb, &appended);
  reeve_history_append_finish (history, reeve_mock_host_wait (host, &appended), &error);
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_GONE);
  g_clear_object (&appended);
  g_object_unref (history);
  store_assert_whole (path);

  reeve_mock_host_load (host, "sqlite-store", "retention", "7d", "cache", "4M", NULL);
  use_records (host, 1);
  {
    StoreFixture f = { .path = path };

    g_assert_cmpint (store_count (&f, "SELECT count (*) FROM sample"), ==, 1);
  }
}

static void
test_plugin_settings (void)
{
  static const char *const bad[][2] = {
    { "retention", "10s" },
    { "retention", "soon" },
    { "cache", "1K" },
    { "path", "x.db" },
  };
  g_autoptr (ReeveMockHost) host = reeve_mock_host_new ("hub", FALSE);

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (
          reeve_mock_host_try_load (host, &error, "sqlite-store", bad[i][0], bad[i][1], NULL));
      g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
      g_test_message ("%s", error->message);
    }
}

/* A failed start leaves nothing either (the mock host looks). */
static void
test_plugin_failed_start (void)
{
  g_autoptr (ReeveMockHost) host = reeve_mock_host_new ("hub", FALSE);
  g_autofree char *path = g_build_filename (reeve_mock_host_get_state_dir (host), "y.db", NULL);
  g_autofree char *text = g_strnfill (5000, 'x');
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_assert_null (reeve_mock_host_try_load (host, &error, "sqlite-store", "path", path, NULL));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, "not a database"));
}

/* A spool that a crash left is in nobody's way. */
static void
test_plugin_stale_spool (void)
{
  g_autoptr (ReeveMockHost) host = reeve_mock_host_new ("hub", FALSE);
  g_autofree char *spool =
      g_build_filename (reeve_mock_host_get_state_dir (host), "reeve.db-restore", NULL);

  g_assert_true (g_file_set_contents (spool, "x", 1, NULL));
  reeve_mock_host_load (host, "sqlite-store", NULL);
  g_assert_false (g_file_test (spool, G_FILE_TEST_EXISTS));
}

int
main (int argc, char **argv)
{
  store_init (&argc, &argv);
  g_test_add_func ("/sqlite-store/plugin/life", test_plugin_life);
  g_test_add_func ("/sqlite-store/plugin/settings", test_plugin_settings);
  g_test_add_func ("/sqlite-store/plugin/failed-start", test_plugin_failed_start);
  g_test_add_func ("/sqlite-store/plugin/stale-spool", test_plugin_stale_spool);
  return g_test_run ();
}
