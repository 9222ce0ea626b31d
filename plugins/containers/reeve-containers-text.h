/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

G_BEGIN_DECLS

/* Texts of the engines made into ours. Pure. */

typedef struct
{
  guint16 number;
  char address[64]; /* "" for any */
} ReeveContainersPort;

/* "80, 127.0.0.1:5432": sorted, each once; any address is not written. @ports is sorted in place.
 * What does not fit in @room is left out. */
void reeve_containers_text_ports (ReeveContainersPort *ports, guint n, char *ret, gsize room);

/* "Up About an hour (healthy)" becomes "Up an hour"; @ret_health (of the kind "container") is left
 * alone when the text says nothing of it. */
void reeve_containers_text_status (const char *text, char *ret, gsize room, int *ret_health);

/* What a container wrote, fit to be shown: frames unwrapped when it is @multiplexed or looks so,
 * escape sequences taken out, lines clean, the last @max_bytes. NULL when a frame is broken.
 * (transfer full) */
char *reeve_containers_text_logs (const char *bytes, gsize length, gboolean multiplexed,
                                  gsize max_bytes);

G_END_DECLS
