/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Where a role keeps what it must not lose and nobody else may read. */

#include "config.h"

#include "reeve-host-state.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <reeve/reeve.h>

struct _ReeveHostState
{
  char *path;
  int dir;
  int lock;
};

void
reeve_host_state_harden (void)
{
  const struct rlimit none = { 0, 0 };

  umask (077);
  setrlimit (RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__ /* its leak check looks at this process from outside */
  prctl (PR_SET_DUMPABLE, 0);
#endif
}

char *
reeve_host_state_find (const char *base, const char *role)
{
  const char *given = g_getenv ("STATE_DIRECTORY");
  g_autofree char *name = g_strdup_printf ("reeve-%s", role);
  g_autofree char *path = g_build_filename (base, name, NULL);
  struct stat info;

  if (given != NULL && *given != '\0')
    return g_strndup (given, strcspn (given, ":"));
  if (geteuid () == 0 || (stat (path, &info) == 0 && info.st_uid == geteuid ()))
    return g_steal_pointer (&path);
  return g_build_filename (g_get_user_state_dir (), "reeve", role, NULL);
}

void
reeve_host_state_free (ReeveHostState *self)
{
  if (self->lock >= 0)
    close (self->lock);
  if (self->dir >= 0)
    close (self->dir);
  g_free (self->path);
  g_free (self);
}

const char *
reeve_host_state_get_path (ReeveHostState *self)
{
  return self->path;
}

static gboolean
reeve_host_state_fail (const char *path, const char *text, GError **error)
{
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_IO, "state directory %s: %s", path, text);
  return FALSE;
}

static gboolean
reeve_host_state_open_dir (ReeveHostState *self, const char *path, GError **error)
{
  struct stat info;

  if (g_mkdir_with_parents (path, 0700) != 0)
    return reeve_host_state_fail (path, g_strerror (errno), error);
  self->dir = open (path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (self->dir < 0)
    return reeve_host_state_fail (path,
                                  errno == ELOOP || errno == ENOTDIR
                                      ? "it must be a directory, not a symbolic link or a file"
                                      : g_strerror (errno),
                                  error);
  if (fstat (self->dir, &info) != 0)
    return reeve_host_state_fail (path, g_strerror (errno), error);
  if (info.st_uid != geteuid ())
    {
      g_autofree char *text =
          g_strdup_printf ("it belongs to uid %u, this runs as uid %u: chown it, or give another "
                           "one with --state-dir",
                           (guint) info.st_uid, (guint) geteuid ());

      return reeve_host_state_fail (path, text, error);
    }
  if ((info.st_mode & 0077) != 0)
    return reeve_host_state_fail (path, "others can reach into it: chmod 700 it", error);
  return TRUE;
}

static gboolean
reeve_host_state_lock (ReeveHostState *self, const char *path, GError **error)
{
  g_autofree char *text = NULL;
  char pid[24] = "";
  ssize_t length;

  self->lock = openat (self->dir, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (self->lock < 0)
    {
      text = g_strdup_printf ("it cannot be written (%s): make it writable for uid %u, or give "
                              "another one with --state-dir",
                              g_strerror (errno), (guint) geteuid ());
      return reeve_host_state_fail (path, text, error);
    }
  if (flock (self->lock, LOCK_EX | LOCK_NB) != 0)
    {
      length = pread (self->lock, pid, sizeof pid - 1, 0);
      pid[MAX (length, 0)] = '\0';
      pid[strspn (pid, "0123456789")] = '\0';
      text = g_strdup_printf ("process %s uses it already: stop that one, or give another "
                              "directory with --state-dir",
                              *pid != '\0' ? pid : "(unknown)");
      return reeve_host_state_fail (path, text, error);
    }
  text = g_strdup_printf ("%d\n", (int) getpid ());
  length = (ssize_t) strlen (text);
  if (ftruncate (self->lock, 0) != 0 || pwrite (self->lock, text, (gsize) length, 0) != length)
    return reeve_host_state_fail (path, g_strerror (errno), error);
  return TRUE;
}

ReeveHostState *
reeve_host_state_open (const char *path, GError **error)
{
  g_autoptr (ReeveHostState) self = g_new0 (ReeveHostState, 1);
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);

  self->dir = -1;
  self->lock = -1;
  if (!reeve_host_state_open_dir (self, absolute, error) ||
      !reeve_host_state_lock (self, absolute, error))
    return NULL;
  self->path = realpath (absolute, NULL);
  if (self->path == NULL)
    {
      reeve_host_state_fail (absolute, g_strerror (errno), error);
      return NULL;
    }
  return g_steal_pointer (&self);
}

static gboolean
reeve_host_state_write_all (int fd, const char *contents)
{
  gsize left = strlen (contents);

  while (left > 0)
    {
      ssize_t n = write (fd, contents, left);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return FALSE;
      contents += n;
      left -= (gsize) n;
    }
  return fsync (fd) == 0;
}

gboolean
reeve_host_state_write (ReeveHostState *self, const char *name, const char *contents,
                        GError **error)
{
  g_autofree char *next = g_strconcat (name, ".new", NULL);
  gboolean written;
  int problem;
  int fd;

  unlinkat (self->dir, next, 0); /* left by a crash */
  fd = openat (self->dir, next, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  written = fd >= 0 && reeve_host_state_write_all (fd, contents);
  problem = errno;
  if (fd >= 0)
    close (fd);
  if (written && renameat (self->dir, next, self->dir, name) == 0 && fsync (self->dir) == 0)
    return TRUE;
  problem = written ? errno : problem;
  unlinkat (self->dir, next, 0);
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_IO, "%s/%s cannot be written: %s", self->path, name,
               g_strerror (problem));
  return FALSE;
}

static int
reeve_host_state_remove_cb (const char *path, G_GNUC_UNUSED const struct stat *info,
                            G_GNUC_UNUSED int type, G_GNUC_UNUSED struct FTW *where)
{
  return remove (path);
}

void
reeve_host_state_remove (const char *path)
{
  nftw (path, reeve_host_state_remove_cb, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}
