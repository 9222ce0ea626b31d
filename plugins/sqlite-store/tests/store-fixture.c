/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the tests of the store have in common. */

#include "config.h"

#include "store-fixture.h"

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Those of the settings' table. */
const gint64 store_retention[REEVE_SQLITE_STORE_N_TIERS] = {
  G_GINT64_CONSTANT (7) * 24 * 3600 * 1000,
  G_GINT64_CONSTANT (90) * 24 * 3600 * 1000,
  G_GINT64_CONSTANT (730) * 24 * 3600 * 1000,
  G_GINT64_CONSTANT (730) * 24 * 3600 * 1000,
};

/* of char *; GLib's writer function is for the whole process */
static GPtrArray *store_warnings;

static GLogWriterOutput
store_log_writer (GLogLevelFlags level, const GLogField *fields, gsize n_fields,
                  G_GNUC_UNUSED gpointer user_data)
{
  if ((level & G_LOG_LEVEL_WARNING) == 0)
    return g_log_writer_default (level, fields, n_fields, NULL);
  for (gsize i = 0; i < n_fields; i++)
    if (strcmp (fields[i].key, "MESSAGE") == 0)
      g_ptr_array_add (store_warnings, g_strdup (fields[i].value));
  return G_LOG_WRITER_HANDLED;
}

void
store_init (int *argc, char ***argv)
{
  store_warnings = g_ptr_array_new_with_free_func (g_free);
  g_test_init (argc, argv, NULL);
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
  g_log_set_writer_func (store_log_writer, NULL, NULL);
}

void
store_take_warning (const char *pattern)
{
  g_assert_cmpuint (store_warnings->len, >, 0);
  g_test_message ("%s", (const char *) g_ptr_array_index (store_warnings, 0));
  g_assert_true (g_pattern_match_simple (pattern, g_ptr_array_index (store_warnings, 0)));
  g_ptr_array_remove_index (store_warnings, 0);
}

void
store_drop_warnings (void)
{
  for (guint i = 0; i < store_warnings->len; i++)
    g_test_message ("also: %s", (const char *) g_ptr_array_index (store_warnings, i));
  g_ptr_array_set_size (store_warnings, 0);
}

void
store_fixture_open (StoreFixture *f)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  reeve_sqlite_store_core_open_async (f->context, f->path, 1 << 20, reeve_mock_result_cb, &result);
  f->core = reeve_sqlite_store_core_open_finish (reeve_mock_host_wait (f->host, &result), &error);
  g_assert_no_error (error);
  f->records = REEVE_RECORDS (reeve_sqlite_store_records_new (f->core));
  f->history = REEVE_HISTORY (reeve_sqlite_store_history_new (f->core, store_retention));
}

void
store_fixture_close (StoreFixture *f)
{
  g_autoptr (GAsyncResult) result = NULL;
  ReeveOwnerUsage usage;

  reeve_sqlite_store_history_stop (REEVE_SQLITE_STORE_HISTORY (f->history));
  reeve_sqlite_store_core_close_async (g_steal_pointer (&f->core), reeve_mock_result_cb, &result);
  reeve_sqlite_store_core_close_finish (reeve_mock_host_wait (f->host, &result));
  g_assert_finalize_object (g_steal_pointer (&f->history));
  g_assert_finalize_object (g_steal_pointer (&f->records));
  reeve_owner_get_usage (reeve_context_get_owner (f->context), &usage);
  g_assert_cmpuint (usage.timers, ==, 0);
  g_assert_cmpuint (usage.workers, ==, 0);
}

void
store_fixture_set_up (StoreFixture *f, gconstpointer path)
{
  f->host = reeve_mock_host_new ("hub", TRUE);
  f->context = reeve_mock_host_get_context (f->host);
  f->path = path != NULL ? g_strdup (path)
                         : g_build_filename (reeve_mock_host_get_state_dir (f->host), "x.db", NULL);
  store_fixture_open (f);
}

void
store_fixture_tear_down (StoreFixture *f, G_GNUC_UNUSED gconstpointer path)
{
  if (f->core != NULL)
    store_fixture_close (f);
  store_assert_whole (f->path);
  while (store_warnings->len > 0)
    store_take_warning ("no warning");
  g_free (f->path);
  reeve_mock_host_free (f->host);
}

void
store_turn_over (StoreFixture *f, gint64 at, guint n)
{
  int fd = open (f->path, O_RDWR | O_CLOEXEC);
  guint8 bytes[STORE_PAGE];

  g_assert_cmpint (pread (fd, bytes, n, at), ==, n);
  for (guint i = 0; i < n; i++)
    bytes[i] = (guint8) ~bytes[i];
  g_assert_cmpint (pwrite (fd, bytes, n, at), ==, n);
  close (fd);
}

/* ---- samples ---- */

