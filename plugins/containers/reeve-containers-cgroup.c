/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A walk through the slices that engines put their scopes into. Nothing is kept open between two
 * walks: five files of each of 512 containers would leave no descriptors for links. */

#include "config.h"

#include "reeve-containers-cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define REEVE_CONTAINERS_CGROUP_MAX_FILE (16 * 1024)

typedef struct
{
  GPtrArray *found;
  guint directories;
} ReeveContainersCgroupWalk;

static gssize
reeve_containers_cgroup_read_file (int directory, const char *name, char *buffer)
{
  int fd = openat (directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  gsize length = 0;
  gssize n = -1;

  if (fd < 0)
    return -1;
  while (length < REEVE_CONTAINERS_CGROUP_MAX_FILE &&
         (n = read (fd, buffer + length, REEVE_CONTAINERS_CGROUP_MAX_FILE - length)) > 0)
    length += (gsize) n;
  close (fd);
  return n < 0 ? -1 : (gssize) length;
}

static gint64
reeve_containers_cgroup_read_key (int directory, const char *name, const char *key, char *buffer)
{
  gssize length = reeve_containers_cgroup_read_file (directory, name, buffer);

  return length < 0 ? -1 : reeve_containers_cgroup_parse_key (buffer, (gsize) length, key);
}

static void
reeve_containers_cgroup_read_scope (ReeveContainersCgroupWalk *walk, int directory, const char *id)
{
  g_autofree char *buffer = g_malloc (REEVE_CONTAINERS_CGROUP_MAX_FILE);
  ReeveContainersCgroup *self = g_new0 (ReeveContainersCgroup, 1);
  gssize length;
  gint64 back;

  g_strlcpy (self->id, id, sizeof self->id);
  self->cpu_us = reeve_containers_cgroup_read_key (directory, "cpu.stat", "usage_usec", buffer);
  self->memory = reeve_containers_cgroup_read_key (directory, "memory.current", "", buffer);
  self->limit = reeve_containers_cgroup_read_key (directory, "memory.max", "", buffer);
  back = reeve_containers_cgroup_read_key (directory, "memory.stat", "inactive_file", buffer);
  if (self->memory >= 0)
    self->memory -= CLAMP (back, 0, self->memory);
  self->read = self->written = -1;
  length = reeve_containers_cgroup_read_file (directory, "io.stat", buffer);
  if (length >= 0)
    reeve_containers_cgroup_parse_io (buffer, (gsize) length, &self->read, &self->written);
  g_ptr_array_add (walk->found, self);
}

/* Where scopes may be: slices, and the managers of users who run Podman themselves. */
static gboolean
reeve_containers_cgroup_is_way (const char *name, guint depth)
{
  static const char *const tops[] = { "system.slice", "machine.slice", "user.slice" };

  if (depth > 0)
    return g_str_has_suffix (name, ".slice") || g_str_has_prefix (name, "user@");
  for (guint i = 0; i < G_N_ELEMENTS (tops); i++)
    if (strcmp (name, tops[i]) == 0)
      return TRUE;
  return g_str_has_prefix (name, "kubepods");
}

/* Takes @fd. */
static void
reeve_containers_cgroup_walk (ReeveContainersCgroupWalk *walk, int fd, guint depth)
{
  DIR *directory = fdopendir (fd);
  struct dirent *entry;

  if (directory == NULL)
    {
      close (fd);
      return;
    }
  while (walk->found->len < REEVE_CONTAINERS_MAX &&
         walk->directories < REEVE_CONTAINERS_CGROUP_MAX_DIRECTORIES &&
         (entry = readdir (directory)) != NULL)
    {
      char id[REEVE_CONTAINERS_ID + 1];
      gboolean scope = depth > 0 && reeve_containers_cgroup_parse_name (entry->d_name, id);
      int child;

      if (entry->d_type != DT_DIR ||
          (!scope && (depth >= REEVE_CONTAINERS_CGROUP_MAX_DEPTH ||
                      !reeve_containers_cgroup_is_way (entry->d_name, depth))))
        continue;
      child = openat (fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
      if (child < 0)
        continue;
      walk->directories++;
      if (!scope)
        {
          reeve_containers_cgroup_walk (walk, child, depth + 1);
          continue;
        }
      reeve_containers_cgroup_read_scope (walk, child, id);
      close (child);
    }
  closedir (directory);
}

GPtrArray *
reeve_containers_cgroup_read (const char *root)
{
  ReeveContainersCgroupWalk walk = { NULL, 0 };
  int fd = open (root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd < 0)
    return NULL;
  /* version 1 has no such file */
  if (faccessat (fd, "cgroup.controllers", R_OK, 0) != 0)
    {
      close (fd);
      return NULL;
    }
  walk.found = g_ptr_array_new_with_free_func (g_free);
  reeve_containers_cgroup_walk (&walk, fd, 0);
  return walk.found;
}
