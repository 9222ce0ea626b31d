/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Requests as an agent decodes them, before and after an extension is agreed on; what is understood
 * must encode again. */

#include "config.h"

#include <stdint.h>

#include "core/wire/reeve-wire.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t length);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t length)
{
  for (guint level = REEVE_LINK_LEVEL_STOCK; level <= REEVE_LINK_LEVEL_EXTENSION; level++)
    {
      const ReeveWireLimits limits = { REEVE_WIRE_HANDSHAKE_MAX_BYTES,
                                       REEVE_WIRE_HANDSHAKE_MAX_ITEMS, level };
      g_auto (ReeveWireRequest) request = { 0 };
      g_autoptr (GBytes) again = NULL;

      if (!reeve_wire_request_decode (data, length, &limits, &request, NULL))
        continue;
      if (request.message)
        again = reeve_wire_encode_request (request.id, request.message, level, NULL);
      else if (request.signature)
        again =
            reeve_wire_encode_challenge (request.id, request.signature, request.need_system_info);
    }
  return 0;
}
