/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Addresses: how people write them, how the kernel wants them, and what of them counts as one
 * source. An IPv4 address that came in through an IPv6 socket is treated as IPv4 everywhere. */

#include "config.h"

#include "reeve-net.h"

#include "reeve-error.h"
#include "reeve-net-private.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/un.h>

static const char *const reeve_net_form_hint =
    "is not of the form host:port, for instance 127.0.0.1:8090 or [::1]:8090";

/* Names, numbers and scopes; a text with anything else never reaches a resolver or a log. */
static gboolean
reeve_net_host_is_plain (const char *host, gsize length)
{
  if (length == 0 || length > 255)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isalnum (host[i]) && strchr (".-_:%", host[i]) == NULL)
      return FALSE;
  return TRUE;
}

static gboolean
reeve_net_parse_port (const char *text, guint16 *ret_port)
{
  guint64 port;

  if (!g_ascii_isdigit (text[0]) ||
      !g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT16, &port, NULL))
    return FALSE;
  *ret_port = (guint16) port;
  return TRUE;
}

/**
 * reeve_net_parse_address:
 * @address: "host:port" or "[v6]:port"
 * @ret_host: (out): the host, without brackets
 * @ret_port: (out): the port, 0 to 65535
 * @error: REEVE_ERROR_INVALID, saying the form
 *
 * Returns: whether @address has the form
 */
gboolean
reeve_net_parse_address (const char *address, char **ret_host, guint16 *ret_port, GError **error)
{
  const char *colon, *host;
  gsize length;
  guint16 port;

  g_return_val_if_fail (address != NULL, FALSE);
  g_return_val_if_fail (ret_host != NULL && ret_port != NULL, FALSE);

  host = address;
  colon = strrchr (address, ':');
  length = colon != NULL ? (gsize) (colon - address) : 0;
  if (length > 2 && address[0] == '[' && address[length - 1] == ']')
    {
      host++;
      length -= 2;
    }
  else if (memchr (address, ':', length) != NULL)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "address '%.100s' is ambiguous; write an IPv6 address in brackets, "
                   "as [::1]:8090",
                   address);
      return FALSE;
    }

  if (!reeve_net_host_is_plain (host, length) || !reeve_net_parse_port (colon + 1, &port))
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID, "address '%.100s' %s", address,
                   reeve_net_form_hint);
      return FALSE;
    }

  *ret_host = g_strndup (host, length);
  *ret_port = port;
  return TRUE;
}

gboolean
reeve_net_address_from_literal (const char *host, guint16 port, ReeveNetAddress *ret_address)
{
  struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons (port) };
  struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons (port) };
  const char *scope = strchr (host, '%');
  g_autofree char *number = scope != NULL ? g_strndup (host, (gsize) (scope - host)) : NULL;

  memset (ret_address, 0, sizeof *ret_address);
  if (inet_pton (AF_INET, host, &in.sin_addr) == 1)
    {
      memcpy (&ret_address->storage, &in, sizeof in);
      ret_address->length = sizeof in;
      return TRUE;
    }
  if (inet_pton (AF_INET6, number != NULL ? number : host, &in6.sin6_addr) != 1)
    return FALSE;

  if (scope != NULL)
    {
      in6.sin6_scope_id = if_nametoindex (scope + 1);
      if (in6.sin6_scope_id == 0)
        in6.sin6_scope_id = (guint32) g_ascii_strtoull (scope + 1, NULL, 10);
    }
  memcpy (&ret_address->storage, &in6, sizeof in6);
  ret_address->length = sizeof in6;
  return TRUE;
}

gboolean
reeve_net_address_from_path (const char *path, ReeveNetAddress *ret_address, GError **error)
{
  struct sockaddr_un un = { .sun_family = AF_UNIX };
  gsize length = strlen (path);

  if (path[0] != '/')
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "the path of a Unix socket must begin with '/', '%.100s' does not", path);
      return FALSE;
    }
  if (length >= sizeof un.sun_path)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "the socket path '%s' has %" G_GSIZE_FORMAT
                   " bytes, the system allows %" G_GSIZE_FORMAT "; choose a shorter directory",
                   path, length, sizeof un.sun_path - 1);
      return FALSE;
    }

  memcpy (un.sun_path, path, length + 1);
  memset (ret_address, 0, sizeof *ret_address);
  memcpy (&ret_address->storage, &un, sizeof un);
  ret_address->length = (socklen_t) (G_STRUCT_OFFSET (struct sockaddr_un, sun_path) + length + 1);
  return TRUE;
}

/* ::ffff:192.0.2.1 becomes 192.0.2.1 */
static void
reeve_net_address_unmap (ReeveNetAddress *self)
{
  struct sockaddr_in6 in6;
  struct sockaddr_in in = { .sin_family = AF_INET };

  if (self->storage.ss_family != AF_INET6)
    return;
  memcpy (&in6, &self->storage, sizeof in6);
  if (!IN6_IS_ADDR_V4MAPPED (&in6.sin6_addr))
    return;

  in.sin_port = in6.sin6_port;
  memcpy (&in.sin_addr, in6.sin6_addr.s6_addr + 12, 4);
  memset (self, 0, sizeof *self);
  memcpy (&self->storage, &in, sizeof in);
  self->length = sizeof in;
}

gboolean
reeve_net_address_get_local (int fd, ReeveNetAddress *ret_address)
{
  memset (ret_address, 0, sizeof *ret_address);
  ret_address->length = sizeof ret_address->storage;
  if (getsockname (fd, (struct sockaddr *) &ret_address->storage, &ret_address->length) < 0)
    return FALSE;
  reeve_net_address_unmap (ret_address);
  return TRUE;
}

