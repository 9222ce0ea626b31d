/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

#include "reeve-host-metrics-parse.h"
#include "reeve-host-metrics-proc.h"

G_BEGIN_DECLS

/* Processor time, load and uptime. */

/* The kernel makes its load averages anew each five seconds, so more than that is not read; between
 * two readings uptime goes on with the clock. */
#define REEVE_HOST_METRICS_LOAD_US (5 * G_USEC_PER_SEC)
/* Processors that get a row of their own. */
#define REEVE_HOST_METRICS_MAX_CORES 1024

/* The times that a sum is made of, each grows only. */
typedef enum
{
  REEVE_HOST_METRICS_TICKS_USER,
  REEVE_HOST_METRICS_TICKS_NICE,
  REEVE_HOST_METRICS_TICKS_SYSTEM,
  REEVE_HOST_METRICS_TICKS_INTERRUPT,
  REEVE_HOST_METRICS_TICKS_STEAL,
  REEVE_HOST_METRICS_TICKS_IDLE,
  REEVE_HOST_METRICS_TICKS_IOWAIT,
  REEVE_HOST_METRICS_N_TICKS
} ReeveHostMetricsTicks;

/* A file that is read each REEVE_HOST_METRICS_LOAD_US, and what it said. */
typedef struct
{
  ReeveHostMetricsFile file;
  gint64 at; /* when it was read, 0: it was not, or made no sense */
  double values[3];
} ReeveHostMetricsSlow;

typedef struct
{
  ReeveHostMetricsFile stat;
  ReeveHostMetricsSlow loadavg;
  ReeveHostMetricsSlow uptime; /* one value, seconds */
  guint64 tick_us;

  GArray *cores;                            /* of ReeveHostMetricsCpuCore, by number */
  ReeveHostMetricsCpuLine all;              /* of the last reading */
  guint turn;                               /* readings so far */
  guint n_cores;                            /* in the last reading */
  guint64 sums[REEVE_HOST_METRICS_N_TICKS]; /* what is told for all together */
} ReeveHostMetricsCpu;

void reeve_host_metrics_cpu_init (ReeveHostMetricsCpu *self);
void reeve_host_metrics_cpu_clear (ReeveHostMetricsCpu *self);
void reeve_host_metrics_cpu_collect (ReeveHostMetricsCpu *self, ReeveHostMetricsProc *proc,
                                     ReeveSample *sample);

G_END_DECLS
