/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Records through their interface: collections, revisions, indexes, pages, watches, limits. */

#include "config.h"

#include "store-fixture.h"

#include <string.h>

#define C "test.things"

static const char *const indexes[] = { "colour", NULL };

static void
assert_record (StoreFixture *f, const char *id, gint64 revision, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ReeveRecord) record = store_get (f, C, id, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (reeve_record_get_id (record), ==, id);
  g_assert_cmpstr (reeve_record_get_collection (record), ==, C);
  g_assert_cmpint (reeve_record_get_revision (record), ==, revision);
  g_assert_cmpstr (store_record_text (record), ==, text);
}

static void
assert_apply_fails (StoreFixture *f, ReeveRecord *record, ReeveError code, const char *word)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (store_apply (f, &error, record, NULL));
  g_assert_error (error, REEVE_ERROR, (int) code);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, word));
}

static void
test_records_revisions (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  store_open_collection (f, C, 1, indexes, &error);
  g_assert_no_error (error);
  g_assert_true (store_apply (f, &error, store_make_record (C, "a", 0, "one", "red"), NULL));
  assert_record (f, "a", 1, "one");
  assert_apply_fails (f, store_make_record (C, "a", 0, "two", "red"), REEVE_ERROR_CONFLICT, "a of");
  assert_apply_fails (f, store_make_record (C, "a", 2, "two", "red"), REEVE_ERROR_CONFLICT,
                      "revision 1, not 2");
  assert_record (f, "a", 1, "one");
  g_assert_true (store_apply (f, &error, store_make_record (C, "a", 1, "two", "red"), NULL));
  g_assert_true (store_apply (f, &error, store_make_record (C, "a", -1, "three", "red"), NULL));
  assert_record (f, "a", 3, "three");
  assert_apply_fails (f, store_make_record (C, "a", 2, NULL, NULL), REEVE_ERROR_CONFLICT, "3");
  g_assert_true (store_apply (f, &error, store_make_record (C, "a", 3, NULL, NULL), NULL));
  g_assert_null (store_get (f, C, "a", &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
  g_clear_error (&error);
  /* nothing to delete is fine when any revision is */
  g_assert_true (store_apply (f, &error, store_make_record (C, "a", -1, NULL, NULL), NULL));
  assert_apply_fails (f, store_make_record (C, "a", 1, NULL, NULL), REEVE_ERROR_CONFLICT, "0");
}

static void
test_records_batch (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  store_open_collection (f, C, 1, indexes, &error);
  g_assert_true (store_apply (f, &error, store_make_record (C, "a", 0, "one", "red"),
                              store_make_record (C, "b", 0, "one", "red"), NULL));
  /* the second does not match: the first is not done either */
  g_assert_false (store_apply (f, &error, store_make_record (C, "a", 1, "two", "red"),
                               store_make_record (C, "b", 7, "two", "red"), NULL));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  g_clear_error (&error);
  assert_record (f, "a", 1, "one");
  g_assert_false (store_apply (f, &error, store_make_record (C, "a", 1, "two", "red"),
                               store_make_record (C, "a", 2, "three", "red"), NULL));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
  assert_record (f, "b", 1, "one");
}

/* Several callers in one turn share a commit, and a conflict of one is its own. */
static void
test_records_together (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  GAsyncResult *results[50] = { NULL };
  g_autoptr (GError) error = NULL;

  store_open_collection (f, C, 1, indexes, &error);
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    {
      g_autoptr (GPtrArray) changes =
          g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_record_unref);
      g_autofree char *id = g_strdup_printf ("r%02u", i);

      g_ptr_array_add (changes, store_make_record (C, id, i % 10 == 9 ? 5 : 0, id, "red"));
      reeve_records_apply_async (f->records, changes, NULL, reeve_mock_result_cb, &results[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    {
      g_autoptr (GAsyncResult) result = reeve_mock_host_wait (f->host, &results[i]);

      g_assert_true (reeve_records_apply_finish (f->records, result, NULL) == (i % 10 != 9));
    }
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM record"), ==, 45);
}

static void
test_records_list (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  static const char *const colours[] = { "red", "green", "" };
  g_autoptr (GPtrArray) page = NULL;
  g_autofree char *cursor = NULL;
  guint n = 0;

  store_open_collection (f, C, 1, indexes, NULL);
  store_open_collection (f, "test.others", 1, indexes, NULL);
  for (guint i = 0; i < 25; i++)
    {
      g_autofree char *id = g_strdup_printf ("r%02u", i);

      g_assert_true (store_apply (f, NULL, store_make_record (C, id, 0, id, colours[i % 3]),
                                  store_make_record ("test.others", id, 0, id, "red"), NULL));
    }
  do
    {
      g_clear_pointer (&page, g_ptr_array_unref);
      page = store_list (f, C, NULL, NULL, cursor, 10);
      for (guint i = 0; i < page->len; i++)
        {
          g_autofree char *id = g_strdup_printf ("r%02u", n++);

          g_assert_cmpstr (reeve_record_get_id (g_ptr_array_index (page, i)), ==, id);
        }
      g_free (cursor);
      cursor = page->len > 0
                   ? g_strdup (reeve_record_get_id (g_ptr_array_index (page, page->len - 1)))
                   : NULL;
    }
  while (page->len == 10);
  g_assert_cmpuint (n, ==, 25);

  g_ptr_array_unref (page);
  page = store_list (f, C, "colour", "green", NULL, 0);
  g_assert_cmpuint (page->len, ==, 8);
  g_assert_cmpstr (reeve_record_get_id (g_ptr_array_index (page, 1)), ==, "r04");
  g_assert_cmpstr (reeve_record_get_index_values (g_ptr_array_index (page, 1))[0], ==, "green");
  g_ptr_array_unref (page);
  page = store_list (f, C, "colour", "green", "r04", 3);
  g_assert_cmpuint (page->len, ==, 3);
  g_assert_cmpstr (reeve_record_get_id (g_ptr_array_index (page, 0)), ==, "r07");
  g_ptr_array_unref (page);
  page = store_list (f, C, "colour", "", NULL, 0);
  g_assert_cmpuint (page->len, ==, 8);
}

static void
test_records_versions (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  static const char *const more[] = { "size", "colour", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) page = NULL;

  store_open_collection (f, C, 2, indexes, &error);
  g_assert_no_error (error);
  g_assert_true (store_apply (f, &error, store_make_record (C, "a", 0, "one", "red"), NULL));
  store_open_collection (f, C, 1, indexes, &error);
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, "version 2"));
  g_assert_nonnull (strstr (error->message, "up to 1"));
  g_clear_error (&error);
  store_open_collection (f, C, 2, more, &error);
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, "higher version"));
  g_clear_error (&error);

  store_open_collection (f, C, 3, more, &error);
  g_assert_no_error (error);
  page = store_list (f, C, "colour", "red", NULL, 0);
  g_assert_cmpuint (page->len, ==, 1);
  g_assert_cmpstr (reeve_record_get_index_values (g_ptr_array_index (page, 0))[0], ==, "");
  g_assert_cmpstr (reeve_record_get_index_values (g_ptr_array_index (page, 0))[1], ==, "red");
  g_ptr_array_unref (page);
  page = store_list (f, C, "size", "", NULL, 0);
  g_assert_cmpuint (page->len, ==, 0);

  /* and over a restart */
  store_fixture_close (f);
  store_fixture_open (f);
  store_open_collection (f, C, 2, indexes, &error);
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
  g_clear_error (&error);
  store_open_collection (f, C, 3, more, &error);
  g_assert_no_error (error);
  assert_record (f, "a", 1, "one");
}

