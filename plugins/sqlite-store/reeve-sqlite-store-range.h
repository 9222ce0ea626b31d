/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

#include "reeve-sqlite-store-database.h"

G_BEGIN_DECLS

typedef struct
{
  char *system;
  GStrv kinds;     /* NULL: all */
  gint64 from, to; /* microseconds; the steps that hold them are in the answer */
  guint points;
  gboolean spread; /* with least and greatest values */
} ReeveSqliteStoreRange;

typedef struct
{
  ReeveHistoryRange *range;
  GPtrArray *troubles; /* of char *: what of it is lost, and why */
} ReeveSqliteStoreRangeAnswer;

void reeve_sqlite_store_range_free (ReeveSqliteStoreRange *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveSqliteStoreRange, reeve_sqlite_store_range_free)
void reeve_sqlite_store_range_answer_free (ReeveSqliteStoreRangeAnswer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveSqliteStoreRangeAnswer, reeve_sqlite_store_range_answer_free)

/* Any thread, on the connection of that thread; blocks. Steps are equal, in whole rows of the tier,
 * and lie at multiples of their length, so that the same question a moment later groups alike. The
 * tier is the one with the longest rows that are no longer than a step, and a longer one where its
 * rows do not reach back far enough. A system without rows has an empty answer. (transfer full) */
ReeveSqliteStoreRangeAnswer *reeve_sqlite_store_range_read (const ReeveSqliteStoreRange *self,
                                                            ReeveSqliteStoreDatabase *database,
                                                            GCancellable *cancellable,
                                                            GError **error);
/* (transfer full) a(sss), not floating, in the order in which the series came. */
GVariant *reeve_sqlite_store_range_list_series (ReeveSqliteStoreDatabase *database,
                                                const char *system, GError **error);

G_END_DECLS
