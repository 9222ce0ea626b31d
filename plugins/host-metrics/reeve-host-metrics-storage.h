/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-host-metrics-patterns.h"

G_BEGIN_DECLS

/* What the settings say about filesystems and disks. */

/* Names of the setting "filesystem-names". */
#define REEVE_HOST_METRICS_MAX_NAMES 64

typedef struct
{
  ReeveHostMetricsPatterns filesystems;
  ReeveHostMetricsPatterns disks;
  char **names; /* mount point or device, name, mount point or device, ...; NULL: none */
} ReeveHostMetricsStorage;

/* Each text: NULL or "": not set. FALSE: the error names the key. */
gboolean reeve_host_metrics_storage_init (ReeveHostMetricsStorage *self, const char *filesystems,
                                          const char *disks, const char *names, GError **error);
void reeve_host_metrics_storage_clear (ReeveHostMetricsStorage *self);
/* The name that was given to a mount point or device; NULL: none. */
const char *reeve_host_metrics_storage_find_name (const ReeveHostMetricsStorage *self,
                                                  const char *what);

G_END_DECLS
