/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The description of a peer's schema; one that is accepted must be in its only form. */

#include "config.h"

#include <stdint.h>

#include <reeve/monitor.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t length);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t length)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, length);
  g_autoptr (ReeveSchema) schema = reeve_schema_new_from_description (bytes, NULL);
  g_autoptr (ReeveSchema) again = NULL;
  g_autofree const ReeveKind **kinds = NULL;
  guint n;

  if (!schema)
    return 0;
  n = reeve_schema_get_n_kinds (schema) - REEVE_N_KINDS;
  kinds = g_new0 (const ReeveKind *, n + 1);
  for (guint i = 0; i < n; i++)
    kinds[i] = reeve_schema_get_kind (schema, REEVE_N_KINDS + i);
  again = reeve_schema_new (kinds, n, NULL);
  g_assert_nonnull (again);
  /* The revision, bytes 1 and 2, is the peer's. */
  g_assert_cmpuint (g_bytes_get_size (reeve_schema_get_description (again)), ==, length);
  g_assert_cmpmem ((const guint8 *) g_bytes_get_data (reeve_schema_get_description (again), NULL) +
                       3,
                   length - 3, data + 3, length - 3);
  return 0;
}
