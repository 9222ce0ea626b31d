/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Gives a fuzz target its committed corpus, one TAP line a file: the file itself, each
 * of its beginnings, and for small ones each byte once inverted. Under the sanitizers
 * this is a small fuzz run. The corpus of fuzz-NAME is tests/data/fuzz/NAME; files or
 * directories may be given as arguments instead. */

#include "config.h"

#include <stdint.h>
#include <string.h>

#include <glib.h>

#define PREFIX_LIMIT 2048
#define FLIP_LIMIT 512

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t length);

/* An allocation of exactly this length, so that a read past its end is seen. */
static void
replay_bytes (const char *bytes, gsize length)
{
  g_autofree uint8_t *copy = g_memdup2 (bytes, length);

  LLVMFuzzerTestOneInput (copy != NULL ? copy : (const uint8_t *) "", length);
}

static gboolean
replay_file (const char *path)
{
  g_autofree char *bytes = NULL;
  gsize length;

  if (!g_file_get_contents (path, &bytes, &length, NULL))
    return FALSE;
  replay_bytes (bytes, length);
  for (gsize i = 0; i < MIN (length, PREFIX_LIMIT); i++)
    replay_bytes (bytes, i);
  for (gsize i = 0; length <= FLIP_LIMIT && i < length; i++)
    {
      bytes[i] = ~bytes[i];
      replay_bytes (bytes, length);
      bytes[i] = ~bytes[i];
    }
  return TRUE;
}

static void
replay_collect (const char *path, GPtrArray *paths)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  if (dir == NULL)
    {
      g_ptr_array_add (paths, g_strdup (path));
      return;
    }
  while ((name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (paths, g_build_filename (path, name, NULL));
}

static int
replay_compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* .../.libs/lt-fuzz-NAME -> tests/data/fuzz/NAME */
static char *
replay_corpus (const char *program)
{
  g_autofree char *base = g_path_get_basename (program);
  const char *name = strstr (base, "fuzz-");
  const char *srcdir = g_getenv ("REEVE_TEST_SRCDIR");

  return g_build_filename (srcdir != NULL ? srcdir : ".", "tests", "data", "fuzz",
                           name != NULL ? name + strlen ("fuzz-") : base, NULL);
}

int
main (int argc, char **argv)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  guint failed = 0;

  for (int i = 1; i < argc; i++)
    if (argv[i][0] != '-')
      replay_collect (argv[i], paths);
  if (paths->len == 0)
    {
      g_autofree char *corpus = replay_corpus (argv[0]);

      replay_collect (corpus, paths);
    }
  g_ptr_array_sort (paths, replay_compare);

  g_print ("1..%u\n", paths->len);
  for (guint i = 0; i < paths->len; i++)
    {
      const char *path = g_ptr_array_index (paths, i);
      g_autofree char *name = g_path_get_basename (path);
      gboolean ok = replay_file (path);

      g_print ("%s %u - %s\n", ok ? "ok" : "not ok", i + 1, name);
      failed += ok ? 0 : 1;
    }
  return failed == 0 ? 0 : 1;
}
