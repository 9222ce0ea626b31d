/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-node.h"

G_BEGIN_DECLS

#define REEVE_WHEEL_BITS 6
#define REEVE_WHEEL_SLOTS (1 << REEVE_WHEEL_BITS)
/* Enough levels for 64 bits of milliseconds. */
#define REEVE_WHEEL_LEVELS 11
/* What reeve_wheel_next() says when nothing waits. */
#define REEVE_WHEEL_NEVER G_MAXUINT64

typedef struct
{
  ReeveNode link;
  guint64 expires; /* milliseconds */
  guint8 level;    /* REEVE_WHEEL_LEVELS: not in a slot */
} ReeveWheelEntry;

typedef struct
{
  guint64 now;
  guint64 pending[REEVE_WHEEL_LEVELS];
  ReeveNode slots[REEVE_WHEEL_LEVELS][REEVE_WHEEL_SLOTS];
  ReeveNode due;
} ReeveWheel;

void reeve_wheel_init (ReeveWheel *self, guint64 now);
void reeve_wheel_entry_init (ReeveWheelEntry *entry);
/* An entry waits here, is due, or is among those taken by reeve_wheel_take_due(). */
gboolean reeve_wheel_entry_is_linked (const ReeveWheelEntry *entry);
void reeve_wheel_add (ReeveWheel *self, ReeveWheelEntry *entry, guint64 expires);
void reeve_wheel_remove (ReeveWheel *self, ReeveWheelEntry *entry);
/* The moment to call reeve_wheel_advance() at: never later than the next entry, seldom earlier. */
guint64 reeve_wheel_next (const ReeveWheel *self);
void reeve_wheel_advance (ReeveWheel *self, guint64 now);
/* Moves what is due to the end of @into, earliest first. */
void reeve_wheel_take_due (ReeveWheel *self, ReeveNode *into);

G_END_DECLS
