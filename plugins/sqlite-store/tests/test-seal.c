/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Hours sealed and rolled up, against what the raw values say: with gaps, restarts, late samples
 * and rows that come twice; and what goes when it is too old. */

#include "config.h"

#include "store-fixture.h"

#include <math.h>
#include <string.h>

#include "../reeve-sqlite-store-block.h"
#include "../reeve-sqlite-store-history-private.h"
#include "../reeve-sqlite-store-seal.h"

#define HOUR (60 * STORE_MINUTE)
#define DAY (24 * HOUR)
#define MINUTES (30 * 60) /* of the long test */
#define PRECISION (1.0 / (1 << REEVE_SQLITE_STORE_BLOCK_FRACTION))

static const ReeveMetric metrics[] = {
  { "share", "Share", REEVE_METRIC_NUMBER, REEVE_UNIT_RATIO, REEVE_AGGREGATION_AVERAGE },
  { "peak", "Peak", REEVE_METRIC_NUMBER, REEVE_UNIT_COUNT, REEVE_AGGREGATION_MAXIMUM },
  { "size", "Size", REEVE_METRIC_NUMBER, REEVE_UNIT_BYTES, REEVE_AGGREGATION_LAST },
};
static const ReeveKind kind = { "x.thing", "Thing", "", TRUE, FALSE, 3, metrics };

/* What was measured, by minute from the begin on. */
typedef struct
{
  gboolean there;
  double values[3];
} Minute;

static void
append (StoreFixture *f, gint64 begin, const Minute *minutes, guint first, guint n)
{
  const ReeveKind *kinds[] = { &kind };
  g_autoptr (ReeveSchema) schema = reeve_schema_new (kinds, 1, NULL);
  g_autoptr (GPtrArray) samples =
      g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_sample_unref);
  g_autofree ReeveHistoryEntry *entries = g_new0 (ReeveHistoryEntry, n);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  guint index, used = 0;

  reeve_schema_find_kind (schema, "x.thing", &index);
  for (guint i = first; i < first + n; i++)
    {
      ReeveSample *sample;

      if (!minutes[i].there)
        continue;
      sample = reeve_sample_new (schema);
      reeve_sample_set_time (sample, begin + i * STORE_MINUTE + 30 * G_USEC_PER_SEC);
      reeve_sample_add (sample, index, "a");
      for (guint metric = 0; metric < G_N_ELEMENTS (metrics); metric++)
        reeve_sample_set_number (sample, metric, minutes[i].values[metric]);
      g_ptr_array_add (samples, sample);
      entries[used++] = (ReeveHistoryEntry){ STORE_SYSTEM, sample };
    }
  reeve_history_append_async (f->history, entries, used, NULL, reeve_mock_result_cb, &result);
  reeve_history_append_finish (f->history, store_wait (f, &result), &error);
  g_assert_no_error (error);
}

/* Sweeps until @rows rows are loose. */
static void
sweep (StoreFixture *f, gint64 rows)
{
  gint64 loose = -1;

  for (guint i = 0; i < 5000; i++)
    {
      reeve_sqlite_store_history_sweep (REEVE_SQLITE_STORE_HISTORY (f->history));
      reeve_sqlite_store_writer_flush (reeve_sqlite_store_core_get_writer (f->core));
      reeve_mock_host_settle (f->host);
      loose = store_count (f, "SELECT count (*) FROM sample");
      if (loose == rows)
        break;
      g_usleep (1000);
    }
  g_assert_cmpint (loose, ==, rows);
}

static void
assert_near (double value, double wanted)
{
  g_assert_cmpfloat_with_epsilon (value, wanted, fabs (wanted) * PRECISION + 1e-12);
}

