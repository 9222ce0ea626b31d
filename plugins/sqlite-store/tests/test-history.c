/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* History through its interface: commits, rows, columns, steps, changes of meaning, old rows. */

#include "config.h"

#include "store-fixture.h"
#include "../reeve-sqlite-store-history-private.h"

#include <math.h>
#include <string.h>

static void
assert_values (ReeveHistoryRange *range, const char *kind, const char *metric, guint n,
               const double *values)
{
  ReeveHistoryColumn *column = store_find_column (range, kind, "", metric);

  g_assert_nonnull (column);
  g_assert_cmpuint (range->n_times, ==, n);
  for (guint i = 0; i < n; i++)
    if (isnan (values[i]))
      g_assert_true (isnan (column->values[i]));
    else
      g_assert_cmpfloat_with_epsilon (column->values[i], values[i], 1e-12);
}

static void
test_history_rows (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (ReeveHistoryRange) range = NULL;
  g_autoptr (ReeveHistoryRange) none = NULL;

  store_append (f, STORE_SYSTEM, STORE_START + 5 * G_USEC_PER_SEC, 0.25);
  store_append (f, STORE_SYSTEM, STORE_START + STORE_MINUTE + 5 * G_USEC_PER_SEC, 0.5);
  /* the last of a minute stays, whole */
  store_append (f, STORE_SYSTEM, STORE_START + STORE_MINUTE + 15 * G_USEC_PER_SEC, 0.75);
  /* a gap of one minute, and another system */
  store_append (f, STORE_SYSTEM, STORE_START + 3 * STORE_MINUTE, 1);
  store_append (f, STORE_OTHER, STORE_START, 0.125);

  range = store_range (f, STORE_SYSTEM, STORE_START, STORE_START + 10 * STORE_MINUTE, 100);
  g_assert_cmpint (range->step, ==, STORE_MINUTE);
  g_assert_cmpint (range->from, ==, STORE_START);
  g_assert_cmpuint (range->columns->len, ==, 3);
  assert_values (range, "cpu", "usage", 3, (double[]){ 0.25, 0.75, 1 });
  assert_values (range, "system", "uptime", 3, (double[]){ 250, 750, 1000 });
  g_assert_cmpint (range->times[0], ==, STORE_START);
  g_assert_cmpint (range->times[1], ==, STORE_START + STORE_MINUTE);
  g_assert_cmpint (range->times[2], ==, STORE_START + 3 * STORE_MINUTE);
  none = store_range (f, STORE_SYSTEM, STORE_START + 4 * STORE_MINUTE,
                      STORE_START + 9 * STORE_MINUTE, 100);
  g_assert_cmpuint (none->n_times, ==, 0);
  g_assert_cmpuint (none->columns->len, ==, 0);
  /* no kind, instance or metric's name stands in a row */
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM sample"), ==, 4);
  g_assert_cmpint (store_count (f, "SELECT max (length (body)) FROM sample"), <, 32);
}

static void
test_history_kinds (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  static const char *const kinds[] = { "system", "no-such", NULL };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GAsyncResult) listing = NULL;
  g_autoptr (ReeveHistoryRange) range = NULL;
  g_autoptr (GVariant) catalogue = NULL;
  g_autofree char *text = NULL;

  store_append (f, STORE_SYSTEM, STORE_START, 0.25);
  reeve_history_range_async (f->history, STORE_SYSTEM, kinds, 0, G_MAXINT64, 10, NULL,
                             reeve_mock_result_cb, &result);
  range = reeve_history_range_finish (f->history, reeve_mock_host_wait (f->host, &result), NULL);
  g_assert_cmpuint (range->columns->len, ==, 2);
  reeve_history_catalogue_async (f->history, STORE_SYSTEM, NULL, reeve_mock_result_cb, &listing);
  catalogue =
      reeve_history_catalogue_finish (f->history, reeve_mock_host_wait (f->host, &listing), NULL);
  text = g_variant_print (catalogue, FALSE);
  g_test_message ("%s", text);
  g_assert_nonnull (strstr (text, "('cpu', '', 'usage')"));
  g_assert_nonnull (strstr (text, "('system', '', 'uptime')"));
  /* facts, texts and what only divides others */
  g_assert_null (strstr (text, "host"));
  g_assert_null (strstr (text, "'time'"));
  /* never had a value */
  g_assert_null (strstr (text, "'idle'"));
  g_assert_cmpuint (g_variant_n_children (catalogue), ==, 3);
}

