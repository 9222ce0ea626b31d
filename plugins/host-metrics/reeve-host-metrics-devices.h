/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

#include "reeve-host-metrics-patterns.h"

G_BEGIN_DECLS

/* Temperatures, fans, batteries and power supplies, which a worker reads, since some answer after
 * seconds or never. */

/* What comes and goes is looked for this often; what has gone, this long after the last search. */
#define REEVE_HOST_METRICS_SCAN_AGE_US (60 * G_USEC_PER_SEC)
#define REEVE_HOST_METRICS_SCAN_GONE_US (5 * G_USEC_PER_SEC)
/* A sample waits so long for a question, for the first one longer, since it has nothing else to go
 * with. Those that come later go at once with the last values, until the question is too old. */
#define REEVE_HOST_METRICS_DEVICES_AWAIT_US (50 * 1000)
#define REEVE_HOST_METRICS_DEVICES_FIRST_US G_USEC_PER_SEC
#define REEVE_HOST_METRICS_DEVICES_STALE_US (10 * G_USEC_PER_SEC)
/* Directories of devices that may hold a thread each; with one more that hangs nobody is asked. */
#define REEVE_HOST_METRICS_DEVICES_MAX_HANGING 4
/* Devices whose faults are told, each once. */
#define REEVE_HOST_METRICS_MAX_TOLD 256

typedef struct _ReeveHostMetricsDevices ReeveHostMetricsDevices;

/* Which sensors count, and which one stands for the system. */
typedef struct
{
  gboolean none;
  ReeveHostMetricsPatterns patterns;
  char *primary; /* NULL: the hottest */
} ReeveHostMetricsSensors;

/* @set: the setting is there, even without a text: then none. FALSE: too many patterns. */
gboolean reeve_host_metrics_sensors_init (ReeveHostMetricsSensors *self, gboolean set,
                                          const char *text, const char *primary, GError **error);
void reeve_host_metrics_sensors_clear (ReeveHostMetricsSensors *self);

/* @worker: of one thread more than may hang, only for this. @sensors: what is in it is taken.
 * (transfer full) */
ReeveHostMetricsDevices *reeve_host_metrics_devices_new (ReeveContext *context, const char *root,
                                                         ReeveWorker *worker,
                                                         ReeveHostMetricsSensors *sensors);
void reeve_host_metrics_devices_free (ReeveHostMetricsDevices *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveHostMetricsDevices, reeve_host_metrics_devices_free)

/* Asks for all unless a question is out that may still be answered. @ready, on the main thread,
 * follows each answer. */
void reeve_host_metrics_devices_refresh (ReeveHostMetricsDevices *self,
                                         void (*ready) (gpointer user_data), gpointer user_data);
/* A question is out that is worth waiting for. */
gboolean reeve_host_metrics_devices_is_asking (ReeveHostMetricsDevices *self);
/* The question that is out is the first one: there is nothing older to go with. */
gboolean reeve_host_metrics_devices_is_first (ReeveHostMetricsDevices *self);
/* Adds what is known, unless it is too old. */
void reeve_host_metrics_devices_add (ReeveHostMetricsDevices *self, ReeveSample *sample);

G_END_DECLS
