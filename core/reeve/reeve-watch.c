/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The two plain things a plugin can have in the engine: a watch on a descriptor that belongs to
 * somebody else (a library, mostly), and a timer. */

#include "config.h"

#include "reeve-engine-private.h"

struct _ReeveWatch
{
  ReeveItem item;
  ReevePoll poll;
  ReeveWatchFunc func;
  gpointer user_data;
};

struct _ReeveTimer
{
  ReeveItem item;
  ReeveTick tick;
  ReeveTimerFunc func;
  gpointer user_data;
};

/* ---- watches ---- */

static void
reeve_watch_end (ReeveItem *item)
{
  reeve_watch_remove (REEVE_NODE_OWNER (item, ReeveWatch, item));
}

static void
reeve_watch_ready (ReevePoll *poll, guint32 ready)
{
  ReeveWatch *self = REEVE_NODE_OWNER (poll, ReeveWatch, poll);

  self->func (self, (ReeveIO) ready, self->user_data);
}

/**
 * reeve_owner_watch_fd:
 * @owner: an open owner
 * @name: a string literal, for the list of leftovers
 * @fd: a descriptor that can be polled (not a file on disk) and has no other watch in this engine;
 *   stays the caller's and must outlive the watch
 * @mask: what to wait for; with REEVE_IO_NONE nothing is reported, not even errors
 * @func: called level-triggered; may remove the watch
 * @user_data: for @func
 *
 * Returns: (transfer none): the watch, which lives until reeve_watch_remove() or the owner's end
 */
ReeveWatch *
reeve_owner_watch_fd (ReeveOwner *owner, const char *name, int fd, ReeveIO mask,
                      ReeveWatchFunc func, gpointer user_data)
{
  ReeveWatch *self;

  g_return_val_if_fail (owner != NULL && !reeve_owner_is_closed (owner), NULL);
  g_return_val_if_fail (name != NULL, NULL);
  g_return_val_if_fail (fd >= 0, NULL);
  g_return_val_if_fail (func != NULL, NULL);

  self = g_new0 (ReeveWatch, 1);
  self->func = func;
  self->user_data = user_data;
  reeve_item_join (&self->item, owner, REEVE_ITEM_WATCH, name, reeve_watch_end);
  reeve_poll_init (&self->poll, &self->item, fd, reeve_watch_ready);
  reeve_poll_set_mask (&self->poll, (guint32) mask);
  return self;
}

void
reeve_watch_set_mask (ReeveWatch *self, ReeveIO mask)
{
  g_return_if_fail (self != NULL);

  reeve_poll_set_mask (&self->poll, (guint32) mask);
}

void
reeve_watch_again (ReeveWatch *self)
{
  g_return_if_fail (self != NULL);

  reeve_poll_again (&self->poll);
}

void
reeve_watch_remove (ReeveWatch *self)
{
  g_return_if_fail (self != NULL);

  reeve_poll_remove (&self->poll);
  reeve_item_leave (&self->item);
  g_free (self);
}

/* ---- timers ---- */

static void
reeve_timer_end (ReeveItem *item)
{
  reeve_timer_free (REEVE_NODE_OWNER (item, ReeveTimer, item));
}

static void
reeve_timer_expired (ReeveTick *tick)
{
  ReeveTimer *self = REEVE_NODE_OWNER (tick, ReeveTimer, tick);

  self->func (self, self->user_data);
}

/**
 * reeve_owner_add_timer:
 * @owner: an open owner
 * @name: a string literal, for the list of leftovers
 * @func: called once per start; may start, stop or free the timer
 * @user_data: for @func
 *
 * Returns: (transfer none): a timer that is not running; it lives until reeve_timer_free() or the
 *   owner's end
 */
ReeveTimer *
reeve_owner_add_timer (ReeveOwner *owner, const char *name, ReeveTimerFunc func, gpointer user_data)
{
  ReeveTimer *self;

  g_return_val_if_fail (owner != NULL && !reeve_owner_is_closed (owner), NULL);
  g_return_val_if_fail (name != NULL, NULL);
  g_return_val_if_fail (func != NULL, NULL);

  self = g_new0 (ReeveTimer, 1);
  self->func = func;
  self->user_data = user_data;
  reeve_item_join (&self->item, owner, REEVE_ITEM_TIMER, name, reeve_timer_end);
  reeve_tick_init (&self->tick, &self->item, reeve_timer_expired);
  return self;
}

/**
 * reeve_timer_start:
 * @self: a timer
 * @delay_ms: milliseconds from now; 0 is the next turn of the loop
 *
 * Starts the timer, or starts it anew when it runs. It never fires early.
 */
void
reeve_timer_start (ReeveTimer *self, guint64 delay_ms)
{
  g_return_if_fail (self != NULL);

  reeve_tick_start (&self->tick, delay_ms);
}

void
reeve_timer_stop (ReeveTimer *self)
{
  g_return_if_fail (self != NULL);

  reeve_tick_stop (&self->tick);
}

gboolean
reeve_timer_is_running (ReeveTimer *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return reeve_tick_is_running (&self->tick);
}

void
reeve_timer_free (ReeveTimer *self)
{
  g_return_if_fail (self != NULL);

  reeve_tick_stop (&self->tick);
  reeve_item_leave (&self->item);
  g_free (self);
}