static void
test_history_steps (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  const gint64 first = STORE_START / STORE_MINUTE / 12 * 12 * STORE_MINUTE;
  g_autoptr (ReeveHistoryRange) range = NULL;
  g_autoptr (ReeveHistoryRange) one = NULL;
  g_autoptr (ReeveHistoryRange) later = NULL;

  for (guint i = 0; i < 12; i++)
    if (i < 4 || i > 7)
      store_append (f, STORE_SYSTEM, first + i * STORE_MINUTE, i / 16.0);
  range = store_range (f, STORE_SYSTEM, first, first + 11 * STORE_MINUTE, 3);
  g_assert_cmpint (range->step, ==, 4 * STORE_MINUTE);
  /* average, last, maximum; the empty step is not there */
  assert_values (range, "cpu", "usage", 2, (double[]){ 1.5 / 16, 9.5 / 16 });
  assert_values (range, "system", "uptime", 2, (double[]){ 3000 / 16.0, 11000 / 16.0 });
  assert_values (range, "system", "temperature", 2, (double[]){ 300 / 16.0, 1100 / 16.0 });
  g_assert_cmpint (range->times[1], ==, first + 8 * STORE_MINUTE);
  one = store_range (f, STORE_SYSTEM, 0, G_MAXINT64, 1);
  g_assert_cmpuint (one->n_times, ==, 1);
  assert_values (one, "system", "uptime", 1, (double[]){ 11000 / 16.0 });
  /* the same steps a minute later */
  later = store_range (f, STORE_SYSTEM, first + STORE_MINUTE, first + 12 * STORE_MINUTE, 3);
  g_assert_cmpint (later->times[0], ==, range->times[0]);
  assert_values (later, "cpu", "usage", 2, (double[]){ 1.5 / 16, 9.5 / 16 });
  for (guint points = 1; points < 15; points++)
    {
      g_autoptr (ReeveHistoryRange) any = store_range (f, STORE_SYSTEM, 0, G_MAXINT64, points);

      g_assert_cmpuint (any->n_times, <=, points);
      g_assert_cmpuint (any->n_times, >=, 1);
    }
}

/* At most REEVE_HISTORY_COMMIT_MS, and nothing before the group's time. */
static void
test_history_group (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  GAsyncResult *results[3] = { NULL };

  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    {
      g_autoptr (ReeveSample) sample = store_make_sample (STORE_START + i * STORE_MINUTE, i);
      ReeveHistoryEntry entry = { STORE_SYSTEM, sample };

      reeve_history_append_async (f->history, &entry, 1, NULL, reeve_mock_result_cb, &results[i]);
      reeve_mock_host_advance (f->host, 200);
    }
  g_assert_null (results[0]);
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM sample"), ==, 0);
  reeve_mock_host_advance (f->host, REEVE_SQLITE_STORE_GROUP_MS - 600);
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    {
      g_assert_true (reeve_history_append_finish (f->history,
                                                  reeve_mock_host_wait (f->host, &results[i]),
                                                  NULL));
      g_object_unref (results[i]);
    }
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM sample"), ==, 3);
}

