/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

#include "reeve-host-metrics-proc.h"

G_BEGIN_DECLS

/* Memory and swap. */

typedef struct
{
  ReeveHostMetricsFile meminfo;
  ReeveHostMetricsFile arcstats;
  gboolean htop; /* used is counted as htop does */
} ReeveHostMetricsMemoryReader;

void reeve_host_metrics_memory_init (ReeveHostMetricsMemoryReader *self);
void reeve_host_metrics_memory_clear (ReeveHostMetricsMemoryReader *self);
void reeve_host_metrics_memory_collect (ReeveHostMetricsMemoryReader *self,
                                        ReeveHostMetricsProc *proc, ReeveSample *sample);

G_END_DECLS
