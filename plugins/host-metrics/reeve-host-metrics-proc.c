/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Files below the root that are held open. pread() at offset 0 makes the kernel write the text
 * anew, so no open() and close() is spent on a sample. A file that fails is closed and opened again
 * later, which also finds what appears at run time (a module, a mount).
 */

#include "config.h"

#include "reeve-host-metrics-proc.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REEVE_HOST_METRICS_PROC_ROOM 8192
/* The smallest page there is. */
#define REEVE_HOST_METRICS_PROC_PAGE 4096

struct _ReeveHostMetricsProc
{
  ReeveContext *context;
  char *root;
  int root_fd;
  char *buffer;
  gsize room;
};

ReeveHostMetricsProc *
reeve_host_metrics_proc_new (ReeveContext *context, const char *root)
{
  ReeveHostMetricsProc *self = g_new0 (ReeveHostMetricsProc, 1);

  self->context = context;
  self->root = g_strdup (root);
  self->root_fd = open (root, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (self->root_fd < 0)
    reeve_log_warning (context,
                       "root directory %s: %s, so nothing can be read; correct the key "
                       "root of group [plugin host-metrics]",
                       root, g_strerror (errno));
  self->room = REEVE_HOST_METRICS_PROC_ROOM;
  self->buffer = g_malloc (self->room);
  return self;
}

void
reeve_host_metrics_proc_free (ReeveHostMetricsProc *self)
{
  if (self->root_fd >= 0)
    close (self->root_fd);
  g_free (self->buffer);
  g_free (self->root);
  g_free (self);
}

ReeveContext *
reeve_host_metrics_proc_get_context (ReeveHostMetricsProc *self)
{
  return self->context;
}

const char *
reeve_host_metrics_proc_get_root (ReeveHostMetricsProc *self)
{
  return self->root;
}

void
reeve_host_metrics_proc_complain (ReeveHostMetricsProc *self, ReeveHostMetricsFile *file,
                                  const char *what)
{
  if (file->told)
    return;
  file->told = TRUE;
  reeve_log_warning (self->context, "%s%s%s: %s; its values are left out while this lasts",
                     self->root, g_str_has_suffix (self->root, "/") ? "" : "/", file->path, what);
}

void
reeve_host_metrics_proc_close (ReeveHostMetricsFile *file)
{
  if (file->fd >= 0)
    close (file->fd);
  file->fd = -1;
}

/* Later again; @error: an errno. */
static const char *
reeve_host_metrics_proc_fail (ReeveHostMetricsProc *self, ReeveHostMetricsFile *file, int error)
{
  gint64 now = reeve_clock_get_monotonic (reeve_context_get_clock (self->context));

  reeve_host_metrics_proc_close (file);
  file->retry_at = now + REEVE_HOST_METRICS_RETRY_US;
  if (error != ENOENT || (file->flags & REEVE_HOST_METRICS_FILE_OPTIONAL) == 0)
    reeve_host_metrics_proc_complain (self, file, g_strerror (error));
  return NULL;
}

/* 0, or an errno. A directory, a pipe or a device never stands in /proc under these names. */
static int
reeve_host_metrics_proc_open (ReeveHostMetricsProc *self, ReeveHostMetricsFile *file)
{
  struct stat st;

  if (self->root_fd < 0)
    return ENOENT;
  file->fd = openat (self->root_fd, file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file->fd < 0)
    return errno;
  if (fstat (file->fd, &st) != 0)
    return errno;
  return S_ISREG (st.st_mode) ? 0 : EINVAL;
}

static void
reeve_host_metrics_proc_grow (ReeveHostMetricsProc *self)
{
  self->room *= 2;
  self->buffer = g_realloc (self->buffer, self->room);
}

/* FALSE when it is not open and cannot be opened now. */
static gboolean
reeve_host_metrics_proc_ensure_open (ReeveHostMetricsProc *self, ReeveHostMetricsFile *file)
{
  int error;

  if (file->fd >= 0)
    return TRUE;
  if (file->retry_at != 0 &&
      reeve_clock_get_monotonic (reeve_context_get_clock (self->context)) < file->retry_at)
    return FALSE;
  error = reeve_host_metrics_proc_open (self, file);
  if (error != 0)
    reeve_host_metrics_proc_fail (self, file, error);
  return error == 0;
}

static gssize
reeve_host_metrics_proc_pread (ReeveHostMetricsProc *self, ReeveHostMetricsFile *file, gsize offset)
{
  gssize n;

  do
    n = pread (file->fd, self->buffer + offset, self->room - offset, (off_t) offset);
  while (n < 0 && errno == EINTR);
  return n;
}

/* Was that the last read, as far as the file's kind tells without one more? */
static gboolean
reeve_host_metrics_proc_is_last (ReeveHostMetricsProc *self, const ReeveHostMetricsFile *file,
                                 gsize n, gsize length)
{
  return n == 0 || ((file->flags & REEVE_HOST_METRICS_FILE_WHOLE) != 0 && length < self->room) ||
         ((file->flags & REEVE_HOST_METRICS_FILE_LINES) != 0 && length < self->room &&
          n < REEVE_HOST_METRICS_PROC_PAGE - REEVE_HOST_METRICS_MAX_LINE);
}

const char *
reeve_host_metrics_proc_read (ReeveHostMetricsProc *self, ReeveHostMetricsFile *file,
                              gsize *ret_length)
{
  gsize length = 0;
  gssize n;

  if (!reeve_host_metrics_proc_ensure_open (self, file))
    return NULL;
  do
    {
      if (length == self->room)
        {
          if (self->room >= REEVE_HOST_METRICS_MAX_FILE)
            return reeve_host_metrics_proc_fail (self, file, EFBIG);
          reeve_host_metrics_proc_grow (self);
        }
      n = reeve_host_metrics_proc_pread (self, file, length);
      if (n < 0)
        return reeve_host_metrics_proc_fail (self, file, errno);
      length += (gsize) n;
    }
  while (!reeve_host_metrics_proc_is_last (self, file, (gsize) n, length));
  *ret_length = length;
  return self->buffer;
}

const char *
reeve_host_metrics_proc_read_head (ReeveHostMetricsProc *self, ReeveHostMetricsFile *file,
                                   gsize *ret_length)
{
  gssize n;

  if (!reeve_host_metrics_proc_ensure_open (self, file))
    return NULL;
  n = reeve_host_metrics_proc_pread (self, file, 0);
  if (n < 0)
    return reeve_host_metrics_proc_fail (self, file, errno);
  *ret_length = (gsize) n;
  return self->buffer;
}

const char *
reeve_host_metrics_proc_read_lines (ReeveHostMetricsProc *self, ReeveHostMetricsFile *file,
                                    ReeveHostMetricsStream *stream, gsize *ret_length)
{
  const char *newline = NULL;
  gssize n;

  if (!reeve_host_metrics_proc_ensure_open (self, file))
    return NULL;
  stream->have -= stream->taken;
  memmove (self->buffer, self->buffer + stream->taken, stream->have);
  stream->taken = 0;
  do
    {
      if (stream->have == self->room && self->room >= REEVE_HOST_METRICS_MAX_FILE)
        return reeve_host_metrics_proc_fail (self, file, EFBIG);
      if (stream->have == self->room)
        reeve_host_metrics_proc_grow (self);
      do
        n = pread (file->fd, self->buffer + stream->have, self->room - stream->have,
                   (off_t) stream->offset);
      while (n < 0 && errno == EINTR);
      if (n < 0)
        return reeve_host_metrics_proc_fail (self, file, errno);
      if (n == 0)
        return NULL;
      newline = memrchr (self->buffer + stream->have, '\n', (gsize) n);
      stream->have += (gsize) n;
      stream->offset += (guint64) n;
    }
  while (newline == NULL);
  stream->taken = (gsize) (newline + 1 - self->buffer);
  *ret_length = stream->taken;
  return self->buffer;
}

gssize
reeve_host_metrics_proc_read_once (const char *root, const char *path, char *buffer, gsize room)
{
  g_autofree char *full = g_build_filename (root, path, NULL);
  int fd = open (full, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  gsize length = 0;
  gssize n = 1;
  struct stat st;

  if (fd < 0)
    return -1;
  if (fstat (fd, &st) != 0 || !S_ISREG (st.st_mode))
    n = -1;
  while (n > 0 && length < room)
    {
      n = read (fd, buffer + length, room - length);
      if (n < 0 && errno == EINTR)
        n = 1;
      else if (n > 0)
        length += (gsize) n;
    }
  close (fd);
  return n < 0 ? -1 : (gssize) length;
}
