/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What plugins bring for the page. Read once at start, as the page is: a request never touches a
 * file. */

#include "config.h"

#include "reeve-web-ui-modules.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REEVE_WEB_UI_MODULE_SCRIPT "ui.js"
#define REEVE_WEB_UI_MODULE_STYLE "ui.css"

static gboolean
reeve_web_ui_modules_is_id (const char *name)
{
  gsize length = strspn (name, "abcdefghijklmnopqrstuvwxyz0123456789-");

  return length >= 1 && length <= 32 && name[length] == '\0' && g_ascii_isalpha (name[0]);
}

/* Nobody but root and we can have put there what is open. */
static gboolean
reeve_web_ui_modules_check_safe (int fd, const char *what, mode_t type, struct stat *ret_status,
                                 GError **error)
{
  struct stat status;

  if (fstat (fd, &status) < 0)
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID, "cannot look at %s: %s", what,
                 g_strerror (errno));
  else if ((status.st_mode & S_IFMT) != type)
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID, "%s is of another kind", what);
  else if ((status.st_uid != 0 && status.st_uid != geteuid ()) || (status.st_mode & 022) != 0)
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                 "%s can be written by others: give it to root, with mode %s", what,
                 type == S_IFDIR ? "755" : "644");
  else
    {
      *ret_status = status;
      return TRUE;
    }
  return FALSE;
}

static GBytes *
reeve_web_ui_modules_read_fd (int fd, const char *name, gsize length, GError **error)
{
  g_autofree char *text = g_malloc (length + 1);
  gsize got = 0;

  while (got < length)
    {
      ssize_t n = read (fd, text + got, length - got);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        break;
      got += (gsize) n;
    }
  if (got == length && length > 0 && g_utf8_validate (text, (gssize) length, NULL))
    return g_bytes_new_take (g_steal_pointer (&text), length);
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID, "%s is empty, cut off or no UTF-8 text",
               name);
  return NULL;
}

/* NULL without an error: there is no such file. */
static GBytes *
reeve_web_ui_modules_read (int folder, const char *name, GError **error)
{
  int fd = openat (folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  struct stat status;
  GBytes *bytes = NULL;

  if (fd < 0)
    {
      if (errno != ENOENT)
        g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID, "cannot open %s: %s", name,
                     g_strerror (errno));
      return NULL;
    }
  if (reeve_web_ui_modules_check_safe (fd, name, S_IFREG, &status, error))
    {
      if (status.st_size > REEVE_WEB_UI_MODULE_MAX_SIZE)
        g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT, "%s has more than %d bytes", name,
                     REEVE_WEB_UI_MODULE_MAX_SIZE);
      else
        bytes = reeve_web_ui_modules_read_fd (fd, name, (gsize) status.st_size, error);
    }
  close (fd);
  return bytes;
}

/* The number behind the mark; 0: there is none. */
static guint
reeve_web_ui_modules_get_interface (GBytes *script)
{
  const gsize mark = strlen (REEVE_WEB_UI_MODULE_MARK);
  gsize length;
  const char *text = g_bytes_get_data (script, &length);
  guint number = 0;

  if (length <= mark || memcmp (text, REEVE_WEB_UI_MODULE_MARK, mark) != 0)
    return 0;
  for (gsize i = mark;
       i < length && g_ascii_isdigit (text[i]) && number <= REEVE_WEB_UI_MODULE_MAX_INTERFACE; i++)
    number = number * 10 + (guint) (text[i] - '0');
  return number <= REEVE_WEB_UI_MODULE_MAX_INTERFACE ? number : 0;
}

/* (transfer full) (nullable): where it is served. */
static char *
reeve_web_ui_modules_add (ReeveWebUiAssets *assets, const char *id, const char *extension,
                          GBytes *bytes, GError **error)
{
  g_autofree char *sum = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);
  g_autofree char *path = g_strdup_printf ("/assets/modules/%s-%.16s.%s", id, sum, extension);

  if (!reeve_web_ui_assets_add (assets, path,
                                strcmp (extension, "js") == 0 ? "text/javascript; charset=utf-8"
                                                              : "text/css; charset=utf-8",
                                bytes, error))
    return NULL;
  return g_steal_pointer (&path);
}

