/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Names, patterns, states and the files of control groups. */

#include "config.h"

#include "../reeve-services-cgroup.h"
#include "../reeve-services-parse.h"
#include "../reeve-services-unit.h"

#include <string.h>

static void
test_numbers (void)
{
  static const struct
  {
    const char *text;
    gboolean ok;
    guint64 value;
  } cases[] = {
    { "0\n", TRUE, 0 },
    { "18446744073709551615\n", TRUE, G_MAXUINT64 },
    { "18446744073709551616\n", FALSE, 0 },
    { "max\n", FALSE, 0 },
    { "", FALSE, 0 },
    { "\n", FALSE, 0 },
    { "12", FALSE, 0 }, /* cut short */
    { "12 \n", FALSE, 0 },
    { "-1\n", FALSE, 0 },
    { "12\n13\n", FALSE, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint64 value = 0;

      g_assert_cmpint (reeve_services_parse_number (cases[i].text, strlen (cases[i].text), &value),
                       ==, cases[i].ok);
      g_assert_cmpuint (value, ==, cases[i].value);
    }
}

static void
test_usage (void)
{
  static const char *const good[] = {
    "usage_usec 42\nuser_usec 1\n",
    "usage_usec 42\nuser_u",
    "core_sched.force_idle_usec 0\nusage_usec 42\n",
  };
  static const char *const bad[] = {
    "", "usage_usec 42", "usage_usec \n", "usage_usec x\n", "user_usec 1\n", "xusage_usec 42\n",
  };
  guint64 value;

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      value = 0;
      g_assert_true (reeve_services_parse_usage (good[i], strlen (good[i]), &value));
      g_assert_cmpuint (value, ==, 42);
    }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (reeve_services_parse_usage (bad[i], strlen (bad[i]), &value));
}