/* What the store says of itself: what waits, and how long a commit took. */
static void
test_history_figures (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  ReeveHistoryEntry entries[3];
  ReeveHistoryFigures figures;
  g_autoptr (GAsyncResult) result = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (entries); i++)
    entries[i] =
        (ReeveHistoryEntry){ STORE_SYSTEM, store_make_sample (STORE_START + i * STORE_MINUTE, i) };
  reeve_history_append_async (f->history, entries, G_N_ELEMENTS (entries), NULL,
                              reeve_mock_result_cb, &result);
  g_assert_true (reeve_history_get_figures (f->history, &figures));
  g_assert_cmpuint (figures.samples_waiting, ==, 3);
  g_assert_cmpuint (figures.changes_waiting, ==, 0);
  g_assert_cmpfloat (figures.seconds, ==, 0);
  reeve_sqlite_store_writer_flush (reeve_sqlite_store_core_get_writer (f->core));
  /* its end is heard later */
  reeve_clock_advance (reeve_context_get_clock (f->context), 300 * 1000);
  g_assert_true (
      reeve_history_append_finish (f->history, reeve_mock_host_wait (f->host, &result), NULL));
  g_assert_true (reeve_history_get_figures (f->history, &figures));
  g_assert_cmpuint (figures.samples_waiting, ==, 0);
  g_assert_cmpuint (figures.failed, ==, 0);
  g_assert_cmpfloat_with_epsilon (figures.seconds, 0.3, 1e-9);
  for (guint i = 0; i <= REEVE_HISTORY_N_COMMIT_BOUNDS; i++)
    {
      gboolean here = i < REEVE_HISTORY_N_COMMIT_BOUNDS && i > 0 &&
                      reeve_history_commit_bounds[i - 1] < 0.3 &&
                      reeve_history_commit_bounds[i] >= 0.3;

      g_assert_cmpuint (figures.commits[i], ==, here ? 1 : 0);
    }
  for (guint i = 0; i < G_N_ELEMENTS (entries); i++)
    reeve_sample_unref (entries[i].sample);
}

/* A change of records takes along what waits; so does the end. */
static void
test_history_joined (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GAsyncResult) first = NULL;
  g_autoptr (GAsyncResult) second = NULL;
  g_autoptr (ReeveSample) one = store_make_sample (STORE_START, 1);
  g_autoptr (ReeveSample) two = store_make_sample (STORE_START + STORE_MINUTE, 2);

  reeve_history_append_async (f->history, &(ReeveHistoryEntry){ STORE_SYSTEM, one }, 1, NULL,
                              reeve_mock_result_cb, &first);
  store_open_collection (f, "test.things", 1, NULL, NULL);
  g_assert_true (
      reeve_history_append_finish (f->history, reeve_mock_host_wait (f->host, &first), NULL));
  reeve_history_append_async (f->history, &(ReeveHistoryEntry){ STORE_SYSTEM, two }, 1, NULL,
                              reeve_mock_result_cb, &second);
  reeve_mock_host_settle (f->host);
  reeve_sqlite_store_writer_flush (reeve_sqlite_store_core_get_writer (f->core));
  g_assert_true (
      reeve_history_append_finish (f->history, reeve_mock_host_wait (f->host, &second), NULL));
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM sample"), ==, 2);
}

/* A cancelled append is written at once, not dropped: what is asked last before a stop is kept. */
static void
test_history_cancelled (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (ReeveSample) sample = store_make_sample (STORE_START, 1);
  g_autoptr (GError) error = NULL;

  reeve_history_append_async (f->history, &(ReeveHistoryEntry){ STORE_SYSTEM, sample }, 1,
                              cancellable, reeve_mock_result_cb, &result);
  g_cancellable_cancel (cancellable);
  g_assert_false (
      reeve_history_append_finish (f->history, reeve_mock_host_wait (f->host, &result), &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_CANCELLED);
  g_clear_object (&result);
  store_fixture_close (f);
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM sample"), ==, 1);
}

/* Two samples near the turn of a minute, none in the next: no hole. */
static void
test_history_turn (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  static const int jitter[] = { 20, -15, 30, -5, 40, -30, 2, -1 }; /* ms around the turn */
  g_autoptr (ReeveHistoryRange) range = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (jitter); i++)
    store_append (f, STORE_SYSTEM, STORE_START + (i + 1) * STORE_MINUTE + jitter[i] * 1000, i + 1);
  range = store_range (f, STORE_SYSTEM, 0, G_MAXINT64, 100);
  g_assert_cmpuint (range->n_times, ==, G_N_ELEMENTS (jitter));
  for (guint i = 0; i < range->n_times; i++)
    g_assert_cmpint (range->times[i], ==, STORE_START + (i + 1) * STORE_MINUTE);
}

