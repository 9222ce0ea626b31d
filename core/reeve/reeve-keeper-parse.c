/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the keeper is asked. The one who asks may have been taken over, so nothing of it is
 * believed. */

#include "config.h"

#include "reeve-keeper-private.h"

#include <string.h>

#define REEVE_KEEPER_MAX_TOKEN 64

gboolean
reeve_keeper_is_form (ReeveKeeperPurpose purpose, const guint8 *message, gsize length)
{
  if (purpose != REEVE_KEEPER_TOKEN || length < 1 || length > REEVE_KEEPER_MAX_TOKEN)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isgraph ((char) message[i]))
      return FALSE;
  return TRUE;
}

gboolean
reeve_keeper_request_parse (const guint8 *packet, gsize length, ReeveKeeperRequest *ret_request)
{
  ReeveKeeperRequest request;

  if (length < sizeof request.head || length > REEVE_KEEPER_MAX_REQUEST)
    return FALSE;
  memcpy (&request.head, packet, sizeof request.head);
  request.data = packet + sizeof request.head;
  request.length = length - sizeof request.head;
  switch (request.head.op)
    {
    case REEVE_KEEPER_LOAD:
    case REEVE_KEEPER_MAKE:
    case REEVE_KEEPER_FORGET:
      if (request.length != 0)
        return FALSE;
      break;
    case REEVE_KEEPER_SIGN:
    case REEVE_KEEPER_SIGN_HASH:
      if (request.length == 0)
        return FALSE;
      break;
    case REEVE_KEEPER_SEED:
      if (request.length != REEVE_KEEPER_SEED_BYTES)
        return FALSE;
      break;
    case REEVE_KEEPER_SIGN_FOR:
      if (!reeve_keeper_is_form (request.head.argument, request.data, request.length))
        return FALSE;
      break;
    default:
      return FALSE;
    }
  *ret_request = request;
  return TRUE;
}
