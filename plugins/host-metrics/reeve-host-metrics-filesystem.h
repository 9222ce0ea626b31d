/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

#include "reeve-host-metrics-proc.h"

G_BEGIN_DECLS

/* The root filesystem: how full it is, and what its device does. */

/* How full it is is asked again when the answer is older than this. */
#define REEVE_HOST_METRICS_USAGE_AGE_US (5 * G_USEC_PER_SEC)

/* The root's instance. */
#define REEVE_HOST_METRICS_ROOT_NAME "/"

typedef struct _ReeveHostMetricsFilesystem ReeveHostMetricsFilesystem;

/* @worker: asks the filesystem, which may hang. (transfer full) */
ReeveHostMetricsFilesystem *reeve_host_metrics_filesystem_new (ReeveHostMetricsProc *proc,
                                                               ReeveWorker *worker);
void reeve_host_metrics_filesystem_free (ReeveHostMetricsFilesystem *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveHostMetricsFilesystem, reeve_host_metrics_filesystem_free)

/* Asks how full it is if that is due and no question is out. @ready, on the main thread, follows
 * each answer. TRUE: a question is out. */
gboolean reeve_host_metrics_filesystem_refresh (ReeveHostMetricsFilesystem *self,
                                                void (*ready) (gpointer user_data),
                                                gpointer user_data);
gboolean reeve_host_metrics_filesystem_is_asking (ReeveHostMetricsFilesystem *self);
/* There is an answer, maybe an old one. */
gboolean reeve_host_metrics_filesystem_is_known (ReeveHostMetricsFilesystem *self);

/* Reads the counters of the root's device. */
void reeve_host_metrics_filesystem_collect (ReeveHostMetricsFilesystem *self, ReeveSample *sample);
/* Adds the newest answer to how full it is. */
void reeve_host_metrics_filesystem_add_usage (ReeveHostMetricsFilesystem *self,
                                              ReeveSample *sample);

G_END_DECLS
