/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The frames of a container's log: eight bytes, of which the first says the stream and the last
 * four the length, then the text. A container with a terminal has none. Pure. */

#define REEVE_CONTAINERS_FRAMES_HEAD 8
/* Of one frame. */
#define REEVE_CONTAINERS_MAX_FRAME (1024 * 1024)

/* The length of the text in the frame that begins here; FALSE when none does. */
gboolean reeve_containers_frames_is_frame (const char *bytes, gsize length, guint32 *ret_length);
/* Whether a log is in frames. @multiplexed: the engine says so; Podman, and Docker before 1.42, do
 * not say which of the two it is. */
gboolean reeve_containers_frames_are_used (const char *bytes, gsize length, gboolean multiplexed);
/* How many bytes to leave out at the beginning so that the last @max stay: whole frames, or whole
 * lines. More than @max stay when a frame is longer or broken. */
gsize reeve_containers_frames_find_cut (const char *bytes, gsize length, gboolean multiplexed,
                                        gsize max);

G_END_DECLS
