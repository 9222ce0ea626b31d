/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Samples as JSON and OpenMetrics: own assertions, and somebody else's parser. */

#include "config.h"

#include <math.h>
#include <reeve/monitor.h>

#include "plugins/metrics/reeve-metrics-json.h"

/* Python of the distribution, which has the distribution's modules. */
#define TEST_PYTHON "/usr/bin/python3"

static const ReeveState test_states[] = {
  { 0, "off", REEVE_STATE_OK },
  { 1, "on-x", REEVE_STATE_OK },
  { 0 },
};

/* The second kind's family would be called as one of the first. */
static const ReeveMetric test_first_metrics[] = {
  { .name = "b-c", .title = "Bc", .type = REEVE_METRIC_NUMBER, .unit = REEVE_UNIT_BYTES },
  { .name = "instance", .title = "Its instance", .type = REEVE_METRIC_TEXT },
  { .name = "mode", .title = "Mode \\ \"m\"", .type = REEVE_METRIC_STATE, .states = test_states },
  { .name = "spent", .title = "Spent", .type = REEVE_METRIC_COUNTER, .unit = REEVE_UNIT_WATTS },
};
static const ReeveMetric test_second_metrics[] = {
  { .name = "c", .title = "C", .type = REEVE_METRIC_NUMBER, .unit = REEVE_UNIT_BYTES },
};
static const ReeveKind test_first = {
  .name = "test.a",
  .title = "First",
  .instanced = TRUE,
  .n_metrics = 4,
  .metrics = test_first_metrics,
};
static const ReeveKind test_second = {
  .name = "test.a-b",
  .title = "Second",
  .n_metrics = 1,
  .metrics = test_second_metrics,
};

/* Every kind and metric of a schema has a value. */
static ReeveSample *
make_full (ReeveSchema *schema, gboolean rates)
{
  ReeveSample *sample = reeve_sample_new (schema);

  reeve_sample_set_rates (sample, rates);
  reeve_sample_set_time (sample, 1700000000500000);
  for (guint i = 0; i < reeve_schema_get_n_kinds (schema); i++)
    {
      const ReeveKind *kind = reeve_schema_get_kind (schema, i);

      for (guint turn = 0; turn < (kind->instanced ? 2 : 1); turn++)
        {
          g_assert_true (reeve_sample_add (sample, i,
                                           !kind->instanced ? NULL
                                           : turn == 0      ? "a\"b\\c{}=,"
                                                            : "é"));
          for (guint j = 0; j < kind->n_metrics; j++)
            if (kind->metrics[j].type == REEVE_METRIC_TEXT)
              reeve_sample_set_text (sample, j, "t \"x\" \\ y");
            else if (kind->metrics[j].type == REEVE_METRIC_STATE)
              reeve_sample_set_state (sample, j, turn);
            else if (kind->metrics[j].type == REEVE_METRIC_COUNTER && !rates)
              reeve_sample_set_counter (sample, j, G_MAXUINT64 - turn);
            else
              reeve_sample_set_number (sample, j, 0.1 + turn);
        }
    }
  return sample;
}

static ReeveSchema *
make_schema (void)
{
  static const ReeveKind *const extra[] = { &test_first, &test_second };
  g_autoptr (GError) error = NULL;
  ReeveSchema *schema = reeve_schema_new (extra, G_N_ELEMENTS (extra), &error);

  g_assert_no_error (error);
  return schema;
}

static gboolean
has_line (const char *text, const char *line)
{
  g_autofree char *whole = g_strconcat ("\n", line, "\n", NULL);
  g_autofree char *padded = g_strconcat ("\n", text, NULL);

  return strstr (padded, whole) != NULL;
}

static void
assert_lines (const char *text, const char *const *lines)
{
  for (guint i = 0; lines[i] != NULL; i++)
    if (!has_line (text, lines[i]))
      g_error ("no line '%s' in:\n%s", lines[i], text);
}

