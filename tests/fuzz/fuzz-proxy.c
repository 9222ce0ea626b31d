/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A proxy's answers. The first byte says which kind of proxy it is. */

#include "config.h"

#include "reeve/reeve-proxy.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const char *const urls[] = {
    "http://u:p@proxy.test",
    "socks5://u:p@proxy.test",
    "socks5://proxy.test",
    "socks4a://proxy.test",
  };
  g_autoptr (ReeveProxy) proxy = NULL;
  g_autoptr (GByteArray) reply = g_byte_array_new ();
  ReeveProxyTalk talk = { .host = "peer.test", .port = 443 };
  ReeveProxyResult result = REEVE_PROXY_MORE;

  if (size == 0)
    return 0;
  proxy = reeve_proxy_parse (urls[data[0] % G_N_ELEMENTS (urls)], NULL);
  talk.proxy = proxy;
  g_assert (reeve_proxy_talk_begin (&talk, reply, NULL));
  for (data++, size--; result == REEVE_PROXY_MORE;)
    {
      g_autoptr (GError) error = NULL;
      g_autofree uint8_t *exact = g_memdup2 (data, size);
      gsize consumed;

      result = reeve_proxy_talk_take (&talk, exact, size, &consumed, reply, &error);
      g_assert (consumed <= size);
      g_assert ((result == REEVE_PROXY_FAILED) == (error != NULL));
      if (consumed == 0)
        break;
      data += consumed;
      size -= consumed;
    }
  return 0;
}
