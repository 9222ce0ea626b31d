/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

#include <reeve/reeve-public-key.h>

G_BEGIN_DECLS

#define REEVE_IDENTITY_SEED_SIZE 32
/* Limit of a private key file, in bytes. */
#define REEVE_IDENTITY_MAX_FILE (16 * 1024)
/* Longest token that the base protocol has signed, in bytes. */
#define REEVE_IDENTITY_MAX_TOKEN 64
/* The key's name in a state directory, which is where a stock hub has its own. */
#define REEVE_IDENTITY_FILE "id_ed25519"

/* The hub's Ed25519 key. Opaque, refcounted, any thread may use it until it is handed over, then
 * the main one. */
typedef struct _ReeveIdentity ReeveIdentity;

#define REEVE_TYPE_IDENTITY (reeve_identity_get_type ())
REEVE_API GType reeve_identity_get_type (void);

REEVE_API ReeveIdentity *reeve_identity_new (GError **error);
REEVE_API ReeveIdentity *reeve_identity_new_from_seed (const guint8 *seed, GError **error);
REEVE_API ReeveIdentity *reeve_identity_new_from_pem (const char *text, gsize length,
                                                      GError **error);
REEVE_API ReeveIdentity *reeve_identity_ref (ReeveIdentity *self);
REEVE_API void reeve_identity_unref (ReeveIdentity *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveIdentity, reeve_identity_unref)

REEVE_API gboolean reeve_identity_hand_over (ReeveIdentity *self, ReeveKeeper *keeper,
                                             GError **error);
REEVE_API const ReevePublicKey *reeve_identity_get_public_key (ReeveIdentity *self);
REEVE_API GBytes *reeve_identity_to_pem (ReeveIdentity *self, const char *comment, GError **error);
REEVE_API GBytes *reeve_identity_sign (ReeveIdentity *self, const char *purpose, GBytes *message,
                                       GError **error);

/* reeve-identity-file.c */
REEVE_API ReeveIdentity *reeve_identity_load (const char *directory, GError **error);
REEVE_API ReeveIdentity *reeve_identity_load_or_create (const char *directory,
                                                        gboolean records_exist, GError **error);

G_END_DECLS
