/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

G_BEGIN_DECLS

/* Lists of names with wildcards, as settings have them: "eth0,wl*" names what counts, "-tun*,wg0"
 * what does not. */

/* Patterns of one setting. */
#define REEVE_HOST_METRICS_MAX_PATTERNS 64

typedef struct
{
  gboolean set;  /* there is a text at all */
  gboolean deny; /* it begins with "-" */
  char **names;  /* NULL unless set */
} ReeveHostMetricsPatterns;

/* @text: NULL or "": not set. @key: the setting's, for the error. FALSE: too many. */
gboolean reeve_host_metrics_patterns_init (ReeveHostMetricsPatterns *self, const char *text,
                                           const char *key, GError **error);
void reeve_host_metrics_patterns_clear (ReeveHostMetricsPatterns *self);
/* Is @name in the list, whatever the list is for? */
gboolean reeve_host_metrics_patterns_match (const ReeveHostMetricsPatterns *self, const char *name);
/* By the list alone: what is not set allows all. */
gboolean reeve_host_metrics_patterns_allow (const ReeveHostMetricsPatterns *self, const char *name);

G_END_DECLS
