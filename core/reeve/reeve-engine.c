/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The engine: GMainContext looks at every source and every descriptor in each turn, so a process
 * with thousands of links must not make one of each per link. Here all descriptors stand in one
 * epoll set and all timeouts in one wheel, and the main loop sees a single source with a single
 * descriptor. A turn runs what other threads have posted, the deferred calls, at most
 * REEVE_ENGINE_EVENTS_PER_TURN events, as many repeated calls, and as many timers; what is left
 * comes in the next turn, so that the rest of the process (D-Bus, signals) gets its share under
 * load. */

#include "config.h"

#include "reeve-engine.h"

#include "reeve-engine-private.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

G_STATIC_ASSERT ((int) REEVE_IO_IN == (int) EPOLLIN);
G_STATIC_ASSERT ((int) REEVE_IO_OUT == (int) EPOLLOUT);
G_STATIC_ASSERT ((int) REEVE_IO_ERR == (int) EPOLLERR);
G_STATIC_ASSERT ((int) REEVE_IO_HUP == (int) EPOLLHUP);
G_STATIC_ASSERT ((int) REEVE_IO_RDHUP == (int) EPOLLRDHUP);

typedef struct
{
  GSource source;
  ReeveEngine *engine; /* outlives the source */
  gpointer tag;
} ReeveEngineSource;

typedef struct
{
  ReeveNode link;
  ReeveOwner *owner;
  ReeveDeferFunc func;
  gpointer user_data;
  GDestroyNotify destroy;
} ReeveDeferred;

struct _ReeveEngine
{
  grefcount ref_count;
  ReeveClock *clock;
  GSource *source;
  ReeveInbox *inbox;
  int epoll_fd;

  ReeveWheel wheel;
  ReeveNode firing;    /* due entries that this or the next turns fire */
  ReeveNode deferred;  /* for the next turn */
  ReeveNode again;     /* polls to call in the next turn */
  ReeveNode repeating; /* polls to call in this turn */

  /* what epoll_wait() gave and is not handled yet; removed polls are taken out */
  struct epoll_event batch[REEVE_ENGINE_EVENTS_PER_TURN];
  int batch_length;
  gboolean running; /* within a turn */

  GPtrArray *charged; /* the owners whose code runs, innermost last */
  guint64 charged_since;
  guint8 *buffer;
};

static guint64
reeve_engine_now_ms (ReeveEngine *self)
{
  return (guint64) reeve_clock_get_monotonic (self->clock) / 1000;
}

/* ---- life ---- */

/**
 * reeve_engine_new:
 * @clock: where its timers take the time from
 *
 * Starts no thread.
 *
 * Returns: (transfer full): an engine that does nothing until it is attached
 */
ReeveEngine *
reeve_engine_new (ReeveClock *clock)
{
  ReeveEngine *self;
  struct epoll_event event = { .events = EPOLLIN };

  g_return_val_if_fail (REEVE_IS_CLOCK (clock), NULL);

  self = g_new0 (ReeveEngine, 1);
  g_ref_count_init (&self->ref_count);
  self->clock = g_object_ref (clock);
  self->inbox = reeve_inbox_new ();
  self->charged = g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_owner_unref);
  self->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  /* a NULL pointer in an event stands for the inbox */
  if (self->epoll_fd < 0 ||
      epoll_ctl (self->epoll_fd, EPOLL_CTL_ADD, reeve_inbox_get_fd (self->inbox), &event) < 0)
    g_critical ("cannot make an epoll set: %s; raise the limit of open files", g_strerror (errno));
  reeve_wheel_init (&self->wheel, reeve_engine_now_ms (self));
  reeve_node_init (&self->firing);
  reeve_node_init (&self->deferred);
  reeve_node_init (&self->again);
  reeve_node_init (&self->repeating);
  return self;
}

ReeveEngine *
reeve_engine_ref (ReeveEngine *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_ref_count_inc (&self->ref_count);
  return self;
}

static void
reeve_deferred_free (ReeveDeferred *deferred)
{
  reeve_node_remove (&deferred->link);
  if (deferred->destroy != NULL)
    deferred->destroy (deferred->user_data);
  g_free (deferred);
}

