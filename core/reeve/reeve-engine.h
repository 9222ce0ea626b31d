/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-types.h"

G_BEGIN_DECLS

/*
 * One epoll set, one timer wheel and a queue of deferred calls behind one GSource. Everything is
 * charged to a ReeveOwner (one per context), so that its time and its leftovers have a name.
 * Main thread only, except reeve_engine_wake_from_thread().
 *
 * Plugins use the reeve_context_*() forms in reeve-context.h.
 */

/* Bits of a watch; the values are those of epoll(7). */
typedef enum
{
  REEVE_IO_NONE = 0,
  REEVE_IO_IN = 1 << 0,
  REEVE_IO_OUT = 1 << 2,
  REEVE_IO_ERR = 1 << 3,
  REEVE_IO_HUP = 1 << 4,
  REEVE_IO_RDHUP = 1 << 13,
} ReeveIO;

/* Called with what is ready (never NONE, except after reeve_watch_again()). */
typedef void (*ReeveWatchFunc) (ReeveWatch *watch, ReeveIO ready, gpointer user_data);
typedef void (*ReeveTimerFunc) (ReeveTimer *timer, gpointer user_data);
typedef void (*ReeveDeferFunc) (gpointer user_data);

/* Events handled in one turn of the loop; the rest waits for the next turn. */
#define REEVE_ENGINE_EVENTS_PER_TURN 64
/* The shared receive buffer of all streams of an engine, bytes. */
#define REEVE_ENGINE_BUFFER (64 * 1024)

REEVE_API ReeveEngine *reeve_engine_new (ReeveClock *clock);
REEVE_API ReeveEngine *reeve_engine_ref (ReeveEngine *self);
REEVE_API void reeve_engine_unref (ReeveEngine *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveEngine, reeve_engine_unref)

/* Adds the one GSource to @context (NULL: the default one). */
REEVE_API void reeve_engine_attach (ReeveEngine *self, GMainContext *context);
REEVE_API ReeveClock *reeve_engine_get_clock (ReeveEngine *self);

/* ---- owners ---- */

typedef struct
{
  guint64 time_ns; /* CPU-side wall time spent in this owner's callbacks */
  guint64 calls;
  guint watches;
  guint timers;
  guint streams;
  guint listeners;
  guint workers;
  guint abandoned; /* worker threads that never came back */
  guint programs;  /* children that run */
} ReeveOwnerUsage;

/* @name: as in logs, "ID" or "ID/NAME". (transfer full) */
REEVE_API ReeveOwner *reeve_owner_new (ReeveEngine *engine, const char *name);
REEVE_API const char *reeve_owner_get_name (ReeveOwner *self);
REEVE_API ReeveEngine *reeve_owner_get_engine (ReeveOwner *self);
REEVE_API void reeve_owner_get_usage (ReeveOwner *self, ReeveOwnerUsage *ret_usage);
/* Charges foreign work (a dispatched slot call) to the owner; nests. */
REEVE_API void reeve_owner_enter (ReeveOwner *self);
REEVE_API void reeve_owner_leave (ReeveOwner *self);
/* Removes every watch, timer, stream, listener, worker and deferred call that is left and returns
 * one line for each ("timer 'poll'"), (transfer full), NULL when there was none. */
REEVE_API GStrv reeve_owner_close (ReeveOwner *self);
REEVE_API void reeve_owner_unref (ReeveOwner *self);
REEVE_API ReeveOwner *reeve_owner_ref (ReeveOwner *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveOwner, reeve_owner_unref)

/* ---- watches: foreign descriptors, level-triggered ---- */

/* @fd stays the caller's; it must outlive the watch. The watch belongs to the owner: it lives until
 * reeve_watch_remove() or the owner's end; no reference is handed out. @name: for leftovers, copied
 * by pointer (a string literal). */
REEVE_API ReeveWatch *reeve_owner_watch_fd (ReeveOwner *owner, const char *name, int fd,
                                            ReeveIO mask, ReeveWatchFunc func, gpointer user_data);
REEVE_API void reeve_watch_set_mask (ReeveWatch *self, ReeveIO mask);
/* Calls the function once more in the next turn with REEVE_IO_NONE or what is ready by then: for
 * libraries that hold unread data. */
REEVE_API void reeve_watch_again (ReeveWatch *self);
REEVE_API void reeve_watch_remove (ReeveWatch *self);

/* ---- timers ---- */

/* One shot, stopped when made; millisecond steps, never early. Belongs to the owner until
 * reeve_timer_free(). Restarting or freeing inside the callback is fine. */
REEVE_API ReeveTimer *reeve_owner_add_timer (ReeveOwner *owner, const char *name,
                                             ReeveTimerFunc func, gpointer user_data);
REEVE_API void reeve_timer_start (ReeveTimer *self, guint64 delay_ms);
REEVE_API void reeve_timer_stop (ReeveTimer *self);
REEVE_API gboolean reeve_timer_is_running (ReeveTimer *self);
REEVE_API void reeve_timer_free (ReeveTimer *self);

/* ---- deferred calls ---- */

/* @func runs in the next turn, in order. @destroy (nullable) frees @user_data after @func, or
 * instead of it when the owner closes first. */
REEVE_API void reeve_owner_defer (ReeveOwner *owner, ReeveDeferFunc func, gpointer user_data,
                                  GDestroyNotify destroy);

/* Any thread: makes the loop turn. */
REEVE_API void reeve_engine_wake_from_thread (ReeveEngine *self);

G_END_DECLS
