/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* History: the answer's type, and the calls to whoever keeps it. */

#include "config.h"

#include "reeve-history.h"

#include <math.h>

static void
reeve_history_column_free (ReeveHistoryColumn *self)
{
  g_free (self->kind);
  g_free (self->instance);
  g_free (self->metric);
  g_free (self->values);
  g_free (self->least);
  g_free (self->most);
  g_free (self);
}

ReeveHistoryRange *
reeve_history_range_new (void)
{
  ReeveHistoryRange *self = g_new0 (ReeveHistoryRange, 1);

  self->columns = g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_history_column_free);
  return self;
}

void
reeve_history_range_free (ReeveHistoryRange *self)
{
  g_ptr_array_unref (self->columns);
  g_free (self->times);
  g_free (self);
}

/* The new column has n_times values, all missing. */
ReeveHistoryColumn *
reeve_history_range_add_column (ReeveHistoryRange *self, const char *kind, const char *instance,
                                const char *metric)
{
  ReeveHistoryColumn *column = g_new0 (ReeveHistoryColumn, 1);

  column->kind = g_strdup (kind);
  column->instance = g_strdup (instance != NULL ? instance : "");
  column->metric = g_strdup (metric);
  column->values = g_new (double, MAX (self->n_times, 1));
  for (guint i = 0; i < self->n_times; i++)
    column->values[i] = NAN;
  g_ptr_array_add (self->columns, column);
  return column;
}

void
reeve_history_column_add_spread (ReeveHistoryColumn *self, guint n_times)
{
  g_return_if_fail (self->least == NULL);

  self->least = g_new (double, MAX (n_times, 1));
  self->most = g_new (double, MAX (n_times, 1));
  for (guint i = 0; i < n_times; i++)
    self->least[i] = self->most[i] = NAN;
}

const double reeve_history_commit_bounds[REEVE_HISTORY_N_COMMIT_BOUNDS] = {
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
};

void
reeve_history_figures_add_commit (ReeveHistoryFigures *self, double seconds)
{
  guint at = 0;

  while (at < REEVE_HISTORY_N_COMMIT_BOUNDS && seconds > reeve_history_commit_bounds[at])
    at++;
  self->commits[at]++;
  self->seconds += seconds;
}

G_DEFINE_INTERFACE (ReeveHistory, reeve_history, G_TYPE_OBJECT)

static void
reeve_history_default_init (ReeveHistoryInterface *iface)
{
  reeve_interface_declare (G_TYPE_FROM_INTERFACE (iface), REEVE_CARDINALITY_ONE, FALSE);
}

void
reeve_history_append_async (ReeveHistory *self, const ReeveHistoryEntry *entries, gsize n,
                            GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data)
{
  ReeveHistoryInterface *iface = REEVE_HISTORY_GET_IFACE (self);
  ReeveCall *call = reeve_call_begin (self, "History.append", iface->append_async != NULL,
                                      REEVE_HISTORY_TIMEOUT_MS, cancellable, callback, user_data);

  if (call == NULL)
    return;
  iface->append_async (self, entries, n, reeve_call_get_cancellable (call), reeve_call_done_cb,
                       call);
  reeve_call_leave (call);
}

gboolean
reeve_history_append_finish (ReeveHistory *self, GAsyncResult *result, GError **error)
{
  g_autoptr (GAsyncResult) inner = reeve_call_finish (self, result, error);

  if (inner == NULL)
    return FALSE;
  return reeve_call_check (self, result,
                           REEVE_HISTORY_GET_IFACE (self)->append_finish (self, inner, error),
                           error);
}

void
reeve_history_range_async (ReeveHistory *self, const char *system, const char *const *kinds,
                           gint64 from, gint64 to, guint points, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveHistoryInterface *iface = REEVE_HISTORY_GET_IFACE (self);
  ReeveCall *call = reeve_call_begin (self, "History.range", iface->range_async != NULL,
                                      REEVE_HISTORY_TIMEOUT_MS, cancellable, callback, user_data);

  if (call == NULL)
    return;
  iface->range_async (self, system, kinds, from, to, points, reeve_call_get_cancellable (call),
                      reeve_call_done_cb, call);
  reeve_call_leave (call);
}