/* The answer for @length minutes a step, against @minutes themselves. */
static void
assert_range (StoreFixture *f, gint64 begin, const Minute *minutes, guint n, guint length)
{
  g_autoptr (ReeveHistoryRange) range =
      store_range (f, STORE_SYSTEM, begin, begin + n * STORE_MINUTE - 1, n / length);
  guint at = 0;

  g_assert_cmpint (range->step, ==, length * STORE_MINUTE);
  for (guint first = 0; first < n; first += length)
    {
      double sum[3] = { 0 }, least[3], most[3], last[3] = { 0 };
      guint count = 0;

      for (guint metric = 0; metric < 3; metric++)
        {
          least[metric] = INFINITY;
          most[metric] = -INFINITY;
        }
      for (guint i = first; i < first + length; i++)
        for (guint metric = 0; metric < 3 && minutes[i].there; metric++)
          {
            count += metric == 0 ? 1 : 0;
            sum[metric] += minutes[i].values[metric];
            least[metric] = fmin (least[metric], minutes[i].values[metric]);
            most[metric] = fmax (most[metric], minutes[i].values[metric]);
            last[metric] = minutes[i].values[metric];
          }
      if (count == 0)
        continue;
      g_assert_cmpuint (at, <, range->n_times);
      g_assert_cmpint (range->times[at], ==, begin + first * STORE_MINUTE);
      for (guint metric = 0; metric < 3; metric++)
        {
          ReeveHistoryColumn *column =
              store_find_column (range, "x.thing", "a", metrics[metric].name);
          double wanted[3] = { sum[metric] / count, most[metric], last[metric] };

          g_assert_nonnull (column);
          assert_near (column->values[at], wanted[metric]);
          if (length == 1)
            {
              g_assert_null (column->least);
              continue;
            }
          assert_near (column->least[at], least[metric]);
          assert_near (column->most[at], most[metric]);
        }
      at++;
    }
  g_assert_cmpuint (at, ==, range->n_times);
}

static void
make_minutes (Minute *minutes, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      minutes[i].there = i % 97 > 5 && (i < 700 || i > 790);
      minutes[i].values[0] = g_test_rand_double ();
      minutes[i].values[1] = g_test_rand_int_range (0, 1000);
      minutes[i].values[2] = 1e12 + i * 4096.0 * g_test_rand_int_range (1, 100);
    }
}

static gint64
count_there (const Minute *minutes, guint first, guint n)
{
  gint64 there = 0;

  for (guint i = first; i < first + n; i++)
    there += minutes[i].there ? 1 : 0;
  return there;
}

/* 30 hours, sealed in three goes with a restart between them, some of it hours late and some twice;
 * after each go every length of step says what the raw values say. */
static void
test_seal_reference (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  const gint64 begin = STORE_START - 30 * HOUR - 2 * DAY;
  g_autofree Minute *minutes = g_new0 (Minute, MINUTES);
  g_autofree Minute *sent = g_new0 (Minute, MINUTES);

  make_minutes (minutes, MINUTES);
  for (guint go = 0; go < 3; go++)
    {
      guint first = go * 600;

      /* a quarter of each go is kept back by its agent */
      memcpy (sent + first, minutes + first, 600 * sizeof *sent);
      for (guint i = first; i < first + 600; i++)
        sent[i].there &= i % 4 != 3;
      append (f, begin, sent, first, 600);
      if (go == 1)
        assert_range (f, begin, sent, 1200, 1);
      sweep (f, 0);
      assert_range (f, begin, sent, first + 600, 1);
      assert_range (f, begin, sent, first + 600, 10);
      assert_range (f, begin, sent, first + 600, 60);
      store_fixture_close (f);
      store_fixture_open (f);
      /* now it delivers, and the last hour comes twice, changed */
      for (guint i = first; i < first + 600; i++)
        if (i >= first + 540)
          minutes[i].values[0] /= 2;
      append (f, begin, minutes, first, 600);
      memcpy (sent + first, minutes + first, 600 * sizeof *sent);
      assert_range (f, begin, sent, first + 600, 1);
      sweep (f, 0);
      assert_range (f, begin, sent, first + 600, 1);
      assert_range (f, begin, sent, first + 600, 10);
      assert_range (f, begin, sent, first + 600, 20);
      assert_range (f, begin, sent, first + 600, 60);
      assert_range (f, begin, sent, first + 600, 120);
      if (go > 0)
        assert_range (f, begin, sent, (first + 600) / 360 * 360, 360);
    }
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM block"), <, 30);
}

/* What is not sealed yet stands beside what is, in one answer. */
static void
test_seal_both (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  const gint64 begin = STORE_START - 10 * HOUR;
  g_autofree Minute *minutes = g_new0 (Minute, MINUTES);

  make_minutes (minutes, 600);
  append (f, begin, minutes, 0, 600);
  /* the clock stands at the end of the last hour, which is not over for long enough */
  sweep (f, count_there (minutes, 540, 60));
  assert_range (f, begin, minutes, 600, 1);
  assert_range (f, begin, minutes, 600, 4);
  assert_range (f, begin, minutes, 600, 10);
  assert_range (f, begin, minutes, 600, 60);
}

