/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-reporter-journal.h"

G_BEGIN_DECLS

/* The journal on disk. All of this blocks: it runs on a worker's thread. */

typedef struct
{
  ReeveReporterJournal journal;
  gboolean found;
  gsize cut;     /* bytes of a torn or damaged tail that were cut off */
  char *damaged; /* where a file that could not be read was moved, or NULL */
} ReeveReporterDiskLoad;

void reeve_reporter_disk_load_free (ReeveReporterDiskLoad *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveReporterDiskLoad, reeve_reporter_disk_load_free)

/* A missing file is none. (transfer full) */
ReeveReporterDiskLoad *reeve_reporter_disk_load (const char *path, GError **error);
/* Puts @bytes at @offset, which is the file's length unless an earlier write was torn, and waits
 * until they are on the disk. */
gboolean reeve_reporter_disk_append (const char *path, gsize offset, GBytes *bytes, GError **error);
/* The whole file anew, in one step. */
gboolean reeve_reporter_disk_replace (const char *path, GBytes *bytes, GError **error);

G_END_DECLS
