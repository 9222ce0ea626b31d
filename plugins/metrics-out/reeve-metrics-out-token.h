/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

G_BEGIN_DECLS

/* The one bearer token, of which only the SHA-256 is kept. Main thread only. */
typedef struct _ReeveMetricsOutToken ReeveMetricsOutToken;

/* Bytes of randomness in ours, and characters of one from a file. */
#define REEVE_METRICS_OUT_TOKEN_BYTES 32
#define REEVE_METRICS_OUT_TOKEN_MIN 22
#define REEVE_METRICS_OUT_TOKEN_MAX 256

/* @state_dir: where the digest lies. @file: a token that somebody else made, or NULL. */
ReeveMetricsOutToken *reeve_metrics_out_token_load (const char *state_dir, const char *file,
                                                    GError **error);
void reeve_metrics_out_token_free (ReeveMetricsOutToken *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveMetricsOutToken, reeve_metrics_out_token_free)

gboolean reeve_metrics_out_token_is_set (ReeveMetricsOutToken *self);
/* In the same time whatever @text is. FALSE without a token. */
gboolean reeve_metrics_out_token_matches (ReeveMetricsOutToken *self, const char *text);
/* (transfer full) */
char *reeve_metrics_out_token_make (ReeveMetricsOutToken *self, GError **error);
gboolean reeve_metrics_out_token_remove (ReeveMetricsOutToken *self, GError **error);

G_END_DECLS
