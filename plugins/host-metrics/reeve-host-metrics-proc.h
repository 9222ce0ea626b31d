/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

G_BEGIN_DECLS

/* The files that are read again and again: opened once, read from their start each time into one
 * buffer that is kept. Main thread only. */

/* A file with more than this is not read: its values are left out. */
#define REEVE_HOST_METRICS_MAX_FILE (1024 * 1024)
#define REEVE_HOST_METRICS_MAX_LINE 512
/* A file that is not there is looked for again after this. */
#define REEVE_HOST_METRICS_RETRY_US (60 * G_USEC_PER_SEC)

typedef enum
{
  REEVE_HOST_METRICS_FILE_FLAGS_NONE = 0,
  /* Its absence is no fault (no ZFS, an older kernel). */
  REEVE_HOST_METRICS_FILE_OPTIONAL = 1 << 0,
  /* The kernel writes it as one piece: a read that fills less than the buffer was the last one. */
  REEVE_HOST_METRICS_FILE_WHOLE = 1 << 1,
  /* The kernel writes as many lines as fit in a page, each under REEVE_HOST_METRICS_MAX_LINE: a
   * read that leaves more room than that in the smallest page was the last one. */
  REEVE_HOST_METRICS_FILE_LINES = 1 << 2,
} ReeveHostMetricsFileFlags;

typedef struct
{
  const char *path; /* below the root, "proc/stat" */
  ReeveHostMetricsFileFlags flags;
  int fd;
  gint64 retry_at; /* monotonic; 0: at once */
  gboolean told;   /* its fault stands in the log already */
} ReeveHostMetricsFile;

#define REEVE_HOST_METRICS_FILE_INIT(file_path, file_flags)                                        \
  {                                                                                                \
    .path = file_path, .flags = file_flags, .fd = -1                                               \
  }

typedef struct _ReeveHostMetricsProc ReeveHostMetricsProc;

/* @root: what stands before "proc" and "sys". @context outlives it. (transfer full) */
ReeveHostMetricsProc *reeve_host_metrics_proc_new (ReeveContext *context, const char *root);
void reeve_host_metrics_proc_free (ReeveHostMetricsProc *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveHostMetricsProc, reeve_host_metrics_proc_free)

ReeveContext *reeve_host_metrics_proc_get_context (ReeveHostMetricsProc *self);
const char *reeve_host_metrics_proc_get_root (ReeveHostMetricsProc *self);
/* The file's bytes, valid until the next read; NULL when it cannot be read (said in the log once).
 */
const char *reeve_host_metrics_proc_read (ReeveHostMetricsProc *self, ReeveHostMetricsFile *file,
                                          gsize *ret_length);
/* Likewise what one read gives: the beginning, which may end inside of a line. */
const char *reeve_host_metrics_proc_read_head (ReeveHostMetricsProc *self,
                                               ReeveHostMetricsFile *file, gsize *ret_length);
/* How far reeve_host_metrics_proc_read_lines() has come; all 0 at first. */
typedef struct
{
  guint64 offset;
  gsize have;
  gsize taken;
} ReeveHostMetricsStream;

/* The next whole lines of a file of any size, each line within the limit of a file; no other file
 * may be read meanwhile. NULL at its end, with what is left of a line without newline in
 * @stream->have, and when it cannot be read (said in the log once). */
const char *reeve_host_metrics_proc_read_lines (ReeveHostMetricsProc *self,
                                                ReeveHostMetricsFile *file,
                                                ReeveHostMetricsStream *stream, gsize *ret_length);
/* Says in the log, once for each file, what is wrong with its content. */
void reeve_host_metrics_proc_complain (ReeveHostMetricsProc *self, ReeveHostMetricsFile *file,
                                       const char *what);
void reeve_host_metrics_proc_close (ReeveHostMetricsFile *file);

/* A file that is read once: at most @room bytes of it, any thread. -1: not readable. */
gssize reeve_host_metrics_proc_read_once (const char *root, const char *path, char *buffer,
                                          gsize room);

G_END_DECLS
