/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

G_BEGIN_DECLS

/* The default for local processes: root and the user that the host runs as may do everything,
 * others nothing. */
#define REEVE_TYPE_HOST_AUTHORIZER (reeve_host_authorizer_get_type ())
G_DECLARE_FINAL_TYPE (ReeveHostAuthorizer, reeve_host_authorizer, REEVE, HOST_AUTHORIZER, GObject)

ReeveHostAuthorizer *reeve_host_authorizer_new (void);
/* Any thread. */
gboolean reeve_host_authorizer_allows (uid_t uid);

G_END_DECLS
