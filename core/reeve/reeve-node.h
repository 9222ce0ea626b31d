/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A circular list whose nodes lie inside of the things it joins: nothing is allocated, and a thing
 * can leave its list without knowing which one it is in. A head is a node of its own. */
typedef struct _ReeveLink ReeveNode;

struct _ReeveLink
{
  ReeveNode *prev;
  ReeveNode *next;
};

/* The thing around a node. */
#define REEVE_NODE_OWNER(link, Type, member)                                                       \
  ((Type *) (gpointer) ((guint8 *) (link) -G_STRUCT_OFFSET (Type, member)))

static inline void
reeve_node_init (ReeveNode *self)
{
  self->prev = self;
  self->next = self;
}

/* Of a head: it has members. Of a member: it is in a list. */
static inline gboolean
reeve_node_is_linked (const ReeveNode *self)
{
  return self->next != self;
}

static inline void
reeve_node_append (ReeveNode *head, ReeveNode *self)
{
  self->prev = head->prev;
  self->next = head;
  head->prev->next = self;
  head->prev = self;
}

static inline void
reeve_node_remove (ReeveNode *self)
{
  self->prev->next = self->next;
  self->next->prev = self->prev;
  reeve_node_init (self);
}

/* Moves all members of @from to the end of @head, in order. */
static inline void
reeve_node_splice (ReeveNode *head, ReeveNode *from)
{
  if (!reeve_node_is_linked (from))
    return;

  from->next->prev = head->prev;
  head->prev->next = from->next;
  from->prev->next = head;
  head->prev = from->prev;
  reeve_node_init (from);
}

G_END_DECLS
