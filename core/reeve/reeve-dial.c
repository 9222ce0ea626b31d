/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Dialling: a name becomes addresses on a worker thread, then the addresses are tried side by side,
 * the next one whenever an attempt fails or stays silent for REEVE_DIAL_STAGGER_MS, families in
 * turn (RFC 8305). The first connection wins. One deadline covers it all. */

#include "config.h"

#include "reeve-dial-private.h"
#include "reeve-error.h"
#include "reeve-stream.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

typedef struct
{
  char *host;
  guint16 port;
} ReeveDialQuery;

ReeveDial *
reeve_dial_ref (ReeveDial *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
reeve_dial_unref (ReeveDial *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_clear_error (&self->error);
  g_object_unref (self->resolving);
  reeve_inbox_unref (self->inbox);
  g_clear_pointer (&self->proxy, reeve_proxy_free);
  g_clear_pointer (&self->policy, reeve_tls_policy_unref);
  g_free (self->address);
  g_free (self->host);
  g_free (self->peer_host);
  g_free (self);
}

/* ---- the end ---- */

static void
reeve_dial_close_attempt (ReeveDial *self, ReevePoll *attempt)
{
  if (attempt->fd < 0)
    return;

  reeve_poll_remove (attempt);
  close (attempt->fd);
  attempt->fd = -1;
  self->n_pending--;
}

/* Lets go of everything but the task, which is the caller's to answer. */
static GTask *
reeve_dial_stop (ReeveDial *self)
{
  GTask *task = g_steal_pointer (&self->task);

  for (guint i = 0; i < self->n_tried; i++)
    reeve_dial_close_attempt (self, &self->attempts[i]);
  reeve_tick_stop (&self->deadline);
  reeve_tick_stop (&self->stagger);
  if (self->stream != NULL)
    reeve_stream_abort (self->stream);
  g_clear_pointer (&self->stream, reeve_stream_unref);
  g_cancellable_cancel (self->resolving);
  if (self->caller_id != 0)
    g_cancellable_disconnect (self->caller, self->caller_id);
  self->caller_id = 0;
  g_clear_object (&self->caller);
  reeve_item_leave (&self->item);
  reeve_dial_unref (self);
  return task;
}

void
reeve_dial_fail (ReeveDial *self, GError *error)
{
  g_autoptr (GTask) task = reeve_dial_stop (self);

  g_task_return_error (task, error);
}

void
reeve_dial_succeed (ReeveDial *self)
{
  ReeveStream *stream = g_steal_pointer (&self->stream);
  g_autoptr (GTask) task = reeve_dial_stop (self);

  reeve_stream_set_limits (stream, REEVE_STREAM_READ_LIMIT, REEVE_STREAM_WRITE_LIMIT);
  g_task_return_pointer (task, stream, (GDestroyNotify) reeve_stream_unref);
}

typedef struct
{
  GTask *task;
  char *address;
} ReeveDialGone;

static void
reeve_dial_gone_run (gpointer data)
{
  ReeveDialGone *gone = data;

  g_task_return_new_error (gone->task, REEVE_ERROR, REEVE_ERROR_GONE,
                           "cannot connect to %s: the caller is stopping", gone->address);
}

static void
reeve_dial_gone_free (gpointer data)
{
  ReeveDialGone *gone = data;

  g_object_unref (gone->task);
  g_free (gone->address);
  g_free (gone);
}

static void
reeve_dial_owner_ends (ReeveItem *item)
{
  ReeveDial *self = REEVE_NODE_OWNER (item, ReeveDial, item);
  ReeveEngine *engine = self->item.engine;
  ReeveDialGone *gone = g_new0 (ReeveDialGone, 1);

  gone->address = g_strdup (self->address);
  gone->task = reeve_dial_stop (self);
  reeve_engine_defer (engine, NULL, reeve_dial_gone_run, gone, reeve_dial_gone_free);
}

static void
reeve_dial_expired (ReeveTick *tick)
{
  ReeveDial *self = REEVE_NODE_OWNER (tick, ReeveDial, deadline);

  if (self->waiting != NULL)
    reeve_dial_fail (self, g_error_new (REEVE_ERROR, REEVE_ERROR_TIMEOUT,
                                        "cannot connect to %s: %s did not end in %u ms",
                                        self->address, self->waiting, self->timeout_ms));
  else
    reeve_dial_fail (self, g_error_new (REEVE_ERROR, REEVE_ERROR_TIMEOUT,
                                        "cannot connect to %s: no answer in %u ms", self->address,
                                        self->timeout_ms));
}

/* ---- attempts ---- */

static void reeve_dial_go_on (ReeveDial *self);

static void
reeve_dial_connected (ReeveDial *self, ReevePoll *attempt)
{
  int fd = attempt->fd;

  reeve_poll_remove (attempt);
  attempt->fd = -1;
  self->n_pending--;
  for (guint i = 0; i < self->n_tried; i++)
    reeve_dial_close_attempt (self, &self->attempts[i]);
  reeve_tick_stop (&self->stagger);
  self->stream = reeve_stream_new (self->item.owner, fd);
  reeve_dial_begin_layers (self);
}

static void
reeve_dial_note_failure (ReeveDial *self, int errsv)
{
  if (self->error == NULL)
    self->error = g_error_new (REEVE_ERROR, REEVE_ERROR_UNAVAILABLE, "cannot connect to %s: %s",
                               self->address, g_strerror (errsv));
}

static void
reeve_dial_ready (ReevePoll *attempt, guint32 ready)
{
  ReeveDial *self = REEVE_NODE_OWNER (attempt->item, ReeveDial, item);
  int errsv = 0;
  socklen_t length = sizeof errsv;

  if (getsockopt (attempt->fd, SOL_SOCKET, SO_ERROR, &errsv, &length) < 0)
    errsv = errno;
  if (errsv == 0)
    {
      reeve_dial_connected (self, attempt);
      return;
    }
  reeve_dial_close_attempt (self, attempt);
  reeve_dial_note_failure (self, errsv);
  reeve_dial_go_on (self);
}

/* Begins the next attempt. TRUE when the dial has come to its end with it. */
static gboolean
reeve_dial_try (ReeveDial *self)
{
  const ReeveNetAddress *address = &self->addresses[self->n_tried];
  ReevePoll *attempt = &self->attempts[self->n_tried++];
  int fd = socket (address->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

  reeve_poll_init (attempt, &self->item, fd, reeve_dial_ready);
  if (fd < 0)
    {
      reeve_dial_note_failure (self, errno);
      return FALSE;
    }

  self->n_pending++;
  if (address->storage.ss_family != AF_UNIX)
    reeve_net_tune (fd);
  if (connect (fd, (const struct sockaddr *) &address->storage, address->length) == 0)
    {
      reeve_dial_connected (self, attempt);
      return TRUE;
    }
  if (errno == EINPROGRESS)
    {
      reeve_poll_set_mask (attempt, EPOLLOUT);
      return FALSE;
    }
  reeve_dial_note_failure (self, errno);
  reeve_dial_close_attempt (self, attempt);
  return FALSE;
}

/* After a failure or a silence: the next address, or the end if there is none and nothing pends. */
static void
reeve_dial_go_on (ReeveDial *self)
{
  guint pending = self->n_pending;

  while (self->n_tried < self->n_addresses)
    {
      if (reeve_dial_try (self))
        return;
      if (self->n_pending > pending)
        break;
    }

  if (self->n_tried < self->n_addresses)
    reeve_tick_start (&self->stagger, REEVE_DIAL_STAGGER_MS);
  else if (self->n_pending == 0)
    reeve_dial_fail (self, g_steal_pointer (&self->error));
}

static void
reeve_dial_staggered (ReeveTick *tick)
{
  reeve_dial_go_on (REEVE_NODE_OWNER (tick, ReeveDial, stagger));
}

/* ---- names ---- */

static void
reeve_dial_query_free (gpointer data)
{
  ReeveDialQuery *query = data;

  g_free (query->host);
  g_free (query);
}

static void
reeve_dial_set_resolve_error (GError **error, const char *host, int code, int errsv)
{
  if (code == EAI_NONAME
#ifdef EAI_NODATA
      || code == EAI_NODATA
#endif
  )
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND,
                 "the name '%s' has no address; check its spelling and this machine's resolver",
                 host);
  else
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE, "cannot look up the name '%s': %s",
                 host, code == EAI_SYSTEM ? g_strerror (errsv) : gai_strerror (code));
}

