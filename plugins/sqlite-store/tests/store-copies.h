/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "store-fixture.h"

/* What the tests of snapshot and restore have in common. */

/* Two ends of a socket: one for the store, one that the test reads and writes in small pieces. */
typedef struct
{
  ReeveStream *stream;
  int fd; /* -1: closed */
} StorePipe;

void store_pipe_make (StoreFixture *f, StorePipe *pipe);
void store_pipe_clear (StorePipe *pipe);

/* All of it; that it was made as it was taken is asserted. (transfer full) */
GByteArray *store_take_snapshot (StoreFixture *f);
/* @cancellable: cancelled once all was sent, or NULL. */
gboolean store_restore (StoreFixture *f, const guint8 *bytes, gsize length,
                        GCancellable *cancellable, GError **error);
/* @n minutes up to STORE_START. */
void store_fill_history (StoreFixture *f, const char *system, guint n);
