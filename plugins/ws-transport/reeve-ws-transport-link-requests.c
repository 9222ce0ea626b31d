/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What waits for the peer: requests for their answers, probes for any sign of it. */

#include "config.h"

#include "reeve-ws-transport-link-private.h"

#include <reeve/monitor.h>

#include "core/wire/reeve-wire.h"

void
reeve_ws_transport_link_fail_all (ReeveWsTransportLink *self, const GError *error)
{
  while (self->first != NULL)
    {
      g_autofree ReeveWsTransportLinkPending *pending = self->first;

      self->first = pending->next;
      if (self->first == NULL)
        self->last = NULL;
      self->n_pending--;
      pending->func (self, NULL, 0, error, pending->user_data);
    }
}

/* Takes a request out of the table. */
static void
reeve_ws_transport_link_take (ReeveWsTransportLink *self, ReeveWsTransportLinkPending *pending)
{
  ReeveWsTransportLinkPending *before = NULL;

  if (self->first != pending)
    for (before = self->first; before->next != pending; before = before->next)
      ;
  if (before != NULL)
    before->next = pending->next;
  else
    self->first = pending->next;
  if (self->last == pending)
    self->last = before;
  self->n_pending--;
}

gboolean
reeve_ws_transport_link_expire_one (ReeveWsTransportLink *self, gint64 now)
{
  g_autofree ReeveWsTransportLinkPending *pending = self->first;
  g_autoptr (GError) error = NULL;

  while (pending != NULL && pending->deadline > now)
    pending = pending->next;
  if (pending == NULL)
    return FALSE;
  reeve_ws_transport_link_take (self, pending);
  error = g_error_new (REEVE_ERROR, REEVE_ERROR_TIMEOUT, "no answer from %s within %u ms",
                       reeve_stream_get_peer (self->stream), pending->timeout_ms);
  pending->func (self, NULL, 0, error, pending->user_data);
  return TRUE;
}

gint64
reeve_ws_transport_link_get_next_deadline (ReeveWsTransportLink *self)
{
  gint64 next = G_MAXINT64;

  for (ReeveWsTransportLinkPending *pending = self->first; pending != NULL; pending = pending->next)
    next = MIN (next, pending->deadline);
  return next;
}

/* The request that a message answers. One without an id, or none of the known form, is for the
 * oldest: peers of before 0.13 send such. */
static ReeveWsTransportLinkPending *
reeve_ws_transport_link_find (ReeveWsTransportLink *self, const guint8 *data, gsize length)
{
  gint64 id;

  if (self->first == NULL)
    return NULL;
  id = reeve_wire_response_peek_id (data, length);
  for (ReeveWsTransportLinkPending *pending = self->first; pending != NULL; pending = pending->next)
    if (pending->id != 0 && (id == REEVE_WIRE_ID_NONE || pending->id == id))
      return pending;
  return NULL;
}

void
reeve_ws_transport_link_answer (ReeveWsTransportLink *self, const guint8 *data, gsize length)
{
  ReeveWsTransportLinkPending *pending = reeve_ws_transport_link_find (self, data, length);

  if (pending == NULL)
    return;
  reeve_ws_transport_link_take (self, pending);
  pending->func (self, data, length, NULL, pending->user_data);
  g_free (pending);
}

void
reeve_ws_transport_link_take_probes (ReeveWsTransportLink *self)
{
  ReeveWsTransportLinkPending *pending = self->first;

  while (pending != NULL)
    {
      if (pending->id != 0)
        {
          pending = pending->next;
          continue;
        }
      reeve_ws_transport_link_take (self, pending);
      pending->func (self, NULL, 0, NULL, pending->user_data);
      g_free (pending);
      pending = self->first; /* what came after it may be gone */
    }
}

/* ---- asking ---- */

/* What the next request has to carry. */
guint32
reeve_ws_transport_link_get_next_id (ReeveWsTransportLink *self)
{
  return self->next_id;
}

static gboolean
reeve_ws_transport_link_check (ReeveWsTransportLink *self, GError **error)
{
  if (self->ended)
    g_set_error_literal (error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE, "the link has ended");
  else if (self->n_pending >= REEVE_WS_TRANSPORT_LINK_MAX_PENDING)
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT, "%u requests wait for %s already",
                 self->n_pending, reeve_stream_get_peer (self->stream));
  else
    return TRUE;
  return FALSE;
}

static void
reeve_ws_transport_link_add (ReeveWsTransportLink *self, guint32 id, guint timeout_ms,
                             ReeveWsTransportLinkFunc func, gpointer user_data)
{
  ReeveWsTransportLinkPending *pending = g_new0 (ReeveWsTransportLinkPending, 1);

  pending->id = id;
  pending->timeout_ms = timeout_ms;
  pending->deadline = reeve_ws_transport_link_in (self, timeout_ms);
  pending->func = func;
  pending->user_data = user_data;
  if (self->last != NULL)
    self->last->next = pending;
  else
    self->first = pending;
  self->last = pending;
  self->n_pending++;
  reeve_ws_transport_link_schedule (self);
}

/**
 * reeve_ws_transport_link_request:
 * @self: a link
 * @message: (transfer full): a request with the id of reeve_ws_transport_link_get_next_id()
 * @timeout_ms: how long its answer may take
 * @func: called once with the answer, TIMEOUT, or why the link ended; not after
 *   reeve_ws_transport_link_forget()
 * @user_data: for @func
 * @error: UNAVAILABLE when the link has ended, LIMIT when too many requests wait already
 *
 * Returns: the request's id, 0 on failure
 */
guint32
reeve_ws_transport_link_request (ReeveWsTransportLink *self, GBytes *message, guint timeout_ms,
                                 ReeveWsTransportLinkFunc func, gpointer user_data, GError **error)
{
  g_autoptr (GBytes) bytes = message;
  guint32 id;

  if (!reeve_ws_transport_link_check (self, error))
    return 0;
  id = self->next_id++;
  if (self->next_id == 0)
    self->next_id = 1;
  reeve_ws_transport_link_add (self, id, timeout_ms, func, user_data);
  /* if the stream cannot take it, its end is on the way and fails the request */
  reeve_ws_transport_link_send (self, g_steal_pointer (&bytes));
  return id;
}

gboolean
reeve_ws_transport_link_probe (ReeveWsTransportLink *self, guint timeout_ms,
                               ReeveWsTransportLinkFunc func, gpointer user_data, GError **error)
{
  if (!reeve_ws_transport_link_check (self, error))
    return FALSE;
  reeve_ws_transport_link_add (self, 0, timeout_ms, func, user_data);
  reeve_ws_transport_link_ping (self);
  return TRUE;
}

/* Drops a request whose caller has gone; its answer, if it comes, answers nothing. */
void
reeve_ws_transport_link_forget (ReeveWsTransportLink *self, guint32 id)
{
  for (ReeveWsTransportLinkPending *pending = self->first; pending != NULL; pending = pending->next)
    if (pending->id == id)
      {
        reeve_ws_transport_link_take (self, pending);
        g_free (pending);
        return;
      }
}

guint
reeve_ws_transport_link_get_n_pending (ReeveWsTransportLink *self)
{
  return self->n_pending;
}