static const ReeveMetric old_metrics[] = {
  { "size", "Size", REEVE_METRIC_NUMBER, REEVE_UNIT_BYTES, REEVE_AGGREGATION_LAST },
  { "heat", "Heat", REEVE_METRIC_NUMBER, REEVE_UNIT_CELSIUS, REEVE_AGGREGATION_AVERAGE },
};
static const ReeveMetric new_metrics[] = {
  { "note", "Note", REEVE_METRIC_TEXT, REEVE_UNIT_NONE, REEVE_AGGREGATION_LAST },
  { "heat", "Heat", REEVE_METRIC_NUMBER, REEVE_UNIT_RATIO, REEVE_AGGREGATION_AVERAGE },
  { "size", "Size", REEVE_METRIC_NUMBER, REEVE_UNIT_BYTES, REEVE_AGGREGATION_LAST },
};
static const ReeveKind old_kind = { "x.thing", "Thing", "", TRUE, FALSE, 2, old_metrics };
static const ReeveKind new_kind = { "x.thing", "Thing", "", TRUE, FALSE, 3, new_metrics };

static void
append_thing (StoreFixture *f, const ReeveKind *kind, gint64 time, double size, double heat)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ReeveSchema) schema = reeve_schema_new (&kind, 1, &error);
  g_autoptr (ReeveSample) sample = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  guint index;

  g_assert_no_error (error);
  sample = reeve_sample_new (schema);
  reeve_sample_set_time (sample, time);
  reeve_schema_find_kind (schema, "x.thing", &index);
  reeve_sample_add (sample, index, "a");
  reeve_sample_set_number (sample, (guint) reeve_kind_find_metric (kind, "size"), size);
  reeve_sample_set_number (sample, (guint) reeve_kind_find_metric (kind, "heat"), heat);
  reeve_history_append_async (f->history, &(ReeveHistoryEntry){ STORE_SYSTEM, sample }, 1, NULL,
                              reeve_mock_result_cb, &result);
  reeve_history_append_finish (f->history, store_wait (f, &result), &error);
  g_assert_no_error (error);
}

/* What kept its meaning goes on in its column, what changed it begins a new one. */
static void
test_history_meaning (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (ReeveHistoryRange) range = NULL;
  ReeveHistoryColumn *size, *heat;

  append_thing (f, &old_kind, STORE_START, 10, 50);
  append_thing (f, &new_kind, STORE_START + STORE_MINUTE, 20, 0.5);
  range = store_range (f, STORE_SYSTEM, 0, G_MAXINT64, 10);
  g_assert_cmpuint (range->columns->len, ==, 2);
  size = store_find_column (range, "x.thing", "a", "size");
  heat = store_find_column (range, "x.thing", "a", "heat");
  g_assert_cmpfloat (size->values[0], ==, 10);
  g_assert_cmpfloat (size->values[1], ==, 20);
  g_assert_true (isnan (heat->values[0]));
  g_assert_cmpfloat (heat->values[1], ==, 0.5);
}

static void
test_history_refused (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  static const char *const bad[] = { "", "0123", "0123456789ABCDEF", "0123456789abcdef0", "x" };
  g_autoptr (ReeveSample) timeless = store_make_sample (0, 1);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GAsyncResult) result = NULL;

      reeve_history_range_async (f->history, bad[i], NULL, 0, 1, 1, NULL, reeve_mock_result_cb,
                                 &result);
      g_assert_null (
          reeve_history_range_finish (f->history, reeve_mock_host_wait (f->host, &result), &error));
      g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
      g_clear_error (&error);
    }
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GAsyncResult) result = NULL;
      g_autofree ReeveHistoryEntry *entries =
          g_new0 (ReeveHistoryEntry, REEVE_HISTORY_MAX_BATCH + 1);

      for (guint j = 0; j <= REEVE_HISTORY_MAX_BATCH; j++)
        entries[j] = (ReeveHistoryEntry){ STORE_SYSTEM, timeless };
      reeve_history_append_async (f->history, entries, i == 0 ? 1 : REEVE_HISTORY_MAX_BATCH + 1,
                                  NULL, reeve_mock_result_cb, &result);
      g_assert_false (reeve_history_append_finish (f->history,
                                                   reeve_mock_host_wait (f->host, &result),
                                                   &error));
      g_assert_error (error, REEVE_ERROR, (i == 0 ? REEVE_ERROR_INVALID : (int) REEVE_ERROR_LIMIT));
      g_clear_error (&error);
    }
}

