/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-host.h"

G_BEGIN_DECLS

/* The socket's name in the state directory, and the one object on it. */
#define REEVE_HOST_CONTROL_SOCKET "control"
#define REEVE_HOST_CONTROL_PATH "/org/reeve"
#define REEVE_HOST_CONTROL_MAX_CONNECTIONS 32

/* The control socket: peer-to-peer D-Bus with every interface of operations that is provided now.
 */
typedef struct _ReeveHostControl ReeveHostControl;

/* @host outlives it. To be made once the sandbox is on: GDBus has threads of its own. */
ReeveHostControl *reeve_host_control_new (ReeveHost *host, GError **error);
void reeve_host_control_free (ReeveHostControl *self);

G_END_DECLS
