/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

#include "reeve-containers-client.h"

G_BEGIN_DECLS

#define REEVE_CONTAINERS_TYPE_RESPONDER (reeve_containers_responder_get_type ())
G_DECLARE_FINAL_TYPE (ReeveContainersResponder, reeve_containers_responder, REEVE_CONTAINERS,
                      RESPONDER, GObject)

/* Of an answer; a text has its NUL in it. */
#define REEVE_CONTAINERS_MAX_ANSWER (1024 * 1024)

/* @client outlives it until stop. (transfer full) */
ReeveContainersResponder *reeve_containers_responder_new (ReeveContainersClient *client);
void reeve_containers_responder_stop (ReeveContainersResponder *self);

G_END_DECLS
