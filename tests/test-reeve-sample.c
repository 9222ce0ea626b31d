/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Samples and messages: what is set can be read, what is missing stays missing, limits hold. */

#include "config.h"

#include <reeve/monitor.h>

#include <math.h>
#include <string.h>

static void
fill (ReeveSample *sample)
{
  g_assert_true (reeve_sample_add (sample, REEVE_KIND_MEMORY, NULL));
  reeve_sample_set_number (sample, REEVE_MEMORY_TOTAL, 8e9);
  reeve_sample_set_number (sample, REEVE_MEMORY_USED, 0);
  reeve_sample_set_number (sample, REEVE_MEMORY_USAGE, NAN);
  g_assert_true (reeve_sample_add (sample, REEVE_KIND_NIC, "eth0"));
  reeve_sample_set_counter (sample, REEVE_NIC_SENT, G_MAXUINT64);
  reeve_sample_set_number (sample, REEVE_NIC_SENT_TOTAL, 1);
  g_assert_true (reeve_sample_add (sample, REEVE_KIND_NIC, "eth1"));
  g_assert_true (reeve_sample_add (sample, REEVE_KIND_HOST, NULL));
  reeve_sample_set_text (sample, REEVE_HOST_HOSTNAME, "web1\n");
  reeve_sample_set_state (sample, REEVE_HOST_OS, 3);
}

static void
test_values (void)
{
  g_autoptr (ReeveSample) sample = reeve_sample_new (reeve_schema_get_standard ());
  const char *instance;
  guint64 counter = 0;
  guint kind;

  for (guint round = 0; round < 3; round++)
    {
      reeve_sample_reset (sample, reeve_schema_get_standard ());
      g_assert_cmpuint (reeve_sample_get_n_rows (sample), ==, 0);
      fill (sample);
      g_assert_cmpuint (reeve_sample_get_n_rows (sample), ==, 4);
      g_assert_cmpstr (reeve_sample_get_row (sample, 1, &kind, &instance)->name, ==, "nic");
      g_assert_cmpuint (kind, ==, REEVE_KIND_NIC);
      g_assert_cmpstr (instance, ==, "eth0");
      g_assert_cmpint (reeve_sample_find_row (sample, REEVE_KIND_NIC, "eth1"), ==, 2);
      g_assert_cmpint (reeve_sample_find_row (sample, REEVE_KIND_NIC, "eth2"), ==, -1);
      g_assert_cmpint (reeve_sample_find_row (sample, REEVE_KIND_MEMORY, NULL), ==, 0);
      g_assert_cmpint (reeve_sample_find_row (sample, REEVE_KIND_MEMORY, ""), ==, 0);

      g_assert_cmpfloat (reeve_sample_get_number (sample, 0, REEVE_MEMORY_TOTAL), ==, 8e9);
      g_assert_cmpfloat (reeve_sample_get_number (sample, 0, REEVE_MEMORY_USED), ==, 0);
      g_assert_false (reeve_sample_has (sample, 0, REEVE_MEMORY_USAGE));
      g_assert_true (isnan (reeve_sample_get_number (sample, 0, REEVE_MEMORY_USAGE)));
      g_assert_true (reeve_sample_get_counter (sample, 1, REEVE_NIC_SENT, &counter));
      g_assert_true (counter == G_MAXUINT64);
      g_assert_true (isnan (reeve_sample_get_number (sample, 1, REEVE_NIC_SENT)));
      g_assert_false (reeve_sample_get_counter (sample, 1, REEVE_NIC_RECEIVED, &counter));
      g_assert_cmpstr (reeve_sample_get_text (sample, 3, REEVE_HOST_HOSTNAME), ==,
                       "web1\357\277\275");
      g_assert_null (reeve_sample_get_text (sample, 3, REEVE_HOST_KERNEL));
      g_assert_cmpfloat (reeve_sample_get_value (sample, REEVE_KIND_HOST, NULL, REEVE_HOST_OS), ==,
                         3);
      g_assert_true (isnan (reeve_sample_get_value (sample, REEVE_KIND_FAN, "x", REEVE_FAN_SPEED)));
      g_assert_cmpuint (reeve_sample_get_n_dropped (sample), ==, 0);
    }
}

