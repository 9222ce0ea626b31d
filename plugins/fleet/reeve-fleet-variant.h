/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

G_BEGIN_DECLS

/* What the fleet's operations answer with; all floating. */

/* a{sv}: facts by metric name. */
GVariant *reeve_fleet_facts_of_view (const ReeveSystemView *view);
/* (dddadaa{sv}): the out-arguments of GetHistory. */
GVariant *reeve_fleet_range_to_variant (ReeveHistoryRange *range, gboolean spread);

G_END_DECLS
