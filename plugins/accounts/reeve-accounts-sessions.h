/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

G_BEGIN_DECLS

#define REEVE_ACCOUNTS_OWNER "owner"
#define REEVE_ACCOUNTS_OWNER_FILE "owner.key"
#define REEVE_ACCOUNTS_SECRET_BYTES 32
#define REEVE_ACCOUNTS_MAX_SESSIONS 64
#define REEVE_ACCOUNTS_MAX_LINKS 16
#define REEVE_ACCOUNTS_LINK_US (G_GINT64_CONSTANT (300) * G_USEC_PER_SEC)

/* Secrets and what they open: the owner key, one-time links, sessions. Only hashes are kept in
 * memory. Pure but for the clock that is handed in. */
typedef struct _ReeveAccountsSessions ReeveAccountsSessions;

/* @owner_key: as in its file. */
ReeveAccountsSessions *reeve_accounts_sessions_new (const char *owner_key, gint64 lifetime_us);
void reeve_accounts_sessions_free (ReeveAccountsSessions *self);
void reeve_accounts_sessions_set_lifetime (ReeveAccountsSessions *self, gint64 lifetime_us);

/* A link's secret, (transfer full). The oldest one ends when there are too many. @now: monotonic
 * microseconds. */
char *reeve_accounts_sessions_add_link (ReeveAccountsSessions *self, gint64 now);
/* Is this the owner key, or a link that is used up by this? (transfer full) the identity, or NULL.
 */
char *reeve_accounts_sessions_try_secret (ReeveAccountsSessions *self, const char *secret,
                                          gint64 now);
/* A session's bearer token, (transfer full). The oldest session ends when there are too many. */
char *reeve_accounts_sessions_add (ReeveAccountsSessions *self, const char *identity, gint64 now);
/* (transfer full) "identity:handle" of a living session, or NULL. The handle is no secret. */
char *reeve_accounts_sessions_try_bearer (ReeveAccountsSessions *self, const char *token,
                                          gint64 now);
/* Does the session of this "identity:handle" live? */
gboolean reeve_accounts_sessions_is_alive (ReeveAccountsSessions *self, const char *name,
                                           gint64 now);
/* FALSE: there was none. */
gboolean reeve_accounts_sessions_remove (ReeveAccountsSessions *self, const char *name);

/* "owner:1f2e" to "owner". (transfer full) */
char *reeve_accounts_identity_of_name (const char *name);
/* URL-safe text of random bytes, (transfer full). */
char *reeve_accounts_random_text (gsize n_bytes);

/* Reads the owner key of @directory, or makes it: 0600, ours, no link. (transfer full) */
char *reeve_accounts_load_owner_key (const char *directory, GError **error);

G_END_DECLS