/* @n sensors in each of two minutes. */
static void
append_sensors (StoreFixture *f, const char *system, guint n)
{
  for (guint round = 0; round < 2; round++)
    {
      g_autoptr (ReeveSample) sample = store_make_sample (STORE_START + round * STORE_MINUTE, 0.5);
      g_autoptr (GAsyncResult) result = NULL;

      for (guint i = 0; i < n; i++)
        {
          g_autofree char *name = g_strdup_printf ("sensor%u", i);

          reeve_sample_add (sample, REEVE_KIND_SENSOR, name);
          reeve_sample_set_number (sample, REEVE_SENSOR_TEMPERATURE, i / 10.0);
        }
      reeve_history_append_async (f->history, &(ReeveHistoryEntry){ system, sample }, 1, NULL,
                                  reeve_mock_result_cb, &result);
      g_assert_true (reeve_history_append_finish (f->history, store_wait (f, &result), NULL));
    }
}

static guint
count_events (StoreFixture *f, const char *object)
{
  guint64 lost;
  g_autoptr (GPtrArray) events = reeve_context_read_events (f->context, 0, &lost);
  guint n = 0;

  for (guint i = 0; i < events->len; i++)
    n += strcmp (reeve_event_get_category (g_ptr_array_index (events, i)), "store") == 0 &&
                 strcmp (reeve_event_get_subject (g_ptr_array_index (events, i)), object) == 0
             ? 1
             : 0;
  return n;
}

/* More names than a system may have: those beyond are left out and it is said once. */
static void
test_history_series_limit (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  const ReeveSqliteStoreLimits limits = { 5000, 256 };

  reeve_sqlite_store_history_set_limits (REEVE_SQLITE_STORE_HISTORY (f->history), &limits);
  append_sensors (f, STORE_SYSTEM, 5000);
  store_take_warning ("*more than 4096 series*");
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM series"), ==, 4096);
  g_assert_cmpuint (count_events (f, STORE_SYSTEM), ==, 1);
}

/* One kind with too many instances costs no other kind and no other system anything. */
static void
test_history_limits (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  const ReeveSqliteStoreLimits limits = { 1024, 2 };
  g_autoptr (ReeveHistoryRange) range = NULL;

  append_sensors (f, STORE_SYSTEM, 2000);
  store_take_warning ("*" STORE_SYSTEM "*more than 1024 instances of sensor*");
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM series JOIN shape ON shape.id ="
                                   " series.shape WHERE kind = 'sensor'"),
                   ==, 1024);
  g_assert_cmpuint (count_events (f, STORE_SYSTEM), ==, 1);
  append_sensors (f, STORE_OTHER, 1024);
  g_assert_cmpuint (count_events (f, STORE_OTHER), ==, 0);
  /* a restart counts what is there, and says it again */
  store_fixture_close (f);
  store_fixture_open (f);
  append_sensors (f, STORE_SYSTEM, 2000);
  store_take_warning ("*more than 1024 instances of sensor*");
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM series"), ==, 2 * 1024 + 4);
  range = store_range (f, STORE_SYSTEM, 0, G_MAXINT64, 10);
  assert_values (range, "cpu", "usage", 2, (double[]){ 0.5, 0.5 });
  /* kinds: cpu and system are there, the next one is too many */
  reeve_sqlite_store_history_set_limits (REEVE_SQLITE_STORE_HISTORY (f->history), &limits);
  append_sensors (f, "00000000000000ff", 1);
  store_take_warning ("*00000000000000ff*more than 2 kinds, sensor is one more*");
  g_assert_cmpuint (count_events (f, "00000000000000ff"), ==, 1);
}

