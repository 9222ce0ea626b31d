/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Values as JSON text. */

#include "config.h"

#include <reeve/reeve.h>

#include <math.h>

static void
test_numbers (void)
{
  static const struct
  {
    double value;
    const char *text; /* NULL: whatever reads back as the same */
  } cases[] = {
    { 0, "0" },
    { -3, "-3" },
    { 0.1, "0.1" },
    { 1.0 / 3, "0.33333333333333331" },
    { 1e21, "1e+21" },
    { 1e300, "1e+300" },
    { NAN, "null" },
    { INFINITY, "null" },
    { -INFINITY, "null" },
    { 1700000000.123456, "1700000000.123456" },
    { 9007199254740993.0, NULL },
    { 1e-320, NULL },
    { -0.5, "-0.5" },
    { -12.034, "-12.034" },
    { 1e-12, "0.000000000001" },
    { 1e-13, "1e-13" },
    { 123456.7891, "123456.7891" },
    { 999999999.5, "999999999.5" },
    { 2251799813685.25, "2251799813685.25" },
    { 1e13 + 0.5, "10000000000000.5" },
    { 5e-324, NULL },
    { 4503599627370496.5, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GString) out = g_string_new (NULL);

      reeve_json_append_number (out, cases[i].value);
      if (cases[i].text != NULL)
        g_assert_cmpstr (out->str, ==, cases[i].text);
      else
        g_assert_cmpfloat (g_ascii_strtod (out->str, NULL), ==, cases[i].value);
    }
}

/* Every number reads back as itself, of whatever digits. */
static void
test_numbers_read_back (void)
{
  for (guint i = 0; i < 100000; i++)
    {
      g_autoptr (GString) out = g_string_new (NULL);
      double value = g_test_rand_int_range (-1000000, 1000000);

      for (gint digits = g_test_rand_int_range (0, 18); digits > 0; digits--)
        value /= 10;
      if (i % 2 == 0)
        value *= g_test_rand_double ();
      reeve_json_append_number (out, value);
      g_assert_cmpfloat (g_ascii_strtod (out->str, NULL), ==, value);
    }
}

static void
test_strings (void)
{
  g_autoptr (GString) out = g_string_new (NULL);

  reeve_json_append_string (out, "a\"\\\n\x1b\x7f\xe2\x80\xae");
  g_assert_cmpstr (out->str, ==, "\"a\\\"\\\\\\u000a\\u001b\\u007f\xe2\x80\xae\"");
}

static void
test_variants (void)
{
  static const char *const texts[][2] = {
    { "true", "true" },
    { "byte 7", "7" },
    { "uint64 18446744073709551615", "18446744073709551615" },
    { "'a\\nb'", "\"a\\u000ab\"" },
    { "[0.5, 2.0]", "[0.5,2]" },
    { "('a', -1, <<'b'>>)", "[\"a\",-1,\"b\"]" },
    { "{'a': <1>, 'b': <@as []>}", "{\"a\":1,\"b\":[]}" },
    { "@a{sv} {}", "{}" },
    { "@ms nothing", "null" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GString) out = g_string_new (NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) value = g_variant_parse (NULL, texts[i][0], NULL, NULL, &error);

      g_assert_no_error (error);
      reeve_json_append_variant (out, value);
      g_assert_cmpstr (out->str, ==, texts[i][1]);
    }
}

/* Dictionaries of variants are read in their serialised form, whose numbers of bytes change with
 * its length; what stands in them may be anything. */
static void
test_dictionaries (void)
{
  for (guint n = 0; n <= 700; n += 1 + n / 9)
    {
      g_autoptr (GString) expected = g_string_new ("[{}");
      g_autoptr (GString) out = g_string_new (NULL);
      g_autoptr (GVariant) value = NULL;
      GVariantBuilder builder;

      g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
      g_variant_builder_add_parsed (&builder, "@a{sv} {}");
      for (guint i = 0; i < n; i++)
        {
          g_autofree char *name = g_strnfill (i % 23, 'n');
          g_autofree char *text = g_strnfill (i % 300, 't');

          g_variant_builder_add_parsed (
              &builder, "{%s: <%s>, 'd': <%d>, 'u': <%u>, 'ad': <[1.0, 0.5]>, 'in': <{'x': <%s>}>}",
              name, text, i / 4.0, i, text);
          g_string_append_printf (expected, ",{\"%s\":\"%s\",\"d\":", name, text);
          reeve_json_append_number (expected, i / 4.0);
          g_string_append_printf (expected, ",\"u\":%u,\"ad\":[1,0.5],\"in\":{\"x\":\"%s\"}}", i,
                                  text);
        }
      g_string_append_c (expected, ']');
      value = g_variant_ref_sink (g_variant_builder_end (&builder));
      reeve_json_append_variant (out, value);
      g_assert_cmpstr (out->str, ==, expected->str);
    }
}

/* What others have written need not be in normal form: each inverted byte is told of somehow, and
 * nothing is read that is not there. */
static void
test_not_normal (void)
{
  g_autoptr (GVariant) sound = g_variant_ref_sink (
      g_variant_new_parsed ("[{'a': <'text'>, 'b': <[0.5, 1.5]>}, {'c': <(1, @as [])>}, {}]"));
  gsize size = g_variant_get_size (sound);
  g_autofree guint8 *bytes = g_memdup2 (g_variant_get_data (sound), size);

  for (gsize at = 0; at < size; at++)
    for (guint8 bit = 1; bit != 0; bit = (guint8) (bit << 1))
      {
        g_autoptr (GString) out = g_string_new (NULL);
        g_autoptr (GBytes) copy = NULL;
        g_autoptr (GVariant) value = NULL;

        bytes[at] ^= bit;
        copy = g_bytes_new (bytes, size);
        bytes[at] ^= bit;
        value =
            g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE ("aa{sv}"), copy, FALSE));
        reeve_json_append_variant (out, value);
        g_assert_cmpint (out->str[0], ==, '[');
        g_assert_cmpint (out->str[out->len - 1], ==, ']');
      }
}

/* As long as it takes to fill what is written at once, more than once. */
static void
test_lists (void)
{
  for (guint n = 0; n <= 100; n++)
    {
      g_autofree double *numbers = g_new (double, n + 1);
      g_autoptr (GString) expected = g_string_new ("[");
      g_autoptr (GString) out = g_string_new (NULL);
      g_autoptr (GVariant) value = NULL;

      for (guint i = 0; i < n; i++)
        {
          numbers[i] = i % 7 == 0 ? NAN : -(double) i / 3 * 1e-300;
          g_string_append (expected, i > 0 ? "," : "");
          reeve_json_append_number (expected, numbers[i]);
        }
      g_string_append_c (expected, ']');
      value = g_variant_ref_sink (
          g_variant_new_fixed_array (G_VARIANT_TYPE_DOUBLE, numbers, n, sizeof (double)));
      reeve_json_append_variant (out, value);
      g_assert_cmpstr (out->str, ==, expected->str);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json/numbers", test_numbers);
  g_test_add_func ("/json/numbers-read-back", test_numbers_read_back);
  g_test_add_func ("/json/strings", test_strings);
  g_test_add_func ("/json/variants", test_variants);
  g_test_add_func ("/json/dictionaries", test_dictionaries);
  g_test_add_func ("/json/not-normal", test_not_normal);
  g_test_add_func ("/json/lists", test_lists);
  return g_test_run ();
}
