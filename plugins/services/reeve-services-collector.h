/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

#include "reeve-services-tracker.h"

G_BEGIN_DECLS

/* The units as a ReeveCollector, and their details as a ReeveResponder. */

/* How many samples may wait for systemd. */
#define REEVE_SERVICES_MAX_WAITING 32

#define REEVE_TYPE_SERVICES_COLLECTOR (reeve_services_collector_get_type ())
G_DECLARE_FINAL_TYPE (ReeveServicesCollector, reeve_services_collector, REEVE, SERVICES_COLLECTOR,
                      GObject)

/* Begins at once. (transfer full) */
ReeveServicesCollector *reeve_services_collector_new (ReeveContext *context,
                                                      const ReeveServicesOptions *options);
/* Collections and requests that wait end. Idempotent. */
void reeve_services_collector_stop (ReeveServicesCollector *self);

G_END_DECLS