/* Moves addresses so that families alternate, each in the resolver's order, beginning with the
 * resolver's first. */
static GArray *
reeve_dial_interleave (const struct addrinfo *list)
{
  GArray *addresses = g_array_new (FALSE, TRUE, sizeof (ReeveNetAddress));
  const struct addrinfo *same = list, *other = list;
  gboolean turn = TRUE;

  while ((same != NULL || other != NULL) && addresses->len < REEVE_DIAL_MAX_ADDRESSES)
    {
      const struct addrinfo **next = turn ? &same : &other;

      while (*next != NULL && ((*next)->ai_family == list->ai_family) != turn)
        *next = (*next)->ai_next;
      if (*next != NULL)
        {
          ReeveNetAddress address = { .length = (*next)->ai_addrlen };

          memcpy (&address.storage, (*next)->ai_addr, (*next)->ai_addrlen);
          g_array_append_val (addresses, address);
          *next = (*next)->ai_next;
        }
      turn = !turn;
    }

  return addresses;
}

/* On a thread of the resolver. */
static gpointer
reeve_dial_resolve_thread (gpointer data, GCancellable *cancellable, GError **error)
{
  const ReeveDialQuery *query = data;
  struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
                            .ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV };
  g_autofree char *service = g_strdup_printf ("%u", query->port);
  struct addrinfo *list = NULL;
  GArray *addresses;
  int code;

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;

  code = getaddrinfo (query->host, service, &hints, &list);
  if (code != 0 || list == NULL)
    {
      reeve_dial_set_resolve_error (error, query->host, code != 0 ? code : EAI_NONAME, errno);
      return NULL;
    }
  addresses = reeve_dial_interleave (list);
  freeaddrinfo (list);
  return addresses;
}

