/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

#include "reeve-host-metrics-proc.h"

G_BEGIN_DECLS

/* Processor time, load and uptime. */

/* Processors that get a row of their own. */
#define REEVE_HOST_METRICS_MAX_CORES 1024

typedef struct
{
  ReeveHostMetricsFile stat;
  ReeveHostMetricsFile loadavg;
  ReeveHostMetricsFile uptime;
  guint64 tick_us;
} ReeveHostMetricsCpu;

void reeve_host_metrics_cpu_init (ReeveHostMetricsCpu *self);
void reeve_host_metrics_cpu_clear (ReeveHostMetricsCpu *self);
void reeve_host_metrics_cpu_collect (ReeveHostMetricsCpu *self, ReeveHostMetricsProc *proc,
                                     ReeveSample *sample);

G_END_DECLS
