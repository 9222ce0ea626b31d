/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-ws-transport-link.h"

G_BEGIN_DECLS

/* What the link's own files share. */

typedef struct _ReeveWsTransportLinkPending ReeveWsTransportLinkPending;

struct _ReeveWsTransportLinkPending
{
  ReeveWsTransportLinkPending *next;
  guint32 id; /* 0: a probe, answered by any frame */
  gint64 deadline;
  guint timeout_ms;
  ReeveWsTransportLinkFunc func;
  gpointer user_data;
};

/* Masking keys of a client, drawn together: a generator is much code to run for one frame a second.
 */
typedef struct
{
  guint left;
  guint8 keys[64][4];
} ReeveWsTransportLinkKeys;

struct _ReeveWsTransportLink
{
  grefcount refs;
  ReeveOwner *owner;
  ReeveClock *clock;
  ReeveStream *stream;
  ReeveWsTransportFrameParser *parser;
  ReeveWsTransportLinkKeys *keys;         /* NULL for a server */
  const ReeveWsTransportLinkFuncs *funcs; /* NULL once detached */
  gpointer user_data;

  ReeveTimer *timer;
  gint64 timer_at;   /* when it fires, 0: it does not run */
  gint64 silence_at; /* when the peer counts as lost */
  gint64 ping_at;    /* unless it says something before; 0: never */
  guint quiet_ms;
  gint64 deadline; /* set from outside; 0: none */
  const char *deadline_what;

  guint32 next_id;
  guint n_pending;
  ReeveWsTransportLinkPending *first; /* oldest */
  ReeveWsTransportLinkPending *last;

  gboolean ended;
  GError *error; /* why, once ended */
};

gint64 reeve_ws_transport_link_in (ReeveWsTransportLink *self, guint ms);
void reeve_ws_transport_link_schedule (ReeveWsTransportLink *self);

/* ---- reeve-ws-transport-link-requests.c ---- */

void reeve_ws_transport_link_fail_all (ReeveWsTransportLink *self, const GError *error);
/* One request whose time is over; FALSE when there is none. */
gboolean reeve_ws_transport_link_expire_one (ReeveWsTransportLink *self, gint64 now);
/* G_MAXINT64: nothing waits. */
gint64 reeve_ws_transport_link_get_next_deadline (ReeveWsTransportLink *self);
/* Hands a message to the request that it answers, if there is one. */
void reeve_ws_transport_link_answer (ReeveWsTransportLink *self, const guint8 *data, gsize length);
/* Something came, so the peer is there. */
void reeve_ws_transport_link_take_probes (ReeveWsTransportLink *self);

G_END_DECLS
