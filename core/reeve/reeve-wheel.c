/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A hierarchical timer wheel: starting, stopping and firing a timer costs the same however many
 * there are, which matters to a process that keeps a few of them per link. A level has 64 slots of
 * 64 to the power of its number milliseconds each. An entry lies in the level of the highest digit
 * (of six bits) in which its moment differs from now; when now reaches the beginning of its slot it
 * moves down. So all entries of a level come before all of the next one, entries of one moment keep
 * the order they were started in, and the earliest is found with a bit scan. */

#include "config.h"

#include "reeve-wheel.h"

/* How many entries reeve_wheel_next() looks at in a coarse slot before it rather wakes up early. */
#define REEVE_WHEEL_SCAN 16

void
reeve_wheel_init (ReeveWheel *self, guint64 now)
{
  self->now = now;
  for (guint level = 0; level < REEVE_WHEEL_LEVELS; level++)
    {
      self->pending[level] = 0;
      for (guint slot = 0; slot < REEVE_WHEEL_SLOTS; slot++)
        reeve_node_init (&self->slots[level][slot]);
    }
  reeve_node_init (&self->due);
}

void
reeve_wheel_entry_init (ReeveWheelEntry *entry)
{
  reeve_node_init (&entry->link);
  entry->expires = 0;
  entry->level = REEVE_WHEEL_LEVELS;
}

gboolean
reeve_wheel_entry_is_linked (const ReeveWheelEntry *entry)
{
  return reeve_node_is_linked (&entry->link);
}

static guint
reeve_wheel_slot (guint64 time, guint level)
{
  return (time >> (level * REEVE_WHEEL_BITS)) & (REEVE_WHEEL_SLOTS - 1);
}

void
reeve_wheel_add (ReeveWheel *self, ReeveWheelEntry *entry, guint64 expires)
{
  guint level, slot;

  entry->expires = expires;
  if (expires <= self->now)
    {
      entry->level = REEVE_WHEEL_LEVELS;
      reeve_node_append (&self->due, &entry->link);
      return;
    }

  level = (63 - (guint) __builtin_clzll (expires ^ self->now)) / REEVE_WHEEL_BITS;
  slot = reeve_wheel_slot (expires, level);
  entry->level = (guint8) level;
  self->pending[level] |= G_GUINT64_CONSTANT (1) << slot;
  reeve_node_append (&self->slots[level][slot], &entry->link);
}

void
reeve_wheel_remove (ReeveWheel *self, ReeveWheelEntry *entry)
{
  guint slot;

  if (!reeve_wheel_entry_is_linked (entry))
    return;

  reeve_node_remove (&entry->link);
  if (entry->level == REEVE_WHEEL_LEVELS)
    return;

  slot = reeve_wheel_slot (entry->expires, entry->level);
  if (!reeve_node_is_linked (&self->slots[entry->level][slot]))
    self->pending[entry->level] &= ~(G_GUINT64_CONSTANT (1) << slot);
  entry->level = REEVE_WHEEL_LEVELS;
}

/* The first slot that has entries; FALSE when none has. */
static gboolean
reeve_wheel_first (const ReeveWheel *self, guint *ret_level, guint *ret_slot, guint64 *ret_start)
{
  for (guint level = 0; level < REEVE_WHEEL_LEVELS; level++)
    {
      guint shift = level * REEVE_WHEEL_BITS;
      guint64 above = 0;

      if (self->pending[level] == 0)
        continue;

      if (shift + REEVE_WHEEL_BITS < 64)
        above = self->now >> (shift + REEVE_WHEEL_BITS) << (shift + REEVE_WHEEL_BITS);
      *ret_level = level;
      *ret_slot = (guint) __builtin_ctzll (self->pending[level]);
      *ret_start = above | ((guint64) *ret_slot << shift);
      return TRUE;
    }

  return FALSE;
}

guint64
reeve_wheel_next (const ReeveWheel *self)
{
  guint level, slot, seen = 0;
  guint64 start, next = REEVE_WHEEL_NEVER;
  const ReeveNode *head;

  if (reeve_node_is_linked (&self->due))
    return self->now;
  if (!reeve_wheel_first (self, &level, &slot, &start))
    return REEVE_WHEEL_NEVER;
  if (level == 0)
    return start;

  /* an idle agent should not wake only to move one entry down */
  head = &self->slots[level][slot];
  for (const ReeveNode *link = head->next; link != head; link = link->next)
    {
      if (++seen > REEVE_WHEEL_SCAN)
        return start;
      next = MIN (next, REEVE_NODE_OWNER (link, const ReeveWheelEntry, link)->expires);
    }

  return next;
}

void
reeve_wheel_advance (ReeveWheel *self, guint64 now)
{
  guint level, slot;
  guint64 start;

  while (reeve_wheel_first (self, &level, &slot, &start) && start <= now)
    {
      ReeveNode moving;

      reeve_node_init (&moving);
      reeve_node_splice (&moving, &self->slots[level][slot]);
      self->pending[level] &= ~(G_GUINT64_CONSTANT (1) << slot);
      self->now = start;
      while (reeve_node_is_linked (&moving))
        {
          ReeveWheelEntry *entry = REEVE_NODE_OWNER (moving.next, ReeveWheelEntry, link);

          reeve_node_remove (&entry->link);
          reeve_wheel_add (self, entry, entry->expires);
        }
    }

  self->now = MAX (self->now, now);
}

void
reeve_wheel_take_due (ReeveWheel *self, ReeveNode *into)
{
  reeve_node_splice (into, &self->due);
}
