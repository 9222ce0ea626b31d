/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A proxy says in X-Forwarded-For for whom it asks, by adding its client's address at the right end
 * of what the client itself had sent. So of that list only the right end is worth anything: from
 * there, what proxies of ours have added is passed over, and the first hop that is none of them is
 * the client. Everything further left was written by nobody we know, and is never looked at.
 *
 * Whatever is no address ends the search without a result: then the client is not known, and the
 * proxy itself stands for it. */

#include "config.h"

#include "reeve-front-proxies.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <reeve/reeve.h>
#include <string.h>

#define REEVE_FRONT_PROXIES_FIELD "x-forwarded-for"
/* "[" IPv6 "]:65535" */
#define REEVE_FRONT_PROXIES_MAX_HOP (INET6_ADDRSTRLEN + 8)

struct _ReeveFrontProxies
{
  GPtrArray *masks; /* of GInetAddressMask */
};

static GInetAddressMask *
reeve_front_proxies_parse_network (const char *text, GError **error)
{
  g_autoptr (GInetAddressMask) mask = g_inet_address_mask_new_from_string (text, NULL);

  if (mask == NULL)
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                 "trusted-proxies: '%.100s' is no network; write addresses, or networks without "
                 "the bits of hosts, for instance 192.0.2.7;198.51.100.0/24;2001:db8::/32. For a "
                 "proxy on this machine set proxy-socket",
                 text);
  else if (g_inet_address_mask_get_length (mask) == 0)
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                 "trusted-proxies: '%.100s' is everybody; name the proxies", text);
  else
    return g_steal_pointer (&mask);
  return NULL;
}

/**
 * reeve_front_proxies_new:
 * @networks: (array zero-terminated=1): as in the setting
 * @error: REEVE_ERROR_INVALID or LIMIT, naming the key
 *
 * Returns: (transfer full) (nullable): the proxies
 */
ReeveFrontProxies *
reeve_front_proxies_new (const char *const *networks, GError **error)
{
  g_autoptr (ReeveFrontProxies) self = g_new0 (ReeveFrontProxies, 1);

  self->masks = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; networks[i] != NULL; i++)
    {
      GInetAddressMask *mask = reeve_front_proxies_parse_network (networks[i], error);

      if (mask == NULL)
        return NULL;
      g_ptr_array_add (self->masks, mask);
      if (i == REEVE_FRONT_PROXIES_MAX)
        {
          g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT,
                       "trusted-proxies: at most %d networks", REEVE_FRONT_PROXIES_MAX);
          return NULL;
        }
    }
  return g_steal_pointer (&self);
}

void
reeve_front_proxies_free (ReeveFrontProxies *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->masks);
  g_free (self);
}

/**
 * reeve_front_proxies_has:
 * @self: the proxies
 * @address: as streams name their peers
 *
 * Returns: %TRUE if a network holds it; never for "local"
 */
gboolean
reeve_front_proxies_has (const ReeveFrontProxies *self, const char *address)
{
  g_autoptr (GInetAddress) parsed =
      self->masks->len > 0 ? g_inet_address_new_from_string (address) : NULL;

  for (guint i = 0; parsed != NULL && i < self->masks->len; i++)
    if (g_inet_address_mask_matches (self->masks->pdata[i], parsed))
      return TRUE;
  return FALSE;
}

/* Is any address of this machine's loopback, or all of it, among them? */
gboolean
reeve_front_proxies_has_loopback (const ReeveFrontProxies *self)
{
  for (guint i = 0; i < self->masks->len; i++)
    {
      GInetAddress *address = g_inet_address_mask_get_address (self->masks->pdata[i]);
      g_autofree char *text = g_inet_address_to_string (address);

      if (reeve_net_is_loopback (text))
        return TRUE;
    }
  return reeve_front_proxies_has (self, "127.0.0.1") || reeve_front_proxies_has (self, "::1");
}

static gboolean
reeve_front_proxies_is_port (const char *text)
{
  gsize digits = strspn (text, "0123456789");

  return digits > 0 && digits <= 5 && text[digits] == '\0';
}

