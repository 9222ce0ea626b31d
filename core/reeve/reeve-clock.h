/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-types.h"

G_BEGIN_DECLS

/* All time of the process comes from here, so that tests can drive it. Main thread only. */

#define REEVE_TYPE_CLOCK (reeve_clock_get_type ())
REEVE_API
G_DECLARE_FINAL_TYPE (ReeveClock, reeve_clock, REEVE, CLOCK, GObject)

/* A driven clock emits "changed" after each move. The engine reads it anew in each turn. */

REEVE_API ReeveClock *reeve_clock_new_system (void);

/* A clock that moves only by reeve_clock_advance(). @wall_us: microseconds since 1970. */
REEVE_API ReeveClock *reeve_clock_new_driven (gint64 wall_us);

/* Microseconds; never runs backwards, starts anywhere. */
REEVE_API gint64 reeve_clock_get_monotonic (ReeveClock *self);

/* Microseconds since 1970-01-01 UTC; may jump. */
REEVE_API gint64 reeve_clock_get_wall (ReeveClock *self);

REEVE_API gboolean reeve_clock_is_driven (ReeveClock *self);

/* Driven clocks only: both times move by @us. */
REEVE_API void reeve_clock_advance (ReeveClock *self, gint64 us);

/* Driven clocks only: the wall time jumps by @us (may be negative), the monotonic one stays. */
REEVE_API void reeve_clock_jump (ReeveClock *self, gint64 us);

G_END_DECLS
