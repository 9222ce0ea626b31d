/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Columns into bytes and back: what is whole stays exact, the rest as near as is promised, and
 * damage costs its segment. */

#include "config.h"

#include <math.h>
#include <string.h>

#include "../reeve-sqlite-store-bits.h"
#include "../reeve-sqlite-store-block.h"

#define ROUNDS 300
#define PRECISION (1.0 / (1 << (REEVE_SQLITE_STORE_BLOCK_FRACTION + 1)))

static void
test_block_bits (void)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  ReeveSqliteStoreBitWriter writer = { .bytes = bytes };
  ReeveSqliteStoreBitReader reader;

  for (guint n = 0; n < 63; n++)
    {
      reeve_sqlite_store_bits_put (&writer, n & 1, n % 33 == 0 ? 1 : n % 33);
      reeve_sqlite_store_bits_put_number (&writer, (G_GUINT64_CONSTANT (1) << n) - (n & 1));
    }
  reeve_sqlite_store_bits_flush (&writer);
  reeve_sqlite_store_bits_open (&reader, bytes->data, bytes->len);
  for (guint n = 0; n < 63; n++)
    {
      g_assert_cmpuint (reeve_sqlite_store_bits_get (&reader, n % 33 == 0 ? 1 : n % 33), ==, n & 1);
      g_assert_cmpuint (reeve_sqlite_store_bits_get_number (&reader), ==,
                        (G_GUINT64_CONSTANT (1) << n) - (n & 1));
    }
  g_assert_false (reader.bad);
  reeve_sqlite_store_bits_get (&reader, 32);
  g_assert_true (reader.bad);
}

/* Runs of all widths, in the way that is cheapest for them. */
static void
test_block_runs (void)
{
  const gint64 most = REEVE_SQLITE_STORE_BITS_MAX;

  for (guint round = 0; round < ROUNDS; round++)
    {
      g_autoptr (GByteArray) bytes = g_byte_array_new ();
      ReeveSqliteStoreBitWriter writer = { .bytes = bytes };
      ReeveSqliteStoreBitReader reader;
      guint n = (guint) g_test_rand_int_range (1, REEVE_SQLITE_STORE_MAX_ROWS + 1);
      gint64 values[REEVE_SQLITE_STORE_MAX_ROWS], again[REEVE_SQLITE_STORE_MAX_ROWS];
      guint width = round % 55;
      gint64 line = g_test_rand_int ();

      for (guint i = 0; i < n; i++)
        {
          gint64 noise =
              (gint64) ((guint64) g_test_rand_int () << 32 | (guint32) g_test_rand_int ());

          noise &= ((gint64) 1 << width) - 1;
          values[i] = round % 3 == 0 ? noise : round % 3 == 1 ? i * line + noise % 7 : -noise;
          if (i % 37 == 5 && round % 5 == 0)
            values[i] = i % 2 == 0 ? most : -most;
          values[i] = CLAMP (values[i], -most, most);
        }
      reeve_sqlite_store_bits_put_run (&writer, values, n);
      g_assert_cmpuint (reeve_sqlite_store_bits_measure_run (values, n), ==,
                        bytes->len * 8 + writer.n_pending);
      reeve_sqlite_store_bits_flush (&writer);
      reeve_sqlite_store_bits_open (&reader, bytes->data, bytes->len);
      reeve_sqlite_store_bits_get_run (&reader, again, n);
      g_assert_false (reader.bad);
      g_assert_cmpmem (values, n * sizeof values[0], again, n * sizeof again[0]);
    }
}

/* ---- segments ---- */

typedef enum
{
  KIND_COUNT,
  KIND_BYTES,
  KIND_CENTS,
  KIND_SHARE,
  KIND_RATE,
  KIND_BURST,
  KIND_SIGNED,
  KIND_EXTREME,
  KIND_STILL,
  N_KINDS,
} Kind;

static double
make_value (Kind kind, guint i)
{
  switch (kind)
    {
    case KIND_COUNT:
      return g_test_rand_int_range (0, 50);
    case KIND_BYTES:
      return 4096.0 * (1e9 + g_test_rand_int_range (0, 1000) + i);
    case KIND_CENTS:
      return g_test_rand_int_range (-5000, 5000) / 100.0;
    case KIND_SHARE:
      return g_test_rand_double ();
    case KIND_RATE:
      return floor (g_test_rand_double () * 1e8);
    case KIND_BURST:
      return g_test_rand_int_range (0, 3) > 0 ? 0 : g_test_rand_double () * 1e7;
    case KIND_SIGNED:
      return g_test_rand_double () - 0.5;
    case KIND_EXTREME:
      return (g_test_rand_bit () ? 1 : -1) * pow (10, g_test_rand_double_range (-300, 308));
    case KIND_STILL:
    default:
      return 1.0 / 3;
    }
}

