/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

G_BEGIN_DECLS

/* A sample as OpenMetrics text 1.0; the README says how names and types are made. Pure. */

/* @sample: with counters as they were collected. (transfer full) */
char *reeve_metrics_openmetrics_from_sample (ReeveSample *sample);

G_END_DECLS
