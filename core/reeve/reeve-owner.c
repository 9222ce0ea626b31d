/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Owners: everything that lives in the engine belongs to one, so that the time of each callback has
 * a name and a plugin that has stopped leaves nothing behind. An owner points to its items and they
 * point back; neither counts the other. */

#include "config.h"

#include "reeve-engine-private.h"

struct _ReeveOwner
{
  grefcount ref_count;
  ReeveEngine *engine;
  char *name;
  ReeveNode items;
  guint counts[REEVE_N_ITEM_KINDS];
  guint deferred;
  guint abandoned;
  guint64 time_ns;
  guint64 calls;
  gboolean closed;
};

static const char *const reeve_item_kind_names[REEVE_N_ITEM_KINDS] = {
  [REEVE_ITEM_WATCH] = "watch",     [REEVE_ITEM_TIMER] = "timer",
  [REEVE_ITEM_STREAM] = "stream",   [REEVE_ITEM_LISTENER] = "listener",
  [REEVE_ITEM_WORKER] = "worker",   [REEVE_ITEM_DIAL] = "dial",
  [REEVE_ITEM_PROGRAM] = "program",
};

typedef struct
{
  ReeveOwner *owner; /* NULL when the owner has closed meanwhile */
  ReeveDeferFunc func;
  gpointer user_data;
  GDestroyNotify destroy;
} ReeveOwnerCall;

/* ---- items ---- */

void
reeve_item_join (ReeveItem *self, ReeveOwner *owner, ReeveItemKind kind, const char *name,
                 ReeveItemEndFunc end)
{
  self->owner = owner;
  self->engine = owner->engine;
  self->kind = kind;
  self->name = name;
  self->end = end;
  self->silent = FALSE;
  reeve_node_append (&owner->items, &self->link);
  owner->counts[kind]++;
}

void
reeve_item_leave (ReeveItem *self)
{
  if (self->owner == NULL)
    return;

  if (!self->silent)
    self->owner->counts[self->kind]--;
  reeve_node_remove (&self->link);
  self->owner = NULL;
  self->engine = NULL;
}

void
reeve_item_move (ReeveItem *self, ReeveOwner *owner)
{
  if (self->owner == NULL || self->owner == owner)
    return;

  reeve_node_remove (&self->link);
  reeve_node_append (&owner->items, &self->link);
  if (!self->silent)
    {
      self->owner->counts[self->kind]--;
      owner->counts[self->kind]++;
    }
  self->owner = owner;
}

void
reeve_item_hide (ReeveItem *self)
{
  if (self->owner == NULL || self->silent)
    return;

  self->owner->counts[self->kind]--;
  self->silent = TRUE;
}

/* ---- life ---- */

/**
 * reeve_owner_new:
 * @engine: where its things will live
 * @name: as in logs, "ID" or "ID/NAME"
 *
 * Returns: (transfer full): an owner without things
 */
ReeveOwner *
reeve_owner_new (ReeveEngine *engine, const char *name)
{
  ReeveOwner *self;

  g_return_val_if_fail (engine != NULL, NULL);
  g_return_val_if_fail (name != NULL, NULL);

  self = g_new0 (ReeveOwner, 1);
  g_ref_count_init (&self->ref_count);
  self->engine = reeve_engine_ref (engine);
  self->name = g_strdup (name);
  reeve_node_init (&self->items);
  return self;
}

ReeveOwner *
reeve_owner_ref (ReeveOwner *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_ref_count_inc (&self->ref_count);
  return self;
}

/* The last reference closes the owner. */
void
reeve_owner_unref (ReeveOwner *self)
{
  g_return_if_fail (self != NULL);

  if (!g_ref_count_dec (&self->ref_count))
    return;

  /* alive once more while its things end */
  g_ref_count_init (&self->ref_count);
  g_strfreev (reeve_owner_close (self));
  if (!g_ref_count_dec (&self->ref_count))
    return;

  g_free (self->name);
  reeve_engine_unref (self->engine);
  g_free (self);
}

const char *
reeve_owner_get_name (ReeveOwner *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->name;
}

ReeveEngine *
reeve_owner_get_engine (ReeveOwner *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->engine;
}

gboolean
reeve_owner_is_closed (ReeveOwner *self)
{
  return self->closed;
}

