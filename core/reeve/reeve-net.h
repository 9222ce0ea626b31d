/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-tls.h"
#include "reeve-types.h"

G_BEGIN_DECLS

/* The one door for sockets; plugins use reeve_context_listen() and reeve_context_dial_async(). */

typedef struct
{
  guint max_streams;    /* 0: REEVE_LISTEN_MAX_STREAMS */
  guint max_per_source; /* per IPv4 address or IPv6 /64; 0: no limit; loopback counts too */
  ReeveListener
      *with; /* NULL, or a listener that still exists: the streams of both count together */
  /* NULL, or says that the streams of @peer ("192.0.2.1", "local") count for all together only, as
   * those of a proxy, see reeve_stream_set_forwarded(). @user_data: as of the accept function. */
  gboolean (*is_exempt) (const char *peer, gpointer user_data);
} ReeveListenLimits;

#define REEVE_LISTEN_MAX_STREAMS 4096
/* Descriptors kept free for files and databases: listeners pause below this. */
#define REEVE_DESCRIPTOR_RESERVE 64
/* How long a paused listener waits before it tries again. */
#define REEVE_LISTEN_PAUSE_MS 250
/* A second address is tried after this while the first is silent (RFC 8305). */
#define REEVE_DIAL_STAGGER_MS 250
#define REEVE_DIAL_MAX_ADDRESSES 8

/* @stream: (transfer full). */
typedef void (*ReeveAcceptFunc) (ReeveListener *listener, ReeveStream *stream, gpointer user_data);

/* Sockets that the service manager passed, by their FileDescriptorName; the runtime holds them. */
typedef struct
{
  char *name;
  int fd;
} ReevePassedSocket;

/* @address: "127.0.0.1:8090", "[::1]:8090", "unix:/path" (made with mode 0600, an old socket is
 * replaced, anything else is an error). @passed: an already listening descriptor, which is copied,
 * or -1. The listener belongs to the owner until reeve_listener_close(). */
REEVE_API ReeveListener *reeve_owner_listen (ReeveOwner *owner, const char *name,
                                             const char *address, int passed,
                                             const ReeveListenLimits *limits, ReeveAcceptFunc func,
                                             gpointer user_data, GError **error);
/* "127.0.0.1:40123": the real one, where port 0 was asked for. */
REEVE_API const char *reeve_listener_get_address (ReeveListener *self);
/* The socket file becomes @group's, with mode 0660. What the service manager opened stays as it is.
 */
REEVE_API gboolean reeve_listener_share (ReeveListener *self, const char *group, GError **error);
REEVE_API void reeve_listener_close (ReeveListener *self);

/* @address: "host:port", "[v6]:port", "unix:/path". Names are looked up on @resolver (a worker
 * whose threads may block), addresses are tried side by side. */
REEVE_API void reeve_owner_dial_async (ReeveOwner *owner, ReeveWorker *resolver,
                                       const char *address, guint timeout_ms,
                                       GCancellable *cancellable, GAsyncReadyCallback callback,
                                       gpointer user_data);

/* Besides connecting. @timeout_ms: for all of it, 0 for none. @tls: NULL for none. @proxy: NULL or
 * "none" for none, "auto" for what the environment says, or a URL, see reeve-proxy.h. */
typedef struct
{
  guint timeout_ms;
  const ReeveTlsOptions *tls;
  const char *proxy;
} ReeveDialOptions;

REEVE_API void reeve_owner_dial_with_async (ReeveOwner *owner, ReeveWorker *worker,
                                            const char *address, const ReeveDialOptions *options,
                                            GCancellable *cancellable, GAsyncReadyCallback callback,
                                            gpointer user_data);
/* (transfer full), of both */
REEVE_API ReeveStream *reeve_owner_dial_finish (GAsyncResult *result, GError **error);

/* Splits "host:port"; @ret_host without brackets. FALSE with REEVE_ERROR_INVALID that says the
 * form. */
REEVE_API gboolean reeve_net_parse_address (const char *address, char **ret_host, guint16 *ret_port,
                                            GError **error);
/* TRUE for 127.0.0.0/8, ::1 and their names localhost and ip6-localhost. */
REEVE_API gboolean reeve_net_is_loopback (const char *host);
/* For limits: @peer, of IPv6 its /64, of which one customer has at least one. (transfer full) */
REEVE_API char *reeve_net_make_source (const char *peer);

G_END_DECLS
