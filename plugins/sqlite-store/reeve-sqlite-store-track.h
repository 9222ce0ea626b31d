/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

#include "reeve-sqlite-store-block.h"
#include "reeve-sqlite-store-database.h"

G_BEGIN_DECLS

/*
 * The columns of an answer: which name each series' column of a system has, and what was gathered
 * for it in each step. Rows come in any order. One thread.
 *
 * A metric that changed its meaning (unit, type, aggregation) has two series of the same name; the
 * newer one is shown and the older one left out, since no reader could tell them apart.
 */

/* Steps of all columns of one answer; more is an error that says so. */
#define REEVE_SQLITE_STORE_MAX_CELLS (2 * 1024 * 1024)

typedef struct _ReeveSqliteStoreTracks ReeveSqliteStoreTracks;
typedef struct _ReeveSqliteStoreTrack ReeveSqliteStoreTrack;

/* Rows of a column, one after the other, that go into one step. */
typedef struct
{
  guint first;
  guint end; /* the one behind the last */
  guint step;
} ReeveSqliteStoreTarget;

ReeveSqliteStoreTracks *reeve_sqlite_store_tracks_new (void);
void reeve_sqlite_store_tracks_free (ReeveSqliteStoreTracks *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveSqliteStoreTracks, reeve_sqlite_store_tracks_free)

/* Reads the names of @system. @kinds: NULL for all. */
gboolean reeve_sqlite_store_tracks_read (ReeveSqliteStoreTracks *self,
                                         ReeveSqliteStoreDatabase *database, gint64 system,
                                         const char *const *kinds, GError **error);
/* Before anything is taken. @spread: least and greatest values will be wanted. */
void reeve_sqlite_store_tracks_set_steps (ReeveSqliteStoreTracks *self, guint n_steps,
                                          gboolean spread);
/* The column of a series (its number times REEVE_SQLITE_STORE_CODEC_COLUMNS, plus the column's);
 * NULL: not wanted. */
ReeveSqliteStoreTrack *reeve_sqlite_store_tracks_find (ReeveSqliteStoreTracks *self, guint key);
/* What of its columns is wanted. */
ReeveSqliteStoreWant reeve_sqlite_store_tracks_get_want (ReeveSqliteStoreTracks *self, guint key);
/* @targets: ascending. @minutes: of each row of @column. */
void reeve_sqlite_store_tracks_take (ReeveSqliteStoreTracks *self, ReeveSqliteStoreTrack *track,
                                     const ReeveSqliteStoreGridColumn *column,
                                     const ReeveSqliteStoreTarget *targets, guint n,
                                     const gint64 *minutes);
/* The value of one minute. */
void reeve_sqlite_store_tracks_take_value (ReeveSqliteStoreTracks *self,
                                           ReeveSqliteStoreTrack *track, guint step, gint64 minute,
                                           double value);
/* LIMIT when more was taken than an answer may hold. */
gboolean reeve_sqlite_store_tracks_check (ReeveSqliteStoreTracks *self, GError **error);

/* Steps with a value become the times of @range: @origin + n * range->step. */
void reeve_sqlite_store_tracks_fill (ReeveSqliteStoreTracks *self, ReeveHistoryRange *range,
                                     gint64 origin);
/* (transfer full) a(sss), not floating, in the order in which the series came. */
GVariant *reeve_sqlite_store_tracks_list (ReeveSqliteStoreTracks *self);

G_END_DECLS
