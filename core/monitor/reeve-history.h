/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-sample.h"

G_BEGIN_DECLS

/* ReeveHistory (one, hub): what was measured, by time. */

#define REEVE_HISTORY_MAX_POINTS 4000
#define REEVE_HISTORY_MAX_BATCH 4096
#define REEVE_HISTORY_COMMIT_MS 1000 /* at most this lies between append and commit */

/* One sample to keep; the arrays of these are the batch. */
typedef struct
{
  const char *system;  /* 16 hex digits */
  ReeveSample *sample; /* with time and rates set */
} ReeveHistoryEntry;

/* One column of an answer. */
typedef struct
{
  char *kind;
  char *instance; /* "" without */
  char *metric;
  double *values; /* one per time, NaN where there is none */
  /* The same of the least and the greatest value in each step; NULL where a step is one sample, or
   * nobody wanted them. */
  double *least;
  double *most;
} ReeveHistoryColumn;

typedef struct
{
  gint64 from, to; /* microseconds */
  gint64 step;     /* microseconds between two times of the tier and grouping chosen */
  guint n_times;
  gint64 *times;      /* ascending; only moments that have a value somewhere */
  GPtrArray *columns; /* of ReeveHistoryColumn */
} ReeveHistoryRange;

REEVE_API ReeveHistoryRange *reeve_history_range_new (void);
REEVE_API void reeve_history_range_free (ReeveHistoryRange *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveHistoryRange, reeve_history_range_free)
REEVE_API ReeveHistoryColumn *reeve_history_range_add_column (ReeveHistoryRange *self,
                                                              const char *kind,
                                                              const char *instance,
                                                              const char *metric);
/* Gives @self, whose range has @n_times, its least and greatest values, all missing. */
REEVE_API void reeve_history_column_add_spread (ReeveHistoryColumn *self, guint n_times);

/* Commits by what they took; the last class has those that took longer than all bounds. */
#define REEVE_HISTORY_N_COMMIT_BOUNDS 10
/* Seconds, ascending. */
REEVE_API extern const double reeve_history_commit_bounds[REEVE_HISTORY_N_COMMIT_BOUNDS];

/* How the keeper itself does, since it was opened. */
typedef struct
{
  guint samples_waiting; /* in line, not in the commit that is under way; as the next */
  guint changes_waiting; /* of records, where one keeper has both */
  guint64 failed;        /* commits that came to nothing */
  guint64 commits[REEVE_HISTORY_N_COMMIT_BOUNDS + 1]; /* those that did not, by class */
  double seconds; /* that they took, from the hand-over of what is kept to the answer */
} ReeveHistoryFigures;

/* Counts a commit that took @seconds. */
REEVE_API void reeve_history_figures_add_commit (ReeveHistoryFigures *self, double seconds);

#define REEVE_TYPE_HISTORY (reeve_history_get_type ())
REEVE_API
G_DECLARE_INTERFACE (ReeveHistory, reeve_history, REEVE, HISTORY, GObject)

struct _ReeveHistoryInterface
{
  GTypeInterface parent;

  /* Keeps them; the end is the commit. The entries are copied, the samples referenced and no longer
   * changed. IO, UNAVAILABLE and TIMEOUT: they could not be written yet, wait, and are written when
   * that works again; after every other error they are lost. What damage keeps from being kept of
   * some systems fails nothing of the others: it is named by the provider. */
  void (*append_async) (ReeveHistory *self, const ReeveHistoryEntry *entries, gsize n,
                        GCancellable *cancellable, GAsyncReadyCallback callback,
                        gpointer user_data);
  gboolean (*append_finish) (ReeveHistory *self, GAsyncResult *result, GError **error);
  /* @kinds: NULL-terminated names, or NULL for all. At most @points times: finer data is averaged
   * (or what the metric's aggregation says) into equal steps, with the least and the greatest value
   * of each. Averages that were made long ago take the place of samples that are no longer kept. */
  void (*range_async) (ReeveHistory *self, const char *system, const char *const *kinds,
                       gint64 from, gint64 to, guint points, GCancellable *cancellable,
                       GAsyncReadyCallback callback, gpointer user_data);
  ReeveHistoryRange *(*range_finish) (ReeveHistory *self, GAsyncResult *result, GError **error);
  /* (transfer full) a(sss): kind, instance, metric of all that was ever kept of @system. */
  void (*catalogue_async) (ReeveHistory *self, const char *system, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data);
  GVariant *(*catalogue_finish) (ReeveHistory *self, GAsyncResult *result, GError **error);
  /* Deletes what was ever kept of @system, so much with each call that nobody waits long for it;
   * nothing of it is shown from the first one on. To be called until nothing is left; what a caller
   * that stops leaves is deleted later. *@ret_deleted, *@ret_left: pieces, of whatever it is kept
   * in. */
  void (*forget_async) (ReeveHistory *self, const char *system, GCancellable *cancellable,
                        GAsyncReadyCallback callback, gpointer user_data);
  gboolean (*forget_finish) (ReeveHistory *self, GAsyncResult *result, guint64 *ret_deleted,
                             guint64 *ret_left, GError **error);
  void (*get_figures) (ReeveHistory *self, ReeveHistoryFigures *ret_figures);
  /* May be NULL. As range_async, and range_finish() ends it, for who has no use for the least and
   * the greatest value: those may be missing. */
  void (*range_values_async) (ReeveHistory *self, const char *system, const char *const *kinds,
                              gint64 from, gint64 to, guint points, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data);
};

#define REEVE_HISTORY_TIMEOUT_MS 30000

REEVE_API void reeve_history_append_async (ReeveHistory *self, const ReeveHistoryEntry *entries,
                                           gsize n, GCancellable *cancellable,
                                           GAsyncReadyCallback callback, gpointer user_data);
REEVE_API gboolean reeve_history_append_finish (ReeveHistory *self, GAsyncResult *result,
                                                GError **error);
REEVE_API void reeve_history_range_async (ReeveHistory *self, const char *system,
                                          const char *const *kinds, gint64 from, gint64 to,
                                          guint points, GCancellable *cancellable,
                                          GAsyncReadyCallback callback, gpointer user_data);
/* Without least and greatest values, unless they cost nothing; ended by range_finish(). */
REEVE_API void reeve_history_range_values_async (ReeveHistory *self, const char *system,
                                                 const char *const *kinds, gint64 from, gint64 to,
                                                 guint points, GCancellable *cancellable,
                                                 GAsyncReadyCallback callback, gpointer user_data);
REEVE_API ReeveHistoryRange *reeve_history_range_finish (ReeveHistory *self, GAsyncResult *result,
                                                         GError **error);
REEVE_API void reeve_history_catalogue_async (ReeveHistory *self, const char *system,
                                              GCancellable *cancellable,
                                              GAsyncReadyCallback callback, gpointer user_data);
REEVE_API GVariant *reeve_history_catalogue_finish (ReeveHistory *self, GAsyncResult *result,
                                                    GError **error);
REEVE_API void reeve_history_forget_async (ReeveHistory *self, const char *system,
                                           GCancellable *cancellable, GAsyncReadyCallback callback,
                                           gpointer user_data);
REEVE_API gboolean reeve_history_forget_finish (ReeveHistory *self, GAsyncResult *result,
                                                guint64 *ret_deleted, guint64 *ret_left,
                                                GError **error);
/* FALSE: it does not say, or has gone. */
REEVE_API gboolean reeve_history_get_figures (ReeveHistory *self, ReeveHistoryFigures *ret_figures);

G_END_DECLS
