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

/* Under the lock. */
static void
reeve_inbox_signal (ReeveInbox *self)
{
  const guint64 one = 1;

  if (self->signalled || self->fd < 0)
    return;

  self->signalled = write (self->fd, &one, sizeof one) == sizeof one;
}

gboolean
reeve_inbox_post (ReeveInbox *self, ReeveInboxFunc func, gpointer data)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  ReeveInboxPost *post;

  if (self->closed)
    return FALSE;

  post = g_new0 (ReeveInboxPost, 1);
  post->func = func;
  post->data = data;
  reeve_node_append (&self->posts, &post->link);
  reeve_inbox_signal (self);
  return TRUE;
}

void
reeve_inbox_wake (ReeveInbox *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (!self->closed)
    reeve_inbox_signal (self);
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
