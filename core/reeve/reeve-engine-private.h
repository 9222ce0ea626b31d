/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-clock.h"
#include "reeve-engine.h"
#include "reeve-wheel.h"

G_BEGIN_DECLS

/*
 * What streams, listeners, dials and workers build on, inside of the library only. Everything that
 * lives in the engine is an item of an owner; an item may have descriptors (polls) and timeouts
 * (ticks) whose functions run charged to that owner.
 */

typedef enum
{
  REEVE_ITEM_WATCH,
  REEVE_ITEM_TIMER,
  REEVE_ITEM_STREAM,
  REEVE_ITEM_LISTENER,
  REEVE_ITEM_WORKER,
  REEVE_ITEM_DIAL,
  REEVE_ITEM_PROGRAM,
  REEVE_N_ITEM_KINDS
} ReeveItemKind;

typedef struct _ReeveItem ReeveItem;
typedef struct _ReevePoll ReevePoll;
typedef struct _ReeveTick ReeveTick;
typedef struct _ReeveInbox ReeveInbox;

/* Ends the item because its owner ends; must take it out of the owner's list. */
typedef void (*ReeveItemEndFunc) (ReeveItem *item);
/* @ready: epoll bits, 0 when only called again. Must not be used by the caller afterwards. */
typedef void (*ReevePollFunc) (ReevePoll *poll, guint32 ready);
typedef void (*ReeveTickFunc) (ReeveTick *tick);
typedef void (*ReeveInboxFunc) (gpointer data);

struct _ReeveItem
{
  ReeveNode link;
  ReeveOwner *owner;   /* NULL once it has left its owner */
  ReeveEngine *engine; /* likewise */
  const char *name;    /* a literal, or lives as long as the item */
  ReeveItemEndFunc end;
  ReeveItemKind kind;
  gboolean silent; /* neither counted nor named: only the engine still cares for it */
};

/* A descriptor in the epoll set while its mask is not 0, and a place in the queue of calls to make
 * in the next turn. */
struct _ReevePoll
{
  ReeveItem *item;
  ReevePollFunc func;
  ReeveNode again;
  int fd;
  guint32 mask;
};

/* A timeout in the wheel. */
struct _ReeveTick
{
  ReeveItem *item;
  ReeveTickFunc func;
  ReeveWheelEntry entry;
};

/* ---- reeve-owner.c ---- */

void reeve_item_join (ReeveItem *self, ReeveOwner *owner, ReeveItemKind kind, const char *name,
                      ReeveItemEndFunc end);
void reeve_item_leave (ReeveItem *self);
void reeve_item_move (ReeveItem *self, ReeveOwner *owner);
void reeve_item_hide (ReeveItem *self);
gboolean reeve_owner_is_closed (ReeveOwner *self);
void reeve_owner_count_abandoned (ReeveOwner *self, int change);

/* ---- reeve-engine.c ---- */

void reeve_poll_init (ReevePoll *self, ReeveItem *item, int fd, ReevePollFunc func);
void reeve_poll_set_mask (ReevePoll *self, guint32 mask);
/* One call in the next turn, with whatever is ready by then. */
void reeve_poll_again (ReevePoll *self);
/* Out of set and queue; before the descriptor is closed. May be repeated. */
void reeve_poll_remove (ReevePoll *self);

void reeve_tick_init (ReeveTick *self, ReeveItem *item, ReeveTickFunc func);
void reeve_tick_start (ReeveTick *self, guint64 delay_ms);
void reeve_tick_stop (ReeveTick *self);
gboolean reeve_tick_is_running (ReeveTick *self);

/* @owner: NULL for the engine's own. @destroy follows @func or replaces it. */
void reeve_engine_defer (ReeveEngine *self, ReeveOwner *owner, ReeveDeferFunc func,
                         gpointer user_data, GDestroyNotify destroy);
void reeve_engine_drop_deferred (ReeveEngine *self, ReeveOwner *owner);
void reeve_engine_push_owner (ReeveEngine *self, ReeveOwner *owner);
void reeve_engine_pop_owner (ReeveEngine *self, ReeveOwner *owner);
void reeve_owner_charge (ReeveOwner *self, guint64 ns);
/* REEVE_ENGINE_BUFFER bytes that everyone may use until it returns to the loop. */
guint8 *reeve_engine_get_buffer (ReeveEngine *self);
/* (transfer none): for threads, which take a reference of their own. */
ReeveInbox *reeve_engine_get_inbox (ReeveEngine *self);

/* ---- reeve-inbox.c: from any thread to the loop ---- */

ReeveInbox *reeve_inbox_new (void);
ReeveInbox *reeve_inbox_ref (ReeveInbox *self);
void reeve_inbox_unref (ReeveInbox *self);
int reeve_inbox_get_fd (ReeveInbox *self);
/* FALSE when the engine is gone: then nothing was taken. */
gboolean reeve_inbox_post (ReeveInbox *self, ReeveInboxFunc func, gpointer data);
void reeve_inbox_wake (ReeveInbox *self);
/* Loop side: runs what was posted until now. */
void reeve_inbox_run (ReeveInbox *self);
void reeve_inbox_close (ReeveInbox *self);

/* ---- reeve-clock.c ---- */

guint64 reeve_clock_measure_ns (void);

G_END_DECLS
