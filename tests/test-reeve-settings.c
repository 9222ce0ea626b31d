/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values by rows: every type, every refusal, and that no message shows a secret. */

#include "config.h"

#include <reeve/reeve.h>

static const char *const modes[] = { "fast", "slow", NULL };

static const ReeveSettingsRow rows[] = {
  { .key = "loud", .type = REEVE_SETTING_BOOLEAN, .default_text = "yes", .text = "a" },
  { .key = "count",
    .type = REEVE_SETTING_INTEGER,
    .default_text = "3",
    .minimum = -5,
    .maximum = 100,
    .text = "a" },
  { .key = "interval",
    .type = REEVE_SETTING_DURATION,
    .flags = REEVE_SETTING_LIVE | REEVE_SETTING_OVERLAY,
    .default_text = "30s",
    .minimum = 1000,
    .maximum = 3600000,
    .text = "a" },
  { .key = "size", .type = REEVE_SETTING_SIZE, .text = "a" },
  { .key = "title", .type = REEVE_SETTING_STRING, .text = "a" },
  { .key = "names", .type = REEVE_SETTING_STRINGS, .text = "a" },
  { .key = "mode", .type = REEVE_SETTING_ENUM, .choices = modes, .text = "a" },
  { .key = "file", .type = REEVE_SETTING_PATH, .text = "a" },
  { .key = "listen", .type = REEVE_SETTING_ENDPOINT, .text = "a" },
  { .key = "peer", .type = REEVE_SETTING_ADDRESS, .flags = REEVE_SETTING_REQUIRED, .text = "a" },
  { .key = "token", .type = REEVE_SETTING_INTEGER, .flags = REEVE_SETTING_SECRET, .text = "a" },
  { NULL }
};

static void
test_defaults (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ReeveSettings) settings = reeve_settings_new_for_pairs (rows, &error, NULL);

  g_assert_no_error (error);
  g_assert_true (reeve_settings_get_boolean (settings, "loud"));
  g_assert_cmpint (reeve_settings_get_integer (settings, "count"), ==, 3);
  g_assert_cmpint (reeve_settings_get_integer (settings, "interval"), ==, 30000);
  g_assert_false (reeve_settings_is_set (settings, "size"));
  g_assert_cmpint (reeve_settings_get_integer (settings, "size"), ==, 0);
  g_assert_null (reeve_settings_get_string (settings, "title"));
  g_assert_nonnull (reeve_settings_get_strings (settings, "names"));
  g_assert_null (reeve_settings_get_strings (settings, "names")[0]);
  g_assert_cmpint (reeve_settings_get_origin (settings, "count"), ==, REEVE_ORIGIN_DEFAULT);
  g_assert_null (reeve_settings_get_place (settings, "count"));
  g_assert_cmpstr (reeve_settings_get_missing (settings), ==, "peer");
}

static void
test_values (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ReeveSettings) settings =
      reeve_settings_new_for_pairs (rows, &error, "loud", "no", "count", "-5", "interval", "5min",
                                    "size", "64K", "title", "a\\sb\\\\c\\;", "names",
                                    "one; two\\;three;;\\sfour", "mode", "slow", "file", "/srv/a",
                                    "listen", "[::1]:8090", "peer", "https://hub.example/x",
                                    "token", "7", NULL);
  const char *const *names;

  g_assert_no_error (error);
  g_assert_false (reeve_settings_get_boolean (settings, "loud"));
  g_assert_cmpint (reeve_settings_get_integer (settings, "count"), ==, -5);
  g_assert_cmpint (reeve_settings_get_integer (settings, "interval"), ==, 300000);
  g_assert_cmpint (reeve_settings_get_integer (settings, "size"), ==, 65536);
  g_assert_cmpstr (reeve_settings_get_string (settings, "title"), ==, "a b\\c;");
  names = reeve_settings_get_strings (settings, "names");
  g_assert_cmpuint (g_strv_length ((GStrv) names), ==, 3);
  g_assert_cmpstr (names[1], ==, "two;three");
  g_assert_cmpstr (names[2], ==, " four");
  g_assert_cmpstr (reeve_settings_get_string (settings, "mode"), ==, "slow");
  g_assert_cmpstr (reeve_settings_get_string (settings, "listen"), ==, "[::1]:8090");
  g_assert_null (reeve_settings_get_missing (settings));
}