ReeveSample *
store_make_sample (gint64 time, double usage)
{
  ReeveSample *sample = reeve_sample_new (reeve_schema_get_standard ());

  reeve_sample_set_time (sample, time);
  reeve_sample_set_rates (sample, TRUE);
  reeve_sample_add (sample, REEVE_KIND_HOST, NULL);
  reeve_sample_set_text (sample, REEVE_HOST_HOSTNAME, "a");
  reeve_sample_add (sample, REEVE_KIND_CPU, NULL);
  reeve_sample_set_number (sample, REEVE_CPU_TIME, 1e9);
  reeve_sample_set_number (sample, REEVE_CPU_USAGE, usage);
  reeve_sample_add (sample, REEVE_KIND_SYSTEM, NULL);
  reeve_sample_set_number (sample, REEVE_SYSTEM_UPTIME, usage * 1000);
  reeve_sample_set_number (sample, REEVE_SYSTEM_TEMPERATURE, usage * 100);
  return sample;
}

static void
store_add_rows (ReeveSample *sample, guint kind, const char *const *instances, guint n_metrics,
                double base)
{
  for (guint i = 0; instances[i] != NULL; i++)
    {
      reeve_sample_add (sample, kind, instances[i][0] != '\0' ? instances[i] : NULL);
      for (guint metric = 0; metric < n_metrics; metric++)
        reeve_sample_set_number (sample, metric, base * (i + 1) + metric);
    }
}

/* Rates at full precision, sizes in whole bytes, ratios and temperatures as sensors give them. */
ReeveSample *
store_make_typical (gint64 time, guint seed)
{
  static const char *const nics[] = { "eth0", "eth1", NULL };
  static const char *const network[] = { "", NULL };
  static const char *const sensors[] = { "cpu", "board", "nvme", NULL };
  static const char *const cores[] = { "0", "1", "2", "3", NULL };
  static const char *const disks[] = { "/", NULL };
  ReeveSample *sample = store_make_sample (time, (seed % 1000) / 1000.0 / 3);
  double third = (seed % 977) / 3.0;

  reeve_sample_select (sample, reeve_sample_find_row (sample, REEVE_KIND_CPU, NULL));
  for (guint metric = REEVE_CPU_USER; metric < REEVE_N_CPU; metric++)
    reeve_sample_set_number (sample, metric, third / 1000 + metric / 7.0);
  reeve_sample_add (sample, REEVE_KIND_MEMORY, NULL);
  reeve_sample_set_number (sample, REEVE_MEMORY_TOTAL, 8.0 * (1 << 30));
  reeve_sample_set_number (sample, REEVE_MEMORY_USED, 4096.0 * (seed + 500000));
  reeve_sample_set_number (sample, REEVE_MEMORY_USAGE, 4096.0 * (seed + 500000) / 8 / (1 << 30));
  reeve_sample_set_number (sample, REEVE_MEMORY_CACHE, 4096.0 * (seed + 90000));
  reeve_sample_add (sample, REEVE_KIND_SWAP, NULL);
  reeve_sample_set_number (sample, REEVE_SWAP_TOTAL, 2.0 * (1 << 30));
  reeve_sample_set_number (sample, REEVE_SWAP_USED, 0);
  reeve_sample_add (sample, REEVE_KIND_LOAD, NULL);
  for (guint metric = 0; metric < REEVE_N_LOAD; metric++)
    reeve_sample_set_number (sample, metric, ((seed * 7 + metric * 13) % 400) / 100.0);
  store_add_rows (sample, REEVE_KIND_FILESYSTEM, disks, 7, third * 4096);
  store_add_rows (sample, REEVE_KIND_NETWORK, network, 2, third * 100);
  store_add_rows (sample, REEVE_KIND_NIC, nics, 2, third * 100);
  for (guint i = 0; sensors[i] != NULL; i++)
    {
      reeve_sample_add (sample, REEVE_KIND_SENSOR, sensors[i]);
      reeve_sample_set_number (sample, REEVE_SENSOR_TEMPERATURE, 35 + (seed + i) % 100 / 10.0);
    }
  for (guint i = 0; cores[i] != NULL; i++)
    {
      reeve_sample_add (sample, REEVE_KIND_CORE, cores[i]);
      reeve_sample_set_number (sample, REEVE_CORE_USAGE, third / 400 + i / 9.0);
    }
  return sample;
}

/* ---- history ---- */

GAsyncResult *
store_wait (StoreFixture *f, GAsyncResult **place)
{
  for (guint i = 0; i < 20000 && *place == NULL; i++)
    {
      reeve_mock_host_advance (f->host, 100);
      if (*place == NULL)
        g_usleep (500);
    }
  g_assert_nonnull (*place);
  return *place;
}

