/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Longest head of a hub's answer that an agent reads, in bytes, and most fields in it. */
#define REEVE_WS_TRANSPORT_HANDSHAKE_MAX_HEAD (8 * 1024)
#define REEVE_WS_TRANSPORT_HANDSHAKE_MAX_FIELDS 64
/* Longest version text of a peer, in bytes. */
#define REEVE_WS_TRANSPORT_HANDSHAKE_MAX_VERSION 64
/* Most bytes of a refusal's body that are looked at for a reason. */
#define REEVE_WS_TRANSPORT_HANDSHAKE_MAX_REASON 120

/* The release of the base protocol that we speak as: what X-Beszel says. Hubs choose the form of
 * messages by it. Our own version goes into X-Link. */
#define REEVE_WS_TRANSPORT_HANDSHAKE_BASE_VERSION "0.18.8"

/* ---- versions and the word of extensions ---- */

/**
 * ReeveWsTransportVersion:
 * @major: first number
 * @minor: second number
 * @patch: third number
 * @pre_release: if there is a "-…" after them, which orders it before the release
 */
typedef struct
{
  guint64 major;
  guint64 minor;
  guint64 patch;
  gboolean pre_release;
} ReeveWsTransportVersion;

gboolean reeve_ws_transport_version_parse (const char *text, ReeveWsTransportVersion *ret_version);
gboolean reeve_ws_transport_version_is_bare (const ReeveWsTransportVersion *self);

/* Field X-Link: "1; v=0.1.0". */
char *reeve_ws_transport_handshake_format_link (guint level, const char *version);
guint reeve_ws_transport_handshake_parse_link (const char *text, char **ret_version);

/* ---- the agent's request and the answer to it ---- */

/**
 * ReeveWsTransportHandshakeRequest:
 * @authority: for Host
 * @target: path and query
 * @key: for Sec-WebSocket-Key
 * @token: for X-Token
 * @link: (nullable): for X-Link; %NULL to leave it out
 */
typedef struct
{
  const char *authority;
  const char *target;
  const char *key;
  const char *token;
  const char *link;
} ReeveWsTransportHandshakeRequest;

GString *
reeve_ws_transport_handshake_write_request (const ReeveWsTransportHandshakeRequest *request);

/**
 * ReeveWsTransportHandshakeResponse:
 * @status: of the answer, 101 if the upgrade was granted
 * @level: of extensions that the hub agreed to; 0 without its word
 * @version: (nullable): the hub's, if it gave one
 * @length: of the head in bytes: what follows belongs to the link
 */
typedef struct
{
  guint status;
  guint level;
  char *version;
  gsize length;
} ReeveWsTransportHandshakeResponse;

typedef enum
{
  REEVE_WS_TRANSPORT_HANDSHAKE_MORE,
  REEVE_WS_TRANSPORT_HANDSHAKE_DONE,
  REEVE_WS_TRANSPORT_HANDSHAKE_FAILED,
} ReeveWsTransportHandshakeResult;

ReeveWsTransportHandshakeResult
reeve_ws_transport_handshake_read_response (const guint8 *bytes, gsize length, const char *key,
                                            ReeveWsTransportHandshakeResponse *ret_response,
                                            GError **error);
void reeve_ws_transport_handshake_response_clear (ReeveWsTransportHandshakeResponse *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ReeveWsTransportHandshakeResponse,
                                  reeve_ws_transport_handshake_response_clear)

/* ---- the hub's side ---- */

gboolean reeve_ws_transport_handshake_has_word (const char *list, const char *word);
gboolean reeve_ws_transport_handshake_is_key (const char *key);
GString *reeve_ws_transport_handshake_write_accept (const char *key, const char *link);
GString *reeve_ws_transport_handshake_write_refusal (guint status, const char *text);

G_END_DECLS