gboolean
reeve_net_address_get_remote (int fd, ReeveNetAddress *ret_address)
{
  memset (ret_address, 0, sizeof *ret_address);
  ret_address->length = sizeof ret_address->storage;
  if (getpeername (fd, (struct sockaddr *) &ret_address->storage, &ret_address->length) < 0)
    return FALSE;
  reeve_net_address_unmap (ret_address);
  return TRUE;
}

static char *
reeve_net_in6_to_string (const struct sockaddr_in6 *in6, gboolean with_port)
{
  char text[INET6_ADDRSTRLEN] = "";
  g_autofree char *scoped = NULL;

  inet_ntop (AF_INET6, &in6->sin6_addr, text, sizeof text);
  if (in6->sin6_scope_id != 0)
    scoped = g_strdup_printf ("%s%%%u", text, in6->sin6_scope_id);
  else
    scoped = g_strdup (text);
  if (!with_port)
    return g_steal_pointer (&scoped);
  return g_strdup_printf ("[%s]:%u", scoped, ntohs (in6->sin6_port));
}

char *
reeve_net_address_to_string (const ReeveNetAddress *self, gboolean with_port)
{
  union
  {
    struct sockaddr_storage storage;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    struct sockaddr_un un;
  } address = { .storage = self->storage };
  char text[INET_ADDRSTRLEN] = "";

  switch (address.storage.ss_family)
    {
    case AF_INET:
      inet_ntop (AF_INET, &address.in.sin_addr, text, sizeof text);
      if (!with_port)
        return g_strdup (text);
      return g_strdup_printf ("%s:%u", text, ntohs (address.in.sin_port));
    case AF_INET6:
      return reeve_net_in6_to_string (&address.in6, with_port);
    case AF_UNIX:
      if (!with_port || self->length <= G_STRUCT_OFFSET (struct sockaddr_un, sun_path) ||
          address.un.sun_path[0] == '\0')
        return g_strdup ("local");
      return g_strdup_printf (REEVE_NET_UNIX_PREFIX "%.*s", (int) sizeof address.un.sun_path,
                              address.un.sun_path);
    default:
      return g_strdup ("local");
    }
}

gboolean
reeve_net_address_is_loopback (const ReeveNetAddress *self)
{
  struct sockaddr_in in;
  struct sockaddr_in6 in6;

  switch (self->storage.ss_family)
    {
    case AF_INET:
      memcpy (&in, &self->storage, sizeof in);
      return ntohl (in.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
    case AF_INET6:
      memcpy (&in6, &self->storage, sizeof in6);
      return IN6_IS_ADDR_LOOPBACK (&in6.sin6_addr);
    case AF_UNIX:
      return TRUE;
    default:
      return FALSE;
    }
}

/* An IPv6 customer has a /64 at least, so a single address means nothing. IPv4 is kept apart from
 * it in the last bytes, as the mapped form has them. */
ReeveNetSource
reeve_net_address_get_source (const ReeveNetAddress *self)
{
  ReeveNetSource source = { { 0 } };
  struct sockaddr_in in;
  struct sockaddr_in6 in6;

  switch (self->storage.ss_family)
    {
    case AF_INET:
      memcpy (&in, &self->storage, sizeof in);
      source.bytes[10] = source.bytes[11] = 0xff;
      memcpy (source.bytes + 12, &in.sin_addr, 4);
      break;
    case AF_INET6:
      memcpy (&in6, &self->storage, sizeof in6);
      memcpy (source.bytes, &in6.sin6_addr, 8);
      break;
    default:
      memset (source.bytes, 0xff, sizeof source.bytes);
      break;
    }
  return source;
}

/**
 * reeve_net_is_loopback:
 * @host: a name or an address, without brackets
 *
 * Returns: TRUE for 127.0.0.0/8, ::1 and their names localhost and ip6-localhost
 */
gboolean
reeve_net_is_loopback (const char *host)
{
  ReeveNetAddress address;

  g_return_val_if_fail (host != NULL, FALSE);

  if (g_ascii_strcasecmp (host, "localhost") == 0 ||
      g_ascii_strcasecmp (host, "ip6-localhost") == 0)
    return TRUE;
  if (!reeve_net_address_from_literal (host, 0, &address))
    return FALSE;
  reeve_net_address_unmap (&address);
  return reeve_net_address_is_loopback (&address);
}

/* Messages are small and someone waits for each; they are written whole, so nothing is gained by
 * waiting for more. */
void
reeve_net_tune (int fd)
{
  const int yes = 1;

  (void) setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

/**
 * reeve_net_make_source:
 * @peer: of a stream, see reeve_stream_get_peer()
 *
 * Returns: (transfer full): what all streams of the same customer have in common
 */
char *
reeve_net_make_source (const char *peer)
{
  ReeveNetAddress address;
  ReeveNetSource source;

  g_return_val_if_fail (peer != NULL, NULL);

  if (!reeve_net_address_from_literal (peer, 0, &address))
    return g_strdup (peer);
  reeve_net_address_unmap (&address);
  if (address.storage.ss_family != AF_INET6)
    return reeve_net_address_to_string (&address, FALSE);
  source = reeve_net_address_get_source (&address);
  return g_strdup_printf ("%02x%02x:%02x%02x:%02x%02x:%02x%02x::/64", source.bytes[0],
                          source.bytes[1], source.bytes[2], source.bytes[3], source.bytes[4],
                          source.bytes[5], source.bytes[6], source.bytes[7]);
}
