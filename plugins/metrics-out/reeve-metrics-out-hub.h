/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

G_BEGIN_DECLS

/* What the hub says of itself. Pure but for the asking. */

/* What this plugin has counted since its start. */
typedef struct
{
  guint64 stored;     /* samples, by their commits */
  guint64 not_stored; /* samples that were not kept */
  double delay;       /* seconds from a sample's moment to its commit, all together */
  guint64 scrapes;
  guint64 events; /* that happened, of all kinds */
} ReeveMetricsOutCounts;

/* What others said when asked. Each NULL without an answer. */
typedef struct
{
  GVariant *process; /* a{sv}, of the host */
  GVariant *plugins; /* aa{sv} */
  GVariant *sinks;   /* aa{sv}, of events */
  gboolean stored;   /* the next is there */
  ReeveHistoryFigures store;
} ReeveMetricsOutFigures;

void reeve_metrics_out_figures_clear (ReeveMetricsOutFigures *self);

#define REEVE_METRICS_OUT_N_STATES (REEVE_SYSTEM_UNCONFIRMED + 1)

/* So that no agent's kind has a family of these names. */
void reeve_metrics_out_hub_reserve (ReeveOpenMetrics *text);
/* What is counted of the systems as an answer begins. */
typedef struct
{
  guint states[REEVE_METRICS_OUT_N_STATES];
  GHashTable *links; /* how many there are now, by the name of their transport */
} ReeveMetricsOutSystems;

void reeve_metrics_out_hub_write (GString *out, const ReeveMetricsOutCounts *counts,
                                  const ReeveMetricsOutFigures *figures,
                                  const ReeveMetricsOutSystems *systems);

/* @func: once, when all have answered or will not. */
typedef void (*ReeveMetricsOutFunc) (ReeveMetricsOutFigures *figures, gpointer user_data);
void reeve_metrics_out_hub_ask (ReeveContext *context, GCancellable *cancellable,
                                ReeveMetricsOutFunc func, gpointer user_data);

G_END_DECLS
