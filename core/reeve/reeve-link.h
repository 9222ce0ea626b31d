/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A circular list whose links lie inside of the things it joins: nothing is allocated, and a thing
 * can leave its list without knowing which one it is in. A head is a link of its own. */
typedef struct _ReeveLink ReeveLink;

struct _ReeveLink
{
  ReeveLink *prev;
  ReeveLink *next;
};

/* The thing around a link. */
#define REEVE_LINK_OWNER(link, Type, member)                                                       \
  ((Type *) (gpointer) ((guint8 *) (link) -G_STRUCT_OFFSET (Type, member)))

static inline void
reeve_link_init (ReeveLink *self)
{
  self->prev = self;
  self->next = self;
}

/* Of a head: it has members. Of a member: it is in a list. */
static inline gboolean
reeve_link_is_linked (const ReeveLink *self)
{
  return self->next != self;
}

static inline void
reeve_link_append (ReeveLink *head, ReeveLink *self)
{
  self->prev = head->prev;
  self->next = head;
  head->prev->next = self;
  head->prev = self;
}

static inline void
reeve_link_remove (ReeveLink *self)
{
  self->prev->next = self->next;
  self->next->prev = self->prev;
  reeve_link_init (self);
}

/* Moves all members of @from to the end of @head, in order. */
static inline void
reeve_link_splice (ReeveLink *head, ReeveLink *from)
{
  if (!reeve_link_is_linked (from))
    return;

  from->next->prev = head->prev;
  head->prev->next = from->next;
  from->prev->next = head;
  head->prev = from->prev;
  reeve_link_init (from);
}

G_END_DECLS