void
store_append (StoreFixture *f, const char *system, gint64 time, double usage)
{
  g_autoptr (ReeveSample) sample = store_make_sample (time, usage);
  ReeveHistoryEntry entry = { system, sample };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  reeve_history_append_async (f->history, &entry, 1, NULL, reeve_mock_result_cb, &result);
  reeve_history_append_finish (f->history, store_wait (f, &result), &error);
  g_assert_no_error (error);
}

guint
store_forget (StoreFixture *f, const char *system)
{
  guint64 all = 0, gone = 0, left = 1;
  guint n = 0;

  while (left > 0)
    {
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (GError) error = NULL;
      guint64 deleted;

      reeve_history_forget_async (f->history, system, NULL, reeve_mock_result_cb, &result);
      reeve_history_forget_finish (f->history, store_wait (f, &result), &deleted, &left, &error);
      g_assert_no_error (error);
      gone += deleted;
      all = n++ == 0 ? gone + left : all;
      g_assert_cmpuint (gone + left, ==, all);
      g_assert_cmpuint (deleted > 0, ==, all > 0);
    }
  return n;
}

/* Who wants no least and greatest values is told the same of all others. */
static void
store_check_values (const ReeveHistoryRange *values, const ReeveHistoryRange *range)
{
  const gsize size = range->n_times * sizeof (double);

  g_assert_cmpint (values->step, ==, range->step);
  g_assert_cmpmem (values->times, values->n_times * sizeof (gint64), range->times,
                   range->n_times * sizeof (gint64));
  g_assert_cmpuint (values->columns->len, ==, range->columns->len);
  for (guint i = 0; i < range->columns->len; i++)
    {
      const ReeveHistoryColumn *one = g_ptr_array_index (values->columns, i);
      const ReeveHistoryColumn *other = g_ptr_array_index (range->columns, i);

      g_assert_cmpstr (one->kind, ==, other->kind);
      g_assert_cmpstr (one->instance, ==, other->instance);
      g_assert_cmpstr (one->metric, ==, other->metric);
      g_assert_cmpmem (one->values, size, other->values, size);
      g_assert_null (one->least);
      g_assert_null (one->most);
    }
}

ReeveHistoryRange *
store_range_once (StoreFixture *f, const char *system, gint64 from, gint64 to, guint points,
                  gboolean spread)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  ReeveHistoryRange *range;

  if (spread)
    reeve_history_range_async (f->history, system, NULL, from, to, points, NULL,
                               reeve_mock_result_cb, &result);
  else
    reeve_history_range_values_async (f->history, system, NULL, from, to, points, NULL,
                                      reeve_mock_result_cb, &result);
  range = reeve_history_range_finish (f->history, reeve_mock_host_wait (f->host, &result), &error);
  g_assert_no_error (error);
  return range;
}

ReeveHistoryRange *
store_range (StoreFixture *f, const char *system, gint64 from, gint64 to, guint points)
{
  ReeveHistoryRange *range = store_range_once (f, system, from, to, points, TRUE);
  g_autoptr (ReeveHistoryRange) values = store_range_once (f, system, from, to, points, FALSE);

  store_check_values (values, range);
  return range;
}

ReeveHistoryColumn *
store_find_column (ReeveHistoryRange *range, const char *kind, const char *instance,
                   const char *metric)
{
  for (guint i = 0; i < range->columns->len; i++)
    {
      ReeveHistoryColumn *column = g_ptr_array_index (range->columns, i);

      if (strcmp (column->kind, kind) == 0 && strcmp (column->instance, instance) == 0 &&
          strcmp (column->metric, metric) == 0)
        return column;
    }
  return NULL;
}

static gint64
store_query (const char *path, const char *sql)
{
  sqlite3 *handle = NULL;
  sqlite3_stmt *statement = NULL;
  gint64 number = -1;

  g_assert_cmpint (sqlite3_open_v2 (path, &handle, SQLITE_OPEN_READWRITE, NULL), ==, SQLITE_OK);
  sqlite3_busy_timeout (handle, 5000);
  g_assert_cmpint (sqlite3_prepare_v2 (handle, sql, -1, &statement, NULL), ==, SQLITE_OK);
  if (sqlite3_step (statement) == SQLITE_ROW)
    number = sqlite3_column_int64 (statement, 0);
  sqlite3_finalize (statement);
  g_assert_cmpint (sqlite3_close (handle), ==, SQLITE_OK);
  return number;
}

gint64
store_count (StoreFixture *f, const char *sql)
{
  return store_query (f->path, sql);
}

