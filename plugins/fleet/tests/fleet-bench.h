/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

#include "tests/lib/reeve-mock-host.h"

G_BEGIN_DECLS

/* The real fleet beside the real store, over a transport that plays the agents. */

/* ---- a transport whose agents answer, or not ---- */

#define TEST_TYPE_TRANSPORT (test_transport_get_type ())
G_DECLARE_FINAL_TYPE (TestTransport, test_transport, TEST, TRANSPORT, GObject)

/* Answers a request for a sample in the transport's place. */
typedef ReeveMessage *(*TestAnswerFunc) (ReeveLink *link, const ReeveSampleRequest *wanted,
                                         GError **error);

struct _TestTransport
{
  GObject parent;
  ReeveMockHost *host;   /* where the links' owner is; NULL: gone */
  TestAnswerFunc answer; /* NULL: as the rest says */
  gboolean silent;
  gboolean mute; /* what is asked stays without an answer and an error */
  gboolean fail;
  guint requests;
  guint facts;
  guint cached; /* so many samples come without the facts that were asked for */
  guint pings;
  guint probes;
  gboolean named; /* samples have a container, a service and two sensors, called as everybody's */
  gint64 age;     /* of a sample, as the agent says; 0: two seconds */
  gboolean dead;  /* no ping is answered */
  gboolean hold;  /* the next probe ends with test_transport_end_probe() */
  GTask *probing; /* that one */
  GString *closed;
  double cpu;
  guint64 acknowledged;
  guint interval;
  guint64 sequence;
  GPtrArray *kept; /* of ReeveMessage: what the agents kept, NULL: nothing */
  guint64 series;
  guint64 stored;        /* as the hub says */
  guint64 stored_series; /* likewise */
  guint kept_requests;
  gboolean deaf;    /* to what the hub says is stored */
  GPtrArray *verbs; /* of char *: asked beyond samples */
};

/* The held probe: its link has ended. */
void test_transport_end_probe (TestTransport *self);

/* ---- the bench ---- */

typedef struct
{
  ReeveMockHost *host;
  TestTransport *transport;
  ReevePlugin *store;
  ReevePlugin *plugin;
  char *id;
  char *token;
} Bench;

/* (transfer full): what answers, by reeve_operations_call_finish() once @result is there. */
ReeveOperations *bench_begin (Bench *bench, const char *method, GVariant *arguments,
                              GAsyncResult **result);
GVariant *bench_try (Bench *bench, const char *method, GVariant *arguments, GError **error);
GVariant *bench_call (Bench *bench, const char *method, GVariant *arguments);
/* Likewise, for what it does. */
void bench_do (Bench *bench, const char *method, GVariant *arguments);
void bench_assert_error (Bench *bench, const char *method, GVariant *arguments, int code);
Bench *bench_new (void);
void bench_free (Bench *bench);
/* The fleet stops and starts again, on the same store. */
void bench_restart (Bench *bench);
char *bench_get_state (Bench *bench);
void bench_advance (Bench *bench, guint ms);
ReeveLinkOwner *bench_get_owner (Bench *bench);
ReeveLink *bench_link (Bench *bench, ReeveLinkOffer *offer, GError **error);
/* Its first half: (transfer full) what the token stands for. */
ReeveAdmission *bench_admit (Bench *bench, ReeveLinkOffer *offer, GError **error);
ReeveLinkOffer bench_offer (Bench *bench);
void bench_lose (Bench *bench, ReeveLink *link);
/* DENIED, with @text in the reason. */
void bench_assert_refused (Bench *bench, ReeveLinkOffer offer, const char *text);
/* That have @text. */
guint bench_count_events (Bench *bench, const char *text);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Bench, bench_free)

#define assert_state(bench, expected)                                                              \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_autofree char *state_ = bench_get_state (bench);                                             \
    g_assert_cmpstr (state_, ==, expected);                                                        \
  }                                                                                                \
  G_STMT_END

G_END_DECLS