/* Foreign kinds @name0 to @name(n - 1) with a metric each, whose name says which version it is. */
static void
append_versions (StoreFixture *f, const char *system, gint64 time, guint n, guint version)
{
  g_autofree char *metric_name = g_strdup_printf ("m%u", version);
  const ReeveMetric metric = { metric_name, "M", REEVE_METRIC_NUMBER, REEVE_UNIT_NONE,
                               REEVE_AGGREGATION_AVERAGE };
  g_autofree ReeveKind *kinds = g_new0 (ReeveKind, n);
  g_autofree const ReeveKind **list = g_new0 (const ReeveKind *, n);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) names = NULL;
  g_autoptr (ReeveSchema) schema = NULL;
  g_autoptr (ReeveSample) sample = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("x.kind%u", i);

      g_strv_builder_add (builder, name);
    }
  names = g_strv_builder_end (builder);
  for (guint i = 0; i < n; i++)
    {
      kinds[i] = (ReeveKind){ names[i], "Kind", "", FALSE, FALSE, 1, &metric };
      list[i] = &kinds[i];
    }
  schema = reeve_schema_new (list, n, &error);
  g_assert_no_error (error);
  sample = reeve_sample_new (schema);
  reeve_sample_set_time (sample, time);
  for (guint i = 0; i < n; i++)
    {
      guint index;

      reeve_schema_find_kind (schema, names[i], &index);
      reeve_sample_add (sample, index, NULL);
      reeve_sample_set_number (sample, 0, version + 1);
    }
  reeve_history_append_async (f->history, &(ReeveHistoryEntry){ system, sample }, 1, NULL,
                              reeve_mock_result_cb, &result);
  g_assert_true (reeve_history_append_finish (f->history, store_wait (f, &result), NULL));
}

/* An agent whose kinds mean something else each minute uses up its own share of shapes and nobody
 * else's; what it had goes on, and retention gives the share back. */
static void
test_history_shapes (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  const ReeveSqliteStoreLimits limits = { 1024, 4 };
  const gint64 day = G_GINT64_CONSTANT (24) * 60 * STORE_MINUTE;
  const gint64 month[] = { 30 * day / 1000, 30 * day / 1000, 30 * day / 1000, 30 * day / 1000 };
  const gint64 begin = STORE_START - 60 * day;
  g_autoptr (ReeveHistoryRange) range = NULL;

  reeve_sqlite_store_history_set_limits (REEVE_SQLITE_STORE_HISTORY (f->history), &limits);
  for (guint i = 0; i < 5000; i++)
    append_versions (f, STORE_SYSTEM, begin + i * STORE_MINUTE, 1, i);
  store_take_warning ("*" STORE_SYSTEM "*more than 8 versions of its kinds, one of x.kind0 *");
  g_assert_cmpuint (count_events (f, STORE_SYSTEM), ==, 1);
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM shape"), ==, 8);
  /* what it has goes on */
  append_versions (f, STORE_SYSTEM, begin + day * 10, 1, 7);
  range = store_range (f, STORE_SYSTEM, begin + day * 10, begin + day * 11, 10);
  g_assert_nonnull (store_find_column (range, "x.kind0", "", "m7"));
  /* another system has what it needs, also of the same kind */
  append_versions (f, STORE_OTHER, STORE_START, 4, 6000);
  g_assert_cmpuint (count_events (f, STORE_OTHER), ==, 0);
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM shape"), ==, 12);
  /* after a restart the share is as full as before, and one in use by others is no way round it */
  store_fixture_close (f);
  store_fixture_open (f);
  reeve_sqlite_store_history_set_limits (REEVE_SQLITE_STORE_HISTORY (f->history), &limits);
  append_versions (f, STORE_SYSTEM, begin + day * 10, 1, 6000);
  store_take_warning ("*more than 8 versions of its kinds*");
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM series"), ==, 12);
  /* the blocks go, and with them what they were made of */
  reeve_sqlite_store_history_set_retention (REEVE_SQLITE_STORE_HISTORY (f->history), month);
  for (guint i = 0; i < STORE_TURNS && store_count (f, "SELECT count (*) FROM shape") > 4; i++)
    {
      reeve_sqlite_store_history_sweep (REEVE_SQLITE_STORE_HISTORY (f->history));
      reeve_mock_host_advance (f->host, 1000);
      g_usleep (1000);
    }
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM shape"), ==, 4);
  append_versions (f, STORE_SYSTEM, STORE_START, 1, 7000);
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM shape"), ==, 5);
}

