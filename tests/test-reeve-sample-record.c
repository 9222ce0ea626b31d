/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A sample as a record: all types come back, other schemas take what they know. */

#include "config.h"

#include <math.h>
#include <string.h>

#include <reeve/monitor.h>

static const ReeveState states[] = {
  { 0, "passed", REEVE_STATE_OK },
  { 1, "failed", REEVE_STATE_CRITICAL },
  { 0 },
};
static const ReeveMetric drive_metrics[] = {
  { .name = "health",
    .title = "Health",
    .type = REEVE_METRIC_STATE,
    .states = states,
    .aggregation = REEVE_AGGREGATION_LAST },
  { .name = "life", .title = "Life used", .aggregation = REEVE_AGGREGATION_LAST },
  { .name = "model", .title = "Model", .type = REEVE_METRIC_TEXT },
};
static const ReeveKind drive = { "disk-health.drive",          "Drives",     NULL, TRUE, FALSE,
                                 G_N_ELEMENTS (drive_metrics), drive_metrics };
/* The same kind of a later version: other order, one more, one of another type. */
static const ReeveMetric later_metrics[] = {
  { .name = "spare", .title = "Spare" },
  { .name = "model", .title = "Model", .type = REEVE_METRIC_TEXT },
  { .name = "health", .title = "Health" },
  { .name = "life", .title = "Life used", .aggregation = REEVE_AGGREGATION_LAST },
};
static const ReeveKind later = { "disk-health.drive",          "Drives",     NULL, TRUE, FALSE,
                                 G_N_ELEMENTS (later_metrics), later_metrics };
static const ReeveKind other = {
  "another.thing", "Things", NULL, TRUE, FALSE, G_N_ELEMENTS (drive_metrics), drive_metrics
};

static ReeveSchema *
make_schema (const ReeveKind *first, const ReeveKind *second)
{
  const ReeveKind *kinds[] = { first, second };
  g_autoptr (GError) error = NULL;
  ReeveSchema *schema = reeve_schema_new (kinds, second != NULL ? 2 : 1, &error);

  g_assert_no_error (error);
  return schema;
}

static ReeveSample *
make_sample (ReeveSchema *schema)
{
  ReeveSample *sample = reeve_sample_new (schema);
  guint kind;

  reeve_sample_set_rates (sample, TRUE);
  reeve_sample_set_time (sample, 1700000000000000);
  reeve_sample_add (sample, REEVE_KIND_CPU, NULL);
  reeve_sample_set_number (sample, REEVE_CPU_USAGE, 0.125);
  reeve_sample_set_number (sample, REEVE_CPU_USER, 0.1);
  reeve_sample_add (sample, REEVE_KIND_NIC, "eth0");
  reeve_sample_set_number (sample, REEVE_NIC_SENT, 0);
  reeve_sample_set_number (sample, REEVE_NIC_RECEIVED, 1e300);
  reeve_sample_add (sample, REEVE_KIND_SENSOR, "cold\xe2\x84\xa6");
  reeve_sample_set_number (sample, REEVE_SENSOR_TEMPERATURE, -40.5);
  reeve_sample_add (sample, REEVE_KIND_SERVICE, "ssh");
  reeve_sample_set_state (sample, REEVE_SERVICE_STATE, 3);
  reeve_sample_add (sample, REEVE_KIND_CONTAINER, "0123456789ab");
  reeve_sample_set_text (sample, REEVE_CONTAINER_NAME, "web");
  if (reeve_schema_find_kind (schema, "disk-health.drive", &kind) != NULL)
    {
      reeve_sample_add (sample, kind, "sda");
      reeve_sample_set_state (sample, 0, 1);
      reeve_sample_set_number (sample, 1, 0.75);
      reeve_sample_set_text (sample, 2, "ACME 9000");
    }
  return sample;
}

static ReeveSample *
again (ReeveSample *sample, ReeveSchema *schema)
{
  g_autoptr (GBytes) bytes = reeve_sample_record_write (sample);
  g_autoptr (GError) error = NULL;
  ReeveSample *ret = reeve_sample_record_read (g_bytes_get_data (bytes, NULL),
                                               g_bytes_get_size (bytes), schema, &error);

  g_assert_no_error (error);
  return ret;
}

static double
value (ReeveSample *sample, guint kind, const char *instance, guint metric)
{
  return reeve_sample_get_value (sample, kind, instance, metric);
}

