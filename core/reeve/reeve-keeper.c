/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The keeper, seen from the process that it signs for: one packet there, one back. It is waited
 * for, since GnuTLS asks from within a handshake and cannot be told to ask again. An answer that is
 * late is waited for by nobody, and thrown away when it has come. */

#include "config.h"

#include "reeve-keeper-private.h"

#include "reeve-error.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

typedef enum
{
  REEVE_KEEPER_ANSWERS,
  REEVE_KEEPER_DEAF, /* the last request could not be sent: no answer is to come */
  REEVE_KEEPER_LATE, /* the answer to the last request is still to come */
  REEVE_KEEPER_GONE,
} ReeveKeeperState;

struct _ReeveKeeper
{
  grefcount ref_count;
  int fd;
  pid_t pid;
  ReeveKeeperState state;
  GArray *unwanted; /* of guint32: keys that it could not be told to forget */
  ReeveKeeperFunc func;
  gpointer user_data;
};

/* Between two tries to send where the kernel has no room. */
#define REEVE_KEEPER_RETRY_MS 10
#define REEVE_KEEPER_MAX_PACKET (sizeof (ReeveKeeperReply) + REEVE_KEEPER_MAX_ANSWER)

G_DEFINE_BOXED_TYPE (ReeveKeeper, reeve_keeper, reeve_keeper_ref, reeve_keeper_unref)

/**
 * reeve_keeper_start:
 * @error: IO when it cannot be made
 *
 * Returns: (transfer full): a keeper without keys
 */
ReeveKeeper *
reeve_keeper_start (GError **error)
{
  ReeveKeeper *self;
  int fds[2];
  pid_t pid;

  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_IO, "cannot make the keeper of keys: %s",
                   g_strerror (errno));
      return NULL;
    }
  pid = fork ();
  if (pid == 0)
    reeve_keeper_serve (fds[1]);
  (void) close (fds[1]);
  if (pid < 0)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_IO, "cannot make the keeper of keys: %s",
                   g_strerror (errno));
      (void) close (fds[0]);
      return NULL;
    }
  self = g_new0 (ReeveKeeper, 1);
  g_ref_count_init (&self->ref_count);
  self->fd = fds[0];
  self->pid = pid;
  self->unwanted = g_array_new (FALSE, FALSE, sizeof (guint32));
  return self;
}

ReeveKeeper *
reeve_keeper_ref (ReeveKeeper *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_ref_count_inc (&self->ref_count);
  return self;
}

void
reeve_keeper_unref (ReeveKeeper *self)
{
  g_return_if_fail (self != NULL);

  if (!g_ref_count_dec (&self->ref_count))
    return;
  /* it ends when it sees the end */
  (void) close (self->fd);
  (void) kill (self->pid, SIGKILL);
  (void) waitpid (self->pid, NULL, 0);
  g_array_unref (self->unwanted);
  g_free (self);
}

void
reeve_keeper_set_func (ReeveKeeper *self, ReeveKeeperFunc func, gpointer user_data)
{
  g_return_if_fail (self != NULL);

  self->func = func;
  self->user_data = user_data;
}

/* ---- does it answer? ---- */

static const char *
reeve_keeper_describe (const ReeveKeeper *self)
{
  switch (self->state)
    {
    case REEVE_KEEPER_DEAF:
    case REEVE_KEEPER_LATE:
      return "the keeper of keys does not answer: until it does, no TLS handshake succeeds and no "
             "link begins";
    case REEVE_KEEPER_GONE:
      return "the keeper of keys does not answer, it has ended; start the service anew";
    case REEVE_KEEPER_ANSWERS:
    default:
      return NULL;
    }
}

static void
reeve_keeper_set_state (ReeveKeeper *self, ReeveKeeperState state)
{
  const char *before = reeve_keeper_describe (self);
  const char *why;

  self->state = state;
  why = reeve_keeper_describe (self);
  if (why == before)
    return;
  if (why != NULL)
    g_warning ("%s", why);
  else
    g_message ("the keeper of keys answers again");
  if (self->func != NULL)
    self->func (why, self->user_data);
}

/* Takes the answer that was late, if it has come; nobody knows of a key that it tells. */
static void
reeve_keeper_catch_up (ReeveKeeper *self)
{
  ReeveKeeperReply reply;
  gssize n;

  if (self->state != REEVE_KEEPER_LATE)
    return;
  do
    n = recv (self->fd, &reply, sizeof reply, MSG_DONTWAIT);
  while (n < 0 && errno == EINTR);
  if (n < 0 && errno == EAGAIN)
    return;
  if (n == (gssize) sizeof reply && reply.code == 0 && reply.key != 0)
    g_array_append_val (self->unwanted, reply.key);
  reeve_keeper_set_state (self,
                          n == (gssize) sizeof reply ? REEVE_KEEPER_ANSWERS : REEVE_KEEPER_GONE);
}

