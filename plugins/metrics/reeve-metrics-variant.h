/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

G_BEGIN_DECLS

/* Samples as values for D-Bus. Pure. */

/* "a(ssa{sv})", floating. @facts: the kinds marked as facts too. */
GVariant *reeve_metrics_rows_to_variant (ReeveSample *sample, gboolean facts);

G_END_DECLS
