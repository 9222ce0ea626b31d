/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

G_BEGIN_DECLS

/* A few values of many systems over one range, at the same times for all: what a list draws beside
 * its rows. */

#define REEVE_FLEET_TRENDS_MAX_SYSTEMS 100
#define REEVE_FLEET_TRENDS_MAX_METRICS 4
#define REEVE_FLEET_TRENDS_MAX_POINTS 120
#define REEVE_FLEET_TRENDS_DEFAULT_POINTS 60

typedef struct
{
  gint64 from, to; /* microseconds, wall */
  guint points;    /* at most so many; 0: the default */
  const char *const *systems;
  const char *const *metrics; /* as the values of a row are called */
} ReeveFleetTrendsQuery;

/* Everything in @query is copied. */
void reeve_fleet_trends_async (ReeveHistory *history, const ReeveFleetTrendsQuery *query,
                               GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer user_data);
/* (transfer full): (dddaa{sv}): from, to, step in seconds and for each system and metric that has
 * any value "system", "metric" and "values" (ad, the first one of the step that begins at from).
 * INVALID, LIMIT or what the history says. */
GVariant *reeve_fleet_trends_finish (ReeveHistory *history, GAsyncResult *result, GError **error);

G_END_DECLS