static gboolean
is_exact (Kind kind)
{
  return kind == KIND_COUNT || kind == KIND_BYTES || kind == KIND_CENTS;
}

/* (transfer full) rows with and without gaps, columns of all kinds. */
static ReeveSqliteStoreGrid *
make_grid (gboolean rolled, guint block_rows)
{
  guint rows[REEVE_SQLITE_STORE_MAX_ROWS];
  guint n = 0;
  gboolean gaps = g_test_rand_bit ();
  ReeveSqliteStoreGrid *grid;

  for (guint row = (guint) g_test_rand_int_range (0, (int) block_rows); row < block_rows; row++)
    if (!gaps || n == 0 || g_test_rand_bit ())
      rows[n++] = row;
  grid = reeve_sqlite_store_grid_new (rolled, rows, n);
  for (guint i = 0; i < 24; i++)
    {
      Kind kind = i % N_KINDS;
      guint key = i < 12 ? i : i * 1000 + (guint) g_test_rand_int_range (0, 900);
      ReeveSqliteStoreGridColumn *column = reeve_sqlite_store_grid_ensure (grid, key, i % 3 == 0);
      guint holes = (guint) g_test_rand_int_range (0, 3);

      column->rate = kind == KIND_RATE;
      for (guint row = 0; row < n; row++)
        {
          double value = make_value (kind, row), other = make_value (kind, row);

          if (holes == 2 && g_test_rand_bit ())
            continue;
          column->stats[REEVE_SQLITE_STORE_STAT_VALUE][row] = value;
          if (!rolled)
            continue;
          column->stats[REEVE_SQLITE_STORE_STAT_MINIMUM][row] = fmin (value, other);
          column->stats[REEVE_SQLITE_STORE_STAT_MAXIMUM][row] = fmax (value, other);
          column->stats[REEVE_SQLITE_STORE_STAT_COUNT][row] = i < 12 ? 10 : row % 9 + 1;
          if (column->last)
            column->stats[REEVE_SQLITE_STORE_STAT_LAST][row] = other;
        }
    }
  reeve_sqlite_store_grid_sort (grid);
  return grid;
}

static void
assert_near (double one, double other, gboolean exact)
{
  if (isnan (one))
    g_assert_true (isnan (other));
  else if (exact)
    g_assert_cmpfloat (one, ==, other);
  else
    g_assert_cmpfloat_with_epsilon (one, other, fabs (one) * PRECISION + 1e-320);
}

static void
assert_same (const ReeveSqliteStoreGrid *grid, ReeveSqliteStoreSegment *segment)
{
  const guint *rows;
  gboolean bad = FALSE;
  guint n;

  rows = reeve_sqlite_store_segment_get_rows (segment, &n);
  g_assert_cmpmem (rows, n * sizeof rows[0], grid->rows, grid->n_rows * sizeof rows[0]);
  g_assert_true (reeve_sqlite_store_segment_is_rolled (segment) == grid->rolled);
  for (guint i = 0; i < grid->columns->len; i++)
    {
      const ReeveSqliteStoreGridColumn *wanted = g_ptr_array_index (grid->columns, i);
      const ReeveSqliteStoreGridColumn *column = reeve_sqlite_store_segment_next (segment, &bad);

      g_assert_nonnull (column);
      g_assert_cmpuint (column->key, ==, wanted->key);
      for (guint stat = 0; stat < REEVE_SQLITE_STORE_N_STATS; stat++)
        {
          g_assert_true ((column->stats[stat] != NULL) == (wanted->stats[stat] != NULL));
          for (guint row = 0; row < n && column->stats[stat] != NULL; row++)
            assert_near (wanted->stats[stat][row], column->stats[stat][row],
                         stat == REEVE_SQLITE_STORE_STAT_COUNT ||
                             (i < 12 && is_exact (wanted->key % N_KINDS)));
        }
    }
  g_assert_null (reeve_sqlite_store_segment_next (segment, &bad));
  g_assert_false (bad);
}

