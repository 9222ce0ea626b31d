/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-probe.h"

#include <sys/types.h>

G_BEGIN_DECLS

/* What the calls' threads and the accepting one share. */
typedef struct
{
  const ReeveProbe *probe;
  uid_t uid; /* the only one that is answered */
  GMutex lock;
  guint running; /* calls */
  gboolean renew;
  int wake[2]; /* a byte for each call that has ended */
  gint64 told_at;
  guint untold; /* refusals since then */
} ReeveProbeServer;

/* Monotonic, milliseconds. */
gint64 reeve_probe_now (void);
/* Begins a call on a thread of its own; takes @fd. */
void reeve_probe_call_begin (ReeveProbeServer *server, int fd);

G_END_DECLS
