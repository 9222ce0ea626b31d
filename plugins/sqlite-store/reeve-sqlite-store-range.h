/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

#include "reeve-sqlite-store-database.h"

G_BEGIN_DECLS

/* Values of one answer, missing ones included; more is an error that says so. */
#define REEVE_SQLITE_STORE_MAX_CELLS (4 * 1024 * 1024)

typedef struct
{
  char *system;
  GStrv kinds;     /* NULL: all */
  gint64 from, to; /* microseconds; the steps that hold them are in the answer */
  guint points;
} ReeveSqliteStoreRange;

void reeve_sqlite_store_range_free (ReeveSqliteStoreRange *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveSqliteStoreRange, reeve_sqlite_store_range_free)

/* Any thread, on the connection of that thread; blocks. Steps are equal, in whole minutes, and lie
 * at multiples of their length, so that the same question a moment later groups alike. A system
 * without rows has an empty answer. (transfer full) */
ReeveHistoryRange *reeve_sqlite_store_range_read (const ReeveSqliteStoreRange *self,
                                                  ReeveSqliteStoreDatabase *database,
                                                  GCancellable *cancellable, GError **error);
/* (transfer full) a(sss), not floating, in the order in which the series came. */
GVariant *reeve_sqlite_store_range_list_series (ReeveSqliteStoreDatabase *database,
                                                const char *system, GError **error);

G_END_DECLS