/**
 * reeve_owner_close:
 * @self: an owner
 *
 * Ends all that is left. Streams are aborted, listeners closed, dials answered with
 * REEVE_ERROR_GONE in the next turn, workers freed without waiting for hung jobs (their callers are
 * answered in the next turn too); deferred calls are dropped. Nothing can be added afterwards. May
 * be called again.
 *
 * Returns: (transfer full) (nullable): a line for each thing that was left, as "timer 'poll'"
 */
GStrv
reeve_owner_close (ReeveOwner *self)
{
  g_autoptr (GStrvBuilder) builder = NULL;
  g_auto (GStrv) lines = NULL;

  g_return_val_if_fail (self != NULL, NULL);

  builder = g_strv_builder_new ();
  self->closed = TRUE;
  while (reeve_node_is_linked (&self->items))
    {
      ReeveItem *item = REEVE_NODE_OWNER (self->items.next, ReeveItem, link);

      if (!item->silent)
        {
          g_autofree char *line =
              g_strdup_printf ("%s '%s'", reeve_item_kind_names[item->kind], item->name);

          g_strv_builder_add (builder, line);
        }
      item->end (item);
    }
  for (guint i = 0; i < self->deferred; i++)
    g_strv_builder_add (builder, "deferred call");
  if (self->deferred > 0)
    reeve_engine_drop_deferred (self->engine, self);

  lines = g_strv_builder_end (builder);
  return lines[0] != NULL ? g_steal_pointer (&lines) : NULL;
}

/* ---- charging ---- */

/**
 * reeve_owner_get_usage:
 * @self: an owner
 * @ret_usage: (out caller-allocates): its time and things up to now
 */
void
reeve_owner_get_usage (ReeveOwner *self, ReeveOwnerUsage *ret_usage)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (ret_usage != NULL);

  *ret_usage = (ReeveOwnerUsage){
    .time_ns = self->time_ns,
    .calls = self->calls,
    .watches = self->counts[REEVE_ITEM_WATCH],
    .timers = self->counts[REEVE_ITEM_TIMER],
    .streams = self->counts[REEVE_ITEM_STREAM],
    .listeners = self->counts[REEVE_ITEM_LISTENER],
    .workers = self->counts[REEVE_ITEM_WORKER],
    .abandoned = self->abandoned,
    .programs = self->counts[REEVE_ITEM_PROGRAM],
  };
}

void
reeve_owner_charge (ReeveOwner *self, guint64 ns)
{
  self->time_ns += ns;
}

void
reeve_owner_count_abandoned (ReeveOwner *self, int change)
{
  self->abandoned = (guint) ((int) self->abandoned + change);
}

/**
 * reeve_owner_enter:
 * @self: an owner
 *
 * From here on time is charged to @self, until reeve_owner_leave() or until another owner is
 * entered. Calls nest and must be paired in the same turn.
 */
void
reeve_owner_enter (ReeveOwner *self)
{
  g_return_if_fail (self != NULL);

  self->calls++;
  reeve_engine_push_owner (self->engine, self);
}

void
reeve_owner_leave (ReeveOwner *self)
{
  g_return_if_fail (self != NULL);

  reeve_engine_pop_owner (self->engine, self);
}

/* ---- deferred calls ---- */

static void
reeve_owner_call_run (gpointer data)
{
  ReeveOwnerCall *call = data;

  call->owner->deferred--;
  call->owner = NULL;
  call->func (call->user_data);
}

static void
reeve_owner_call_free (gpointer data)
{
  ReeveOwnerCall *call = data;

  if (call->owner != NULL)
    call->owner->deferred--;
  if (call->destroy != NULL)
    call->destroy (call->user_data);
  g_free (call);
}

/**
 * reeve_owner_defer:
 * @self: an owner
 * @func: runs in the next turn of the loop, after what was deferred before
 * @user_data: for @func
 * @destroy: (nullable): frees @user_data after @func has run, or instead of it when the owner
 *   closes first
 */
void
reeve_owner_defer (ReeveOwner *self, ReeveDeferFunc func, gpointer user_data,
                   GDestroyNotify destroy)
{
  ReeveOwnerCall *call;

  g_return_if_fail (self != NULL);
  g_return_if_fail (func != NULL);

  if (self->closed)
    {
      if (destroy != NULL)
        destroy (user_data);
      return;
    }

  call = g_new0 (ReeveOwnerCall, 1);
  call->owner = self;
  call->func = func;
  call->user_data = user_data;
  call->destroy = destroy;
  self->deferred++;
  reeve_engine_defer (self->engine, self, reeve_owner_call_run, call, reeve_owner_call_free);
}
