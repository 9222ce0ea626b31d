/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What rtnetlink says of addresses and routes, read with care: lengths are checked before anything
 * is looked at, and what does not concern other machines is left out. A kernel tells of an address
 * again each time its lifetime is renewed; only the first time is news. */

#include "config.h"

#include "reeve-network.h"

#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

/* The payload of one attribute; NULL when there is none that is whole. */
static const guint8 *
reeve_network_find_attribute (const guint8 *data, gsize length, guint16 type, gsize *ret_length)
{
  while (length >= sizeof (struct rtattr))
    {
      struct rtattr head;

      memcpy (&head, data, sizeof head);
      if (head.rta_len < sizeof head || head.rta_len > length)
        return NULL;
      if ((head.rta_type & NLA_TYPE_MASK) == type)
        {
          *ret_length = head.rta_len - sizeof head;
          return data + sizeof head;
        }
      if (RTA_ALIGN ((gsize) head.rta_len) >= length)
        return NULL;
      data += RTA_ALIGN ((gsize) head.rta_len);
      length -= RTA_ALIGN ((gsize) head.rta_len);
    }
  return NULL;
}

static gboolean
reeve_network_is_renewal (const guint8 *attributes, gsize length)
{
  struct ifa_cacheinfo info;
  gsize size;
  const guint8 *found = reeve_network_find_attribute (attributes, length, IFA_CACHEINFO, &size);

  if (found == NULL || size < sizeof info)
    return FALSE;
  memcpy (&info, found, sizeof info);
  return info.cstamp != info.tstamp;
}

static void
reeve_network_take_address (const guint8 *data, gsize length, gboolean came,
                            ReeveNetworkItemFunc func, gpointer user_data)
{
  const gsize skip = NLMSG_ALIGN (sizeof (struct ifaddrmsg));
  ReeveNetworkAddress address = { .length = 0 };
  struct ifaddrmsg head;
  const guint8 *found;
  gsize size;

  if (length < skip)
    return;
  memcpy (&head, data, sizeof head);
  if (head.ifa_scope >= RT_SCOPE_LINK ||
      (head.ifa_family != AF_INET && head.ifa_family != AF_INET6))
    return;

  data += skip;
  length -= skip;
  /* on a point-to-point interface IFA_ADDRESS is the other end */
  found = reeve_network_find_attribute (data, length, IFA_LOCAL, &size);
  if (found == NULL)
    found = reeve_network_find_attribute (data, length, IFA_ADDRESS, &size);
  if (found == NULL || size != (head.ifa_family == AF_INET ? 4 : 16))
    return;
  address.length = (guint8) size;
  memcpy (address.bytes, found, size);
  if (!came)
    func (REEVE_NETWORK_ADDRESS_WENT, &address, user_data);
  else if (!reeve_network_is_renewal (data, length))
    func (REEVE_NETWORK_ADDRESS_CAME, &address, user_data);
}

static void
reeve_network_take_route (const guint8 *data, gsize length, ReeveNetworkItemFunc func,
                          gpointer user_data)
{
  const gsize skip = NLMSG_ALIGN (sizeof (struct rtmsg));
  struct rtmsg head;
  gsize size;

  if (length < skip)
    return;
  memcpy (&head, data, sizeof head);
  if (head.rtm_table != RT_TABLE_MAIN || head.rtm_type != RTN_UNICAST ||
      (head.rtm_flags & RTM_F_CLONED) != 0)
    return;
  if (head.rtm_dst_len == 0 ||
      reeve_network_find_attribute (data + skip, length - skip, RTA_GATEWAY, &size) != NULL)
    func (REEVE_NETWORK_ROUTE, NULL, user_data);
}

/**
 * reeve_network_parse:
 * @data: messages of the kernel, one behind the other
 * @length: how many bytes
 * @func: called for each address and route that matters
 * @user_data: for @func
 */
void
reeve_network_parse (const guint8 *data, gsize length, ReeveNetworkItemFunc func,
                     gpointer user_data)
{
  while (length >= sizeof (struct nlmsghdr))
    {
      const gsize skip = NLMSG_ALIGN (sizeof (struct nlmsghdr));
      struct nlmsghdr head;

      memcpy (&head, data, sizeof head);
      if (head.nlmsg_len < skip || head.nlmsg_len > length)
        return;
      if (head.nlmsg_type == RTM_NEWADDR || head.nlmsg_type == RTM_DELADDR)
        reeve_network_take_address (data + skip, head.nlmsg_len - skip,
                                    head.nlmsg_type == RTM_NEWADDR, func, user_data);
      else if (head.nlmsg_type == RTM_NEWROUTE || head.nlmsg_type == RTM_DELROUTE)
        reeve_network_take_route (data + skip, head.nlmsg_len - skip, func, user_data);
      if (NLMSG_ALIGN ((gsize) head.nlmsg_len) >= length)
        return;
      data += NLMSG_ALIGN ((gsize) head.nlmsg_len);
      length -= NLMSG_ALIGN ((gsize) head.nlmsg_len);
    }
}
