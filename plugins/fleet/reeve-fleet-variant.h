/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

G_BEGIN_DECLS

/* (dddadaa{sv}): the out-arguments of GetHistory. Floating. */
GVariant *reeve_fleet_range_to_variant (ReeveHistoryRange *range, gboolean spread);

G_END_DECLS
