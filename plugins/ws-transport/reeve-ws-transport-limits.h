/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

G_BEGIN_DECLS

/* Connections whose token nobody has looked at yet. The owner looks from memory, so there are more
 * than a few of these only when it hangs. */
#define REEVE_WS_TRANSPORT_LIMITS_MAX_STRANGERS 1024
/* Connections with a known token that have not proven themselves: in all, with one system's token,
 * and with one that many machines have. */
#define REEVE_WS_TRANSPORT_LIMITS_MAX_UNPROVEN 4096
#define REEVE_WS_TRANSPORT_LIMITS_MAX_UNPROVEN_OWN 8
#define REEVE_WS_TRANSPORT_LIMITS_MAX_UNPROVEN_SHARED 2048
/* Likewise with one that many machines have, from one source, and from one whose proofs with it
 * have failed too often: nobody holds all places of a token, and there are some still for those who
 * share the source with whom that was. */
#define REEVE_WS_TRANSPORT_LIMITS_MAX_UNPROVEN_SOURCE 1024
#define REEVE_WS_TRANSPORT_LIMITS_MAX_UNPROVEN_FAILING 64

/* Failures of one source (an IPv4 address, a /64 of IPv6) that are answered and logged: so many at
 * once, then one in each interval. */
#define REEVE_WS_TRANSPORT_LIMITS_SOURCE_BURST 20
#define REEVE_WS_TRANSPORT_LIMITS_SOURCE_INTERVAL_MS 2000
/* Likewise of all sources together. */
#define REEVE_WS_TRANSPORT_LIMITS_ALL_BURST 200
#define REEVE_WS_TRANSPORT_LIMITS_ALL_INTERVAL_MS 50
/* Proofs that fail with one token from one source, before its connections are refused without a
 * challenge (one system's token), or have few places (one that many machines have). */
#define REEVE_WS_TRANSPORT_LIMITS_PROOF_BURST 30
#define REEVE_WS_TRANSPORT_LIMITS_PROOF_INTERVAL_MS 2000
/* Sources that are told apart, of both kinds each. */
#define REEVE_WS_TRANSPORT_LIMITS_MAX_SOURCES 4096

/* How often strangers may try. Only failures and connections without a proof are counted; whoever
 * has a known token is never kept out by what others did. */
typedef struct _ReeveWsTransportLimits ReeveWsTransportLimits;

typedef enum
{
  REEVE_WS_TRANSPORT_LIMITS_TELL,  /* answer and log it */
  REEVE_WS_TRANSPORT_LIMITS_FIRST, /* the first of too many: say that the next ones are not logged
                                    */
  REEVE_WS_TRANSPORT_LIMITS_QUIET, /* one of too many */
} ReeveWsTransportVerdict;

ReeveWsTransportLimits *reeve_ws_transport_limits_new (ReeveClock *clock);
void reeve_ws_transport_limits_free (ReeveWsTransportLimits *self);

/* A connection of @source, see reeve_net_make_source(), has failed. @admission: with whose own
 * token, or, where the source says who it is, with one that many have; NULL: none of these.
 * @ret_missed: how many before this one were not told of. */
ReeveWsTransportVerdict reeve_ws_transport_limits_fail (ReeveWsTransportLimits *self,
                                                        const char *source, const char *admission,
                                                        guint *ret_missed);

/* Room for one more whose token nobody has looked at. FALSE: there is none. */
gboolean reeve_ws_transport_limits_enter (ReeveWsTransportLimits *self);
/* Its token is known, as @admission. @common: the source does not say who it is, and a token that
 * many have is not measured by it. NULL: there is room, and it is counted until
 * reeve_ws_transport_limits_leave(); else why there is none. */
const char *reeve_ws_transport_limits_admit (ReeveWsTransportLimits *self, const char *source,
                                             gboolean common, const ReeveAdmission *admission);
/* It has proven itself, or is gone. @admission: of a successful admit, else NULL. */
void reeve_ws_transport_limits_leave (ReeveWsTransportLimits *self, const char *source,
                                      const char *admission);

G_END_DECLS
