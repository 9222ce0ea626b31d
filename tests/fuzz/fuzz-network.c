/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What rtnetlink says. */

#include "config.h"

#include "reeve/reeve-network.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
fuzz_network_item (ReeveNetworkKind kind, const ReeveNetworkAddress *address, gpointer user_data)
{
  g_assert ((kind == REEVE_NETWORK_ROUTE) == (address == NULL));
  g_assert (address == NULL || address->length == 4 || address->length == 16);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree uint8_t *exact = g_memdup2 (data, size);

  reeve_network_parse (exact, size, fuzz_network_item, NULL);
  return 0;
}
