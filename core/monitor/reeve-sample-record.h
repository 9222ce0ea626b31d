/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-sample.h"

G_BEGIN_DECLS

/*
 * A sample as a record of bytes that stands alone: to be kept while nobody takes it, and read again
 * by this or a later version, whatever plugins there are by then. Pure functions, any thread.
 */

#define REEVE_SAMPLE_RECORD_MAX_BYTES (2 * 1024 * 1024)

/* @sample: with rates. (transfer full) */
REEVE_API GBytes *reeve_sample_record_write (ReeveSample *sample);
/* Numbered by @schema: what that does not have is left out. PROTOCOL or LIMIT for what is no
 * record. (transfer full) */
REEVE_API ReeveSample *reeve_sample_record_read (const guint8 *data, gsize length,
                                                 ReeveSchema *schema, GError **error);

G_END_DECLS