/* Every owner holds a reference, so no item is left when this runs. */
static void
reeve_engine_free (ReeveEngine *self)
{
  if (self->source != NULL)
    {
      g_source_destroy (self->source);
      g_source_unref (self->source);
    }
  reeve_inbox_close (self->inbox);
  while (reeve_node_is_linked (&self->deferred))
    reeve_deferred_free (REEVE_NODE_OWNER (self->deferred.next, ReeveDeferred, link));
  reeve_inbox_unref (self->inbox);
  g_ptr_array_unref (self->charged);
  if (self->epoll_fd >= 0)
    close (self->epoll_fd);
  g_object_unref (self->clock);
  g_free (self->buffer);
  g_free (self);
}

void
reeve_engine_unref (ReeveEngine *self)
{
  g_return_if_fail (self != NULL);

  if (g_ref_count_dec (&self->ref_count))
    reeve_engine_free (self);
}

/**
 * reeve_engine_get_clock:
 * @self: an engine
 *
 * Returns: (transfer none): the clock it was made with
 */
ReeveClock *
reeve_engine_get_clock (ReeveEngine *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->clock;
}

guint8 *
reeve_engine_get_buffer (ReeveEngine *self)
{
  if (self->buffer == NULL)
    self->buffer = g_malloc (REEVE_ENGINE_BUFFER);
  return self->buffer;
}

ReeveInbox *
reeve_engine_get_inbox (ReeveEngine *self)
{
  return self->inbox;
}

/**
 * reeve_engine_wake_from_thread:
 * @self: an engine; the thread must know that it still lives
 *
 * Makes the loop turn. Any thread.
 */
void
reeve_engine_wake_from_thread (ReeveEngine *self)
{
  g_return_if_fail (self != NULL);

  reeve_inbox_wake (self->inbox);
}

/* ---- charging ---- */

static ReeveOwner *
reeve_engine_charged_owner (ReeveEngine *self)
{
  return self->charged->len > 0 ? g_ptr_array_index (self->charged, self->charged->len - 1) : NULL;
}

/* Gives the time since the last change to whoever was on top. */
static void
reeve_engine_settle (ReeveEngine *self)
{
  ReeveOwner *top = reeve_engine_charged_owner (self);
  guint64 now = reeve_clock_measure_ns ();

  if (top != NULL)
    reeve_owner_charge (top, now - self->charged_since);
  self->charged_since = now;
}

void
reeve_engine_push_owner (ReeveEngine *self, ReeveOwner *owner)
{
  reeve_engine_settle (self);
  g_ptr_array_add (self->charged, reeve_owner_ref (owner));
}

void
reeve_engine_pop_owner (ReeveEngine *self, ReeveOwner *owner)
{
  g_return_if_fail (reeve_engine_charged_owner (self) == owner);

  reeve_engine_settle (self);
  g_ptr_array_set_size (self->charged, (int) self->charged->len - 1);
}

/* ---- deferred calls ---- */

void
reeve_engine_defer (ReeveEngine *self, ReeveOwner *owner, ReeveDeferFunc func, gpointer user_data,
                    GDestroyNotify destroy)
{
  ReeveDeferred *deferred = g_new0 (ReeveDeferred, 1);

  deferred->owner = owner;
  deferred->func = func;
  deferred->user_data = user_data;
  deferred->destroy = destroy;
  reeve_node_append (&self->deferred, &deferred->link);
}

void
reeve_engine_drop_deferred (ReeveEngine *self, ReeveOwner *owner)
{
  ReeveNode dropped;
  ReeveNode *next;

  /* first apart, then freed: @destroy may defer again */
  reeve_node_init (&dropped);
  for (ReeveNode *link = self->deferred.next; link != &self->deferred; link = next)
    {
      next = link->next;
      if (REEVE_NODE_OWNER (link, ReeveDeferred, link)->owner != owner)
        continue;
      reeve_node_remove (link);
      reeve_node_append (&dropped, link);
    }
  while (reeve_node_is_linked (&dropped))
    reeve_deferred_free (REEVE_NODE_OWNER (dropped.next, ReeveDeferred, link));
}

/* What is deferred meanwhile waits for the next turn, behind a mark. */
static void
reeve_engine_run_deferred (ReeveEngine *self)
{
  ReeveDeferred mark = { 0 };

  reeve_node_append (&self->deferred, &mark.link);
  while (self->deferred.next != &mark.link)
    {
      ReeveDeferred *deferred = REEVE_NODE_OWNER (self->deferred.next, ReeveDeferred, link);
      g_autoptr (ReeveOwner) owner = NULL;

      reeve_node_remove (&deferred->link);
      if (deferred->owner != NULL)
        {
          owner = reeve_owner_ref (deferred->owner);
          reeve_owner_enter (owner);
        }
      deferred->func (deferred->user_data);
      reeve_deferred_free (deferred);
      if (owner != NULL)
        reeve_owner_leave (owner);
    }
  reeve_node_remove (&mark.link);
}

