/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The way from other threads into the loop: a locked list of calls and an eventfd that makes the
 * loop turn. It is counted on its own, so that a thread that comes back after the engine has ended
 * finds it closed instead of gone. */

#include "config.h"

#include "reeve-engine-private.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

typedef struct
{
  ReeveNode link;
  ReeveInboxFunc func;
  gpointer data;
} ReeveInboxPost;

struct _ReeveInbox
{
  gatomicrefcount ref_count;
  GMutex lock;
  ReeveNode posts; /* under lock */
  gboolean signalled;
  gboolean closed;
  int fd;
};

ReeveInbox *
reeve_inbox_new (void)
{
  ReeveInbox *self = g_new0 (ReeveInbox, 1);

  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->lock);
  reeve_node_init (&self->posts);
  self->fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (self->fd < 0)
    g_critical ("cannot make an eventfd: %s; other threads cannot report their results",
                g_strerror (errno));
  return self;
}

ReeveInbox *
reeve_inbox_ref (ReeveInbox *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
reeve_inbox_unref (ReeveInbox *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  if (self->fd >= 0)
    close (self->fd);
  g_mutex_clear (&self->lock);
  g_free (self);
}

int
reeve_inbox_get_fd (ReeveInbox *self)
{
  return self->fd;
}

/* The mark stands already, so that whoever runs the posts before there is a count leaves it. */
static void
reeve_inbox_write (ReeveInbox *self)
{
  const guint64 one = 1;

  if (write (self->fd, &one, sizeof one) == sizeof one)
    return;
  g_mutex_lock (&self->lock);
  self->signalled = FALSE;
  g_mutex_unlock (&self->lock);
}

/* @post: may be NULL. The lock is let go before the loop wakes up, which would only go to sleep on
 * it again. */
static gboolean
reeve_inbox_signal (ReeveInbox *self, ReeveInboxPost *post)
{
  gboolean closed, first;

  /* of what is posted nothing may be left when the count is written */
  reeve_inbox_ref (self);
  g_mutex_lock (&self->lock);
  closed = self->closed;
  first = !closed && !self->signalled && self->fd >= 0;
  self->signalled |= first;
  if (!closed && post != NULL)
    reeve_node_append (&self->posts, &post->link);
  g_mutex_unlock (&self->lock);
  if (first)
    reeve_inbox_write (self);
  reeve_inbox_unref (self);
  return !closed;
}

gboolean
reeve_inbox_post (ReeveInbox *self, ReeveInboxFunc func, gpointer data)
{
  ReeveInboxPost *post = g_new0 (ReeveInboxPost, 1);

  post->func = func;
  post->data = data;
  if (reeve_inbox_signal (self, post))
    return TRUE;
  g_free (post);
  return FALSE;
}

void
reeve_inbox_wake (ReeveInbox *self)
{
  reeve_inbox_signal (self, NULL);
}

void
reeve_inbox_run (ReeveInbox *self)
{
  ReeveNode posts;
  guint64 count;

  reeve_node_init (&posts);
  g_mutex_lock (&self->lock);
  if (self->signalled && read (self->fd, &count, sizeof count) == sizeof count)
    self->signalled = FALSE;
  reeve_node_splice (&posts, &self->posts);
  g_mutex_unlock (&self->lock);

  while (reeve_node_is_linked (&posts))
    {
      g_autofree ReeveInboxPost *post = REEVE_NODE_OWNER (posts.next, ReeveInboxPost, link);

      reeve_node_remove (&post->link);
      post->func (post->data);
    }
}

/* The last call of the loop side; what was posted before still runs. */
void
reeve_inbox_close (ReeveInbox *self)
{
  g_mutex_lock (&self->lock);
  self->closed = TRUE;
  g_mutex_unlock (&self->lock);
  reeve_inbox_run (self);
}
