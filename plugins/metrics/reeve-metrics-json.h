/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

G_BEGIN_DECLS

/* A sample as JSON, one object on some lines. Pure. */

/* {"version", "time", "rows": [{"kind", "instance", "metrics": {name: value}}]}; states by name.
 * @sample: with rates. (transfer full) */
char *reeve_metrics_json_from_sample (ReeveSample *sample);
/* The shortest form that reads back as the same number; null for what is none. */
void reeve_metrics_json_append_number (GString *out, double value);
/* The name of a state, NULL when it has none. */
const char *reeve_metrics_state_name (const ReeveMetric *metric, double value);

G_END_DECLS
