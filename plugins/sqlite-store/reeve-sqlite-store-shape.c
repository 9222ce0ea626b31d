/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The text that says what the numbers in a body mean, kept once for all systems that agree. */

#include "config.h"

#include "reeve-sqlite-store-shape.h"

#include <string.h>

static gboolean
reeve_sqlite_store_shape_keeps (const ReeveMetric *metric)
{
  return metric->type != REEVE_METRIC_TEXT && metric->aggregation != REEVE_AGGREGATION_NONE;
}

char *
reeve_sqlite_store_shape_describe (const ReeveKind *kind,
                                   guint8 ret_metrics[REEVE_SCHEMA_MAX_METRICS], guint *ret_n)
{
  GString *text;
  guint n = 0;

  if (kind->facts)
    return NULL;
  text = g_string_new (NULL);
  for (guint i = 0; i < kind->n_metrics && i < REEVE_SCHEMA_MAX_METRICS; i++)
    {
      const ReeveMetric *metric = &kind->metrics[i];

      if (!reeve_sqlite_store_shape_keeps (metric))
        continue;
      g_string_append_printf (text, "%s%s %s %s %s", n > 0 ? "\n" : "", metric->name,
                              reeve_metric_type_to_string (metric->type),
                              reeve_unit_to_string (metric->unit),
                              reeve_aggregation_to_string (metric->aggregation));
      ret_metrics[n++] = (guint8) i;
    }
  *ret_n = n;
  return g_string_free (text, n == 0);
}

static void
reeve_sqlite_store_shape_column_free (gpointer data)
{
  ReeveSqliteStoreColumn *column = data;

  g_free (column->name);
  g_free (column->definition);
  g_free (column);
}

static ReeveAggregation
reeve_sqlite_store_shape_parse_aggregation (const char *text)
{
  for (int i = REEVE_AGGREGATION_NONE; i <= REEVE_AGGREGATION_LAST; i++)
    if (strcmp (text, reeve_aggregation_to_string (i)) == 0)
      return i;
  return REEVE_AGGREGATION_LAST;
}

GPtrArray *
reeve_sqlite_store_shape_parse (const char *text)
{
  GPtrArray *columns = g_ptr_array_new_with_free_func (reeve_sqlite_store_shape_column_free);
  g_auto (GStrv) lines = g_strsplit (text, "\n", REEVE_SCHEMA_MAX_METRICS + 1);

  for (guint i = 0; lines[i] != NULL && i < REEVE_SCHEMA_MAX_METRICS; i++)
    {
      g_auto (GStrv) words = g_strsplit (lines[i], " ", 4);
      gboolean known = g_strv_length (words) == 4;
      ReeveSqliteStoreColumn *column = g_new0 (ReeveSqliteStoreColumn, 1);

      column->name = g_strdup (known ? words[0] : "");
      column->definition = g_strdup (lines[i]);
      column->aggregation =
          known ? reeve_sqlite_store_shape_parse_aggregation (words[3]) : REEVE_AGGREGATION_LAST;
      column->rate =
          known && strcmp (words[1], reeve_metric_type_to_string (REEVE_METRIC_COUNTER)) == 0;
      g_ptr_array_add (columns, column);
    }
  return columns;
}
