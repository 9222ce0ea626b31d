/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Configuration files, good and bad: what holds, which messages come, and that none of them shows a
 * secret. Each tests/data/config/NAME.conf has its report beside it in NAME.expected; run with
 * REEVE_TEST_REGENERATE=1 to write those anew, then read the difference. */

#include "config.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include <reeve/reeve.h>

#include "core/host/reeve-host-config.h"
#include "core/host/reeve-host-log.h"
#include "core/host/reeve-host-path.h"
#include "core/host/reeve-host-role.h"
#include "core/host/reeve-host-state.h"

static const char *const levels[] = { "debug", "info", NULL };

static const ReeveSettingsRow host_rows[] = { { .key = "log-level",
                                                .type = REEVE_SETTING_ENUM,
                                                .flags = REEVE_SETTING_OVERLAY,
                                                .choices = levels,
                                                .text = "a" },
                                              { NULL } };

static const ReeveSettingsRow clock_rows[] = {
  { .key = "interval",
    .type = REEVE_SETTING_DURATION,
    .flags = REEVE_SETTING_LIVE | REEVE_SETTING_OVERLAY,
    .minimum = 1000,
    .maximum = 3600000,
    .default_text = "30s",
    .text = "a" },
  { .key = "name", .type = REEVE_SETTING_STRING, .flags = REEVE_SETTING_OVERLAY, .text = "a" },
  { .key = "names", .type = REEVE_SETTING_STRINGS, .text = "a" },
  { .key = "peer", .type = REEVE_SETTING_ADDRESS, .flags = REEVE_SETTING_OVERLAY, .text = "a" },
  { .key = "token",
    .type = REEVE_SETTING_STRING,
    .flags = REEVE_SETTING_SECRET | REEVE_SETTING_OVERLAY,
    .text = "a" },
  { .key = "listen", .type = REEVE_SETTING_ENDPOINT, .text = "a" },
  { .key = "file", .type = REEVE_SETTING_PATH, .text = "a" },
  { NULL }
};

/* ---- files with expected reports ---- */

/* Not what depends on the mode that the files were checked out with. */
static void
report_list (GString *report, const char *label, GPtrArray *list)
{
  for (guint i = 0; i < list->len; i++)
    if (strstr (g_ptr_array_index (list, i), "everybody can read") == NULL)
      g_string_append_printf (report, "%s: %s\n", label, (char *) g_ptr_array_index (list, i));
}

static void
report_object (GString *report, ReeveHostConfig *config, const char *id, const char *instance,
               const ReeveSettingsRow *rows)
{
  g_autoptr (GPtrArray) warnings = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) entries = NULL;
  gboolean enabled = TRUE;

  if (strcmp (id, "host") != 0 &&
      !reeve_host_config_get_enabled (config, id, instance, TRUE, &enabled, NULL, &error))
    {
      g_string_append_printf (report, "%s/%s refused: %s\n", id, instance, error->message);
      return;
    }
  entries = reeve_host_config_collect (config, id, instance, rows, warnings, &error);
  report_list (report, "warning", warnings);
  if (entries == NULL)
    g_string_append_printf (report, "%s/%s refused: %s\n", id, instance, error->message);
  for (guint i = 0; entries != NULL && i < entries->len; i++)
    {
      ReeveHostEntry *entry = g_ptr_array_index (entries, i);
      g_autofree char *shown = reeve_settings_mask_url (entry->text);

      g_string_append_printf (report, "%s/%s %s=%s (%s)\n", id, instance, entry->key,
                              strcmp (entry->key, "token") == 0 ? "***" : shown, entry->place);
    }
}

static char *
report_file (const char *path)
{
  g_autoptr (ReeveHostConfig) config = reeve_host_config_load (path, TRUE, NULL);
  g_autoptr (GPtrArray) instances = reeve_host_config_list_instances (config, "clock");
  g_autoptr (GString) report = g_string_new (NULL);
  g_autofree char *folder = g_strndup (path, (gsize) (strrchr (path, '/') - path) + 1);

  report_list (report, "error", reeve_host_config_get_errors (config));
  report_list (report, "warning", reeve_host_config_get_warnings (config));
  report_object (report, config, "host", "", host_rows);
  if (instances->len == 0)
    report_object (report, config, "clock", "", clock_rows);
  for (guint i = 0; i < instances->len; i++)
    report_object (report, config, "clock", g_ptr_array_index (instances, i), clock_rows);
  g_string_replace (report, folder, "", 0);
  return g_string_free (g_steal_pointer (&report), FALSE);
}