static void
check_rows (ReeveSample *sample, guint n)
{
  g_assert_cmpuint (reeve_sample_get_n_rows (sample), ==, n + 1);
  g_assert_cmpstr (reeve_sample_get_text (sample, 0, REEVE_HOST_HOSTNAME), ==, "web1");
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("disk%u", i);
      int row = reeve_sample_find_row (sample, REEVE_KIND_DISK, name);

      g_assert_cmpint (row, ==, (int) i + 1);
      g_assert_cmpfloat (reeve_sample_get_number (sample, (guint) row, REEVE_DISK_SIZE), ==, i);
    }
  g_assert_cmpint (reeve_sample_find_row (sample, REEVE_KIND_DISK, "other"), ==, -1);
}

/* Trimmed at each size: what is there stays, and what comes next finds room, also in the next
 * sample, which begins with as much. */
static void
test_trim (void)
{
  g_autoptr (ReeveSample) sample = reeve_sample_new (reeve_schema_get_standard ());

  reeve_sample_trim (sample);
  g_assert_cmpint (reeve_sample_find_row (sample, REEVE_KIND_HOST, NULL), ==, -1);
  g_assert_true (reeve_sample_add (sample, REEVE_KIND_HOST, NULL));
  reeve_sample_set_text (sample, REEVE_HOST_HOSTNAME, "web1");
  for (guint i = 0; i < 70; i++)
    {
      g_autofree char *name = g_strdup_printf ("disk%u", i);
      g_autoptr (ReeveSample) next = NULL;

      reeve_sample_trim (sample);
      check_rows (sample, i);
      next = reeve_sample_new (reeve_schema_get_standard ());
      fill (next);
      g_assert_cmpint (reeve_sample_find_row (next, REEVE_KIND_NIC, "eth1"), ==, 2);
      g_assert_true (reeve_sample_add (sample, REEVE_KIND_DISK, name));
      reeve_sample_set_number (sample, REEVE_DISK_SIZE, i);
    }
  g_assert_false (reeve_sample_add (sample, REEVE_KIND_DISK, "disk0"));
  reeve_sample_trim (sample);
  check_rows (sample, 70);
  reeve_sample_reset (sample, reeve_schema_get_standard ());
  fill (sample);
  g_assert_cmpint (reeve_sample_find_row (sample, REEVE_KIND_NIC, "eth1"), ==, 2);
}

static void
test_rates (void)
{
  g_autoptr (ReeveSample) sample = reeve_sample_new (reeve_schema_get_standard ());
  guint64 counter;

  reeve_sample_set_rates (sample, TRUE);
  reeve_sample_set_time (sample, 5);
  g_assert_true (reeve_sample_add (sample, REEVE_KIND_CPU, NULL));
  reeve_sample_set_number (sample, REEVE_CPU_USAGE, 0.25);
  g_assert_cmpfloat (reeve_sample_get_number (sample, 0, REEVE_CPU_USAGE), ==, 0.25);
  g_assert_false (reeve_sample_get_counter (sample, 0, REEVE_CPU_USAGE, &counter));
  reeve_sample_set_number (sample, REEVE_CPU_USAGE, INFINITY);
  g_assert_false (reeve_sample_has (sample, 0, REEVE_CPU_USAGE));
  reeve_sample_reset (sample, reeve_schema_get_standard ());
  g_assert_false (reeve_sample_get_rates (sample));
  g_assert_cmpint (reeve_sample_get_time (sample), ==, 0);
}

static void
test_same_row (void)
{
  g_autoptr (ReeveSample) sample = reeve_sample_new (reeve_schema_get_standard ());

  g_assert_true (reeve_sample_add (sample, REEVE_KIND_FAN, "a"));
  reeve_sample_set_number (sample, REEVE_FAN_SPEED, 1);
  g_assert_true (reeve_sample_add (sample, REEVE_KIND_SENSOR, "a"));
  g_assert_false (reeve_sample_add (sample, REEVE_KIND_FAN, "a"));
  reeve_sample_set_number (sample, REEVE_FAN_SPEED, 2); /* goes nowhere */
  g_assert_cmpuint (reeve_sample_get_n_rows (sample), ==, 2);
  g_assert_cmpuint (reeve_sample_get_n_dropped (sample), ==, 1);
  g_assert_cmpfloat (reeve_sample_get_number (sample, 0, REEVE_FAN_SPEED), ==, 1);
  reeve_sample_select (sample, 0);
  reeve_sample_set_number (sample, REEVE_FAN_SPEED, 3);
  g_assert_cmpfloat (reeve_sample_get_number (sample, 0, REEVE_FAN_SPEED), ==, 3);
  /* A kind without instances has one row, whatever is said. */
  g_assert_true (reeve_sample_add (sample, REEVE_KIND_LOAD, "x"));
  g_assert_cmpint (reeve_sample_find_row (sample, REEVE_KIND_LOAD, NULL), ==, 2);
}

