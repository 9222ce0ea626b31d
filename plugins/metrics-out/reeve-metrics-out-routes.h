/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-metrics-out-hub.h"
#include "reeve-metrics-out-token.h"

G_BEGIN_DECLS

/* GET /metrics. */
#define REEVE_TYPE_METRICS_OUT_ROUTES (reeve_metrics_out_routes_get_type ())
G_DECLARE_FINAL_TYPE (ReeveMetricsOutRoutes, reeve_metrics_out_routes, REEVE, METRICS_OUT_ROUTES,
                      GObject)

/* Answers at a time: each holds the samples of all systems. */
#define REEVE_METRICS_OUT_MAX_SCRAPES 2

/* @token: outlives it. */
ReeveMetricsOutRoutes *reeve_metrics_out_routes_new (ReeveContext *context,
                                                     ReeveMetricsOutToken *token);
/* Ends what is under way; nothing is answered any more. */
void reeve_metrics_out_routes_stop (ReeveMetricsOutRoutes *self);

G_END_DECLS
