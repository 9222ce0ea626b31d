/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

G_BEGIN_DECLS

/* Samples and schemas as values for D-Bus. Pure; all are floating. */

/* "a(ssa{sv})". @facts: the kinds marked as facts too. */
GVariant *reeve_metrics_rows_to_variant (ReeveSample *sample, gboolean facts);
/* "aa{sv}" */
GVariant *reeve_metrics_schema_to_variant (ReeveSchema *schema);

G_END_DECLS