static gboolean
reeve_web_ui_modules_load_one (ReeveWebUiAssets *assets, int folder, const char *id,
                               GVariantDict *dict, GError **error)
{
  g_autoptr (GBytes) script = reeve_web_ui_modules_read (folder, REEVE_WEB_UI_MODULE_SCRIPT, error);
  g_autoptr (GBytes) style = NULL;
  g_autofree char *url = NULL, *style_url = NULL;
  GError *problem = NULL;
  guint interface;

  if (script == NULL)
    {
      if (error != NULL && *error == NULL)
        g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                     "there is no " REEVE_WEB_UI_MODULE_SCRIPT);
      return FALSE;
    }
  interface = reeve_web_ui_modules_get_interface (script);
  if (interface == 0)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   REEVE_WEB_UI_MODULE_SCRIPT
                   " does not begin with \"" REEVE_WEB_UI_MODULE_MARK
                   "1 */\", which says for which interface it is written");
      return FALSE;
    }
  style = reeve_web_ui_modules_read (folder, REEVE_WEB_UI_MODULE_STYLE, &problem);
  if (problem != NULL)
    {
      g_propagate_error (error, problem);
      return FALSE;
    }
  url = reeve_web_ui_modules_add (assets, id, "js", script, error);
  if (url == NULL)
    return FALSE;
  if (style != NULL)
    {
      style_url = reeve_web_ui_modules_add (assets, id, "css", style, error);
      if (style_url == NULL)
        return FALSE;
    }
  g_variant_dict_insert (dict, "interface", "u", interface);
  g_variant_dict_insert (dict, "url", "s", url);
  g_variant_dict_insert (dict, "style", "s", style_url != NULL ? style_url : "");
  return TRUE;
}

static GVariant *
reeve_web_ui_modules_make_row (ReeveWebUiAssets *assets, int parent, const char *id)
{
  int folder = openat (parent, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  g_autoptr (GError) error = NULL;
  struct stat status;
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "plugin", "s", id);
  if (folder < 0)
    g_set_error (&error, REEVE_ERROR, REEVE_ERROR_INVALID, "cannot open its folder: %s",
                 g_strerror (errno));
  else if (reeve_web_ui_modules_check_safe (folder, "its folder", S_IFDIR, &status, &error))
    reeve_web_ui_modules_load_one (assets, folder, id, &dict, &error);
  if (folder >= 0)
    close (folder);
  if (error != NULL)
    g_variant_dict_insert (&dict, "problem", "s", error->message);
  return g_variant_dict_end (&dict);
}

static int
reeve_web_ui_modules_compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* In the order of names, which is that of their panels. */
static GPtrArray *
reeve_web_ui_modules_list (const char *directory)
{
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  GPtrArray *ids = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  while (dir != NULL && ids->len < REEVE_WEB_UI_MODULES_MAX &&
         (name = g_dir_read_name (dir)) != NULL)
    if (reeve_web_ui_modules_is_id (name))
      g_ptr_array_add (ids, g_strdup (name));
  g_ptr_array_sort (ids, reeve_web_ui_modules_compare);
  return ids;
}

GVariant *
reeve_web_ui_modules_load (ReeveWebUiAssets *assets, const char *directory)
{
  g_autoptr (GPtrArray) ids = reeve_web_ui_modules_list (directory);
  int parent = open (directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  GVariantBuilder rows;

  g_variant_builder_init (&rows, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < ids->len && parent >= 0; i++)
    g_variant_builder_add_value (&rows,
                                 reeve_web_ui_modules_make_row (assets, parent, ids->pdata[i]));
  if (parent >= 0)
    close (parent);
  return g_variant_ref_sink (g_variant_builder_end (&rows));
}
