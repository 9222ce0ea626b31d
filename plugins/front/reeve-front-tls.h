/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

G_BEGIN_DECLS

/* What the front shows to those who speak TLS: certificates from the settings or one of its own,
 * the newest that was good. */
typedef struct _ReeveFrontTls ReeveFrontTls;

/* Of our own, in the state directory. */
#define REEVE_FRONT_TLS_KEY "tls.key"
#define REEVE_FRONT_TLS_CERTIFICATE "tls.pem"
/* A certificate of our own is made anew, for the same key, when it lasts no longer than this. */
#define REEVE_FRONT_TLS_RENEW_SECONDS (30 * 24 * 3600)
/* From when on we say that one from the settings ends. */
#define REEVE_FRONT_TLS_WARN_SECONDS (14 * 24 * 3600)
/* How often that is looked at. */
#define REEVE_FRONT_TLS_CHECK_MS (24 * 3600 * 1000)

/* Paths and their number only. */
gboolean reeve_front_tls_check_settings (ReeveSettings *settings, GError **error);

/* @names: what one of our own is for; taken. Reads files, and makes one's own where the settings
 * name none. */
ReeveFrontTls *reeve_front_tls_new (ReeveContext *context, ReeveSettings *settings,
                                    GPtrArray *names, GError **error);
void reeve_front_tls_free (ReeveFrontTls *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveFrontTls, reeve_front_tls_free)

/* Reads the files again; what is shown does not change before take(). */
gboolean reeve_front_tls_check (ReeveFrontTls *self, ReeveSettings *settings, GError **error);
/* New connections get what check() has read. */
void reeve_front_tls_take (ReeveFrontTls *self);

ReeveTlsCredentials *reeve_front_tls_get (ReeveFrontTls *self);

G_END_DECLS
