/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

G_BEGIN_DECLS

/* The file of kept samples: its bytes, made and read again. Pure functions, any thread. */

#define REEVE_REPORTER_JOURNAL_OWNER 32 /* bytes */
/* A file that is larger is not ours. */
#define REEVE_REPORTER_JOURNAL_MAX_BYTES (256 * 1024 * 1024)

/* One kept sample. */
typedef struct
{
  guint64 sequence;
  gint64 wall;   /* when it was measured, microseconds since 1970 */
  gint64 moment; /* the same, monotonic; not in the file */
  GBytes *record;
} ReeveReporterEntry;

ReeveReporterEntry *reeve_reporter_entry_new (guint64 sequence, gint64 wall, GBytes *record);
void reeve_reporter_entry_free (ReeveReporterEntry *self);

typedef struct
{
  guint64 series;
  guint8 owner[REEVE_REPORTER_JOURNAL_OWNER]; /* whom they are kept for */
  guint64 last;                               /* the newest number that was given out */
  GQueue entries;                             /* of ReeveReporterEntry, oldest first */
  gsize length;                               /* bytes that are whole; what follows is to be cut */
} ReeveReporterJournal;

/* FALSE: these are not the bytes of such a file. A torn or damaged tail is no error. */
gboolean reeve_reporter_journal_read (const guint8 *data, gsize length,
                                      ReeveReporterJournal *ret_journal, GError **error);
void reeve_reporter_journal_clear (ReeveReporterJournal *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ReeveReporterJournal, reeve_reporter_journal_clear)

void reeve_reporter_journal_put_head (GByteArray *out, guint64 series, const guint8 *owner);
void reeve_reporter_journal_put_entry (GByteArray *out, const ReeveReporterEntry *entry);
/* All up to @sequence have gone. */
void reeve_reporter_journal_put_mark (GByteArray *out, guint64 sequence);

G_END_DECLS
