/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Counters to rates, by tables. */

#include "config.h"

#include <math.h>

#include <reeve/monitor.h>

#define SECOND G_USEC_PER_SEC

/* ---- one counter ---- */

typedef struct
{
  const char *what;
  ReeveRatesCounter counter;
  gboolean has_over;
  ReeveRatesCounter over;
  gint64 elapsed_us;
  double range;
  double expected;
} RateCase;

static const RateCase rate_cases[] = {
  { "bytes over a minute", { 1000, 61000, 0 }, FALSE, { 0 }, 60 * SECOND, 0, 1000 },
  { "nothing happened", { 5, 5, 0 }, FALSE, { 0 }, SECOND, 0, 0 },
  { "half a second", { 0, 100, 0 }, FALSE, { 0 }, SECOND / 2, 0, 200 },
  { "no time at all", { 0, 100, 0 }, FALSE, { 0 }, 0, 0, NAN },
  { "time ran backwards", { 0, 100, 0 }, FALSE, { 0 }, -SECOND, 0, NAN },
  { "too little time", { 0, 100, 0 }, FALSE, { 0 }, 99999, 0, NAN },
  { "just enough time", { 0, 100, 0 }, FALSE, { 0 }, 100000, 0, 1000 },
  { "reset", { 1000, 10, 0 }, FALSE, { 0 }, SECOND, 0, NAN },
  { "wrap at 32 bits", { 0xfffffff0, 0x10, 0 }, FALSE, { 0 }, SECOND, 0, NAN },
  { "wrap at 64 bits", { G_MAXUINT64, 5, 0 }, FALSE, { 0 }, SECOND, 0, NAN },
  { "from nothing to all", { 0, G_MAXUINT64, 0 }, FALSE, { 0 }, SECOND, 0, 18446744073709551615. },
  { "time at work", { 0, 250000, 1e-6 }, FALSE, { 0 }, SECOND, 1, 0.25 },
  { "more than all the time", { 0, 1000100, 1e-6 }, FALSE, { 0 }, SECOND, 1, 1 },
  { "overlapping work", { 0, 3000000, 1e-6 }, FALSE, { 0 }, SECOND, 0, 3 },
  { "share", { 100, 350, 1e-6 }, TRUE, { 1000, 2000, 1e-6 }, SECOND, 1, 0.25 },
  { "share of nothing", { 100, 350, 1e-6 }, TRUE, { 1000, 1000, 1e-6 }, SECOND, 1, NAN },
  { "share of a reset", { 100, 350, 1e-6 }, TRUE, { 1000, 10, 1e-6 }, SECOND, 1, NAN },
  { "reset of a share", { 350, 100, 1e-6 }, TRUE, { 1000, 2000, 1e-6 }, SECOND, 1, NAN },
  { "time of one read", { 0, 8000, 1e-6 }, TRUE, { 0, 4, 0 }, SECOND, 0, 0.002 },
  { "no reads", { 0, 0, 1e-6 }, TRUE, { 4, 4, 0 }, SECOND, 0, NAN },
  { "share over no time", { 100, 350, 1e-6 }, TRUE, { 1000, 2000, 1e-6 }, 0, 1, NAN },
};

static void
test_one (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (rate_cases); i++)
    {
      const RateCase *it = &rate_cases[i];
      double rate =
          reeve_rates_of (&it->counter, it->has_over ? &it->over : NULL, it->elapsed_us, it->range);

      g_test_message ("%s", it->what);
      if (isnan (it->expected))
        g_assert_true (isnan (rate));
      else
        g_assert_cmpfloat_with_epsilon (rate, it->expected, 1e-9 * MAX (1, it->expected));
    }
}

/* ---- samples ---- */

static void
add_nic (ReeveSample *sample, const char *name, guint64 sent, guint64 received)
{
  g_assert_true (reeve_sample_add (sample, REEVE_KIND_NIC, name));
  reeve_sample_set_counter (sample, REEVE_NIC_SENT, sent);
  reeve_sample_set_counter (sample, REEVE_NIC_RECEIVED, received);
  reeve_sample_set_number (sample, REEVE_NIC_SENT_TOTAL, (double) sent);
}

static void
add_cpu (ReeveSample *sample, guint64 time, guint64 usage, guint64 iowait)
{
  g_assert_true (reeve_sample_add (sample, REEVE_KIND_CPU, NULL));
  reeve_sample_set_counter (sample, REEVE_CPU_TIME, time);
  reeve_sample_set_counter (sample, REEVE_CPU_USAGE, usage);
  reeve_sample_set_counter (sample, REEVE_CPU_IOWAIT, iowait);
}

static ReeveSample *
new_out (ReeveSchema *schema)
{
  ReeveSample *out = reeve_sample_new (schema);

  reeve_sample_set_rates (out, TRUE);
  return out;
}

