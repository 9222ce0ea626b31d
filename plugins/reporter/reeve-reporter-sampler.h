/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

G_BEGIN_DECLS

/* Asks the collectors and makes of their answers the samples for one hub. Main thread only. */

/* Intervals that rates are kept for at a time; the one asked for longest ago goes first. */
#define REEVE_REPORTER_MAX_BUCKETS 4
/* Requests that wait for the collectors at a time. */
#define REEVE_REPORTER_MAX_WAITING 16
/* A first sample has rates over at least this... */
#define REEVE_REPORTER_FIRST_US G_USEC_PER_SEC
/* ... and none has rates over more than this. */
#define REEVE_REPORTER_LAST_US (10 * 60 * G_USEC_PER_SEC)
/* Facts that a hub was told are looked at again after this. */
#define REEVE_REPORTER_FACTS_US (10 * 60 * G_USEC_PER_SEC)
/* At link-up a reading younger than this will do as the earlier end of the first rates. */
#define REEVE_REPORTER_BASELINE_US (60 * G_USEC_PER_SEC)

typedef struct _ReeveReporterSampler ReeveReporterSampler;

typedef struct
{
  guint interval_ms;  /* between the hub's requests of this kind; 0: it does not say */
  gboolean facts;     /* wanted too */
  gboolean schema;    /* its description wanted too */
  gboolean extension; /* the peer understands more than the base protocol */
  guint connection;   /* the state system.connection */
} ReeveReporterRequest;

/* Watches the collectors from now on, and reads them once. (transfer full) */
ReeveReporterSampler *reeve_reporter_sampler_new (ReeveContext *context);
/* Requests that wait end with REEVE_ERROR_GONE. */
void reeve_reporter_sampler_free (ReeveReporterSampler *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveReporterSampler, reeve_reporter_sampler_free)

/* A link came up: no sample of an earlier one is repeated, and a reading is made for the first
 * rates. */
void reeve_reporter_sampler_link_up (ReeveReporterSampler *self);
void reeve_reporter_sampler_sample_async (ReeveReporterSampler *self,
                                          const ReeveReporterRequest *request,
                                          GCancellable *cancellable, GAsyncReadyCallback callback,
                                          gpointer user_data);
/* (transfer full) */
ReeveMessage *reeve_reporter_sampler_sample_finish (GAsyncResult *result, GError **error);

G_END_DECLS
