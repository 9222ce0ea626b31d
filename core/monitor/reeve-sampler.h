/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-message.h"

G_BEGIN_DECLS

/* Asks the collectors and makes of their answers the samples for one asker (a hub, somebody at
 * the control socket), for whom counters are rates. Main thread only. */

/* Intervals that rates are kept for at a time; the one asked for longest ago goes first. */
#define REEVE_SAMPLER_MAX_BUCKETS 4
/* Requests that wait for the collectors at a time. */
#define REEVE_SAMPLER_MAX_WAITING 16
/* A first sample has rates over at least this... */
#define REEVE_SAMPLER_FIRST_US G_USEC_PER_SEC
/* ... and none has rates over more than this. */
#define REEVE_SAMPLER_LAST_US (10 * 60 * G_USEC_PER_SEC)
/* Facts that a hub was told are looked at again after this. */
#define REEVE_SAMPLER_FACTS_US (10 * 60 * G_USEC_PER_SEC)
/* At link-up a reading younger than this will do as the earlier end of the first rates. */
#define REEVE_SAMPLER_BASELINE_US (60 * G_USEC_PER_SEC)

typedef struct _ReeveSampler ReeveSampler;

typedef struct
{
  guint interval_ms;  /* between the hub's requests of this kind; 0: it does not say */
  gboolean facts;     /* wanted too */
  gboolean schema;    /* its description wanted too */
  gboolean extension; /* the peer understands more than the base protocol */
  guint connection;   /* the state system.connection */
  gboolean agent;     /* what the agent tells of itself goes with it: */
  guint64 kept;       /* samples that wait for this asker */
  guint64 dropped;    /* samples given up */
  gboolean counters; /* counters as they are, no rates and no sequence; @interval_ms says nothing */
} ReeveSamplerRequest;

/* Watches the collectors from now on, and reads them once. (transfer full) */
REEVE_API ReeveSampler *reeve_sampler_new (ReeveContext *context);
/* Requests that wait end with REEVE_ERROR_GONE. */
REEVE_API void reeve_sampler_free (ReeveSampler *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveSampler, reeve_sampler_free)

/* A link came up: no sample of an earlier one is repeated, and a reading is made for the first
 * rates. */
REEVE_API void reeve_sampler_link_up (ReeveSampler *self);
/* At once, when no collector has to be waited for: (transfer full). NULL: ask by
 * reeve_sampler_sample_async(), which shares what has begun by now. */
REEVE_API ReeveMessage *reeve_sampler_sample (ReeveSampler *self,
                                              const ReeveSamplerRequest *request);
REEVE_API void reeve_sampler_sample_async (ReeveSampler *self, const ReeveSamplerRequest *request,
                                           GCancellable *cancellable, GAsyncReadyCallback callback,
                                           gpointer user_data);
/* (transfer full) */
REEVE_API ReeveMessage *reeve_sampler_sample_finish (GAsyncResult *result, GError **error);

G_END_DECLS