/* What the parser of others makes of it; NULL: it is not here. */
static char *
parse (const char *text)
{
  g_autofree char *script =
      g_test_build_filename (G_TEST_DIST, "tests", "lib", "parse-openmetrics.py", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process = NULL;
  g_autofree char *out = NULL;
  g_autofree char *complaint = NULL;

  if (!g_file_test (TEST_PYTHON, G_FILE_TEST_IS_EXECUTABLE))
    return NULL;
  process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                                  G_SUBPROCESS_FLAGS_STDERR_PIPE,
                              &error, TEST_PYTHON, script, NULL);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (process, text, NULL, &out, &complaint, &error);
  g_assert_no_error (error);
  if (g_subprocess_get_exit_status (process) == 77)
    return NULL;
  if (g_subprocess_get_exit_status (process) != 0)
    g_error ("the parser refuses: %s\n%s", complaint, text);
  return g_steal_pointer (&out);
}

/* Every line is a comment of a known family or a sample of the family before it, no family comes
 * twice, no line twice. */
static void
assert_shape (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  g_autofree char *family = NULL;
  guint n = g_strv_length (lines);

  g_assert_cmpstr (lines[n - 1], ==, "");
  g_assert_cmpstr (lines[n - 2], ==, "# EOF");
  for (guint i = 0; i < n - 2; i++)
    {
      g_auto (GStrv) words = g_strsplit (lines[i], " ", 4);

      g_assert_cmpstr (lines[i], !=, "");
      g_assert_true (g_hash_table_add (seen, lines[i]));
      if (g_str_has_prefix (lines[i], "# TYPE "))
        {
          g_free (family);
          family = g_strdup (words[2]);
        }
      else if (lines[i][0] == '#')
        g_assert_cmpstr (words[2], ==, family);
      else
        g_assert_true (g_str_has_prefix (lines[i], family));
      if (g_str_has_prefix (lines[i], "# UNIT "))
        g_assert_true (g_str_has_suffix (family, words[3]));
    }
}

static void
test_openmetrics (void)
{
  static const char *const lines[] = {
    "# TYPE reeve_cpu_time_seconds counter",
    "# UNIT reeve_cpu_time_seconds seconds",
    "# TYPE reeve_cpu_usage_seconds counter",
    "# TYPE reeve_memory_total_bytes gauge",
    "# UNIT reeve_memory_total_bytes bytes",
    "reeve_memory_total_bytes 0.1",
    "# HELP reeve_memory_used_bytes Memory: Used. What programs cannot get back",
    "reeve_network_sent_bytes_total 18446744073709551615",
    "reeve_filesystem_reads_total{instance=\"a\\\"b\\\\c{}=,\"} 18446744073709551615",
    "reeve_services_total_value 0.1",
    "reeve_load_one 0.1",
    "reeve_memory_usage_ratio 0.1",
    "reeve_sensor_temperature_celsius{instance=\"é\"} 1.1",
    "# TYPE reeve_battery_state stateset",
    "reeve_battery_state{instance=\"é\",reeve_battery_state=\"empty\"} 1",
    "reeve_battery_state{instance=\"é\",reeve_battery_state=\"full\"} 0",
    "# TYPE reeve_host info",
    "# TYPE reeve_container info",
    "reeve_test_a_b_c_bytes{instance=\"é\"} 1.1",
    "reeve_test_a_b_c_2_bytes 0.1",
    "# TYPE reeve_test_a_spent_joules counter",
    "# HELP reeve_test_a_mode First: Mode \\\\ \\\"m\\\"",
    "reeve_test_a_info{instance=\"é\",instance_text=\"t \\\"x\\\" \\\\ y\"} 1",
    "reeve_test_a_mode{instance=\"é\",reeve_test_a_mode=\"on-x\"} 1",
    NULL,
  };
  g_autoptr (ReeveSchema) schema = make_schema ();
  g_autoptr (ReeveSample) sample = make_full (schema, FALSE);
  g_autofree char *text = reeve_openmetrics_from_sample (sample);

  g_assert_true (g_utf8_validate (text, -1, NULL));
  assert_shape (text);
  assert_lines (text, lines);
}

