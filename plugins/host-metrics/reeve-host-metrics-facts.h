/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

#include "reeve-host-metrics-parse.h"
#include "reeve-host-metrics-proc.h"

G_BEGIN_DECLS

/* What seldom changes: names, versions, processors. */

typedef struct
{
  char hostname[REEVE_HOST_METRICS_FACT_TEXT]; /* "" where unknown, as the next ones */
  char kernel[REEVE_HOST_METRICS_FACT_TEXT];
  char os_name[REEVE_HOST_METRICS_FACT_TEXT];
  char arch[REEVE_HOST_METRICS_FACT_TEXT];
  char cpu_model[REEVE_HOST_METRICS_FACT_TEXT];
  guint cores; /* 0: unknown, as threads and memory */
  guint threads;
  guint64 memory;
} ReeveHostMetricsFacts;

/* Reads them all; takes milliseconds on big machines, so it runs on a worker. Any thread. */
void reeve_host_metrics_facts_read (const char *root, ReeveHostMetricsFacts *ret_facts);
void reeve_host_metrics_facts_add (const ReeveHostMetricsFacts *facts, ReeveSample *sample);

G_END_DECLS
