/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Answers as a hub decodes them, from every kind of peer; a sample must encode again in both forms
 * and what is encoded must decode. */

#include "config.h"

#include <stdint.h>

#include "core/wire/reeve-wire.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t length);

static void
fuzz_again (ReeveMessage *message, const ReeveWireExpected *expected, guint level)
{
  const ReeveWireSelf self = { .version = "0.18.8", .connection = 2, .level = level };
  ReeveWireExpected again = *expected;
  g_autoptr (GBytes) bytes = reeve_wire_encode_sample (1, message, &self, NULL);
  g_auto (ReeveWireResponse) response = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (bytes);
  again.limits.level = level;
  again.bare = FALSE;
  if (!reeve_wire_response_decode (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), &again,
                                   &response, &error))
    g_assert_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT); /* rows gather more than came in */
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t length)
{
  static const ReeveWireExpected peers[] = {
    { { 65536, 1024, REEVE_LINK_LEVEL_STOCK },
      REEVE_WIRE_ACTION_ANY,
      FALSE,
      NULL,
      REEVE_MESSAGE_MAX_KEPT },
    { { 65536, 1024, REEVE_LINK_LEVEL_STOCK },
      REEVE_WIRE_ACTION_SAMPLE,
      FALSE,
      NULL,
      REEVE_MESSAGE_MAX_KEPT },
    { { 65536, 1024, REEVE_LINK_LEVEL_STOCK },
      REEVE_WIRE_ACTION_SAMPLE,
      TRUE,
      NULL,
      REEVE_MESSAGE_MAX_KEPT },
    { { 65536, 1024, REEVE_LINK_LEVEL_STOCK },
      REEVE_WIRE_ACTION_FINGERPRINT,
      TRUE,
      NULL,
      REEVE_MESSAGE_MAX_KEPT },
    { { 65536, 1024, REEVE_LINK_LEVEL_EXTENSION },
      REEVE_WIRE_ACTION_ANY,
      FALSE,
      NULL,
      REEVE_MESSAGE_MAX_KEPT },
  };

  reeve_wire_response_peek_id (data, length);
  for (guint i = 0; i < G_N_ELEMENTS (peers); i++)
    {
      g_auto (ReeveWireResponse) response = { 0 };

      if (!reeve_wire_response_decode (data, length, &peers[i], &response, NULL) ||
          !response.message)
        continue;
      fuzz_again (response.message, &peers[i], REEVE_LINK_LEVEL_STOCK);
      fuzz_again (response.message, &peers[i], REEVE_LINK_LEVEL_EXTENSION);
    }
  return 0;
}
