/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* History as a value: what is written in GVariant's form is what GVariant itself would have made.
 */

#include "config.h"

#include <math.h>

#include "../reeve-fleet-variant.h"

/* (transfer full) @n_columns of @n values, as many of them with least and greatest as not. */
static ReeveHistoryRange *
make_range (guint n_columns, guint n, gboolean spread)
{
  ReeveHistoryRange *range = reeve_history_range_new ();

  range->from = G_GINT64_CONSTANT (1700000000000000);
  range->to = range->from + G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC;
  range->step = 60 * G_USEC_PER_SEC;
  range->n_times = n;
  range->times = g_new (gint64, n + 1);
  for (guint i = 0; i < n; i++)
    range->times[i] = range->from + i * range->step;
  for (guint i = 0; i < n_columns; i++)
    {
      g_autofree char *instance = g_strnfill (i % 7 * 60, 'x');
      ReeveHistoryColumn *column =
          reeve_history_range_add_column (range, i % 2 ? "kind" : "other", instance, "metric");

      for (guint j = 0; j < n; j++)
        column->values[j] = j % 5 == 4 ? NAN : (double) (i * n + j);
      if (!spread || i % 2)
        continue;
      reeve_history_column_add_spread (column, n);
      for (guint j = 0; j < n; j++)
        column->least[j] = column->most[j] = -(double) j;
    }
  return range;
}

static GVariant *
make_numbers (const double *numbers, guint n)
{
  return g_variant_new_fixed_array (G_VARIANT_TYPE_DOUBLE, numbers, n, sizeof (double));
}

/* (transfer full) the slow way. */
static GVariant *
expect (const ReeveHistoryRange *range, gboolean spread)
{
  g_autofree double *times = g_new (double, range->n_times + 1);
  GVariantBuilder columns;

  for (guint i = 0; i < range->n_times; i++)
    times[i] = range->times[i] / 1e6;
  g_variant_builder_init (&columns, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < range->columns->len; i++)
    {
      const ReeveHistoryColumn *column = g_ptr_array_index (range->columns, i);

      g_variant_builder_open (&columns, G_VARIANT_TYPE_VARDICT);
      g_variant_builder_add (&columns, "{sv}", "kind", g_variant_new_string (column->kind));
      g_variant_builder_add (&columns, "{sv}", "instance", g_variant_new_string (column->instance));
      g_variant_builder_add (&columns, "{sv}", "metric", g_variant_new_string (column->metric));
      g_variant_builder_add (&columns, "{sv}", "values",
                             make_numbers (column->values, range->n_times));
      if (spread && column->least != NULL)
        {
          g_variant_builder_add (&columns, "{sv}", "least",
                                 make_numbers (column->least, range->n_times));
          g_variant_builder_add (&columns, "{sv}", "most",
                                 make_numbers (column->most, range->n_times));
        }
      g_variant_builder_close (&columns);
    }
  return g_variant_ref_sink (g_variant_new ("(ddd@ad@aa{sv})", range->from / 1e6, range->to / 1e6,
                                            range->step / 1e6, make_numbers (times, range->n_times),
                                            g_variant_builder_end (&columns)));
}

/* The lengths go over the bounds at which the ends of members take one, two and four bytes. */
static void
test_variant_form (void)
{
  static const guint n_columns[] = { 0, 1, 2, 3, 8, 100 }, n_times[] = { 0, 1, 5, 26, 90, 3000 };

  for (guint i = 0; i < G_N_ELEMENTS (n_columns); i++)
    for (guint j = 0; j < G_N_ELEMENTS (n_times); j++)
      for (guint spread = 0; spread <= 3; spread++)
        {
          g_autoptr (ReeveHistoryRange) range =
              make_range (n_columns[i], n_times[j], (spread & 1) != 0);
          g_autoptr (GVariant) value =
              g_variant_ref_sink (reeve_fleet_range_to_variant (range, spread >= 2));
          g_autoptr (GVariant) expected = expect (range, spread >= 2);

          g_assert_cmpstr (g_variant_get_type_string (value), ==, "(dddadaa{sv})");
          g_assert_true (g_variant_is_normal_form (value));
          g_assert_cmpmem (g_variant_get_data (value), g_variant_get_size (value),
                           g_variant_get_data (expected), g_variant_get_size (expected));
        }
}

static void
test_variant_rounded (void)
{
  static const double values[][2] = {
    { 1.0 / 3, 0.3333333 },
    { -2e6 / 3, -666666.7 },
    { 1e6 + 0.25, 1000000 },
    { 123456.78, 123456.8 },
    { 999.99999, 1000 },
    { 1e9 + 0.5, 1000000001 },
    { 0.00001234567891, 1.234568e-5 },
    { 1e300, 1e300 },
    { INFINITY, INFINITY },
    { 12.345678, 12.34568 },
    { 0, 0 },
    { 1e-20, 0 },
  };
  g_autoptr (ReeveHistoryRange) range = make_range (1, G_N_ELEMENTS (values), FALSE);
  ReeveHistoryColumn *column = g_ptr_array_index (range->columns, 0);
  g_autoptr (GVariant) value = NULL;
  g_autoptr (GVariant) columns = NULL;
  g_autoptr (GVariant) entries = NULL;
  g_autoptr (GVariant) numbers = NULL;
  const double *rounded;
  gsize n;

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    column->values[i] = values[i][0];
  value = g_variant_ref_sink (reeve_fleet_range_to_variant (range, FALSE));
  columns = g_variant_get_child_value (value, 4);
  entries = g_variant_get_child_value (columns, 0);
  numbers = g_variant_lookup_value (entries, "values", G_VARIANT_TYPE ("ad"));
  rounded = g_variant_get_fixed_array (numbers, &n, sizeof (double));
  g_assert_cmpuint (n, ==, G_N_ELEMENTS (values));
  for (guint i = 0; i < n; i++)
    g_assert_cmpfloat (rounded[i], ==, values[i][1]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fleet/variant/form", test_variant_form);
  g_test_add_func ("/fleet/variant/rounded", test_variant_rounded);
  return g_test_run ();
}
