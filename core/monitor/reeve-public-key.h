/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

G_BEGIN_DECLS

#define REEVE_PUBLIC_KEY_SIZE 32
#define REEVE_SIGNATURE_SIZE 64

/* Limits of a text of key lines: bytes, and keys. */
#define REEVE_PUBLIC_KEY_MAX_TEXT (64 * 1024)
#define REEVE_PUBLIC_KEY_MAX_KEYS 64

/* An Ed25519 public key: a plain value. */
typedef struct
{
  guint8 bytes[REEVE_PUBLIC_KEY_SIZE];
} ReevePublicKey;

REEVE_API char *reeve_public_key_to_line (const ReevePublicKey *self, const char *comment);
REEVE_API char *reeve_public_key_to_fingerprint (const ReevePublicKey *self);
REEVE_API GArray *reeve_public_key_parse_lines (const char *text, gsize length, GError **error);
REEVE_API gboolean reeve_public_key_verify (const ReevePublicKey *self, GBytes *message,
                                            GBytes *signature);

G_END_DECLS