/* Rows of three hours know what their hours do, and hours that are in none stand beside them. */
static void
test_seal_three_hours (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  const gint64 begin = STORE_START - 30 * HOUR - 2 * DAY;
  g_autofree Minute *minutes = g_new0 (Minute, MINUTES);
  g_autofree Minute *all = NULL;

  make_minutes (minutes, MINUTES);
  /* the last hour of a row never comes, another row has that one only, and a third is late */
  for (guint i = 0; i < MINUTES; i++)
    minutes[i].there &= (i < 300 || i >= 360) && (i < 540 || i >= 660);
  append (f, begin, minutes, 0, 900);
  append (f, begin, minutes, 960, MINUTES - 960);
  sweep (f, 0);
  append (f, begin, minutes, 900, 60);
  sweep (f, 0);
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM block WHERE (id >> 24 & 3) = 3"), ==, 1);
  assert_range (f, begin, minutes, MINUTES, 360);
  /* what is asked for is in them, but for the hours that are in none */
  store_exec (f, "CREATE TABLE kept AS SELECT * FROM block WHERE (id >> 24 & 3) = 2;"
                 " DELETE FROM block WHERE (id >> 24 & 3) = 2");
  all = g_memdup2 (minutes, MINUTES * sizeof *minutes);
  for (guint i = 180; i < 300; i++)
    minutes[i].there = FALSE;
  assert_range (f, begin, minutes, MINUTES, 360);
  /* damage, and a database of before there were any, cost nothing where the hours are */
  store_exec (f, "INSERT INTO block SELECT * FROM kept;"
                 " UPDATE block SET body = zeroblob (length (body)) WHERE (id >> 24 & 3) = 3");
  assert_range (f, begin, all, MINUTES, 360);
  store_exec (f, "DELETE FROM block WHERE (id >> 24 & 3) = 3");
  assert_range (f, begin, all, MINUTES, 360);
}

/* A database of the first version: its rows are sealed as if they had just come. */
static void
test_seal_migrated (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  const gint64 begin = STORE_START - 600 * STORE_MINUTE;
  g_autofree Minute *minutes = g_new0 (Minute, MINUTES);

  make_minutes (minutes, 600);
  append (f, begin, minutes, 0, 600);
  store_fixture_close (f);
  store_exec (f, "DROP TABLE block; PRAGMA user_version = 1; PRAGMA auto_vacuum = NONE; VACUUM");
  store_fixture_open (f);
  assert_range (f, begin, minutes, 600, 1);
  sweep (f, count_there (minutes, 540, 60));
  assert_range (f, begin, minutes, 600, 1);
  assert_range (f, begin, minutes, 600, 60);
  g_assert_cmpint (store_count (f, "SELECT user_version FROM pragma_user_version"), ==,
                   reeve_sqlite_store_database_get_schema_version ());
  g_assert_cmpint (store_count (f, "SELECT auto_vacuum FROM pragma_auto_vacuum"), ==, 2);
}

/* Each tier goes at its own time; longer rows answer for what shorter ones no longer have, and what
 * comes for an hour whose minutes are gone changes nothing. */
static void
test_seal_retention (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  const gint64 begin = STORE_START - 8 * 7 * DAY / 4; /* 14 days, a multiple of a block's days */
  const gint64 short_ms[] = { 2 * DAY / 1000, 5 * DAY / 1000, 400 * DAY / 1000, 400 * DAY / 1000 };
  const guint n = 13 * 24 * 60;
  g_autofree Minute *minutes = g_new0 (Minute, n);
  g_autoptr (ReeveHistoryRange) first = NULL, second = NULL;
  gint64 blocks, left;

  make_minutes (minutes, n);
  for (guint i = 0; i < n; i += 3000)
    append (f, begin, minutes, i, MIN (3000, n - i));
  sweep (f, 0);
  blocks = store_count (f, "SELECT count (*) FROM block");
  reeve_sqlite_store_history_set_retention (REEVE_SQLITE_STORE_HISTORY (f->history), short_ms);
  for (guint i = 0; i < 100; i++)
    sweep (f, 0);
  left = store_count (f, "SELECT count (*) FROM block");
  g_assert_cmpint (left, <, blocks);
  /* 13 days of four blocks of minutes a day; those of the last two days may stay, in part */
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM block WHERE (id >> 24 & 3) = 0"), <=, 8);
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM block WHERE (id >> 24 & 3) = 1"), <=, 6);
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM block WHERE (id >> 24 & 3) = 2"), >=, 2);
  /* asked by the minute, the oldest hours answer by the hour */
  first = store_range (f, STORE_SYSTEM, begin, begin + 10 * HOUR - 1, 600);
  g_assert_cmpint (first->step, ==, HOUR);
  assert_range (f, begin, minutes, 600, 60);
  /* late by days: dropped */
  append (f, begin, minutes, 0, 30);
  sweep (f, 0);
  assert_range (f, begin, minutes, 600, 60);
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM block"), ==, left);
  second = store_range (f, STORE_SYSTEM, STORE_START - 4 * DAY, STORE_START - 3 * DAY, 1000);
  g_assert_cmpint (second->step, ==, 10 * STORE_MINUTE);
}

