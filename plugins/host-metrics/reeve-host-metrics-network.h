/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

#include "reeve-host-metrics-parse.h"
#include "reeve-host-metrics-patterns.h"
#include "reeve-host-metrics-proc.h"

G_BEGIN_DECLS

/* Network interfaces and their sum. */

/* Interfaces that are known at a time; more are passed over. */
#define REEVE_HOST_METRICS_MAX_NICS 512

typedef enum
{
  REEVE_HOST_METRICS_NICS_USUAL, /* what looks like a real link and has carried bytes both ways */
  REEVE_HOST_METRICS_NICS_ALLOW, /* only what is listed, whatever it looks like */
  REEVE_HOST_METRICS_NICS_DENY,  /* the usual ones less what is listed */
} ReeveHostMetricsNicsMode;

typedef struct
{
  ReeveHostMetricsNicsMode mode;
  ReeveHostMetricsPatterns patterns;
} ReeveHostMetricsNicFilter;

/* @text: "eth0,wl*", "-tun*,wg0", "-"; NULL or "": nothing is set. FALSE: too many patterns. */
gboolean reeve_host_metrics_nic_filter_init (ReeveHostMetricsNicFilter *self, const char *text,
                                             GError **error);
void reeve_host_metrics_nic_filter_clear (ReeveHostMetricsNicFilter *self);
/* By its name alone. */
gboolean reeve_host_metrics_nic_filter_allows (const ReeveHostMetricsNicFilter *self,
                                               const char *name);

typedef struct
{
  char name[REEVE_HOST_METRICS_NIC_NAME];
  gboolean allowed;
  guint turn; /* of the last reading that showed it */
  guint64 received;
  guint64 sent;
} ReeveHostMetricsNic;

typedef struct
{
  ReeveHostMetricsFile dev;
  ReeveHostMetricsNicFilter filter;
  GArray *nics; /* of ReeveHostMetricsNic, in the order of the file */
  guint turn;
  guint64 received; /* of all counted ones: grows only, whoever comes and goes */
  guint64 sent;
} ReeveHostMetricsNetwork;

/* Takes what is in @filter. */
void reeve_host_metrics_network_init (ReeveHostMetricsNetwork *self,
                                      ReeveHostMetricsNicFilter *filter);
void reeve_host_metrics_network_clear (ReeveHostMetricsNetwork *self);
void reeve_host_metrics_network_collect (ReeveHostMetricsNetwork *self, ReeveHostMetricsProc *proc,
                                         ReeveSample *sample);

G_END_DECLS
