/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Who could put code into this process? Whoever may write a plugin's file, or a directory above it.
 * A sticky bit changes nothing: the owner of a directory in /tmp may still replace what is in it.
 * Each step is opened below the one before it, links are not followed. */

#include "config.h"

#include "reeve-host-path.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <reeve/reeve.h>

static void
reeve_host_path_close (int *fd)
{
  if (*fd >= 0)
    close (*fd);
}

/* Users on most systems have a group of their own that may write their files; it gives nobody else
 * anything. An access list may hide behind the group's bits, so there must be none. */
static gboolean
reeve_host_path_is_private_group (int fd, gid_t gid, uid_t also)
{
  g_autofree char *link = g_strdup_printf ("/proc/self/fd/%d", fd);
  const struct passwd *user = also != 0 ? getpwuid (also) : NULL;
  g_autofree char *name = user != NULL ? g_strdup (user->pw_name) : NULL;
  const struct group *group;

  if (name == NULL || user->pw_gid != gid ||
      getxattr (link, "system.posix_acl_access", NULL, 0) >= 0)
    return FALSE;
  group = getgrgid (gid);
  if (group == NULL || strcmp (group->gr_name, name) != 0)
    return FALSE;
  return group->gr_mem[0] == NULL ||
         (strcmp (group->gr_mem[0], name) == 0 && group->gr_mem[1] == NULL);
}

static gboolean
reeve_host_path_check_step (int fd, const char *path, gboolean last, uid_t also, GError **error)
{
  struct stat info;

  if (fstat (fd, &info) != 0)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_IO, "%s: %s", path, g_strerror (errno));
      return FALSE;
    }
  if (last ? !S_ISREG (info.st_mode) : !S_ISDIR (info.st_mode))
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_DENIED, "%s is %s", path,
                   S_ISLNK (info.st_mode) ? "a symbolic link, put the file itself there"
                   : last                 ? "not a regular file"
                                          : "not a directory");
      return FALSE;
    }
  if (info.st_uid != 0 && (also == 0 || info.st_uid != also))
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_DENIED,
                   "%s belongs to uid %u, who could change what runs here: chown it to root", path,
                   (guint) info.st_uid);
      return FALSE;
    }
  if ((info.st_mode & S_IWOTH) ||
      ((info.st_mode & S_IWGRP) && !reeve_host_path_is_private_group (fd, info.st_gid, also)))
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_DENIED,
                   "others can write %s and so change what runs here: chmod go-w it", path);
      return FALSE;
    }
  return TRUE;
}

gboolean
reeve_host_path_check (const char *path, uid_t also, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (path, "/", -1);
  g_autoptr (GString) so_far = g_string_new ("");
  guint n = g_strv_length (parts);
  __attribute__ ((cleanup (reeve_host_path_close))) int at = -1;

  g_return_val_if_fail (g_path_is_absolute (path) && n >= 2, FALSE);
  at = open ("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (at < 0 || !reeve_host_path_check_step (at, "/", FALSE, also, error))
    return FALSE;
  for (guint i = 1; i < n; i++)
    {
      gboolean last = i == n - 1;
      int next = openat (at, parts[i], O_PATH | O_NOFOLLOW | O_CLOEXEC);

      g_string_append_printf (so_far, "/%s", parts[i]);
      if (next < 0)
        {
          g_set_error (error, REEVE_ERROR, REEVE_ERROR_IO, "%s: %s", so_far->str,
                       g_strerror (errno));
          return FALSE;
        }
      close (at);
      at = next;
      if (!reeve_host_path_check_step (at, so_far->str, last, also, error))
        return FALSE;
    }
  return TRUE;
}
