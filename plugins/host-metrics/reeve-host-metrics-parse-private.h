/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-host-metrics-parse.h"

G_BEGIN_DECLS

/* The pieces that the parsers are made of. */

/* A slice of one line. */
typedef struct
{
  const char *at;
  const char *end;
} ReeveHostMetricsParseLine;

/* The next whole line, without its newline. */
gboolean reeve_host_metrics_parse_next_line (ReeveHostMetricsText *text,
                                             ReeveHostMetricsParseLine *ret_line);
void reeve_host_metrics_parse_skip_blanks (ReeveHostMetricsParseLine *line);
/* FALSE when the line does not go on like @text. */
gboolean reeve_host_metrics_parse_skip (ReeveHostMetricsParseLine *line, const char *text,
                                        gsize length);
/* Blanks, then digits that end at a blank, at @stop or with the line. */
gboolean reeve_host_metrics_parse_number (ReeveHostMetricsParseLine *line, char stop,
                                          guint64 *ret_value);
/* FALSE when it does not fit or has a NUL inside. */
gboolean reeve_host_metrics_parse_copy (const ReeveHostMetricsParseLine *word, char *ret_text,
                                        gsize room);
/* Likewise, with blanks taken off both ends and cut at the room. */
gboolean reeve_host_metrics_parse_copy_cut (ReeveHostMetricsParseLine word, char *ret_text,
                                            gsize room);

G_END_DECLS
