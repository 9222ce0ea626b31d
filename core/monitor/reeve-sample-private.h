/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-sample.h"

G_BEGIN_DECLS

/* What a sample is made of, for those that go through all its values. */

typedef union
{
  double number;
  guint64 counter;
  guint32 state;
  guint32 text; /* offset in texts */
} ReeveSampleValue;

typedef struct
{
  guint64 present;  /* bit per metric; REEVE_SCHEMA_MAX_METRICS is 64 */
  guint32 values;   /* index of the first */
  guint32 instance; /* offset in texts */
  guint32 hash;
  guint16 instance_length;
  guint16 kind;
} ReeveSampleRow;

struct _ReeveSample
{
  gatomicrefcount ref_count;
  ReeveSchema *schema;
  gint64 time;
  gboolean rates;
  guint dropped;
  int current;         /* row, -1: none */
  guint n_metrics;     /* of the current row's kind */
  const guint8 *types; /* of the same */
  guint32 seed;

  ReeveSampleRow *rows;
  guint n_rows, rows_room;
  ReeveSampleValue *values;
  guint n_values, values_room;
  char *texts; /* at 0 stands "" */
  gsize texts_length, texts_room;
  guint16 *places; /* row + 1, 0: free; open addressing, a power of two, at most half full */
  guint places_room;
};

/* Is the value of @metric there? */
static inline gboolean
reeve_sample_row_has (const ReeveSampleRow *row, guint metric)
{
  return (row->present >> metric & 1) != 0;
}

G_END_DECLS