static void
test_rows (void)
{
  ReeveSchema *schema = reeve_schema_get_standard ();
  g_autoptr (ReeveSample) before = reeve_sample_new (schema);
  g_autoptr (ReeveSample) now = reeve_sample_new (schema);
  g_autoptr (ReeveSample) out = new_out (schema);
  int row;

  add_cpu (before, 1000, 100, 50);
  add_nic (before, "eth0", 100, 200);
  add_nic (before, "gone0", 1, 1);
  add_nic (before, "eth1", 500, 500);

  add_cpu (now, 3000, 600, 40); /* time waited for disks may run backwards a little */
  add_nic (now, "eth1", 1500, 100);
  add_nic (now, "eth0", 2100, 200);
  add_nic (now, "new0", 7, 8);
  g_assert_true (reeve_sample_add (now, REEVE_KIND_MEMORY, NULL));
  reeve_sample_set_number (now, REEVE_MEMORY_TOTAL, 4096);
  g_assert_true (reeve_sample_add (now, REEVE_KIND_HOST, NULL));
  reeve_sample_set_text (now, REEVE_HOST_HOSTNAME, "host");

  reeve_rates_add (out, now, before, 2 * SECOND, REEVE_RATES_VALUES);
  g_assert_cmpfloat (reeve_sample_get_value (out, REEVE_KIND_CPU, NULL, REEVE_CPU_USAGE), ==, 0.25);
  row = reeve_sample_find_row (out, REEVE_KIND_CPU, NULL);
  g_assert_false (reeve_sample_has (out, (guint) row, REEVE_CPU_IOWAIT));
  g_assert_false (reeve_sample_has (out, (guint) row, REEVE_CPU_TIME));
  g_assert_cmpfloat (reeve_sample_get_value (out, REEVE_KIND_NIC, "eth0", REEVE_NIC_SENT), ==,
                     1000);
  g_assert_cmpfloat (reeve_sample_get_value (out, REEVE_KIND_NIC, "eth0", REEVE_NIC_RECEIVED), ==,
                     0);
  g_assert_cmpfloat (reeve_sample_get_value (out, REEVE_KIND_NIC, "eth1", REEVE_NIC_SENT), ==, 500);
  row = reeve_sample_find_row (out, REEVE_KIND_NIC, "eth1");
  g_assert_false (reeve_sample_has (out, (guint) row, REEVE_NIC_RECEIVED));
  row = reeve_sample_find_row (out, REEVE_KIND_NIC, "new0");
  g_assert_cmpint (row, >=, 0);
  g_assert_false (reeve_sample_has (out, (guint) row, REEVE_NIC_SENT));
  g_assert_cmpfloat (reeve_sample_get_number (out, (guint) row, REEVE_NIC_SENT_TOTAL), ==, 7);
  g_assert_cmpint (reeve_sample_find_row (out, REEVE_KIND_NIC, "gone0"), ==, -1);
  g_assert_cmpfloat (reeve_sample_get_value (out, REEVE_KIND_MEMORY, NULL, REEVE_MEMORY_TOTAL), ==,
                     4096);
  g_assert_cmpint (reeve_sample_find_row (out, REEVE_KIND_HOST, NULL), ==, -1);

  /* the facts alone */
  reeve_rates_add (out, now, before, 2 * SECOND, REEVE_RATES_FACTS);
  row = reeve_sample_find_row (out, REEVE_KIND_HOST, NULL);
  g_assert_cmpstr (reeve_sample_get_text (out, (guint) row, REEVE_HOST_HOSTNAME), ==, "host");
}

/* A first sample, and one after no time, have rows but no rates. */
static void
test_first (void)
{
  ReeveSchema *schema = reeve_schema_get_standard ();
  g_autoptr (ReeveSample) now = reeve_sample_new (schema);

  add_nic (now, "eth0", 2100, 200);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (ReeveSample) out = new_out (schema);
      int row;

      reeve_rates_add (out, now, i == 0 ? NULL : now, 0, REEVE_RATES_VALUES);
      row = reeve_sample_find_row (out, REEVE_KIND_NIC, "eth0");
      g_assert_cmpint (row, ==, 0);
      g_assert_false (reeve_sample_has (out, 0, REEVE_NIC_SENT));
      g_assert_true (reeve_sample_has (out, 0, REEVE_NIC_SENT_TOTAL));
    }
}

