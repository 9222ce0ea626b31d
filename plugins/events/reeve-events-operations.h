/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-events-log.h"

G_BEGIN_DECLS

/* org.reeve.Events1. */
#define REEVE_TYPE_EVENTS_OPERATIONS (reeve_events_operations_get_type ())
G_DECLARE_FINAL_TYPE (ReeveEventsOperations, reeve_events_operations, REEVE, EVENTS_OPERATIONS,
                      GObject)

ReeveEventsOperations *reeve_events_operations_new (ReeveContext *context, ReeveEventsLog *log,
                                                    ReeveEventsOutbox *outbox);
void reeve_events_operations_clear (ReeveEventsOperations *self);

G_END_DECLS
