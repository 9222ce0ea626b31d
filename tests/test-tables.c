/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The descriptor and the settings table of every module that was built, and the host's own. */

#include "config.h"

#include <dlfcn.h>
#include <reeve/reeve.h>
#include <string.h>

#include "core/host/reeve-host.h"

/* Rows that are wrong in one way each: the check below has teeth. */
static const ReeveSettingsRow bad_rows[][2] = {
  { { .key = "a", .type = REEVE_SETTING_PATH, .flags = REEVE_SETTING_OVERLAY, .text = "x" } },
  { { .key = "a", .type = REEVE_SETTING_ENDPOINT, .flags = REEVE_SETTING_OVERLAY, .text = "x" } },
  { { .key = "a", .flags = REEVE_SETTING_OVERLAY | REEVE_SETTING_FILE_ONLY, .text = "x" } },
  { { .key = "A", .text = "x" } },
  { { .key = "a_b", .text = "x" } },
  { { .key = "-a", .text = "x" } },
  { { .key = "", .text = "x" } },
  { { .key = "enabled", .text = "x" } },
  { { .key = "a" } },
  { { .key = "a", .text = "" } },
  { { .key = "a", .type = REEVE_SETTING_INTEGER, .default_text = "ten", .text = "x" } },
  { { .key = "a", .type = REEVE_SETTING_BOOLEAN, .default_text = "maybe", .text = "x" } },
  { { .key = "a",
      .type = REEVE_SETTING_INTEGER,
      .default_text = "5",
      .minimum = 6,
      .maximum = 7,
      .text = "x" } },
  { { .key = "a",
      .type = REEVE_SETTING_DURATION,
      .default_text = "5s",
      .minimum = 2,
      .maximum = 1,
      .text = "x" } },
  { { .key = "a", .type = REEVE_SETTING_ENUM, .text = "x" } },
};

static void
test_bad_rows (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (bad_rows); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("%u", i);
      g_assert_false (reeve_settings_rows_check (bad_rows[i], &error));
      g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
    }
}

static void
check_row (const ReeveSettingsRow *row)
{
  gsize length = strlen (row->text);

  g_test_message ("  %s", row->key);
  if (row->type == REEVE_SETTING_PATH || row->type == REEVE_SETTING_ENDPOINT)
    g_assert_false (row->flags & REEVE_SETTING_OVERLAY);
  /* a needed key has no default, or it would not be needed */
  if (row->flags & REEVE_SETTING_REQUIRED)
    g_assert_null (row->default_text);
  if (row->flags & REEVE_SETTING_SECRET)
    g_assert_null (row->default_text);
  /* numbers that anybody may change have a range, so that no typing error stops the hub */
  if ((row->flags & REEVE_SETTING_OVERLAY) &&
      (row->type == REEVE_SETTING_INTEGER || row->type == REEVE_SETTING_DURATION ||
       row->type == REEVE_SETTING_SIZE))
    g_assert_cmpint (row->maximum, >, row->minimum);
  /* sentences, for the manual */
  g_assert_cmpuint (length, >, 10);
  g_assert_true (row->text[length - 1] == '.');
  g_assert_true (g_utf8_validate (row->text, -1, NULL));
  g_assert_null (strpbrk (row->text, "\n\r\t"));
}

static void
check_rows (const ReeveSettingsRow *rows)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ReeveSettings) defaults = NULL;

  reeve_settings_rows_check (rows, &error);
  g_assert_no_error (error);
  for (const ReeveSettingsRow *row = rows; row->key != NULL; row++)
    check_row (row);
  defaults = reeve_settings_new (rows, NULL, 0, &error);
  g_assert_no_error (error);
}

static const ReevePluginDescriptor *
open_module (const char *path)
{
  /* for good: what is open may have registered types */
  void *module = dlopen (path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  const ReevePluginDescriptor *descriptor;

  if (module == NULL)
    g_error ("%s", dlerror ());
  descriptor = dlsym (module, REEVE_PLUGIN_SYMBOL);
  g_assert_nonnull (descriptor);
  dlclose (module);
  return descriptor;
}

static void
check_module (const char *folder, const char *file)
{
  g_autofree char *path = g_build_filename (folder, file, NULL);
  g_autofree char *id = g_strndup (file + strlen ("reeve-"), strlen (file) - strlen ("reeve-.so"));
  const ReevePluginDescriptor *descriptor = open_module (path);
  gsize length;

  g_test_message ("%s", file);
  g_assert_cmpstr (descriptor->id, ==, id);
  g_assert_cmpuint (descriptor->size, ==, sizeof *descriptor);
  g_assert_cmpstr (descriptor->version, ==, PACKAGE_VERSION);
  g_assert_nonnull (descriptor->roles);
  g_assert_nonnull (descriptor->roles[0]);
  length = strlen (descriptor->summary);
  g_assert_cmpuint (length, >, 10);
  g_assert_cmpuint (length, <, 100);
  g_assert_true (descriptor->summary[length - 1] != '.');
  if (descriptor->settings != NULL)
    check_rows (descriptor->settings);
}

static void
test_modules (void)
{
  g_autofree char *folder =
      g_build_filename (g_getenv ("REEVE_TEST_BUILDDIR"), "plugins", ".libs", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &error);
  const char *name;
  guint n = 0;

  if (dir == NULL)
    {
      g_test_skip ("no module was built");
      return;
    }
  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (name, "reeve-") && g_str_has_suffix (name, ".so"))
      {
        check_module (folder, name);
        n++;
      }
  g_assert_cmpuint (n, >, 0);
}

static void
test_host (void)
{
  check_rows (reeve_host_get_rows ());
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tables/bad", test_bad_rows);
  g_test_add_func ("/tables/modules", test_modules);
  g_test_add_func ("/tables/host", test_host);
  return g_test_run ();
}
