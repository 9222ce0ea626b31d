/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the keeper of keys is asked, by a process that may have been taken over. */

#include "config.h"

#include <string.h>

#include "core/reeve/reeve-keeper-private.h"

int LLVMFuzzerTestOneInput (const guint8 *data, size_t size);

int
LLVMFuzzerTestOneInput (const guint8 *data, size_t size)
{
  ReeveKeeperRequest request;

  if (!reeve_keeper_request_parse (data, size, &request))
    return 0;
  g_assert_cmpuint (request.head.op, <, REEVE_KEEPER_OPS);
  g_assert_cmpuint (request.length, <=, REEVE_KEEPER_MAX_REQUEST);
  g_assert_true (request.data + request.length == data + size);
  if (request.head.op == REEVE_KEEPER_SIGN_FOR)
    for (gsize i = 0; i < request.length; i++)
      g_assert_true (g_ascii_isgraph ((char) request.data[i]));
  return 0;
}
