/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-tls.h"

G_BEGIN_DECLS

/* ---- reeve-tls.c: what a peer has to show ---- */

/* A copy of the options, immutable, for any thread. */
typedef struct _ReeveTlsPolicy ReeveTlsPolicy;

ReeveTlsPolicy *reeve_tls_policy_new (const ReeveTlsOptions *options, const char *host,
                                      GError **error);
ReeveTlsPolicy *reeve_tls_policy_ref (ReeveTlsPolicy *self);
void reeve_tls_policy_unref (ReeveTlsPolicy *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveTlsPolicy, reeve_tls_policy_unref)

const char *reeve_tls_policy_get_name (ReeveTlsPolicy *self);
gboolean reeve_tls_policy_is_unverified (ReeveTlsPolicy *self);
/* @chain: GBytes in DER, the peer's own first. Reads files: on a worker. */
gboolean reeve_tls_policy_check (ReeveTlsPolicy *self, GPtrArray *chain, GError **error);

/* ---- reeve-stream-tls.c: TLS under a stream ---- */

/* Once: the handshake has ended. @error: why it failed; the stream is the caller's to abort. */
typedef void (*ReeveStreamTlsFunc) (ReeveStream *stream, const GError *error, gpointer user_data);

/* @stream: open, without a user and with nothing to send. @func may run inside. */
void reeve_stream_start_tls_client (ReeveStream *stream, const char *name, guint timeout_ms,
                                    ReeveStreamTlsFunc func, gpointer user_data);
/* (transfer full) (element-type GBytes): what the peer showed; empty when it showed nothing. */
GPtrArray *reeve_stream_get_peer_chain (ReeveStream *stream);
void reeve_stream_set_peer_verified (ReeveStream *stream);

G_END_DECLS
