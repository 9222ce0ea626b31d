/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-sqlite-store-catalogue.h"
#include "reeve-sqlite-store-database.h"
#include "reeve-sqlite-store-grid.h"

G_BEGIN_DECLS

/* What history does when nobody waits: seals hours that are over, deletes what is too old and what
 * is left of systems that were removed; in slices. Writer thread, in a transaction. */

/* Rows of a slice. */
#define REEVE_SQLITE_STORE_SLICE_ROWS 2000
/* Systems looked at in a slice. */
#define REEVE_SQLITE_STORE_SLICE_SYSTEMS 512
/* What deleting a block counts, in rows. */
#define REEVE_SQLITE_STORE_BLOCK_WEIGHT 16
/* Pages of a slice that are given back, and how many free ones are kept for what comes: these, or
 * one of so many. */
#define REEVE_SQLITE_STORE_SLICE_PAGES 256
#define REEVE_SQLITE_STORE_SPARE_PAGES 256
#define REEVE_SQLITE_STORE_SPARE_SHARE 8

typedef struct
{
  gint64 seal;                               /* minutes since 1970: hours before this are sealed */
  gint64 cutoff[REEVE_SQLITE_STORE_N_TIERS]; /* what lies before goes */
} ReeveSqliteStoreSweepTimes;

/* Systems, and blocks, whose part of the file is damaged; what more there is ends the sweep. */
#define REEVE_SQLITE_STORE_MAX_DAMAGED 4096
/* Sweeps after which blocks are tried again: each try that fails costs a roll-back. */
#define REEVE_SQLITE_STORE_DAMAGED_SWEEPS 6

/* What is done of a system, one after the other. */
typedef enum
{
  REEVE_SQLITE_STORE_PART_SEAL, /* of one that was removed: all */
  REEVE_SQLITE_STORE_PART_ROWS,
  REEVE_SQLITE_STORE_PART_TIERS, /* one for each */
  /* the same from the newest block on, where damage is in the way of the oldest */
  REEVE_SQLITE_STORE_PART_BACK = REEVE_SQLITE_STORE_PART_TIERS + (int) REEVE_SQLITE_STORE_N_TIERS,
  REEVE_SQLITE_STORE_PART_SERIES = REEVE_SQLITE_STORE_PART_BACK + (int) REEVE_SQLITE_STORE_N_TIERS,
  REEVE_SQLITE_STORE_N_PARTS,
} ReeveSqliteStorePart;

/* A limit that a system has reached, so that something of it is lost. */
typedef struct
{
  char *system;
  ReeveSqliteStoreLimit limit;
} ReeveSqliteStoreReached;

/* What is passed over, and what else is to be said. */
typedef struct
{
  GHashTable *systems; /* by id, a bit for each part that failed in this sweep */
  GHashTable *blocks;  /* set of ids that cannot be read or written */
  GPtrArray *texts;    /* of char *: what was found in this sweep, to be said */
  GPtrArray *reached;  /* of ReeveSqliteStoreReached, until they were said */
  guint n_sweeps;      /* since blocks were tried last */
} ReeveSqliteStoreDamage;

ReeveSqliteStoreDamage *reeve_sqlite_store_damage_new (void);
void reeve_sqlite_store_damage_free (ReeveSqliteStoreDamage *self);
/* The end of a sweep: with the next one it is tried again. */
void reeve_sqlite_store_damage_end_sweep (ReeveSqliteStoreDamage *self);

/* Looks after the systems after *@cursor (0: from the first). Moves the cursor; 0: all were seen. A
 * block that is damaged, or else a part of what is done of a system, makes it fail and is added to
 * @damage: with the next call it is passed over, and the rest is done. */
gboolean reeve_sqlite_store_sweep_slice (ReeveSqliteStoreDatabase *database,
                                         ReeveSqliteStoreCatalogue *catalogue,
                                         const ReeveSqliteStoreSweepTimes *times, gint64 *cursor,
                                         ReeveSqliteStoreDamage *damage, GError **error);
/* Takes the name from @system, so that nobody finds it any more and its rows go bit by bit;
 * *@ret_id is 0 when there is none. */
gboolean reeve_sqlite_store_sweep_unname (ReeveSqliteStoreDatabase *database,
                                          ReeveSqliteStoreCatalogue *catalogue, const char *system,
                                          gint64 *ret_id, GError **error);
/* A slice of an unnamed system's rows and blocks, and the rest of it after the last. */
gboolean reeve_sqlite_store_sweep_remove (ReeveSqliteStoreDatabase *database, gint64 id,
                                          guint64 *ret_deleted, guint64 *ret_left, GError **error);

G_END_DECLS
