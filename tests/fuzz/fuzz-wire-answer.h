/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "core/wire/reeve-wire.h"

/* An answer to @verb as a hub decodes it, in its envelope and without. What is understood must
 * encode and decode again; what has come around once and lost what the wire has no form for gives
 * the same bytes from then on. */

static inline void
fuzz_answer_again (ReeveMessage *message, const char *verb, gint64 id)
{
  const ReeveWireSelf self = { .version = "0.18.8", .connection = 2 };
  const ReeveWireExpected expected = { .limits = { REEVE_WIRE_RESPONSE_MAX_BYTES,
                                                   REEVE_WIRE_MAX_ITEMS, REEVE_LINK_LEVEL_STOCK },
                                       .action = reeve_wire_verb_get_action (verb),
                                       .bare = id == REEVE_WIRE_ID_BARE };
  g_autoptr (GPtrArray) bytes = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr (ReeveMessage) current = reeve_message_ref (message);

  for (guint i = 0; i < 3; i++)
    {
      GBytes *now = reeve_wire_encode_answer (id, verb, current, &self, NULL);
      g_auto (ReeveWireResponse) response = { 0 };
      g_autoptr (GError) error = NULL;

      g_assert_nonnull (now);
      g_ptr_array_add (bytes, now);
      if (!reeve_wire_response_decode (g_bytes_get_data (now, NULL), g_bytes_get_size (now),
                                       &expected, &response, &error))
        {
          g_assert_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT); /* cleaned text is longer */
          return;
        }
      if (response.kind != REEVE_WIRE_RESPONSE_ANSWER) /* there was nothing to send */
        return;
      reeve_message_unref (current);
      current = g_steal_pointer (&response.message);
    }
  g_assert_true (g_bytes_equal (bytes->pdata[1], bytes->pdata[2]));
}

static inline void
fuzz_answer (const guint8 *data, gsize length, const char *verb)
{
  for (guint bare = 0; bare < 2; bare++)
    {
      const ReeveWireExpected expected = { .limits = { 65536, 1024, REEVE_LINK_LEVEL_STOCK },
                                           .action = reeve_wire_verb_get_action (verb),
                                           .bare = bare != 0 };
      g_auto (ReeveWireResponse) response = { 0 };

      if (!reeve_wire_response_decode (data, length, &expected, &response, NULL) ||
          response.kind != REEVE_WIRE_RESPONSE_ANSWER)
        continue;
      fuzz_answer_again (response.message, verb, 5);
      fuzz_answer_again (response.message, verb, REEVE_WIRE_ID_BARE);
    }
}
