/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-reporter-journal.h"

G_BEGIN_DECLS

/* The samples that wait for one hub while there is no link to it: in memory, and in a file beside
 * that when the setting says so. Main thread; the disk is a worker's. */

typedef enum
{
  REEVE_REPORTER_KEEP_NO,
  REEVE_REPORTER_KEEP_MEMORY,
  REEVE_REPORTER_KEEP_DISK,
} ReeveReporterKeepMode;

#define REEVE_REPORTER_KEEP_FILE "kept"
/* What a sample costs beside its record. */
#define REEVE_REPORTER_KEEP_OVERHEAD 96
#define REEVE_REPORTER_KEEP_MAX_RECORD (1024 * 1024)
/* Records of one answer, together. */
#define REEVE_REPORTER_KEEP_GIVE_BYTES (512 * 1024)
#define REEVE_REPORTER_KEEP_DISK_MS (2 * 60 * 1000)
#define REEVE_REPORTER_KEEP_GRACE_MS 1000

typedef struct _ReeveReporterKeep ReeveReporterKeep;

/* "memory", "disk", "no". */
ReeveReporterKeepMode reeve_reporter_keep_parse_mode (const char *text);
/* @keys: of ReevePublicKey, the hub's: samples that were kept for another are not given to it.
 * keep, keep-time and keep-size are taken from @settings. */
ReeveReporterKeep *reeve_reporter_keep_new (ReeveContext *context, ReeveSettings *settings,
                                            GArray *keys);
void reeve_reporter_keep_free (ReeveReporterKeep *self);
/* Takes keep-time and keep-size anew; other keys empty it. */
void reeve_reporter_keep_set (ReeveReporterKeep *self, ReeveSettings *settings, GArray *keys);

gboolean reeve_reporter_keep_is_on (ReeveReporterKeep *self);
guint64 reeve_reporter_keep_get_kept (ReeveReporterKeep *self);
guint64 reeve_reporter_keep_get_dropped (ReeveReporterKeep *self);

/* @sample was just measured. */
void reeve_reporter_keep_push (ReeveReporterKeep *self, ReeveSample *sample);
/* The hub has stored all of @series up to @sequence. */
void reeve_reporter_keep_acknowledge (ReeveReporterKeep *self, guint64 series, guint64 sequence);
/* The oldest, at most @wanted, numbered by @schema. @ret_kept->samples: (transfer full). */
void reeve_reporter_keep_give (ReeveReporterKeep *self, guint wanted, ReeveSchema *schema,
                               ReeveMessageKept *ret_kept);

G_END_DECLS