void
reeve_history_range_values_async (ReeveHistory *self, const char *system, const char *const *kinds,
                                  gint64 from, gint64 to, guint points, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveHistoryInterface *iface = REEVE_HISTORY_GET_IFACE (self);
  ReeveCall *call;

  if (iface->range_values_async == NULL)
    {
      reeve_history_range_async (self, system, kinds, from, to, points, cancellable, callback,
                                 user_data);
      return;
    }
  call = reeve_call_begin (self, "History.range_values", TRUE, REEVE_HISTORY_TIMEOUT_MS,
                           cancellable, callback, user_data);
  if (call == NULL)
    return;
  iface->range_values_async (self, system, kinds, from, to, points,
                             reeve_call_get_cancellable (call), reeve_call_done_cb, call);
  reeve_call_leave (call);
}

ReeveHistoryRange *
reeve_history_range_finish (ReeveHistory *self, GAsyncResult *result, GError **error)
{
  g_autoptr (GAsyncResult) inner = reeve_call_finish (self, result, error);

  if (inner == NULL)
    return NULL;
  return reeve_call_check_pointer (
      self, result, REEVE_HISTORY_GET_IFACE (self)->range_finish (self, inner, error), error);
}

void
reeve_history_catalogue_async (ReeveHistory *self, const char *system, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveHistoryInterface *iface = REEVE_HISTORY_GET_IFACE (self);
  ReeveCall *call = reeve_call_begin (self, "History.catalogue", iface->catalogue_async != NULL,
                                      REEVE_HISTORY_TIMEOUT_MS, cancellable, callback, user_data);

  if (call == NULL)
    return;
  iface->catalogue_async (self, system, reeve_call_get_cancellable (call), reeve_call_done_cb,
                          call);
  reeve_call_leave (call);
}

GVariant *
reeve_history_catalogue_finish (ReeveHistory *self, GAsyncResult *result, GError **error)
{
  g_autoptr (GAsyncResult) inner = reeve_call_finish (self, result, error);

  if (inner == NULL)
    return NULL;
  return reeve_call_check_pointer (
      self, result, REEVE_HISTORY_GET_IFACE (self)->catalogue_finish (self, inner, error), error);
}

void
reeve_history_forget_async (ReeveHistory *self, const char *system, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveHistoryInterface *iface = REEVE_HISTORY_GET_IFACE (self);
  ReeveCall *call = reeve_call_begin (self, "History.forget", iface->forget_async != NULL,
                                      REEVE_HISTORY_TIMEOUT_MS, cancellable, callback, user_data);

  if (call == NULL)
    return;
  iface->forget_async (self, system, reeve_call_get_cancellable (call), reeve_call_done_cb, call);
  reeve_call_leave (call);
}

gboolean
reeve_history_forget_finish (ReeveHistory *self, GAsyncResult *result, guint64 *ret_deleted,
                             guint64 *ret_left, GError **error)
{
  g_autoptr (GAsyncResult) inner = reeve_call_finish (self, result, error);

  if (inner == NULL)
    return FALSE;
  return reeve_call_check (self, result,
                           REEVE_HISTORY_GET_IFACE (self)->forget_finish (self, inner, ret_deleted,
                                                                          ret_left, error),
                           error);
}

gboolean
reeve_history_get_figures (ReeveHistory *self, ReeveHistoryFigures *ret_figures)
{
  ReeveHistoryInterface *iface = REEVE_HISTORY_GET_IFACE (self);

  if (iface->get_figures == NULL || !reeve_call_enter_sync (self, "History.get_figures"))
    return FALSE;
  iface->get_figures (self, ret_figures);
  reeve_call_leave_sync (self);
  return TRUE;
}