static void
test_file (gconstpointer data)
{
  const char *path = data;
  g_autofree char *stem = g_strndup (path, strlen (path) - strlen (".conf"));
  g_autofree char *expected_path = g_strconcat (stem, ".expected", NULL);
  g_autofree char *expected = NULL;
  g_autofree char *report = report_file (path);

  if (g_getenv ("REEVE_TEST_REGENERATE") != NULL)
    g_assert_true (g_file_set_contents (expected_path, report, -1, NULL));
  g_assert_true (g_file_get_contents (expected_path, &expected, NULL, NULL));
  g_assert_cmpstr (report, ==, expected);
  g_assert_null (strstr (report, "hunter2"));
  g_assert_null (strstr (report, "aHVudGVyMg"));
}

static void
add_file_tests (void)
{
  g_autofree char *folder = g_test_build_filename (G_TEST_DIST, "tests", "data", "config", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".conf"))
      {
        g_autofree char *test = g_strconcat ("/host-config/file/", name, NULL);

        g_test_add_data_func_full (test, g_build_filename (folder, name, NULL), test_file, g_free);
      }
}

/* ---- files of the test's own ---- */

typedef struct
{
  char *folder;
  char *main;
  char *overlay;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("reeve-config-XXXXXX", NULL);
  fixture->main = g_build_filename (fixture->folder, "a.conf", NULL);
  fixture->overlay = g_build_filename (fixture->folder, "overlay.conf", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  const char *const argv[] = { "rm", "-rf", fixture->folder, NULL };

  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL,
                NULL);
  g_free (fixture->folder);
  g_free (fixture->main);
  g_free (fixture->overlay);
}

static void
put (const char *path, const char *text)
{
  g_assert_true (g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
}

static ReeveSettings *
build (ReeveHostConfig *config, const char *instance, GPtrArray *warnings)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) entries =
      reeve_host_config_collect (config, "clock", instance, clock_rows, warnings, &error);
  ReeveSettings *settings;

  g_assert_no_error (error);
  settings = reeve_host_config_build (clock_rows, entries, &error);
  g_assert_no_error (error);
  return settings;
}

static void
test_drop_ins (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = g_strconcat (fixture->main, ".d", NULL);
  g_autofree char *one = g_build_filename (folder, "10-one.conf", NULL);
  g_autofree char *two = g_build_filename (folder, "20-two.conf", NULL);
  g_autofree char *backup = g_build_filename (folder, "30-three.conf~", NULL);
  g_autofree char *place = g_strconcat (two, ":2", NULL);
  g_autoptr (ReeveHostConfig) config = NULL;
  g_autoptr (ReeveSettings) settings = NULL;

  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  put (fixture->main, "[plugin clock]\ninterval=1s\nname=main\n");
  put (two, "[plugin clock]\ninterval=3s\n");
  put (one, "[plugin clock]\ninterval=2s\nnames=x\n");
  put (backup, "[plugin clock]\ninterval=4s\n");
  config = reeve_host_config_load (fixture->main, TRUE, NULL);
  g_assert_cmpuint (reeve_host_config_get_errors (config)->len, ==, 0);
  settings = build (config, "", NULL);
  g_assert_cmpint (reeve_settings_get_integer (settings, "interval"), ==, 3000);
  g_assert_cmpstr (reeve_settings_get_place (settings, "interval"), ==, place);
  g_assert_cmpstr (reeve_settings_get_string (settings, "name"), ==, "main");
  g_assert_cmpstr (reeve_settings_get_strings (settings, "names")[0], ==, "x");
}

static void
test_exposed (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) warnings = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (ReeveHostConfig) config = NULL;
  g_autoptr (ReeveSettings) settings = NULL;

  put (fixture->main, "[plugin clock]\ntoken=hunter2\ninterval=5s\n");
  g_assert_cmpint (chmod (fixture->main, 0644), ==, 0);
  config = reeve_host_config_load (fixture->main, TRUE, NULL);
  settings = build (config, "", warnings);
  g_assert_cmpuint (warnings->len, ==, 1);
  g_assert_nonnull (strstr (g_ptr_array_index (warnings, 0), "a.conf:2: [plugin clock] token: "));
  g_assert_nonnull (strstr (g_ptr_array_index (warnings, 0), "chmod o-rwx"));
  g_assert_null (strstr (g_ptr_array_index (warnings, 0), "hunter2"));
}

