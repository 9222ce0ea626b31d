/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

#include <systemd/sd-bus.h>

G_BEGIN_DECLS

/* A connection to the system bus that comes back when it goes, without a thread and without a call
 * that waits. Main thread only. */

#define REEVE_SERVICES_BUS_ENDPOINT "bus"
/* A connection on which something is unanswered for so long is given up. */
#define REEVE_SERVICES_BUS_TIMEOUT_MS 15000
/* Before the next try: doubled each time from the first to the second. */
#define REEVE_SERVICES_BUS_RETRY_MS 1000
#define REEVE_SERVICES_BUS_MAX_RETRY_MS 60000
/* Messages handled in one turn of the loop. */
#define REEVE_SERVICES_BUS_PER_TURN 64
/* Calls under way at a time, those of the plugin's own work and of requests together. */
#define REEVE_SERVICES_BUS_MAX_CALLS 128
#define REEVE_SERVICES_BUS_MAX_ERROR 200 /* bytes of an error's text that are kept */

typedef struct _ReeveServicesBus ReeveServicesBus;

typedef struct
{
  void (*up) (gpointer user_data);
  /* A connection has ended, or a try at one. Every call has ended before. */
  void (*down) (gpointer user_data);
} ReeveServicesBusFuncs;

/* @reply: valid during the call; NULL when there is none, and @error says why: REEVE_ERROR_IO when
 * systemd refuses, anything else when it did not answer. Never runs inside the call that asked. */
typedef void (*ReeveServicesReplyFunc) (sd_bus_message *reply, const GError *error,
                                        gpointer user_data);

/* @funcs: static. (transfer full) */
ReeveServicesBus *reeve_services_bus_new (ReeveContext *context, const char *address,
                                          const ReeveServicesBusFuncs *funcs, gpointer user_data);
/* Calls under way end with REEVE_ERROR_GONE. Not inside a callback. */
void reeve_services_bus_free (ReeveServicesBus *self);
void reeve_services_bus_start (ReeveServicesBus *self);
/* The peer does what it should: the next end is tried again soon. */
void reeve_services_bus_praise (ReeveServicesBus *self);

gboolean reeve_services_bus_is_up (ReeveServicesBus *self);
/* NULL while there is no connection. */
sd_bus *reeve_services_bus_get (ReeveServicesBus *self);
guint reeve_services_bus_get_n_calls (ReeveServicesBus *self);
/* A connection, or the answer to the oldest call, is waited for since less than @max_age
 * microseconds. */
gboolean reeve_services_bus_is_waiting (ReeveServicesBus *self, gint64 max_age);
/* Takes @message. FALSE, and @func is not called, when there is no connection or too much is under
 * way. */
gboolean reeve_services_bus_call (ReeveServicesBus *self, sd_bus_message *message,
                                  ReeveServicesReplyFunc func, gpointer user_data);
/* org.freedesktop.DBus.Properties.Get of systemd's object @path. */
gboolean reeve_services_bus_get_property (ReeveServicesBus *self, const char *path,
                                          const char *interface, const char *property,
                                          ReeveServicesReplyFunc func, gpointer user_data);

#define REEVE_SERVICES_SYSTEMD "org.freedesktop.systemd1"
#define REEVE_SERVICES_UNIT_INTERFACE "org.freedesktop.systemd1.Unit"
#define REEVE_SERVICES_SERVICE_INTERFACE "org.freedesktop.systemd1.Service"
#define REEVE_SERVICES_PROPERTIES_INTERFACE "org.freedesktop.DBus.Properties"

G_END_DECLS