/* ---- one request ---- */

static gint64
reeve_keeper_now (void)
{
  /* lint: allow clock: it is another process that is waited for, whose time nobody drives */
  return g_get_monotonic_time ();
}

/* FALSE: nothing of @events until @end, which is monotonic. */
static gboolean
reeve_keeper_wait (ReeveKeeper *self, short events, gint64 end)
{
  struct pollfd poll_fd = { .fd = self->fd, .events = events };
  int n;

  do
    {
      const gint64 left = (end - reeve_keeper_now ()) / G_TIME_SPAN_MILLISECOND;

      n = poll (&poll_fd, 1, (int) CLAMP (left + 1, 0, REEVE_KEEPER_TIMEOUT_MS));
    }
  while (n < 0 && errno == EINTR);
  return n > 0;
}

/* Where the kernel has no room for a moment it is asked again until @end. */
static gboolean
reeve_keeper_send_message (ReeveKeeper *self, const struct msghdr *message, gint64 end)
{
  while (sendmsg (self->fd, message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
    {
      const int errsv = errno;
      const gint64 now = reeve_keeper_now ();

      if (errsv != EINTR && errsv != EAGAIN && errsv != ENOBUFS && errsv != ENOMEM)
        {
          reeve_keeper_set_state (self, REEVE_KEEPER_GONE);
          return FALSE;
        }
      if (now >= end)
        {
          reeve_keeper_set_state (self, REEVE_KEEPER_DEAF);
          return FALSE;
        }
      if (errsv == EAGAIN)
        (void) reeve_keeper_wait (self, POLLOUT, end);
      else if (errsv != EINTR)
        (void) poll (NULL, 0, REEVE_KEEPER_RETRY_MS);
    }
  return TRUE;
}

static gboolean
reeve_keeper_send (ReeveKeeper *self, const ReeveKeeperHead *head, gconstpointer data, gsize length,
                   int file, gint64 end)
{
  union
  {
    struct cmsghdr head;
    char space[CMSG_SPACE (sizeof (int))];
  } control = { 0 };
  struct iovec pieces[2] = { { (gpointer) head, sizeof *head }, { (gpointer) data, length } };
  struct msghdr message = { .msg_iov = pieces, .msg_iovlen = length > 0 ? 2 : 1 };

  if (file >= 0)
    {
      message.msg_control = &control;
      message.msg_controllen = sizeof control;
      control.head.cmsg_level = SOL_SOCKET;
      control.head.cmsg_type = SCM_RIGHTS;
      control.head.cmsg_len = CMSG_LEN (sizeof file);
      memcpy (CMSG_DATA (&control.head), &file, sizeof file);
    }
  return reeve_keeper_send_message (self, &message, end);
}

/* The answer's length, less than a whole one: there is none. */
static gssize
reeve_keeper_exchange (ReeveKeeper *self, const ReeveKeeperHead *head, gconstpointer data,
                       gsize length, int file, guint8 *packet)
{
  const gint64 now = reeve_keeper_now ();
  const gint64 end = now + REEVE_KEEPER_TIMEOUT_MS * G_TIME_SPAN_MILLISECOND;
  gssize n;

  /* who could not be asked is not waited for a second time */
  if (!reeve_keeper_send (self, head, data, length, file,
                          self->state == REEVE_KEEPER_DEAF ? now : end))
    return -1;
  if (!reeve_keeper_wait (self, POLLIN, end))
    {
      reeve_keeper_set_state (self, REEVE_KEEPER_LATE);
      return -1;
    }
  do
    n = recv (self->fd, packet, REEVE_KEEPER_MAX_PACKET, MSG_DONTWAIT);
  while (n < 0 && errno == EINTR);
  if (n < 0 && errno == EAGAIN)
    reeve_keeper_set_state (self, REEVE_KEEPER_LATE);
  else if (n < (gssize) sizeof (ReeveKeeperReply))
    reeve_keeper_set_state (self, REEVE_KEEPER_GONE);
  else
    reeve_keeper_set_state (self, REEVE_KEEPER_ANSWERS);
  return n;
}

static gboolean
reeve_keeper_is_there (ReeveKeeper *self)
{
  reeve_keeper_catch_up (self);
  while (self->state == REEVE_KEEPER_ANSWERS && self->unwanted->len > 0)
    {
      guint8 packet[REEVE_KEEPER_MAX_PACKET];
      const guint last = self->unwanted->len - 1;
      const ReeveKeeperHead head = { .op = REEVE_KEEPER_FORGET,
                                     .key = g_array_index (self->unwanted, guint32, last) };

      reeve_keeper_exchange (self, &head, NULL, 0, -1, packet);
      /* it is read even when its answer is late */
      if (self->state != REEVE_KEEPER_DEAF)
        g_array_set_size (self->unwanted, last);
    }
  return self->state == REEVE_KEEPER_ANSWERS || self->state == REEVE_KEEPER_DEAF;
}

/* (transfer full) (nullable) */
static GBytes *
reeve_keeper_call (ReeveKeeper *self, const ReeveKeeperHead *head, gconstpointer data, gsize length,
                   int file, guint32 *ret_key, GError **error)
{
  guint8 packet[REEVE_KEEPER_MAX_PACKET];
  ReeveKeeperReply reply;
  gssize n = -1;

  if (length > REEVE_KEEPER_MAX_REQUEST - sizeof *head)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT,
                   "the keeper of keys takes at most %d bytes", REEVE_KEEPER_MAX_REQUEST);
      return NULL;
    }
  if (reeve_keeper_is_there (self))
    n = reeve_keeper_exchange (self, head, data, length, file, packet);
  if (n < (gssize) sizeof reply)
    {
      g_set_error_literal (error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE,
                           reeve_keeper_describe (self));
      return NULL;
    }
  memcpy (&reply, packet, sizeof reply);
  if (reply.code != 0)
    {
      const int code = -(int) reply.code;

      if (code == GNUTLS_E_FILE_ERROR)
        g_set_error_literal (error, REEVE_ERROR, REEVE_ERROR_IO, g_strerror ((int) reply.key));
      else
        g_set_error_literal (error, REEVE_ERROR,
                             code == GNUTLS_E_INVALID_REQUEST ? REEVE_ERROR_DENIED
                                                              : REEVE_ERROR_INVALID,
                             gnutls_strerror (code));
      return NULL;
    }
  if (ret_key != NULL)
    *ret_key = reply.key;
  return g_bytes_new (packet + sizeof reply, (gsize) n - sizeof reply);
}

