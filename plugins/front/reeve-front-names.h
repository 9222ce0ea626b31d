/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

#include "reeve-front-head.h"

G_BEGIN_DECLS

/* Under which names a client may ask for us, and from which origin a change may come. Immutable
 * once made. */
typedef struct _ReeveFrontNames ReeveFrontNames;

#define REEVE_FRONT_NAMES_MAX 64
/* Bytes of the path of public-url. */
#define REEVE_FRONT_NAMES_MAX_BASE 128

/* @public_url: "https://hub.example", "https://example.org/reeve", or NULL. @extra: further Host
 * names. */
ReeveFrontNames *reeve_front_names_new (const char *public_url, const char *const *extra,
                                        GError **error);
void reeve_front_names_free (ReeveFrontNames *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveFrontNames, reeve_front_names_free)

/* How a request came. */
typedef struct
{
  guint16 port;                     /* that we listen on; 0 for a Unix socket */
  gboolean secure;                  /* over TLS that ends here */
  const char *address;              /* our own, in numbers; NULL for a Unix socket */
  ReeveTlsCredentials *credentials; /* NULL where no TLS is spoken */
} ReeveFrontWay;

guint16 reeve_front_names_get_public_port (const ReeveFrontNames *self);
/* NULL without public-url. */
const char *reeve_front_names_get_public_host (const ReeveFrontNames *self);
/* The head asks for public-url, which begins with https. */
gboolean reeve_front_names_is_public_https (const ReeveFrontNames *self,
                                            const ReeveFrontHead *head);
const char *reeve_front_names_get_public_url (const ReeveFrontNames *self);
gboolean reeve_front_names_is_https (const ReeveFrontNames *self, const ReeveFrontHead *head);
const char *reeve_front_names_take_base (const ReeveFrontNames *self, ReeveFrontHead *head);

gboolean reeve_front_names_has (const ReeveFrontNames *self, const ReeveFrontHead *head,
                                const ReeveFrontWay *way);
gboolean reeve_front_names_is_same_origin (const ReeveFrontNames *self, const ReeveFrontHead *head,
                                           gboolean secure);

G_END_DECLS
