/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../reeve-ws-transport-frame.h"

G_BEGIN_DECLS

/* A recorded conversation (tests/data/wire), cut into heads and frames. */
typedef struct
{
  gboolean from_agent;
  char *head; /* of HTTP, with its empty line; NULL: a frame */
  ReeveWsTransportFrameEventKind kind;
  guint16 code;    /* of a close */
  GBytes *payload; /* without the mask */
  GBytes *raw;     /* as it came off the socket */
} RecordedItem;

/* The first connection of the file; (transfer full) of RecordedItem. */
GPtrArray *recording_load (const char *name);
/* (transfer full) value of a field in a head, NULL without. */
char *recording_get_field (const char *head, const char *name);

G_END_DECLS
