/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "reeve-front-head.h"

G_BEGIN_DECLS

/* Which proxies are believed, and what they say of their clients. Immutable once made; no I/O. */
typedef struct _ReeveFrontProxies ReeveFrontProxies;

/* Networks in trusted-proxies. */
#define REEVE_FRONT_PROXIES_MAX 64
/* Hops of X-Forwarded-For that are looked at, from the right. */
#define REEVE_FRONT_PROXIES_MAX_HOPS 16

ReeveFrontProxies *reeve_front_proxies_new (const char *const *networks, GError **error);
void reeve_front_proxies_free (ReeveFrontProxies *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveFrontProxies, reeve_front_proxies_free)

gboolean reeve_front_proxies_has (const ReeveFrontProxies *self, const char *address);
gboolean reeve_front_proxies_has_loopback (const ReeveFrontProxies *self);

/* One hop of X-Forwarded-For in canonical form, without port and brackets. (transfer full)
 * (nullable) */
char *reeve_front_proxies_parse_hop (const char *text, gsize length);
/* The rightmost hop that is no proxy of ours. (transfer full) (nullable) */
char *reeve_front_proxies_find_client (const ReeveFrontProxies *self, const ReeveFrontHead *head);

G_END_DECLS
