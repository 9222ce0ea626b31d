/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The one place that asks the system for the time. Everything else is handed a ReeveClock, so that
 * a test can let an hour pass in a microsecond. */

#include "config.h"

#include "reeve-clock.h"

#include "reeve-engine-private.h"

#include <time.h>

struct _ReeveClock
{
  GObject parent_instance;

  gboolean driven;
  gint64 monotonic_us;
  gint64 wall_us;
};

G_DEFINE_FINAL_TYPE (ReeveClock, reeve_clock, G_TYPE_OBJECT)

static void
reeve_clock_class_init (ReeveClockClass *klass)
{
  g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                G_TYPE_NONE, 0);
}

static void
reeve_clock_init (ReeveClock *self)
{
}

/**
 * reeve_clock_new_system:
 *
 * Returns: (transfer full): the clock of the machine
 */
ReeveClock *
reeve_clock_new_system (void)
{
  return g_object_new (REEVE_TYPE_CLOCK, NULL);
}

/**
 * reeve_clock_new_driven:
 * @wall_us: the wall time to begin with, microseconds since 1970
 *
 * Returns: (transfer full): a clock that stands still until it is moved
 */
ReeveClock *
reeve_clock_new_driven (gint64 wall_us)
{
  ReeveClock *self = g_object_new (REEVE_TYPE_CLOCK, NULL);

  self->driven = TRUE;
  /* as soon after a boot as may be, but after it: 0 often stands for "never" */
  self->monotonic_us = G_USEC_PER_SEC;
  self->wall_us = wall_us;
  return self;
}

/**
 * reeve_clock_get_monotonic:
 * @self: a clock
 *
 * Returns: microseconds since some moment, above 0; for differences only
 */
gint64
reeve_clock_get_monotonic (ReeveClock *self)
{
  g_return_val_if_fail (REEVE_IS_CLOCK (self), 0);

  return self->driven ? self->monotonic_us : g_get_monotonic_time ();
}

/**
 * reeve_clock_get_wall:
 * @self: a clock
 *
 * Returns: microseconds since 1970-01-01 UTC; may jump either way
 */
gint64
reeve_clock_get_wall (ReeveClock *self)
{
  g_return_val_if_fail (REEVE_IS_CLOCK (self), 0);

  return self->driven ? self->wall_us : g_get_real_time ();
}

/**
 * reeve_clock_is_driven:
 * @self: a clock
 *
 * Returns: whether time stands still until reeve_clock_advance()
 */
gboolean
reeve_clock_is_driven (ReeveClock *self)
{
  g_return_val_if_fail (REEVE_IS_CLOCK (self), FALSE);

  return self->driven;
}

/**
 * reeve_clock_advance:
 * @self: a driven clock
 * @us: by how many microseconds, not negative
 *
 * Moves both times and emits "changed". Timers that have become due fire in the next turn of the
 * loop, not in this call.
 */
void
reeve_clock_advance (ReeveClock *self, gint64 us)
{
  g_return_if_fail (REEVE_IS_CLOCK (self));
  g_return_if_fail (self->driven);
  g_return_if_fail (us >= 0);

  self->monotonic_us += us;
  self->wall_us += us;
  g_signal_emit_by_name (self, "changed");
}

/**
 * reeve_clock_jump:
 * @self: a driven clock
 * @us: by how many microseconds, may be negative
 *
 * Moves the wall time alone, as when somebody sets the clock, and emits "changed".
 */
void
reeve_clock_jump (ReeveClock *self, gint64 us)
{
  g_return_if_fail (REEVE_IS_CLOCK (self));
  g_return_if_fail (self->driven);

  self->wall_us += us;
  g_signal_emit_by_name (self, "changed");
}

/* Nanoseconds of real time, for measuring what callbacks cost; not driven. Any thread. */
guint64
reeve_clock_measure_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (guint64) now.tv_sec * G_GUINT64_CONSTANT (1000000000) + (guint64) now.tv_nsec;
}
