/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-sqlite-store-grid.h"
#include "reeve-sqlite-store-range.h"
#include "reeve-sqlite-store-track.h"

G_BEGIN_DECLS

/* A block that was looked through to choose the tier, and need not be read again for its rows. */
typedef struct
{
  gint64 id;
  GBytes *body; /* NULL: none */
  gboolean sound;
} ReeveSqliteStoreEdge;

/* What the files of a range share: one that is being read. */
typedef struct
{
  ReeveSqliteStoreDatabase *database;
  const ReeveSqliteStoreRange *query;
  GCancellable *cancellable;
  ReeveSqliteStoreTracks *tracks;
  GPtrArray *troubles;
  gint64 system;
  gint64 first, last;  /* minutes */
  gint64 origin, step; /* minutes */
  guint tier;
  ReeveSqliteStoreEdge edges[2]; /* the oldest and the newest block of the tier looked at last */
  GHashTable *loose;             /* of tier 0: minutes with a loose row, as a set */
  guint8 *sealed;     /* else: hours from the first one on that need no loose rows, a bit each */
  gint64 block_begin; /* of the block at hand */
  guint n_targets;    /* of the segment at hand */
  ReeveSqliteStoreTarget targets[REEVE_SQLITE_STORE_MAX_ROWS];
  gint64 minutes[REEVE_SQLITE_STORE_MAX_ROWS]; /* of its rows */
} ReeveSqliteStoreReading;

/* Chooses tier, steps, and the whole steps from the first to the last minute of which there are
 * rows. *@ret_found is FALSE when there are none. */
gboolean reeve_sqlite_store_reading_find_steps (ReeveSqliteStoreReading *self, gboolean *ret_found,
                                                GError **error);
void reeve_sqlite_store_reading_clear_edges (ReeveSqliteStoreReading *self);

G_END_DECLS
