/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-sqlite-store-block.h"

G_BEGIN_DECLS

/* What writing and reading blocks have in common. */

/* The layout of all that is not rolled up, and of what has few rows. */
#define REEVE_SQLITE_STORE_BLOCK_PLAIN 1
/* With lengths, so that what nobody wants is not read. */
#define REEVE_SQLITE_STORE_BLOCK_MEASURED 2
/* Rows from which on lengths are worth their bytes. */
#define REEVE_SQLITE_STORE_BLOCK_MEASURED_ROWS 24
#define REEVE_SQLITE_STORE_BLOCK_HEAD 8
#define REEVE_SQLITE_STORE_BLOCK_N_SCALES 7
#define REEVE_SQLITE_STORE_BLOCK_SHIFT (52 - REEVE_SQLITE_STORE_BLOCK_FRACTION)
/* The code of infinity: all others are below. */
#define REEVE_SQLITE_STORE_BLOCK_INFINITE                                                          \
  (G_GINT64_CONSTANT (0x7ff) << REEVE_SQLITE_STORE_BLOCK_FRACTION)

extern const double reeve_sqlite_store_block_powers[REEVE_SQLITE_STORE_BLOCK_N_SCALES];

typedef enum
{
  REEVE_SQLITE_STORE_PRESENCE_ALL,
  REEVE_SQLITE_STORE_PRESENCE_SAME,
  REEVE_SQLITE_STORE_PRESENCE_BITS,
} ReeveSqliteStorePresence;

typedef enum
{
  REEVE_SQLITE_STORE_DOMAIN_WHOLE,
  REEVE_SQLITE_STORE_DOMAIN_FLOATING,
} ReeveSqliteStoreDomain;

/* The rows of a column that have a value. */
typedef struct
{
  guint n;
  guint16 rows[REEVE_SQLITE_STORE_MAX_ROWS];
} ReeveSqliteStorePresent;

G_END_DECLS
