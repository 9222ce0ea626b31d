/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-net.h"

#include "reeve-stream.h"

#include <sys/socket.h>

G_BEGIN_DECLS

/* An address as the kernel has it. */
typedef struct
{
  struct sockaddr_storage storage;
  socklen_t length;
} ReeveNetAddress;

/* What limits count by: the IPv4 address, the /64 of an IPv6 one; all Unix sockets are one. */
typedef struct
{
  guint8 bytes[16];
} ReeveNetSource;

#define REEVE_NET_UNIX_PREFIX "unix:"

/* A number, no name: FALSE without an error when @host is a name. */
gboolean reeve_net_address_from_literal (const char *host, guint16 port,
                                         ReeveNetAddress *ret_address);
gboolean reeve_net_address_from_path (const char *path, ReeveNetAddress *ret_address,
                                      GError **error);
gboolean reeve_net_address_get_local (int fd, ReeveNetAddress *ret_address);
gboolean reeve_net_address_get_remote (int fd, ReeveNetAddress *ret_address);
/* "192.0.2.1:80", "[2001:db8::1]:80", "unix:/path"; without a port "192.0.2.1", "local". (transfer
 * full) */
char *reeve_net_address_to_string (const ReeveNetAddress *address, gboolean with_port);
gboolean reeve_net_address_is_loopback (const ReeveNetAddress *address);
ReeveNetSource reeve_net_address_get_source (const ReeveNetAddress *address);

/* What every TCP socket of ours is given. */
void reeve_net_tune (int fd);

/* ---- reeve-gate.c ---- */

typedef struct _ReeveGate ReeveGate;

ReeveGate *reeve_gate_new (void);
ReeveGate *reeve_gate_ref (ReeveGate *self);
void reeve_gate_unref (ReeveGate *self);
guint reeve_gate_get_streams (ReeveGate *self);
gboolean reeve_gate_has_place (ReeveGate *self, const ReeveNetSource *source, guint max_per_source);
void reeve_gate_admit (ReeveGate *self, ReeveStream *stream, const ReeveNetSource *source,
                       guint max_per_source);

G_END_DECLS
