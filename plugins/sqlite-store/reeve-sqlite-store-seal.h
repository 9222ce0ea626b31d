/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

#include "reeve-sqlite-store-block.h"
#include "reeve-sqlite-store-database.h"

G_BEGIN_DECLS

/*
 * The rows of an hour that is over become columns of a block, and from these the rows of ten
 * minutes and of the hour are made, and from those of hours the rows of three. Rows that come later
 * are sealed when they are found, and the roll-ups of their hour made again, as long as its minutes
 * are kept.
 */

#define REEVE_SQLITE_STORE_HOUR_MINUTES 60
/* How long after its end an hour is sealed, minutes. */
#define REEVE_SQLITE_STORE_SEAL_AFTER 5
/* Segments of a block before they are made one. */
#define REEVE_SQLITE_STORE_MAX_SEGMENTS 12

/* The blocks of a tier of a system: ids from its first one on, one after the other. */
gint64 reeve_sqlite_store_seal_get_id (gint64 system, guint tier, gint64 minute);
gint64 reeve_sqlite_store_seal_get_system (gint64 id);
guint reeve_sqlite_store_seal_get_tier (gint64 id);
/* Minute that the block begins with. */
gint64 reeve_sqlite_store_seal_get_begin (gint64 id);
/* "2026-01-01 06:00 UTC". (transfer full) */
char *reeve_sqlite_store_seal_format_minute (gint64 minute);
/* "2026-01-01 06:00 UTC (minutes)". (transfer full) */
char *reeve_sqlite_store_seal_format_block (gint64 id);
/* The id after all of @tier, or of @system with @tier REEVE_SQLITE_STORE_N_TIERS - 1. */
gint64 reeve_sqlite_store_seal_get_end (gint64 system, guint tier);

typedef struct _ReeveSqliteStoreSealer ReeveSqliteStoreSealer;

/* Writer thread, in a transaction; for one slice of work. @lost: set of ids of blocks that damage
 * took; what belongs there is left out, or stays loose where it is minutes; outlives the sealer.
 * Minutes before @kept are too old for their tier. */
ReeveSqliteStoreSealer *reeve_sqlite_store_sealer_new (ReeveSqliteStoreDatabase *database,
                                                       GHashTable *lost, gint64 kept);
void reeve_sqlite_store_sealer_free (ReeveSqliteStoreSealer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveSqliteStoreSealer, reeve_sqlite_store_sealer_free)
/* Seals rows of @system before @cutoff (a minute, full hours count), oldest first, until none is
 * left or *@room, in rows, is used up. */
gboolean reeve_sqlite_store_sealer_run (ReeveSqliteStoreSealer *self, gint64 system, gint64 cutoff,
                                        gint64 *room, GError **error);
/* Limits, a bit for each, that were reached since the last call, so that something is lost. */
guint reeve_sqlite_store_sealer_take_limits (ReeveSqliteStoreSealer *self);
/* The block that was read or written when it failed, 0: it was something else. */
gint64 reeve_sqlite_store_sealer_get_bad (const ReeveSqliteStoreSealer *self);

G_END_DECLS
