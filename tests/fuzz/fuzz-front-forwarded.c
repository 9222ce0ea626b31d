/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Fuzzes X-Forwarded-For, each line a field: what comes out is an address in canonical form, no
 * proxy, and the same when more is written further left. */

#include "config.h"

#include "../../plugins/front/reeve-front-proxies.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

#define FUZZ_FIELDS 8

static char *
fuzz_front_forwarded_find (const ReeveFrontProxies *proxies, char **values, guint n)
{
  ReeveFrontHeadField fields[FUZZ_FIELDS + 1];
  ReeveFrontHead head = { .fields = fields, .n_fields = n };

  for (guint i = 0; i < n; i++)
    fields[i] = (ReeveFrontHeadField){ "x-forwarded-for", values[i] };
  return reeve_front_proxies_find_client (proxies, &head);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const char *const networks[] = { "10.0.0.0/8", "192.0.2.7", "2001:db8::/32", NULL };
  g_autoptr (ReeveFrontProxies) proxies = reeve_front_proxies_new (networks, NULL);
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_auto (GStrv) values = g_strsplit (text, "\n", FUZZ_FIELDS);
  guint n = g_strv_length (values);
  g_autofree char *client = fuzz_front_forwarded_find (proxies, values, n);
  g_autofree char *again = NULL;
  g_autofree char *longer = NULL;
  char *moved[FUZZ_FIELDS + 1] = { (char *) "203.0.113.9, lies" };
  g_autofree char *hop = reeve_front_proxies_parse_hop ((const char *) data, size);

  if (hop != NULL)
    {
      g_assert (g_hostname_is_ip_address (hop));
      again = reeve_front_proxies_parse_hop (hop, strlen (hop));
      g_assert (g_strcmp0 (hop, again) == 0);
    }
  if (client == NULL)
    return 0;
  g_assert (g_hostname_is_ip_address (client));
  g_assert (!reeve_front_proxies_has (proxies, client));
  for (guint i = 0; i < n; i++)
    moved[i + 1] = values[i];
  longer = fuzz_front_forwarded_find (proxies, moved, n + 1);
  g_assert (g_strcmp0 (client, longer) == 0);
  return 0;
}
