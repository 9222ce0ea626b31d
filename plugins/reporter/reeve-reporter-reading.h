/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

#include "reeve-reporter-rates.h"

G_BEGIN_DECLS

/* What all collectors said at one moment, with counters as they were. Main thread only. */

#define REEVE_REPORTER_MAX_COLLECTORS 32

typedef struct
{
  gconstpointer collector; /* compared only; NULL once it is gone */
  ReeveSample *sample;     /* its room is kept */
  gint64 moment;           /* monotonic */
  gboolean ok;             /* it answered */
} ReeveReporterPart;

typedef struct
{
  guint refs;
  guint n;
  ReeveReporterPart parts[REEVE_REPORTER_MAX_COLLECTORS];
  gint64 moment; /* of the earliest part: monotonic, wall */
  gint64 wall;
  gboolean facts; /* they were asked for too */
} ReeveReporterReading;

/* Readings that nobody needs any more, kept for their room. */
#define REEVE_REPORTER_MAX_SPARE 3
typedef struct
{
  ReeveReporterReading *spare[REEVE_REPORTER_MAX_SPARE];
  guint n;
} ReeveReporterPool;

/* Empty, with one reference. */
ReeveReporterReading *reeve_reporter_pool_take (ReeveReporterPool *pool);
ReeveReporterReading *reeve_reporter_reading_ref (ReeveReporterReading *self);
/* NULL is fine. */
void reeve_reporter_pool_release (ReeveReporterPool *pool, ReeveReporterReading *reading);
void reeve_reporter_pool_clear (ReeveReporterPool *pool);

/* A part for one more collector; NULL at the limit. */
ReeveReporterPart *reeve_reporter_reading_add (ReeveReporterReading *self, gconstpointer collector,
                                               ReeveSchema *schema);
/* All parts have ended: sets its moment. FALSE: nobody answered. */
gboolean reeve_reporter_reading_close (ReeveReporterReading *self);
void reeve_reporter_reading_forget (ReeveReporterReading *self, gconstpointer collector);
/* Its rows, with rates since @before (may be NULL). */
void reeve_reporter_reading_add_to (ReeveReporterReading *self, ReeveReporterReading *before,
                                    ReeveReporterRatesFlags flags, ReeveSample *out);

G_END_DECLS
