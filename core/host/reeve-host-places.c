/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A program that lies in a build tree (beside its config.status) takes roles and plugins from
 * there; nothing in the environment can make an installed one do so. */

#include "config.h"

#include "reeve-host-places.h"

#include <string.h>
#include <unistd.h>

/* (transfer full) (nullable) */
static char *
reeve_host_places_find_build (void)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *dir = program != NULL ? g_path_get_dirname (program) : NULL;
  g_autofree char *mark = NULL;
  g_autofree char *plugins = NULL;

  if (dir == NULL)
    return NULL;
  if (g_str_has_suffix (dir, "/.libs"))
    dir[strlen (dir) - strlen ("/.libs")] = '\0';
  mark = g_build_filename (dir, "config.status", NULL);
  plugins = g_build_filename (dir, "data", "roles", NULL);
  if (!g_file_test (mark, G_FILE_TEST_IS_REGULAR) || !g_file_test (plugins, G_FILE_TEST_IS_DIR))
    return NULL;
  return g_steal_pointer (&dir);
}

ReeveHostPlaces *
reeve_host_places_new (void)
{
  ReeveHostPlaces *self = g_new0 (ReeveHostPlaces, 1);
  g_autofree char *build = reeve_host_places_find_build ();

  self->installed = build == NULL;
  self->config = g_strdup (REEVE_CONFIG_DIR);
  self->state = g_strdup (REEVE_STATE_DIR);
  if (self->installed)
    {
      self->roles = g_strdup (REEVE_ROLE_DIR);
      self->plugins = g_strdup (REEVE_PLUGIN_DIR);
      return self;
    }
  self->roles = g_build_filename (build, "data", "roles", NULL);
  self->plugins = g_build_filename (build, "plugins", ".libs", NULL);
  self->also = geteuid ();
  return self;
}

void
reeve_host_places_free (ReeveHostPlaces *self)
{
  g_free (self->roles);
  g_free (self->plugins);
  g_free (self->config);
  g_free (self->state);
  g_free (self);
}