static void
reeve_dial_resolved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ReeveDial *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) addresses = reeve_worker_run_finish (result, &error);

  if (self->task != NULL && addresses == NULL)
    {
      g_prefix_error (&error, "cannot connect to %s: ", self->address);
      reeve_error_convert (&error);
      reeve_dial_fail (self, g_steal_pointer (&error));
    }
  else if (self->task != NULL)
    {
      self->n_addresses = addresses->len;
      memcpy (self->addresses, addresses->data, addresses->len * sizeof (ReeveNetAddress));
      reeve_dial_go_on (self);
    }
  reeve_dial_unref (self);
}

static void
reeve_dial_resolve (ReeveDial *self)
{
  ReeveDialQuery *query;

  if (self->worker == NULL)
    {
      reeve_dial_fail (self, g_error_new (REEVE_ERROR, REEVE_ERROR_UNAVAILABLE,
                                          "cannot connect to %s: nobody looks up names here; use "
                                          "an address in numbers",
                                          self->address));
      return;
    }

  query = g_new0 (ReeveDialQuery, 1);
  query->host = g_strdup (self->host);
  query->port = self->port;
  reeve_worker_run_async (self->worker, reeve_dial_resolve_thread, query, reeve_dial_query_free,
                          (GDestroyNotify) g_array_unref, self->timeout_ms, self->resolving,
                          reeve_dial_resolved_cb, reeve_dial_ref (self));
}

/* ---- cancelling ---- */

/* On the main thread. */
static void
reeve_dial_caller_cancelled (gpointer data)
{
  ReeveDial *self = data;

  if (self->task != NULL)
    {
      g_autoptr (ReeveOwner) owner = reeve_owner_ref (self->item.owner);

      reeve_owner_enter (owner);
      reeve_dial_fail (self, g_error_new (REEVE_ERROR, REEVE_ERROR_CANCELLED,
                                          "connecting to %s was cancelled", self->address));
      reeve_owner_leave (owner);
    }
  reeve_dial_unref (self);
}

/* On whatever thread cancels. */
static void
reeve_dial_cancelled_cb (GCancellable *cancellable, gpointer data)
{
  ReeveDial *self = data;

  reeve_dial_ref (self);
  if (!reeve_inbox_post (self->inbox, reeve_dial_caller_cancelled, self))
    reeve_dial_unref (self);
}

static void
reeve_dial_watch_caller (ReeveDial *self, GCancellable *cancellable)
{
  if (cancellable == NULL)
    return;

  self->caller = g_object_ref (cancellable);
  self->caller_id =
      g_cancellable_connect (cancellable, G_CALLBACK (reeve_dial_cancelled_cb),
                             reeve_dial_ref (self), (GDestroyNotify) reeve_dial_unref);
}

/* ---- the door ---- */

