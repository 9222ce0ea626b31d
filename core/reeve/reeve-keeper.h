/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-types.h"

G_BEGIN_DECLS

/*
 * Private keys in a process of their own, so that nothing which reads the memory of the one that
 * speaks to the network finds them. It can sign, and make a key in a file that it is given: none
 * goes out. It has no network, opens no files and may not be looked into. Calls wait for its
 * answer, some 100 us. Once one does not come in time the next calls fail at once, with
 * UNAVAILABLE, until it has come. Main thread only.
 */

/* Keys in all; bytes of a request, of an answer; how long an answer may be waited for. */
#define REEVE_KEEPER_MAX_KEYS 64
#define REEVE_KEEPER_MAX_REQUEST 8192
#define REEVE_KEEPER_MAX_ANSWER 8192
#define REEVE_KEEPER_TIMEOUT_MS 1000
#define REEVE_KEEPER_SEED_BYTES 32

#define REEVE_TYPE_KEEPER (reeve_keeper_get_type ())
REEVE_API GType reeve_keeper_get_type (void);

/* Forks, so while the process has one thread and before anything hostile is in it. The process ends
 * with the last reference, or with ours. (transfer full) */
REEVE_API ReeveKeeper *reeve_keeper_start (GError **error);
REEVE_API ReeveKeeper *reeve_keeper_ref (ReeveKeeper *self);
REEVE_API void reeve_keeper_unref (ReeveKeeper *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveKeeper, reeve_keeper_unref)

/* Once at each change, from within a call: it does not answer, @why says what that means; it
 * answers again, NULL. */
typedef void (*ReeveKeeperFunc) (const char *why, gpointer user_data);
REEVE_API void reeve_keeper_set_func (ReeveKeeper *self, ReeveKeeperFunc func, gpointer user_data);

/* Reads a private key in PEM form from @fd, which stays the caller's and is read by the keeper
 * only.
 * @ret_public: its SubjectPublicKeyInfo in DER. INVALID when there is none. */
REEVE_API gboolean reeve_keeper_load (ReeveKeeper *self, int fd, guint32 *ret_key,
                                      GBytes **ret_public, GError **error);
/* Makes an ECDSA key on P-256 and writes it in PEM form to @fd, an empty file that stays the
 * caller's. It is not kept: load it. IO when it cannot be written. */
REEVE_API gboolean reeve_keeper_make (ReeveKeeper *self, int fd, GError **error);
/* Such a key signs as TLS and certificates ask. @algorithm: of gnutls_sign_algorithm_t. @hashed:
 * @data is a digest. (transfer full) */
REEVE_API GBytes *reeve_keeper_sign (ReeveKeeper *self, guint32 key, guint algorithm,
                                     gboolean hashed, gconstpointer data, gsize length,
                                     GError **error);

/* An Ed25519 key, which the caller wipes. It signs for its purposes only: REEVE_KEEPER_TOKEN. */
REEVE_API gboolean reeve_keeper_take_seed (ReeveKeeper *self,
                                           const guint8 seed[REEVE_KEEPER_SEED_BYTES],
                                           guint32 *ret_key, GError **error);
/* What a message for a purpose looks like; nothing else is signed. */
typedef enum
{
  REEVE_KEEPER_TOKEN = 1, /* 1 to 64 visible characters */
} ReeveKeeperPurpose;
/* DENIED for another form. (transfer full): 64 bytes */
REEVE_API GBytes *reeve_keeper_sign_for (ReeveKeeper *self, guint32 key, ReeveKeeperPurpose purpose,
                                         GBytes *message, GError **error);
REEVE_API void reeve_keeper_forget (ReeveKeeper *self, guint32 key);

G_END_DECLS
