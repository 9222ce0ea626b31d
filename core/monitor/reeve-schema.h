/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

G_BEGIN_DECLS

/*
 * What is measured: the one table of truth that store, codec, JSON, charts and rules derive from.
 * Values are in base units (bytes, seconds, ratios 0..1) at full precision. A schema never changes
 * once it is made; kinds and metrics are known by their index in it.
 */

#define REEVE_SCHEMA_MAX_KINDS 256
#define REEVE_SCHEMA_MAX_METRICS 64 /* of one kind */
#define REEVE_SCHEMA_MAX_STATES 32  /* of one metric */
#define REEVE_SCHEMA_MAX_NAME                                                                      \
  32                              /* [a-z][a-z0-9-]{0,31}; a collector's kind is "<plugin>.<kind>" \
                                   */
#define REEVE_SCHEMA_MAX_TEXT 200 /* characters */
#define REEVE_SCHEMA_MAX_DESCRIPTION 65536 /* bytes of the canonical description */
#define REEVE_SCHEMA_DIGEST 32             /* SHA-256 */

typedef enum
{
  REEVE_METRIC_NUMBER,  /* a double */
  REEVE_METRIC_COUNTER, /* collected as a guint64 that only grows; travels and is kept as a number:
                           the rate per second, or the share of "over" (see ReeveMetric) */
  REEVE_METRIC_STATE,   /* a small number with named values */
  REEVE_METRIC_TEXT, /* a short text, at most REEVE_SAMPLE_MAX_TEXT bytes; kept as the latest only
                      */
} ReeveMetricType;

typedef enum
{
  REEVE_AGGREGATION_NONE,
  REEVE_AGGREGATION_AVERAGE,
  REEVE_AGGREGATION_MAXIMUM,
  REEVE_AGGREGATION_LAST,
} ReeveAggregation;

typedef enum
{
  REEVE_CHART_NONE,
  REEVE_CHART_LINE,
  REEVE_CHART_AREA,
  REEVE_CHART_STACK, /* the kind's STACK metrics lie on each other */
} ReeveChart;

typedef enum
{
  REEVE_UNIT_NONE,
  REEVE_UNIT_RATIO,
  REEVE_UNIT_BYTES,
  REEVE_UNIT_BYTES_PER_SECOND,
  REEVE_UNIT_SECONDS,
  REEVE_UNIT_CELSIUS,
  REEVE_UNIT_RPM,
  REEVE_UNIT_WATTS,
  REEVE_UNIT_COUNT,
  REEVE_UNIT_PER_SECOND,
  REEVE_UNIT_LOAD,
} ReeveUnit;

typedef enum
{
  REEVE_STATE_OK,
  REEVE_STATE_WARNING,
  REEVE_STATE_CRITICAL,
  REEVE_STATE_UNKNOWN,
} ReeveStateSeverity;

typedef struct
{
  guint value;
  const char *name;
  ReeveStateSeverity severity;
} ReeveState;

typedef struct
{
  const char *name;
  const char *title;
  ReeveMetricType type;
  ReeveUnit unit;
  ReeveAggregation aggregation;
  ReeveChart chart;
  double range;     /* the top of its axis, 0: from the data */
  const char *over; /* COUNTER: the other counter of the kind whose growth divides this one's;
                       NULL: seconds */
  double scale;     /* COUNTER: what one count is worth in base units; 0: 1. With "over" both
                       growths are multiplied by their own scale */
  const ReeveState *states; /* STATE: ends with a NULL name */
  const char *text;         /* help, may be NULL */
} ReeveMetric;

typedef struct
{
  const char *name;
  const char *title;
  const char *text;
  gboolean instanced; /* one row per instance ("eth0"); otherwise one row without */
  gboolean facts;     /* seldom changes: sent on change or on request, not kept as history */
  guint n_metrics;
  const ReeveMetric *metrics;
} ReeveKind;

typedef struct _ReeveSchema ReeveSchema;

#define REEVE_TYPE_SCHEMA (reeve_schema_get_type ())
REEVE_API GType reeve_schema_get_type (void);

/* The standard kinds, compiled in. (transfer none), lives for ever, any thread. */
REEVE_API ReeveSchema *reeve_schema_get_standard (void);
/* Standard kinds plus @extra (copied deeply), checked against the limits; each extra name must be
 * "<plugin>.<kind>". (transfer full) */
REEVE_API ReeveSchema *reeve_schema_new (const ReeveKind *const *extra, gsize n_extra,
                                         GError **error);
REEVE_API ReeveSchema *reeve_schema_ref (ReeveSchema *self);
REEVE_API void reeve_schema_unref (ReeveSchema *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveSchema, reeve_schema_unref)

REEVE_API guint reeve_schema_get_n_kinds (ReeveSchema *self);
REEVE_API const ReeveKind *reeve_schema_get_kind (ReeveSchema *self, guint index);
/* NULL when there is none. @ret_index may be NULL. */
REEVE_API const ReeveKind *reeve_schema_find_kind (ReeveSchema *self, const char *name,
                                                   guint *ret_index);
/* -1 when there is none. */
REEVE_API int reeve_kind_find_metric (const ReeveKind *kind, const char *name);

/* A counter of bytes is shown and kept in bytes per second, unless another counter divides it. Any
 * thread, as the next two. */
REEVE_API ReeveUnit reeve_metric_get_rate_unit (const ReeveMetric *metric);
/* NULL when the value has none. (transfer none) */
REEVE_API const char *reeve_metric_get_state_name (const ReeveMetric *metric, double value);
/* "aa{sv}", floating: all kinds as D-Bus and JSON tell them. */
REEVE_API GVariant *reeve_schema_to_variant (ReeveSchema *self);

/* The canonical bytes of the description and their SHA-256; (transfer none). docs/protocol.md says
 * how they are made. Only the kinds beyond the standard ones and the standard table's revision are
 * in it. */
REEVE_API GBytes *reeve_schema_get_description (ReeveSchema *self);
REEVE_API const guint8 *reeve_schema_get_digest (ReeveSchema *self);
/* The reverse, bounded: from a peer's canonical bytes. Fuzzed. */
REEVE_API ReeveSchema *reeve_schema_new_from_description (GBytes *description, GError **error);

/* "bytes/s", "average", "line", ...: for JSON and docs. Static. */
REEVE_API const char *reeve_unit_to_string (ReeveUnit unit);
REEVE_API const char *reeve_metric_type_to_string (ReeveMetricType type);
REEVE_API const char *reeve_aggregation_to_string (ReeveAggregation aggregation);
REEVE_API const char *reeve_chart_to_string (ReeveChart chart);
REEVE_API const char *reeve_state_severity_to_string (ReeveStateSeverity severity);

G_END_DECLS
