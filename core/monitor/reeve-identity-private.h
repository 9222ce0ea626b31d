/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-identity.h"

G_BEGIN_DECLS

/* What a private key file of OpenSSH holds of an Ed25519 key. */
typedef struct
{
  guint8 seed[REEVE_IDENTITY_SEED_SIZE];
  ReevePublicKey public_key;
} ReeveIdentityPem;

/* reeve-identity-pem.c. Pure; the caller wipes what it gets. */
gboolean reeve_identity_pem_read (const char *text, gsize length, ReeveIdentityPem *ret_pem,
                                  GError **error);
GBytes *reeve_identity_pem_write (const ReeveIdentityPem *pem, guint32 check, const char *comment);

/* A block that is wiped when its last reference goes. Takes @data, which g_free() frees. */
GBytes *reeve_identity_bytes_new_secret (gpointer data, gsize length);

G_END_DECLS
