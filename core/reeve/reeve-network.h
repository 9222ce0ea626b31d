/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-types.h"

G_BEGIN_DECLS

/*
 * Changes of this machine's addresses and routes, as the kernel tells them over rtnetlink.
 * GNetworkMonitor would load modules and speak D-Bus for less.
 */

/* Changes that come together are told together, this long after the first. */
#define REEVE_NETWORK_SETTLE_MS 300
/* Two reports are at least so far apart, or a route that flaps would keep everybody busy. */
#define REEVE_NETWORK_PAUSE_MS 5000
/* Most addresses that one report names; more are lost without a word. */
#define REEVE_NETWORK_MAX_GONE 32

/* An address in network order; @length is 4 or 16. */
typedef struct
{
  guint8 bytes[16];
  guint8 length;
} ReeveNetworkAddress;

typedef enum
{
  REEVE_NETWORK_ADDRESS_CAME,
  REEVE_NETWORK_ADDRESS_WENT,
  REEVE_NETWORK_ROUTE, /* one that leads elsewhere came or went */
} ReeveNetworkKind;

/* Called for each thing in a message that matters. */
typedef void (*ReeveNetworkItemFunc) (ReeveNetworkKind kind, const ReeveNetworkAddress *address,
                                      gpointer user_data);
/* Pure: reads what one recv() from the kernel gave; stops at what is malformed. */
REEVE_API void reeve_network_parse (const guint8 *data, gsize length, ReeveNetworkItemFunc func,
                                    gpointer user_data);

typedef struct _ReeveNetwork ReeveNetwork;

/* @gone: (array length=n_gone): addresses that this machine had and has no more */
typedef void (*ReeveNetworkFunc) (ReeveNetwork *network, const ReeveNetworkAddress *gone,
                                  guint n_gone, gpointer user_data);

/* NULL with @error where the kernel does not tell. Belongs to the owner until
 * reeve_network_free(). */
REEVE_API ReeveNetwork *reeve_owner_watch_network (ReeveOwner *owner, ReeveNetworkFunc func,
                                                   gpointer user_data, GError **error);
/* For tests: @fd is read instead of the kernel's socket. (transfer full) */
REEVE_API ReeveNetwork *reeve_owner_watch_network_fd (ReeveOwner *owner, int fd,
                                                      ReeveNetworkFunc func, gpointer user_data);
REEVE_API void reeve_network_free (ReeveNetwork *self);
/* Whether @local, one end of a connection, is among @gone. */
REEVE_API gboolean reeve_network_has_address (const ReeveNetworkAddress *gone, guint n_gone,
                                              GSocketAddress *local);

G_END_DECLS
