/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Files: 0600, never through a link. An append is synced before it counts; a file that is written
 * anew takes the old one's place only when it is on the disk. */

#include "config.h"

#include "reeve-reporter-disk.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static gboolean
reeve_reporter_disk_fail (GError **error, const char *path, const char *what)
{
  int number = errno;

  g_set_error (error, REEVE_ERROR, REEVE_ERROR_IO, "%s %s: %s%s", what, path, g_strerror (number),
               number == ENOSPC || number == EDQUOT ? " (make room there, or set keep=memory)"
                                                    : "");
  return FALSE;
}

void
reeve_reporter_disk_load_free (ReeveReporterDiskLoad *self)
{
  reeve_reporter_journal_clear (&self->journal);
  g_free (self->damaged);
  g_free (self);
}

/* ---- reading ---- */

/* NULL: @error is set. A file that is larger than any of ours is damaged: *@ret_length says so. */
static guint8 *
reeve_reporter_disk_read (int fd, const char *path, gsize *ret_length, GError **error)
{
  g_autofree guint8 *data = NULL;
  gsize length = 0, room;
  struct stat st;

  if (fstat (fd, &st) != 0 || !S_ISREG (st.st_mode))
    {
      errno = S_ISREG (st.st_mode) ? errno : EINVAL;
      reeve_reporter_disk_fail (error, path, "reading");
      return NULL;
    }
  *ret_length = (gsize) st.st_size;
  if (st.st_size > REEVE_REPORTER_JOURNAL_MAX_BYTES)
    return g_malloc0 (1);
  room = (gsize) st.st_size;
  data = g_malloc (room + 1);
  while (length < room)
    {
      gssize n = read (fd, data + length, room - length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          reeve_reporter_disk_fail (error, path, "reading");
          return NULL;
        }
      if (n == 0)
        break;
      length += (gsize) n;
    }
  *ret_length = length;
  return g_steal_pointer (&data);
}

/* Out of the way, for who wants to look at it. */
static gboolean
reeve_reporter_disk_move_aside (ReeveReporterDiskLoad *self, const char *path, GError **error)
{
  self->damaged = g_strconcat (path, ".damaged", NULL);
  return g_rename (path, self->damaged) == 0 || reeve_reporter_disk_fail (error, path, "moving");
}

ReeveReporterDiskLoad *
reeve_reporter_disk_load (const char *path, GError **error)
{
  g_autoptr (ReeveReporterDiskLoad) self = g_new0 (ReeveReporterDiskLoad, 1);
  int fd = open (path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  g_autofree guint8 *data = NULL;
  gsize length = 0;
  gboolean ok;

  if (fd < 0 && errno == ENOENT)
    return g_steal_pointer (&self);
  if (fd < 0)
    {
      reeve_reporter_disk_fail (error, path, "opening");
      return NULL;
    }
  data = reeve_reporter_disk_read (fd, path, &length, error);
  ok = data != NULL;
  if (ok && !reeve_reporter_journal_read (data, length, &self->journal, NULL))
    ok = reeve_reporter_disk_move_aside (self, path, error);
  else if (ok)
    {
      self->found = TRUE;
      self->cut = length - self->journal.length;
      if (self->cut > 0 && ftruncate (fd, (off_t) self->journal.length) != 0)
        ok = reeve_reporter_disk_fail (error, path, "cutting");
    }
  close (fd);
  return ok ? g_steal_pointer (&self) : NULL;
}

/* ---- writing ---- */

static gboolean
reeve_reporter_disk_write (int fd, GBytes *bytes)
{
  gsize length, done = 0;
  const guint8 *data = g_bytes_get_data (bytes, &length);

  while (done < length)
    {
      gssize n = write (fd, data + done, length - done);

      if (n < 0 && errno != EINTR)
        return FALSE;
      if (n > 0)
        done += (gsize) n;
    }
  return TRUE;
}

gboolean
reeve_reporter_disk_append (const char *path, gsize offset, GBytes *bytes, GError **error)
{
  int fd = open (path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  struct stat st;
  gboolean ok;

  if (fd < 0)
    return reeve_reporter_disk_fail (error, path, "opening");
  if (fstat (fd, &st) != 0 || st.st_size < (off_t) offset)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_IO, "writing %s: somebody has cut it", path);
      close (fd);
      return FALSE;
    }
  ok = ftruncate (fd, (off_t) offset) == 0 && lseek (fd, 0, SEEK_END) == (off_t) offset &&
       reeve_reporter_disk_write (fd, bytes) && fdatasync (fd) == 0;
  if (!ok)
    reeve_reporter_disk_fail (error, path, "writing");
  close (fd);
  return ok;
}

static gboolean
reeve_reporter_disk_sync_directory (const char *path)
{
  g_autofree char *directory = g_path_get_dirname (path);
  int fd = open (directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean ok = fd >= 0 && fsync (fd) == 0;

  if (fd >= 0)
    close (fd);
  return ok;
}

gboolean
reeve_reporter_disk_replace (const char *path, GBytes *bytes, GError **error)
{
  g_autofree char *beside = g_strconcat (path, ".new", NULL);
  int fd;
  gboolean ok;

  if (g_unlink (beside) != 0 && errno != ENOENT)
    return reeve_reporter_disk_fail (error, beside, "removing");
  fd = open (beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0)
    return reeve_reporter_disk_fail (error, beside, "making");
  ok = reeve_reporter_disk_write (fd, bytes) && fsync (fd) == 0 && g_rename (beside, path) == 0 &&
       reeve_reporter_disk_sync_directory (path);
  if (!ok)
    {
      reeve_reporter_disk_fail (error, beside, "writing");
      g_unlink (beside);
    }
  close (fd);
  return ok;
}
