/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-services-bus.h"
#include "reeve-services-unit.h"

G_BEGIN_DECLS

/* Asks for single properties of units, a few at a time. Main thread only. */

#define REEVE_SERVICES_FETCH_PARALLEL 16

typedef struct _ReeveServicesFetch ReeveServicesFetch;

/* @idle: everything has been answered. Both outlive it. (transfer full) */
ReeveServicesFetch *reeve_services_fetch_new (ReeveContext *context, ReeveServicesBus *bus,
                                              ReeveServicesCgroup *cgroup,
                                              void (*idle) (gpointer user_data),
                                              gpointer user_data);
/* After the bus' end. */
void reeve_services_fetch_free (ReeveServicesFetch *self);
/* @wants: bits of ReeveServicesWant, beside those that have stayed without an answer; what the
 * unit's type does not have is left out. */
void reeve_services_fetch_add (ReeveServicesFetch *self, ReeveServicesUnit *unit, guint wants);
gboolean reeve_services_fetch_is_idle (ReeveServicesFetch *self);
/* Asks for nothing of what waits: it must be added again. */
void reeve_services_fetch_clear (ReeveServicesFetch *self);

G_END_DECLS