static void
test_records_refused (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  static const char *const bad[] = {
    "things", "test.", ".x", "Test.x", "test.x y", "1.x", "a.b.c"
  };
  static const char *const many[] = { "a", "b", "c", "d", "e", NULL };
  g_autofree char *id = g_strnfill (REEVE_SQLITE_STORE_MAX_ID + 1, 'x');
  g_autofree char *key = g_strnfill (REEVE_SQLITE_STORE_MAX_KEY + 1, 'x');
  g_autofree char *text = g_strnfill (REEVE_RECORDS_MAX_VALUE, 'x');
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      store_open_collection (f, bad[i], 1, NULL, &error);
      g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
      g_clear_error (&error);
    }
  store_open_collection (f, C, 1, many, &error);
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
  g_clear_error (&error);
  assert_apply_fails (f, store_make_record (C, "a", 0, "x", "k"), REEVE_ERROR_NOT_FOUND,
                      "not open");
  g_assert_null (store_get (f, C, "a", &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
  g_clear_error (&error);

  store_open_collection (f, C, 1, indexes, &error);
  g_assert_no_error (error);
  assert_apply_fails (f, store_make_record (C, id, 0, "x", "k"), REEVE_ERROR_INVALID, "255 bytes");
  assert_apply_fails (f, store_make_record (C, "", 0, "x", "k"), REEVE_ERROR_INVALID, "id");
  assert_apply_fails (f, store_make_record (C, "a", 0, "x", key), REEVE_ERROR_INVALID, "colour");
  assert_apply_fails (f, store_make_record (C, "a", 0, "x", NULL), REEVE_ERROR_INVALID,
                      "1 indexes");
  assert_apply_fails (f, store_make_record (C, "a", 0, text, "k"), REEVE_ERROR_LIMIT, "262144");
  g_assert_true (store_apply (f, NULL, NULL));
}

typedef struct
{
  GString *log;
  guint id;
  gboolean leave;
} Watcher;

static void
watched (ReeveRecords *records, ReeveRecord *record, gpointer user_data)
{
  Watcher *watcher = user_data;

  g_string_append_printf (watcher->log, "%s@%" G_GINT64_FORMAT "%s ", reeve_record_get_id (record),
                          reeve_record_get_revision (record),
                          reeve_record_get_value (record) == NULL ? "-" : "");
  if (watcher->leave)
    reeve_records_unwatch (records, watcher->id);
}

static void
test_records_watch (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  Watcher one = { .log = g_string_new (NULL), .leave = TRUE };
  Watcher two = { .log = g_string_new (NULL) };

  store_open_collection (f, C, 1, indexes, NULL);
  store_open_collection (f, "test.others", 1, indexes, NULL);
  one.id = reeve_records_watch (f->records, C, watched, &one);
  two.id = reeve_records_watch (f->records, C, watched, &two);
  g_assert_true (store_apply (f, NULL, store_make_record (C, "a", 0, "x", "k"),
                              store_make_record ("test.others", "b", 0, "x", "k"),
                              store_make_record (C, "none", -1, NULL, NULL), NULL));
  g_assert_true (store_apply (f, NULL, store_make_record (C, "a", 1, "y", "k"), NULL));
  g_assert_false (store_apply (f, NULL, store_make_record (C, "a", 1, "z", "k"), NULL));
  g_assert_true (store_apply (f, NULL, store_make_record (C, "a", -1, NULL, NULL), NULL));
  g_assert_cmpstr (one.log->str, ==, "a@1 ");
  g_assert_cmpstr (two.log->str, ==, "a@1 a@2 a@3- ");
  reeve_records_unwatch (f->records, two.id);
  reeve_records_unwatch (f->records, 999);
  g_assert_true (store_apply (f, NULL, store_make_record (C, "a", -1, "x", "k"), NULL));
  g_assert_cmpstr (two.log->str, ==, "a@1 a@2 a@3- ");
  g_string_free (one.log, TRUE);
  g_string_free (two.log, TRUE);
}

static void
test_records_damaged (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  store_open_collection (f, C, 1, indexes, NULL);
  g_assert_true (store_apply (f, NULL, store_make_record (C, "a", 0, "x", "k"), NULL));
  store_exec (f, "UPDATE record SET value = x'ffffff'");
  g_assert_null (store_get (f, C, "a", &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "damaged"));
}

int
main (int argc, char **argv)
{
  store_init (&argc, &argv);
#define ADD(name, func)                                                                            \
  g_test_add ("/sqlite-store/records/" name, StoreFixture, NULL, store_fixture_set_up, func,       \
              store_fixture_tear_down)
  ADD ("revisions", test_records_revisions);
  ADD ("batch", test_records_batch);
  ADD ("together", test_records_together);
  ADD ("list", test_records_list);
  ADD ("versions", test_records_versions);
  ADD ("refused", test_records_refused);
  ADD ("watch", test_records_watch);
  ADD ("damaged", test_records_damaged);
#undef ADD
  return g_test_run ();
}
