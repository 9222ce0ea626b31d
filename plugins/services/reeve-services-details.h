/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-services-bus.h"
#include "reeve-services-unit.h"

G_BEGIN_DECLS

/* What systemd says of one unit, for somebody who asks. */

#define REEVE_SERVICES_DETAILS_MAX_BYTES (256 * 1024)
/* Kept free for the names and frames of what was taken. */
#define REEVE_SERVICES_DETAILS_RESERVE (16 * 1024)
#define REEVE_SERVICES_DETAILS_MAX_PROPERTIES 512
#define REEVE_SERVICES_DETAILS_MAX_KEY 64 /* bytes of a name */
/* Requests under way at a time. */
#define REEVE_SERVICES_DETAILS_MAX 4

/* The properties of the interface Unit, and those eleven of Service that hold no secret: never an
 * environment or a command line. */
void reeve_services_details_ask_async (ReeveContext *context, ReeveServicesBus *bus,
                                       ReeveServicesUnit *unit, GCancellable *cancellable,
                                       GAsyncReadyCallback callback, gpointer user_data);
/* (transfer full): a{sv} */
GVariant *reeve_services_details_ask_finish (GAsyncResult *result, GError **error);

G_END_DECLS
