/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

#include "reeve-host-metrics-proc.h"

G_BEGIN_DECLS

/* How full filesystems are. statvfs() of a dead network or FUSE filesystem never returns, so it is
 * asked on threads, one question at a time for each filesystem; the last answer is kept. */

/* How full it is is asked again when the answer is older than this; over the network; and where it
 * could not be told. */
#define REEVE_HOST_METRICS_USAGE_AGE_US (10 * G_USEC_PER_SEC)
#define REEVE_HOST_METRICS_USAGE_REMOTE_AGE_US (30 * G_USEC_PER_SEC)
#define REEVE_HOST_METRICS_USAGE_RETRY_US (60 * G_USEC_PER_SEC)
/* A filesystem that has not answered in this time hangs; its last answer counts for a while yet. */
#define REEVE_HOST_METRICS_USAGE_DEADLINE_MS (10 * 1000)
#define REEVE_HOST_METRICS_USAGE_STALE_US (60 * G_USEC_PER_SEC)
/* Samples wait for questions no older than this. */
#define REEVE_HOST_METRICS_USAGE_AWAIT_US (G_USEC_PER_SEC)
/* While so many of those of the network hang, or of the local ones, no others of them are asked.
 * With those that are out then not above REEVE_WORKER_MAX_ABANDONED. */
#define REEVE_HOST_METRICS_MAX_HANGING 6

typedef struct _ReeveHostMetricsUsages ReeveHostMetricsUsages;

typedef struct
{
  gatomicrefcount refs; /* the mount that it is of, and the question that is out */
  ReeveHostMetricsUsages *owner;
  char *path;
  char *name;      /* for the log */
  gboolean remote; /* may hang, and is asked less often */
  guint server;    /* a hash; 0: none */

  gboolean due;
  gboolean waiting; /* for an answer */
  gboolean out;     /* a thread is at it, or will be */
  gboolean hangs;
  gboolean barred; /* by others that hang: not asked while they do */
  gint running;    /* atomic: the thread has begun */
  gint64 asked_at;
  gint64 answered_at; /* 0: never */

  int error; /* errno of the last answer; told: it stands in the log */
  int told;
  gboolean known;
  double total;
  double used;
  double available;
  double inodes;
  double inodes_used;
} ReeveHostMetricsUsage;

/* @proc: outlives it. (transfer full) */
ReeveHostMetricsUsages *reeve_host_metrics_usages_new (ReeveHostMetricsProc *proc);
/* Questions that are out are given up. */
void reeve_host_metrics_usages_free (ReeveHostMetricsUsages *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveHostMetricsUsages, reeve_host_metrics_usages_free)

/* One more filesystem. @source: what it is mounted from; @remote: over a network or by a program.
 * (transfer full) */
ReeveHostMetricsUsage *reeve_host_metrics_usages_add (ReeveHostMetricsUsages *self,
                                                      const char *point, const char *source,
                                                      gboolean remote);
/* It is asked no more. */
void reeve_host_metrics_usages_remove (ReeveHostMetricsUsages *self, ReeveHostMetricsUsage *usage);

/* Asks those that are due. @ready, on the main thread, follows each answer. */
void reeve_host_metrics_usages_refresh (ReeveHostMetricsUsages *self,
                                        void (*ready) (gpointer user_data), gpointer user_data);
/* Is there a question out that is worth a short wait? */
gboolean reeve_host_metrics_usages_is_asking (ReeveHostMetricsUsages *self);
guint reeve_host_metrics_usages_get_n_hanging (ReeveHostMetricsUsages *self);
/* Is there an answer that still counts? */
gboolean reeve_host_metrics_usages_is_known (ReeveHostMetricsUsages *self,
                                             const ReeveHostMetricsUsage *usage);

G_END_DECLS
