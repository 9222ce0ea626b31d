/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-sample.h"

G_BEGIN_DECLS

/*
 * Samples as OpenMetrics text 1.0, of one system or of many: the lines of a family stand together,
 * so the text is made family by family over all samples, in pieces as large as the caller wants.
 * Everything comes from the schemas: a number is a gauge, a counter a counter (or, in samples whose
 * counters have become rates, a gauge), a state a stateset, and the texts of a kind are the labels
 * of one info family. Main thread or any other, one at a time.
 */

/* Samples of one text. */
#define REEVE_OPENMETRICS_MAX_SAMPLES 65536
/* Different kinds of all samples' schemas together, and different ones of the same name (another
 * version of an agent describes it otherwise); what is beyond is left out. */
#define REEVE_OPENMETRICS_MAX_KINDS 1024
#define REEVE_OPENMETRICS_MAX_VARIANTS 8
/* Rows that one step looks at, at most. */
#define REEVE_OPENMETRICS_STEP_ROWS 16384

typedef struct _ReeveOpenMetrics ReeveOpenMetrics;

/* Which kinds of a sample are told: a hub keeps the newest facts and the newest values apart,
 * though both may be in one sample. */
typedef enum
{
  REEVE_OPENMETRICS_ALL,
  REEVE_OPENMETRICS_FACTS,
  REEVE_OPENMETRICS_VALUES,
} ReeveOpenMetricsPart;

/* @rates: the samples have rates instead of counters. (transfer full) */
REEVE_API ReeveOpenMetrics *reeve_openmetrics_new (gboolean rates);
REEVE_API void reeve_openmetrics_free (ReeveOpenMetrics *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveOpenMetrics, reeve_openmetrics_free)

/* No family will be called @name or have lines of that name: the caller writes them. */
REEVE_API void reeve_openmetrics_reserve (ReeveOpenMetrics *self, const char *name);
/* @labels: "system=\"web1\"" as made by reeve_openmetrics_append_label(), before the others in each
 * line; "" for none. @sample: with a reference, must not change any more. FALSE: there are too
 * many.
 */
REEVE_API gboolean reeve_openmetrics_add (ReeveOpenMetrics *self, const char *labels,
                                          ReeveSample *sample, ReeveOpenMetricsPart part);
/* Appends lines to @out until it has some @max bytes or many rows have been looked at. TRUE: there
 * is more. The caller ends the text with "# EOF\n". */
REEVE_API gboolean reeve_openmetrics_step (ReeveOpenMetrics *self, GString *out, gsize max);
/* Kinds and samples that were left out. */
REEVE_API guint reeve_openmetrics_get_n_dropped (ReeveOpenMetrics *self);

/* The whole text of one sample. (transfer full) */
REEVE_API char *reeve_openmetrics_from_sample (ReeveSample *sample);

/* ---- for families of the caller's own ---- */

/* NAME="VALUE", after a comma unless @out is empty or ends in a brace. @name is made one of
 * letters, digits and "_". */
REEVE_API void reeve_openmetrics_append_label (GString *out, const char *name, const char *value);
/* The lines that begin a family. @unit: "" for none, else @name ends in it. */
REEVE_API void reeve_openmetrics_append_head (GString *out, const char *name, const char *type,
                                              const char *unit, const char *help);
/* One line. @labels: "" for none. */
REEVE_API void reeve_openmetrics_append_line (GString *out, const char *name, const char *labels,
                                              double value);

G_END_DECLS
