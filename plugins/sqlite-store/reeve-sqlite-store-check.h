/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-sqlite-store-core.h"

G_BEGIN_DECLS

/*
 * A look at the whole file after it was opened: its structure, then the sums of all blocks. It has
 * a thread and a connection of its own and holds up nobody; each damage is said in the log and as
 * an event.
 */

/* It ends after this, seen all or not. */
#define REEVE_SQLITE_STORE_CHECK_MS 30000
/* Damages that are said. */
#define REEVE_SQLITE_STORE_CHECK_TROUBLES 16

typedef struct _ReeveSqliteStoreCheck ReeveSqliteStoreCheck;

/* Main thread. @core outlives it. */
ReeveSqliteStoreCheck *reeve_sqlite_store_check_start (ReeveSqliteStoreCore *core);
/* TRUE once it has ended. */
gboolean reeve_sqlite_store_check_is_done (ReeveSqliteStoreCheck *self);
/* Ends it where it is. */
void reeve_sqlite_store_check_free (ReeveSqliteStoreCheck *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveSqliteStoreCheck, reeve_sqlite_store_check_free)

G_END_DECLS
