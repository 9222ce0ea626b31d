/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * ReeveHistory on the main thread: checks what is asked, hands appends to the writer and questions
 * to the reader, and keeps the clock of the sweep.
 */

#include "config.h"

#include "reeve-sqlite-store-history.h"

#include <string.h>

#include "reeve-sqlite-store-catalogue.h"
#include "reeve-sqlite-store-history-private.h"
#include "reeve-sqlite-store-range.h"
#include "reeve-sqlite-store-seal.h"
#include "reeve-sqlite-store-sweep.h"

/* Troubles with the file that are said, each once; what comes after is not. */
#define REEVE_SQLITE_STORE_MAX_TROUBLES 256
/* Systems that are forgotten at a time; what more of them leave goes with the sweep. Whom nobody
 * asked for during a whole sweep is not counted any more. */
#define REEVE_SQLITE_STORE_MAX_FORGETS 1024
/* The first moment after the year 9999. */
#define REEVE_SQLITE_STORE_MAX_TIME (G_GINT64_CONSTANT (253402300800) * G_USEC_PER_SEC)

typedef struct
{
  ReeveSqliteStoreHistory *history;
  GTask *task;
  char *system;
  gint64 id; /* 0: has its name still */
  gint64 next_id;
  guint64 deleted, left;
} ReeveSqliteStoreForget;

/* A system between two parts. */
typedef struct
{
  gint64 id;
  gboolean idle; /* a sweep has ended since it was asked for */
} ReeveSqliteStoreForgotten;

typedef struct
{
  ReeveSqliteStoreHistory *history;
  ReeveSqliteStoreSweepTimes times;
  gint64 cursor;
  gint64 next_cursor;
  guint n_texts; /* of damage, before */
} ReeveSqliteStoreSweep;

static void reeve_sqlite_store_history_iface_init (ReeveHistoryInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (ReeveSqliteStoreHistory, reeve_sqlite_store_history, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (REEVE_TYPE_HISTORY,
                                                      reeve_sqlite_store_history_iface_init))

static gboolean
reeve_sqlite_store_history_check_system (const char *system, GError **error)
{
  gsize length = system != NULL ? strspn (system, "0123456789abcdef") : 0;

  if (length == REEVE_SQLITE_STORE_SYSTEM_LENGTH && system[length] == '\0')
    return TRUE;
  g_set_error_literal (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                       "a system is named by 16 hexadecimal digits");
  return FALSE;
}

/* Not cancelled by itself: what is written is written. */
static GTask *
reeve_sqlite_store_history_new_task (ReeveSqliteStoreHistory *self, gpointer tag,
                                     GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, tag);
  return task;
}

ReeveSqliteStoreWriter *
reeve_sqlite_store_history_get_writer (ReeveSqliteStoreHistory *self)
{
  return reeve_sqlite_store_core_get_writer (self->core);
}

/* ---- troubles with the file ---- */

/* The same trouble comes again with each sweep. */
void
reeve_sqlite_store_history_say_once (ReeveSqliteStoreHistory *self, const char *text)
{
  ReeveContext *context;

  /* after the stop the core is no longer there */
  if (self->timer == NULL ||
      g_hash_table_size (self->troubles) >= REEVE_SQLITE_STORE_MAX_TROUBLES ||
      !g_hash_table_add (self->troubles, g_strdup (text)))
    return;
  context = reeve_sqlite_store_core_get_context (self->core);
  reeve_log_warning (context, "%s", text);
  reeve_context_emit (context, REEVE_SEVERITY_CRITICAL, "store", "", NULL, "%s", text);
}

/* ---- append ---- */

static gboolean
reeve_sqlite_store_history_check_entries (const ReeveHistoryEntry *entries, gsize n, GError **error)
{
  if (n > REEVE_HISTORY_MAX_BATCH)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT, "more than %d samples in one batch",
                   REEVE_HISTORY_MAX_BATCH);
      return FALSE;
    }
  for (gsize i = 0; i < n; i++)
    {
      gint64 time = reeve_sample_get_time (entries[i].sample);

      if (!reeve_sqlite_store_history_check_system (entries[i].system, error))
        return FALSE;
      if (time > 0 && time < REEVE_SQLITE_STORE_MAX_TIME)
        continue;
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "a sample of system %s has no usable time", entries[i].system);
      return FALSE;
    }
  return TRUE;
}

