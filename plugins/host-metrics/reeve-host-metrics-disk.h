/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

#include "reeve-host-metrics-parse.h"
#include "reeve-host-metrics-patterns.h"
#include "reeve-host-metrics-proc.h"

G_BEGIN_DECLS

/* Block devices: what each does, and what the whole disks among them are. */

/* Devices that are known at a time, partitions among them; more are passed over. */
#define REEVE_HOST_METRICS_MAX_DISKS 2048
/* Size and model of a disk are read again after this. */
#define REEVE_HOST_METRICS_DISK_AGE_US (600 * G_USEC_PER_SEC)

typedef struct
{
  ReeveHostMetricsDiskLine line; /* as it was read last */
  /* what is added to its times of 32 bits, which have begun anew: reading, writing, busy, queue */
  guint64 carry[4];
  guint turn; /* of the last reading that showed it */
  gboolean counts;
  gint64 looked_at;                         /* 0: never */
  guint64 size;                             /* bytes; 0: not known */
  char label[REEVE_HOST_METRICS_FACT_TEXT]; /* "vg-root" of "dm-0"; "" of others */
  char model[REEVE_HOST_METRICS_FACT_TEXT];
} ReeveHostMetricsDisk;

typedef struct
{
  ReeveHostMetricsFile diskstats;
  ReeveHostMetricsPatterns filter; /* borrowed */
  GArray *disks;                   /* of ReeveHostMetricsDisk, in the order of the file */
  guint turn;
  gboolean changed; /* devices have come or gone since somebody cleared this */
} ReeveHostMetricsDisks;

void reeve_host_metrics_disks_init (ReeveHostMetricsDisks *self);
void reeve_host_metrics_disks_clear (ReeveHostMetricsDisks *self);
/* Reads the counters of all. FALSE: they could not be read. */
gboolean reeve_host_metrics_disks_read (ReeveHostMetricsDisks *self, ReeveHostMetricsProc *proc);
/* By number, or by the name of the device or of the device mapper. NULL: there is none. @name: ""
 * for by number only. */
ReeveHostMetricsDisk *reeve_host_metrics_disks_find (ReeveHostMetricsDisks *self, guint major,
                                                     guint minor, const char *name);
/* Adds a row for each whole disk that counts. */
void reeve_host_metrics_disks_add (ReeveHostMetricsDisks *self, ReeveHostMetricsProc *proc,
                                   ReeveSample *sample);
/* Into the current row. @first: REEVE_DISK_READ or REEVE_FILESYSTEM_READ, which the other counters
 * follow in the same order. */
void reeve_host_metrics_disk_set_counters (const ReeveHostMetricsDisk *disk, ReeveSample *sample,
                                           guint first);

G_END_DECLS
