/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

G_BEGIN_DECLS

/* Does of a front's work just enough: listens on a loopback port, reads one head and hands it with
 * the stream to the first raw route. Believes whoever it meets; for tests only. */
typedef struct _BareFront BareFront;

/* @port: 0 for any. */
BareFront *bare_front_new (ReeveContext *context, guint16 port);
void bare_front_free (BareFront *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BareFront, bare_front_free)
/* "127.0.0.1:40123" */
const char *bare_front_get_address (BareFront *self);

G_END_DECLS