static void
reeve_sqlite_store_history_append_async (ReeveHistory *history, const ReeveHistoryEntry *entries,
                                         gsize n, GCancellable *cancellable,
                                         GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveSqliteStoreHistory *self = REEVE_SQLITE_STORE_HISTORY (history);
  g_autoptr (GTask) task =
      reeve_sqlite_store_history_new_task (self, reeve_sqlite_store_history_append_async, callback,
                                           user_data);
  GError *error = NULL;

  if (n == 0)
    g_task_return_boolean (task, TRUE);
  else if (!reeve_sqlite_store_history_check_entries (entries, n, &error) ||
           !reeve_sqlite_store_append_push (self, entries, n, cancellable, task, &error))
    g_task_return_error (task, error);
}

static gboolean
reeve_sqlite_store_history_append_finish (G_GNUC_UNUSED ReeveHistory *history, GAsyncResult *result,
                                          GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* ---- range and catalogue ---- */

static gpointer
reeve_sqlite_store_history_range_read (ReeveSqliteStoreDatabase *database, gpointer data,
                                       GCancellable *cancellable, GError **error)
{
  return reeve_sqlite_store_range_read (data, database, cancellable, error);
}

static const ReeveSqliteStoreReadClass reeve_sqlite_store_history_range_class = {
  .read = reeve_sqlite_store_history_range_read,
  .free_data = (GDestroyNotify) reeve_sqlite_store_range_free,
  .free_result = (GDestroyNotify) reeve_sqlite_store_range_answer_free,
};

/* @range: (transfer full) */
static void
reeve_sqlite_store_history_ask_range (ReeveSqliteStoreHistory *self, ReeveSqliteStoreRange *range,
                                      GTask *task)
{
  g_autoptr (ReeveSqliteStoreRange) asked = range;
  GError *error = NULL;

  if (!reeve_sqlite_store_history_check_system (range->system, &error))
    g_task_return_error (task, error);
  else if (range->from > range->to)
    g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_INVALID,
                             "the range ends before it begins");
  else
    reeve_sqlite_store_core_read (self->core, &reeve_sqlite_store_history_range_class,
                                  g_steal_pointer (&asked), g_object_ref (task));
}

static ReeveSqliteStoreRange *
reeve_sqlite_store_history_new_range (const char *system, const char *const *kinds, gint64 from,
                                      gint64 to, guint points)
{
  ReeveSqliteStoreRange *range = g_new0 (ReeveSqliteStoreRange, 1);

  range->system = g_strdup (system);
  range->kinds = g_strdupv ((GStrv) kinds);
  range->from = from;
  range->to = MIN (to, REEVE_SQLITE_STORE_MAX_TIME);
  range->points = CLAMP (points, 1, REEVE_HISTORY_MAX_POINTS);
  return range;
}

static void
reeve_sqlite_store_history_range_async (ReeveHistory *history, const char *system,
                                        const char *const *kinds, gint64 from, gint64 to,
                                        guint points, GCancellable *cancellable,
                                        GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (history, cancellable, callback, user_data);
  ReeveSqliteStoreRange *range =
      reeve_sqlite_store_history_new_range (system, kinds, from, to, points);

  g_task_set_source_tag (task, reeve_sqlite_store_history_range_async);
  range->spread = TRUE;
  reeve_sqlite_store_history_ask_range (REEVE_SQLITE_STORE_HISTORY (history), range, task);
}

static void
reeve_sqlite_store_history_range_values_async (ReeveHistory *history, const char *system,
                                               const char *const *kinds, gint64 from, gint64 to,
                                               guint points, GCancellable *cancellable,
                                               GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (history, cancellable, callback, user_data);

  g_task_set_source_tag (task, reeve_sqlite_store_history_range_values_async);
  reeve_sqlite_store_history_ask_range (REEVE_SQLITE_STORE_HISTORY (history),
                                        reeve_sqlite_store_history_new_range (system, kinds, from,
                                                                              to, points),
                                        task);
}

static ReeveHistoryRange *
reeve_sqlite_store_history_range_finish (ReeveHistory *history, GAsyncResult *result,
                                         GError **error)
{
  ReeveSqliteStoreHistory *self = REEVE_SQLITE_STORE_HISTORY (history);
  g_autoptr (ReeveSqliteStoreRangeAnswer) answer =
      g_task_propagate_pointer (G_TASK (result), error);

  if (answer == NULL)
    return NULL;
  for (guint i = 0; i < answer->troubles->len; i++)
    reeve_sqlite_store_history_say_once (self, g_ptr_array_index (answer->troubles, i));
  return g_steal_pointer (&answer->range);
}

static gpointer
reeve_sqlite_store_history_catalogue_read (ReeveSqliteStoreDatabase *database, gpointer data,
                                           G_GNUC_UNUSED GCancellable *cancellable, GError **error)
{
  return reeve_sqlite_store_range_list_series (database, data, error);
}

