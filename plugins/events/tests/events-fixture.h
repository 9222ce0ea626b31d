/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../reeve-events-log.h"
#include "events-records.h"
#include "tests/lib/reeve-mock-host.h"

G_BEGIN_DECLS

typedef struct
{
  ReeveMockHost *host;
  TestRecords *records; /* NULL beside the real store */
  ReevePlugin *store;
  ReevePlugin *plugin;
  guint emitted;
  ReeveRecords *watched; /* the real store, once bench_count_stored () was called */
  guint watch;
  guint stored;
} Bench;

int bench_main (int argc, char **argv, void (*add) (void));
/* Exactly this was warned of since the last time. */
void assert_warned (const char *expected);
/* All of it, a line each. (transfer full) */
char *take_warned (void);
/* @real: beside sqlite-store. */
Bench *bench_new (gboolean real);
void bench_free (Bench *bench);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Bench, bench_free)
void bench_start (Bench *bench);
void bench_stop (Bench *bench);
/* "event 1", "event 2", ...; as many in one turn as the ring holds. */
void bench_emit (Bench *bench, guint n);
/* Time goes on, and what the store's own thread has is let end. */
void bench_advance (Bench *bench, guint ms);
void bench_count_stored (Bench *bench);
gboolean bench_is_stored (gpointer user_data);
/* (transfer full) */
GVariant *bench_call (Bench *bench, const char *method, GVariant *arguments);
/* (transfer full) aa{sv} */
GVariant *bench_list (Bench *bench, guint limit, guint64 after, const char *severity,
                      const char *subject);
/* The rows are "event @first" to "event @last", in order. */
void assert_events (Bench *bench, guint limit, guint first, guint last);
/* All of a collection, by the way of any plugin. (transfer full), of ReeveRecord. */
GPtrArray *bench_read_stored (Bench *bench, const char *collection);
void assert_stored (Bench *bench, guint first, guint last);

G_END_DECLS