/* Cuts a port and brackets off, in place. NULL: it has not the form. */
static char *
reeve_front_proxies_cut_hop (char *hop)
{
  char *colon = strchr (hop, ':');
  char *end;

  if (hop[0] == '[')
    {
      end = strchr (hop, ']');
      if (end == NULL ||
          (end[1] != '\0' && (end[1] != ':' || !reeve_front_proxies_is_port (end + 2))))
        return NULL;
      *end = '\0';
      return strchr (hop + 1, ':') != NULL ? hop + 1 : NULL;
    }
  if (colon == NULL || strchr (colon + 1, ':') != NULL)
    return hop;
  if (!reeve_front_proxies_is_port (colon + 1))
    return NULL;
  *colon = '\0';
  return strchr (hop, '.') != NULL ? hop : NULL;
}

/**
 * reeve_front_proxies_parse_hop:
 * @text: (array length=length): one element of the list, with the space around it
 * @length: how many bytes
 *
 * Takes "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]" and "[2001:db8::1]:80". A zone
 * means nothing on another machine, so an address with one is none.
 *
 * Returns: (transfer full) (nullable): the address in its canonical form, an IPv4 address that came
 *   as an IPv6 one as IPv4; %NULL if it is none, or nobody's
 */
char *
reeve_front_proxies_parse_hop (const char *text, gsize length)
{
  char hop[REEVE_FRONT_PROXIES_MAX_HOP + 1];
  char canonical[INET6_ADDRSTRLEN];
  struct in_addr in;
  struct in6_addr in6;
  const char *host;

  while (length > 0 && (text[0] == ' ' || text[0] == '\t'))
    {
      text++;
      length--;
    }
  while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t'))
    length--;
  if (length == 0 || length > REEVE_FRONT_PROXIES_MAX_HOP || memchr (text, '\0', length) != NULL)
    return NULL;
  memcpy (hop, text, length);
  hop[length] = '\0';
  host = reeve_front_proxies_cut_hop (hop);

  if (host == NULL)
    return NULL;
  if (inet_pton (AF_INET6, host, &in6) == 1)
    {
      if (IN6_IS_ADDR_UNSPECIFIED (&in6))
        return NULL;
      if (!IN6_IS_ADDR_V4MAPPED (&in6))
        return g_strdup (inet_ntop (AF_INET6, &in6, canonical, sizeof canonical));
      memcpy (&in, in6.s6_addr + 12, sizeof in);
    }
  else if (inet_pton (AF_INET, host, &in) != 1)
    return NULL;
  return in.s_addr != INADDR_ANY ? g_strdup (inet_ntop (AF_INET, &in, canonical, sizeof canonical))
                                 : NULL;
}

/* Of one field, from its right end. TRUE: the search is over. */
static gboolean
reeve_front_proxies_search (const ReeveFrontProxies *self, const char *value, guint *hops,
                            char **ret_client)
{
  gsize end = strlen (value);

  for (;;)
    {
      gsize start = end;
      g_autofree char *hop = NULL;

      while (start > 0 && value[start - 1] != ',')
        start--;
      hop = reeve_front_proxies_parse_hop (value + start, end - start);
      if (hop == NULL || ++*hops > REEVE_FRONT_PROXIES_MAX_HOPS)
        return TRUE;
      if (!reeve_front_proxies_has (self, hop))
        {
          *ret_client = g_steal_pointer (&hop);
          return TRUE;
        }
      if (start == 0)
        return FALSE;
      end = start - 1;
    }
}

/**
 * reeve_front_proxies_find_client:
 * @self: the proxies
 * @head: of a request that came from one of them
 *
 * Several fields are one list, in their order.
 *
 * Returns: (transfer full) (nullable): whom the proxy asks for; %NULL if it does not say so in a
 * way that can be believed, or names proxies only
 */
char *
reeve_front_proxies_find_client (const ReeveFrontProxies *self, const ReeveFrontHead *head)
{
  char *client = NULL;
  guint hops = 0;

  for (guint i = head->n_fields; i-- > 0;)
    if (strcmp (head->fields[i].name, REEVE_FRONT_PROXIES_FIELD) == 0 &&
        reeve_front_proxies_search (self, head->fields[i].value, &hops, &client))
      return client;
  return NULL;
}
