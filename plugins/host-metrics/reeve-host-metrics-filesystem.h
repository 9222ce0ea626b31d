/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

#include "reeve-host-metrics-mounts.h"
#include "reeve-host-metrics-proc.h"
#include "reeve-host-metrics-storage.h"

G_BEGIN_DECLS

/* Filesystems and disks: how full each filesystem is, and what its device does. */

typedef struct _ReeveHostMetricsFilesystem ReeveHostMetricsFilesystem;

/* (transfer full) */
ReeveHostMetricsFilesystem *reeve_host_metrics_filesystem_new (ReeveHostMetricsProc *proc);
void reeve_host_metrics_filesystem_free (ReeveHostMetricsFilesystem *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveHostMetricsFilesystem, reeve_host_metrics_filesystem_free)
/* Before the first use. Takes what is in @storage. */
void reeve_host_metrics_filesystem_set_storage (ReeveHostMetricsFilesystem *self,
                                                ReeveHostMetricsStorage *storage);

/* Reads the mount table if that is due and asks how full the filesystems are. @ready, on the main
 * thread, follows each answer (NULL: nothing does). TRUE: a question is out that is worth a short
 * wait. */
gboolean reeve_host_metrics_filesystem_refresh (ReeveHostMetricsFilesystem *self,
                                                void (*ready) (gpointer user_data),
                                                gpointer user_data);
gboolean reeve_host_metrics_filesystem_is_asking (ReeveHostMetricsFilesystem *self);
/* There is an answer of the root, maybe an old one. */
gboolean reeve_host_metrics_filesystem_is_known (ReeveHostMetricsFilesystem *self);
/* As if the kernel had said that mounts have changed: for trees that are no kernel's. */
void reeve_host_metrics_filesystem_remap (ReeveHostMetricsFilesystem *self);
/* What is known of how full one is, by its instance; NULL: there is none. Valid until the next read
 * of the mount table. */
const ReeveHostMetricsUsage *
reeve_host_metrics_filesystem_find_usage (ReeveHostMetricsFilesystem *self, const char *instance);
/* Filesystems that do not answer. */
guint reeve_host_metrics_filesystem_get_n_hanging (ReeveHostMetricsFilesystem *self);

/* Reads the counters of all devices. */
void reeve_host_metrics_filesystem_collect (ReeveHostMetricsFilesystem *self, ReeveSample *sample);
/* Adds the newest answers to how full they are. */
void reeve_host_metrics_filesystem_add_usage (ReeveHostMetricsFilesystem *self,
                                              ReeveSample *sample);

G_END_DECLS