static void
test_openmetrics_parsed (void)
{
  g_autoptr (ReeveSchema) schema = make_schema ();
  g_autoptr (ReeveSample) sample = make_full (schema, FALSE);
  g_autofree char *text = reeve_openmetrics_from_sample (sample);
  g_autofree char *parsed = parse (text);
  const char *const lines[] = {
    "gauge bytes reeve_test_a_b_c_2_bytes [] 0.1",
    "counter seconds reeve_cpu_time_seconds_total [] 18446744073709.55",
    "counter bytes reeve_nic_sent_bytes_total [('instance', 'a\"b\\\\c{}=,')] "
    "18446744073709551615",
    "info - reeve_test_a_info [('instance', '\\xe9'), ('instance_text', 't \"x\" \\\\ y')] 1",
    "stateset - reeve_test_a_mode [('instance', '\\xe9'), ('reeve_test_a_mode', 'on-x')] 1",
    NULL,
  };

  if (parsed == NULL)
    {
      g_test_skip ("python3-prometheus-client is not installed");
      return;
    }
  assert_lines (parsed, lines);
}

static void
test_openmetrics_empty (void)
{
  g_autoptr (ReeveSample) sample = reeve_sample_new (reeve_schema_get_standard ());
  g_autofree char *text = reeve_openmetrics_from_sample (sample);
  g_autofree char *unknown = NULL;

  g_assert_cmpstr (text, ==, "# EOF\n");
  /* missing values have no line, an unknown state is none of the known ones */
  reeve_sample_add (sample, REEVE_KIND_BATTERY, "b");
  reeve_sample_set_number (sample, REEVE_BATTERY_CHARGE, NAN);
  reeve_sample_set_state (sample, REEVE_BATTERY_PRIMARY, 9);
  unknown = reeve_openmetrics_from_sample (sample);
  g_assert_cmpstr (unknown, ==,
                   "# TYPE reeve_battery_primary stateset\n"
                   "# HELP reeve_battery_primary Batteries: Primary. The battery that stands for "
                   "the system\n"
                   "reeve_battery_primary{instance=\"b\",reeve_battery_primary=\"no\"} 0\n"
                   "reeve_battery_primary{instance=\"b\",reeve_battery_primary=\"yes\"} 0\n"
                   "# EOF\n");
}

static void
test_json (void)
{
  g_autoptr (ReeveSample) sample = reeve_sample_new (reeve_schema_get_standard ());
  g_autofree char *text = NULL;

  reeve_sample_set_rates (sample, TRUE);
  reeve_sample_set_time (sample, 1700000000500000);
  reeve_sample_add (sample, REEVE_KIND_BATTERY, "b\"\\");
  reeve_sample_set_number (sample, REEVE_BATTERY_CHARGE, 0.1);
  reeve_sample_set_state (sample, REEVE_BATTERY_STATE, 3);
  reeve_sample_set_state (sample, REEVE_BATTERY_PRIMARY, 9);
  reeve_sample_add (sample, REEVE_KIND_NETWORK, NULL);
  reeve_sample_set_number (sample, REEVE_NETWORK_SENT, 123456789012);
  reeve_sample_add (sample, REEVE_KIND_SWAP, NULL);
  text = reeve_metrics_json_from_sample (sample);
  g_assert_cmpstr (text, ==,
                   "{\"version\":\"" PACKAGE_VERSION "\",\"time\":1700000000.5,\"rows\":[\n"
                   "{\"kind\":\"battery\",\"instance\":\"b\\\"\\\\\",\"metrics\":"
                   "{\"charge\":0.1,\"state\":\"charging\",\"primary\":9}},\n"
                   "{\"kind\":\"network\",\"instance\":\"\",\"metrics\":{\"sent\":123456789012}},\n"
                   "{\"kind\":\"swap\",\"instance\":\"\",\"metrics\":{}}\n]}");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/metrics/openmetrics", test_openmetrics);
  g_test_add_func ("/metrics/openmetrics/parsed", test_openmetrics_parsed);
  g_test_add_func ("/metrics/openmetrics/empty", test_openmetrics_empty);
  g_test_add_func ("/metrics/json", test_json);
  return g_test_run ();
}
