/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Each system's history is asked for by itself, a few at a time, and put on one grid: a system that
 * is young or was away has other steps of its own than its neighbours. */

#include "config.h"

#include "reeve-fleet-trends.h"

#include <math.h>
#include <string.h>

#include "reeve-fleet-facts.h"

#define REEVE_FLEET_TRENDS_MINUTE_US (60 * G_USEC_PER_SEC)
/* Ranges under way: others want to read the history, too. */
#define REEVE_FLEET_TRENDS_AT_ONCE 4

/* One of the metrics: a column of its name, else what is folded. */
typedef struct
{
  char *name;
  char *kind;
  char *metric;
  const ReeveKind *fold_kind; /* NULL: nothing */
  const char *fold_metric;
  ReeveSystemFold fold;
} ReeveFleetTrendsMetric;

typedef struct
{
  GTask *task; /* not owned: it owns this */
  ReeveHistory *history;
  GStrv systems;
  GPtrArray *metrics; /* of ReeveFleetTrendsMetric */
  GPtrArray *kinds;   /* of const char *, NULL-terminated */
  gint64 first, step; /* microseconds */
  gint64 to;
  guint n_steps;
  guint next; /* of the systems */
  guint running;
  GError *error;
  GPtrArray *trends; /* of GVariant a{sv} by system and metric; NULL: has none */
} ReeveFleetTrends;

typedef struct
{
  GTask *task;
  guint system;
} ReeveFleetTrendsAsk;

static void
reeve_fleet_trends_metric_free (ReeveFleetTrendsMetric *self)
{
  g_free (self->name);
  g_free (self->kind);
  g_free (self->metric);
  g_free (self);
}

static void
reeve_fleet_trends_unref_trend (gpointer trend)
{
  if (trend != NULL)
    g_variant_unref (trend);
}

static void
reeve_fleet_trends_free (ReeveFleetTrends *self)
{
  g_object_unref (self->history);
  g_strfreev (self->systems);
  g_ptr_array_unref (self->metrics);
  g_ptr_array_unref (self->kinds);
  g_ptr_array_unref (self->trends);
  g_clear_error (&self->error);
  g_free (self);
}

/* ---- the query ---- */

static void
reeve_fleet_trends_want_kind (ReeveFleetTrends *self, const char *kind)
{
  for (guint i = 0; i < self->kinds->len; i++)
    if (strcmp (g_ptr_array_index (self->kinds, i), kind) == 0)
      return;
  g_ptr_array_add (self->kinds, (gpointer) kind);
}

static gboolean
reeve_fleet_trends_add_metric (ReeveFleetTrends *self, const char *name, GError **error)
{
  const char *dot = strrchr (name, '.');
  ReeveFleetTrendsMetric *metric;
  guint index;

  if (dot == NULL || dot == name || dot[1] == '\0' || strlen (name) >= REEVE_SYSTEM_MAX_VALUE_NAME)
    {
      g_set_error_literal (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                           "metrics are values of a row, such as cpu.usage");
      return FALSE;
    }
  metric = g_new0 (ReeveFleetTrendsMetric, 1);
  metric->name = g_strdup (name);
  metric->kind = g_strndup (name, (gsize) (dot - name));
  metric->metric = g_strdup (dot + 1);
  g_ptr_array_add (self->metrics, metric);
  reeve_fleet_trends_want_kind (self, metric->kind);
  if (!reeve_system_find_fold (name, &metric->fold_kind, &index, &metric->fold))
    return TRUE;
  if (metric->fold != REEVE_SYSTEM_FOLD_MOST && metric->fold != REEVE_SYSTEM_FOLD_LEAST)
    {
      /* the history has values, not how many had none */
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_UNSUPPORTED, "%s has no trend", name);
      return FALSE;
    }
  metric->fold_metric = metric->fold_kind->metrics[index].name;
  reeve_fleet_trends_want_kind (self, metric->fold_kind->name);
  return TRUE;
}

