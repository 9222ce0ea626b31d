/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-sample.h"

G_BEGIN_DECLS

/* ReeveCollector (all, agent): knows some kinds and reads them. */

#define REEVE_TYPE_COLLECTOR (reeve_collector_get_type ())
REEVE_API G_DECLARE_INTERFACE (ReeveCollector, reeve_collector, REEVE, COLLECTOR, GObject)

    typedef enum {
      REEVE_COLLECT_VALUES = 1 << 0,
      REEVE_COLLECT_FACTS = 1 << 1, /* the kinds marked as facts too */
    } ReeveCollectFlags;

struct _ReeveCollectorInterface
{
  GTypeInterface parent;

  /* The kinds beyond the standard ones that it describes, NULL-terminated, (transfer none), may be
   * NULL. */
  const ReeveKind *const *(*get_kinds) (ReeveCollector *self);
  /* Adds rows to @sample, counters as counters; its time is the moment of the reading. What cannot
   * be read is left out; an error means nothing could be. @sample must not be touched after the end
   * or once cancelled. */
  void (*collect_async) (ReeveCollector *self, ReeveSample *sample, ReeveCollectFlags flags,
                         GCancellable *cancellable, GAsyncReadyCallback callback,
                         gpointer user_data);
  gboolean (*collect_finish) (ReeveCollector *self, GAsyncResult *result, GError **error);
  /* May be NULL. The same at once, when nothing has to be waited for; FALSE: it has, and @sample is
   * as it was. */
  gboolean (*collect) (ReeveCollector *self, ReeveSample *sample, ReeveCollectFlags flags);
};

/* A hub waits 5 s for a sample, so one collector may take this long. */
#define REEVE_COLLECT_TIMEOUT_MS 3000

/* "kinds-changed": what get_kinds() answers has changed. */
REEVE_API void reeve_collector_kinds_changed (ReeveCollector *self);
REEVE_API const ReeveKind *const *reeve_collector_get_kinds (ReeveCollector *self);
REEVE_API void reeve_collector_collect_async (ReeveCollector *self, ReeveSample *sample,
                                              ReeveCollectFlags flags, GCancellable *cancellable,
                                              GAsyncReadyCallback callback, gpointer user_data);
/* FALSE: ask by reeve_collector_collect_async(). Most samples need nothing that is not at hand, and
 * a call that waits costs more than reading it. */
REEVE_API gboolean reeve_collector_collect (ReeveCollector *self, ReeveSample *sample,
                                            ReeveCollectFlags flags);
REEVE_API gboolean reeve_collector_collect_finish (ReeveCollector *self, GAsyncResult *result,
                                                   GError **error);

G_END_DECLS
