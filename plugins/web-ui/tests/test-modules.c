/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What plugins add to the page: which files are taken, how they are served, what is said of others.
 */

#include "config.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "../reeve-web-ui-modules.h"
#include "web-ui-test.h"

#define GOOD "/* reeve-ui 1 */ export function register() {}"

typedef struct
{
  char *page;
  char *directory;
  ReeveWebUiAssets *assets;
} Fixture;

static void
set_up (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  f->page = web_ui_test_make_page ();
  f->directory = g_dir_make_tmp ("reeve-modules-XXXXXX", NULL);
  f->assets = reeve_web_ui_assets_load (f->page, &error);
  g_assert_no_error (error);
}

static void
remove_all (const char *path)
{
  g_autoptr (GDir) dir =
      g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_all (child);
    }
  g_assert_cmpint (g_remove (path), ==, 0);
}

static void
tear_down (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  reeve_web_ui_assets_free (f->assets);
  web_ui_test_remove_page (f->page);
  remove_all (f->directory);
  g_free (f->page);
  g_free (f->directory);
}

static char *
add_file (Fixture *f, const char *id, const char *name, const char *text, gssize length)
{
  g_autofree char *folder = g_build_filename (f->directory, id, NULL);
  char *path = g_build_filename (folder, name, NULL);

  g_mkdir (folder, 0755);
  g_assert_true (g_file_set_contents (path, text, length, NULL));
  g_assert_cmpint (g_chmod (path, 0644), ==, 0);
  return path;
}

static void
add (Fixture *f, const char *id, const char *name, const char *text, gssize length)
{
  g_free (add_file (f, id, name, text, length));
}

static ReeveHttpResponse *
ask (Fixture *f, const char *path, const char *encoding)
{
  g_autoptr (ReeveHttpRequest) request = web_ui_test_make_request ("GET", path, NULL, "");

  if (encoding != NULL)
    reeve_http_request_add_header (request, "accept-encoding", encoding);
  return reeve_web_ui_assets_answer (f->assets, request);
}

static void
assert_served (Fixture *f, const char *path, const char *type, const char *expected)
{
  g_autoptr (ReeveHttpResponse) response = ask (f, path, NULL);
  g_autoptr (ReeveHttpResponse) packed = ask (f, path, "gzip");
  g_autofree char *text = web_ui_test_get_text (response);
  g_autofree char *fields = web_ui_test_get_fields (response);
  g_autofree char *packed_fields = web_ui_test_get_fields (packed);

  g_assert_cmpuint (reeve_http_response_get_status (response), ==, 200);
  g_assert_cmpstr (text, ==, expected);
  g_assert_nonnull (strstr (fields, "immutable"));
  g_assert_cmpstr (reeve_http_response_get_content_type (response), ==, type);
  g_assert_nonnull (strstr (packed_fields, "\nContent-Encoding: gzip\n"));
}

static void
test_good (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GVariant) modules = NULL, first = NULL, second = NULL;
  const char *plugin, *url, *style;
  guint interface;

  add (f, "wells", "ui.js", GOOD, -1);
  add (f, "wells", "ui.css", ".well{}", -1);
  add (f, "alone", "ui.js", "/* reeve-ui 12 */", -1);
  modules = reeve_web_ui_modules_load (f->assets, f->directory);
  g_assert_cmpuint (g_variant_n_children (modules), ==, 2);
  first = g_variant_get_child_value (modules, 0);
  second = g_variant_get_child_value (modules, 1);
  g_assert_true (g_variant_lookup (first, "plugin", "&s", &plugin));
  g_assert_true (g_variant_lookup (first, "interface", "u", &interface));
  g_assert_true (g_variant_lookup (first, "style", "&s", &style));
  g_assert_cmpstr (plugin, ==, "alone");
  g_assert_cmpuint (interface, ==, 12);
  g_assert_cmpstr (style, ==, "");
  g_assert_true (g_variant_lookup (second, "url", "&s", &url));
  g_assert_true (g_variant_lookup (second, "style", "&s", &style));
  g_assert_true (g_str_has_prefix (url, "/assets/modules/wells-"));
  assert_served (f, url, "text/javascript; charset=utf-8", GOOD);
  assert_served (f, style, "text/css; charset=utf-8", ".well{}");
}

