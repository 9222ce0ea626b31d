/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-schema.h"

G_BEGIN_DECLS

/*
 * All values of one system at one moment: rows of (kind, instance), each with a value per metric or
 * none (missing is not zero). Its room grows and is kept: filling a sample again with the same
 * shape allocates nothing. Not thread-safe; may be handed to another thread whole.
 */

#define REEVE_SAMPLE_MAX_ROWS 8192
#define REEVE_SAMPLE_MAX_TEXT 1024       /* bytes of one text value */
#define REEVE_SAMPLE_MAX_INSTANCE 255    /* bytes of an instance's name */
#define REEVE_SAMPLE_MAX_TEXTS (1 << 20) /* bytes of all texts and instance names */

typedef struct _ReeveSample ReeveSample;

#define REEVE_TYPE_SAMPLE (reeve_sample_get_type ())
REEVE_API GType reeve_sample_get_type (void);

REEVE_API ReeveSample *reeve_sample_new (ReeveSchema *schema);
REEVE_API ReeveSample *reeve_sample_ref (ReeveSample *self);
REEVE_API void reeve_sample_unref (ReeveSample *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveSample, reeve_sample_unref)
/* Empties it and keeps its room. */
REEVE_API void reeve_sample_reset (ReeveSample *self, ReeveSchema *schema);
REEVE_API ReeveSchema *reeve_sample_get_schema (ReeveSample *self);

/* The moment: wall clock, microseconds since 1970 (0: not set). On the hub the receive time less
 * the age. */
REEVE_API gint64 reeve_sample_get_time (ReeveSample *self);
REEVE_API void reeve_sample_set_time (ReeveSample *self, gint64 wall_us);
/* TRUE once counters have become rates: COUNTER metrics then hold numbers. */
REEVE_API gboolean reeve_sample_get_rates (ReeveSample *self);
REEVE_API void reeve_sample_set_rates (ReeveSample *self, gboolean rates);

/* ---- writing ---- */

/* Opens a row and makes it the current one. @instance: NULL for a kind without instances; copied,
 * cut at the limit on a character boundary, made valid and free of control characters (see
 * reeve_text_clean()). FALSE when a limit is reached or there is such a row already: it is left out
 * and counted, and what is set next goes nowhere. */
REEVE_API gboolean reeve_sample_add (ReeveSample *self, guint kind, const char *instance);
/* Makes an earlier row the current one again; negative: none. */
REEVE_API void reeve_sample_select (ReeveSample *self, int row);
/* Into the current row. NaN and infinities count as missing. set_number is for NUMBER, and for
 * COUNTER once rates are set; set_counter for COUNTER before. */
REEVE_API void reeve_sample_set_number (ReeveSample *self, guint metric, double value);
REEVE_API void reeve_sample_set_counter (ReeveSample *self, guint metric, guint64 value);
REEVE_API void reeve_sample_set_state (ReeveSample *self, guint metric, guint value);
REEVE_API void reeve_sample_set_text (ReeveSample *self, guint metric, const char *value);
REEVE_API guint reeve_sample_get_n_dropped (ReeveSample *self);
/* Gives back the room that is not filled, of a sample that is to be kept. What get_row() and
 * get_text() answered before is no longer valid. */
REEVE_API void reeve_sample_trim (ReeveSample *self);

/* ---- reading ---- */

REEVE_API guint reeve_sample_get_n_rows (ReeveSample *self);
/* @ret_instance: "" without; valid until the next write. Any out parameter may be NULL. */
REEVE_API const ReeveKind *reeve_sample_get_row (ReeveSample *self, guint row, guint *ret_kind,
                                                 const char **ret_instance);
/* -1 when there is none. @instance: NULL or "" for none. By hash. */
REEVE_API int reeve_sample_find_row (ReeveSample *self, guint kind, const char *instance);
REEVE_API gboolean reeve_sample_has (ReeveSample *self, guint row, guint metric);
/* NaN when missing. Of NUMBER, STATE, and COUNTER once rates are set. */
REEVE_API double reeve_sample_get_number (ReeveSample *self, guint row, guint metric);
/* Likewise those of @n metrics, in one go; returns a bit for each that is there. @n: at most 64. */
REEVE_API guint64 reeve_sample_get_numbers (ReeveSample *self, guint row, const guint8 *metrics,
                                            guint n, double *ret_values);
/* Of COUNTER before rates are set. */
REEVE_API gboolean reeve_sample_get_counter (ReeveSample *self, guint row, guint metric,
                                             guint64 *ret_value);
/* NULL when missing; valid until the next write. */
REEVE_API const char *reeve_sample_get_text (ReeveSample *self, guint row, guint metric);
/* Of the row of @kind and @instance, or NaN: for the few well-known values. */
REEVE_API double reeve_sample_get_value (ReeveSample *self, guint kind, const char *instance,
                                         guint metric);

/* Text from a peer or the kernel made fit to keep: valid UTF-8, no control or bidirectional
 * controls (each becomes U+FFFD), at most @max_bytes. (transfer full) */
REEVE_API char *reeve_text_clean (const char *text, gssize length, gsize max_bytes);
/* TRUE when reeve_text_clean() would change nothing. */
REEVE_API gboolean reeve_text_is_clean (const char *text, gssize length, gsize max_bytes);

G_END_DECLS