/* Steps of whole minutes at places that stay where they are from one query to the next. */
static void
reeve_fleet_trends_choose_step (ReeveFleetTrends *self, const ReeveFleetTrendsQuery *query)
{
  gint64 points = query->points > 0 ? query->points : REEVE_FLEET_TRENDS_DEFAULT_POINTS;
  gint64 minutes = (query->to - query->from) / points / REEVE_FLEET_TRENDS_MINUTE_US;

  self->to = query->to;
  do
    {
      self->step = ++minutes * REEVE_FLEET_TRENDS_MINUTE_US;
      self->first = query->from / self->step * self->step;
      self->n_steps = (guint) ((query->to - self->first + self->step - 1) / self->step);
    }
  while (self->n_steps > points && points > 1);
  self->n_steps = MAX (self->n_steps, 1);
}

static gboolean
reeve_fleet_trends_check (const ReeveFleetTrendsQuery *query, GError **error)
{
  guint n_systems = g_strv_length ((GStrv) query->systems);
  guint n_metrics = g_strv_length ((GStrv) query->metrics);

  if (n_systems < 1 || n_metrics < 1)
    g_set_error_literal (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                         "name the systems and the metrics");
  else if (n_systems > REEVE_FLEET_TRENDS_MAX_SYSTEMS ||
           n_metrics > REEVE_FLEET_TRENDS_MAX_METRICS ||
           query->points > REEVE_FLEET_TRENDS_MAX_POINTS)
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT,
                 "at most %d systems, %d metrics and %d points can be asked for at once",
                 REEVE_FLEET_TRENDS_MAX_SYSTEMS, REEVE_FLEET_TRENDS_MAX_METRICS,
                 REEVE_FLEET_TRENDS_MAX_POINTS);
  else
    return TRUE;
  return FALSE;
}

/* ---- one system ---- */

static gboolean
reeve_fleet_trends_is_column (const ReeveHistoryColumn *column, const char *kind,
                              const char *metric)
{
  return strcmp (column->kind, kind) == 0 && strcmp (column->metric, metric) == 0;
}

/* NULL without. */
static const ReeveHistoryColumn *
reeve_fleet_trends_find_own (const ReeveFleetTrendsMetric *metric, const ReeveHistoryRange *range)
{
  for (guint i = 0; i < range->columns->len; i++)
    {
      const ReeveHistoryColumn *column = g_ptr_array_index (range->columns, i);

      if (reeve_fleet_trends_is_column (column, metric->kind, metric->metric) &&
          (*column->instance == '\0' || strcmp (column->instance, "/") == 0))
        return column;
    }
  return NULL;
}

static double
reeve_fleet_trends_fold (const ReeveFleetTrendsMetric *metric, const ReeveHistoryRange *range,
                         guint time)
{
  double folded = NAN;

  for (guint i = 0; i < range->columns->len; i++)
    {
      const ReeveHistoryColumn *column = g_ptr_array_index (range->columns, i);

      if (metric->fold_kind != NULL && !isnan (column->values[time]) &&
          reeve_fleet_trends_is_column (column, metric->fold_kind->name, metric->fold_metric))
        folded = reeve_system_fold_add (folded, metric->fold, column->values[time]);
    }
  return folded;
}

/* Averages of each step; NULL where there is nothing. */
static GVariant *
reeve_fleet_trends_make (ReeveFleetTrends *self, guint system, const ReeveFleetTrendsMetric *metric,
                         const ReeveHistoryRange *range)
{
  const ReeveHistoryColumn *own = reeve_fleet_trends_find_own (metric, range);
  g_autofree double *values = g_new0 (double, self->n_steps);
  g_autofree guint *counts = g_new0 (guint, self->n_steps);
  gboolean any = FALSE;
  GVariantDict dict;

  for (guint i = 0; i < range->n_times; i++)
    {
      double value = own != NULL ? own->values[i] : reeve_fleet_trends_fold (metric, range, i);
      /* the first step of the range may begin before */
      gint64 step = MAX (range->times[i] - self->first, 0) / self->step;

      if (isnan (value) || step >= self->n_steps)
        continue;
      values[step] += value;
      counts[step]++;
      any = TRUE;
    }
  if (!any)
    return NULL;
  for (guint i = 0; i < self->n_steps; i++)
    values[i] = counts[i] > 0 ? values[i] / counts[i] : NAN;
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "system", "s", self->systems[system]);
  g_variant_dict_insert (&dict, "metric", "s", metric->name);
  g_variant_dict_insert_value (&dict, "values",
                               g_variant_new_fixed_array (G_VARIANT_TYPE_DOUBLE, values,
                                                          self->n_steps, sizeof (double)));
  return reeve_fleet_pack (g_variant_dict_end (&dict));
}