static void
test_missing (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ReeveHostConfig) may = reeve_host_config_load (fixture->main, FALSE, NULL);
  g_autoptr (ReeveHostConfig) must = reeve_host_config_load (fixture->main, TRUE, NULL);

  g_assert_cmpuint (reeve_host_config_get_errors (may)->len, ==, 0);
  g_assert_cmpuint (reeve_host_config_get_errors (must)->len, ==, 1);
  g_assert_true (
      strstr (g_ptr_array_index (reeve_host_config_get_errors (must), 0), "cannot be read"));
}

static void
test_overlay (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) warnings = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (ReeveHostConfig) config = NULL;
  g_autoptr (ReeveSettings) settings = NULL;
  gboolean enabled = FALSE;

  put (fixture->main, "[plugin clock]\ninterval=1s\n");
  put (fixture->overlay, "[plugin clock]\ninterval=9s\nname=set\nlisten=127.0.0.1:1\nenabled=no\n"
                         "peer=nonsense\ncolour=hunter2\n");
  config = reeve_host_config_load (fixture->main, TRUE, fixture->overlay);
  g_assert_true (reeve_host_config_get_enabled (config, "clock", "", TRUE, &enabled, NULL, NULL));
  g_assert_true (enabled);
  settings = build (config, "", warnings);
  g_assert_cmpint (reeve_settings_get_integer (settings, "interval"), ==, 1000);
  g_assert_cmpint (reeve_settings_get_origin (settings, "interval"), ==, REEVE_ORIGIN_FILE);
  g_assert_cmpstr (reeve_settings_get_string (settings, "name"), ==, "set");
  g_assert_cmpint (reeve_settings_get_origin (settings, "name"), ==, REEVE_ORIGIN_OVERLAY);
  g_assert_false (reeve_settings_is_set (settings, "listen"));
  g_assert_false (reeve_settings_is_set (settings, "peer"));
  g_assert_cmpuint (warnings->len, ==, 4);
  for (guint i = 0; i < warnings->len; i++)
    g_assert_null (strstr (g_ptr_array_index (warnings, i), "hunter2"));
}

/* Who may set an address at run time must not get the secret that the file keeps for another. */
static void
test_address_drops_secrets (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) warnings = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (ReeveHostConfig) config = NULL;
  g_autoptr (ReeveSettings) moved = NULL;
  g_autoptr (ReeveSettings) other = NULL;

  put (fixture->main, "[plugin clock]\ntoken=hunter2\n[plugin clock b]\ntoken=hunter2\n");
  put (fixture->overlay, "[plugin clock]\npeer=evil.example:80\n");
  config = reeve_host_config_load (fixture->main, TRUE, fixture->overlay);
  moved = build (config, "", warnings);
  other = build (config, "b", warnings);
  g_assert_false (reeve_settings_is_set (moved, "token"));
  g_assert_true (reeve_settings_is_set (other, "token"));
  g_assert_cmpuint (warnings->len, ==, 1);
  g_assert_null (strstr (g_ptr_array_index (warnings, 0), "hunter2"));
}

static char *
edit (ReeveHostConfig *config, const char *key, const char *text, const char *complaint)
{
  g_autoptr (GError) error = NULL;
  char *next = reeve_host_config_edit_overlay (config, "clock", "", clock_rows, key, text, &error);

  if (complaint == NULL)
    g_assert_no_error (error);
  else
    {
      g_assert_null (next);
      g_assert_nonnull (error);
      if (strstr (error->message, complaint) == NULL)
        g_error ("'%s' does not say '%s'", error->message, complaint);
    }
  return next;
}

static void
test_edit (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ReeveHostConfig) config = NULL;
  g_autoptr (ReeveHostConfig) next = NULL;
  g_autofree char *same = NULL;
  g_autofree char *moved = NULL;
  g_autofree char *secret = NULL;

  put (fixture->main, "[plugin clock]\ninterval=1s\n");
  put (fixture->overlay, "[plugin clock]\npeer=a.example:1\ntoken=old\nname=n\n"
                         "[plugin other]\nx=1\n");
  config = reeve_host_config_load (fixture->main, TRUE, fixture->overlay);
  edit (config, "interval", "2s", "a.conf:2");
  edit (config, "listen", "127.0.0.1:1", "only configuration files");
  edit (config, "file", "/etc", "only configuration files");
  edit (config, "nothing", "1", "no setting");
  edit (config, "name", "a\n[host]\nlog-level=debug", "one line");
  edit (config, "peer", "nonsense", "must be a peer's address");
  same = edit (config, "peer", "a.example:1", NULL);
  g_assert_nonnull (strstr (same, "token=old\n"));
  moved = edit (config, "peer", "b.example:1", NULL);
  g_assert_null (strstr (moved, "token"));
  g_assert_nonnull (strstr (moved, "peer=b.example:1\n"));
  g_assert_nonnull (strstr (moved, "name=n\n"));
  g_assert_nonnull (strstr (moved, "[plugin other]\nx=1\n"));
  put (fixture->overlay, moved);
  next = reeve_host_config_load (fixture->main, TRUE, fixture->overlay);
  secret = edit (next, "token", "new", NULL);
  g_assert_nonnull (strstr (secret, "token=new\n"));
  g_assert_nonnull (strstr (secret, "peer=b.example:1\n"));
}

