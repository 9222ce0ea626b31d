/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-metrics-out-hub.h"

G_BEGIN_DECLS

/* One answer on its way: the systems as they were when it began, made into text piece by piece
 * while the client takes it. Main thread only. */
typedef struct _ReeveMetricsOutScrape ReeveMetricsOutScrape;

/* Text that is made in one turn, and what may wait for the client before the next. */
#define REEVE_METRICS_OUT_PIECE (64 * 1024)
#define REEVE_METRICS_OUT_WAITING (256 * 1024)
/* How long it waits before it looks again whether the client has taken something. */
#define REEVE_METRICS_OUT_WAIT_MS 20
/* From the first to the last byte; a client that takes longer is cut off. */
#define REEVE_METRICS_OUT_MAX_MS 60000
/* Of one answer, in bytes. */
#define REEVE_METRICS_OUT_MAX_SIZE (G_GUINT64_CONSTANT (512) * 1024 * 1024)
/* Systems of one answer. */
#define REEVE_METRICS_OUT_MAX_SYSTEMS 20000

/* @ended: once, and the scrape is gone then; not called after reeve_metrics_out_scrape_free(). */
ReeveMetricsOutScrape *reeve_metrics_out_scrape_new (ReeveContext *context,
                                                     const ReeveMetricsOutCounts *counts,
                                                     GFunc ended, gpointer user_data);
void reeve_metrics_out_scrape_free (ReeveMetricsOutScrape *self);
/* (transfer none) */
ReeveHttpResponse *reeve_metrics_out_scrape_get_response (ReeveMetricsOutScrape *self);

G_END_DECLS
