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

static ReeveAggregation
reeve_sqlite_store_shape_parse_aggregation (const char *text)
{
  for (int i = REEVE_AGGREGATION_NONE; i <= REEVE_AGGREGATION_LAST; i++)
    if (strcmp (text, reeve_aggregation_to_string (i)) == 0)
      return i;
  return REEVE_AGGREGATION_LAST;
}

/* One piece of memory for all of it. */
static ReeveSqliteStoreColumn *
reeve_sqlite_store_shape_parse_line (const char *line, gsize length)
{
  ReeveSqliteStoreColumn *column = g_malloc0 (sizeof *column + 2 * (length + 1));
  char *words[4], *p;
  guint n = 0;

  column->definition = (char *) (column + 1);
  memcpy (column->definition, line, length);
  column->name = p = column->definition + length + 1;
  memcpy (p, line, length);
  while (p != NULL && n < G_N_ELEMENTS (words))
    {
      words[n++] = p;
      /* the last one is all that is left */
      p = n < G_N_ELEMENTS (words) ? strchr (p, ' ') : NULL;
      if (p != NULL)
        *p++ = '\0';
    }
  column->aggregation = REEVE_AGGREGATION_LAST;
  if (n < G_N_ELEMENTS (words))
    {
      column->name[0] = '\0';
      return column;
    }
  column->aggregation = reeve_sqlite_store_shape_parse_aggregation (words[3]);
  column->rate = strcmp (words[1], reeve_metric_type_to_string (REEVE_METRIC_COUNTER)) == 0;
  return column;
}

GPtrArray *
reeve_sqlite_store_shape_parse (const char *text)
{
  GPtrArray *columns = g_ptr_array_new_with_free_func (g_free);

  while (*text != '\0' && columns->len < REEVE_SCHEMA_MAX_METRICS)
    {
      gsize length = strcspn (text, "\n");

      g_ptr_array_add (columns, reeve_sqlite_store_shape_parse_line (text, length));
      text += length + (text[length] != '\0' ? 1 : 0);
    }
  return columns;
}