/* What is refused leaves no trace: not in the file, and a hundred names of it are said once. */
static void
test_history_refused_kinds (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  const ReeveSqliteStoreLimits limits = { 1024, 3 };

  reeve_sqlite_store_history_set_limits (REEVE_SQLITE_STORE_HISTORY (f->history), &limits);
  append_versions (f, STORE_SYSTEM, STORE_START, 100, 0);
  append_versions (f, STORE_SYSTEM, STORE_START + STORE_MINUTE, 100, 0);
  store_take_warning ("*more than 3 kinds, x.kind3 is one more*");
  g_assert_cmpuint (count_events (f, STORE_SYSTEM), ==, 1);
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM shape"), ==, 3);
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM series"), ==, 3);
}

/* @n samples of the system, one a minute. */
static void
append_many (StoreFixture *f, guint n)
{
  g_autofree ReeveHistoryEntry *entries = g_new0 (ReeveHistoryEntry, n);
  g_autoptr (GAsyncResult) appended = NULL;

  for (guint i = 0; i < n; i++)
    entries[i] =
        (ReeveHistoryEntry){ STORE_SYSTEM, store_make_sample (STORE_START + i * STORE_MINUTE, i) };
  reeve_history_append_async (f->history, entries, n, NULL, reeve_mock_result_cb, &appended);
  g_assert_true (reeve_history_append_finish (f->history, store_wait (f, &appended), NULL));
  for (guint i = 0; i < n; i++)
    reeve_sample_unref (entries[i].sample);
}

/* The first 2000 of 3000. */
static void
forget_part (StoreFixture *f)
{
  g_autoptr (GAsyncResult) first = NULL;
  guint64 deleted, left;

  reeve_history_forget_async (f->history, STORE_SYSTEM, NULL, reeve_mock_result_cb, &first);
  g_assert_true (
      reeve_history_forget_finish (f->history, store_wait (f, &first), &deleted, &left, NULL));
  g_assert_cmpuint (deleted, ==, 2000);
  g_assert_cmpuint (left, ==, 1000);
}

static void
test_history_forget (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GAsyncResult) waiting = NULL;
  g_autoptr (ReeveSample) late = store_make_sample (STORE_START, 1);
  g_autoptr (ReeveHistoryRange) range = NULL;

  append_many (f, 3000);
  store_append (f, STORE_OTHER, STORE_START, 1);
  /* one that waits does not bring it back */
  reeve_history_append_async (f->history, &(ReeveHistoryEntry){ STORE_SYSTEM, late }, 1, NULL,
                              reeve_mock_result_cb, &waiting);
  /* in parts, so that others' samples come in between */
  g_assert_cmpuint (store_forget (f, STORE_SYSTEM), ==, 2);
  g_assert_true (reeve_history_append_finish (f->history, store_wait (f, &waiting), NULL));
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM sample"), ==, 1);
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM system"), ==, 1);
  range = store_range (f, STORE_SYSTEM, 0, G_MAXINT64, 10);
  g_assert_cmpuint (range->n_times, ==, 0);
  /* and it may come again */
  store_append (f, STORE_SYSTEM, STORE_START, 0.5);
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM sample"), ==, 2);
}

static gboolean
has_forgets (StoreFixture *f)
{
  return g_hash_table_size (REEVE_SQLITE_STORE_HISTORY (f->history)->forgets) > 0;
}

/* One that comes again while the old one is being forgotten keeps what is new; and whoever stops
 * asking leaves the rest to the sweep, which may give its number to another system. */
static void
test_history_forget_between (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  append_many (f, 3000);
  forget_part (f);
  for (guint i = 0; i < STORE_TURNS && store_count (f, "SELECT count (*) FROM system") > 0; i++)
    {
      reeve_sqlite_store_history_sweep (REEVE_SQLITE_STORE_HISTORY (f->history));
      reeve_mock_host_advance (f->host, 100);
      g_usleep (1000);
    }
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM system"), ==, 0);
  store_append (f, STORE_OTHER, STORE_START, 0.5);
  g_assert_true (has_forgets (f));
  g_assert_cmpuint (store_forget (f, STORE_SYSTEM), ==, 1);
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM sample"), ==, 1);
  store_append (f, STORE_SYSTEM, STORE_START, 0.5);
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM sample"), ==, 2);
}

