/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

G_BEGIN_DECLS

/*
 * What the numbers of a series mean: the metrics of its kind that are kept, a line for each of
 * name, type, unit and aggregation. A metric of which one of these changed is another column from
 * then on.
 */

/* The text, and in @ret_metrics which metric of the kind each column is. NULL when nothing of the
 * kind is kept (facts, texts, what only divides others). (transfer full) */
char *reeve_sqlite_store_shape_describe (const ReeveKind *kind,
                                         guint8 ret_metrics[REEVE_SCHEMA_MAX_METRICS],
                                         guint *ret_n);

typedef struct
{
  char *name;
  char *definition; /* the whole line */
  ReeveAggregation aggregation;
  gboolean rate; /* was a counter */
} ReeveSqliteStoreColumn;

/* The reverse: (transfer full) array of ReeveSqliteStoreColumn, in the order of the columns, at
 * most REEVE_SCHEMA_MAX_METRICS; what it does not understand is a column without a name. */
GPtrArray *reeve_sqlite_store_shape_parse (const char *text);

G_END_DECLS