/* A range that is a little longer than what there is asks for another tier than one that is not: it
 * is answered by the one that was looked at. */
static void
test_seal_edge (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  const gint64 begin = STORE_START - 3 * DAY;
  g_autofree Minute *minutes = g_new0 (Minute, MINUTES);
  g_autoptr (ReeveHistoryRange) range = NULL;

  for (guint i = 0; i < 600; i++)
    minutes[i] = (Minute){ TRUE, { 1, 2, 3 } };
  append (f, begin, minutes, 0, 600);
  sweep (f, 0);
  store_exec (f, "DELETE FROM block WHERE (id >> 24 & 3) = 0");
  range = store_range (f, STORE_SYSTEM, begin - 5 * STORE_MINUTE, begin + 604 * STORE_MINUTE, 67);
  g_assert_cmpint (range->step, ==, 10 * STORE_MINUTE);
  g_assert_cmpuint (range->n_times, ==, 60);
}

static gboolean
has_swept (gpointer data)
{
  StoreFixture *f = data;

  return !REEVE_SQLITE_STORE_HISTORY (f->history)->sweeping;
}

/* A block that has no room for one more hour loses it, which is said. */
static void
test_seal_full (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  const gint64 begin = STORE_START - 3 * DAY;

  for (guint hour = 0; hour < 2; hour++)
    {
      store_append (f, STORE_SYSTEM, begin + hour * HOUR, 1);
      store_exec (f, "INSERT OR REPLACE INTO block SELECT (system << 26) + minute / 360,"
                     " zeroblob (16777210) FROM sample");
      sweep (f, 0);
      reeve_mock_host_run_until (f->host, has_swept, f);
      if (hour == 0)
        store_take_warning ("*system " STORE_SYSTEM
                            " has more than 16777216 bytes in a block of its history: *");
    }
}

static gint64
count_blocks (StoreFixture *f)
{
  return store_count (f, "SELECT count (*) FROM block");
}

/* Sweeps with the clock standing still. */
static void
sweep_often (StoreFixture *f)
{
  for (guint i = 0; i < 30; i++)
    sweep (f, 0);
}

/* What a clock says that jumped is believed after an hour, and so is one that was far ahead of all
 * that is stored at the start; one that jumps back costs nothing. */
static void
test_seal_clock (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  const gint64 begin = STORE_START - 3 * DAY;
  const gint64 month[] = { 30 * DAY / 1000, 30 * DAY / 1000, 30 * DAY / 1000, 30 * DAY / 1000 };
  ReeveClock *clock = reeve_mock_host_get_clock (f->host);
  g_autofree Minute *minutes = g_new0 (Minute, MINUTES);
  gint64 blocks;

  reeve_sqlite_store_history_set_retention (REEVE_SQLITE_STORE_HISTORY (f->history), month);
  make_minutes (minutes, 1200);
  append (f, begin, minutes, 0, 1200);
  sweep (f, 0);
  blocks = count_blocks (f);
  g_assert_cmpint (blocks, >, 0);
  reeve_clock_jump (clock, 3650 * DAY);
  sweep_often (f);
  reeve_mock_host_advance (f->host, 50 * 60 * 1000);
  sweep_often (f);
  g_assert_cmpint (count_blocks (f), ==, blocks);
  reeve_clock_jump (clock, -3650 * DAY);
  reeve_mock_host_advance (f->host, 120 * 60 * 1000);
  sweep_often (f);
  g_assert_cmpint (count_blocks (f), ==, blocks);
  /* off for long, or begun with a wrong time: nobody can tell */
  store_fixture_close (f);
  reeve_clock_jump (clock, 100 * DAY);
  store_fixture_open (f);
  reeve_sqlite_store_history_set_retention (REEVE_SQLITE_STORE_HISTORY (f->history), month);
  store_append (f, STORE_OTHER, reeve_clock_get_wall (clock) - 3 * HOUR, 1);
  sweep_often (f);
  reeve_mock_host_advance (f->host, 50 * 60 * 1000);
  sweep_often (f);
  g_assert_cmpint (count_blocks (f), >, blocks);
  reeve_mock_host_advance (f->host, 15 * 60 * 1000);
  sweep_often (f);
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM block, system WHERE block.id >> 26 ="
                                   " system.id AND name = '" STORE_SYSTEM "'"),
                   ==, 0);
  g_assert_cmpint (count_blocks (f), >, 0);
}