void
store_exec (StoreFixture *f, const char *sql)
{
  sqlite3 *handle = NULL;

  g_assert_cmpint (sqlite3_open_v2 (f->path, &handle, SQLITE_OPEN_READWRITE, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (handle, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_close (handle), ==, SQLITE_OK);
}

void
store_assert_whole (const char *path)
{
  g_assert_cmpint (store_query (path, "SELECT count (*) FROM pragma_integrity_check"
                                      " WHERE integrity_check = 'ok'"),
                   ==, 1);
  g_assert_cmpint (store_query (path, "SELECT count (*) FROM pragma_foreign_key_check"), ==, 0);
}

/* ---- records ---- */

void
store_open_collection (StoreFixture *f, const char *name, guint version, const char *const *indexes,
                       GError **error)
{
  const ReeveCollection collection = { name, version, indexes };
  g_autoptr (GAsyncResult) result = NULL;

  reeve_records_open_async (f->records, &collection, NULL, reeve_mock_result_cb, &result);
  reeve_records_open_finish (f->records, reeve_mock_host_wait (f->host, &result), error);
}

ReeveRecord *
store_make_record (const char *collection, const char *id, gint64 revision, const char *text,
                   const char *key)
{
  const char *keys[] = { key, NULL };
  GVariantDict dict;

  if (text == NULL)
    return reeve_record_new (collection, id, revision, NULL, NULL);
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "text", "s", text);
  return reeve_record_new (collection, id, revision, g_variant_dict_end (&dict), keys);
}

gboolean
store_apply (StoreFixture *f, GError **error, ...)
{
  g_autoptr (GPtrArray) changes =
      g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_record_unref);
  g_autoptr (GAsyncResult) result = NULL;
  ReeveRecord *record;
  va_list args;

  va_start (args, error);
  while ((record = va_arg (args, ReeveRecord *)) != NULL)
    g_ptr_array_add (changes, record);
  va_end (args);
  reeve_records_apply_async (f->records, changes, NULL, reeve_mock_result_cb, &result);
  return reeve_records_apply_finish (f->records, reeve_mock_host_wait (f->host, &result), error);
}

ReeveRecord *
store_get (StoreFixture *f, const char *collection, const char *id, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  reeve_records_get_async (f->records, collection, id, NULL, reeve_mock_result_cb, &result);
  return reeve_records_get_finish (f->records, reeve_mock_host_wait (f->host, &result), error);
}

GPtrArray *
store_list (StoreFixture *f, const char *collection, const char *index, const char *value,
            const char *cursor, guint limit)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GPtrArray *records;

  reeve_records_list_async (f->records, collection, index, value, cursor, limit, NULL,
                            reeve_mock_result_cb, &result);
  records = reeve_records_list_finish (f->records, reeve_mock_host_wait (f->host, &result), &error);
  g_assert_no_error (error);
  return records;
}

const char *
store_record_text (ReeveRecord *record)
{
  const char *text = NULL;

  g_variant_lookup (reeve_record_get_value (record), "text", "&s", &text);
  return text;
}

/* ---- a child that is killed ---- */

ReeveSqliteStoreCore *
store_open_in_child (const char *path, ReeveContext **ret_context)
{
  g_autoptr (ReeveClock) clock = reeve_clock_new_system ();
  ReeveRuntime *runtime = reeve_runtime_new ("hub", clock);
  g_autoptr (GAsyncResult) opened = NULL;

  prctl (PR_SET_PDEATHSIG, SIGKILL);
  *ret_context = reeve_context_new (runtime, "child", NULL, NULL);
  reeve_engine_attach (reeve_runtime_get_engine (runtime), NULL);
  reeve_sqlite_store_core_open_async (*ret_context, path, 1 << 20, reeve_mock_result_cb, &opened);
  while (opened == NULL)
    g_main_context_iteration (NULL, TRUE);
  return reeve_sqlite_store_core_open_finish (opened, NULL);
}

gint64
store_kill_child (const char *const *argv, guint lines, guint ms)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  gint64 last;
  char line[64] = "";
  FILE *output;
  GPid pid;
  int fd;

  g_ptr_array_add (all, (gpointer) "/proc/self/exe");
  for (guint i = 0; argv[i] != NULL; i++)
    g_ptr_array_add (all, (gpointer) argv[i]);
  g_ptr_array_add (all, NULL);
  g_spawn_async_with_pipes (NULL, (char **) all->pdata, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
                            &pid, NULL, &fd, NULL, &error);
  g_assert_no_error (error);
  output = fdopen (fd, "r");
  for (guint i = 0; i < lines; i++)
    g_assert_nonnull (fgets (line, sizeof line, output));
  last = g_ascii_strtoll (line, NULL, 10);
  g_usleep ((gulong) g_test_rand_int_range (0, (gint) ms * 1000));
  g_assert_cmpint (kill (pid, SIGKILL), ==, 0);
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
  while (fgets (line, sizeof line, output) != NULL)
    if (strchr (line, '\n') != NULL)
      last = g_ascii_strtoll (line, NULL, 10);
  fclose (output);
  return last;
}
