/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Fuzzes what an agent reads from a hub that has not proven anything: the head of its answer. What
 * is wanted of more bytes must not depend on how many came at first. */

#include "config.h"

#include "../../plugins/ws-transport/reeve-ws-transport-handshake.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* The key that the corpus was answered to. */
#define FUZZ_KEY "dGhlIHNhbXBsZSBub25jZQ=="

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_auto (ReeveWsTransportHandshakeResponse) response = { 0 };
  g_autoptr (GError) error = NULL;
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autofree char *version = NULL;
  ReeveWsTransportHandshakeResult result =
      reeve_ws_transport_handshake_read_response (data, size, FUZZ_KEY, &response, &error);

  g_assert ((result == REEVE_WS_TRANSPORT_HANDSHAKE_FAILED) == (error != NULL));
  if (error != NULL)
    g_assert (g_utf8_validate (error->message, -1, NULL));
  if (result == REEVE_WS_TRANSPORT_HANDSHAKE_DONE)
    {
      g_auto (ReeveWsTransportHandshakeResponse) again = { 0 };

      g_assert (response.status == 101 && response.length <= size && response.level <= 1);
      g_assert (reeve_ws_transport_handshake_read_response (data, response.length, FUZZ_KEY, &again,
                                                            NULL) == result);
      g_assert (again.length == response.length && again.level == response.level);
    }
  if (result == REEVE_WS_TRANSPORT_HANDSHAKE_MORE)
    g_assert (size < REEVE_WS_TRANSPORT_HANDSHAKE_MAX_HEAD);
  reeve_ws_transport_handshake_parse_link (text, &version);
  return 0;
}
