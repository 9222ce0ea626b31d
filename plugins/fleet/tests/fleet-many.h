/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fleet-bench.h"

G_BEGIN_DECLS

/* Systems as the fleet writes them, each with facts and two labels, in its collection while it is
 * not loaded; a fortieth of them is in rack r07. */
void bench_write_many (Bench *bench, guint n);
/* Pages of this process that are in memory, in KiB. */
gsize bench_measure_rss (void);

G_END_DECLS