/* ---- roles ---- */

static void
test_roles (Fixture *fixture, gconstpointer data)
{
  static const char *const bad[] = {
    "",
    "[Role]\nName=x\nConfig=x.conf\n",
    "[Role]\nName=x\nBusName=org.x\nConfig=../x.conf\n",
    "[Role]\nName=X y\nBusName=org.x\nConfig=x.conf\n",
    "[Role]\nName=x\nBusName=org.x\nConfig=x.conf\nColour=red\n",
    "[Role]\nName=x\nBusName=org.x\nConfig=x.conf\n[Other]\n",
  };
  g_autofree char *path = g_build_filename (fixture->folder, "x.role", NULL);
  g_autoptr (ReeveHostRole) role = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      put (path, bad[i]);
      g_assert_null (reeve_host_role_load ("x", fixture->folder, &error));
      g_assert_nonnull (error);
      g_assert_nonnull (strstr (error->message, path));
      g_clear_error (&error);
    }
  g_assert_null (reeve_host_role_load ("../x", "/nowhere", &error));
  g_clear_error (&error);
  g_assert_null (reeve_host_role_load ("Upper", "/nowhere", &error));
  g_clear_error (&error);
  put (path, "[Role]\nName=x\nBusName=org.example.X\nConfig=x.conf\nRequired=a;b\n");
  role = reeve_host_role_load ("x", fixture->folder, &error);
  g_assert_no_error (error);
  g_assert_true (reeve_host_role_requires (role, "b"));
  g_assert_false (reeve_host_role_has_off (role, "b"));
}

/* ---- who may write a plugin's file ---- */

static void
expect_path (const char *path, uid_t also, const char *complaint)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = reeve_host_path_check (path, also, &error);

  if (complaint == NULL)
    {
      g_assert_no_error (error);
      g_assert_true (ok);
      return;
    }
  g_assert_false (ok);
  if (strstr (error->message, complaint) == NULL)
    g_error ("'%s' does not say '%s'", error->message, complaint);
}

static void
test_path (void)
{
  g_autofree char *template = g_test_build_filename (G_TEST_BUILT, "safe-path-XXXXXX", NULL);
  g_autofree char *made = g_mkdtemp (template) != NULL ? realpath (template, NULL) : NULL;
  g_autofree char *folder = g_build_filename (made, "plugins", NULL);
  g_autofree char *file = g_build_filename (folder, "reeve-x.so", NULL);
  g_autofree char *link = g_build_filename (folder, "reeve-y.so", NULL);
  g_autofree char *linked = g_build_filename (made, "link", NULL);
  g_autofree char *through = g_build_filename (linked, "reeve-x.so", NULL);
  g_autoptr (GError) error = NULL;
  uid_t also = geteuid ();

  g_assert_cmpint (g_mkdir (folder, 0755), ==, 0);
  put (file, "x");
  if (!reeve_host_path_check (file, also, &error))
    {
      g_test_skip (error->message); /* a build tree that others can write */
      return;
    }
  g_assert_cmpint (chmod (file, 0666), ==, 0);
  expect_path (file, also, "others can write");
  g_assert_cmpint (chmod (file, 0755), ==, 0);
  expect_path (file, also, NULL);
  g_assert_cmpint (chmod (made, 0777), ==, 0);
  expect_path (file, also, "chmod go-w");
  g_assert_cmpint (chmod (made, 01777), ==, 0); /* sticky is not enough */
  expect_path (file, also, "others can write");
  g_assert_cmpint (chmod (made, 0755), ==, 0);
  g_assert_cmpint (symlink (file, link), ==, 0);
  expect_path (link, also, "symbolic link");
  g_assert_cmpint (symlink (folder, linked), ==, 0);
  expect_path (through, also, "symbolic link");
  expect_path (folder, also, "not a regular file");
  if (geteuid () == 0)
    {
      g_assert_cmpint (chown (file, 65534, 0), ==, 0);
      expect_path (file, 0, "belongs to uid 65534");
      expect_path (file, 65534, NULL);
      expect_path (file, 1234, "belongs to uid 65534");
    }
  else
    {
      expect_path (file, 0, "belongs to uid");
    }
  g_unlink (link);
  g_unlink (linked);
  g_unlink (file);
  g_rmdir (folder);
  g_rmdir (made);
}

