/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

#include "reeve-sqlite-store-catalogue.h"
#include "reeve-sqlite-store-core.h"
#include "reeve-sqlite-store-grid.h"

G_BEGIN_DECLS

/* How often the sweep begins, which seals and deletes, and how long it rests between two slices. */
#define REEVE_SQLITE_STORE_SWEEP_MS (10 * 60 * 1000)
#define REEVE_SQLITE_STORE_SLICE_MS 200
/* Of one system, where nothing else was set. */
#define REEVE_SQLITE_STORE_MAX_INSTANCES 1024
#define REEVE_SQLITE_STORE_MAX_KINDS 256

#define REEVE_SQLITE_STORE_TYPE_HISTORY (reeve_sqlite_store_history_get_type ())
G_DECLARE_FINAL_TYPE (ReeveSqliteStoreHistory, reeve_sqlite_store_history, REEVE_SQLITE_STORE,
                      HISTORY, GObject)

/* ReeveHistory: one row per system and minute; of several samples in a minute the last one stays.
 * @retention_ms: how long the rows of each tier are kept.
 * @core outlives its use, which ends with reeve_sqlite_store_history_stop(). (transfer full) */
ReeveSqliteStoreHistory *
reeve_sqlite_store_history_new (ReeveSqliteStoreCore *core,
                                const gint64 retention_ms[REEVE_SQLITE_STORE_N_TIERS]);
/* From the next sweep on. */
void
reeve_sqlite_store_history_set_retention (ReeveSqliteStoreHistory *self,
                                          const gint64 retention_ms[REEVE_SQLITE_STORE_N_TIERS]);
/* How many instances of a kind and kinds a system may have, from the next sample on. */
void reeve_sqlite_store_history_set_limits (ReeveSqliteStoreHistory *self,
                                            const ReeveSqliteStoreLimits *limits);
/* Seals what is over and deletes what is too old, from now on. */
void reeve_sqlite_store_history_sweep (ReeveSqliteStoreHistory *self);
/* No more sweeps; before the core is closed. */
void reeve_sqlite_store_history_stop (ReeveSqliteStoreHistory *self);

G_END_DECLS