/* ---- polls ---- */

void
reeve_poll_init (ReevePoll *self, ReeveItem *item, int fd, ReevePollFunc func)
{
  self->item = item;
  self->func = func;
  self->fd = fd;
  self->mask = 0;
  reeve_node_init (&self->again);
}

/* A mask of 0 takes the descriptor out: else epoll would go on to report errors and hang-ups. */
void
reeve_poll_set_mask (ReevePoll *self, guint32 mask)
{
  struct epoll_event event = { .events = mask, .data.ptr = self };
  int epoll_fd;
  int result;

  if (mask == self->mask || self->item->engine == NULL)
    return;

  epoll_fd = self->item->engine->epoll_fd;
  if (mask == 0)
    {
      /* fails only when the descriptor was closed too early, and then the kernel took it out */
      (void) epoll_ctl (epoll_fd, EPOLL_CTL_DEL, self->fd, NULL);
      self->mask = 0;
      return;
    }

  result = epoll_ctl (epoll_fd, self->mask == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, self->fd, &event);
  if (result < 0 && errno == ENOENT)
    result = epoll_ctl (epoll_fd, EPOLL_CTL_ADD, self->fd, &event);
  if (result < 0)
    {
      g_critical ("cannot watch descriptor %d for '%s': %s", self->fd, self->item->name,
                  g_strerror (errno));
      return;
    }
  self->mask = mask;
}

void
reeve_poll_again (ReevePoll *self)
{
  if (self->item->engine != NULL && !reeve_node_is_linked (&self->again))
    reeve_node_append (&self->item->engine->again, &self->again);
}

void
reeve_poll_remove (ReevePoll *self)
{
  ReeveEngine *engine = self->item->engine;

  if (engine == NULL)
    return;

  reeve_poll_set_mask (self, 0);
  reeve_node_remove (&self->again);
  for (int i = 0; i < engine->batch_length; i++)
    if (engine->batch[i].data.ptr == self)
      engine->batch[i].events = 0;
}

static void
reeve_poll_call (ReevePoll *self, guint32 ready)
{
  g_autoptr (ReeveOwner) owner = reeve_owner_ref (self->item->owner);

  reeve_node_remove (&self->again);
  reeve_owner_enter (owner);
  self->func (self, ready);
  reeve_owner_leave (owner);
}

static void
reeve_engine_run_events (ReeveEngine *self)
{
  int length;

  do
    length = epoll_wait (self->epoll_fd, self->batch, REEVE_ENGINE_EVENTS_PER_TURN, 0);
  while (length < 0 && errno == EINTR);

  self->batch_length = MAX (length, 0);
  for (int i = 0; i < self->batch_length; i++)
    {
      struct epoll_event event = self->batch[i];

      self->batch[i].events = 0;
      if (event.data.ptr == NULL)
        reeve_inbox_run (self->inbox);
      else if (event.events != 0)
        reeve_poll_call (event.data.ptr, event.events);
    }
  self->batch_length = 0;
}

static void
reeve_engine_run_repeating (ReeveEngine *self)
{
  for (int i = 0; i < REEVE_ENGINE_EVENTS_PER_TURN && reeve_node_is_linked (&self->repeating); i++)
    reeve_poll_call (REEVE_NODE_OWNER (self->repeating.next, ReevePoll, again), 0);
}

/* ---- ticks ---- */

void
reeve_tick_init (ReeveTick *self, ReeveItem *item, ReeveTickFunc func)
{
  self->item = item;
  self->func = func;
  reeve_wheel_entry_init (&self->entry);
}

void
reeve_tick_start (ReeveTick *self, guint64 delay_ms)
{
  ReeveEngine *engine = self->item->engine;
  guint64 now_us, expires;

  if (engine == NULL)
    return;

  /* up to the next whole millisecond, so that it never comes early */
  now_us = (guint64) reeve_clock_get_monotonic (engine->clock);
  expires = delay_ms == 0 ? now_us / 1000 : (now_us + 999) / 1000;
  expires = delay_ms < G_MAXUINT64 - expires - 1 ? expires + delay_ms : REEVE_WHEEL_NEVER - 1;
  reeve_wheel_remove (&engine->wheel, &self->entry);
  reeve_wheel_add (&engine->wheel, &self->entry, expires);
}

