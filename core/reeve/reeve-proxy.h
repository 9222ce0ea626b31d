/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-types.h"

G_BEGIN_DECLS

/*
 * What is said to a proxy before the peer itself can be talked to. Pure: bytes in, bytes out.
 * HTTP (CONNECT), SOCKS 5 (RFC 1928, 1929) and SOCKS 4a. Names go to the proxy as they are.
 */

/* Longest answer to a CONNECT, longest name and longest user name or password. */
#define REEVE_PROXY_MAX_HEAD (8 * 1024)
#define REEVE_PROXY_MAX_TEXT 255

typedef enum
{
  REEVE_PROXY_HTTP,
  REEVE_PROXY_SOCKS5,
  REEVE_PROXY_SOCKS4A
} ReeveProxyKind;

typedef struct
{
  ReeveProxyKind kind;
  char *host;
  guint16 port;
  char *user;     /* NULL: none */
  char *password; /* NULL: none */
} ReeveProxy;

/* "http://[USER[:PASSWORD]@]HOST[:PORT]", also socks5, socks5h, socks4a and socks. The error shows
 * no password. */
REEVE_API ReeveProxy *reeve_proxy_parse (const char *url, GError **error);
REEVE_API void reeve_proxy_free (ReeveProxy *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveProxy, reeve_proxy_free)

/* Which proxy leads to @host. @setting: "auto" (by @environment), "none" or a URL. TRUE with a NULL
 * proxy: none. This machine itself is never reached by way of one. */
REEVE_API gboolean reeve_proxy_find (const char *setting, char **environment, const char *host,
                                     guint16 port, gboolean secure, ReeveProxy **ret_proxy,
                                     GError **error);

/* ---- the talk ---- */

typedef enum
{
  REEVE_PROXY_MORE,   /* send what @reply holds, if anything, and wait */
  REEVE_PROXY_DONE,   /* the peer is next */
  REEVE_PROXY_FAILED, /* @error is set */
} ReeveProxyResult;

typedef struct
{
  const ReeveProxy *proxy;
  const char *host;
  guint16 port;
  guint step;
} ReeveProxyTalk;

/* FALSE when the proxy has no way to name such a peer. */
REEVE_API gboolean reeve_proxy_talk_begin (ReeveProxyTalk *self, GByteArray *reply, GError **error);
/* Takes one whole answer off @data; @ret_consumed is 0 when it is not whole. */
REEVE_API ReeveProxyResult reeve_proxy_talk_take (ReeveProxyTalk *self, const guint8 *data,
                                                  gsize length, gsize *ret_consumed,
                                                  GByteArray *reply, GError **error);

G_END_DECLS
