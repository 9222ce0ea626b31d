/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-types.h"

G_BEGIN_DECLS

/*
 * TLS in a dial: 1.2 and 1.3 with ECDHE and AEAD only. Nothing of the user's is sent before the
 * peer's certificate was checked.
 */

/* Bytes of a pin: SHA-256 over the certificate's public key (SubjectPublicKeyInfo). */
#define REEVE_TLS_PIN_BYTES 32
/* Most pins of one dial; most certificates a peer may send; most bytes of a file of authorities. */
#define REEVE_TLS_MAX_PINS 8
#define REEVE_TLS_MAX_CHAIN 10
#define REEVE_TLS_MAX_FILE_BYTES (8 * 1024 * 1024)
/* What a handshake may take when the dial sets no shorter time. */
#define REEVE_TLS_HANDSHAKE_MS 10000

/**
 * ReeveTlsOptions:
 * @name: (nullable): whose certificate it must be; NULL: the host that is dialled
 * @ca_file: (nullable): PEM file of the authorities to trust; NULL: the system's
 * @pins: (nullable): keys of which the peer must have one, as for reeve_tls_parse_pin(); without
 *   @ca_file the key alone decides, and neither name nor dates are looked at
 * @unverified: takes any peer; the other fields are not looked at
 *
 * What is demanded of a peer. All zeros is the strict default.
 */
typedef struct
{
  const char *name;
  const char *ca_file;
  const char *const *pins;
  gboolean unverified;
} ReeveTlsOptions;

/* "sha256//" and base64 of the digest, or the base64 alone, or 64 hex digits. @ret_digest:
 * REEVE_TLS_PIN_BYTES. */
REEVE_API gboolean reeve_tls_parse_pin (const char *text, guint8 *ret_digest, GError **error);

/* ---- the server's end ---- */

/* Most certificates with keys of one server; most bytes of a file with one of them. */
#define REEVE_TLS_MAX_PAIRS 8
#define REEVE_TLS_MAX_PEM_BYTES (128 * 1024)
/* How long a session may be resumed by its ticket, and how long one key seals tickets. */
#define REEVE_TLS_TICKET_SECONDS (6 * 3600)
#define REEVE_TLS_TICKET_KEY_SECONDS (12 * 3600)

/**
 * ReeveTlsCredentials:
 *
 * What a server shows: certificates with their keys, of which each client gets the one for the name
 * that it asks for (SNI), else the first, and the keys of its tickets. Refcounted; main thread
 * only. To change certificates a server takes other credentials for new connections; those that
 * are there go on with what they have.
 */
#define REEVE_TYPE_TLS_CREDENTIALS (reeve_tls_credentials_get_type ())
REEVE_API GType reeve_tls_credentials_get_type (void);

/* @keeper: who reads the keys and signs with them, or NULL. */
REEVE_API ReeveTlsCredentials *reeve_tls_credentials_new (ReeveKeeper *keeper);
REEVE_API ReeveTlsCredentials *reeve_tls_credentials_ref (ReeveTlsCredentials *self);
REEVE_API void reeve_tls_credentials_unref (ReeveTlsCredentials *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveTlsCredentials, reeve_tls_credentials_unref)

/* Reads both files, at once: for start and reload. @certificate: PEM, the server's own first, then
 * those that signed it. @key: PEM without a passphrase. Errors name the file and what to do. */
REEVE_API gboolean reeve_tls_credentials_add (ReeveTlsCredentials *self, const char *certificate,
                                              const char *key, GError **error);

/* Of the first certificate: "sha256//BASE64", as for reeve_tls_parse_pin(). NULL before add(). */
REEVE_API const char *reeve_tls_credentials_get_pin (ReeveTlsCredentials *self);
/* Of the first certificate: signed by its own key, so that only a pin proves it. */
REEVE_API gboolean reeve_tls_credentials_is_self_signed (ReeveTlsCredentials *self);
/* Whether one of the certificates is for @name, a host name or an address. */
REEVE_API gboolean reeve_tls_credentials_has_name (ReeveTlsCredentials *self, const char *name);
/* When the first of the certificates ends, in seconds since 1970. @ret_file: (transfer none)
 * (nullable): which. 0 before add(). */
REEVE_API gint64 reeve_tls_credentials_get_expiry (ReeveTlsCredentials *self,
                                                   const char **ret_file);
/* The same certificates in the same order. */
REEVE_API gboolean reeve_tls_credentials_same (ReeveTlsCredentials *self,
                                               ReeveTlsCredentials *other);

/* How long a certificate of our own making lasts, from the moment it is made on: what the strictest
 * browsers take. It begins a day earlier, for clocks that are behind. */
#define REEVE_TLS_MAKE_SECONDS (825 * 24 * 3600)
#define REEVE_TLS_MAKE_BACKDATE_SECONDS (24 * 3600)

/* For a server that was given none. Both write at once: for start and reload. */
REEVE_API gboolean reeve_tls_make_key (const char *path, ReeveKeeper *keeper, GError **error);
REEVE_API gboolean reeve_tls_make_certificate (const char *path, const char *key,
                                               ReeveKeeper *keeper, const char *const *names,
                                               gint64 now, GError **error);

G_END_DECLS