/* ---- state directory ---- */

static void
expect_state (const char *path, const char *complaint)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ReeveHostState) state = reeve_host_state_open (path, &error);

  g_assert_null (state);
  g_assert_nonnull (error);
  if (strstr (error->message, complaint) == NULL)
    g_error ("'%s' does not say '%s'", error->message, complaint);
}

static void
test_state (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "deep", "state", NULL);
  g_autofree char *link = g_build_filename (fixture->folder, "link", NULL);
  g_autofree char *overlay = g_build_filename (path, "overlay.conf", NULL);
  g_autofree char *busy = g_strdup_printf ("process %d uses it already", (int) getpid ());
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (ReeveHostState) state = reeve_host_state_open (path, &error);
  struct stat info;

  g_assert_no_error (error);
  g_assert_cmpint (stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 07777, ==, 0700);
  expect_state (path, busy);
  g_assert_true (reeve_host_state_write (state, "overlay.conf", "a", &error));
  g_assert_true (reeve_host_state_write (state, "overlay.conf", "b\n", &error));
  g_assert_no_error (error);
  g_assert_cmpint (stat (overlay, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 07777, ==, 0600);
  g_assert_true (g_file_get_contents (overlay, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "b\n");
  g_clear_pointer (&state, reeve_host_state_free);
  g_assert_cmpint (symlink (path, link), ==, 0);
  expect_state (link, "not a symbolic link");
  expect_state (overlay, "");
  g_assert_cmpint (chmod (path, 0750), ==, 0);
  expect_state (path, "chmod 700");
  expect_state ("/proc/reeve-state", "/proc/reeve-state: ");
  if (geteuid () == 0)
    {
      g_assert_cmpint (chmod (path, 0700), ==, 0);
      g_assert_cmpint (chown (path, 65534, 0), ==, 0);
      expect_state (path, "belongs to uid 65534");
    }
}

/* ---- log lines ---- */

static void
test_log (void)
{
  const GLogField fields[] = {
    { "MESSAGE", "a\nb \x1b]52;c;x\x07 \xe2\x80\xae\xff", -1 },
    { "REEVE_PLUGIN", "clock/home", -1 },
    { "REEVE_PEER", "192.0.2.1", -1 },
  };
  g_autofree char *line =
      reeve_host_log_format (G_GINT64_CONSTANT (1700000000123456), G_LOG_LEVEL_WARNING, fields, 3);

  g_assert_cmpstr (line, ==,
                   "2023-11-14T22:13:20.123Z warning clock/home: a\\u000ab \\u001b]52;c;x\\u0007 "
                   "\\u202e\xef\xbf\xbd [peer 192.0.2.1]");
}

int
main (int argc, char **argv)
{
  umask (022);
  g_test_init (&argc, &argv, NULL);
  add_file_tests ();
  g_test_add ("/host-config/drop-ins", Fixture, NULL, set_up, test_drop_ins, tear_down);
  g_test_add ("/host-config/missing", Fixture, NULL, set_up, test_missing, tear_down);
  g_test_add ("/host-config/exposed", Fixture, NULL, set_up, test_exposed, tear_down);
  g_test_add ("/host-config/overlay", Fixture, NULL, set_up, test_overlay, tear_down);
  g_test_add ("/host-config/address-drops-secrets", Fixture, NULL, set_up,
              test_address_drops_secrets, tear_down);
  g_test_add ("/host-config/edit", Fixture, NULL, set_up, test_edit, tear_down);
  g_test_add ("/host-config/roles", Fixture, NULL, set_up, test_roles, tear_down);
  g_test_add ("/host-config/state", Fixture, NULL, set_up, test_state, tear_down);
  g_test_add_func ("/host-config/path", test_path);
  g_test_add_func ("/host-config/log", test_log);
  return g_test_run ();
}