static void
test_names (void)
{
  static const char *const shown[][2] = {
    { "cron.service", "cron" },
    { "a\\x20b.service", "a b" },
    { "a\\x2", "a\\x2" },
    { "a\\xzz.service", "a\\xzz" },
    { "clean.timer", "clean.timer" },
    { "caf\\xc3\\xa9.service", "caf\303\251" },
    { "bad\\xff.service", "bad\357\277\275" },
    { "line\\x0abreak\\x1b.service", "line\357\277\275break\357\277\275" },
    { "nul\\x00.service", "nul\357\277\275" },
  };
  static const char *const good[] = { "a.service", "a@b:c-d_e.timer", "dev-sda\\x2d1.device" };
  static const char *const bad[] = {
    "",
    ".service",
    "a",
    "a.conf",
    "a b.service",
    "a/b.service",
    "a\n.service",
    "<b>.service",
    "caf\303\251.service",
  };
  g_autofree char *stem = g_strnfill (REEVE_SERVICES_MAX_NAME - strlen (".service"), 'a');
  g_autofree char *longest = g_strconcat (stem, ".service", NULL);
  g_autofree char *longer = g_strconcat ("a", longest, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (shown); i++)
    {
      g_autofree char *name = reeve_services_show_name (shown[i][0]);

      g_assert_cmpstr (name, ==, shown[i][1]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_true (reeve_services_is_unit_name (good[i]));
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (reeve_services_is_unit_name (bad[i]));
  g_assert_true (reeve_services_is_unit_name (longest));
  g_assert_false (reeve_services_is_unit_name (longer));
}

static void
test_paths (void)
{
  g_autofree char *longer = g_strnfill (REEVE_SERVICES_MAX_PATH + 1, '/');

  g_assert_true (reeve_services_is_cgroup ("/system.slice/cron.service"));
  g_assert_true (reeve_services_is_cgroup ("/a..b"));
  g_assert_false (reeve_services_is_cgroup (""));
  g_assert_false (reeve_services_is_cgroup ("/"));
  g_assert_false (reeve_services_is_cgroup ("system.slice"));
  g_assert_false (reeve_services_is_cgroup ("/../etc"));
  g_assert_false (reeve_services_is_cgroup ("/a/../../etc"));
  g_assert_false (reeve_services_is_cgroup ("/a/.."));
  g_assert_false (reeve_services_is_cgroup (longer));
  g_assert_true (reeve_services_is_object ("/org/freedesktop/systemd1/unit/cron_2eservice"));
  g_assert_false (reeve_services_is_object ("/org/freedesktop/systemd1"));
  g_assert_false (reeve_services_is_object ("/org/freedesktop/systemd1/unit/"));
  g_assert_false (reeve_services_is_object ("/org/freedesktop/login1/unit/a"));
}

static void
test_patterns (void)
{
  static const char *const good[][2] = {
    { "nginx", "nginx.service" },
    { "nginx.service", "nginx.service" },
    { "*", "*.service" },
    { "backup-*.timer", "backup-*.timer" },
    { "php8.[0-9]-fpm", "php8.[0-9]-fpm.service" },
    { "a.*", "a.*" },
  };
  static const char *const bad[] = { "", "a b", "a/b", "a\nb", "caf\303\251", "a;b" };
  const char *many[REEVE_SERVICES_MAX_PATTERNS + 2] = { NULL };
  g_autofree char *longer = g_strnfill (REEVE_SERVICES_MAX_NAME + 1, 'a');
  g_auto (GStrv) most = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autofree char *pattern = reeve_services_parse_pattern (good[i][0], &error);

      g_assert_no_error (error);
      g_assert_cmpstr (pattern, ==, good[i][1]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_assert_null (reeve_services_parse_pattern (bad[i], &error));
      g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
      g_clear_error (&error);
    }
  g_assert_null (reeve_services_parse_pattern (longer, NULL));
  for (guint i = 0; i < REEVE_SERVICES_MAX_PATTERNS; i++)
    many[i] = "a";
  most = reeve_services_parse_patterns (many, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (most), ==, REEVE_SERVICES_MAX_PATTERNS);
  many[REEVE_SERVICES_MAX_PATTERNS] = "a";
  g_assert_null (reeve_services_parse_patterns (many, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT);
}

static void
test_states (void)
{
  g_assert_cmpuint (reeve_services_parse_state ("active"), ==, 0);
  g_assert_cmpuint (reeve_services_parse_state ("failed"), ==, 2);
  g_assert_cmpuint (reeve_services_parse_state ("reloading"), ==, 5);
  g_assert_cmpuint (reeve_services_parse_state ("maintenance"), ==, 1);
  g_assert_cmpuint (reeve_services_parse_sub_state ("dead"), ==, 0);
  g_assert_cmpuint (reeve_services_parse_sub_state ("failed"), ==, 3);
  g_assert_cmpuint (reeve_services_parse_sub_state ("auto-restart"), ==, 4);
}

/* Processors come and go: what was counted with others stays as it was. */
static void
test_processors (void)
{
  static const struct
  {
    guint64 usage;
    guint processors;
    guint64 cpu;
  } steps[] = {
    { 1000, 4, 250 },  { 2001, 4, 500 },  { 3001, 2, 1000 },
    { 3002, 2, 1001 }, { 7002, 4, 2001 }, { 100, 4, 25 }, /* started anew */
  };
  ReeveServicesUnit *unit =
      reeve_services_unit_new ("a.service", g_strdup ("a"), "/org/freedesktop/systemd1/unit/a");
  g_autoptr (ReeveSample) sample = reeve_sample_new (reeve_schema_get_standard ());

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      ReeveServicesReading reading = { .has[REEVE_SERVICES_VALUE_CPU] = TRUE,
                                       .values[REEVE_SERVICES_VALUE_CPU] = steps[i].usage };
      guint64 cpu = 0;

      reeve_sample_reset (sample, reeve_schema_get_standard ());
      reeve_services_unit_add (unit, &reading, i * 10 * G_USEC_PER_SEC, steps[i].processors,
                               sample);
      g_assert_true (reeve_sample_get_counter (sample, 0, REEVE_SERVICE_CPU, &cpu));
      g_assert_cmpuint (cpu, ==, steps[i].cpu);
      g_assert_cmpfloat (reeve_sample_get_value (sample, REEVE_KIND_SERVICE, "a",
                                                 REEVE_SERVICE_CPU_PEAK),
                         ==,
                         i == 0   ? 0
                         : i == 1 ? 25e-6
                         : i < 4  ? 50e-6
                                  : 100e-6);
    }
  reeve_services_unit_unref (unit);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/services/parse/numbers", test_numbers);
  g_test_add_func ("/services/parse/usage", test_usage);
  g_test_add_func ("/services/parse/names", test_names);
  g_test_add_func ("/services/parse/paths", test_paths);
  g_test_add_func ("/services/parse/patterns", test_patterns);
  g_test_add_func ("/services/parse/states", test_states);
  g_test_add_func ("/services/parse/processors", test_processors);
  return g_test_run ();
}
