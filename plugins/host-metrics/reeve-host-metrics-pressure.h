/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

#include "reeve-host-metrics-proc.h"

G_BEGIN_DECLS

/* Pressure: time lost to waiting for a resource. */

#define REEVE_HOST_METRICS_N_PRESSURE 4

typedef struct
{
  ReeveHostMetricsFile files[REEVE_HOST_METRICS_N_PRESSURE];
} ReeveHostMetricsPressure;

void reeve_host_metrics_pressure_init (ReeveHostMetricsPressure *self);
void reeve_host_metrics_pressure_clear (ReeveHostMetricsPressure *self);
void reeve_host_metrics_pressure_collect (ReeveHostMetricsPressure *self,
                                          ReeveHostMetricsProc *proc, ReeveSample *sample);

G_END_DECLS