/* Two collectors that each know a part of a row without instances. */
static void
test_merge (void)
{
  ReeveSchema *schema = reeve_schema_get_standard ();
  g_autoptr (ReeveSample) a = reeve_sample_new (schema);
  g_autoptr (ReeveSample) b = reeve_sample_new (schema);
  g_autoptr (ReeveSample) out = new_out (schema);

  reeve_sample_add (a, REEVE_KIND_SYSTEM, NULL);
  reeve_sample_set_number (a, REEVE_SYSTEM_UPTIME, 5);
  reeve_sample_add (b, REEVE_KIND_SYSTEM, NULL);
  reeve_sample_set_number (b, REEVE_SYSTEM_TEMPERATURE, 50);
  reeve_rates_add (out, a, NULL, 0, REEVE_RATES_VALUES);
  reeve_rates_add (out, b, NULL, 0, REEVE_RATES_VALUES);
  g_assert_cmpuint (reeve_sample_get_n_rows (out), ==, 1);
  g_assert_cmpfloat (reeve_sample_get_number (out, 0, REEVE_SYSTEM_UPTIME), ==, 5);
  g_assert_cmpfloat (reeve_sample_get_number (out, 0, REEVE_SYSTEM_TEMPERATURE), ==, 50);
}

/* ---- a schema that changes between two readings ---- */

static const ReeveMetric tape_metrics[] = {
  { "written", "Written", REEVE_METRIC_COUNTER, REEVE_UNIT_BYTES_PER_SECOND,
    REEVE_AGGREGATION_AVERAGE, REEVE_CHART_LINE },
};
static const ReeveMetric other_tape_metrics[] = {
  { "turns", "Turns", REEVE_METRIC_COUNTER, REEVE_UNIT_PER_SECOND, REEVE_AGGREGATION_AVERAGE,
    REEVE_CHART_LINE },
};
static const ReeveKind tape = { "tapes.tape", "Tape", NULL, TRUE, FALSE, 1, tape_metrics };
static const ReeveKind other_tape = {
  "tapes.tape", "Tape", NULL, TRUE, FALSE, 1, other_tape_metrics
};
static const ReeveKind robot = { "tapes.robot", "Robot", NULL, FALSE, FALSE, 1, tape_metrics };

static double
tape_rate (const ReeveKind *const *before_kinds, gsize n_before)
{
  const ReeveKind *kinds[] = { &tape };
  g_autoptr (ReeveSchema) schema = reeve_schema_new (kinds, 1, NULL);
  g_autoptr (ReeveSchema) before_schema = reeve_schema_new (before_kinds, n_before, NULL);
  g_autoptr (ReeveSample) before = reeve_sample_new (before_schema);
  g_autoptr (ReeveSample) now = reeve_sample_new (schema);
  g_autoptr (ReeveSample) out = new_out (schema);
  guint index;

  if (reeve_schema_find_kind (before_schema, "tapes.tape", &index) != NULL)
    {
      reeve_sample_add (before, index, "one");
      reeve_sample_set_counter (before, 0, 10);
    }
  reeve_schema_find_kind (schema, "tapes.tape", &index);
  reeve_sample_add (now, index, "one");
  reeve_sample_set_counter (now, 0, 30);
  reeve_rates_add (out, now, before, SECOND, REEVE_RATES_VALUES);
  return reeve_sample_get_value (out, index, "one", 0);
}

static void
test_schema_changed (void)
{
  const ReeveKind *more[] = { &robot, &tape };
  const ReeveKind *other[] = { &robot, &other_tape };

  g_assert_cmpfloat (tape_rate (more, 2), ==, 20);
  g_assert_true (isnan (tape_rate (other, 2)));
  g_assert_true (isnan (tape_rate (more, 1)));
}

static void
test_hash_facts (void)
{
  ReeveSchema *schema = reeve_schema_get_standard ();
  g_autoptr (ReeveSample) sample = reeve_sample_new (schema);
  guint64 empty = reeve_rates_hash_facts (sample), one;

  reeve_sample_add (sample, REEVE_KIND_LOAD, NULL);
  reeve_sample_set_number (sample, REEVE_LOAD_ONE, 5);
  g_assert_cmpuint (reeve_rates_hash_facts (sample), ==, empty);
  reeve_sample_add (sample, REEVE_KIND_HOST, NULL);
  reeve_sample_set_text (sample, REEVE_HOST_KERNEL, "6.1");
  one = reeve_rates_hash_facts (sample);
  g_assert_cmpuint (one, !=, empty);
  reeve_sample_set_text (sample, REEVE_HOST_KERNEL, "6.2");
  g_assert_cmpuint (reeve_rates_hash_facts (sample), !=, one);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/reporter/rates/one", test_one);
  g_test_add_func ("/reporter/rates/rows", test_rows);
  g_test_add_func ("/reporter/rates/first", test_first);
  g_test_add_func ("/reporter/rates/merge", test_merge);
  g_test_add_func ("/reporter/rates/schema-changed", test_schema_changed);
  g_test_add_func ("/reporter/rates/hash-facts", test_hash_facts);
  return g_test_run ();
}
