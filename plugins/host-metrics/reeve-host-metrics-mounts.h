/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

#include "reeve-host-metrics-parse.h"
#include "reeve-host-metrics-proc.h"
#include "reeve-host-metrics-storage.h"
#include "reeve-host-metrics-usage.h"

G_BEGIN_DECLS

/* Which filesystems are mounted: each device once, the root first. */

/* Lines of the mount table that are looked at: the first ones, which are the oldest. */
#define REEVE_HOST_METRICS_MAX_MOUNTS 20000
/* Filesystems that are told. */
#define REEVE_HOST_METRICS_MAX_FILESYSTEMS 256
/* A table of more lines than this is not read anew more often than that. */
#define REEVE_HOST_METRICS_MANY_MOUNTS 1000
#define REEVE_HOST_METRICS_MANY_MOUNTS_AGE_US (30 * G_USEC_PER_SEC)
/* The root, and three files that a container's manager binds into /etc. */
#define REEVE_HOST_METRICS_CANDIDATES 4

/* The root's instance and mount point. */
#define REEVE_HOST_METRICS_ROOT_NAME "/"

typedef struct
{
  guint major;
  guint minor;
  gboolean remote;
  gboolean hidden; /* by a later mount on its point */
  char *point;
  char *type;   /* NULL: not known, as is source then */
  char *source; /* a device's path, "server:/export", "pool/dataset" */
  char *instance;
  ReeveHostMetricsUsage *usage;
  int disk; /* the device's index, whose counters are its own; -1: none */
} ReeveHostMetricsMount;

/* A device that may be the root's. */
typedef struct
{
  gboolean set;
  guint major;
  guint minor;
  char name[REEVE_HOST_METRICS_DISK_NAME]; /* "" when its source is no device */
} ReeveHostMetricsCandidate;

typedef struct
{
  ReeveHostMetricsFile mountinfo;
  ReeveHostMetricsProc *proc;
  ReeveHostMetricsUsages *usages;
  const ReeveHostMetricsStorage *storage;
  GPtrArray *mounts; /* of ReeveHostMetricsMount; the first is the root */
  ReeveHostMetricsCandidate candidates[REEVE_HOST_METRICS_CANDIDATES];
  guint lines;    /* of the table */
  gboolean stale; /* it has changed since it was read */
  gint64 read_at; /* 0: never */
} ReeveHostMetricsMounts;

/* @usages, @storage: outlive it. */
void reeve_host_metrics_mounts_init (ReeveHostMetricsMounts *self, ReeveHostMetricsProc *proc,
                                     ReeveHostMetricsUsages *usages,
                                     const ReeveHostMetricsStorage *storage);
void reeve_host_metrics_mounts_clear (ReeveHostMetricsMounts *self);
/* Has the table changed, and may be read again already? */
gboolean reeve_host_metrics_mounts_is_due (ReeveHostMetricsMounts *self, gint64 now);
/* Reads the table. What is known of mounts that are there still is kept. */
void reeve_host_metrics_mounts_read (ReeveHostMetricsMounts *self, gint64 now);
/* "/dev/vda" gives "vda", "/dev/mapper/vg-root" the "dm-0" that it links to; "" when it is none. */
void reeve_host_metrics_mounts_name_source (ReeveHostMetricsMounts *self, const char *source,
                                            char ret_name[REEVE_HOST_METRICS_DISK_NAME]);

G_END_DECLS