/* ---- all of them ---- */

static void
reeve_fleet_trends_return (ReeveFleetTrends *self)
{
  GVariantBuilder trends;

  if (self->error != NULL)
    {
      g_task_return_error (self->task, g_steal_pointer (&self->error));
      return;
    }
  g_variant_builder_init (&trends, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < self->trends->len; i++)
    if (g_ptr_array_index (self->trends, i) != NULL)
      g_variant_builder_add_value (&trends, g_ptr_array_index (self->trends, i));
  g_task_return_pointer (self->task,
                         g_variant_ref_sink (g_variant_new ("(dddaa{sv})", self->first / 1e6,
                                                            self->to / 1e6, self->step / 1e6,
                                                            &trends)),
                         (GDestroyNotify) g_variant_unref);
}

static void reeve_fleet_trends_go_on (ReeveFleetTrends *self);

static void
reeve_fleet_trends_ranged_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ReeveFleetTrendsAsk *ask = user_data;
  g_autoptr (GTask) task = ask->task;
  ReeveFleetTrends *self = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (ReeveHistoryRange) range =
      reeve_history_range_finish (REEVE_HISTORY (source), result, &error);

  self->running--;
  for (guint i = 0; range != NULL && i < self->metrics->len; i++)
    g_ptr_array_index (self->trends, ask->system * self->metrics->len + i) =
        reeve_fleet_trends_make (self, ask->system, g_ptr_array_index (self->metrics, i), range);
  if (range == NULL && self->error == NULL)
    self->error = g_steal_pointer (&error);
  g_free (ask);
  reeve_fleet_trends_go_on (self);
}

static void
reeve_fleet_trends_go_on (ReeveFleetTrends *self)
{
  guint n = g_strv_length (self->systems);

  while (self->error == NULL && self->next < n && self->running < REEVE_FLEET_TRENDS_AT_ONCE)
    {
      ReeveFleetTrendsAsk *ask = g_new (ReeveFleetTrendsAsk, 1);

      ask->task = g_object_ref (self->task);
      ask->system = self->next++;
      self->running++;
      reeve_history_range_values_async (self->history, self->systems[ask->system],
                                        (const char *const *) self->kinds->pdata, self->first,
                                        self->to, MAX (self->n_steps, 2),
                                        g_task_get_cancellable (self->task),
                                        reeve_fleet_trends_ranged_cb, ask);
    }
  if (self->running == 0)
    reeve_fleet_trends_return (self);
}

void
reeve_fleet_trends_async (ReeveHistory *history, const ReeveFleetTrendsQuery *query,
                          GCancellable *cancellable, GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (history, cancellable, callback, user_data);
  ReeveFleetTrends *self;
  GError *error = NULL;

  g_task_set_source_tag (task, reeve_fleet_trends_async);
  if (!reeve_fleet_trends_check (query, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  self = g_new0 (ReeveFleetTrends, 1);
  self->task = task;
  self->history = g_object_ref (history);
  self->systems = g_strdupv ((GStrv) query->systems);
  self->metrics = g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_fleet_trends_metric_free);
  self->kinds = g_ptr_array_new ();
  self->trends = g_ptr_array_new_with_free_func (reeve_fleet_trends_unref_trend);
  g_task_set_task_data (task, self, (GDestroyNotify) reeve_fleet_trends_free);
  for (guint i = 0; query->metrics[i] != NULL; i++)
    if (!reeve_fleet_trends_add_metric (self, query->metrics[i], &error))
      {
        g_task_return_error (task, error);
        return;
      }
  g_ptr_array_add (self->kinds, NULL);
  g_ptr_array_set_size (self->trends, (int) (g_strv_length (self->systems) * self->metrics->len));
  reeve_fleet_trends_choose_step (self, query);
  reeve_fleet_trends_go_on (self);
}

GVariant *
reeve_fleet_trends_finish (ReeveHistory *history, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, history), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