/* What is said of the one module there is. */
static void
assert_problem (Fixture *f, const char *words)
{
  g_autoptr (GVariant) modules = reeve_web_ui_modules_load (f->assets, f->directory);
  g_autoptr (GVariant) row = g_variant_get_child_value (modules, 0);
  const char *problem;

  g_assert_cmpuint (g_variant_n_children (modules), ==, 1);
  g_assert_true (g_variant_lookup (row, "problem", "&s", &problem));
  g_test_message ("%s", problem);
  g_assert_nonnull (strstr (problem, words));
  g_assert_false (g_variant_lookup (row, "url", "&s", NULL));
}

static void
test_bad (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *script = add_file (f, "wells", "ui.js", GOOD, -1);
  g_autofree char *folder = g_path_get_dirname (script);
  g_autofree char *large = g_strnfill (REEVE_WEB_UI_MODULE_MAX_SIZE + 1, ' ');
  g_autofree char *style = NULL;

  g_assert_cmpint (g_chmod (script, 0646), ==, 0);
  assert_problem (f, "can be written by others");
  g_assert_cmpint (g_chmod (script, 0644), ==, 0);
  g_assert_cmpint (g_chmod (folder, 0775), ==, 0);
  assert_problem (f, "can be written by others");
  g_assert_cmpint (g_chmod (folder, 0755), ==, 0);
  add (f, "wells", "ui.js", "export function register() {}", -1);
  assert_problem (f, "does not begin with");
  add (f, "wells", "ui.js", "/* reeve-ui x */", -1);
  assert_problem (f, "does not begin with");
  add (f, "wells", "ui.js", "/* reeve-ui 99999999999999999999 */", -1);
  assert_problem (f, "does not begin with");
  add (f, "wells", "ui.js", "/* reeve-ui 1 */ \xff", -1);
  assert_problem (f, "no UTF-8");
  add (f, "wells", "ui.js", "", 0);
  assert_problem (f, "empty");
  add (f, "wells", "ui.js", large, -1);
  assert_problem (f, "more than");
  add (f, "wells", "ui.js", GOOD, -1);
  style = add_file (f, "wells", "ui.css", large, -1);
  assert_problem (f, "ui.css");
  g_assert_cmpint (g_remove (style), ==, 0);
  g_assert_cmpint (g_remove (script), ==, 0);
  assert_problem (f, "there is no ui.js");
  g_assert_cmpint (symlink ("/etc/passwd", script), ==, 0);
  assert_problem (f, "cannot open ui.js");
  g_assert_cmpint (g_remove (script), ==, 0);
  g_assert_cmpint (g_mkdir (script, 0755), ==, 0);
  assert_problem (f, "another kind");
}

/* Names that are no plugin's are left alone, and a directory that is not there has nothing. */
static void
test_none (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GVariant) modules = NULL, nowhere = NULL;

  add (f, "Wells", "ui.js", GOOD, -1);
  add (f, ".wells", "ui.js", GOOD, -1);
  add (f, "9wells", "ui.js", GOOD, -1);
  add (f, "a23456789012345678901234567890123", "ui.js", GOOD, -1);
  modules = reeve_web_ui_modules_load (f->assets, f->directory);
  g_assert_cmpuint (g_variant_n_children (modules), ==, 0);
  nowhere = reeve_web_ui_modules_load (f->assets, "/nowhere/at/all");
  g_assert_cmpuint (g_variant_n_children (nowhere), ==, 0);
}

static void
test_many (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GVariant) modules = NULL;

  for (guint i = 0; i < 2 * REEVE_WEB_UI_MODULES_MAX; i++)
    {
      g_autofree char *id = g_strdup_printf ("m%u", i);

      add (f, id, "ui.js", GOOD, -1);
    }
  modules = reeve_web_ui_modules_load (f->assets, f->directory);
  g_assert_cmpuint (g_variant_n_children (modules), ==, REEVE_WEB_UI_MODULES_MAX);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/web-ui/modules/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("good", test_good);
  ADD ("bad", test_bad);
  ADD ("none", test_none);
  ADD ("many", test_many);
  return g_test_run ();
}