static void
test_block_segments (void)
{
  for (guint round = 0; round < ROUNDS; round++)
    {
      g_autoptr (ReeveSqliteStoreGrid) one = make_grid (round % 2, 144);
      g_autoptr (ReeveSqliteStoreGrid) two = make_grid (round % 2, 144);
      g_autoptr (ReeveSqliteStoreSegment) first = NULL;
      g_autoptr (ReeveSqliteStoreSegment) second = NULL;
      g_autoptr (GByteArray) body = g_byte_array_new ();
      ReeveSqliteStoreBlock block;

      g_assert_true (reeve_sqlite_store_block_add (body, one));
      g_assert_true (reeve_sqlite_store_block_add (body, two));
      block = reeve_sqlite_store_block_open (body->data, body->len, 144);
      g_assert_cmpint (reeve_sqlite_store_block_next (&block, &first), ==,
                       REEVE_SQLITE_STORE_BLOCK_SEGMENT);
      g_assert_cmpint (reeve_sqlite_store_block_next (&block, &second), ==,
                       REEVE_SQLITE_STORE_BLOCK_SEGMENT);
      g_assert_cmpint (reeve_sqlite_store_block_next (&block, &second), ==,
                       REEVE_SQLITE_STORE_BLOCK_END);
      assert_same (one, first);
      assert_same (two, second);
    }
}

/* ---- columns that are wanted ---- */

static ReeveSqliteStoreWant
wants_cb (guint key, gpointer user_data)
{
  static const ReeveSqliteStoreWant wants[] = {
    REEVE_SQLITE_STORE_WANT_ALL,
    REEVE_SQLITE_STORE_WANT_NOTHING,
    REEVE_SQLITE_STORE_WANT_VALUE,
    REEVE_SQLITE_STORE_WANT_VALUE | REEVE_SQLITE_STORE_WANT_MAXIMUM,
    REEVE_SQLITE_STORE_WANT_VALUE | REEVE_SQLITE_STORE_WANT_MINIMUM,
  };

  return wants[key % G_N_ELEMENTS (wants)];
}

/* Count and last value come with any. */
static gboolean
is_wanted (guint key, guint stat)
{
  ReeveSqliteStoreWant want = wants_cb (key, NULL);

  return want != REEVE_SQLITE_STORE_WANT_NOTHING &&
         (stat > REEVE_SQLITE_STORE_STAT_MAXIMUM || (want & 1u << stat) != 0);
}

/* What is told of the columns that are wanted, byte by byte. */
static void
gather_cb (const guint *rows, const gboolean *take, guint n_rows,
           const ReeveSqliteStoreGridColumn *column, gpointer user_data)
{
  GByteArray *told = user_data;

  if (wants_cb (column->key, NULL) == REEVE_SQLITE_STORE_WANT_NOTHING)
    return;
  g_byte_array_append (told, (const guint8 *) &column->key, sizeof column->key);
  g_byte_array_append (told, (const guint8 *) take, n_rows * sizeof take[0]);
  for (guint stat = 0; stat < REEVE_SQLITE_STORE_N_STATS; stat++)
    if (column->stats[stat] != NULL && is_wanted (column->key, stat))
      g_byte_array_append (told, (const guint8 *) column->stats[stat],
                           n_rows * sizeof column->stats[stat][0]);
}

static void
gather_no_more_cb (const guint *rows, const gboolean *take, guint n_rows,
                   const ReeveSqliteStoreGridColumn *column, gpointer user_data)
{
  for (guint stat = 0; stat < REEVE_SQLITE_STORE_N_STATS; stat++)
    g_assert_true (column->stats[stat] == NULL || is_wanted (column->key, stat));
  gather_cb (rows, take, n_rows, column, user_data);
}

static void
begin_cb (const guint *rows, const gboolean *take, guint n_rows, gpointer user_data)
{
  g_byte_array_append (user_data, (const guint8 *) rows, n_rows * sizeof rows[0]);
  g_byte_array_append (user_data, (const guint8 *) take, n_rows * sizeof take[0]);
}

/* Those that are not are passed over, and so is what is not wanted of the others, which are as
 * ever. */