static void
test_round (void)
{
  g_autoptr (ReeveSample) sample = make_sample (reeve_schema_get_standard ());
  g_autoptr (ReeveSample) back = again (sample, reeve_schema_get_standard ());
  int row = reeve_sample_find_row (back, REEVE_KIND_CONTAINER, "0123456789ab");

  g_assert_cmpuint (reeve_sample_get_n_rows (back), ==, reeve_sample_get_n_rows (sample));
  g_assert_cmpint (reeve_sample_get_time (back), ==, 1700000000000000);
  g_assert_true (reeve_sample_get_rates (back));
  g_assert_cmpfloat (value (back, REEVE_KIND_CPU, NULL, REEVE_CPU_USAGE), ==, 0.125);
  g_assert_cmpfloat (value (back, REEVE_KIND_CPU, NULL, REEVE_CPU_USER), ==, 0.1);
  g_assert_true (isnan (value (back, REEVE_KIND_CPU, NULL, REEVE_CPU_TIME)));
  g_assert_true (isnan (value (back, REEVE_KIND_CPU, NULL, REEVE_CPU_IDLE)));
  g_assert_cmpfloat (value (back, REEVE_KIND_NIC, "eth0", REEVE_NIC_SENT), ==, 0);
  g_assert_cmpfloat (value (back, REEVE_KIND_NIC, "eth0", REEVE_NIC_RECEIVED), ==, 1e300);
  g_assert_cmpfloat (value (back, REEVE_KIND_SENSOR, "cold\xe2\x84\xa6", 0), ==, -40.5);
  g_assert_cmpfloat (value (back, REEVE_KIND_SERVICE, "ssh", REEVE_SERVICE_STATE), ==, 3);
  g_assert_cmpint (row, >=, 0);
  g_assert_cmpstr (reeve_sample_get_text (back, (guint) row, REEVE_CONTAINER_NAME), ==, "web");
}

/* The collectors' own kinds go by name: what reads them may have other plugins, in other order. */
static void
test_other_schema (void)
{
  g_autoptr (ReeveSchema) written = make_schema (&drive, NULL);
  g_autoptr (ReeveSchema) read = make_schema (&other, &later);
  g_autoptr (ReeveSample) sample = make_sample (written);
  g_autoptr (ReeveSample) back = again (sample, read);
  g_autoptr (ReeveSample) plain = again (sample, reeve_schema_get_standard ());
  guint kind = 0;
  int row;

  g_assert_nonnull (reeve_schema_find_kind (read, "disk-health.drive", &kind));
  row = reeve_sample_find_row (back, kind, "sda");
  g_assert_cmpint (row, >=, 0);
  g_assert_true (isnan (value (back, kind, "sda", 0)));
  g_assert_cmpstr (reeve_sample_get_text (back, (guint) row, 1), ==, "ACME 9000");
  g_assert_true (isnan (value (back, kind, "sda", 2))); /* a number by now */
  g_assert_cmpfloat (value (back, kind, "sda", 3), ==, 0.75);
  g_assert_cmpuint (reeve_sample_get_n_rows (plain), ==, reeve_sample_get_n_rows (sample) - 1);
}

static void
test_damaged (void)
{
  g_autoptr (ReeveSample) sample = make_sample (reeve_schema_get_standard ());
  g_autoptr (GBytes) bytes = reeve_sample_record_write (sample);
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  g_autofree guint8 *copy = g_malloc0 (size + 1);
  g_autofree guint8 *huge = g_malloc0 (REEVE_SAMPLE_RECORD_MAX_BYTES + 1);
  g_autoptr (GError) error = NULL;

  memcpy (copy, data, size);
  for (gsize i = 0; i < size; i++)
    {
      g_assert_null (reeve_sample_record_read (data, i, reeve_schema_get_standard (), &error));
      g_assert_error (error, REEVE_ERROR, REEVE_ERROR_PROTOCOL);
      g_clear_error (&error);
    }
  g_assert_null (reeve_sample_record_read (copy, size + 1, reeve_schema_get_standard (), &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_PROTOCOL);
  g_assert_nonnull (strstr (error->message, "after its end"));
  g_clear_error (&error);
  copy[0] = 2;
  g_assert_null (reeve_sample_record_read (copy, size, reeve_schema_get_standard (), &error));
  g_assert_nonnull (strstr (error->message, "another version"));
  g_clear_error (&error);
  g_assert_null (reeve_sample_record_read (huge, REEVE_SAMPLE_RECORD_MAX_BYTES + 1,
                                           reeve_schema_get_standard (), &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sample-record/round", test_round);
  g_test_add_func ("/sample-record/other-schema", test_other_schema);
  g_test_add_func ("/sample-record/damaged", test_damaged);
  return g_test_run ();
}