gboolean
reeve_keeper_load (ReeveKeeper *self, int fd, guint32 *ret_key, GBytes **ret_public, GError **error)
{
  const ReeveKeeperHead head = { .op = REEVE_KEEPER_LOAD };
  GBytes *public;

  g_return_val_if_fail (self != NULL && fd >= 0, FALSE);

  public = reeve_keeper_call (self, &head, NULL, 0, fd, ret_key, error);
  if (public != NULL)
    *ret_public = public;
  return public != NULL;
}

gboolean
reeve_keeper_make (ReeveKeeper *self, int fd, GError **error)
{
  const ReeveKeeperHead head = { .op = REEVE_KEEPER_MAKE };
  g_autoptr (GBytes) nothing = NULL;

  g_return_val_if_fail (self != NULL && fd >= 0, FALSE);

  nothing = reeve_keeper_call (self, &head, NULL, 0, fd, NULL, error);
  return nothing != NULL;
}

GBytes *
reeve_keeper_sign (ReeveKeeper *self, guint32 key, guint algorithm, gboolean hashed,
                   gconstpointer data, gsize length, GError **error)
{
  const ReeveKeeperHead head = { .op = hashed ? REEVE_KEEPER_SIGN_HASH : REEVE_KEEPER_SIGN,
                                 .key = key,
                                 .argument = algorithm };

  g_return_val_if_fail (self != NULL && data != NULL, NULL);

  return reeve_keeper_call (self, &head, data, length, -1, NULL, error);
}

gboolean
reeve_keeper_take_seed (ReeveKeeper *self, const guint8 seed[REEVE_KEEPER_SEED_BYTES],
                        guint32 *ret_key, GError **error)
{
  const ReeveKeeperHead head = { .op = REEVE_KEEPER_SEED };
  g_autoptr (GBytes) nothing = NULL;

  g_return_val_if_fail (self != NULL && seed != NULL, FALSE);

  nothing = reeve_keeper_call (self, &head, seed, REEVE_KEEPER_SEED_BYTES, -1, ret_key, error);
  return nothing != NULL;
}

GBytes *
reeve_keeper_sign_for (ReeveKeeper *self, guint32 key, ReeveKeeperPurpose purpose, GBytes *message,
                       GError **error)
{
  const ReeveKeeperHead head = { .op = REEVE_KEEPER_SIGN_FOR, .key = key, .argument = purpose };
  gconstpointer data;
  gsize length;

  g_return_val_if_fail (self != NULL && message != NULL, NULL);

  data = g_bytes_get_data (message, &length);
  return reeve_keeper_call (self, &head, data, length, -1, NULL, error);
}

void
reeve_keeper_forget (ReeveKeeper *self, guint32 key)
{
  const ReeveKeeperHead head = { .op = REEVE_KEEPER_FORGET, .key = key };
  g_autoptr (GBytes) nothing = NULL;
  gboolean there;

  g_return_if_fail (self != NULL);

  there = reeve_keeper_is_there (self);
  if (there)
    nothing = reeve_keeper_call (self, &head, NULL, 0, -1, NULL, NULL);
  if (self->state == REEVE_KEEPER_DEAF || (self->state == REEVE_KEEPER_LATE && !there))
    g_array_append_val (self->unwanted, key);
}