static void
test_block_wanted (void)
{
  static const ReeveSqliteStoreBlockFuncs all = { NULL, begin_cb, gather_cb };
  static const ReeveSqliteStoreBlockFuncs some = { wants_cb, begin_cb, gather_no_more_cb };

  for (guint round = 0; round < ROUNDS; round++)
    {
      g_autoptr (ReeveSqliteStoreGrid) one = make_grid (round % 2, 144);
      g_autoptr (ReeveSqliteStoreGrid) two = make_grid (round % 2, 144);
      g_autoptr (GByteArray) body = g_byte_array_new ();
      g_autoptr (GByteArray) expected = g_byte_array_new ();
      g_autoptr (GByteArray) told = g_byte_array_new ();
      gboolean known[REEVE_SQLITE_STORE_MAX_ROWS] = { FALSE };
      gboolean again[REEVE_SQLITE_STORE_MAX_ROWS] = { FALSE };
      gboolean rows[REEVE_SQLITE_STORE_MAX_ROWS];
      ReeveSqliteStoreBlock block;

      g_assert_true (reeve_sqlite_store_block_add (body, one));
      g_assert_true (reeve_sqlite_store_block_add (body, two));
      block = reeve_sqlite_store_block_open (body->data, body->len, 144);
      g_assert_cmpuint (reeve_sqlite_store_block_visit (&block, known, rows, &all, expected), ==,
                        0);
      g_assert_cmpuint (reeve_sqlite_store_block_visit (&block, again, NULL, &some, told), ==, 0);
      g_assert_cmpuint (told->len, >, 0);
      g_assert_cmpmem (told->data, told->len, expected->data, expected->len);
      g_assert_cmpmem (known, sizeof known, again, sizeof again);
      g_assert_cmpmem (known, sizeof known, rows, sizeof rows);
    }
}

/* ---- the layout without lengths ---- */

#define OLD_ROWS 30

/* A segment of rolled up rows as it was written before there were lengths. */
static const char *const old_segment =
    "b20000009d1bc7c8010b2f5850187971bdfe83ff7f0700fcff67aaf7ff9f99c2fcff2b85ffff2b6706feff91"
    "c7ff7fa54c0300feff238bffff487b244637ffdf0e0008c100d3c174301d4c07d3c17484dbdddddd01038030"
    "a02f20721c608e09c6980723e78196e707d5fe58fd68f5a3f50706f405448e03cc31c118f360e43c00c18074"
    "4c31831dd2318560970040df0900000002000300f6ff03000300008000c0fd7f004000600000001000b8ff0f"
    "0008000c000000eeff07";

static double
get_old_value (guint key, guint row)
{
  return key == 3 ? 0.37 * (row + 1) : 4096.0 * (1000 + row % 7);
}

static gboolean
has_old_value (guint key, guint row)
{
  return key == 3 || row % 4 != 1;
}

/* (transfer full) what is in it. */
static ReeveSqliteStoreGrid *
make_old_grid (void)
{
  guint rows[OLD_ROWS];
  ReeveSqliteStoreGrid *grid;

  for (guint i = 0; i < OLD_ROWS; i++)
    rows[i] = i + 2;
  grid = reeve_sqlite_store_grid_new (TRUE, rows, OLD_ROWS);
  for (guint key = 3; key <= 7; key += 4)
    {
      ReeveSqliteStoreGridColumn *column = reeve_sqlite_store_grid_ensure (grid, key, key == 7);

      for (guint row = 0; row < OLD_ROWS; row++)
        {
          if (!has_old_value (key, row))
            continue;
          column->stats[REEVE_SQLITE_STORE_STAT_VALUE][row] = get_old_value (key, row);
          column->stats[REEVE_SQLITE_STORE_STAT_MINIMUM][row] = get_old_value (key, row) / 2;
          column->stats[REEVE_SQLITE_STORE_STAT_MAXIMUM][row] = get_old_value (key, row) * 2;
          column->stats[REEVE_SQLITE_STORE_STAT_COUNT][row] = row % 5 + 1;
          if (key == 7)
            column->stats[REEVE_SQLITE_STORE_STAT_LAST][row] = get_old_value (key, row) + 1;
        }
    }
  reeve_sqlite_store_grid_sort (grid);
  return grid;
}