static const ReeveSqliteStoreReadClass reeve_sqlite_store_history_catalogue_class = {
  .read = reeve_sqlite_store_history_catalogue_read,
  .free_data = g_free,
  .free_result = (GDestroyNotify) g_variant_unref,
};

static void
reeve_sqlite_store_history_catalogue_async (ReeveHistory *history, const char *system,
                                            GCancellable *cancellable, GAsyncReadyCallback callback,
                                            gpointer user_data)
{
  ReeveSqliteStoreHistory *self = REEVE_SQLITE_STORE_HISTORY (history);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  GError *error = NULL;

  g_task_set_source_tag (task, reeve_sqlite_store_history_catalogue_async);
  if (!reeve_sqlite_store_history_check_system (system, &error))
    g_task_return_error (task, error);
  else
    reeve_sqlite_store_core_read (self->core, &reeve_sqlite_store_history_catalogue_class,
                                  g_strdup (system), g_steal_pointer (&task));
}

static GVariant *
reeve_sqlite_store_history_catalogue_finish (G_GNUC_UNUSED ReeveHistory *history,
                                             GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- forget ---- */

static void
reeve_sqlite_store_forget_free (gpointer data)
{
  ReeveSqliteStoreForget *self = data;

  g_free (self->system);
  g_clear_object (&self->task);
  g_clear_object (&self->history);
  g_free (self);
}

static gboolean
reeve_sqlite_store_forget_write (ReeveSqliteStoreDatabase *database, gpointer data, GError **error)
{
  ReeveSqliteStoreForget *self = data;

  self->deleted = self->left = 0;
  self->next_id = self->id;
  reeve_sqlite_store_catalogue_begin (self->history->catalogue, database, NULL);
  if (self->id == 0 && !reeve_sqlite_store_sweep_unname (database, self->history->catalogue,
                                                         self->system, &self->next_id, error))
    return FALSE;
  return self->next_id == 0 || reeve_sqlite_store_sweep_remove (database, self->next_id,
                                                                &self->deleted, &self->left, error);
}

static void
reeve_sqlite_store_forget_done (gpointer data, const GError *error)
{
  ReeveSqliteStoreForget *self = data;
  GHashTable *forgets = self->history->forgets;
  const ReeveSqliteStoreForgotten forgotten = { .id = self->next_id };
  guint64 *pieces = g_task_get_task_data (self->task);

  if (error != NULL)
    {
      g_task_return_error (self->task, g_error_copy (error));
      return;
    }
  if (self->left == 0)
    g_hash_table_remove (forgets, self->system);
  else if (g_hash_table_size (forgets) < REEVE_SQLITE_STORE_MAX_FORGETS)
    g_hash_table_replace (forgets, g_strdup (self->system),
                          g_memdup2 (&forgotten, sizeof forgotten));
  pieces[0] = self->deleted;
  pieces[1] = self->left;
  g_task_return_boolean (self->task, TRUE);
}

static const ReeveSqliteStoreWriteClass reeve_sqlite_store_forget_class = {
  .line = REEVE_SQLITE_STORE_LINE_HISTORY,
  .flags = REEVE_SQLITE_STORE_WRITE_URGENT,
  .write = reeve_sqlite_store_forget_write,
  .done = reeve_sqlite_store_forget_done,
  .free = reeve_sqlite_store_forget_free,
};

static void
reeve_sqlite_store_history_forget_async (ReeveHistory *history, const char *system,
                                         G_GNUC_UNUSED GCancellable *cancellable,
                                         GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveSqliteStoreHistory *self = REEVE_SQLITE_STORE_HISTORY (history);
  g_autoptr (GTask) task =
      reeve_sqlite_store_history_new_task (self, reeve_sqlite_store_history_forget_async, callback,
                                           user_data);
  ReeveSqliteStoreForget *forget;
  const ReeveSqliteStoreForgotten *forgotten;
  GError *error = NULL;

  if (!reeve_sqlite_store_history_check_system (system, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  reeve_sqlite_store_append_forget (self, system);
  forgotten = g_hash_table_lookup (self->forgets, system);
  forget = g_new0 (ReeveSqliteStoreForget, 1);
  forget->history = g_object_ref (self);
  forget->system = g_strdup (system);
  forget->id = forgotten != NULL ? forgotten->id : 0;
  forget->task = g_object_ref (task);
  g_task_set_task_data (task, g_new0 (guint64, 2), g_free);
  if (!reeve_sqlite_store_writer_push (reeve_sqlite_store_history_get_writer (self),
                                       &reeve_sqlite_store_forget_class, forget, 0, &error))
    g_task_return_error (task, error);
}

static gboolean
reeve_sqlite_store_history_forget_finish (G_GNUC_UNUSED ReeveHistory *history, GAsyncResult *result,
                                          guint64 *ret_deleted, guint64 *ret_left, GError **error)
{
  const guint64 *pieces = g_task_get_task_data (G_TASK (result));

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;
  *ret_deleted = pieces[0];
  *ret_left = pieces[1];
  return TRUE;
}

static void
reeve_sqlite_store_history_get_figures (ReeveHistory *history, ReeveHistoryFigures *ret_figures)
{
  reeve_sqlite_store_writer_get_figures (reeve_sqlite_store_history_get_writer (
                                             REEVE_SQLITE_STORE_HISTORY (history)),
                                         ret_figures);
}

/* ---- sweep ---- */

static gboolean
reeve_sqlite_store_sweep_write (ReeveSqliteStoreDatabase *database, gpointer data, GError **error)
{
  ReeveSqliteStoreSweep *self = data;

  self->next_cursor = self->cursor;
  reeve_sqlite_store_catalogue_begin (self->history->catalogue, database, NULL);
  return reeve_sqlite_store_sweep_slice (database, self->history->catalogue, &self->times,
                                         &self->next_cursor, self->history->damage, error);
}

/* Whoever asks no more left the rest to the sweep, which has been through all of it. */
static gboolean
reeve_sqlite_store_forgotten_is_idle (G_GNUC_UNUSED gpointer system, gpointer value,
                                      G_GNUC_UNUSED gpointer user_data)
{
  ReeveSqliteStoreForgotten *self = value;
  const gboolean idle = self->idle;

  self->idle = TRUE;
  return idle;
}

static void
reeve_sqlite_store_sweep_done (gpointer data, const GError *error)
{
  ReeveSqliteStoreSweep *sweep = data;
  ReeveSqliteStoreHistory *self = sweep->history;

  gboolean again = self->damage->texts->len > sweep->n_texts;

  self->sweeping = FALSE;
  for (guint i = sweep->n_texts; i < self->damage->texts->len; i++)
    reeve_sqlite_store_history_say_once (self, g_ptr_array_index (self->damage->texts, i));
  for (guint i = 0; i < self->damage->reached->len && self->timer != NULL; i++)
    {
      const ReeveSqliteStoreReached *reached = g_ptr_array_index (self->damage->reached, i);

      reeve_sqlite_store_append_say_limit (self, reached->system, reached->limit, NULL);
    }
  g_ptr_array_set_size (self->damage->reached, 0);
  if (error != NULL && !again && !reeve_sqlite_store_database_is_passing (error))
    reeve_sqlite_store_history_say_once (self, error->message);
  /* without what failed, from where it was */
  if (again)
    self->cursor = sweep->cursor;
  else
    self->cursor = error != NULL ? 0 : sweep->next_cursor;
  if (self->timer != NULL && again)
    {
      reeve_timer_start (self->timer, REEVE_SQLITE_STORE_SLICE_MS);
      return;
    }
  if (self->cursor == 0)
    {
      g_hash_table_foreach_remove (self->forgets, reeve_sqlite_store_forgotten_is_idle, NULL);
      reeve_sqlite_store_damage_end_sweep (self->damage);
    }
  if (self->timer != NULL)
    reeve_timer_start (self->timer, self->cursor != 0 ? REEVE_SQLITE_STORE_SLICE_MS
                                                      : REEVE_SQLITE_STORE_SWEEP_MS);
}

static void
reeve_sqlite_store_sweep_free (gpointer data)
{
  ReeveSqliteStoreSweep *self = data;

  g_clear_object (&self->history);
  g_free (self);
}

static const ReeveSqliteStoreWriteClass reeve_sqlite_store_sweep_class = {
  .line = REEVE_SQLITE_STORE_LINE_HISTORY,
  .flags = REEVE_SQLITE_STORE_WRITE_NORMAL,
  .write = reeve_sqlite_store_sweep_write,
  .done = reeve_sqlite_store_sweep_done,
  .free = reeve_sqlite_store_sweep_free,
};

void
reeve_sqlite_store_history_sweep (ReeveSqliteStoreHistory *self)
{
  ReeveSqliteStoreSweep *sweep;

  if (self->timer == NULL || self->sweeping)
    return;
  sweep = g_new0 (ReeveSqliteStoreSweep, 1);
  sweep->history = g_object_ref (self);
  sweep->n_texts = self->damage->texts->len;
  reeve_sqlite_store_age_get_times (self, &sweep->times);
  sweep->cursor = self->cursor;
  self->sweeping = TRUE;
  if (reeve_sqlite_store_writer_push (reeve_sqlite_store_history_get_writer (self),
                                      &reeve_sqlite_store_sweep_class, sweep, 0, NULL))
    return;
  /* too much waits, as on a full disk: another day, or nothing would be deleted ever again */
  self->sweeping = FALSE;
  reeve_timer_start (self->timer, REEVE_SQLITE_STORE_SWEEP_MS);
}

static void
reeve_sqlite_store_history_timer_cb (G_GNUC_UNUSED ReeveTimer *timer, gpointer user_data)
{
  reeve_sqlite_store_history_sweep (user_data);
}

/* ---- object ---- */

static void
reeve_sqlite_store_history_finalize (GObject *object)
{
  ReeveSqliteStoreHistory *self = REEVE_SQLITE_STORE_HISTORY (object);

  g_clear_pointer (&self->catalogue, reeve_sqlite_store_catalogue_free);
  g_clear_pointer (&self->refusals, g_hash_table_unref);
  g_clear_pointer (&self->said, g_hash_table_unref);
  g_clear_pointer (&self->forgets, g_hash_table_unref);
  g_clear_pointer (&self->troubles, g_hash_table_unref);
  g_clear_pointer (&self->damage, reeve_sqlite_store_damage_free);

  G_OBJECT_CLASS (reeve_sqlite_store_history_parent_class)->finalize (object);
}

static void
reeve_sqlite_store_history_class_init (ReeveSqliteStoreHistoryClass *class)
{
  G_OBJECT_CLASS (class)->finalize = reeve_sqlite_store_history_finalize;
}

static void
reeve_sqlite_store_history_init (ReeveSqliteStoreHistory *self)
{
  self->catalogue = reeve_sqlite_store_catalogue_new ();
  self->refusals = reeve_sqlite_store_append_new_refusals ();
  self->limits =
      (ReeveSqliteStoreLimits){ REEVE_SQLITE_STORE_MAX_INSTANCES, REEVE_SQLITE_STORE_MAX_KINDS };
  self->said = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->forgets = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->damage = reeve_sqlite_store_damage_new ();
  self->troubles = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

static void
reeve_sqlite_store_history_iface_init (ReeveHistoryInterface *iface)
{
  iface->append_async = reeve_sqlite_store_history_append_async;
  iface->append_finish = reeve_sqlite_store_history_append_finish;
  iface->range_async = reeve_sqlite_store_history_range_async;
  iface->range_finish = reeve_sqlite_store_history_range_finish;
  iface->catalogue_async = reeve_sqlite_store_history_catalogue_async;
  iface->catalogue_finish = reeve_sqlite_store_history_catalogue_finish;
  iface->forget_async = reeve_sqlite_store_history_forget_async;
  iface->forget_finish = reeve_sqlite_store_history_forget_finish;
  iface->get_figures = reeve_sqlite_store_history_get_figures;
  iface->range_values_async = reeve_sqlite_store_history_range_values_async;
}

ReeveSqliteStoreHistory *
reeve_sqlite_store_history_new (ReeveSqliteStoreCore *core,
                                const gint64 retention_ms[REEVE_SQLITE_STORE_N_TIERS])
{
  ReeveSqliteStoreHistory *self = g_object_new (REEVE_SQLITE_STORE_TYPE_HISTORY, NULL);

  self->core = core;
  reeve_sqlite_store_history_set_retention (self, retention_ms);
  self->timer = reeve_context_add_timer (reeve_sqlite_store_core_get_context (core), "sweep",
                                         reeve_sqlite_store_history_timer_cb, self);
  /* not at once: a start has better things to do */
  if (self->timer != NULL)
    reeve_timer_start (self->timer, REEVE_SQLITE_STORE_SWEEP_MS / 10);
  reeve_sqlite_store_age_begin (self);
  return self;
}

void
reeve_sqlite_store_history_set_retention (ReeveSqliteStoreHistory *self,
                                          const gint64 retention_ms[REEVE_SQLITE_STORE_N_TIERS])
{
  memcpy (self->retention_ms, retention_ms, sizeof self->retention_ms);
}

void
reeve_sqlite_store_history_set_limits (ReeveSqliteStoreHistory *self,
                                       const ReeveSqliteStoreLimits *limits)
{
  self->limits = *limits;
}

void
reeve_sqlite_store_history_stop (ReeveSqliteStoreHistory *self)
{
  g_clear_pointer (&self->timer, reeve_timer_free);
}