static void
test_places (void)
{
  const ReeveSettingsValue values[] = {
    { "count", "5", REEVE_ORIGIN_FILE, "hub.conf:3" },
    { "count", "6", REEVE_ORIGIN_FILE, "conf.d/a.conf:1" },
    { "interval", "", REEVE_ORIGIN_OVERLAY, NULL },
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (ReeveSettings) a = reeve_settings_new (rows, values, G_N_ELEMENTS (values), &error);
  g_autoptr (ReeveSettings) b =
      reeve_settings_new_for_pairs (rows, NULL, "count", "6", "names", "x;y", NULL);

  g_assert_no_error (error);
  g_assert_cmpint (reeve_settings_get_integer (a, "count"), ==, 6);
  g_assert_cmpstr (reeve_settings_get_place (a, "count"), ==, "conf.d/a.conf:1");
  g_assert_cmpint (reeve_settings_get_origin (a, "count"), ==, REEVE_ORIGIN_FILE);
  g_assert_cmpint (reeve_settings_get_integer (a, "interval"), ==, 30000);
  g_assert_cmpint (reeve_settings_get_origin (a, "interval"), ==, REEVE_ORIGIN_OVERLAY);
  g_assert_true (reeve_settings_same (a, b, "count"));
  g_assert_true (reeve_settings_same (a, b, "title"));
  g_assert_false (reeve_settings_same (a, b, "names"));
}

typedef struct
{
  const char *key;
  const char *text;
  const char *message;
} Refusal;

static void
test_refusals (void)
{
  static const Refusal refusals[] = {
    { "loud", "maybe", "loud: must be yes or no, not \"maybe\"" },
    { "count", "1x", "count: must be a whole number, not \"1x\"" },
    { "count", "101", "count: must be from -5 to 100, not \"101\"" },
    { "count", "99999999999999999999",
      "count: must be a whole number, not "
      "\"99999999999999999999\"" },
    { "interval", "30",
      "interval: must be a duration such as 250ms, 30s, 5min, 2h or 7d, not "
      "\"30\"" },
    { "interval", "2h", "interval: must be from 1s to 1h, not \"2h\"" },
    { "interval", "9223372036854775807d",
      "interval: must be a duration such as 250ms, 30s, 5min, "
      "2h or 7d, not \"9223372036854775807d\"" },
    { "size", "-1", "size: must be a size in bytes such as 512, 64K, 16M or 2G, not \"-1\"" },
    { "title", "a\\qb", "title: must be a text whose backslashes are doubled, not \"a\\\\qb\"" },
    { "title", "a\x1b[0m",
      "title: must be a text without control characters, not "
      "\"a\\033[0m\"" },
    { "title", "\xff\xfe", "title: must be valid UTF-8, not \"\\357\\277\\275\\357\\277\\275\"" },
    { "mode", "medium", "mode: must be one of fast, slow, not \"medium\"" },
    { "file", "a/b", "file: must be an absolute path, not \"a/b\"" },
    { "listen", "8090",
      "listen: must be an address to listen on such as 127.0.0.1:8090, "
      "[::1]:8090 or unix:/path, not \"8090\"" },
    { "listen", "unix:x",
      "listen: must be an address to listen on such as 127.0.0.1:8090, "
      "[::1]:8090 or unix:/path, not \"unix:x\"" },
    { "peer", "ftp://joe:hunter2@",
      "peer: must be a peer's address such as "
      "https://name.example or name.example:8090, not "
      "\"ftp://***@\"" },
    { "token", "hunter2", "token: must be a whole number" },
    { "colour", "hunter2", "colour: unknown key" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (
          reeve_settings_new_for_pairs (rows, &error, refusals[i].key, refusals[i].text, NULL));
      g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
      g_assert_cmpstr (error->message, ==, refusals[i].message);
    }
}

static void
test_mask (void)
{
  static const char *const pairs[][2] = {
    { "plain text", "plain text" },
    { "https://hub.example:1/x", "https://hub.example:1/x" },
    { "https://joe:pw@hub.example/x", "https://***@hub.example/x" },
    { "http://token@hub and ws://a:b@c", "http://***@hub and ws://***@c" },
    { "http://joe:p/w@hub/x", "http://***@hub/x" },
    { "http://joe:p@w@hub/x", "http://***@hub/x" },
    { "http://hub:80/x?mail=a@b", "http://hub:80/x?mail=a@b" },
    { "http://[::1]:80/a@b", "http://[::1]:80/a@b" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      g_autofree char *masked = reeve_settings_mask_url (pairs[i][0]);

      g_assert_cmpstr (masked, ==, pairs[i][1]);
    }
}

static void
test_tables (void)
{
  static const ReeveSettingsRow bad[][3] = {
    { { .key = "Bad_Key", .type = REEVE_SETTING_STRING, .text = "a" } },
    { { .key = "enabled", .type = REEVE_SETTING_BOOLEAN, .text = "a" } },
    { { .key = "a", .type = REEVE_SETTING_STRING } },
    { { .key = "a", .type = REEVE_SETTING_ENUM, .text = "a" } },
    { { .key = "a", .type = REEVE_SETTING_INTEGER, .default_text = "x", .text = "a" } },
    { { .key = "a", .type = REEVE_SETTING_PATH, .flags = REEVE_SETTING_OVERLAY, .text = "a" } },
    { { .key = "a", .type = REEVE_SETTING_ENDPOINT, .flags = REEVE_SETTING_OVERLAY, .text = "a" } },
    { { .key = "a",
        .type = REEVE_SETTING_STRING,
        .flags = REEVE_SETTING_OVERLAY | REEVE_SETTING_FILE_ONLY,
        .text = "a" } },
    { { .key = "a", .type = REEVE_SETTING_STRING, .text = "a" },
      { .key = "a", .type = REEVE_SETTING_STRING, .text = "a" } },
  };
  g_autoptr (GError) error = NULL;

  g_assert_true (reeve_settings_rows_check (NULL, &error));
  g_assert_true (reeve_settings_rows_check (rows, &error));
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_assert_false (reeve_settings_rows_check (bad[i], &error));
      g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
      g_clear_error (&error);
    }
}

static void
test_declarations (void)
{
  g_autoptr (ReeveDeclarations) declarations = reeve_declarations_new ();
  g_autoptr (GVariant) variant = NULL;
  g_autoptr (GVariant) first = NULL;
  const char *text = NULL;

  reeve_declarations_add_endpoint (declarations, REEVE_ENDPOINT_LISTEN, "page", "127.0.0.1:8090",
                                   "people", TRUE);
  reeve_declarations_add_directory (declarations, "/proc", REEVE_ACCESS_READ, "figures");
  reeve_declarations_add_capability (declarations, "cap_sys_rawio", "disks");
  g_assert_true (reeve_declarations_has_endpoint (declarations, REEVE_ENDPOINT_LISTEN, "page"));
  g_assert_false (reeve_declarations_has_endpoint (declarations, REEVE_ENDPOINT_DIAL, "page"));
  variant = g_variant_ref_sink (reeve_declarations_to_variant (declarations));
  g_assert_cmpuint (g_variant_n_children (variant), ==, 3);
  first = g_variant_get_child_value (variant, 0);
  g_assert_true (g_variant_lookup (first, "direction", "&s", &text));
  g_assert_cmpstr (text, ==, "listen");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/settings/defaults", test_defaults);
  g_test_add_func ("/settings/values", test_values);
  g_test_add_func ("/settings/places", test_places);
  g_test_add_func ("/settings/refusals", test_refusals);
  g_test_add_func ("/settings/mask", test_mask);
  g_test_add_func ("/settings/tables", test_tables);
  g_test_add_func ("/settings/declarations", test_declarations);
  return g_test_run ();
}
