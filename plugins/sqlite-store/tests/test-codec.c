/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Bodies: what goes in comes out, exactly; what is no body is refused. */

#include "config.h"

#include "../reeve-sqlite-store-codec.h"

#include <math.h>
#include <string.h>

static void
test_codec_value (double value, guint bytes)
{
  g_autoptr (GByteArray) body = g_byte_array_new ();
  double values[REEVE_SQLITE_STORE_CODEC_COLUMNS];
  ReeveSqliteStoreDecoder decoder;
  guint number, n;
  int last = -1;

  reeve_sqlite_store_codec_begin (body);
  g_assert_true (reeve_sqlite_store_codec_is_empty (body));
  g_assert_true (reeve_sqlite_store_codec_add (body, &last, 0, &value, 1));
  g_assert_cmpint (last, ==, 0);
  if (bytes > 0)
    g_assert_cmpuint (body->len, ==, 3 + bytes);
  g_assert_true (reeve_sqlite_store_codec_open (&decoder, body->data, body->len));
  g_assert_cmpint (reeve_sqlite_store_codec_next (&decoder, &number, values, &n), ==,
                   REEVE_SQLITE_STORE_CODEC_ROW);
  g_assert_cmpuint (number, ==, 0);
  g_assert_cmpuint (n, ==, 1);
  g_assert_true (values[0] == value);
  g_assert_cmpint (reeve_sqlite_store_codec_next (&decoder, &number, values, &n), ==,
                   REEVE_SQLITE_STORE_CODEC_END);
}

static void
test_codec_values (void)
{
  test_codec_value (0, 1);
  test_codec_value (7, 1);
  test_codec_value (-7, 1);
  test_codec_value (8, 2);
  test_codec_value (0.5, 1);
  test_codec_value (0.1234, 3);
  test_codec_value (-42.75, 3);
  test_codec_value (8.0 * (1 << 30), 6);
  test_codec_value (9007199254740992.0, 0);
  test_codec_value (9007199254740994.0, 9);
  test_codec_value (1.0 / 3, 9);
  test_codec_value (1e300, 9);
  test_codec_value (-5e-324, 9);
  test_codec_value (G_MAXDOUBLE, 9);
  for (int i = 0; i < 100000; i++)
    {
      guint64 bits = (guint64) g_test_rand_int () << 32 | (guint32) g_test_rand_int ();
      double value;

      memcpy (&value, &bits, sizeof value);
      if (isfinite (value))
        test_codec_value (value, 0);
      test_codec_value (g_test_rand_int_range (-1000000, 1000000) / 10000.0, 0);
    }
}

static void
test_codec_rows (void)
{
  g_autoptr (GByteArray) body = g_byte_array_new ();
  double in[REEVE_SQLITE_STORE_CODEC_COLUMNS], out[REEVE_SQLITE_STORE_CODEC_COLUMNS];
  const double missing[] = { NAN, INFINITY, -INFINITY };
  const guint numbers[] = { 0, 1, 5, 4095 };
  ReeveSqliteStoreDecoder decoder;
  guint number, n;
  int last = -1;

  for (guint i = 0; i < G_N_ELEMENTS (in); i++)
    in[i] = i % 3 == 1 ? NAN : i / 4.0;
  reeve_sqlite_store_codec_begin (body);
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      g_assert_true (reeve_sqlite_store_codec_add (body, &last, numbers[i], in, 64 - i));
      if (i == 1)
        g_assert_true (reeve_sqlite_store_codec_add (body, &last, 3, missing, 3));
    }
  g_assert_true (reeve_sqlite_store_codec_open (&decoder, body->data, body->len));
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      g_assert_cmpint (reeve_sqlite_store_codec_next (&decoder, &number, out, &n), ==,
                       REEVE_SQLITE_STORE_CODEC_ROW);
      g_assert_cmpuint (number, ==, numbers[i]);
      g_assert_cmpuint (n, <=, 64 - i);
      g_assert_cmpuint (n, >=, 64 - i - 1);
      for (guint j = 0; j < n; j++)
        g_assert_true (isnan (in[j]) ? isnan (out[j]) : in[j] == out[j]);
    }
  g_assert_cmpint (reeve_sqlite_store_codec_next (&decoder, &number, out, &n), ==,
                   REEVE_SQLITE_STORE_CODEC_END);
}

static void
test_codec_full (void)
{
  g_autoptr (GByteArray) body = g_byte_array_new ();
  double values[REEVE_SQLITE_STORE_CODEC_COLUMNS];
  guint kept = 0;
  int last = -1;

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    values[i] = (i + 1) / 3.0;
  reeve_sqlite_store_codec_begin (body);
  for (guint i = 0; i < REEVE_SQLITE_STORE_MAX_SERIES; i++)
    kept += reeve_sqlite_store_codec_add (body, &last, i, values, G_N_ELEMENTS (values)) ? 1 : 0;
  g_assert_cmpuint (kept, <, REEVE_SQLITE_STORE_MAX_SERIES);
  g_assert_cmpuint (body->len, <=, REEVE_SQLITE_STORE_MAX_BODY);
}

typedef struct
{
  const char *bytes;
  gsize length;
  int rows; /* before the damage, -1: not even opened */
} CodecCase;

static const CodecCase bad[] = {
  { "", 0, -1 },
  { "\x02", 1, -1 },
  { "\x01\x00", 2, 0 },                                                  /* no bits */
  { "\x01\x00\x00", 3, 0 },                                              /* a row of nothing */
  { "\x01\x00\x01", 3, 0 },                                              /* no value */
  { "\x01\x00\x01\x80", 4, 0 },                                          /* cut in a value */
  { "\x01\x00\x01\x07\x00\x00\x00", 7, 0 },                              /* cut in a double */
  { "\x01\x00\x01\x17\x00\x00\x00\x00\x00\x00\xf0\x3f", 12, 0 },         /* bits beside raw */
  { "\x01\x00\x01\x07\x00\x00\x00\x00\x00\x00\xf0\x7f", 12, 0 },         /* infinity */
  { "\x01\x80\x20\x01\x00", 5, 0 },                                      /* series 4096 */
  { "\x01\xff\x1f\x01\x00\x00\x01\x00", 8, 1 },                          /* 4095, then 4096 */
  { "\x01\x00\x01\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 14, 1 }, /* over 64 bits */
};

static void
test_codec_bad (void)
{
  double values[REEVE_SQLITE_STORE_CODEC_COLUMNS];
  ReeveSqliteStoreDecoder decoder;
  ReeveSqliteStoreCodecResult result;
  guint number, n;

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      int rows = 0;
      gboolean open =
          reeve_sqlite_store_codec_open (&decoder, (const guint8 *) bad[i].bytes, bad[i].length);

      g_assert_true (open == (bad[i].rows >= 0));
      if (!open)
        continue;
      while ((result = reeve_sqlite_store_codec_next (&decoder, &number, values, &n)) ==
             REEVE_SQLITE_STORE_CODEC_ROW)
        rows++;
      g_test_message ("case %u", i);
      g_assert_cmpint (result, ==, REEVE_SQLITE_STORE_CODEC_BAD);
      g_assert_cmpint (rows, ==, bad[i].rows);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sqlite-store/codec/values", test_codec_values);
  g_test_add_func ("/sqlite-store/codec/rows", test_codec_rows);
  g_test_add_func ("/sqlite-store/codec/full", test_codec_full);
  g_test_add_func ("/sqlite-store/codec/bad", test_codec_bad);
  return g_test_run ();
}