/* Of who stops asking nothing stays in memory, either. */
static void
test_history_forget_in_part (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  append_many (f, 3000);
  forget_part (f);
  g_assert_true (has_forgets (f));
  for (guint i = 0; i < STORE_TURNS && has_forgets (f); i++)
    {
      reeve_sqlite_store_history_sweep (REEVE_SQLITE_STORE_HISTORY (f->history));
      reeve_mock_host_advance (f->host, 100);
      g_usleep (1000);
    }
  g_assert_false (has_forgets (f));
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM system"), ==, 0);
  g_assert_cmpuint (store_forget (f, STORE_SYSTEM), ==, 1);
}

/* What is older than the retention goes, at the latest a block's length later; series that nothing
 * uses too, and what a crash left of a system that was being forgotten. */
static void
test_history_sweep (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  const gint64 day = G_GINT64_CONSTANT (24) * 60 * STORE_MINUTE;
  const gint64 month[] = { 30 * day / 1000, 30 * day / 1000, 30 * day / 1000, 30 * day / 1000 };
  g_autoptr (ReeveHistoryRange) range = NULL;

  reeve_sqlite_store_history_set_retention (REEVE_SQLITE_STORE_HISTORY (f->history), month);
  append_thing (f, &old_kind, STORE_START - 60 * day, 1, 1);
  for (guint i = 0; i < 5; i++)
    store_append (f, STORE_SYSTEM, STORE_START - (42 - 4 * i) * day, i);
  store_append (f, STORE_OTHER, STORE_START - day, 1);
  store_exec (f, "UPDATE system SET name = NULL WHERE name = '" STORE_OTHER "'");
  reeve_mock_host_advance (f->host, REEVE_SQLITE_STORE_SWEEP_MS / 10);
  for (guint i = 0; i < STORE_TURNS && store_count (f, "SELECT count (*) FROM system") > 1; i++)
    {
      reeve_mock_host_advance (f->host, 100);
      g_usleep (1000);
    }
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM system"), ==, 1);
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM sample"), ==, 0);
  range = store_range (f, STORE_SYSTEM, 0, G_MAXINT64, 4000);
  g_assert_cmpuint (range->n_times, >=, 2);
  g_assert_cmpuint (range->n_times, <=, 3);
  g_assert_cmpint (range->times[0], >=, STORE_START - 37 * day);
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM shape WHERE kind = 'x.thing'"), ==, 0);
  /* the writer's cache has heard of it */
  append_thing (f, &old_kind, STORE_START, 1, 1);
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM shape WHERE kind = 'x.thing'"), ==, 1);
}

static void
test_history_again (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (ReeveHistoryRange) range = NULL;

  store_append (f, STORE_SYSTEM, STORE_START, 0.25);
  store_fixture_close (f);
  store_fixture_open (f);
  store_append (f, STORE_SYSTEM, STORE_START + STORE_MINUTE, 0.5);
  range = store_range (f, STORE_SYSTEM, 0, G_MAXINT64, 10);
  assert_values (range, "cpu", "usage", 2, (double[]){ 0.25, 0.5 });
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM series"), ==, 2);
}

int
main (int argc, char **argv)
{
  store_init (&argc, &argv);
#define ADD(name, func)                                                                            \
  g_test_add ("/sqlite-store/history/" name, StoreFixture, NULL, store_fixture_set_up, func,       \
              store_fixture_tear_down)
  ADD ("rows", test_history_rows);
  ADD ("kinds", test_history_kinds);
  ADD ("steps", test_history_steps);
  ADD ("group", test_history_group);
  ADD ("figures", test_history_figures);
  ADD ("joined", test_history_joined);
  ADD ("cancelled", test_history_cancelled);
  ADD ("turn", test_history_turn);
  ADD ("meaning", test_history_meaning);
  ADD ("refused", test_history_refused);
  ADD ("series-limit", test_history_series_limit);
  ADD ("limits", test_history_limits);
  ADD ("shapes", test_history_shapes);
  ADD ("refused-kinds", test_history_refused_kinds);
  ADD ("forget", test_history_forget);
  ADD ("forget-between", test_history_forget_between);
  ADD ("forget-in-part", test_history_forget_in_part);
  ADD ("sweep", test_history_sweep);
  ADD ("again", test_history_again);
#undef ADD
  return g_test_run ();
}