/* What an older version has sealed reads as what this one seals, whose layout is another one. */
static void
test_block_old (void)
{
  static const ReeveSqliteStoreBlockFuncs some = { wants_cb, begin_cb, gather_no_more_cb };
  g_autoptr (ReeveSqliteStoreGrid) grid = make_old_grid ();
  g_autoptr (ReeveSqliteStoreSegment) segment = NULL;
  g_autoptr (GByteArray) old = g_byte_array_new ();
  g_autoptr (GByteArray) body = g_byte_array_new ();
  g_autoptr (GByteArray) told_old = g_byte_array_new ();
  g_autoptr (GByteArray) told = g_byte_array_new ();
  gboolean known[REEVE_SQLITE_STORE_MAX_ROWS] = { FALSE };
  gboolean again[REEVE_SQLITE_STORE_MAX_ROWS] = { FALSE };
  ReeveSqliteStoreBlock block;

  for (const char *p = old_segment; *p != '\0'; p += 2)
    {
      guint8 byte = (guint8) (g_ascii_xdigit_value (p[0]) << 4 | g_ascii_xdigit_value (p[1]));

      g_byte_array_append (old, &byte, 1);
    }
  g_assert_cmpuint (old->data[8], ==, 1);
  block = reeve_sqlite_store_block_open (old->data, old->len, 144);
  g_assert_cmpint (reeve_sqlite_store_block_next (&block, &segment), ==,
                   REEVE_SQLITE_STORE_BLOCK_SEGMENT);
  assert_same (grid, segment);

  g_assert_true (reeve_sqlite_store_block_add (body, grid));
  g_assert_cmpuint (body->data[8], ==, 2);
  block = reeve_sqlite_store_block_open (old->data, old->len, 144);
  g_assert_cmpuint (reeve_sqlite_store_block_visit (&block, known, NULL, &some, told_old), ==, 0);
  block = reeve_sqlite_store_block_open (body->data, body->len, 144);
  g_assert_cmpuint (reeve_sqlite_store_block_visit (&block, again, NULL, &some, told), ==, 0);
  g_assert_cmpmem (told_old->data, told_old->len, told->data, told->len);
}

/* What was rounded is not rounded again. */
static void
test_block_stable (void)
{
  const guint row = 0;
  double value = 1.0 / 3;

  for (guint round = 0; round < 5; round++)
    {
      g_autoptr (ReeveSqliteStoreGrid) grid = reeve_sqlite_store_grid_new (FALSE, &row, 1);
      g_autoptr (ReeveSqliteStoreSegment) segment = NULL;
      g_autoptr (GByteArray) body = g_byte_array_new ();
      ReeveSqliteStoreBlock block;
      double before = value;
      gboolean bad;

      reeve_sqlite_store_grid_ensure (grid, 7, FALSE)->stats[0][0] = value;
      g_assert_true (reeve_sqlite_store_block_add (body, grid));
      block = reeve_sqlite_store_block_open (body->data, body->len, 360);
      reeve_sqlite_store_block_next (&block, &segment);
      value = reeve_sqlite_store_segment_next (segment, &bad)->stats[0][0];
      if (round > 0)
        g_assert_cmpfloat (value, ==, before);
    }
}

/* ---- bodies ---- */

static void
count_cb (const guint *rows, const gboolean *take, guint n_rows,
          const ReeveSqliteStoreGridColumn *column, gpointer user_data)
{
  double *values = user_data;

  for (guint i = 0; i < n_rows; i++)
    if (take[i])
      values[rows[i]] = column->stats[0][i];
}

static void
add_rows (GByteArray *body, guint first, guint n, double value)
{
  guint rows[REEVE_SQLITE_STORE_MAX_ROWS];
  g_autoptr (ReeveSqliteStoreGrid) grid = NULL;

  for (guint i = 0; i < n; i++)
    rows[i] = first + i;
  grid = reeve_sqlite_store_grid_new (FALSE, rows, n);
  for (guint i = 0; i < n; i++)
    reeve_sqlite_store_grid_ensure (grid, 1, FALSE)->stats[0][i] = value;
  g_assert_true (reeve_sqlite_store_block_add (body, grid));
}

/* A row counts as the newest segment has it; each inverted byte is noticed and costs one segment.
 */
static void
test_block_damage (void)
{
  static const ReeveSqliteStoreBlockFuncs funcs = { .column = count_cb };
  g_autoptr (GByteArray) body = g_byte_array_new ();
  ReeveSqliteStoreBlock block;
  guint ends[3];

  for (guint i = 0; i < 3; i++)
    {
      add_rows (body, i * 40, 60, i + 1);
      ends[i] = body->len;
    }
  block = reeve_sqlite_store_block_open (body->data, body->len, 360);
  for (int at = -1; at < (int) body->len; at++)
    {
      double values[REEVE_SQLITE_STORE_MAX_ROWS];
      gboolean known[REEVE_SQLITE_STORE_MAX_ROWS] = { FALSE };
      guint hit = at < 0 ? 3 : at < (int) ends[0] ? 0 : at < (int) ends[1] ? 1 : 2;
      guint damaged, kept = 0;

      for (guint row = 0; row < REEVE_SQLITE_STORE_MAX_ROWS; row++)
        values[row] = 0;
      if (at >= 0)
        body->data[at] ^= 0xff;
      damaged = reeve_sqlite_store_block_visit (&block, known, NULL, &funcs, values);
      if (at >= 0)
        body->data[at] ^= 0xff;
      g_assert_cmpuint (damaged > 0, ==, at >= 0);
      /* a length that is wrong takes along what follows, never what stands before */
      for (guint row = 0; row < 140; row++)
        {
          guint newest = row >= 80 ? 3 : row >= 40 ? 2 : 1;

          kept += values[row] == newest ? 1 : 0;
          if (newest - 1 < hit && at < 0)
            g_assert_cmpfloat (values[row], ==, newest);
          g_assert_cmpfloat (values[row], <=, newest);
        }
      if (hit == 2)
        g_assert_cmpuint (kept, >=, 80);
      if (hit == 1)
        g_assert_cmpuint (kept, >=, 40);
    }
}

