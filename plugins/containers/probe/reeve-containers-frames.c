/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Where a log can be cut, for the probe; where its text is, for the agent. */

#include "config.h"

#include "reeve-containers-frames.h"

#include <string.h>

gboolean
reeve_containers_frames_is_frame (const char *bytes, gsize length, guint32 *ret_length)
{
  const guint8 *at = (const guint8 *) bytes;

  if (length < REEVE_CONTAINERS_FRAMES_HEAD || at[0] > 2 || at[1] != 0 || at[2] != 0 || at[3] != 0)
    return FALSE;
  *ret_length = (guint32) at[4] << 24 | (guint32) at[5] << 16 | (guint32) at[6] << 8 | at[7];
  return *ret_length <= REEVE_CONTAINERS_MAX_FRAME;
}

gboolean
reeve_containers_frames_are_used (const char *bytes, gsize length, gboolean multiplexed)
{
  guint32 n;

  return multiplexed ||
         (length > 0 && bytes[0] != 0 && reeve_containers_frames_is_frame (bytes, length, &n));
}

static gsize
reeve_containers_frames_find_line (const char *bytes, gsize length, gsize max)
{
  gsize cut = length - max;
  const char *end = memchr (bytes + cut - 1, '\n', max);

  return end != NULL ? (gsize) (end - bytes) + 1 : cut;
}

gsize
reeve_containers_frames_find_cut (const char *bytes, gsize length, gboolean multiplexed, gsize max)
{
  gsize cut = 0;
  guint32 n;

  if (length > max && !reeve_containers_frames_are_used (bytes, length, multiplexed))
    return reeve_containers_frames_find_line (bytes, length, max);
  while (length - cut > max && reeve_containers_frames_is_frame (bytes + cut, length - cut, &n) &&
         REEVE_CONTAINERS_FRAMES_HEAD + n < length - cut)
    cut += REEVE_CONTAINERS_FRAMES_HEAD + n;
  return cut;
}
