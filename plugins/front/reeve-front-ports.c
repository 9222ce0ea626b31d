/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Where to listen, and what is spoken there: what other machines can reach is TLS, unless the
 * settings say that agents may come without. */

#include "config.h"

#include "reeve-front-ports.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#define REEVE_FRONT_PORTS_UNIX "unix:"
#define REEVE_FRONT_PORTS_TLS "tls:"
/* Names of one machine. */
#define REEVE_FRONT_PORTS_MAX_NAMES 32

static void
reeve_front_port_free (gpointer data)
{
  ReeveFrontPort *self = data;

  g_free (self->address);
  g_free (self);
}

static gboolean
reeve_front_ports_check (const ReeveFrontPort *port, GError **error)
{
  g_autofree char *host = NULL;
  guint16 number;

  if (!g_str_has_prefix (port->address, REEVE_FRONT_PORTS_UNIX))
    {
      if (!reeve_net_parse_address (port->address, &host, &number, error))
        return FALSE;
      if (g_hostname_is_ip_address (host))
        return TRUE;
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "'%s' is a name; write the address in numbers, for instance 127.0.0.1 or "
                   "[::] for every one of this machine",
                   host);
      return FALSE;
    }
  if (!port->wants_tls)
    return TRUE;
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
               "'%s' is a Unix socket, where TLS has no use; leave tls: away", port->address);
  return FALSE;
}

GPtrArray *
reeve_front_ports_parse (const char *const *listen, const char *plain, GError **error)
{
  g_autoptr (GPtrArray) ports = g_ptr_array_new_with_free_func (reeve_front_port_free);

  for (guint i = 0; listen[i] != NULL; i++)
    {
      ReeveFrontPort *port = g_new0 (ReeveFrontPort, 1);

      g_ptr_array_add (ports, port);
      port->wants_tls = g_str_has_prefix (listen[i], REEVE_FRONT_PORTS_TLS);
      port->address = g_strdup (listen[i] + (port->wants_tls ? strlen (REEVE_FRONT_PORTS_TLS) : 0));
      if (i >= REEVE_FRONT_PORTS_MAX)
        {
          g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT, "listen: at most %d addresses",
                       REEVE_FRONT_PORTS_MAX);
          return NULL;
        }
      if (!reeve_front_ports_check (port, error))
        {
          g_prefix_error (error, "listen: ");
          return NULL;
        }
    }
  if (ports->len > 0)
    return g_steal_pointer (&ports);
  g_set_error_literal (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                       "listen: an address is needed, for instance 127.0.0.1:8090");
  return NULL;
}

ReeveFrontSpeech
reeve_front_ports_judge (const char *address, gboolean wants_tls, const char *plain)
{
  g_autofree char *host = NULL;
  guint16 port;

  if (g_str_has_prefix (address, REEVE_FRONT_PORTS_UNIX) ||
      !reeve_net_parse_address (address, &host, &port, NULL))
    return REEVE_FRONT_PLAIN;
  if (wants_tls)
    return REEVE_FRONT_TLS;
  if (reeve_net_is_loopback (host))
    return REEVE_FRONT_PLAIN;
  return strcmp (plain, "agents") == 0 ? REEVE_FRONT_AGENTS : REEVE_FRONT_TLS;
}

gboolean
reeve_front_ports_is_any (const char *host)
{
  struct in_addr v4;
  struct in6_addr v6;

  return (inet_pton (AF_INET, host, &v4) == 1 && v4.s_addr == htonl (INADDR_ANY)) ||
         (inet_pton (AF_INET6, host, &v6) == 1 && IN6_IS_ADDR_UNSPECIFIED (&v6));
}

/* ---- names ---- */

static void
reeve_front_ports_add_name (GPtrArray *names, const char *name)
{
  if (*name != '\0' && names->len < REEVE_FRONT_PORTS_MAX_NAMES &&
      !g_ptr_array_find_with_equal_func (names, name, g_str_equal, NULL))
    g_ptr_array_add (names, g_ascii_strdown (name, -1));
}

/* Those of its interfaces by which another machine can come. */
static void
reeve_front_ports_add_addresses (GPtrArray *names)
{
  struct ifaddrs *list = NULL;

  if (getifaddrs (&list) < 0)
    return;
  for (const struct ifaddrs *i = list; i != NULL; i = i->ifa_next)
    {
      char text[INET6_ADDRSTRLEN] = "";

      if (i->ifa_addr == NULL || i->ifa_flags & IFF_LOOPBACK)
        continue;
      if (i->ifa_addr->sa_family == AF_INET)
        (void) inet_ntop (AF_INET,
                          &((const struct sockaddr_in *) (gconstpointer) i->ifa_addr)->sin_addr,
                          text, sizeof text);
      else if (i->ifa_addr->sa_family == AF_INET6)
        {
          const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *) (gconstpointer) i->ifa_addr;

          if (!IN6_IS_ADDR_LINKLOCAL (&v6->sin6_addr))
            (void) inet_ntop (AF_INET6, &v6->sin6_addr, text, sizeof text);
        }
      reeve_front_ports_add_name (names, text);
    }
  freeifaddrs (list);
}

void
reeve_front_ports_add_names (const char *address, GPtrArray *names)
{
  g_autofree char *host = NULL;
  guint16 port;

  if (g_str_has_prefix (address, REEVE_FRONT_PORTS_UNIX) ||
      !reeve_net_parse_address (address, &host, &port, NULL))
    return;
  if (!reeve_front_ports_is_any (host))
    {
      reeve_front_ports_add_name (names, host);
      return;
    }
  reeve_front_ports_add_name (names, g_get_host_name ());
  reeve_front_ports_add_addresses (names);
}

char *
reeve_front_ports_make_url (const char *address, gboolean secure)
{
  const char *scheme = secure ? "https" : "http";
  g_autofree char *host = NULL;
  guint16 port;

  if (g_str_has_prefix (address, REEVE_FRONT_PORTS_UNIX) ||
      !reeve_net_parse_address (address, &host, &port, NULL))
    return g_strdup ("");
  if (reeve_front_ports_is_any (host))
    return g_strdup_printf ("%s://%s:%u", scheme, g_get_host_name (), port);
  return g_strdup_printf ("%s://%s", scheme, address);
}