/* Fills in the addresses; a name leaves none. */
static gboolean
reeve_dial_parse (ReeveDial *self, const ReeveDialOptions *options, GError **error)
{
  if (g_str_has_prefix (self->address, REEVE_NET_UNIX_PREFIX))
    {
      self->n_addresses = 1;
      return reeve_dial_set_tls (self, options, error) &&
             reeve_net_address_from_path (self->address + strlen (REEVE_NET_UNIX_PREFIX),
                                          &self->addresses[0], error);
    }

  if (!reeve_net_parse_address (self->address, &self->host, &self->port, error))
    return FALSE;
  if (self->port == 0)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "cannot connect to %s: nothing has port 0; set the one to connect to",
                   self->address);
      return FALSE;
    }
  if (!reeve_dial_set_tls (self, options, error) || !reeve_dial_find_proxy (self, options, error))
    return FALSE;
  if (reeve_net_address_from_literal (self->host, self->port, &self->addresses[0]))
    self->n_addresses = 1;
  return TRUE;
}

/**
 * reeve_owner_dial_async:
 * @owner: an owner
 * @resolver: (nullable): a worker that looks up names; not needed for addresses in numbers
 * @address: "host:port", "[v6]:port" or "unix:/path"
 * @timeout_ms: for all of it; 0 for none
 * @cancellable: (nullable): gives the dial up, in the next turn
 * @callback: runs on the main thread, never inside this call
 * @user_data: for @callback
 *
 * Connects to the first of the peer's addresses that answers.
 */
void
reeve_owner_dial_async (ReeveOwner *owner, ReeveWorker *resolver, const char *address,
                        guint timeout_ms, GCancellable *cancellable, GAsyncReadyCallback callback,
                        gpointer user_data)
{
  const ReeveDialOptions options = { .timeout_ms = timeout_ms };

  reeve_owner_dial_with_async (owner, resolver, address, &options, cancellable, callback,
                               user_data);
}

/**
 * reeve_owner_dial_with_async:
 * @owner: an owner
 * @worker: (nullable): looks up names and checks certificates
 * @address: as for reeve_owner_dial_async()
 * @options: what to do besides connecting; copied
 * @cancellable: (nullable): gives the dial up, in the next turn
 * @callback: runs on the main thread, never inside this call
 * @user_data: for @callback
 *
 * As reeve_owner_dial_async(), by way of a proxy or with TLS. The stream that comes of it has a
 * peer that was checked as demanded; see reeve_owner_dial_finish().
 */
void
reeve_owner_dial_with_async (ReeveOwner *owner, ReeveWorker *worker, const char *address,
                             const ReeveDialOptions *options, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  g_autoptr (GError) error = NULL;
  ReeveDial *self;

  g_return_if_fail (owner != NULL);
  g_return_if_fail (address != NULL);

  g_task_set_source_tag (task, reeve_owner_dial_async);
  g_task_set_check_cancellable (task, FALSE);
  if (reeve_owner_is_closed (owner) || g_cancellable_is_cancelled (cancellable))
    {
      g_task_return_new_error (task, REEVE_ERROR,
                               reeve_owner_is_closed (owner) ? REEVE_ERROR_GONE
                                                             : REEVE_ERROR_CANCELLED,
                               "connecting to %s was given up", address);
      return;
    }

  self = g_new0 (ReeveDial, 1);
  g_atomic_ref_count_init (&self->ref_count);
  self->task = g_steal_pointer (&task);
  self->address = g_strdup (address);
  self->timeout_ms = options->timeout_ms;
  self->worker = worker;
  self->inbox = reeve_inbox_ref (reeve_engine_get_inbox (reeve_owner_get_engine (owner)));
  self->resolving = g_cancellable_new ();
  reeve_item_join (&self->item, owner, REEVE_ITEM_DIAL, self->address, reeve_dial_owner_ends);
  reeve_tick_init (&self->deadline, &self->item, reeve_dial_expired);
  reeve_tick_init (&self->stagger, &self->item, reeve_dial_staggered);
  if (!reeve_dial_parse (self, options, &error))
    {
      reeve_dial_fail (self, g_steal_pointer (&error));
      return;
    }

  if (options->timeout_ms > 0)
    reeve_tick_start (&self->deadline, options->timeout_ms);
  reeve_dial_watch_caller (self, cancellable);
  if (self->n_addresses > 0)
    reeve_dial_go_on (self);
  else
    reeve_dial_resolve (self);
}

/**
 * reeve_owner_dial_finish:
 * @result: what the callback got
 * @error: NOT_FOUND (no such name), UNAVAILABLE (refused, unreachable), TIMEOUT, CANCELLED, GONE,
 *   INVALID, DENIED (the peer's certificate, the proxy) or PROTOCOL (not TLS) of #REEVE_ERROR
 *
 * Returns: (transfer full) (nullable): the stream
 */
ReeveStream *
reeve_owner_dial_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (G_IS_TASK (result), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, reeve_owner_dial_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
