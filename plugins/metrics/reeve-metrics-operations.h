/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

G_BEGIN_DECLS

/* org.reeve.Metrics1: see its XML. */

/* Calls that wait for a second reading, at a time. */
#define REEVE_METRICS_MAX_WAITING 8
/* Between the two readings of those: what the sampler wants, and time for the first one. */
#define REEVE_METRICS_WAIT_MS 1250

#define REEVE_TYPE_METRICS_OPERATIONS (reeve_metrics_operations_get_type ())
G_DECLARE_FINAL_TYPE (ReeveMetricsOperations, reeve_metrics_operations, REEVE, METRICS_OPERATIONS,
                      GObject)

/* Watches the collectors from now on. */
ReeveMetricsOperations *reeve_metrics_operations_new (ReeveContext *context);
/* Calls that wait end with REEVE_ERROR_GONE; idempotent. */
void reeve_metrics_operations_stop (ReeveMetricsOperations *self);

G_END_DECLS
