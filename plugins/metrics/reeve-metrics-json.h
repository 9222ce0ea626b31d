/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

G_BEGIN_DECLS

/* A sample as JSON, one object on some lines. Pure. */

/* {"version", "time", "rows": [{"kind", "instance", "metrics": {name: value}}]}; states by name.
 * @sample: with rates. (transfer full) */
char *reeve_metrics_json_from_sample (ReeveSample *sample);

G_END_DECLS
