/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Fuzzes the reader of public key lines: each key that is read must be read again from its line. */

#include "config.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <reeve/reeve-public-key.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GArray) keys = reeve_public_key_parse_lines ((const char *) data, size, NULL);

  for (guint i = 0; keys != NULL && i < keys->len; i++)
    {
      const ReevePublicKey *key = &g_array_index (keys, ReevePublicKey, i);
      g_autofree char *line = reeve_public_key_to_line (key, NULL);
      g_autoptr (GArray) again = reeve_public_key_parse_lines (line, strlen (line), NULL);

      g_assert (again != NULL && again->len == 1);
      g_assert (memcmp (key, &g_array_index (again, ReevePublicKey, 0), sizeof *key) == 0);
    }
  return 0;
}