static void
test_limits (void)
{
  g_autoptr (ReeveSample) sample = reeve_sample_new (reeve_schema_get_standard ());
  g_autofree char *name = g_strnfill (REEVE_SAMPLE_MAX_INSTANCE + 10, 'x');
  g_autofree char *text = g_strnfill (REEVE_SAMPLE_MAX_TEXT + 10, 'y');
  const char *instance;
  char number[16];

  g_assert_true (reeve_sample_add (sample, REEVE_KIND_CONTAINER, name));
  reeve_sample_get_row (sample, 0, NULL, &instance);
  g_assert_cmpuint (strlen (instance), ==, REEVE_SAMPLE_MAX_INSTANCE);
  reeve_sample_set_text (sample, REEVE_CONTAINER_NAME, text);
  g_assert_cmpuint (strlen (reeve_sample_get_text (sample, 0, REEVE_CONTAINER_NAME)), ==,
                    REEVE_SAMPLE_MAX_TEXT);

  for (guint i = 1; i < REEVE_SAMPLE_MAX_ROWS; i++)
    {
      g_snprintf (number, sizeof number, "%u", i);
      g_assert_true (reeve_sample_add (sample, REEVE_KIND_CORE, number));
    }
  g_assert_false (reeve_sample_add (sample, REEVE_KIND_CORE, "more"));
  g_assert_cmpuint (reeve_sample_get_n_dropped (sample), ==, 1);
  for (guint i = 1; i < REEVE_SAMPLE_MAX_ROWS; i++)
    {
      g_snprintf (number, sizeof number, "%u", i);
      g_assert_cmpint (reeve_sample_find_row (sample, REEVE_KIND_CORE, number), ==, i);
    }

  reeve_sample_reset (sample, reeve_schema_get_standard ());
  for (guint i = 0; i < REEVE_SAMPLE_MAX_TEXTS / REEVE_SAMPLE_MAX_TEXT + 10; i++)
    {
      g_snprintf (number, sizeof number, "%u", i);
      if (reeve_sample_add (sample, REEVE_KIND_CONTAINER, number))
        reeve_sample_set_text (sample, REEVE_CONTAINER_IMAGE, text);
    }
  g_assert_cmpuint (reeve_sample_get_n_dropped (sample), >, 10);
}

static void
test_message (void)
{
  g_autoptr (ReeveSample) sample = reeve_sample_new (reeve_schema_get_standard ());
  g_autoptr (ReeveMessage) request =
      reeve_message_new_sample_request (&(ReeveSampleRequest){ .kept = 3 });
  g_autoptr (ReeveMessage) ask = reeve_message_new_request ("container.logs", NULL);
  g_autoptr (ReeveMessage) with = reeve_message_new_sample (sample);
  g_autoptr (ReeveMessage) answer = reeve_message_new_answer (g_variant_new_string ("x"));
  g_autoptr (ReeveMessage) other = reeve_message_ref (with);
  g_autoptr (GBytes) description = g_bytes_new_static ("d", 1);

  g_assert_cmpstr (reeve_message_get_verb (request), ==, REEVE_VERB_SAMPLE);
  g_assert_cmpuint (reeve_message_get_sample_request (request)->kept, ==, 3);
  g_assert_null (reeve_message_get_arguments (request));
  g_assert_null (reeve_message_get_sample_request (ask));
  g_assert_cmpuint (g_variant_n_children (reeve_message_get_arguments (ask)), ==, 0);
  g_assert_null (reeve_message_get_sample_request (with));
  g_assert_null (reeve_message_get_sample (request));
  g_assert_null (reeve_message_get_verb (with));
  g_assert_true (reeve_message_get_sample (other) == sample);
  g_assert_cmpstr (g_variant_get_string (reeve_message_get_value (answer), NULL), ==, "x");
  reeve_message_set_sequence (with, 7);
  reeve_message_set_age (with, 12);
  reeve_message_set_description (with, description);
  reeve_message_set_description (with, description);
  g_assert_cmpuint (reeve_message_get_sequence (with), ==, 7);
  g_assert_cmpint (reeve_message_get_age (with), ==, 12);
  g_assert_true (reeve_message_get_description (with) == description);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sample/values", test_values);
  g_test_add_func ("/sample/trim", test_trim);
  g_test_add_func ("/sample/rates", test_rates);
  g_test_add_func ("/sample/same-row", test_same_row);
  g_test_add_func ("/sample/limits", test_limits);
  g_test_add_func ("/message", test_message);
  return g_test_run ();
}
