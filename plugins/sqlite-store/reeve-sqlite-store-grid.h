/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "reeve-sqlite-store-codec.h"

G_BEGIN_DECLS

/*
 * Rows of history as columns: what is sealed, merged and rolled up. A tier is one length of row;
 * its rows lie in blocks, so and so many in each, at multiples of their length since 1970.
 */

typedef enum
{
  REEVE_SQLITE_STORE_TIER_MINUTES,
  REEVE_SQLITE_STORE_TIER_TEN_MINUTES,
  REEVE_SQLITE_STORE_TIER_HOURS,
  REEVE_SQLITE_STORE_TIER_THREE_HOURS,
  REEVE_SQLITE_STORE_N_TIERS,
} ReeveSqliteStoreTierIndex;

/* Rows of the longest block. */
#define REEVE_SQLITE_STORE_MAX_ROWS 360
/* Values of one grid; columns beyond are left out. */
#define REEVE_SQLITE_STORE_MAX_GRID (4 * 1024 * 1024)

typedef struct
{
  guint row;        /* minutes of a row */
  guint block_rows; /* rows of a block */
} ReeveSqliteStoreTier;

extern const ReeveSqliteStoreTier reeve_sqlite_store_tiers[REEVE_SQLITE_STORE_N_TIERS];

/* What is known of a column in a row. A row of one minute has the first only. */
typedef enum
{
  REEVE_SQLITE_STORE_STAT_VALUE, /* or the average */
  REEVE_SQLITE_STORE_STAT_MINIMUM,
  REEVE_SQLITE_STORE_STAT_MAXIMUM,
  REEVE_SQLITE_STORE_STAT_COUNT,
  REEVE_SQLITE_STORE_STAT_LAST, /* where the newest value is what counts */
  REEVE_SQLITE_STORE_N_STATS,
} ReeveSqliteStoreStat;

typedef struct
{
  guint key;     /* series' number * REEVE_SQLITE_STORE_CODEC_COLUMNS + column */
  gboolean rate; /* may be rounded although it is a whole number */
  gboolean last; /* has REEVE_SQLITE_STORE_STAT_LAST when rolled up */
  gboolean full; /* of what is read: each row has a value */
  /* a value per row, NaN where there is none; NULL for what is not known */
  double *stats[REEVE_SQLITE_STORE_N_STATS];
} ReeveSqliteStoreGridColumn;

typedef struct
{
  gboolean rolled;
  guint n_rows;
  guint rows[REEVE_SQLITE_STORE_MAX_ROWS]; /* ascending: the how manieth of its block */
  GPtrArray *columns;                      /* of ReeveSqliteStoreGridColumn */
  GHashTable *by_key;
  gsize cells;
  guint left_out; /* columns */
} ReeveSqliteStoreGrid;

ReeveSqliteStoreGrid *reeve_sqlite_store_grid_new (gboolean rolled, const guint *rows,
                                                   guint n_rows);
void reeve_sqlite_store_grid_free (ReeveSqliteStoreGrid *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveSqliteStoreGrid, reeve_sqlite_store_grid_free)
/* The column of @key, made when there is none; NULL when there are too many. */
ReeveSqliteStoreGridColumn *reeve_sqlite_store_grid_ensure (ReeveSqliteStoreGrid *self, guint key,
                                                            gboolean last);
/* By key, ascending. */
void reeve_sqlite_store_grid_sort (ReeveSqliteStoreGrid *self);
/* -1 when there is none. */
int reeve_sqlite_store_grid_find_row (const ReeveSqliteStoreGrid *self, guint row);
/* @length rows become one; the new ones' numbers count from the block that begins @offset rows of
 * @self before the one of @self. (transfer full) */
ReeveSqliteStoreGrid *reeve_sqlite_store_grid_roll (const ReeveSqliteStoreGrid *self, guint length,
                                                    guint offset);

G_END_DECLS
