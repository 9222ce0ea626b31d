/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

#include "reeve-host-metrics-devices.h"
#include "reeve-host-metrics-network.h"
#include "reeve-host-metrics-storage.h"

G_BEGIN_DECLS

/* What a first answer of a filesystem may take; later ones are waited for much shorter, since there
 * is an old one. */
#define REEVE_HOST_METRICS_FIRST_WAIT_MS 1000
#define REEVE_HOST_METRICS_WAIT_MS 50
/* Collections that wait at a time. */
#define REEVE_HOST_METRICS_MAX_WAITING 32

#define REEVE_HOST_METRICS_TYPE_COLLECTOR (reeve_host_metrics_collector_get_type ())
G_DECLARE_FINAL_TYPE (ReeveHostMetricsCollector, reeve_host_metrics_collector, REEVE_HOST_METRICS,
                      COLLECTOR, GObject)

/* The ReeveCollector of the standard kinds. @filter: what is in it is taken. (transfer full) */
ReeveHostMetricsCollector *reeve_host_metrics_collector_new (ReeveContext *context,
                                                             const char *root,
                                                             ReeveHostMetricsNicFilter *filter);
/* Which filesystems and disks count; before the first collection. Takes what is in @storage. */
void reeve_host_metrics_collector_set_storage (ReeveHostMetricsCollector *self,
                                               ReeveHostMetricsStorage *storage);
/* Before the first collection: which sensors count (what is in it is taken, without it all do), and
 * whether used memory is counted as htop does. */
void reeve_host_metrics_collector_set_sensors (ReeveHostMetricsCollector *self,
                                               ReeveHostMetricsSensors *sensors);
void reeve_host_metrics_collector_set_memory_htop (ReeveHostMetricsCollector *self, gboolean htop);
/* The worker that reads the sensors: for tests, which make it hang. */
ReeveWorker *reeve_host_metrics_collector_get_sensors_worker (ReeveHostMetricsCollector *self);
/* Ends what waits, closes the files and the worker. */
void reeve_host_metrics_collector_stop (ReeveHostMetricsCollector *self);

G_END_DECLS
