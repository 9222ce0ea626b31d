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

G_END_DECLS