/* All of a system that is forgotten goes, and nothing of another. */
static void
test_seal_forget (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  const gint64 begin = STORE_START - 600 * STORE_MINUTE;
  g_autofree Minute *minutes = g_new0 (Minute, MINUTES);

  make_minutes (minutes, 600);
  store_append (f, STORE_OTHER, begin, 1);
  append (f, begin, minutes, 0, 600);
  sweep (f, count_there (minutes, 540, 60));
  store_forget (f, STORE_SYSTEM);
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM block"), ==, REEVE_SQLITE_STORE_N_TIERS);
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM system"), ==, 1);
}

/* Many blocks and a few loose rows: the number goes when all of them have gone, since the next
 * system gets it again. */
static void
test_seal_forgotten (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  for (guint i = 0; i < 7; i++)
    store_append (f, STORE_SYSTEM, STORE_START + i * STORE_MINUTE, 1);
  store_exec (f, "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 299)"
                 " INSERT INTO block SELECT (SELECT id FROM system) << 26 | i, x'00' FROM n;"
                 " UPDATE system SET name = NULL");
  for (guint i = 0; i < STORE_TURNS && store_count (f, "SELECT count (*) FROM system") > 0; i++)
    {
      reeve_sqlite_store_history_sweep (REEVE_SQLITE_STORE_HISTORY (f->history));
      reeve_sqlite_store_writer_flush (reeve_sqlite_store_core_get_writer (f->core));
      reeve_mock_host_settle (f->host);
      g_usleep (1000);
    }
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM system"), ==, 0);
  g_assert_cmpint (store_count (f, "SELECT count (*) FROM block"), ==, 0);
}

/* Pages that are free again go back to the file system, bit by bit. */
static void
test_seal_shrinks (StoreFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  const guint n = 3000;
  g_autofree ReeveHistoryEntry *entries = g_new0 (ReeveHistoryEntry, n);
  g_autoptr (GAsyncResult) appended = NULL;
  gint64 before, after = G_MAXINT64;

  for (guint i = 0; i < n; i++)
    entries[i] =
        (ReeveHistoryEntry){ STORE_SYSTEM, store_make_typical (STORE_START + i * STORE_MINUTE, i) };
  for (guint round = 0; round < 3; round++)
    {
      g_clear_object (&appended);
      for (guint i = 0; i < n; i++)
        reeve_sample_set_time (entries[i].sample, STORE_START + (round * n + i) * STORE_MINUTE);
      reeve_history_append_async (f->history, entries, n, NULL, reeve_mock_result_cb, &appended);
      g_assert_true (reeve_history_append_finish (f->history, store_wait (f, &appended), NULL));
    }
  for (guint i = 0; i < n; i++)
    reeve_sample_unref (entries[i].sample);
  before = store_count (f, "SELECT page_count FROM pragma_page_count");
  g_assert_cmpuint (store_forget (f, STORE_SYSTEM), ==, 5);
  for (guint i = 0; i < 2000 && after > before / 2; i++)
    {
      sweep (f, 0);
      reeve_mock_host_advance (f->host, REEVE_SQLITE_STORE_SLICE_MS);
      after = store_count (f, "SELECT page_count FROM pragma_page_count");
    }
  g_test_message ("%" G_GINT64_FORMAT " pages, then %" G_GINT64_FORMAT, before, after);
  g_assert_cmpint (before, >, 700);
  g_assert_cmpint (after, <=, before / 2);
}

int
main (int argc, char **argv)
{
  store_init (&argc, &argv);
#define ADD(name, func)                                                                            \
  g_test_add ("/sqlite-store/seal/" name, StoreFixture, NULL, store_fixture_set_up, func,          \
              store_fixture_tear_down)
  ADD ("reference", test_seal_reference);
  ADD ("both", test_seal_both);
  ADD ("three hours", test_seal_three_hours);
  ADD ("migrated", test_seal_migrated);
  ADD ("retention", test_seal_retention);
  ADD ("edge", test_seal_edge);
  ADD ("full", test_seal_full);
  ADD ("clock", test_seal_clock);
  ADD ("forget", test_seal_forget);
  ADD ("forgotten", test_seal_forgotten);
  ADD ("shrinks", test_seal_shrinks);
#undef ADD
  return g_test_run ();
}
