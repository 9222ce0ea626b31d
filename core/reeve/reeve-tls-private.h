/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-keeper.h"
#include "reeve-stream.h"
#include "reeve-tls.h"

G_BEGIN_DECLS

#define REEVE_TLS_PIN_PREFIX "sha256//"

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

/* ---- reeve-tls-credentials.c: what a server shows ---- */

/* ---- reeve-tls-key.c: files and keys ---- */

/* @what: "certificate" or "key". @ret_open: everybody may read or change it. -1: @error */
int reeve_tls_file_open (const char *path, const char *what, gsize *ret_size, gboolean *ret_open,
                         GError **error);
/* (transfer full) (nullable): to wipe, and to free by g_free(). */
guint8 *reeve_tls_file_read (int fd, const char *path, gsize size, GError **error);

/* Of GnuTLS: gnutls_privkey_t, gnutls_pubkey_t. All zeros: none. */
typedef struct
{
  gpointer key;
  gpointer public_key;
} ReeveTlsKey;

/* @keeper: who reads it and signs with it, or NULL. */
gboolean reeve_tls_key_read (ReeveTlsKey *self, const char *path, ReeveKeeper *keeper,
                             GError **error);
void reeve_tls_key_clear (ReeveTlsKey *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ReeveTlsKey, reeve_tls_key_clear)

/* ---- reeve-tls-make.c: one's own ---- */

/* A new key as PEM. Returns a code of GnuTLS, of whose copies some are left in memory that is free.
 */
int reeve_tls_make_key_text (guint8 **ret_text, gsize *ret_length);
void reeve_tls_make_free_text (guint8 *text, gsize length);

/* Makes @session, a server's, show @self. @now: monotonic, in seconds, for the tickets' keys.
 * Returns a code of GnuTLS. */
int reeve_tls_credentials_apply (ReeveTlsCredentials *self, gpointer session, gint64 now);
/* What both ends offer: TLS 1.2 and 1.3, ephemeral keys, authenticated ciphers, nothing else. */
#define REEVE_TLS_PRIORITY                                                                         \
  "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA:-CIPHER-ALL:"        \
  "+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305:-MAC-ALL:+AEAD:-GROUP-ALL:+GROUP-X25519:"          \
  "+GROUP-SECP256R1:+GROUP-SECP384R1:-SIGN-RSA-SHA1:-SIGN-ECDSA-SHA1:-SIGN-DSA-SHA1"

/* ---- reeve-stream-tls.c: TLS under a stream ---- */

/* @stream: open, without a user and with nothing to send. @func may run inside. */
void reeve_stream_start_tls_client (ReeveStream *stream, const char *name, guint timeout_ms,
                                    ReeveStreamTlsFunc func, gpointer user_data);
/* (transfer full) (element-type GBytes): what the peer showed; empty when it showed nothing. */
GPtrArray *reeve_stream_get_peer_chain (ReeveStream *stream);
void reeve_stream_set_peer_verified (ReeveStream *stream);

G_END_DECLS