void
reeve_tick_stop (ReeveTick *self)
{
  if (self->item->engine != NULL)
    reeve_wheel_remove (&self->item->engine->wheel, &self->entry);
}

gboolean
reeve_tick_is_running (ReeveTick *self)
{
  return reeve_wheel_entry_is_linked (&self->entry);
}

/* A timer that is started again for this very moment is due in the next turn: what is taken here
 * was due when the turn began. */
static void
reeve_engine_run_timers (ReeveEngine *self)
{
  reeve_wheel_advance (&self->wheel, reeve_engine_now_ms (self));
  reeve_wheel_take_due (&self->wheel, &self->firing);
  for (int i = 0; i < REEVE_ENGINE_EVENTS_PER_TURN && reeve_node_is_linked (&self->firing); i++)
    {
      ReeveTick *tick = REEVE_NODE_OWNER (self->firing.next, ReeveTick, entry.link);
      g_autoptr (ReeveOwner) owner = reeve_owner_ref (tick->item->owner);

      reeve_node_remove (&tick->entry.link);
      reeve_owner_enter (owner);
      tick->func (tick);
      reeve_owner_leave (owner);
    }
}

/* ---- the source ---- */

static gboolean
reeve_engine_has_work (ReeveEngine *self)
{
  return reeve_node_is_linked (&self->deferred) || reeve_node_is_linked (&self->again) ||
         reeve_node_is_linked (&self->repeating) || reeve_node_is_linked (&self->firing) ||
         reeve_wheel_next (&self->wheel) <= reeve_engine_now_ms (self);
}

/* A driven clock never makes the loop wait for a timer; it is read again in every turn, so one that
 * was moved needs no further signal. */
static gboolean
reeve_engine_source_prepare (GSource *source, int *timeout)
{
  ReeveEngine *self = ((ReeveEngineSource *) source)->engine;
  guint64 next;

  *timeout = -1;
  if (self->running)
    return FALSE;
  if (reeve_engine_has_work (self))
    {
      *timeout = 0;
      return TRUE;
    }

  next = reeve_wheel_next (&self->wheel);
  if (next != REEVE_WHEEL_NEVER && !reeve_clock_is_driven (self->clock))
    {
      guint64 now = reeve_engine_now_ms (self);

      *timeout = next > now ? (int) MIN (next - now, G_MAXINT) : 0;
    }
  return FALSE;
}

static gboolean
reeve_engine_source_check (GSource *source)
{
  ReeveEngineSource *self = (ReeveEngineSource *) source;

  return !self->engine->running &&
         (g_source_query_unix_fd (source, self->tag) != 0 || reeve_engine_has_work (self->engine));
}

static gboolean
reeve_engine_source_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  ReeveEngineSource *engine_source = (ReeveEngineSource *) source;
  g_autoptr (ReeveEngine) self = reeve_engine_ref (engine_source->engine);

  self->running = TRUE;
  reeve_node_splice (&self->repeating, &self->again);
  reeve_engine_run_deferred (self);
  if (g_source_query_unix_fd (source, engine_source->tag) != 0)
    reeve_engine_run_events (self);
  reeve_engine_run_repeating (self);
  reeve_engine_run_timers (self);
  self->running = FALSE;
  return G_SOURCE_CONTINUE;
}

/**
 * reeve_engine_attach:
 * @self: an engine that is not attached yet
 * @context: (nullable): the context to run in, NULL for the default one
 *
 * Adds the one source of the engine.
 */
void
reeve_engine_attach (ReeveEngine *self, GMainContext *context)
{
  static GSourceFuncs funcs = {
    .prepare = reeve_engine_source_prepare,
    .check = reeve_engine_source_check,
    .dispatch = reeve_engine_source_dispatch,
  };
  ReeveEngineSource *source;

  g_return_if_fail (self != NULL);
  g_return_if_fail (self->source == NULL);

  self->source = g_source_new (&funcs, sizeof (ReeveEngineSource));
  g_source_set_static_name (self->source, "ReeveEngine");
  source = (ReeveEngineSource *) self->source;
  source->engine = self;
  source->tag = g_source_add_unix_fd (self->source, self->epoll_fd, G_IO_IN);
  /* GLib takes the descriptors of a source that must not recurse out of the poll before each
   * dispatch and puts them back after it, and wakes itself up for either: two writes, a read and
   * one turn more for each of ours. So a turn within a turn is refused by prepare and check. */
  g_source_set_can_recurse (self->source, TRUE);
  g_source_attach (self->source, context);
}