/* Four hundred columns, three thousand rows of hours later: nothing grows beyond its limit. */
static void
test_block_limits (void)
{
  guint rows[REEVE_SQLITE_STORE_MAX_ROWS];
  g_autoptr (ReeveSqliteStoreGrid) grid = NULL;

  for (guint i = 0; i < REEVE_SQLITE_STORE_MAX_ROWS; i++)
    rows[i] = i;
  grid = reeve_sqlite_store_grid_new (TRUE, rows, REEVE_SQLITE_STORE_MAX_ROWS);
  for (guint i = 0; i < 4000; i++)
    reeve_sqlite_store_grid_ensure (grid, i, TRUE);
  g_assert_cmpuint (grid->cells, <=, REEVE_SQLITE_STORE_MAX_GRID);
  g_assert_cmpuint (grid->left_out, ==,
                    4000 - REEVE_SQLITE_STORE_MAX_GRID / REEVE_SQLITE_STORE_MAX_ROWS / 5);
}

/* ---- roll-ups ---- */

static void
test_block_roll (void)
{
  static const guint rows[] = { 0, 5, 9, 10, 35 };
  static const double values[] = { 4, 1, 10, NAN, 7 };
  g_autoptr (ReeveSqliteStoreGrid) grid = reeve_sqlite_store_grid_new (FALSE, rows, 5);
  g_autoptr (ReeveSqliteStoreGrid) rolled = NULL;
  ReeveSqliteStoreGridColumn *column = reeve_sqlite_store_grid_ensure (grid, 3, TRUE);

  for (guint i = 0; i < 5; i++)
    column->stats[0][i] = values[i];
  rolled = reeve_sqlite_store_grid_roll (grid, 10, 360);
  g_assert_cmpuint (rolled->n_rows, ==, 3);
  g_assert_cmpuint (rolled->rows[0], ==, 36);
  g_assert_cmpuint (rolled->rows[1], ==, 37);
  g_assert_cmpuint (rolled->rows[2], ==, 39);
  column = g_ptr_array_index (rolled->columns, 0);
  g_assert_cmpfloat (column->stats[REEVE_SQLITE_STORE_STAT_VALUE][0], ==, 5);
  g_assert_cmpfloat (column->stats[REEVE_SQLITE_STORE_STAT_MINIMUM][0], ==, 1);
  g_assert_cmpfloat (column->stats[REEVE_SQLITE_STORE_STAT_MAXIMUM][0], ==, 10);
  g_assert_cmpfloat (column->stats[REEVE_SQLITE_STORE_STAT_COUNT][0], ==, 3);
  g_assert_cmpfloat (column->stats[REEVE_SQLITE_STORE_STAT_LAST][0], ==, 10);
  g_assert_true (isnan (column->stats[REEVE_SQLITE_STORE_STAT_VALUE][1]));
  g_assert_cmpfloat (column->stats[REEVE_SQLITE_STORE_STAT_LAST][2], ==, 7);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sqlite-store/block/bits", test_block_bits);
  g_test_add_func ("/sqlite-store/block/runs", test_block_runs);
  g_test_add_func ("/sqlite-store/block/segments", test_block_segments);
  g_test_add_func ("/sqlite-store/block/stable", test_block_stable);
  g_test_add_func ("/sqlite-store/block/wanted", test_block_wanted);
  g_test_add_func ("/sqlite-store/block/old", test_block_old);
  g_test_add_func ("/sqlite-store/block/damage", test_block_damage);
  g_test_add_func ("/sqlite-store/block/limits", test_block_limits);
  g_test_add_func ("/sqlite-store/block/roll", test_block_roll);
  return g_test_run ();
}
