/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

#include "reeve-metrics-out-token.h"

G_BEGIN_DECLS

/* org.reeve.MetricsOut1: see data/org.reeve.MetricsOut1.xml. */
#define REEVE_TYPE_METRICS_OUT_OPERATIONS (reeve_metrics_out_operations_get_type ())
G_DECLARE_FINAL_TYPE (ReeveMetricsOutOperations, reeve_metrics_out_operations, REEVE,
                      METRICS_OUT_OPERATIONS, GObject)

/* @token: outlives it. */
ReeveMetricsOutOperations *reeve_metrics_out_operations_new (ReeveContext *context,
                                                             ReeveMetricsOutToken *token);

G_END_DECLS
