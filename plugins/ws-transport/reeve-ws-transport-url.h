/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Longest URL of a hub, in bytes. */
#define REEVE_WS_TRANSPORT_URL_MAX 1024
/* The path on a hub that agents dial. */
#define REEVE_WS_TRANSPORT_URL_PATH "/api/beszel/agent-connect"

/**
 * ReeveWsTransportUrl:
 * @secure: if TLS is asked for
 * @host: name or address, without brackets
 * @authority: as it goes into the field Host
 * @address: as it is dialled, always with a port
 * @target: path and query of the request
 *
 * A hub's URL taken apart.
 */
typedef struct
{
  gboolean secure;
  char *host;
  char *authority;
  char *address;
  char *target;
} ReeveWsTransportUrl;

gboolean reeve_ws_transport_url_handles (const char *url);
ReeveWsTransportUrl *reeve_ws_transport_url_parse (const char *url,
                                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
void reeve_ws_transport_url_free (ReeveWsTransportUrl *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveWsTransportUrl, reeve_ws_transport_url_free)

G_END_DECLS
