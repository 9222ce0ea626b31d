/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Fuzzes the WebSocket frame codec. The first byte picks role, limit and the size of the pieces;
 * fed whole and fed in pieces, the rest must give the same events. */

#include "config.h"

#include "../../plugins/ws-transport/reeve-ws-transport-frame.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static guint
fuzz_ws_frame_run (const guint8 *data, gsize size, guint8 choice, gsize piece)
{
  gsize limit = (choice & 2) != 0 ? REEVE_WS_TRANSPORT_FRAME_LIMIT_UNKNOWN_PEER : 200;
  g_autoptr (ReeveWsTransportFrameParser) parser =
      reeve_ws_transport_frame_parser_new ((choice & 1) != 0 ? REEVE_WS_TRANSPORT_FRAME_ROLE_SERVER
                                                             : REEVE_WS_TRANSPORT_FRAME_ROLE_CLIENT,
                                           limit);
  guint hash = 5381;

  for (gsize done = 0; done < size;)
    {
      gsize length = MIN (piece, size - done);
      g_autofree guint8 *copy = g_memdup2 (data + done, length);
      guint8 *position = copy;
      ReeveWsTransportFrameEvent event;

      done += length;
      while (reeve_ws_transport_frame_parser_next (parser, &position, &length, &event))
        {
          hash = hash * 33 + event.kind;
          hash = hash * 33 + event.opcode;
          hash = hash * 33 + event.code;
          hash = hash * 33 + event.reply;
          for (gsize i = 0; i < event.length; i++)
            hash = hash * 33 + event.data[i];
        }
      g_assert (length == 0);
      g_assert (reeve_ws_transport_frame_parser_get_held (parser) <= limit);
    }
  return hash;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  if (size < 1)
    return 0;
  g_assert (fuzz_ws_frame_run (data + 1, size - 1, data[0], size) ==
            fuzz_ws_frame_run (data + 1, size - 1, data[0], 1 + (data[0] >> 2)));
  return 0;
}
